"""Places: knows every view by its name, and where it stands."""

from __future__ import annotations

from typing import Protocol

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

__all__ = ["Places"]


class _Slot(Protocol):
    def give_up(self) -> None:
        """Let another slot have the view."""


class Places(QObject):
    """Every view exists once; of the slots that show it, the one that can be seen has it.

    A view that does not apply to what is open is not offered: no slot shows it. One that is away, in a window of its
    own, is in no slot until it comes back.

    Signals
    -------
    changed(str)
        The view of this name is there now, is offered or no more, or went away or came back.
    """

    changed = Signal(str)

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._wings = QWidget(window)  # where views wait that no slot has had yet
        self._wings.hide()
        self._views: dict[str, QWidget] = {}
        self._slots: dict[str, _Slot] = {}
        self._left_out: set[str] = set()
        self._away: set[str] = set()

    def add(self, name: str, view: QWidget) -> None:
        """Know a view from now on."""
        view.setParent(self._wings)
        self._views[name] = view
        self.changed.emit(name)

    def view(self, name: str) -> QWidget | None:
        """Return the view of a name, or None where it is not built yet."""
        return self._views.get(name)

    def name_of(self, view: QWidget) -> str:
        """Return the name of a view."""
        return next(name for name, known in self._views.items() if known is view)

    # -- what is offered ------------------------------------------------------------------------

    def offer(self, name: str, offered: bool) -> None:
        """Offer a view, or do not, since it does not apply to what is open."""
        if offered is (name in self._left_out):
            self._left_out ^= {name}
            self.changed.emit(name)

    def is_offered(self, name: str) -> bool:
        """Whether a view applies to what is open."""
        return name not in self._left_out

    # -- where it stands ------------------------------------------------------------------------

    def move(self, name: str, slot: _Slot) -> None:
        """Know that a slot takes the view; the one that had it gives it up."""
        before = self._slots.get(name)
        if before is not None and before is not slot:
            before.give_up()
        self._slots[name] = slot

    def send_away(self, name: str) -> QWidget:
        """Take the view out of its slot, and return it; it is to stand in a window of its own."""
        view = self._views[name]
        self.put_back(name)
        self._away.add(name)
        self.changed.emit(name)
        return view

    def bring_back(self, name: str) -> None:
        """Let the slots have the view again."""
        self._views[name].setParent(self._wings)
        self._away.discard(name)
        self.changed.emit(name)

    def put_back(self, name: str) -> None:
        """Let no slot have the view."""
        slot = self._slots.pop(name, None)
        if slot is not None:
            slot.give_up()
        self._views[name].setParent(self._wings)

    def is_away(self, name: str) -> bool:
        """Whether the view stands in a window of its own."""
        return name in self._away
