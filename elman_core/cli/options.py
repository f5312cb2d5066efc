"""Arguments and options that commands share. Options that are settings of a config take type and help from it."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from types import NoneType
from typing import Annotated, Any, TypeVar, get_args, get_origin, get_type_hints

import typer

from elman_core.config import AutomaticConfig, Config, DataConfig, NetworkConfig, SymbolConfig, TrainingConfig
from elman_core.data.table import TableFormat
from elman_core.support.numbers import read_number, read_whole_number

__all__ = [
    "ROLE_SETTINGS",
    "TABLE_SETTINGS",
    "TRAINING_SETTINGS",
    "Auto",
    "Data",
    "Device",
    "Engine",
    "Features",
    "FillGaps",
    "Interval",
    "Json",
    "Member",
    "Model",
    "Save",
    "Setting",
    "chosen",
    "number",
    "table_format",
    "whole_number",
    "with_settings",
]

Command = TypeVar("Command", bound=Callable[..., None])
Number = TypeVar("Number", int, float)

_NONE = "none"


def whole_number(text: str | int) -> int:
    """Read the whole number of an option, as the fields of the window do: "1.000" is none."""
    return _read(read_whole_number, text)


def number(text: str | float) -> float:
    """Read the number of an option, with a point or a comma."""
    return _read(read_number, text)


def _read(read: Callable[[str], Number], text: str | float) -> Number:
    try:
        return read(str(text))
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None


Features = Annotated[
    Path | None,
    typer.Option(metavar="TABLE.csv", help="A table of features: a symbol, and numbers from 0 to 1, in each row."),
]
Auto = Annotated[
    bool | None,
    typer.Option(
        "--auto/--no-auto",
        help="The automatic recipe, or one Elman network: what a table begins with unless settings are given.",
        show_default=False,
    ),
]
Device = Annotated[str, typer.Option(metavar="auto|cpu|cuda[:n]|mps", help="Where to compute.")]
Engine = Annotated[str, typer.Option(metavar="auto|compiled|tensors", help="What moves the weights.")]
Save = Annotated[Path | None, typer.Option(metavar="MODEL.safetensors", help="Save the trained network.")]
Interval = Annotated[
    list[float] | None,
    typer.Option(
        metavar="P",
        parser=number,
        help="An interval that should hold this many per cent of the values; may be repeated.",
        show_default=False,
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Write one JSON object to standard output, and nothing else.")]
Model = Annotated[Path, typer.Argument(metavar="MODEL", help="A model file, as train --save writes it.")]
Data = Annotated[
    Path | None,
    typer.Argument(metavar="[DATA.csv]", help="Other data than the model was trained on.", show_default=False),
]
Member = Annotated[
    int, typer.Option(metavar="K", parser=whole_number, help="Which of the model's networks, from 1 on.")
]
FillGaps = Annotated[bool, typer.Option("--fill-gaps", help=DataConfig.model_fields["fill_gaps"].description)]


@dataclass(frozen=True)
class Setting:
    """An option for a setting of a config, with the setting's own type and description.

    Attributes
    ----------
    config, name
        The class, and the setting's name in it.
    metavar
        The value's placeholder in the help; None for choices and switches.
    flag
        By default "--name", or "--name/--no-name" for a switch.
    other
        Another spelling of the flag.
    hidden
        Whether the help leaves it out: a flag that was once used, and is still accepted.
    words
        What may be given in place of a number, and means nothing to the config.

    Notes
    -----
    For several texts the flag is repeated, for they may contain commas; several numbers or choices are separated by
    commas. "none" stands for none of these, and for None where a setting may be that.
    """

    config: type[Config]
    name: str
    metavar: str | None = None
    flag: str | None = None
    other: str | None = None
    hidden: bool = False
    words: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """The name of the command's parameter."""
        return f"old_{self.name}" if self.hidden else self.name

    @property
    def parameter(self) -> inspect.Parameter:
        """The option as a parameter of a command; its default None means not given."""
        words = self.name.replace("_", "-")
        flag = self.flag or (f"--{words}/--no-{words}" if self._type is bool else f"--{words}")
        help_text = self.config.model_fields[self.name].description
        option = typer.Option(
            *filter(None, (flag, self.other)),
            help=help_text,
            metavar=self.metavar,
            show_default=False,
            hidden=self.hidden,
            parser={int: whole_number, float: number}.get(self._type),
        )
        return inspect.Parameter(
            self.key, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=Annotated[self._type | None, option]
        )

    def read(self, value: Any) -> Any:
        """Return a given value for the config, which checks it."""
        if isinstance(value, list):  # of a repeated flag; the same value twice counts once
            return tuple(dict.fromkeys(value))
        if isinstance(value, str) and self._items is not None:
            return () if value == _NONE else tuple(part.strip() for part in value.split(","))
        if self.words and isinstance(value, str) and value not in self.words:
            return whole_number(value)
        return None if value == _NONE and self._may_be_none else value

    @property
    def _annotation(self) -> Any:
        return self.config.model_fields[self.name].annotation

    @property
    def _items(self) -> Any:
        """The type of each value, of a setting with several."""
        return _plain(get_args(self._annotation)[0]) if get_origin(self._annotation) is tuple else None

    @property
    def _may_be_none(self) -> bool:
        return NoneType in get_args(self._annotation)

    @property
    def _type(self) -> Any:
        """What the command line takes: a text, unless it is of one type that it can read and check itself."""
        if self._items is str:
            return list[str]
        if self.words:
            return str
        is_simple = isinstance(self._annotation, type) and issubclass(self._annotation, bool | int | float | Enum)
        return self._annotation if is_simple else str


