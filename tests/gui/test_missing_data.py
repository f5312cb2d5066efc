"""A model opens although its data have moved: from beside it, from where the person says, or without them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from driving import Driver
from PySide6.QtWidgets import QFileDialog, QMessageBox

from elman_core.experiments.factory import begin_named
from elman_core.storage.model_file import save_model
from elman_core.training.trainer import Trainer
from elman_gui.window.main_window import MainWindow


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """A model of a table that is gone from where it was."""
    data = tmp_path / "there" / "waves.csv"
    data.parent.mkdir()
    rows = "\n".join(f"{np.sin(t / 3):.6f}" for t in range(60))
    data.write_text(f"height\n{rows}\n", encoding="utf-8")
    experiment, _ = begin_named(str(data), {"lags": 2}, {}, {"epochs": 3})
    trainer = Trainer(experiment, device="cpu", engine="tensors")
    experiment.history.extend(trainer.updates())
    path = tmp_path / "here" / "waves.safetensors"
    path.parent.mkdir()
    save_model(path, replace(experiment, weights=trainer.weights(), history=experiment.history.snapshot()))
    data.rename(tmp_path / "moved.csv")
    return path


def question(driver: Driver) -> QMessageBox:
    return driver.opened(QMessageBox)


def press(driver: Driver, text: str) -> None:
    box = question(driver)
    driver.click(next(button for button in box.buttons() if button.text() == text))


def test_data_beside_the_model_are_taken_and_that_is_said(driver: Driver, window: MainWindow, model: Path) -> None:
    (model.parent.parent / "moved.csv").rename(model.parent / "waves.csv")
    with driver.signal(window.session.noticed) as told:
        window.open_path(model)
    assert "beside the model is taken" in told.args[0].text
    assert window.session.experiment.dataset.rows == 60


def test_the_person_locates_the_data(
    driver: Driver, window: MainWindow, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    moved = str(model.parent.parent / "moved.csv")
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (moved, ""))
    with driver.signal(window.session.data_missing):
        window.open_path(model)
    with driver.signal(window.session.experiment_changed):
        press(driver, "Locate the Data…")
    assert window.session.experiment.dataset.rows == 60
    assert window.session.path == model


def test_without_the_data_the_last_rows_are_enough_to_look_and_to_predict(
    driver: Driver, window: MainWindow, model: Path
) -> None:
    with driver.signal(window.session.data_missing):
        window.open_path(model)
    with driver.signal(window.session.run.snapshot_changed):
        press(driver, "Open Without the Data")
    assert window.session.experiment.dataset.rows == 3
    assert window.session.path is None
    assert np.isfinite(window.inspection.now.response.closed_loop).all()
