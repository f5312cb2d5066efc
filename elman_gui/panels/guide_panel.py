"""GuidePanel: an experiment's page, a step at a time, whose links press the window's buttons."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QUrl, Signal, Slot
from PySide6.QtGui import QTextBlockFormat, QTextCursor
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QTextBrowser

from elman_core.analysis.activations import activations_at
from elman_core.analysis.types import Clamps
from elman_core.analysis.worked_step import WorkedStep, worked_step
from elman_core.config import Activation, Loss, Output
from elman_core.data.kind import DataKind
from elman_core.experiment import Experiment
from elman_core.experiments.built_in import built_in_name
from elman_core.experiments.pages import WORKED_STEP, Page, read_page
from elman_core.training.events import Snapshot
from elman_gui.theme import Theme
from elman_gui.views.view_card import Card

if TYPE_CHECKING:
    from elman_core.config import NetworkConfig

__all__ = ["GuidePanel"]

_FUNCTIONS = {Activation.TANH: "tanh", Activation.LOGISTIC: "logistic", Activation.RELU: "relu"}
_SLOPES = {Activation.TANH: "(1 − h²)", Activation.LOGISTIC: "h (1 − h)", Activation.RELU: "[h > 0]"}
_MEASURES = {
    Loss.SQUARED_ERROR: "½ (y − target)²",
    Loss.ABSOLUTE_ERROR: "|y − target|",
    Loss.CROSS_ENTROPY: "cross-entropy",
}
_LINE_HEIGHT = 120.0
_SHOWN = 6
"""Numbers of a vector that are written out."""


class GuidePanel(Card):
    """Shows one step of the page; there may be none.

    Signals
    -------
    link_pressed(str)
        What the person wants done: "do:train", "cursor:9", "view:states".
    """

    link_pressed = Signal(str)

    def __init__(self) -> None:
        super().__init__("Guide")
        self.title.setWordWrap(True)
        self.header.setStretchFactor(self.title, 100)
        self.page: Page | None = None
        self.step = 0
        self._experiment: Experiment | None = None
        self._snapshot: Snapshot | None = None
        self._row = 0
        self._clamps = Clamps()
        self._shown = ""
        self.text = QTextBrowser()
        self.text.setOpenLinks(False)
        self.text.setFrameShape(QFrame.Shape.NoFrame)
        self.text.setAccessibleName("Guide")
        self.text.setToolTip("What this experiment shows; its links press the window's own buttons")
        self.text.document().setDocumentMargin(0)
        self.back, self.next = QPushButton("Back"), QPushButton("Next")
        self.back.setToolTip("The step before")
        self.next.setToolTip("The next step")
        self.place = QLabel()
        self.place.setObjectName("muted")
        row = QHBoxLayout()
        row.addWidget(self.back)
        row.addStretch(1)
        row.addWidget(self.place)
        row.addStretch(1)
        row.addWidget(self.next)
        self.body.addWidget(self.text, 1)
        self.body.addLayout(row)
        self.text.anchorClicked.connect(self._on_anchor_clicked)
        self.back.clicked.connect(lambda: self.show_step(self.step - 1))
        self.next.clicked.connect(lambda: self.show_step(self.step + 1))

    def set_theme(self, theme: Theme) -> None:
        """Take on the colours of a theme."""
        self.text.document().setDefaultStyleSheet(f"a {{ color: {theme.accent}; }}")
        self._draw(anew=True)

    def show_experiment(self, experiment: Experiment) -> None:
        """Show an experiment's page from its beginning, or the step that is shown where it is the same."""
        same = self._experiment is not None and self._experiment.dataset.source == experiment.dataset.source
        self._experiment, self._snapshot = experiment, None
        if not same:
            self.page = read_page(_page_name(experiment))
            self.step = 0
        self._draw(anew=not same)

    def show_rate(self, experiment: Experiment) -> None:
        """Work with another learning rate; the rest is as it was."""
        self._experiment = experiment
        self._draw()

    def show_step(self, step: int) -> None:
        """Show a step, counted from 0."""
        if self.page is not None and 0 <= step < len(self.page.steps):
            self.step = step
            self._draw(anew=True)

    @Slot(object)
    def show_snapshot(self, snapshot: Snapshot) -> None:
        """Know the network's numbers."""
        self._snapshot = snapshot
        self._draw()

    @Slot(object)
    def show_clamps(self, clamps: Clamps) -> None:
        """Know which units are held, with which nothing is learned."""
        self._clamps = clamps
        self._draw()

    @Slot(int)
    def show_cursor(self, row: int) -> None:
        """Work another time step out."""
        self._row = row
        self._draw()

    def _draw(self, *, anew: bool = False) -> None:
        page = self.page
        if page is None:
            self.title.setText("Guide")
            self.text.setMarkdown("This experiment has no guide. The sine wave has one: File > New.")
            self.place.clear()
            self.back.setEnabled(False)
            self.next.setEnabled(False)
            return
        step = page.steps[self.step]
        has_numbers = WORKED_STEP in step.text
        if not anew and (not has_numbers or not self.isVisible()):
            return
        text = step.text.replace(WORKED_STEP, self._worked_step()) if has_numbers else step.text
        if not anew and text == self._shown:
            return
        self._shown = text
        bar = self.text.verticalScrollBar()
        at = 0 if anew else bar.value()
        self.text.setMarkdown(text)
        _space_out(self.text)
        bar.setValue(at)
        self.title.setText(step.title)
        self.place.setText(f"{self.step + 1} of {len(page.steps)}")
        self.back.setEnabled(self.step > 0)
        self.next.setEnabled(self.step + 1 < len(page.steps))

    def _worked_step(self) -> str:
        experiment, snapshot = self._experiment, self._snapshot
        if experiment is None or snapshot is None:
            return "*The numbers come with the network.*"
        if self._clamps:
            return "*Units are held, which they never are in learning: let them go to see the numbers.*"
        dataset, network = experiment.dataset, experiment.network
        # After the last row with a next one there is no target to learn from.
        row = min(self._row, dataset.rows - 2)
        at = activations_at(snapshot.response, dataset, network, row)
        w1, w2 = snapshot.own
        worked = None if at is None else worked_step(network, experiment.training.loss, w1, w2, at)
        if worked is None:
            return "*Nothing is known of this time step.*"
        time = f"{dataset.axis.label} = {dataset.axis.reading(float(dataset.axis.positions[row]))}"
        training = experiment.training
        return _written(worked, network, training.loss, training.learning_rate_of(snapshot.member), w2, time)

    @Slot(QUrl)
    def _on_anchor_clicked(self, address: QUrl) -> None:
        self.link_pressed.emit(address.toString())


