"""What the recipe for many series has learned, in one sentence."""

from __future__ import annotations

from elman_core.data.transforms.chain import sentence
from elman_core.forecasting.forecaster import Forecaster, PartKind
from elman_core.support.text_format import counted

__all__ = ["many_series_sentence"]


def many_series_sentence(forecaster: Forecaster) -> str:
    """Say what one network learned from all series, and how much it counts beside least squares.

    Such as "log where positive, seasonal indices of 12 where a test finds a season, relative to the newest value; 24
    lags direct + 32 hidden, 18 steps at once; learned from 1,428 sequences together; mean of 5; least squares count 0".
    """
    part = next((part for part in forecaster.parts if part.kind is PartKind.ELMAN), forecaster.parts[0])
    run = part.run
    config, transforms = run.dataset.config, run.dataset.fitted.targets[0].transforms
    seen = [sentence(transforms)] if transforms else []
    seen += ["relative to the newest value"] if config.relative_to_last else []
    network = f" + {run.network.hidden:,} hidden" if part.kind is PartKind.ELMAN else ""
    said = [
        ", ".join(seen),
        f"{counted(config.lags, 'lag')} direct{network}, {counted(config.horizon, 'step')} at once",
        f"learned from {counted(run.dataset.train_sequences, 'sequence')} together",
    ]
    if part.kind is PartKind.ELMAN:
        said += [f"mean of {run.training.networks:,}"] if run.training.networks > 1 else []
        linear = next((each for each in forecaster.parts if each.kind is PartKind.LINEAR), None)
        if linear is not None:
            said.append(f"least squares count {_counts(linear.one_step, linear.several)}")
    return "; ".join(part for part in said if part)


def _counts(one_step: float, several: float) -> str:
    """Say weights for one step and for several."""
    one, beyond = (f"{round(100 * weight)} %" if weight else "0" for weight in (one_step, several))
    return one if one == beyond else f"{one} at one step and {beyond} beyond"
