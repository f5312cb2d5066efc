"""`elman predict`: a saved network's predictions of rows, or its continuation of a text."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from elman_core.cli.console import print_json, say
from elman_core.cli.forecasts import ForecastWanted, predict_forecaster
from elman_core.cli.json_reports import continuation_object
from elman_core.cli.options import (
    TABLE_SETTINGS,
    Data,
    FillGaps,
    Interval,
    Json,
    Member,
    Model,
    number,
    table_format,
    whole_number,
    with_settings,
)
from elman_core.cli.predicted_rows import PredictedRows
from elman_core.cli.saved_network import is_another_series, member_of, network_of, open_model
from elman_core.cli.saving import refuse_to_overwrite
from elman_core.cli.text_reports import print_continuation
from elman_core.data.dataset import SequenceDataset
from elman_core.data.kind import DataKind
from elman_core.data.sources import SourceGoneError
from elman_core.errors import ConfigError
from elman_core.experiment import Experiment
from elman_core.experiments.saved import experiment_from_ends, own_dataset, predict_from_ends
from elman_core.export.stamp import Stamp
from elman_core.forecasting.intervals import LEVELS, checked_levels
from elman_core.storage.model_file import load_model
from elman_core.support.jobs import complete
from elman_core.support.text_format import counted
from elman_core.training.events import Response

if TYPE_CHECKING:
    from elman_core.forecasting.another_series import AnotherSeries
    from elman_core.forecasting.intervals_beyond import IntervalsBeyond
    from elman_core.model.network import ElmanNetwork

__all__ = ["DETAILS", "run"]

DETAILS = "A model of symbols continues the text of --text."

_STEPS = 20
_MOST_NUMBERS = 20_000_000


@with_settings(TABLE_SETTINGS)
def run(
    model: Model,
    data: Data = None,
    steps: Annotated[
        int, typer.Option(metavar="N", parser=whole_number, help="Rows beyond the data, or symbols after the text.")
    ] = _STEPS,
    text: Annotated[
        str | None,
        typer.Option(metavar="TEXT", help="A prompt: shows the probabilities of the next symbol, and a continuation."),
    ] = None,
    temperature: Annotated[
        float,
        typer.Option(
            metavar="T",
            parser=number,
            help="How freely symbols are sampled: 0 takes the most probable, 1 follows the probabilities.",
        ),
    ] = 1.0,
    seed: Annotated[
        int,
        typer.Option(
            metavar="S", parser=whole_number, help="Seed of the sampling: the same seed gives the same symbols."
        ),
    ] = 1,
    future: Annotated[
        Path | None,
        typer.Option(metavar="FUTURE.csv", help="The columns known ahead, of the rows beyond the data."),
    ] = None,
    out: Annotated[Path | None, typer.Option(metavar="OUT.csv", help="Write data and prediction there.")] = None,
    fill_gaps: FillGaps = False,
    member: Member = 1,
    interval: Interval = None,
    as_json: Json = False,
    **settings: Any,
) -> None:
    """Predict with a saved network."""
    levels = checked_levels(interval or ())
    if text is not None:
        if data is not None:
            raise ConfigError("give either data or --text, not both")
        if out is not None:
            raise ConfigError("--out is for rows of data, not for --text; --json writes the continuation")
        if future is not None:
            raise ConfigError("--future is for rows of data, not for --text")
        if interval:
            raise ConfigError("--interval is for rows of data, not for --text")
        _continue_text(model, text, steps, temperature, seed, member, as_json)
        return
    saved = load_model(model)
    if saved.forecaster is not None or future is not None:
        if interval is None and saved.forecaster is not None:
            levels = LEVELS
        wanted = ForecastWanted(model, data, steps, future, out, fill_gaps, table_format(settings), member, levels)
        predict_forecaster(saved, wanted, as_json)
        return
    try:
        experiment, notes = open_model(model, data, fill_gaps, "predict", table_format(settings), whole=True)
    except SourceGoneError as gone:
        _predict_without_data(model, steps, out, member, as_json, gone)
        if interval:
            say("there are no intervals: these need the errors of forecasts on the data, which are gone")
        return
    _refuse_too_many_numbers(experiment)
    networks = experiment.training.networks
    experiment = experiment.of_member(member_of(networks, member))
    dataset = experiment.dataset
    if out is not None:
        refuse_to_overwrite(out, [model, data, dataset.source.path])
    from elman_core.forecasting import prediction as forecast

    network = network_of(experiment)
    response = complete(forecast.predict(network, dataset, steps))
    another = _score_another(model, data, network, dataset, response)
    found = _intervals(network, dataset, steps, levels, is_another=another is not None)
    if found is not None and found.reach < steps:
        notes.append(_reach_sentence(found.reach))
    elif found is not None and another is None and not _has_rows_not_fitted_to(dataset):
        notes.append("intervals come from errors on rows that the network was fitted to, and may be too narrow")
    PredictedRows(dataset, response, steps, _stamp(networks, member), found, another).tell(notes, out, as_json)


def _intervals(
    network: ElmanNetwork,
    dataset: SequenceDataset,
    steps: int,
    levels: tuple[float, ...],
    *,
    is_another: bool,
) -> IntervalsBeyond | None:
    """Return the intervals of the rows beyond; None where none are asked for, or there are no rows beyond."""
    if not levels or not steps:
        return None
    if dataset.kind is DataKind.SYMBOLS:
        raise ConfigError("--interval is for numbers; symbols are predicted with probabilities")
    from elman_core.forecasting.intervals_beyond import intervals_beyond, of_another_series
    from elman_core.forecasting.network_method import NetworkMethod

    own = of_another_series(dataset) if is_another else dataset
    return complete(intervals_beyond(NetworkMethod(network), own, steps, levels))


def _has_rows_not_fitted_to(dataset: SequenceDataset) -> bool:
    return bool((dataset.parts.stops > dataset.parts.train_stops).any())


def _reach_sentence(reach: int) -> str:
    if reach == 0:
        return "there are no intervals: the data have too few rows for errors to learn them from"
    return f"intervals reach {counted(reach, 'row')} beyond the data: further on no errors are known"


def _stamp(networks: int, member: int) -> Stamp | None:
    """Return what rows say of the network that predicted them: its number, if there are several."""
    return Stamp(network=member) if networks > 1 else None


def _score_another(
    model: Path, data: Path | None, network: ElmanNetwork, dataset: SequenceDataset, response: Response
) -> AnotherSeries | None:
    """Score the network on a series that it was not trained on; None for its own."""
    saved = load_model(model)
    if not is_another_series(saved, data):
        return None
    from elman_core.data.known_step import KnownStep
    from elman_core.forecasting.another_series import score_another

    step = None if saved.ends is None else KnownStep.of_ends(saved.ends)
    return complete(score_another(network, dataset, response, complete(own_dataset(saved, model)), step))


def _predict_without_data(
    model: Path, steps: int, out: Path | None, member: int, as_json: bool, gone: SourceGoneError
) -> None:
    """Predict the rows beyond the data with what the model file keeps of them."""
    saved = load_model(model)
    if saved.ends is None:
        raise gone
    dataset = experiment_from_ends(saved).dataset
    networks = len(saved.weights.w1)
    response = complete(predict_from_ends(saved, dataset, steps, member_of(networks, member)))
    say(f"{gone}; only the rows beyond are predicted, from the last rows, which the model file keeps")
    if out is not None:
        refuse_to_overwrite(out, [model])
    PredictedRows(dataset, response, steps, _stamp(networks, member), only_beyond=True).tell((), out, as_json)


def _continue_text(
    model: Path, text: str, steps: int, temperature: float, seed: int, member: int, as_json: bool
) -> None:
    saved = load_model(model)
    if saved.symbols is None:
        raise ConfigError(f"{model} was trained on numbers, not on symbols; --text is for models of symbols")
    from elman_core.generation.sampling import prompt_context, sample
    from elman_core.training.weights import network_from_weights

    weights = saved.weights.of_member(member_of(len(saved.weights.w1), member))
    network = network_from_weights(saved.network, weights)
    context = prompt_context(saved.training, weights)
    found = complete(sample(network, saved.symbols, text, steps, temperature, seed, context))
    if as_json:
        print_json(continuation_object(saved.symbols, found, temperature, seed))
    else:
        print_continuation(saved.symbols, found)


def _refuse_too_many_numbers(experiment: Experiment) -> None:
    """Refuse a long stream of many symbols, whose predictions would not fit into memory."""
    dataset = experiment.dataset
    numbers = dataset.rows * len(dataset.columns)
    if dataset.kind is DataKind.SYMBOLS and numbers > _MOST_NUMBERS:
        raise ConfigError(
            f"{dataset.name} has {dataset.rows:,} symbols of {len(dataset.columns):,} numbers each, of which every one "
            f"would be predicted; at most {_MOST_NUMBERS:,} numbers are. Give a shorter one, or --text"
        )
