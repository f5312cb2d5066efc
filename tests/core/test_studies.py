"""A study's runs are those of `elman train`, however they are divided, stopped and taken up; each can be opened."""

from __future__ import annotations

import math
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from studies import figures, run_all, study_of

from elman_core.config.study import StudyMetric
from elman_core.data.dataset import Part, SequenceDataset
from elman_core.errors import ClusterError, ConfigError, ElmanError
from elman_core.experiment import Run
from elman_core.experiments.factory import begin_named
from elman_core.forecasting.forecaster import Forecaster
from elman_core.forecasting.horizons import score_as_trained, score_predictor
from elman_core.model.network import ElmanNetwork
from elman_core.studies import block, pace
from elman_core.studies.block import Block, KeptLosses, member_path, train_block
from elman_core.studies.reopen import difference_sentence, open_trial
from elman_core.studies.runner import refuse_hopeless, run_study
from elman_core.studies.store import StudyStore
from elman_core.studies.study import Study, StudyBase
from elman_core.studies.trial import Outcome, Trial
from elman_core.support.jobs import complete
from elman_core.training.course import Course
from elman_core.training.events import TrainingUpdate
from elman_core.training.history import History
from elman_core.training.trainer import Trainer

LINES = "abab\nabba\nabab\nbaab\n" * 6
CHAOS = [0.3]
while len(CHAOS) < 80:
    CHAOS.append(3.9 * CHAOS[-1] * (1 - CHAOS[-1]))
WAVES = "t,a,b\n" + "".join(f"{t},{math.sin(t / 3) + 2 + x:.6f},{math.cos(t / 5):.6f}\n" for t, x in enumerate(CHAOS))


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    (folder / "waves.csv").write_text(WAVES)
    (folder / "lines.txt").write_text(LINES)
    return folder


