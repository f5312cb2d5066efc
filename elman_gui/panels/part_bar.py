"""PartBar: which part of a forecaster is looked at, and how much it counts."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Qt, Signal, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QProgressBar

from elman_gui.document import ForecastPlan
from elman_gui.threads.fitting import FitProgress
from elman_gui.tooltips import wrapped
from elman_gui.views.choice import Choice

__all__ = ["PartBar"]

_STAGES = {
    "choosing": "Choosing transforms, season, lags and penalty.",
    "validating": "Fitting networks to the rows before the validation.",
    "fitting": "Fitting networks to all rows before the test part.",
}
_ROOM_FOR_WEIGHT = 340
_TIP = "Which part of the forecaster every view shows; the whole forecast stands beside it."


class PartBar(QFrame):
    """A chooser of parts; not to be seen for a pure Elman network.

    Signals
    -------
    chosen(int)
        The person wants to look at another part.
    """

    chosen = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("card")
        self._label = QLabel("Part")
        self.parts = Choice()
        self.parts.setAccessibleName("Part of the forecaster that is looked at")
        self.parts.setToolTip(_TIP)
        self.parts.setSizeAdjustPolicy(Choice.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.parts.setMinimumContentsLength(12)
        self._label.setBuddy(self.parts)
        self.weight = QLabel()
        self.weight.setObjectName("muted")
        self.weight.setToolTip("How much the part counts in the forecast of one step ahead, and of more")
        self.progress = QProgressBar()
        self.progress.setTextVisible(False)
        self.progress.setFixedWidth(64)
        self.progress.setRange(0, 1000)
        self.progress.setAccessibleName("Share of the fit done")
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 4, 12, 4)
        row.setSpacing(8)
        row.addWidget(self._label)
        row.addWidget(self.parts, 1)
        row.addWidget(self.weight)
        row.addWidget(self.progress)
        self._plan: ForecastPlan | None = None
        self._named: object = None
        self._is_training = False
        self.parts.activated.connect(self.chosen)
        self.hide()

    @Slot(object)
    def show_plan(self, plan: ForecastPlan | None) -> None:
        """Offer the parts that there are."""
        self._plan = plan
        self.setVisible(plan is not None)
        if plan is None:
            self._named = None  # nothing of what was left is kept
            return
        forecaster = plan.forecaster
        if forecaster is not self._named:
            self._named = forecaster
            with QSignalBlocker(self.parts):
                self.parts.clear()
                for place, (short, words) in enumerate(_names(plan)):
                    self.parts.addItem(short)
                    self.parts.setItemData(place, words, Qt.ItemDataRole.ToolTipRole)
        with QSignalBlocker(self.parts):
            self.parts.setCurrentIndex(plan.part if plan.part < self.parts.count() else -1)
            self.parts.setPlaceholderText("none yet" if forecaster is None else "under way")
        words = self.parts.itemData(self.parts.currentIndex(), Qt.ItemDataRole.ToolTipRole)
        self.parts.setToolTip(words or wrapped(_TIP))
        self.weight.setText(_weight(plan))
        self._make_room()

    @Slot(object)
    def show_progress(self, progress: FitProgress) -> None:
        """Show how far the fit is."""
        self.progress.setValue(round(1000 * progress.share))
        self.progress.setToolTip(wrapped(_STAGES.get(progress.stage, "")))

    def show_training(self, is_training: bool) -> None:
        """While it is fitted, no other part can be looked at."""
        self._is_training = is_training
        self._make_room()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave out what there is no room for."""
        super().resizeEvent(event)
        self._make_room()

    def _make_room(self) -> None:
        self.parts.setEnabled(self.parts.count() > 0 and not self._is_training)
        self.progress.setVisible(self._is_training)
        self.weight.setVisible(not self._is_training and self.width() >= _ROOM_FOR_WEIGHT)


def _names(plan: ForecastPlan) -> list[tuple[str, str]]:
    """Return what each part is called, and what it is."""
    if plan.forecaster is None:
        return []
    from elman_core.forecasting.part_words import part_words, short_part_words  # imports torch

    parts = enumerate(plan.forecaster.parts, start=1)
    return [(f"{place}: {short_part_words(part)}", wrapped(part_words(part))) for place, part in parts]


def _weight(plan: ForecastPlan) -> str:
    if plan.forecaster is None or plan.part >= len(plan.forecaster.parts):
        return ""
    from elman_core.forecasting.part_words import weight_words

    return weight_words(plan.forecaster.parts[plan.part])
