"""The network's equations, held against torch.nn.RNN."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from elman_core.config import NetworkConfig, Precision
from elman_core.model.network import ElmanNetwork

STEPS, BATCH = 17, 3


def peer(network: ElmanNetwork, n: int) -> tuple[torch.nn.RNN, torch.nn.Linear]:
    """Return torch's network with the weights of the ensemble's network n."""
    config, w1, w2 = network.config, network.w1[n], network.w2[n]
    inputs, hidden, outputs = config.inputs, config.hidden, config.outputs
    rnn = torch.nn.RNN(inputs, hidden, nonlinearity=config.activation.value, bias=config.biases, dtype=w1.dtype)
    readout = torch.nn.Linear(hidden, outputs, bias=config.biases, dtype=w1.dtype)
    with torch.no_grad():
        rnn.weight_ih_l0.copy_(w1[:inputs].T)
        rnn.weight_hh_l0.copy_(w1[inputs : inputs + hidden].T)
        readout.weight.copy_(w2[:hidden].T)
        if config.biases:
            rnn.bias_ih_l0.copy_(w1[-1])
            rnn.bias_hh_l0.zero_()
            readout.bias.copy_(w2[-1])
    return rnn, readout


@pytest.mark.parametrize(("precision", "tolerance"), [(Precision.SINGLE, 1e-6), (Precision.DOUBLE, 1e-12)])
@pytest.mark.parametrize("networks", [1, 3])
@pytest.mark.parametrize("biases", [False, True])
@pytest.mark.parametrize("activation", ["tanh", "relu"])
@torch.no_grad()
def test_forward_equals_that_of_torchs_own_rnn(
    activation: str, biases: bool, networks: int, precision: Precision, tolerance: float
) -> None:
    config = NetworkConfig(
        inputs=2, hidden=5, outputs=3, activation=activation, biases=biases, initial_context=0.5,
        initialization="uniform", input_spread=0.6, output_spread=0.6,
    )  # fmt: skip
    network = ElmanNetwork.initialized(config, 4, networks=networks, precision=precision)
    inputs = torch.randn(STEPS, 1, BATCH, 2, dtype=network.w1.dtype, generator=torch.Generator().manual_seed(0))
    hidden, outputs = network.forward(inputs)
    for n in range(networks):
        rnn, readout = peer(network, n)
        states, _ = rnn(inputs[:, 0], torch.full((1, BATCH, 5), 0.5, dtype=network.w1.dtype))
        torch.testing.assert_close(hidden[:, n], states, rtol=0, atol=tolerance)
        torch.testing.assert_close(outputs[:, n], readout(states), rtol=0, atol=tolerance)


@pytest.mark.parametrize(
    ("output", "function"),
    [("linear", torch.nn.Identity()), ("logistic", torch.nn.Sigmoid()), ("softmax", torch.nn.Softmax(dim=-1))],
)
def test_logistic_units_follow_the_equations_written_out(output: str, function: torch.nn.Module) -> None:
    config = NetworkConfig(hidden=3, outputs=4, activation="logistic", output=output, biases=True)
    network = ElmanNetwork.initialized(config, 1, precision=Precision.DOUBLE)
    (w1,), (w2,) = network.w1, network.w2
    inputs = torch.tensor([0.3, -1.2, 2.0], dtype=torch.float64)
    context, one, expected = torch.zeros(3).double(), torch.ones(1).double(), []
    for x in inputs:
        context = 1 / (1 + torch.exp(-torch.cat([x[None], context, one]) @ w1))
        expected.append(function(torch.cat([context, one]) @ w2))
    _, outputs = network.forward(inputs[:, None, None, None])
    torch.testing.assert_close(outputs[:, 0, 0], torch.stack(expected), rtol=0, atol=1e-14)


def test_a_sequence_may_be_gone_through_in_pieces() -> None:
    network = ElmanNetwork.initialized(NetworkConfig(), 1)
    inputs = torch.linspace(-1, 1, 9)[:, None, None, None]
    first, _ = network.forward(inputs[:4])
    rest, _ = network.forward(inputs[4:], first[-1])
    whole, _ = network.forward(inputs)
    torch.testing.assert_close(torch.cat([first, rest]), whole)


@pytest.mark.parametrize("seed", [0, 1, 2**63 - 1])
def test_initial_weights_are_the_tutorials_draws(seed: int) -> None:
    network = ElmanNetwork.initialized(NetworkConfig(), seed)
    torch.manual_seed(seed)
    assert torch.equal(network.w1[0], torch.empty(7, 6).normal_(0, 0.4))
    assert torch.equal(network.w2[0], torch.empty(6, 1).normal_(0, 0.3))


def test_member_n_of_an_ensemble_is_the_single_network_of_seed_plus_n() -> None:
    config = NetworkConfig(biases=True)
    ensemble = ElmanNetwork.initialized(config, 5, networks=3)
    for n in range(3):
        single = ElmanNetwork.initialized(config, 5 + n)
        assert torch.equal(ensemble.w1[n], single.w1[0])
        assert torch.equal(ensemble.w2[n], single.w2[0])


def test_an_ensemble_can_begin_at_the_largest_seed() -> None:
    assert ElmanNetwork.initialized(NetworkConfig(), 2**63 - 1, networks=2).networks == 2


def test_both_precisions_begin_with_the_same_weights() -> None:
    single, double = (ElmanNetwork.initialized(NetworkConfig(), 3, precision=precision) for precision in Precision)
    assert torch.equal(single.w1.double(), double.w1)
    assert torch.equal(single.w2.double(), double.w2)


def test_uniform_weights_fill_their_range_and_no_more() -> None:
    def extent(weights: Tensor) -> tuple[float, float]:
        return float(weights.min()), float(weights.max())

    config = NetworkConfig(hidden=60, outputs=60, initialization="uniform", input_spread=1.0, output_spread=0.25)
    network = ElmanNetwork.initialized(config, 1)
    assert extent(network.w1) == pytest.approx((-1, 1), abs=0.01)
    assert extent(network.w2) == pytest.approx((-0.25, 0.25), abs=0.01)
    assert float(network.w1.abs().max()) <= 1.0
