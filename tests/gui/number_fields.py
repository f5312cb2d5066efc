"""A program that types numbers into every field of the window, and writes as JSON what came of it.

It is a process of its own, since the system's locale is asked for once, when the application is made.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from types import UnionType
from typing import Any, Union, get_args, get_origin

from PySide6.QtCore import QDate, QEventLoop, QLocale, QSettings, QSize, Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QComboBox,
    QFileDialog,
    QLabel,
    QLineEdit,
    QProgressBar,
    QTableView,
    QToolButton,
    QWidget,
)

from elman_core.config import Config, DataConfig, NetworkConfig, SymbolConfig, TrainingConfig
from elman_core.errors import DataError
from elman_gui.app import make_application, make_window
from elman_gui.dialogs.continue_dialog import ContinueDialog
from elman_gui.dialogs.feature_table import FeatureTable
from elman_gui.dialogs.picture_dialog import PictureDialog
from elman_gui.dialogs.predict_dialog import PredictDialog
from elman_gui.field_problem import FieldProblem
from elman_gui.number_boxes import DecimalBox, NumberDialog, WholeNumberBox
from elman_gui.panels.config_form import ConfigForm
from elman_gui.panels.member_chooser import MemberChooser
from elman_gui.theme import LIGHT
from elman_gui.views.symbols.position_plot import PositionPlot
from elman_gui.window.main_window import MainWindow

KEYS = {",": Qt.Key.Key_Comma, ".": Qt.Key.Key_Period, " ": Qt.Key.Key_Space}
ARABIC = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")
WORDS = ("7", "1,000", "1 000", "٧", "0,25", "0.25", "1.000")
Row = list[Any]


def press(widget: QWidget, text: str) -> None:
    """Press the keys of a text, one by one, whatever their script."""
    for character in text:
        key = KEYS.get(character, Qt.Key(ord(character.upper())) if character.isascii() else Qt.Key.Key_unknown)
        QTest.sendKeyEvent(QTest.KeyAction.Click, widget, key, character, Qt.KeyboardModifier.NoModifier)


def until(condition: Any) -> None:
    """Let the window live until something holds."""
    if condition():
        return
    loop, timer = QEventLoop(), QTimer()
    timer.timeout.connect(lambda: condition() and loop.quit())
    timer.start(2)
    QTimer.singleShot(60_000, loop.quit)
    loop.exec()
    timer.stop()
    assert condition()


def visit(widget: QWidget, text: str | None = None) -> None:
    """Go to a field, type over what stands there, or leave it as it is, and go on."""
    widget.setEnabled(True)  # a setting that has no effect, given the others, is tried all the same
    widget.window().activateWindow()
    widget.setFocus()
    until(widget.hasFocus)
    if text is not None:
        QTest.keyClick(widget, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
        QTest.keyClick(widget, Qt.Key.Key_Delete)
        press(widget, text)
    QTest.keyClick(widget, Qt.Key.Key_Tab)
    widget.clearFocus()


def said(widget: QWidget) -> str:
    """Return the sentence under a field, and take it away."""
    problem = widget.window().findChild(FieldProblem)
    text = problem.text() if problem is not None and not problem.isHidden() else ""
    if problem is not None:
        problem.hide()
    return text


def row(widget: QAbstractSpinBox, text: str) -> Row:
    """Type a text into a field, visit it again, and return what it holds, shows and says."""
    visit(widget, text)
    sentence, first = said(widget), widget.value()
    visit(widget)
    assert widget.value() == first, f"{widget.accessibleName()}: another visit makes {widget.value()} of {first}"
    return [text, widget.value(), widget.text(), sentence]


def ways(box: QAbstractSpinBox) -> list[str]:
    """Return a number within a field's limits, as people write it, and then what cannot be one."""
    low, high = box.minimum(), box.maximum()
    if isinstance(box, DecimalBox):
        number = "0.25" if low <= 0.25 <= high else "62.5"
        return [number, number.replace(".", ","), number.translate(ARABIC).replace(".", "٫"), "1,000", "many", ""]
    assert isinstance(box, WholeNumberBox)
    number = str(min(max(low, 7), high))
    thousands = ["1,000", "1 000", "1\u202f000", "1000"] if low <= 1000 <= high else []
    return [number, number.translate(ARABIC), *thousands, "0,25", "0.25", "1.000", "1,5", "many", "", str(10**12)]


