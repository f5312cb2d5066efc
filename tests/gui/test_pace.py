"""The worker's speed limit, by a clock that only the test moves."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from elman_gui.threads import training as worker_module
from elman_gui.threads.training import FRAMES_PER_SECOND, UNLIMITED, TrainingWorker


class Clock:
    """Time that passes only where somebody waits; it is also the event that waiting is done on."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.waits: list[float] = []
        self.stopped = False
        self.while_waiting = lambda: None

    def monotonic(self) -> float:
        return self.now

    def is_set(self) -> bool:
        return self.stopped

    def wait(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.now += seconds
        self.while_waiting()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(worker_module, "time", SimpleNamespace(monotonic=clock.monotonic))
    return clock


def pace(clock: Clock, worker: TrainingWorker, rounds: int, epochs: int = 1, work: float = 0.0) -> float:
    """Return how long so many rounds take, each with some epochs and some seconds of work."""
    start = due = clock.now
    for _ in range(rounds):
        clock.now += work
        due = worker._keep_pace(due, epochs, clock)  # type: ignore[arg-type]
    return clock.now - start


def worker_at(speed: float) -> TrainingWorker:
    worker = TrainingWorker()
    worker.set_speed(speed)
    return worker


@pytest.mark.parametrize("speed", [1.0, 60.0, 1000.0])
@pytest.mark.parametrize("work_share", [0.0, 0.5, 0.9])
def test_epochs_take_the_time_that_the_speed_says(clock: Clock, speed: float, work_share: float) -> None:
    worker = worker_at(speed)
    epochs = worker._epochs_a_frame()
    assert epochs is not None
    taken = pace(clock, worker, 100, epochs, work=work_share * min(epochs / speed, 1 / FRAMES_PER_SECOND))
    assert taken == pytest.approx(100 * epochs / speed, rel=0.01)


def test_without_a_limit_nothing_waits(clock: Clock) -> None:
    assert worker_at(UNLIMITED)._epochs_a_frame() is None
    pace(clock, worker_at(UNLIMITED), 100)
    assert clock.waits == []


def test_time_lost_is_not_caught_up_with_in_a_burst(clock: Clock) -> None:
    worker = worker_at(10.0)
    due = clock.now
    clock.now += 5.0
    due = worker._keep_pace(due, 1, clock)  # type: ignore[arg-type]
    before = clock.now
    for _ in range(10):
        due = worker._keep_pace(due, 1, clock)  # type: ignore[arg-type]
    assert clock.now - before >= 10 / 10.0 - 2 / FRAMES_PER_SECOND


def test_no_wait_is_longer_than_a_frame_so_that_a_change_is_felt_at_once(clock: Clock) -> None:
    worker = worker_at(1.0)
    clock.while_waiting = lambda: worker.set_speed(UNLIMITED) if clock.now > 1000.2 else None
    taken = pace(clock, worker, 1)
    assert max(clock.waits) <= 1 / FRAMES_PER_SECOND
    assert taken <= 0.2 + 2 / FRAMES_PER_SECOND


def test_stop_ends_the_wait(clock: Clock) -> None:
    clock.while_waiting = lambda: setattr(clock, "stopped", True)
    pace(clock, worker_at(1.0), 1)
    assert len(clock.waits) == 1


def test_a_frame_has_as_many_epochs_as_the_speed_asks_for_and_one_at_least() -> None:
    speeds = (1.0, 30.0, 60.0, 1000.0)
    assert [worker_at(speed)._epochs_a_frame() for speed in speeds] == [1, 1, 2, 33]
