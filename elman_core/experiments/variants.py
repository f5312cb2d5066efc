"""Variants: other networks to compare a built-in experiment's own with, trained when they are asked for.

They differ from the experiment only in what is declared here; data, seed, epochs and fresh stream are the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from elman_core.config import ALL, Optimizer
from elman_core.experiment import Run
from elman_core.experiments import BUILT_IN, begin
from elman_core.support.jobs import Job, within

if TYPE_CHECKING:
    from elman_core.experiments.scorecard import Measure

__all__ = ["VARIANTS", "Variant", "compare", "variant_experiment", "what_is_compared"]

_TRAINING_SHARE = 0.9


@dataclass(frozen=True)
class Variant:
    """A network to compare with.

    Attributes
    ----------
    title
        What differs, in a few words.
    how
        How it is trained.
    measures
        The names of the scorecard's measures to show.
    network, training
        The settings that differ from the experiment's own.
    """

    title: str
    how: str
    measures: tuple[str, ...]
    network: Mapping[str, Any] = field(default_factory=dict)
    training: Mapping[str, Any] = field(default_factory=dict)


# Full BPTT goes back through 3,000 steps; with an update after each of them it would take 3,000 times as long. So there
# is one update a pass; as these are few, Adam makes them.
_FULL_BPTT = {"update_every": ALL, "truncation": ALL, "optimizer": Optimizer.ADAM, "learning_rate": 0.03}
_ONE_MOVE = "the error goes back through the whole pass, after which Adam moves the weights once"
_THIRD_BIT = ("squared error, third bit (a xor b)", "third bits right, %")

VARIANTS: Mapping[str, tuple[Variant, ...]] = {
    "temporal-xor": (
        Variant("8 hidden units", "the same one-step rule", _THIRD_BIT, network={"hidden": 8}),
        Variant("full BPTT", _ONE_MOVE, _THIRD_BIT, training=_FULL_BPTT),
        Variant(
            "8 hidden units and full BPTT", "both of these", _THIRD_BIT, network={"hidden": 8}, training=_FULL_BPTT
        ),
    ),
}
"""By the name of the experiment."""


def what_is_compared(name: str) -> str:
    """Describe the networks that `compare` trains in a few words; empty where there are none."""
    variants = VARIANTS.get(name, ())
    if not variants:
        return ""
    each = "; ".join(f"{variant.title} ({variant.how})" for variant in variants)
    return f"{each}. Trained for {BUILT_IN[name].training.epochs:,} passes from the same seed, scored on a fresh stream"


def variant_experiment(name: str, variant: Variant, seed: int) -> Run:
    """Return the variant of a built-in experiment, untrained."""
    built_in = BUILT_IN[name]
    training = built_in.training.replace(seed=seed, **variant.training)
    return begin(name, built_in.table(), built_in.data, built_in.network.replace(**variant.network), training)


def compare(name: str, seed: int, fresh: int, engine: str = "auto") -> Job[tuple[Measure, ...]]:
    """Train every variant of an experiment on the CPU, and return its measures on the stream of the seed `fresh`.

    Parameters
    ----------
    name
        A built-in experiment; one without variants gives no measures.
    seed
        Seed of the initial weights of every variant.
    fresh
        The seed of the fresh stream; the training's, as in `scorecard_of`.
    engine
        What moves the weights: auto, compiled or tensors.
    """
    yield 0.0
    variants = VARIANTS.get(name, ())
    found: tuple[Measure, ...] = ()
    for index, variant in enumerate(variants):
        job = _train_and_score(name, variant, seed, fresh, engine)
        found += yield from within(job, index / len(variants), (index + 1) / len(variants))
    return found


def _train_and_score(name: str, variant: Variant, seed: int, fresh: int, engine: str) -> Job[tuple[Measure, ...]]:
    # Imported here, so that the variants can be listed without loading torch.
    from elman_core.experiments.scorecard import scorecard
    from elman_core.training.trainer import Trainer

    experiment = variant_experiment(name, variant, seed)
    trainer = Trainer(experiment, device="cpu", engine=engine)
    for update in trainer.updates():
        yield _TRAINING_SHARE * update.epoch / experiment.training.epochs
    measures = yield from within(scorecard(name, trainer.network, fresh), _TRAINING_SHARE, 1.0)
    return tuple(
        replace(measure, name=f"{variant.title}: {measure.name}", paper="", goal="", reached=None, beside=True)
        for measure in measures
        if measure.name in variant.measures
    )
