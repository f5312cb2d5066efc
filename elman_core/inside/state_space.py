"""The hidden units' state as a path in space: its principal components, and where the free run would go from there."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from elman_core.engines.gradients import activation_slope
from elman_core.inside.seen import FixedPoints, Projection, StateSpace
from elman_core.network import ElmanNetwork
from elman_core.updates import Response

__all__ = [
    "fixed_points",
    "free_running_step",
    "principal_components",
    "state_space",
]

_COMPONENTS = 3
_STATES_FITTED = 2_000
_FIELD_POINTS = 13
_STARTS = 24
_NEWTON_STEPS = 30
_LARGEST_FOR_FIXED_POINTS = 128

Array = NDArray[np.float64]


def state_space(network: ElmanNetwork, response: Response, like: Projection | None = None) -> StateSpace:
    """Look at network 0; where `like` is given, components keep its signs, so that a moving picture does not flip."""
    hidden, free = response.hidden.astype(np.float64), response.free_hidden.astype(np.float64)
    projection = principal_components(hidden if len(hidden) else free, like)
    states = projection.of(hidden)
    maps_to_itself = network.config.inputs == network.config.outputs
    at = _grid(states if len(states) else projection.of(free))
    field = np.zeros_like(at)
    points = FixedPoints(np.empty((0, network.config.hidden)), np.empty(0, np.bool_))
    if maps_to_itself and len(at):
        whole = projection.mean + at @ projection.components
        field = projection.of(free_running_step(network, whole)) - at
        points = fixed_points(network, hidden)
    return StateSpace(
        projection, response.first_row - 1, states, response.free_run_row - 1, projection.of(free), points, at, field
    )


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


@torch.no_grad()
def free_running_step(network: ElmanNetwork, states: Array) -> Array:
    """Return h' = f(cat(y(h), h [, 1]) @ w1) for states h (S, H): one step on the network's own prediction."""
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
    alone = ElmanNetwork(config, network.w1[:1].double().cpu(), network.w2[:1].double().cpu())
    chosen = np.linspace(0, len(finite) - 1, _STARTS).astype(int)
    h = np.unique(np.vstack([finite[chosen], finite.mean(axis=0), np.zeros(config.hidden)]), axis=0)
    identity = np.eye(config.hidden)
    for _ in range(_NEWTON_STEPS):
        step = free_running_step(alone, h) - h
        if np.abs(step).max() < 1e-12:
            break
        try:
            h = h + np.linalg.solve(identity - _jacobians(alone, h), step[..., None])[..., 0]
        except np.linalg.LinAlgError:
            return nothing
        h = np.clip(np.nan_to_num(h, posinf=1e6, neginf=-1e6), -1e6, 1e6)
    found = h[np.abs(free_running_step(alone, h) - h).max(axis=1) < 1e-8]
    distinct: list[Array] = []
    for point in found:
        if all(np.abs(point - other).max() > 1e-5 for other in distinct):
            distinct.append(point)
    if not distinct:
        return nothing
    points = np.array(distinct)
    return FixedPoints(points, np.abs(np.linalg.eigvals(_jacobians(alone, points))).max(axis=1) < 1)


def _jacobians(network: ElmanNetwork, states: Array) -> Array:
    """(S, H, H): d h'_i / d h_j of the free-running map; what goes through the outputs is left to autograd."""
    config = network.config
    h = torch.from_numpy(np.ascontiguousarray(states))[None]  # (1, S, H)
    recurrent = network.w1[0, config.inputs : config.inputs + config.hidden]  # (H, H), row: from
    with torch.enable_grad():
        read = h.clone().requires_grad_()
        y = network.read_out(read)
        of_output = torch.stack(
            [torch.autograd.grad(y[..., o].sum(), read, retain_graph=True)[0][0] for o in range(config.outputs)], dim=1
        )  # (S, O, H): d y_o / d h_j
    after = torch.from_numpy(free_running_step(network, states))
    slope = activation_slope(after, config.activation)  # (S, H)
    inner = recurrent.T + torch.einsum("oi,soj->sij", network.w1[0, : config.inputs], of_output)
    return (slope[:, :, None] * inner).numpy()


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
