"""What the runs of a study are compared by where an axis changes what a loss means."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from elman_core.data.dataset import Part
from elman_core.errors import ConfigError
from elman_core.experiment import Run
from elman_core.forecasting.horizons import score_as_trained
from elman_core.studies.axes import study_fields
from elman_core.studies.measure import CHANGES, Change, measure_of
from elman_core.studies.reopen import difference_sentence, open_trial
from elman_core.studies.store import StudyStore
from elman_core.studies.survey import Survey
from elman_core.studies.verdict import verdict
from elman_core.support.jobs import complete
from elman_core.training.weights import network_from_weights
from tests.core.studies import run_all, study_of


@pytest.fixture
def sales(tmp_path: Path) -> str:
    """A table whose differences are small beside its values."""
    steps = np.arange(90)
    values = 1000 + 10 * steps + 60 * np.sin(steps / 3)
    path = tmp_path / "sales.csv"
    path.write_text("sales\n" + "\n".join(f"{value:.3f}" for value in values) + "\n")
    return str(path)


def test_every_setting_declares_what_it_changes() -> None:
    fields = {field.full_name for automatic in (False, True) for field in study_fields(automatic=automatic)}
    assert fields == CHANGES.keys()
    assert all(isinstance(change, Change) for change in CHANGES.values())


@pytest.mark.parametrize(
    "axis",
    [
        "transforms=none,log1p,difference",
        "scaling=none,min-max,standardize",
        "relative_to_last=false,true",
        "loss=squared-error,absolute-error",
        "loss_reduction=sum,mean",
        "warm_up_steps=0,20",
        "strategy=recursive,direct",
        "input_noise=0,0.1",
    ],
)
def test_where_losses_are_unlike_runs_are_compared_by_errors_in_the_units_of_the_data(sales: str, axis: str) -> None:
    training = {"epochs": 4, "update_every": "sequence", "truncation": "all", "learning_rate": 0.001}
    study = study_of(sales, axis, training=training, data={"horizon": 3 if "strategy" in axis else 1})
    results = run_all(study)
    found, measure = verdict(results, study.config), study.measure
    assert measure.unlike_losses.endswith(axis.partition("=")[0]) and measure.unlike_losses in found.note
    assert "error of the validation part in the data's units" in found.choice
    for trial in results:
        run = complete(open_trial(study, trial))
        assert isinstance(run, Run) and run.weights is not None
        network = network_from_weights(run.network, run.weights)
        if run.dataset.config.horizon == 1:
            scores = complete(score_as_trained(network, run.dataset, None))
            validation = scores[Part.VALIDATION]
            assert validation is not None
            assert validation.network.rmse == pytest.approx(trial.validation, rel=1e-9)
        assert trial.validation is not None and trial.validation > 1, "in the data's units, which are thousands"
        assert difference_sentence(study, run, trial) == ""


def test_all_cells_are_scored_on_the_same_rows(sales: str) -> None:
    study = study_of(sales, "transforms=none,difference", "season=6,12", data={"split": "time"})
    assert study.lost_rows == 1
    assert study_of(sales, "transforms=none,seasonal-difference+difference", "season=6,12").lost_rows == 13
    assert study_of(sales, "hidden=1,2", data={"transforms": ["difference"]}).lost_rows == 0, "losses are compared"


@pytest.mark.parametrize(
    ("axis", "why"),
    [
        ("train_percent=60,70", "which rows are validated"),
        ("validation_rows=5,20", "which rows are validated"),
        ("test_rows=5,20", "which rows are validated"),
        ("horizon=1,3", "what is predicted"),
    ],
)
def test_cells_of_other_rows_or_targets_are_not_compared(sales: str, axis: str, why: str, tmp_path: Path) -> None:
    study = study_of(sales, axis, config={"keep": "chosen"}, training={"epochs": 2})
    with StudyStore.created(tmp_path / "s", study) as store:
        results = run_all(study, store)
        assert not store.models.exists()
    found = verdict(results, study.config)
    assert found.chosen is None and found.choice == found.difference == "" and why in found.note
    overview = Survey(study.config).overview(results)
    assert overview.chosen is None and overview.order.tolist() == [0, 1] and why in overview.verdict
    assert overview.comparison == "" and np.isnan(overview.fields[0].importance)
    with pytest.raises(ConfigError, match=f"which cells are better.*{why}"):
        study_of(sales, axis, config={"search": "tpe"})


def test_an_axis_of_one_value_changes_nothing(sales: str) -> None:
    measure = measure_of(study_of(sales, "transforms=log", "train_percent=60").config)
    assert measure.is_compared and not measure.in_errors and measure.sentence == ""


def test_forecasters_are_compared_by_errors_anyhow(sales: str) -> None:
    study = study_of(sales, config={"seeds": 1}, automatic={})
    assert not measure_of(study.config, automatic=True).sentence


def test_a_validation_part_that_is_shorter_than_the_horizon_is_refused(sales: str) -> None:
    study = study_of(sales, "scaling=none,min-max", data={"horizon": 8, "validation_rows": 5, "test_rows": 10})
    assert "too few validation rows for errors over 8 steps" in study.refusal({"data.scaling": "none"})


def test_bits_of_symbols_are_compared(tmp_path: Path) -> None:
    path = tmp_path / "abc.txt"
    path.write_text("abcabdabe" * 30)
    study = study_of(str(path), "output=logistic,softmax", config={"seeds": 1}, training={"epochs": 2})
    for trial in run_all(study):
        assert trial.validation is not None and 0 < trial.validation < 20, trial
