"""`elman damage`."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from commands import Elman

from elman_core.config.damage import DamageKind


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("damage")


@pytest.fixture
def model(folder: Path, done: Elman) -> Path:
    """Four networks of the experiment with letters, barely trained."""
    path = folder / "letters.safetensors"
    if not path.exists():
        done("train", "letters", "--networks", 4, "--epochs", 3, "--hidden", 8, "--save", path, "--json")
    return path


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "waves.csv"
    values = np.sin(np.arange(90) / 4)
    path.write_text("wave\n" + "\n".join(f"{value:.5f}" for value in values))
    return path


def rows_of(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(path.read_text().splitlines()))


def test_a_model_is_damaged_in_every_way_and_told_as_one_object(done: Elman, model: Path) -> None:
    ended = done("damage", model, "--levels", "0,0.3,1", "--repeats", 2, "--steps", 60, "--seed", 7, "--json")
    found = ended.result
    assert found["networks"] == 4 and found["repeats"] == 2 and found["seed"] == 7 and found["seeds"] == [1, 2, 3, 4]
    assert found["measured_on"] == {"what": "a fresh stream of 60 letters", "steps": 60}
    assert [kind["kind"] for kind in found["kinds"]] == list(DamageKind)
    for kind in found["kinds"]:
        assert [own["level"] for own in kind["levels"]] == [0.0, 0.3, 1.0]
        assert kind["levels"][0]["rmse"] == found["baselines"]["undamaged"]["rmse"]
        for own in kind["levels"]:
            assert own["rmse"]["p5"] <= own["rmse"]["median"] <= own["rmse"]["p95"]
            assert 0 <= own["right"]["median"] <= 1
    assert found["out"] is None and found["scorecards"] == []


def test_the_same_seed_says_the_same_and_the_table_is_small(done: Elman, model: Path) -> None:
    arguments = ["damage", model, "--kind", "cut", "--kind", "noise-activations", "--levels", "0.5", "--steps", 50]
    first, again = (done(*arguments, "--json").result for _ in range(2))
    assert first["kinds"] == again["kinds"]
    assert done(*arguments, "--seed", 2, "--json").result["kinds"] != first["kinds"]
    text = done(*arguments).output
    assert "4 networks, 5 repeats, measured on a fresh stream of 50 letters" in text
    assert "Level" in text and "activations" in text and "remove" not in text
    assert max(map(len, text.splitlines())) <= 80


def test_the_level_is_told_beside_all_seven_kinds(done: Elman, model: Path) -> None:
    text = done("damage", model, "--repeats", 1, "--steps", 50).output
    rows = [line.split() for line in text.splitlines() if line.strip()[:2] in ("0.", "1 ")]
    assert [row[0] for row in rows[:10]] == ["0.1", "0.2", "0.3", "0.4", "0.5", "0.6", "0.7", "0.8", "0.9", "1"]
    assert all(len(row) == 8 for row in rows)


def test_some_of_a_models_networks_are_damaged_as_they_are_among_all(done: Elman, model: Path, tmp_path: Path) -> None:
    arguments = ["damage", model, "--kind", "cut", "--levels", "0.5", "--repeats", 2, "--steps", 50]
    for name, more in (("all", []), ("two", ["--networks", 2])):
        done(*arguments, *more, "--out", tmp_path / f"{name}.csv")
    every, two = (rows_of(tmp_path / f"{name}.csv") for name in ("all", "two"))
    assert every[0]["kind"] == "none"
    for row, own in zip([row for row in every if int(row["network"]) <= 2], two, strict=True):
        assert float(row.pop("rmse")) == pytest.approx(float(own["rmse"]), rel=1e-5)
        assert row == {name: value for name, value in own.items() if name != "rmse"}
    assert len(two) == 2 + 2 * 2 and set(two[0]) == {
        "kind", "level", "network", "network_seed", "repeat", "rmse", "right",
    }  # fmt: skip


def test_a_table_is_trained_first_and_has_nothing_right_or_wrong(done: Elman, table: Path, tmp_path: Path) -> None:
    saved, out = tmp_path / "waves.safetensors", tmp_path / "out.csv"
    ended = done(
        "damage", table, "--networks", 3, "--epochs", 5, "--hidden", 4, "--kind", "scale", "--levels", "1,0.5",
        "--save", saved, "--out", out, "--json",
    )  # fmt: skip
    found = ended.result
    assert found["networks"] == 3 and found["measured_on"]["what"].startswith("the test part, ")
    (kind,) = found["kinds"]
    assert kind["repeats"] == 1 and [own["level"] for own in kind["levels"]] == [0.5, 1.0]
    assert all(own["right"] is None for own in kind["levels"]) and found["baselines"]["chance"]["right"] is None
    rows = rows_of(out)
    assert len(rows) == 3 + 2 * 3 and all(row["right"] == "" for row in rows)
    assert done("damage", saved, "--kind", "scale", "--levels", "1,0.5", "--json").result["kinds"] == found["kinds"]


def test_undamaged_is_what_training_reported(done: Elman, table: Path, tmp_path: Path) -> None:
    saved = tmp_path / "waves.safetensors"
    trained = done("train", table, "--epochs", 5, "--hidden", 4, "--save", saved, "--json").result
    found = done("damage", saved, "--kind", "cut", "--levels", "0", "--json").result
    assert found["baselines"]["undamaged"]["rmse"]["median"] == pytest.approx(
        trained["metrics"]["test"]["rmse"], rel=1e-6
    )


def test_scorecards_are_made_at_the_levels_that_are_wanted(done: Elman, model: Path) -> None:
    arguments = ["damage", model, "--kind", "context", "--levels", "0.5", "--steps", 50, "--networks", 2]
    found = done(*arguments, "--scorecard", 1, "--scorecard", "0", "--json").result["scorecards"]
    assert [card["level"] for card in found] == [0.0, 1.0]
    intact, hurt = (card["measures"] for card in found)
    assert intact[0]["name"] == hurt[0]["name"] == "squared error a letter"
    assert len(intact[0]["values"]) == 2 and hurt[0]["median"] > intact[0]["median"]
    text = done(*arguments, "--scorecard", 1).output
    assert "Lesion context, level 1: scorecard over networks" in text and "Elman 1990" in text


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (
            ["--kind", "remove"],
            "there is no damage called 'remove'; did you mean remove-units? There are remove-units,",
        ),
        (["--levels", "0.1,1.5"], "a level must be a share from 0 to 1, got 1.5"),
        (["--levels", "0.1,much"], "--levels must be shares from 0 to 1, separated by commas, got 'much'"),
        (["--levels", "nan"], "levels.0 must be a finite number, got nan"),
        (["--scorecard", "-1"], "a level must be a share from 0 to 1, got -1"),
        (["--repeats", "0"], "repeats must be at least 1, got 0"),
        (["--networks", "5"], "networks must be from 1 to 4, those that were trained, got 5"),
        (["--hidden", "5"], "--hidden is for training on a NAME or FILE; a model is as it was trained"),
    ],
)
def test_what_cannot_be_is_refused_in_one_sentence(
    elman: Elman, model: Path, arguments: list[str], sentence: str
) -> None:
    ended = elman("damage", model, *arguments)
    assert ended.code == 2
    last = ended.messages.splitlines()[-1]
    assert last.startswith(f"elman damage: {sentence}")


def test_a_model_without_its_data_says_how_to_give_them(elman: Elman, done: Elman, table: Path, tmp_path: Path) -> None:
    saved, moved = tmp_path / "model" / "waves.safetensors", tmp_path / "moved.csv"
    saved.parent.mkdir()
    done("train", table, "--epochs", 2, "--hidden", 4, "--save", saved)
    table.rename(moved)
    ended = elman("damage", saved)
    assert ended.code == 2 and f"elman damage {saved} DATA.csv" in ended.messages
    assert done("damage", saved, moved, "--kind", "cut", "--json").result["networks"] == 1


def test_a_forecaster_is_refused(elman: Elman, done: Elman, tmp_path: Path, table: Path) -> None:
    assert "leave it out" in elman("damage", table, "--auto").messages
    ended = elman("damage", table, "--lags", "auto")
    assert ended.code == 2 and "is for the automatic recipe" in ended.messages


def test_a_scorecard_of_other_data_is_refused(elman: Elman, table: Path) -> None:
    ended = elman("damage", table, "--epochs", 1, "--hidden", 2, "--scorecard", "0.5")
    assert ended.code == 2 and "--scorecard is for Elman's experiments of 1990" in ended.messages
