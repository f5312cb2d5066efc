"""Tables as people write them, for tests that read them: the same numbers in many spellings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from elman_core.data.csv.read import read_table
from elman_core.data.table import Table
from elman_core.data.table_format import TableFormat
from elman_core.support.jobs import complete

__all__ = ["Marks", "days", "months", "notes_of", "read_text"]


@dataclass(frozen=True)
class Marks:
    """How numbers are written."""

    decimal: str = "."
    thousands: str = ""
    before: str = ""
    after: str = ""
    minus: str = "-"
    brackets: bool = False

    def write(self, number: float, decimals: int) -> str:
        """Write a number with so many decimals."""
        whole, _, rest = f"{abs(number):.{decimals}f}".partition(".")
        groups = []
        while len(whole) > 3 and self.thousands:
            whole, groups = whole[:-3], [whole[-3:], *groups]
        digits = self.thousands.join([whole, *groups]) + (self.decimal + rest if rest else "")
        text = f"{self.before}{digits}{self.after}"
        if number >= 0:
            return text
        return f"({text})" if self.brackets else f"{self.minus}{text}"


def months(count: int, first: int = 2001) -> list[str]:
    """Return so many months from January of a year on."""
    return [f"{first + row // 12}-{row % 12 + 1:02d}" for row in range(count)]


def days(count: int) -> list[str]:
    """Return so many days of March and April."""
    return [f"2021-{3 + row // 30:02d}-{row % 30 + 1:02d}" for row in range(count)]


def read_text(folder: Path, lines: Sequence[str], wanted: TableFormat | None = None, encoding: str = "utf-8") -> Table:
    """Write lines to a file and read it as a table."""
    path = folder / "f.csv"
    path.write_bytes(("\n".join(lines) + "\n").encode(encoding))
    return complete(read_table(path, wanted=wanted))


def notes_of(table: Table) -> str:
    """Return all notes of a table as one text."""
    return "\n".join(table.notes)
