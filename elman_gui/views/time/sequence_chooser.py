"""SequenceChooser: goes to one of many sequences by its name."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, Qt, Signal, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QCompleter, QLineEdit

from elman_core.data.panel import Panel
from elman_gui.icons import icon
from elman_gui.theme import LIGHT, Theme

__all__ = ["SequenceChooser"]

_MOST_NAMES = 50
_WIDTH = 168
Index = QModelIndex | QPersistentModelIndex
_TOP = QModelIndex()


class SequenceChooser(QLineEdit):
    """Has the name of the sequence that is looked at; what is typed is sought in all names, and a few are listed.

    Names are looked up when they are drawn, and never more than fifty are listed, so that 100,000 cost no more than
    ten. It is hidden where there is one sequence only.

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
        self._place = 0
        self.setFixedWidth(_WIDTH)
        self.setAccessibleName("Sequence")
        self.setToolTip("The sequence at the cursor. Type a name, or a part of one, to go to another (Ctrl+G)")
        self._found = _Names(self)
        completer = QCompleter(self._found, self)
        completer.setCompletionMode(QCompleter.CompletionMode.UnfilteredPopupCompletion)
        completer.activated[QModelIndex].connect(self._on_completed)
        self.setCompleter(completer)
        self._near = QAction("Sequences near this one", self)
        self._near.triggered.connect(self._list_near)
        self.addAction(self._near, QLineEdit.ActionPosition.TrailingPosition)
        self.textEdited.connect(self._on_text_edited)
        self.returnPressed.connect(self._on_return)
        self.set_theme(LIGHT)
        self.hide()

    def set_theme(self, theme: Theme) -> None:
        """Take on the colours of a theme."""
        self._near.setIcon(icon("chevron-down", theme.muted))

    def show_panel(self, panel: Panel) -> None:
        """Offer these sequences."""
        if panel is not self._panel:
            self._panel, self._lower = panel, []
            self._found.show_names(panel, ())
            self._show(0)
            self.setVisible(panel.has_several)

    @Slot(int)
    def show_row(self, row: int) -> None:
        """Show the name of the sequence that a row belongs to, unless another one is being typed."""
        if self._panel is not None and self._panel.has_several and not self.isModified():
            self._show(int(self._panel.sequence_of(row)))

    def begin_typing(self) -> None:
        """Let the person type a name."""
        self.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.selectAll()

    def places_of(self, text: str) -> list[int]:
        """Return the first sequences whose names have a text in them; those that begin with it come first."""
        panel, text = self._panel, text.strip().lower()
        if panel is None or not text:
            return []
        if len(self._lower) != len(panel):
            self._lower = [name.lower() for name in panel.names] or [panel.title(n) for n in range(len(panel))]
        begin = (place for place, name in enumerate(self._lower) if name.startswith(text))
        found = list(islice(begin, _MOST_NAMES))
        inside = (place for place, name in enumerate(self._lower) if text in name and not name.startswith(text))
        return found + list(islice(inside, _MOST_NAMES - len(found)))

    def _show(self, place: int) -> None:
        assert self._panel is not None
        self._place = place
        name = self._panel.title(place)
        if name != self.text():
            self.setText(name)
            self.setCursorPosition(0)  # of a long name its beginning is shown

    @Slot(str)
    def _on_text_edited(self, text: str) -> None:
        if self._panel is not None:
            self._found.show_names(self._panel, self.places_of(text))

    @Slot()
    def _list_near(self) -> None:
        """List the sequences around the one that is looked at."""
        if self._panel is not None:
            first = max(0, min(self._place - _MOST_NAMES // 5, len(self._panel) - _MOST_NAMES))
            self._found.show_names(self._panel, range(first, min(first + _MOST_NAMES, len(self._panel))))
            self.setFocus()
            self.completer().complete()

    @Slot()
    def _on_return(self) -> None:
        found = self.places_of(self.text())
        if found:
            self._go_to(found[0])

    @Slot(QModelIndex)
    def _on_completed(self, index: QModelIndex) -> None:
        place = index.data(Qt.ItemDataRole.UserRole)
        if place is not None:
            self._go_to(int(place))

    def _go_to(self, place: int) -> None:
        self.setModified(False)
        self._show(place)
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
