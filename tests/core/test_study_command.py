"""`elman study`: what it takes, what it reports, how it goes on, and what it says when it cannot."""

from __future__ import annotations

import errno
import json
import math
import os
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from commands import Elman

from elman_core.studies import store
from elman_core.studies.store import StudyStore

QUICK = ["--epochs", "3"]
WAVES = "t,a\n" + "".join(f"{t},{math.sin(t / 3):.6f}\n" for t in range(60))


def trials_of(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "trials.jsonl").read_text().splitlines()]


def test_groups_are_summed_up_over_seeds_by_the_loss_that_train_tells(elman: Elman) -> None:
    found = elman("study", "sine", "--seeds", "3", "--grid", "hidden=2,4", *QUICK, "--threshold", "1", "--json").result
    assert (found["runs"], found["failed"], found["out"]) == (6, 0, None)
    assert [group["settings"] for group in found["groups"]] == [{"hidden": 2}, {"hidden": 4}]
    for group in found["groups"]:
        hidden = str(group["settings"]["hidden"])
        told = [
            elman("train", "sine", "--hidden", hidden, "--seed", str(seed), *QUICK, "--json").result["losses"][-1]
            for seed in (1, 2, 3)
        ]
        assert group["median"] == np.median(told) and group["runs"] == 3
        assert group["low"] <= group["iqm"] <= group["high"]
        assert group["success"] == np.mean(np.array(told) <= 1)
    assert found["seconds"] > 0


def test_the_metric_test_is_the_rmse_that_train_tells(elman: Elman) -> None:
    options = ["--hidden", "3", *QUICK]
    found = elman("study", "sunspots", "--seeds", "1", *options, "--metric", "test", "--json").result
    told = elman("train", "sunspots", *options, "--json").result["metrics"]["test"]["rmse"]
    assert found["groups"][0]["median"] == pytest.approx(told, rel=1e-12)
    assert found["groups"][0]["settings"] == {}


def test_a_table_is_learned_by_elman_networks(elman: Elman, tmp_path: Path) -> None:
    (tmp_path / "waves.csv").write_text(WAVES)
    found = elman("study", str(tmp_path / "waves.csv"), "--seeds", "2", "--grid", "lags=1,2", *QUICK, "--json")
    assert found.code == 0 and [group["settings"] for group in found.result["groups"]] == [{"lags": 1}, {"lags": 2}]
    assert "waves.csv" in found.messages  # what was read of it


def test_a_finished_study_that_is_resumed_gives_the_same_object(elman: Elman, tmp_path: Path) -> None:
    out = str(tmp_path / "s")
    begin = ["study", "sine", "--seeds", "3", "--grid", "hidden=2,4", "--grid", "learning_rate=0.1,90", *QUICK]
    first = elman(*begin, "--out", out, "--json").result
    assert first["out"] == out and first["runs"] == 12 and first["failed"] == first["diverged"] > 0
    lines = (tmp_path / "s" / "trials.jsonl").read_bytes()
    for again in (["study", out, "--resume"], [*begin, "--out", out, "--resume"], ["study", out]):
        assert elman(*again, "--json").result == first
    assert (tmp_path / "s" / "trials.jsonl").read_bytes() == lines


def test_a_study_goes_on_where_it_was_left_and_with_more_seeds(elman: Elman, tmp_path: Path) -> None:
    out = tmp_path / "s"
    begin = ["study", "sine", "--seeds", "3", "--grid", "hidden=2,4", *QUICK, "--out", str(out)]
    whole = elman(*begin, "--json").result
    path = out / "trials.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:2]) + lines[2][:30])
    looked = elman("study", str(out), "--json")
    assert looked.result["runs"] == 2 and "4 runs of 6 not finished; --resume continues" in looked.messages
    again = elman("study", str(out), "--resume", "--json").result
    assert again["groups"] == whole["groups"] and len(trials_of(out)) == 6
    more = elman(*begin[:2], "--seeds", "5", *begin[4:], "--resume", "--json").result
    assert more["runs"] == 10 and [group["runs"] for group in more["groups"]] == [5, 5]
    fewer = elman("study", str(out), "--seeds", "2", "--resume")
    assert fewer.code == 2 and "has 5 seeds, which can only grow" in fewer.messages


