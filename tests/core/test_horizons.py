"""Several steps ahead of one and of many sequences, held against a loop over sequences and origins."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from forecasters import evaluate_horizons
from many_sequences import LENGTHS, assert_near, edges, noise, sequences_of, there
from numpy.typing import NDArray

from elman_core.cli.console import print_json
from elman_core.cli.json_reports import by_sequence_object, horizon_object, rows_object, score_object
from elman_core.cli.text_reports import print_by_sequence, print_horizons, print_prediction, print_scores
from elman_core.config import NetworkConfig
from elman_core.data.dataset import Part, SequenceDataset
from elman_core.errors import DataError
from elman_core.export.predictions import write_prediction
from elman_core.forecasting import horizons
from elman_core.forecasting import prediction as forecast
from elman_core.forecasting.horizons import longest_horizon, score_as_trained, score_horizon
from elman_core.forecasting.prediction import predict, respond, score_parts
from elman_core.model.network import ElmanNetwork
from elman_core.support.jobs import complete

Array = NDArray[np.float64]


def network_for(dataset: SequenceDataset, **config: Any) -> ElmanNetwork:
    sizes = {"inputs": dataset.encoding.network_inputs, "outputs": dataset.encoding.network_outputs}
    return ElmanNetwork.initialized(
        NetworkConfig(**sizes, hidden=4, biases=True, initial_context=0.3, **config), 5, precision="float64"
    )


def ahead_by_hand(network: ElmanNetwork, dataset: SequenceDataset, origin: int, steps: int) -> Array:
    """Show the rows of the origin's sequence up to it, then feed predictions back: (steps, C)."""
    (w1,), (w2,) = network.w1.numpy(), network.w2.numpy()
    columns, at_once = len(dataset.columns), dataset.encoding.steps
    first = int(dataset.panel.starts[dataset.sequence_of_row[origin]])
    context, known, predicted = np.full(4, 0.3), list(dataset.values[first : origin + 1]), []
    for k in range(len(known) - 1 + steps):
        x = known[k]
        context = np.tanh(np.concatenate([x, context, [1]]) @ w1)
        y = (np.concatenate([context, [1]]) @ w2).reshape(at_once, columns)
        if k >= origin - first:
            known.append(y[0])
            predicted += list(y) if k == origin - first else [y[0]]
    return np.array(predicted[:at_once] + known[origin - first + 1 + at_once :])[:steps]


DATA = {"recursive": {"horizon": 3}, "direct": {"horizon": 3, "strategy": "direct"}}


@pytest.fixture(params=list(DATA))
def dataset(request: pytest.FixtureRequest) -> SequenceDataset:
    parts = [0.1 * part for part in noise(*LENGTHS)]
    parts[0][22, 0] = np.nan
    return sequences_of(parts, season=4, fill_gaps=True, **DATA[request.param])


def errors_from(dataset: SequenceDataset, pairs: list[tuple[int, int, Array]]) -> float:
    """Return the root mean square of predictions (C,) from an origin some steps ahead, without what was filled."""
    errors = [
        predicted[c] - dataset.values[origin + h, c]
        for origin, h, predicted in pairs
        for c in range(len(predicted))
        if not dataset.missing[origin + h, c]
    ]
    return float(np.sqrt(np.mean(np.square(errors))))


def test_scores_over_a_horizon_are_those_of_a_loop_over_origins(dataset: SequenceDataset) -> None:
    network, horizon = network_for(dataset), 3
    scores = complete(score_horizon(network, dataset, horizon))
    for part in Part:
        own, stays, season = [], [], []
        for s in range(3):
            rows, first = edges(dataset, s, part), int(dataset.panel.starts[s])
            origins = range(max(rows.start - 1, first), rows.stop - horizon)
            pairs = [
                (origin, h, ahead[h - 1])
                for origin in origins
                for ahead in (ahead_by_hand(network, dataset, origin, horizon),)
                for h in range(1, horizon + 1)
            ]
            if pairs:
                own.append(errors_from(dataset, pairs))
                stays.append(errors_from(dataset, [(o, h, dataset.values[o]) for o, h, _ in pairs]))
            before = [(o, h, dataset.values[o + h - 4]) for o, h, _ in pairs if o + h - 4 >= first]
            if before:
                season.append(errors_from(dataset, before))
        found = there(scores, part)
        assert found.network.rmse == pytest.approx(np.mean(own), rel=1e-9)
        assert found.persistence.rmse == pytest.approx(np.mean(stays), rel=1e-9)
        assert found.seasonal is not None and found.seasonal.rmse == pytest.approx(np.mean(season), rel=1e-9)
        assert (found.sequences, found.horizon) == (len(own), horizon)


