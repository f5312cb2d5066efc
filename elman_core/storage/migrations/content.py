"""What a step from one format to the next is given and gives."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from elman_core.errors import ModelFileError

__all__ = ["Migration", "Raw", "Tensors", "part_of"]

Raw = dict[str, Any]
Tensors = dict[str, NDArray[np.generic]]
Migration = Callable[[Raw, Tensors], tuple[Raw, Tensors]]


def part_of(raw: Raw, name: str) -> Raw:
    """Return a copy of one object within the metadata.

    Raises
    ------
    ModelFileError
        When it is not there, or no object.
    """
    if name not in raw:
        raise ModelFileError(f"the metadata has no {name!r}")
    if not isinstance(raw[name], dict):
        raise ModelFileError(f"the metadata's {name!r} must be a JSON object")
    return dict(raw[name])
