"""The tensors engine's own optimisers, held against torch.optim's, one network of an ensemble after another."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from elman_core.config import TrainingConfig
from elman_core.training.engines.members import Members
from elman_core.training.engines.tensor_optimizers import TensorOptimizer

RATES = (0.1, 0.02, 0.003)
MOMENTA = (0.0, 0.9, 0.5)
KINDS: dict[str, tuple[dict[str, Any], Callable[[list[Tensor], int], torch.optim.Optimizer]]] = {
    "sgd": ({}, lambda weights, n: torch.optim.SGD(weights, lr=RATES[n])),
    "momentum": ({"momenta": MOMENTA}, lambda weights, n: torch.optim.SGD(weights, lr=RATES[n], momentum=MOMENTA[n])),
    "adam": ({"optimizer": "adam"}, lambda weights, n: torch.optim.Adam(weights, lr=RATES[n])),
    "rprop": (
        {"optimizer": "rprop", "update_every": "all", "truncation": "all"},
        lambda weights, n: torch.optim.Rprop(weights, lr=RATES[n]),
    ),
}


def weights_of(seed: int, dtype: torch.dtype = torch.float64) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(seed)
    first, second = (torch.randn(shape, generator=generator, dtype=dtype) for shape in ((3, 5, 4), (3, 4, 2)))
    first[:, 0] = 0.0  # a gradient of 0 where this is one
    return first, second


def config_of(kind: str, **changes: Any) -> TrainingConfig:
    return TrainingConfig(networks=3, learning_rates=RATES, **{**KINDS[kind][0], **changes})


def moved(optimizer: TensorOptimizer, weights: tuple[Tensor, Tensor], seeds: range, members: Members) -> None:
    """Move the weights of some networks by random gradients."""
    for seed in seeds:
        gradients = weights_of(100 + seed, weights[0].dtype)
        parts = [members.of(weight) for weight in weights]
        optimizer.step((parts[0], parts[1]), tuple(members.of(g) for g in gradients), np.array(RATES)[members.places])
        for weight, part in zip(weights, parts, strict=True):
            members.put(weight, part)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("kind", KINDS)
def test_each_network_is_moved_as_torch_moves_it(kind: str, dtype: torch.dtype) -> None:
    weights = weights_of(0, dtype)
    optimizer = TensorOptimizer(config_of(kind), weights, {})
    alone = [[weight[n].clone() for weight in weights] for n in range(3)]
    torchs = [KINDS[kind][1](own, n) for n, own in enumerate(alone)]
    moved(optimizer, weights, range(20), Members.all_of(3))
    for n, own in enumerate(alone):
        for seed in range(20):
            for weight, gradient in zip(own, weights_of(100 + seed, dtype), strict=True):
                weight.grad = gradient[n].clone()
            torchs[n].step()
    tolerance = 1e-5 if dtype == torch.float32 else 1e-12
    state = optimizer.state()
    for n, own in enumerate(alone):
        for name, whole, weight in zip(("w1", "w2"), weights, own, strict=True):
            np.testing.assert_allclose(whole[n], weight, rtol=tolerance, atol=tolerance)
            for key, value in torchs[n].state[weight].items():
                if value is not None and not (kind == "momentum" and not MOMENTA[n]):
                    close = {"rtol": tolerance, "atol": tolerance}
                    np.testing.assert_allclose(state[f"{name}.{key}"][n], value, **close, err_msg=key)


@pytest.mark.parametrize("kind", KINDS)
def test_networks_that_are_not_chosen_keep_weights_and_memory(kind: str) -> None:
    some = Members.where(np.array([True, False, True]))
    weights, apart = weights_of(0), weights_of(0)
    optimizer, reference = TensorOptimizer(config_of(kind), weights, {}), TensorOptimizer(config_of(kind), apart, {})
    moved(optimizer, weights, range(5), Members.all_of(3))
    moved(reference, apart, range(5), Members.all_of(3))
    kept, kept_state = [weight[1].clone() for weight in weights], optimizer.state()
    optimizer.choose(some)
    moved(optimizer, weights, range(5, 9), some)
    moved(reference, apart, range(5, 9), Members.all_of(3))
    state, other_state = optimizer.state(), reference.state()
    for weight, other, before in zip(weights, apart, kept, strict=True):
        assert torch.equal(weight[1], before)
        assert torch.equal(weight[[0, 2]], other[[0, 2]])
    for name, array in state.items():
        np.testing.assert_array_equal(array[1], kept_state[name][1], err_msg=name)
        np.testing.assert_array_equal(array[[0, 2]], other_state[name][[0, 2]], err_msg=name)


@pytest.mark.parametrize("kind", KINDS)
def test_the_memory_is_taken_over_to_the_last_bit(kind: str) -> None:
    whole, parted, everyone = weights_of(0), weights_of(0), Members.all_of(3)
    moved(TensorOptimizer(config_of(kind), whole, {}), whole, range(9), everyone)
    first = TensorOptimizer(config_of(kind), parted, {})
    assert first.state() == {}
    moved(first, parted, range(4), everyone)
    moved(TensorOptimizer(config_of(kind), parted, first.state()), parted, range(4, 9), everyone)
    assert torch.equal(whole[0], parted[0]) and torch.equal(whole[1], parted[1])


def test_older_files_count_the_updates_of_all_networks_in_one_number() -> None:
    weights, everyone = weights_of(0), Members.all_of(3)
    optimizer = TensorOptimizer(config_of("adam"), weights, {})
    moved(optimizer, weights, range(4), everyone)
    state = optimizer.state()
    assert state["w1.step"].tolist() == state["w2.step"].tolist() == [4, 4, 4]
    older = {**state, "w1.step": np.array(4.0, np.float32), "w2.step": np.array(4.0, np.float32)}
    found = []
    for taken in (state, older):
        copies = weights[0].clone(), weights[1].clone()
        moved(TensorOptimizer(config_of("adam"), copies, taken), copies, range(3), everyone)
        found.append(copies)
    assert torch.equal(found[0][0], found[1][0])


@pytest.mark.parametrize("kind", ["momentum", "adam", "rprop"])
def test_a_network_that_forgets_is_moved_as_at_first(kind: str) -> None:
    weights, fresh, everyone = weights_of(0), weights_of(0), Members.all_of(3)
    optimizer = TensorOptimizer(config_of(kind), weights, {})
    moved(optimizer, weights, range(4), everyone)
    for weight, start in zip(weights, fresh, strict=True):
        weight[1] = start[1]
    optimizer.forget(np.array([1]))
    moved(optimizer, weights, range(4, 8), everyone)
    moved(TensorOptimizer(config_of(kind), fresh, {}), fresh, range(4, 8), everyone)
    assert torch.equal(weights[0][1], fresh[0][1]) and torch.equal(weights[1][1], fresh[1][1])


@pytest.mark.parametrize("kind", ["sgd", "momentum", "adam", "rprop"])
def test_training_does_not_import_what_torchs_optimisers_bring(kind: str) -> None:
    # torch.optim's first optimiser imports torch._dynamo, which takes a second.
    script = f"""
import sys
import numpy as np
from elman_core.config import NetworkConfig, TrainingConfig
from elman_core.model.network import ElmanNetwork
from elman_core.training.engines.choice import make_engine
from elman_core.training.engines.sequences import Sequences
rows = np.random.default_rng(0).normal(size=(9, 1))
network = ElmanNetwork.initialized(NetworkConfig(), 1, networks=3)
training = TrainingConfig(**{config_of(kind).model_dump(mode="json")!r})
engine = make_engine("tensors", network, Sequences.side_by_side([(rows, rows)]), training)
assert len(engine.advance(1000, 2).train_losses) == 2
assert "torch._dynamo" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", script], check=True)
