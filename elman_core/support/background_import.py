"""Importing what is large beside a window, without holding the window up.

Two things in a plain import hold all threads up, for 200 ms at a time: loading its shared libraries, which Python
does with the interpreter locked; and the garbage collector, which goes through the hundred thousands of objects that
the import makes.
"""

from __future__ import annotations

import ctypes
import gc
import importlib
import importlib.util
import os
import sys
from pathlib import Path

__all__ = ["import_beside", "load_torch"]

_SUFFIXES = {"linux": ".so", "darwin": ".dylib"}


def load_torch() -> None:
    """Import torch and the trainer, in any thread."""
    import_beside("torch", "elman_core.training.trainer", library=("torch", "lib/libtorch_python"))


def import_beside(*modules: str, library: tuple[str, str]) -> None:
    """Import modules, in any thread, while other threads get their turns.

    `library` is a package and, in its folder, the shared library that takes long to load, without its ending.
    """
    if all(name in sys.modules for name in modules):
        return
    _load_library(*library)
    collects = gc.isenabled()
    gc.disable()
    try:
        for name in modules:
            importlib.import_module(name)
    finally:
        if collects:
            gc.freeze()  # what was imported stays; no collection need look at it again
            gc.enable()


def _load_library(package: str, path: str) -> None:
    """Load a shared library through a foreign call, which frees the interpreter meanwhile."""
    found, suffix = importlib.util.find_spec(package), _SUFFIXES.get(sys.platform)
    if found is None or found.origin is None or suffix is None:
        return
    load = ctypes.CDLL(None).dlopen
    load.restype = ctypes.c_void_p
    load.argtypes = [ctypes.c_char_p, ctypes.c_int]
    # Where this fails, the import that follows says why.
    load(str(Path(found.origin).parent / (path + suffix)).encode(), os.RTLD_NOW | os.RTLD_GLOBAL)
