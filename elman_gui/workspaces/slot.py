"""ViewSlot: a place in a workspace where a view stands while the workspace is in front."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, Qt, Slot
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QLabel, QPushButton, QVBoxLayout, QWidget

from elman_gui.views.view_card import Card
from elman_gui.workspaces.places import Places

__all__ = ["ViewSlot"]

_LEAST = QSize(200, 180)
"""What a view takes that is not built yet."""


class ViewSlot(QWidget):
    """Shows the first of its views that is offered, or nothing.

    It takes the view whenever it comes to be seen: the same view may stand in another workspace in the meantime. While
    the view is in a window of its own, a note stands here that brings it back.
    """

    def __init__(self, places: Places, *names: str) -> None:
        super().__init__()
        self._places = places
        self._names = names
        self._has = ""
        self._is_shown = True
        self._stand_in: QWidget | None = None
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        places.changed.connect(self._on_changed)

    @property
    def name(self) -> str:
        """The name of the view that stands here, or nothing where none is offered."""
        return next((name for name in self._names if self._places.is_offered(name)), "")

    def set_names(self, *names: str) -> None:
        """Show one of other views."""
        self._names = names
        self._refresh()

    def set_shown(self, shown: bool) -> None:
        """Be there, or leave the room to others."""
        self._is_shown = shown
        self._refresh()

    def give_up(self) -> None:
        """Let another slot have the view."""
        if self._has:
            view = self._places.view(self._has)
            if view is not None:
                self._leave(view)
            self._has = ""

    def take(self) -> None:
        """Have the view from now on, if there is one and it is not away."""
        name = self.name
        view = self._places.view(name) if name else None
        if self._has and self._has != name:
            self._places.put_back(self._has)
        if view is None:
            if self._stand_in is None:
                self._show_stand_in(Card(""))  # before the view is built
            return
        if self._places.is_away(name):
            self._show_stand_in(_Note(name, view, self._places))
        elif self._has != name:
            self._places.move(name, self)
            self._has = name
            self._drop_stand_in()
            self._enter(view)

    def _enter(self, view: QWidget) -> None:
        self._column.addWidget(view)
        view.show()

    def _leave(self, view: QWidget) -> None:
        self._column.removeWidget(view)

    def _show_stand_in(self, widget: QWidget) -> None:
        self._drop_stand_in()
        self._stand_in = widget
        self._enter(widget)

    def _drop_stand_in(self) -> None:
        if self._stand_in is not None:
            self._leave(self._stand_in)
            self._stand_in.hide()
            self._stand_in.deleteLater()
            self._stand_in = None

    @Slot(str)
    def _on_changed(self, name: str) -> None:
        if name in self._names:
            self._refresh()

    def _refresh(self) -> None:
        self.setVisible(self._is_shown and bool(self.name))
        self.updateGeometry()
        if self.isVisible():
            self.take()

    def showEvent(self, event: QShowEvent) -> None:
        """Take the view: it may have stood elsewhere."""
        super().showEvent(event)
        self.take()

    def event(self, event: QEvent) -> bool:
        """Ask for more room when the view needs more."""
        done = super().event(event)
        if event.type() == QEvent.Type.LayoutRequest:
            self.updateGeometry()
        return done

    def minimumSizeHint(self) -> QSize:
        """Ask for what the view needs, wherever it stands now."""
        view = self._places.view(self.name) if self.name else None
        return _LEAST if view is None else view.minimumSizeHint().expandedTo(view.minimumSize())


class _Note(Card):
    """Says where the view is, and brings it back."""

    def __init__(self, name: str, view: QWidget, places: Places) -> None:
        super().__init__("")
        title = view.title.text() if isinstance(view, Card) else name
        words = QLabel(f"{title} is in a window of its own.")
        words.setObjectName("muted")
        words.setWordWrap(True)
        words.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.back = QPushButton("Bring It Back")
        self.back.setToolTip("Close the window, and show the view here again")
        self.back.clicked.connect(lambda: places.bring_back(name))
        self.body.addStretch(1)
        self.body.addWidget(words)
        self.body.addWidget(self.back, 0, Qt.AlignmentFlag.AlignCenter)
        self.body.addStretch(1)
