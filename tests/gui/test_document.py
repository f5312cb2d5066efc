"""What is open: revisions, files and what observers hear, without a window; and how much can be undone."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import elman_gui
from elman_core.analysis.types import Clamps
from elman_core.analysis.units import Layer, Unit
from elman_core.experiment import Weights
from elman_core.support.jobs import complete
from elman_core.training.events import TrainingUpdate
from elman_gui.controllers.loading import load_built_in
from elman_gui.controllers.undo import ClampUnits, SwapContent, UndoStack
from elman_gui.document import Change, Content, Document

MEBIBYTE = 2**20
ONE, TWO = Path("one.safetensors"), Path("two.safetensors")


@pytest.fixture
def document() -> Document:
    return Document(complete(load_built_in("sine")))


def learn(document: Document, epochs: int = 1) -> None:
    """Add epochs and weights, as a run does."""
    losses = np.full((epochs, 1), 0.5)
    document.extend([TrainingUpdate(document.experiment.history.epochs + epochs, 0, 1, losses, None)])
    document.set_weights(Weights(np.zeros((1, 7, 6)), np.zeros((1, 6, 1)), np.zeros((1, 6))))


def reset(document: Document) -> Content:
    return document.swap(document.begun(document.experiment.untrained()))


def with_weights_of(document: Document, mebibytes: float) -> Content:
    """Return content that holds so much; its numbers fit no network, which nobody asks for here."""
    w1 = np.zeros((1, int(mebibytes * MEBIBYTE / 8), 1))
    weights = Weights(w1, np.zeros((1, 1, 1)), np.zeros((1, 1)))
    return document.changed(replace(document.experiment, weights=weights))


# -- revisions and files ------------------------------------------------------------------------------


def test_the_document_knows_no_qt() -> None:
    code = "import sys, elman_gui.document; print(*{name.split('.')[0] for name in sys.modules})"
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(elman_gui.__file__).parents[1],
    )
    assert "elman_gui" in done.stdout.split()
    assert not {"PySide6", "shiboken6", "pyqtgraph"} & set(done.stdout.split())


def test_every_change_of_the_experiment_is_another_revision(document: Document) -> None:
    revisions = [document.revision]
    for change in (
        lambda: learn(document),
        lambda: document.set_training(document.experiment.training.replace(learning_rate=0.5)),
        lambda: reset(document),
        lambda: document.set_training(document.experiment.training.replace(learning_rate=0.1)),
    ):
        change()
        revisions.append(document.revision)
    assert len(set(revisions)) == len(revisions)


def test_only_what_was_learned_needs_saving(document: Document) -> None:
    assert not document.is_modified
    document.set_training(document.experiment.training.replace(epochs=5))
    assert not document.is_modified
    learn(document)
    assert document.is_modified
    document.mark_saved(ONE, document.copy())
    assert (document.is_modified, document.path) == (False, ONE)
    reset(document)
    assert (document.is_modified, document.path) == (False, None)


def test_a_save_clears_the_mark_of_the_revision_that_it_wrote_and_no_other(document: Document) -> None:
    learn(document)
    written = document.copy()
    learn(document)
    document.mark_saved(ONE, written)
    assert (document.is_modified, document.path) == (True, ONE)
    assert (written.experiment.history.epochs, document.experiment.history.epochs) == (1, 2)


def test_a_path_belongs_to_the_run_that_was_saved_under_it(document: Document) -> None:
    learn(document)
    written = document.copy()
    first = reset(document)
    learn(document)
    document.mark_saved(ONE, written)
    assert (document.is_modified, document.path) == (True, None)
    document.swap(first)
    assert (document.is_modified, document.path) == (False, ONE)


def test_an_earlier_save_that_ends_after_a_later_one_changes_nothing(document: Document) -> None:
    learn(document)
    earlier = document.copy()
    learn(document)
    document.mark_saved(TWO, document.copy())
    document.mark_saved(ONE, earlier)
    assert (document.is_modified, document.path) == (False, TWO)


def test_a_run_that_failed_leaves_the_revision_from_before(document: Document) -> None:
    learn(document)
    document.mark_saved(ONE, document.copy())
    before = document.copy()
    learn(document)
    document.restore(before, document.experiment.training)
    assert (document.is_modified, document.experiment.history.epochs) == (False, 1)


# -- observers ----------------------------------------------------------------------------------------


def test_observers_hear_of_each_change_in_its_order_until_they_are_forgotten(document: Document) -> None:
    heard: list[Change] = []
    document.observe(heard.append)
    learn(document)
    document.set_training(document.experiment.training.replace(epochs=7))
    document.set_clamps(Clamps({Unit(Layer.CONTEXT, 0): 0.0}))
    document.mark_saved(ONE, document.copy())
    experiment = document.experiment.untrained()
    document.swap(document.begun(replace(experiment, network=experiment.network.replace(hidden=3))))
    document.forget(heard.append)
    learn(document)
    assert heard == [
        Change.LEARNED, Change.LEARNED, Change.TRAINING, Change.CLAMPS, Change.SAVED, Change.CONTENT, Change.CLAMPS,
    ]  # fmt: skip
    assert document.clamps == Clamps()  # units of another network are not these


def test_the_member_looked_at_is_one_of_those_there_are(document: Document) -> None:
    training = document.experiment.training
    document.swap(document.begun(replace(document.experiment, training=training.replace(networks=8))))
    document.set_member(5)
    assert document.member == 5
    document.swap(document.begun(replace(document.experiment, training=training.replace(networks=3))))
    assert document.member == 2


# -- undo ---------------------------------------------------------------------------------------------


def test_the_oldest_changes_go_where_they_hold_more_than_the_budget(document: Document) -> None:
    stack = UndoStack(document, most_bytes=10 * MEBIBYTE)
    for count in range(8):
        stack.push(SwapContent(document, with_weights_of(document, 3), f"change {count}"))
    assert 9 * MEBIBYTE <= stack.held_bytes <= 10 * MEBIBYTE
    undone = []
    while stack.undo_text is not None:
        undone.append(stack.undo_text)
        stack.undo()
    assert undone == ["change 7", "change 6", "change 5"]
    assert stack.redo_text == "change 5"


def test_the_last_change_can_be_undone_whatever_it_holds(document: Document) -> None:
    stack = UndoStack(document, most_bytes=MEBIBYTE)
    document.swap(with_weights_of(document, 3))
    large = document.content
    stack.push(SwapContent(document, document.begun(document.experiment.untrained()), "Reset"))
    stack.undo()
    assert document.content is large
    stack.push(SwapContent(document, document.begun(document.experiment.untrained()), "Reset"))
    stack.push(ClampUnits(document, Clamps(), Clamps({Unit(Layer.CONTEXT, 0): 0.0}), "Hold"))
    assert (stack.undo_text, stack.held_bytes) == ("Hold", 0)  # the one before it held too much


def test_arrays_that_are_open_or_held_twice_count_once(document: Document) -> None:
    stack = UndoStack(document)
    document.swap(with_weights_of(document, 2))
    for seed in (1, 2):
        training = document.experiment.training.replace(seed=seed)
        stack.push(SwapContent(document, document.changed(replace(document.experiment, training=training)), "Seed"))
    assert stack.held_bytes < MEBIBYTE  # the weights are those that are open
    stack.push(SwapContent(document, document.begun(document.experiment.untrained()), "Reset"))
    assert 2 * MEBIBYTE <= stack.held_bytes < 3 * MEBIBYTE  # three commands hold the same ones


def test_no_more_than_a_hundred_changes_are_kept(document: Document) -> None:
    stack = UndoStack(document)
    for count in range(150):
        clamps = Clamps({Unit(Layer.CONTEXT, 0): float(count)})
        stack.push(ClampUnits(document, document.clamps, clamps, f"Hold {count}"))
    undone = 0
    while stack.undo_text is not None:
        stack.undo()
        undone += 1
    assert (undone, document.clamps.values[Unit(Layer.CONTEXT, 0)]) == (100, 49.0)
