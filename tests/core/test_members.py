"""An ensemble's members stand alone: each learns, stops, diverges and is taken up again as it would by itself."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from elman_core.config import DataConfig, NetworkConfig, TrainingConfig
from elman_core.data.dataset import SequenceDataset
from elman_core.data.panel import Panel
from elman_core.data.preparation import prepare
from elman_core.data.table import Source, Table, TimeAxis
from elman_core.experiment import Run
from elman_core.training.events import FinishReason
from elman_core.training.history import History
from elman_core.training.stopping import MemberEnd
from elman_core.training.trainer import Trainer

ENGINES = ("compiled",)
LENGTHS = (9, 4, 12, 7, 5)


def dataset_of_sequences(**data: Any) -> SequenceDataset:
    """Five sequences of unequal lengths and two columns."""
    random = np.random.default_rng(0)
    starts = np.cumsum([0, *LENGTHS[:-1]])
    values = random.normal(size=(sum(LENGTHS), 2)).cumsum(axis=0)
    axis = TimeAxis("step", TimeAxis.steps(1).kind, np.concatenate([np.arange(length) for length in LENGTHS]) * 1.0)
    panel = Panel.of(len(values), starts, names=tuple("vwxyz"))
    table = Table("walks", ("a", "b"), values, axis, Source(kind="csv", name="walks.csv"), sequences=panel)
    return prepare(table, DataConfig(**{"columns": ("a", "b"), "train_percent": 70, "validation_percent": 15, **data}))


def experiment(dataset: SequenceDataset, network: dict[str, Any] | None = None, **training: Any) -> Run:
    sizes = {"inputs": dataset.encoding.network_inputs, "outputs": dataset.encoding.network_outputs, "hidden": 4}
    config = NetworkConfig(**{**sizes, "biases": True, **(network or {})})
    return Run("walks", dataset, config, TrainingConfig(**training))


def trained(of: Run, engine: str) -> tuple[Trainer, History]:
    trainer, history = Trainer(of, device="cpu", engine=engine), History()
    history.extend(trainer.updates())
    return trainer, history


RULES: list[dict[str, Any]] = [
    {"learning_rates": (0.05, 0.02, 50.0, 0.1), "schedule": "plateau", "schedule_epochs": 2, "patience": 6},
    {"update_every": 3, "truncation": 5, "optimizer": "adam", "learning_rate": 0.03, "weight_decays": (0, 0.1, 0, 0.5)},
    {"update_every": "all", "truncation": "all", "optimizer": "rprop", "learning_rate": 0.01, "schedule": "cosine"},
    {"update_every": "sequence", "truncation": "all", "batch": 2, "optimizer": "adam", "learning_rate": 0.02,
     "patience": 5, "loss_reduction": "mean", "warm_up_share": 0.2, "schedule": "cosine"},
    {"momenta": (0.0, 0.5, 0.9, 0.3), "learning_rate": 0.01, "context_reset": "never"},
    {"update_every": "all", "truncation": "all", "optimizer": "lbfgs", "learning_rate": 1.0},
]  # fmt: skip


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.get("optimizer", "sgd"))
def test_a_member_equals_the_same_seed_trained_alone(engine: str, rule: dict[str, Any]) -> None:
    of = experiment(dataset_of_sequences(), epochs=40, networks=4, seed=3, **rule)
    together, history = trained(of, engine)
    for member in range(4):
        own = replace(of, training=of.training.of_member(member))
        alone, own_history = trained(own, engine)
        epochs = own_history.epochs
        np.testing.assert_array_equal(history.train[:epochs, member], own_history.train[:, 0])
        assert np.isnan(history.train[epochs:, member]).all()
        for weights in ("w1", "w2"):
            np.testing.assert_array_equal(
                getattr(together.network, weights)[member], getattr(alone.network, weights)[0]
            )
        for name, value in vars(alone.stopping).items():
            np.testing.assert_array_equal(getattr(together.stopping, name)[member], value[0], err_msg=name)


@pytest.mark.parametrize("engine", ENGINES)
def test_one_that_diverges_ends_alone(engine: str) -> None:
    of = experiment(dataset_of_sequences(), epochs=12, networks=3, learning_rates=(0.01, 90.0, 0.02))
    trainer, history = trained(of, engine)
    assert trainer.stopping.ends[1] == MemberEnd.DIVERGED
    assert MemberEnd.DIVERGED not in trainer.stopping.ends[[0, 2]]
    assert history.epochs == 12
    assert np.isfinite(history.train[:, [0, 2]]).all()
    assert np.isfinite(trainer.weights().w1).all()


@pytest.mark.parametrize("engine", ENGINES)
def test_where_every_network_diverges_the_run_has_diverged_and_says_so(engine: str) -> None:
    of = experiment(dataset_of_sequences(), epochs=12, networks=2, learning_rate=90.0)
    *_, last = Trainer(of, device="cpu", engine=engine).updates()
    assert last.finished is FinishReason.DIVERGED
    assert last.message == "Of 2 networks, 2 diverged and have the weights from before that."


@pytest.mark.parametrize("engine", ENGINES)
def test_networks_that_stop_early_have_the_weights_of_their_own_best_epoch(engine: str) -> None:
    of = experiment(dataset_of_sequences(), epochs=300, networks=3, learning_rate=0.05, patience=4)
    trainer, history = trained(of, engine)
    assert history.validation is not None
    for member in range(3):
        best = int(np.nanargmin(history.validation[:, member])) + 1
        assert trainer.stopping.ends[member] == MemberEnd.EARLY
        assert trainer.stopping.best_epochs[member] == best
        assert trainer.stopping.end_epochs[member] == best + 4
        np.testing.assert_array_equal(trainer.network.w1[member], trainer.stopping.best_w1[member])


PAUSED = [
    {},
    {"momentum": 0.5},
    {"update_every": 3, "truncation": 5, "optimizer": "adam", "learning_rate": 0.02},
    {"update_every": "all", "truncation": "all", "optimizer": "adam"},
    {"context_reset": 3, "update_every": 2, "truncation": 4},
    {"context_reset": "never", "truncation": 6},
    {"context_reset": "epoch", "truncation": 6},
    {"update_every": "sequence", "truncation": "all", "batch": 2, "optimizer": "adam"},
]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("rule", PAUSED, ids=str)
def test_a_run_left_within_an_epoch_and_taken_up_from_its_weights_gives_the_same_bits(
    engine: str, rule: dict[str, Any]
) -> None:
    of = experiment(dataset_of_sequences(), epochs=6, networks=2, patience=3, **rule)
    expected, history = trained(of, engine)
    trainer, first = Trainer(of, device="cpu", engine=engine), History()
    first.extend(trainer.updates(last_epoch=2))
    for _ in range(7):
        first.extend(trainer.updates(one_time_step=True))
    first.extend([trainer.settle()])
    again = Trainer(replace(of, weights=trainer.weights(), history=first), device="cpu", engine=engine)
    first.extend(again.updates())
    np.testing.assert_array_equal(first.train, history.train)
    np.testing.assert_array_equal(again.network.w1, expected.network.w1)
    np.testing.assert_array_equal(again.network.w2, expected.network.w2)
