"""Damaged tables, texts, feature tables and model files are read or refused in one sentence, whatever is in them."""

from __future__ import annotations

from pathlib import Path

import pytest
from benchmarks.mutants.trial import KINDS, Kind, Nursery

from elman_core.data.csv import read as csv_import
from elman_core.data.csv.read import read_table
from elman_core.errors import DataError, ModelFileError
from elman_core.storage import model_file
from elman_core.storage.model_file import load_model
from elman_core.support.jobs import complete

MUTANTS = 120


@pytest.fixture(scope="module", params=KINDS)
def nursery(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Nursery:
    kind: Kind = request.param
    return Nursery(kind, 7, tmp_path_factory.mktemp(kind))


def test_a_mutant_is_read_or_refused_in_one_sentence(nursery: Nursery) -> None:
    outcomes = {number: nursery.tried(number) for number in range(MUTANTS)}
    failures = {number: found for number, found in outcomes.items() if found.is_failure}
    assert not failures, f"{nursery.kind}: {failures}"
    assert {found.verdict for found in outcomes.values()} == {"read", "refused"}


def test_a_mutant_follows_from_kind_seed_and_number_alone(nursery: Nursery, tmp_path: Path) -> None:
    again = Nursery(nursery.kind, 7, tmp_path)
    assert all(again.mutant(number) == nursery.mutant(number) for number in range(20))
    assert nursery.mutant(3) != nursery.mutant(4)


def test_what_is_neither_read_nor_refused_is_a_failure(nursery: Nursery, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise UnicodeDecodeError("utf-8", b"", 0, 1, "no text")

    monkeypatch.setattr(nursery, "_read", fail)
    outcome = nursery.tried(0)
    assert outcome.is_failure and outcome.verdict == "UnicodeDecodeError" and "Traceback" in outcome.details


def test_what_nobody_foresaw_is_one_sentence_with_its_cause(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise KeyError("\x1b[31m")

    table, model = tmp_path / "t.csv", tmp_path / "m.safetensors"
    table.write_text("t,v\n1,2\n2,3\n")
    model.write_bytes(b"\2\0\0\0\0\0\0\0{}")
    monkeypatch.setattr(csv_import, "named_columns", fail)
    monkeypatch.setattr(model_file, "read_header", fail)
    for kind, read in ((DataError, lambda: complete(read_table(table))), (ModelFileError, lambda: load_model(model))):
        with pytest.raises(kind) as caught:
            read()
        assert "in an unexpected way" in str(caught.value) and str(caught.value).isprintable()
        assert isinstance(caught.value.__cause__, KeyError)
