"""Names out of files are shown as they stand: none is taken for HTML, for a key or for a control character."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyqtgraph as pg
import pytest
from driving import Driver
from PySide6.QtGui import Qt, QTextDocumentFragment
from PySide6.QtWidgets import QApplication, QLabel

from elman_core.analysis.units import Layer, Unit
from elman_gui.dialogs.symbol_dialog import SymbolDialog
from elman_gui.number_boxes import NumberDialog
from elman_gui.panels.role_table import Role
from elman_gui.plain_text import PlainLabel, plain_tip
from elman_gui.window.main_window import MainWindow

MARKS = ("<i>", "<s>", "<u>")
"""HTML that the program itself never writes: where it stands in a text, a name does."""
PAGES = ("weights", "states", "dynamics", "landscape", "lesions", "clusters", "errors", "next")
TABLE = "<s>t</s>,<i>sales</i>,<i>wind</i> & \u202erain,shop\n" + "".join(
    f"{row},{np.sin(row / 3):.4f},{np.cos(row / 3):.4f},<u>{shop}</u>\n" for shop in "ab" for row in range(40)
)


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "<i>R&D [*].csv"
    path.write_text(TABLE, encoding="utf-8")
    return path


@pytest.fixture(autouse=True)
def every_page_is_there(driver: Driver) -> None:
    driver.build_pages()


def misread() -> list[str]:
    """The texts of all widgets there are in which a name is taken for HTML."""
    found = []
    for widget in QApplication.allWidgets():
        tips = [widget.toolTip(), *(action.toolTip() for action in widget.actions())]
        found += [f"tooltip of {widget}: {tip}" for tip in tips if _is_html(tip) and _has_mark(tip)]
        if isinstance(widget, QLabel):
            text, form = widget.text(), widget.textFormat()
            reads_html = form is Qt.TextFormat.RichText or (form is Qt.TextFormat.AutoText and _is_html(text))
            found += [f"{widget}: {text}"] if reads_html and _has_mark(text) else []
        if isinstance(widget, pg.PlotWidget):
            for axis in widget.getPlotItem().axes.values():
                html = axis["item"].labelString()
                found += [f"axis of {widget}: {html}"] if _has_mark(html) else []
    return found


def _is_html(text: str) -> bool:
    return Qt.mightBeRichText(text)


def _has_mark(text: str) -> bool:
    return any(mark in text for mark in MARKS)


def shown(label: QLabel) -> str:
    """What a person reads."""
    is_plain = label.textFormat() is Qt.TextFormat.PlainText or not _is_html(label.text())
    return label.text() if is_plain else QTextDocumentFragment.fromHtml(label.text()).toPlainText()


def test_what_takes_a_name_for_html_is_found(driver: Driver) -> None:
    label = QLabel("<i>sales</i>", driver.window)
    assert len(misread()) == 1
    label.setTextFormat(Qt.TextFormat.PlainText)
    assert not misread()
    label.setToolTip("<i>sales</i>")
    assert len(misread()) == 1


def test_a_table_with_names_like_html_is_shown_as_it_stands(driver: Driver, window: MainWindow, table: Path) -> None:
    dialog = driver.import_dialog(table)
    assert shown(dialog.summary).startswith("<i>R&D [*].csv: 80 rows")
    driver.change_format(dialog.sequence_column, "shop")
    assert not misread()
    dialog.roles.set_role(r"<i>wind</i> & " + "\u202erain", Role.TARGET)
    driver.take(dialog)
    driver.train()
    window.selection.move_cursor(50)
    assert window.windowTitle() == "<i>R&D [*][*][*] – Elman"  # Qt shows two as one, and the third is its own mark
    assert window.fit.place.sequences.text() == "<u>b</u>"
    for page in PAGES:
        window.inside.show_view(page)
        assert not misread(), page
    window.recent_menu.aboutToShow.emit()
    (action,) = window.recent_menu.actions()
    assert action.text() == "<i>R&&D [*].csv"
    assert "&lt;i&gt;R&amp;D" in action.toolTip()
    predict = driver.predict_dialog()
    assert "<i>R&D [*]" in shown(predict.model)
    assert not misread()
    driver.click(predict.close_button)


def test_a_refusal_and_a_question_show_names_as_they_stand(driver: Driver, window: MainWindow, tmp_path: Path) -> None:
    for path in (tmp_path / "<i>none.csv", tmp_path / "<i>none\u202e.safetensors"):
        window.open_path(path)
        driver.until(driver.problems)
        assert not misread()
        said = driver.dismiss_problem()
        assert "<i>none" in said and said.isprintable()
    driver.train()
    driver.configure(momentum=0.5)  # what no seed brings back alone is asked about
    driver.train()
    window.documents.open_sine()
    assert not misread()
    driver.click(driver.question().button(driver.question().StandardButton.Cancel))


def test_a_unit_with_a_name_like_html_is_asked_about_as_it_stands(driver: Driver, window: MainWindow) -> None:
    window.selection.menu._ask_value(Unit(Layer.HIDDEN, 0), "<i>unit</i>", 0.5)
    dialog = driver.opened(NumberDialog)
    assert shown(dialog.findChild(QLabel)) == "Hold <i>unit</i> at"
    dialog.reject()


def test_symbols_with_names_like_html_are_shown_as_they_stand(
    driver: Driver, window: MainWindow, tmp_path: Path
) -> None:
    path = tmp_path / "<i>days.csv"
    path.write_text("day,<i>weather</i>\n" + "".join(f"{n},<s>{'ab'[n % 3 == 0]}</s>\n" for n in range(60)))
    driver.click(driver.import_dialog(path).symbols)
    dialog = driver.opened(SymbolDialog)
    driver.until(dialog.bar.isHidden)
    assert "<i>days.csv" in shown(dialog.summary)
    assert not misread()
    driver.take(dialog)
    window.selection.move_cursor(7)
    for page in PAGES:
        window.inside.show_view(page)
        assert not misread(), page


def test_a_plain_label_and_a_tooltip_show_control_characters_as_escapes() -> None:
    assert plain_tip("a <i>b</i>\nc") == "<span>a &lt;i&gt;b&lt;/i&gt;<br>c</span>"
    assert plain_tip("a\x1b[31m") == r"a\x1b[31m"


def test_a_plain_label_escapes_what_turns_the_order_round(driver: Driver) -> None:
    label = PlainLabel("a\u202eb\x1b", driver.window)
    assert label.text() == r"a\u202eb\x1b"
