"""What can be undone, and how much of it is kept."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal

from elman_core.analysis.types import Clamps
from elman_core.config import Optimizer, TrainingConfig
from elman_gui.document import Content, Document

__all__ = ["ChangeTraining", "ClampUnits", "Command", "SwapContent", "UndoStack", "is_another_rate"]

_MOST_COMMANDS = 100
_MOST_BYTES = 256 * 2**20


class Command(Protocol):
    """A change that can be made and taken back again and again; `text` names it."""

    text: str

    def redo(self) -> None:
        """Make the change."""

    def undo(self) -> None:
        """Take it back."""

    def arrays(self) -> Iterator[NDArray[np.generic]]:
        """Yield the large arrays that are kept for this."""


class UndoStack(QObject):
    """Keeps commands in the order of their making; the oldest go where they are too many or hold too much.

    QUndoStack limits their number only, while one command may hold a network of any size.

    Signals
    -------
    changed()
        Something else would be undone or redone.
    """

    changed = Signal()

    def __init__(self, document: Document, parent: QObject | None = None, most_bytes: int = _MOST_BYTES) -> None:
        super().__init__(parent)
        self._document = document
        self._most_bytes = most_bytes
        self._done: list[Command] = []
        self._undone: list[Command] = []

    @property
    def undo_text(self) -> str | None:
        """The name of what `undo` takes back; None where there is nothing."""
        return self._done[-1].text if self._done else None

    @property
    def redo_text(self) -> str | None:
        """The name of what `redo` makes again; None where there is nothing."""
        return self._undone[-1].text if self._undone else None

    @property
    def held_bytes(self) -> int:
        """Bytes of all arrays that are kept here and not open; one that several commands hold counts once."""
        open_now = {id(owner) for owner in map(_owner, self._document.content.arrays())}
        held = {id(owner): owner for command in (*self._done, *self._undone) for owner in map(_owner, command.arrays())}
        return sum(owner.nbytes for place, owner in held.items() if place not in open_now)

    def can_hold(self, content: Content) -> bool:
        """Whether a content is small enough to be kept."""
        owners = {id(owner): owner for owner in map(_owner, content.arrays())}
        return sum(owner.nbytes for owner in owners.values()) <= self._most_bytes

    def push(self, command: Command) -> None:
        """Make a change, and keep how to take it back."""
        command.redo()
        self._undone.clear()
        self._done.append(command)
        self._drop_oldest()
        self.changed.emit()

    def undo(self) -> None:
        """Take the last change back."""
        if self._done:
            command = self._done.pop()
            command.undo()
            self._undone.append(command)
            self.changed.emit()

    def redo(self) -> None:
        """Make the change again that was taken back last."""
        if self._undone:
            command = self._undone.pop()
            command.redo()
            self._done.append(command)
            self.changed.emit()

    def clear(self) -> None:
        """Forget all changes."""
        self._done.clear()
        self._undone.clear()
        self.changed.emit()

    def _drop_oldest(self) -> None:
        """Keep to the limits; the last change can always be taken back."""
        del self._done[:-_MOST_COMMANDS]
        while len(self._done) > 1 and self.held_bytes > self._most_bytes:
            del self._done[0]


class SwapContent:
    """Replaces the document's content: another experiment, or the same with other weights.

    What was there is kept here in turn, with all that it has learned in the meantime, so nothing is ever lost.
    """

    def __init__(self, document: Document, content: Content, text: str, member: int | None = None) -> None:
        self.text = text
        self._document = document
        self._other = content
        self._member = member  # None: the one that is looked at

    def redo(self) -> None:
        """Exchange what is open and what is kept."""
        member = self._document.member
        self._other = self._document.swap(self._other, self._member)
        self._member = member

    undo = redo

    def arrays(self) -> Iterator[NDArray[np.generic]]:
        """Yield the arrays of the content that is kept."""
        return self._other.arrays()


class ChangeTraining:
    """Replaces the training settings; what was learned stays. A run goes on where it is the learning rate alone."""

    text = "Change of Training"

    def __init__(self, document: Document, before: TrainingConfig, after: TrainingConfig) -> None:
        self._document = document
        self._before = before
        self._after = after

    def redo(self) -> None:
        """Use the new settings."""
        self._replace(self._before, self._after)

    def undo(self) -> None:
        """Use the settings from before."""
        self._replace(self._after, self._before)

    def _replace(self, before: TrainingConfig, after: TrainingConfig) -> None:
        if is_another_rate(before, after):
            self._document.set_learning_rate(after)
        else:
            self._document.set_training(after)

    def arrays(self) -> Iterator[NDArray[np.generic]]:
        """Settings have no arrays."""
        return iter(())


class ClampUnits:
    """Holds other units than before."""

    def __init__(self, document: Document, before: Clamps, after: Clamps, text: str) -> None:
        self.text = text
        self._document = document
        self._before = before
        self._after = after

    def redo(self) -> None:
        """Hold the new ones."""
        self._document.set_clamps(self._after)

    def undo(self) -> None:
        """Hold the ones from before."""
        self._document.set_clamps(self._before)

    def arrays(self) -> Iterator[NDArray[np.generic]]:
        """Clamps have no arrays."""
        return iter(())


def is_another_rate(before: TrainingConfig, after: TrainingConfig) -> bool:
    """Whether settings differ in the learning rate only, and it moves weights that have begun to learn."""
    rates = {"learning_rate": after.learning_rate, "learning_rates": after.learning_rates}
    return before != after and before.replace(**rates) == after and after.optimizer is not Optimizer.RPROP


def _owner(array: NDArray[np.generic]) -> NDArray[np.generic]:
    """Return the array whose memory a view shows."""
    return array.base if isinstance(array.base, np.ndarray) else array
