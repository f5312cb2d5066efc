"""Streaming: one setting trained from very many seeds, of each of which its seed and its figures are kept alone.

The weights of any of them come back from its seed, by training it again.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from elman_core.experiment import Run
from elman_core.forecasting.member_errors import errors_of_members
from elman_core.support.jobs import complete
from elman_core.training.stopping import MemberEnd

__all__ = ["SeedFigures", "stream_seeds"]

BLOCK = 2048
"""Networks that are trained together."""
_SLICE_SECONDS = 0.05
"""Nobody watches these networks."""

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class SeedFigures:
    """What networks of neighbouring seeds came to.

    Attributes
    ----------
    first_seed
        That of the first network.
    train, test : (N,)
        The loss of the last epoch, NaN for one that diverged; and the error on the test part, None where there is none.
    epochs : (N,)
        How many each has learned for.
    diverged : (N,)
    """

    first_seed: int
    train: Array
    test: Array | None
    epochs: NDArray[np.int64]
    diverged: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.train)


def stream_seeds(run: Run, seeds: int, threads: int | None = None) -> Iterator[SeedFigures]:
    """Train an experiment's network from so many seeds, from its own on; yield block after block, in their order.

    Each thread trains one block at a time, and at most one more block for each thread is waiting.
    """
    threads = max(1, threads or os.cpu_count() or 1)
    first, last = run.training.seed, run.training.seed + seeds
    with ThreadPoolExecutor(threads, "seeds") as pool:
        waiting: deque[Future[SeedFigures]] = deque()
        for seed in range(first, last, BLOCK):
            waiting.append(pool.submit(_train, run, seed, min(BLOCK, last - seed)))
            if len(waiting) > 2 * threads:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def _train(run: Run, seed: int, networks: int) -> SeedFigures:
    import torch

    from elman_core.training.trainer import Trainer

    torch.set_num_threads(1)  # it is for this thread alone; others train other networks
    training = run.training.replace(seed=seed, networks=networks)
    trainer = Trainer(replace(run, training=training), device="cpu", engine="compiled", threads=1)
    trainer.slice_seconds = _SLICE_SECONDS
    train = np.full(networks, np.nan)
    for update in trainer.updates():
        for losses in update.train_losses[-1:]:
            train = np.where(np.isnan(losses), train, losses)
    diverged = trainer.stopping.ends == MemberEnd.DIVERGED
    learns = trainer.stopping.learns
    epochs = np.where(learns, trainer.epoch, trainer.stopping.end_epochs)
    test = complete(errors_of_members(trainer.network, trainer.dataset))
    return SeedFigures(seed, np.where(diverged, np.nan, train), test, epochs, np.asarray(diverged))
