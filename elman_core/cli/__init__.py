"""The `elman` command: training, predicting and looking at models without the window; one file a command."""

from elman_core.cli.app import COMMANDS, main

__all__ = ["COMMANDS", "main"]