CASES: dict[str, tuple[str, list[str], dict[str, Any]]] = {
    "the tutorial": ("sine", ["hidden=2,6"], {"training": {"epochs": 30}}),
    "early stopping": ("sunspots", ["patience=2,0"], {"training": {"epochs": 30}}),
    "an optimizer with settings of its own": ("sine", ["optimizer=sgd,lbfgs"], {"training": {"epochs": 5}}),
    "transforms and lags": (
        "waves.csv", ["transforms=none,log+difference", "lags=1,3"],
        {"training": {"epochs": 4}, "data": {"columns": ("a",)}},
    ),
    "a horizon": (
        "waves.csv", ["horizon=1,3"], {"training": {"epochs": 4}, "data": {"test_rows": 12, "columns": ("a", "b")}},
    ),
    "a text": ("lines.txt", ["sequences=one,lines", "hidden=3"], {"training": {"epochs": 3}}),
    "features of letters": ("letters", ["hidden=3"], {"training": {"epochs": 1}}),
    "double precision": ("sine", ["precision=float64,float32"], {"training": {"epochs": 5, "seed": 7}}),
    "divergence": ("sine", ["learning_rate=90,0.1"], {"training": {"epochs": 20}}),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_a_run_is_what_elman_train_trains_with_its_settings_and_seed(case: str, files: Path) -> None:
    what, axes, base = CASES[case]
    what = str(files / what) if "." in what else what
    study = study_of(what, *axes, **base)
    results = run_all(study)
    assert len(results) == study.config.runs
    for trial in results:
        groups: dict[str, dict[str, Any]] = {"data": {}, "network": {}, "training": {}, "symbols": {}}
        for name, own in base.items():
            groups[name] |= own
        for name, value in trial.settings.items():
            group, _, field = name.partition(".")
            groups[group][field] = tuple(str(value).split("+")) if field == "transforms" and value != "none" else value
        if groups["data"].get("transforms") == "none":
            groups["data"] |= {"transforms": (), "scaling": "none"}
        groups["training"]["seed"] = trial.seed
        run, _ = begin_named(what, groups["data"], groups["network"], groups["training"], groups["symbols"] or None)
        trainer, history = Trainer(run), History()
        history.extend(trainer.updates())
        course = Course(history, ends=trainer.stopping.summary())
        end = int(trainer.stopping.end_epochs[0]) or history.epochs
        assert (trial.epochs, trial.best_epoch) == (end, course.weights_epoch)
        scores = complete(score_as_trained(trainer.network, run.dataset, None))
        if study.measure.in_errors:
            validation = scores[Part.VALIDATION]
            assert validation is not None and trial.validation == pytest.approx(validation.network.rmse, rel=1e-12)
        else:
            assert trial.train == course.train_loss or (math.isnan(trial.train) and course.weights_epoch == 0)
            assert trial.validation == course.validation_loss
        test = scores[Part.TEST]
        expected = None if test is None else test.network.rmse if test.symbols is None else test.symbols.bits
        assert trial.test == pytest.approx(expected, rel=1e-12) if expected is not None else trial.test is None


@pytest.mark.parametrize("size", [1, 2, 5])
def test_figures_do_not_depend_on_blocks_and_workers(monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    study = study_of("sunspots", "hidden=2,3", config={"seeds": 5}, training={"epochs": 8, "patience": 2})
    usual = figures(run_all(study))
    monkeypatch.setattr(pace.Pace, "size", lambda self, run, cell, missing, workers, remaining: min(size, missing))
    assert figures(run_all(study, workers=size)) == usual


def test_a_study_that_is_stopped_and_taken_up_has_each_run_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pace.Pace, "size", lambda self, run, cell, missing, workers, remaining: min(2, missing))
    study = study_of("sine", "hidden=2,3,4", config={"seeds": 5}, training={"epochs": 5})
    StudyStore.created(tmp_path / "s", study).close()
    counts = []
    for _ in range(100):
        with StudyStore.opened(tmp_path / "s", to_write=True) as store:
            updates = run_study(store.study, store, workers=1)
            for update in updates:
                if update.trials:
                    break
            updates.close()
            counts.append(len(store.results))
            if counts[-1] == study.config.runs:
                break
    assert len(counts) > 3 and counts == sorted(counts)
    assert figures(StudyStore.opened(tmp_path / "s").results) == figures(run_all(study))


def test_a_cell_whose_settings_do_not_go_together_is_told_and_the_others_run() -> None:
    study = study_of("sine", "optimizer=sgd,adam", "momentum=0,0.5", training={"epochs": 3})
    told = refuse_hopeless(study)
    why = "momentum is for sgd only, got 0.5 with adam"
    assert told == [f"optimizer adam, momentum 0.5 cannot be trained: {why}"]
    results = run_all(study)
    assert not any(update.trials or update.message for update in run_study(study, results=results))  # all is done
    assert [group.count(Outcome.FINISHED) for group in results.groups] == [3, 3, 3, 0]
    assert {trial.message for trial in results.groups[3].trials} == {why}
    again = [update.message for update in run_study(study) if update.message]
    assert again == told


def test_a_study_of_which_nothing_can_be_trained_is_refused() -> None:
    with pytest.raises(ConfigError, match="none of the 2 cells can be trained: truncation must be at most the 20"):
        refuse_hopeless(study_of("sine", "truncation=30,40"))
    with pytest.raises(ConfigError, match=r"^momentum is for sgd only, got 0.5 with adam$"):
        refuse_hopeless(study_of("sine", "momentum=0.5", training={"optimizer": "adam"}))
    with pytest.raises(ConfigError, match="sine has no test part to be judged by"):
        refuse_hopeless(study_of("sine", config={"metric": "test"}))


def test_an_unknown_setting_is_refused_where_a_study_is_made_of_its_config() -> None:
    with pytest.raises(
        ConfigError, match=r"there is no setting called 'network.hiden' \(did you mean network.hidden\?\)"
    ):
        Study(StudyBase(name="sine", what="sine"), study_of("sine", "hidden=2").config.replace(
            axes=({"field": "network.hiden", "values": (1,)},)))  # fmt: skip
    with pytest.raises(
        ConfigError, match="a study has at most 1,000,000,000,000 runs, and these settings and seeds make"
    ):
        study_of(
            "sine",
            *(f"{name}={','.join(map(str, range(1, 1001)))}" for name in ("hidden", "epochs", "lags", "horizon")),
        )


def test_diverged_runs_are_kept_and_count_as_the_worst() -> None:
    results = run_all(study_of("sine", "learning_rate=90,0.1", training={"epochs": 20}))
    assert [group.count(Outcome.DIVERGED) for group in results.groups] == [3, 0]
    assert np.isnan(results.groups[0].values(StudyMetric.TRAIN)).all()
    assert results.chosen is results.groups[1]


def test_what_fails_in_a_block_is_the_message_of_its_own_run(monkeypatch: pytest.MonkeyPatch) -> None:
    study = study_of("sine", training={"epochs": 2})
    run = study.checked({})
    whole = Block(0, {}, 0, run.name, run.network, run.training.replace(networks=5))
    train = block._train

    def fails(given: Block, dataset: SequenceDataset) -> tuple[Trial, ...]:
        seed = given.training.seed
        if seed <= 3 < seed + given.runs:
            raise MemoryError
        return train(given, dataset)

    monkeypatch.setattr(block, "_train", fails)
    trials = train_block(whole, run.dataset)
    assert [trial.seed for trial in trials] == [1, 2, 3, 4, 5] == [trial.number + 1 for trial in trials]
    assert [trial.outcome.value for trial in trials] == ["finished", "finished", "failed", "finished", "finished"]
    assert trials[2].message == "there is too little memory"
    monkeypatch.setattr(block, "_train", lambda given, dataset: 1 / 0)
    assert (
        train_block(next(whole.halves()), run.dataset)[0].message
        == "unexpected error: ZeroDivisionError: division by zero"
    )


def test_kept_losses_are_those_of_the_best_epoch_in_whatever_slices_they_come() -> None:
    validation = np.array([[3.0, 1.0, 5.0], [2.0, 1.0, 4.0], [2.0, 0.5, np.nan], [4.0, 0.7, np.nan]])
    train = np.arange(12.0).reshape(4, 3)
    for edges in ([4], [1, 2, 3, 4], [2, 4]):
        for judged, expected in ((validation, [3.0, 7.0, 5.0]), (None, [9.0, 10.0, 11.0])):
            losses, start = KeptLosses(3), 0
            for stop in edges:
                own = None if judged is None else judged[start:stop]
                losses.add(TrainingUpdate(stop, 0, 0, train[start:stop], own))
                start = stop
            assert losses.train.tolist() == expected
            if judged is not None:
                assert losses.validation is not None and losses.validation.tolist() == [2.0, 0.5, 4.0]


def test_what_others_came_to_is_kept_when_the_executor_fails(tmp_path: Path) -> None:
    class Failing(ThreadPoolExecutor):
        calls = 0

        def submit(self, function: Any, /, *arguments: Any, **named: Any) -> Future[Any]:
            self.calls += 1
            if self.calls <= 3:
                return super().submit(function, *arguments)
            failed: Future[Any] = Future()
            failed.set_exception(ClusterError("the cluster is gone"))
            return failed

    study = study_of("sine", "hidden=1,2,3,4,5", training={"epochs": 3})
    with StudyStore.created(tmp_path / "s", study) as store, Failing(1) as executor:
        with pytest.raises(ClusterError, match="the cluster is gone"):
            for _ in run_study(study, store, executor, workers=2):
                pass
        kept = len(store.results)
    assert kept == len(StudyStore.opened(tmp_path / "s").results) and kept % 3 == 0
    with StudyStore.opened(tmp_path / "s", to_write=True) as store:
        assert figures(run_all(store.study, store)) == figures(run_all(study))


def test_seeds_go_as_far_as_seeds_can() -> None:
    with pytest.raises(ConfigError, match="the last seed must be at most 9223372036854775807, got 9223372036854775808"):
        study_of("sine", config={"seeds": 2}, training={"seed": 2**63 - 1})
    assert len(run_all(study_of("sine", config={"seeds": 1}, training={"seed": 2**63 - 1, "epochs": 1}))) == 1


# -- opening a run ----------------------------------------------------------------------------------


@pytest.mark.parametrize("keep", ["none", "chosen", "all"])
def test_every_run_opens_with_the_numbers_of_its_line(tmp_path: Path, keep: str) -> None:
    study = study_of("sunspots", "hidden=2,4", config={"keep": keep}, training={"epochs": 12, "patience": 3})
    with StudyStore.created(tmp_path / "s", study) as store:
        results = run_all(study, store)
        assert len(list(store.models.glob("*"))) == {"none": 0, "chosen": 1, "all": 6}[keep]
        for trial in results:
            run = complete(open_trial(study, trial, store))
            assert isinstance(run, Run)
            course = Course(run.history, ends=run.ends)
            assert (course.train_loss, course.validation_loss) == (trial.train, trial.validation)
            assert course.weights_epoch == trial.best_epoch and run.training.seed == trial.seed
            assert difference_sentence(study, run, trial) == ""
            assert run.weights is not None
            network = ElmanNetwork(run.network, *_tensors(run.weights.w1, run.weights.w2))
            test = complete(score_as_trained(network, run.dataset, None))[Part.TEST]
            assert test is not None and test.network.rmse == pytest.approx(trial.test, rel=1e-12)
        changed = replace(results.trial(0), train=results.trial(0).train * 1.01)
        assert "came to a loss of" in difference_sentence(study, complete(open_trial(study, results.trial(0))), changed)


def _tensors(*arrays: Any) -> list[Any]:
    import torch

    return [torch.from_numpy(np.array(array)) for array in arrays]


def test_a_damaged_model_file_is_trained_again(tmp_path: Path) -> None:
    study = study_of("sine", config={"keep": "all"}, training={"epochs": 3})
    with StudyStore.created(tmp_path / "s", study) as store:
        results = run_all(study, store)
        for path in store.models.glob("*"):
            path.write_bytes(b"nonsense")
        assert difference_sentence(study, complete(open_trial(study, results.trial(0), store)), results.trial(0)) == ""


def test_an_experiment_that_is_open_is_the_base_of_a_study_with_all_its_settings(files: Path) -> None:
    what = str(files / "waves.csv")
    run, _ = begin_named(what, {"columns": ("b",), "lags": 2}, {"hidden": 3}, {"epochs": 3, "optimizer": "sgd"})
    base = StudyBase.of_run(run)
    study = Study(StudyBase(**base.model_dump(mode="json")), study_of("sine", "hidden=3,4").config)
    same = study.checked({"network.hidden": 3})
    assert (same.network, same.training, same.dataset.config) == (run.network, run.training, run.dataset.config)
    np.testing.assert_array_equal(same.dataset.values, run.dataset.values)
    text, _ = begin_named(str(files / "lines.txt"), {}, {}, {"epochs": 3}, {"sequences": "lines"})
    study = Study(StudyBase.of_run(text), study_of("sine", "minimum_count=1,49").config)
    assert study.checked({"symbols.minimum_count": 1}).training == text.training
    rare = study.checked({"symbols.minimum_count": 49})
    assert rare.network.inputs < text.network.inputs and rare.dataset.panel.has_several


# -- searches ---------------------------------------------------------------------------------------

SEARCHES = {
    "random": ["hidden=1,2,3", "learning_rate=0.01,0.1"],
    "random over a range": ["learning_rate=0.001:0.2:log", "hidden=1:4"],
    "tpe": ["learning_rate=0.001:0.2:log", "hidden=1:4"],
}


@pytest.mark.parametrize("search", SEARCHES)
def test_a_search_tries_the_same_cells_however_many_workers_and_however_often_it_is_stopped(
    tmp_path: Path, search: str
) -> None:
    config = {"search": search.split()[0], "trials": 15 if search == "tpe" else 5, "seeds": 2}
    study = study_of("sine", *SEARCHES[search], config=config, training={"epochs": 4})
    expected = figures(run_all(study, workers=1))
    assert len(expected) == study.config.runs == 2 * config["trials"]
    assert figures(run_all(study, workers=3)) == expected
    assert len({repr(told[-1]) for told in expected}) == config["trials"], "no cell is tried twice"
    StudyStore.created(tmp_path / "s", study).close()
    while len(StudyStore.opened(tmp_path / "s").results) < study.config.runs:
        with StudyStore.opened(tmp_path / "s", to_write=True) as store:
            updates = run_study(store.study, store, workers=1)
            for update in updates:
                if update.trials:
                    break
            updates.close()
    assert figures(StudyStore.opened(tmp_path / "s").results) == expected


def test_tpe_finds_better_settings_than_chance_and_never_looks_at_the_test_part() -> None:
    config = {"search": "tpe", "trials": 30, "seeds": 1}
    axes = ("learning_rate=0.0001:1:log",)
    found = run_all(study_of("sine", *axes, config=config, training={"epochs": 10}))
    rates = found.values(StudyMetric.TRAIN)
    assert np.nanmedian(rates[10:]) < np.nanmedian(rates[:10])
    settings = [
        [told[-1] for told in figures(run_all(study_of(
            "sunspots", *axes, config=config | {"metric": metric, "trials": 16}, training={"epochs": 2})))]
        for metric in ("validation", "test")
    ]  # fmt: skip
    assert settings[0] == settings[1]


def test_cells_that_fail_are_told_to_a_search_as_the_worst() -> None:
    config = {"search": "tpe", "trials": 18, "seeds": 1}
    study = study_of("sine", "momentum=0:0.5", "optimizer=sgd,adam", config=config, training={"epochs": 2})
    results = run_all(study)
    assert len(results) == 18 and results.count(Outcome.FAILED) > 0


# -- the automatic recipe ---------------------------------------------------------------------------

QUICK = {"networks": 1, "inner_networks": 1, "epochs": 30, "patience": 9, "transforms": ("difference",), "horizon": 3}


def test_with_auto_a_run_is_a_forecaster_from_its_own_seed(tmp_path: Path, files: Path) -> None:
    study = study_of(
        str(files / "waves.csv"), config={"seeds": 2, "keep": "chosen"}, automatic=QUICK, data={"columns": ("a",)}
    )
    study = Study(study.base, study.config.replace(axes=({"field": "automatic.hidden", "values": (2, 3)},)))
    with StudyStore.created(tmp_path / "s", study) as store:
        results = run_all(study, store)
        assert [trial.outcome for trial in results] == 4 * [Outcome.FINISHED], results.trial(0).message
        assert len({trial.test for trial in results}) == 4
        (saved,) = store.models.iterdir()
        for trial in results:
            forecaster = complete(open_trial(study, trial, store))
            assert isinstance(forecaster, Forecaster) and difference_sentence(study, forecaster, trial) == ""
            predictor = complete(forecaster.predictor())
            scores = complete(score_predictor(predictor, forecaster.dataset, lost_rows=forecaster.warm_up_rows))
            train, test = scores[Part.TRAIN], scores[Part.TEST]
            assert train is not None and test is not None and forecaster.errors is not None
            assert (train.network.rmse, test.network.rmse) == pytest.approx((trial.train, trial.test), rel=1e-12)
            assert trial.validation == pytest.approx(np.sqrt(np.mean(forecaster.errors[0] ** 2)), rel=1e-12)
        assert results.chosen is not None
        best = min(results.chosen.trials, key=lambda trial: float(trial.validation or 0))
        assert saved == member_path(store.models, best.cell, best.seed)
    assert figures(StudyStore.opened(tmp_path / "s").results) == figures(run_all(study, workers=1))


def test_a_forecaster_that_cannot_be_fitted_is_told_before(files: Path) -> None:
    study = study_of(str(files / "waves.csv"), automatic=QUICK, data={"columns": ("nowhere",)})
    with pytest.raises(ElmanError, match="nowhere"):
        refuse_hopeless(study)
    assert {trial.outcome for trial in run_all(study)} == {Outcome.FAILED}
