"""TransportBar: what is run, how fast, where; always visible."""

from __future__ import annotations

from collections.abc import Sequence

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
    QToolButton,
    QWidget,
)

from elman_core.experiment import Experiment
from elman_core.experiments import BUILT_IN
from elman_core.experiments.built_in import built_in_name
from elman_gui.controllers.run_state import RunState
from elman_gui.icons import icon
from elman_gui.number_boxes import LARGEST_WHOLE_NUMBER, WholeNumberBox
from elman_gui.panels.more_button import MoreButton
from elman_gui.theme import Theme
from elman_gui.threads.training import UNLIMITED
from elman_gui.tooltips import wrapped
from elman_gui.views.choice import Choice

__all__ = ["DEFAULT_SPEED", "TransportBar"]

_SPEEDS = (1.0, 2.0, 5.0, 10.0, 20.0, 30.0, 60.0, 120.0, 250.0, 500.0, 1000.0, UNLIMITED)
_OWN_DATA = "own data"
"""Stands for data of one's own among the names of the built-in experiments."""
_DEVICE_TIP = "Where to compute. For small networks the CPU is mostly fastest; choose a GPU, and both are measured."
_NETWORKS = (1, 10, 100, 1_000)
_NETWORKS_TIP = "How many networks learn at once, each from a seed of its own: see them in the workspace Seeds"
_MARGIN, _GAP = 12, 8
_LEAST_NAME, _BESIDE_NAME = 110, 44
"""Pixels of the chooser of experiments, and what it needs beside a name."""
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
    networks_chosen(int)
    """

    experiment_chosen = Signal(str)
    speed_changed = Signal(float)
    device_chosen = Signal(str)
    seed_changed = Signal(int)
    networks_chosen = Signal(int)

    def __init__(self, actions: dict[str, QAction]) -> None:
        super().__init__()
        self.setObjectName("transport")
        self._actions = actions
        self._theme: Theme | None = None
        self._state = RunState.IDLE
        self._may_choose_networks = True
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
        self.seed = WholeNumberBox()
        self.seed.setAccessibleName("Seed")
        self.seed.setToolTip("Draws the initial weights: the same seed gives the same run. Used at the next reset.")
        self.seed.setMaximumWidth(90)
        self.networks = self._combo("Networks", _NETWORKS_TIP)
        self.devices = self._combo("Device", _DEVICE_TIP)
        self.devices.addItem("CPU", "cpu")
        for box in (self.experiments, self.networks, self.devices):
            box.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.experiments.setMinimumWidth(_LEAST_NAME)
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
        row.setContentsMargins(_MARGIN, 8, _MARGIN, 8)
        row.setSpacing(_GAP)
        speed, networks, seed, device = (
            self._label(text, widget)
            for text, widget in (
                ("Speed", self.speed), ("Networks", self.networks), ("Seed", self.seed), ("Device", self.devices),
            )
        )  # fmt: skip
        self._labels = (speed, networks, seed, device)
        before = (self.experiments, self.train, self.step, self.stop, self.reset, speed, self.speed, self.speed_text)
        after = (networks, self.networks, seed, self.seed, device, self.devices, self.predict)
        self._parts = (*before, *after)
        for widget in before:
            row.addWidget(widget, 1 if widget is self.speed else 0)
        row.addStretch(1)
        for widget in after:
            row.addWidget(widget)
        missed_least_first = (
            ("Device", self.devices), ("Seed", self.seed), ("Predict", self.predict), ("Networks", self.networks),
            ("Reset", self.reset), ("Step", self.step),
        )  # fmt: skip
        self.more = MoreButton(row, missed_least_first)
        row.addWidget(self.more)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """In a narrow window labels give way, since tooltips and names say what is what; then what is used least."""
        super().resizeEvent(event)
        self._make_room()

    def minimumSizeHint(self) -> QSize:
        """Do with what cannot go behind the last button."""
        least = self._width_without((*self._labels, self.speed_text, *self.more.order), shrunk=True)
        return QSize(least, super().minimumSizeHint().height())

    def _make_room(self) -> None:
        """Show as much as there is room for beside the whole name of the experiment."""
        given_up: list[QWidget] = []
        behind = 0
        if self.width() < self._width_without(given_up):
            given_up += self._labels
        if self.width() < self._width_without(given_up):
            given_up.append(self.speed_text)
        while behind < len(self.more.order) and self.width() < self._width_without(given_up):
            given_up.append(self.more.order[behind])
            behind += 1
        for words in (*self._labels, self.speed_text):
            words.setVisible(words not in given_up)
        self.more.put_behind(behind)
        has_room = self.width() >= self._width_without(given_up)
        self.experiments.setMinimumWidth(self._name_width if has_room else _LEAST_NAME)

    @property
    def _name_width(self) -> int:
        """How wide the chooser of experiments has to be for the name that is shown."""
        name = self.experiments.currentText()
        return max(_LEAST_NAME, self.experiments.fontMetrics().horizontalAdvance(name) + _BESIDE_NAME)

    def _width_without(self, given_up: Sequence[QWidget], *, shrunk: bool = False) -> int:
        """How wide the bar has to be if these are not in it, and the experiment's name is whole or shrunk."""
        least = {self.experiments: _LEAST_NAME if shrunk else self._name_width, self.speed: self.speed.minimumWidth()}
        widths = [
            least.get(widget, min(widget.sizeHint().width(), widget.maximumWidth()))
            for widget in self._parts
            if widget not in given_up
        ]
        if any(widget in self.more.order for widget in given_up):
            widths.append(self.more.sizeHint().width())
        return sum(widths) + _GAP * len(widths) + 2 * _MARGIN

    def _label(self, text: str, buddy: WholeNumberBox | QSlider | QComboBox) -> QLabel:
        label = QLabel(text)
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
        self.networks.activated.connect(self._on_networks_activated)
        self.seed.valueChanged.connect(self.seed_changed)

    def set_theme(self, theme: Theme) -> None:
        """Take on the colours of a theme."""
        self._theme = theme
        self.show_state(self._state)
        self.stop.setIcon(icon("stop", theme.ink, theme.muted))
        self.predict.setIcon(icon("predict", theme.ink, theme.muted))
        self.more.setIcon(icon("more", theme.ink, theme.muted))

    @Slot(object)
    def show_state(self, state: RunState) -> None:
        """Show what can be pressed now."""
        self._state = state
        running = state in (RunState.RUNNING, RunState.STOPPING)
        words = {RunState.IDLE: "Train", RunState.PAUSED: "Continue"}
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
        self.networks.setEnabled(not running and self._may_choose_networks)

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
            self.seed.setValue(min(experiment.training.seed, LARGEST_WHOLE_NUMBER))
        self._show_networks(experiment.training.networks)
        self._make_room()

    def _show_networks(self, networks: int) -> None:
        """Offer the usual numbers, and the one that there is."""
        with QSignalBlocker(self.networks):
            self.networks.clear()
            for number in sorted({*_NETWORKS, networks}):
                self.networks.addItem(f"{number:,}", number)
            self.networks.setCurrentIndex(self.networks.findData(networks))

    def let_networks_be_chosen(self, allowed: bool) -> None:
        """Let the person choose how many networks learn, or not: a forecaster has as many as its recipe says."""
        self._may_choose_networks = allowed
        tip = _NETWORKS_TIP if allowed else "A forecaster has as many networks as it needs"
        self.networks.setToolTip(tip)
        self.show_state(self._state)

    def show_devices(self, devices: tuple[object, ...]) -> None:
        """Offer these devices; the choice stays where it can."""
        chosen = self.devices.currentData()
        with QSignalBlocker(self.devices):
            self.devices.clear()
            for device in devices:
                self.devices.addItem("CPU" if device.name == "cpu" else f"{device.title} ({device.name})", device.name)
            self.devices.setCurrentIndex(max(0, self.devices.findData(chosen)))
        if len(devices) == 1:
            self.show_device_advice("There is no GPU here that torch can use.")

    @Slot(str)
    def show_device_advice(self, sentence: str) -> None:
        """Say which device is faster, where a person looks for it."""
        self.devices.setToolTip(wrapped(f"{_DEVICE_TIP} {sentence}"))

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
    def _on_networks_activated(self, index: int) -> None:
        self.networks_chosen.emit(self.networks.itemData(index))

    @Slot(int)
    def _on_speed_moved(self, index: int) -> None:
        speed = _SPEEDS[index]
        self.speed_text.setText(
            "unlimited" if speed == UNLIMITED else f"{speed:,.0f} epoch{'s' if speed != 1 else ''}/s"
        )
        self.speed_changed.emit(speed)
