"""Model files of earlier formats open, predict and score as the program that wrote them did, and are saved anew."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors.numpy
from commands import Elman
from model_files import changed_metadata, refusal

from elman_core.data.sources import open_source
from elman_core.data.table import Source
from elman_core.experiments.factory import experiment_from_model
from elman_core.storage.model_file import FORMAT_VERSION, SavedModel, load_model, save_model
from elman_core.support.jobs import complete
from elman_core.training.stopping import MemberEnd
from elman_core.training.trainer import Trainer

FOLDER = Path(__file__).parent / "old_files"
NAMES = sorted(path.stem for path in FOLDER.glob("*.safetensors"))


def told(name: str) -> dict[str, Any]:
    found = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    assert isinstance(found, dict)
    return found


def saved_anew(name: str, path: Path) -> SavedModel:
    """Save an old model in today's format, with the data that lie beside it."""
    old = load_model(FOLDER / f"{name}.safetensors")
    source = old.source
    if source.path is not None:
        source = Source(**{**source.model_dump(), "path": str(FOLDER / Path(source.path).name)})
    save_model(path, experiment_from_model(old, complete(open_source(source, old.symbols))))
    return old


def assert_same(found: Any, was: Any) -> None:
    if isinstance(was, dict):
        assert found.keys() >= was.keys()
        for key in was:
            assert_same(found[key], was[key])
    elif isinstance(was, list) and was and isinstance(was[0], dict):
        for own, before in zip(found, was, strict=True):
            assert_same(own, before)
    elif isinstance(was, list) and was and not isinstance(was[0], str):
        np.testing.assert_allclose(*(np.array(own, np.float64) for own in (found, was)), rtol=1e-6, atol=1e-7)
    elif isinstance(was, float):
        assert found == pytest.approx(was, rel=1e-6)
    else:
        assert found == was


