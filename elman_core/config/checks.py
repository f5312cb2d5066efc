"""What no config can check alone."""

from __future__ import annotations

from elman_core.config.network import NetworkConfig, Output
from elman_core.config.training import Loss, TrainingConfig
from elman_core.errors import ConfigError

__all__ = ["check_together"]


def check_together(network: NetworkConfig, training: TrainingConfig, time_steps: int) -> None:
    """Check what neither config can check alone.

    Raises
    ------
    ConfigError
        When loss and output do not go together, or the truncation is longer than the series.
    """
    if training.loss is Loss.CROSS_ENTROPY and network.output is Output.LINEAR:
        raise ConfigError("cross-entropy needs logistic or softmax outputs, got linear ones")
    if training.hold_direct and not network.direct:
        raise ConfigError("hold_direct is for direct connections only, which the network does not have")
    for name, steps in (("update_every", training.update_every), ("truncation", training.truncation)):
        if isinstance(steps, int) and steps > time_steps:
            raise ConfigError(f"{name} must be at most the {time_steps:,} training steps there are, got {steps:,}")
