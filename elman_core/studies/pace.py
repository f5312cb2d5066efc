"""Pace: how many networks are trained together, so that a block lasts a fraction of a second, as far as that goes."""

from __future__ import annotations

from elman_core.config import Precision
from elman_core.experiment import Experiment

__all__ = ["BLOCK_SECONDS", "MOST_TOGETHER", "Pace"]

BLOCK_SECONDS = 0.2
"""Long enough that what is done once a block does not count, short enough that little is lost."""
_LEAST_SECONDS = 0.02
"""A block is not made shorter than this to give every worker one."""
_STEP_SECONDS, _WEIGHT_SECONDS = 0.2e-6, 0.15e-9
"""Of a time step, forward and back, and of each weight in it, as long as nothing is measured."""
_LANES = 16
"""Networks that the engine takes side by side."""
_MOST_BYTES, _COPIES = 64 * 2**20, 20
"""What the weights of a block may take, and how many arrays of their size an engine has."""
MOST_TOGETHER = 4_096
"""Networks of a block at most."""


class Pace:
    """Finds the size of blocks from what those before have taken.

    Parameters
    ----------
    is_batch
        Whether many networks take about as long as one, as on a GPU: then a block has as many as memory allows.
    """

    def __init__(self, *, is_batch: bool = False) -> None:
        self._is_batch = is_batch
        self._share = 1.0
        self._of_cell: tuple[int, float] = (-1, 1.0)

    def size(self, experiment: Experiment, cell: int, missing: int, workers: int, remaining: int) -> int:
        """Return how many networks the next block of a cell has.

        Parameters
        ----------
        missing
            The runs of the cell that are still to be done.
        workers, remaining
            How many blocks are trained at once, and how many runs are still to be done in the whole study.
        """
        if self._is_batch:
            return min(missing, _most_by_memory(experiment), MOST_TOGETHER)
        share = self._of_cell[1] if self._of_cell[0] == cell else self._share
        seconds = max(_expected(experiment) * share, 1e-9)
        each = max(-(-remaining // workers), int(_LEAST_SECONDS / seconds))
        most = min(int(BLOCK_SECONDS / seconds), each, _most_by_memory(experiment), MOST_TOGETHER)
        if most >= missing:
            return missing
        return max(1, most if most < _LANES else most // _LANES * _LANES)

    def observe(self, experiment: Experiment, cell: int, seconds: float) -> None:
        """Take in how long a run has taken."""
        self._share = seconds / _expected(experiment)
        self._of_cell = cell, self._share


def _expected(experiment: Experiment) -> float:
    """Return how long a run takes by a rough rule."""
    steps = experiment.training.epochs * max(1, experiment.dataset.train_steps)
    return steps * (_STEP_SECONDS + experiment.network.weight_count * _WEIGHT_SECONDS)


def _most_by_memory(experiment: Experiment) -> int:
    size = 8 if experiment.training.precision is Precision.DOUBLE else 4
    return max(1, _MOST_BYTES // (experiment.network.weight_count * size * _COPIES))
