"""What is remembered from one start to the next, read with a type and a default: a settings file may hold anything."""

from __future__ import annotations

import logging
import math
import zlib
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QByteArray, QSettings

__all__ = ["keep_state", "read_flag", "read_number", "read_text", "read_texts", "restore_state"]

_log = logging.getLogger(__name__)
_CHECKSUM_BYTES = 4
_FLAGS = {"true": True, "false": False}


def read_text(settings: QSettings, name: str, default: str) -> str:
    """Return a text, or the default where there is none."""
    value = _value(settings, name)
    return value if isinstance(value, str) else default


def read_texts(settings: QSettings, name: str) -> tuple[str, ...]:
    """Return a list of texts; what is no text is left out. A list of one is kept as a text by Qt."""
    value = _value(settings, name)
    values = value if isinstance(value, list | tuple) else [value]
    return tuple(each for each in values if isinstance(each, str) and each)


def read_number(settings: QSettings, name: str, default: float) -> float:
    """Return a finite number, or the default where there is none."""
    value = _value(settings, name)
    try:
        number = float(value) if isinstance(value, str | int | float) else default
    except (ValueError, OverflowError):
        return default
    return number if math.isfinite(number) else default


def read_flag(settings: QSettings, name: str, default: bool) -> bool:
    """Return true or false, or the default where there is neither."""
    value = _value(settings, name)
    return value if isinstance(value, bool) else _FLAGS.get(value, default) if isinstance(value, str) else default


def keep_state(settings: QSettings, name: str, state: QByteArray) -> None:
    """Keep the state of a widget, as its `saveState` or `saveGeometry` returns it."""
    content = bytes(state.data())
    settings.setValue(name, QByteArray(_checksum(content) + content))


def restore_state(settings: QSettings, name: str, restore: Callable[[QByteArray], Any]) -> bool:
    """Give a widget the state that was kept, and return whether there was one.

    Qt believes whatever bytes it is given, and would take a splitter's handle for a kilometre wide: only a state that
    is byte for byte as it was kept is used.
    """
    value = _value(settings, name)
    if not isinstance(value, QByteArray):
        return False
    content = bytes(value.data())
    checksum, state = content[:_CHECKSUM_BYTES], content[_CHECKSUM_BYTES:]
    return checksum == _checksum(state) and bool(restore(QByteArray(state)))


def _checksum(content: bytes) -> bytes:
    return zlib.crc32(content).to_bytes(_CHECKSUM_BYTES)


def _value(settings: QSettings, name: str) -> Any:
    try:
        return settings.value(name)
    except Exception:  # what a file holds may be of a type that Python has not
        _log.warning("the setting %s cannot be read, and has its default", name)
        return None
