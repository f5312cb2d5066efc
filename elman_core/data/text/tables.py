"""From a text, or a column of a table, to a stream of symbols that a network can learn."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from elman_core.config import SymbolConfig, SymbolUnit
from elman_core.data.csv.detect import detect_format
from elman_core.data.csv.gather import Gathered
from elman_core.data.csv.sheets import is_sheet_file
from elman_core.data.panel import Panel
from elman_core.data.table import Source, Table, TableFormat, TimeAxis
from elman_core.data.text.features import Features
from elman_core.data.text.read import read_column, read_text
from elman_core.data.text.tokenize import Tokens, change_notes, tokenize
from elman_core.data.text.vocabulary import END, OTHER, CodedRows, Symbols, Vocabulary, shown
from elman_core.data.text_file import encoding_note, encoding_of, sample_of
from elman_core.errors import DataError
from elman_core.support.boundaries import refused_if_unexpected
from elman_core.support.jobs import Job
from elman_core.support.text_format import counted

__all__ = ["TokenizedText", "pasted_table", "tokenized_column", "tokenized_file", "tokenized_text"]

_AXES = {SymbolUnit.CHARACTERS: "character", SymbolUnit.WORDS: "word", SymbolUnit.ROWS: "row"}
_SHOWN = 2_000
_PASTED = Source(kind="pasted", name="text")


@dataclass(frozen=True)
class TokenizedText:
    """A text, or a column of a table, split into symbols that have no vectors yet; rows are gathered by sequence.

    The `changes` say what of the text is not among its symbols.
    """

    name: str
    tokens: Tokens
    config: SymbolConfig
    source: Source
    gathered: Gathered | None = None
    changes: tuple[str, ...] = ()

    @property
    def beginning(self) -> str:
        """The first symbols, as they were read."""
        names = [shown(self.tokens.names[code]) for code in self.tokens.codes[:_SHOWN].tolist()]
        blanks = {SymbolUnit.CHARACTERS: "", SymbolUnit.WORDS: " ", SymbolUnit.ROWS: "\n"}
        return blanks[self.config.unit].join(names)

    def table(self, vectors: Features | Vocabulary | None = None) -> Table:
        """Return the symbols as a series of vectors.

        `vectors` is a table of features, or the vocabulary of a trained network; None for one-hot ones.

        Raises
        ------
        DataError
            When a symbol has no vector.
        """
        name, tokens, config = self.name, self.tokens, self.config
        notes = [] if self.gathered is None else [f"{name}: {note}" for note in self.gathered.notes]
        notes += [f"{name}: {change}" for change in self.changes]
        if tokens.blank_lines:
            notes.append(f"{name}: {counted(tokens.blank_lines, 'blank line')} left out")
        if isinstance(vectors, Vocabulary):
            vocabulary = vectors
            known = frozenset(vocabulary.names)
            unknown = [token for token in tokens.names if token not in known]
            if unknown and OTHER in known:
                notes.append(f"{name}: {counted(len(unknown), 'symbol')} not in the vocabulary read as {OTHER}")
        elif vectors is not None:
            vocabulary = vectors.vocabulary_of(tokens.names, tokens.counts, name)
            notes += _alike(vocabulary)
        else:
            vocabulary = _one_hot(name, tokens, config, notes)
        codes = vocabulary.encoded(tokens.names, name)[tokens.codes]
        symbols = Symbols(vocabulary, codes, config, tokens.position, tokens.group)
        return _table(name, symbols, self.source, notes, None if self.gathered is None else self.gathered.panel)


def tokenized_text(text: str, config: SymbolConfig) -> Job[TokenizedText]:
    """Split a pasted text into symbols."""
    tokens = yield from tokenize("the text", text, config)
    return TokenizedText(_PASTED.name, tokens, config, _PASTED, changes=tuple(change_notes(text, config)))


def tokenized_file(path: Path, config: SymbolConfig) -> Job[TokenizedText]:
    """Read a text file and split it into symbols."""
    name = path.name or str(path)
    with refused_if_unexpected(DataError, name):
        text = yield from read_text(path)
        tokens = yield from tokenize(name, text, config)
        sample = sample_of(path)[0]
        guessed = encoding_note(encoding_of(name, sample), sample, "save it as UTF-8")
    source = Source(kind="text", name=name, path=str(path.absolute()))
    changes = (*filter(None, [guessed]), *change_notes(text, config))
    return TokenizedText(name, tokens, config, source, changes=changes)


def tokenized_column(
    path: Path, column: str | None, config: SymbolConfig, table_format: TableFormat | None = None
) -> Job[TokenizedText]:
    """Read the rows of a table's column as symbols; without a name, of the first one beside the time."""
    yield 0.0
    changes: list[str] = []
    if table_format is None:
        table_format = detect_format(path)
        if not is_sheet_file(path):
            changes += filter(None, [encoding_note(table_format.encoding, sample_of(path)[0])])
    config = config.replace(unit=SymbolUnit.ROWS)
    with refused_if_unexpected(DataError, path.name):
        tokens, column, gathered, has_capitals = yield from read_column(path, column, table_format, config)
    if table_format.header:
        changes.append(f"the first row, {column!r}, is taken for the name of the column (--no-header: it is a symbol)")
    if has_capitals:
        changes.append("capital letters were taken as small ones (--keep-case keeps them apart)")
    source = Source(kind="csv", name=path.name, path=str(path.absolute()), format=table_format, column=column)
    return TokenizedText(path.name, tokens, config, source, gathered, tuple(changes))


