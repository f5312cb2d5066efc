"""What no config can check alone."""

from __future__ import annotations

from elman_core.config.network import NetworkConfig, Output
from elman_core.config.training import Loss, TrainingConfig
from elman_core.errors import ConfigError
from elman_core.support.text_format import counted

__all__ = ["check_batch", "check_together"]


def check_together(
    network: NetworkConfig, training: TrainingConfig, time_steps: int, sequences: int | None = None
) -> None:
    """Check what neither config can check alone.

    Parameters
    ----------
    time_steps, sequences
        How many there are to be learned.

    Raises
    ------
    ConfigError
        When loss and output do not go together, the truncation is longer than the series, or a batch needs more
        sequences than there are.
    """
    if training.loss is Loss.CROSS_ENTROPY and network.output is Output.LINEAR:
        raise ConfigError("cross-entropy needs logistic or softmax outputs, got linear ones")
    if training.hold_direct and not network.direct:
        raise ConfigError("hold_direct is for direct connections only, which the network does not have")
    if sequences is not None:
        check_batch(training, sequences)
    for name, steps in (("update_every", training.update_every), ("truncation", training.truncation)):
        if isinstance(steps, int) and steps > time_steps:
            raise ConfigError(f"{name} must be at most the {time_steps:,} training steps there are, got {steps:,}")


def check_batch(training: TrainingConfig, sequences: int) -> None:
    """Check that there are as many sequences to learn as a batch has.

    Raises
    ------
    ConfigError
        When there are not.
    """
    if training.batch > sequences:
        raise ConfigError(
            f"batch must be at most the {counted(sequences, 'sequence')} there {'are' if sequences > 1 else 'is'} to "
            f"learn, got {training.batch:,}"
        )
