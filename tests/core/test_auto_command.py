"""A table begins with the automatic recipe: what it reports, what is kept, what options do, and how it goes on."""

from __future__ import annotations

import math
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from commands import Elman

from elman_core.cli import automatic
from elman_core.cli.exit_codes import ExitCode
from elman_core.experiments.saved import open_own_data
from elman_core.experiments.saved_forecaster import forecaster_from_model
from elman_core.storage.model_file import load_model
from elman_core.support.jobs import complete

SMALL = ("--auto", "--networks", 2, "--epochs", 8, "--patience", 4, "--hidden", 3)


def months(path: Path, rows: int, first: int = 0) -> Path:
    random = np.random.default_rng(5)
    noise = random.normal(0, 1, 400)
    lines = ["month,sales"]
    for row in range(first, first + rows):
        value = 100 + 0.5 * row + 15 * math.sin(2 * math.pi * row / 12) + noise[row]
        lines.append(f"{1990 + row // 12}-{row % 12 + 1:02}-01,{value:.3f}")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.fixture
def sales(tmp_path: Path) -> Path:
    return months(tmp_path / "sales.csv", 84)


@pytest.fixture
def model(done: Elman, tmp_path: Path, sales: Path) -> Path:
    path = tmp_path / "m.safetensors"
    done("train", sales, *SMALL, "--test-rows", 12, "--save", path)
    return path


def test_a_table_begins_with_the_automatic_recipe(done: Elman, sales: Path, tmp_path: Path) -> None:
    ended = done("train", sales, "--test-rows", 12, "--json", "--save", tmp_path / "m.safetensors")
    found = ended.result
    parts = found["parts"]
    assert {part["kind"] for part in parts} == {"linear", "elman"}
    for weight in ("one_step", "several"):
        assert sum(part[weight] for part in parts) == pytest.approx(1)
    elman = max((p for p in parts if p["kind"] == "elman"), key=lambda p: p["one_step"] + p["several"])
    assert (found["epochs"], len(found["losses"])) == (elman["epochs"], elman["epochs"])
    assert found["metrics"]["validation"] is None
    assert found["metrics"]["test"]["rows"] == 12
    assert found["metrics"]["train"]["rows"] <= 71
    assert found["seconds"] > 0 and found["finished"] == "completed"
    assert found["data"]["rows"] == 84
    assert "by the automatic recipe" in ended.messages
    assert load_model(tmp_path / "m.safetensors").forecaster is not None


PURE = (
    "--hidden 4|--epochs 3|--optimizer sgd|--learning-rate .01|--update-every 4|--truncation 20|--loss absolute-error|"
    "--patience 5|--networks 2|--activation logistic|--no-auto"
)


@pytest.mark.parametrize("option", PURE.split("|"))
def test_an_option_of_network_or_training_asks_for_a_pure_network(done: Elman, sales: Path, option: str) -> None:
    few = [] if "--epochs" in option else ["--epochs", 2]
    found = done("train", sales, *option.split(), *few, "--json").result
    assert "parts" not in found and found["metrics"]["validation"] is not None


def test_choices_that_are_given_hold_in_every_part(done: Elman, sales: Path) -> None:
    found = done("train", sales, *SMALL, "--lags", 3, "--transform", "log", "--season", "none", "--json").result
    linear = [part for part in found["parts"] if part["kind"] == "linear"]
    assert {(part["transforms"], part["lags"]) for part in linear} == {("log, standardize", 3)}
    assert found["automatic"]["season"] == "none"
    assert {part["networks"] for part in found["parts"] if part["kind"] == "elman"} == {2}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("--lags auto --hidden 4", "--lags auto is for the automatic recipe"),
        ("--season auto --no-auto", "--season auto is for the automatic recipe"),
        ("--transform auto --epochs 3", "--transform auto is for the automatic recipe"),
        ("--calendar month --no-auto", "--calendar is for the automatic recipe"),
        ("--auto --relative-to-last", "--relative-to-last is chosen by --auto"),
        ("--auto --strategy direct", "--strategy is chosen by --auto"),
        ("--auto --transform log,min-max", "values are standardised"),
        ("--auto --season 1", "season"),
        ("--auto --lags 0", "lags must be at least 1"),
        ("--lags 1.5", "whole number"),
        ("--auto --symbols characters", "not for symbols"),
    ],
)
def test_options_that_do_not_go_together_are_refused(elman: Elman, sales: Path, words: str, said: str) -> None:
    ended = elman("train", sales, *words.split())
    assert (ended.code, ended.output) == (2, "")
    assert said in ended.messages and ended.messages.count("\n") == 1


def test_a_built_in_series_can_be_fitted_automatically_too(done: Elman, elman: Elman) -> None:
    found = done("train", "sine", *SMALL, "--json").result
    assert found["experiment"] == "sine" and found["parts"]
    assert elman("train", "letters", "--auto").code == 2


