"""The text layer of PDFs, read in a child process: a file that hangs or crashes PDFium costs its
own text and nothing else."""

from __future__ import annotations

import atexit
import json
import os
import struct
import subprocess
import sys
import threading
from functools import lru_cache
from pathlib import Path

import ledgerdesk
from ledgerdesk.documents.rules_worker import receive

LARGEST = 32 * 1024 * 1024
WORKER_OPTION = "--pdf-text-worker"
"""How a frozen program is told to be the child."""

_LENGTH = struct.Struct(">I")


class PdfTexts:
    """Any thread may ask; one file at a time is read. The child is started when the first file
    needs it, and again when it ended."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._child: subprocess.Popen[bytes] | None = None

    def text(self, content: bytes) -> str:
        """ "" for what has none, is larger than LARGEST, or cannot be read in time. Never raises on
        any content."""
        if len(content) > LARGEST:
            return ""
        with self._lock:
            was_at_rest = self._child is not None
            answer = self._ask(content)
            if answer is None and was_at_rest and self._child is None:
                # It may have ended itself meanwhile; whatever this file does, twice is enough.
                answer = self._ask(content)
        return answer or ""

    def close(self) -> None:
        """Ends the child. A later file starts a new one."""
        with self._lock:
            self._end()

    def _ask(self, content: bytes) -> str | None:
        """None: the child has ended."""
        try:
            child = self._child = self._child or _start()
            assert child.stdin is not None
            assert child.stdout is not None
            child.stdin.write(_LENGTH.pack(len(content)) + content)
            child.stdin.flush()
            message = receive(child.stdout)
        except OSError:
            message = None
        if message is None:
            self._end()
            return None
        return str(json.loads(message))

    def _end(self) -> None:
        child, self._child = self._child, None
        if child is None:
            return
        for stream in (child.stdin, child.stdout):
            try:
                if stream is not None:
                    stream.close()
            except OSError:
                pass
        try:
            child.wait(1)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


def shared() -> PdfTexts:
    """One for the whole process; a forked one has its own."""
    return _of_process(os.getpid())


@lru_cache(1)
def _of_process(pid: int) -> PdfTexts:
    made = PdfTexts()
    atexit.register(made.close)
    return made


def _command() -> list[str]:
    if getattr(sys, "frozen", False):
        return [sys.executable, WORKER_OPTION]
    # -P: the folder the program was started in must not say what a module is.
    return [sys.executable, "-P", "-m", "ledgerdesk.documents.pdf_text_worker"]


def _start() -> subprocess.Popen[bytes]:
    environment = dict(os.environ)
    if not getattr(sys, "frozen", False):
        environment["PYTHONPATH"] = str(Path(ledgerdesk.__file__).parents[1])
    return subprocess.Popen(
        _command(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment,
        creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
    )
