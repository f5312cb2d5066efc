"""Roles, horizon, transforms and sequences on the command line: what is learned, told and refused."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from commands import Elman
from refusals import refusal_of

from elman_core.config import (
    DataConfig,
    NetworkConfig,
    Scaling,
    Strategy,
    TrainingConfig,
    TransformName,
    check_together,
)
from elman_core.data.dataset import Part
from elman_core.data.preparation import prepare
from elman_core.data.scaling import named_transforms
from elman_core.data.sources import read_like
from elman_core.data.table import Source, TableFormat
from elman_core.errors import ConfigError
from elman_core.experiment import Run
from elman_core.experiments.description import learned_sentence
from elman_core.experiments.factory import begin_named
from elman_core.support.jobs import complete

SHOPS = TableFormat(sequence_column="shop")
SHOP_SOURCE = Source(kind="csv", name="shops.csv")
ROWS = {"north": 40, "south": 30, "east": 6}


@pytest.fixture
def shops(tmp_path: Path) -> Path:
    """Two long sequences and a short one, over months, with a column of text."""
    random = np.random.default_rng(3)
    lines = ["shop,month,sales,price,holiday,note"]
    for shop, rows in ROWS.items():
        for row in range(rows):
            month = np.datetime64("2015-01") + np.timedelta64(row, "M")
            sales = 50 + 5 * np.sin(row) + random.normal()
            lines.append(f"{shop},{month}-01,{sales:.3f},{5 + random.normal():.3f},{int(row % 12 == 11)},hello")
    path = tmp_path / "shops.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def begun(path: Path, **data: Any) -> tuple[Run, list[str]]:
    return begin_named(str(path), data, {}, {}, table_format=SHOPS)


# -- what is learned --------------------------------------------------------------------------------


def test_sizes_follow_from_roles_lags_and_horizon(shops: Path) -> None:
    experiment, _ = begun(shops, columns=("sales",), inputs=("price",), known=("holiday",), lags=3, horizon=4)
    assert experiment.dataset.config.strategy is Strategy.DIRECT  # what the price will be is not known
    assert (experiment.network.inputs, experiment.network.outputs) == (3 * 2 + 4, 4)
    recursive, _ = begun(shops, columns=("sales",), known=("holiday",), horizon=4)
    assert (recursive.network.inputs, recursive.network.outputs) == (2, 1)
    chosen, _ = begun(shops, columns=("sales",), inputs=("price",), horizon=4, strategy=Strategy.RECURSIVE)
    assert chosen.dataset.config.strategy is Strategy.RECURSIVE


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ({"columns": ("sales",)}, "learns sales one step ahead, from sales; standardised"),
        (
            {
                "columns": ("sales",), "inputs": ("price",), "known": ("holiday",), "lags": 3, "horizon": 4,
                "transforms": (TransformName.LOG, TransformName.DIFFERENCE, TransformName.SEASONAL_ADDITIVE),
                "season": 4, "relative_to_last": True,
            },
            "learns sales 1 to 4 steps ahead at once, from sales, price of the last 3 rows, and holiday known ahead; "
            "log, difference, seasonal indices of 4; standardised; relative to the newest value",
        ),
        (
            {"columns": ("sales", "price"), "horizon": 2, "scaling": Scaling.NONE},
            "learns sales, price one step ahead, and by feeding that back up to 2 steps, from sales, price; in the "
            "data's own units",
        ),
    ],
)  # fmt: skip
def test_one_sentence_says_what_is_learned(shops: Path, data: dict[str, Any], sentence: str) -> None:
    experiment, _ = begun(shops, **data)
    assert learned_sentence(experiment) == sentence


def test_train_tells_what_was_understood_first_and_in_json(done: Elman, shops: Path) -> None:
    words = ["--sequence-column", "shop", "--target", "sales", "--input", "price", "--known", "holiday"]
    ended = done("train", shops, *words, "--test-rows", 5, "--transform", "log,difference", "--epochs", 1, "--json")
    # The engine may be compiled before anything else, on a machine that has never trained.
    told = [line for line in ended.messages.splitlines() if not line.startswith("compiling the engine")]
    understood, _, learned = told[0].partition("; learns ")
    assert understood == (
        "shops.csv: 76 rows in 3 sequences told apart by shop; target sales; input price; known holiday; ignored note; "
        "time month (%Y-%m-%d, MS) from 2015-01-01 to 2018-04-01, in the file's order"
    )
    assert learned == (
        "sales one step ahead, from sales, price, and holiday known ahead; log, difference; standardised"
    )
    assert "shops.csv: 1 sequence of 3 with fewer than 4 rows to fit to is left out" in told
    data = ended.result["data"]
    assert [(column["name"], column["role"], column["kind"]) for column in data["columns"]] == [
        ("shop", "sequence", "text"), ("month", "time", "date"), ("sales", "target", "number"),
        ("price", "input", "number"), ("holiday", "known", "number"), ("note", "ignored", "text"),
    ]  # fmt: skip
    assert {column["missing"] for column in data["columns"]} == {0}
    assert data["time"] == {
        "columns": ["month"], "format": "%Y-%m-%d", "frequency": "MS", "first": "2015-01-01", "last": "2018-04-01",
        "order": "as-is",
    }  # fmt: skip
    assert (data["sequences"], data["rows"], data["notes"]) == (3, 76, told[:3])


def test_dates_that_come_regularly_have_a_frequency(done: Elman, tmp_path: Path) -> None:
    path = tmp_path / "months.csv"
    months = [f"{np.datetime64('2015-01') + np.timedelta64(row, 'M')}-01,{np.sin(row):.3f}" for row in range(20)]
    path.write_text("\n".join(["month,x", *months[::-1]]), encoding="utf-8")
    time = done("train", path, "--epochs", 1, "--json").result["data"]["time"]
    assert (time["frequency"], time["order"], time["first"]) == ("MS", "reversed", "2015-01-01")


def test_the_data_of_an_experiment_are_told_as_well(done: Elman) -> None:
    data = done("train", "sine", "--epochs", 1, "--json").result["data"]
    assert data["columns"] == [{"name": "sin(t)", "role": "target", "kind": "number", "missing": 0}]
    assert (data["rows"], data["sequences"], data["notes"]) == (21, 1, [])


def test_an_experiment_with_other_data_settings_says_what_it_learns(done: Elman) -> None:
    words = ["--lags", 2, "--transform", "log1p,difference", "--epochs", 1]
    assert done("train", "sunspots", *words).messages.startswith(
        "sunspots: learns SUNACTIVITY one step ahead, from SUNACTIVITY of the last 2 rows; log1p, difference; "
        "standardised\ntraining sunspots: "
    )


def test_a_column_of_symbols_is_told_with_its_sequences(done: Elman, tmp_path: Path) -> None:
    path = tmp_path / "walks.csv"
    path.write_text("walk,place\n" + "\n".join(f"w{k // 6},{'abc'[k * k % 3]}" for k in range(60)), encoding="utf-8")
    data = done("train", path, "--symbols", "rows", "--sequence-column", "walk", "--epochs", 1, "--json").result["data"]
    assert [(column["name"], column["role"], column["kind"]) for column in data["columns"]] == [
        ("walk", "sequence", "text"), ("place", "target", "symbol"),
    ]  # fmt: skip
    assert (data["rows"], data["sequences"]) == (60, 10)


# -- transforms by name -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("names", "transforms", "scaling"),
    [
        ("none", (), "none"),
        ("log,difference", ("log", "difference"), "standardize"),
        ("standardise", (), "standardize"),
        ("difference, min-max", ("difference",), "min-max"),
        ("seasonal-additive,mean-absolute-step", ("seasonal-additive",), "mean-absolute-step"),
    ],
)
def test_transforms_are_named_with_their_scaling(names: str, transforms: tuple[str, ...], scaling: str) -> None:
    assert named_transforms(names, 12) == (transforms, scaling)


@pytest.mark.parametrize(
    ("names", "sentence"),
    [
        ("auto", "transform auto is not there yet; name the transforms, or none"),
        ("log,auto", "transform auto is not there yet; name the transforms, or none"),
        ("lag", "there is no transform 'lag'; did you mean log?"),
        ("min-max,difference", "min-max must come last, got it before difference"),
        ("difference,log", "log must come first, got it after difference"),
        ("none,log", "none must stand alone, got it with other transforms"),
        (
            "seasonal-difference",
            "seasonal-difference needs a season: the number of rows after which the pattern comes again",
        ),
    ],
)
def test_names_that_are_no_transforms_are_refused(names: str, sentence: str) -> None:
    assert refusal_of(lambda: named_transforms(names, None), ConfigError) == sentence


# -- what cannot be learned ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (
            "--target sales --known sales",
            "column 'sales' must have one role, got it as target and also known ahead",
        ),
        ("--target shop", "column 'shop' must have one role, got it as sequence and as a target"),
        ("--target sales --known shop", "column 'shop' must have one role, got it as sequence and as known ahead"),
        (
            "--target sales --input cost",
            "shops.csv has no number column 'cost', which is an input; it has 'sales', 'price', 'holiday'",
        ),
        (
            "--target sales --sequence-column store",
            "shops.csv has no sequence column 'store'; it has 'shop', 'month', 'sales', 'price', 'holiday', 'note'",
        ),
        (
            "--target sales --sequence-column price",
            "shops.csv: column 'price' has another text in each of 76 rows, so that every sequence would have one row; "
            "choose a column that several rows share",
        ),
        (
            "--target holiday --transform log",
            "shops.csv: column 'holiday': log needs values above 0, got 0 in row 1 of 'north'",
        ),
        (
            "--target sales --transform seasonal-additive --season 24",
            "shops.csv: column 'sales': seasonal-additive with a season of 24 needs a training part of at least 48 "
            "rows, got 28 rows of 'north'",
        ),
        (
            "--target sales --horizon 40",
            "shops.csv: none of the 3 sequences has 42 rows to fit to that vary; at least one is needed",
        ),
        (
            "--target sales --split sequences --test-rows 3",
            "test_rows is for parts by time, got 3 with parts by sequences",
        ),
        ("--target sales --batch 8", "a batch of 8 sequences needs update_every sequence, got 20"),
        (
            "--target sales --sequences lines",
            "shops.csv is read as a table, whose lines are rows; a column tells its sequences apart: give "
            "--sequence-column",
        ),
    ],
)
def test_what_cannot_be_learned_is_refused_in_one_sentence(
    elman: Elman, shops: Path, words: str, sentence: str
) -> None:
    given = words.split()
    column = [] if "--sequence-column" in given else ["--sequence-column", "shop"]
    ended = elman("train", shops, "--no-auto", *column, *given)
    assert (ended.code, ended.output) == (2, "")
    assert ended.messages == f"elman train: {sentence}\n"


def test_a_text_has_no_sequence_column(elman: Elman, tmp_path: Path) -> None:
    path = tmp_path / "t.txt"
    path.write_text("abab\n", encoding="utf-8")
    ended = elman("train", path, "--sequence-column", "a")
    assert ended.code == 2 and ended.messages.endswith("where its lines are sequences, give --sequences lines\n")
    assert "options of how a table is read are for a file" in elman("train", "sine", "--sequence-column", "a").messages


def test_short_sequences_are_left_out_counted_and_told(shops: Path) -> None:
    experiment, notes = begun(shops, columns=("sales",), test_rows=3, train_percent=100.0, validation_percent=0.0)
    assert "shops.csv: 1 sequence of 3 with fewer than 3 rows to fit to is left out" not in notes
    assert experiment.dataset.panel.names == ("north", "south", "east")  # 3 rows to fit to, 3 to test on
    experiment, notes = begun(shops, columns=("sales",), horizon=2, test_rows=3)
    assert "shops.csv: 1 sequence of 3 with fewer than 4 rows to fit to is left out" in notes
    assert experiment.dataset.panel.names == ("north", "south")
    experiment, notes = begun(shops, columns=("sales",), test_rows=30)
    assert experiment.dataset.panel.names == ("north",)  # of the others nothing is left to fit to
    assert "shops.csv: 2 sequences of 3 with fewer than 3 rows to fit to are left out" in notes


def test_lags_of_a_short_sequence_are_padded(shops: Path) -> None:
    experiment, _ = begun(shops, columns=("sales",), lags=12, train_percent=100.0, validation_percent=0.0)
    dataset = experiment.dataset
    east = dataset.panel.names.index("east")
    rows = dataset.panel.rows_of(east)
    seen = dataset.windows(np.array([rows.start + 1]))[0, :, 0]
    assert seen[0] == dataset.past[rows.start + 1, 0] and set(seen[1:]) == {dataset.past[rows.start, 0]}
    assert dataset.part_rows(Part.TRAIN, east) == slice(rows.start + 1, rows.stop)


def test_a_batch_of_more_sequences_than_there_are_is_refused() -> None:
    training = TrainingConfig(update_every="sequence", truncation="all", batch=8)
    check_together(NetworkConfig(), training, 100, 8)
    check_together(NetworkConfig(), training, 100)
    assert refusal_of(lambda: check_together(NetworkConfig(), training, 100, 7), ConfigError) == (
        "batch must be at most the 7 sequences there are to learn, got 8"
    )


def test_updates_by_sequence_bring_their_truncation(shops: Path) -> None:
    how = {"update_every": "sequence", "batch": 2}
    experiment, _ = begin_named(str(shops), {"columns": ("sales",)}, {}, how, table_format=SHOPS)
    assert (experiment.training.truncation, experiment.training.batch) == ("all", 2)
    assert experiment.dataset.train_sequences == 3


@pytest.mark.parametrize(
    ("left_out", "sentence"),
    [
        ("price", "shops.csv has no number column 'price', which is an input; it has 'sales', 'holiday'"),
        ("holiday", "shops.csv has no number column 'holiday', which is known ahead; it has 'sales', 'price'"),
        ("sales", "shops.csv has no number column 'sales'; it has 'price', 'holiday'"),
    ],
)
def test_new_data_without_a_role_are_refused(shops: Path, left_out: str, sentence: str) -> None:
    experiment, _ = begun(shops, columns=("sales",), inputs=("price",), known=("holiday",))
    dataset, frame = experiment.dataset, pd.read_csv(shops)
    frame.drop(columns=left_out).to_csv(shops, index=False)
    table = complete(read_like(shops, SHOP_SOURCE, None, SHOPS))
    assert refusal_of(lambda: prepare(table, dataset.config, dataset.fitted)) == sentence


def test_sequences_that_were_never_seen_are_fitted_to_their_own_rows_and_told(shops: Path) -> None:
    dataset = begun(shops, columns=("sales",), inputs=("price",))[0].dataset
    # South is gone, and there are two shops more: what is known stays as it was fitted.
    lines = shops.read_text("utf-8").splitlines()
    kept = [line for line in lines if not line.startswith("south,")]
    new = [re.sub("^(north|south),", r"new \1,", line) for line in lines if line.startswith(("north,", "south,"))]
    shops.write_text("\n".join([*kept, *new]), encoding="utf-8")
    table = complete(read_like(shops, SHOP_SOURCE, None, SHOPS))
    found = prepare(table, dataset.config, dataset.fitted)
    assert found.panel.names == ("north", "east", "new north", "new south")
    assert found.notes[-1] == (
        "shops.csv: 2 sequences of 4 that the model was not trained on are predicted all the same; transforms are "
        "fitted to their own rows"
    )
    afresh = prepare(table, dataset.config)
    for group in ("targets", "covariates"):
        for was, own, fresh in zip(*(getattr(each.fitted, group) for each in (dataset, found, afresh)), strict=True):
            for name, array in own.tensors().items():
                np.testing.assert_array_equal(array[:2], was.tensors()[name][[0, 2]])
                np.testing.assert_array_equal(array[2:], fresh.tensors()[name][2:])


def test_a_table_of_one_series_is_a_new_sequence_for_a_model_of_many(shops: Path) -> None:
    dataset = begun(shops, columns=("sales",))[0].dataset
    frame = pd.read_csv(shops)
    frame[frame["shop"] == "north"].drop(columns="shop").to_csv(shops, index=False)
    found = prepare(complete(read_like(shops, SHOP_SOURCE)), dataset.config, dataset.fitted)
    assert "1 sequence that the model was not trained on is predicted all the same" in found.notes[-1]
    np.testing.assert_array_equal(found.fitted.targets[0].tensors()["0.offset"].shape, (1,))


def test_what_any_values_can_be_fitted_to_keeps_short_and_constant_sequences(shops: Path) -> None:
    with shops.open("a", encoding="utf-8") as file:
        file.writelines(f"flat,2015-01-{day:02},7,1,0,\n" for day in range(1, 30))
        file.writelines(f"young,2015-01-{day:02},{day},1,0,\n" for day in range(1, 4))
    how: dict[str, Any] = {"columns": ("sales",), "horizon": 4, "strategy": "direct", "test_rows": 1}
    usual = begun(shops, **how)[0].dataset
    assert {"flat", "young"}.isdisjoint(usual.panel.names)
    dataset = begun(shops, **how, transforms=("log-where-positive",), scaling="none")[0].dataset
    assert dataset.panel.names == ("north", "south", "east", "flat", "young")
    assert (
        "shops.csv: 2 sequences of 5 with fewer than 6 rows to fit to are predicted, but not learned from"
        in dataset.notes
    )
    assert dataset.train_sequences == 3


def test_symbols_have_no_inputs_beside_them(tmp_path: Path, table_of: Callable[..., Any]) -> None:
    path = tmp_path / "t.txt"
    path.write_text("abcabcabcabc\n", encoding="utf-8")
    for data, what in (
        ({"lags": 2}, "lags"),
        ({"inputs": ("a",)}, "inputs"),
        ({"known": ("a",)}, "columns known ahead"),
    ):
        sentence = refusal_of(lambda data=data: begin_named(str(path), data, {}, {}))  # type: ignore[misc]
        assert sentence == f"t.txt is a stream of symbols; {what} can be chosen for a table of numbers only"
    assert DataConfig().lags == 1
