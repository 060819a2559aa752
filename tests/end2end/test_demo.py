"""The practice world: books and servers agree, and a difference is noticed."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from ledgerdesk.connectors import all_connectors
from tests.helpers.command_line import Cli, Inside, Json, Outside
from tests.helpers.office import files

SEEDS = (1, 2)
ON_DISK = ("sftp", "folder", "bocount", "count_e")


def what_came(folder: Path) -> dict[str, str]:
    return files(folder / "arriving")


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Json]:
    """One day of practice, played by a process without any key store."""
    folder = tmp_path_factory.mktemp("practice")
    script = Outside(folder)
    none = {"PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring"}
    return folder, script("demo", "--seed", "7", env=none)


def test_books_and_servers_agree(played: tuple[Path, Json]):
    _, told = played
    assert told["agree"] is True and told["seed"] == 7
    assert all(line["agrees"] for line in told["documents"])
    outcomes = {line["outcome"] for line in told["documents"]}
    assert len(told["documents"]) >= 40 and len(outcomes) >= 5


def test_every_delivered_line_says_where_it_lies(played: tuple[Path, Json]):
    folder, told = played
    delivered = [line for line in told["documents"] if line["place"]]
    assert len(delivered) == told["sync"]["delivered"]
    on_disk = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    in_files = [line["place"] for line in delivered if line["connector_id"] in ON_DISK]
    assert len(in_files) > 10
    assert all(any(one.endswith(f"/{place}") for one in on_disk) for place in in_files)


def test_the_practice_folder_is_one_and_its_books_hold(played: tuple[Path, Json]):
    folder, told = played
    script = Inside(folder, pytest.MonkeyPatch())
    assert (folder / "practice.key").exists()
    assert script("journal", "verify")["ok"] is True
    assert script("doctor", code=None)["checks"]
    counts = script("status", code=1)["counts"]
    assert (
        counts["retrying"] + counts["queued"] == told["sync"]["retrying"] + told["sync"]["queued"]
    )


@pytest.mark.parametrize("host", ["192.0.2.1", "10.0.0.1"])
def test_a_practice_folder_reaches_this_computer_only(host: str, played: tuple[Path, Json]):
    script = Inside(played[0], pytest.MonkeyPatch())
    values = ("--set", f"host={host}", "--set", "username=u", "--secret", "password=-")
    command = ("configurations", "add", "sftp", "--name", f"Real {host}", "--kind", "invoices")

    error = script.fails(*command, *values, "--accept-terms", stdin="x")

    assert error["code"] == "loopback_only"


@pytest.mark.parametrize("seed", SEEDS)
def test_another_seed_is_another_day_that_agrees(seed: int, cli: Cli, played: tuple[Path, Json]):
    told = cli("demo", "--seed", str(seed))
    assert told["agree"] is True
    assert what_came(cli.data_dir) != what_came(played[0])


def test_the_same_seed_is_the_same_day(cli: Cli, played: tuple[Path, Json]):
    folder, told = played
    again = cli("demo", "--seed", "7")
    assert what_came(cli.data_dir) == what_came(folder)
    assert [line["file"] for line in again["documents"]] == [
        line["file"] for line in told["documents"]
    ]


def test_every_integration_delivers(played: tuple[Path, Json]):
    """A new one without a practice client fails here."""
    _, told = played
    delivered = {line["connector_id"] for line in told["documents"] if line["place"]}
    assert delivered == {one.id for one in all_connectors()}


def test_a_person_sees_which_integration_a_document_went_through(cli: Cli):
    shown = cli.tells("demo", "--seed", "4").out
    assert all(one.id in shown for one in all_connectors())


@pytest.mark.parametrize(
    "place", ["sftp.published:3", "email.end_of_data:4", "exact_online.published:2"]
)
def test_a_day_cut_short_is_played_again(place: str, tmp_path: Path):
    script = Outside(tmp_path / "practice")
    none = {"PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring"}
    cut = script.run("demo", "--seed", "5", env={**none, "LEDGERDESK_FAILPOINT": place})
    assert cut.code == -signal.SIGKILL

    told = script("demo", "--seed", "5", env=none)

    assert told["agree"] is True


def test_where_vendors_are_looked_for_is_as_before(cli: Cli, monkeypatch: pytest.MonkeyPatch):
    mine = "http://127.0.0.1:9"
    monkeypatch.setenv("LEDGERDESK_ENDPOINT_YUKI", mine)

    assert cli("demo", "--seed", "6")["agree"] is True

    left = {name: os.environ[name] for name in os.environ if name.startswith("LEDGERDESK_ENDPOINT")}
    assert left == {"LEDGERDESK_ENDPOINT_YUKI": mine}


def test_a_folder_with_real_books_is_never_played_in(cli: Cli):
    cli("clients", "add", "--name", "A real client")

    error = cli.fails("demo", code=3)

    assert error["code"] == "data_folder_unusable"
    assert len(cli("clients", "list")["clients"]) == 1


def test_a_folder_with_somebodys_files_is_never_emptied(cli: Cli):
    (cli.data_dir / "precious.txt").write_text("mine")
    cli.fails("demo", code=3)
    assert (cli.data_dir / "precious.txt").read_text() == "mine"


@pytest.fixture(autouse=True)
def _undo() -> Iterator[None]:
    from ledgerdesk import log

    yield
    log.stop()
