"""What only the compiled engine has: its tanh, its threads, its place beside the other engine, its preparation."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numba import njit
from numpy.typing import NDArray

from elman_core.config import NetworkConfig, Optimizer, Precision, TrainingConfig
from elman_core.errors import ConfigError
from elman_core.experiment import Run
from elman_core.model.network import ElmanNetwork
from elman_core.support.jobs import complete
from elman_core.training.engines import kernel_cache as preparation
from elman_core.training.engines import kernels
from elman_core.training.engines.choice import choose_engine
from elman_core.training.engines.compiled import CompiledEngine
from elman_core.training.engines.sequences import Sequences
from elman_core.training.history import History
from elman_core.training.trainer import Trainer

SineOf = Callable[..., Run]
Array = NDArray[np.floating]


def history_of(trainer: Trainer, last_epoch: int | None = None) -> History:
    history = History()
    history.extend(trainer.updates(last_epoch=last_epoch))
    return history


@njit  # type: ignore[untyped-decorator]
def unit_functions(x: Array, found: Array) -> None:
    for k in range(len(x)):
        found[0, k] = kernels._tanh(x[k])
        found[1, k] = kernels._exp(-abs(x[k]))
        found[2, k] = kernels._log(abs(x[k]))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_tanh_exp_and_log_are_those_of_numpy_but_for_rounding(dtype: type[np.floating]) -> None:
    x = np.concatenate([np.linspace(-12, 12, 400_001), np.logspace(-29, 29, 10_001)]).astype(dtype)
    found = np.empty((3, len(x)), dtype)
    unit_functions(x, found)
    exact = x.astype(np.longdouble)
    unit = float(np.finfo(dtype).eps)
    tanh, log = np.tanh(exact), np.log(np.maximum(np.abs(exact), 1e-30))
    exp = np.exp(-np.abs(exact))
    assert np.abs(found[0] - tanh).max() < 4 * unit
    assert (np.abs(found[0]) <= 1).all()
    some = exp > 1e-30
    assert (np.abs(found[1] - exp)[some] / exp[some]).max() < 4 * unit
    assert np.abs(found[1] - exp).max() < 4 * unit
    assert (np.abs(found[2] - log) <= 4 * unit * np.maximum(np.abs(log), 0.25)).all()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_nan_does_not_vanish_in_a_unit(dtype: type[np.floating]) -> None:
    found = np.empty((3, 1), dtype)
    unit_functions(np.array([np.nan], dtype), found)
    assert np.isnan(found).all()


@pytest.mark.parametrize(
    "chosen",
    [
        {},
        {"truncation": 4},
        {"truncation": "all", "momentum": 0.5, "learning_rate": 0.02},
        {"update_every": "all", "truncation": "all", "optimizer": "adam", "learning_rate": 0.01},
    ],
)
def test_the_engines_agree_in_single_precision_over_300_epochs(sine: SineOf, chosen: dict[str, object]) -> None:
    compiled, tensors = (
        history_of(Trainer(sine(epochs=300, **chosen), engine=name)).train for name in ("compiled", "tensors")
    )
    np.testing.assert_allclose(compiled, tensors, rtol=2e-3)
    # A rounding for each of the 200 time steps; which way it goes depends on the processor.
    np.testing.assert_allclose(compiled[:10], tensors[:10], rtol=200 * np.finfo(np.float32).eps)


@pytest.mark.parametrize("training", [{}, {"truncation": 5, "momentum": 0.5}, {"optimizer": "adam"}])
def test_how_many_threads_share_an_ensemble_does_not_matter_to_a_single_bit(training: dict[str, object]) -> None:
    values = np.sin(np.arange(41.0))[:, None]
    sequences = Sequences.side_by_side([(values[:-1], values[1:])])
    config = TrainingConfig(networks=7, epochs=5, **training)  # type: ignore[arg-type]
    results = []
    for threads in (1, 2, 5):
        network = ElmanNetwork.initialized(NetworkConfig(biases=True), 1, networks=7)
        engine = CompiledEngine(network, sequences, config, threads=threads)
        losses = []
        while engine.epoch < 5:
            losses.append(engine.advance(100, 5).train_losses)
        results.append((np.concatenate(losses).tobytes(), network.w1.numpy().tobytes()))
    assert len(set(results)) == 1


@pytest.mark.parametrize("optimizer", ["sgd", "adam", "rprop"])
def test_changing_the_engine_between_epochs_changes_nothing_but_rounding(sine: SineOf, optimizer: str) -> None:
    every = "all" if optimizer == "rprop" else 1
    chosen = {
        "optimizer": optimizer, "learning_rate": 0.01, "update_every": every, "truncation": "all",
        "context_reset": "never", "precision": "float64",
    }  # fmt: skip
    expected = history_of(Trainer(sine(epochs=30, **chosen), engine="tensors")).train
    trainer = Trainer(sine(epochs=30, **chosen), engine="tensors")
    history = history_of(trainer, 10)
    trainer.use_engine("compiled")
    assert trainer.engine_name == "compiled"
    history.extend(trainer.updates(last_epoch=20))
    trainer.use_engine("tensors")
    history.extend(trainer.updates())
    np.testing.assert_allclose(history.train, expected, rtol=1e-9)


def test_the_engine_changes_at_the_next_epoch_where_one_is_under_way(sine: SineOf) -> None:
    trainer = Trainer(sine(epochs=3), engine="tensors")
    next(trainer.updates(one_time_step=True))
    trainer.use_engine("compiled")
    assert trainer.engine_name == "tensors"
    history_of(trainer, 2)
    assert trainer.engine_name == "compiled"


def test_the_compiled_engine_is_for_the_cpu() -> None:
    import torch

    assert choose_engine("auto", torch.device("cpu")) == "compiled"
    assert choose_engine("auto", torch.device("cuda:0")) == "tensors"
    with pytest.raises(ConfigError, match="the engine compiled runs on the cpu only, got cuda:0"):
        choose_engine("compiled", torch.device("cuda:0"))


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"networks": 0}, "networks must be at least 1, got 0"),
        ({"update_every": 5, "truncation": 3}, "truncation must be at least update_every"),
        ({"optimizer": Optimizer.LBFGS, "truncation": 5}, "lbfgs needs one update an epoch"),
        (
            {"optimizer": "lbfgs", "update_every": "all", "truncation": "all", "clip_norm": 2.0},
            "clip_norm must be 0 with lbfgs, got 2",
        ),
        ({"clip_norm": -1}, "clip_norm must be at least 0, got -1"),
    ],
)
def test_what_does_not_go_together_is_refused_by_the_config(settings: dict[str, object], sentence: str) -> None:
    with pytest.raises(ConfigError) as refused:
        TrainingConfig(**settings)  # type: ignore[arg-type]
    assert sentence in str(refused.value)


# -- preparation ------------------------------------------------------------------------------------


def test_kernels_that_are_in_the_cache_are_not_compiled_elsewhere(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    there = tmp_path / "marker"
    there.touch()
    monkeypatch.setattr(preparation, "_marker", lambda precision: there)
    monkeypatch.setattr(preparation.subprocess, "Popen", lambda *_, **__: pytest.fail("a process was started"))
    complete(preparation.prepare_kernels())


def test_the_marker_is_another_one_for_each_precision_and_stands_in_numbas_cache() -> None:
    markers = [preparation._marker(precision) for precision in Precision]
    assert len(set(markers)) == 2
    assert {marker.parent for marker in markers} == {Path(str(kernels.advance.stats.cache_path))}


def test_a_compilation_that_fails_is_told_in_one_sentence(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(preparation, "_marker", lambda precision: tmp_path / "not there")
    broken = tmp_path / "python"
    broken.write_text("#!/bin/sh\necho no space left >&2\nexit 3\n")
    broken.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(broken))
    with pytest.raises(RuntimeError, match="the kernels could not be compiled: no space left"):
        complete(preparation.prepare_kernels())


def test_a_compilation_that_is_cancelled_leaves_no_process(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    started = []
    popen = preparation.subprocess.Popen

    def start(*arguments: object, **options: object) -> object:
        started.append(popen([sys.executable, "-c", "import time; time.sleep(600)"], stderr=-1))
        return started[-1]

    monkeypatch.setattr(preparation, "_marker", lambda precision: tmp_path / "not there")
    monkeypatch.setattr(preparation.subprocess, "Popen", start)
    job = preparation.prepare_kernels()
    next(job)
    next(job)
    assert started[0].poll() is None
    job.close()
    assert started[0].poll() is not None
