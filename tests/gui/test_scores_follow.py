"""The score card shows the error of what is shown: lesioned, as it was, or in training; baselines stay."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from driving import Driver
from PySide6.QtCore import Qt

from elman_core.analysis.shown import clamps_words, shown_words
from elman_core.analysis.types import Clamps
from elman_core.analysis.units import Layer, Unit, UnitNames
from elman_core.config import NetworkConfig
from elman_core.data.dataset import Part
from elman_core.forecasting.prediction import respond, score_parts
from elman_core.model.clamps import clamped_network
from elman_core.model.network import ElmanNetwork
from elman_core.support.jobs import complete
from elman_core.training.weights import network_from_weights
from elman_gui.controllers.run_state import RunState
from elman_gui.window.main_window import MainWindow

HIDDEN = Unit(Layer.HIDDEN, 2)


@pytest.fixture
def trained(driver: Driver) -> Driver:
    driver.open_built_in("sunspots")
    driver.configure(epochs=40)
    driver.train()
    return driver


def shown(window: MainWindow, name: str = "network", part: Part = Part.TEST) -> str:
    return window.scores._cells[name, part].text().removeprefix("<b>").removesuffix("</b>")


def error_of(driver: Driver, network: ElmanNetwork) -> str:
    dataset = driver.session.experiment.dataset
    found = complete(score_parts(network, dataset, complete(respond(network, dataset, whole=True))))[Part.TEST]
    assert found is not None
    return f"{found.network.rmse:.4g}"


def test_a_lesion_is_scored_at_once_and_said(trained: Driver, window: MainWindow) -> None:
    before, baseline = shown(window), shown(window, "persistence")
    assert window.scores.of_what.text() == "epoch 40"
    clamps = Clamps({HIDDEN: 0.0})
    window.inspection.hold(dict(clamps.values), "Lesion")
    trained.until(lambda: window.scores.of_what.text() == "epoch 40, with hidden unit 3 lesioned")
    experiment = trained.session.experiment
    assert experiment.weights is not None
    intact = network_from_weights(experiment.network, experiment.weights)
    assert shown(window) == error_of(trained, clamped_network(intact, clamps)) != before
    assert shown(window, "persistence") == baseline
    window.selection.release()
    trained.until(lambda: window.scores.of_what.text() == "epoch 40")
    assert shown(window) == before


def test_an_earlier_epoch_is_scored_while_it_is_looked_at(trained: Driver, window: MainWindow) -> None:
    before = shown(window)
    point = trained.session.document.course.path.points[3]
    window.inspection.view(3)
    trained.until(lambda: window.scores.of_what.text() == f"epoch {point.epoch}")
    weights = (torch.from_numpy(np.array(w))[None] for w in (point.w1, point.w2))
    assert shown(window) == error_of(trained, ElmanNetwork(trained.session.experiment.network, *weights)) != before
    window.inspection.view(None)
    trained.until(lambda: window.scores.of_what.text() == "epoch 40")
    assert shown(window) == before


def test_while_it_trains_scores_follow_and_baselines_stay(driver: Driver, window: MainWindow) -> None:
    driver.open_built_in("sunspots")
    driver.configure(epochs=100_000)
    baseline = shown(window, "linear")
    assert window.scores.of_what.text() == "untrained" and baseline != "–"
    told: list[str] = []
    window.scoring.scored.connect(lambda found: told.append("none" if found is None else found.of_what))
    driver.begin_long_run()
    driver.until(lambda: len(set(told)) > 3)
    assert driver.session.state is RunState.RUNNING and "none" not in told
    assert all(words.startswith("epoch ") or words == "untrained" for words in told)
    assert shown(window, "linear") == baseline and shown(window) != "–"
    window.inspection.hold({HIDDEN: 0.0}, "Lesion")
    driver.until(lambda: window.scores.of_what.text().endswith(", with hidden unit 3 lesioned"))
    assert driver.session.state is RunState.RUNNING
    with driver.idle_evaluated():
        driver.trigger("stop")
    epoch = driver.session.experiment.history.epochs
    driver.until(lambda: window.scores.of_what.text() == f"epoch {epoch:,}, with hidden unit 3 lesioned")


def test_measures_beside_a_paper_are_of_the_network_that_is_shown(driver: Driver, window: MainWindow) -> None:
    driver.open_built_in("temporal-xor")
    before = window.paper.measures
    assert before and window.paper.of_what.text() == "untrained"
    window.selection.lesion_context()
    driver.until(lambda: window.paper.of_what.text() == "untrained, with the context lesioned")
    assert window.paper.measures != before
    window.selection.release()
    driver.until(lambda: window.paper.of_what.text() == "untrained")
    assert window.paper.measures == before


def test_another_experiment_has_no_scores_of_the_one_before(trained: Driver, window: MainWindow) -> None:
    window.inspection.hold({HIDDEN: 0.0}, "Lesion")
    trained.until(lambda: "lesioned" in window.scores.of_what.text())
    trained.open_built_in("sine")
    assert window.scores.of_what.text() == "untrained"
    assert shown(window) == "–" and shown(window, part=Part.TRAIN) != "–"
    trained.qtbot.keyClick(window, Qt.Key.Key_Escape)


def test_what_is_held_is_said_in_words() -> None:
    config, names = NetworkConfig(inputs=2, hidden=3, outputs=1), UnitNames(("sales", "price"), ("sales",))
    context = {Unit(Layer.CONTEXT, k): 0.0 for k in range(3)}

    def words(**units: float) -> str:
        return clamps_words(
            Clamps(context | {Unit(Layer.HIDDEN, int(k[1:])): v for k, v in units.items()}), config, names
        )

    assert words() == "the context lesioned"
    assert words(h0=0.0, h1=0.5) == "the context lesioned, hidden unit 1 lesioned and hidden unit 2 held at 0.5"
    assert clamps_words(Clamps({Unit(Layer.INPUT, 1): 2.0}), config, names) == "input price held at 2"
    assert clamps_words(Clamps(), config, names) == ""
    assert shown_words(1_000, 3, "") == "epoch 1,000, step 3"
    assert shown_words(0, 0, "", weight_changed=True) == "untrained, with another weight"
