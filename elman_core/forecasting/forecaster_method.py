"""A forecaster of several parts, or one of its parts, as a method of forecasting."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from elman_core.data.dataset import SequenceDataset
from elman_core.forecasting.forecaster import Forecaster
from elman_core.forecasting.methods import predicted_by
from elman_core.support.jobs import Job

__all__ = ["ForecasterMethod", "alone"]

Array = NDArray[np.float64]
Integers = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class ForecasterMethod:
    """Predicts by all parts of a forecaster together, on the series that they were fitted to."""

    forecaster: Forecaster

    def ahead(self, dataset: SequenceDataset, origins: Integers, steps: int) -> Job[Array]:
        """See `Method`; the dataset has the rows of the forecaster's own, which every part sees in its own way."""
        assert dataset.rows == self.forecaster.dataset.rows
        widest = max(part.run.network.inputs + part.run.network.outputs for part in self.forecaster.parts)
        predictor = self.forecaster.predictor()
        return predicted_by(predictor, len(dataset.columns), origins, steps, steps * widest)


def alone(forecaster: Forecaster, place: int) -> Forecaster:
    """Return one part of a forecaster, which alone counts."""
    part = replace(forecaster.parts[place], one_step=1.0, several=1.0)
    return replace(forecaster, parts=(part,))
