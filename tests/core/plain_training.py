"""Training in plain loops, one step of one network after another, with torch's own losses and optimisers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from elman_core.config import NetworkConfig, TrainingConfig
from elman_core.training.engines.sequences import Sequences, Steps

Array = NDArray[np.float64]
ACTIVATIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "tanh": torch.tanh,
    "logistic": torch.sigmoid,
    "relu": torch.relu,
}
SLOPES: dict[str, Callable[[Tensor], Tensor]] = {
    "tanh": lambda h: 1 - h**2,
    "logistic": lambda h: h * (1 - h),
    "relu": lambda h: (h > 0).double(),
}


def loss_of_outputs(z: Tensor, target: Tensor, output: str, loss: str) -> Tensor:
    """Loss of output units with the weighted inputs z, by torch's own functions."""
    if loss == "cross-entropy":
        if output == "logistic":
            return functional.binary_cross_entropy_with_logits(z, target, reduction="sum")
        return -(target * functional.log_softmax(z, dim=-1)).sum()
    y = {"linear": z, "logistic": torch.sigmoid(z), "softmax": torch.softmax(z, dim=-1)}[output]
    return (
        functional.l1_loss(y, target, reduction="sum") if loss == "absolute-error" else 0.5 * ((y - target) ** 2).sum()
    )


@dataclass
class Result:
    """What a training leaves behind."""

    losses: Array  # (epochs,)
    validation: Array  # (epochs,)
    w1: Array
    w2: Array


