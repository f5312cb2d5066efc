"""Every setting of how a table is read can be made in the import dialog, and set back; what it changes is shown."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from driving import Driver
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication, QCheckBox, QComboBox, QLineEdit

from elman_core.data.table_format import Comments, Layout, TableFormat
from elman_gui.dialogs.import_dialog import ImportDialog
from elman_gui.dialogs.save_dialog import SaveDialog
from elman_gui.views.time.table_plot import TablePlot
from elman_gui.window.main_window import MainWindow


def settled(driver: Driver, dialog: ImportDialog) -> None:
    """Wait until the table is read as the settings say."""
    driver.until(lambda: not dialog.is_behind and dialog.bar.isHidden())


def opened(driver: Driver, path: Path, text: str) -> ImportDialog:
    path.write_text(text, encoding="utf-8")
    dialog = driver.import_dialog(path)
    settled(driver, dialog)
    return dialog


def values(dialog: ImportDialog, column: str) -> list[float]:
    table = dialog._read.table
    assert table is not None, dialog.problem.text()
    return np.asarray(table.values)[:, table.columns.index(column)].tolist()


def press(driver: Driver, dialog: ImportDialog, words: str) -> None:
    """Click on the choice that a note names."""
    (button,) = [button for button in dialog.notes.buttons if button.text() == words]
    driver.click(button)
    settled(driver, dialog)


def enter(driver: Driver, dialog: ImportDialog, name: str, value: object) -> None:
    """Make a setting with its own widget."""
    field = dialog.form.field(name)
    if isinstance(field, QLineEdit):
        field.clear()
        driver.qtbot.keyClicks(field, str(value))
    elif isinstance(field, QCheckBox):
        driver.click(field)
        assert field.isChecked() is value
    elif isinstance(field, QComboBox) and field.isEditable():
        line = field.lineEdit()
        line.selectAll()
        driver.qtbot.keyClicks(line, str(value))
    elif isinstance(field, QComboBox):
        driver.choose(field, value)
    else:
        field.setValue(value)
    settled(driver, dialog)


DAYS = "day,level\n" + "".join(f"2023-01-{n + 1:02d},{n}\n" for n in range(20))
BACKWARDS = "day,level\n" + "".join(f"2023-01-{n + 1:02d},{n}\n" for n in reversed(range(20)))


def test_every_setting_has_a_field(driver: Driver, tmp_path: Path) -> None:
    dialog = opened(driver, tmp_path / "t.csv", DAYS)
    assert set(dialog.form.rows) == set(TableFormat.model_fields)
    dialog.reject()


def test_what_was_detected_and_what_was_chosen_are_told_apart_and_a_choice_is_set_back(
    driver: Driver, tmp_path: Path
) -> None:
    dialog = opened(driver, tmp_path / "t.csv", DAYS)
    row = dialog.form.rows["missing"]
    assert row.back.text() == "detected" and not row.back.isEnabled()
    assert dialog.form.all_back.isHidden()
    enter(driver, dialog, "missing", "3; 5")
    assert np.isnan(values(dialog, "level")).sum() == 2
    assert row.label.font().bold() and row.back.isEnabled()
    driver.click(row.back)
    settled(driver, dialog)
    assert np.isfinite(values(dialog, "level")).all()
    assert not row.label.font().bold() and not row.back.isEnabled()
    enter(driver, dialog, "missing", "3")
    driver.click(dialog.form.all_back)
    settled(driver, dialog)
    assert dict(dialog.form.wanted) == {} and np.isfinite(values(dialog, "level")).all()
    dialog.reject()


def test_each_choice_of_a_mark_changes_the_numbers(driver: Driver, tmp_path: Path) -> None:
    dialog = opened(driver, tmp_path / "t.csv", "n;v\n" + "".join(f"{n};{n},500\n" for n in range(1, 20)))
    driver.click(dialog.form.more)
    enter(driver, dialog, "decimal", ",")
    assert values(dialog, "v")[0] == 1.5
    enter(driver, dialog, "decimal", ".")
    enter(driver, dialog, "thousands", ",")
    assert values(dialog, "v")[0] == 1500.0
    dialog.reject()


def test_the_rows_of_the_head_can_be_said(driver: Driver, tmp_path: Path) -> None:
    dialog = opened(driver, tmp_path / "t.csv", "a,b\n" + "".join(f"{n},{n % 3}\n" for n in range(20)))
    driver.click(dialog.form.more)
    enter(driver, dialog, "skip_rows", 1)
    assert len(values(dialog, dialog._read.table.columns[0])) == 20 - dialog._read.table_format.header
    driver.click(dialog.form.rows["skip_rows"].back)
    settled(driver, dialog)
    enter(driver, dialog, "header_rows", 2)
    assert dialog._read.table_format.header_rows == 2 and dialog._read.table.rows == 19
    driver.click(dialog.form.rows["header_rows"].back)
    settled(driver, dialog)
    enter(driver, dialog, "header", False)
    assert not dialog._read.table_format.header
    dialog.reject()


def test_encoding_and_lines_with_a_mark_can_be_said(driver: Driver, tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes("Größe,b\n1,2\n2,4\n#3,6\n4,1\n5,7\n".encode("cp1252"))
    dialog = driver.import_dialog(path)
    enter(driver, dialog, "encoding", "latin-1")
    assert dialog._read.names == ("Größe", "b")
    enter(driver, dialog, "comments", Comments.ROWS)
    assert ["#3", "6"] in dialog._read.cells and dialog._read.table_format.comments is Comments.ROWS
    dialog.reject()


def test_a_layout_with_times_across_can_be_taken_back(driver: Driver, tmp_path: Path) -> None:
    months = "Jan,Feb,Mar,Apr,May,Jun,Jul,Aug,Sep,Oct,Nov,Dec"
    rows = "".join(f"{year},{','.join(str(year % 7 + n) for n in range(12))}\n" for year in range(2001, 2009))
    dialog = opened(driver, tmp_path / "t.csv", f"Year,{months}\n{rows}")
    assert dialog._read.table.rows == 96
    driver.click(dialog.form.more)
    enter(driver, dialog, "layout", Layout.COLUMNS)
    assert len(dialog._read.table.columns) == 12
    assert "88 rows fewer are read" in dialog.plots.words.text()
    dialog.reject()


def test_time_of_several_columns_is_chosen_one_by_one(driver: Driver, tmp_path: Path) -> None:
    rows = "".join(f"{n % 12 + 1},x,{n * 3 % 7},{2001 + n // 12}\n" for n in range(36))
    dialog = opened(driver, tmp_path / "t.csv", f"p,s,v,q\n{rows}")
    driver.choose(dialog.time_column, "q")
    settled(driver, dialog)
    also = dialog.form.times
    (month,) = [action for action in also._menu.actions() if action.data() == "p"]
    month.trigger()
    settled(driver, dialog)
    assert dialog._read.table_format.time_columns == ("q", "p")
    enter(driver, dialog, "date_format", "%Y %m")
    time = dialog._read.table.facts.time
    assert (time.first, time.frequency) == ("2001-01", "MS")
    driver.choose(dialog.time_column, None)
    settled(driver, dialog)
    assert dialog._read.table_format.time_columns == ()
    dialog.reject()


def test_a_date_format_that_a_note_names_is_chosen_by_a_click(driver: Driver, tmp_path: Path) -> None:
    rows = "".join(f"{n + 1:02d}/01/2023,{n * n % 11}\n" for n in range(12))
    dialog = opened(driver, tmp_path / "t.csv", f"when,v\n{rows}")
    before = dialog._read.table_format.date_format
    other = {"%d/%m/%Y": "%m/%d/%Y", "%m/%d/%Y": "%d/%m/%Y"}[before]
    assert dialog.date_format.findData(other) >= 0
    press(driver, dialog, f"Date format: {other}")
    assert dialog._read.table_format.date_format == dialog.date_format.currentData() == other
    assert "time runs from" in dialog.plots.words.text().lower()
    dialog.reject()


def test_a_date_format_is_typed_and_only_the_last_is_read(driver: Driver, tmp_path: Path) -> None:
    rows = "".join(f"{n + 1:02d}/01/2023,{n * n % 11}\n" for n in range(12))
    dialog = opened(driver, tmp_path / "t.csv", f"when,v\n{rows}")
    enter(driver, dialog, "date_format", "%m/%d/%Y")
    assert dialog._read.table_format.date_format == "%m/%d/%Y"
    enter(driver, dialog, "date_format", "%Q")
    assert dialog.problem.isVisible() and not dialog.take.isEnabled()
    driver.click(dialog.form.rows["date_format"].back)
    settled(driver, dialog)
    assert dialog.take.isEnabled()
    dialog.reject()


def test_rows_that_run_backwards_are_shown_as_they_stand_and_as_they_are_read(driver: Driver, tmp_path: Path) -> None:
    dialog = opened(driver, tmp_path / "t.csv", BACKWARDS)
    assert values(dialog, "level")[0] == 0
    driver.click(dialog.plots.tabs[1])
    changed = dialog.plots.changed
    assert changed.isVisible() and changed.has_before
    assert changed._before.getData()[1].tolist() == list(range(20))[::-1]
    assert changed._now.getData()[1].tolist() == list(range(20))
    assert "20 rows stand in another place" in dialog.plots.words.text()
    driver.click(dialog.form.more)
    enter(driver, dialog, "order", "as-is")
    assert values(dialog, "level")[0] == 19
    assert "left in the order of the file" in dialog.plots.words.text()
    dialog.reject()


def test_codes_become_rings_and_missing_rows_become_dots(driver: Driver, tmp_path: Path) -> None:
    lines = DAYS.replace(",7\n", ",-999\n").splitlines()
    dialog = opened(driver, tmp_path / "t.csv", "\n".join(lines[:11] + lines[13:]) + "\n")
    driver.click(dialog.plots.tabs[1])
    press(driver, dialog, "Missing values: -999")
    assert dialog.plots.changed.counts == (1, 0)
    press(driver, dialog, "Insert missing rows: yes")
    assert dialog.plots.changed.counts == (1, 2)
    assert len(dialog.plots.changed._inserted.getData()[0]) == 2
    words = dialog.plots.words.text()
    assert "2 rows without values were inserted" in words and "1 value of 'level' became a gap" in words
    dialog.fill_gaps.setChecked(True)
    with driver.idle_evaluated():
        driver.click(dialog.take)
    assert driver.session.table.rows == 20


def test_a_column_that_tells_sequences_apart_is_chosen_and_each_is_drawn(driver: Driver, tmp_path: Path) -> None:
    rows = "".join(f"{shop},2023-01-{n + 1:02d},{n + 100 * k}\n" for k, shop in enumerate("ab") for n in range(20))
    dialog = opened(driver, tmp_path / "t.csv", f"shop,day,v\n{rows}")
    driver.choose(dialog.sequence_column, "shop")
    settled(driver, dialog)
    dialog.plots.sequence.setCurrentIndex(1)
    dialog.plots.sequence.activated.emit(1)
    assert dialog.plots.series._now.getData()[1][0] == 100
    dialog.reject()


def test_the_sheet_of_a_workbook_is_chosen(driver: Driver, window: MainWindow, tmp_path: Path) -> None:
    import openpyxl

    book = openpyxl.Workbook()
    for name, step in (("north", 1), ("south", 10)):
        sheet = book.create_sheet(name)
        sheet.append(["day", "v"])
        for n in range(12):
            sheet.append([f"2023-01-{n + 1:02d}", n * step])
    path = tmp_path / "book.xlsx"
    book.save(path)
    dialog = driver.import_dialog(path)
    assert values(dialog, "v")[1] == 1
    assert dialog.form.field("sheet").isVisible() and not dialog.delimiter.isVisible()
    enter(driver, dialog, "sheet", "south")
    assert values(dialog, "v")[1] == 10
    dialog.reject()


def test_a_parquet_file_is_opened(driver: Driver, tmp_path: Path) -> None:
    import pandas

    path = tmp_path / "t.parquet"
    pandas.DataFrame({"day": pandas.date_range("2023-01-01", periods=12), "v": range(12)}).to_parquet(path)
    dialog = driver.import_dialog(path)
    assert values(dialog, "v") == list(range(12))
    assert dialog._read.table.facts.time.frequency == "D"
    assert not dialog.form.field("sheet").isVisible()
    dialog.reject()


@pytest.mark.parametrize(("name", "value"), [("frequency", "MS"), ("newest_year", 1999)])
def test_seldom_settings_are_kept_with_the_table(driver: Driver, tmp_path: Path, name: str, value: object) -> None:
    rows = "".join(f"1/{n % 12 + 1}/{60 + n // 12},{n % 5}\n" for n in range(24))
    dialog = opened(driver, tmp_path / "t.csv", f"day,v\n{rows}")
    driver.click(dialog.form.more)
    enter(driver, dialog, name, value)
    assert dialog.form.wanted[name] == value
    assert getattr(dialog._read.table.source.format, name) == value
    dialog.reject()


def test_reading_that_is_stopped_leaves_the_table_as_it_was_read(driver: Driver, tmp_path: Path) -> None:
    dialog = opened(driver, tmp_path / "t.csv", "day,v\n" + "".join(f"{n},{n * n % 7}\n" for n in range(30)))
    assert dialog.take.isEnabled()
    read = dialog._read
    dialog.delimiter.setCurrentIndex(dialog.delimiter.findData(";"))
    dialog.delimiter.activated.emit(dialog.delimiter.currentIndex())
    assert dialog.is_behind and dialog.stop.isVisible()
    driver.click(dialog.stop)
    settled(driver, dialog)
    assert dialog._read is read and dialog.delimiter.currentData() == "," and dialog.take.isEnabled()
    dialog.reject()


def test_a_setting_is_made_by_keyboard_alone(driver: Driver, tmp_path: Path) -> None:
    dialog = opened(driver, tmp_path / "t.csv", BACKWARDS)
    dialog.activateWindow()
    driver.until(dialog.isActiveWindow)
    dialog.form.more.setFocus()
    driver.qtbot.keyClick(dialog.form.more, Qt.Key.Key_Space)
    field = dialog.form.field("order")
    for _ in range(60):
        if QApplication.focusWidget() is field:
            break
        driver.qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
    assert field.hasFocus()
    while field.currentData() != "as-is":
        driver.qtbot.keyClick(field, Qt.Key.Key_Down if field.currentIndex() < 1 else Qt.Key.Key_Up)
    settled(driver, dialog)
    assert values(dialog, "level")[0] == 19
    dialog.reject()


def test_months_without_a_year_ask_for_the_first_one(driver: Driver, tmp_path: Path) -> None:
    names = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    text = "month,sales\n" + "".join(f"{names[n % 12]},{n * 7 % 23}\n" for n in range(30))
    dialog = opened(driver, tmp_path / "t.csv", text)
    (button,) = [button for button in dialog.notes.buttons if "First year" in button.text()]
    driver.click(button)
    assert dialog.form.field("first_year").isVisible()
    enter(driver, dialog, "first_year", 2019)
    table = dialog._read.table
    assert table is not None and table.facts is not None and table.facts.time is not None
    assert (table.facts.time.first, table.facts.time.last) == ("2019-01", "2021-06")
    assert "2019-01 to 2021-06" in dialog.summary.text()
    dialog.reject()


# -- the plot -----------------------------------------------------------------------------------------


def turn_the_wheel(plot: TablePlot) -> None:
    """Zoom in at the middle of the plot."""
    viewport = plot.plot.viewport()
    middle = QPointF(viewport.rect().center())
    event = QWheelEvent(
        middle, viewport.mapToGlobal(middle), QPoint(), QPoint(0, 960), Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(viewport, event)


def test_the_wheel_zooms_the_plot_to_every_value_and_a_double_click_shows_all_again(
    driver: Driver, tmp_path: Path
) -> None:
    levels = np.random.default_rng(0).normal(size=20_000)
    levels[0] = 100.0  # far outside of what is in the middle
    text = "".join(f"{n},{level:.6f}\n" for n, level in enumerate(levels))
    dialog = opened(driver, tmp_path / "t.csv", f"step,level\n{text}")
    plot = dialog.plots.series
    box = plot.plot.getPlotItem().getViewBox()
    assert len(plot._now.getData()[0]) == 2_000 and box.viewRange()[1][1] > 100
    for _ in range(3):
        turn_the_wheel(plot)
    low, high = box.viewRange()[0]
    assert low > 0 and high < 20_000 and box.viewRange()[1][1] < 10
    while high - low > 2_000:
        turn_the_wheel(plot)
        low, high = box.viewRange()[0]
    x, y = plot._now.getData()
    np.testing.assert_allclose(y, levels[x.astype(int)], atol=1e-6)  # each value now, where extremes stood before
    assert x[0] <= low and x[-1] >= high
    driver.qtbot.mouseDClick(plot.plot.viewport(), Qt.MouseButton.LeftButton, pos=plot.plot.viewport().rect().center())
    driver.until(lambda: box.viewRange()[0][0] <= 0 and box.viewRange()[0][1] >= 19_999)
    dialog.reject()


@pytest.mark.parametrize("kind", ["png", "svg", "pdf", "csv"])
def test_the_plot_is_taken_out(driver: Driver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    dialog = opened(driver, tmp_path / "t.csv", BACKWARDS)
    path = tmp_path / f"out.{kind}"
    monkeypatch.setattr(SaveDialog, "ask", staticmethod(lambda *_: (str(path), "")))
    driver.click(dialog.plots.tabs[1])
    driver.click(dialog.plots.changed.button("export-data" if kind == "csv" else "export-image"))
    settled(driver, dialog)
    assert dialog.saved.isVisible() and dialog.saved.text() == f"Saved out.{kind}."
    begins = {"png": b"\x89PNG", "svg": b"<?xml", "pdf": b"%PDF", "csv": b"day,level,reading\n2023-01-01,0.0,as read\n"}
    assert path.read_bytes().startswith(begins[kind])
    if kind == "csv":
        lines = path.read_text().splitlines()
        assert len(lines) == 41 and lines[21] == "2023-01-01,19.0,as it stands in the file"
    dialog.reject()


def test_a_note_leads_to_the_encoding_where_letters_are_a_guess(driver: Driver, tmp_path: Path) -> None:
    path = tmp_path / "sales.csv"
    path.write_bytes(("дата,продажи\n" + "".join(f"{row},{row % 7}\n" for row in range(30))).encode("cp1251"))
    dialog = driver.import_dialog(path)
    assert "letters are read as CP1252" in dialog.notes.text
    press(driver, dialog, "Encoding…")
    driver.until(lambda: not dialog.encoding.visibleRegion().isEmpty())
    driver.change_format(dialog.encoding, "cp1251")
    assert "letters" not in dialog.notes.text
    assert values(dialog, "продажи")[:3] == [0, 1, 2]
    dialog.reject()
