"""Pictures that are taken out of the window: marks as on the screen, title and legend, light unless asked otherwise."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator

import numpy as np
import pytest
from driving import Driver
from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QApplication

from elman_gui.dialogs.picture_dialog import PictureDialog
from elman_gui.theme import DARK, LIGHT, ThemeChoice
from elman_gui.views.card import ViewCard
from elman_gui.views.export import image, svg_bytes
from elman_gui.window.main_window import MainWindow

SVG = "{http://www.w3.org/2000/svg}"
SIZES = (QSize(400, 240), QSize(1600, 400), QSize(700, 1400))


@pytest.fixture
def trained(driver: Driver) -> Driver:
    driver.configure(epochs=10)
    driver.train()
    return driver


def groups(svg: bytes) -> Iterator[tuple[ElementTree.Element, np.ndarray]]:
    """Every group with the matrix that maps it into the picture, (3, 2)."""
    for group in ElementTree.fromstring(svg).iter(f"{SVG}g"):
        matrix = re.match(r"matrix\((.*)\)", group.get("transform", ""))
        if matrix is not None:
            yield group, np.array([float(number) for number in matrix[1].split(",")]).reshape(3, 2)


def rects(svg: bytes, tag: str, color: str) -> list[QRectF]:
    """Where each path or polyline of a colour lies in the picture."""
    found = []
    for group, matrix in groups(svg):
        for shape in group.iter(f"{SVG}{tag}"):
            if color.lower() in (group.get("fill"), group.get("stroke")):
                numbers = re.findall(r"[-+.\de]+", shape.get("d") or shape.get("points") or "")
                points = np.array(numbers, float).reshape(-1, 2) @ matrix[:2] + matrix[2]
                low, high = points.min(axis=0), points.max(axis=0)
                found.append(QRectF(*low, *(high - low)))
    return found


def words(svg: bytes) -> list[str]:
    return ["".join(text.itertext()) for text in ElementTree.fromstring(svg).iter(f"{SVG}text")]


def ground(picture: QImage) -> str:
    return picture.pixelColor(1, 1).name()


# -- marks --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size.width()}x{size.height()}")
def test_markers_are_round_in_an_svg_of_any_proportions(trained: Driver, window: MainWindow, size: QSize) -> None:
    svg = svg_bytes(window.fit, size)
    dots = [rect for rect in rects(svg, "path", LIGHT.ink) if rect.height() < 40]
    assert len(dots) == trained.session.experiment.dataset.rows
    assert all(dot.width() >= 4 and abs(dot.width() - dot.height()) < 0.1 for dot in dots)
    triangles = rects(svg_bytes(window.loss, size), "path", LIGHT.best)
    assert all(8 <= one.width() <= 3 * one.height() and one.height() <= 3 * one.width() for one in triangles)


def test_dashes_and_letters_grow_with_a_picture_twice_as_large(trained: Driver, window: MainWindow) -> None:
    shown = window.fit.picture.size().expandedTo(QSize(320, 200))  # less has more room, not smaller letters
    once, twice = svg_bytes(window.fit, shown), svg_bytes(window.fit, 2 * shown)

    def width_of_dashes(svg: bytes) -> list[float]:
        return [
            float(group.get("stroke-width", 0)) * float(matrix[0, 0])
            for group, matrix in groups(svg)
            if group.get("stroke") == LIGHT.closed_loop.lower() and group.get("stroke-dasharray")
        ]

    assert width_of_dashes(once)
    assert np.allclose(width_of_dashes(twice), 2 * np.array(width_of_dashes(once)))
    curves = [curve for group, _ in groups(twice) for curve in group.iter(f"{SVG}polyline")]
    assert all(curve.get("vector-effect") != "non-scaling-stroke" for curve in curves)


def test_letters_are_not_squeezed(trained: Driver, window: MainWindow) -> None:
    for size in SIZES:
        for group, matrix in groups(svg_bytes(window.fit, size)):
            if group.find(f"{SVG}text") is not None:
                across, down = np.hypot(*matrix[0]), np.hypot(*matrix[1])
                assert np.isclose(across, down)
                assert across >= 1


def test_a_picture_leaves_the_window_as_it_was(trained: Driver, window: MainWindow) -> None:
    before = {card: card.picture.grab().toImage() for card in (window.fit, window.context, window.loss)}
    for card in before:
        svg_bytes(card, QSize(900, 300), DARK)
    assert all(card.picture.grab().toImage() == picture for card, picture in before.items())


# -- title and legend ---------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["fit", "context", "loss"])
def test_a_picture_has_its_title_and_legend(trained: Driver, window: MainWindow, name: str) -> None:
    card: ViewCard = getattr(window, name)
    entries = [entry.text for entry in card.picture_legend]
    assert entries
    for size in (None, QSize(900, 500), QSize(300, 200)):
        found = words(svg_bytes(card, size))
        assert {card.title.text(), *entries} <= set(found)


def test_the_legend_of_a_narrow_picture_takes_more_lines(trained: Driver, window: MainWindow) -> None:
    def lines(width: int) -> int:
        texts = ElementTree.fromstring(svg_bytes(window.fit, QSize(width, 300))).iter(f"{SVG}text")
        entries = [entry.text for entry in window.fit.picture_legend]
        return len({text.get("y") for text in texts if text.text in entries})

    assert lines(900) == 1
    assert lines(200) > 1


# -- colours ------------------------------------------------------------------------------------------


def test_a_picture_is_light_unless_asked_otherwise(trained: Driver, window: MainWindow) -> None:
    window.set_theme(ThemeChoice.DARK)
    for card in (window.fit, window.loss, window.inside.weights):
        assert ground(image(card, QSize(400, 300))) == LIGHT.card.lower()
        assert ground(image(card, QSize(400, 300), DARK)) == DARK.card.lower()
        assert ground(image(card, QSize(400, 300), None)) == DARK.card.lower()
        assert card.theme is DARK


@pytest.mark.parametrize(
    ("chosen", "color"), [("Light", LIGHT.card), ("Dark", DARK.card), ("As in the window", DARK.card)]
)
def test_the_dialog_asks_for_colours(trained: Driver, window: MainWindow, chosen: str, color: str) -> None:
    window.set_theme(ThemeChoice.DARK)
    window.documents.ask_where_to_export_image(window.fit)
    dialog = trained.opened(PictureDialog)
    assert dialog.colors.currentText() == "Light"
    dialog.colors.setCurrentText(chosen)
    trained.click(dialog.copy)
    assert ground(QApplication.clipboard().image()) == QColor(color).name()


def test_a_curve_ends_where_the_plot_does(trained: Driver, window: MainWindow) -> None:
    window.fit.plot.setXRange(3, 6, padding=0)
    root = ElementTree.fromstring(svg_bytes(window.fit, QSize(900, 500)))
    clipped = [group for group in root.iter(f"{SVG}g") if group.get("clip-path")]
    inside = {curve for group in clipped for curve in group.iter() if curve.get("stroke") == LIGHT.closed_loop.lower()}
    everywhere = {curve for curve in root.iter() if curve.get("stroke") == LIGHT.closed_loop.lower()}
    assert len(everywhere - inside) == 1  # the sign in the legend
    assert len(inside) >= 1
