"""Tables and model files: how it was read is shown first, and what is broken is one sentence."""

from __future__ import annotations

import pickle
import struct
from pathlib import Path

import numpy as np
import pyqtgraph as pg
import pytest
from driving import Driver, is_open
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QMessageBox

from elman_core.experiments import BUILT_IN
from elman_gui.dialogs.import_dialog import ImportDialog
from elman_gui.panels.role_table import Role
from elman_gui.window.main_window import MainWindow

GERMAN = "Zeit;Größe;Höhe\n" + "".join(f"{n};{n * n / 7:.3f};{100 - n:.1f}\n".replace(".", ",") for n in range(40))
PLAIN = "t,a,b\n" + "".join(f"{n},{np.sin(n / 3):.4f},{np.cos(n / 3):.4f}\n" for n in range(60))


@pytest.fixture
def german(tmp_path: Path) -> Path:
    path = tmp_path / "messung.csv"
    path.write_bytes(GERMAN.encode("latin-1"))
    return path


@pytest.fixture
def plain(tmp_path: Path) -> Path:
    path = tmp_path / "waves.csv"
    path.write_text(PLAIN)
    return path


def check(dialog: ImportDialog, **wanted: bool) -> None:
    """Say which columns are targets."""
    for name, is_target in wanted.items():
        dialog.roles.set_role(name, Role.TARGET if is_target else Role.IGNORED)


def header(dialog: ImportDialog) -> list[str]:
    return [dialog.preview.horizontalHeaderItem(n).text() for n in range(dialog.preview.columnCount())]


def drop(window: MainWindow, path: Path) -> bool:
    """Drag a file onto the window and let it go there; return whether the window took it."""
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    mouse = (Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)
    enter = QDragEnterEvent(QPoint(200, 200), Qt.DropAction.CopyAction, data, *mouse)
    window.dragEnterEvent(enter)
    if enter.isAccepted():
        window.dropEvent(QDropEvent(QPointF(200, 200), Qt.DropAction.CopyAction, data, *mouse))
    return enter.isAccepted()


# -- tables -------------------------------------------------------------------------------------------


def test_a_dropped_file_is_shown_as_it_was_understood(driver: Driver, window: MainWindow, german: Path) -> None:
    assert drop(window, german)
    dialog = driver.opened(ImportDialog)
    assert dialog.thread() is QApplication.instance().thread()
    assert dialog.delimiter.currentData() == ";"
    assert dialog.decimal.currentData() == ","
    assert dialog.encoding.currentData() in ("latin-1", "cp1252")
    assert dialog.header_row.isChecked()
    assert header(dialog) == ["Zeit", "Größe", "Höhe"]
    assert dialog.preview.item(2, 1).text() == "0,571"
    assert dialog.time_column.currentData() == "Zeit"
    assert "40 rows, 2 number columns" in dialog.summary.text()
    with driver.idle_evaluated():
        driver.click(dialog.take)
    dataset = driver.session.experiment.dataset
    assert dataset.columns == ("Größe",)
    assert dataset.values[2, 0] == 0.571
    assert driver.session.experiment.name == "messung"
    assert not is_open(dialog)


def test_what_is_not_a_file_is_not_taken(driver: Driver, window: MainWindow) -> None:
    data = QMimeData()
    data.setText("no file")
    event = QDragEnterEvent(
        QPoint(9, 9), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    )
    event.ignore()
    window.dragEnterEvent(event)
    assert not event.isAccepted()


def test_a_file_is_not_opened_while_the_network_trains(driver: Driver, window: MainWindow, plain: Path) -> None:
    driver.begin_long_run()
    drop(window, plain)
    assert window.notice.text.text() == "Stop the training first; then open a file."
    assert not driver.shown(ImportDialog)


def test_another_delimiter_reads_the_file_again(driver: Driver, plain: Path) -> None:
    dialog = driver.import_dialog(plain)
    assert header(dialog) == ["t", "a", "b"]
    driver.change_format(dialog.delimiter, ";")
    assert header(dialog) == ["t,a,b"]
    assert dialog.problem.isVisible() and dialog.problem.text().endswith(".")
    assert not dialog.take.isEnabled()
    driver.change_format(dialog.delimiter, ",")
    assert header(dialog) == ["t", "a", "b"]
    assert not dialog.problem.isVisible() and dialog.take.isEnabled()
    dialog.reject()


