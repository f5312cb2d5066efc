"""Which row a training time step is at: the one that entered the network, in the order that it learns in."""

from __future__ import annotations

import numpy as np
import pytest
from many_sequences import noise, sequences_of

from elman_core.config import ALL, SEQUENCE, NetworkConfig, TrainingConfig
from elman_core.experiment import Run
from elman_core.training.engines.order import row_of_step, shuffled
from elman_core.training.engines.sequences import Sequences
from elman_core.training.trainer import Trainer

LENGTHS = (9, 12, 7)


def test_a_step_on_and_on_is_at_the_row_whose_next_one_is_its_target() -> None:
    dataset, training = sequences_of(noise(*LENGTHS)), TrainingConfig(update_every=ALL, truncation=ALL)
    steps = Sequences.of(dataset, training).training
    rows = [row_of_step(dataset, training, 0, step) for step in range(dataset.train_steps)]
    assert rows == sorted(set(rows))
    vectors = dataset.step_inputs(np.array(rows))
    np.testing.assert_array_equal(vectors, steps.inputs.vectors[steps.inputs.rows[:, 0]])


@pytest.mark.parametrize("epoch", [0, 4])
@pytest.mark.parametrize("member", [0, 1])
def test_a_step_of_batches_is_the_last_of_a_sequence_in_the_order_that_the_seed_draws(epoch: int, member: int) -> None:
    dataset = sequences_of(noise(*LENGTHS))
    training = TrainingConfig(update_every=SEQUENCE, truncation=ALL, networks=2)
    sequences, lengths = Sequences.of(dataset, training), dataset.train_lengths
    orders = [shuffled(training.seed + one, epoch, sequences).tolist() for one in (0, 1)]
    gone = 0
    for first, own in zip(orders[0], orders[member], strict=True):  # the first network says how far it is
        gone += int(lengths[first])
        last = int(dataset.first_rows[own] + lengths[own] - 1)
        assert row_of_step(dataset, training, epoch, gone - 1, member) == last


def test_the_row_of_the_step_that_a_trainer_has_made_is_one_of_its_training_part() -> None:
    dataset = sequences_of(noise(*LENGTHS))
    training = TrainingConfig(update_every=SEQUENCE, truncation=ALL, batch=2)
    trainer = Trainer(Run("batches", dataset, NetworkConfig(inputs=2, hidden=3, outputs=2), training))
    for _ in trainer.updates(one_time_step=True):
        pass
    row = row_of_step(dataset, training, trainer.epoch, trainer.time_step - 1)
    sequence = dataset.panel.sequence_of(row)
    assert row == dataset.first_rows[sequence] + dataset.train_lengths[sequence] - 1
