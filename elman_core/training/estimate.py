"""Estimate: what a training takes of memory and time, told from its configs before anything is allocated."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Self

import numpy as np

from elman_core.config import ALL, SEQUENCE, NetworkConfig, Optimizer, Precision, TrainingConfig
from elman_core.data.dataset import SequenceDataset
from elman_core.data.text.vocabulary import CodedRows
from elman_core.errors import ConfigError
from elman_core.experiment import Experiment
from elman_core.support.memory import free_memory
from elman_core.training.engines.lbfgs_shapes import MAXIMUM_PAIRS

__all__ = [
    "MAXIMUM_SHARE",
    "DataSizes",
    "Estimate",
    "check_memory",
    "check_memory_of",
    "estimate_training",
    "memory_text",
    "steps_seconds",
    "time_text",
]

MAXIMUM_SHARE = 0.7
"""Of the memory that is free; what is left is for the views, for saving, and for other programs."""
_DOUBLE = 8
_SPARE_STEPS = {"compiled": 64, "tensors": 4096}
"""Time steps that the engines' buffers hold beyond one window."""
_BATCH_LANES = 64
"""Sequences that the compiled engine takes through all time steps together."""
_PATH_BYTES, _PATH_POINTS = 64 * 2**20, 500
_MOST_NUMBERS_SHOWN = 20_000_000
_OVERHEAD_OF_MEMBER = {Optimizer.LBFGS: 30_000}
_USUAL_OVERHEAD = 3_000
"""Bytes of Python objects for each network; and of what it takes to draw it, and to say how it stands."""
_MOMENTS = {Optimizer.SGD: 0, Optimizer.ADAM: 2, Optimizer.RPROP: 2, Optimizer.LBFGS: 0}
_STEP_SECONDS, _WEIGHT_SECONDS = 0.1e-6, 0.15e-9
"""Of the compiled engine, forward and back: for each time step, and each weight in it; on a processor of 2023."""
_VALIDATION_SHARE = 0.5
"""Of these, where a step is only gone forward."""
_EPOCH_SECONDS, _SEARCH_SECONDS = 0.1e-3, 1.5e-3
"""Of each epoch beside its steps: losses, what is told of it, the best weights; and of a line search by L-BFGS."""
_LANE_UNITS, _LANE_WEIGHTS = 32, 8192
"""The largest network that is trained with others in the lanes of a vector."""
_LANE_BYTES, _LANE_COPIES = 64, 7
"""Of a vector; and how many arrays of the weights' size there are in lanes, beside the others."""
_BLOCK_STEPS, _UNIT_STEPS = 0.7, 1 / 8
"""How many networks' time a block of lanes takes, and how much more of it each hidden unit."""
_START_SECONDS = 0.5
"""Until the first epoch, and after the last: the engine, its compiled loops, the first picture, the scores."""
_DRAWING_SECONDS = 20e-6
"""Of the weights of one network, where there are few."""
_TENSOR_STEP_SECONDS, _TENSOR_WEIGHT_SECONDS = 60e-6, 1e-9
"""Of the tensors engine, whose calls cost the same for one network as for some hundred."""


@dataclass(frozen=True)
class DataSizes:
    """How much is learned.

    Attributes
    ----------
    rows
        Of all parts.
    steps
        Time steps of training.
    longest
        Time steps of the longest sequence in training.
    sequences
        That have time steps of training.
    is_coded
        Whether only a few different vectors are kept, as of symbols.
    is_plain
        Whether inputs are the series itself, without lags and columns known ahead.
    validation_steps
        Time steps of validation, which are gone through after each epoch.
    """

    rows: int
    steps: int
    longest: int
    sequences: int = 1
    is_coded: bool = False
    is_plain: bool = True
    validation_steps: int = 0

    @classmethod
    def of(cls, dataset: SequenceDataset) -> Self:
        """Return those of a dataset."""
        longest = int(np.max(dataset.parts.train_stops - dataset.first_rows, initial=1))
        return cls(
            dataset.rows,
            max(dataset.train_steps, 1),
            max(longest, 1),
            max(dataset.train_sequences, 1),
            isinstance(dataset.values, CodedRows),
            dataset.encoding.is_plain,
            dataset.validation_steps,
        )


