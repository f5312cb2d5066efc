"""Trained networks before they are damaged: what they reach, how their units behave, and what baselines reach."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from elman_core.analysis.damage.evaluation_data import EvaluationData
from elman_core.analysis.damage.running import NUMBERS_AT_ONCE, networks_at_once, run_over
from elman_core.analysis.damage.scoring import ManyScores
from elman_core.config import Begin
from elman_core.errors import ConfigError
from elman_core.experiment import Run
from elman_core.forecasting.baselines import Standards
from elman_core.model.network import ElmanNetwork
from elman_core.support.jobs import Job, within
from elman_core.training.engines.sequences import Sequences
from elman_core.training.initial_weights import begin_as_chosen
from elman_core.training.weights import network_from_weights

__all__ = ["Level", "Undamaged", "examine"]

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Level:
    """What is reached: the error, and of symbols the share that is right.

    Attributes
    ----------
    error : (N,)
        Root mean squared, in the data's own units.
    right : (N,) or None
        From 0 to 1.
    """

    error: Array
    right: Array | None


@dataclass(frozen=True, eq=False)
class Undamaged:
    """Trained networks, and what was measured of them.

    Attributes
    ----------
    network
        All N of them, on the CPU.
    seeds : N
        That their weights were drawn from.
    reached, untrained
        By each network, and by the one that it was before training.
    chance
        By always predicting how frequent symbols are in the training part; of numbers, the mean of that part.
    input_means : (I,)
    hidden_means, hidden_deviations : (N, H)
        Of the units' activations over the evaluation data.
    """

    network: ElmanNetwork
    seeds: tuple[int, ...]
    data: EvaluationData
    reached: Level
    untrained: Level
    chance: Level
    input_means: Array
    hidden_means: Array
    hidden_deviations: Array


def examine(run: Run, data: EvaluationData, networks: int | None = None) -> Job[Undamaged]:
    """Measure the first `networks` of a run, by default all.

    Raises
    ------
    ConfigError
        When the run is not trained, or has fewer networks.
    """
    if run.weights is None:
        raise ConfigError(f"{run.name} is not trained: damage is done to trained networks")
    there = run.training.networks
    count = there if networks is None else networks
    if not 1 <= count <= there:
        raise ConfigError(f"networks must be from 1 to {there:,}, those that were trained, got {count:,}")
    trained = network_from_weights(run.network, run.weights)
    network = ElmanNetwork(run.network, trained.w1[:count], trained.w2[:count])
    reached, means, deviations = yield from within(_measured(network, data), 0.0, 0.5)
    before = yield from within(_untrained(run, count), 0.5, 0.55)
    untrained, _, _ = yield from within(_measured(before, data), 0.55, 1.0)
    seeds = tuple(run.training.seed + member for member in range(count))
    chance = _chance(run, data)
    return Undamaged(network, seeds, data, reached, untrained, chance, _input_means(data), means, deviations)


def _untrained(run: Run, count: int) -> Job[ElmanNetwork]:
    """Return the networks that the training began with."""
    training = run.training
    network = yield from ElmanNetwork.draw(run.network, training.seed, networks=count, precision=training.precision)
    if run.network.begin is Begin.LEAST_SQUARES:
        network = begin_as_chosen(network, Sequences.of(run.dataset, training).training)
    return network


def _measured(network: ElmanNetwork, data: EvaluationData) -> Job[tuple[Level, Array, Array]]:
    """Return what networks reach, and the mean and standard deviation of each hidden unit, (N, H) each."""
    at_once, total = networks_at_once(network, data), network.networks
    errors, means, deviations = [], [], []
    rights: list[Array] = []
    for start in range(0, total, at_once):
        some = slice(start, min(start + at_once, total))
        part = ElmanNetwork(network.config, network.w1[some], network.w2[some])
        scores = ManyScores(part.networks, data, network.config.output)
        moments = np.zeros((2, part.networks, network.config.hidden))
        steps = 0
        for block in run_over(part, data):
            yield start / total
            scores.add(block)
            inside = torch.from_numpy(block.stretch.inside[block.steps])
            states = block.hidden.double() * inside[None, :, :, None]  # (N, T, B, H)
            moments += np.stack([states.sum(dim=(1, 2)).numpy(), states.square().sum(dim=(1, 2)).numpy()])
            steps += int(inside.sum())
        with np.errstate(invalid="ignore", over="ignore"):
            mean, square = moments / steps
            deviations.append(np.sqrt(np.maximum(square - mean**2, 0.0)))
        means.append(mean)
        errors.append(scores.errors())
        right = scores.right()
        rights += [] if right is None else [right]
    reached = Level(np.concatenate(errors), np.concatenate(rights) if rights else None)
    return reached, np.concatenate(means), np.concatenate(deviations)


def _input_means(data: EvaluationData) -> Array:
    rows = np.concatenate([stretch.rows[stretch.inside] for stretch in data.stretches])
    total: Array = data.dataset.step_inputs(rows[:1])[0].copy()
    at_once = max(1, NUMBERS_AT_ONCE // len(total))
    for start in range(1, len(rows), at_once):
        total += data.dataset.step_inputs(rows[start : min(start + at_once, len(rows))]).sum(axis=0)
    return np.asarray(total / len(rows))


def _chance(run: Run, data: EvaluationData) -> Level:
    """Return what is reached by predicting the same at every step."""
    trained_on, dataset = run.dataset, data.dataset
    rows = np.concatenate([stretch.rows[stretch.scored] for stretch in data.stretches]) + 1
    sequence, values = dataset.sequence_of_row[rows], dataset.values[rows]
    if trained_on.symbols is None or dataset.symbols is None:
        known = ~dataset.missing[rows]
        with np.errstate(over="ignore"):
            off = np.where(known, Standards.of(trained_on).mean[sequence] - values, 0.0) ** 2
        return Level(np.sqrt(_mean_of_each(off.sum(axis=1), sequence, known.sum(axis=1))).mean(keepdims=True), None)
    vocabulary, in_training = trained_on.symbols.vocabulary, trained_on.symbols.codes[trained_on.part_of_row == 0]
    counts = np.bincount(in_training, minlength=len(vocabulary.names))
    off = ((counts / counts.sum() @ vocabulary.vectors - values) ** 2).mean(axis=1)
    is_right = (dataset.symbols.codes[rows] == counts.argmax()).astype(np.float64)
    error = np.sqrt(_mean_of_each(off, sequence)).mean(keepdims=True)
    return Level(error, _mean_of_each(is_right, sequence).mean(keepdims=True))


def _mean_of_each(sums: Array, sequence: NDArray[np.int64], counts: NDArray[np.int64] | None = None) -> Array:
    """Return the mean of each sequence that has any."""
    counted = np.bincount(sequence, counts)
    return np.asarray((np.bincount(sequence, sums) / np.maximum(counted, 1))[counted > 0])
