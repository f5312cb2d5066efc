"""Transforms of a column come back to the data's own units, in every order that is allowed, or are refused."""

from __future__ import annotations

import itertools
import json
import math
import re
import time
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from refusals import refusal_of

from elman_core.data.transforms import TRANSFORMS, FittedPipeline, Panel, Pipeline, parse_transforms
from elman_core.data.transforms.chain import Chain
from elman_core.data.transforms.seasonal import has_season
from elman_core.errors import ConfigError, DataError

Array = NDArray[np.float64]
NAN = math.nan
SEASON = 3
TOLERANCE = 1e-9


def allowed(most: int) -> list[str]:
    """Return all pipelines of up to so many transforms that can be parsed."""
    found = []
    for count in range(most + 1):
        for names in itertools.permutations(TRANSFORMS, count):
            try:
                parse_transforms(",".join(names), SEASON)
            except ConfigError:
                continue
            found.append(",".join(names) or "none")
    return found


PIPELINES = allowed(4)


def sales(rows: int, seed: int = 0) -> Array:
    """Values above 0 with a trend, a season of 3 and noise."""
    random, time = np.random.default_rng(seed), np.arange(rows)
    return np.exp(3 + 0.02 * time + 0.3 * np.sin(2 * np.pi * time / SEASON) + 0.1 * random.normal(size=rows))


def assert_comes_back(fitted: FittedPipeline, values: Array, tolerance: float = TOLERANCE) -> None:
    """Undo one step ahead from true rows, and all rows from the first that is not lost, each from what was undone."""
    transformed, lost = fitted.apply(values), fitted.lost_rows
    bound = tolerance * np.nanmax(np.abs(values))
    assert np.isnan(transformed[:lost]).all()
    one_step = fitted.undo_one_step(transformed, values)
    assert np.isnan(one_step[:lost]).all()
    np.testing.assert_allclose(one_step[lost:], values[lost:], rtol=0, atol=bound)
    ahead = fitted.undo_ahead(transformed[lost:, np.newaxis], values, [lost])[:, 0]
    np.testing.assert_allclose(ahead, values[lost:], rtol=0, atol=bound)


# -- there and back -----------------------------------------------------------------------------------


@pytest.mark.parametrize("names", PIPELINES)
def test_every_allowed_pipeline_takes_ordinary_values_and_gives_them_back(names: str) -> None:
    values = sales(60)
    fitted = parse_transforms(names, SEASON).fit(values, 40)
    assert_comes_back(fitted, values, 1e-12)


@st.composite
def series(draw: st.DrawFn) -> Array:
    """Values up to 1e100 of one size or of many, 0 among them, or close together and far from 0."""
    rows = draw(st.integers(1, 40))
    exponents = st.floats(-100, 100)
    size = draw(exponents)
    match draw(st.sampled_from(("mixed", "extreme", "one size", "near", "counts"))):
        case "mixed":
            numbers = st.builds(lambda exponent: 10.0**exponent, exponents)
        case "extreme":
            numbers = st.sampled_from((1e-100, 1.0, 1e100))
        case "one size":
            numbers = st.floats(1.0, 10.0).map(lambda number: number * 10.0 ** (size - 1))
        case "near":
            share = 10.0 ** draw(st.floats(-17, -6))
            numbers = st.floats(-1.0, 1.0).map(lambda number: (1 + number * share) * 10.0 ** (size * 0.99))
        case _:
            numbers = st.integers(0, 5).map(float)
    if draw(st.booleans()):
        numbers = st.one_of(numbers, numbers.map(lambda number: -number), st.just(0.0))
    return np.array(draw(st.lists(numbers, min_size=rows, max_size=rows)))


@settings(max_examples=600, deadline=None)
@given(values=series(), names=st.sampled_from(PIPELINES), share=st.floats(0, 1))
def test_what_is_accepted_comes_back_to_a_billionth_of_the_largest_value(
    values: Array, names: str, share: float
) -> None:
    fit_rows = 1 + round(share * (len(values) - 1))
    try:
        fitted = parse_transforms(names, SEASON).fit(values, fit_rows)
        fitted.apply(values)
    except DataError as refusal:
        assert str(refusal).isprintable()
        return
    if len(values) > fitted.lost_rows:
        assert_comes_back(fitted, values)


