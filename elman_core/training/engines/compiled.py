"""Truncated BPTT on the CPU in compiled loops, in place on the network's tensors."""

from __future__ import annotations

import itertools
import os
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from elman_core.config import ALL, Loss, Optimizer, TrainingConfig
from elman_core.model.network import ElmanNetwork
from elman_core.training.engines import kernels
from elman_core.training.engines.base import EngineState, Position, Progress
from elman_core.training.engines.lane_library import programs_soon
from elman_core.training.engines.lanes import LaneEnsemble, lane_rule_of
from elman_core.training.engines.lbfgs import lbfgs_state, make_lbfgs
from elman_core.training.engines.memory import Memory, rule_of
from elman_core.training.engines.schedule import RateSchedule
from elman_core.training.engines.sequences import Sequences, Series, Steps

__all__ = ["CompiledEngine"]

_SPARE_STEPS = 64
"""Time steps that the buffer holds beyond one window at least, so that it is rarely rolled."""
_EPOCHS_AT_ONCE = 4096
_LOSSES_AT_ONCE = 2**20
"""Of all networks, so that room for them costs no more than a slice's work."""
_WITHOUT_END = 2**62

Array = NDArray[np.floating]


class CompiledEngine:
    """The same rule as the tensors engine's, whose docstring has the equations; by any k1 but whole sequences."""

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
        self._rule = _rule(network, sequences, config)
        self._run = self._buffers(sequences, 0 if state is None else state.epoch)
        self._run.cursor[:, kernels.MOVES] = self._memory.moves
        if state is not None and config.carries_context:
            self._run.epoch_context[:] = state.context
        self._threads = max(1, min(threads or os.cpu_count() or 1, network.networks))
        self._pool = ThreadPoolExecutor(self._threads) if self._threads > 1 else None
        memory = {} if state is None else state.optimizer
        self._lbfgs = self._make_lbfgs(memory) if config.optimizer is Optimizer.LBFGS else []
        quick = _is_one_step_rule(self._rule, config)
        self._kernel = kernels.advance_one_step_rule if quick else kernels.advance
        kernels.begin_epoch(self._memory.arrays, self._run, self._rule)
        if state is not None and state.position is not None:
            self._go_to(state.position)
        self._lanes: LaneEnsemble | None = None
        self.lane_rule = lane_rule_of(network.config, config, self._rule, self._run, quick, self._threads)
        if self.lane_rule is not None:
            programs_soon(self.lane_rule)

    @property
    def first_work(self) -> int:
        """Units of work that take a few milliseconds at most."""
        return max(1, 4_000_000 // ((self.network.config.weight_count + 100) * self.network.networks))

    # -- what a trainer needs -------------------------------------------------------------------

    @property
    def epoch(self) -> int:
        """Whole epochs done by the networks that still learn; by all, where none does."""
        epochs = self._run.cursor[:, kernels.EPOCH]
        learns = self.stopping.learns
        return int(epochs[learns].min() if learns.any() else epochs.max())

    @property
    def time_step(self) -> int:
        """Time steps into this epoch."""
        return 0 if self.stopping.all_have_ended else int(self._first[kernels.TIME_STEP])

    @property
    def work_due(self) -> int:
        """Units of work before the next time step forward."""
        if self.stopping.all_have_ended:
            return 0
        cursor = self._first
        match int(cursor[kernels.PHASE]):
            case kernels.BACKWARD:
                start = self._run.segments[cursor[kernels.SEGMENT]]
                return int(cursor[kernels.BACK_TO] - max(start, cursor[kernels.UPDATE_AT] - self._rule.k2))
            case kernels.VALIDATION:
                return len(self._run.validation_weights) - int(cursor[kernels.VALIDATED])
            case _:
                return 0

    def epoch_start(self) -> tuple[Array, Array]:
        """Return w1 and w2 as they were when this epoch began."""
        self._bring_back()
        return self._memory.arrays.w1_epoch_start.copy(), self._memory.arrays.w2_epoch_start.copy()

    def state(self) -> EngineState:
        """Return copies of all that a run needs to go on."""
        self._bring_back()
        self._memory.moves[:] = self._run.cursor[:, kernels.MOVES]
        context = self.context() if self.time_step else self._run.epoch_context.copy()
        state = self._memory.state(self.epoch, context, self._position())
        return replace(state, optimizer=lbfgs_state(self._lbfgs)) if self._lbfgs else state

    def context(self) -> Array:
        """Return the state of the context units now, (N, B, H)."""
        self._bring_back()
        count = self._rule.sequences
        rows = (self._run.cursor[:, kernels.TIME_STEP] - self._run.cursor[:, kernels.BASE]) * count
        return np.stack([states[row : row + count] for states, row in zip(self._run.states, rows, strict=True)])

    def advance(self, work: int, last_epoch: int) -> Progress:
        """Do about `work` units, one time step forward or back each, and never go past `last_epoch`."""
        before = self._steps_done()
        curves: list[tuple[NDArray[np.float64], NDArray[np.float64]]] = []
        while work > 0 and self.epoch < last_epoch and not self.stopping.all_have_ended:
            if self._lbfgs and self._first[kernels.PHASE] == kernels.FORWARD:
                work = max(1, work - self._minimize())
            one_epoch = bool(self._lbfgs) or not self._schedule.is_constant
            first_epoch = self.epoch
            rows = 1 if one_epoch else min(last_epoch - first_epoch, self._epochs_at_once)
            losses = np.full((rows, self.network.networks), np.nan)
            validation_losses = losses if self._writes_no_validation else losses.copy()
            work = self._call_kernel(work, last_epoch, losses, validation_losses)
            ended = int(self._run.cursor[:, kernels.EPOCH].max()) - first_epoch
            curves.append((losses[:ended], validation_losses[:ended]))
            self._schedule.observe(curves[-1][int(self._has_validation)])
        if not curves:
            curves.append((np.empty((0, self.network.networks)),) * 2)
        train, validation = curves[0] if len(curves) == 1 else map(np.concatenate, zip(*curves, strict=True))
        return Progress(self._steps_done() - before, train, validation if self._has_validation else None)

    # -- kernels --------------------------------------------------------------------------------

    def _call_kernel(
        self, work: int, last_epoch: int, losses: NDArray[np.float64], validation_losses: NDArray[np.float64]
    ) -> int:
        """Share the networks out over the threads; return the work that is left."""
        lanes = self._lanes_if_there()
        if lanes is not None:
            return lanes.advance(self._pool, self._rule, self._rates, work, last_epoch, losses, validation_losses)
        rest = self._arguments(work, last_epoch, losses, validation_losses)
        if self._pool is None:
            return int(self._kernel(0, self.network.networks, *rest))
        edges = np.linspace(0, self.network.networks, self._threads + 1).astype(int).tolist()
        shares = [self._pool.submit(self._kernel, *edge, *rest) for edge in itertools.pairwise(edges)]
        return min(int(share.result()) for share in shares)

    @property
    def _writes_no_validation(self) -> bool:
        return self._lanes is not None and not self._has_validation

    def _lanes_if_there(self) -> LaneEnsemble | None:
        """Return the networks in lanes, from where the run stands on if the kernels for it have just come."""
        if self._lanes is None and self.lane_rule is not None:
            programs = programs_soon(self.lane_rule)
            if programs is not None:
                shape = self.network.config
                held = (
                    (shape.hidden, shape.hidden + shape.inputs) if self._rule.hold_direct and shape.direct else (0, 0)
                )
                self._lanes = LaneEnsemble(
                    self.lane_rule, programs, self._memory.arrays, self._run, held, self._threads
                )
        return self._lanes

    def _bring_back(self) -> None:
        """Have all that is new where the other kernels have it."""
        if self._lanes is not None:
            self._lanes.bring_back()

    def _arguments(
        self, work: int, last_epoch: int, losses: NDArray[np.float64], validation_losses: NDArray[np.float64]
    ) -> tuple[object, ...]:
        return self._memory.arrays, self._run, self._rule, self._rates, work, last_epoch, losses, validation_losses

    @property
    def _rates(self) -> kernels.Rates:
        return self._memory.rates(self._schedule.rates_of_update(0, 1) if self._gathers else self._schedule.rates)

    @property
    def _epochs_at_once(self) -> int:
        return max(1, min(_EPOCHS_AT_ONCE, _LOSSES_AT_ONCE // self.network.networks))

    @property
    def _gathers(self) -> bool:
        return bool(self._rule.gathers)

    # -- L-BFGS ---------------------------------------------------------------------------------

    def _make_lbfgs(self, memory: Mapping[str, Array]) -> list[torch.optim.Optimizer]:
        """Return an optimiser for each network, over its part of the ensemble's tensors."""
        optimizers = []
        for member, config in enumerate(map(self._config.of_member, range(self.network.networks))):
            weights = [self.network.w1[member], self.network.w2[member]]
            gradients = (self._memory.arrays.w1_gradient[member], self._memory.arrays.w2_gradient[member])
            for tensor, gradient in zip(weights, gradients, strict=True):
                tensor.grad = torch.from_numpy(gradient)
            optimizers.append(make_lbfgs(config, weights, memory, member))
        return optimizers

    def _minimize(self) -> int:
        """One iteration of L-BFGS for one network after another; return the work done."""
        for member in np.flatnonzero(self.stopping.learns).tolist():
            self._minimize_once(member, self._lbfgs[member])
        return 2 * self._steps

    def _minimize_once(self, member: int, optimizer: torch.optim.Optimizer) -> None:
        """Let L-BFGS ask for loss and gradient as often as it needs."""
        nothing = np.empty((1, self.network.networks))
        run, cursor = self._run, self._run.cursor[member]
        first: list[tuple[float, Array, Array]] = []
        begins_with = run.epoch_context[member].copy()

        def loss_and_gradient() -> Tensor:
            run.epoch_context[member] = begins_with
            run.totals[member] = 0.0
            cursor[kernels.SEGMENT] = cursor[kernels.TIME_STEP] = cursor[kernels.BASE] = 0
            cursor[kernels.PHASE] = kernels.FORWARD
            cursor[kernels.UPDATE_AT] = min(self._rule.k1, int(run.segments[1]))
            run.states[member, : self._rule.sequences] = begins_with
            self._kernel(member, member + 1, *self._arguments(_WITHOUT_END, _WITHOUT_END, nothing, nothing))
            end = (int(cursor[kernels.TIME_STEP]) - int(cursor[kernels.BASE])) * self._rule.sequences
            context = run.states[member, end : end + self._rule.sequences].copy()
            first.append((float(run.totals[member, 0]), context, run.end_contexts[member].copy()))
            return torch.tensor(run.totals[member, 0])

        optimizer.param_groups[0]["lr"] = float(self._schedule.rates[member])
        optimizer.step(loss_and_gradient)  # type: ignore[arg-type]  # torch.optim takes tensors too
        # The last pass may have been a trial that the line search refused.
        total, context, end_contexts = first[0]
        run.totals[member] = total, 0.0
        run.epoch_context[member] = context
        run.end_contexts[member] = end_contexts
        last_end = int(run.ends[-1])
        if last_end >= 0:
            run.end_contexts[member, last_end * self._rule.sequences :][: self._rule.sequences] = context
        cursor[kernels.PHASE] = kernels.VALIDATION
        cursor[kernels.VALIDATED] = cursor[kernels.SEGMENT] = 0
        cursor[kernels.MOVES] += 1

    # -- memory ---------------------------------------------------------------------------------

    @property
    def _first(self) -> NDArray[np.int64]:
        """The cursor of the first network that still learns; all of them go in step."""
        return np.asarray(self._run.cursor[int(np.argmax(self.stopping.learns))])

    @property
    def _has_validation(self) -> bool:
        return len(self._run.validation_weights) > 0

    @property
    def _steps(self) -> int:
        return len(self._run.weights)

    def _steps_done(self) -> int:
        return self.epoch * self._steps + self.time_step

    def _buffers(self, sequences: Sequences, epoch: int) -> kernels.Run:
        rule, config, networks, stopping = self._rule, self.network.config, self.network.networks, self.stopping
        dtype = self._memory.arrays.w1.dtype
        training, validation = sequences.training, sequences.validation

        def rows(series: Series) -> NDArray[np.int32]:
            return np.array(series.rows.reshape(-1), np.int32)  # (T * B,)

        inputs = np.array(training.inputs.vectors, dtype, order="C")
        shared = training.targets.vectors is training.inputs.vectors
        every = self._config.context_reset if isinstance(self._config.context_reset, int) else None
        segments = training.segments(every)
        capacity = min(_longest(segments), rule.k2 + max(rule.k1, _SPARE_STEPS))
        ends, count = _ends(training, validation, segments)
        validation_segments = validation.segments(every, training.lengths)
        cursor = np.zeros((networks, kernels.CURSOR_COLUMNS), np.int64)
        cursor[:, kernels.EPOCH] = np.where(stopping.learns, epoch, stopping.end_epochs)
        return kernels.Run(
            inputs=inputs,
            targets=inputs if shared else np.array(training.targets.vectors, dtype, order="C"),
            input_rows=rows(training.inputs),
            target_rows=rows(training.targets),
            weights=training.weights.astype(dtype),
            segments=segments,
            ends=ends,
            validation_input_rows=rows(validation.inputs),
            validation_target_rows=rows(validation.targets),
            validation_weights=validation.weights.astype(dtype),
            validation_segments=validation_segments,
            validation_begins=_begins(training, validation, validation_segments, every),
            states=np.zeros((networks, (capacity + 1) * rule.sequences, config.hidden), dtype),
            epoch_context=np.full((networks, rule.sequences, config.hidden), config.initial_context, dtype),
            end_contexts=np.full((networks, count * rule.sequences, config.hidden), config.initial_context, dtype),
            validation_context=np.zeros((networks, rule.sequences, config.hidden), dtype),
            next_delta=np.zeros((networks, rule.sequences, config.hidden), dtype),
            cursor=cursor,
            totals=np.zeros((networks, 2)),
            best_losses=stopping.best_losses,
            best_epochs=stopping.best_epochs,
            patience_from=stopping.patience_from,
            member_ends=stopping.ends,
            end_epochs=stopping.end_epochs,
        )

    def _position(self) -> Position | None:
        """Return where the run stands within an epoch."""
        if not self.time_step:
            return None
        run, count, arrays = self._run, self._rule.sequences, self._memory.arrays
        cursor = self._first
        start = int(run.segments[cursor[kernels.SEGMENT]])
        step, base = int(cursor[kernels.TIME_STEP]), int(cursor[kernels.BASE])
        first = max(start, step - self._rule.k2, base)  # the one-step rule keeps the newest state only
        states = run.states[:, (first - base) * count : (step - base + 1) * count]
        gathered = self._gathers and int(cursor[kernels.SEGMENT]) > 0
        return Position(
            time_step=step,
            losses=run.totals[:, 0].copy(),
            w1_start=arrays.w1_epoch_start.copy(),
            w2_start=arrays.w2_epoch_start.copy(),
            states=states.reshape(len(states), -1, count, states.shape[-1]).copy(),
            w1_gradient=arrays.w1_gradient.copy() if gathered else np.zeros_like(arrays.w1_gradient),
            w2_gradient=arrays.w2_gradient.copy() if gathered else np.zeros_like(arrays.w2_gradient),
            end_contexts=run.end_contexts.copy(),
        )

    def _go_to(self, position: Position) -> None:
        """Take a run up within an epoch."""
        run, count, rule, arrays = self._run, self._rule.sequences, self._rule, self._memory.arrays
        step = position.time_step
        segment = int(np.searchsorted(run.segments, step, side="right")) - 1
        start, stop = (int(edge) for edge in run.segments[segment : segment + 2])
        states = position.states
        if self._kernel is kernels.advance_one_step_rule:  # which has the newest state only, where others have more
            states = states[:, -1:]
        run.states[:, : states.shape[1] * count] = states.reshape(len(states), -1, states.shape[-1])
        run.cursor[:, kernels.SEGMENT] = segment
        run.cursor[:, kernels.TIME_STEP] = step
        run.cursor[:, kernels.BASE] = step - states.shape[1] + 1
        run.cursor[:, kernels.UPDATE_AT] = min(start + ((step - start) // rule.k1 + 1) * rule.k1, stop)
        run.totals[:, 0] = position.losses
        arrays.w1_epoch_start[:], arrays.w2_epoch_start[:] = position.w1_start, position.w2_start
        arrays.w1_gradient[:], arrays.w2_gradient[:] = position.w1_gradient, position.w2_gradient
        run.end_contexts[:] = position.end_contexts


def _longest(segments: NDArray[np.int64]) -> int:
    return int(np.diff(segments).max())


def _ends(training: Steps, validation: Steps, segments: NDArray[np.int64]) -> tuple[NDArray[np.int64], int]:
    """Return for each segment the place of the context after it, -1 where nothing goes on with it; and how many do."""
    goes_on = (training.lengths > 0) & (_padded(validation.lengths, len(training.lengths)) > 0)
    place = np.cumsum(goes_on) - 1
    sequence = np.searchsorted(training.starts, segments[1:], side="left") - 1  # whose steps end with the segment
    ends_sequence = np.isin(segments[1:], training.starts[1:])
    return np.where(ends_sequence & goes_on[sequence], place[sequence], -1), int(goes_on.sum())


def _begins(training: Steps, validation: Steps, segments: NDArray[np.int64], every: int | None) -> NDArray[np.int64]:
    """Return for each validation segment the place of the context that it begins with, -1 for a fresh one."""
    if not len(validation):
        return np.empty(0, np.int64)
    lengths = _padded(training.lengths, len(validation.lengths))
    goes_on = (lengths > 0) & (validation.lengths > 0)
    place = np.cumsum(goes_on) - 1
    first = segments[:-1]
    sequence = np.searchsorted(validation.starts, first, side="right") - 1
    begins_sequence = first == validation.starts[sequence]
    fresh = np.zeros(len(first), np.bool_) if every is None else lengths[sequence] % every == 0
    return np.where(begins_sequence & goes_on[sequence] & ~fresh, place[sequence], -1)


def _padded(lengths: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    return np.pad(lengths, (0, max(0, count - len(lengths))))[:count]


def _rule(network: ElmanNetwork, sequences: Sequences, config: TrainingConfig) -> kernels.Rule:
    every = config.context_reset if isinstance(config.context_reset, int) else None
    longest = _longest(sequences.training.segments(every))
    rule: kernels.Rule = rule_of(network, config)
    return rule._replace(
        sequences=sequences.side_by_side_count,
        k1=config.update_every if isinstance(config.update_every, int) else longest,
        k2=min(config.truncation, longest) if isinstance(config.truncation, int) else longest,
        gathers=int(config.update_every == ALL),
        resets=int(every is not None or config.context_reset == "sequence"),
        weighted=int(not (sequences.training.weights == 1).all()),
    )


def _is_one_step_rule(rule: kernels.Rule, config: TrainingConfig) -> bool:
    """Whether the kernel for Elman's own rule can do it."""
    # Where any weights decay, all members have the other kernel, and have it alone too.
    decays = config.weight_decay or config.weight_decays
    plain = config.optimizer is Optimizer.SGD and not (
        decays or rule.clip_norm or rule.direct or rule.gathers or rule.weighted or config.loss is Loss.ABSOLUTE_ERROR
    )
    return plain and rule.k1 == rule.k2 == rule.sequences == 1
