"""Axes: every setting that a study can vary, and how the values of one are written and read."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum, StrEnum
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, cast, get_args, get_origin

import annotated_types
from pydantic import create_model

from elman_core.config import AutomaticConfig, Config, DataConfig, NetworkConfig, SymbolConfig, TrainingConfig
from elman_core.config.study import Axis, AxisValue, Range
from elman_core.errors import ConfigError
from elman_core.support.numbers import read_number, read_whole_number
from elman_core.support.text_format import shortened

__all__ = [
    "CONFIGS",
    "FieldKind",
    "StudyField",
    "axis_of",
    "checked_setting",
    "field_named",
    "parse_axis",
    "study_fields",
]

CONFIGS: dict[str, type[Config]] = {
    "network": NetworkConfig, "training": TrainingConfig, "data": DataConfig, "symbols": SymbolConfig,
    "automatic": AutomaticConfig,
}  # fmt: skip
"""Whose settings can be varied, by the first part of a full name."""

_FOLLOW = "follows from the data: vary columns, lags or the horizon"
_SEEDS = "is what the networks of every cell differ in: choose the number of seeds"
_MEMBERS = "is for networks of one ensemble, which the cells of a study are not: vary training.{}"
_REFUSED = {
    "network.inputs": _FOLLOW,
    "network.outputs": _FOLLOW,
    "training.seed": _SEEDS,
    "training.networks": _SEEDS,
    "automatic.seed": _SEEDS,
    "training.learning_rates": _MEMBERS.format("learning_rate"),
    "training.momenta": _MEMBERS.format("momentum"),
    "training.weight_decays": _MEMBERS.format("weight_decay"),
}
"""Settings that cannot be varied, and why."""
_OF_RECIPE = {
    **{f"network.{name}": f"automatic.{name}" for name in ("hidden", "ridge")},
    **{f"training.{name}": f"automatic.{name}" for name in ("epochs", "patience")},
    **{f"data.{name}": f"automatic.{name}" for name in ("transforms", "season", "lags", "horizon")},
}
"""Settings that the automatic recipe has itself."""
_OF_PARTS = (
    "network.begin", "network.direct", "training.hold_direct", "data.relative_to_last", "data.scaling", "data.strategy",
    "data.split",
)  # fmt: skip
"""Settings that each part of a forecaster has for itself."""
_BETWEEN_NAMES = "+"
_NONE = "none"


class FieldKind(StrEnum):
    """What the values of a setting are."""

    WHOLE = "whole number"
    NUMBER = "number"
    SWITCH = "true or false"
    CHOICE = "choice"
    NAMES = "names"
    """Several names, joined by "+"."""


@dataclass(frozen=True)
class StudyField:
    """A setting that a study can vary.

    Attributes
    ----------
    group, name
        Whose setting it is, and its name there: "network" and "hidden".
    kind
        What its values are; a number may also be one of the `choices`, such as "all".
    choices
        The words that it may be.
    low, high
        Its limits, which `excludes_low` and `excludes_high` leave out; None where there is none.
    may_be_none
        Whether "none" is one of its values.
    """

    group: str
    name: str
    kind: FieldKind
    choices: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None
    excludes_low: bool = False
    excludes_high: bool = False
    may_be_none: bool = False

    @property
    def full_name(self) -> str:
        """Its name in a study, such as "network.hidden"."""
        return f"{self.group}.{self.name}"

    @property
    def config(self) -> type[Config]:
        """The class that declares it."""
        return CONFIGS[self.group]

    @property
    def title(self) -> str:
        """What a form calls it."""
        return self.config.model_fields[self.name].title or self.name

    @property
    def description(self) -> str:
        """What it means."""
        return self.config.model_fields[self.name].description or ""

    def parse(self, text: str) -> AxisValue:
        """Read one value that a person has written.

        Raises
        ------
        ConfigError
            When it is none, or outside the limits.
        """
        text = text.strip()
        if self.may_be_none and text.lower() == _NONE:
            return None
        if text.lower() in self.choices:
            return self.checked(text.lower())
        if self.kind in (FieldKind.WHOLE, FieldKind.NUMBER):
            read: Callable[[str], float] = read_whole_number if self.kind is FieldKind.WHOLE else read_number
            try:
                return self.checked(read(text))
            except ValueError as error:
                if isinstance(error, ConfigError):
                    raise
                wanted, _, got = str(error).partition(", got ")
                raise ConfigError(f"{self.name} {_either([wanted, *map(repr, self.choices)])}, got {got}") from None
        return self.checked(text)

    def checked(self, value: AxisValue) -> AxisValue:
        """Return a value as the config reads it, in plain form: 0.1 for "0.1", "adam" for Optimizer.ADAM.

        Raises
        ------
        ConfigError
            When the config refuses it, with its own sentence.
        """
        return plain(checked_setting(self.group, self.name, self.setting(value)))

    def setting(self, value: AxisValue) -> Any:
        """Return what the config is given for a value: names that are joined are separated."""
        if self.kind is not FieldKind.NAMES or not isinstance(value, str) or value in self.choices:
            return value
        return () if value.lower() == _NONE else tuple(name.strip() for name in value.split(_BETWEEN_NAMES))


def plain(value: Any) -> AxisValue:
    """Return the value of a setting as an axis has it."""
    if isinstance(value, tuple):
        return _BETWEEN_NAMES.join(str(plain(each)) for each in value) or _NONE
    return cast(AxisValue, value.value if isinstance(value, Enum) else value)


@cache
def study_fields(*, automatic: bool = False) -> tuple[StudyField, ...]:
    """Return every setting that a study can vary: of Elman networks, or with `automatic` of the recipe."""
    return tuple(field for field in _all_fields() if not _refusal(field.full_name, automatic=automatic))


@cache
def _all_fields() -> tuple[StudyField, ...]:
    return tuple(_field(group, name) for group, config in CONFIGS.items() for name in config.model_fields)


def field_named(name: str, *, automatic: bool = False) -> StudyField:
    """Return the setting of a name: a full one, or a short one that only one config has.

    Raises
    ------
    ConfigError
        When there is none, when there are several, or when it cannot be varied.
    """
    wanted = name.strip().replace("-", "_")
    own = study_fields(automatic=automatic)
    found = [field for field in own if wanted in (field.full_name, field.name)]
    if len(found) > 1:
        raise ConfigError(f"{wanted} is a setting of several: give {_either([field.full_name for field in found])}")
    if found:
        return found[0]
    known = [field.full_name for field in _all_fields() if wanted in (field.full_name, field.name)]
    for full_name in known:
        raise ConfigError(f"{full_name} cannot be varied: it {_refusal(full_name, automatic=automatic)}")
    raise ConfigError(f"there is no setting called {shortened(name.strip())}{_meant(wanted, own)}")


def parse_axis(text: str, *, automatic: bool = False, ranges: bool = False) -> Axis:
    """Read an axis such as "hidden=6,20", with `ranges` also "learning_rate=0.001:0.1:log".

    Raises
    ------
    ConfigError
        When there is no such setting, or a value is none of it.
    """
    name, equals, values = text.partition("=")
    if not equals or not name.strip():
        raise ConfigError(f"an axis is a setting and its values, such as hidden=6,20; got {shortened(text)}")
    field = field_named(name, automatic=automatic)
    if not values.strip():
        raise ConfigError(f"{field.full_name} has no values: give at least one, as in {field.name}={_example(field)}")
    if ranges and values.count(":"):
        return Axis(field=field.full_name, range=_range(field, values))
    if ":" in values and field.kind in (FieldKind.WHOLE, FieldKind.NUMBER):
        raise ConfigError(
            f"a range is for search random or tpe; in a grid {field.full_name} needs values, got {values}"
        )
    parts = values.split(",")
    if any(not part.strip() for part in parts):
        raise ConfigError(f"{field.full_name} has an empty value, got {shortened(values)}")
    return axis_of(field, [field.parse(part) for part in parts])


def axis_of(field: StudyField, values: Sequence[AxisValue]) -> Axis:
    """Return an axis of some values, each of which the setting's own config has checked."""
    return Axis(field=field.full_name, values=tuple(map(field.checked, values)))