class PlainTraining:
    """Trains one network from weights w1 and w2, all steps at a constant rate; only one sequence at a time."""

    def __init__(
        self, network: NetworkConfig, training: TrainingConfig, sequences: Sequences, w1: Tensor, w2: Tensor
    ) -> None:
        self.network, self.training, self.sequences = network, training, sequences
        self.w1, self.w2 = (w.clone().double().requires_grad_() for w in (w1, w2))
        rate = (training.learning_rates or (training.learning_rate,))[0]
        decay = (training.weight_decays or (training.weight_decay,))[0]
        momentum = (training.momenta or (training.momentum,))[0]
        kinds: dict[str, Callable[[], torch.optim.Optimizer]] = {
            "sgd": lambda: torch.optim.SGD([self.w1, self.w2], lr=rate, momentum=momentum, weight_decay=decay),
            "adam": lambda: torch.optim.Adam([self.w1, self.w2], lr=rate, weight_decay=decay),
            "rprop": lambda: torch.optim.Rprop([self.w1, self.w2], lr=rate),
        }
        self.optimizer = kinds[training.optimizer]()
        self.initial = torch.full((network.hidden,), network.initial_context, dtype=torch.float64)
        self.carried = self.initial
        self.ends: dict[int, Tensor] = {}

    def run(self) -> Result:
        losses, validation = [], []
        for epoch in range(self.training.epochs):
            losses.append(self.batches(epoch) if self.training.update_every == "sequence" else self.stream())
            validation.append(self.validate())
        return Result(
            np.array(losses), np.array(validation), self.w1.detach().numpy().copy(), self.w2.detach().numpy().copy()
        )

    # -- one step -------------------------------------------------------------------------------

    def forward(self, x: Tensor, context: Tensor) -> Tensor:
        return ACTIVATIONS[self.network.activation](self.entering(x, context) @ self.w1)

    def entering(self, x: Tensor, context: Tensor) -> Tensor:
        return torch.cat([x, context, torch.ones(int(self.network.biases), dtype=torch.float64)])

    def leaving(self, x: Tensor, h: Tensor) -> Tensor:
        one = torch.ones(int(self.network.biases), dtype=torch.float64)
        return torch.cat([h, x, one] if self.network.direct else [h, one])

    def loss(self, part: Steps, t: int, x: Tensor, h: Tensor, w2: Tensor) -> Tensor:
        if part.weights[t] == 0:
            return torch.zeros((), dtype=torch.float64)
        target = torch.from_numpy(part.targets.vectors[part.targets.rows[t, 0]])
        z = self.leaving(x, h) @ w2
        return float(part.weights[t]) * loss_of_outputs(z, target, self.network.output, self.training.loss)

    # -- rules ----------------------------------------------------------------------------------

    def stream(self) -> float:
        """Williams and Peng's rule: states of the way forward, weights of today."""
        training, part, total = self.training, self.sequences.training, 0.0
        reset, every = training.context_reset, training.update_every
        k1, k2 = (10**9 if k == "all" else k for k in (every, training.truncation))
        context = self.carried if reset == "never" else self.initial
        sums = [torch.zeros_like(self.w1), torch.zeros_like(self.w2)]
        for s, (start, stop) in enumerate(zip(part.starts[:-1], part.starts[1:], strict=True)):
            length = int(reset) if isinstance(reset, int) else max(1, stop - start)
            for first in range(start, stop, length):
                last = min(first + length, stop)
                if reset not in ("never", "epoch"):
                    context = self.initial
                states, xs, block = [context], [], first
                for t in range(first, last):
                    xs.append(inputs_at(part, t))
                    states.append(self.forward(xs[-1], states[-1]).detach())
                    if (t + 1 - first) % k1 and t + 1 < last:
                        continue
                    window = max(first, t + 1 - k2)
                    loss, *gradients = self.truncated(part, first, window, block, t, xs, states)
                    total += loss
                    block = t + 1
                    if every == "all":
                        sums = [a + b for a, b in zip(sums, gradients, strict=True)]
                    else:
                        self.update(*gradients)
                context = states[-1]
            if stop > start:
                self.ends[s] = context
        if every == "all":
            self.update(*sums)
        self.carried = context
        return total

    def truncated(
        self, part: Steps, first: int, window: int, block: int, last: int, xs: list[Tensor], states: list[Tensor]
    ) -> tuple[float, Tensor, Tensor]:
        """Return the loss of steps block ... last, and gradients through steps window ... last."""
        network = self.network
        recurrent = self.w1.detach()[network.inputs : network.inputs + network.hidden]
        total, grad1, grad2 = 0.0, torch.zeros_like(self.w1), torch.zeros_like(self.w2)
        delta = torch.zeros(network.hidden, dtype=torch.float64)
        for t in range(last, window - 1, -1):
            x, before, h = xs[t - first], states[t - first], states[t - first + 1]
            back = recurrent @ delta
            if t >= block:
                h_leaf, w2 = h.clone().requires_grad_(), self.w2.detach().clone().requires_grad_()
                loss = self.loss(part, t, x, h_leaf, w2)
                total += float(loss.detach())
                if loss.requires_grad:
                    of_h, of_w2 = torch.autograd.grad(loss, [h_leaf, w2])
                    back, grad2 = back + of_h, grad2 + of_w2
            delta = SLOPES[network.activation](h) * back
            grad1 = grad1 + torch.outer(self.entering(x, before), delta)
        return total, grad1, grad2

    def batches(self, epoch: int) -> float:
        """Full BPTT by autograd over whole sequences, each network's in an order of its own."""
        training, part, total = self.training, self.sequences.training, 0.0
        places = np.flatnonzero(np.diff(part.starts))
        order = np.random.default_rng([training.seed, epoch]).permutation(places)
        counted = [bool(part.weights[a:b].any()) for a, b in zip(part.starts[:-1], part.starts[1:], strict=True)]
        for first in range(0, len(order), training.batch):
            batch = order[first : first + training.batch]
            loss = 0.0 * (self.w1.sum() + self.w2.sum())  # so that there is a gradient where no step counts
            for s in batch:
                context = self.initial
                for t in range(part.starts[s], part.starts[s + 1]):
                    x = inputs_at(part, t)
                    context = self.forward(x, context)
                    loss = loss + self.loss(part, t, x, context, self.w2)
            total += float(loss.detach())
            scale = sum(counted) / max(1, sum(counted[s] for s in batch)) if training.loss_reduction == "mean" else 1.0
            gradients = torch.autograd.grad(loss * scale, [self.w1, self.w2])
            self.update(*gradients)
        return total

    def update(self, grad1: Tensor, grad2: Tensor) -> None:
        rows = slice(self.network.hidden, self.network.hidden + self.network.inputs)
        if self.training.hold_direct:
            grad2 = grad2.clone()
            grad2[rows] = 0
        held = self.w2.detach()[rows].clone()
        self.w1.grad, self.w2.grad = grad1.clone(), grad2.clone()
        if self.training.clip_norm:
            torch.nn.utils.clip_grad_norm_([self.w1, self.w2], self.training.clip_norm)
        self.optimizer.step()
        if self.training.hold_direct:
            self.w2.data[rows] = held

    # -- validation -----------------------------------------------------------------------------

    def validate(self) -> float:
        training, validation = self.sequences.training, self.sequences.validation
        reset, total = self.training.context_reset, 0.0
        for s, (start, stop) in enumerate(zip(validation.starts[:-1], validation.starts[1:], strict=True)):
            gone = int(training.starts[s + 1] - training.starts[s])
            context = self.ends.get(s, self.initial)
            if self.training.update_every == "sequence":
                context = self.initial
                for t in range(training.starts[s], training.starts[s + 1]):
                    context = self.forward(inputs_at(training, t), context)
            for t in range(start, stop):
                if isinstance(reset, int) and (gone + t - start) % reset == 0:
                    context = self.initial
                x = inputs_at(validation, t)
                context = self.forward(x, context)
                total += float(self.loss(validation, t, x, context, self.w2).detach())
        return total


def inputs_at(part: Steps, t: int) -> Tensor:
    return torch.from_numpy(part.inputs.vectors[part.inputs.rows[t, 0]])
