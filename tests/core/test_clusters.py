"""Clusters of symbols and of symbols in context, held against scipy and against means taken one row at a time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from scipy.cluster import hierarchy
from scipy.spatial.distance import pdist, squareform

from elman_core.analysis import untrained as control
from elman_core.analysis.clusters import MOST_LEAVES, clusters, newick
from elman_core.analysis.inspection import inspect_network
from elman_core.analysis.types import (
    Analysis,
    Clamps,
    Clustering,
    Clusters,
    Distance,
    Inspection,
    InspectionRequest,
    Linkage,
)
from elman_core.analysis.units import Layer, Unit
from elman_core.config import Loss
from elman_core.data.text.vocabulary import Vocabulary
from elman_core.experiment import Run
from elman_core.experiments import BUILT_IN, begin
from elman_core.forecasting.prediction import RESPONSE_STEPS, hidden_states, respond
from elman_core.model.network import ElmanNetwork
from elman_core.support.jobs import Job, complete

Array = NDArray[np.float64]


def clustered(hidden: Array, names: tuple[str, ...], between: str = " ", **how: Any) -> Clusters | None:
    vocabulary = Vocabulary.one_hot(tuple(sorted(set(names))))
    return clusters(hidden, vocabulary.encoded(names, "a test"), vocabulary, Clustering(**how), between)


def experiment(name: str, **training: Any) -> Run:
    built_in = BUILT_IN[name]
    return begin(name, built_in.table(), built_in.data, built_in.network, built_in.training.replace(**training))


def look(experiment: Run, network: ElmanNetwork, **how: Any) -> InspectionRequest:
    w1, w2 = network.w1[0].numpy(), network.w2[0].numpy()
    of = (experiment.dataset, experiment.network, Loss.SQUARED_ERROR, 0, 0, w1, w2)
    return InspectionRequest(*of, analyses=frozenset({Analysis.CLUSTERS}), seed=experiment.training.seed, **how)


def states_apart(network: ElmanNetwork, inputs: Array) -> Array:
    """The equations written out: logistic units with biases, the context starting at 0.5."""
    w1, config = network.w1[0].double().numpy(), network.config
    context, states = np.full(config.hidden, config.initial_context), []
    for x in inputs:
        context = 1 / (1 + np.exp(-np.concatenate([x, context, [1.0]]) @ w1))
        states.append(context)
    return np.array(states)


# -- the tree ---------------------------------------------------------------------------------------


def test_clusters_are_scipys_over_the_mean_vectors_and_newick_has_their_distances() -> None:
    random = np.random.default_rng(0)
    names = tuple("abcab" * 40)
    hidden = np.array([{"a": [0, 0], "b": [1, 0], "c": [5, 5]}[name] for name in names], np.float64)
    seen = clustered(hidden + random.normal(0, 1e-9, hidden.shape), names)
    assert seen is not None
    assert seen.names == ("a", "b", "c")
    assert seen.counts.tolist() == [80, 80, 40]
    expected = hierarchy.linkage(np.array([[0, 0], [1, 0], [5, 5]]), "average")
    np.testing.assert_allclose(seen.merges[:, 2], expected[:, 2], atol=1e-6)
    height = expected[1, 2]
    tree = newick(seen)
    assert tree.endswith(";")
    assert f"c:{height:.6g}" in tree
    assert f"a:{expected[0, 2]:.6g}" in tree
    assert f":{height - 1:.6g}" in tree


@pytest.mark.parametrize("linkage", ["average", "complete", "single", "ward"])
@pytest.mark.parametrize("distance", ["euclidean", "cosine", "correlation", "cityblock"])
def test_any_linkage_and_distance_gives_a_tree_of_all_symbols(linkage: Linkage, distance: Distance) -> None:
    hidden = np.random.default_rng(0).normal(size=(60, 4))
    seen = clustered(hidden, tuple("abcdef" * 10), linkage=linkage, distance=distance)
    assert seen is not None
    assert sorted(seen.order.tolist()) == list(range(6))
    assert seen.merges[-1, 3] == 6
    means = hidden.reshape(10, 6, 4).mean(axis=0)
    np.testing.assert_allclose(seen.distances, squareform(pdist(means, distance)), atol=1e-12)


def test_one_symbol_or_states_that_are_not_finite_have_no_tree() -> None:
    assert clustered(np.zeros((3, 2)), ("a", "a", "a")) is None
    assert clustered(np.full((3, 2), np.nan), ("a", "b", "a")) is None
    assert clustered(np.zeros((2, 2)), ("a", "b"), before=2) is None


def test_names_with_signs_of_their_own_are_quoted_in_newick() -> None:
    seen = clustered(np.array([[0.0], [1.0]]), ("it's", "a,b"))
    assert seen is not None
    assert newick(seen) == "('a,b':1,'it''s':1);"


# -- in context -------------------------------------------------------------------------------------


@pytest.mark.parametrize("before", [0, 1, 2])
@pytest.mark.parametrize("symbol", [None, "b"])
def test_means_in_context_are_those_of_the_rows_with_these_symbols_before(before: int, symbol: str | None) -> None:
    random = np.random.default_rng(before)
    names = tuple(random.choice(list("abcd"), 300).tolist())
    hidden = random.normal(size=(300, 5))
    found: dict[str, list[Array]] = defaultdict(list)
    for row in range(before, 300):
        if symbol is None or not before or names[row] == symbol:
            found[" ".join(names[row - before : row + 1])].append(hidden[row])
    seen = clustered(hidden, names, before=before, symbol=symbol)
    assert seen is not None
    assert set(seen.names) == set(found)
    assert seen.left_out == 0
    for name, count, mean in zip(seen.names, seen.counts.tolist(), seen.means, strict=True):
        assert count == len(found[name])
        np.testing.assert_allclose(mean, np.mean(found[name], axis=0))


def test_of_many_contexts_the_most_frequent_are_kept_and_the_rest_counted() -> None:
    random = np.random.default_rng(0)
    letters = [chr(ord("a") + index) for index in range(20)]
    names = tuple(random.choice(letters, 20_000, p=np.arange(1, 21) / 210).tolist())
    pairs: dict[str, int] = defaultdict(int)
    for pair in pairwise(names):
        pairs["".join(pair)] += 1
    seen = clustered(random.normal(size=(20_000, 3)), names, "", before=1)
    assert seen is not None
    assert len(seen.names) == MOST_LEAVES
    assert seen.left_out == len(pairs) - MOST_LEAVES
    assert sorted(seen.counts.tolist()) == sorted(pairs.values())[-MOST_LEAVES:]
    assert all(pairs[name] == count for name, count in zip(seen.names, seen.counts.tolist(), strict=True))


def test_a_leaf_has_the_class_of_its_last_symbol_and_a_space_can_be_seen_in_its_name() -> None:
    vocabulary = replace(Vocabulary.one_hot((" ", "a", "b")), classes={"a": "vowel", "b": "consonant"})
    codes = vocabulary.encoded("ab ab ba", "a test")
    seen = clusters(np.random.default_rng(0).normal(size=(8, 2)), codes, vocabulary, Clustering(before=1), "")
    assert seen is not None
    kinds = dict(zip(seen.names, seen.classes, strict=True))
    assert kinds == {"ab": "consonant", "ba": "vowel", "b␣": "", "␣a": "vowel", "␣b": "consonant"}


@pytest.mark.parametrize(("name", "leaves"), [("letters", {"ba", "di", "ii"}), ("word-classes", {"woman eat"})])
def test_letters_are_named_without_blanks_and_words_with(name: str, leaves: set[str]) -> None:
    of = experiment(name)
    network = ElmanNetwork.initialized(of.network, 1)
    seen = complete(inspect_network(look(of, network, clustering=Clustering(before=1)))).clusters
    assert seen is not None
    assert leaves <= set(seen.names)


# -- the untrained network --------------------------------------------------------------------------


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many rows untrained networks are run through, one number for each time."""
    noted: list[int] = []

    def noting(network: ElmanNetwork, dataset: Any, first_row: int, steps: int) -> Job[NDArray[np.float32]]:
        noted.append(steps)
        return hidden_states(network, dataset, first_row, steps)

    monkeypatch.setattr(control, "hidden_states", noting)
    return noted


