"""How each kind of damage is drawn, the same wherever several stand together."""

from __future__ import annotations

from dataclasses import dataclass

from elman_core.config.damage import DamageKind
from elman_gui.theme import Theme

__all__ = ["KindSign", "sign_of_kind"]

_PINK, _ORANGE = "#CC79A7", "#E69F00"  # of the set of Okabe and Ito


@dataclass(frozen=True)
class KindSign:
    """Colour of a line, and its mark in a legend; no two kinds have the same, so that it tells them apart alone."""

    color: str
    mark: str


def sign_of_kind(kind: DamageKind, theme: Theme) -> KindSign:
    """Return how a kind is drawn."""
    return {
        DamageKind.REMOVE_UNITS: KindSign(theme.one_step, "line"),
        DamageKind.CUT: KindSign(theme.closed_loop, "long dashes"),
        DamageKind.NOISE_WEIGHTS: KindSign(_PINK, "dashes"),
        DamageKind.NOISE_ACTIVATIONS: KindSign(_ORANGE, "dashes and dots"),
        DamageKind.SCALE: KindSign(theme.muted, "dashes and two dots"),
        DamageKind.CONTEXT: KindSign(theme.best, "far dots"),
        DamageKind.INPUT: KindSign(theme.ink, "dots"),
    }[kind]
