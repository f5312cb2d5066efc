"""Of which epoch the weights are that a run ends with, and what says so."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from commands import Elman

from elman_core.experiment import Run, Weights
from elman_core.experiments.factory import begin_named
from elman_core.storage.model_file import load_model, save_model
from elman_core.support.jobs import complete
from elman_core.training.checkpoints import Checkpoint, CheckpointPath
from elman_core.training.course import Course
from elman_core.training.history import History
from elman_core.training.stopping import MemberEnd
from elman_core.training.trainer import Trainer

EARLY = {"patience": 3, "learning_rate": 0.1}
PAST_BEST = {"patience": 0, "learning_rate": 0.1}
RULES = [{}, {"update_every": 20, "truncation": 40}, {"update_every": "sequence"}]


def begun(epochs: int = 60, engine: str = "auto", **settings: object) -> tuple[Run, Trainer]:
    experiment, _ = begin_named("sunspots", {}, {}, {"epochs": epochs, **settings})
    return experiment, Trainer(experiment, device="cpu", engine=engine)


def trained(epochs: int = 60, engine: str = "auto", **settings: object) -> tuple[Run, Trainer]:
    """A run of the sunspots, which has a validation part."""
    experiment, trainer = begun(epochs, engine, **settings)
    history = History()
    history.extend(trainer.updates(keep_checkpoints=True))
    return replace(experiment, weights=trainer.weights(), history=history), trainer


def stopped_after(epochs: int, engine: str = "auto", **settings: object) -> Weights:
    """Weights of a run that is interrupted after so many epochs."""
    _, trainer = begun(epochs, engine, **{**settings, "patience": 0})
    assert sum(len(update.train_losses) for update in trainer.updates(last_epoch=epochs)) == epochs
    return trainer.weights()


def test_after_an_early_stop_everything_is_of_the_best_epoch() -> None:
    run, trainer = trained(**EARLY)
    course = Course(run.history, ends=run.ends)
    best, last = run.history.best_epoch + 1, run.history.epochs
    assert best < last < 60
    assert course.weights_epoch == best == complete(trainer.snapshot()).epoch
    assert course.epoch_words(60) == f"epoch {best} of 60 (best; training went on to {last})"
    assert course.train_loss == run.history.train[best - 1, 0]
    assert course.validation_loss == run.history.validation[best - 1, 0]
    np.testing.assert_array_equal(run.weights.w1, stopped_after(best, **EARLY).w1)


@pytest.mark.parametrize("rule", RULES, ids=str)
@pytest.mark.parametrize("engine", ["compiled", "tensors"])
@pytest.mark.parametrize("patience", [0, 1000])
def test_a_run_that_ends_by_itself_has_its_best_weights_with_and_without_patience(
    engine: str, rule: dict[str, object], patience: int
) -> None:
    settings = {**PAST_BEST, **rule, "networks": 3, "patience": patience}
    run, trainer = trained(40, engine, **settings)
    best = [run.history.best_epoch_of(member) + 1 for member in range(3)]
    assert min(best) < 40
    for member, epoch in enumerate(best):
        course = Course(run.history, member, ends=run.ends)
        assert course.weights_epoch == epoch
        if epoch < 40:
            assert course.epoch_words(40) == f"epoch {epoch} of 40 (best; training went on to 40)"
        expected = stopped_after(epoch, engine, **settings).w1[member]
        np.testing.assert_array_equal(run.weights.w1[member], expected)
    assert complete(trainer.snapshot()).epoch == best[0]


def test_each_network_of_an_ensemble_ends_as_it_would_alone() -> None:
    run, _ = trained(40, **PAST_BEST, networks=3)
    for member in range(3):
        alone, _ = trained(40, **PAST_BEST, seed=1 + member)
        own = run.of_member(member)
        for name in ("w1", "w2"):
            np.testing.assert_array_equal(getattr(own.weights, name), getattr(alone.weights, name))
            for which in ("best", "last"):
                kept, expected = (getattr(each.weights.stopping, f"{which}_{name}") for each in (own, alone))
                np.testing.assert_array_equal(kept, expected)
        assert own.ends.kept == alone.ends.kept


def test_the_last_epoch_may_be_the_best() -> None:
    run, trainer = trained(8)
    course = Course(run.history, ends=run.ends)
    assert run.history.best_epoch == 7
    assert course.weights_epoch == 8 == complete(trainer.snapshot()).epoch
    assert course.epoch_words(8) == "epoch 8 of 8"
    assert Course(History()).epoch_words(8) == "epoch 0 of 8"


def test_a_run_that_is_stopped_has_the_weights_that_it_came_to() -> None:
    experiment, _ = begin_named("sunspots", {}, {}, {"epochs": 1000, **PAST_BEST})
    trainer = Trainer(experiment, device="cpu")
    trainer.epochs_at_once = 1
    for update in trainer.updates():
        if update.epoch == 40:
            break
    trainer.settle()
    assert trainer.weights().ends.weights_epoch(0, 40) == 40
    assert trainer.stopping.best_epochs[0] < 40
    np.testing.assert_array_equal(trainer.weights().w1, stopped_after(40, **PAST_BEST).w1)


@pytest.mark.parametrize("rule", [{}, {"optimizer": "lbfgs", "learning_rate": 1.0}, {"patience": 35}], ids=str)
@pytest.mark.parametrize("engine", ["compiled", "tensors"])
@pytest.mark.parametrize("through_a_file", [False, True])
def test_training_goes_on_from_the_last_weights_as_if_it_had_not_ended(
    engine: str, rule: dict[str, object], through_a_file: bool, tmp_path: Path
) -> None:
    settings = {**PAST_BEST, "networks": 2, **rule}
    run, trainer = trained(40, engine, **settings)
    assert (run.weights.stopping.ends == MemberEnd.COMPLETED).any()
    history = run.history
    if through_a_file:
        save_model(tmp_path / "ended.safetensors", run)
        saved = load_model(tmp_path / "ended.safetensors")
        np.testing.assert_array_equal(saved.weights.stopping.last_w2, run.weights.stopping.last_w2)
        history = saved.history
        trainer = Trainer(replace(run, weights=saved.weights, history=history), device="cpu", engine=engine)
    history.extend(trainer.updates(last_epoch=70, ends_run=True))
    at_once, whole = trained(70, engine, **settings)
    np.testing.assert_array_equal(history.train, at_once.history.train)
    np.testing.assert_array_equal(history.validation, at_once.history.validation)
    for now, expected in ((trainer.weights().w1, whole.weights().w1), (trainer.weights().w2, whole.weights().w2)):
        np.testing.assert_array_equal(now, expected)


@pytest.mark.parametrize("engine", ["compiled", "tensors"])
def test_after_divergence_it_is_the_best_epoch_and_without_validation_the_last_finite_one(engine: str) -> None:
    explodes = {"learning_rate": 100.0, "optimizer": "sgd"}
    run, trainer = trained(20, engine, **explodes)
    best, last = int(run.ends.kept[0]), int(run.ends.epochs[0])
    assert 0 < best == run.history.best_epoch + 1 <= last < 20
    assert Course(run.history, ends=run.ends).epoch_words() == f"epoch {best} (best; it diverged after {last})"
    np.testing.assert_array_equal(run.weights.w1, stopped_after(best, engine, **explodes).w1)
    np.testing.assert_array_equal(run.weights.stopping.last_w1, stopped_after(last, engine, **explodes).w1)
    experiment, _ = begin_named("sunspots", {"validation_percent": 0}, {}, {"epochs": 20, **explodes})
    trainer, history = Trainer(experiment, device="cpu", engine=engine), History()
    history.extend(trainer.updates())
    assert "before it diverged" in Course(history, ends=trainer.stopping.summary()).epoch_words()


def test_the_end_says_which_weights_there_are() -> None:
    experiment, _ = begin_named("sunspots", {}, {}, {"epochs": 40, **PAST_BEST})
    for networks, words in (
        (1, "The weights are those of the best epoch, {best} of 40 by validation."),
        (3, "have the weights of an earlier epoch, the best by validation"),
    ):
        training = experiment.training.replace(networks=networks)
        trainer = Trainer(replace(experiment, training=training), device="cpu")
        *_, last = trainer.updates()
        assert words.format(best=int(trainer.stopping.best_epochs[0])) in last.message


def test_a_weight_that_is_changed_by_hand_is_what_training_goes_on_from() -> None:
    run, _ = trained(40, **PAST_BEST)
    matrix = run.weights.w1.copy()
    matrix[0, 0, 0] += 1.0
    changed = run.weights.with_matrix("w1", matrix, 0)
    np.testing.assert_array_equal(changed.stopping.last_w1, matrix)
    np.testing.assert_array_equal(changed.stopping.last_w2, run.weights.w2)
    assert (run.weights.stopping.last_w1 != matrix).any()  # what was there before is not changed


@pytest.mark.parametrize("networks", [1, 3])
def test_the_best_weights_can_be_had_at_any_time_as_if_it_had_stopped_there(networks: int, tmp_path: Path) -> None:
    settings = {**PAST_BEST, "networks": networks}
    experiment, trainer = begun(40, **settings)
    history = History()
    history.extend(trainer.updates(last_epoch=40))
    run = replace(experiment, weights=trainer.weights(), history=history)
    at_best = replace(run, weights=run.weights.at_best(run.history.epochs))
    for member in range(networks):
        best = run.history.best_epoch_of(member) + 1
        assert Course(run.history, member, ends=at_best.ends).weights_epoch == best
        np.testing.assert_array_equal(at_best.weights.w1[member], stopped_after(best, **settings).w1[member])
    assert run.ends.count == 0  # what was there before is not changed
    save_model(tmp_path / "best.safetensors", at_best)
    again = load_model(tmp_path / "best.safetensors")
    np.testing.assert_array_equal(again.weights.w2, at_best.weights.w2)
    going_on = Trainer(at_best, device="cpu")
    history = at_best.history.first(at_best.history.epochs)
    history.extend(going_on.updates(last_epoch=45))
    trainer_on = trainer.updates(last_epoch=45)
    assert history.epochs == 45
    run.history.extend(trainer_on)
    np.testing.assert_array_equal(history.train, run.history.train)  # it goes on from the last weights


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
