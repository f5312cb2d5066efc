"""ClassMarks: a mark and a colour for each class of symbols, since colours are never the only sign."""

from __future__ import annotations

from collections.abc import Iterable

from elman_gui.theme import Theme

__all__ = ["ClassMarks"]

_MARKS = ("●", "▲", "■", "◆")


class ClassMarks:
    """The classes in alphabetical order; sixteen can be told apart."""

    def __init__(self, kinds: Iterable[str] = ()) -> None:
        self.kinds = tuple(sorted({*kinds} - {""}))

    def mark(self, kind: str) -> str:
        """Return the mark of a class; nothing for none."""
        if kind not in self.kinds:
            return ""
        index = self.kinds.index(kind)
        return _MARKS[(index + index // len(_MARKS)) % len(_MARKS)]

    def color(self, kind: str, theme: Theme) -> str:
        """Return the colour of a class; ink for none."""
        colors = (theme.one_step, theme.closed_loop, theme.best, theme.ink)
        return colors[self.kinds.index(kind) % len(colors)] if kind in self.kinds else theme.ink

    def named(self, name: str, kind: str) -> str:
        """Return a name after the mark of its class."""
        return f"{self.mark(kind)} {name}".lstrip()

    def legend(self) -> str:
        """Return every mark with what it stands for."""
        return "   ".join(self.named(kind, kind) for kind in self.kinds)
