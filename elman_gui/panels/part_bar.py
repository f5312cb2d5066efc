"""PartBar: which part of a forecaster is looked at, how much it counts, and what the whole is."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Signal, Slot
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QProgressBar

from elman_gui.document import ForecastPlan
from elman_gui.threads.fitting import FitProgress
from elman_gui.tooltips import wrapped
from elman_gui.views.choice import Choice
from elman_gui.views.elided_label import ElidedLabel

__all__ = ["PartBar"]

_STAGES = {
    "choosing": "Choosing transforms, season, lags and penalty",
    "validating": "Fitting networks to what comes before the validation",
    "fitting": "Fitting networks to all rows before the test part",
}
_NOTHING = "Least squares and Elman networks, weighted by what validation says. Train fits them one after another."


class PartBar(QFrame):
    """A chooser of parts, and a sentence; not to be seen for a pure Elman network.

    Signals
    -------
    chosen(int)
        The person wants to look at another part.
    """

    chosen = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("card")
        label = QLabel("Part")
        self.parts = Choice()
        self.parts.setAccessibleName("Part of the forecaster that is looked at")
        self.parts.setToolTip("Which part of the forecaster every view shows; the whole forecast stands beside it")
        self.parts.setMinimumWidth(120)
        label.setBuddy(self.parts)
        self.weight = QLabel()
        self.weight.setObjectName("muted")
        self.words = ElidedLabel()
        self.words.setAccessibleName("The forecaster in words")
        self.progress = QProgressBar()
        self.progress.setTextVisible(False)
        self.progress.setFixedWidth(120)
        self.progress.setRange(0, 1000)
        self.progress.setAccessibleName("Share of the fit done")
        self.progress.hide()
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 4, 12, 4)
        row.setSpacing(8)
        row.addWidget(label)
        row.addWidget(self.parts, 2)
        row.addWidget(self.weight)
        row.addWidget(self.words, 3)
        row.addWidget(self.progress)
        self._label = label
        self._shown: tuple[object, int] = (None, -1)
        self.parts.activated.connect(self.chosen)
        self.hide()

    @Slot(object)
    def show_plan(self, plan: ForecastPlan | None) -> None:
        """Show what there is of a forecaster."""
        self.setVisible(plan is not None)
        if plan is None:
            return
        forecaster = plan.forecaster
        has_parts = forecaster is not None
        for widget in (self._label, self.parts, self.weight):
            widget.setVisible(has_parts)
        if forecaster is None:
            self.words.setText(_NOTHING)
            self._shown = (None, -1)
            return
        from elman_core.forecasting.part_words import part_words, weight_words, whole_words  # imports torch

        if self._shown[0] is not forecaster:
            with QSignalBlocker(self.parts):
                self.parts.clear()
                self.parts.addItems(
                    [f"{place}: {part_words(part)}" for place, part in enumerate(forecaster.parts, start=1)]
                )
        self._shown = (forecaster, plan.part)
        is_fitted = plan.part < len(forecaster.parts)
        with QSignalBlocker(self.parts):
            self.parts.setCurrentIndex(plan.part if is_fitted else -1)
        self.weight.setText(
            weight_words(forecaster.parts[plan.part]) if is_fitted else "learns, and counts nothing yet"
        )
        self.words.setText(whole_words(forecaster))
        self.words.setToolTip(wrapped(whole_words(forecaster)))

    @Slot(object)
    def show_progress(self, progress: FitProgress) -> None:
        """Show how far the fit is."""
        self.progress.setValue(round(1000 * progress.share))
        if progress.stage in _STAGES:
            self.progress.setToolTip(wrapped(_STAGES[progress.stage] + "."))

    def show_training(self, is_training: bool) -> None:
        """While it is fitted, no other part can be looked at."""
        self.parts.setEnabled(not is_training)
        self.progress.setVisible(is_training)
