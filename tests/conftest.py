"""Settings that must hold before anything is imported."""

from __future__ import annotations

import os

# Without a word to the contrary, the tests of the window need no display.
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
