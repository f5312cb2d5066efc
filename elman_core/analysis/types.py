"""What is looked at, and what is seen: plain data, made without torch."""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from elman_core.analysis.symbol_errors import SymbolErrors
from elman_core.analysis.units import Unit
from elman_core.config import Loss, NetworkConfig
from elman_core.data.dataset import SequenceDataset
from elman_core.training.checkpoints import Checkpoint
from elman_core.training.events import Response, Snapshot

__all__ = [
    "Analysis",
    "Clamps",
    "Clustering",
    "Clusters",
    "Distance",
    "Dynamics",
    "FixedPoints",
    "Inspection",
    "InspectionRequest",
    "Landscape",
    "Lesions",
    "Linkage",
    "Projection",
    "StateSpace",
    "Untrained",
]

Array = NDArray[np.float64]
Linkage = Literal["average", "complete", "single", "ward"]
Distance = Literal["euclidean", "cosine", "correlation", "cityblock"]


class Analysis(Enum):
    """What takes some work to see."""

    STATES = auto()
    DYNAMICS = auto()
    LANDSCAPE = auto()
    LESIONS = auto()
    CLUSTERS = auto()
    ERRORS = auto()


@dataclass(frozen=True)
class Clamps:
    """Which units are held, and at what value; a lesion is a unit held at 0.

    A context unit may be held while its hidden unit is not: then the output still sees the unit, the next step does
    not.
    """

    values: Mapping[Unit, float] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.values)

    def with_clamps(self, units: Mapping[Unit, float | None]) -> Clamps:
        """Return the same with some more units held; None lets one go."""
        values = dict(self.values) | dict(units)
        return Clamps({unit: value for unit, value in values.items() if value is not None})


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
class Clustering:
    """How symbols are clustered.

    Attributes
    ----------
    linkage, distance
        As scipy calls them.
    before
        How many symbols before a symbol belong to what is clustered: 0 for each symbol whatever came before it, 1 or 2
        for each symbol in its context (Elman 1990, fig. 8 and 9).
    symbol
        In context, only this symbol; None for all.
    with_control
        Whether the untrained network of the same seed is clustered too.
    """

    linkage: Linkage = "average"
    distance: Distance = "euclidean"
    before: int = 0
    symbol: str | None = None
    with_control: bool = False


@dataclass(frozen=True)
class Clusters:
    """A tree of symbols, or of symbols in context, by their mean hidden vectors.

    Attributes
    ----------
    names : (S,)
        In context, what came before stands first and the symbol last.
    classes : (S,)
        The class of each symbol; empty for one that has none.
    counts : (S,)
        How often each was met.
    merges : (S - 1, 4)
        As scipy has them: the two nodes that are joined, their distance, and how many leaves the new node has.
    order : (S,)
        The leaves from top to bottom, so that no branches cross.
    means : (S, H)
    distances : (S, S)
        Of the means from each other.
    left_out
        How many more there were, each met less often.
    """

    names: tuple[str, ...]
    classes: tuple[str, ...]
    counts: NDArray[np.int64]
    merges: Array
    order: NDArray[np.int64]
    means: Array
    distances: Array
    left_out: int = 0


@dataclass(frozen=True)
class Untrained:
    """What the hidden units did before training, which does not change while a network trains.

    Attributes
    ----------
    dataset, network, seed
        What it belongs to.
    first_row
        The row that the first state answers, counted as a response's `first_row` is.
    hidden : (T, H)
    """

    dataset: SequenceDataset
    network: NetworkConfig
    seed: int
    first_row: int
    hidden: NDArray[np.float32]

    def belongs_to(self, dataset: SequenceDataset, network: NetworkConfig, seed: int) -> bool:
        """Whether it is of this series and this network."""
        return dataset is self.dataset and network == self.network and seed == self.seed

    def beside(self, response: Response) -> NDArray[np.float32] | None:
        """Return the states at a response's rows; None where they are not all known."""
        start = response.first_row - self.first_row
        stop = start + len(response.hidden)
        return self.hidden[start:stop] if start >= 0 and stop <= len(self.hidden) else None


@dataclass(frozen=True)
class InspectionRequest:
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
    seed
        Of network 0's initial weights.
    clustering
        How symbols are clustered.
    untrained
        What was seen of the untrained network before, if anything.
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
    clamps: Clamps = field(default_factory=Clamps)
    response: Response | None = None
    path: tuple[Checkpoint, ...] = ()
    analyses: Set[Analysis] = frozenset()
    like: Projection | None = None
    seed: int = 0
    clustering: Clustering = field(default_factory=Clustering)
    untrained: Untrained | None = None
    cycle: int = 3


@dataclass(frozen=True)
class Inspection:
    """What was seen; None for what was not asked for.

    Attributes
    ----------
    clustering
        How symbols were clustered, if they were.
    clusters
        None also where there are fewer than two to cluster, or states that are not finite.
    control
        The same of the untrained network with the same seed, all its units free.
    untrained
        To be given to the next look.
    """

    snapshot: Snapshot
    clamps: Clamps
    states: StateSpace | None = None
    dynamics: Dynamics | None = None
    landscape: Landscape | None = None
    lesions: Lesions | None = None
    clustering: Clustering | None = None
    clusters: Clusters | None = None
    control: Clusters | None = None
    untrained: Untrained | None = None
    errors: SymbolErrors | None = None
