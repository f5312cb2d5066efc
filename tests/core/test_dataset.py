"""Choosing, filling, splitting and scaling; and refusing what cannot be learned from."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from refusals import refusal_of

from elman_core.config import DataConfig
from elman_core.data.dataset import Part, Scale, SequenceDataset
from elman_core.data.generators import sine_table
from elman_core.data.panel import Panel
from elman_core.data.preparation import prepare
from elman_core.data.table import AxisKind, Source, Table, TimeAxis
from elman_core.errors import DataError
from elman_core.training.engines.sequences import Sequences

TableOf = Callable[..., Table]
DatasetOf = Callable[..., SequenceDataset]
NAN = float("nan")


@pytest.mark.parametrize(
    ("rows", "train", "validation", "parts"),
    [
        (100, 70, 15, [(1, 70), (70, 85), (85, 100)]),
        (10, 50, 25, [(1, 5), (5, 7), (7, 10)]),
        (21, 100, 0, [(1, 21), (21, 21), (21, 21)]),
        (10, 60, 40, [(1, 6), (6, 10), (10, 10)]),
        (11, 50, 50, [(1, 6), (6, 11), (11, 11)]),  # both shares round up, but there is no 12th row
        (10, 80, 0, [(1, 8), (8, 8), (8, 10)]),
    ],
)
def test_parts_follow_each_other_without_gap(
    dataset_of: DatasetOf, rows: int, train: float, validation: float, parts: list[tuple[int, int]]
) -> None:
    dataset = dataset_of(np.arange(float(rows)), train_percent=train, validation_percent=validation)
    assert [(dataset.part_rows(part).start, dataset.part_rows(part).stop) for part in Part] == parts
    assert dataset.train_steps == parts[0][1] - 1
    assert dataset.validation_steps == parts[1][1] - parts[1][0]
    assert dataset.history_rows == parts[2][0]


def test_the_target_of_each_step_is_the_input_of_the_next(dataset_of: DatasetOf) -> None:
    dataset = dataset_of([[1.0, 5.0], [2.0, 6.0], [3.0, 8.0], [4.0, 9.0]], scaling="standardize")
    np.testing.assert_array_equal(dataset.inputs[1:], dataset.targets[:-1])
    assert dataset.inputs.shape == dataset.targets.shape == (3, 2)


def test_the_scale_knows_the_training_part_only(dataset_of: DatasetOf) -> None:
    values = np.stack([np.sin(np.arange(50.0)), 1e6 + np.arange(50.0) ** 2], axis=1)
    changed = values.copy()
    changed[30:] *= 1000
    scales = [dataset_of(rows, train_percent=60, scaling="standardize").scale for rows in (values, changed)]
    assert scales[0] == scales[1]
    scaled = scales[0].apply(values[:30])
    np.testing.assert_allclose(scaled.mean(axis=0), 0, atol=1e-9)
    np.testing.assert_allclose(scaled.std(axis=0), 1)
    np.testing.assert_allclose(scales[0].undo(scales[0].apply(values)), values, rtol=1e-12)


def test_without_scaling_the_network_sees_the_datas_own_units(dataset_of: DatasetOf) -> None:
    dataset = dataset_of([100.0, 300.0, 200.0])
    np.testing.assert_array_equal(dataset.inputs[:, 0], [100, 300])


def test_a_trained_network_brings_its_own_scale(table_of: TableOf) -> None:
    scale = Scale(mean=(10.0,), deviation=(2.0,))
    dataset = prepare(table_of([10.0, 12.0, 14.0]), DataConfig(train_percent=100, validation_percent=0), scale)
    np.testing.assert_array_equal(dataset.targets[:, 0], [1, 2])


def test_a_constant_series_can_be_predicted_with_the_scale_of_another(table_of: TableOf) -> None:
    scale = Scale(mean=(0.0,), deviation=(1.0,))
    assert prepare(table_of([7.0] * 5), DataConfig(), scale).rows == 5


def test_columns_come_in_the_order_that_was_chosen(table_of: TableOf) -> None:
    table = table_of([[1.0, 2.0, 3.0], [4.0, 5.0, 7.0], [7.0, 9.0, 9.0], [1.0, 2.0, 0.0]])
    dataset = prepare(table, DataConfig(columns=("c", "a")))
    assert dataset.columns == dataset.config.columns == ("c", "a")
    np.testing.assert_array_equal(dataset.values[0], [3, 1])


def test_the_first_column_is_taken_where_none_is_chosen(table_of: TableOf) -> None:
    table = table_of([[1.0, 2.0], [4.0, 5.0], [7.0, 9.0], [1.0, 2.0]])
    dataset = prepare(table, DataConfig())
    assert dataset.columns == dataset.config.columns == ("a",)


def test_gaps_are_filled_along_time_and_not_along_rows(table_of: TableOf) -> None:
    table = table_of([NAN, 0.0, NAN, NAN, 10.0, NAN], positions=[0, 1, 2, 9, 11, 12])
    dataset = prepare(table, DataConfig(fill_gaps=True, train_percent=100, validation_percent=0))
    np.testing.assert_allclose(dataset.values[:, 0], [0, 1, 8, 10])  # nothing before the first, nor after the last
    np.testing.assert_array_equal(dataset.axis.positions, [1, 2, 9, 11])
    np.testing.assert_array_equal(dataset.filled, [False, True, True, False])
    assert dataset.notes[0] == "series: 2 rows without a value before the first or after the last one are left out"
    assert table.gaps() == 4


def test_gaps_in_a_column_that_is_not_chosen_do_not_matter(table_of: TableOf) -> None:
    table = table_of([[1.0, NAN], [2.0, 1.0], [4.0, NAN], [3.0, 1.0]])
    dataset = prepare(table, DataConfig(columns=("a",)))
    assert not dataset.filled.any()


FLAT = (
    "series: column 'a' does not vary in the training part, so there is nothing to scale it by; choose scaling none to "
    "learn it as it is"
)


@pytest.mark.parametrize(
    ("values", "config", "sentence"),
    [
        (
            [[1.0, 1.0], [2.0, NAN], [NAN, NAN], [4.0, 1.0]],
            {"columns": ("a", "b")},
            "series: 2 of 4 rows have no value, the first in row 2 of column 'b'; "
            "choose to fill gaps, or mend the file",
        ),
        (
            [[1.0, NAN], [2.0, NAN], [4.0, NAN]],
            {"columns": ("b",), "fill_gaps": True},
            "series: column 'b' has no value in any row",
        ),
        (
            [[5.0], [5.0], [5.0], [1.0]],
            {"train_percent": 75},
            FLAT,
        ),
        ([[0.0], [0.0], [0.0]], {}, FLAT),
        ([[5.0], [5.0], [5.0], [5.0]], {"transforms": ("difference",), "scaling": "min-max"}, FLAT),
        (
            [[0.1 + 0.2], [0.3], [0.3], [0.3]],  # rounding is no variation
            {},
            FLAT,
        ),
        (
            [[1.0, 2.0], [2.0, 1.0], [3.0, 0.0]],
            {"columns": ("a", "z")},
            "series has no number column 'z'; it has 'a', 'b'",
        ),
        ([[1.0], [2.0]], {}, "series has 2 rows; at least 3 are needed"),
        ([[1.0]], {}, "series has 1 row; at least 3 are needed"),
        (
            [[1.0], [2.0], [3.0], [4.0]],
            {"train_percent": 10, "validation_percent": 0},
            "series: 10 % of 4 rows leave 0 to train on; at least 2 are needed",
        ),
        ([[1.0], [float("inf")], [3.0], [4.0]], {}, "series: the value in row 2 of column 'a' is not finite"),
    ],
)
def test_what_cannot_be_learned_from_is_refused_in_one_sentence(
    table_of: TableOf, values: list[list[float]], config: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(DataError) as error:
        prepare(table_of(values), DataConfig(**config))
    assert str(error.value) == sentence


@pytest.mark.parametrize("row", [2, 8, 9])
@pytest.mark.parametrize("scale", [None, Scale(mean=(0.0,), deviation=(1.0,))])
def test_infinity_is_refused_in_every_part(table_of: TableOf, row: int, scale: Scale | None) -> None:
    values = np.arange(10.0)
    values[row] = -np.inf
    with pytest.raises(DataError, match=f"the value in row {row + 1} of column 'a' is not finite"):
        prepare(table_of(values), DataConfig(), scale)


def test_of_many_columns_eight_are_named() -> None:
    names = tuple(f"c{n}" for n in range(12))
    table = Table("wide", names, np.ones((5, 12)), TimeAxis.steps(5), sine_table().source)
    with pytest.raises(DataError, match=r"it has 'c0', .*'c7' and 4 more$"):
        prepare(table, DataConfig(columns=("d",)))


def test_the_sine_is_the_tutorials_series() -> None:
    table = sine_table()
    np.testing.assert_array_equal(table.values[:, 0], np.sin(np.linspace(2, 10, 21)))


def test_a_time_axis_goes_on_at_its_usual_distance() -> None:
    axis = TimeAxis("day", AxisKind.NUMBER, np.array([0.0, 2.0, 4.0, 9.0]))
    np.testing.assert_array_equal(axis.extended(3), [11, 13, 15])
    np.testing.assert_array_equal(TimeAxis.steps(1).extended(2), [1, 2])


@pytest.mark.parametrize(
    ("kind", "position", "text"),
    [
        (AxisKind.STEP, 12.0, "12"),
        (AxisKind.NUMBER, 1700.5, "1700.5"),
        (AxisKind.DATE, 86400.0, "1970-01-02"),
        (AxisKind.DATE, 86400.0 + 3661, "1970-01-02 01:01:01"),
        (AxisKind.DATE, -86400.0, "1969-12-31"),
    ],
)
def test_a_place_in_time_is_written_for_a_person(kind: AxisKind, position: float, text: str) -> None:
    assert TimeAxis("t", kind, np.zeros(2)).text(position) == text


def test_numbers_too_large_to_be_squared_are_refused_in_one_sentence(dataset_of: DatasetOf) -> None:
    with pytest.raises(DataError, match="series: column 'a' has numbers as large as 1e\\+300, whose squares"):
        dataset_of([1e300, -1e300] * 10)


@pytest.mark.parametrize(
    ("values", "transforms"),
    [
        ([5.0] * 12, ()),
        ([0.0] * 12, ()),
        ([5.0] * 12, ("log",)),
        ([5.0] * 12, ("difference",)),
        ([float(row) for row in range(12)], ("difference",)),  # of which every difference is 1
        ([1.0, 2.0, 3.0] * 4, ("seasonal-difference",)),
        ([5.0] * 12, ("seasonal-additive",)),
        ([5.0] * 12, ("log", "seasonal-additive")),
    ],
)
def test_what_does_not_vary_is_learned_as_it_is_where_no_scaling_is_asked(
    table_of: TableOf, values: list[float], transforms: tuple[str, ...]
) -> None:
    config = DataConfig(transforms=transforms, season=3, scaling="none", train_percent=75)
    dataset = prepare(table_of([[value] for value in values]), config)
    rows = slice(dataset.fitted.lost_rows, None)
    transformed = dataset.past[rows, 0]
    assert np.ptp(transformed) < 1e-12
    undone = dataset.fitted.targets[0].undo_one_step(transformed, dataset.values[:, 0], rows)
    np.testing.assert_allclose(undone, values[rows], atol=1e-12)


def test_sequences_that_do_not_vary_stay_where_no_scaling_is_asked() -> None:
    values = np.array([5.0] * 9 + [1.0, 2.0, 4.0] * 3)[:, None]
    panel = Panel(np.array([0, 9]), np.zeros(2, np.int64), 18, ("flat", "rising"))
    axis = TimeAxis("row", AxisKind.STEP, np.tile(np.arange(9.0), 2))
    table = Table("shops", ("a",), values, axis, Source(kind="built-in", name="shops"), sequences=panel)
    assert prepare(table, DataConfig(scaling="none")).panel.names == ("flat", "rising")
    scaled = prepare(table, DataConfig())
    assert scaled.panel.names == ("rising",)
    assert "does not vary in the training part" in scaled.notes[0]


def test_a_training_part_of_filled_rows_is_refused_before_training(dataset_of: Callable[..., SequenceDataset]) -> None:
    dataset = dataset_of([1.0, np.nan, 3.0], fill_gaps=True, horizon=2, strategy="direct")
    assert refusal_of(lambda: Sequences.of(dataset)) == (
        "series: there is nothing to learn: every row of the training part that is predicted had a gap"
    )
