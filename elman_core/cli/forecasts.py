"""Forecasts of all parts of a saved model together, with what is known of the rows beyond."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from elman_core.cli.console import say
from elman_core.cli.predicted_rows import PredictedRows
from elman_core.cli.saved_network import is_another_series, member_of, open_forecaster, refuse_a_member
from elman_core.cli.saving import refuse_to_overwrite
from elman_core.data.dataset import SequenceDataset
from elman_core.data.sources import SourceGoneError
from elman_core.data.table import TableFormat
from elman_core.errors import ConfigError
from elman_core.experiments.saved import own_dataset
from elman_core.export.stamp import Stamp
from elman_core.forecasting.intervals import LEVELS
from elman_core.storage.model_file import SavedModel
from elman_core.support.jobs import complete
from elman_core.support.text_format import counted

if TYPE_CHECKING:
    from elman_core.data.panel import Array
    from elman_core.forecasting.forecaster import Forecaster
    from elman_core.forecasting.intervals_beyond import IntervalsBeyond

__all__ = ["ForecastWanted", "predict_forecaster"]


@dataclass(frozen=True)
class ForecastWanted:
    """What `elman predict` is asked for; a forecaster tells its usual intervals where no `levels` are given."""

    model: Path
    data: Path | None
    steps: int
    future: Path | None
    out: Path | None
    fill_gaps: bool = False
    table_format: TableFormat | None = None
    member: int = 1
    levels: tuple[float, ...] = ()


def predict_forecaster(saved: SavedModel, wanted: ForecastWanted, as_json: bool) -> None:
    """Predict with all parts together, from the data or from the last rows that the file keeps."""
    if saved.symbols is not None:
        raise ConfigError(f"{wanted.model} was trained on symbols, of which nothing is known ahead; leave --future out")
    refuse_a_member(saved, wanted.member)
    try:
        forecaster, notes = open_forecaster(
            saved, wanted.model, wanted.data, wanted.fill_gaps, "predict", wanted.table_format, whole=True
        )
    except SourceGoneError as gone:
        _predict_without_data(saved, wanted, as_json, gone)
        return
    from elman_core.forecasting.forecast import predict_with

    forecaster, stamp = _of_member(forecaster, saved, wanted.member)
    dataset = forecaster.dataset
    if wanted.out is not None:
        refuse_to_overwrite(wanted.out, filter(None, (wanted.model, wanted.data, wanted.future, dataset.source.path)))
    known = _known_ahead(dataset, wanted, notes)
    response = complete(predict_with(forecaster, wanted.steps, known))
    another, is_another = None, is_another_series(saved, wanted.data)
    if is_another:
        from elman_core.forecasting.another_series import score_predictor_on_another

        own = complete(own_dataset(saved, wanted.model))
        predictor = complete(forecaster.predictor())
        seen, lost_rows = forecaster.seen_as(own), forecaster.lost_rows
        another = complete(score_predictor_on_another(predictor, dataset, own, lost_rows, seen))
    found = None
    if wanted.steps and (wanted.levels or saved.forecaster is not None):
        from elman_core.forecasting.kept_intervals import forecaster_intervals

        levels = wanted.levels or LEVELS
        found = complete(forecaster_intervals(forecaster, wanted.steps, levels, is_another=is_another))
        notes.extend(_reach_notes(found, wanted.steps))
    rows = PredictedRows(dataset, response, wanted.steps, stamp, found, another)
    rows.tell(notes, wanted.out, as_json)


def _predict_without_data(saved: SavedModel, wanted: ForecastWanted, as_json: bool, gone: SourceGoneError) -> None:
    from elman_core.experiments.saved_forecaster import forecaster_from_ends, predictor_from_ends
    from elman_core.forecasting import forecast
    from elman_core.forecasting.kept_intervals import kept_intervals

    if not all(part.model.ends is not None for part in saved.parts):
        raise gone
    forecaster, notes = forecaster_from_ends(saved), list[str]()
    dataset, steps = forecaster.dataset, wanted.steps
    forecast.check_steps(dataset, steps)
    say(f"{gone}; only the rows beyond are predicted, from the last rows, which the model file keeps")
    known, origins = _known_ahead(dataset, wanted, notes), dataset.panel.stops - 1
    extended = forecaster
    if known is not None and known.size:
        extended = forecast.extended_forecaster(forecaster, known, forecast.times_beyond(dataset, steps))
        origins = extended.dataset.panel.starts + dataset.panel.lengths - 1
    predictor = predictor_from_ends(saved, extended, None if saved.forecaster else wanted.member - 1)
    beyond = complete(forecast.beyond_of(predictor, origins, steps, len(dataset.columns)))
    response = forecast.response_of(dataset, beyond[0][:0], beyond)
    found = kept_intervals(saved, steps, wanted.levels or LEVELS) if steps else None
    if found is not None:
        notes.extend(_reach_notes(found, steps))
    elif wanted.levels:
        notes.append("there are no intervals: the file keeps no errors of a validation")
    if wanted.out is not None:
        refuse_to_overwrite(wanted.out, filter(None, (wanted.model, wanted.future)))
    _, stamp = _of_member(forecaster, saved, wanted.member)
    PredictedRows(dataset, response, steps, stamp, found, only_beyond=True).tell(notes, wanted.out, as_json)


def _reach_notes(found: IntervalsBeyond, steps: int) -> list[str]:
    if found.reach >= steps:
        return []
    if found.reach == 0:
        return ["there are no intervals: too few errors are known that they could be learned from"]
    return [f"intervals reach {counted(found.reach, 'row')} beyond the data: further on too few errors are known"]


def _of_member(forecaster: Forecaster, saved: SavedModel, member: int) -> tuple[Forecaster, Stamp | None]:
    """Return a forecaster of one of several networks where these do not predict together, and what rows say of it."""
    networks = len(saved.weights.w1)
    if saved.forecaster is not None or networks == 1:
        return forecaster, None
    part = forecaster.parts[0]
    one = replace(part, run=part.run.of_member(member_of(networks, member)))
    return forecaster.with_part(0, one), Stamp(network=member)


def _known_ahead(dataset: SequenceDataset, wanted: ForecastWanted, notes: list[str]) -> Array | None:
    """Return what is known ahead of the rows beyond, (S, H, K), and note what is not."""
    from elman_core.forecasting.known_ahead import columns_to_give, held_sentence, read_known_ahead

    if wanted.future is None:
        held = held_sentence(dataset, "with --future") if wanted.steps else None
        notes.extend([] if held is None else [held])
        return None
    if not columns_to_give(dataset):
        raise ConfigError("--future is for columns that are known ahead; the model has none")
    found = complete(read_known_ahead(dataset, wanted.future, wanted.steps))
    notes.extend(found.notes)
    return found.known
