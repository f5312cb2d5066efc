"""Text files: opening them safely, and detecting their encoding."""

from __future__ import annotations

import codecs
import io
import re
from pathlib import Path
from typing import BinaryIO, Literal

from elman_core.errors import DataError
from elman_core.support.files import NotRegularError, TooLargeError, open_regular

__all__ = [
    "MAXIMUM_BYTES",
    "MAXIMUM_LINE",
    "SAMPLE_BYTES",
    "SCRIPTS",
    "Encoding",
    "decoded_sample",
    "encoding_note",
    "encoding_of",
    "encoding_title",
    "open_text_file",
    "sample_of",
]

MAXIMUM_BYTES = 2**30
MAXIMUM_LINE = 2**20
SAMPLE_BYTES = 2**18

Encoding = Literal[
    "utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252", "latin-1", "cp1250", "cp1251", "cp1253",
    "cp1254", "cp932", "gb18030", "big5", "cp949",
]  # fmt: skip
SCRIPTS = {
    "cp1252": "Western Europe", "latin-1": "Western Europe", "cp1250": "Central Europe", "cp1251": "Cyrillic",
    "cp1253": "Greek", "cp1254": "Turkish", "cp932": "Japanese", "gb18030": "Chinese", "big5": "Chinese, traditional",
    "cp949": "Korean",
}  # fmt: skip
"""The letters of encodings that have some only."""
_FOREIGN = re.compile(r"[^\s,;|\"']*[^\W\d_a-zA-Z][^\s,;|\"']*")
"""A word with a letter that is not of ASCII."""
_MOST_SHOWN = 20


def open_text_file(
    path: Path, what: str = "a text file with a table", content: str = "a table with rows of numbers"
) -> tuple[BinaryIO, int]:
    """Open a file and return it with its size in bytes.

    `what` and `content` are named in errors as what was expected.

    Raises
    ------
    DataError
        When there is no such file, it cannot be opened, it is not a plain file, is empty or too large.
    """
    name = path.name or str(path)
    try:
        str(path).encode()
    except UnicodeEncodeError:
        raise DataError(f"{name!a} has letters in its name or folder that are not valid text; rename it") from None
    try:
        file, size = open_regular(path, MAXIMUM_BYTES)
    except IsADirectoryError:
        raise DataError(f"{name} is a folder; {what} was expected") from None
    except NotRegularError:
        raise DataError(f"{name} is a device or a pipe; {what} was expected") from None
    except TooLargeError as error:
        raise DataError(f"{name} has {error.size:,} bytes; at most {error.most:,} can be read") from None
    except (FileNotFoundError, NotADirectoryError):
        raise DataError(f"{name} was not found in {path.absolute().parent}; a text file was expected") from None
    except PermissionError:
        raise DataError(f"{name} may not be read by you; a file with permission to read was expected") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise DataError(f"{name} cannot be opened: {reason}") from None
    if not size:
        file.close()
        raise DataError(f"{name} is empty; {content} was expected")
    return file, size


def sample_of(path: Path) -> tuple[bytes, bool]:
    """Read the beginning, and more if it has no line break; also return whether that is the whole file."""
    try:
        with open_text_file(path)[0] as file:
            sample = file.read(SAMPLE_BYTES)
            if b"\n" not in sample and b"\r" not in sample:
                sample += file.read(4 * MAXIMUM_LINE)
            return sample, not file.read(1)
    except OSError as error:
        raise DataError(f"{path.name} cannot be read: {error.strerror or error}") from None


def encoding_title(encoding: str) -> str:
    """Return what an encoding is called, whether or not it begins with a mark."""
    return encoding.removesuffix("-sig").upper()


def encoding_note(encoding: str, sample: bytes, remedy: str = "choose another encoding (--encoding)") -> str:
    """Say how letters are read of which only a guess can tell, with a word that has some; nothing where none is."""
    if encoding not in SCRIPTS:
        return ""
    text = decoded_sample(sample, encoding, "replace")
    found = _FOREIGN.search(text)
    shown = f", such as {found[0][:_MOST_SHOWN]!r}" if found else ""
    return (
        f"it is no UTF-8, so its letters are read as {encoding_title(encoding)} ({SCRIPTS[encoding]}){shown}; where "
        f"they look wrong, {remedy}"
    )


def encoding_of(name: str, sample: bytes, what: str = "a table such as CSV") -> Encoding:
    """Detect the encoding of a sample of bytes.

    A sample that begins with the mark of UTF-8 is taken for that whatever follows: reading says which row is none.

    Raises
    ------
    DataError
        When it is no text; `what` was expected.
    """
    if sample.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    if sample.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        guesses: tuple[Encoding, ...] = ("utf-16",)
    elif sample.startswith(b"PK\x03\x04"):
        raise DataError(f"{name} is an Excel workbook or a zip archive; a text file such as CSV was expected")
    elif sample[8:9] == b"{" and b'"__metadata__"' in sample and b"\0" in sample[:8]:
        raise DataError(f"{name} is a model file; {what} was expected")
    else:
        even, odd = sample[::2].count(0), sample[1::2].count(0)
        if odd > len(sample) // 8 and even < odd // 8:
            guesses = ("utf-16-le",)
        elif even > len(sample) // 8 and odd < even // 8:
            guesses = ("utf-16-be",)
        else:
            guesses = ("utf-8", "cp1252", "latin-1")
    for encoding in guesses:
        try:
            decoded_sample(sample, encoding, "strict")
        except UnicodeDecodeError:
            continue
        return encoding
    raise DataError(f"{name} is not a text file; {what} was expected")


def decoded_sample(sample: bytes, encoding: str, errors: str) -> str:
    """Decode a sample, which may end in the middle of a character."""
    decoder = io.IncrementalNewlineDecoder(codecs.getincrementaldecoder(encoding)(errors), translate=True)
    return str(decoder.decode(sample))
