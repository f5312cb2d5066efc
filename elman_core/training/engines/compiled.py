"""Truncated BPTT on the CPU in compiled loops, in place on the network's tensors."""

from __future__ import annotations

import itertools
import os
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from elman_core.config import ALL, Activation, Loss, Optimizer, Output, TrainingConfig
from elman_core.model.network import ElmanNetwork
from elman_core.training.engines import kernels
from elman_core.training.engines.base import BestWeights, Progress
from elman_core.training.engines.optimizers import make_optimizer
from elman_core.training.engines.schedule import RateSchedule
from elman_core.training.engines.sequences import Sequences, Series

__all__ = ["CompiledEngine"]

_SPARE_STEPS = 64
"""Time steps that the buffer holds beyond one window at least, so that it is rarely rolled."""
_EPOCHS_AT_ONCE = 4096
_WITHOUT_END = 2**62
_OPTIMIZERS = (Optimizer.LBFGS, Optimizer.SGD, Optimizer.ADAM, Optimizer.RPROP)
"""In the order of the kernels' numbers; they leave L-BFGS to torch."""
_MEMORY = {
    Optimizer.SGD: ("momentum_buffer", None),
    Optimizer.ADAM: ("exp_avg", "exp_avg_sq"),
    Optimizer.RPROP: ("prev", "step_size"),
    Optimizer.LBFGS: (None, None),
}
"""What torch.optim calls the two arrays that an optimiser keeps for each weight."""

Array = NDArray[np.floating]


