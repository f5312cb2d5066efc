"""Units and connections by their names in the literature."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from elman_core.config import NetworkConfig

__all__ = ["Connection", "Layer", "Unit", "connection_at", "unit_name", "units_of", "w1_rows", "w2_rows"]


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


def unit_name(unit: Unit, columns: tuple[str, ...] = ()) -> str:
    """Return "hidden 3", "context 3", "bias", or "input sales" where there are several columns."""
    if unit.layer is Layer.BIAS:
        return "bias"
    if unit.layer in (Layer.INPUT, Layer.OUTPUT) and unit.index < len(columns):
        return unit.layer.value if len(columns) == 1 else f"{unit.layer.value} {columns[unit.index]}"
    return f"{unit.layer.value} {unit.index + 1}"
