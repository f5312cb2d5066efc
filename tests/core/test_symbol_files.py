"""Models of symbols: saved and opened, tampered with, and on the command line."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from commands import Elman
from model_files import changed_metadata, changed_tensors, refusal

from elman_core.config import DataConfig, SymbolConfig
from elman_core.data.dataset import SequenceDataset
from elman_core.data.sources import open_source
from elman_core.data.table import Table
from elman_core.data.text.features import read_features
from elman_core.data.text.tables import tokenized_column, tokenized_file, tokenized_text
from elman_core.data.text.vocabulary import MAXIMUM_SYMBOLS, CodedRows, Symbols
from elman_core.experiment import Run, Weights
from elman_core.experiments.factory import begin_series, experiment_from_model
from elman_core.storage.model_file import FORMAT_VERSION, load_model, save_model
from elman_core.support.jobs import complete
from elman_core.training.history import History

TEXT = "The cat sat. A dog ran, the cat ran! " * 6
TABLE = "day,weather,place\n" + "".join(
    f"{k},{'sun' if k % 3 else 'rain'},{'Rome' if k % 2 else 'Bern'}\n" for k in range(40)
)
FEATURES = "symbol,wet,warm,class\nsun,0,1,fair\nrain,1,0.25,foul\n"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "model.safetensors"


@pytest.fixture
def text_file(tmp_path: Path) -> Path:
    file = tmp_path / "story.txt"
    file.write_text(TEXT, encoding="utf-8")
    return file


@pytest.fixture
def table_file(tmp_path: Path) -> Path:
    file = tmp_path / "days.csv"
    file.write_text(TABLE, encoding="utf-8")
    return file


@pytest.fixture
def features_file(tmp_path: Path) -> Path:
    file = tmp_path / "features.csv"
    file.write_text(FEATURES, encoding="utf-8")
    return file


def begun(table: Table) -> Run:
    """Return an experiment whose weights are as if it had been trained."""
    experiment, _ = begin_series("mine", table, DataConfig(), {"hidden": 3})
    network, random = experiment.network, np.random.default_rng(0)

    def drawn(*shape: int) -> Any:
        return random.normal(size=(1, *shape)).astype(np.float32)

    weights = Weights(drawn(network.input_rows, 3), drawn(network.output_rows, network.outputs), drawn(3))
    return replace(experiment, weights=weights, history=History(np.ones((2, 1)), np.ones((2, 1))))


def pasted(**config: Any) -> Table:
    return complete(tokenized_text(TEXT, SymbolConfig(**config))).table()


@pytest.fixture
def numbers(tmp_path: Path, experiment_of: Callable[..., Run]) -> Path:
    """A model of numbers."""
    weights = Weights(*(np.ones((1, *shape), np.float32) for shape in ((5, 4), (4, 1), (4,))))
    path = tmp_path / "numbers.safetensors"
    save_model(path, replace(experiment_of(np.sin(np.arange(30.0))), weights=weights))
    return path


@pytest.fixture
def saved(path: Path) -> Path:
    """A model of a pasted text."""
    save_model(path, begun(pasted()))
    return path


def assert_same_stream(found: SequenceDataset, was: SequenceDataset) -> None:
    one, other = found.symbols, was.symbols
    assert one is not None and other is not None
    assert_same_vocabulary(one, other)
    np.testing.assert_array_equal(one.codes, other.codes, strict=True)
    assert (one.position is None) == (other.position is None)
    if other.position is not None:
        np.testing.assert_array_equal(one.position, other.position)
    np.testing.assert_array_equal(found.values[:], was.values[:])
    assert (found.train_rows, found.columns, found.axis.label) == (was.train_rows, was.columns, was.axis.label)


def assert_same_vocabulary(one: Symbols, other: Symbols) -> None:
    assert (one.config, one.group) == (other.config, other.group)
    assert (one.vocabulary.names, one.vocabulary.columns) == (other.vocabulary.names, other.vocabulary.columns)
    assert dict(one.vocabulary.classes) == dict(other.vocabulary.classes)
    np.testing.assert_array_equal(one.vocabulary.vectors, other.vocabulary.vectors, strict=True)


# -- what comes back ----------------------------------------------------------------------------------

Kind = Callable[[Path, Path, Path], Table]
KINDS: dict[str, Kind] = {
    "pasted characters": lambda text, table, features: pasted(),
    "pasted words": lambda text, table, features: pasted(unit="words", punctuation=False, largest_vocabulary=4),
    "a text file": lambda text, table, features: complete(tokenized_file(text, SymbolConfig())).table(),
    "a column": lambda text, table, features: complete(tokenized_column(table, "place", SymbolConfig())).table(),
    "features": lambda text, table, features: complete(
        tokenized_column(table, "weather", SymbolConfig(lower_case=False))
    ).table(complete(read_features(features))),
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_model_of_symbols_comes_back_with_its_vocabulary_and_stream(
    path: Path, text_file: Path, table_file: Path, features_file: Path, kind: str
) -> None:
    was = begun(KINDS[kind](text_file, table_file, features_file))
    save_model(path, was)
    model = load_model(path)
    assert model.symbols is not None and was.dataset.symbols is not None
    assert_same_vocabulary(model.symbols, was.dataset.symbols)
    assert len(model.symbols.codes) == (was.dataset.rows if was.dataset.source.kind == "pasted" else 0)
    again = experiment_from_model(model, complete(open_source(model.source, model.symbols)))
    assert_same_stream(again.dataset, was.dataset)
    save_model(path, again)  # what was opened can be saved again
    assert_same_stream(experiment_from_model(load_model(path), pasted_or_read(path)).dataset, was.dataset)


def pasted_or_read(path: Path) -> Table:
    model = load_model(path)
    return complete(open_source(model.source, model.symbols))


def test_the_largest_vocabulary_of_long_words_can_be_saved(path: Path) -> None:
    names = tuple("слово" * 4 + f"{number:04d}" for number in range(MAXIMUM_SYMBOLS))
    dataset = begun(pasted()).dataset
    assert dataset.symbols is not None
    vocabulary = replace(dataset.symbols.vocabulary, names=names, vectors=np.zeros((len(names), len(dataset.columns))))
    symbols = replace(dataset.symbols, vocabulary=vocabulary)
    large = replace(dataset, symbols=symbols, values=CodedRows(vocabulary.vectors, symbols.codes))
    save_model(path, replace(begun(pasted()), dataset=large))
    model = load_model(path)
    assert model.symbols is not None and model.symbols.vocabulary.names == names


def test_a_file_of_version_1_knew_no_symbols(numbers: Path) -> None:
    model = load_model(Path(__file__).parent / "old_files" / "format-1-sine.safetensors")
    assert (FORMAT_VERSION, load_model(numbers).format_version, model.format_version) == (4, 4, 1)
    assert (model.symbols, model.source.column) == (None, None)


# -- what is refused ----------------------------------------------------------------------------------


def of_symbols(**changes: Any) -> Callable[[dict[str, Any]], None]:
    def change(metadata: dict[str, Any]) -> None:
        metadata["symbols"] |= changes

    return change


MANY = [f"w{number}" for number in range(MAXIMUM_SYMBOLS + 1)]
BAD_METADATA: dict[str, tuple[Callable[[dict[str, Any]], Any], str]] = {
    "twice": (of_symbols(names=["a", "a", *MANY[:10]]), "each symbol must be named once only"),
    "too many": (of_symbols(names=MANY), "names"),
    "one": (of_symbols(names=["a"]), "names"),
    "none": (of_symbols(names=[]), "names"),
    "fewer than inputs": (of_symbols(names=["a", "b"]), "symbols.vectors"),
    "no name": (of_symbols(names=["", *MANY[:12]]), "names"),
    "a long name": (of_symbols(names=["x" * 201, *MANY[:12]]), "names"),
    "a number": (of_symbols(names=[1, *MANY[:12]]), "names"),
    "text": (of_symbols(names="abc"), "names"),
    "classes": (of_symbols(classes={"a": 1}), "classes"),
    "group": (of_symbols(group="x" * 41), "group"),
    "unknown": (of_symbols(more=1), "there is no setting called 'more'"),
    "config": (of_symbols(config={"unit": "letters"}), "config"),
    "a config of its own": (of_symbols(config="words"), "config"),
    "lost": (lambda metadata: metadata.update(symbols=None), "it was trained on a text, but has no symbols"),
    "not there": (lambda metadata: metadata.pop("symbols"), "'symbols'"),
    "a list": (lambda metadata: metadata.update(symbols=[1, 2]), "symbols"),
    "config lost": (lambda metadata: metadata["symbols"].pop("config"), "'config'"),
    "version 1": (lambda metadata: metadata.update(format_version=1), "of format 2"),
    "not pasted": (
        lambda metadata: metadata["source"].update(kind="text"),
        "there is no tensor called 'symbols.codes'",
    ),
}


@pytest.mark.parametrize("kind", BAD_METADATA)
def test_tampered_metadata_of_symbols_are_refused_with_one_sentence(saved: Path, kind: str) -> None:
    change, expected = BAD_METADATA[kind]
    changed_metadata(saved, change)
    assert expected in refusal(saved)


def with_tensor(name: str, array: Any) -> Callable[[dict[str, Any]], None]:
    return lambda tensors: tensors.update({f"symbols.{name}": array})


ROWS, SYMBOLS = 221, 15
BAD_TENSORS: dict[str, tuple[Callable[[dict[str, Any]], Any], str]] = {
    "above 1": (with_tensor("vectors", np.full((SYMBOLS, SYMBOLS), 1.5)), "symbols.vectors must have numbers from 0"),
    "below 0": (with_tensor("vectors", np.full((SYMBOLS, SYMBOLS), -0.1)), "symbols.vectors must have numbers from 0"),
    "not finite": (with_tensor("vectors", np.full((SYMBOLS, SYMBOLS), np.nan)), "not finite"),
    "vectors' shape": (with_tensor("vectors", np.zeros((SYMBOLS, SYMBOLS + 1))), "symbols.vectors has shape"),
    "vectors' type": (with_tensor("vectors", np.zeros((SYMBOLS, SYMBOLS), np.float32)), "symbols.vectors is F32"),
    "codes too large": (with_tensor("codes", np.full(ROWS, SYMBOLS)), "symbols.codes must be from 0 to"),
    "codes below 0": (with_tensor("codes", np.full(ROWS, -1)), "symbols.codes must be from 0 to"),
    "codes' type": (with_tensor("codes", np.zeros(ROWS)), "symbols.codes is F64"),
    "codes of two": (with_tensor("codes", np.zeros((ROWS, 1), np.int64)), "symbols.codes has shape"),
    "one code alone": (with_tensor("codes", np.array(0)), "symbols.codes has shape"),
    "no codes": (
        lambda tensors: tensors.update(
            {"symbols.codes": np.zeros(0, np.int64), "symbols.position": np.zeros(0, np.int64)}
        ),
        "symbols.codes",
    ),
    "lost codes": (lambda tensors: tensors.pop("symbols.codes"), "the text was pasted, and is nowhere else"),
    "position below 0": (with_tensor("position", np.full(ROWS, -1)), "symbols.position must be"),
    "position too large": (with_tensor("position", np.full(ROWS, 2**60)), "symbols.position must be"),
    "position too long": (with_tensor("position", np.zeros(ROWS + 1, np.int64)), "symbols.position has shape"),
    "another tensor": (with_tensor("more", np.zeros(3)), "there is no tensor called 'symbols.more'"),
}


@pytest.mark.parametrize("kind", BAD_TENSORS)
def test_tampered_tensors_of_symbols_are_refused_with_one_sentence(saved: Path, kind: str) -> None:
    model = load_model(saved)
    assert model.symbols is not None
    assert (len(model.symbols), len(model.symbols.vocabulary.names)) == (ROWS, SYMBOLS)
    change, expected = BAD_TENSORS[kind]
    changed_tensors(saved, change)
    assert expected in refusal(saved)


@pytest.mark.parametrize("name", ["codes", "position"])
def test_a_stream_in_a_model_of_a_file_is_refused(path: Path, text_file: Path, name: str) -> None:
    save_model(path, begun(complete(tokenized_file(text_file, SymbolConfig())).table()))
    changed_tensors(path, with_tensor(name, np.zeros(5, np.int64)))
    assert refusal(path).endswith(f"there is no tensor called 'symbols.{name}' in a model file")


def test_symbols_in_a_model_of_numbers_are_refused(numbers: Path) -> None:
    changed_tensors(numbers, with_tensor("vectors", np.zeros((2, 1))))
    assert "there is no tensor called 'symbols.vectors'" in refusal(numbers)


# -- the command line ---------------------------------------------------------------------------------

SHORT = ("--epochs", 2, "--hidden", 5)


def test_a_text_is_trained_saved_shown_and_gone_on_with(done: Elman, path: Path, text_file: Path) -> None:
    trained = done("train", text_file, *SHORT, "--save", path, "--json").result
    for part in ("train", "validation", "test"):
        block = trained["metrics"][part]
        for found in (block, block["bigrams"], block["frequent"]):
            assert found["bits"] > 0 and 0 <= found["right"] <= 1
    shown = done("info", path, "--json").result
    assert shown["symbols"]["names"] == sorted(set(TEXT.lower().strip()))
    assert (shown["symbols"]["unit"], shown["symbols"]["vectors"]) == ("characters", "one-hot")

    first = done("predict", path, "--text", "the c", "--steps", 12, "--json").result
    assert first["beginning"] == list("the c")
    assert sum(first["next"].values()) == pytest.approx(1)
    assert list(first["next"].values()) == sorted(first["next"].values(), reverse=True)
    assert set(first["next"]) == set(shown["symbols"]["names"])
    assert first["continuation"] == "".join(first["symbols"]) and len(first["continuation"]) == 12
    assert len(first["chances"]) == 12 and (first["temperature"], first["seed"]) == (1, 1)
    again = done("predict", path, "--text", "the c", "--steps", 12, "--json", "--seed", 1).result
    other = done("predict", path, "--text", "the c", "--steps", 12, "--json", "--seed", 2).result
    assert again == first and other["symbols"] != first["symbols"] and other["next"] == first["next"]
    certain = done("predict", path, "--text", "the c", "--steps", 1, "--temperature", 0, "--json").result
    assert certain["symbols"] == list(first["next"])[:1]
    assert "the c" in done("predict", path, "--text", "the c").output


def test_words_are_gone_on_with_in_words(done: Elman, path: Path, text_file: Path) -> None:
    done("train", text_file, "--symbols", "words", "--no-punctuation", *SHORT, "--save", path)
    found = done("predict", path, "--text", "The cat", "--steps", 5, "--json").result
    assert set(found["next"]) == {"a", "cat", "dog", "ran", "sat", "the"}
    assert found["beginning"] == ["the", "cat"]
    assert found["continuation"] == " ".join(found["symbols"])


def test_the_rows_of_a_column_are_learned_and_another_table_is_read_alike(
    done: Elman, path: Path, table_file: Path
) -> None:
    done("train", table_file, "--symbols", "rows", "--column", "place", *SHORT, "--save", path)
    assert done("info", path, "--json").result["source"]["column"] == "place"
    found = done("predict", path, "--text", "Rome Bern", "--steps", 3, "--json").result
    assert found["beginning"] == ["rome", "bern"] and set(found["next"]) == {"bern", "rome"}
    own = done("predict", path, "--steps", 0, "--json").result
    copied = table_file.with_name("other.csv")
    copied.write_text(TABLE, encoding="utf-8")
    assert done("predict", path, copied, "--steps", 0, "--json").result == own
    assert len(done("evaluate", path, "--json").result["horizons"]) > 0


def test_features_are_learned_with_logistic_outputs(
    done: Elman, path: Path, table_file: Path, features_file: Path
) -> None:
    arguments = ("--symbols", "rows", "--column", "weather", "--features", features_file)
    done("train", table_file, *arguments, *SHORT, "--save", path)
    model = load_model(path)
    assert (model.network.output, model.training.loss, model.data.columns) == (
        "logistic", "squared-error", ("wet", "warm"),
    )  # fmt: skip
    shown = done("info", path, "--json").result["symbols"]
    assert (shown["vectors"], shown["classes"]) == ("features", {"sun": "fair", "rain": "foul"})
    found = done("predict", path, "--text", "sun, rain", "--json").result
    assert sum(found["next"].values()) == pytest.approx(1)


def test_a_network_whose_context_is_carried_goes_on_from_where_its_training_ended(done: Elman, path: Path) -> None:
    done("train", "letters", "--epochs", 200, "--save", path)
    likely = done("predict", path, "--text", "ba", "--json").result["next"]
    assert set(list(likely)[:3]) == set("bdg")  # after ba comes a consonant, and which one is chance
    assert sum(likely[consonant] for consonant in "bdg") > 0.99


def test_the_built_in_letters_go_on_with_ba(done: Elman, path: Path) -> None:
    done("train", "letters", "--epochs", 3, "--save", path)
    found = done("predict", path, "--text", "ba", "--steps", 8, "--json").result
    assert found["beginning"] == ["b", "a"] and set(found["next"]) == set("bdgaiu")
    assert set(found["continuation"]) <= set("bdgaiu")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("train none.txt", "elman train: none.txt was not found in "),
        ("train empty.txt", "elman train: empty.txt is empty; a text was expected"),
        ("train one.txt", "elman train: one.txt has one symbol only, 'a', 3 times; there is nothing to learn"),
        ("train binary.txt", "elman train: binary.txt: row 1 has the control character 0x01"),
        ("train story.txt --symbols letters", "elman train: Invalid value for '--symbols'"),
        ("train story.txt --minimum-count 0", "elman train: minimum_count must be at least 1, got 0"),
        ("train story.txt --minimum-count 999", "elman train: story.txt has no symbol 999 times"),
        ("train story.txt --features none.csv", "elman train: none.csv was not found in "),
        ("train story.txt --features features.csv", "elman train: the table of features has no row for "),
        ("train story.txt --features story.txt", "elman train: story.txt"),
        ("train story.txt --column place", "elman train: story.txt is read as a text, which has no columns"),
        ("train days.csv --symbols rows --column wind", "elman train: days.csv has no column 'wind'; it has 'day', "),
        ("train days.csv --symbols rows --column day --column place", "elman train: the rows of one column are symb"),
        ("train days.csv --symbols rows --column weather --features features.csv --output softmax", "elman train: "
         "softmax outputs sum to 1"),
        ("train sine --symbols words", "elman train: the symbols of 'sine' are built in"),
        ("predict model.safetensors --text xyz", "elman predict: the beginning: the symbols 'x', 'y', 'z' are not"),
        ("predict model.safetensors --text=", "elman predict: the beginning is empty; at least one symbol was"),
        ("predict model.safetensors --text a --steps -1", "elman predict: steps must be from 0 to 100,000, got -1"),
        ("predict model.safetensors --text a --temperature 11", "elman predict: temperature must be from 0 to 10, got"),
        ("predict model.safetensors --text a --seed -1", "elman predict: seed must be at least 0, got -1"),
        ("predict model.safetensors --text a --out o.csv", "elman predict: --out is for rows of data, not for --text"),
        ("predict model.safetensors story.txt --text a", "elman predict: give either data or --text, not both"),
        ("predict model.safetensors days.csv", "elman predict: days.csv: the symbol"),
        ("predict numbers.safetensors --text a", "elman predict: numbers.safetensors was trained on numbers, not"),
    ],
)  # fmt: skip
def test_a_mistake_with_symbols_gives_one_line_and_exit_code_2(
    elman: Elman, text_file: Path, table_file: Path, features_file: Path, saved: Path, numbers: Path, line: str,
    message: str, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.chdir(saved.parent)
    for name, content in (("empty.txt", b""), ("one.txt", b"aaa"), ("binary.txt", b"a\x01b")):
        Path(name).write_bytes(content)
    ended = elman(*line.split())
    assert ended.code == 2 and ended.output == ""
    assert ended.messages.splitlines()[-1].startswith(message)
    assert ended.messages.count("\n") == 1
