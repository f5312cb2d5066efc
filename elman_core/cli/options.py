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

from elman_core.config import Config, DataConfig, NetworkConfig, SymbolConfig, TrainingConfig

__all__ = ["TRAINING_SETTINGS", "Data", "FillGaps", "Json", "Model", "Setting", "chosen", "with_settings"]

Command = TypeVar("Command", bound=Callable[..., None])

Json = Annotated[bool, typer.Option("--json", help="Write one JSON object to standard output, and nothing else.")]
Model = Annotated[Path, typer.Argument(metavar="MODEL", help="A model file, as train --save writes it.")]
Data = Annotated[
    Path | None,
    typer.Argument(metavar="[DATA.csv]", help="Other data than the model was trained on.", show_default=False),
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
        By default "--name", or "--name/--no-name" for a switch. For several values the flag is repeated.
    """

    config: type[Config]
    name: str
    metavar: str | None = None
    flag: str | None = None

    @property
    def parameter(self) -> inspect.Parameter:
        """The option as a parameter of a command; its default None means not given."""
        field = self.config.model_fields[self.name]
        kind = _option_type(field.annotation)
        words = self.name.replace("_", "-")
        flag = self.flag or (f"--{words}/--no-{words}" if kind is bool else f"--{words}")
        option = typer.Option(flag, help=field.description, metavar=self.metavar, show_default=False)
        return inspect.Parameter(
            self.name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=Annotated[kind | None, option]
        )


TRAINING_SETTINGS = (
    Setting(DataConfig, "columns", "C", "--column"),
    Setting(NetworkConfig, "hidden", "N"),
    Setting(NetworkConfig, "activation"),
    Setting(NetworkConfig, "output"),
    Setting(NetworkConfig, "biases"),
    Setting(TrainingConfig, "epochs", "N"),
    Setting(TrainingConfig, "learning_rate", "R"),
    Setting(TrainingConfig, "optimizer"),
    Setting(TrainingConfig, "momentum", "M"),
    Setting(TrainingConfig, "weight_decay", "D"),
    Setting(TrainingConfig, "clip_norm", "C"),
    Setting(TrainingConfig, "schedule"),
    Setting(TrainingConfig, "schedule_epochs", "N"),
    Setting(TrainingConfig, "schedule_factor", "F"),
    Setting(TrainingConfig, "patience", "N"),
    Setting(TrainingConfig, "networks", "N"),
    Setting(TrainingConfig, "precision"),
    Setting(TrainingConfig, "loss"),
    Setting(TrainingConfig, "update_every", "K1"),
    Setting(TrainingConfig, "truncation", "K2"),
    Setting(TrainingConfig, "seed", "S"),
    Setting(DataConfig, "train_percent", "P"),
    Setting(DataConfig, "validation_percent", "P"),
    Setting(DataConfig, "fill_gaps", flag="--fill-gaps"),
    Setting(SymbolConfig, "unit", flag="--symbols"),
    Setting(SymbolConfig, "lower_case", flag="--lower-case/--keep-case"),
    Setting(SymbolConfig, "spaces"),
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


def chosen(config: type[Config], settings: Sequence[Setting], values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings of a config that were given, by name; a repeated value counts once."""
    found: dict[str, Any] = {}
    for setting in settings:
        value = values[setting.name]
        if setting.config is config and value not in (None, []):
            found[setting.name] = tuple(dict.fromkeys(value)) if isinstance(value, list) else value
    return found


def _option_type(annotation: Any) -> Any:
    """Return the type of an option; a setting of several types, such as a number or "all", is read by its config."""
    if get_origin(annotation) is tuple:
        return list[_option_type(get_args(annotation)[0])]  # type: ignore[misc]
    kinds = [kind for kind in get_args(annotation) or (annotation,) if kind is not NoneType]
    kind = kinds[0]
    is_plain = len(kinds) == 1 and isinstance(kind, type) and issubclass(kind, bool | int | float | str | Enum)
    return kind if is_plain else str
