"""The streams of Elman (1990): symbols drawn from a seed, and the vectors that stand for them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from elman_core.config import SymbolConfig, SymbolUnit
from elman_core.data.table import Source, Table, TimeAxis
from elman_core.data.text.vocabulary import CodedRows, Symbols, Vocabulary

__all__ = [
    "LETTERS",
    "SENTENCE",
    "WORDS",
    "WORD_CLASSES",
    "Stream",
    "letters_stream",
    "temporal_xor_stream",
    "word_classes_stream",
    "words_stream",
]

Array = NDArray[np.float64]

LETTERS: dict[str, tuple[int, ...]] = {
    "b": (1, 0, 1, 0, 0, 1),
    "d": (1, 0, 1, 1, 0, 1),
    "g": (1, 0, 1, 0, 1, 1),
    "a": (0, 1, 0, 0, 1, 1),
    "i": (0, 1, 0, 1, 0, 1),
    "u": (0, 1, 0, 1, 1, 1),
}
"""Elman (1990), table 1: consonant, vowel, interrupted, high, back, voiced."""
_LETTER_FEATURES = ("consonant", "vowel", "interrupted", "high", "back", "voiced")
_SYLLABLES = ("ba", "dii", "guuu")

WORDS = (
    "many", "years", "ago", "a", "boy", "and", "girl", "lived", "by", "the", "sea", "they", "played", "happily", "home",
)  # fmt: skip
"""Fourteen words of the paper's example, and one more: it says fifteen, but does not list them."""
SENTENCE = WORDS[:14]
"""Elman (1990), figure 6: the words whose letters the error is shown for."""

WORD_CLASSES: dict[str, tuple[str, ...]] = {
    "noun-hum": ("man", "woman", "boy", "girl"),
    "noun-anim": ("cat", "mouse", "dog"),
    "noun-inanim": ("book", "rock", "car"),
    "noun-agress": ("dragon", "monster", "lion"),
    "noun-frag": ("glass", "plate"),
    "noun-food": ("cookie", "bread", "sandwich"),
    "verb-intran": ("think", "sleep", "exist"),
    "verb-tran": ("see", "chase", "like"),
    "verb-agpat": ("move", "break"),
    "verb-percept": ("smell", "see"),
    "verb-destroy": ("break", "smash"),
    "verb-eat": ("eat",),
}
"""Elman (1990), table 3. `see` and `break` belong to two classes each."""
_TEMPLATES = (
    "noun-hum verb-eat noun-food", "noun-hum verb-percept noun-inanim", "noun-hum verb-destroy noun-frag",
    "noun-hum verb-intran", "noun-hum verb-tran noun-hum", "noun-hum verb-agpat noun-inanim", "noun-hum verb-agpat",
    "noun-anim verb-eat noun-food", "noun-anim verb-tran noun-anim", "noun-anim verb-agpat noun-inanim",
    "noun-anim verb-agpat", "noun-inanim verb-agpat", "noun-agress verb-destroy noun-frag",
    "noun-agress verb-eat noun-hum", "noun-agress verb-eat noun-anim", "noun-agress verb-eat noun-food",
)  # fmt: skip
"""Elman (1990), table 4."""
_WORD_BITS = 31
"""Two bits more than there are words, as in the paper; one of them is free for a word never seen."""


