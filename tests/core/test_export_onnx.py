"""ONNX, state dicts of torch and model cards: what they hold is what the network computes and what the file says."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest
import torch
from commands import Elman
from forecasters import run_of, usual_forecaster, written_table

from elman_core.data.table import Table
from elman_core.experiment import Run
from elman_core.export.onnx_file import onnx_model
from elman_core.export.state_dict import state_dict_of
from elman_core.storage.model_file import load_model, save_model
from elman_core.training.weights import network_from_weights

NETWORKS: dict[str, dict[str, Any]] = {
    "tanh": {},
    "logistic": {"activation": "logistic", "initial_context": 0.5},
    "relu without biases": {"activation": "relu", "biases": False},
    "direct": {"direct": True, "begin": "least-squares"},
    "logistic output": {"output": "logistic"},
    "direct without biases": {"direct": True, "biases": False},
}
STEPS = 30


@pytest.fixture
def table(tmp_path: Path) -> Table:
    return written_table(tmp_path / "shop.csv", inputs=1, known=1)


def saved_run(tmp_path: Path, table: Table, network: dict[str, Any], **training: Any) -> tuple[Run, Path]:
    roles = {"columns": ("y0",), "inputs": ("i0",), "known": ("k0",), "lags": 2, "transforms": ("log",)}
    run = run_of(table, roles, network, training)
    save_model(tmp_path / "m.safetensors", run)
    return run, tmp_path / "m.safetensors"


def computed(run: Run, inputs: Any) -> tuple[Any, Any]:
    """Return hidden states and outputs, (T, N, B, ...), of inputs (T, B, I), by the program."""
    assert run.weights is not None
    network = network_from_weights(run.network, run.weights)
    hidden, outputs = network.forward(torch.from_numpy(inputs)[:, None], network.initial_context(inputs.shape[1]))
    return hidden.numpy(), outputs.numpy()


@pytest.mark.parametrize("kind", NETWORKS)
@pytest.mark.parametrize("networks", [1, 3])
@pytest.mark.parametrize("precision", ["float32", "float64"])
def test_onnxruntime_computes_what_the_network_does(
    tmp_path: Path, table: Table, kind: str, networks: int, precision: str
) -> None:
    run, path = saved_run(tmp_path, table, NETWORKS[kind], networks=networks, precision=precision)
    session = onnxruntime.InferenceSession(onnx_model(load_model(path)).SerializeToString())
    inputs = np.random.default_rng(1).normal(size=(STEPS, 4, run.network.inputs)).astype(precision)
    hidden, outputs = computed(run, inputs)
    leading = (networks,) if networks > 1 else ()
    context = np.full((*leading, 4, run.network.hidden), run.network.initial_context, precision)
    for step in range(STEPS):
        entering = np.broadcast_to(inputs[step], (*leading, *inputs[step].shape))
        given = {"input": np.ascontiguousarray(entering), "context": context}
        output, context = session.run(["output", "next_context"], given)
        tolerance = 1e-5 if precision == "float32" else 1e-12
        np.testing.assert_allclose(context, hidden[step] if leading else hidden[step, 0], rtol=0, atol=tolerance)
        np.testing.assert_allclose(output, outputs[step] if leading else outputs[step, 0], rtol=0, atol=tolerance)


def test_the_metadata_of_onnx_name_inputs_outputs_and_transforms(tmp_path: Path, table: Table) -> None:
    run, path = saved_run(tmp_path, table, {})
    session = onnxruntime.InferenceSession(onnx_model(load_model(path)).SerializeToString())
    told = {name: json.loads(text) for name, text in session.get_modelmeta().custom_metadata_map.items()}
    assert told["elman.inputs"] == ["y0 at t", "i0 at t", "y0 at t-1", "i0 at t-1", "k0 at t+1"]
    assert told["elman.outputs"] == ["y0 at t+1"]
    log, scale = told["elman.transforms"]["y0"]
    fitted = run.dataset.fitted.targets[0].parameters[-1]
    assert (log["kind"], scale["kind"]) == ("log", "standardize")
    assert (scale["offset"], scale["spread"]) == (fitted["offset"].tolist(), fitted["spread"].tolist())
    assert told["elman.initial_context"] == 0.0


def test_with_its_transforms_an_exported_network_forecasts_in_the_datas_own_units(tmp_path: Path) -> None:
    """Go from data to data with nothing but what the ONNX file says."""
    table = written_table(tmp_path / "shop.csv")
    run = run_of(table, {"transforms": ("log",)}, {}, {"precision": "float64"})
    save_model(tmp_path / "m.safetensors", run)
    session = onnxruntime.InferenceSession(onnx_model(load_model(tmp_path / "m.safetensors")).SerializeToString())
    told = {name: json.loads(text) for name, text in session.get_modelmeta().custom_metadata_map.items()}
    _, scale = told["elman.transforms"]["y0"]
    values = np.asarray(table.values)[:, 0]
    seen = (np.log(values) - scale["offset"][0]) / scale["spread"][0]
    context = np.full((1, run.network.hidden), told["elman.initial_context"])
    for value in seen:
        output, context = session.run(None, {"input": np.array([[value]]), "context": context})
    found = np.exp(output[0, 0] * scale["spread"][0] + scale["offset"][0])
    from elman_core.forecasting.forecaster import Forecaster
    from elman_core.support.jobs import complete

    was = complete(Forecaster.of_run(run).predictor()).ahead(np.array([len(values) - 1]), 1)[0, 0, 0]
    assert found == pytest.approx(float(was), rel=1e-12)


def test_a_network_of_symbols_is_exported_with_its_symbols(done: Elman, tmp_path: Path) -> None:
    text = tmp_path / "rhyme.txt"
    text.write_text("the cat sat on the mat and the dog ran " * 6)
    model, out = tmp_path / "m.safetensors", tmp_path / "m.onnx"
    done("train", text, "--epochs", 2, "--hidden", 5, "--save", model)
    done("export", model, "--to", "onnx", "--out", out)
    told = onnxruntime.InferenceSession(out.read_bytes()).get_modelmeta().custom_metadata_map
    assert "t" in json.loads(told["elman.symbols"])


def test_without_the_extra_a_sentence_says_how_to_get_it(
    elman: Elman, tmp_path: Path, table: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, path = saved_run(tmp_path, table, {})
    monkeypatch.setitem(sys.modules, "onnx", None)
    ended = elman("export", path, "--to", "onnx", "--out", tmp_path / "m.onnx")
    assert ended.code == 2 and "pip install 'elman[onnx]'" in ended.messages


# -- state dicts --------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", NETWORKS)
def test_a_state_dict_is_that_of_torchs_own_network(done: Elman, tmp_path: Path, table: Table, kind: str) -> None:
    run, path = saved_run(tmp_path, table, NETWORKS[kind])
    out = tmp_path / "m.pt"
    done("export", path, "--to", "torch", "--out", out)
    found = torch.load(out, weights_only=True)
    config = run.network
    if config.activation.value == "logistic":
        assert {"cell.weight_ih_l0", "cell.weight_hh_l0", "readout.weight"} <= found.keys()
        return
    rnn = torch.nn.RNN(config.inputs, config.hidden, nonlinearity=config.activation.value, bias=config.biases)
    readout = torch.nn.Linear(config.hidden + (config.inputs if config.direct else 0), config.outputs, config.biases)
    rnn.load_state_dict({name[4:]: own for name, own in found.items() if name.startswith("rnn.")})
    readout.load_state_dict({name[8:]: own for name, own in found.items() if name.startswith("readout.")})
    inputs = np.random.default_rng(1).normal(size=(STEPS, 2, config.inputs)).astype(np.float32)
    hidden, outputs = computed(run, inputs)
    with torch.no_grad():
        states, _ = rnn(torch.from_numpy(inputs), torch.full((1, 2, config.hidden), config.initial_context))
        read = readout(torch.cat([states, torch.from_numpy(inputs)], -1) if config.direct else states)
        read = torch.sigmoid(read) if config.output.value == "logistic" else read
    np.testing.assert_allclose(states.numpy(), hidden[:, 0], atol=1e-5)
    np.testing.assert_allclose(read.numpy(), outputs[:, 0], atol=1e-5)


def test_networks_and_parts_have_names_of_their_own(tmp_path: Path) -> None:
    table = written_table(tmp_path / "shop.csv")
    path = tmp_path / "m.safetensors"
    save_model(path, usual_forecaster(table))
    names = set(state_dict_of(load_model(path)))
    assert "parts.0.rnn.weight_ih_l0" in names
    assert {f"parts.1.networks.{member}.readout.weight" for member in range(3)} <= names
    save_model(path, run_of(table, {}, {}, {"networks": 2}))
    assert "networks.1.rnn.weight_hh_l0" in state_dict_of(load_model(path))


# -- model cards, and the command -----------------------------------------------------------------------


@pytest.fixture
def forecaster(tmp_path: Path) -> Path:
    path = tmp_path / "shops.safetensors"
    save_model(path, usual_forecaster(written_table(tmp_path / "shop.csv")))
    return path


def test_a_card_tells_data_settings_scores_verdict_and_versions(done: Elman, forecaster: Path, tmp_path: Path) -> None:
    out = tmp_path / "card.md"
    done("export", forecaster, "--to", "card", "--out", out)
    text = out.read_text(encoding="utf-8")
    headings = [line for line in text.splitlines() if line.startswith("## ")]
    assert headings == ["## Data", "## Model", "## How good it is", "## What to know", "## Made with"]
    head, line = "log, seasonal difference of 4, difference, standardize", "| least squares | 25 % | 50 % | "
    assert f"{line}{head} | 3 | 1 | - | 1 | 0 | 1 |" in text
    assert "**Verdict by these scores.** On the 6 rows of the test part the network's error is" in text
    assert "| torch | " in text and str(tmp_path / "shop.csv") in text
    scored = done("evaluate", forecaster, "--horizon", 1, "--json").result["horizons"][0]["rmse"]
    assert f"| test | The model | {scored:.5g} |" in text


def test_a_card_of_a_model_whose_data_are_gone_says_so(done: Elman, forecaster: Path, tmp_path: Path) -> None:
    (tmp_path / "shop.csv").unlink()
    ended = done("export", forecaster, "--to", "card", "--out", tmp_path / "card.md")
    assert "written without scores" in ended.messages
    assert "are gone, so that it could not be scored" in (tmp_path / "card.md").read_text()


def test_a_card_is_safe_from_names_that_are_marks(done: Elman, tmp_path: Path) -> None:
    evil = tmp_path / "shop.csv"
    rows = [f"{2010 + row // 12}-{row % 12 + 1:02}-01,{row * 3 % 7 + 1}" for row in range(40)]
    evil.write_text("\n".join(["month,<b>|x|</b>", *rows]) + "\n")
    model = tmp_path / "m.safetensors"
    done("train", evil, "--epochs", 2, "--save", model)
    done("export", model, "--to", "card", "--out", tmp_path / "card.md")
    text = (tmp_path / "card.md").read_text()
    assert "| Targets | \\<b\\>\\|x\\|\\</b\\> |" in text


def test_a_page_is_refused_in_one_sentence(elman: Elman, forecaster: Path, tmp_path: Path) -> None:
    ended = elman("export", forecaster, "--to", "page", "--out", tmp_path / "page.html")
    assert ended.code == 2 and ended.messages.count("\n") == 1 and "cannot be exported yet" in ended.messages
    assert not (tmp_path / "page.html").exists()


def test_a_part_of_a_forecaster_can_be_chosen(done: Elman, elman: Elman, forecaster: Path, tmp_path: Path) -> None:
    out = tmp_path / "m.onnx"
    assert "part 2 of 3 (elman, 3 networks)" in done("export", forecaster, "--to", "onnx", "--out", out).messages
    assert "part 1 of 3 (linear" in done("export", forecaster, "--to", "onnx", "--part", 1, "--out", out).messages
    assert elman("export", forecaster, "--to", "onnx", "--part", 4, "--out", out).code == 2
    assert elman("export", forecaster, "--to", "card", "--part", 1, "--out", out).code == 2


def test_neither_model_nor_data_are_written_over(elman: Elman, forecaster: Path, tmp_path: Path) -> None:
    for out in (forecaster, tmp_path / "shop.csv"):
        before = out.read_bytes()
        ended = elman("export", forecaster, "--to", "script", "--out", out)
        assert ended.code == 2 and out.read_bytes() == before
