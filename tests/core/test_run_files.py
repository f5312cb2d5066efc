"""A run in the model file: it continues as if it had not been saved, and everything is checked against the rest."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors.numpy
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from model_files import changed_metadata, changed_tensors, refusal
from numpy.typing import NDArray

from elman_core.config import DataConfig
from elman_core.data.panel import Panel
from elman_core.data.table import Source, Table, TimeAxis
from elman_core.errors import ConfigError, DataError, ModelFileError
from elman_core.experiment import Run
from elman_core.experiments import SERIES_NETWORK, SERIES_TRAINING, begin
from elman_core.experiments.factory import experiment_from_model
from elman_core.storage.model_file import load_model, save_model
from elman_core.training.checkpoints import CheckpointPath
from elman_core.training.history import Branch, History
from elman_core.training.stopping import MemberEnd
from elman_core.training.trainer import Trainer


def table(sequences: int = 5, rows: int = 30) -> Table:
    """Return sequences of unequal lengths, with a target, an input and a column known ahead."""
    rng = np.random.default_rng(3)
    lengths = rows - 3 * np.arange(sequences) % 11
    starts = np.cumsum(lengths) - lengths
    total = int(lengths.sum())
    step = np.arange(total) - np.repeat(starts, lengths)
    target = 20 + 5 * np.sin(step * 0.7) + rng.normal(size=total)
    panel = Panel.of(total, starts, names=tuple(f"shop {place}" for place in range(sequences)))
    return Table(
        "shops", ("sales", "wind", "holiday"), np.stack([target, rng.normal(size=total), step % 7 == 0], axis=1),
        replace(TimeAxis.steps(total), positions=step.astype(float)),
        Source(kind="csv", name="shops.csv", path="/gone/shops.csv"), sequences=panel if sequences > 1 else None,
    )  # fmt: skip


def begun(
    sequences: int = 5,
    data: dict[str, Any] | None = None,
    network: dict[str, Any] | None = None,
    **training: Any,
) -> tuple[Run, Table]:
    read = table(sequences)
    chosen = {"columns": ("sales",), "inputs": ("wind",), "known": ("holiday",), "lags": 2, **(data or {})}
    usual = SERIES_NETWORK.replace(hidden=3, **(network or {}))
    config = SERIES_TRAINING.replace(**{"epochs": 6, "update_every": 4, "truncation": 6, **training})
    return begin("shops", read, DataConfig(**chosen), usual, config), read


def run_on(trainer: Trainer, history: History, last_epoch: int) -> None:
    history.extend(trainer.updates(last_epoch=last_epoch, keep_checkpoints=True))


def run_steps(trainer: Trainer, history: History, steps: int) -> None:
    for _ in range(steps):
        history.extend(trainer.updates(one_time_step=True, keep_checkpoints=True))


def saved_run(path: Path, experiment: Run, trainer: Trainer, history: History) -> None:
    history.extend([trainer.settle()])
    save_model(path, replace(experiment, weights=trainer.weights(), history=history.snapshot()))


# -- what comes back --------------------------------------------------------------------------------

RULES: dict[str, dict[str, Any]] = {
    "one-step rule": {"optimizer": "sgd", "update_every": 1, "truncation": 1},
    "momentum": {"optimizer": "sgd", "momentum": 0.5, "learning_rate": 0.001},
    "adam": {},
    "float64": {"precision": "float64"},
    "full BPTT": {"update_every": "all", "truncation": "all"},
    "rprop": {"optimizer": "rprop", "update_every": "all", "truncation": "all"},
    "batches": {"update_every": "sequence", "truncation": "all", "batch": 2},
    "context carried": {"context_reset": "never"},
    "context reset every 5": {"context_reset": 5},
    "an ensemble": {"networks": 3, "learning_rates": (0.01, 0.02, 0.005), "patience": 2, "learning_rate": 0.05},
    "plateau": {"schedule": "plateau", "schedule_epochs": 1, "networks": 2},
    "cosine": {"schedule": "cosine", "warm_up_share": 0.2, "update_every": "all", "truncation": "all"},
}


@pytest.mark.parametrize("engine", ["compiled", "tensors"])
@pytest.mark.parametrize("rule", RULES)
def test_a_run_paused_within_an_epoch_and_saved_goes_on_as_without_the_pause(
    tmp_path: Path, rule: str, engine: str
) -> None:
    experiment, read = begun(**RULES[rule])
    path = tmp_path / "run.safetensors"
    trainer, history = Trainer(experiment, engine=engine), History()
    run_on(trainer, history, 2)
    run_steps(trainer, history, 7)
    saved_run(path, experiment, trainer, history)
    paused = trainer.weights()
    opened = experiment_from_model(load_model(path), read)
    again, course = Trainer(opened, engine=engine), opened.history.snapshot()
    assert opened.weights is not None and opened.weights.position is not None and paused.position is not None
    assert (again.epoch, opened.weights.position.time_step) == (trainer.epoch, paused.position.time_step)
    run_on(trainer, history, 6)
    run_on(again, course, 6)
    for name in ("w1", "w2", "context"):
        np.testing.assert_array_equal(getattr(again.weights(), name), getattr(trainer.weights(), name))
    np.testing.assert_array_equal(course.train, history.train)
    np.testing.assert_array_equal(course.validation, history.validation)
    for name, array in vars(trainer.stopping).items():
        np.testing.assert_array_equal(array, getattr(again.stopping, name))
    for one, other in zip(course.path.points, history.path.points, strict=True):
        assert one.epoch == other.epoch
        np.testing.assert_array_equal(one.w1, other.w1)


@pytest.mark.parametrize(("first", "second"), [("tensors", "compiled"), ("compiled", "tensors")])
@pytest.mark.parametrize("rule", RULES)
def test_a_run_paused_within_an_epoch_goes_on_with_the_other_engine(
    tmp_path: Path, rule: str, first: str, second: str
) -> None:
    experiment, read = begun(**{**RULES[rule], "precision": "float64"})
    path = tmp_path / "run.safetensors"
    trainer, history = Trainer(experiment, engine=first), History()
    run_on(trainer, history, 2)
    run_steps(trainer, history, 7)
    saved_run(path, experiment, trainer, history)
    opened = experiment_from_model(load_model(path), read)
    course = opened.history.snapshot()
    run_on(Trainer(opened, engine=second), course, 6)
    run_on(trainer, history, 6)
    np.testing.assert_allclose(course.train, history.train, rtol=1e-9)
    np.testing.assert_allclose(course.validation, history.validation, rtol=1e-9)


LBFGS: dict[str, Any] = {
    "optimizer": "lbfgs", "update_every": "all", "truncation": "all", "learning_rate": 1.0, "clip_norm": 0.0,
}  # fmt: skip


@pytest.mark.parametrize("engine", ["compiled", "tensors"])
@pytest.mark.parametrize("precision", ["float32", "float64"])
def test_lbfgs_goes_on_from_a_file_with_what_it_remembers(tmp_path: Path, engine: str, precision: str) -> None:
    experiment, read = begun(networks=3, precision=precision, **LBFGS)
    trainer, path = Trainer(experiment, engine=engine), tmp_path / "run.safetensors"
    history = History()
    run_on(trainer, history, 5)
    saved_run(path, experiment, trainer, history)
    opened = experiment_from_model(load_model(path), read)
    again, course = Trainer(opened, engine=engine), opened.history.snapshot()
    run_on(trainer, history, 12)
    run_on(again, course, 12)
    np.testing.assert_array_equal(course.train, history.train)
    np.testing.assert_array_equal(again.weights().w1, trainer.weights().w1)
    assert again.weights().optimizer["lbfgs.step"].tolist() == [12, 12, 12]


def test_lbfgs_keeps_what_it_remembers_when_the_engine_changes() -> None:
    experiment, _ = begun(precision="float64", **LBFGS)
    courses = []
    for first, second in (("compiled", "compiled"), ("compiled", "tensors"), ("tensors", "compiled")):
        trainer, history = Trainer(experiment, engine=first), History()
        run_on(trainer, history, 5)
        trainer.use_engine(second)
        run_on(trainer, history, 12)
        courses.append(history.train)
    np.testing.assert_allclose(courses[1], courses[0], rtol=1e-8)
    np.testing.assert_allclose(courses[2], courses[0], rtol=1e-8)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda tensors: tensors.pop("optimizer.lbfgs.d"), "tensor 'optimizer.lbfgs.d' is missing"),
        (lambda tensors: tensors["optimizer.lbfgs.ro"].__setitem__((0, 1), -1), "optimizer.lbfgs.ro must be at least"),
        (lambda tensors: tensors["optimizer.lbfgs.step"].__setitem__(0, -1), "optimizer.lbfgs.step must be whole"),
        (
            lambda tensors: tensors.update({"optimizer.lbfgs.t": np.zeros(2, np.float32)}),
            "optimizer.lbfgs.t has shape (2,), the settings need (1,)",
        ),
    ],
)
def test_what_lbfgs_cannot_have_remembered_is_refused(
    tmp_path: Path, change: Callable[[dict[str, Any]], Any], said: str
) -> None:
    experiment, _ = begun(**LBFGS)
    trainer, history, path = Trainer(experiment), History(), tmp_path / "run.safetensors"
    run_on(trainer, history, 4)
    saved_run(path, experiment, trainer, history)
    changed_tensors(path, change)
    assert said in refusal(path)


def test_settings_and_transforms_come_back(tmp_path: Path) -> None:
    data = {"transforms": ("log", "difference", "seasonal-additive"), "season": 4, "scaling": "min-max", "horizon": 2}
    experiment, read = begun(data={**data, "strategy": "direct"}, network={"direct": True, "begin": "least-squares"})
    trainer = Trainer(experiment)
    path = tmp_path / "run.safetensors"
    saved_run(path, experiment, trainer, History())
    model = load_model(path)
    assert (model.data, model.network, model.training) == (
        experiment.dataset.config, experiment.network, experiment.training,
    )  # fmt: skip
    assert model.fitted.names == tuple(f"shop {place}" for place in range(5))
    again = experiment_from_model(model, read).dataset
    for before, after in zip(
        (*experiment.dataset.fitted.targets, *experiment.dataset.fitted.covariates),
        (*again.fitted.targets, *again.fitted.covariates),
        strict=True,
    ):
        assert before.transforms == after.transforms
        for one, other in zip(before.parameters, after.parameters, strict=True):
            assert one.keys() == other.keys()
            for name, array in one.items():
                np.testing.assert_array_equal(array, other[name])
    np.testing.assert_array_equal(again.past, experiment.dataset.past)


def test_rates_of_each_network_come_back_as_tensors(tmp_path: Path) -> None:
    experiment, _ = begun(networks=3, optimizer="sgd", learning_rates=(0.1, 0.2, 0.3), momenta=(0, 0.5, 0.9))
    path = tmp_path / "run.safetensors"
    saved_run(path, experiment, Trainer(experiment), History())
    assert load_model(path).training == experiment.training
    assert safetensors.numpy.load_file(path)["training.momenta"].tolist() == [0, 0.5, 0.9]


def test_names_of_100_000_sequences_are_saved_and_opened(tmp_path: Path) -> None:
    count = 100_000
    total = 8 * count
    panel = Panel.of(total, np.arange(count) * 8, names=tuple(f"Straße {place}, Åre" for place in range(count)))
    values = np.random.default_rng(0).normal(size=(total, 1))
    axis = replace(TimeAxis.steps(total), positions=np.arange(total) % 8.0)
    source = Source(kind="csv", name="a.csv", path="/gone/a.csv")
    read = Table("streets", ("a",), values, axis, source, sequences=panel)
    experiment = begin("streets", read, DataConfig(columns=("a",)), SERIES_NETWORK.replace(hidden=2), SERIES_TRAINING)
    trainer, path = Trainer(experiment), tmp_path / "streets.safetensors"
    saved_run(path, experiment, trainer, History())
    model = load_model(path)
    assert model.fitted.names == panel.names
    assert model.ends is not None and model.ends.context.shape == (1, count, 2)


def diverged(path: Path) -> tuple[Run, Table, History]:
    """Save an ensemble whose second network diverges, and whose third stops early."""
    experiment, read = begun(
        networks=3, patience=3, epochs=40, learning_rates=(0.001, 90.0, 0.3), optimizer="sgd", clip_norm=0.0
    )
    trainer, history = Trainer(experiment), History()
    run_on(trainer, history, 25)
    saved_run(path, experiment, trainer, history)
    return experiment, read, history


def test_networks_that_have_ended_come_back_as_such(tmp_path: Path) -> None:
    path = tmp_path / "run.safetensors"
    _, _, history = diverged(path)
    model = load_model(path)
    stopping = model.weights.stopping
    assert stopping is not None
    assert stopping.ends[1] == MemberEnd.DIVERGED and not stopping.learns.all()
    np.testing.assert_array_equal(model.history.train, history.train)
    assert np.isnan(model.history.train[stopping.end_epochs[1] :, 1]).all()
    assert model.history.best_epoch_of(0) == history.best_epoch_of(0)
    for array in (model.weights.w1, model.weights.context, *model.weights.optimizer.values()):
        assert np.isfinite(array).all()


@pytest.mark.parametrize("member", range(3))
def test_one_network_of_an_ensemble_is_saved_alone(tmp_path: Path, member: int) -> None:
    path = tmp_path / "run.safetensors"
    _, read, _ = diverged(path)
    alone = experiment_from_model(load_model(path), read).of_member(member)
    save_model(path, alone)
    model = load_model(path)
    assert (model.training.seed, model.weights.w1.shape[0]) == (1 + member, 1)
    np.testing.assert_array_equal(model.history.train, alone.history.train)


def test_the_path_of_another_member_comes_back(tmp_path: Path) -> None:
    experiment, _ = begun(networks=3)
    path, history = tmp_path / "run.safetensors", History(path=CheckpointPath(member=2))
    trainer = Trainer(replace(experiment, history=history))
    run_on(trainer, history, 3)
    saved_run(path, experiment, trainer, history)
    kept = load_model(path).history.path
    assert (kept.member, [point.epoch for point in kept.points]) == (2, [0, 1, 2, 3])
    np.testing.assert_array_equal(kept.points[-1].w1, trainer.weights().w1[2])


def test_a_position_that_other_data_do_not_have_is_left_out(tmp_path: Path) -> None:
    experiment, read = begun(sequences=1)
    trainer, history, path = Trainer(experiment), History(), tmp_path / "run.safetensors"
    run_steps(trainer, history, 7)
    saved_run(path, experiment, trainer, history)
    model = load_model(path)
    whole = experiment_from_model(model, read).weights
    assert whole is not None and whole.position is not None and whole.position.time_step == 7
    short = replace(read, values=read.values[:12], axis=read.axis.taken(np.arange(12)))
    opened = experiment_from_model(model, short)
    assert opened.weights is not None and opened.weights.position is None
    run_on(Trainer(opened), opened.history.snapshot(), 2)


def test_branches_of_branches_come_back(tmp_path: Path) -> None:
    experiment, _ = begun()
    trainer, history, path = Trainer(experiment), History(), tmp_path / "run.safetensors"
    run_on(trainer, history, 6)
    branch = history.branch(4)
    branch.extend(trainer.updates(last_epoch=8))
    earlier = branch.branch(2)  # the first branch leaves a run that is no longer there
    weights = replace(trainer.weights(), stopping=None)
    save_model(path, replace(experiment, weights=weights, history=earlier))
    assert [(found.epoch, len(found.train)) for found in load_model(path).history.branches] == [(4, 2), (2, 4)]


# -- what is refused --------------------------------------------------------------------------------

Change = Callable[[dict[str, Any]], Any]


@pytest.fixture(scope="module")
def whole_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An ensemble of 3 networks with everything that a file may have, within epoch 5."""
    path = tmp_path_factory.mktemp("run") / "run.safetensors"
    data = {"transforms": ("difference",), "scaling": "min-max"}
    experiment, _ = begun(networks=3, data=data, learning_rates=(0.01, 0.02, 0.03), epochs=9)
    trainer, history = Trainer(experiment), History(path=CheckpointPath())
    run_on(trainer, history, 4)
    assert history.validation is not None
    history.branches = (Branch(2, history.train[2:].copy(), history.validation[2:].copy()),)
    run_steps(trainer, history, 9)
    saved_run(path, experiment, trainer, history)
    return path


