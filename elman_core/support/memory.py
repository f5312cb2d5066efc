"""How much memory is free, as the operating system or the container says."""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Iterator
from pathlib import Path

__all__ = ["free_memory"]

_ROOT = Path("/")
_WITHOUT_LIMIT = 2**60
"""The first version of control groups writes a number near 2^63 where there is no limit."""


def free_memory(root: Path = _ROOT) -> int | None:
    """Return how many bytes can be taken without swapping, or None where that cannot be told.

    On Linux it is the least of what the machine has left, page cache included, and of what each control group that
    the process is in (a container, a service, a job) leaves of its limit.

    Parameters
    ----------
    root
        Where the files of the kernel stand.
    """
    if sys.platform == "win32":
        return _free_on_windows()
    available = _number_in(root / "proc/meminfo", "MemAvailable:")
    left = [] if available is None else [1024 * available]
    left += _left_in_groups(root)
    return max(0, min(left)) if left else _half_of_all()


def _left_in_groups(root: Path) -> Iterator[int]:
    """Return what each group leaves, from that of the process up to the first, in both versions of control groups."""
    for line in _text(root / "proc/self/cgroup").splitlines():
        _, kinds, name = [*line.split(":", 2), "", ""][:3]
        if kinds == "":
            top, limit, used, cache = root / "sys/fs/cgroup", "memory.max", "memory.current", "inactive_file"
        elif "memory" in kinds.split(","):
            top = root / "sys/fs/cgroup/memory"
            limit, used, cache = "memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"
        else:
            continue
        group = top / name.strip("/")
        for folder in (group, *group.parents):
            if folder != top and top not in folder.parents:
                break
            most, taken = _number(folder / limit), _number(folder / used)
            if most is not None and taken is not None and most < _WITHOUT_LIMIT:
                yield most - taken + (_number_in(folder / "memory.stat", cache) or 0)


def _free_on_windows() -> int | None:
    class Status(ctypes.Structure):
        _fields_ = (
            ("length", ctypes.c_ulong),
            ("load", ctypes.c_ulong),
            *(
                (name, ctypes.c_ulonglong)
                for name in ("all", "free", "page", "page_free", "space", "space_free", "more")
            ),
        )

    status = Status(length=ctypes.sizeof(Status))
    is_told = ctypes.windll.kernel32.GlobalMemoryStatusEx(ctypes.byref(status))  # type: ignore[attr-defined,unused-ignore]
    return int(status.free) if is_told else None


def _half_of_all() -> int | None:
    """Where only the size of the memory is known, half of it is taken to be free."""
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2
    except (AttributeError, OSError, ValueError):
        return None


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii", errors="replace")
    except OSError:
        return ""


def _number(path: Path) -> int | None:
    text = _text(path).strip()
    return int(text) if text.isdecimal() else None  # "max" is no limit


def _number_in(path: Path, name: str) -> int | None:
    """Return the number after a name at the beginning of a line."""
    for line in _text(path).splitlines():
        words = line.split()
        if len(words) > 1 and words[0] == name and words[1].isdecimal():
            return int(words[1])
    return None
