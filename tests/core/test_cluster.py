"""A cluster: real schedulers and workers, each a process of this machine."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, as_completed, wait
from pathlib import Path

import numpy as np
import pytest
from benchmarks.cluster_processes import ClusterProcesses, cluster_processes
from cluster_work import end_worker, fail, process, process_after, rows_and_process

from elman_core.data.dataset import SequenceDataset
from elman_core.errors import ClusterError
from elman_core.studies import cluster as cluster_module
from elman_core.studies.cluster import ClusterExecutor
from elman_core.studies.versions import difference, versions_here

HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def two_workers() -> Iterator[ClusterProcesses]:
    with cluster_processes(2, paths=[HERE, HERE.parents[1]]) as processes:
        yield processes


@pytest.fixture
def own_cluster() -> Iterator[ClusterProcesses]:
    """One whose processes a test may kill."""
    with cluster_processes(2, paths=[HERE, HERE.parents[1]]) as processes:
        yield processes


@pytest.fixture(scope="module")
def dataset(dataset_of: Callable[..., SequenceDataset]) -> SequenceDataset:
    return dataset_of(np.sin(np.arange(100_000.0)))


def test_calls_go_to_workers_and_a_dataset_is_packed_once(
    two_workers: ClusterProcesses, dataset: SequenceDataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    packed = []
    monkeypatch.setattr(
        SequenceDataset,
        "__reduce_ex__",
        lambda own, protocol: packed.append(own) or object.__reduce_ex__(own, protocol),
    )
    with ClusterExecutor(two_workers.address) as executor:
        assert executor.workers == 2
        futures = [executor.submit(rows_and_process, dataset, number) for number in range(50)]
        found = [future.result() for future in as_completed(futures)]
    assert sorted(number for _, number, _ in found) == list(range(50))
    assert {rows for rows, _, _ in found} == {100_000}
    assert {place for _, _, place in found} <= {worker.pid for worker in two_workers.workers}
    assert packed == [dataset]


def test_an_error_of_a_run_comes_back_as_it_is(two_workers: ClusterProcesses) -> None:
    with ClusterExecutor(two_workers.address) as executor, pytest.raises(ValueError, match="the run says so"):
        executor.submit(fail, "the run says so").result()


def test_what_is_left_before_the_end_is_given_up(two_workers: ClusterProcesses) -> None:
    with ClusterExecutor(two_workers.address) as executor:
        futures = [executor.submit(process, number) for number in range(500)]
    assert all(future.done() for future in futures)
    with pytest.raises(RuntimeError, match="shut down"):
        executor.submit(process, 0)


def test_every_call_is_answered_once_when_a_worker_is_killed(
    own_cluster: ClusterProcesses, dataset: SequenceDataset, tmp_path: Path
) -> None:
    flag = tmp_path / "flag"
    with ClusterExecutor(own_cluster.address) as executor:
        futures = [executor.submit(process_after, tmp_path, dataset, number) for number in range(100)]
        wait(futures, return_when=FIRST_COMPLETED)
        futures += [executor.submit(process_after, flag, dataset, number) for number in range(100, 120)]
        wait(futures[:100])
        own_cluster.workers[0].kill()  # while both wait for the flag
        flag.touch()
        found = [future.result() for future in futures]
    assert [number for number, _ in found] == list(range(120))
    assert {place for _, place in found[100:]} == {own_cluster.workers[1].pid}


def test_a_call_that_brings_worker_after_worker_down_is_one_sentence() -> None:
    with (
        cluster_processes(4, paths=[HERE, HERE.parents[1]]) as processes,
        ClusterExecutor(processes.address) as executor,
        pytest.raises(ClusterError, match="a run has brought down several workers of the cluster at tcp"),
    ):
        executor.submit(end_worker).result()


def test_a_cluster_without_workers_left_is_told_of_and_goes_on_with_new_ones(own_cluster: ClusterProcesses) -> None:
    with ClusterExecutor(own_cluster.address, patience=0.5) as executor:
        for worker in own_cluster.workers:
            worker.kill()
        with pytest.raises(ClusterError, match=r"has lost all its workers: start some again with `dask worker tcp://"):
            executor.submit(process, 1).result()
        own_cluster.start_worker()
        assert executor.submit(process, 2).result() == (2, own_cluster.workers[-1].pid)


def test_a_scheduler_that_is_lost_is_told_of(
    own_cluster: ClusterProcesses, dataset: SequenceDataset, tmp_path: Path
) -> None:
    assert own_cluster.scheduler is not None
    with ClusterExecutor(own_cluster.address) as executor:
        futures = [executor.submit(process_after, tmp_path / "never", dataset, number) for number in range(500)]
        own_cluster.scheduler.kill()
        with pytest.raises(ClusterError, match=r"the connection to the cluster at tcp://.* is lost: start its sched"):
            futures[-1].result()
        with pytest.raises(ClusterError, match="is lost"):
            executor.submit(process, 1).result()


def test_a_scheduler_that_is_not_there_is_one_sentence() -> None:
    with socket.socket() as free:  # bound, so that nobody else takes it, but not listening
        free.bind(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{free.getsockname()[1]}"
        with pytest.raises(ClusterError, match=f"no scheduler answers at {address}: start one with `dask scheduler`"):
            ClusterExecutor(address)


@pytest.mark.parametrize("address", ["", "tcp://", "here", "http://127.0.0.1:80", "tcp://127.0.0.1:port"])
def test_what_is_no_address_is_one_sentence(address: str) -> None:
    with pytest.raises(ClusterError, match=f"^'{address}' is no address of a cluster; one is like tcp://"):
        ClusterExecutor(address)


def test_a_cluster_without_workers_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster_module, "_ANSWER_SECONDS", 1.0)
    with (
        cluster_processes(0) as processes,
        pytest.raises(ClusterError, match=r"has no workers: start some with `dask worker tcp://127"),
    ):
        ClusterExecutor(processes.address)


def test_a_worker_with_another_version_is_refused(own_cluster: ClusterProcesses) -> None:
    own_cluster.start_worker("import elman_core; elman_core.__version__ = '0.0.1'; ")
    with pytest.raises(ClusterError, match=r"other versions.* on its worker tcp://.* there is elman 0.0.1 there, "):
        ClusterExecutor(own_cluster.address)


def test_a_worker_with_another_version_that_joins_later_does_no_run() -> None:
    with (
        cluster_processes(1, paths=[HERE, HERE.parents[1]]) as processes,
        ClusterExecutor(processes.address) as executor,
    ):
        processes.workers[0].kill()
        processes.start_worker("import elman_core; elman_core.__version__ = '0.0.1'; ")
        with pytest.raises(ClusterError, match=r"has joined the cluster with other versions: elman 0.0.1 there"):
            executor.submit(process, 1).result()


def test_a_worker_without_the_program_is_refused(own_cluster: ClusterProcesses) -> None:
    own_cluster.start_worker("import sys; sys.modules['elman_core'] = None; ")
    with pytest.raises(ClusterError, match=r"its worker tcp://.* cannot import this program"):
        ClusterExecutor(own_cluster.address)


def test_versions_that_differ_are_named() -> None:
    here = versions_here()
    assert set(here) == {"Python", "numpy", "numba", "torch", "elman"}
    assert all(here.values())
    assert difference(here, here) == ""
    other = {**here, "numpy": "1.0", "torch": ""}
    assert difference(other, here) == (
        f"numpy 1.0 there, {here['numpy']} here; torch not installed there, {here['torch']} here"
    )


def test_dask_writes_nothing_beside_the_sentence(two_workers: ClusterProcesses) -> None:
    code = (
        "import os, signal, sys; sys.path[:0] = sys.argv[3:]; "
        "from elman_core.errors import ClusterError; from elman_core.studies.cluster import ClusterExecutor; "
        "from cluster_work import process; "
        "executor = ClusterExecutor(sys.argv[1]); "
        "futures = [executor.submit(process, n) for n in range(50)]; futures[0].result(); "
        "executor.shutdown(cancel_futures=True)\n"
        "try: ClusterExecutor(sys.argv[2])\n"
        "except ClusterError as error: print(error)\n"
    )
    words = [two_workers.address, "tcp://127.0.0.1:1", str(HERE), str(HERE.parents[1])]
    ended = subprocess.run([sys.executable, "-c", code, *words], capture_output=True, text=True, check=True)
    assert ended.stderr == ""
    assert ended.stdout.startswith("no scheduler answers at tcp://127.0.0.1:1: ")
    assert ended.stdout.count("\n") == 1
