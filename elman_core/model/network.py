"""ElmanNetwork: the equations of a simple recurrent network in tensors, and nothing else."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from elman_core.config import Activation, Initialization, NetworkConfig, Output, Precision
from elman_core.model.functions import activated, output_of
from elman_core.support.jobs import Job, complete

__all__ = ["ElmanNetwork", "activate", "output"]

Array = NDArray[np.floating[Any]]
_DRAWN_AT_ONCE = 2**14
"""Weights; they take about a millisecond."""
_DTYPES = {Precision.SINGLE: torch.float32, Precision.DOUBLE: torch.float64}


class ElmanNetwork:
    r"""An ensemble of N Elman networks (Elman 1990; N = 1 is a single one).

    For one time step, with f the activation and g the output function::

        xh      = cat(x, context [, 1])               (N, B, I + H [+ 1])
        context = f(xh @ w1)                          (N, B, H)
        y       = g(cat(context [, x] [, 1]) @ w2)    (N, B, O)

    B is the number of sequences that run side by side. With direct connections the inputs go to the outputs as well.

    Attributes
    ----------
    w1 : (N, I + H [+ 1], H)
        Rows in the order input, context, bias.
    w2 : (N, H [+ I] [+ 1], O)
        Rows in the order hidden, input, bias.
    """

    def __init__(self, config: NetworkConfig, w1: Tensor, w2: Tensor) -> None:
        self.config = config
        self.w1 = w1
        self.w2 = w2

    @classmethod
    def initialized(
        cls,
        config: NetworkConfig,
        seed: int,
        *,
        networks: int = 1,
        precision: Precision = Precision.SINGLE,
        device: torch.device | str = "cpu",
    ) -> ElmanNetwork:
        """Draw initial weights; network n of the ensemble is the single one of seed + n.

        w1 is drawn first, then w2, each in float32 on the CPU, so that the same seed gives the same
        weights in either precision and on every device, and those of the tutorial after
        `torch.manual_seed(seed)`. Direct connections are 0, and the others as they are without them.
        """
        return complete(cls.draw(config, seed, networks=networks, precision=precision, device=device))

    @classmethod
    def draw(
        cls,
        config: NetworkConfig,
        seed: int,
        *,
        networks: int = 1,
        precision: Precision = Precision.SINGLE,
        device: torch.device | str = "cpu",
    ) -> Job[ElmanNetwork]:
        """Draw initial weights as `initialized` does, some networks at a time; of many it takes minutes."""
        dtype, rows = _DTYPES[precision], config.hidden + int(config.biases)
        w1 = torch.empty((networks, config.input_rows, config.hidden), dtype=dtype)
        w2 = torch.empty((networks, config.output_rows, config.outputs), dtype=dtype)
        at_once, (into, out) = max(1, _DRAWN_AT_ONCE // config.weight_count), config.spreads
        generator, drawn1 = torch.Generator(), torch.empty((config.input_rows, config.hidden))
        drawn2 = torch.empty((rows, config.outputs))
        for n in range(networks):
            if n % at_once == 0:
                yield n / networks
            generator.manual_seed(seed + n)
            w1[n] = _draw(drawn1, config.initialization, into, generator)
            w2[n] = _with_direct(config, _draw(drawn2, config.initialization, out, generator))
        return cls(config, w1.to(device), w2.to(device))

    @property
    def networks(self) -> int:
        """N, the size of the ensemble."""
        return self.w1.shape[0]

    def initial_context(self, sequences: int = 1) -> Tensor:
        """Return the context units' state before the first time step, (N, B, H)."""
        shape = (self.networks, sequences, self.config.hidden)
        return torch.full(shape, self.config.initial_context, dtype=self.w1.dtype, device=self.w1.device)

    def forward(self, inputs: Tensor, context: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Run through a whole sequence.

        Parameters
        ----------
        inputs : (T, N, B, I)
            A 1 in place of N or B is used for all of them.
        context : (N, B, H)
            State before the first step; the network's initial context if None.

        Returns
        -------
        hidden : (T, N, B, H)
        outputs : (T, N, B, O)
        """
        config = self.config
        if context is None:
            context = self.initial_context(inputs.shape[2])
        recurrent = self.w1[:, config.inputs : config.inputs + config.hidden]  # (N, H, H)
        drive = inputs @ self.w1[:, : config.inputs]  # (T, N, B, H): the part without recurrence, all at once
        if config.biases:
            drive = drive + self.w1[:, -1:]
        hidden = drive.new_empty((len(drive), *context.shape))  # (T, N, B, H)
        if self.is_single_cpu(context) and not (drive.requires_grad or context.requires_grad):
            _run_single(drive.numpy(), context.numpy(), recurrent[0].numpy(), config.activation, hidden.numpy())
            return hidden, self.read_out(hidden, inputs)
        for t, step_drive in enumerate(drive):
            z = torch.baddbmm(step_drive, self._context_hook(context), recurrent)
            context = self._hidden_hook(activate(z, config.activation))
            hidden[t] = context
        return hidden, self.read_out(hidden, inputs)

    _hooks_change_nothing = True
    """Whether `_context_hook` and `_hidden_hook` return their argument as it is, as they do here."""

    def is_single_cpu(self, context: Tensor) -> bool:
        """Whether numpy is the faster way: one network and one sequence, on the CPU."""
        return self._hooks_change_nothing and context.numel() == self.config.hidden and context.device.type == "cpu"

    def run_single_closed_loop(self, value: Tensor, context: Tensor, hidden: Tensor, outputs: Tensor) -> None:
        """Fill hidden (T, 1, 1, H) and outputs (T, 1, 1, O) of a run whose outputs go in again, from an input on."""
        config = self.config
        w1, w2 = self.w1[0].numpy(), self.w2[0].numpy()
        x, state = value.numpy().reshape(-1), context.numpy().reshape(-1)
        entering = np.ones(config.input_rows, w1.dtype)
        leaving = np.ones(config.output_rows, w2.dtype)
        states, ys = hidden.numpy().reshape(len(hidden), -1), outputs.numpy().reshape(len(outputs), -1)
        with np.errstate(over="ignore", invalid="ignore"):
            for state_after, y in zip(states, ys, strict=True):
                entering[: config.inputs] = x
                entering[config.inputs : config.inputs + config.hidden] = state
                activated(entering @ w1, config.activation, state_after)
                leaving[: config.hidden] = state_after
                if config.direct:
                    leaving[config.hidden : config.hidden + config.inputs] = x
                y[:] = output_of(leaving @ w2, config.output)
                x, state = y, state_after

    def _context_hook(self, context: Tensor) -> Tensor:
        """Return what the context units give to the hidden units."""
        return context

    def _hidden_hook(self, hidden: Tensor) -> Tensor:
        """Return what the hidden units give to the output and, at the next step, to the context units."""
        return hidden

    def read_out(self, hidden: Tensor, inputs: Tensor | None = None) -> Tensor:
        """Return the outputs (..., N, B, O) of hidden states (..., N, B, H).

        With direct connections the inputs (..., N or 1, B or 1, I) of the same steps are needed too.
        """
        config = self.config
        z = hidden @ self.w2[:, : config.hidden]
        if config.direct:
            assert inputs is not None, "direct connections need the inputs"
            z = z + inputs @ self.w2[:, config.hidden : config.hidden + config.inputs]
        if self.config.biases:
            z = z + self.w2[:, -1:]
        return output(z, self.config.output)


def _run_single(drive: Array, context: Array, recurrent: Array, activation: Activation, hidden: Array) -> None:
    """Fill `hidden` for one network and one sequence, where a call of numpy takes a fifth of a call of torch's time."""
    states = hidden.reshape(len(hidden), -1)  # (T, H), in the same memory
    state, z = context.reshape(-1), np.empty_like(states[0])
    with np.errstate(over="ignore", invalid="ignore"):
        for step_drive, state_after in zip(drive.reshape(len(drive), -1), states, strict=True):
            np.dot(state, recurrent, out=z)
            np.add(z, step_drive, out=z)
            activated(z, activation, state_after)
            state = state_after


def activate(z: Tensor, activation: Activation) -> Tensor:
    """Apply the hidden units' function."""
    match activation:
        case Activation.TANH:
            return torch.tanh(z)
        case Activation.LOGISTIC:
            return torch.sigmoid(z)
        case Activation.RELU:
            return torch.relu(z)


def output(z: Tensor, function: Output) -> Tensor:
    """Apply the output units' function."""
    match function:
        case Output.LINEAR:
            return z
        case Output.LOGISTIC:
            return torch.sigmoid(z)
        case Output.SOFTMAX:
            return torch.softmax(z, dim=-1)


def _with_direct(config: NetworkConfig, w2: Tensor) -> Tensor:
    """Put the rows of direct connections, which are 0, between those of the hidden units and the bias."""
    if not config.direct:
        return w2
    return torch.cat([w2[: config.hidden], torch.zeros(config.inputs, config.outputs), w2[config.hidden :]])


def _draw(weights: Tensor, kind: Initialization, spread: float, generator: torch.Generator) -> Tensor:
    if kind is Initialization.NORMAL:
        return weights.normal_(0.0, spread, generator=generator)
    return weights.uniform_(-spread, spread, generator=generator)
