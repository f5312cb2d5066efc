"""Sentences that say what a forecaster and its parts are."""

from __future__ import annotations

from elman_core.config import Begin, Scaling
from elman_core.data.scaling import pipeline_of
from elman_core.forecasting.forecaster import Forecaster, ForecastPart, PartKind
from elman_core.forecasting.many_sentence import many_series_sentence
from elman_core.support.text_format import counted

__all__ = ["forecaster_sentence", "part_sentence", "weights_sentence"]


def part_sentence(part: ForecastPart) -> str:
    """Say what one part is: "log, difference; 13 lags direct + 8 hidden on what they leave; mean of 5"."""
    run = part.run
    data, network = run.dataset.config, run.network
    transforms = pipeline_of(data.transforms, data.season, Scaling.NONE).sentence()
    lags = counted(data.lags, "lag")
    if part.kind is PartKind.LINEAR:
        penalty = f", ridge {network.ridge:g}" if network.ridge else ""
        how = f"least squares of {lags}{penalty}"
    elif network.begin is Begin.LEAST_SQUARES:
        held = "on what they leave" if run.training.hold_direct else "beside them"
        how = f"{lags} direct + {network.hidden:,} hidden {held}"
    else:
        how = f"{lags}, {network.hidden:,} hidden"
    networks = run.training.networks
    return "; ".join(
        [
            "as it is" if transforms == "none" else transforms,
            how,
            *([f"mean of {networks:,}"] if networks > 1 else []),
        ]
    )


def weights_sentence(part: ForecastPart) -> str:
    """Say how much a part counts: "12 % of one step, 7 % of several"."""
    return f"{_percent(part.one_step)} of one step, {_percent(part.several)} of several"


def forecaster_sentence(forecaster: Forecaster) -> str:
    """Say what the whole is, and how much its Elman networks count."""
    parts = forecaster.parts
    if forecaster.dataset.panel.has_several and forecaster.automatic is not None:
        return many_series_sentence(forecaster)
    if len(parts) == 1:
        return part_sentence(parts[0])
    elman = [part for part in parts if part.kind is PartKind.ELMAN]
    linear = counted(len(parts) - len(elman), "linear part")
    if not elman:
        return f"weighted mean of {linear}: {_strongest(parts)}"
    one_step, several = sum(part.one_step for part in elman), sum(part.several for part in elman)
    if not (one_step or several):
        return (
            f"weighted mean of {linear}: {_strongest(parts)}; the {counted(len(elman), 'Elman part')} count 0 %, since "
            "validation finds them no better"
        )
    return (
        f"weighted mean of {linear} and {counted(len(elman), 'Elman part')}, which count {_percent(one_step)} of one "
        f"step and {_percent(several)} of several; most of these: {_strongest(elman)}"
    )


def _strongest(parts: tuple[ForecastPart, ...] | list[ForecastPart]) -> str:
    return part_sentence(max(parts, key=lambda part: part.one_step + part.several))


def _percent(share: float) -> str:
    return "less than 1 %" if 0 < share < 0.005 else f"{100 * share:.0f} %"
