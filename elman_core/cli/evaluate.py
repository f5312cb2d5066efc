"""`elman evaluate`: the error of a saved network's free run, by the number of steps ahead."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from elman_core.cli.console import print_json, say
from elman_core.cli.json_reports import by_sequence_object, horizon_object, outside_object
from elman_core.cli.options import (
    TABLE_SETTINGS,
    Data,
    FillGaps,
    Json,
    Member,
    Model,
    table_format,
    whole_number,
    with_settings,
)
from elman_core.cli.saved_network import (
    is_another_series,
    member_of,
    network_of,
    open_forecaster,
    open_model,
    refuse_a_member,
)
from elman_core.cli.text_reports import print_by_sequence, print_horizons
from elman_core.data.dataset import Part, SequenceDataset
from elman_core.data.known_range import KnownRange, OutsideValues
from elman_core.data.table import TableFormat
from elman_core.experiments.saved import own_dataset
from elman_core.forecasting.extent import first_test_row
from elman_core.forecasting.scores import PartScores
from elman_core.storage.model_file import SavedModel, load_model
from elman_core.support.jobs import complete
from elman_core.support.text_format import counted

if TYPE_CHECKING:
    from elman_core.forecasting.predictor import Predictor  # imports torch

__all__ = ["run"]

_HORIZON = 10


@with_settings(TABLE_SETTINGS)
def run(
    model: Model,
    data: Data = None,
    horizon: Annotated[
        int | None,
        typer.Option(
            metavar="H",
            parser=whole_number,
            help=f"Steps ahead: {_HORIZON}, or those it was trained for, or as many rows as there are.",
        ),
    ] = None,
    from_row: Annotated[
        int | None,
        typer.Option(
            "--from",
            metavar="ROW",
            parser=whole_number,
            help="First row predicted, from 0 in each sequence: the test part's.",
        ),
    ] = None,
    by_sequence: Annotated[
        bool, typer.Option("--by-sequence", help="Also the errors of each sequence, the worst first.")
    ] = False,
    fill_gaps: FillGaps = False,
    member: Member = 1,
    as_json: Json = False,
    **settings: Any,
) -> None:
    """Score a saved network at each number of steps ahead, up to the horizon."""
    from elman_core.forecasting.horizons import evaluate_predictor, score_predictor

    saved = load_model(model)
    predictor, dataset, lost, notes = _opened(saved, model, data, table_format(settings), fill_gaps, member)
    horizon = _horizon(dataset, horizon, from_row)
    scores = complete(evaluate_predictor(predictor, dataset, horizon, from_row, lost))
    each = _last_part(complete(score_predictor(predictor, dataset, horizon, lost_rows=lost))) if by_sequence else None
    outside = _outside(saved, model, data, dataset)
    for note in [*notes, *(found.sentence for found in outside or ())]:
        say(note)
    if by_sequence and each is None:
        rows = counted(horizon, "row")
        say(f"no sequence has {rows} in a row in any part; give a smaller horizon to see each sequence")
    if as_json:
        of_each = by_sequence_object(dataset, *each) if each else {}
        print_json(horizon_object(scores) | of_each | ({} if outside is None else outside_object(outside)))
        return
    print_horizons(scores, f"{dataset.name}: free-running from every row, first predicting {_first(dataset, from_row)}")
    if each is not None:
        print_by_sequence(dataset, *each)


def _opened(
    saved: SavedModel, model: Path, data: Path | None, wanted: TableFormat | None, fill_gaps: bool, member: int
) -> tuple[Predictor, SequenceDataset, int, list[str]]:
    """Return what predicts, a network or all parts of a forecaster; the data; how many rows it needs; and notes."""
    if saved.forecaster is None:
        from elman_core.forecasting.predictor import NetworkPredictor

        experiment, notes = open_model(model, data, fill_gaps, "evaluate", wanted)
        experiment = experiment.of_member(member_of(experiment.training.networks, member))
        dataset = experiment.dataset
        return complete(NetworkPredictor.prepare(network_of(experiment), dataset)), dataset, 0, notes
    refuse_a_member(saved, member)
    forecaster, notes = open_forecaster(saved, model, data, fill_gaps, "evaluate", wanted)
    return complete(forecaster.predictor()), forecaster.dataset, forecaster.lost_rows, notes


def _horizon(dataset: SequenceDataset, horizon: int | None, from_row: int | None) -> int:
    from elman_core.forecasting.horizons import longest_horizon

    if horizon is not None:
        return horizon
    return min(max(_HORIZON, dataset.config.horizon), longest_horizon(dataset, from_row))


def _outside(
    saved: SavedModel, model: Path, data: Path | None, dataset: SequenceDataset
) -> tuple[OutsideValues, ...] | None:
    """Return the values of another series that the network does not know; None of its own, or where that is gone."""
    own = complete(own_dataset(saved, model)) if is_another_series(saved, data) else None
    return None if own is None else KnownRange.of(own).outside(dataset)


def _last_part(scores: Mapping[Part, PartScores | None]) -> tuple[Part, PartScores] | None:
    return next(((part, found) for part in reversed(Part) if (found := scores[part]) is not None), None)


def _first(dataset: SequenceDataset, from_row: int | None) -> str:
    """Say which row is predicted first."""
    if from_row is None and dataset.panel.has_several:
        return "the first of each sequence's test part"
    return f"row {first_test_row(dataset) if from_row is None else from_row:,}"
