"""One child process for all rules: started when the first document needs it, again when it died.

A check ends after 30 seconds at the latest: then the child ends itself, the document is told not
to have been evaluated, and the next one gets a new child.
"""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ledgerdesk.documents import rules_worker

LIMIT = 30.0
"""Seconds for one document, the start of the child and compiling the rules included."""

WORKER_OPTION = "--rules-worker"
"""How a frozen program is told to be the child."""


Request = list[str | float]


class NotEvaluated(Exception):
    """The rules gave no verdict; the text says why."""


@dataclass(frozen=True, slots=True)
class Broken:
    """One rule that is not kept, in the words of the official rules."""

    rule: str
    fatal: bool
    text: str
    place: str


class RulesProcess:
    """Runs stylesheets. Any thread may call it; one document at a time is checked."""

    def __init__(self, limit: float = LIMIT) -> None:
        self._limit = limit
        self._lock = threading.Lock()
        self._child: subprocess.Popen[bytes] | None = None

    def run(self, stylesheet: Path, text: str) -> list[Broken]:
        """What ``stylesheet`` says against the XML ``text``. Raises NotEvaluated."""
        with self._lock:
            answer = self._answer([str(stylesheet), text, self._limit])
        if "error" in answer:
            raise NotEvaluated(answer["error"])
        return [
            Broken(rule, flag != "warning", said, place)
            for rule, flag, said, place in answer["broken"]
        ]

    def close(self) -> None:
        """Ends the child. A later check starts a new one."""
        with self._lock:
            self._end()

    def _answer(self, request: Request) -> dict[str, Any]:
        """One that was at rest may have died unnoticed: that one is replaced, once."""
        was_at_rest = self._child is not None
        try:
            return self._ask(request)
        except _Gone as gone:
            if not was_at_rest or gone.timed_out:
                raise NotEvaluated(gone.reason) from None
        try:
            return self._ask(request)
        except _Gone as gone:
            raise NotEvaluated(gone.reason) from None

    def _ask(self, request: Request) -> dict[str, Any]:
        child = self._child = self._child or _start()
        assert child.stdin is not None
        assert child.stdout is not None
        started = time.monotonic()
        try:
            rules_worker.send(child.stdin, request)
            message = rules_worker.receive(child.stdout)
        except OSError:
            message = None
        if message is None:
            code = self._end()
            raise _Gone(time.monotonic() - started >= self._limit, self._limit, code)
        answer: dict[str, Any] = json.loads(message)
        return answer

    def _end(self) -> int:
        child, self._child = self._child, None
        if child is None:
            return 0
        for stream in (child.stdin, child.stdout):
            try:
                if stream is not None:
                    stream.close()
            except OSError:
                pass
        try:
            return child.wait(1)
        except subprocess.TimeoutExpired:
            child.kill()
            return child.wait()


class _Gone(Exception):
    def __init__(self, timed_out: bool, limit: float, code: int) -> None:
        super().__init__()
        self.timed_out = timed_out
        self.reason = f"no answer within {limit:g} s" if timed_out else f"exit code {code}"


def can_run() -> bool:
    """Whether this machine has Saxon: there is none for Windows on ARM."""
    return importlib.util.find_spec("saxonche") is not None


def _command() -> list[str]:
    if getattr(sys, "frozen", False):
        return [sys.executable, WORKER_OPTION]
    # -P: the folder of the file holds names like those of other packages.
    return [sys.executable, "-P", str(Path(rules_worker.__file__).resolve())]


def _start() -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        _command(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
    )
