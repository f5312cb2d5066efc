"""A network on a series that it was not trained on: its errors there, and the values it does not know."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from commands import Elman
from many_sequences import noise, sequences_of

from elman_core.config import NetworkConfig
from elman_core.data.known_range import KnownRange
from elman_core.data.splits import Part
from elman_core.experiments.factory import begin_named
from elman_core.forecasting.another_series import as_unseen, score_another
from elman_core.forecasting.baselines import LinearPredictor
from elman_core.forecasting.prediction import predict
from elman_core.model.network import ElmanNetwork
from elman_core.support.jobs import complete

OTHER = [500.0 + 3 * (n % 5) for n in range(14)] + [20.0]


@pytest.fixture
def model(done: Elman, tmp_path: Path) -> Path:
    path = tmp_path / "s.safetensors"
    done("train", "sunspots", "--epochs", 5, "--save", path)
    return path


@pytest.fixture
def other(tmp_path: Path) -> Path:
    path = tmp_path / "other.csv"
    path.write_text("spots\n" + "".join(f"{value}\n" for value in OTHER))
    return path


def test_predict_tells_errors_on_all_rows_and_how_many_values_are_unknown(
    done: Elman, model: Path, other: Path
) -> None:
    written = " ".join(done("predict", model, other).output.split())
    assert "One step ahead on 14 rows: RMSE " in written and "of persistence and" in written
    assert "14 of 15 values of SUNACTIVITY lie outside the range of the training part, 0 to 154.4" in written
    found = done("predict", model, other, "--json").result
    one_step, values = np.array(found["one_step"])[:, 0], np.array(OTHER)
    assert found["metrics"]["rmse"] == pytest.approx(np.sqrt(np.mean((one_step - values[1:]) ** 2)))
    assert found["metrics"]["persistence"]["rmse"] == pytest.approx(np.sqrt(np.mean(np.diff(values) ** 2)))
    assert found["outside"] == [
        {"column": "SUNACTIVITY", "outside": 14, "values": 15, "low": 0.0, "high": 154.4, "is_transformed": False}
    ]


def test_the_linear_baseline_is_the_one_of_the_networks_own_data(done: Elman, model: Path, other: Path) -> None:
    own = begin_named("sunspots", {}, {}, {})[0].dataset
    linear = LinearPredictor.fitted(own.values[: own.train_rows])
    values = np.array(OTHER)[:, None]
    expected = np.sqrt(np.mean((linear.one_step(values) - values[1:]) ** 2))
    found = done("predict", model, other, "--json").result["metrics"]
    assert found["linear"]["rmse"] == pytest.approx(expected)


def test_on_its_own_series_nothing_of_this_is_told(done: Elman, model: Path) -> None:
    assert set(done("predict", model, "--json").result) == {"one_step", "forecast", "columns", "row"}
    assert "outside" not in done("evaluate", model, "--horizon", 2, "--json").result


def test_evaluate_warns_of_values_that_the_network_does_not_know(done: Elman, model: Path, other: Path) -> None:
    ended = done("evaluate", model, other, "--horizon", 2, "--json")
    assert "14 of 15 values of SUNACTIVITY lie outside" in ended.messages
    assert ended.result["outside"][0]["outside"] == 14


def test_where_its_own_data_are_gone_that_is_said(done: Elman, other: Path, tmp_path: Path) -> None:
    own, path = tmp_path / "own.csv", tmp_path / "m.safetensors"
    own.write_text("spots\n" + "".join(f"{np.sin(n):.5f}\n" for n in range(40)))
    done("train", own, "--epochs", 2, "--save", path)
    own.unlink()
    written = " ".join(done("predict", path, other).output.split())
    assert "The data it was trained on are gone" in written and "linear" not in written
    found = done("predict", path, other, "--json").result
    assert found["metrics"]["linear"] is None and "outside" not in found


def test_another_series_is_not_divided_and_may_be_shorter_than_a_test_part(done: Elman, tmp_path: Path) -> None:
    own, path, short = tmp_path / "own.csv", tmp_path / "m.safetensors", tmp_path / "short.csv"
    own.write_text("a\n" + "".join(f"{np.sin(n):.5f}\n" for n in range(40)))
    short.write_text("a\n" + "".join(f"{np.cos(n):.5f}\n" for n in range(8)))
    done("train", own, "--epochs", 2, "--test-rows", 12, "--save", path)
    assert "on 7 rows" in done("predict", path, short, "--steps", 2).output


def test_transformed_values_are_judged_as_the_network_sees_them() -> None:
    steps = 1 + 0.5 * np.sin(np.arange(60))
    own = sequences_of([steps.cumsum()[:, None]], transforms=("difference",))
    known = KnownRange.of(own)
    further = sequences_of([own.values + 1_000], transforms=("difference",))
    assert known.outside(further) == ()  # its steps are those that are known
    steeper = sequences_of([3 * own.values], transforms=("difference",))
    (found,) = known.outside(steeper)
    assert found.values == found.outside == 59 and found.is_transformed
    assert "as the network sees them" in found.sentence


def test_filled_values_do_not_count_as_unknown() -> None:
    (values,) = noise(50, columns=1)
    own = sequences_of([values])
    other = values[:20] + 1_000
    other[7] = np.nan
    (found,) = KnownRange.of(own).outside(sequences_of([other], fill_gaps=True))
    assert (found.outside, found.values) == (19, 19)


def test_sequences_of_another_table_are_scored_one_by_one() -> None:
    own = sequences_of(noise(40, 30, 50, seed=1))
    other = sequences_of(noise(20, 25, 15, seed=2))
    config = NetworkConfig(inputs=2, hidden=3, outputs=2)
    network = ElmanNetwork.initialized(config, 1)
    response = complete(predict(network, other, 3))
    found = complete(score_another(network, other, response, own))
    assert found.scores is not None and found.scores.sequences == 3
    assert found.scores.rows == 20 + 25 + 15 - 3 and set(found.scores.columns) == {"a", "b"}
    assert len(as_unseen(other).scored_rows(Part.TEST)) == 57