@pytest.fixture
def saved(whole_run: Path, tmp_path: Path) -> Path:
    path = tmp_path / "run.safetensors"
    path.write_bytes(whole_run.read_bytes())
    return path


def put(name: str, array: Any) -> Change:
    return lambda tensors: tensors.update({name: np.asarray(array)})


def at(name: str, index: Any, value: Any) -> Change:
    return lambda tensors: tensors[name].__setitem__(index, value)


def ended(end: int, epoch: int) -> Change:
    def change(tensors: dict[str, Any]) -> None:
        tensors["stopping.ends"][1], tensors["stopping.end_epochs"][1] = end, epoch

    return change


NAN, FOUR = np.nan, np.arange(4.0)
REFUSED: dict[str, tuple[Change, str]] = {
    "a branch far beyond": (at("branch.1.epoch", 0, 2**62), "branch.1.epoch must be from 0 to 4, got 4,611"),
    "a branch before": (at("branch.1.epoch", 0, -1), "branch.1.epoch must be at least 0, got -1"),
    "a longer validation of a branch": (put("branch.1.validation", np.ones((3, 3))), "has shape (3, 3)"),
    "NaN in a branch": (at("branch.1.train", 0, NAN), "branch.1.train has values that are not finite"),
    "a longer validation": (put("loss.validation", np.ones((5, 3))), "has shape (5, 3), the settings need (4, 3)"),
    "NaN of one that learns": (at("loss.train", (3, 1), NAN), "loss.validation has values that are not finite"),
    "infinity": (at("loss.train", (3, 1), np.inf), "loss.train has values that are not finite"),
    "a step below 0": (at("optimizer.w1.step", 0, -5), "optimizer.w1.step must be whole numbers from 0 to"),
    "a step of 1e30": (at("optimizer.w2.step", 2, 1e30), "optimizer.w2.step must be whole numbers from 0 to"),
    "half a step": (at("optimizer.w1.step", 0, 0.5), "optimizer.w1.step must be whole numbers from 0 to"),
    "unequal steps": (at("optimizer.w1.step", 0, 3), "optimizer.w1.step and optimizer.w2.step must be the same"),
    "a negative square": (at("optimizer.w1.exp_avg_sq", 0, -1), "optimizer.w1.exp_avg_sq must be at least 0"),
    "best epochs beyond": (at("stopping.best_epochs", 0, 5), "stopping.best_epochs must be from 0 to 4, got 5"),
    "best epochs below": (at("stopping.best_epochs", 0, -1), "stopping.best_epochs must be from 0 to 4, got -1"),
    "no best epoch": (at("stopping.best_epochs", 0, 0), "stopping.best_losses must be finite with a best epoch"),
    "an infinite best": (at("stopping.best_losses", 0, np.inf), "stopping.best_losses must be finite"),
    "patience beyond": (at("stopping.patience_from", 0, 99), "stopping.patience_from must be from 0 to 4"),
    "patience too early": (at("stopping.patience_from", 0, 0), "patience_from must not be before"),
    "an unknown end": (at("stopping.ends", 0, 4), "stopping.ends must be from 0 to 3, got 4"),
    "ended at no epoch": (ended(1, 0), "end_epochs must be at least 1 for a network that has ended without diverging"),
    "last weights missing": (ended(3, 2), "a network whose run has ended needs a best epoch, and its last weights"),
    "learns but ended": (ended(0, 2), "end_epochs must be 0 for a network that has not ended"),
    "ended without NaN": (ended(2, 1), "stopping.best_epochs must not be after stopping.end_epochs"),
    "ends of two": (put("stopping.ends", [0, 0]), "stopping.ends has shape (2,)"),
    "ends in fractions": (put("stopping.ends", np.zeros(3)), "stopping.ends is F64, the settings need I64"),
    "a best w1 of one": (put("best.w1", np.zeros((1, 3, 3), np.float32)), "best.w1 has shape (1, 3, 3)"),
    "no best w1": (lambda tensors: tensors.pop("best.w1"), "tensor 'best.w1' is missing"),
    "a path before 0": (at("path.epochs", 0, -3), "path.epochs must be whole numbers from 0 on"),
    "a path of network 3": (at("path.member", 0, 3), "path.member must be from 0 to 2, got 3"),
    "a path of network -1": (at("path.member", 0, -1), "path.member must be from 0 to 2, got -1"),
    "a path of nobody": (lambda tensors: tensors.pop("path.member"), "tensor 'path.member' is missing"),
    "step 0": (at("position.time_step", 0, 0), "position.time_step must be from 1 to"),
    "step 2^62": (at("position.time_step", 0, 2**62), "position.time_step must be from 1 to"),
    "no states": (put("position.states", np.zeros((3, 0, 3), np.float32)), "does not fit update_every"),
    "many states": (put("position.states", np.zeros((3, 9, 3), np.float32)), "must have at most 7 states, got 9"),
    "NaN among states": (at("position.states", 0, NAN), "position.states has values that are not finite"),
    "a position in part": (lambda tensors: tensors.pop("position.losses"), "tensor 'position.losses' is missing"),
    "a spread of 0": (at("transforms.targets.0.1.spread", 0, 0), "needs spreads above 0"),
    "a transform lost": (
        lambda tensors: tensors.pop("transforms.covariates.1.0.offset"),
        "tensor 'transforms.covariates.1.0.offset' is missing",
    ),
    "one more transform": (put("transforms.targets.0.2.spread", np.ones(5)), "no tensor called 'transforms.targets"),
    "transforms of four": (put("transforms.targets.0.1.spread", FOUR), "has shape (4,), the settings need (5,)"),
    "fewer names": (put("sequences.names", np.frombuffer(b"a\0b", np.uint8)), "must name each of 5 sequences, got 2"),
    "a name twice": (put("sequences.names", np.frombuffer(b"a\0b\0a\0c\0d", np.uint8)), "name each sequence once"),
    "no letters": (put("sequences.names", np.frombuffer(b"\xff", np.uint8)), "is not text in UTF-8"),
    "a long name": (
        put("sequences.names", np.frombuffer(b"a\0b\0c\0d\0" + b"e" * 2000, np.uint8)),
        "a name that is too long",
    ),
    "other rates": (put("training.learning_rates", FOUR), "training.learning_rates has shape (4,)"),
    "a rate of 0": (at("training.learning_rates", 0, 0), "learning_rates"),
    "rates for others": (put("training.momenta", np.array([0, 0, 0.5])), "momentum is for sgd only"),
    "NaN in the last row": (at("end.rows", (0, -1), NAN), "end.rows must be finite numbers"),
    "NaN in one column": (at("end.rows", (0, 0, 0), NAN), "end.rows must be finite numbers"),
    "infinite rows": (at("end.rows", (0, 0, 0), np.inf), "end.rows must be finite numbers"),
    "time backwards": (at("end.times", (0, 1), -1), "end.times must not go backwards"),
    "a phase of 2^62": (at("end.phases", 0, 2**62), "end.phases must be from"),
    "four contexts": (put("end.context", np.zeros((4, 5, 3), np.float32)), "end.context has shape (4, 5, 3)"),
    "no context": (put("end.context", np.zeros((0, 5, 3), np.float32)), "end.context has shape (0, 5, 3)"),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_what_contradicts_the_rest_of_the_file_is_refused_in_one_sentence(saved: Path, kind: str) -> None:
    change, said = REFUSED[kind]
    load_model(saved)
    changed_tensors(saved, change)
    assert said in refusal(saved)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda metadata: metadata.update(sequences=6), "the settings need (6,)"),
        (lambda metadata: metadata.update(sequences=0), "sequences must be at least 1"),
        (lambda metadata: metadata.update(sequences=10**30), "sequences must be at most"),
        (lambda metadata: metadata.update(axis=None), "end.rows have no time axis"),
        (lambda metadata: metadata["axis"].update(kind="week"), "kind"),
        (lambda metadata: metadata["data"].update(lags=3), "the columns make"),
        (lambda metadata: metadata["data"].update(known=[]), "the columns make"),
        (lambda metadata: metadata["data"].update(known=["wind"]), "must have one role"),
        (lambda metadata: metadata["data"].update(transforms=["log", "log1p"]), "do not go together"),
        (lambda metadata: metadata["data"].update(transforms=[]), "'transforms.targets.0.0.offset' is missing"),
        (lambda metadata: metadata["training"].update(learning_rates=[0.1, 0.2, 0.3]), "that are tensors too"),
        (lambda metadata: metadata["training"].update(networks=2), "w1 has shape"),
        (lambda metadata: metadata["training"].update(update_every="sequence", truncation="all"), "position.states"),
        (lambda metadata: metadata["network"].update(direct=True), "w2 has shape"),
    ],
)  # fmt: skip
def test_settings_that_contradict_the_tensors_are_refused(saved: Path, change: Change, said: str) -> None:
    changed_metadata(saved, change)
    assert said in refusal(saved)