@dataclass(frozen=True)
class Stream:
    """A sequence of symbols, and the vector of each.

    Attributes
    ----------
    symbols : T
    position : (T,)
        The place of each symbol within its group (triple, syllable, word or sentence), from 0.
    vectors : (S, C)
        By symbol, in the order of `names`.
    columns
        What each number of a vector means.
    group
        What the groups are.
    classes
        The class of each symbol, where there are any.
    unit
        What a symbol is.
    """

    symbols: tuple[str, ...]
    position: NDArray[np.int64]
    vectors: Mapping[str, tuple[int, ...]]
    columns: tuple[str, ...]
    group: str
    classes: Mapping[str, str] = field(default_factory=dict)
    unit: SymbolUnit = SymbolUnit.CHARACTERS

    @property
    def vocabulary(self) -> Vocabulary:
        """The possible symbols, and their vectors."""
        vectors = np.array(list(self.vectors.values()), np.float64)
        return Vocabulary(tuple(self.vectors), vectors, self.columns, self.classes)

    @property
    def values(self) -> Array:
        """(T, C): the vector of each symbol."""
        return np.array([self.vectors[symbol] for symbol in self.symbols], np.float64)

    def table(self, name: str) -> Table:
        """Return it as a series that wraps round: its first symbol is repeated at the end, as the last target."""
        vocabulary = self.vocabulary
        codes = vocabulary.encoded((*self.symbols, self.symbols[0]), name)
        position = np.concatenate([self.position, self.position[:1]])
        config = SymbolConfig(unit=self.unit, spaces=False, punctuation=False)
        return Table(
            name, self.columns, CodedRows(vocabulary.vectors, codes), TimeAxis.steps(len(codes), "symbol"),
            Source(kind="built-in", name=name), symbols=Symbols(vocabulary, codes, config, position, self.group),
        )  # fmt: skip


def temporal_xor_stream(seed: int, bits: int = 3_000) -> Stream:
    """Return triples a, b, a xor b of random bits, without gaps."""
    first, second = np.random.default_rng(seed).integers(0, 2, (2, bits // 3))
    stream = np.column_stack([first, second, first ^ second]).ravel()
    return Stream(
        tuple("01"[bit] for bit in stream.tolist()), np.arange(len(stream)) % 3, {"0": (0,), "1": (1,)}, ("bit",),
        "triple",
    )  # fmt: skip


def letters_stream(seed: int, consonants: int = 1_000) -> Stream:
    """Return random consonants, each followed by its vowels: ba, dii, guuu."""
    drawn = np.random.default_rng(seed).integers(0, len(_SYLLABLES), consonants).tolist()
    syllables = [_SYLLABLES[index] for index in drawn]
    classes = {letter: "consonant" if features[0] else "vowel" for letter, features in LETTERS.items()}
    return Stream(tuple("".join(syllables)), _positions(syllables), LETTERS, _LETTER_FEATURES, "syllable", classes)


def words_stream(seed: int, sentences: int = 200) -> Stream:
    """Return the letters of random sentences of 4 to 9 words, without gaps; each letter is its place in binary."""
    random = np.random.default_rng(seed)
    words = [WORDS[index] for length in random.integers(4, 10, sentences) for index in random.integers(0, 15, length)]
    letters = {
        letter: tuple(int(bit) for bit in f"{number:05b}")
        for number, letter in enumerate("abcdefghijklmnopqrstuvwxyz", start=1)
        if any(letter in word for word in WORDS)
    }
    return Stream(tuple("".join(words)), _positions(words), letters, ("16", "8", "4", "2", "1"), "word")


def word_classes_stream(seed: int, sentences: int = 10_000) -> Stream:
    """Return the words of random sentences of two or three words, each one bit of 31."""
    random = np.random.default_rng(seed)
    chosen = [_TEMPLATES[index].split() for index in random.integers(0, len(_TEMPLATES), sentences).tolist()]
    drawn = random.random((sentences, 3)).tolist()
    said = [
        [
            WORD_CLASSES[kind][int(share * len(WORD_CLASSES[kind]))]
            for kind, share in zip(template, shares, strict=False)
        ]
        for template, shares in zip(chosen, drawn, strict=True)
    ]
    names = tuple(dict.fromkeys(word for words in WORD_CLASSES.values() for word in words))
    bits = np.eye(_WORD_BITS, dtype=int).tolist()
    vectors = {word: tuple(bits[index]) for index, word in enumerate(names)}
    columns = (*names, *(f"free {number}" for number in range(1, _WORD_BITS - len(names) + 1)))
    words = tuple(word for sentence in said for word in sentence)
    classes = {word: kind.split("-")[0] for kind, members in WORD_CLASSES.items() for word in members}
    return Stream(words, _positions(said), vectors, columns, "sentence", classes, SymbolUnit.WORDS)


def _positions(groups: list[str] | list[list[str]]) -> NDArray[np.int64]:
    return np.concatenate([np.arange(len(group)) for group in groups])
