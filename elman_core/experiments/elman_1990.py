"""The four experiments of Elman (1990), "Finding structure in time", with the paper's sizes, streams and rule.

Logistic units with biases; the context starts at 0.5 and is never reset; the weights move after every symbol, without
propagation through time; the streams wrap round. The paper states neither rate, momentum nor initial weights; those
here are chosen so that its results are reached. The stream is the same in every run; the seed draws the weights.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from elman_core.config import (
    Activation,
    DataConfig,
    Initialization,
    NetworkConfig,
    Output,
    Scaling,
    Schedule,
    TrainingConfig,
)
from elman_core.data.table import Table
from elman_core.data.text.streams import Stream, letters_stream, temporal_xor_stream, word_classes_stream, words_stream
from elman_core.experiments.built_in import BuiltIn

__all__ = ["ELMAN_1990", "has_scorecard"]

_STREAM_SEED = 1990


def _experiment(
    name: str, title: str, summary: str, stream: Callable[[int], Stream], hidden: int, spread: float, **training: Any
) -> BuiltIn:
    def table() -> Table:
        return stream(_STREAM_SEED).table(name)

    columns = stream(0).columns if name != "word-classes" else _word_columns()
    return BuiltIn(
        name=name,
        title=title,
        summary=summary,
        table=table,
        data=DataConfig(columns=columns, train_percent=100, validation_percent=0, scaling=Scaling.NONE),
        network=NetworkConfig(
            hidden=hidden,
            activation=Activation.LOGISTIC,
            output=Output.LOGISTIC,
            biases=True,
            initial_context=0.5,
            initialization=Initialization.UNIFORM,
            input_spread=spread,
            output_spread=spread,
        ),
        training=TrainingConfig(context_reset="never", **training),
    )


def _word_columns() -> tuple[str, ...]:
    return word_classes_stream(0, sentences=1).columns


ELMAN_1990 = (
    _experiment(
        "temporal-xor", "Temporal XOR (Elman 1990)",
        "Elman 1990: triples of bits a, b, a xor b; 1-2-1 logistic, one-step rule, 600 passes.",
        temporal_xor_stream, 2, 1.0, epochs=600, learning_rate=0.1,
    ),
    _experiment(
        "letters", "Letter sequences (Elman 1990)",
        "Elman 1990: ba, dii and guuu as six features a letter; 6-20-6 logistic, one-step rule, 200 passes.",
        letters_stream, 20, 0.3, epochs=200, learning_rate=0.1,
    ),
    _experiment(
        "words", "Words without gaps (Elman 1990)",
        "Elman 1990: letters of 200 sentences without gaps; 5-20-5 logistic, one-step rule, 10 passes.",
        words_stream, 20, 0.3, epochs=10, learning_rate=0.1,
    ),
    _experiment(
        "word-classes", "Classes of words (Elman 1990)",
        "Elman 1990: 10,000 sentences of 29 words; 31-150-31 logistic, one-step rule, 6 passes.",
        word_classes_stream, 150, 0.1, epochs=6, learning_rate=0.5, momentum=0.5, schedule=Schedule.COSINE,
    ),
)  # fmt: skip


def has_scorecard(name: str) -> bool:
    """Whether the built-in experiment of that name is one of these, whose results stand in the paper."""
    return any(own.name == name for own in ELMAN_1990)
