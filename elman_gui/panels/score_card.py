"""ScoreCard: how good the predictions are, beside what an honest forecaster has to beat."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QSignalBlocker, Qt, Slot
from PySide6.QtWidgets import QComboBox, QGridLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from elman_core.data.dataset import Part, SequenceDataset
from elman_core.data.kind import DataKind
from elman_core.forecasting.scores import ColumnScores, PartScores, Score
from elman_core.forecasting.verdict import chance_words, figure_of, judged_part, verdict
from elman_core.support.text_format import counted
from elman_gui.panels.form_scroll import FormScroll
from elman_gui.plain_text import PlainLabel
from elman_gui.tooltips import wrapped
from elman_gui.views.choice import Choice
from elman_gui.views.view_card import Card

__all__ = ["ScoreCard"]

_ROWS = ("network", "persistence", "linear", "seasonal")
_EXPLANATIONS = {
    "network": "This network",
    "persistence": "Predicts that nothing changes: the last known value",
    "linear": "Linear least squares on the last values, fitted to the training part",
    "seasonal": "Predicts what was a season before",
}
_ALL = "all columns"
_SYMBOL_ROWS = {"network": "symbols", "persistence": "frequent", "linear": "bigrams"}
"""What takes the places of the rows where there are symbols."""
_SYMBOL_NAMES = {"network": "network", "persistence": "frequencies", "linear": "bigrams"}
_SYMBOL_EXPLANATIONS = {
    "network": "This network, from all symbols before",
    "persistence": "Each symbol by how frequent it is in the training part",
    "linear": "Each symbol by how often it followed the one before in the training part",
}
_NUMBERS_TIP = (
    "Root mean squared error, in the data's own units; over several columns the mean absolute error as a multiple of "
    "the training part's steps (MASE). Smaller is better."
)
_CHANCE_TIP = (
    "How probable so large a difference is between two equally good predictors (Diebold-Mariano test, corrected for "
    "few rows as by Harvey, Leybourne and Newbold): {}. From .05 on it could be chance."
)
_SYMBOLS_TIP = (
    "Mean of -log2 of the probability that was given to the symbol that came. 0 bits is perfect; 1 bit is one half."
)


class ScoreCard(Card):
    """Errors in the data's own units, over several columns scaled ones, by part; the best of each part is bold.

    The network's are of what is shown, which is said in the title's line; the baselines' stay while it moves.
    """

    def __init__(self) -> None:
        super().__init__("One-step error (RMSE)")
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        self.setMinimumHeight(172)
        self.column = Choice()
        self.column.setAccessibleName("Column that is scored")
        self.column.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.column.setMinimumContentsLength(8)
        self.column.currentIndexChanged.connect(self._show)
        self.of_what = PlainLabel()
        self.of_what.setObjectName("muted")
        self.of_what.setWordWrap(True)
        self.of_what.setAccessibleName("The network that is scored")
        self.header.addWidget(self.column)
        self.body.addWidget(self.of_what)
        grid = QGridLayout()
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(6)
        self._cells: dict[tuple[str, Part], QLabel] = {}
        self._names: dict[str, QLabel] = {}
        self._headings: dict[Part, QLabel] = {}
        for column, part in enumerate(Part, start=1):
            heading = QLabel(part.value)
            heading.setObjectName("muted")
            grid.addWidget(heading, 0, column, Qt.AlignmentFlag.AlignRight)
            self._headings[part] = heading
        for row, name in enumerate(_ROWS, start=1):
            label = QLabel(name)
            self._names[name] = label
            grid.addWidget(label, row, 0)
            for column, part in enumerate(Part, start=1):
                cell = QLabel("–")
                cell.setAccessibleName(f"{name}, {part.value}")
                cell.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
                grid.addWidget(cell, row, column, Qt.AlignmentFlag.AlignRight)
                self._cells[name, part] = cell
        grid.setColumnStretch(0, 1)
        self.verdict = PlainLabel()
        self.verdict.setObjectName("muted")
        self.verdict.setWordWrap(True)
        self._ground = QWidget()
        column = QVBoxLayout(self._ground)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addLayout(grid)
        column.addWidget(self.verdict)
        column.addStretch(1)
        self.area = FormScroll(self._ground)  # in a low window nothing is squeezed
        self.body.addWidget(self.area, 1)
        self._has_symbols, self._horizon = False, 1
        self._scores: Mapping[Part, PartScores | None] | None = None
        self._choose_among(())
        self._show()

    def show_dataset(self, dataset: SequenceDataset) -> None:
        """Wait for the scores of numbers, or of symbols."""
        self._has_symbols = dataset.kind is DataKind.SYMBOLS
        self._horizon = 1 if self._has_symbols else dataset.config.horizon
        self._choose_among(() if self._has_symbols else dataset.columns)
        self._show_rows_and_parts(dataset)
        self.setToolTip(wrapped(_SYMBOLS_TIP if self._has_symbols else _NUMBERS_TIP))
        for name, label in self._names.items():
            label.setText(_SYMBOL_NAMES.get(name, name) if self._has_symbols else name)
            tip = (_SYMBOL_EXPLANATIONS if self._has_symbols else _EXPLANATIONS).get(name, "")
            for words in (label, *(self._cells[name, part] for part in Part)):
                words.setToolTip(wrapped(tip))
        self.show_scores(None)

    def show_scores(self, scores: Mapping[Part, PartScores | None] | None, of_what: str = "") -> None:
        """Show these scores, and of which network they are; None where there are none yet."""
        self._scores = scores
        self.of_what.setText(of_what)
        self.of_what.setVisible(bool(of_what))
        self._show()

    @property
    def _column(self) -> str | None:
        """The column that is chosen; None for all of several."""
        return self.column.currentText() if self.column.currentIndex() > 0 else None

    @property
    def _is_scaled(self) -> bool:
        return self.column.count() > 1 and self._column is None

    def _choose_among(self, columns: tuple[str, ...]) -> None:
        with QSignalBlocker(self.column):
            self.column.clear()
            self.column.addItems([_ALL, *(columns if len(columns) > 1 else ())])
        self.column.setVisible(len(columns) > 1)

    def _show_rows_and_parts(self, dataset: SequenceDataset) -> None:
        """Leave out the seasonal persistence where there is no season, and parts without rows."""
        seasonal = dataset.config.season is not None and not self._has_symbols
        self._names["seasonal"].setVisible(seasonal)
        for place, part in enumerate(Part):
            starts, stops = dataset.parts.edges(part)
            is_there = place == 0 or bool((stops > starts).any())
            self._headings[part].setVisible(is_there)
            for name in _ROWS:
                self._cells[name, part].setVisible(is_there and (seasonal or name != "seasonal"))

    def _dash(self, name: str) -> str:
        """Return what stands in place of a number; nothing where its row is hidden."""
        return "" if self._names[name].isHidden() else "–"

    def _show_title(self) -> None:
        steps = "One-step error" if self._horizon == 1 else f"Error over {self._horizon} steps"
        figure = "MASE" if self._is_scaled else "RMSE"
        self.title.setText("Bits a symbol" if self._has_symbols else f"{steps} ({figure})")

    @Slot()
    def _show(self) -> None:
        """Show the scores of the column that is chosen."""
        self._show_figures()
        beside = self.area.verticalScrollBar().sizeHint().width()
        self.area.setMinimumWidth(self._ground.minimumSizeHint().width() + beside)

    def _show_figures(self) -> None:
        scores = self._scores
        self._show_title()
        if scores is None or not any(scores.values()):
            for (name, _), cell in self._cells.items():
                cell.setText(self._dash(name))
                cell.setToolTip("")
            self._say("Being scored…" if scores is None else verdict(scores))
            return
        judged = judged_part(scores)
        assert judged is not None
        found = judged[1]
        if found.symbols is not None:
            self._show_symbol_scores(scores)
            self._say(verdict(scores), found.chance)
            return
        errors = {part: self._errors(part, found) for part, found in scores.items()}
        for part, own in errors.items():
            for name in _ROWS:
                text = f"{own[name]:.4g}" if name in own else self._dash(name)
                best = name in own and own[name] == min(own.values())
                self._cells[name, part].setText(f"<b>{text}</b>" if best else text)
        own = found if self._column is None else found.columns.get(self._column)
        self._say(verdict(scores, self._column), {} if own is None else own.chance)
        self._names["linear"].setText(f"linear ({counted(found.linear_order, 'value')})")

    def _say(self, words: str, chance: Mapping[str, float] | None = None) -> None:
        """Write the verdict; how probable chance is, its explanation says."""
        known = chance_words(chance or {})
        self.verdict.setText(words)
        self.verdict.setToolTip(wrapped(_CHANCE_TIP.format(known)) if known else "")

    def _errors(self, part: Part, found: PartScores | None) -> dict[str, float]:
        """Return the figure that is shown of the network and of each baseline, where they have it."""
        own: PartScores | ColumnScores | None = found
        if found is not None and self._column is not None:
            own = found.columns.get(self._column)
        errors = {}
        for name in _ROWS:
            score: Score | None = getattr(own, name, None)
            explanation = self._names[name].toolTip()
            figures = explanation if score is None else _figures(score, in_units=not self._is_scaled)
            self._cells[name, part].setToolTip(wrapped(figures))
            error = figure_of(score, scaled=self._is_scaled)
            if error is not None:
                errors[name] = error
        return errors

    def _show_symbol_scores(self, scores: Mapping[Part, PartScores | None]) -> None:
        for part, found in scores.items():
            own = {} if found is None else {name: getattr(found, row) for name, row in _SYMBOL_ROWS.items()}
            best = min((score.bits for score in own.values()), default=0.0)
            for name in _SYMBOL_ROWS:
                text = f"{own[name].bits:.3g}" if name in own else "–"
                self._cells[name, part].setText(f"<b>{text}</b>" if name in own and own[name].bits == best else text)


def _figures(score: Score, *, in_units: bool) -> str:
    """Return all figures of a score; those in the data's own units only where that is one unit."""
    figures = {"RMSE": score.rmse, "MAE": score.mae} if in_units else {}
    figures |= {name: value for name, value in (("NMSE", score.nmse), ("MASE", score.mase)) if value is not None}
    return ", ".join([*(f"{name} {value:.4g}" for name, value in figures.items()), f"sMAPE {score.smape:.3g} %"])
