"""RecentFiles: the files opened or saved last, kept in QSettings."""

from __future__ import annotations

import os
from pathlib import Path

from PySide6.QtCore import QSettings

from elman_gui.settings import read_texts

__all__ = ["RecentFiles"]

_MOST = 8


class RecentFiles:
    """Newest first; files that are gone are left out."""

    def __init__(self, settings: QSettings) -> None:
        self._settings = settings

    def paths(self) -> list[Path]:
        """Return the files that are still there."""
        names = read_texts(self._settings, "recent")
        # Unlike Path.is_file, os.path.isfile takes a name that no file can have for one that is gone.
        return [Path(name) for name in names if os.path.isfile(name)][:_MOST]  # noqa: PTH113

    def add(self, path: Path) -> None:
        """Put a file first."""
        path = path.absolute()
        others = [kept for kept in self.paths() if kept != path]
        self._settings.setValue("recent", [str(kept) for kept in [path, *others][:_MOST]])
