"""Where a run stands, for the status bar."""

from __future__ import annotations

from dataclasses import dataclass

from elman_core.experiment import Run
from elman_core.training.course import Course
from elman_core.training.stopping import MemberEnd
from elman_gui.controllers.run_clock import RunClock

__all__ = ["RunProgress", "progress_of"]


@dataclass(frozen=True)
class RunProgress:
    """Where a run stands, for the status bar.

    `epoch` counts those that the run has done; losses are totals of `weights_epoch`, whose weights the network which is
    looked at has, and `words` say which that is. `end` says whether it learns no more, `ended` how many of all networks
    do not.
    """

    epoch: int
    time_step: int
    last_epoch: int
    train_loss: float | None
    validation_loss: float | None
    steps_per_second: float
    elapsed: float
    left: float | None
    member: int = 0
    networks: int = 1
    end: MemberEnd = MemberEnd.NOT_YET
    end_epoch: int = 0
    ended: int = 0
    words: str = ""
    weights_epoch: int = 0


def progress_of(
    experiment: Run,
    course: Course,
    last_epoch: int,
    time_step: int,
    clock: RunClock,
    *,
    is_running: bool,
) -> RunProgress:
    """Say where the run of an experiment stands, with the course of the network that is looked at."""
    ends = course.ends
    steps_left = (last_epoch - course.epochs) * experiment.dataset.train_steps - time_step
    return RunProgress(
        epoch=course.epochs,
        time_step=time_step,
        last_epoch=last_epoch,
        train_loss=course.train_loss,
        validation_loss=course.validation_loss,
        steps_per_second=clock.rate,
        elapsed=clock.elapsed,
        left=max(0.0, steps_left / clock.rate) if clock.rate > 0 and is_running else None,
        member=course.member,
        networks=experiment.training.networks,
        end=course.end,
        end_epoch=0 if ends is None else int(ends.epochs[course.member]),
        ended=0 if ends is None else ends.count,
        words=course.epoch_words(last_epoch),
        weights_epoch=course.weights_epoch,
    )
