"""`elman backtest`, and the intervals of `elman predict`: what people and programs are given."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from commands import Elman

QUICK = ("--epochs", 3, "--hidden", 3)


@pytest.fixture
def shops(tmp_path: Path) -> Path:
    """A table of 25 shops with 60 months each, in one column under the other."""
    random = np.random.default_rng(0)
    path = tmp_path / "shops.csv"
    with path.open("w", encoding="utf-8") as file:
        file.write("shop,step,orders\n")
        for shop in range(25):
            level = 100 + random.normal(0, 2, 60).cumsum() + 10 * np.sin(np.arange(60) * 2 * np.pi / 4)
            file.writelines(f"shop {shop},{step + 1},{value:.4f}\n" for step, value in enumerate(level))
    return path


@pytest.fixture
def model(done: Elman, tmp_path: Path) -> Path:
    path = tmp_path / "spots.safetensors"
    done("train", "sunspots", "--epochs", 3, "--save", path)
    return path


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_a_model_is_tested_against_every_baseline(done: Elman, model: Path) -> None:
    found = done("backtest", model, "--horizon", 4, "--json").result
    assert [own["horizon"] for own in found["horizons"]] == [1, 2, 3, 4]
    for own in found["horizons"]:
        assert {"horizon", "rmse", "mae", "mase", "smape", "skill", "coverage"} <= set(own)
        assert set(own["coverage"]) == {"80", "90"} and all(0 <= share <= 1 for share in own["coverage"].values())
    board = found["leaderboard"]
    assert {own["model"] for own in board} == {"network", "persistence", "linear", "theta", "ets"}
    assert all({"model", "mase", "smape", "rmse"} <= set(own) for own in board)
    assert [own["mase"] for own in board] == sorted(own["mase"] for own in board)
    assert found["verdict"].startswith("Over 4 steps the network is ") and found["verdict"].endswith(".")
    horizons = done("evaluate", model, "--horizon", 4, "--json").result["horizons"]
    for own, other in zip(found["horizons"], horizons, strict=True):
        assert own["rmse"] == pytest.approx(other["rmse"], rel=1e-6)
    assert done("backtest", model, "--horizon", 4, "--json").result == found


def test_people_read_tables_and_the_verdict(done: Elman, model: Path) -> None:
    ended = done("backtest", model, "--horizon", 3, "--folds", 2, "--interval", 75)
    assert max(map(len, ended.output.splitlines())) <= 80
    for words in ("least squares", "Theta", "ETS", "Within", "75 %", "Fold", "Over 3 steps the network is"):
        assert words in ended.output
    assert "backtest of sunspots: 3 steps ahead from each row of the test part" in ended.messages
    verdict = done("backtest", model, "--horizon", 3, "--json").result["verdict"]
    assert verdict in " ".join(ended.output.split())


def test_a_name_or_file_is_trained_with_the_options_of_train(done: Elman, shops: Path, tmp_path: Path) -> None:
    saved = tmp_path / "m.safetensors"
    given = (shops, "--sequence-column", "shop", "--target", "orders", "--season", 4, "--test-rows", 8, *QUICK)
    found = done("backtest", *given, "--horizon", 5, "--save", saved, "--json").result
    assert found["sequences"] == 25 and found["origins"] == 25 * 8 and found["complete_origins"] == 25 * 4
    assert {own["model"] for own in found["leaderboard"]} == {"network", "persistence", "seasonal", "linear", "theta"}
    told = found["by_sequence"]
    assert len(told["worst"]) == 10 and list(told["mase"]) == ["5", "25", "50", "75", "95"]
    worst = [own["mase"] for own in told["worst"]]
    assert worst == sorted(worst, reverse=True) and told["mase"]["95"] <= worst[0]
    again = done("backtest", saved, "--horizon", 5, "--json").result
    assert again["leaderboard"] == found["leaderboard"]
    shown = done("backtest", saved, "--horizon", 5, "--ets").output
    assert "The worst sequences" in shown and "ETS" in shown


def test_a_table_begins_with_a_forecaster_whose_parts_stand_beside_it(done: Elman, tmp_path: Path) -> None:
    data, saved = tmp_path / "orders.csv", tmp_path / "m.safetensors"
    random, time = np.random.default_rng(0), np.arange(72)
    values = 50 + time + 8 * np.sin(time * 2 * np.pi / 12) + random.normal(0, 2, 72)
    months = [f"{2015 + k // 12}-{1 + k % 12:02d}" for k in range(72)]
    data.write_text("month,orders\n" + "".join(f"{m},{v:.3f}\n" for m, v in zip(months, values, strict=True)))
    given = ("--auto", "--epochs", 4, "--networks", 2, "--horizon", 3, "--save", saved, "--no-ets")
    found = done("backtest", data, *given, "--json").result
    names = [own["model"] for own in found["leaderboard"]]
    assert {"network", "part 1", "part 2", "persistence", "linear", "theta"} <= set(names)
    assert found["verdict"].startswith("Over 3 months the network is ")
    assert all(set(own["coverage"]) == {"80", "90"} for own in found["horizons"])
    again = done("backtest", saved, "--horizon", 3, "--no-ets", "--json").result
    assert again["leaderboard"] == found["leaderboard"]
    evaluated = done("evaluate", saved, "--horizon", 3, "--json").result["horizons"]
    for own, other in zip(found["horizons"], evaluated, strict=True):
        assert own["rmse"] == pytest.approx(other["rmse"], rel=1e-6)
    shown = done("backtest", saved, "--horizon", 3, "--no-ets", "--folds", 2, "--refit").output
    assert shown.count("its part") == 3 and " more parts" in shown
    refused = "--auto is for training on a NAME or FILE; a model is as it was trained"
    assert refused in done_badly(done, "backtest", saved, "--auto")


def done_badly(done: Elman, *arguments: object) -> str:
    with pytest.raises(AssertionError) as ended:
        done(*arguments)
    return str(ended.value)


def test_what_is_trained_anew_at_each_fold_is_deterministic(done: Elman) -> None:
    given = ("backtest", "sunspots", "--epochs", 3, "--horizon", 2, "--folds", 3, "--refit", "--no-ets", "--json")
    found = done(*given).result
    assert found["refitted"] and len(found["folds"]) == 3
    assert done(*given).result == found
    assert "ets" not in {own["model"] for own in found["leaderboard"]}


def test_every_forecast_can_be_written_beside_what_came(done: Elman, model: Path, tmp_path: Path) -> None:
    out = tmp_path / "forecasts.csv"
    found = done("backtest", model, "--horizon", 3, "--out", out, "--json").result
    rows = rows_of(out)
    assert list(rows[0])[:5] == ["YEAR", "origin", "fold", "steps ahead", "SUNACTIVITY"]
    assert list(rows[0])[-4:] == [f"SUNACTIVITY ({edge})" for edge in ("lower 80", "upper 80", "lower 90", "upper 90")]
    assert len(rows) == sum(own["rows"] for own in found["horizons"]) == 47 + 46 + 45
    for step, own in enumerate(found["horizons"], start=1):
        some = [row for row in rows if row["steps ahead"] == str(step)]
        numbers = {name: np.array([float(row[f"SUNACTIVITY{name}"]) for row in some]) for name in _COLUMNS}
        error = numbers[" (network)"] - numbers[""]
        assert np.sqrt(np.mean(error**2)) == pytest.approx(own["rmse"], rel=1e-9)
        inside = (numbers[" (lower 80)"] <= numbers[""]) & (numbers[""] <= numbers[" (upper 80)"])
        assert inside.mean() == pytest.approx(own["coverage"]["80"])
        assert all(float(row["YEAR"]) == float(row["origin"]) + step for row in some)


_COLUMNS = ("", " (network)", " (lower 80)", " (upper 80)")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("--hidden 5", "--hidden is for training on a NAME or FILE; a model is as it was trained"),
        ("--target x", "--target is for training on a NAME or FILE; a model is as it was trained"),
        ("--save m.safetensors", "--save is for training on a NAME or FILE; a model is as it was trained"),
        ("--horizon 48", "horizon must be from 1 to 47, the rows from its test part on, got 48"),
        ("--folds 48", "folds must be from 1 to 47, the origins of forecasts there are, got 48"),
        ("--interval 100", "interval must be above 0 and below 100 per cent, got 100"),
        ("--member 2", "--member must be 1, as the model has one network, got 2"),
        ("--out no/o.csv", "no/o.csv cannot be saved: there is no folder"),
        (
            "--out spots.safetensors",
            "spots.safetensors is what the prediction is made from; write the prediction to another file",
        ),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(
    elman: Elman, model: Path, arguments: str, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(model.parent)
    ended = elman("backtest", model.name, *arguments.split())
    assert ended.code == 2
    assert not ended.output
    assert f"elman backtest: {message}" in ended.messages.splitlines()[-1]


def test_symbols_are_refused_before_they_are_trained(elman: Elman, tmp_path: Path) -> None:
    text = tmp_path / "text.txt"
    text.write_text("the cat sat. a dog ran. " * 20, encoding="utf-8")
    ended = elman("backtest", text)
    assert ended.code == 2
    assert ended.messages == ("elman backtest: text.txt is a stream of symbols; a backtest is for a table of numbers\n")


# -- intervals of predict ---------------------------------------------------------------------------


def test_predict_gives_intervals_in_the_last_columns(done: Elman, model: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    found = done("predict", model, "--steps", 5, "--interval", 50, "--interval", 95, "--out", out, "--json").result
    assert list(found["intervals"]) == ["50", "95"]
    rows = rows_of(out)
    edges = [f"SUNACTIVITY ({side} {level})" for level in (50, 95) for side in ("lower", "upper")]
    assert list(rows[0])[-4:] == edges and all(row[edges[0]] == "" for row in rows[:-5])
    for step, row in enumerate(rows[-5:]):
        numbers = [float(row[name]) for name in edges]
        assert numbers == [found["intervals"][level][side][step][0] for level in ("50", "95") for side in _SIDES]
        assert numbers[2] < numbers[0] < float(row["SUNACTIVITY (forecast)"]) < numbers[1] < numbers[3]
    assert "Lower" in done("predict", model, "--steps", 2, "--interval", 80).output
    assert "intervals" not in done("predict", model, "--steps", 2, "--json").result


_SIDES = ("lower", "upper")


def test_intervals_of_many_sequences_are_each_their_own(done: Elman, shops: Path, tmp_path: Path) -> None:
    path, out = tmp_path / "m.safetensors", tmp_path / "out.csv"
    done("train", shops, "--sequence-column", "shop", "--target", "orders", *QUICK, "--save", path)
    found = done("predict", path, "--steps", 2, "--interval", 80, "--out", out, "--json").result
    assert np.shape(found["intervals"]["80"]["lower"]) == (25, 2, 1)
    beyond = [row for row in rows_of(out) if row["orders (forecast)"]]
    lower = [float(row["orders (lower 80)"]) for row in beyond]
    assert lower == np.ravel(found["intervals"]["80"]["lower"]).tolist()


def test_intervals_on_another_series_are_of_the_errors_there(done: Elman, model: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.csv"
    random = np.random.default_rng(0)
    values = (1_000 + random.normal(0, 400, 80)).round(2).tolist()
    other.write_text("YEAR,SUNACTIVITY\n" + "".join(f"{1900 + k},{value}\n" for k, value in enumerate(values)))
    own = done("predict", model, "--steps", 1, "--interval", 80, "--json").result["intervals"]["80"]
    found = done("predict", model, other, "--steps", 1, "--interval", 80, "--json").result["intervals"]["80"]
    assert found["upper"][0][0] - found["lower"][0][0] > 3 * (own["upper"][0][0] - own["lower"][0][0])


def test_where_intervals_end_or_are_none_it_is_said(done: Elman, elman: Elman, model: Path, tmp_path: Path) -> None:
    few = tmp_path / "few.csv"
    few.write_text("YEAR,SUNACTIVITY\n" + "".join(f"{1900 + k},{k * 7 % 40}\n" for k in range(20)))
    ended = done("predict", model, few, "--steps", 30, "--interval", 80, "--json")
    assert "intervals reach 19 rows beyond the data: further on no errors are known" in ended.messages
    assert ended.result["intervals"]["80"]["lower"][20] == [None]
    few.write_text("YEAR,SUNACTIVITY\n1900,3\n1901,8\n1902,5\n")
    assert (
        "there are no intervals: the data have too few rows" in done("predict", model, few, "--interval", 80).messages
    )
    fitted, many = tmp_path / "f.safetensors", "".join(f"{k},{k * 7 % 40}\n" for k in range(60))
    few.write_text("t,x\n" + many)
    done("train", few, *QUICK, "--train-percent", 100, "--validation-percent", 0, "--save", fitted)
    ended = done("predict", fitted, "--interval", 80)
    assert "intervals come from errors on rows that the network was fitted to, and may be too narrow" in ended.messages

    text, words = tmp_path / "text.txt", tmp_path / "w.safetensors"
    text.write_text("the cat sat. a dog ran. " * 20, encoding="utf-8")
    done("train", text, *QUICK, "--save", words)
    assert "--interval is for numbers; symbols are predicted with probabilities" in (
        elman("predict", words, "--interval", 80).messages
    )
    assert "--interval is for rows of data, not for --text" in (
        elman("predict", words, "--text", "the", "--interval", 80).messages
    )


def test_without_the_data_there_are_no_intervals_and_it_is_said(done: Elman, tmp_path: Path) -> None:
    data, path = tmp_path / "gone.csv", tmp_path / "m.safetensors"
    data.write_text("t,x\n" + "".join(f"{k},{k * 7 % 40}\n" for k in range(60)))
    done("train", data, *QUICK, "--save", path)
    data.unlink()
    ended = done("predict", path, "--steps", 2, "--interval", 80, "--json")
    assert "intervals" not in ended.result
    assert "there are no intervals: these need the errors of forecasts on the data, which are gone" in ended.messages
