"""The loss curves grow with the updates."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from elman_core.training.events import TrainingUpdate
from elman_core.training.history import History


def update(train: NDArray[np.float64], validation: NDArray[np.float64] | None = None) -> TrainingUpdate:
    return TrainingUpdate(epoch=0, time_step=0, steps=0, train_losses=train, validation_losses=validation)


@pytest.mark.parametrize("with_validation", [False, True])
@pytest.mark.parametrize("networks", [1, 3])
def test_a_history_is_all_that_the_updates_said(networks: int, with_validation: bool) -> None:
    rng = np.random.default_rng(0)
    pieces = [rng.uniform(size=(count, networks)) for count in (0, 1, 0, 255, 1, 700, 3)]
    history = History(networks=networks)
    history.extend(update(piece, -piece if with_validation else None) for piece in pieces[:3])
    history.extend(update(piece, -piece if with_validation else None) for piece in pieces[3:])
    expected = np.concatenate(pieces)
    assert history.epochs == len(expected) == 960
    np.testing.assert_array_equal(history.train, expected)
    if with_validation:
        np.testing.assert_array_equal(history.validation, -expected)
    else:
        assert history.validation is None


def test_a_saved_history_goes_on_growing_and_leaves_the_arrays_it_was_given_alone() -> None:
    train, validation = np.array([[3.0], [2.0]]), np.array([[6.0], [7.0]])
    history = History(train, validation)
    history.extend([update(np.array([[1.0]]), np.array([[8.0]]))])
    np.testing.assert_array_equal(history.train[:, 0], [3, 2, 1])
    np.testing.assert_array_equal(history.validation, [[6], [7], [8]])
    assert (len(train), len(validation)) == (2, 2)


def test_the_first_epochs_are_a_copy() -> None:
    history = History(np.array([[3.0], [2.0], [1.0]]), np.array([[4.0], [5.0], [6.0]]))
    first = history.first(2)
    first.train[0] = -1
    history.extend([update(np.array([[0.5]]), np.array([[7.0]]))])
    assert (first.epochs, history.epochs) == (2, 4)
    assert history.train[0, 0] == 3
    assert history.first(100).epochs == 4
    assert History(np.array([[3.0]])).first(1).validation is None


@pytest.mark.parametrize(
    ("train", "validation", "best"),
    [
        ([], None, None),
        ([3.0, 1.0, 2.0], None, 1),
        ([3.0, 1.0, 2.0], [5.0, 6.0, 4.0], 2),
        ([1.0, 1.0], None, 0),
    ],
)
def test_the_best_epoch_has_the_smallest_validation_loss_or_else_training_loss(
    train: list[float], validation: list[float] | None, best: int | None
) -> None:
    history = History(
        np.array(train).reshape(-1, 1), None if validation is None else np.array(validation).reshape(-1, 1)
    )
    assert history.best_epoch == best


def test_the_best_epoch_is_that_of_the_first_network() -> None:
    assert History(np.array([[1.0, 9.0], [2.0, 0.0]])).best_epoch == 0


@pytest.mark.parametrize("had_validation", [True, False])
def test_losses_of_validation_are_those_of_all_epochs_or_none(had_validation: bool) -> None:
    losses = np.array([[3.0], [2.0]])
    history = History(losses, losses[::-1] if had_validation else None)
    assert history.best_epoch == (0 if had_validation else 1)
    history.extend([update(losses, None if had_validation else losses)])
    assert (history.epochs, history.validation, history.best_epoch) == (4, None, 1)


def test_a_snapshot_does_not_change_with_the_history_nor_the_history_with_it() -> None:
    history = History(np.array([[3.0], [2.0]]), np.array([[4.0], [5.0]]))
    history.extend([update(np.array([[1.0]]), np.array([[3.0]]))])
    taken = history.snapshot()
    assert np.shares_memory(taken.train, history.train)  # nothing is copied
    with pytest.raises(ValueError, match="read-only"):
        taken.train[0] = 0
    history.extend([update(np.array([[0.5]]), np.array([[9.0]]))])
    taken.extend([update(np.array([[7.0]]), np.array([[8.0]]))])
    np.testing.assert_array_equal(history.train[:, 0], [3, 2, 1, 0.5])
    np.testing.assert_array_equal(taken.train[:, 0], [3, 2, 1, 7])
    np.testing.assert_array_equal(taken.validation, [[4], [5], [3], [8]])
    assert (history.best_epoch, taken.best_epoch) == (2, 2)


def test_the_best_epoch_of_any_network_passes_over_those_after_its_end() -> None:
    nan = np.nan
    history = History(np.array([[3.0, 1.0, nan], [2.0, nan, nan]]))
    assert [history.best_epoch_of(member) for member in range(4)] == [1, 0, None, None]
    history.extend([update(np.array([[4.0, nan, 5.0], [1.0, 0.5, nan]]))])
    assert [history.best_epoch_of(member) for member in range(3)] == [3, 3, 2]
