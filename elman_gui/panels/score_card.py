"""ScoreCard: how good the predictions are, beside what an honest forecaster has to beat."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Qt, Slot
from PySide6.QtWidgets import QComboBox, QGridLayout, QLabel, QSizePolicy

from elman_core.data.dataset import Part, SequenceDataset
from elman_core.data.kind import DataKind
from elman_core.forecasting.scores import ColumnScores, PartScores, Score
from elman_gui.views.card import Card
from elman_gui.views.choice import Choice

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
_SYMBOLS_TIP = (
    "Mean of -log2 of the probability that was given to the symbol that came. 0 bits is perfect; 1 bit is one half."
)


class ScoreCard(Card):
    """Errors in the data's own units, over several columns scaled ones, by part; the best of each part is bold."""

    def __init__(self) -> None:
        super().__init__("One-step error (RMSE)")
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        self.setMinimumHeight(172)
        self.column = Choice()
        self.column.setAccessibleName("Column that is scored")
        self.column.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.column.setMinimumContentsLength(8)
        self.column.currentIndexChanged.connect(self._show)
        self.header.addWidget(self.column)
        grid = QGridLayout()
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(6)
        self._cells: dict[tuple[str, Part], QLabel] = {}
        self._names: dict[str, QLabel] = {}
        for column, part in enumerate(Part, start=1):
            heading = QLabel(part.value)
            heading.setObjectName("muted")
            grid.addWidget(heading, 0, column, Qt.AlignmentFlag.AlignRight)
        for row, name in enumerate(_ROWS, start=1):
            label = QLabel(name)
            label.setToolTip(_EXPLANATIONS[name])
            self._names[name] = label
            grid.addWidget(label, row, 0)
            for column, part in enumerate(Part, start=1):
                cell = QLabel("–")
                cell.setAccessibleName(f"{name}, {part.value}")
                cell.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
                grid.addWidget(cell, row, column, Qt.AlignmentFlag.AlignRight)
                self._cells[name, part] = cell
        grid.setColumnStretch(0, 1)
        self.body.addLayout(grid)
        self.verdict = QLabel()
        self.verdict.setObjectName("muted")
        self.verdict.setWordWrap(True)
        self.body.addWidget(self.verdict)
        self.body.addStretch(1)
        self._has_symbols, self._horizon = False, 1
        self._scores: dict[Part, PartScores | None] | None = None
        self._choose_among(())
        self._show_seasonal(False)
        self._show()

    def show_dataset(self, dataset: SequenceDataset) -> None:
        """Wait for the scores of numbers, or of symbols."""
        self._has_symbols = dataset.kind is DataKind.SYMBOLS
        self._horizon = 1 if self._has_symbols else dataset.config.horizon
        self._choose_among(() if self._has_symbols else dataset.columns)
        self._show_seasonal(dataset.config.season is not None and not self._has_symbols)
        self.setToolTip(_SYMBOLS_TIP if self._has_symbols else _NUMBERS_TIP)
        for name, label in self._names.items():
            label.setText(_SYMBOL_NAMES.get(name, name) if self._has_symbols else name)
            label.setToolTip((_SYMBOL_EXPLANATIONS if self._has_symbols else _EXPLANATIONS).get(name, ""))
        self._show_title()

    @Slot(object)
    def show_scores(self, scores: dict[Part, PartScores | None] | None) -> None:
        """Show these scores; None while the network moves."""
        self._scores = scores
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

    def _show_seasonal(self, shown: bool) -> None:
        for label in (self._names["seasonal"], *(self._cells["seasonal", part] for part in Part)):
            label.setVisible(shown)

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
        scores = self._scores
        self._show_title()
        if scores is None or not any(scores.values()):
            for (name, _), cell in self._cells.items():
                cell.setText(self._dash(name))
                cell.setToolTip("")
            self.verdict.setText("Shown when the network is at rest." if scores is None else "No row can be scored.")
            return
        if any(found is not None and found.symbols is not None for found in scores.values()):
            self._show_symbol_scores(scores)
            return
        errors = {part: self._errors(part, found) for part, found in scores.items()}
        for part, own in errors.items():
            for name in _ROWS:
                text = f"{own[name]:.4g}" if name in own else self._dash(name)
                best = name in own and own[name] == min(own.values())
                self._cells[name, part].setText(f"<b>{text}</b>" if best else text)
        part, found = _last(scores)
        of_how_many = f" Mean of {found.sequences:,} sequences." if found.sequences > 1 else ""
        self.verdict.setText(_verdict(part, errors[part]) + of_how_many)
        order = found.linear_order
        self._names["linear"].setText(f"linear ({order} value{'s' if order > 1 else ''})")

    def _errors(self, part: Part, found: PartScores | None) -> dict[str, float]:
        """Return the figure that is shown of the network and of each baseline, where they have it."""
        own: PartScores | ColumnScores | None = found
        if found is not None and self._column is not None:
            own = found.columns.get(self._column)
        errors = {}
        for name in _ROWS:
            score: Score | None = getattr(own, name, None)
            self._cells[name, part].setToolTip("" if score is None else _figures(score, in_units=not self._is_scaled))
            error = None if score is None else score.mase if self._is_scaled else score.rmse
            if error is not None:
                errors[name] = error
        return errors

    def _show_symbol_scores(self, scores: dict[Part, PartScores | None]) -> None:
        for part, found in scores.items():
            own = {} if found is None else {name: getattr(found, row) for name, row in _SYMBOL_ROWS.items()}
            best = min((score.bits for score in own.values()), default=0.0)
            for name in _SYMBOL_ROWS:
                text = f"{own[name].bits:.3g}" if name in own else "–"
                self._cells[name, part].setText(f"<b>{text}</b>" if name in own and own[name].bits == best else text)
        part, found = _last(scores)
        assert found.symbols is not None
        assert found.bigrams is not None
        beats = "beats" if found.symbols.bits < found.bigrams.bits else "does not beat"
        right, others = (f"{100 * score.right:.0f} %" for score in (found.symbols, found.bigrams))
        self.verdict.setText(
            f"{_where(part)} the network {beats} the bigrams, which know one symbol before: {right} right "
            f"against {others}.{f' Mean of {found.sequences:,} sequences.' if found.sequences > 1 else ''}"
        )


def _last(scores: dict[Part, PartScores | None]) -> tuple[Part, PartScores]:
    """Return the last part that there is."""
    return next((part, found) for part in reversed(Part) if (found := scores[part]) is not None)


def _where(part: Part) -> str:
    return f"On the {part.value} part" if part is not Part.TRAIN else "On the training part (there is no test part)"


def _figures(score: Score, *, in_units: bool) -> str:
    """Return all figures of a score; those in the data's own units only where that is one unit."""
    figures = {"RMSE": score.rmse, "MAE": score.mae} if in_units else {}
    figures |= {name: value for name, value in (("NMSE", score.nmse), ("MASE", score.mase)) if value is not None}
    return ", ".join([*(f"{name} {value:.4g}" for name, value in figures.items()), f"sMAPE {score.smape:.3g} %"])


def _verdict(part: Part, errors: dict[str, float]) -> str:
    """Say the last part's result in a sentence."""
    where = _where(part)
    if "network" not in errors or "persistence" not in errors:
        return f"{where} there is nothing to compare by."
    own, same = errors["network"], errors["persistence"]
    if not own < same:
        return f"{where} the network does not beat persistence yet."
    gain = 100 * (1 - own / same)
    linear = "and beats" if own < errors["linear"] else "but does not beat"
    return f"{where} the network's error is {gain:.0f} % below persistence, {linear} linear least squares."
