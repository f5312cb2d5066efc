"""Names out of files on the command line: what a terminal would obey is written as escapes, and rich's marks stay."""

from __future__ import annotations

import io
import logging
import sys
from pathlib import Path

import pytest
from commands import Elman
from model_files import changed_metadata

from elman_core.support.log_format import LogFormatter
from elman_core.support.text_format import one_short_line, printable, shortened

COLOR, BELL, TURNED, ONE_BYTE = "\x1b[31m", "\x07", "\u202e", "\x9b7m"
TABLE = f"day,[red]sales[/red],wind{TURNED}{ONE_BYTE},shop\n" + "".join(
    f"{row},{row % 7},{row % 5},[b]{shop}\x7f\u2066\n" for shop in "ab" for row in range(30)
)
QUICK = ("--epochs", 1, "--hidden", 2)


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / f"tab{COLOR}\nle{TURNED}.csv"
    path.write_text(TABLE, encoding="utf-8")
    return path


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return tmp_path / f"model{COLOR}.safetensors"


@pytest.fixture
def harmless(elman: Elman):  # type: ignore[no-untyped-def]
    """Run a command whose output and messages must not have a control character, and return both."""

    def run(*arguments: object, code: int = 0) -> str:
        ended = elman(*arguments)
        assert ended.code == code, ended.messages
        text = ended.output + ended.messages
        assert text == printable(text, keep="\n")
        assert ended.messages.count("\n") == len(ended.messages.splitlines())
        return text

    return run


def test_every_command_writes_the_names_of_a_table_as_they_stand(harmless, table: Path, model: Path) -> None:
    target = f"wind{TURNED}{ONE_BYTE}"
    given = ("--target", target, "--target", "[red]sales[/red]", "--sequence-column", "shop", "--save", model)
    trained = harmless("train", table, *given, *QUICK)
    assert r"tab\x1b[31m\nle\u202e" in trained and r"model\x1b[31m.safetensors" in trained
    assert r"wind\u202e\x9b7m" in trained and "[red]sales[/red]" in trained
    assert r"wind\u202e\x9b7m" in harmless("info", model)
    assert r"[b]a\x7f\u2066" in harmless("evaluate", model, "--by-sequence", "--horizon", 2)
    assert r"wind\u202e\x9b7m" in harmless("predict", model, "--steps", 2)
    harmless("predict", model, table, "--out", table.with_name(f"out{BELL}.csv"))
    for command in (("info", model), ("evaluate", model), ("predict", model)):
        harmless(*command, "--json")
    table.unlink()
    assert "only the rows beyond are predicted" in harmless("predict", model, "--steps", 2)
    assert r"le\u202e.csv" in harmless("evaluate", model, code=2)


def test_every_command_writes_the_names_of_a_model_file_as_they_stand(harmless, table: Path, model: Path) -> None:
    harmless("train", table, "--target", "[red]sales[/red]", "--save", model, *QUICK)

    def rename(metadata: dict) -> None:  # type: ignore[type-arg]
        metadata["name"] = metadata["axis"]["label"] = f"{COLOR}name{BELL}"
        metadata["source"] |= {"name": f"{COLOR}\r\n", "path": f"/gone/{COLOR}\n{ONE_BYTE}"}
        metadata["data"]["columns"] = [f"{COLOR}sales\n[red]"]
        metadata["versions"] = {f"{COLOR}elman": f"{BELL}1"}

    changed_metadata(model, rename)
    assert r"\x1b[31mname\x07" in harmless("info", model)
    predicted = harmless("predict", model, "--steps", 2)
    assert r"\x1b[31msales\n[red]" in predicted and r"/gone/\x1b[31m\n\x9b7m" in predicted
    harmless("evaluate", model, code=2)
    harmless("predict", model, table, code=2)


def test_symbols_are_written_as_they_stand(harmless, tmp_path: Path, model: Path) -> None:
    text = tmp_path / "text.txt"
    text.write_text("the cat sat. a dog ran. " * 20)
    harmless("train", text, "--symbols", "words", "--save", model, *QUICK)

    def rename(metadata: dict) -> None:  # type: ignore[type-arg]
        names = metadata["symbols"]["names"]
        names[names.index("cat")] = f"{COLOR}[red]"

    changed_metadata(model, rename)
    assert r"\x1b[31m[red]" in harmless("info", model)
    continued = harmless("predict", model, "--text", "the", "--steps", 30, "--temperature", 2)
    assert r"\x1b[31m[red]" in continued


@pytest.mark.parametrize(
    "arguments",
    [
        (f"{COLOR}train",),
        ("train", f"{COLOR}none.csv"),
        ("train", f"{COLOR}none"),
        ("train", "sine", f"--{COLOR}"),
        ("train", "sine", "--epochs", f"{COLOR}1"),
        ("train", "sine", "--device", COLOR),
        ("train", "sine", "--engine", COLOR),
        ("train", "sine", "--transform", COLOR),
        ("train", "sine", "--save", f"{COLOR}\n.txt"),
        ("info", f"/{COLOR}\n{TURNED}.safetensors"),
        ("predict", f"/{COLOR}.safetensors"),
        ("evaluate", f"/{COLOR}.safetensors"),
    ],
)
def test_what_was_typed_is_quoted_harmlessly(harmless, arguments: tuple[str, ...]) -> None:
    harmless(*arguments, code=2)


def test_the_log_writes_control_characters_as_escapes_and_keeps_the_lines_of_tracebacks() -> None:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(LogFormatter("%(levelname)s %(message)s"))
    try:
        raise ValueError(COLOR)
    except ValueError:
        record = logging.LogRecord("x", logging.INFO, "", 0, "opened %s", (f"{COLOR}\n",), sys.exc_info())
    handler.handle(record)
    first, *trace = stream.getvalue().splitlines()
    assert first == r"INFO opened \x1b[31m\n"
    assert trace[-1] == r"ValueError: \x1b[31m" and len(trace) > 2


def test_what_people_write_stays_as_it_is() -> None:
    for text in ("Größe", "größte 5\u00a0km", "كلمة", "می\u200cخواهم", "👩\u200d🔬", "⏎␣", "日本"):
        assert printable(text) == text
    assert printable("a\tb\nc\u2028\u200b\ufeff\ud800") == r"a\tb\nc\u2028\u200b\ufeff\ud800"
    assert printable("a\nb\x1b", keep="\n") == "a\nb\\x1b"


def test_what_is_quoted_of_a_file_is_short() -> None:
    nested: list[object] = []
    for _ in range(100_000):
        nested = [nested]
    assert shortened(nested) == "something deeply nested"
    assert len(shortened("x" * 1_000)) == 80
    assert len(one_short_line("\x1b" * 1_000)) == 200
