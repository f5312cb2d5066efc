"""ScoreCard: how good the predictions are, beside what an honest forecaster has to beat."""

from __future__ import annotations

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QGridLayout, QLabel, QSizePolicy

from elman_core.data.dataset import Part, SequenceDataset
from elman_core.forecasting.metrics import PartScores
from elman_gui.views.card import Card

__all__ = ["ScoreCard"]

_ROWS = ("network", "persistence", "linear")
_EXPLANATIONS = {
    "network": "This network, one step ahead",
    "persistence": "Predicts that nothing changes: the value before",
    "linear": "Linear least squares on the last values, fitted to the training part",
}
_SYMBOL_ROWS = {"network": "symbols", "persistence": "frequent", "linear": "bigrams"}
"""What takes the places of the rows where there are symbols."""
_SYMBOL_NAMES = {"network": "network", "persistence": "frequencies", "linear": "bigrams"}
_SYMBOL_EXPLANATIONS = {
    "network": "This network, from all symbols before",
    "persistence": "Each symbol by how frequent it is in the training part",
    "linear": "Each symbol by how often it followed the one before in the training part",
}
_NUMBERS_TIP = "Root mean squared error of one-step prediction, in the data's own units. Smaller is better."
_SYMBOLS_TIP = (
    "Mean of -log2 of the probability that was given to the symbol that came. 0 bits is perfect; 1 bit is one half."
)


class ScoreCard(Card):
    """RMSE of one-step prediction in the data's own units, by part; the best of each part is bold."""

    def __init__(self) -> None:
        super().__init__("One-step error (RMSE)")
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        self.setMinimumHeight(172)
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
        self.show_scores(None)

    def show_dataset(self, dataset: SequenceDataset) -> None:
        """Wait for the scores of numbers, or of symbols."""
        symbols = dataset.symbols is not None
        self.title.setText("Bits a symbol" if symbols else "One-step error (RMSE)")
        self.setToolTip(_SYMBOLS_TIP if symbols else _NUMBERS_TIP)
        for name, label in self._names.items():
            label.setText(_SYMBOL_NAMES[name] if symbols else name)
            label.setToolTip((_SYMBOL_EXPLANATIONS if symbols else _EXPLANATIONS)[name])

    @Slot(object)
    def show_scores(self, scores: dict[Part, PartScores | None] | None) -> None:
        """Show these scores; None while the network moves."""
        if scores is None:
            for cell in self._cells.values():
                cell.setText("–")
            self.verdict.setText("Shown when the network is at rest.")
            return
        if any(found is not None and found.symbols is not None for found in scores.values()):
            self._show_symbol_scores(scores)
            return
        for part in Part:
            found = scores[part]
            errors = {} if found is None else {name: getattr(found, name).rmse for name in _ROWS}
            for name in _ROWS:
                text = f"{errors[name]:.4g}" if name in errors else "–"
                best = name in errors and errors[name] == min(errors.values())
                self._cells[name, part].setText(f"<b>{text}</b>" if best else text)
        self.verdict.setText(_verdict(scores))
        first = next(found for found in scores.values() if found is not None)
        order = first.linear_order
        self._names["linear"].setText(f"linear ({order} value{'s' if order > 1 else ''})")

    def _show_symbol_scores(self, scores: dict[Part, PartScores | None]) -> None:
        for part, found in scores.items():
            own = {} if found is None else {name: getattr(found, _SYMBOL_ROWS[name]) for name in _ROWS}
            best = min((score.bits for score in own.values()), default=0.0)
            for name in _ROWS:
                text = f"{own[name].bits:.3g}" if name in own else "–"
                self._cells[name, part].setText(f"<b>{text}</b>" if name in own and own[name].bits == best else text)
        part, found = _last(scores)
        assert found.symbols is not None
        assert found.bigrams is not None
        beats = "beats" if found.symbols.bits < found.bigrams.bits else "does not beat"
        right, others = (f"{100 * score.right:.0f} %" for score in (found.symbols, found.bigrams))
        self.verdict.setText(
            f"{_where(part)} the network {beats} the bigrams, which know one symbol before: {right} right "
            f"against {others}."
        )


def _last(scores: dict[Part, PartScores | None]) -> tuple[Part, PartScores]:
    """Return the last part that there is."""
    return next((part, found) for part in reversed(Part) if (found := scores[part]) is not None)


def _where(part: Part) -> str:
    return f"On the {part.value} part" if part is not Part.TRAIN else "On the training part (there is no test part)"


def _verdict(scores: dict[Part, PartScores | None]) -> str:
    """Say the last part's result in a sentence."""
    part, found = _last(scores)
    own, where = found.network.rmse, _where(part)
    if not own < found.persistence.rmse:
        return f"{where} the network does not beat persistence yet."
    gain = 100 * (1 - own / found.persistence.rmse)
    linear = "and beats" if own < found.linear.rmse else "but does not beat"
    return f"{where} the network's error is {gain:.0f} % below persistence, {linear} linear least squares."
