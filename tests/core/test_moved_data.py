"""Models whose data have moved, or are gone: found beside the model, or predicted from the last rows in the file."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from commands import Elman

from elman_core.data.sources import SourceGoneError, find_data, open_source
from elman_core.data.table import Source
from elman_core.errors import DataError
from elman_core.experiments.saved import experiment_from_ends, open_own_data, predict_from_ends
from elman_core.storage.model_file import load_model
from elman_core.support.jobs import complete

SHOPS = "shop,month,sales,price\n" + "".join(
    f"{shop},{month},{20 + 3 * place + 5 * np.sin(month) + month % 12:.3f},{month % 5}\n"
    for place, shop in enumerate(("Bern", "Köln", "Ulm"))
    for month in range(40 + 6 * place)
)
DAYS = "day,wind\n" + "".join(f"2024-{1 + k // 28:02d}-{1 + k % 28:02d},{5 + np.cos(k / 3):.4f}\n" for k in range(120))

TRAININGS: dict[str, tuple[str, list[str]]] = {
    "one series": (DAYS, []),
    "lags and differences": (DAYS, ["--lags", "3", "--transform", "log,difference"]),
    "seasonal indices": (DAYS, ["--transform", "seasonal-additive", "--season", "7"]),
    "several networks": (DAYS, ["--networks", "3"]),
    "several sequences": (SHOPS, ["--target", "sales", "--sequence-column", "shop", "--lags", "2"]),
    "known ahead, directly": (
        SHOPS,
        ["--target", "sales", "--known", "price", "--sequence-column", "shop", "--horizon", "3", "--strategy", "direct",
         "--transform", "seasonal-difference", "--season", "12"],
    ),
}  # fmt: skip


@pytest.fixture
def model(tmp_path: Path, done: Elman, kind: str) -> Path:
    content, options = TRAININGS[kind]
    (tmp_path / "data").mkdir()
    data, path = tmp_path / "data" / "found.csv", tmp_path / "model.safetensors"
    data.write_text(content, encoding="utf-8")
    done("train", data, *options, "--epochs", 2, "--hidden", 3, "--save", path)
    return path


@pytest.mark.parametrize("kind", TRAININGS)
def test_rows_beyond_are_the_same_when_the_data_are_gone(
    done: Elman, elman: Elman, model: Path, tmp_path: Path
) -> None:
    with_data = done("predict", model, "--steps", 7, "--json").result
    shown = done("predict", model, "--steps", 7).output
    done("predict", model, "--steps", 7, "--out", tmp_path / "all.csv")
    (tmp_path / "data" / "found.csv").unlink()
    ended = done("predict", model, "--steps", 7, "--json")
    assert ended.messages.count("\n") == 1
    assert "which is not there" in ended.messages and "only the rows beyond are predicted" in ended.messages
    without = ended.result
    assert without["one_step"] == []
    assert without.keys() == with_data.keys()
    np.testing.assert_allclose(without["forecast"], with_data["forecast"], rtol=1e-9)
    assert done("predict", model, "--steps", 7).output == shown
    done("predict", model, "--steps", 7, "--out", tmp_path / "beyond.csv")
    everything, beyond = (
        list(csv.reader((tmp_path / f"{name}.csv").read_text(encoding="utf-8").splitlines()))
        for name in ("all", "beyond")
    )
    assert beyond[0] == everything[0]
    value = max(index for index, name in enumerate(beyond[0]) if name.endswith(" (forecast)")) - 2
    assert [row[:2] for row in beyond[1:]] == [row[:2] for row in everything[1:] if not row[value]]
    ended = elman("evaluate", model)
    assert ended.code == 2
    assert ended.messages.strip().endswith(f"give the data: elman evaluate {model} DATA.csv")


@pytest.mark.parametrize("kind", ["one series"])
def test_data_beside_the_model_are_taken_and_a_line_says_so(done: Elman, model: Path, tmp_path: Path) -> None:
    before = {command: done(command, model, "--json").result for command in ("predict", "evaluate")}
    (tmp_path / "data" / "found.csv").rename(tmp_path / "found.csv")
    for command, result in before.items():
        ended = done(command, model, "--json")
        assert ended.result == result
        assert f"{tmp_path / 'found.csv'} beside the model is taken" in ended.messages
    table = complete(open_own_data(load_model(model), model))
    assert table.source.path == str(tmp_path / "found.csv")


@pytest.mark.parametrize("kind", ["several networks"])
def test_any_network_of_an_ensemble_predicts_without_the_data(model: Path) -> None:
    saved = load_model(model)
    assert saved.ends is not None and saved.ends.context.shape == (3, 1, 3)
    dataset = experiment_from_ends(saved).dataset
    found = [complete(predict_from_ends(saved, dataset, 4, member)).closed_loop for member in range(3)]
    assert not np.allclose(found[0], found[1])
    with pytest.raises(DataError, match="the state of network 4 after the data is not known"):
        complete(predict_from_ends(saved, dataset, 4, 3))
    with pytest.raises(DataError, match="steps must be from 0 to"):
        complete(predict_from_ends(saved, dataset, -1))


@pytest.mark.parametrize("kind", ["one series"])
def test_what_a_file_keeps_of_its_data_is_told(done: Elman, model: Path) -> None:
    shown = done("info", model, "--json").result
    assert (shown["keeps_last_rows"], shown["transforms"], shown["sequences"]) == (True, "standardize", 1)
    assert shown["roles"] == {"target": ["wind"], "input": [], "known": []}
    assert (shown["lags"], shown["horizon"], shown["strategy"], shown["time_step"]) == (1, 1, "recursive", 0)
    assert (shown["ended"], len(shown["best_epochs"])) == ({"early": 0, "diverged": 0}, 1)
    assert "standardize" in done("info", model).output


def test_a_text_that_is_gone_is_named(tmp_path: Path, elman: Elman, done: Elman) -> None:
    text, path = tmp_path / "story.txt", tmp_path / "model.safetensors"
    text.write_text("the cat sat. " * 30, encoding="utf-8")
    done("train", text, "--epochs", 1, "--hidden", 3, "--save", path)
    text.unlink()
    ended = elman("predict", path)
    assert ended.code == 2 and ended.messages.count("\n") == 1
    assert f"the model was trained on {text}, which is not there; give the data" in ended.messages
    done("predict", path, "--text", "the")


def source(path: str | None, kind: Any = "csv") -> Source:
    return Source(kind=kind, name="data.csv", path=path)


@pytest.mark.parametrize(
    "path",
    ["/far/away/data.csv", "C:\\far away\\data.csv", "data.csv", "../../data.csv", "\\\\server\\share\\data.csv"],
)
def test_data_are_looked_for_by_the_last_part_of_their_path(tmp_path: Path, path: str) -> None:
    model = tmp_path / "model.safetensors"
    assert find_data(source(path), model) is None
    (tmp_path / "data.csv").write_text("a\n1\n")
    assert find_data(source(path), model) == tmp_path / "data.csv"


@pytest.mark.parametrize("path", [None, "", "/", "..", "/far/..", "a\0b", "/far/folder", "x" * 4000])
def test_a_path_that_leads_nowhere_finds_nothing(tmp_path: Path, path: str | None) -> None:
    (tmp_path / "folder").mkdir()
    assert find_data(source(path), tmp_path / "model.safetensors") is None
    with pytest.raises((SourceGoneError, DataError)):
        complete(open_source(source(path)))


def test_what_is_built_in_or_pasted_is_not_looked_for(tmp_path: Path) -> None:
    (tmp_path / "data.csv").write_text("a\n1\n")
    for kind in ("built-in", "pasted"):
        assert find_data(source("/far/data.csv", kind), tmp_path / "model.safetensors") is None


def test_sequences_that_were_left_out_in_training_are_left_out_again(tmp_path: Path, done: Elman) -> None:
    data, path = tmp_path / "shops.csv", tmp_path / "model.safetensors"
    data.write_text(SHOPS + "Zug,0,3,1\nZug,1,4,1\n", encoding="utf-8")
    done("train", data, "--target", "sales", "--sequence-column", "shop", "--epochs", 1, "--save", path)
    ended = done("predict", path, "--steps", 2, "--json")
    assert "1 sequence of 4 with fewer than 3 rows to fit to is left out" in ended.messages
    assert json.dumps(ended.result["sequences"], ensure_ascii=False) == '["Bern", "Köln", "Ulm"]'
