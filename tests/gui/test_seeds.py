"""The page Networks of the workspace Seeds: many networks, live and at rest."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from driving import Driver
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtWidgets import QTableView

from elman_core.data.splits import Part
from elman_core.experiments.member_scorecards import score_all
from elman_core.experiments.published import published_of
from elman_core.forecasting.ensemble_prediction import predict_together
from elman_core.forecasting.member_errors import errors_of_members
from elman_core.studies.statistics.summaries import success
from elman_core.support.jobs import Job, complete
from elman_core.training.member_figures import MemberFigures
from elman_core.training.weights import network_from_weights
from elman_gui.controllers.run_state import RunState
from elman_gui.dialogs.job_progress import JobProgress
from elman_gui.window.main_window import MainWindow
from elman_gui.workspaces.networks import NetworksPage

Array = NDArray[np.float64]


def come_to_networks(driver: Driver) -> NetworksPage:
    driver.trigger("page_networks")
    (page,) = driver.window.workspaces.seeds.findChildren(NetworksPage)
    driver.until(page.isVisible)
    driver.until_pages_are_built()
    return page


def show(driver: Driver, name: str) -> None:
    """Bring a view of the page to the front, wherever it stands."""
    page = come_to_networks(driver)
    view = driver.window.places.view(name)
    assert view is not None
    page.show_view(name)
    driver.until(view.isVisible)


def texts(table: QTableView, column: int) -> list[str]:
    model = table.model()
    return [str(model.index(row, column).data()) for row in range(model.rowCount())]


def headings(table: QTableView) -> list[str]:
    model = table.model()
    return [str(model.headerData(n, Qt.Orientation.Horizontal)).strip() for n in range(model.columnCount())]


@pytest.fixture
def many(driver: Driver) -> Driver:
    """Thirty networks of the sunspots, with a validation and a test part, at rest."""
    driver.open_built_in("sunspots")
    driver.configure(epochs=20, networks=30, learning_rate=0.05, patience=5)
    driver.train()
    return driver


# -- how many -------------------------------------------------------------------------------------------


def test_the_transport_bar_chooses_how_many_networks_learn(driver: Driver, window: MainWindow) -> None:
    box = window.transport.networks
    assert [box.itemData(place) for place in range(box.count())] == [1, 10, 100, 1_000]
    assert box.currentText() == "1"
    with driver.idle_evaluated():
        driver.choose(box, 100)
    assert driver.session.experiment.training.networks == 100 and box.currentText() == "100"
    driver.configure(networks=30)
    assert box.currentText() == "30" and [box.itemData(n) for n in range(box.count())] == [1, 10, 30, 100, 1_000]
    with driver.idle_evaluated():
        driver.trigger("undo")
    assert box.currentText() == "100" and box.count() == 4


def test_networks_cannot_be_chosen_while_they_learn_nor_of_a_forecaster(driver: Driver, window: MainWindow) -> None:
    driver.configure(epochs=100_000)
    driver.begin_long_run()
    assert not window.transport.networks.isEnabled()
    driver.trigger("stop")
    driver.until_state(RunState.IDLE)
    assert window.transport.networks.isEnabled()
    driver.open_built_in("airline")
    assert not window.transport.networks.isEnabled() and "recipe" not in window.transport.networks.toolTip()
    assert "forecaster" in window.transport.networks.toolTip()
    with driver.idle_evaluated():
        driver.click(window.settings_panel.kinds.pure)
    assert window.transport.networks.isEnabled()


def test_what_takes_long_is_told_before_it_begins(driver: Driver, window: MainWindow) -> None:
    driver.open_built_in("word-classes")
    with driver.idle_evaluated():
        driver.choose(window.transport.networks, 100)
    text = window.notice.messages[-1].text
    assert text.startswith("100 networks: takes about ") and "of memory" in text and "at full speed" in text


def test_more_networks_than_fit_are_refused_in_a_sentence(
    driver: Driver, window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("elman_core.training.estimate.free_memory", lambda: 1_000_000)
    driver.choose(window.transport.networks, 1_000)
    assert "of memory" in driver.dismiss_problem()
    assert driver.session.experiment.training.networks == 1 and window.transport.networks.currentText() == "1"


def test_one_network_becomes_many_by_a_button(driver: Driver, window: MainWindow) -> None:
    driver.configure(epochs=3)
    come_to_networks(driver)
    with driver.idle_evaluated():
        driver.click(window.one_network.button)
    driver.until(lambda: driver.session.experiment.history.epochs == 3)
    assert driver.session.experiment.history.train.shape == (3, 100)
    assert window.members.isVisible() and not window.one_network.isVisible()


# -- curves ---------------------------------------------------------------------------------------------


def test_more_than_twenty_networks_are_bands_around_their_median(many: Driver, window: MainWindow) -> None:
    show(many, "members")
    plot, history = window.members, many.session.experiment.history
    losses = np.asarray(history.validation) / many.session.experiment.dataset.validation_steps
    last = np.array([column[~np.isnan(column)][-1] for column in losses.T])
    many.until(lambda: len(plot._bands.median.getData()[0]) == len(losses))
    low, lower, middle, upper, high = np.quantile(last, (0.05, 0.25, 0.5, 0.75, 0.95))
    assert 10 ** plot._bands.median.getData()[1][-1] == pytest.approx(middle)
    for band, (least, most) in ((plot._bands._wide, (low, high)), (plot._bands._middle, (lower, upper))):
        assert [10 ** curve.getData()[1][-1] for curve in band.curves] == pytest.approx([least, most])
    assert [entry.text for entry in plot.legend.entries] == ["network 1", "median", "middle half", "5 to 95 %"]


def test_pointing_shows_the_nearest_network_and_clicking_looks_at_it(many: Driver, window: MainWindow) -> None:
    show(many, "members")
    plot, experiment = window.members, many.session.experiment
    losses = np.asarray(experiment.history.validation) / experiment.dataset.validation_steps
    many.until(lambda: len(plot._bands.median.getData()[0]) == len(losses))
    worst = int(losses[2].argmax())
    box = plot.plot.getPlotItem().getViewBox()
    place = box.mapViewToScene(QPointF(3.0, np.log10(losses[2, worst]) + 0.01))
    plot._point(place)
    assert plot.readout.text() == (
        f"network {worst + 1}, seed {experiment.training.seed + worst}: {losses[2, worst]:.4g} at epoch 3"
    )
    _, y = plot._near.getData()
    np.testing.assert_allclose((10**y)[:3], losses[:3, worst])
    at = plot.plot.mapFromScene(place)
    many.qtbot.mouseClick(plot.plot.viewport(), Qt.MouseButton.LeftButton, pos=at)
    many.until(lambda: many.session.document.member == worst)
    plot.eventFilter(plot.plot.viewport(), QEvent(QEvent.Type.Leave))
    assert plot.readout.text() == "" and not len(plot._near.getData()[0] if plot._near.getData()[0] is not None else [])


# -- fits -----------------------------------------------------------------------------------------------


def test_the_fan_shows_quantiles_of_all_networks_over_the_data(many: Driver, window: MainWindow) -> None:
    show(many, "fan")
    many.until(lambda: window.fan._found is not None)
    run = many.session.experiment
    assert run.weights is not None
    expected = complete(predict_together(network_from_weights(run.network, run.weights), run.dataset))
    many.until(lambda: np.array_equal(window.fan._found.one_step, expected.one_step, equal_nan=True))
    median = window.fan._one_step.median.getData()[1]
    np.testing.assert_array_equal(median, expected.one_step[2, :, 0])
    free = window.fan._free_run.median.getData()[1]
    np.testing.assert_array_equal(free[1:], expected.closed_loop[2, :, 0])
    assert free[0] == run.dataset.values[expected.closed_loop_row - 1, 0]
    many.window.selection.move_cursor(100)
    assert "target" in window.fan.readout.text() and "one step" in window.fan.readout.text()


def test_the_fan_is_live_and_rests_where_nobody_looks(driver: Driver, window: MainWindow) -> None:
    driver.configure(epochs=1_000_000, networks=10)
    show(driver, "fan")
    told: list[object] = []
    window.ensemble.ensemble.prediction_changed.connect(told.append)
    window.transport.set_speed(30.0)
    driver.click(window.transport.train)
    driver.until(lambda: len(told) > 2 and driver.session.state is RunState.RUNNING)
    driver.trigger("workspace_learn")
    driver.until(lambda: not window.fan.isVisible())
    driver.trigger("stop")
    driver.until_state(RunState.IDLE)
    driver.worker_answers()
    assert not window.ensemble.ensemble._wants_prediction
    show(driver, "fan")
    run = driver.session.experiment
    assert run.weights is not None
    expected = complete(predict_together(network_from_weights(run.network, run.weights), run.dataset))
    driver.until(
        lambda: window.fan._found is not None and np.array_equal(window.fan._found.one_step, expected.one_step, True)
    )


def test_of_a_text_the_fan_shows_how_surprised_all_networks_are(driver: Driver, window: MainWindow) -> None:
    driver.learn_text("abcabdabcabd" * 6)
    driver.configure(networks=25, epochs=3)
    driver.train()
    show(driver, "fan")
    driver.until(lambda: window.fan._found is not None)
    assert window.fan._found.names == ("surprise (bits)",)
    driver.until(lambda: window.fan._one_step.median.getData()[1] is not None)
    assert window.fan.columns.isHidden() and window.fan.data().names[1].startswith("surprise")


# -- errors ---------------------------------------------------------------------------------------------


def test_the_test_part_is_reported_and_validation_chooses(many: Driver, window: MainWindow) -> None:
    show(many, "final_errors")
    plot, run = window.final_errors, many.session.experiment
    assert plot.shown_part is Part.TEST
    many.until(lambda: plot._drawn is not None)
    assert run.weights is not None
    errors = complete(errors_of_members(network_from_weights(run.network, run.weights), run.dataset))
    assert errors is not None and plot.errors is not None
    np.testing.assert_allclose(plot.errors, errors)
    assert plot._drawn is not None and plot._drawn.counts.sum() == 30
    figures = MemberFigures.of(run)
    assert figures.chosen is not None and figures.chosen_by is Part.VALIDATION
    assert 10 ** plot._chosen.value() == pytest.approx(errors[figures.chosen])
    assert f"Chosen on validation, network {figures.chosen + 1} has {errors[figures.chosen]:.3g}." in plot.words.text()
    assert f"Median {np.median(errors):.3g}" in plot.words.text()
    assert 10 ** plot._own.value() == pytest.approx(errors[0])


def test_the_share_that_reaches_a_threshold_has_its_interval(many: Driver, window: MainWindow) -> None:
    show(many, "final_errors")
    plot = window.final_errors
    many.until(lambda: plot._success is not None)
    errors = plot.errors
    assert errors is not None
    threshold = float(f"{np.quantile(errors, 0.3):.4g}")
    plot.threshold.setValue(threshold)
    expected = success(errors, threshold)
    many.until(lambda: plot._success == expected)
    assert plot.reached.text().startswith(
        f"{expected.successes} of 30 networks: {100 * expected.share:.3g}\u00a0%, 95\u00a0% int"
    )
    assert 10 ** plot._line.value() == pytest.approx(threshold)
    plot._line.setValue(np.log10(errors.max()) + 0.01)  # as it is dragged
    many.until(lambda: plot._success is not None and plot._success.successes == 30)
    assert plot.threshold.value() == pytest.approx(10 ** plot._line.value(), rel=0.01)


def test_what_was_counted_of_errors_that_are_gone_is_not_said(many: Driver, window: MainWindow) -> None:
    show(many, "final_errors")
    plot = window.final_errors
    many.until(lambda: plot._success is not None)
    counted = plot._success
    plot.show_words(plot._words, *plot._begun[1:])  # as where another experiment begins
    plot.show_success(counted)  # the answer was on its way
    assert plot._success is None and not plot.reached.text()


def test_another_part_is_shown_where_it_is_chosen_and_stays_for_the_next_run(many: Driver, window: MainWindow) -> None:
    show(many, "final_errors")
    plot = window.final_errors
    many.choose(plot.part, Part.VALIDATION)
    figures = MemberFigures.of(many.session.experiment)
    many.until(lambda: plot._drawn is not None)
    np.testing.assert_array_equal(plot.errors, figures.validation)
    assert "Chosen on" not in plot.words.text()
    plot.threshold.setValue(0.2)
    with many.idle_evaluated():
        many.session.reset()
    assert plot.shown_part is Part.VALIDATION and plot.words.text() == "No network has ended an epoch."
    many.train()
    many.until(lambda: plot._drawn is not None)
    assert plot.threshold.value() == 0.2


def test_the_published_run_of_the_tutorial_is_marked(driver: Driver, window: MainWindow) -> None:
    driver.configure(networks=40, epochs=60)
    driver.train()
    show(driver, "final_errors")
    plot = window.final_errors
    published = published_of(driver.session.experiment.dataset, Part.TRAIN)
    driver.until(lambda: plot._drawn is not None)
    assert published is not None and plot.shown_part is Part.TRAIN
    assert plot._known.isVisible() and 10 ** plot._known.value() == pytest.approx(published.value)
    assert plot.threshold.value() == pytest.approx(published.value, rel=0.01)
    assert published.words in plot.words.text()
    low, high = plot.plot.getPlotItem().getViewBox().viewRange()[0]
    assert low < plot._known.value() < high


def test_networks_that_diverged_are_counted_and_shown(driver: Driver, window: MainWindow) -> None:
    with driver.idle_evaluated():
        driver.session.set_network(driver.session.experiment.network.replace(activation="relu"))
    driver.configure(epochs=30, networks=12, learning_rate=1.0)
    driver.train()
    figures = MemberFigures.of(driver.session.experiment)
    diverged = int(figures.diverged.sum())
    assert 0 < diverged < 12
    show(driver, "member_table")
    table = window.member_table.table
    driver.until(lambda: "ended" in headings(table))
    assert texts(table, headings(table).index("ended")).count("diverged") == diverged
    assert texts(table, headings(table).index("training"))[-diverged:] == diverged * ["–"]  # the worst of all
    show(driver, "final_errors")
    driver.until(lambda: window.final_errors._drawn is not None)
    assert f"{diverged} diverged" in window.final_errors.words.text()


# -- the table ------------------------------------------------------------------------------------------


def test_the_table_is_ordered_by_a_click_and_opens_a_network_everywhere(many: Driver, window: MainWindow) -> None:
    show(many, "member_table")
    table = window.member_table.table
    many.until(lambda: "test" in headings(table))
    names = headings(table)
    assert names[:6] == ["no.", "seed", "epoch", "training", "validation", "test"]
    validation = [float(text) for text in texts(table, names.index("validation"))]
    assert validation == sorted(validation)  # chosen by validation, unless a person wants it otherwise
    header = table.horizontalHeader()
    column = names.index("test")
    place = QPoint(header.sectionViewportPosition(column) + 20, header.height() // 2)
    many.qtbot.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=place)
    test = [float(text) for text in texts(table, column)]
    assert test in (sorted(test), sorted(test, reverse=True))
    many.qtbot.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert [float(text) for text in texts(table, column)] == test[::-1]
    table.selectRow(4)
    member = int(texts(table, 0)[4]) - 1
    assert many.session.document.member == member
    table.setFocus()
    many.qtbot.keyClick(table, Qt.Key.Key_Return)
    assert window.workspaces.front.name == "learn"
    many.until(lambda: window.inspection.shown is not None and window.inspection.shown.member == member)
    show(many, "member_table")
    row = table.model().index(7, 0)
    table.scrollTo(row)
    place = table.visualRect(row).center()
    many.qtbot.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=place)
    many.qtbot.mouseDClick(table.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert window.workspaces.front.name == "learn"
    assert many.session.document.member == int(texts(table, 0)[7]) - 1


def test_while_networks_learn_the_rows_stay_where_they_are(driver: Driver, window: MainWindow) -> None:
    driver.configure(epochs=1_000_000, networks=12)
    show(driver, "member_table")
    table = window.member_table.table
    window.transport.set_speed(30.0)
    driver.click(window.transport.train)
    driver.until(lambda: texts(table, 2)[0] not in ("–", "1"))
    assert [int(text) for text in texts(table, 0)] == list(range(1, 13))
    driver.trigger("stop")
    driver.until_state(RunState.IDLE)
    losses = [float(text) for text in texts(table, 3)]
    assert losses == sorted(losses)


def test_the_numbers_of_every_view_can_be_saved(many: Driver, window: MainWindow, tmp_path: Path) -> None:
    for name in ("members", "fan", "final_errors", "member_table"):
        show(many, name)
        view = window.places.view(name)
        many.until(lambda view=view: view.data().names)
        many.file_dialogs_give(tmp_path / f"{name}.csv")
        many.click(view.button("export-data"))
        many.until((tmp_path / f"{name}.csv").exists)
        many.until(lambda: not many.session.jobs.are_running)
        lines = (tmp_path / f"{name}.csv").read_text(encoding="utf-8-sig").splitlines()
        assert len(lines) > 10 and len(next(csv.reader(lines))) >= len(view.data().names)


# -- Elman (1990) ---------------------------------------------------------------------------------------


@pytest.fixture
def xor(driver: Driver) -> Driver:
    driver.open_built_in("temporal-xor")
    driver.configure(networks=3, epochs=2)
    driver.train()
    return driver


def test_all_networks_are_measured_beside_the_paper(xor: Driver, window: MainWindow) -> None:
    show(xor, "member_scorecards")
    view, run = window.member_scorecards, xor.session.experiment
    assert view.measures == () and view.words.isVisible()
    xor.click(view.measure)
    xor.until(lambda: view.measures)
    assert run.weights is not None
    expected = complete(score_all("temporal-xor", network_from_weights(run.network, run.weights), run.training.seed))
    assert [measure.name for measure in view.measures] == [measure.name for measure in expected]
    for measure, own in zip(view.measures, expected, strict=True):
        np.testing.assert_array_equal(measure.values, own.values)
    assert view.data().names[1] == "squared error, first bit"
    view.canvas.repaint()
    assert "paper: 0.29 to 0.34" in view.text_at(QPointF(20, 20))
    with xor.idle_evaluated():
        xor.session.reset()
    assert view.measures == ()


def test_other_networks_are_compared_over_all_seeds_and_stay_while_these_learn_on(
    xor: Driver, window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    def quick(name: str, seed: int, networks: int, engine: str) -> Job[tuple[object, ...]]:
        yield 0.5
        run = xor.session.experiment
        assert run.weights is not None and (name, seed, networks) == ("temporal-xor", run.training.seed, 3)
        return (yield from score_all(name, network_from_weights(run.network, run.weights), seed))

    monkeypatch.setattr("elman_core.experiments.member_scorecards.compare_all", quick)
    show(xor, "member_scorecards")
    view = window.member_scorecards
    xor.click(view.compare)
    xor.until(lambda: len(view.measures) == 4)
    xor.train()
    assert len(view.measures) == 4
    with xor.idle_evaluated():
        xor.session.reset(77)
    assert view.measures == ()


def test_measuring_is_cancelled_by_its_dialog(xor: Driver, window: MainWindow, monkeypatch: pytest.MonkeyPatch) -> None:
    def endless(*_: object) -> Job[tuple[object, ...]]:
        while True:
            yield 0.5

    monkeypatch.setattr("elman_core.experiments.member_scorecards.score_all", endless)
    show(xor, "member_scorecards")
    xor.click(window.member_scorecards.measure)
    xor.opened(JobProgress).canceled.emit()
    xor.until(lambda: not xor.session.jobs.are_running)
    assert window.member_scorecards.measures == ()
    xor.click(window.member_scorecards.measure)  # it can be asked for again
    xor.opened(JobProgress).canceled.emit()
    xor.until(lambda: not xor.session.jobs.are_running)


def test_scorecards_are_offered_only_where_there_is_a_paper(many: Driver, window: MainWindow) -> None:
    come_to_networks(many)
    assert not window.places.is_offered("member_scorecards")