@settings(max_examples=300, deadline=None)
@given(
    values=st.lists(st.floats(allow_nan=True, allow_infinity=True), min_size=1, max_size=30).map(np.array),
    names=st.sampled_from(PIPELINES),
)
def test_any_number_at_all_comes_back_one_step_ahead_or_is_refused(values: Array, names: str) -> None:
    try:
        fitted = parse_transforms(names, SEASON).fit(values)
        transformed = fitted.apply(values)
    except DataError as refusal:
        assert str(refusal).isprintable()
        return
    known = ~np.isnan(transformed)
    back = fitted.undo_one_step(transformed, values)
    np.testing.assert_allclose(
        back[known],
        values[known],
        rtol=0,
        atol=TOLERANCE * np.nanmax(np.abs(values), initial=0, where=~np.isnan(values)),
    )


@settings(max_examples=100, deadline=None)
@given(names=st.sampled_from(PIPELINES), origin=st.integers(12, 29), seed=st.integers(0, 99))
def test_a_forecast_does_not_look_beyond_its_origin(names: str, origin: int, seed: int) -> None:
    values, changed = sales(30, seed), sales(30, seed)
    changed[origin:] *= 1.5
    fitted = parse_transforms(names, SEASON).fit(values, 12)
    predicted = np.random.default_rng(seed).normal(size=(7, 1))
    ahead = fitted.undo_ahead(predicted, values, [origin])
    np.testing.assert_array_equal(ahead, fitted.undo_ahead(predicted, changed, [origin]))
    np.testing.assert_array_equal(ahead, fitted.undo_ahead(predicted, values[:origin], [origin]))
    one_step = fitted.undo_one_step(predicted[0], values, slice(origin, origin + 1))
    np.testing.assert_array_equal(one_step, ahead[0])


@settings(max_examples=100, deadline=None)
@given(names=st.sampled_from(PIPELINES), seed=st.integers(0, 99))
def test_the_fit_does_not_look_beyond_the_training_part(names: str, seed: int) -> None:
    values = sales(30, seed)
    whole, cut = parse_transforms(names, SEASON).fit(values, 12), parse_transforms(names, SEASON).fit(values[:12])
    for name, array in whole.tensors().items():
        np.testing.assert_array_equal(array, cut.tensors()[name])


# -- many sequences -----------------------------------------------------------------------------------


@settings(max_examples=100, deadline=None)
@given(names=st.sampled_from(PIPELINES), lengths=st.lists(st.integers(14, 60), min_size=1, max_size=6), data=st.data())
def test_many_sequences_at_once_are_each_one_alone_bit_for_bit(
    names: str, lengths: list[int], data: st.DataObject
) -> None:
    parts = [sales(rows, seed) * 10.0**seed for seed, rows in enumerate(lengths)]
    for part in parts:
        part[data.draw(st.integers(12, len(part) - 1))] = NAN
    values, starts = np.concatenate(parts), np.cumsum(lengths) - lengths
    phases = data.draw(st.lists(st.integers(0, 5), min_size=len(lengths), max_size=len(lengths)))
    fit_rows = [data.draw(st.integers(12, rows)) for rows in lengths]
    panel = Panel.of(len(values), starts, phases)
    together = parse_transforms(names, SEASON).fit(values, fit_rows, panel)
    transformed = together.apply(values, panel)
    undone = together.undo_one_step(np.sin(values), values, panel=panel)
    predicted = np.random.default_rng(0).normal(size=(5, len(lengths)))
    ahead = together.undo_ahead(predicted, values, lengths, np.arange(len(lengths)), panel)
    for sequence, (part, start) in enumerate(zip(parts, starts, strict=True)):
        rows, own = slice(start, start + len(part)), Panel.of(len(part), phases=phases[sequence])
        alone = parse_transforms(names, SEASON).fit(part, fit_rows[sequence], own)
        for name, array in together.take(sequence).tensors().items():
            np.testing.assert_array_equal(array, alone.tensors()[name])
        np.testing.assert_array_equal(transformed[rows], alone.apply(part, own))
        np.testing.assert_array_equal(undone[rows], alone.undo_one_step(np.sin(part), part, panel=own))
        own_ahead = alone.undo_ahead(predicted[:, [sequence]], part, [len(part)], panel=own)
        np.testing.assert_array_equal(ahead[:, [sequence]], own_ahead)


