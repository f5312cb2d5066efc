"""Which tensors a model file has: their names, types and shapes, all of which follow from the metadata."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from elman_core.config import TrainingConfig
from elman_core.data.ends import rows_needed
from elman_core.data.panel import MAXIMUM_SEQUENCE_NAME
from elman_core.data.scaling import pipelines_of
from elman_core.data.text.tokenize import MAXIMUM_CHARACTERS
from elman_core.errors import ConfigError, ModelFileError
from elman_core.storage.metadata import Metadata
from elman_core.support.text_format import one_short_line, shortened
from elman_core.training.checkpoints import MAXIMUM_CHECKPOINTS
from elman_core.training.engines.lbfgs_shapes import MAXIMUM_PAIRS, lbfgs_shapes

__all__ = ["BRANCH", "OPTIMIZER", "RATES", "Arrays", "check_layout", "divided", "of_part"]

Arrays = Mapping[str, NDArray[Any]]

OPTIMIZER = "optimizer."
BRANCH = re.compile(r"branch\.(?P<number>[1-9][0-9]{0,3})\.(?P<what>epoch|train|validation)")
RATES = ("learning_rates", "momenta", "weight_decays")
"""Settings of each network, which are tensors: a header of JSON has no room for many."""

_PART = re.compile(r"part\.(?P<place>0|[1-9][0-9]?)\.(?P<name>.+)")
_NAMES = "sequences.names"
_MOST_LAST_ROWS = 200_000
_MOST_EPOCHS = next(int(limit.le) for limit in TrainingConfig.model_fields["epochs"].metadata if hasattr(limit, "le"))
_OPTIMIZER_STATE = re.compile(r"(w1|w2)\.[a-z_]{1,40}")
_PRECISIONS = {"float32": "F32", "float64": "F64"}
_DTYPES = {"float32": "F32", "float64": "F64", "int64": "I64", "uint8": "U8"}


@dataclass(frozen=True)
class Wanted:
    """What a tensor has to be.

    Attributes
    ----------
    dtypes
        Any of these.
    group
        Tensors of one group are there together, or not at all; those without a group have to be there.
    """

    name: str
    dtypes: tuple[str, ...]
    shape: tuple[int, ...]
    group: str = ""


def divided(arrays: Arrays, metadata: Metadata) -> tuple[dict[str, NDArray[Any]], dict[int, dict[str, NDArray[Any]]]]:
    """Return the tensors of the file's own network, and those of each other part by its place, without the prefix."""
    own: dict[str, NDArray[Any]] = {}
    others: dict[int, dict[str, NDArray[Any]]] = {place: {} for place in metadata.others}
    for name, array in arrays.items():
        found = _PART.fullmatch(name)
        place = int(found["place"]) if found else -1
        if found is not None and place in others:
            others[place][found["name"]] = array
        else:
            own[name] = array
    return own, others


def check_layout(arrays: Arrays, metadata: Metadata) -> None:
    """Check name, type and shape of every tensor, but none of their numbers.

    Raises
    ------
    ModelFileError
        When one is missing, unknown, or not as the settings need it.
    """
    own, others = divided(arrays, metadata)
    _check_layout(own, metadata)
    for place, found in others.items():
        with of_part(place):
            if _NAMES in found:
                raise ModelFileError(f"{_NAMES!r} are those of all parts, and stand once in a model file")
            _check_layout(found, metadata.others[place])


@contextmanager
def of_part(place: int) -> Iterator[None]:
    """Let a refusal say of which part of a forecaster it is."""
    try:
        yield
    except ModelFileError as error:
        raise ModelFileError(f"part {place}: {error}") from error.__cause__


def _check_layout(arrays: Arrays, metadata: Metadata) -> None:
    _check_kinds_of_symbols(arrays, metadata)
    try:
        wanted = {tensor.name: tensor for tensor in _wanted(arrays, metadata)}
    except ConfigError as error:
        raise ModelFileError(one_short_line(str(error))) from None
    groups = {tensor.group for name, tensor in wanted.items() if name in arrays}
    for name, tensor in wanted.items():
        if name not in arrays and (not tensor.group or tensor.group in groups):
            raise ModelFileError(f"tensor {name!r} is missing")
    for name in sorted(arrays.keys() - wanted.keys()):
        raise ModelFileError(f"there is no tensor called {shortened(name)} in a model file")
    # In this order, so that a wrong w1 is reported before what else is wrong because of it.
    for name, tensor in wanted.items():
        if name in arrays:
            _check(tensor, arrays[name])


