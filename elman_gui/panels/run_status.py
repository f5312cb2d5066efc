"""RunStatus: the status bar's numbers."""

from __future__ import annotations

from PySide6.QtCore import Signal, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QLabel, QProgressBar, QStatusBar, QWidget

from elman_core.data.dataset import SequenceDataset
from elman_core.experiment import Experiment
from elman_gui.controllers.run_progress import RunProgress
from elman_gui.controllers.run_state import RunState
from elman_gui.panels.member_chooser import MemberChooser

__all__ = ["RunStatus"]

_ROOMY = 1200
_GAP, _MARGINS, _SPARE = 14, 12, 48
_STATES = {
    RunState.IDLE: "Ready",
    RunState.RUNNING: "Training",
    RunState.PAUSED: "Paused",
    RunState.STOPPING: "Stopping",
}


class RunStatus(QStatusBar):
    """State, epoch, the network that is looked at, losses, speed, time left, device and engine.

    Signals
    -------
    member_chosen(int)
        The person wants to look at another network of the ensemble, counted from 0.
    """

    member_chosen = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self.setSizeGripEnabled(False)
        self._state, self._is_untrained = RunState.IDLE, True
        self.state = QLabel("Untrained")
        self.epoch = QLabel()
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setFixedWidth(120)
        self.bar.setAccessibleName("Share of the epochs done")
        self.members = MemberChooser()
        self.members.chosen.connect(self.member_chosen)
        self.losses = QLabel()
        self.speed = QLabel()
        self.time = QLabel()
        self.place = QLabel("CPU")
        self._dataset: SequenceDataset | None = None
        self._device, self._engine = "CPU", "loading PyTorch…"
        for widget in (self.state, self.epoch, self.bar, self.members):
            self.addWidget(widget)
        self.members.hide()
        for widget, tip in (
            (self.losses, "Total loss of the epoch whose weights the network has, and per time step"),
            (self.speed, "Training time steps a second"),
            (self.time, "Time spent training, and left"),
            (self.place, "Device and engine"),
        ):
            widget.setToolTip(tip)
            widget.setObjectName("muted")
            self.addPermanentWidget(widget)
        self._show_place()

    def show_experiment(self, experiment: Experiment, member: int) -> None:
        """Count in this series' time steps from now on, and offer these networks."""
        self._dataset = experiment.dataset
        self.members.show_networks(experiment.training.networks, member)
        self._make_room()

    @Slot(object)
    def show_state(self, state: RunState) -> None:
        """Show the state in a word."""
        self._state = state
        self._show_words()

    def _show_words(self) -> None:
        untrained = self._state is RunState.IDLE and self._is_untrained
        self.state.setText("Untrained" if untrained else _STATES[self._state])

    @Slot(object)
    def show_progress(self, progress: RunProgress) -> None:
        """Show where the run stands."""
        self._is_untrained = not (progress.epoch or progress.time_step)
        self._show_words()
        step = f", step {progress.time_step:,}" if progress.time_step else ""
        self.epoch.setText(f"{progress.words}{step}")
        # While it trains a step comes and goes with every look: what stands beside it is not to jump.
        needed = self.epoch.sizeHint().width()
        is_running = self._state is RunState.RUNNING
        self.epoch.setMinimumWidth(max(needed, self.epoch.minimumWidth()) if is_running else 0)
        self.bar.setRange(0, 1000)
        self.bar.setValue(round(1000 * progress.epoch / max(1, progress.last_epoch)))
        self.members.show_progress(progress)
        words = []
        if progress.train_loss is not None and self._dataset is not None:
            each = progress.train_loss / self._dataset.train_steps
            total = f"train loss {progress.train_loss:.4g} ({each:.3g} a step)"
            words.append(total if progress.networks == 1 else f"train {each:.3g} a step")
        if progress.validation_loss is not None and self._dataset is not None:
            words.append(f"validation {progress.validation_loss / max(1, self._dataset.validation_steps):.3g} a step")
        self.losses.setText("   ".join(words))
        self.speed.setText(f"{progress.steps_per_second:,.0f} steps/s" if progress.steps_per_second else "")
        left = "" if progress.left is None else f", {_duration(progress.left)} left"
        self.time.setText(f"{_duration(progress.elapsed)}{left}" if progress.elapsed else "")
        self._make_room()

    @Slot(str)
    def show_engine(self, engine: str) -> None:
        """Show which engine moves the weights."""
        self._engine = engine
        self._show_place()

    def show_device(self, device: str) -> None:
        """Show where it computes."""
        self._device = device
        self._show_place()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Give each part the room there is."""
        super().resizeEvent(event)
        self._make_room()

    def _make_room(self) -> None:
        """Several networks take the bar's room; where there is not enough, what changes least gives way first."""
        several = not self.members.isHidden()
        self.members.set_narrow(self.width() < _ROOMY)
        gives_way = (self.place, self.speed, self.bar, self.time)
        needed = sum(map(_width, (self.state, self.epoch, self.losses, *gives_way)))
        needed += _width(self.members) - _width(self.bar) if several else 0
        for widget in gives_way:
            spare = _SPARE if widget.isHidden() else 0  # so that it does not come and go with every digit
            fits = needed + spare <= self.width() - _MARGINS
            widget.setVisible(fits and not (several and widget is self.bar))
            needed -= 0 if fits or (several and widget is self.bar) else _width(widget)

    def _show_place(self) -> None:
        self.place.setText(f"{self._device}, {self._engine}")


def _width(widget: QWidget) -> int:
    """Return how wide a part is, with the gap beside it."""
    return min(max(widget.sizeHint().width(), widget.minimumWidth()), widget.maximumWidth()) + _GAP


def _duration(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:.0f} s"
    if seconds < 3600:
        return f"{seconds // 60:.0f} min {seconds % 60:.0f} s"
    return f"{seconds // 3600:.0f} h {seconds % 3600 // 60:.0f} min"