def test_a_hundred_thousand_short_sequences_take_no_time_to_speak_of() -> None:
    sequences, rows = 100_000, 10
    values = np.exp(np.random.default_rng(0).normal(size=sequences * rows))
    panel = Panel.of(len(values), np.arange(sequences) * rows)
    begun = time.process_time()
    fitted = parse_transforms("log,seasonal-additive,difference,standardize", SEASON).fit(values, 8, panel)
    fitted.apply(values, panel)
    assert time.process_time() - begun < 2


def test_many_origins_at_once_are_each_one_alone() -> None:
    values, origins = sales(40), np.arange(20, 41)
    fitted = parse_transforms("log,difference,seasonal-difference,standardize", SEASON).fit(values, 20)
    predicted = np.random.default_rng(0).normal(size=(12, len(origins)))
    together = fitted.undo_ahead(predicted, values, origins)
    for place, origin in enumerate(origins):
        alone = fitted.undo_ahead(predicted[:, [place]], values, [origin])
        np.testing.assert_array_equal(together[:, [place]], alone)


# -- what each one does -------------------------------------------------------------------------------


def fitted_to(names: str, values: Array, **fit: Any) -> tuple[FittedPipeline, Array]:
    fitted = parse_transforms(names, SEASON).fit(values, **fit)
    return fitted, fitted.apply(values)


def test_logarithms_and_differences_are_numpys() -> None:
    values = sales(20)
    for names, expected in (
        ("log", np.log(values)),
        ("log1p", np.log1p(values)),
        ("difference", np.diff(values)),
        ("log,difference", np.diff(np.log(values))),
        ("seasonal-difference", values[SEASON:] - values[:-SEASON]),
        ("difference,seasonal-difference", np.diff(values)[SEASON:] - np.diff(values)[:-SEASON]),
    ):
        fitted, transformed = fitted_to(names, values)
        np.testing.assert_array_equal(transformed[fitted.lost_rows :], expected)


def test_scales_are_fitted_to_the_training_part() -> None:
    values = np.array([2.0, 4.0, NAN, 8.0, 10.0, 100.0])
    for names, expected in (
        ("standardize", (values - 6) / np.sqrt((16 + 4 + 4 + 16) / 4)),
        ("min-max", (values - 2) / 8),
        ("mean-absolute-step", values / 2),
    ):
        np.testing.assert_allclose(fitted_to(names, values, fit_rows=5)[1], expected)


def test_a_mean_of_large_values_does_not_overflow() -> None:
    values = np.array([1e300, 1.1e300, 1.2e300, 1.3e300])
    fitted, transformed = fitted_to("standardize", values)
    np.testing.assert_allclose(transformed, (np.arange(4) - 1.5) / np.sqrt(1.25))
    assert_comes_back(fitted, values)


def decomposed(values: Array, season: int, multiplicative: bool) -> Array:
    """Indices by the textbook, row by row."""
    half, left = season // 2, [[] for _ in range(season)]
    for row in range(half, len(values) - half):
        if season % 2:
            trend = sum(values[row - half : row + half + 1]) / season
        else:
            inner = sum(values[row - half + 1 : row + half])
            trend = (values[row - half] / 2 + inner + values[row + half] / 2) / season
        left[row % season].append(values[row] / trend if multiplicative else values[row] - trend)
    indices = np.array([sum(each) / len(each) for each in left])
    return indices / indices.mean() if multiplicative else indices - indices.mean()


