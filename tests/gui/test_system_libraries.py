"""Missing system libraries are found, named by their packages, and installed; no Qt is needed for that."""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
import sys
from collections.abc import Callable

import pytest

from elman_gui.system_libraries import advice, main, missing_libraries, missing_packages

Hide = Callable[..., None]


@pytest.fixture
def hide(monkeypatch: pytest.MonkeyPatch) -> Hide:
    """Let the loader find every library but the ones named."""

    def hide(*names: str) -> None:
        def load(name: str) -> None:
            if name in names:
                raise OSError(f"{name}: cannot open shared object file")

        monkeypatch.setattr(ctypes, "CDLL", load)

    monkeypatch.setattr(sys, "platform", "linux")
    return hide


class Machine:
    """A machine on which commands are only noted down, as root, with all tools; exit codes can be set."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.commands: list[str] = []
        self.tools = {"apt-get", "sudo"}
        self.user = 0
        self.known = {"libegl1"}
        self.codes: dict[str, int] = {}
        monkeypatch.setattr(shutil, "which", lambda tool: tool if tool in self.tools else None)
        monkeypatch.setattr(os, "geteuid", lambda: self.user, raising=False)
        monkeypatch.setattr(subprocess, "run", self.run)

    def run(self, command: list[str], **_: object) -> subprocess.CompletedProcess[bytes]:
        if command[0] == "apt-cache":
            return subprocess.CompletedProcess(command, 0 if command[-1] in self.known else 100)
        self.commands.append(" ".join(command))
        code = next((code for word, code in self.codes.items() if word in command), 0)
        return subprocess.CompletedProcess(command, code)


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Machine:
    return Machine(monkeypatch)


def test_nothing_is_missing_where_every_library_loads(hide: Hide) -> None:
    hide()
    assert missing_packages(x11=True) == ()


def test_a_missing_library_is_named_by_its_package(hide: Hide) -> None:
    hide("libEGL.so.1", "libxcb-cursor.so.0")
    assert missing_libraries(x11=True) == ("libEGL.so.1", "libxcb-cursor.so.0")
    assert missing_packages(x11=True) == ("libegl1", "libxcb-cursor0")


def test_the_libraries_of_x11_are_asked_for_only_where_x11_is_wanted(hide: Hide) -> None:
    hide("libEGL.so.1", "libxcb-cursor.so.0")
    assert missing_packages(x11=False) == ("libegl1",)


def test_a_package_that_holds_two_libraries_is_named_once(hide: Hide) -> None:
    hide("libglib-2.0.so.0", "libgthread-2.0.so.0")
    assert missing_packages(x11=False) == ("libglib2.0-0",)


@pytest.mark.parametrize("platform", ["darwin", "win32"])
def test_nothing_is_ever_missing_outside_linux(hide: Hide, monkeypatch: pytest.MonkeyPatch, platform: str) -> None:
    hide("libEGL.so.1", "libxcb-cursor.so.0")
    monkeypatch.setattr(sys, "platform", platform)
    assert missing_packages(x11=True) == ()


def test_the_advice_is_one_sentence_with_the_command() -> None:
    assert advice(("libegl1", "libxcb-cursor0")) == (
        "The window needs system libraries that are not installed; on Debian or Ubuntu, install them with: "
        "sudo apt-get install libegl1 libxcb-cursor0"
    )


def test_without_install_what_is_missing_is_only_listed(
    hide: Hide, machine: Machine, capsys: pytest.CaptureFixture[str]
) -> None:
    hide("libEGL.so.1")
    assert main([]) == 0
    assert capsys.readouterr().out == advice(["libegl1"]) + "\n"
    assert machine.commands == []


def test_install_does_nothing_where_nothing_is_missing(hide: Hide, machine: Machine) -> None:
    hide()
    machine.tools.clear()
    assert main(["--install"]) == 0
    assert machine.commands == []


def test_root_installs_what_is_missing_after_an_update(hide: Hide, machine: Machine) -> None:
    hide("libEGL.so.1", "libxcb-cursor.so.0")
    assert main(["--install"]) == 0
    assert machine.commands == [
        "env DEBIAN_FRONTEND=noninteractive apt-get update",
        "env DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends libegl1 libxcb-cursor0",
    ]


def test_anybody_else_installs_through_sudo(hide: Hide, machine: Machine) -> None:
    hide("libEGL.so.1")
    machine.user = 1000
    assert main(["--install"]) == 0
    assert [command.split()[0] for command in machine.commands] == ["sudo", "sudo"]


def test_a_package_is_installed_by_its_new_name_where_apt_knows_it(hide: Hide, machine: Machine) -> None:
    hide("libglib-2.0.so.0")
    machine.known.add("libglib2.0-0t64")
    assert main(["--install"]) == 0
    assert machine.commands[-1].endswith(" libglib2.0-0t64")


def test_without_apt_the_missing_libraries_are_named(
    hide: Hide, machine: Machine, capsys: pytest.CaptureFixture[str]
) -> None:
    hide("libEGL.so.1", "libxcb-cursor.so.0")
    machine.tools.clear()
    assert main(["--install"]) == 1
    assert capsys.readouterr().err.endswith("missing system libraries with: libEGL.so.1, libxcb-cursor.so.0.\n")


def test_without_root_and_sudo_the_advice_is_given(
    hide: Hide, machine: Machine, capsys: pytest.CaptureFixture[str]
) -> None:
    hide("libEGL.so.1")
    machine.user = 1000
    machine.tools.remove("sudo")
    assert main(["--install"]) == 1
    assert advice(["libegl1"]) in capsys.readouterr().err
    assert machine.commands == []


@pytest.mark.parametrize(("step", "commands"), [("update", 1), ("install", 2)])
def test_the_exit_code_of_a_failing_apt_is_passed_on(
    hide: Hide, machine: Machine, capsys: pytest.CaptureFixture[str], step: str, commands: int
) -> None:
    hide("libEGL.so.1")
    machine.codes[step] = 100
    assert main(["--install"]) == 100
    assert len(machine.commands) == commands
    assert "failed with code 100" in capsys.readouterr().err


def test_looking_for_libraries_imports_no_qt() -> None:
    code = "import sys, elman_gui.system_libraries, elman_gui.display; sys.exit('PySide6' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
