"""What does not have the room that it needs in a window: clipped words, low plots, labels over one another."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

import pyqtgraph as pg
from PySide6.QtCore import QRect, QRectF
from PySide6.QtGui import QPainter, QPicture
from PySide6.QtWidgets import (
    QAbstractButton,
    QComboBox,
    QLabel,
    QPushButton,
    QTabBar,
    QTextBrowser,
    QToolButton,
    QWidget,
)

from elman_gui.views.card import PlotCard, ViewCard
from elman_gui.views.elided_label import ElidedLabel

__all__ = ["faults"]

LOWEST = 120
TOUCHING = 1.5
"""Pixels by which two labels may overlap: letters have air around them."""


def faults(window: QWidget) -> list[str]:
    """Return a sentence for everything in the window that has not the room it needs."""
    found = [*_clipped_words(window), *_low_plots(window)]
    for card in window.findChildren(PlotCard):
        if card.isVisible():
            found += _labels_over_labels(card)
    return found


def _clipped_words(window: QWidget) -> Iterator[str]:
    for widget in window.findChildren(QWidget):
        if not widget.isVisible() or _is_in_scroll_area(widget):
            continue
        where = f"{type(widget).__name__} in {type(widget.parentWidget()).__name__}"
        if isinstance(widget, QLabel) and widget.text():
            yield from _clipped_label(widget, where)
        elif isinstance(widget, QComboBox):
            room = widget.width() - 24
            wide = widget.fontMetrics().horizontalAdvance(widget.currentText())
            if wide > room and widget.currentText() not in widget.toolTip():
                yield f"{where}: {widget.currentText()!r} is {wide} wide, there are {room}"
        elif isinstance(widget, QAbstractButton) and widget.text() and not isinstance(widget.parent(), QTabBar):
            words = widget.text().replace("&", "")
            wide = widget.fontMetrics().horizontalAdvance(words)
            across = max(widget.width(), widget.height()) if isinstance(widget, QToolButton) else widget.width()
            if isinstance(widget, QPushButton) and widget.sizeHint().width() > widget.width():
                yield f"{where}: {words!r} needs {widget.sizeHint().width()}, there are {widget.width()}"
            elif wide > across:
                yield f"{where}: {words!r} is {wide} wide, there are {across}"


def _clipped_label(label: QLabel, where: str) -> Iterator[str]:
    text, size = label.text(), label.size()
    if isinstance(label, ElidedLabel) and label.is_elided:
        if text not in " ".join(label.toolTip().split()):
            yield f"{where}: {text!r} is elided and not in the tooltip"
    elif label.wordWrap():
        high = label.heightForWidth(size.width())
        if high > size.height() + 1:
            yield f"{where}: {text!r} is {high} high, there are {size.height()}"
    elif label.sizeHint().width() > size.width() + 1:
        yield f"{where}: {text!r} is {label.sizeHint().width()} wide, there are {size.width()}"


def _is_in_scroll_area(widget: QWidget) -> bool:
    """Whether a widget may be out of view, since it can be scrolled to; the workspaces themselves scroll too."""
    parent = widget.parentWidget()
    while parent is not None and parent.objectName() != "workspaces":
        if parent.objectName() == "formGround" or isinstance(parent, QTextBrowser):
            return True
        parent = parent.parentWidget()
    return False


def _low_plots(window: QWidget) -> Iterator[str]:
    for card in window.findChildren(ViewCard):
        if card.isVisible() and card.picture.height() < LOWEST:
            yield f"{card.title.text()}: the plot is {card.picture.height()} high"


def _labels_over_labels(card: PlotCard) -> Iterator[str]:
    """Compare the rectangles of all labels of a plot, in its scene; and the scene's own."""
    labels = list(_labels(card.plot))
    for (text, one), (other_text, other) in combinations(labels, 2):
        common = one.intersected(other)
        if common.width() > TOUCHING and common.height() > TOUCHING:
            yield f"{card.title.text()}: {text!r} {_written(one)} lies over {other_text!r} {_written(other)}"
    scene = QRectF(card.plot.viewport().rect()).adjusted(-2, -2, 2, 2)
    for text, place in labels:
        if not scene.contains(place):
            yield f"{card.title.text()}: {text!r} {_written(place)} is cut at the border {_written(scene)}"


def _labels(plot: pg.PlotWidget) -> Iterator[tuple[str, QRectF]]:
    item = plot.getPlotItem()
    for side in ("left", "bottom"):
        axis = item.getAxis(side)
        if not axis.isVisible():
            continue
        picture = QPicture()
        painter = QPainter(picture)
        painter.setFont(axis.style["tickFont"] or painter.font())
        specs = axis.generateDrawSpecs(painter)
        painter.end()
        for rect, _, text in () if specs is None else specs[2]:
            if text.strip():
                yield text, axis.mapRectToScene(QRectF(rect))
        if axis.label.isVisible() and axis.label.toPlainText().strip():
            yield axis.label.toPlainText(), _letters(axis.label.mapRectToScene(axis.label.boundingRect()))
    for thing in plot.scene().items():
        if isinstance(thing, pg.TextItem) and thing.isVisible() and thing.textItem.toPlainText().strip():
            place = thing.textItem.mapRectToScene(thing.textItem.boundingRect())
            yield thing.textItem.toPlainText(), _letters(place)


def _letters(place: QRectF) -> QRectF:
    """Return where the letters are: a text item has a margin of 4 pixels around them."""
    return place.adjusted(4, 4, -4, -4)


def _written(place: QRect | QRectF) -> str:
    return f"({place.left():.0f}, {place.top():.0f}, {place.width():.0f} x {place.height():.0f})"
