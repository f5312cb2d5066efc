"""Damage to model files: to their bytes, to the structure of header and settings, and to tensors."""

from __future__ import annotations

import copy
import json
from random import Random
from typing import Any

import numpy as np
import safetensors.numpy
from numpy.typing import NDArray

from .bytes_mutations import BYTES, mutated

__all__ = ["file_of", "mutated_model", "parts_of"]

_LENGTH_BYTES = 8
_HOW_MANY = (1, 1, 1, 1, 2, 3)
_WHOLE = (-1, 0, 1, 2**31, 2**62, -(2**63))
_FRACTIONS = (np.nan, np.inf, -np.inf, -1.0, 0.0, 3e38, 1e300, 1e-300)


class _Raw(str):
    """JSON text that no value gives, put into the file as it stands."""


_VALUES: tuple[Any, ...] = (
    None, True, False, 0, 1, -1, 2, 3, 7, 100, 4_096, 100_000, 1.0, 0.5, -0.5, 1e-320, 1e308, -1e308, 2**31, 2**32,
    2**53, 2**63 - 1, 2**63, 10**18, 10**300, "", " ", "x", "none", "all", "sequence", "auto", "1", "nan", "\x1b[31m",
    "a\nb", "[red]x[/red]", "<b>x</b>", "\u202e", "\x00", "x" * 41, "x" * 301, "x" * 10_000, "../../etc/passwd",
    "/dev/zero", "C:\\aux", "%n", "{0}", "2024-01-01", "é", [], {}, [[]], [None], [0], [1] * 3, ["x"], [0] * 5_000,
    ["a", "a"], {"a": 1}, {"self": {}}, {"": None},
    _Raw("NaN"), _Raw("Infinity"), _Raw("-Infinity"), _Raw("1e999"), _Raw("-0"), _Raw("9" * 5_000),
    _Raw("1" + "0" * 30), _Raw('"\\ud800"'), _Raw("[" * 900 + "]" * 900), _Raw("[" * 200_000),
    _Raw('{"a":' * 950 + "1" + "}" * 950), _Raw("01"), _Raw("'x'"), _Raw("{,}"), _Raw(""), _Raw("/*x*/1"),
    _Raw("\ufeff1"),
)  # fmt: skip


def mutated_model(data: bytes, random: Random) -> bytes:
    """Return a damaged model file."""
    kind = random.random()
    if kind < 0.2:
        return mutated(data, BYTES, random)
    if kind < 0.4:
        return _with_header(data, random)
    if kind < 0.75:
        return _with_metadata(data, random)
    return _with_tensors(data, random)


# -- the structure of header and settings -----------------------------------------------------------


def parts_of(data: bytes) -> tuple[dict[str, Any], bytes]:
    """Return the header of a model file, and the bytes of its tensors."""
    end = _LENGTH_BYTES + int.from_bytes(data[:_LENGTH_BYTES], "little")
    return json.loads(data[_LENGTH_BYTES:end]), data[end:]


def file_of(header: str, tensors: bytes, length: int | None = None) -> bytes:
    """Return a model file whose header is this text, and claims to be of some length."""
    text = header.encode("utf-8", "surrogatepass")
    return (len(text) if length is None else length).to_bytes(_LENGTH_BYTES, "little") + text + tensors


def _with_header(data: bytes, random: Random) -> bytes:
    header, tensors = parts_of(data)
    text = _written(header, random)
    length = random.choice((None,) * 12 + (0, len(text) - 1, len(text) + 1, 2**31, 2**63, 2**64 - 1))
    return file_of(text, tensors, length)


def _with_metadata(data: bytes, random: Random) -> bytes:
    header, tensors = parts_of(data)
    header["__metadata__"]["elman"] = _written(json.loads(header["__metadata__"]["elman"]), random)
    return file_of(json.dumps(header), tensors)


def _written(tree: dict[str, Any], random: Random) -> str:
    """Change some places of a tree, and write it as JSON."""
    raw: list[str] = []
    for _ in range(random.choice(_HOW_MANY)):
        _change(tree, random, raw)
    text = json.dumps(tree).replace('"@again@', '"')
    for number, words in enumerate(raw):
        text = text.replace(f'"@raw{number}@"', words)
    return text


