"""The model file: everything comes back, nothing in a file is trusted, and no save leaves half a file."""

from __future__ import annotations

import errno
import io
import json
import os
import pickle
import shutil
import stat
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors
import safetensors.numpy
import torch
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from model_files import changed_header, changed_metadata, changed_tensors, file_bytes, refusal

from elman_core.config import DataConfig, NetworkConfig, TrainingConfig
from elman_core.data.preparation import prepare
from elman_core.data.table import Source, Table, TableFormat, TimeAxis
from elman_core.errors import ModelFileError
from elman_core.experiment import Run, Weights
from elman_core.storage import model_file as storage
from elman_core.storage.header import MAXIMUM_HEADER_BYTES
from elman_core.storage.metadata import AxisMetadata
from elman_core.storage.model_file import FORMAT_VERSION, MAXIMUM_FILE_BYTES, SavedModel, load_model, save_model
from elman_core.support import files
from elman_core.training.history import History

FIXTURE_PER_TEST = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)


def make_experiment(
    *, networks: int = 1, precision: str = "float32", validation: bool = True, optimizer: bool = False, epochs: int = 4
) -> Run:
    rng = np.random.default_rng(7)
    rows = 20
    table = Table(
        name="two waves",
        columns=("a", "b", "c"),
        values=rng.normal(size=(rows, 3)),
        axis=TimeAxis.steps(rows),
        source=Source(kind="csv", name="waves.csv", path="/data/waves.csv", format=TableFormat(delimiter=";")),
    )
    dataset = prepare(table, DataConfig(columns=("c", "a"), validation_percent=15.0 if validation else 0.0))
    network = NetworkConfig(inputs=2, hidden=3, outputs=2, biases=True, initial_context=0.5)
    training = TrainingConfig(
        epochs=9, optimizer="adam", learning_rate=0.01, precision=precision, seed=2**63 - 1, networks=networks
    )

    def draw(*shape: int) -> Any:
        return rng.normal(size=(networks, *shape)).astype(precision)

    w1, w2 = draw(network.input_rows, 3), draw(network.output_rows, 2)
    state = {}
    if optimizer:
        state = {
            "w1.step": np.full(networks, 12.0, np.float32),
            "w1.exp_avg": np.swapaxes(draw(3, network.input_rows), 1, 2),  # not contiguous
            "w1.exp_avg_sq": np.square(w1),
            "w2.step": np.full(networks, 12.0, np.float32),
            "w2.exp_avg": draw(network.output_rows, 2),
        }
    losses = rng.uniform(size=(2, epochs, networks))
    return Run(
        name="two waves",
        dataset=dataset,
        network=network,
        training=training,
        weights=Weights(w1, w2, draw(3), state),
        history=History(losses[0], losses[1] if validation else None),
    )


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "model.safetensors"


@pytest.fixture
def saved(path: Path) -> Path:
    save_model(path, make_experiment(optimizer=True))
    return path


def save_refusal(path: Path, experiment: Run | None = None) -> str:
    with pytest.raises(ModelFileError) as caught:
        save_model(path, experiment or make_experiment())
    assert "\n" not in str(caught.value)
    return str(caught.value)


def names_in(folder: Path) -> list[str]:
    return [entry.name for entry in folder.iterdir()]


# -- what comes back --------------------------------------------------------------------------------


@pytest.mark.parametrize("networks", [1, 3])
@pytest.mark.parametrize("precision", ["float32", "float64"])
@pytest.mark.parametrize("validation", [True, False])
@pytest.mark.parametrize("optimizer", [True, False])
def test_everything_comes_back_as_it_was_saved(
    path: Path, networks: int, precision: str, validation: bool, optimizer: bool
) -> None:
    was = make_experiment(networks=networks, precision=precision, validation=validation, optimizer=optimizer)
    save_model(path, was)
    model = load_model(path)
    assert (model.name, model.network, model.training) == (was.name, was.network, was.training)
    assert (model.source, model.data, model.scale) == (was.dataset.source, was.dataset.config, was.dataset.scale)
    assert was.weights is not None
    pairs = [(getattr(was.weights, name), getattr(model.weights, name)) for name in ("w1", "w2", "context")]
    assert model.weights.optimizer.keys() == was.weights.optimizer.keys()
    pairs += [(was.weights.optimizer[name], model.weights.optimizer[name]) for name in was.weights.optimizer]
    pairs.append((was.history.train, model.history.train))
    for before, after in pairs:
        assert before.dtype == after.dtype
        np.testing.assert_array_equal(before, after, strict=True)
    assert (model.history.validation is None) == (not validation)
    if validation:
        np.testing.assert_array_equal(was.history.validation, model.history.validation)


