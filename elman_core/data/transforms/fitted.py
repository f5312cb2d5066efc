"""What transforms were fitted to many sequences at once: applied, and undone in the data's own units."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import ArrayLike

from elman_core.data.panel import Array, Panel, Places
from elman_core.data.transforms.base import Parameters, TrainingPart, Transform
from elman_core.data.transforms.chain import Chain, applied, lost_rows, sentence
from elman_core.errors import DataError
from elman_core.support.text_format import counted

__all__ = ["FittedPipeline"]


@dataclass(frozen=True, eq=False)
class FittedPipeline:
    """A pipeline, and what it was fitted to.

    Attributes
    ----------
    transforms
        In order.
    parameters
        Of each transform, arrays (S, ...) by name.
    sequences
        S.

    Raises
    ------
    DataError
        When a parameter is missing, of another shape or not a number that fitting could have found.
    """

    transforms: tuple[Transform, ...]
    parameters: tuple[Parameters, ...]
    sequences: int

    def __post_init__(self) -> None:
        for transform, parameters in zip(self.transforms, self.parameters, strict=True):
            _check_parameters(transform, parameters, self.sequences)

    @property
    def lost_rows(self) -> int:
        """Rows at the head of a sequence that become NaN; as many are needed before a row that is undone."""
        return lost_rows(self.transforms)

    @classmethod
    def fit(
        cls, transforms: tuple[Transform, ...], values: ArrayLike, fit_rows: ArrayLike | None, panel: Panel | None
    ) -> Self:
        """Do what `Pipeline.fit` says."""
        numbers = _numbers_of(values)
        panel = panel or Panel.of(len(numbers))
        inside, panel = panel.head(panel.lengths if fit_rows is None else fit_rows)
        numbers = _refuse_infinity(numbers[inside], panel)
        sizes, lost, found = panel.largest(numbers), 0, []
        for transform in transforms:
            with np.errstate(all="ignore"):
                parameters = transform.fit(TrainingPart(numbers, panel, lost, sizes))
            _check_parameters(transform, parameters, len(panel))
            numbers = applied(transform, numbers, panel, parameters)
            sizes = transform.sizes(sizes, panel.largest(numbers), parameters)
            lost += transform.lost_rows
            found.append(parameters)
        return cls(transforms, tuple(found), len(panel))

    def tensors(self) -> dict[str, Array]:
        """Return all parameters, named such as "2.spread": the place of the transform from 0, and the parameter."""
        return {
            f"{place}.{name}": array
            for place, parameters in enumerate(self.parameters)
            for name, array in parameters.items()
        }

    @classmethod
    def of_tensors(cls, transforms: tuple[Transform, ...], tensors: Mapping[str, Array], sequences: int) -> Self:
        """Put together what `tensors` took apart.

        Raises
        ------
        DataError
            When a parameter is missing, of another shape or not a number that fitting could have found.
        """
        found: tuple[dict[str, Array], ...] = tuple({} for _ in transforms)
        for key, array in tensors.items():
            place, _, name = key.partition(".")
            if not (place.isascii() and place.isdigit() and int(place) < len(found)):
                raise DataError(f"there is no transform for the parameter {key!r}")
            found[int(place)][name] = array
        return cls(transforms, found, sequences)

    def take(self, sequences: ArrayLike) -> FittedPipeline:
        """Return what some of the sequences were fitted, in the order given."""
        chosen = np.atleast_1d(np.asarray(sequences, np.int64))
        parameters = tuple({name: array[chosen] for name, array in each.items()} for each in self.parameters)
        return FittedPipeline(self.transforms, parameters, len(chosen))

    def joined(self, other: FittedPipeline) -> FittedPipeline:
        """Return what these sequences and then others were fitted, by the same transforms."""
        parameters = tuple(
            {name: np.concatenate([array, others[name]]) for name, array in own.items()}
            for own, others in zip(self.parameters, other.parameters, strict=True)
        )
        return FittedPipeline(self.transforms, parameters, self.sequences + other.sequences)

    def apply(self, values: ArrayLike, panel: Panel | None = None) -> Array:
        """Transform (N,) values. Gaps stay NaN, and so do the first `lost_rows` rows of each sequence.

        Raises
        ------
        DataError
            When a value cannot be transformed, or not come back to 1e-10 of the largest
            |value| of its sequence, one step ahead or up to 10,000 rows from where the sequence begins.
        """
        chain = self._chain(values, panel)
        chain.refuse_what_does_not_come_back()
        return chain.transformed

    def undo_one_step(
        self, predicted: ArrayLike, values: ArrayLike, rows: slice = slice(None), panel: Panel | None = None
    ) -> Array:
        """Undo predictions one step ahead, each with the true values of the rows before it.

        Parameters
        ----------
        predicted : (n,)
            Transformed values of some rows.
        values : (N,)
            All true values. Of those in the rows predicted only earlier ones are used.
        rows
            Which of the N rows were predicted.
        panel
            Where sequences begin; without it there is one.

        Returns
        -------
        (n,)
            In the data's own units; NaN for the first `lost_rows` of a sequence, infinite where it is too large.
        """
        chain = self._chain(values, panel)
        every = chain.panel.every
        places = Places(chain.panel, every.sequence[rows], every.row[rows])
        given = np.asarray(predicted, np.float64)
        if given.shape != places.row.shape:
            raise ValueError(f"predicted must be {places.row.shape}, got {given.shape}")
        return chain.undone_one_step(given, places)

    def undo_ahead(
        self,
        predicted: ArrayLike,
        values: ArrayLike,
        origins: ArrayLike,
        sequences: ArrayLike = 0,
        panel: Panel | None = None,
    ) -> Array:
        """Undo predictions several steps ahead, each with those before it that have been undone.

        Parameters
        ----------
        predicted : (H, O)
            Transformed values of H rows from each origin on.
        values : (N,)
            True values. Only those before an origin are used for it.
        origins : (O,)
            The row within its sequence that is predicted first, from 0: how many rows are known.
        sequences : (O,) or one number
            The sequence of each origin.
        panel
            Where sequences begin; without it there is one.

        Returns
        -------
        (H, O)
            In the data's own units; infinite where it is too large.

        Raises
        ------
        DataError
            When fewer than `lost_rows` rows are known before an origin.
        """
        chain = self._chain(values, panel)
        given, first = np.asarray(predicted, np.float64), np.asarray(origins, np.int64)
        sequence = np.broadcast_to(np.asarray(sequences, np.int64), first.shape)
        if given.ndim != 2 or first.shape != given.shape[1:]:
            raise ValueError(f"predicted must be (H, O) and origins (O,), got {given.shape} and {first.shape}")
        if ((first < 0) | (first > chain.panel.lengths[sequence])).any():
            raise ValueError("an origin must be a row of its sequence, or the one after its last")
        if (first < self.lost_rows).any():
            raise DataError(
                f"{sentence(self.transforms)} needs {counted(self.lost_rows, 'row')} before those predicted, "
                f"got {first.min()}"
            )
        places = Places(chain.panel, sequence, first + np.arange(len(given))[:, np.newaxis])
        return chain.undone_ahead(given, places)

    def _chain(self, values: ArrayLike, panel: Panel | None) -> Chain:
        numbers = _numbers_of(values)
        panel = panel or Panel.of(len(numbers))
        if len(panel) != self.sequences or panel.rows != len(numbers):
            raise ValueError(
                f"{self.sequences} sequences were fitted, got {len(panel)}; "
                f"the panel has {panel.rows} rows, got {len(numbers)} values"
            )
        return Chain.of(self.transforms, self.parameters, _refuse_infinity(numbers, panel), panel)


def _numbers_of(values: ArrayLike) -> Array:
    numbers = np.asarray(values, np.float64)
    if numbers.ndim != 1 or not len(numbers):
        raise ValueError(f"values must be (N,) with at least one row, got {numbers.shape}")
    return numbers


def _refuse_infinity(values: Array, panel: Panel) -> Array:
    panel.refuse(np.isinf(values), lambda _, row: f"the value in {row} is not finite")
    return values


def _check_parameters(transform: Transform, parameters: Parameters, sequences: int) -> None:
    shapes = {name: (sequences, *shape) for name, shape in transform.parameter_shapes.items()}
    got = {name: array.shape for name, array in parameters.items()}
    if got != shapes:
        raise DataError(f"the parameters of {transform.kind} must be {shapes}, got {got}")
    for name, array in parameters.items():
        if array.dtype != np.float64 or not np.isfinite(array).all():
            raise DataError(f"the {name} of {transform.kind} is not finite: the values are too large or too far apart")
    transform.check(parameters)
