"""`elman import`, the line that every command says of a table, and the options that change how it is read."""

from __future__ import annotations

from pathlib import Path

import pytest
from commands import Elman
from written import days, months

LEVELS = [40 + (row * 7 % 11) / 10 for row in range(30)]


@pytest.fixture
def lake(tmp_path: Path) -> Path:
    path = tmp_path / "lake.csv"
    rows = [f"{day};{row};{level:.1f};a" for row, (day, level) in enumerate(zip(days(30), LEVELS, strict=True))]
    path.write_text("\n".join(["day;nr;level;note", *rows]) + "\n", encoding="utf-8")
    return path


def test_import_tells_the_columns_the_time_and_the_notes(elman: Elman, lake: Path) -> None:
    ended = elman("import", lake, "--json")
    assert ended.code == 0
    found = ended.result
    assert list(found) == ["columns", "time", "sequences", "rows", "notes"]
    assert found["columns"] == [
        {"name": "day", "role": "time", "kind": "date", "missing": 0},
        {"name": "nr", "role": "ignored", "kind": "number", "missing": 0},
        {"name": "level", "role": "target", "kind": "number", "missing": 0},
        {"name": "note", "role": "ignored", "kind": "text", "missing": 0},
    ]
    assert found["time"] == {
        "columns": ["day"], "format": "%Y-%m-%d", "frequency": "D", "first": "2021-03-01", "last": "2021-03-30",
        "order": "as-is",
    }  # fmt: skip
    assert (found["rows"], found["sequences"]) == (30, 1)
    assert found["notes"] == ["lake.csv: column 'note' has text and is left out"]
    assert ended.messages.splitlines()[0] == (
        "lake.csv: 30 rows; target level; ignored nr, note; time day (%Y-%m-%d, D) from 2021-03-01 to 2021-03-30, in "
        "the file's order"
    )


def test_import_shows_a_table_to_a_person(elman: Elman, lake: Path) -> None:
    shown = elman("import", lake).output
    assert "a row number" in shown
    assert "level" in shown


def test_roles_can_be_given_to_import(elman: Elman, lake: Path) -> None:
    found = elman("import", lake, "--target", "nr", "--input", "level", "--json").result
    assert [column["role"] for column in found["columns"]] == ["time", "target", "input", "ignored"]


def test_train_predict_and_evaluate_say_the_same_line(done: Elman, lake: Path, tmp_path: Path) -> None:
    line = "lake.csv: 30 rows; target level; ignored nr, note; time day (%Y-%m-%d, D) from 2021-03-01 to 2021-03-30"
    model = tmp_path / "m.safetensors"
    trained = done("train", lake, "--epochs", 1, "--save", model, "--json")
    told = [text for text in trained.messages.splitlines() if not text.startswith("compiling")]
    assert told[0].startswith(line)
    imported = done("import", lake, "--json").result
    assert {key: trained.result["data"][key] for key in ("columns", "time", "rows", "sequences")} == {
        key: imported[key] for key in ("columns", "time", "rows", "sequences")
    }
    for command in ("predict", "evaluate"):
        assert done(command, model, "--json").messages.startswith(line)
        assert done(command, model, lake, "--json").messages.startswith(line)


OPTIONS = [
    ("a,b\n1,2\n3,4\n5,7\n", ["--no-header", "--delimiter", ";"], "row 1 of column 'column 1' has 'a,b'"),
    ("x;y\n1.234;5\n2.345;6\n9.999;1\n", ["--thousands", "."], "with '.' between thousands"),
    ("x;y\n1.234;5\n2.345;6\n9.999;1\n", ["--decimal", "point"], "with '.' as decimal mark"),
    ("t\tx\n1\t5\n2\t6\n3\t9\n", ["--delimiter", "tab"], "target x"),
    ("one\ntwo,three\n1,2\n3,4\n4,9\n", ["--skip-rows", "1"], "target two"),
    ("d,x\n1,5\n2,closed\n3,9\n4,3\n", ["--missing", "closed"], "1 row of column 'x' with 'closed' has no value"),
    ("d,x\n1,5\n2,-9\n3,-8\n4,3\n5,1\n", ["--missing", "-9", "--missing", "-8"], "1 row of column 'x' with '-8'"),
    ("s,d,x\na,1,5\na,2,6\nb,1,9\nb,2,1\n", ["--sequence-column", "s"], "4 rows in 2 sequences told apart by s"),
    ("Year,Jan,Feb,Mar,Apr\n2001,5,3,4,1\n2002,4,1,8,9\n", ["--layout", "columns"], "target Jan"),
    ("Größe,x\n1.5,2\n2.5,3\n9,1\n", ["--encoding", "latin-1"], "target GrÃ¶Ã\\x9fe"),
    ("a\nmm\n3\n1\n7\n", ["--header-rows", "2"], "row 2 stands below the names"),
    ("#a,1\n#b,2\nc,3\n#d,5\n", ["--comments", "rows", "--no-header"], "4 rows"),
]


