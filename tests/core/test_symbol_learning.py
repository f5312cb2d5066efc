"""Learning symbols and going on with them, held against the series written out, autograd, counting and plain loops."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from forecasters import evaluate_horizons
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray
from refusals import refusal_of
from scipy import stats
from torch.nn import functional

from elman_core.config import NetworkConfig, TrainingConfig
from elman_core.data.dataset import Part, SequenceDataset
from elman_core.data.text.vocabulary import CodedRows, Symbols, Vocabulary
from elman_core.errors import ConfigError
from elman_core.experiment import Run
from elman_core.forecasting import horizons, metrics, running
from elman_core.forecasting import prediction as forecast
from elman_core.forecasting.baselines import BigramPredictor, least_squares
from elman_core.forecasting.metrics import part_scores
from elman_core.forecasting.prediction import respond, score_parts
from elman_core.generation.sampling import MAXIMUM_SAMPLED_STEPS, Continuation, apply_temperature, sample
from elman_core.model.network import ElmanNetwork
from elman_core.support.jobs import complete
from elman_core.training.engines.choice import make_engine
from elman_core.training.engines.sequences import Sequences
from elman_core.training.trainer import Trainer

StreamOf = Callable[..., SequenceDataset]
Array = NDArray[np.float64]
ONE_HOT = Vocabulary.one_hot(("a", "b", "c", " "))
FEATURES = Vocabulary(("a", "b", "c"), np.array([[0, 1, 0.5], [1, 0, 0], [1, 1, 0]]), ("p", "q", "r"))


@pytest.fixture(params=[ONE_HOT, FEATURES], ids=["one-hot", "features"])
def dataset(request: pytest.FixtureRequest, stream_of: StreamOf) -> SequenceDataset:
    return stream_of(request.param, 90)


def network_for(vocabulary: Vocabulary, networks: int = 1, seed: int = 5) -> ElmanNetwork:
    columns = len(vocabulary.columns)
    config = NetworkConfig(
        inputs=columns,
        outputs=columns,
        hidden=7,
        biases=True,
        output="softmax" if vocabulary.is_one_hot else "logistic",
        input_spread=1.0,
        output_spread=1.5,
    )
    return ElmanNetwork.initialized(config, seed, networks=networks, precision="float64")


def written_out(dataset: SequenceDataset) -> SequenceDataset:
    """Return the same series as numbers, of which nobody knows that they are symbols."""
    return replace(dataset, values=dataset.values[:], symbols=None)


def symbols_of(dataset: SequenceDataset) -> Symbols:
    assert dataset.symbols is not None
    return dataset.symbols


def chances_after(network: ElmanNetwork, vocabulary: Vocabulary, codes: list[int]) -> list[Array]:
    """The probability of each symbol after each of the codes, by a loop in numpy."""
    w1, w2 = network.w1[0].numpy(), network.w2[0].numpy()
    context, found = np.zeros(7), []
    for code in codes:
        context = np.tanh(np.concatenate([vocabulary.vectors[code], context, [1]]) @ w1)
        z = np.concatenate([context, [1]]) @ w2
        if vocabulary.is_one_hot:
            chances = np.exp(z) / np.exp(z).sum()
        else:
            y, v = 1 / (1 + np.exp(-z)), vocabulary.vectors
            chances = np.prod(y**v * (1 - y) ** (1 - v), axis=1)
        found.append(chances / chances.sum())
    return found


# -- the engines --------------------------------------------------------------------------------------

RULES: dict[str, dict[str, Any]] = {
    "one step": {"learning_rate": 0.1},
    "one step with momentum": {"learning_rate": 0.1, "momentum": 0.5},
    "BPTT(3, 8)": {"learning_rate": 0.05, "update_every": 3, "truncation": 8, "clip_norm": 1.0},
    "full BPTT": {"optimizer": "adam", "learning_rate": 0.01, "update_every": "all", "truncation": "all"},
    "ensemble": {"optimizer": "adam", "learning_rate": 0.01, "update_every": 5, "truncation": 5, "networks": 3},
}


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("engine", ["compiled", "tensors"])
def test_a_stream_by_codes_is_learned_as_the_series_written_out(
    dataset: SequenceDataset, engine: str, rule: str
) -> None:
    vocabulary = symbols_of(dataset).vocabulary
    loss = "cross-entropy" if vocabulary.is_one_hot else "squared-error"
    training = TrainingConfig(epochs=4, loss=loss, precision="float64", **RULES[rule])
    found = []
    for series in (dataset, written_out(dataset)):
        network = network_for(vocabulary, training.networks)
        progress = make_engine(engine, network, Sequences.of(series), training).advance(10**9, 4)
        assert progress.validation_losses is not None
        found.append((progress.train_losses, progress.validation_losses, network.w1.numpy(), network.w2.numpy()))
    assert found[0][0].shape == (4, training.networks)
    for coded, dense in zip(*found, strict=True):
        np.testing.assert_allclose(coded, dense, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("engine", ["compiled", "tensors"])
def test_the_gradient_of_softmax_and_cross_entropy_on_codes_is_autograds(stream_of: StreamOf, engine: str) -> None:
    dataset = stream_of(ONE_HOT, 40, validation_percent=0)
    network = network_for(ONE_HOT)
    w1, w2 = (weights[0].clone().requires_grad_() for weights in (network.w1, network.w2))
    codes = torch.from_numpy(symbols_of(dataset).codes[: dataset.train_rows].astype(np.int64))
    context, one, loss = torch.zeros(7, dtype=torch.float64), torch.ones(1, dtype=torch.float64), torch.zeros(())
    for code, after in itertools.pairwise(codes):
        context = torch.tanh(torch.cat([functional.one_hot(code, 4).double(), context, one]) @ w1)
        loss = loss + functional.cross_entropy(torch.cat([context, one]) @ w2, after)
    loss.backward()  # type: ignore[no-untyped-call]
    training = TrainingConfig(
        learning_rate=1.0, loss="cross-entropy", precision="float64", update_every="all", truncation="all"
    )
    before = network.w1[0].clone(), network.w2[0].clone()
    progress = make_engine(engine, network, Sequences.of(dataset), training).advance(10**9, 1)
    assert progress.train_losses[0, 0] == pytest.approx(float(loss.detach()), rel=1e-12)
    for weights, start, after_step in zip((w1, w2), before, (network.w1[0], network.w2[0]), strict=True):
        assert weights.grad is not None
        np.testing.assert_allclose((start - after_step).numpy(), weights.grad.numpy(), rtol=1e-9, atol=1e-12)


def test_features_are_not_learned_with_outputs_that_sum_to_1(stream_of: StreamOf) -> None:
    config = NetworkConfig(inputs=3, outputs=3, output="softmax")
    experiment = Run("x", stream_of(FEATURES, 30), config, TrainingConfig())
    assert "choose logistic outputs" in refusal_of(lambda: Trainer(experiment), ConfigError)


# -- baselines and scores -----------------------------------------------------------------------------


def bigrams_by_counting(codes: list[int], count: int) -> tuple[Array, Array]:
    unigrams = np.array([(codes.count(b) + 1) / (len(codes) + count) for b in range(count)])
    pairs = list(itertools.pairwise(codes))
    bigrams = np.array(
        [[(pairs.count((a, b)) + unigrams[b]) / (codes[:-1].count(a) + 1) for b in range(count)] for a in range(count)]
    )
    return unigrams, bigrams


def test_bigrams_are_those_counted_by_hand(dataset: SequenceDataset) -> None:
    symbols, found = symbols_of(dataset), least_squares(dataset)
    assert isinstance(found, BigramPredictor) and isinstance(dataset.values, CodedRows)
    unigrams, bigrams = bigrams_by_counting(symbols.codes[: dataset.train_rows].tolist(), len(symbols.vocabulary.names))
    np.testing.assert_allclose(found.unigrams, unigrams)
    np.testing.assert_allclose(found.bigrams, bigrams)
    np.testing.assert_allclose([found.unigrams.sum(), *found.bigrams.sum(axis=1)], 1)
    origins = np.array([0, 3, 88])
    ahead = found.from_origins(dataset.values, origins, 3)
    for h in range(3):
        chances = np.linalg.matrix_power(bigrams, h + 1)[symbols.codes[origins]]
        np.testing.assert_allclose(ahead[h], chances @ symbols.vocabulary.vectors)
    np.testing.assert_allclose(found.from_origins(dataset.values, np.arange(89), 1)[0, origins], ahead[0])


def test_bits_and_the_share_that_was_right_equal_a_plain_loop(dataset: SequenceDataset) -> None:
    symbols = symbols_of(dataset)
    vocabulary, codes = symbols.vocabulary, symbols.codes.tolist()
    network = network_for(vocabulary)
    scores = part_scores(dataset, complete(respond(network, dataset)).one_step)
    unigrams, bigrams = bigrams_by_counting(codes[: dataset.train_rows], len(vocabulary.names))
    own = chances_after(network, vocabulary, codes[:-1])
    for part, (start, stop) in zip(Part, [(1, 54), (54, 72), (72, 90)], strict=True):
        found = scores[part]
        assert found is not None
        for score, chances in (
            (found.symbols, [own[row - 1] for row in range(start, stop)]),
            (found.bigrams, [bigrams[codes[row - 1]] for row in range(start, stop)]),
            (found.frequent, [unigrams for _ in range(start, stop)]),
        ):
            came = codes[start:stop]
            bits = [-np.log2(p[code]) for p, code in zip(chances, came, strict=True)]
            right = [p.argmax() == code for p, code in zip(chances, came, strict=True)]
            assert score is not None
            assert (score.bits, score.right) == (pytest.approx(np.mean(bits)), pytest.approx(np.mean(right)))


def assert_equal_scores(one: Any, other: Any) -> None:
    for part in Part:
        for name in ("network", "persistence", "linear", "symbols", "bigrams", "frequent"):
            first, second = (vars(getattr(scores[part], name)) for scores in (one, other))
            assert first == pytest.approx(second, rel=1e-9)


def test_scores_of_a_long_stream_in_pieces_are_those_at_once(
    dataset: SequenceDataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    network = network_for(symbols_of(dataset).vocabulary, networks=2)
    at_once = complete(score_parts(network, dataset, complete(respond(network, dataset, whole=True))))
    monkeypatch.setattr(metrics, "_NUMBERS_AT_ONCE", 25)
    assert_equal_scores(complete(score_parts(network, dataset, complete(respond(network, dataset)))), at_once)
    for module in (forecast, running):
        monkeypatch.setattr(module, "CHUNK_STEPS", 7)
    monkeypatch.setattr(forecast, "_MOST_NUMBERS", 100)
    monkeypatch.setattr(forecast, "RESPONSE_STEPS", 20)
    response = complete(respond(network, dataset, whole=True))
    assert (response.first_row, len(response.one_step)) == (70, 20)
    shares: list[float] = []
    assert_equal_scores(complete(score_parts(network, dataset, response), shares.append), at_once)
    assert shares == sorted(shares) and 0 <= shares[0] <= shares[-1] <= 1


def test_horizons_in_small_chunks_are_those_at_once_and_of_the_series_written_out(
    dataset: SequenceDataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    network = network_for(symbols_of(dataset).vocabulary)
    at_once = complete(evaluate_horizons(network, dataset, 6))
    dense = complete(evaluate_horizons(network, written_out(dataset), 6))
    monkeypatch.setattr(horizons, "_NUMBERS_AT_ONCE", 2 * 6 * len(dataset.columns))
    in_chunks = complete(evaluate_horizons(network, dataset, 6))
    for one, two, three in zip(at_once, in_chunks, dense, strict=True):
        first, second, third = (
            {n: v for n, v in vars(each).items() if v is not None and not n.endswith("_chance")}
            for each in (one, two, three)
        )  # of symbols some steps ahead nothing is said of chance
        assert second == pytest.approx(first, rel=1e-9)
        own = {"linear_rmse": one.linear_rmse, "mase": one.mase}  # its columns are not scaled together
        assert {**third, **own} == pytest.approx(first, rel=1e-9)


# -- going on -----------------------------------------------------------------------------------------


def sampled_text(dataset: SequenceDataset, text: str = "ab", steps: int = 30, **options: Any) -> Continuation:
    symbols = symbols_of(dataset)
    return complete(sample(network_for(symbols.vocabulary, networks=2), symbols, text, steps, **options))


def test_a_continuation_has_the_probabilities_of_a_plain_forward_pass(dataset: SequenceDataset) -> None:
    vocabulary = symbols_of(dataset).vocabulary
    found = sampled_text(dataset, "abca", steps=25)
    codes = [*found.prompt.tolist(), *found.sampled.tolist()]
    expected = chances_after(network_for(vocabulary), vocabulary, codes)
    assert found.prompt.tolist() == [0, 1, 2, 0]
    np.testing.assert_allclose(found.probabilities, expected[3], rtol=1e-9)
    np.testing.assert_allclose(
        found.sampled_probabilities, [expected[3 + k][code] for k, code in enumerate(found.sampled)], rtol=1e-9
    )


def test_the_same_seed_draws_the_same_symbols_and_another_seed_others(dataset: SequenceDataset) -> None:
    drawn = [sampled_text(dataset, steps=60, seed=seed).sampled.tolist() for seed in (3, 3, 4)]
    assert drawn[0] == drawn[1] != drawn[2]
    assert sampled_text(dataset, steps=0).sampled.shape == (0,)


def test_at_temperature_0_the_most_probable_symbol_is_always_taken(dataset: SequenceDataset) -> None:
    vocabulary = symbols_of(dataset).vocabulary
    found = sampled_text(dataset, "c", temperature=0.0)
    expected = chances_after(network_for(vocabulary), vocabulary, [2, *found.sampled.tolist()])
    assert found.sampled.tolist() == [int(chances.argmax()) for chances in expected[:-1]]
    assert found.sampled.tolist() == sampled_text(dataset, "c", temperature=0.0, seed=99).sampled.tolist()


@settings(max_examples=80, deadline=None)
@given(hnp.arrays(np.float64, 5, elements=st.floats(1e-3, 1)), st.floats(0.1, 10))
def test_a_temperature_raises_probabilities_to_its_inverse(shares: Array, temperature: float) -> None:
    p = shares / shares.sum()
    powers = p ** (1 / temperature)
    np.testing.assert_allclose(apply_temperature(p, temperature), powers / powers.sum(), rtol=1e-9)


@pytest.mark.parametrize("temperature", [0.0, 5e-324, 1e-300, 1e-3, 1.0, 10.0])
def test_any_temperature_gives_a_distribution(temperature: float) -> None:
    found = apply_temperature(np.array([0.0, 0.7, 0.3, 0.0]), temperature)
    assert np.isfinite(found).all() and found.sum() == pytest.approx(1)
    assert found.argmax() == 1
    assert temperature > 0.01 or found.tolist() == [0, 1, 0, 0]


@pytest.mark.parametrize("temperature", [1.0, 0.5, 2.0])
def test_symbols_are_drawn_as_often_as_is_probable(stream_of: StreamOf, temperature: float) -> None:
    """Without weights out of the hidden units but the biases, each draw is alike."""
    network = network_for(ONE_HOT)
    network.w2[:, :-1] = 0
    network.w2[:, -1] = torch.tensor([0.0, 1.0, -1.0, 0.5])
    found = complete(sample(network, symbols_of(stream_of(ONE_HOT, 30)), "a", 3_000, temperature, seed=11))
    shares = np.exp(np.array([0.0, 1.0, -1.0, 0.5]) / temperature)
    counts = np.bincount(found.sampled, minlength=4)
    assert stats.chisquare(counts, 3_000 * shares / shares.sum()).pvalue > 0.01


def test_spaces_at_the_ends_of_a_beginning_are_fed_in(stream_of: StreamOf) -> None:
    assert sampled_text(stream_of(ONE_HOT, 30), " A ", 3).prompt.tolist() == [3, 0, 3]


@pytest.mark.parametrize(
    ("text", "options", "sentence"),
    [
        ("", {}, "the beginning is empty; at least one symbol was expected"),
        ("axz", {}, "the beginning: the symbols 'x', 'z' are not among the 4 that the model knows: 'a', 'b', 'c', '␣'"),
        ("a", {"steps": -1}, "steps must be from 0 to 100,000, got -1"),
        ("a", {"steps": MAXIMUM_SAMPLED_STEPS + 1}, "steps must be from 0 to 100,000, got 100,001"),
        ("a", {"temperature": -0.1}, "temperature must be from 0 to 10, got -0.1"),
        ("a", {"temperature": 10.5}, "temperature must be from 0 to 10, got 10.5"),
        ("a", {"temperature": float("nan")}, "temperature must be from 0 to 10, got nan"),
        ("a", {"seed": -1}, "seed must be at least 0, got -1"),
    ],
)
def test_what_cannot_be_gone_on_with_is_refused(
    stream_of: StreamOf, text: str, options: dict[str, Any], sentence: str
) -> None:
    assert refusal_of(lambda: sampled_text(stream_of(ONE_HOT, 30), text, **options)) == sentence


def test_of_a_long_text_a_live_picture_shows_the_beginning(
    monkeypatch: pytest.MonkeyPatch, stream_of: StreamOf
) -> None:
    monkeypatch.setattr(forecast, "RESPONSE_STEPS", 50)
    dataset = stream_of(Vocabulary.one_hot(("a", "b", "c")), 200)
    network = ElmanNetwork.initialized(NetworkConfig(inputs=3, outputs=3, hidden=4, biases=True), 1)
    live, whole = (complete(respond(network, dataset, whole=wanted)) for wanted in (False, True))
    assert (live.first_row, len(live.one_step), live.closed_loop_row) == (1, 50, 51)
    np.testing.assert_allclose(live.one_step, whole.one_step[:50], rtol=1e-6)
    np.testing.assert_allclose(live.hidden, whole.hidden[:50], rtol=1e-6)
