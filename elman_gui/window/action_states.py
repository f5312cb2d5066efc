"""ActionStates: which actions can be used now, and what undo is called."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot

from elman_core.data.kind import DataKind
from elman_gui.controllers.run_state import RunState

if TYPE_CHECKING:
    from elman_gui.controllers.inspection import InspectionController
    from elman_gui.controllers.session import TrainingSession
    from elman_gui.window.layout import WindowLayout

__all__ = ["ActionStates"]

_AT_REST = (
    "new", "new_text", "open", "open_sample", "open_sample_text", "train", "step_time", "step_epoch", "reset",
    "reset_new_seed",
)  # fmt: skip
"""What cannot be done while a network trains."""


class ActionStates(QObject):
    """Enables the window's actions as the session and the inspection allow."""

    def __init__(self, window: WindowLayout, session: TrainingSession, inspection: InspectionController) -> None:
        super().__init__(window)
        self._actions = window.actions_by_name
        self._recent_menu = window.recent_menu
        self._session = session
        self._inspection = inspection

    @Slot()
    def show_all(self) -> None:
        """Follow the run, the changes that can be undone, and what is looked at."""
        session, state = self._session, self._session.state
        at_rest = session.is_at_rest
        for name in _AT_REST:
            self._actions[name].setEnabled(at_rest)
        for name in ("save", "save_as"):
            self._actions[name].setEnabled(at_rest and session.is_trained)
        alone = session.experiment.training.networks == 1
        self._actions["save_member"].setEnabled(at_rest and session.is_trained and not alone)
        has_symbols = session.experiment.dataset.kind is DataKind.SYMBOLS
        self._actions["export_surprisal"].setEnabled(at_rest and session.is_trained and has_symbols)
        self._actions["compare"].setEnabled(at_rest and bool(session.comparison.what))
        self._actions["pause"].setEnabled(state is RunState.RUNNING)
        self._actions["stop"].setEnabled(state in (RunState.RUNNING, RunState.PAUSED))
        self._actions["use_best"].setEnabled(at_rest and session.document.best_to_use is not None)
        self._recent_menu.setEnabled(at_rest)
        self.show_undo()
        self.show_inspection()

    @Slot()
    def show_undo(self) -> None:
        """Follow the changes that can be undone."""
        stack = self._session.undo_stack
        for name, what in (("undo", stack.undo_text), ("redo", stack.redo_text)):
            action = self._actions[name]
            action.setEnabled(what is not None and self._session.is_at_rest)
            action.setText(f"&{name.capitalize()} {what or ''}".rstrip())

    @Slot()
    def show_inspection(self) -> None:
        """Follow what is looked at."""
        views_past = self._inspection.viewing is not None
        self._actions["branch"].setEnabled(views_past and self._session.is_at_rest)
        self._actions["go_to_now"].setEnabled(views_past)
        self._actions["release"].setEnabled(bool(self._inspection.clamps))