def _check(wanted: Wanted, array: NDArray[Any]) -> None:
    dtype = _DTYPES.get(array.dtype.name, array.dtype.name)
    if dtype not in wanted.dtypes:
        raise ModelFileError(f"{wanted.name} is {dtype}, the settings need {wanted.dtypes[0]}")
    if array.shape != wanted.shape:
        raise ModelFileError(f"{wanted.name} has shape {array.shape}, the settings need {wanted.shape}")


def _wanted(arrays: Arrays, metadata: Metadata) -> Iterator[Wanted]:
    """Give all tensors that may be there. Sizes that are nowhere else are taken from one tensor for all others."""
    network, networks = metadata.network, metadata.training.networks
    own = (_PRECISIONS[metadata.training.precision],)
    w1, w2 = (network.input_rows, network.hidden), (network.output_rows, network.outputs)
    epochs = _size(arrays, "loss.train", 2, most=_MOST_EPOCHS)
    yield Wanted("w1", own, (networks, *w1))
    yield Wanted("w2", own, (networks, *w2))
    yield Wanted("context", own, (networks, network.hidden))
    yield Wanted("loss.train", ("F64",), (epochs, networks))
    yield Wanted("loss.validation", ("F64",), (epochs, networks), "validation")
    for name in RATES:
        yield Wanted(f"training.{name}", ("F64",), (networks,), name)
    yield from _of_optimizer(arrays, {"w1": (networks, *w1), "w2": (networks, *w2)}, own)
    kept = min(MAXIMUM_CHECKPOINTS, _size(arrays, "path.epochs", 1))
    yield Wanted("path.epochs", ("I64",), (kept,), "path")
    yield Wanted("path.member", ("I64",), (1,), "path")
    yield Wanted("path.w1", own, (kept, *w1), "path")
    yield Wanted("path.w2", own, (kept, *w2), "path")
    yield from _of_branches(arrays, networks)
    changes = (_size(arrays, "rates.epochs", 1),)
    yield Wanted("rates.epochs", ("I64",), changes, "rates")
    yield Wanted("rates.time_steps", ("I64",), changes, "rates")
    yield Wanted("rates.rates", ("F64",), changes, "rates")
    for name in ("best_losses", "best_epochs", "patience_from", "ends", "end_epochs"):
        yield Wanted(f"stopping.{name}", ("F64",) if name == "best_losses" else ("I64",), (networks,), "stopping")
    yield Wanted("best.w1", own, (networks, *w1), "stopping")
    yield Wanted("best.w2", own, (networks, *w2), "stopping")
    yield Wanted("last.w1", own, (networks, *w1), "last")
    yield Wanted("last.w2", own, (networks, *w2), "last")
    if metadata.symbols is None:
        yield from _of_validation(arrays, metadata)
    yield from _of_position(arrays, metadata, own)
    yield from _of_data(arrays, metadata, own)
    yield from _of_symbols(arrays, metadata)


def _of_optimizer(arrays: Arrays, shapes: dict[str, tuple[int, ...]], own: tuple[str, ...]) -> Iterator[Wanted]:
    for name in arrays:
        state = name.removeprefix(OPTIMIZER)
        if name.startswith(OPTIMIZER) and _OPTIMIZER_STATE.fullmatch(state):
            if state.endswith(".step"):  # torch.optim counts its steps in float32 beside any weights
                yield Wanted(name, (*own, "F32"), shapes["w1"][:1], name)
            else:
                yield Wanted(name, own, shapes[state[:2]], name)
    networks = shapes["w1"][0]
    weights = sum(math.prod(shape[1:]) for shape in shapes.values())
    pairs = min(MAXIMUM_PAIRS, _size(arrays, f"{OPTIMIZER}lbfgs.ro", 2, axis=1))
    for name, shape in lbfgs_shapes(networks, pairs, weights).items():
        yield Wanted(f"{OPTIMIZER}{name}", ("F32",) if name == "lbfgs.step" else own, shape, "lbfgs")


def _of_branches(arrays: Arrays, networks: int) -> Iterator[Wanted]:
    for number in dict.fromkeys(found["number"] for found in map(BRANCH.fullmatch, arrays) if found is not None):
        prefix = f"branch.{number}"
        rows = _size(arrays, f"{prefix}.train", 2, most=_MOST_EPOCHS)
        yield Wanted(f"{prefix}.epoch", ("I64",), (1,), prefix)
        yield Wanted(f"{prefix}.train", ("F64",), (rows, networks), prefix)
        if f"{prefix}.validation" in arrays:
            yield Wanted(f"{prefix}.validation", ("F64",), (rows, networks), prefix)


