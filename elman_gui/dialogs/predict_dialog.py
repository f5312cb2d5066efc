"""PredictDialog: load weights, choose a series, warm up, forecast, look, take it out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import (
    QCheckBox,
    QFileDialog,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from elman_core.data.sources import SourceGoneError, read_like
from elman_core.data.table import Table
from elman_core.errors import DataError
from elman_core.experiment import Run
from elman_core.experiments.factory import dataset_as_trained, experiment_from_model, table_for_columns
from elman_core.experiments.saved import open_own_data
from elman_core.storage.model_file import SavedModel, load_model
from elman_core.support.jobs import Job
from elman_core.training.course import Course
from elman_core.training.events import Response
from elman_gui.dialogs.job_dialog import JobDialog
from elman_gui.dialogs.widgets import button, quiet_label
from elman_gui.panels.fields import indent_text
from elman_gui.theme import Theme
from elman_gui.views.export import image_job
from elman_gui.views.time.fit_plot import FitPlot

__all__ = ["Forecast", "PredictDialog"]

_MOST_STEPS = 100_000


@dataclass(frozen=True)
class Forecast:
    """An experiment over the chosen series, and what its network predicts."""

    experiment: Run
    response: Response
    notes: tuple[str, ...]


class PredictDialog(JobDialog):
    """Forecasts with the network in the window or one from a file, on its own series or another.

    Signals
    -------
    forecast_made(Forecast)
        A forecast is shown.
    """

    forecast_made = Signal(object)

    def __init__(self, experiment: Run, theme: Theme, parent: QWidget | None = None, which: str = "") -> None:
        super().__init__("Predict", parent)
        self._which = which
        self.resize(900, 600)
        self._in_window = experiment if experiment.weights is not None else None
        self._model_path: Path | None = None
        self._series_path: Path | None = None
        self._forecast: Forecast | None = None
        self._build(theme)
        self._connect()
        self._show_choices()
        if self._in_window is not None:
            self.run_forecast()

    def _build(self, theme: Theme) -> None:
        self.model = QLabel()
        self.series = QLabel()
        self.choose_model = button("Other model…", "Load the weights of a model file")
        self.choose_series = button("Other series…", "Forecast a CSV file's series with these weights")
        self.own_series = button("Own series", "Go back to the series that the model was trained on")
        self.steps = QSpinBox()
        self.steps.setRange(1, _MOST_STEPS)
        indent_text(self.steps)
        self.steps.setValue(50)
        self.steps.setGroupSeparatorShown(True)
        self.steps.setKeyboardTracking(False)
        self.steps.setSuffix(" steps")
        self.steps.setAccessibleName("Steps to forecast")
        self.steps.setToolTip("How many rows beyond the last one to forecast, each from the predictions before it")
        self.fill_gaps = QCheckBox("Fill gaps")
        self.fill_gaps.setToolTip("Fill rows without a value by a straight line between their neighbours")
        self.run = button("Forecast", "Run through the series, then go on alone")
        self.run.setObjectName("primary")
        self.export = button("Export CSV…", "Save values, one-step predictions and forecast as a CSV file")
        self.plot = FitPlot()
        self.plot.title.setText("Forecast")
        self.plot.set_theme(theme)
        self.summary = QLabel()
        self.summary.setWordWrap(True)
        self.close_button = button("Close", "Close this window; a forecast that is being made is ended")
        grid = QGridLayout()
        grid.setHorizontalSpacing(12)
        grid.setColumnStretch(1, 1)
        for row, (name, label, buttons) in enumerate(
            (
                ("Model", self.model, (self.choose_model,)),
                ("Series", self.series, (self.fill_gaps, self.own_series, self.choose_series)),
            )
        ):
            label.setWordWrap(True)
            side = QHBoxLayout()
            side.setSpacing(8)
            for choice in buttons:
                side.addWidget(choice)
            grid.addWidget(quiet_label(name), row, 0)
            grid.addWidget(label, row, 1)
            grid.addLayout(side, row, 2, Qt.AlignmentFlag.AlignRight)
        foot = QHBoxLayout()
        for widget in (self.steps, self.run):
            foot.addWidget(widget)
        foot.addWidget(self.bar, 1)
        foot.addStretch(0)
        for widget in (self.export, self.close_button):
            foot.addWidget(widget)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 12)
        column.setSpacing(8)
        column.addLayout(grid)
        column.addWidget(self.plot, 1)
        column.addWidget(self.summary)
        column.addWidget(self.problem)
        column.addLayout(foot)

    def _connect(self) -> None:
        self.choose_model.clicked.connect(self._ask_for_model)
        self.choose_series.clicked.connect(self._ask_for_series)
        self.own_series.clicked.connect(self._on_own_series)
        self.run.clicked.connect(self.run_forecast)
        self.export.clicked.connect(self._ask_where_to_export)
        self.close_button.clicked.connect(self.reject)
        self.plot.export_data_wanted.connect(self._ask_where_to_export)
        self.plot.export_image_wanted.connect(self._ask_where_to_export_image)
        self.plot.cursor_moved.connect(self.plot.show_cursor)

    def use_model(self, path: Path) -> None:
        """Take the weights of a model file."""
        self._model_path, self._series_path = path, None
        self._show_choices()
        self.run_forecast()

    def use_series(self, path: Path) -> None:
        """Take a CSV file's series."""
        self._series_path = path
        self._show_choices()
        self.run_forecast()

    @Slot()
    def run_forecast(self) -> None:
        """Make the forecast beside the window."""
        wanted = (self._in_window, self._model_path, self._series_path, self.fill_gaps.isChecked(), self.steps.value())
        self._wait()
        self.work(lambda: _forecast(*wanted), self._show_forecast)

    def export_to(self, path: Path) -> None:
        """Write the forecast as CSV."""
        forecast = self._forecast
        if forecast is not None:
            self._wait()
            self.work_beside(lambda: _export(path, forecast), self._show_exported)

    def export_image_to(self, path: Path) -> None:
        """Write the plot as PNG or SVG."""
        try:
            job = image_job(self.plot, path)
        except DataError as error:
            self.show_problem(error)
            return
        self._wait()
        self.work_beside(lambda: job, self._show_exported)

    def _wait(self) -> None:
        self.say_problem("")
        self.run.setEnabled(False)
        self.export.setEnabled(False)

    # -- showing --------------------------------------------------------------------------------

    def _show_choices(self) -> None:
        if self._model_path is not None:
            self.model.setText(str(self._model_path))
        elif self._in_window is not None:
            epoch = Course(self._in_window.history, ends=self._in_window.ends).epoch_words()
            self.model.setText(f"The network in the window: {self._in_window.name}{self._which}, {epoch}")
        else:
            self.model.setText("None yet: train the network in the window, or choose a model file.")
        has_model = self._model_path is not None or self._in_window is not None
        self.series.setText(str(self._series_path) if self._series_path else "The series that it was trained on")
        self.own_series.setVisible(self._series_path is not None)
        self.choose_series.setEnabled(has_model)
        self._at_rest(has_model)
        self.say_problem("")

    def _at_rest(self, has_model: bool = True) -> None:
        self.run.setEnabled(has_model)
        self.export.setEnabled(self._forecast is not None)

    @Slot(object)
    def _show_forecast(self, forecast: Forecast) -> None:
        self._forecast = forecast
        dataset, response = forecast.experiment.dataset, forecast.response
        self.plot.show_dataset(dataset, len(response.closed_loop))
        self.plot.show_response(response)
        axis, steps = dataset.axis, len(response.closed_loop)
        said = f"Warmed up on {dataset.rows:,} rows, then {steps:,} steps on its own predictions"
        if dataset.panel.has_several:
            last_sequence = dataset.panel.title(len(dataset.panel) - 1)
            said += f", beyond each of {len(dataset.panel):,} sequences. The plot goes beyond the last one, "
            said += f"{last_sequence}; the exported CSV has all. "
        else:
            said += f", up to {axis.label} {axis.text(axis.extended(steps)[-1])}. "
        self.summary.setText(said + " ".join(f"{note}." for note in forecast.notes))
        self._at_rest()
        self.forecast_made.emit(forecast)

    @Slot(object)
    def _show_exported(self, path: Path) -> None:
        self.summary.setText(f"Saved: {path}")
        self._at_rest()

    @Slot(object)
    def show_problem(self, error: Exception) -> None:
        """Say what went wrong, and let another choice be made."""
        super().show_problem(error)
        self._at_rest()

    # -- asking ---------------------------------------------------------------------------------

    @Slot()
    def _ask_for_model(self) -> None:
        self._ask("Open Model", "Model files (*.safetensors)", self.use_model)

    @Slot()
    def _ask_for_series(self) -> None:
        self._ask("Open Series", "Tables (*.csv *.tsv *.txt);;All files (*)", self.use_series)

    def _ask(self, title: str, kinds: str, take: object) -> None:
        path, _ = QFileDialog.getOpenFileName(self, title, "", kinds)
        if path:
            take(Path(path))

    @Slot()
    def _on_own_series(self) -> None:
        self._series_path = None
        self._show_choices()
        self.run_forecast()

    @Slot()
    def _ask_where_to_export(self) -> None:
        if self._forecast is None:
            return
        name = f"{self._forecast.experiment.name}-forecast.csv"
        path, _ = QFileDialog.getSaveFileName(self, "Export Forecast", name, "CSV files (*.csv)")
        if path:
            self.export_to(Path(path))

    @Slot()
    def _ask_where_to_export_image(self) -> None:
        if self._forecast is None:
            return
        name = f"{self._forecast.experiment.name}-forecast.png"
        path, _ = QFileDialog.getSaveFileName(self, "Save Picture", name, "PNG picture (*.png);;SVG picture (*.svg)")
        if path:
            self.export_image_to(Path(path))


