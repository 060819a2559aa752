"""Vendors without a public API, as a firm meets them: a profile completed from the vendor's paper,
or a way that works at once. The verdict is what the other side has."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ledgerdesk.app import open_desk
from ledgerdesk.practice.vendors.rest_profile import (
    REFUSED,
    Account,
    RestProfileServer,
    Ways,
    paper,
)
from ledgerdesk.practice.vendors.server import Answer, FaultKind
from ledgerdesk.setup.linking import LinkChange
from tests.helpers.command_line import Cli, Json
from tests.helpers.office import Office, files, places, sha256
from tests.helpers.smtp import SmtpServer
from tests.helpers.sshd import Sshd

IDS = ["bocount", "count_e", "lyanthe", "pingwin", "wings_online"]
ADD = ("configurations", "add", "bocount", "--name", "BoCount", "--kind", "invoices")
INCOMPLETE = ["auth.scheme", "upload.invoice.path"]
KEY = "SERVICE_PASSWORD"


@pytest.fixture
def server(make_rest_profile: Callable[..., RestProfileServer]) -> RestProfileServer:
    return make_rest_profile(Ways())


@pytest.fixture
def file(tmp_path: Path, server: RestProfileServer) -> Path:
    """What the firm wrote down from the vendor's paper."""
    path = tmp_path / "from-the-vendor.toml"
    path.write_text("# BoCount, as told on the phone\n" + paper("bocount", server.ways))
    return path


def listed(cli: Cli, id: str = "bocount") -> Json:
    (one,) = [each for each in cli("profiles", "list")["profiles"] if each["id"] == id]
    return dict(one)


def given(values: dict[str, str]) -> list[str]:
    return [part for name, value in values.items() for part in ("--set", f"{name}={value}")]


def add(cli: Cli, server: RestProfileServer, *more: str, **env: str) -> Json:
    """BoCount by its web service, with one sign-in for all clients."""
    values = {"base_url": server.address, "username": server.account.username}
    secret = ("--secret", f"password=env:{KEY}", "--accept-terms")
    env = {KEY: server.account.password} | env
    return dict(cli(*ADD, *given(values), *secret, *more, env=env))


def dossier(office: Office, server: RestProfileServer, at: int, configuration: str) -> str:
    """A client whose number the service knows, linked; its id."""
    business = office.papers.who[at]
    server.account.companies[business.number] = business.name
    client = office.client(business, f"K{at}")
    office.link(client, configuration)
    return client


def send(office: Office, at: int, name: str = "") -> bytes:
    content = office.purchase(office.papers.who[at])
    office.add(name or f"{at}.xml", content)
    return content


# --- profiles -------------------------------------------------------------------------------------


def test_what_ships_is_honest_about_what_it_lacks(cli: Cli):
    found = {one["id"]: one for one in cli("profiles", "list")["profiles"]}
    assert set(IDS) <= set(found)
    for id in IDS:
        assert found[id]["standing"] == "you_complete_it"
        assert found[id]["complete"] is False
        assert found[id]["missing"] == INCOMPLETE
    assert cli("profiles", "list", "--limit", "1")["more"] is True


def test_an_imported_profile_completes_the_one_that_ships(cli: Cli, file: Path):
    kept = cli("profiles", "import", file)["profiles"]
    assert kept == [listed(cli)]
    assert kept[0] | {"title": ""} == {
        "id": "bocount",
        "title": "",
        "standing": "you_complete_it",
        "complete": True,
        "missing": [],
        "own": True,
        "error": None,
    }
    (other,) = [one for one in cli("profiles", "list")["profiles"] if one["id"] == "pingwin"]
    assert not other["own"]


def test_a_profile_is_handed_on_as_it_was_written(
    cli: Cli,
    another_cli: Callable[[str], Cli],
    file: Path,
    tmp_path: Path,
    server: RestProfileServer,
):
    cli("profiles", "import", file)
    add(cli, server)
    copy = tmp_path / "for-a-colleague.toml"

    assert cli("profiles", "export", "BoCount", copy)["profiles"][0]["id"] == "bocount"

    assert copy.read_text() == file.read_text()
    assert server.account.password not in copy.read_text()
    assert another_cli("colleague")("profiles", "import", copy)["profiles"][0]["complete"]