def test_without_names_in_the_first_row_the_columns_are_counted(driver: Driver, plain: Path) -> None:
    plain.write_text("1.5,2\n2.5,4\n1.0,7\n2.0,5\n")
    dialog = driver.import_dialog(plain)
    assert not dialog.header_row.isChecked()
    assert header(dialog) == ["column 1", "column 2"]
    assert dialog.preview.rowCount() == 4
    dialog.reject()


def test_two_checked_columns_are_two_inputs_and_two_outputs(driver: Driver, window: MainWindow, plain: Path) -> None:
    dialog = driver.import_dialog(plain)
    check(dialog, a=True, b=True)
    driver.take(dialog)
    network = driver.session.experiment.network
    assert (network.inputs, network.outputs) == (2, 2)
    assert "2 inputs" in window.settings_panel._sentence.text()
    assert [window.fit.columns.itemText(n) for n in range(window.fit.columns.count())] == ["a", "b"]
    window.fit.columns.setCurrentIndex(1)
    assert np.array_equal(window.fit._target.yData, driver.session.experiment.dataset.values[:, 1])
    driver.configure(epochs=3)
    driver.train()
    assert driver.session.experiment.history.epochs == 3


def test_no_checked_column_cannot_be_imported(driver: Driver, plain: Path) -> None:
    dialog = driver.import_dialog(plain)
    check(dialog, a=False, b=False)
    assert not dialog.take.isEnabled() and dialog.take.toolTip()
    check(dialog, b=True)
    assert dialog.take.isEnabled()
    dialog.reject()


def test_columns_can_be_chosen_later_too_but_not_none(driver: Driver, window: MainWindow, plain: Path) -> None:
    driver.import_table(plain)
    roles = window.settings_panel.roles
    with driver.idle_evaluated():
        roles.set_role("b", Role.TARGET)
    assert driver.session.experiment.dataset.columns == ("a", "b")
    with driver.idle_evaluated():
        roles.set_role("a", Role.IGNORED)
    roles.set_role("b", Role.IGNORED)
    assert roles.role_of("b") is Role.TARGET
    assert driver.session.experiment.dataset.columns == ("b",)


def test_gaps_must_be_filled_before_a_table_can_be_taken(driver: Driver, window: MainWindow, plain: Path) -> None:
    rows = PLAIN.splitlines()
    rows[20] = "19,,1"
    plain.write_text("\n".join(rows))
    dialog = driver.import_dialog(plain)
    assert dialog.fill_gaps.isVisible() and not dialog.take.isEnabled()
    driver.click(dialog.take)
    assert dialog.isVisible()
    dialog.fill_gaps.setChecked(True)
    assert dialog.take.isEnabled()
    with driver.idle_evaluated():
        driver.click(dialog.take)
    assert driver.session.experiment.dataset.filled.sum() == 1
    assert "1 gap filled" in window.settings_panel._source.text()


def test_the_sample_with_dates_has_an_axis_of_dates(driver: Driver, window: MainWindow) -> None:
    driver.trigger("open_sample")
    dialog = driver.opened(ImportDialog)
    assert dialog.date_format.currentData() == "%Y%m%d"
    dialog.fill_gaps.setChecked(True)
    with driver.idle_evaluated():
        driver.click(dialog.take)
    for card in (window.fit, window.context):
        assert isinstance(card.plot.getPlotItem().getAxis("bottom"), pg.DateAxisItem)
    window.fit.show_cursor(0)
    assert window.fit.readout.text().startswith("1958-03-29  target 316.1")
    driver.open_built_in("sine")
    assert not isinstance(window.fit.plot.getPlotItem().getAxis("bottom"), pg.DateAxisItem)


