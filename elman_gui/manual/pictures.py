"""The manual's pictures, drawn by the program from networks that it trains: `python -m elman_gui.manual.pictures`.

A picture that fails does not take the others with it; it is told, and the exit code is then 1.
`python -m elman_gui.manual.pictures FOLDER NAME...` draws some of them into another folder.
"""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from PySide6.QtCore import QCoreApplication, QEvent, QSize, Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication, QWidget

from elman_gui.manual.pages import FOLDER
from elman_gui.manual.scenes import SCENES, WIDTH, main_window_if_made, rest
from elman_gui.theme import DARK, LIGHT, Theme, apply_theme

__all__ = ["draw", "main"]

_SCALE = 2
"""Pixels of a picture for each one that is shown, so that it is sharp on fine screens."""
_COMMONEST, _MOST_COLORS = 160, 256
_UNLIKE = 48
"""Sum of the differences in red, green and blue from which on two colours are unlike each other."""


@contextmanager
def _shown(widget: QWidget, size: QSize) -> Iterator[None]:
    """Lay a widget out as if it were on a screen."""
    widget.setAttribute(Qt.WidgetAttribute.WA_DontShowOnScreen)
    widget.setMinimumSize(0, 0)
    widget.resize(size)
    widget.show()
    rest(0.15)
    yield
    if widget is not main_window_if_made():
        widget.close()
        widget.deleteLater()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def draw(name: str, theme: Theme) -> QImage:
    """Return one picture."""
    application = QApplication.instance()
    assert isinstance(application, QApplication)
    apply_theme(application, theme)
    make, size = SCENES[name]
    widget = make(theme)
    with _shown(widget, size):
        image = QImage(widget.size() * _SCALE, QImage.Format.Format_RGB32)
        image.setDevicePixelRatio(_SCALE)
        image.fill(theme.ground)
        widget.render(image)
    if size.width() > WIDTH:  # a whole window is shown smaller than it is
        image = image.scaledToWidth(WIDTH * _SCALE, Qt.TransformationMode.SmoothTransformation)
    return image.convertToFormat(QImage.Format.Format_Indexed8, _colors(image), Qt.ImageConversionFlag.ThresholdDither)


def _colors(image: QImage) -> list[int]:
    """Return at most 256 colours for a picture, whose file is a third then: the commonest, and others unlike them."""
    pixels = np.frombuffer(image.constBits(), np.uint32).astype(np.int64)
    channels = np.stack([pixels >> 16 & 255, pixels >> 8 & 255, pixels & 255], axis=1)
    _, place, counts = np.unique((channels >> 3) @ (1024, 32, 1), return_inverse=True, return_counts=True)
    means = np.stack([np.bincount(place, channel) / counts for channel in channels.T], axis=1)
    means = means[np.argsort(-counts, kind="stable")].round().astype(np.int64)
    chosen, rest_of_them = list(means[:_COMMONEST]), means[_COMMONEST:]
    for color in rest_of_them:
        if len(chosen) < _MOST_COLORS and np.abs(np.array(chosen) - color).sum(axis=1).min() > _UNLIKE:
            chosen.append(color)
    return [0xFF000000 | int(red) << 16 | int(green) << 8 | int(blue) for red, green, blue in chosen]


def main(arguments: list[str]) -> int:
    """Draw all pictures, or those that are named, and return the exit code."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    application = QApplication.instance() or QApplication(["elman"])
    assert isinstance(application, QApplication)
    application.setStyle("Fusion")
    import torch

    torch.set_num_threads(1)
    folder = Path(arguments[0]) if arguments else FOLDER / "pictures"
    folder.mkdir(parents=True, exist_ok=True)
    names, failed = arguments[1:] or list(SCENES), []
    for name in names:
        for theme, ending in ((LIGHT, ""), (DARK, "-dark")):
            try:
                draw(name, theme).save(str(folder / f"{name}{ending}.png"), "PNG", 0)
            except Exception:
                traceback.print_exc()
                failed.append(f"{name}{ending}")
    window = main_window_if_made()
    if window is not None:
        window.documents._closing = True
        window.close()
    print(f"not drawn: {', '.join(failed)}" if failed else f"drawn in {folder}: {', '.join(names)}")  # noqa: T201
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
