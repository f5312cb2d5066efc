"""Writing to the terminal: results to standard output, messages to standard error."""

from __future__ import annotations

import io
import json
import math
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

import typer

from elman_core.support.text_format import printable

__all__ = ["make_output_safe", "print_json", "print_table", "print_text", "say"]


def make_output_safe() -> None:
    """Write characters that the terminal cannot encode, such as those of a column's name, as escapes."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def say(text: str) -> None:
    """Write one line to standard error, apart from the results; control characters in names are written as escapes."""
    typer.echo(printable(text), err=True)


def print_json(result: Mapping[str, Any]) -> None:
    """Write one strictly valid JSON object to standard output."""
    typer.echo(json.dumps(_strict(result), allow_nan=False))


def print_text(text: str, keep: str = "") -> None:
    """Write a text to standard output, with control characters as escapes but for those in `keep`."""
    typer.echo(printable(text, keep))


def print_table(headers: Sequence[str], rows: Iterable[Sequence[str]], *, title: str = "", words: int = 1) -> None:
    """Write a table to standard output; columns after the first `words` are aligned right.

    A column whose header has its lines given is not broken into others. Control characters are written as escapes.
    """
    from rich import box  # slow to import, and help needs no tables
    from rich.console import Console
    from rich.table import Table as RichTable
    from rich.text import Text

    table = RichTable(
        box=box.SIMPLE_HEAD, title=Text(printable(title)) if title else None, title_justify="left", title_style=""
    )
    for index, header in enumerate(headers):
        justify: Literal["left", "right"] = "left" if index < words else "right"
        table.add_column(Text(printable(header, keep="\n")), justify=justify, overflow="fold", no_wrap="\n" in header)
    for row in rows:
        table.add_row(*(Text(printable(cell)) for cell in row))  # as Text, since names may look like rich's markup
    Console(file=sys.stdout, highlight=False, emoji=False).print(table)


def _strict(value: Any) -> Any:
    """Replace infinity and NaN, which JSON does not have, by None."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {name: _strict(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_strict(item) for item in value]
    return value
