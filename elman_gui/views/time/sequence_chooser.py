"""SequenceChooser: goes to one of many sequences by its name."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QSignalBlocker, Qt, Signal, Slot
from PySide6.QtWidgets import QComboBox, QCompleter, QListView

from elman_core.data.panel import Panel

__all__ = ["SequenceChooser"]

_MOST_COMPLETIONS = 50
_LETTERS = 12
Index = QModelIndex | QPersistentModelIndex
_TOP = QModelIndex()


class SequenceChooser(QComboBox):
    """An editable list of names; what is typed is sought in them. It is hidden where there is one sequence only.

    Names are looked up when they are drawn, so that 100,000 cost no more than ten.

    Signals
    -------
    chosen(int)
        The sequence that the person wants to go to, by its place.
    """

    chosen = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self._panel: Panel | None = None
        self._lower: list[str] = []
        self.setEditable(True)
        self.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(_LETTERS)
        self.setAccessibleName("Sequence")
        self.setToolTip("Go to a sequence by its name, or a part of it (Ctrl+G)")
        names = QListView()
        names.setUniformItemSizes(True)
        self.setView(names)
        self._names, self._found = _Names(self), _Names(self)
        self.setModel(self._names)
        completer = QCompleter(self._found, self)
        completer.setCompletionMode(QCompleter.CompletionMode.UnfilteredPopupCompletion)
        self.setCompleter(completer)
        line = self.lineEdit()
        assert line is not None
        line.textEdited.connect(self._on_text_edited)
        line.returnPressed.connect(self._on_return)
        self.activated.connect(self._on_activated)
        completer.activated[QModelIndex].connect(self._on_completed)
        self.hide()

    def show_panel(self, panel: Panel) -> None:
        """Offer these sequences."""
        if panel is self._panel:
            return
        self._panel, self._lower = panel, []
        with QSignalBlocker(self):
            self._found.show_names(panel, ())
            self._names.show_names(panel, range(len(panel)) if panel.has_several else ())
            self.setCurrentIndex(0)
        self.setVisible(panel.has_several)

    @Slot(int)
    def show_row(self, row: int) -> None:
        """Show the name of the sequence that a row belongs to, unless another one is being typed."""
        line = self.lineEdit()
        assert line is not None
        if self._panel is None or not self._panel.has_several or line.isModified():
            return
        place = int(self._panel.sequence_of(row))
        if place != self.currentIndex() or self.currentText() != self._panel.title(place):
            with QSignalBlocker(self):
                self.setCurrentIndex(place)
                self.setEditText(self._panel.title(place))
                line.setCursorPosition(0)  # of a long name its beginning is shown

    def begin_typing(self) -> None:
        """Let the person type a name."""
        self.setFocus(Qt.FocusReason.ShortcutFocusReason)
        line = self.lineEdit()
        assert line is not None
        line.selectAll()

    def places_of(self, text: str) -> list[int]:
        """Return the first sequences whose names have a text in them; those that begin with it come first."""
        panel, text = self._panel, text.strip().lower()
        if panel is None or not text:
            return []
        if len(self._lower) != len(panel):
            self._lower = [name.lower() for name in panel.names] or [panel.title(n) for n in range(len(panel))]
        inside = [place for place, name in enumerate(self._lower) if text in name]
        first = [place for place in inside if self._lower[place].startswith(text)][:_MOST_COMPLETIONS]
        rest = (place for place in inside if not self._lower[place].startswith(text))
        return (first + [place for place, _ in zip(rest, range(_MOST_COMPLETIONS), strict=False)])[:_MOST_COMPLETIONS]

    @Slot(str)
    def _on_text_edited(self, text: str) -> None:
        if self._panel is not None:
            self._found.show_names(self._panel, self.places_of(text))

    @Slot()
    def _on_return(self) -> None:
        found = self.places_of(self.currentText())
        if found:
            self._go_to(found[0])

    @Slot(int)
    def _on_activated(self, place: int) -> None:
        line = self.lineEdit()
        if line is None or not line.isModified():  # else Enter was pressed in what is typed
            self._go_to(place)

    @Slot(QModelIndex)
    def _on_completed(self, index: QModelIndex) -> None:
        place = index.data(Qt.ItemDataRole.UserRole)
        if place is not None:
            self._go_to(int(place))

    def _go_to(self, place: int) -> None:
        line = self.lineEdit()
        assert line is not None
        line.setModified(False)
        self.show_row(int(self._panel.starts[place]) if self._panel is not None else 0)
        self.chosen.emit(place)


class _Names(QAbstractListModel):
    """The names of some sequences of a panel, each made when it is asked for."""

    def __init__(self, parent: SequenceChooser) -> None:
        super().__init__(parent)
        self._panel: Panel | None = None
        self._places: Sequence[int] = ()

    def show_names(self, panel: Panel, places: Sequence[int]) -> None:
        """Have the names of these sequences."""
        self.beginResetModel()
        self._panel, self._places = panel, places
        self.endResetModel()

    def rowCount(self, parent: Index = _TOP) -> int:
        """Return how many there are."""
        return 0 if parent.isValid() else len(self._places)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return a name, or the place of its sequence."""
        if self._panel is None or not 0 <= index.row() < len(self._places):
            return None
        place = self._places[index.row()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.EditRole):
            return self._panel.title(place)
        return place if role == Qt.ItemDataRole.UserRole else None
