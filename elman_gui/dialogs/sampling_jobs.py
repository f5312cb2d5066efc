"""The jobs of the window that continues texts."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from elman_core.data.text.vocabulary import Symbols
from elman_core.errors import DataError
from elman_core.experiment import Run
from elman_core.export.stamp import Stamp
from elman_core.storage.model_file import load_model
from elman_core.support.files import replace_file
from elman_core.support.jobs import Job
from elman_gui.views.symbols.next_symbol_view import NextSymbols

__all__ = ["SampledText", "SamplingRequest", "continue_text", "write_text"]


@dataclass(frozen=True)
class SamplingRequest:
    """What is to be continued, and how.

    Attributes
    ----------
    experiment
        With the network in the window; None where there is none, or `path` has another.
    """

    experiment: Run | None
    path: Path | None
    prompt: str
    steps: int
    temperature: float
    seed: int
    stamp: Stamp | None = None


@dataclass(frozen=True)
class SampledText:
    """What is expected after the beginning, and the beginning continued.

    Attributes
    ----------
    networks
        How many there are in the file, of which the first one is used; 1 for the one in the window.
    stamp
        Which network it is.
    """

    next_symbols: NextSymbols
    prompt: str
    continuation: str
    networks: int = 1
    stamp: Stamp = field(default_factory=Stamp)


def continue_text(wanted: SamplingRequest) -> Job[SampledText]:
    """Open what was chosen, and go on with the beginning."""
    yield 0.0
    symbols: Symbols | None
    networks, stamp = 1, wanted.stamp or Stamp()
    if wanted.path is not None:
        saved = load_model(wanted.path)
        symbols, config, training, weights = saved.symbols, saved.network, saved.training, saved.weights
        networks = len(weights.w1)
        stamp = Stamp(1 if networks > 1 else None, saved.history.epochs)
        if symbols is None:
            raise DataError(f"{wanted.path.name} was trained on numbers; open it in the window to forecast with it")
    else:
        assert wanted.experiment is not None
        experiment = wanted.experiment
        symbols, config = experiment.dataset.symbols, experiment.network
        training, weights = experiment.training, experiment.weights
    assert symbols is not None
    assert weights is not None
    # Imported here, in the job's thread: importing torch takes a second.
    import torch

    from elman_core.generation.sampling import prompt_context, sample
    from elman_core.training.weights import network_from_weights

    torch.set_num_threads(1)
    network = network_from_weights(config, weights)
    found = yield from sample(
        network, symbols, wanted.prompt, wanted.steps, wanted.temperature, wanted.seed,
        prompt_context(training, weights),
    )  # fmt: skip
    before, after = symbols.text(found.prompt.tolist()), symbols.text(found.sampled.tolist())
    next_symbols = NextSymbols(symbols.vocabulary.names, found.probabilities, before)
    return SampledText(next_symbols, f"{before}{symbols.blank}", after, networks, stamp)


def write_text(path: Path, text: str) -> Job[Path]:
    """Write a text as UTF-8."""
    yield 0.0
    replace_file(path, text.encode())
    return path
