"""What a study is told to vary, and its runs by group: nothing is dropped, and the test part chooses nothing."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from elman_core.config.study import Axis, Range, StudyConfig, StudyMetric
from elman_core.errors import ConfigError
from elman_core.studies.results import StudyResults
from elman_core.studies.trial import Outcome, Trial


def trial(cell: int, seed: int, train: float = 1.0, outcome: str = "finished", **figures: Any) -> Trial:
    return Trial(cell * 10 + seed, cell, {"network.hidden": 6 + cell}, seed, Outcome(outcome), train=train, **figures)


def results_of(*trials: Trial) -> StudyResults:
    results = StudyResults()
    results.add(trials)
    return results


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"axes": [{"field": "network.hidden"}]}, "network.hidden has no values: give at least one"),
        ({"axes": [{"field": "network.hidden", "values": (6, 6)}]}, "network.hidden has the value 6 twice"),
        ({"axes": [{"field": "a", "values": (1, 2)}, {"field": "a", "values": (3,)}]},
         "a is an axis twice; give all its values together"),
        ({"search": "tpe"}, "there is nothing to search with tpe: give at least one axis"),
        ({"axes": [{"field": "a", "range": {"low": 1, "high": 2}}]},
         "a grid needs values, got a range for a; random search and tpe draw from it"),
        ({"axes": [{"field": "a", "range": {"low": 2, "high": 1}}], "search": "tpe"},
         "a range goes from a smaller number to a larger one, got 2 to 1"),
        ({"axes": [{"field": "a", "range": {"low": 0, "high": 1, "log": True}}], "search": "tpe"},
         "a logarithmic range begins above 0, got 0"),
        ({"seeds": 0}, "seeds must be at least 1, got 0"),
    ],
)  # fmt: skip
def test_a_study_that_varies_nothing_sensible_is_refused(values: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ConfigError) as refused:
        StudyConfig(**values)
    assert str(refused.value) == sentence


def test_true_and_one_are_two_values_and_stay_what_they_are() -> None:
    axis = Axis(field="a", values=(True, 1, 1.5, "tanh", None))
    again = Axis(**axis.model_dump(mode="json"))
    assert [(type(value), value) for value in again.values] == [(type(value), value) for value in axis.values]


def test_cells_are_counted_without_being_listed() -> None:
    axes = tuple(Axis(field=name, values=tuple(range(1000))) for name in "abcdef")
    assert StudyConfig(axes=axes, seeds=2).runs == 2 * 10**18
    assert StudyConfig(axes=axes, search="random", trials=7).cells == 7
    assert StudyConfig(axes=axes[:1], search="tpe", trials=5000).cells == 1000  # no more are there
    ranged = Axis(field="a", range=Range(low=1.0, high=2.0))
    assert StudyConfig(axes=(ranged,), search="random", trials=5000).cells == 5000
    whole = Axis(field="a", range=Range(low=1, high=2))
    assert StudyConfig(axes=(whole, axes[1]), search="random", trials=5000).cells == 2000


def test_runs_are_grouped_by_everything_but_the_seed_in_whatever_order_they_came() -> None:
    given = [trial(1, 2), trial(0, 1), trial(1, 1), trial(0, 3), trial(0, 2)]
    results = results_of(*given[:2])
    assert [group.runs for group in results.groups] == [1, 1]
    results.add(given[2:])
    first, second = results.groups
    assert first.settings == {"network.hidden": 6} and first.seeds.tolist() == [1, 2, 3]
    assert second.seeds.tolist() == [1, 2]
    assert list(results) == given
    assert first.trials == (given[1], given[4], given[3])


def test_a_run_that_diverged_has_no_metric_but_counts_as_the_worst() -> None:
    results = results_of(
        trial(0, 1, 0.5), trial(0, 2, 0.7, "diverged"), trial(0, 3, float("nan"), "failed", message="why")
    )
    (group,) = results.groups
    np.testing.assert_array_equal(group.values(StudyMetric.TRAIN), [0.5, np.nan, np.nan])
    assert group.median(StudyMetric.TRAIN) == np.inf
    assert [group.count(outcome) for outcome in Outcome] == [1, 1, 1]
    assert group.trials[2].message == "why" and group.trials[1].train == 0.7


def test_without_a_validation_part_runs_are_judged_by_training() -> None:
    results = results_of(trial(0, 1, 0.5), trial(0, 2, 0.6, validation=0.9))
    assert results.values(StudyMetric.VALIDATION).tolist() == [0.5, 0.9]
    assert np.isnan(results.values(StudyMetric.TEST)).all() and not results.has(StudyMetric.TEST)
    assert results.trial(0).validation is None


def test_the_chosen_cell_is_the_best_on_validation_whatever_the_test_part_says() -> None:
    results = results_of(
        trial(0, 1, validation=0.5, test=9.0), trial(1, 1, validation=0.6, test=0.1), trial(2, 1, outcome="diverged")
    )
    assert results.chosen is results.groups[0]


def test_a_cell_that_lacks_runs_is_not_chosen_before_those_that_have_all() -> None:
    results = results_of(trial(0, 1, 0.5), trial(0, 2, 0.5), trial(1, 1, 0.1))
    assert results.chosen is results.groups[0]
    assert results_of(trial(0, 1, outcome="diverged")).chosen is None and StudyResults().chosen is None


def test_the_medians_of_all_groups_are_those_of_each() -> None:
    draw = np.random.default_rng(1)
    results = results_of(*(
        trial(cell, seed, float(draw.lognormal()), "diverged" if draw.random() < 0.3 else "finished")
        for cell in (3, 0, 7) for seed in range(1 + int(draw.integers(9)))
    ))  # fmt: skip
    expected = [group.median(StudyMetric.TRAIN) for group in results.groups]
    assert (
        results.medians(StudyMetric.TRAIN).tolist() == expected and len(StudyResults().medians(StudyMetric.TRAIN)) == 0
    )
    results.add([trial(3, 9, 0.0)])
    assert results.medians(StudyMetric.TRAIN).tolist() == [group.median(StudyMetric.TRAIN) for group in results.groups]
