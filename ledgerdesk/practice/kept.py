"""What a practice server keeps in its folder, so that it is the same server the next time."""

from __future__ import annotations

import os
import secrets
import socket
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

HOST = "127.0.0.1"


def kept(path: Path, make: Callable[[], bytes]) -> bytes:
    """The content of ``path``, made at the first call; nobody else on this computer reads it."""
    with suppress(FileNotFoundError):
        return path.read_bytes()
    path.parent.mkdir(parents=True, exist_ok=True)
    content = make()
    unfinished = path.with_name(f"{path.name}.part")
    unfinished.unlink(missing_ok=True)
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with open(descriptor, "wb") as stream:
        stream.write(content)
    unfinished.replace(path)
    return content


def kept_password(folder: Path) -> str:
    """Made at random: other users of this computer reach loopback too."""
    return kept(folder / "password", lambda: secrets.token_urlsafe(12).encode()).decode()


def listener(folder: Path) -> socket.socket:
    """Listens on the port of the last time where that is free, else on a new one."""
    path = folder / "port"
    with suppress(OSError, ValueError):
        return socket.create_server((HOST, int(path.read_text())))
    listening = socket.create_server((HOST, 0))
    path.write_text(str(listening.getsockname()[1]))
    return listening