def test_an_incomplete_one_is_exported_to_be_filled_in(cli: Cli, tmp_path: Path):
    cli("profiles", "export", "pingwin", tmp_path / "p.toml")
    read = tomllib.loads((tmp_path / "p.toml").read_text())
    assert [one["key"] for one in read["field"]] == ["api_key", "clid", "file_id"]
    assert cli("profiles", "import", tmp_path / "p.toml")["profiles"][0]["complete"] is False


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ("[test]", "[tests]", "tests"),
        ('key = "company_number"', 'key = "colour"', "upload.invoice.path"),
        ('[[field]]\nkey = "company', '[[field]]\nkey = "colour"\n[[field]]\nkey = "company', None),
        ("secret = true", "secret = false", "auth.scheme"),
        ('sender = "LedgerDesk"', 'api_key = "4f1c2a90"', "upload.invoice.values.api_key"),
        ('id = "bocount"', 'id = "winbooks"', "profile.id"),
        ("[limits]", "[limits", "TOML"),
    ],
)
def test_a_mistake_is_named_and_nothing_changes(
    cli: Cli, file: Path, old: str, new: str, key: str | None
):
    assert old in file.read_text()
    file.write_text(file.read_text().replace(old, new, 1))

    error = cli.fails("profiles", "import", file)

    assert error["code"] == "profile_invalid"
    assert error["detail"]["key"] == (key or "field.colour")
    assert not listed(cli)["own"]


def test_a_line_without_encryption_needs_a_yes_outside_this_computer(
    cli: Cli, file: Path, server: RestProfileServer
):
    file.write_text(paper("pingwin", server.ways, "http://192.168.1.5:8080"))
    assert cli.fails("profiles", "import", file)["code"] == "profile_not_encrypted"
    assert not listed(cli, "pingwin")["own"]
    assert cli("profiles", "import", file, "--accept-http")["profiles"][0]["own"]
    file.write_text(paper("pingwin", server.ways, "http://127.0.0.1:8080"))
    assert cli("profiles", "import", file)["profiles"][0]["complete"]


@pytest.mark.parametrize("what", ["missing", "folder", "binary"])
def test_what_is_no_profile_is_told(cli: Cli, tmp_path: Path, what: str):
    path = tmp_path / what
    if what == "folder":
        path.mkdir()
    if what == "binary":
        path.write_bytes(b"\xff\xfe\x00")
    assert cli.fails("profiles", "import", path)["code"] == "invalid_value"


@pytest.mark.parametrize("command", ["export", "test"])
def test_an_unknown_profile_is_told(cli: Cli, command: str, tmp_path: Path):
    more = [tmp_path / "x"] if command == "export" else []
    assert cli.fails("profiles", command, "winbooks", *more)["code"] == "unknown_id"


def test_a_profile_changed_by_hand_is_shown_and_sends_nothing(
    office: Office, file: Path, server: RestProfileServer, data_dir: Path
):
    office.cli("profiles", "import", file)
    dossier(office, server, 0, add(office.cli, server)["configuration"]["id"])
    (data_dir / "profiles" / "bocount.toml").write_text("[profile")

    assert listed(office.cli)["error"]
    send(office, 0)
    assert office.counts(code=1) == {"blocked": 1}
    assert office.delivery()["error"]["code"] == "profile_invalid"
    assert server.documents == []


def test_a_backup_takes_the_profile_along(
    cli: Cli, another_cli: Callable[[str], Cli], file: Path, tmp_path: Path
):
    cli("profiles", "import", file)
    cli("backup", tmp_path / "b.tar")
    other = another_cli("other")
    other("restore", tmp_path / "b.tar", code=None)
    assert listed(other)["complete"] and listed(other)["own"]


# --- trying it out --------------------------------------------------------------------------------


