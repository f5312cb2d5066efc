"""Whether a run has learned anything, starts that fit, and the settings that one's own table begins with."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from commands import Elman
from scipy.optimize import minimize

from elman_core.config import Initialization, Loss, NetworkConfig, Output
from elman_core.data.dataset import Part
from elman_core.data.drift import drifts
from elman_core.experiments.factory import begin_named
from elman_core.forecasting.horizons import score_as_trained
from elman_core.model.network import ElmanNetwork
from elman_core.support.jobs import complete
from elman_core.training.engines.sequences import Series, Steps
from elman_core.training.learning import constant_loss, unlearned_sentence
from elman_core.training.trainer import Trainer

FULL = {"update_every": "all", "truncation": "all"}


def written(folder: Path, values: np.ndarray) -> str:
    path = folder / "series.csv"
    np.savetxt(path, values, header="x", comments="")
    return str(path)


def two_waves(rows: int = 824) -> np.ndarray:
    t = np.arange(rows)
    return np.sin(t / 9) + 0.3 * np.sin(t / 3.7)


# -- has anything been learned? -----------------------------------------------------------------------


def each_loss(y: np.ndarray, target: np.ndarray, output: Output, loss: Loss) -> np.ndarray:
    match loss:
        case Loss.SQUARED_ERROR:
            return 0.5 * (y - target) ** 2
        case Loss.ABSOLUTE_ERROR:
            return np.abs(y - target)
        case Loss.CROSS_ENTROPY:
            each = -target * np.log(y)
            return each if output is Output.SOFTMAX else each - (1 - target) * np.log(1 - y)


@pytest.mark.parametrize(
    ("output", "loss"),
    [
        (Output.LINEAR, Loss.SQUARED_ERROR),
        (Output.LINEAR, Loss.ABSOLUTE_ERROR),
        (Output.LOGISTIC, Loss.CROSS_ENTROPY),
        (Output.SOFTMAX, Loss.CROSS_ENTROPY),
    ],
)
def test_no_constant_has_a_smaller_loss_than_the_best_one(output: Output, loss: Loss) -> None:
    random = np.random.default_rng(1)
    targets, weights = random.dirichlet([1.0, 2.0, 3.0], size=31)[:, None], random.uniform(0, 2, 31)
    weights[4] = 0.0
    targets[4] = np.nan  # which is never read
    steps = Steps(Series.of(targets), Series.of(targets), weights, np.array([0, 31]))
    counted = weights > 0

    def total(z: np.ndarray) -> float:
        y = z if output is Output.LINEAR else 1 / (1 + np.exp(-z))
        y = np.exp(z) / np.exp(z).sum() if output is Output.SOFTMAX else y
        return float((weights[counted, None] * each_loss(y, targets[counted, 0], output, loss)).sum())

    method = "Nelder-Mead" if loss is Loss.ABSOLUTE_ERROR else "BFGS"
    found = minimize(total, np.full(3, 0.3), method=method, options={"maxiter": 4000})
    tolerance = 5e-3 if loss is Loss.ABSOLUTE_ERROR else 1e-4  # which has edges
    assert constant_loss(steps, output, loss) <= found.fun * (1 + 1e-9)
    assert constant_loss(steps, output, loss) == pytest.approx(found.fun, rel=tolerance)


@pytest.mark.parametrize("rule", [FULL, {"update_every": 20, "truncation": 40}], ids=["full", "truncated"])
def test_a_run_that_learns_nothing_says_so_and_one_that_learns_does_not(
    tmp_path: Path, rule: dict[str, object]
) -> None:
    for values, is_learned in ((two_waves(300), True), (np.random.default_rng(2).normal(size=300), False)):
        training = {"epochs": 40, "patience": 0, "learning_rate": 0.01 if is_learned else 1e-6, **rule}
        experiment, _ = begin_named(written(tmp_path, values), {"validation_percent": 0}, {}, training)
        *_, last = Trainer(experiment, device="cpu").updates()
        assert ("learned nothing" in last.message) != is_learned


def test_of_an_ensemble_it_says_how_many() -> None:
    least = np.array([10.0, 2.0, 9.95, np.nan])
    assert unlearned_sentence(least, 10.0, 5, Loss.SQUARED_ERROR).startswith(
        "2 of 4 networks have learned nothing in 5"
    )
    assert not unlearned_sentence(least[1:2], 10.0, 5, Loss.SQUARED_ERROR)
    assert not unlearned_sentence(np.array([np.inf]), 10.0, 0, Loss.SQUARED_ERROR)


def test_a_run_that_is_interrupted_says_nothing_of_it(tmp_path: Path) -> None:
    noise = written(tmp_path, np.random.default_rng(2).normal(size=300))
    experiment, _ = begin_named(noise, {}, {}, {"epochs": 40})
    *_, last = Trainer(experiment, device="cpu").updates(last_epoch=5)
    assert last.message == ""


def test_the_command_line_says_it(done: Elman, tmp_path: Path) -> None:
    noise = written(tmp_path, np.random.default_rng(2).normal(size=300))
    ended = done("train", noise, "--hidden", 4, "--epochs", 5, "--learning-rate", 1e-7, "--patience", 0)
    assert "learned nothing in 5 epochs" in ended.messages


# -- a start that fits --------------------------------------------------------------------------------


def test_fan_in_draws_from_minus_to_plus_one_over_the_root_of_the_hidden_units() -> None:
    config = NetworkConfig(hidden=64, initialization=Initialization.FAN_IN, input_spread=5.0, output_spread=5.0)
    network = ElmanNetwork.initialized(config, 1, networks=20)
    for weights in (network.w1, network.w2):
        assert float(weights.abs().max()) <= 1 / 8
        assert float(weights.std()) == pytest.approx(1 / 8 / 3**0.5, rel=0.05)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_full_bptt_over_700_rows_with_32_hidden_units_learns_from_a_start_that_fits(tmp_path: Path, seed: int) -> None:
    series = written(tmp_path, two_waves(1000))
    experiment, _ = begin_named(series, {}, {"hidden": 32}, {**FULL, "epochs": 150, "seed": seed})
    assert experiment.dataset.train_steps == 699
    trainer = Trainer(experiment, device="cpu")
    losses = np.concatenate([update.train_losses[:, 0] for update in trainer.updates()])
    assert losses[-1] < 0.01 * losses[0]
    assert losses.max() == losses[0]


def test_from_a_start_that_does_not_fit_it_learns_nothing_and_says_so(tmp_path: Path) -> None:
    series = written(tmp_path, two_waves(1000))
    network = {"hidden": 32, "initialization": "normal"}
    experiment, _ = begin_named(series, {}, network, {**FULL, "epochs": 30, "patience": 0})
    *_, last = Trainer(experiment, device="cpu").updates()
    assert "learned nothing in 30 epochs" in last.message


# -- what one's own table begins with -----------------------------------------------------------------


def walk(random: np.random.Generator) -> np.ndarray:
    return random.normal(size=400).cumsum()


def auto_regression(random: np.random.Generator) -> np.ndarray:
    x = np.zeros(400)
    for t in range(2, 400):
        x[t] = 1.6 * x[t - 1] - 0.8 * x[t - 2] + random.normal()
    return x


def chaos(random: np.random.Generator) -> np.ndarray:
    x = [0.4]
    for _ in range(399):
        x.append(3.9 * x[-1] * (1 - x[-1]))
    return np.array(x)


T = np.arange(400)
SERIES = {
    "trend": lambda random: 0.1 * T + random.normal(size=400),
    "walk": walk,
    "season": lambda random: 10 * np.sin(2 * np.pi * T / 12) + 0.05 * T + random.normal(size=400),
    "growth": lambda random: 100 * np.exp(0.01 * T + 0.2 * np.sin(T / 2) + 0.05 * random.normal(size=400)),
    "noise": lambda random: random.normal(size=400),
    "auto-regression": auto_regression,
    "square wave": lambda random: np.sign(np.sin(2 * np.pi * T / 25)) + 0.1 * random.normal(size=400),
    "spikes": lambda random: (random.random(400) < 0.03) * random.exponential(50, 400) + random.normal(size=400),
    "counts": lambda random: random.poisson(3 + 2 * np.sin(2 * np.pi * T / 7)).astype(float),
    "level": lambda random: np.where(T > 200, 50.0, 0.0) + random.normal(size=400),
    "chaos": chaos,
    "large": lambda random: 1e6 + 1e4 * np.sin(T / 10) + 1e3 * random.normal(size=400),
    "small": lambda random: 1e-6 * np.sin(T / 15) + 1e-7 * random.normal(size=400),
    "few rows": lambda random: np.sin(T[:60] / 3) + 0.1 * random.normal(size=60),
    "few rows and a trend": lambda random: T[:60] + 3 * random.normal(size=60),
    "few seasons": lambda random: np.tile([1.0, 2.0, 3.0, 9.0], 15) + 0.2 * random.normal(size=60),
}


@pytest.mark.parametrize("hidden", [8, 32])
@pytest.mark.parametrize("name", SERIES)
def test_a_pure_network_of_a_table_does_not_explode_and_has_a_sensible_error(
    name: str, hidden: int, tmp_path: Path
) -> None:
    series, errors = written(tmp_path, SERIES[name](np.random.default_rng(7))), []
    for seed in (1, 2, 3):
        experiment, _ = begin_named(series, {}, {"hidden": hidden}, {"seed": seed})
        trainer = Trainer(experiment, device="cpu")
        losses = np.concatenate([update.train_losses[:, 0] for update in trainer.updates()])
        assert losses.max() < 4 * losses[0]
        response = complete(trainer.snapshot(whole=True)).response
        found = complete(score_as_trained(trainer.network, experiment.dataset, response))[Part.TEST]
        assert found is not None
        errors.append(found.network.rmse / min(found.persistence.rmse, found.linear.rmse))
    assert np.median(errors) < 2.5


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (np.arange(100.0), True),
        (np.sin(np.arange(100.0)), False),
        (np.where(np.arange(100) % 3 == 0, np.nan, np.arange(100.0)), True),
        (np.arange(10.0), False),  # too few to say
        (np.ones(100), False),
        (np.full(100, np.nan), False),
    ],
)
def test_a_series_drifts_where_its_last_fifth_leaves_the_range(values: np.ndarray, expected: bool) -> None:
    assert drifts(values) == expected


def test_a_series_that_drifts_is_differenced_and_told_unless_something_else_is_said(tmp_path: Path) -> None:
    drifting = written(tmp_path, np.arange(100.0) + np.random.default_rng(1).normal(size=100))
    experiment, notes = begin_named(drifting, {}, {}, {})
    assert [name.value for name in experiment.dataset.config.transforms] == ["difference"]
    assert "so differences are learned; transform none learns the values" in notes[-1]
    for said in ({"transforms": ()}, {"scaling": "min-max"}, {"relative_to_last": True}):
        experiment, notes = begin_named(drifting, said, {}, {})
        assert experiment.dataset.config.transforms == ()
        assert not any("differences" in note for note in notes)


def test_lbfgs_takes_over_only_what_it_has_a_use_for(tmp_path: Path) -> None:
    experiment, _ = begin_named(written(tmp_path, two_waves(200)), {}, {}, {"optimizer": "lbfgs"})
    training = experiment.training
    assert (training.clip_norm, training.learning_rate, training.schedule.value) == (0.0, 1.0, "constant")
    experiment, _ = begin_named(written(tmp_path, two_waves(200)), {}, {}, {"optimizer": "lbfgs", "learning_rate": 0.5})
    assert experiment.training.learning_rate == 0.5
