"""The jobs behind the workspace Forecast: looking ahead, testing back, and trying other values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from elman_core.data.changed_value import ChangedValue
from elman_core.data.dataset import SequenceDataset
from elman_core.data.one_sequence import one_sequence
from elman_core.experiment import Run
from elman_core.support.jobs import Job, within
from elman_core.training.events import Response

if TYPE_CHECKING:  # what imports torch
    from elman_core.forecasting.backtest.contenders import Contender
    from elman_core.forecasting.backtest.results import Backtest
    from elman_core.forecasting.forecaster import Forecaster
    from elman_core.forecasting.intervals_beyond import IntervalsBeyond

__all__ = ["BacktestWanted", "Outlook", "WhatIf", "look_ahead", "test_back", "try_changes"]

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Outlook:
    """What a network or forecaster predicts beyond the data.

    Attributes
    ----------
    dataset, response
        Of all sequences.
    intervals
        Of the rows beyond; None where there are none.
    """

    dataset: SequenceDataset
    response: Response
    intervals: IntervalsBeyond | None

    def of_sequence(self, sequence: int) -> tuple[SequenceDataset, Response]:
        """Return one sequence alone, and what is predicted of it."""
        panel, response = self.dataset.panel, self.response
        if not panel.has_several or response.beyond is None:
            return self.dataset, response
        rows = panel.rows_of(sequence)
        length = rows.stop - rows.start
        one_step = response.one_step[max(rows.start + 1 - response.first_row, 0) : rows.stop - response.first_row]
        nothing = np.empty((0, 0), np.float32)
        return one_sequence(self.dataset, sequence), Response(
            first_row=length - len(one_step),
            one_step=one_step,
            hidden=nothing,
            closed_loop_row=length,
            closed_loop=response.beyond[sequence],
            closed_loop_hidden=nothing,
            outputs=nothing,
            closed_loop_inputs=nothing,
            closed_loop_outputs=nothing,
        )


@dataclass(frozen=True)
class BacktestWanted:
    """How to test back.

    Attributes
    ----------
    horizon
        Steps ahead, at most as many as the test part has.
    folds
        At the beginning of each of so many all are fitted again; 0 for never.
    ets
        Whether ETS is among the baselines; None where that depends on how many series there are.
    """

    horizon: int
    folds: int = 0
    ets: bool | None = None


@dataclass(frozen=True, eq=False)
class WhatIf:
    """What would be forecast of a sequence, (H, C), if some values were others."""

    sequence: int
    changes: tuple[ChangedValue, ...]
    forecast: Array


def look_ahead(trained: Run | Forecaster, member: int, steps: int) -> Job[Outlook]:
    """Forecast so many steps beyond the data, with intervals."""
    yield 0.0
    # Imported here, in the job's thread: importing torch takes a second.
    import torch

    from elman_core.forecasting.forecast import predict_with
    from elman_core.forecasting.prediction import predict
    from elman_core.forecasting.trained_intervals import trained_intervals
    from elman_core.training.weights import network_from_weights

    torch.set_num_threads(1)
    own = trained.of_member(member) if isinstance(trained, Run) else trained
    if isinstance(own, Run):
        assert own.weights is not None
        network = network_from_weights(own.network, own.weights)
        response = yield from within(predict(network, own.dataset, steps), 0.0, 0.5)
    else:
        response = yield from within(predict_with(own, steps), 0.0, 0.5)
    intervals = yield from within(trained_intervals(own, steps), 0.5, 1.0)
    return Outlook(trained.dataset, response, intervals)


def test_back(trained: Run | Forecaster, member: int, wanted: BacktestWanted) -> Job[Backtest]:
    """Forecast from every origin of the test part, and compare with what came and with all baselines."""
    yield 0.0
    import torch

    from elman_core.forecasting.backtest.contenders import baselines_of
    from elman_core.forecasting.backtest.run import backtest
    from elman_core.forecasting.horizons import longest_horizon

    torch.set_num_threads(1)
    dataset = trained.dataset
    model, *parts = _contenders(trained, member)
    return (
        yield from backtest(
            model,
            (*parts, *baselines_of(dataset, ets=wanted.ets)),
            dataset,
            min(wanted.horizon, longest_horizon(dataset)),
            folds=max(wanted.folds, 1),
            refit=wanted.folds > 0,
        )
    )


def try_changes(
    trained: Run | Forecaster, member: int, sequence: int, steps: int, changes: Sequence[ChangedValue]
) -> Job[WhatIf]:
    """Forecast a sequence as if some values were others."""
    yield 0.0
    import torch

    from elman_core.forecasting.what_if import forecast_if

    torch.set_num_threads(1)
    own = trained.of_member(member) if isinstance(trained, Run) else trained
    return WhatIf(sequence, tuple(changes), (yield from forecast_if(own, sequence, steps, changes)))


def _contenders(trained: Run | Forecaster, member: int) -> tuple[Contender, ...]:
    """Return the network, or a forecaster and its parts."""
    from elman_core.forecasting.backtest.contenders import forecaster_contenders, network_contender
    from elman_core.training.weights import network_from_weights

    if not isinstance(trained, Run):
        return forecaster_contenders(trained)
    run = trained.of_member(member)
    assert run.weights is not None
    return (network_contender(run, network_from_weights(run.network, run.weights)),)
