"""StudyShowing: brings the study that runs, or was opened, to its page and its views."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, QTimer, Slot
from PySide6.QtWidgets import QFileDialog

from elman_core.data.kind import DataKind
from elman_core.studies.axes import plain, study_fields
from elman_core.studies.estimate import forecasters_estimate, study_estimate
from elman_core.studies.forecaster_shape import ForecasterShape
from elman_core.studies.overview import Overview
from elman_core.support.text_format import counted
from elman_gui.controllers.study import StudyState
from elman_gui.dialogs.save_dialog import SaveDialog
from elman_gui.notices import Ending, Notice
from elman_gui.settings import read_text
from elman_gui.threads.job import JobThread
from elman_gui.views.study.scales import figure, group_words
from elman_gui.workspaces.study import STUDY_VIEWS, StudyPage

if TYPE_CHECKING:
    from elman_core.config.study import AxisValue, StudyConfig
    from elman_gui.controllers.study import StudyController
    from elman_gui.threads.study import StudyProgress
    from elman_gui.window.views_layout import ViewsLayout

__all__ = ["StudyShowing"]

_FOLDER = "study/folder"
_NO_STUDY = (
    "A study trains networks with many settings, each from the same seeds, and says what can be claimed of them. "
    "Choose at the left which settings are varied, and over how many seeds; then press Run Study."
)
_MOST_OFFERED = 1_000
"""Of more runs of a cell the best can be opened."""
_SOON_MS = 300


class StudyShowing(QObject):
    """Connects controller, form, page and views, none of which know each other."""

    def __init__(self, window: ViewsLayout, controller: StudyController) -> None:
        super().__init__(window)
        self._window = window
        self.controller = controller
        page = window.workspaces.seeds.findChild(StudyPage)
        assert page is not None
        self._page = page
        self._form = window.study_form
        self._views = tuple(getattr(window, name) for name in STUDY_VIEWS)
        self._overview = Overview()
        self._cell: int | None = None
        self._has_chosen = False
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(_SOON_MS)
        self._form.folder.setText(read_text(window.settings, _FOLDER, ""))
        window.no_study.words.setText(_NO_STUDY)
        for name in STUDY_VIEWS:
            window.places.offer(name, False)
        self._connect()
        self.show_experiment()
        self._show_state()
        self._show_cell(None)

    def _connect(self) -> None:
        controller, bar, form = self.controller, self._page.bar, self._form
        controller.overview_changed.connect(self.show_overview)
        controller.progressed.connect(self._show_progress)
        controller.state_changed.connect(self._show_state)
        controller.state_changed.connect(self._look_again)
        controller.opened.connect(self._show_opened)
        controller.compared.connect(self._show_comparison)
        bar.run_wanted.connect(self.run)
        bar.stop_wanted.connect(controller.stop)
        bar.resume_wanted.connect(self._resume)
        bar.open_wanted.connect(self._ask_which_to_open)
        bar.export_wanted.connect(self._ask_where_to_export)
        form.config_changed.connect(self._on_config)
        self._later.timeout.connect(self._judge)
        self._page.cell.open_wanted.connect(self._open_run)
        for view in self._views:
            if hasattr(view, "cell_chosen"):
                view.cell_chosen.connect(self._choose_cell)
                view.open_wanted.connect(self._open_cell)
        session = self._window.session
        session.experiment_changed.connect(self.show_experiment)
        session.plan_changed.connect(self.show_experiment)
        session.run.state_changed.connect(self._show_state)

    def shut_down(self) -> None:
        """End the study, and remember where studies are kept. Called once, before the window goes."""
        self._later.stop()
        self._window.settings.setValue(_FOLDER, self._form.folder.text())
        self.controller.shut_down()

    # -- what can be varied ---------------------------------------------------------------------

    @Slot()
    def show_experiment(self) -> None:
        """Offer the settings of what is open."""
        experiment = self._window.session.experiment
        dataset = experiment.dataset
        configs = {"network": experiment.network, "training": experiment.training, "data": dataset.config}
        if dataset.kind is DataKind.SYMBOLS and dataset.symbols is not None:
            configs["symbols"] = dataset.symbols.config
        plan = self._window.session.document.plan
        if plan is not None:
            configs |= {"automatic": plan.automatic, "data": plan.data}
        fields = [field for field in study_fields(automatic=plan is not None) if field.group in configs]
        now: dict[str, AxisValue] = {
            field.full_name: plain(getattr(configs[field.group], field.name)) for field in fields
        }
        what = experiment.name if plan is None else f"the forecaster of {experiment.name}"
        words = f"Every run begins from what is open: {what}, with its data and all its settings."
        self._form.offer(words, fields, now, automatic=plan is not None)

    @Slot(object)
    def _on_config(self, config: StudyConfig | None) -> None:
        if config is not None:
            self._form.show_estimate(self._estimate(config))
            self._later.start()
        self._show_state()

    def _estimate(self, config: StudyConfig) -> str:
        cells, place = f"{counted(config.cells, 'cell')} × {counted(config.seeds, 'seed')}", self._form.place
        experiment, plan = self._window.session.experiment, self._window.session.document.plan
        workers, is_elsewhere = 1 if place.cluster else place.workers, bool(place.cluster)
        if plan is None:
            told = study_estimate(experiment, config, workers, is_elsewhere=is_elsewhere)
        else:
            shape = ForecasterShape.of(experiment.dataset, plan.automatic, plan.data)
            told = forecasters_estimate(shape, config, workers, is_elsewhere=is_elsewhere)
        return f"{cells}: {told.sentence_without_folder if place.folder is None else told.sentence}"

    @Slot()
    def _judge(self) -> None:
        if self._form.config is not None:
            self.controller.judge(self._form.config)

    # -- running --------------------------------------------------------------------------------

    @Slot()
    def run(self) -> None:
        """Begin a study of what the form says."""
        config, place = self._form.config, self._form.place
        if config is not None:
            self._choose_cell(None)
            self._has_chosen = False
            self.controller.begin(config, place.folder, place.workers, place.cluster)

    @Slot()
    def _resume(self) -> None:
        place = self._form.place
        self.controller.resume(self._form.config, place.workers, place.cluster)

    @Slot()
    def _show_state(self) -> None:
        controller, state = self.controller, self.controller.state
        shown = controller.shown
        is_running = state is not StudyState.IDLE
        self._page.bar.show_state(
            is_running=is_running,
            is_stopping=state is StudyState.STOPPING,
            can_run=self._form.config is not None and self._window.session.is_at_rest,
            can_resume=controller.can_resume,
            has_runs=shown is not None and len(shown.results) > 0,
        )
        self._form.set_editable(not is_running)
        if not is_running:
            self._page.bar.show_progress(0.0, self._words_at_rest())

    def _words_at_rest(self) -> str:
        shown = self.controller.shown
        if shown is None:
            return ""
        overview, total = self._overview, shown.study.config.runs
        words = f"{len(shown.results):,} of {counted(total, 'run')}"
        words += _lost_words(int(overview.diverged.sum()), int(overview.failed.sum()))
        kept = "not kept in a folder" if shown.folder is None else f"in {shown.folder}"
        return f"Study of {shown.study.base.name}: {words}; {kept}"

    @Slot(object)
    def _show_progress(self, progress: StudyProgress) -> None:
        if self.controller.state is StudyState.IDLE:
            return
        words = progress.stage
        if not words:
            words = f"{progress.done:,} of {counted(progress.total, 'run')}"
            words += _lost_words(progress.diverged, progress.failed)
            if progress.seconds_left is not None and progress.done < progress.total:
                words += f"; {_time_words(progress.seconds_left)} left"
        self._page.bar.show_progress(progress.done / max(progress.total, 1), words)

    @Slot(object)
    def _show_opened(self, config: StudyConfig) -> None:
        self._has_chosen = False
        self._form.show_config(config)

    # -- what it has come to --------------------------------------------------------------------

    @Slot(object)
    def show_overview(self, overview: Overview) -> None:
        """Show what is known now; until the person looks at a cell, the chosen one is looked at."""
        self._overview = overview
        for name in STUDY_VIEWS:
            self._window.places.offer(name, len(overview) > 0)
        self._page.show_words(overview.verdict, overview.comparison)
        for view in self._views:
            view.show_overview(overview)
        if not self._has_chosen:
            self._cell = None if overview.chosen is None else int(overview.cells[overview.chosen])
        self._show_cell(self._cell)

    @Slot(object)
    def _choose_cell(self, cell: int | None) -> None:
        self._has_chosen = cell is not None
        self._show_cell(cell)

    @Slot()
    def _look_again(self) -> None:
        """Once a study has ended, all runs of the cell can be opened, and it can be compared."""
        if self.controller.state is StudyState.IDLE:
            self._show_cell(self._cell)

    @Slot(int, str)
    def _show_comparison(self, cell: int, words: str) -> None:
        if cell == self._cell:
            self._page.cell.show_comparison(words)

    def _show_cell(self, cell: int | None) -> None:
        if cell != self._cell:
            self._page.cell.show_comparison("")
        self._cell = cell
        if cell is not None:
            self.controller.compare(cell)
        for view in self._views:
            if hasattr(view, "show_cell"):
                view.show_cell(cell)
        group = None if cell is None else self._overview.group_of(cell)
        if group is None:
            self._page.cell.show_cell("", ())
        else:
            words = group_words(self._overview, group).replace("\n", "; ")
            self._page.cell.show_cell(words, self._runs_of(cell))

    def _runs_of(self, cell: int | None) -> list[tuple[int, str]]:
        """Return number and words of the runs of a cell, the best first."""
        shown = self.controller.shown
        if shown is None:
            return []
        results = shown.results
        cells = results.column("cell")
        rows = np.flatnonzero(cells == cell)
        errors = results.values(shown.study.config.metric)[rows]
        rows = rows[np.argsort(errors, kind="stable")][:_MOST_OFFERED]  # NaN comes last
        errors = np.sort(errors, kind="stable")
        numbers, seeds = results.column("number"), results.column("seed")
        return [
            (int(numbers[row]), f"seed {seeds[row]:,}: {'no result' if np.isnan(error) else figure(float(error))}")
            for row, error in zip(rows, errors, strict=False)
        ]

    # -- networks -------------------------------------------------------------------------------

    @Slot(int)
    def _open_cell(self, cell: int) -> None:
        """Open the best network of a cell."""
        self._choose_cell(cell)
        runs = self._runs_of(cell)
        if runs:
            self._open_run(runs[0][0])

    @Slot(int)
    def _open_run(self, number: int) -> None:
        """Open the network of a run, once what is open may be left."""
        window = self._window
        make = self.controller.network_of(number)
        if make is None:
            return
        if not window.session.is_at_rest:
            words = "Stop the training first; then open a network of the study."
            self.controller.noticed.emit(Notice(words, frozenset({Ending.REST})))
            return
        open_it = partial(window.session.open, JobThread(make, self), "Opening the network")
        window.documents.leave(open_it, lambda: None)

    # -- files ----------------------------------------------------------------------------------

    @Slot()
    def _ask_which_to_open(self) -> None:
        begin = self._form.folder.text() or str(Path.home())
        folder = QFileDialog.getExistingDirectory(self._window, "Open Study", begin)
        if folder:
            self.controller.open(Path(folder))

    @Slot()
    def _ask_where_to_export(self) -> None:
        shown = self.controller.shown
        if shown is None:
            return
        parent = shown.folder or Path(self._form.folder.text() or Path.home())
        proposed = str(parent / f"{shown.study.base.name}-runs.csv")
        path, _ = SaveDialog.ask(self._window, "Export Runs", proposed, "CSV files (*.csv)")
        if path:
            self.controller.export(Path(path))


def _lost_words(diverged: int, failed: int) -> str:
    words = f", {diverged:,} diverged" if diverged else ""
    return words + (f", {failed:,} failed" if failed else "")


def _time_words(seconds: float) -> str:
    """Write "40 s", "12 min", "3 h 20 min"."""
    if seconds < 90:
        return f"{max(1, round(seconds)):,} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60:,} h {minutes % 60} min"
