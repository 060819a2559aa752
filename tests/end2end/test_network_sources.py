"""SFTP servers and Peppol inboxes as ``sources`` sets them up and ``sync`` reads them, and the PDFs
that come in and only a person can read."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from ledgerdesk.paths import DataFolder
from ledgerdesk.practice.pdf import text_pdf
from ledgerdesk.practice.vendors.peppol_inbox import RecommandServer
from tests.helpers.command_line import Json
from tests.helpers.office import Office, places, sha256
from tests.helpers.sshd import Sshd


def sealed(office: Office, secret: str, field: str) -> bool:
    """Whether the secret is in the vault and nowhere else."""
    for path in office.cli.data_dir.rglob("*"):
        assert not path.is_file() or secret.encode() not in path.read_bytes(), path
    with sqlite3.connect(DataFolder(office.cli.data_dir).database) as books:
        found = books.execute("SELECT owner_kind, field FROM secret").fetchall()
    return ("source", field) in found


# --- SFTP -----------------------------------------------------------------------------------------


class Server:
    """A firm whose one client's purchases go to a folder, and an SFTP server they arrive on."""

    def __init__(self, office: Office, sshd: Sshd) -> None:
        self.office, self.sshd = office, sshd
        self.root = sshd.home / "in"
        self.root.mkdir()
        self.root.chmod(0o777)
        self.who = office.papers.who[0]

    def options(self, *more: str) -> list[str]:
        given = {
            "host": self.sshd.host,
            "port": str(self.sshd.port),
            "username": self.sshd.username,
            "path": "in",
        }
        pairs = [part for name, value in given.items() for part in ("--set", f"{name}={value}")]
        return ["--type", "sftp", *pairs, "--secret", "password=env:SFTP_PASSWORD", *more]

    def add(self, *more: str) -> Json:
        key = ("--accept-host-key", self.sshd.fingerprint)
        (made,) = self.office.cli("sources", "add", *self.options(*key, *more))["sources"]
        return dict(made)

    def lay(self, name: str, content: bytes) -> Path:
        path = self.root / name
        path.write_bytes(content)
        os.utime(path, (time.time() - 60,) * 2)
        return path


@pytest.fixture
def server(office: Office, sshd: Sshd, monkeypatch: pytest.MonkeyPatch) -> Server:
    monkeypatch.setenv("SFTP_PASSWORD", sshd.password)
    office.cli.canaries.append(sshd.password)
    return Server(office, sshd)


def test_an_invoice_on_an_sftp_server_reaches_the_package(server: Server):
    office = server.office
    office.link(office.client(server.who, "1001"), office.folder())
    invoice = office.purchase(server.who)
    path = server.lay("factuur.xml", invoice)
    made = server.add()

    assert office.counts(code=0) == {"taken_in": 1, "delivered": 1}
    assert places(office.package) == [("1001/AP", sha256(invoice))]
    assert (made["type"], made["state"]) == ("sftp", "ok")
    assert made["path"] == f"sftp://{server.sshd.username}@{server.sshd.host}:{server.sshd.port}/in"
    assert path.read_bytes() == invoice
    assert office.counts(code=0) == {}
    assert sealed(office, server.sshd.password, "password")


def test_a_server_nobody_approved_is_refused_with_its_fingerprint(server: Server):
    error = server.office.cli.fails("sources", "add", *server.options())
    assert error["code"] == "host_key_unknown"
    assert error["detail"]["fingerprint"] == server.sshd.fingerprint
    assert server.office.cli("sources", "list") == {"sources": []}
    server.add()


def test_a_host_key_is_only_for_sources_that_have_one(server: Server, tmp_path: Path):
    place = tmp_path / "in"
    place.mkdir()
    error = server.office.cli.fails("sources", "add", place, "--accept-host-key", "SHA256:x")
    assert error["code"] == "invalid_value"


def test_a_replaced_server_waits_until_its_new_key_is_approved(server: Server):
    made, office = server.add(), server.office
    fingerprint = server.sshd.swap_host_key()
    office.sync()
    (source,) = office.cli("sources", "list")["sources"]
    assert (source["state"], source["error"]["code"]) == ("unreachable", "host_key_changed")
    (source,) = office.cli("sources", "sign-in", made["id"], "--accept-host-key", fingerprint)[
        "sources"
    ]
    assert (source["state"], source["error"]) == ("ok", None)
    server.lay("a.pdf", b"%PDF-1.4")
    assert office.counts()["taken_in"] == 1


