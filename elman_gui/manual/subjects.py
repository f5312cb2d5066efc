"""The networks that the manual's pictures are of: each is trained once."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from elman_core.analysis.types import Analysis

if TYPE_CHECKING:
    from elman_gui.manual.trained import Trained

__all__ = ["of_1990", "sample_text", "sine", "sunspots"]


@cache
def sine() -> Trained:
    from elman_gui.manual.trained import trained_built_in

    inside = frozenset({Analysis.STATES, Analysis.DYNAMICS, Analysis.LANDSCAPE, Analysis.LESIONS})
    return trained_built_in("sine", inside)


@cache
def sunspots() -> Trained:
    from elman_gui.manual.trained import trained_built_in

    return trained_built_in("sunspots")


@cache
def of_1990(name: str) -> Trained:
    from elman_gui.manual.trained import trained_built_in

    return trained_built_in(name, frozenset({Analysis.ERRORS, Analysis.CLUSTERS}))


@cache
def sample_text() -> Trained:
    from elman_gui.manual.trained import trained_sample_text

    return trained_sample_text()
