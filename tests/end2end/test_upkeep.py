"""Key stores, locks, databases, backups, the journal: what goes wrong is told, nothing is lost."""

from __future__ import annotations

import json
import shutil
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import keyring
import keyring.backends.fail
import pytest

from ledgerdesk.delivery import sync as runs
from ledgerdesk.paths import DataFolder
from ledgerdesk.store import engine_lock
from tests.end2end.test_sftp import add as add_server
from tests.helpers.command_line import Cli, Inside, Outside
from tests.helpers.keyring import MemoryKeyring
from tests.helpers.office import Office, places, sha256
from tests.helpers.sshd import Sshd

# --- the key store --------------------------------------------------------------------------------


def test_without_a_key_store_nothing_secret_is_saved(cli: Cli, sshd: Sshd):
    keyring.set_keyring(keyring.backends.fail.Keyring())
    command = ("configurations", "add", "sftp", "--name", "S", "--kind", "invoices", "--untested")
    values = ("--set", f"host={sshd.host}", "--set", f"username={sshd.username}", "--accept-terms")

    error = cli.fails(*command, *values, "--secret", "password=-", stdin="geheim", code=3)

    assert error["code"] == "keyring_unusable"
    assert cli("configurations", "list") == {"configurations": []}
    assert cli("connections", "list") == {"connections": []}
    assert sshd.log() == ""


def test_what_needs_no_secret_never_asks_the_key_store(
    office: Office, memory_keyring: MemoryKeyring
):
    memory_keyring.locked = True
    business = office.papers.who[0]
    office.link(office.client(business, "K1"), office.folder())
    office.add("a.xml", office.purchase(business))

    assert office.counts(code=0) == {"delivered": 1}
    office.cli("status")
    office.cli("doctor", code=None)
    office.cli("journal", "verify")
    assert memory_keyring.calls == 0


def test_a_lost_key_asks_to_sign_in_again_and_loses_nothing(
    office: Office, sshd: Sshd, memory_keyring: MemoryKeyring
):
    configuration = add_server(office.cli, sshd)
    office.link(office.client(office.papers.who[0], "K1"), configuration["id"])
    content = office.purchase(office.papers.who[0])
    office.add("a.xml", content)
    memory_keyring.kept.clear()

    assert office.counts(code=1) == {"blocked": 1}
    (connection,) = office.cli("connections", "list")["connections"]
    assert (connection["state"], connection["error"]["code"]) == ("reauthenticate", "key_missing")
    assert "sign in again" in connection["error"]["text"]
    assert memory_keyring.kept == {}

    again = ("connections", "reconnect", connection["id"], "--secret", "password=-")
    office.cli(*again, stdin=sshd.password)
    assert office.counts(code=0) == {"delivered": 1}
    assert places(sshd.home / "import") == [("K1/AP", sha256(content))]


# --- one engine -----------------------------------------------------------------------------------


