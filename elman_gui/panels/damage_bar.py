"""DamageBar: which damage is done to how many networks, and how often."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtGui import QAction, QMouseEvent, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QMenu, QProgressBar, QPushButton, QToolButton, QWidget

from elman_gui.number_boxes import WholeNumberBox
from elman_gui.plain_text import PlainLabel

__all__ = ["DamageBar"]

_MOST_LEVELS, _MOST_REPEATS, _MOST_STEPS = 100, 1_000, 1_000_000
_SPACING = 8


class DamageBar(QWidget):
    """Fields, a button that begins and one that ends, and how far the work is; in two lines where there is no room.

    Signals
    -------
    run_wanted(), stop_wanted()
    """

    run_wanted = Signal()
    stop_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.kinds = QToolButton()
        self.kinds.setObjectName("button")
        self.kinds.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.kinds.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.kinds.setAccessibleName("Kinds of damage")
        self.kinds.setToolTip("Which kinds of damage are done")
        self._menu = _StayingMenu(self.kinds)
        self.kinds.setMenu(self._menu)
        self._actions: dict[str, QAction] = {}
        self.levels = WholeNumberBox(1, _MOST_LEVELS)
        self.networks = WholeNumberBox(1, 1)
        self.repeats = WholeNumberBox(1, _MOST_REPEATS)
        self.steps = WholeNumberBox(10, _MOST_STEPS)
        self.run, self.stop = QPushButton("Run"), QPushButton("Stop")
        self.run.setToolTip("Damage the networks, and draw what they still reach")
        self.stop.setToolTip("End the work; the kinds that are done stay")
        for button in (self.run, self.stop):
            button.setAutoDefault(False)
        self.progress = QProgressBar()
        self.progress.setRange(0, 1_000)
        self.progress.setTextVisible(False)
        self.progress.setFixedWidth(96)
        self.progress.setAccessibleName("Progress of the damage")
        self._steps_label = PlainLabel("Fresh steps")
        what, how = QWidget(), QWidget()
        self._rows = [
            _row(
                what,
                self.kinds,
                *_labelled("Levels", self.levels, "How many levels, evenly spread up to all that there is"),
                *_labelled("Networks", self.networks, "How many of the trained networks are damaged: the first ones"),
            ),
            _row(
                how,
                *_labelled("Repeats", self.repeats, "How often each is damaged, each time by another draw"),
                *_labelled(self._steps_label, self.steps, "Steps of the fresh stream that they are measured on"),
                self.run,
                self.stop,
                self.progress,
            ),
        ]
        self._box = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._box.setContentsMargins(4, 0, 0, 0)
        self._box.setSpacing(_SPACING)
        self._box.addWidget(what)
        self._box.addWidget(how)
        self._box.addStretch(1)
        self.run.clicked.connect(self.run_wanted)
        self.stop.clicked.connect(self.stop_wanted)
        self.show_usual(10, 5, 2_000)
        self.show_working(False)

    # -- what it says ---------------------------------------------------------------------------

    @property
    def chosen_kinds(self) -> tuple[str, ...]:
        """The names of the kinds that are wanted."""
        return tuple(name for name, action in self._actions.items() if action.isChecked())

    # -- what it shows --------------------------------------------------------------------------

    def show_kinds(self, kinds: Sequence[tuple[str, str, str]]) -> None:
        """Offer these kinds, all of them chosen: name, words and explanation of each."""
        self._menu.clear()
        self._actions.clear()
        for name, words, tip in kinds:
            action = self._menu.addAction(words)
            action.setCheckable(True)
            action.setChecked(True)
            action.setToolTip(tip)
            action.toggled.connect(self._on_toggled)
            self._actions[name] = action
        self._menu.setToolTipsVisible(True)
        self._menu.addSeparator()
        self._menu.addAction("All Kinds").triggered.connect(self._choose_all)
        self._menu.addAction("No Kind").triggered.connect(self._choose_none)
        self._on_toggled()

    def show_usual(self, levels: int, repeats: int, steps: int) -> None:
        """Show what is usual."""
        for box, value in ((self.levels, levels), (self.repeats, repeats), (self.steps, steps)):
            box.setValue(value)

    def show_networks(self, there: int, *, fresh: bool) -> None:
        """Offer as many networks as there are, all of them at first; and the steps, where the stream is `fresh`."""
        if self.networks.maximum() != there:
            self.networks.setRange(1, there)
            self.networks.setValue(there)
        for widget in (self._steps_label, self.steps):
            widget.setVisible(fresh)
        self._fit()

    def show_working(self, working: bool) -> None:
        """Show that the networks are damaged, or no more."""
        self.stop.setVisible(working)
        self.progress.setVisible(working)
        self.progress.setValue(0)
        for widget in (self.kinds, self.levels, self.networks, self.repeats, self.steps):
            widget.setEnabled(not working)

    @Slot(float)
    def show_progress(self, share: float) -> None:
        """Show how much is done."""
        self.progress.setValue(round(1_000 * share))

    @Slot()
    def _choose_all(self) -> None:
        for action in self._actions.values():
            action.setChecked(True)

    @Slot()
    def _choose_none(self) -> None:
        for action in self._actions.values():
            action.setChecked(False)

    @Slot()
    def _on_toggled(self) -> None:
        chosen = self.chosen_kinds
        if len(chosen) == 1:
            self.kinds.setText(self._actions[chosen[0]].text())
        else:
            self.kinds.setText(
                f"{'All' if len(chosen) == len(self._actions) else 'No' if not chosen else ''} "
                f"{len(chosen) or ''} kinds".replace("  ", " ").strip()
            )

    # -- room -----------------------------------------------------------------------------------

    def minimumSizeHint(self) -> QSize:
        """Do with the width of the longer half."""
        needed = [row.minimumSize() for row in self._rows]
        return QSize(max(size.width() for size in needed) + 4, super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Stand in one line, or in two."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        needed = sum(row.sizeHint().width() for row in self._rows) + _SPACING + 4
        direction = QBoxLayout.Direction
        self._box.setDirection(direction.LeftToRight if needed <= self.width() else direction.TopToBottom)


class _StayingMenu(QMenu):
    """Stays open while things are checked in it."""

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Check what was clicked on, instead of closing."""
        action = self.activeAction()
        if action is not None and action.isEnabled():
            action.trigger()
        else:
            super().mouseReleaseEvent(event)


def _labelled(label: str | PlainLabel, box: WholeNumberBox, tip: str) -> tuple[QWidget, QWidget]:
    label = PlainLabel(label) if isinstance(label, str) else label
    label.setObjectName("muted")
    label.setBuddy(box)
    box.setAccessibleName(label.text())
    box.setToolTip(tip)
    box.setMaximumWidth(92)
    return label, box


def _row(ground: QWidget, *widgets: QWidget) -> QHBoxLayout:
    row = QHBoxLayout(ground)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(_SPACING)
    for widget in widgets:
        row.addWidget(widget)
    row.addStretch(1)
    return row
