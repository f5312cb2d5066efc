"""What `elman` does where no window can be shown: it trains the sine in the terminal and draws it to a file."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from elman_core.cli.progress import run_training
from elman_core.data.table import Table
from elman_core.experiment import Run
from elman_core.experiments import BUILT_IN, begin
from elman_core.support.jobs import complete
from elman_core.support.text_format import counted
from elman_core.training.course import Course
from elman_core.training.events import Snapshot
from elman_core.training.history import History
from elman_gui.system_libraries import advice

__all__ = ["train_in_terminal"]

_PICTURE = Path("sine.png")
_SIZE = (1000, 720)


def train_in_terminal(problem: str, missing: tuple[str, ...]) -> int:
    """Say why there is no window, train `sine` with a progress bar, and write sine.png beside it."""
    _say(f"No window: {problem}. Training the sine here instead; 'elman --help' shows what else can be done.")
    sine = BUILT_IN["sine"]
    table = sine.table()
    experiment = begin(sine.name, table, sine.data, sine.network, sine.training)
    run = run_training(experiment, "auto", "auto", sine.title)
    total = run.history.train[-1, 0] if run.history.epochs else float("nan")
    _say(
        f"Trained {counted(run.history.epochs, 'epoch')} in {run.seconds:.3g} s; "
        f"total loss of the last one {total:.5g}."
    )
    if missing:
        _say(f"{_PICTURE} was not drawn. {advice(missing)}")
        return run.code
    try:
        _draw(experiment, table, run.history, complete(run.trainer.snapshot()), _PICTURE)
    except OSError as error:
        _say(f"{_PICTURE} cannot be written: {error.strerror}")
        return 2
    _say(f"Fit, context units and loss are drawn in {_PICTURE.absolute()}")
    return run.code


def _draw(experiment: Run, table: Table, history: History, snapshot: Snapshot, path: Path) -> None:
    """Draw the window's own plots off screen."""
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget

    from elman_gui.theme import LIGHT, apply_theme
    from elman_gui.views.time.context_plot import ContextPlot
    from elman_gui.views.time.fit_plot import FitPlot
    from elman_gui.views.training.loss_plot import LossPlot

    application = QApplication.instance() or QApplication([])
    assert isinstance(application, QApplication)
    apply_theme(application, LIGHT)
    fit, context, loss = FitPlot(), ContextPlot(), LossPlot()
    ground = QWidget()
    column = QVBoxLayout(ground)
    beyond = len(snapshot.response.closed_loop)
    fit.show_dataset(experiment.dataset, beyond)
    context.show_dataset(experiment.dataset, beyond, experiment.network)
    loss.show_dataset(experiment.dataset, experiment.training.loss, experiment.training.epochs)
    for card in (fit, context, loss):
        card.set_theme(LIGHT)
        column.addWidget(card)
    fit.show_snapshot(snapshot)
    context.show_snapshot(snapshot)
    loss.show_course(Course(history))
    ground.resize(*_SIZE)
    if not ground.grab().save(str(path), "PNG"):
        raise OSError(0, "no file can be made in this folder")


def _say(text: str) -> None:
    sys.stderr.write(text + "\n")
