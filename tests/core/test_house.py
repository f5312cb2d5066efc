"""Who knows whom: the core works headless, and the command line starts without what it does not need."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import elman_core

CORE = Path(elman_core.__file__).parent
MODULES = sorted(
    ".".join(("elman_core", *path.relative_to(CORE).with_suffix("").parts)).removesuffix(".__init__")
    for path in CORE.rglob("*.py")
)
WINDOW = {"PySide6", "pyqtgraph", "elman_gui", "pytestqt"}


def loaded_by(*modules: str) -> set[str]:
    """Return the top-level packages that a fresh Python has loaded after importing these modules."""
    code = f"import sys, {', '.join(modules)}; print(*{{name.split('.')[0] for name in sys.modules}})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=CORE.parent)
    return set(done.stdout.split())


def imported_by(module: str) -> set[str]:
    path = CORE.parent.joinpath(*module.split("."))
    path = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    packages = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            packages |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            packages.add(node.module.split(".")[0])
    return packages


def test_core_imports_no_qt() -> None:
    loaded = loaded_by(*MODULES)
    assert {"elman_core", "torch"} <= loaded
    assert not loaded & WINDOW


def test_the_command_line_starts_without_torch_and_without_qt() -> None:
    loaded = loaded_by("elman_core.cli")
    assert not loaded & (WINDOW | {"torch", "numba", "pandas", "scipy", "numpy", "pydantic"})


@pytest.mark.parametrize("module", MODULES)
def test_a_module_of_the_core_does_not_mention_the_window(module: str) -> None:
    # The window may be opened by name only: elman_gui.__main__ is where `elman` begins.
    assert not imported_by(module) & WINDOW