class CompiledEngine:
    """The same rule as the tensors engine's, whose docstring has the equations."""

    name = "compiled"

    def __init__(
        self,
        network: ElmanNetwork,
        sequences: Sequences,
        config: TrainingConfig,
        *,
        epoch: int = 0,
        context: Array | None = None,
        optimizer: Mapping[str, Array] | None = None,
        schedule: RateSchedule | None = None,
        threads: int | None = None,
    ) -> None:
        self.network = network
        self.diverged = False
        self.out_of_patience = False
        self._config = config
        self._schedule = RateSchedule(config) if schedule is None else schedule
        self._patience_from = epoch
        self._rule = _rule(network, sequences, config)
        self._w = self._arrays()
        self._run = self._buffers(sequences, epoch)
        self._restore(context, optimizer or {})
        self._threads = max(1, min(threads or os.cpu_count() or 1, network.networks))
        self._pool = ThreadPoolExecutor(self._threads) if self._threads > 1 else None
        self._lbfgs = None
        if config.optimizer is Optimizer.LBFGS:
            for weights, gradient in ((network.w1, self._w.w1_gradient), (network.w2, self._w.w2_gradient)):
                weights.grad = torch.from_numpy(gradient)
            self._lbfgs = make_optimizer(config, [network.w1, network.w2])
        self._kernel = kernels.advance_one_step_rule if _is_one_step_rule(self._rule) else kernels.advance
        self._begin_epoch()

    @property
    def first_work(self) -> int:
        """Units of work that take a few milliseconds at most."""
        return max(1, 4_000_000 // ((self.network.config.weight_count + 100) * self.network.networks))

    # -- what a trainer needs -------------------------------------------------------------------

    @property
    def epoch(self) -> int:
        """Whole epochs done."""
        return int(self._run.cursor[:, kernels.EPOCH].min())

    @property
    def time_step(self) -> int:
        """Time steps into this epoch."""
        return int(self._run.cursor[0, kernels.TIME_STEP])

    @property
    def weights_before_epoch(self) -> tuple[Tensor, Tensor]:
        """w1 and w2 as they were when this epoch began."""
        return torch.from_numpy(self._w.w1_epoch_start), torch.from_numpy(self._w.w2_epoch_start)

    @property
    def best(self) -> BestWeights | None:
        """The best weights so far, by validation loss."""
        run = self._run
        if not self._validation_steps or not run.best_epochs.all():
            return None
        copies = self._w.w1_best.copy(), self._w.w2_best.copy()
        return BestWeights(int(run.best_epochs[0]), float(run.best_losses[0]), *copies)

    @property
    def work_due(self) -> int:
        """Units of work before the next time step forward."""
        cursor = self._run.cursor[0]
        match int(cursor[kernels.PHASE]):
            case kernels.BACKWARD:
                return int(cursor[kernels.BACK_TO] - max(0, cursor[kernels.UPDATE_AT] - self._rule.k2))
            case kernels.VALIDATION:
                return self._validation_steps - int(cursor[kernels.VALIDATED])
            case _:
                return 0

    def renew_patience(self) -> None:
        """Count the epochs without improvement from now on."""
        self.out_of_patience = False
        self._patience_from = self.epoch

    def state(self) -> dict[str, Array]:
        """Return the optimiser's state by name, such as "w1.exp_avg"."""
        moves = int(self._run.cursor[0, kernels.MOVES])
        if not moves:
            return {}
        kept: dict[str, Array] = {}
        for weights in ("w1", "w2"):
            for array, name in zip(("moment1", "moment2"), _MEMORY[self._config.optimizer], strict=True):
                if name is not None and (name != "momentum_buffer" or self._config.momentum):
                    kept[f"{weights}.{name}"] = getattr(self._w, f"{weights}_{array}").copy()
            if self._config.optimizer in (Optimizer.ADAM, Optimizer.RPROP):
                kept[f"{weights}.step"] = np.array(moves, np.float32)
        return kept

    def context(self) -> Array:
        """Return the state of the context units now, (N, B, H)."""
        cursor = self._run.cursor[0]
        row = int(cursor[kernels.TIME_STEP] - cursor[kernels.BASE]) * self._rule.sequences
        return np.array(self._run.states[:, row : row + self._rule.sequences])

    def advance(self, work: int, last_epoch: int) -> Progress:
        """Do about `work` units, one time step forward or back each, and never go past `last_epoch`."""
        before = self._steps_done()
        curves: list[tuple[NDArray[np.float64], NDArray[np.float64]]] = []
        while work > 0 and self.epoch < last_epoch and not (self.diverged or self.out_of_patience):
            if self._lbfgs is not None and self._run.cursor[0, kernels.PHASE] == kernels.FORWARD:
                work = max(1, work - self._minimize_once(self._lbfgs))
            one_epoch = self._lbfgs is not None or not self._schedule.is_constant or self._config.patience > 0
            first_epoch = self.epoch
            rows = 1 if one_epoch else min(last_epoch - first_epoch, _EPOCHS_AT_ONCE)
            losses = np.empty((rows, self.network.networks))
            validation_losses = np.empty_like(losses)
            work = self._call_kernel(work, last_epoch, losses, validation_losses)
            ended = self.epoch - first_epoch
            curves.append((losses[:ended], validation_losses[:ended]))
            self._note(*curves[-1])
        train, validation = (
            np.concatenate([np.empty((0, self.network.networks)), *(pair[side] for pair in curves)]) for side in (0, 1)
        )
        return Progress(self._steps_done() - before, train, validation if self._validation_steps else None)

    # -- kernels --------------------------------------------------------------------------------

    def _call_kernel(
        self, work: int, last_epoch: int, losses: NDArray[np.float64], validation_losses: NDArray[np.float64]
    ) -> int:
        """Share the networks out over the threads; return the work that is left."""
        rest = self._w, self._run, self._rule, self._schedule.rate, work, last_epoch, losses, validation_losses
        if self._pool is None:
            return int(self._kernel(0, self.network.networks, *rest))
        edges = np.linspace(0, self.network.networks, self._threads + 1).astype(int).tolist()
        shares = [self._pool.submit(self._kernel, *edge, *rest) for edge in itertools.pairwise(edges)]
        return min(int(share.result()) for share in shares)

    def _minimize_once(self, optimizer: torch.optim.Optimizer) -> int:
        """One iteration of L-BFGS, which asks for loss and gradient as often as it needs; return the work done."""
        nothing = np.empty((1, 1))
        first: tuple[NDArray[np.float64], Array] | None = None

        def loss_and_gradient() -> Tensor:
            nonlocal first
            self._restart_epoch()
            self._call_kernel(_WITHOUT_END, _WITHOUT_END, nothing, nothing)
            first = first or (self._run.totals.copy(), self.context())
            return torch.from_numpy(self._run.totals[:, 0]).sum()

        optimizer.param_groups[0]["lr"] = self._schedule.rate
        optimizer.step(loss_and_gradient)  # type: ignore[arg-type]  # torch.optim takes tensors too
        assert first is not None
        # The last pass may have been a trial that the line search refused.
        self._run.totals[:], context = first
        self._run.epoch_context[:] = context
        self._run.validation_context[:] = context
        self._run.cursor[:, kernels.PHASE] = kernels.VALIDATION
        self._run.cursor[:, kernels.VALIDATED] = 0
        self._run.cursor[:, kernels.MOVES] += 1
        return 2 * (len(self._run.input_rows) // self._rule.sequences)

    def _note(self, losses: NDArray[np.float64], validation_losses: NDArray[np.float64]) -> None:
        """Take in what the kernels did."""
        run, patience = self._run, self._config.patience
        self._schedule.observe(validation_losses if self._validation_steps else losses)
        self._patience_from = max(self._patience_from, int(run.best_epochs.max()))
        self.out_of_patience = self._validation_steps > 0 and 0 < patience <= self.epoch - self._patience_from
        finite = all(np.isfinite(array).all() for array in (self._w.w1, self._w.w2, run.totals))
        self.diverged = not finite or bool(run.cursor[:, kernels.DIVERGED].any())

    # -- memory ---------------------------------------------------------------------------------

    @property
    def _validation_steps(self) -> int:
        return len(self._run.validation_input_rows) // self._rule.sequences

    def _steps_done(self) -> int:
        return self.epoch * (len(self._run.input_rows) // self._rule.sequences) + self.time_step

    def _arrays(self) -> kernels.Network:
        w1, w2 = self.network.w1.numpy(), self.network.w2.numpy()
        pairs = (array for _ in range(5) for array in (np.zeros_like(w1), np.zeros_like(w2)))
        return kernels.Network(w1, w2, *pairs)

    def _buffers(self, sequences: Sequences, epoch: int) -> kernels.Run:
        rule, config, networks = self._rule, self.network.config, self.network.networks
        dtype = self._w.w1.dtype

        def rows(series: Series) -> NDArray[np.int32]:
            return np.array(series.rows.reshape(-1), np.int32)  # (T * B,)

        inputs = np.array(sequences.training.inputs.vectors, dtype, order="C")
        shared = sequences.training.targets.vectors is sequences.training.inputs.vectors
        targets = inputs if shared else np.array(sequences.training.targets.vectors, dtype, order="C")
        steps = len(sequences.training.inputs)
        capacity = min(steps, rule.k2 + max(rule.k1, _SPARE_STEPS))
        cursor = np.zeros((networks, kernels.CURSOR_COLUMNS), np.int64)
        cursor[:, kernels.EPOCH] = epoch
        return kernels.Run(
            inputs=inputs,
            targets=targets,
            input_rows=rows(sequences.training.inputs),
            target_rows=rows(sequences.training.targets),
            validation_input_rows=rows(sequences.validation.inputs),
            validation_target_rows=rows(sequences.validation.targets),
            states=np.zeros((networks, (capacity + 1) * rule.sequences, config.hidden), dtype),
            epoch_context=np.full((networks, rule.sequences, config.hidden), config.initial_context, dtype),
            validation_context=np.zeros((networks, rule.sequences, config.hidden), dtype),
            next_delta=np.zeros((networks, rule.sequences, config.hidden), dtype),
            cursor=cursor,
            totals=np.zeros((networks, 2)),
            best_losses=np.full(networks, np.inf),
            best_epochs=np.zeros(networks, np.int64),
        )

    def _restore(self, context: Array | None, optimizer: Mapping[str, Array]) -> None:
        if context is not None and self._config.carries_context:
            self._run.epoch_context[:] = context
        if self._config.optimizer is Optimizer.RPROP:
            self._w.w1_moment2[:] = self._w.w2_moment2[:] = self._config.learning_rate
        for weights in ("w1", "w2"):
            for array, name in zip(("moment1", "moment2"), _MEMORY[self._config.optimizer], strict=True):
                if f"{weights}.{name}" in optimizer:
                    getattr(self._w, f"{weights}_{array}")[:] = optimizer[f"{weights}.{name}"]
            if f"{weights}.step" in optimizer:
                self._run.cursor[:, kernels.MOVES] = int(optimizer[f"{weights}.step"])

    def _begin_epoch(self) -> None:
        for weights, before in ((self._w.w1, self._w.w1_epoch_start), (self._w.w2, self._w.w2_epoch_start)):
            before[:] = weights
        self._restart_epoch()

    def _restart_epoch(self) -> None:
        run, rule = self._run, self._rule
        run.states[:, : rule.sequences] = run.epoch_context
        run.cursor[:, [kernels.TIME_STEP, kernels.BASE]] = 0
        run.cursor[:, kernels.PHASE] = kernels.FORWARD
        run.cursor[:, kernels.UPDATE_AT] = min(rule.k1, len(run.input_rows) // rule.sequences)
        run.totals[:] = 0.0


def _rule(network: ElmanNetwork, sequences: Sequences, config: TrainingConfig) -> kernels.Rule:
    steps, number_of_sequences = sequences.training.inputs.rows.shape
    return kernels.Rule(
        activation=list(Activation).index(network.config.activation),
        output=list(Output).index(network.config.output),
        loss=list(Loss).index(config.loss),
        biases=int(network.config.biases),
        sequences=number_of_sequences,
        k1=config.update_every if isinstance(config.update_every, int) else steps,
        k2=steps if config.truncation == ALL else config.truncation,
        carry_context=int(config.carries_context),
        initial_context=float(network.config.initial_context),
        optimizer=_OPTIMIZERS.index(config.optimizer),
        momentum=config.momentum,
        weight_decay=config.weight_decay,
        clip_norm=config.clip_norm,
    )


def _is_one_step_rule(rule: kernels.Rule) -> bool:
    """Whether the kernel for Elman's own rule can do it."""
    plain = rule.optimizer == _OPTIMIZERS.index(Optimizer.SGD) and not (rule.weight_decay or rule.clip_norm)
    return plain and rule.k1 == rule.k2 == rule.sequences == 1
