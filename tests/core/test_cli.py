"""The command line: what it writes where, and that no mistake ends in a traceback."""

from __future__ import annotations

import csv
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest
from commands import Elman

from elman_core.cli import COMMANDS, main
from elman_core.cli import list as list_command
from elman_core.cli.options import TRAINING_SETTINGS, Setting
from elman_core.experiments import BUILT_IN
from elman_core.experiments.scorecard import scorecard_of
from elman_core.storage.model_file import load_model
from elman_core.support.folders import data_folder
from elman_core.support.jobs import complete
from elman_core.training.weights import network_from_weights

PROGRAM = "import sys; from elman_core.cli import main; sys.exit(main())"


@pytest.fixture
def waves(tmp_path: Path) -> Path:
    """Two columns over days, as a German spreadsheet writes them."""
    days = np.datetime64("2021-01-01") + np.arange(60)
    rows = [f"{day};{np.sin(k / 3):.4f};{5 + np.cos(k / 4):.4f}".replace(".", ",") for k, day in enumerate(days)]
    path = tmp_path / "waves.csv"
    path.write_text("Datum;Zufluss;Pegel\n" + "\n".join(rows) + "\n", encoding="utf-8")
    return path


@pytest.fixture
def model(tmp_path: Path, done: Elman) -> Path:
    """A sine model of a few epochs."""
    path = tmp_path / "sine.safetensors"
    done("train", "sine", "--epochs", 5, "--save", path)
    return path


def series(path: Path, rows: int, header: str = "flow") -> Path:
    path.write_text("\n".join([header, *(f"{np.sin(k / 2):.5f}" for k in range(rows))]) + "\n", encoding="utf-8")
    return path


# -- training ---------------------------------------------------------------------------------------


def test_sine_with_seed_1_gives_the_published_losses(done: Elman) -> None:
    result = done("train", "sine", "--seed", 1, "--epochs", 200, "--json").result
    losses = result["losses"]
    assert len(losses) == result["epochs"] == 200
    published = {0: 2.01561, 10: 0.30246, 50: 0.21426, 100: 0.20230, 150: 0.16921, 190: 0.11855}
    assert {epoch: losses[epoch] for epoch in published} == pytest.approx(published, abs=1e-5)
    train = result["metrics"]["train"]
    assert train["rmse"] == pytest.approx(0.10010, abs=1e-5)
    assert train["persistence"]["rmse"] == pytest.approx(0.29564, abs=1e-5)
    figures = {"rmse", "mae", "nmse", "mase", "smape"}
    assert set(train) == figures | {"persistence", "linear", "seasonal", "columns", "sequences", "rows", "chance"}
    assert train["columns"] == {"sin(t)": {name: train[name] for name in figures}}
    assert set(train["linear"]) == figures and train["seasonal"] is None and train["sequences"] == 1
    assert result["metrics"]["validation"] is None and result["metrics"]["test"] is None
    assert (result["experiment"], result["seed"], result["device"]) == ("sine", 1, "cpu")
    assert result["finished"] == "completed" and 0 < result["seconds"] < 60


def test_the_same_seed_gives_the_same_losses_and_another_seed_others(done: Elman) -> None:
    def losses(seed: int) -> list[float]:
        found: list[float] = done("train", "sine", "--epochs", 5, "--seed", seed, "--json").result["losses"]
        return found

    assert losses(7) == losses(7) != losses(8)


def test_training_without_json_tells_of_the_network_the_run_and_the_baselines(done: Elman) -> None:
    ended = done("train", "sine", "--epochs", 3)
    assert "1 input -> 6 hidden (tanh), fed back -> 1 output (linear): 48 weights" in ended.output
    assert "3 epochs in " in ended.output and "Persistence" in ended.output
    assert ended.messages.startswith("training sine: 3 epochs on cpu with the ")


