"""Splitter: panes whose borders a person moves, and which keep their sizes as the window changes its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, Qt, Slot
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import QSplitter, QWidget

__all__ = ["Pane", "Splitter"]


@dataclass(frozen=True)
class Pane:
    """A widget, and its size at first: in pixels where it is fixed, else its share of what the fixed ones leave."""

    widget: QWidget
    size: int = 1
    is_fixed: bool = False


class Splitter(QSplitter):
    """Gives each pane the size that was chosen last.

    A fixed pane keeps its pixels; the others share what is left in the proportion in which a person put them.
    """

    def __init__(self, orientation: Qt.Orientation, name: str, panes: Sequence[Pane]) -> None:
        super().__init__(orientation)
        self.setObjectName(name)
        self.setHandleWidth(12 if orientation is Qt.Orientation.Horizontal else 8)
        self.setChildrenCollapsible(False)
        self._panes = tuple(panes)
        self._chosen = self.first_sizes
        for pane in panes:
            self.addWidget(pane.widget)
        self.splitterMoved.connect(self._on_moved)

    @property
    def first_sizes(self) -> list[int]:
        """The sizes that nobody has changed."""
        return [pane.size for pane in self._panes]

    @property
    def chosen(self) -> list[int]:
        """The sizes as they were chosen: of fixed panes pixels, of the others parts of what is left."""
        return list(self._chosen)

    def choose(self, sizes: Sequence[int]) -> None:
        """Use these sizes, one for each pane."""
        self._chosen = list(sizes)
        self._apply()

    def _apply(self) -> None:
        shown = [not pane.widget.isHidden() for pane in self._panes]
        extent = self.width() if self.orientation() is Qt.Orientation.Horizontal else self.height()
        left = extent - self.handleWidth() * max(0, sum(shown) - 1)
        parts = 0
        for pane, size, is_shown in zip(self._panes, self._chosen, shown, strict=True):
            if is_shown and pane.is_fixed:
                left -= size
            elif is_shown:
                parts += size
        self.setSizes(
            [
                size if pane.is_fixed else max(0, round(left * size / max(1, parts)))
                for pane, size in zip(self._panes, self._chosen, strict=True)
            ]
        )

    @Slot()
    def _on_moved(self) -> None:
        for index, size in enumerate(self.sizes()):
            if not self._panes[index].widget.isHidden():
                self._chosen[index] = max(1, size)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Share the new size as it was chosen."""
        super().resizeEvent(event)
        self._apply()

    def showEvent(self, event: QShowEvent) -> None:
        """Share the size among the panes that are shown now."""
        super().showEvent(event)
        self._apply()

    def event(self, event: QEvent) -> bool:
        """Share the size anew when a pane needs more room, or is shown or hidden."""
        done = super().event(event)
        if event.type() == QEvent.Type.LayoutRequest:
            self._apply()
        return done
