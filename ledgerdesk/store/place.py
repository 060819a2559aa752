"""Where the books must not be: SQLite's log of changes does not work on a network drive.

Source: sqlite.org/wal.html, "does not work over a network filesystem" (facts/reliability.md §2).
On macOS nobody can be asked without a library of its own; there SQLite's refusal has to do.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

_NETWORK = (
    "nfs",
    "nfs4",
    "cifs",
    "smb3",
    "smbfs",
    "9p",
    "afs",
    "davfs",
    "fuse.sshfs",
    "fuse.rclone",
)
_DRIVE_REMOTE = 4
_MOUNTS = Path("/proc/self/mountinfo")


def network_drive(folder: Path) -> str:
    """The kind of network drive that ``folder`` is on; "" for a disk of this computer."""
    folder = Path(os.path.realpath(folder))
    if sys.platform == "win32":
        return _on_windows(folder)
    try:
        mounts = _MOUNTS.read_text("utf-8", "surrogateescape")
    except OSError:
        return ""
    return _on_linux(folder, mounts)


def _on_windows(folder: Path) -> str:
    if folder.drive.startswith("\\\\"):
        return "UNC"
    import ctypes

    windll = getattr(ctypes, "windll")  # noqa: B009 - unknown to type checkers elsewhere
    remote = windll.kernel32.GetDriveTypeW(folder.drive + "\\") == _DRIVE_REMOTE
    return folder.drive if remote else ""


def _on_linux(folder: Path, mounts: str) -> str:
    """The longest mount point above ``folder`` decides; of two at the same place, the later one."""
    best, kind = -1, ""
    for line in mounts.splitlines():
        before, _, after = line.partition(" - ")
        point = Path(_plain(before.split()[4]))
        if folder.is_relative_to(point) and len(point.parts) >= best:
            best, kind = len(point.parts), after.split()[0]
    return kind if kind in _NETWORK else ""


def _plain(escaped: str) -> str:
    """Spaces and the like are written as octal numbers there."""
    for code, sign in (("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")):
        escaped = escaped.replace(code, sign)
    return escaped
