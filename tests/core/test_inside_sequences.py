"""What is looked at sequence by sequence: each begins with a fresh context, and nothing reaches over its end."""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from elman_core.analysis.activations import activations_at
from elman_core.analysis.chosen_steps import first_training_steps, last_steps
from elman_core.analysis.clusters import clusters
from elman_core.analysis.inspection import inspect_network
from elman_core.analysis.lesions import lesions
from elman_core.analysis.symbol_errors import row_errors, symbol_errors
from elman_core.analysis.types import Analysis, Clustering, InspectionRequest
from elman_core.analysis.units import Layer, Unit, connection_at, w2_rows
from elman_core.config import DataConfig, Loss, NetworkConfig, SymbolConfig
from elman_core.data.dataset import SequenceDataset
from elman_core.data.panel import Panel
from elman_core.data.preparation import prepare
from elman_core.data.table import Source, Table, TimeAxis
from elman_core.data.text.vocabulary import CodedRows, Symbols, Vocabulary
from elman_core.export.arrays import export_arrays
from elman_core.forecasting.prediction import respond
from elman_core.model.network import ElmanNetwork
from elman_core.support.jobs import complete
from elman_core.training.events import Snapshot

LENGTHS = (40, 12, 25, 60, 9)
NAMES = ("Aue", "Berg", "Cham", "Dorf", "Eich")


def starts_of(lengths: tuple[int, ...]) -> NDArray[np.int64]:
    return np.cumsum(lengths) - lengths


@pytest.fixture
def shops(table_of: Callable[..., Table]) -> Callable[..., SequenceDataset]:
    """Five shops with sales, price and footfall, of unequal lengths."""

    def make(**data: Any) -> SequenceDataset:
        random = np.random.default_rng(3)
        rows = sum(LENGTHS)
        values = random.normal(size=(rows, 3)).cumsum(axis=0)
        table = replace(
            table_of(values, positions=np.concatenate([np.arange(n) for n in LENGTHS])),
            sequences=Panel.of(rows, starts_of(LENGTHS), names=NAMES),
        )
        config = {"columns": ("a",), "inputs": ("b",), "known": ("c",), "scaling": "standardize", **data}
        return prepare(table, DataConfig(**config))

    return make


def network_for(dataset: SequenceDataset, **settings: Any) -> ElmanNetwork:
    sizes = {"inputs": dataset.encoding.network_inputs, "outputs": dataset.encoding.network_outputs}
    config = NetworkConfig(**{"hidden": 5, "biases": True, **sizes, **settings})
    return ElmanNetwork.initialized(config, 7, precision="float64")


def strings(lengths: tuple[int, ...], seed: int = 0) -> SequenceDataset:
    """Strings of four symbols, one after another."""
    random = np.random.default_rng(seed)
    vocabulary = Vocabulary.one_hot(("a", "b", "c", "d"))
    codes = random.integers(0, 4, sum(lengths)).astype(np.int32)
    position = np.concatenate([np.arange(n) for n in lengths])
    table = Table(
        "strings", vocabulary.columns, CodedRows(vocabulary.vectors, codes), TimeAxis.steps(len(codes)),
        Source(kind="pasted", name="text"),
        symbols=Symbols(vocabulary, codes, SymbolConfig(), position, "string"),
        sequences=Panel.of(len(codes), starts_of(lengths)),
    )  # fmt: skip
    return prepare(table, DataConfig(split="sequences", train_percent=60, validation_percent=20))


def plain_errors(network: ElmanNetwork, dataset: SequenceDataset, held: tuple[str, int] | None = None) -> float:
    """The root mean squared error, sequence by sequence and step by step."""
    config = network.config
    w1, w2 = (weights[0].double().numpy() for weights in (network.w1, network.w2))
    squares: list[float] = []
    for first, stop in zip(dataset.first_rows.tolist(), dataset.panel.stops.tolist(), strict=True):
        context = np.full(config.hidden, config.initial_context)
        for row in range(first, stop - 1):
            x, wanted = dataset.step_inputs(np.array([row]))[0], dataset.step_targets(np.array([row]))[0]
            if held is not None and held[0] == "context":
                context[held[1]] = 0
            context = np.tanh(np.concatenate([x, context, [1]]) @ w1)
            if held is not None and held[0] == "hidden":
                context[held[1]] = 0
            y = np.concatenate([context, *([x] if config.direct else []), [1]]) @ w2
            squares += [(a - b) ** 2 for a, b in zip(y, wanted, strict=True) if np.isfinite(b)]
    return float(np.sqrt(np.mean(squares)))


