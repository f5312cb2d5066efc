"""Taking a plot out of the window: as PNG, SVG or CSV.

pyqtgraph's own SVG exporter fails on PySide6 6.11, so Qt renders the plot's scene itself.
"""

from __future__ import annotations

import io
import re
from pathlib import Path

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QBuffer, QIODevice, QRectF, QSize, Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QGraphicsItem

from elman_core.errors import DataError
from elman_core.files import replace_file
from elman_core.job import Job
from elman_gui.plots.card import PlotCard, PlotData

__all__ = ["image_job", "svg_bytes", "table_job"]

_PNG_SCALE = 2
_ROWS_AT_ONCE = 20_000
_GROUP = re.compile(
    r'<g(?P<before>[^>]*)transform="matrix\((?P<matrix>[^)]*)\)"(?P<after>[^>]*)>(?P<content>.*?)</g>', re.DOTALL
)
_UNSCALABLE = re.compile("<(text|image|rect)")
_PATH = re.compile(r' (d|points)="[^"]*"')
_POINT = re.compile(r"([-+.\de]+),([-+.\de]+)")


def image_job(card: PlotCard, path: Path) -> Job[Path]:
    """Draw the plot now, in the window's thread, and return the job that writes it.

    Raises
    ------
    DataError
        When the name ends in neither .png nor .svg.
    """
    match path.suffix.lower():
        case ".png":
            return _write_png(_image(card.plot), path)
        case ".svg":
            return _write(svg_bytes(card), path)
        case _:
            raise DataError(f"{path.name}: a picture's name must end in .png or .svg")


def svg_bytes(card: PlotCard) -> bytes:
    """Return the plot as SVG."""
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    generator = QSvgGenerator()
    generator.setOutputDevice(buffer)
    size = card.plot.size()
    generator.setSize(size)
    generator.setResolution(card.plot.logicalDpiX())  # so that a pixel here is a pixel there, and text keeps its size
    generator.setViewBox(QRectF(0, 0, size.width(), size.height()))
    generator.setTitle(card.title.text())
    _paint(card.plot, generator, size)
    return _flattened(bytes(buffer.data().data()).decode()).encode()


def table_job(data: PlotData, path: Path) -> Job[Path]:
    """Write columns as CSV with a header; an empty cell is no value."""
    text = io.StringIO()
    text.write(",".join(_quoted(name) for name in data.names) + "\n")
    rows = len(data.columns[0]) if data.columns else 0
    for start in range(0, rows, _ROWS_AT_ONCE):
        yield start / rows
        some = [column[start : start + _ROWS_AT_ONCE].tolist() for column in data.columns]
        text.writelines(",".join("" if np.isnan(x) else repr(x) for x in row) + "\n" for row in zip(*some, strict=True))
    replace_file(path, text.getvalue().encode())
    return path


def _flattened(svg: str) -> str:
    """Write curves in the picture's own coordinates, and keep the cells of a picture within it sharp.

    Qt writes them in the data's, with a pen that is not to be scaled; readers that do not know such pens draw
    it as wide as the data's scale makes it.
    """

    def in_place(group: re.Match[str]) -> str:
        a, b, c, d, e, f = (float(number) for number in group["matrix"].split(","))
        if (abs(a), b, c, abs(d)) == (1, 0, 0, 1) or _UNSCALABLE.search(group["content"]):
            return group[0]

        def moved(point: re.Match[str]) -> str:
            x, y = float(point[1]), float(point[2])
            return f"{a * x + c * y + e:.2f},{b * x + d * y + f:.2f}"

        paths = _PATH.sub(lambda path: _POINT.sub(moved, path[0]), group["content"])
        return f'<g{group["before"]}transform="matrix(1,0,0,1,0,0)"{group["after"]}>{paths}</g>'

    return _GROUP.sub(in_place, svg).replace('image-rendering="optimizeSpeed"', 'image-rendering="pixelated"')


def _image(plot: pg.PlotWidget) -> QImage:
    size = plot.size()
    image = QImage(size * _PNG_SCALE, QImage.Format.Format_RGB32)
    image.fill(plot.backgroundBrush().color())
    _paint(plot, image, size * _PNG_SCALE)
    return image


def _paint(plot: pg.PlotWidget, device: QImage | QSvgGenerator, size: QSize) -> None:
    painter = QPainter(device)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    target = QRectF(0, 0, size.width(), size.height())
    painter.fillRect(target, plot.backgroundBrush())
    plot.scene().prepareForPaint()
    axes = [plot.getPlotItem().getAxis(side) for side in ("left", "bottom")]
    for axis in axes:  # the screen's cached pixels would be blurred elsewhere
        axis.setCacheMode(QGraphicsItem.CacheMode.NoCache)
    plot.render(painter, target, plot.viewport().rect(), Qt.AspectRatioMode.IgnoreAspectRatio)
    painter.end()
    for axis in axes:
        axis.setCacheMode(QGraphicsItem.CacheMode.DeviceCoordinateCache)


def _write_png(image: QImage, path: Path) -> Job[Path]:
    yield 0.0
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")
    replace_file(path, bytes(buffer.data().data()))
    return path


def _write(data: bytes, path: Path) -> Job[Path]:
    yield 0.0
    replace_file(path, data)
    return path


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"' if any(sign in name for sign in ',"\n') else name
