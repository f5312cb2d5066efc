"""Going on with texts in the window, held against a forward pass written out in numpy."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from driving import Driver
from numpy.typing import NDArray
from PySide6.QtGui import QGuiApplication

from elman_core.experiment import Run
from elman_gui.dialogs.continue_dialog import ContinueDialog

TEXT = "the cat sees the dog. the dog sees the cat. " * 8


@pytest.fixture
def trained(driver: Driver) -> Driver:
    """A window that has learned a short text a little."""
    driver.learn_text(TEXT)
    driver.configure(epochs=8)
    driver.train()
    return driver


def shares(experiment: Run, text: str) -> NDArray[np.float64]:
    """The softmax of each output after a text, by the equations."""
    w1, w2 = (w[0].astype(np.float64) for w in (experiment.weights.w1, experiment.weights.w2))
    names = experiment.dataset.symbols.vocabulary.names
    context = np.zeros(experiment.network.hidden)
    for sign in text:
        x = np.eye(len(names))[names.index(sign)]
        context = np.tanh(np.concatenate([x, context, [1]]) @ w1)
    powers = np.exp(np.concatenate([context, [1]]) @ w2)
    return powers / powers.sum()


def ask(driver: Driver, dialog: ContinueDialog, text: str) -> None:
    with driver.signal(dialog.sampled, lambda found: found.prompt == text):
        dialog.beginning.setText(text)


def test_the_probabilities_after_a_beginning_are_the_networks(trained: Driver) -> None:
    dialog = trained.continue_dialog()
    ask(trained, dialog, "the do")
    expected = shares(trained.session.experiment, "the do")
    np.testing.assert_allclose(dialog.next.next_symbols.probabilities, expected, atol=1e-5)
    assert dialog.text.toPlainText().startswith("the do")
    assert len(dialog.text.toPlainText()) == len("the do") + dialog.steps.value()
    dialog.reject()


def test_at_temperature_0_the_most_probable_symbol_is_taken_and_a_seed_draws_the_same(trained: Driver) -> None:
    dialog = trained.continue_dialog()
    first = dialog.text.toPlainText()
    with trained.signal(dialog.sampled):
        dialog.draw_again.click()
    assert dialog.text.toPlainText() != first
    with trained.signal(dialog.sampled):
        dialog.seed.setValue(1)
    assert dialog.text.toPlainText() == first
    with trained.signal(dialog.sampled):
        dialog.temperature.setValue(0)
    ask(trained, dialog, "dog ")
    names, text = trained.session.experiment.dataset.symbols.vocabulary.names, dialog.text.toPlainText()
    for end in range(4, 30):
        assert text[end] == names[int(shares(trained.session.experiment, text[:end]).argmax())]
    dialog.reject()


def test_an_unknown_symbol_gets_one_sentence_and_the_last_answer_stays(trained: Driver) -> None:
    dialog = trained.continue_dialog()
    before = dialog.text.toPlainText()
    dialog.beginning.setText("xyz")
    trained.until(dialog.problem.isVisible)
    assert "'x', 'y', 'z' are not among" in dialog.problem.text()
    assert dialog.text.toPlainText() == before
    ask(trained, dialog, "the")
    assert dialog.problem.isHidden()
    dialog.reject()


def test_the_text_can_be_copied_and_saved(trained: Driver, tmp_path: Path) -> None:
    dialog = trained.continue_dialog()
    trained.click(dialog.copy)
    assert QGuiApplication.clipboard().text() == dialog.text.toPlainText()
    dialog.save_to(tmp_path / "more.txt")
    trained.until(lambda: "Saved as" in dialog.model.text())
    assert (tmp_path / "more.txt").read_text() == dialog.text.toPlainText()
    dialog.reject()


def test_the_first_network_of_a_file_with_several_is_named(trained: Driver, tmp_path: Path) -> None:
    path = tmp_path / "letters.safetensors"
    trained.configure(epochs=1, networks=3)
    trained.train()
    with trained.signal(trained.session.saved):
        trained.session.save(path)
    trained.click(trained.window.transport.predict)
    dialog = trained.opened(ContinueDialog)
    with trained.signal(dialog.sampled):
        dialog.use_model(path)
    assert dialog.model.text() == f"{path}: the first of its 3 networks"
    dialog.reject()


def test_a_model_file_goes_on_too_and_one_of_numbers_is_refused(trained: Driver, tmp_path: Path) -> None:
    numbers, letters = tmp_path / "sine.safetensors", tmp_path / "letters.safetensors"
    with trained.signal(trained.session.saved):
        trained.session.save(letters)
    trained.open_built_in("sine")
    trained.configure(epochs=1)
    trained.train()
    with trained.signal(trained.session.saved):
        trained.session.save(numbers)
    trained.learn_text("abcabc" * 10)
    trained.click(trained.window.transport.predict)
    dialog = trained.opened(ContinueDialog)
    assert "None yet" in dialog.model.text()
    dialog.beginning.setText("the ")
    with trained.signal(dialog.sampled):
        dialog.use_model(letters)
    assert dialog.text.toPlainText().startswith("the ")
    dialog.use_model(numbers)
    trained.until(dialog.problem.isVisible)
    assert "was trained on numbers" in dialog.problem.text()
    dialog.reject()
