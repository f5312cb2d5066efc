"""How long until the window is painted, against a bare pyqtgraph window: best of several, side by side."""

from __future__ import annotations

import json
import subprocess
import sys
import time

_WATCH = """
import sys, time
from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtWidgets import QApplication
class Watch(QObject):
    def eventFilter(self, watched, event):
        if event.type() == QEvent.Type.Paint:
            QApplication.instance().removeEventFilter(self)
            QTimer.singleShot(0, self.tell)  # when all of the window is painted
        return False
    def tell(self):
        import os
        print(time.time(), "torch" in sys.modules, flush=True)
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


def seconds_to_paint(code: str) -> tuple[float, bool]:
    """Run a program until its first paint; return the seconds since its start, and whether torch was imported."""
    start = time.time()
    done = subprocess.run([sys.executable, "-c", _WATCH + code], capture_output=True, text=True, check=True)
    painted, torch = done.stdout.split()
    return float(painted) - start, torch == "True"


def main(rounds: int = 9) -> None:
    """Measure both in turn and write the ratio."""
    bare, elman = [], []
    for _ in range(rounds):
        bare.append(seconds_to_paint(_BARE)[0])
        seconds, torch = seconds_to_paint(_ELMAN)
        elman.append(seconds)
    result = {"bare_s": min(bare), "elman_s": min(elman), "ratio": min(elman) / min(bare), "torch_imported": torch}
    sys.stdout.write(json.dumps(result) + "\n")


if __name__ == "__main__":
    main()
