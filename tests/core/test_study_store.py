"""A study's folder: a run is finished once its line is written, and whatever is wrong in it is said with its place."""

from __future__ import annotations

import errno
import json
import math
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from studies import figures, run_all, study_of

from elman_core.config import SymbolConfig
from elman_core.data.text.tables import tokenized_text
from elman_core.errors import ConfigError, StudyError
from elman_core.studies import store as store_module
from elman_core.studies.export import study_rows, write_study
from elman_core.studies.results import StudyResults
from elman_core.studies.store import StudyStore, is_study
from elman_core.studies.study import Study
from elman_core.studies.trial import Outcome, Trial
from elman_core.studies.trial_lines import line_of, settings_text, trial_from
from elman_core.support.jobs import complete

NAN = math.nan
WAVES = "t,a\n" + "".join(f"{t},{math.sin(t / 3):.6f}\n" for t in range(60))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A study with six runs that is finished."""
    study = study_of("sine", "hidden=2,3", training={"epochs": 3})
    with StudyStore.created(tmp_path / "s", study) as store:
        run_all(study, store)
    return tmp_path / "s"


def lines_of(folder: Path) -> list[bytes]:
    return (folder / "trials.jsonl").read_bytes().splitlines(keepends=True)


def refusal(folder: Path) -> str:
    before = {path: path.read_bytes() for path in folder.iterdir() if path.is_file()}
    with pytest.raises(StudyError) as refused:
        StudyStore.opened(folder, to_write=True)
    assert {path: path.read_bytes() for path in before} == before, "nothing is changed"
    return str(refused.value).replace(str(folder), "S")


@pytest.mark.parametrize(
    "trial",
    [
        Trial(0, 0, {}, 1, Outcome.FINISHED, 300, 300, 0.1, None, None, 1.5e9, 0.25),
        Trial(7, 2, {"a": 0.1, "b": None, "c": True}, 2, Outcome.DIVERGED, 3, 0, NAN, NAN, math.inf, 0.0, 2e-7),
        Trial(2, 0, {"a": 'A "text"\n'}, 3, Outcome.FAILED, message='it says "no"\u2028'),
    ],
)  # fmt: skip
def test_a_line_reads_as_the_run_that_was_written(trial: Trial) -> None:
    line = line_of(trial, settings_text(trial.settings)).encode()
    assert line.endswith(b"}\n") and line.count(b"\n") == 1
    json.loads(line, parse_constant=lambda word: pytest.fail(f"{word} is not JSON"))
    again = trial_from(line, 3, 1)
    assert repr(again) == repr(replace(trial, validation=None))  # NaN is written as none


def test_a_folder_that_is_opened_again_has_all_runs(folder: Path) -> None:
    with StudyStore.opened(folder) as store:
        assert figures(store.results) == figures(run_all(study_of("sine", "hidden=2,3", training={"epochs": 3})))
        store.check_data()
    assert is_study(folder) and not is_study(folder.parent) and not is_study(Path("a\0b"))


@pytest.mark.parametrize("cut", [1, 20, 10_000])
def test_a_last_line_that_was_torn_is_dropped_and_its_run_done_again(folder: Path, cut: int) -> None:
    path, whole = folder / "trials.jsonl", lines_of(folder)
    torn = b"".join(whole)[: max(-cut, -len(whole[-1]) + 1)]
    path.write_bytes(torn)
    assert len(StudyStore.opened(folder).results) == 5 and path.read_bytes() == torn, "to look changes nothing"
    with StudyStore.opened(folder, to_write=True) as store:
        assert path.read_bytes() == b"".join(whole[:-1])
        results = run_all(store.study, store)
    assert figures(StudyStore.opened(folder).results) == figures(results) and len(results) == 6


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda line: b"nonsense\n", "is no JSON"),
        (lambda line: b"\n", "is empty"),
        (lambda line: b"[1]\n", "is no JSON object"),
        (lambda line: b"[" * 100_000 + b"\n", "is no JSON"),
        (lambda line: line.replace(b'"epochs"', b'"epoch"'), "has no 'epochs'"),
        (lambda line: line.replace(b"{", b'{"more":1,', 1), "has 'more', which no run has"),
        (lambda line: line.replace(b'"epochs":3', b'"epochs":-3'),
         "has epochs -3, which must be a whole number from 0 on"),
        (lambda line: line.replace(b'"epochs":3', b'"epochs":3.5'),
         "has epochs 3.5, which must be a whole number from 0 on"),
        (lambda line: line.replace(b'"test":null', b'"test":"good"'),
         "has test 'good', which must be a number or null"),
        (lambda line: line.replace(b'"test":null', b'"test":NaN'), "has test nan, which must be a number or null"),
        (lambda line: line.replace(b"finished", b"done"),
         "has outcome 'done', which must be one of finished, diverged, failed"),
        (lambda line: line.replace(b'"seed":2', b'"seed":9'), "has seed 9, and the seeds are 1 to 3"),
        (lambda line: line.replace(b'"cell":0', b'"cell":2'), "has cell 2, and the study has 2 cells, from 0 on"),
        (lambda line: line.replace(b'"cell":0', b'"cell":1'), "has other settings than cell 1 of the study"),
        (lambda line: line.replace(b'"network.hidden":2', b'"network.hidden":4'),
         "has other settings than cell 0 of the study"),
        (lambda line: line.replace(b'"seed":2', b'"seed":1'), "has the run of line 1 once more"),
    ],
)  # fmt: skip
def test_any_other_line_that_is_broken_is_told_with_its_number(
    folder: Path, change: Callable[[bytes], bytes], sentence: str
) -> None:
    lines = sorted(lines_of(folder), key=lambda line: (json.loads(line)["cell"], json.loads(line)["seed"]))
    changed = change(lines[1])
    assert changed != lines[1]
    (folder / "trials.jsonl").write_bytes(b"".join([lines[0], changed, *lines[2:]]))
    assert (
        refusal(folder) == f"S/trials.jsonl, line 2, {sentence}: mend that line or remove it, and its run is done again"
    )


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        (b'"network.hidden":', b'"network.hiden":', "has no value of network.hidden, which the study varies"),
        (b'"training.momentum":', b'"more":1,"training.momentum":',
         "has a value of 'more', which the study does not vary"),
        (b'"network.hidden":', b'"network.hidden":9',
         "has network.hidden 9{}, and the study draws whole numbers from 2 to 8"),
        (b'"network.hidden":', b'"network.hidden":"two","training.hidden":',
         "has network.hidden 'two', and the study draws whole numbers from 2 to 8"),
        (b'"training.momentum":0.', b'"training.momentum":1.',
         "has training.momentum 1.{}, which is not among the study's values"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("search", ["random", "tpe"])
def test_settings_that_a_search_cannot_have_drawn_are_told_with_their_line(
    tmp_path: Path, search: str, old: bytes, new: bytes, sentence: str
) -> None:
    study = study_of(
        "sine", "hidden=2:8", "momentum=0.25,0.5",
        config={"search": search, "trials": 3, "seeds": 1}, training={"epochs": 2},
    )  # fmt: skip
    with StudyStore.created(tmp_path / "S", study) as store:
        run_all(study, store)
    path = tmp_path / "S" / "trials.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    settings = json.loads(lines[1])["settings"]
    rest = {b'"network.hidden":9': settings["network.hidden"]}.get(new, str(settings["training.momentum"])[2:])
    assert len(StudyStore.opened(tmp_path / "S").results) == 3
    path.write_bytes(lines[0] + lines[1].replace(old, new, 1) + lines[2])
    assert refusal(tmp_path / "S") == (
        f"S/trials.jsonl, line 2, {sentence.format(rest)}: mend that line or remove it, and its run is done again"
    )


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda about: about | {"format": 2},
         "S/study.json is of format 2, and this program knows format 1: a newer program wrote it"),
        (lambda about: about | {"format": "1"}, "S/study.json does not say its format: it is not that of a study"),
        (lambda about: [about], "S/study.json does not say its format: it is not that of a study"),
        (lambda about: about | {"more": 1}, "S/study.json is not sound: there is no setting called 'more'"),
        (lambda about: about | {"study": about["study"] | {"seeds": 0}},
         "S/study.json is not sound: seeds must be at least 1, got 0"),
        (lambda about: about | {"base": about["base"] | {"training": {"epochs": 0}}},
         "S/study.json is not sound: epochs must be at least 1, got 0"),
        (lambda about: about | {"base": about["base"] | {"network": {"hiden": 3}}},
         "S/study.json is not sound: there is no setting called 'network.hiden'"),
        (lambda about: {"format": 1}, "S/study.json is not sound: base is missing"),
        (lambda about: about | {"study": about["study"] | {"axes": [{"field": "network.hiden", "values": [2, 3]}]}},
         "S/study.json is not sound: there is no setting called 'network.hiden' (did you mean network.hidden?)"),
    ],
)  # fmt: skip
def test_a_study_of_another_version_or_edited_by_hand_is_told(
    folder: Path, change: Callable[[Any], Any], sentence: str
) -> None:
    path = folder / "study.json"
    path.write_text(json.dumps(change(json.loads(path.read_text()))))
    assert refusal(folder) == sentence


def test_a_study_json_that_is_none_or_gone_is_told(folder: Path) -> None:
    (folder / "study.json").write_text("{")
    assert refusal(folder) == "S/study.json is no JSON any more: undo what was changed in it"
    (folder / "study.json").unlink()
    assert refusal(folder) == "S is not the folder of a study: it has no study.json"


def test_one_program_at_a_time_writes_a_study_and_others_look(folder: Path) -> None:
    with StudyStore.opened(folder, to_write=True):
        with pytest.raises(StudyError, match="another program is at work on the study"):
            StudyStore.opened(folder, to_write=True)
        assert len(StudyStore.opened(folder).results) == 6
    StudyStore.opened(folder, to_write=True).close()


def test_a_folder_with_something_else_in_it_is_left_alone(folder: Path, tmp_path: Path) -> None:
    study = study_of("sine")
    with pytest.raises(StudyError, match="already holds a study: --resume continues it"):
        StudyStore.created(folder, study)
    (tmp_path / "o").mkdir()
    (tmp_path / "o" / "letter.txt").write_text("dear")
    with pytest.raises(StudyError, match=r"has other files in it, such as letter.txt"):
        StudyStore.created(tmp_path / "o", study)
    with pytest.raises(StudyError, match="cannot be made: a part of the path is not a folder"):
        StudyStore.created(tmp_path / "o" / "letter.txt" / "s", study)


def test_data_that_have_changed_since_are_refused(tmp_path: Path) -> None:
    data = tmp_path / "waves.csv"
    data.write_text(WAVES)
    study = study_of(str(data), training={"epochs": 2})
    with StudyStore.created(tmp_path / "s", study) as store:
        run_all(study, store)
    data.write_text(WAVES + "60,0.5\n")
    with pytest.raises(StudyError, match=r"waves.csv is not what the study in .* began with \(61 rows now, 60 then\)"):
        StudyStore.opened(tmp_path / "s").check_data()
    data.write_text(WAVES.replace("0.327195", "0.327196"))
    with pytest.raises(StudyError, match=r"is not what the study in .* began with: runs"):
        StudyStore.opened(tmp_path / "s").check_data()
    data.unlink()
    with pytest.raises(StudyError, match=r"the data of the study in .* cannot be read: "):
        StudyStore.opened(tmp_path / "s").check_data()


def test_a_study_goes_on_with_more_seeds_but_not_with_other_axes(folder: Path) -> None:
    with StudyStore.opened(folder, to_write=True) as store:
        for change, sentence in (({"seeds": 2}, "has 3 seeds, which can only grow"), ({"axes": ()}, "has other axes")):
            with pytest.raises(StudyError, match=sentence):
                store.extend(store.study.config.replace(**change))
        store.extend(store.study.config.replace(seeds=5, threshold=0.5))
        results = run_all(store.study, store)
    expected = study_of("sine", "hidden=2,3", config={"seeds": 5}, training={"epochs": 3})
    assert figures(StudyStore.opened(folder).results) == figures(results) == figures(run_all(expected))


@pytest.mark.parametrize("room", [0, 100, 700])
def test_a_full_disk_is_one_sentence_and_what_is_finished_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, room: int
) -> None:
    study, left, write = study_of("sine", "hidden=2,3", training={"epochs": 3}), [room], os.write

    def full(descriptor: int, data: memoryview) -> int:
        if not left[0]:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        written = write(descriptor, bytes(data[: left[0]]))
        left[0] -= written
        return written

    with StudyStore.created(tmp_path / "s", study) as store:
        monkeypatch.setattr(store_module.os, "write", full)
        with pytest.raises(StudyError) as refused:
            run_all(study, store)
        monkeypatch.undo()
    told = str(refused.value).replace(str(tmp_path), "T")
    assert told == (
        "the study cannot continue, since T/s/trials.jsonl cannot be written: the disk is full. The runs that are "
        "finished are kept, and --resume continues with the others"
    )
    kept = StudyStore.opened(tmp_path / "s").results
    assert (tmp_path / "s" / "trials.jsonl").read_bytes().endswith(b"\n") or not len(kept)
    assert (len(kept) > 0) == (room == 700)
    with StudyStore.opened(tmp_path / "s", to_write=True) as store:
        assert figures(run_all(study, store)) == figures(run_all(study))


def test_what_is_written_reaches_the_disk_at_least_once_a_second(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now, synced = [100.0], list[float]()
    monkeypatch.setattr(store_module.time, "monotonic", lambda: now[0])
    monkeypatch.setattr(store_module.os, "fsync", lambda descriptor: synced.append(now[0]))
    (folder / "trials.jsonl").write_bytes(b"")
    with StudyStore.opened(folder, to_write=True) as store:
        synced.clear()
        for moment in (100.1, 100.9, 101.1, 101.5, 102.2):
            now[0] = moment
            store.append([Trial(0, 0, {"network.hidden": 2}, 1, Outcome.FINISHED, train=1.0)])
        now[0] = 102.5
        store.append([Trial(0, 0, {"network.hidden": 2}, 1, Outcome.FINISHED, train=1.0)])
        now[0] = 103.4
        store.sync()  # as while no runs come
        store.sync()
    assert synced == [101.1, 102.2, 103.4]


def test_a_text_that_was_pasted_is_kept_in_the_folder(tmp_path: Path) -> None:
    from elman_core.studies.study import StudyBase

    table = complete(tokenized_text("abcabcabdabcabcabcabd" * 3, SymbolConfig())).table()
    base = study_of("sine").base.replace(name="pasted", what="", training={"epochs": 2})
    study = Study(StudyBase(**base.model_dump()), study_of("sine", "hidden=2,3").config, table)
    with StudyStore.created(tmp_path / "s", study) as store:
        results = run_all(study, store)
    again = StudyStore.opened(tmp_path / "s")
    again.check_data()
    assert figures(run_all(again.study)) == figures(results)
    with pytest.raises(ConfigError, match="can be varied for a text in a file"):
        Study(base, study_of("sine", "unit=words").config, table).checked({"symbols.unit": "words"})


def test_the_export_has_a_row_for_each_run_that_pandas_reads(tmp_path: Path) -> None:
    import pandas as pd

    study = study_of("sine", "learning_rate=90,0.1", "biases=true,false", training={"epochs": 20})
    results = run_all(study)
    write_study(tmp_path / "runs.csv", study, results)
    found = pd.read_csv(tmp_path / "runs.csv")
    assert found.columns.tolist() == [
        "study", "cell", "training.learning_rate", "network.biases", "seed", "outcome", "epochs", "best_epoch",
        "train", "validation", "test", "began", "seconds", "message",
    ]  # fmt: skip
    assert len(found) == len(results) == 12
    for row, trial in zip(found.itertuples(index=False), results, strict=True):
        assert (row.cell, row.seed, row.outcome, row.epochs) == (
            trial.cell,
            trial.seed,
            trial.outcome.value,
            trial.epochs,
        )
        assert row.train == trial.train or (math.isnan(row.train) and math.isnan(trial.train))
        assert math.isnan(row.validation) and row.seconds == trial.seconds
        assert row[2] == trial.settings["training.learning_rate"] and row[3] == trial.settings["network.biases"]
    assert (found.outcome == "diverged").sum() == 6
    assert len(list(study_rows(study, StudyResults()))) == 1