@pytest.mark.parametrize(("content", "options", "sentence"), OPTIONS)
def test_every_option_of_a_table_has_its_effect(
    elman: Elman, tmp_path: Path, content: str, options: list[str], sentence: str
) -> None:
    path = tmp_path / "t.csv"
    path.write_text(content, encoding="utf-8")
    assert sentence in elman("import", path, *options, "--json").messages


def test_options_of_tables_are_those_of_all_commands_that_read_one(elman: Elman) -> None:
    words = ["--delimiter", "--decimal", "--thousands", "--encoding", "--header", "--no-header", "--skip-rows"]
    words += ["--time-column", "--date-format", "--missing", "--sequence-column", "--layout", "--sheet", "--comments"]
    for command in ("import", "train", "predict", "evaluate"):
        shown = elman(command, "--help").output
        assert [word for word in words if word not in shown] == []


def test_options_of_a_table_are_refused_where_there_is_none(elman: Elman, lake: Path, tmp_path: Path) -> None:
    assert "options of how a table is read are for a file" in elman("train", "sine", "--decimal", ",").messages
    model = tmp_path / "m.safetensors"
    elman("train", lake, "--epochs", 1, "--save", model)
    ended = elman("predict", model, "--decimal", ",")
    assert (ended.code, ended.messages) == (
        2, "elman predict: --decimal is for other data than the model's own, which are read as they were\n"
    )  # fmt: skip


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--delimiter", "x"], "delimiter"), (["--thousands", "x"], "thousands"), (["--encoding", "morse"], "encoding"),
        (["--skip-rows", "-1"], "skip_rows must be at least 0"), (["--layout", "round"], "layout"),
        (["--time-column", "when"], "has no time column 'when'"), (["--target", "depth"], "no number column 'depth'"),
    ],
)  # fmt: skip
def test_a_bad_option_gives_one_line(elman: Elman, lake: Path, options: list[str], sentence: str) -> None:
    ended = elman("train", lake, "--epochs", 1, *options)
    assert ended.code == 2
    assert sentence in ended.messages
    assert ended.messages.count("\n") == 1


# -- new data for a model ---------------------------------------------------------------------------


@pytest.fixture
def model(done: Elman, tmp_path: Path) -> Path:
    """A model of data with decimal commas, thousands and a code for missing values."""
    rows = [f"{month};{1000 + row * 37 % 900:,}".replace(",", ".") for row, month in enumerate(months(36))]
    rows[5] = f"{months(36)[5]};-9"
    (tmp_path / "own.csv").write_text("\n".join(["Monat;Gäste", *rows]) + "\n", encoding="utf-8")
    saved = tmp_path / "m.safetensors"
    how = ["--thousands", ".", "--missing", "-9", "--fill-gaps"]
    done("train", tmp_path / "own.csv", *how, "--epochs", 2, "--save", saved)
    return saved


def test_new_data_are_read_in_the_models_format_first(done: Elman, tmp_path: Path, model: Path) -> None:
    new = tmp_path / "new.csv"
    new.write_text("Monat;Gäste\n2004-01;1.250\n2004-02;-9\n2004-03;1.900\n2004-04;1.800\n", encoding="utf-8")
    out = tmp_path / "f.csv"
    predicted = done("predict", model, new, "--fill-gaps", "--steps", 2, "--out", out)
    values = [line.split(",")[1] for line in out.read_text(encoding="utf-8").splitlines()[1:5]]
    assert [float(values[row]) for row in (0, 2, 3)] == [1250.0, 1900.0, 1800.0]
    assert 1250 < float(values[1]) < 1900
    assert "1 row of column 'Gäste' with '-9' has no value" in predicted.messages


