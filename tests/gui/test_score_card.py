"""The score card: the figures of the chosen column, of how many sequences they are means, and who is best."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from elman_core.config import DataConfig
from elman_core.data.dataset import Part, SequenceDataset
from elman_core.data.panel import Panel
from elman_core.data.preparation import prepare
from elman_core.data.table import Source, Table, TimeAxis
from elman_core.forecasting.metrics import part_scores
from elman_gui.panels.score_card import ScoreCard


def dataset_of(columns: int, sequences: int = 1, **data: object) -> SequenceDataset:
    rows = 40 * sequences
    values = np.random.default_rng(0).normal(size=(rows, columns)) + np.sin(np.arange(rows))[:, None]
    panel = Panel.of(rows, 40 * np.arange(sequences)) if sequences > 1 else None
    names = tuple("abc"[:columns])
    table = Table("t", names, values, TimeAxis.steps(rows), Source(kind="csv", name="t.csv"), sequences=panel)
    return prepare(table, DataConfig(**{"columns": names, **data}))


@pytest.fixture
def card(qtbot: QtBot) -> ScoreCard:
    card = ScoreCard()
    qtbot.addWidget(card)
    return card


def shown(card: ScoreCard, name: str, part: Part = Part.TEST) -> str:
    return card._cells[name, part].text().removeprefix("<b>").removesuffix("</b>")


def test_a_single_column_has_its_rmse_and_no_chooser(card: ScoreCard) -> None:
    dataset = dataset_of(1)
    scores = part_scores(dataset, dataset.values[1:] + 0.25)
    card.show_dataset(dataset)
    card.show_scores(scores)
    test = scores[Part.TEST]
    assert test is not None
    assert card.column.isHidden() and card._names["seasonal"].isHidden()
    assert card.title.text() == "One-step error (RMSE)"
    assert (shown(card, "network"), shown(card, "persistence")) == ("0.25", f"{test.persistence.rmse:.4g}")
    assert card._cells["network", Part.TEST].text() == "<b>0.25</b>"
    assert "MASE" in card._cells["network", Part.TEST].toolTip()
    assert "below persistence" in card.verdict.text() and "sequences" not in card.verdict.text()


def test_of_several_columns_all_are_scaled_and_each_is_in_its_own_units(card: ScoreCard) -> None:
    dataset = dataset_of(2)
    scores = part_scores(dataset, np.add(dataset.values[1:], [0.25, 0.5]))
    card.show_dataset(dataset)
    card.show_scores(scores)
    test = scores[Part.TEST]
    assert test is not None
    assert [card.column.itemText(k) for k in range(3)] == ["all columns", "a", "b"] and not card.column.isHidden()
    assert card.title.text() == "One-step error (MASE)"
    assert shown(card, "network") == f"{test.network.mase:.4g}"
    assert "RMSE" not in card._cells["network", Part.TEST].toolTip()
    card.column.setCurrentIndex(2)
    assert (card.title.text(), shown(card, "network")) == ("One-step error (RMSE)", "0.5")
    assert shown(card, "linear") == f"{test.columns['b'].linear.rmse:.4g}"
    card.show_scores(None)
    assert shown(card, "network") == "–" and card.column.currentIndex() == 2


def test_of_many_sequences_it_says_of_how_many_the_figures_are_means(card: ScoreCard) -> None:
    dataset = dataset_of(1, sequences=3, season=4)
    scores = part_scores(dataset, dataset.values[1:] + 0.25)
    card.show_dataset(dataset)
    card.show_scores(scores)
    test = scores[Part.TEST]
    assert test is not None and test.seasonal is not None
    assert not card._names["seasonal"].isHidden()
    assert shown(card, "seasonal") == f"{test.seasonal.rmse:.4g}"
    assert card.verdict.text().endswith(" Mean of 3 sequences.")


def test_with_a_horizon_the_title_says_over_how_many_steps(card: ScoreCard) -> None:
    card.show_dataset(dataset_of(1, horizon=6))
    assert card.title.text() == "Error over 6 steps (RMSE)"


def test_the_card_is_no_larger_for_a_chooser_and_a_season(card: ScoreCard, tmp_path: Path) -> None:
    card.show_dataset(dataset_of(2, season=4))
    assert card.minimumSizeHint().height() <= 240 and card.minimumSizeHint().width() <= 360
    assert card.grab().save(str(tmp_path / "card.png"))
