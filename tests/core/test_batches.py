"""Batches of whole sequences: the same loss and gradient as torch's autograd gives."""

from __future__ import annotations

import itertools
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor

from elman_core.config import Activation, Output
from elman_core.model.network import activate, output
from elman_core.training.engines import batches

Array = NDArray[np.floating]
Result = tuple[float, Array, Array]

SQUARED, CROSS_ENTROPY, ABSOLUTE = range(3)
LINEAR, LOGISTIC, SOFTMAX = range(3)
ENDS = [
    (o, e) for o, e in itertools.product(range(3), range(3)) if (o, e) != (LINEAR, CROSS_ENTROPY)
]  # output function and loss


@dataclass
class Case:
    """Some sequences of unequal lengths, and a network for them."""

    rule: batches.Rule
    sizes: tuple[int, int, int] = (5, 19, 10)
    sequences: int = 70
    longest: int = 7
    symbols: bool = False
    dtype: type[np.floating] = np.float64
    seed: int = 0
    steps: batches.Steps = field(init=False)
    batch: batches.Batch = field(init=False)
    w1: Array = field(init=False)
    w2: Array = field(init=False)

    def __post_init__(self) -> None:
        inputs, hidden, outputs = self.sizes
        rule, random = self.rule, np.random.default_rng(self.seed)
        lengths = random.integers(1, self.longest + 1, self.sequences)
        starts = np.cumsum(lengths) - lengths
        total = int(lengths.sum())
        xs = np.eye(inputs) * 0.7 if self.symbols else random.normal(size=(20, inputs))
        targets = random.normal(size=(30, outputs))
        if rule.loss == CROSS_ENTROPY:
            targets = random.uniform(size=(30, outputs))
        if rule.output == SOFTMAX:
            targets = np.abs(targets) / np.abs(targets).sum(axis=1, keepdims=True)
        weights = random.integers(0, 3, total) * 0.75
        target_rows = random.integers(0, len(targets), total)
        target_rows[weights == 0] = len(targets)  # what is not counted is not known
        self.steps = batches.make_steps(
            xs, np.vstack([targets, np.full(outputs, np.nan)]), random.integers(0, len(xs), total), target_rows,
            weights, self.dtype,
        )  # fmt: skip
        self.batch = batches.make_batch(starts, lengths, starts)
        spread = 1 / np.sqrt(hidden)
        self.w1 = random.normal(0, spread, (inputs + hidden + rule.biases, hidden)).astype(self.dtype)
        rows = hidden + rule.biases + (inputs if rule.direct else 0)
        self.w2 = random.normal(0, spread, (rows, outputs)).astype(self.dtype)

    def scratch(self) -> batches.Scratch:
        return batches.make_scratch(self.w1, self.w2, self.steps.inputs, self.longest)

    def run(self, scratch: batches.Scratch | None = None) -> Result:
        gradient1, gradient2 = np.full_like(self.w1, 7), np.full_like(self.w2, 7)
        found = batches.loss_and_gradient(
            self.w1, self.w2, gradient1, gradient2, self.steps, self.batch, self.rule, scratch or self.scratch()
        )
        return found, gradient1, gradient2

    def run_by_autograd(self) -> Result:
        (inputs, hidden, _), rule, steps = self.sizes, self.rule, self.steps
        w1, w2 = (torch.from_numpy(w).double().requires_grad_() for w in (self.w1, self.w2))
        bias1, bias2 = (w[-1] if rule.biases else torch.zeros(w.shape[1]) for w in (w1, w2))
        total = torch.zeros((), dtype=torch.float64)
        for start, length in zip(self.batch.starts, self.batch.lengths, strict=True):
            h = torch.full((hidden,), rule.initial_context, dtype=torch.float64)
            for place in range(start, start + length):
                x = torch.from_numpy(steps.inputs.numbers[steps.input_rows[place]]).double()
                z1 = x @ w1[:inputs] + h @ w1[inputs : inputs + hidden] + bias1
                h = activate(z1, list(Activation)[rule.activation])
                z2 = h @ w2[:hidden] + bias2
                if rule.direct:
                    z2 = z2 + x @ w2[hidden : hidden + inputs]
                if steps.weights[place]:
                    y = output(z2, list(Output)[rule.output])
                    target = torch.from_numpy(steps.targets[steps.target_rows[place]]).double()
                    total = total + float(steps.weights[place]) * self._loss(y, target)
        total.backward()  # type: ignore[no-untyped-call]
        assert w1.grad is not None and w2.grad is not None
        return float(total.detach()), w1.grad.numpy(), w2.grad.numpy()

    def _loss(self, y: Tensor, target: Tensor) -> Tensor:
        if self.rule.loss == SQUARED:
            return (y - target).square().sum() / 2
        if self.rule.loss == ABSOLUTE:
            return (y - target).abs().sum()
        if self.rule.output == SOFTMAX:
            return -(target * y.log()).sum()
        return -(target * y.log() + (1 - target) * (1 - y).log()).sum()


def rule_of(activation: int = 0, output: int = LINEAR, loss: int = SQUARED, biases: int = 1, direct: int = 0,
            initial_context: float = 0.3) -> batches.Rule:  # fmt: skip
    return batches.Rule(activation, output, loss, biases, direct, initial_context)


def assert_same(found: Result, expected: Result, tolerance: float) -> None:
    assert found[0] == pytest.approx(expected[0], rel=tolerance)
    for mine, theirs in zip(found[1:], expected[1:], strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=0, atol=tolerance * np.abs(theirs).max())


def bits(result: Result) -> bytes:
    return np.float64(result[0]).tobytes() + result[1].tobytes() + result[2].tobytes()