def test_a_model_says_what_wrote_it_and_when(saved: Path) -> None:
    model = load_model(saved)
    assert model.format_version == FORMAT_VERSION
    # The wheel for CUDA is 2.13.0 by its metadata, which the file quotes, and 2.13.0+cu130 by its own word.
    assert model.versions["torch"].partition("+")[0] == torch.__version__.partition("+")[0]
    assert {"elman", "python", "numpy"} <= model.versions.keys()
    assert model.saved_at.endswith("+00:00")


def test_a_model_saved_before_the_first_epoch_ended_opens(path: Path) -> None:
    save_model(path, replace(make_experiment(networks=3), history=History()))
    assert load_model(path).history.train.shape == (0, 3)


def test_a_file_saved_with_its_loaded_parts_is_the_same_again(path: Path) -> None:
    experiment = make_experiment(optimizer=True)
    save_model(path, experiment)
    first = safetensors.numpy.load(path.read_bytes())
    model = load_model(path)
    save_model(path, replace(experiment, weights=model.weights, history=model.history))
    second = safetensors.numpy.load(path.read_bytes())
    assert first.keys() == second.keys()
    assert all(first[name].tobytes() == second[name].tobytes() for name in first)


def test_any_safetensors_reader_opens_the_file(saved: Path) -> None:
    names = {"w1", "w2", "context", "loss.train", "loss.validation", "optimizer.w1.exp_avg"}
    assert names <= safetensors.numpy.load_file(saved).keys()
    with safetensors.safe_open(saved, framework="pt") as file:
        assert file.get_tensor("w1").shape == (1, 6, 3)
        assert json.loads(file.metadata()["elman"])["training"]["seed"] == 2**63 - 1


def test_columns_that_had_not_been_chosen_are_filled_in(path: Path) -> None:
    experiment = make_experiment()
    unchosen = replace(experiment, dataset=replace(experiment.dataset, config=DataConfig()))
    save_model(path, unchosen)
    assert load_model(path).data.columns == ("c", "a")


def test_saving_and_loading_need_no_torch(path: Path) -> None:
    save_model(path, make_experiment())
    program = (
        "import sys; from pathlib import Path; from elman_core.storage.model_file import load_model; "
        "load_model(Path(sys.argv[1])); print('torch' in sys.modules, 'PySide6' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program, path], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]


def test_a_name_with_bytes_that_are_no_letters_is_saved(path: Path) -> None:
    save_model(path, replace(make_experiment(), name="a\udcff"))
    assert load_model(path).name == "a?"


def test_a_header_whose_length_looks_like_a_pickle_is_opened(saved: Path) -> None:
    data = saved.read_bytes()
    end = 8 + int.from_bytes(data[:8], "little")
    length = next(n for n in range(0x0280, 0x20000, 0x100) if n >= end - 8 and (n >> 8) % 256 in (2, 3, 4, 5, 6, 7, 8))
    saved.write_bytes(file_bytes(data[8:end].ljust(length), data[end:]))
    assert saved.read_bytes()[0] == 0x80
    load_model(saved)


# -- files that are something else ------------------------------------------------------------------


class Bomb:
    def __init__(self, target: Path) -> None:
        self.target = target

    def __reduce__(self) -> Any:
        return Path.touch, (self.target,)


def zip_bytes() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(zipfile.ZipInfo("archive/data.pkl"), b"x")
    return buffer.getvalue()


def test_a_pytorch_file_is_not_opened(path: Path) -> None:
    torch.save({"w1": torch.zeros(2)}, path)
    assert "PyTorch" in refusal(path)
    torch.save({"w1": torch.zeros(2)}, path, _use_new_zipfile_serialization=False)
    assert "PyTorch" in refusal(path)


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_a_pickle_is_refused_and_not_run(path: Path, tmp_path: Path, protocol: int) -> None:
    target = tmp_path / "executed"
    path.write_bytes(pickle.dumps(Bomb(target), protocol))
    refusal(path)
    assert not target.exists()
    pickle.loads(path.read_bytes())
    assert target.exists()  # it would have


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "is empty"),
        (b"\x00" * 3, "cut short"),
        (b"{}", "cut short"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(40), "not a safetensors"),
        (zip_bytes(), "could run code"),
        (bytes(1000), "not a safetensors"),
        (b"year,sunspots\n1700,5\n", "not a safetensors"),
        (file_bytes(b"{}", length=2**63), "at most 4,194,304"),
        (file_bytes(b"{}", length=2**64 - 1), "at most 4,194,304"),
        (file_bytes(b"{}", length=MAXIMUM_HEADER_BYTES + 1), "at most 4,194,304"),
        (file_bytes(b"{}", length=MAXIMUM_HEADER_BYTES), "cut short"),
        (file_bytes(b"{}", length=0), "not sound JSON"),
        (file_bytes(b"{}"), "another program"),
        (file_bytes(b"{"), "not sound JSON"),
        (file_bytes(b'{"w1": NaN}'), "not sound JSON"),
        (file_bytes(b'{"w1": 1, "w1": 2}'), "not sound JSON"),
        (file_bytes(b'{"\xff": 1}'), "not sound JSON"),
        (file_bytes('{"w1": 1}'.encode("utf-16-le")), "not sound JSON"),
        (file_bytes(b'{"a":' * 100_000 + b"1" + b"}" * 100_000), "nested too deeply"),
        (file_bytes(b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}"), "nested too deeply"),
        (file_bytes(b'{"a":' + b"1" * 10_000 + b"}"), "not sound JSON"),
        (file_bytes({"__metadata__": 3}), "texts by name"),
        (file_bytes({"__metadata__": {"elman": 3}}), "texts by name"),
        (file_bytes({"__metadata__": {"format": "pt"}}), "another program"),
        (file_bytes({"__metadata__": {"elman": "{}", "more": ""}}), "another program"),
        (file_bytes({"__metadata__": {"elman": "not JSON"}}), "not sound JSON"),
        (file_bytes({"__metadata__": {"elman": "[]"}}), "must be a JSON object"),
        (file_bytes({"__metadata__": {"elman": "{}"}}), "format version"),
        (file_bytes({"__metadata__": {"elman": '{"a":' * 50_000 + "1" + "}" * 50_000}}), "nested too deeply"),
    ],
)
def test_what_is_not_a_model_file_is_refused_in_one_sentence(path: Path, data: bytes, said: str) -> None:
    path.write_bytes(data)
    assert said in refusal(path)