@dataclass(frozen=True)
class Estimate:
    """What a training takes, roughly.

    Attributes
    ----------
    weights, states, history, data
        Bytes: of all that there is for each weight (gradients, the optimiser's memory, copies to go back to and to
        show); of hidden states that a gradient goes back over; of losses and weights kept along the run; of the series.
    seconds
        From the click on Train to the scores, on the processor and without a limit of speed, where the engine's loops
        have been compiled before.
    """

    weights: int
    states: int
    history: int
    data: int
    seconds: float

    @property
    def bytes(self) -> int:
        """All of it."""
        return self.weights + self.states + self.history + self.data

    @property
    def sentence(self) -> str:
        """What a person reads: two figures that are said to be rough."""
        return f"Takes about {memory_text(self.bytes)} of memory and {time_text(self.seconds)} at full speed."


def estimate_training(
    network: NetworkConfig, training: TrainingConfig, data: DataSizes, engine: str = "compiled"
) -> Estimate:
    """Return what a training takes, with what a window shows of it.

    The peak is within a factor of 1.5 of what was measured, for trainings of more than some megabytes. The time is
    rougher: it is that of one kind of processor, on which nothing else runs.
    """
    itemsize = 8 if training.precision is Precision.DOUBLE else 4
    all_weights = training.networks * network.weight_count * itemsize
    in_lanes = _takes_lanes(network, training, data, engine)
    copies = _copies_of_weights(training, engine) + (_LANE_COPIES if in_lanes else 0)
    states = _state_numbers(network, training, data, engine)
    if in_lanes and training.truncation != 1:
        states *= 2
    return Estimate(
        weights=int(all_weights * copies)
        + training.networks * _OVERHEAD_OF_MEMBER.get(training.optimizer, _USUAL_OVERHEAD),
        states=states * itemsize,
        history=_history_bytes(network, training, itemsize),
        data=_data_bytes(network, data, itemsize),
        seconds=_seconds(network, training, data, engine),
    )


def check_memory(network: NetworkConfig, training: TrainingConfig, data: DataSizes, engine: str = "compiled") -> None:
    """Refuse a training for which there is not enough memory, before anything is allocated.

    Raises
    ------
    ConfigError
        With what it needs, what may be taken, and which setting to lower to what.
    """
    free = free_memory()
    if free is None:
        return
    room = int(free * MAXIMUM_SHARE)
    estimate = estimate_training(network, training, data, engine)
    needed = estimate.bytes
    if needed <= room:
        return
    ways = [f"{name} to {most:,}" for name, most in _what_would_fit(network, training, data, engine, room)]
    if ways:
        advice = f"lower {' or '.join(ways)} at most"
    else:
        advice = "take fewer rows, columns or lags" if estimate.data > room else "lower networks and hidden"
    raise ConfigError(
        f"this needs about {memory_text(needed)} of memory, and {memory_text(room)} may be taken "
        f"({MAXIMUM_SHARE:.0%} of what is free): {advice}"
    )


def check_memory_of(experiment: Experiment, engine: str = "compiled") -> None:
    """Refuse an experiment for which there is not enough memory; see `check_memory`."""
    check_memory(experiment.network, experiment.training, DataSizes.of(experiment.dataset), engine)


def memory_text(count: float) -> str:
    """Write bytes as a person reads them, with two digits that count: "120 MB", "1.4 GB"."""
    units = ["kB", "MB", "GB", "TB"]
    count = max(float(f"{count:.2g}") / 1000, 1.0)
    while count >= 1000 and len(units) > 1:
        count /= 1000
        del units[0]
    return f"{_two_digits(count)} {units[0]}"


