"""Importing torch beside a window without holding the window up."""

from __future__ import annotations

import ctypes
import gc
import importlib.util
import os
import sys
from pathlib import Path

__all__ = ["load_torch"]

_LIBRARIES = {"linux": "libtorch_python.so", "darwin": "libtorch_python.dylib"}


def load_torch() -> None:
    """Import torch, in any thread; while it is imported, other threads get their turns.

    Two things hold all threads up in a plain `import torch`, 200 ms each: loading its libraries, for
    Python's import loads them with the interpreter locked; and the garbage collector, which goes through
    the hundred thousands of objects that the import makes.
    """
    if "torch" in sys.modules:
        return
    _load_libraries()
    collects = gc.isenabled()
    gc.disable()
    try:
        import torch  # noqa: F401

        import elman_core.trainer  # noqa: F401
    finally:
        if collects:
            gc.freeze()  # what was imported stays; no collection need look at it again
            gc.enable()


def _load_libraries() -> None:
    """Load torch's libraries through a foreign call, which frees the interpreter meanwhile."""
    found = importlib.util.find_spec("torch")
    name = _LIBRARIES.get(sys.platform)
    if found is None or found.origin is None or name is None:
        return
    load = ctypes.CDLL(None).dlopen
    load.restype = ctypes.c_void_p
    load.argtypes = [ctypes.c_char_p, ctypes.c_int]
    # Where this fails, the import that follows says why.
    load(str(Path(found.origin).parent / "lib" / name).encode(), os.RTLD_NOW | os.RTLD_GLOBAL)
