"""A file with a forecaster of several parts opens in the window, with its data and without."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from driving import Driver
from PySide6.QtWidgets import QMessageBox

from elman_core.config import Scaling
from elman_core.config.part_kind import PartKind
from elman_core.experiments.factory import begin_named
from elman_core.forecasting.forecaster import Forecaster, ForecastPart
from elman_core.storage.model_file import load_model, save_model
from elman_core.training.initial_weights import initial_weights
from elman_gui.window.main_window import MainWindow


@pytest.fixture
def model(tmp_path: Path) -> Path:
    data = tmp_path / "waves.csv"
    data.write_text("height\n" + "\n".join(f"{5 + np.sin(t / 3):.6f}" for t in range(60)) + "\n", encoding="utf-8")
    runs = []
    for settings in ({"lags": 2}, {"lags": 3, "transforms": ("log", "difference")}):
        run, _ = begin_named(str(data), settings, {"hidden": 4}, {"networks": 2})
        runs.append(replace(run, weights=initial_weights(run)))
    plain, _ = begin_named(str(data), {"scaling": Scaling.NONE}, {}, {})
    parts = (ForecastPart(runs[0], PartKind.ELMAN, 0.3, 0.4), ForecastPart(runs[1], PartKind.ELMAN, 0.7, 0.6))
    path = tmp_path / "waves.safetensors"
    save_model(path, Forecaster(plain.dataset, parts))
    return path


def test_it_opens_with_the_part_that_counts_most_in_front(driver: Driver, window: MainWindow, model: Path) -> None:
    with driver.signal(window.session.experiment_changed), driver.idle_evaluated():
        window.open_path(model)
    assert window.session.experiment.dataset.config.lags == 3
    assert window.session.path == model
    assert load_model(model).forecaster is not None


def test_it_opens_without_its_data(driver: Driver, window: MainWindow, model: Path) -> None:
    (model.parent / "waves.csv").unlink()
    with driver.signal(window.session.data_missing):
        window.open_path(model)
    box = driver.opened(QMessageBox)
    with driver.signal(window.session.run.snapshot_changed):
        driver.click(next(button for button in box.buttons() if button.text() == "Open Without the Data"))
    assert np.isfinite(window.inspection.now.response.closed_loop).all()
