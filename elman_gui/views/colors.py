"""Colour scales: signed values around the ground's colour, and a sequence from dark to light."""

from __future__ import annotations

from functools import cache

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtGui import QColor, QImage

from elman_gui.theme import Theme

__all__ = ["blended", "image_of", "positive_table", "sequence_table", "signed_color", "signed_table"]

_SHADES = 256


def signed_table(theme: Theme) -> NDArray[np.uint8]:
    """Return (256, 3) colours from the most negative to the most positive value."""
    return _table(theme.signed)


def positive_table(theme: Theme) -> NDArray[np.uint8]:
    """Return (256, 3) colours from 0 to the greatest value."""
    return _table((theme.card, blended(theme.card, theme.signed[2]), theme.signed[2]))


@cache
def sequence_table() -> NDArray[np.uint8]:
    """Return (256, 3) colours that grow lighter evenly, and look so to everybody (viridis)."""
    table = np.array(pg.colormap.get("viridis").getLookupTable(nPts=_SHADES)[:, :3], np.uint8)
    table.setflags(write=False)
    return table


def signed_color(table: NDArray[np.uint8], share: float) -> QColor:
    """Return the colour of a value from -1 to 1; of one that is no number, the middle's."""
    share = 0.0 if np.isnan(share) else min(max(share, -1.0), 1.0)
    return QColor(*table[round((share + 1) / 2 * (_SHADES - 1))].tolist())


def blended(ground: str, color: str, share: float = 0.5) -> str:
    """Return a colour mixed into the ground's: to draw with it is ten times as fast as with a translucent pen."""
    one, other = pg.mkColor(ground).getRgb()[:3], pg.mkColor(color).getRgb()[:3]
    return pg.mkColor(*(round(a + (b - a) * share) for a, b in zip(one, other, strict=True))).name()


def image_of(values: NDArray[np.floating], limit: float, table: NDArray[np.uint8]) -> QImage:
    """Return signed values (R, C) as an image of as many pixels."""
    with np.errstate(invalid="ignore"):
        shares = np.nan_to_num(np.clip(values / (limit or 1.0), -1, 1))
    pixels = np.ascontiguousarray(table[np.rint((shares + 1) / 2 * (_SHADES - 1)).astype(int)])  # (R, C, 3)
    height, width = values.shape
    return QImage(pixels.data, width, height, 3 * width, QImage.Format.Format_RGB888).copy()


def _table(colors: tuple[str, str, str]) -> NDArray[np.uint8]:
    stops = [pg.mkColor(color).getRgb() for color in colors]
    return np.asarray(pg.ColorMap(np.linspace(0, 1, 3), stops).getLookupTable(nPts=_SHADES)[:, :3], np.uint8)
