"""How much each setting explains: as the analysis of variance says, and as pandas finds it in the exported table."""

from __future__ import annotations

import io
import itertools

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from statsmodels.formula.api import ols
from statsmodels.stats.anova import anova_lm

from elman_core.config.study import Axis, Range, SearchKind, StudyConfig, StudyMetric
from elman_core.studies.export import study_rows, write_study
from elman_core.studies.importances import importances
from elman_core.studies.results import StudyResults
from elman_core.studies.study import Study, StudyBase
from elman_core.studies.trial import Outcome, Trial

SAME = pytest.approx


def grid(seeds: int, effects: tuple[float, float, float], noise: float, seed: int = 0) -> pd.DataFrame:
    """A grid of hidden units, optimizers and an idle setting, with a metric that they change by so much."""
    generator = np.random.default_rng(seed)
    cells = itertools.product((2, 6, 20, 50), ("sgd", "adam", "rprop"), (True, False), range(seeds))
    table = pd.DataFrame(cells, columns=["hidden", "optimizer", "biases", "seed"])
    place = table.hidden.map({2: 0, 6: 1, 20: 2, 50: 3}), table.optimizer.map({"sgd": 0, "adam": 1, "rprop": 2})
    own, other, together = effects
    log = own * place[0] + other * place[1] + together * (place[0] - 1.5) * (place[1] - 1)
    table["metric"] = np.exp(log + noise * generator.normal(size=len(table)))
    return table


def of(table: pd.DataFrame, *fields: str):
    return importances({field: table[field] for field in fields}, table.metric)


def test_shares_of_a_grid_are_those_of_the_analysis_of_variance() -> None:
    table = grid(5, (1.0, 0.5, 0.3), 1.0)
    table["rank"] = table.metric.rank()
    found = of(table, "hidden", "optimizer", "biases")
    fitted = anova_lm(ols("rank ~ C(hidden) * C(optimizer) * C(biases)", table).fit())
    total, noise = fitted.sum_sq.sum(), fitted.mean_sq["Residual"]
    for field in ("hidden", "optimizer", "biases"):
        own = fitted.loc[f"C({field})"]
        assert found.fields[field] == SAME(max(0, own.sum_sq - own.df * noise) / total, rel=1e-9)
    between = fitted.drop("Residual")
    assert found.seeds == SAME(1 - (between.sum_sq.sum() - between.df.sum() * noise) / total, rel=1e-9)
    assert found.is_grid
    assert sum(found.fields.values()) + found.together + found.seeds == SAME(1, abs=0.02)


def test_without_a_correction_the_share_is_that_of_kruskal_and_wallis() -> None:
    table = grid(1, (1.0, 0.5, 0.0), 0.5)  # one seed: nothing is taken off
    found = of(table, "hidden", "optimizer", "biases")
    by_value = [own.metric for _, own in table.groupby("hidden")]
    assert found.fields["hidden"] == SAME(stats.kruskal(*by_value).statistic / (len(table) - 1), rel=1e-9)
    assert found.seeds is None


def test_the_setting_that_matters_explains_most_and_an_idle_one_next_to_nothing() -> None:
    found = of(grid(10, (1.0, 0.2, 0.0), 0.5), "hidden", "optimizer", "biases")
    assert found.fields["hidden"] > 0.6 > 0.2 > found.fields["optimizer"] > 0.01
    assert found.fields["biases"] < 0.01
    assert found.together < 0.05
    both = of(grid(10, (0.0, 0.0, 1.0), 0.2), "hidden", "optimizer", "biases")
    assert both.together > 0.8
    luck = of(grid(10, (0.0, 0.0, 0.0), 1.0), "hidden", "optimizer", "biases")
    assert luck.seeds > 0.9
    assert max(luck.fields.values()) < 0.05


def test_ranks_make_runs_that_diverged_the_worst_and_units_indifferent() -> None:
    table = grid(4, (1.0, 0.5, 0.0), 0.5)
    own = of(table, "hidden", "optimizer")
    other = of(table.assign(metric=table.metric**3), "hidden", "optimizer")
    assert own == other
    worst = table.metric > table.metric.quantile(0.8)
    diverged = of(table.assign(metric=table.metric.where(~worst, np.nan)), "hidden", "optimizer")
    infinite = of(table.assign(metric=table.metric.where(~worst, np.inf)), "hidden", "optimizer")
    assert diverged == infinite
    assert diverged.fields["hidden"] > 0.4


def drawn(cells: int, seeds: int, seed: int = 0) -> pd.DataFrame:
    """Settings drawn at random: the rate matters in the middle of its range, momentum not at all."""
    generator = np.random.default_rng(seed)
    table = pd.DataFrame({
        "rate": 10 ** generator.uniform(-4, 0, cells),
        "momentum": generator.uniform(0, 1, cells),
        "optimizer": generator.choice(["sgd", "adam"], cells),
    })  # fmt: skip
    table = table.loc[table.index.repeat(seeds)].reset_index(drop=True)
    log = (np.log10(table.rate) + 2).abs() + 0.5 * (table.optimizer == "adam")
    return table.assign(metric=np.exp(log + 0.1 * generator.normal(size=len(table))))


