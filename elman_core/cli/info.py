"""`elman info`: what a model file holds."""

from __future__ import annotations

from elman_core.cli.console import print_json
from elman_core.cli.json_reports import model_object
from elman_core.cli.options import Json, Model
from elman_core.cli.text_reports import print_model
from elman_core.storage.model_file import load_model

__all__ = ["run"]


def run(model: Model, as_json: Json = False) -> None:
    """Write everything in a model file but the weights."""
    saved = load_model(model)
    if as_json:
        print_json(model_object(saved))
    else:
        print_model(saved)
