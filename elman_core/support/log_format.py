"""What a line of the log looks like."""

from __future__ import annotations

import logging
from types import TracebackType

from elman_core.support.text_format import printable

__all__ = ["LogFormatter"]


class LogFormatter(logging.Formatter):
    """Writes control characters of names as escapes: a log is read in a terminal, and a line of it is one record."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802
        """Return the line."""
        return printable(super().formatMessage(record))

    def formatException(  # noqa: N802
        self,
        ei: tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None],
    ) -> str:
        """Return the traceback, whose lines stay lines."""
        return printable(super().formatException(ei), keep="\n")
