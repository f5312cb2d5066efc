"""Season, judgement, selection and weights of the automatic recipe."""

from __future__ import annotations

import numpy as np
import pytest
from benchmarks.generated_series import generated_table

from elman_core.config import AutomaticConfig, DataConfig, TransformName
from elman_core.data.dataset import SequenceDataset
from elman_core.data.preparation import prepare
from elman_core.data.table import AxisKind, Source, Table, TimeAxis
from elman_core.errors import ConfigError
from elman_core.forecasting.automatic.candidates import Candidate, lag_choices, transform_choices
from elman_core.forecasting.automatic.judging import Judge, Judgement
from elman_core.forecasting.automatic.season import detected_season
from elman_core.forecasting.automatic.selection import Judged, chosen_for_one_step, chosen_for_several, weights_of

DAY = 86_400.0


def plain(values: np.ndarray, axis: TimeAxis | None = None) -> SequenceDataset:
    axis = TimeAxis.steps(len(values)) if axis is None else axis
    table = Table("series", ("y",), values[:, None], axis, Source(kind="csv", name="series.csv"))
    return prepare(table, DataConfig(train_percent=100, validation_percent=0))


def dates(rows: int, unit: str, every: int = 1) -> TimeAxis:
    start = np.datetime64("2001-01-01", "D").astype(f"datetime64[{unit}]")
    positions = (start + every * np.arange(rows)).astype("datetime64[s]").astype(np.float64)
    return TimeAxis("date", AxisKind.DATE, positions)


def seasonal(rows: int, season: int) -> np.ndarray:
    random = np.random.default_rng(5)
    return 10 + np.resize(random.normal(0, 3, season), rows) + 0.02 * np.arange(rows) + random.normal(0, 0.5, rows)


@pytest.mark.parametrize(
    ("unit", "every", "season"), [("M", 1, 12), ("M", 3, 4), ("D", 1, 7), ("D", 7, 52), ("h", 1, 24)]
)
def test_the_calendar_says_the_season(unit: str, every: int, season: int) -> None:
    rows = 5 * season
    assert detected_season(plain(seasonal(rows, season), dates(rows, unit, every))) == season


