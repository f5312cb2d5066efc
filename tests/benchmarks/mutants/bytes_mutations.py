"""Damage to bytes: what disks, transfers, editors and spreadsheets do to a file, and what an attacker would."""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable
from random import Random

__all__ = ["BYTES", "TEXTS", "mutated"]

Mutation = Callable[[bytes, Random], bytes]

_LARGEST = 3 * 2**20
_HOW_MANY = (1, 1, 1, 1, 2, 2, 3, 5, 8)
_NUMBER = re.compile(rb"[0-9][0-9.,:/-]*")
_CODECS = ("utf-16-le", "utf-16-be", "utf-16", "utf-32-le", "latin-1", "cp1252", "cp037", "utf-7", "shift_jis", "utf-8")
_MARKS = (
    codecs.BOM_UTF8,
    codecs.BOM_UTF16_LE,
    codecs.BOM_UTF16_BE,
    codecs.BOM_UTF32_LE,
    b"\x00",
    b"\xff",
    b"PK\x03\x04",
)
_DELIMITERS = (b",", b";", b"\t", b"|", b" ", b":", b"\x00", b"\x1f", b",,", b", ", b"\n", b'"')
_CELLS = tuple(
    text.encode("utf-8", "surrogatepass")
    for text in (
        "", "-", "--1", "+-1", "1e400", "-1e400", "1e308", "1.7976931348623157e308", "-1.7976931348623157e308",
        "5e-324", "9" * 400, "9" * 5_000, "0." + "0" * 400 + "1", "1e", "e5", "1_000", "0x10", "nan", "NaN", "inf",
        "-Infinity", "NULL", "n/a", "TRUE", "٣٫٥", "１２", "²", "½", "1,5", "1.000,5", "1 000", "1'000", "1.2.3", "1/2",
        "12:30", "0000-00-00", "0001-01-01", "9999-12-31", "10000-01-01", "1677-09-21", "2262-04-12", "2024-02-30",
        "1900-02-29", "2024-06-30 23:59:60", "2024-01-01T00:00:00Z", "2024-01-01T00:00:00+99:99", "01/02/03",
        "99999999", "00000000", "today", "now", "=1+1", "@x", "#", "# 1", "sep=;", "sep=\x00", "\x1b[31m", "\u202e1",
        "\u200b", "\ufeff", "\u2028", "\x85", "\x0b", "\x0c", "\x7f", "\x9b", "\ud800", "<b>1</b>", "[red]", "%s",
        "{0}", "\\", "'", '"', '""', '"""', '"1', '1"', '"1\n2"', "x" * 300, "x" * 70_000, "a\u0301" * 50, "😀",
    )
)  # fmt: skip


def mutated(data: bytes, mutations: tuple[Mutation, ...], random: Random) -> bytes:
    """Apply some of the mutations, one after the other."""
    for _ in range(random.choice(_HOW_MANY)):
        data = random.choice(mutations)(data, random)[:_LARGEST]
    return data


# -- any bytes --------------------------------------------------------------------------------------


def _span(data: bytes, random: Random) -> tuple[int, int]:
    start = random.randint(0, len(data))
    longest = random.choice((1, 2, 8, 64, len(data)))
    return start, min(len(data), start + random.randint(0, longest))


def _flip(data: bytes, random: Random) -> bytes:
    changed = bytearray(data)
    for _ in range(random.choice((1, 1, 2, 8))):
        if changed:
            changed[random.randrange(len(changed))] ^= 1 << random.randrange(8)
    return bytes(changed)


def _overwrite(data: bytes, random: Random) -> bytes:
    start, stop = _span(data, random)
    return data[:start] + random.randbytes(min(stop - start, 64)) + data[stop:]


def _insert(data: bytes, random: Random) -> bytes:
    start, _ = _span(data, random)
    return data[:start] + random.randbytes(random.choice((1, 2, 7, 50))) + data[start:]


def _cut(data: bytes, random: Random) -> bytes:
    start, stop = _span(data, random)
    return data[:start] + data[stop:]


def _truncate(data: bytes, random: Random) -> bytes:
    return data[: random.randint(0, len(data))]


