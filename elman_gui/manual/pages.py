"""Pages of the manual, as they are shipped: Markdown files, a table of contents, and a glossary."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from elman_core.support.resources import resource

__all__ = ["CONTENTS", "FOLDER", "GLOSSARY", "Chapter", "Manual", "ManualPage", "anchor_of", "read_manual"]

FOLDER: Path = resource("manual")
CONTENTS, GLOSSARY = "contents", "glossary"
_CHAPTER_OR_PAGE = re.compile(r"^(?:## (?P<chapter>.+)|- \[[^]]+\]\((?P<page>[a-z0-9-]+)\.md\).*)$", re.MULTILINE)
_TERM = re.compile(r"^## (.+)$", re.MULTILINE)


@dataclass(frozen=True)
class ManualPage:
    """One page: its file's name without the ending, its title, and its text in Markdown, title included."""

    name: str
    title: str
    text: str


@dataclass(frozen=True)
class Chapter:
    """Pages that belong together, in order."""

    title: str
    pages: tuple[ManualPage, ...]


@dataclass(frozen=True)
class Manual:
    """All pages, in the order of the table of contents, which is a page itself.

    Attributes
    ----------
    terms
        What the glossary explains, as written there.
    """

    contents: ManualPage
    chapters: tuple[Chapter, ...]
    terms: tuple[str, ...]

    @property
    def pages(self) -> tuple[ManualPage, ...]:
        """Every page but the table of contents."""
        return tuple(page for chapter in self.chapters for page in chapter.pages)

    def page(self, name: str) -> ManualPage | None:
        """Return the page of that name; None where there is none."""
        return next((page for page in (self.contents, *self.pages) if page.name == name), None)


@cache
def read_manual() -> Manual:
    """Read all pages; they do not change while the program runs."""
    contents = _read(CONTENTS)
    chapters: list[tuple[str, list[ManualPage]]] = []
    for found in _CHAPTER_OR_PAGE.finditer(contents.text):
        if found["chapter"]:
            chapters.append((found["chapter"], []))
        else:
            chapters[-1][1].append(_read(found["page"]))
    terms = _TERM.findall(_read(GLOSSARY).text)
    return Manual(contents, tuple(Chapter(title, tuple(pages)) for title, pages in chapters), tuple(terms))


def anchor_of(heading: str) -> str:
    """Return what a link names a heading by: "truncated-bptt" for "Truncated BPTT"."""
    return re.sub(r"[^a-z0-9]+", "-", heading.lower()).strip("-")


def _read(name: str) -> ManualPage:
    text = (FOLDER / f"{name}.md").read_text(encoding="utf-8")
    return ManualPage(name, text.partition("\n")[0].removeprefix("# ").strip(), text)
