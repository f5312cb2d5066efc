"""Hierarchical clusters of the hidden states: which symbols the network treats alike (Elman 1990, fig. 7 to 9)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from elman_core.analysis.types import Clustering, Clusters
from elman_core.data.text.vocabulary import Vocabulary, shown

__all__ = ["MOST_LEAVES", "clusters", "newick"]

MOST_LEAVES = 150
"""The most frequent ones are kept. Putting so many leaves in order takes 5 ms."""


def clusters(
    hidden: NDArray[np.floating],
    codes: NDArray[np.int32],
    vocabulary: Vocabulary,
    clustering: Clustering | None = None,
    between: str = " ",
    ages: NDArray[np.int64] | None = None,
) -> Clusters | None:
    """Cluster the mean hidden vector of each symbol, or of each symbol in its context.

    Parameters
    ----------
    hidden : (T, H)
    codes : (T,)
        The symbol that each state answers, by its place in the vocabulary. Contexts do not reach back before the first.
    clustering
        By default each symbol, average linkage of Euclidean distances.
    between
        What stands between the symbols in a name.
    ages : (T,)
        The steps that each state has behind it in its sequence, over whose beginning no context reaches; without them
        there is one sequence.

    Returns
    -------
    Clusters, or None where there are fewer than two to cluster or the states are not finite.
    """
    from scipy.cluster.hierarchy import leaves_list, linkage, optimal_leaf_ordering
    from scipy.spatial.distance import pdist, squareform

    clustering = clustering or Clustering()
    rows, keys = _keys(codes, vocabulary, clustering, ages)
    found, inverse, counts = np.unique(keys, return_inverse=True, return_counts=True)
    kept = np.sort(np.argsort(-counts, kind="stable")[:MOST_LEAVES])
    if len(kept) < 2:
        return None
    sorted_rows, ends = rows[np.argsort(inverse, kind="stable")], np.cumsum(counts)
    of_each = (sorted_rows[ends[leaf] - counts[leaf] : ends[leaf]] for leaf in kept)
    means = np.array([hidden[some].mean(axis=0, dtype=np.float64) for some in of_each])  # (S, H)
    if not np.isfinite(means).all():
        return None
    distances = np.nan_to_num(pdist(means, clustering.distance))
    merges = optimal_leaf_ordering(linkage(distances, clustering.linkage), distances)
    places = _places(found[kept], len(vocabulary.names), clustering.before)
    return Clusters(
        names=tuple(between.join(shown(vocabulary.names[place]) for place in context) for context in places.tolist()),
        classes=tuple(vocabulary.classes.get(vocabulary.names[place], "") for place in places[:, -1].tolist()),
        counts=np.asarray(counts[kept], np.int64),
        merges=np.asarray(merges, np.float64),
        order=np.asarray(leaves_list(merges), np.int64),
        means=means,
        distances=np.asarray(squareform(distances), np.float64),
        left_out=len(found) - len(kept),
    )


def _keys(
    codes: NDArray[np.int32], vocabulary: Vocabulary, clustering: Clustering, ages: NDArray[np.int64] | None
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the rows that are clustered, and one number for each: context and symbol as digits to the base S."""
    before, size = clustering.before, len(vocabulary.names)
    count = max(0, len(codes) - before)
    keys = np.zeros(count, np.int64)
    for back in range(before, -1, -1):
        keys = keys * size + codes[before - back : before - back + count]
    rows = np.arange(before, before + count)
    if before and ages is not None:
        inside = ages[before : before + count] >= before
        rows, keys = rows[inside], keys[inside]
    if before and clustering.symbol is not None:
        chosen = codes[rows] == vocabulary.code(clustering.symbol)
        rows, keys = rows[chosen], keys[chosen]
    return rows, keys


def _places(keys: NDArray[np.int64], size: int, before: int) -> NDArray[np.int64]:
    """Return the places in the vocabulary that a key was made of, (S,) -> (S, before + 1)."""
    return np.stack([keys // size**back % size for back in range(before, -1, -1)], axis=-1)


def newick(seen: Clusters) -> str:
    """Write the tree as Newick: "((a:1,b:1):2,c:3);", with the distance from each node up to its parent."""
    heights = np.zeros(2 * len(seen.names) - 1)
    texts = [_quoted(name) for name in seen.names]
    for index, (first, second, height, _) in enumerate(seen.merges.tolist()):
        heights[len(seen.names) + index] = height
        parts = (f"{texts[int(child)]}:{height - heights[int(child)]:.6g}" for child in (first, second))
        texts.append(f"({','.join(parts)})")
    return f"{texts[-1]};"


def _quoted(name: str) -> str:
    return "'" + name.replace("'", "''") + "'" if any(sign in name for sign in " ()[]:;,'") else name
