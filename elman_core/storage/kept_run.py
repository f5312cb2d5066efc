"""KeptRun: training that nobody has saved yet, kept in a folder of its own for the case that the program ends badly.

Each folder belongs to the process that holds its lock; what a process that is gone has left is found by `left_runs`.
"""

from __future__ import annotations

import contextlib
import json
import secrets
import shutil
import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Self

from elman_core.data.table import Table
from elman_core.errors import ModelFileError
from elman_core.experiment import Run
from elman_core.storage.model_file import load_model, save_model
from elman_core.storage.table_file import load_table_file, save_table_file
from elman_core.support.file_lock import FileLock
from elman_core.support.files import NotWrittenError, remove_left_halves, replace_file
from elman_core.support.jobs import Job

if TYPE_CHECKING:
    from elman_core.forecasting.forecaster import Forecaster

__all__ = ["KeptRun", "LeftRun", "LeftRuns", "are_left", "left_runs"]

_MODEL, _TABLE, _ABOUT, _LOCK = "run.safetensors", "table.safetensors", "about.json", "lock"
_DAMAGED = "damaged"
_EMPTY_SECONDS = 3600.0
"""A folder without a run may be one that is being filled; so long it cannot take."""


class KeptRun:
    """The folder that a run is kept in, again and again, by the process that holds it.

    A run whose data come from a file takes its table along, so that it opens even when the file has gone. Runs on
    another table belong into another folder.
    """

    def __init__(self, folder: Path, lock: FileLock) -> None:
        self.folder = folder
        self._lock = lock
        self._table: Table | None = None
        self._about = ""

    @classmethod
    def begun(cls, within: Path) -> Self:
        """Make a folder for a run.

        Raises
        ------
        NotWrittenError
            When there is no place for it.
        """
        folder = within / f"{datetime.now():%Y%m%d-%H%M%S}-{secrets.token_hex(4)}"
        try:
            folder.mkdir(parents=True, mode=0o700)
            lock = FileLock.taken(folder / _LOCK)
        except OSError as error:
            raise NotWrittenError(f"{folder} cannot be made: {error.strerror}", is_full=False) from None
        assert lock is not None, "nobody else knows the name of this folder"
        return cls(folder, lock)

    @property
    def model_path(self) -> Path:
        """The model file."""
        return self.folder / _MODEL

    @property
    def table(self) -> Table | None:
        """The table that the run was trained on; None of a built-in experiment.

        Raises
        ------
        ModelFileError
            When its file is damaged.
        """
        path = self.folder / _TABLE
        return load_table_file(path) if path.exists() else None

    @property
    def saved_as(self) -> Path | None:
        """The file that the run was saved in before, without what it learned since."""
        with contextlib.suppress(OSError, ValueError):
            about = json.loads((self.folder / _ABOUT).read_text(encoding="utf-8"))
            if isinstance(about, dict) and isinstance(about.get("saved_as"), str):
                return Path(about["saved_as"])
        return None

    def write(self, run: Run | Forecaster, table: Table, saved_as: Path | None) -> None:
        """Keep a run in place of the one before, all of it or nothing. The table is written once.

        Raises
        ------
        ModelFileError
            When it cannot be written; what was kept before is still there.
        """
        if table is not self._table and table.source.kind != "built-in":
            save_table_file(self.folder / _TABLE, table)
        self._table = table
        about = json.dumps({"saved_as": None if saved_as is None else str(saved_as)})
        if about != self._about:
            replace_file(self.folder / _ABOUT, about.encode())
            self._about = about
        save_model(self.model_path, run)

    def remove(self) -> None:
        """Remove what is kept: it is saved, or not wanted."""
        # First the run, so that nothing is offered if the rest is in use somewhere.
        with contextlib.suppress(OSError):
            self.model_path.unlink()
        self._lock.release()
        shutil.rmtree(self.folder, ignore_errors=True)

    def leave(self) -> None:
        """Let go of what is kept: it is offered at the next start."""
        self._lock.release()

    def put_aside(self) -> Path:
        """Move what cannot be opened to where it is not offered again, and return the new place."""
        aside = self.folder.parent / _DAMAGED / self.folder.name
        self._lock.release()
        try:
            aside.parent.mkdir(exist_ok=True)
            self.folder.rename(aside)
        except OSError:
            return self.folder
        return aside


@dataclass(frozen=True)
class LeftRun:
    """A run that a process which is gone has left.

    Attributes
    ----------
    name
        The experiment's.
    epochs
        How many were trained.
    moment
        When it was kept last, in local time.
    """

    kept: KeptRun
    name: str
    epochs: int
    moment: datetime


@dataclass(frozen=True)
class LeftRuns:
    """All runs that were left, the newest first, and sentences about those that are damaged."""

    runs: tuple[LeftRun, ...] = ()
    problems: tuple[str, ...] = ()


def are_left(within: Path) -> bool:
    """Whether there is anything to look at; it may belong to a process that still runs."""
    try:
        return any((folder / _MODEL).exists() for folder in within.iterdir())
    except OSError:
        return False


def left_runs(within: Path) -> Job[LeftRuns]:
    """Find what processes that are gone have left, hold it, and put aside what is damaged.

    Whoever asks answers for each run: by `remove`, by `leave`, or by going on with it.
    """
    runs, problems = [], []
    try:
        folders = sorted((folder for folder in within.iterdir() if folder.name != _DAMAGED), reverse=True)
    except OSError:  # there is no such folder: nothing was ever kept
        folders = []
    try:
        for done, folder in enumerate(folders):
            yield done / len(folders)
            kept = _held(folder)
            if kept is None:
                continue
            try:
                saved = load_model(kept.model_path)
            except ModelFileError as error:
                moment = datetime.fromtimestamp(_changed(kept.model_path))
                reason = str(error).removeprefix(f"{kept.model_path}: ")
                problems.append(
                    f"A training that was not saved, of {moment:%Y-%m-%d %H:%M}, cannot be opened: {reason}. It was "
                    f"put aside in {kept.put_aside()}."
                )
                continue
            moment = datetime.fromisoformat(saved.saved_at).astimezone()
            runs.append(LeftRun(kept, saved.name, saved.history.epochs, moment))
    except BaseException:  # also where the job is given up
        for run in runs:
            run.kept.leave()
        raise
    return LeftRuns(tuple(runs), tuple(problems))


def _held(folder: Path) -> KeptRun | None:
    """Take a folder with a run that nobody holds; one without a run goes, once nobody can be filling it."""
    try:
        if not folder.is_dir() or folder.is_symlink():
            return None
        lock = FileLock.taken(folder / _LOCK)
    except OSError:
        return None
    if lock is None:
        return None
    kept = KeptRun(folder, lock)
    if kept.model_path.exists():
        remove_left_halves(folder)
        return kept
    if time.time() - _changed(folder) > _EMPTY_SECONDS:
        kept.remove()
    else:
        kept.leave()
    return None


def _changed(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return time.time()
