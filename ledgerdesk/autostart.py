"""Starting the window when its user signs in to the computer. The system's own entry is the truth:
it is read each time, also what a person switched off there.

Linux: an XDG autostart file. macOS: a launch agent. Windows: the user's Run key, and what the
system's own list of start-up apps says about it (shared/facts/peers.md §7).
"""

from __future__ import annotations

import os
import plistlib
import sys
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from ledgerdesk.errors import FileNotWritten

_NAME = "LedgerDesk"
IN_BACKGROUND = "--in-background"


class State(StrEnum):
    """``SWITCHED_OFF``: the entry is there, but a person or the system disabled it."""

    ON = "on"
    OFF = "off"
    SWITCHED_OFF = "switched_off"


class Autostart(Protocol):
    """Raises FileNotWritten where the entry cannot be read or written."""

    def state(self) -> State: ...

    def turn_on(self, command: Sequence[str]) -> None: ...

    def turn_off(self) -> None: ...


def of_this_computer() -> Autostart:
    if sys.platform == "win32":
        return RunKey()
    if sys.platform == "darwin":
        return LaunchAgent(Path.home() / "Library" / "LaunchAgents")
    config = os.environ.get("XDG_CONFIG_HOME") or str(Path.home() / ".config")
    return DesktopEntry(Path(config) / "autostart")


def command(data_folder: Path) -> list[str]:
    """What starts the window of this data folder out of sight."""
    return [*_program(), "--data-dir", str(data_folder), IN_BACKGROUND]


def _program() -> list[str]:
    """The program without a console where there is one."""
    beside = Path(sys.executable).with_name("ledgerdesk-window")
    for one in (beside, beside.with_suffix(".exe")):
        if one.exists():
            return [str(one)]
    is_whole = getattr(sys, "frozen", False)
    return [sys.executable] if is_whole else [sys.executable, "-m", "ledgerdesk"]


class _File:
    def __init__(self, file: Path) -> None:
        self.file = file

    def turn_off(self) -> None:
        try:
            self.file.unlink(missing_ok=True)
        except OSError as error:
            raise _refused(error, str(self.file)) from error

    def _write(self, content: bytes) -> None:
        try:
            self.file.parent.mkdir(parents=True, exist_ok=True)
            half = self.file.with_name(f".{self.file.name}.new")
            half.write_bytes(content)
            half.replace(self.file)
        except OSError as error:
            raise _refused(error, str(self.file)) from error

    def _read(self) -> bytes | None:
        try:
            return self.file.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise _refused(error, str(self.file)) from error


class DesktopEntry(_File):
    """``folder`` is the user's autostart folder."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder / "ledgerdesk.desktop")

    def state(self) -> State:
        content = self._read()
        if content is None:
            return State.OFF
        lines = content.decode("utf-8", "replace").splitlines()
        said = {line.replace(" ", "").lower() for line in lines}
        off = {"hidden=true", "x-gnome-autostart-enabled=false"}
        return State.SWITCHED_OFF if said & off else State.ON

    def turn_on(self, command: Sequence[str]) -> None:
        line = " ".join(_quoted_for_xdg(one) for one in command)
        self._write(
            f"[Desktop Entry]\nType=Application\nName={_NAME}\nExec={line}\n"
            "Icon=ledgerdesk\nTerminal=false\nX-GNOME-Autostart-enabled=true\n".encode()
        )


class LaunchAgent(_File):
    """``folder`` is the user's ``LaunchAgents``."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder / "org.ledgerdesk.window.plist")

    def state(self) -> State:
        content = self._read()
        if content is None:
            return State.OFF
        try:
            kept = plistlib.loads(content)
        except (plistlib.InvalidFileException, ValueError):
            return State.OFF
        off = kept.get("Disabled") or not kept.get("RunAtLoad")
        return State.SWITCHED_OFF if off else State.ON

    def turn_on(self, command: Sequence[str]) -> None:
        kept = {
            "Label": "org.ledgerdesk.window",
            "ProgramArguments": list(command),
            "RunAtLoad": True,
            "ProcessType": "Interactive",
        }
        self._write(plistlib.dumps(kept))


class Registry(Protocol):
    """Values below HKEY_CURRENT_USER; OSError where they cannot be reached."""

    def read(self, key: str, name: str) -> str | bytes | None: ...

    def write(self, key: str, name: str, value: str) -> None: ...

    def remove(self, key: str, name: str) -> None: ...


_VERSION = r"Software\Microsoft\Windows\CurrentVersion"
RUN = rf"{_VERSION}\Run"
APPROVED = rf"{_VERSION}\Explorer\StartupApproved\Run"


class RunKey:
    def __init__(self, registry: Registry | None = None) -> None:
        self._registry = registry or WindowsRegistry()

    def state(self) -> State:
        """The first byte of what the system approved is odd once a person switched it off."""
        try:
            if self._registry.read(RUN, _NAME) is None:
                return State.OFF
            approved = self._registry.read(APPROVED, _NAME)
        except OSError as error:
            raise _refused(error, RUN) from error
        is_off = isinstance(approved, bytes) and bool(approved) and approved[0] & 1
        return State.SWITCHED_OFF if is_off else State.ON

    def turn_on(self, command: Sequence[str]) -> None:
        """A person asks for it: what was switched off in the system's list counts no more."""
        import subprocess

        try:
            # The program's path is quoted even without spaces, as the key wants it.
            program, *rest = command
            line = f'"{program}" {subprocess.list2cmdline(rest)}'.strip()
            self._registry.write(RUN, _NAME, line)
            self._registry.remove(APPROVED, _NAME)
        except OSError as error:
            raise _refused(error, RUN) from error

    def turn_off(self) -> None:
        try:
            self._registry.remove(RUN, _NAME)
            self._registry.remove(APPROVED, _NAME)
        except OSError as error:
            raise _refused(error, RUN) from error


class WindowsRegistry:
    def read(self, key: str, name: str) -> str | bytes | None:
        import winreg

        try:
            with winreg.OpenKey(winreg.HKEY_CURRENT_USER, key) as opened:  # type: ignore[attr-defined]
                value: str | bytes = winreg.QueryValueEx(opened, name)[0]  # type: ignore[attr-defined]
                return value
        except FileNotFoundError:
            return None

    def write(self, key: str, name: str, value: str) -> None:
        import winreg

        with winreg.CreateKey(winreg.HKEY_CURRENT_USER, key) as opened:  # type: ignore[attr-defined]
            winreg.SetValueEx(opened, name, 0, winreg.REG_SZ, value)  # type: ignore[attr-defined]

    def remove(self, key: str, name: str) -> None:
        import winreg

        try:
            user, access = winreg.HKEY_CURRENT_USER, winreg.KEY_SET_VALUE  # type: ignore[attr-defined]
            with winreg.OpenKey(user, key, 0, access) as opened:  # type: ignore[attr-defined]
                winreg.DeleteValue(opened, name)  # type: ignore[attr-defined]
        except FileNotFoundError:
            return


def _quoted_for_xdg(word: str) -> str:
    """As the Desktop Entry Specification reads ``Exec``: a quoted argument, inside a string."""
    for sign in ("\\", '"', "`", "$"):
        word = word.replace(sign, f"\\{sign}")
    return '"' + word.replace("\\", "\\\\").replace("%", "%%") + '"'


def _refused(error: OSError, place: str) -> FileNotWritten:
    return FileNotWritten(path=place, reason=error.strerror or type(error).__name__)