@pytest.mark.parametrize("season", [2, 3, 4, 7, 12])
@pytest.mark.parametrize("kind", ["seasonal-additive", "seasonal-multiplicative"])
def test_seasonal_indices_are_those_of_classical_decomposition(season: int, kind: str) -> None:
    values, rows = sales(60), 2 * season + 5
    fitted = parse_transforms(kind, season).fit(values, rows)
    indices = fitted.tensors()["0.indices"]
    expected = decomposed(values[:rows], season, kind == "seasonal-multiplicative")
    np.testing.assert_allclose(indices, expected[np.newaxis], rtol=1e-12, atol=1e-12)


def test_seasonal_indices_by_hand() -> None:
    # The trend of rows 2 to 5 is 3.5, 4.5, 5.5, 6.5.
    fitted = parse_transforms("seasonal-additive", 2).fit([1.0, 5.0, 3.0, 7.0, 5.0, 9.0])
    np.testing.assert_allclose(fitted.tensors()["0.indices"], [[-1.5, 1.5]])


def test_an_index_belongs_to_its_place_in_the_season_wherever_the_rows_begin() -> None:
    values = sales(40)
    for kind in ("seasonal-additive", "seasonal-multiplicative"):
        from_0 = parse_transforms(kind, SEASON).fit(values)
        from_2 = parse_transforms(kind, SEASON).fit(values, panel=Panel.of(40, phases=2))
        indices = from_0.tensors()["0.indices"]
        np.testing.assert_array_equal(np.roll(indices, 2, axis=1), from_2.tensors()["0.indices"])
        later = from_0.apply(values[4:], Panel.of(36, phases=4))
        np.testing.assert_array_equal(later, from_0.apply(values)[4:])


def season_is_found(values: Array, season: int) -> bool:
    """The test for a season as it is printed, lag by lag."""
    known = values[~np.isnan(values)]
    if len(known) < 3 * season:
        return False
    off = np.where(np.isnan(values), 0, values - known.mean())
    r = [float(off[lag:] @ off[: len(off) - lag] / (off @ off)) for lag in range(1, season + 1)]
    limit = 1.645 * math.sqrt((1 + 2 * sum(each**2 for each in r[:-1])) / len(known))
    return abs(r[-1]) > limit


@settings(max_examples=200, deadline=None)
@given(
    lengths=st.lists(st.integers(1, 90), min_size=1, max_size=8),
    season=st.sampled_from((2, 3, 4, 7, 12)),
    strength=st.sampled_from((0.0, 0.4, 2.0)),
    seed=st.integers(0, 10_000),
)
def test_a_season_is_taken_off_only_where_the_test_finds_one(
    lengths: list[int], season: int, strength: float, seed: int
) -> None:
    random, panel = np.random.default_rng(seed), Panel.of(sum(lengths), np.cumsum(lengths) - lengths)
    pattern = strength * random.normal(size=season)
    values = random.normal(size=panel.rows) + pattern[panel.every.row % season]
    values[random.random(panel.rows) < 0.05] = NAN
    fitted = parse_transforms("seasonal-if-found", season).fit(values, panel=panel)
    for sequence, rows in enumerate(map(panel.rows_of, range(len(panel)))):
        own, indices = values[rows], fitted.tensors()["0.indices"][sequence]
        try:
            expected = parse_transforms("seasonal-additive", season).fit(own).tensors()["0.indices"][0]
        except DataError:  # too short, or too many gaps
            expected = np.zeros(season)
        np.testing.assert_array_equal(indices, expected if season_is_found(own, season) else 0 * expected)


def test_a_season_is_found_once_in_ten_times_in_noise_and_always_where_it_is_plain() -> None:
    sequences, rows, season = 300, 600, 12
    panel = Panel.of(sequences * rows, np.arange(sequences) * rows)
    noise = np.random.default_rng(1).normal(size=panel.rows)
    assert 0.06 < has_season(noise, panel, season).mean() < 0.14
    assert has_season(noise + 3 * np.sin(2 * np.pi * panel.every.row / season), panel, season).all()