def test_working_days_have_a_week_of_five() -> None:
    days = np.arange(140)
    positions = DAY * (4 + days + 2 * (days // 5))  # the fourth day of 1970 was a Monday
    assert detected_season(plain(seasonal(140, 5), TimeAxis("date", AxisKind.DATE, positions))) == 5


def test_a_calendar_without_a_pattern_has_no_season() -> None:
    values = np.cumsum(np.random.default_rng(2).normal(0, 1, 120))
    assert detected_season(plain(values, dates(120, "M"))) is None


def test_years_have_no_season() -> None:
    axis = TimeAxis("YEAR", AxisKind.NUMBER, np.arange(1700.0, 1800.0))
    assert detected_season(plain(seasonal(100, 11), axis)) is None


@pytest.mark.parametrize("season", [4, 11, 24])
def test_rows_without_a_calendar_show_their_season_themselves(season: int) -> None:
    assert detected_season(plain(seasonal(8 * season, season))) == season


@pytest.mark.parametrize("kind", ["white noise", "moving average", "threshold autoregression", "level shifts"])
def test_what_only_swings_has_no_season(kind: str) -> None:
    table = generated_table(kind, 7)
    assert detected_season(prepare(table, DataConfig(train_percent=100, validation_percent=0))) is None


def test_a_constant_series_has_no_season() -> None:
    values = np.full(60, 3.0)
    values[-1] = 4.0
    assert detected_season(plain(values)) is None


def test_a_gain_that_may_be_chance_does_not_count() -> None:
    random = np.random.default_rng(1)
    ruler = random.normal(0, 1, (1, 60, 1))
    judge = Judge.of(ruler, np.ones(1))
    a_little_better, much_better = (
        judge.judge(0.97 * ruler + random.normal(0, 0.3, ruler.shape)),
        judge.judge(0.3 * ruler),
    )
    assert judge.judge(ruler).sure_one_step == pytest.approx(judge.judge(ruler).one_step)
    assert a_little_better.sure_one_step > judge.judge(ruler).one_step
    assert much_better.one_step < much_better.sure_one_step < judge.judge(ruler).one_step


def test_rows_without_a_value_are_not_judged() -> None:
    errors = np.random.default_rng(1).normal(0, 1, (3, 20, 2))
    some = errors.copy()
    some[:, 5:9], some[1:, -1] = np.nan, np.nan
    known = np.delete(errors[:1], np.arange(5, 9), axis=1)
    assert Judge.of(some, np.ones(2)).judge(some).one_step == pytest.approx(np.sqrt((known**2).mean()))


def test_a_prediction_that_is_no_number_is_the_worst() -> None:
    errors = np.ones((2, 8, 1))
    judge = Judge.of(errors, np.ones(1))
    runs_off = errors.copy()
    runs_off[1, 3] = np.inf
    assert judge.judge(runs_off).sure_several == np.inf
    assert judge.judge(runs_off).sure_one_step == pytest.approx(1.0)


def judged(name: TransformName | None, lags: int, one_step: float, several: float, grows: bool = False) -> Judged:
    transforms = () if name is None else (name,)
    judgement = Judgement(one_step, several, one_step, several)
    return Judged(Candidate(transforms, None, lags, 1.0), judgement, np.zeros((1, 1, 1)), grows)


def test_the_best_of_each_way_to_transform_are_taken_where_they_are_near() -> None:
    best, second, third, fourth = (judged(None, lags, 1 + lags / 100, 1 + lags / 100) for lags in (1, 2, 3, 4))
    near, far = judged(TransformName.LOG, 1, 1.15, 1.5), judged(TransformName.DIFFERENCE, 1, 1.3, 1.7)
    everything = [far, near, fourth, third, second, best]
    assert chosen_for_one_step(everything) == [best, second, third, near]
    assert chosen_for_several(everything) == [best, second, third, near]


def test_what_runs_off_predicts_no_several_steps() -> None:
    bounded, grows = judged(None, 1, 1.0, 1.5), judged(None, 2, 0.9, 1.0, grows=True)
    assert chosen_for_several([bounded, grows]) == [bounded]
    assert chosen_for_several([grows]) == [grows]
    assert chosen_for_one_step([bounded, grows])[0] == grows


def test_weights_sum_to_one_and_leave_out_what_has_no_score() -> None:
    weights = weights_of(np.array([1.0, 2.0, np.inf]), 4.0)
    np.testing.assert_allclose(weights, [16 / 17, 1 / 17, 0])
    np.testing.assert_allclose(weights_of(np.full(4, np.inf), 4.0), 0.25)
    np.testing.assert_allclose(weights_of(np.zeros(2), 4.0), 0.5)


def test_logarithms_are_tried_only_where_there_are_any() -> None:
    automatic = AutomaticConfig()
    for least, expected in ((1.0, TransformName.LOG), (0.0, TransformName.LOG1P), (-1.0, None)):
        first = {names[0] for names in transform_choices(automatic, least=least, season=None) if names}
        assert first == ({TransformName.DIFFERENCE} | ({expected} if expected else set()))


def test_each_choice_can_be_given() -> None:
    automatic = AutomaticConfig(transforms=(TransformName.DIFFERENCE,), lags=7)
    assert transform_choices(automatic, least=1.0, season=12) == [(TransformName.DIFFERENCE,)]
    assert lag_choices(automatic, 12, 5) == [7]
    assert max(lag_choices(AutomaticConfig(), 12, 5)) <= 5
    assert lag_choices(AutomaticConfig(), None, 0) == [1]
    with pytest.raises(ConfigError, match="seasonal-difference needs a season"):
        AutomaticConfig(transforms=(TransformName.SEASONAL_DIFFERENCE,), season="none")
