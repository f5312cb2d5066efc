"""StudyBar: begins and ends studies, and says how far one is."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QPushButton, QWidget

from elman_gui.tooltips import wrapped
from elman_gui.views.elided_label import ElidedLabel

__all__ = ["StudyBar"]


_STOP = wrapped("End the study; the runs that have ended stay, and it can be resumed")
_STOPPING = "The runs under way are given up"


class StudyBar(QWidget):
    """Buttons, a bar and words.

    Signals
    -------
    run_wanted(), stop_wanted(), resume_wanted()
        The person wants to begin a study, to end the one that runs, or to go on with the one that is shown.
    open_wanted(), export_wanted()
        Another study's folder is to be opened, or all runs are to be written to a CSV file.
    """

    run_wanted = Signal()
    stop_wanted = Signal()
    resume_wanted = Signal()
    open_wanted = Signal()
    export_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.run = _button("Run Study", "Train networks with all these settings, and compare them", self.run_wanted)
        self.run.setObjectName("primary")
        self.stop = _button("Stop", _STOP, self.stop_wanted)
        self.resume = _button("Resume", "Train the runs of this study that have not ended", self.resume_wanted)
        self.open = _button("Open Study…", "Open the folder of a study", self.open_wanted)
        self.export = _button("Export Runs…", "Save all runs as a CSV file, one row for each", self.export_wanted)
        self.progress = QProgressBar()
        self.progress.setRange(0, 1_000)
        self.progress.setTextVisible(False)
        self.progress.setFixedWidth(72)
        self.progress.setAccessibleName("Progress of the study")
        self.words = ElidedLabel()
        self.words.setObjectName("muted")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        for widget in (self.run, self.stop, self.resume, self.progress):
            row.addWidget(widget)
        row.addWidget(self.words, 1)
        row.addWidget(self.open)
        row.addWidget(self.export)
        self.show_state(is_running=False, is_stopping=False, can_run=False, can_resume=False, has_runs=False)

    def show_state(
        self, *, is_running: bool, is_stopping: bool, can_run: bool, can_resume: bool, has_runs: bool
    ) -> None:
        """Show what can be done; the button that takes another's place takes its focus too."""
        had_focus = any(button.hasFocus() for button in (self.run, self.stop, self.resume))
        shown, hidden = (self.stop, self.run) if is_running else (self.run, self.stop)
        self.run.setEnabled(can_run)
        shown.show()
        if had_focus and not shown.hasFocus() and not (shown is self.run and self.resume.hasFocus()):
            shown.setFocus()
        hidden.hide()
        self.resume.setVisible(not is_running and can_resume)
        self.progress.setVisible(is_running)
        self.stop.setToolTip(_STOPPING if is_stopping else _STOP)
        self.open.setEnabled(not is_running)
        self.export.setEnabled(has_runs)

    def show_progress(self, share: float, words: str) -> None:
        """Show how far the study is."""
        self.progress.setValue(round(1_000 * share))
        self.words.setText(words)


def _button(words: str, tip: str, wanted: Signal) -> QPushButton:
    button = QPushButton(words)
    button.setAutoDefault(False)
    button.setToolTip(wrapped(tip))
    button.clicked.connect(wanted)
    return button