def test_data_that_are_written_otherwise_are_read_anew_and_told(done: Elman, tmp_path: Path, model: Path) -> None:
    new = tmp_path / "new.csv"
    new.write_text(
        'Monat,Gäste\n2004-01,1250.5\n2004-02,1100.25\n2004-03,"1,900.0"\n2004-04,1800.5\n', encoding="utf-8"
    )
    told = done("predict", model, new, "--steps", 2, "--json").messages
    assert "as the model's data are not written so, the format was found anew" in told


def test_columns_of_new_data_are_found_by_name_and_missing_ones_are_counted(
    done: Elman, elman: Elman, tmp_path: Path
) -> None:
    own, new, lacking = (tmp_path / name for name in ("own.csv", "new.csv", "lacking.csv"))
    rows = [(day, row % 7 + 0.5, row % 5 + 10.5, row % 3 + 100.5) for row, day in enumerate(days(40))]
    own.write_text("\n".join(["day,a,b,c", *(f"{d},{a},{b},{c}" for d, a, b, c in rows)]), encoding="utf-8")
    new.write_text("\n".join(["c,x,day,b,a", *(f"{c},7,{d},{b},{a}" for d, a, b, c in rows)]), encoding="utf-8")
    lacking.write_text("\n".join(["day,x,b", *(f"{d},{a},{b}" for d, a, b, c in rows)]), encoding="utf-8")
    saved = tmp_path / "m.safetensors"
    done("train", own, "--target", "a", "--target", "c", "--epochs", 1, "--save", saved)
    same = done("predict", saved, "--steps", 2, "--json").result
    assert done("predict", saved, new, "--steps", 2, "--json").result["forecast"] == same["forecast"]
    ended = elman("predict", saved, lacking, "--steps", 2)
    assert ended.code == 2
    assert "lacking.csv lacks 2 of the 2 number columns that are needed: 'a', 'c'; it has 'x', 'b'" in ended.messages
    assert ended.messages.count("\n") == 1


def test_other_units_are_told_with_counts(done: Elman, tmp_path: Path) -> None:
    celsius, fahrenheit = tmp_path / "c.csv", tmp_path / "f.csv"
    degrees = [(row * 7 % 19) - 4.5 for row in range(40)]
    celsius.write_text("\n".join(["day,temp", *(f"{d},{t}" for d, t in zip(days(40), degrees, strict=True))]), "utf-8")
    rows = [f"{day},{1.8 * t + 32:.2f}" for day, t in zip(days(40), degrees, strict=True)]
    fahrenheit.write_text("\n".join(["day,temp", *rows]), encoding="utf-8")
    done("train", celsius, "--epochs", 1, "--save", tmp_path / "m.safetensors")
    shown = " ".join(done("predict", tmp_path / "m.safetensors", fahrenheit, "--steps", 2).output.split())
    outside = sum(1.8 * t + 32 > max(degrees[:28]) for t in degrees)
    assert f"{outside} of 40 values of temp lie outside the range of the training part, -4.5 to 13.5" in shown


# -- bad input --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--season", "1"], "season must be at least 2, got"),
        (["--horizon", "25", "--strategy", "direct"], "no training part has more than 25 rows"),
        (["--test-rows", "40"], "leave 0 to train on"),
    ],
)
def test_what_cannot_be_learned_from_is_one_sentence(
    elman: Elman, lake: Path, options: list[str], sentence: str
) -> None:
    ended = elman("train", lake, "--epochs", 1, *options)
    assert ended.code == 2
    assert sentence in ended.messages
    assert ended.messages.count("\n") == 1


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--horizon", "12", "--test-rows", "5"], "the test part of 5 rows is not scored"),
        (["--warm-up-steps", "100"], "no sequence has more than 30 rows, fewer than the warm-up"),
    ],
)
def test_what_has_less_effect_than_asked_is_told(done: Elman, lake: Path, options: list[str], sentence: str) -> None:
    assert sentence in done("train", lake, "--epochs", 1, *options).messages


def test_columns_of_one_name_are_told(elman: Elman, tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("day,x,x\n" + "".join(f"{day},{row}.5,{row * row}.5\n" for row, day in enumerate(days(9))))
    assert "more than one column is called 'x'; a later one is taken as 'x (2)'" in elman("import", path).messages
