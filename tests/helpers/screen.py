"""A real X screen of its own, with a window manager, and keys pressed from outside."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

NEEDED = ("Xvfb", "openbox", "xdotool")
_PATIENCE = 45.0


class Unavailable(Exception):
    """This machine has no screen to offer; the text says what is missing."""


class NotSeen(AssertionError):
    """What was waited for did not come on screen; the text is what was there instead."""


class Screen:
    """``press`` and ``type`` are all that can be done; ``until`` waits for what is seen."""

    def __init__(self, display: str, report: Path) -> None:
        self.environment = {**os.environ, "DISPLAY": display, "QT_QPA_PLATFORM": "xcb"}
        self._report = report

    def press(self, *keys: str) -> None:
        """As xdotool names them: ``Return``, ``ctrl+n``, ``Tab``."""
        for key in keys:
            self._xdotool("key", "--clearmodifiers", key)

    def type(self, text: str) -> None:
        self._xdotool("type", "--clearmodifiers", "--", text)

    def seen(self) -> dict[str, Any]:
        """What the window says it shows: ``window kind focus texts``."""
        try:
            found: dict[str, Any] = json.loads(self._report.read_text(encoding="utf-8"))
            return found
        except (FileNotFoundError, ValueError):
            return {"window": "", "kind": "", "focus": "", "texts": []}

    def until(self, wanted: Callable[[dict[str, Any]], bool], seconds: float = _PATIENCE) -> None:
        """Raises NotSeen when it does not come."""
        deadline = time.monotonic() + seconds
        while not wanted(seen := self.seen()):
            if time.monotonic() > deadline:
                raise NotSeen(json.dumps(seen, indent=1, ensure_ascii=False))
            time.sleep(0.05)

    def until_text(self, text: str, seconds: float = _PATIENCE) -> None:
        """Until ``text`` stands somewhere in the active window."""
        self.until(lambda seen: any(text in one for one in seen["texts"]), seconds)

    def tab_to(self, name: str, steps: int = 40) -> None:
        """Tab, until the keyboard is where a screen reader says ``name``."""
        for _ in range(steps):
            before = self.seen()["focus"]
            if name in before:
                return
            self.press("Tab")
            with contextlib.suppress(NotSeen):
                self.until(lambda seen, before=before: seen["focus"] != before, 1)  # type: ignore[misc]
        raise NotSeen(f"Tab never comes to {name}: {self.seen()['focus']}")

    def picture(self, file: Path) -> None:
        subprocess.run(
            ["import", "-window", "root", str(file)], env=self.environment, check=False, timeout=30
        )

    def _xdotool(self, *arguments: str) -> None:
        subprocess.run(["xdotool", *arguments], env=self.environment, check=True, timeout=60)


@contextlib.contextmanager
def real_screen(report: Path, size: str = "1280x900x24") -> Iterator[Screen]:
    """Xvfb on a display that is free, and openbox on it. Raises Unavailable."""
    missing = [name for name in NEEDED if shutil.which(name) is None]
    if missing:
        raise Unavailable(f"not installed: {' '.join(missing)}")
    reading, writing = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(writing), "-screen", "0", size, "-nolisten", "tcp"],
        pass_fds=[writing],
        stderr=subprocess.DEVNULL,
    )
    os.close(writing)
    manager = None
    try:
        with os.fdopen(reading) as answer:
            number = answer.readline().strip()
        if not number:
            raise Unavailable("Xvfb does not start")
        screen = Screen(f":{number}", report)
        manager = subprocess.Popen(
            ["openbox"],
            env=screen.environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        yield screen
    finally:
        for process in (manager, server):
            if process is not None:
                process.terminate()
                process.wait(20)
