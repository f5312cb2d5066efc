"""What is remembered is read with a type and a default: a settings file may hold anything."""

from __future__ import annotations

from pathlib import Path

import pytest
from benchmarks.settings import find_faults, mutants, sound_settings
from PySide6.QtCore import QByteArray, QPoint, QSettings, QSize, Qt
from PySide6.QtWidgets import QSplitter, QWidget
from pytestqt.qtbot import QtBot

from elman_gui.controllers.recent_files import RecentFiles
from elman_gui.settings import keep_state, read_flag, read_number, read_text, read_texts, restore_state

ODD = (
    None, "", "nonsense", "nan", "inf", "1e400", 0, 2**62, 1.5, True, ["a", "b"], [], [1, None], {"a": 1}, QSize(3, 4),
    QPoint(1, 2), QByteArray(b"\xff\x00"), "\0", "@Variant(nonsense)",
)  # fmt: skip


@pytest.fixture(params=[False, True], ids=["at once", "from the file"])
def kept(request: pytest.FixtureRequest, settings: QSettings):  # type: ignore[no-untyped-def]
    """Put a value into the settings, and return them as they are or as a file has them."""

    def put(value: object) -> QSettings:
        settings.setValue("it", value)
        if not request.param:
            return settings
        settings.sync()
        return QSettings(settings.fileName(), QSettings.Format.IniFormat)

    return put


@pytest.mark.parametrize("value", ODD, ids=repr)
def test_every_reader_returns_its_type_whatever_is_there(kept, value: object) -> None:  # type: ignore[no-untyped-def]
    settings = kept(value)
    assert isinstance(read_text(settings, "it", "default"), str)
    assert 0.0 <= read_number(settings, "it", 7.0) < 1e300
    assert isinstance(read_flag(settings, "it", True), bool)
    assert all(isinstance(text, str) and text for text in read_texts(settings, "it"))
    assert restore_state(settings, "it", lambda _: pytest.fail("garbage was restored")) is False


def test_what_was_kept_is_read_again(kept) -> None:  # type: ignore[no-untyped-def]
    assert read_text(kept("dark"), "it", "system") == "dark"
    assert read_number(kept(20.5), "it", 1.0) == 20.5
    assert read_flag(kept(False), "it", True) is False
    assert read_flag(kept(True), "it", False) is True
    assert read_texts(kept(["one"]), "it") == ("one",)
    assert read_texts(kept(["one", "two"]), "it") == ("one", "two")


def test_a_state_of_a_widget_is_restored_only_byte_for_byte(qtbot: QtBot, settings: QSettings) -> None:
    def splitter() -> QSplitter:
        made = QSplitter()
        qtbot.addWidget(made)
        for _ in range(2):
            made.addWidget(QWidget())
        made.resize(400, 100)
        return made

    first, second = splitter(), splitter()
    first.setHandleWidth(6)
    first.setSizes([300, 94])
    keep_state(settings, "it", first.saveState())
    assert restore_state(settings, "it", second.restoreState)
    sizes = second.sizes()
    assert sizes[0] == 300
    state = bytes(settings.value("it").data())
    for place in range(len(state)):
        changed = state[:place] + bytes([state[place] ^ 0x41]) + state[place + 1 :]
        settings.setValue("it", QByteArray(changed))
        assert not restore_state(settings, "it", second.restoreState), place
    assert (second.sizes(), second.orientation()) == (sizes, Qt.Orientation.Horizontal)


@pytest.mark.parametrize(
    "value",
    ["", 7, [1, 2], [None], {"a": 1}, "a\0b", "x" * 5000, ["/proc/1/root/x", "/", "."], QSize(1, 1), QByteArray(b"x")],
    ids=lambda value: repr(value)[:30],
)
def test_a_recent_files_entry_of_another_type_is_left_out(settings: QSettings, value: object, tmp_path: Path) -> None:
    settings.setValue("recent", value)
    recent = RecentFiles(settings)
    assert recent.paths() == []
    (tmp_path / "there.csv").touch()
    recent.add(tmp_path / "there.csv")
    assert recent.paths() == [tmp_path / "there.csv"]


def test_only_as_many_recent_files_are_read_as_are_kept(settings: QSettings, tmp_path: Path) -> None:
    for number in range(30):
        (tmp_path / str(number)).touch()
    settings.setValue("recent", [str(tmp_path / str(number)) for number in range(30)])
    assert len(RecentFiles(settings).paths()) == 8


def test_a_window_opens_as_it_should_with_any_mutated_settings_file(qtbot: QtBot, tmp_path: Path) -> None:
    """A thousand of them are opened by the benchmark."""
    sound = sound_settings(tmp_path)
    assert find_faults(sound) == []
    assert [fault for path in mutants(sound, tmp_path, 8) for fault in find_faults(path)] == []


def test_any_mutated_settings_file_is_read(tmp_path: Path, settings: QSettings) -> None:
    settings.setValue("recent", [str(tmp_path / "a"), str(tmp_path / "b")])
    settings.setValue("speed", 20.0)
    settings.setValue("theme", "dark")
    settings.setValue("inside", True)
    keep_state(settings, "columns", QByteArray(b"state of a splitter"))
    settings.sync()
    for path in mutants(Path(settings.fileName()), tmp_path, 40, seed=1):
        read = QSettings(str(path), QSettings.Format.IniFormat)
        assert isinstance(read_text(read, "theme", "system"), str)
        assert abs(read_number(read, "speed", 60.0)) < float("inf")
        assert isinstance(read_flag(read, "inside", False), bool)
        assert len(RecentFiles(read).paths()) <= 8
        restored: list[QByteArray] = []
        restore_state(read, "columns", restored.append)
        assert restored in ([], [QByteArray(b"state of a splitter")])