def rows_of(box: QAbstractSpinBox) -> list[Row]:
    """Type all of them, each over a number that was there before."""
    return [row(box, text) for text in ways(box)]


def is_number(kind: object) -> bool:
    """Whether a setting is a number, one or none, or one of some words or a number."""
    return kind in (int, float) or (
        get_origin(kind) in (Union, UnionType) and any(part in (int, float) for part in _plain_parts(kind))
    )


def _plain_parts(kind: object) -> list[object]:
    return [get_args(part)[0] if hasattr(part, "__metadata__") else part for part in get_args(kind)]


def numbers_of_configs() -> list[tuple[type[Config], str]]:
    """Return each number of each config, by class and name."""
    kinds = (DataConfig, NetworkConfig, TrainingConfig, SymbolConfig)
    return [(kind, name) for kind in kinds for name, field in kind.model_fields.items() if is_number(field.annotation)]


def forms(wanted: type[QWidget]) -> dict[str, list[Row]]:
    """Type into each number that has a field of a kind, in a form of its own, and look at the config too."""
    found: dict[str, list[Row]] = {}
    for kind, name in numbers_of_configs():
        form = ConfigForm("Form", kind(), (name,))
        widget = form.findChild(QWidget, name)
        if isinstance(widget, wanted):
            form.show()
            texts = ways(widget) if isinstance(widget, QAbstractSpinBox) else WORDS
            found[f"{kind.__name__}.{name}"] = [form_row(form, widget, name, text) for text in texts]
            form.close()
    return found


def form_row(form: ConfigForm, widget: QWidget, name: str, text: str) -> Row:
    """Type a text into the field of a form that shows the defaults."""
    form.show_config(type(form.config)())
    if isinstance(widget, QComboBox):
        return combo_row(form, widget, name, text)
    return [*row(widget, text), getattr(form.config, name)]


def combo_row(form: ConfigForm, widget: QComboBox, name: str, text: str) -> Row:
    """Type into a field that takes a number or a word; what it refuses is said below the form."""
    visit(widget, text)
    visit(widget)
    problem = "" if form._problem.isHidden() else form._problem.text()
    return [text, widget.currentText(), getattr(form.config, name), problem]


def field_of(window: MainWindow, name: str) -> QWidget:
    """Return the field of a setting in the forms of a pure Elman network."""
    panel = window.settings_panel
    found = (form.findChild(QWidget, name) for form in (panel.data, panel.network, panel.training))
    return next(field for field in found if field is not None)


def in_the_window(window: MainWindow) -> dict[str, Row]:
    """Type into the window's own fields, and look at what is open after that."""
    found: dict[str, Row] = {}
    session = window.session
    for button in window.settings_panel.findChildren(QToolButton):
        if button.text() == "More settings":
            button.click()
    for name, text, of in (
        ("learning_rate", "0,05", lambda: session.experiment.training.learning_rate),
        ("hidden", "12", lambda: session.experiment.network.hidden),
        ("input_spread", "0,25", lambda: session.experiment.network.input_spread),
        ("train_percent", "62,5", lambda: session.experiment.dataset.config.train_percent),
        ("lags", "3", lambda: session.experiment.dataset.config.lags),
        ("networks", "1,200", lambda: session.experiment.training.networks),
        ("update_every", "2", lambda: session.experiment.training.update_every),
        ("seed", "1,234", lambda: session.experiment.training.seed),
    ):  # fmt: skip
        field = window.transport.seed if name == "seed" else field_of(window, name)
        visit(field, text)
        until(lambda: not session.jobs.are_running)
        value = of()
        visit(field)
        until(lambda: not session.jobs.are_running)
        assert of() == value, f"{name}: another visit makes {of()} of {value}"
        found[name] = [text, value, field.currentText() if isinstance(field, QComboBox) else field.text()]
    return found


