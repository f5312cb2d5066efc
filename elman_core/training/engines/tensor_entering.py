"""Full BPTT with noise on the inputs, or the network's own outputs among them, in tensors."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from elman_core.config import TrainingConfig
from elman_core.model.network import ElmanNetwork, activate
from elman_core.training.engines.entering import closed_at, noise_at
from elman_core.training.engines.gradients import activation_slope, losses, output_delta, through_output, weighted
from elman_core.training.engines.tensor_data import DeviceSteps, sum_dtype

__all__ = ["loss_and_gradients"]

Integers = NDArray[np.int64]


def loss_and_gradients(
    network: ElmanNetwork,
    config: TrainingConfig,
    steps: DeviceSteps,
    sequences: Integers,
    starts: Integers,
    members: Integers,
    epoch: int,
    scale: Tensor,
) -> tuple[Tensor, Tensor, Tensor]:
    r"""Return loss (n,) and gradients of w1 and w2 of a batch, the gradients times a scale (n,).

    With u_t the noise, and c_t whether the last output enters::

        x_t = (c_t ? y_{t-1} : input_t) + u_t
        d loss / d y_t = e_t + (c_{t+1} ? delta_{t+1} W_xh^T + d_{t+1} W_xy^T : 0)

    where delta is d loss / d z of the hidden units, and d that of the outputs.

    Parameters
    ----------
    sequences : (n, B)
        Those that each network learns from.
    starts : (S + 1,)
        The first step of each, and that after the last.
    members : (n,)
        Which networks of the ensemble they are.
    """
    sizes, like = network.config, network.w1
    lengths = np.diff(starts)[sequences]  # (n, B)
    time = np.arange(lengths.max())[:, None, None]
    is_there = time < lengths  # (T, n, B)
    places = torch.from_numpy(starts[sequences] + np.minimum(time, lengths - 1)).to(like.device)
    closed, noise = np.zeros(is_there.shape, np.bool_), np.zeros((*is_there.shape, sizes.inputs))
    for n, member in enumerate(members.tolist()):
        for b, sequence in enumerate(sequences[n].tolist()):
            count = int(lengths[n, b])
            closed[:count, n, b] = closed_at(config, count)
            noise[:count, n, b] = noise_at(config, member, epoch, sequence, count, sizes.inputs)
    enters_closed, there = (torch.from_numpy(mask).to(like.device)[..., None] for mask in (closed, is_there))
    weights = there[..., 0].to(like)
    if steps.weights is not None:
        weights = weights * steps.weights[places]
    inputs, added = steps.inputs[steps.input_rows[places, 0]], torch.from_numpy(noise).to(like)  # (T, n, B, I)
    target = steps.targets[steps.target_rows[places, 0]]  # (T, n, B, O)
    into, recurrent, out = _parts(network)
    state, y = network.initial_context(sequences.shape[1]), target.new_zeros(target.shape[1:])
    entered: list[Tensor] = []
    states, ys = [state], [y][:0]
    for t in range(len(inputs)):
        x = (torch.where(enters_closed[t], y, inputs[t]) if closed[t].any() else inputs[t]) + added[t]
        z = x @ into + state @ recurrent
        state = activate(z + network.w1[:, -1:] if sizes.biases else z, sizes.activation)
        state = state.masked_fill(~there[t], 0.0)  # what is not there must not overflow: 0 times infinity is not 0
        y = network.read_out(state, x)
        for kept, value in ((entered, x), (states, state), (ys, y)):
            kept.append(value)
    all_y = torch.stack(ys)
    each = weighted(losses(all_y, target, sizes.output, config.loss), weights)
    errors = output_delta(all_y, target, sizes.output, config.loss)
    errors = weighted(errors, weights[..., None]) * scale[:, None, None]
    deltas: list[Tensor] = []
    later = back = None
    for t in reversed(range(len(inputs))):
        if back is not None and closed[t + 1].any():
            errors[t] += through_output(torch.where(enters_closed[t + 1], back, 0.0), ys[t], sizes.output)
        delta = errors[t] @ out.mT
        if later is not None:
            delta = delta + later @ recurrent.mT
        later = delta * activation_slope(states[t + 1], sizes.activation)
        deltas.append(later)
        if closed[t].any():
            back = later @ into.mT
            if sizes.direct:
                back = back + errors[t] @ network.w2[:, sizes.hidden : sizes.hidden + sizes.inputs].mT
    x_t, h_t, delta_t = torch.stack(entered), torch.stack(states), torch.stack(deltas[::-1])
    w1 = [_summed(x_t, delta_t), _summed(h_t[:-1], delta_t)]
    w2 = [_summed(h_t[1:], errors), *([_summed(x_t, errors)] if sizes.direct else [])]
    if sizes.biases:
        w1.append(delta_t.sum(dim=(0, 2))[:, None])
        w2.append(errors.sum(dim=(0, 2))[:, None])
    return each.sum(dim=(0, 2), dtype=sum_dtype(each)), torch.cat(w1, dim=1), torch.cat(w2, dim=1)


def _parts(network: ElmanNetwork) -> tuple[Tensor, Tensor, Tensor]:
    """Return the weights from inputs and from context to the hidden units, and from these to the outputs."""
    sizes = network.config
    into, recurrent = network.w1[:, : sizes.inputs], network.w1[:, sizes.inputs : sizes.inputs + sizes.hidden]
    return into, recurrent, network.w2[:, : sizes.hidden]


def _summed(left: Tensor, right: Tensor) -> Tensor:
    """Sum left^T right over time and sequences: (T, n, B, P), (T, n, B, Q) -> (n, P, Q)."""
    return torch.einsum("tnbp,tnbq->npq", left, right)
