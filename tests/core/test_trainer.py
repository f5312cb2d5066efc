"""Training as a whole: the tutorial's numbers, stopping and going on, patience, divergence, snapshots."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from elman_core.config import NetworkConfig
from elman_core.data.rollout import Rollout
from elman_core.errors import ConfigError, DeviceError, ModelFileError
from elman_core.experiment import Run
from elman_core.forecasting.metrics import score
from elman_core.forecasting.running import closed_loop
from elman_core.support import throttle as throttle_module
from elman_core.support.jobs import complete
from elman_core.training import trainer as trainer_module
from elman_core.training.engines.base import Engine
from elman_core.training.events import FinishReason, TrainingUpdate
from elman_core.training.history import History
from elman_core.training.trainer import Trainer
from elman_core.training.weights import network_from_weights

ExperimentOf = Callable[..., Run]
SineOf = Callable[..., Run]


def noisy_wave(rows: int = 60) -> NDArray[np.float64]:
    noise = np.random.default_rng(0).normal(scale=0.3, size=rows)
    return np.sin(np.arange(rows) / 3) + noise


def run(trainer: Trainer, **options: Any) -> History:
    """Train to the end and return what the updates said."""
    history = History()
    history.extend(trainer.updates(**options))
    return history


def assert_same_weights(one: Trainer, other: Trainer) -> None:
    for mine, theirs in zip((one.network.w1, one.network.w2), (other.network.w1, other.network.w2), strict=True):
        assert torch.equal(mine, theirs)


def with_slices_of(monkeypatch: pytest.MonkeyPatch, *sizes: int) -> None:
    """Slice the work so, over and over, whatever the clock says."""
    endless: Iterator[int] = itertools.cycle(sizes)
    monkeypatch.setattr(Trainer, "_work", property(lambda self: next(endless), lambda self, value: None), raising=False)


# -- the tutorial -----------------------------------------------------------------------------------


def tutorials_own_loop(seed: int, epochs: int) -> list[float]:
    """Total loss of each epoch by the loop that CPUheater printed, on autograd."""
    torch.manual_seed(seed)
    w1 = torch.empty(7, 6).normal_(0.0, 0.4).requires_grad_()
    w2 = torch.empty(6, 1).normal_(0.0, 0.3).requires_grad_()
    series = torch.from_numpy(np.sin(np.linspace(2, 10, 21))).float()
    losses = []
    for _ in range(epochs):
        total, context = 0.0, torch.zeros(1, 6)
        for x, target in itertools.pairwise(series):
            context = torch.tanh(torch.cat((x.reshape(1, 1), context), 1).mm(w1))
            loss = (context.mm(w2) - target).pow(2).sum() / 2
            total += loss.item()
            loss.backward()
            for w in (w1, w2):
                assert w.grad is not None
                w.data -= 0.1 * w.grad.data
                w.grad.data.zero_()
            context = context.detach()
        losses.append(total)
    return losses


@pytest.mark.parametrize("seed", [0, 1, 42])
def test_sine_reproduces_the_tutorials_own_loop(sine: SineOf, seed: int) -> None:
    losses = run(Trainer(sine(seed=seed))).train[:, 0]
    expected = tutorials_own_loop(seed, 300)
    assert len(losses) == 300
    np.testing.assert_allclose(losses[:10], expected[:10], rtol=1e-5)
    assert losses[290] == pytest.approx(expected[290], rel=1e-3)


def test_seed_1_gives_the_trace_that_the_tutorials_repository_prints(sine: SineOf) -> None:
    trainer = Trainer(sine(seed=1, epochs=200))
    losses = run(trainer).train[:, 0]
    printed = {0: 2.01561, 10: 0.30246, 50: 0.21426, 100: 0.20230, 150: 0.16921, 190: 0.11855}
    assert {epoch: round(float(losses[epoch]), 5) for epoch in printed} == pytest.approx(printed, abs=1.1e-5)

    values = trainer.dataset.values
    one_step = complete(trainer.snapshot()).response.one_step
    rollout = Rollout(trainer.dataset, np.array([0]))
    free = closed_loop(trainer.network, rollout, trainer.network.initial_context(), 20).predicted
    assert score(one_step, values[1:]).rmse == pytest.approx(0.10010, abs=6e-6)
    assert score(values[:-1], values[1:]).rmse == pytest.approx(0.29564, abs=6e-6)
    assert score(free[:, 0], values[1:]).rmse == pytest.approx(0.49916, abs=6e-6)


# -- stopping and going on --------------------------------------------------------------------------

SETTINGS = [
    {"update_every": 1, "truncation": 1, "momentum": 0.5},
    {"update_every": 3, "truncation": 7, "optimizer": "adam", "learning_rate": 0.01},
    {"update_every": 7, "truncation": "all", "context_reset": "never"},
    {"update_every": "all", "truncation": "all", "optimizer": "rprop", "learning_rate": 0.01},
]
WITH_VALIDATION = {"train_percent": 60, "validation_percent": 20}


@pytest.mark.parametrize("settings", SETTINGS)
def test_a_run_that_is_stopped_and_continued_equals_an_uninterrupted_one(
    experiment_of: ExperimentOf, monkeypatch: pytest.MonkeyPatch, settings: dict[str, Any]
) -> None:
    experiment = experiment_of(noisy_wave(), data=WITH_VALIDATION, epochs=6, **settings)
    whole = Trainer(experiment)
    expected = run(whole)
    with_slices_of(monkeypatch, 5, 1, 11)
    stopped, history = Trainer(experiment), History()
    for pieces in itertools.cycle((1, 4, 9)):
        updates = list(itertools.islice(stopped.updates(), pieces))
        history.extend(updates)
        if updates[-1].finished is not None:
            break
    assert updates[-1].finished is FinishReason.COMPLETED
    np.testing.assert_array_equal(history.train, expected.train)
    np.testing.assert_array_equal(history.validation, expected.validation)
    assert_same_weights(stopped, whole)


@pytest.mark.parametrize("settings", SETTINGS)
def test_a_saved_run_goes_on_as_if_it_had_not_been_saved(experiment_of: ExperimentOf, settings: dict[str, Any]) -> None:
    experiment = experiment_of(noisy_wave(), data=WITH_VALIDATION, epochs=8, **settings)
    whole = Trainer(experiment)
    expected = run(whole)
    first = Trainer(experiment)
    history = run(first, last_epoch=3)
    second = Trainer(replace(experiment, weights=first.weights(), history=history))
    assert second.epoch == 3
    history.extend(second.updates())
    np.testing.assert_array_equal(history.train, expected.train)
    assert_same_weights(second, whole)


def test_saved_weights_are_copies(sine: SineOf) -> None:
    trainer = Trainer(sine(momentum=0.5))
    run(trainer, last_epoch=2)
    weights = trainer.weights()
    before = [array.copy() for array in (weights.w1, weights.w2, weights.optimizer["w1.momentum_buffer"])]
    run(trainer, last_epoch=4)
    for kept, array in zip(before, (weights.w1, weights.w2, weights.optimizer["w1.momentum_buffer"]), strict=True):
        np.testing.assert_array_equal(array, kept)


def test_the_same_seed_gives_the_same_run_and_another_seed_another(sine: SineOf) -> None:
    one, same, other = (Trainer(sine(seed=seed, epochs=20)) for seed in (5, 5, 6))
    curves = [run(trainer).train for trainer in (one, same, other)]
    np.testing.assert_array_equal(curves[0], curves[1])
    assert_same_weights(one, same)
    assert not np.any(curves[0] == curves[2])


def test_training_ends_at_the_last_epoch_that_is_asked_for(sine: SineOf) -> None:
    trainer = Trainer(sine(epochs=50))
    for last_epoch, expected in ((7, 7), (7, 0), (20, 13), (None, 30)):
        updates = list(trainer.updates(last_epoch=last_epoch))
        assert sum(len(update.train_losses) for update in updates) == expected
        assert [update.finished for update in updates[:-1]] == [None] * (len(updates) - 1)
        assert updates[-1].finished is FinishReason.COMPLETED
    assert trainer.epoch == 50


def test_a_run_to_be_watched_ends_no_more_than_so_many_epochs_at_once(sine: SineOf) -> None:
    trainer = Trainer(sine(epochs=30))
    trainer.epochs_at_once = 1
    assert max(len(update.train_losses) for update in trainer.updates()) == 1


# -- one time step ----------------------------------------------------------------------------------


@pytest.mark.parametrize("settings", [*SETTINGS, {"update_every": 4, "truncation": 4}])
def test_one_time_step_goes_exactly_one_step(experiment_of: ExperimentOf, settings: dict[str, Any]) -> None:
    experiment = experiment_of(noisy_wave(20), data=WITH_VALIDATION, epochs=2, **settings)
    trainer, whole, history = Trainer(experiment), Trainer(experiment), History()
    steps = experiment.dataset.train_steps
    for step in range(1, 2 * steps + 1):
        (update,) = trainer.updates(one_time_step=True)
        history.extend([update])
        assert update.steps == 1
        assert (update.epoch, update.time_step) == divmod(step, steps)
        assert (update.finished is None) == (step < 2 * steps)
    np.testing.assert_array_equal(history.train, run(whole).train)
    assert_same_weights(trainer, whole)


@pytest.mark.parametrize("pause_after", [4, 5, 6, 7])
def test_one_time_step_after_a_pause_in_the_midst_of_propagation_back(
    sine: SineOf, monkeypatch: pytest.MonkeyPatch, pause_after: int
) -> None:
    with_slices_of(monkeypatch, 1)
    trainer = Trainer(sine(update_every=4, truncation=4), engine="tensors")
    assert sum(update.steps for update in itertools.islice(trainer.updates(), pause_after)) == 4
    (update,) = trainer.updates(one_time_step=True)
    assert (update.steps, update.time_step) == (1, 5)


def test_one_time_step_past_the_last_epoch_ends_at_once(sine: SineOf, monkeypatch: pytest.MonkeyPatch) -> None:
    with_slices_of(monkeypatch, 1)
    trainer = Trainer(sine())
    next(trainer.updates())  # in the midst of the first step's propagation back
    (update,) = trainer.updates(last_epoch=0, one_time_step=True)
    assert (update.steps, update.finished) == (0, FinishReason.COMPLETED)


# -- memory of a device ----


def test_a_device_without_memory_hands_the_run_over_to_the_cpu(sine: SineOf, monkeypatch: pytest.MonkeyPatch) -> None:
    trainer = Trainer(sine(epochs=8), engine="tensors")
    trainer.epochs_at_once = 1
    updates = trainer.updates()
    done = [next(updates) for _ in range(3)]
    monkeypatch.setattr(trainer, "device", torch.device("cuda:0"))

    def advance(work: int, last_epoch: int) -> None:
        raise torch.OutOfMemoryError

    monkeypatch.setattr(trainer._engine, "advance", advance)
    done += list(updates)
    history = History()
    history.extend(done)
    assert [update.message for update in done if update.message] == [
        "cuda:0 has too little memory for this network and series. Training continues on the cpu, with the weights "
        f"from the end of epoch {done[2].epoch}."
    ]
    assert trainer.device.type == "cpu"
    np.testing.assert_array_equal(history.train, run(Trainer(sine(epochs=8), engine="tensors")).train)


def test_epochs_that_ended_before_the_memory_ran_out_keep_their_losses(
    sine: SineOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_slices_of(monkeypatch, 10**9)
    trainer = Trainer(sine(epochs=8), engine="tensors")
    go_on, calls = trainer._engine._training.advance, itertools.count()

    def advance(work: int) -> tuple[int, int]:
        if next(calls) == 100:  # in the midst of the third epoch, of 20 steps forward and back
            raise torch.OutOfMemoryError
        return go_on(work)

    monkeypatch.setattr(trainer._engine._training, "advance", advance)
    monkeypatch.setattr(trainer, "device", torch.device("cuda:0"))
    updates = list(trainer.updates())
    assert [len(update.train_losses) for update in updates][:2] == [2, 0]
    assert "with the weights from the end of epoch 2." in updates[1].message
    history = History()
    history.extend(updates)
    np.testing.assert_array_equal(history.train, run(Trainer(sine(epochs=8), engine="tensors")).train)


def test_what_a_device_has_no_memory_for_is_on_the_cpu_from_the_start(
    sine: SineOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    trainer = Trainer(sine(epochs=8), engine="tensors")
    make_engine, calls = trainer_module.make_engine, itertools.count()

    def make(*arguments: Any, **others: Any) -> Engine:
        if next(calls) == 0:
            raise torch.OutOfMemoryError
        return make_engine(*arguments, **others)

    monkeypatch.setattr(trainer_module, "make_engine", make)
    monkeypatch.setattr(trainer, "device", torch.device("cuda:0"))
    trainer._use_state("tensors", None)
    messages = [update.message for update in trainer.updates() if update.message]
    assert messages == ["cuda:0 has too little memory for this network and series. Training is on the cpu."]
    assert trainer.device.type == "cpu"


# -- patience ---------------------------------------------------------------------------------------

IMPATIENT = {"patience": 4, "epochs": 400, "learning_rate": 0.3, "update_every": 2, "truncation": 2}


def stopped_early(trainer: Trainer) -> tuple[History, TrainingUpdate]:
    updates = list(trainer.updates())
    history = History()
    history.extend(updates)
    return history, updates[-1]


def test_patience_stops_and_goes_back_to_the_best_weights(experiment_of: ExperimentOf) -> None:
    experiment = experiment_of(noisy_wave(), data=WITH_VALIDATION, **IMPATIENT)
    trainer = Trainer(experiment)
    history, last = stopped_early(trainer)
    best = history.best_epoch
    assert best is not None
    assert history.epochs == trainer.epoch == best + 1 + 4 < 400
    assert last.finished is FinishReason.COMPLETED
    assert last.message == (
        "Stopped early: the validation loss has not improved for 4 epochs. "
        f"The weights are those of the best epoch, {best + 1}."
    )
    to_the_best = Trainer(experiment)
    run(to_the_best, last_epoch=best + 1)
    assert_same_weights(trainer, to_the_best)


def test_patience_ends_at_the_same_epoch_however_the_work_is_sliced(
    experiment_of: ExperimentOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    experiment = experiment_of(noisy_wave(), data=WITH_VALIDATION, **IMPATIENT)
    ends = []
    for sizes in ((1,), (13, 400), (10**9,)):
        with_slices_of(monkeypatch, *sizes)
        trainer = Trainer(experiment)
        history, _ = stopped_early(trainer)
        ends.append((history.epochs, history.validation.tobytes(), trainer.weights().w1.tobytes()))
    assert len(set(ends)) == 1


def test_after_stopping_early_training_can_go_on_with_new_patience(experiment_of: ExperimentOf) -> None:
    trainer = Trainer(experiment_of(noisy_wave(), data=WITH_VALIDATION, **IMPATIENT))
    first, _ = stopped_early(trainer)
    second, last = stopped_early(trainer)
    assert second.epochs >= 4
    assert trainer.epoch == first.epochs + second.epochs
    assert last.message.startswith("Stopped early")


def test_without_patience_the_best_weights_are_told_at_the_end_of_all_epochs(experiment_of: ExperimentOf) -> None:
    trainer = Trainer(experiment_of(noisy_wave(), data=WITH_VALIDATION, **{**IMPATIENT, "patience": 0, "epochs": 60}))
    history, last = stopped_early(trainer)
    assert history.epochs == 60
    assert last.message.startswith(f"The weights are those of the best epoch, {history.best_epoch + 1} of 60")


# -- divergence -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("settings", "data"),
    [
        ({"update_every": 1, "truncation": 1}, {}),
        ({"update_every": 5, "truncation": 10}, WITH_VALIDATION),
        ({"update_every": "all", "truncation": "all"}, {}),
    ],
)
@pytest.mark.parametrize("size", [1, 17, 10**9])
def test_a_run_that_diverges_goes_back_to_the_weights_before_that_epoch(
    experiment_of: ExperimentOf,
    monkeypatch: pytest.MonkeyPatch,
    settings: dict[str, Any],
    data: dict[str, Any],
    size: int,
) -> None:
    with_slices_of(monkeypatch, size)
    experiment = experiment_of(
        noisy_wave(), data=data, network={"activation": "relu", "biases": True}, learning_rate=100, epochs=100,
        seed=3, **settings,
    )  # fmt: skip
    trainer = Trainer(experiment)
    history, last = stopped_early(trainer)
    assert last.finished is FinishReason.DIVERGED
    assert last.message.startswith(f"The run diverged in epoch {history.epochs + 1}: the loss is no longer a finite ")
    assert history.epochs == trainer.epoch == last.epoch < 100
    assert np.isfinite(history.train).all()
    assert all(np.isfinite(array).all() for array in (trainer.weights().w1, trainer.weights().w2))
    until_then = Trainer(experiment)
    run(until_then, last_epoch=history.epochs)
    assert_same_weights(trainer, until_then)
    again, last = stopped_early(trainer)  # training goes on, though here it must diverge again
    assert last.finished is FinishReason.DIVERGED
    assert again.epochs + history.epochs == trainer.epoch


@pytest.mark.parametrize("size", [1, 10**9])
def test_weights_that_overflow_while_the_loss_is_finite_are_a_divergence_of_that_epoch(
    experiment_of: ExperimentOf, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    with_slices_of(monkeypatch, size)
    # The loss, about 1e37, fits into a float32; the gradient times the rate does not.
    values = np.array([4e18, -4e18, 4e18, -4e18])
    experiment = experiment_of(
        values, network={"activation": "relu", "hidden": 8}, learning_rate=100, update_every="all", truncation="all"
    )
    trainer = Trainer(experiment)
    untrained = Trainer(experiment)
    history, last = stopped_early(trainer)
    assert (last.finished, history.epochs) == (FinishReason.DIVERGED, 0)
    assert_same_weights(trainer, untrained)


def test_after_a_divergence_training_goes_on_with_a_smaller_rate(experiment_of: ExperimentOf) -> None:
    experiment = experiment_of(noisy_wave(), network={"activation": "relu"}, learning_rate=100, seed=3, epochs=30)
    trainer = Trainer(experiment)
    history, _ = stopped_early(trainer)
    careful = replace(
        experiment, training=experiment.training.replace(learning_rate=1e-4), weights=trainer.weights(), history=history
    )
    assert list(Trainer(careful).updates(last_epoch=history.epochs + 5))[-1].finished is FinishReason.COMPLETED


# -- snapshots --------------------------------------------------------------------------------------


def test_no_snapshot_is_taken_unless_asked_for(sine: SineOf) -> None:
    assert all(update.snapshot is None for update in Trainer(sine(epochs=50)).updates())


@pytest.mark.parametrize("seconds", [0.0, 1e9])
def test_the_last_update_always_has_a_snapshot_when_any_are_asked_for(sine: SineOf, seconds: float) -> None:
    trainer = Trainer(sine(epochs=50))
    last = list(trainer.updates(snapshot_seconds=seconds))[-1].snapshot
    assert last is not None
    assert (last.epoch, last.time_step) == (50, 0)
    np.testing.assert_array_equal(last.w1, trainer.network.w1.numpy())
    np.testing.assert_array_equal(last.response.one_step, complete(trainer.snapshot()).response.one_step)


def test_snapshots_come_no_more_often_than_asked_for(sine: SineOf, monkeypatch: pytest.MonkeyPatch) -> None:
    trainer = Trainer(sine(epochs=50))
    trainer.epochs_at_once = 1
    with_slices_of(monkeypatch, 40)
    with_snapshot = [update.snapshot is not None for update in trainer.updates(snapshot_seconds=1e9)]
    assert len(with_snapshot) == 50
    assert [index for index, there in enumerate(with_snapshot) if there] == [0, 49]


def test_snapshots_take_a_fifth_of_the_time_at_most(sine: SineOf, monkeypatch: pytest.MonkeyPatch) -> None:
    with_slices_of(monkeypatch, 40)
    now = 0.0

    class Clock:
        perf_counter = staticmethod(lambda: now)
        monotonic = staticmethod(lambda: now)

    for module in (trainer_module, throttle_module):
        monkeypatch.setattr(module, "time", Clock)
    trainer = Trainer(sine(epochs=60))
    trainer.epochs_at_once = 1
    taking = trainer.snapshot

    def slow_snapshot() -> Any:
        nonlocal now
        now += 2.0
        return taking()

    monkeypatch.setattr(trainer, "snapshot", slow_snapshot)
    taken = []
    for update in trainer.updates(snapshot_seconds=0.5):
        if update.snapshot is not None:
            taken.append(update.epoch)
        now += 1.0  # an epoch takes a second, a snapshot two
    assert taken[:4] == [1, 9, 17, 25]


# -- what is refused --------------------------------------------------------------------------------


def test_settings_that_do_not_go_together_are_refused_at_once(sine: SineOf) -> None:
    with pytest.raises(ConfigError, match="truncation must be at most the 20 training steps there are, got 21"):
        Trainer(sine(truncation=21))
    with pytest.raises(ConfigError, match="cross-entropy needs logistic or softmax outputs"):
        Trainer(sine(loss="cross-entropy"))
    with pytest.raises(ConfigError, match="there is no engine 'steam' here"):
        Trainer(sine(), engine="steam")
    with pytest.raises(DeviceError):
        Trainer(sine(), device="abacus")


def test_weights_of_another_shape_are_refused(sine: SineOf) -> None:
    weights = Trainer(sine()).weights()
    with pytest.raises(ModelFileError, match=r"w1 has shape \(7, 6\), the network needs \(9, 8\)"):
        network_from_weights(NetworkConfig(hidden=8), weights)


# -- ensembles --------------------------------------------------------------------------------------


def test_an_ensemble_is_the_networks_of_the_seeds_from_the_first_on(sine: SineOf) -> None:
    trainer = Trainer(sine(networks=3, seed=5, epochs=4))
    ensemble = run(trainer)
    assert ensemble.train.shape == (4, 3)
    assert trainer.weights().w1.shape == (3, 7, 6)
    for n in range(3):
        np.testing.assert_allclose(
            ensemble.train[:, n], run(Trainer(sine(seed=5 + n, epochs=4))).train[:, 0], rtol=1e-6
        )
