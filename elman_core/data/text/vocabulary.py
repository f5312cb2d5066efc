"""Symbols: a vocabulary, the vectors that stand for its symbols, and a stream of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from elman_core.config import SymbolConfig, SymbolUnit
from elman_core.errors import DataError
from elman_core.support.text_format import listed

__all__ = [
    "END",
    "END_SIGN",
    "MAXIMUM_NAME",
    "MAXIMUM_SYMBOLS",
    "OTHER",
    "SPACE_SIGN",
    "CodedRows",
    "Symbols",
    "Vocabulary",
    "named",
    "ranked",
    "shown",
]

OTHER = "⟨other⟩"
"""The symbol that rare ones are grouped as; it also stands for symbols that are not in the vocabulary."""
SPACE_SIGN = "␣"
END = "\n"
"""The end mark: the last symbol of each line, where lines are sequences."""
END_SIGN = "⏎"
MAXIMUM_SYMBOLS = 4097
"""Different symbols, with ⟨other⟩."""
MAXIMUM_NAME = 200
"""Characters that a symbol may have."""
_LEAST_CHANCE = 1e-6
_GREATEST_SHARE = 1e300

_SIGNS = {" ": SPACE_SIGN, END: END_SIGN}

Array = NDArray[np.float64]
Codes = NDArray[np.int32]


def shown(name: str) -> str:
    """Return a symbol in a visible form: a space is written ␣, an end mark ⏎."""
    return _SIGNS.get(name, name)


def named(sign: str) -> str:
    """Return the symbol that is shown so."""
    return next((name for name, shown_as in _SIGNS.items() if shown_as == sign), sign)


def ranked(names: Sequence[str], probabilities: Array) -> list[tuple[str, float]]:
    """Return each symbol with its probability, the most probable first."""
    order = np.argsort(-probabilities, kind="stable").tolist()
    return [(names[place], float(probabilities[place])) for place in order]


@dataclass(frozen=True)
class CodedRows:
    """A series of rows (R, C) that stores only the distinct ones: row r is vectors[codes[r]].

    It is indexed like the array that it stands for.

    Attributes
    ----------
    vectors : (S, C)
    codes : (R,)
        From 0 to S - 1.
    """

    vectors: Array
    codes: Codes

    @property
    def shape(self) -> tuple[int, int]:
        """(R, C)."""
        return len(self.codes), self.vectors.shape[1]

    def __len__(self) -> int:
        return len(self.codes)

    def __getitem__(self, index: Any) -> Array:
        """Return rows; with a pair, rows of some columns."""
        rows, columns = index if isinstance(index, tuple) else (index, slice(None))
        if isinstance(rows, slice):
            found: Array = self.vectors[:, columns][self.codes[rows]]
        else:
            found = self.vectors[self.codes[rows], columns]
        return found


@dataclass(frozen=True)
class Vocabulary:
    """The symbols that a network knows, and the vector of each.

    Attributes
    ----------
    names : S
        All different.
    vectors : (S, C)
        From 0 to 1; one-hot, or a table of features.
    columns : C
        What each number of a vector means.
    classes
        The class of a symbol, by its name; empty where there are none.
    """

    names: tuple[str, ...]
    vectors: Array
    columns: tuple[str, ...]
    classes: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def one_hot(cls, names: tuple[str, ...]) -> Vocabulary:
        """Return one-hot vectors: a component for each symbol, 1 for it and 0 for all others."""
        return cls(names, np.eye(len(names)), tuple(map(shown, names)))

    @cached_property
    def is_one_hot(self) -> bool:
        """Whether each symbol has a component of its own; some components may have no symbol."""
        ones = self.vectors == 1
        single = (ones.sum(axis=1) == 1).all() and (self.vectors.sum(axis=1) == 1).all()
        return bool(single and ones.sum(axis=0).max(initial=0) <= 1)

    @cached_property
    def _places(self) -> dict[str, int]:
        return {name: place for place, name in enumerate(self.names)}

    def code(self, symbol: str) -> int | None:
        """Return the place of a symbol, of ⟨other⟩ for one that is not known; None where there is no ⟨other⟩."""
        return self._places.get(symbol, self._places.get(OTHER))

    def encoded(self, symbols: Iterable[str], where: str) -> Codes:
        """Return the place of each symbol.

        Raises
        ------
        DataError
            At an unknown symbol, where there is no ⟨other⟩.
        """
        symbols = list(symbols)
        codes = [self._places.get(symbol, self._places.get(OTHER, -1)) for symbol in symbols]
        array = np.array(codes, np.int32)
        if (array < 0).any():
            unknown = dict.fromkeys(symbol for symbol in symbols if self.code(symbol) is None)
            raise DataError(f"{where}: {self.unknown_sentence(tuple(unknown))}")
        return array

    def unknown_sentence(self, unknown: tuple[str, ...]) -> str:
        """Return the sentence that names unknown symbols, and those that are known."""
        many = len(unknown) > 1
        return (
            f"the symbol{'s' if many else ''} {listed(unknown)} {'are' if many else 'is'} not among the "
            f"{len(self.names):,} that the model knows: {listed(tuple(map(shown, self.names)), 12)}"
        )

    def probabilities(self, outputs: NDArray[np.floating]) -> Array:
        """Return the probability of each symbol, given a network's outputs: (..., C) -> (..., S), summing to 1.

        For one-hot symbols p_s = y_s / sum y. Features count as independent of each other, each on with the
        probability y_c: p_s is proportional to prod_c y_c^v_sc (1 - y_c)^(1 - v_sc).
        """
        y = np.nan_to_num(np.asarray(outputs, np.float64), nan=0.0, posinf=1.0, neginf=0.0)
        if self.is_one_hot:
            shares = np.clip(y[..., self.vectors.argmax(axis=1)], 0, _GREATEST_SHARE) + 1e-30
        else:
            on = np.clip(y, _LEAST_CHANCE, 1 - _LEAST_CHANCE)
            logarithms = np.log(on) @ self.vectors.T + np.log1p(-on) @ (1 - self.vectors).T
            shares = np.exp(logarithms - logarithms.max(axis=-1, keepdims=True))
        found: Array = shares / shares.sum(axis=-1, keepdims=True)
        return found


@dataclass(frozen=True)
class Symbols:
    """A stream of symbols.

    Attributes
    ----------
    codes : (R,)
        Places in the vocabulary.
    config
        How a text is split into symbols, a prompt too.
    position : (R,) or None
        The place of each symbol within its group, from 0.
    group
        What the groups are: "word", "sentence", "line", "triple"; empty where there are none.
    openings : (S,) or None
        How many lines begin with each symbol of the vocabulary, where lines are sequences.
    """

    vocabulary: Vocabulary
    codes: Codes
    config: SymbolConfig
    position: NDArray[np.int64] | None = None
    group: str = ""
    openings: NDArray[np.int64] | None = None

    def __len__(self) -> int:
        return len(self.codes)

    @property
    def end(self) -> int | None:
        """The code of the end mark, where lines are sequences."""
        return self.vocabulary.code(END) if self.config.sequences == "lines" else None

    def name(self, row: int) -> str:
        """Return the symbol in a row."""
        return self.vocabulary.names[int(self.codes[row])]

    @cached_property
    def counts(self) -> NDArray[np.int64]:
        """How often each symbol of the vocabulary occurs, (S,)."""
        return np.bincount(self.codes, minlength=len(self.vocabulary.names)).astype(np.int64)

    @property
    def blank(self) -> str:
        """The separator of two symbols in a text."""
        return "" if self.config.unit is SymbolUnit.CHARACTERS else " "

    def text(self, codes: Iterable[int]) -> str:
        """Write symbols as a text; a new line begins after an end mark."""
        written = self.blank.join(self.vocabulary.names[code] for code in codes)
        return written if not self.blank else written.replace(f" {END}", END).replace(f"{END} ", END)