def test_errors_by_horizon_of_sequences_are_those_of_a_loop_over_origins(dataset: SequenceDataset) -> None:
    network = network_for(dataset)
    scores = complete(evaluate_horizons(network, dataset, 5))
    for h, found in enumerate(scores, start=1):
        own, season = [], []
        for s in range(3):
            rows = edges(dataset, s, Part.TEST)
            origins = range(rows.start - 1, rows.stop - h)
            if len(origins):
                pairs = [(origin, h, ahead_by_hand(network, dataset, origin, h)[-1]) for origin in origins]
                own.append(errors_from(dataset, pairs))
                season.append(
                    errors_from(dataset, [(o, h, dataset.values[o + h - 4 * -(-h // 4)]) for o, _, _ in pairs])
                )
        assert found.horizon == h and found.sequences == len(own)
        assert found.rmse == pytest.approx(np.mean(own), rel=1e-9)
        assert found.seasonal_persistence_rmse == pytest.approx(np.mean(season), rel=1e-9)


def test_predictions_beyond_each_sequence_are_those_of_it_alone(dataset: SequenceDataset) -> None:
    network = network_for(dataset)
    found = complete(predict(network, dataset, 6)).beyond
    assert found is not None and found.shape == (3, 6, 2)
    for s in range(3):
        expected = ahead_by_hand(network, dataset, int(dataset.panel.stops[s]) - 1, 6)
        np.testing.assert_allclose(found[s], expected, rtol=1e-9)
        own = dataset.panel.rows_of(s)
        alone = sequences_of([dataset.values[own]], horizon=3, strategy=dataset.config.strategy)
        np.testing.assert_allclose(complete(predict(network, alone, 6)).closed_loop, expected, rtol=1e-9)
    assert complete(predict(network, dataset, 0)).beyond is not None


@pytest.mark.parametrize("strategy", ["recursive", "direct"])
@pytest.mark.parametrize(
    ("data", "baseline"),
    [
        ({"transforms": ("difference",)}, "persistence"),
        ({"relative_to_last": True, "lags": 3}, "persistence"),
        ({"transforms": ("seasonal-difference",)}, "seasonal"),
    ],
)
def test_a_network_that_expects_no_change_is_the_baseline_that_does_so(
    strategy: str, data: dict[str, Any], baseline: str
) -> None:
    """With all weights 0 a difference, also from a season before, is predicted to be 0."""
    parts = [0.1 * part for part in noise(30, 22, 40)]
    dataset = sequences_of(parts, season=4, horizon=6, strategy=strategy, train_percent=50, test_rows=6, **data)
    network = network_for(dataset)
    network.w2[:] = 0
    test = there(complete(score_horizon(network, dataset, 6)))
    assert_near(test.network, getattr(test, baseline))
    for found in complete(evaluate_horizons(network, dataset, 6)):
        expected = found.persistence_rmse if baseline == "persistence" else found.seasonal_persistence_rmse
        assert found.rmse == pytest.approx(expected, rel=1e-9) and found.sequences == len(dataset.panel)
    one_step = complete(score_parts(network, dataset, complete(respond(network, dataset))))
    assert_near(there(one_step, Part.TRAIN).network, getattr(there(one_step, Part.TRAIN), baseline))


def test_one_origin_is_scored_where_the_test_part_is_as_long_as_the_horizon() -> None:
    dataset = sequences_of([0.1 * part for part in noise(30, columns=1)], test_rows=6, horizon=6)
    network = network_for(dataset)
    found = there(complete(score_as_trained(network, dataset, complete(respond(network, dataset, whole=True)))))
    error = ahead_by_hand(network, dataset, 23, 6) - dataset.values[24:]
    assert found.network.rmse == pytest.approx(np.sqrt(np.mean(error**2)), rel=1e-9)
    assert found.network.mae == pytest.approx(np.mean(np.abs(error)), rel=1e-9)


def test_a_horizon_of_one_step_gives_the_scores_of_one_step() -> None:
    dataset = sequences_of([0.1 * part for part in noise(*LENGTHS)], season=3)
    network = network_for(dataset)
    response = complete(respond(network, dataset, whole=True))
    one_step = complete(score_as_trained(network, dataset, response))
    for part, found in complete(score_horizon(network, dataset, 1)).items():
        for name in ("network", "persistence", "linear", "seasonal"):
            assert_near(getattr(found, name), getattr(there(one_step, part), name))


def test_a_part_without_as_many_rows_as_the_horizon_has_no_scores() -> None:
    dataset = sequences_of(noise(20, 10), test_rows=3)
    assert complete(score_horizon(network_for(dataset), dataset, 4))[Part.TEST] is None
    assert there(complete(score_horizon(network_for(dataset), dataset, 3))).sequences == 2


def test_how_origins_are_cut_into_blocks_does_not_matter(
    dataset: SequenceDataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    network = network_for(dataset)
    whole = complete(score_horizon(network, dataset, 3))
    beyond = complete(predict(network, dataset, 4)).beyond
    monkeypatch.setattr(horizons, "_ORIGINS_AT_ONCE", 4)
    monkeypatch.setattr(forecast, "_NUMBERS_AT_ONCE", 1)
    shares: list[float] = []
    for part, found in complete(score_horizon(network, dataset, 3), shares.append).items():
        assert_near(there({part: found}, part).network, there(whole, part).network)
    assert shares == sorted(shares) and 0 <= shares[0] <= shares[-1] <= 1
    assert beyond is not None
    np.testing.assert_allclose(complete(predict(network, dataset, 4)).beyond, beyond, rtol=1e-12)


def test_the_longest_test_part_limits_the_horizon(dataset: SequenceDataset) -> None:
    network = network_for(dataset)
    assert longest_horizon(dataset) == 6
    assert complete(evaluate_horizons(network, dataset, 6))[-1].sequences == 1
    with pytest.raises(DataError, match="from 1 to 6, the rows of the longest sequence from its test part on, got 7"):
        complete(evaluate_horizons(network, dataset, 7))
    with pytest.raises(DataError, match="from must be a row from 1 to 29, got 30"):
        complete(evaluate_horizons(network, dataset, 1, 30))
    assert complete(evaluate_horizons(network, dataset, 1, 25))[0].sequences == 1


def test_more_values_than_fit_are_refused(dataset: SequenceDataset, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forecast, "_MOST_NUMBERS", 60)
    with pytest.raises(DataError, match="steps must be at most 10 for 3 sequences, got 11"):
        complete(predict(network_for(dataset), dataset, 11))


# -- what is written --------------------------------------------------------------------------------


def test_a_file_of_predictions_has_each_sequence_followed_by_its_own_rows_beyond(
    dataset: SequenceDataset, tmp_path: Path
) -> None:
    response = complete(predict(network_for(dataset), dataset, 2))
    write_prediction(tmp_path / "out.csv", dataset, response)
    with (tmp_path / "out.csv").open(newline="", encoding="utf-8") as file:
        header, *rows = csv.reader(file)
    three = [f"{c}{what}" for c in "ab" for what in ("", " (one step)", " (forecast)")]
    assert header == ["t", "sequence", *three]
    at = 0
    for s, length in enumerate(LENGTHS):
        own = rows[at : at + length + 2]
        assert [row[:2] for row in own] == [[str(t), f"s{s}"] for t in range(length + 2)]
        first = int(dataset.panel.starts[s])
        assert own[0][2:] == [
            repr(float(dataset.values[first, 0])),
            "",
            "",
            repr(float(dataset.values[first, 1])),
            "",
            "",
        ]
        assert own[5][3] == repr(float(response.one_step[first + 4, 0]))
        assert response.beyond is not None
        assert own[-1][2:] == [
            "",
            "",
            repr(float(response.beyond[s, 1, 0])),
            "",
            "",
            repr(float(response.beyond[s, 1, 1])),
        ]
        at += length + 2
    assert at == len(rows)


def test_objects_name_columns_and_sequences_and_have_no_number_that_is_not_finite(
    dataset: SequenceDataset, capsys: pytest.CaptureFixture[str]
) -> None:
    network = network_for(dataset)
    scores = complete(score_horizon(network, dataset, 3))
    test = there(scores)
    response = complete(predict(network, dataset, 2))
    print_json(
        {"metrics": score_object(scores), "rows": rows_object(dataset, response)}
        | horizon_object(complete(evaluate_horizons(network, dataset, 2)))
        | by_sequence_object(dataset, Part.TEST, test)
    )
    found = json.loads(capsys.readouterr().out)
    figures = {"rmse", "mae", "nmse", "mase", "smape"}
    block = found["metrics"]["test"]
    assert set(block) == figures | {"persistence", "linear", "seasonal", "columns", "sequences", "rows", "chance"}
    assert set(block["columns"]) == {"a", "b"} and set(block["columns"]["a"]) == set(block["seasonal"]) == figures
    assert block["sequences"] == 3 and found["horizons"][0]["sequences"] == 3
    assert found["rows"]["sequences"] == ["s0", "s1", "s2"] and len(found["rows"]["forecast"]) == 3
    assert found["rows"]["one_step"][LENGTHS[0] - 1] == [None, None]
    each = found["by_sequence"]
    assert sorted(each["names"]) == ["s0", "s1", "s2"] and each["mase"] == sorted(each["mase"], reverse=True)
    assert np.mean(each["rmse"]) == pytest.approx(block["rmse"])


def test_people_read_columns_in_their_own_units_and_of_how_many_sequences_figures_are_means(
    dataset: SequenceDataset, capsys: pytest.CaptureFixture[str]
) -> None:
    network = network_for(dataset)
    scores = complete(score_horizon(network, dataset, 3))
    print_scores(scores)
    written = capsys.readouterr().out
    assert "1 to 3 steps ahead, test part" in written and "Means over sequences: 3 (train), " in written
    (whole,) = [line.split() for line in written.split("test part")[1].splitlines() if "all columns" in line]
    found = there(scores).network
    assert whole == ["all", "columns", f"{found.nmse:.5g}", f"{found.mase:.5g}"]
    assert all(len(line.rstrip()) <= 80 for line in written.splitlines())
    print_horizons(complete(evaluate_horizons(network, dataset, 6)), "title")
    assert "Means over 3 sequences, 1 at the most steps ahead." in capsys.readouterr().out
    print_by_sequence(dataset, Part.TEST, there(scores))
    assert "worst first: test part, 1 to 3 steps" in " ".join(capsys.readouterr().out.split())
    print_prediction(dataset, complete(predict(network, dataset, 2)))
    lines = [line.split()[:2] for line in capsys.readouterr().out.splitlines() if " s" in line]
    assert lines == [["30", "s0"], ["31", "s0"], ["12", "s1"], ["13", "s1"], ["21", "s2"], ["22", "s2"]]


def test_evaluate_tells_each_sequence_where_that_is_wanted(done: Callable[..., Any], tmp_path: Path) -> None:
    path = tmp_path / "m.safetensors"
    done("train", "sunspots", "--epochs", 2, "--save", path)
    found = done("evaluate", path, "--horizon", 2, "--by-sequence", "--json").result
    each = found["by_sequence"]
    assert (each["names"], each["part"], each["horizon"]) == (["sequence 1"], "test", 2) and len(each["mase"]) == 1
    assert "by_sequence" not in done("evaluate", path, "--horizon", 2, "--json").result
    assert "worst first" in done("evaluate", path, "--horizon", 2, "--by-sequence").output
