"""Versions: what a run's numbers depend on, so that all machines of a study have the same of it."""

from __future__ import annotations

import platform
import socket
from collections.abc import Mapping
from functools import cache
from importlib.metadata import PackageNotFoundError, version

import elman_core
from elman_core.errors import ClusterError

__all__ = ["check_versions", "difference", "versions_here"]

_LIBRARIES = ("numpy", "numba", "torch")


@cache
def versions_here() -> Mapping[str, str]:
    """Return the versions of Python, of the libraries that compute, and of this program, in this process."""
    python = ".".join(platform.python_version_tuple()[:2])
    return {"Python": python, **{name: _version_of(name) for name in _LIBRARIES}, "elman": elman_core.__version__}


def difference(there: Mapping[str, str], here: Mapping[str, str]) -> str:
    """Say how versions differ, such as "numpy 2.3.1 there, 2.4.6 here"; nothing where they are the same."""
    other = [
        f"{name} {there.get(name) or 'not installed'} there, {mine} here"
        for name, mine in here.items()
        if there.get(name) != mine
    ]
    return "; ".join(other)


def check_versions(expected: Mapping[str, str]) -> None:
    """Refuse to compute in this process where its versions are not those that are expected.

    Raises
    ------
    ClusterError
        When they are not.
    """
    other = difference(versions_here(), expected)
    if other:
        raise ClusterError(f"{socket.gethostname()} has joined the cluster with other versions: {other}")


def _version_of(library: str) -> str:
    """Return a version without what says for which device it was built: "2.13.0" of "2.13.0+cpu"."""
    try:
        return version(library).partition("+")[0]
    except PackageNotFoundError:
        return ""
