"""What can be chosen, declared once.

Title, explanation, default and limits of every setting stand here. The forms, the command
line, the checks and the model file all read them from these classes.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from elman_core.errors import ConfigError

__all__ = [
    "ALL",
    "Activation",
    "Config",
    "DataConfig",
    "Initialization",
    "Loss",
    "NetworkConfig",
    "Optimizer",
    "Output",
    "Precision",
    "Scaling",
    "Schedule",
    "StepCount",
    "SymbolConfig",
    "SymbolUnit",
    "TrainingConfig",
    "check_together",
]

ALL: Literal["all"] = "all"
StepCount = Annotated[int, Field(ge=1, le=100_000_000)] | Literal["all"]


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


class Scaling(StrEnum):
    """What is done to the series before the network sees it; undone on the way out."""

    STANDARDIZE = "standardize"
    NONE = "none"


class SymbolUnit(StrEnum):
    """What counts as one symbol."""

    CHARACTERS = "characters"
    WORDS = "words"
    ROWS = "rows"


class Config(BaseModel):
    """A frozen group of settings, checked when it is made.

    Raises
    ------
    ConfigError
        With one sentence such as "hidden must be at least 1, got 0".
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    def __init__(self, **values: Any) -> None:
        try:
            super().__init__(**values)
        except ValidationError as error:
            raise ConfigError(_sentence(error)) from None

    def replace(self, **changes: Any) -> Self:
        """Return a copy with some settings changed, checked anew."""
        return type(self)(**{**self.model_dump(), **changes})


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


class DataConfig(Config):
    """What is taken from a table, and how it is split in time."""

    columns: tuple[str, ...] = Field(
        (), title="Columns", description="Columns that are learned and predicted together. None chosen: the first."
    )
    train_percent: float = Field(
        70.0, gt=0.0, le=100.0, title="Train",
        description="Share of the rows, from the first on, that the weights are fitted to.",
    )  # fmt: skip
    validation_percent: float = Field(
        15.0, ge=0.0, lt=100.0, title="Validation",
        description="Share of the rows after that, to choose the best epoch by. What is left is the test part.",
    )  # fmt: skip
    scaling: Scaling = Field(
        Scaling.STANDARDIZE, title="Scaling",
        description="Standardize: subtract the mean and divide by the deviation of the training part. Predictions "
        "come back in the data's own units.",
    )  # fmt: skip
    fill_gaps: bool = Field(
        False, title="Fill gaps", description="Fill rows without a value by a straight line between their neighbours."
    )

    @model_validator(mode="after")
    def _check_shares(self) -> Self:
        if self.train_percent + self.validation_percent > 100:
            raise ValueError(
                f"train_percent and validation_percent must not exceed 100 % together, got "
                f"{self.train_percent:g} % and {self.validation_percent:g} %"
            )
        return self


class SymbolConfig(Config):
    """How a text, or a column of a table, is taken apart into symbols."""

    unit: SymbolUnit = Field(
        SymbolUnit.CHARACTERS, title="Symbols are",
        description="What counts as one symbol: each character of a text, each word, or each row of a table's column.",
    )  # fmt: skip
    lower_case: bool = Field(
        True, title="Lower case", description="Take capital and small letters for the same: The and the are one word."
    )
    spaces: bool = Field(
        True, title="Spaces",
        description="Keep the gaps between words as a symbol, for characters: white space of any length is one space. "
        "Off joins the words, as in Elman's experiment on where words begin.",
    )  # fmt: skip
    punctuation: bool = Field(
        True, title="Punctuation", description="Keep punctuation marks and other signs as symbols of their own."
    )
    largest_vocabulary: int = Field(
        1000, ge=2, le=4096, title="At most",
        description="Different symbols at most; the rarest others are taken together as one, ⟨other⟩.",
    )  # fmt: skip
    minimum_count: int = Field(
        1, ge=1, le=1_000_000, title="At least",
        description="How often a symbol must occur to be one of its own; rarer ones are taken together as ⟨other⟩.",
    )  # fmt: skip


def check_together(network: NetworkConfig, training: TrainingConfig, time_steps: int) -> None:
    """Check what neither config can check alone.

    Raises
    ------
    ConfigError
        When loss and output do not go together, or the truncation is longer than the series.
    """
    if training.loss is Loss.CROSS_ENTROPY and network.output is Output.LINEAR:
        raise ConfigError("cross-entropy needs logistic or softmax outputs, got linear ones")
    for name, steps in (("update_every", training.update_every), ("truncation", training.truncation)):
        if steps != ALL and steps > time_steps:
            raise ConfigError(f"{name} must be at most the {time_steps:,} training steps there are, got {steps:,}")


def _sentence(error: ValidationError) -> str:
    """Say what pydantic found in one plain sentence."""
    found = error.errors()[0]
    place = ".".join(str(part) for part in found["loc"] if not str(part).startswith(("constrained", "literal")))
    place = place.split(".int")[0].split(".function")[0]
    kind, context, got = found["type"], found.get("ctx", {}), repr(found["input"])
    match kind:
        case "greater_than_equal":
            return f"{place} must be at least {_plain(context['ge'])}, got {got}"
        case "greater_than":
            return f"{place} must be more than {_plain(context['gt'])}, got {got}"
        case "less_than_equal":
            return f"{place} must be at most {_plain(context['le'])}, got {got}"
        case "less_than":
            return f"{place} must be less than {_plain(context['lt'])}, got {got}"
        case "int_type" | "int_parsing" | "int_from_float":
            also = " or 'all'" if place in ("update_every", "truncation") else ""
            return f"{place} must be a whole number{also}, got {got}"
        case "float_type" | "float_parsing" | "finite_number":
            return f"{place} must be a finite number, got {got}"
        case "bool_type" | "bool_parsing":
            return f"{place} must be true or false, got {got}"
        case "enum":
            return f"{place} must be {context['expected']}, got {got}"
        case "union_tag_invalid":
            return f"{place} must be one of {context['expected_tags']}, got {context['tag']!r}"
        case "extra_forbidden":
            return f"there is no setting called {place!r}"
        case "missing":
            return f"{place} is missing"
        case "value_error":
            return str(context["error"])
        case _:
            return f"{place}: {found['msg'].lower()}, got {got}"


def _plain(limit: float) -> str:
    """Write 10000000, not 1e+07."""
    return str(limit) if isinstance(limit, int) else f"{limit:g}"