def dialogs(window: MainWindow) -> dict[str, list[Row]]:
    """Type into each number that a dialog or a view asks for."""
    experiment = window.session.experiment
    picture = PictureDialog("a plot", QSize(640, 480), window)
    picture.keep.setChecked(False)
    predict, proceed = PredictDialog(experiment, LIGHT, window), ContinueDialog(experiment, LIGHT, window)
    number, position = NumberDialog("Weight of 1 to 2", 0.1234567, 1000.0, window), PositionPlot()
    chooser = MemberChooser()
    chooser.show_networks(2000, 0)
    fields = {
        "width": (picture, picture.width_field), "height": (picture, picture.height_field),
        "steps to forecast": (predict, predict.steps), "temperature": (proceed, proceed.temperature),
        "symbols": (proceed, proceed.steps), "seed of sampling": (proceed, proceed.seed),
        "weight": (number, number.box), "cycle": (position, position.length),
        "network": (chooser, chooser.number),
    }  # fmt: skip
    found = {}
    for name, (owner, box) in fields.items():
        owner.show()
        found[name] = rows_of(box)
    for owner in {owner for owner, _ in fields.values()}:
        owner.close()
    return found


def cells() -> list[Row]:
    """Type numbers into the table of features: with a point they are taken, with a comma refused in a sentence."""
    features, found = FeatureTable(), []
    features.show_numbers(("a", "b"))
    features.show()
    table = features.table
    assert isinstance(table, QTableView)
    for text in ("0.5", "0,5", "1"):
        index = table.model().index(0, 1)
        table.setCurrentIndex(index)
        table.edit(index)
        editor = table.viewport().findChild(QLineEdit)
        assert editor is not None
        editor.selectAll()
        press(editor, text)
        QTest.keyClick(editor, Qt.Key.Key_Return)
        until(lambda: table.viewport().findChild(QLineEdit) is None)
        try:
            features.features()
            found.append([text, ""])
        except DataError as error:
            found.append([text, str(error)])
    features.close()
    return found


def texts(window: MainWindow) -> list[str]:
    """Return all that is written in the window, and what Qt writes by itself."""
    for page in window.pages:
        page.complete()
    bar = QProgressBar()
    bar.setValue(12)
    bar.setTextVisible(True)
    files = QFileDialog(window)
    files.setOption(QFileDialog.Option.DontUseNativeDialog)
    axes = [
        text
        for plot in (window.fit.plot, window.loss.plot, window.context.plot)
        for side in ("left", "bottom")
        for text in plot.getPlotItem().getAxis(side).tickStrings([0.0, 0.25, 1000.0, 1234567.5], 1, 0.25)
    ]
    return [
        *(label.text() for label in window.findChildren(QLabel)), *axes, bar.text(), files.locale().name(),
        QLocale().toString(1234.5), QLocale().toString(QDate(2026, 11, 26), QLocale.FormatType.ShortFormat),
    ]  # fmt: skip


def main() -> None:
    """Make the window as the program does, and write what was found."""
    make_application()
    with tempfile.TemporaryDirectory() as folder:
        settings = QSettings(str(Path(folder) / "settings.ini"), QSettings.Format.IniFormat)
        settings.setValue("left", "Settings")
        window = make_window(settings)
        window.show()
        system = QLocale.system()
        found = {
            "system": [system.name(), system.toString(1234.5)],
            "forms": forms(QAbstractSpinBox),
            "combos": forms(QComboBox),
            "window": in_the_window(window),
            "dialogs": dialogs(window),
            "cells": cells(),
            "texts": texts(window),
        }
        sys.stdout.write(json.dumps(found) + "\n")
        sys.stdout.flush()
        window.documents._closing = True
        window.close()


if __name__ == "__main__":
    main()