def _change(tree: dict[str, Any], random: Random, raw: list[str]) -> None:
    places = list(_places(tree))
    if not places:
        return
    parent, key = random.choice(places)
    value = parent[key]
    match random.randrange(9):
        case 0 | 1:
            found = random.choice(_VALUES)
            if isinstance(found, _Raw):
                raw.append(found)
                found = f"@raw{len(raw) - 1}@"
            parent[key] = copy.deepcopy(found)
        case 2:
            del parent[key]
        case 3:
            other_parent, other_key = random.choice(places)
            parent[key] = copy.deepcopy(other_parent[other_key])
        case 4:
            parent[key] = random.choice(([value], {"a": value}, str(value), json.dumps(value)))
        case 5 if isinstance(parent, dict):
            parent[f"@again@{key}"] = random.choice((value, 1, None))
        case 6 if isinstance(parent, dict):
            parent[random.choice(("x", "", "self", "__class__", f"{key} ", key.upper(), "\x1b[0m"))] = value
        case 7 if isinstance(value, list):
            parent[key] = random.choice((value * 2, value[::-1], value[:-1], [*value, None], value * 300))
        case _:
            parent[key] = _nearby(value, random)


def _nearby(value: Any, random: Random) -> Any:
    """Return a value of the same kind."""
    match value:
        case bool():
            return not value
        case int():
            return random.choice((value + 1, value - 1, -value, value * 2, value * 1_000, float(value), value // 2))
        case float():
            return random.choice((-value, value * 10, value / 1e9, value + 1, round(value), 1e300))
        case str():
            return random.choice((value[:-1], f"{value}x", value.upper(), value * 2, f" {value}", f"{value}\x1b[7m"))
        case list():
            return random.sample(value, len(value))
        case dict():
            return dict(list(value.items())[1:])
        case _:
            return random.choice((0, "", [], 1))


def _places(tree: Any) -> Any:
    keys = list(tree) if isinstance(tree, dict) else range(len(tree)) if isinstance(tree, list) else ()
    for key in keys:
        yield tree, key
        yield from _places(tree[key])


# -- tensors ----------------------------------------------------------------------------------------


def _with_tensors(data: bytes, random: Random) -> bytes:
    tensors = {name: np.array(array) for name, array in sorted(safetensors.numpy.load(data).items())}
    metadata = parts_of(data)[0]["__metadata__"]
    for _ in range(random.choice(_HOW_MANY)):
        if tensors:
            _change_tensor(tensors, random)
    return bytes(safetensors.numpy.save({name: np.ascontiguousarray(own) for name, own in tensors.items()}, metadata))


def _change_tensor(tensors: dict[str, NDArray[Any]], random: Random) -> None:
    name = random.choice(list(tensors))
    array = tensors[name]
    whole = array.dtype.kind in "iu"
    match random.randrange(8):
        case 0:
            del tensors[name]
        case 1:
            dtypes = (np.float32, np.float64, np.int64, np.uint8, np.float16, np.int32, np.bool_)
            with np.errstate(all="ignore"):
                tensors[name] = array.astype(random.choice(dtypes))
        case 2:
            shapes = (
                array[None],
                array.ravel(),
                array.T,
                array[..., None],
                array.ravel()[:0],
                np.concatenate([array.ravel()] * 2),
            )
            tensors[name] = random.choice(shapes)
        case 3:
            tensors[random.choice(("x", f"{name}2", "optimizer.w1.exp_avg", "branch.1.train", "end.rows"))] = array
        case 4:
            tensors[random.choice(list(tensors))] = array
        case 5 if array.size:
            values = (
                (-1, 0, 1, 2**31, 2**62, -(2**63)) if whole else (np.nan, np.inf, -np.inf, -1.0, 1e300, 0.0, 1e-300)
            )
            _put(array, random.randrange(array.size), random.choice(values))
        case 6 if array.size:
            _put(array, slice(None), random.choice(_WHOLE if whole else _FRACTIONS))
        case _ if array.size:
            row = random.randrange(len(array)) if array.ndim else 0
            tensors[name] = np.concatenate([array[: row + 1], array[row:]]) if array.ndim else array[None]


def _put(array: NDArray[Any], place: Any, value: float) -> None:
    with np.errstate(all="ignore"):
        array.reshape(-1)[place] = np.array(value).astype(array.dtype)
