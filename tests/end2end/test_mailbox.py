"""A mailbox as ``sources`` sets it up and ``sync`` reads it, beside a real Dovecot."""

from __future__ import annotations

import sqlite3
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ledgerdesk.paths import DataFolder
from tests.helpers.command_line import Cli, Json
from tests.helpers.dovecot import HOST, PASSWORD, USER, Dovecot
from tests.helpers.intake import pdf
from tests.helpers.mails import mail
from tests.helpers.office import Office, places, sha256

SECRET = ("--secret", "password=env:IMAP_PASSWORD")


@pytest.fixture
def box(office: Office, dovecot: Dovecot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Box:
    monkeypatch.setenv("IMAP_PASSWORD", PASSWORD)
    (tmp_path / "ca.pem").write_text(dovecot.ca_pem)
    office.cli.canaries.append(PASSWORD)
    return Box(office, dovecot, tmp_path / "ca.pem")


class Box:
    """A firm with one client whose purchases go to a folder, and its mailbox."""

    def __init__(self, office: Office, dovecot: Dovecot, ca_file: Path) -> None:
        self.office, self.dovecot, self._ca_file = office, dovecot, ca_file
        self.cli: Cli = office.cli
        self.who = office.papers.who[0]

    def options(self, *more: str, **values: str) -> list[str]:
        given = {"host": HOST, "port": str(self.dovecot.tls_port), "username": USER, **values}
        pairs = [part for name, value in given.items() for part in ("--set", f"{name}={value}")]
        return ["--type", "mailbox", *pairs, "--ca-file", str(self._ca_file), *SECRET, *more]

    def add(self, *more: str, **values: str) -> Json:
        (made,) = self.cli("sources", "add", *self.options(*more, **values))["sources"]
        return dict(made)

    def fails(self, *more: str, **values: str) -> Json:
        return self.cli.fails("sources", "add", *self.options(*more, **values))

    def delivers(self) -> str:
        """The client whose purchases are delivered."""
        client = self.office.client(self.who, "1001")
        self.office.link(client, self.office.folder())
        return client

    def invoice(self) -> bytes:
        return self.office.purchase(self.who)

    def documents(self) -> list[Json]:
        return list(self.cli("documents", "list")["documents"])

    def states(self) -> Counter[tuple[str, str | None]]:
        return Counter((one["state"], one["reason"]) for one in self.documents())


def test_an_invoice_that_is_mailed_reaches_the_package(box: Box):
    box.delivers()
    invoice = box.invoice()
    made = box.add()
    box.dovecot.deliver(mail(("factuur.xml", invoice)))

    assert box.office.counts(code=0) == {"taken_in": 1, "delivered": 1}
    assert places(box.office.package) == [("1001/AP", sha256(invoice))]
    assert made["path"] == f"imap://{USER}@{HOST}:{box.dovecot.tls_port}/INBOX"
    assert (made["type"], made["state"]) == ("mailbox", "ok")
    assert box.office.counts(code=0) == {}


def test_no_flag_of_any_mail_is_touched(box: Box):
    box.dovecot.deliver(mail(("factuur.xml", box.invoice())))
    box.dovecot.deliver(mail(text="hello"))
    before = box.dovecot.files()
    box.add()
    box.office.sync()
    assert box.dovecot.files() == before


def test_the_password_is_sealed_and_never_told(box: Box):
    made = box.add()
    shown = box.cli("sources", "list")["sources"]
    assert shown == [made]
    for path in box.cli.data_dir.rglob("*"):
        assert not path.is_file() or PASSWORD.encode() not in path.read_bytes(), path
    with sqlite3.connect(DataFolder(box.cli.data_dir).database) as books:
        kinds = books.execute("SELECT owner_kind, owner_id, field FROM secret").fetchall()
    assert ("source", made["id"], "password") in kinds


def test_the_secrets_go_with_the_source(box: Box):
    made = box.add()
    box.cli("sources", "remove", made["id"])
    with sqlite3.connect(DataFolder(box.cli.data_dir).database) as books:
        assert books.execute(
            "SELECT count(*) FROM secret WHERE owner_kind='source'"
        ).fetchone() == (0,)


@pytest.mark.parametrize("security", ["starttls", "none"])
def test_other_ways_to_the_server(box: Box, security: str):
    made = box.add(port=str(box.dovecot.port), security=security)
    assert made["state"] == "ok"


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"username": "docs@office.example", "folder": "Nowhere"}, "mail_folder_missing"),
        ({"port": "1"}, "connection_refused"),
        ({"host": "imap.office.invalid"}, "host_not_found"),
        ({"host": "imap.office.example", "security": "none"}, "invalid_value"),
        ({"colour": "blue"}, "invalid_value"),
        ({"password": "typed"}, "invalid_value"),
    ],
)
def test_what_cannot_work_is_refused_and_nothing_is_kept(
    box: Box, values: dict[str, str], code: str
):
    assert box.fails(**values)["code"] == code
    assert box.cli("sources", "list") == {"sources": []}


