"""KnownCourses: networks of an ensemble that were trained again alone, to have their weights along the run."""

from __future__ import annotations

from elman_core.experiment import Run

__all__ = ["KnownCourses"]

_MOST_BYTES = 128 * 2**20


class KnownCourses:
    """Keeps the networks that were asked for last, up to so many bytes; the last one always."""

    def __init__(self, most_bytes: int = _MOST_BYTES) -> None:
        self._most_bytes = most_bytes
        self._known: dict[int, Run] = {}

    def of(self, member: int) -> Run | None:
        """Return a network of the ensemble, trained again alone; None where it is not known."""
        return self._known.get(member)

    def keep(self, member: int, again: Run) -> None:
        """Keep a network; those that were kept first go where they are too many."""
        self._known.pop(member, None)
        self._known[member] = again
        while len(self._known) > 1 and self.held_bytes > self._most_bytes:
            del self._known[next(iter(self._known))]

    def clear(self) -> None:
        """Forget all."""
        self._known.clear()

    @property
    def held_bytes(self) -> int:
        """Bytes of the weights and losses that are kept."""
        return sum(
            again.history.train.nbytes + sum(point.w1.nbytes + point.w2.nbytes for point in again.history.path.points)
            for again in self._known.values()
        )