def _of_validation(arrays: Arrays, metadata: Metadata) -> Iterator[Wanted]:
    """Give the rows that parts of a forecaster were validated from, and what this one was off by."""
    origins = (_size(arrays, "validation.origins", 1),)
    for name in ("origins", "sequences"):
        yield Wanted(f"validation.{name}", ("I64",), origins, "validation origins")
    shape = tuple(_size(arrays, "validation.errors", 3, axis=axis) for axis in (0, 1))
    yield Wanted("validation.errors", ("F64",), (*shape, len(metadata.data.columns)), "validation errors")


def _of_position(arrays: Arrays, metadata: Metadata, own: tuple[str, ...]) -> Iterator[Wanted]:
    network, networks = metadata.network, metadata.training.networks
    states = _size(arrays, "position.states", 3, axis=1)
    ends = _size(arrays, "position.end_contexts", 3, axis=1, most=metadata.sequences)
    shapes = {
        "time_step": (1,),
        "losses": (networks,),
        "w1_start": (networks, network.input_rows, network.hidden),
        "w2_start": (networks, network.output_rows, network.outputs),
        "states": (networks, states, network.hidden),
        "w1_gradient": (networks, network.input_rows, network.hidden),
        "w2_gradient": (networks, network.output_rows, network.outputs),
        "end_contexts": (networks, ends, network.hidden),
    }
    dtypes = {"time_step": ("I64",), "losses": ("F64",)}
    for name, shape in shapes.items():
        yield Wanted(f"position.{name}", dtypes.get(name, own), shape, "position")


def _of_data(arrays: Arrays, metadata: Metadata, own: tuple[str, ...]) -> Iterator[Wanted]:
    """Give the names of the sequences, what was fitted to them, and their last rows."""
    data, sequences = metadata.data, metadata.sequences
    longest = sequences * (4 * MAXIMUM_SEQUENCE_NAME + 1)  # in UTF-8, with a mark between two names
    yield Wanted(_NAMES, ("U8",), (_size(arrays, _NAMES, 1, most=longest),), "names")
    covariates, lost = len(data.inputs) + len(data.known), 0
    if metadata.symbols is None:
        of_targets, of_covariates = pipelines_of(data)
        lost = of_targets.lost_rows
        for what, pipeline, columns in (
            ("targets", of_targets, len(data.columns)),
            ("covariates", of_covariates, covariates),
        ):
            for column in range(columns):
                for place, transform in enumerate(pipeline.transforms):
                    for name, shape in transform.parameter_shapes.items():
                        yield Wanted(f"transforms.{what}.{column}.{place}.{name}", ("F64",), (sequences, *shape))
    members = min(metadata.training.networks, max(1, _size(arrays, "end.context", 3)))
    # Parts of a forecaster keep as many rows as the one that needs the most.
    rows = max(rows_needed(data.lags, lost), _size(arrays, "end.rows", 3, axis=1, most=_MOST_LAST_ROWS))
    yield Wanted("end.context", own, (members, sequences, metadata.network.hidden), "end")
    yield Wanted("end.rows", ("F64",), (sequences, rows, len(data.columns) + covariates), "end")
    yield Wanted("end.times", ("F64",), (sequences, 2), "end")
    yield Wanted("end.phases", ("I64",), (sequences,), "end")


def _of_symbols(arrays: Arrays, metadata: Metadata) -> Iterator[Wanted]:
    if metadata.symbols is None:
        return
    yield Wanted("symbols.vectors", ("F64",), (len(metadata.symbols.names), metadata.network.inputs), "vectors")
    if metadata.source.kind == "pasted":
        stream = (_size(arrays, "symbols.codes", 1, most=2 * MAXIMUM_CHARACTERS),)
        yield Wanted("symbols.codes", ("I64",), stream, "codes")
        yield Wanted("symbols.position", ("I64",), stream, "position of symbols")


def _check_kinds_of_symbols(arrays: Arrays, metadata: Metadata) -> None:
    symbols = metadata.symbols
    if symbols is None:
        return
    if metadata.source.kind == "pasted" and "symbols.codes" not in arrays:
        raise ModelFileError("tensor 'symbols.codes' is missing: the text was pasted, and is nowhere else")
    if "symbols.vectors" not in arrays and len(symbols.names) != metadata.network.inputs:
        raise ModelFileError("tensor 'symbols.vectors' is missing: there are not as many symbols as inputs")


def _size(arrays: Arrays, name: str, rank: int, axis: int = 0, most: int | None = None) -> int:
    """Return a size of a tensor that is nowhere else; 0 where it is not there or has another rank."""
    shape = np.shape(arrays[name]) if name in arrays else ()
    size = int(shape[axis]) if len(shape) == rank else 0
    if most is not None and size > most:
        raise ModelFileError(f"{name} has shape {shape}, which is more than the {most:,} that there can be")
    return size
