"""Other networks beside the paper's: asked for, shown, cancelled, and forgotten when they no longer belong here."""

from __future__ import annotations

from dataclasses import replace

import pytest
from driving import Driver
from PySide6.QtWidgets import QLabel, QPushButton

from elman_core.experiments import BUILT_IN
from elman_core.experiments.variants import compare
from elman_core.support.jobs import complete
from elman_gui.dialogs.job_progress import JobProgress
from elman_gui.window.main_window import MainWindow


@pytest.fixture
def few_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    built_in = BUILT_IN["temporal-xor"]
    monkeypatch.setitem(BUILT_IN, "temporal-xor", replace(built_in, training=built_in.training.replace(epochs=3)))


@pytest.fixture
def endless(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a comparison last until it is cancelled."""

    def job(*_: object):  # type: ignore[no-untyped-def]
        while True:
            yield 0.5

    monkeypatch.setattr("elman_gui.controllers.comparison.compare", job)


def shown(window: MainWindow) -> list[str]:
    return [label.text() for label in window.paper._others.findChildren(QLabel) if label.isVisibleTo(window.paper)]


def open_xor(driver: Driver) -> None:
    driver.open_built_in("temporal-xor")
    driver.until(driver.window.paper.isVisible)


def compared(driver: Driver) -> None:
    with driver.signal(driver.session.comparison.changed, bool):
        driver.click(driver.window.paper.compare)
    driver.until(lambda: not driver.session.comparison.is_running)


@pytest.mark.usefixtures("few_passes")
def test_comparing_shows_what_other_networks_of_the_same_seed_reach(driver: Driver, window: MainWindow) -> None:
    open_xor(driver)
    assert window.paper.compare.isVisible() and shown(window) == []
    compared(driver)
    seed = driver.session.experiment.training.seed
    expected = complete(compare("temporal-xor", seed, seed))
    assert window.paper.others == expected
    names, values = shown(window)[1::2], shown(window)[2::2]
    assert names == [measure.name for measure in expected]
    assert values == [f"<b>{measure.value:.4g}</b>" for measure in expected]


@pytest.mark.usefixtures("few_passes")
def test_a_comparison_stays_while_the_network_trains_on_and_goes_with_seed_or_experiment(
    driver: Driver, window: MainWindow
) -> None:
    open_xor(driver)
    compared(driver)
    lines = shown(window)
    driver.train()
    assert shown(window) == lines and len(window.paper.measures) == 4
    with driver.idle_evaluated():
        driver.session.reset()  # from the same seed
    assert shown(window) == lines
    with driver.idle_evaluated():
        driver.session.reset(77)
    assert shown(window) == [] and window.paper.others == ()
    compared(driver)
    assert shown(window)
    driver.open_built_in("letters")
    driver.until(window.paper.isVisible)
    assert shown(window) == [] and not window.paper.compare.isVisible()


@pytest.mark.usefixtures("endless")
def test_a_cancelled_comparison_shows_nothing_and_can_be_asked_for_again(driver: Driver, window: MainWindow) -> None:
    open_xor(driver)
    for _ in range(2):
        driver.trigger("compare")
        driver.trigger("compare")  # asked for twice, it runs once
        driver.until(lambda: any(dialog.isVisible() for dialog in window.findChildren(JobProgress)))
        (dialog,) = (dialog for dialog in window.findChildren(JobProgress) if dialog.isVisible())
        assert "other networks" in dialog.labelText()
        driver.click(dialog.findChild(QPushButton))
        driver.until(lambda: not driver.session.comparison.is_running)
    assert shown(window) == []


@pytest.mark.usefixtures("endless")
def test_a_comparison_is_given_up_with_its_experiment(driver: Driver, window: MainWindow) -> None:
    open_xor(driver)
    driver.trigger("compare")
    with driver.idle_evaluated():
        driver.session.reset(5)
    driver.until(lambda: not driver.session.comparison.is_running)
    assert shown(window) == []


@pytest.mark.usefixtures("few_passes")
def test_comparing_is_offered_at_rest_where_there_is_something_to_compare(driver: Driver, window: MainWindow) -> None:
    action = window.actions_by_name["compare"]
    assert not action.isEnabled()
    open_xor(driver)
    assert action.isEnabled() and window.paper.compare.isEnabled()
    assert "8 hidden units" in window.paper.compare.toolTip()
    window.transport.set_speed(1.0)  # so that three passes last
    driver.click(window.transport.train)
    driver.until(lambda: driver.session.experiment.history.epochs >= 1)
    assert not action.isEnabled() and not window.paper.compare.isEnabled()
    driver.trigger("stop")
    driver.until(lambda: driver.session.is_at_rest)
    with driver.signal(driver.session.comparison.changed, bool):
        window.guide.link_pressed.emit("do:compare")
    driver.until(lambda: not driver.session.comparison.is_running)
    assert window.paper.others


def test_the_scorecard_is_as_wide_as_its_columns_need(driver: Driver, window: MainWindow) -> None:
    driver.open_built_in("letters")
    driver.until(lambda: window.paper.isVisible() and window.paper.measures)
    area = window.paper.area
    driver.until(lambda: 0 < area.widget().minimumSizeHint().width() <= area.viewport().width())
