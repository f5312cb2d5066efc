"""How the weights are moved."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, model_validator

from elman_core.config.base import ALL, SEQUENCE, Config, ContextReset, StepCount, UpdateEvery

__all__ = ["LARGEST_RATE", "Loss", "LossReduction", "Optimizer", "Precision", "Schedule", "TrainingConfig"]

LARGEST_RATE = 100.0


class Loss(StrEnum):
    """What training makes small."""

    SQUARED_ERROR = "squared-error"
    CROSS_ENTROPY = "cross-entropy"
    ABSOLUTE_ERROR = "absolute-error"

    @property
    def words(self) -> str:
        """What it is called along an axis."""
        return {"squared-error": "½ squared error", "absolute-error": "absolute error"}.get(self.value, self.value)


class LossReduction(StrEnum):
    """How the losses of time steps become one number."""

    SUM = "sum"
    MEAN = "mean"


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
        0.1, gt=0.0, le=LARGEST_RATE, title="Learning rate",
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
    warm_up_share: float = Field(
        0.0, ge=0.0, lt=1.0, title="Rate warm-up",
        description="Share of all updates, from 0 to 1, over which the rate rises to its full value; a cosine falls "
        "over the updates after these.",
    )  # fmt: skip
    update_every: UpdateEvery = Field(
        1, title="Update every",
        description="k1: time steps between two changes of the weights; 'sequence' is at the end of each sequence (or "
        "batch of them), 'all' once an epoch.",
    )  # fmt: skip
    truncation: StepCount = Field(
        1, title="Truncation",
        description="k2: time steps that errors travel back; 1 is Elman's own rule, 'all' is full BPTT.",
    )  # fmt: skip
    loss: Loss = Field(
        Loss.SQUARED_ERROR, title="Loss",
        description="Half the squared error summed over the outputs, cross-entropy (for logistic and softmax), or the "
        "absolute error, which outliers pull less.",
    )  # fmt: skip
    loss_reduction: LossReduction = Field(
        LossReduction.SUM, title="Reduction",
        description="Sum over all time steps, or mean over the steps of each sequence and then over sequences, so "
        "that a long one counts no more than a short one.",
    )  # fmt: skip
    warm_up_steps: int = Field(
        0, ge=0, le=100_000_000, title="Warm-up steps",
        description="First steps of each sequence that are run but not counted, while the context settles; a third of "
        "a sequence at most.",
    )  # fmt: skip
    batch: int = Field(
        1, ge=1, le=1_000_000, title="Batch",
        description="Sequences whose gradients move the weights together. They are shuffled each epoch by the seed.",
    )  # fmt: skip
    context_reset: ContextReset = Field(
        SEQUENCE, title="Reset context",
        description="When the context starts afresh: at each sequence, each epoch, never, or every so many steps. One "
        "series is one sequence.",
    )  # fmt: skip
    hold_direct: bool = Field(
        False, title="Hold direct",
        description="Leave the direct connections as they begin; the hidden units learn what these leave.",
    )  # fmt: skip
    input_noise: float = Field(
        0.0, ge=0.0, le=10.0, title="Input noise",
        description="Standard deviation of normal noise that is added to all inputs in training, drawn anew each "
        "epoch. The network learns to come back from small errors, so that its free run lasts longer.",
    )  # fmt: skip
    closed_loop_steps: int = Field(
        1, ge=1, le=100_000, title="Closed-loop steps",
        description="In training, of every so many steps only the first has true inputs; the others have the network's "
        "own outputs, and errors go back through these. 1: all are true.",
    )  # fmt: skip
    patience: int = Field(
        0, ge=0, le=1_000_000, title="Stop early after",
        description="Stop when the validation loss has not improved for so many epochs, and go back to the best "
        "weights. 0 is never.",
    )  # fmt: skip
    restarts: int = Field(
        0, ge=0, le=100, title="Restarts",
        description="How often other initial weights are drawn where a start fails on the validation part. The run is "
        "divided into one span more than that; a network is judged at the end of each.",
    )  # fmt: skip
    restart_above: float = Field(
        1.0, gt=0.0, le=1.0, title="Restart above",
        description="A start has failed whose NMSE on the validation part was never below this: the loss as a share of "
        "that of always predicting the mean.",
    )  # fmt: skip
    seed: int = Field(
        1, ge=0, le=2**63 - 1, title="Seed", description="Draws the initial weights. The same seed gives the same run."
    )
    networks: int = Field(
        1, ge=1, le=100_000, title="Networks",
        description="How many networks are trained at once, each from its own seed: seed, seed + 1, ... "
        "Each stops, keeps its best weights and follows its schedule as it would alone.",
    )  # fmt: skip
    learning_rates: tuple[Annotated[float, Field(gt=0.0, le=LARGEST_RATE)], ...] = Field(
        (), max_length=100_000, title="Rates of members",
        description="A learning rate for each network; none: the same for all.",
    )  # fmt: skip
    momenta: tuple[Annotated[float, Field(ge=0.0, lt=1.0)], ...] = Field(
        (), max_length=100_000, title="Momenta of members",
        description="A momentum for each network; none: the same for all.",
    )  # fmt: skip
    weight_decays: tuple[Annotated[float, Field(ge=0.0, le=1.0)], ...] = Field(
        (), max_length=100_000, title="Decays of members",
        description="A weight decay for each network; none: the same for all.",
    )  # fmt: skip
    precision: Precision = Field(
        Precision.SINGLE, title="Precision",
        description="float32 is faster; float64 resolves very small errors.",
    )  # fmt: skip

    @model_validator(mode="after")
    def _check_steps(self) -> Self:
        if self.update_every == SEQUENCE and self.truncation != ALL:
            raise ValueError(
                f"truncation must be all with update_every sequence, got {self.truncation}: errors travel back to the "
                "beginning of each sequence"
            )
        if self.truncation != ALL and (self.update_every == ALL or _exceeds(self.update_every, self.truncation)):
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
                ("weight_decay", self.weight_decay, 0.0),
                ("clip_norm", self.clip_norm, 0.0),
            ):
                if value != usual:
                    raise ValueError(f"{name} must be {usual:g} with lbfgs, got {value:g}")
        return self

    @property
    def changes_inputs(self) -> bool:
        """Whether other inputs enter in training than those of the data: with noise, or the network's own outputs."""
        return self.input_noise > 0 or self.closed_loop_steps > 1

    @model_validator(mode="after")
    def _check_inputs(self) -> Self:
        if self.changes_inputs and self.update_every != SEQUENCE:
            which = "input_noise" if self.input_noise > 0 else "closed_loop_steps"
            raise ValueError(
                f"{which} needs update_every sequence, got {self.update_every}: the weights move after a whole run "
                "through a sequence"
            )
        return self

    @model_validator(mode="after")
    def _check_sequences(self) -> Self:
        if self.update_every != SEQUENCE:
            if self.batch > 1:
                raise ValueError(
                    f"a batch of {self.batch:,} sequences needs update_every sequence, got {self.update_every}"
                )
            if self.update_every != ALL:
                if self.loss_reduction is LossReduction.MEAN:
                    raise ValueError(f"the mean loss needs update_every sequence or all, got {self.update_every}")
                if self.warm_up_share > 0:
                    raise ValueError(f"a rate warm-up needs update_every sequence or all, got {self.update_every}")
        elif self.context_reset != SEQUENCE:
            raise ValueError(
                f"update_every sequence resets the context at each sequence, got context_reset {self.context_reset}"
            )
        return self

    @property
    def carries_context(self) -> bool:
        """Whether an epoch begins with the context that the one before ended with."""
        return self.context_reset == "never"

    def steps_like(self, other: TrainingConfig) -> bool:
        """Whether an epoch that was begun with the other settings can be ended with these."""
        names = ("update_every", "truncation", "context_reset", "batch", "loss", "loss_reduction", "warm_up_steps")
        return all(getattr(self, name) == getattr(other, name) for name in names)

    def learning_rate_of(self, member: int) -> float:
        """The learning rate of one network of the ensemble."""
        return self.learning_rates[member] if self.learning_rates else self.learning_rate

    def with_learning_rate(self, rate: float) -> Self:
        """Return these settings with another rate; networks with rates of their own follow it by the same factor.

        Raises
        ------
        ConfigError
            When a rate is not within its limits.
        """
        if rate == self.learning_rate:
            return self
        own = tuple(each * rate / self.learning_rate for each in self.learning_rates)
        return self.replace(learning_rate=rate, learning_rates=own)

    def of_member(self, member: int) -> TrainingConfig:
        """Return the settings that member of the ensemble would have if it was trained alone."""
        own = {
            name: (rates[member],) if (rates := getattr(self, name)) else ()
            for name in ("learning_rates", "momenta", "weight_decays")
        }
        return self.replace(seed=self.seed + member, networks=1, **own)

    @model_validator(mode="after")
    def _check_members(self) -> Self:
        for name, alone in (
            ("learning_rates", "learning_rate"),
            ("momenta", "momentum"),
            ("weight_decays", "weight_decay"),
        ):
            values = getattr(self, name)
            if values and len(values) != self.networks:
                raise ValueError(
                    f"{name} must have one {alone} for each of the {self.networks:,} networks, got {len(values):,}"
                )
        if any(self.momenta) and self.optimizer is not Optimizer.SGD:
            raise ValueError(f"momentum is for sgd only, got {max(self.momenta):g} with {self.optimizer.value}")
        if any(self.weight_decays) and self.optimizer is Optimizer.LBFGS:
            raise ValueError(f"weight_decay must be 0 with lbfgs, got {max(self.weight_decays):g}")
        return self


def _exceeds(steps: int | str, most: int | str) -> bool:
    return isinstance(steps, int) and isinstance(most, int) and steps > most
