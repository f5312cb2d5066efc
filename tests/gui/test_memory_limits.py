"""What would not fit into memory is refused before it is allocated, and a long preparation can be given up."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from driving import Driver
from torch import Tensor

from elman_core.config import DataConfig, NetworkConfig
from elman_core.model import network as network_module
from elman_gui.controllers.run_state import RunState
from elman_gui.window.main_window import MainWindow

Free = Callable[[int], None]


@pytest.fixture
def free(monkeypatch: pytest.MonkeyPatch) -> Free:
    """Let so many bytes be free from now on."""
    return lambda count: monkeypatch.setattr("elman_core.training.estimate.free_memory", lambda: count)


def test_the_form_says_what_the_training_takes(window: MainWindow) -> None:
    said = window.settings_panel.cost.text()
    assert re.fullmatch("Takes about [0-9]{2} kB of memory and less than a second at full speed.", said)


@pytest.mark.parametrize(("form", "name", "value"), [("training", "networks", 100_000), ("network", "hidden", 4096)])
def test_the_form_refuses_what_does_not_fit(
    driver: Driver, window: MainWindow, free: Free, form: str, name: str, value: int
) -> None:
    free(10_000_000)
    before = driver.session.experiment
    driver.enter(name, value)
    problem = getattr(window.settings_panel, form)._problem
    assert not problem.isHidden()
    assert problem.text().startswith("⚠ This needs about ") and f"lower {name} to " in problem.text()
    assert driver.session.experiment is before
    driver.enter(name, 3)
    assert problem.isHidden()
    driver.worker_answers()


def test_data_that_do_not_fit_leave_what_is_open(driver: Driver, window: MainWindow, free: Free) -> None:
    before = driver.session.experiment
    free(60_000)
    driver.session.set_data(DataConfig(lags=20))
    assert "of memory, and " in driver.dismiss_problem()
    assert driver.session.experiment is before
    assert window.settings_panel.data.config == before.dataset.config


def test_a_model_file_that_does_not_fit_is_refused_and_leaves_what_is_open(
    driver: Driver, free: Free, tmp_path: Path
) -> None:
    driver.configure(epochs=2, networks=50)
    driver.train()
    with driver.signal(driver.session.saved):
        driver.session.save(tmp_path / "fifty.safetensors")
    before = driver.session.experiment
    free(100_000)
    driver.window.open_path(tmp_path / "fifty.safetensors")
    assert "lower networks to" in driver.dismiss_problem()
    assert driver.session.experiment is before


def test_a_network_that_the_form_does_not_know_is_refused_by_the_worker(driver: Driver, free: Free) -> None:
    free(10_000_000)
    driver.session.set_network(NetworkConfig(hidden=2000))
    assert "lower hidden to" in driver.dismiss_problem()


def test_stop_gives_up_the_drawing_of_many_networks(driver: Driver, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first weights wait for a word; with a stop in between, none of the other thousands are drawn."""
    draw, drawn, go_on = network_module._draw, [], threading.Event()

    def waiting(*arguments: object) -> Tensor:
        drawn.append(arguments)
        go_on.wait(600)
        return draw(*arguments)

    with driver.idle_evaluated():  # the network as it is
        driver.session.set_training(driver.session.experiment.training.replace(momentum=0.5))
    monkeypatch.setattr(network_module, "_draw", waiting)
    networks = 50_000
    driver.session.set_training(driver.session.experiment.training.replace(networks=networks))
    driver.until(lambda: drawn)
    driver.click(driver.window.transport.train)
    assert driver.session.state is RunState.RUNNING
    driver.click(driver.window.transport.stop)
    go_on.set()
    driver.until_state(RunState.IDLE)
    assert len(drawn) < networks
    assert driver.session.experiment.weights is None
    monkeypatch.setattr(network_module, "_draw", draw)
    with driver.idle_evaluated():
        driver.session.undo()
    assert driver.session.experiment.training.networks == 1
    assert not driver.problems()
