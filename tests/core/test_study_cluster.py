"""A study on a cluster has the numbers of one on threads, whatever happens to its workers."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from benchmarks.cluster_processes import cluster_processes
from commands import Elman

from elman_core.config.study import Axis, StudyConfig
from elman_core.errors import ClusterError
from elman_core.studies.cluster import ClusterExecutor
from elman_core.studies.results import StudyResults
from elman_core.studies.runner import run_study
from elman_core.studies.store import StudyStore
from elman_core.studies.study import Study, StudyBase
from elman_core.studies.trial import Trial

ROOT = Path(__file__).parents[2]


@pytest.fixture
def study() -> Study:
    """One of some seconds: 60 runs in blocks of a few."""
    config = StudyConfig(
        axes=(Axis(field="network.hidden", values=(6, 20)), Axis(field="data.lags", values=(1, 3))), seeds=15
    )
    base = StudyBase(name="sunspots", what="sunspots", training={"epochs": 300, "patience": 0})
    return Study(base, config)


def figures(results: StudyResults) -> list[Trial]:
    """Return all that does not say when and how long."""
    assert len(set(results.column("number"))) == len(results), "no run comes twice"
    return sorted((replace(trial, began=0.0, seconds=0.0) for trial in results), key=lambda trial: trial.number)


def test_a_study_whose_worker_is_killed_has_every_run_once_with_the_numbers_of_threads(
    study: Study, tmp_path: Path
) -> None:
    threads = StudyResults()
    for _ in run_study(study, results=threads):
        pass
    assert len(threads) == study.config.runs

    with (
        cluster_processes(2, paths=[ROOT]) as processes,
        ClusterExecutor(processes.address) as executor,
        StudyStore.created(tmp_path / "study", study) as store,
    ):
        victim = processes.workers[0]
        for update in run_study(study, store, executor, workers=executor.workers):
            if update.trials and victim.poll() is None:
                assert update.done < update.total, "in mid-study"
                victim.kill()
                victim.wait()
    kept = StudyStore.opened(tmp_path / "study").results
    assert figures(kept) == figures(threads)
    assert len((tmp_path / "study" / "trials.jsonl").read_text().splitlines()) == study.config.runs


def test_a_study_that_loses_all_workers_keeps_what_is_finished_and_goes_on(study: Study, tmp_path: Path) -> None:
    with cluster_processes(1, paths=[ROOT]) as processes:
        with (
            ClusterExecutor(processes.address, patience=0.5) as executor,
            StudyStore.created(tmp_path / "study", study) as store,
            pytest.raises(ClusterError, match="has lost all its workers"),
        ):
            for update in run_study(study, store, executor, workers=executor.workers):
                if update.trials:
                    processes.workers[0].kill()
        finished = len(StudyStore.opened(tmp_path / "study").results)
        assert 0 < finished < study.config.runs
        processes.start_worker()
        with (
            ClusterExecutor(processes.address) as executor,
            StudyStore.opened(tmp_path / "study", to_write=True) as store,
        ):
            for _ in run_study(study, store, executor, workers=executor.workers):
                pass
    assert len(figures(StudyStore.opened(tmp_path / "study").results)) == study.config.runs


def test_the_command_takes_a_cluster_and_a_wrong_address_is_one_line(elman: Elman, tmp_path: Path) -> None:
    words = ("study", "sine", "--seeds", 40, "--epochs", 20, "--json", "--cluster")
    with cluster_processes(1, paths=[ROOT]) as processes:
        ended = elman(*words, processes.address, "--out", tmp_path / "study")
    assert ended.code == 0, ended.messages
    assert f"1 worker at {processes.address}" in ended.messages
    assert ended.result["runs"] == 40
    alone = elman(*words[:-1]).result
    assert {**ended.result["groups"][0], "settings": {}} == {**alone["groups"][0], "settings": {}}
    refused = elman(*words, "somewhere", "--out", tmp_path / "other")
    assert (refused.code, refused.output) == (2, "")
    assert refused.messages == (
        "elman study: 'somewhere' is no address of a cluster; one is like tcp://192.168.0.2:8786\n"
    )
    assert not (tmp_path / "other").exists()
