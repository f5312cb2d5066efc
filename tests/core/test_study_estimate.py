"""What a study takes is told before it begins, without a look at its cells, and refused where there is no room."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest
from commands import Elman

from elman_core.config.study import Axis, AxisValue, Keep, Range, SearchKind, StudyConfig
from elman_core.errors import ConfigError
from elman_core.experiment import Run
from elman_core.experiments import BUILT_IN, begin
from elman_core.studies import estimate as estimate_module
from elman_core.studies.estimate import StudyEstimate, check_study, estimate_of, study_estimate
from elman_core.studies.study import Study, StudyBase


def axis(field: str, *values: AxisValue) -> Axis:
    return Axis(field=field, values=values)


@pytest.fixture
def sine() -> Run:
    built_in = BUILT_IN["sine"]
    return begin("sine", built_in.table(), built_in.data, built_in.network, built_in.training)


def seconds_of(run: Run, *axes: Axis, **config: object) -> float:
    return study_estimate(run, StudyConfig(axes=axes, **config), 1).seconds


def test_time_and_memory_grow_with_seeds_and_shrink_with_workers(sine: Run) -> None:
    few, many = (study_estimate(sine, StudyConfig(seeds=seeds), 1) for seeds in (1_000, 100_000))
    assert many.seconds == pytest.approx(100 * few.seconds, rel=0.1)
    assert many.memory - few.memory > 99_000 * 73, "the columns of the results alone"
    assert many.disk > 90 * few.disk
    assert study_estimate(sine, StudyConfig(seeds=1_000), 4).seconds == pytest.approx(few.seconds / 4)


def test_the_mean_over_cells_is_that_of_all_combinations(sine: Run) -> None:
    hidden, epochs = (2, 6, 20, 100), (10, 300, 4_000)
    grid = seconds_of(sine, axis("network.hidden", *hidden), axis("training.epochs", *epochs), seeds=3)
    one_by_one = sum(
        seconds_of(sine, axis("network.hidden", units), axis("training.epochs", number), seeds=3)
        for units in hidden
        for number in epochs
    )
    assert grid == pytest.approx(one_by_one, rel=0.1)


def test_lags_make_a_network_larger_and_what_cannot_be_trained_takes_nothing(sine: Run) -> None:
    assert seconds_of(sine, axis("data.lags", 300)) > 1.2 * seconds_of(sine, axis("data.lags", 1))
    rprop = axis("training.optimizer", "sgd", "rprop")  # which the sine's rule of updates does not go with
    assert seconds_of(sine, rprop) == pytest.approx(2 * seconds_of(sine), rel=0.05)


def test_a_range_counts_from_its_ends(sine: Run) -> None:
    range_ = Axis(field="network.hidden", range=Range(low=2, high=200))
    search = {"search": SearchKind.RANDOM, "trials": 10}
    low, high = (seconds_of(sine, axis("network.hidden", units)) for units in (2, 200))
    assert 10 * low < seconds_of(sine, range_, **search) < 10 * high


def test_a_grid_of_a_million_cells_is_told_at_once(sine: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    hundred = range(1, 101)
    config = StudyConfig(
        axes=(
            axis("network.hidden", *hundred), axis("training.epochs", *hundred),
            axis("training.learning_rate", *(number / 1e4 for number in hundred)),
        ),
        seeds=10,
    )  # fmt: skip
    looked_at: list[object] = []
    seconds = estimate_module.steps_seconds
    monkeypatch.setattr(estimate_module, "steps_seconds", lambda *sizes: looked_at.append(sizes) or seconds(*sizes))
    found = study_estimate(sine, config, 2)
    assert 0 < len(looked_at) < 100, "cells are not gone through"
    assert (found.cells, found.runs) == (1_000_000, 10_000_000)
    assert found.sentence.startswith("10,000,000 runs take about ")
    assert " h with 2 workers, and about 3." in found.sentence or " min with 2 workers" in found.sentence
    assert found.sentence.endswith(" GB in the study's folder.")


def test_more_than_can_be_counted_is_a_sentence_too(sine: Run) -> None:
    many = tuple(number / 1e6 for number in range(1, 10_001))
    fields = ("learning_rate", "momentum", "clip_norm", "weight_decay", "input_noise")
    axes = (*(axis(f"training.{field}", *many) for field in fields), axis("network.input_spread", *many))
    config = StudyConfig(axes=axes, seeds=10_000_000)
    found = study_estimate(sine, config)
    assert found.runs == 10**31
    assert found.sentence == "1e+31 runs are more than any machine will ever train: give fewer values or seeds."
    with pytest.raises(ConfigError, match=r"this study of 1e\+31 runs needs about .* TB of memory"):
        check_study(found)


def test_what_does_not_fit_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    found = StudyEstimate(cells=10, runs=1_000, workers=2, seconds=1.0, memory=8_000_000, disk=5_000_000)
    monkeypatch.setattr(estimate_module, "free_memory", lambda: 12_000_000)
    check_study(found, tmp_path / "to" / "come")
    monkeypatch.setattr(estimate_module.shutil, "disk_usage", lambda path: SimpleNamespace(free=4_000_000))
    with pytest.raises(ConfigError, match=r"runs needs about 5 MB in .*come, where 4 MB is free: give few"):
        check_study(found, tmp_path / "to" / "come")
    monkeypatch.setattr(estimate_module, "free_memory", lambda: 10_000_000)
    with pytest.raises(ConfigError, match=r"needs about 8 MB of memory, and 7 MB may be taken \(70% of what is free\)"):
        check_study(found)
    monkeypatch.setattr(estimate_module, "free_memory", lambda: None)
    check_study(found)


def test_models_that_are_kept_take_room(sine: Run) -> None:
    none, chosen, all_ = (study_estimate(sine, StudyConfig(seeds=100, keep=keep), 1).disk for keep in Keep)
    assert 0 < chosen - none < (all_ - none) / 50


def test_runs_on_other_machines_take_no_memory_here(sine: Run) -> None:
    config = StudyConfig(axes=(axis("network.hidden", 2_000),))
    here, there = (study_estimate(sine, config, 2, is_elsewhere=elsewhere).memory for elsewhere in (False, True))
    assert here > 100e6 > 1e5 > there


def of_forecasters(config: StudyConfig | None = None, **automatic: object) -> StudyEstimate:
    found = estimate_of(
        Study(StudyBase(name="sunspots", what="sunspots", automatic=automatic), config or StudyConfig()), 1
    )
    assert found is not None
    return found


def test_a_study_of_forecasters_takes_more_with_what_makes_one_slow() -> None:
    usual = of_forecasters()
    assert usual.seconds < of_forecasters(hidden=64).seconds
    assert usual.seconds < of_forecasters(networks=50).seconds
    assert usual.seconds < of_forecasters(patience=250).seconds
    assert usual.seconds > of_forecasters(pure=False).seconds > of_forecasters(pure=False, residual=False).seconds
    assert usual.disk > 0 and usual.memory > 0


def test_a_grid_of_forecasters_is_told_from_its_axes() -> None:
    grid = of_forecasters(StudyConfig(axes=(axis("automatic.hidden", 8, 64),), seeds=3))
    one_by_one = sum(of_forecasters(StudyConfig(seeds=3), hidden=hidden).seconds for hidden in (8, 64))
    assert grid.seconds == pytest.approx(one_by_one, rel=0.1)
    assert grid.runs == 6


def test_a_study_of_forecasters_says_what_it_takes_before_it_begins(elman: Elman) -> None:
    words = ("study", "sunspots", "--auto", "--seeds", 2, "--workers", 1, "--lags", 2, "--transform", "none")
    said = elman(*words).messages
    assert "2 runs take " in said and " with 1 worker, and about " in said
    assert said.index("2 runs take ") < said.index("study of sunspots")


def test_folder_and_results_take_what_was_said(sine: Run, done: Elman, tmp_path: Path) -> None:
    folder = tmp_path / "study"
    done("study", "sine", "--seeds", 300, "--epochs", 3, "--grid", "hidden=2,3", "--out", folder, "--keep", "none")
    told = estimate_of(
        Study(
            StudyBase(name="sine", what="sine"),
            StudyConfig(axes=(axis("network.hidden", 2, 3),), seeds=300, keep=Keep.NONE),
        )
    )
    assert told is not None
    written = (folder / "trials.jsonl").stat().st_size
    assert 1 / 1.5 < told.disk / written < 1.5


def test_a_study_says_what_it_takes_before_it_begins(
    elman: Elman, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ("study", "sine", "--seeds", 4, "--epochs", 2, "--workers", 2)
    said = elman(*words).messages
    assert "4 runs take less than a second with 2 workers, and about " in said
    assert "folder" not in said
    assert said.index("take less than") < said.index("study of sine")
    monkeypatch.setattr(estimate_module, "free_memory", lambda: 1_000)
    refused = elman(*words, "--out", tmp_path / "study")
    assert refused.code == 2
    assert "this study of 4 runs needs about " in refused.messages
    assert not (tmp_path / "study").exists()
