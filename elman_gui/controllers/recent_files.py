"""RecentFiles: the files opened or saved last, kept in QSettings."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QSettings

__all__ = ["RecentFiles"]

_MOST = 8


class RecentFiles:
    """Newest first; files that are gone are left out."""

    def __init__(self, settings: QSettings) -> None:
        self._settings = settings

    def paths(self) -> list[Path]:
        """Return the files that are still there."""
        kept = self._settings.value("recent", [])
        names = [kept] if isinstance(kept, str) else list(kept or [])
        return [Path(name) for name in names if Path(name).is_file()]

    def add(self, path: Path) -> None:
        """Put a file first."""
        path = path.absolute()
        others = [kept for kept in self.paths() if kept != path]
        self._settings.setValue("recent", [str(kept) for kept in [path, *others][:_MOST]])
