"""Splitting a text into symbols: characters, or words and signs, in one sequence or line by line."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from elman_core.config import SymbolConfig, SymbolUnit
from elman_core.data.text.vocabulary import END, MAXIMUM_NAME
from elman_core.errors import DataError
from elman_core.support.jobs import Job
from elman_core.support.text_format import counted

__all__ = ["MAXIMUM_CHARACTERS", "Tokens", "change_notes", "tokenize", "tokenize_prompt", "too_long"]

MAXIMUM_CHARACTERS = 10_000_000
_BLOCK = 50_000
"""Characters that are processed at once, so that other threads get their turns."""
_LINES_AT_ONCE = 1_000
_CONTROL = re.compile("[\x00-\x08\x0e-\x1f\ud800-\udfff]")
_SPACE = re.compile(r"\s+")
_INDENT = re.compile(r"[\r\n][ \t]+\S")
_BLANKS = re.compile(r"[^\S\n]+")
_BEFORE_LINE_END = re.compile(r"[^\S\n]*\n")
_UP_TO_A_GAP = re.compile(r"[\s\S]*\s")
_UP_TO_A_STOP = re.compile(r"[\s\S]*[.,;:!?…、。，；：！？](?=\w)")
_SENTENCE_ENDS = frozenset(".!?…")


@dataclass(frozen=True)
class Tokens:
    """Symbols in a row.

    Attributes
    ----------
    names
        The different ones, in the order of the alphabet.
    codes : (R,)
        Places in `names`.
    position : (R,) or None
        The place of each within its word or sentence, from 0; None where no words or sentences can be told apart.
    group
        "word", "sentence", "line", or nothing.
    blank_lines
        How many lines had no symbol and were left out, where lines are sequences.
    """

    names: tuple[str, ...]
    codes: NDArray[np.int32]
    position: NDArray[np.int64] | None = None
    group: str = ""
    blank_lines: int = 0

    @property
    def counts(self) -> NDArray[np.int64]:
        """How often each name occurs."""
        return np.bincount(self.codes, minlength=len(self.names)).astype(np.int64)

    @classmethod
    def of(
        cls, symbols: list[str], position: Sequence[int] | None = None, group: str = "", blank_lines: int = 0
    ) -> Tokens:
        """Return a list of symbols as tokens."""
        names = tuple(sorted(set(symbols)))
        places = {name: place for place, name in enumerate(names)}
        codes = np.fromiter((places[symbol] for symbol in symbols), np.int32, len(symbols))
        return cls(names, codes, None if position is None else np.array(position, np.int64), group, blank_lines)


def tokenize(name: str, text: str, config: SymbolConfig) -> Job[Tokens]:
    """Split a text into characters or words; where lines are sequences, each ends in an end mark.

    Raises
    ------
    DataError
        When the text is empty or too long, is no text, or no symbol is left of it.
    """
    if len(text) > MAXIMUM_CHARACTERS:
        raise DataError(too_long(name, f"{len(text):,} characters"))
    if control := _CONTROL.search(text):
        row, code = text.count("\n", 0, control.start()) + 1, ord(control[0])
        what = "half a character," if code >= 0xD800 else "the control character"
        raise DataError(f"{name}: row {row:,} has {what} 0x{code:02x}; a text was expected")
    if not text.strip():
        raise DataError(f"{name} is empty; a text was expected")
    if config.sequences == "lines":
        tokens = yield from _lines(name, text, config)
    else:
        tokens = yield from (_words if config.unit is SymbolUnit.WORDS else _characters)(name, text, config)
    if not len(tokens.codes):
        raise DataError(f"{name} has no {config.unit.value} left without punctuation; a text with some was expected")
    return tokens


def tokenize_prompt(text: str, config: SymbolConfig) -> list[str]:
    """Split a prompt into symbols; unlike in a whole text, spaces at its ends count.

    The rows of a column are typed with blanks between them, or with commas where a row may have blanks. A line break is
    an end mark where lines are sequences.
    """
    if config.sequences == "lines" and "\n" in text:
        first, *others = (tokenize_prompt(line, config) for line in text.split("\n"))
        return [*first, *(symbol for line in others for symbol in (END, *line))]
    match config.unit:
        case SymbolUnit.CHARACTERS:
            plain = _spaced(_plain(text, config), config)
            return list(plain if config.spaces else plain.replace(" ", ""))
        case SymbolUnit.WORDS:
            words = _words_and_signs(text, config)
            if not config.line_ends:
                words = [word for word in words if word != END]
            return [word for word in words if word == END or config.punctuation or not _is_sign(word)]
        case SymbolUnit.ROWS:
            rows = re.split(r"[,\n]", text) if "," in text or "\n" in text else text.split()
            return [row.strip().lower() if config.lower_case else row.strip() for row in rows if row.strip()]


def change_notes(text: str, config: SymbolConfig) -> list[str]:
    """Say what of a text is not among its symbols, though it may matter: line ends, indents, capital letters."""
    notes = []
    text = text.strip()
    breaks = text.count("\n") or text.count("\r")
    if breaks and config.sequences == "one" and not config.line_ends:
        indents = " and indents" if _INDENT.search(text) else ""
        notes.append(
            f"{counted(breaks, 'line break')}{indents} {'were' if breaks > 1 or indents else 'was'} taken as blanks "
            "(--line-ends keeps each line's end as a symbol)"
        )
    if config.lower_case and text != text.lower():
        notes.append("capital letters were taken as small ones (--keep-case keeps them apart)")
    return notes


def too_long(name: str, has: str) -> str:
    """Return the sentence about a text that is longer than can be learned."""
    return f"{name} has {has}; at most {MAXIMUM_CHARACTERS:,} symbols can be learned"


def _blocks(text: str) -> Iterator[tuple[float, str]]:
    """Split a text into blocks at white space, where there is any, or else after a full stop or comma."""
    start = 0
    while start < len(text):
        stop = min(start + _BLOCK, len(text))
        if stop < len(text):
            found = _UP_TO_A_GAP.match(text, start, stop) or _UP_TO_A_STOP.match(text, start, stop)
            stop = found.end() if found else stop
            while stop < len(text) and unicodedata.combining(text[stop]):  # an accent stays with its letter
                stop += 1
        yield stop / len(text), text[start:stop]
        start = stop


def _plain(text: str, config: SymbolConfig) -> str:
    """Normalise the text: one form of each character, lower case and without punctuation where that is configured."""
    text = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
    if config.lower_case:
        text = text.lower()
    if not config.punctuation:
        signs = {ord(sign): None for sign in set(text) if unicodedata.category(sign)[0] in "PS"}
        text = text.translate(signs)
    return text


# -- characters -----------------------------------------------------------------------------------


def _characters(name: str, text: str, config: SymbolConfig) -> Job[Tokens]:
    parts = []
    for share, block in _blocks(text.strip()):
        yield 0.8 * share
        plain = _spaced(_plain(block, config), config)
        parts.append(np.frombuffer(plain.encode("utf-32-le"), np.uint32))
    points = np.concatenate(parts)
    space = points == ord(" ")
    line_end = points == ord(END)
    twice = space & np.concatenate([[True], space[:-1]])  # where a sign between two spaces was left out
    points, space, line_end = points[~twice], space[~twice], line_end[~twice]
    if len(space) and space[-1]:
        points, space, line_end = points[:-1], space[:-1], line_end[:-1]
    yield 0.9
    between = space | line_end
    position = _since(between)
    if not config.spaces:
        points, position = points[~space], position[~space]
    has_words = bool(between.any())
    names, codes = _counted(points)
    return Tokens(names, codes, position if has_words else None, "word" if has_words else "")


def _spaced(text: str, config: SymbolConfig) -> str:
    """Write white space of any length as one space, or as the end of a line where that is kept and there is one."""
    if not config.line_ends or config.sequences == "lines":
        return _SPACE.sub(" ", text)
    return _BLANKS.sub(" ", _BEFORE_LINE_END.sub(END, text))


def _counted(points: NDArray[np.uint32]) -> tuple[tuple[str, ...], NDArray[np.int32]]:
    """Return the different characters, of which there are few enough to count them in a table, and the code of each."""
    seen = np.nonzero(np.bincount(points))[0] if len(points) else np.empty(0, np.int64)
    place = np.zeros(int(seen[-1]) + 1 if len(seen) else 1, np.int32)
    place[seen] = np.arange(len(seen))
    return tuple(map(chr, seen.tolist())), place[points]


def _since(space: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return the position within each word; the space after a word is its last character."""
    rows = np.arange(len(space))
    begins = np.concatenate([[True], space[:-1]]) if len(space) else space
    return np.asarray(rows - np.maximum.accumulate(np.where(begins, rows, 0)), np.int64)


