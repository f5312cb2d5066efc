"""Other networks beside an experiment's own: what differs in them, and what they reach."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from statistics import median

import numpy as np
import pytest
import torch

from elman_core.experiments import BUILT_IN, begin
from elman_core.experiments.scorecard import Measure, scorecard
from elman_core.experiments.variants import VARIANTS, Variant, compare, variant_experiment, what_is_compared
from elman_core.support.jobs import complete, within
from elman_core.training.trainer import Trainer

XOR = VARIANTS["temporal-xor"]


@pytest.fixture
def few_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let all experiments with variants end soon."""
    for name in VARIANTS:
        built_in = BUILT_IN[name]
        monkeypatch.setitem(BUILT_IN, name, replace(built_in, training=built_in.training.replace(epochs=3)))


@pytest.mark.parametrize("variant", XOR, ids=lambda variant: variant.title)
def test_a_variant_differs_from_the_experiment_in_what_it_declares_only(variant: Variant) -> None:
    own, other = BUILT_IN["temporal-xor"], variant_experiment("temporal-xor", variant, 7)
    training = {**own.training.model_dump(), "seed": 7, **variant.training}
    assert other.training.model_dump() == training
    expected = begin("temporal-xor", own.table(), own.data, own.network, own.training)
    assert other.network.model_dump() == {**expected.network.model_dump(), **variant.network}
    np.testing.assert_array_equal(other.dataset.values[:], expected.dataset.values[:])
    assert variant.network or variant.training


def test_every_variant_has_its_lines_and_its_words() -> None:
    measures = complete(scorecard("temporal-xor", Trainer(variant_experiment("temporal-xor", XOR[0], 1)).network, 1))
    for variant in XOR:
        assert set(variant.measures) <= {measure.name for measure in measures}
        assert variant.title in what_is_compared("temporal-xor") and variant.how in what_is_compared("temporal-xor")
    assert what_is_compared("sine") == ""


def by_hand(variant: Variant, seed: int, fresh: int) -> list[float]:
    trainer = Trainer(variant_experiment("temporal-xor", variant, seed), device="cpu", engine="compiled")
    list(trainer.updates())
    found = {measure.name: measure.value for measure in complete(scorecard("temporal-xor", trainer.network, fresh))}
    return [found[name] for name in variant.measures]


@pytest.mark.usefixtures("few_passes")
def test_a_comparison_trains_each_variant_from_the_seed_and_scores_it_on_the_stream_asked_for() -> None:
    shares: list[float] = []
    measures = complete(compare("temporal-xor", 5, 9, "compiled"), shares.append)
    assert [measure.value for measure in measures] == [value for variant in XOR for value in by_hand(variant, 5, 9)]
    titles = [f"{variant.title}: {name}" for variant in XOR for name in variant.measures]
    assert [measure.name for measure in measures] == titles
    assert all(measure.beside and measure.reached is None and not measure.goal for measure in measures)
    assert shares == sorted(shares) and shares[0] == 0 and 0.9 < shares[-1] <= 1


@pytest.mark.usefixtures("few_passes")
def test_the_same_seed_gives_the_same_comparison_and_another_seed_or_stream_another() -> None:
    def values(seed: int, fresh: int) -> list[float]:
        return [measure.value for measure in complete(compare("temporal-xor", seed, fresh, "compiled"))]

    assert values(1, 2) == values(1, 2)
    assert values(1, 2) != values(3, 2)
    assert values(1, 2) != values(1, 3)


def test_an_experiment_without_variants_gives_no_measures() -> None:
    assert complete(compare("letters", 1, 1)) == ()


def test_a_comparison_ends_where_it_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    ended: list[int] = []
    updates = Trainer.updates

    def watched(self: Trainer) -> Iterator[object]:
        try:
            yield from updates(self)
        finally:
            ended.append(self.epoch)

    monkeypatch.setattr(Trainer, "updates", watched)
    job = compare("temporal-xor", 1, 1, "compiled")
    for _ in range(4):
        next(job)
    job.close()
    assert len(ended) == 1 and ended[0] < 600
    with pytest.raises(StopIteration):
        next(job)


def test_a_job_within_another_goes_from_share_to_share_and_gives_its_result() -> None:
    def job() -> Iterator[float]:
        yield 0.0
        yield 0.5
        return "done"  # type: ignore[return-value]

    shares: list[float] = []
    assert complete(within(job(), 0.2, 0.6), shares.append) == "done"  # type: ignore[arg-type]
    assert shares == pytest.approx([0.2, 0.4])


def test_other_networks_solve_what_two_units_and_the_one_step_rule_do_not() -> None:
    torch.set_num_threads(1)
    cards: list[tuple[Measure, ...]] = [complete(compare("temporal-xor", seed, seed)) for seed in (1, 2, 3)]
    found = {
        name: median(card[index].value for card in cards)
        for index, name in enumerate(measure.name for measure in cards[0])
    }
    error, right = XOR[0].measures
    for variant in XOR:
        assert found[f"{variant.title}: {error}"] < 0.14  # 0.25 is chance, and the network's own 0.15
        assert found[f"{variant.title}: {right}"] > 95
    assert found[f"8 hidden units and full BPTT: {error}"] < 0.05