@pytest.mark.parametrize(
    ("training", "later", "expected"),
    [
        ([2.0, 8.0, 4.0], [1.0, 0.0], [math.log(2), math.log(8), math.log(4), 0.0, -1.0]),  # the knee is 1
        ([0.0, 3.0, 7.0], [1.0, -1.0], [0.0, math.log(4), math.log(8), math.log(2), math.log(0.5) - 1]),
        ([0.0, 0.1, 0.3], [], [math.log(0.2), math.log(0.3), math.log(0.5)]),  # the median above 0 is added
        ([-1.0, 1.0, 5.0], [9.0], [-1 / 30, 1 / 30, 5 / 30, 9 / 30]),  # ten mean steps of 3
        ([0.0, 0.0, 0.0], [5.0], [0.0, 0.0, 0.0, math.log(6)]),
        ([-4.0, -4.0, -4.0], [2.0], [-1.0, -1.0, -1.0, 0.5]),
    ],
)
def test_a_logarithm_where_positive(training: list[float], later: list[float], expected: list[float]) -> None:
    values = np.array(training + later)
    fitted, transformed = fitted_to("log-where-positive", values, fit_rows=len(training))
    np.testing.assert_allclose(transformed, expected, rtol=1e-14, atol=1e-15)
    assert_comes_back(fitted, values, 1e-14)


def test_gaps_stay_gaps_and_the_fit_passes_over_them() -> None:
    values = sales(40)
    values[[10, 20]] = NAN
    fitted, transformed = fitted_to("log,difference,seasonal-additive,standardize", values)
    np.testing.assert_array_equal(np.flatnonzero(np.isnan(transformed)), [0, 10, 11, 20, 21])
    back = fitted.undo_one_step(transformed, values)
    known = ~np.isnan(transformed)
    np.testing.assert_allclose(back[known], values[known], rtol=1e-12)


def test_a_prediction_too_large_for_a_number_is_infinite() -> None:
    fitted, _ = fitted_to("log,difference", sales(20))
    assert fitted.undo_ahead(np.full((3, 1), 500.0), sales(20), [20])[:, 0].tolist()[1:] == [math.inf, math.inf]


# -- refusals -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("names", "values", "fit_rows", "sentence"),
    [
        ("log", [1.0, -3.0, 2.0], 1, "log needs values above 0, got -3 in row 2"),
        ("log", [0.0, 3.0, 2.0], 3, "log needs values above 0, got 0 in row 1"),
        ("log1p", [1.0, 3.0, -1.0], 3, "log1p needs values above -1, got -1 in row 3"),
        ("none", [1.0, math.inf], 1, "the value in row 2 is not finite"),
        ("none", [1.0, 2.0], 3, "the training part must be 1 to 2 rows, got 3"),
        ("difference", [1.0, 2.0], 1, "difference needs a training part of at least 2 rows, got 1 row"),
        (
            "difference,seasonal-difference",
            [1.0, 2.0, 3.0, 5.0],
            4,
            "seasonal-difference with a season of 3 needs a training part of at least 5 rows, got 4 rows",
        ),
        (
            "seasonal-additive",
            [1.0, 2.0, 3.0, 1.0, 2.0],
            5,
            "seasonal-additive with a season of 3 needs a training part of at least 6 rows, got 5 rows",
        ),
        (
            "seasonal-multiplicative",
            [1.0, 2.0, 3.0, 0.0, 2.0, 1.0],
            6,
            "seasonal-multiplicative needs values above 0, got 0 in row 4",
        ),
        (
            "seasonal-additive",
            [1.0, 2.0, 3.0, 0.0, NAN, 1.0, 5.0],
            7,
            "seasonal-additive with a season of 3 needs values at each place in the season; "
            "the training part has too many gaps around place 1",
        ),
        (
            "standardize",
            [7.0, 7.0, 7.0, 8.0],
            3,
            "standardize needs values that vary by more than rounding; those of the training part do not",
        ),
        (
            "min-max",
            [1e15, 1e15 + 2, 1e15],
            3,
            "min-max needs values that vary by more than rounding; those of the training part do not",
        ),
        (
            "mean-absolute-step",
            [1.0, NAN, 3.0],
            3,
            "mean-absolute-step needs values that vary by more than rounding; those of the training part do not",
        ),
        ("difference", [-1.7e308, 1.7e308], 2, "difference gives too large a number in row 2"),
    ],
)
def test_a_refusal_says_what_is_wrong_and_where(names: str, values: list[float], fit_rows: int, sentence: str) -> None:
    pipeline = parse_transforms(names, SEASON)
    assert refusal_of(lambda: pipeline.fit(values, fit_rows).apply(values)) == sentence


