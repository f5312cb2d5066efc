"""Many sequences in the window: one after another on the axis, gone to by name, with roles, lags and transforms."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from driving import Driver
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QWidget
from pytestqt.qtbot import QtBot

from elman_core.config import Begin, DataConfig, LossReduction, NetworkConfig, Optimizer, Strategy, TrainingConfig
from elman_core.data.panel import Panel
from elman_gui.panels.config_form import ConfigForm
from elman_gui.panels.role_table import Role
from elman_gui.panels.what_follows import with_what_follows
from elman_gui.views.time.sequence_chooser import SequenceChooser
from elman_gui.views.time.sequence_marks import broken_curve
from elman_gui.window.main_window import MainWindow

NAMES = ("Aue", "Berg", "Cham am See", "Dorf")
ROWS = 30


@pytest.fixture
def shops(tmp_path: Path) -> Path:
    random = np.random.default_rng(0)
    lines = ["shop,month,sales,price,footfall"]
    for place, name in enumerate(NAMES):
        for month in range(ROWS):
            price, people = 2 + (month // 5 + place) % 3, 100 + 20 * np.sin(month / 2) + random.normal()
            sales = 50 + 10 * place + 0.3 * people - 3 * price
            lines.append(f"{name},{2018 + month // 12}-{month % 12 + 1:02d},{sales:.3f},{price},{people:.3f}")
    path = tmp_path / "shops.csv"
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.fixture
def opened(driver: Driver, shops: Path) -> Driver:
    dialog = driver.import_dialog(shops)
    driver.change_format(dialog.sequence_column, "shop")
    dialog.roles.set_role("price", Role.KNOWN)
    dialog.roles.set_role("footfall", Role.INPUT)
    driver.take(dialog)
    return driver


# -- opening ----------------------------------------------------------------------------------------


def test_sequences_are_found_and_without_their_column_a_table_is_refused(driver: Driver, shops: Path) -> None:
    dialog = driver.import_dialog(shops)
    assert dialog.take.isEnabled() and dialog.sequence_column.currentData() == "shop"
    driver.change_format(dialog.sequence_column, None)
    assert not dialog.take.isEnabled() and not dialog.problem.isHidden()
    driver.change_format(dialog.sequence_column, "shop")
    assert dialog.take.isEnabled()
    assert "120 rows in 4 sequences" in dialog.summary.text()
    assert dialog.time_column.currentData() == "month"
    dialog.reject()


def test_roles_make_the_network_s_inputs(opened: Driver) -> None:
    experiment = opened.session.experiment
    config = experiment.dataset.config
    assert (config.columns, config.inputs, config.known) == (("sales",), ("footfall",), ("price",))
    assert (experiment.network.inputs, experiment.network.outputs) == (3, 1)
    panel = opened.window.settings_panel
    assert [panel.roles.role_of(name) for name in ("sales", "price", "footfall")] == [
        Role.TARGET, Role.KNOWN, Role.INPUT,
    ]  # fmt: skip
    sentence = panel._sentence.text()
    assert "in 4 sequences" in sentence and "price known ahead" in sentence


# -- the time axis ----------------------------------------------------------------------------------


def test_sequences_stand_one_after_another_with_gaps_between_them(opened: Driver, window: MainWindow) -> None:
    fit = window.fit
    assert np.array_equal(fit._target.xData, np.arange(len(NAMES) * ROWS))
    joined = np.array(fit._target.opts["connect"], bool)
    assert np.flatnonzero(~joined).tolist() == [ROWS * n - 1 for n in range(1, 5)]
    response = window.inspection.now.response
    assert np.array_equal(fit._one_step.xData, 1 + np.flatnonzero(np.isfinite(response.one_step[:, 0])))
    assert fit._free_run.xData.max() < ROWS  # of the first sequence only


def test_a_curve_of_very_many_rows_keeps_its_extremes() -> None:
    values = np.random.default_rng(0).normal(size=100_000)
    values[::10] = np.nan
    values[54_321] = 99.0
    panel = Panel.of(100_000, np.arange(0, 100_000, 10))
    rows, drawn, joined = broken_curve(values, 0, panel, 0, 100_000)
    assert len(rows) <= 3_100 and drawn.max() == 99.0 and joined[:-1].all()
    rows, drawn, joined = broken_curve(values, 0, panel, 15, 44)
    assert rows.tolist() == [row for row in range(14, 46) if row % 10]
    assert np.flatnonzero(~joined.astype(bool)).tolist() == [
        place for place, row in enumerate(rows) if row + 1 not in rows
    ]


def test_the_readout_names_the_sequence_and_its_own_time(opened: Driver, window: MainWindow) -> None:
    window.selection.move_cursor(2 * ROWS + 3)
    assert window.fit.readout.text().startswith("Cham am See, 2018-04  target ")
    assert window.fit.place.sequences.text() == "Cham am See"
    window.selection.move_cursor(2 * ROWS)  # the first row of a sequence, which nothing predicts
    assert "one step" not in window.fit.readout.text()


def test_a_single_series_has_nothing_of_this(driver: Driver, window: MainWindow) -> None:
    assert not window.fit.place.isVisible() and window.fit.readout.parent() is window.fit
    assert not window.actions_by_name["go_to_sequence"].isEnabled()
    assert not window.fit.marks.isVisible()


# -- going to a sequence ----------------------------------------------------------------------------


def test_a_sequence_is_gone_to_by_a_part_of_its_name(opened: Driver, window: MainWindow) -> None:
    opened.key(Qt.Key.Key_G, Qt.KeyboardModifier.ControlModifier)
    chooser = window.fit.place.sequences
    opened.until(chooser.hasFocus)
    opened.qtbot.keyClicks(chooser, "am s")
    opened.qtbot.keyClick(chooser, Qt.Key.Key_Return)
    low, high = window.fit.plot.getViewBox().viewRange()[0]
    assert 2 * ROWS - 3 < low < 2 * ROWS and 3 * ROWS - 1 < high < 3 * ROWS + 2
    assert window.fit.cursor_row == window.context.cursor_row == 2 * ROWS
    assert chooser.text() == "Cham am See"
    values = opened.session.experiment.dataset.values[2 * ROWS : 3 * ROWS, 0]
    bottom, top = window.fit.plot.getViewBox().viewRange()[1]
    assert bottom < values.min() and values.max() < top < values.max() + (values.max() - values.min())
    chooser.completer().popup().hide()


def test_of_very_many_names_a_few_are_listed(qtbot: QtBot) -> None:
    ground = QWidget()
    chooser = SequenceChooser()
    chooser.setParent(ground)
    names = tuple(f"shop {place:06d}" for place in range(100_000))
    chooser.show_panel(Panel.of(200_000, np.arange(0, 200_000, 2), names=names))
    assert chooser.places_of("0123") == [place for place in range(100_000) if "0123" in names[place]][:50]
    assert chooser.places_of("shop 000007")[0] == 7 and chooser.places_of("nothing") == []
    chooser.show_row(2 * 77_777)
    assert chooser.text() == "shop 077777"
    chooser._list_near()
    listed = [chooser._found.index(row, 0).data() for row in range(chooser._found.rowCount())]
    assert len(listed) == 50 and "shop 077777" in listed
    gone_to: list[int] = []
    chooser.chosen.connect(gone_to.append)
    chooser._on_completed(chooser._found.index(3, 0))
    assert names[gone_to[0]] == listed[3] == chooser.text()
    chooser.completer().popup().hide()
    ground.deleteLater()


def test_what_is_not_covered_while_training_is_said(driver: Driver, window: MainWindow, tmp_path: Path) -> None:
    path = tmp_path / "many.csv"
    lines = [f"s{place},{step},{np.sin(place + step):.4f}" for place in range(700) for step in range(10)]
    path.write_text("\n".join(["name,t,x", *lines]) + "\n")
    dialog = driver.import_dialog(path)
    driver.change_format(dialog.sequence_column, "name")
    driver.take(dialog)
    window.fit.place.sequences.chosen.emit(699)
    assert window.fit.marks.words == ""
    driver.begin_long_run(epochs=2)
    driver.until(lambda: "not covered while training" in window.fit.marks.words)
    assert "not covered while training" in window.context.marks.words
    with driver.idle_evaluated():
        driver.click(window.transport.stop)
    assert window.fit.marks.words == window.context.marks.words == ""


# -- looking inside ---------------------------------------------------------------------------------


@pytest.mark.parametrize("page", ["states", "dynamics", "landscape", "lesions", "weights"])
def test_every_page_stands_sequences_and_rows_without_states(opened: Driver, window: MainWindow, page: str) -> None:
    with opened.idle_evaluated():
        window.settings_panel.data.change(transforms=("difference",), lags=2)
    opened.configure(epochs=5)
    opened.train()
    window.show_inside()
    window.inside.show_view(page)
    if page == "states":
        opened.until(lambda: window.inside.states._space is not None)
        joined = window.inside.states._joined()
        assert not joined[[0, ROWS - 1, ROWS]].any() and joined[1]
        assert np.isfinite(window.inside.states._points.getData()).all()
    elif page == "lesions":
        opened.until(lambda: window.inside.lesions._lesions is not None)
        assert np.isfinite(window.inside.lesions._lesions.without).all()
    window.selection.move_cursor(ROWS)
    assert window.inside.diagram.activations is None  # differenced with nothing
    window.selection.move_cursor(ROWS + 1)
    assert window.inside.diagram.activations is not None
    window.inside.diagram.grab()


# -- the forms --------------------------------------------------------------------------------------


def test_another_role_lags_and_horizon_change_the_network(opened: Driver, window: MainWindow) -> None:
    with opened.idle_evaluated():
        opened.enter("lags", 4)
    assert opened.session.experiment.network.inputs == 4 * 2 + 1
    with opened.idle_evaluated():
        opened.enter("horizon", 3)
    assert opened.session.experiment.dataset.config.strategy is Strategy.DIRECT  # what inputs will be is not known
    assert opened.session.experiment.network.outputs == 3
    with opened.idle_evaluated():
        window.settings_panel.roles.set_role("footfall", Role.IGNORED)
    assert opened.session.experiment.network.inputs == 4 + 3


def test_transforms_are_typed_and_what_is_wrong_is_said(opened: Driver, window: MainWindow) -> None:
    field, form = opened.field("transforms"), window.settings_panel.data
    field.setText("log, wavelet")
    field.editingFinished.emit()
    assert form._problem.isVisible() and "got 'wavelet'" in form._problem.text()
    field.setText("log, seasonal-difference")
    field.editingFinished.emit()
    assert "needs a season" in form._problem.text()
    with opened.idle_evaluated():
        opened.enter("season", 12)
    assert not form._problem.isVisible()
    assert "log, seasonal difference of 12" in window.settings_panel._sentence.text()


def test_a_batch_is_checked_against_the_sequences_there_are(opened: Driver, window: MainWindow) -> None:
    form = window.settings_panel.training
    opened.enter("batch", 9)
    assert "at most the 4 sequences" in form._problem.text()
    with opened.idle_evaluated():
        opened.enter("batch", 4)
    training = opened.session.experiment.training
    assert (training.batch, training.update_every, training.truncation) == (4, "sequence", "all")
    opened.configure(epochs=3)
    opened.train()
    assert opened.session.experiment.history.epochs == 3


@pytest.mark.parametrize(
    ("config", "changed", "expected"),
    [
        (TrainingConfig(), {"batch": 8}, {"update_every": "sequence", "truncation": "all"}),
        (TrainingConfig(), {"update_every": "sequence"}, {"truncation": "all"}),
        (TrainingConfig(context_reset="never"), {"batch": 2}, {"context_reset": "sequence"}),
        (TrainingConfig(), {"loss_reduction": LossReduction.MEAN}, {"update_every": "sequence"}),
        (TrainingConfig(), {"warm_up_share": 0.1}, {"update_every": "sequence"}),
        (
            TrainingConfig(batch=4, update_every="sequence", truncation="all", loss_reduction="mean"),
            {"update_every": 5},
            {"batch": 1, "truncation": "all", "loss_reduction": "sum"},
        ),
        (
            TrainingConfig(batch=4, update_every="sequence", truncation="all"),
            {"truncation": 7},
            {"update_every": 7, "batch": 1},
        ),
        (
            TrainingConfig(batch=4, update_every="sequence", truncation="all"),
            {"context_reset": "epoch"},
            {"update_every": "all", "batch": 1},
        ),
        (
            TrainingConfig(batch=4, update_every="sequence", truncation="all", weight_decay=0.1),
            {"optimizer": Optimizer.LBFGS},
            {"update_every": "all", "batch": 1, "weight_decay": 0.0},
        ),
        (TrainingConfig(), {"update_every": 10}, {"truncation": 10}),
        (NetworkConfig(), {"begin": Begin.LEAST_SQUARES}, {"direct": True}),
        (NetworkConfig(), {"ridge": 0.5}, {"direct": True, "begin": "least-squares"}),
        (
            NetworkConfig(direct=True, begin="least-squares", ridge=1),
            {"direct": False},
            {"begin": "random", "ridge": 0},
        ),
        (NetworkConfig(direct=True, begin="least-squares"), {"output": "softmax"}, {"begin": "random"}),
        (DataConfig(columns=("a",), inputs=("b",)), {"horizon": 5}, {"strategy": "direct"}),
        (DataConfig(columns=("a",)), {"horizon": 5}, {"strategy": "recursive"}),
    ],
)
def test_one_choice_never_needs_two_clicks(
    config: TrainingConfig | NetworkConfig | DataConfig, changed: dict[str, object], expected: dict[str, object]
) -> None:
    after = config.replace(**with_what_follows(config, changed))
    for name, value in (changed | expected).items():
        assert getattr(after, name) == value


def test_fields_without_effect_are_not_to_be_used(opened: Driver, window: MainWindow) -> None:
    assert not opened.field("ridge").isEnabled() and not opened.field("hold_direct").isEnabled()
    assert opened.field("batch").isEnabled() and opened.field("split").isEnabled()
    with opened.idle_evaluated():
        opened.enter("direct", True)
    assert opened.field("hold_direct").isEnabled() and not opened.field("ridge").isEnabled()
    opened.configure(hold_direct=True)
    with opened.idle_evaluated():
        opened.enter("begin", Begin.LEAST_SQUARES)
    assert opened.field("ridge").isEnabled()
    assert "from least squares on" in window.settings_panel._sentence.text()
    with opened.idle_evaluated():
        opened.enter("direct", False)
    assert not opened.session.experiment.training.hold_direct
    opened.open_built_in("sine")
    assert not opened.field("batch").isEnabled() and not opened.field("split").isEnabled()


def test_every_setting_of_a_form_can_be_read_as_it_was_written(opened: Driver, window: MainWindow) -> None:
    form: ConfigForm
    for form in (window.settings_panel.data, window.settings_panel.network, window.settings_panel.training):
        for name, field in form._fields.items():
            assert field.read() == getattr(form.config, name), name
            assert isinstance(form._labels[name], QLabel)


# -- out of the window ------------------------------------------------------------------------------


@pytest.mark.parametrize("view", ["fit", "context"])
def test_exported_rows_say_their_sequence(opened: Driver, window: MainWindow, tmp_path: Path, view: str) -> None:
    window.documents.export_data(getattr(window, view), tmp_path / "out.csv")
    opened.until(lambda: "Saved as" in window.notice.text.text())
    header, *rows = csv.reader((tmp_path / "out.csv").read_text().splitlines())
    assert header[:2] == ["month", "sequence"]
    wanted = np.repeat(NAMES, ROWS).tolist()
    assert [row[1] for row in rows] == wanted[: len(rows)] and len(rows) >= len(wanted) - 1


def test_the_states_page_is_exported_with_sequences(opened: Driver, window: MainWindow) -> None:
    window.show_inside()
    window.inside.show_view("states")
    opened.until(lambda: window.inside.states._space is not None)
    data = window.inside.states.data()
    assert data.names[:3] == ("row", "sequence", "free_run")
    assert data.columns[1][0] == NAMES[0]


def test_another_table_is_forecast_sequence_by_sequence(driver: Driver, shops: Path, tmp_path: Path) -> None:
    dialog = driver.import_dialog(shops)
    driver.change_format(dialog.sequence_column, "shop")
    for name in ("price", "footfall"):
        dialog.roles.set_role(name, Role.IGNORED)
    driver.take(dialog)
    driver.configure(epochs=2)
    driver.train()
    header, *lines = shops.read_text().splitlines()
    others = tmp_path / "others.csv"
    others.write_text("\n".join([header, *(line for line in lines if not line.startswith("Dorf"))]) + "\n")
    forecast = driver.predict_dialog()
    driver.file_dialogs_give(others)
    with driver.signal(forecast.forecast_made) as made:
        driver.click(forecast.choose_series)
    assert len(made.args[0].trained.dataset.panel) == 3
    assert "beyond each of 3 sequences" in forecast.summary.text() and "Cham am See" in forecast.summary.text()
    path = tmp_path / "forecast.csv"
    driver.file_dialogs_give(path)
    driver.click(forecast.export)
    driver.until(lambda: forecast.summary.text() == f"Saved: {path}")
    rows = list(csv.reader(path.read_text().splitlines()))
    assert rows[0][:2] == ["month", "shop"] and len(rows) == 1 + 3 * (ROWS + 50)
    driver.click(forecast.close_button)
