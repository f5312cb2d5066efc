"""The view of clusters: what it asks for, what it draws, and what mouse and keys do in it."""

from __future__ import annotations

import csv
import re
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch
from driving import Driver
from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, QSize, QSizeF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPicture
from scipy.spatial.distance import pdist, squareform

from elman_core.analysis.types import Clustering
from elman_core.experiments import BUILT_IN, begin
from elman_core.model.network import ElmanNetwork
from elman_gui.views.export import image, svg_bytes
from elman_gui.views.symbols.cluster_view import ClusterView
from elman_gui.views.symbols.dendrogram import TreeWindow, draw_names, leaves_in
from elman_gui.views.symbols.distance_matrix import square_in
from elman_gui.window.main_window import MainWindow


@pytest.fixture
def view(driver: Driver, window: MainWindow) -> ClusterView:
    """The clusters of some letters after three epochs."""
    if not window.actions_by_name["inside"].isChecked():
        driver.trigger("inside")
    driver.open_built_in("letters")
    driver.configure(epochs=3)
    driver.train()
    window.inside.show_view("clusters")
    driver.until(lambda: window.inside.clusters.clusters is not None)
    return window.inside.clusters


def beside(driver: Driver, view: ClusterView) -> None:
    driver.click(view.controls.beside)
    driver.until(lambda: view.control is not None)


class Noting(QPainter):
    """Notes down what is written, where, and in which colour."""

    def __init__(self, device: QPicture) -> None:
        super().__init__(device)
        self.noted: list[tuple[QRectF, str, str]] = []

    def drawText(self, *arguments: object) -> None:
        self.noted.append((arguments[0], arguments[-1], self.pen().color().name()))


def written(view: ClusterView) -> list[tuple[str, str]]:
    """Return all words in the picture, each with its colour."""
    painter = Noting(picture := QPicture())
    painter.setFont(view.canvas.font())
    view.draw(painter, QSizeF(view.canvas.size()))
    painter.end()
    assert not picture.isNull()
    return [(text, color) for _, text, color in painter.noted]


# -- what is asked for --------------------------------------------------------------------------------


def test_the_controls_say_what_is_to_be_clustered(driver: Driver, view: ClusterView) -> None:
    controls = view.controls
    assert not controls.symbol.isEnabled()
    asked = []
    view.clustering_changed.connect(asked.append)
    controls.what.setCurrentText("after 1 symbol")
    assert controls.symbol.isEnabled()
    controls.symbol.setCurrentText("i")
    controls.linkage.setCurrentText("complete")
    controls.distance.setCurrentText("cosine")
    driver.click(controls.beside)
    assert asked == [
        Clustering(before=1),
        Clustering(before=1, symbol="i"),
        Clustering("complete", before=1, symbol="i"),
        Clustering("complete", "cosine", before=1, symbol="i"),
        Clustering("complete", "cosine", before=1, symbol="i", with_control=True),
    ]
    controls.linkage.setCurrentText("ward")
    assert not controls.distance.isEnabled()
    assert asked[-1].distance == "euclidean"
    driver.until(lambda: view.clusters is not None and set(view.clusters.names) == {"di", "ii"})


def test_a_symbol_that_another_vocabulary_does_not_have_is_chosen_no_more(driver: Driver, view: ClusterView) -> None:
    view.controls.what.setCurrentText("after 1 symbol")
    view.controls.symbol.setCurrentText("g")
    driver.until(lambda: view.clusters is not None and all(name[-1] == "g" for name in view.clusters.names))
    driver.open_built_in("temporal-xor")
    assert view.controls.clustering.symbol is None
    assert [view.controls.symbol.itemText(index) for index in range(3)] == ["all", "0", "1"]
    driver.until(lambda: view.clusters is not None)
    assert set(view.clusters.names) == {"00", "01", "10", "11"}


def test_where_there_is_nothing_to_cluster_it_says_so(driver: Driver, view: ClusterView) -> None:
    view.controls.what.setCurrentText("after 1 symbol")
    view.controls.symbol.setCurrentText("a")  # always after b
    driver.until(lambda: view.clusters is None)
    assert "Nothing to cluster" in written(view)[0][0]
    assert view.data().names == ()


