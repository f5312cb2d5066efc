"""Guides: the pages beside an experiment, in steps, with links that act on the window.

A page is one Markdown file in resources/pages. Each line that begins with "# " begins a step. A link's address is
its action: `do:train` presses a button (an action by its name), `cursor:9` puts the time cursor on a row counted from
0, `view:states` brings a view to the front. `{worked step}` stands for the numbers of the cursor's time step.
"""

from __future__ import annotations

from dataclasses import dataclass

from elman_core.support.resources import resource

__all__ = ["WORKED_STEP", "Page", "PageStep", "read_page"]

WORKED_STEP = "{worked step}"


@dataclass(frozen=True)
class PageStep:
    """A title, and Markdown."""

    title: str
    text: str


@dataclass(frozen=True)
class Page:
    """What is read beside an experiment."""

    steps: tuple[PageStep, ...]


def read_page(name: str) -> Page | None:
    """Return the page of an experiment; None where it has none."""
    file = resource("pages") / f"{name}.md"
    if not file.is_file():
        return None
    steps = []
    for part in f"\n{file.read_text(encoding='utf-8')}".split("\n# ")[1:]:
        title, _, text = part.partition("\n")
        steps.append(PageStep(title.strip(), text.strip()))
    return Page(tuple(steps))
