"""Restarts: a start that fails is seen on the validation part, and other initial weights are drawn.

A run is divided into `restarts` + 1 spans of equal length. At the end of each but the last, a network whose validation
error has not come below `restart_above` yet begins again from other weights. Its best weights so far stay the best
until others are better. What is drawn follows from its seed and the number of the span alone.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from elman_core.config import NetworkConfig, TrainingConfig
from elman_core.errors import ConfigError
from elman_core.model.network import ElmanNetwork
from elman_core.support.text_format import counted
from elman_core.training.engines.sequences import Sequences
from elman_core.training.initial_weights import begin_as_chosen
from elman_core.training.learning import constant_loss
from elman_core.training.stopping import StoppingState

__all__ = ["Restarts", "forget"]

Array = NDArray[np.floating]
Mask = NDArray[np.bool_]


class Restarts:
    """Says when starts are judged, which have failed, and what is drawn in their place.

    Raises
    ------
    ConfigError
        When there is no validation part to judge them by.
    """

    def __init__(self, network: NetworkConfig, training: TrainingConfig, sequences: Sequences) -> None:
        if training.restarts and not len(sequences.validation):
            raise ConfigError("restarts need a validation part, on which a start that fails is seen: set restarts to 0")
        self._network, self._training, self._sequences = network, training, sequences
        self._span = training.epochs // (training.restarts + 1)

    def next_epoch(self, epoch: int) -> int | None:
        """Return the next epoch after this one at whose end starts are judged; None if there is none."""
        number = epoch // self._span + 1 if self._span else 1
        return number * self._span if self._span and number <= self._training.restarts else None

    def failed(self, stopping: StoppingState) -> Mask:
        """(N,), True for each network that still learns and was never below the wanted NMSE on the validation part."""
        if not self._training.restarts:
            return np.zeros(len(stopping.ends), np.bool_)
        variance = constant_loss(self._sequences.validation, self._network.output, self._training.loss)
        return np.asarray(stopping.learns & ~(stopping.best_losses <= self._training.restart_above * variance))

    def drawn(self, member: int, epoch: int) -> tuple[Array, Array]:
        """Return w1 and w2 that a network begins again with after so many epochs."""
        number = epoch // self._span
        seed = int(np.random.SeedSequence([self._training.seed + member, number]).generate_state(1, np.uint64)[0] >> 1)
        network = ElmanNetwork.initialized(self._network, seed, precision=self._training.precision)
        network = begin_as_chosen(network, self._sequences.training)
        return network.w1[0].numpy(), network.w2[0].numpy()

    def last_sentence(self, failed: Mask, epoch: int) -> str:
        """Say at the end of a run which networks never came below the wanted error; nothing where all did."""
        return f"{self.sentence(failed, epoch)}, whatever they began with." if failed.any() else ""

    def sentence(self, failed: Mask, epoch: int) -> str:
        """Say which networks have not come below the wanted error by now."""
        several = len(failed) > 1
        who = f"{int(failed.sum()):,} of {len(failed):,} networks have" if several else "The network has"
        wanted = f"an NMSE of {self._training.restart_above:g} on the validation part"
        return f"{who} not come below {wanted} in {counted(epoch, 'epoch')}"


def forget(optimizer: dict[str, Array], members: Mask, config: TrainingConfig) -> None:
    """Let an optimiser begin afresh with some networks (N,); its memory by name is changed in place."""
    rates = np.array(config.learning_rates or (config.learning_rate,) * config.networks)
    for name, array in optimizer.items():
        if array.ndim and len(array) == len(members):
            array[members] = rates[members, None, None] if name.endswith(".step_size") else 0.0
