"""Training and jobs in the terminal, with progress on standard error; Ctrl-C ends them between two slices of work."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from elman_core.cli.console import say
from elman_core.experiment import Experiment
from elman_core.support.jobs import Job
from elman_core.training.engines.kernel_cache import prepare_for
from elman_core.training.events import FinishReason, TrainingUpdate
from elman_core.training.history import History

if TYPE_CHECKING:
    from rich.progress import Progress

    from elman_core.training.trainer import Trainer

__all__ = ["TrainingRun", "run_job", "run_training"]

T = TypeVar("T")


class TrainingRun(NamedTuple):
    """The result of a training in the terminal; `seconds` counts training alone."""

    trainer: Trainer
    history: History
    seconds: float
    finish: FinishReason


def run_training(
    experiment: Experiment,
    device: str,
    engine: str,
    title: str,
    notes: Iterable[str] = (),
    *,
    keep_weights: bool = False,
) -> TrainingRun:
    """Train an experiment to its last epoch, with progress and messages on standard error.

    Ctrl-C stops it between two slices of work, with `FinishReason.STOPPED`, and keeps what was trained. The
    `notes` are written once the training can begin.

    Raises
    ------
    ConfigError
        When settings do not go together, or not with the data.
    DeviceError
        When the device is not there.
    """
    import torch

    from elman_core.devices import choose_device
    from elman_core.training.engines.choice import choose_engine
    from elman_core.training.trainer import Trainer

    # Networks this small lose more time to handing work round between threads than the threads save.
    torch.set_num_threads(1)
    if choose_engine(engine, choose_device(device)) == "compiled":
        prepare_for(experiment.training.precision, say)
    trainer = Trainer(experiment, device=device, engine=engine)
    history, epochs, updates = (
        experiment.history,
        experiment.training.epochs,
        _Timed(trainer.updates(keep_weights=keep_weights)),
    )
    finish, message = FinishReason.COMPLETED, ""
    with _interruption() as asked, _progress() as progress:
        for note in notes:
            say(note)
        say(f"training {title}: {epochs:,} epochs on {trainer.device} with the {trainer.engine_name} engine")
        bar = progress.add_task(title, total=epochs, completed=trainer.epoch, loss="")
        for update in updates:
            history.extend([update])
            finish, message = update.finished or finish, update.message
            if message and update.finished is None:
                say(message)
                message = ""
            loss = f"loss {history.train[-1, 0]:.5g}" if history.epochs else ""
            progress.update(bar, completed=update.epoch, loss=loss)
            if asked.is_set() and update.finished is None:
                finish, message = FinishReason.STOPPED, f"interrupted after {update.epoch:,} of {epochs:,} epochs"
                break
    if message:
        say(message)
    return TrainingRun(trainer, history, updates.seconds, finish)


def run_job(job: Job[T], title: str) -> T | None:
    """Run a job with progress on standard error; None where Ctrl-C ended it before its end."""
    with _interruption() as asked, _progress() as progress:
        bar = progress.add_task(title, total=100, loss="")
        while not asked.is_set():
            try:
                progress.update(bar, completed=round(100 * next(job)))
            except StopIteration as end:
                result: T = end.value
                return result
    job.close()
    return None


class _Timed:
    """Iterates over updates and adds up the seconds that each took."""

    def __init__(self, updates: Iterator[TrainingUpdate]) -> None:
        self.seconds = 0.0
        self._updates = updates

    def __iter__(self) -> Iterator[TrainingUpdate]:
        while True:
            start = time.perf_counter()
            update = next(self._updates, None)
            self.seconds += time.perf_counter() - start
            if update is None:
                return
            yield update


@contextmanager
def _interruption() -> Iterator[threading.Event]:
    """Turn the first Ctrl-C into an event, so that it never interrupts a weight update."""
    asked = threading.Event()
    if threading.current_thread() is not threading.main_thread():  # only the main thread receives signals
        yield asked
        return
    before = signal.getsignal(signal.SIGINT) or signal.default_int_handler

    def ask(_number: int, _frame: FrameType | None) -> None:
        asked.set()
        signal.signal(signal.SIGINT, before)  # a second Ctrl-C interrupts at once

    signal.signal(signal.SIGINT, ask)
    try:
        yield asked
    finally:
        signal.signal(signal.SIGINT, before)


def _progress() -> Progress:
    """Return a progress bar on standard error; it writes nothing where that is no terminal."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[loss]}", markup=False),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        refresh_per_second=5,  # drawing takes time from the training
        disable=not console.is_terminal,
    )
