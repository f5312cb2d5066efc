"""What is checked before a training: that settings, data and memory go together."""

from __future__ import annotations

from elman_core.config import Output, check_together
from elman_core.errors import ConfigError
from elman_core.experiment import Experiment, Run
from elman_core.training.estimate import check_memory_of

__all__ = ["check_run"]


def check_run(experiment: Run, engine: str) -> None:
    """Check what can be known before anything is allocated.

    Raises
    ------
    ConfigError
        When settings do not go together, or not with the data or the memory that is free.
    """
    dataset = experiment.dataset
    check_together(experiment.network, experiment.training, dataset.train_steps, max(dataset.train_sequences, 1))
    _check_symbols(experiment)
    _check_closed_loop(experiment)
    check_memory_of(experiment, engine)


def _check_closed_loop(experiment: Experiment) -> None:
    dataset = experiment.dataset
    if experiment.training.closed_loop_steps > 1 and (dataset.symbols is not None or not dataset.encoding.is_plain):
        raise ConfigError(
            "closed_loop_steps is for networks whose outputs can go in again: numbers, one step ahead, with one lag "
            "and without inputs or columns known ahead"
        )


def _check_symbols(experiment: Experiment) -> None:
    symbols = experiment.dataset.symbols
    if experiment.network.output is Output.SOFTMAX and symbols is not None and not symbols.vocabulary.is_one_hot:
        raise ConfigError(
            "softmax outputs sum to 1, but the features of a symbol are on independently of each other: choose "
            "logistic outputs"
        )
