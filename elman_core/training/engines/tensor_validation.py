"""The loss of the validation part, many sequences side by side, in tensors."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from elman_core.config import SEQUENCE, TrainingConfig
from elman_core.model.network import ElmanNetwork
from elman_core.training.engines.gradients import losses, weighted
from elman_core.training.engines.sequences import Sequences
from elman_core.training.engines.tensor_data import DeviceSteps, sum_dtype, validated_sequences

__all__ = ["Validation"]

Integers = NDArray[np.int64]

_STEPS_AT_ONCE = 256
"""Time steps that are predicted at once, whatever the slice of work."""
_NUMBERS_AT_ONCE = 2**22
"""Hidden states and outputs that this may take, so that many sequences do not fill the memory."""


class Validation:
    """Goes through the validation steps of all sequences with the weights at the end of an epoch.

    Those of a sequence go on with the state that its training steps ended with, or begin with the initial context
    where it has none, or where the context is reset every so many steps. With whole sequences as the rule of training,
    each is gone through from its beginning, and its training steps are not counted.
    """

    def __init__(self, steps: DeviceSteps, sequences: Sequences, config: TrainingConfig, network: ElmanNetwork) -> None:
        self._steps, self._config = steps, config
        sizes = network.config
        room = _STEPS_AT_ONCE * network.networks * (sizes.hidden + sizes.outputs)
        self._chunks = _chunks(_runs(sequences, config), max(1, _NUMBERS_AT_ONCE // room), network.w1)
        self.work_due = 0

    @property
    def is_part(self) -> bool:
        """Whether there is anything to validate on."""
        return bool(self._chunks)

    @property
    def is_under_way(self) -> bool:
        """Whether it has begun and not ended."""
        return self.work_due > 0

    def begin(self, network: ElmanNetwork, end_contexts: Tensor) -> None:
        """Begin with the weights of n networks, and the states (n, E, H) at the end of the `validated_sequences`."""
        self._network, self._end_contexts, self._next = network, end_contexts, 0
        self.loss = torch.zeros(network.networks, dtype=sum_dtype(network.w1), device=network.w1.device)
        self.work_due = sum(chunk.steps for chunk in self._chunks)

    def advance(self) -> int:
        """Predict some steps and return how many."""
        chunk, network = self._chunks[self._next], self._network
        inputs = self._steps.inputs[self._steps.input_rows[chunk.places, 0]][:, None]  # (t, N = 1, B, I)
        target = self._steps.targets[self._steps.target_rows[chunk.places, 0]][:, None]
        hidden, y = network.forward(inputs, self._beginning(chunk))
        each = losses(y, target, network.config.output, self._config.loss)  # (t, n, B)
        each = weighted(each, None if chunk.counts is None else chunk.counts[:, None])
        self.loss += weighted(each, self._weights(chunk)).sum(dim=(0, 2), dtype=self.loss.dtype)
        self._context = hidden[-1]
        self._next += 1
        self.work_due -= chunk.steps
        return chunk.steps

    def _weights(self, chunk: _Chunk) -> Tensor | None:
        weights = self._steps.weights_at(chunk.places)
        return None if weights is None else weights[:, None]

    def _beginning(self, chunk: _Chunk) -> Tensor:
        """Return the states (n, B, H) that a chunk's sequences begin with."""
        many = chunk.places.shape[1]
        if chunk.goes_on:
            return self._context[:, :many]
        context = self._network.initial_context(many)
        if chunk.after is not None:
            own, ends = chunk.after
            context[:, own] = self._end_contexts[:, ends]
        return context


@dataclass(frozen=True, eq=False)
class _Runs:
    """What is gone through in one piece: `before` steps that do not count, from places `start`, then `steps` that do.

    Attributes
    ----------
    before_start, before, start, steps : (R,)
        Places among all steps, those of training and then those of validation, and numbers of steps.
    after : (R,)
        Which of the states that training ended with each goes on from; -1 where it begins with the initial context.
    """

    before_start: Integers
    before: Integers
    start: Integers
    steps: Integers
    after: Integers

    @property
    def lengths(self) -> Integers:
        """(R,), all steps of each."""
        return np.asarray(self.before + self.steps)


@dataclass(frozen=True, eq=False)
class _Chunk:
    """Some time steps of some runs.

    Attributes
    ----------
    places : (t, B)
        Among all steps; any for a run that is shorter than the longest one here.
    counts : (t, B)
        1 for a step that counts; None if all do.
    goes_on
        Whether the runs go on from the chunk before this one.
    after
        Which runs go on from which states that training ended with; None if none does.
    steps
        How many there are.
    """

    places: Tensor
    counts: Tensor | None
    goes_on: bool
    after: tuple[Tensor, Tensor] | None
    steps: int


def _runs(sequences: Sequences, config: TrainingConfig) -> _Runs:
    training, validation = sequences.training, sequences.validation
    if config.update_every == SEQUENCE:
        some = np.flatnonzero(validation.lengths)
        return _Runs(
            before_start=training.starts[some],
            before=training.lengths[some],
            start=len(training) + validation.starts[some],
            steps=validation.lengths[some],
            after=np.full(len(some), -1),
        )
    every = config.context_reset if isinstance(config.context_reset, int) else None
    edges = validation.segments(every, training.lengths)
    start, steps = edges[:-1], np.diff(edges)
    sequence = np.searchsorted(validation.starts, start, side="right") - 1
    gone = training.lengths[sequence] + start - validation.starts[sequence]
    begins_afresh = gone == 0 if every is None else gone % every == 0
    after = np.where(begins_afresh, -1, np.searchsorted(validated_sequences(sequences), sequence))
    nothing = np.zeros_like(start)
    return _Runs(nothing, nothing, len(training) + start, steps, after)


def _chunks(runs: _Runs, most: int, like: Tensor) -> list[_Chunk]:
    """Put runs side by side, at most so many and the longest first, and cut them where they are long."""
    chunks: list[_Chunk] = []
    order = np.argsort(-runs.lengths, kind="stable")
    for first in range(0, len(order), most):
        group = order[first : first + most]
        begins = range(0, int(runs.lengths[group[0]]), _STEPS_AT_ONCE)
        chunks += [_chunk(runs, group[runs.lengths[group] > begin], begin, like) for begin in begins]
    return chunks


def _chunk(runs: _Runs, group: Integers, begin: int, like: Tensor) -> _Chunk:
    lengths = runs.lengths[group]
    stop = min(begin + _STEPS_AT_ONCE, int(lengths[0]))
    time = np.minimum(np.arange(begin, stop)[:, None], lengths - 1)  # (t, B)
    there = np.arange(begin, stop)[:, None] < lengths
    counts = there & (time >= runs.before[group])
    places = np.where(
        time < runs.before[group], runs.before_start[group] + time, runs.start[group] + time - runs.before[group]
    )
    own = np.flatnonzero(runs.after[group] >= 0)
    after = None
    if begin == 0 and len(own):
        after = torch.from_numpy(own).to(like.device), torch.from_numpy(runs.after[group][own]).to(like.device)
    return _Chunk(
        places=torch.from_numpy(places).to(like.device),
        counts=None if counts.all() else torch.from_numpy(counts).to(like),
        goes_on=begin > 0,
        after=after,
        steps=int(there.sum()),
    )
