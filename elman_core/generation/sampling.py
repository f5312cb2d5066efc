"""Continuing a prompt: the probability of each next symbol, and sampling from these."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from elman_core.config import TrainingConfig
from elman_core.data.text.tokenize import tokenize_prompt
from elman_core.data.text.vocabulary import Symbols
from elman_core.errors import DataError
from elman_core.experiment import Weights
from elman_core.model.network import ElmanNetwork
from elman_core.support.jobs import Job

__all__ = [
    "HIGHEST_TEMPERATURE",
    "MAXIMUM_SAMPLED_STEPS",
    "Continuation",
    "apply_temperature",
    "prompt_context",
    "sample",
]

MAXIMUM_SAMPLED_STEPS = 100_000
HIGHEST_TEMPERATURE = 10.0
_STEPS_AT_ONCE = 200

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Continuation:
    """A prompt, and a network's continuation of it.

    Attributes
    ----------
    prompt : (B,)
        The given symbols, by their places in the vocabulary.
    probabilities : (S,)
        Of each symbol to follow the prompt, at temperature 1.
    sampled : (T,)
        The sampled symbols, each from the probabilities predicted after those before it.
    sampled_probabilities : (T,)
        The predicted probability of each, at temperature 1.
    """

    prompt: NDArray[np.int32]
    probabilities: Array
    sampled: NDArray[np.int32]
    sampled_probabilities: Array


def sample(
    network: ElmanNetwork,
    symbols: Symbols,
    text: str,
    steps: int,
    temperature: float = 1.0,
    seed: int = 1,
    context: NDArray[np.floating] | None = None,
) -> Job[Continuation]:
    """Feed in a prompt, and continue it with symbols sampled in proportion to p_s^(1/temperature), each fed back.

    Temperature 0 always takes the most probable symbol. The same seed gives the same symbols. `context` (H,) is the
    state before the prompt, by default the network's initial one; see `prompt_context`. Where lines are sequences, a
    new one begins after an end mark: from the initial context, with a symbol that lines begin with.

    Raises
    ------
    DataError
        When the text is empty or has a symbol that the network does not know, or a number is outside its limits.
    """
    if not 0 <= steps <= MAXIMUM_SAMPLED_STEPS:
        raise DataError(f"steps must be from 0 to {MAXIMUM_SAMPLED_STEPS:,}, got {steps:,}")
    if not 0 <= temperature <= HIGHEST_TEMPERATURE:
        raise DataError(f"temperature must be from 0 to {HIGHEST_TEMPERATURE:g}, got {temperature:g}")
    if seed < 0:
        raise DataError(f"seed must be at least 0, got {seed:,}")
    codes = symbols.vocabulary.encoded(tokenize_prompt(text, symbols.config), "the beginning")
    if not len(codes):
        raise DataError("the beginning is empty; at least one symbol was expected")
    return _continue(network, symbols, codes, context, steps, temperature, np.random.default_rng(seed))


def _continue(
    network: ElmanNetwork,
    symbols: Symbols,
    codes: NDArray[np.int32],
    before: NDArray[np.floating] | None,
    steps: int,
    temperature: float,
    random: np.random.Generator,
) -> Job[Continuation]:
    alone = ElmanNetwork(network.config, network.w1[:1], network.w2[:1])
    vocabulary = symbols.vocabulary
    vectors = torch.from_numpy(vocabulary.vectors).to(alone.w1)[:, None, None]  # (S, N = 1, B = 1, I)
    context = initial = alone.initial_context()
    if before is not None:
        context = torch.from_numpy(np.array(before)).to(context)[None, None]
    sampled, sampled_probabilities = np.empty(steps, np.int32), np.empty(steps)
    opening = _opening(symbols, codes)
    ended = np.flatnonzero(codes == symbols.end) if symbols.end is not None else np.empty(0, np.int64)
    line = codes[ended[-1] + 1 :] if len(ended) else codes
    if len(ended):
        context = initial
    with torch.no_grad():
        first = probabilities = opening
        if len(line):
            hidden, outputs = alone.forward(vectors[torch.from_numpy(line)], context)
            first = probabilities = vocabulary.probabilities(outputs[-1, 0, 0].cpu().numpy())
            context = hidden[-1]
        for step in range(steps):
            if step % _STEPS_AT_ONCE == 0:
                yield step / steps
            code = int(random.choice(len(probabilities), p=apply_temperature(probabilities, temperature)))
            sampled[step], sampled_probabilities[step] = code, probabilities[code]
            if code == symbols.end:
                context, probabilities = initial, opening
                continue
            hidden, outputs = alone.forward(vectors[code][None], context)
            probabilities = vocabulary.probabilities(outputs[-1, 0, 0].cpu().numpy())
            context = hidden[-1]
    return Continuation(codes, first, sampled, sampled_probabilities)


def _opening(symbols: Symbols, prompt: NDArray[np.int32]) -> Array:
    """Return the probability (S,) of each symbol to begin a line: its share of lines, or else as the prompt begins."""
    counts = symbols.openings
    if counts is None:
        counts = np.bincount(prompt[:1], minlength=len(symbols.vocabulary.names))
    return np.asarray(counts / counts.sum(), np.float64)


def prompt_context(training: TrainingConfig, weights: Weights) -> NDArray[np.floating] | None:
    """Return the context before a prompt; None for the network's initial one.

    A network whose context was carried from epoch to epoch was in its initial state only once, before it had learned
    anything: it continues from the state that its training ended with.
    """
    return weights.context[0] if training.carries_context else None


def apply_temperature(probabilities: Array, temperature: float) -> Array:
    """Return p^(1/temperature), normalised: a temperature below 1 sharpens the distribution, above 1 flattens it."""
    if temperature == 0:
        certain: Array = np.zeros_like(probabilities)
        certain[int(probabilities.argmax())] = 1.0
        return certain
    logarithms = np.log(np.maximum(probabilities, 1e-300))
    with np.errstate(over="ignore"):
        shares: Array = np.exp((logarithms - logarithms.max()) / temperature)
    return np.asarray(shares / shares.sum(), np.float64)
