"""A run of a study with the automatic recipe: a forecaster that is fitted from one seed."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from elman_core.config import AutomaticConfig, DataConfig
from elman_core.config.part_kind import PartKind
from elman_core.data.dataset import Part
from elman_core.data.preparation import usual_targets
from elman_core.data.table import Table
from elman_core.errors import ElmanError
from elman_core.experiments import BUILT_IN
from elman_core.experiments.built_in import built_in_name
from elman_core.studies.block import StopFlag, failed_trials, member_path, moment, save_if_sound, unexpected
from elman_core.studies.trial import Outcome, Settings, Trial
from elman_core.support.files import NotWrittenError
from elman_core.support.jobs import Job, complete
from elman_core.training.course import Course

if TYPE_CHECKING:
    from elman_core.forecasting.automatic import ForecasterFit, ManySeriesFit
    from elman_core.forecasting.forecaster import Forecaster

__all__ = ["ForecasterBlock", "Recipe", "fit_forecaster_again", "train_forecaster"]


@dataclass(frozen=True)
class Recipe:
    """What the automatic recipe is asked for.

    Attributes
    ----------
    name
        What the series is called.
    data
        Roles, horizon and parts.
    automatic
        Choices that are made already, and the seed.
    network, training
        Settings of the Elman parts.
    """

    name: str
    data: DataConfig
    automatic: AutomaticConfig
    network: Mapping[str, Any]
    training: Mapping[str, Any]

    def begun(self, table: Table, engine: str) -> ForecasterFit | ManySeriesFit:
        """Return the fit before its first step.

        Raises
        ------
        ConfigError, DataError
            When settings do not go together, or not with the table.
        """
        from elman_core.forecasting.automatic import recipe_for  # imports torch

        data = self.data
        if not data.columns:
            name = built_in_name(table.source)
            usual = BUILT_IN[name].data.columns if name in BUILT_IN else ()
            given = data.model_dump(include=data.model_fields_set) | {"columns": usual or usual_targets(table)}
            data = DataConfig(**given)
        kind = recipe_for(table)
        return kind(self.name, table, data, self.automatic, engine=engine, network=self.network, training=self.training)


@dataclass(frozen=True)
class ForecasterBlock:
    """One forecaster of one cell, as `Block` has several networks."""

    cell: int
    settings: Settings
    number: int
    recipe: Recipe
    engine: str = "auto"
    models: Path | None = None
    stop: StopFlag = field(default_factory=StopFlag)


def train_forecaster(block: ForecasterBlock, table: Table) -> tuple[Trial, ...]:
    """Fit a forecaster, and return what it came to; nothing where it was stopped.

    Its figures are root mean square errors in the data's own units, one step ahead or over the horizon: of all rows
    before the test part, of the inner validation, and of the test part.

    Raises
    ------
    NotWrittenError
        When its model cannot be saved.
    """
    try:
        return _train(block, table)
    except NotWrittenError:
        raise
    except ElmanError as error:
        message = str(error)
    except Exception as error:  # a fault of the program is told like any other, and ends no study
        message = unexpected(error)
    return failed_trials(block.cell, block.settings, block.number, [block.recipe.automatic.seed], message)


def fit_forecaster_again(recipe: Recipe, table: Table, engine: str) -> Job[Forecaster]:
    """Fit a forecaster from its settings and seed."""
    import torch

    torch.set_num_threads(1)
    fit = recipe.begun(table, engine)
    for update in fit.updates():
        yield update.share
    assert fit.forecaster is not None, "a fit that has ended has one"
    return fit.forecaster


def _train(block: ForecasterBlock, table: Table) -> tuple[Trial, ...]:
    from elman_core.forecasting.horizons import score_predictor

    began, start = moment(), time.perf_counter()
    recipe = block.recipe
    job = fit_forecaster_again(recipe, table, block.engine)
    while True:
        try:
            next(job)
        except StopIteration as end:
            forecaster: Forecaster = end.value
            break
        if block.stop.is_set:
            return ()
    horizon = recipe.data.horizon
    predictor = complete(forecaster.predictor())
    scores = complete(score_predictor(predictor, forecaster.dataset, horizon, lost_rows=forecaster.warm_up_rows))
    rmse = {part: None if found is None else found.network.rmse for part, found in scores.items()}
    if block.models is not None:
        save_if_sound(member_path(block.models, block.cell, recipe.automatic.seed), forecaster)
    part = forecaster.parts[forecaster.shown]
    course = Course(part.run.history, ends=part.run.ends) if part.kind is PartKind.ELMAN else None
    train = rmse[Part.TRAIN]
    trial = Trial(
        number=block.number,
        cell=block.cell,
        settings=block.settings,
        seed=recipe.automatic.seed,
        outcome=Outcome.FINISHED,
        epochs=0 if course is None else course.epochs,
        best_epoch=0 if course is None else course.weights_epoch,
        train=float("nan") if train is None else train,
        validation=_inner_error(forecaster, horizon),
        test=rmse[Part.TEST],
        began=began,
        seconds=float(f"{time.perf_counter() - start:.4g}"),
    )
    return (trial,)


def _inner_error(forecaster: Forecaster, horizon: int) -> float | None:
    """Return the RMSE of the inner validation, 1 ... H steps ahead; None where there was none."""
    errors = forecaster.errors
    if errors is None:
        return None
    known = errors[:horizon]
    known = known[np.isfinite(known)]
    return float(np.sqrt(np.mean(known**2))) if known.size else None