@pytest.mark.parametrize("data", [{}, {"lags": 3, "horizon": 4, "strategy": "direct"}, {"transforms": ("difference",)}])
@pytest.mark.parametrize("direct", [False, True])
def test_lesions_are_scored_sequence_by_sequence(
    shops: Callable[..., SequenceDataset], data: dict[str, Any], direct: bool
) -> None:
    dataset = shops(**data)
    network = network_for(dataset, direct=direct)
    if direct:
        network.w2[:, 5:] += 0.1
    seen = complete(lesions(network, dataset))
    assert seen.intact == pytest.approx(plain_errors(network, dataset), rel=1e-9)
    for unit in range(5):
        assert seen.without[unit] == pytest.approx(plain_errors(network, dataset, ("hidden", unit)), rel=1e-9)
        assert seen.without_context[unit] == pytest.approx(plain_errors(network, dataset, ("context", unit)), rel=1e-9)


def test_of_many_sequences_the_last_whole_ones_are_chosen(shops: Callable[..., SequenceDataset]) -> None:
    dataset = shops()
    steps = np.array(LENGTHS) - 1
    blocks = last_steps(dataset, int(steps[-2:].sum()) + 3)
    assert sorted(block.inputs.shape[:2] for block in blocks) == [(8, 1), (59, 1)]
    assert sum(int(np.isfinite(block.targets).sum()) for block in blocks) == int(steps[-2:].sum())
    (short,) = last_steps(dataset, 5)  # even the last one is too long
    rows = np.arange(dataset.rows - 6, dataset.rows - 1)
    assert np.array_equal(short.inputs[:, 0], dataset.step_inputs(rows))


def test_the_training_steps_of_the_first_sequences_end_where_each_training_part_ends(
    shops: Callable[..., SequenceDataset],
) -> None:
    dataset = shops()
    blocks = first_training_steps(dataset, 10_000)
    assert sum(int(np.isfinite(block.targets).any(axis=2).sum()) for block in blocks) == dataset.train_steps
    (block,) = first_training_steps(dataset, 4)
    assert np.array_equal(block.inputs[:, 0], dataset.step_inputs(np.arange(4)))


def test_everything_inside_can_be_looked_at_of_many_sequences(shops: Callable[..., SequenceDataset]) -> None:
    dataset = shops(lags=2, transforms=("difference",))
    network = network_for(dataset, direct=True)
    request = InspectionRequest(
        dataset, network.config, Loss.SQUARED_ERROR, 0, 0, network.w1[0].numpy(), network.w2[0].numpy(),
        analyses=frozenset(Analysis),
    )  # fmt: skip
    seen = complete(inspect_network(request))
    assert seen.states is not None and seen.lesions is not None and seen.dynamics is not None
    assert np.isfinite(seen.dynamics.reach).all() and len(seen.dynamics.reach)
    lost = np.isnan(seen.states.states).any(axis=1)
    assert np.flatnonzero(lost).tolist() == dataset.panel.starts.tolist()  # nothing is before it to be differenced


def test_a_row_is_told_with_the_context_of_its_own_sequence(shops: Callable[..., SequenceDataset]) -> None:
    dataset = shops()
    network = network_for(dataset)
    response = complete(respond(network, dataset, whole=True))
    first = int(dataset.panel.starts[2])
    at = activations_at(response, dataset, network.config, first)
    assert at is not None and at.context.tolist() == [0.0] * 5 and at.target is not None
    last = activations_at(response, dataset, network.config, first - 1)
    assert last is not None and last.target is None  # the next row is another sequence's


# -- symbols ----------------------------------------------------------------------------------------


