"""The recurrence as a dynamical system: eigenvalues, and how far back gradients reach."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from elman_core.analysis.types import Dynamics
from elman_core.config import Loss
from elman_core.model.network import ElmanNetwork
from elman_core.training.engines.gradients import activation_slope, output_delta

__all__ = ["dynamics", "gradient_reach", "recurrent_eigenvalues"]

_LONGEST_REACH = 60
_STEPS_LOOKED_AT = 200


def dynamics(
    network: ElmanNetwork,
    hidden: NDArray[np.floating],
    outputs: NDArray[np.floating],
    targets: NDArray[np.floating],
    loss: Loss,
    ages: NDArray[np.int64] | None = None,
) -> Dynamics:
    """Look at network 0: its states (T, H), its outputs (T, O), and what it should give, in its own units.

    `ages` (T,) are the steps that each has behind it in its sequence; without them there is one sequence.
    """
    return Dynamics(recurrent_eigenvalues(network), gradient_reach(network, hidden, outputs, targets, loss, ages))


def recurrent_eigenvalues(network: ElmanNetwork) -> NDArray[np.complex128]:
    """Return the eigenvalues of the recurrent weights, largest first; NaN where the weights are not finite."""
    config = network.config
    recurrent = network.w1[0, config.inputs : config.inputs + config.hidden].double().cpu().numpy()
    if not np.isfinite(recurrent).all():
        return np.full(config.hidden, np.nan + 0j)
    values = np.linalg.eigvals(recurrent).astype(np.complex128)
    return np.asarray(values[np.argsort(-np.abs(values), kind="stable")])


@torch.no_grad()
def gradient_reach(
    network: ElmanNetwork,
    hidden: NDArray[np.floating],
    outputs: NDArray[np.floating],
    targets: NDArray[np.floating],
    loss: Loss,
    ages: NDArray[np.int64] | None = None,
) -> NDArray[np.float64]:
    """Return the mean norm of d loss_t / d context_{t-k} for k = 0, 1, ...

    With a_k = d loss_t / d h_{t-k}, from a_0 = (d loss_t / d z_t) W2^T on::

        d loss_t / d context_{t-k} = (a_k * f'(h_{t-k})) W_hh^T = a_{k+1}

    The mean is taken over at most 200 time steps t, spread over those that have so many before them.
    """
    config = network.config
    ages = np.arange(len(hidden)) if ages is None else ages
    usable = np.flatnonzero(np.isfinite(hidden).all(axis=1) & np.isfinite(targets).all(axis=1))
    if not len(usable):
        return np.empty(0)
    longest = min(_LONGEST_REACH, int(ages[usable].max()) + 1)
    # So that every k is a mean over the same steps, wherever there are enough of them.
    first = min(longest, max(1, (int(ages[usable].max()) + 1) // 2)) - 1
    usable = usable[ages[usable] >= first]
    chosen = usable[np.unique(np.linspace(0, len(usable) - 1, _STEPS_LOOKED_AT).astype(int))]
    w1, w2 = network.w1[0].double().cpu(), network.w2[:1].double().cpu()
    recurrent = w1[config.inputs : config.inputs + config.hidden]
    states = torch.from_numpy(np.asarray(hidden, np.float64))
    y = torch.from_numpy(np.asarray(outputs, np.float64)[chosen])[None, None]  # (1, N = 1, B = S, O)
    target = torch.from_numpy(np.asarray(targets, np.float64)[chosen])[None, None]
    a = output_delta(y, target, config.output, loss)[0, 0] @ w2[0, : config.hidden].T  # (S, H)
    norms = np.empty(longest)
    steps, age = torch.from_numpy(chosen), torch.from_numpy(ages[chosen])
    for k in range(longest):
        known = age >= k
        a, steps, age = a[known], steps[known], age[known]
        a = (a * activation_slope(states[steps - k], config.activation)) @ recurrent.T
        norms[k] = float(a.norm(dim=1).mean())
    return norms
