"""What the tests of the core share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from commands import Elman, Ended
from numpy.typing import ArrayLike

from elman_core.cli import main
from elman_core.config import DataConfig, NetworkConfig, SymbolConfig, TrainingConfig
from elman_core.data.dataset import SequenceDataset
from elman_core.data.preparation import prepare
from elman_core.data.table import Source, Table, TimeAxis
from elman_core.data.text.vocabulary import CodedRows, Symbols, Vocabulary
from elman_core.experiment import Run
from elman_core.experiments import BUILT_IN, begin


@pytest.fixture(scope="session", autouse=True)
def one_thread() -> None:
    """One thread is fastest for networks this small."""
    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def table_of() -> Callable[..., Table]:
    """Make a table of rows (R, C) or of one column (R,), with columns a, b, c, ..."""

    def make(values: ArrayLike, positions: ArrayLike | None = None) -> Table:
        rows = np.asarray(values, dtype=np.float64)
        rows = rows.reshape(len(rows), -1)
        axis = TimeAxis.steps(len(rows))
        if positions is not None:
            axis = TimeAxis(axis.label, axis.kind, np.asarray(positions, dtype=np.float64))
        columns = tuple("abcdefgh"[: rows.shape[1]])
        return Table("series", columns, rows, axis, Source(kind="csv", name="series.csv"))

    return make


@pytest.fixture(scope="session")
def dataset_of(table_of: Callable[..., Table]) -> Callable[..., SequenceDataset]:
    """Make a dataset of all columns: by default all training part and not scaled."""

    def make(values: ArrayLike, **data: Any) -> SequenceDataset:
        table = table_of(values)
        config = {"columns": table.columns, "train_percent": 100, "validation_percent": 0, "scaling": "none", **data}
        return prepare(table, DataConfig(**config))

    return make


@pytest.fixture(scope="session")
def stream_of() -> Callable[..., SequenceDataset]:
    """Make a stream of a vocabulary's symbols, drawn so that they lean on the one before; two thirds to train on."""

    def make(
        vocabulary: Vocabulary, rows: int, seed: int = 0, unit: str = "characters", **data: Any
    ) -> SequenceDataset:
        random, count = np.random.default_rng(seed), len(vocabulary.names)
        codes = [0]
        for _ in range(rows - 1):
            codes.append(int((codes[-1] + 1 + random.binomial(count - 1, 0.2)) % count))
        symbols = Symbols(vocabulary, np.array(codes, np.int32), SymbolConfig(unit=unit))
        table = Table(
            "stream",
            vocabulary.columns,
            CodedRows(vocabulary.vectors, symbols.codes),
            TimeAxis.steps(rows),
            Source(kind="pasted", name="text"),
            symbols=symbols,
        )
        return prepare(table, DataConfig(**{"train_percent": 60, "validation_percent": 20, **data}))

    return make


@pytest.fixture(scope="session")
def experiment_of(dataset_of: Callable[..., SequenceDataset]) -> Callable[..., Run]:
    """Make an untrained experiment of `dataset_of`'s data; further settings are the training's."""

    def make(
        values: ArrayLike, *, network: dict[str, Any] | None = None, data: dict[str, Any] | None = None, **training: Any
    ) -> Run:
        dataset = dataset_of(values, **(data or {}))
        columns = len(dataset.columns)
        config = NetworkConfig(**{"inputs": columns, "outputs": columns, "hidden": 4, **(network or {})})
        return Run("series", dataset, config, TrainingConfig(**training))

    return make


@pytest.fixture(scope="session")
def sine() -> Callable[..., Run]:
    """Make the tutorial's experiment, with some settings of the training changed."""

    def make(**training: Any) -> Run:
        built_in = BUILT_IN["sine"]
        return begin("sine", built_in.table(), built_in.data, built_in.network, built_in.training.replace(**training))

    return make


@pytest.fixture
def elman(capsys: pytest.CaptureFixture[str]) -> Elman:
    """Run a command in this process."""

    def run(*arguments: object) -> Ended:
        code = main([str(argument) for argument in arguments])
        output, messages = capsys.readouterr()
        return Ended(code, output, messages)

    return run


@pytest.fixture
def done(elman: Elman) -> Elman:
    """Run a command that has to succeed."""

    def run(*arguments: object) -> Ended:
        ended = elman(*arguments)
        assert ended.code == 0, ended.messages
        return ended

    return run