WITH_CONTROL = Clustering(before=1, with_control=True)


def test_the_control_is_the_initialized_network_clustered_apart(runs: list[int]) -> None:
    of = experiment("letters", seed=5)
    trained = ElmanNetwork.initialized(of.network, 99)
    seen = complete(
        inspect_network(look(of, trained, clustering=WITH_CONTROL, clamps=Clamps({Unit(Layer.HIDDEN, 0): 0.0})))
    )
    hidden = states_apart(ElmanNetwork.initialized(of.network, 5), of.dataset.inputs)
    symbols = of.dataset.symbols
    assert symbols is not None
    expected = clusters(hidden, symbols.codes[:-1], symbols.vocabulary, WITH_CONTROL, "")
    assert seen.control is not None and expected is not None and seen.clusters is not None
    assert seen.control.names == expected.names == seen.clusters.names
    np.testing.assert_allclose(seen.control.means, expected.means, atol=1e-6)
    np.testing.assert_allclose(seen.control.distances, expected.distances, atol=1e-6)
    assert not np.allclose(seen.clusters.means, seen.control.means, atol=1e-3)
    assert (seen.clusters.means[:, 0] == 0).all()  # the lesion is in the network that is looked at only
    assert len(runs) == 1


@pytest.fixture(scope="module")
def many() -> Iterator[Callable[..., Inspection]]:
    """Look at word-classes, with some of the look changed."""
    of = experiment("word-classes", seed=5)
    trained = ElmanNetwork.initialized(of.network, 99)
    yield lambda **how: complete(inspect_network(replace(look(of, trained, clustering=WITH_CONTROL), **how)))