@pytest.mark.parametrize("depth", range(850, 1000, 10))
def test_metadata_nested_just_deep_enough_to_parse_is_refused(saved: Path, depth: int) -> None:
    nested = "[" * depth + "]" * depth
    original = saved.read_bytes()
    end = 8 + int.from_bytes(original[:8], "little")
    header = json.loads(original[8:end])
    whole = json.loads(header["__metadata__"]["elman"])
    for setting in ("format_version", "network", "name", "versions", "unheard"):
        texts = json.dumps({**whole, setting: "HERE"}).replace('"HERE"', nested)
        header["__metadata__"]["elman"] = texts
        saved.write_bytes(file_bytes(header, original[end:]))
        refusal(saved)


# -- headers that lie -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ({"dtype": "F16"}, "must be F32, F64, I64 or U8, got 'F16'"),
        ({"dtype": "I64"}, "needs"),
        ({"dtype": ["F32"]}, "F32, F64, I64 or U8"),
        ({"dtype": "F" * 10_000}, "F32, F64, I64 or U8"),
        ({"shape": [1, 6, 3.0]}, "impossible shape"),
        ({"shape": [True, 6, 3]}, "impossible shape"),
        ({"shape": [-1, -6, 3]}, "impossible shape"),
        ({"shape": [10**300, 6, 3]}, "impossible shape"),
        ({"shape": [0, 10**18, 3]}, "impossible shape"),
        ({"shape": [1] * 100_000}, "impossible shape"),
        ({"shape": "163"}, "impossible shape"),
        ({"shape": {"0": 1}}, "impossible shape"),
        ({"shape": None}, "impossible shape"),
        ({"shape": [1, 6, 4]}, "needs 96 bytes"),
        ({"shape": [2**40, 2**40, 2**40]}, "impossible shape"),
        ({"shape": [2**28, 2**28, 2**28]}, "bytes"),
        ({"data_offsets": [0, 2**63]}, "needs 72 bytes"),
        ({"data_offsets": [72, 0]}, "needs 72 bytes"),
        ({"data_offsets": [-72, 0]}, "impossible offsets"),
        ({"data_offsets": [0.0, 72.0]}, "impossible offsets"),
        ({"data_offsets": [0, 72, 144]}, "impossible offsets"),
        ({"data_offsets": [10**6, 10**6 + 72]}, "overlap"),
        ({"more": 1}, "nothing else"),
    ],
)
def test_a_lie_in_a_tensors_entry_is_found(saved: Path, entry: dict[str, Any], said: str) -> None:
    changed_header(saved, lambda header: header["w1"].update(entry))
    assert said in refusal(saved)


