"""Gaps, parts, encodings, rollouts and transforms of many sequences, each against brute force or a property."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from elman_core.config import DataConfig, NetworkConfig
from elman_core.data.dataset import Part, SequenceDataset
from elman_core.data.gaps import fill_gaps
from elman_core.data.panel import Panel
from elman_core.data.preparation import prepare
from elman_core.data.rollout import Rollout
from elman_core.data.splits import Parts, split
from elman_core.data.table import AxisKind, Source, Table, TimeAxis
from elman_core.errors import DataError
from elman_core.forecasting.running import closed_loop
from elman_core.model.network import ElmanNetwork

Array = NDArray[np.float64]
QUICK = settings(max_examples=150, deadline=None)
LENGTHS = st.lists(st.integers(1, 12), min_size=1, max_size=6)
PERCENT = st.tuples(st.integers(1, 100), st.integers(0, 100)).filter(lambda shares: sum(shares) <= 100)
SPLITS = st.one_of(
    st.just({"split": "sequences"}),
    st.fixed_dictionaries(
        {"split": st.just("time")}, optional={"test_rows": st.integers(0, 15), "validation_rows": st.integers(0, 15)}
    ),
)


def panel_of(lengths: list[int]) -> Panel:
    return Panel.of(sum(lengths), np.cumsum(lengths) - lengths, names=tuple(f"s{n}" for n in range(len(lengths))))


def table_of(lengths: list[int], seed: int = 0, columns: str = "abcd", lift: float = 0.0) -> Table:
    """Make a table of random walks, above 0 with enough lift."""
    random, panel = np.random.default_rng(seed), panel_of(lengths)
    values = lift + random.normal(size=(panel.rows, len(columns))).cumsum(axis=0)
    axis = TimeAxis("t", AxisKind.NUMBER, panel.every.row + 1.0)
    return Table("t", tuple(columns), values, axis, Source(kind="csv", name="t"), sequences=panel)


def dataset_of(lengths: list[int], seed: int = 0, lift: float = 0.0, **data: Any) -> SequenceDataset:
    return prepare(table_of(lengths, seed, lift=lift), DataConfig(**{"columns": ("a", "b"), **data}))


# -- parts --------------------------------------------------------------------------------------------


@QUICK
@given(LENGTHS, PERCENT, SPLITS)
def test_parts_cover_each_row_once_and_in_order(
    lengths: list[int], shares: tuple[int, int], how: dict[str, Any]
) -> None:
    panel = panel_of(lengths)
    config = DataConfig(train_percent=shares[0], validation_percent=shares[1], **how)
    try:
        parts = split("t", panel, config)
    except DataError:
        return
    for sequence in range(len(panel)):
        rows = [parts.rows(part, sequence) for part in Part]
        covered = [row for own in rows for row in range(own.start, own.stop)]
        assert covered == list(range(panel.rows_of(sequence).start, panel.rows_of(sequence).stop))
        if how["split"] == "sequences" and panel.has_several:
            assert sum(own.stop > own.start for own in rows) == 1


@QUICK
@given(LENGTHS, PERCENT, st.integers(0, 15), st.none() | st.integers(0, 15))
def test_so_many_rows_are_kept_for_test_and_validation(
    lengths: list[int], shares: tuple[int, int], test: int, validation: int | None
) -> None:
    panel = panel_of(lengths)
    config = DataConfig(
        train_percent=shares[0], validation_percent=shares[1], test_rows=test, validation_rows=validation
    )
    try:
        parts = split("t", panel, config)
    except DataError:
        return
    kept = np.minimum(test, panel.lengths)
    assert (parts.stops - parts.validation_stops).tolist() == kept.tolist()
    if validation is not None:
        wanted = np.minimum(validation, panel.lengths - kept)
        assert (parts.validation_stops - parts.train_stops).tolist() == wanted.tolist()


# -- gaps ---------------------------------------------------------------------------------------------


@st.composite
def gappy(draw: st.DrawFn) -> tuple[Array, Array, Panel, Parts]:
    """Values (R, 2) with gaps, but in no first row of a sequence; positions; where the sequences and parts begin."""
    panel = panel_of(draw(LENGTHS))
    random = np.random.default_rng(draw(st.integers(0, 1_000)))
    values = random.normal(size=(panel.rows, 2))
    values[random.random(values.shape) < draw(st.sampled_from([0.1, 0.5, 0.9]))] = np.nan
    values[panel.starts] = random.normal(size=(len(panel), 2))
    positions = np.concatenate([random.integers(1, 5, length).cumsum() for length in panel.lengths.tolist()])
    train = panel.starts + np.array([draw(st.integers(0, length)) for length in panel.lengths.tolist()])
    rest = (panel.stops - train).tolist()
    return (
        values, positions.astype(np.float64), panel,
        Parts(panel.starts, train, train + np.array([draw(st.integers(0, length)) for length in rest]), panel.stops),
    )  # fmt: skip


@QUICK
@given(gappy())
def test_gaps_are_filled_as_a_loop_fills_them(found: tuple[Array, Array, Panel, Parts]) -> None:
    values, positions, panel, parts = found
    filled = fill_gaps(values, positions, panel, parts)
    for sequence in range(len(panel)):
        for part in Part:
            rows = parts.rows(part, sequence)
            for row in range(rows.start, rows.stop):
                for column in range(2):
                    if not np.isnan(values[row, column]):
                        assert filled[row, column] == values[row, column]
                        continue
                    before = max(
                        r for r in range(panel.rows_of(sequence).start, row) if values[r, column] == values[r, column]
                    )
                    later = [r for r in range(row, rows.stop) if values[r, column] == values[r, column]]
                    xs = positions[[before, *later[:1]]]
                    ys = values[[before, *later[:1]], column]
                    assert filled[row, column] == pytest.approx(np.interp(positions[row], xs, ys))


@QUICK
@given(gappy(), st.integers(0, 1_000))
def test_a_later_part_changes_nothing_that_is_filled_before(
    found: tuple[Array, Array, Panel, Parts], seed: int
) -> None:
    values, positions, panel, parts = found
    random = np.random.default_rng(seed)
    filled = fill_gaps(values, positions, panel, parts)
    sequence = panel.every.sequence
    for stops in (parts.train_stops, parts.validation_stops):
        later = np.arange(panel.rows) >= stops[sequence]
        changed = values.copy()
        changed[later] = random.normal(size=(int(later.sum()), 2))
        changed[later & (random.random(panel.rows) < 0.5)] = np.nan
        begins = np.zeros(panel.rows, np.bool_)
        begins[panel.starts] = True
        changed[begins & later] = 0.0
        again = fill_gaps(changed, positions, panel, parts)
        np.testing.assert_array_equal(again[~later], filled[~later])


@QUICK
@given(LENGTHS, st.integers(0, 1_000), st.sampled_from([0.1, 0.4, 0.7]))
def test_nothing_is_filled_before_the_first_and_after_the_last_whole_row(
    lengths: list[int], seed: int, share: float
) -> None:
    table, random = table_of([length + 8 for length in lengths], seed, "ab"), np.random.default_rng(seed)
    values = np.asarray(table.values).copy()
    values[random.random(values.shape) < share] = np.nan
    table = Table("t", table.columns, values, table.axis, table.source, sequences=table.sequences)
    try:
        dataset = prepare(table, DataConfig(columns=("a", "b"), fill_gaps=True, scaling="none"))
    except DataError:
        return
    whole = ~np.isnan(values).any(axis=1)
    for place, name in enumerate(dataset.panel.names):
        rows = table.panel.rows_of(table.panel.names.index(name))
        own = np.flatnonzero(whole[rows])
        kept = slice(rows.start + int(own[0]), rows.start + int(own[-1]) + 1)
        mine = dataset.panel.rows_of(place)
        np.testing.assert_array_equal(dataset.axis.positions[mine], table.axis.positions[kept])
        truth, missing = values[kept], dataset.missing[mine]
        np.testing.assert_array_equal(missing, np.isnan(truth))
        np.testing.assert_array_equal(dataset.values[mine][~missing], truth[~missing])
        assert not missing[[0, -1]].any()


# -- encoding -----------------------------------------------------------------------------------------


ENCODINGS = st.fixed_dictionaries(
    {
        "lags": st.integers(1, 4),
        "horizon": st.integers(1, 3),
        "strategy": st.sampled_from(["recursive", "direct"]),
        "inputs": st.sampled_from([(), ("c",)]),
        "known": st.sampled_from([(), ("d",)]),
        "relative_to_last": st.booleans(),
        "transforms": st.sampled_from([(), ("difference",)]),
    }
)


@QUICK
@given(ENCODINGS, st.integers(0, 1_000))
def test_inputs_and_targets_are_those_of_a_plain_loop(data: dict[str, Any], seed: int) -> None:
    dataset = dataset_of([9, 14, 7], seed, **data)
    encoding, panel, targets = dataset.encoding, dataset.panel, 2
    for sequence in range(len(panel)):
        first, stop = int(dataset.first_rows[sequence]), panel.rows_of(sequence).stop
        for row in range(first, stop):
            seen: list[float] = []
            newest = dataset.past[row, :targets]
            for lag in range(encoding.lags):
                past = dataset.past[max(row - lag, first)].copy()
                if data["relative_to_last"]:
                    past[:targets] = np.clip(past[:targets] - newest, -3, 3)
                seen += past.tolist()
            for step in range(1, encoding.steps + 1):
                seen += dataset.ahead[min(row + step, stop - 1)].tolist()
            wanted: list[float] = []
            for step in range(1, encoding.steps + 1):
                after = dataset.past[row + step, :targets] if row + step < stop else np.full(targets, np.nan)
                wanted += (after - newest if data["relative_to_last"] else after).tolist()
            np.testing.assert_array_equal(dataset.step_inputs(np.array([row]))[0], seen)
            np.testing.assert_array_equal(dataset.step_targets(np.array([row]))[0], wanted)
            assert len(seen) == encoding.network_inputs and len(wanted) == encoding.network_outputs


# -- rollout ------------------------------------------------------------------------------------------


@settings(max_examples=60, deadline=None)
@given(ENCODINGS, st.integers(0, 1_000))
def test_a_rollout_feeds_the_network_as_one_would_by_hand(data: dict[str, Any], seed: int) -> None:
    dataset = dataset_of([9, 14, 7], seed, **data)
    encoding, steps = dataset.encoding, 6
    config = NetworkConfig(inputs=encoding.network_inputs, outputs=encoding.network_outputs, hidden=3)
    network = ElmanNetwork.initialized(config, seed, precision="float64")  # type: ignore[arg-type]
    origins = np.array([3, 9 + 6, 9 + 14 - 1])
    context = torch.zeros(1, 3, 3, dtype=torch.float64)
    found = closed_loop(network, Rollout(dataset, origins), context, steps)
    w1, w2 = network.w1[0].numpy(), network.w2[0].numpy()
    for place, origin in enumerate(origins.tolist()):
        sequence = int(dataset.panel.sequence_of(origin))
        first, stop = int(dataset.first_rows[sequence]), dataset.panel.rows_of(sequence).stop
        past = [dataset.past[max(origin - lag, first)] for lag in range(encoding.lags)]
        hidden = np.zeros(3)
        for step in range(steps):
            seen = np.array(past)
            if data["relative_to_last"]:
                seen[:, :2] = np.clip(seen[:, :2] - past[0][:2], -3, 3)
            known = [dataset.ahead[min(origin + step + ahead, stop - 1)] for ahead in range(1, encoding.steps + 1)]
            x = np.concatenate([seen.ravel(), *known])
            hidden = np.tanh(np.concatenate([x, hidden]) @ w1)
            y = (hidden @ w2)[:2] + (past[0][:2] if data["relative_to_last"] else 0)
            np.testing.assert_allclose(found.inputs[step, place], x, atol=1e-12)
            np.testing.assert_allclose(found.predicted[step, place], y, atol=1e-12)
            past = [np.concatenate([y, past[0][2:]]), *past][: encoding.lags]


# -- transforms ---------------------------------------------------------------------------------------


TRANSFORMED = st.fixed_dictionaries(
    {
        "transforms": st.sampled_from(
            [
                (), ("log",), ("log", "difference"), ("difference", "seasonal-difference"), ("seasonal-additive",),
                ("log1p", "difference", "seasonal-additive"), ("seasonal-multiplicative", "difference"),
            ]
        ),
        "scaling": st.sampled_from(["standardize", "min-max", "mean-absolute-step", "none"]),
        "season": st.just(3),
        "lags": st.integers(1, 3),
        "horizon": st.integers(1, 4),
        "strategy": st.sampled_from(["recursive", "direct"]),
        "relative_to_last": st.booleans(),
        "test_rows": st.integers(1, 5),
    }
)  # fmt: skip


@QUICK
@given(TRANSFORMED, st.integers(0, 1_000))
def test_what_is_true_comes_back_from_every_sequence(data: dict[str, Any], seed: int) -> None:
    dataset = dataset_of([30, 41, 26], seed, lift=100.0, **data)
    panel, ahead = dataset.panel, 5
    assert len(panel) == 3
    for sequence in range(3):
        rows = np.arange(int(dataset.first_rows[sequence]), panel.rows_of(sequence).stop - dataset.encoding.steps)
        one = dataset.undo_one_step(dataset.step_targets(rows), rows)
        np.testing.assert_allclose(one, dataset.values[rows + 1], rtol=1e-9)
        origins = rows[rows + ahead < panel.rows_of(sequence).stop]
        truth = origins + np.arange(1, ahead + 1)[:, None]
        undone = dataset.undo_ahead(np.asarray(dataset.targets_at(truth.ravel())).reshape(ahead, -1, 2), origins)
        np.testing.assert_allclose(undone, dataset.values[truth], rtol=1e-9)


@QUICK
@given(TRANSFORMED, st.integers(0, 1_000))
def test_transforms_know_the_training_part_only(data: dict[str, Any], seed: int) -> None:
    lengths = [30, 41, 26]
    before = table_of(lengths, seed, lift=100.0)
    config = DataConfig(**{"columns": ("a", "b"), **data})
    dataset = prepare(before, config)
    after_training = np.arange(before.rows) >= dataset.parts.train_stops[dataset.sequence_of_row]
    values = np.asarray(before.values).copy()
    values[after_training] *= 1.5
    after = prepare(Table("t", before.columns, values, before.axis, before.source, sequences=before.sequences), config)
    for one, other in zip(dataset.fitted.targets, after.fitted.targets, strict=True):
        for name, array in one.tensors().items():
            np.testing.assert_array_equal(array, other.tensors()[name])
    np.testing.assert_array_equal(dataset.past[~after_training], after.past[~after_training])