def test_a_profile_is_tried_without_anything_being_kept(
    cli: Cli, file: Path, server: RestProfileServer
):
    cli("profiles", "import", file)
    values = given({"base_url": server.address, "username": server.account.username})
    secret = ("--secret", f"password=env:{KEY}")

    tested = cli("profiles", "test", "bocount", *values, *secret, env={KEY: Account().password})

    assert tested["checks"] and all(one["ok"] for one in tested["checks"])
    assert cli("connections", "list")["connections"] == []
    wrong = cli.fails("profiles", "test", "bocount", *values, *secret, env={KEY: "Fout-77"})
    assert (wrong["code"], wrong["owner"]) == ("credentials_rejected", "you")
    assert server.documents == []


def test_trying_needs_what_the_form_asks(cli: Cli, file: Path):
    error = cli.fails("profiles", "test", "bocount")
    assert error["code"] == "profile_incomplete"
    cli("profiles", "import", file)
    error = cli.fails("profiles", "test", "bocount")
    assert (error["code"], error["field"]) == ("missing_value", "base_url")


def test_trying_marks_the_connected_account_as_tested(
    cli: Cli, file: Path, server: RestProfileServer
):
    added = add(cli, server, "--untested")
    assert added["checks"] == []
    cli("profiles", "import", file)
    # One sign-in for all clients is the configuration's: the account alone proves the address.
    assert cli("profiles", "test", "bocount")["checks"]
    (connection,) = cli("connections", "list")["connections"]
    assert connection["state"] == "ok"


# --- connecting -----------------------------------------------------------------------------------


def test_connect_says_what_is_missing_until_the_profile_is_complete(
    cli: Cli, file: Path, server: RestProfileServer
):
    values = {"base_url": server.address, "username": "x"}
    command = (*ADD, *given(values), "--secret", f"password=env:{KEY}", "--accept-terms")

    error = cli.fails(*command, env={KEY: "x"})

    assert error["code"] == "profile_incomplete"
    assert error["detail"]["missing"] == ", ".join(INCOMPLETE)
    assert cli("configurations", "list")["configurations"] == []
    assert server.log == []
    cli("profiles", "import", file)
    assert all(one["ok"] for one in add(cli, server)["checks"])


@pytest.mark.parametrize(
    ("answer", "code", "owner"),
    [
        (Answer.of_text("<h1>Bad &amp; down</h1>", 503, "text/html"), "server_trouble", "package"),
        (Answer.of_text("<h1>Not here</h1>", 404, "text/html"), "service_missing", "you"),
        (Answer(302, headers={"Location": "https://evil.example/"}), "redirect_refused", "you"),
        (Answer(401), "credentials_rejected", "you"),
        (Answer(403), "forbidden", "you"),
    ],
    ids=["page", "404", "redirect", "401", "403"],
)
def test_what_the_service_says_is_told_and_nothing_is_saved(
    cli: Cli, file: Path, server: RestProfileServer, answer: Answer, code: str, owner: str
):
    cli("profiles", "import", file)
    server.break_next(FaultKind.ANSWER, answer=answer)
    values = {"base_url": server.address, "username": "x"}
    command = (*ADD, *given(values), "--secret", f"password=env:{KEY}", "--accept-terms")

    error = cli.fails(*command, env={KEY: "x"})

    assert (error["code"], error["owner"]) == (code, owner)
    assert "<" not in error["text"]
    assert len(server.log) == 1
    assert cli("configurations", "list")["configurations"] == []


def test_a_new_profile_makes_what_used_the_old_one_untested(
    cli: Cli, file: Path, server: RestProfileServer
):
    cli("profiles", "import", file)
    added = add(cli, server)["configuration"]
    assert added["kinds"]["invoices"]["tested"]

    cli("profiles", "import", file)

    (now,) = cli("configurations", "list")["configurations"]
    assert not now["kinds"]["invoices"]["tested"]
    (connection,) = cli("connections", "list")["connections"]
    assert connection["state"] == "untested"


# --- documents ------------------------------------------------------------------------------------


