"""The sound files that mutants are made of: small ones of every kind that the program reads and writes."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from elman_core.config import DataConfig, Scaling, SymbolConfig
from elman_core.config.part_kind import PartKind
from elman_core.data.table import Table, TableFormat
from elman_core.data.text.tables import tokenized_text
from elman_core.experiment import Run
from elman_core.experiments.factory import begin_named, begin_series
from elman_core.forecasting.forecaster import Forecaster, ForecastPart
from elman_core.storage.model_file import save_model
from elman_core.support.jobs import complete
from elman_core.training.initial_weights import initial_weights
from elman_core.training.trainer import Trainer

from .model_mutations import file_of, parts_of

__all__ = ["features", "models", "tables", "texts"]

_WAVE = [round(10 + 3 * math.sin(row * 0.6) + row * 0.1, 3) for row in range(40)]
_OLD_FILES = Path(__file__).parents[2] / "core" / "old_files"
_LARGEST = 40_000
_LINES = "the cat sees a dog\na dog chases the cat\nthe mouse sleeps\na cat eats\n" * 4


def tables() -> list[bytes]:
    """Return tables as different programs write them."""
    shops = [f"{shop},{row},{value},{value / 2:.2f}" for shop in "abc" for row, value in enumerate(_WAVE[:14])]
    months = [f"{1990 + row // 12}-{row % 12 + 1:02}-01" for row in range(40)]
    weather = ["sun" if row % 3 else "rain" for row in range(40)]
    written = (
        _rows("year,value", [f"{1900 + row},{value}" for row, value in enumerate(_WAVE)]),
        _rows("date,sales,price", [f"{day},{v},{v * 3:.1f}" for day, v in zip(months, _WAVE, strict=True)]),
        _rows("Datum;Umsatz", [f"{1 + row % 28:02}.{1 + row // 28:02}.2020;{row},5" for row in range(40)]),
        _rows("shop,t,sales,wind", shops),
        _rows("", [f"{v}" for v in _WAVE]),
        _rows("", [f"{v} {2 * v:.2f}  {3 * v:.2f}" for v in _WAVE]),
        _rows('"time","a, b","c ""d"""', [f'"{row}","{v}","{-v}"' for row, v in enumerate(_WAVE)]),
        _rows("day\tweather\tn", [f"{row}\t{word}\t{row % 5}" for row, word in enumerate(weather)]),
        _rows("t,v", [f"2024-01-0{1 + row // 24} {row % 24:02}:00,{row if row % 7 else 'NA'}" for row in range(40)]),
        _rows("sep=;\nt;v", [f"{row};{v}" for row, v in enumerate(_WAVE)]),
    )  # fmt: skip
    found = [text.encode() for text in written]
    found.append(written[1].encode("utf-16"))
    found.append(written[0].replace("year", "Größe").encode("cp1252"))
    found.append(b"\xef\xbb\xbf" + written[3].replace("\n", "\r\n").encode())
    return found


def texts() -> list[bytes]:
    """Return texts, in one sequence and of lines."""
    prose = "The cat sat on the mat. A dog ran; the cat ran, too! Don't go: it's late — très tard. " * 4
    return [prose.encode(), _LINES.encode(), prose.encode("utf-16"), b"baguuudii" * 40]


def features() -> list[bytes]:
    """Return tables of features."""
    plain = _rows("symbol,wet,warm,class", ["sun,0,1,fair", "rain,1,0.25,foul", "␣,0.5,0,", "⏎,1,1,end"])
    return [plain.encode(), plain.replace(",", ";").replace("0.25", "0,25").encode(), plain.encode("utf-16")]


