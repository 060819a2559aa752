"""A person at a real browser: Debian's Chromium without a screen, moved by its own debugging door.

As ``$BROWSER`` (``command``) it is what ``webbrowser`` starts with an address: it clicks what
PERSON_CLICKS names, one after the other, waits for the last page and writes to PERSON_REPORT where
it ended and what stood there.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FLAGS = (
    *("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
    *("--disable-default-apps", "--no-default-browser-check", "--disable-dev-shm-usage"),
    *("--remote-debugging-port=0", "--remote-allow-origins=*", "--no-proxy-server"),
)
_PATIENCE = 60.0


def unavailable() -> str:
    """Why there is no browser here; empty when there is one."""
    if shutil.which("chromium") is None:
        return "no chromium: `make test` installs it as root"
    try:
        import websocket  # noqa: F401
    except ImportError:
        return "no websocket-client: `make test` installs it"
    return ""


def command() -> str:
    """For ``$BROWSER``."""
    return f"{sys.executable} {Path(__file__).resolve()} %s"


@dataclass(frozen=True)
class Report:
    """Where the browser ended, what stood there, and every address it asked for on the way."""

    url: str
    text: str
    language: str
    values: Mapping[str, str]


def report(path: Path) -> Report:
    """What the person saw in the end; waits for it."""
    deadline = time.monotonic() + _PATIENCE
    while not path.exists():
        if time.monotonic() > deadline:
            raise AssertionError("the browser did not come to an end")
        time.sleep(0.05)
    return Report(**json.loads(path.read_text()))


class Page:
    """One tab, as a person uses it."""

    def __init__(self, address: str) -> None:
        import websocket

        self._line = websocket.create_connection(address, timeout=_PATIENCE)
        self._number = 0

    def call(self, method: str, **parameters: Any) -> Any:
        self._number += 1
        asked = {"id": self._number, "method": method, "params": parameters}
        self._line.send(json.dumps(asked))
        while True:
            told = json.loads(self._line.recv())
            if told.get("id") == self._number:
                if "error" in told:
                    raise AssertionError(f"{method}: {told['error']}")
                return told["result"]

    def value(self, expression: str) -> Any:
        told = self.call("Runtime.evaluate", expression=expression, returnByValue=True)
        return told["result"].get("value")

    def until(self, expression: str) -> None:
        """Waits until it is true; a page on its way to the next one answers nothing."""
        deadline = time.monotonic() + _PATIENCE
        while not self.value(expression):
            if time.monotonic() > deadline:
                raise AssertionError(f"never: {expression} at {self.value('location.href')}")
            time.sleep(0.02)

    def click(self, selector: str) -> None:
        """A click with the mouse, where the thing is."""
        found = f"document.querySelector({json.dumps(selector)})"
        self.until(f"document.readyState === 'complete' && {found} && {found}.offsetWidth > 0")
        box = self.value(f"JSON.stringify({found}.getBoundingClientRect())")
        place = json.loads(box)
        where = {"x": place["x"] + place["width"] / 2, "y": place["y"] + place["height"] / 2}
        for kind in ("mousePressed", "mouseReleased"):
            self.call("Input.dispatchMouseEvent", type=kind, button="left", clickCount=1, **where)

    def close(self) -> None:
        self._line.close()


@contextlib.contextmanager
def browser(*flags: str) -> Iterator[Page]:
    """A browser of its own, with an empty tab."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        process = subprocess.Popen(
            ["chromium", *FLAGS, *flags, f"--user-data-dir={profile}", "about:blank"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            page = Page(_tab(Path(profile), process))
            page.call("Page.enable")
            yield page
            page.close()
        finally:
            process.terminate()
            process.wait(30)


def _tab(profile: Path, process: subprocess.Popen[bytes]) -> str:
    import urllib.request

    deadline = time.monotonic() + _PATIENCE
    door = profile / "DevToolsActivePort"
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(OSError, ValueError, IndexError):
            port = int(door.read_text().splitlines()[0])
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/json/list", timeout=10) as told:
                tabs = [one for one in json.load(told) if one["type"] == "page"]
            return str(tabs[0]["webSocketDebuggerUrl"])
        time.sleep(0.05)
    raise AssertionError("Chromium did not start")


def visit(url: str, clicks: Sequence[str], flags: Sequence[str] = ()) -> Report:
    """Opens ``url``, clicks, and waits until nothing moves any more."""
    with browser(*flags) as page:
        page.call("Page.navigate", url=url)
        for selector in clicks:
            before = page.value("performance.timeOrigin")
            page.click(selector)
            page.until(f"performance.timeOrigin !== {before}")
        page.until("document.readyState === 'complete' && document.body !== null")
        return Report(
            page.value("location.href"),
            page.value("document.body.innerText"),
            page.value("document.documentElement.lang"),
            page.value(
                "Object.fromEntries([...document.querySelectorAll('textarea, a[href]')]"
                ".map(one => [one.id, one.value || one.href]))"
            ),
        )


def main() -> None:
    clicks = os.environ["PERSON_CLICKS"].split()
    flags = os.environ.get("PERSON_FLAGS", "").split("\n") if os.environ.get("PERSON_FLAGS") else []
    seen = visit(sys.argv[1], clicks, flags)
    path = Path(os.environ["PERSON_REPORT"])
    whole = path.with_suffix(".part")
    whole.write_text(json.dumps(seen.__dict__))
    whole.rename(path)


if __name__ == "__main__":
    main()
