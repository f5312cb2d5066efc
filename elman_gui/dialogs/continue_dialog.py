"""ContinueDialog: type a beginning, see how probable each next symbol is, and have the text continued."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QTimer, Signal, Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QFileDialog,
    QGridLayout,
    QHBoxLayout,
    QLineEdit,
    QPlainTextEdit,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from elman_core.config import SymbolUnit
from elman_core.data.text.vocabulary import Symbols
from elman_core.errors import DataError
from elman_core.experiment import Run
from elman_core.export.stamp import Stamp
from elman_core.training.course import Course
from elman_gui.dialogs.job_dialog import JobDialog
from elman_gui.dialogs.sampling_jobs import SampledText, SamplingRequest, continue_text, write_text
from elman_gui.dialogs.save_dialog import SaveDialog
from elman_gui.dialogs.widgets import button, quiet_label
from elman_gui.number_boxes import DecimalBox, WholeNumberBox
from elman_gui.plain_text import PlainLabel
from elman_gui.theme import Theme
from elman_gui.views.export import image_job, stamped, table_job
from elman_gui.views.symbols.next_symbol_view import NextSymbolView
from elman_gui.views.view_card import Card

__all__ = ["ContinueDialog"]

_TYPING_MS = 200
_BEGINNING = 4
_MOST_STEPS = 100_000
_TEMPERATURE_TIP = "0 always takes the most probable symbol, 1 follows the probabilities, more draws more freely"
_MODELS = "Model files (*.safetensors)"


class ContinueDialog(JobDialog):
    """Continues texts with the network in the window or one from a file.

    Signals
    -------
    sampled(SampledText)
        A continuation is shown.
    """

    sampled = Signal(object)

    def __init__(
        self,
        experiment: Run,
        theme: Theme,
        parent: QWidget | None = None,
        which: str = "",
        stamp: Stamp | None = None,
    ) -> None:
        super().__init__("Predict", parent)
        self._which, self._stamp = which, stamp
        self._found: SampledText | None = None
        self.resize(900, 560)
        self._in_window = experiment if experiment.weights is not None else None
        self._path: Path | None = None
        self._typing = QTimer(self)
        self._typing.setSingleShot(True)
        self._typing.setInterval(_TYPING_MS)
        self._build(theme)
        self._connect()
        symbols = experiment.dataset.symbols
        if symbols is not None:
            self.next.show_dataset(experiment.dataset)
            self.beginning.setText(_typed(symbols))
        self._show_model()
        self.go_on()

    # -- building -------------------------------------------------------------------------------

    def _build(self, theme: Theme) -> None:
        self.model = PlainLabel()
        self.model.setWordWrap(True)
        self.choose_model = button("Other model…", "Load the weights of a model file that learned symbols")
        self.beginning = QLineEdit()
        self.beginning.setAccessibleName("Beginning")
        self.beginning.setToolTip("What the network is fed with first; its symbols must be among those it knows")
        self.next = NextSymbolView()
        self.next.set_theme(theme)
        self.text = QPlainTextEdit()
        self.text.setReadOnly(True)
        self.text.setTabChangesFocus(True)
        self.text.setAccessibleName("Continuation")
        self.text.setToolTip("The beginning, and the symbols that were drawn after it, each fed back as input")
        self.temperature = DecimalBox(0, 10)
        self.temperature.setSingleStep(0.1)
        self.temperature.setValue(1.0)
        self.steps = WholeNumberBox(1, _MOST_STEPS)
        self.steps.setValue(200)
        self.seed = WholeNumberBox()
        self.seed.setValue(1)
        self.draw_again = button("Draw Again", "Draw other symbols, from the next seed")
        self.copy = button("Copy", "Put the text on the clipboard")
        self.save = button("Save…", "Write the text to a file")
        self.close_button = button("Close", "Close this window")
        self._lay_out()

    def _lay_out(self) -> None:
        grid = QGridLayout()
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(8)
        grid.setColumnStretch(1, 1)
        for row, (name, widget) in enumerate((("Model", self.model), ("Beginning", self.beginning))):
            grid.addWidget(quiet_label(name, widget), row, 0)
            grid.addWidget(widget, row, 1)
        grid.addWidget(self.choose_model, 0, 2)
        card = Card("Continuation")
        choices = QHBoxLayout()
        choices.setSpacing(8)
        for name, box, tip in (
            ("Temperature", self.temperature, _TEMPERATURE_TIP),
            ("Symbols", self.steps, "How many symbols to continue the text by"),
            ("Seed", self.seed, "Draws the symbols: the same seed draws the same"),
        ):
            box.setFixedWidth(84)
            box.setAccessibleName(name)
            box.setToolTip(tip)
            choices.addWidget(quiet_label(name, box))
            choices.addWidget(box)
        choices.addStretch(1)
        card.body.addLayout(choices)
        card.body.addWidget(self.text, 1)
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addWidget(self.draw_again)
        buttons.addStretch(1)
        buttons.addWidget(self.copy)
        buttons.addWidget(self.save)
        card.body.addLayout(buttons)
        halves = QSplitter()
        halves.setHandleWidth(12)
        halves.setChildrenCollapsible(False)
        halves.addWidget(self.next)
        halves.addWidget(card)
        halves.setSizes([340, 500])
        halves.setStretchFactor(1, 1)
        foot = QHBoxLayout()
        foot.addWidget(self.bar, 1)
        foot.addStretch(0)
        foot.addWidget(self.close_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 12)
        column.setSpacing(8)
        column.addLayout(grid)
        column.addWidget(halves, 1)
        column.addWidget(self.problem)
        column.addLayout(foot)

    def _connect(self) -> None:
        self.choose_model.clicked.connect(self._ask_for_model)
        self.beginning.textChanged.connect(self._wait_for_typing)
        self._typing.timeout.connect(self.go_on)
        for box in (self.temperature, self.steps, self.seed):
            box.valueChanged.connect(self.go_on)
        self.draw_again.clicked.connect(self.seed.stepUp)
        self.copy.clicked.connect(lambda: self.when_current(self._copy))
        self.save.clicked.connect(self._ask_where_to_save)
        self.close_button.clicked.connect(self.reject)
        self.next.export_image_wanted.connect(self._ask_where_to_export_image)
        self.next.export_data_wanted.connect(self._ask_where_to_export_data)

    def done(self, result: int) -> None:
        """Close; what was typed last is no longer continued."""
        self._typing.stop()
        super().done(result)

    # -- going on -------------------------------------------------------------------------------

    def use_model(self, path: Path) -> None:
        """Take the weights of a model file."""
        self._path = path
        self._show_model()
        self.go_on()

    @Slot()
    def _wait_for_typing(self) -> None:
        self._typing.start()

    @Slot()
    def go_on(self) -> None:
        """Go on with the beginning, beside the window."""
        self._typing.stop()
        if self._path is None and self._in_window is None:
            self.next.show_next_symbols(None, "No network has learned anything yet.")
            return
        wanted = SamplingRequest(
            self._in_window, self._path, self.beginning.text(), self.steps.value(), self.temperature.value(),
            self.seed.value(), self._stamp,
        )  # fmt: skip
        self.work(lambda: continue_text(wanted), self._show_continued)

    @property
    def is_behind(self) -> bool:
        """Whether the text is not yet what the fields say."""
        return super().is_behind or self._typing.isActive()

    def save_to(self, path: Path) -> None:
        """Write the text, once it is what the fields say."""
        self.when_current(lambda: self._save_to(path))

    def _save_to(self, path: Path) -> None:
        text = self.text.toPlainText()
        self.work_beside(lambda: write_text(path, text), self._show_saved)

    # -- showing --------------------------------------------------------------------------------

    def _show_model(self) -> None:
        if self._path is not None:
            self.model.setText(str(self._path))
        elif self._in_window is not None:
            epoch = Course(self._in_window.history, ends=self._in_window.ends).epoch_words()
            self.model.setText(f"The network in the window: {self._in_window.name}{self._which}, {epoch}")
        else:
            self.model.setText("None yet: train the network in the window, or choose a model file.")
        has_model = self._path is not None or self._in_window is not None
        self.draw_again.setEnabled(has_model)
        self._show_whether_there_is_a_text()
        self.say_problem("")

    def _show_whether_there_is_a_text(self) -> None:
        for widget in (self.copy, self.save):
            widget.setEnabled(self._found is not None)

    @Slot(object)
    def _show_continued(self, found: SampledText) -> None:
        self.say_problem("")
        self._found = found
        self.next.show_next_symbols(found.next_symbols)
        self.text.setPlainText(f"{found.prompt}{found.continuation}")
        self._show_whether_there_is_a_text()
        if found.networks > 1:
            self.model.setText(f"{self._path}: the first of its {found.networks:,} networks")
        self.sampled.emit(found)

    @Slot(object)
    def show_failure(self, error: Exception) -> None:
        """Say why there is no continuation for these fields; the one before stays to be read, not to be saved."""
        super().show_failure(error)
        self._found = None
        self._show_whether_there_is_a_text()

    @Slot(object)
    def _show_saved(self, path: Path) -> None:
        self._show_model()
        self.model.setText(f"{self.model.text()}. Saved as {path}")

    # -- asking ---------------------------------------------------------------------------------

    @Slot()
    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.text.toPlainText())

    @Slot()
    def _ask_for_model(self) -> None:
        path, _ = QFileDialog.getOpenFileName(self, "Open Model", "", _MODELS)
        if path:
            self.use_model(Path(path))

    @Slot()
    def _ask_where_to_save(self) -> None:
        path, _ = SaveDialog.ask(self, "Save Text", "continuation.txt", "Text files (*.txt)")
        if path:
            self.save_to(Path(path))

    @Slot()
    def _ask_where_to_export_image(self) -> None:
        kinds = "PNG picture (*.png);;SVG picture (*.svg)"
        path, _ = SaveDialog.ask(self, "Save Picture", "next-symbol.png", kinds)
        if path:
            self.when_current(lambda: self._export_image(Path(path)))

    def _export_image(self, path: Path) -> None:
        if self._found is None:
            return
        try:
            job = image_job(self.next, path)
        except DataError as error:
            self.show_problem(error)
            return
        self.work_beside(lambda: job, self._show_saved)

    @Slot()
    def _ask_where_to_export_data(self) -> None:
        path, _ = SaveDialog.ask(self, "Save Probabilities", "next-symbol.csv", "CSV files (*.csv)")
        if path:
            self.when_current(lambda: self._export_data(Path(path)))

    def _export_data(self, path: Path) -> None:
        if self._found is not None:
            data = stamped(self.next.data(), self._found.stamp)
            self.work_beside(lambda: table_job(data, path), self._show_saved)


def _typed(symbols: Symbols) -> str:
    """Write the first symbols as a person would type them; the rows of a column may have blanks in them."""
    names = [symbols.name(row) for row in range(min(_BEGINNING, len(symbols)))]
    return (", " if symbols.config.unit is SymbolUnit.ROWS else symbols.blank).join(names)
