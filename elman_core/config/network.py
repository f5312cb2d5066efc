"""The sizes and functions of a network."""

from __future__ import annotations

from enum import StrEnum

from pydantic import Field

from elman_core.config.base import Config

__all__ = ["Activation", "Initialization", "NetworkConfig", "Output"]


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
    """The distribution that initial weights are drawn from."""

    NORMAL = "normal"
    UNIFORM = "uniform"


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
    initial_context: float = Field(
        0.0, ge=-1.0, le=1.0, title="Context starts at",
        description="Value of all context units before the first time step: 0 in the tutorial, 0.5 in Elman 1990.",
    )  # fmt: skip
    initialization: Initialization = Field(
        Initialization.NORMAL, title="Initial weights",
        description="Drawn from a normal distribution, or uniformly from -spread to spread.",
    )  # fmt: skip
    input_spread: float = Field(
        0.4, ge=0.0, le=10.0, title="Spread of w1",
        description="Standard deviation (normal) or half range (uniform) of the weights into the hidden units.",
    )  # fmt: skip
    output_spread: float = Field(
        0.3, ge=0.0, le=10.0, title="Spread of w2",
        description="Standard deviation (normal) or half range (uniform) of the weights into the output units.",
    )  # fmt: skip

    @property
    def input_rows(self) -> int:
        """Rows of w1: input, context and, with biases, one more."""
        return self.inputs + self.hidden + int(self.biases)

    @property
    def output_rows(self) -> int:
        """Rows of w2: hidden and, with biases, one more."""
        return self.hidden + int(self.biases)

    @property
    def weight_count(self) -> int:
        """How many numbers are learned."""
        return self.input_rows * self.hidden + self.output_rows * self.outputs
