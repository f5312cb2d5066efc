"""Running a network over a dataset: its hidden states at every row, sequence by sequence, and the closed loop."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from elman_core.data.dataset import SequenceDataset
from elman_core.data.rollout import Rollout
from elman_core.model.network import ElmanNetwork
from elman_core.support.jobs import Job

__all__ = [
    "CHUNK_STEPS",
    "ClosedLoop",
    "ahead_of",
    "closed_loop",
    "contexts_before",
    "direct_ahead",
    "first_network",
    "hidden_of",
    "input_tensor",
    "members_of",
    "outputs_at",
    "run_rows",
    "side_by_side",
    "transformed_ahead_of",
    "transformed_ahead_of_each",
]

CHUNK_STEPS = 2_000
_NUMBERS_AT_ONCE = 4_000_000
_CHUNK_NUMBERS = 2_000_000
"""States and outputs of all networks, of the rows that are run at once."""

Array = NDArray[np.float64]
Integers = NDArray[np.int64]


def first_network(network: ElmanNetwork, member: int = 0) -> ElmanNetwork:
    """Return one network of an ensemble."""
    if network.networks == 1:
        return network
    return ElmanNetwork(network.config, network.w1[member : member + 1], network.w2[member : member + 1])


def members_of(network: ElmanNetwork, members: Integers | slice) -> ElmanNetwork:
    """Return some networks of an ensemble, as an ensemble."""
    return ElmanNetwork(network.config, network.w1[members], network.w2[members])


def input_tensor(network: ElmanNetwork, dataset: SequenceDataset, rows: Integers) -> Tensor:
    """Return what goes in at some rows, (n, N = 1, B = 1, I)."""
    return torch.from_numpy(dataset.step_inputs(rows)).to(network.w1)[:, None, None, :]


def outputs_at(network: ElmanNetwork, dataset: SequenceDataset, rows: Integers, hidden: Tensor) -> Array:
    """Return the outputs (n, N, O) of the hidden states (n, N, 1, H) of all networks at some rows."""
    inputs = input_tensor(network, dataset, rows) if network.config.direct else None
    with torch.no_grad():
        return np.asarray(network.read_out(hidden, inputs)[:, :, 0].double().cpu().numpy())


def run_rows(
    network: ElmanNetwork, dataset: SequenceDataset, first: int, stop: int
) -> Iterator[tuple[float, Integers, Tensor]]:
    """Feed rows first ... stop - 1 into all N networks, and give their hidden states (n, N, 1, H), some rows at a time.

    The context starts afresh at each sequence, and at `first`. Rows that a transform takes from the beginning of a
    sequence are left out. Yields the share done, the rows in their order and the states.
    """
    if not dataset.panel.has_several:
        context = network.initial_context()
        width = network.networks * (network.config.hidden + network.config.outputs)
        count = int(np.clip(_CHUNK_NUMBERS // width, 1, CHUNK_STEPS))
        for start in range(max(first, int(dataset.first_rows[0])), stop, count):
            rows = np.arange(start, min(start + count, stop))
            with torch.no_grad():
                hidden, _ = network.forward(input_tensor(network, dataset, rows), context)
            context = hidden[-1]
            yield (start - first) / (stop - first), rows, hidden
        return
    for done, starts, lengths in side_by_side(network, dataset, first, stop):
        longest = int(lengths.max())
        step = np.arange(longest)[:, None]
        inside = step < lengths  # (T, B)
        rows = np.where(inside, starts + step, starts)
        inputs = dataset.step_inputs(rows.ravel()).reshape(longest, 1, len(starts), -1)
        with torch.no_grad():
            hidden, _ = network.forward(torch.from_numpy(inputs).to(network.w1), network.initial_context(len(starts)))
        order = torch.from_numpy(np.argsort(rows[inside], kind="stable")).to(hidden.device)
        states = hidden.transpose(1, 2)[torch.from_numpy(inside).to(hidden.device)][order]  # (n, N, H)
        yield done, np.sort(rows[inside]), states[:, :, None]


def side_by_side(
    network: ElmanNetwork, dataset: SequenceDataset, first: int, stop: int
) -> Iterator[tuple[float, Integers, Integers]]:
    """Give groups of sequences of about the same length, by their first rows and lengths within the rows wanted.

    A group is as large as memory allows for all networks of an ensemble. Yields the share done, first rows and lengths.
    """
    starts = np.maximum(dataset.first_rows, first)
    lengths = np.minimum(dataset.panel.stops, stop) - starts
    order = np.argsort(-lengths, kind="stable")
    order = order[lengths[order] > 0]
    width = network.networks * (network.config.hidden + network.config.inputs + network.config.outputs)
    done = 0
    while done < len(order):
        longest = int(lengths[order[done]])
        count = max(1, _NUMBERS_AT_ONCE // (longest * width))
        # Not with sequences less than half as long, whose place beside the longest would be wasted.
        near = int(np.searchsorted(-lengths[order], -longest / 2, side="right"))
        some = order[done : max(min(done + count, near), done + 1)]
        yield done / len(order), starts[some], lengths[some]
        done += len(some)


def hidden_of(
    network: ElmanNetwork, dataset: SequenceDataset, first: int, stop: int
) -> Iterator[tuple[float, Tensor | None]]:
    """Gather the hidden states of rows first ... stop - 1, (n, 1, 1, H), NaN where a row is not run; the last has them.

    `first` begins with a fresh context.
    """
    states = network.w1.new_full((stop - first, 1, 1, network.config.hidden), float("nan"))
    for share, rows, hidden in run_rows(network, dataset, first, stop):
        states[torch.from_numpy(rows - first).to(states.device)] = hidden
        yield share, None
    yield 1.0, states


def contexts_before(network: ElmanNetwork, dataset: SequenceDataset) -> Job[Tensor]:
    """Return the state before each row, (R, H), from all true rows of its sequence before it."""
    initial = network.initial_context()
    states = network.w1.new_empty(0)
    for share, found in hidden_of(network, dataset, 0, dataset.rows):
        yield share
        states = states if found is None else found
    before = torch.cat([initial[None], states[:-1]])[:, 0, 0]
    before[torch.from_numpy(dataset.first_rows).to(states.device)] = initial[0]
    return before


@dataclass(frozen=True, eq=False)
class ClosedLoop:
    """What a network did that was fed with its own predictions.

    Attributes
    ----------
    predicted : (F, B, C)
        In the network's units.
    inputs : (F, B, I)
    outputs : (F, B, O)
    context : (N = 1, B, H)
        State after the last step.
    """

    predicted: Array
    inputs: Array
    outputs: Array
    context: Tensor


@torch.no_grad()
def closed_loop(
    network: ElmanNetwork, rollout: Rollout, context: Tensor, steps: int, states: Tensor | None = None
) -> ClosedLoop:
    """Feed the network with its own predictions.

    Parameters
    ----------
    rollout
        What goes in first at each of B origins, and after each prediction. It is moved on.
    context : (N = 1, B, H)
        State before that.
    states : (steps, N = 1, B, H), optional
        Filled with the hidden states on the way.
    """
    config, origins = network.config, context.shape[1]
    predicted = np.empty((steps, origins, rollout.columns))
    inputs = np.empty((steps, origins, config.inputs))
    outputs = np.empty((steps, origins, config.outputs))
    if rollout.is_plain and network.is_single_cpu(context) and steps:
        # Outputs go in as they are, so that one loop in numpy can do it all.
        states = context.new_empty((steps, *context.shape)) if states is None else states
        ys = context.new_empty((steps, 1, 1, config.outputs))
        inputs[0] = rollout.input()
        value = torch.from_numpy(rollout.input()).to(context)[None, None]
        network.run_single_closed_loop(value, context, states, ys)
        outputs[:] = predicted[:] = ys[:, 0].double().numpy()
        inputs[1:] = outputs[:-1]
        rollout.jump(predicted[-1], steps)
        return ClosedLoop(predicted, inputs, outputs, states[-1])
    for k in range(steps):
        inputs[k] = rollout.input()
        value = torch.from_numpy(inputs[k]).to(context)[None, None]  # (T = 1, N = 1, B, I)
        hidden, y = network.forward(value, context)
        context = hidden[0]
        if states is not None:
            states[k] = context
        outputs[k] = y[0, 0].double().cpu().numpy()
        predicted[k] = rollout.advance(outputs[k])
    return ClosedLoop(predicted, inputs, outputs, context)


def direct_ahead(dataset: SequenceDataset, origins: Integers, outputs: Array) -> Array:
    """Return the S steps that outputs (n, O) at some origins predict at once, (S, n, C), in the network's units."""
    ahead = dataset.encoding.decoded(outputs, dataset.targets_at(origins))
    return np.moveaxis(ahead, 1, 0)


