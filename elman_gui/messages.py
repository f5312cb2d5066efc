"""Errors in words for a person."""

from __future__ import annotations

from elman_core.errors import ElmanError

__all__ = ["as_sentence", "sentence"]


def sentence(error: Exception) -> str:
    """Say an error to a person; what they cannot act on is in the log."""
    if isinstance(error, ElmanError):
        return str(error)
    if isinstance(error, MemoryError):
        return "There is not enough memory for this. Nothing was lost; close other programs, or try something smaller."
    return f"Something unexpected happened ({type(error).__name__}: {error}). Nothing was lost; details are in the log."


def as_sentence(words: str) -> str:
    """Begin words with a capital, unless it is a file's name, and end them with a full stop; no words stay none."""
    if words.partition(" ")[0].isalpha():
        words = f"{words[0].upper()}{words[1:]}"
    return f"{words.removesuffix('.')}." if words else ""
