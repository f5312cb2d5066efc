"""Training that is kept for a bad end: who holds it, what comes back, what is put aside, and what goes by itself."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import safetensors
import safetensors.numpy

from elman_core.config import DataConfig, SymbolConfig
from elman_core.data.csv.detect import detect_format
from elman_core.data.csv.read import read_table
from elman_core.data.table import Table
from elman_core.data.text.tables import tokenized_text
from elman_core.errors import ModelFileError
from elman_core.experiment import Run
from elman_core.experiments import BUILT_IN
from elman_core.experiments.factory import begin_series
from elman_core.storage.kept_run import KeptRun, LeftRuns, are_left, left_runs
from elman_core.storage.model_file import save_model
from elman_core.storage.table_file import load_table_file, save_table_file
from elman_core.storage.tensor_bytes import tensor_bytes
from elman_core.support.file_lock import FileLock
from elman_core.support.files import replace_file
from elman_core.support.folders import data_folder
from elman_core.support.jobs import complete
from elman_core.training.trainer import Trainer

HOLDS = """
import sys, time
from pathlib import Path
from elman_core.storage.tensor_bytes import tensor_bytes
from elman_core.support.file_lock import FileLock
from elman_core.support.files import replace_file
lock = FileLock.taken(Path(sys.argv[1]))
print(lock is not None, flush=True)
time.sleep(600)
"""


@pytest.fixture
def trained(sine: Callable[..., Run]) -> Run:
    """A sine of three epochs."""
    return learned(sine(epochs=3))


@pytest.fixture
def table(tmp_path: Path) -> Table:
    """Two shops with a gap, over days."""
    path = tmp_path / "shops.csv"
    days = np.datetime64("2021-01-01") + np.arange(40)
    rows = [
        f"{day},{shop},{'' if shop == 'north' and k == 5 else f'{np.sin(k / 3):.4f}'},{k % 7}"
        for shop in ("north", "süd")
        for k, day in enumerate(days)
    ]
    path.write_text("day,shop,sold,weekday\n" + "\n".join(rows) + "\n", encoding="utf-8")
    return complete(read_table(path, detect_format(path, "shop")))


def learned(run: Run) -> Run:
    trainer = Trainer(run, device="cpu", engine="tensors")
    run.history.extend(trainer.updates(last_epoch=3))
    return replace(run, weights=trainer.weights())


def keep(within: Path, run: Run, table: Table | None = None, saved_as: Path | None = None) -> KeptRun:
    kept = KeptRun.begun(within)
    kept.write(run, BUILT_IN["sine"].table() if table is None else table, saved_as)
    return kept


def found(within: Path) -> LeftRuns:
    return complete(left_runs(within))


# -- who holds it -------------------------------------------------------------------------------------


def test_what_a_process_holds_is_not_offered_and_what_it_leaves_is(trained: Run, tmp_path: Path) -> None:
    kept = keep(tmp_path, trained, saved_as=tmp_path / "s.safetensors")
    assert are_left(tmp_path) and found(tmp_path) == LeftRuns()
    kept.leave()
    (left,) = found(tmp_path).runs
    assert (left.name, left.epochs, left.kept.saved_as) == ("sine", 3, tmp_path / "s.safetensors")
    assert abs(time.time() - left.moment.timestamp()) < 3600  # local time, whatever the zone
    assert found(tmp_path) == LeftRuns()  # who has found it holds it


def test_all_that_were_left_are_found_the_newest_first(trained: Run, tmp_path: Path) -> None:
    for name in ("first", "second", "third"):
        folder = tmp_path / f"2026010{len(name)}-{name}"
        kept = keep(tmp_path, replace(trained, name=name))
        kept.leave()
        kept.folder.rename(folder)
    names = sorted(path.name for path in tmp_path.iterdir())
    assert [left.kept.folder.name for left in found(tmp_path).runs] == names[::-1]


def test_what_is_removed_is_gone(trained: Run, tmp_path: Path) -> None:
    keep(tmp_path, trained).remove()
    assert list(tmp_path.iterdir()) == [] and not are_left(tmp_path)


def test_a_search_that_is_given_up_holds_nothing(trained: Run, tmp_path: Path) -> None:
    for _ in range(2):
        keep(tmp_path, trained).leave()
    search = left_runs(tmp_path)
    next(search), next(search)
    search.close()
    assert len(found(tmp_path).runs) == 2


def test_a_lock_is_held_until_its_process_dies_of_whatever(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with subprocess.Popen([sys.executable, "-c", HOLDS, str(path)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None and process.stdout.readline() == "True\n"
        assert FileLock.taken(path) is None
        process.kill()
    with FileLock.taken(path) as lock:
        assert lock is not None and path.read_text() == f"{os.getpid()}\n"
        assert FileLock.taken(path) is None
    assert FileLock.taken(path) is not None


def test_a_folder_that_is_being_filled_stays_and_one_that_was_never_filled_goes(tmp_path: Path) -> None:
    KeptRun.begun(tmp_path).leave()
    (folder,) = tmp_path.iterdir()
    assert found(tmp_path) == LeftRuns() and folder.exists()
    os.utime(folder, (0, 0))
    assert found(tmp_path) == LeftRuns() and not folder.exists()


def test_where_nothing_was_ever_kept_nothing_is_found(tmp_path: Path) -> None:
    assert found(tmp_path / "nowhere") == LeftRuns() and not are_left(tmp_path / "nowhere")


def test_a_folder_that_cannot_be_made_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ModelFileError, match="cannot be made: Not a directory"):
        KeptRun.begun(tmp_path / "file" / "kept")


def test_the_programs_own_folder_is_the_one_that_qt_names() -> None:
    program = (
        "from PySide6.QtCore import QCoreApplication, QStandardPaths as P; a = QCoreApplication([]); "
        "a.setApplicationName('Elman'); a.setOrganizationName('Elman'); "
        "print(P.writableLocation(P.StandardLocation.AppLocalDataLocation))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert Path(done.stdout.strip()) == data_folder()


# -- what is damaged ----------------------------------------------------------------------------------


@pytest.mark.parametrize("damage", [lambda data: data[:-10], lambda data: b"", lambda data: b"x" * len(data)])
def test_what_is_damaged_is_said_and_put_aside_once(
    trained: Run, tmp_path: Path, damage: Callable[[bytes], bytes]
) -> None:
    kept = keep(tmp_path, trained)
    kept.leave()
    keep(tmp_path, trained).leave()
    kept.model_path.write_bytes(damage(kept.model_path.read_bytes()))
    looked = found(tmp_path)
    assert len(looked.runs) == 1
    (problem,) = looked.problems
    aside = tmp_path / "damaged" / kept.folder.name
    assert problem.endswith(f"put aside in {aside}.") and "\n" not in problem
    assert (aside / "run.safetensors").exists() and not kept.folder.exists()
    assert found(tmp_path).problems == ()


# -- the data travel with it --------------------------------------------------------------------------


def assert_same(table: Table, other: Table) -> None:
    np.testing.assert_array_equal(table.values[:], other.values[:])
    np.testing.assert_array_equal(table.axis.positions, other.axis.positions)
    np.testing.assert_array_equal(table.panel.starts, other.panel.starts)
    np.testing.assert_array_equal(table.panel.phases, other.panel.phases)
    for name in ("name", "columns", "source", "notes", "facts", "kind", "rows"):
        assert getattr(table, name) == getattr(other, name)
    assert (table.axis.label, table.axis.kind) == (other.axis.label, other.axis.kind)
    assert table.panel.names == other.panel.names


def test_what_a_save_that_was_killed_left_with_it_goes_at_the_next_start(trained: Run, tmp_path: Path) -> None:
    kept = keep(tmp_path, trained)
    kept.leave()
    half = kept.folder / f".elman-{'a' * 16}.tmp"
    half.write_bytes(b"half")
    os.utime(half, (0, 0))
    (left,) = found(tmp_path).runs
    assert left.kept.folder == kept.folder and not half.exists()


def test_a_table_comes_back_whole(table: Table, tmp_path: Path) -> None:
    path = tmp_path / "table.safetensors"
    save_table_file(path, table)
    assert table.panel.names == ("north", "süd") and np.isnan(table.values[:]).any()
    assert_same(load_table_file(path), table)


@pytest.mark.parametrize("sequences", ["one", "lines"])
def test_a_text_comes_back_whole(tmp_path: Path, sequences: str) -> None:
    config = SymbolConfig(unit="words", sequences=sequences)
    text = complete(tokenized_text("the cat sees the dog\nthe dog sees a cat\na dog sleeps\n", config)).table(None)
    path = tmp_path / "table.safetensors"
    save_table_file(path, text)
    back = load_table_file(path)
    assert_same(back, text)
    assert back.symbols is not None and text.symbols is not None
    assert back.symbols.vocabulary.names == text.symbols.vocabulary.names
    assert back.symbols.config == text.symbols.config and back.symbols.end == text.symbols.end


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: data[:-3],
        lambda data: data.replace(b'"positions"', b'"positionz"'),
        lambda data: data.replace(b"elman.table", b"elman.other"),
        lambda data: data.replace(b'\\"day\\"', b'\\"dai\\", \\"a\\"')[: len(data)],
        lambda data: b"",
    ],
)
def test_a_table_that_is_damaged_is_one_sentence(
    table: Table, tmp_path: Path, damage: Callable[[bytes], bytes]
) -> None:
    path = tmp_path / "table.safetensors"
    save_table_file(path, table)
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(ModelFileError) as caught:
        load_table_file(path)
    assert str(caught.value) == f"{path} is damaged: it is not a table that this program wrote"


def test_the_table_is_written_once_and_the_run_each_time(table: Table, tmp_path: Path) -> None:
    run = learned(begin_series("shops", table, DataConfig(columns=("sold",), fill_gaps=True))[0])
    kept = keep(tmp_path / "kept", run, table)
    before = {path.name: path.stat().st_ino for path in kept.folder.iterdir()}
    kept.write(run, table, None)
    after = {path.name: path.stat().st_ino for path in kept.folder.iterdir()}
    assert set(after) == {"lock", "about.json", "run.safetensors", "table.safetensors"}
    assert {name for name in after if after[name] != before[name]} == {"run.safetensors"}


def test_the_bytes_of_a_file_are_those_that_the_library_reads(tmp_path: Path) -> None:
    arrays = {
        "bytes": np.frombuffer(b"abc", np.uint8),
        "columns": np.arange(6.0).reshape(2, 3).T,
        "single": np.ones((2, 1, 2), np.float32),
        "none": np.empty((0, 3)),
        "count": np.array([7]),
        "number": np.array(1.5),
    }
    path = tmp_path / "file.safetensors"
    replace_file(path, *tensor_bytes(arrays, {"what": "Füße"}))
    with safetensors.safe_open(path, framework="np") as file:
        assert file.metadata() == {"what": "Füße"}
    back = safetensors.numpy.load(path.read_bytes())
    assert back.keys() == arrays.keys()
    for name, array in arrays.items():
        np.testing.assert_array_equal(back[name], array)
        assert (back[name].dtype, back[name].shape) == (array.dtype, array.shape)


# -- halves of saves that were killed -----------------------------------------------------------------


def test_the_next_save_removes_what_a_killed_one_left_and_nothing_else(trained: Run, tmp_path: Path) -> None:
    killed, written, new = (tmp_path / f".elman-{digit * 16}.tmp" for digit in "abc")
    others = [tmp_path / name for name in (".elman-notes.tmp", "elman-aaaaaaaaaaaaaaaa.tmp", f".elman-{'g' * 16}.tmp")]
    for path in (killed, written, new, *others):
        path.write_bytes(b"half")
        os.utime(path, (time.time() - 60, time.time() - 60))
    os.utime(new)
    with FileLock.taken(written):
        os.utime(written, (time.time() - 60, time.time() - 60))
        save_model(tmp_path / "m.safetensors", trained)
    assert sorted(tmp_path.iterdir()) == sorted([written, new, *others, tmp_path / "m.safetensors"])
