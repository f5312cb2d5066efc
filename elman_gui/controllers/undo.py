"""What can be undone: each command can be done and undone again and again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QUndoCommand

from elman_core.analysis.types import Clamps
from elman_core.config import TrainingConfig

if TYPE_CHECKING:
    from elman_gui.controllers.inspection import InspectionController
    from elman_gui.controllers.session import SessionContent, TrainingSession

__all__ = ["ChangeTraining", "ClampUnits", "SwapDocument"]


class SwapDocument(QUndoCommand):
    """Puts another experiment, or the same with other weights, in the place of what the session holds.

    What it holds then is kept here in turn, with all that it has learned in the meantime, so nothing is ever lost.
    """

    def __init__(self, session: TrainingSession, content: SessionContent, what: str) -> None:
        super().__init__(what)
        self._session = session
        self._other = content

    def redo(self) -> None:
        """Put the other content in place."""
        self._other = self._session.swap_document(self._other)

    undo = redo


class ChangeTraining(QUndoCommand):
    """Trains otherwise from now on; what was learned stays."""

    def __init__(self, session: TrainingSession, before: TrainingConfig, after: TrainingConfig) -> None:
        super().__init__("Change of Training")
        self._session = session
        self._before = before
        self._after = after

    def redo(self) -> None:
        """Use the new settings."""
        self._session.apply_training(self._after)

    def undo(self) -> None:
        """Use the settings from before."""
        self._session.apply_training(self._before)


class ClampUnits(QUndoCommand):
    """Holds other units than before."""

    def __init__(self, inspection: InspectionController, before: Clamps, after: Clamps, what: str) -> None:
        super().__init__(what)
        self._exploration = inspection
        self._before = before
        self._after = after

    def redo(self) -> None:
        """Hold the new ones."""
        self._exploration.set_clamps(self._after)

    def undo(self) -> None:
        """Hold the ones from before."""
        self._exploration.set_clamps(self._before)