def _forecast(
    in_window: Run | None, model_path: Path | None, series_path: Path | None, fill_gaps: bool, steps: int
) -> Job[Forecast]:
    """Open what was chosen, and predict."""
    yield 0.0
    experiment, notes = yield from _chosen(in_window, model_path, series_path, fill_gaps)
    # Imported here, in the job's thread: importing torch takes a second.
    import torch

    from elman_core.forecasting.prediction import predict
    from elman_core.training.trainer import network_from_weights

    torch.set_num_threads(1)
    assert experiment.weights is not None
    network = network_from_weights(experiment.network, experiment.weights)
    response = yield from predict(network, experiment.dataset, steps)
    return Forecast(experiment, response, notes)


def _chosen(
    in_window: Run | None, model_path: Path | None, series_path: Path | None, fill_gaps: bool
) -> Job[tuple[Run, tuple[str, ...]]]:
    """Return the network over the series, and notes on that series."""
    if model_path is not None:
        saved = load_model(model_path)
        if saved.symbols is not None:
            raise DataError(f"{model_path.name} was trained on symbols; open it in the window to go on with texts")
        if series_path is None:
            table = yield from _own_table(saved, model_path)
        else:
            table = yield from read_like(series_path, None, sequence_column=saved.source.sequence_column)
        table = table_for_columns(saved.data.columns, table)  # with a note, where another column is taken
        networks = len(saved.weights.w1)
        notes = (f"This is the first of {networks:,} networks in {model_path.name}",) if networks > 1 else ()
        return experiment_from_model(saved, table, fill_gaps=fill_gaps), (*table.notes, *notes)
    if in_window is None:
        raise DataError("there is no model yet: train one, or choose a model file")
    if series_path is None:
        return in_window, ()
    trained_on = in_window.dataset
    table = yield from read_like(series_path, None, sequence_column=trained_on.source.sequence_column)
    table = table_for_columns(trained_on.columns, table)
    dataset = dataset_as_trained(trained_on.config, trained_on.fitted, table, fill_gaps=fill_gaps)
    return replace(in_window, dataset=dataset), table.notes


def _own_table(saved: SavedModel, model_path: Path) -> Job[Table]:
    try:
        return (yield from open_own_data(saved, model_path))
    except SourceGoneError as error:
        raise DataError(f"{error}; choose another series") from None


def _export(path: Path, forecast: Forecast) -> Job[Path]:
    yield 0.0
    from elman_core.export.predictions import write_prediction

    write_prediction(path, forecast.experiment.dataset, forecast.response)
    return path
