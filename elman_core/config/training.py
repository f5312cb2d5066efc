"""How the weights are moved."""

from __future__ import annotations

from enum import StrEnum
from typing import Self

from pydantic import Field, model_validator

from elman_core.config.base import ALL, Config, StepCount

__all__ = ["Loss", "Optimizer", "Precision", "Schedule", "TrainingConfig"]


class Loss(StrEnum):
    """What training makes small."""

    SQUARED_ERROR = "squared-error"
    CROSS_ENTROPY = "cross-entropy"


class Optimizer(StrEnum):
    """How a gradient becomes a change of the weights."""

    SGD = "sgd"
    ADAM = "adam"
    RPROP = "rprop"
    LBFGS = "lbfgs"


class Schedule(StrEnum):
    """How the learning rate changes from epoch to epoch."""

    CONSTANT = "constant"
    STEP = "step"
    COSINE = "cosine"
    PLATEAU = "plateau"


class Precision(StrEnum):
    """The floating-point type of the weights."""

    SINGLE = "float32"
    DOUBLE = "float64"


class TrainingConfig(Config):
    """How the weights are moved. The defaults are the CPUheater tutorial.

    `update_every` is k1 and `truncation` is k2 of truncated BPTT(k1, k2): every k1 steps the loss
    of the last k1 steps is propagated back through the last k2 >= k1 steps (Williams & Peng 1990).
    """

    epochs: int = Field(
        300, ge=1, le=10_000_000, title="Epochs", description="How often the training part is gone through."
    )
    learning_rate: float = Field(
        0.1, gt=0.0, le=100.0, title="Learning rate",
        description="How far a gradient moves the weights. If the loss jumps or the run diverges, make it smaller.",
    )  # fmt: skip
    optimizer: Optimizer = Field(
        Optimizer.SGD, title="Optimizer",
        description="SGD: plain gradient steps, as in the tutorial. Adam: adapts each weight's step; try a rate of "
        "0.01. Rprop and L-BFGS need one update an epoch.",
    )  # fmt: skip
    momentum: float = Field(
        0.0, ge=0.0, lt=1.0, title="Momentum",
        description="Share of the last change that is kept in the next one. For SGD only.",
    )  # fmt: skip
    weight_decay: float = Field(
        0.0, ge=0.0, le=1.0, title="Weight decay",
        description="Share of each weight that is added to its gradient, which keeps weights small.",
    )  # fmt: skip
    clip_norm: float = Field(
        0.0, ge=0.0, le=1e6, title="Clip gradient at",
        description="A gradient whose norm is greater is shortened to this length before a step. 0 is never.",
    )  # fmt: skip
    schedule: Schedule = Field(
        Schedule.CONSTANT, title="Rate schedule",
        description="Constant; step: times the factor every so many epochs; cosine: down to 0 at the last epoch; "
        "plateau: times the factor when the loss has not improved for so many epochs.",
    )  # fmt: skip
    schedule_epochs: int = Field(
        100, ge=1, le=10_000_000, title="Schedule epochs",
        description="Epochs between two steps down, or without improvement before one.",
    )  # fmt: skip
    schedule_factor: float = Field(
        0.5, gt=0.0, lt=1.0, title="Schedule factor", description="What the rate is multiplied by at a step down."
    )
    update_every: StepCount = Field(
        1, title="Update every",
        description="k1: time steps between two changes of the weights; 'all' is once an epoch.",
    )  # fmt: skip
    truncation: StepCount = Field(
        1, title="Truncation",
        description="k2: time steps that errors travel back; 1 is Elman's own rule, 'all' is full BPTT.",
    )  # fmt: skip
    loss: Loss = Field(
        Loss.SQUARED_ERROR, title="Loss",
        description="Half the squared error summed over the outputs, or cross-entropy (for logistic and softmax).",
    )  # fmt: skip
    carry_context: bool = Field(
        False, title="Carry context",
        description="Keep the context from one epoch to the next instead of starting each epoch afresh.",
    )  # fmt: skip
    patience: int = Field(
        0, ge=0, le=1_000_000, title="Stop early after",
        description="Stop when the validation loss has not improved for so many epochs, and go back to the best "
        "weights. 0 is never.",
    )  # fmt: skip
    seed: int = Field(
        1, ge=0, le=2**63 - 1, title="Seed", description="Draws the initial weights. The same seed gives the same run."
    )
    networks: int = Field(
        1, ge=1, le=100_000, title="Networks",
        description="How many networks are trained at once, each from its own seed: seed, seed + 1, ... "
        "Curves and predictions shown are those of the first.",
    )  # fmt: skip
    precision: Precision = Field(
        Precision.SINGLE, title="Precision",
        description="float32 is faster; float64 resolves very small errors.",
    )  # fmt: skip

    @model_validator(mode="after")
    def _check_steps(self) -> Self:
        if self.truncation != ALL and (self.update_every == ALL or self.update_every > self.truncation):
            raise ValueError(
                f"truncation must be at least update_every ({self.update_every}), got {self.truncation}: "
                "the loss of all steps since the last update has to be propagated back"
            )
        if self.momentum > 0 and self.optimizer is not Optimizer.SGD:
            raise ValueError(f"momentum is for sgd only, got {self.momentum} with {self.optimizer.value}")
        if self.optimizer in (Optimizer.RPROP, Optimizer.LBFGS) and self.update_every != ALL:
            raise ValueError(
                f"{self.optimizer.value} needs one update an epoch: set update_every and truncation to all"
            )
        if self.optimizer is Optimizer.LBFGS:
            for name, value, usual in (
                ("networks", self.networks, 1),
                ("weight_decay", self.weight_decay, 0.0),
                ("clip_norm", self.clip_norm, 0.0),
            ):
                if value != usual:
                    raise ValueError(f"{name} must be {usual:g} with lbfgs, got {value:g}")
        return self