# -- words ----------------------------------------------------------------------------------------


def _words_and_signs(text: str, config: SymbolConfig) -> list[str]:
    """Return words, signs and line ends. Combining accents and vowel signs belong to their letters."""
    text = _plain(text, config.replace(punctuation=True))  # a sign within a word, as in don't, is always kept
    marks = "".join(sorted(sign for sign in set(text) if unicodedata.category(sign).startswith("M")))
    more, letters = (f"[{marks}]*", rf"[\w{marks}]*") if marks else ("", r"\w*")
    return re.findall(rf"\w{letters}(?:['’\-]\w{letters})*|[^\w\s]{more}|\n", text)


def _is_sign(word: str) -> bool:
    return not (word[0].isalnum() or word[0] == "_")


def _words(name: str, text: str, config: SymbolConfig) -> Job[Tokens]:
    """A sentence ends at a full stop, or at the end of a line where a text has none."""
    lines = not any(end in text for end in _SENTENCE_ENDS)
    symbols: list[str] = []
    position: list[int] = []
    place, sentences = 0, 0
    for share, block in _blocks(text.strip()):
        yield 0.9 * share
        for word in _words_and_signs(block, config):
            if word == END and config.line_ends:
                symbols.append(END)
                position.append(place)
                place += 1
                ends, sign = True, False
            elif word == "\n" or (word in _SENTENCE_ENDS and not config.punctuation):
                ends, sign = lines or word != "\n", False
            else:
                ends, sign = word in _SENTENCE_ENDS, _is_sign(word)
                if config.punctuation or not sign:
                    _refuse_long_word(name, word)
                    symbols.append(word)
                    position.append(place)
                    place += 1
            if ends and place:
                place, sentences = 0, sentences + 1
    grouped = sentences > 0
    return Tokens.of(symbols, position if grouped else None, "sentence" if grouped else "")


