"""Cluster: Dask's workers on this and other machines, behind the interface of `concurrent.futures`."""

from __future__ import annotations

import io
import logging
import pickle
import threading
import warnings
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import CancelledError, Executor, Future, InvalidStateError
from contextlib import suppress
from typing import Any, TypeVar

from elman_core.data.dataset import SequenceDataset
from elman_core.errors import ClusterError
from elman_core.studies.versions import check_versions, difference, versions_here

__all__ = ["ClusterExecutor"]

_ANSWER_SECONDS = 5.0
"""In which scheduler and workers have to answer."""
_LOOK_SECONDS = 1.0
"""Between two looks at whether there are workers."""
_PATIENCE_SECONDS = 30.0
"""For which a study waits without workers: a new one takes seconds to begin in place of one that was lost."""
_MOST_SHARED = 8
"""Datasets that are remembered; calls under way keep theirs."""
_EXAMPLE = "tcp://192.168.0.2:8786"
_LOGGERS = ("distributed", "tornado", "bokeh", "asyncio")

T = TypeVar("T")


class ClusterExecutor(Executor):
    """Calls functions on the workers of a Dask cluster, through the client's own executor.

    A call whose worker is lost is made again on another one. A dataset, wherever in the arguments it stands, is sent
    once, and goes from worker to worker as calls need it. Every machine must have this program, in the same versions of
    all that numbers depend on.

    Attributes
    ----------
    address
        Of the scheduler, "tcp://host:8786".
    workers
        How many calls are made at once.

    Parameters
    ----------
    patience
        Seconds without any worker after which calls that wait are given up.

    Raises
    ------
    ClusterError
        When no scheduler answers within some seconds, it has no workers, or they have other versions; from a call's
        `result` when scheduler or workers are lost.
    """

    def __init__(self, address: str, *, patience: float = _PATIENCE_SECONDS) -> None:
        self.address, self._patience = address, patience
        self._versions = versions_here()
        self._client = _client_of(address)
        try:
            self._check_versions()
            self.workers = sum(self._client.nthreads().values())
        except BaseException:
            self._client.close()
            raise
        self._executor: Executor = self._client.get_executor(pure=False)  # calls alike are calls of their own
        self._lock = threading.Lock()
        self._pending: set[Future[Any]] = set()
        self._shared: OrderedDict[int, tuple[SequenceDataset, object]] = OrderedDict()
        self._ended = threading.Event()
        self._watch = threading.Thread(target=self._watch_cluster, name="cluster", daemon=True)
        self._watch.start()

    def submit(self, function: Callable[..., T], /, *arguments: Any, **named: Any) -> Future[T]:
        """Call a function of a module's own, with arguments fit to be pickled, on some worker."""
        assert not named, "arguments go over the wire by their places"
        if self._ended.is_set():
            raise RuntimeError("the cluster's executor was shut down")
        outer: Future[T] = Future()
        with self._lock:
            self._pending.add(outer)
        try:
            packed, datasets = _packed(arguments)
            shared = [self._shared_by_workers(dataset) for dataset in datasets]
            inner = self._executor.submit(_call, self._versions, function, packed, *shared)
        except Exception as error:  # of the client, which is closed where the scheduler was lost
            self._end(outer, error=self._told(error))
            return outer
        outer.add_done_callback(lambda ended: inner.cancel() if ended.cancelled() else None)
        inner.add_done_callback(lambda done: self._pass_on(done, outer))
        return outer

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Let the cluster go. Calls that have not ended are given up, unless they are waited for."""
        if self._ended.is_set():
            return
        if wait and not cancel_futures:
            self._executor.shutdown(wait=True)
        self._ended.set()
        self._watch.join()
        with self._lock:
            waiting = list(self._pending)
        for future in waiting:
            future.cancel()
        self._client.close()

    def __exit__(self, *_: object) -> None:
        """Give up what is under way: who leaves before the end does not wait for it."""
        self.shutdown(cancel_futures=True)

    # -- what is sent -----------------------------------------------------------------------------

    def _shared_by_workers(self, dataset: SequenceDataset) -> object:
        """Return what stands for a dataset in a call: the worker gets it where it has not got it yet."""
        found = self._shared.pop(id(dataset), None)
        if found is None:
            packed = pickle.dumps(dataset, pickle.HIGHEST_PROTOCOL)
            # Not by `scatter`, whose data are lost with the worker that has them: this the scheduler makes again.
            found = dataset, self._client.submit(pickle.loads, packed, pure=False)
        self._shared[id(dataset)] = found
        if len(self._shared) > _MOST_SHARED:
            self._shared.popitem(last=False)
        return found[1]

    # -- what comes back --------------------------------------------------------------------------

    def _pass_on(self, inner: Future[T], outer: Future[T]) -> None:
        try:
            self._end(outer, result=inner.result())
        except CancelledError:  # by Dask, when the scheduler is lost; it may forget some calls then
            self._end(outer, error=ClusterError(self._lost_scheduler()))
            if not (outer.cancelled() or self._ended.is_set()):
                self._give_up(self._lost_scheduler())
        except Exception as error:
            self._end(outer, error=self._told(error))

    def _end(self, future: Future[T], *, result: Any = None, error: BaseException | None = None) -> None:
        with self._lock:
            self._pending.discard(future)
        with suppress(InvalidStateError):  # nobody waits for it any more, or it was given up
            future.set_result(result) if error is None else future.set_exception(error)

    def _told(self, error: BaseException) -> BaseException:
        """Return an error of the cluster as a sentence, and one of the function as it is."""
        from distributed.scheduler import KilledWorker

        if isinstance(error, KilledWorker):
            return ClusterError(
                f"a run has brought down several workers of the cluster at {self.address}, as where memory runs out: "
                "give each worker more memory, or take smaller networks"
            )
        if isinstance(error, ImportError):
            return ClusterError(f"a worker of the cluster at {self.address} cannot import what a run needs: {error}")
        if self._client.status != "running":
            return ClusterError(self._lost_scheduler())
        return error

    def _watch_cluster(self) -> None:
        """Give up the calls that wait where scheduler or workers have been lost: Dask would wait for ever."""
        between = min(_LOOK_SECONDS, self._patience)
        without = 0.0
        while not self._ended.wait(between):
            if self._client.status != "running":
                self._give_up(self._lost_scheduler())
                continue
            try:
                without = 0.0 if self._client.nthreads() else without + between
            except Exception:
                continue  # the scheduler is being lost, which the next look says
            if without >= self._patience:
                self._give_up(
                    f"the cluster at {self.address} has lost all its workers: start some again with "
                    f"`dask worker {self.address}`, then continue the study"
                )

    def _give_up(self, sentence: str) -> None:
        with self._lock:
            waiting = list(self._pending)
        for future in waiting:
            self._end(future, error=ClusterError(sentence))

    def _lost_scheduler(self) -> str:
        return (
            f"the connection to the cluster at {self.address} is lost: start its scheduler and workers again, then "
            "continue the study"
        )

    # -- before the first call ----------------------------------------------------------------------

    def _check_versions(self) -> None:
        """Refuse a cluster without workers, or with others than this program's versions on one of its machines."""
        from distributed import TimeoutError as NotInTime

        try:
            self._client.wait_for_workers(1, timeout=_ANSWER_SECONDS)
        except NotInTime:
            raise ClusterError(
                f"the cluster at {self.address} has no workers: start some with `dask worker {self.address}`"
            ) from None
        found: dict[str, object] = self._client.run(versions_here, on_error="return")
        try:
            found["its scheduler"] = self._client.run_on_scheduler(versions_here)
        except Exception as error:
            found["its scheduler"] = error
        for place, there in found.items():
            where = place if place == "its scheduler" else f"its worker {place}"
            if not isinstance(there, Mapping):
                raise ClusterError(
                    f"the cluster at {self.address} cannot be used: {where} cannot import this program ({there}); "
                    "install it there, in the same version"
                )
            other = difference(there, self._versions)
            if other:
                raise ClusterError(
                    f"the cluster at {self.address} has other versions, so that its numbers would be others: on "
                    f"{where} there is {other}"
                )


