"""Reading a file that could be anything, and replacing one without ever leaving half of it."""

from __future__ import annotations

import contextlib
import errno
import os
import re
import secrets
import stat
import time
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from elman_core.errors import ElmanError, ModelFileError
from elman_core.support.file_lock import lock_descriptor

__all__ = [
    "NotRegularError",
    "NotWrittenError",
    "TooLargeError",
    "open_regular",
    "reason_of",
    "regular_file",
    "remove_left_halves",
    "replace_file",
    "replacement",
]

_OPEN_FLAGS = getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)  # the first is Windows', the second Unix's
_TEMPORARY = re.compile(r"\.elman-[0-9a-f]{16}\.tmp")
_JUST_MADE_SECONDS = 2.0
_WRITTEN_AT_ONCE = 2**22
_NO_ROOM = {
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "your share of the disk is full",
    errno.EFBIG: "the file is larger than files may be there",
    errno.EIO: "the disk reports an error",
}
_REASONS = {
    **_NO_ROOM,
    errno.EROFS: "the disk is read-only",
    errno.EACCES: "you do not have permission",
    errno.EPERM: "you do not have permission",
    errno.ENOTDIR: "a part of the path is not a folder",
    errno.ENAMETOOLONG: "the name is too long",
    errno.ELOOP: "the link leads round in a circle",
}


class NotRegularError(OSError):
    """A device or a pipe, which might never end."""


class NotWrittenError(ModelFileError):
    """A file could not be written; `is_full` where the disk has no room for it, so that another one may have."""

    def __init__(self, sentence: str, *, is_full: bool) -> None:
        super().__init__(sentence)
        self.is_full = is_full


class TooLargeError(OSError):
    """A file of `size` bytes where at most `most` are read."""

    def __init__(self, size: int, most: int) -> None:
        super().__init__(errno.EFBIG, os.strerror(errno.EFBIG))
        self.size = size
        self.most = most


def open_regular(path: Path, most: int) -> tuple[BinaryIO, int]:
    """Open a plain file of at most `most` bytes to read, and return it with its size in bytes.

    Raises
    ------
    IsADirectoryError
        When it is a folder.
    NotRegularError
        When it is a pipe or a device. Neither is ever waited for.
    TooLargeError
        When it has more bytes.
    OSError, ValueError
        When it is not there, may not be read, or its name is none that a file can have.
    """
    # Looked at before it is opened, since opening alone can do something to a device, and once more after.
    _refuse_unless_regular(path.stat())
    # A pipe put there in between would block until somebody writes to it.
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | _OPEN_FLAGS)
    file = os.fdopen(descriptor, "rb")
    try:
        found = os.fstat(descriptor)
        _refuse_unless_regular(found)
        if found.st_size > most:
            raise TooLargeError(found.st_size, most)
    except OSError:
        file.close()
        raise
    return file, found.st_size


@contextlib.contextmanager
def regular_file(path: Path, most: int) -> Iterator[tuple[BinaryIO, int]]:
    """Open a plain file to read, with its size; what is read are bytes: a mapping cut short would kill the process.

    Raises
    ------
    ModelFileError
        When there is no such file, it cannot be read, it has more than `most` bytes, or it is a folder, a pipe or a
        device.
    """
    missing = "there is no such file"
    try:
        file, size = open_regular(path, most)
    except (OSError, ValueError) as error:
        raise ModelFileError(f"{path} cannot be opened: {reason_of(error, path, missing)}") from None
    with file:
        try:
            yield file, size
        except OSError as error:
            raise ModelFileError(f"{path} cannot be read: {reason_of(error, path, missing)}") from None


def replace_file(path: Path, *parts: bytes | memoryview) -> None:
    """Put a file, of parts one after the other, in place of another, or of none, in one step; a link is followed.

    The old file keeps its permissions, and stays whole until the new one is on the disk. What processes that were
    killed have left half written in the same folder goes.

    Raises
    ------
    NotWrittenError
        When the file cannot be written. The old one is untouched then.
    """
    with replacement(path) as file:
        for part in parts:
            for begin in range(0, len(part), _WRITTEN_AT_ONCE):
                file.write(part[begin : begin + _WRITTEN_AT_ONCE])


