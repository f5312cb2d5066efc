"""The `elman` command. Its commands are imported when they are called, so that help and mistakes cost no seconds."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Sequence
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

import elman_core
from elman_core.cli.console import make_output_safe, say
from elman_core.cli.exit_codes import ExitCode
from elman_core.errors import ElmanError
from elman_core.support.error_log import append_traceback

__all__ = ["COMMANDS", "main"]

COMMANDS = {
    "list": "List the built-in experiments.",
    "train": "Train on a built-in experiment, a CSV file or a text.",
    "import": "Show how a table is read: columns, roles, time and order; trains nothing.",
    "predict": "Predict each row from those before it, and rows beyond the last one.",
    "evaluate": "Measure the error of free-running prediction from every row, by the number of steps ahead.",
    "backtest": "Forecast from every row of the test part, and compare with the values that came and with baselines.",
    "study": "Train many networks, over seeds and varied settings, and compare them with honest statistics.",
    "damage": "Damage trained networks, and measure what they can still do, level by level.",
    "info": "Show what a model file holds.",
    "export": "Export a model as ONNX, a torch state dict, a numpy script or a model card; or the surprisal of a text.",
    "devices": "List the devices that there are to compute on.",
    "bench": "Measure speed, memory and smoothness on this machine; takes some minutes.",
}
"""The summary of each command, which is `run` in the module of its name; DETAILS there extend its help."""

_MODULES = {"import": "import_table"}
"""Of commands whose names no module can have."""

# Where typer keeps click's exceptions depends on its version; this finds the class in all of them.
_UsageError: type[Exception] = next(kind for kind in typer.BadParameter.__mro__ if kind.__name__ == "ClickException")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit code; the arguments are by default those of the process.

    A usage error or bad input gives one line on standard error and never a traceback.
    """
    make_output_safe()
    words = list(sys.argv[1:] if arguments is None else arguments) or ["--help"]
    place = f"elman {words[0]}" if words[0] in COMMANDS else "elman"
    try:
        code = _run(words)
        sys.stdout.flush()
        return code
    except _UsageError as error:
        return _failed(place, _one_line(getattr(error, "format_message", error.__str__)()), ExitCode.BAD_INPUT)
    except ElmanError as error:
        return _failed(place, str(error), ExitCode.BAD_INPUT)
    except (KeyboardInterrupt, typer.Abort):
        return _failed(place, "interrupted", ExitCode.INTERRUPTED)
    except BrokenPipeError:
        # The reader has closed the pipe, as in `elman list | head -1`. Python would complain on exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return ExitCode.DONE
    except Exception as error:
        if os.environ.get("ELMAN_DEBUG") == "1":
            raise
        cause = _one_line(f"{type(error).__name__}: {error}").removesuffix(":")
        log = append_traceback(error)
        where = f"details are in {log}" if log is not None else "run with ELMAN_DEBUG=1 to see where"
        message = f"unexpected error: {cause}; {where}"
        return _failed(place, message, ExitCode.UNEXPECTED)


def _run(words: list[str]) -> int:
    command = typer.main.get_command(app)
    try:
        with command.make_context("elman", words) as context:
            command.invoke(context)
    except typer.Exit as end:
        return int(end.exit_code)
    return ExitCode.DONE


def _failed(place: str, message: str, code: int) -> int:
    say(f"{place}: {message}")
    return code


def _one_line(text: str) -> str:
    """Put the message of a library, which may have several lines, on one."""
    return " ".join(text.split())


class _LazyCommands(TyperGroup):
    """A group that imports a command when it is called. `Any` is for click's classes, which typer does not export."""

    def list_commands(self, ctx: Any) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"elman_core.cli.{_MODULES.get(cmd_name, cmd_name)}")
        details = getattr(module, "DETAILS", "")
        alone = typer.Typer(add_completion=False, rich_markup_mode=None)
        alone.command(cmd_name, help=f"{COMMANDS[cmd_name]} {details}")(module.run)
        return typer.main.get_command(alone)

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


app = typer.Typer(
    cls=_LazyCommands,
    help="Train Elman networks on a series, and predict with them. "
    "`elman [FILE]` opens the window, with a table or a model in it if one is given; the commands work without it.",
    add_completion=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"elman {elman_core.__version__}")
        raise typer.Exit


Version = Annotated[
    bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Write the version and end.")
]


@app.callback()
def _program(version: Version = False) -> None:
    """Accept the options before the command; the help text is the app's."""
