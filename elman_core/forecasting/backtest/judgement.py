"""Judgement of a backtest: how a model compares with the best baseline, how sure that is, and what is suspicious."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from elman_core.data.dataset import SequenceDataset
from elman_core.forecasting.backtest.figures import Scale, scores_of
from elman_core.forecasting.backtest.results import Contestant
from elman_core.support.text_format import counted

__all__ = ["Comparison", "compare", "doubts", "verdict"]

_FEW_ORIGINS = 10
_RESAMPLES = 2_000
_CERTAIN = 90.0
"""Per cent that the interval of a comparison holds."""
_ECHO = 0.25
_NEAR = 0.95
_FAR = 1.0
"""So many times the range of all values known so far beyond it, a forecast has run off."""

Array = NDArray[np.float64]
Integers = NDArray[np.int64]
Chosen = NDArray[np.bool_]


@dataclass(frozen=True)
class Comparison:
    """A model beside the baseline that errs least on the same values.

    Attributes
    ----------
    baseline
        Its title. It is chosen on the values that it is judged by, which flatters it, not the model.
    gain
        1 - error / error of the baseline, by RMSE, over several columns or sequences by MASE; None where the baseline
        makes no error.
    low, high
        Where the gain lies with 90 % confidence, by a paired block bootstrap; None where there are too few cases.
    cases, kind
        How many forecasts were compared, and what each is of: an origin, or of several sequences a sequence.
    """

    baseline: str
    gain: float | None
    low: float | None
    high: float | None
    cases: int
    kind: str = "origin"

    @property
    def is_level(self) -> bool:
        """Whether the difference is none that can be seen."""
        if self.low is not None and self.high is not None:
            return self.low <= 0 <= self.high
        return self.gain is not None and np.isfinite(self.gain) and round(100 * self.gain) == 0


def compare(
    scale: Scale, model: Contestant, baselines: tuple[Contestant, ...], steps: range, chosen: Chosen
) -> Comparison | None:
    """Compare a model with the best baseline over some steps and origins; None without any.

    The interval is that of 2,000 resamples with the seed 0: of several sequences, of these; of one, of blocks of
    origins in a row (on a circle), as long as the forecasts overlap and at least the cube root of their number. With
    fewer than ten cases, or than two blocks, there is none.
    """
    dataset = scale.dataset
    scaled = dataset.panel.has_several or len(dataset.columns) > 1
    scores = [(own, scores_of(scale, own.point, steps, chosen)) for own in (model, *baselines)]
    if len(scores) < 2 or not len(scores[0][1].scored):
        return None
    errors = [found.mean().mase if scaled else found.mean().rmse for _, found in scores]
    ranked = [(error, place) for place, error in enumerate(errors[1:], 1) if error is not None]
    if errors[0] is None or not ranked:
        return None
    best = min(ranked)[1]
    theirs, title = errors[best], scores[best][0].title
    gain = 1 - errors[0] / theirs if theirs else None
    if dataset.panel.has_several:
        own, other = scores[0][1].mase, scores[best][1].mase
        usable = np.isfinite(own) & np.isfinite(other)
        losses, block, root = np.stack([own[usable], other[usable]], axis=1), 1, False
    else:
        pair = (model, scores[best][0])
        losses = np.stack([_losses(scale, each.point, steps, chosen, scaled=scaled) for each in pair], axis=1)
        losses = losses[np.isfinite(losses).all(axis=1)]
        apart = float(np.median(np.diff(scale.origins))) if len(scale.origins) > 1 else 1.0
        block, root = max(int(np.ceil(steps[-1] / apart)), round(len(losses) ** (1 / 3))), not scaled
    is_known = gain is not None and np.isfinite(gain)
    low, high = _interval(losses, block, root=root) if is_known else (None, None)
    kind = "sequence" if dataset.panel.has_several else "origin"
    return Comparison(title, gain, low, high, len(losses), kind)


def _losses(scale: Scale, point: Array, steps: range, chosen: Chosen, *, scaled: bool) -> Array:
    """Return what each origin loses (m,): squared errors, or over several columns absolute ones, scaled as MASE is."""
    index = [step - 1 for step in steps]
    error = (point - scale.values)[index][:, chosen]
    sizes = np.abs(error) / scale.steps[0] if scaled else error**2
    seen = np.isfinite(sizes) | np.isnan(scale.values[index][:, chosen])
    count = np.isfinite(sizes).sum(axis=(0, 2))
    with np.errstate(invalid="ignore", divide="ignore"):
        total = np.where(np.isfinite(sizes), sizes, 0.0).sum(axis=(0, 2)) / count
    return np.where(seen.all(axis=(0, 2)) | scaled, total, np.inf)


def _interval(losses: Array, block: int, *, root: bool) -> tuple[float | None, float | None]:
    """Return where the gain 1 - mean own / mean other lies, of losses (n, 2); of the means' square roots if `root`."""
    cases = len(losses)
    if cases < _FEW_ORIGINS or cases < 2 * block:
        return None, None
    random = np.random.default_rng(0)
    # Sums of blocks on a circle, from which each resample adds up as many as cover the cases.
    around = np.cumsum(np.concatenate([np.zeros((1, 2)), losses, losses[: block - 1]]), axis=0)
    blocks = around[block:] - around[:-block]  # (n, 2)
    starts = random.integers(0, cases, size=(_RESAMPLES, -(-cases // block)))
    own, other = blocks[starts].sum(axis=1).T
    with np.errstate(invalid="ignore", divide="ignore"):
        ratio = own / other
        gains = 1 - (np.sqrt(ratio) if root else ratio)
    if not np.isfinite(gains).all():
        return None, None  # a baseline that makes no error in some resamples
    low, high = np.percentile(gains, [50 - _CERTAIN / 2, 50 + _CERTAIN / 2])
    return float(low), float(high)


def verdict(
    model: str, overall: Comparison | None, one_step: Comparison | None, horizon: int, unit: str = "step"
) -> str:
    """Say in a sentence how a model compares with the best baseline over all steps, and at one step.

    Like: Over 12 months the network is 9 % better than the best baseline, Theta (90 % interval 4 to 13 %); at one
    month it is level with least squares.
    """
    if overall is None:
        return "There is nothing to compare by."
    place = f"At one {unit}" if horizon == 1 else f"Over {horizon:,} {unit}s"
    said = f"{place} {model} is {_standing(overall)}"
    if horizon > 1 and one_step is not None:
        said += f"; at one {unit} it is {_standing(one_step, short=True)}"
    return f"{said}."


def _standing(found: Comparison, *, short: bool = False) -> str:
    baseline = found.baseline if short else f"the best baseline, {found.baseline}"
    if found.gain is None:
        return f"behind {baseline}, which makes no error"
    if not np.isfinite(found.gain):
        return f"far behind {baseline}: not all of its forecasts are numbers"
    if found.is_level:
        return f"level with {baseline} ({_sure(found, _percent)})"
    if found.gain <= -1:
        return f"far behind {baseline}: {_times(-found.gain)} times its error ({_sure(found, _times)})"
    side = "better" if found.gain > 0 else "worse"
    return f"{_percent(abs(found.gain))} % {side} than {baseline} ({_sure(found, _percent)})"


def _percent(gain: float) -> str:
    return f"{round(100 * gain):,}"


def _times(loss: float) -> str:
    return f"{1 + loss:.3g}" if loss < 999 else "a thousand or more"


def _sure(found: Comparison, words: Callable[[float], str]) -> str:
    """Say between which figures a comparison lies; what is better or worse is written without a sign."""
    if found.low is None or found.high is None:
        return f"{counted(found.cases, found.kind)} cannot show how sure that is"
    is_worse = found.gain is not None and found.gain < 0 and not found.is_level
    edges = (-found.high, -found.low) if is_worse else (found.low, found.high)
    unit = "%" if words is _percent else "times"
    return f"{_CERTAIN:.0f} % interval {words(edges[0])} to {words(edges[1])} {unit}"


def doubts(scale: Scale, model: Contestant, simple: Contestant, chosen: Chosen) -> list[str]:
    """Return what should make one doubt a model's forecasts: an echo, few origins, a closed loop that runs off.

    Parameters
    ----------
    simple
        What persistence forecast.
    chosen : (n,)
        The origins that have all their values.
    """
    found = []
    origins = int(np.count_nonzero(chosen))
    if origins < _FEW_ORIGINS:
        found.append(
            f"The figures are of forecasts from {counted(origins, 'origin')} only: a few more could change them much."
        )
    if _echoes(scale, model, simple):
        found.append(
            "The forecast only echoes the last value: one step ahead it is hardly anything else, and no better than "
            "that value itself."
        )
    gone, total = _run_off(scale.dataset, scale.origins, model.point)
    if gone:
        found.append(
            f"In {gone:,} of {counted(total, 'forecast')} the closed loop runs off, beyond all values known so far by "
            "more than their range."
        )
    return found


def _echoes(scale: Scale, model: Contestant, simple: Contestant) -> bool:
    """Whether a one-step forecast hardly differs from the last value, and errs as much as that does."""
    values, own, last = scale.values[0], model.point[0], simple.point[0]
    with np.errstate(invalid="ignore", over="ignore"):
        seen = np.isfinite(values) & np.isfinite(own)
        moved, changed = (np.where(seen, (each - last) ** 2, 0.0).sum(axis=0) for each in (own, values))
        error = np.where(seen, (own - values) ** 2, 0.0).sum(axis=0)
        return bool(((moved < _ECHO**2 * changed) & (error > _NEAR**2 * changed)).all())


def _run_off(dataset: SequenceDataset, origins: Integers, point: Array) -> tuple[int, int]:
    """Return how many forecasts leave the range of their sequence's rows up to the origin by far, and of how many."""
    gone = np.zeros(len(origins), np.bool_)
    sequence = dataset.sequence_of_row[origins]
    for own in np.unique(sequence).tolist():
        rows, place = dataset.panel.rows_of(own), np.flatnonzero(sequence == own)
        values = np.asarray(dataset.values[rows])
        low, high = np.minimum.accumulate(values), np.maximum.accumulate(values)
        last = origins[place] - rows.start
        width = _FAR * (high[last] - low[last])
        with np.errstate(invalid="ignore"):
            inside = (point[:, place] >= low[last] - width) & (point[:, place] <= high[last] + width)
        gone[place] = ~inside.all(axis=(0, 2))
    return int(gone.sum()), len(origins)
