"""Rules that several places follow, each of which stands once."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch

from elman_core.config import Activation, Output
from elman_core.data.dataset import SequenceDataset
from elman_core.forecasting.extent import first_test_row, rows_beyond
from elman_core.model import functions
from elman_core.model.network import activate, output

Z = np.random.default_rng(0).normal(0, 3, 50)


@pytest.mark.parametrize(("rows", "beyond"), [(2, 20), (80, 20), (200, 50), (1_999, 499), (2_000, 500), (10**6, 500)])
def test_a_free_run_goes_a_quarter_of_the_rows_beyond_the_data(rows: int, beyond: int) -> None:
    assert rows_beyond(rows) == beyond


def test_horizons_are_scored_on_the_test_part_or_on_all_rows(dataset_of: Callable[..., SequenceDataset]) -> None:
    assert first_test_row(dataset_of(np.arange(20.0), train_percent=50, validation_percent=25)) == 15
    assert first_test_row(dataset_of(np.arange(20.0))) == 1


@pytest.mark.parametrize("activation", Activation)
def test_the_hidden_units_function_on_arrays_is_that_on_tensors(activation: Activation) -> None:
    expected = activate(torch.from_numpy(Z), activation).numpy()
    np.testing.assert_allclose(functions.activated(Z, activation), expected, rtol=1e-14, atol=1e-300)
    out = np.empty_like(Z)
    assert functions.activated(Z, activation, out) is out
    np.testing.assert_allclose(out, expected, rtol=1e-14, atol=1e-300)


@pytest.mark.parametrize("function", Output)
def test_the_output_units_function_on_arrays_is_that_on_tensors(function: Output) -> None:
    expected = output(torch.from_numpy(Z), function).numpy()
    np.testing.assert_allclose(functions.output_of(Z, function), expected, rtol=1e-14)
    assert functions.output_of(Z.astype(np.float32), function).dtype == np.float32