def test_a_wrong_password_is_refused(box: Box, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("IMAP_PASSWORD", "wrong")
    error = box.fails()
    assert (error["code"], error["detail"]["username"]) == ("credentials_rejected", USER)
    assert box.cli("sources", "list") == {"sources": []}


def test_a_server_nobody_vouches_for_is_refused(box: Box):
    given = box.options()
    at = given.index("--ca-file")
    error = box.cli.fails("sources", "add", *given[:at], *given[at + 2 :])
    assert error["code"] == "certificate_untrusted"


def test_a_password_that_was_changed_waits_for_a_person(box: Box, monkeypatch: pytest.MonkeyPatch):
    made = box.add()
    monkeypatch.setenv("IMAP_PASSWORD", "wrong")
    error = box.cli.fails("sources", "sign-in", made["id"], *SECRET)
    assert error["code"] == "credentials_rejected"
    monkeypatch.setenv("IMAP_PASSWORD", PASSWORD)
    (again,) = box.cli("sources", "sign-in", made["id"], *SECRET)["sources"]
    assert (again["state"], again["error"]) == ("ok", None)
    (tested,) = box.cli("sources", "test", made["id"])["sources"]
    assert tested["state"] == "ok"


def test_every_mail_ends_visibly(box: Box):
    box.delivers()
    invoice = box.invoice()
    logo = b"\x89PNG\r\n\x1a\n" + bytes(500)
    box.dovecot.deliver(mail(("factuur.xml", invoice), ("image001.png", logo), ("x.p7s", b"1")))
    box.dovecot.deliver(mail(text="Kunt u mij bellen?", subject="Vraag"))
    box.dovecot.deliver(mail(text="Download uw factuur: https://portal.example/1", subject="Klaar"))
    box.add()
    box.office.sync()
    assert box.states() == {
        ("ready", None): 1,
        ("set_aside", "inline_image"): 1,
        ("set_aside", "mail_signature"): 1,
        ("set_aside", "mail_without_document"): 1,
        ("set_aside", "mail_with_link"): 1,
    }
    (line,) = [one for one in box.documents() if one["reason"] == "mail_without_document"]
    assert "Vraag" in line["findings"][0]["text"]
    assert "jan@supplier.example" in line["path"]


@pytest.mark.parametrize(("start", "expected"), [("all", 2), ("now", 0), ("2026-10-03", 1)])
def test_a_starting_point(box: Box, start: str, expected: int):
    for day in (1, 5):
        at = datetime(2026, 10, day, 12, tzinfo=UTC)
        box.dovecot.deliver(mail((f"{day}.pdf", pdf(f"{day}"))), at=at)
    box.add("--from", start)
    assert box.office.counts().get("taken_in", 0) == expected
    box.dovecot.deliver(mail(("new.pdf", pdf("new"))))
    assert box.office.counts().get("taken_in", 0) == 1


@pytest.mark.parametrize("start", ["all", "now", "2026-10-03"])
def test_a_mailbox_its_provider_rebuilt_brings_nothing_twice(box: Box, start: str):
    old = datetime(2026, 10, 1, 12, tzinfo=UTC)
    box.dovecot.deliver(mail(("old.pdf", pdf("old"))), at=old)
    box.add("--from", start)
    at = datetime.now(UTC) + timedelta(seconds=5)
    box.dovecot.deliver(mail(("a.pdf", pdf("a"))), at=at)
    box.office.sync()
    before = box.states()

    box.dovecot.rebuild()
    assert box.office.counts().get("taken_in", 0) == 0
    assert box.states() == before
    # The new numbers are known from now on, and what comes next is not missed.
    box.dovecot.deliver(mail(("b.pdf", pdf("b"))), at=at)
    assert box.office.counts()["taken_in"] == 1


def test_mails_are_moved_only_where_that_is_asked_for(box: Box):
    box.dovecot.deliver(mail(("a.pdf", pdf("a"))))
    box.add("--after", "move")
    box.office.sync()
    assert list(box.dovecot.files()) == []
    assert len(box.dovecot.files("LedgerDesk")) == 1
    assert box.office.counts().get("taken_in", 0) == 0


def test_a_senders_rule_says_whose_it_is(box: Box):
    client = box.delivers()
    box.cli("senders", "set", "Scan@Printer.example", "--client", client, "--direction", "purchase")
    box.dovecot.deliver(mail(("scan.pdf", pdf()), sender="scan@printer.example"))
    box.dovecot.deliver(
        mail(
            ("forged.pdf", pdf("forged")),
            sender="scan@printer.example",
            headers={"Authentication-Results": "mx.example; dmarc=fail"},
        )
    )
    box.add()
    box.office.sync()
    found = {one["member"]: one for one in box.documents()}
    assert (found["scan.pdf"]["state"], found["scan.pdf"]["client_id"]) == ("ready", client)
    assert found["forged.pdf"]["client_id"] is None
    assert found["forged.pdf"]["proposed_client_id"] == client


def test_what_a_person_decided_is_proposed_for_the_next_mail(box: Box):
    client = box.delivers()
    box.add()
    box.dovecot.deliver(mail(("1.pdf", pdf("1")), sender="an@bakery.example"))
    box.office.sync()
    (first,) = box.documents()
    assert (first["state"], first["proposed_client_id"]) == ("unassigned", None)
    box.cli("documents", "assign", first["id"], "--client", client, "--direction", "purchase")

    box.dovecot.deliver(mail(("2.pdf", pdf("2")), sender="an@bakery.example"))
    box.office.sync()
    second = next(one for one in box.documents() if one["member"] == "2.pdf")
    assert (second["state"], second["proposed_client_id"]) == ("unassigned", client)
    (learnt,) = box.cli("senders", "list")["senders"]
    assert (learnt["address"], learnt["said"]) == ("an@bakery.example", False)


def test_a_sender_that_is_not_for_the_books(box: Box):
    box.cli("senders", "set", "@news.example", "--ignore")
    box.dovecot.deliver(mail(("ad.pdf", pdf("ad")), sender="deals@news.example"))
    box.add()
    assert box.office.counts(code=0) == {"taken_in": 1}
    assert box.states() == {("set_aside", "sender_ignored"): 1}


def test_a_mailbox_out_of_reach_stops_no_other_source(box: Box):
    box.delivers()
    made = box.add()
    box.office.arriving.mkdir()
    box.cli("sources", "add", box.office.arriving)
    box.office.write("a.xml", box.invoice())
    with sqlite3.connect(DataFolder(box.cli.data_dir).database) as books:
        books.execute("DELETE FROM secret WHERE owner_id = ?", (made["id"],))
    assert box.office.counts()["delivered"] == 1
    (mailbox, _) = box.cli("sources", "list")["sources"]
    assert mailbox["state"] == "reauthenticate"