@contextlib.contextmanager
def replacement(path: Path) -> Iterator[BinaryIO]:
    """Open a file to write that is put in place of another at the end, as `replace_file` does; for what comes slowly.

    Left early, as by an error, the old file is untouched and nothing is left of the new one.

    Raises
    ------
    NotWrittenError
        When the file cannot be written.
    """
    try:
        target = Path(os.path.realpath(path))
        remove_left_halves(target.parent)
        with _beside(target, _mode_to_keep(target)) as file:
            yield file
    except ElmanError:  # of what makes the contents
        raise
    except (OSError, ValueError) as error:
        reason = reason_of(error, path, "its folder takes no files")
        is_full = isinstance(error, OSError) and error.errno in _NO_ROOM
        raise NotWrittenError(f"{path} cannot be saved: {reason}", is_full=is_full) from None
    _sync_folder(target.parent)


@contextlib.contextmanager
def _beside(target: Path, mode: int | None) -> Iterator[BinaryIO]:
    # A name of its own, for one made of the target's could be too long.
    temporary = target.parent / f".elman-{secrets.token_hex(8)}.tmp"
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _OPEN_FLAGS, 0o666)
    try:
        with contextlib.suppress(OSError):  # not every disk knows locks
            lock_descriptor(descriptor)  # says that somebody still writes it
        with os.fdopen(descriptor, "wb") as file:
            if mode is not None:
                with contextlib.suppress(PermissionError):  # some file systems keep no permissions
                    temporary.chmod(mode)
            yield file
            file.flush()
            os.fsync(descriptor)
        temporary.replace(target)
    except BaseException:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise


def remove_left_halves(folder: Path) -> None:
    """Remove the temporary files of saves that were killed: ours by their name, and locked by nobody.

    On a disk that knows no locks they stay.
    """
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if is_temporary(entry.name):
                with contextlib.suppress(OSError):  # another process was faster, or it is not ours to remove
                    _remove_unless_written(Path(entry.path))


def is_temporary(name: str) -> bool:
    """Whether a file is by its name one that is being written, or was left half."""
    return _TEMPORARY.fullmatch(name) is not None


def _remove_unless_written(temporary: Path) -> None:
    # One that was made this moment may not be locked yet.
    if time.time() - temporary.lstat().st_mtime < _JUST_MADE_SECONDS:
        return
    descriptor = os.open(temporary, os.O_RDWR | getattr(os, "O_NOFOLLOW", 0) | _OPEN_FLAGS)
    try:
        is_left = lock_descriptor(descriptor)
    finally:
        os.close(descriptor)
    if is_left:
        temporary.unlink()


def _mode_to_keep(target: Path) -> int | None:
    try:
        found = target.stat()
    except FileNotFoundError:
        return None
    _refuse_unless_regular(found)
    if not os.access(target, os.W_OK):  # replacing asks the folder only, and would pass over a write protection
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    return stat.S_IMODE(found.st_mode)


def _sync_folder(folder: Path) -> None:
    """Make the new name last through a power cut. The file itself is safe by now, so a refusal is no failure."""
    with contextlib.suppress(OSError):  # Windows opens no folders, some network disks sync none
        descriptor = os.open(folder, os.O_RDONLY | _OPEN_FLAGS)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _refuse_unless_regular(found: os.stat_result) -> None:
    if stat.S_ISDIR(found.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    if not stat.S_ISREG(found.st_mode):
        raise NotRegularError(errno.EINVAL, os.strerror(errno.EINVAL))


def reason_of(error: Exception, path: Path, missing: str = "it is not there") -> str:
    """Say why a file could not be opened, read or written, as the rest of a sentence that names it."""
    match error:
        case IsADirectoryError():
            return "it is a folder"
        case NotRegularError():
            return "it is not a regular file"
        case TooLargeError():
            return f"it has {error.size:,} bytes, at most {error.most:,} are allowed"
        case FileNotFoundError():
            folder = Path(os.path.realpath(path)).parent
            return missing if folder.is_dir() else f"there is no folder {folder}"
        case OSError():
            return _REASONS.get(error.errno or 0) or error.strerror or "the system does not say why"
        case _:
            return "the name has a character that file names cannot have"
