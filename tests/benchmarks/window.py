"""How smooth the window is, and how soon it is there."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator

from .measure import PLATFORM, Result, in_a_process

__all__ = ["window_cases"]

_WATCH = """
import json, sys, time
from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtWidgets import QApplication
start = time.perf_counter()
class Watch(QObject):
    def eventFilter(self, watched, event):
        if event.type() == QEvent.Type.Paint:
            QApplication.instance().removeEventFilter(self)
            QTimer.singleShot(0, self.tell)  # when all of the window is painted
        return False
    def tell(self):
        import os
        print(json.dumps({"seconds": time.perf_counter() - start, "torch": "torch" in sys.modules}), flush=True)
        os._exit(0)
watch = Watch()
"""
_BARE = """
application = QApplication([])
application.installEventFilter(watch)
import pyqtgraph as pg
window = pg.PlotWidget()
window.plot([0, 1, 2], [0, 1, 0])
window.resize(1280, 800)
window.show()
application.exec()
"""
_ELMAN = """
def execute(run=QApplication.exec):
    QApplication.instance().installEventFilter(watch)
    return run()
QApplication.exec = staticmethod(execute)
from elman_gui.__main__ import main
sys.argv = ["elman"]
main()
"""

_WINDOW = """
import json, sys, time
from PySide6.QtCore import QSettings, QTimer, Qt
from PySide6.QtWidgets import QApplication
from elman_gui.app import StartUp
from elman_gui.window.main_window import MainWindow
application = QApplication([])
application.setStyle("Fusion")
ticks = []
class Painted(MainWindow):
    def paintEvent(self, event):
        super().paintEvent(event)
        if not ticks:
            ticks.append(time.perf_counter())
            timer.start()
timer = QTimer()
timer.setTimerType(Qt.TimerType.PreciseTimer)
timer.setInterval(33)
timer.timeout.connect(lambda: ticks.append(time.perf_counter()))
settings = QSettings(SETTINGS + "/settings.ini", QSettings.Format.IniFormat)
settings.setValue("tour/seen", True)
window = Painted(settings)
start_up = StartUp(window)
window.resize(1280, 800)
def gaps():
    return sorted(1000 * (later - earlier) for earlier, later in zip(ticks, ticks[1:]))
def end(result):
    print(json.dumps(result), flush=True)
    window.documents._closing = True
    window.close()
"""

_FULL_SPEED = """
from elman_gui.threads.training import UNLIMITED
def use(engine):
    if engine == "compiled":
        window.session.run.scores_changed.connect(opened)
        window.documents.open_built_in("sunspots")
def opened(scores):
    if scores is not None and window.session.experiment.name == "sunspots":
        window.session.run.scores_changed.disconnect(opened)
        training = window.session.experiment.training.replace(epochs=10_000_000, patience=0)
        window.session.set_training(training)
        window.transport.set_speed(UNLIMITED)
        QTimer.singleShot(1000, run)
def run():
    window.session.run.train()
    QTimer.singleShot(500, ticks.clear)
    QTimer.singleShot(8500, stop)
def stop():
    found = gaps()
    epochs = window.session.experiment.history.epochs
    end({"p99": found[int(0.99 * len(found))], "longest": found[-1], "epochs": epochs, "ticks": len(found)})
window.filled.connect(lambda: window.session.run.engine_changed.connect(use))
window.show()
application.exec()
"""

_THOUSAND = """
from elman_gui.threads.training import UNLIMITED
computed = []
def note():
    computed.append(time.thread_time())
timer.timeout.connect(note)
def use(engine):
    if engine == "compiled":
        window.session.run.engine_changed.disconnect(use)
        training = window.session.experiment.training.replace(epochs=60_000, networks=1_000)
        window.session.set_training(training)
        window.actions_by_name["page_networks"].trigger()
        window.transport.set_speed(UNLIMITED)
        QTimer.singleShot(1500, run)
def run():
    window.session.run.train()
    QTimer.singleShot(1500, begin)
    QTimer.singleShot(9500, stop)
def begin():
    ticks.clear()
    computed.clear()
    window.begun = window.session.experiment.history.epochs
def stop():
    found = gaps()
    own = sorted(1000 * (later - earlier) for earlier, later in zip(computed, computed[1:]))
    epochs = window.session.experiment.history.epochs - window.begun
    end({
        "p99": found[int(0.99 * len(found))], "longest": found[-1], "epochs": epochs, "ticks": len(found),
        "own": own[int(0.99 * len(own))], "own longest": own[-1],
    })
window.filled.connect(lambda: window.session.run.engine_changed.connect(use))
window.show()
application.exec()
"""

_FRAMES = """
from PySide6.QtCore import QCoreApplication, QEventLoop
from elman_gui.threads.training import UNLIMITED
PAGES = ("weights", "states", "dynamics", "landscape", "lesions")
def wait(signal, accept=lambda *_: True):
    loop = QEventLoop()
    def heard(*values):
        if accept(*values):
            loop.quit()
    signal.connect(heard)
    loop.exec()
    signal.disconnect(heard)
