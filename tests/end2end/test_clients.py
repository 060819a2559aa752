"""Clients by hand and out of a table; lists, pages and ids."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.helpers.command_line import Cli, Json
from tests.helpers.office import Office


def clients(cli: Cli, *more: str) -> list[Json]:
    return list(cli("clients", "list", *more)["clients"])


def test_a_client_has_several_numbers_and_accounts(office: Office):
    one, two = office.papers.who[:2]
    written = f"{one.number[:2]} {one.number[2:6]}.{one.number[6:9]}.{one.number[9:]}"
    more = ("--vat", two.number, "--iban", one.iban.lower(), "--iban", two.iban)

    added = office.cli("clients", "add", "--name", " Two  in One ", "--vat", written, *more)
    client = added["client"]

    assert client["name"] == "Two in One"
    assert client["vat"] == [one.number, two.number]
    assert client["iban"] == [one.iban, two.iban]
    assert clients(office.cli) == [client | {"links": []}]


@pytest.mark.parametrize(
    ("option", "field"),
    [
        (("--vat", "BE0123456789"), "vat"),
        (("--iban", "BE00000000000000"), "iban"),
        (("--file-number", "../../etc"), "file_number"),
        (("--name", " "), "name"),
    ],
)
def test_what_cannot_be_right_is_refused(option: tuple[str, str], field: str, cli: Cli):
    error = cli.fails("clients", "add", "--name", "A", *option)
    assert error["field"] in (field, "company_number")
    assert clients(cli) == []


@pytest.mark.parametrize("option", ["--vat", "--iban", "--file-number"])
def test_a_number_belongs_to_one_client(option: str, office: Office):
    business = office.papers.who[0]
    office.client(business, "K1")
    value = {"--vat": business.number, "--iban": business.iban, "--file-number": "k1"}[option]

    error = office.cli.fails("clients", "add", "--name", "Another", option, value)

    assert error["code"] == "identifier_taken"
    assert business.name in error["text"]
    assert len(clients(office.cli)) == 1


def test_edit_changes_only_what_is_given(office: Office):
    id = office.client(office.papers.who[0], "K1")
    before = clients(office.cli)[0]

    office.cli("clients", "edit", id, "--language", "FR")

    assert clients(office.cli) == [before | {"language": "fr"}]


def test_an_archived_client_takes_no_documents(office: Office):
    business = office.papers.who[0]
    id = office.client(business, "K1")
    configuration = office.folder()
    office.link(id, configuration)
    office.cli("clients", "archive", id)

    assert clients(office.cli) == []
    assert clients(office.cli, "--archived")[0]["archived_at"].endswith("Z")
    assert office.add("a.xml", office.purchase(business), code=1)["state"] == "unassigned"
    office.cli.fails("clients", "link", id, "--configuration", configuration)


def test_a_long_list_comes_in_pages(cli: Cli):
    for at in range(5):
        cli("clients", "add", "--name", f"Client {at}")

    pages = [cli("clients", "list", "--limit", "2", "--offset", str(at)) for at in (0, 2, 4)]

    assert [page.get("more") for page in pages] == [True, True, None]
    names = [one["name"] for page in pages for one in page["clients"]]
    assert sorted(names) == [f"Client {at}" for at in range(5)]
    assert cli("clients", "list", "--limit", "0") == {"clients": [], "more": True}


@pytest.mark.parametrize("option", [("--limit", "-1"), ("--offset", "-1"), ("--limit", "many")])
def test_a_page_that_cannot_be_is_refused(option: tuple[str, str], cli: Cli):
    assert cli.fails("clients", "list", *option)["code"] == "usage"


COMMANDS_WITH_AN_ID = [
    ("clients", "edit", "{id}", "--name", "X"),
    ("clients", "archive", "{id}"),
    ("clients", "unlink", "{id}", "--configuration", "{id}"),
    ("clients", "link", "{id}", "--configuration", "{id}"),
    ("clients", "suggest-links", "--configuration", "{id}"),
    ("configurations", "edit", "{id}", "--name", "X"),
    ("configurations", "remove", "{id}"),
    ("connections", "verify", "{id}"),
    ("connections", "reconnect", "{id}"),
    ("connections", "remove", "{id}"),
    ("administrations", "list", "--connection", "{id}"),
    ("sources", "test", "{id}"),
    ("sources", "remove", "{id}"),
    ("documents", "show", "{id}"),
    ("documents", "assign", "{id}", "--client", "{id}"),
    ("documents", "release", "{id}", "--reason", "x"),
    ("documents", "set-aside", "{id}", "--reason", "x"),
    ("documents", "restore", "{id}"),
    ("deliveries", "show", "{id}"),
    ("deliveries", "retry", "{id}"),
    ("deliveries", "resend", "{id}", "--reason", "x"),
    ("deliveries", "resolve", "{id}", "--as", "delivered"),
    ("deliveries", "cancel", "{id}"),
    ("deliveries", "mark-booked", "{id}"),
    ("connectors", "show", "{id}"),
    ("documents", "list", "--client", "{id}"),
    ("deliveries", "list", "--client", "{id}"),
]


@pytest.mark.parametrize("command", COMMANDS_WITH_AN_ID, ids=" ".join)
@pytest.mark.parametrize("id", ["01a20e4886c9d21990d5", "✗ %s {name} ' --"])
def test_an_unknown_id_is_told_and_nothing_happens(id: str, command: tuple[str, ...], cli: Cli):
    error = cli.fails(*(part.format(id=id) for part in command))
    assert error["code"] == "unknown_id"
    assert id in error["text"]


def test_an_unknown_client_stops_an_intake(office: Office):
    path = office.write("a.xml", office.purchase(office.papers.who[0]))
    error = office.cli.fails("documents", "add", path, "--client", "0123")
    assert error["code"] == "unknown_id"
    assert office.cli("documents", "list") == {"documents": []}


def test_choices_are_compared_without_case(office: Office):
    assert office.cli("connectors", "show", "SFTP")["connectors"][0]["id"] == "sftp"
    office.cli("documents", "list", "--state", "READY")
    office.cli("deliveries", "list", "--state", "Delivered")
    setup = ("--set", f"path={office.package}", "--accept-terms")
    named = ("configurations", "add", "Folder", "--name", "P", "--kind", "INVOICES")
    added = office.cli(*named, "--format", "AS-RECEIVED", *setup)["configuration"]
    assert (added["connector_id"], list(added["kinds"])) == ("folder", ["invoices"])
    assert added["kinds"]["invoices"]["format"] == "as-received"


# --- many at once ---------------------------------------------------------------------------------


def table(office: Office, *lines: str) -> Path:
    return office.write("clients.csv", "\n".join(lines).encode())


def verdicts(answer: Json) -> list[tuple[int, str]]:
    return [(one["line"], one["verdict"]) for one in answer["rows"]]


def test_a_table_adds_clients_and_links_them(office: Office):
    business, configuration = office.papers.who[0], office.folder()
    path = table(
        office,
        "name;vat;file_number;configuration",
        f"{business.name};{business.number};K1;{configuration}",
        "Zonder Nummer;;K2;",
    )

    imported = office.cli("clients", "import", path)

    assert verdicts(imported) == [(2, "added"), (3, "added")]
    links = {one["file_number"]: len(one["links"]) for one in clients(office.cli)}
    assert links == {"K1": 1, "K2": 0}
    assert verdicts(office.cli("clients", "import", path)) == [(2, "unchanged"), (3, "unchanged")]


def test_a_dry_run_says_the_same_and_keeps_nothing(office: Office):
    path = table(office, "name,vat", f"A,{office.papers.who[0].number}", "B,BE0123456789")

    dry = office.cli("clients", "import", path, "--dry-run", code=1)

    assert verdicts(dry) == [(2, "added"), (3, "error")]
    assert clients(office.cli) == []
    assert verdicts(office.cli("clients", "import", path, code=1)) == verdicts(dry)


def test_a_broken_check_digit_is_told_with_its_line(office: Office):
    path = table(office, "name,vat,iban", "A,BE0123456789,", "B,,BE00000000000000", "C,,")

    imported = office.cli("clients", "import", path, code=1)

    assert verdicts(imported) == [(2, "error"), (3, "error"), (4, "added")]
    assert "BE0123456789" in imported["rows"][0]["error"]["text"]
    assert [one["name"] for one in clients(office.cli)] == ["C"]


@pytest.mark.parametrize("header", ["naam,btw", "vat,iban", "name,name", "", "name,colour"])
def test_a_table_with_a_wrong_header_is_refused_whole(header: str, office: Office):
    error = office.cli.fails("clients", "import", table(office, header, "A,B"))
    assert error["code"] == "bad_table"
    assert clients(office.cli) == []


def test_a_package_without_dossiers_proposes_whoever_is_not_linked(office: Office):
    business, configuration = office.papers.who[0], office.folder()
    ready = office.client(business, "K1")
    incomplete = office.client(office.papers.who[1])
    linked = office.client(office.papers.who[2], "K3")
    office.link(linked, configuration)

    found = office.cli("clients", "suggest-links", "--configuration", configuration)["suggestions"]

    assert {one["client_id"]: one["reason"] for one in found} == {
        ready: "ready",
        incomplete: "incomplete",
    }
    assert {one["client_id"]: one["missing"] for one in found}[incomplete]
