"""Texts whose lines are sequences: an end mark that is learned and shown, and lines that begin afresh."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from commands import Elman
from hypothesis import given, settings
from hypothesis import strategies as st
from refusals import refusal_of

from elman_core.config import ALL, SEQUENCE, Split, SymbolConfig
from elman_core.data.table import Table
from elman_core.data.text.features import features_of
from elman_core.data.text.tables import tokenized_text
from elman_core.data.text.tokenize import tokenize_prompt
from elman_core.data.text.vocabulary import END, OTHER, named, shown
from elman_core.experiment import Run
from elman_core.experiments.factory import begin_named
from elman_core.generation.sampling import sample
from elman_core.model.network import ElmanNetwork
from elman_core.storage.symbols import symbols_from, symbols_metadata
from elman_core.support.jobs import complete
from elman_core.training.trainer import Trainer

REBER = {0: "T1P2", 1: "S1X3", 2: "T2V4", 3: "X2S5", 4: "P3V5"}
"""From each node two letters and the nodes they lead to."""
LEGAL = {"B": "PT", "BT": "SX", "BP": "TV", "BTX": "SX", "BPV": "PV"}


def table(text: str, **config: object) -> Table:
    return complete(tokenized_text(text, SymbolConfig(sequences="lines", **config))).table()


def lines_of(found: Table) -> list[list[str]]:
    """The symbols of each sequence."""
    assert found.symbols is not None
    panel = found.panel
    return [
        [found.symbols.name(row) for row in range(panel.rows_of(s).start, panel.rows_of(s).stop)]
        for s in range(len(panel))
    ]


def reber(lines: int, seed: int = 0) -> str:
    random, drawn = np.random.default_rng(seed), []
    for _ in range(lines):
        node, line = 0, "B"
        while node != 5:
            place = 2 * int(random.integers(2))
            line, node = line + REBER[node][place], int(REBER[node][place + 1])
        drawn.append(line + "E")
    return "\n".join(drawn) + "\n"


def begun(path: Path, text: str, **config: object) -> tuple[Run, list[str]]:
    path.write_text(text, encoding="utf-8")
    return begin_named(str(path), {}, {}, {}, {"sequences": "lines", **config})


# -- taking apart -------------------------------------------------------------------------------------


def test_each_line_is_a_sequence_that_ends_in_an_end_mark() -> None:
    found = table("Ab c\r\n\n  \td \nabc", lower_case=False)
    assert lines_of(found) == [[*"Ab c", END], ["d", END], [*"abc", END]]
    assert found.notes == ("text: 1 blank line left out",)
    assert found.symbols is not None and found.symbols.group == "line"
    assert found.symbols.position is not None
    assert found.symbols.position.tolist() == [0, 1, 2, 3, 4, 0, 1, 0, 1, 2, 3]
    assert found.columns[0] == shown(END) == "⏎" and named("⏎") == END


def test_words_of_lines_are_taken_apart_like_words_of_a_text() -> None:
    found = table("The boy runs.\n\nA girl, too\n...\n", unit="words", punctuation=False)
    assert lines_of(found) == [["the", "boy", "runs", END], ["a", "girl", "too", END]]
    assert found.notes == (
        "text: capital letters were taken as small ones (--keep-case keeps them apart)", "text: 2 blank lines left out",
    )  # fmt: skip
    assert found.symbols is not None
    assert found.symbols.text(found.symbols.codes.tolist()) == "the boy runs\na girl too\n"


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.text("ab .\tÄ", max_size=6), min_size=1, max_size=30).filter(lambda lines: any(map(str.strip, lines))),
    st.booleans(),
    st.booleans(),
)
def test_lines_equal_taking_apart_line_by_line(lines: list[str], lower: bool, spaces: bool) -> None:
    found = table("\n".join(lines), lower_case=lower, spaces=spaces)
    plain = [(" " if spaces else "").join((line.lower() if lower else line).split()) for line in lines]
    assert lines_of(found) == [[*line, END] for line in plain if line]


def test_the_end_mark_is_kept_however_few_symbols_are() -> None:
    found = table("aaab\nbbac\ncbba", largest_vocabulary=3, minimum_count=4)
    assert found.symbols is not None
    assert found.symbols.vocabulary.names == (END, "a", "b", OTHER)


def test_a_table_of_features_writes_the_end_mark_as_it_is_shown() -> None:
    rows = [(2, ["a", "1", "0"]), (3, ["⏎", "0", "1"])]
    features = features_of("f.csv", ("symbol", "p", "q"), rows)
    assert tuple(features.vectors) == ("a", END)
    tokenized = complete(tokenized_text("aa\na", SymbolConfig(sequences="lines")))
    assert tokenized.table(features).columns == ("p", "q")
    without = features_of("f.csv", ("symbol", "p", "q"), [(2, ["a", "1", "0"]), (3, ["b", "0", "1"])])
    assert "no row for '⏎'" in refusal_of(lambda: tokenized.table(without))


def test_a_text_of_blank_lines_and_signs_is_refused() -> None:
    assert "left without punctuation" in refusal_of(lambda: table("?!\n\n...", punctuation=False))


def test_a_prompt_may_have_several_lines() -> None:
    config = SymbolConfig(sequences="lines")
    assert tokenize_prompt("ab\nc", config) == ["a", "b", END, "c"]
    assert tokenize_prompt("ab\n", config) == ["a", "b", END]
    assert tokenize_prompt("ab\nc", SymbolConfig()) == ["a", "b", " ", "c"]


# -- learning -----------------------------------------------------------------------------------------


def test_lines_begin_with_updates_by_sequence_and_parts_of_whole_ones(tmp_path: Path) -> None:
    experiment, notes = begun(tmp_path / "t.txt", reber(100))
    training, dataset = experiment.training, experiment.dataset
    assert (training.update_every, training.truncation, training.batch) == (SEQUENCE, ALL, 16)
    assert dataset.config.split is Split.SEQUENCES
    assert (dataset.train_sequences, dataset.parts.validation_stops.tolist()[85:]) == (
        70, dataset.panel.starts.tolist()[85:],
    )  # fmt: skip
    assert notes[0].endswith("symbols in 100 sequences; learns the next of 8 symbols (one-hot)")
    few, _ = begun(tmp_path / "t.txt", reber(10))
    assert few.training.batch == 7
    chosen, _ = begin_named(str(tmp_path / "t.txt"), {}, {}, {"update_every": "1"}, {"sequences": "lines"})
    assert (chosen.training.update_every, chosen.training.batch) == (1, 1)


def test_a_network_learns_the_reber_grammar_from_lines(tmp_path: Path) -> None:
    experiment, _ = begun(tmp_path / "reber.txt", reber(2_000), lower_case=False)
    trainer = Trainer(experiment, device="cpu")
    for _ in trainer.updates():
        pass
    symbols = experiment.dataset.symbols
    assert symbols is not None
    for prompt, legal in LEGAL.items():
        found = complete(sample(trainer.network, symbols, prompt, 0)).probabilities
        likely = {symbols.vocabulary.names[code] for code in np.flatnonzero(found > 0.3)}
        assert likely == set(legal), prompt
    text = symbols.text(complete(sample(trainer.network, symbols, "BT", 400)).sampled.tolist())
    lines = ("BT" + text).split("\n")[:-1]
    assert len(lines) > 20 and all(line[0] == "B" and line[-1] == "E" for line in lines)


# -- going on -----------------------------------------------------------------------------------------


@pytest.fixture
def experiment(tmp_path: Path) -> Run:
    return begun(tmp_path / "t.txt", "ab\nba\nab\nbbbb\n" * 5)[0]


def test_a_new_line_begins_from_the_initial_context(experiment: Run) -> None:
    network, symbols = ElmanNetwork.initialized(experiment.network, seed=4), experiment.dataset.symbols
    assert symbols is not None and symbols.openings is not None
    assert symbols.openings.tolist() == [0, 10, 10]  # ⏎, a, b
    alone = complete(sample(network, symbols, "b", 0)).probabilities
    after = complete(sample(network, symbols, "abab\nb", 0)).probabilities
    np.testing.assert_array_equal(alone, after)
    np.testing.assert_array_equal(complete(sample(network, symbols, "ab\n", 0)).probabilities, [0, 0.5, 0.5])
    found = complete(sample(network, symbols, "a", 60, seed=2))
    names = [symbols.vocabulary.names[code] for code in found.sampled.tolist()]
    ends = [place for place, name in enumerate(names[:-1]) if name == END]
    assert ends and all(names[place + 1] != END for place in ends)
    for place in ends:
        assert found.sampled_probabilities[place + 1] == 0.5


def test_what_lines_begin_with_goes_into_a_file_and_out(experiment: Run) -> None:
    symbols = experiment.dataset.symbols
    assert symbols is not None and symbols.openings is not None
    again = symbols_from(symbols_metadata(symbols), symbols.vocabulary.columns, {})
    assert again.openings is not None and again.openings.tolist() == symbols.openings.tolist()
    assert (again.config, again.end) == (symbols.config, symbols.end)


def test_lines_are_told_of_and_refused_for_a_table(elman: Elman, done: Elman, tmp_path: Path) -> None:
    path = tmp_path / "t.txt"
    path.write_text("ab ab\n\nba\nabba\n" * 4, encoding="utf-8")
    ended = done("train", path, "--sequences", "lines", "--epochs", 2, "--json")
    assert "t.txt: 4 blank lines left out" in ended.messages
    assert (ended.result["data"]["sequences"], ended.result["data"]["rows"]) == (12, 56)
    wrong = elman("train", path, "--sequences", "lines", "--symbols", "rows")
    assert wrong.code == 2 and "a column tells its sequences apart: give --sequence-column" in wrong.messages
