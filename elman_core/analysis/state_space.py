"""The hidden units' state as a path in space: its principal components, and where the free run would go from there."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from elman_core.analysis.types import FixedPoints, Projection, StateSpace
from elman_core.config import Output
from elman_core.model.network import ElmanNetwork
from elman_core.training.engines.gradients import activation_slope
from elman_core.training.events import Response

__all__ = [
    "fixed_points",
    "free_running_step",
    "principal_components",
    "state_space",
]

_COMPONENTS = 3
_STATES_FITTED = 2_000
_STATES_SHOWN, _FREE_STATES_SHOWN = 2_000, 500
_FIELD_POINTS = 13
_STARTS = 24
_NEWTON_STEPS = 15
_LARGEST_FOR_FIXED_POINTS = 128

Array = NDArray[np.float64]


def state_space(
    network: ElmanNetwork, response: Response, like: Projection | None = None, *, maps_to_itself: bool = True
) -> StateSpace:
    """Look at network 0, at the last 2,000 states fed with the series and the first 500 of its free run.

    `maps_to_itself` says whether an output goes in again as it is, so that a state alone decides the next one.

    Where `like` is given, components keep its signs, so that a moving picture does not flip.
    """
    hidden = response.hidden[-_STATES_SHOWN:].astype(np.float64)
    free = response.closed_loop_hidden[:_FREE_STATES_SHOWN].astype(np.float64)
    projection = principal_components(hidden if len(hidden) else free, like)
    states = projection.of(hidden)
    maps_to_itself = maps_to_itself and not network.config.direct
    at = _grid((states if len(states) else projection.of(free))[: None if maps_to_itself else 0])
    field = np.zeros_like(at)
    points = FixedPoints(np.empty((0, network.config.hidden)), np.empty(0, np.bool_))
    if maps_to_itself and len(at):
        whole = projection.mean + at @ projection.components
        field = projection.of(free_running_step(network, whole)) - at
        points = fixed_points(network, hidden)
    first = response.first_row - 1 + len(response.hidden) - len(hidden)
    free_states = projection.of(free)
    return StateSpace(projection, first, states, response.closed_loop_row - 1, free_states, points, at, field)


def principal_components(states: NDArray[np.floating], like: Projection | None = None) -> Projection:
    """Find the directions of greatest variance, at most three; fewer where there are fewer units.

    States that are not finite are left out; of a long series, 2,000 states spread over it are used.
    """
    every = max(1, len(states) // _STATES_FITTED)
    sample = np.asarray(states[::every], np.float64)
    sample = sample[np.isfinite(sample).all(axis=1)]
    units = states.shape[1]
    count = min(_COMPONENTS, units)
    if not len(sample):
        return Projection(np.zeros(units), np.eye(count, units), np.zeros(count))
    mean = sample.mean(axis=0)
    values, vectors = np.linalg.eigh((sample - mean).T @ (sample - mean))
    components = vectors[:, ::-1].T[:count]  # (C, H), largest first
    total = float(values.sum())
    explained = np.maximum(values[::-1][:count], 0) / total if total > 0 else np.zeros(count)
    if like is not None and like.components.shape == components.shape:
        signs = np.sign((components * like.components).sum(axis=1))
    else:
        signs = np.sign(components[np.arange(count), np.abs(components).argmax(axis=1)])
    return Projection(mean, components * np.where(signs == 0, 1.0, signs)[:, None], explained)


def free_running_step(network: ElmanNetwork, states: Array) -> Array:
    """Return h' = f(cat(y(h), h [, 1]) @ w1) for states h (S, H): one step on the network's own prediction."""
    with torch.no_grad():
        context = torch.from_numpy(np.ascontiguousarray(states)).to(network.w1)[None]  # (N = 1, B = S, H)
        hidden, _ = network.forward(network.read_out(context)[None], context)
    return hidden[0, 0].double().cpu().numpy()


def fixed_points(network: ElmanNetwork, hidden: Array) -> FixedPoints:
    """Seek states with h = h' by Newton's method from states on the network's path, and the mean between them.

    Not every fixed point need be found. Above 128 hidden units none is sought.
    """
    config = network.config
    finite = hidden[np.isfinite(hidden).all(axis=1)]
    nothing = FixedPoints(np.empty((0, config.hidden)), np.empty(0, np.bool_))
    if config.hidden > _LARGEST_FOR_FIXED_POINTS or not len(finite) or not bool(torch.isfinite(network.w1).all()):
        return nothing
    run = _FreeRun(network)
    chosen = np.linspace(0, len(finite) - 1, _STARTS).astype(int)
    h = np.unique(np.vstack([finite[chosen], finite.mean(axis=0), np.zeros(config.hidden)]), axis=0)
    identity = np.eye(config.hidden)
    with np.errstate(over="ignore", invalid="ignore"):
        for _ in range(_NEWTON_STEPS):
            after, jacobians = run.step(h)
            if np.abs(after - h).max() < 1e-12:
                break
            try:
                h = h + np.linalg.solve(identity - jacobians, (after - h)[..., None])[..., 0]
            except np.linalg.LinAlgError:
                return nothing
            h = np.clip(np.nan_to_num(h, posinf=1e6, neginf=-1e6), -1e6, 1e6)
        after, jacobians = run.step(h)
    found = np.abs(after - h).max(axis=1) < 1e-8
    h, jacobians = h[found], jacobians[found]
    if not len(h):
        return nothing
    _, distinct = np.unique(np.round(h, 5), axis=0, return_index=True)
    return FixedPoints(h[distinct], np.abs(np.linalg.eigvals(jacobians[distinct])).max(axis=1) < 1)


class _FreeRun:
    """The free-running map of network 0 in float64, with its derivative."""

    def __init__(self, network: ElmanNetwork) -> None:
        self._network = ElmanNetwork(
            network.config, network.w1[:1].detach().double().cpu(), network.w2[:1].detach().double().cpu()
        )

    def step(self, states: Array) -> tuple[Array, Array]:
        """Return h' (S, H), and d h'_i / d h_j (S, H, H)."""
        network, config = self._network, self._network.config
        w1, w2 = network.w1[0].numpy(), network.w2[0].numpy()[: config.hidden]
        with torch.no_grad():
            y = network.read_out(torch.from_numpy(states)[None])[0].numpy()  # (S, O)
            after = free_running_step(network, states)
            slope = activation_slope(torch.from_numpy(after), config.activation).numpy()  # (S, H)
        match config.output:
            case Output.LINEAR:
                of_output = np.broadcast_to(w2.T, (len(y), *w2.T.shape))  # (S, O, H): d y_o / d h_j
            case Output.LOGISTIC:
                of_output = (y * (1 - y))[:, :, None] * w2.T
            case Output.SOFTMAX:
                of_output = y[:, :, None] * (w2.T - (y @ w2.T)[:, None, :])
        recurrent = w1[config.inputs : config.inputs + config.hidden]  # row: from
        inner = recurrent.T + np.einsum("oi,soj->sij", w1[: config.inputs], of_output)
        return after, slope[:, :, None] * inner


def _grid(states: Array) -> Array:
    """Lay a grid over the states in the plane of the first two components, with a little room around them."""
    finite = states[np.isfinite(states).all(axis=1)]
    if not len(finite) or states.shape[1] < 2:
        return np.empty((0, states.shape[1]))
    low, high = finite[:, :2].min(axis=0), finite[:, :2].max(axis=0)
    room = 0.15 * np.maximum(high - low, 1e-6)
    first, second = (np.linspace(low[axis] - room[axis], high[axis] + room[axis], _FIELD_POINTS) for axis in (0, 1))
    plane = np.stack(np.meshgrid(first, second), axis=-1).reshape(-1, 2)
    return np.hstack([plane, np.zeros((len(plane), states.shape[1] - 2))])