def test_the_saved_forecaster_scores_as_was_told(done: Elman, sales: Path, tmp_path: Path) -> None:
    path = tmp_path / "m.safetensors"
    told = done("train", sales, *SMALL, "--test-rows", 12, "--json", "--save", path).result
    scored = done("evaluate", path, "--horizon", 1, "--json").result["horizons"][0]
    assert scored["rmse"] == pytest.approx(told["metrics"]["test"]["rmse"], rel=1e-9)
    assert scored["linear_rmse"] == pytest.approx(told["metrics"]["test"]["linear"]["rmse"], rel=1e-9)


def test_with_a_horizon_metrics_are_over_all_steps_and_origins(done: Elman, sales: Path, tmp_path: Path) -> None:
    path = tmp_path / "m.safetensors"
    told = done("train", sales, *SMALL, "--test-rows", 12, "--horizon", 4, "--json", "--save", path).result
    saved = load_model(path)
    forecaster = forecaster_from_model(saved, complete(open_own_data(saved, path)))
    origins = np.arange(84 - 12 - 1, 84 - 4)
    ahead = complete(forecaster.predictor()).ahead(origins, 4)[:, :, 0]
    true = forecaster.dataset.values[origins + np.arange(1, 5)[:, None], 0]
    assert told["metrics"]["test"]["rmse"] == pytest.approx(float(np.sqrt(np.mean((ahead - true) ** 2))), rel=1e-9)


def test_the_same_seed_gives_the_same_fit(done: Elman, sales: Path) -> None:
    one, two, other = (done("train", sales, *SMALL, "--seed", seed, "--json").result for seed in (3, 3, 4))
    assert one["losses"] == two["losses"] and one["metrics"] == two["metrics"]
    assert one["losses"] != other["losses"]


@contextmanager
def _interrupted(after: int) -> Iterator[Any]:
    class Noted:
        asked = 0

        @property
        def code(self) -> ExitCode:
            self.asked += 1
            return ExitCode.INTERRUPTED if self.asked > after else ExitCode.DONE

    yield Noted()


