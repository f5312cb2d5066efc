"""How sure a comparison is: against scipy, the formula of the paper, and in words."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from commands import Elman
from many_sequences import noise, sequences_of, there
from scipy import stats

from elman_core.data.dataset import Part, SequenceDataset
from elman_core.data.text.vocabulary import Vocabulary
from elman_core.forecasting.chance import could_be_chance, probability_of_chance
from elman_core.forecasting.metrics import part_scores
from elman_core.forecasting.verdict import chance_words, verdict


def losses(cases: int, better: float = 0.0, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    return random.exponential(size=cases), random.exponential(size=cases) + better


def test_one_step_ahead_it_is_the_paired_t_test() -> None:
    own, other = losses(40, better=0.3)
    assert probability_of_chance(own, other) == pytest.approx(stats.ttest_rel(own, other).pvalue)


def test_several_steps_ahead_it_is_the_corrected_test_of_the_paper() -> None:
    own, other = losses(30, better=0.4, seed=3)
    steps, cases = 3, 30
    difference = own - other
    off = difference - difference.mean()
    shared = [sum(off[k:] * off[: cases - k]) / cases for k in range(steps)]
    statistic = difference.mean() / np.sqrt((shared[0] + 2 * (shared[1] + shared[2])) / cases)
    corrected = statistic * np.sqrt((cases + 1 - 2 * steps + steps * (steps - 1) / cases) / cases)
    expected = 2 * stats.t.sf(abs(corrected), cases - 1)
    assert probability_of_chance(own, other, steps) == pytest.approx(expected)


def test_equally_good_predictors_are_told_apart_in_a_twentieth_of_the_cases() -> None:
    found = [probability_of_chance(*losses(25, seed=seed)) for seed in range(1_000)]
    assert 0.03 < np.mean(np.array(found) < 0.05) < 0.07


def test_nothing_is_said_of_too_few_cases_or_of_losses_that_are_not_finite() -> None:
    own, other = losses(20)
    assert probability_of_chance(own[:2], other[:2]) is None
    assert probability_of_chance(own[:4], other[:4], steps=4) is None
    assert probability_of_chance(own, np.where(np.arange(20) == 3, np.inf, other)) is None
    gaps = np.where(np.arange(20) < 5, np.nan, other)
    assert probability_of_chance(own, gaps) == probability_of_chance(own[5:], other[5:])
    assert probability_of_chance(own, own) == 1.0
    assert could_be_chance(None, 3) and not could_be_chance(None, 300)


def of_one(rows: int, error: float, **data: object) -> tuple[SequenceDataset, np.ndarray]:
    """A random walk, and predictions that are off by so much of a step."""
    (values,) = noise(rows, columns=1, seed=2)
    dataset = sequences_of([values], **data)
    off = error * np.random.default_rng(5).normal(size=(rows - 1, 1))
    return dataset, dataset.values[1:] + off


def test_a_verdict_on_few_rows_says_how_many_and_that_it_could_be_chance() -> None:
    dataset, predicted = of_one(75, 0.95)
    scores = part_scores(dataset, predicted)
    test = there(scores)
    assert test.rows == 15 and test.chance["persistence"] > 0.05
    said = verdict(scores)
    assert said.startswith("On the 15 rows of the test part the network's error is ")
    assert said.endswith(" could be chance.")


def test_errors_that_are_the_same_are_not_called_chance() -> None:
    dataset = sequences_of([np.full((60, 1), 5.0)], scaling="none")
    said = verdict(part_scores(dataset, dataset.values[1:]))
    assert "the same as persistence" in said and "chance" not in said


def test_a_verdict_on_many_rows_of_a_good_network_has_no_doubt() -> None:
    scores = part_scores(*of_one(600, 0.3))
    test = there(scores)
    assert test.rows == 120 and max(test.chance.values()) < 0.001
    assert "chance" not in verdict(scores) and "% below persistence and " in verdict(scores)
    assert chance_words(test.chance) == "persistence under .001, linear least squares under .001"


def test_the_chance_is_that_of_the_squared_errors_of_the_part() -> None:
    dataset, predicted = of_one(100, 0.8)
    rows = dataset.scored_rows(Part.TEST)
    values = dataset.values[:, 0]
    own, same = (predicted[rows - 1, 0] - values[rows]) ** 2, (values[rows - 1] - values[rows]) ** 2
    expected = stats.ttest_rel(own, same).pvalue
    assert there(part_scores(dataset, predicted)).chance["persistence"] == pytest.approx(expected)


def test_of_many_sequences_the_sequences_are_the_cases() -> None:
    dataset = sequences_of(noise(*[30] * 8, columns=1))
    random = np.random.default_rng(0)
    predicted = dataset.values[1:] + random.normal(size=(dataset.rows - 1, 1))
    test = there(part_scores(dataset, predicted))
    assert test.by_sequence is not None and test.sequences == 8
    errors = []
    for sequence in range(8):
        rows = np.arange(*dataset.panel.rows_of(sequence).indices(dataset.rows)[:2])[-6:]
        errors.append(np.sqrt(np.mean((dataset.values[rows - 1] - dataset.values[rows]) ** 2)))
    expected = stats.ttest_rel(test.by_sequence.rmse, errors).pvalue
    assert test.chance["persistence"] == pytest.approx(expected)


def test_the_training_part_is_not_judged() -> None:
    dataset, predicted = of_one(40, 0.3, train_percent=100, validation_percent=0)
    scores = part_scores(dataset, predicted)
    assert there(scores, Part.TRAIN).chance == {}
    said = verdict(scores)
    assert "of the training part (there is no test part)" in said and "chance" not in said


def test_symbols_are_judged_by_their_bits(stream_of: Callable[..., SequenceDataset]) -> None:
    dataset = stream_of(Vocabulary.one_hot(("a", "b", "c", " ")), 60)
    even = np.full((59, 4), 0.25)
    scores = part_scores(dataset, even)
    part = next(part for part in reversed(Part) if scores[part] is not None)
    found = there(scores, part)
    assert set(found.chance) == (set() if part is Part.TRAIN else {"bigrams", "frequent"})
    assert f"On the {found.rows:,} symbols of the " in verdict(scores)


def test_people_and_programs_are_told_of_rows_and_chance(done: Elman, tmp_path: object) -> None:
    path = f"{tmp_path}/s.safetensors"
    trained = done("train", "sunspots", "--epochs", 60, "--save", path)
    assert "On the 47 rows of the test part" in trained.output
    horizons = done("evaluate", path, "--horizon", 2, "--json").result["horizons"]
    assert [found["rows"] for found in horizons] == [47, 46]
    assert all(0 <= found["persistence_chance"] <= 1 for found in horizons)
    assert "from linear least squares could be chance at 1" in done("evaluate", path, "--horizon", 2).output
