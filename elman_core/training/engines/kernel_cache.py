"""Having the compiled kernels ready: compiled once by a process of its own, then loaded from the disk.

Compiling takes half a minute and would hold a window up, so it is done elsewhere: running this module fills Numba's
cache, and leaves a file there that says for what.
"""

from __future__ import annotations

import hashlib
import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from elman_core.config import ALL, SEQUENCE, NetworkConfig, Optimizer, Precision, TrainingConfig
from elman_core.support.background_import import import_beside
from elman_core.support.file_lock import FileLock
from elman_core.support.jobs import Job

if TYPE_CHECKING:
    from elman_core.training.engines.sequences import Sequences

__all__ = ["prepare_for", "prepare_kernels"]

_POLL_SECONDS = 0.05
_LANES_PAY = 32
"""Networks that are trained in lanes, whatever their size."""
_USUAL_HIDDEN = (4, 6, 8, 10, 16, 20)


def prepare_kernels() -> Job[None]:
    """Bring the kernels into this process; the first time on a machine, have them compiled before.

    Raises
    ------
    OSError, RuntimeError, ImportError
        Where they cannot be had: there is no place for a cache, or no Numba for this machine.
    """
    yield 0.0
    import_beside("elman_core.training.engines.compiled", library=("llvmlite", "binding/libllvmlite"))
    if not all(_marker(precision).exists() for precision in Precision):
        yield from _compile_elsewhere()
    _run_once(Precision.SINGLE)  # those of the other precision are loaded in a moment when they are wanted


def prepare_for(precision: Precision, say: Callable[[str], object]) -> None:
    """Have the kernels for this precision in this process before training starts, and say so where that takes long."""
    marker = _marker(precision)
    if not marker.exists():
        say("compiling the engine for this machine, which takes some seconds and is done once")
    _run_once(precision)
    marker.touch()


def _compile_elsewhere() -> Job[None]:
    process = subprocess.Popen(
        [sys.executable, "-m", "elman_core.training.engines.kernel_cache"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    try:
        while process.poll() is None:
            time.sleep(_POLL_SECONDS)
            yield 0.1
    finally:
        if process.poll() is None:
            process.kill()
        _, problem = process.communicate()
    if process.returncode:
        raise RuntimeError(f"the kernels could not be compiled: {problem.decode(errors='replace').strip()}")


def _run_once(precision: Precision) -> None:
    """Train the smallest networks there are, so that each kernel is compiled, or loaded from the cache."""
    import numpy as np

    from elman_core.model.network import ElmanNetwork
    from elman_core.training.engines.compiled import CompiledEngine
    from elman_core.training.engines.compiled_batches import CompiledBatchEngine
    from elman_core.training.engines.sequences import Sequences

    one_step = np.zeros((1, 1, 1))
    sequences = Sequences.side_by_side([(one_step[0], one_step[0])])
    for optimizer in (Optimizer.SGD, Optimizer.ADAM):  # gradient steps after every symbol have a kernel of their own
        network = ElmanNetwork.initialized(NetworkConfig(), 1, precision=precision)
        config = TrainingConfig(optimizer=optimizer, precision=precision, truncation=ALL)
        CompiledEngine(network, sequences, config).advance(1, 1)
    network = ElmanNetwork.initialized(NetworkConfig(), 1, precision=precision)
    config = TrainingConfig(update_every=SEQUENCE, truncation=ALL, precision=precision)
    CompiledBatchEngine(network, sequences, config).advance(1, 1)
    noisy = config.replace(input_noise=0.1)  # other inputs than those of the data have a kernel of their own
    CompiledBatchEngine(network, sequences, noisy).advance(1, 1)
    _run_lanes_once(sequences, precision)


def _run_lanes_once(sequences: Sequences, precision: Precision) -> None:
    """Have the kernels of the lanes compiled or loaded, for ensembles of the usual sizes."""
    from elman_core.model.network import ElmanNetwork
    from elman_core.training.engines.compiled import CompiledEngine
    from elman_core.training.engines.lane_library import programs_now

    for hidden in _USUAL_HIDDEN if precision is Precision.SINGLE else ():
        for rule in ({}, {"optimizer": Optimizer.ADAM, "update_every": ALL, "truncation": ALL}):
            for biases in (False, True):
                shape = NetworkConfig(hidden=hidden, biases=biases)
                config = TrainingConfig(networks=_LANES_PAY, **rule)
                network = ElmanNetwork.initialized(shape, 1, networks=_LANES_PAY)
                lane_rule = CompiledEngine(network, sequences, config, threads=1).lane_rule
                if lane_rule is not None:
                    programs_now(lane_rule)
    network = ElmanNetwork.initialized(NetworkConfig(), 1, networks=_LANES_PAY, precision=precision)
    config = TrainingConfig(networks=_LANES_PAY, precision=precision)
    engine = CompiledEngine(network, sequences, config, threads=1)
    if engine.lane_rule is not None and programs_now(engine.lane_rule) is not None:
        engine.advance(1, 1)
        engine.state()


def _marker(precision: Precision) -> Path:
    """Return the file that says that the cache holds the kernels as they are, for this machine and its libraries."""
    import llvmlite.binding
    import numba

    from elman_core.training.engines import batches, kernels, lane_kernels

    sources = [Path(str(module.__file__)) for module in (kernels, batches, lane_kernels)]
    key = (
        [(source.read_bytes(), source.stat().st_mtime_ns) for source in sources],
        *(numba.__version__, llvmlite.__version__, platform.python_version()),
        llvmlite.binding.get_host_cpu_name(),
        sorted(llvmlite.binding.get_host_cpu_features().items()),
    )
    folder = kernels.advance.stats.cache_path
    assert folder is not None, "the kernels are declared with a cache"
    digest = hashlib.sha256(repr(key).encode()).hexdigest()[:16]
    return Path(folder) / f"elman-kernels-{precision.value}-{digest}"


def _main() -> None:
    """Compile what is missing. Of several windows one compiles, and the others wait for as long as they are open."""
    if hasattr(os, "nice"):
        os.nice(10)
    window = os.getppid()
    file = _marker(Precision.SINGLE).with_name("elman-kernels.lock")
    while (lock := FileLock.taken(file)) is None:
        time.sleep(_POLL_SECONDS)
        if os.getppid() != window:
            return
    with lock:
        for precision in Precision:
            marker = _marker(precision)
            if not marker.exists():
                _run_once(precision)
                marker.touch()


if __name__ == "__main__":
    _main()
