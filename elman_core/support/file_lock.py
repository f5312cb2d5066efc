"""FileLock: a file that one process holds; the system lets go of it when the process ends, however it ends."""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path
from types import TracebackType
from typing import Self

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

__all__ = ["FileLock", "lock_descriptor"]


def lock_descriptor(descriptor: int) -> bool:
    """Lock an open file for as long as it is open; return whether nobody else holds it.

    Raises
    ------
    OSError
        On a disk that knows no locks.
    """
    try:
        if sys.platform == "win32":
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        else:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    return True


class FileLock:
    """Holds a file from `taken` until `release`, or until the process ends: no lock is left behind by a dead one.

    The number of the process is written into it, for a person who looks.
    """

    def __init__(self, path: Path, descriptor: int) -> None:
        self.path = path
        self._descriptor: int | None = descriptor

    @classmethod
    def taken(cls, path: Path) -> Self | None:
        """Take a file, which is made where it is missing; None where another one holds it.

        On a disk that knows no locks everybody gets one.

        Raises
        ------
        OSError
            When the file can be neither opened nor made.
        """
        flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NOFOLLOW", 0)
        descriptor = os.open(path, flags, 0o600)
        is_free = True
        with contextlib.suppress(OSError):
            is_free = lock_descriptor(descriptor)
        if not is_free or not _is_still_there(path, descriptor):
            os.close(descriptor)
            return None
        with contextlib.suppress(OSError):  # the lock holds without it
            os.ftruncate(descriptor, 0)
            os.write(descriptor, f"{os.getpid()}\n".encode())
        return cls(path, descriptor)

    def release(self) -> None:
        """Let go of the file; it stays where it is."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.release()


def _is_still_there(path: Path, descriptor: int) -> bool:
    """Whether the file that was locked is the one of that name: its last holder may have removed it in between."""
    try:
        return os.path.samestat(path.stat(), os.fstat(descriptor))
    except OSError:
        return False
