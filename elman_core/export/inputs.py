"""What the numbers that go into a network and come out of it are, in words."""

from __future__ import annotations

from typing import Any

from elman_core.config import DataConfig
from elman_core.data.encoding import Encoding
from elman_core.data.scaling import FittedColumns

__all__ = ["input_names", "output_names", "transforms_told"]

_MOST_SEQUENCES = 1_000
"""Whose parameters are told."""


def input_names(data: DataConfig) -> list[str]:
    """Return what each input is: "sales at t", "sales at t-1", ..., "price at t+1"."""
    encoding, past = Encoding.of(data, len(data.columns)), (*data.columns, *data.inputs)
    seen = [f"{name} at {_place(-lag)}" for lag in range(encoding.lags) for name in past]
    return seen + [f"{name} at {_place(step)}" for step in range(1, encoding.steps + 1) for name in data.known]


def output_names(data: DataConfig) -> list[str]:
    """Return what each output is: "sales at t+1", ..."""
    return [f"{name} at {_place(step)}" for step in range(1, data.output_steps + 1) for name in data.columns]


def transforms_told(data: DataConfig, fitted: FittedColumns) -> dict[str, list[dict[str, Any]]]:
    """Return the transforms of each column in their order, with the parameters of each sequence as lists.

    Of very many sequences only names and settings are told.
    """
    names, pipelines = (*data.columns, *data.inputs, *data.known), (*fitted.targets, *fitted.covariates)
    told: dict[str, list[dict[str, Any]]] = {}
    for name, own in zip(names, pipelines, strict=True):
        told[name] = []
        for transform, parameters in zip(own.transforms, own.parameters, strict=True):
            found = transform.model_dump(mode="json")
            if own.sequences <= _MOST_SEQUENCES:
                found |= {parameter: array.tolist() for parameter, array in parameters.items()}
            told[name].append(found)
    return told


def _place(step: int) -> str:
    return "t" if step == 0 else f"t{step:+d}"
