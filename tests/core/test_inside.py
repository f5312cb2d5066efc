"""Looking inside, held against autograd, numpy, plain loops and finite differences."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch

from elman_core.analysis.chosen_steps import StepBlock
from elman_core.analysis.dynamics import gradient_reach, recurrent_eigenvalues
from elman_core.analysis.inspection import inspect_network
from elman_core.analysis.landscape import landscape
from elman_core.analysis.lesions import lesions
from elman_core.analysis.state_space import fixed_points, free_running_step, principal_components, state_space
from elman_core.analysis.types import Analysis, Clamps, InspectionRequest
from elman_core.analysis.units import Layer, Unit, UnitNames, connection_at, unit_name, w1_rows, w2_rows
from elman_core.config import Loss, NetworkConfig
from elman_core.data.dataset import SequenceDataset
from elman_core.experiment import Run
from elman_core.forecasting.prediction import respond
from elman_core.model.clamps import clamped_network
from elman_core.model.network import ElmanNetwork
from elman_core.support.jobs import complete
from elman_core.training.checkpoints import MAXIMUM_CHECKPOINTS, Checkpoint, CheckpointPath, next_checkpoint_epoch
from elman_core.training.engines.gradients import losses
from elman_core.training.trainer import Trainer

NETWORKS = [
    NetworkConfig(hidden=4),
    NetworkConfig(hidden=5, activation="logistic", output="logistic", biases=True, initial_context=0.5),
    NetworkConfig(hidden=3, activation="relu", biases=True),
]


@pytest.fixture
def series(dataset_of: Callable[..., SequenceDataset]) -> SequenceDataset:
    return dataset_of(0.5 + 0.4 * np.sin(0.4 * np.arange(40)))


def network_of(config: NetworkConfig, seed: int = 3) -> ElmanNetwork:
    return ElmanNetwork.initialized(config, seed, precision="float64")


# -- units ------------------------------------------------------------------------------------------


def test_rows_and_columns_have_the_names_of_their_units() -> None:
    config = NetworkConfig(inputs=2, hidden=2, outputs=2, biases=True)
    names = [unit_name(unit, UnitNames(("a", "b"), ("a", "b"))) for unit in w1_rows(config)]
    assert names == ["input a", "input b", "context 1", "context 2", "bias"]
    assert [unit_name(unit) for unit in w2_rows(config)] == ["hidden 1", "hidden 2", "bias"]
    assert len(w1_rows(config)) == config.input_rows
    assert len(w2_rows(config)) == config.output_rows
    connection = connection_at(config, "w1", 3, 1)
    assert (connection.source, connection.target) == (Unit(Layer.CONTEXT, 1), Unit(Layer.HIDDEN, 1))


# -- held units -------------------------------------------------------------------------------------


@pytest.mark.parametrize("config", NETWORKS)
def test_held_units_keep_their_value_as_in_a_plain_loop(config: NetworkConfig) -> None:
    network = network_of(config)
    clamps = Clamps({Unit(Layer.HIDDEN, 1): 0.3, Unit(Layer.CONTEXT, 0): 0.0})
    inputs = torch.linspace(-1, 1, 9, dtype=torch.float64)[:, None, None, None]
    hidden, outputs = clamped_network(network, clamps).forward(inputs)
    functions = {"tanh": np.tanh, "logistic": lambda z: 1 / (1 + np.exp(-z)), "relu": lambda z: np.maximum(z, 0)}
    activation, output = functions[config.activation], functions.get(config.output, lambda z: z)
    w1, w2 = network.w1[0].numpy(), network.w2[0].numpy()
    bias = [1.0] if config.biases else []
    context = np.full(config.hidden, config.initial_context)
    for t in range(9):
        context[0] = 0.0
        state = activation(np.concatenate([inputs[t, 0, 0].numpy(), context, bias]) @ w1)
        state[1] = 0.3
        np.testing.assert_allclose(hidden[t, 0, 0], state, atol=1e-14)
        np.testing.assert_allclose(outputs[t, 0, 0], output(np.concatenate([state, bias]) @ w2), atol=1e-14)
        context = state.copy()


def test_holding_nothing_is_the_network_itself_and_letting_go_undoes_holding() -> None:
    network = network_of(NETWORKS[0])
    assert clamped_network(network, Clamps()) is network
    clamps = Clamps().with_clamps({Unit(Layer.HIDDEN, 0): 0.5})
    assert clamps
    assert not clamps.with_clamps({Unit(Layer.HIDDEN, 0): None})


def test_a_lesion_costs_as_much_as_taking_the_units_outgoing_weights_away(series: SequenceDataset) -> None:
    network = network_of(NETWORKS[0])
    found = complete(lesions(network, series))
    for unit in range(4):
        w1, w2 = network.w1.clone(), network.w2.clone()
        w1[0, 1 + unit] = 0
        without_context = ElmanNetwork(network.config, w1, w2)
        without = ElmanNetwork(network.config, w1, w2.clone())
        without.w2[0, unit] = 0
        for cut, error in ((without, found.without[unit]), (without_context, found.without_context[unit])):
            y = cut.forward(torch.from_numpy(series.inputs)[:, None, None])[1][:, 0, 0].numpy()
            assert np.sqrt(np.mean((y - series.targets) ** 2)) == pytest.approx(error, abs=1e-12)
    w1 = network.w1.clone()
    w1[0, 1:] = 0
    y = ElmanNetwork(network.config, w1, network.w2).forward(torch.from_numpy(series.inputs)[:, None, None])[1]
    assert np.sqrt(np.mean((y[:, 0, 0].numpy() - series.targets) ** 2)) == pytest.approx(found.no_context, abs=1e-12)


# -- dynamics ---------------------------------------------------------------------------------------


def test_eigenvalues_are_those_of_the_recurrent_weights() -> None:
    network = network_of(NETWORKS[1])
    expected = np.linalg.eigvals(network.w1[0, 1:6].numpy())
    np.testing.assert_allclose(np.sort_complex(recurrent_eigenvalues(network)), np.sort_complex(expected))


@pytest.mark.parametrize("config", NETWORKS)
def test_reach_of_the_gradient_equals_autograd(config: NetworkConfig, series: SequenceDataset) -> None:
    network = network_of(config)
    inputs, targets = (torch.from_numpy(part)[:, None, None] for part in (series.inputs, series.targets))
    hidden, outputs = network.forward(inputs)
    reach = gradient_reach(
        network, hidden[:, 0, 0].numpy(), outputs[:, 0, 0].numpy(), series.targets, Loss.SQUARED_ERROR
    )
    # d loss_t / d context_{t-k} for the steps that the mean is taken over, by running the network with autograd.
    first = min(len(hidden), 60, len(hidden) // 2) - 1
    expected = np.zeros((len(hidden), len(reach)))
    contexts = [network.initial_context().requires_grad_()]
    loss = []
    for t in range(len(inputs)):
        state, y = ElmanNetwork(config, network.w1, network.w2).forward(inputs[t : t + 1], contexts[-1])
        loss.append(losses(y, targets[t : t + 1], config.output, Loss.SQUARED_ERROR).sum())
        contexts.append(state[0])
    for t in range(first, len(inputs)):
        wanted = contexts[t - min(t, len(reach) - 1) : t + 1]
        gradients = torch.autograd.grad(loss[t], wanted, retain_graph=True)
        for k, gradient in enumerate(reversed(gradients)):
            expected[t, k] = gradient.norm()
    for k in range(len(reach)):
        steps = np.arange(max(first, k), len(inputs))
        assert reach[k] == pytest.approx(expected[steps, k].mean(), rel=1e-10, abs=1e-15)


# -- state space ------------------------------------------------------------------------------------


def test_principal_components_are_those_of_a_singular_value_decomposition() -> None:
    states = np.random.default_rng(0).normal(size=(200, 5)) @ np.diag([3, 2, 1, 0.5, 0.1])
    found = principal_components(states)
    _, singular, rows = np.linalg.svd(states - states.mean(axis=0), full_matrices=False)
    np.testing.assert_allclose(np.abs((found.components * rows[:3]).sum(axis=1)), 1, atol=1e-10)
    np.testing.assert_allclose(found.explained, (singular**2 / (singular**2).sum())[:3], atol=1e-12)
    flipped = principal_components(-states, like=found)
    np.testing.assert_allclose(flipped.components, found.components, atol=1e-10)


@pytest.mark.parametrize("config", NETWORKS)
def test_fixed_points_stay_where_they_are_and_stability_is_what_a_long_run_shows(config: NetworkConfig) -> None:
    network = network_of(config.replace(input_spread=0.9), seed=5)
    hidden, _ = network.forward(torch.linspace(-1, 1, 50, dtype=torch.float64)[:, None, None, None])
    found = fixed_points(network, hidden[:, 0, 0].numpy())
    assert len(found.states)
    np.testing.assert_allclose(free_running_step(network, found.states), found.states, atol=1e-7)
    for point, stable in zip(found.states, found.stable, strict=True):
        # Near by, the map is linear: the same question, asked by finite differences.
        step = 1e-6 * np.eye(config.hidden)
        columns = (free_running_step(network, point + step) - free_running_step(network, point - step)) / 2e-6
        assert (np.abs(np.linalg.eigvals(columns.T)).max() < 1) == stable


def test_the_vector_field_is_one_step_of_the_free_run(series: SequenceDataset) -> None:
    network = network_of(NETWORKS[0])
    response = complete(respond(network, series))
    space = state_space(network, response)
    states = response.closed_loop_hidden.astype(np.float64)
    np.testing.assert_allclose(free_running_step(network, states)[:-1], states[1:], atol=1e-6)
    whole = space.projection.mean + space.field_at @ space.projection.components
    after = space.projection.of(free_running_step(network, whole))
    np.testing.assert_allclose(space.field_at + space.field, after, atol=1e-12)
    np.testing.assert_allclose(space.states, space.projection.of(response.hidden), atol=1e-12)


# -- landscape and path -----------------------------------------------------------------------------


def trained_with_path(experiment: Run) -> tuple[Trainer, list[Checkpoint]]:
    trainer = Trainer(experiment, engine="tensors")
    points = [point for update in trainer.updates(keep_checkpoints=True) for point in update.checkpoints]
    return trainer, points


def test_the_landscape_has_the_true_loss_and_the_path_on_it(sine: Callable[..., Run]) -> None:
    experiment = sine(epochs=40, precision="float64")
    _, points = trained_with_path(experiment)
    dataset = experiment.dataset
    steps = [StepBlock(dataset.inputs[:, None], dataset.targets[:, None])]
    seen = complete(landscape(experiment.network, tuple(points), steps, Loss.SQUARED_ERROR))
    assert seen is not None
    np.testing.assert_allclose(seen.path[-1], 0, atol=1e-9)
    assert seen.path_epochs.tolist() == list(range(41))
    flat = np.stack([np.concatenate([point.w1.ravel(), point.w2.ravel()]) for point in points])
    _, singular, rows = np.linalg.svd(flat - flat.mean(axis=0), full_matrices=False)
    np.testing.assert_allclose(seen.explained, (singular**2 / (singular**2).sum())[:2], atol=1e-9)
    along = (flat - flat[-1]) @ rows[:2].T
    np.testing.assert_allclose(np.abs(seen.path), np.abs(along), atol=1e-9)
    for i, j in ((0, 0), (12, 3), (24, 20)):
        signs = [np.sign((seen.path[:, axis] * along[:, axis]).sum()) for axis in (0, 1)]
        weights = flat[-1] + seen.first[j] * signs[0] * rows[0] + seen.second[i] * signs[1] * rows[1]
        w1, w2 = (torch.from_numpy(part)[None] for part in (weights[:42].reshape(7, 6), weights[42:].reshape(6, 1)))
        y = ElmanNetwork(experiment.network, w1, w2).forward(torch.from_numpy(dataset.inputs)[:, None, None])[1]
        expected = 0.5 * np.mean((y[:, 0, 0].numpy() - dataset.targets) ** 2)
        assert seen.loss[i, j] == pytest.approx(expected, rel=1e-4)


def test_weights_are_kept_before_the_first_epoch_and_after_every_one_of_a_short_run(
    sine: Callable[..., Run],
) -> None:
    experiment = sine(epochs=30)
    trainer, points = trained_with_path(experiment)
    assert [point.epoch for point in points] == list(range(31))
    untrained = Trainer(experiment).network
    np.testing.assert_array_equal(points[0].w1, untrained.w1[0])
    np.testing.assert_array_equal(points[-1].w2, trainer.network.w2[0])
    alone = Trainer(experiment.__class__(**{**experiment.__dict__, "training": experiment.training.replace(epochs=7)}))
    list(alone.updates())
    np.testing.assert_allclose(points[7].w1, alone.network.w1[0], atol=1e-6)


def test_keeping_weights_changes_no_bit_of_the_run(sine: Callable[..., Run]) -> None:
    kept, plain = (Trainer(sine(epochs=100), engine="compiled") for _ in range(2))
    list(kept.updates(keep_checkpoints=True))
    list(plain.updates())
    np.testing.assert_array_equal(kept.network.w1, plain.network.w1)


def test_of_a_long_run_at_most_500_points_are_kept_dense_early() -> None:
    path, epoch, weights = CheckpointPath(), 0, np.zeros((2, 2), np.float32)
    while epoch < 10_000_000:
        path.add(Checkpoint(epoch, weights, weights))
        epoch = next_checkpoint_epoch(epoch)
    epochs = np.array([point.epoch for point in path.points])
    assert len(epochs) == MAXIMUM_CHECKPOINTS
    assert epochs[0] == 0
    assert (np.diff(epochs) > 0).all()
    assert (epochs[:40] == np.arange(40)).all()
    assert np.diff(np.log(epochs[100:])).max() < 0.1


def test_large_weights_are_kept_less_often() -> None:
    path, weights = CheckpointPath(), np.zeros((514, 512), np.float32)
    for epoch in range(200):
        path.add(Checkpoint(epoch, weights, weights[:1]))
    assert len(path) * weights.nbytes <= 64 * 2**20
    assert path.points[0].epoch == 0
    assert path.points[-1].epoch == 199


# -- all at once ------------------------------------------------------------------------------------


@pytest.mark.parametrize("analyses", [frozenset(), frozenset(Analysis)])
def test_a_look_shows_what_was_asked_for_and_nothing_else(
    sine: Callable[..., Run], analyses: frozenset[Analysis]
) -> None:
    experiment = sine(epochs=10)
    trainer, points = trained_with_path(experiment)
    w1, w2 = (weights[0].numpy() for weights in (trainer.network.w1, trainer.network.w2))
    look = InspectionRequest(
        experiment.dataset, experiment.network, Loss.SQUARED_ERROR, 10, 0, w1, w2, path=tuple(points), analyses=analyses
    )
    seen = complete(inspect_network(look))
    np.testing.assert_array_equal(seen.snapshot.response.one_step, complete(trainer.snapshot()).response.one_step)
    for part in (seen.states, seen.dynamics, seen.landscape, seen.lesions):
        assert (part is not None) == bool(analyses)


@pytest.mark.parametrize("weights", [np.nan, np.inf, 1e30, 0.0])
def test_a_network_that_diverged_or_is_empty_is_looked_at_without_failing(
    sine: Callable[..., Run], weights: float
) -> None:
    experiment = sine()
    w1, w2 = np.full((7, 6), weights, np.float32), np.full((6, 1), weights, np.float32)
    points = tuple(Checkpoint(epoch, w1, w2) for epoch in range(5))
    look = InspectionRequest(
        experiment.dataset,
        experiment.network,
        Loss.SQUARED_ERROR,
        5,
        0,
        w1,
        w2,
        path=points,
        analyses=frozenset(Analysis),
    )
    seen = complete(inspect_network(look))
    assert seen.landscape is None
    assert seen.dynamics is not None
    assert len(seen.dynamics.eigenvalues) == 6
