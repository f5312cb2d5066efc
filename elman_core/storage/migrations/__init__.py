"""Bringing files of earlier formats to today's, a module for each step.

A step is given what a file says, metadata and tensors, of which nothing is known but that they are sound JSON and sound
arrays; what is wrong in them is left for the checks that come after.
"""

from __future__ import annotations

from elman_core.storage.migrations import version_1, version_2
from elman_core.storage.migrations.content import Migration, Raw, Tensors

__all__ = ["migrated"]

_STEPS: dict[int, Migration] = {1: version_1.migrate, 2: version_2.migrate}


def migrated(raw: Raw, tensors: Tensors, version: int) -> tuple[Raw, Tensors]:
    """Return metadata and tensors of a file of some version as those of the newest one.

    Raises
    ------
    ModelFileError
        When a file contradicts itself, so that nothing can be made of it.
    """
    while version in _STEPS:
        raw, tensors = _STEPS[version](raw, tensors)
        version += 1
    return raw, tensors