TABLE_SETTINGS = (
    Setting(TableFormat, "sequence_column", "C|none"),
    Setting(TableFormat, "time_columns", "C", "--time-column"),
    Setting(TableFormat, "date_format", "F"),
    Setting(TableFormat, "newest_year", "Y"),
    Setting(TableFormat, "first_year", "Y"),
    Setting(TableFormat, "frequency", "F"),
    Setting(TableFormat, "order"),
    Setting(TableFormat, "insert_missing", flag="--insert-missing"),
    Setting(TableFormat, "delimiter", "D"),
    Setting(TableFormat, "decimal", ".|,"),
    Setting(TableFormat, "thousands", "none|.|,|blank|'"),
    Setting(TableFormat, "missing", "CODE"),
    Setting(TableFormat, "encoding", "E"),
    Setting(TableFormat, "header"),
    Setting(TableFormat, "header_rows", "N"),
    Setting(TableFormat, "skip_rows", "N"),
    Setting(TableFormat, "comments"),
    Setting(TableFormat, "layout"),
    Setting(TableFormat, "sheet", "NAME"),
)
"""How a table is read where detection is not to decide, one option a line, in the order of the help."""

ROLE_SETTINGS = (
    Setting(DataConfig, "columns", "C", "--target", "--column"),
    Setting(DataConfig, "inputs", "C", "--input"),
    Setting(DataConfig, "known", "C"),
)
"""What each column of a table is for."""

