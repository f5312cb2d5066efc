"""Any network of an ensemble is looked at in every view, saved and branched; a course not kept is trained again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from driving import Driver
from PySide6.QtCore import QSettings, Qt
from pytestqt.qtbot import QtBot

from elman_core.config import TrainingConfig
from elman_core.experiment import Run
from elman_core.storage.model_file import load_model
from elman_core.training.history import History
from elman_core.training.stopping import MemberEnd
from elman_core.training.trainer import Trainer
from elman_gui.controllers.run_state import RunState
from elman_gui.known_courses import KnownCourses
from elman_gui.window.main_window import MainWindow

NETWORKS, EPOCHS = 4, 40


@pytest.fixture
def ensemble(driver: Driver) -> Driver:
    """A window after 40 epochs of four networks of the sine."""
    driver.configure(epochs=EPOCHS, networks=NETWORKS)
    driver.train()
    return driver


@pytest.fixture
def other_window(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Driver]:
    """A second window, as after starting the program again."""
    driver = Driver(qtbot, monkeypatch, QSettings(str(tmp_path / "other.ini"), QSettings.Format.IniFormat))
    yield driver
    driver.destroy()


def choose(driver: Driver, number: int) -> None:
    """Choose a network, and wait until it is shown and scored."""
    with driver.idle_evaluated():
        driver.window.status.members.number.setValue(number)


def until_course(driver: Driver) -> None:
    driver.until(lambda: driver.session.document.trained_again is not None)
    driver.until(driver.window.timeline.missing.isHidden)


def alone(training: TrainingConfig, of: Run, epochs: int | None = None) -> tuple[Trainer, History]:
    """Train one network alone, without any window."""
    torch.set_num_threads(1)
    trainer, history = Trainer(Run(of.name, of.dataset, of.network, training), device="cpu"), History()
    history.extend(trainer.updates(last_epoch=epochs, keep_checkpoints=True))
    return trainer, history


# -- choosing -----------------------------------------------------------------------------------------


def test_there_is_nothing_to_choose_with_one_network(driver: Driver, window: MainWindow) -> None:
    assert not window.status.members.isVisible()
    driver.configure(networks=3)
    assert window.status.members.isVisible()
    assert window.status.members.number.text() == "1 of 3"
    with driver.idle_evaluated():
        driver.trigger("undo")
    assert not window.status.members.isVisible()


def test_a_network_is_chosen_with_the_keyboard(ensemble: Driver, window: MainWindow) -> None:
    number = window.status.members.number
    window.activateWindow()
    ensemble.until(window.isActiveWindow)
    number.setFocus()
    with ensemble.idle_evaluated():
        ensemble.qtbot.keyClick(number, Qt.Key.Key_Up)
    assert ensemble.session.document.member == 1


def test_every_view_shows_the_network_that_is_chosen(ensemble: Driver, window: MainWindow) -> None:
    experiment = ensemble.session.experiment
    trainer, history = alone(experiment.training.of_member(2), experiment)
    choose(ensemble, 3)
    w1, w2 = (weights[0].numpy() for weights in (trainer.network.w1, trainer.network.w2))
    np.testing.assert_array_equal(window.inside.weights._w1, w1)
    np.testing.assert_array_equal(window.inside.diagram._snapshot.own[1], w2)
    np.testing.assert_array_equal(window.guide._snapshot.own[0], w1)
    data = window.loss.data()
    np.testing.assert_allclose(data.columns[1], history.train[:, 0] / experiment.dataset.train_steps)
    assert "network 3" in [entry.text for entry in window.loss.legend._shown]
    response = window.inspection.now.response
    own = Trainer(
        Run("sine", experiment.dataset, experiment.network, experiment.training.of_member(2), trainer.weights())
    )
    *_, expected = _results(own.snapshot(whole=True))
    np.testing.assert_allclose(response.one_step, expected.response.one_step, atol=1e-6)
    shown = window.fit.data().columns[2]
    np.testing.assert_allclose(shown[1 : 1 + len(response.one_step)], response.one_step[: len(shown) - 1, 0], atol=1e-6)


def _results(job):  # type: ignore[no-untyped-def]
    result = yield from job
    yield result


def test_scores_are_those_of_the_network_that_is_chosen(ensemble: Driver) -> None:
    told = []
    ensemble.session.run.scores_changed.connect(told.append)
    choose(ensemble, 2)
    choose(ensemble, 1)
    second, first = (next(iter(scores.values())).network.rmse for scores in told if scores is not None)
    assert first != second


def test_while_it_trains_another_network_is_shown_from_the_next_snapshot_on(driver: Driver, window: MainWindow) -> None:
    driver.configure(networks=3)
    shown = []
    driver.session.run.snapshot_changed.connect(lambda snapshot: shown.append(snapshot.member))
    driver.begin_long_run()
    window.status.members.number.setValue(3)
    del shown[:]
    driver.until(lambda: len(shown) > 3)
    assert set(shown) == {2}
    with driver.idle_evaluated():
        driver.trigger("stop")
    assert set(shown) == {2}
    np.testing.assert_array_equal(window.inside.weights._w1, driver.session.experiment.weights.w1[2])


def test_the_course_that_is_kept_is_that_of_the_network_looked_at_when_the_run_begins(driver: Driver) -> None:
    driver.configure(networks=3, epochs=12)
    choose(driver, 2)
    driver.train()
    path = driver.session.experiment.history.path
    assert path.member == 1
    np.testing.assert_array_equal(path.points[-1].w1, driver.session.experiment.weights.w1[1])
    assert [point.epoch for point in path.points] == list(range(13))
    assert driver.window.timeline.missing.isHidden()


# -- a course that was not kept -----------------------------------------------------------------------


def test_a_network_whose_weights_were_not_kept_is_trained_again_from_its_seed(
    ensemble: Driver, window: MainWindow
) -> None:
    experiment = ensemble.session.experiment
    _, history = alone(experiment.training.of_member(3), experiment)
    choose(ensemble, 4)
    until_course(ensemble)
    points = ensemble.session.document.course.path.points
    assert [point.epoch for point in points] == list(range(EPOCHS + 1))
    for point, expected in zip(points, history.path.points, strict=True):
        np.testing.assert_array_equal(point.w1, expected.w1)
    np.testing.assert_array_equal(points[-1].w1, experiment.weights.w1[3])
    window.timeline.slider.setValue(20)
    assert window.inspection.viewed_point.epoch == 20
    assert not ensemble.session.experiment.history.path.member  # the run's own is as it was


def test_what_was_trained_again_goes_on_when_the_run_does(ensemble: Driver) -> None:
    choose(ensemble, 2)
    until_course(ensemble)
    ensemble.train()
    ensemble.until(lambda: ensemble.session.document.trained_again.history.epochs == 2 * EPOCHS)
    last = ensemble.session.document.course.path.points[-1]
    np.testing.assert_array_equal(last.w1, ensemble.session.experiment.weights.w1[1])


def test_a_course_that_is_not_wanted_is_cancelled_and_had_when_it_is_asked_for(
    ensemble: Driver, window: MainWindow
) -> None:
    missing = window.timeline.missing
    window.status.members.number.setValue(2)
    assert missing.words.text() == "The course of network 2 was not kept."
    ensemble.session.retraining.cancel()
    ensemble.worker_answers()
    assert missing.start.isVisible() and not missing.bar.isVisible()
    assert ensemble.session.document.trained_again is None
    ensemble.click(missing.start)
    assert missing.words.text() == "Training network 2 again to show its course"
    until_course(ensemble)


def test_where_the_settings_were_changed_on_the_way_a_course_cannot_be_had_again(
    ensemble: Driver, window: MainWindow
) -> None:
    ensemble.configure(momentum=0.5, epochs=2 * EPOCHS)
    ensemble.train()
    choose(ensemble, 2)
    ensemble.until(lambda: "its course cannot be shown" in window.timeline.missing.words.text())
    assert not window.timeline.missing.start.isVisible()
    assert not ensemble.problems()


def test_courses_that_hold_too_much_go_the_oldest_first(ensemble: Driver) -> None:
    choose(ensemble, 2)
    until_course(ensemble)
    again = ensemble.session.document.trained_again
    known = KnownCourses()
    known.keep(1, again)
    known = KnownCourses(most_bytes=2 * known.held_bytes)
    for member in (1, 2, 3):
        known.keep(member, again)
    assert known.of(1) is None and known.of(2) is again and known.of(3) is again


# -- branching and saving -----------------------------------------------------------------------------


def test_a_branch_of_an_ensemble_is_one_network_alone_and_undo_brings_all_back(
    ensemble: Driver, window: MainWindow, tmp_path: Path
) -> None:
    session = ensemble.session
    ensemble.file_dialogs_give(tmp_path / "all.safetensors")
    with ensemble.signal(session.saved):
        ensemble.trigger("save")
    before = session.experiment
    choose(ensemble, 3)
    until_course(ensemble)
    window.timeline.slider.setValue(10)
    with ensemble.idle_evaluated():
        ensemble.trigger("branch")
    assert session.experiment.training.networks == 1
    assert session.experiment.training.seed == before.training.seed + 2
    assert session.experiment.history.epochs == EPOCHS
    np.testing.assert_array_equal(session.experiment.history.branches[0].train[:, 0], before.history.train[10:, 2])
    assert "The branch is network 3 alone, with its seed, 3. Edit > Undo" in window.notice.text.text()
    assert session.path is None and session.is_modified  # it must not take the place of all networks
    assert not window.status.members.isVisible()
    ensemble.train()
    assert not ensemble.problems()
    with ensemble.idle_evaluated():
        ensemble.trigger("undo")
    assert session.experiment.weights is before.weights
    assert (session.document.member, window.status.members.number.text()) == (2, "3 of 4")
    assert session.path == tmp_path / "all.safetensors"


def test_the_network_that_is_looked_at_is_saved_alone_and_goes_on_as_in_the_ensemble(
    ensemble: Driver, other_window: Driver, tmp_path: Path
) -> None:
    path = tmp_path / "third.safetensors"
    ensemble.file_dialogs_give(path)
    choose(ensemble, 3)
    until_course(ensemble)
    with ensemble.signal(ensemble.session.saved):
        ensemble.trigger("save_member")
    assert ensemble.session.is_modified and ensemble.session.path is None  # the ensemble is not saved
    with other_window.idle_evaluated():
        other_window.window.open_path(path)
    assert other_window.session.experiment.training.networks == 1
    assert len(other_window.session.experiment.history.path.points) == EPOCHS + 1
    other_window.train()
    ensemble.train()
    np.testing.assert_array_equal(
        other_window.session.experiment.history.train[:, 0], ensemble.session.experiment.history.train[:, 2]
    )


def test_the_whole_ensemble_is_saved_and_opened_where_its_kept_course_is(
    driver: Driver, other_window: Driver, tmp_path: Path
) -> None:
    driver.configure(epochs=8, networks=3)
    choose(driver, 2)
    driver.train()
    path = tmp_path / "all.safetensors"
    driver.file_dialogs_give(path)
    with driver.signal(driver.session.saved):
        driver.trigger("save")
    with other_window.idle_evaluated():
        other_window.window.open_path(path)
    assert other_window.session.experiment.training.networks == 3
    assert other_window.window.status.members.number.text() == "2 of 3"
    assert other_window.window.timeline.missing.isHidden()


# -- ends ---------------------------------------------------------------------------------------------


def test_networks_that_stop_early_end_each_for_itself_and_keep_their_best_weights(
    driver: Driver, window: MainWindow, tmp_path: Path
) -> None:
    driver.open_built_in("sunspots")
    driver.configure(epochs=120, networks=6, patience=5, learning_rate=0.05)
    driver.train()
    experiment = driver.session.experiment
    stopping, history = experiment.weights.stopping, experiment.history
    early = np.flatnonzero(stopping.ends == MemberEnd.EARLY)
    assert len(early) > 1
    for member in early:
        assert stopping.best_epochs[member] == np.nanargmin(history.validation[:, member]) + 1
        np.testing.assert_array_equal(experiment.weights.w1[member], stopping.best_w1[member])
    choose(driver, int(early[-1]) + 1)
    have = "has" if len(early) == 1 else "have"
    assert window.status.members.words.text() == f"stopped early, {len(early)} of 6 networks {have} ended"
    expected = history.train[stopping.best_epochs[early[-1]] - 1, early[-1]] / experiment.dataset.train_steps
    assert f"train {expected:.3g} a step" in window.status.losses.text()
    path = tmp_path / "one.safetensors"
    driver.file_dialogs_give(path)
    with driver.signal(driver.session.saved):
        driver.trigger("save_member")
    saved = load_model(path)
    assert saved.history.epochs == stopping.end_epochs[early[-1]]
    assert saved.weights.stopping.ends.tolist() == [MemberEnd.EARLY]


# -- pauses -------------------------------------------------------------------------------------------


def test_paused_at_step_7_saved_opened_and_trained_on_gives_the_same_losses(
    driver: Driver, other_window: Driver, tmp_path: Path
) -> None:
    driver.configure(epochs=6, update_every=3, truncation=5)
    with driver.idle_evaluated():
        driver.trigger("step_epoch")
    for _ in range(7):
        with driver.idle_evaluated():
            driver.trigger("step_time")
    assert ", step 7" in driver.window.status.epoch.text()
    path = tmp_path / "paused.safetensors"
    driver.file_dialogs_give(path)
    with driver.signal(driver.session.saved):
        driver.trigger("save")
    with other_window.idle_evaluated():
        other_window.window.open_path(path)
    assert ", step 7" in other_window.window.status.epoch.text()
    other_window.train()
    experiment = other_window.session.experiment
    trainer, history = alone(experiment.training, experiment)
    np.testing.assert_array_equal(experiment.history.train, history.train)
    np.testing.assert_array_equal(experiment.weights.w1, trainer.weights().w1)


@pytest.mark.parametrize(
    "change", [{"truncation": 9}, {"update_every": "all", "truncation": "all"}, {"context_reset": 4}]
)
def test_an_epoch_that_other_settings_cannot_end_begins_again(driver: Driver, change: dict[str, object]) -> None:
    driver.configure(epochs=4, update_every=3, truncation=5)
    for action in ("step_epoch", "step_time", "step_time", "step_time", "step_time"):
        with driver.idle_evaluated():
            driver.trigger(action)
    point = driver.session.experiment.history.path.points[-1]
    driver.configure(**change)
    assert "step" not in driver.window.status.epoch.text()
    np.testing.assert_array_equal(driver.session.experiment.weights.w1[0], point.w1)
    driver.train()
    assert driver.session.experiment.history.epochs == 4
    assert not driver.problems()


def test_a_pause_in_the_midst_of_a_run_leaves_nothing_due(driver: Driver) -> None:
    driver.configure(update_every="all", truncation="all", learning_rate=0.001)
    driver.begin_long_run()
    with driver.idle_evaluated():
        driver.trigger("pause")
    assert driver.session.state is RunState.PAUSED
    assert driver.session.run._worker._trainer._engine.work_due == 0


def test_the_forecast_is_made_by_the_network_that_is_looked_at(ensemble: Driver) -> None:
    choose(ensemble, 3)
    dialog = ensemble.predict_dialog()
    assert "sine, network 3 of 4, epoch 40" in dialog.model.text()
    np.testing.assert_allclose(dialog._forecast.trained.weights.w1[0], ensemble.session.experiment.weights.w1[2])
    ensemble.click(dialog.close_button)


def test_one_network_is_not_saved_apart(driver: Driver) -> None:
    driver.configure(epochs=2)
    driver.train()
    assert not driver.window.actions_by_name["save_member"].isEnabled()
