"""Training in batched tensor operations, on any torch device.

Gradients are written out, not recorded by autograd; the tests hold them against autograd.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from elman_core.config import SEQUENCE, Optimizer, TrainingConfig
from elman_core.model.network import ElmanNetwork
from elman_core.training.engines.base import EngineState, Position, Progress
from elman_core.training.engines.members import Members
from elman_core.training.engines.schedule import RateSchedule
from elman_core.training.engines.sequences import Sequences
from elman_core.training.engines.tensor_batches import BatchBptt
from elman_core.training.engines.tensor_data import DeviceSteps, TrainingPass, Within, sum_dtype
from elman_core.training.engines.tensor_ensemble import Ensemble, is_finite
from elman_core.training.engines.tensor_lbfgs import Minimizer
from elman_core.training.engines.tensor_optimizers import TensorOptimizer
from elman_core.training.engines.tensor_steps import TruncatedBptt
from elman_core.training.engines.tensor_validation import Validation
from elman_core.training.stopping import MemberEnd, StoppingState

__all__ = ["TensorsEngine"]

Array = NDArray[np.floating]
Losses = NDArray[np.float64]
Mask = NDArray[np.bool_]


class TensorsEngine:
    """Moves the weights by the rule of a `TrainingPass`: `TruncatedBptt`, `BatchBptt` or `Minimizer`.

    Networks that have ended are left out from the next epoch on. One that diverges within an epoch goes back to the
    weights before it at once, and has gradients of 0 as long as the others are on their way through it.
    """

    name = "tensors"

    def __init__(
        self,
        network: ElmanNetwork,
        sequences: Sequences,
        config: TrainingConfig,
        *,
        state: EngineState | None = None,
        schedule: RateSchedule | None = None,
    ) -> None:
        self.network, self._config = network, config
        self._schedule = RateSchedule(config) if schedule is None else schedule
        self.epoch = 0 if state is None else state.epoch
        w1, w2 = (weights.cpu().numpy() for weights in (network.w1, network.w2))
        self.stopping = StoppingState.fresh(w1, w2) if state is None else state.stopping.copy()
        self._ensemble = Ensemble(network, self.stopping)
        sizes = network.config
        direct = slice(sizes.hidden, sizes.hidden + sizes.inputs) if config.hold_direct else None
        memory = {} if state is None else state.optimizer
        self._optimizer = TensorOptimizer(config, (network.w1, network.w2), memory, direct)
        steps = DeviceSteps.of(sequences, network.w1)
        self._training = self._training_pass(steps, sequences, memory)
        self._validation = Validation(steps, sequences, config, network)
        self._context = network.initial_context(sequences.side_by_side_count)  # (N, B, H): what an epoch begins with
        if state is not None and config.carries_context:
            self._context.copy_(torch.from_numpy(np.array(state.context)))
        self._ran_out = False
        self._begin_epoch(None if state is None else state.position)

    def _training_pass(self, steps: DeviceSteps, sequences: Sequences, memory: Mapping[str, Array]) -> TrainingPass:
        config = self._config
        if config.optimizer is Optimizer.LBFGS:
            rates, prepared = partial(self._rates, 0, 1), self._optimizer.without_held
            return Minimizer(steps, sequences, config, self.network, memory, rates, prepared)
        if config.update_every == SEQUENCE:
            return BatchBptt(steps, sequences, config, self._move)
        return TruncatedBptt(steps, sequences, config, self._move)

    # -- what a trainer needs -------------------------------------------------------------------

    @property
    def first_work(self) -> int:
        """Units of work that take a few milliseconds at most."""
        return 64

    @property
    def time_step(self) -> int:
        """Time steps into this epoch."""
        return self._training.time_step

    @property
    def work_due(self) -> int:
        """Units of work before the next time step forward."""
        return self._validation.work_due or self._training.work_due

    @torch.no_grad()
    def advance(self, work: int, last_epoch: int) -> Progress:
        """Do about `work` units, one time step forward or back each, and never go past `last_epoch`.

        Raises
        ------
        torch.OutOfMemoryError
            When the device has too little memory; epochs that ended before are told first, by the call before.
        """
        if self._ran_out:
            raise torch.OutOfMemoryError
        curves, forward = _Curves(self.network.networks), 0
        try:
            forward = self._go_on(work, last_epoch, curves)
        except torch.OutOfMemoryError:
            if not curves.epochs:
                raise
            self._ran_out = True
        self._notice_divergence()
        self._ensemble.show()
        return curves.progress(forward, self._validation.is_part)

    def _go_on(self, work: int, last_epoch: int, curves: _Curves) -> int:
        """Do the work, add the losses of epochs that end, and return the time steps gone forward."""
        forward = 0
        while work > 0 and self.epoch < last_epoch and len(self._ensemble.members.places):
            if self._validation.is_under_way:
                done = self._validation.advance()
            else:
                steps, done = self._training.advance(work)
                forward += steps
                if self._training.done and self._validation.is_part:
                    self._validation.begin(self._ensemble.learning, self._training.end_contexts)
            work -= done
            if self._training.done and not self._validation.is_under_way:
                self._end_epoch(curves)
        return forward

    def epoch_start(self) -> tuple[Array, Array]:
        """Return w1 and w2 as they were when this epoch began."""
        return self._ensemble.epoch_start()

    def context(self) -> Array:
        """Return the state of the context units now, (N, B, H)."""
        return self._ensemble.expanded(self._training.context, self._context)

    def state(self) -> EngineState:
        """Return copies of all that a run needs to go on. Only where no work is due."""
        assert not self.work_due, "the way back from an update cannot be left half done"
        if self._frozen.any():
            self._optimizer.forget(self._ensemble.members.places[self._frozen])
        optimizer = self._training if isinstance(self._training, Minimizer) else self._optimizer
        return EngineState(
            epoch=self.epoch,
            context=self.context(),
            optimizer=optimizer.state(),
            stopping=self.stopping.copy(),
            position=self._position() if self.time_step else None,
        )

    # -- epochs ---------------------------------------------------------------------------------

    def _begin_epoch(self, position: Position | None = None) -> None:
        """Begin an epoch with those networks that still learn, or go on within one."""
        chosen, frozen = self.stopping.learns, np.zeros(self.network.networks, np.bool_)
        if position is not None:
            # One that diverged within this epoch is still on its way through it.
            frozen = (self.stopping.ends == MemberEnd.DIVERGED) & (self.stopping.end_epochs == self.epoch)
        members = Members.where(chosen | frozen)
        self._frozen = frozen[members.places]
        self._ensemble.choose(members)
        self._optimizer.choose(members, self._frozen)
        within = None if position is None else self._within(position)
        context = members.of(self._context)
        self._training.begin(self._ensemble.learning, members.places, self.epoch, context, within)

    def _end_epoch(self, curves: _Curves) -> None:
        """Count an epoch, for those networks that are still finite, and see who goes on."""
        members, validates = self._ensemble.members, self._validation.is_part
        train = _numbers(self._training.loss)
        validation = _numbers(self._validation.loss) if validates else train
        finite = np.isfinite(train) & np.isfinite(validation) & self._ensemble.are_finite() & ~self._frozen
        if self._config.carries_context:
            members.put(self._context, self._training.context)
        self._end_diverged(~finite)
        if finite.any():
            self.epoch += 1
            curves.add(members.places[finite], train[finite], validation[finite])
            self._schedule.observe(curves.last)
            if validates:
                self._keep_best(finite, validation)
        self._ensemble.show()  # those that go on are taken from there
        self._begin_epoch()

    def _keep_best(self, finite: Mask, validation: Losses) -> None:
        """Keep the best weights of each network, and end those whose patience is at its end."""
        stopping, places, patience = self.stopping, self._ensemble.members.places, self._config.patience
        better = finite & (validation < stopping.best_losses[places])
        if better.any():
            stopping.best_losses[places[better]] = validation[better]
            stopping.best_epochs[places[better]] = stopping.patience_from[places[better]] = self.epoch
            self._ensemble.keep_best(better)
        tired = finite & (self.epoch - stopping.patience_from[places] >= patience)
        if patience and tired.any():
            stopping.ends[places[tired]], stopping.end_epochs[places[tired]] = MemberEnd.EARLY, self.epoch
            self._ensemble.take_best(tired)

    def _notice_divergence(self) -> None:
        """End networks within an epoch, and the epoch if none is left."""
        if not len(self._ensemble.members.places):
            return
        diverged = ~(self._ensemble.are_finite() & is_finite(self._training.loss) | self._frozen)
        if diverged.any():
            self._end_diverged(diverged)
            self._frozen = self._frozen | diverged
            self._optimizer.choose(self._ensemble.members, self._frozen)
            if self._frozen.all():
                self._validation.work_due = 0
                self._begin_epoch()

    def _end_diverged(self, diverged: Mask) -> None:
        """Give some of those that learn the weights before this epoch back, and let optimiser and context forget."""
        if not diverged.any():
            return
        places = self._ensemble.members.places[diverged]
        self._ensemble.back_to_start(diverged)
        self._ensemble.take_best(diverged)
        self._optimizer.forget(places)
        self._context[torch.from_numpy(places).to(self._context.device)] = self.network.config.initial_context
        self.stopping.ends[places], self.stopping.end_epochs[places] = MemberEnd.DIVERGED, self.epoch

    # -- updates --------------------------------------------------------------------------------

    def _rates(self, update: int, updates: int) -> Losses:
        """(N,), the rates of an update."""
        rates = self._schedule.rates_of_update(update, updates)
        return np.broadcast_to(rates, self.network.networks)

    def _move(self, w1: Tensor, w2: Tensor, update: int, updates: int) -> None:
        rates = self._rates(update, updates)[self._ensemble.members.places]
        self._optimizer.step(self._ensemble.weights, (w1, w2), rates)

    # -- within an epoch ------------------------------------------------------------------------

    def _position(self) -> Position:
        within, networks = self._training.within(), self.network.networks

        def expanded(part: Tensor) -> Array:
            return self._ensemble.expanded(part, part.new_zeros((networks, *part.shape[1:])))

        w1, w2 = (expanded(gradient) for gradient in within.gradients)
        losses, ends = expanded(within.loss).astype(np.float64), expanded(within.end_contexts)
        return Position(within.time_step, losses, *self.epoch_start(), expanded(within.states), w1, w2, ends)

    def _within(self, position: Position) -> Within:
        """Return what a position says of those that learn, and take the weights that they began the epoch with."""
        like, places = self.network.w1, self._ensemble.members.places

        def tensor(array: Array, dtype: torch.dtype = like.dtype) -> Tensor:
            return torch.from_numpy(np.array(array[places])).to(like.device, dtype)

        self._ensemble.start = tensor(position.w1_start), tensor(position.w2_start)
        gradients = tensor(position.w1_gradient), tensor(position.w2_gradient)
        losses, ends = tensor(position.losses, sum_dtype(like)), tensor(position.end_contexts)
        return Within(position.time_step, losses, tensor(position.states), gradients, ends)


class _Curves:
    """The losses of the epochs that ended, NaN for networks that had ended before."""

    def __init__(self, networks: int) -> None:
        self._train: list[Losses] = []
        self._validation: list[Losses] = []
        self._nothing = np.full(networks, np.nan)

    def add(self, places: NDArray[np.int64], train: Losses, validation: Losses) -> None:
        """Add an epoch of some networks."""
        for curve, losses in ((self._train, train), (self._validation, validation)):
            curve.append(self._nothing.copy())
            curve[-1][places] = losses

    @property
    def epochs(self) -> int:
        """How many epochs."""
        return len(self._train)

    @property
    def last(self) -> Losses:
        """(1, N), the losses that the last epoch is judged by."""
        return self._validation[-1][None]

    def progress(self, time_steps: int, with_validation: bool) -> Progress:
        """Return all of them, (E, N)."""
        nothing = np.empty((0, len(self._nothing)))
        train, validation = (np.stack(curve) if curve else nothing for curve in (self._train, self._validation))
        return Progress(time_steps, train, validation if with_validation else None)


def _numbers(values: Tensor) -> Losses:
    return np.asarray(values.cpu().double().numpy())
