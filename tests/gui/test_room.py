"""At every size of the window and in every workspace, words and plots have the room that they need."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from driving import Driver
from room import faults

from elman_core.config import AutomaticConfig
from elman_gui.workspaces.forecast import FORECAST_VIEWS
from elman_gui.workspaces.networks import NetworksPage

SIZES = ((800, 600), (960, 600), (1280, 800), (1920, 1080))
EXPERIMENTS = ("sine", "word-classes", "sunspots", "airline")
QUICK = AutomaticConfig(lags=13, networks=2, inner_networks=1, epochs=5, patience=5, pure=False)
IN_LEARN = (
    "fit", "next_symbol", "errors", "left_over", "context", "loss", "scores", "paper", "diagram", "weights", "states",
    "eigenvalues", "reach", "landscape", "lesions", "clusters", "places", "roc", "next",
)  # fmt: skip
ROOT = Path(__file__).parents[2]


def look_everywhere(driver: Driver) -> list[str]:
    """Return what has no room, in each workspace at each size."""
    window, found = driver.window, []
    for width, height in SIZES:
        driver.resize(width, height)
        for workspace in window.workspaces.all:
            window.workspaces.bring_to_front(workspace.name)
            driver.until_pages_are_built()
            driver.worker_answers()
            driver.until_laid_out()
            window.grab()  # what waits for being painted
            found += [f"{width} x {height}, {workspace.title}: {fault}" for fault in faults(window)]
        for workspace, names in ((window.workspaces.learn, IN_LEARN), (window.workspaces.forecast, FORECAST_VIEWS)):
            window.workspaces.bring_to_front(workspace.name)
            driver.until_pages_are_built()
            for name in names:
                if window.places.is_offered(name):
                    workspace.show_view(name)
                    view = window.places.view(name)
                    driver.until(view.isVisible)
                    driver.worker_answers()
                    driver.until_laid_out()
                    view.grab()
                    found += [f"{width} x {height}, {name}: {fault}" for fault in faults(view)]
    return found


@pytest.mark.parametrize("experiment", EXPERIMENTS)
def test_everything_has_room(driver: Driver, experiment: str) -> None:
    if experiment != "sine":
        driver.open_built_in(experiment)
    if driver.session.document.plan is None:
        driver.configure(epochs=1 if experiment == "word-classes" else 20)
    else:
        with driver.idle_evaluated():
            driver.session.set_automatic(QUICK)
    driver.train()
    found = look_everywhere(driver)
    assert not found, "\n".join(found)


@pytest.mark.parametrize("experiment", ["sunspots", "temporal-xor"])
def test_many_networks_have_room(driver: Driver, experiment: str) -> None:
    driver.open_built_in(experiment)
    driver.configure(epochs=2, networks=30)
    driver.train()
    window, found = driver.window, []
    driver.trigger("page_networks")
    driver.until_pages_are_built()
    (page,) = window.workspaces.seeds.findChildren(NetworksPage)
    if experiment == "temporal-xor":
        window.ensemble.scorecards.measure()
        driver.until(lambda: window.member_scorecards.measures)
    for width, height in SIZES:
        driver.resize(width, height)
        for name in NetworksPage.views:
            if window.places.is_offered(name):
                page.show_view(name)
                driver.until(window.places.view(name).isVisible)
                driver.worker_answers()
                driver.until_laid_out()
                window.grab()
                found += [f"{width} x {height}, {name}: {fault}" for fault in faults(window)]
    assert not found, "\n".join(found)


def test_everything_has_room_on_a_screen_with_twice_as_many_pixels() -> None:
    """A window of 800 x 600 logical pixels is one of 1,600 x 1,200 there; the scale is set before Qt begins."""
    test = f"{Path(__file__)}::test_everything_has_room"
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-n", "0", "-p", "no:cacheprovider", test],
        cwd=ROOT, env=os.environ | {"QT_SCALE_FACTOR": "2"}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-8_000:] + done.stderr[-2_000:]
