"""Damaging: a network at several levels of one damage, all by the same draw, so that a higher level takes more of it.

Level l of a draw removes what every lower level removed, and more; and noise of twice the level is twice that noise.
So a curve over the levels is that of one injury that grows, not of one chance after another.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from elman_core.analysis.damage.examination import Undamaged
from elman_core.analysis.damage.running import Noise
from elman_core.analysis.types import Clamps
from elman_core.analysis.units import Layer, Unit
from elman_core.config.damage import DamageKind
from elman_core.model.network import ElmanNetwork

__all__ = ["DamagedNetworks", "Draw", "clamps_of", "damaged", "units_hit"]

Array = NDArray[np.floating]


@dataclass(frozen=True)
class Draw:
    """One draw of damage to one network.

    Attributes
    ----------
    member
        Which of the networks, from 0 on.
    repeat
        Which of its draws, from 0 on.
    """

    member: int
    repeat: int = 0

    def generator(self, kind: DamageKind, seed: int, network_seed: int) -> np.random.Generator:
        """Return what draws: it follows from the study's seed, the kind, the network's own seed and the repeat."""
        return np.random.default_rng([seed, list(DamageKind).index(kind), network_seed, self.repeat])


@dataclass(frozen=True, eq=False)
class DamagedNetworks:
    """Networks that are damaged: of each draw one for each level, in this order; and the noise on their units."""

    network: ElmanNetwork
    noise: Noise | None = None


def damaged(
    undamaged: Undamaged, kind: DamageKind, draws: tuple[Draw, ...], levels: tuple[float, ...], seed: int
) -> DamagedNetworks:
    """Damage networks, each draw at each of the levels.

    With a level l, u(l) the nearest whole number to l times how many there are, and e drawn from N(0, 1)::

        remove-units       the first u(l) hidden units of a random order give 0, to the outputs and to the context
        cut                the first u(l) connections of a random order have the weight 0
        noise-weights      w + l * rms(w) * e, with the root mean square of the matrix that w stands in
        noise-activations  a_t + l * sd(a) * e_t at each step, by the unit's standard deviation over the evaluation data
        scale              (1 - l) * w
        context            the first u(l) context units of a random order keep their mean over the evaluation data
        input              the first u(l) input units of a random order keep their mean over the evaluation data

    Weights are those between units; a bias, the unit's own threshold, stays as it is.
    """
    config = undamaged.network.config
    holds = kind in (DamageKind.CONTEXT, DamageKind.INPUT)
    own = config.replace(biases=True) if holds else config  # what a unit that is held gives is a constant
    shape = (len(draws), len(levels))
    dtype = undamaged.network.w1.numpy().dtype
    w1 = np.empty((*shape, own.input_rows, own.hidden), dtype)
    w2 = np.empty((*shape, own.output_rows, own.outputs), dtype)
    for place, draw in enumerate(draws):
        generator = draw.generator(kind, seed, undamaged.seeds[draw.member])
        _damage(undamaged, kind, draw.member, generator, np.array(levels), w1[place], w2[place])
    network = ElmanNetwork(own, *(torch.from_numpy(each.reshape(-1, *each.shape[2:])) for each in (w1, w2)))
    noise = _noise(undamaged, draws, levels, seed) if kind is DamageKind.NOISE_ACTIVATIONS else None
    return DamagedNetworks(network, noise)


def units_hit(kind: DamageKind, undamaged: Undamaged, draw: Draw, level: float, seed: int) -> NDArray[np.int64]:
    """Return the places of the units that a draw takes at a level: hidden, context or input units, by the kind."""
    config = undamaged.network.config
    count = config.inputs if kind is DamageKind.INPUT else config.hidden
    generator = draw.generator(kind, seed, undamaged.seeds[draw.member])
    return np.sort(generator.permutation(count)[: _count(level, count)])


def clamps_of(kind: DamageKind, undamaged: Undamaged, draw: Draw, level: float, seed: int) -> Clamps | None:
    """Return the units to hold by hand for the same damage; None where it is done to weights or changes at each step.

    A hidden unit that is removed takes its context unit with it, whose value before the first step need not be 0.
    """
    held_at: dict[Layer, NDArray[np.float64]]
    match kind:
        case DamageKind.REMOVE_UNITS:
            zeros = np.zeros(undamaged.network.config.hidden)
            held_at = {Layer.HIDDEN: zeros, Layer.CONTEXT: zeros}
        case DamageKind.CONTEXT:
            held_at = {Layer.CONTEXT: undamaged.hidden_means[draw.member]}
        case DamageKind.INPUT:
            held_at = {Layer.INPUT: undamaged.input_means}
        case _:
            return None
    hit = units_hit(kind, undamaged, draw, level, seed).tolist()
    return Clamps({Unit(layer, unit): float(values[unit]) for layer, values in held_at.items() for unit in hit})


def _count(level: float, of: int) -> int:
    """Return the nearest whole number to a share, a half rounded up."""
    return int(np.floor(level * of + 0.5))


def _damage(
    undamaged: Undamaged,
    kind: DamageKind,
    member: int,
    generator: np.random.Generator,
    levels: Array,
    w1: Array,
    w2: Array,
) -> None:
    """Fill w1 (L, ., H) and w2 (L, ., O) with the weights of one network at each level."""
    config = undamaged.network.config
    intact1, intact2 = undamaged.network.w1[member].numpy(), undamaged.network.w2[member].numpy()
    w1[:, : len(intact1)], w2[:, : len(intact2)] = intact1, intact2
    between1, between2 = (own[:, : len(intact) - int(config.biases)] for own, intact in ((w1, intact1), (w2, intact2)))
    match kind:
        case DamageKind.REMOVE_UNITS:
            gone = _first(generator.permutation(config.hidden), levels)  # (L, H)
            between1[:, config.inputs :][gone] = 0.0
            between2[:, : config.hidden][gone] = 0.0
        case DamageKind.CUT:
            sizes = between1[0].size, between2[0].size
            gone = _first(generator.permutation(sum(sizes)), levels)
            between1[gone[:, : sizes[0]].reshape(between1.shape)] = 0.0
            between2[gone[:, sizes[0] :].reshape(between2.shape)] = 0.0
        case DamageKind.NOISE_WEIGHTS:
            for own in (between1, between2):
                size = np.sqrt(np.mean(own[0].astype(np.float64) ** 2))
                own += (levels[:, None, None] * size * generator.standard_normal(own[0].shape)).astype(own.dtype)
        case DamageKind.SCALE:
            for own in (between1, between2):
                own *= (1 - levels[:, None, None]).astype(own.dtype)
        case DamageKind.CONTEXT:
            held = _first(generator.permutation(config.hidden), levels)
            rows = slice(config.inputs, config.inputs + config.hidden)
            _hold(w1, rows, held, undamaged.hidden_means[member], adds=config.biases)
            if not config.biases:
                w2[:, -1] = 0.0
        case DamageKind.INPUT:
            held = _first(generator.permutation(config.inputs), levels)
            _hold(w1, slice(0, config.inputs), held, undamaged.input_means, adds=config.biases)
            if config.direct:
                rows = slice(config.hidden, config.hidden + config.inputs)
                _hold(w2, rows, held, undamaged.input_means, adds=config.biases)
            elif not config.biases:
                w2[:, -1] = 0.0


def _first(order: NDArray[np.int64], levels: Array) -> NDArray[np.bool_]:
    """Return which of n things are among the first of a random order at each level: (L, n)."""
    ranks = np.empty_like(order)
    ranks[order] = np.arange(len(order))
    counts = np.array([_count(float(level), len(order)) for level in levels])
    return np.asarray(ranks < counts[:, None])


def _hold(weights: Array, rows: slice, held: NDArray[np.bool_], means: Array, *, adds: bool) -> None:
    """Let units of some rows give their means: as part of the last row, that of the biases, which may be empty yet."""
    own = weights[:, rows]  # (L, units, targets)
    constant = np.einsum("lu,lut->lt", held * means, own.astype(np.float64))
    weights[:, -1] = (weights[:, -1] if adds else 0.0) + constant
    own[held] = 0.0


def _noise(undamaged: Undamaged, draws: tuple[Draw, ...], levels: tuple[float, ...], seed: int) -> Noise:
    kind = DamageKind.NOISE_ACTIVATIONS
    generators = [draw.generator(kind, seed, undamaged.seeds[draw.member]) for draw in draws]
    deviations = undamaged.hidden_deviations[[draw.member for draw in draws]]  # (D, H)
    sizes = np.array(levels)[None, :, None] * deviations[:, None, :]  # (D, L, H)
    of_each = torch.from_numpy(sizes.reshape(-1, 1, sizes.shape[2])).to(undamaged.network.w1)
    return Noise(generators, np.repeat(np.arange(len(draws)), len(levels)), of_each)
