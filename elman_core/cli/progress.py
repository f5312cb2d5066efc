"""Training and jobs in the terminal, with progress on standard error; signals stop them between slices of work."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from elman_core.cli.console import say
from elman_core.cli.exit_codes import ExitCode
from elman_core.cli.interruption import interruption
from elman_core.experiment import Run
from elman_core.support.jobs import Job, complete
from elman_core.support.text_format import counted, printable
from elman_core.training.engines.kernel_cache import prepare_for
from elman_core.training.events import FinishReason, TrainingUpdate
from elman_core.training.history import History

if TYPE_CHECKING:
    from rich.progress import Progress

    from elman_core.training.trainer import Trainer

__all__ = ["TrainingRun", "progress_bar", "run_job", "run_training", "say_which_device_is_faster"]

_LONG_SECONDS = 20.0
"""Of a training for which it is worth a second to measure which device is faster."""

T = TypeVar("T")


class TrainingRun(NamedTuple):
    """The result of a training in the terminal.

    Attributes
    ----------
    seconds
        Spent on training alone.
    code
        DONE, or by which signal it was stopped.
    """

    trainer: Trainer
    history: History
    seconds: float
    finish: FinishReason
    code: ExitCode = ExitCode.DONE


def run_training(
    experiment: Run,
    device: str,
    engine: str,
    title: str,
    notes: Iterable[str] = (),
    *,
    keep_checkpoints: bool = False,
    then: Callable[[TrainingRun], object] = lambda run: None,
) -> TrainingRun:
    """Train an experiment to its last epoch, with progress and messages on standard error.

    SIGINT (Ctrl-C), SIGTERM and SIGHUP stop it between two slices of work, with `FinishReason.STOPPED`, and keep what
    was trained. The `notes` are written once the training can begin. `then` is done with the result before a signal
    can end the program again, unless it is the second one: the network is saved there.

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
    from elman_core.training.estimate import check_memory_of
    from elman_core.training.trainer import Trainer

    # Networks this small lose more time to handing work round between threads than the threads save.
    torch.set_num_threads(1)
    chosen = choose_engine(engine, choose_device(device))
    check_memory_of(experiment, chosen)  # the trainer does too, but only once the kernels are there
    if chosen == "compiled":
        prepare_for(experiment.training.precision, say)
    trainer = Trainer(experiment, device=device, engine=engine)
    if engine == "auto":
        say_which_device_is_faster(experiment, str(trainer.device))
    history, epochs, updates = (
        experiment.history.snapshot(),
        experiment.training.epochs,
        _Timed(trainer.updates(keep_checkpoints=keep_checkpoints)),
    )
    finish, message = FinishReason.COMPLETED, ""
    with interruption() as interrupted, progress_bar() as progress:
        for note in notes:
            say(note)
        say(f"training {title}: {counted(epochs, 'epoch')} on {trainer.device} with the {trainer.engine_name} engine")
        bar = progress.add_task(printable(title), total=epochs, completed=trainer.epoch, loss="")
        for update in updates:
            history.extend([update])
            finish, message = update.finished or finish, update.message
            if message and update.finished is None:
                say(message)
                message = ""
            loss = f"loss {history.train[-1, 0]:.5g}" if history.epochs else ""
            progress.update(bar, completed=update.epoch, loss=loss)
            if interrupted.code and update.finished is None:
                history.extend([trainer.settle()])
                finish, message = (
                    FinishReason.STOPPED,
                    f"interrupted after {update.epoch:,} of {counted(epochs, 'epoch')}",
                )
                break
        progress.stop()
        if message:
            say(message)
        done = TrainingRun(trainer, history, updates.seconds, finish, interrupted.code)
        then(done)
    return done._replace(code=interrupted.code)


def say_which_device_is_faster(experiment: Run, device: str, seconds: float | None = None) -> None:
    """Say that a training would be faster on another device than the one it is on, as measured; nothing where it is
    not, where there is no GPU, or where it does not take long: `seconds`, by default as estimated.
    """
    from elman_core.training.device_speed import compare_devices, gpus
    from elman_core.training.estimate import DataSizes, estimate_training

    if seconds is None:
        sizes = DataSizes.of(experiment.dataset)
        seconds = estimate_training(experiment.network, experiment.training, sizes).seconds
    if seconds < _LONG_SECONDS or not gpus():
        return
    prepare_for(experiment.training.precision, say)
    compared = complete(compare_devices(experiment))
    if compared is not None and compared.fastest.name != device:
        say(f"{compared.sentence} --device {compared.fastest.name} chooses it.")


def run_job(job: Job[T], title: str) -> tuple[T | None, ExitCode]:
    """Run a job with progress on standard error; return its result, None where a signal stopped it, and which did."""
    with interruption() as interrupted, progress_bar() as progress:
        bar = progress.add_task(title, total=100, loss="")
        while not interrupted.code:
            try:
                progress.update(bar, completed=round(100 * next(job)))
            except StopIteration as end:
                result: T = end.value
                return result, ExitCode.DONE
    job.close()
    return None, interrupted.code


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


def progress_bar() -> Progress:
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