def models(folder: Path) -> list[bytes]:
    """Return model files, trained for a moment in `folder`, and those of earlier formats where they are at hand."""
    torch.set_num_threads(1)
    found = []
    for number, experiment in enumerate(_experiments(folder)):
        path = folder / f"model{number}.safetensors"
        trainer = Trainer(experiment, device="cpu", engine="tensors")
        history = experiment.history.snapshot()
        history.extend(trainer.updates(last_epoch=4, keep_checkpoints=True))
        if number % 2:  # within an epoch
            history.extend(trainer.updates(one_time_step=True, keep_checkpoints=True))
        history.extend([trainer.settle()])
        save_model(path, replace(experiment, weights=trainer.weights(), history=history.snapshot()))
        found.append(_timeless(path.read_bytes()))
    forecaster = folder / "forecaster.safetensors"
    save_model(forecaster, _forecaster(folder))
    found.append(_timeless(forecaster.read_bytes()))
    found += [data for path in sorted(_OLD_FILES.glob("*.safetensors")) if len(data := path.read_bytes()) < _LARGEST]
    return found


def _timeless(data: bytes) -> bytes:
    """Leave out when, where and with what a model file was written, so that its mutants are the same tomorrow."""
    header, tensors = parts_of(data)
    metadata = json.loads(header["__metadata__"]["elman"])
    metadata |= {"saved_at": "2026-01-01T00:00:00+00:00", "versions": {"elman": "1", "python": "3"}}
    if metadata["source"]["path"] is not None:
        metadata["source"]["path"] = f"/data/{metadata['source']['name']}"
    header["__metadata__"]["elman"] = json.dumps(metadata)
    return file_of(json.dumps(header), tensors)


def _experiments(folder: Path) -> Iterator[Run]:
    small: dict[str, Any] = {"hidden": 3}
    steps: dict[str, Any] = {"update_every": 4, "truncation": 6}
    yield begin_named("sine", {}, {}, {"epochs": 6})[0]
    table = folder / "table.csv"
    table.write_bytes(tables()[1])
    wide = {"columns": ("sales",), "known": ("price",), "lags": 2, "transforms": ("log", "difference")}
    yield begin_named(str(table), wide, small, steps)[0]
    shops = folder / "shops.csv"
    shops.write_bytes(tables()[3])
    ensemble = {"networks": 3, "update_every": "sequence", "truncation": "all", "batch": 2}
    inputs = {
        "columns": ("sales",),
        "inputs": ("wind",),
        "horizon": 2,
        "transforms": ("seasonal-additive",),
        "season": 3,
    }
    by_shop = TableFormat(sequence_column="shop")
    yield begin_named(str(shops), inputs, {**small, "direct": True}, ensemble, table_format=by_shop)[0]
    lbfgs = {
        "optimizer": "lbfgs",
        "update_every": "all",
        "truncation": "all",
        "learning_rates": (0.1, 0.2),
        "networks": 2,
    }
    yield begin_named("sine", {}, {}, {"epochs": 6, "momentum": 0.0, **lbfgs})[0]
    text = folder / "lines.txt"
    text.write_text(_LINES, encoding="utf-8")
    words = {"unit": "words", "sequences": "lines"}
    yield begin_named(str(text), {}, small, {}, words)[0]
    yield begin_series("pasted", _pasted(), DataConfig(), small, {"precision": "float64"})[0]


def _forecaster(folder: Path) -> Forecaster:
    """Return two parts, of one network and of two, that saw the same months in different ways."""
    table = folder / "months.csv"
    table.write_bytes(tables()[1])
    common: dict[str, Any] = {"columns": ("sales",), "known": ("price",)}
    runs = []
    for data, networks in (({"lags": 2, "transforms": ("log", "difference")}, 1), ({"season": 3}, 2)):
        own = begin_named(str(table), common | data, {"hidden": 2}, {"networks": networks})[0]
        runs.append(replace(own, weights=initial_weights(own)))
    plain = {"scaling": Scaling.NONE, "transforms": (), "lags": 1}
    whole = begin_named(str(table), common | plain, {"hidden": 2}, {})[0].dataset
    parts = (ForecastPart(runs[0], PartKind.LINEAR, 0.4, 1.0), ForecastPart(runs[1], PartKind.ELMAN, 0.6, 0.0))
    return Forecaster(whole, parts)


def _pasted() -> Table:
    return complete(tokenized_text("many years ago a boy and a girl lived by the sea " * 4, SymbolConfig())).table()


def _rows(header: str, rows: list[str]) -> str:
    return "\n".join([header, *rows] if header else rows) + "\n"