def test_tensors_that_overlap_are_refused(saved: Path) -> None:
    # Both steps are one float32: the same bytes for both keep all sizes right.
    step = "optimizer.w1.step"
    changed_header(saved, lambda header: header["optimizer.w2.step"].update(data_offsets=header[step]["data_offsets"]))
    assert "overlap" in refusal(saved)


def test_an_entry_that_is_no_object_is_refused(saved: Path) -> None:
    changed_header(saved, lambda header: header.update(w1=[1, 2]))
    assert "nothing else" in refusal(saved)


def test_bytes_after_the_last_tensor_are_refused(saved: Path) -> None:
    saved.write_bytes(saved.read_bytes() + b"more")
    assert "4 bytes more" in refusal(saved)


def test_swapped_rows_and_columns_of_the_same_size_are_refused(saved: Path) -> None:
    changed_header(saved, lambda header: header["w1"].update(shape=[1, 3, 6]))
    assert "w1 has shape (1, 3, 6), the settings need (1, 6, 3)" in refusal(saved)


@pytest.mark.parametrize(
    ("name", "array", "said"),
    [
        ("w1", np.zeros((6, 3), np.float32), "w1 has shape (6, 3), the settings need (1, 6, 3)"),
        ("w1", np.zeros((0, 6, 3), np.float32), "w1 has shape (0, 6, 3), the settings need (1, 6, 3)"),
        ("w1", np.zeros((2, 6, 3), np.float32), "w1 has shape (2, 6, 3), the settings need (1, 6, 3)"),
        ("w1", np.zeros((1, 6, 3), np.float64), "w1 is F64, the settings need F32"),
        ("w2", np.zeros((1, 3, 2), np.float32), "w2 has shape (1, 3, 2), the settings need (1, 4, 2)"),
        ("w2", np.zeros((1, 4, 2), np.float64), "w2 is F64"),
        ("context", np.zeros((1, 4), np.float32), "context has shape (1, 4), the settings need (1, 3)"),
        ("context", np.zeros(3, np.float32), "context has shape (3,)"),
        ("loss.train", np.zeros((4, 1), np.float32), "loss.train is F32, the settings need F64"),
        ("loss.train", np.zeros(4), "loss.train has shape (4,)"),
        ("loss.train", np.zeros((4, 2)), "loss.train has shape (4, 2), the settings need (4, 1)"),
        ("loss.validation", np.zeros((5, 1)), "loss.validation has shape (5, 1), the settings need (4, 1)"),
        ("optimizer.w1.exp_avg", np.zeros((1, 4, 2), np.float32), "the settings need (1, 6, 3)"),
        ("optimizer.w1.exp_avg", np.zeros((1, 6, 3), np.float64), "is F64"),
        ("optimizer.w1.step", np.array(1.0), "is F64"),
        ("optimizer.w1.step", np.array(1.0, np.float32), "has shape ()"),
        ("optimizer.w1.step", np.zeros(2, np.float32), "has shape (2,)"),
        ("optimizer.w1.step", np.zeros(1), "is F64"),
        ("optimizer.w3.step", np.array(1.0, np.float32), "no tensor called"),
        ("optimizer.w1.Step", np.array(1.0, np.float32), "no tensor called"),
        ("optimizer.w1.step\n", np.array(1.0, np.float32), "no tensor called"),
        ("optimizer.w1." + "a" * 41, np.array(1.0, np.float32), "no tensor called"),
        ("w1.step", np.array(1.0, np.float32), "no tensor called"),
        ("optimizer.", np.array(1.0, np.float32), "no tensor called"),
        ("x" * 10_000, np.array(1.0, np.float32), "no tensor called"),
        ("\x1b[31mred", np.array(1.0, np.float32), "no tensor called '\\x1b"),
    ],
)
def test_a_tensor_that_does_not_fit_the_settings_is_refused(
    saved: Path, name: str, array: np.ndarray, said: str
) -> None:
    changed_tensors(saved, lambda tensors: tensors.update({name: array}))
    assert said in refusal(saved)


@pytest.mark.parametrize("name", ["w1", "w2", "context", "loss.train"])
def test_a_missing_tensor_is_named(saved: Path, name: str) -> None:
    changed_tensors(saved, lambda tensors: tensors.pop(name))
    assert f"tensor {name!r} is missing" in refusal(saved)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize(
    "name", ["w1", "w2", "context", "loss.train", "loss.validation", "optimizer.w1.exp_avg", "optimizer.w1.step"]
)
def test_values_that_are_not_finite_are_refused(saved: Path, name: str, value: float) -> None:
    changed_tensors(saved, lambda tensors: tensors[name].flat.__setitem__(-1, value))
    assert f"{name} has values that are not finite" in refusal(saved)


