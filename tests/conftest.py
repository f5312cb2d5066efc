"""Settings that must hold before anything is imported, and a place for what the program keeps of its own."""

from __future__ import annotations

import os
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
