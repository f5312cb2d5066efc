"""The exit codes of the command line."""

from __future__ import annotations

from enum import IntEnum

__all__ = ["ExitCode"]


class ExitCode(IntEnum):
    """How a command ended."""

    DONE = 0
    UNEXPECTED = 1
    """A fault of the program."""
    BAD_INPUT = 2
    """Bad usage, or bad data."""
    HUNG_UP = 129
    """Stopped by SIGHUP: its terminal was closed."""
    INTERRUPTED = 130
    """Stopped by SIGINT (Ctrl-C)."""
    TERMINATED = 143
    """Stopped by SIGTERM."""
