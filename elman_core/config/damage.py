"""What is done to trained networks to see what they lose."""

from __future__ import annotations

import difflib
from enum import StrEnum

from pydantic import Field, field_validator

from elman_core.config.base import Config
from elman_core.errors import ConfigError

__all__ = ["DamageConfig", "DamageKind", "damage_kind"]


class DamageKind(StrEnum):
    """A kind of damage; its level is a share from 0 to 1, and 0 is none."""

    REMOVE_UNITS = "remove-units"
    CUT = "cut"
    NOISE_WEIGHTS = "noise-weights"
    NOISE_ACTIVATIONS = "noise-activations"
    SCALE = "scale"
    CONTEXT = "context"
    INPUT = "input"

    @property
    def words(self) -> str:
        """What it is called."""
        return _WORDS[self]

    @property
    def level_means(self) -> str:
        """What its level is a share of."""
        return _LEVELS[self]

    @property
    def is_drawn(self) -> bool:
        """Whether chance has a part in it, so that a repeat is another draw."""
        return self is not DamageKind.SCALE


_WORDS = {
    DamageKind.REMOVE_UNITS: "Remove hidden units",
    DamageKind.CUT: "Cut connections",
    DamageKind.NOISE_WEIGHTS: "Noise on weights",
    DamageKind.NOISE_ACTIVATIONS: "Noise on activations",
    DamageKind.SCALE: "Scale weights",
    DamageKind.CONTEXT: "Lesion context",
    DamageKind.INPUT: "Lesion input",
}
_LEVELS = {
    DamageKind.REMOVE_UNITS: "share of the hidden units held at 0",
    DamageKind.CUT: "share of the connections cut",
    DamageKind.NOISE_WEIGHTS: "noise, in root mean squares of the weights",
    DamageKind.NOISE_ACTIVATIONS: "noise, in standard deviations of each hidden unit",
    DamageKind.SCALE: "share taken off each weight",
    DamageKind.CONTEXT: "share of the context units held at their mean",
    DamageKind.INPUT: "share of the input units held at their mean",
}


def damage_kind(name: str) -> DamageKind:
    """Return the kind of that name.

    Raises
    ------
    ConfigError
        When there is none; the nearest name is suggested.
    """
    names = [kind.value for kind in DamageKind]
    if name in names:
        return DamageKind(name)
    near = difflib.get_close_matches(name, names, n=1)
    meant = f"did you mean {near[0]}? There" if near else "there"
    raise ConfigError(f"there is no damage called {name!r}; {meant} are {', '.join(names)}")


class DamageConfig(Config):
    """Which damage is done, at which levels, to how many networks and how often."""

    kinds: tuple[DamageKind, ...] = Field(tuple(DamageKind), title="Kinds", description="What is done to the networks.")
    levels: tuple[float, ...] = Field(
        tuple(tenths / 10 for tenths in range(1, 11)), title="Levels",
        description="How much is damaged, as shares from 0 to 1: of the units or connections, or of their size.",
    )  # fmt: skip
    repeats: int = Field(
        5, ge=1, le=1_000, title="Repeats",
        description="How often each network is damaged, each time by another draw. Scaling the weights draws nothing.",
    )  # fmt: skip
    steps: int = Field(
        2_000, ge=10, le=1_000_000, title="Fresh steps",
        description="Steps of the fresh stream that the networks of Elman's experiments are measured on. Others are "
        "measured on the test part.",
    )  # fmt: skip
    seed: int = Field(
        1,
        ge=0,
        le=2**63 - 1,
        title="Seed",
        description="Draws the damage and the fresh stream: the same seed, the same damage.",
    )

    @field_validator("kinds")
    @classmethod
    def _check_kinds(cls, kinds: tuple[DamageKind, ...]) -> tuple[DamageKind, ...]:
        if not kinds:
            raise ValueError("kinds must be one or more of the kinds of damage, got none")
        return tuple(dict.fromkeys(kinds))

    @field_validator("levels")
    @classmethod
    def _check_levels(cls, levels: tuple[float, ...]) -> tuple[float, ...]:
        if not levels:
            raise ValueError("levels must be one or more shares from 0 to 1, got none")
        for level in levels:
            if not 0 <= level <= 1:
                raise ValueError(f"a level must be a share from 0 to 1, got {level:g}")
        return tuple(sorted(set(levels)))
