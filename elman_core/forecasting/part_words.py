"""What the parts of a forecaster are, in words."""

from __future__ import annotations

from elman_core.config import Scaling
from elman_core.config.part_kind import PartKind
from elman_core.data.scaling import pipeline_of
from elman_core.forecasting.forecaster import Forecaster, ForecastPart
from elman_core.support.text_format import counted

__all__ = ["part_words", "short_part_words", "weight_words", "whole_words"]


def short_part_words(part: ForecastPart) -> str:
    """Say what one part is in a few words: "13 lags + 8 hidden"."""
    lags, hidden = counted(part.run.dataset.config.lags, "lag"), f"{part.run.network.hidden} hidden"
    if part.kind is PartKind.LINEAR:
        return lags
    return f"{lags} + {hidden}" if part.run.network.direct else hidden


def part_words(part: ForecastPart) -> str:
    """Say what one part is: "log, difference; 13 lags direct + 8 hidden on what they leave; mean of 5"."""
    config, network, networks = part.run.dataset.config, part.run.network, part.run.training.networks
    lags = counted(config.lags, "lag")
    if part.kind is PartKind.LINEAR:
        what = f"{lags} direct"
    elif network.direct:
        what = f"{lags} direct + {network.hidden} hidden on what they leave"
    else:
        what = f"{lags}, {network.hidden} hidden"
    transforms = pipeline_of(config.transforms, config.season, Scaling.NONE).sentence() if config.transforms else ""
    return "; ".join(filter(None, (transforms, what, f"mean of {networks}" if networks > 1 else "")))


def weight_words(part: ForecastPart) -> str:
    """Say how much a part counts, one step ahead and for more."""
    return f"counts {part.one_step:.0%} / {part.several:.0%}"


def whole_words(forecaster: Forecaster) -> str:
    """Say what the whole is: the part that counts most, and how much networks count."""
    lead = max(forecaster.parts, key=lambda part: part.one_step + part.several)
    one, several = (
        sum(getattr(part, name) for part in forecaster.parts if part.kind is PartKind.ELMAN)
        for name in ("one_step", "several")
    )
    return (
        f"Most of all {part_words(lead)}. Elman networks count {one:.0%} one step ahead and {several:.0%} for more "
        f"({len(forecaster.parts)} parts)."
    )
