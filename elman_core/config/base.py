"""Config: a frozen group of settings that are declared once, and the sentence that says what is wrong with one."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic_core import PydanticCustomError

from elman_core.errors import ConfigError
from elman_core.support.numbers import read_whole_number
from elman_core.support.text_format import shortened

__all__ = ["ALL", "SEQUENCE", "Config", "ContextReset", "StepCount", "UpdateEvery", "WholeNumber"]

ALL: Literal["all"] = "all"
SEQUENCE: Literal["sequence"] = "sequence"


def _read_if_typed(value: object) -> object:
    """Read a whole number that is still a text, of which pydantic would take "1.000" for 1."""
    if not isinstance(value, str):
        return value
    try:
        return read_whole_number(value)
    except ValueError:
        raise PydanticCustomError("int_parsing", "not a whole number") from None


WholeNumber = Annotated[int, BeforeValidator(_read_if_typed)]
"""Of a setting that may also be a word or none, so that it comes as a text from the command line."""
_Steps = Annotated[WholeNumber, Field(ge=1, le=100_000_000)]
StepCount = _Steps | Literal["all"]
UpdateEvery = _Steps | Literal["all", "sequence"]
ContextReset = _Steps | Literal["never", "epoch", "sequence"]


class Config(BaseModel):
    """A frozen group of settings, checked when it is made.

    Raises
    ------
    ConfigError
        With one sentence such as "hidden must be at least 1, got 0".

    Attributes
    ----------
    later_settings
        Settings that model files of today's format may lack: their defaults mean what was done before there were any.
    earlier_settings
        Names that such files may have in place of others.
    """

    later_settings: ClassVar[frozenset[str]] = frozenset()
    earlier_settings: ClassVar[frozenset[str]] = frozenset()

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    def __init__(self, **values: Any) -> None:
        try:
            super().__init__(**values)
        except ValidationError as error:
            raise ConfigError(_sentence(error)) from None

    def replace(self, **changes: Any) -> Self:
        """Return a copy with some settings changed, checked anew."""
        return type(self)(**{**self.model_dump(), **changes})


_OR_A_WORD = {
    "truncation": " or 'all'",
    "update_every": ", 'sequence' or 'all'",
    "context_reset": ", 'never', 'epoch' or 'sequence'",
}
"""What may stand in place of a number."""


def _sentence(error: ValidationError) -> str:
    """Say what pydantic found in one plain sentence."""
    found = error.errors()[0]
    place = ".".join(str(part) for part in found["loc"] if not str(part).startswith(("constrained", "literal")))
    place = place.split(".int")[0].split(".function")[0]
    kind, context, got = found["type"], found.get("ctx", {}), shortened(found["input"])
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
            return f"{place} must be a whole number{_OR_A_WORD.get(place, '')}, got {got}"
        case "float_type" | "float_parsing" | "finite_number":
            return f"{place} must be a finite number, got {got}"
        case "bool_type" | "bool_parsing":
            return f"{place} must be true or false, got {got}"
        case "enum":
            return f"{place.rstrip('.0123456789')} must be {context['expected']}, got {got}"
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
