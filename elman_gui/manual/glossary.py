"""Links from the words of a page to the glossary, so that no page has to write them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from elman_gui.manual.pages import GLOSSARY, Manual, ManualPage, anchor_of

__all__ = ["linked_text", "terms_in"]

_NO_PROSE = re.compile(
    r"^    .*$|`[^`\n]*`|!?\[[^]]*\]\([^)]*\)|\*\*[^*]+\*\*|^#.*$", re.MULTILINE
)  # fmt: skip
"""What is left as it is: code, links, pictures, names of controls, and headings."""
_SECTION = re.compile(r"^(?=## )", re.MULTILINE)


@cache
def linked_text(page: ManualPage, manual: Manual) -> str:
    """Return a page's text in which every term, where it comes first, leads to its explanation.

    In the glossary each section is a page of its own, which does not lead to itself.
    """
    if page.name != GLOSSARY:
        return _linked(page.text, manual.terms)
    return "".join(
        _linked(section, manual.terms, own=section.partition("\n")[0].removeprefix("## "))
        for section in _SECTION.split(page.text)
    )


def terms_in(text: str, terms: tuple[str, ...]) -> set[str]:
    """Return the terms that the prose of a text uses."""
    pattern, known = _pattern(terms)
    return {
        known[_plain(found[1])] for piece, is_prose in _pieces(text) if is_prose for found in pattern.finditer(piece)
    }


def _linked(text: str, terms: tuple[str, ...], own: str = "") -> str:
    pattern, known = _pattern(terms)
    seen = {own}

    def link(found: re.Match[str]) -> str:
        term = known[_plain(found[1])]
        if term in seen:
            return found[0]
        seen.add(term)
        return f"[{found[0]}]({GLOSSARY}.md#{anchor_of(term)})"

    return "".join(pattern.sub(link, piece) if is_prose else piece for piece, is_prose in _pieces(text))


@cache
def _pattern(terms: tuple[str, ...]) -> tuple[re.Pattern[str], dict[str, str]]:
    """Find any term, the longest that fits, in the singular or the plural; and know it by its lower case."""
    words = "|".join(r"\s+".join(map(re.escape, term.split())) for term in sorted(terms, key=len, reverse=True))
    pattern = re.compile(rf"(?<![\w-])({words or '(?!)'})(?:s|es)?(?![\w-])", re.IGNORECASE)
    return pattern, {term.lower(): term for term in terms}


def _plain(found: str) -> str:
    return " ".join(found.lower().split())


def _pieces(text: str) -> Iterator[tuple[str, bool]]:
    """Yield the text in pieces, each with whether it is prose."""
    at = 0
    for found in _NO_PROSE.finditer(text):
        yield text[at : found.start()], True
        yield found[0], False
        at = found.end()
    yield text[at:], True