def test_a_trend_whose_steps_differ_by_rounding_only_is_refused() -> None:
    values = 1e6 + 0.1 * np.arange(50)
    assert len(set(np.diff(values))) > 1
    assert "rounding" in refusal_of(lambda: parse_transforms("difference,standardize").fit(values))


def test_a_refusal_names_the_sequence_where_there_are_several() -> None:
    values, panel = np.array([1.0, 2.0, 3.0, 0.0, 5.0, 5.0]), Panel.of(6, [0, 2, 4])
    said = refusal_of(lambda: parse_transforms("log").fit(values, panel=panel))
    assert said == "log needs values above 0, got 0 in row 2 of sequence 2"
    said = refusal_of(lambda: parse_transforms("min-max").fit(values, panel=panel))
    assert "those of the training part of sequence 3 do not" in said


def test_what_cannot_come_back_is_refused() -> None:
    # The index of the first place is tiny, so that its later value of usual size hides the differences beside it.
    values = np.array([1e-100, 1.0, 1.0, 1e-100, 1.0, 1.0, 1e-100, 1.0, 1.0, 1.0, 1.0, 1.0])
    pipeline = parse_transforms("seasonal-multiplicative,difference", SEASON)
    said = refusal_of(lambda: pipeline.fit(values, 9).apply(values))
    assert said == (
        "multiplicative seasonal indices of 3, difference cannot be undone: 1 in row 11 would come back as 0, "
        "because the values differ too much in size"
    )


def test_what_drifts_off_ahead_is_refused_though_each_step_comes_back() -> None:
    drifting = np.concatenate([np.tile([1e-10, 1.0, 1.0], 4), np.full(300, 1.7)])
    drifting[20] = 1e4
    values, panel = np.concatenate([sales(20), drifting]), Panel.of(20 + len(drifting), [0, 20])
    fitted = parse_transforms("seasonal-multiplicative,difference,seasonal-difference", SEASON).fit(values, 12, panel)
    fitted.take(0).apply(sales(20))
    assert re.search(
        r"cannot be undone: 1.7 in row \d+ of sequence 2 would come back as 1\.7",
        refusal_of(lambda: fitted.apply(values, panel)),
    )


@settings(max_examples=50, deadline=None)
@given(lengths=st.lists(st.integers(1, 90), min_size=1, max_size=8), span=st.integers(4, 30))
def test_the_way_back_is_checked_in_every_row_that_is_not_lost(lengths: list[int], span: int) -> None:
    values, panel = sales(sum(lengths)), Panel.of(sum(lengths), np.cumsum(lengths) - lengths)
    pipeline = parse_transforms("log,difference,seasonal-difference", SEASON)
    checked = Chain.of(pipeline.transforms, ({}, {}, {}), values, panel).all_ahead(span)
    lost = panel.every.row < pipeline.lost_rows
    assert np.isnan(checked[lost]).all()
    np.testing.assert_allclose(checked[~lost], values[~lost], rtol=1e-11)


def test_a_forecast_needs_the_rows_that_a_difference_looks_back_at() -> None:
    fitted, _ = fitted_to("difference,seasonal-difference", sales(20))
    said = refusal_of(lambda: fitted.undo_ahead(np.zeros((2, 2)), sales(20), [4, 3]))
    assert said == "difference, seasonal difference of 3 needs 4 rows before those predicted, got 3"


