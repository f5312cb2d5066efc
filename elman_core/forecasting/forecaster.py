"""Forecaster: parts that predict the same series, each in its own way, and how much each of them counts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Self

import numpy as np
import torch
from numpy.typing import NDArray

from elman_core.config import AutomaticConfig
from elman_core.config.part_kind import PartKind
from elman_core.data.dataset import SequenceDataset
from elman_core.experiment import Run
from elman_core.forecasting.inner_validation import InnerValidation
from elman_core.forecasting.predictor import NetworkPredictor
from elman_core.forecasting.running import transformed_ahead_of, transformed_ahead_of_each
from elman_core.model.network import ElmanNetwork
from elman_core.support.jobs import Job, within
from elman_core.training.weights import network_from_weights

__all__ = ["ForecastPart", "Forecaster", "ForecasterPredictor", "PartKind", "PartPredictor"]

Array = NDArray[np.float64]
Integers = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class ForecastPart:
    """One way of predicting the series, with transforms and lags of its own.

    Several networks of a run predict together: the mean of what they say, before transforms are undone.

    Attributes
    ----------
    run
        Networks, and the series as they see it: its dataset has the same rows as that of every other part.
    kind
        What the part is.
    one_step, several
        How much it counts for one step ahead, and for more than one.
    errors : (H, n, C)
        Prediction - value in the inner validation, from each of its origins, in the data's own units; NaN where there
        is no value to compare with. None of a part that was not chosen by one.
    """

    run: Run
    kind: PartKind
    one_step: float = 1.0
    several: float = 1.0
    errors: Array | None = None

    def weights(self, steps: int) -> Array:
        """Return how much it counts 1 ... H steps ahead, (H,)."""
        found = np.full(steps, self.several)
        found[:1] = self.one_step
        return found


@dataclass(frozen=True, eq=False)
class Forecaster:
    """Parts and their weights, which sum to 1 for one step ahead and for several.

    The forecast h steps after an origin is::

        sum_k weight_k(h) * forecast_k(h)        in the data's own units

    with the weights for one step where h = 1, and those for several steps from h = 2 on. A pure Elman network is a
    forecaster of one part.

    Attributes
    ----------
    dataset
        The series in its own units, without transforms: what forecasts are held against.
    parts
        At least one.
    automatic
        How parts and weights were chosen; None where they were given.
    validation
        What the choice rests on; None where there was none.
    notes
        Sentences for the person, such as what the series was too short for.
    """

    dataset: SequenceDataset
    parts: tuple[ForecastPart, ...]
    automatic: AutomaticConfig | None = None
    validation: InnerValidation | None = None
    notes: tuple[str, ...] = ()

    @classmethod
    def of_run(cls, run: Run) -> Self:
        """Return a pure Elman network as a forecaster of one part."""
        return cls(run.dataset, (ForecastPart(run, PartKind.ELMAN),))

    @property
    def name(self) -> str:
        """What the series is called."""
        return self.parts[0].run.name

    @property
    def shown(self) -> int:
        """The place of the part that is looked at first: the Elman part that counts most, or else any."""
        order = [(part.kind is PartKind.ELMAN, part.one_step + part.several) for part in self.parts]
        return order.index(max(order))

    @property
    def lost_rows(self) -> int:
        """How many rows a sequence needs before the first that all parts which count can predict from."""
        counting = [part for part in self.parts if part.one_step or part.several] or self.parts
        return max(part.run.dataset.fitted.lost_rows for part in counting)

    @property
    def warm_up_rows(self) -> int:
        """How many rows at the beginning of a sequence are neither scored nor shown.

        Before the end of these some part that counts looks back beyond the first row, at nothing. They are no more than
        half of the shortest training part.
        """
        counting = [part.run.dataset for part in self.parts if part.one_step or part.several]
        reach = max((dataset.fitted.lost_rows + dataset.encoding.lags - 1 for dataset in counting), default=0)
        lengths = self.dataset.parts.train_stops - self.dataset.panel.starts
        return max(self.lost_rows, min(reach, int(lengths[lengths > 0].min()) // 2))

    def seen_as(self, other: SequenceDataset | None) -> SequenceDataset:
        """Return the series as other data are seen: as a part does that has their transforms, or in its own units."""
        if other is not None:
            wanted = [fitted.transforms for fitted in other.fitted.targets]
            for part in (self.parts[self.shown], *self.parts):
                if [fitted.transforms for fitted in part.run.dataset.fitted.targets] == wanted:
                    return part.run.dataset
        return self.dataset

    def with_part(self, place: int, part: ForecastPart) -> Forecaster:
        """Return it with another part in place of one."""
        return replace(self, parts=(*self.parts[:place], part, *self.parts[place + 1 :]))

    @property
    def errors(self) -> Array | None:
        """(H, n, C), its errors in the inner validation; None where there was none."""
        found: Array | None = None
        for part in self.parts:
            if part.errors is not None:
                weights = part.weights(len(part.errors))[:, None, None]
                own = np.where(weights > 0, weights * part.errors, 0.0)
                found = own if found is None else found + own
        return found

    def predictor(self) -> Job[ForecasterPredictor]:
        """Run all parts over all rows, so that the forecaster can predict from any of them."""
        prepared, count = [], len(self.parts)
        for place, part in enumerate(self.parts):
            prepared.append((yield from within(PartPredictor.prepare(part.run), place / count, (place + 1) / count)))
        weights = np.array([[part.one_step, part.several] for part in self.parts])
        return ForecasterPredictor(tuple(prepared), weights)


@dataclass(frozen=True, eq=False)
class PartPredictor:
    """The networks of one part, which predict together: the mean, before transforms are undone."""

    members: tuple[NetworkPredictor, ...]

    @classmethod
    def prepare(cls, run: Run) -> Job[Self]:
        """Run each network over all rows."""
        assert run.weights is not None
        network, members = network_from_weights(run.network, run.weights), []
        for member in range(network.networks):
            share = member / network.networks, (member + 1) / network.networks
            members.append((yield from within(NetworkPredictor.prepare(network, run.dataset, member), *share)))
        return cls(tuple(members))

    def ahead(self, origins: Integers, steps: int) -> Array:
        """Predict 1 ... H rows after each origin (n,): (H, n, C) in the data's own units."""
        dataset = self.members[0].dataset
        return dataset.undo_ahead(np.mean(self.spread(origins, steps), axis=0), origins)

    def spread(self, origins: Integers, steps: int) -> Array:
        """Return what each network predicts, (N, H, n, C), before transforms are undone."""
        first, *others = self.members
        if not others:
            alone = transformed_ahead_of(first.network, first.dataset, origins, first.contexts_at(origins), steps)
            return alone[None]
        w1, w2 = (torch.cat([getattr(own.network, name) for own in self.members]) for name in ("w1", "w2"))
        together = ElmanNetwork(first.network.config, w1, w2)
        contexts = torch.stack([own.contexts_at(origins) for own in self.members])
        return transformed_ahead_of_each(together, first.dataset, origins, contexts, steps)


@dataclass(frozen=True, eq=False)
class ForecasterPredictor:
    """All parts of a forecaster, ready to predict from any row.

    Attributes
    ----------
    parts
        Of P parts.
    weights : (P, 2)
        How much each counts, for one step and for several.
    """

    parts: tuple[PartPredictor, ...]
    weights: Array

    def ahead(self, origins: Integers, steps: int) -> Array:
        """Predict 1 ... H rows after each origin (n,): (H, n, C) in the data's own units."""
        columns = len(self.parts[0].members[0].dataset.columns)
        found = np.zeros((steps, len(origins), columns))
        for part, (one_step, several) in zip(self.parts, self.weights, strict=True):
            weights = np.full(steps, several)
            weights[:1] = one_step
            if weights.any():  # a part that does not count may well run off
                found += weights[:, None, None] * part.ahead(origins, steps)
        return found
