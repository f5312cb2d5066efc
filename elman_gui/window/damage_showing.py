"""DamageShowing: brings what damage did to its views, and what a person wants there to the controller."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot

from elman_core.analysis.damage.look import ERROR, DamageLook
from elman_core.config.damage import DamageConfig, DamageKind
from elman_core.errors import ConfigError
from elman_core.support.text_format import counted
from elman_gui.messages import as_sentence
from elman_gui.workspaces.damage import DamagePage

if TYPE_CHECKING:
    from elman_gui.controllers.damage import DamageController
    from elman_gui.window.views_layout import ViewsLayout

__all__ = ["DamageShowing"]


class DamageShowing(QObject):
    """Connects controller, page and views, none of which know each other; one look runs through the views."""

    def __init__(self, window: ViewsLayout, controller: DamageController) -> None:
        super().__init__(window)
        self._window = window
        self.controller = controller
        page = window.workspaces.seeds.findChild(DamagePage)
        assert page is not None
        self._page = page
        self._look = DamageLook()
        self._views = (window.damage_curve, window.damage_kinds)
        self._page.bar.show_kinds([(kind.value, kind.words, as_sentence(kind.level_means)) for kind in DamageKind])
        self._connect()
        self._show_document()
        self._show_found()
        self._show_words()

    def _connect(self) -> None:
        controller, bar, level = self.controller, self._page.bar, self._page.level
        controller.found_changed.connect(self._show_found)
        controller.words_changed.connect(self._show_words)
        controller.progressed.connect(bar.show_progress)
        controller.working_changed.connect(self._show_working)
        bar.run_wanted.connect(self.run)
        bar.stop_wanted.connect(controller.stop)
        level.hold_wanted.connect(self.hold)
        level.score_wanted.connect(self._score)
        for view in self._views:
            view.level_chosen.connect(self._choose_level)
            view.kind_chosen.connect(self._choose_kind)
            view.hold_wanted.connect(self.hold)
        self._window.damage_curve.measure_chosen.connect(self._choose_measure)
        session = self._window.session
        session.experiment_changed.connect(self._show_document)
        session.plan_changed.connect(self._show_document)
        session.run.state_changed.connect(self._show_words)
        session.course_changed.connect(self._show_member)

    def shut_down(self) -> None:
        """Follow the document no more. Called once, before the window goes."""
        self.controller.shut_down()

    # -- what is wanted -------------------------------------------------------------------------

    @Slot()
    def run(self) -> None:
        """Damage the networks as the bar says."""
        bar = self._page.bar
        count = bar.levels.value()
        try:
            config = DamageConfig(
                kinds=bar.chosen_kinds,
                levels=tuple((place + 1) / count for place in range(count)),
                repeats=bar.repeats.value(),
                steps=bar.steps.value(),
                seed=self._window.session.experiment.training.seed,
            )
        except ConfigError:  # no kind is chosen
            self._page.show_words("Choose at least one kind of damage.")
            return
        if self._look.kind not in config.kinds:
            self._look = replace(self._look, kind=config.kinds[0])
        self.controller.begin(config, bar.networks.value())

    @Slot()
    def hold(self) -> None:
        """Do the damage that is marked to the network that is looked at, by holding units."""
        look, level = self._look, self._look.level
        clamps = None if level is None else self.controller.clamps(look.kind, level)
        if clamps is None or level is None:
            return
        inspection = self._window.inspection
        units = {**dict.fromkeys(inspection.clamps.values), **clamps.values}
        inspection.hold(units, f"{look.kind.words}, Level {level:g}")

    @Slot()
    def _score(self) -> None:
        if self._look.level is not None:
            self.controller.score(self._look.kind, self._look.level)

    # -- what is looked at ----------------------------------------------------------------------

    @Slot(float)
    def _choose_level(self, level: float) -> None:
        self._show(replace(self._look, level=level))

    @Slot(object)
    def _choose_kind(self, kind: DamageKind) -> None:
        self._show(replace(self._look, kind=kind))

    @Slot(str)
    def _choose_measure(self, measure: str) -> None:
        self._show(replace(self._look, measure=measure))

    @Slot()
    def _show_found(self) -> None:
        controller, window = self.controller, self._window
        look = replace(self._look, results=controller.results, cards=controller.cards)
        if look.kind not in look.kinds and look.kinds:
            look = replace(look, kind=look.kinds[0])
        if len(look.cards) > len(self._look.cards):
            look = replace(look, measure=look.cards[0].measures[0].name)  # what was just asked for
        if look.measures and look.measure not in look.measures:
            look = replace(look, measure=ERROR)
        if look.results is not None and look.level not in look.results.config.levels:
            look = replace(look, level=None)
        for name in ("damage_curve", "damage_kinds"):
            window.places.offer(name, bool(look.kinds))
        window.places.offer("no_damage", not look.kinds)
        self._show(look)

    def _show(self, look: DamageLook) -> None:
        self._look = look
        for view in self._views:
            view.show_look(look)
        self._show_level()

    @Slot()
    def _show_level(self) -> None:
        look, controller, level = self._look, self.controller, self._page.level
        level.setVisible(bool(look.kinds))
        marked = look.level is not None
        can_score = marked and not controller.is_working and not controller.has_card(look.kind, look.level or 0.0)
        clamps = controller.clamps(look.kind, look.level) if look.level is not None else None
        hit = ""
        if clamps is not None:
            hit = f" {counted(len({unit.index for unit in clamps.values}), 'unit')} of network {look.member + 1:,}."
        level.show_level(
            f"{look.sentence}{hit}" if marked else "",
            can_hold=clamps is not None,
            can_score=can_score,
            has_scorecard=controller.has_scorecard,
        )

    @Slot()
    def _show_member(self) -> None:
        self._show(replace(self._look, member=self._window.session.document.member))

    @Slot()
    def _show_document(self) -> None:
        experiment = self._window.session.experiment
        self._page.bar.show_networks(experiment.training.networks, fresh=self.controller.has_scorecard)
        self._show_member()

    @Slot()
    def _show_words(self) -> None:
        controller, window = self.controller, self._window
        words = controller.words
        window.no_damage.words.setText(words)
        self._page.show_words(words if self._look.kinds else "")
        self._page.bar.run.setEnabled(controller.can_begin)
        self._show_level()

    @Slot(bool)
    def _show_working(self, working: bool) -> None:
        self._page.bar.show_working(working)
        self._show_words()