@pytest.mark.parametrize("ends", ENDS)
@pytest.mark.parametrize("activation", range(3))
def test_loss_and_gradient_are_those_of_autograd(activation: int, ends: tuple[int, int]) -> None:
    for biases, direct, symbols in itertools.product((0, 1), (0, 1), (False, True)):
        inputs = 21 if symbols else 5
        case = Case(rule_of(activation, *ends, biases, direct), (inputs, 19, 10), 8, symbols=symbols)
        assert case.steps.inputs.sparse == symbols
        assert_same(case.run(), case.run_by_autograd(), 1e-10)


@pytest.mark.parametrize(
    "sizes", [(1, 1, 1), (1, 6, 1), (3, 16, 1), (12, 32, 18), (9, 33, 16), (31, 40, 31), (2, 70, 2)]
)
@pytest.mark.parametrize("sequences", [1, 3, batches.BLOCK, 2 * batches.BLOCK + 5])
def test_any_sizes_and_any_number_of_sequences_will_do(sizes: tuple[int, int, int], sequences: int) -> None:
    case = Case(rule_of(direct=1), sizes, sequences, longest=4)
    assert_same(case.run(), case.run_by_autograd(), 1e-10)


@pytest.mark.parametrize("ends", ENDS)
@pytest.mark.parametrize("activation", range(3))
def test_single_precision_is_close(activation: int, ends: tuple[int, int]) -> None:
    case = Case(rule_of(activation, *ends, direct=1), dtype=np.float32)
    assert_same(case.run(), case.run_by_autograd(), 2e-5)


def test_the_loss_alone_is_the_same_to_the_last_bit() -> None:
    for ends in ENDS:
        case = Case(rule_of(0, *ends), dtype=np.float32)
        alone = batches.loss(case.w1, case.w2, case.steps, case.batch, case.rule, case.scratch())
        assert alone == case.run()[0]


@pytest.mark.parametrize("symbols", [False, True])
def test_the_same_batch_gives_the_same_bits_in_any_thread_and_any_memory(symbols: bool) -> None:
    case = Case(rule_of(direct=1), (21, 19, 10), 150, symbols=symbols, dtype=np.float32)
    other = Case(rule_of(direct=1), (21, 19, 10), 150, symbols=symbols, dtype=np.float32, seed=1)
    used = case.scratch()
    other.run(used)
    with ThreadPoolExecutor(3) as pool:
        results = list(pool.map(lambda _: case.run(), range(6)))
    assert {bits(result) for result in (*results, case.run(), case.run(used))} == {bits(case.run())}


def test_nothing_is_left_over_from_a_batch_that_diverged() -> None:
    case = Case(rule_of(direct=1), dtype=np.float32)
    scratch, expected = case.scratch(), bits(case.run())
    w1 = case.w1.copy()
    case.w1[:] = np.nan
    assert np.isnan(case.run(scratch)[0])
    case.w1[:] = w1
    assert bits(case.run(scratch)) == expected


@pytest.mark.parametrize("ends", ENDS)
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_network_that_diverged_does_not_go_unseen(ends: tuple[int, int], value: float) -> None:
    case = Case(rule_of(2, *ends), dtype=np.float32)  # ReLU bounds nothing
    case.w1[0, 0] = value
    loss, gradient1, gradient2 = case.run()
    assert not (np.isfinite(loss) and np.isfinite(gradient1).all() and np.isfinite(gradient2).all())


def test_the_fast_exponential_is_within_a_millionth_of_the_exact_one_down_to_minus_10() -> None:
    x = np.linspace(-87, 0, 20_001).astype(np.float32)
    found = np.array([batches._fast_exp(value) for value in x])
    np.testing.assert_allclose(found, np.exp(x.astype(np.float64)), rtol=5e-6)
    np.testing.assert_allclose(found[x > -10], np.exp(x[x > -10].astype(np.float64)), rtol=1e-6)
    assert batches._fast_exp(np.float32(-1000)) < 1e-37


def test_a_batch_without_any_weight_has_no_loss_and_no_gradient() -> None:
    case = Case(rule_of())
    case.steps.weights[:] = 0
    loss, gradient1, gradient2 = case.run()
    assert loss == 0 and not gradient1.any() and not gradient2.any()


def test_the_absolute_error_does_not_pull_where_it_is_0() -> None:
    case = Case(rule_of(loss=ABSOLUTE))
    case.w2[:] = 0
    case.steps.targets[:] = 0
    loss, gradient1, gradient2 = case.run()
    assert loss == 0 and not gradient1.any() and not gradient2.any()


def test_sequences_may_share_their_steps_and_have_weights_of_their_own() -> None:
    case = Case(rule_of(), longest=6)
    windows = np.arange(5)
    case.steps.target_rows[:] = 0
    weights = np.tile([0.0, 0.0, 1.0, 2.0], 5)
    steps = case.steps._replace(weights=weights)
    batch = batches.make_batch(windows, np.full(5, 4), windows * 4)
    apart = batches.Steps(
        steps.inputs,
        steps.targets,
        *(rows[np.add.outer(windows, range(4)).reshape(-1)] for rows in steps[2:4]),
        weights,
    )
    results = []
    for taken, starts in ((steps, windows), (apart, windows * 4)):
        case.steps, case.batch = taken, batch._replace(starts=starts)
        results.append(bits(case.run()))
    assert results[0] == results[1]


def test_the_longest_sequence_comes_first() -> None:
    batch = batches.make_batch(np.array([10, 20, 30]), np.array([2, 5, 2]), np.array([1, 2, 3]))
    assert [list(each) for each in batch] == [[20, 10, 30], [2, 1, 3], [5, 2, 2]]
