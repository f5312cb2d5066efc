"""Scores and baselines of many sequences, held against plain loops over sequences, rows and columns."""

from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from many_sequences import LENGTHS, assert_near, edges, noise, sequences_of, there
from numpy.typing import NDArray

from elman_core.config import DataConfig, SymbolConfig
from elman_core.data.dataset import Part, SequenceDataset
from elman_core.data.panel import Panel
from elman_core.data.preparation import prepare
from elman_core.data.table import Source, Table, TimeAxis
from elman_core.data.text.vocabulary import CodedRows, Symbols, Vocabulary
from elman_core.forecasting import baselines, metrics
from elman_core.forecasting.accumulators import by_sequence, mean_steps
from elman_core.forecasting.baselines import BigramPredictor, LinearPredictor, least_squares
from elman_core.forecasting.metrics import Scorer, part_scores
from elman_core.forecasting.scores import Score

Array = NDArray[np.float64]


def with_gaps(parts: list[Array]) -> list[Array]:
    """Take a value out of every fifth row or so, never the first or last."""
    random = np.random.default_rng(7)
    for part in parts:
        for row in range(1, len(part) - 1):
            if random.random() < 0.2:
                part[row, random.integers(part.shape[1])] = np.nan
    return parts


def by_loop(
    dataset: SequenceDataset, part: Part, predicted: Array, columns: range, there: NDArray[np.bool_] | None = None
) -> tuple[dict[str, list[float]], Score | None]:
    """Return the figures of each sequence and their means, one value at a time."""
    season = dataset.config.season or 1
    found: dict[str, list[float]] = {name: [] for name in ("rmse", "mae", "nmse", "mase", "smape")}
    for s in range(len(dataset.panel)):
        first, train = int(dataset.panel.starts[s]), edges(dataset, s, Part.TRAIN)
        errors: list[float] = []
        percents: list[float] = []
        spread, scaled = 0.0, []
        for c in columns:
            own: list[float] = []
            values: list[float] = []
            for row in edges(dataset, s, part):
                if row == first or dataset.missing[row, c] or not (there is None or there[row]):
                    continue
                value, guess = dataset.values[row, c], predicted[row, c]
                own.append(guess - value)
                values.append(value)
                size = abs(value) + abs(guess)
                percents.append(200 * abs(guess - value) / size if size else 0.0)
            errors += own
            steps = [
                abs(dataset.values[t, c] - dataset.values[t - season, c])
                for t in train
                if t - season >= first and not dataset.missing[t, c] and not dataset.missing[t - season, c]
            ]
            if values:
                spread += float(np.sum((np.array(values) - np.mean(values)) ** 2))
                if steps and np.mean(steps) > 0:
                    scaled.append(float(np.mean(np.abs(own)) / np.mean(steps)))
        if errors:
            found["rmse"].append(float(np.sqrt(np.mean(np.square(errors)))))
            found["mae"].append(float(np.mean(np.abs(errors))))
            found["smape"].append(float(np.mean(percents)))
            if spread > 0:
                found["nmse"].append(float(np.sum(np.square(errors)) / spread))
            if scaled:
                found["mase"].append(float(np.mean(scaled)))
    means = {name: float(np.mean(values)) if values else None for name, values in found.items()}
    return found, Score(**means) if found["rmse"] else None  # type: ignore[arg-type]  # a part with rows has them


