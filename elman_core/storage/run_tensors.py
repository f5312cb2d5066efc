"""What a model file holds of a run: weights, losses, the optimiser's memory, stopping, position and path."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from elman_core.experiment import Weights
from elman_core.storage.layout import BRANCH, OPTIMIZER
from elman_core.training.checkpoints import Checkpoint, CheckpointPath
from elman_core.training.engines.base import Position
from elman_core.training.history import Branch, History
from elman_core.training.rates import RateSince
from elman_core.training.stopping import MemberEnd, StoppingState

__all__ = ["history_from", "tensors_of_history", "tensors_of_weights", "weights_from"]

Arrays = Mapping[str, NDArray[Any]]
Tensors = dict[str, NDArray[Any]]

_STOPPING = ("best_losses", "best_epochs", "patience_from", "ends", "end_epochs")


# -- weights, and all that a run needs to go on with them ---------------------------------------------


def tensors_of_weights(weights: Weights, initial_context: float) -> Tensors:
    """Return the tensors. Of a network that has diverged only the weights count: its other numbers are left out."""
    networks = len(weights.w1)
    diverged = np.zeros(networks, np.bool_)
    if weights.stopping is not None:
        diverged = weights.stopping.ends == MemberEnd.DIVERGED
    tensors: Tensors = {"w1": weights.w1, "w2": weights.w2}
    tensors["context"] = _without(weights.context, diverged, initial_context)
    for name, state in weights.optimizer.items():
        each = np.repeat(state[None], networks) if name.endswith(".step") and not state.ndim else state
        tensors[f"{OPTIMIZER}{name}"] = _without(each, diverged)
    if weights.stopping is not None:
        tensors |= _tensors_of_stopping(weights.stopping)
    if weights.position is not None:
        tensors |= _tensors_of_position(weights.position, weights, diverged)
    return tensors


def weights_from(arrays: Arrays) -> Weights:
    """Put together what `tensors_of_weights` took apart."""
    optimizer = {name.removeprefix(OPTIMIZER): array for name, array in arrays.items() if name.startswith(OPTIMIZER)}
    stopping = position = None
    if "stopping.ends" in arrays:
        numbers = {name: arrays[f"stopping.{name}"] for name in _STOPPING}
        numbers["ends"] = numbers["ends"].astype(np.int8)
        stopping = _stopping_from(numbers, arrays)
    if "position.time_step" in arrays:
        kept: dict[str, Any] = {field.name: arrays[f"position.{field.name}"] for field in fields(Position)}
        # There is one sequence side by side, whose dimension is left out in the file.
        kept["states"] = kept["states"][:, :, None]
        position = Position(**{**kept, "time_step": int(kept["time_step"][0])})
    return Weights(arrays["w1"], arrays["w2"], arrays["context"], optimizer, stopping, position)


def _tensors_of_stopping(stopping: StoppingState) -> Tensors:
    tensors: Tensors = {f"stopping.{name}": getattr(stopping, name) for name in _STOPPING}
    tensors["stopping.ends"] = stopping.ends.astype(np.int64)
    tensors |= {"best.w1": stopping.best_w1, "best.w2": stopping.best_w2}
    if stopping.at_best.any():
        tensors |= {"last.w1": stopping.last_w1, "last.w2": stopping.last_w2}
    return tensors


def _stopping_from(numbers: dict[str, Any], arrays: Arrays) -> StoppingState:
    if "last.w1" not in arrays:
        # Written before the last weights were kept: a network that diverged then had those before that, and no others.
        diverged = numbers["ends"] == MemberEnd.DIVERGED
        numbers["best_epochs"] = np.where(diverged, 0, numbers["best_epochs"])
        numbers["best_losses"] = np.where(diverged, np.inf, numbers["best_losses"])
    at_best = (numbers["ends"] != MemberEnd.NOT_YET) & (numbers["best_epochs"] > 0)
    kept: dict[str, Any] = {}
    for name in ("w1", "w2"):
        last = arrays.get(f"last.{name}", arrays[name])
        kept |= {f"best_{name}": arrays[f"best.{name}"], f"last_{name}": _without(last, ~at_best)}
    return StoppingState(**numbers, **kept)


def _tensors_of_position(position: Position, weights: Weights, diverged: NDArray[np.bool_]) -> Tensors:
    tensors: Tensors = {
        f"position.{name}": _without(getattr(position, name), diverged)
        for name in ("losses", "w1_gradient", "w2_gradient", "end_contexts")
    }
    tensors["position.time_step"] = np.array([position.time_step], np.int64)
    tensors["position.states"] = _without(position.states[:, :, 0], diverged)
    for name, now in (("w1", weights.w1), ("w2", weights.w2)):
        tensors[f"position.{name}_start"] = np.where(diverged[:, None, None], now, getattr(position, f"{name}_start"))
    return tensors


def _without(array: NDArray[Any], members: NDArray[np.bool_], value: float = 0.0) -> NDArray[Any]:
    """Return the array with a value in place of all numbers of some networks."""
    if not members.any() or len(array) != len(members):
        return array
    changed = array.copy()
    changed[members] = value
    return changed


# -- the course of training -------------------------------------------------------------------------


def tensors_of_history(history: History, networks: int) -> Tensors:
    """Return the curves, the weights kept along the run, and the losses of runs that were left."""
    # Before the first epoch has ended, a history need not know how many networks there are.
    tensors: Tensors = {"loss.train": history.train if history.epochs else np.empty((0, networks))}
    if history.validation is not None:
        tensors["loss.validation"] = history.validation if history.epochs else np.empty((0, networks))
    for number, branch in enumerate(history.branches, start=1):
        tensors[f"branch.{number}.epoch"] = np.array([branch.epoch], np.int64)
        tensors[f"branch.{number}.train"] = branch.train
        if branch.validation is not None:
            tensors[f"branch.{number}.validation"] = branch.validation
    if history.rates:
        tensors["rates.epochs"] = np.array([since.epoch for since in history.rates], np.int64)
        tensors["rates.time_steps"] = np.array([since.time_step for since in history.rates], np.int64)
        tensors["rates.rates"] = np.array([since.rate for since in history.rates], np.float64)
    points = history.path.points
    if points:
        tensors["path.epochs"] = np.array([point.epoch for point in points], np.int64)
        tensors["path.member"] = np.array([history.path.member], np.int64)
        tensors["path.w1"] = np.stack([point.w1 for point in points])
        tensors["path.w2"] = np.stack([point.w2 for point in points])
    return tensors


def history_from(arrays: Arrays) -> History:
    """Put together what `tensors_of_history` took apart."""
    path = CheckpointPath()
    if "path.epochs" in arrays:
        kept = zip(arrays["path.epochs"].tolist(), arrays["path.w1"], arrays["path.w2"], strict=True)
        path = CheckpointPath((Checkpoint(epoch, w1, w2) for epoch, w1, w2 in kept), int(arrays["path.member"][0]))
    losses = arrays["loss.train"], arrays.get("loss.validation")
    return History(*losses, path=path, branches=_branches(arrays), rates=_rates(arrays))


def _rates(arrays: Arrays) -> tuple[RateSince, ...]:
    if "rates.epochs" not in arrays:
        return ()
    columns = (arrays[f"rates.{name}"].tolist() for name in ("epochs", "time_steps", "rates"))
    return tuple(RateSince(*since) for since in zip(*columns, strict=True))


def _branches(arrays: Arrays) -> tuple[Branch, ...]:
    found = map(BRANCH.fullmatch, arrays)
    numbers = sorted(int(branch["number"]) for branch in found if branch and branch["what"] == "train")
    return tuple(
        Branch(
            int(arrays[f"branch.{number}.epoch"][0]),
            arrays[f"branch.{number}.train"],
            arrays.get(f"branch.{number}.validation"),
        )
        for number in numbers
    )
