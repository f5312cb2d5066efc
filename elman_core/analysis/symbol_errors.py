"""How wrong predictions of symbols are: by place, and as a sign of where a group begins (Elman 1990, figs. 3, 6)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from elman_core.data.dataset import SequenceDataset
from elman_core.data.kind import DataKind
from elman_core.training.events import Response

__all__ = [
    "LEAST_CASES",
    "MOST_PLACES",
    "PlaceErrors",
    "RocCurve",
    "SentenceErrors",
    "SymbolErrors",
    "area_under_curve",
    "cycle_places",
    "errors_by_position",
    "has_sentence",
    "roc_curve",
    "row_errors",
    "symbol_errors",
]

MOST_PLACES = 12
"""Places of a group that are told apart; all later ones are grouped."""
LEAST_CASES = 5
"""A place that was met less often is left out."""

Array = NDArray[np.float64]
Places = NDArray[np.int64]


@dataclass(frozen=True)
class PlaceErrors:
    """The error by place.

    Attributes
    ----------
    places : (P,)
        From 0, in their order; only those with `LEAST_CASES` cases or more.
    rmse, mean : (P,)
        Root of the mean squared error, and mean error, of the rows at each place.
    counts : (P,)
        How many rows that are.
    whole
        Root of the mean squared error of all rows, those left out too.
    and_later
        The place that all later ones are grouped with; None where there are no later ones.
    left_out
        How many rows stand at places that are left out.
    """

    places: Places
    rmse: Array
    mean: Array
    counts: Places
    whole: float
    and_later: int | None
    left_out: int


@dataclass(frozen=True)
class RocCurve:
    """What a threshold finds, and what it takes for a find, as it falls from above the highest score.

    Attributes
    ----------
    false_positive, true_positive : (K + 1,)
        Shares from 0 to 1, one point for each of K different scores, after (0, 0).
    thresholds : (K + 1,)
        The score from which on a point's cases are taken; infinite for none.
    area
        Under the curve: 0.5 for chance, 1 where every positive has a higher score than all others.
    """

    false_positive: Array
    true_positive: Array
    thresholds: Array
    area: float


@dataclass(frozen=True)
class SentenceErrors:
    """The error letter by letter.

    Attributes
    ----------
    letters : L
    first : (L,)
        Whether a letter is the first one of a word.
    errors : (L,)
    """

    letters: str
    first: NDArray[np.bool_]
    errors: Array


@dataclass(frozen=True)
class SymbolErrors:
    """How wrong each prediction of a symbol is.

    Attributes
    ----------
    first_row
        The row that the first error is of.
    errors : (T,)
        Root of the mean squared error over the outputs; NaN where a sequence begins.
    group
        What the groups of symbols are; empty where there are none.
    by_group
        By the place in the group; None where there are no groups.
    cycle, by_cycle
        The length of a cycle, and the errors by the place in it.
    roc
        How well a high error finds the first symbol of each group; None where there are no groups, or no numbers.
    sentence
        The paper's sentence, in the experiment that has it.
    """

    first_row: int
    errors: Array
    group: str
    by_group: PlaceErrors | None
    cycle: int
    by_cycle: PlaceErrors
    roc: RocCurve | None
    sentence: SentenceErrors | None


def symbol_errors(
    response: Response, dataset: SequenceDataset, cycle: int, sentence: SentenceErrors | None = None
) -> SymbolErrors | None:
    """Return the errors of the rows that a response covers; None where rows are no symbols."""
    symbols = dataset.symbols
    if symbols is None:
        return None
    errors, first = row_errors(response, dataset), response.first_row
    rows = first + np.flatnonzero(dataset.is_predicted[first : first + len(errors)])
    predicted = errors[rows - first]  # nothing is before the first row of a sequence, from which it could be predicted
    begins_at = dataset.panel.starts[dataset.sequence_of_row[rows]]
    by_cycle = errors_by_position(predicted, cycle_places(rows - begins_at, cycle))
    by_group = roc = None
    if symbols.position is not None:
        places = symbols.position[rows]
        by_group = errors_by_position(predicted, places, MOST_PLACES)
        begins = places == 0
        if np.isfinite(predicted).all() and begins.any() and not begins.all():
            roc = roc_curve(predicted, begins)
    group = "" if by_group is None else symbols.group
    return SymbolErrors(first, errors, group, by_group, cycle, by_cycle, roc, sentence)


def has_sentence(dataset: SequenceDataset) -> bool:
    """Whether this is the stream of the paper's experiment with words."""
    return dataset.kind is DataKind.SYMBOLS and (dataset.source.kind, dataset.source.name) == ("built-in", "words")


