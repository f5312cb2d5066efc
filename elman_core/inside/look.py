"""Looking inside: all that the views of a network show at one moment, in one job."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass, field
from enum import Enum, auto

import numpy as np
import torch
from numpy.typing import NDArray

from elman_core.config import Loss, NetworkConfig
from elman_core.data.dataset import SequenceDataset
from elman_core.forecast import respond
from elman_core.inside.dynamics import Dynamics, dynamics
from elman_core.inside.held import Held, held_network
from elman_core.inside.landscape import Landscape, landscape
from elman_core.inside.lesions import Lesions, lesions
from elman_core.inside.state_space import Projection, StateSpace, state_space
from elman_core.job import Job
from elman_core.network import ElmanNetwork
from elman_core.updates import Response, Snapshot
from elman_core.weight_path import WeightPoint

__all__ = ["Aspect", "Inside", "Look", "look_inside"]


class Aspect(Enum):
    """What takes some work to see."""

    STATES = auto()
    DYNAMICS = auto()
    LANDSCAPE = auto()
    LESIONS = auto()


@dataclass(frozen=True)
class Look:
    """What is looked at.

    Attributes
    ----------
    w1 : (P, H)
    w2 : (R, O)
        Of network 0.
    response
        How it responds, where that is known already.
    path
        The weights kept along the run so far.
    like
        Principal components of the picture before, whose signs are kept.
    """

    dataset: SequenceDataset
    network: NetworkConfig
    loss: Loss
    epoch: int
    time_step: int
    w1: NDArray[np.floating]
    w2: NDArray[np.floating]
    held: Held = field(default_factory=Held)
    response: Response | None = None
    path: tuple[WeightPoint, ...] = ()
    aspects: Set[Aspect] = frozenset()
    like: Projection | None = None


@dataclass(frozen=True)
class Inside:
    """What was seen; None for what was not asked for."""

    snapshot: Snapshot
    held: Held
    states: StateSpace | None = None
    dynamics: Dynamics | None = None
    landscape: Landscape | None = None
    lesions: Lesions | None = None


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
        targets = dataset.scale.apply(dataset.values[first + 1 : first + 1 + len(response.hidden)])
        seen_dynamics = dynamics(intact, response.hidden, targets, look.loss)
    if Aspect.LANDSCAPE in look.aspects:
        part = slice(0, dataset.train_steps)
        seen_landscape = yield from landscape(
            look.network, look.path, dataset.inputs[part], dataset.targets[part], look.loss
        )
    if Aspect.LESIONS in look.aspects:
        seen_lesions = yield from lesions(intact, dataset)
    return Inside(snapshot, look.held, states, seen_dynamics, seen_landscape, seen_lesions)
