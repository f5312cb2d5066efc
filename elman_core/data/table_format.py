"""TableFormat: how a file with a table is to be read."""

from __future__ import annotations

from enum import StrEnum
from typing import Any, ClassVar, Literal

from pydantic import Field, field_validator, model_validator

from elman_core.config import Config
from elman_core.data.calendar import is_frequency
from elman_core.data.text_file import Encoding

__all__ = ["Comments", "Layout", "Order", "TableFormat"]

Order = Literal["as-is", "reversed", "sorted"]
"""What is done to the rows of a file, so that they run forwards in time."""


class Comments(StrEnum):
    """What lines are that begin with #."""

    SKIP = "skip"
    HEADER = "header"
    ROWS = "rows"


class Layout(StrEnum):
    """What the rows and columns of a table are."""

    COLUMNS = "columns"
    ACROSS = "across"


_WORDS = {
    "delimiter": {"tab": "\t", "\\t": "\t", "comma": ",", "semicolon": ";", "pipe": "|", "blank": " ", "space": " "},
    "decimal": {"point": ".", "dot": ".", "comma": ","},
    "thousands": {"none": "", "point": ".", "dot": ".", "comma": ",", "blank": " ", "space": " ", "apostrophe": "'"},
}
"""What may be written for a sign that is hard to type."""


class TableFormat(Config):
    """How a file with a table is to be read. Detected, shown, and changed by the person."""

    later_settings: ClassVar[frozenset[str]] = frozenset(
        {
            "thousands", "header_rows", "skip_rows", "comments", "layout", "missing", "sheet", "time_columns",
            "frequency", "newest_year", "first_year", "order", "insert_missing",
        }
    )  # fmt: skip
    earlier_settings: ClassVar[frozenset[str]] = frozenset({"time_column"})

    encoding: Encoding = Field(
        "utf-8", title="Encoding",
        description="How the file's bytes spell letters: cp1252 is Western Europe, cp1250 Central Europe, cp1251 "
        "Cyrillic, cp1253 Greek, cp1254 Turkish, cp932 Japanese, gb18030 and big5 Chinese, cp949 Korean.",
    )  # fmt: skip
    delimiter: Literal[",", ";", "\t", "|", " "] = Field(
        ",", title="Delimiter", description="The sign between two columns; tab and blank may be written as words."
    )
    decimal: Literal[".", ","] = Field(".", title="Decimal mark", description="The sign before a fraction: 1.5 or 1,5.")
    thousands: Literal["", ".", ",", " ", "'"] = Field(
        "", title="Thousands mark",
        description="The sign between groups of three digits: point, comma, blank, apostrophe, or none.",
    )  # fmt: skip
    header: bool = Field(True, title="Header", description="Whether the first row has the columns' names.")
    header_rows: int = Field(
        1, ge=1, le=5, title="Header rows",
        description="Rows that the header takes: below the names may be units, or a second row of names.",
    )  # fmt: skip
    skip_rows: int = Field(
        0, ge=0, le=1_000, title="Rows to skip",
        description="Lines at the beginning of the file, such as titles, that are no part of the table.",
    )  # fmt: skip
    comments: Comments = Field(
        Comments.SKIP, title="Lines with #",
        description="What lines are that begin with #. Skip: comments. Header: comments, the last of which has the "
        "columns' names. Rows: rows like all others.",
    )  # fmt: skip
    layout: Layout = Field(
        Layout.COLUMNS, title="Layout",
        description="Columns: a row is a time, a column a series. Across: the header has the times, such as months or "
        "years, and each row is read from left to right.",
    )  # fmt: skip
    missing: tuple[str, ...] = Field(
        (), max_length=20, title="Missing values", description="What stands for a value that is missing, such as -999."
    )  # fmt: skip
    sheet: str | None = Field(
        None, max_length=300, title="Sheet", description="The sheet of a workbook that is read; none: the first."
    )
    time_columns: tuple[str, ...] = Field(
        (), max_length=6, title="Time columns",
        description="The column with each row's date, year or time, or several that make it up together, such as year "
        "and month; none counts the rows.",
    )  # fmt: skip
    date_format: str | None = Field(
        None, max_length=80, title="Date format",
        description="How times are written, those of several columns with a blank between: a pattern such as %d.%m.%Y, "
        "yyyymm, epoch-s, epoch-ms, epoch-us or epoch-ns. None: the time column has plain numbers.",
    )  # fmt: skip
    frequency: str | None = Field(
        None, max_length=24, title="Frequency",
        description="How often there is a row, as pandas writes it: MS, QE, B, D, W-SUN, 15min. It counts where the "
        "rows themselves do not say it.",
    )  # fmt: skip
    newest_year: int | None = Field(
        None, ge=1, le=9999, title="Newest year",
        description="Two digits of a year mean the last such year up to this one; none: 1969 to 2068.",
    )  # fmt: skip
    first_year: int | None = Field(
        None, ge=1, le=9999, title="First year",
        description="The year of the first row where times are written without one, such as months alone; a new year "
        "begins wherever they go back.",
    )  # fmt: skip
    order: Order | None = Field(
        None, title="Order of rows",
        description="What is done to rows: as-is and reversed take their order in the file as time, sorted sorts them "
        "by time. None turns round rows that run backwards, and sorts rows in no order.",
    )  # fmt: skip
    insert_missing: bool = Field(
        False, title="Insert missing rows",
        description="Insert a row without values for each time that lacks between the first and the last one.",
    )  # fmt: skip
    sequence_column: str | None = Field(
        None, title="Sequence column",
        description="The column whose texts tell sequences apart, such as shops or sentences, or several with commas "
        "between; none: there is one.",
    )  # fmt: skip

    @field_validator("delimiter", "decimal", "thousands", mode="before")
    @classmethod
    def _read_word(cls, value: object, info: object) -> object:
        words = _WORDS[getattr(info, "field_name", "")]
        return words.get(value.lower(), value) if isinstance(value, str) else value

    @field_validator("frequency")
    @classmethod
    def _check_frequency(cls, value: str | None) -> str | None:
        if value is not None and not is_frequency(value):
            raise ValueError(f"frequency must be one of pandas, such as MS, QE, B, D, W-SUN or 15min, got {value!r}")
        return value

    @model_validator(mode="before")
    @classmethod
    def _take_one_time_column(cls, values: Any) -> Any:
        """Take a single `time_column`, as earlier files have it."""
        if not isinstance(values, dict) or "time_column" not in values:
            return values
        one = values["time_column"]
        others = {name: value for name, value in values.items() if name != "time_column"}
        return {**others, "time_columns": () if one is None else (one,)}

    @property
    def time_column(self) -> str | None:
        """The time column, or the first of several; None where rows are counted."""
        return self.time_columns[0] if self.time_columns else None

    @property
    def sequence_columns(self) -> tuple[str, ...]:
        """What the columns may be called that tell sequences apart: the whole name, and the parts between commas."""
        name = self.sequence_column
        return () if name is None else tuple(dict.fromkeys((name, *map(str.strip, name.split(",")))))
