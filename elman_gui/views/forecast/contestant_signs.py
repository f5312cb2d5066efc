"""How each contestant of a backtest is drawn, the same in every view."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Qt

from elman_gui.theme import Theme

__all__ = ["PARTS", "Sign", "is_part", "sign_of"]

PARTS = "its parts"
_THETA, _ETS = ("#CC79A7", "#E69F00")  # of the set of Okabe and Ito


@dataclass(frozen=True)
class Sign:
    """Colour, width and style of a line, and its marker, if it has any."""

    color: str
    style: Qt.PenStyle
    marker: str | None
    width: float = 1.5

    @property
    def mark(self) -> str:
        """The mark in a legend."""
        marks = {Qt.PenStyle.SolidLine: "line", Qt.PenStyle.DashLine: "dashes", Qt.PenStyle.DotLine: "dots"}
        return marks[self.style]


def is_part(name: str) -> bool:
    """Whether a contestant is one part of a forecaster."""
    return name.startswith("part ")


def sign_of(name: str, theme: Theme) -> Sign:
    """Return how a contestant is drawn, by its name."""
    if is_part(name):
        return Sign(theme.best, Qt.PenStyle.SolidLine, None, 1.0)
    line = Qt.PenStyle
    return {
        "network": Sign(theme.one_step, line.SolidLine, "o", 2.5),
        "persistence": Sign(theme.muted, line.DashLine, "s"),
        "seasonal": Sign(theme.muted, line.DotLine, "d"),
        "linear": Sign(theme.closed_loop, line.DotLine, "t1"),
        "theta": Sign(_THETA, line.DashLine, "t"),
        "ets": Sign(_ETS, line.DashLine, "p"),
    }.get(name, Sign(theme.ink, line.DotLine, None))