# -- sums -------------------------------------------------------------------------------------------


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 6), st.floats(-1e6, 1e6), st.floats(-1e6, 1e6))), st.integers(7, 9))
def test_sums_by_sequence_are_those_of_a_loop(rows: list[tuple[int, float, float]], sequences: int) -> None:
    expected = np.zeros((sequences, 2))
    for sequence, first, second in rows:
        expected[sequence] += first, second
    values = np.array([row[1:] for row in rows]).reshape(-1, 2)
    found = by_sequence(values, np.array([row[0] for row in rows], np.int64), sequences)
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-6)
    once = by_sequence(values, np.zeros(len(rows), np.int64), 1)
    np.testing.assert_allclose(once[0], expected.sum(axis=0), rtol=1e-9, atol=1e-6)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.integers(6, 25), min_size=1, max_size=5), st.integers(1, 3), st.sampled_from([None, 2, 5]),
    st.booleans(), st.integers(0, 1_000),
)  # fmt: skip
def test_scores_of_any_sequences_are_those_of_a_loop(
    lengths: list[int], columns: int, season: int | None, gaps: bool, seed: int
) -> None:
    parts = noise(*lengths, columns=columns, seed=seed)
    dataset = sequences_of(with_gaps(parts) if gaps else parts, season=season, fill_gaps=True)
    random = np.random.default_rng(seed)
    predicted = dataset.values + random.normal(size=dataset.values.shape)
    rows = random.permutation(dataset.rows)
    scorer = Scorer(dataset)
    for some in np.array_split(rows, 3):
        scorer.add_rows(some, predicted[some])
    for part, found in scorer.scores().items():
        each, mean = by_loop(dataset, part, predicted, range(columns))
        assert (found is None) == (mean is None)
        if found is None:
            continue
        assert_near(found.network, mean)
        assert found.sequences == len(each["rmse"]) and found.by_sequence is not None
        for name in ("rmse", "mae", "mase", "smape"):
            values = getattr(found.by_sequence, name)
            np.testing.assert_allclose(values[~np.isnan(values)], each[name], rtol=1e-9)
        for place, column in enumerate(dataset.columns):
            own = by_loop(dataset, part, predicted, range(place, place + 1))[1]
            if own is not None:
                assert_near(found.columns[column].network, own)


def test_persistence_and_the_season_before_are_scored_like_the_network() -> None:
    dataset = sequences_of(noise(*LENGTHS), season=4)
    scores = part_scores(dataset, dataset.values[1:] + 1)
    start = dataset.panel.starts[dataset.sequence_of_row]
    rows = np.arange(dataset.rows)
    last = dataset.values[np.maximum(rows - 1, 0)]
    seasonal = dataset.values[np.maximum(rows - 4, 0)]
    for part in Part:
        found = there(scores, part)
        assert_near(found.persistence, by_loop(dataset, part, last, range(2))[1])
        assert_near(found.seasonal, by_loop(dataset, part, seasonal, range(2), rows - 4 >= start)[1])
        own = found.columns["b"].seasonal
        assert_near(own, by_loop(dataset, part, seasonal, range(1, 2), rows - 4 >= start)[1])
    assert there(part_scores(sequences_of(noise(20, 20)), np.zeros((39, 2)))).seasonal is None


def test_one_sequence_is_scored_over_all_its_columns() -> None:
    dataset = sequences_of(noise(40))
    predicted = dataset.values + np.random.default_rng(1).normal(size=dataset.values.shape)
    found = there(part_scores(dataset, predicted[1:])).network
    error, values = (predicted - dataset.values)[32:], dataset.values[32:]
    assert found.rmse == pytest.approx(np.sqrt(np.mean(error**2)), rel=1e-12)
    assert found.mae == pytest.approx(np.mean(np.abs(error)), rel=1e-12)
    assert found.nmse == pytest.approx(np.sum(error**2) / np.sum((values - values.mean(axis=0)) ** 2), rel=1e-12)


def test_a_filled_value_is_not_scored_though_the_other_column_of_its_row_is() -> None:
    values = np.arange(20.0)[:, None] * [1.0, 10.0]
    values[17, 0] = np.nan
    dataset = sequences_of([values], fill_gaps=True)
    predicted = dataset.values.copy()
    predicted[17] += [100.0, 3.0]
    found = there(part_scores(dataset, predicted[1:]))
    assert found.columns["a"].network.rmse == 0 and found.columns["b"].network.mae == pytest.approx(3 / 4)
    assert found.network.mae == pytest.approx(3 / 7)


def test_nought_by_nought_is_no_error_in_smape_and_the_wrong_sign_is_200_per_cent() -> None:
    dataset = sequences_of([np.array([1.0, 2, 3, 4, 5, 6, 7, 8, 0, 5])[:, None]])
    predicted = dataset.values.copy()
    predicted[9] = -5
    assert there(part_scores(dataset, predicted[1:])).network.smape == 100


def test_a_training_part_that_comes_again_each_season_has_no_mase() -> None:
    dataset = sequences_of([np.tile([1.0, 2.0, 4.0], 10)[:, None]], season=3)
    assert there(part_scores(dataset, np.zeros((29, 1)))).network.mase is None


