"""Saving what a command has trained."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from elman_core.cli.console import say
from elman_core.errors import ConfigError, ModelFileError
from elman_core.experiment import Run
from elman_core.storage.elsewhere import said_with, save_elsewhere
from elman_core.storage.model_file import save_model
from elman_core.support.files import NotWrittenError

if TYPE_CHECKING:
    from elman_core.forecasting.forecaster import Forecaster

__all__ = ["MODEL_SUFFIX", "check_place", "check_target", "refuse_to_overwrite", "save_trained"]

MODEL_SUFFIX = ".safetensors"


def save_trained(path: Path, trained: Run | Forecaster) -> Iterator[str]:
    """Save a network where it is wanted, or else anywhere; yield what went wrong, which is said too."""
    try:
        save_model(path, trained)
        say(f"saved to {path}")
    except ModelFileError as error:
        is_unwritten = isinstance(error, NotWrittenError)
        problem = said_with(error, save_elsewhere(path, trained)) if is_unwritten else str(error)
        say(problem)
        yield problem


def check_target(path: Path) -> None:
    """Find out before the training, not after it, that a model cannot be saved there."""
    if path.suffix.lower() != MODEL_SUFFIX:
        raise ConfigError(f"{path} cannot be saved: the name of a model file ends in {MODEL_SUFFIX}")
    check_place(path)


def check_place(path: Path) -> None:
    """Find out before the work, not after it, that no file can be written there."""
    target = Path(os.path.realpath(path))
    if target.is_dir():
        reason = "it is a folder"
    elif not target.parent.is_dir():
        reason = f"there is no folder {target.parent}"
    elif not os.access(target.parent, os.W_OK) or (target.exists() and not os.access(target, os.W_OK)):
        reason = "you do not have permission"
    else:
        return
    raise ConfigError(f"{path} cannot be saved: {reason}")


def refuse_to_overwrite(out: Path, inputs: Iterable[Path | str | None]) -> None:
    """Refuse to write over what is read."""
    for given in inputs:
        if given is not None and os.path.realpath(out) == os.path.realpath(given):
            raise ConfigError(f"{out} is what the prediction is made from; write the prediction to another file")
