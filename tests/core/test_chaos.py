"""Mackey-Glass and Lorenz: the series, test errors, restarts, and free runs that last."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from elman_core.data.dataset import Part
from elman_core.data.generators import lorenz_table, mackey_glass_table
from elman_core.errors import ConfigError
from elman_core.experiment import Run
from elman_core.experiments.factory import begin_named
from elman_core.forecasting.horizons import score_as_trained
from elman_core.forecasting.lasting import steps_within
from elman_core.storage.model_file import load_model, save_model
from elman_core.support.jobs import complete
from elman_core.training.history import History
from elman_core.training.trainer import Trainer

ORIGINS = np.linspace(499, 699, 10).astype(int)


def least_squares_error(values: np.ndarray, lags: int) -> float:
    """The test error of least squares on the last values, fitted to the first 500."""
    inputs = np.stack([values[lag : len(values) - lags + lag] for lag in range(lags)], axis=1)
    inputs, targets, rows = np.c_[inputs, np.ones(len(inputs))], values[lags:], 500 - lags
    weights = np.linalg.lstsq(inputs[:rows], targets[:rows], rcond=None)[0]
    return float(np.sqrt(np.mean((inputs[rows:] @ weights - targets[rows:]) ** 2)))


def trained(
    name: str, data: dict[str, Any] | None = None, engine: str = "auto", **training: Any
) -> tuple[Run, Trainer, str]:
    experiment, _ = begin_named(name, data or {}, {}, training)
    trainer, history, said = Trainer(experiment, device="cpu", engine=engine), History(), []
    for update in trainer.updates():
        history.extend([update])
        said.append(update.message)
    return replace(experiment, weights=trainer.weights(), history=history), trainer, " ".join(filter(None, said))


def test_error(run: Run, trainer: Trainer) -> float:
    response = complete(trainer.snapshot(whole=True)).response
    scores = complete(score_as_trained(trainer.network, run.dataset, response))[Part.TEST]
    assert scores is not None
    return scores.network.rmse


test_error.__test__ = False  # type: ignore[attr-defined]

# -- the series ---------------------------------------------------------------------------------------


def test_mackey_glass_is_the_series_that_others_have_measured() -> None:
    values = mackey_glass_table().values[:, 0]
    assert (values.min(), values.max(), len(values)) == (0.0, 1.0, 1000)
    assert least_squares_error(values, 3) == pytest.approx(2.5e-3, rel=0.03)
    assert least_squares_error(values, 18) == pytest.approx(4.8e-4, rel=0.03)


def test_mackey_glass_follows_its_equation() -> None:
    """Until t = 17 the delayed value is 1.2, and scipy can solve what is left."""
    values = mackey_glass_table().values[:18, 0]
    drive = 0.2 * 1.2 / (1 + 1.2**10)
    solved = solve_ivp(lambda _, x: drive - 0.1 * x, (0, 17), [1.2], t_eval=np.arange(18), rtol=1e-11, atol=1e-12).y[0]
    scale = np.polyfit(solved, values, 1)
    np.testing.assert_allclose(np.polyval(scale, solved), values, atol=1e-9)


def test_lorenz_is_the_series_that_others_have_measured() -> None:
    values = lorenz_table().values[:, 0]
    assert (values.min(), values.max(), len(values)) == (-1.0, 1.0, 1000)
    assert least_squares_error(values, 3) == pytest.approx(3.7e-4, rel=0.03)


def test_lorenz_follows_its_equations_as_long_as_rounding_allows() -> None:
    def slope(_: float, u: np.ndarray) -> list[float]:
        return [10 * (u[1] - u[0]), u[0] * (28 - u[2]) - u[1], u[0] * u[1] - 8 / 3 * u[2]]

    from elman_core.data import generators

    state, mine = (1.0, 1.0, 1.0), []
    for _ in range(300):
        mine.append(state[0])
        state = generators._lorenz_step(state)
    solved = solve_ivp(slope, (0, 2.99), [1.0, 1.0, 1.0], t_eval=np.arange(300) * 0.01, rtol=1e-12, atol=1e-12).y[0]
    np.testing.assert_allclose(mine, solved, atol=1e-3)


# -- test errors --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "most"), [("mackey-glass", 4e-4), ("lorenz", 3e-4)])
def test_the_error_one_step_ahead_is_reached_in_the_median_of_five_seeds(name: str, most: float) -> None:
    assert np.median([test_error(*trained(name, seed=seed)[:2]) for seed in range(1, 6)]) <= most


# -- a start that fails -------------------------------------------------------------------------------

HOPELESS = {"restarts": 2, "restart_above": 1e-9, "epochs": 30}


@pytest.mark.parametrize("engine", ["compiled", "tensors"])
def test_a_start_that_fails_is_drawn_again_and_told(engine: str) -> None:
    run, trainer, said = trained("mackey-glass", engine=engine, **HOPELESS)
    assert said.count("other initial weights are drawn") == 2
    assert "in 10 epochs: other" in said
    assert "in 20 epochs: other" in said
    assert "in 30 epochs, whatever they began with" in said
    losses = run.history.train[:, 0]
    assert losses[10] > 5 * losses[9]
    assert losses[20] > 5 * losses[19]
    assert trainer.stopping.best_losses[0] == np.nanmin(run.history.validation)  # of all starts


def test_a_start_that_is_good_enough_is_left_alone() -> None:
    one, _, said = trained("mackey-glass", **{**HOPELESS, "restart_above": 1.0})
    other, _, _ = trained("mackey-glass", **{**HOPELESS, "restarts": 0})
    assert "drawn" not in said
    np.testing.assert_array_equal(one.history.train, other.history.train)


def test_of_an_ensemble_each_begins_again_as_it_would_alone() -> None:
    above = 1.02e-2  # which at first the third network alone reaches
    together, _, _ = trained("mackey-glass", **{**HOPELESS, "networks": 3, "restart_above": above})
    began_again = []
    for member in range(3):
        alone, _, said = trained("mackey-glass", **{**HOPELESS, "seed": 1 + member, "restart_above": above})
        np.testing.assert_array_equal(together.history.train[:, member], alone.history.train[:, 0])
        np.testing.assert_array_equal(together.weights.w1[member], alone.weights.w1[0])
        began_again.append("drawn" in said)
    assert set(began_again) == {True, False}, "the error wanted must tell these seeds apart"


@pytest.mark.parametrize("pause", [9, 10, 13, 20])
def test_a_pause_and_a_file_change_nothing_of_it(pause: int, tmp_path: Path) -> None:
    whole, _, _ = trained("mackey-glass", **HOPELESS)
    experiment, _ = begin_named("mackey-glass", {}, {}, HOPELESS)
    trainer, history = Trainer(experiment, device="cpu"), History()
    history.extend(trainer.updates(last_epoch=pause))
    save_model(tmp_path / "half.safetensors", replace(experiment, weights=trainer.weights(), history=history))
    saved = load_model(tmp_path / "half.safetensors")
    again, history = replace(experiment, weights=saved.weights, history=saved.history), saved.history
    history.extend(Trainer(again, device="cpu").updates())
    np.testing.assert_array_equal(history.train, whole.history.train)


def test_restarts_need_a_validation_part() -> None:
    with pytest.raises(ConfigError, match=r"restarts need a validation part, .* set restarts to 0"):
        trained("mackey-glass", {"validation_percent": 0}, epochs=3)


# -- free runs ----------------------------------------------------------------------------------------


def test_noise_and_steps_of_its_own_make_a_free_run_last() -> None:
    found = []
    for training in ({}, {"input_noise": 0.0, "closed_loop_steps": 1}):
        run, trainer, _ = trained("mackey-glass-free-run", networks=3, **training)
        steps = [steps_within(trainer.network, run.dataset, ORIGINS, member=member) for member in range(3)]
        found.append(float(np.median(steps)))
    lasting, without = found
    assert lasting >= 100
    assert lasting >= 2 * without


def test_steps_within_counts_up_to_the_first_miss() -> None:
    run, trainer, _ = trained("mackey-glass", epochs=5, restarts=0)
    response = complete(trainer.snapshot(whole=True)).response
    first = response.closed_loop_row
    true, own = run.dataset.values[first:, 0], response.closed_loop[: run.dataset.rows - first, 0]
    expected = int(np.argmax(np.abs(own - true) > 0.1))
    assert expected > 0
    assert steps_within(trainer.network, run.dataset, np.array([first - 1]))[0] == expected
