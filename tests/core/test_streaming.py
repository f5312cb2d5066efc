"""Very many seeds, streamed: the figures of each are those of the same seed trained alone."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from elman_core.experiment import Run
from elman_core.studies import streaming
from elman_core.training.history import History
from elman_core.training.trainer import Trainer

SineOf = Callable[..., Run]


@pytest.mark.parametrize("threads", [1, 2])
def test_figures_come_in_the_order_of_seeds_and_are_those_of_each_alone(
    sine: SineOf, threads: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streaming, "BLOCK", 40)
    run = sine(epochs=12, seed=7)
    blocks = list(streaming.stream_seeds(run, 130, threads))
    assert [(block.first_seed, len(block)) for block in blocks] == [(7, 40), (47, 40), (87, 40), (127, 10)]
    train = np.concatenate([block.train for block in blocks])
    assert not np.concatenate([block.diverged for block in blocks]).any()
    assert (np.concatenate([block.epochs for block in blocks]) == 12).all()
    for place in (0, 39, 40, 129):
        history = History()
        history.extend(Trainer(sine(epochs=12, seed=7 + place), engine="compiled").updates())
        assert train[place] == history.train[-1, 0]


def test_one_that_diverges_is_counted_and_has_no_figure(sine: SineOf) -> None:
    (block,) = streaming.stream_seeds(sine(epochs=30, learning_rate=60.0), 20, 1)
    assert block.diverged.any()
    assert np.isnan(block.train[block.diverged]).all()
    assert np.isfinite(block.train[~block.diverged]).all()
