"""One table of actions: it feeds menus, toolbar, shortcuts, tooltips and help."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu, QMenuBar, QWidget

from elman_gui.icons import icon
from elman_gui.theme import Theme
from elman_gui.tooltips import wrapped

__all__ = ["ACTIONS", "ActionSpec", "fill_menu_bar", "make_actions", "paint_actions", "shortcut_lines"]


@dataclass(frozen=True)
class ActionSpec:
    """An action's name in code, words, place in the menus, shortcut, icon and explanation.

    A menu "File/Export" is Export inside File. `separator` draws a line above.
    """

    name: str
    text: str
    menu: str
    tip: str
    shortcut: str = ""
    icon: str = ""
    checkable: bool = False
    separator: bool = False


ACTIONS = (
    ActionSpec("new", "&New", "&File", "Begin the tutorial's sine wave afresh", "Ctrl+N", "new"),
    ActionSpec("new_text", "New from &Text…", "&File", "Type or paste a text, whose characters or words are learned", "Ctrl+T", "new"),
    ActionSpec("open", "&Open…", "&File", "Open a model file, a CSV file or a text", "Ctrl+O", "open"),
    ActionSpec("open_sample", "Open Sa&mple CSV", "&File", "Open weekly CO2 at Mauna Loa, a real series with gaps", "", "import"),
    ActionSpec("open_sample_text", "Open Sample Te&xt", "&File", "Open 900 simple sentences, to learn their characters or words", "", "import"),
    ActionSpec("save", "&Save", "&File", "Save the trained network as a model file", "Ctrl+S", "save", separator=True),
    ActionSpec("save_as", "Save &As…", "&File", "Save the trained network under another name", "Ctrl+Shift+S", "save-as"),
    ActionSpec("save_member", "Save T&his Network As…", "&File", "Of several networks, save the one that is looked at alone"),
    ActionSpec("predict", "&Predict…", "&File", "Forecast with a trained network", "Ctrl+P", "predict", separator=True),
    ActionSpec("export_image", "View as &Picture…", "&File/&Export", "Save the view that was used last as PNG, SVG or PDF", "Ctrl+E", "export-image"),
    ActionSpec("export_data", "View as &CSV…", "&File/&Export", "Save the numbers of the view that was used last", "", "export-data"),
    ActionSpec("export_states", "&Hidden States…", "&File/&Export", "Save the state of every hidden unit at every row as CSV or NPZ", "", "export-data", separator=True),
    ActionSpec("export_weights", "&Weights…", "&File/&Export", "Save the weights as CSV or NPZ", "", "export-data"),
    ActionSpec("export_path", "Weights &Along the Run…", "&File/&Export", "Save the weights of every kept epoch as CSV or NPZ", "", "export-data"),
    ActionSpec("export_surprisal", "&Surprisal of Each Symbol…", "&File/&Export", "Save how probable each symbol of the text was to each network, and its surprisal in bits, as CSV", "", "export-data"),
    ActionSpec("quit", "&Quit", "&File", "Close the window", "Ctrl+Q", "quit", separator=True),
    ActionSpec("undo", "&Undo", "&Edit", "Take back the last change", "Ctrl+Z", "undo"),
    ActionSpec("redo", "&Redo", "&Edit", "Make the change again", "Ctrl+Shift+Z", "redo"),
    ActionSpec("copy", "&Copy Picture", "&Edit", "Copy the view that was used last to the clipboard", "Ctrl+C", "copy", separator=True),
    ActionSpec("lesion_context", "&Lesion the Context", "&Edit", "Hold every context unit at 0, or let them go: a network without memory", "Ctrl+L", separator=True),
    ActionSpec("release", "Let All Units &Go", "&Edit", "Hold no unit any more"),
    ActionSpec("train", "&Train", "&Run", "Train, or continue after a pause", "F5", "play"),
    ActionSpec("pause", "&Pause", "&Run", "Hold the training; Train continues where it stopped", "F6", "pause"),
    ActionSpec("step_time", "Step One T&ime Step", "&Run", "Go one time step forward, with the update that becomes due, and stay paused", "F7", "step", separator=True),
    ActionSpec("step_epoch", "Step One &Epoch", "&Run", "Train to the end of this epoch and stay paused", "F8", "step"),
    ActionSpec("stop", "&Stop", "&Run", "End the training; what was learned stays", "Shift+F5", "stop", separator=True),
    ActionSpec("reset", "&Reset, Same Seed", "&Run", "Back to the same untrained weights", "Ctrl+R", "reset"),
    ActionSpec("reset_new_seed", "Reset, &New Seed", "&Run", "Back to untrained weights, drawn from another seed", "Ctrl+Shift+R", "dice"),
    ActionSpec("play_back", "Play &Back", "&Run", "Play the training back from the chosen point, or stop doing so", "Ctrl+B", "play", separator=True),
    ActionSpec("go_to_now", "Go to No&w", "&Run", "Look at the network as it is now", "Ctrl+End"),
    ActionSpec("branch", "&Continue from Here", "&Run", "Continue training from the chosen epoch as a branch"),
    ActionSpec("use_best", "&Use Best Epoch", "&Run", "Give the network the weights of its best epoch"),
    ActionSpec("compare", "Co&mpare…", "&Run", "Train other networks beside the experiment's own, from the same seed, and show what they reach", separator=True),
    ActionSpec("workspace_learn", "&Learn", "&View", "Guide or settings, how the network learns, and the network itself", "Ctrl+1", checkable=True),
    ActionSpec("workspace_inside", "&Inside", "&View", "Two to four views of the network's inside, side by side", "Ctrl+2", checkable=True),
    ActionSpec("workspace_forecast", "&Forecast", "&View", "What the network forecasts, and its errors by the number of steps ahead", "Ctrl+3", checkable=True),
    ActionSpec("workspace_seeds", "&Seeds", "&View", "Many networks instead of one: from many seeds, with many settings, or damaged", "Ctrl+4", checkable=True),
    ActionSpec("page_networks", "&Networks", "&View/&Pages of Seeds", "How the networks of an ensemble learn, each from a seed of its own", "Alt+1"),
    ActionSpec("page_study", "&Study", "&View/&Pages of Seeds", "Many settings, each from the same seeds, compared with statistics", "Alt+2"),
    ActionSpec("page_damage", "&Damage", "&View/&Pages of Seeds", "How trained networks fail as more and more is taken from them", "Alt+3"),
    ActionSpec("inside", "&Network beside the Plots", "&View", "In Learn: show or hide the views of the network's inside", "Ctrl+I", checkable=True, separator=True),
    ActionSpec("enlarge", "&Enlarge View", "&View", "Show the view that was used last alone, or all of them again", "F", checkable=True),
    ActionSpec("detach", "&Detach View", "&View", "Show the view that was used last in a window of its own, which stays live", "Ctrl+D"),
    ActionSpec("reset_layout", "&Reset Layout", "&View", "Lay all workspaces out as at first, with every view in its place"),
    ActionSpec("show_all", "Show &Whole Series", "&View", "Let the plots show everything again", "Ctrl+0", separator=True),
    ActionSpec("go_to_sequence", "&Go to Sequence…", "&View", "Where there are several sequences: show one of them by its name", "Ctrl+G"),
    ActionSpec("numbers", "Numbers &behind Symbols", "&View", "For a text: show the numbers that stand for its symbols, one at a time, instead of the symbols", "Ctrl+M", checkable=True),
    ActionSpec("theme_system", "Like the &System", "&View/&Theme", "Light or dark as the system is", checkable=True),
    ActionSpec("theme_light", "&Light", "&View/&Theme", "Dark ink on a light ground", checkable=True),
    ActionSpec("theme_dark", "&Dark", "&View/&Theme", "Light ink on a dark ground", checkable=True),
    ActionSpec("fullscreen", "F&ull Screen", "&View", "Fill the screen, or stop doing so", "F11", "fullscreen", checkable=True),
    ActionSpec("help", "&Getting Started", "&Help", "The whole way in six sentences", "F1", "help"),
    ActionSpec("manual", "&Manual", "&Help", "What every view shows and how to read it, with a glossary", "Shift+F1", "help"),
    ActionSpec("tour", "&Tour", "&Help", "Three steps through the window"),
    ActionSpec("shortcuts", "&Keyboard Shortcuts", "&Help", "Every key in one list", "Ctrl+/", "info"),
    ActionSpec("messages", "M&essages", "&Help", "Read again what the window has said since it was opened", "", "info"),
    ActionSpec("log", "Open &Log", "&Help", "Show the file that has the technical details of problems", "", "warning"),
    ActionSpec("about", "&About Elman", "&Help", "Version and licence", "", "about", separator=True),
)  # fmt: skip


def make_actions(parent: QWidget) -> dict[str, QAction]:
    """Return every action of the table by name, not yet connected."""
    actions = {}
    for spec in ACTIONS:
        action = QAction(spec.text, parent)
        action.setObjectName(spec.name)
        action.setCheckable(spec.checkable)
        key = f" ({spec.shortcut})" if spec.shortcut else ""
        action.setToolTip(wrapped(f"{spec.tip}{key}"))
        action.setStatusTip(spec.tip)
        if spec.shortcut:
            action.setShortcut(QKeySequence(spec.shortcut))
        actions[spec.name] = action
        parent.addAction(action)
    return actions


def paint_actions(actions: dict[str, QAction], theme: Theme) -> None:
    """Draw the icons in a theme's colours."""
    for spec in ACTIONS:
        if spec.icon:
            actions[spec.name].setIcon(icon(spec.icon, theme.ink, theme.muted))


def fill_menu_bar(bar: QMenuBar, actions: dict[str, QAction]) -> dict[str, QMenu]:
    """Put every action into its menu, in the table's order; return the menus by path."""
    menus: dict[str, QMenu] = {}
    for spec in ACTIONS:
        parent: QMenuBar | QMenu = bar
        path = ""
        for part in spec.menu.split("/"):
            path = f"{path}/{part}" if path else part
            if path not in menus:
                menus[path] = parent.addMenu(part)
                menus[path].setToolTipsVisible(True)
            parent = menus[path]
        if spec.separator:
            menus[spec.menu].addSeparator()
        menus[spec.menu].addAction(actions[spec.name])
    return menus


def shortcut_lines() -> list[tuple[str, str]]:
    """Return each shortcut with what it does."""
    return [(spec.shortcut, spec.text.replace("&", "").rstrip("…")) for spec in ACTIONS if spec.shortcut]
