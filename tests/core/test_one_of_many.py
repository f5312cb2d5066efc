"""One network of an ensemble: chosen at the command line, taken out alone, and trained again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from commands import Elman

from elman_core.errors import ConfigError
from elman_core.experiment import Run
from elman_core.storage.model_file import load_model, save_model
from elman_core.support.jobs import complete
from elman_core.training.course import Course, train_again
from elman_core.training.history import History
from elman_core.training.stopping import MemberEnd
from elman_core.training.trainer import Trainer


@pytest.fixture
def three(tmp_path: Path, done: Elman) -> Path:
    """Three networks of the sunspots, which stop early."""
    path = tmp_path / "three.safetensors"
    done(
        "train",
        "sunspots",
        "--networks",
        3,
        "--epochs",
        60,
        "--patience",
        1,
        "--learning-rate",
        0.1,
        "--seed",
        5,
        "--save",
        path,
    )
    return path


def trained(experiment: Run, epochs: int | None = None) -> Run:
    trainer, history = Trainer(experiment, device="cpu"), History()
    history.extend(trainer.updates(last_epoch=epochs, keep_checkpoints=True))
    return replace(experiment, weights=trainer.weights(), history=history)


def test_a_member_predicts_and_is_scored_as_the_same_seed_alone(three: Path, done: Elman, tmp_path: Path) -> None:
    alone = tmp_path / "alone.safetensors"
    done("train", "sunspots", "--epochs", 60, "--patience", 1, "--learning-rate", 0.1, "--seed", 6, "--save", alone)
    for command in (("predict", "--steps", 5), ("evaluate", "--horizon", 3)):
        name, *options = command
        own = done(name, three, *options, "--member", 2, "--json").result
        assert own == done(name, alone, *options, "--json").result
        assert own != done(name, three, *options, "--json").result


def test_without_a_member_the_first_network_predicts(three: Path, done: Elman) -> None:
    assert done("predict", three, "--json").result == done("predict", three, "--member", 1, "--json").result


@pytest.mark.parametrize("number", [0, 4, -1])
def test_a_member_that_there_is_not_is_refused_in_one_line(three: Path, elman: Elman, number: int) -> None:
    ended = elman("evaluate", three, "--member", number)
    assert ended.code == 2
    said = f"elman evaluate: --member must be from 1 to 3, the networks in the model, got {number}"
    assert ended.messages.splitlines() == [said]


def test_info_has_a_line_for_each_network(three: Path, done: Elman) -> None:
    saved = load_model(three)
    members = done("info", three, "--json").result["members"]
    assert [own["seed"] for own in members] == [5, 6, 7]
    for place, own in enumerate(members):
        assert own["member"] == place + 1
        assert own["epochs"] == int(np.isfinite(saved.history.train[:, place]).sum())
        assert own["ended"] == (MemberEnd(int(saved.weights.stopping.ends[place])).words or None)
    assert "stopped early" in done("info", three).output


def test_a_text_is_continued_by_the_member_that_is_asked_for(tmp_path: Path, done: Elman) -> None:
    text, path = tmp_path / "words.txt", tmp_path / "text.safetensors"
    text.write_text("the cat sat on the mat. the dog sat on the log. " * 20)
    done("train", text, "--networks", 2, "--epochs", 3, "--save", path)
    options = ("--text", "the ", "--steps", 10, "--json")
    first, second = (done("predict", path, *options, "--member", number).result["next"] for number in (1, 2))
    assert first == done("predict", path, *options).result["next"]
    assert first != second


def test_a_network_that_had_ended_and_was_taken_up_is_saved_alone_with_its_own_epochs(
    experiment_of: Callable[..., Run], tmp_path: Path
) -> None:
    values = np.sin(np.arange(60) / 3)[:, None]
    experiment = experiment_of(values, data={"train_percent": 60, "validation_percent": 20})
    training = experiment.training.replace(epochs=200, networks=3, patience=2, learning_rate=0.1)
    first = trained(replace(experiment, training=training))
    ends = first.weights.stopping.end_epochs
    assert len(set(ends.tolist())) > 1 and first.weights.stopping.all_have_ended
    history = first.history.first(first.history.epochs)
    trainer = Trainer(replace(first, history=history), device="cpu")
    history.extend(trainer.updates(last_epoch=history.epochs + 1))
    member, epochs = int(ends.argmin()), int(ends.min())
    alone = replace(first, weights=trainer.weights(), history=history).of_member(member)
    assert alone.history.epochs == epochs + 1
    path = tmp_path / "one.safetensors"
    save_model(path, alone)
    np.testing.assert_array_equal(load_model(path).history.train[:epochs, 0], first.history.train[:epochs, member])


def test_a_network_trained_again_has_the_same_bits_and_the_points_along_its_run(
    sine: Callable[..., Run],
) -> None:
    ensemble = trained(sine(epochs=30, networks=3))
    half = complete(train_again(trained(sine(epochs=30, networks=3), 10), 2, "compiled"))
    for before in (None, half):
        again = complete(train_again(ensemble, 2, "compiled", before))
        np.testing.assert_array_equal(again.history.train[:, 0], ensemble.history.train[:, 2])
        points = again.history.path.points
        assert [point.epoch for point in points] == list(range(31))
        np.testing.assert_array_equal(points[-1].w1, ensemble.weights.w1[2])


def test_a_network_that_learned_with_other_settings_cannot_be_trained_again(sine: Callable[..., Run]) -> None:
    ensemble = trained(sine(epochs=10, networks=2))
    other = replace(ensemble, training=ensemble.training.replace(momentum=0.5))
    with pytest.raises(ConfigError, match="network 2 did not learn as its seed and these settings say"):
        complete(train_again(other, 1, "compiled"))


def test_a_course_is_of_one_network_and_has_points_of_no_other(sine: Callable[..., Run]) -> None:
    history = trained(sine(epochs=5, networks=2)).history
    assert len(Course(history).path) == 6
    assert len(Course(history, 1).path) == 0
    assert Course(history, 1).last_train_loss == history.train[-1, 1]
    assert len(Course(History(), 1).train) == 0


def test_a_snapshot_shows_the_member_and_checkpoints_stay_those_of_another(sine: Callable[..., Run]) -> None:
    trainer, history = Trainer(sine(epochs=3, networks=2), device="cpu"), History()
    for update in trainer.updates(snapshot_seconds=0.0, keep_checkpoints=True):
        trainer.member = 1
        history.extend([update])
    assert update.snapshot.member == 1
    np.testing.assert_array_equal(update.snapshot.own[0], trainer.network.w1[1])
    np.testing.assert_array_equal(history.path.points[-1].w1, trainer.network.w1[0])
