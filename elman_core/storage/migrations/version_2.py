"""From format 2, which knew one sequence of targets and nothing of how an ensemble's members end, to format 3."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from elman_core.errors import ModelFileError
from elman_core.storage.migrations.content import Raw, Tensors, part_of
from elman_core.support.text_format import shortened

__all__ = ["migrate", "what_follows"]

_DATA = {
    "inputs": [], "known": [], "lags": 1, "horizon": 1, "strategy": "recursive", "transforms": [], "season": None,
    "relative_to_last": False, "split": "time", "validation_rows": None, "test_rows": None,
}  # fmt: skip
_NETWORK = {"direct": False, "begin": "random", "ridge": 0.0}
_TRAINING = {
    "warm_up_share": 0.0, "loss_reduction": "sum", "warm_up_steps": 0, "batch": 1, "hold_direct": False,
    "learning_rates": [], "momenta": [], "weight_decays": [],
}  # fmt: skip
_FORMAT = {"sequence_column": None}
_SYMBOLS: Raw = {"openings": []}
_SYMBOL_CONFIG = {"sequences": "one"}
"""The settings that are new, with the values that mean what was done then."""


def migrate(raw: Raw, tensors: Tensors) -> tuple[Raw, Tensors]:
    """Give every new setting the value that means the same, and keep the scale as a fitted transform."""
    data, network, training = (_extended(raw, name, new) for name, new in _NEW.items())
    training["context_reset"] = _context_reset(training.pop("carry_context", None))
    changed = {
        **{name: value for name, value in raw.items() if name != "scale"},
        "format_version": 3,
        "data": data,
        "network": network,
        "training": training,
        "source": _source(raw),
        "symbols": _symbols(raw),
        "sequences": 1,
        "axis": None,
    }
    networks = _networks(training, tensors)
    tensors = {
        name: np.repeat(array[None], networks) if name.startswith("optimizer.") and not array.ndim else array
        for name, array in tensors.items()
    }
    if "path.epochs" in tensors:
        tensors["path.member"] = np.zeros(1, np.int64)
    return changed, tensors | _scale(part_of(raw, "scale"), data)


def what_follows(raw: Raw, tensors: Tensors) -> Tensors:
    """Return what is known of each network's best weights, and of whether it had stopped early.

    How long each network had not improved was not in the file. What follows from the curves is taken; else patience
    counts from the file's last epoch on, as the program of then did.
    """
    training = part_of(raw, "training")
    return _stopping(_networks(training, tensors), training, tensors)


_NEW: dict[str, dict[str, Any]] = {"data": _DATA, "network": _NETWORK, "training": _TRAINING}


def _extended(raw: Raw, name: str, new: dict[str, Any]) -> Raw:
    return _with_new(part_of(raw, name), new, name)


def _with_new(part: Raw, new: dict[str, Any], where: str) -> Raw:
    for setting in part:
        if setting in new or setting == "context_reset":
            raise ModelFileError(f"there is no setting called {setting!r} in the metadata's {where!r} of format 2")
    return part | new


def _source(raw: Raw) -> Raw:
    source = part_of(raw, "source")
    table_format = source.get("format")
    if isinstance(table_format, dict):
        source["format"] = _with_new(table_format, _FORMAT, "source")
    return source


def _symbols(raw: Raw) -> Raw | None:
    if raw.get("symbols") is None:
        return None if "symbols" in raw else part_of(raw, "symbols")
    symbols = _extended(raw, "symbols", _SYMBOLS)
    return symbols | {"config": _with_new(part_of(symbols, "config"), _SYMBOL_CONFIG, "symbols")}


def _networks(training: Raw, tensors: Tensors) -> int:
    """Return N where weights and settings agree on it, else 0: a shape without numbers may claim any size."""
    told, w1 = training.get("networks"), tensors.get("w1")
    return told if type(told) is int and w1 is not None and w1.ndim == 3 and len(w1) == told and w1.size else 0


def _context_reset(carried: Any) -> str:
    if not isinstance(carried, bool):
        raise ModelFileError(f"carry_context must be true or false, got {shortened(carried)}")
    return "never" if carried else "sequence"


def _scale(scale: Raw, data: Raw) -> Tensors:
    """Return what each column was scaled by as the parameters of its one transform."""
    columns = data.get("columns")
    means, deviations = (_numbers(scale, name) for name in ("mean", "deviation"))
    if set(scale) != {"mean", "deviation"}:
        raise ModelFileError("the metadata's 'scale' must have a mean and a deviation, and nothing else")
    count = len(columns) if isinstance(columns, list) else 0
    for name, numbers in (("means", means), ("deviations", deviations)):
        if len(numbers) != count:
            raise ModelFileError(
                f"there must be as many {name} to scale by as columns, got {len(numbers):,} and {count:,}"
            )
    if count and min(deviations) <= 0:
        raise ModelFileError(f"deviations to scale by must be more than 0, got {min(deviations):g}")
    if data.get("scaling") == "none":
        if set(means) - {0.0} or set(deviations) - {1.0}:
            raise ModelFileError("its data are not scaled, but there are means and deviations to scale by")
        return {}
    tensors: Tensors = {}
    for place, (mean, deviation) in enumerate(zip(means, deviations, strict=True)):
        tensors[f"transforms.targets.{place}.0.offset"] = np.array([mean])
        tensors[f"transforms.targets.{place}.0.spread"] = np.array([deviation])
    return tensors


def _numbers(scale: Raw, name: str) -> list[float]:
    numbers = scale.get(name)
    if not isinstance(numbers, list) or not all(type(number) in (int, float) for number in numbers):
        raise ModelFileError(f"the metadata's 'scale' must have a {name} for each column")
    try:
        found = [float(number) for number in numbers]
    except OverflowError:
        found = [np.inf]
    if not np.isfinite(found).all():
        raise ModelFileError(f"the metadata's 'scale': every {name} must be a finite number")
    return found


# -- the stopping state -----------------------------------------------------------------------------


def _stopping(networks: int, training: Raw, tensors: Tensors) -> Tensors:
    w1, w2, train = (tensors.get(name) for name in ("w1", "w2", "loss.train"))
    if not networks or w1 is None or w2 is None or train is None or train.shape[1:] != (networks,):
        return {}  # which is refused elsewhere
    epochs = len(train)
    best_losses, best_epochs = np.full(networks, np.inf), np.zeros(networks, np.int64)
    ends, end_epochs = np.zeros(networks, np.int64), np.zeros(networks, np.int64)
    patience_from = np.full(networks, epochs, np.int64)
    curve = tensors.get("loss.validation")
    if curve is not None and curve.dtype == np.float64 and curve.shape == train.shape and epochs:
        smallest = curve.argmin(axis=0)
        for member, best in enumerate(smallest.tolist()):
            early = networks == 1 and _stopped_early(training, tensors, best + 1, epochs)
            if best + 1 == epochs or early:
                best_losses[member], best_epochs[member] = curve[best, member], best + 1
                patience_from[member] = best + 1
            if early:
                ends[member], end_epochs[member] = 1, epochs
    return {
        "stopping.best_losses": best_losses,
        "stopping.best_epochs": best_epochs,
        "stopping.patience_from": patience_from,
        "stopping.ends": ends,
        "stopping.end_epochs": end_epochs,
        "best.w1": w1.copy(),
        "best.w2": w2.copy(),
    }


def _stopped_early(training: Raw, tensors: Tensors, best: int, epochs: int) -> bool:
    """Whether patience ended just then, and the weights are those that were kept of the best epoch."""
    patience, kept = training.get("patience"), tensors.get("path.epochs")
    if type(patience) is not int or patience < 1 or epochs - best != patience or kept is None or kept.ndim != 1:
        return False
    places = np.flatnonzero(kept == best)
    return len(places) == 1 and all(_same(tensors, name, int(places[0])) for name in ("w1", "w2"))


def _same(tensors: Tensors, name: str, place: int) -> bool:
    path: NDArray[Any] | None = tensors.get(f"path.{name}")
    return path is not None and place < len(np.atleast_1d(path)) and np.array_equal(path[place], tensors[name][0])
