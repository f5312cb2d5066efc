"""Which settings a study tries next: every combination once, and the same ones whenever it is asked again."""

from __future__ import annotations

import itertools
import math
import sys
from collections.abc import Callable

import numpy as np
import optuna
import pytest

from elman_core.config.study import Axis, Range, SearchKind, StudyConfig
from elman_core.errors import ConfigError
from elman_core.studies.search import GridSearch, RandomSearch, Search, TpeSearch, TriedCell, search_of
from elman_core.studies.trial import Settings

HIDDEN = Axis(field="network.hidden", values=(20, 6, 12))
OPTIMIZER = Axis(field="training.optimizer", values=("sgd", "adam"))
BIASES = Axis(field="network.biases", values=(True, False))
RATE = Axis(field="training.learning_rate", range=Range(low=1e-4, high=1.0, log=True))
EPOCHS = Axis(field="training.epochs", range=Range(low=1, high=9))


def kinds(settings: Settings) -> tuple[object, ...]:
    """A key in which True is not 1."""
    return tuple((name, type(value), value) for name, value in settings.items())


def searched(search: Search, cells: int, metric: Callable[[Settings], float], before: list[TriedCell] | None = None):
    """Run a search to its end; what is under way has no metric yet."""
    tried = [] if before is None else list(before)
    for cell in range(len(tried), cells):
        needed = search.needed(cell)
        seen = [own if place < needed else TriedCell(own.settings) for place, own in enumerate(tried)]
        settings = search.propose(cell, seen)
        tried.append(TriedCell(settings, metric(settings)))
    return tried


def bowl(settings: Settings) -> float:
    """An error that is least at a rate of .01 and 12 hidden units."""
    return (math.log10(settings["training.learning_rate"]) + 2) ** 2 + abs(settings["network.hidden"] - 12) / 10


def test_a_grid_is_every_combination_and_the_last_axis_changes_first() -> None:
    search = GridSearch((HIDDEN, OPTIMIZER, BIASES))
    expected = [
        dict(zip((HIDDEN.field, OPTIMIZER.field, BIASES.field), values, strict=True))
        for values in itertools.product(HIDDEN.values, OPTIMIZER.values, BIASES.values)
    ]
    assert [search.propose(cell) for cell in range(12)] == expected
    assert GridSearch(()).propose(0) == {}
    huge = GridSearch([Axis(field=f"a{place}", values=tuple(range(1000))) for place in range(20)])
    assert list(huge.propose(10**60 - 1).values()) == [999] * 20


@pytest.mark.parametrize("make", [RandomSearch, TpeSearch])
def test_no_combination_comes_twice_while_there_is_another(make: Callable[..., Search]) -> None:
    search = make((HIDDEN, OPTIMIZER, BIASES, Axis(field="training.epochs", range=Range(low=1, high=2))), 3)
    tried = searched(search, 24, lambda settings: settings["network.hidden"] / 10)
    assert len({kinds(own.settings) for own in tried}) == 24


@pytest.mark.parametrize("make", [RandomSearch, TpeSearch])
def test_when_all_were_tried_the_search_still_answers(make: Callable[..., Search]) -> None:
    tried = searched(make((BIASES,), 0), 5, lambda settings: 0.1)
    assert {own.settings["network.biases"] for own in tried} == {True, False}


@pytest.mark.parametrize("make", [RandomSearch, TpeSearch])
def test_values_come_as_they_were_given_and_ranges_are_kept(make: Callable[..., Search]) -> None:
    mixed = Axis(field="training.truncation", values=(1, 10, "all", None, True))
    axes = (mixed, RATE, EPOCHS, HIDDEN)
    tried = searched(make(axes, 1), 60, lambda settings: settings["training.learning_rate"])
    for own in tried:
        assert list(own.settings) == [axis.field for axis in axes]
        value = own.settings["training.truncation"]
        assert any(value is known or (value == known and type(value) is type(known)) for known in mixed.values)
        rate, epochs = own.settings["training.learning_rate"], own.settings["training.epochs"]
        assert type(rate) is float
        assert 1e-4 <= rate <= 1
        assert rate == float(f"{rate:.4g}")
        assert type(epochs) is int
        assert 1 <= epochs <= 9
    assert {type(own.settings["training.truncation"]) for own in tried} == {int, str, type(None), bool}


def test_numbers_are_drawn_evenly_or_evenly_in_their_logarithm() -> None:
    even = Axis(field="network.ridge", range=Range(low=2.0, high=4.0))
    search = RandomSearch((even, RATE, Axis(field="x", range=Range(low=0.5, high=8.5))), 0)
    drawn = [search.propose(cell) for cell in range(2_000)]
    ridge = np.array([own["network.ridge"] for own in drawn])
    rate = np.log10([own["training.learning_rate"] for own in drawn])
    for values, low, high in ((ridge, 2, 4), (rate, -4, 0)):
        shares, _ = np.histogram(values, np.linspace(low, high, 5))
        assert np.abs(shares / 2_000 - 0.25).max() < 0.05


def test_whole_numbers_of_a_range_are_as_probable_at_its_ends() -> None:
    counts = {seed: RandomSearch((EPOCHS,), seed).propose(0)["training.epochs"] for seed in range(1_800)}
    assert all(150 <= list(counts.values()).count(epochs) <= 260 for epochs in range(1, 10))


