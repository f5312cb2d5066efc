"""The `elman` command: the window, or the command line of the core."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from elman_gui.display import display_problem
from elman_gui.system_libraries import advice, missing_packages

__all__ = ["main"]


def main() -> int:
    """Open the window for `elman [FILE]`; everything else is the command line's."""
    words = sys.argv[1:]
    if len(words) > 1 or (words and not _is_file_name(words[0])):
        from elman_core.cli import main as run_command

        return run_command(words)
    problem = display_problem(os.environ)
    missing = missing_packages(x11="DISPLAY" in os.environ)
    if problem is not None:
        from elman_gui.without_display import train_in_terminal

        return train_in_terminal(problem, missing)
    if missing:
        sys.stderr.write(advice(missing) + "\n")
        return 2
    from elman_gui.app import run

    return run(Path(words[0]) if words else None)


def _is_file_name(word: str) -> bool:
    return not word.startswith("-") and (Path(word).suffix != "" or Path(word).is_file())


if __name__ == "__main__":
    sys.exit(main())