def test_the_untrained_network_is_drawn_beside_and_not_run_again(
    driver: Driver, view: ClusterView, window: MainWindow
) -> None:
    beside(driver, view)
    titles = [text for text, _ in written(view)]
    assert {"this network", "untrained, same seed"} <= set(titles)
    assert sum(text.startswith("distance ") for text in titles) == 2
    built_in, seed = BUILT_IN["letters"], driver.session.experiment.training.seed
    of = begin("letters", built_in.table(), built_in.data, built_in.network, built_in.training)
    states, _ = ElmanNetwork.initialized(of.network, seed).forward(
        torch.from_numpy(of.dataset.inputs).float()[:, None, None]
    )
    names = [of.dataset.symbols.name(row) for row in range(of.dataset.rows - 1)]
    of_b = states[[row for row, name in enumerate(names) if name == "b"], 0, 0].double().mean(dim=0)
    np.testing.assert_allclose(view.control.means[view.control.names.index("b")], of_b, atol=1e-5)
    known = window.inspection._untrained
    view.controls.linkage.setCurrentText("single")
    view.controls.what.setCurrentText("after 2 symbols")
    driver.until(lambda: len(view.clusters.names[0]) == 3)
    assert window.inspection._untrained is known
    driver.configure(seed=seed + 1)
    driver.until(lambda: window.inspection._untrained not in (known, None))
    assert window.inspection._untrained.seed == seed + 1


# -- what is drawn ------------------------------------------------------------------------------------


def test_leaves_have_the_colour_and_the_mark_of_their_class(view: ClusterView) -> None:
    leaves = [(text, color) for text, color in written(view) if text[-1] in "bdgaiu" and len(text) == 3]
    seen = view.clusters
    assert [text[-1] for text, _ in leaves] == [seen.names[leaf] for leaf in seen.order]
    for text, color in leaves:
        vowel = text[-1] in "aiu"
        assert text[0] == ("▲" if vowel else "●")
        assert QColor(color) == QColor(view.theme.closed_loop if vowel else view.theme.one_step)
    assert "● consonant   ▲ vowel" in [text for text, _ in written(view)]


@pytest.mark.parametrize("zoom", [1.0, 3.0])
def test_names_never_overlap_and_more_have_room_when_zoomed(view: ClusterView, zoom: float) -> None:
    painter = Noting(picture := QPicture())
    painter.setFont(view.canvas.font())
    names = [f"{letter}g" for letter in "abcdefghijklmnopqrst"]
    draw_names(painter, QRectF(0, 10, 80, 100), names, ["#000"] * 20, TreeWindow(zoom, 0), Qt.AlignmentFlag.AlignLeft)
    painter.end()
    places = [place for place, _, _ in painter.noted]
    high = QFontMetricsF(view.canvas.font()).tightBoundingRect("lg").height()
    assert all(below.center().y() - above.center().y() > high for above, below in pairwise(places))
    assert all(10 <= place.center().y() <= 110 for place in places)
    assert [text for _, text, _ in painter.noted] == (names[::3] if zoom == 1 else names[:7])
    assert not picture.isNull()


def test_the_matrix_has_the_chosen_distance_and_tells_a_pair(driver: Driver, view: ClusterView) -> None:
    view.controls.kind.setCurrentText("matrix")
    view.controls.distance.setCurrentText("cityblock")
    means = view.clusters.means
    driver.until(lambda: np.allclose(view.clusters.distances, squareform(pdist(means, "cityblock"))))
    seen = view.clusters
    square = square_in(view._areas_now()[0])
    side = square.width() / 6
    words = view.text_at(square.topLeft() + QPointF(4.5 * side, 1.5 * side))
    one, other = (seen.order[place] for place in (1, 4))
    expected = np.abs(means[one] - means[other]).sum()
    assert words == f"{seen.names[one]} – {seen.names[other]}: distance {expected:.3g}"
    assert words in [text for text, _ in written(view)]
    assert view.text_at(QPointF(2, 2)) == ""


def test_pictures_of_both_trees_can_be_taken_out(driver: Driver, view: ClusterView) -> None:
    beside(driver, view)
    text = svg_bytes(view, QSize(900, 600)).decode()
    for words in ("this network", "untrained, same seed", "consonant"):
        assert text.count(words) == 1
    assert len(re.findall(r">[●▲] [bdgaiu]</text>", text)) == 12
    assert len(re.findall(r"<(polyline|path|line)\b", text)) >= 2 * 5 * 3
    for kind in ("tree", "matrix"):
        view.controls.kind.setCurrentText(kind)
        picture = image(view, QSize(900, 600))
        colors = {picture.pixelColor(x, y).name() for x in range(0, 900, 3) for y in range(0, 600, 3)}
        assert len(colors) > 5


