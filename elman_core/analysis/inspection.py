"""Looking inside: all that the views of a network show at one moment, in one job."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray

from elman_core.analysis.chosen_steps import first_training_steps
from elman_core.analysis.clusters import clusters
from elman_core.analysis.dynamics import dynamics
from elman_core.analysis.landscape import LANDSCAPE_STEPS, landscape
from elman_core.analysis.lesions import lesions
from elman_core.analysis.sentence_predictions import sentence_errors
from elman_core.analysis.state_space import state_space
from elman_core.analysis.symbol_errors import symbol_errors
from elman_core.analysis.types import Analysis, Clusters, Inspection, InspectionRequest, Untrained
from elman_core.analysis.untrained import untrained_beside
from elman_core.data.dataset import SequenceDataset
from elman_core.data.kind import DataKind
from elman_core.forecasting.prediction import respond
from elman_core.model.clamps import clamped_network
from elman_core.model.network import ElmanNetwork
from elman_core.support.jobs import Job
from elman_core.training.events import Response, Snapshot

__all__ = ["inspect_network"]

_MOST_STEPS_OF_SEQUENCES = 20_000
"""Of many sequences, whose gradients are followed back; the first ones."""


def inspect_network(request: InspectionRequest) -> Job[Inspection]:
    """See all that is asked for."""
    intact = ElmanNetwork(request.network, *(torch.from_numpy(np.array(w))[None] for w in (request.w1, request.w2)))
    network = clamped_network(intact, request.clamps)
    response = request.response
    if response is None:
        response = yield from respond(network, request.dataset)
    yield 0.5
    dataset = request.dataset
    w1, w2 = request.w1[None], request.w2[None]
    snapshot = Snapshot(request.epoch, request.time_step, w1, w2, response)
    states = None
    if Analysis.STATES in request.analyses:
        states = state_space(network, response, request.like, maps_to_itself=dataset.encoding.is_plain)
    yield 0.6
    seen_dynamics = seen_landscape = seen_lesions = None
    if Analysis.DYNAMICS in request.analyses:
        rows, ages = _rows_and_ages(dataset, response)
        some = slice(None if not dataset.panel.has_several else _MOST_STEPS_OF_SEQUENCES)
        targets = dataset.step_targets((rows - np.minimum(ages, 0))[some])
        seen_dynamics = dynamics(
            intact, response.hidden[some], response.outputs[some], targets, request.loss, ages[some]
        )
    if Analysis.LANDSCAPE in request.analyses:
        steps = first_training_steps(dataset, LANDSCAPE_STEPS)
        seen_landscape = yield from landscape(request.network, request.path, steps, request.loss)
    if Analysis.LESIONS in request.analyses:
        seen_lesions = yield from lesions(intact, dataset)
    inside = Inspection(snapshot, request.clamps, states, seen_dynamics, seen_landscape, seen_lesions)
    if Analysis.CLUSTERS in request.analyses and dataset.kind is DataKind.SYMBOLS:
        found, control, untrained = yield from _clusters(request, response)
        inside = replace(inside, clustering=request.clustering, clusters=found, control=control, untrained=untrained)
    if Analysis.ERRORS in request.analyses and dataset.kind is DataKind.SYMBOLS:
        seen_errors = symbol_errors(response, dataset, request.cycle, sentence_errors(network, dataset))
        inside = replace(inside, errors=seen_errors)
    return inside


def _clusters(
    request: InspectionRequest, response: Response
) -> Job[tuple[Clusters | None, Clusters | None, Untrained | None]]:
    """Cluster symbols, and beside them, where that is wanted, those of the untrained network at the same rows."""
    symbols = request.dataset.symbols
    assert symbols is not None
    rows, ages = _rows_and_ages(request.dataset, response)
    codes = symbols.codes[rows]
    found = clusters(response.hidden, codes, symbols.vocabulary, request.clustering, symbols.blank, ages)
    if not request.clustering.with_control:
        return found, None, None
    untrained = yield from untrained_beside(request, response)
    states = untrained.beside(response)
    assert states is not None
    return found, clusters(states, codes, symbols.vocabulary, request.clustering, symbols.blank, ages), untrained


def _rows_and_ages(dataset: SequenceDataset, response: Response) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the row that each state of a response answers, and the steps it has behind it in its sequence."""
    first = response.first_row - 1
    rows = np.arange(first, first + len(response.hidden))
    return rows, rows - dataset.first_rows[dataset.sequence_of_row[rows]]
