"""What the compiled engines keep for each weight: gradients, the optimiser's memory, and weights to go back to."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from elman_core.config import Activation, Loss, Optimizer, Output, TrainingConfig
from elman_core.model.network import ElmanNetwork
from elman_core.training.engines import kernels
from elman_core.training.engines.base import EngineState, Position
from elman_core.training.stopping import StoppingState

__all__ = ["Memory", "rule_of"]

Array = NDArray[np.floating]

_OPTIMIZERS = (Optimizer.LBFGS, Optimizer.SGD, Optimizer.ADAM, Optimizer.RPROP)
"""In the order of the kernels' numbers; they leave L-BFGS to torch."""
_NAMES = {
    Optimizer.SGD: ("momentum_buffer", None),
    Optimizer.ADAM: ("exp_avg", "exp_avg_sq"),
    Optimizer.RPROP: ("prev", "step_size"),
    Optimizer.LBFGS: (None, None),
}
"""What torch.optim calls the two arrays that an optimiser keeps for each weight."""


class Memory:
    """Arrays beside the weights of N networks, in the memory that the kernels change.

    Attributes
    ----------
    arrays
        The weights themselves, their gradients, the optimiser's memory, the weights before this epoch, the best and
        the last ones.
    stopping
        Why networks ended; its best and last weights are those of `arrays`.
    moves : (N,)
        Updates done.
    """

    def __init__(self, network: ElmanNetwork, config: TrainingConfig, state: EngineState | None) -> None:
        w1, w2 = network.w1.numpy(), network.w2.numpy()
        assert config.networks == len(w1), "the config says how many networks there are"
        self._config = config
        self.stopping = StoppingState.fresh(w1, w2) if state is None else state.stopping.copy()
        self.arrays = kernels.Network(
            w1=w1,
            w2=w2,
            w1_gradient=np.zeros_like(w1),
            w2_gradient=np.zeros_like(w2),
            w1_moment1=np.zeros_like(w1),
            w2_moment1=np.zeros_like(w2),
            w1_moment2=np.zeros_like(w1),
            w2_moment2=np.zeros_like(w2),
            w1_epoch_start=w1.copy(),
            w2_epoch_start=w2.copy(),
            w1_best=self.stopping.best_w1,
            w2_best=self.stopping.best_w2,
            w1_last=self.stopping.last_w1,
            w2_last=self.stopping.last_w2,
        )
        self.moves = np.zeros(len(w1), np.int64)
        if config.optimizer is Optimizer.RPROP:
            rates = np.array(config.learning_rates or [config.learning_rate] * len(w1), w1.dtype)
            for steps in (self.arrays.w1_moment2, self.arrays.w2_moment2):
                steps[:] = rates[:, None, None]
        self._restore({} if state is None else dict(state.optimizer))
        self._momenta = np.array(config.momenta or [config.momentum] * len(w1), np.float64)
        self._decays = np.array(config.weight_decays or [config.weight_decay] * len(w1), np.float64)

    def rates(self, learning_rates: NDArray[np.float64]) -> kernels.Rates:
        """Return all that may differ from network to network."""
        return kernels.Rates(learning_rates, self._momenta, self._decays)

    def state(self, epoch: int, context: Array, position: Position | None) -> EngineState:
        """Return copies of all that a run needs to go on."""
        return EngineState(epoch, context, self._optimizer_state(), self.stopping.copy(), position)

    def _optimizer_state(self) -> dict[str, Array]:
        """Return the optimiser's memory by name, such as "w1.exp_avg"; nothing before the first update."""
        if not self.moves.any():
            return {}
        kept: dict[str, Array] = {}
        with_momentum = bool(self._momenta.any())
        for weights in ("w1", "w2"):
            for array, name in zip(("moment1", "moment2"), _NAMES[self._config.optimizer], strict=True):
                if name is not None and (name != "momentum_buffer" or with_momentum):
                    kept[f"{weights}.{name}"] = getattr(self.arrays, f"{weights}_{array}").copy()
            if self._config.optimizer in (Optimizer.ADAM, Optimizer.RPROP):
                kept[f"{weights}.step"] = self.moves.astype(np.float32)
        return kept

    def _restore(self, optimizer: dict[str, Array]) -> None:
        for weights in ("w1", "w2"):
            for array, name in zip(("moment1", "moment2"), _NAMES[self._config.optimizer], strict=True):
                if f"{weights}.{name}" in optimizer:
                    getattr(self.arrays, f"{weights}_{array}")[:] = optimizer[f"{weights}.{name}"]
                    self.moves[:] = np.maximum(self.moves, 1)  # SGD counts no steps, but has made some
            if f"{weights}.step" in optimizer:
                self.moves[:] = np.asarray(optimizer[f"{weights}.step"]).astype(np.int64)


def rule_of(network: ElmanNetwork, config: TrainingConfig) -> Any:
    """Return what follows from the configs alone; the sizes of windows are still to be filled in."""
    shape = network.config
    return kernels.Rule(
        activation=list(Activation).index(shape.activation),
        output=list(Output).index(shape.output),
        loss=list(Loss).index(config.loss),
        biases=int(shape.biases),
        direct=int(shape.direct),
        hold_direct=int(config.hold_direct),
        sequences=1,
        k1=1,
        k2=1,
        gathers=0,
        resets=1,
        carries=int(config.carries_context),
        initial_context=float(shape.initial_context),
        optimizer=_OPTIMIZERS.index(config.optimizer),
        clip_norm=config.clip_norm,
        patience=config.patience,
        weighted=1,
    )