TRAINING_SETTINGS = (
    *ROLE_SETTINGS,
    *TABLE_SETTINGS,
    Setting(DataConfig, "lags", "P|auto", words=("auto",)),
    Setting(DataConfig, "horizon", "H"),
    Setting(DataConfig, "strategy"),
    Setting(DataConfig, "transforms", "auto|none|T,...", "--transform"),
    Setting(DataConfig, "season", "M|auto|none"),
    Setting(DataConfig, "scaling"),
    Setting(DataConfig, "relative_to_last"),
    Setting(AutomaticConfig, "calendar", "month|weekday|hour,..."),
    Setting(NetworkConfig, "hidden", "N"),
    Setting(NetworkConfig, "activation"),
    Setting(NetworkConfig, "output"),
    Setting(NetworkConfig, "biases"),
    Setting(NetworkConfig, "direct"),
    Setting(NetworkConfig, "begin"),
    Setting(NetworkConfig, "ridge", "R"),
    Setting(NetworkConfig, "initial_context", "X"),
    Setting(NetworkConfig, "initialization"),
    Setting(NetworkConfig, "input_spread", "S"),
    Setting(NetworkConfig, "output_spread", "S"),
    Setting(TrainingConfig, "epochs", "N"),
    Setting(TrainingConfig, "learning_rate", "R"),
    Setting(TrainingConfig, "optimizer"),
    Setting(TrainingConfig, "momentum", "M"),
    Setting(TrainingConfig, "weight_decay", "D"),
    Setting(TrainingConfig, "clip_norm", "C", "--clip"),
    Setting(TrainingConfig, "clip_norm", "C", "--clip-norm", hidden=True),
    Setting(TrainingConfig, "schedule"),
    Setting(TrainingConfig, "schedule_epochs", "N"),
    Setting(TrainingConfig, "schedule_factor", "F"),
    Setting(TrainingConfig, "patience", "N"),
    Setting(TrainingConfig, "restarts", "N"),
    Setting(TrainingConfig, "restart_above", "NMSE"),
    Setting(TrainingConfig, "networks", "N"),
    Setting(TrainingConfig, "learning_rates", "R,..."),
    Setting(TrainingConfig, "momenta", "M,..."),
    Setting(TrainingConfig, "weight_decays", "D,..."),
    Setting(TrainingConfig, "precision"),
    Setting(TrainingConfig, "loss"),
    Setting(TrainingConfig, "loss_reduction"),
    Setting(TrainingConfig, "update_every", "K1|sequence|all"),
    Setting(TrainingConfig, "truncation", "K2|all"),
    Setting(TrainingConfig, "batch", "B"),
    Setting(TrainingConfig, "context_reset", "never|epoch|sequence|K"),
    Setting(TrainingConfig, "warm_up_steps", "N"),
    Setting(TrainingConfig, "warm_up_share", "S"),
    Setting(TrainingConfig, "hold_direct"),
    Setting(TrainingConfig, "input_noise", "S"),
    Setting(TrainingConfig, "closed_loop_steps", "N"),
    Setting(TrainingConfig, "seed", "S"),
    Setting(DataConfig, "split"),
    Setting(DataConfig, "train_percent", "P"),
    Setting(DataConfig, "validation_percent", "P"),
    Setting(DataConfig, "validation_rows", "N|none"),
    Setting(DataConfig, "test_rows", "N|none"),
    Setting(DataConfig, "fill_gaps", flag="--fill-gaps"),
    Setting(SymbolConfig, "unit", flag="--symbols"),
    Setting(SymbolConfig, "sequences", "one|lines"),
    Setting(SymbolConfig, "lower_case", flag="--lower-case/--keep-case"),
    Setting(SymbolConfig, "spaces"),
    Setting(SymbolConfig, "line_ends"),
    Setting(SymbolConfig, "punctuation"),
    Setting(SymbolConfig, "largest_vocabulary", "N"),
    Setting(SymbolConfig, "minimum_count", "N"),
)
"""The settings of a training, one option a line, in the order of the help."""


def with_settings(settings: Sequence[Setting]) -> Callable[[Command], Command]:
    """Give a command an option for each setting, before its own options; it receives the values as `**settings`."""

    def decorate(command: Command) -> Command:
        own = inspect.signature(command)
        hints = get_type_hints(command, include_extras=True)
        kept = [
            parameter.replace(annotation=hints[name], kind=inspect.Parameter.KEYWORD_ONLY)
            for name, parameter in own.parameters.items()
            if parameter.kind is not inspect.Parameter.VAR_KEYWORD
        ]
        arguments = [parameter for parameter in kept if parameter.default is inspect.Parameter.empty]
        options = [parameter for parameter in kept if parameter not in arguments]
        parameters = [*arguments, *(setting.parameter for setting in settings), *options]
        # typer reads both.
        command.__signature__ = own.replace(parameters=parameters)  # type: ignore[attr-defined]
        command.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters} | {"return": None}
        return command

    return decorate


def table_format(values: Mapping[str, Any]) -> TableFormat | None:
    """Return a format in which nothing is set but what was given; None where nothing was."""
    given = chosen(TableFormat, TABLE_SETTINGS, values)
    return TableFormat(**given) if given else None


def chosen(config: type[Config], settings: Sequence[Setting], values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings of a config that were given, by name, as the config reads them."""
    found = {setting: values[setting.key] for setting in settings if setting.config is config}
    given = [(setting, value) for setting, value in found.items() if value not in (None, [])]
    # A flag of today counts more than an old one for the same setting.
    given.sort(key=lambda pair: pair[0].hidden, reverse=True)
    return {setting.name: setting.read(value) for setting, value in given}


def _plain(annotation: Any) -> Any:
    """Return a type without what Annotated adds to it."""
    return get_args(annotation)[0] if get_origin(annotation) is Annotated else annotation
