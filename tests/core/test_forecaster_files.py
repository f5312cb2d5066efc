"""Files of forecasters: every part comes back, predicts the same with its data and without, and nothing is trusted."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors.numpy
from commands import Elman
from forecasters import forecaster_of, future_text, run_of, usual_forecaster, written_table
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from model_files import changed_metadata, changed_tensors, refusal

from elman_core.data.table import Table
from elman_core.errors import ElmanError, ModelFileError
from elman_core.experiments.saved_forecaster import forecaster_from_ends, forecaster_from_model, predictor_from_ends
from elman_core.forecasting.forecaster import Forecaster
from elman_core.storage.model_file import FORMAT_VERSION, load_model, save_model
from elman_core.support.jobs import complete

FIXTURE_PER_TEST = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
STEPS = 7


@pytest.fixture
def table(tmp_path: Path) -> Table:
    return written_table(tmp_path / "shop.csv")


@pytest.fixture
def forecaster(table: Table) -> Forecaster:
    return usual_forecaster(table)


@pytest.fixture
def saved(tmp_path: Path, forecaster: Forecaster) -> Path:
    path = tmp_path / "m.safetensors"
    save_model(path, forecaster)
    return path


def last_forecast(forecaster: Forecaster) -> Any:
    origins = forecaster.dataset.panel.stops - 1
    return complete(forecaster.predictor()).ahead(origins, STEPS)


def forecast_from_file(path: Path) -> Any:
    model = load_model(path)
    alone = forecaster_from_ends(model)
    return predictor_from_ends(model, alone).ahead(alone.dataset.panel.stops - 1, STEPS)


KINDS: dict[str, dict[str, Any]] = {
    "one series": {},
    "several targets": {"targets": 2},
    "inputs and columns known ahead": {"inputs": 1, "known": 2},
    "several sequences": {"sequences": 3, "known": 1},
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_forecaster_predicts_the_same_after_it_was_saved(tmp_path: Path, kind: str) -> None:
    table = written_table(tmp_path / "shop.csv", **KINDS[kind])
    roles = {
        role: tuple(name for name in table.columns if name.startswith(letter))
        for role, letter in (("columns", "y"), ("inputs", "i"), ("known", "k"))
    }
    forecaster = usual_forecaster(table, **roles)
    path = tmp_path / "m.safetensors"
    save_model(path, forecaster)
    was = last_forecast(forecaster)
    assert np.isfinite(was).all()
    np.testing.assert_array_equal(last_forecast(forecaster_from_model(load_model(path), table)), was)
    np.testing.assert_allclose(forecast_from_file(path), was, rtol=1e-6)


def test_every_part_comes_back_as_it_was_saved(saved: Path, forecaster: Forecaster) -> None:
    model = load_model(saved)
    assert model.format_version == FORMAT_VERSION == 4
    assert [(part.kind, part.one_step, part.several) for part in model.parts] == [
        (part.kind, part.one_step, part.several) for part in forecaster.parts
    ]
    for part, was in zip(model.parts, forecaster.parts, strict=True):
        assert was.run.weights is not None
        np.testing.assert_array_equal(part.model.weights.w1, was.run.weights.w1)
        np.testing.assert_array_equal(part.model.weights.w2, was.run.weights.w2)
        assert (part.model.data, part.model.network, part.model.training) == (
            was.run.dataset.config,
            was.run.network,
            was.run.training,
        )


def test_the_file_shows_the_part_that_counts_most_as_its_own_network(saved: Path, forecaster: Forecaster) -> None:
    tensors = safetensors.numpy.load_file(saved)
    counting = forecaster.parts[1].run
    assert counting.weights is not None
    np.testing.assert_array_equal(tensors["w1"], counting.weights.w1)
    assert "part.0.w1" in tensors and "part.2.w1" in tensors and "part.1.w1" not in tensors
    assert load_model(saved).network == counting.network


def test_a_network_that_stands_alone_has_the_tensors_that_it_had(tmp_path: Path, table: Table) -> None:
    run = run_of(table, {"lags": 2})
    save_model(tmp_path / "one.safetensors", run)
    tensors = safetensors.numpy.load_file(tmp_path / "one.safetensors")
    assert not any(name.startswith("part.") for name in tensors)
    assert load_model(tmp_path / "one.safetensors").forecaster is None


def test_a_file_saved_with_its_loaded_parts_is_the_same_again(saved: Path, table: Table) -> None:
    before = safetensors.numpy.load_file(saved)
    save_model(saved, forecaster_from_model(load_model(saved), table))
    after = safetensors.numpy.load_file(saved)
    assert before.keys() == after.keys()
    for name, array in before.items():
        np.testing.assert_array_equal(after[name], array)


# -- what is refused ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda told: told["parts"].pop(), "part.2."),
        (lambda told: told["parts"].clear(), "parts"),
        (lambda told: told["parts"][0].update(settings=None), "one part must be the file's own network, got 2"),
        (lambda told: told["parts"][1].update(settings=told["parts"][0]["settings"]), "got 0"),
        (lambda told: told["parts"][0].update(kind="quadratic"), "kind"),
        (lambda told: told["parts"][0].update(one_step=-0.1), "one_step must be at least 0"),
        (lambda told: told["parts"][0].update(several=1e300), "several must be at most 1"),
        (lambda told: told["parts"][0].pop("several"), "has no 'several'"),
        (lambda told: told["parts"][0].update(more=1), "no setting called 'more'"),
        (lambda told: told["parts"][0]["settings"].pop("network"), "has no 'network'"),
        (lambda told: told["parts"][0]["settings"]["network"].pop("ridge"), "has no 'ridge'"),
        (lambda told: told["parts"][0]["settings"]["network"].update(hidden=2), "part 0: w1 has shape"),
        (lambda told: told["parts"][0]["settings"]["network"].update(inputs=5), "inputs"),
        (lambda told: told["parts"][0]["settings"]["data"].update(columns=["other"]), "the same columns"),
        (lambda told: told["data"].update(transforms=["log"]), "without transforms"),
        (lambda told: told["data"].update(scaling="standardize"), "without transforms"),
    ],
)
def test_parts_that_do_not_fit_together_are_refused(saved: Path, change: Any, said: str) -> None:
    changed_metadata(saved, lambda metadata: change(metadata["forecaster"]))
    assert said in refusal(saved)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda tensors: tensors.pop("part.0.w1"), "part 0: tensor 'w1' is missing"),
        (lambda tensors: tensors.update({"part.1.w1": tensors["w1"]}), "no tensor called 'part.1.w1'"),
        (lambda tensors: tensors.update({"part.3.w1": tensors["w1"]}), "no tensor called 'part.3.w1'"),
        (lambda tensors: tensors.update({"part.00.w1": tensors["w1"]}), "no tensor called 'part.00.w1'"),
        (lambda tensors: tensors["part.0.w1"].fill(np.nan), "part 0: w1 has values that are not finite"),
        (lambda tensors: tensors.update({"part.0.w1": tensors["part.0.w1"][:, :1]}), "part 0: w1 has shape"),
        (lambda tensors: [tensors.pop(name) for name in list(tensors) if name.startswith("part.2.end.")], "or none"),
        (lambda tensors: tensors["part.2.end.times"].__iadd__(1), "part 2: its last rows are not those of part 0"),
        (
            lambda tensors: tensors.update({"part.0.sequences.names": np.frombuffer(b"a", np.uint8).copy()}),
            "stand once",
        ),
    ],
)
def test_tensors_of_parts_are_checked_like_those_of_any_network(saved: Path, change: Any, said: str) -> None:
    changed_tensors(saved, change)
    assert said in refusal(saved)


@FIXTURE_PER_TEST
@given(changes=st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 255)), min_size=1, max_size=5))
def test_a_file_with_random_bytes_changed_is_opened_or_refused(saved: Path, changes: list[tuple[int, int]]) -> None:
    original = saved.read_bytes()
    data = bytearray(original)
    for place, value in changes:
        data[place % len(data)] = value
    saved.write_bytes(data)
    try:
        forecast_from_file(saved)
    except ElmanError as error:
        assert str(error).isprintable()
    finally:
        saved.write_bytes(original)


def test_a_part_that_was_not_trained_is_not_saved(tmp_path: Path, table: Table) -> None:
    run = run_of(table, {})
    with pytest.raises(ModelFileError, match="has not been trained"):
        save_model(tmp_path / "m.safetensors", forecaster_of(table, [run, run.untrained()]))
    assert not (tmp_path / "m.safetensors").exists()


# -- the commands ---------------------------------------------------------------------------------------


def test_predict_tells_what_all_parts_say_together(done: Elman, saved: Path, forecaster: Forecaster) -> None:
    found = done("predict", saved, "--steps", STEPS, "--json").result
    np.testing.assert_allclose(np.array(found["forecast"])[:, 0], last_forecast(forecaster)[:, 0, 0], rtol=1e-9)
    lost = forecaster.lost_rows
    assert len(found["one_step"]) == forecaster.dataset.rows - 1
    assert found["one_step"][lost - 1] == [None] and found["one_step"][lost] != [None]


def test_predict_without_the_data_tells_the_rows_beyond(done: Elman, saved: Path, forecaster: Forecaster) -> None:
    was = done("predict", saved, "--steps", STEPS, "--json").result["forecast"]
    Path(str(forecaster.dataset.source.path)).unlink()
    ended = done("predict", saved, "--steps", STEPS, "--json")
    np.testing.assert_allclose(ended.result["forecast"], was, rtol=1e-6)
    assert "only the rows beyond are predicted" in ended.messages


def test_a_written_forecast_has_a_row_for_each_sequence_and_step(done: Elman, tmp_path: Path) -> None:
    table = written_table(tmp_path / "shop.csv", sequences=3)
    path, out = tmp_path / "m.safetensors", tmp_path / "f.csv"
    save_model(path, usual_forecaster(table))
    done("predict", path, "--steps", 2, "--out", out)
    lines = out.read_text().splitlines()
    edges = "y0 (lower 80),y0 (upper 80),y0 (lower 90),y0 (upper 90)"
    assert lines[0] == f"month,shop,y0,y0 (one step),y0 (forecast),{edges}"
    assert len(lines) == 1 + table.rows + 3 * 2
    beyond = [line.split(",") for line in lines if line.split(",")[2] == "" and line.split(",")[4]]
    assert [(row[0][:7], row[1]) for row in beyond[:3]] == [
        ("2013-05", "shop 0"),
        ("2013-06", "shop 0"),
        ("2013-08", "shop 1"),
    ]


@pytest.mark.parametrize("sequences", [1, 2])
@pytest.mark.parametrize("without_data", [False, True])
def test_what_is_known_ahead_comes_from_the_future(
    done: Elman, tmp_path: Path, sequences: int, without_data: bool
) -> None:
    """With the future of a longer table, the forecast is that of the longer table from the row where the data end."""
    path, future, longer = tmp_path / "m.safetensors", tmp_path / "future.csv", tmp_path / "longer.csv"
    table = written_table(tmp_path / "shop.csv", sequences=sequences, known=1)
    forecaster = usual_forecaster(table, columns=("y0",), known=("k0",))
    save_model(path, forecaster)
    future.write_text(future_text(table, STEPS, ("k0",), sequences=sequences))
    if without_data:
        (tmp_path / "shop.csv").unlink()
    else:
        longer.touch()
    found = np.array(done("predict", path, "--steps", STEPS, "--future", future, "--json").result["forecast"])
    known = np.loadtxt(future, delimiter=",", skiprows=1, usecols=1 if sequences == 1 else 2)
    everything = table.values.copy()
    assert isinstance(everything, np.ndarray)
    rows, starts = [], table.panel.starts.tolist()
    for sequence, start in enumerate(starts):
        own = everything[start : table.panel.stops[sequence]]
        ahead = np.column_stack([np.full(STEPS, own[-1, 0]), known[sequence * STEPS : (sequence + 1) * STEPS]])
        rows.append(np.concatenate([own, ahead]))
    lines = ["shop,month,y0,k0"] if sequences > 1 else ["month,y0,k0"]
    for sequence, own in enumerate(rows):
        for row, (y, k) in enumerate(own.tolist()):
            shop = f"shop {sequence}," if sequences > 1 else ""
            lines.append(f"{shop}{2010 + row // 12}-{row % 12 + 1:02}-01,{y!r},{k!r}")
    longer.write_text("\n".join(lines) + "\n")
    from elman_core.data.csv.detect import detect_format
    from elman_core.data.csv.read import read_table

    whole = complete(read_table(longer, detect_format(longer, "shop" if sequences > 1 else None)))
    again = forecaster_from_model(load_model(path), whole)
    origins = again.dataset.panel.stops - 1 - STEPS
    was = np.moveaxis(complete(again.predictor()).ahead(origins, STEPS), 0, 1)
    np.testing.assert_allclose(found.reshape(was.shape), was, rtol=1e-6)


def test_values_that_the_future_lacks_are_named(done: Elman, elman: Elman, tmp_path: Path) -> None:
    path, future = tmp_path / "m.safetensors", tmp_path / "future.csv"
    table = written_table(tmp_path / "shop.csv", known=2)
    save_model(path, usual_forecaster(table, columns=("y0",), known=("k0", "k1")))
    future.write_text(future_text(table, 5, ("k0", "k1")))
    ended = done("predict", path, "--steps", STEPS, "--future", future)
    assert "future.csv lacks 2 values of 'k1', which is known ahead: at 2013-10" in ended.messages
    future.write_text(future_text(table, 5, ("k0",)))
    ended = elman("predict", path, "--steps", STEPS, "--future", future)
    assert ended.code == 2 and "future.csv lacks 'k1'" in ended.messages
    ended = done("predict", path, "--steps", STEPS)
    assert "'k0' and 'k1' hold their last values beyond the data" in ended.messages


def test_evaluate_scores_all_parts_together(done: Elman, saved: Path, forecaster: Forecaster) -> None:
    found = done("evaluate", saved, "--horizon", 3, "--json").result["horizons"]
    dataset, predictor = forecaster.dataset, complete(forecaster.predictor())
    first = int(dataset.parts.validation_stops[0])
    for h, score in enumerate(found, start=1):
        origins = np.arange(first - 1, dataset.rows - h)
        off = predictor.ahead(origins, h)[h - 1, :, 0] - dataset.values[origins + h, 0]
        assert score["rmse"] == pytest.approx(float(np.sqrt(np.mean(off**2))), rel=1e-9)


def test_info_lists_the_parts(done: Elman, saved: Path) -> None:
    found = done("info", saved, "--json").result
    json.dumps(found)
    assert [part["kind"] for part in found["parts"]] == ["linear", "elman", "elman"]
    assert [part["one_step"] for part in found["parts"]] == [0.25, 0.75, 0.0]
    assert found["parts"][1]["transforms"] == "log, seasonal difference of 4, difference, standardize"
    assert found["keeps_last_rows"]
    told = done("info", saved).output
    assert "75 %" in told and "3 networks" in told


def test_one_network_of_a_forecaster_cannot_be_chosen(elman: Elman, saved: Path) -> None:
    ended = elman("predict", saved, "--member", 2)
    assert ended.code == 2 and "parts of this model predict together" in ended.messages
