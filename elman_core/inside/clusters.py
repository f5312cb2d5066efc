"""Hierarchical clusters of the hidden states: which symbols the network treats alike (Elman 1990, fig. 7)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from elman_core.data.symbols import Vocabulary, shown
from elman_core.inside.seen import Clusters, Distance, Linkage

__all__ = ["clusters", "newick"]


def clusters(
    hidden: NDArray[np.floating],
    codes: NDArray[np.int32],
    vocabulary: Vocabulary,
    linkage: Linkage = "average",
    distance: Distance = "euclidean",
) -> Clusters | None:
    """Cluster the mean hidden vector of each symbol.

    Parameters
    ----------
    hidden : (T, H)
    codes : (T,)
        The symbol that each state answers, by its place in the vocabulary.
    linkage, distance
        As scipy calls them.

    Returns
    -------
    Clusters, or None where there are fewer than two symbols or the states are not finite.
    """
    from scipy.cluster.hierarchy import leaves_list, optimal_leaf_ordering
    from scipy.cluster.hierarchy import linkage as merge
    from scipy.spatial.distance import pdist

    found, inverse = np.unique(codes, return_inverse=True)
    if len(found) < 2 or not np.isfinite(hidden).all():
        return None
    sums = np.zeros((len(found), hidden.shape[1]))
    np.add.at(sums, inverse, hidden)
    counts = np.bincount(inverse)
    means = sums / counts[:, None]
    distances = np.nan_to_num(pdist(means, distance))
    merges = optimal_leaf_ordering(merge(distances, linkage), distances)
    order = leaves_list(merges)
    symbols = tuple(shown(vocabulary.names[code]) for code in found.tolist())
    return Clusters(symbols, counts, np.asarray(merges, np.float64), np.asarray(order, np.int64), means)


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
