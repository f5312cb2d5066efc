"""Whether there is a display to show a window on.

Where it finds none, Qt aborts the whole process with a core dump instead of raising. So it is found out beforehand, and
without Qt.
"""

from __future__ import annotations

import re
import socket
import sys
from collections.abc import Collection, Mapping
from pathlib import Path

__all__ = ["display_problem"]

_X11_SOCKETS = Path("/tmp/.X11-unix")
_X11_PORT = 6000
_TIMEOUT = 2.0  # seconds
_DISPLAY = re.compile(r"(?P<host>.*):(?P<number>\d{1,5})(\.\d+)?")


def display_problem(environment: Mapping[str, str], x11_sockets: Path = _X11_SOCKETS) -> str | None:
    """Say why no window can be shown.

    Parameters
    ----------
    environment
        The environment variables.
    x11_sockets
        The folder in which local X servers keep their sockets.

    Returns
    -------
    str or None
        One plain sentence, or None where a window can be shown.
    """
    if not sys.platform.startswith("linux"):
        return None
    # A list such as "wayland;xcb" names what Qt tries in turn; what follows a colon are parameters of the platform.
    platforms = {name.partition(":")[0] for name in environment.get("QT_QPA_PLATFORM", "").split(";") if name}
    if any(name != "xcb" and not name.startswith("wayland") for name in platforms):
        return None  # offscreen, minimal, vnc, ...: they need no display

    if environment.get("WAYLAND_SOCKET") and platforms != {"xcb"}:
        return None  # a connection that the parent process has opened already

    variables = {"xcb": "DISPLAY", "wayland": "WAYLAND_DISPLAY"}
    wanted = [name for platform, name in variables.items() if not platforms or _begins(platforms, platform)]
    displays = {name: environment[name] for name in wanted if environment.get(name)}
    for name, display in displays.items():
        if name == "DISPLAY":
            answers = _x_server_answers(display, x11_sockets)
        else:  # relative to the folder of the session, or an absolute path, which stays what it is
            answers = _answers(str(Path(environment.get("XDG_RUNTIME_DIR", ""), display)))
        if answers:
            return None
    if displays:
        silent = " and ".join(f"the display {display!r} (from {name})" for name, display in displays.items())
        return f"{silent} {'does' if len(displays) == 1 else 'do'} not answer"
    unset = "neither DISPLAY nor WAYLAND_DISPLAY is set" if len(wanted) == 2 else f"{wanted[0]} is not set"
    return f"there is no display ({unset})"


def _begins(platforms: Collection[str], start: str) -> bool:
    return any(name.startswith(start) for name in platforms)


def _x_server_answers(display: str, sockets: Path) -> bool:
    parts = _DISPLAY.fullmatch(display)
    if parts is None:
        return False
    host, number = parts["host"].strip("[]"), int(parts["number"])
    if host not in ("", "unix"):
        return _answers((host, _X11_PORT + number))
    path = str(sockets / f"X{number}")
    # In the order in which libxcb tries them; the first is Linux' abstract socket, which reaches into a container
    # that sees another /tmp.
    return _answers("\0" + path) or _answers(path) or (not host and _answers(("localhost", _X11_PORT + number)))


def _answers(address: str | tuple[str, int]) -> bool:
    try:
        if isinstance(address, tuple):
            socket.create_connection(address, timeout=_TIMEOUT).close()
        else:
            with socket.socket(socket.AF_UNIX) as connection:
                connection.settimeout(_TIMEOUT)
                connection.connect(address)
    except (OSError, OverflowError, ValueError):  # the latter two: a port or a host name that cannot be
        return False
    return True
