"""Dropbox from the first sign-in in the browser to a document in its folder; the verdict is what
the account holds."""

from __future__ import annotations

import json
import re
import webbrowser
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine

from ledgerdesk.practice.firm import Business
from ledgerdesk.practice.vendors._dropbox_files import Commit
from ledgerdesk.practice.vendors.dropbox import APP_KEY, DropboxAccount, DropboxServer
from ledgerdesk.practice.vendors.server import Answer, FaultKind, Request
from tests.end2end.test_secrets import spelled
from tests.helpers.command_line import Cli, Json, Outside
from tests.helpers.dropbox import browse, browser
from tests.helpers.intake import Papers
from tests.helpers.office import Office

ADD = ("configurations", "add", "dropbox", "--accept-terms", "--set", f"app_key={APP_KEY}")
UPLOAD = "/2/files/upload"


@pytest.fixture
def server(dropbox_server: DropboxServer, monkeypatch: pytest.MonkeyPatch) -> DropboxServer:
    monkeypatch.setenv("LEDGERDESK_ENDPOINT_DROPBOX", dropbox_server.url)
    return dropbox_server


Press = Callable[[str], None]


@pytest.fixture
def press(server: DropboxServer, monkeypatch: pytest.MonkeyPatch) -> Press:
    """Which button whoever sits at the browser presses; *Allow* from the start."""

    def choose(decision: str) -> None:
        monkeypatch.setattr(webbrowser, "open", lambda url: browse(url, decision))

    choose("allow")
    return choose


def add(cli: Cli, *more: str, name: str = "Dropbox", kind: str = "invoices") -> Json:
    return cli(*ADD, "--name", name, "--kind", kind, *more)


@pytest.fixture
def configuration(office: Office, press: Press) -> str:
    return str(add(office.cli)["configuration"]["id"])


@pytest.fixture
def client(office: Office, configuration: str) -> Business:
    """Whose documents go there."""
    business: Business = office.papers.who[0]
    office.link(office.client(business), configuration)
    return business


def connection(cli: Cli) -> Json:
    (one,) = cli("connections", "list")["connections"]
    return dict(one)


def uploads(server: DropboxServer) -> int:
    return len([one for one in server.requests(UPLOAD) if one.path == UPLOAD])


# --- meeting --------------------------------------------------------------------------------------


def test_the_first_day_at_dropbox(
    script: Outside, server: DropboxServer, papers: Papers, tmp_path: Path
) -> None:
    office = Office(script, papers, tmp_path)
    env = {"BROWSER": browser()}
    added = script(*ADD, "--name", "Dropbox", "--kind", "invoices", env=env)
    assert all(one["ok"] for one in added["checks"])
    kept = connection(script)
    assert kept["account"] == "an.peeters@kantoor.example"
    assert (kept["state"], kept["expires_at"]) == ("ok", None)

    business = papers.who[0]
    office.link(office.client(business), added["configuration"]["id"])
    invoice = office.purchase(business)
    office.add("a.xml", invoice)
    assert office.counts(code=0) == {"delivered": 1}

    ((path, content),) = server.files.items()
    assert content == invoice
    folder = re.escape(f"/Invoice_import/{business.name}_{business.number}/AP")
    assert re.fullmatch(rf"{folder}/\d{{4}}-\d\d-\d\d_.+_[0-9a-f]{{8}}\.xml", path)
    delivery = office.delivery()
    assert (delivery["state"], delivery["assurance"]) == ("delivered", "verified")
    assert delivery["remote"] == path


def test_a_no_in_the_browser_saves_nothing(cli: Cli, server: DropboxServer, press: Press) -> None:
    press("deny")
    error = cli.fails(*ADD, "--name", "Dropbox", "--kind", "invoices")
    assert error["code"] == "consent_denied"
    assert cli("configurations", "list") == {"configurations": []}
    assert cli("connections", "list") == {"connections": []}
    assert server.sign_ins.grants == []


