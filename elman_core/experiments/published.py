"""Published results that the networks of a built-in experiment stand beside."""

from __future__ import annotations

from dataclasses import dataclass

from elman_core.data.dataset import Part, SequenceDataset
from elman_core.experiments.built_in import built_in_name

__all__ = ["Published", "published_of"]


@dataclass(frozen=True)
class Published:
    """An error that others have published.

    Attributes
    ----------
    part
        Of which part it is.
    value
        Of training the loss a time step, of the test part the RMSE.
    words
        Where it stands, and what is to be known of it.
    """

    part: Part
    value: float
    words: str


_SINE_STEPS = 20
"""The tutorial prints the sum over its time steps."""
_PUBLISHED = {
    "sine": Published(Part.TRAIN, 0.00517 / _SINE_STEPS, "the tutorial's printed run, after 290 epochs"),
    "mackey-glass": Published(Part.TEST, 3.27e-3, "the best network of Chandra (2015)"),
    "lorenz": Published(Part.TEST, 3.19e-3, "the best network of Chandra (2015)"),
}
"""By the name of the experiment."""


def published_of(dataset: SequenceDataset, part: Part) -> Published | None:
    """Return what is published of an experiment's part; None where nothing is, and for one's own data."""
    published = _PUBLISHED.get(built_in_name(dataset.source))
    return published if published is not None and published.part is part else None
