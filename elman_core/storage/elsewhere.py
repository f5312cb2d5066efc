"""Keeping a network somewhere, where the file it was to be saved in cannot be written."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from elman_core.errors import ModelFileError
from elman_core.experiment import Run
from elman_core.storage.model_file import save_model
from elman_core.support.folders import data_folder

if TYPE_CHECKING:
    from elman_core.forecasting.forecaster import Forecaster

__all__ = ["said_with", "save_elsewhere"]

_MOST_NAMES = 1_000


def save_elsewhere(wanted: Path, experiment: Run | Forecaster) -> Path | None:
    """Save in the home folder, that for temporary files, or the program's own, and return where; None if nowhere.

    The file has the name that was wanted, with a number where there is one of that name: none is replaced.
    """
    for folder in _folders():
        if folder == wanted.absolute().parent:
            continue
        with contextlib.suppress(ModelFileError, OSError):
            path = _free(folder, wanted)
            save_model(path, experiment)
            return path
    return None


def said_with(error: ModelFileError, kept: Path | None) -> str:
    """Say that a file could not be written, and where the network is kept instead."""
    return f"{error}; {'nor can it be kept elsewhere' if kept is None else f'the network is kept in {kept} instead'}"


def _folders() -> Iterator[Path]:
    with contextlib.suppress(RuntimeError):  # nobody says where home is
        yield Path.home()
    with contextlib.suppress(OSError):  # there is no folder for temporary files that could be used
        yield Path(tempfile.gettempdir())
    with contextlib.suppress(RuntimeError, OSError):
        folder = data_folder() / "saved"
        folder.mkdir(parents=True, exist_ok=True)
        yield folder


def _free(folder: Path, wanted: Path) -> Path:
    """Return a path of that name that is not there yet."""
    names = (wanted.name, *(f"{wanted.stem}-{number}{wanted.suffix}" for number in range(2, _MOST_NAMES)))
    for name in names:
        if not (folder / name).exists() and not (folder / name).is_symlink():
            return folder / name
    raise FileExistsError(f"{folder} has a file of every such name")
