"""The sizes and functions of a network."""

from __future__ import annotations

from enum import StrEnum
from typing import Self

from pydantic import Field, model_validator

from elman_core.config.base import Config

__all__ = ["Activation", "Begin", "Initialization", "NetworkConfig", "Output"]


class Activation(StrEnum):
    """What a hidden unit does with its weighted input."""

    TANH = "tanh"
    LOGISTIC = "logistic"
    RELU = "relu"


class Output(StrEnum):
    """What the output units do with their weighted input."""

    LINEAR = "linear"
    LOGISTIC = "logistic"
    SOFTMAX = "softmax"


class Initialization(StrEnum):
    """The distribution that initial weights are drawn from.

    `FAN_IN` is uniform from -1/sqrt(H) to 1/sqrt(H), whatever the spreads, as torch.nn.RNN begins: the more hidden
    units feed into one, the smaller each weight, so that errors do not explode on their way back through time.
    """

    NORMAL = "normal"
    UNIFORM = "uniform"
    FAN_IN = "fan-in"


class Begin(StrEnum):
    """What the weights are before training."""

    RANDOM = "random"
    LEAST_SQUARES = "least-squares"


class NetworkConfig(Config):
    """Sizes and functions of an Elman network. The defaults are the CPUheater tutorial."""

    inputs: int = Field(1, ge=1, le=100_000, title="Inputs", description="Numbers that go in at each time step.")
    hidden: int = Field(
        6, ge=1, le=4096, title="Hidden units",
        description="Units between input and output. As many context units keep their last state.",
    )  # fmt: skip
    outputs: int = Field(1, ge=1, le=100_000, title="Outputs", description="Numbers predicted at each time step.")
    activation: Activation = Field(
        Activation.TANH, title="Activation",
        description="Function of the hidden units: tanh (-1 to 1), logistic (0 to 1, Elman 1990) or relu (0 and up).",
    )  # fmt: skip
    output: Output = Field(
        Output.LINEAR, title="Output",
        description="Function of the output units: linear for series, logistic or softmax for symbols.",
    )  # fmt: skip
    biases: bool = Field(
        False, title="Biases", description="Give each hidden and output unit a learned constant. Off in the tutorial."
    )
    direct: bool = Field(
        False, title="Direct connections",
        description="Connect the inputs to the outputs as well, past the hidden units: what a linear model can do.",
    )  # fmt: skip
    initial_context: float = Field(
        0.0, ge=-1.0, le=1.0, title="Context starts at",
        description="Value of all context units before the first time step: 0 in the tutorial, 0.5 in Elman 1990.",
    )  # fmt: skip
    initialization: Initialization = Field(
        Initialization.NORMAL, title="Initial weights",
        description="Drawn from a normal distribution, uniformly from -spread to spread, or fan-in: uniformly from "
        "-1/sqrt(H) to 1/sqrt(H) with H hidden units, which suits many of them and long ways back.",
    )  # fmt: skip
    input_spread: float = Field(
        0.4, ge=0.0, le=10.0, title="Spread of w1",
        description="Standard deviation (normal) or half range (uniform) of the weights into the hidden units. Fan-in "
        "needs none.",
    )  # fmt: skip
    output_spread: float = Field(
        0.3, ge=0.0, le=10.0, title="Spread of w2",
        description="Standard deviation (normal) or half range (uniform) of the weights into the output units. Fan-in "
        "needs none.",
    )  # fmt: skip

    begin: Begin = Field(
        Begin.RANDOM, title="Begin at",
        description="Random: all weights drawn from the seed, direct connections 0. Least squares: the direct "
        "connections are those of a linear model, and the hidden units have no say yet.",
    )  # fmt: skip
    ridge: float = Field(
        0.0, ge=0.0, le=1e9, title="Ridge",
        description="Penalty on the squared weights of the least squares that a network begins at, for inputs of "
        "variance 1. 0 is none.",
    )  # fmt: skip

    @model_validator(mode="after")
    def _check_begin(self) -> Self:
        if self.begin is Begin.LEAST_SQUARES and not self.direct:
            raise ValueError("least squares are what direct connections begin at: turn direct on, or begin at random")
        if self.begin is Begin.LEAST_SQUARES and self.output is not Output.LINEAR:
            raise ValueError(f"least squares need linear outputs, got {self.output.value} ones")
        if self.ridge > 0 and self.begin is not Begin.LEAST_SQUARES:
            raise ValueError(f"ridge is for least squares only, got {self.ridge:g} with {self.begin.value}")
        return self

    @property
    def spreads(self) -> tuple[float, float]:
        """Spreads of w1 and w2, as the distribution of the initial weights has them."""
        if self.initialization is Initialization.FAN_IN:
            return self.hidden**-0.5, self.hidden**-0.5
        return self.input_spread, self.output_spread

    @property
    def input_rows(self) -> int:
        """Rows of w1: input, context and, with biases, one more."""
        return self.inputs + self.hidden + int(self.biases)

    @property
    def output_rows(self) -> int:
        """Rows of w2: hidden, with direct connections the inputs, and with biases one more."""
        return self.hidden + (self.inputs if self.direct else 0) + int(self.biases)

    @property
    def weight_count(self) -> int:
        """How many numbers are learned."""
        return self.input_rows * self.hidden + self.output_rows * self.outputs
