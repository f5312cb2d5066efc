"""`elman evaluate`: the error of a saved network's free run, by the number of steps ahead."""

from __future__ import annotations

from typing import Annotated

import typer

from elman_core.cli.console import print_json, say
from elman_core.cli.json_reports import horizon_object
from elman_core.cli.options import Data, FillGaps, Json, Model
from elman_core.cli.saved_network import network_of, open_model
from elman_core.cli.text_reports import print_horizons
from elman_core.forecasting.extent import first_test_row
from elman_core.support.jobs import complete

__all__ = ["run"]

_HORIZON = 10


def run(
    model: Model,
    data: Data = None,
    horizon: Annotated[
        int | None, typer.Option(metavar="H", help=f"Steps ahead: {_HORIZON}, or as many rows as there are.")
    ] = None,
    from_row: Annotated[
        int | None, typer.Option("--from", metavar="ROW", help="First row predicted, from 0: that of the test part.")
    ] = None,
    fill_gaps: FillGaps = False,
    as_json: Json = False,
) -> None:
    """Score a saved network at each number of steps ahead, up to the horizon."""
    experiment, notes = open_model(model, data, fill_gaps, "evaluate")
    from elman_core.forecasting.prediction import evaluate_horizons

    dataset = experiment.dataset
    first = first_test_row(dataset) if from_row is None else from_row
    horizon = max(1, min(_HORIZON, dataset.rows - first)) if horizon is None else horizon
    scores = complete(evaluate_horizons(network_of(experiment), dataset, horizon, first))
    for note in notes:
        say(note)
    if as_json:
        print_json(horizon_object(scores))
    else:
        print_horizons(scores, f"{dataset.name}: free-running from every row, first predicting row {first:,}")
