"""How a text, or a column of a table, is divided into symbols."""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar, Literal

from pydantic import Field

from elman_core.config.base import Config

__all__ = ["SymbolConfig", "SymbolUnit"]


class SymbolUnit(StrEnum):
    """What counts as one symbol."""

    CHARACTERS = "characters"
    WORDS = "words"
    ROWS = "rows"


class SymbolConfig(Config):
    """How a text, or a column of a table, is split into symbols."""

    later_settings: ClassVar[frozenset[str]] = frozenset({"line_ends"})

    unit: SymbolUnit = Field(
        SymbolUnit.CHARACTERS, title="Symbols are",
        description="What counts as one symbol: each character of a text, each word, or each row of a table's column.",
    )  # fmt: skip
    sequences: Literal["one", "lines"] = Field(
        "one", title="Sequences",
        description="One: the whole text is one sequence. Lines: each line of a text is one, with an end mark, which "
        "is predicted as well.",
    )  # fmt: skip
    lower_case: bool = Field(
        True, title="Lower case", description="Treat capital and small letters alike: The and the are one word."
    )
    spaces: bool = Field(
        True, title="Spaces",
        description="Keep the gaps between words as a symbol, for characters: white space of any length is one space. "
        "Off joins the words, as in Elman's experiment on where words begin.",
    )  # fmt: skip
    line_ends: bool = Field(
        False, title="Line ends",
        description="Keep the end of each line as a symbol, where the whole text is one sequence.",
    )  # fmt: skip
    punctuation: bool = Field(
        True, title="Punctuation", description="Keep punctuation marks and other signs as symbols of their own."
    )
    largest_vocabulary: int = Field(
        1000, ge=2, le=4096, title="At most",
        description="Different symbols at most; the rarest others are grouped as one, ⟨other⟩.",
    )  # fmt: skip
    minimum_count: int = Field(
        1, ge=1, le=1_000_000, title="At least",
        description="How often a symbol must occur to be one of its own; rarer ones are grouped as ⟨other⟩.",
    )  # fmt: skip
