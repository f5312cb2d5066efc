"""Search: which pages have some words, and in which sentences."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from elman_gui.manual.pages import Manual, ManualPage

__all__ = ["Hit", "search", "word_pattern", "words_of"]

_MOST_SENTENCES = 3
"""Of one page."""
_PICTURE = re.compile(r"!\[[^]]*\]\([^)]*\)")
_LINK = re.compile(r"\[([^]]*)\]\([^)]*\)")
_MARKUP = re.compile(r"\*\*|`|(?<!\w)\*|\*(?!\w)")
_RULE = re.compile(r"^\|[-:| ]+\|$", re.MULTILINE)
_SECTION = re.compile(r"^(?=#+ )", re.MULTILINE)
_BLOCK = re.compile(r"\n\s*\n|\n(?=- |\d+\. |\|)")
_LIST_MARK = re.compile(r"^\s*(?:- |\d+\. |\|)")
_SENTENCE = re.compile(r"(?<=[.!?])\s+")


@dataclass(frozen=True)
class Hit:
    """A sentence that has the words, or most of them; under which heading of which page it stands."""

    page: ManualPage
    heading: str
    sentence: str

    @property
    def title(self) -> str:
        """Where it stands: page and heading."""
        return self.page.title if self.heading == self.page.title else f"{self.page.title} › {self.heading}"


def words_of(query: str) -> tuple[str, ...]:
    """Return the words that are searched for, in lower case."""
    return tuple(dict.fromkeys(query.lower().split()))


def word_pattern(words: tuple[str, ...]) -> re.Pattern[str]:
    """Find any of the words, or the beginning of a longer one."""
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, words)) or '(?!)'})", re.IGNORECASE)


def search(manual: Manual, query: str) -> tuple[Hit, ...]:
    """Return the best sentences of every page that has all words, or the beginnings of longer ones.

    Pages that have all of them in one place come first; of these, pages that have them in a title or heading, and then
    those that have them most often.
    """
    words = words_of(query)
    if not words:
        return ()
    found: list[tuple[tuple[int, ...], list[Hit]]] = []
    for page in manual.pages:
        hits = _sentences(page)
        whole = " ".join([page.title, *(hit.heading for hit in hits), *(hit.sentence for hit in hits)])
        if _count(whole, words) < len(words):
            continue
        # The heading of a section stands for all of it.
        counted = [(_count(f"{hit.heading} {hit.sentence}", words), hit) for hit in hits]
        most = max(count for count, _ in counted)
        best = [hit for count, hit in counted if count == most]
        best.sort(key=lambda hit: -_count(hit.heading, words))
        in_heading = max(_count(hit.heading, words) for hit in best)
        often = len(word_pattern(words).findall(whole))
        found.append(((-most, -_count(page.title, words), -in_heading, -often), best[:_MOST_SENTENCES]))
    found.sort(key=lambda each: each[0])
    return tuple(hit for _, hits in found for hit in hits)


@cache
def _sentences(page: ManualPage) -> tuple[Hit, ...]:
    """Return every sentence of a page, without the marks of Markdown."""
    return tuple(_read_sentences(page))


def _read_sentences(page: ManualPage) -> Iterator[Hit]:
    for section in _SECTION.split(page.text):
        heading, _, body = section.partition("\n")
        heading = heading.lstrip("# ").strip()
        for block in _BLOCK.split(_RULE.sub("", _PICTURE.sub("", body))):
            for sentence in _SENTENCE.split(_LIST_MARK.sub("", block)):
                plain = _MARKUP.sub("", _LINK.sub(r"\1", sentence))
                plain = re.sub(r"\s*\|\s*", "  ", " ".join(plain.split())).strip()
                if plain:
                    yield Hit(page, heading, plain)


def _count(text: str, words: tuple[str, ...]) -> int:
    """How many of the words a text has."""
    return sum(1 for word in words if word_pattern((word,)).search(text))
