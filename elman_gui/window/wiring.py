"""Wiring: connects session, documents and views of a window, none of which know each other."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot
from PySide6.QtWidgets import QApplication, QWidget

from elman_gui.controllers.run_state import RunState
from elman_gui.notices import Ending
from elman_gui.plain_text import action_text, plain_tip
from elman_gui.theme import theme_for
from elman_gui.views.view_card import ViewCard

if TYPE_CHECKING:
    from elman_gui.window.action_states import ActionStates
    from elman_gui.window.showing import Showing
    from elman_gui.window.views_layout import ViewsLayout

__all__ = ["Wiring"]

_PLOTS = ("fit", "left_over", "loss", "scores")
"""Views of Learn that a page's link may bring to the front, beside the closer look at the network."""


class Wiring(QObject):
    """Makes every connection of the window but those inside the network, which `LinkedSelection` makes."""

    def __init__(self, window: ViewsLayout, showing: Showing, states: ActionStates) -> None:
        super().__init__(window)
        self._window = window
        self._showing = showing
        self._states = states
        self._session = window.session
        self._documents = window.documents

    def connect_session(self) -> None:
        """Let the views show what session and documents tell."""
        window, session, showing, states = self._window, self._session, self._showing, self._states
        run = session.run
        run.state_changed.connect(showing.show_state)
        run.state_changed.connect(states.show_all)
        session.experiment_changed.connect(showing.show_experiment)
        session.experiment_changed.connect(states.show_all)
        session.rate_changed.connect(showing.show_rate)
        session.plan_changed.connect(showing.show_plan)
        run.fit_moved.connect(window.part_bar.show_progress)
        run.whole_changed.connect(window.fit.show_whole)
        run.whole_changed.connect(window.left_over.show_whole)
        window.left_over.offered.connect(partial(window.places.offer, "left_over"))
        window.fit.column_changed.connect(window.left_over.show_column)
        session.course_changed.connect(states.show_all)
        session.saved.connect(showing.show_title)
        session.modified_changed.connect(showing.show_title)
        session.undo_stack.changed.connect(states.show_undo)
        run.progress_changed.connect(window.status.show_progress)
        window.scoring.scored.connect(showing.show_scores)
        run.devices_changed.connect(window.transport.show_devices)
        run.engine_changed.connect(window.status.show_engine)
        session.retraining.changed.connect(window.timeline.show_missing)
        session.comparison.changed.connect(window.paper.show_others)
        session.device_advice.advised.connect(window.transport.show_device_advice)
        session.device_advice.noticed.connect(window.notice.show_notice)
        window.inspection.viewing_changed.connect(states.show_inspection)
        window.inspection.clamps_changed.connect(states.show_inspection)
        for teller in (session, session.kept, run, self._documents, window.selection):
            teller.noticed.connect(window.notice.show_notice)
        session.undo_stack.changed.connect(self._on_change)
        session.experiment_changed.connect(self._on_change)
        run.state_changed.connect(self._on_state)
        window.inspection.viewing_changed.connect(self._on_viewing_changed)

    def connect_views(self) -> None:
        """Let session and documents do what is asked for in the views."""
        window, session, documents = self._window, self._session, self._documents
        window.transport.experiment_chosen.connect(documents.open_chosen)
        window.transport.speed_changed.connect(session.run.set_speed)
        window.transport.device_chosen.connect(self._on_device_chosen)
        window.transport.seed_changed.connect(self._on_seed_changed)
        window.settings_panel.forecaster_wanted.connect(session.use_forecaster)
        window.settings_panel.automatic_changed.connect(session.set_automatic)
        window.part_bar.chosen.connect(session.document.look_at_part)
        window.settings_panel.data_changed.connect(session.set_data)
        window.settings_panel.network_changed.connect(session.set_network)
        window.settings_panel.training_changed.connect(session.set_training)
        window.status.member_chosen.connect(session.document.set_member)
        window.timeline.course_wanted.connect(session.retraining.start)
        window.timeline.cancel_wanted.connect(session.retraining.cancel)
        window.paper.compare_wanted.connect(session.compare)
        window.inside.clusters.newick_wanted.connect(self._on_newick_wanted)
        window.inside.view_wanted.connect(window.show_page)
        window.workspaces.front_changed.connect(window.say_what_is_enlarged)
        for workspace in window.workspaces.all:
            workspace.enlarged_changed.connect(window.say_what_is_enlarged)
        window.left.fold_wanted.connect(window.workspaces.learn.fold_left)
        window.workspaces.learn.folded.unfold_wanted.connect(self._on_unfold_wanted)
        window.workspaces.learn.inside_shown.connect(window.say_whether_inside_is_shown)
        window.guide.link_pressed.connect(self._on_link_pressed)
        window.recent_menu.aboutToShow.connect(self._on_recent_menu)
        self.connect_cards(window.views)
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        application.focusChanged.connect(self._on_focus_changed)

    def connect_cards(self, cards: Iterable[ViewCard]) -> None:
        """Let views be exported, enlarged and detached by their buttons."""
        for card in cards:
            card.export_image_wanted.connect(self._on_export_image_wanted)
            card.export_data_wanted.connect(self._on_export_data_wanted)
            card.enlarge_wanted.connect(self._on_enlarge_wanted)
            card.detach_wanted.connect(self._on_detach_wanted)

    def connect_actions(self, of_window: Mapping[str, Callable[[], object]]) -> None:
        """Let every action do something; `of_window` has what the window itself does, by the action's name."""
        window, session, documents = self._window, self._session, self._documents
        inspection, selection = window.inspection, window.selection
        slots: dict[str, Callable[[], object]] = {
            "new": documents.open_sine,
            "new_text": documents.ask_for_text,
            "open": documents.ask_what_to_open,
            "open_sample": documents.open_sample,
            "open_sample_text": documents.open_sample_text,
            "save": documents.save,
            "save_as": documents.save_as,
            "save_member": documents.save_member_as,
            "predict": lambda: documents.predict(theme_for(window.theme_choice)),
            "export_image": lambda: documents.ask_where_to_export_image(window.last_used_view),
            "export_data": lambda: documents.ask_where_to_export_data(window.last_used_view, inspection.stamp),
            "export_states": lambda: documents.ask_where_to_export_arrays("states", inspection.shown, inspection.stamp),
            "export_weights": lambda: documents.ask_where_to_export_arrays(
                "weights", inspection.weights, inspection.stamp
            ),
            "export_path": lambda: documents.ask_where_to_export_arrays("path", inspection.shown, inspection.stamp),
            "export_surprisal": documents.ask_where_to_export_surprisal,
            "undo": session.undo,
            "redo": session.redo,
            "copy": lambda: documents.copy_image(window.last_used_view),
            "lesion_context": selection.lesion_context,
            "release": selection.release,
            "train": session.run.train,
            "pause": session.run.pause,
            "step_time": session.run.step_time,
            "step_epoch": session.run.step_epoch,
            "stop": session.run.stop,
            "reset": session.reset,
            "reset_new_seed": session.reset_with_new_seed,
            "play_back": window.timeline.toggle_playing,
            "go_to_now": window.timeline.go_to_now,
            "branch": selection.branch,
            "use_best": session.use_best_epoch,
            "compare": session.compare,
            "inside": window.toggle_inside,
            **{
                f"workspace_{workspace.name}": lambda name=workspace.name: window.workspaces.bring_to_front(name)
                for workspace in window.workspaces.all
            },
            **{
                f"page_{title.lower()}": lambda title=title: window.show_page_of_seeds(title)
                for title in window.workspaces.seeds.pages.names
            },
            "enlarge": lambda: window.enlarge(window.last_used_view),
            "detach": lambda: window.detach(window.last_used_view),
            "reset_layout": window.reset_layout,
            "show_all": self._showing.show_all,
            "go_to_sequence": self._showing.ask_for_sequence,
            "numbers": self._showing.show_numbers_or_symbols,
            **of_window,
        }
        for name, slot in slots.items():
            action = window.actions_by_name[name]
            action.triggered.connect(lambda _checked=False, slot=slot: slot())
            action.setEnabled(True)

    # -- what makes notices untrue --------------------------------------------------------------

    @Slot()
    def _on_change(self) -> None:
        self._window.notice.end(Ending.CHANGE)

    @Slot(object)
    def _on_state(self, state: RunState) -> None:
        if state is RunState.RUNNING:
            self._window.notice.end(Ending.TRAINING)
        elif self._session.is_at_rest:
            self._window.notice.end(Ending.REST)

    @Slot()
    def _on_viewing_changed(self) -> None:
        self._window.notice.end(Ending.VIEWING)

    # -- what is asked for ----------------------------------------------------------------------

    @Slot(str)
    def _on_device_chosen(self, device: str) -> None:
        self._session.run.set_device(device)
        self._window.status.show_device(self._window.transport.devices.currentText())
        if self._window.transport.devices.count() > 1:
            self._session.device_advice.ask()

    @Slot(int)
    def _on_seed_changed(self, seed: int) -> None:
        self._session.set_seed(seed)

    @Slot(str)
    def _on_unfold_wanted(self, tab: str) -> None:
        self._window.workspaces.learn.unfold_left()
        self._window.left.show_tab(tab or self._window.left.shown)

    @Slot()
    def _on_export_image_wanted(self) -> None:
        self._documents.ask_where_to_export_image(self._sending_view())

    @Slot()
    def _on_export_data_wanted(self) -> None:
        self._documents.ask_where_to_export_data(self._sending_view(), self._window.inspection.stamp)

    @Slot()
    def _on_enlarge_wanted(self) -> None:
        self._window.enlarge(self._sending_view())

    @Slot()
    def _on_detach_wanted(self) -> None:
        self._window.detach(self._sending_view())

    def _sending_view(self) -> ViewCard:
        view = self.sender()
        return view if isinstance(view, ViewCard) else self._window.last_used_view

    @Slot()
    def _on_newick_wanted(self) -> None:
        self._documents.ask_where_to_export_newick(self._window.inside.clusters.clusters)

    @Slot(QWidget, QWidget)
    def _on_focus_changed(self, _before: QWidget | None, now: QWidget | None) -> None:
        self._window.remember_used(now)

    @Slot(str)
    def _on_link_pressed(self, link: str) -> None:
        """Do what a link of a page says."""
        window = self._window
        kind, _, what = link.partition(":")
        match kind:
            case "do":
                window.actions_by_name[what].trigger()
            case "cursor":
                window.selection.move_cursor(int(what))
            case "view" if what in _PLOTS:
                window.workspaces.bring_to_front("learn")
                window.workspaces.learn.show_view(what)
            case "view":
                window.inside.show_view(what)

    @Slot()
    def _on_recent_menu(self) -> None:
        menu = self._window.recent_menu
        menu.clear()
        for path in self._documents.recent.paths():
            action = menu.addAction(action_text(path.name))
            action.setToolTip(plain_tip(str(path)))
            action.triggered.connect(lambda _checked=False, path=path: self._documents.open_path(path))
        if menu.isEmpty():
            menu.addAction("No files yet").setEnabled(False)
