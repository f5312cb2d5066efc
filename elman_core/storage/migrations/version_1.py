"""From format 1, which knew no symbols, to format 2."""

from __future__ import annotations

from elman_core.storage.migrations.content import Raw, Tensors, part_of

__all__ = ["migrate"]


def migrate(raw: Raw, tensors: Tensors) -> tuple[Raw, Tensors]:
    """Say that there are no symbols."""
    return {**raw, "format_version": 2, "symbols": None, "source": {**part_of(raw, "source"), "column": None}}, tensors
