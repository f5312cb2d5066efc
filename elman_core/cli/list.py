"""`elman list`: the built-in experiments."""

from __future__ import annotations

from elman_core.cli.console import print_json, print_text
from elman_core.cli.options import Json
from elman_core.experiments import BUILT_IN

__all__ = ["run"]


def run(as_json: Json = False) -> None:
    """Write name and summary of each built-in experiment."""
    if as_json:
        found = [{"name": known.name, "title": known.title, "summary": known.summary} for known in BUILT_IN.values()]
        print_json({"experiments": found})
        return
    width = max(map(len, BUILT_IN))
    for known in BUILT_IN.values():
        print_text(f"{known.name:<{width}}  {known.summary}")
