"""Bringing files of earlier formats to today's, a module for each step.

A step is given what a file says, metadata and tensors, of which nothing is known but that they are sound JSON and sound
arrays; what is wrong in them is left for the checks that come after. It looks at types and shapes only, so that they
can be checked before any number is read.
"""

from __future__ import annotations

from elman_core.storage.migrations import version_1, version_2, version_3
from elman_core.storage.migrations.content import Migration, Raw, Tensors

__all__ = ["migrated", "with_what_follows"]

_STEPS: dict[int, Migration] = {1: version_1.migrate, 2: version_2.migrate, 3: version_3.migrate}


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


def with_what_follows(raw: Raw, tensors: Tensors, version: int) -> Tensors:
    """Add what a file of some version did not have, and what follows from the numbers that it has.

    `raw` and `tensors` are migrated already.
    """
    return tensors | version_2.what_follows(raw, tensors) if version <= 2 else tensors
