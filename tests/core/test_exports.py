"""Every row of an export says what it belongs to: time, sequence and place, symbol and class, target and network."""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from many_sequences import noise, sequences_of

from elman_core.config import NetworkConfig
from elman_core.data.dataset import SequenceDataset
from elman_core.data.text.vocabulary import Vocabulary
from elman_core.export.arrays import export_arrays
from elman_core.export.predictions import write_prediction
from elman_core.export.stamp import Stamp
from elman_core.forecasting.prediction import predict, respond
from elman_core.model.network import ElmanNetwork
from elman_core.support.jobs import complete
from elman_core.training.checkpoints import Checkpoint
from elman_core.training.events import Snapshot

CLASSES = {"a": "vowel", "b": "consonant", "c": "consonant"}
STAMP = Stamp(network=3, epoch=7, held="hidden unit 2 lesioned")


@pytest.fixture
def letters(stream_of: Callable[..., SequenceDataset]) -> SequenceDataset:
    vocabulary = Vocabulary(("a", "b", "c"), np.eye(3), ("A", "B", "C"), CLASSES)
    return stream_of(vocabulary, 60)


def snapshot_of(dataset: SequenceDataset, networks: int = 1) -> tuple[NetworkConfig, Snapshot]:
    sizes = {"inputs": dataset.encoding.network_inputs, "outputs": dataset.encoding.network_outputs}
    config = NetworkConfig(hidden=4, biases=True, **sizes)
    network = ElmanNetwork.initialized(config, 7, networks=networks)
    response = complete(respond(network, dataset, whole=True))
    return config, Snapshot(7, 0, network.w1.numpy(), network.w2.numpy(), response)


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_states_of_symbols_are_written_with_symbols_classes_targets_and_predictions(
    letters: SequenceDataset, tmp_path: Path
) -> None:
    config, snapshot = snapshot_of(letters)
    assert letters.symbols is not None
    names = [letters.symbols.name(row) for row in range(60)]
    rows = rows_of(complete(export_arrays(tmp_path / "s.csv", "states", config, letters, snapshot, (), STAMP)))
    fed = [row for row in rows if row["free_run"] == "0"]
    assert [row["symbol"] for row in fed] == names[:59]
    assert [row["target_symbol"] for row in fed] == names[1:]
    assert [row["class"] for row in fed] == [CLASSES[name] for name in names[:59]]
    best = letters.symbols.vocabulary.probabilities(snapshot.response.one_step).argmax(axis=1)
    assert [row["predicted_symbol"] for row in fed] == ["abc"[code] for code in best]
    assert {(row["network"], row["epoch"], row["held"]) for row in rows} == {("3", "7", "hidden unit 2 lesioned")}
    with np.load(complete(export_arrays(tmp_path / "s.npz", "states", config, letters, snapshot, (), STAMP))) as found:
        assert found["symbol"].tolist() == names[:59] and found["target_symbol"].tolist() == names[1:]
        assert found["class"].tolist() == [CLASSES[name] for name in names[:59]]
        assert len(found["free_run_predicted_symbol"]) == len(found["free_run_hidden"])
        assert (int(found["network"]), int(found["epoch"]), str(found["held"])) == (3, 7, "hidden unit 2 lesioned")


def test_states_of_sequences_are_written_with_place_target_and_prediction(tmp_path: Path) -> None:
    parts = noise(12, 9, columns=1)
    parts[1][4] = np.nan
    dataset = sequences_of(parts, fill_gaps=True)
    config, snapshot = snapshot_of(dataset)
    path = complete(export_arrays(tmp_path / "s.csv", "states", config, dataset, snapshot, ()))
    fed = [row for row in rows_of(path) if row["free_run"] == "0"]
    assert [row["place"] for row in fed[:12]] == [str(place) for place in range(1, 13)]
    assert (fed[11]["sequence"], fed[12]["sequence"], fed[12]["place"]) == ("s0", "s1", "1")
    assert float(fed[0]["a (target)"]) == parts[0][1, 0]
    assert float(fed[0]["a (predicted)"]) == snapshot.response.one_step[0, 0]
    assert fed[11]["a (target)"] == fed[11]["a (predicted)"] == ""  # the sequence ends
    assert fed[12 + 3]["a (target)"] == "" and fed[12 + 2]["a (target)"] != ""  # what was filled did not come


def test_weights_say_which_network_and_epoch_they_are_of(tmp_path: Path) -> None:
    dataset = sequences_of(noise(20, columns=1))
    config, snapshot = snapshot_of(dataset, networks=2)
    rows = rows_of(complete(export_arrays(tmp_path / "w.csv", "weights", config, dataset, snapshot, (), STAMP)))
    assert [row["network"] for row in rows] == ["1"] * (len(rows) // 2) + ["2"] * (len(rows) // 2)
    assert {row["epoch"] for row in rows} == {"7"} and "held" not in rows[0]
    alone = replace(snapshot, w1=snapshot.w1[:1], w2=snapshot.w2[:1])
    with np.load(complete(export_arrays(tmp_path / "w.npz", "weights", config, dataset, alone, (), STAMP))) as found:
        assert found["networks"].tolist() == [3] and int(found["epoch"]) == 7
    point = Checkpoint(4, *(np.array(weights[0]) for weights in (snapshot.w1, snapshot.w2)))
    rows = rows_of(complete(export_arrays(tmp_path / "p.csv", "path", config, dataset, snapshot, (point,), STAMP)))
    assert {(row["epoch"], row["network"]) for row in rows} == {("4", "3")}


def test_predictions_of_symbols_are_written_with_symbol_class_and_the_one_predicted(
    letters: SequenceDataset, tmp_path: Path
) -> None:
    config, _ = snapshot_of(letters)
    network = ElmanNetwork.initialized(config, 7)
    response = complete(predict(network, letters, 4))
    write_prediction(tmp_path / "p.csv", letters, response, stamp=Stamp(epoch=7))
    rows = rows_of(tmp_path / "p.csv")
    assert letters.symbols is not None
    assert [row["symbol"] for row in rows] == [letters.symbols.name(row) for row in range(60)] + [""] * 4
    assert rows[5]["class"] == CLASSES[rows[5]["symbol"]]
    assert rows[0]["predicted"] == "" and all(row["predicted"] in CLASSES for row in rows[1:])
    assert {row["epoch"] for row in rows} == {"7"}


def test_predictions_of_numbers_keep_their_columns(tmp_path: Path) -> None:
    dataset = sequences_of(noise(20, columns=1))
    config, _ = snapshot_of(dataset)
    response = complete(predict(ElmanNetwork.initialized(config, 7), dataset, 2))
    write_prediction(tmp_path / "p.csv", dataset, response)
    assert list(rows_of(tmp_path / "p.csv")[0]) == ["t", "a", "a (one step)", "a (forecast)"]
