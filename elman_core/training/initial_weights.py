"""What the weights of a network are before training."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from elman_core.config import Begin, NetworkConfig, TrainingConfig
from elman_core.experiment import Experiment, Weights
from elman_core.model.network import ElmanNetwork
from elman_core.support.jobs import Job, complete
from elman_core.training.engines.sequences import Sequences, Steps

__all__ = ["begin_as_chosen", "draw_networks", "initial_weights", "least_squares_weights"]

Array = NDArray[np.float64]
_ROWS_AT_ONCE = 20_000


def draw_networks(
    config: NetworkConfig, training: TrainingConfig, device: torch.device | str = "cpu"
) -> Job[ElmanNetwork]:
    """Draw the weights of each network, some at a time."""
    return ElmanNetwork.draw(
        config, training.seed, networks=training.networks, precision=training.precision, device=device
    )


def begin_as_chosen(network: ElmanNetwork, steps: Steps) -> ElmanNetwork:
    """Put least squares in place of the direct weights that were drawn, where networks begin at these."""
    config = network.config
    if config.begin is Begin.LEAST_SQUARES:
        direct = torch.from_numpy(least_squares_weights(config, steps)).to(network.w2)
        network.w2[:, : config.hidden] = 0.0
        network.w2[:, config.hidden :] = direct
    return network


def initial_weights(experiment: Experiment) -> Weights:
    """Return the weights that an experiment's training begins with."""
    steps = Sequences.of(experiment.dataset, experiment.training).training
    network = begin_as_chosen(complete(draw_networks(experiment.network, experiment.training)), steps)
    w1, w2 = network.w1.numpy(), network.w2.numpy()
    context = np.full((len(w1), experiment.network.hidden), experiment.network.initial_context, w1.dtype)
    return Weights(w1, w2, context)


def least_squares_weights(config: NetworkConfig, steps: Steps) -> Array:
    r"""Return the direct weights, and with biases the constant below them, of a linear model: (I [+ 1], O).

    With weights c_t of the steps, they make small::

        sum_t c_t |x_t W + b - y_t|^2 + ridge * sum_ij s_i^2 w_ij^2

    where s_i is the standard deviation of input i: the penalty is that of inputs of variance 1. The constant b is not
    penalised. Inputs that do not vary, or that others make up for, get no more weight than they need.
    """
    counted = np.flatnonzero(steps.weights > 0)
    weights = steps.weights[counted] / max(float(steps.weights[counted].mean()), 1e-300)
    size = config.inputs + int(config.biases)
    total = float(weights.sum())
    mean, target_mean = np.zeros(config.inputs), np.zeros(config.outputs)
    for some, x, y in _blocks(steps, counted):
        mean += weights[some] @ x / total
        target_mean += weights[some] @ y / total
    if not config.biases:
        mean[:], target_mean[:] = 0.0, 0.0
    squares, products = np.zeros((config.inputs, config.inputs)), np.zeros((config.inputs, config.outputs))
    for some, x, y in _blocks(steps, counted):
        off = (x - mean) * weights[some, None]
        squares += off.T @ (x - mean)
        products += off.T @ (y - target_mean)
    scale = np.sqrt(np.diag(squares) / total)
    scale[scale <= 1e-12 * max(float(scale.max(initial=0.0)), 1e-300)] = np.inf
    squares, products = squares / np.outer(scale, scale), products / scale[:, None]
    squares[np.diag_indices_from(squares)] += config.ridge
    solution = np.linalg.lstsq(squares, products, rcond=1e-12)[0] / scale[:, None]
    found = np.zeros((size, config.outputs))
    found[: config.inputs] = solution
    if config.biases:
        found[-1] = target_mean - mean @ solution
    return found


def _blocks(steps: Steps, counted: NDArray[np.int64]) -> list[tuple[slice, Array, Array]]:
    """Write the counted steps out, some at a time."""
    blocks = []
    for start in range(0, len(counted), _ROWS_AT_ONCE):
        some = counted[start : start + _ROWS_AT_ONCE]
        x = steps.inputs.vectors[steps.inputs.rows[some, 0]]
        y = steps.targets.vectors[steps.targets.rows[some, 0]]
        blocks.append((slice(start, start + len(some)), x, y))
    return blocks
