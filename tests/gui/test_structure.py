"""Who knows whom, what is never called, and what starts without what."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

import elman_gui

GUI = Path(elman_gui.__file__).parent
MODULES = sorted(GUI.rglob("*.py"))
VIEWS = sorted((GUI / "views").rglob("[!_]*.py"))
SHARED_BY_VIEWS = {
    f"elman_gui.views.{name}"
    for name in (
        "about", "axis", "card", "choice", "colors", "damage.damage_card", "damage.kind_signs",
        "elided_label", "envelope", "fonts", "laid_out",
        "forecast.contestant_signs", "forecast.forecast_plot", "forecast.handles", "forecast.interval_bands",
        "forecast.supposed", "legend", "log_axis", "painted_card", "picture", "sentence", "study.scales",
        "seeds.distribution", "seeds.figure_words", "seeds.members_model", "seeds.quantile_bands", "study.study_card",
        "table_card", "table_picture", "view_card", "symbols.class_marks", "symbols.cluster_controls",
        "symbols.dendrogram", "symbols.distance_matrix", "time.fit_plot", "time.part_bands", "time.place_row",
        "time.row_axis", "time.sequence_chooser", "time.sequence_marks", "time.symbol_axis", "time.time_plot",
    )
}  # fmt: skip
"""What views are made of."""


START_THE_WINDOW = """
import sys
from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QApplication
from elman_gui.app import StartUp
from elman_gui.window.main_window import MainWindow
application = QApplication([])
before_the_paint = []
class Painted(MainWindow):
    def paintEvent(self, event):
        super().paintEvent(event)
        if not before_the_paint:
            before_the_paint.append(set(sys.modules))
window = Painted(QSettings("settings.ini", QSettings.Format.IniFormat))
window.filled.connect(window.close)
start_up = StartUp(window)
window.show()
application.exec()
slow = before_the_paint[0] & {"numpy", "pyqtgraph", "torch", "numba", "pandas", "scipy", "pydantic", "typer", "rich"}
assert not slow, slow
assert window.windowTitle() == "sine[*] – Elman"
"""
"""Shows the window until it is filled, and fails if an import that is slow came before the first paint."""


def imported(path: Path) -> set[str]:
    """Return the modules that a file imports, wherever in it."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively"
            found |= {str(node.module)} | {f"{node.module}.{name.name}" for name in node.names}
    return found


def within(modules: set[str], *packages: str) -> set[str]:
    return {name for name in modules if any(name == top or name.startswith(f"{top}.") for top in packages)}


def run_python(folder: Path, *arguments: str, without: tuple[str, ...] = ()) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name not in without}
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env={**environment, "PYTHONPATH": str(GUI.parent)},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )


@pytest.mark.parametrize("path", VIEWS, ids=lambda path: path.stem)
def test_a_view_knows_neither_session_nor_worker_nor_another_view(path: Path) -> None:
    known = within(imported(path), "elman_gui")
    modules = ("icons", "number_boxes", "plain_text", "theme", "tooltips")
    allowed = within(known, *(f"elman_gui.{module}" for module in modules), *SHARED_BY_VIEWS)
    assert known - allowed == set()


@pytest.mark.parametrize("path", VIEWS, ids=lambda path: path.stem)
def test_a_view_knows_of_the_core_only_what_is_data(path: Path) -> None:
    more = ("elman_core.training.trainer", "elman_core.training.engines", "elman_core.model.network")
    assert within(imported(path), "torch", *more) == set()


def test_the_worker_knows_no_widget_and_the_session_no_view() -> None:
    worker, session = imported(GUI / "threads" / "training.py"), imported(GUI / "controllers" / "session.py")
    assert within(worker | session, "PySide6.QtWidgets", "elman_gui.views", "elman_gui.panels") == set()
    assert within(worker, "elman_gui") - within(worker, "elman_gui.threads") == set()


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(GUI)))
def test_no_module_calls_what_must_never_be_called(path: Path) -> None:
    names = {
        node.attr for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Attribute)
    }
    assert names & {"processEvents", "terminate"} == set()


def test_the_core_imports_no_qt() -> None:
    for path in (GUI.parent / "elman_core").rglob("*.py"):
        assert within(imported(path), "PySide6", "pyqtgraph", "elman_gui") == set(), path


def test_the_window_is_painted_before_anything_slow_is_imported_and_then_filled(tmp_path: Path) -> None:
    done = run_python(tmp_path, "-c", START_THE_WINDOW)
    assert (done.returncode, done.stderr) == (0, "")


def test_without_a_display_the_sine_is_trained_in_the_terminal_and_drawn(tmp_path: Path) -> None:
    done = run_python(tmp_path, "-m", "elman_gui", without=("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"))
    assert done.returncode == 0, done.stderr
    assert "No window: there is no display (neither DISPLAY nor WAYLAND_DISPLAY is set)." in done.stderr
    assert "Trained 300 epochs" in done.stderr
    assert done.stdout == ""
    assert (tmp_path / "sine.png").read_bytes().startswith(b"\x89PNG")
    assert [path.name for path in tmp_path.iterdir()] == ["sine.png"]