# -- names, sentences and files -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("names", "season", "sentence"),
    [
        ("none", None, "none"),
        ("log, difference,seasonal-additive", 12, "log, difference, seasonal indices of 12"),
        ("seasonal-multiplicative,min-max", 4, "multiplicative seasonal indices of 4, min-max"),
        ("Log1p,seasonal-difference,standardise", 7, "log1p, seasonal difference of 7, standardize"),
    ],
)
def test_names_become_a_sentence(names: str, season: int | None, sentence: str) -> None:
    assert parse_transforms(names, season).sentence() == sentence


@pytest.mark.parametrize(
    ("names", "season", "sentence"),
    [
        ("differance", None, "there is no transform 'differance'; did you mean difference?"),
        (
            "wavelet",
            None,
            "there is no transform 'wavelet'; there are log, log1p, log-where-positive, difference, "
            "seasonal-difference, seasonal-additive, seasonal-multiplicative, seasonal-if-found, standardize, min-max, "
            "mean-absolute-step",
        ),
        ("log,,difference", None, "a transform is missing beside a comma"),
        ("log,none", None, "none must stand alone, got it with other transforms"),
        (
            "seasonal-difference",
            None,
            "seasonal-difference needs a season: the number of rows after which the pattern comes again",
        ),
        ("seasonal-difference", 1, "season must be at least 2, got 1"),
        ("log,log1p", None, "log and log1p do not go together: choose one"),
        ("difference,difference", None, "difference must be given once, got it twice"),
        ("difference,log", None, "log must come first, got it after difference"),
        ("min-max,standardize", None, "min-max and standardize do not go together: choose one"),
        (
            "log,seasonal-multiplicative",
            12,
            "log turns factors into sums: give seasonal-additive, not seasonal-multiplicative",
        ),
    ],
)
def test_what_does_not_go_together_is_said_in_a_sentence(names: str, season: int | None, sentence: str) -> None:
    assert refusal_of(lambda: parse_transforms(names, season), ConfigError) == sentence


@pytest.mark.parametrize("names", PIPELINES[::7])
def test_a_fitted_pipeline_is_a_json_of_settings_and_tensors(names: str) -> None:
    values, panel = sales(60), Panel.of(60, [0, 25])
    fitted = parse_transforms(names, SEASON).fit(values, 20, panel)
    pipeline = Pipeline(**json.loads(parse_transforms(names, SEASON).model_dump_json()))
    again = pipeline.of_tensors(fitted.tensors(), 2)
    np.testing.assert_array_equal(again.apply(values, panel), fitted.apply(values, panel))


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"0.spread": np.array([0.0])}, "standardize needs spreads above 0, got 0"),
        ({"0.spread": np.array([1.0, 1.0])}, "the parameters of standardize must be"),
        ({"0.offset": np.array([NAN])}, "the offset of standardize is not finite"),
        ({"1.offset": np.array([1.0])}, "there is no transform for the parameter '1.offset'"),
        ({"0.other": np.array([1.0])}, "the parameters of standardize must be"),
        ({"other": np.array([1.0])}, "there is no transform for the parameter 'other'"),
    ],
)
def test_tensors_that_fitting_could_not_have_found_are_refused(changes: dict[str, Array], sentence: str) -> None:
    pipeline = parse_transforms("standardize")
    tensors = {**pipeline.fit([1.0, 2.0]).tensors(), **changes}
    assert sentence in refusal_of(lambda: pipeline.of_tensors(tensors, 1))


@pytest.mark.parametrize(
    ("transform", "sentence"),
    [
        ({"kind": "wavelet"}, "transforms.0 must be one of 'log', 'log1p', 'log-where-positive', "),
        ({"kind": "seasonal-difference", "season": 0}, "season must be at least 2, got 0"),
        ({"kind": "log", "season": 2}, "there is no setting called 'season'"),
    ],
)
def test_settings_that_are_no_transform_are_refused(transform: dict[str, Any], sentence: str) -> None:
    assert sentence in refusal_of(lambda: Pipeline(transforms=(transform,)), ConfigError)
