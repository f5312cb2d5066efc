"""What is remembered from one start to the next, read with a type and a default: a settings file may hold anything."""

from __future__ import annotations

import hashlib
import logging
import math
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QByteArray, QSettings

__all__ = ["keep_state", "read_flag", "read_number", "read_text", "read_texts", "restore_state"]

_log = logging.getLogger(__name__)
_DIGEST_BYTES = 8
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
    settings.setValue(name, QByteArray(_digest(content) + content))


def restore_state(settings: QSettings, name: str, restore: Callable[[QByteArray], Any]) -> bool:
    """Give a widget the state that was kept, and return whether there was one.

    Qt believes whatever bytes it is given, and would take a splitter's handle for a kilometre wide: only a state that
    is byte for byte as it was kept is used.
    """
    value = _value(settings, name)
    if not isinstance(value, QByteArray):
        return False
    content = bytes(value.data())
    digest, state = content[:_DIGEST_BYTES], content[_DIGEST_BYTES:]
    return digest == _digest(state) and bool(restore(QByteArray(state)))


def _digest(content: bytes) -> bytes:
    return hashlib.sha256(content).digest()[:_DIGEST_BYTES]


def _value(settings: QSettings, name: str) -> Any:
    try:
        return settings.value(name)
    except Exception:  # what a file holds may be of a type that Python has not
        _log.warning("the setting %s cannot be read, and has its default", name)
        return None