def test_the_best_network_of_the_chosen_settings_is_in_the_folder(elman: Elman, tmp_path: Path) -> None:
    elman("study", "sunspots", "--seeds", "3", "--grid", "hidden=2,4", *QUICK, "--out", str(tmp_path / "s"))
    (model,) = (tmp_path / "s" / "models").iterdir()
    best = min(trials_of(tmp_path / "s"), key=lambda trial: float(trial["validation"]))
    told = elman("info", str(model), "--json").result
    assert told["members"][0]["seed"] == best["seed"] and told["loss"]["best"] == best["validation"]


def test_the_report_has_a_table_what_was_chosen_and_what_may_be_claimed(elman: Elman, tmp_path: Path) -> None:
    csv = tmp_path / "runs.csv"
    told = elman("study", "sunspots", "--seeds", "8", "--grid", "hidden=1,8", "--epochs", "20", "--csv", str(csv))
    assert re.search(r"hidden +Runs +Median", told.output) and "95 % interval" in told.output
    assert "Chosen by validation loss: hidden 8 (median validation loss" in told.output
    assert "on the test part its median error is" in told.output
    assert re.search(r"8 hidden units beat 1 on \d of 8 seeds; median error 0\.\d+ of it", told.output)
    assert told.output.count("\n") < 20 and max(map(len, told.output.splitlines()[:6])) <= 80
    assert len(csv.read_text().splitlines()) == 17 and "16 runs written to" in told.messages


def test_diverged_runs_are_counted_and_shown(elman: Elman) -> None:
    options = ["study", "sine", "--seeds", "3", "--grid", "learning_rate=0.1,90", "--epochs", "20"]
    found = elman(*options, "--json").result
    assert found["failed"] == found["diverged"] == 3
    assert [(group["failed"], group["median"] is None) for group in found["groups"]] == [(0, False), (3, True)]
    told = elman(*options).output
    assert "3 (3 diverged)" in told and "6 runs, 3 diverged" in told


def test_settings_that_do_not_go_together_are_told_before_the_others_run(elman: Elman) -> None:
    told = elman(
        "study", "sine", "--grid", "optimizer=sgd,adam", "--grid", "momentum=0,0.5", "--seeds", "2", *QUICK, "--json"
    )
    why = "optimizer adam, momentum 0.5 cannot be trained: momentum is for sgd only, got 0.5 with adam"
    assert told.messages.count(why) == 1 and told.messages.index(why) < told.messages.index("study of sine:")
    assert (told.result["failed"], told.result["runs"], told.result["diverged"]) == (2, 8, 0)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--grid", "hiden=3"], "there is no setting called 'hiden' (did you mean hidden?)"),
        (["--grid", "hidden="], "network.hidden has no values: give at least one, as in hidden=6"),
        (["--grid", "hidden"], "an axis is a setting and its values, such as hidden=6,20; got 'hidden'"),
        (["--grid", "hidden=2,,3"], "network.hidden has an empty value, got '2,,3'"),
        (["--grid", "hidden=2,two"], "hidden must be a whole number, got 'two'"),
        (["--grid", "hidden=2,2"], "network.hidden has the value 2 twice"),
        (["--grid", "hidden=2", "--grid", "network.hidden=3"],
         "network.hidden is an axis twice; give all its values together"),
        (["--grid", "network.inputs=2"],
         "network.inputs cannot be varied: it follows from the data: vary columns, lags or the horizon"),
        (["--grid", "seed=1,2"],
         "training.seed cannot be varied: it is what the networks of every cell differ in: choose the number of seeds"),
        (["--grid", "hidden=2:8"],
         "a range is for search random or tpe; in a grid network.hidden needs values, got 2:8"),
        (["--hidden", "3", "--grid", "hidden=2,4"],
         "hidden is varied by --grid and given as an option too: leave one of them out"),
        (["--networks", "4"], "--networks is not for a study: --seeds says how many networks there are"),
        (["--seeds", "0"], "seeds must be at least 1, got 0"),
        (["--workers", "0"], "workers must be at least 1, got 0"),
        (["--trials", "3"], "--trials is for --search random or tpe; a grid tries every combination"),
        (["--search", "random"], "there is nothing to search with random: give at least one axis"),
        (["--resume"], "--resume continues a study in a folder: give --out STUDY, or the folder itself"),
        (["--metric", "test"], "sine has no test part to be judged by: choose metric validation, or a test part"),
        (["--grid", "calendar=month"],
         "automatic.calendar cannot be varied: it is for the automatic recipe: give --auto"),
        (["--lags", "auto"], "--lags auto is for the automatic recipe: give --auto, or a value in place of auto"),
    ],
)  # fmt: skip
def test_bad_usage_is_one_clear_sentence(elman: Elman, options: list[str], sentence: str) -> None:
    told = elman("study", "sine", *options)
    assert (told.code, told.output, told.messages) == (2, "", f"elman study: {sentence}\n")


