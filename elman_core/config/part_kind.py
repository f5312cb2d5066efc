"""What a part of a forecaster is."""

from __future__ import annotations

from enum import StrEnum

__all__ = ["PartKind"]


class PartKind(StrEnum):
    """What a part of a forecaster is."""

    LINEAR = "linear"
    """Least squares with a penalty: a network whose hidden units have no say."""
    ELMAN = "elman"