def _refuse_long_word(name: str, word: str) -> None:
    if len(word) > MAXIMUM_NAME:
        raise DataError(
            f"{name} has a word of {len(word):,} characters, {word[:20]!r} and so on; a symbol may have "
            f"{MAXIMUM_NAME} at most"
        )


# -- lines ----------------------------------------------------------------------------------------


def _lines(name: str, text: str, config: SymbolConfig) -> Job[Tokens]:
    """Each line that is not blank is a sequence, and an end mark its last symbol."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").removesuffix("\n").split("\n")
    of_words = config.unit is SymbolUnit.WORDS
    kept: list[str] = []  # lines of characters, or words and end marks
    lengths: list[int] = []
    for start in range(0, len(lines), _LINES_AT_ONCE):
        yield 0.8 * start / len(lines)
        block = "\n".join(lines[start : start + _LINES_AT_ONCE])
        for line in _words_by_line(name, block, config) if of_words else _characters_by_line(block, config):
            if line:
                kept += (*line, END) if of_words else (str(line),)
                lengths.append(len(line) + 1)
    blank = len(lines) - len(lengths)
    starts = np.repeat(np.cumsum(lengths, dtype=np.int64) - lengths, lengths)
    position = np.arange(len(starts)) - starts
    if of_words:
        return Tokens.of(kept, position.tolist(), "line", blank)
    points = np.frombuffer("".join(f"{line}{END}" for line in kept).encode("utf-32-le"), np.uint32)
    return Tokens(*_counted(points), position, "line", blank)


def _characters_by_line(block: str, config: SymbolConfig) -> Iterator[str]:
    for line in _plain(block, config).split("\n"):
        yield ("" if not config.spaces else " ").join(line.split())


def _words_by_line(name: str, block: str, config: SymbolConfig) -> Iterator[list[str]]:
    line: list[str] = []
    for word in (*_words_and_signs(block, config), "\n"):
        if word == "\n":
            yield line
            line = []
        elif config.punctuation or not _is_sign(word):
            _refuse_long_word(name, word)
            line.append(word)
