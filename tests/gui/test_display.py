"""Whether a display answers is found out without Qt, against real sockets."""

from __future__ import annotations

import contextlib
import socket
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from elman_gui import display
from elman_gui.display import display_problem

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux has these displays")

NO_DISPLAY = "there is no display (neither DISPLAY nor WAYLAND_DISPLAY is set)"


@pytest.fixture
def folder() -> Iterator[Path]:
    """Return a folder with a short path: that of a Unix socket has 107 bytes at most, and tmp_path can be longer."""
    with tempfile.TemporaryDirectory(prefix="elman-") as name:
        yield Path(name)


@pytest.fixture(autouse=True)
def no_x_server_on_tcp(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep a server that happens to run on this machine out of the tests."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        monkeypatch.setattr(display, "_X11_PORT", free.getsockname()[1] - 7)


@contextlib.contextmanager
def server(address: str) -> Iterator[None]:
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(address)
        listener.listen()
        yield


def test_without_any_display_the_variables_are_named(folder: Path) -> None:
    assert display_problem({}, folder) == NO_DISPLAY
    assert display_problem({"DISPLAY": "", "WAYLAND_DISPLAY": "", "QT_QPA_PLATFORM": ""}, folder) == NO_DISPLAY


@pytest.mark.parametrize("platform", ["offscreen", "minimal", "vnc:size=800x600", "xcb;offscreen"])
def test_a_platform_that_needs_no_display_is_no_problem(platform: str, folder: Path) -> None:
    assert display_problem({"QT_QPA_PLATFORM": platform, "DISPLAY": ":7"}, folder) is None


@pytest.mark.parametrize("name", [":7", ":7.0", "unix:7"])
def test_an_x_server_that_answers_is_no_problem(name: str, folder: Path) -> None:
    with server(str(folder / "X7")):
        assert display_problem({"DISPLAY": name}, folder) is None


def test_an_x_server_on_an_abstract_socket_is_found(folder: Path) -> None:
    with server(f"\0{folder}/X7"):
        assert display_problem({"DISPLAY": ":7"}, folder) is None


def test_an_x_server_on_another_host_is_found(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        monkeypatch.setattr(display, "_X11_PORT", listener.getsockname()[1] - 7)
        assert display_problem({"DISPLAY": "127.0.0.1:7.0"}, folder) is None


def test_a_display_without_a_server_does_not_answer(folder: Path) -> None:
    assert display_problem({"DISPLAY": ":7"}, folder) == "the display ':7' (from DISPLAY) does not answer"


def test_a_socket_that_a_dead_server_left_behind_does_not_answer(folder: Path) -> None:
    with server(str(folder / "X7")):
        pass
    assert (folder / "X7").is_socket()
    assert display_problem({"DISPLAY": ":7"}, folder) == "the display ':7' (from DISPLAY) does not answer"


@pytest.mark.parametrize("name", ["nonsense", ":", ":-1", ":seven", "127.0.0.1:99999", f"{'x' * 64}:7"])
def test_a_display_that_cannot_be_does_not_answer(name: str, folder: Path) -> None:
    assert display_problem({"DISPLAY": name}, folder) == f"the display {name!r} (from DISPLAY) does not answer"


def test_a_wayland_compositor_that_answers_is_no_problem(folder: Path) -> None:
    with server(str(folder / "wayland-1")):
        assert display_problem({"WAYLAND_DISPLAY": "wayland-1", "XDG_RUNTIME_DIR": str(folder)}, folder) is None
        assert display_problem({"WAYLAND_DISPLAY": str(folder / "wayland-1")}, folder) is None


def test_an_x_server_helps_where_the_wayland_compositor_does_not_answer(folder: Path) -> None:
    environment = {"WAYLAND_DISPLAY": "wayland-1", "XDG_RUNTIME_DIR": str(folder), "DISPLAY": ":7"}
    assert display_problem(environment, folder) == (
        "the display ':7' (from DISPLAY) and the display 'wayland-1' (from WAYLAND_DISPLAY) do not answer"
    )
    with server(str(folder / "X7")):
        assert display_problem(environment, folder) is None


def test_only_the_display_of_the_chosen_platform_counts(folder: Path) -> None:
    with server(str(folder / "X7")):
        environment = {"DISPLAY": ":7", "QT_QPA_PLATFORM": "wayland"}
        assert display_problem(environment, folder) == "there is no display (WAYLAND_DISPLAY is not set)"
    with server(str(folder / "wayland-1")):
        environment = {"WAYLAND_DISPLAY": str(folder / "wayland-1"), "QT_QPA_PLATFORM": "xcb"}
        assert display_problem(environment, folder) == "there is no display (DISPLAY is not set)"


def test_other_systems_always_have_a_display(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    assert display_problem({}) is None
