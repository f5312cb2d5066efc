"""Networks that are trained for the manual's pictures, and all that the views show of them."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from elman_core.analysis.damage.results import DamageResults
from elman_core.analysis.damage.study import damage_study
from elman_core.analysis.inspection import inspect_network
from elman_core.analysis.types import Analysis, Clustering, Inspection, InspectionRequest
from elman_core.config.damage import DamageConfig
from elman_core.data.dataset import Part
from elman_core.experiment import Run
from elman_core.experiments import BUILT_IN, begin
from elman_core.experiments.factory import begin_named
from elman_core.experiments.scorecard import Measure, scorecard_of
from elman_core.forecasting.automatic.fit import ForecasterFit
from elman_core.forecasting.horizons import score_as_trained
from elman_core.forecasting.running import first_network
from elman_core.forecasting.scores import PartScores
from elman_core.forecasting.whole import WholeForecast, look_at_whole, ruler_of
from elman_core.support.jobs import complete
from elman_core.support.resources import resource
from elman_core.training.course import Course
from elman_core.training.events import Snapshot
from elman_core.training.history import History
from elman_core.training.trainer import Trainer

__all__ = ["Fitted", "Trained", "damaged_built_in", "fitted_built_in", "trained_built_in", "trained_sample_text"]


@dataclass(frozen=True)
class Trained:
    """A trained run, and what is seen inside it."""

    run: Run
    snapshot: Snapshot
    scores: dict[Part, PartScores | None]
    inside: Inspection
    measures: tuple[Measure, ...]

    @property
    def course(self) -> Course:
        """How it learned."""
        return Course(self.run.history)


def trained_built_in(name: str, analyses: frozenset[Analysis] = frozenset()) -> Trained:
    """Train a built-in experiment as it stands."""
    chosen = BUILT_IN[name]
    return _trained(begin(name, chosen.table(), chosen.data, chosen.network, chosen.training), analyses)


@dataclass(frozen=True)
class Fitted:
    """A part of a forecaster, and what all parts predict beside it."""

    run: Run
    snapshot: Snapshot
    whole: WholeForecast


def fitted_built_in(name: str) -> Fitted:
    """Fit the forecaster of a built-in series, and look at its part on what least squares leave that counts most."""
    chosen = BUILT_IN[name]
    fit = ForecasterFit(name, chosen.table(), chosen.data, chosen.automatic)
    for _ in fit.updates():
        pass
    forecaster = fit.forecaster
    assert forecaster is not None
    places = [place for place in range(len(forecaster.parts)) if ruler_of(forecaster, place) not in (None, place)]
    place = max(places, key=lambda place: forecaster.parts[place].one_step)
    run = forecaster.parts[place].run
    snapshot = complete(Trainer(run, device="cpu").snapshot(whole=True))
    return Fitted(run, snapshot, complete(look_at_whole(forecaster, place, snapshot.response)))


def damaged_built_in(name: str, networks: int, epochs: int) -> DamageResults:
    """Train some networks of a built-in experiment, and damage them in every way."""
    chosen = BUILT_IN[name]
    training = chosen.training.replace(networks=networks, epochs=epochs)
    run = begin(name, chosen.table(), chosen.data, chosen.network, training)
    trainer = Trainer(run, device="cpu")
    for _ in trainer.updates():
        pass
    return complete(damage_study(replace(run, weights=trainer.weights()), DamageConfig()))


def trained_sample_text() -> Trained:
    """Learn the words of the sample text."""
    run, _ = begin_named(str(resource("data/sentences.txt")), {}, {}, {"epochs": 40}, {"unit": "words"})
    return _trained(run, frozenset())


def _trained(run: Run, analyses: frozenset[Analysis]) -> Trained:
    trainer, history = Trainer(run, device="cpu"), History()
    history.extend(trainer.updates(keep_checkpoints=True))
    run = replace(run, weights=trainer.weights(), history=history)
    snapshot = complete(trainer.snapshot(whole=True))
    w1, w2 = snapshot.own
    request = InspectionRequest(
        run.dataset, run.network, run.training.loss, snapshot.epoch, 0, np.array(w1), np.array(w2),
        response=snapshot.response, path=history.path.points, analyses=analyses, seed=run.training.seed,
        clustering=Clustering(),
    )  # fmt: skip
    network = first_network(trainer.network)
    return Trained(
        run,
        snapshot,
        complete(score_as_trained(network, run.dataset, snapshot.response)),
        complete(inspect_network(request)),
        complete(scorecard_of(run.dataset.source, network, run.training.seed)),
    )