def test_an_app_key_that_dropbox_does_not_know(
    cli: Cli, server: DropboxServer, press: Press, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The page says so; nobody comes back from it, and whoever waits gives up."""
    monkeypatch.setattr("ledgerdesk.setup.browser.PATIENCE", timedelta(seconds=0.3))
    monkeypatch.setattr(webbrowser, "open", lambda url: True)
    error = cli.fails(*ADD[:-1], "app_key=unknownkey00001", "--name", "D", "--kind", "invoices")
    assert error["code"] == "sign_in_timed_out"
    assert cli("connections", "list") == {"connections": []}


def test_both_kinds_use_one_sign_in(
    office: Office, server: DropboxServer, configuration: str
) -> None:
    id = connection(office.cli)["id"]
    given = ("--kind", "statements", "--connection", id, "--accept-terms")
    office.cli("configurations", "edit", configuration, *given)
    assert len(server.sign_ins.grants) == 1
    assert connection(office.cli)["id"] == id


# --- going wrong ----------------------------------------------------------------------------------


def test_an_answer_that_got_lost_is_found_by_looking(
    office: Office, server: DropboxServer, client: Business
) -> None:
    invoice = office.purchase(client)
    office.add("a.xml", invoice)
    server.break_next(FaultKind.DROP_AFTER, UPLOAD)
    assert office.counts(code=0) == {"delivered": 1}
    assert list(server.files.values()) == [invoice]
    assert uploads(server) == 1


def test_an_upload_that_got_lost_goes_again(
    office: Office, server: DropboxServer, client: Business
) -> None:
    invoice = office.purchase(client)
    office.add("a.xml", invoice)
    server.break_next(FaultKind.DROP_BEFORE, UPLOAD)
    assert office.counts(code=1) == {"queued": 1}
    assert office.counts(code=0) == {"delivered": 1}
    assert list(server.files.values()) == [invoice]


def test_what_the_package_took_at_once_is_not_sent_twice(
    office: Office, server: DropboxServer, client: Business, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The answer got lost, and the folder is empty again before anybody looks."""
    office.add("a.xml", office.purchase(client))
    server.break_next(FaultKind.DROP_AFTER, UPLOAD)
    answer = server.answer

    def taking(request: Request) -> Answer:
        for path in list(server.files):
            server.account.drive.remove(path)
        return answer(request)

    monkeypatch.setattr(server, "answer", taking)
    assert office.counts(code=0) == {"delivered": 1}
    assert uploads(server) == 1
    assert server.files == {}


def test_somebody_elses_file_stops_only_one(
    office: Office, server: DropboxServer, client: Business, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a.xml", "b.xml"):
        office.add(name, office.purchase(client))
    answer = server.answer

    def first_name_taken(request: Request) -> Answer:
        if request.path == UPLOAD and not server.files:
            path = json.loads(request.headers["dropbox-api-arg"])["path"]
            server.account.drive.write(Commit(path), b"theirs", server.clock.now())
        return answer(request)

    monkeypatch.setattr(server, "answer", first_name_taken)
    assert office.counts(code=1) == {"delivered": 1, "blocked": 1}
    (blocked,) = office.deliveries("--state", "blocked")
    assert blocked["error"]["code"] == "name_taken"
    assert len(server.files) == 2 and b"theirs" in server.files.values()


def test_a_vendor_that_asks_to_wait(
    office: Office, server: DropboxServer, client: Business
) -> None:
    office.add("a.xml", office.purchase(client))
    error = {"reason": {".tag": "too_many_requests"}, "retry_after": 90}
    server.break_next(FaultKind.ANSWER, UPLOAD, answer=Answer.of_json({"error": error}, 429))
    before = datetime.now(UTC)
    assert office.counts(code=1) == {"retrying": 1}
    (delivery,) = office.deliveries()
    assert delivery["error"]["code"] == "rate_limited"
    due = datetime.fromisoformat(delivery["next_attempt_at"])
    assert timedelta(seconds=85) < due - before < timedelta(seconds=120)
    assert uploads(server) == 1
    with time_machine.travel(due + timedelta(seconds=1)):
        assert office.counts(code=0) == {"delivered": 1}


def test_one_account_that_must_wait_holds_up_no_other(
    office: Office, server: DropboxServer, client: Business
) -> None:
    """Both signed in through the firm's one registration."""
    first = server.account
    second = DropboxAccount(2, "Bram Claes", "bram@elders.example")
    server.sign_in_as(second)
    other = office.papers.who[1]
    office.link(office.client(other), add(office.cli, name="Two")["configuration"]["id"])
    # Whoever comes first meets the limit.
    error = {"reason": {".tag": "too_many_requests"}, "retry_after": 90}
    server.break_next(FaultKind.ANSWER, UPLOAD, answer=Answer.of_json({"error": error}, 429))
    for business in (client, other):
        office.add(f"{business.number}.xml", office.purchase(business))
    assert office.counts(code=1) == {"delivered": 1, "retrying": 1}
    assert len(first.drive.contents) + len(second.drive.contents) == 1


def test_a_day_later_nobody_has_to_sign_in_again(
    office: Office, server: DropboxServer, client: Business
) -> None:
    office.add("a.xml", office.purchase(client))
    server.clock.forward(days=1)
    with time_machine.travel(datetime.now(UTC) + timedelta(days=1)):
        assert office.counts(code=0) == {"delivered": 1}
    assert len(server.sign_ins.grants) == 1
    assert 401 not in [status for _, status in server.log]


def test_disconnected_at_dropbox_and_signed_in_again(
    office: Office, server: DropboxServer, client: Business
) -> None:
    invoice = office.purchase(client)
    office.add("a.xml", invoice)
    server.revoke_all()
    assert office.counts(code=1) == {"blocked": 1}
    assert connection(office.cli)["state"] == "reauthenticate"
    assert office.delivery()["error"]["code"] == "sign_in_expired"

    office.cli("connections", "reconnect", connection(office.cli)["id"])
    assert connection(office.cli)["state"] == "ok"
    assert office.counts(code=0) == {"delivered": 1}
    assert list(server.files.values()) == [invoice]


def test_another_account_is_meant_only_when_somebody_says_so(
    office: Office, server: DropboxServer, client: Business
) -> None:
    id = connection(office.cli)["id"]
    mine = server.account
    server.sign_in_as(DropboxAccount(2, "Bram Claes", "bram@elders.example"))
    assert office.cli.fails("connections", "reconnect", id)["code"] == "other_account"
    office.add("a.xml", office.purchase(client))
    assert office.counts(code=0) == {"delivered": 1}
    assert len(mine.drive.contents) == 1
    assert server.files == {}


# --- nothing leaks --------------------------------------------------------------------------------


def test_tokens_are_found_nowhere(
    office: Office, server: DropboxServer, client: Business, tmp_path: Path
) -> None:
    office.add("a.xml", office.purchase(client))
    server.clock.forward(hours=5)
    office.cli.tells("--verbose", "sync")
    office.cli("journal", "export", tmp_path / "journal.jsonl")
    office.cli("backup", tmp_path / "backup.tar")
    (grant,) = server.sign_ins.grants
    secrets = [grant.refresh_token, *server.sign_ins.tokens]
    assert len(secrets) == 3

    kept = [one for one in office.cli.data_dir.rglob("*") if one.is_file()]
    for path in [*kept, tmp_path / "journal.jsonl", tmp_path / "backup.tar"]:
        content = path.read_bytes()
        for secret in secrets:
            assert not [one for one in spelled(secret) if one in content], path
