"""NoteChoices: the settings that a note about a table names, so that a click can make them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from elman_core.data.table_format import TableFormat

__all__ = ["NoteChoice", "without_options"]

_OPTION = re.compile(
    r"\s*\((?P<words>[^()]*?)--(?P<option>[a-z]+(?:-[a-z]+)*)(?: (?P<value>.+?))?(?:: (?P<tail>[^()]*))?\)"
)
_DATE_FORMAT = re.compile(r"\((?P<pattern>[^()]*%[^()]*)\)")
_FIELDS = {"sequence-column": "sequence_column", "time-column": "time_columns", "no-header": "header"}
_SWITCHES = {"insert-missing": True, "header": True, "no-header": False}


ASK = "?"
"""Of a setting of which None is a value like others."""


@dataclass(frozen=True)
class NoteChoice:
    """A setting that a note names; where the person has to say its value, it is None, or ASK where None is a value."""

    name: str
    value: object = None

    @property
    def title(self) -> str:
        """What the setting is called in the window."""
        return TableFormat.model_fields[self.name].title or self.name

    @property
    def has_value(self) -> bool:
        """Whether a click alone makes the choice."""
        return self.value not in (None, ASK) or (self.value is None and self.name == "sequence_column")


def without_options(note: str) -> tuple[str, tuple[NoteChoice, ...]]:
    """Return a note without the options of the command line, and the choices that these name."""
    choices: list[NoteChoice] = []
    for found in _OPTION.finditer(note):
        name = _FIELDS.get(found["option"], found["option"].replace("-", "_"))
        if name not in TableFormat.model_fields:
            continue
        if name == "date_format" and found["value"] is None:
            patterns = [match["pattern"] for match in _DATE_FORMAT.finditer(note)]
            choices += [NoteChoice(name, pattern) for pattern in patterns] or [NoteChoice(name)]
        elif name == "sequence_column" and found["value"] is None:
            choices.append(NoteChoice(name, ASK))
        else:
            value: object = _SWITCHES.get(found["option"], found["value"])
            choices.append(NoteChoice(name, None if value == "none" else value))
    return _OPTION.sub("", note), tuple(dict.fromkeys(choices))
