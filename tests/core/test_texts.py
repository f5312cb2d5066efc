"""Texts taken apart, held against loops over one character at a time; and what is no text is refused."""

from __future__ import annotations

import unicodedata
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from refusals import refusal_of

from elman_core.config import SymbolConfig
from elman_core.data.text import tokenize as texts
from elman_core.data.text.read import read_text
from elman_core.data.text.tables import tokenized_file
from elman_core.data.text.tokenize import MAXIMUM_CHARACTERS, Tokens, tokenize, tokenize_prompt
from elman_core.support.jobs import complete

RANDOM = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
PIECES = [
    *"aAbZzéÉßИйя", "e\u0301", "x\u0302", "😀", "❤\ufe0f", "Дом", "हिन्दी", "don't", "well-known", "l’eau", "ab_1",
    "7", "Σ", " ", "  ", "\n", "\r\n", "\r", "\t", "\u00a0", "\n\n", ".", "!", "?", "…", "...", ",", "'", "-", "«", "€",
    "$5",
]  # fmt: skip
TEXTS = st.lists(st.sampled_from(PIECES), min_size=1, max_size=40).map("".join)
GAPS = [" ", "  ", "\n", "\r\n", "\r", "\t", "\u00a0", "\n\n", ". ", " - "]
WHOLE_WORDS = st.lists(
    st.tuples(st.sampled_from(["a", "Be", "so.", "e\u0301a", "d'x", "(no)", "Йя!"]), st.sampled_from(GAPS)),
    min_size=1,
    max_size=40,
).map(lambda pairs: "".join(word + gap for word, gap in pairs))
CONFIGS = st.builds(
    SymbolConfig,
    unit=st.sampled_from(["characters", "words"]),
    lower_case=st.booleans(),
    spaces=st.booleans(),
    punctuation=st.booleans(),
)
Symbols = list[str]
Positions = list[int] | None


def apart(text: str, **config: Any) -> Tokens:
    return complete(tokenize("t.txt", text, SymbolConfig(**config)))


def symbols(tokens: Tokens) -> Symbols:
    return [tokens.names[code] for code in tokens.codes]


def positions(tokens: Tokens) -> Positions:
    return None if tokens.position is None else tokens.position.tolist()


# -- the reference ------------------------------------------------------------------------------------


def is_sign(character: str) -> bool:
    return unicodedata.category(character)[0] in "PS"


def plain(text: str, config: SymbolConfig) -> str:
    text = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
    return text.lower() if config.lower_case else text


def characters_one_by_one(text: str, config: SymbolConfig) -> tuple[Symbols, Positions]:
    kept = "".join(c for c in plain(text, config) if config.punctuation or not is_sign(c))
    found, place, places = " ".join(kept.split()), 0, []
    for character in found:
        places.append(place)
        place = 0 if character == " " else place + 1
    both = [(c, p) for c, p in zip(found, places, strict=True) if config.spaces or c != " "]
    return [c for c, _ in both], [p for _, p in both] if " " in found else None


def words_one_by_one(text: str, config: SymbolConfig) -> tuple[Symbols, Positions]:
    """Words go on over marks, and over an apostrophe or hyphen between two letters; all else is signs."""

    def is_letter(at: int) -> bool:
        return 0 <= at < len(text) and (text[at].isalnum() or text[at] == "_")

    def after_marks(at: int) -> int:
        while at < len(text) and unicodedata.category(text[at])[0] == "M":
            at += 1
        return at

    text = plain(text.strip(), config)
    pieces, at = [], 0
    while at < len(text):
        start, at = at, after_marks(at + 1)
        while is_letter(start) and (is_letter(at) or (at < len(text) and text[at] in "'’-" and is_letter(at + 1))):
            at = after_marks(at + 1)
        pieces.append(text[start:at])
    stops = (".", "!", "?", "…")
    by_line = not any(stop in text for stop in stops)
    found: Symbols = []
    places: list[int] = []
    place = sentences = 0
    for piece in pieces:
        letters = piece[0].isalnum() or piece[0] == "_"
        if not piece.isspace() and (letters or config.punctuation):
            found.append(piece)
            places.append(place)
            place += 1
        if place and (piece in stops or (piece == "\n" and by_line)):
            place, sentences = 0, sentences + 1
    return found, places if sentences else None


# -- taking apart -------------------------------------------------------------------------------------


