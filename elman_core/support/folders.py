"""Where the program keeps what is its own."""

from __future__ import annotations

import os
import sys
from pathlib import Path

__all__ = ["data_folder"]

_OWN = Path("Elman") / "Elman"
"""Organisation and program, as Qt's QStandardPaths has it."""


def data_folder() -> Path:
    """Return the folder for data of this program on this machine; it need not be there yet."""
    home = Path.home()
    match sys.platform:
        case "win32":
            return Path(os.environ.get("LOCALAPPDATA") or home / "AppData" / "Local") / _OWN
        case "darwin":
            return home / "Library" / "Application Support" / _OWN
        case _:
            given = os.environ.get("XDG_DATA_HOME", "")
            return (Path(given) if given.startswith("/") else home / ".local" / "share") / _OWN
