"""The page Study: settings are chosen and refused in words, a study runs beside the window, and its networks open."""

from __future__ import annotations

import csv
import threading
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from driving import TIMEOUT, Driver
from made_up_studies import made_up_overview
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QFileDialog, QWidget
from room import faults

from elman_core.config import AutomaticConfig
from elman_core.config.study import Axis, Range, SearchKind, StudyConfig
from elman_core.errors import StudyError
from elman_core.studies import survey, verdict
from elman_core.studies.axes import parse_axis, plain, study_fields
from elman_core.studies.overview import Overview
from elman_core.studies.results import StudyResults
from elman_core.studies.runner import run_study
from elman_core.studies.store import StudyStore
from elman_core.studies.study import Study, StudyBase
from elman_core.studies.trial import Trial
from elman_gui.controllers.study import StudyController, StudyState
from elman_gui.panels.study_axes import proposed_values
from elman_gui.panels.study_form import StudyForm
from elman_gui.window.main_window import MainWindow
from elman_gui.workspaces.study import STUDY_VIEWS, StudyPage

EPOCHS, SEEDS = 4, 3
QUICK = AutomaticConfig(lags=13, networks=1, inner_networks=1, epochs=5, patience=5, pure=False)


@pytest.fixture
def page(driver: Driver) -> StudyPage:
    driver.configure(epochs=EPOCHS)
    driver.trigger("page_study")
    found = driver.window.workspaces.seeds.findChild(StudyPage)
    assert found is not None
    driver.until(lambda: found.isVisible() and driver.window.study_page.is_built)
    return found


@pytest.fixture
def form(page: StudyPage, window: MainWindow) -> StudyForm:
    return window.study_form


@pytest.fixture
def controller(window: MainWindow) -> StudyController:
    return window.study.controller


def vary(driver: Driver, name: str, values: str) -> None:
    """Choose a setting by typing a part of its name, and its values."""
    axes = driver.window.study_form.axes
    line = axes.adding.lineEdit()
    line.selectAll()
    driver.qtbot.keyClicks(line, name)
    driver.qtbot.keyClick(line, Qt.Key.Key_Return)
    driver.qtbot.keyClicks(axes.rows[-1].values, values)  # over those that are proposed


def choose(driver: Driver, hidden: str = "2, 4", seeds: int = SEEDS, folder: Path | None = None) -> None:
    form = driver.window.study_form
    vary(driver, "hidden units", hidden)
    form.design.change(seeds=seeds)
    form.workers.setValue(2)
    form.folder.setText("" if folder is None else str(folder))


def run_to_end(driver: Driver, page: StudyPage) -> Overview:
    controller = driver.window.study.controller
    driver.click(page.bar.run)
    until_ended(driver)
    return controller.shown.overview


def until_ended(driver: Driver) -> None:
    """Wait for the end of a study, which may have to compile the engine first."""
    controller = driver.window.study.controller
    driver.qtbot.waitUntil(
        lambda: controller.state is StudyState.IDLE and controller.shown is not None, timeout=10 * TIMEOUT
    )


def headless(driver: Driver, config: StudyConfig) -> StudyResults:
    document, results = driver.session.document, StudyResults()
    study = Study(StudyBase.of_run(document.experiment), config, document.table)
    for _ in run_study(study, results=results, workers=1):
        pass
    return results


def figures(results: StudyResults) -> dict[int, tuple[float, int]]:
    return {trial.number: (trial.train, trial.seed) for trial in results}


# -- choosing ---------------------------------------------------------------------------------------


def test_typing_a_part_of_a_name_varies_that_setting_with_values_around_the_one_there_is(
    driver: Driver, form: StudyForm
) -> None:
    line = form.axes.adding.lineEdit()
    driver.qtbot.keyClicks(line, "learning r")
    driver.qtbot.keyClick(line, Qt.Key.Key_Return)
    (row,) = form.axes.rows
    assert (row.field.full_name, row.values.text()) == ("training.learning_rate", "0.03, 0.1, 0.3")
    assert row.values.selectedText() == row.values.text()  # what is typed takes their place
    assert form.config == StudyConfig(axes=(Axis(field="training.learning_rate", values=(0.03, 0.1, 0.3)),))
    assert form.estimate.text().startswith("3 cells × 10 seeds: 30 runs take")


