"""A scene: what one of the manual's pictures shows, and how the program is waited for."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEventLoop, QSize, QTimer
from PySide6.QtWidgets import QWidget

from elman_gui.theme import Theme

__all__ = ["SCENES", "WIDTH", "rest", "scene", "wait"]

WIDTH = 560
"""Of a picture, unless it says otherwise."""
_SECONDS = 60.0

Maker = Callable[[Theme], QWidget]
SCENES: dict[str, tuple[Maker, QSize]] = {}
"""What each picture shows, and at which size."""


def scene(name: str, height: int, width: int = WIDTH) -> Callable[[Maker], Maker]:
    """Know a function that makes what a picture shows."""

    def keep(make: Maker) -> Maker:
        SCENES[name] = make, QSize(width, height)
        return make

    return keep


def wait(condition: Callable[[], object]) -> None:
    """Let the program work until something is so.

    Raises
    ------
    TimeoutError
        When it takes too long.
    """
    loop, timer, late = QEventLoop(), QTimer(), QTimer()
    late.setSingleShot(True)
    late.timeout.connect(loop.quit)
    timer.timeout.connect(lambda: loop.quit() if condition() else None)
    late.start(round(1000 * _SECONDS))
    timer.start(20)
    loop.exec()
    timer.stop()
    if not condition():
        raise TimeoutError("the program did not come to rest")
    late.stop()


def rest(seconds: float) -> None:
    """Let the program work for some time."""
    loop = QEventLoop()
    QTimer.singleShot(round(1000 * seconds), loop.quit)
    loop.exec()
