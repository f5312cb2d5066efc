"""The house as a whole: no circle of modules, and none that is too long to read."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MODULES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
    for package in ("elman_core", "elman_gui")
    for path in sorted((ROOT / package).rglob("*.py"))
}
LONGEST = 500
LONGER = {  # kernels only: what is compiled together stands together
    "elman_core.training.engines.lane_kernels": "the course of every rule, and all that it moves in and out of lanes",
    "elman_core.training.engines.kernels": "every rule of learning, in one set of compiled loops",
    "elman_core.training.engines.batches": "full BPTT over batches of sequences, in another",
}


def imports_of(source: str, modules: set[str]) -> Iterator[str]:
    """Yield what a module imports of these modules, wherever in it, for type checking too.

    `from P import m` is P.m where that is a module, else P. That m lies in P is no import of P.
    """
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in modules)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0 and node.module is not None, "relative imports are not read here"
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                yield from (name for name in (inner if inner in modules else node.module,) if name in modules)


def circle_of(sources: dict[str, str]) -> str:
    """Return one circle of modules as "a -> b -> a", or nothing where there is none."""
    graph = {name: set(imports_of(source, set(sources))) for name, source in sources.items()}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return " -> ".join(reversed(error.args[1]))  # graphlib goes from what is imported to who imports it
    return ""


def test_no_modules_import_each_other_in_a_circle() -> None:
    circle = circle_of({name: path.read_text(encoding="utf-8") for name, path in MODULES.items()})
    assert not circle, f"a circle of imports: {circle}"


def test_a_circle_is_found_and_named_even_if_it_is_for_type_checking_only() -> None:
    sources = {
        "p": "from p.a import A",
        "p.a": "from p import b",
        "p.b": "if TYPE_CHECKING:\n    from p.a import A",
        "p.c": "from p import A",
    }
    assert circle_of(sources) in ("p.a -> p.b -> p.a", "p.b -> p.a -> p.b")


def test_a_package_that_imports_its_modules_is_no_circle_unless_they_import_it() -> None:
    assert circle_of({"p": "from p import a", "p.a": "import os", "p.b": "from p import a, other"}) == ""
    assert circle_of({"p": "from p import a", "p.a": "def f():\n    from p import other"}) != ""


@pytest.mark.parametrize("module", MODULES)
def test_a_module_is_short_enough_to_be_read(module: str) -> None:
    lines = len(MODULES[module].read_text(encoding="utf-8").splitlines())
    assert lines <= LONGEST or module in LONGER, f"{module} has {lines} lines"
