"""TableFormat: how a file with a table is to be read."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

from pydantic import Field, field_validator

from elman_core.config import Config

__all__ = ["Layout", "TableFormat"]


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

    encoding: Literal["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "latin-1", "cp1252"] = Field(
        "utf-8", title="Encoding", description="How the file's bytes spell letters."
    )
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
    comments: bool = Field(
        True, title="Comments", description="Whether lines that begin with # are comments, which are left out."
    )
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
    time_column: str | None = Field(
        None, title="Time column", description="The column with each row's date, year or time; none counts the rows."
    )
    date_format: str | None = Field(
        None, max_length=40, title="Date format",
        description="How dates are written, such as %Y-%m-%d. None: the time column has plain numbers.",
    )  # fmt: skip
    sequence_column: str | None = Field(
        None, title="Sequence column",
        description="The column whose texts tell sequences apart, such as shops or sentences; none: there is one.",
    )  # fmt: skip

    @field_validator("delimiter", "decimal", "thousands", mode="before")
    @classmethod
    def _read_word(cls, value: object, info: object) -> object:
        words = _WORDS[getattr(info, "field_name", "")]
        return words.get(value.lower(), value) if isinstance(value, str) else value
