"""What is shown: the epoch of a network and the units that are held, in words."""

from __future__ import annotations

from elman_core.analysis.types import Clamps
from elman_core.analysis.units import Layer, Unit, UnitNames, unit_name
from elman_core.config import NetworkConfig
from elman_core.support.text_format import joined

__all__ = ["clamps_words", "shown_words"]

_MOST_NAMED = 3


def shown_words(epoch: int, time_step: int, held: str, *, weight_changed: bool = False) -> str:
    """Say which network is shown: "epoch 83, with hidden unit 3 lesioned"; `held` is of `clamps_words`."""
    step = f", step {time_step:,}" if time_step else ""
    place = f"epoch {epoch:,}{step}" if epoch or time_step else "untrained"
    changes = [*(["another weight"] if weight_changed else []), *([held] if held else [])]
    return f"{place}, with {joined(changes)}" if changes else place


def clamps_words(clamps: Clamps, config: NetworkConfig, names: UnitNames) -> str:
    """Say which units are held: "hidden unit 3 lesioned", "the context lesioned", "input sales held at 0.5"."""
    values = dict(clamps.values)
    words = []
    context = [unit for unit in values if unit.layer is Layer.CONTEXT]
    if len(context) == config.hidden and not any(values[unit] for unit in context):
        words.append("the context lesioned")
        values = {unit: value for unit, value in values.items() if unit.layer is not Layer.CONTEXT}
    lesioned = [unit for unit, value in values.items() if value == 0]
    if len(lesioned) > _MOST_NAMED:
        words.append(f"{len(lesioned):,} units lesioned")
    elif lesioned:
        words.append(f"{joined(_name(unit, names) for unit in lesioned)} lesioned")
    held = {unit: value for unit, value in values.items() if value != 0}
    if len(held) > _MOST_NAMED:
        words.append(f"{len(held):,} units held")
    else:
        words += [f"{_name(unit, names)} held at {value:.3g}" for unit, value in held.items()]
    return joined(words) if words else ""


def _name(unit: Unit, names: UnitNames) -> str:
    if unit.layer in (Layer.HIDDEN, Layer.CONTEXT):
        return f"{unit.layer.value} unit {unit.index + 1}"
    return unit_name(unit, names)
