"""Weights kept along a run and branches in the model file: they come back, and what is not sound is refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors
import safetensors.numpy

from elman_core.errors import ModelFileError
from elman_core.experiment import Run
from elman_core.storage.model_file import load_model, save_model
from elman_core.training.history import History
from elman_core.training.trainer import Trainer


@pytest.fixture
def saved(sine: Callable[..., Run], tmp_path: Path) -> Path:
    """A run of 6 epochs that went on from epoch 4 of one of 8."""
    experiment = sine(epochs=8)
    trainer, history = Trainer(experiment), History()
    history.extend(trainer.updates(keep_checkpoints=True))
    branch = history.branch(4)
    point = branch.path.points[-1]
    weights = replace(trainer.weights(), w1=point.w1[None], w2=point.w2[None])
    going_on = replace(experiment, weights=weights, history=branch)
    second = Trainer(going_on)
    branch.extend(second.updates(last_epoch=6, keep_checkpoints=True))
    path = tmp_path / "run.safetensors"
    save_model(path, replace(going_on, weights=second.weights(), history=branch))
    return path


def test_the_whole_run_comes_back(saved: Path) -> None:
    history = load_model(saved).history
    assert [point.epoch for point in history.path.points] == [0, 1, 2, 3, 4, 5, 6]
    assert history.epochs == 6
    (branch,) = history.branches
    assert (branch.epoch, len(branch.train)) == (4, 4)
    np.testing.assert_allclose(branch.train[:2], history.train[4:], rtol=1e-5)  # nothing was changed in between


@pytest.mark.parametrize(
    ("tensor", "change", "said"),
    [
        ("path.epochs", lambda epochs: epochs[::-1].copy(), "whole numbers from 0 on"),
        ("path.epochs", lambda epochs: epochs * 0, "each greater than the one before"),
        ("path.epochs", lambda epochs: epochs - 1, "whole numbers from 0 on"),
        ("path.epochs", lambda epochs: epochs + 1, "path.epochs goes to 7, the losses to 6 only"),
        ("path.epochs", lambda epochs: epochs.astype(np.float64), "path.epochs is F64, the settings need I64"),
        ("path.epochs", lambda epochs: np.arange(501), "the settings need (500,)"),
        ("path.w1", lambda w1: w1[:-1], "the settings need (7, 7, 6)"),
        ("path.w2", lambda w2: w2 * np.nan, "path.w2 has values that are not finite"),
        ("path.w2", lambda w2: None, "tensor 'path.w2' is missing"),
        ("branch.1.epoch", lambda epoch: epoch - 9, "branch.1.epoch must be at least 0, got -5"),
        ("branch.1.epoch", lambda epoch: None, "tensor 'branch.1.epoch' is missing"),
        ("branch.1.train", lambda train: train[:, [0, 0]], "the settings need (4, 1)"),
        ("branch.1.other", lambda _: np.zeros(1), "there is no tensor called 'branch.1.other'"),
        ("branch.0.train", lambda _: np.zeros((1, 1)), "there is no tensor called 'branch.0.train'"),
    ],
)
def test_what_was_kept_is_checked(saved: Path, tensor: str, change: Callable[[Any], Any], said: str) -> None:
    with safetensors.safe_open(saved, "numpy") as file:
        metadata = file.metadata()
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118  # it is no dict
    changed = change(tensors.get(tensor))
    tensors = {name: array for name, array in tensors.items() if name != tensor}
    if changed is not None:
        tensors[tensor] = np.ascontiguousarray(changed)
    saved.write_bytes(safetensors.numpy.save(tensors, metadata))
    with pytest.raises(ModelFileError) as refused:
        load_model(saved)
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)