def _repeat(data: bytes, random: Random) -> bytes:
    start, stop = _span(data, random)
    times = random.choice((1, 1, 2, 5, 50))
    return data[:stop] + data[start:stop] * times + data[stop:]


def _swap(data: bytes, random: Random) -> bytes:
    a, b, c = sorted(random.randint(0, len(data)) for _ in range(3))
    return data[:a] + data[b:c] + data[a:b] + data[c:]


def _nothing(data: bytes, random: Random) -> bytes:
    """Zero a span, as a disk does that has lost a block."""
    start, stop = _span(data, random)
    return data[:start] + bytes(stop - start) + data[stop:]


def _mark(data: bytes, random: Random) -> bytes:
    start = random.choice((0, 0, random.randint(0, len(data))))
    return data[:start] + random.choice(_MARKS) + data[start:]


BYTES: tuple[Mutation, ...] = (_flip, _overwrite, _insert, _cut, _truncate, _repeat, _swap, _nothing, _mark)


# -- texts and tables -------------------------------------------------------------------------------


def _recode(data: bytes, random: Random) -> bytes:
    """Write the rest, or all, in another encoding, as two programs that append to one file do."""
    start = random.choice((0, random.randint(0, len(data))))
    text = data[start:].decode(random.choice(("utf-8", "latin-1")), "replace")
    return data[:start] + text.encode(random.choice(_CODECS), "replace")


def _other_delimiter(data: bytes, random: Random) -> bytes:
    return data.replace(random.choice(_DELIMITERS), random.choice(_DELIMITERS), random.choice((-1, -1, 1, 5)))


def _other_line_ends(data: bytes, random: Random) -> bytes:
    ends = (b"\r\n", b"\r", b"\n\n", b"\x0b", b"\xc2\x85", b"\xe2\x80\xa8", b"\n\r", b"", b"\n#")
    return data.replace(b"\n", random.choice(ends), random.choice((-1, 1, 5)))


def _other_number(data: bytes, random: Random) -> bytes:
    numbers = list(_NUMBER.finditer(data[:100_000]))
    if not numbers:
        return _insert_cell(data, random)
    found = random.choice(numbers)
    return data[: found.start()] + random.choice(_CELLS) + data[found.end() :]


def _insert_cell(data: bytes, random: Random) -> bytes:
    start = random.randint(0, len(data))
    return data[:start] + random.choice(_CELLS) + data[start:]


def _lines_changed(data: bytes, random: Random) -> bytes:
    """Shuffle, double, drop, reverse or sort lines."""
    first, *lines = data.split(b"\n")
    match random.randrange(5):
        case 0:
            random.shuffle(lines)
        case 1:
            lines = [line for line in lines for _ in range(random.choice((1, 1, 2)))]
        case 2:
            lines = [line for line in lines if random.random() < 0.5]
        case 3:
            lines.reverse()
        case _:
            lines.insert(random.randint(0, len(lines)), first)
    return b"\n".join([first, *lines])


def _whole_column(data: bytes, random: Random) -> bytes:
    """Put the same cell into a column of every line."""
    cell, place = random.choice(_CELLS)[:50], random.randrange(4)
    lines: list[bytes] = []
    for line in data.split(b"\n"):
        row = line.split(b",")
        if place < len(row) and (lines or random.random() < 0.2):
            row[place] = cell
        lines.append(b",".join(row))
    return b"\n".join(lines)


def _wide(data: bytes, random: Random) -> bytes:
    start = random.randint(0, len(data))
    return data[:start] + random.choice((b",", b";", b"1,", b"\t")) * random.choice((3, 300, 12_000)) + data[start:]


def _long_line(data: bytes, random: Random) -> bytes:
    """Make a very long line, seldom: it takes long."""
    if random.random() > 0.03:
        return _insert_cell(data, random)
    start = random.randint(0, len(data))
    return data[:start] + random.choice((b"1", b"a", b" ", b'"', b"1 ", b"\xc3\xa4")) * (2**20 + 7) + data[start:]


TEXTS: tuple[Mutation, ...] = (
    *BYTES, _recode, _recode, _other_delimiter, _other_delimiter, _other_line_ends, _other_number, _other_number,
    _other_number, _insert_cell, _insert_cell, _lines_changed, _whole_column, _whole_column, _wide, _long_line,
)  # fmt: skip
