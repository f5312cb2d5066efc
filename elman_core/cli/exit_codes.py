"""How a command ends, as its exit code says it."""

from __future__ import annotations

from enum import IntEnum

__all__ = ["ExitCode"]


class ExitCode(IntEnum):
    """0 is done; all else is not."""

    DONE = 0
    UNEXPECTED = 1
    """A fault of the program."""
    BAD_INPUT = 2
    """A mistake of the person's, or bad data."""
    INTERRUPTED = 130
    """Ctrl-C: SIGINT ended it."""
