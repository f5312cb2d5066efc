"""How often something may be done, against a clock that the test turns."""

from __future__ import annotations

import pytest

from elman_core.support.throttle import Throttle


class Clock:
    """A clock that stands still until it is set."""

    now = 100.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The only clock there is."""
    clock = Clock()
    monkeypatch.setattr("elman_core.support.throttle.time", clock)
    return clock


def test_a_turn_is_due_at_once_and_then_after_so_many_seconds(clock: Clock) -> None:
    throttle = Throttle(0.5)
    assert throttle.is_due
    with throttle.turn():
        pass
    for seconds, due in ((0.0, False), (0.49, False), (0.5, True), (7.0, True)):
        clock.now = 100.0 + seconds
        assert throttle.is_due is due


def test_turns_that_take_long_keep_to_their_share_of_the_time(clock: Clock) -> None:
    throttle = Throttle(0.5, 0.2)
    with throttle.turn():
        clock.now += 1.0  # a fifth of 5 s
    clock.now += 3.99
    assert not throttle.is_due
    clock.now += 0.01
    assert throttle.is_due


@pytest.mark.usefixtures("clock")
def test_a_turn_that_fails_counts_too() -> None:
    throttle = Throttle(2.0)
    try:
        with throttle.turn():
            raise KeyError
    except KeyError:
        assert not throttle.is_due
