"""LaneEnsemble: networks that are trained with one in each lane of a vector; and which ones are.

What a network comes out as does not depend on it: this is a matter of speed alone.
"""

from __future__ import annotations

import itertools
import math
from concurrent.futures import Executor
from functools import partial

import numpy as np
from numpy.typing import DTypeLike, NDArray

from elman_core.config import NetworkConfig, Optimizer, Precision, TrainingConfig
from elman_core.training.engines import kernels, lane_kernels
from elman_core.training.engines.lane_library import Programs
from elman_core.training.engines.lane_rule import LANE_BYTES, LaneRule, Momentum, Places

__all__ = ["LaneEnsemble", "lane_rule_of"]

_MOST_UNITS = 32
"""Hidden or output units; the sums of more have another order in the kernels for one network."""
_MOST_WEIGHTS = 8192
_MOST_BYTES = 2**29
"""Of the states that lanes keep beside those of the other kernels."""


def lane_rule_of(
    network: NetworkConfig, training: TrainingConfig, rule: kernels.Rule, run: kernels.Run, one_step: bool, threads: int
) -> LaneRule | None:
    """Return what lanes are to be written for; None where today's kernels do the work, or do it faster."""
    covered = (
        training.optimizer is not Optimizer.LBFGS
        and rule.sequences == 1
        and max(network.hidden, network.outputs) <= _MOST_UNITS
        and network.weight_count <= _MOST_WEIGHTS
        and (one_step or run.states.nbytes <= _MOST_BYTES)
    )
    if not covered:
        return None
    momenta = training.momenta or (training.momentum,)
    chosen = LaneRule(
        inputs=network.inputs,
        hidden=network.hidden,
        outputs=network.outputs,
        activation=rule.activation,
        output=rule.output,
        loss=rule.loss,
        biases=network.biases,
        direct=network.direct,
        weighted=bool(rule.weighted),
        one_step=one_step,
        optimizer=rule.optimizer,
        momentum=Momentum.ALL if all(momenta) else Momentum.SOME if any(momenta) else Momentum.NONE,
        prepares=training.clip_norm > 0 or bool(training.weight_decay) or any(training.weight_decays),
        double=training.precision is Precision.DOUBLE,
    )
    return chosen if _pays(chosen, training.networks, threads) else None


def _pays(rule: LaneRule, networks: int, threads: int) -> bool:
    """Whether blocks take less time than networks one by one, each thread its share of them.

    A block takes as long as some networks: the more units, the more, since a network's own are calculated side by side.
    """
    blocks = math.ceil(networks / rule.lanes)
    return math.ceil(blocks / threads) * (2 + rule.hidden / 4) < math.ceil(networks / threads)


class LaneEnsemble:
    """The networks of a run in lanes, from where it stands on.

    Until `bring_back`, the arrays of `network` and `run` have all that is new of networks that have ended, but of the
    others only their weights, the stopping's numbers, and where they stand.
    """

    def __init__(
        self,
        rule: LaneRule,
        programs: Programs,
        network: kernels.Network,
        run: kernels.Run,
        held: tuple[int, int],
        threads: int,
    ) -> None:
        self._programs = programs  # they own the machine code
        self._one_step = rule.one_step
        self._network, self._run = network, run
        places, lanes, hidden = Places(rule), rule.lanes, rule.hidden
        networks, capacity = run.states.shape[:2]
        self._blocks = math.ceil(networks / lanes)
        self._threads = min(threads, self._blocks)
        first = places.gradient + rule.rows1 * rule.hidden
        self._lanes = lane_kernels.Lanes(
            memory=_aligned((self._blocks, places.rows, lanes), rule.dtype),
            states=_aligned((self._blocks, (1 if rule.one_step else capacity) * hidden, lanes), rule.dtype),
            end_contexts=_aligned((self._blocks, run.end_contexts.shape[1] * hidden, lanes), rule.dtype),
            cursor=np.zeros((self._blocks, kernels.CURSOR_COLUMNS), np.int64),
            moves=np.zeros((self._blocks, lanes), np.int64),
            totals=_aligned((self._blocks, lane_kernels.TOTALS, lanes), np.float64),
            deltas=_aligned((self._threads, kernels.BLOCK, hidden, lanes), rule.dtype),
            tables=_aligned((self._threads, 16), np.int64),  # no line of memory is of two threads
            programs=programs.addresses,
            places=np.array(
                [
                    places.gradient, places.epoch_start, places.best, places.last, places.epoch_context,
                    places.validation_context, places.next_delta, places.scalars,
                ],
                np.int64,
            ),
            held=np.array([first + row * rule.outputs for row in held], np.int64),
        )  # fmt: skip
        lane_kernels.pack(self._lanes, network, run)
        self._is_back = True

    def advance(
        self, pool: Executor | None, rule: kernels.Rule, rates: kernels.Rates, work: int, last_epoch: int,
        losses: NDArray[np.float64], validation_losses: NDArray[np.float64],
    ) -> int:  # fmt: skip
        """Do about `work` units with each network; return the work that is left."""
        self._is_back = False
        rest = (
            self._lanes, self._network, self._run, rule, rates, self._one_step, work, last_epoch, losses,
            validation_losses,
        )  # fmt: skip
        if pool is None or self._threads == 1:
            left = int(lane_kernels.advance_lanes(0, self._blocks, 0, *rest))
        else:
            edges = np.linspace(0, self._blocks, self._threads + 1).astype(int).tolist()
            shares = [
                pool.submit(partial(lane_kernels.advance_lanes, *edge, thread, *rest))
                for thread, edge in enumerate(itertools.pairwise(edges))
            ]
            left = min(int(share.result()) for share in shares)
        return left

    def bring_back(self) -> None:
        """Bring all that is new to the arrays of the other kernels."""
        if not self._is_back:
            lane_kernels.unpack(self._lanes, self._network, self._run)
            self._is_back = True


def _aligned(shape: tuple[int, ...], dtype: DTypeLike) -> NDArray[np.floating]:
    """Return zeros that begin where a row may."""
    size = math.prod(shape) * np.dtype(dtype).itemsize
    memory = np.zeros(size + LANE_BYTES, np.uint8)
    begin = -memory.ctypes.data % LANE_BYTES
    return memory[begin : begin + size].view(dtype).reshape(shape)
