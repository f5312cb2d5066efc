"""The script of a model gives its whole forecast, with numpy alone, for every kind of part, transform and table."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from commands import Elman
from forecasters import SEASON, forecaster_of, run_of, usual_forecaster, written_table

from elman_core.config import CalendarInput, TransformName
from elman_core.data.calendar_inputs import calendar_columns
from elman_core.data.csv.detect import detect_format
from elman_core.data.csv.read import read_table
from elman_core.errors import ConfigError
from elman_core.experiment import Run
from elman_core.experiments.factory import begin_named
from elman_core.experiments.saved_forecaster import forecaster_from_model
from elman_core.export.script.writing import script_of, write_script
from elman_core.forecasting.forecaster import Forecaster
from elman_core.storage.model_file import load_model, save_model
from elman_core.support.jobs import complete
from elman_core.training.initial_weights import initial_weights

STEPS = 9
_RUN_ALL = """
import importlib.abc, json, runpy, sys

class OnlyNumpy(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        top = name.partition(".")[0]
        if top != "numpy" and top not in sys.stdlib_module_names:
            raise ImportError(f"{name} is imported")

sys.meta_path.insert(0, OnlyNumpy())
for script, *words in json.loads(sys.stdin.read()):
    sys.argv = [script, *words]
    runpy.run_path(script, run_name="__main__")
"""


def run_scripts(calls: list[list[str]]) -> None:
    """Run scripts one after another in a process in which nothing but numpy and the standard library is imported."""
    words = [sys.executable, "-I", "-W", "error", "-c", _RUN_ALL]
    ended = subprocess.run(words, input=json.dumps(calls), capture_output=True, text=True, check=False, timeout=600)
    assert ended.returncode == 0, ended.stderr


def written(path: Path) -> tuple[list[str], list[list[str]]]:
    head, *rows = [line.split(",") for line in path.read_text(encoding="utf-8").splitlines()]
    return head, rows


class Trial:
    """A saved forecaster, its script, and how both are run."""

    def __init__(self, folder: Path, saved: Forecaster | Run, name: str = "m") -> None:
        self.saved = saved
        self.model, self.script, self.out = (folder / f"{name}{end}" for end in (".safetensors", ".py", ".csv"))
        save_model(self.model, saved)
        write_script(self.script, load_model(self.model))
        self.data = Path(str(saved.dataset.source.path))

    def call(self, data: Path | None = None, *more: str) -> list[str]:
        return [str(self.script), str(data or self.data), "--steps", str(STEPS), "--out", str(self.out), *more]

    def check(self, forecaster: Forecaster | None = None, columns: int = 1) -> None:
        """Hold the written forecast against the program's."""
        if forecaster is None:
            forecaster = self.saved if isinstance(self.saved, Forecaster) else Forecaster.of_run(self.saved)
        dataset = forecaster.dataset
        was = np.moveaxis(complete(forecaster.predictor()).ahead(dataset.panel.stops - 1, STEPS), 0, 1)
        head, rows = written(self.out)
        skipped = len(head) - columns
        found = np.array([row[skipped:] for row in rows], np.float64).reshape(was.shape)
        double = all(part.run.weights.w1.dtype == np.float64 for part in forecaster.parts)  # type: ignore[union-attr]
        values = dataset.values[:]
        assert np.isfinite(was).all()
        spread = float(max(np.ptp(values), np.ptp(was)))  # weights that were drawn may well run off
        np.testing.assert_allclose(found, was, rtol=0, atol=(1e-12 if double else 1e-5) * spread)


NETWORKS: dict[str, dict[str, Any]] = {
    "tanh": {},
    "logistic": {"activation": "logistic", "initial_context": 0.5},
    "relu without biases": {"activation": "relu", "biases": False},
    "direct": {"direct": True, "begin": "least-squares", "ridge": 0.5},
    "logistic output": {"output": "logistic"},
}
CHAINS: list[dict[str, Any]] = [
    {"transforms": ()},
    {"transforms": ("log",), "scaling": "min-max"},
    {"transforms": ("log1p", "difference"), "scaling": "mean-absolute-step"},
    {"transforms": ("seasonal-difference",), "relative_to_last": True},
    {"transforms": ("log", "seasonal-difference", "difference")},
    {"transforms": ("seasonal-additive", "difference"), "scaling": "none"},
    {"transforms": ("seasonal-multiplicative",), "relative_to_last": True, "lags": 1},
    {"transforms": (), "scaling": "none", "lags": 1},
    {"transforms": ("log-where-positive", "seasonal-if-found"), "scaling": "none", "relative_to_last": True},
]
TABLES: dict[str, dict[str, Any]] = {
    "one series": {},
    "several targets": {"targets": 2},
    "inputs and known": {"inputs": 1, "known": 2},
    "sequences": {"sequences": 3, "targets": 2, "known": 1},
}


def tables_across() -> dict[str, str]:
    """Tables whose header has times, by what it has."""
    random = np.random.default_rng(5)
    months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    def rows(labels: list[str], count: int, lacking: int = 0) -> str:
        numbers = 50 + random.normal(0, 3, (len(labels), count)).cumsum(axis=1)
        cells = [[f"{number:.2f}" for number in own] for own in numbers]
        for place in range(count - lacking, count):
            cells[-1][place] = ""
        return "".join(",".join([label, *own]) + "\n" for label, own in zip(labels, cells, strict=True))

    years = [str(year) for year in range(1996, 2008)]
    shops = [f"{shop},{year}" for shop in ("north", "south") for year in years[:6]]
    return {
        "months": "year," + ",".join(months) + "\n" + rows(years, 12, lacking=4),
        "quarters": "year,Q1,Q2,Q3,Q4\n" + rows(years, 4),
        "hours": "date," + ",".join(map(str, range(24))) + "\n" + rows(["01.03.2020", "02.03.2020", "03.03.2020"], 24),
        "years over months": "month," + ",".join(years) + "\n" + rows(months, 12),
        "years": "shop," + ",".join(str(year) for year in range(1960, 2008)) + "\n" + rows(["north", "south"], 48),
        "dates": "shop," + ",".join(f"2003-{m:02d}-{d:02d}" for m in (1, 2) for d in range(1, 29))
        + "\n" + rows(["north"], 56),
        "months of shops": "shop,year," + ",".join(months) + "\n" + rows(shops, 12),
        "a total and a note": "year," + ",".join(months) + "\n" + rows(years, 12) + "Total" + ",9" * 12 + "\nSource\n",
    }  # fmt: skip


def test_tables_with_times_in_the_header_are_read_as_the_program_reads_them(tmp_path: Path) -> None:
    trials = []
    for name, text in tables_across().items():
        path = tmp_path / f"{name}.csv"
        path.write_text(text, encoding="utf-8")
        form = detect_format(path)
        assert form.layout == "across", name
        table = complete(read_table(path, form))
        data = {"columns": table.columns, "lags": 3, "transforms": ("difference",), "relative_to_last": True}
        trials.append(Trial(tmp_path, run_of(table, data, {}, {}, seed=1), name))
    run_scripts([trial.call() for trial in trials])
    for trial in trials:
        trial.check()
    times = [row[0] for row in written(trials[0].out)[1][:2]]
    assert times == ["2007-09", "2007-10"]


def test_every_kind_of_forecaster_gives_the_same_forecast(tmp_path: Path) -> None:
    trials: list[tuple[Trial, int]] = []
    for number, (name, shape) in enumerate(TABLES.items()):
        folder = tmp_path / str(number)
        folder.mkdir()
        table = written_table(folder / "shop.csv", seed=number, **shape)
        roles = {
            role: tuple(column for column in table.columns if column.startswith(letter))
            for role, letter in (("columns", "y"), ("inputs", "i"), ("known", "k"))
        }
        for place, chain in enumerate(CHAINS):
            for double in (True, False):
                network = list(NETWORKS.values())[(place + number) % len(NETWORKS)]
                training = {"precision": "float64" if double else "float32", "networks": 1 + place % 3}
                direct = {"horizon": 1 + place % 4, "strategy": "direct"} if place % 2 else {}
                data = {"lags": 1 + (place * 3) % 5, **roles, **chain, **direct}
                alone = run_of(table, data, network, training, seed=place)
                linear = {"direct": True, "begin": "least-squares", "hidden": 1}
                other = run_of(table, {"lags": 2, **roles, "transforms": ("difference",)}, linear, training)
                both = forecaster_of(table, [alone, other], [(0.3, 0.8), (0.7, 0.2)])
                saved = alone if place == 0 and training["networks"] == 1 else both
                trials.append((Trial(folder, saved, f"{name} {place} {double}"), len(roles["columns"])))
    run_scripts([trial.call() for trial, _ in trials])
    for trial, columns in trials:
        trial.check(columns=columns)


def test_every_transform_that_there_is_was_among_them() -> None:
    tried = {name for chain in CHAINS for name in chain["transforms"]}
    assert tried == {name.value for name in TransformName}


def test_series_that_the_model_has_never_seen_are_fitted_to_their_own_rows(tmp_path: Path) -> None:
    """With zeros, with both signs, constant, short, and in another order than the model's own."""
    table = written_table(tmp_path / "shop.csv", sequences=3, rows=48)
    data = {"transforms": ("log-where-positive", "seasonal-if-found"), "scaling": "none", "relative_to_last": True}
    run = run_of(table, {**data, "lags": 4}, {}, {"precision": "float64", "networks": 2})
    trial = Trial(tmp_path, run)
    head, *rows = (tmp_path / "shop.csv").read_text().splitlines()
    own = [row for row in rows if row.startswith("shop 1")]
    values: dict[str, list[float]] = {
        "with zeros": [max(0.0, 5 * math.sin(row)) for row in range(30)],
        "both signs": [7 * math.sin(row / 5) + row % 4 for row in range(50)],
        "constant": [4.0] * 20,
        "short": [3.0, 4.0, 2.5, 3.5, 6.0],
        "grows": [2 ** (row / 6) * (1.5 if row % 4 == 0 else 1) for row in range(44)],
    }
    new = [
        f"{name},{2010 + row // 12}-{row % 12 + 1:02}-01,{value:.4f}"
        for name, numbers in values.items()
        for row, value in enumerate(numbers)
    ]
    other = tmp_path / "other.csv"
    other.write_text("\n".join([head, *new[:60], *own, *new[60:]]) + "\n")
    run_scripts([trial.call(other)])
    elsewhere = complete(read_table(other, detect_format(other, "shop")))
    forecaster = forecaster_from_model(load_model(trial.model), elsewhere, whole=True)
    assert set(forecaster.dataset.panel.names) == {*values, "shop 1"}
    trial.check(forecaster)


def test_gaps_are_filled_as_the_program_does(tmp_path: Path) -> None:
    table = written_table(tmp_path / "shop.csv", rows=60, known=1)
    lines = (tmp_path / "shop.csv").read_text().splitlines()
    for row in (1, 12, 13, 41, 42, 43, 44, 54, 55, 60):
        month, value, known = lines[row].split(",")
        lines[row] = f"{month},{'NA' if row % 2 else ''},{known}" if row != 13 else f"{month},{value},"
    (tmp_path / "shop.csv").write_text("\n".join(lines) + "\n")
    table = complete(read_table(tmp_path / "shop.csv", detect_format(tmp_path / "shop.csv")))
    roles = {"columns": ("y0",), "known": ("k0",), "fill_gaps": True}
    run = run_of(table, {**roles, "transforms": ("seasonal-additive",), "lags": 6}, {}, {"precision": "float64"})
    own = Trial(tmp_path, run)
    other = tmp_path / "other.csv"
    other.write_text((tmp_path / "shop.csv").read_text())
    run_scripts([own.call()])
    own.check()
    run_scripts([own.call(other)])
    elsewhere = complete(read_table(other, detect_format(other)))
    own.check(forecaster_from_model(load_model(own.model), elsewhere, whole=True))


@pytest.mark.parametrize(
    ("delimiter", "decimal", "date"),
    [
        (";", ",", "%d.%m.%Y"),
        ("\t", ".", "%Y-%m-%d %H:%M"),
        ("|", ".", "%m/%d/%Y"),
        (";", ".", "%Y%m%d"),
        (",", ".", None),
    ],
)
def test_tables_are_read_with_the_marks_and_times_that_the_model_knows(
    tmp_path: Path, delimiter: str, decimal: str, date: str | None
) -> None:
    random = np.random.default_rng(3)
    path = tmp_path / "waves.csv"
    rows = [delimiter.join(["date" if date else "year", "height", "place"])]
    for row in range(50):
        moment = np.datetime64("2001-01-01") + row
        when = moment.item().strftime(date) if date else str(1900 + row)
        number = f"{-3 + 5 * np.sin(row / 3) + random.uniform():.4f}".replace(".", decimal)
        rows.append(delimiter.join([when, number, '"north, east"' if delimiter == "," else "north"]))
    if delimiter != "\t":
        rows[20] = rows[20].replace("north", "")
    path.write_text("\ufeff" + "\n".join(rows) + "\n\n", encoding="utf-8")
    run, _ = begin_named(str(path), {"columns": ("height",), "lags": 3}, {"hidden": 3}, {"precision": "float64"})
    trial = Trial(tmp_path, replace(run, weights=initial_weights(run)))
    run_scripts([trial.call()])
    trial.check()


def test_another_table_begins_where_it_does_in_the_season(tmp_path: Path, done: Elman) -> None:
    """The same rows without the first ones are forecast nearly as all of them: the season goes on by the calendar."""
    table = written_table(tmp_path / "shop.csv", rows=60)
    run = run_of(table, {"transforms": ("seasonal-additive",), "lags": 2}, {}, {"precision": "float64"})
    trial = Trial(tmp_path, run)
    head, *rows = (tmp_path / "shop.csv").read_text().splitlines()
    later = tmp_path / "later.csv"
    later.write_text("\n".join([head, *rows[7:]]) + "\n")
    whole = np.array(done("predict", trial.model, "--steps", STEPS, "--json").result["forecast"])
    part = np.array(done("predict", trial.model, later, "--steps", STEPS, "--json").result["forecast"])
    np.testing.assert_allclose(part, whole, atol=0.5)  # a season that is out of step by 7 rows is off by 4
    run_scripts([trial.call(later)])
    _, found = written(trial.out)
    np.testing.assert_allclose([float(row[1]) for row in found], part[:, 0], rtol=1e-12)


def test_calendar_inputs_follow_from_the_times(done: Elman, tmp_path: Path) -> None:
    table = written_table(tmp_path / "shop.csv", known=1)
    known = ("k0", *calendar_columns((CalendarInput.MONTH, CalendarInput.WEEKDAY, CalendarInput.HOUR)))
    data = {"columns": ("y0",), "known": known, "lags": 2, "transforms": ("log",)}
    trial = Trial(tmp_path, run_of(table, data, {}, {"precision": "float64"}))
    run_scripts([trial.call()])
    trial.check()
    ended = done("predict", trial.model, "--steps", 2)
    assert "calendar" not in ended.messages


TIMES = {
    "%Y-%m": "MS", "%b %Y": "MS", "yyyymm": "MS", "%YQ%q": "QS", "%G-W%V": "W-MON", "%Y": "YS", "%d.%m.%y": "D",
    "%Y-%m-%d %H:%M": "h", "%Y-%m-%dT%H:%M:%S%z": "15min", "epoch-ms": "500ms", "%m/%d/%Y %I:%M %p": "h",
    "%d %B %Y": "ME", "%Y-%m-%d": "B",
}  # fmt: skip


def test_times_of_every_spelling_are_read_and_go_on_by_the_calendar(done: Elman, tmp_path: Path) -> None:
    import pandas as pd

    trials = []
    for number, (date_format, frequency) in enumerate(TIMES.items()):
        moments = pd.date_range("2001-01-01", periods=40, freq=frequency)
        if date_format == "%YQ%q":
            texts = [f"{moment.year}Q{moment.quarter}" for moment in moments]
        elif date_format == "epoch-ms":
            texts = [str(int(moment.timestamp() * 1000)) for moment in moments]
        elif "%z" in date_format:
            texts = [moment.strftime("%Y-%m-%dT%H:%M:%S+02:00") for moment in moments]
        else:
            texts = [moment.strftime({"yyyymm": "%Y%m"}.get(date_format, date_format)) for moment in moments]
        folder = tmp_path / str(number)
        folder.mkdir()
        path = folder / "waves.csv"
        rows = [f"{text},{5 + math.sin(row / 2):.4f}" for row, text in enumerate(texts)]
        path.write_text("\n".join(["when,height", *rows]) + "\n")
        run, _ = begin_named(str(path), {"columns": ("height",), "lags": 2}, {"hidden": 2}, {"precision": "float64"})
        trials.append(Trial(folder, replace(run, weights=initial_weights(run))))
    run_scripts([trial.call() for trial in trials])
    for trial in trials:
        trial.check()
        out = trial.out.with_name("told.csv")
        done("predict", trial.model, "--steps", STEPS, "--out", out)
        told = [row[0] for row in written(out)[1] if row[3]]
        assert [row[0] for row in written(trial.out)[1]] == told, trial.out


def test_rows_that_run_backwards_are_turned_round(tmp_path: Path) -> None:
    written_table(tmp_path / "shop.csv")
    head, *rows = (tmp_path / "shop.csv").read_text().splitlines()
    (tmp_path / "shop.csv").write_text("\n".join([head, *reversed(rows)]) + "\n")
    table = complete(read_table(tmp_path / "shop.csv", detect_format(tmp_path / "shop.csv")))
    trial = Trial(tmp_path, usual_forecaster(table))
    run_scripts([trial.call()])
    trial.check()


def test_times_and_future_are_those_of_predict(done: Elman, tmp_path: Path) -> None:
    from forecasters import future_text

    table = written_table(tmp_path / "shop.csv", sequences=2, known=1)
    trial = Trial(tmp_path, usual_forecaster(table, columns=("y0",), known=("k0",)))
    future, out = tmp_path / "future.csv", tmp_path / "predicted.csv"
    future.write_text(future_text(table, STEPS, ("k0",), sequences=2))
    done("predict", trial.model, "--steps", STEPS, "--future", future, "--out", out)
    run_scripts([trial.call(None, "--future", str(future))])
    head, rows = written(trial.out)
    assert head == ["month", "shop", "y0 (forecast)"]
    _, told = written(out)
    beyond = [[row[0], row[1], float(row[4])] for row in told if row[4]]
    assert [row[:2] for row in rows] == [row[:2] for row in beyond]
    np.testing.assert_allclose([float(row[2]) for row in rows], [row[2] for row in beyond], rtol=1e-5)


def test_a_script_is_short_and_plain(tmp_path: Path) -> None:
    table = written_table(tmp_path / "shop.csv")
    text = script_of(load_model(Trial(tmp_path, usual_forecaster(table)).model))
    code, _, model = text.partition("\nMODEL = ")
    assert code.count("\n") < 750 and "elman_core" not in code
    assert max(map(len, code.splitlines())) <= 120
    compile(text, "script", "exec")
    assert f'"season": {SEASON}' in model


def test_names_cannot_break_out_of_the_script(tmp_path: Path) -> None:
    evil = tmp_path / "shop.csv"
    header = 'month,"y"""""" import os\\","k"""""""'  # the names are y""" import os\ and k"""
    months = [f"{2010 + row // 12}-{row % 12 + 1:02}-01,{row % 7 + 1},{row % 5}" for row in range(40)]
    evil.write_text("\n".join([header, *months]) + "\n")
    table = complete(read_table(evil, detect_format(evil)))
    trial = Trial(tmp_path, run_of(table, {"columns": table.columns[:1], "lags": 2}))
    run_scripts([trial.call()])
    trial.check()


def test_a_model_of_symbols_has_no_script(stream_of: Any) -> None:
    with pytest.raises(ConfigError, match="symbols"):
        from types import SimpleNamespace

        script_of(SimpleNamespace(symbols=object(), name="letters"))  # type: ignore[arg-type]
