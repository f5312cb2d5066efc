"""What went wrong, in the log: a person's mistake in one line, a fault of the program with its traceback."""

from __future__ import annotations

import logging
import traceback
from datetime import datetime
from pathlib import Path

from elman_core.errors import ElmanError
from elman_core.support.folders import data_folder

__all__ = ["LOG_NAME", "append_traceback", "log_error"]

LOG_NAME = "elman.log"
"""In the program's `data_folder`."""


def log_error(log: logging.Logger, what: str, error: BaseException) -> None:
    """Note what went wrong: a mistake that a person can mend in one line, anything else with its traceback."""
    if isinstance(error, ElmanError):
        line = "".join(sign if sign.isprintable() else " " for sign in str(error))
        log.warning("%s: %s", what, line)
    else:
        log.error("%s", what, exc_info=error)


def append_traceback(error: BaseException) -> Path | None:
    """Add a traceback to the window's log, where a command keeps none, and return the file; None if it cannot be."""
    path = data_folder() / LOG_NAME
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a", encoding="utf-8", errors="backslashreplace") as file:
            file.write(f"{datetime.now():%Y-%m-%d %H:%M:%S} ERROR elman_core.cli: an unexpected error\n")
            file.writelines(traceback.format_exception(error))
    except (OSError, RuntimeError):
        return None
    return path