def pasted_table(symbols: Symbols) -> Table:
    """Return the table of a pasted text, of which only the symbols are kept."""
    return _table("text", symbols, _PASTED, [])


def _table(name: str, symbols: Symbols, source: Source, notes: list[str], panel: Panel | None = None) -> Table:
    if symbols.end is not None:  # lines are told apart by the marks at their ends
        starts = np.flatnonzero(np.concatenate([[True], symbols.codes[:-1] == symbols.end]))
        panel = Panel.of(len(symbols), starts)
        openings = np.bincount(symbols.codes[starts], minlength=len(symbols.vocabulary.names))
        symbols = replace(symbols, openings=openings.astype(np.int64))
    return Table(
        name=name,
        columns=symbols.vocabulary.columns,
        values=CodedRows(symbols.vocabulary.vectors, symbols.codes),
        axis=TimeAxis.steps(len(symbols), _AXES[symbols.config.unit]),
        source=source,
        notes=tuple(notes),
        symbols=symbols,
        sequences=panel,
    )


def _one_hot(name: str, tokens: Tokens, config: SymbolConfig, notes: list[str]) -> Vocabulary:
    """Return the vocabulary of the most frequent symbols; all rarer ones are grouped as ⟨other⟩."""
    counts = tokens.counts
    ends = {place for place, token in enumerate(tokens.names) if token == END}  # kept however rare
    ranked = sorted(range(len(tokens.names)), key=lambda p: (p not in ends, -counts[p], tokens.names[p]))
    kept = [p for p in ranked[: config.largest_vocabulary] if counts[p] >= config.minimum_count or p in ends]
    names = tuple(sorted(tokens.names[place] for place in kept if tokens.names[place] != OTHER))
    rare = len(tokens.names) - len(names)
    if rare:
        share = 100 * (1 - counts[kept].sum() / counts.sum())
        of = f"{share:.2g} % of the {config.unit.value}"
        notes.append(f"{name}: {counted(rare, 'rare symbol')} ({of}) grouped as {OTHER}")
        names = (*names, OTHER)
    if len(names) < 2 and rare:
        raise DataError(f"{name} has no symbol {config.minimum_count:,} times; choose a smaller number of times")
    return Vocabulary.one_hot(names)


def _alike(vocabulary: Vocabulary) -> list[str]:
    """Name two symbols that have the same features: no network can tell them apart."""
    first: dict[bytes, str] = {}
    for name, vector in zip(vocabulary.names, vocabulary.vectors, strict=True):
        other = first.setdefault(vector.tobytes(), name)
        if other != name:
            return [f"{shown(other)!r} and {shown(name)!r} have the same features: they cannot be told apart"]
    return []