def test_documents_arrive_and_are_asked_for_later(
    office: Office, file: Path, server: RestProfileServer
):
    office.cli("profiles", "import", file)
    configuration = add(office.cli, server)["configuration"]["id"]
    dossier(office, server, 0, configuration)
    office.cli.canaries.append(server.account.password)
    content = send(office, 0)

    assert office.counts(code=0) == {"delivered": 1}
    (kept,) = server.documents
    number = office.papers.who[0].number
    assert (kept.content, kept.company, kept.direction) == (content, number, "incoming")
    delivery = office.delivery()
    assert (delivery["assurance"], delivery["remote"]) == ("acknowledged", kept.uuid)

    server.settle()
    assert office.counts(code=0) == {}
    assert office.delivery()["assurance"] == "picked_up"


def test_a_document_refused_afterwards_is_shown(
    office: Office, file: Path, server: RestProfileServer
):
    office.cli("profiles", "import", file)
    dossier(office, server, 0, add(office.cli, server)["configuration"]["id"])
    send(office, 0)
    office.sync(0)

    server.settle("FAILED", "The supplier is not known.")
    assert office.counts(code=None) == {"rejected": 1}
    error = office.delivery()["error"]
    assert error["code"] == "refused_by_package"
    assert "supplier is not known" in error["text"]


def test_what_waited_for_a_profile_leaves_once_it_is_there(
    office: Office, file: Path, server: RestProfileServer
):
    dossier(office, server, 0, add(office.cli, server, "--untested")["configuration"]["id"])
    content = send(office, 0)

    assert office.counts(code=1) == {"blocked": 1}
    assert office.delivery()["error"]["code"] == "profile_incomplete"
    assert server.log == []

    office.cli("profiles", "import", file)
    assert office.counts(code=0) == {"delivered": 1}
    assert server.contents == [content]


def test_one_clients_wrong_password_stops_that_client_only(
    office: Office, file: Path, server: RestProfileServer
):
    office.cli("profiles", "import", file)
    command = (*ADD, *given({"base_url": server.address}), "--accept-terms")
    configuration = office.cli(*command)["configuration"]["id"]
    for at, password in ((0, "Fout-77"), (1, server.account.password)):
        business = office.papers.who[at]
        server.account.companies[business.number] = business.name
        client = office.client(business, f"K{at}")
        own = ("--set", f"username={server.account.username}", "--secret", f"password=env:{KEY}")
        link = ("clients", "link", client, "--configuration", configuration, *own)
        office.cli(*link, env={KEY: password})
        send(office, at, f"a{at}.xml")
        send(office, at, f"b{at}.xml")

    assert office.counts(code=1) == {"delivered": 2, "blocked": 2}
    assert [status for _, status in server.log].count(401) == 1
    assert {one.company for one in server.documents} == {office.papers.who[1].number}
    (connection,) = office.cli("connections", "list")["connections"]
    assert connection["state"] == "ok"

    with open_desk(office.cli.data_dir) as desk:
        (kept,) = desk.links.of(office.deliveries("--state", "blocked")[0]["client_id"])
        right = {"password": server.account.password}
        desk.linking.change(kept.id, LinkChange("", dict(kept.values), right))
    assert office.counts(code=0) == {"delivered": 2}


def test_a_client_without_its_own_sign_in_is_not_linked(
    office: Office, file: Path, server: RestProfileServer
):
    office.cli("profiles", "import", file)
    command = (*ADD, *given({"base_url": server.address}), "--accept-terms")
    configuration = office.cli(*command)["configuration"]["id"]
    client = office.client(office.papers.who[0], "K0")
    error = office.cli.fails("clients", "link", client, "--configuration", configuration)
    assert (error["code"], error["field"]) == ("missing_value", "username")


