"""Full BPTT with noise on the inputs, or the network's own outputs among them, in compiled loops."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from elman_core.config import NetworkConfig, TrainingConfig
from elman_core.training.engines import kernels
from elman_core.training.engines.entering import closed_at, noise_at
from elman_core.training.engines.sequences import Steps

__all__ = ["EnteringSteps"]

Integers = NDArray[np.int64]


class EnteringSteps:
    """The training steps, and memory for one sequence at a time and thread."""

    def __init__(
        self,
        training: Steps,
        config: TrainingConfig,
        rule: kernels.Rule,
        network: NetworkConfig,
        dtype: np.dtype[np.floating],
        threads: int,
    ) -> None:
        self._config, self._rule, self._inputs, self._dtype = config, rule, network.inputs, dtype
        self._starts = training.starts
        self._vectors = np.array(training.inputs.vectors, dtype, order="C")
        self._targets = np.array(training.targets.vectors, dtype, order="C")
        self._rows, self._target_rows = (np.array(series.rows[:, 0]) for series in (training.inputs, training.targets))
        self._weights = training.weights.astype(dtype)
        longest = int(training.lengths.max())
        widths = (longest, network.inputs), (longest + 1, network.hidden), *((longest, network.outputs),) * 2
        self._memory = [tuple(np.zeros(shape, dtype) for shape in widths) for _ in range(threads)]

    def loss_and_gradient(
        self, member: int, epoch: int, sequences: Integers, arrays: kernels.Network, thread: int
    ) -> float:
        """Put the gradients of some sequences into a network's; return their loss."""
        w1_gradient, w2_gradient = arrays.w1_gradient[member], arrays.w2_gradient[member]
        w1_gradient[:], w2_gradient[:] = 0.0, 0.0
        total = 0.0
        for sequence in sequences.tolist():
            steps = slice(int(self._starts[sequence]), int(self._starts[sequence + 1]))
            count = steps.stop - steps.start
            noise = noise_at(self._config, member, epoch, sequence, count, self._inputs).astype(self._dtype)
            entered, states, ys, errors = self._memory[thread]
            total += kernels.loss_and_gradient(
                arrays.w1[member], arrays.w2[member], w1_gradient, w2_gradient, self._vectors, self._rows[steps],
                self._targets, self._target_rows[steps], self._weights[steps], noise, closed_at(self._config, count),
                entered, states, ys, errors, self._rule,
            )  # fmt: skip
        return total
