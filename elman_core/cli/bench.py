"""`elman bench`: the benchmarks, which stand beside the tests in a checkout and inside an installed wheel."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from elman_core.cli.console import print_json, print_text, say
from elman_core.cli.options import Json
from elman_core.errors import DataError

__all__ = ["run"]

_PACKAGE = Path(__file__).parent.parent
_FOLDERS = (_PACKAGE / "_benchmarks", _PACKAGE.parent / "tests" / "benchmarks")


def run(as_json: Json = False) -> None:
    """Write each case's figure beside the one to reach, as a table in Markdown."""
    machine, results = _benchmark_results()
    found = []
    for result in results:
        found.append(result)
        say(f"{result.case}: {result.found or 'not measured'} {f'({result.note})' if result.note else ''}")
    if as_json:
        print_json({"machine": machine, "results": [asdict(result) for result in found]})
        return
    signs = {True: "reached", False: "**missed**", None: ""}
    print_text(f"{machine}\n\n| case | found | to reach | | how |\n|---|---|---|---|---|", keep="\n")
    for result in found:
        print_text(f"| {result.case} | {result.found} | {result.to_reach} | {signs[result.reached]} | {result.note} |")


def _benchmark_results() -> tuple[str, Iterator[Any]]:
    """Return the machine in words, and the results one by one as they are measured.

    Raises
    ------
    DataError
        When the benchmarks are not there.
    """
    folder = next((folder for folder in _FOLDERS if folder.is_dir()), None)
    if folder is None:
        raise DataError("the benchmarks are not part of this installation; run them from a copy of the repository")
    name = "elman_benchmarks"
    found = importlib.util.spec_from_file_location(
        name, folder / "__init__.py", submodule_search_locations=[str(folder)]
    )
    assert found is not None and found.loader is not None
    sys.modules[name] = importlib.util.module_from_spec(found)
    found.loader.exec_module(sys.modules[name])
    suite = importlib.import_module(f"{name}.suite")
    return suite.machine(), suite.results()
