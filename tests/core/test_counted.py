"""Counted nouns: one row, two rows; no message says "1 rows"."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import elman_core
from elman_core.support.text_format import counted, joined

PACKAGES = [Path(elman_core.__file__).parent, Path(elman_core.__file__).parents[1] / "elman_gui"]
NOUN = re.compile(r"^ (more |time |hidden |different )?(row|epoch|gap|cell|time|case|feature|symbol|step)s\b")
MORE_THAN_ONE = {
    "MAXIMUM_CELLS", "MAXIMUM_CHARACTERS", "MAXIMUM_ROWS", "LEAST_CASES", "config.horizon", "config.lags",
    "'all' if back == ALL else back", "'their' if many else 'its'", "2 * season", "_MAXIMUM_CELLS",
    "_rows_to_learn(config)", "_times(-found.gain)", "data.season", "first + 1", "len(below) + 1",
    "len(saved.symbols.vocabulary.names)", "self.same_texts", "shape",
    "config.minimum_count", "dataset.rows", "found.horizon", "horizon", "len(columns)", "len(metadata.names)",
    "_ratio_text(slow / fast)", "cells", "count", "len(told)", "len(vectors)", "len(vocabulary.names)",
    "max(lengths)", "needed", "panel.rows", "progress.steps_per_second",
    "self._horizon", "'s have' if more > 1 else ' has'",
}  # fmt: skip
"""What stands before a plural and is never 1 there."""
PLACES = {
    "dataset.rows": "predict.py", "first + 1": "forecasting.py", "self.same_texts": "parse.py",
    "shape": "forecaster_tensors.py", "cells": "survey.py", "count": "study.py", "len(told)": "runner.py",
}  # fmt: skip
"""Where alone some of them are."""


@pytest.mark.parametrize(("count", "words"), [(0, "0 rows"), (1, "1 row"), (2, "2 rows"), (1_000, "1,000 rows")])
def test_one_is_singular(count: int, words: str) -> None:
    assert counted(count, "row") == words


def test_words_are_joined_as_one_says_them() -> None:
    assert joined(["a"]) == "a" and joined(["a", "b"]) == "a and b" and joined(iter("abc")) == "a, b and c"


def test_a_number_of_epochs_rows_or_gaps_is_always_counted_in_words() -> None:
    """An f-string with a bare number before the plural of a noun writes "1 epochs" sooner or later."""
    found = []
    for package in PACKAGES:
        for path in sorted(package.rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if not isinstance(node, ast.JoinedStr):
                    continue
                for value, after in zip(node.values, node.values[1:], strict=False):
                    if isinstance(value, ast.FormattedValue) and isinstance(after, ast.Constant):
                        number, text = ast.unparse(value.value), str(after.value)
                        allowed = number in MORE_THAN_ONE and PLACES.get(number, path.name) == path.name
                        if NOUN.match(text) and not allowed:
                            found.append(f"{path.name}: {number}")
    assert found == []