def test_a_sequence_without_a_training_part_is_scaled_by_all_training_rows() -> None:
    dataset = sequences_of(noise(10, 20, 15, 12, columns=1), split="sequences", train_percent=50, validation_percent=25)
    steps = [abs(np.diff(dataset.values[dataset.panel.rows_of(s), 0])) for s in range(4)]
    pooled = np.mean(np.concatenate(steps[:2]))
    np.testing.assert_allclose(mean_steps(dataset)[:, 0], [steps[0].mean(), steps[1].mean(), pooled, pooled])


def test_a_prediction_that_is_no_number_is_an_infinite_error_and_the_worst() -> None:
    dataset = sequences_of(noise(*LENGTHS))
    predicted = dataset.values + 0.5
    predicted[-1] = np.nan
    found = there(part_scores(dataset, predicted[1:]))
    assert found.by_sequence is not None
    assert found.network.rmse == np.inf and found.by_sequence.worst_first()[0] == 2
    assert np.isfinite(found.by_sequence.rmse[:2]).all()


def test_how_the_rows_are_cut_into_blocks_does_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    dataset = sequences_of(noise(*LENGTHS), season=3)
    whole = part_scores(dataset, dataset.values[1:] + 0.3)
    monkeypatch.setattr(metrics, "_NUMBERS_AT_ONCE", 10)
    for part, found in part_scores(dataset, dataset.values[1:] + 0.3).items():
        for name in ("network", "persistence", "linear", "seasonal"):
            assert_near(getattr(found, name), getattr(there(whole, part), name))


def test_a_hundred_thousand_short_sequences_are_scored_in_no_time_to_speak_of() -> None:
    sequences, rows = 100_000, 10
    values = np.random.default_rng(0).normal(size=(sequences * rows, 1))
    panel = Panel.of(len(values), np.arange(sequences) * rows)
    table = Table("t", ("a",), values, TimeAxis.steps(len(values)), Source(kind="csv", name="t"), sequences=panel)
    dataset = prepare(table, DataConfig(columns=("a",), season=4))
    begin = time.thread_time()  # not of the process, in which threads of other libraries may wait busily
    found = there(part_scores(dataset, values[1:] + 0.1))
    assert time.thread_time() - begin < 3
    assert found.sequences == sequences and found.network.rmse == pytest.approx(0.1)


# -- baselines --------------------------------------------------------------------------------------


def test_one_linear_model_serves_sequences_of_different_size() -> None:
    """x_t = 1.6 x_(t-1) - 0.9 x_(t-2) is the same for every multiple; one more lag does without each one's mean."""
    x = [3.0, 5.0]
    for _ in range(58):
        x.append(1.6 * x[-1] - 0.9 * x[-2])
    own = np.array(x)[:, None]
    dataset = sequences_of([own[:40], 1_000 * own[5:45], -0.01 * own[10:60] + 1])
    linear = least_squares(dataset)
    assert isinstance(linear, LinearPredictor) and linear.order == 3
    np.testing.assert_allclose(linear.coefficients[:, 0], [2.6, -2.5, 0.9, 0], atol=1e-9)
    found = there(part_scores(dataset, dataset.values[1:]))
    assert found.linear.mase is not None and found.linear.mase < 1e-6


@pytest.mark.parametrize("columns", [1, 2])
def test_lags_never_reach_into_another_sequence(columns: int) -> None:
    dataset = sequences_of(noise(*LENGTHS, columns=columns))
    linear = least_squares(dataset)
    assert isinstance(linear, LinearPredictor)
    linear = LinearPredictor(3, np.random.default_rng(1).normal(0, 0.3, (3 * columns + 1, columns)), linear.standards)
    origins = np.array([0, 1, 29, 30, 31, 41, 42, 50, 61])
    found = linear.from_origins(dataset.values, origins, 4)
    for k, origin in enumerate(origins.tolist()):
        s = int(dataset.sequence_of_row[origin])
        own, train = dataset.values[dataset.panel.rows_of(s)], len(edges(dataset, s, Part.TRAIN))
        mean, deviation = own[:train].mean(axis=0), own[:train].std(axis=0)
        scaled = (own - mean) / deviation
        rows = [scaled[0]] * 2 + list(scaled[: origin - dataset.panel.starts[s] + 1])
        for h in range(4):
            rows.append(np.concatenate([*rows[:-4:-1], [1.0]]) @ linear.coefficients)
            np.testing.assert_allclose(found[h, k], rows[-1] * deviation + mean, rtol=1e-9)


