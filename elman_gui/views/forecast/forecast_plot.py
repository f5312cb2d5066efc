"""ForecastPlot: the end of the series, and what the network says will follow."""

from __future__ import annotations

from elman_core.data.dataset import SequenceDataset
from elman_core.training.events import Response
from elman_gui.views.time.fit_plot import FitPlot

__all__ = ["ForecastPlot"]

_BEFORE = 2
"""Rows of the data that are shown for each row of the forecast."""


class ForecastPlot(FitPlot):
    """Begins with the forecast and the data before it; Show Whole Series, or a double click, shows all."""

    closed_loop_name = "forecast"
    room_beyond = 1.0

    def __init__(self) -> None:
        super().__init__()
        self.title.setText("Forecast")

    def show_forecast(self, dataset: SequenceDataset, response: Response) -> None:
        """Show a forecast, which begins after the last row."""
        steps = len(response.closed_loop)
        self.show_dataset(dataset, steps)
        self.show_response(response)
        self.show_rows(max(0, dataset.rows - _BEFORE * steps), dataset.rows + steps)
