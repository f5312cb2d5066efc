"""Numbers as people type them: with a point or a comma, thousands set apart or not, in any digits."""

from __future__ import annotations

import pytest

from elman_core.support.numbers import read_number, read_whole_number


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("0.05", 0.05), ("0,05", 0.05), ("0,250", 0.25), (",5", 0.5), (".5", 0.5), ("5.", 5.0), ("-1,5", -1.5),
        ("1e-3", 1e-3), ("1,5e3", 1500.0), ("1,234.5", 1234.5), ("1.234,5", 1234.5), ("1 234,5", 1234.5),
        ("1\u202f234,5", 1234.5), ("1'234.5", 1234.5), ("1.000.000", 1e6), ("1,000,000", 1e6), ("1234,567", 1234.567),
        ("1.000", 1.0), ("٠٫٢٥", 0.25), ("٢٥", 25.0), ("\u22121", -1.0), (" 7 ", 7.0),
    ],
)  # fmt: skip
def test_a_number_is_read_with_either_mark(text: str, number: float) -> None:
    assert read_number(text) == number


@pytest.mark.parametrize("text", ["1,000", "999,999", "12,345"])
def test_a_number_that_can_be_read_in_two_ways_is_refused_with_both(text: str) -> None:
    with pytest.raises(ValueError, match=f"two ways, got {text}: write {text.replace(',', '')} or "):
        read_number(text)


@pytest.mark.parametrize(
    "text",
    ["", "many", "1,2,3", "1.2.3", "1,23.4.5", "0,000,001", "nan", "inf", "1_000", "0x10", "1 23", "1,,5", "--1"],
)
def test_what_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="must be a number, got"):
        read_number(text)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("12", 12), ("1,000", 1000), ("1 000", 1000), ("1\xa0000", 1000), ("1.000.000", 10**6), ("1,000,000", 10**6),
        ("٢٥", 25), ("١٬٠٠٠", 1000), ("007", 7), ("-3", -3), ("9223372036854775807", 2**63 - 1),
    ],
)  # fmt: skip
def test_a_whole_number_is_read_with_its_thousands(text: str, number: int) -> None:
    assert read_whole_number(text) == number


@pytest.mark.parametrize(
    "text", ["0,25", "0.25", "1.000", "1,00", "1,5", "5.0", "1e3", "", "all", "10,00,000", "0,250"]
)
def test_a_whole_number_is_never_made_of_decimals(text: str) -> None:
    with pytest.raises(ValueError, match="must be a whole number, got"):
        read_whole_number(text)
