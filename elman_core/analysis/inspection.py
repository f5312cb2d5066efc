"""Looking inside: all that the views of a network show at one moment, in one job."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch

from elman_core.analysis.clusters import clusters
from elman_core.analysis.dynamics import dynamics
from elman_core.analysis.landscape import LANDSCAPE_STEPS, landscape
from elman_core.analysis.lesions import lesions
from elman_core.analysis.sentence_predictions import sentence_errors
from elman_core.analysis.state_space import state_space
from elman_core.analysis.symbol_errors import symbol_errors
from elman_core.analysis.types import Aspect, Clusters, Inside, Look, Untrained
from elman_core.analysis.untrained import untrained_beside
from elman_core.forecasting.prediction import respond
from elman_core.model.clamps import held_network
from elman_core.model.network import ElmanNetwork
from elman_core.support.jobs import Job
from elman_core.training.events import Response, Snapshot

__all__ = ["look_inside"]


def look_inside(look: Look) -> Job[Inside]:
    """See all that is asked for."""
    intact = ElmanNetwork(look.network, *(torch.from_numpy(np.array(w))[None] for w in (look.w1, look.w2)))
    network = held_network(intact, look.held)
    response = look.response
    if response is None:
        response = yield from respond(network, look.dataset)
    yield 0.5
    dataset = look.dataset
    w1, w2 = look.w1[None], look.w2[None]
    snapshot = Snapshot(look.epoch, look.time_step, w1, w2, response)
    states = state_space(network, response, look.like) if Aspect.STATES in look.aspects else None
    yield 0.6
    seen_dynamics = seen_landscape = seen_lesions = None
    if Aspect.DYNAMICS in look.aspects:
        first = response.first_row - 1
        targets = dataset.scaled(slice(first + 1, first + 1 + len(response.hidden)))
        seen_dynamics = dynamics(intact, response.hidden, targets, look.loss)
    if Aspect.LANDSCAPE in look.aspects:
        steps = min(dataset.train_steps, LANDSCAPE_STEPS)
        inputs, targets = dataset.scaled(slice(0, steps)), dataset.scaled(slice(1, steps + 1))
        seen_landscape = yield from landscape(look.network, look.path, inputs, targets, look.loss)
    if Aspect.LESIONS in look.aspects:
        seen_lesions = yield from lesions(intact, dataset)
    inside = Inside(snapshot, look.held, states, seen_dynamics, seen_landscape, seen_lesions)
    if Aspect.CLUSTERS in look.aspects and dataset.symbols is not None:
        found, control, untrained = yield from _clusters(look, response)
        inside = replace(inside, clustering=look.clustering, clusters=found, control=control, untrained=untrained)
    if Aspect.ERRORS in look.aspects and dataset.symbols is not None:
        seen_errors = symbol_errors(response, dataset, look.cycle, sentence_errors(network, dataset))
        inside = replace(inside, errors=seen_errors)
    return inside


def _clusters(look: Look, response: Response) -> Job[tuple[Clusters | None, Clusters | None, Untrained | None]]:
    """Cluster symbols, and beside them, where that is wanted, those of the untrained network at the same rows."""
    symbols = look.dataset.symbols
    assert symbols is not None
    first = response.first_row - 1
    codes = symbols.codes[first : first + len(response.hidden)]
    found = clusters(response.hidden, codes, symbols.vocabulary, look.clustering, symbols.blank)
    if not look.clustering.with_control:
        return found, None, None
    untrained = yield from untrained_beside(look, response)
    states = untrained.beside(response)
    assert states is not None
    return found, clusters(states, codes, symbols.vocabulary, look.clustering, symbols.blank), untrained