def test_nan_stands_only_where_a_network_had_ended(tmp_path: Path) -> None:
    path = tmp_path / "run.safetensors"
    diverged(path)
    original = path.read_bytes()
    for change in (
        at("loss.train", (24, 0), NAN),
        at("loss.train", (24, 1), 1.0),
        lambda tensors: tensors["stopping.ends"].__setitem__(1, 0),
    ):
        path.write_bytes(original)
        changed_tensors(path, change)
        assert "loss" in refusal(path) or "stopping" in refusal(path)


# -- anything at all --------------------------------------------------------------------------------

NUMBERS = st.sampled_from([0, 1, -1, 2, 3, 4, 7, 2**31, 2**62, -(2**63), 1e-300, 1e30, 1e308, NAN, np.inf, -np.inf])
DTYPES = st.sampled_from([np.float32, np.float64, np.int64, np.uint8])


def as_dtype(array: NDArray[Any], dtype: Any) -> NDArray[Any]:
    with np.errstate(all="ignore"):
        return array.astype(dtype)


def changed_array(array: NDArray[Any], draw: Callable[[Any], Any]) -> NDArray[Any] | None:
    """Return the array with its values, its shape or its type changed; or nothing, for one that is to go."""
    kind = draw(st.sampled_from(["value", "value", "all", "dtype", "shorter", "longer", "flat", "swapped", "gone"]))
    if kind in ("value", "all"):
        number = np.array(draw(NUMBERS), np.float64)
        place = draw(st.integers(0, max(array.size - 1, 0))) if kind == "value" and array.size else slice(None)
        changed = array.copy()
        changed.reshape(-1)[place] = as_dtype(number, array.dtype)
        return changed
    if kind == "dtype":
        return as_dtype(array, draw(DTYPES))
    if not array.ndim:
        return None if kind == "gone" else np.zeros(1, array.dtype)
    axis = draw(st.integers(0, array.ndim - 1))
    match kind:
        case "shorter":
            return np.delete(array, 0, axis) if array.shape[axis] else array
        case "longer":
            return np.concatenate([array, array], axis)
        case "flat":
            return array.reshape(-1)
        case "swapped":
            return np.ascontiguousarray(array.T)
    return None


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], deadline=2_000, max_examples=300
)
@given(data=st.data())
def test_a_run_with_any_tensor_or_setting_changed_is_refused_or_sound(saved: Path, whole_run: Path, data: Any) -> None:
    saved.write_bytes(whole_run.read_bytes())
    names = sorted(safetensors.numpy.load_file(whole_run))

    def change(tensors: dict[str, Any]) -> None:
        for name in data.draw(st.lists(st.sampled_from(names), min_size=1, max_size=3, unique=True)):
            changed = changed_array(tensors[name], data.draw)
            del tensors[name]
            if changed is not None:
                tensors[name] = np.ascontiguousarray(changed)

    def change_number(metadata: dict[str, Any]) -> None:
        places = [(part, name) for part in (metadata, *metadata.values()) if isinstance(part, dict) for name in part]
        part, name = data.draw(st.sampled_from(places))
        if isinstance(part[name], int | float | None):
            part[name] = data.draw(st.one_of(st.integers(-5, 50), st.sampled_from([2**62, -1, 0.5, None, True, 1e300])))

    if data.draw(st.booleans()):
        changed_tensors(saved, change)
    else:
        changed_metadata(saved, change_number)
    assert_refused_or_sound(saved)


def assert_refused_or_sound(path: Path) -> None:
    try:
        model = load_model(path)
    except ModelFileError as error:
        assert path.name in str(error) and "\n" not in str(error)
        return
    assert np.isfinite(model.weights.w1).all() and np.isfinite(model.weights.context).all()
    with np.errstate(all="ignore"):
        try:
            opened = experiment_from_model(model, table())
            trainer, history = Trainer(opened), opened.history.snapshot()
        except (ConfigError, DataError) as error:  # it does not fit these data
            assert "\n" not in str(error)
            return
        history.extend(trainer.updates(last_epoch=opened.history.epochs + 1))
        saved_run(path.with_name("again.safetensors"), opened, trainer, history)
