"""Training in batched tensor operations, on any torch device.

Gradients are written out, not recorded by autograd; the tests hold them against autograd.
"""

from __future__ import annotations

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
from elman_core.training.engines.tensor_lbfgs import Minimizer
from elman_core.training.engines.tensor_optimizers import TensorOptimizer
from elman_core.training.engines.tensor_steps import TruncatedBptt
from elman_core.training.engines.tensor_validation import Validation
from elman_core.training.stopping import MemberEnd, StoppingState

__all__ = ["TensorsEngine"]

Array = NDArray[np.floating]
Places = NDArray[np.int64]


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
        weights = network.w1, network.w2
        self.epoch = 0 if state is None else state.epoch
        w1, w2 = (part.cpu().numpy() for part in weights)
        self.stopping = StoppingState.fresh(w1, w2) if state is None else state.stopping.copy()
        # On the CPU these are the arrays of `stopping` themselves.
        self._best = [
            torch.from_numpy(array).to(network.w1.device) for array in (self.stopping.best_w1, self.stopping.best_w2)
        ]
        decays = config.weight_decays or (config.weight_decay,) * network.networks
        self._decays = torch.tensor(decays, dtype=torch.float64)[:, None, None].to(network.w1) if any(decays) else None
        self._optimizer = TensorOptimizer(config, weights, {} if state is None else state.optimizer)
        steps = DeviceSteps.of(sequences, network.w1)
        self._training = self._training_pass(steps, sequences)
        self._validation = Validation(steps, sequences, config, network)
        self._context = network.initial_context(sequences.side_by_side_count)  # (N, B, H)
        if state is not None and config.carries_context:
            self._context.copy_(torch.from_numpy(np.array(state.context)))
        self._begin_epoch(None if state is None else state.position)

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
        """Do about `work` units, one time step forward or back each, and never go past `last_epoch`."""
        self._let_in_again()
        forward, curves = 0, _Curves(self.network.networks)
        while work > 0 and self.epoch < last_epoch and len(self._members.places):
            if self._validation.is_under_way:
                done = self._validation.advance()
            else:
                steps, done = self._training.advance(work)
                forward += steps
                if self._training.done and self._validation.is_part:
                    self._validation.begin(self._learning, self._training.end_contexts)
            work -= done
            if self._training.done and not self._validation.is_under_way:
                self._end_epoch(curves)
        self._notice_divergence()
        self._show_weights()
        return curves.progress(forward, self._validation.is_part)

    def epoch_start(self) -> tuple[Array, Array]:
        """Return w1 and w2 as they were when this epoch began."""
        w1, w2 = (
            self._expanded(start, whole)
            for start, whole in zip(self._start, (self.network.w1, self.network.w2), strict=True)
        )
        return w1, w2

    def context(self) -> Array:
        """Return the state of the context units now, (N, B, H)."""
        return self._expanded(self._training.context, self._context)

    def state(self) -> EngineState:
        """Return copies of all that a run needs to go on. Only where no work is due."""
        assert not self.work_due, "the way back from an update cannot be left half done"
        if self._frozen is not None:
            self._optimizer.forget(self._members.places[self._frozen])
        return EngineState(
            epoch=self.epoch,
            context=self.context(),
            optimizer=self._optimizer.state(),
            stopping=self.stopping.copy(),
            position=self._position() if self.time_step else None,
        )

    # -- epochs ---------------------------------------------------------------------------------

    def _begin_epoch(self, position: Position | None = None) -> None:
        """Begin an epoch with those networks that still learn."""
        chosen = self.stopping.learns
        # One that diverged within this epoch is still on its way through it.
        frozen = (self.stopping.ends == MemberEnd.DIVERGED) & (self.stopping.end_epochs == self.epoch)
        if position is not None:
            chosen = chosen | frozen
        self._members = Members.where(chosen)
        self._frozen: NDArray[np.bool_] | None = None
        if position is not None and frozen.any():
            self._frozen = frozen[self._members.places]
        whole = self.network
        self._learning = whole
        if not self._members.are_all:
            self._learning = ElmanNetwork(whole.config, self._members.of(whole.w1), self._members.of(whole.w2))
        self._optimizer.choose(self._members)
        self._start = self._learning.w1.clone(), self._learning.w2.clone()
        within = None if position is None else self._within(position)
        context = self._members.of(self._context)
        self._training.begin(self._learning, self._members.places, self.epoch, context, within)

    def _end_epoch(self, curves: _Curves) -> None:
        """Count an epoch, for those networks that are still finite, and see who goes on."""
        train = self._training.loss.cpu().double().numpy()
        validation = self._validation.loss.cpu().double().numpy() if self._validation.is_part else None
        finite = np.isfinite(train) & self._finite_weights()
        if validation is not None:
            finite &= np.isfinite(validation)
        if self._frozen is not None:
            finite &= ~self._frozen
        context = self._training.context.clone()
        self._end_diverged(~finite)
        if finite.any():
            self.epoch += 1
            places = self._members.places[finite]
            judged = curves.add(places, train[finite], None if validation is None else validation[finite])
            self._schedule.observe(judged[None])
            if self._config.carries_context:
                self._members.put(self._context, context)
            if validation is not None:
                self._keep_best(finite, validation)
        self._begin_epoch()

    def _let_in_again(self) -> None:
        """Let networks that were taken up again learn with the others, where an epoch begins."""
        at_beginning = not (self.time_step or self.work_due)
        if at_beginning and not np.array_equal(self._members.places, np.flatnonzero(self.stopping.learns)):
            self._begin_epoch()

    def _keep_best(self, finite: NDArray[np.bool_], validation: NDArray[np.float64]) -> None:
        """Keep the best weights of each network, and end those whose patience is at its end."""
        stopping, places, patience = self.stopping, self._members.places, self._config.patience
        better = finite & (validation < stopping.best_losses[places])
        if better.any():
            stopping.best_losses[places[better]] = validation[better]
            stopping.best_epochs[places[better]] = stopping.patience_from[places[better]] = self.epoch
            self._put(self._best, places[better], self._weights_of(better))
        tired = finite & (self.epoch - stopping.patience_from[places] >= patience)
        if patience and tired.any():
            stopping.ends[places[tired]], stopping.end_epochs[places[tired]] = MemberEnd.EARLY, self.epoch
            best = [part[torch.from_numpy(places[tired]).to(part.device)] for part in self._best]
            self._put((self._learning.w1, self._learning.w2), np.flatnonzero(tired), best)
        self._show_weights()

    # -- divergence -----------------------------------------------------------------------------

    def _finite_weights(self) -> NDArray[np.bool_]:
        return np.logical_and(*(_is_finite(part) for part in (self._learning.w1, self._learning.w2)))

    def _notice_divergence(self) -> None:
        """End networks within an epoch, and the epoch if none is left."""
        if not len(self._members.places):
            return
        frozen = np.zeros(len(self._members.places), np.bool_) if self._frozen is None else self._frozen
        diverged = ~(self._finite_weights() & _is_finite(self._training.loss)) & ~frozen
        if diverged.any():
            self._end_diverged(diverged)
            self._frozen = frozen | diverged
            if self._frozen.all():
                self._validation.work_due = 0
                self._begin_epoch()

    def _end_diverged(self, diverged: NDArray[np.bool_]) -> None:
        """Give some of those that learn the weights before this epoch back, and let optimiser and context forget."""
        if not diverged.any():
            return
        places = self._members.places[diverged]
        self._put((self._learning.w1, self._learning.w2), np.flatnonzero(diverged), [w[diverged] for w in self._start])
        self._show_weights()
        self._optimizer.forget(places)
        self._context[torch.from_numpy(places).to(self._context.device)] = self.network.config.initial_context
        self.stopping.ends[places], self.stopping.end_epochs[places] = MemberEnd.DIVERGED, self.epoch

    # -- updates --------------------------------------------------------------------------------

    def _training_pass(self, steps: DeviceSteps, sequences: Sequences) -> TrainingPass:
        config = self._config
        if config.optimizer is Optimizer.LBFGS:
            return Minimizer(steps, sequences, config, lambda: self._rates(0, 1), self._held)
        if config.update_every == SEQUENCE:
            return BatchBptt(steps, sequences, config, self._move)
        return TruncatedBptt(steps, sequences, config, self._move)

    def _rates(self, update: int, updates: int) -> NDArray[np.float64]:
        """(N,), the rates of an update."""
        rates = self._schedule.rates_of_update(update, updates)
        return np.broadcast_to(rates, self.network.networks)

    def _move(self, w1: Tensor, w2: Tensor, update: int, updates: int) -> None:
        rates = self._rates(update, updates)[self._members.places]
        self._optimizer.step((self._learning.w1, self._learning.w2), self._prepared(w1, w2), rates)

    def _prepared(self, w1: Tensor, w2: Tensor) -> tuple[Tensor, Tensor]:
        """Shorten each network's gradient, and add the weights' decay."""
        clip = self._config.clip_norm
        w1, w2 = self._held(w1, w2)
        if clip > 0:
            norm = (w1.square().sum(dim=(1, 2)) + w2.square().sum(dim=(1, 2))).sqrt()  # (n,)
            factor = (clip / (norm + 1e-6)).clamp(max=1.0)[:, None, None]
            w1, w2 = w1 * factor, w2 * factor
        if self._decays is not None:
            decays = self._members.of(self._decays)
            w1, w2 = self._held(w1 + decays * self._learning.w1, w2 + decays * self._learning.w2)
        if self._frozen is not None:
            frozen = torch.from_numpy(self._frozen).to(w1.device)[:, None, None]
            w1, w2 = w1.masked_fill(frozen, 0.0), w2.masked_fill(frozen, 0.0)
        return w1, w2

    def _held(self, w1: Tensor, w2: Tensor) -> tuple[Tensor, Tensor]:
        """Take the direct connections out of the gradients where they are held."""
        if self._config.hold_direct:
            sizes = self.network.config
            w2 = w2.clone()
            w2[:, sizes.hidden : sizes.hidden + sizes.inputs] = 0.0
        return w1, w2

    # -- the ensemble and those that learn ------------------------------------------------------

    def _show_weights(self) -> None:
        """Write the weights of those that learn to where they are seen."""
        for whole, part in ((self.network.w1, self._learning.w1), (self.network.w2, self._learning.w2)):
            self._members.put(whole, part)
        for array, best in zip((self.stopping.best_w1, self.stopping.best_w2), self._best, strict=True):
            if best.device.type != "cpu":
                array[:] = best.cpu().numpy()

    def _weights_of(self, chosen: NDArray[np.bool_]) -> list[Tensor]:
        return [part[torch.from_numpy(chosen).to(part.device)] for part in (self._learning.w1, self._learning.w2)]

    def _put(self, targets: list[Tensor] | tuple[Tensor, Tensor], places: Places, values: list[Tensor]) -> None:
        for target, value in zip(targets, values, strict=True):
            target[torch.from_numpy(places).to(target.device)] = value

    def _expanded(self, part: Tensor, others: Tensor) -> Array:
        """Return (N, ...) with the part (n, ...) of those that learn, and others for those that have ended."""
        whole = others.clone()
        self._members.put(whole, part)
        return np.array(whole.cpu().numpy())

    def _position(self) -> Position:
        within, networks = self._training.within(), self.network.networks

        def expanded(part: Tensor) -> Array:
            return self._expanded(part, part.new_zeros((networks, *part.shape[1:])))

        losses = self._expanded(within.loss, within.loss.new_full((networks,), torch.nan))
        w1, w2 = (expanded(gradient) for gradient in within.gradients)
        return Position(
            within.time_step, losses.astype(np.float64), *self.epoch_start(), expanded(within.states), w1, w2,
            expanded(within.end_contexts),
        )  # fmt: skip

    def _within(self, position: Position) -> Within:
        """Return what a position says of those that learn, and the weights that they began the epoch with."""
        like = self.network.w1

        def tensor(array: Array, dtype: torch.dtype = like.dtype) -> Tensor:
            return torch.from_numpy(np.array(array[self._members.places])).to(like.device, dtype)

        self._start = tensor(position.w1_start), tensor(position.w2_start)
        return Within(
            position.time_step,
            tensor(position.losses, sum_dtype(like)),
            tensor(position.states),
            (tensor(position.w1_gradient), tensor(position.w2_gradient)),
            tensor(position.end_contexts),
        )


class _Curves:
    """The losses of the epochs that ended, NaN for networks that had ended before."""

    def __init__(self, networks: int) -> None:
        self._networks = networks
        self._train: list[NDArray[np.float64]] = []
        self._validation: list[NDArray[np.float64]] = []

    def add(
        self, places: Places, train: NDArray[np.float64], validation: NDArray[np.float64] | None
    ) -> NDArray[np.float64]:
        """Add an epoch of some networks; return the loss (N,) that it is judged by."""
        for curve, losses in ((self._train, train), (self._validation, validation)):
            if losses is not None:
                curve.append(np.full(self._networks, np.nan))
                curve[-1][places] = losses
        return self._train[-1] if validation is None else self._validation[-1]

    def progress(self, time_steps: int, with_validation: bool) -> Progress:
        """Return all of them, (E, N)."""
        train, validation = (
            np.stack(curve) if curve else np.empty((0, self._networks)) for curve in (self._train, self._validation)
        )
        return Progress(time_steps, train, validation if with_validation else None)


def _is_finite(values: Tensor) -> NDArray[np.bool_]:
    """(n,), whether all numbers of each network are."""
    return np.asarray(torch.isfinite(values).reshape(len(values), -1).all(dim=1).cpu().numpy())