# -- on the way --------------------------------------------------------------------------------------


class _Packer(pickle.Pickler):
    """Leaves datasets out, and keeps them apart."""

    def __init__(self, file: io.BytesIO) -> None:
        super().__init__(file, pickle.HIGHEST_PROTOCOL)
        self.datasets: list[SequenceDataset] = []

    def persistent_id(self, obj: object) -> int | None:
        """Return the place of a dataset among those that are left out."""
        if not isinstance(obj, SequenceDataset):
            return None
        self.datasets.append(obj)
        return len(self.datasets) - 1


class _Unpacker(pickle.Unpickler):
    """Puts datasets back in."""

    def __init__(self, file: io.BytesIO, datasets: Sequence[SequenceDataset]) -> None:
        super().__init__(file)
        self._datasets = datasets

    def persistent_load(self, pid: int) -> SequenceDataset:
        """Return the dataset of a place."""
        return self._datasets[pid]


def _packed(arguments: tuple[object, ...]) -> tuple[bytes, list[SequenceDataset]]:
    file = io.BytesIO()
    packer = _Packer(file)
    packer.dump(arguments)
    return file.getvalue(), packer.datasets


def _call(versions: Mapping[str, str], function: Callable[..., T], packed: bytes, *datasets: Any) -> T:
    """Call a function on a worker. One that has joined in mid-study is looked at by this alone."""
    check_versions(versions)
    return function(*_Unpacker(io.BytesIO(packed), datasets).load())