@pytest.mark.parametrize(
    ("part", "values", "said"),
    [
        (None, {"format_version": FORMAT_VERSION + 1}, "newer version"),
        (None, {"format_version": 10**100}, "newer version"),
        (None, {"format_version": 0}, "format version"),
        (None, {"format_version": True}, "format version"),
        (None, {"format_version": "1"}, "format version"),
        (None, {"unheard": 1}, "no setting called 'unheard'"),
        (None, {"x" * 10_000: 1}, "no setting called"),
        (None, {"self": 1}, "no setting called 'self'"),
        (None, {"name": 3}, "name"),
        (None, {"name": "x" * 301}, "name"),
        (None, {"network": 3}, "network"),
        (None, {"network": ["x" * 10_000]}, "network"),
        (None, {"versions": {"x\n" * 15: 3}}, "versions"),
        (None, {"versions": {"x": "y" * 81}}, "versions"),
        (None, {"saved_at": "yesterday"}, "saved_at must be a date and time"),
        ("network", {"hidden": 0}, "hidden must be at least 1, got 0"),
        ("network", {"hidden": 10**30}, "hidden must be at most 4096"),
        ("network", {"hidden": 4}, "w1 has shape (1, 6, 3), the settings need (1, 7, 4)"),
        ("network", {"activation": "sine"}, "activation must be"),
        ("network", {"self": 1}, "no setting called 'self'"),
        ("network", {"inputs": 3}, "the columns make 2 network inputs, got 3"),
        ("network", {"outputs": 3}, "the columns make 2 network outputs, got 3"),
        ("training", {"truncation": 0}, "truncation"),
        ("training", {"optimizer": "lbfgs"}, "lbfgs needs one update an epoch"),
        ("training", {"precision": "float64"}, "w1 is F32, the settings need F64"),
        ("training", {"loss": "cross-entropy"}, "cross-entropy needs"),
        ("data", {"columns": []}, "columns"),
        ("data", {"columns": ["a"]}, "columns"),
        ("data", {"columns": 3}, "columns"),
        ("data", {"columns": ["a", "\ud800"]}, "not sound JSON"),
        ("data", {"train_percent": 95.0}, "must not exceed 100 %"),
        ("source", {"kind": "web"}, "kind"),
        ("source", {"path": 3}, "path"),
        ("source", {"format": {}}, "has no 'encoding'"),
        ("source", {"format": {"self": {}}}, "no setting called 'self'"),
    ],
)
def test_metadata_that_is_not_sound_is_refused(
    saved: Path, part: str | None, values: dict[str, Any], said: str
) -> None:
    changed_metadata(saved, lambda metadata: (metadata[part] if part else metadata).update(values))
    assert said in refusal(saved)


def test_an_infinite_setting_is_refused(saved: Path) -> None:
    def make_infinite(header: dict[str, Any]) -> None:
        metadata = json.loads(header["__metadata__"]["elman"])
        metadata["data"]["train_percent"] = "HERE"
        header["__metadata__"]["elman"] = json.dumps(metadata).replace('"HERE"', "1e999")

    changed_header(saved, make_infinite)
    assert "train_percent" in refusal(saved)


@pytest.mark.parametrize("part", [None, "network", "training", "data", "axis", "source"])
def test_a_missing_setting_is_named_and_never_guessed(saved: Path, part: str | None) -> None:
    original = saved.read_bytes()
    names: list[str] = []
    changed_metadata(saved, lambda metadata: names.extend(metadata[part] if part else metadata))
    for name in sorted({*names} - AxisMetadata.later_settings):
        saved.write_bytes(original)
        changed_metadata(saved, lambda metadata, name=name: (metadata[part] if part else metadata).pop(name))
        assert name.split("_")[0] in refusal(saved)


def test_a_file_cut_anywhere_is_refused(saved: Path) -> None:
    data = saved.read_bytes()
    for length in range(0, len(data), 7):
        saved.write_bytes(data[:length])
        refusal(saved)


@settings(FIXTURE_PER_TEST, max_examples=400)
@given(changes=st.lists(st.tuples(st.integers(0, 10**5), st.integers(0, 255)), min_size=1, max_size=8))
def test_a_file_with_random_bytes_changed_is_opened_or_refused(saved: Path, changes: list[tuple[int, int]]) -> None:
    original = saved.read_bytes()
    data = bytearray(original)
    for at, value in changes:
        data[at % len(data)] = value
    try:
        saved.write_bytes(data)
        assert_opened_or_refused(saved)
    finally:
        saved.write_bytes(original)


