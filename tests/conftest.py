"""Settings that must hold before anything is imported, and a place for what the program keeps of its own."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator

import pytest

# Without a word to the contrary, the tests of the window need no display.
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")


@pytest.fixture(scope="session", autouse=True)
def own_data_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Let the program, in processes of its own too, write no log and keep no run where the person's are."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("XDG_DATA_HOME", "LOCALAPPDATA"):
            patch.setenv(name, str(tmp_path_factory.mktemp("data")))
        yield


@pytest.fixture(scope="session", autouse=True)
def heard_signals() -> Iterator[None]:
    """Let the programs that the tests start hear what the tests were started to ignore, as by nohup.

    A new program ignores what the one that starts it ignores; what that one handles, and be it by nothing, it hears.
    """
    numbers = [getattr(signal, name) for name in ("SIGINT", "SIGHUP") if hasattr(signal, name)]
    ignored = [number for number in numbers if signal.getsignal(number) is signal.SIG_IGN]
    for number in ignored:
        signal.signal(number, lambda *_: None)
    yield
    for number in ignored:
        signal.signal(number, signal.SIG_IGN)
