"""Training in the terminal that is asked to end, or that finds the disk full: what was learned is not lost."""

from __future__ import annotations

import contextlib
import errno
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pytest
from commands import Elman, Ended

from elman_core.experiment import Run
from elman_core.experiments import BUILT_IN
from elman_core.experiments.factory import experiment_from_model
from elman_core.storage.model_file import load_model
from elman_core.support import files
from elman_core.training.trainer import Trainer

on_unix = pytest.mark.skipif(sys.platform == "win32", reason="Windows sends no signals to one process")

PROGRAM = "import sys; from elman_core.cli import main; sys.exit(main())"
SAVES_SLOWLY = """
import sys
from elman_core.cli import main, saving
save = saving.save_model
def save_slowly(*arguments):
    print("saving", file=sys.stderr, flush=True)
    sys.stdin.readline()
    save(*arguments)
saving.save_model = save_slowly
sys.exit(main())
"""
"""Saves once a line comes."""
WITHOUT_ROOM = """
import resource, signal, sys
from elman_core.cli import main
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
def limit(*_):
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
from elman_core.cli import saving
report = saving.save_model
def save(*arguments):
    limit()
    report(*arguments)
saving.save_model = save
sys.exit(main())
"""
"""May write files of a thousand bytes, as soon as it saves."""


