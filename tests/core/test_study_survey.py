"""Overviews of a study: the figures are those of plain numpy, whatever order the runs came in."""

from __future__ import annotations

import math

import numpy as np
import pytest

from elman_core.config.study import Axis, StudyConfig, StudyMetric
from elman_core.studies.importances import importances
from elman_core.studies.results import StudyResults
from elman_core.studies.survey import Survey
from elman_core.studies.trial import Outcome, Trial
from elman_core.studies.verdict import compare_with_chosen

SEEDS = 12
HIDDEN = (2, 6, 20)


def config(**changes: object) -> StudyConfig:
    return StudyConfig(axes=(Axis(field="network.hidden", values=HIDDEN),), seeds=SEEDS, **changes)


def trials(generator: np.random.Generator, *, validated: bool = True) -> list[Trial]:
    """Runs of three cells: the second is best, of the third every fourth run diverges, and one failed."""
    made = []
    for cell, hidden in enumerate(HIDDEN):
        for place in range(SEEDS):
            error = (0.3, 0.01, 0.02)[cell] * math.exp(generator.normal(0, 0.1))
            outcome = Outcome.FINISHED
            if cell == 2 and place % 4 == 0:
                outcome, error = Outcome.DIVERGED, math.nan
            elif cell == 2 and place == 1:
                outcome, error = Outcome.FAILED, math.nan
            validation = error if validated else None
            made.append(
                Trial(
                    cell * SEEDS + place, cell, {"network.hidden": hidden}, 1 + place, outcome, 10, 10, 0.5 * error,
                    validation, 2 * error,
                )
            )  # fmt: skip
    return made


def results_of(some: list[Trial]) -> StudyResults:
    results = StudyResults()
    results.add(some)
    return results


def test_figures_of_groups_are_those_of_numpy_and_lost_runs_count_as_the_worst() -> None:
    made = trials(np.random.default_rng(1))
    results = results_of([made[place] for place in np.random.default_rng(2).permutation(len(made))])
    overview = Survey(config(threshold=0.01)).overview(results)
    assert overview.cells.tolist() == [0, 1, 2] and overview.runs.tolist() == [SEEDS] * 3
    assert overview.diverged.tolist() == [0, 0, 3] and overview.failed.tolist() == [0, 0, 1]
    for group, cell in enumerate(overview.cells):
        own = np.array([trial.validation for trial in made if trial.cell == cell], float)
        assert overview.median[group] == np.median(np.nan_to_num(own, nan=np.inf))
        assert overview.success[group] == np.mean(own <= 0.01)
        assert overview.low[group] <= overview.iqm[group] <= overview.high[group]
    assert overview.order.tolist() == [1, 2, 0]
    (column,) = overview.fields
    assert (column.label, column.values) == ("Hidden units", HIDDEN)
    assert [column.values[place] for place in column.places] == list(HIDDEN)
    np.testing.assert_array_equal(overview.run_cells, [trial.cell for trial in results])
    assert overview.best_so_far[-1] == min(trial.validation for trial in made if trial.outcome is Outcome.FINISHED)


def test_the_cell_is_chosen_on_validation_and_reported_on_test_whatever_the_metric() -> None:
    made = trials(np.random.default_rng(1))
    for metric in StudyMetric:
        overview = Survey(config(metric=metric)).overview(results_of(made))
        assert overview.chosen == 1 == results_of(made).chosen.cell
        assert "hidden 6" in overview.verdict and "validation" in overview.verdict
        assert f"on the test part its median error is {overview.test[1]:.4g}" in overview.verdict


def test_without_a_validation_part_it_says_that_training_chose() -> None:
    overview = Survey(config()).overview(results_of(trials(np.random.default_rng(1), validated=False)))
    assert overview.metric == "training loss" and "training loss" in overview.verdict
    assert np.isnan(overview.validation).all() and np.isfinite(overview.median).all()


def test_the_comparison_is_made_seed_by_seed_and_names_what_differs() -> None:
    overview = Survey(config()).overview(results_of(trials(np.random.default_rng(1))))
    assert "6 hidden units beat 20 on" in overview.comparison
    assert "diverged" in overview.comparison  # runs that were lost are named