def known(scores):
    return scores is not None and window.session.experiment.name == "sunspots"
def frames():
    window.documents.open_built_in("sunspots")
    wait(window.session.run.scores_changed, known)
    window.transport.set_speed(UNLIMITED)
    window.session.run.train()
    wait(window.session.run.scores_changed, known)
    inspection, result = window.inspection, {}
    for page in PAGES:
        window.inside.show_view(page)
        seen = []
        inspection.inspection_changed.connect(seen.append)
        for index in range(0, len(inspection._points), 6):
            inspection.view(index)
            wait(inspection.inspection_changed)
        inspection.view(None)
        inspection.inspection_changed.disconnect(seen.append)
        taken = []
        for inside in seen:
            start = time.perf_counter()
            inspection.snapshot_changed.emit(inside.snapshot)
            inspection.inspection_changed.emit(inside)
            for _ in range(3):  # what one event asks for is painted by the next
                QCoreApplication.sendPostedEvents(None, 0)
            taken.append(1000 * (time.perf_counter() - start))
        taken.sort()
        result[page] = [taken[len(taken) // 2], taken[int(0.9 * len(taken))]]
    end(result)
def use(engine):
    if engine == "compiled":
        QTimer.singleShot(0, frames)
window.filled.connect(lambda: window.session.run.engine_changed.connect(use))
window.show()
application.exec()
"""

_THEMES = """
from elman_gui.theme import ThemeChoice
taken = []
def change():
    if len(taken) == 12:
        taken.sort()
        end({"median": taken[len(taken) // 2], "longest": taken[-1], "widgets": len(application.allWidgets())})
        return
    choice = ThemeChoice.LIGHT if len(taken) % 2 else ThemeChoice.DARK
    start = time.perf_counter()
    window.set_theme(choice)
    taken.append(1000 * (time.perf_counter() - start))
    QTimer.singleShot(150, change)
window.filled.connect(lambda: QTimer.singleShot(500, change))
window.show()
application.exec()
"""

_FIRST_POINT = """
pressed = []
def click(scores):
    if scores is not None and not pressed:
        pressed.append(time.perf_counter())
        window.session.run.history_changed.connect(drawn)
        window.transport.train.click()
def drawn(history):
    if history.epochs and len(pressed) == 1:
        pressed.append(time.perf_counter())
        engine = window.status.place.text()
        result = {"milliseconds": 1000 * (pressed[1] - pressed[0]), "engine": engine, "longest_tick": gaps()[-1]}
        QTimer.singleShot(0, lambda: end(result))
window.filled.connect(lambda: window.session.run.scores_changed.connect(click))
window.show()
application.exec()
"""

_MANY = """
import numpy as np
from PySide6.QtCore import QEventLoop
from elman_core.config import DataConfig
from elman_core.data.csv.detect import detect_format
from elman_core.data.csv.read import read_table
from elman_core.support.jobs import complete
from elman_gui.controllers.loading import load_table
from elman_gui.threads.job import JobThread
SEQUENCES, ROWS = 100_000, 10
def wait(signal, accept=lambda *_: True):
    loop = QEventLoop()
    def heard(*values):
        if accept(*values):
            loop.quit()
    signal.connect(heard)
    loop.exec()
    signal.disconnect(heard)
def rest(milliseconds):
    loop = QEventLoop()
    QTimer.singleShot(milliseconds, loop.quit)
    loop.exec()
def known(scores):
    return scores is not None
longest = {}
def timed(what, do):
    rest(200)
    ticks[:] = [time.perf_counter()]
    do()
    rest(100)
    longest[what] = gaps()[-1]
def table():
    random, rows = np.random.default_rng(0), SEQUENCES * ROWS
    values = random.normal(size=(SEQUENCES, ROWS)).cumsum(axis=1)
    path = SETTINGS + "/many.csv"
    with open(path, "w") as file:
        file.write("shop,t,sales\\n")
        for place, own in enumerate(values.tolist()):
            file.writelines(f"shop {place:06d},{step},{value:.3f}\\n" for step, value in enumerate(own))
    from pathlib import Path
    return complete(read_table(Path(path), detect_format(Path(path), "shop")))
def many():
    read = table()
    run, chooser = window.session.run, window.fit.place.sequences
    training = {"epochs": 2, "update_every": "sequence", "truncation": "all", "batch": 500}
    def opened():
        window.session.open(JobThread(lambda: load_table(read, DataConfig(), None, training), window), "Opening")
        wait(run.scores_changed, known)
    def trained():
        run.train()
        wait(run.scores_changed, known)
    def gone():
        for place in (99_999, 5, 50_000):
            chooser.chosen.emit(place)
            rest(100)
        window.actions_by_name["show_all"].trigger()
    def typed():
        for end in range(1, 8):
            chooser.textEdited.emit("shop 012"[:end])
            rest(20)
        chooser.completer().popup().hide()
    timed("opened and shown", opened)
    timed("trained", trained)
    timed("gone to", gone)
    timed("names typed", typed)
    end({what: milliseconds for what, milliseconds in longest.items()})
def use(engine):
    if engine == "compiled":
        window.session.run.engine_changed.disconnect(use)
        QTimer.singleShot(0, many)
timer.setInterval(5)
window.filled.connect(lambda: window.session.run.engine_changed.connect(use))
window.show()
application.exec()
"""


def window_cases() -> Iterator[Result]:
    """Measure one case after the other; without a display, the platform "offscreen" takes its place."""
    yield _first_paint()
    yield _frames()
    yield from _ticks()
    yield _thousand_networks()
    yield _change_of_theme()
    yield _first_point()
    yield _many_sequences()


def _first_paint(rounds: int = 7) -> Result:
    bare, elman, torch = [], [], False
    for _ in range(rounds):
        bare.append(in_a_process(_WATCH + _BARE, PLATFORM)["seconds"])
        found = in_a_process(_WATCH + _ELMAN, PLATFORM)
        elman.append(found["seconds"])
        torch = torch or found["torch"]
    ratio = min(elman) / min(bare)
    note = f"{1000 * min(elman):.0f} ms against {1000 * min(bare):.0f} ms; torch {'' if torch else 'not '}imported"
    return Result(
        "first paint, against a bare pyqtgraph window", f"{ratio:.2f} times as long", "at most 1.2 times as long",
        ratio <= 1.2 and not torch, note,
    )  # fmt: skip


def _frames() -> Result:
    with tempfile.TemporaryDirectory() as folder:
        found = in_a_process(f"SETTINGS = {folder!r}" + _WINDOW + _FRAMES, PLATFORM)
    slowest = max(found, key=lambda page: found[page][0])
    median, most = found[slowest]
    each = ", ".join(f"{page} {pair[0]:.0f} ms" for page, pair in found.items())
    return Result(
        "a frame of all visible views, through a run of sunspots, slowest page", f"{median:.0f} ms", "under 16 ms",
        median < 16, f"median; nine of ten under {most:.0f} ms; with {each}",
    )  # fmt: skip


def _ticks() -> Iterator[Result]:
    with tempfile.TemporaryDirectory() as folder:
        found = in_a_process(f"SETTINGS = {folder!r}" + _WINDOW + _FULL_SPEED, PLATFORM)
    note = f"{found['ticks']} ticks of 33 ms, while {found['epochs']:,} epochs of sunspots were trained"
    case = "timer tick of the window while training at full speed"
    yield Result(f"{case}, p99", f"{found['p99']:.0f} ms", "under 50 ms", found["p99"] < 50, note)
    yield Result(f"{case}, longest", f"{found['longest']:.0f} ms", "under 100 ms", found["longest"] < 100, note)


def _thousand_networks() -> Result:
    with tempfile.TemporaryDirectory() as folder:
        found = in_a_process(f"SETTINGS = {folder!r}" + _WINDOW + _THOUSAND, PLATFORM)
    note = (
        f"{found['ticks']} ticks of 33 ms on the page Networks, while {found['epochs']:,} epochs of 1,000 networks of "
        f"the tutorial were trained; longest {found['longest']:.0f} ms; computing in the window's own thread from tick "
        f"to tick: p99 {found['own']:.0f} ms, longest {found['own longest']:.0f} ms"
    )
    return Result("window: 1,000 networks, tick p99", f"{found['p99']:.0f} ms", "under 50 ms", found["p99"] < 50, note)


def _change_of_theme() -> Result:
    with tempfile.TemporaryDirectory() as folder:
        found = in_a_process(f"SETTINGS = {folder!r}" + _WINDOW + _THEMES, PLATFORM)
    return Result(
        "change of theme", f"{found['median']:.0f} ms", "under 300 ms", found["median"] < 300,
        f"median of 12; longest {found['longest']:.0f} ms; {found['widgets']:,} widgets",
    )  # fmt: skip


def _first_point() -> Result:
    with tempfile.TemporaryDirectory() as folder:
        cold = {**PLATFORM, "NUMBA_CACHE_DIR": folder}
        found = in_a_process(f"SETTINGS = {folder!r}" + _WINDOW + _FIRST_POINT, cold)
    milliseconds = found["milliseconds"]
    return Result(
        "click on Train to the first point of the curve, nothing compiled yet", f"{milliseconds:.0f} ms",
        "under 250 ms", milliseconds < 250,
        f"{found['engine']}; longest tick since the first paint {found['longest_tick']:.0f} ms",
    )  # fmt: skip


def _many_sequences() -> Result:
    with tempfile.TemporaryDirectory() as folder:
        found = in_a_process(f"SETTINGS = {folder!r}" + _WINDOW + _MANY, PLATFORM)
    longest = max(found.values())
    each = ", ".join(f"{what} {milliseconds:.0f} ms" for what, milliseconds in found.items())
    return Result(
        "longest tick with 100,000 sequences of 10 rows", f"{longest:.0f} ms", "under 50 ms", longest < 50, each
    )