def test_the_table_names_every_leaf(driver: Driver, view: ClusterView, window: MainWindow, tmp_path: Path) -> None:
    path = tmp_path / "letters.csv"
    driver.file_dialogs_give(path)
    driver.click(view.button("export-data"))
    driver.until(lambda: window.notice.text.text() == f"Saved as {path}")
    header, *rows = csv.reader(path.read_text(encoding="utf-8").splitlines())
    seen = view.clusters
    named = ["first_symbol", "second_symbol", "epoch"]
    assert header == ["first", "second", "distance", "symbols", *seen.names, *named]
    leaves = [*seen.names, *("" for _ in seen.merges)]
    members = [{leaf} for leaf in range(6)]
    for row, (first, second, height, count) in zip(rows, seen.merges.tolist(), strict=True):
        members.append(members[int(first)] | members[int(second)])
        assert float(row[2]) == height
        assert {place for place in range(6) if float(row[4 + place]) == 1} == members[-1]
        assert len(members[-1]) == count
        assert row[-3:-1] == [leaves[int(first)], leaves[int(second)]]
    view.controls.kind.setCurrentText("matrix")
    data = view.data()
    ordered = [seen.names[leaf] for leaf in seen.order]
    assert data.names == (*ordered, "symbol", "class", "met") and data.columns[-3].tolist() == ordered
    np.testing.assert_array_equal(np.array(data.columns[:-3]), view.distances())


# -- the mouse and keys -------------------------------------------------------------------------------


def test_the_keyboard_zooms_and_moves_the_tree(driver: Driver, view: ClusterView) -> None:
    driver.use(view)

    def press(key: Qt.Key) -> None:
        driver.qtbot.keyClick(view.canvas, key)

    press(Qt.Key.Key_Plus)
    press(Qt.Key.Key_Plus)
    assert view._window.zoom == pytest.approx(1.44)
    assert view._window.top + 0.5 / view._window.zoom == pytest.approx(0.5)  # about the middle
    top = view._window.top
    press(Qt.Key.Key_Down)
    assert view._window.top == pytest.approx(top + 0.1 / 1.44)
    press(Qt.Key.Key_PageDown)
    assert view._window.top == pytest.approx(1 - 1 / 1.44)  # not beyond the last leaf
    press(Qt.Key.Key_Up)
    press(Qt.Key.Key_Minus)
    assert view._window.zoom == pytest.approx(1.2)
    press(Qt.Key.Key_Home)
    assert (view._window.zoom, view._window.top) == (1.0, 0.0)
    press(Qt.Key.Key_Minus)
    assert view._window.zoom == 1.0


def test_the_wheel_zooms_around_the_mouse_and_dragging_moves(view: ClusterView) -> None:
    rows = leaves_in(view._areas_now()[0])
    before = view._window.leaf_at(rows, 6, rows.top() + 0.8 * rows.height())
    view.wheel(QPointF(50, rows.top() + 0.8 * rows.height()), 6)
    assert view._window.leaf_at(rows, 6, rows.top() + 0.8 * rows.height()) == before
    top = view._window.top
    view.press(QPointF(50, 40), Qt.MouseButton.LeftButton)
    view.drag(QPointF(50, 60))
    assert view._window.top == pytest.approx(top - 20 / rows.height() / view._window.zoom)


def test_the_arrows_choose_a_pair_in_the_matrix(driver: Driver, view: ClusterView) -> None:
    view.controls.kind.setCurrentText("matrix")
    driver.use(view)
    for key in (Qt.Key.Key_Home, Qt.Key.Key_Down, Qt.Key.Key_Down, Qt.Key.Key_Right, Qt.Key.Key_Up):
        driver.qtbot.keyClick(view.canvas, key)
    assert view._cell == (1, 1)
    name = view.clusters.names[view.clusters.order[1]]
    assert f"{name} – {name}: distance 0" in [text for text, _ in written(view)]


def test_a_leaf_tells_how_often_it_was_met(view: ClusterView) -> None:
    rows, seen = leaves_in(view._areas_now()[0]), view.clusters
    y = view._window.leaves_at(rows, 6)[2]
    leaf = seen.order[2]
    words = f"{seen.names[leaf]}: {seen.classes[leaf]}, met {seen.counts[leaf]:,} times"
    assert view.text_at(QPointF(rows.center().x(), y)) == words


@pytest.mark.parametrize("size", [(1280, 800), (960, 600)], ids=str)
def test_no_control_is_cut(driver: Driver, view: ClusterView, window: MainWindow, size: tuple[int, int]) -> None:
    driver.resize(*size)
    driver.worker_answers()
    driver.until_laid_out()
    controls = view.controls
    boxes = (controls.kind, controls.what, controls.symbol, controls.linkage, controls.distance, controls.beside)
    for control in (*boxes, view.newick):
        assert control.width() >= control.sizeHint().width(), control.toolTip()
        assert view.rect().contains(QRect(control.mapTo(view, QPoint()), control.size())), control.toolTip()
