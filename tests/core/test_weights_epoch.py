"""Of which epoch the weights are that a run ends with, and what says so."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from commands import Elman

from elman_core.experiment import Run
from elman_core.experiments.factory import begin_named
from elman_core.storage.model_file import load_model, save_model
from elman_core.support.jobs import complete
from elman_core.training.checkpoints import Checkpoint, CheckpointPath
from elman_core.training.course import Course
from elman_core.training.history import History
from elman_core.training.trainer import Trainer

EARLY = {"patience": 3, "learning_rate": 0.1}


def trained(epochs: int = 60, **settings: object) -> tuple[Run, Trainer]:
    """A run of the sunspots, which has a validation part."""
    experiment, _ = begin_named("sunspots", {}, {}, {"epochs": epochs, **settings})
    trainer, history = Trainer(experiment, device="cpu"), History()
    history.extend(trainer.updates(keep_checkpoints=True))
    return replace(experiment, weights=trainer.weights(), history=history), trainer


def weights_after(epochs: int, **settings: object) -> np.ndarray:
    return trained(epochs, **{**settings, "patience": 0})[0].weights.w1


def test_after_an_early_stop_everything_is_of_the_best_epoch() -> None:
    run, trainer = trained(**EARLY)
    course = Course(run.history, ends=run.ends)
    best, last = run.history.best_epoch + 1, run.history.epochs
    assert best < last < 60
    assert course.weights_epoch == best == complete(trainer.snapshot()).epoch
    assert course.epoch_words(60) == f"epoch {best} of 60 (best; training went on to {last})"
    assert course.train_loss == run.history.train[best - 1, 0]
    assert course.validation_loss == run.history.validation[best - 1, 0]
    np.testing.assert_array_equal(run.weights.w1, weights_after(best, **EARLY))


def test_without_an_early_stop_it_is_the_last_epoch() -> None:
    run, trainer = trained(8)
    course = Course(run.history, ends=run.ends)
    assert course.weights_epoch == 8 == complete(trainer.snapshot()).epoch
    assert course.epoch_words(8) == "epoch 8 of 8"
    assert Course(History()).epoch_words(8) == "epoch 0 of 8"


def test_after_divergence_it_is_the_last_finite_epoch() -> None:
    run, _ = trained(20, learning_rate=100.0, optimizer="sgd")
    assert "before it diverged" in Course(run.history, ends=run.ends).epoch_words()


@pytest.mark.parametrize("networks", [1, 3])
def test_the_best_weights_can_be_had_at_any_time_as_if_it_had_stopped_there(networks: int, tmp_path: Path) -> None:
    settings = {"learning_rate": 0.1, "patience": 0, "networks": networks}
    run, _ = trained(40, **settings)
    at_best = replace(run, weights=run.weights.at_best(run.history.epochs))
    for member in range(networks):
        best = run.history.best_epoch_of(member) + 1
        assert Course(run.history, member, ends=at_best.ends).weights_epoch == best
        np.testing.assert_array_equal(at_best.weights.w1[member], weights_after(best, **settings)[member])
    assert run.ends.count == 0  # what was there before is not changed
    save_model(tmp_path / "best.safetensors", at_best)
    again = load_model(tmp_path / "best.safetensors")
    np.testing.assert_array_equal(again.weights.w2, at_best.weights.w2)
    going_on = Trainer(at_best, device="cpu")
    history = at_best.history.first(at_best.history.epochs)
    history.extend(going_on.updates(last_epoch=45))
    assert history.epochs == 45


def test_the_command_line_says_it_in_every_form(done: Elman, tmp_path: Path) -> None:
    path = tmp_path / "early.safetensors"
    options = ("sunspots", "--epochs", 60, "--patience", 3, "--learning-rate", 0.1)
    ended = done("train", *options, "--save", path)
    saved = load_model(path)
    best, last = saved.history.best_epoch + 1, saved.history.epochs
    words = f"epoch {best} (best; training went on to {last})"
    assert f"The weights are those of {words}." in ended.output
    assert words in " ".join(done("info", path).output.split())
    result = done("train", *options, "--json").result
    assert (result["epochs"], result["weights_epoch"]) == (last, best)
    (member,) = done("info", path, "--json").result["members"]
    assert (member["epochs"], member["weights_epoch"]) == (last, best)


def test_an_epoch_between_two_kept_ones_has_its_place_between_them() -> None:
    path = CheckpointPath(Checkpoint(epoch, np.zeros((1, 1)), np.zeros((1, 1))) for epoch in (0, 1, 2, 6, 10))
    assert [path.place(epoch) for epoch in (0, 2, 3, 6, 8)] == [0, 2, 2.25, 3, 3.5]
    assert CheckpointPath().place(3) is None