def test_the_untrained_network_is_run_once_for_many_looks(runs: list[int], many: Callable[..., Inspection]) -> None:
    first = many()
    again = many(untrained=first.untrained, clustering=replace(WITH_CONTROL, before=2, symbol="boy"))
    assert runs == [RESPONSE_STEPS]
    assert again.untrained is first.untrained
    assert again.control is not None
    assert all(name.endswith(" boy") for name in again.control.names)


def test_without_a_control_the_untrained_network_is_not_run(runs: list[int], many: Callable[..., Inspection]) -> None:
    assert many(clustering=Clustering()).control is None
    assert runs == []


def test_another_seed_another_network_or_other_data_have_another_control(
    runs: list[int], many: Callable[..., Inspection]
) -> None:
    untrained = many().untrained
    other = many(untrained=untrained, seed=6).untrained
    assert other is not None and other is not untrained and other.seed == 6
    of = experiment("letters")
    seen = inspect_network(
        look(of, ElmanNetwork.initialized(of.network, 1), clustering=WITH_CONTROL, untrained=untrained)
    )
    assert complete(seen).control is not None
    assert len(runs) == 3


def test_a_look_at_more_rows_runs_again_and_at_fewer_does_not(runs: list[int], many: Callable[..., Inspection]) -> None:
    of = experiment("word-classes", seed=5)
    trained = ElmanNetwork.initialized(of.network, 99)
    whole = complete(respond(trained, of.dataset, whole=True))
    some = complete(respond(trained, of.dataset))
    given: dict[str, Any] = {"dataset": of.dataset, "response": some}
    few = many(**given)
    given["response"] = whole
    all_rows = many(**given, untrained=few.untrained)
    assert runs == [RESPONSE_STEPS, of.dataset.rows - 1]
    given["response"] = some
    again = many(**given, untrained=all_rows.untrained)
    assert len(runs) == 2
    assert again.untrained is all_rows.untrained
    assert again.control is not None and few.control is not None
    np.testing.assert_allclose(again.control.means, few.control.means, atol=1e-5)


def test_hidden_states_are_those_of_a_response() -> None:
    of = experiment("word-classes")
    network = ElmanNetwork.initialized(of.network, 1)
    response = complete(respond(network, of.dataset))
    states = complete(hidden_states(network, of.dataset, response.first_row, len(response.hidden)))
    np.testing.assert_array_equal(states, response.hidden)
    assert torch.isfinite(torch.from_numpy(states)).all()
