"""Taking a picture out of the window: as PNG, SVG, PDF or CSV.

pyqtgraph's own SVG exporter fails on PySide6 6.11, so Qt renders the plot's scene itself.
"""

from __future__ import annotations

import io
import re
from pathlib import Path

import numpy as np
from PySide6.QtCore import QBuffer, QIODevice, QMarginsF, QRectF, QSize, QSizeF
from PySide6.QtGui import QImage, QPageSize, QPaintDevice, QPainter, QPdfWriter
from PySide6.QtSvg import QSvgGenerator

from elman_core.errors import DataError
from elman_core.export.stamp import Stamp
from elman_core.support.files import replace_file
from elman_core.support.jobs import Job
from elman_gui.theme import LIGHT, Theme
from elman_gui.views.card import PlotData, ViewCard
from elman_gui.views.picture import in_theme, paint_card, scale_of

__all__ = ["image", "image_job", "stamped", "svg_bytes", "table_job"]

_PNG_SCALE = 2
_PIXELS_AN_INCH = 96
_ROWS_AT_ONCE = 20_000
_GROUP = re.compile(
    r'<g(?P<before>[^>]*)transform="matrix\((?P<matrix>[^)]*)\)"(?P<after>[^>]*)>(?P<content>.*?)</g>', re.DOTALL
)
_UNSCALABLE = re.compile("<(text|image|rect|circle|ellipse)")
_OF_ONE_WIDTH = 'vector-effect="non-scaling-stroke"'
_PATH = re.compile(r' (d|points)="[^"]*"')
_POINT = re.compile(r"([-+.\de]+),([-+.\de]+)")


def image_job(card: ViewCard, path: Path, size: QSize | None = None, theme: Theme | None = LIGHT) -> Job[Path]:
    """Draw the picture now, in the window's thread, and return the job that writes it.

    `size` is in pixels, of which an SVG or PDF has 96 an inch; by default it is as on the screen, a PNG twice as fine.
    `theme` is light, unless something else is asked for; None is the window's.

    Raises
    ------
    DataError
        When the name ends in neither .png, .svg nor .pdf.
    """
    match path.suffix.lower():
        case ".png":
            return _write_png(image(card, size or card.picture.size() * _PNG_SCALE, theme), path)
        case ".svg":
            return _write(svg_bytes(card, size, theme), path)
        case ".pdf":
            return _write(_pdf_bytes(card, size or card.picture.size(), theme), path)
        case _:
            raise DataError(f"{path.name}: a picture's name must end in .png, .svg or .pdf")


def image(card: ViewCard, size: QSize, theme: Theme | None = LIGHT) -> QImage:
    """Return the picture in pixels."""
    drawn = QImage(size, QImage.Format.Format_RGB32)
    _paint(card, drawn, size, theme)
    return drawn


def svg_bytes(card: ViewCard, size: QSize | None = None, theme: Theme | None = LIGHT) -> bytes:
    """Return the picture as SVG."""
    size = size or card.picture.size()
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    generator = QSvgGenerator(QSvgGenerator.SvgVersion.Svg11)  # which knows clipping
    generator.setOutputDevice(buffer)
    generator.setSize(size)
    # So that a pixel here is a pixel there, and text keeps its size.
    generator.setResolution(card.picture.logicalDpiX())
    generator.setViewBox(QRectF(0, 0, size.width(), size.height()))
    generator.setTitle(card.title.text())
    _paint(card, generator, size, theme)
    return _flattened(bytes(buffer.data().data()).decode()).encode()


def _pdf_bytes(card: ViewCard, size: QSize, theme: Theme | None) -> bytes:
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QPdfWriter(buffer)
    writer.setTitle(card.title.text())
    writer.setResolution(_PIXELS_AN_INCH)
    points = QSizeF(size) * (72 / _PIXELS_AN_INCH)
    writer.setPageSize(QPageSize(points, QPageSize.Unit.Point, "", QPageSize.SizeMatchPolicy.ExactMatch))
    writer.setPageMargins(QMarginsF())
    _paint(card, writer, size, theme)
    return bytes(buffer.data().data())


def stamped(data: PlotData, stamp: Stamp) -> PlotData:
    """Return the numbers of a view with columns that say which network they are of; epochs of their own stay."""
    said = {name: value for name, value in stamp.columns.items() if name not in data.names}
    if "epoch" in data.names:
        said = {name: value for name, value in said.items() if name == "network"}
    rows = len(data.columns[0]) if data.columns else 0
    columns = tuple(np.full(rows, value, object) for value in said.values())
    return PlotData((*data.names, *said), (*data.columns, *columns)) if rows else data


def table_job(data: PlotData, path: Path) -> Job[Path]:
    """Write columns as CSV with a header; an empty cell is no value."""
    text = io.StringIO()
    text.write(",".join(_quoted(name) for name in data.names) + "\n")
    rows = len(data.columns[0]) if data.columns else 0
    for start in range(0, rows, _ROWS_AT_ONCE):
        yield start / rows
        some = [column[start : start + _ROWS_AT_ONCE].tolist() for column in data.columns]
        text.writelines(",".join(map(_cell, row)) + "\n" for row in zip(*some, strict=True))
    replace_file(path, text.getvalue().encode())
    return path


def _flattened(svg: str) -> str:
    """Write curves in the picture's own coordinates, and keep the cells of a picture within it sharp.

    Qt writes them in the data's, with a pen that is not to be scaled; readers that do not know such pens draw
    it as wide as the data's scale makes it.
    """

    def in_place(group: re.Match[str]) -> str:
        if _OF_ONE_WIDTH not in group["content"] or _UNSCALABLE.search(group["content"]):
            return group[0]
        a, b, c, d, e, f = (float(number) for number in group["matrix"].split(","))

        def moved(point: re.Match[str]) -> str:
            x, y = float(point[1]), float(point[2])
            return f"{a * x + c * y + e:.2f},{b * x + d * y + f:.2f}"

        paths = _PATH.sub(lambda path: _POINT.sub(moved, path[0]), group["content"])
        paths = paths.replace(_OF_ONE_WIDTH, "")  # the pen is as wide as it is to be, and grows with the whole picture
        return f'<g{group["before"]}transform="matrix(1,0,0,1,0,0)"{group["after"]}>{paths}</g>'

    return _GROUP.sub(in_place, svg).replace('image-rendering="optimizeSpeed"', 'image-rendering="pixelated"')


def _paint(card: ViewCard, device: QPaintDevice, size: QSize, theme: Theme | None) -> None:
    scale = scale_of(card, size)
    with in_theme(card, theme):
        painter = QPainter(device)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.scale(scale, scale)
        paint_card(card, painter, QSizeF(size) / scale)
        painter.end()


def _write_png(drawn: QImage, path: Path) -> Job[Path]:
    yield 0.0
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    drawn.save(buffer, "PNG")
    replace_file(path, bytes(buffer.data().data()))
    return path


def _write(data: bytes, path: Path) -> Job[Path]:
    yield 0.0
    replace_file(path, data)
    return path


def _cell(value: float | str) -> str:  # whole numbers too
    if isinstance(value, str):
        return _quoted(value)
    return "" if value != value else repr(value)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"' if any(sign in name for sign in ',"\n') else name
