"""An open data folder, and processes of their own beside it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

import pytest

from ledgerdesk.paths import DataFolder
from ledgerdesk.store import Books, open_books

ROOT = Path(__file__).parents[3]


class RunBeside(Protocol):
    def __call__(self, code: str, **environment: str) -> subprocess.Popen[str]: ...


@pytest.fixture
def folder(data_dir: Path) -> DataFolder:
    return DataFolder(data_dir)


@pytest.fixture
def books(folder: DataFolder) -> Iterator[Books]:
    with open_books(folder) as opened:
        yield opened


@pytest.fixture
def beside(data_dir: Path) -> Iterator[RunBeside]:
    """Starts Python code in a process of its own; ``folder`` is the data folder there."""
    started: list[subprocess.Popen[str]] = []
    prologue = (
        "import sys, pathlib\n"
        "from ledgerdesk.paths import DataFolder\n"
        "from ledgerdesk.store import engine_lock, open_books\n"
        f"folder = DataFolder(pathlib.Path({str(data_dir)!r}))\n"
    )

    def run(code: str, **environment: str) -> subprocess.Popen[str]:
        pipes: dict[str, Any] = {name: subprocess.PIPE for name in ("stdin", "stdout", "stderr")}
        process = subprocess.Popen(
            [sys.executable, "-c", prologue + code],
            cwd=ROOT,
            env={**os.environ, **environment},
            text=True,
            **pipes,
        )
        started.append(process)
        return process

    yield run
    for process in started:
        if process.poll() is None:
            process.kill()
        process.communicate()