def _range(field: StudyField, text: str) -> Range:
    low, high, *rest = (part.strip() for part in text.split(":"))
    if field.kind not in (FieldKind.WHOLE, FieldKind.NUMBER) or rest not in ([], ["log"]):
        raise ConfigError(
            f"{field.full_name} must have values, or be a number with a range low:high or low:high:log; got "
            f"{shortened(text)}"
        )
    ends = [field.parse(end) for end in (low, high)]
    if not all(isinstance(end, int | float) for end in ends):
        raise ConfigError(f"a range goes from one number to another, got {shortened(text)}")
    return Range(low=cast(float, ends[0]), high=cast(float, ends[1]), log=bool(rest))


def _example(field: StudyField) -> str:
    if field.kind in (FieldKind.WHOLE, FieldKind.NUMBER):
        return str(plain(field.config.model_fields[field.name].get_default(call_default_factory=True)))
    return {FieldKind.SWITCH: "true,false"}.get(field.kind, ",".join(field.choices[:2]) or "A,B")


def _refusal(full_name: str, *, automatic: bool) -> str:
    """Say why a setting cannot be varied; nothing where it can."""
    if full_name in _REFUSED:
        return _REFUSED[full_name]
    if full_name.startswith("automatic."):
        return "" if automatic else "is for the automatic recipe: give --auto"
    if automatic and full_name in _OF_RECIPE:
        return f"is a choice of the automatic recipe: vary {_OF_RECIPE[full_name]}"
    if automatic and full_name in _OF_PARTS:
        return "is a choice that the automatic recipe makes for each part"
    if automatic and full_name.startswith("symbols."):
        return "is for symbols, which the automatic recipe does not learn"
    return ""