def test_the_least_squares_of_sequences_are_those_of_their_rows_one_below_the_other() -> None:
    dataset = sequences_of(noise(*LENGTHS, columns=1))
    linear = least_squares(dataset)
    assert isinstance(linear, LinearPredictor)
    predictors, targets = [], []
    for s in range(3):
        train = dataset.values[slice(edges(dataset, s, Part.TRAIN).start, edges(dataset, s, Part.TRAIN).stop), 0]
        scaled = (train - train.mean()) / train.std()
        for t in range(linear.order, len(scaled)):
            predictors.append([*scaled[t - linear.order : t][::-1], 1.0])
            targets.append(scaled[t])
    expected = np.linalg.lstsq(np.array(predictors), np.array(targets), rcond=None)[0]
    np.testing.assert_allclose(linear.coefficients[:, 0], expected, rtol=1e-9, atol=1e-12)


def test_of_very_many_rows_some_of_all_sequences_are_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    dataset = sequences_of(noise(*[40] * 30, columns=1))
    looked_at: list[Array] = []
    solve = baselines._solved

    def noted(recent: Array, targets: Array) -> Array:
        looked_at.append(targets)
        return solve(recent, targets)

    monkeypatch.setattr(baselines, "_solved", noted)
    monkeypatch.setattr(baselines, "_FIT_ROWS", 300)
    linear = least_squares(dataset)
    assert isinstance(linear, LinearPredictor) and linear.standards is not None
    (targets,) = looked_at
    scaled = (dataset.values - linear.standards.mean[dataset.sequence_of_row]) / linear.standards.deviation[
        dataset.sequence_of_row
    ]
    assert len(targets) == 300
    assert set(dataset.sequence_of_row[np.isin(scaled[:, 0], targets[:, 0])].tolist()) == set(range(30))


def lines_of(lines: list[str]) -> SequenceDataset:
    vocabulary = Vocabulary.one_hot(("a", "b", "c"))
    codes = np.array(["abc".index(sign) for sign in "".join(lines)], np.int32)
    lengths = np.array([len(line) for line in lines])
    symbols = Symbols(vocabulary, codes, SymbolConfig(unit="characters"))
    rows = CodedRows(vocabulary.vectors, codes)
    panel = Panel.of(len(codes), np.cumsum(lengths) - lengths)
    source = Source(kind="pasted", name="text")
    table = Table(
        "lines", vocabulary.columns, rows, TimeAxis.steps(len(codes)), source, symbols=symbols, sequences=panel
    )
    return prepare(table, DataConfig(split="sequences", train_percent=60, validation_percent=20))


LINES = ["abcab", "ccb", "abab", "bca", "acbca"]


def test_bigrams_do_not_count_pairs_across_sequences() -> None:
    dataset = lines_of(LINES)
    found = least_squares(dataset)
    assert isinstance(found, BigramPredictor)
    train = LINES[:3]
    for a, first in enumerate("abc"):
        pairs = [line[k : k + 2] for line in train for k in range(len(line) - 1)]
        before = sum(pair[0] == first for pair in pairs)
        for b, second in enumerate("abc"):
            share = ("".join(train).count(second) + 1) / (12 + 3)
            assert found.unigrams[b] == pytest.approx(share)
            assert found.bigrams[a, b] == pytest.approx((pairs.count(first + second) + share) / (before + 1))


def test_bits_of_lines_are_means_over_lines() -> None:
    dataset = lines_of([*LINES, "bb", "abc", "cab", "ca", "acb"])
    random = np.random.default_rng(0)
    chances = random.dirichlet(np.ones(3), dataset.rows)
    assert dataset.symbols is not None
    codes = dataset.symbols.codes
    found = there(part_scores(dataset, chances[1:]))
    bits, right, rmse = [], [], []
    for s in (8, 9):
        rows = range(dataset.panel.starts[s] + 1, dataset.panel.stops[s])
        bits.append(np.mean([-np.log2(chances[row, codes[row]]) for row in rows]))
        right.append(np.mean([chances[row].argmax() == codes[row] for row in rows]))
        rmse.append(np.sqrt(np.mean([(chances[row] - np.eye(3)[codes[row]]) ** 2 for row in rows])))
    assert found.symbols is not None and found.columns == {}
    assert (found.symbols.bits, found.symbols.right) == (pytest.approx(np.mean(bits)), pytest.approx(np.mean(right)))
    assert found.network.rmse == pytest.approx(np.mean(rmse)) and found.sequences == 2