def test_taken_files_are_moved_only_where_that_is_asked_for(server: Server):
    server.add("--after", "move")
    server.lay("a.pdf", b"%PDF-1.4")
    server.office.sync()
    assert [path.name for path in server.root.glob("LedgerDesk/done/*")] == ["a.pdf"]


# --- Peppol ---------------------------------------------------------------------------------------


@pytest.fixture
def inbox(office: Office, monkeypatch: pytest.MonkeyPatch) -> Iterator[RecommandServer]:
    with RecommandServer() as made:
        monkeypatch.setenv("LEDGERDESK_ENDPOINT_RECOMMAND", made.url)
        monkeypatch.setenv("PEPPOL_SECRET", made.secret)
        office.cli.canaries.append(made.secret)
        yield made


def peppol(inbox: RecommandServer, *more: str) -> list[str]:
    given = ["--type", "peppol", "--set", "profile=Recommand", "--set", f"username={inbox.key}"]
    return [*given, "--secret", "api_key=env:PEPPOL_SECRET", *more]


def test_an_invoice_that_came_by_peppol_reaches_the_package(office: Office, inbox: RecommandServer):
    who = office.papers.who[0]
    office.link(office.client(who, "1001"), office.folder())
    invoice = office.purchase(who)
    one = inbox.receive(invoice.decode(), f"0208:{who.number[2:]}")
    (made,) = office.cli("sources", "add", *peppol(inbox))["sources"]

    assert office.counts(code=0) == {"taken_in": 1, "delivered": 1}
    assert places(office.package) == [("1001/AP", sha256(invoice))]
    assert (made["type"], made["state"], one.history) == ("peppol", "ok", [])
    assert office.counts(code=0) == {}
    assert sealed(office, inbox.secret, "api_key")


def test_the_service_hears_of_it_only_where_the_firm_asked_for_it(
    office: Office, inbox: RecommandServer
):
    one = inbox.receive("<a/>")
    office.cli("sources", "add", *peppol(inbox, "--set", "acknowledge=yes"))
    office.sync()
    assert one.history == [True]


def test_a_profile_of_ones_own_is_read_from_its_file(
    office: Office, inbox: RecommandServer, tmp_path: Path
):
    profile = tmp_path / "own.toml"
    profile.write_text(
        '[profile]\nid="own_one"\ntitle="Own"\n'
        '[auth]\nscheme="basic"\nusername="{username}"\nsecret="{api_key}"\n'
        '[list]\npath="/inbox"\nitems="/documents"\nid="/id"\n'
        '[fetch]\npath="/documents/{id}"\nkind="text"\nvalue="/document/xml"\n'
    )
    inbox.receive("<a/>")
    options = [
        *("--type", "peppol", "--profile-file", str(profile)),
        *("--set", f"base_url={inbox.url}/api/v1", "--set", f"username={inbox.key}"),
        *("--secret", "api_key=env:PEPPOL_SECRET"),
    ]
    office.cli("sources", "add", *options)
    assert office.counts()["taken_in"] == 1
    profile.write_text("[profile")
    assert office.cli.fails("sources", "add", *options)["code"] == "profile_invalid"
    options[3] = str(tmp_path / "nowhere.toml")
    assert office.cli.fails("sources", "add", *options)["code"] == "invalid_value"


def test_a_wrong_key_is_refused(
    office: Office, inbox: RecommandServer, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("PEPPOL_SECRET", "secret_wrong")
    assert office.cli.fails("sources", "add", *peppol(inbox))["code"] == "credentials_rejected"
    assert office.cli("sources", "list") == {"sources": []}


# --- PDFs -----------------------------------------------------------------------------------------


def test_a_scan_is_proposed_and_one_yes_sends_it(office: Office):
    who, supplier = office.papers.who[0], office.papers.others[0]
    client = office.client(who, "1001")
    office.link(client, office.folder())
    office.arriving.mkdir()
    office.cli("sources", "add", office.arriving)
    scan = text_pdf(["Factuur 12", supplier.number, f"Klant: {who.number}", supplier.iban])
    office.write("scan.pdf", scan)

    assert office.counts()["unassigned"] == 1
    (document,) = office.cli("documents", "list")["documents"]
    assert (document["client_id"], document["proposed_client_id"]) == (None, client)
    assert (document["proposed_direction"], document["proposed_by"]) == ("purchase", "account")
    (document,) = office.cli("documents", "confirm", document["id"])["documents"]
    assert (document["state"], document["client_id"]) == ("ready", client)
    assert office.counts(code=0) == {"delivered": 1}
    assert places(office.package) == [("1001/AP", sha256(scan))]
    assert office.cli.fails("documents", "confirm", document["id"])["code"] == "not_possible_now"