def test_a_fit_that_is_interrupted_at_once_leaves_nothing(
    elman: Elman, sales: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(automatic, "interruption", lambda: _interrupted(1))
    ended = elman("train", sales, *SMALL, "--save", tmp_path / "m.safetensors", "--json")
    assert ended.code == 130 and "before anything was fitted" in ended.messages
    assert not (tmp_path / "m.safetensors").exists()


@pytest.mark.parametrize("command", ["train SALES", "train MODEL", "backtest SALES", "backtest MODEL"])
def test_a_device_on_which_no_forecaster_is_fitted_is_refused(
    elman: Elman, sales: Path, model: Path, command: str
) -> None:
    words = command.replace("SALES", str(sales)).replace("MODEL", str(model)).split()
    ended = elman(*words, "--device", "cuda")
    assert ended.code == ExitCode.BAD_INPUT
    assert "--device cuda is for a pure Elman network (--no-auto); a forecaster is fitted on the CPU" in ended.messages


@pytest.mark.parametrize("after", [18, 22])
def test_an_interrupted_fit_is_saved_as_far_as_it_came(
    elman: Elman, done: Elman, sales: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    path = tmp_path / "m.safetensors"
    monkeypatch.setattr(automatic, "interruption", lambda: _interrupted(after))
    ended = elman("train", sales, *SMALL, "--save", path, "--json")
    assert ended.code == 130 and ended.result["finished"] == "stopped"
    assert "counts what is fitted so far" in ended.messages
    monkeypatch.undo()
    assert done("predict", path, "--steps", 3, "--json").result["forecast"]


# -- intervals ----------------------------------------------------------------------------------------


def test_forecasts_have_intervals_from_what_validation_was_off_by(done: Elman, model: Path, sales: Path) -> None:
    found = done("predict", model, "--steps", 6, "--interval", 80, "--interval", 95, "--json").result
    assert list(found["intervals"]) == ["80", "95"]
    forecast = np.array(found["forecast"])
    narrow, wide = (np.array([own["lower"], own["upper"]]) for own in found["intervals"].values())
    assert (narrow[0] < forecast).all() and (forecast < narrow[1]).all()
    assert (wide[0] <= narrow[0]).all() and (narrow[1] <= wide[1]).all()
    spread = np.ptp(np.loadtxt(sales, delimiter=",", skiprows=1, usecols=1))
    assert 0.2 < (narrow[1] - narrow[0]).mean() < spread


def test_values_that_are_known_are_not_told_as_outside_of_what_was_learned(
    done: Elman, model: Path, sales: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other.csv"
    lines = sales.read_text().splitlines()
    other.write_text("\n".join(lines[:60]) + "\n")
    assert "outside" not in done("predict", model, other, "--steps", 2).output
    month, value = lines[60].split(",")[:2]
    other.write_text("\n".join([*lines[:60], f"{month},{50 * float(value)}"]) + "\n")
    told = " ".join(done("predict", model, other, "--steps", 2).output.split())
    assert "outside the range of the training part" in told


def test_the_file_alone_gives_point_and_intervals_by_time(
    done: Elman, model: Path, sales: Path, tmp_path: Path
) -> None:
    out = tmp_path / "f.csv"
    sales.unlink()
    ended = done("predict", model, "--steps", 14, "--out", out)
    lines = [line.split(",") for line in out.read_text().splitlines()]
    edges = [f"sales ({side} {level})" for level in (80, 90) for side in ("lower", "upper")]
    assert lines[0] == ["month", "sales", "sales (one step)", "sales (forecast)", *edges]
    assert len(lines) == 15
    assert all(
        float(row[4]) < float(row[3]) < float(row[5]) for row in lines[1:13]
    )  # the last by errors of fewer steps
    assert lines[13][4:] == [""] * 4  # validation went 12 steps ahead
    assert "intervals reach 12 rows beyond the data" in ended.messages


def test_the_script_gives_the_forecast_and_its_intervals_as_the_file_alone_does(
    done: Elman, model: Path, sales: Path, tmp_path: Path
) -> None:
    script, out, told = tmp_path / "s.py", tmp_path / "s.csv", tmp_path / "f.csv"
    done("export", model, "--to", "script", "--out", script)
    words = [sys.executable, script, sales, "--steps", "8", "--out", out]
    subprocess.run(list(map(str, words)), check=True, timeout=600)
    sales.unlink()
    done("predict", model, "--steps", 8, "--out", told)
    head, *found = [line.split(",") for line in out.read_text().splitlines()]
    names, *rows = [line.split(",") for line in told.read_text().splitlines()]
    assert head == [names[0], *names[3:]]
    assert [row[0] for row in found] == [row[0] for row in rows]
    for one, other in zip(found, rows, strict=True):
        np.testing.assert_allclose(np.array(one[1:], np.float64), np.array(other[3:], np.float64), rtol=1e-6)


# -- going on -----------------------------------------------------------------------------------------


def test_a_forecaster_is_fitted_again_to_new_rows_with_the_choices_that_were_made(
    done: Elman, model: Path, tmp_path: Path
) -> None:
    longer, again = months(tmp_path / "longer.csv", 96), tmp_path / "again.safetensors"
    ended = done("train", model, longer, "--save", again, "--json")
    assert "transforms, lags, penalties and weights" in ended.messages
    before, after = load_model(model), load_model(again)
    for was, now in zip(before.parts, after.parts, strict=True):
        assert (was.kind, was.one_step, was.several) == (now.kind, now.one_step, now.several)
        assert (was.model.data, was.model.network, was.model.training) == (
            now.model.data,
            now.model.network,
            now.model.training,
        )
        assert was.model.history.epochs == now.model.history.epochs
    assert not np.array_equal(before.parts[0].model.weights.w2, after.parts[0].model.weights.w2)
    assert ended.result["metrics"]["test"]["rows"] == 12 and ended.result["data"]["rows"] == 96


def test_rows_that_begin_after_all_that_was_learned_are_told_of(done: Elman, model: Path, tmp_path: Path) -> None:
    longer = months(tmp_path / "longer.csv", 160)
    head, *rows = longer.read_text(encoding="utf-8").splitlines(keepends=True)
    new = tmp_path / "new.csv"
    new.write_text(head + "".join(rows[100:]), encoding="utf-8")
    assert "give one table with the old and the new rows" in done("train", model, new).messages
    assert "are left out now" not in done("train", model, longer).messages


def test_a_forecaster_that_is_fitted_again_to_its_own_rows_is_the_same(
    done: Elman, model: Path, tmp_path: Path
) -> None:
    again = tmp_path / "again.safetensors"
    done("train", model, "--save", again)
    for was, now in zip(load_model(model).parts, load_model(again).parts, strict=True):
        np.testing.assert_array_equal(was.model.weights.w1, now.model.weights.w1)
        np.testing.assert_array_equal(was.model.weights.w2, now.model.weights.w2)


def test_a_pure_network_trains_on_from_its_weights_with_new_rows(done: Elman, sales: Path, tmp_path: Path) -> None:
    path, again = tmp_path / "m.safetensors", tmp_path / "again.safetensors"
    done("train", sales, "--epochs", 5, "--hidden", 3, "--save", path)
    longer = months(tmp_path / "longer.csv", 96)
    ended = done("train", path, longer, "--epochs", 4, "--save", again, "--json")
    assert "continues from epoch 5 for 4 epochs more" in ended.messages
    assert ended.result["epochs"] == 9 and ended.result["data"]["rows"] == 96
    before, after = load_model(path), load_model(again)
    assert after.history.train[:5].tolist() == before.history.train.tolist()
    assert after.fitted.scale == before.fitted.scale  # the weights belong to it
    assert not np.array_equal(before.weights.w1, after.weights.w1)


@pytest.mark.parametrize("words", ["--hidden 4", "--lags 2", "--auto", "--target sales"])
def test_a_model_goes_on_as_it_was_begun(elman: Elman, model: Path, sales: Path, words: str) -> None:
    ended = elman("train", model, sales, *words.split())
    assert ended.code == 2 and ended.messages.count("\n") == 1


def test_a_second_file_is_for_models_alone(elman: Elman, sales: Path) -> None:
    ended = elman("train", sales, sales)
    assert ended.code == 2 and "for continuing a model" in ended.messages
