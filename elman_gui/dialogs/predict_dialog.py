"""PredictDialog: load weights, choose a series, warm up, forecast, look, take it out."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Signal, Slot
from PySide6.QtWidgets import (
    QCheckBox,
    QFileDialog,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from elman_core.data.calendar_inputs import is_calendar_column
from elman_core.errors import DataError
from elman_core.experiment import Run
from elman_core.export.stamp import Stamp
from elman_core.support.text_format import counted
from elman_core.training.course import Course
from elman_gui.dialogs.forecast_jobs import Forecast, ForecastRequest, export_forecast, make_forecast
from elman_gui.dialogs.job_dialog import JobDialog
from elman_gui.dialogs.save_dialog import SaveDialog
from elman_gui.dialogs.widgets import button, quiet_label
from elman_gui.messages import as_sentence
from elman_gui.number_boxes import WholeNumberBox
from elman_gui.plain_text import PlainLabel
from elman_gui.theme import Theme
from elman_gui.views.export import image_job
from elman_gui.views.forecast.forecast_plot import ForecastPlot

if TYPE_CHECKING:
    from elman_core.forecasting.forecaster import Forecaster  # imports torch

__all__ = ["PredictDialog"]

_MOST_STEPS = 100_000
_TYPING_MS = 300
_LEAST_ROWS_SHOWN = 40
"""Of the end of the series, before the forecast; twice as many rows as the forecast has, where there are more."""


class PredictDialog(JobDialog):
    """Forecasts with the network in the window or one from a file, on its own series or another.

    What is shown follows the fields by itself, and what is exported is what is shown.

    Signals
    -------
    forecast_made(Forecast)
        A forecast is shown.
    """

    forecast_made = Signal(object)

    def __init__(
        self,
        trained: Run | Forecaster,
        theme: Theme,
        parent: QWidget | None = None,
        which: str = "",
        stamp: Stamp | None = None,
    ) -> None:
        super().__init__("Predict", parent)
        self._which, self._stamp = which, stamp
        self.resize(900, 600)
        untrained = isinstance(trained, Run) and trained.weights is None
        self._in_window = None if untrained else trained
        self._model_path: Path | None = None
        self._series_path: Path | None = None
        self._future_path: Path | None = None
        self._forecast: Forecast | None = None
        self._fill_gaps: bool | None = None
        self._typing = QTimer(self)
        self._typing.setSingleShot(True)
        self._typing.setInterval(_TYPING_MS)
        self._build(theme)
        self._connect()
        self._show_choices()
        if self._in_window is not None:
            self.run_forecast()

    def _build(self, theme: Theme) -> None:
        self.model = PlainLabel()
        self.series = PlainLabel()
        self.choose_model = button("Other model…", "Load the weights of a model file")
        self.choose_series = button("Other series…", "Forecast a CSV file's series with these weights")
        self.own_series = button("Own series", "Go back to the series that the model was trained on")
        self.future = PlainLabel()
        self.choose_future = button("Known values…", "Take the columns that are known ahead from a table of the future")
        self.last_values = button("Last values", "Hold the columns that are known ahead at their last values again")
        self.steps = WholeNumberBox(1, _MOST_STEPS)
        self.steps.setValue(50)
        self.steps.setKeyboardTracking(True)  # the forecast follows what is typed
        self.steps.setAccessibleName("Steps to forecast")
        self.steps.setToolTip("How many rows beyond the last one to forecast, each from the predictions before it")
        self.fill_gaps = QCheckBox("Fill gaps")
        self.fill_gaps.setToolTip("Fill rows without a value by a straight line between their neighbours")
        self.export = button("Export CSV…", "Save values, one-step predictions and forecast as a CSV file")
        self.export.setObjectName("primary")
        self.plot = ForecastPlot()
        self.plot.set_theme(theme)
        self.whole = QPushButton("Whole Series")
        self.whole.setObjectName("small")
        self.whole.setCheckable(True)
        self.whole.setAutoDefault(False)
        self.whole.setToolTip("Show the whole series, not only its end and the forecast")
        self.plot.add_control(self.whole)
        self.summary = PlainLabel()
        self.summary.setWordWrap(True)
        self.warning = PlainLabel()
        self.warning.setWordWrap(True)
        self.warning.setObjectName("warning")
        self.warning.hide()
        self.close_button = button("Close", "Close this window; a forecast that is being made is ended")
        self._titles: dict[str, QLabel] = {}
        grid = QGridLayout()
        grid.setHorizontalSpacing(12)
        grid.setColumnStretch(1, 1)
        for row, (name, label, buttons) in enumerate(
            (
                ("Model", self.model, (self.choose_model,)),
                ("Series", self.series, (self.fill_gaps, self.own_series, self.choose_series)),
                ("Known ahead", self.future, (self.last_values, self.choose_future)),
            )
        ):
            label.setWordWrap(True)
            side = QHBoxLayout()
            side.setSpacing(8)
            for choice in buttons:
                side.addWidget(choice)
            self._titles[name] = quiet_label(name)
            grid.addWidget(self._titles[name], row, 0)
            grid.addWidget(label, row, 1)
            grid.addLayout(side, row, 2, Qt.AlignmentFlag.AlignRight)
        foot = QHBoxLayout()
        foot.addWidget(quiet_label("Steps", self.steps))
        foot.addWidget(self.steps)
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
        column.addWidget(self.warning)
        column.addWidget(self.problem)
        column.addLayout(foot)

    def _connect(self) -> None:
        self.choose_model.clicked.connect(self._ask_for_model)
        self.choose_series.clicked.connect(self._ask_for_series)
        self.own_series.clicked.connect(self._on_own_series)
        self.choose_future.clicked.connect(self._ask_for_future)
        self.last_values.clicked.connect(self._on_last_values)
        self.steps.valueChanged.connect(self._wait_for_typing)
        self._typing.timeout.connect(self.run_forecast)
        self.fill_gaps.clicked.connect(self._on_fill_gaps)
        self.whole.toggled.connect(self._show_view)
        self.plot.column_changed.connect(self._on_column)
        self.export.clicked.connect(self._ask_where_to_export)
        self.close_button.clicked.connect(self.reject)
        self.plot.export_data_wanted.connect(self._ask_where_to_export)
        self.plot.export_image_wanted.connect(self._ask_where_to_export_image)
        self.plot.cursor_moved.connect(self.plot.show_cursor)

    def use_model(self, path: Path) -> None:
        """Take the weights of a model file."""
        self._model_path, self._series_path, self._fill_gaps, self._future_path = path, None, None, None
        self._show_choices()
        self.run_forecast()

    def use_series(self, path: Path) -> None:
        """Take a CSV file's series."""
        self._series_path, self._fill_gaps, self._future_path = path, None, None
        self._show_choices()
        self.run_forecast()

    def use_future(self, path: Path) -> None:
        """Take what is known of the rows beyond from a table."""
        self._future_path = path
        self._show_choices()
        self.run_forecast()

    @property
    def is_behind(self) -> bool:
        """Whether the forecast is not yet what the fields say."""
        return super().is_behind or self._typing.isActive()

    @Slot()
    def _wait_for_typing(self) -> None:
        if self._has_model:
            self._typing.start()

    @Slot()
    def run_forecast(self) -> None:
        """Make the forecast beside the window."""
        self._typing.stop()
        self.say_problem("")
        wanted = ForecastRequest(
            self._in_window,
            self._model_path,
            self._series_path,
            self._fill_gaps,
            self.steps.value(),
            self._stamp,
            self._future_path,
        )
        self.work(lambda: make_forecast(wanted), self._show_forecast)

    def done(self, result: int) -> None:
        """Close; what was typed last is no longer forecast."""
        self._typing.stop()
        super().done(result)

    def export_to(self, path: Path) -> None:
        """Write the forecast as CSV, once it is what the fields say."""
        self.when_current(lambda: self._export_to(path))

    def _export_to(self, path: Path) -> None:
        forecast = self._forecast
        if forecast is not None:
            self.say_problem("")
            self.work_beside(lambda: export_forecast(path, forecast), self._show_exported)

    def export_image_to(self, path: Path) -> None:
        """Write the plot as PNG or SVG, once it is what the fields say."""
        self.when_current(lambda: self._export_image_to(path))

    def _export_image_to(self, path: Path) -> None:
        try:
            job = image_job(self.plot, path)
        except DataError as error:
            self.show_problem(error)
            return
        self.say_problem("")
        self.work_beside(lambda: job, self._show_exported)

    # -- showing --------------------------------------------------------------------------------

    def _show_choices(self) -> None:
        if self._model_path is not None:
            self.model.setText(str(self._model_path))
        elif self._in_window is not None:
            self.model.setText(self._words_of_window(self._in_window))
        else:
            self.model.setText("None yet: train the network in the window, or choose a model file.")
        self.series.setText(str(self._series_path) if self._series_path else "The series that it was trained on")
        self.own_series.setVisible(self._series_path is not None)
        self.future.setText(str(self._future_path) if self._future_path else "The last values are held")
        self.last_values.setVisible(self._future_path is not None)
        self._show_known_ahead()
        self.choose_series.setEnabled(self._has_model)
        self.steps.setEnabled(self._has_model)
        self.fill_gaps.setEnabled(self._series_path is not None)
        self.export.setEnabled(self._forecast is not None)
        self.say_problem("")

    def _show_known_ahead(self) -> None:
        """Offer a table of the future where the model knows columns ahead, which a model file says once it is read."""
        trained = self._forecast.trained if self._forecast is not None else None
        if trained is None and self._model_path is None:
            trained = self._in_window
        given = trained is not None and any(not is_calendar_column(name) for name in trained.dataset.config.known)
        offered = given or self._future_path is not None
        for widget in (self._titles["Known ahead"], self.future, self.choose_future):
            widget.setVisible(offered)

    def _words_of_window(self, trained: Run | Forecaster) -> str:
        if isinstance(trained, Run):
            epoch = Course(trained.history, ends=trained.ends).epoch_words()
            return f"The network in the window: {trained.name}{self._which}, {epoch}"
        return f"The forecaster in the window: {trained.name}, {counted(len(trained.parts), 'part')}"

    @property
    def _has_model(self) -> bool:
        return self._model_path is not None or self._in_window is not None

    @Slot(object)
    def _show_forecast(self, forecast: Forecast) -> None:
        self._forecast = forecast
        self._show_known_ahead()
        dataset, response = forecast.trained.dataset, forecast.response
        self.fill_gaps.setChecked(dataset.config.fill_gaps)
        self.plot.show_dataset(dataset, len(response.closed_loop))
        self.plot.show_intervals(forecast.intervals, len(dataset.panel) - 1)
        self.plot.show_response(response)
        self._show_view()
        self._show_words()
        self.export.setEnabled(True)
        self.forecast_made.emit(forecast)

    @Slot()
    def _show_view(self) -> None:
        """Show the end of the series and the forecast, or all."""
        if self._forecast is None:
            return
        if self.whole.isChecked():
            self.plot.show_all()
        else:
            self.plot.show_end(max(2 * len(self._forecast.response.closed_loop), _LEAST_ROWS_SHOWN))

    @Slot()
    def _on_column(self) -> None:
        self._show_view()
        self._show_words()

    def _show_words(self) -> None:
        """Say how far the forecast goes, how good the predictions of the column shown are, and what to be wary of."""
        assert self._forecast is not None
        forecast = self._forecast
        dataset, steps = forecast.trained.dataset, len(forecast.response.closed_loop)
        axis = dataset.axis
        said = f"Warmed up on {counted(dataset.rows, 'row')}, then {counted(steps, 'step')} on its own predictions"
        if dataset.panel.has_several:
            last_sequence = dataset.panel.title(len(dataset.panel) - 1)
            said += f", beyond each of {len(dataset.panel):,} sequences. The plot goes beyond the last one, "
            said += f"{last_sequence}; the exported CSV has all. "
        else:
            said += f", up to {axis.label} {axis.text(axis.extended(steps)[-1])}. "
        column = dataset.columns[max(self.plot.columns.currentIndex(), 0)]
        sentences = [*forecast.sentences(column), *forecast.notes]
        self.summary.setText(said + " ".join(map(as_sentence, sentences)))
        warnings = () if forecast.another is None else forecast.another.warnings
        self.warning.setText(" ".join(map(as_sentence, warnings)))
        self.warning.setVisible(bool(warnings))

    @Slot(object)
    def _show_exported(self, path: Path) -> None:
        self.summary.setText(f"Saved: {path}")

    @Slot(object)
    def show_failure(self, error: Exception) -> None:
        """Say why there is no forecast for these choices; the one before is not to be taken for it."""
        super().show_failure(error)
        self._forecast = None
        self.export.setEnabled(False)
        self.summary.clear()
        self.warning.hide()
        self.plot.clear_response()

    # -- asking ---------------------------------------------------------------------------------

    @Slot()
    def _ask_for_model(self) -> None:
        self._ask("Open Model", "Model files (*.safetensors)", self.use_model)

    @Slot()
    def _ask_for_series(self) -> None:
        self._ask("Open Series", "Tables (*.csv *.tsv *.txt);;All files (*)", self.use_series)

    @Slot()
    def _ask_for_future(self) -> None:
        self._ask("Open Known Values", "Tables (*.csv *.tsv *.txt);;All files (*)", self.use_future)

    def _ask(self, title: str, kinds: str, take: object) -> None:
        path, _ = QFileDialog.getOpenFileName(self, title, "", kinds)
        if path:
            take(Path(path))

    @Slot()
    def _on_fill_gaps(self) -> None:
        self._fill_gaps = self.fill_gaps.isChecked()
        self.run_forecast()

    @Slot()
    def _on_own_series(self) -> None:
        self._series_path, self._fill_gaps, self._future_path = None, None, None
        self._show_choices()
        self.run_forecast()

    @Slot()
    def _on_last_values(self) -> None:
        self._future_path = None
        self._show_choices()
        self.run_forecast()

    @Slot()
    def _ask_where_to_export(self) -> None:
        if self._forecast is None:
            return
        name = f"{self._forecast.trained.name}-forecast.csv"
        path, _ = SaveDialog.ask(self, "Export Forecast", name, "CSV files (*.csv)")
        if path:
            self.export_to(Path(path))

    @Slot()
    def _ask_where_to_export_image(self) -> None:
        if self._forecast is None:
            return
        name = f"{self._forecast.trained.name}-forecast.png"
        path, _ = SaveDialog.ask(self, "Save Picture", name, "PNG picture (*.png);;SVG picture (*.svg)")
        if path:
            self.export_image_to(Path(path))