def test_a_refused_document_and_an_unknown_company_stop_nobody_else(
    office: Office, file: Path, server: RestProfileServer
):
    office.cli("profiles", "import", file)
    configuration = add(office.cli, server)["configuration"]["id"]
    for at in (0, 1, 2):
        dossier(office, server, at, configuration)
    del server.account.companies[office.papers.who[0].number]
    for at in (0, 1):
        send(office, at)
    office.add("2.xml", office.purchase(office.papers.who[2]) + REFUSED)

    assert office.counts(code=1) == {"delivered": 1, "blocked": 1, "rejected": 1}
    errors = {one["state"]: one["error"] for one in office.deliveries() if one["error"]}
    assert errors["blocked"]["code"] == "administration_refused"
    assert errors["rejected"]["code"] == "refused_by_package"


def test_a_lost_answer_waits_for_a_person(office: Office, file: Path, server: RestProfileServer):
    office.cli("profiles", "import", file)
    dossier(office, server, 0, add(office.cli, server)["configuration"]["id"])
    send(office, 0)
    server.break_next(FaultKind.DROP_AFTER, "/documents/")

    assert office.counts(code=1) == {"unknown": 1}
    assert office.counts(code=1) == {"unknown": 1}
    assert len(server.documents) == 1
    office.cli("deliveries", "resolve", office.delivery()["id"], "--as", "delivered", code=None)
    assert office.counts(code=0) == {}
    assert len(server.documents) == 1


VALUES: dict[str, dict[str, str]] = {
    "count_e": {"username": "Wings8123", "database": "b", "client_number": "[vat]"},
    "pingwin": {"clid": "C-1", "file_id": "[vat]"},
    "wings_online": {"username": "Wings8123", "internal_number": "[vat]"},
    "lyanthe": {"route": "api", "username": "Wings8123"},
}


@pytest.mark.parametrize(
    ("id", "ways", "secret"),
    [
        ("count_e", Ways("login", "json_base64", "skip_count"), "password"),
        ("pingwin", Ways("header", "raw"), "api_key"),
        ("wings_online", Ways("query", "json_string"), "password"),
        ("lyanthe", Ways("bearer", "multipart"), "password"),
    ],
)
def test_every_vendor_by_its_web_service(
    office: Office,
    make_rest_profile: Callable[..., RestProfileServer],
    tmp_path: Path,
    id: str,
    ways: Ways,
    secret: str,
):
    server = make_rest_profile(ways)
    is_asked = id == "count_e"
    text = paper(id, ways, "" if is_asked else server.address)
    (tmp_path / "p.toml").write_text(text)
    office.cli("profiles", "import", tmp_path / "p.toml")
    values = VALUES[id] | ({"api_url": server.address} if is_asked else {})
    by_key = ways.auth in ("bearer", "header", "query")
    business = office.papers.who[0]
    server.account.companies[business.number] = business.name

    command = ("configurations", "add", id, "--name", id, "--kind", "invoices", "--accept-terms")
    secrets = ("--secret", f"{secret}=env:{KEY}")
    key = server.account.key if by_key else server.account.password
    added = office.cli(*command, *given(values), *secrets, env={KEY: key})["configuration"]
    more = ("--administration", business.number) if id == "lyanthe" else ()
    office.link(office.client(business, "K0"), added["id"], *more)
    content = send(office, 0)

    assert office.counts(code=0) == {"delivered": 1}
    assert [(one.company, one.content) for one in server.documents] == [(business.number, content)]
    if "[administrations]" in text:
        found = office.cli("administrations", "list", "--connection", added["connection_id"])
        assert len(found["administrations"]) == len(server.account.companies)


# --- the ways that work at once -------------------------------------------------------------------


def other_way(cli: Cli, route: str, values: dict[str, str], *more: str, **how: Any) -> Json:
    command = (*ADD, *given({"route": route, **values}), "--accept-terms", *more)
    return dict(cli(*command, **how)["configuration"])


