"""Texts and columns on their way into the window: looked at first, learned, saved and opened again."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from driving import Button, Driver
from PySide6.QtCore import QMimeData, Qt

from elman_core.config import Loss, Output, SymbolUnit
from elman_core.data.text.vocabulary import OTHER
from elman_core.storage.model_file import load_model
from elman_gui.dialogs.symbol_dialog import SymbolDialog
from elman_gui.window.main_window import MainWindow

TEXT = "the cat sees the dog. the dog sees the cat. " * 8
FEATURES = "symbol,first,second,class\na,0,1,vowel\nb,1,0,consonant\n"


def vocabulary(dialog: SymbolDialog) -> dict[str, tuple[int, str]]:
    """What the dialog says of each symbol: how often it occurs, and what it is taken as."""
    return {row[0]: (int(row[1].replace(",", "")), row[3]) for row in dialog._cells.rows}


def choose_features(driver: Driver, dialog: SymbolDialog) -> None:
    dialog.kind.setCurrentIndex(1)
    dialog.kind.activated.emit(1)
    driver.until(lambda: not dialog.features.is_empty and dialog.bar.isHidden())


def test_the_vocabulary_of_a_typed_text_is_counted(driver: Driver) -> None:
    dialog = driver.symbol_dialog()
    assert not dialog.take.isEnabled()
    driver.type_text(dialog, TEXT)
    counts = Counter(TEXT.strip())
    assert vocabulary(dialog) == {sign.replace(" ", "␣"): (count, "itself") for sign, count in counts.items()}
    assert dialog.take.isEnabled()
    assert f"{sum(counts.values())} characters" in dialog.summary.text()
    dialog.reject()


def test_rare_symbols_are_shown_as_taken_together(driver: Driver) -> None:
    dialog = driver.symbol_dialog()
    driver.type_text(dialog, TEXT + "z")
    read = dialog._read
    dialog.form.show_config(dialog.form.config.replace(minimum_count=2))
    dialog.read_again()
    driver.until(lambda: dialog._read is not read and dialog.bar.isHidden())
    assert vocabulary(dialog)["z"] == (1, OTHER)
    assert OTHER in dialog.notes.text()
    dialog.reject()


@pytest.mark.parametrize(("text", "sentence"), [("aaaa", "one symbol only"), ("ab", "at least 3")])
def test_a_text_that_cannot_be_learned_is_told_of_in_one_sentence(driver: Driver, text: str, sentence: str) -> None:
    dialog = driver.symbol_dialog()
    driver.type_text(dialog, text)
    assert sentence in dialog.problem.text()
    assert not dialog.take.isEnabled()
    driver.type_text(dialog, "abcabc")
    assert dialog.problem.isHidden()
    assert dialog.take.isEnabled()
    dialog.reject()


def test_a_long_text_that_is_pasted_is_shown_in_part_and_learned_whole(driver: Driver) -> None:
    dialog = driver.symbol_dialog()
    mime, text = QMimeData(), "abcde " * 10_000
    mime.setText(text)
    read = dialog._read
    dialog.text.insertFromMimeData(mime)
    driver.until(lambda: dialog._read is not read and dialog.bar.isHidden())
    assert len(dialog.text.toPlainText()) < len(text)
    assert vocabulary(dialog)["a"] == (10_000, "itself")
    driver.qtbot.keyClick(dialog.text, Qt.Key.Key_Delete)
    assert dialog.text.text == ""
    dialog.reject()


def test_a_text_is_learned_as_its_words_and_shown_as_such(driver: Driver, window: MainWindow) -> None:
    driver.learn_text(TEXT, unit=SymbolUnit.WORDS, punctuation=False)
    dataset = driver.session.experiment.dataset
    assert [dataset.symbols.name(row) for row in range(5)] == ["the", "cat", "sees", "the", "dog"]
    assert driver.session.experiment.network.output is Output.SOFTMAX
    assert driver.session.experiment.training.loss is Loss.CROSS_ENTROPY
    assert "4 different, one-hot: cat dog sees the" in window.settings_panel._source.text()
    assert window.guide.page is not None
    assert "predicts" in window.guide.page.steps[0].text


def test_as_in_1990_is_logistic_with_squared_error(driver: Driver) -> None:
    dialog = driver.symbol_dialog()
    driver.type_text(dialog, TEXT)
    dialog.outputs.setCurrentIndex(1)
    with driver.idle_evaluated():
        driver.click(dialog.take)
    assert driver.session.experiment.network.output is Output.LOGISTIC
    assert driver.session.experiment.training.loss is Loss.SQUARED_ERROR


def test_features_can_be_loaded_edited_and_saved(driver: Driver, tmp_path: Path) -> None:
    path = tmp_path / "features.csv"
    path.write_text(FEATURES)
    dialog = driver.symbol_dialog()
    driver.type_text(dialog, "abba" * 10)
    choose_features(driver, dialog)
    dialog.load_features(path)
    driver.until(lambda: dialog.features.names.text() == "first, second, class" and dialog.take.isEnabled())
    model = dialog.features.table.model()
    model.setData(model.index(0, 1), "0.5")
    driver.until(dialog.take.isEnabled)
    dialog.save_features(path)
    driver.until(lambda: "Saved" in dialog.notes.text())
    assert path.read_text().splitlines()[1].replace('"', "") == "a,0.5,1.0,vowel"
    with driver.idle_evaluated():
        driver.click(dialog.take)
    found = driver.session.experiment.dataset.symbols.vocabulary
    np.testing.assert_array_equal(found.vectors, [[0.5, 1], [1, 0]])
    assert dict(found.classes) == {"a": "vowel", "b": "consonant"}
    assert driver.session.experiment.network.output is Output.LOGISTIC


def test_a_wrong_table_of_features_is_told_of_and_nothing_typed_is_lost(driver: Driver, tmp_path: Path) -> None:
    dialog = driver.symbol_dialog()
    driver.type_text(dialog, "abcabc" * 5)
    choose_features(driver, dialog)
    path = tmp_path / "features.csv"
    path.write_text(FEATURES)
    dialog.load_features(path)
    driver.until(lambda: "no row for 'c'" in dialog.problem.text())
    assert not dialog.take.isEnabled()
    driver.click(dialog.features.add)
    driver.until(dialog.take.isEnabled)
    model = dialog.features.table.model()
    model.setData(model.index(2, 1), "2")
    driver.until(lambda: "a number from 0 to 1" in dialog.problem.text())
    assert model.rows[2][1] == "2"
    path.write_text(FEATURES + "a,1,1,vowel\n")
    dialog.load_features(path)
    driver.until(lambda: "row 4 has the symbol 'a'" in dialog.problem.text())
    assert dialog.text.text == "abcabc" * 5
    assert model.rows[2][1] == "2"
    dialog.reject()


def test_a_text_file_goes_to_its_dialog_and_a_table_of_numbers_to_the_other(driver: Driver, tmp_path: Path) -> None:
    text, table = tmp_path / "story.txt", tmp_path / "numbers.txt"
    text.write_text(TEXT)
    table.write_text("x\n" + "\n".join(map(str, range(20))))
    dialog = driver.symbol_dialog(text)
    assert dialog.take.isEnabled()
    assert dialog.text.toPlainText().startswith("the␣cat␣sees")
    dialog.reject()
    driver.import_dialog(table).reject()


def test_the_rows_of_a_column_become_symbols(driver: Driver, tmp_path: Path) -> None:
    path = tmp_path / "days.csv"
    path.write_text("day,weather,mood\n" + "\n".join(f"{n},{'sun' if n % 3 else 'rain'},x{n % 2}" for n in range(30)))
    importing = driver.import_dialog(path)
    driver.click(importing.symbols)
    dialog = driver.opened(SymbolDialog)
    driver.until(lambda: dialog.take.isEnabled() and dialog.bar.isHidden())
    assert [dialog.column.itemText(n) for n in range(dialog.column.count())] == ["weather", "mood"]
    assert vocabulary(dialog) == {"sun": (20, "itself"), "rain": (10, "itself")}
    with driver.idle_evaluated():
        driver.click(dialog.take)
    assert driver.session.experiment.dataset.symbols.config.unit is SymbolUnit.ROWS


def test_unsaved_training_is_asked_about_and_staying_keeps_the_text(
    driver: Driver, window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("elman_gui.controllers.session.SOON_SECONDS", 0.0)  # all work counts
    driver.configure(epochs=2)
    driver.train()
    dialog = driver.symbol_dialog()
    driver.type_text(dialog, TEXT)
    driver.click(dialog.take)
    driver.click(driver.question().button(Button.Cancel))
    driver.until(dialog.isVisible)
    assert dialog.text.text == TEXT
    assert driver.session.experiment.name == "sine"
    assert driver.session.is_trained
    dialog.reject()


@pytest.mark.parametrize("pasted", [True, False])
def test_a_model_of_a_text_is_saved_and_opened_again(driver: Driver, tmp_path: Path, pasted: bool) -> None:
    if pasted:
        driver.learn_text(TEXT)
    else:
        (tmp_path / "story.txt").write_text(TEXT)
        dialog = driver.symbol_dialog(tmp_path / "story.txt")
        with driver.idle_evaluated():
            driver.click(dialog.take)
    driver.configure(epochs=3)
    driver.train()
    before, path = driver.session.experiment, tmp_path / "model.safetensors"
    with driver.signal(driver.session.saved):
        driver.session.save(path)
    assert load_model(path).symbols is not None
    driver.open_built_in("sine")
    with driver.idle_evaluated():
        driver.window.open_path(path)
    after = driver.session.experiment
    np.testing.assert_array_equal(after.dataset.symbols.codes, before.dataset.symbols.codes)
    np.testing.assert_array_equal(after.dataset.symbols.position, before.dataset.symbols.position)
    np.testing.assert_array_equal(after.weights.w1, before.weights.w1)


def test_a_text_that_is_gone_is_told_of_in_one_sentence(driver: Driver, tmp_path: Path) -> None:
    text, path = tmp_path / "story.txt", tmp_path / "model.safetensors"
    text.write_text(TEXT)
    dialog = driver.symbol_dialog(text)
    with driver.idle_evaluated():
        driver.click(dialog.take)
    driver.configure(epochs=1)
    driver.train()
    with driver.signal(driver.session.saved):
        driver.session.save(path)
    text.unlink()
    driver.window.open_path(path)
    question = driver.question()
    assert f"{text}, which is not there" in question.text()
    driver.click(question.button(Button.Cancel))
    assert driver.session.experiment.name == "story"