@pytest.mark.parametrize(
    "content",
    [b"", b"\n\n\n", b"\x00\x01\x02\xff\xfe\x00" * 50, b"a,b,c\n", b"words,of,a\nsong,no,numbers\n"],
    ids=["empty", "blank", "binary", "header only", "no numbers"],
)
def test_a_file_that_is_no_table_is_a_sentence_and_cannot_be_imported(
    driver: Driver, window: MainWindow, tmp_path: Path, content: bytes
) -> None:
    path = tmp_path / "bad.csv"
    path.write_bytes(content)
    before = driver.session.experiment
    window.open_path(path)
    driver.until(lambda: driver.problems() or driver.shown(ImportDialog))
    if driver.problems():
        text = driver.dismiss_problem()
        assert not driver.shown(ImportDialog)
    else:
        (dialog,) = driver.shown(ImportDialog)
        text = dialog.problem.text()
        assert not dialog.take.isEnabled()
        dialog.reject()
        assert not driver.problems()
    assert "bad.csv" in text and "unexpected" not in text
    assert driver.session.experiment is before


def test_a_file_that_is_not_there_is_a_sentence(driver: Driver, window: MainWindow, tmp_path: Path) -> None:
    window.open_path(tmp_path / "gone.csv")
    assert "gone.csv" in driver.dismiss_problem()


def test_a_table_that_cannot_be_learned_from_is_a_sentence(driver: Driver, window: MainWindow, plain: Path) -> None:
    plain.write_text("a\n" + "5\n" * 20)
    driver.take(driver.import_dialog(plain), forecaster=True)  # which says the same value again
    before = driver.session.experiment
    driver.click(window.settings_panel.kinds.pure)
    assert "does not vary" in driver.dismiss_problem()
    assert driver.session.experiment is before


# -- model files --------------------------------------------------------------------------------------


def saved_model(driver: Driver, path: Path) -> bytes:
    driver.configure(epochs=3)
    driver.train()
    with driver.signal(driver.session.saved):
        driver.session.save(path)
    return path.read_bytes()


@pytest.mark.parametrize("kind", ["pickle", "cut short", "empty", "huge header", "not there"])
def test_a_broken_model_file_is_a_sentence_and_the_present_experiment_stays(
    driver: Driver, window: MainWindow, tmp_path: Path, kind: str
) -> None:
    sound = saved_model(driver, tmp_path / "sound.safetensors")
    path = tmp_path / "broken.safetensors"
    content = {
        "pickle": pickle.dumps({"w1": [1.0] * 1000}),
        "cut short": sound[:-10],
        "empty": b"",
        "huge header": struct.pack("<Q", 2**60) + sound[8:],
    }
    if kind in content:
        path.write_bytes(content[kind])
    before = driver.session.experiment
    window.open_path(path)
    text = driver.dismiss_problem()
    assert str(path) in text and "unexpected" not in text
    assert driver.session.experiment is before
    assert window.windowTitle() == "sound.safetensors[*] – Elman"


def test_a_model_whose_table_is_gone_is_a_sentence(driver: Driver, window: MainWindow, plain: Path) -> None:
    driver.import_table(plain)
    model = plain.with_suffix(".safetensors")
    saved_model(driver, model)
    plain.unlink()
    with driver.idle_evaluated():
        driver.trigger("new")
    window.open_path(model)
    box = driver.question()
    assert box.text() == f"The model was trained on {plain}, which is not there."
    driver.click(box.button(QMessageBox.StandardButton.Cancel))
    assert driver.session.experiment.name == "sine"


def test_a_model_of_a_table_opens_with_the_table_as_it_was_read(
    driver: Driver, window: MainWindow, german: Path
) -> None:
    driver.import_table(german)
    model = german.with_suffix(".safetensors")
    saved_model(driver, model)
    values = driver.session.experiment.dataset.values
    with driver.idle_evaluated():
        driver.trigger("new")
    with driver.idle_evaluated():
        window.open_path(model)
    assert np.array_equal(driver.session.experiment.dataset.values, values)
    assert driver.session.experiment.history.epochs == 3


def test_a_file_named_like_an_experiment_is_data_of_ones_own(
    driver: Driver, window: MainWindow, tmp_path: Path
) -> None:
    path = tmp_path / "letters.csv"
    path.write_text("value\n" + "".join(f"{np.sin(row / 3):.5f}\n" for row in range(60)))
    driver.import_table(path)
    chooser = window.transport.experiments
    assert driver.session.experiment.name == chooser.currentText() == "letters"
    assert chooser.currentData() not in BUILT_IN
    assert window.guide.page is None
    with driver.idle_evaluated():
        driver.choose(chooser, "letters")
    assert chooser.currentData() == "letters"
    assert window.guide.page is not None and driver.session.experiment.dataset.symbols is not None