@settings(FIXTURE_PER_TEST, max_examples=200)
@given(data=st.binary(max_size=300), header=st.booleans())
@example(data=b'{"a":{"dtype":"F32","shape":[],"data_offsets":[0,0]}}', header=True)
def test_random_bytes_are_refused(path: Path, data: bytes, header: bool) -> None:
    path.write_bytes(file_bytes(data) if header else data)
    refusal(path)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


@settings(FIXTURE_PER_TEST, max_examples=300)
@given(choice=st.integers(0, 10**6), value=JSON)
def test_a_file_with_any_setting_replaced_by_anything_is_opened_or_refused(
    saved: Path, choice: int, value: Any
) -> None:
    def replace_one(metadata: dict[str, Any]) -> None:
        places = [(metadata, name) for name in metadata]
        for part in metadata.values():
            places += [(part, name) for name in part] if isinstance(part, dict) else []
        part, name = places[choice % len(places)]
        part[name] = value

    original = saved.read_bytes()
    try:
        changed_metadata(saved, replace_one)
        assert_opened_or_refused(saved)
    finally:
        saved.write_bytes(original)


def assert_opened_or_refused(path: Path) -> None:
    try:
        model = load_model(path)
    except ModelFileError as error:
        assert path.name in str(error)
        assert "\n" not in str(error)
    else:
        assert isinstance(model, SavedModel)
        assert np.isfinite(model.weights.w1).all()


# -- places that are no files -----------------------------------------------------------------------


def test_a_file_that_is_not_there_is_named(path: Path) -> None:
    assert "there is no such file" in refusal(path)
    assert "there is no folder" in refusal(path / "nowhere" / "model.safetensors")