def time_text(seconds: float) -> str:
    """Write a time as a person reads it: "about 4 s", "about 12 min", "about 3 h", "about 20 years"."""
    if seconds < 1:
        return "less than a second"
    for unit, length, most in (
        ("s", 1, 90),
        ("min", 60, 90 * 60),
        ("h", 3600, 48 * 3600),
        ("days", 86400, 800 * 86400),
    ):
        if seconds < most:
            return f"about {_two_digits(seconds / length)} {unit}"
    years = seconds / (365.25 * 86400)
    return f"about {_two_digits(years)} years" if years < 1e6 else "more than a million years"


def _two_digits(number: float) -> str:
    rounded = float(f"{number:.2g}")
    return f"{rounded:,.0f}" if rounded >= 10 or rounded == round(rounded) else f"{rounded:.1f}"


# -- memory ----------------------------------------------------------------------------------------


def _copies_of_weights(training: TrainingConfig, engine: str) -> float:
    """Return how many arrays of the weights' size there are at once, at most.

    The engine has the weights, those of the epoch's beginning, the best, the last, and gradients; the optimiser's
    memory; a copy of weights, best, last and memory when the run ends; the weights of two snapshots, one that is shown
    and one on its way.
    """
    moments = _MOMENTS[training.optimizer]
    if training.optimizer is Optimizer.SGD and (training.momentum or any(training.momenta)):
        moments = 1
    gradients = 1 if engine == "compiled" else 2
    copies = 4 + gradients + moments + (3 + moments) + 2
    if training.optimizer is Optimizer.LBFGS:
        pairs = min(MAXIMUM_PAIRS, training.epochs)
        copies += 3 * (2 * pairs + 4)  # its own, and when the run ends a copy and what that is put together from
    return copies


def _state_numbers(network: NetworkConfig, training: TrainingConfig, data: DataSizes, engine: str) -> int:
    """Return how many numbers are kept of the way forward."""
    members, hidden = training.networks, network.hidden
    if training.update_every == SEQUENCE:
        if engine == "compiled":
            threads = max(1, min(os.cpu_count() or 1, members))
            of_thread = (data.longest + 1) * _BATCH_LANES * (hidden + 1 + (0 if data.is_coded else network.inputs))
            return threads * of_thread + 2 * members * data.sequences
        steps = min(training.batch, data.sequences) * data.longest
        return members * steps * (network.inputs + 4 * hidden + 4 * network.outputs)
    every = training.context_reset if isinstance(training.context_reset, int) else data.longest
    longest = min(data.longest, every)
    window, block = (
        longest if steps == ALL else min(int(steps), longest) for steps in (training.truncation, training.update_every)
    )
    ends = members * (max(1, data.sequences)) * hidden
    if engine == "compiled":
        rows = min(longest, window + max(block, _SPARE_STEPS[engine])) + 1
        return members * rows * hidden + ends
    rows = min(data.steps, window + max(block, _SPARE_STEPS[engine])) + 1
    return members * (rows * network.input_rows + 2 * window * hidden + 5 * block * network.outputs) + ends


