"""Settings files that hold anything: each is mutated, a window is opened with it, and has to be as one should be."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Iterator
from pathlib import Path

from PySide6.QtCore import QByteArray, QCoreApplication, QEvent, QSettings, QSize
from PySide6.QtWidgets import QApplication, QSplitter

from elman_gui.app import make_application, make_window
from elman_gui.theme import ThemeChoice
from elman_gui.window.main_window import MainWindow

from .measure import PLATFORM, Result, in_a_process

__all__ = ["find_faults", "mutants", "run", "settings_cases", "sound_settings"]

_MUTANTS = 1_000
_SECONDS = 3000
_HERE = Path(__file__).parent
_CODE = f"""
import sys
sys.path.append({str(_HERE.parent)!r})
from {_HERE.name}.settings import run
run({_MUTANTS})
"""
_VALUES: tuple[object, ...] = (
    "", "nonsense", "nan", "inf", "-inf", "1e400", "-1", 0, 2**62, 1.5, True, "\0", "/", "." * 5000, ["a", "b"], [],
    [1, None, 2.5], {"a": 1}, QByteArray(b"\xff" * 40), QByteArray(), QSize(3, 4), b"bytes", "@Invalid()", "@Size(1 2)",
)  # fmt: skip
_PIECES = (
    b"@Variant(\x00\x00\x00\x7f)", b"@ByteArray(", b"@Variant(\\0\\0\\0\\t\\xff\\xff\\xff\\xff)", b"\\x", b"=", b"[",
    b"]", b"\n", b"\x00", b"\xff\xfe", b"%", b";", b'"', b"@Rect(1 2 3 4)", b", ", b"99999999999999999999", b"true",
)  # fmt: skip


def settings_cases() -> Iterator[Result]:
    """Open a window with each of many mutated settings files, in one process."""
    found = in_a_process(_CODE, PLATFORM, _SECONDS)
    faults = found["faults"]
    yield Result(
        f"{_MUTANTS:,} mutated settings files at a start", f"{len(faults)} faults", "none", not faults,
        faults[0] if faults else f"{found['seconds']:.0f} s in one process",
    )  # fmt: skip


def mutants(sound: Path, folder: Path, count: int, seed: int = 0) -> Iterator[Path]:
    """Yield settings files: some with values of other types, some with bytes changed, put in or taken out."""
    draw, content = random.Random(seed), sound.read_bytes()
    names = QSettings(str(sound), QSettings.Format.IniFormat).allKeys()
    for number in range(count):
        path = folder / f"{number}.ini"
        if number % 2:
            path.write_bytes(content)
            settings = QSettings(str(path), QSettings.Format.IniFormat)
            for name in draw.sample(names, draw.randint(1, 3)):
                settings.setValue(name, draw.choice(_VALUES))
            settings.sync()
        else:
            path.write_bytes(_mutated(content, draw))
        yield path


def _mutated(content: bytes, draw: random.Random) -> bytes:
    data = bytearray(content)
    for _ in range(draw.choice((1, 1, 2, 5, 20))):
        at = draw.randrange(max(1, len(data)))
        match draw.randrange(5):
            case 0:
                data[at : at + 1] = bytes([draw.randrange(256)])
            case 1:
                data[at:at] = draw.choice(_PIECES)
            case 2:
                del data[at : at + draw.choice((1, 4, 40))]
            case 3:
                data[at:at] = data[at : at + 60]
            case _:
                del data[at:]
    return bytes(data)


def find_faults(path: Path) -> list[str]:
    """Open a window with a settings file and close it; return what is not as it should be."""
    settings = QSettings(str(path), QSettings.Format.IniFormat)
    window = make_window(settings)
    window.show()
    QApplication.sendPostedEvents()
    faults = [f"{path.name}: {fault}" for fault in _faults(window)]
    window.documents._closing = True
    window.close()
    window.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    return faults


def _faults(window: MainWindow) -> Iterator[str]:
    if window.theme_choice not in ThemeChoice:
        yield f"the theme is {window.theme_choice!r}"
    if window.session.run.speed != window.transport.chosen_speed:
        yield f"the speed is {window.session.run.speed}"
    if not all(path.is_file() for path in window.recent.paths()) or len(window.recent.paths()) > 8:
        yield f"recent files are {window.recent.paths()}"
    if window.left.shown not in ("Guide", "Settings"):
        yield f"at the left is {window.left.shown!r}"
    screen = window.screen().availableGeometry()
    if not screen.intersects(window.frameGeometry()) or not (300 <= window.width() <= 4000):
        yield f"the window is at {window.geometry()}"
    for splitter in window.findChildren(QSplitter):
        parts = [splitter.widget(place) for place in range(splitter.count())]
        sizes = zip(splitter.sizes(), parts, strict=True)
        shown = [size for size, part in sizes if part is not None and part.isVisible()]
        if splitter.isVisible() and (not all(shown) or not 0 < splitter.handleWidth() <= 40):
            yield f"a splitter has {shown}, handles of {splitter.handleWidth()} px"


def sound_settings(folder: Path) -> Path:
    """Write the settings that a window leaves which was used."""
    path = folder / "sound.ini"
    settings = QSettings(str(path), QSettings.Format.IniFormat)
    settings.setValue("tour/seen", True)
    window = make_window(settings)
    for name in ("one.csv", "two.safetensors"):
        (folder / name).touch()
        window.recent.add(folder / name)
    window.set_theme(ThemeChoice.DARK)
    window.show()
    window.documents._closing = True
    window.close()
    settings.sync()
    return path


def run(count: int) -> None:
    """Open a window with each mutant, and write as JSON what was found."""
    import json
    import sys
    import time

    make_application()
    start = time.perf_counter()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        faults = []
        for path in mutants(sound_settings(folder), folder, count):
            try:
                faults += find_faults(path)
            except Exception as error:
                faults.append(f"{path.name}: {type(error).__name__}: {error}")
    sys.stdout.write(json.dumps({"faults": faults, "seconds": time.perf_counter() - start}) + "\n")
