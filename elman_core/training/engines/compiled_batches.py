"""Full BPTT over batches of whole sequences on the CPU, in compiled loops."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from elman_core.config import TrainingConfig
from elman_core.model.network import ElmanNetwork
from elman_core.training.engines import batches, kernels
from elman_core.training.engines.base import EngineState, Position, Progress
from elman_core.training.engines.compiled_entering import EnteringSteps
from elman_core.training.engines.memory import Memory, rule_of
from elman_core.training.engines.order import gradient_scale, shuffled
from elman_core.training.engines.schedule import RateSchedule
from elman_core.training.engines.sequences import Sequences, Steps
from elman_core.training.stopping import MemberEnd

__all__ = ["CompiledBatchEngine"]

Array = NDArray[np.floating]
Integers = NDArray[np.int64]
_VALIDATED_AT_ONCE = 1024


class CompiledBatchEngine:
    r"""After each batch of B sequences, the gradient of their loss moves the weights.

    Each network goes through the sequences in an order of its own, drawn from its seed and the epoch. Of a mean loss,
    a batch's gradient is the mean over its own sequences: with S sequences in all, S / B of what they add to the loss
    of the epoch. The validation steps of a sequence are run from the sequence's beginning, with the weights that the
    epoch ends with.
    """

    name = "compiled"

    def __init__(
        self,
        network: ElmanNetwork,
        sequences: Sequences,
        config: TrainingConfig,
        *,
        state: EngineState | None = None,
        schedule: RateSchedule | None = None,
        threads: int | None = None,
    ) -> None:
        self.network = network
        self._config = config
        self._schedule = RateSchedule(config) if schedule is None else schedule
        self._memory = Memory(network, config, state)
        self.stopping = self._memory.stopping
        self._rule = rule_of(network, config)
        dtype = self._memory.arrays.w1.dtype
        self._training = _steps_of(sequences.training, dtype)
        self._starts, self._lengths = sequences.training.starts[:-1], sequences.training.lengths
        self._sequences = sequences
        self._counts = _counts(sequences.training)
        self._validation = _Validation(sequences, dtype)
        shape = self._rule
        self._batch_rule = batches.Rule(
            shape.activation, shape.output, shape.loss, shape.biases, shape.direct, shape.initial_context
        )
        self._threads = max(1, min(threads or os.cpu_count() or 1, network.networks))
        self._pool = ThreadPoolExecutor(self._threads) if self._threads > 1 else None
        longest = max(int(self._lengths.max()), self._validation.longest)
        arrays = self._memory.arrays
        self._scratches = [
            batches.make_scratch(arrays.w1[0], arrays.w2[0], self._training.inputs, longest)
            for _ in range(self._threads)
        ]
        self._entering = None
        if config.changes_inputs:
            self._entering = EnteringSteps(sequences.training, config, self._rule, network.config, dtype, self._threads)
        self._per_epoch = -(-int((self._lengths > 0).sum()) // config.batch)
        self._epoch = 0 if state is None else state.epoch
        self._update = 0
        self._losses = np.zeros(network.networks)
        self._begin_epoch()
        if state is not None and state.position is not None:
            self._go_to(state.position)

    # -- what a trainer needs -------------------------------------------------------------------

    @property
    def first_work(self) -> int:
        """Units of work that take a few milliseconds at most: a batch at once, whatever it is."""
        return 1

    @property
    def epoch(self) -> int:
        """Whole epochs done by the networks that still learn; by all, where none does."""
        return self._epoch

    @property
    def time_step(self) -> int:
        """Time steps into this epoch, of whole batches of the first network."""
        return int(self._lengths[self._orders[0][: self._update * self._config.batch]].sum()) if self._update else 0

    @property
    def work_due(self) -> int:
        """Nothing is ever due: an update is done as a whole, and so is the validation after the last one."""
        return 0

    def epoch_start(self) -> tuple[Array, Array]:
        """Return w1 and w2 as they were when this epoch began."""
        return self._memory.arrays.w1_epoch_start.copy(), self._memory.arrays.w2_epoch_start.copy()

    def context(self) -> Array:
        """Return the initial context, (N, 1, H): each sequence begins with it."""
        config = self.network.config
        shape = (self.network.networks, 1, config.hidden)
        return np.full(shape, config.initial_context, self._memory.arrays.w1.dtype)

    def state(self) -> EngineState:
        """Return copies of all that a run needs to go on."""
        position = None
        if self._update:
            nothing = np.zeros((self.network.networks, 0, 1, self.network.config.hidden), self._memory.arrays.w1.dtype)
            arrays = self._memory.arrays
            position = Position(
                time_step=self.time_step,
                losses=self._losses.copy(),
                w1_start=arrays.w1_epoch_start.copy(),
                w2_start=arrays.w2_epoch_start.copy(),
                states=nothing,
                w1_gradient=np.zeros_like(arrays.w1_gradient),
                w2_gradient=np.zeros_like(arrays.w2_gradient),
                end_contexts=nothing[:, :, 0],
            )
        return self._memory.state(self._epoch, self.context(), position)

    def advance(self, work: int, last_epoch: int) -> Progress:
        """Do about `work` time steps forward or back, whole batches at a time, and never go past `last_epoch`."""
        networks, steps = self.network.networks, 0
        train: list[NDArray[np.float64]] = []
        validation: list[NDArray[np.float64]] = []
        while work > 0 and self._epoch < last_epoch and not self.stopping.all_have_ended:
            before = self.time_step
            self._for_each_member(self._update_member)
            self._update += 1
            done = self.time_step - before
            work -= 2 * done
            steps += done
            if self._update == self._per_epoch:
                losses = self._end_epoch()
                train.append(losses[0])
                validation.append(losses[1])
                work -= self._validation.steps
        curves = [np.stack(rows) if rows else np.empty((0, networks)) for rows in (train, validation)]
        return Progress(steps, curves[0], curves[1] if self._validation.steps else None)

    # -- updates --------------------------------------------------------------------------------

    def _for_each_member(self, do: object) -> None:
        """Call a function of a network and a thread for each network that learns, shared out over the threads."""
        members = np.flatnonzero(self.stopping.learns)

        def share(thread: int) -> None:
            for member in members[thread :: self._threads].tolist():
                do(member, thread)  # type: ignore[operator]

        if self._pool is None:
            share(0)
            return
        for done in [self._pool.submit(share, thread) for thread in range(self._threads)]:
            done.result()

    def _update_member(self, member: int, thread: int) -> None:
        arrays, size = self._memory.arrays, self._config.batch
        chosen = self._orders[member][self._update * size : (self._update + 1) * size]
        if self._entering is not None:
            self._losses[member] += self._entering.loss_and_gradient(member, self._epoch, chosen, arrays, thread)
        else:
            self._losses[member] += self._loss_and_gradient(member, chosen, thread)
        counted = np.array([int(self._counts[chosen].sum())])
        scale = arrays.w1.dtype.type(gradient_scale(self._config, int(self._counts.sum()), counted)[0])
        if scale != 1:
            arrays.w1_gradient[member] *= scale
            arrays.w2_gradient[member] *= scale
        self._memory.moves[member] += 1
        rates = self._memory.rates(self._schedule.rates_of_update(self._update, self._per_epoch))
        kernels.move_weights(member, arrays, rates, int(self._memory.moves[member]), self._rule)

    def _loss_and_gradient(self, member: int, chosen: Integers, thread: int) -> float:
        arrays = self._memory.arrays
        batch = batches.make_batch(self._starts[chosen], self._lengths[chosen], self._starts[chosen])
        loss: float = batches.loss_and_gradient(
            arrays.w1[member], arrays.w2[member], arrays.w1_gradient[member], arrays.w2_gradient[member],
            self._training, batch, self._batch_rule, self._scratches[thread],
        )  # fmt: skip
        return loss

    # -- epochs ---------------------------------------------------------------------------------

    def _begin_epoch(self) -> None:
        arrays = self._memory.arrays
        learns = self.stopping.learns
        arrays.w1_epoch_start[learns], arrays.w2_epoch_start[learns] = arrays.w1[learns], arrays.w2[learns]
        self._losses[:] = 0.0
        self._update = 0
        self._orders = [
            shuffled(self._config.seed + member, self._epoch, self._sequences)
            for member in range(self.network.networks)
        ]

    def _end_epoch(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Validate, let networks end that have to, and return the losses of the others and of those that stop early."""
        networks, stopping, arrays = self.network.networks, self.stopping, self._memory.arrays
        validation = np.zeros(networks)

        def validate(member: int, thread: int) -> None:
            validation[member] = self._validation.loss(
                arrays.w1[member], arrays.w2[member], self._batch_rule, self._scratches[thread]
            )

        self._for_each_member(validate)
        learned = stopping.learns.copy()
        finite = np.isfinite(self._losses) & np.isfinite(validation)
        for weights in (arrays.w1, arrays.w2):
            finite &= np.isfinite(weights).all(axis=(1, 2))
        for member in np.flatnonzero(learned & ~finite).tolist():
            stopping.ends[member], stopping.end_epochs[member] = MemberEnd.DIVERGED, self._epoch
            arrays.w1[member], arrays.w2[member] = arrays.w1_epoch_start[member], arrays.w2_epoch_start[member]
            self._take_best(member)
        ended = learned & finite
        if ended.any():
            self._epoch += 1
        if self._validation.steps:
            stopping.note_validation(validation, ended, self._epoch, arrays.w1, arrays.w2)
            for member in stopping.out_of_patience(self._config.patience, self._epoch):
                stopping.ends[member], stopping.end_epochs[member] = MemberEnd.EARLY, self._epoch
                self._take_best(member)
        curves = [np.where(ended, losses, np.nan) for losses in (self._losses, validation)]
        if ended.any():
            self._schedule.observe(curves[int(self._validation.steps > 0)][None])
        self._begin_epoch()
        return curves[0], curves[1]

    def _take_best(self, member: int) -> None:
        """Keep the weights of a network that ends as its last ones, and give it the best, where there are any."""
        arrays = self._memory.arrays
        if self.stopping.has_best(member):
            arrays.w1_last[member], arrays.w2_last[member] = arrays.w1[member], arrays.w2[member]
            arrays.w1[member], arrays.w2[member] = arrays.w1_best[member], arrays.w2_best[member]

    def _go_to(self, position: Position) -> None:
        """Take a run up within an epoch."""
        arrays, size = self._memory.arrays, self._config.batch
        ends = np.cumsum(self._lengths[self._orders[0]])
        sequences = int(np.searchsorted(ends, position.time_step)) + 1
        self._update = -(-sequences // size)
        self._losses[:] = position.losses
        arrays.w1_epoch_start[:], arrays.w2_epoch_start[:] = position.w1_start, position.w2_start


class _Validation:
    """The sequences that have validation steps, each from its beginning; only its validation steps count."""

    def __init__(self, sequences: Sequences, dtype: np.dtype[np.floating]) -> None:
        training, validation = sequences.training, sequences.validation
        self.steps = len(validation)
        self.longest = 0
        self._batches: list[batches.Batch] = []
        if not self.steps:
            return
        chosen = np.flatnonzero(validation.lengths > 0)
        before = training.lengths[chosen] if len(training.lengths) == len(validation.lengths) else 0 * chosen
        pieces = [
            (part.starts[:-1][chosen], lengths, part)
            for part, lengths in ((training, before), (validation, validation.lengths[chosen]))
        ]
        input_rows, target_rows, weights = [], [], []
        for place in range(len(chosen)):
            for which, (starts, lengths, part) in enumerate(pieces):
                steps = slice(int(starts[place]), int(starts[place] + lengths[place]))
                input_rows.append(part.inputs.rows[steps, 0])
                target_rows.append(part.targets.rows[steps, 0])
                weights.append(part.weights[steps] * which)
        lengths = before + validation.lengths[chosen]
        starts = np.cumsum(lengths) - lengths
        self.longest = int(lengths.max())
        self._data = batches.make_steps(
            training.inputs.vectors, training.targets.vectors, np.concatenate(input_rows), np.concatenate(target_rows),
            np.concatenate(weights), dtype,
        )  # fmt: skip
        order = np.argsort(-lengths, kind="stable")
        for first in range(0, len(order), _VALIDATED_AT_ONCE):
            some = order[first : first + _VALIDATED_AT_ONCE]
            self._batches.append(batches.make_batch(starts[some], lengths[some], starts[some]))

    def loss(self, w1: Array, w2: Array, rule: batches.Rule, scratch: batches.Scratch) -> float:
        """Return the loss of all validation steps."""
        return sum(batches.loss(w1, w2, self._data, batch, rule, scratch) for batch in self._batches)


def _steps_of(part: Steps, dtype: np.dtype[np.floating]) -> batches.Steps:
    rows = part.inputs.rows[:, 0], part.targets.rows[:, 0]
    return batches.make_steps(part.inputs.vectors, part.targets.vectors, *rows, part.weights, dtype)


def _counts(part: Steps) -> NDArray[np.bool_]:
    """Return which sequences have a step that counts, (S,)."""
    sequence = np.repeat(np.arange(len(part.lengths)), part.lengths)
    return np.bincount(sequence[part.weights > 0], minlength=len(part.lengths)) > 0