def _page_name(experiment: Experiment) -> str:
    """Return the name of an experiment's page; any text or column of symbols of one's own has the same one."""
    built_in = built_in_name(experiment.dataset.source)
    return "symbols" if experiment.dataset.kind is DataKind.SYMBOLS and not built_in else built_in


def _written(
    step: WorkedStep, network: NetworkConfig, loss: Loss, rate: float, w2: NDArray[np.floating], time: str
) -> str:
    """Write the equations with their numbers, as Markdown."""
    function, slope = _FUNCTIONS[network.activation], _SLOPES[network.activation]
    output = "h W2" if network.output is Output.LINEAR else f"{network.output}(h W2)"
    before, move = float(w2[0, 0]), -rate * float(step.gradient2[0, 0])
    measure = _MEASURES[loss]
    lines = (
        f"**Forward**, at {time}",
        f"x = {_numbers(step.x)}",
        f"context = {_numbers(step.context)}",
        f"z = \\[x, context\\] W1 = {_numbers(step.z)}",
        f"h = {function}(z) = {_numbers(step.hidden)}",
        f"y = {output} = {_numbers(step.y)}",
        f"target = {_numbers(step.target)}; loss = {measure} = {step.loss:.4f}",
        "**Back**",
        f"e = y − target = {_numbers(step.e)}",
        f"gradient of W2 = h e = {_numbers(step.gradient2[:, 0])}",
        f"δ = {slope} · e W2ᵀ = {_numbers(step.delta)}",
        f"gradient of W1, row of x = x δ = {_numbers(step.gradient1[0])}",
        "**Move**, against the gradient",
        f"W2, first weight: {before:.4f} − {rate:g} · {step.gradient2[0, 0]:.4f} = {before + move:.4f}",
    )
    return "  \n".join(lines)


def _space_out(text: QTextBrowser) -> None:
    """Put air between lines and paragraphs, which Markdown alone does not."""
    cursor = QTextCursor(text.document())
    cursor.select(QTextCursor.SelectionType.Document)
    room = QTextBlockFormat()
    room.setLineHeight(_LINE_HEIGHT, QTextBlockFormat.LineHeightTypes.ProportionalHeight.value)
    room.setBottomMargin(8)
    cursor.mergeBlockFormat(room)


def _numbers(values: NDArray[np.float64]) -> str:
    if len(values) == 1:
        return f"{values[0]:.3f}"
    more = ", …" if len(values) > _SHOWN else ""
    return "(" + ", ".join(f"{value:.2f}" for value in values[:_SHOWN].tolist()) + f"{more})"