def test_shares_of_drawn_settings_are_those_that_pandas_finds_by_quantiles() -> None:
    table = drawn(36, 3)
    found = of(table, "rate", "momentum", "optimizer")
    ranks = table.metric.rank()
    total = ((ranks - ranks.mean()) ** 2).sum()
    of_cells = ranks.groupby([table.rate, table.momentum, table.optimizer]).transform("mean")
    between = ((of_cells - ranks.mean()) ** 2).sum()
    for field in ("rate", "momentum", "optimizer"):
        one_each = table.drop_duplicates(["rate", "momentum"])[field]
        groups = table[field]
        if field != "optimizer":
            edges = pd.qcut(one_each, 6, retbins=True)[1]
            groups = pd.cut(groups, [-np.inf, *edges[1:-1], np.inf])
        of_groups = ranks.groupby(groups, observed=True).transform("mean")
        squares, count = ((of_groups - ranks.mean()) ** 2).sum(), groups.nunique()
        noise = (between - squares) / (36 - count)
        assert found.fields[field] == SAME(max(0, squares - (count - 1) * noise) / total, rel=1e-9)
    assert not found.is_grid
    assert found.fields["rate"] > 0.5 > 0.2 > found.fields["optimizer"] > found.fields["momentum"]


def test_a_setting_that_does_nothing_explains_nothing_on_average_however_few_are_drawn() -> None:
    found = [of(drawn(12, 2, seed), "rate", "momentum", "optimizer").fields["momentum"] for seed in range(100)]
    assert np.median(found) < 0.05


def test_a_grid_that_is_not_complete_yet_is_taken_as_drawn() -> None:
    table = grid(3, (1.0, 0.0, 0.0), 0.3)
    found = of(table[:-3], "hidden", "optimizer", "biases")
    assert not found.is_grid
    assert found.fields["hidden"] > 0.5


@pytest.mark.parametrize("metric", [[0.5] * 4, [np.nan] * 4])
def test_where_nothing_differs_nothing_is_explained(metric: list[float]) -> None:
    found = importances({"hidden": [6, 6, 20, 20]}, metric)
    assert (found.fields, found.together, found.seeds) == ({"hidden": 0.0}, 0.0, 0.0)


def test_one_value_no_setting_and_no_run_have_importances() -> None:
    assert importances({"hidden": [6, 6, 6]}, [0.1, 0.2, 0.3]).fields == {"hidden": 0.0}
    none = importances({}, [0.1, 0.2, 0.3])
    assert (none.fields, none.together, none.seeds) == ({}, 0.0, 1.0)
    assert importances({"hidden": []}, []).fields == {"hidden": 0.0}
    one = importances({"hidden": [6]}, [0.1])
    assert (one.fields, one.seeds) == ({"hidden": 0.0}, None)


@pytest.mark.parametrize("search", [SearchKind.GRID, SearchKind.RANDOM])
def test_they_are_computed_again_from_the_exported_table(search: SearchKind, tmp_path) -> None:
    generator = np.random.default_rng(0)
    axes = (
        Axis(field="network.biases", values=(True, False)),
        Axis(field="training.truncation", values=(1, 5, "all")),
        Axis(field="training.learning_rate", values=(0.01, 0.1, 1.0))
        if search is SearchKind.GRID
        else Axis(field="training.learning_rate", range=Range(low=0.01, high=1.0)),
    )
    config = StudyConfig(axes=axes, seeds=4, search=search, trials=18)
    results = StudyResults()
    each = itertools.product(*(axis.values or [None] for axis in axes), range(1 if search is SearchKind.GRID else 3))
    for cell, (biases, truncation, rate, _) in enumerate(each):
        rate = float(generator.uniform(0.01, 1)) if rate is None else rate
        settings = dict(zip([axis.field for axis in axes], (biases, truncation, rate), strict=True))
        for seed in range(4):
            failed = generator.random() < 0.1
            outcome = Outcome.DIVERGED if failed else Outcome.FINISHED
            loss = float("nan") if failed else float(generator.lognormal(rate + biases, 0.3))
            results.add([Trial(4 * cell + seed, cell, settings, seed, outcome, 10, 10, loss, loss)])
    study = Study(StudyBase(name="sine", what="sine"), config)
    write_study(tmp_path / "study.csv", study, results)
    text = (tmp_path / "study.csv").read_text()
    assert len(text.splitlines()) == len(list(study_rows(study, results)))
    table = pd.read_csv(io.StringIO(text))
    again = importances({axis.field: table[axis.field] for axis in axes}, table.validation)
    columns = {axis.field: [trial.settings[axis.field] for trial in results] for axis in axes}
    found = importances(columns, results.values(StudyMetric.VALIDATION))
    assert again == found
    assert found.fields["network.biases"] > found.fields["training.truncation"]
    assert found.is_grid == (search is SearchKind.GRID)
    ranks = table.validation.fillna(np.inf).rank()
    means = ranks.groupby(table["network.biases"]).transform("mean")
    total = ((ranks - ranks.mean()) ** 2).sum()
    assert found.fields["network.biases"] == SAME(((means - ranks.mean()) ** 2).sum() / total, abs=0.05)
