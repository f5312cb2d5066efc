"""One sequence of a dataset as a dataset of its own."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from elman_core.data.dataset import SequenceDataset
from elman_core.data.panel import Panel
from elman_core.data.splits import Parts

__all__ = ["one_sequence"]


def one_sequence(dataset: SequenceDataset, sequence: int) -> SequenceDataset:
    """Return the rows of one sequence, with what was fitted to it; a dataset of one sequence is returned as it is."""
    panel = dataset.panel
    if not panel.has_several:
        return dataset
    rows, start = panel.rows_of(sequence), int(panel.starts[sequence])
    parts, names = dataset.parts, (panel.title(sequence),)
    edges = (parts.starts, parts.train_stops, parts.validation_stops, parts.stops)
    return replace(
        dataset,
        values=dataset.values[rows],
        covariates=dataset.covariates[rows],
        axis=dataset.axis.taken(np.arange(rows.start, rows.stop)),
        panel=Panel.of(rows.stop - rows.start, phases=panel.phases[sequence : sequence + 1], names=names),
        parts=Parts(*(own[sequence : sequence + 1] - start for own in edges)),
        fitted=dataset.fitted.take(np.array([sequence]), names),
        missing=dataset.missing[rows],
    )
