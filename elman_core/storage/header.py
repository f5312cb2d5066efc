"""The header of a safetensors file, checked before anything is made of what it says."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from elman_core.errors import ModelFileError
from elman_core.support.text_format import shortened

__all__ = [
    "MAXIMUM_HEADER_BYTES",
    "Header",
    "TensorEntry",
    "parse_object",
    "read_header",
]

MAXIMUM_HEADER_BYTES = 4 * 2**20

_LENGTH_BYTES = 8
_DTYPES: dict[str, np.dtype[Any]] = {
    "F32": np.dtype(np.float32), "F64": np.dtype(np.float64), "I64": np.dtype(np.int64), "U8": np.dtype(np.uint8),
}  # fmt: skip
_LARGEST_DIMENSION = 2**28
"""More than a tensor of a model file has; of three of them NumPy can still make an empty array."""
_HIGHEST_RANK = 3
_ENTRY_KEYS = {"dtype", "shape", "data_offsets"}


@dataclass(frozen=True)
class TensorEntry:
    """What the header says of one tensor, and the bytes [begin, end) of the data that it lies in."""

    dtype: str
    shape: tuple[int, ...]
    begin: int
    end: int


@dataclass(frozen=True)
class Header:
    """A header whose tensors fill the file's data exactly, without gaps or overlaps."""

    tensors: dict[str, TensorEntry]
    metadata: dict[str, str]

    def without_values(self) -> dict[str, NDArray[Any]]:
        """Return arrays of the tensors' types and shapes that take no memory: one zero stands for all their numbers."""
        return {
            name: np.broadcast_to(np.zeros((), _DTYPES[entry.dtype]), entry.shape)
            for name, entry in self.tensors.items()
        }


def read_header(file: BinaryIO, size: int) -> Header:
    """Read the header at the beginning of a file of `size` bytes, and nothing after it.

    Raises
    ------
    ModelFileError
        With a sentence that lacks the file's name, when the bytes are not a safetensors file, are cut
        short, or have tensors of other types than those of a model file.
    """
    length = _header_length(file.read(_LENGTH_BYTES + 1), size)
    file.seek(_LENGTH_BYTES)
    raw = parse_object(file.read(length), "the header")
    metadata = raw.pop("__metadata__", {})
    if not isinstance(metadata, dict) or not all(isinstance(text, str) for text in metadata.values()):
        raise ModelFileError("the header's metadata must be texts by name")
    tensors = {name: _entry(name, entry) for name, entry in raw.items()}
    _check_layout(tensors, size - _LENGTH_BYTES - length)
    return Header(tensors, metadata)


def parse_object(text: str | bytes, what: str) -> dict[str, Any]:
    """Parse one JSON object strictly: UTF-8, no key twice, no NaN or Infinity, no half characters.

    Raises
    ------
    ModelFileError
        With a sentence that begins with `what`.
    """
    try:
        # Decoded here, since json would take UTF-16 and UTF-32 bytes as well.
        decoded = text if isinstance(text, str) else text.decode("utf-8")
        found = json.loads(decoded, object_pairs_hook=_without_repeats, parse_constant=_refuse_constant)
        # JSON can escape half a surrogate pair, which could be neither printed nor written later.
        json.dumps(found, ensure_ascii=False).encode("utf-8")
    except RecursionError:
        raise ModelFileError(f"{what} is nested too deeply") from None
    except ValueError:
        raise ModelFileError(f"{what} is not sound JSON") from None
    if not isinstance(found, dict):
        raise ModelFileError(f"{what} must be a JSON object")
    return found


def _header_length(beginning: bytes, size: int) -> int:
    if not beginning:
        raise ModelFileError("the file is empty")
    length = int.from_bytes(beginning[:_LENGTH_BYTES], "little")
    # The bytes of a small length can look like the beginning of a pickle, so the brace decides.
    if beginning[_LENGTH_BYTES:] != b"{":
        raise ModelFileError(_other_kind(beginning))
    if length > MAXIMUM_HEADER_BYTES:
        raise ModelFileError(f"the header claims {length:,} bytes, at most {MAXIMUM_HEADER_BYTES:,} are allowed")
    if _LENGTH_BYTES + length > size:
        raise ModelFileError(f"the file is cut short: its header needs {length:,} bytes")
    return length


def _other_kind(beginning: bytes) -> str:
    pickles = (b"\x02", b"\x03", b"\x04", b"\x05")
    if beginning[:2] == b"PK" or (beginning[:1] == b"\x80" and beginning[1:2] in pickles):
        return "this is a PyTorch pickle or zip file, which could run code; it is not opened"
    if len(beginning) <= _LENGTH_BYTES:
        return "the file is cut short or not a safetensors file"
    return "this is not a safetensors file"


def _entry(name: str, raw: Any) -> TensorEntry:
    quoted = shortened(name)
    if not isinstance(raw, dict) or raw.keys() != _ENTRY_KEYS:
        raise ModelFileError(f"tensor {quoted} must have a dtype, a shape and data_offsets, and nothing else")
    dtype, shape, offsets = raw["dtype"], raw["shape"], raw["data_offsets"]
    if not isinstance(dtype, str) or dtype not in _DTYPES:
        raise ModelFileError(f"tensor {quoted} must be F32, F64, I64 or U8, got {shortened(dtype)}")
    if not _are_counts(shape) or len(shape) > _HIGHEST_RANK or any(size > _LARGEST_DIMENSION for size in shape):
        raise ModelFileError(f"tensor {quoted} has the impossible shape {shortened(shape)}")
    if not _are_counts(offsets) or len(offsets) != 2:
        raise ModelFileError(f"tensor {quoted} has the impossible offsets {shortened(offsets)}")
    needed = math.prod(shape) * _DTYPES[dtype].itemsize
    if offsets[1] - offsets[0] != needed:
        raise ModelFileError(
            f"tensor {quoted} of shape {shortened(tuple(shape))} needs {needed:,} bytes, "
            f"its offsets are {shortened(offsets)}"
        )
    return TensorEntry(dtype, tuple(shape), offsets[0], offsets[1])


def _are_counts(values: Any) -> bool:
    # JSON's true is an int to Python, and 1.0 equals 1: only whole numbers written as such will do.
    return isinstance(values, list) and all(type(value) is int and value >= 0 for value in values)


def _check_layout(tensors: Mapping[str, TensorEntry], available: int) -> None:
    end = 0
    for name, entry in sorted(tensors.items(), key=lambda item: (item[1].begin, item[1].end)):
        if entry.begin != end:
            raise ModelFileError(f"the bytes of tensor {shortened(name)} overlap others or leave a gap")
        end = entry.end
    if end > available:
        raise ModelFileError(f"the file is cut short: its tensors need {shortened(end)} bytes, {available:,} are there")
    if end < available:
        raise ModelFileError(f"the file has {available - end:,} bytes more than its header tells of")


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice")
    return found


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")
