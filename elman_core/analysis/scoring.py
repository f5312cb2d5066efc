"""Scoring the network that is shown: with units held, as it was at an earlier epoch, or while it learns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch

from elman_core.analysis.types import InspectionRequest
from elman_core.data.splits import Part
from elman_core.experiments.scorecard import Measure, scorecard_of
from elman_core.forecasting.comparison import Baselines
from elman_core.forecasting.horizons import score_as_trained
from elman_core.forecasting.scores import PartScores
from elman_core.model.clamps import clamped_network
from elman_core.model.network import ElmanNetwork
from elman_core.support.jobs import Job

__all__ = ["NetworkScores", "ShownScorer"]


@dataclass(frozen=True)
class NetworkScores:
    """The scores of a network by part; and its measures beside a paper, if there is one."""

    scores: Mapping[Part, PartScores | None]
    measures: tuple[Measure, ...]


class ShownScorer:
    """Scores one network after another; what the baselines of a dataset reach is computed with the first one."""

    def __init__(self) -> None:
        self._baselines: Baselines | None = None

    def __call__(self, request: InspectionRequest) -> Job[NetworkScores]:
        """Score the network of a request with the units held that it says."""
        dataset = request.dataset
        if self._baselines is None or self._baselines.dataset is not dataset:
            self._baselines = None  # so that two large datasets are never held at once
            self._baselines = Baselines(dataset)
        weights = (torch.from_numpy(np.array(weights))[None] for weights in (request.w1, request.w2))
        network = clamped_network(ElmanNetwork(request.network, *weights), request.clamps)
        scores = yield from score_as_trained(network, dataset, request.response, self._baselines)
        measures = yield from scorecard_of(dataset.source, network, request.seed)
        return NetworkScores(scores, measures)