@pytest.mark.parametrize("axes", [(HIDDEN, OPTIMIZER, BIASES), (HIDDEN, RATE)])
def test_a_random_search_is_repeated_by_its_seed_and_begins_alike_however_long(axes: tuple[Axis, ...]) -> None:
    one, other = RandomSearch(axes, 5), RandomSearch(axes, 5)
    last = other.propose(11)
    first = [one.propose(cell) for cell in range(12)]
    assert first[11] == last
    assert [other.propose(cell) for cell in range(12)] == first
    assert [RandomSearch(axes, 6).propose(cell) for cell in range(12)] != first


def test_tpe_finds_what_is_good_sooner_than_chance() -> None:
    axes = (Axis(field="network.hidden", range=Range(low=2, high=40)), RATE)
    best = {
        make: [min(own.metric for own in searched(make(axes, seed), 40, bowl)) for seed in range(10)]
        for make in (TpeSearch, RandomSearch)
    }
    assert np.median(best[TpeSearch]) < 0.5 * np.median(best[RandomSearch])


def test_tpe_that_is_gone_on_with_proposes_what_it_would_have_proposed() -> None:
    axes = (HIDDEN, OPTIMIZER, RATE)

    def metric(settings: Settings) -> float:
        return bowl(settings) if settings["training.optimizer"] == "sgd" else math.nan

    whole = searched(TpeSearch(axes, 2), 24, metric)
    for stopped in (0, 1, 9, 11, 14, 23):
        again = searched(TpeSearch(axes, 2), 24, metric, whole[:stopped])
        assert [own.settings for own in again] == [own.settings for own in whole]
    other = searched(TpeSearch(axes, 3), 24, metric)
    assert [own.settings for own in other] != [own.settings for own in whole]


def test_tpe_does_not_depend_on_which_runs_of_a_batch_end_first() -> None:
    axes = (HIDDEN, RATE)
    tried = searched(TpeSearch(axes, 0), 20, bowl)
    search = TpeSearch(axes, 0)
    for cell in range(20):
        assert search.propose(cell, tried) == tried[cell].settings  # although more has ended than it needs


def test_tpe_needs_the_cells_before_its_batch() -> None:
    search = TpeSearch((RATE,), 0)
    assert [search.needed(cell) for cell in (0, 9, 10, 13, 14, 17, 18)] == [0, 0, 10, 10, 14, 14, 18]
    tried = [TriedCell({"training.learning_rate": 0.1}, 1.0)] * 9 + [TriedCell({"training.learning_rate": 0.2})]
    search.propose(9, tried[:9])
    with pytest.raises(ValueError, match="cell 10 can be proposed when the 10 first cells have come to an end"):
        search.propose(10, tried)
    with pytest.raises(ValueError, match="cell 3 can be proposed"):
        search.propose(3, tried[:2])


def test_tpe_learns_from_cells_that_diverged() -> None:
    axes = (Axis(field="training.learning_rate", range=Range(low=1e-3, high=10.0, log=True)),)

    def metric(settings: Settings) -> float:
        rate = settings["training.learning_rate"]
        return math.inf if rate > 0.1 else abs(math.log10(rate) + 2)

    tried = searched(TpeSearch(axes, 0), 60, metric)
    late = [own.metric for own in tried[20:]]
    assert np.isfinite(late).mean() > 0.8  # half of the range diverges


def test_a_cell_that_the_study_does_not_have_is_told() -> None:
    search = TpeSearch((HIDDEN, RATE), 0)
    for settings, said in (
        ({"network.hidden": 7, "training.learning_rate": 0.1}, "network.hidden was tried with 7"),
        ({"network.hidden": 6, "training.learning_rate": 50.0}, "training.learning_rate was tried with 50.0"),
        ({"network.hidden": 6}, "training.learning_rate was tried with None"),
    ):
        with pytest.raises(ConfigError, match=said):
            search.propose(1, [TriedCell(settings, 1.0)])


def test_the_search_of_a_study_is_the_one_it_asks_for() -> None:
    of = {
        kind: search_of(StudyConfig(axes=(HIDDEN,), search=kind), 1)
        for kind in SearchKind
    }  # fmt: skip
    assert [type(own) for own in of.values()] == [GridSearch, RandomSearch, TpeSearch]


def test_without_optuna_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "optuna", None)
    with pytest.raises(ConfigError, match=r"needs one more library; install it with: pip install 'elman\[search\]'"):
        search_of(StudyConfig(axes=(HIDDEN,), search=SearchKind.TPE), 1)
    search_of(StudyConfig(axes=(HIDDEN,), search=SearchKind.RANDOM), 1)


def test_what_is_told_to_optuna_is_what_its_own_study_would_know() -> None:
    """Its own ask and tell, with the same seeds, the first ten cells at random and then one after the other."""
    search = TpeSearch((RATE,), 4)
    tried = searched(search, 11, lambda settings: settings["training.learning_rate"])
    study = optuna.create_study()
    space = {"rate": optuna.distributions.FloatDistribution(1e-4, 1.0, log=True)}
    for own in tried[:10]:
        rate = own.settings["training.learning_rate"]
        study.add_trial(optuna.trial.create_trial(params={"rate": rate}, distributions=space, value=rate))
    seed = int(np.random.SeedSequence([4, 10, 0]).generate_state(1)[0])
    study.sampler = optuna.samplers.TPESampler(seed=seed, n_startup_trials=10, constant_liar=True)
    proposed = study.ask(space).params["rate"]
    assert tried[10].settings["training.learning_rate"] == float(f"{proposed:.4g}")
