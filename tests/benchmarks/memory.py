"""What stays in memory of that which was closed or left."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from .measure import PLATFORM, Result, in_a_process

__all__ = ["memory_cases"]

_FIRST, _LAST, _FILES = 20, 200, 50
_MOST_MEGABYTES = 20.0
_MOST_MILLISECONDS = 300.0
_SECONDS = 3000
_HERE = Path(__file__).parent
_CODE = f"""
import sys
sys.path.append({str(_HERE.parent)!r})
from {_HERE.name}.memory_session import run
run({_FIRST}, {_LAST}, {_FILES})
"""


def memory_cases() -> Iterator[Result]:
    """Open every dialog and many files in one window, all of them one after the other."""
    found = in_a_process(_CODE, PLATFORM, _SECONDS)
    dialogs, files = found["dialogs"], found["files"]
    widgets, windows, megabytes = (sum(counts) for counts in zip(*dialogs.values(), strict=True))
    most = max(dialogs, key=lambda name: dialogs[name][2])
    yield Result(
        f"{len(dialogs)} kinds of dialogs and menus, from the {_FIRST}th to the {_LAST}th opening of each",
        f"{widgets:+} widgets, {windows:+} windows, {megabytes:+.1f} MB",
        f"no widget more, at most {_MOST_MEGABYTES:g} MB",
        widgets <= 0 and windows <= 0 and megabytes <= _MOST_MEGABYTES,
        f"the most for {most}: {dialogs[most][2]:+.1f} MB",
    )  # fmt: skip
    yield Result(
        f"{_FILES} files opened one after the other", f"{files[0]:+} widgets, {files[1]:+} windows, {files[2]:+.1f} MB",
        f"at most {_MOST_MEGABYTES:g} MB", files[2] <= _MOST_MEGABYTES, "tables, texts and a model",
    )  # fmt: skip
    before, after = found["themes"]
    yield Result(
        "change of theme after all that, computing", f"{after:.0f} ms", f"under {_MOST_MILLISECONDS:g} ms",
        after < _MOST_MILLISECONDS, f"in a new window {before:.0f} ms",
    )  # fmt: skip