def test_a_folder_that_is_no_study_is_told_so(elman: Elman, tmp_path: Path) -> None:
    told = elman("study", str(tmp_path))
    sentence = f"{tmp_path} is a folder, but not that of a study: it has no study.json"
    assert (told.code, told.output, told.messages) == (2, "", f"elman study: {sentence}\n")


def test_one_seed_has_no_interval(elman: Elman) -> None:
    (group,) = elman("study", "sine", "--seeds", "1", "--epochs", "2", "--json").result["groups"]
    assert group["iqm"] == group["median"] > 0
    assert (group["low"], group["high"]) == (None, None)
    assert " to " not in elman("study", "sine", "--seeds", "1", "--epochs", "2").output


def test_a_folder_that_cannot_be_made_is_told(elman: Elman) -> None:
    told = elman("study", "sine", "--out", "/dev/null/s")
    sentence = "elman study: /dev/null/s cannot be made: a part of the path is not a folder"
    assert (told.code, told.output, told.messages) == (2, "", f"{sentence}\n"), "before anything else is said"


def test_what_is_for_a_study_that_begins_is_refused_for_one_that_is_there(elman: Elman, tmp_path: Path) -> None:
    out = str(tmp_path / "s")
    elman("study", "sine", "--seeds", "1", *QUICK, "--out", out)
    for options, sentence in (
        ([out, "--hidden", "3"], f"--hidden is for a study that begins; {out} continues as it was begun"),
        ([out, "--engine", "tensors"], f"--engine is for a study that begins; {out} continues as it was begun"),
        ([out, "--resume", "--device", "cpu"], f"--device is for a study that begins; {out} continues as it was begun"),
        ([out, "--grid", "hidden=3"], f"--grid is for a study that begins; {out} continues as it was begun"),
        ([out, "--seeds", "4"], f"--seeds is for a study that runs; --resume continues {out}"),
        (["sine", "--out", out], f"{out} already holds a study: --resume continues it, or give another folder"),
        (["sine", "--hidden", "3", "--out", out, "--resume"],
         f"the study in {out} was begun with another hidden: `elman study {out} --resume` continues it as it is; "
         "another study needs another folder"),
        (["sunspots", "--out", out, "--resume"],
         f"the study in {out} was begun with another what: `elman study {out} --resume` continues it as it is; "
         "another study needs another folder"),
        (["a.safetensors"],
         "a.safetensors is a model; a study begins from a NAME or a FILE, and continues from a STUDY"),
        (["nowhere.csv"], f"nowhere.csv was not found in {Path.cwd()}; a text file was expected"),
    ):  # fmt: skip
        told = elman("study", *options)
        assert (told.code, told.messages) == (2, f"elman study: {sentence}\n")


def test_another_threshold_and_metric_may_be_looked_at_without_running(elman: Elman, tmp_path: Path) -> None:
    out = tmp_path / "s"
    elman("study", "sunspots", "--seeds", "2", *QUICK, "--out", str(out))
    found = elman("study", str(out), "--metric", "test", "--threshold", "1e9", "--json").result
    assert found["groups"][0]["success"] == 1 and found["metric"] == "error of the test part"
    assert StudyStore.opened(out).study.config.threshold is None


def test_a_full_disk_ends_a_study_with_one_sentence(
    elman: Elman, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(descriptor: int, data: memoryview) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    out = tmp_path / "s"
    monkeypatch.setattr(store.os, "write", full)
    told = elman("study", "sine", "--seeds", "2", *QUICK, "--out", str(out), "--workers", "1", "--json")
    monkeypatch.undo()
    assert (told.code, told.output) == (2, "")
    assert told.messages.splitlines()[-1] == (
        f"elman study: the study cannot continue, since {out}/trials.jsonl cannot be written: the disk is full. The "
        "runs that are finished are kept, and --resume continues with the others"
    )
    assert elman("study", str(out), "--resume", "--json").result["runs"] == 2
