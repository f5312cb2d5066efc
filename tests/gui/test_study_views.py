"""The views of a study show what there is, mark and tell the cell that is meant, and can be taken out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from driving import TIMEOUT
from made_up_studies import BEST, GRID, made_up_overview
from PySide6.QtCore import QPoint, QPointF, QSizeF, Qt
from PySide6.QtGui import QFontMetricsF
from pytestqt.qtbot import QtBot

from elman_core.studies.overview import FieldColumn, Overview
from elman_core.support.jobs import complete
from elman_core.support.text_format import in_digits
from elman_gui.theme import DARK, LIGHT
from elman_gui.views.export import image_job, svg_bytes, table_job
from elman_gui.views.fonts import picture_font
from elman_gui.views.study.heat_map import HeatMap
from elman_gui.views.study.importance_plot import ImportancePlot
from elman_gui.views.study.parallel_coordinates import ParallelCoordinates
from elman_gui.views.study.parts_plot import PartsPlot
from elman_gui.views.study.profile_plot import ProfilePlot
from elman_gui.views.study.rank_table import RankTable
from elman_gui.views.study.runs_plot import RunsPlot
from elman_gui.views.study.scales import ErrorScale, along_axis, bins_of, figure
from elman_gui.views.study.slice_plot import SlicePlot
from elman_gui.views.view_card import ViewCard

KINDS = (HeatMap, SlicePlot, ParallelCoordinates, ImportancePlot, RankTable, RunsPlot, PartsPlot, ProfilePlot)
EMPTY = Overview()


@pytest.fixture(params=KINDS, ids=lambda kind: kind.__name__)
def view(request: pytest.FixtureRequest, qtbot: QtBot) -> Iterator[ViewCard]:
    yield from shown(request.param, qtbot)


@pytest.fixture
def heat_map(qtbot: QtBot) -> Iterator[HeatMap]:
    yield from shown(HeatMap, qtbot)


@pytest.fixture
def rank(qtbot: QtBot) -> Iterator[RankTable]:
    yield from shown(RankTable, qtbot)


def shown(kind, qtbot: QtBot) -> Iterator:  # type: ignore[no-untyped-def]
    card = kind()
    card.set_theme(LIGHT)
    card.resize(640, 420)
    with qtbot.waitExposed(card, timeout=TIMEOUT):
        card.show()
    yield card
    card.close()
    card.deleteLater()


def pixels(view: ViewCard) -> bytes:
    image = view.picture.grab().toImage()  # which owns its bits
    return bytes(image.constBits())


def drawn_numbers(seeds: int) -> Overview:
    """A study whose cells are drawn: no value comes twice."""
    generator = np.random.default_rng(3)
    rates = tuple(sorted((10 ** generator.uniform(-3, 0, 40)).tolist()))
    grid = {"network.hidden": GRID["network.hidden"], "training.learning_rate": rates}
    return made_up_overview(grid, seeds)


# -- every view ---------------------------------------------------------------------------------------


def test_a_view_shows_a_study_from_nothing_to_its_end_in_both_themes(view: ViewCard) -> None:
    assert view.data().names == ()
    before = pixels(view)
    one_cell = made_up_overview(known=1)
    for overview in (EMPTY, one_cell, made_up_overview(known=7), made_up_overview(), drawn_numbers(5), EMPTY):
        for theme in (LIGHT, DARK, LIGHT):
            view.set_theme(theme)
            view.show_overview(overview)
            view.show_cell(None if not len(overview) else int(overview.cells[0]))
            view.grab()
    assert view.data().names == ()
    view.show_overview(made_up_overview())
    assert pixels(view) != before
    assert view.data().names and len({len(column) for column in view.data().columns}) == 1


def test_a_view_that_nobody_sees_draws_when_it_is_seen(view: ViewCard) -> None:
    view.hide()
    view.show_overview(made_up_overview())
    view.show()
    seen = pixels(view)
    view.show_overview(made_up_overview())
    assert pixels(view) == seen


def test_a_view_can_be_taken_out_as_picture_and_as_numbers(view: ViewCard, tmp_path: Path) -> None:
    overview = made_up_overview()
    view.show_overview(overview)
    view.show_cell(int(overview.cells[3]))
    complete(image_job(view, tmp_path / "picture.png"))
    complete(table_job(view.data(), tmp_path / "numbers.csv"))
    assert (tmp_path / "picture.png").stat().st_size > 3_000
    assert b"<svg" in svg_bytes(view)
    lines = (tmp_path / "numbers.csv").read_text().splitlines()
    assert len(lines) == 1 + len(view.data().columns[0])


def test_runs_that_all_diverged_are_shown_and_break_nothing(view: ViewCard) -> None:
    overview = made_up_overview(known=2)
    lost = np.full(2, np.inf)
    view.show_overview(
        replace(
            overview, median=lost, iqm=lost, low=lost, high=lost, validation=lost, test=lost, diverged=overview.runs,
            run_values=np.full_like(overview.run_values, np.inf), profile=None,
            best_so_far=np.full_like(overview.run_values, np.inf),
        )
    )  # fmt: skip
    view.grab()


# -- heat map -----------------------------------------------------------------------------------------


def middle(heat_map: HeatMap, row: int, column: int) -> QPoint:
    return heat_map._cell_rect(row, column).center().toPoint()


def test_a_cell_of_the_heat_map_is_the_best_of_the_other_fields(heat_map: HeatMap) -> None:
    overview = made_up_overview()
    heat_map.show_overview(overview)
    data = dict(zip(heat_map.data().names, heat_map.data().columns, strict=True))
    assert len(data["median"]) == 5 * 4
    for hidden, rate, median in zip(
        data["network.hidden"], data["training.learning_rate"], data["median"], strict=True
    ):
        groups = [
            group
            for group in range(len(overview))
            if str(overview.settings_of(group)["network.hidden"]) == hidden
            and str(overview.settings_of(group)["training.learning_rate"]) == rate
        ]
        assert len(groups) == 2 and median == min(overview.median[group] for group in groups)


def test_a_click_looks_at_a_cell_and_two_open_its_networks(heat_map: HeatMap, qtbot: QtBot) -> None:
    overview = made_up_overview()
    heat_map.show_overview(overview)
    heat_map.grab()
    place = middle(heat_map, 2, 3)
    with qtbot.waitSignal(heat_map.cell_chosen) as told:
        qtbot.mouseClick(heat_map.canvas, Qt.MouseButton.LeftButton, pos=place)
    group = overview.group_of(told.args[0])
    assert overview.settings_of(group) == BEST
    assert "Hidden units 10, Learning rate 0.1, Optimizer adam" in heat_map.text_at(QPointF(place))
    with qtbot.waitSignal(heat_map.open_wanted) as told:
        qtbot.mouseDClick(heat_map.canvas, Qt.MouseButton.LeftButton, pos=place)
    assert told.args == [overview.cells[group]]


def test_the_arrow_keys_go_from_cell_to_cell_and_return_opens(heat_map: HeatMap, qtbot: QtBot) -> None:
    overview = made_up_overview()
    heat_map.show_overview(overview)
    heat_map.cell_chosen.connect(heat_map.show_cell)
    heat_map.grab()
    qtbot.keyClick(heat_map.canvas, Qt.Key.Key_Right)  # begins at the chosen one
    assert heat_map.cell == overview.cells[overview.chosen]
    qtbot.keyClick(heat_map.canvas, Qt.Key.Key_Right)
    qtbot.keyClick(heat_map.canvas, Qt.Key.Key_Down)
    settings = overview.settings_of(overview.group_of(heat_map.cell))
    assert (settings["network.hidden"], settings["training.learning_rate"]) == (20, 0.03)
    with qtbot.waitSignal(heat_map.open_wanted) as told:
        qtbot.keyClick(heat_map.canvas, Qt.Key.Key_Return)
    assert told.args == [heat_map.cell]


def test_the_fields_of_the_heat_map_change_places(heat_map: HeatMap) -> None:
    heat_map.show_overview(made_up_overview())
    heat_map.across.setCurrentIndex(1)
    assert (heat_map.across.currentText(), heat_map.down.currentText()) == ("Learning rate", "Optimizer")
    assert heat_map.data().names[:2] == ("training.learning_rate", "training.optimizer")
    heat_map.show_overview(made_up_overview(seeds=10))  # the choice stays as results come
    assert heat_map.across.currentText() == "Learning rate"


def test_many_drawn_numbers_stand_in_ranges(heat_map: HeatMap) -> None:
    overview = drawn_numbers(5)
    bins = bins_of(overview.fields[1])
    assert len(bins.labels) == 10 and set(bins.places) <= set(range(10))
    heat_map.show_overview(overview)
    assert heat_map._best.shape == (10, 5)


# -- numbers and room ---------------------------------------------------------------------------------


def with_errors_times(overview: Overview, factor: float) -> Overview:
    return replace(overview, median=overview.median * factor)


def test_an_error_of_thousands_is_written_in_full() -> None:
    assert [figure(value) for value in (2831.4, 999.7, 236.2, 0.05466)] == ["2,830", "1,000", "236", "0.0547"]
    assert in_digits(1618.3, 4) == "1,618"
    assert [figure(value) for value in (4.8e-9, np.inf, np.nan)] == ["4.8e-09", "diverged", "–"]


def test_the_errors_at_the_last_of_the_parallel_axes_are_within_the_view(qtbot: QtBot) -> None:
    for card in shown(ParallelCoordinates, qtbot):
        card.show_overview(with_errors_times(made_up_overview(), 1e-12))
        size = QSizeF(640, 300)
        words = max(QFontMetricsF(picture_font()).horizontalAdvance(text) for _, text in card._ticks[-1])
        assert words > 55
        assert card._field(size).right() + 9 + words <= size.width()


@pytest.mark.parametrize("values", [2, 3, 5])
def test_all_dots_of_a_slice_are_within_its_axis(qtbot: QtBot, values: int) -> None:
    grid = {"network.hidden": tuple(range(2, 2 + values)), "training.learning_rate": (0.01, 0.03, 0.1, 0.2)}
    for card in shown(SlicePlot, qtbot):
        card.show_overview(made_up_overview(grid))
        low, high = card.plot.viewRange()[0]
        assert low < card.x.min() and card.x.max() < high


# -- rank ---------------------------------------------------------------------------------------------


def cells_of(rank: RankTable, column: int) -> list[str]:
    model = rank.table.model()
    return [model.index(row, column).data() for row in range(model.rowCount())]


def test_the_rank_is_by_the_median_and_says_which_runs_were_lost(rank: RankTable) -> None:
    overview = made_up_overview()
    rank.show_overview(overview)
    headings = [rank.table.model().headerData(c, Qt.Orientation.Horizontal) for c in range(rank._model.columnCount())]
    assert headings == [
        "", "Hidden\nunits", "Learning\nrate", "Optimizer", "median", "interval", "IQM", "runs", "✕", "success",
        "validation", "test",
    ]  # fmt: skip
    assert cells_of(rank, 0)[0] == "★ 1"
    medians = [np.inf if text == "diverged" else float(text) for text in cells_of(rank, 4)]
    assert medians == sorted(medians) and medians[-1] == np.inf
    lost = [int(text or 0) for text in cells_of(rank, 8)]
    assert sum(lost) == overview.diverged.sum() > 0


def test_a_line_that_is_chosen_tells_its_cell_and_return_opens_it(rank: RankTable, qtbot: QtBot) -> None:
    overview = made_up_overview()
    rank.show_overview(overview)
    with qtbot.waitSignal(rank.cell_chosen) as told:
        rank.table.selectRow(2)
    assert told.args == [overview.cells[overview.order[2]]]
    with qtbot.waitSignal(rank.open_wanted) as opened:
        qtbot.keyClick(rank.table, Qt.Key.Key_Return)
    assert opened.args == told.args


def test_the_line_that_is_looked_at_stays_marked_as_results_come(rank: RankTable, qtbot: QtBot) -> None:
    rank.show_overview(made_up_overview(known=10))
    cell = int(rank.overview.cells[rank.overview.order[4]])
    rank.show_cell(cell)
    with qtbot.assertNotEmitted(rank.cell_chosen):
        rank.show_overview(made_up_overview())
    assert rank._model.cell_at(rank.table.currentIndex().row()) == cell


# -- scales -------------------------------------------------------------------------------------------


def test_the_smallest_error_is_the_lightest_and_one_that_is_infinite_has_no_colour() -> None:
    errors = np.array([0.001, 0.01, 0.1, np.inf])
    scale = ErrorScale.of(errors)
    assert scale.is_logarithmic
    np.testing.assert_allclose(scale.shares(errors), [1.0, 0.5, 0.0, np.nan])
    assert scale.error_at(0.5) == pytest.approx(0.01)
    lightness = [scale.color(share).lightnessF() for share in (0.0, 0.5, 1.0)]
    assert lightness == sorted(lightness)
    assert not ErrorScale.of(np.array([1.0, 2.0])).is_logarithmic


def test_a_few_errors_far_beyond_the_others_do_not_take_their_colours() -> None:
    errors = np.array([*np.linspace(1, 2, 19), 1e9])
    scale = ErrorScale.of(errors)
    assert scale.is_cut and scale.high < 2.1 and not scale.is_logarithmic
    assert scale.shares(errors)[-1] == 0.0 and scale.words_at(0.0).startswith("≥ ")


def test_drawn_numbers_stand_where_they_belong_and_few_values_at_even_distances() -> None:
    places = np.arange(3)
    along, ticks = along_axis(FieldColumn("a", "A", (1, 10, 1000), places))
    assert along.tolist() == [0.0, 0.5, 1.0] and [text for _, text in ticks] == ["1", "10", "1000"]
    many = tuple(float(10**power) for power in np.linspace(-4, 0, 17))
    along, ticks = along_axis(FieldColumn("a", "A", many, np.arange(17), is_logarithmic=True))
    np.testing.assert_allclose(along, np.linspace(0, 1, 17))
    assert [text for _, text in ticks] == ["0.0001", "0.001", "0.01", "0.1", "1"]
