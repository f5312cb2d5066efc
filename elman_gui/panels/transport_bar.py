"""TransportBar: what is run, how fast, where; always visible."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, QSize, Qt, Signal, Slot
from PySide6.QtGui import QAction, QResizeEvent
from PySide6.QtWidgets import (
    QComboBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QMenu,
    QPushButton,
    QSizePolicy,
    QSlider,
    QSpinBox,
    QToolButton,
)

from elman_core.experiment import Experiment
from elman_core.experiments import BUILT_IN
from elman_core.experiments.built_in import built_in_name
from elman_gui.controllers.run_state import RunState
from elman_gui.icons import icon
from elman_gui.panels.fields import indent_text
from elman_gui.theme import Theme
from elman_gui.threads.training import UNLIMITED
from elman_gui.views.choice import Choice

__all__ = ["DEFAULT_SPEED", "TransportBar"]

_SPEEDS = (1.0, 2.0, 5.0, 10.0, 20.0, 30.0, 60.0, 120.0, 250.0, 500.0, 1000.0, UNLIMITED)
_ROOMY = 1130
_OWN_DATA = "own data"
"""Stands for data of one's own among the names of the built-in experiments."""
DEFAULT_SPEED = 60.0
"""Lets a person watch: 300 epochs take five seconds."""


