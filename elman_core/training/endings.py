"""How a run ended, in sentences for people."""

from __future__ import annotations

from elman_core.config import TrainingConfig
from elman_core.support.text_format import counted, joined
from elman_core.training.stopping import MemberEnd, StoppingState

__all__ = ["end_sentence"]


def end_sentence(stopping: StoppingState, config: TrainingConfig) -> str:
    """Say why a run is over, where it was before its last epoch, and which weights there are, where not the last."""
    return _of_one(stopping, config) if config.networks == 1 else _of_several(stopping)


def _of_one(stopping: StoppingState, config: TrainingConfig) -> str:
    best, end = int(stopping.best_epochs[0]), int(stopping.end_epochs[0])
    at_best = bool(stopping.at_best[0])
    weights = f"The weights are those of the best epoch, {best:,}"
    match MemberEnd(int(stopping.ends[0])):
        case MemberEnd.DIVERGED:
            kept = f"{weights}." if at_best else "The weights from before that epoch are kept."
            return (
                f"The run diverged in epoch {end + 1:,}: the loss is no longer a finite number. {kept} Try a smaller "
                "learning rate."
            )
        case MemberEnd.EARLY:
            patience = counted(config.patience, "epoch")
            return f"Stopped early: the validation loss has not improved for {patience}. {weights}."
        case MemberEnd.COMPLETED:
            return f"{weights} of {end:,} by validation. Training would continue from the last, which are kept too."
        case MemberEnd.NOT_YET:
            return ""


def _of_several(stopping: StoppingState) -> str:
    diverged = stopping.ends == MemberEnd.DIVERGED
    counts = [
        (diverged & ~stopping.at_best, "diverged and have the weights from before that"),
        (diverged & stopping.at_best, "diverged and have the best weights"),
        (stopping.ends == MemberEnd.EARLY, "stopped early and have the best weights"),
        (stopping.ends == MemberEnd.COMPLETED, "have the weights of an earlier epoch, the best by validation"),
    ]
    found = [(int(chosen.sum()), words) for chosen, words in counts if chosen.any()]
    parts = [f"{count:,} {words.replace('have', 'has') if count == 1 else words}" for count, words in found]
    return f"Of {len(stopping.ends):,} networks, {joined(parts)}." if parts else ""
