"""How each kind of damage is drawn, the same wherever several stand together."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Qt

from elman_core.config.damage import DamageKind
from elman_gui.theme import Theme

__all__ = ["KindSign", "sign_of_kind"]

_PINK, _ORANGE = "#CC79A7", "#E69F00"  # of the set of Okabe and Ito
_MARKS = {Qt.PenStyle.SolidLine: "line", Qt.PenStyle.DashLine: "dashes", Qt.PenStyle.DotLine: "dots"}


@dataclass(frozen=True)
class KindSign:
    """Colour and style of a line, which tells curves apart without colour."""

    color: str
    style: Qt.PenStyle

    @property
    def mark(self) -> str:
        """The mark in a legend."""
        return _MARKS[self.style]


def sign_of_kind(kind: DamageKind, theme: Theme) -> KindSign:
    """Return how a kind is drawn."""
    line = Qt.PenStyle
    return {
        DamageKind.REMOVE_UNITS: KindSign(theme.one_step, line.SolidLine),
        DamageKind.CUT: KindSign(theme.closed_loop, line.SolidLine),
        DamageKind.NOISE_WEIGHTS: KindSign(_PINK, line.DashLine),
        DamageKind.NOISE_ACTIVATIONS: KindSign(_ORANGE, line.DashLine),
        DamageKind.SCALE: KindSign(theme.muted, line.SolidLine),
        DamageKind.CONTEXT: KindSign(theme.best, line.DotLine),
        DamageKind.INPUT: KindSign(theme.ink, line.DotLine),
    }[kind]
