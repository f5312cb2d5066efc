"""The system libraries that Qt needs on Linux: which are missing, and the Debian packages that hold them.

PySide6 brings Qt, but not what Qt itself is linked against. Without the first group `import PySide6.QtGui` fails;
without the second the import succeeds and the X11 window aborts the process. Nothing here may therefore import PySide6.

Run as `python -m elman_gui.system_libraries --install` it installs what is missing.
"""

from __future__ import annotations

import argparse
import ctypes
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Sequence

__all__ = ["advice", "main", "missing_libraries", "missing_packages"]

# What libQt6Core, Gui, Widgets and DBus are linked against (`readelf -d`), less libz, libzstd and the C and C++
# run-times: no Debian is without those, since dpkg or Python needs them.
_ALWAYS = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libX11.so.6": "libx11-6",
    # Debian 13 and Ubuntu 24.04 renamed the package to libglib2.0-0t64. That one provides the old name, so the old one
    # can be advised anywhere; --install asks apt for the new name first, as 32-bit systems lack the bridge.
    "libglib-2.0.so.0": "libglib2.0-0",
    "libgthread-2.0.so.0": "libglib2.0-0",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libfontconfig.so.1": "libfontconfig1",
    "libfreetype.so.6": "libfreetype6",
    "libdbus-1.so.3": "libdbus-1-3",
}
# What the platform plugin libqxcb and libQt6XcbQpa are linked against beyond that.
_X11 = {
    "libxcb.so.1": "libxcb1",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-render.so.0": "libxcb-render0",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-shm.so.0": "libxcb-shm0",
    "libxcb-sync.so.1": "libxcb-sync1",
    "libxcb-util.so.1": "libxcb-util1",
    "libxcb-xfixes.so.0": "libxcb-xfixes0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
    "libX11-xcb.so.1": "libx11-xcb1",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
}
_PACKAGES = _ALWAYS | _X11


def missing_libraries(x11: bool) -> tuple[str, ...]:
    """Return the names of the shared libraries that Qt needs and that cannot be loaded.

    Parameters
    ----------
    x11
        Whether a window on an X server is wanted, which needs more.
    """
    if not sys.platform.startswith("linux"):
        return ()
    return tuple(name for name in (_PACKAGES if x11 else _ALWAYS) if not _loads(name))


def missing_packages(x11: bool) -> tuple[str, ...]:
    """Return the Debian packages, each once, that hold the missing libraries.

    Parameters
    ----------
    x11
        Whether a window on an X server is wanted, which needs more.
    """
    return tuple(dict.fromkeys(_PACKAGES[name] for name in missing_libraries(x11)))


def advice(packages: Iterable[str]) -> str:
    """Return one sentence that says what to do about missing packages."""
    return (
        "The window needs system libraries that are not installed; on Debian or Ubuntu, install them with: "
        f"sudo apt-get install {' '.join(packages)}"
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """List what is missing, or install it, and return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m elman_gui.system_libraries",
        description="List the system libraries that the window needs and that are missing.",
    )
    parser.add_argument("--install", action="store_true", help="install them with apt-get")
    install = parser.parse_args(arguments).install
    packages = missing_packages(x11=True)
    if not packages:
        sys.stdout.write("No system library is missing.\n")
        return 0
    if install:
        return _install(packages)
    sys.stdout.write(advice(packages) + "\n")
    return 0


def _loads(name: str) -> bool:
    # Only the loader itself knows every place it looks in; ctypes.util.find_library wants ldconfig or a compiler.
    try:
        ctypes.CDLL(name)
    except OSError:
        return False
    return True


def _install(packages: Iterable[str]) -> int:
    if shutil.which("apt-get") is None:
        libraries = ", ".join(missing_libraries(x11=True))
        sys.stderr.write(f"There is no apt-get to install these missing system libraries with: {libraries}.\n")
        return 1
    command = ["env", "DEBIAN_FRONTEND=noninteractive", "apt-get"]
    if os.geteuid() != 0:
        if shutil.which("sudo") is None:
            sys.stderr.write("Installing needs the rights of root, and there is no sudo. " + advice(packages) + "\n")
            return 1
        command.insert(0, "sudo")  # before env, since sudo would drop the variable
    if code := _run([*command, "update"]):
        return code
    # Asked only now: an apt that has never been updated knows no names.
    return _run([*command, "install", "--yes", "--no-install-recommends", *map(_current_name, packages)])


def _run(command: Sequence[str]) -> int:
    code = subprocess.run(command, check=False).returncode
    if code:
        sys.stderr.write(f"The system libraries are not installed: `{' '.join(command)}` failed with code {code}.\n")
    return code


def _current_name(package: str) -> str:
    renamed = f"{package}t64"
    known = subprocess.run(["apt-cache", "show", renamed], check=False, capture_output=True).returncode == 0
    return renamed if known else package


if __name__ == "__main__":
    sys.exit(main())
