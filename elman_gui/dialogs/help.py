"""The texts of the Help menu."""

from __future__ import annotations

import sys

from elman_core import __version__
from elman_gui.actions import shortcut_lines

__all__ = ["about_text", "getting_started_text", "shortcuts_text"]


def getting_started_text() -> str:
    """The whole way in six sentences."""
    return """
    <h3>Getting started</h3>
    <ol>
    <li><b>Train</b> (F5) teaches the network in the window; watch its prediction come closer to the target.</li>
    <li>The <b>speed</b> slider goes from one epoch a second, to watch, to as fast as the machine can.</li>
    <li><b>Pause</b> (F6) holds the run; <b>Step</b> advances by one time step (F7) or one epoch (F8).</li>
    <li>Drag a <b>CSV</b> or a <b>text</b> onto the window to learn a series of your own, or paste a text
    (Ctrl+T); you see how it was read first.</li>
    <li><b>Save</b> (Ctrl+S) keeps weights, settings and losses in one file; <b>Open</b> (Ctrl+O) brings them back.</li>
    <li><b>Predict</b> (Ctrl+P) lets the trained network run on alone, or continue a text, and exports what it
    says.</li>
    </ol>
    <p><b>Look inside</b> (Ctrl+I): point at any time, click a unit, right-click it to lesion it, drag the slider
    under the plots to go back through training. Undo (Ctrl+Z) takes everything back.</p>
    <p>The <b>one-step</b> curve predicts each row from the true rows before it. The <b>free run</b> is fed with its own
    predictions: it is the harder test. Hover over anything for an explanation; the
    <a href="manual:">manual</a> has a page for every view.</p>
    """


def shortcuts_text() -> str:
    """Every key in one list, from the table of actions."""
    keys = [
        *shortcut_lines(),
        ("Left, Right", "Move the time cursor in a focused plot"),
        ("Arrows, Return", "Choose a unit in the focused Network view, and open its menu"),
        ("Escape", "Show all views again, where one is shown alone"),
        ("Tab", "Go to the next field"),
    ]
    rows = "".join(f"<tr><td><b>{key}</b>&nbsp;&nbsp;&nbsp;</td><td>{words}</td></tr>" for key, words in keys)
    return f"<h3>Keyboard shortcuts</h3><table cellspacing='4'>{rows}</table>"


def about_text() -> str:
    """Version, purpose and licence."""
    return f"""
    <h3>Elman {__version__}</h3>
    <p>A laboratory for Elman networks: simple recurrent networks after J. L. Elman, "Finding Structure in Time"
    (1990).</p>
    <p>Python {sys.version.split()[0]}. MIT licence. Sample data: sunspot numbers of the US National Geophysical Data
    Center, CO<sub>2</sub> of C. D. Keeling and T. P. Whorf; both in the public domain.</p>
    """