def _history_bytes(network: NetworkConfig, training: TrainingConfig, itemsize: int) -> int:
    """Return what is kept along the run: losses of training and validation, and weights of one network."""
    losses = 2 * training.epochs * training.networks * _DOUBLE
    points = max(3, min(_PATH_POINTS, training.epochs, _PATH_BYTES // max(1, network.weight_count * itemsize)))
    return int(1.5 * losses) + points * network.weight_count * itemsize  # it grows by moving to a larger array


def _data_bytes(network: NetworkConfig, data: DataSizes, itemsize: int) -> int:
    """Return what the steps take in the engine, and what is shown and scored of them."""
    shown = min(data.rows, max(5_000, _MOST_NUMBERS_SHOWN // (network.hidden + network.outputs)))
    of_hidden = 7 if data.sequences > 1 else 1.5  # many sequences are run side by side, the shorter ones padded
    response = int(shown * (of_hidden * network.hidden + 3 * network.outputs) * itemsize)
    bookkeeping = 60 * data.rows
    if data.is_coded:
        return bookkeeping + response
    columns = network.inputs + (0 if data.is_plain else network.outputs)
    # Otherwise it is the series itself; while it is written out there is one copy more.
    written_out = 0 if data.is_plain else 2 * data.rows * columns * _DOUBLE
    return bookkeeping + response + written_out + data.rows * columns * itemsize


# -- time ------------------------------------------------------------------------------------------


def _seconds(network: NetworkConfig, training: TrainingConfig, data: DataSizes, engine: str) -> float:
    """Return how long it takes; start and epochs take their time too, which for a short run is most of it."""
    epochs = training.epochs * (_SEARCH_SECONDS if training.optimizer is Optimizer.LBFGS else _EPOCH_SECONDS)
    beside = _START_SECONDS + _DRAWING_SECONDS * training.networks + epochs
    threads = max(1, min(os.cpu_count() or 1, training.networks)) if engine == "compiled" else 1
    return beside + steps_seconds(network, training, data, engine) / threads


def steps_seconds(network: NetworkConfig, training: TrainingConfig, data: DataSizes, engine: str = "compiled") -> float:
    """Return how long the time steps alone take on one thread: each is gone forward once, and back as often as windows
    overlap."""
    back = 1.0
    if isinstance(training.update_every, int):
        window = data.longest if training.truncation == ALL else min(int(training.truncation), data.longest)
        back = max(1.0, window / training.update_every)
    steps = training.epochs * (data.steps * (1 + back) / 2 + data.validation_steps * _VALIDATION_SHARE)
    work = steps * training.networks * network.weight_count
    if engine == "tensors":
        return steps * _TENSOR_STEP_SECONDS + work * _TENSOR_WEIGHT_SECONDS
    of_lanes = _blocks(training) * (_BLOCK_STEPS + network.hidden * _UNIT_STEPS) / training.networks
    share = min(1.0, of_lanes) if _takes_lanes(network, training, data, engine) else 1.0
    return share * (steps * training.networks * _STEP_SECONDS + work * _WEIGHT_SECONDS)


# -- lanes -----------------------------------------------------------------------------------------


def _takes_lanes(network: NetworkConfig, training: TrainingConfig, data: DataSizes, engine: str) -> bool:
    """Whether networks are trained side by side, one in each lane of a vector, where there are enough of them."""
    return (
        engine == "compiled"
        and training.networks > 1
        and training.update_every != SEQUENCE
        and training.optimizer is not Optimizer.LBFGS
        and data.sequences == 1
        and max(network.hidden, network.outputs) <= _LANE_UNITS
        and network.weight_count <= _LANE_WEIGHTS
    )


def _blocks(training: TrainingConfig) -> int:
    lanes = _LANE_BYTES // (8 if training.precision is Precision.DOUBLE else 4)
    return -(-training.networks // lanes)


# -- what to lower ---------------------------------------------------------------------------------


def _what_would_fit(
    network: NetworkConfig, training: TrainingConfig, data: DataSizes, engine: str, room: int
) -> Iterator[tuple[str, int]]:
    """Yield settings that alone, lowered so far, would make the training fit."""

    def of_networks(number: int) -> int:
        rates = dict.fromkeys(("learning_rates", "momenta", "weight_decays"), ())
        return estimate_training(network, training.replace(networks=number, **rates), data, engine).bytes

    def of_hidden(number: int) -> int:
        return estimate_training(network.replace(hidden=number), training, data, engine).bytes

    def of_epochs(number: int) -> int:
        return estimate_training(network, training.replace(epochs=number), data, engine).bytes

    for name, size, now in (
        ("networks", of_networks, training.networks),
        ("hidden", of_hidden, network.hidden),
        ("epochs", of_epochs, training.epochs),
    ):
        most = _largest(size, now, room)
        if most:
            yield name, most


def _largest(size: Callable[[int], int], now: int, room: int) -> int:
    """Return the largest number below `now` with which a size fits, or 0; rounded down to two digits."""
    low, high = 0, now
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if size(middle) <= room else (low, middle)
    digits: int = 10 ** max(0, len(str(low)) - 2)
    return low // digits * digits