def ahead_of(network: ElmanNetwork, dataset: SequenceDataset, origins: Integers, contexts: Tensor, steps: int) -> Array:
    """Predict the rows after some origins, the last known rows: (steps, n, C) in the data's own units.

    Parameters
    ----------
    contexts : (n, H)
        State before each origin.
    """
    return dataset.undo_ahead(transformed_ahead_of(network, dataset, origins, contexts, steps), origins)


def transformed_ahead_of(
    network: ElmanNetwork, dataset: SequenceDataset, origins: Integers, contexts: Tensor, steps: int
) -> Array:
    """Do as `ahead_of`, but leave the predictions in the network's units, as they come before transforms are undone.

    What the network predicts at once comes from its outputs at the origin, what is beyond from the closed loop.
    """
    count = 1 if steps <= dataset.encoding.steps else steps
    ran = closed_loop(network, Rollout(dataset, origins), contexts[None].contiguous(), count)
    return _with_those_at_once(dataset, origins, ran.outputs[0], ran.predicted, steps)


@torch.no_grad()
def transformed_ahead_of_each(
    network: ElmanNetwork, dataset: SequenceDataset, origins: Integers, contexts: Tensor, steps: int
) -> Array:
    """Do the same with N networks side by side, each fed with its own predictions: (N, steps, n, C).

    Parameters
    ----------
    contexts : (N, n, H)
        State of each before each origin.
    """
    networks, count = contexts.shape[:2]
    every, context = np.tile(origins, networks), contexts
    rollout = Rollout(dataset, every)
    predicted, outputs = [], []
    for _ in range(1 if steps <= dataset.encoding.steps else steps):
        inputs = torch.from_numpy(rollout.input()).to(context).reshape(1, networks, count, -1)
        hidden, y = network.forward(inputs, context)
        context = hidden[0]
        outputs.append(y[0].reshape(networks * count, -1).double().cpu().numpy())
        predicted.append(rollout.advance(outputs[-1]))
    found = _with_those_at_once(dataset, every, outputs[0], np.stack(predicted), steps)
    return np.moveaxis(found.reshape(steps, networks, count, -1), 1, 0)


def _with_those_at_once(
    dataset: SequenceDataset, origins: Integers, outputs: Array, predicted: Array, steps: int
) -> Array:
    """Put the steps that the first outputs (n, O) predict at once before those of the closed loop, (F, n, C)."""
    if dataset.encoding.steps == 1:
        return predicted
    direct = direct_ahead(dataset, origins, outputs)
    return np.concatenate([direct, predicted[dataset.encoding.steps :]])[:steps]
