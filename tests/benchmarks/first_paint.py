"""How long until the window is painted, against a bare pyqtgraph window: best of several, side by side."""

from __future__ import annotations

import json
import subprocess
import sys
import time

_BARE = """
import sys, time
import pyqtgraph as pg
from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QApplication
application = QApplication([])
window = pg.PlotWidget()
window.plot([0, 1, 2], [0, 1, 0])
"""
_ELMAN = """
import sys, time
from PySide6.QtCore import QEvent, QObject, QSettings
from PySide6.QtWidgets import QApplication
from elman_gui.app import make_window
application = QApplication([])
application.setStyle("Fusion")
window = make_window(QSettings(sys.argv[1], QSettings.Format.IniFormat))
"""
_UNTIL_PAINT = """
class Watch(QObject):
    def eventFilter(self, watched, event):
        if event.type() == QEvent.Type.Paint:
            print(time.time(), "torch" in sys.modules, flush=True)
            import os
            os._exit(0)
        return False
watch = Watch()
application.installEventFilter(watch)
window.resize(1280, 800)
window.show()
application.exec()
"""


def seconds_to_paint(code: str) -> tuple[float, bool]:
    """Run a program until its first paint; return the seconds since its start, and whether torch was imported."""
    start = time.time()
    command = [sys.executable, "-c", code + _UNTIL_PAINT, "/tmp/elman-first-paint.ini"]
    painted, torch = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    return float(painted) - start, torch == "True"


def main(rounds: int = 7) -> None:
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