def test_temporal_xor_tells_of_other_networks_beside_its_own(done: Elman, monkeypatch: pytest.MonkeyPatch) -> None:
    known = BUILT_IN["temporal-xor"]
    monkeypatch.setitem(BUILT_IN, "temporal-xor", replace(known, training=known.training.replace(epochs=2)))
    ended = done("train", "temporal-xor", "--seed", 4, "--json")
    card = ended.result["scorecard"]
    assert [line["beside"] for line in card] == 4 * [False] + 6 * [True]
    assert card[4]["name"] == "8 hidden units: squared error, third bit (a xor b)"
    assert set(card[0]) == set(card[4]) == {"name", "value", "paper", "goal", "reached", "beside"}
    assert card[0]["goal"] == "0.25 to 0.29" and card[2]["goal"] == "at most 0.16"
    told = [line for line in ended.messages.splitlines() if line.startswith("beside it: ")]
    assert len(told) == 1 and "8 hidden units" in told[0] and "2 passes" in told[0]
    assert done("train", "letters", "--epochs", 1, "--json").result["scorecard"][0]["beside"] is False


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGINT for one process")
def test_a_comparison_that_is_interrupted_loses_neither_model_nor_scorecard(
    elman: Elman, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def interrupted(*_: object) -> Iterator[float]:
        yield 0.0
        os.kill(os.getpid(), signal.SIGINT)
        yield 0.1
        raise AssertionError("it goes on after Ctrl-C")

    monkeypatch.setattr("elman_core.experiments.variants.compare", interrupted)
    path = tmp_path / "xor.safetensors"
    ended = elman("train", "temporal-xor", "--epochs", 2, "--save", path, "--json")
    assert ended.code == 130
    assert load_model(path).history.epochs == 2
    assert [line["beside"] for line in ended.result["scorecard"]] == 4 * [False]
    assert ended.messages.splitlines()[-1] == "interrupted: the other networks are left out"


def test_the_options_override_what_the_experiment_says(done: Elman, tmp_path: Path) -> None:
    path = tmp_path / "m.safetensors"
    options = "--hidden 3 --activation logistic --biases --learning-rate 0.05 --momentum 0.5 --truncation 4 --seed 9"
    done("train", "sine", "--epochs", 2, *options.split(), "--train-percent", 60, "--save", path)
    saved = load_model(path)
    assert (saved.network.hidden, saved.network.activation.value, saved.network.biases) == (3, "logistic", True)
    assert (saved.training.learning_rate, saved.training.momentum, saved.training.seed) == (0.05, 0.5, 9)
    assert (saved.training.update_every, saved.training.truncation, saved.data.train_percent) == (1, 4, 60)


@pytest.mark.parametrize("optimizer", ["lbfgs", "rprop"])
def test_an_optimizer_of_whole_epochs_sets_the_steps_to_all_and_says_so(
    done: Elman, tmp_path: Path, optimizer: str
) -> None:
    path = tmp_path / "m.safetensors"
    ended = done("train", "sine", "--epochs", 2, "--optimizer", optimizer, "--save", path)
    assert f"{optimizer} makes one update an epoch" in ended.messages
    assert (load_model(path).training.update_every, load_model(path).training.truncation) == ("all", "all")


def test_a_short_table_shortens_the_truncation_that_was_not_given(done: Elman, tmp_path: Path) -> None:
    path = tmp_path / "m.safetensors"
    done("train", series(tmp_path / "short.csv", 20), "--epochs", 2, "--save", path)
    assert (load_model(path).training.update_every, load_model(path).training.truncation) == (13, 13)


def test_rows_without_a_value_are_filled_where_that_is_wanted(elman: Elman, done: Elman, tmp_path: Path) -> None:
    path = series(tmp_path / "gaps.csv", 30, "time,flow")
    lines = ["time,flow", *(f"{k},{'' if k == 4 else np.sin(k)}" for k in range(30))]
    path.write_text("\n".join(lines), encoding="utf-8")
    assert "choose to fill gaps" in elman("train", path, "--no-auto").messages
    done("train", path, "--fill-gaps", "--epochs", 2)


def test_a_run_that_diverges_is_told_of_and_keeps_finite_weights(done: Elman, tmp_path: Path) -> None:
    path = tmp_path / "m.safetensors"
    options = ["--activation", "relu", "--learning-rate", "100", "--epochs", "50", "--json"]
    ended = done("train", "sine", *options, "--save", path)
    assert ended.result["finished"] == "diverged" and ended.result["epochs"] < 50
    assert "The run diverged" in ended.messages
    assert np.isfinite(load_model(path).weights.w1).all()


@pytest.mark.parametrize("name", [name for name in BUILT_IN if name not in ("sine", "sunspots")])
def test_a_file_of_ones_own_that_is_named_like_an_experiment_is_no_such_run(
    done: Elman, tmp_path: Path, name: str
) -> None:
    columns = max(1, len(BUILT_IN[name].data.columns))  # as many as the experiment has, whose scores would fit it
    header = [f"c{index}" for index in range(columns)]
    rows = [[f"{np.sin((row + 3 * index) / 4):.4f}" for index in range(columns)] for row in range(40)]
    path = tmp_path / f"{name}.csv"
    path.write_text("\n".join(map(",".join, [header, *rows])) + "\n", encoding="utf-8")
    chosen = [word for column in header for word in ("--column", column)]
    for options in ([], chosen):
        ended = done("train", path, "--epochs", 2, *options, "--json")
        assert ended.result["experiment"] == name and "scorecard" not in ended.result
        assert "beside it" not in ended.messages
        assert "Elman 1990" not in done("train", path, "--epochs", 2, *options).output


def test_the_scorecard_follows_from_network_and_seed_alone(done: Elman, tmp_path: Path) -> None:
    path = tmp_path / "m.safetensors"
    card = done("train", "letters", "--seed", 3, "--epochs", 2, "--save", path, "--json").result["scorecard"]
    saved = load_model(path)
    network = network_from_weights(saved.network, saved.weights)
    again = complete(scorecard_of(saved.source, network, saved.training.seed))
    assert [asdict(measure) for measure in again] == card
    other = complete(scorecard_of(saved.source, network, saved.training.seed + 1))
    assert [measure.value for measure in other] != [measure.value for measure in again]
    assert complete(scorecard_of(saved.source.replace(kind="csv"), network, 3)) == ()


# -- round trips ------------------------------------------------------------------------------------


def test_sunspots_are_trained_saved_predicted_evaluated_and_shown(done: Elman, tmp_path: Path) -> None:
    path, out = tmp_path / "spots.safetensors", tmp_path / "out.csv"
    trained = done("train", "sunspots", "--epochs", 4, "--save", path, "--json").result
    assert all(trained["metrics"][part]["linear"]["rmse"] > 0 for part in ("train", "validation", "test"))

    predicted = done("predict", path, "--steps", 7, "--out", out, "--json").result
    assert set(predicted) == {"one_step", "forecast", "columns", "row"}
    assert predicted["row"]["time"][:2] == ["1701", "1702"] and len(predicted["row"]["time"]) == 308
    assert len(predicted["one_step"]) == 308 and len(predicted["forecast"]) == 7
    with out.open(newline="", encoding="utf-8") as file:
        header, *rows = list(csv.reader(file))
    assert header == ["YEAR", "SUNACTIVITY", "SUNACTIVITY (one step)", "SUNACTIVITY (forecast)"]
    assert rows[0] == ["1700", "5.0", "", ""]
    assert rows[1] == ["1701", "11.0", repr(predicted["one_step"][0][0]), ""]
    assert rows[309:] == [[str(2009 + k), "", "", repr(row[0])] for k, row in enumerate(predicted["forecast"])]

    scores = done("evaluate", path, "--horizon", 3, "--json").result
    assert [found["horizon"] for found in scores["horizons"]] == [1, 2, 3]
    assert set(scores["horizons"][0]) == {
        "horizon", "rmse", "mae", "nmse", "persistence_rmse", "linear_rmse", "mase", "smape",
        "seasonal_persistence_rmse", "sequences", "rows", "persistence_chance", "linear_chance",
    }  # fmt: skip
    assert scores["horizons"][0]["rmse"] == pytest.approx(trained["metrics"]["test"]["rmse"], rel=1e-5)

    shown = done("info", path, "--json").result
    assert shown["epochs"] == 4 and shown["loss"]["last"] == trained["losses"][-1]
    assert shown["columns"] == ["SUNACTIVITY"] and shown["source"]["kind"] == "built-in"
    assert shown["training"]["optimizer"] == "adam" and shown["versions"]["elman"]


def test_a_table_of_two_columns_with_decimal_commas_goes_the_whole_way(
    done: Elman, tmp_path: Path, waves: Path
) -> None:
    path, out = tmp_path / "waves.safetensors", tmp_path / "out.csv"
    columns = ("--column", "Zufluss", "--column", "Pegel")
    trained = done("train", waves, *columns, "--epochs", 3, "--save", path, "--json").result
    assert trained["experiment"] == "waves" and trained["metrics"]["test"]["rmse"] > 0

    predicted = done("predict", path, "--steps", 2, "--json").result  # from where the file still is
    assert predicted["columns"] == ["Zufluss", "Pegel"] and len(predicted["forecast"][0]) == 2
    assert done("predict", path, waves, "--steps", 2, "--json").result == predicted
    done("predict", path, "--steps", 2, "--out", out)
    last = out.read_text(encoding="utf-8").splitlines()[-1].split(",")
    assert last[0] == "2021-03-03" and last[1:3] == ["", ""] and float(last[3]) == predicted["forecast"][1][0]

    scores = done("evaluate", path, "--from", 50, "--json").result
    assert len(scores["horizons"]) == 10
    assert done("info", path, "--json").result["source"]["path"] == str(waves)
    assert "Zufluss, Pegel" in done("info", path).output


def test_a_model_of_one_column_takes_the_only_column_there_is_and_says_so(
    done: Elman, tmp_path: Path, model: Path
) -> None:
    ended = done("predict", model, series(tmp_path / "river.csv", 30), "--json")
    assert len(ended.result["one_step"]) == 29
    assert ended.messages.splitlines() == [
        "river.csv: 30 rows; target sin(t); no time column: rows are counted",
        "river.csv: column 'flow' is read as 'sin(t)', which the model was trained on",
    ]


def test_predictions_and_scores_are_readable_without_json(done: Elman, model: Path) -> None:
    assert "10.4" in done("predict", model, "--steps", 1).output
    long = done("predict", model, "--steps", 500).output
    assert "465 more" in long and len(long.splitlines()) < 50
    assert "Persistence" in done("evaluate", model).output


def test_a_model_saved_before_its_first_epoch_is_over_can_be_shown(done: Elman, tmp_path: Path) -> None:
    path = tmp_path / "m.safetensors"
    done("train", "sine", "--epochs", 1, "--activation", "relu", "--learning-rate", 100, "--hidden", 50, "--save", path)
    assert done("info", path, "--json").result["loss"] is None
    done("info", path)


# -- the rest ---------------------------------------------------------------------------------------


def test_list_names_every_experiment_on_a_line_of_its_own(done: Elman) -> None:
    assert [line.split()[0] for line in done("list").output.splitlines()][:2] == ["sine", "sunspots"]
    assert {"name", "title", "summary"} == set(done("list", "--json").result["experiments"][0])


def test_devices_begin_with_the_cpu(done: Elman) -> None:
    assert done("devices").output.startswith("cpu ")
    result = done("devices", "--json").result
    assert result["devices"][0]["name"] == result["default"] == "cpu"


@pytest.mark.parametrize("arguments", [[], ["--help"], *([command, "--help"] for command in COMMANDS)])
def test_help_is_written_for_every_command(done: Elman, arguments: list[str]) -> None:
    ended = done(*arguments)
    assert ended.output.startswith("Usage: elman") and ended.messages == ""


@pytest.mark.parametrize(
    "setting", [each for each in TRAINING_SETTINGS if not each.hidden], ids=lambda setting: setting.name
)
def test_an_option_of_train_has_the_help_of_its_setting(done: Elman, setting: Setting) -> None:
    words = " ".join(done("train", "--help").output.split())
    assert str(setting.config.model_fields[setting.name].description).replace("- ", "-") in words.replace("- ", "-")
    assert (setting.flag or f"--{setting.name.replace('_', '-')}").split("/")[0] in words


def test_the_help_says_how_to_open_the_window_and_the_version_is_told(done: Elman) -> None:
    assert "`elman [FILE]`" in done("--help").output
    assert done("--version").output.startswith("elman ")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("nothing", "elman: No such command 'nothing'."),
        ("--nothing", "elman: No such option: --nothing"),
        ("train", "elman train: Missing argument 'NAME|FILE|MODEL'."),
        ("train sin", "elman train: there is no experiment 'sin'; choose one of sine, sunspots"),
        ("train missing.csv", "elman train: missing.csv was not found in "),
        ("train .", "elman train: "),
        ("train sine --nothing", "elman train: No such option: --nothing"),
        ("train sine --hidden", "elman train: Option '--hidden' requires an argument."),
        ("train sine --hidden many", "elman train: Invalid value for '--hidden'"),
        ("train sine --hidden 0", "elman train: hidden must be at least 1, got 0"),
        ("train sine --epochs -1", "elman train: epochs must be at least 1, got -1"),
        ("train sine --learning-rate nan", "elman train: Invalid value for '--learning-rate': must be a number"),
        ("train sine --optimizer newton", "elman train: Invalid value for '--optimizer'"),
        (
            "train sine --update-every few",
            "elman train: update_every must be a whole number, 'sequence' or 'all', got 'few'",
        ),
        ("train sine --update-every 5", "elman train: truncation must be at least update_every (5), got 1"),
        ("train sine --truncation 50", "elman train: truncation must be at most the 20 training steps"),
        ("train sunspots --momentum 0.5", "elman train: momentum is for sgd only"),
        ("train sine --optimizer adam --momentum 0.5", "elman train: momentum is for sgd only"),
        ("train sine --optimizer lbfgs --truncation 3", "elman train: lbfgs needs one update an epoch"),
        ("train sine --column cos", "elman train: sine has no number column 'cos'; it has 'sin(t)'"),
        ("train sine --device abacus", "elman train: there is no device 'abacus' here"),
        ("train sine --engine steam", "elman train: there is no engine 'steam' here"),
        ("train sine --save model.bin", "elman train: model.bin cannot be saved: the name of a model file ends in"),
        ("train sine --save no/m.safetensors", "elman train: no/m.safetensors cannot be saved: there is no folder"),
        ("train sine --save folder.safetensors", "elman train: folder.safetensors cannot be saved: it is a folder"),
        ("train 10.csv --update-every 9", "elman train: update_every must be at most the 6 training steps"),
        ("train 10.csv --train-percent 90 --validation-percent 20", "elman train: train_percent and validation_perc"),
        ("predict none.safetensors", "elman predict: none.safetensors cannot be opened: there is no such file"),
        ("predict 10.csv", "elman predict: 10.csv: "),
        ("predict m.safetensors none.csv", "elman predict: none.csv was not found in "),
        ("predict m.safetensors two.csv", "elman predict: two.csv has no number column 'sin(t)'; it has 'a', 'b'"),
        ("predict m.safetensors --steps -1", "elman predict: steps must be from 0 to "),
        ("predict m.safetensors --out no/o.csv", "elman predict: no/o.csv cannot be saved: there is no folder"),
        ("predict m.safetensors 10.csv --out 10.csv", "elman predict: 10.csv is what the prediction is made from"),
        ("evaluate m.safetensors --horizon 0", "elman evaluate: horizon must be from 1 to "),
        ("evaluate m.safetensors --from 100", "elman evaluate: from must be a row from 1 to 20, got 100"),
        ("info", "elman info: Missing argument 'MODEL'."),
        ("info 10.csv", "elman info: 10.csv: "),
    ],
)  # fmt: skip
def test_a_mistake_gives_one_line_and_exit_code_2(
    elman: Elman, model: Path, monkeypatch: pytest.MonkeyPatch, line: str, message: str
) -> None:
    monkeypatch.chdir(model.parent)
    model.rename("m.safetensors")
    Path("folder.safetensors").mkdir()
    Path("two.csv").write_text("a,b\n3,2\n2,3\n3,5\n1,4\n", encoding="utf-8")
    series(Path("10.csv"), 10)
    ended = elman(*line.split())
    assert ended.code == 2 and ended.output == ""
    assert ended.messages.startswith(message) and ended.messages.count("\n") == 1


