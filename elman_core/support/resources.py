"""Files that ship with the program: found in an installed wheel as in a checkout."""

from __future__ import annotations

from pathlib import Path

__all__ = ["resource"]

_PACKAGE = Path(__file__).parent.parent
_ROOT = _PACKAGE / "_resources" if (_PACKAGE / "_resources").is_dir() else _PACKAGE.parent / "resources"


def resource(name: str) -> Path:
    """Return the path of a shipped file, for example `resource("data/sunspots.csv")`."""
    return _ROOT / name
