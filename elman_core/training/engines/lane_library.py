"""LaneLibrary: compiled lane kernels, in this process, on the disk, or soon.

A kernel is compiled beside the training, which takes a tenth of a second for the tutorial's size and about a second for
large ones, and kept next to Numba's own cache. What is found there is used only if it is whole.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
import os
import platform
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any

import llvmlite
import llvmlite.binding as llvm
import numpy as np
from numpy.typing import NDArray

from elman_core.training.engines import kernels
from elman_core.training.engines.lane_programs import PROGRAMS, module_of
from elman_core.training.engines.lane_rule import LaneRule

__all__ = ["Programs", "programs_now", "programs_soon"]

_DIGEST_BYTES = hashlib.sha256().digest_size
_SOURCES = ("kernels.py", "lane_rule.py", "lane_source.py", "lane_programs.py", "lane_moves.py")

_log = logging.getLogger(__name__)
_lock = threading.Lock()
_asked_for: dict[LaneRule, Future[Programs | None]] = {}


class Programs:
    """The kernels of one rule in this process.

    Attributes
    ----------
    addresses : (7,)
        In the order of `PROGRAMS`.
    """

    def __init__(self, compiled: bytes) -> None:
        # The execution engine owns the machine code: it lives as long as the addresses are used.
        self._engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), _machine())
        self._engine.add_object_file(llvm.ObjectFileRef.from_data(compiled))
        self._engine.finalize_object()
        addresses = [self._engine.get_function_address(name) for name in PROGRAMS]
        if not all(addresses):
            raise RuntimeError("a kernel is missing")
        self.addresses: NDArray[np.int64] = np.array(addresses, np.int64)


def programs_soon(rule: LaneRule) -> Programs | None:
    """Return the kernels if they are there; if not, have them compiled. None as well where that fails."""
    with _lock:
        future = _asked_for.get(rule)
        if future is None:
            future = _asked_for[rule] = _workers().submit(_try_to_make, rule)
    return future.result() if future.done() else None


def programs_now(rule: LaneRule) -> Programs | None:
    """Return the kernels when they are there."""
    programs_soon(rule)
    return _asked_for[rule].result()


@cache
def _workers() -> ThreadPoolExecutor:
    # Python waits for its threads when it ends: none is left in the midst of LLVM's work.
    return ThreadPoolExecutor(1, "lane-kernels")


def _try_to_make(rule: LaneRule) -> Programs | None:
    """Load or compile the kernels. Without them training is slower, and nothing else: no error may end a run."""
    try:
        return _make(rule)
    except Exception:
        _log.warning("the kernels for %s could not be had; training goes on without them", rule, exc_info=True)
        return None


def _make(rule: LaneRule) -> Programs:
    file = _file(rule)
    if file is not None and (kept := _read(file)) is not None:
        return Programs(kept)
    compiled = _compile(rule)
    if file is not None:
        _write(file, compiled)
    return Programs(compiled)


def _compile(rule: LaneRule) -> bytes:
    context = llvm.create_context()
    module = llvm.parse_assembly(str(module_of(rule)), context=context)
    module.verify()
    machine = _machine()
    tuning = llvm.create_pipeline_tuning_options(speed_level=2)
    tuning.loop_vectorization = tuning.slp_vectorization = False  # all is in vectors already
    builder = llvm.create_pass_builder(machine, tuning)
    builder.getModulePassManager().run(module, builder)
    return bytes(machine.emit_object(module))


def _machine() -> Any:
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    target = llvm.Target.from_default_triple()
    return target.create_target_machine(
        cpu=llvm.get_host_cpu_name(), features=_features(), opt=2, reloc="pic", codemodel="jitdefault"
    )


def _features() -> str:
    try:
        return str(llvm.get_host_cpu_features().flatten())
    except RuntimeError:  # not told on this system
        return ""


# -- on the disk ----------------------------------------------------------------------------------


def _file(rule: LaneRule) -> Path | None:
    """Return the file of these kernels as they are written now, for this machine; None where nothing is cached."""
    folder = kernels.advance.stats.cache_path
    if folder is None:
        return None
    key = (repr(rule), _sources(), llvmlite.__version__, platform.machine(), llvm.get_host_cpu_name(), _features())
    return Path(folder) / f"elman-lanes-{hashlib.sha256(repr(key).encode()).hexdigest()[:24]}.o"


@cache
def _sources() -> str:
    digest = hashlib.sha256()
    for name in _SOURCES:
        digest.update(Path(__file__).with_name(name).read_bytes())
    return digest.hexdigest()


def _read(file: Path) -> bytes | None:
    """Return what was written, if it is whole."""
    try:
        content = file.read_bytes()
    except OSError:
        return None
    digest, compiled = content[:_DIGEST_BYTES], content[_DIGEST_BYTES:]
    return compiled if hashlib.sha256(compiled).digest() == digest else None


def _write(file: Path, compiled: bytes) -> None:
    """Keep it; where the disk is full or may not be written, it is compiled again the next time."""
    partly = file.with_name(f"{file.name}.{os.getpid()}")
    with contextlib.suppress(OSError):
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            partly.write_bytes(hashlib.sha256(compiled).digest() + compiled)
            partly.replace(file)
        finally:
            partly.unlink(missing_ok=True)
