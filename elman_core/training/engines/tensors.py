"""Truncated BPTT(k1, k2) in batched tensor operations, on any torch device.

Gradients are written out, not recorded by autograd; the tests hold them against autograd.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from elman_core.config import Optimizer, TrainingConfig, UpdateEvery
from elman_core.model.network import ElmanNetwork, activate
from elman_core.training.engines.base import BestWeights, Progress
from elman_core.training.engines.gradients import activation_slope, losses, output_delta
from elman_core.training.engines.optimizers import make_optimizer, optimizer_state, restore_optimizer_state
from elman_core.training.engines.schedule import RateSchedule
from elman_core.training.engines.sequences import Sequences, Series

__all__ = ["TensorsEngine"]

_SPARE_STEPS = 4096
"""Time steps that the buffer holds beyond one window, so that it is rarely rolled."""

_VALIDATION_STEPS = 256
"""Steps of the validation part that are predicted at once, whatever the slice of work."""


class _Phase(Enum):
    FORWARD = auto()
    BACKWARD = auto()
    VALIDATION = auto()


class TensorsEngine:
    r"""Every k1 steps, propagate the loss of the last k1 steps back through the last k2 steps.

    With e_t = d loss_t / d z_t at the outputs and f' the activation's slope, going back in time::

        delta_t = f'(h_t) * (e_t W2^T + delta_{t+1} W_hh^T)      e_t only for the last k1 steps
        grad w1 = sum over the window of xh_t^T delta_t          xh_t = cat(x_t, h_{t-1} [, 1])
        grad w2 = sum over the last k1 steps of cat(h_t [, 1])^T e_t

    Hidden states are those of the way forward, the weights are today's (Williams & Peng 1990). What
    is left of an epoch after the last whole k1 steps makes one shorter update.
    """

    name = "tensors"

    def __init__(
        self,
        network: ElmanNetwork,
        sequences: Sequences,
        config: TrainingConfig,
        *,
        epoch: int = 0,
        context: NDArray[np.floating] | None = None,
        optimizer: Mapping[str, NDArray[np.floating]] | None = None,
        schedule: RateSchedule | None = None,
    ) -> None:
        self.network = network
        self.epoch = epoch
        self.time_step = 0
        self.diverged = False
        self.out_of_patience = False
        self._patience_from = epoch
        self._config = config
        self._schedule = RateSchedule(config) if schedule is None else schedule
        self._inputs = self._series(sequences.training.inputs)  # (T, N = 1, B, I)
        self._targets = self._series(sequences.training.targets)  # (T, N = 1, B, O)
        self._validation_inputs = self._series(sequences.validation.inputs)
        self._validation_targets = self._series(sequences.validation.targets)
        steps = len(self._inputs)
        self._k1 = _steps(config.update_every, steps)
        self._k2 = _steps(config.truncation, steps)
        self._optimizer = make_optimizer(config, [network.w1, network.w2])
        restore_optimizer_state(self._optimizer, network, optimizer or {})
        self._best: tuple[Tensor, Tensor, Tensor, Tensor] | None = None
        self._make_buffers()
        self._carried = network.initial_context() if context is None else self._restored(context)
        self._begin_epoch()

    @property
    def first_work(self) -> int:
        """Units of work that take a few milliseconds at most."""
        return 64

    # -- what a trainer needs -------------------------------------------------------------------

    @property
    def best(self) -> BestWeights | None:
        """The best weights so far, by validation loss."""
        if self._best is None:
            return None
        epochs, loss, w1, w2 = (tensor.cpu().numpy() for tensor in self._best)
        return BestWeights(int(epochs[0]), float(loss[0]), w1, w2)

    @property
    def work_due(self) -> int:
        """Units of work before the next time step forward."""
        match self._phase:
            case _Phase.FORWARD:
                return 0
            case _Phase.BACKWARD:
                return self._back_to - self._window_start
            case _Phase.VALIDATION:
                return len(self._validation_inputs) - self._validated

    def renew_patience(self) -> None:
        """Count the epochs without improvement from now on."""
        self.out_of_patience = False
        self._patience_from = self.epoch

    def state(self) -> dict[str, NDArray[np.floating]]:
        """Return the optimiser's state by name, such as "w1.exp_avg"."""
        return optimizer_state(self._optimizer, self.network)

    def context(self) -> NDArray[np.floating]:
        """Return the state of the context units now, (N, B, H)."""
        return self._context().cpu().numpy().copy()

    @torch.no_grad()
    def advance(self, work: int, last_epoch: int) -> Progress:
        """Do about `work` units, one time step forward or back each, and never go past `last_epoch`."""
        forward_steps = 0
        self._ended: list[tuple[Tensor, Tensor | None]] = []
        while work > 0 and self.epoch < last_epoch and not (self.diverged or self.out_of_patience):
            match self._phase:
                case _Phase.FORWARD if self._config.optimizer is Optimizer.LBFGS:
                    done = self._minimize_once()
                    forward_steps += done
                case _Phase.FORWARD:
                    done = self._forward(min(work, self._update_at - self.time_step))
                    forward_steps += done
                case _Phase.BACKWARD:
                    done = self._backward(min(work, self._back_to - self._window_start))
                    if self._back_to == self._window_start:
                        self._move_weights()
                case _Phase.VALIDATION:
                    done = self._validate()
            work -= done
        self.diverged = self.diverged or not _all_finite(self.network.w1, self.network.w2, self._loss)
        return self._progress(forward_steps)

    # -- phases ---------------------------------------------------------------------------------

    def _begin_epoch(self) -> None:
        self.weights_before_epoch = (self.network.w1.clone(), self.network.w2.clone())
        self._restart_epoch()

    def _restart_epoch(self) -> None:
        self._phase = _Phase.FORWARD
        self.time_step = 0
        self._update_at = min(self._k1, len(self._inputs))
        self._loss = torch.zeros(self.network.networks, dtype=self._sum_dtype, device=self.network.w1.device)
        self._fill_buffer(0, self._carried)

    def _forward(self, count: int) -> int:
        """Go `count` steps forward in time, or as far as the buffer reaches."""
        if self.time_step == self._base + self._capacity:
            self._roll_buffer()
        count = min(count, self._base + self._capacity - self.time_step)
        start = self.time_step - self._base
        xh, w1, activation = self._xh, self.network.w1, self.network.config.activation
        for i in range(start, start + count):
            xh[i + 1, :, :, self._context_columns] = activate(torch.bmm(xh[i], w1), activation)
        self.time_step += count
        if self.time_step == self._update_at:
            self._begin_backward()
        return count

    # Sums over time are taken over a whole block or window at once: in pieces they would round otherwise,
    # and a run would depend on how its work was sliced.

    def _begin_backward(self) -> None:
        """Compute loss and e_t of the steps since the last update, and what they alone give."""
        config, training = self.network.config, self._config
        self._phase = _Phase.BACKWARD
        self._back_to = self._update_at
        self._window_start = max(0, self._update_at - self._k2)
        block_start = self._update_at - self._block
        hidden = self._xh[block_start - self._base + 1 : self._update_at - self._base + 1, :, :, config.inputs :]
        y = self.network.read_out(hidden[..., : config.hidden])  # (k1, N, B, O)
        target = self._targets[block_start : self._update_at]
        self._loss += losses(y, target, config.output, training.loss).sum(dim=0, dtype=self._sum_dtype)
        errors = output_delta(y, target, config.output, training.loss)
        self._grad_w2 = _outer_sum(hidden, errors)
        window = self._update_at - self._window_start
        self._deltas = errors.new_zeros((window, *self._context().shape))  # (k2, N, B, H)
        torch.matmul(errors, self.network.w2[:, : config.hidden].mT, out=self._deltas[window - self._block :])

    def _backward(self, count: int) -> int:
        """Go `count` steps back in time."""
        stop, start = self._back_to - self._window_start, self._back_to - self._window_start - count
        first = self._window_start - self._base
        hidden = self._xh[first + start + 1 : first + stop + 1, :, :, self._context_columns]  # h_t stands in row t + 1
        slope = activation_slope(hidden, self.network.config.activation)  # (n, N, B, H)
        recurrent = self.network.w1[:, self._context_columns].mT  # (N, H, H)
        deltas = self._deltas
        later = None if stop == len(deltas) else deltas[stop]
        for delta, step_slope in zip(reversed(deltas[start:stop].unbind()), reversed(slope.unbind()), strict=True):
            if later is not None:
                delta.baddbmm_(later, recurrent)
            later = delta.mul_(step_slope)
        self._back_to -= count
        if start == 0:
            self._grad_w1 = _outer_sum(self._xh[first : first + len(deltas)], deltas)
        return count

    def _move_weights(self) -> None:
        self.network.w1.grad, self.network.w2.grad = self._prepared_gradients()
        self._optimizer.param_groups[0]["lr"] = self._schedule.rate
        self._optimizer.step()
        if self.time_step < len(self._inputs):
            self._phase = _Phase.FORWARD
            self._update_at = min(self.time_step + self._k1, len(self._inputs))
        else:
            self._begin_validation(self._context().clone())

    def _prepared_gradients(self) -> tuple[Tensor, Tensor]:
        """Shorten each network's gradient, and add the weights' decay."""
        w1, w2, clip, decay = self._grad_w1, self._grad_w2, self._config.clip_norm, self._config.weight_decay
        if clip > 0:
            norm = (w1.square().sum(dim=(1, 2)) + w2.square().sum(dim=(1, 2))).sqrt()  # (N,)
            factor = (clip / (norm + 1e-6)).clamp(max=1.0)[:, None, None]
            w1, w2 = w1 * factor, w2 * factor
        if decay > 0:
            w1, w2 = w1 + decay * self.network.w1, w2 + decay * self.network.w2
        return w1, w2

    def _minimize_once(self) -> int:
        """One iteration of L-BFGS, which asks for loss and gradient as often as it needs."""
        first: tuple[Tensor, Tensor] | None = None

        def loss_and_gradient() -> Tensor:
            nonlocal first
            self._restart_epoch()
            while self._phase is _Phase.FORWARD:
                self._forward(len(self._inputs))
            self._backward(self._back_to - self._window_start)
            self.network.w1.grad, self.network.w2.grad = self._grad_w1, self._grad_w2
            first = first or (self._loss, self._context().clone())
            return self._loss.sum()

        self._optimizer.param_groups[0]["lr"] = self._schedule.rate
        self._optimizer.step(loss_and_gradient)  # type: ignore[arg-type]  # torch.optim takes tensors too
        assert first is not None
        # The last pass may have been a trial that the line search refused.
        self._loss, context = first
        self._begin_validation(context)
        return len(self._inputs)

    def _begin_validation(self, context: Tensor) -> None:
        self._phase = _Phase.VALIDATION
        self._carried = self._validation_context = context
        self._validation_loss = torch.zeros_like(self._loss)
        self._validated = 0
        if not len(self._validation_inputs):
            self._end_epoch()

    def _validate(self) -> int:
        """Predict some steps of the validation part, going on from the training part's context."""
        count = min(_VALIDATION_STEPS, len(self._validation_inputs) - self._validated)
        steps = slice(self._validated, self._validated + count)
        hidden, y = self.network.forward(self._validation_inputs[steps], self._validation_context)
        target = self._validation_targets[steps]
        each = losses(y, target, self.network.config.output, self._config.loss)
        self._validation_loss += each.sum(dim=0, dtype=self._sum_dtype)
        self._validation_context = hidden[-1]
        self._validated += count
        if self._validated == len(self._validation_inputs):
            self._end_epoch()
        return count

    def _end_epoch(self) -> None:
        if not _all_finite(self._loss, self._validation_loss, self.network.w1, self.network.w2):
            self.diverged = True
            return
        self.epoch += 1
        with_validation = len(self._validation_inputs) > 0
        self._ended.append((self._loss, self._validation_loss if with_validation else None))
        if with_validation:
            self._keep_best()
        if not self._schedule.is_constant:
            judged = self._validation_loss if with_validation else self._loss
            self._schedule.observe(judged.cpu().double().numpy()[None])
        if not self._config.carries_context:
            self._carried = self._initial_context()
        self._begin_epoch()

    def _keep_best(self) -> None:
        w1, w2, loss = self.network.w1, self.network.w2, self._validation_loss
        epochs = torch.full_like(loss, self.epoch)
        if self._best is None:
            self._best = (epochs, loss.clone(), w1.clone(), w2.clone())
            self._patience_from = self.epoch
            return
        better = loss < self._best[1]
        if bool(better.any()):
            self._patience_from = self.epoch
            now = (epochs, loss, w1, w2)
            self._best = tuple(  # type: ignore[assignment]
                torch.where(better.reshape(-1, *[1] * (new.dim() - 1)), new, old)
                for new, old in zip(now, self._best, strict=True)
            )
        patience = self._config.patience
        self.out_of_patience = 0 < patience <= self.epoch - self._patience_from

    # -- memory ---------------------------------------------------------------------------------

    @property
    def _sum_dtype(self) -> torch.dtype:
        return torch.float32 if self.network.w1.device.type == "mps" else torch.float64

    @property
    def _block(self) -> int:
        """Steps since the update before the next one: k1, or what is left of the epoch."""
        start = (self._update_at - 1) // self._k1 * self._k1
        return self._update_at - start

    def _series(self, series: Series) -> _DeviceSeries:
        vectors = torch.from_numpy(series.vectors).to(self.network.w1)
        return _DeviceSeries(vectors, torch.from_numpy(series.rows.copy()).to(vectors.device))

    def _initial_context(self) -> Tensor:
        return self.network.initial_context(self._inputs.sequences)  # (N, B, H)

    def _restored(self, context: NDArray[np.floating]) -> Tensor:
        if not self._config.carries_context:
            return self._initial_context()
        return torch.from_numpy(np.asarray(context)).to(self.network.w1)  # (N, B, H)

    def _context(self) -> Tensor:
        """(N, B, H): the state after the last step forward."""
        return self._xh[self.time_step - self._base, :, :, self._context_columns]

    def _make_buffers(self) -> None:
        """Make room for xh, the input of every step in reach; the last column stays 1 with biases.

        h_t stands only once, as the context of step t + 1.
        """
        config, steps = self.network.config, len(self._inputs)
        self._context_columns = slice(config.inputs, config.inputs + config.hidden)
        self._capacity = min(steps, self._k2 + max(self._k1, _SPARE_STEPS))
        ensemble = (self.network.networks, self._inputs.sequences)
        self._xh = torch.ones(
            (self._capacity + 1, *ensemble, config.input_rows),
            dtype=self.network.w1.dtype,
            device=self.network.w1.device,
        )

    def _fill_buffer(self, base: int, context: Tensor) -> None:
        self._base = base
        self._xh[0, :, :, self._context_columns] = context
        self._fill_inputs(0)

    def _fill_inputs(self, start: int) -> None:
        inputs = self._inputs[self._base + start : self._base + self._capacity]
        self._xh[start : start + len(inputs), :, :, : self.network.config.inputs] = inputs

    def _roll_buffer(self) -> None:
        """Move the steps that the next window may reach to the buffer's beginning."""
        gone = self._capacity - self._k2
        self._xh[: self._k2 + 1] = self._xh[gone:].clone()
        self._base += gone
        self._fill_inputs(self._k2)

    def _progress(self, forward_steps: int) -> Progress:
        def stacked(curves: list[Tensor]) -> NDArray[np.float64]:
            if not curves:
                return np.empty((0, self.network.networks))
            return torch.stack(curves).cpu().double().numpy()  # (E, N)

        train = [train for train, _ in self._ended]
        validation = [loss for _, loss in self._ended if loss is not None]
        return Progress(forward_steps, stacked(train), stacked(validation) if len(self._validation_inputs) else None)


@dataclass(frozen=True)
class _DeviceSeries:
    """A series on the network's device, written out only where it is looked at."""

    vectors: Tensor
    rows: Tensor

    @property
    def sequences(self) -> int:
        """B."""
        return self.rows.shape[1]

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, steps: slice) -> Tensor:
        """Return some steps, (n, N = 1, B, C)."""
        return self.vectors[self.rows[steps]][:, None]


def _steps(count: UpdateEvery, steps: int) -> int:
    return count if isinstance(count, int) else steps


def _all_finite(*tensors: Tensor) -> bool:
    return all(bool(torch.isfinite(tensor).all()) for tensor in tensors)


def _outer_sum(left: Tensor, right: Tensor) -> Tensor:
    """Sum left^T @ right over time and sequences: (n, N, B, P), (n, N, B, Q) -> (N, P, Q)."""
    if len(left) == 1:
        return left[0].mT @ right[0]
    left, right = (side.transpose(0, 1).flatten(1, 2) for side in (left, right))  # (N, n * B, ·)
    return left.mT @ right
