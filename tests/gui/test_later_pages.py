"""Pages that are built when somebody first looks at them show what there was before, whenever that is."""

from __future__ import annotations

from driving import Driver

from elman_gui.controllers.run_state import RunState
from elman_gui.theme import DARK
from elman_gui.window.main_window import MainWindow


def test_what_was_trained_before_is_shown_by_pages_that_nobody_had_looked_at(
    driver: Driver, window: MainWindow
) -> None:
    assert not any(page.is_built for page in window.pages)
    driver.trigger("theme_dark")
    with driver.idle_evaluated():
        driver.choose(window.transport.networks, 10)
    driver.train()
    assert not any(page.is_built for page in window.pages)
    driver.trigger("page_networks")
    driver.until_pages_are_built()
    driver.until(lambda: window.fan.data().names and window.final_errors.errors is not None)
    assert window.members.isVisible() and window.members.theme is DARK
    driver.trigger("workspace_forecast")
    driver.until_pages_are_built()
    driver.until(window.forecast.isVisible)
    assert window.forecast.theme is DARK


def test_a_page_that_is_built_while_networks_learn_follows_them(driver: Driver, window: MainWindow) -> None:
    driver.configure(epochs=100_000, networks=10)
    driver.begin_long_run()
    driver.trigger("page_networks")
    driver.until_pages_are_built()
    driver.until(lambda: window.fan.data().names and window.final_errors.errors is not None)
    driver.trigger("workspace_forecast")
    driver.until_pages_are_built()
    driver.trigger("stop")
    driver.until_state(RunState.IDLE)
    driver.until(window.forecast.isVisible)


def test_a_window_may_be_closed_in_the_midst_of_building_a_page(driver: Driver, window: MainWindow) -> None:
    driver.trigger("page_networks")
    assert not window.networks_page.is_built  # the fixture closes the window now
