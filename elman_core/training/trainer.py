"""Trainer: training as a plain generator. To stop is to cease to iterate."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray

from elman_core.config import TrainingConfig
from elman_core.devices import choose_device
from elman_core.experiment import Run, Weights
from elman_core.forecasting.prediction import respond
from elman_core.forecasting.running import first_network
from elman_core.model.network import ElmanNetwork
from elman_core.support.jobs import Job, complete, within
from elman_core.support.throttle import Throttle
from elman_core.training.checkpoints import Checkpoint, next_checkpoint_epoch
from elman_core.training.checks import check_run
from elman_core.training.endings import end_sentence
from elman_core.training.engines.base import Engine, EngineState, Progress
from elman_core.training.engines.choice import choose_engine, make_engine
from elman_core.training.engines.schedule import RateSchedule
from elman_core.training.engines.sequences import Sequences
from elman_core.training.events import FinishReason, Snapshot, TrainingUpdate
from elman_core.training.initial_weights import begin_as_chosen, draw_networks
from elman_core.training.learning import constant_loss, smallest, unlearned_sentence
from elman_core.training.rates import RateSince
from elman_core.training.restarts import Restarts, forget
from elman_core.training.stopping import MemberEnd, StoppingState
from elman_core.training.weights import network_from_weights

__all__ = ["Trainer"]

_SLICE_SECONDS = 0.008
"""How long one slice of work should last: short enough to stop at once, long enough to cost nothing."""
_LARGEST_SLICE = 2**40
_SNAPSHOT_SHARE = 0.2
"""Share of the time that live snapshots may take."""


class Trainer:
    """Trains an experiment's networks.

    Weights, optimiser state and position live here; calling `updates` again continues where it stood. Belongs to one
    thread at a time.

    Attributes
    ----------
    member
        The network of the ensemble that snapshots show; may be changed at any time.
    kept_member
        The one whose checkpoints are kept: that of the history's path. May be changed before there are any.
    epochs_at_once
        How many epochs a slice may have at most, for a run that is to be watched; None for any number.
    slice_seconds
        How long a slice should last; longer where nobody watches.

    Parameters
    ----------
    network
        What `draw_networks` has drawn for the experiment; drawn here by default.
    threads
        How many the compiled engine may use; by default as many as there are processors.

    Raises
    ------
    ConfigError
        When settings do not go together, or not with the data or the memory that is free.
    DeviceError
        When the device is not there.
    """

    def __init__(
        self,
        experiment: Run,
        *,
        device: str = "auto",
        engine: str = "auto",
        member: int = 0,
        network: ElmanNetwork | None = None,
        threads: int | None = None,
    ) -> None:
        dataset, self._config = experiment.dataset, experiment.training
        self.dataset = dataset
        self.device, self._threads = choose_device(device), threads
        if network is None:  # else it was checked before that was drawn
            check_run(experiment, choose_engine(engine, self.device))
        self.member, self.checkpoint_member = member, experiment.history.path.member
        self._sequences = Sequences.of(dataset, self._config)
        self._restarts = Restarts(experiment.network, self._config, self._sequences)
        weights, history = experiment.weights, experiment.history
        state = None
        if weights is None:
            if network is None:
                network = complete(draw_networks(experiment.network, self._config, self.device))
            self.network = begin_as_chosen(network, self._sequences.training)
        else:
            self.network = network_from_weights(experiment.network, weights, self.device)
            state = _state_of(weights, history.epochs)
        self._schedule = RateSchedule(self._config)
        self._schedule.observe(history.train if history.validation is None else history.validation)
        self._notice = ""
        self._engine = self._make_engine(choose_engine(engine, self.device), state)
        self._next_engine = self._engine.name
        self._next_rate = self._config.learning_rate
        self._least_losses = smallest(history.train, self.network.networks)
        self._rates: list[RateSince] = []
        self._seconds = 0.0
        self.epochs_at_once: int | None = None
        self.slice_seconds = _SLICE_SECONDS
        self._work = self._engine.first_work
        self._snapshots = Throttle(share=_SNAPSHOT_SHARE)
        checkpoints = history.path.points
        self._checkpoint_epoch = checkpoints[-1].epoch if checkpoints else -1

    @classmethod
    def prepare(cls, experiment: Run, *, device: str = "auto", engine: str = "auto", member: int = 0) -> Job[Trainer]:
        """Make a trainer in pieces, since drawing many networks takes long and may be given up."""
        place = choose_device(device)
        check_run(experiment, choose_engine(engine, place))
        drawn = None
        if experiment.weights is None:
            drawn = yield from within(draw_networks(experiment.network, experiment.training, place), 0.0, 0.8)
        yield 0.8
        return cls(experiment, device=device, engine=engine, member=member, network=drawn)

    @property
    def engine_name(self) -> str:
        """Which engine moves the weights."""
        return self._engine.name

    @property
    def epoch(self) -> int:
        """Whole epochs done."""
        return self._engine.epoch

    @property
    def time_step(self) -> int:
        """Time steps into the next one."""
        return self._engine.time_step

    @property
    def training(self) -> TrainingConfig:
        """The settings, with the learning rate as it is now."""
        return self._config

    @property
    def stopping(self) -> StoppingState:
        """Why each network ended, if it did, and its best weights."""
        return self._engine.stopping

    def use_engine(self, name: str) -> None:
        """Continue with another engine, from the beginning of the next epoch on at the latest.

        Raises
        ------
        ConfigError
            When there is no such engine, or not on this device.
        """
        self._next_engine = choose_engine(name, self.device)
        self._change_engine_if_asked()

    def set_learning_rate(self, rate: float) -> None:
        """Use another learning rate in the updates to come; schedules go on from it. Said in `TrainingUpdate.rates`.

        Raises
        ------
        ConfigError
            When it is not within its limits.
        """
        self._config.with_learning_rate(rate)
        self._next_rate = rate

    def weights(self) -> Weights:
        """Return a copy of all that training has brought about. Only after `settle`, where a run was left."""
        state = self._engine.state()
        return Weights(
            *self._copied_weights(), state.context[:, 0], dict(state.optimizer), state.stopping, state.position
        )

    def settle(self) -> TrainingUpdate:
        """Do what is due before the next time step, so that the run can be saved; a run that was left may need it."""
        return self._update(self._advance_what_is_due(self._engine.epoch + 1), None)

    def snapshot(self, *, whole: bool = False) -> Job[Snapshot]:
        """Show the network as it is now; `whole` covers every row of a long series."""
        member = self.member
        network = first_network(self.network, member)
        try:
            response = yield from respond(network, self.dataset, whole=whole)
        except torch.OutOfMemoryError:
            if self.device.type == "cpu":
                raise
            response = yield from respond(_moved(network, "cpu"), self.dataset, whole=whole)
        epoch = self.stopping.summary().weights_epoch(member, self._engine.epoch)
        time_step = self._engine.time_step if self.stopping.learns[member] else 0
        return Snapshot(epoch, time_step, *self._copied_weights(), response, member)

    def updates(
        self,
        *,
        last_epoch: int | None = None,
        one_time_step: bool = False,
        snapshot_seconds: float | None = None,
        keep_checkpoints: bool = False,
        ends_run: bool | None = None,
    ) -> Iterator[TrainingUpdate]:
        """Train, and yield a TrainingUpdate about every 8 ms.

        A run that had ended goes on from its last weights. One in which every network had ended before the run is taken
        up again, with as much patience as at first.

        Parameters
        ----------
        last_epoch
            Train until so many epochs are done in all; the config's number if None.
        one_time_step
            Go one time step forward, with the propagation back that becomes due, and end.
        snapshot_seconds
            Give a snapshot with an update at most so often and with the last one; None for never.
            They take a fifth of the time at most.
        keep_checkpoints
            Keep one network's weights along the run, from before the first epoch on; see `next_checkpoint_epoch`.
        ends_run
            Whether the run has ended with `last_epoch`: each network that has validated then has its best weights. By
            default so with the config's number of epochs.

        Yields
        ------
        TrainingUpdate
            The last one of a run has `finished` set. A network that diverges, that is, whose loss or weights are no
            longer finite, goes back to the last finite weights and ends; so does the run with the last one.
        """
        ends_run = last_epoch is None if ends_run is None else ends_run
        last_epoch = self._config.epochs if last_epoch is None else last_epoch
        self._snapshots.seconds = snapshot_seconds or 0.0
        if self.stopping.to_take_up.any():
            self._take_up()
        self._note_rate()
        start = self._new_checkpoints() if keep_checkpoints else ()
        while True:
            judged_at = self._restarts.next_epoch(self._engine.epoch)
            if one_time_step:
                progress = self._advance_one_step(last_epoch)
            else:
                stop = next_checkpoint_epoch(self._engine.epoch) if keep_checkpoints else last_epoch
                progress = self._advance_a_slice(min(last_epoch, stop, judged_at or last_epoch))
            checkpoints, start = start, ()
            if keep_checkpoints:
                checkpoints += self._new_checkpoints()
            if judged_at is not None and self._engine.epoch >= judged_at:
                self._begin_again_where_failed()
            failed = self._restarts.failed(self.stopping)
            if ends_run and self._engine.epoch >= last_epoch and self._end_with_best() and keep_checkpoints:
                checkpoints += self._new_checkpoints()
            update = replace(
                self._update(progress, last_epoch), checkpoints=checkpoints, checkpoint_member=self.checkpoint_member
            )
            if ends_run and update.finished is not None:
                said = (update.message, self._restarts.last_sentence(failed, self.epoch), self._unlearned_sentence())
                update = replace(update, message=" ".join(filter(None, said)))
            if snapshot_seconds is not None and (self._snapshots.is_due or update.finished is not None):
                with self._snapshots.turn():
                    update = replace(update, snapshot=complete(self.snapshot()))
            yield update
            if one_time_step or update.finished is not None:
                return

    def _new_checkpoints(self) -> tuple[Checkpoint, ...]:
        """Return what is to be kept of the weights as they are now: at the end of an epoch, once."""
        engine, stopping, member, points = self._engine, self.stopping, self.checkpoint_member, []
        if not stopping.learns[member]:
            if stopping.at_best[member]:
                best = int(stopping.best_epochs[member])
                points.append(Checkpoint(best, stopping.best_w1[member].copy(), stopping.best_w2[member].copy()))
            return tuple(points)
        if engine.time_step == 0 and not engine.work_due and engine.epoch > self._checkpoint_epoch:
            self._checkpoint_epoch = engine.epoch
            w1, w2 = (weights[member].cpu().numpy().copy() for weights in (self.network.w1, self.network.w2))
            points.append(Checkpoint(engine.epoch, w1, w2))
        return tuple(points)

    # -- slices ---------------------------------------------------------------------------------

    def _advance_a_slice(self, last_epoch: int) -> Progress:
        self._change_engine_if_asked()
        due = self._change_rate_if_asked(last_epoch)
        start = time.perf_counter()
        epochs_at_once = 1 if self._next_engine != self._engine.name else self.epochs_at_once
        if epochs_at_once is not None:
            last_epoch = min(last_epoch, self._engine.epoch + epochs_at_once)
        engine = self._engine
        progress = self._advance(self._work, last_epoch)
        if self._engine is engine:
            seconds = max(time.perf_counter() - start, 1e-6)
            self._seconds += seconds
            # Twice or half at most, so that one odd slice does not throw the size off.
            self._work = min(
                max(1, round(self._work * min(max(self.slice_seconds / seconds, 0.5), 2.0))), _LARGEST_SLICE
            )
        return progress if due is None else due.then(progress)

    def _advance(self, work: int, last_epoch: int) -> Progress:
        """Let the engine do some work; where its device has too little memory, turn to the CPU."""
        try:
            return self._engine.advance(work, last_epoch)
        except torch.OutOfMemoryError:
            if self.device.type == "cpu":
                raise
        return self._fall_back_to_cpu()

    def _advance_one_step(self, last_epoch: int) -> Progress:
        self._change_engine_if_asked()
        progress = self._advance_what_is_due(last_epoch)  # a run may have been left in the midst of it
        self._change_rate_if_asked(last_epoch)
        progress = progress.then(self._advance(1, last_epoch))
        return progress.then(self._advance_what_is_due(last_epoch))

    def _advance_what_is_due(self, last_epoch: int) -> Progress:
        progress = self._advance(0, last_epoch)
        while self._engine.work_due and self._engine.epoch < last_epoch:
            progress = progress.then(self._advance(self._engine.work_due, last_epoch))
        return progress

    def _unlearned_sentence(self) -> str:
        """Say whether networks have learned nothing; of those that diverged the end has said more."""
        steps, loss = self._sequences.training, self._config.loss
        least = np.where(self.stopping.ends == MemberEnd.DIVERGED, np.nan, self._least_losses)
        constant = constant_loss(steps, self.network.config.output, loss)
        return unlearned_sentence(least, constant, self._engine.epoch, loss)

    def _update(self, progress: Progress, last_epoch: int | None) -> TrainingUpdate:
        self._least_losses = np.fmin(self._least_losses, smallest(progress.train_losses, self.network.networks))
        finished, message = None, ""
        if self.stopping.all_have_ended:
            diverged = bool((self.stopping.ends == MemberEnd.DIVERGED).all())
            finished = FinishReason.DIVERGED if diverged else FinishReason.COMPLETED
            message = end_sentence(self.stopping, self._config)
        elif last_epoch is not None and self._engine.epoch >= last_epoch:
            finished = FinishReason.COMPLETED
            message = end_sentence(self.stopping, self._config)
        return TrainingUpdate(
            epoch=self._engine.epoch,
            time_step=self._engine.time_step,
            steps=progress.time_steps,
            train_losses=progress.train_losses,
            validation_losses=progress.validation_losses,
            rates=self._taken_rates(),
            seconds=self._taken_seconds(),
            ends=self.stopping.summary(),
            finished=finished,
            message=message or self._take_notice(),
        )

    def _taken_rates(self) -> tuple[RateSince, ...]:
        rates, self._rates = tuple(self._rates), []
        return rates

    def _taken_seconds(self) -> float:
        seconds, self._seconds = self._seconds, 0.0
        return seconds

    def _take_notice(self) -> str:
        notice, self._notice = self._notice, ""
        return notice

    # -- the learning rate ----------------------------------------------------------------------

    def _change_rate_if_asked(self, last_epoch: int) -> Progress | None:
        """Change it between two updates, so that the time step alone says which had which; return what was due."""
        if self._next_rate == self._config.learning_rate:
            return None
        due = self._advance_what_is_due(last_epoch)
        self._config = self._config.with_learning_rate(self._next_rate)
        self._schedule.change_rates(self._config)
        self._note_rate()
        return due

    def _note_rate(self) -> None:
        self._rates.append(RateSince(self._engine.epoch, self._engine.time_step, self._config.learning_rate))

    # -- engines --------------------------------------------------------------------------------

    def _make_engine(self, name: str, state: EngineState | None) -> Engine:
        """Return an engine on the device, or on the CPU where the device has too little memory for training."""
        try:
            return self._engine_of(name, state)
        except torch.OutOfMemoryError:
            if self.device.type == "cpu":
                raise
        self._notice = f"{self.device} has too little memory for this network and series. Training is on the cpu."
        self.device, self.network = torch.device("cpu"), _moved(self.network, "cpu")
        return self._engine_of("tensors", state)

    def _engine_of(self, name: str, state: EngineState | None) -> Engine:
        return make_engine(
            name,
            self.network,
            self._sequences,
            self._config,
            state=state,
            schedule=self._schedule,
            threads=self._threads,
        )

    def _change_engine_if_asked(self) -> None:
        engine = self._engine
        if self._next_engine != engine.name and engine.time_step == 0 and not engine.work_due:
            self._use_state(self._next_engine, engine.state())

    def _use_state(self, name: str, state: EngineState | None) -> None:
        self._engine = self._make_engine(name, state)
        self._work = self._engine.first_work

    def _end_with_best(self) -> bool:
        """Give each network that still learns and was better before its best weights; return whether any is one."""
        state = self._engine.state()
        chosen = state.stopping.complete(state.epoch, *self._copied_weights())
        if chosen.any():
            self._put_weights(chosen, state.stopping.best_w1, state.stopping.best_w2)
            self._use_state(self._engine.name, state)
        return bool(chosen.any())

    def _begin_again_where_failed(self) -> None:
        """Give networks whose start has failed other initial weights, and say so."""
        state, epoch = self._engine.state(), self._engine.epoch
        failed = self._restarts.failed(state.stopping)
        if not failed.any():
            return
        w1, w2 = self._copied_weights()
        for member in np.flatnonzero(failed).tolist():
            w1[member], w2[member] = self._restarts.drawn(member, epoch)
        self._put_weights(failed, w1, w2)
        optimizer, context = {name: np.array(array) for name, array in state.optimizer.items()}, state.context.copy()
        forget(optimizer, failed, self._config)
        context[failed] = self.network.config.initial_context
        state.stopping.patience_from[failed] = epoch
        self._use_state(self._engine.name, replace(state, optimizer=optimizer, context=context))
        self._notice = f"{self._restarts.sentence(failed, epoch)}: other initial weights are drawn."

    def _put_weights(self, chosen: NDArray[np.bool_], w1: NDArray[np.floating], w2: NDArray[np.floating]) -> None:
        """Give some networks (N,) other weights."""
        for own, weights in ((self.network.w1, w1), (self.network.w2, w2)):
            own[torch.from_numpy(chosen).to(own.device)] = torch.from_numpy(weights[chosen]).to(own.device)

    def _take_up(self) -> None:
        """Let networks learn on from their last weights; what an optimiser remembers of numbers that were not finite is
        forgotten."""
        state = self._engine.state()
        stopping = state.stopping
        self._put_weights(stopping.to_take_up & stopping.at_best, stopping.last_w1, stopping.last_w2)
        diverged = stopping.to_take_up & (stopping.ends == MemberEnd.DIVERGED)
        optimizer = {name: np.array(array) for name, array in state.optimizer.items()}
        forget(optimizer, diverged, self._config)
        stopping.take_up(state.epoch)
        self._use_state(self._engine.name, replace(state, optimizer={} if diverged.all() else optimizer))

    def _fall_back_to_cpu(self) -> Progress:
        """Continue where there is more memory, from the beginning of the epoch that was under way."""
        engine = self._engine
        w1, w2 = (torch.from_numpy(weights) for weights in engine.epoch_start())
        self._notice = (
            f"{self.device} has too little memory for this network and series. Training continues on the cpu, with the "
            f"weights from the end of epoch {engine.epoch:,}."
        )
        self.device = torch.device("cpu")
        self.network = ElmanNetwork(self.network.config, w1, w2)
        # The optimiser may have moved on within the epoch, so it starts afresh.
        context = np.full((len(w1), 1, self.network.config.hidden), self.network.config.initial_context)
        stopping = engine.stopping.copy()
        self._put_weights(stopping.at_best, stopping.best_w1, stopping.best_w2)
        self._use_state("tensors", EngineState(engine.epoch, context, {}, stopping))
        networks = self.network.networks
        validation = np.empty((0, networks)) if len(self._sequences.validation) else None
        return Progress(0, np.empty((0, networks)), validation)

    # -- weights and snapshots ------------------------------------------------------------------

    def _copied_weights(self) -> tuple[NDArray[np.floating], NDArray[np.floating]]:
        return self.network.w1.cpu().numpy().copy(), self.network.w2.cpu().numpy().copy()


def _state_of(weights: Weights, epoch: int) -> EngineState:
    stopping = StoppingState.fresh(weights.w1, weights.w2, epoch) if weights.stopping is None else weights.stopping
    return EngineState(epoch, weights.context[:, None], weights.optimizer, stopping, weights.position)


def _moved(network: ElmanNetwork, device: torch.device | str) -> ElmanNetwork:
    return ElmanNetwork(network.config, network.w1.to(device), network.w2.to(device))