def test_contexts_of_symbols_do_not_reach_into_the_sequence_before() -> None:
    vocabulary = Vocabulary.one_hot(("a", "b", "c"))
    codes = np.array([0, 1, 2, 1, 0, 2], np.int32)  # abc | ba | c
    ages = np.array([0, 1, 2, 0, 1, 0])
    hidden = np.random.default_rng(0).normal(size=(6, 3))
    found = clusters(hidden, codes, vocabulary, Clustering(before=1), "", ages)
    assert found is not None
    assert sorted(found.names) == ["ab", "ba", "bc"]
    one = clusters(hidden, codes, vocabulary, Clustering(before=1, symbol="a"), "", ages)
    assert one is None  # one context only
    whole = clusters(hidden, codes, vocabulary, Clustering(), "", ages)
    assert whole is not None and whole.counts.tolist() == [2, 2, 2]


def test_errors_of_symbols_are_counted_from_the_beginning_of_each_sequence() -> None:
    lengths = tuple(np.random.default_rng(1).integers(4, 9, 40).tolist())
    dataset = strings(lengths)
    network = network_for(dataset, output="softmax")
    response = complete(respond(network, dataset, whole=True))
    seen = symbol_errors(response, dataset, 3)
    assert seen is not None and seen.by_group is not None
    errors = row_errors(response, dataset)
    place = np.concatenate([np.arange(n) for n in lengths])[1:]
    predicted = place > 0
    assert np.isnan(errors[~predicted]).all() and np.isfinite(errors[predicted]).all()
    assert 0 not in seen.by_group.places  # nothing predicts the first symbol
    for at, rmse, count in zip(seen.by_group.places, seen.by_group.rmse, seen.by_group.counts, strict=True):
        there = errors[predicted & (place == at)]
        assert count == len(there)
        assert rmse == pytest.approx(np.sqrt(np.mean(there**2)))
    for at, rmse in zip(seen.by_cycle.places, seen.by_cycle.rmse, strict=True):
        assert rmse == pytest.approx(np.sqrt(np.mean(errors[predicted & (place % 3 == at)] ** 2)))
    assert seen.by_group.whole == pytest.approx(np.sqrt(np.mean(errors[predicted] ** 2)))


def test_the_untrained_network_beside_is_run_through_the_same_sequences() -> None:
    dataset = strings((5, 7, 6, 4))
    network = network_for(dataset, output="softmax")
    untrained = ElmanNetwork.initialized(network.config, 11)
    request = InspectionRequest(
        dataset, network.config, Loss.CROSS_ENTROPY, 0, 0, network.w1[0].numpy(), network.w2[0].numpy(),
        analyses=frozenset({Analysis.CLUSTERS}), seed=11, clustering=Clustering(with_control=True),
    )  # fmt: skip
    seen = complete(inspect_network(request))
    assert seen.untrained is not None
    expected = complete(respond(untrained, dataset)).hidden
    np.testing.assert_allclose(seen.untrained.hidden, expected, atol=1e-6)


# -- exports ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", [".csv", ".npz"])
def test_states_are_written_with_the_sequence_of_each_row(
    shops: Callable[..., SequenceDataset], tmp_path: Path, suffix: str
) -> None:
    dataset = shops()
    network = network_for(dataset)
    response = complete(respond(network, dataset, whole=True))
    snapshot = Snapshot(0, 0, network.w1.numpy(), network.w2.numpy(), response)
    path = complete(export_arrays(tmp_path / f"states{suffix}", "states", network.config, dataset, snapshot, ()))
    wanted = np.repeat(NAMES, LENGTHS)[: len(response.hidden)].tolist()
    if suffix == ".npz":
        with np.load(path) as arrays:
            assert arrays["sequence"].tolist() == wanted
            assert set(arrays["free_run_sequence"].tolist()) <= {NAMES[0]}
        return
    header, *rows = csv.reader(path.read_text().splitlines())
    assert header[:3] == [dataset.axis.label, "sequence", "free_run"]
    assert [row[1] for row in rows if row[2] == "0"] == wanted
    assert {row[1] for row in rows if row[2] == "1"} == {NAMES[0]}


def test_weights_of_direct_connections_come_from_the_inputs() -> None:
    config = NetworkConfig(inputs=2, hidden=3, outputs=1, direct=True, biases=True)
    assert len(w2_rows(config)) == config.output_rows
    assert connection_at(config, "w2", 4, 0).source == Unit(Layer.INPUT, 1)
    assert torch.Size([1, 6, 1]) == ElmanNetwork.initialized(config, 1).w2.shape