@RANDOM
@given(TEXTS, CONFIGS)
@example("He said: ab !", SymbolConfig(punctuation=False))
@example("Don't. «Well-known»", SymbolConfig(unit="words", punctuation=False))
@example("हिन्दी भाषा", SymbolConfig(unit="words"))
def test_any_text_is_taken_apart_as_one_character_at_a_time_would_be(text: str, config: SymbolConfig) -> None:
    one_by_one = words_one_by_one if config.unit == "words" else characters_one_by_one
    expected, places = one_by_one(text, config)
    if not expected:
        assert "text" in refusal_of(lambda: complete(tokenize("t.txt", text, config)))
        return
    tokens = complete(tokenize("t.txt", text, config))
    assert (symbols(tokens), positions(tokens)) == (expected, places)
    assert tokens.names == tuple(sorted(set(expected)))
    assert tokens.counts.tolist() == [expected.count(name) for name in tokens.names]
    assert (tokens.position is None) == (tokens.group == "")


@RANDOM
@given(text=WHOLE_WORDS, config=CONFIGS, block=st.integers(8, 30))
def test_where_a_long_text_is_cut_into_blocks_does_not_matter(
    text: str, config: SymbolConfig, block: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = complete(tokenize("t.txt", text, config))
    with monkeypatch.context() as patch:
        patch.setattr(texts, "_BLOCK", block)
        shares: list[float] = []
        in_blocks = complete(tokenize("t.txt", text, config), shares.append)
    assert symbols(in_blocks) == symbols(whole)
    assert positions(in_blocks) == positions(whole)
    assert shares == sorted(shares) and 0 <= shares[0] <= shares[-1] <= 1


@pytest.mark.parametrize("unit", ["characters", "words"])
@pytest.mark.parametrize("gap", [" ", "\n", "\t", "\r\n", "，"])
def test_a_text_longer_than_a_block_keeps_its_words_whole(unit: str, gap: str) -> None:
    text = gap.join(["alpha", "beta\u0301", "gam-ma"] * 6_000)
    assert len(text) > 2 * texts._BLOCK
    one_by_one = {"characters": characters_one_by_one, "words": words_one_by_one}[unit]
    tokens = apart(text, unit=unit)
    assert (symbols(tokens), positions(tokens)) == one_by_one(text, SymbolConfig(unit=unit))


def test_an_accent_belongs_to_its_letter_where_there_is_no_gap_to_cut_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(texts, "_BLOCK", 7)
    assert symbols(apart("e\u0301" * 20)) == ["é"] * 20


@pytest.mark.parametrize(
    ("config", "expected", "places"),
    [
        ({}, "the cat. the dog", [0, 1, 2, 3, 0, 1, 2, 3, 4, 0, 1, 2, 3, 0, 1, 2]),
        ({"lower_case": False}, "The cat. The dog", [0, 1, 2, 3, 0, 1, 2, 3, 4, 0, 1, 2, 3, 0, 1, 2]),
        ({"spaces": False}, "thecat.thedog", [0, 1, 2, 0, 1, 2, 3, 0, 1, 2, 0, 1, 2]),
        ({"punctuation": False}, "the cat the dog", [0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2]),
    ],
)
def test_each_choice_does_what_it_says(config: dict[str, bool], expected: str, places: list[int]) -> None:
    tokens = apart("  The   cat.\r\n\tThe dog ", **config)
    assert ("".join(symbols(tokens)), positions(tokens), tokens.group) == (expected, places, "word")


def test_sentences_end_at_full_stops_or_else_at_ends_of_lines() -> None:
    stops = apart("A dog barks. It\nruns!", unit="words")
    assert " ".join(symbols(stops)) == "a dog barks . it runs !"
    assert positions(stops) == [0, 1, 2, 3, 0, 1, 2]
    lines = apart("man eats\ncat\n\nsees dog", unit="words")
    assert (positions(lines), lines.group) == ([0, 1, 0, 0, 1], "sentence")
    assert apart("one two three", unit="words").position is None


# -- a beginning --------------------------------------------------------------------------------------


def test_a_beginning_keeps_the_spaces_at_its_ends() -> None:
    assert tokenize_prompt(" The  \n", SymbolConfig()) == list(" the ")
    assert tokenize_prompt(" The ", SymbolConfig(lower_case=False, spaces=False)) == list("The")


@pytest.mark.parametrize("spaces", [True, False])
@pytest.mark.parametrize("punctuation", [True, False])
@pytest.mark.parametrize("unit", ["characters", "words"])
def test_a_beginning_is_taken_apart_as_the_text_was(unit: str, spaces: bool, punctuation: bool) -> None:
    text = "Don't shout: «l’eau» is well-known, naïve he\u0301 x\u0302y"
    config = SymbolConfig(unit=unit, spaces=spaces, punctuation=punctuation)
    assert tokenize_prompt(text, config) == symbols(complete(tokenize("t.txt", text, config)))


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("Up down  up", ["up", "down", "up"]),
        ("New York, Rome,,", ["new york", "rome"]),
        ("New York\n Rome \n", ["new york", "rome"]),
        (" \n", []),
    ],
)
def test_rows_are_typed_with_blanks_or_commas_between_them(text: str, rows: list[str]) -> None:
    assert tokenize_prompt(text, SymbolConfig(unit="rows")) == rows


