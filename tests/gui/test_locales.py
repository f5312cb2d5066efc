"""Numbers in every field, on labels, axes and files, are the same in every locale; none changes in silence."""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import elman_gui
from elman_gui.number_boxes import plain_number

PROGRAM = Path(__file__).parent / "number_fields.py"
ROOT = PROGRAM.parent.parent.parent
ARABIC = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")
LOCALES = ("en_US", "de_DE", "fr_FR", "ar_EG")
ONE_THOUSAND_AND = {"en_US": "1,234.5", "de_DE": "1.234,5", "fr_FR": "1\u202f234,5", "ar_EG": "١٬٢٣٤٫٥"}


def run(locale: str, *arguments: str) -> str:
    """Return what a program of Python's writes to standard output where the system has a locale."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("LC_", "LANG"))}
    done = subprocess.run(
        [sys.executable, *arguments],
        env={**environment, "LC_ALL": f"{locale}.UTF-8", "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"},
        cwd=ROOT, capture_output=True, text=True, encoding="utf-8", timeout=600, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


@cache
def report(locale: str) -> dict[str, Any]:
    """Return what typing into every field came to in a locale."""
    found: dict[str, Any] = json.loads(run(locale, str(PROGRAM)).splitlines()[-1])
    return found


@pytest.mark.parametrize("locale", LOCALES)
def test_the_system_has_the_locale(locale: str) -> None:
    assert report(locale)["system"] == [locale, ONE_THOUSAND_AND[locale]]


@pytest.mark.parametrize("locale", LOCALES[1:])
@pytest.mark.parametrize("what", ["forms", "combos", "window", "dialogs", "cells", "texts"])
def test_all_is_as_in_english(locale: str, what: str) -> None:
    assert report(locale)[what] == report("en_US")[what]


def test_every_field_of_the_configs_is_typed_into() -> None:
    english = report("en_US")
    assert {"TrainingConfig.learning_rate", "NetworkConfig.hidden", "DataConfig.season"} <= english["forms"].keys()
    assert english["combos"].keys() == {
        f"TrainingConfig.{name}" for name in ("update_every", "truncation", "context_reset")
    }


DECIMALS = {"0.25": 0.25, "0,25": 0.25, "٠٫٢٥": 0.25, "62.5": 62.5, "62,5": 62.5, "٦٢٫٥": 62.5}
THOUSANDS = dict.fromkeys(("1,000", "1 000", "1\u202f000", "1000"), 1000)
SMALL = {text: int(text) for number in (7, 64) for text in (str(number), str(number).translate(ARABIC))}


@pytest.mark.parametrize("where", ["forms", "dialogs"])
def test_every_number_field_reads_both_marks_or_refuses_in_a_sentence(where: str) -> None:
    for name, rows in report("en_US")[where].items():
        is_decimal = any(text in DECIMALS and not sentence for text, _, _, sentence, *_ in rows)
        understood = DECIMALS if is_decimal else THOUSANDS | SMALL
        for text, value, shown, sentence, *config in rows:
            assert (text in understood) is not bool(sentence), (name, text, sentence)
            if sentence:
                assert "must be" in sentence or "two ways" in sentence
                assert sentence.endswith(f"It stays {shown}."), (name, text)
            else:
                assert value == understood[text], (name, text)
                assert shown.split()[0] == (plain_number(value) if is_decimal else f"{value:,}"), (name, text)
            assert config in ([], [value]) or (config, shown in ("none", "by share")) == ([None], True), (name, text)


def test_a_number_or_a_word_is_read_the_same_way() -> None:
    understood = {"7": 7, "٧": 7, "1,000": 1000, "1 000": 1000}
    for name, rows in report("en_US")["combos"].items():
        for text, shown, config, problem in rows:
            if text in understood:
                assert (shown, config, problem) == (f"{config:,}", understood[text], ""), (name, text)
            else:
                assert "must be a whole number" in problem and f"got {text!r}" in problem, (name, text)


def test_the_window_takes_what_is_typed_and_keeps_it_at_another_visit() -> None:
    assert report("de_DE")["window"] == {
        "learning_rate": ["0,05", 0.05, "0.05"],
        "hidden": ["12", 12, "12"],
        "input_spread": ["0,25", 0.25, "0.25"],
        "train_percent": ["62,5", 62.5, "62.5 %"],
        "lags": ["3", 3, "3"],
        "networks": ["1,200", 1200, "1,200"],
        "update_every": ["2", 2, "2"],
        "seed": ["1,234", 1234, "1,234"],
    }


def test_no_digit_is_of_another_script_and_qt_writes_as_the_program_does() -> None:
    texts = report("ar_EG")["texts"]
    assert all(character.isascii() or not character.isdecimal() for text in texts for character in text)
    assert texts[-3:] == ["en_001", "1,234.5", "26/11/2026"]
    assert texts[-4] == "12%"


def test_a_cell_with_a_decimal_comma_is_refused_by_name() -> None:
    (_, first), (_, second), (_, third) = report("de_DE")["cells"]
    assert (first, third) == ("", "")
    assert "row 1 has '0,5'" in second


@pytest.mark.parametrize("locale", ["de_DE", "ar_EG"])
def test_the_command_line_and_what_it_writes_are_the_same(locale: str, tmp_path: Path) -> None:
    found = []
    for each in ("en_US", locale):
        model, out = tmp_path / f"{each}.safetensors", tmp_path / f"{each}.csv"
        options = ("--epochs", "3", "--learning-rate", "0.05", "--save", str(model))
        trained = run(each, "-m", "elman_gui", "train", "sine", *options)
        run(each, "-m", "elman_gui", "predict", str(model), "--steps", "3", "--out", str(out))
        found.append((re.sub(r"in [0-9.e-]+ s", "", trained), out.read_text(encoding="utf-8")))
    assert found[0] == found[1]


def test_every_number_field_is_of_the_kind_that_reads_both_marks() -> None:
    plain = {"QSpinBox", "QDoubleSpinBox", "QInputDialog", "QDoubleValidator", "QIntValidator"}
    for path in Path(elman_gui.__file__).parent.rglob("*.py"):
        names = {
            node.id for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Name)
        }
        assert path.name == "number_boxes.py" or not plain & names, f"{path.name} has a number field of Qt's own"