def test_an_engine_that_never_answers_is_busy(
    office: Office, data_dir: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(runs, "ANSWER_WITHIN", 0.5)
    office.client(office.papers.who[0])

    with engine_lock(DataFolder(data_dir)):
        error = office.cli.fails("sync", code=3)
        # Everything else works beside it.
        office.client(office.papers.who[1])
        assert office.cli("status")["engine_running"] is True

    assert error["code"] == "engine_busy"
    assert office.counts(code=0) == {}


def test_two_at_once_send_everything_once(script: Cli, office: Office, data_dir: Path):
    configuration = office.folder()
    for at, business in enumerate(office.papers.who):
        office.link(office.client(business, f"K{at}"), configuration)
        office.write(f"{at}.xml", office.purchase(business))
    office.cli("sources", "add", office.arriving)

    command = ("--data-dir", str(data_dir), "--json", "sync")
    processes = [Outside.start(*command) for _ in range(2)]
    answers = [json.loads(process.communicate(timeout=100)[0]) for process in processes]

    assert [process.returncode for process in processes] == [0, 0]
    assert all("taken_in" in one for one in answers)
    wanted = len(office.papers.who)
    assert max(one["delivered"] for one in answers) == wanted
    assert len(places(office.package)) == wanted


# --- the database ---------------------------------------------------------------------------------


@pytest.fixture
def database(office: Office, data_dir: Path) -> Path:
    """The database of a folder that has been in use."""
    office.client(office.papers.who[0], "K1")
    office.sync(code=0)
    return data_dir / "ledgerdesk.db"


COMMANDS = [("sync",), ("clients", "list"), ("clients", "add", "--name", "A"), ("status",)]


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
@pytest.mark.parametrize("content", [b"no database at all" * 99, b"", None])
def test_a_damaged_database_is_told_and_left_as_it_is(
    content: bytes | None, command: tuple[str, ...], cli: Cli, database: Path
):
    if content is None:
        database.unlink()
    else:
        database.write_bytes(content)

    error = cli.fails(*command, code=3)

    assert error["code"] == "database_damaged"
    assert "restore" in error["text"].lower()
    assert (database.read_bytes() if database.exists() else None) == content


def test_a_page_of_garbage_stops_the_engine(cli: Cli, database: Path):
    with database.open("r+b") as file:
        file.seek(4096 * 3)
        file.write(b"\xff" * 4096 * 8)

    assert cli.fails("sync", code=3)["code"] == "database_damaged"
    assert cli("doctor", code=1)["ok"] is False


def test_a_newer_database_is_left_alone(cli: Cli, database: Path):
    with closing(sqlite3.connect(database)) as raw, raw:
        raw.execute("UPDATE alembic_version SET version_num = '9999'")

    assert cli.fails("sync", code=3)["code"] == "database_newer"
    assert cli.fails("clients", "list", code=3)["code"] == "database_newer"


def test_a_data_folder_that_cannot_be_is_told(cli: Cli, tmp_path: Path):
    (tmp_path / "file").write_text("")
    cli.data_dir = tmp_path / "file" / "below"
    assert cli.fails("clients", "list", code=3)["code"] == "data_folder_unusable"


# --- journal, backup, restore ---------------------------------------------------------------------


def tamper(database: Path, statement: str) -> None:
    with closing(sqlite3.connect(database)) as raw, raw:
        triggers = raw.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for (name,) in triggers:
            raw.execute(f"DROP TRIGGER {name}")
        raw.execute(statement)


def test_the_journal_is_whole_until_somebody_changes_it(cli: Cli, database: Path):
    whole = cli("journal", "verify")
    assert whole == {"ok": True, "rows": whole["rows"], "first_bad": None}
    assert whole["rows"] >= 1

    tamper(database, "UPDATE journal SET what = 'client.removed' WHERE seq = 1")

    assert cli("journal", "verify", code=1) == {"ok": False, "rows": whole["rows"], "first_bad": 1}
    assert cli("doctor", code=1)["ok"] is False


def test_the_exported_journal_ends_with_its_head(cli: Cli, database: Path, tmp_path: Path):
    target = tmp_path / "journal.jsonl"

    told = cli("journal", "export", target)

    lines = [json.loads(line) for line in target.read_text().splitlines()]
    assert len(lines) == told["rows"] + 1
    assert lines[-1]["head"]["hash"] == told["head"] == lines[-2]["hash"]
    assert lines[0]["what"] == "client.added"


@pytest.mark.parametrize("place", ["{data}/ledgerdesk.db", "{data}/new", "{data}/../no/such/x"])
def test_the_journal_is_never_exported_over_the_books(place: str, cli: Cli, database: Path):
    target = place.format(data=cli.data_dir)
    assert cli.fails("journal", "export", target)["code"] == "file_not_written"
    assert cli("journal", "verify")["ok"] is True


def test_a_backup_comes_back_on_another_computer(
    office: Office,
    sshd: Sshd,
    tmp_path: Path,
    another_cli: Callable[[str], Inside],
    memory_keyring: MemoryKeyring,
):
    configuration = add_server(office.cli, sshd)
    office.link(office.client(office.papers.who[0], "K1"), configuration["id"])
    content = office.purchase(office.papers.who[0])
    office.add("a.xml", content)
    backup = tmp_path / "backup.tar"

    written = office.cli("backup", backup)
    assert written == {"file": str(backup), "size": backup.stat().st_size}
    assert list(tmp_path.glob("backup*")) == [backup]
    assert sshd.password.encode() not in backup.read_bytes()

    memory_keyring.kept.clear()
    other = another_cli("other")
    restored = other("restore", backup, code=1)
    assert restored == {"restored": str(backup), "kept": None, "sign_in_again": True}
    (connection,) = other("connections", "list")["connections"]
    assert connection["state"] == "reauthenticate"
    again = ("connections", "reconnect", connection["id"], "--secret", "password=-")
    other(*again, stdin=sshd.password)
    assert other("sync")["delivered"] == 1
    assert places(sshd.home / "import") == [("K1/AP", sha256(content))]


def test_restore_keeps_the_former_database(office: Office, tmp_path: Path):
    office.client(office.papers.who[0], "K1")
    backup = tmp_path / "backup.tar"
    office.cli("backup", backup)
    office.client(office.papers.who[1], "K2")

    restored = office.cli("restore", backup)

    assert Path(restored["kept"]).is_file()
    assert [one["file_number"] for one in office.cli("clients", "list")["clients"]] == ["K1"]
    assert office.cli("journal", "verify")["ok"] is True


def test_a_damaged_database_is_restored(office: Office, database: Path, tmp_path: Path):
    backup = tmp_path / "backup.tar"
    office.cli("backup", backup)
    database.write_bytes(b"no database at all" * 99)

    restored = office.cli("restore", backup)

    assert Path(restored["kept"]).read_bytes() == b"no database at all" * 99
    assert len(office.cli("clients", "list")["clients"]) == 1


@pytest.mark.parametrize("content", [b"", b"no backup", None])
def test_what_is_no_backup_changes_nothing(
    content: bytes | None, cli: Cli, database: Path, tmp_path: Path
):
    file = tmp_path / "strange.tar"
    if content is not None:
        file.write_bytes(content)

    assert cli.fails("restore", file)["code"] == "backup_unusable"
    assert len(cli("clients", "list")["clients"]) == 1


def test_a_backup_never_overwrites_the_books(cli: Cli, database: Path):
    assert cli.fails("backup", database)["code"] == "backup_not_written"
    assert cli.fails("backup", database.parent / "nowhere" / "x")["code"] == "backup_not_written"
    assert len(cli("clients", "list")["clients"]) == 1


# --- how it stands --------------------------------------------------------------------------------


def test_doctor_looks_at_a_folder_that_is_not_there_and_makes_none(cli: Cli):
    shutil.rmtree(cli.data_dir)

    report = cli("doctor")

    assert report["ok"] is True and all(one["ok"] for one in report["checks"])
    assert report["sqlite"]["version"] == sqlite3.sqlite_version
    assert not cli.data_dir.exists()


def test_doctor_names_sqlites_version_and_mode(cli: Cli, database: Path):
    assert cli("doctor")["sqlite"]["journal_mode"] == "wal"


def test_status_is_calm_when_nothing_waits(cli: Cli, database: Path):
    status = cli("status")
    assert status["attention"] == [] and not any(status["counts"].values())
    assert status["engine_running"] is False


def test_status_names_each_cause_once(office: Office):
    business = office.papers.who[0]
    office.link(office.client(business), office.folder())
    for at in range(3):
        office.add(f"{at}.xml", office.purchase(business))

    status = office.cli("status", code=1)

    (attention,) = status["attention"]
    assert (attention["code"], attention["documents"]) == ("empty_variable", 3)
    assert status["counts"]["blocked"] == 3
    told = office.cli.tells("status", code=1).out
    assert told.count("[accounting_file_id] is empty") == 1 and business.name in told


def test_help_is_quick_and_touches_nothing(tmp_path: Path):
    script = Outside(tmp_path / "nowhere")
    before = time.perf_counter()
    answer = script.tells("--help")
    assert time.perf_counter() - before < 10
    assert "configurations" in answer.out
    assert not script.data_dir.exists()


def test_a_bug_is_told_in_one_calm_sentence(
    cli: Cli, database: Path, monkeypatch: pytest.MonkeyPatch, allow_log: Callable[..., None]
):
    allow_log("ledgerdesk")

    def broken(*_: object) -> None:
        raise ZeroDivisionError("deep inside")

    monkeypatch.setattr("ledgerdesk.upkeep.status", broken)

    error = cli.fails("status", code=3)

    assert (error["code"], error["owner"]) == ("unexpected", "it")
    assert "deep inside" not in error["text"]
    assert "ZeroDivisionError" in (cli.data_dir / "ledgerdesk.log").read_text()
