"""The optimisers of torch.optim for networks that each have their own rate, momentum and number of updates.

Importing torch.optim's own takes more than a second, and none of them has a rate for each row of a tensor.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from elman_core.config import Optimizer, TrainingConfig
from elman_core.training.engines.members import Members

__all__ = ["TensorOptimizer"]

Array = NDArray[np.floating]
Numbers = NDArray[np.float64]
_BETA1, _BETA2, _EPSILON = 0.9, 0.999, 1e-8
_SHRINK, _GROW, _SMALLEST_STEP, _LARGEST_STEP = 0.5, 1.2, 1e-6, 50.0
_MEMORY = {
    Optimizer.SGD: ("momentum_buffer",),
    Optimizer.ADAM: ("exp_avg", "exp_avg_sq"),
    Optimizer.RPROP: ("prev", "step_size"),
    Optimizer.LBFGS: (),
}
"""What torch.optim calls the arrays that an optimiser keeps for each weight."""


class TensorOptimizer:
    r"""SGD with momentum m, Adam or Rprop (Riedmiller & Braun 1993), with torch.optim's defaults.

    For a gradient g, rate r and update t of a network, counted from 1::

        SGD     b = m b + g;                     w -= r b
        Adam    p = 0.9 p + 0.1 g;  q = 0.999 q + 0.001 g^2
                w -= r / (1 - 0.9^t) * p / (sqrt(q / (1 - 0.999^t)) + 1e-8)
        Rprop   s = s * (1.2 | 0.5 | 1 where g has the sign of the gradient before | the other one | one is 0)
                w -= s * sign(g)                 0 in place of g where the sign changed

    Before that, a gradient whose norm over w1 and w2 is too great is shortened, and weight decay adds d w to it.

    Parameters
    ----------
    weights
        w1 and w2 of all N networks.
    state
        The memory by name, as `state` returns it; "w1.step" may be one number for all networks.
    held
        Rows of w2 that are not moved.
    """

    def __init__(
        self,
        config: TrainingConfig,
        weights: tuple[Tensor, Tensor],
        state: Mapping[str, Array],
        held: slice | None = None,
    ) -> None:
        self._kind, self._clip, self._held = config.optimizer, config.clip_norm, held
        networks = len(weights[0])
        self._momenta = np.array(config.momenta or (config.momentum,) * networks)
        self._decays = np.array(config.weight_decays or (config.weight_decay,) * networks)
        self._first_rates = np.array(config.learning_rates or (config.learning_rate,) * networks)
        self._has_memory = self._kind is not Optimizer.SGD or bool(self._momenta.any())
        self._names = _MEMORY[self._kind] if self._has_memory else ()
        self._moves = np.zeros(networks, np.int64)
        self._kept = {
            f"{name}.{key}": torch.zeros_like(weight)
            for name, weight in zip(("w1", "w2"), weights, strict=True)
            for key in self._names
        }
        self._members, self._memory = Members.all_of(networks), dict(self._kept)
        self._frozen: NDArray[np.bool_] | None = None
        self.forget(self._members.places)
        self._restore(state)

    def choose(self, members: Members, frozen: NDArray[np.bool_] | None = None) -> None:
        """Turn to the n networks whose weights are moved from now on, but for those that are True in (n,)."""
        self._write_back()
        self._frozen = frozen if frozen is not None and frozen.any() else None
        self._members = members
        self._memory = {name: members.of(kept) for name, kept in self._kept.items()}

    def step(self, weights: tuple[Tensor, Tensor], gradients: tuple[Tensor, Tensor], rates: Numbers) -> None:
        """Move the weights, (n, ., .) each, in place; `rates` are those of the n networks."""
        self._moves[self._members.places] += 1
        for name, weight, gradient in zip(("w1", "w2"), weights, self._prepared(weights, gradients), strict=True):
            memory = [self._memory[f"{name}.{key}"] for key in self._names]
            match self._kind:
                case Optimizer.SGD:
                    self._step_sgd(weight, gradient, rates, *memory)
                case Optimizer.ADAM:
                    self._step_adam(weight, gradient, rates, *memory)
                case Optimizer.RPROP:
                    _step_rprop(weight, gradient, *memory)
                case Optimizer.LBFGS:
                    raise AssertionError("L-BFGS is torch's own")

    def forget(self, networks: NDArray[np.int64]) -> None:
        """Let some networks, by their places in the ensemble, begin as if they had never been moved."""
        self._write_back()
        self._moves[networks] = 0
        for name, kept in self._kept.items():
            start = self._first_rates[networks, None, None] if name.endswith(".step_size") else np.zeros((1, 1, 1))
            kept[torch.from_numpy(networks).to(kept.device)] = torch.from_numpy(start).to(kept)
        self._memory = {name: self._members.of(kept) for name, kept in self._kept.items()}

    def state(self) -> dict[str, Array]:
        """Return copies of the memory by torch.optim's names: "w1.exp_avg" (N, ., .), "w1.step" (N,)."""
        if not self._moves.any():
            return {}
        self._write_back()
        state: dict[str, Array] = {name: kept.cpu().numpy().copy() for name, kept in self._kept.items()}
        if self._kind is not Optimizer.SGD:
            state |= {f"{name}.step": self._moves.astype(np.float32) for name in ("w1", "w2")}
        return state

    # -- gradients ------------------------------------------------------------------------------

    def without_held(self, w1: Tensor, w2: Tensor) -> tuple[Tensor, Tensor]:
        """Take the rows that are not moved out of the gradients."""
        if self._held is not None:
            w2 = w2.clone()
            w2[:, self._held] = 0.0
        return w1, w2

    def _prepared(self, weights: tuple[Tensor, Tensor], gradients: tuple[Tensor, Tensor]) -> tuple[Tensor, Tensor]:
        w1, w2 = self.without_held(*gradients)
        if self._clip > 0:
            norm = (w1.square().sum(dim=(1, 2)) + w2.square().sum(dim=(1, 2))).sqrt()  # (n,)
            shorter = (self._clip / (norm + 1e-6)).clamp(max=1.0)[:, None, None]
            w1, w2 = w1 * shorter, w2 * shorter
        decays = self._decays[self._members.places]
        if decays.any():
            factor = _factor(decays, w1)
            w1, w2 = self.without_held(w1 + factor * weights[0], w2 + factor * weights[1])
        if self._frozen is not None:
            frozen = torch.from_numpy(self._frozen).to(w1.device)[:, None, None]
            w1, w2 = w1.masked_fill(frozen, 0.0), w2.masked_fill(frozen, 0.0)
        return w1, w2

    # -- memory ---------------------------------------------------------------------------------

    def _write_back(self) -> None:
        for name, kept in self._kept.items():
            self._members.put(kept, self._memory[name])

    def _restore(self, state: Mapping[str, Array]) -> None:
        for name, kept in self._kept.items():
            if name in state:
                kept.copy_(torch.from_numpy(np.array(state[name])))
                self._moves[:] = 1  # of SGD, which counts none
        if "w1.step" in state:
            self._moves[:] = np.asarray(state["w1.step"]).astype(np.int64)
            self.forget(np.flatnonzero(self._moves == 0))

    # -- formulas -------------------------------------------------------------------------------

    def _step_sgd(self, weight: Tensor, gradient: Tensor, rates: Numbers, buffer: Tensor | None = None) -> None:
        if buffer is not None:
            momenta = self._momenta[self._members.places]
            gradient = buffer.mul_(_factor(momenta, weight)).add_(gradient)
        weight.sub_(gradient * _factor(rates, weight))

    def _step_adam(self, weight: Tensor, gradient: Tensor, rates: Numbers, mean: Tensor, square: Tensor) -> None:
        moves = self._moves[self._members.places]
        mean.lerp_(gradient, 1 - _BETA1)
        square.mul_(_BETA2).addcmul_(gradient, gradient, value=1 - _BETA2)
        spread = (square.sqrt() / _factor(np.sqrt(1 - _BETA2**moves), weight)).add_(_EPSILON)
        weight.sub_((mean / spread).mul_(_factor(rates / (1 - _BETA1**moves), weight)))


def _step_rprop(weight: Tensor, gradient: Tensor, before: Tensor, step: Tensor) -> None:
    agreement = gradient * before
    changed = agreement < 0
    step.mul_(torch.ones_like(step).masked_fill_(agreement > 0, _GROW).masked_fill_(changed, _SHRINK))
    step.clamp_(_SMALLEST_STEP, _LARGEST_STEP)
    moved = gradient.masked_fill(changed, 0.0)
    weight.sub_(moved.sign() * step)
    before.copy_(moved)


def _factor(values: Numbers, like: Tensor) -> Tensor | float:
    """Return what a tensor (n, ., .) is multiplied by: one number where all n are the same."""
    if (values == values[0]).all():
        return float(values[0])
    return torch.from_numpy(values[:, None, None]).to(like)
