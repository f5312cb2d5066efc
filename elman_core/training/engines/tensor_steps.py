"""Truncated BPTT(k1, k2) step by step through one sequence after another, in tensors."""

from __future__ import annotations

from bisect import bisect_right

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from elman_core.config import ALL, SEQUENCE, TrainingConfig
from elman_core.model.network import ElmanNetwork, activate
from elman_core.training.engines.gradients import activation_slope, losses, output_delta, weighted
from elman_core.training.engines.sequences import Sequences
from elman_core.training.engines.tensor_data import DeviceSteps, Move, Within, outer_sum, sum_dtype, validated_sequences

__all__ = ["TruncatedBptt"]

_SPARE_STEPS = 4096
"""Time steps that the buffer holds beyond one window, so that it is rarely rolled."""


class TruncatedBptt:
    r"""Every k1 steps, propagate the loss of the last k1 steps back through the last k2 steps.

    With e_t = d loss_t / d z_t at the outputs, times the weight of step t, and f' the activation's slope, going back
    in time::

        delta_t = f'(h_t) * (e_t W2^T + delta_{t+1} W_hh^T)      e_t only for the last k1 steps
        grad w1 = sum over the window of xh_t^T delta_t          xh_t = cat(x_t, h_{t-1} [, 1])
        grad w2 = sum over the last k1 steps of cat(h_t [, x_t] [, 1])^T e_t

    Hidden states are those of the way forward, the weights are today's (Williams & Peng 1990). The steps are divided
    into segments, at the beginnings of sequences and where the context is reset: k1 is counted from the beginning of
    a segment, no window reaches beyond it, and what is left after its last whole k1 steps makes one shorter update.
    With k1 = all, the gradients of all segments make one update at the end of the epoch.
    """

    def __init__(self, steps: DeviceSteps, sequences: Sequences, config: TrainingConfig, move: Move) -> None:
        self._steps, self._config, self._move = steps, config, move
        training, reset = sequences.training, config.context_reset
        self._resets = reset == SEQUENCE or isinstance(reset, int)
        self._edges = training.segments(reset if isinstance(reset, int) else None).tolist()
        self._length = len(training)
        self._side_by_side = sequences.side_by_side_count
        longest = int(np.diff(self._edges).max())
        self._k1, self._k2 = (
            min(count, longest) if isinstance(count, int) else longest
            for count in (config.update_every, config.truncation)
        )
        self._capacity = min(self._length, self._k2 + max(self._k1, _SPARE_STEPS))
        # Where the training steps of each sequence end that is validated, in order: the states there are kept.
        ends = training.starts[1:][validated_sequences(sequences)].tolist()
        self._end_places = {end: place for place, end in enumerate(ends)}
        self._xh: Tensor | None = None

    def begin(
        self, network: ElmanNetwork, members: NDArray[np.int64], epoch: int, context: Tensor, within: Within | None
    ) -> None:
        """Begin an epoch with a context (n, B, H), or go on within one."""
        self._network = network
        self._make_buffer()
        if within is None:
            within = self._beginning(context)
        self.time_step = within.time_step
        self.loss, self._gradients, self._end_contexts = within.loss, within.gradients, within.end_contexts
        states = within.states[:, -(self._k2 + 1) :]
        self._fill_buffer(self.time_step - (states.shape[1] - 1), states)
        self._going_back = False
        self._plan_update()

    @property
    def done(self) -> bool:
        """Whether all training steps have been gone through, and the last update has been made."""
        return self.time_step == self._length and not self._going_back

    @property
    def work_due(self) -> int:
        """Units of work before the next time step forward."""
        return self._back_to - self._window_start if self._going_back else 0

    @property
    def context(self) -> Tensor:
        """(n, B, H): the state after the last step forward."""
        return self._buffer[self.time_step - self._base, :, :, self._context_columns]

    @property
    def end_contexts(self) -> Tensor:
        """(n, E, H): the state after the last training step of each sequence that is validated too."""
        return self._end_contexts

    def within(self) -> Within:
        """Return where it stands, on the way to an update."""
        now = self.time_step - self._base
        reach = slice(now - min(self.time_step - self._segment_start, self._k2), now + 1)
        states = self._buffer[reach, :, :, self._context_columns].transpose(0, 1)  # (n, steps, B, H)
        return Within(self.time_step, self.loss, states, self._gradients, self._end_contexts)

    def advance(self, work: int) -> tuple[int, int]:
        """Go forward up to the next update, or back from it; return the steps forward, and the work done."""
        if not self._going_back:
            done = self._forward(min(work, self._update_at - self.time_step))
            return done, done
        done = self._backward(min(work, self.work_due))
        if not self.work_due:
            self._end_block()
        return 0, done

    # -- forward --------------------------------------------------------------------------------

    def _plan_update(self) -> None:
        """Find the segment and the update that the next step belongs to, and reset the context where one begins."""
        if self.time_step == self._length:
            return
        place = bisect_right(self._edges, self.time_step) - 1
        self._segment_start, self._segment_end = self._edges[place : place + 2]
        self._block_start = self.time_step - (self.time_step - self._segment_start) % self._k1
        self._update_at = min(self._block_start + self._k1, self._segment_end)
        self._window_start = max(self._segment_start, self._update_at - self._k2)
        if self._resets and self.time_step == self._segment_start:
            self.context[:] = self._network.config.initial_context

    def _forward(self, count: int) -> int:
        """Go `count` steps forward in time, or as far as the buffer reaches."""
        if self.time_step == self._base + self._capacity:
            self._roll_buffer()
        count = min(count, self._base + self._capacity - self.time_step)
        start = self.time_step - self._base
        xh, w1, activation = self._buffer, self._network.w1, self._network.config.activation
        for i in range(start, start + count):
            xh[i + 1, :, :, self._context_columns] = activate(torch.bmm(xh[i], w1), activation)
        self.time_step += count
        if self.time_step == self._update_at:
            self._begin_backward()
        return count

    # -- back -----------------------------------------------------------------------------------

    # Sums over time are taken over a whole block or window at once: in pieces they would round otherwise,
    # and a run would depend on how its work was sliced.

    def _begin_backward(self) -> None:
        """Compute loss and e_t of the steps since the last update, and what they alone give."""
        config, loss = self._network.config, self._config.loss
        self._going_back, self._back_to = True, self._update_at
        block = slice(self._block_start, self._update_at)
        steps = self._update_at - self._block_start
        first = self._block_start - self._base
        hidden = self._buffer[first + 1 : first + steps + 1, :, :, config.inputs :]  # cat(h_t [, 1])
        inputs = self._buffer[first : first + steps, :, :, : config.inputs]
        y = self._network.read_out(hidden[..., : config.hidden], inputs)  # (k1, n, B, O)
        target, weights = self._steps.targets_at(block), self._steps.weights_at(block)
        each = losses(y, target, config.output, loss)
        errors = output_delta(y, target, config.output, loss)
        if weights is not None:
            each, errors = weighted(each, weights[:, None, None]), weighted(errors, weights[:, None, None, None])
        self.loss += each.sum(dim=(0, 2), dtype=self.loss.dtype)
        self._w2_gradient = outer_sum(hidden, errors)
        if config.direct:
            direct = outer_sum(inputs, errors)
            self._w2_gradient = torch.cat(
                [self._w2_gradient[:, : config.hidden], direct, self._w2_gradient[:, config.hidden :]], dim=1
            )
        window = self._update_at - self._window_start
        self._deltas = errors.new_zeros((window, *self.context.shape))  # (k2, n, B, H)
        torch.matmul(errors, self._network.w2[:, : config.hidden].mT, out=self._deltas[window - steps :])

    def _backward(self, count: int) -> int:
        """Go `count` steps back in time."""
        stop, start = self._back_to - self._window_start, self._back_to - self._window_start - count
        first = self._window_start - self._base
        hidden = self._buffer[first + start + 1 : first + stop + 1, :, :, self._context_columns]  # h_t is in row t + 1
        slope = activation_slope(hidden, self._network.config.activation)  # (count, n, B, H)
        recurrent = self._network.w1[:, self._context_columns].mT  # (n, H, H)
        deltas = self._deltas
        later = None if stop == len(deltas) else deltas[stop]
        for delta, step_slope in zip(reversed(deltas[start:stop].unbind()), reversed(slope.unbind()), strict=True):
            if later is not None:
                delta.baddbmm_(later, recurrent)
            later = delta.mul_(step_slope)
        self._back_to -= count
        return count

    def _end_block(self) -> None:
        """Apply the gradients, or add them up to the end of the epoch, and turn to the next steps."""
        first = self._window_start - self._base
        w1, w2 = outer_sum(self._buffer[first : first + len(self._deltas)], self._deltas), self._w2_gradient
        self._going_back = False
        place = self._end_places.get(self.time_step)
        if place is not None:
            self._end_contexts[:, place] = self.context[:, 0]
        if self._config.update_every == ALL:
            for total, gradient in zip(self._gradients, (w1, w2), strict=True):
                total += gradient
            if self.time_step == self._length:
                self._move(*self._gradients, 0, 1)
        else:
            self._move(w1, w2, 0, 1)
        self._plan_update()

    # -- memory ---------------------------------------------------------------------------------

    @property
    def _buffer(self) -> Tensor:
        assert self._xh is not None
        return self._xh

    def _beginning(self, context: Tensor) -> Within:
        network = self._network
        return Within(
            time_step=0,
            loss=torch.zeros(network.networks, dtype=sum_dtype(network.w1), device=network.w1.device),
            states=context[:, None],
            gradients=(torch.zeros_like(network.w1), torch.zeros_like(network.w2)),
            end_contexts=network.w1.new_zeros((network.networks, len(self._end_places), network.config.hidden)),
        )

    def _make_buffer(self) -> None:
        """Make room for xh, the input of every step in reach; the last column stays 1 with biases.

        h_t stands only once, as the context of step t + 1.
        """
        network, config = self._network, self._network.config
        shape = (self._capacity + 1, network.networks, self._side_by_side, config.input_rows)
        if self._xh is None or self._xh.shape != shape:
            self._context_columns = slice(config.inputs, config.inputs + config.hidden)
            self._xh = torch.ones(shape, dtype=network.w1.dtype, device=network.w1.device)

    def _fill_buffer(self, base: int, states: Tensor) -> None:
        self._base = base
        self._buffer[: states.shape[1], :, :, self._context_columns] = states.transpose(0, 1)
        self._fill_inputs(0)

    def _fill_inputs(self, start: int) -> None:
        stop = min(self._base + self._capacity, self._length)
        inputs = self._steps.inputs_at(slice(self._base + start, stop))
        self._buffer[start : start + len(inputs), :, :, : self._network.config.inputs] = inputs

    def _roll_buffer(self) -> None:
        """Move the steps that the next window may reach to the buffer's beginning."""
        gone = self._capacity - self._k2
        self._buffer[: self._k2 + 1] = self._buffer[gone:].clone()
        self._base += gone
        self._fill_inputs(self._k2)