class TransportBar(QFrame):
    """The buttons for a run, and the few choices that belong to it.

    Signals
    -------
    experiment_chosen(str)
        A built-in experiment by name, or "" to open a file.
    speed_changed(float)
    device_chosen(str)
    seed_changed(int)
    """

    experiment_chosen = Signal(str)
    speed_changed = Signal(float)
    device_chosen = Signal(str)
    seed_changed = Signal(int)

    def __init__(self, actions: dict[str, QAction]) -> None:
        super().__init__()
        self.setObjectName("transport")
        self._actions = actions
        self._theme: Theme | None = None
        self._state = RunState.IDLE
        self._labels: list[QLabel] = []
        self.experiments = self._combo("Experiment", "What is learned: a built-in experiment or a file of your own")
        self.train = QPushButton("Train")
        self.train.setObjectName("primary")
        self.train.setAccessibleName("Train or pause")
        self.train.setIconSize(QSize(14, 14))
        self.train.setMinimumWidth(92)
        self.step = self._menu_button("Step", actions["step_epoch"], [actions["step_time"], actions["step_epoch"]])
        self.stop = QPushButton("Stop")
        self.stop.setToolTip(actions["stop"].toolTip())
        self.reset = self._menu_button("Reset", actions["reset"], [actions["reset"], actions["reset_new_seed"]])
        self.speed = QSlider(Qt.Orientation.Horizontal)
        self.speed.setRange(0, len(_SPEEDS) - 1)
        self.speed.setPageStep(2)
        self.speed.setMinimumWidth(60)
        self.speed.setMaximumWidth(150)
        self.speed.setAccessibleName("Speed")
        self.speed.setToolTip("How fast to train: from one epoch a second, to watch, to as fast as it goes")
        self.speed_text = QLabel()
        self.speed_text.setObjectName("muted")
        self.speed_text.setMinimumWidth(self.fontMetrics().horizontalAdvance("1,000 epochs/s") + 4)
        self.seed = QSpinBox()
        self.seed.setRange(0, 2**31 - 1)
        indent_text(self.seed)
        self.seed.setKeyboardTracking(False)
        self.seed.setAccessibleName("Seed")
        self.seed.setToolTip("Draws the initial weights: the same seed gives the same run. Used at the next reset.")
        self.seed.setMaximumWidth(90)
        self.devices = self._combo("Device", "Where to compute. For networks this small the CPU is fastest.")
        self.devices.addItem("CPU", "cpu")
        for box in (self.experiments, self.devices):
            box.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.experiments.setMinimumWidth(110)
        self.predict = QPushButton("Predict…")
        self.predict.setToolTip(actions["predict"].toolTip())
        self._lay_out()
        self._connect()
        self.set_speed(DEFAULT_SPEED)
        self.show_state(RunState.IDLE)

    def _combo(self, name: str, tip: str) -> QComboBox:
        box = Choice()
        box.setAccessibleName(name)
        box.setToolTip(tip)
        box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        return box

    def _menu_button(self, text: str, first: QAction, entries: list[QAction]) -> QToolButton:
        button = QToolButton()
        button.setObjectName("button")
        button.setText(text)
        button.setAccessibleName(text)
        button.setToolTip(" · ".join(entry.toolTip() for entry in entries))
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        menu = QMenu(button)
        menu.addActions(entries)
        button.setMenu(menu)
        return button

    def _lay_out(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 8, 12, 8)
        row.setSpacing(8)
        for widget in (self.experiments, self.train, self.step, self.stop, self.reset):
            row.addWidget(widget)
        row.addSpacing(8)
        row.addWidget(self._label("Speed", self.speed))
        row.addWidget(self.speed, 1)
        row.addWidget(self.speed_text)
        row.addStretch(1)
        row.addWidget(self._label("Seed", self.seed))
        row.addWidget(self.seed)
        row.addWidget(self._label("Device", self.devices))
        row.addWidget(self.devices)
        row.addWidget(self.predict)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """In a narrow window the labels give way; tooltips and names still say what is what."""
        for label in self._labels:
            label.setVisible(event.size().width() >= _ROOMY)
        super().resizeEvent(event)

    def _label(self, text: str, buddy: QSpinBox | QSlider | QComboBox) -> QLabel:
        label = QLabel(text)
        self._labels.append(label)
        label.setObjectName("muted")
        label.setBuddy(buddy)
        return label

    def _connect(self) -> None:
        self.train.clicked.connect(self._on_train_clicked)
        self.stop.clicked.connect(self._actions["stop"].trigger)
        self.predict.clicked.connect(self._actions["predict"].trigger)
        self.experiments.activated.connect(self._on_experiment_activated)
        self.speed.valueChanged.connect(self._on_speed_moved)
        self.devices.activated.connect(self._on_device_activated)
        self.seed.valueChanged.connect(self.seed_changed)

    def set_theme(self, theme: Theme) -> None:
        """Take on the colours of a theme."""
        self._theme = theme
        self.show_state(self._state)
        self.stop.setIcon(icon("stop", theme.ink, theme.muted))
        self.predict.setIcon(icon("predict", theme.ink, theme.muted))

    @Slot(object)
    def show_state(self, state: RunState) -> None:
        """Show what can be pressed now."""
        self._state = state
        running = state in (RunState.RUNNING, RunState.STOPPING)
        words = {RunState.IDLE: "Train", RunState.PAUSED: "Go on"}
        self.train.setText(words.get(state, "Pause"))
        self.train.setEnabled(state is not RunState.STOPPING)
        self.train.setToolTip(self._actions["pause" if running else "train"].toolTip())
        if self._theme is not None:
            self.train.setIcon(icon("pause" if running else "play", self._theme.on_accent))
        self.stop.setEnabled(state in (RunState.RUNNING, RunState.PAUSED))
        self.step.setEnabled(not running)
        self.reset.setEnabled(not running)
        self.experiments.setEnabled(not running)
        self.devices.setEnabled(not running)
        self.seed.setEnabled(not running)

    def show_experiment(self, experiment: Experiment) -> None:
        """Show which experiment is open, and its seed; data of one's own may be named like a built-in one."""
        built_in = built_in_name(experiment.dataset.source)
        with QSignalBlocker(self.experiments), QSignalBlocker(self.seed):
            self.experiments.clear()
            for offered in BUILT_IN.values():
                self.experiments.addItem(offered.title, offered.name)
            if not built_in:
                self.experiments.addItem(experiment.name, _OWN_DATA)
            self.experiments.insertSeparator(self.experiments.count())
            self.experiments.addItem("Open a file…", "")
            self._shown = built_in or _OWN_DATA
            self.experiments.setCurrentIndex(self.experiments.findData(self._shown))
            self.seed.setValue(min(experiment.training.seed, 2**31 - 1))

    def show_devices(self, devices: tuple[object, ...]) -> None:
        """Offer these devices; the choice stays where it can."""
        chosen = self.devices.currentData()
        with QSignalBlocker(self.devices):
            self.devices.clear()
            for device in devices:
                self.devices.addItem("CPU" if device.name == "cpu" else f"{device.title} ({device.name})", device.name)
            self.devices.setCurrentIndex(max(0, self.devices.findData(chosen)))

    def set_speed(self, epochs_per_second: float) -> None:
        """Move the slider to the nearest speed."""
        nearest = min(range(len(_SPEEDS)), key=lambda n: abs(_SPEEDS[n] - epochs_per_second))
        self.speed.setValue(nearest)
        self._on_speed_moved(nearest)

    @property
    def chosen_speed(self) -> float:
        """The speed that the slider stands at."""
        return _SPEEDS[self.speed.value()]

    @Slot()
    def _on_train_clicked(self) -> None:
        self._actions["pause" if self._state is RunState.RUNNING else "train"].trigger()

    @Slot(int)
    def _on_experiment_activated(self, index: int) -> None:
        name = self.experiments.itemData(index)
        self.experiments.setCurrentIndex(self.experiments.findData(self._shown))  # until another one is open
        if name in BUILT_IN or name == "":
            self.experiment_chosen.emit(name)

    @Slot(int)
    def _on_device_activated(self, index: int) -> None:
        self.device_chosen.emit(self.devices.itemData(index))

    @Slot(int)
    def _on_speed_moved(self, index: int) -> None:
        speed = _SPEEDS[index]
        self.speed_text.setText(
            "unlimited" if speed == UNLIMITED else f"{speed:,.0f} epoch{'s' if speed != 1 else ''}/s"
        )
        self.speed_changed.emit(speed)