# -- before the first call -------------------------------------------------------------------------


def _client_of(address: str) -> Any:
    """Return Dask's client of a scheduler."""
    try:
        from distributed import Client
    except ImportError:
        raise ClusterError(
            "a cluster needs one more library; install it, here and there, with: pip install 'elman[cluster]'"
        ) from None
    _keep_quiet()
    _check_address(address)
    try:
        return Client(address, timeout=_ANSWER_SECONDS, set_as_default=False, name="elman")  # type: ignore[no-untyped-call]
    except OSError:
        raise ClusterError(
            f"no scheduler answers at {address}: start one with `dask scheduler`, and give the address that it writes, "
            f"such as {_EXAMPLE}"
        ) from None
    except Exception:  # of reading what another kind of program says
        raise ClusterError(
            f"what answers at {address} is no scheduler of Dask, or one of another version: start one with "
            f"`dask scheduler`, and give the address that it writes, such as {_EXAMPLE}"
        ) from None


def _check_address(address: str) -> None:
    from distributed.comm.addressing import parse_address, parse_host_port

    try:
        scheme, place = parse_address(address)
        parse_host_port(place)
        is_one = scheme in ("tcp", "tls")
    except ValueError:
        is_one = False
    if not is_one:
        raise ClusterError(f"{address!r} is no address of a cluster; one is like {_EXAMPLE}")


def _keep_quiet() -> None:
    """Let Dask write nothing beside what a person is told: its loggers write on standard error by themselves."""
    for name in (*_LOGGERS, *logging.root.manager.loggerDict):
        if name.partition(".")[0] in _LOGGERS:
            logger = logging.getLogger(name)
            for handler in [each for each in logger.handlers if isinstance(each, logging.StreamHandler)]:
                logger.removeHandler(handler)
            if name in _LOGGERS:
                logger.addHandler(logging.NullHandler())
            logger.propagate = name not in _LOGGERS
    warnings.filterwarnings("ignore", module=r"(distributed|dask)\b")
