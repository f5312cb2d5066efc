"""Tensors as the bytes of a .safetensors file, which are written as they lie in memory.

The library's own writer copies them three times and holds Python up meanwhile: a window that keeps a large run beside
its training would stand still for a tenth of a second.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["tensor_bytes"]

_DTYPES = {"float32": "F32", "float64": "F64", "int64": "I64", "uint8": "U8"}
_ALIGNMENT = 8


def tensor_bytes(arrays: Mapping[str, NDArray[Any]], metadata: Mapping[str, str]) -> list[bytes | memoryview]:
    """Return header and tensors, one after the other; they lie in the arrays' memory where that is in rows.

    The header's length in 8 bytes, the header as JSON, and the numbers of each tensor, those of larger types first so
    that each begins at a multiple of its own size.
    """
    names = sorted(arrays, key=lambda name: (-arrays[name].itemsize, name))
    in_rows = {name: np.require(arrays[name], requirements="C") for name in names}
    entries = dict(_entries(in_rows))
    header = json.dumps({"__metadata__": dict(metadata), **entries}, ensure_ascii=False).encode()
    header += b" " * (-len(header) % _ALIGNMENT)
    return [len(header).to_bytes(8, "little"), header, *(_flat(array) for array in in_rows.values())]


def _entries(arrays: Mapping[str, NDArray[Any]]) -> Iterator[tuple[str, dict[str, Any]]]:
    end = 0
    for name, array in arrays.items():
        begin, end = end, end + array.nbytes
        yield name, {"dtype": _DTYPES[array.dtype.name], "shape": list(array.shape), "data_offsets": [begin, end]}


def _flat(array: NDArray[Any]) -> memoryview:
    return array.astype(array.dtype.newbyteorder("<"), copy=False).reshape(-1).view(np.uint8).data
