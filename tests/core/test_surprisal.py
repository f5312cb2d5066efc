"""The long table of surprisals, against torch's own recurrent network and softmax."""

from __future__ import annotations

import csv
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from commands import Elman
from torch import nn

from elman_core.cli.saved_network import open_model
from elman_core.errors import ConfigError
from elman_core.experiment import Run
from elman_core.export import surprisal
from elman_core.export.surprisal import write_surprisal
from elman_core.support.jobs import complete

Row = dict[str, str]


def rows_of(path: Path) -> list[Row]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def expected(run: Run, member: int) -> list[tuple[str, int, str, float]]:
    """Sequence, position, symbol and probability of each symbol that torch.nn.RNN and softmax predict."""
    config, dataset = run.network, run.dataset
    assert config.activation == "tanh" and config.output == "softmax" and not config.direct
    assert run.weights is not None and dataset.symbols is not None
    rnn, codes = nn.RNN(config.inputs, config.hidden, dtype=torch.float64), dataset.symbols.codes
    w1, w2 = (torch.from_numpy(weights[member]).double() for weights in (run.weights.w1, run.weights.w2))
    with torch.no_grad():
        rnn.weight_ih_l0[:] = w1[: config.inputs].T
        rnn.weight_hh_l0[:] = w1[config.inputs : config.inputs + config.hidden].T
        rnn.bias_ih_l0[:] = w1[-1] if config.biases else 0
        rnn.bias_hh_l0[:] = 0
        found = []
        for sequence in range(len(dataset.panel)):
            rows = dataset.panel.rows_of(sequence)
            inputs = torch.from_numpy(np.asarray(dataset.values[rows], np.float64))
            states, _ = rnn(inputs, torch.full((1, config.hidden), config.initial_context, dtype=torch.float64))
            outputs = states @ w2[: config.hidden] + (w2[-1] if config.biases else 0)
            chances = torch.softmax(outputs, dim=-1).numpy()
            for place in range(1, rows.stop - rows.start):
                code = int(codes[rows.start + place])
                name = dataset.panel.title(sequence) if dataset.panel.has_several else ""
                symbol = dataset.symbols.vocabulary.names[code]
                found.append((name, place + 1, symbol, float(chances[place - 1, code])))
    return found


def assert_equal(found: list[Row], wanted: list[tuple[str, int, str, float]]) -> None:
    assert [(row["sequence"], int(row["position"]), row["symbol"]) for row in found] == [own[:3] for own in wanted]
    np.testing.assert_allclose([float(row["probability"]) for row in found], [own[3] for own in wanted], rtol=2e-4)
    for row in found:
        assert float(row["bits"]) == pytest.approx(-math.log2(float(row["probability"])), abs=1e-9)


@pytest.mark.parametrize("options", [(), ("--sequences", "lines")])
def test_every_symbol_of_every_network_has_the_probability_that_torch_gives_it(
    done: Elman, tmp_path: Path, options: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(surprisal, "_ROWS_AT_ONCE", 100)  # some lines at a time, and a long one in pieces
    monkeypatch.setattr(surprisal, "CHUNK_STEPS", 70)
    text, model, out = tmp_path / "text.txt", tmp_path / "model.safetensors", tmp_path / "surprisal.csv"
    lines = ["the cat sees the dog", "a dog, a cat", 'the bird "sings"', "the dog sees " * 30] * 5
    text.write_text("\n".join(lines) + "\n", encoding="utf-8")
    done("train", text, *options, "--networks", 3, "--epochs", 2, "--hidden", 7, "--seed", 40, "--save", model)
    said = done("export", model, "--to", "surprisal", "--out", out).messages
    run, _ = open_model(model, None, False, "export")
    found = rows_of(out)
    assert list(found[0]) == ["seed", "sequence", "position", "symbol", "probability", "bits"]
    assert list(dict.fromkeys(row["seed"] for row in found)) == ["40", "41", "42"]
    for member, seed in enumerate(("40", "41", "42")):
        assert_equal([row for row in found if row["seed"] == seed], expected(run, member))
    assert f"{len(found):,} rows, of 3 networks, written to {out}" in said


def test_another_text_can_be_read_in_place_of_the_models_own(done: Elman, tmp_path: Path) -> None:
    text, other, model, out = (tmp_path / name for name in ("a.txt", "b.txt", "m.safetensors", "s.csv"))
    text.write_text("abc abd abe " * 30, encoding="utf-8")
    other.write_text("abd abe cab", encoding="utf-8")
    done("train", text, "--epochs", 1, "--save", model)
    done("export", model, "--to", "surprisal", "--data", other, "--out", out)
    assert "".join(row["symbol"] for row in rows_of(out)) == "bd abe cab"


def test_what_has_no_surprisal_is_one_sentence(elman: Elman, done: Elman, tmp_path: Path) -> None:
    model, out = tmp_path / "sine.safetensors", tmp_path / "s.csv"
    done("train", "sine", "--epochs", 1, "--save", model)
    refused = elman("export", model, "--to", "surprisal", "--out", out)
    assert (refused.code, refused.messages.count("\n")) == (2, 1)
    assert "learned numbers; surprisal is of symbols" in refused.messages
    assert "--data is for surprisal" in elman("export", model, "--to", "card", "--data", out, "--out", out).messages
    assert not out.exists()


def test_one_that_is_given_up_leaves_nothing(stream_of: Callable[..., Any], tmp_path: Path) -> None:
    from elman_core.config import NetworkConfig, TrainingConfig
    from elman_core.data.text.vocabulary import Vocabulary
    from elman_core.training.initial_weights import initial_weights

    dataset = stream_of(Vocabulary.one_hot(("a", "b", "c")), 10_000)
    sizes = {"inputs": len(dataset.columns), "outputs": len(dataset.columns)}
    run = Run("stream", dataset, NetworkConfig(**sizes), TrainingConfig(networks=3))
    with pytest.raises(ConfigError, match="has learned nothing yet"):
        complete(write_surprisal(tmp_path / "s.csv", run))
    from dataclasses import replace

    job = write_surprisal(tmp_path / "s.csv", replace(run, weights=initial_weights(run)))
    shares = [next(job), next(job)]
    assert 0 < shares[0] < shares[1] < 1
    job.close()
    assert list(tmp_path.iterdir()) == []
