"""Cards: a titled frame around a picture, with a legend, an explanation, and ways to take the picture out.

The empty window is made of them, and is not to wait for pyqtgraph: what needs that is in `elman_gui.views.card`.
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QRectF, QSize, Qt, Signal, SignalInstance, Slot
from PySide6.QtGui import QContextMenuEvent, QHideEvent, QMouseEvent, QPainter, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QMenu, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from elman_gui.icons import icon
from elman_gui.plain_text import PlainLabel
from elman_gui.theme import LIGHT, Theme
from elman_gui.views.about import About
from elman_gui.views.elided_label import ElidedLabel
from elman_gui.views.legend import Legend, LegendEntry

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["Card", "PlotData", "ViewCard"]

_ABOUT_MARGIN = 8
_ENLARGE = "Show this view alone (F, or double-click on the title)"
_SHRINK = "Show all views again (Escape)"
_ROOMY = 520
"""A header of less width leaves out what is in its menu too."""
_LEAST_WIDTH = 208


@dataclass(frozen=True)
class PlotData:
    """What a plot shows, as columns of a CSV file: numbers, or names of sequences."""

    names: tuple[str, ...]
    columns: tuple[NDArray[np.float64] | NDArray[np.object_], ...]


class Card(QFrame):
    """A calm frame with a title and, at its right, a legend or controls."""

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("card")
        self.title = ElidedLabel(title)
        self.title.setObjectName("cardTitle")
        self.header = QHBoxLayout()
        self.header.setSpacing(8)
        self.header.addWidget(self.title)
        self.header.addStretch(1)
        self.body = QVBoxLayout(self)
        self.body.setContentsMargins(12, 8, 12, 8)
        self.body.setSpacing(4)
        self.body.addLayout(self.header)

    def set_theme(self, theme: Theme) -> None:
        """Take on the colours of a theme."""


class ViewCard(Card):
    """A card with a picture of the network or its data, which tells what it is and can be taken out.

    Signals
    -------
    export_image_wanted(), export_data_wanted()
        The person wants the picture, or its numbers.
    enlarge_wanted(), detach_wanted()
        The person wants it alone in the workspace, or all views again; or in a window of its own.
    seen_changed()
        It can be seen from now on, or no more.
    """

    export_image_wanted = Signal()
    export_data_wanted = Signal()
    enlarge_wanted = Signal()
    detach_wanted = Signal()
    seen_changed = Signal()

    def __init__(self, title: str, description: str, *, narrow: bool = False) -> None:
        super().__init__(title)
        self.theme = LIGHT
        self.legend = Legend()
        self._controls = QHBoxLayout()
        self._controls.setSpacing(8)
        self._controls.addWidget(self.legend)
        buttons = QHBoxLayout()
        buttons.setSpacing(0)
        self._buttons = {
            "help": self._flat_button("What am I looking at?", None),
            "export-image": self._flat_button("Export this picture: PNG, SVG, PDF or copy", self.export_image_wanted),
            "export-data": self._flat_button("Save these numbers as a CSV file", self.export_data_wanted),
            "detach": self._flat_button("Show this view in a window of its own (Ctrl+D)", self.detach_wanted),
            "enlarge": self._flat_button(_ENLARGE, self.enlarge_wanted),
        }
        for button in self._buttons.values():
            buttons.addWidget(button)
        if narrow:  # legend and controls stand in a line of their own
            self._controls.addStretch(1)
            self.body.addLayout(self._controls)
        else:
            self.header.addLayout(self._controls)
            self.legend.changed.connect(self._place_legend)
        self._below_header = None if narrow else QHBoxLayout()
        self._has_legend_below = False
        if self._below_header is not None:
            self.body.addLayout(self._below_header)
        self.header.addLayout(buttons)
        for name in () if self.in_workspace else ("detach", "enlarge"):
            self._buttons[name].hide()
        self._is_enlarged = False
        self._instead: PlainLabel | None = None
        self.about = About(description, self)  # lies over the picture
        self.about.dismissed.connect(self._buttons["help"].toggle)
        self._buttons["help"].setCheckable(True)
        self._buttons["help"].toggled.connect(self._show_about)
        self.about.setText(_with_manual(description, type(self).__name__))
        self.about.setTextInteractionFlags(
            Qt.TextInteractionFlag.LinksAccessibleByMouse | Qt.TextInteractionFlag.LinksAccessibleByKeyboard
        )
        self.about.setOpenExternalLinks(True)

    in_workspace = True
    """Whether it stands in a workspace, where it can be enlarged and detached; in a dialog it cannot."""
    is_of_network = True
    """Whether its numbers are of the network that is shown, so that a file of them says which that is."""
    room_for_readout = 0
    """Pixels of the header that the legend leaves free for words that come and go."""

    def _flat_button(self, tip: str, wanted: SignalInstance | None) -> QToolButton:
        button = QToolButton()
        button.setObjectName("flat")
        button.setToolTip(tip)
        button.setAccessibleName(f"{self.title.text()}: {tip}")
        button.setIconSize(QSize(16, 16))
        if wanted is not None:
            button.clicked.connect(wanted)
        return button

    def show_enlarged(self, enlarged: bool) -> None:
        """Let the button say that it brings the other views back, or that it enlarges this one."""
        self._is_enlarged = enlarged
        button = self._buttons["enlarge"]
        button.setToolTip(_SHRINK if enlarged else _ENLARGE)
        button.setAccessibleName(f"{self.title.text()}: {button.toolTip()}")
        button.setIcon(icon("shrink" if enlarged else "enlarge", self.theme.muted))

    def _is_in_header(self, place: QPoint) -> bool:
        return place.y() <= self.header.geometry().bottom()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """On the title: be enlarged, or go back."""
        if self._is_in_header(event.position().toPoint()):
            self.enlarge_wanted.emit()
        else:
            super().mouseDoubleClickEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """On the title: offer in words what the buttons do."""
        if not self._is_in_header(event.pos()):
            super().contextMenuEvent(event)
            return
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        if self.in_workspace:
            enlarge = "Show All Views" if self._is_enlarged else "Enlarge"
            menu.addAction(enlarge).triggered.connect(self.enlarge_wanted)
            menu.addAction("Detach").triggered.connect(self.detach_wanted)
        for words, wanted in (
            ("Export Picture…", self.export_image_wanted),
            ("Save Numbers as CSV…", self.export_data_wanted),
        ):
            action = menu.addAction(words)
            action.triggered.connect(wanted)
            action.setEnabled(not self.words_instead)
        menu.popup(event.globalPos())

    @property
    def words_instead(self) -> str:
        """What stands in place of the picture, or nothing."""
        return "" if self._instead is None else self._instead.text()

    def say_instead(self, words: str) -> None:
        """Say in place of the picture why there is none; without words, show the picture again."""
        if words == self.words_instead:
            return
        if self._instead is None:
            self._instead = PlainLabel()
            self._instead.setObjectName("muted")
            self._instead.setWordWrap(True)
            self._instead.setAlignment(Qt.AlignmentFlag.AlignCenter)
            self._instead.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
            self._instead.setMinimumSize(self.picture.minimumSize())
            self.body.insertWidget(self.body.indexOf(self.picture), self._instead, 1)
        self._instead.setText(words)
        self._instead.setVisible(bool(words))
        for widget in (self.picture, self.legend):
            widget.setHidden(bool(words))
        for name in ("export-image", "export-data"):
            self._buttons[name].setEnabled(not words)
        self._place_legend()

    @Slot(bool)
    def _show_about(self, shown: bool) -> None:
        width = self.width() - 2 * _ABOUT_MARGIN
        top = self.header.geometry().bottom() + 4
        self.about.setGeometry(_ABOUT_MARGIN, top, width, self.about.heightForWidth(width))
        self.about.setVisible(shown)
        self.about.raise_()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the explanation in its place."""
        super().resizeEvent(event)
        self._buttons["detach"].setVisible(self.in_workspace and event.size().width() >= _ROOMY)
        self._place_legend()
        if self.about.isVisible():
            self._show_about(True)

    def showEvent(self, event: QShowEvent) -> None:
        """Tell that it can be seen."""
        super().showEvent(event)
        self.catch_up()
        self.seen_changed.emit()

    def catch_up(self) -> None:
        """Draw what was not drawn while nobody saw it."""

    def hideEvent(self, event: QHideEvent) -> None:
        """Tell that it cannot be seen any more."""
        super().hideEvent(event)
        self.seen_changed.emit()

    def minimumSizeHint(self) -> QSize:
        """Do with little width: what the header has no room for gives way."""
        return QSize(_LEAST_WIDTH, super().minimumSizeHint().height())

    @Slot()
    def _place_legend(self) -> None:
        """Where the header has no room for the whole legend, this has a line of its own below."""
        if self._below_header is None:
            return
        margins, needed = self.body.contentsMargins(), self.header.sizeHint().width() + self.room_for_readout
        if self._has_legend_below:
            needed += self.legend.sizeHint().width() + self._controls.spacing()
        is_below = needed > self.width() - margins.left() - margins.right() and bool(self.legend.entries)
        if is_below is not self._has_legend_below:
            self._has_legend_below = is_below
            here, there = self._controls, self._below_header
            if not is_below:
                here, there = there, here
            here.removeWidget(self.legend)
            there.insertWidget(0 if is_below else there.count(), self.legend, 1 if is_below else 0)

    def add_control(self, control: QWidget) -> None:
        """Put a control or label beside the legend."""
        self._controls.insertWidget(self._controls.indexOf(self.legend), control)

    def button(self, name: str) -> QToolButton:
        """Return a button of the header: "help", "export-image", "export-data", "detach" or "enlarge"."""
        return self._buttons[name]

    def set_theme(self, theme: Theme) -> None:
        """Take on the colours of a theme."""
        self.theme = theme
        for name, button in self._buttons.items():
            button.setIcon(icon(name, theme.muted))
        self.show_enlarged(self._is_enlarged)

    @property
    def picture(self) -> QWidget:
        """The widget that shows the picture."""
        raise NotImplementedError

    def paint_picture(self, painter: QPainter, target: QRectF) -> None:
        """Draw the picture into a rectangle of any size, with lines and letters as large as on the screen."""
        raise NotImplementedError

    @property
    def picture_legend(self) -> list[LegendEntry]:
        """What stands above the picture where it is taken out: the legend, and what else its colours need."""
        return self.legend.entries

    def data(self) -> PlotData:
        """Return the numbers that the picture shows."""
        return PlotData((), ())


def _with_manual(description: str, view: str) -> str:
    """Return an explanation with a link to the view's page of the manual."""
    return f'{escape(description)} <a href="manual:{view}">Read more in the manual</a>.'
