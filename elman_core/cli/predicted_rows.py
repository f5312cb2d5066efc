"""Predicted rows: written to a file, as JSON, or as tables, with what is to be known of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from elman_core.cli.console import print_json, say
from elman_core.cli.json_reports import another_series_object, intervals_object, rows_object
from elman_core.cli.text_reports import print_another_series, print_prediction
from elman_core.data.dataset import SequenceDataset
from elman_core.export.predictions import write_prediction
from elman_core.export.stamp import Stamp
from elman_core.support.text_format import counted
from elman_core.training.events import Response

if TYPE_CHECKING:
    from elman_core.forecasting.another_series import AnotherSeries
    from elman_core.forecasting.intervals_beyond import IntervalsBeyond

__all__ = ["PredictedRows"]


@dataclass(frozen=True)
class PredictedRows:
    """What was predicted of a dataset.

    Attributes
    ----------
    steps
        Rows beyond the data.
    stamp
        What each row says of the network that predicted it, where it is one of several.
    intervals
        Of the rows beyond, where they are known.
    another
        The errors on a series that the network was not trained on; None of its own.
    only_beyond
        Whether the data themselves are gone.
    """

    dataset: SequenceDataset
    response: Response
    steps: int
    stamp: Stamp | None = None
    intervals: IntervalsBeyond | None = None
    another: AnotherSeries | None = None
    only_beyond: bool = False

    def tell(self, notes: Sequence[str], out: Path | None, as_json: bool) -> None:
        """Write the rows to `out` where that is given, say the notes, and print what was asked for."""
        dataset, response = self.dataset, self.response
        if out is not None:
            write_prediction(
                out, dataset, response, only_beyond=self.only_beyond, stamp=self.stamp, intervals=self.intervals
            )
        for note in notes:
            say(note)
        if out is not None:
            say(f"{self._written()} written to {out}")
        if as_json:
            told = {} if self.intervals is None else intervals_object(response, self.intervals)
            told |= {} if self.another is None else another_series_object(self.another)
            print_json(rows_object(dataset, response) | told)
            return
        if out is None:
            print_prediction(dataset, response, self.intervals)
        if self.another is not None:
            print_another_series(self.another)

    def _written(self) -> str:
        if self.only_beyond:
            return f"{counted(self.steps, 'row')} beyond the data"
        of_each = " of each sequence" if self.dataset.panel.has_several else ""
        return f"{counted(self.dataset.rows, 'row')} and {self.steps:,} beyond them{of_each}"
