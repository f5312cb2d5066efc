"""Units and connections by their names in the literature."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from elman_core.config import NetworkConfig
from elman_core.data.dataset import SequenceDataset

__all__ = ["Connection", "Layer", "Unit", "UnitNames", "connection_at", "unit_name", "units_of", "w1_rows", "w2_rows"]


class Layer(StrEnum):
    """The groups of units. The context units hold a copy of the hidden ones' last state."""

    INPUT = "input"
    CONTEXT = "context"
    BIAS = "bias"
    HIDDEN = "hidden"
    OUTPUT = "output"


@dataclass(frozen=True)
class Unit:
    """A unit by its layer, and its place in it counted from 0."""

    layer: Layer
    index: int = 0


@dataclass(frozen=True)
class Connection:
    """A weight: the one from `source` to `target`, which stands in `matrix` ("w1" or "w2") at `row`, `column`."""

    source: Unit
    target: Unit
    matrix: str
    row: int
    column: int


def units_of(config: NetworkConfig, layer: Layer) -> list[Unit]:
    """Return the units of a layer in their order."""
    sizes = {
        Layer.INPUT: config.inputs,
        Layer.CONTEXT: config.hidden,
        Layer.HIDDEN: config.hidden,
        Layer.BIAS: int(config.biases),
        Layer.OUTPUT: config.outputs,
    }
    return [Unit(layer, index) for index in range(sizes[layer])]


@lru_cache(maxsize=8)
def w1_rows(config: NetworkConfig) -> tuple[Unit, ...]:
    """Return the units that the rows of w1 come from; its columns go to the hidden units."""
    return tuple(unit for layer in (Layer.INPUT, Layer.CONTEXT, Layer.BIAS) for unit in units_of(config, layer))


@lru_cache(maxsize=8)
def w2_rows(config: NetworkConfig) -> tuple[Unit, ...]:
    """Return the units that the rows of w2 come from; its columns go to the output units."""
    layers = (Layer.HIDDEN, *((Layer.INPUT,) if config.direct else ()), Layer.BIAS)
    return tuple(unit for layer in layers for unit in units_of(config, layer))


def connection_at(config: NetworkConfig, matrix: str, row: int, column: int) -> Connection:
    """Return the connection whose weight stands there."""
    rows, target = (w1_rows, Layer.HIDDEN) if matrix == "w1" else (w2_rows, Layer.OUTPUT)
    return Connection(rows(config)[row], Unit(target, column), matrix, row, column)


@dataclass(frozen=True)
class UnitNames:
    """What the input and output units stand for; empty where they have numbers only."""

    inputs: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()

    @classmethod
    def of(cls, dataset: SequenceDataset) -> UnitNames:
        """Name the units of a network for a dataset: "sales", "sales -1" a row before, "price +1" known ahead.

        In the encoding's order. Of one column that goes in and comes out as it is, nothing need be said.
        """
        columns, config, encoding = dataset.columns, dataset.config, dataset.encoding
        if encoding.is_plain:
            return cls() if len(columns) == 1 else cls(columns, columns)
        past = (*columns, *config.inputs)
        lags = [f"{name} -{lag}" if lag else name for lag in range(encoding.lags) for name in past]
        ahead = [f"{name} +{step}" for step in range(1, encoding.steps + 1) for name in config.known]
        outputs = [f"{name} +{step}" for step in range(1, encoding.steps + 1) for name in columns]
        return cls((*lags, *ahead), tuple(outputs) if len(outputs) > 1 else ())


def unit_name(unit: Unit, names: UnitNames | None = None) -> str:
    """Return "hidden 3", "context 3", "bias", or "input sales" where units have names."""
    if unit.layer is Layer.BIAS:
        return "bias"
    if unit.layer in (Layer.INPUT, Layer.OUTPUT) and names is not None:
        known = names.inputs if unit.layer is Layer.INPUT else names.outputs
        if not known:
            return unit.layer.value if unit.index == 0 else f"{unit.layer.value} {unit.index + 1}"
        if unit.index < len(known):
            return f"{unit.layer.value} {known[unit.index]}"
    return f"{unit.layer.value} {unit.index + 1}"