def test_a_folder_works_at_once_and_asks_for_no_password(office: Office):
    place = f"{office.package}/[accounting_file_id]"
    office.package.mkdir()
    env = {KEY: "never-kept"}
    unneeded = ("--secret", f"password=env:{KEY}", "--set", "username=nobody")
    added = other_way(office.cli, "folder", {"path": place}, *unneeded, env=env)
    kept = added["kinds"]["invoices"]["values"]
    assert kept["path"] == place
    assert not {"username", "mailbox", "base_url", "sftp_upload_path"} & set(kept)

    client = office.client(office.papers.who[0], "K0")
    suggested = office.cli("clients", "suggest-links", "--configuration", added["id"])
    assert client in str(suggested)
    office.link(client, added["id"])
    content = send(office, 0)

    assert office.counts(code=0) == {"delivered": 1}
    assert places(office.package) == [("K0", sha256(content))]
    assert office.delivery()["assurance"] == "verified"


def test_sftp_works_at_once(office: Office, sshd: Sshd):
    values = {
        "sftp_host": sshd.host,
        "sftp_port": str(sshd.port),
        "sftp_username": sshd.username,
        "sftp_upload_path": "in/[accounting_file_id]",
    }
    more = ("--secret", f"sftp_password=env:{KEY}", "--accept-host-key", sshd.fingerprint)
    added = other_way(office.cli, "sftp", values, *more, env={KEY: sshd.password})
    office.link(office.client(office.papers.who[0], "K0"), added["id"])
    content = send(office, 0)

    assert office.counts(code=0) == {"delivered": 1}
    assert places(sshd.home / "in") == [("K0", sha256(content))]


def test_an_approved_server_says_nothing_about_another_one(cli: Cli, sshd: Sshd):
    values = {"sftp_host": sshd.host, "sftp_port": str(sshd.port), "sftp_username": sshd.username}
    more = ("--secret", f"sftp_password=env:{KEY}", "--accept-host-key", sshd.fingerprint)
    env = {KEY: sshd.password}
    added = other_way(cli, "sftp", values, *more, env=env)
    before = sshd.sign_in_attempts()
    elsewhere = ("--set", "sftp_host=localhost")

    error = cli.fails("configurations", "edit", added["id"], *elsewhere, env=env)

    assert error["code"] == "host_key_unknown"
    assert sshd.sign_in_attempts() == before


@pytest.fixture
def mailing(cli: Cli, smtp_server: SmtpServer) -> SmtpServer:
    """The firm's mail account is set up."""
    values = {
        "host": smtp_server.host,
        "port": str(smtp_server.port),
        "username": smtp_server.username,
        "from_address": smtp_server.username,
    }
    more = ("--secret", f"password=env:{KEY}", "--ca-file", str(smtp_server.ca_file))
    cli("mail-account", "set", *given(values), *more, env={KEY: smtp_server.password})
    return smtp_server


def test_a_mailbox_works_at_once(office: Office, mailing: SmtpServer):
    mailbox = {"mailbox": "[accounting_file_id]@box.example"}
    added = other_way(office.cli, "mailbox", mailbox)
    office.link(office.client(office.papers.who[0], "K0"), added["id"])
    send(office, 0)

    assert office.counts(code=0) == {"delivered": 1}
    (mail,) = mailing.messages()
    assert mail.message["To"] == "K0@box.example"
    (connection,) = office.cli("connections", "list")["connections"]
    assert connection["account"] == mailing.username


def test_a_mailbox_needs_the_firms_mail_account(cli: Cli):
    mailbox = given({"route": "mailbox", "mailbox": "x@box.example"})
    error = cli.fails(*ADD, *mailbox, "--accept-terms")
    assert error["field"] == "mail_account"


def test_what_still_waits_takes_the_way_that_is_chosen_later(office: Office, mailing: SmtpServer):
    added = other_way(office.cli, "mailbox", {"mailbox": "[accounting_file_id]@box.example"})
    office.link(office.client(office.papers.who[0], "K0"), added["id"])
    content = send(office, 0)
    place = {"route": "folder", "path": f"{office.package}/[accounting_file_id]"}
    office.package.mkdir()

    edited = office.cli("configurations", "edit", added["id"], *given(place))["configuration"]

    assert "mailbox" not in edited["kinds"]["invoices"]["values"]
    assert office.counts(code=0) == {"delivered": 1}
    assert mailing.messages() == []
    assert list(files(office.package).values()) == [sha256(content)]