def test_a_model_whose_file_is_gone_asks_for_the_data(elman: Elman, done: Elman, tmp_path: Path) -> None:
    path, data = tmp_path / "m.safetensors", series(tmp_path / "gone.csv", 30)
    done("train", data, "--epochs", 1, "--save", path)
    data.unlink()
    ended = elman("evaluate", path)
    assert ended.code == 2
    assert ended.messages == (
        f"elman evaluate: the model was trained on {data}, which is not there; "
        f"give the data: elman evaluate {path} DATA.csv\n"
    )


def test_a_fault_of_the_program_is_one_line_unless_debugging_is_asked_for(
    elman: Elman, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError("over\nhere")

    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))

    monkeypatch.setattr(list_command, "print_json", fail)
    monkeypatch.delenv("ELMAN_DEBUG", raising=False)
    ended = elman("list", "--json")
    assert ended.code == 1 and ended.messages.count("\n") == 1
    log = data_folder() / "elman.log"
    assert ended.messages == (f"elman list: unexpected error: ZeroDivisionError: over here; details are in {log}\n")
    assert "Traceback" in log.read_text(encoding="utf-8") and "in fail" in log.read_text(encoding="utf-8")
    monkeypatch.setattr("elman_core.support.error_log.data_folder", lambda: tmp_path / "elman.log" / "no folder")
    (tmp_path / "elman.log").touch()
    assert elman("list", "--json").messages.endswith("; run with ELMAN_DEBUG=1 to see where\n")
    monkeypatch.setenv("ELMAN_DEBUG", "1")
    with pytest.raises(ZeroDivisionError):
        main(["list", "--json"])


# -- in a process of its own ------------------------------------------------------------------------


def test_importing_the_command_line_loads_neither_torch_nor_qt() -> None:
    program = (
        "import sys, elman_core.cli as cli; cli.main(['--help']); cli.main(['list']); "
        "cli.main(['train', 'sine', '--save', 'm.bin']); "
        "heavy = {'torch', 'PySide6', 'numba', 'pandas', 'scipy', 'elman_gui'} & set(sys.modules); "
        "sys.exit(', '.join(heavy) or 0)"
    )
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="Windows reports a closed pipe in another way")
def test_a_reader_that_has_had_enough_is_no_error() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM, "list"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None and process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == ""
    assert process.returncode == 0