def test_an_overview_of_runs_as_they_come_is_that_of_all_of_them_at_once() -> None:
    made = trials(np.random.default_rng(1))
    survey, results = Survey(config()), StudyResults()
    assert len(survey.overview(results)) == 0
    for start in range(0, len(made), 5):
        results.add(made[start : start + 5])
        growing = survey.overview(results)
    whole = Survey(config()).overview(results_of(made))
    for name in ("cells", "runs", "median", "iqm", "low", "high", "order", "test", "best_so_far"):
        np.testing.assert_allclose(getattr(growing, name), getattr(whole, name), rtol=1e-12)
    assert (growing.verdict, growing.comparison) == (whole.verdict, whole.comparison)


def test_where_every_run_diverged_nothing_is_chosen_and_that_is_said() -> None:
    lost = [Trial(place, 0, {"network.hidden": 2}, 1 + place, Outcome.DIVERGED) for place in range(4)]
    overview = Survey(config()).overview(results_of(lost))
    assert overview.chosen is None and "No cell can be chosen: of 4 runs, 4 diverged" in overview.verdict
    assert np.isinf(overview.median).all() and overview.profile is None


def test_a_profile_rises_from_the_best_run_to_the_worst() -> None:
    profile = Survey(config()).overview(results_of(trials(np.random.default_rng(1)))).profile
    assert profile is not None and profile.groups[0] == 1
    assert (np.diff(profile.shares, axis=1) >= 0).all()
    assert profile.shares[0, -1] == 1.0 and profile.shares[1, -1] == pytest.approx(8 / 12)
    assert (profile.low <= profile.shares).all() and (profile.shares <= profile.high).all()


def test_importances_are_those_of_all_runs() -> None:
    made = trials(np.random.default_rng(1))
    overview = Survey(config()).overview(results_of(made))
    shares = importances(
        {"network.hidden": [trial.settings["network.hidden"] for trial in made]},
        [math.nan if trial.validation is None else trial.validation for trial in made],
    )
    assert overview.fields[0].importance == pytest.approx(shares.fields["network.hidden"])
    assert overview.between_seeds == pytest.approx(shares.seeds)
    assert overview.fields[0].importance > 0.5


def test_of_very_many_cells_claims_wait_for_the_end() -> None:
    values = tuple(range(1, 2_102))
    wide = StudyConfig(axes=(Axis(field="network.hidden", values=values),), seeds=1)
    made = [
        Trial(cell, cell, {"network.hidden": hidden}, 1, Outcome.FINISHED, 10, 10, 1.0 + cell, 1.0 + cell)
        for cell, hidden in enumerate(values)
    ]
    survey = Survey(wide)
    passing, final = (survey.overview(results_of(made), in_passing=each) for each in (True, False))
    assert passing.comparison == "" and passing.verdict == "2,101 cells, of which the best so far is Hidden units 1."
    assert "too few" in final.comparison and passing.chosen == final.chosen == 0
    np.testing.assert_array_equal(passing.median, final.median)


def test_ten_seeds_are_enough_to_claim_the_best_of_ten_cells() -> None:
    values = tuple(range(2, 12))
    wide = StudyConfig(axes=(Axis(field="network.hidden", values=values),), seeds=10)
    made = [
        Trial(cell * 10 + seed, cell, {"network.hidden": hidden}, 1 + seed, Outcome.FINISHED, 10, 10, 1.0, loss)
        for cell, hidden in enumerate(values)
        for seed in range(10)
        for loss in [(0.5 if cell == 3 else 1.0 + cell / 100) * (1 + seed / 50 + seed * cell / 5_000)]
    ]
    results = results_of(made)
    overview = Survey(wide).overview(results)
    assert overview.comparison.startswith("5 hidden units beat 2 on 10 of 10 seeds")
    assert "corrected for 9 comparisons" in overview.comparison
    assert compare_with_chosen(results, 3, 0, wide.metric) == overview.comparison, "the next best, wherever it is asked"
    assert "corrected for 45 comparisons" in compare_with_chosen(results, 3, 7, wide.metric)
