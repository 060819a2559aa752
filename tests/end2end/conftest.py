"""The command line as a stranger's script uses it: arguments in, exit code and JSON out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ledgerdesk import log
from tests.helpers.command_line import Cli, Inside, Outside
from tests.helpers.intake import Papers
from tests.helpers.keyring import MemoryKeyring
from tests.helpers.office import Office


@pytest.fixture
def papers(seed: int) -> Papers:
    return Papers(seed)


@pytest.fixture
def cli(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch, memory_keyring: MemoryKeyring
) -> Iterator[Cli]:
    """The command line inside this process, on an empty data folder: for the many small cases."""
    yield Inside(data_dir, monkeypatch)
    log.stop()


@pytest.fixture
def another_cli(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[str], Cli]:
    """``another_cli("name")``: as ``cli``, on a data folder of its own."""
    return lambda name: Inside(tmp_path / name, monkeypatch)


@pytest.fixture
def script(data_dir: Path, secret_service: object) -> Cli:
    """The command line as processes of their own, beside the real Secret Service."""
    return Outside(data_dir)


@pytest.fixture
def office(cli: Cli, papers: Papers, tmp_path: Path) -> Office:
    """A firm on ``cli``: packages, clients and documents with few words."""
    return Office(cli, papers, tmp_path)