@contextmanager
def training(
    path: Path, *options: str, program: str = PROGRAM, epochs: int = 9_000_000
) -> Iterator[subprocess.Popen[str]]:
    """Begin a training that saves, and wait until it trains."""
    words = ["train", "sine", "--epochs", str(epochs), "--save", str(path), *options]
    with subprocess.Popen(
        [sys.executable, "-c", program, *words],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            wait_for(process, "training sine")
            yield process
        finally:
            process.kill()


def wait_for(process: subprocess.Popen[str], beginning: str) -> None:
    assert process.stderr is not None
    while not (line := process.stderr.readline()).startswith(beginning):
        assert line, "it ended before"


# -- signals ------------------------------------------------------------------------------------------


@on_unix
@pytest.mark.parametrize(
    ("as_json", "name", "code"),
    [(True, "SIGINT", 130), (False, "SIGINT", 130), (True, "SIGTERM", 143), (False, "SIGHUP", 129)],
)
def test_an_interrupted_training_saves_what_it_has_done(tmp_path: Path, as_json: bool, name: str, code: int) -> None:
    path = tmp_path / "m.safetensors"
    with training(path, *(["--json"] if as_json else [])) as process:
        process.send_signal(getattr(signal, name))
        output, messages = process.communicate(timeout=600)
    assert process.returncode == code
    told, saved = messages.splitlines()
    assert told.startswith("interrupted after ") and saved == f"saved to {path}"
    epochs = load_model(path).history.epochs
    if as_json:
        result = Ended(code, output, messages).result
        assert result["finished"] == "stopped" and result["epochs"] == len(result["losses"]) == epochs < 9_000_000


@on_unix
def test_what_an_interrupted_training_saved_goes_on_as_if_it_had_not_been_interrupted(
    tmp_path: Path, sine: Callable[..., Run]
) -> None:
    path = tmp_path / "m.safetensors"
    with training(path) as process:
        process.terminate()
        process.communicate(timeout=600)
    left = experiment_from_model(load_model(path), BUILT_IN["sine"].table())
    last = left.history.epochs + 3
    goes_on, never_left = Trainer(left, engine="compiled"), Trainer(sine(epochs=last), engine="compiled")
    for trainer in (goes_on, never_left):
        list(trainer.updates(last_epoch=last))
    np.testing.assert_array_equal(goes_on.weights().w1, never_left.weights().w1)


@on_unix
def test_a_signal_while_the_network_is_saved_waits_until_it_is(tmp_path: Path) -> None:
    path = tmp_path / "m.safetensors"
    with training(path, program=SAVES_SLOWLY, epochs=3) as process:
        wait_for(process, "saving")
        process.terminate()
        _, messages = process.communicate("go on\n", timeout=600)
    assert process.returncode == 143 and f"saved to {path}" in messages
    assert load_model(path).history.epochs == 3


@on_unix
def test_two_signals_that_come_together_are_one(tmp_path: Path) -> None:
    path = tmp_path / "m.safetensors"  # as `timeout` sends them, and a terminal that is closed
    with training(path, program=SAVES_SLOWLY) as process:
        process.terminate()
        process.send_signal(signal.SIGHUP)
        wait_for(process, "saving")
        _, messages = process.communicate("go on\n", timeout=600)
    assert process.returncode in (143, 129) and f"saved to {path}" in messages
    assert load_model(path).history.epochs > 0


@on_unix
def test_a_second_signal_ends_at_once(tmp_path: Path) -> None:
    path = tmp_path / "m.safetensors"
    with training(path, program=SAVES_SLOWLY) as process:
        process.terminate()
        wait_for(process, "saving")
        while process.poll() is None:  # until it is no longer one that came together with the first
            process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(0.2)
    assert process.returncode == -signal.SIGTERM
    assert list(tmp_path.iterdir()) == []


@on_unix
def test_a_training_that_is_to_outlast_its_terminal_does(tmp_path: Path) -> None:
    path = tmp_path / "m.safetensors"
    with training(path, program=f"import signal; signal.signal(signal.SIGHUP, signal.SIG_IGN); {PROGRAM}") as process:
        process.send_signal(signal.SIGHUP)
        process.terminate()
        _, messages = process.communicate(timeout=600)
    assert process.returncode == 143 and f"saved to {path}" in messages


# -- a disk that is full ------------------------------------------------------------------------------


@pytest.fixture
def full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder on a disk that is full."""
    folder = tmp_path / "full"
    folder.mkdir()
    write = files._beside

    def refuse(target: Path, mode: int | None) -> AbstractContextManager[BinaryIO]:
        if target.parent == folder:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return write(target, mode)

    monkeypatch.setattr(files, "_beside", refuse)
    return folder


def test_where_the_disk_is_full_the_scores_are_written_and_the_network_is_kept_at_home(
    elman: Elman, full: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setattr(Path, "home", lambda: home)
    (home / "m.safetensors").write_text("somebody's own")
    wanted, kept = full / "m.safetensors", home / "m-2.safetensors"
    ended = elman("train", "sine", "--epochs", 3, "--save", wanted, "--json")
    assert ended.code == 2
    assert ended.messages.splitlines()[-1] == (
        f"{wanted} cannot be saved: the disk is full; the network is kept in {kept} instead"
    )
    assert ended.result["metrics"]["train"]["rmse"] > 0
    assert load_model(kept).history.epochs == 3
    assert (home / "m.safetensors").read_text() == "somebody's own"


@pytest.mark.parametrize("place", ["temporary", "own"])
def test_where_home_takes_no_files_the_next_place_does(
    elman: Elman, full: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    folders = {name: tmp_path / name for name in ("temporary", "own")}
    folders["temporary"].mkdir()
    monkeypatch.setattr(Path, "home", lambda: full)
    monkeypatch.setattr("tempfile.gettempdir", lambda: str(folders["temporary"] if place == "temporary" else full))
    monkeypatch.setattr("elman_core.storage.elsewhere.data_folder", lambda: folders["own"])
    ended = elman("train", "sine", "--epochs", 3, "--save", full / "m.safetensors")
    kept = (
        folders["temporary"] / "m.safetensors" if place == "temporary" else folders["own"] / "saved" / "m.safetensors"
    )
    assert ended.code == 2 and f"is kept in {kept} instead" in ended.messages
    assert "RMSE" in ended.output
    assert load_model(kept).history.epochs == 3


@on_unix
def test_where_no_place_takes_the_network_the_scores_are_written_still(tmp_path: Path) -> None:
    path = tmp_path / "m.safetensors"
    with training(path, program=WITHOUT_ROOM, epochs=300) as process:
        output, messages = process.communicate(timeout=600)
    assert process.returncode == 2
    (told,) = messages.splitlines()
    assert told == f"{path} cannot be saved: the file is larger than files may be there; nor can it be kept elsewhere"
    assert "RMSE" in output
    assert list(tmp_path.iterdir()) == []  # not even half of it
