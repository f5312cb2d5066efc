"""RowAxis: the axis of several sequences one after another; it counts rows, and tells their own times where few are."""

from __future__ import annotations

from elman_core.data.dataset import SequenceDataset
from elman_gui.views.axis import PlotAxis

__all__ = ["RowAxis"]

_MOST_SEQUENCES = 6
"""In view together, of which own times can be read; of more, the numbers of rows."""


class RowAxis(PlotAxis):
    """Ticks at whole rows: each row's own time, which begins anew with each sequence, or the number of the row."""

    def __init__(self, dataset: SequenceDataset) -> None:
        super().__init__("bottom")
        self._dataset = dataset

    def tickStrings(self, values: list[float], scale: float, spacing: float) -> list[str]:
        """Return times or numbers of rows; nothing between two rows."""
        low, high = self.range
        dataset = self._dataset
        first, last = dataset.panel.sequence_of([max(low, 0.0), max(high, 0.0)]).tolist()
        positions, tells_times = dataset.axis.positions, last - first < _MOST_SEQUENCES
        texts = []
        for value in values:
            row = round(value)
            if abs(value - row) > 1e-6 or not 0 <= row < dataset.rows:
                texts.append("")
            else:
                texts.append(dataset.axis.reading(float(positions[row])) if tells_times else f"{row + 1:,}")
        return texts
