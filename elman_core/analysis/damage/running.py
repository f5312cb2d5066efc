"""Running many networks side by side over the same steps."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from elman_core.analysis.damage.evaluation_data import EvaluationData, Stretch
from elman_core.config import NetworkConfig
from elman_core.model.network import ElmanNetwork, activate, output

__all__ = ["NUMBERS_AT_ONCE", "Noise", "RunBlock", "networks_at_once", "run_over"]

NUMBERS_AT_ONCE = 4_000_000
"""Hidden states and outputs of all networks that are held at once."""
_LEAST_STEPS = 64
"""Steps at once for which there should be room, so that products of matrices are large."""


class Noise:
    """What is added to the hidden units at each step: a_t = f(z_t) + level * deviation * e_t, with e_t from N(0, 1).

    Networks may share a draw, each with a level of its own. A draw does not depend on which networks are run
    beside, nor on how many steps are run at once.

    Parameters
    ----------
    generators : G
        One for each draw.
    draw_of : (n,)
        Which of the draws each network gets.
    sizes : (n, 1, H)
        level * deviation, of each network and unit.
    """

    def __init__(self, generators: Sequence[np.random.Generator], draw_of: NDArray[np.int64], sizes: Tensor) -> None:
        self._generators = generators
        self._draw_of = torch.from_numpy(draw_of)
        self._sizes = sizes

    def drawn(self, steps: int, sequences: int) -> Tensor:
        """Draw the next steps: (T, G, B, H)."""
        shape = (steps, sequences, self._sizes.shape[-1])
        draws = [torch.from_numpy(own.standard_normal(shape)).to(self._sizes) for own in self._generators]
        return torch.stack(draws, dim=1)

    def added(self, hidden: Tensor, drawn: Tensor) -> Tensor:
        """Return the hidden states (n, B, H) with one step of what was drawn, (G, B, H)."""
        return torch.addcmul(hidden, drawn[self._draw_of], self._sizes)


@dataclass(frozen=True, eq=False)
class RunBlock:
    """Some steps of a stretch, of all networks.

    Attributes
    ----------
    steps
        Which steps of the stretch.
    hidden : (n, T, B, H)
    outputs : (n, T, B, O)
    """

    stretch: Stretch
    steps: slice
    hidden: Tensor
    outputs: Tensor


def networks_at_once(network: ElmanNetwork, data: EvaluationData) -> int:
    """Return how many networks of this kind can be run at once within the memory for it, at least one."""
    of_states = data.side_by_side * _numbers_a_step(network.config, data) * _LEAST_STEPS
    of_sums = 3 * len(data.dataset.panel)
    return max(1, NUMBERS_AT_ONCE // max(of_states, of_sums, 2 * network.config.weight_count))


def _numbers_a_step(config: NetworkConfig, data: EvaluationData) -> int:
    """Return how many numbers there are at a step of one network and sequence: states, outputs, and symbols' shares."""
    return config.hidden + config.outputs + data.symbols


def run_over(network: ElmanNetwork, data: EvaluationData, noise: Noise | None = None) -> Iterator[RunBlock]:
    """Run N networks over the evaluation data, each sequence from a fresh context; give some steps at a time.

    As `ElmanNetwork.forward`, for inputs that all networks share: these go into all of them as one product of matrices.
    """
    w1_in = _entering(network)
    for stretch in data.stretches:
        sequences = stretch.rows.shape[1]
        width = network.networks * _numbers_a_step(network.config, data) + network.config.inputs
        at_once = max(1, NUMBERS_AT_ONCE // (width * sequences))
        context = network.initial_context(sequences)
        for start in range(0, len(stretch.rows), at_once):
            steps = slice(start, min(start + at_once, len(stretch.rows)))
            rows = stretch.rows[steps]
            inputs = torch.from_numpy(data.dataset.step_inputs(rows.ravel())).to(network.w1)  # (T * B, I)
            hidden = _states(network, inputs, w1_in, context, noise)
            context = hidden[:, -1]
            yield RunBlock(stretch, steps, hidden, _outputs(network, inputs, hidden))


def _entering(network: ElmanNetwork) -> Tensor:
    """Return the weights of what enters at a step, of all networks beside each other: (I [+ 1], N * H)."""
    config, w1 = network.config, network.w1
    rows = [w1[:, : config.inputs], *([w1[:, -1:]] if config.biases else [])]
    return torch.cat(rows, dim=1).permute(1, 0, 2).reshape(-1, network.networks * config.hidden)


@torch.no_grad()
def _states(network: ElmanNetwork, inputs: Tensor, w1_in: Tensor, context: Tensor, noise: Noise | None) -> Tensor:
    """Return the hidden states (N, T, B, H) from a context (N, B, H) on."""
    config = network.config
    networks, sequences, units = context.shape
    entering = torch.nn.functional.pad(inputs, (0, 1), value=1.0) if config.biases else inputs
    drive = (entering @ w1_in).reshape(-1, sequences, networks, units).transpose(1, 2)  # (T, N, B, H)
    recurrent = network.w1[:, config.inputs : config.inputs + units]  # (N, H, H)
    hidden = drive.new_empty((networks, len(drive), sequences, units))  # (N, T, B, H)
    drawn = None if noise is None else noise.drawn(len(drive), sequences)
    for t, step_drive in enumerate(drive):
        context = activate(torch.baddbmm(step_drive, context, recurrent), config.activation)
        if noise is not None and drawn is not None:
            context = noise.added(context, drawn[t])
        hidden[:, t] = context
    return hidden


@torch.no_grad()
def _outputs(network: ElmanNetwork, inputs: Tensor, hidden: Tensor) -> Tensor:
    """Return the outputs (N, T, B, O) of hidden states (N, T, B, H)."""
    config, w2 = network.config, network.w2
    networks, steps, sequences, units = hidden.shape
    seen = hidden.reshape(networks, steps * sequences, units)
    if config.biases:
        z = torch.baddbmm(w2[:, -1:], seen, w2[:, :units])
    else:
        z = torch.bmm(seen, w2[:, :units])
    if config.direct:
        direct = w2[:, units : units + config.inputs].permute(1, 0, 2).reshape(config.inputs, -1)
        z += (inputs @ direct).reshape(len(inputs), networks, -1).transpose(0, 1)
    return output(z, config.output).reshape(networks, steps, sequences, -1)
