"""OutlookBar: how far ahead is forecast, which intervals are drawn, and how the network is tested on the past."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QProgressBar, QPushButton, QSlider, QWidget

from elman_gui.number_boxes import WholeNumberBox
from elman_gui.plain_text import PlainLabel
from elman_gui.views.choice import Choice

__all__ = ["OutlookBar"]

_MOST_STEPS = 1_000
_LEAST_ON_SLIDER, _MOST_ON_SLIDER = 24, 120
_WAITING_MS = 250
_ROOM_FOR_SLIDER, _ROOM_FOR_BAR = 940, 700
_LEVELS: dict[str, tuple[float, ...]] = {
    "80 and 90 %": (80.0, 90.0), "80 %": (80.0,), "90 %": (90.0,), "No intervals": (),
}  # fmt: skip
_FOLDS = {"Fitted once": 0, "Fitted 2 times": 2, "Fitted 4 times": 4, "Fitted 8 times": 8}


class OutlookBar(QWidget):
    """What it says is waited for a moment, so that a slider that is dragged begins one forecast, not fifty.

    Signals
    -------
    steps_changed(int)
        So many steps are to be forecast.
    levels_changed(tuple)
        The intervals of these levels are to be drawn, in per cent.
    testing_changed()
        `folds` or `ets` are others.
    stop_wanted(), again_wanted()
        The test on the past is to end, or to be made after all.
    predict_wanted()
        The person wants to forecast another series, or with another model.
    """

    steps_changed = Signal(int)
    levels_changed = Signal(tuple)
    testing_changed = Signal()
    stop_wanted = Signal()
    again_wanted = Signal()
    predict_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._ets: bool | None = None
        self.steps = WholeNumberBox(1, _MOST_STEPS)
        self.steps.setAccessibleName("Steps ahead")
        self.steps.setToolTip("How many rows beyond the data are forecast, scored and tested")
        self.steps.setKeyboardTracking(True)
        self.steps.setMaximumWidth(80)
        label = PlainLabel("Steps ahead")
        label.setObjectName("muted")
        label.setBuddy(self.steps)
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setAccessibleName("Steps ahead")
        self.slider.setToolTip(self.steps.toolTip())
        self.slider.setFixedWidth(120)
        self.levels = Choice()
        self.levels.setAccessibleName("Intervals")
        self.levels.setToolTip("Which intervals are drawn: so many per cent of the values to come lie within")
        for words, levels in _LEVELS.items():
            self.levels.addItem(words, levels)
        self.fits = Choice()
        self.fits.setAccessibleName("Fitting during the test on the past")
        self.fits.setToolTip(
            "Test the network as it is, fitted once; or divide the test part into stretches, and fit all models anew "
            "at the beginning of each, to all rows before it"
        )
        for words, folds in _FOLDS.items():
            self.fits.addItem(words, folds)
        self.with_ets = QCheckBox("ETS")
        self.with_ets.setToolTip("Exponential smoothing among the baselines: a fifth of a second for each series")
        self.progress = QProgressBar()
        self.progress.setRange(0, 1_000)
        self.progress.setTextVisible(False)
        self.progress.setFixedWidth(72)
        self.progress.setAccessibleName("Progress of the test on the past")
        self.stop = _small("Cancel", "End the comparison with the past; what it found before stays")
        self.again = _small("Test on the Past", "Compare forecasts from the past with what came")
        self.predict = _small("Other Data…", "Forecast another series or with another model; and export (Ctrl+P)")
        row = QHBoxLayout(self)
        row.setContentsMargins(4, 0, 0, 0)
        row.setSpacing(8)
        for widget in (label, self.steps, self.slider, self.levels, self.fits, self.with_ets, self.progress, self.stop):
            row.addWidget(widget)
        row.addWidget(self.again)
        row.addStretch(1)
        row.addWidget(self.predict)
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(_WAITING_MS)
        self._connect()
        self.show_working(False)
        self.again.hide()

    def _connect(self) -> None:
        self.steps.valueChanged.connect(self._on_steps)
        self.slider.valueChanged.connect(self.steps.setValue)
        self._later.timeout.connect(self._tell_steps)
        self.levels.currentIndexChanged.connect(lambda: self.levels_changed.emit(self.levels.currentData()))
        self.fits.currentIndexChanged.connect(self.testing_changed)
        self.with_ets.clicked.connect(self._on_ets)
        self.stop.clicked.connect(self.stop_wanted)
        self.again.clicked.connect(self.again_wanted)
        self.predict.clicked.connect(self.predict_wanted)

    # -- what it says ---------------------------------------------------------------------------

    @property
    def folds(self) -> int:
        """At the beginning of each of so many stretches all is fitted again; 0 for never."""
        folds: int = self.fits.currentData()
        return folds

    @property
    def ets(self) -> bool | None:
        """Whether ETS is wanted among the baselines; None where nobody has said."""
        return self._ets

    @Slot(int)
    def _on_steps(self, steps: int) -> None:
        with QSignalBlocker(self.slider):
            self.slider.setValue(steps)
        self._later.start()

    @Slot()
    def _tell_steps(self) -> None:
        self.steps_changed.emit(self.steps.value())

    @Slot(bool)
    def _on_ets(self, wanted: bool) -> None:
        self._ets = wanted
        self.testing_changed.emit()

    # -- what it shows --------------------------------------------------------------------------

    def show_steps(self, steps: int, longest: int) -> None:
        """Show how many steps are forecast; `longest` is how many can be scored."""
        self._later.stop()
        with QSignalBlocker(self.steps), QSignalBlocker(self.slider):
            self.slider.setRange(1, max(min(longest, _MOST_ON_SLIDER), _LEAST_ON_SLIDER))
            self.steps.setValue(steps)
            self.slider.setValue(steps)

    def show_ets(self, shown: bool) -> None:
        """Show whether ETS is among the baselines."""
        self.with_ets.setChecked(shown)

    def forget_ets(self) -> None:
        """Let the number of series decide on ETS."""
        self._ets = None

    def show_working(self, working: bool) -> None:
        """Show that the past is tested on, or no more."""
        self._is_working = working
        self.progress.setValue(0)
        self.stop.setVisible(working)
        self._show_bar()

    @Slot(float)
    def show_progress(self, share: float) -> None:
        """Show how much of the test is done."""
        self.progress.setValue(round(1_000 * share))

    def offer_again(self, offered: bool) -> None:
        """Offer to make a test that was cancelled."""
        self.again.setVisible(offered)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Where there is little room the box alone says how many steps."""
        super().resizeEvent(event)
        self.slider.setVisible(event.size().width() >= _ROOM_FOR_SLIDER)
        self._show_bar()

    def _show_bar(self) -> None:
        self.progress.setVisible(self._is_working and self.width() >= _ROOM_FOR_BAR)


def _small(words: str, tip: str) -> QPushButton:
    button = QPushButton(words)
    button.setObjectName("small")
    button.setAutoDefault(False)
    button.setToolTip(tip)
    return button
