"""Scorecards of all networks: what each reaches alone, gathered, beside the paper."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from elman_core.experiments import BUILT_IN, begin
from elman_core.experiments.member_scorecards import MeasureOfAll, compare_all, score_all
from elman_core.experiments.scorecard import scorecard
from elman_core.experiments.variants import compare
from elman_core.forecasting.running import first_network
from elman_core.model.network import ElmanNetwork
from elman_core.support.jobs import complete

NAME, SEED = "temporal-xor", 4


def networks(count: int, name: str = NAME) -> ElmanNetwork:
    built_in = BUILT_IN[name]
    run = begin(name, built_in.table(), built_in.data, built_in.network, built_in.training)
    return ElmanNetwork.initialized(run.network, SEED, networks=count)


def test_every_measure_has_the_value_of_each_network_alone() -> None:
    network = networks(3)
    measures = complete(score_all(NAME, network, SEED))
    alone = [complete(scorecard(NAME, first_network(network, member), SEED + member)) for member in range(3)]
    assert [measure.name for measure in measures] == [measure.name for measure in alone[0]]
    for place, measure in enumerate(measures):
        assert measure.values.tolist() == [card[place].value for card in alone]
        reached = [card[place].reached for card in alone]
        assert (reached == [None] * 3) if measure.reached is None else (measure.reached.tolist() == reached)
        if measure.reached is not None:
            assert measure.success is not None
            assert (measure.success.successes, measure.success.runs) == (measure.reached.sum(), 3)
        assert (measure.paper, measure.goal) == (alone[0][place].paper, alone[0][place].goal)


def test_a_network_without_numbers_has_no_measures_and_reaches_nothing() -> None:
    network = networks(3)
    network.w1[0] = np.nan
    first, *_ = complete(score_all(NAME, network, SEED))
    assert np.isnan(first.values).tolist() == [True, False, False]
    assert first.reached is not None and not first.reached[0]
    network.w1[:] = np.nan
    assert complete(score_all(NAME, network, SEED)) == ()


def test_experiments_without_a_scorecard_have_no_measures() -> None:
    assert complete(score_all("sine", networks(2, "sine"), 1)) == ()
    assert complete(compare_all("letters", 1, 2)) == ()


def test_other_networks_are_compared_from_the_same_seeds(monkeypatch: pytest.MonkeyPatch) -> None:
    built_in = BUILT_IN[NAME]
    monkeypatch.setitem(BUILT_IN, NAME, replace(built_in, training=built_in.training.replace(epochs=2)))
    shares: list[float] = []
    measures = complete(compare_all(NAME, SEED, 3), shares.append)
    assert shares == sorted(shares) and shares[0] >= 0 and shares[-1] <= 1
    for member in range(3):
        alone = complete(compare(NAME, SEED + member, SEED + member))
        assert [measure.name for measure in measures] == [measure.name for measure in alone]
        assert [measure.values[member] for measure in measures] == pytest.approx([one.value for one in alone], rel=1e-6)
    assert all(measure.beside and measure.reached is None for measure in measures)


@pytest.mark.parametrize(
    ("paper", "goal", "paper_range", "goal_range"),
    [
        ("0.29 to 0.34", "0.25 to 0.29", (0.29, 0.34), (0.25, 0.29)),
        ("0.916", "at least 0.92", (0.916, 0.916), (0.92, np.inf)),
        ("not stated; 0.148 at best", "at most 0.151", None, (-np.inf, 0.151)),
        ("high", "clearly above the others", None, None),
        ("", "", None, None),
    ],
)
def test_what_is_stated_in_numbers_can_be_drawn(
    paper: str, goal: str, paper_range: tuple[float, float] | None, goal_range: tuple[float, float] | None
) -> None:
    measure = MeasureOfAll("m", paper, goal, np.zeros(1), None)
    assert (measure.paper_range, measure.goal_range) == (paper_range, goal_range)


@pytest.mark.parametrize("name", ["temporal-xor", "letters", "words"])
def test_the_goals_of_all_scorecards_are_read_as_they_are_judged(name: str) -> None:
    for measure in complete(score_all(name, networks(2, name), SEED)):
        if measure.goal_range is not None and measure.reached is not None:
            low, high = measure.goal_range
            shown = np.round(measure.values, 3)
            assert ((low <= shown) & (shown <= high)).tolist() == measure.reached.tolist()