# -- files --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
@pytest.mark.parametrize("text", ["Grüße — naïve café\r\nzwei", "plain words", "é" * 70_000])
def test_a_file_is_read_in_the_encoding_it_was_written_in(tmp_path: Path, encoding: str, text: str) -> None:
    path = tmp_path / "t.txt"
    path.write_bytes(text.encode(encoding))
    shares: list[float] = []
    assert complete(read_text(path), shares.append) == text
    assert shares == sorted(shares) and shares[-1] <= 1


BAD_FILES: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "t.txt is empty; a text was expected"),
    "blank": (b" \r\n\t\n ", "t.txt is empty; a text was expected"),
    "control": (b"a\nb\x01c", "t.txt: row 2 has the control character 0x01; a text was expected"),
    "png": (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "control character"),
    "zip": (b"PK\x03\x04abc", "zip archive"),
    "broken utf-16": (b"\xff\xfea", "t.txt"),
    "signs": ("?! … €".encode(), "t.txt has no characters left without punctuation; a text with some was expected"),
    "late bytes": (b"a\n" * 200_000 + b"\xff", "bytes that are no UTF-8 text"),
}


@pytest.mark.parametrize("kind", BAD_FILES)
def test_a_file_that_is_no_text_is_refused_with_one_sentence(tmp_path: Path, kind: str) -> None:
    path, (content, expected) = tmp_path / "t.txt", BAD_FILES[kind]
    path.write_bytes(content)

    def read() -> Tokens:
        return complete(tokenize(path.name, complete(read_text(path)), SymbolConfig(punctuation=False)))

    assert expected in refusal_of(read)


def test_a_folder_and_a_file_that_is_not_there_are_refused(tmp_path: Path) -> None:
    assert "is a folder; a text file was expected" in refusal_of(lambda: complete(read_text(tmp_path)))
    assert "none.txt was not found in " in refusal_of(lambda: complete(read_text(tmp_path / "none.txt")))


@pytest.mark.parametrize("unit", ["characters", "words"])
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "t.txt is empty; a text was expected"),
        ("\n \t", "t.txt is empty; a text was expected"),
        ("ab\ncd\x00", "t.txt: row 2 has the control character 0x00; a text was expected"),
        ("ab \ud83d cd", "t.txt: row 1 has half a character, 0xd83d; a text was expected"),
        ("?!, -", "left without punctuation; a text with some was expected"),
    ],
)
def test_what_is_pasted_and_no_text_is_refused_with_one_sentence(unit: str, text: str, expected: str) -> None:
    assert expected in refusal_of(lambda: apart(text, unit=unit, punctuation=False))


def test_a_word_of_a_thousand_characters_is_refused_but_its_characters_are_not() -> None:
    long = "so " + "x" * 1000
    sentence = refusal_of(lambda: apart(long, unit="words"))
    assert sentence == (
        "t.txt has a word of 1,000 characters, 'xxxxxxxxxxxxxxxxxxxx' and so on; a symbol may have 200 at most"
    )
    assert len(apart(long).codes) == 1003


def test_a_text_that_is_too_long_is_refused_before_it_is_taken_apart(tmp_path: Path) -> None:
    long = "a" * (MAXIMUM_CHARACTERS + 1)
    assert refusal_of(lambda: apart(long)) == (
        "t.txt has 10,000,001 characters; at most 10,000,000 symbols can be learned"
    )
    path = tmp_path / "t.txt"
    with path.open("wb") as file:
        file.truncate(4 * MAXIMUM_CHARACTERS + 1)
    assert refusal_of(lambda: complete(read_text(path))).startswith("t.txt has 40,000,001 bytes; at most ")


def test_counting_characters_equals_numpys_unique() -> None:
    text = "".join(np.random.default_rng(4).choice(list("abcdé я"), 5_000))
    names, counts = np.unique(list(" ".join(text.split())), return_counts=True)
    tokens = apart(text)
    assert (tokens.names, tokens.counts.tolist()) == (tuple(names.tolist()), counts.tolist())


def test_a_guess_of_the_letters_of_a_text_is_told(tmp_path: Path) -> None:
    path = tmp_path / "t.txt"
    path.write_bytes("один два три один два".encode("cp1251"))
    notes = complete(tokenized_file(path, SymbolConfig())).table().notes
    assert any("letters are read as CP1252" in note and "save it as UTF-8" in note for note in notes)
    path.write_text("один два три один два", encoding="utf-8")
    assert not any("letters" in note for note in complete(tokenized_file(path, SymbolConfig())).table().notes)