def row_errors(response: Response, dataset: SequenceDataset, some: slice = slice(None)) -> Array:
    """Return the error of each row that a response predicts: sqrt(mean over outputs of (y - target)^2), (T,).

    `some` of the predictions, counted from 0, or all.
    """
    start, stop, _ = some.indices(min(len(response.one_step), dataset.rows - response.first_row))
    truth = dataset.values[response.first_row + start : response.first_row + stop]
    with np.errstate(over="ignore", invalid="ignore"):
        errors: Array = np.sqrt(np.square(response.one_step[start:stop] - truth).mean(axis=1))
    return errors


def cycle_places(rows: Places, length: int) -> Places:
    """Return the place of rows, counted from the beginning of their sequence, in a cycle of `length` rows."""
    return rows % length


def errors_by_position(errors: Array, places: Places, most_places: int | None = None) -> PlaceErrors:
    """Take together the rows at each place.

    Parameters
    ----------
    errors : (T,)
    places : (T,)
        From 0.
    most_places
        How many places are told apart, the last of them with all later ones; None for all.
    """
    beyond = most_places is not None and len(places) > 0 and int(places.max()) >= most_places
    if beyond and most_places is not None:
        places = np.minimum(places, most_places - 1)
    counts = np.bincount(places)
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        squares = np.square(errors)
        rmse = np.sqrt(np.bincount(places, squares) / counts)
        mean = np.bincount(places, errors) / counts
        whole = float(np.sqrt(squares.mean())) if len(squares) else np.nan
    kept = np.nonzero(counts >= LEAST_CASES)[0]
    and_later = most_places - 1 if beyond and most_places is not None and most_places - 1 in kept else None
    return PlaceErrors(
        kept, rmse[kept], mean[kept], counts[kept], whole, and_later, len(errors) - int(counts[kept].sum())
    )


def roc_curve(scores: Array, positive: NDArray[np.bool_]) -> RocCurve:
    """Return what each threshold finds, of scores that are high at positives; there must be both kinds."""
    order = np.argsort(-scores, kind="stable")
    last = np.nonzero(np.diff(scores[order], append=np.nan) != 0)[0]  # the last of each run of equal scores
    found = np.cumsum(positive[order])[last]
    mistaken = last + 1 - found
    across, up = (np.concatenate([[0.0], counts / counts[-1]]) for counts in (mistaken, found))
    thresholds = np.concatenate([[np.inf], scores[order][last]])
    return RocCurve(across, up, thresholds, float((np.diff(across) * (up[1:] + up[:-1]) / 2).sum()))


def area_under_curve(scores: Array, positive: NDArray[np.bool_]) -> float:
    """Return the area under the ROC curve: how likely a positive has the higher score (Mann & Whitney 1947)."""
    order = np.argsort(scores, kind="stable")
    ranks = np.empty(len(scores))
    _, start, counts = np.unique(scores[order], return_index=True, return_counts=True)
    ranks[order] = np.repeat(start + (counts + 1) / 2, counts)
    ups, downs = int(positive.sum()), int((~positive).sum())
    return float((ranks[positive].sum() - ups * (ups + 1) / 2) / (ups * downs))