def test_what_a_study_takes_is_said_beside_its_settings_and_follows_them(driver: Driver, form: StudyForm) -> None:
    form.folder.clear()
    form.workers.setValue(2)
    vary(driver, "hidden units", "1")
    form.axes.rows[0].values.selectAll()
    form.axes.rows[0].values.insert(", ".join(map(str, range(1, 1_001))))  # as one pastes them
    assert form.estimate.text().startswith("1,000 cells × 10 seeds: 10,000 runs take about ")
    assert " with 2 workers, and about " in form.estimate.text()
    form.workers.setValue(1)
    assert " with 1 worker, and about " in form.estimate.text()
    assert "folder" not in form.estimate.text()
    driver.qtbot.keyClicks(form.folder, "studies")
    assert form.estimate.text().endswith(" in the study's folder.")


def test_a_study_for_which_there_is_no_room_is_refused_before_it_begins(
    driver: Driver, page: StudyPage, form: StudyForm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("elman_core.studies.estimate.free_memory", lambda: 1_000)
    form.folder.setText(str(tmp_path / "studies"))
    vary(driver, "hidden units", "2, 3")
    driver.click(page.bar.run)
    assert "This study of" in driver.dismiss_problem()
    assert not (tmp_path / "studies").exists()


def test_every_setting_of_the_configs_can_be_chosen_by_its_label(form: StudyForm) -> None:
    adding = form.axes.adding
    offered = {adding.itemData(index).full_name for index in range(adding.count())}
    assert offered == {field.full_name for field in study_fields() if field.group != "symbols"}
    assert adding.findText("Hidden units (Network)") >= 0
    assert "network.inputs" not in offered and "training.seed" not in offered


def test_an_unknown_setting_and_wrong_values_are_told_in_a_sentence(driver: Driver, form: StudyForm) -> None:
    line = form.axes.adding.lineEdit()
    driver.qtbot.keyClicks(line, "hiden")
    driver.qtbot.keyClick(line, Qt.Key.Key_Return)
    assert "did you mean hidden?" in form.axes.problem.text() and not form.axes.rows
    vary(driver, "hidden units", "6, six")
    assert form.config is None
    assert "must be a whole number" in form.problem.text() and form.estimate.text() == ""
    form.axes.rows[0].values.clear()
    driver.qtbot.keyClicks(form.axes.rows[0].values, "0")
    assert "Hidden must be at least 1, got 0" in form.problem.text()
    driver.qtbot.keyClick(form.axes.rows[0].values, Qt.Key.Key_Backspace)
    driver.qtbot.keyClicks(form.axes.rows[0].values, "6")
    assert form.config is not None and form.problem.isHidden()


def test_a_study_with_something_wrong_cannot_be_run(driver: Driver, page: StudyPage, form: StudyForm) -> None:
    assert page.bar.run.isEnabled()  # only the seeds differ
    vary(driver, "hidden units", "6, 6")
    assert "twice" in form.problem.text() and not page.bar.run.isEnabled()


def test_ranges_are_for_random_search_and_the_form_says_so(driver: Driver, form: StudyForm) -> None:
    vary(driver, "learning rate", "0.001:0.1:log")
    assert "random search and tpe draw from it" in form.problem.text()
    form.design.change(search=SearchKind.RANDOM)
    assert form.config is not None and form.problem.isHidden()
    assert form.config.axes[0].range == Range(low=0.001, high=0.1, log=True)


def test_a_setting_is_varied_no_more_and_can_be_chosen_again(driver: Driver, form: StudyForm) -> None:
    vary(driver, "hidden units", "2, 4")
    assert form.axes.adding.findText("Hidden units (Network)") < 0
    row = form.axes.rows[0]
    row.removed.emit()
    assert not form.axes.rows and form.axes.adding.findText("Hidden units (Network)") >= 0
    assert form.config == StudyConfig()


@pytest.mark.parametrize("field", study_fields(), ids=lambda field: field.full_name)
def test_the_values_that_are_proposed_are_taken(field) -> None:  # type: ignore[no-untyped-def]
    now = plain(field.config.model_fields[field.name].get_default(call_default_factory=True))
    assert parse_axis(f"{field.full_name}={proposed_values(field, now)}").field == field.full_name


def test_nothing_is_summed_up_or_compared_in_the_thread_of_the_window(
    driver: Driver, page: StudyPage, controller: StudyController, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads: dict[str, set[bool]] = {}

    def spied(module: ModuleType, name: str) -> None:
        function = getattr(module, name)

        def spy(*given: object, **named: object) -> object:
            threads.setdefault(name, set()).add(threading.current_thread() is threading.main_thread())
            return function(*given, **named)

        monkeypatch.setattr(module, name, spy)

    spied(survey, "summarise_each")
    spied(survey, "performance_profile")
    spied(survey, "importances")
    spied(verdict, "compare")
    choose(driver, "2, 4, 6")
    overview = run_to_end(driver, page)
    other = next(cell for cell in overview.cells.tolist() if cell != overview.cells[overview.chosen])
    with driver.signal(controller.compared):
        driver.window.study_heat_map.cell_chosen.emit(other)
    assert threads == {name: {False} for name in ("summarise_each", "performance_profile", "importances", "compare")}


def test_cells_that_cannot_be_compared_are_shown_without_a_choice(
    driver: Driver, page: StudyPage, controller: StudyController
) -> None:
    vary(driver, "data.train_percent", "50, 60")
    driver.window.study_form.design.change(seeds=2)
    driver.window.study_form.folder.setText("")
    overview = run_to_end(driver, page)
    assert len(overview) == 2 and overview.chosen is None
    assert "none is chosen: data.train_percent changes which rows are validated" in page.verdict.text()
    assert not page.comparison.isVisible()


# -- running ----------------------------------------------------------------------------------------


def test_a_study_in_the_window_has_the_figures_of_one_without(
    driver: Driver, page: StudyPage, form: StudyForm, controller: StudyController
) -> None:
    choose(driver)
    overview = run_to_end(driver, page)
    assert figures(controller.shown.results) == figures(headless(driver, form.config))
    assert overview.runs.tolist() == [SEEDS, SEEDS]
    assert page.verdict.text() == overview.verdict and page.verdict.isVisible()
    assert page.comparison.text() == overview.comparison != ""
    assert "6 of 6 runs" in page.bar.words.text() and "not kept in a folder" in page.bar.words.text()
    assert driver.window.study_heat_map.isVisible() and driver.window.study_heat_map.overview is overview
    assert not driver.window.no_study.isVisible()


def test_what_is_chosen_is_looked_at_until_the_person_looks_at_another_cell(driver: Driver, page: StudyPage) -> None:
    choose(driver)
    overview = run_to_end(driver, page)
    window = driver.window
    chosen = int(overview.cells[overview.chosen])
    assert window.study_heat_map.cell == chosen == window.study_slice.cell
    assert overview.words_of(overview.chosen) in page.cell.words.text()
    assert page.cell.runs.count() == SEEDS and page.cell.runs.itemText(0).startswith("seed ")
    window.study_rank.table.selectRow(1)
    other = int(overview.cells[overview.order[1]])
    assert other != chosen and window.study_heat_map.cell == other == window.study_parallel.cell
    assert overview.words_of(overview.order[1]) in page.cell.words.text()


def test_the_cell_that_is_looked_at_is_compared_with_the_chosen_one(driver: Driver, page: StudyPage) -> None:
    choose(driver, seeds=8)
    overview = run_to_end(driver, page)
    assert page.cell.comparison.isHidden()  # the chosen one is looked at
    with driver.signal(driver.window.study.controller.compared):
        driver.window.study_rank.table.selectRow(1)
    assert page.cell.comparison.text() == overview.comparison != ""  # of two cells there is one comparison
    driver.window.study_rank.table.selectRow(0)
    assert page.cell.comparison.isHidden()


@pytest.fixture
def held(controller: StudyController, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many runs of each block were written; after the first one a study waits until it is asked to stop."""
    append, written = StudyStore.append, list[int]()

    def append_and_wait(store: StudyStore, trials: list[Trial]) -> None:
        append(store, trials)
        thread = controller._thread
        assert thread is not None
        written.append(len(trials))
        if len(written) == 1:
            thread._stop.wait(TIMEOUT / 1_000)

    monkeypatch.setattr(StudyStore, "append", append_and_wait)
    return written


def test_a_study_that_is_stopped_goes_on_without_losing_or_repeating_a_run(
    driver: Driver, page: StudyPage, form: StudyForm, controller: StudyController, tmp_path: Path, held: list[int]
) -> None:
    choose(driver, hidden="2, 3, 4, 5, 6, 7, 8, 9", seeds=5, folder=tmp_path)
    driver.click(page.bar.run)
    driver.qtbot.waitUntil(lambda: bool(held), timeout=10 * TIMEOUT)  # the engine may have to be compiled first
    assert page.bar.stop.isVisible() and not form.design.isEnabled()
    driver.click(page.bar.stop)
    until_ended(driver)
    shown = controller.shown
    done = len(shown.results)
    assert 0 < done < 40 and len(StudyStore.opened(shown.folder).results) == done
    assert page.bar.resume.isVisible() and form.design.isEnabled()
    before = figures(shown.results)
    driver.click(page.bar.resume)
    until_ended(driver)
    results = StudyStore.opened(shown.folder).results
    assert sorted(figures(results)) == list(range(40)) and len(results) == 40
    assert before.items() <= figures(results).items()
    assert len(controller.shown.results) == 40 and not page.bar.resume.isVisible()


def test_a_window_that_closes_in_mid_study_leaves_what_is_finished_in_the_folder(
    driver: Driver, page: StudyPage, controller: StudyController, tmp_path: Path, held: list[int]
) -> None:
    choose(driver, hidden="2, 3, 4, 5, 6, 7, 8, 9", seeds=5, folder=tmp_path)
    driver.click(page.bar.run)
    driver.qtbot.waitUntil(lambda: bool(held), timeout=10 * TIMEOUT)  # the engine may have to be compiled first
    folder = controller.shown.folder
    driver.window.documents._closing = True
    driver.window.close()
    store = StudyStore.opened(folder, to_write=True)  # nobody holds it any more
    store.close()
    assert 0 < len(store.results) < 40


def test_runs_that_diverge_and_cells_that_cannot_be_trained_are_counted_and_shown(
    driver: Driver, page: StudyPage, form: StudyForm, controller: StudyController
) -> None:
    vary(driver, "learning rate", "0.1, 90")
    vary(driver, "truncation", "1, 100000")
    form.design.change(seeds=SEEDS)
    form.folder.clear()
    told: list[str] = []
    controller.noticed.connect(lambda notice: told.append(notice.text))
    overview = run_to_end(driver, page)
    assert any("truncation" in words and "cannot be trained" in words for words in told)
    assert overview.failed.sum() == 2 * SEEDS
    assert overview.diverged.sum() > 0
    assert f"{overview.diverged.sum():,} diverged, {2 * SEEDS} failed" in page.bar.words.text()


def test_a_study_none_of_whose_cells_can_be_trained_is_refused_in_a_sentence(driver: Driver, page: StudyPage) -> None:
    vary(driver, "truncation", "100000, 200000")
    driver.click(page.bar.run)
    assert "truncation" in driver.dismiss_problem()
    until_ended(driver)


def test_another_threshold_judges_the_same_runs(
    driver: Driver, page: StudyPage, form: StudyForm, controller: StudyController
) -> None:
    choose(driver)
    overview = run_to_end(driver, page)
    assert np.isnan(overview.success).all()
    with driver.signal(controller.overview_changed):
        form.design.change(threshold=float(np.median(overview.run_values)))
    shares = controller.shown.overview.success
    assert shares.mean() == pytest.approx(0.5)
    assert controller.shown.overview.run_values.tolist() == overview.run_values.tolist()


@pytest.mark.parametrize("search", [SearchKind.RANDOM, SearchKind.TPE])
def test_a_search_draws_from_ranges_and_its_cells_stand_in_every_view(
    driver: Driver, page: StudyPage, form: StudyForm, search: SearchKind
) -> None:
    vary(driver, "hidden units", "2:9")
    vary(driver, "learning rate", "0.01:0.3:log")
    form.design.change(search=search, trials=6, seeds=2)
    form.folder.clear()
    overview = run_to_end(driver, page)
    assert len(overview) == 6 and overview.runs.tolist() == [2] * 6
    rates = overview.fields[1].numbers
    assert rates is not None and 0.01 <= rates[0] < rates[-1] <= 0.3
    for name in STUDY_VIEWS:
        page.show_view(name)
        assert driver.window.places.view(name).data().names


def test_a_cluster_that_is_not_there_is_told_in_a_sentence(driver: Driver, page: StudyPage, form: StudyForm) -> None:
    choose(driver)
    form.cluster.setText("tcp://127.0.0.1:1")
    driver.click(page.bar.run)
    assert "127.0.0.1:1" in driver.dismiss_problem()
    until_ended(driver)
    assert page.bar.run.isEnabled()


def test_a_disk_that_fills_up_ends_the_study_with_a_sentence_and_what_is_finished_stays(
    driver: Driver, page: StudyPage, controller: StudyController, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    append, written = StudyStore.append, []

    def append_until_full(store: StudyStore, trials: tuple[Trial, ...]) -> None:
        if written:
            raise StudyError("the study cannot continue, since trials.jsonl cannot be written: there is no room")
        append(store, trials)
        written.extend(trials)

    monkeypatch.setattr(StudyStore, "append", append_until_full)
    choose(driver, hidden="2, 3, 4, 5, 6, 7, 8, 9", folder=tmp_path)  # at most four cells are on their way at once
    driver.click(page.bar.run)
    assert "there is no room" in driver.dismiss_problem()
    until_ended(driver)
    assert len(StudyStore.opened(controller.shown.folder).results) == len(written) > 0
    assert page.bar.resume.isVisible()


# -- folders and files ------------------------------------------------------------------------------


def test_the_folder_of_a_study_opens_with_its_runs_and_its_settings(
    driver: Driver, page: StudyPage, form: StudyForm, controller: StudyController, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    choose(driver, folder=tmp_path)
    before = run_to_end(driver, page)
    folder, config = controller.shown.folder, form.config
    assert folder.parent == tmp_path and folder.name.startswith("sine-")
    form.axes.rows[0].removed.emit()
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(folder))
    with driver.signal(controller.opened):
        driver.click(page.bar.open)
    assert form.config == config
    np.testing.assert_array_equal(np.sort(controller.shown.overview.run_values), np.sort(before.run_values))
    assert "6 of 6 runs" in page.bar.words.text()


@pytest.mark.parametrize("what", ["", "study.json"])
def test_a_study_that_is_dropped_on_the_window_is_opened(
    driver: Driver, window: MainWindow, tmp_path: Path, what: str
) -> None:
    config = StudyConfig(axes=(Axis(field="network.hidden", values=(2, 3)),), seeds=2)
    study = Study(StudyBase(name="sine", what="sine", network={}, training={"epochs": 2}), config)
    with StudyStore.created(tmp_path / "mine", study) as store:
        for _ in run_study(store.study, store):
            pass
    assert not window.study_page.is_built  # nobody has looked at it yet
    window.open_path(tmp_path / "mine" / what)
    driver.until(lambda: window.study_page.is_built and window.study.controller.shown is not None)
    assert "4 of 4 runs" in window.workspaces.seeds.page("study").bar.words.text()


def test_a_folder_that_is_no_study_is_refused_in_a_sentence(
    driver: Driver, page: StudyPage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(tmp_path))
    driver.click(page.bar.open)
    assert "is not the folder of a study" in driver.dismiss_problem()


def test_all_runs_are_exported_a_row_for_each(
    driver: Driver, page: StudyPage, controller: StudyController, tmp_path: Path
) -> None:
    assert not page.bar.export.isEnabled()
    choose(driver)
    run_to_end(driver, page)
    driver.file_dialogs_give(tmp_path / "runs.csv")
    with driver.signal(controller.noticed, lambda notice: "Saved as" in notice.text):
        driver.click(page.bar.export)
    with (tmp_path / "runs.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 2 * SEEDS
    assert {(int(row["network.hidden"]), int(row["seed"])) for row in rows} == {
        (hidden, seed) for hidden in (2, 4) for seed in (1, 2, 3)
    }


# -- networks ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("is_kept", [False, True])
def test_a_network_of_a_cell_opens_as_the_network_of_all_workspaces(
    driver: Driver, page: StudyPage, controller: StudyController, tmp_path: Path, is_kept: bool
) -> None:
    choose(driver, folder=tmp_path if is_kept else None)
    overview = run_to_end(driver, page)
    driver.window.study_rank.table.selectRow(0)
    page.cell.runs.setCurrentIndex(1)
    number = page.cell.runs.currentData()
    trial = next(trial for trial in controller.shown.results if trial.number == number)
    with driver.idle_evaluated():
        driver.click(page.cell.open)
    run = driver.session.experiment
    assert (run.training.seed, run.network.hidden) == (trial.seed, trial.settings["network.hidden"])
    assert run.history.epochs == trial.epochs == EPOCHS
    assert run.history.train[-1, 0] == pytest.approx(trial.train, rel=1e-12)
    assert f"seed {trial.seed}" in driver.window.notice.text.text()
    assert controller.shown.overview is overview  # the study is still there
    if is_kept:  # the best network of the chosen cell
        assert len(list((controller.shown.folder / "models").iterdir())) == 1


def test_a_study_of_a_forecaster_fits_one_from_each_seed_and_opens_it(
    driver: Driver, page: StudyPage, form: StudyForm, controller: StudyController
) -> None:
    driver.open_built_in("airline")
    with driver.idle_evaluated():
        driver.session.set_automatic(QUICK)
    assert "the forecaster of airline" in form.base.text()
    vary(driver, "automatic.hidden", "2, 3")
    assert " runs take " in form.estimate.text() and " of memory" in form.estimate.text()
    form.design.change(seeds=1)
    form.folder.clear()
    overview = run_to_end(driver, page)
    assert overview.runs.tolist() == [1, 1] and np.isfinite(overview.median).all()
    assert controller.shown.study.base.is_automatic
    with driver.idle_evaluated():
        driver.click(page.cell.open)
    plan = driver.session.document.plan
    assert plan is not None and plan.forecaster is not None
    assert "This is the forecaster from seed" in driver.window.notice.text.text()


def test_a_double_click_opens_the_best_network_of_the_cell(driver: Driver, page: StudyPage) -> None:
    choose(driver)
    overview = run_to_end(driver, page)
    with driver.idle_evaluated():
        driver.window.study_heat_map.open_wanted.emit(int(overview.cells[overview.order[0]]))
    run = driver.session.experiment
    best = np.flatnonzero(overview.run_values == overview.run_values.min())
    assert run.history.train[-1, 0] == pytest.approx(overview.run_values[best[0]], rel=1e-12)


def test_undo_brings_the_network_back_that_was_open(driver: Driver, page: StudyPage) -> None:
    driver.train()
    before = driver.session.experiment
    choose(driver)
    run_to_end(driver, page)
    with driver.idle_evaluated():
        driver.click(page.cell.open)
    assert driver.session.experiment is not before
    with driver.idle_evaluated():
        driver.trigger("undo")
    assert driver.session.experiment.network == before.network
    np.testing.assert_array_equal(driver.session.experiment.weights.w1, before.weights.w1)


def test_while_the_network_trains_none_is_opened_and_that_is_said(driver: Driver, page: StudyPage) -> None:
    choose(driver)
    run_to_end(driver, page)
    driver.configure(epochs=100_000)
    driver.begin_long_run()
    driver.click(page.cell.open)
    driver.until(lambda: "Stop the training first" in driver.window.notice.text.text())
    assert not page.bar.run.isEnabled()
    driver.trigger("stop")
    driver.until(lambda: driver.session.is_at_rest)
    assert page.bar.run.isEnabled()


# -- keyboard ---------------------------------------------------------------------------------------


def go_to(driver: Driver, widget: QWidget) -> None:
    """Press Tab until a widget has the focus."""
    window = driver.window
    for _ in range(120):
        now = QApplication.focusWidget()
        if now is widget or (now is not None and widget.isAncestorOf(now)):
            return
        driver.qtbot.keyClick(window if now is None else now, Qt.Key.Key_Tab)
    raise AssertionError(f"{widget} is not reached")


def test_the_whole_job_is_done_by_keyboard(
    driver: Driver, page: StudyPage, form: StudyForm, controller: StudyController
) -> None:
    driver.trigger("workspace_learn")
    driver.key(Qt.Key.Key_2, Qt.KeyboardModifier.AltModifier)
    driver.until(page.isVisible)
    form.design.change(seeds=SEEDS)
    form.folder.clear()
    go_to(driver, form.axes.adding)
    driver.qtbot.keyClicks(form.axes.adding.lineEdit(), "hidden u")
    driver.qtbot.keyClick(form.axes.adding.lineEdit(), Qt.Key.Key_Return)
    driver.qtbot.keyClicks(QApplication.focusWidget(), "2, 4")  # its values have the focus
    assert form.config is not None and form.config.axes[0].values == (2, 4)
    go_to(driver, page.bar.run)
    driver.qtbot.keyClick(page.bar.run, Qt.Key.Key_Space)
    until_ended(driver)
    assert page.bar.run.hasFocus()
    heat_map = driver.window.study_heat_map
    go_to(driver, heat_map.canvas)
    driver.qtbot.keyClick(heat_map.canvas, Qt.Key.Key_Left)
    driver.qtbot.keyClick(heat_map.canvas, Qt.Key.Key_Left)
    assert heat_map.overview.settings_of(heat_map.overview.group_of(heat_map.cell)) == {"network.hidden": 2}
    with driver.idle_evaluated():
        driver.qtbot.keyClick(heat_map.canvas, Qt.Key.Key_Return)
    assert driver.session.experiment.network.hidden == 2 and driver.session.experiment.history.epochs == EPOCHS


# -- room -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [(800, 600), (960, 600), (1280, 800), (1920, 1080)], ids=str)
def test_every_view_of_a_study_has_room(driver: Driver, page: StudyPage, size: tuple[int, int]) -> None:
    window, found = driver.window, []
    driver.resize(*size)
    found += faults(page)  # before there is a study
    window.study.show_overview(made_up_overview())
    for name in STUDY_VIEWS:
        page.show_view(name)
        view = window.places.view(name)
        driver.until(view.isVisible)
        window.grab()
        found += [f"{name}: {fault}" for fault in faults(view)]
    found += faults(page)
    assert not found, "\n".join(found)