def _either(words: Sequence[str]) -> str:
    """Write "one", "one or two", "one, two or three"."""
    return " or ".join(filter(None, (", ".join(words[:-1]), words[-1])))


def _meant(wanted: str, fields: Sequence[StudyField]) -> str:
    names = {field.name: field.full_name for field in fields} | {field.full_name: field.full_name for field in fields}
    close = difflib.get_close_matches(wanted.lower(), names, n=1, cutoff=0.55)
    return f" (did you mean {close[0]}?)" if close else ""


# -- what the configs declare -----------------------------------------------------------------------


def checked_setting(group: str, name: str, value: Any) -> Any:
    """Return the value of one setting as its config reads it, without a look at the others.

    Raises
    ------
    ConfigError
        When there is no such setting, or the config refuses the value.
    """
    if name not in CONFIGS[group].model_fields:
        raise ConfigError(f"there is no setting called {shortened(f'{group}.{name}')}")
    return getattr(_alone(group, name)(**{name: value}), name)


@cache
def _alone(group: str, name: str) -> type[Config]:
    """Return a config of one setting alone, which checks it as its own config does."""
    info = CONFIGS[group].model_fields[name]
    return create_model(group, __base__=Config, **{name: (info.annotation, info)})  # type: ignore[call-overload,no-any-return]


def _field(group: str, name: str) -> StudyField:
    info = CONFIGS[group].model_fields[name]
    kinds, choices, limits = set[FieldKind](), list[str](), list[Any](info.metadata)
    may_be_none = False
    for kind, extra in _plain_types(info.annotation):
        limits += extra
        if kind is NoneType:
            may_be_none = True
        elif get_origin(kind) is Literal:
            choices += [str(word) for word in get_args(kind)]
        elif get_origin(kind) is tuple:
            kinds.add(FieldKind.NAMES)
        elif issubclass(kind, Enum):
            choices += [str(each.value) for each in kind]
        else:
            kinds.add({bool: FieldKind.SWITCH, int: FieldKind.WHOLE, float: FieldKind.NUMBER}[kind])
    bounds = _bounds(limits) if kinds & {FieldKind.WHOLE, FieldKind.NUMBER} else {}
    return StudyField(
        group, name, min(kinds) if kinds else FieldKind.CHOICE, tuple(choices), may_be_none=may_be_none, **bounds
    )


def _plain_types(annotation: Any) -> Iterator[tuple[Any, tuple[Any, ...]]]:
    """Yield the types that a setting may have, each with what Annotated adds to it."""
    origin = get_origin(annotation)
    if origin is Annotated:
        inner, *extra = get_args(annotation)
        for kind, more in _plain_types(inner):
            yield kind, (*more, *extra)
    elif origin in (Union, UnionType):
        for each in get_args(annotation):
            yield from _plain_types(each)
    else:
        yield annotation, ()


def _bounds(metadata: Sequence[Any]) -> dict[str, Any]:
    """Return the limits that a setting declares."""
    found: dict[str, Any] = {}
    for each in metadata:
        for one in getattr(each, "metadata", None) or [each]:
            match one:
                case annotated_types.Ge(ge=low):
                    found["low"] = low
                case annotated_types.Gt(gt=low):
                    found |= {"low": low, "excludes_low": True}
                case annotated_types.Le(le=high):
                    found["high"] = high
                case annotated_types.Lt(lt=high):
                    found |= {"high": high, "excludes_high": True}
    return found