@pytest.fixture(params=["as it was", "saved anew"])
def model(request: pytest.FixtureRequest, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(FOLDER)
    if request.param == "as it was":
        return FOLDER / f"{name}.safetensors"
    path = tmp_path / "anew.safetensors"
    saved_anew(name, path)
    assert load_model(path).format_version == FORMAT_VERSION
    return path


@pytest.mark.parametrize("name", NAMES)
def test_an_old_model_predicts_as_it_did(done: Elman, model: Path, name: str) -> None:
    was = told(name)
    assert_same(done("predict", model, *was["arguments"], "--json").result, was["predict"])


@pytest.mark.parametrize("name", [name for name in NAMES if "evaluate" in told(name)])
def test_an_old_model_has_the_errors_that_it_had(done: Elman, model: Path, name: str) -> None:
    was = told(name)
    data = [word for word in was["arguments"][:1] if not word.startswith("--")]
    horizons = done("evaluate", model, *data, "--json").result["horizons"]
    for found, before in zip(horizons, was["evaluate"]["horizons"], strict=True):
        assert_same(found, before)


@pytest.mark.parametrize("name", NAMES)
def test_an_old_model_is_told_of_as_it_was(done: Elman, name: str) -> None:
    was, found = told(name)["info"], done("info", FOLDER / f"{name}.safetensors", "--json").result
    if was["source"]["format"] is not None:  # which knew one time column
        column = was["source"]["format"].pop("time_column")
        assert found["source"]["format"]["time_columns"] == ([] if column is None else [column])
    if "carry_context" in was["training"]:
        carried = was["training"].pop("carry_context")
        assert found["training"]["context_reset"] == ("never" if carried else "sequence")
    assert_same(found, was)


@pytest.mark.parametrize("name", NAMES)
def test_an_old_model_saved_anew_holds_the_same_arrays(tmp_path: Path, name: str) -> None:
    path = tmp_path / "anew.safetensors"
    saved_anew(name, path)
    before = safetensors.numpy.load_file(FOLDER / f"{name}.safetensors")
    after = safetensors.numpy.load_file(path)
    assert before.keys() <= after.keys()
    for key, array in before.items():
        np.testing.assert_array_equal(after[key], np.broadcast_to(array, after[key].shape))


@pytest.mark.parametrize("name", NAMES)
def test_an_old_model_trains_on(name: str, tmp_path: Path) -> None:
    path = tmp_path / "anew.safetensors"
    old = saved_anew(name, path)
    trained = []
    for model in (old, load_model(path)):
        source = load_model(path).source
        experiment = experiment_from_model(model, complete(open_source(source, model.symbols)))
        trainer = Trainer(experiment)
        for update in trainer.updates(last_epoch=old.history.epochs + 2):
            assert update.finished != "diverged"
        trained.append(trainer.weights().w1)
        assert trainer.epoch == old.history.epochs + 2
    np.testing.assert_array_equal(*trained)


# -- what was not in the file -------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["format-1-early", "format-2-early"])
def test_a_run_that_had_stopped_early_is_known_to_have(name: str) -> None:
    model = load_model(FOLDER / f"{name}.safetensors")
    stopping = model.weights.stopping
    assert stopping is not None and model.history.validation is not None
    assert (stopping.ends.tolist(), stopping.end_epochs.tolist()) == ([MemberEnd.EARLY], [17])
    assert (stopping.best_epochs.tolist(), stopping.best_losses.tolist()) == ([12], [model.history.validation[11, 0]])
    np.testing.assert_array_equal(stopping.best_w1, model.weights.w1)


def test_best_weights_that_are_not_in_the_file_are_not_made_up() -> None:
    model = load_model(FOLDER / "format-2-ensemble.safetensors")
    stopping = model.weights.stopping
    assert stopping is not None
    assert not any(stopping.has_best(member) for member in range(3))
    assert stopping.patience_from.tolist() == [model.history.epochs] * 3
    assert model.weights.optimizer["w1.step"].shape == (3,)


# -- what is refused --------------------------------------------------------------------------------


@pytest.fixture
def old(tmp_path: Path) -> Path:
    path = tmp_path / "old.safetensors"
    path.write_bytes((FOLDER / "format-2-table.safetensors").read_bytes())
    return path


@pytest.mark.parametrize(
    ("part", "values", "said"),
    [
        ("scale", {"mean": [0.0]}, "as many means to scale by as columns, got 1 and 2"),
        ("scale", {"deviation": [1.0, 1.0, 1.0]}, "as many deviations"),
        ("scale", {"deviation": [1.0, 0.0]}, "more than 0"),
        ("scale", {"deviation": [1.0, -1.0]}, "more than 0"),
        ("scale", {"deviation": [1.0, None]}, "deviation"),
        ("scale", {"mean": [10**400, 1]}, "finite"),
        ("scale", {"mean": "12"}, "mean"),
        ("scale", {"more": 1}, "nothing else"),
        (None, {"scale": [1]}, "'scale' must be a JSON object"),
        (None, {"training": 1}, "'training' must be a JSON object"),
        ("training", {"carry_context": 1}, "carry_context must be true or false"),
        ("training", {"context_reset": "never"}, "no setting called 'context_reset'"),
        ("training", {"batch": 2}, "no setting called 'batch'"),
        ("training", {"networks": 2}, "w1 has shape"),
        ("training", {"networks": 10**30}, "networks"),
        ("data", {"lags": 2}, "no setting called 'lags'"),
        ("data", {"columns": []}, "columns"),
        ("data", {"columns": 3}, "columns"),
        ("data", {"scaling": "none"}, "not scaled"),
        ("data", {"scaling": "sideways"}, "scaling"),
        ("network", {"direct": True}, "no setting called 'direct'"),
        ("source", {"format": {"encoding": "utf-8"}}, "has no 'delimiter'"),
        ("source", {"format": {"sequence_column": "a"}}, "no setting called 'sequence_column'"),
    ],
)
def test_an_old_file_that_is_not_sound_is_refused(
    old: Path, part: str | None, values: dict[str, Any], said: str
) -> None:
    changed_metadata(old, lambda metadata: (metadata[part] if part else metadata).update(values))
    assert said in refusal(old)


@pytest.mark.parametrize("part", [None, "network", "training", "data", "scale", "source"])
def test_a_setting_missing_in_an_old_file_is_named(old: Path, part: str | None) -> None:
    original = old.read_bytes()
    names: list[str] = []
    changed_metadata(old, lambda metadata: names.extend(metadata[part] if part else metadata))
    for name in names:
        old.write_bytes(original)
        changed_metadata(old, lambda metadata, name=name: (metadata[part] if part else metadata).pop(name))
        assert name.split("_")[0] in refusal(old)
