"""What is looked at, and what is seen: plain data, made without torch."""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from elman_core.config import Loss, NetworkConfig
from elman_core.data.dataset import SequenceDataset
from elman_core.inside.symbol_errors import SymbolErrors
from elman_core.inside.units import Unit
from elman_core.updates import Response, Snapshot
from elman_core.weight_path import WeightPoint

__all__ = [
    "Aspect",
    "Clusters",
    "Distance",
    "Dynamics",
    "FixedPoints",
    "Held",
    "Inside",
    "Landscape",
    "Lesions",
    "Linkage",
    "Look",
    "Projection",
    "StateSpace",
]

Array = NDArray[np.float64]
Linkage = Literal["average", "complete", "single", "ward"]
Distance = Literal["euclidean", "cosine", "correlation", "cityblock"]


class Aspect(Enum):
    """What takes some work to see."""

    STATES = auto()
    DYNAMICS = auto()
    LANDSCAPE = auto()
    LESIONS = auto()
    CLUSTERS = auto()
    ERRORS = auto()


@dataclass(frozen=True)
class Held:
    """Which units are held, and at what value; a lesion is a unit held at 0.

    A context unit may be held while its hidden unit is not: then the output still sees the unit, the next step does
    not.
    """

    values: Mapping[Unit, float] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.values)

    def holding(self, units: Mapping[Unit, float | None]) -> Held:
        """Return the same with some more units held; None lets one go."""
        values = dict(self.values) | dict(units)
        return Held({unit: value for unit, value in values.items() if value is not None})


@dataclass(frozen=True)
class Projection:
    """The directions in which states differ most.

    Attributes
    ----------
    mean : (H,)
    components : (C, H)
        Orthonormal, C at most 3.
    explained : (C,)
        Share of the states' variance along each, from 0 to 1.
    """

    mean: Array
    components: Array
    explained: Array

    def of(self, states: NDArray[np.floating]) -> Array:
        """(..., H) -> (..., C)."""
        return np.asarray((states - self.mean) @ self.components.T, np.float64)


@dataclass(frozen=True)
class FixedPoints:
    """States that the free-running network maps to themselves.

    Attributes
    ----------
    states : (K, H)
    stable : (K,)
        Whether states near by are drawn to it: every eigenvalue of the map's Jacobian is within the unit circle.
    """

    states: Array
    stable: NDArray[np.bool_]


@dataclass(frozen=True)
class StateSpace:
    """States in their principal components.

    Attributes
    ----------
    first_row
        The row that the first state answers.
    states : (T, C)
        While the network is fed with the true series.
    free_first_row
        The row that the first state of the free run answers.
    free : (F, C)
        While it is fed with its own predictions.
    fixed_points
        In the space of all units.
    field_at, field : (G, C)
        On a grid in the plane of the first two components, through the mean: the point, and how far from it the
        free-running map leads within one step.
    """

    projection: Projection
    first_row: int
    states: Array
    free_first_row: int
    free: Array
    fixed_points: FixedPoints
    field_at: Array
    field: Array


@dataclass(frozen=True)
class Dynamics:
    """How the context units carry the past on.

    Attributes
    ----------
    eigenvalues : (H,)
        Of the recurrent weights W_hh, the rows of w1 that come from the context units.
    reach : (K,)
        Mean norm of d loss_t / d context_{t-k} over t, for k = 0, 1, ...; context_t is what step t begins with.
    """

    eigenvalues: NDArray[np.complex128]
    reach: NDArray[np.float64]

    @property
    def spectral_radius(self) -> float:
        """The largest absolute value among the eigenvalues: above 1, a linear recurrence grows."""
        return float(np.abs(self.eigenvalues).max())


@dataclass(frozen=True)
class Landscape:
    """The loss around the path.

    Attributes
    ----------
    first, second : (G,)
        Distances along the two directions, in units of weight.
    loss : (G, G)
        Mean loss of a time step at [second, first]; infinite where it is not finite.
    path : (K, 2)
        The kept weights, projected.
    path_epochs : (K,)
    explained : (2,)
        Share of the path's variance along each direction.
    steps
        Time steps that the loss is taken over.
    """

    first: Array
    second: Array
    loss: Array
    path: Array
    path_epochs: NDArray[np.int64]
    explained: Array
    steps: int


@dataclass(frozen=True)
class Lesions:
    """The root mean squared error of one-step prediction, in the network's units.

    Attributes
    ----------
    intact
        Of the network as it is.
    without : (H,)
        With each hidden unit held at 0 in turn.
    without_context : (H,)
        With each context unit held at 0 in turn: the output still sees the hidden unit.
    no_context
        With every context unit held at 0: a network without memory.
    """

    intact: float
    without: NDArray[np.float64]
    without_context: NDArray[np.float64]
    no_context: float


@dataclass(frozen=True)
class Clusters:
    """A tree of symbols by their mean hidden vectors.

    Attributes
    ----------
    names : (S,)
    counts : (S,)
        How often each symbol was met.
    merges : (S - 1, 4)
        As scipy has them: the two nodes that are joined, their distance, and how many symbols the new node has.
    order : (S,)
        The symbols from top to bottom, so that no branches cross.
    means : (S, H)
    """

    names: tuple[str, ...]
    counts: NDArray[np.int64]
    merges: Array
    order: NDArray[np.int64]
    means: Array


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
    linkage, distance
        How symbols are clustered.
    cycle
        The length of the cycle that the errors of symbols are taken by.
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
    linkage: Linkage = "average"
    distance: Distance = "euclidean"
    cycle: int = 3


@dataclass(frozen=True)
class Inside:
    """What was seen; None for what was not asked for."""

    snapshot: Snapshot
    held: Held
    states: StateSpace | None = None
    dynamics: Dynamics | None = None
    landscape: Landscape | None = None
    lesions: Lesions | None = None
    clusters: Clusters | None = None
    errors: SymbolErrors | None = None
