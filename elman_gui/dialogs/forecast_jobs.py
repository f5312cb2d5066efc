"""The jobs of the window that forecasts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from elman_core.data.dataset import Part, SequenceDataset
from elman_core.data.sources import SourceGoneError, read_like
from elman_core.data.table import Table
from elman_core.errors import DataError
from elman_core.experiment import Run
from elman_core.experiments.factory import dataset_as_trained, experiment_from_model, table_for_columns
from elman_core.experiments.saved import open_own_data, own_dataset
from elman_core.experiments.seasons import in_season, in_season_of
from elman_core.export.stamp import Stamp
from elman_core.forecasting.scores import PartScores
from elman_core.forecasting.verdict import verdict
from elman_core.storage.model_file import SavedModel, load_model
from elman_core.support.jobs import Job, within
from elman_core.support.text_format import counted
from elman_core.training.events import Response

if TYPE_CHECKING:
    from elman_core.forecasting.another_series import AnotherSeries
    from elman_core.forecasting.forecaster import Forecaster
    from elman_core.forecasting.intervals_beyond import IntervalsBeyond

__all__ = ["Forecast", "ForecastRequest", "export_forecast", "make_forecast"]


@dataclass(frozen=True)
class ForecastRequest:
    """What is to be forecast.

    Attributes
    ----------
    in_window
        The network or forecaster in the window; None where there is none.
    model, series
        Files that take its place and its series' place.
    fill_gaps
        Of another series; None for as in training.
    future
        A file of what is known ahead of the rows beyond; None where the last values are held.
    """

    in_window: Run | Forecaster | None
    model: Path | None
    series: Path | None
    fill_gaps: bool | None
    steps: int
    stamp: Stamp | None = None
    future: Path | None = None


@dataclass(frozen=True)
class Forecast:
    """A network or forecaster over the chosen series, what it predicts, and how good that is.

    Attributes
    ----------
    intervals
        Of the rows beyond; None where there are none.
    scores
        Of its own series, by part.
    another
        Of another series, what is known of it.
    """

    trained: Run | Forecaster
    response: Response
    notes: tuple[str, ...]
    stamp: Stamp
    intervals: IntervalsBeyond | None = None
    scores: Mapping[Part, PartScores | None] | None = None
    another: AnotherSeries | None = None

    def sentences(self, column: str) -> list[str]:
        """Say how good the predictions of a column are."""
        if self.another is not None:
            return self.another.sentences((column,))
        return [] if self.scores is None else [verdict(self.scores, column)]


def make_forecast(wanted: ForecastRequest) -> Job[Forecast]:
    """Open what was chosen, predict, and score."""
    yield 0.0
    trained, own, stamp, notes = yield from _chosen(wanted)
    # Imported here, in the job's thread: importing torch takes a second.
    import torch

    torch.set_num_threads(1)
    from elman_core.forecasting.forecaster import Forecaster
    from elman_core.forecasting.trained_intervals import trained_intervals

    if wanted.future is not None and isinstance(trained, Run):
        trained = Forecaster.of_run(trained.of_member(0))
    forecast = _by_network if isinstance(trained, Run) else _by_forecaster
    found = yield from within(forecast(wanted, trained, own, stamp, notes), 0.0, 0.7)
    alone = trained.of_member(0) if isinstance(trained, Run) else trained
    intervals = trained_intervals(alone, wanted.steps, is_another=wanted.series is not None)
    return replace(found, intervals=(yield from within(intervals, 0.7, 1.0)))


def _by_network(
    wanted: ForecastRequest, run: Run, own: SequenceDataset | None, stamp: Stamp, notes: tuple[str, ...]
) -> Job[Forecast]:
    from elman_core.forecasting.another_series import score_another
    from elman_core.forecasting.horizons import score_as_trained
    from elman_core.forecasting.prediction import predict
    from elman_core.training.weights import network_from_weights

    assert run.weights is not None
    network, dataset = network_from_weights(run.network, run.weights), run.dataset
    response = yield from within(predict(network, dataset, wanted.steps), 0.0, 0.7)
    found = Forecast(run, response, (*notes, *_held(dataset)), stamp)
    if wanted.series is None:
        return replace(found, scores=(yield from within(score_as_trained(network, dataset, response), 0.7, 1.0)))
    return replace(found, another=(yield from within(score_another(network, dataset, response, own), 0.7, 1.0)))


def _by_forecaster(
    wanted: ForecastRequest, forecaster: Forecaster, own: SequenceDataset | None, stamp: Stamp, notes: tuple[str, ...]
) -> Job[Forecast]:
    from elman_core.forecasting.another_series import score_predictor_on_another
    from elman_core.forecasting.forecast import predict_with
    from elman_core.forecasting.horizons import score_predictor

    dataset, lost = forecaster.dataset, forecaster.lost_rows
    known = None
    if wanted.future is not None:
        from elman_core.forecasting.known_ahead import read_known_ahead

        future = yield from within(read_known_ahead(dataset, wanted.future, wanted.steps), 0.0, 0.1)
        known, notes = future.known, (*notes, *future.notes)
    else:
        notes = (*notes, *_held(dataset))
    response = yield from within(predict_with(forecaster, wanted.steps, known), 0.1, 0.4)
    predictor = yield from within(forecaster.predictor(), 0.4, 0.7)
    found = Forecast(forecaster, response, notes, stamp)
    if wanted.series is None:
        scores = yield from within(score_predictor(predictor, dataset, 1, lost_rows=forecaster.warm_up_rows), 0.7, 1.0)
        return replace(found, scores=scores)
    seen = forecaster.seen_as(own)
    another = yield from within(score_predictor_on_another(predictor, dataset, own, lost, seen), 0.7, 1.0)
    return replace(found, another=another)


def _held(dataset: SequenceDataset) -> tuple[str, ...]:
    """Say which columns that are known ahead hold their last value, since no file says otherwise."""
    from elman_core.forecasting.known_ahead import held_sentence

    said = held_sentence(dataset, "by Known values…")
    return () if said is None else (said,)


_Chosen = tuple["Run | Forecaster", SequenceDataset | None, Stamp, tuple[str, ...]]


def _chosen(wanted: ForecastRequest) -> Job[_Chosen]:
    """Return what forecasts, over the series, the series it was trained on, which network it is, and notes."""
    if wanted.model is not None:
        return (yield from _from_file(wanted.model, wanted))
    if wanted.in_window is None:
        raise DataError("there is no model yet: train one, or choose a model file")
    trained, stamp = wanted.in_window, wanted.stamp or Stamp()
    own = trained.dataset
    if wanted.series is None:
        return trained, own, stamp, ()
    table = yield from read_like(wanted.series, own.source)
    table = in_season_of(own, table_for_columns(own.columns, table))
    if isinstance(trained, Run):
        dataset = dataset_as_trained(own.config, own.fitted, table, fill_gaps=wanted.fill_gaps, whole=True)
        return replace(trained, dataset=dataset), own, stamp, (*table.notes, *dataset.notes)
    from elman_core.experiments.saved_forecaster import forecaster_on

    moved = forecaster_on(trained, table, fill_gaps=wanted.fill_gaps)
    return moved, own, stamp, (*table.notes, *moved.dataset.notes)


def _from_file(path: Path, wanted: ForecastRequest) -> Job[_Chosen]:
    from elman_core.experiments.saved_forecaster import forecaster_from_model

    saved = load_model(path)
    if saved.symbols is not None:
        raise DataError(f"{path.name} was trained on symbols; open it in the window to continue texts")
    networks = len(saved.weights.w1)
    alone, is_first = saved.forecaster is None, saved.forecaster is None and networks > 1
    notes = (f"This is the first of {counted(networks, 'network')} in {path.name}",) if is_first else ()
    stamp = Stamp(epoch=saved.history.epochs if alone else None, network=1 if is_first else None)
    make = experiment_from_model if alone else forecaster_from_model
    if wanted.series is None:
        table = table_for_columns(saved.data.columns, (yield from _own_table(saved, path)))
        return make(saved, table), None, stamp, (*table.notes, *notes)
    table = yield from read_like(wanted.series, saved.source)
    table = in_season(saved, table_for_columns(saved.data.columns, table))  # with a note on another column
    trained = make(saved, table, fill_gaps=wanted.fill_gaps, whole=True)
    own = yield from own_dataset(saved, path)
    return trained, own, stamp, (*table.notes, *trained.dataset.notes, *notes)


def _own_table(saved: SavedModel, model_path: Path) -> Job[Table]:
    try:
        return (yield from open_own_data(saved, model_path))
    except SourceGoneError as error:
        raise DataError(f"{error}; choose another series") from None


def export_forecast(path: Path, forecast: Forecast) -> Job[Path]:
    """Write data, predictions and forecast as CSV."""
    yield 0.0
    from elman_core.export.predictions import write_prediction

    dataset, response = forecast.trained.dataset, forecast.response
    write_prediction(path, dataset, response, stamp=forecast.stamp, intervals=forecast.intervals)
    return path
