"""Everything in a model file, held against the rest of it."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
from numpy.typing import NDArray

from elman_core.config import SEQUENCE
from elman_core.config.training import LARGEST_RATE
from elman_core.errors import ModelFileError
from elman_core.storage.layout import BRANCH, OPTIMIZER, Arrays
from elman_core.storage.metadata import Metadata
from elman_core.support.text_format import shortened
from elman_core.training.stopping import MemberEnd

__all__ = ["check_values"]

_UPDATES_AN_EPOCH = 100_000_000
_FARTHEST_PHASE = 2**40
_MAY_BE_NAN = ("loss.train", "loss.validation", "end.rows", "validation.errors")


def check_values(arrays: Arrays, metadata: Metadata) -> None:
    """Check the numbers in tensors whose names, types and shapes are right.

    Raises
    ------
    ModelFileError
        With one sentence that names the tensor.
    """
    for name, array in arrays.items():
        may_have_others = name in (*_MAY_BE_NAN, "stopping.best_losses") or BRANCH.fullmatch(name)
        if not (may_have_others or np.isfinite(array).all()):
            raise ModelFileError(f"{name} has values that are not finite")
    _check_stopping(arrays)
    _check_losses(arrays)
    branches_reach = _check_branches(arrays)
    _check_optimizer(arrays, branches_reach)
    _check_path(arrays, metadata)
    _check_rates(arrays)
    _check_position(arrays, metadata)
    _check_ends(arrays)
    if "validation.errors" in arrays and np.isinf(arrays["validation.errors"]).any():
        raise ModelFileError("validation.errors has values that are not finite")
    if "validation.origins" in arrays:
        _check_range("validation.origins", arrays, 0, _FARTHEST_PHASE)
        _check_range("validation.sequences", arrays, 0, metadata.sequences - 1)


# -- the course of training -------------------------------------------------------------------------


def _check_stopping(arrays: Arrays) -> None:
    if "stopping.ends" not in arrays:
        return
    epochs = len(arrays["loss.train"])
    for name in ("best_epochs", "patience_from", "end_epochs"):
        _check_range(f"stopping.{name}", arrays, 0, epochs)
    _check_range("stopping.ends", arrays, 0, max(MemberEnd))
    ends, end_epochs = arrays["stopping.ends"], arrays["stopping.end_epochs"]
    learns = ends == MemberEnd.NOT_YET
    if end_epochs[learns].any():
        raise ModelFileError("stopping.end_epochs must be 0 for a network that has not ended")
    if not end_epochs[(ends == MemberEnd.EARLY) | (ends == MemberEnd.COMPLETED)].all():
        raise ModelFileError("stopping.end_epochs must be at least 1 for a network that has ended without diverging")
    best, losses = arrays["stopping.best_epochs"], arrays["stopping.best_losses"]
    if not np.where(best > 0, np.isfinite(losses), losses == np.inf).all():
        raise ModelFileError("stopping.best_losses must be finite with a best epoch, and infinite without one")
    if not best[ends == MemberEnd.COMPLETED].all() or ((ends == MemberEnd.COMPLETED).any() and "last.w1" not in arrays):
        raise ModelFileError("a network whose run has ended needs a best epoch, and its last weights")
    if (best > arrays["stopping.patience_from"]).any():
        raise ModelFileError("stopping.patience_from must not be before stopping.best_epochs")
    if (best > np.where(learns, epochs, end_epochs)).any():
        raise ModelFileError("stopping.best_epochs must not be after stopping.end_epochs")


def _check_losses(arrays: Arrays) -> None:
    """Let NaN stand where a network had ended, and nowhere else."""
    train = arrays["loss.train"]
    _check_curves("loss.train", train, arrays.get("loss.validation"))
    missing = np.isnan(train)
    if "stopping.ends" not in arrays:
        if missing.any():
            raise ModelFileError("loss.train has values that are not finite")
        return
    row = np.arange(len(train))[:, None]
    ends, end_epochs = arrays["stopping.ends"], arrays["stopping.end_epochs"]
    ended = (ends != MemberEnd.NOT_YET) & (row >= end_epochs)
    # A network that had stopped early may have been taken up again later.
    paused = row < arrays["stopping.patience_from"]
    if (ended & ~missing).any() or (missing & ~ended & ~paused).any():
        raise ModelFileError("loss.train must be NaN where a network had ended, and nowhere else")


def _check_curves(name: str, train: NDArray[Any], validation: NDArray[Any] | None) -> None:
    missing = np.isnan(train)
    if np.isinf(train).any() or (missing.all(axis=1) & (train.shape[1] > 0)).any():
        raise ModelFileError(f"{name} has values that are not finite")
    if validation is not None and not (np.isfinite(validation) == ~missing).all():
        raise ModelFileError(f"{name.replace('train', 'validation')} has values that are not finite")


def _check_branches(arrays: Arrays) -> int:
    """Check that each branch leaves another run within its length; return how many epochs were trained in all."""
    numbers = [found["number"] for found in map(BRANCH.fullmatch, arrays) if found and found["what"] == "train"]
    spans: list[tuple[int, int, str]] = []
    for number in numbers:
        epoch, train = int(arrays[f"branch.{number}.epoch"][0]), arrays[f"branch.{number}.train"]
        if epoch < 0:
            raise ModelFileError(f"branch.{number}.epoch must be at least 0, got {epoch:,}")
        _check_curves(f"branch.{number}.train", train, arrays.get(f"branch.{number}.validation"))
        spans.append((epoch, len(train), number))
    reach = total = len(arrays["loss.train"])
    for epoch, length, number in sorted(spans):
        if epoch > reach:
            raise ModelFileError(f"branch.{number}.epoch must be from 0 to {reach:,}, got {epoch:,}")
        reach, total = max(reach, epoch + length), total + length
    return total


def _check_optimizer(arrays: Arrays, epochs: int) -> None:
    most = (epochs + 1) * _UPDATES_AN_EPOCH
    steps = {name: array for name, array in arrays.items() if name.startswith(OPTIMIZER) and name.endswith(".step")}
    for name, array in steps.items():
        if ((array < 0) | (array > most) | (array != np.floor(array))).any():
            wrong = array[(array < 0) | (array > most) | (array != np.floor(array))][0]
            raise ModelFileError(f"{name} must be whole numbers from 0 to {most:,}, got {shortened(float(wrong))}")
    first, *others = steps.values() or (np.empty(0),)
    if not all(np.array_equal(first, other) for other in others):
        raise ModelFileError("optimizer.w1.step and optimizer.w2.step must be the same")
    for name, array in arrays.items():
        if (
            name.startswith(OPTIMIZER)
            and name.endswith((".exp_avg_sq", ".step_size", ".ro", ".H_diag"))
            and (array < 0).any()
        ):
            raise ModelFileError(f"{name} must be at least 0, got {array.min():g}")


def _check_path(arrays: Arrays, metadata: Metadata) -> None:
    if "path.epochs" not in arrays:
        return
    epochs = arrays["path.epochs"].tolist()
    if epochs and (epochs[0] < 0 or any(later <= earlier for earlier, later in itertools.pairwise(epochs))):
        raise ModelFileError("path.epochs must be whole numbers from 0 on, each greater than the one before")
    if epochs and epochs[-1] > len(arrays["loss.train"]):
        raise ModelFileError(f"path.epochs goes to {epochs[-1]:,}, the losses to {len(arrays['loss.train']):,} only")
    _check_range("path.member", arrays, 0, metadata.training.networks - 1)


def _check_rates(arrays: Arrays) -> None:
    if "rates.epochs" not in arrays:
        return
    _check_range("rates.epochs", arrays, 0, len(arrays["loss.train"]))
    _check_range("rates.time_steps", arrays, 0, _UPDATES_AN_EPOCH)
    places = list(zip(arrays["rates.epochs"].tolist(), arrays["rates.time_steps"].tolist(), strict=True))
    if any(later <= earlier for earlier, later in itertools.pairwise(places)):
        raise ModelFileError("rates.epochs and rates.time_steps must each be later than the one before")
    rates = arrays["rates.rates"]
    wrong = rates[(rates <= 0) | (rates > LARGEST_RATE)]
    if wrong.size:
        raise ModelFileError(f"rates.rates must be more than 0 and at most {LARGEST_RATE:g}, got {wrong[0]:g}")


def _check_position(arrays: Arrays, metadata: Metadata) -> None:
    """Check what can be checked without the data; the rest is `check_position_with_data`."""
    if "position.time_step" not in arrays:
        return
    _check_range("position.time_step", arrays, 1, _UPDATES_AN_EPOCH)
    step, states = int(arrays["position.time_step"][0]), arrays["position.states"].shape[1]
    if (states == 0) != (metadata.training.update_every == SEQUENCE):
        raise ModelFileError(f"position.states has {states:,} states, which does not fit update_every")
    truncation = metadata.training.truncation
    most = min(step, truncation) if isinstance(truncation, int) else step
    if states > most + 1:
        raise ModelFileError(f"position.states must have at most {most + 1:,} states, got {states:,}")


# -- the last rows ----------------------------------------------------------------------------------


def _check_ends(arrays: Arrays) -> None:
    if "end.rows" not in arrays:
        return
    rows = arrays["end.rows"]
    missing = np.asarray(np.isnan(rows))
    whole = np.asarray(missing.all(axis=2))
    in_front = ~(whole[:, 1:] & ~whole[:, :-1]).any()
    if np.isinf(rows).any() or (missing.any(axis=2) != whole).any() or whole[:, -1].any() or not in_front:
        raise ModelFileError("end.rows must be finite numbers, but for whole rows before the first of a sequence")
    if (arrays["end.times"][:, 1] < 0).any():
        raise ModelFileError("end.times must not go backwards")
    _check_range("end.phases", arrays, -_FARTHEST_PHASE, _FARTHEST_PHASE)


def _check_range(name: str, arrays: Arrays, least: int, most: int) -> None:
    array = arrays[name]
    wrong = array[(array < least) | (array > most)]
    if wrong.size:
        raise ModelFileError(f"{name} must be from {least:,} to {most:,}, got {int(wrong[0]):,}")
