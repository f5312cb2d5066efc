"""The learning rate changes on the way: from the next update on, in every engine, and it is told and kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from commands import Elman
from many_sequences import noise, sequences_of
from model_files import changed_tensors, refusal

from elman_core.config import SEQUENCE, NetworkConfig, Optimizer, Schedule, TrainingConfig
from elman_core.errors import ConfigError
from elman_core.experiment import Run
from elman_core.storage.model_file import load_model, save_model
from elman_core.support.jobs import complete
from elman_core.training.course import train_again
from elman_core.training.engines.schedule import RateSchedule
from elman_core.training.history import History
from elman_core.training.rates import RateSince, rates_sentence, rates_with
from elman_core.training.trainer import Trainer

ENGINES = pytest.mark.parametrize("engine", ["compiled", "tensors"])
RULES = pytest.mark.parametrize(
    "settings",
    [
        {},
        {"update_every": 5, "truncation": 10, "optimizer": Optimizer.ADAM, "learning_rate": 0.02},
        {"update_every": "all", "truncation": "all", "momentum": 0.5, "learning_rate": 0.01},
        {"update_every": "all", "truncation": "all", "optimizer": Optimizer.LBFGS, "learning_rate": 0.5},
        {"schedule": Schedule.COSINE, "epochs": 12},
        {"schedule": Schedule.STEP, "schedule_epochs": 3},
        {"schedule": Schedule.PLATEAU, "schedule_epochs": 2},
        {"networks": 3},
        {"networks": 2, "learning_rates": (0.1, 0.05)},
    ],
)


def trained(trainer: Trainer, history: History, epochs: int, steps: int = 0) -> History:
    """Train so many epochs in all, and so many time steps of the next one."""
    if trainer.epoch < epochs:
        history.extend(trainer.updates(last_epoch=epochs, keep_checkpoints=True))
    for _ in range(steps):
        history.extend(trainer.updates(last_epoch=epochs + 1, one_time_step=True))
    return history


@ENGINES
@RULES
@pytest.mark.parametrize("steps", [0, 7])
def test_a_change_is_a_run_that_another_trainer_goes_on_with_at_that_rate(
    sine: Callable[..., Run], engine: str, settings: dict[str, Any], steps: int
) -> None:
    if settings.get("optimizer") is Optimizer.LBFGS:
        steps = 0  # its epoch is one piece
    experiment = sine(**{"epochs": 12, **settings})
    rate = experiment.training.learning_rate / 3

    changed, history = Trainer(experiment, engine=engine), History()
    trained(changed, history, 5, steps)
    changed.set_learning_rate(rate)
    trained(changed, history, 10)

    first, start = Trainer(experiment, engine=engine), History()
    trained(first, start, 5, steps)
    other = replace(
        experiment,
        training=experiment.training.with_learning_rate(rate),
        weights=first.weights(),
        history=start,
    )
    second = Trainer(other, engine=engine)
    trained(second, start, 10)
    np.testing.assert_array_equal(history.train, start.train)
    np.testing.assert_array_equal(changed.weights().w1, second.weights().w1)
    expected = (RateSince(0, 0, experiment.training.learning_rate), RateSince(5, steps, rate))
    assert history.rates == start.rates == expected

    never = trained(Trainer(experiment, engine=engine), History(), 10)
    assert (history.train[6:] != never.train[6:]).all()
    np.testing.assert_array_equal(history.train[:5], never.train[:5])


@ENGINES
def test_a_change_between_batches_of_sequences_is_exact_too(engine: str) -> None:
    dataset = sequences_of(noise(9, 12, 7, 10, 8))
    network = NetworkConfig(inputs=2, hidden=4, outputs=2)
    training = TrainingConfig(update_every=SEQUENCE, truncation="all", batch=2, learning_rate=0.02, warm_up_share=0.2)
    experiment = Run("batches", dataset, network, training)
    changed, history = Trainer(experiment, engine=engine), History()
    trained(changed, history, 3, 1)
    step = changed.time_step
    changed.set_learning_rate(0.1)
    trained(changed, history, 6)
    assert history.rates == (RateSince(0, 0, 0.02), RateSince(3, step, 0.1)) and step > 0

    first, start = Trainer(experiment, engine=engine), History()
    trained(first, start, 3, 1)
    fast = replace(experiment, training=training.with_learning_rate(0.1), weights=first.weights(), history=start)
    trained(Trainer(fast, engine=engine), start, 6)
    np.testing.assert_array_equal(history.train, start.train)


@ENGINES
def test_a_change_in_the_midst_of_a_run_happens_where_the_record_says(sine: Callable[..., Run], engine: str) -> None:
    """What is asked for between two updates of the generator is done again from the record, however it was sliced."""
    experiment = sine(epochs=40, update_every=7, truncation=9)
    trainer, history = Trainer(experiment, engine=engine), History()
    for number, update in enumerate(trainer.updates(keep_checkpoints=True)):
        history.extend([update])
        if number in (3, 8, 9):
            trainer.set_learning_rate({3: 0.03, 8: 0.2, 9: 0.01}[number])
    assert [since.rate for since in history.rates] == [0.1, 0.03, 0.2, 0.01]
    learned = replace(experiment, training=trainer.training, weights=trainer.weights(), history=history)
    again = complete(train_again(learned, 0, engine))
    np.testing.assert_array_equal(again.history.train, history.train)
    assert again.history.rates == history.rates
    assert again.training.learning_rate == 0.01


def test_a_schedule_goes_on_from_another_rate() -> None:
    config = TrainingConfig(learning_rate=0.4, schedule=Schedule.PLATEAU, schedule_epochs=1, schedule_factor=0.5)
    schedule = RateSchedule(config)
    schedule.observe(np.ones((3, 1)))  # the first is the best; two without improvement
    assert schedule.rate == 0.2
    schedule.change_rates(config.with_learning_rate(0.1))
    assert schedule.rate == 0.05


def test_networks_with_rates_of_their_own_follow_by_the_same_factor() -> None:
    config = TrainingConfig(networks=2, learning_rate=0.1, learning_rates=(0.1, 0.4))
    changed = config.with_learning_rate(0.05)
    assert changed.learning_rate == 0.05
    assert changed.learning_rates == pytest.approx((0.05, 0.2))
    assert config.with_learning_rate(0.1) is config


def test_a_rate_that_cannot_be_is_refused_at_once(sine: Callable[..., Run]) -> None:
    trainer = Trainer(sine())
    for rate in (0.0, -1.0, 1e9):
        with pytest.raises(ConfigError, match="learning_rate"):
            trainer.set_learning_rate(rate)


def test_a_rate_that_is_taken_back_before_an_update_was_made_leaves_no_trace() -> None:
    first = RateSince(0, 0, 0.1)
    rates = rates_with(rates_with((first,), RateSince(4, 2, 0.2)), RateSince(4, 2, 0.1))
    assert rates == (first,)
    assert rates_sentence(rates) == ""


def test_a_branch_has_the_rates_up_to_its_epoch_only(sine: Callable[..., Run]) -> None:
    trainer, history = Trainer(sine(epochs=9)), History()
    for epochs, rate in ((3, 0.2), (6, 0.3), (9, 0.3)):
        trained(trainer, history, epochs)
        trainer.set_learning_rate(rate)
    assert [since.epoch for since in history.rates] == [0, 3, 6]
    assert [since.rate for since in history.branch(5).rates] == [0.1, 0.2]
    assert [since.rate for since in history.branch(6).rates] == [0.1, 0.2]
    assert history.first(9).rates == history.rates


def test_a_member_of_an_ensemble_is_trained_again_at_the_rates_that_it_had(sine: Callable[..., Run]) -> None:
    experiment = sine(epochs=20, networks=3)
    trainer, history = Trainer(experiment), History()
    trained(trainer, history, 8, 4)
    trainer.set_learning_rate(0.02)
    trained(trainer, history, 20)
    learned = replace(experiment, training=trainer.training, weights=trainer.weights(), history=history)
    again = complete(train_again(learned, 2, "compiled"))
    np.testing.assert_array_equal(again.history.train[:, 0], history.train[:, 2])
    assert learned.of_member(2).history.rates == history.rates == again.history.rates


# -- the model file -----------------------------------------------------------------------------------


@pytest.fixture
def saved(sine: Callable[..., Run], tmp_path: Path) -> Path:
    """A run whose rate was changed after four epochs and three steps."""
    experiment = sine(epochs=8)
    trainer, history = Trainer(experiment), History()
    trained(trainer, history, 4, 3)
    trainer.set_learning_rate(0.02)
    trained(trainer, history, 8)
    path = tmp_path / "changed.safetensors"
    save_model(path, replace(experiment, training=trainer.training, weights=trainer.weights(), history=history))
    return path


def test_the_rates_come_back_from_the_file_and_are_told(saved: Path, done: Elman) -> None:
    model = load_model(saved)
    assert model.history.rates == (RateSince(0, 0, 0.1), RateSince(4, 3, 0.02))
    assert model.training.learning_rate == 0.02
    assert "learning rate 0.1, from step 4 of epoch 5 on 0.02" in " ".join(done("info", saved).output.split())
    told = done("info", saved, "--json").result["rates"]
    assert told[1] == {"epoch": 4, "time_step": 3, "rate": 0.02}


def test_a_file_from_before_rates_were_kept_opens(saved: Path) -> None:
    def without(tensors: dict[str, Any]) -> None:
        for name in [name for name in tensors if name.startswith("rates.")]:
            del tensors[name]

    changed_tensors(saved, without)
    assert load_model(saved).history.rates == ()


@pytest.mark.parametrize(
    ("tensor", "value", "said"),
    [
        ("rates.rates", np.array([0.1, np.nan]), "not finite"),
        ("rates.rates", np.array([0.1, -0.5]), "rates.rates must be more than 0 and at most 100, got -0.5"),
        ("rates.rates", np.array([0.1]), "rates.rates has shape (1,)"),
        ("rates.epochs", np.array([4, 0]), "must each be later than the one before"),
        ("rates.epochs", np.array([0, 9]), "rates.epochs must be from 0 to 8, got 9"),
        ("rates.time_steps", np.array([0, -1]), "rates.time_steps must be from 0"),
        ("rates.time_steps", None, "tensor 'rates.time_steps' is missing"),
    ],
)
def test_rates_in_a_file_are_checked(saved: Path, tensor: str, value: Any, said: str) -> None:
    def change(tensors: dict[str, Any]) -> None:
        if value is None:
            del tensors[tensor]
        else:
            tensors[tensor] = value

    changed_tensors(saved, change)
    assert said in refusal(saved)
