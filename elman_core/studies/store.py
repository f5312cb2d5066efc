"""StudyStore: the folder that a study is kept in as it goes.

study.json says what is varied and what the data are; trials.jsonl has a line for each run that is finished; models/ has
the model files of some. A run is finished once its line is written, so that whatever ends the program loses no more
than the runs that were under way.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import time
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

import numpy as np

from elman_core.config import Config
from elman_core.config.study import StudyConfig
from elman_core.data.table import Source, Table
from elman_core.errors import ConfigError, DataError, ModelFileError, StudyError
from elman_core.storage.metadata import versions_now
from elman_core.storage.table_file import load_table_file, save_table_file
from elman_core.studies.known_cells import KnownCells
from elman_core.studies.results import StudyResults
from elman_core.studies.study import Study, StudyBase, fingerprint
from elman_core.studies.trial import Trial
from elman_core.studies.trial_lines import line_of, settings_text, trial_from
from elman_core.support.file_lock import FileLock
from elman_core.support.files import NotWrittenError, is_temporary, reason_of, remove_left_halves, replace_file
from elman_core.support.text_format import counted, one_short_line

__all__ = ["STUDY_FILE", "STUDY_FORMAT", "StudyStore", "check_study_place", "is_study"]

STUDY_FORMAT = 1
STUDY_FILE, _TRIALS, _MODELS, _TABLE, _LOCK = "study.json", "trials.jsonl", "models", "table.safetensors", "lock"
_OWN = {_LOCK, _TABLE, _MODELS}
"""What a study that was given up before it had begun may have left."""
_OPEN_FLAGS = getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)  # the first is Windows', the second Unix's
_SYNC_SECONDS = 1.0
_MOST_ABOUT_BYTES = 64 * 2**20
_ADDED_AT_ONCE = 4_096


class DataIdentity(Config):
    """What the data of a study are."""

    source: Source
    columns: tuple[str, ...]
    rows: int
    fingerprint: str

    @classmethod
    def of(cls, table: Table) -> Self:
        """Return that of a table."""
        columns = () if table.symbols is not None else table.columns
        return cls(source=table.source, columns=columns, rows=table.rows, fingerprint=fingerprint(table))


class _About(Config):
    """What study.json says."""

    format: int
    base: StudyBase
    study: StudyConfig
    data: DataIdentity
    versions: dict[str, str]
    begun: str


def is_study(path: Path) -> bool:
    """Whether a path is the folder of a study."""
    try:
        return (path / STUDY_FILE).is_file()
    except (OSError, ValueError):
        return False


def check_study_place(folder: Path) -> None:
    """Find out before any work, and without a change, that no study can be begun in a folder.

    Raises
    ------
    StudyError
        When there is something else in it, or it can be neither made nor written.
    """
    if is_study(folder):
        raise StudyError(f"{folder} already holds a study: --resume continues it, or choose another folder")
    try:
        nearest = next(path for path in (folder.absolute(), *folder.absolute().parents) if path.exists())
        names = sorted(path.name for path in folder.iterdir()) if folder.exists() else []
    except (OSError, ValueError) as error:
        raise _not_made(folder, error) from None
    others = [name for name in names if name not in _OWN and not is_temporary(name)]
    if others:
        raise StudyError(f"{folder} has other files in it, such as {others[0]}: a study needs a folder of its own")
    if not nearest.is_dir():
        raise _not_made(folder, NotADirectoryError(errno.ENOTDIR, ""))
    if not os.access(nearest, os.W_OK | os.X_OK):
        raise _not_made(folder, PermissionError(errno.EACCES, ""))


def _not_made(folder: Path, error: Exception) -> StudyError:
    return StudyError(f"{folder} cannot be made: {reason_of(error, folder)}")


class StudyStore:
    """A folder of a study, held by this program as long as it is open to write.

    Attributes
    ----------
    folder
        Where it is.
    study
        What is varied.
    results
        All runs that are finished.
    """

    def __init__(self, folder: Path, study: Study, results: StudyResults, lock: FileLock | None) -> None:
        self.folder, self.study, self.results = folder, study, results
        self._lock = lock
        self._file: int | None = None
        self._synced = time.monotonic()
        self._is_synced = True
        self._texts: tuple[int, str] = (-1, "")

    # -- beginning and opening ------------------------------------------------------------------

    @classmethod
    def created(cls, folder: Path, study: Study) -> Self:
        """Make the folder of a study that begins.

        Raises
        ------
        StudyError
            When there is something else in it, another program writes it, or it cannot be made.
        ConfigError, DataError
            When the data of the study cannot be had.
        """
        check_study_place(folder)
        table = study.table
        about = _About(
            format=STUDY_FORMAT,
            base=study.base,
            study=study.config,
            data=DataIdentity.of(table),
            versions=versions_now(),
            begun=datetime.now(UTC).isoformat(timespec="seconds"),
        )
        try:
            folder.mkdir(parents=True, exist_ok=True)
            remove_left_halves(folder)
        except OSError as error:
            raise _not_made(folder, error) from None
        lock = _locked(folder)
        try:
            if table.source.kind == "pasted":
                save_table_file(folder / _TABLE, table)
            text = json.dumps(about.model_dump(mode="json"), indent=1)
            replace_file(folder / STUDY_FILE, text.encode())
            store = cls(folder, study, StudyResults(), lock)
            store._open_trials(0)
        except NotWrittenError as error:
            lock.release()
            raise StudyError(str(error)) from None
        return store

    @classmethod
    def opened(cls, folder: Path, *, to_write: bool = False) -> Self:
        """Open the folder of a study with all its runs; to write, it is held until `close`.

        A last line that was torn, since the program was ended while it wrote, is dropped: its run is done again.

        Raises
        ------
        StudyError
            When it is none, of another version, or not sound: a sentence says what and where. Nothing is changed then.
        """
        if not is_study(folder):
            raise StudyError(f"{folder} is not the folder of a study: it has no {STUDY_FILE}")
        lock = _locked(folder) if to_write else None
        try:
            study = _read_study(folder)
            results, length = _read_trials(folder / _TRIALS, study)
            store = cls(folder, study, results, lock)
            if to_write:
                remove_left_halves(folder)
                store._open_trials(length)
        except BaseException:
            if lock is not None:
                lock.release()
            raise
        return store

    def _open_trials(self, length: int) -> None:
        path = self.folder / _TRIALS
        try:
            self._file = os.open(path, os.O_RDWR | os.O_CREAT | _OPEN_FLAGS, 0o666)
            os.ftruncate(self._file, length)
            os.lseek(self._file, 0, os.SEEK_END)
            os.fsync(self._file)
        except OSError as error:
            self.close()
            raise StudyError(f"{path} cannot be written: {reason_of(error, path)}") from None

    def check_data(self) -> None:
        """Hold the data against those that the study began with.

        Raises
        ------
        StudyError
            When they are others by now.
        ConfigError, DataError
            When they cannot be had.
        """
        known = _about(self.folder).data
        try:
            table = self.study.table
        except (ConfigError, DataError) as error:
            raise StudyError(f"the data of the study in {self.folder} cannot be read: {error}") from None
        if fingerprint(table) != known.fingerprint:
            rows = "" if table.rows == known.rows else f" ({counted(table.rows, 'row')} now, {known.rows:,} then)"
            raise StudyError(
                f"{known.source.path or known.source.name} is not what the study in {self.folder} began with{rows}: "
                "runs on other data belong to another study"
            )

    def extend(self, config: StudyConfig) -> None:
        """Go on with more seeds or trials, another metric, threshold or choice of what is kept.

        Raises
        ------
        StudyError
            When other runs would be meant by the same places, or study.json cannot be written.
        """
        own = self.study.config
        if config == own:
            return
        for name in ("axes", "search"):
            if getattr(config, name) != getattr(own, name):
                raise StudyError(
                    f"the study in {self.folder} has other {name}: leave them out to continue it, or choose another "
                    "folder"
                )
        for name in ("seeds", "trials"):
            if getattr(config, name) < getattr(own, name):
                raise StudyError(f"the study in {self.folder} has {getattr(own, name):,} {name}, which can only grow")
        about = _about(self.folder).replace(study=config)
        replace_file(self.folder / STUDY_FILE, json.dumps(about.model_dump(mode="json"), indent=1).encode())
        self.study.config = config
        results, _ = _read_trials(self.folder / _TRIALS, self.study)
        self.results = results

    # -- writing --------------------------------------------------------------------------------

    def append(self, trials: Iterable[Trial]) -> None:
        """Write runs that have ended, a line each. They are finished when this returns.

        Raises
        ------
        StudyError
            When there is no room for them, or the like. What was written before stays.
        """
        data = "".join([line_of(trial, self._settings_text(trial)) for trial in trials]).encode()
        assert self._file is not None, "the study is open to write"
        start = os.lseek(self._file, 0, os.SEEK_CUR)
        written = 0
        try:
            while written < len(data):
                written += os.write(self._file, memoryview(data)[written:])
                self._is_synced = False
            self.sync()
        except OSError as error:
            whole = data.rfind(b"\n", 0, written) + 1
            with contextlib.suppress(OSError):
                os.ftruncate(self._file, start + whole)
                os.lseek(self._file, start + whole, os.SEEK_SET)
            raise self._cannot_continue(error) from None

    def sync(self, *, now: bool = False) -> None:
        """Bring what was written to the disk, if that was not done for a second."""
        if self._is_synced or self._file is None or not (now or time.monotonic() - self._synced >= _SYNC_SECONDS):
            return
        try:
            os.fsync(self._file)
        except OSError as error:
            if error.errno not in (errno.EINVAL, errno.ENOTSUP):  # some network disks sync nothing
                raise self._cannot_continue(error) from None
        self._synced, self._is_synced = time.monotonic(), True

    def _cannot_continue(self, error: OSError) -> StudyError:
        path = self.folder / _TRIALS
        return StudyError(
            f"the study cannot continue, since {path} cannot be written: {reason_of(error, path)}. The runs that are "
            "finished are kept, and --resume continues with the others"
        )

    def _settings_text(self, trial: Trial) -> str:
        if self._texts[0] != trial.cell:
            self._texts = trial.cell, settings_text(trial.settings)
        return self._texts[1]

    @property
    def models(self) -> Path:
        """The folder of model files; `make_models` makes it."""
        return self.folder / _MODELS

    def make_models(self) -> Path:
        """Make the folder of model files.

        Raises
        ------
        StudyError
            When it cannot be made.
        """
        try:
            self.models.mkdir(exist_ok=True)
        except OSError as error:
            raise StudyError(f"{self.models} cannot be made: {reason_of(error, self.models)}") from None
        return self.models

    def close(self) -> None:
        """Bring everything to the disk, and let go of the folder."""
        try:
            self.sync(now=True)
        finally:
            if self._file is not None:
                os.close(self._file)
                self._file = None
            if self._lock is not None:
                self._lock.release()
                self._lock = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _locked(folder: Path) -> FileLock:
    try:
        lock = FileLock.taken(folder / _LOCK)
    except OSError as error:
        raise StudyError(f"{folder} cannot be written: {reason_of(error, folder)}") from None
    if lock is None:
        raise StudyError(f"another program is at work on the study in {folder}: wait until it has ended, or stop it")
    return lock


# -- reading ----------------------------------------------------------------------------------------


def _about(folder: Path) -> _About:
    path = folder / STUDY_FILE
    try:
        if path.stat().st_size > _MOST_ABOUT_BYTES:
            raise StudyError(f"{path} is too large to be that of a study")
        raw = json.loads(path.read_bytes())
    except OSError as error:
        raise StudyError(f"{path} cannot be read: {reason_of(error, path)}") from None
    except (ValueError, RecursionError) as error:
        if isinstance(error, StudyError):
            raise
        raise StudyError(f"{path} is no JSON any more: undo what was changed in it") from None
    version = raw.get("format") if isinstance(raw, dict) else None
    if type(version) is not int:
        raise StudyError(f"{path} does not say its format: it is not that of a study")
    if version != STUDY_FORMAT:
        raise StudyError(
            f"{path} is of format {version}, and this program knows format {STUDY_FORMAT}: "
            + ("a newer program wrote it" if version > STUDY_FORMAT else "it cannot be read any more")
        )
    try:
        return _About(**raw)
    except ConfigError as error:
        raise StudyError(one_short_line(f"{path} is not sound: {error}")) from None


def _read_study(folder: Path) -> Study:
    about = _about(folder)
    try:
        return Study(about.base, about.study, _kept_table(folder))
    except ConfigError as error:
        raise StudyError(one_short_line(f"{folder / STUDY_FILE} is not sound: {error}")) from None


def _kept_table(folder: Path) -> Table | None:
    path = folder / _TABLE
    if not path.exists():
        return None
    try:
        return load_table_file(path)
    except ModelFileError as error:
        raise StudyError(str(error)) from None


def _read_trials(path: Path, study: Study) -> tuple[StudyResults, int]:
    """Return all runs, and the length of the file without a torn last line."""
    results, length, number = StudyResults(), 0, 0
    first_seed, config = study.first_seed, study.config
    known = KnownCells(study)
    some: list[Trial] = []
    try:
        with path.open("rb") as file:
            for number, line in enumerate(file, start=1):  # it is told of
                if not line.endswith(b"\n"):
                    break
                try:
                    some.append(known.checked(trial_from(line, config.seeds, first_seed)))
                except ValueError as error:
                    raise StudyError(_broken(path, number, str(error))) from None
                length += len(line)
                if len(some) >= _ADDED_AT_ONCE:
                    results.add(some)
                    some = []
    except FileNotFoundError:
        return results, 0
    except OSError as error:
        raise StudyError(f"{path} cannot be read: {reason_of(error, path)}") from None
    results.add(some)
    _refuse_repeated(path, results)
    return results, length


def _refuse_repeated(path: Path, results: StudyResults) -> None:
    numbers = results.column("number")
    if len(np.unique(numbers)) == len(numbers):
        return
    order = np.argsort(numbers, kind="stable")
    again = np.flatnonzero(np.diff(numbers[order]) == 0)
    first, second = int(order[again[0]]) + 1, int(order[again[0] + 1]) + 1
    raise StudyError(_broken(path, second, f"has the run of line {first:,} once more"))


def _broken(path: Path, number: int, what: str) -> str:
    return f"{path}, line {number:,}, {what}: mend that line or remove it, and its run is done again"