def test_a_folder_is_neither_opened_nor_replaced(tmp_path: Path) -> None:
    assert "it is a folder" in refusal(tmp_path)
    assert "it is a folder" in save_refusal(tmp_path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes in folders are Unix's")
def test_a_pipe_is_neither_waited_for_nor_replaced(path: Path) -> None:
    os.mkfifo(path)
    assert "not a regular file" in refusal(path)
    assert "not a regular file" in save_refusal(path)
    assert stat.S_ISFIFO(path.stat().st_mode)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes in folders are Unix's")
def test_a_pipe_put_in_place_of_a_file_at_the_last_moment_is_not_waited_for(
    saved: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = saved.stat()
    saved.unlink()
    os.mkfifo(saved)
    monkeypatch.setattr(Path, "stat", lambda self, **_: found)
    assert "not a regular file" in refusal(saved)


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="devices in folders are Unix's")
def test_a_device_is_neither_read_nor_replaced(tmp_path: Path) -> None:
    assert "not a regular file" in refusal(Path("/dev/zero"))
    link = tmp_path / "null.safetensors"
    link.symlink_to("/dev/null")
    assert "not a regular file" in save_refusal(link)
    assert stat.S_ISCHR(Path("/dev/null").stat().st_mode)


def test_a_file_over_the_limit_is_refused_unread(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(MAXIMUM_FILE_BYTES + 1)
    assert "at most 1,073,741,824" in refusal(path)


def test_a_name_with_a_null_character_is_refused(tmp_path: Path) -> None:
    odd = tmp_path / "a\0b"
    assert "a character" in refusal(odd)
    assert "a character" in save_refusal(odd)


# -- saving -----------------------------------------------------------------------------------------


def test_an_untrained_network_is_not_saved(path: Path) -> None:
    assert "has not been trained" in save_refusal(path, make_experiment().untrained())
    assert not path.exists()


@pytest.mark.parametrize("name", ["w1", "w2", "context"])
def test_weights_that_are_not_finite_are_not_saved(saved: Path, name: str) -> None:
    before = saved.read_bytes()
    experiment = make_experiment()
    assert experiment.weights is not None
    getattr(experiment.weights, name).flat[0] = np.nan
    assert f"{name} has values that are not finite" in save_refusal(saved, experiment)
    assert saved.read_bytes() == before


def test_an_experiment_that_does_not_fit_together_is_not_saved(path: Path) -> None:
    experiment = make_experiment()
    larger = replace(experiment, network=experiment.network.replace(hidden=4))
    assert "the settings need (1, 7, 4)" in save_refusal(path, larger)
    assert experiment.weights is not None
    whole_numbers = replace(experiment.weights, w1=np.zeros((1, 6, 3), np.int64))
    assert "w1 is I64, the settings need F32" in save_refusal(path, replace(experiment, weights=whole_numbers))
    assert not path.exists()


def test_saving_leaves_nothing_else_in_the_folder(saved: Path) -> None:
    save_model(saved, make_experiment())
    assert names_in(saved.parent) == [saved.name]


@pytest.mark.parametrize("call", ["write", "fsync", "replace"])
@pytest.mark.parametrize(
    ("number", "said"),
    [(errno.ENOSPC, "the disk is full"), (errno.EDQUOT, "your share of the disk is full"), (errno.EIO, "error")],
)
def test_a_failed_save_leaves_the_old_file_and_no_other(
    saved: Path, monkeypatch: pytest.MonkeyPatch, call: str, number: int, said: str
) -> None:
    before = saved.read_bytes()

    def fail(*_: Any, **__: Any) -> None:
        raise OSError(number, os.strerror(number))

    def fail_to_write(descriptor: int, mode: str) -> Any:
        class Full(io.FileIO):
            write = fail

        return Full(descriptor, mode)

    if call == "write":
        monkeypatch.setattr(files.os, "fdopen", fail_to_write)
    elif call == "fsync":
        monkeypatch.setattr(files.os, "fsync", fail)
    else:
        monkeypatch.setattr(Path, "replace", fail)
    assert said in save_refusal(saved)
    monkeypatch.undo()
    assert saved.read_bytes() == before
    assert names_in(saved.parent) == [saved.name]


def test_an_interrupted_save_leaves_the_old_file_and_no_other(saved: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = saved.read_bytes()

    def interrupt(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(files.os, "fsync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        save_model(saved, make_experiment())
    assert saved.read_bytes() == before
    assert names_in(saved.parent) == [saved.name]


def test_a_folder_that_cannot_be_synced_is_no_failure(saved: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sync = os.fsync

    def sync_files_only(descriptor: int) -> None:
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))
        sync(descriptor)

    monkeypatch.setattr(files.os, "fsync", sync_files_only)
    save_model(saved, make_experiment(networks=3))
    assert load_model(saved).weights.w1.shape[0] == 3


@pytest.fixture
def tiny_disk(tmp_path: Path) -> Iterator[Path]:
    """A real disk of 16 KB; only root can make one."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = shutil.which("mount")
    command = [mount or "mount", "-t", "tmpfs", "-o", "size=16k", "tmpfs", folder]
    if mount is None or subprocess.run(command, capture_output=True).returncode:
        pytest.skip("no disk can be mounted here")
    yield folder
    subprocess.run(["umount", folder], check=True)


def test_a_disk_that_is_really_full_leaves_the_old_file_and_no_other(tiny_disk: Path) -> None:
    path = tiny_disk / "model.safetensors"
    save_model(path, make_experiment())
    before = path.read_bytes()
    assert "the disk is full" in save_refusal(path, make_experiment(epochs=1000))
    assert path.read_bytes() == before
    assert names_in(tiny_disk) == [path.name]


def test_a_disk_that_is_read_only_is_named(tiny_disk: Path) -> None:
    subprocess.run(["mount", "-o", "remount,ro", tiny_disk], check=True)
    assert "the disk is read-only" in save_refusal(tiny_disk / "model.safetensors")


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="/proc is Linux's")
def test_a_folder_that_takes_no_files_is_named() -> None:
    assert "/proc/model.safetensors cannot be saved: " in save_refusal(Path("/proc/model.safetensors"))


def test_a_folder_without_permission_is_named(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any) -> None:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr(files.os, "open", refuse)
    assert "you do not have permission" in save_refusal(path)


def test_a_write_protected_file_is_not_replaced(saved: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = saved.read_bytes()
    monkeypatch.setattr(files.os, "access", lambda *_: False)  # root is never refused
    assert "you do not have permission" in save_refusal(saved)
    assert saved.read_bytes() == before


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    assert f"there is no folder {tmp_path / 'nowhere'}" in save_refusal(tmp_path / "nowhere" / "model.safetensors")


def test_a_file_in_place_of_a_folder_is_named(saved: Path) -> None:
    assert "not a folder" in save_refusal(saved / "model.safetensors")


def test_a_name_that_is_too_long_is_named(tmp_path: Path) -> None:
    assert "the name is too long" in save_refusal(tmp_path / ("x" * 300))
    save_model(tmp_path / ("x" * 255), make_experiment())
    assert names_in(tmp_path) == ["x" * 255]


@pytest.mark.skipif(os.name == "nt", reason="permission bits are Unix's")
@pytest.mark.parametrize("mode", [0o600, 0o640, 0o664])
def test_permissions_of_the_old_file_are_kept(saved: Path, mode: int) -> None:
    saved.chmod(mode)
    save_model(saved, make_experiment())
    assert stat.S_IMODE(saved.stat().st_mode) == mode


@pytest.mark.skipif(os.name == "nt", reason="permission bits are Unix's")
def test_a_new_file_has_the_permissions_that_any_new_file_has(path: Path) -> None:
    before = os.umask(0o027)
    try:
        save_model(path, make_experiment())
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_a_link_stays_a_link_to_the_new_file(tmp_path: Path, path: Path) -> None:
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    target = folder / "target.safetensors"
    path.symlink_to(target)
    for networks in (1, 3):  # first to a file that is not there yet
        save_model(path, make_experiment(networks=networks))
        assert path.is_symlink()
        assert load_model(target).weights.w1.shape[0] == networks
    assert names_in(folder) == [target.name]


def test_a_link_that_leads_to_itself_is_named(path: Path) -> None:
    path.symlink_to(path)
    assert "in a circle" in save_refusal(path)
    assert "in a circle" in refusal(path)


def test_a_file_that_would_be_too_large_to_open_is_not_written(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storage, "MAXIMUM_FILE_BYTES", 1000)
    assert "more than a model file may have" in save_refusal(path)
    assert not path.exists()


# -- the header decides -----------------------------------------------------------------------------


class Counting(io.FileIO):
    """A file that counts the bytes that are read of it."""

    taken = 0

    def read(self, size: int = -1) -> Any:
        found = super().read(size)
        Counting.taken += len(found or b"")
        return found


@pytest.fixture
def taken(monkeypatch: pytest.MonkeyPatch) -> Any:
    """How many bytes have been read of files so far."""
    monkeypatch.setattr(files.os, "fdopen", lambda descriptor, _mode: Counting(descriptor, "rb"))
    monkeypatch.setattr(Counting, "taken", 0)
    return lambda: Counting.taken


GIBIBYTE = 2**30


def made_sparse(path: Path, size: int = GIBIBYTE) -> None:
    """Lengthen a file without taking room on the disk."""
    with path.open("r+b") as file:
        file.truncate(size)


def test_a_file_longer_than_its_header_says_is_refused_unread(saved: Path, taken: Any) -> None:
    header = 8 + int.from_bytes(saved.read_bytes()[:8], "little")
    made_sparse(saved)
    assert "bytes more than its header tells of" in refusal(saved)
    assert taken() <= header + 9


@pytest.mark.parametrize(
    "text", [b"year,sunspots\n1700,5\n", b"{}", b"PK\x03\x04", b"\x10\0\0\0\0\0\0\0{}              "]
)
def test_a_huge_file_that_is_no_model_is_refused_unread(path: Path, text: bytes, taken: Any) -> None:
    path.write_bytes(text)
    made_sparse(path)
    refusal(path)
    assert taken() <= 100


@pytest.mark.parametrize("version", [2, 3])
@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("w1", "the settings need"),
        ("context", "the settings need"),
        ("optimizer.w1.exp_avg", "the settings need"),
        ("loss.train", "more than the 10,000,000 that there can be"),
        ("branch.1.train", "more than the 10,000,000 that there can be"),
        ("more", "there is no tensor called 'more'"),
    ],
)
def test_a_tensor_that_the_settings_do_not_allow_is_refused_unread(
    saved: Path, version: int, name: str, said: str, taken: Any
) -> None:
    if version == 2:
        old = Path(__file__).parent / "old_files" / "format-2-table.safetensors"
        saved.write_bytes(old.read_bytes())
    changed_tensors(saved, lambda tensors: tensors.pop(name, None))
    data = saved.read_bytes()
    length, last = GIBIBYTE // 2, len(data) - 8 - int.from_bytes(data[:8], "little")

    def enlarge(header: dict[str, Any]) -> None:
        shape = [length // 8, 1] if name.startswith(("loss", "branch")) else [length // 4]
        dtype = "F64" if len(shape) == 2 else "F32"
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [last, last + length]}

    changed_header(saved, enlarge)
    header = 8 + int.from_bytes(saved.read_bytes()[:8], "little")
    made_sparse(saved, header + last + length)
    assert said in refusal(saved)
    assert taken() <= header + 9


def test_a_sound_file_is_read_once(saved: Path, taken: Any) -> None:
    size = saved.stat().st_size
    load_model(saved)
    header = 8 + int.from_bytes(saved.read_bytes()[:8], "little")
    assert taken() == size + header + 1
