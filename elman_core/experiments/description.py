"""An experiment in words: what is learned, and from what."""

from __future__ import annotations

from elman_core.config import Scaling, Strategy
from elman_core.data.transforms.chain import sentence
from elman_core.experiment import Experiment
from elman_core.support.text_format import counted

__all__ = ["learned_sentence"]

_SHOWN = 6
_SCALED = {
    Scaling.STANDARDIZE: "standardised",
    Scaling.MIN_MAX: "brought to 0 to 1",
    Scaling.MEAN_ABSOLUTE_STEP: "divided by the mean absolute step",
    Scaling.NONE: "in the data's own units",
}


def learned_sentence(experiment: Experiment) -> str:
    """Say what the network learns from what, and what is done to the numbers before it sees them."""
    dataset, config = experiment.dataset, experiment.dataset.config
    if dataset.symbols is not None:
        vocabulary = dataset.symbols.vocabulary
        kind = "one-hot" if vocabulary.is_one_hot else f"{counted(len(vocabulary.columns), 'feature')} each"
        return f"learns the next of {len(vocabulary.names):,} symbols ({kind})"
    if config.horizon == 1:
        ahead = "one step ahead"
    elif config.strategy is Strategy.DIRECT:
        ahead = f"1 to {config.horizon:,} steps ahead at once"
    else:
        ahead = f"one step ahead, and by feeding that back up to {config.horizon:,} steps"
    seen = _named((*dataset.columns, *config.inputs))
    lags = f" of the last {config.lags:,} rows" if config.lags > 1 else ""
    known = f", and {_named(config.known)} known ahead" if config.known else ""
    done = [_SCALED[config.scaling]]
    if config.transforms:
        done.insert(0, sentence(dataset.fitted.targets[0].transforms[: len(config.transforms)]))
    if config.relative_to_last:
        done.append("relative to the newest value")
    return f"learns {_named(dataset.columns)} {ahead}, from {seen}{lags}{known}; {'; '.join(done)}"


def _named(names: tuple[str, ...]) -> str:
    more = f" and {len(names) - _SHOWN:,} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more
