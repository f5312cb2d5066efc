"""What the errors of networks are called."""

from __future__ import annotations

from dataclasses import dataclass

from elman_core.config import Loss
from elman_core.data.dataset import SequenceDataset
from elman_core.data.kind import DataKind
from elman_core.data.splits import Part
from elman_core.support.text_format import counted

__all__ = ["FigureWords", "part_name"]


@dataclass(frozen=True)
class FigureWords:
    """A loss of training and validation, and another measure of the test part."""

    loss: str = "loss"
    test: str = "RMSE"

    @classmethod
    def of_ensemble(cls, dataset: SequenceDataset, loss: Loss) -> FigureWords:
        """Return those of networks that learn these data by this loss."""
        if dataset.kind is DataKind.SYMBOLS:
            return cls(loss.words, "bits a symbol")
        steps = dataset.config.horizon
        return cls(loss.words, "RMSE" if steps == 1 else f"RMSE over {counted(steps, 'step')}")

    def of(self, part: Part) -> str:
        """Return what the error of a part is called."""
        return self.test if part is Part.TEST else self.loss


def part_name(part: Part) -> str:
    """Return what a part is called in a sentence."""
    return "training" if part is Part.TRAIN else part.value
