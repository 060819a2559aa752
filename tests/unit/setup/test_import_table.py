"""A client list out of a spreadsheet: every row's verdict, in any usual CSV."""

from __future__ import annotations

from pathlib import Path

import pytest

from ledgerdesk.errors import BadTable, IdentifierTaken, InvalidValue, MissingValue, UnknownId
from ledgerdesk.model import ExportKind
from ledgerdesk.setup.clients import ClientForm, Clients
from ledgerdesk.setup.import_table import ClientImport, RowVerdict, Verdict
from ledgerdesk.setup.installer import Installer
from ledgerdesk.setup.links import LinkForm, Links
from ledgerdesk.setup.services import Services
from ledgerdesk.store import Books
from tests.unit.setup.conftest import Noted, contents

IBAN, OTHER_IBAN = "BE68539007547034", "NL91ABNA0417164300"


@pytest.fixture
def clients(services: Services) -> Clients:
    return Clients(services)


def imported(
    services: Services, text: str | bytes, *, dry_run: bool = False
) -> tuple[RowVerdict, ...]:
    content = text.encode() if isinstance(text, str) else text
    return ClientImport(services).read(content, "clients.csv", dry_run=dry_run)


def verdicts(rows: tuple[RowVerdict, ...]) -> list[str]:
    return [one.verdict.value for one in rows]


def email(services: Services, name: str = "Mail", **values: str) -> str:
    from ledgerdesk.setup.mail_accounts import MailAccounts

    MailAccounts(services).set(
        {"host": "localhost", "username": "firm@office.example"}, {"password": "pw"}
    )
    added = Installer(services).add(
        "email",
        name,
        kind=ExportKind.INVOICES,
        values=values,
        accept_terms=True,
        untested=True,
    )
    return added.configuration.id


# --- what is read ---------------------------------------------------------------------------------


def test_clients_are_added_with_all_they_have(services: Services, clients: Clients) -> None:
    rows = imported(
        services,
        "name;vat;iban;file_number;language\n"
        f"Bakkerij De Smet;BE 0123.456.749;BE68 5390 0754 7034|{OTHER_IBAN};100;nl\n",
    )

    assert verdicts(rows) == ["added"]
    (client,) = clients.listed()
    assert client.name == "Bakkerij De Smet"
    assert client.company_numbers == ("BE0123456749",)
    assert client.ibans == (IBAN, OTHER_IBAN)
    assert (client.file_number, client.language) == ("100", "nl")


@pytest.mark.parametrize(
    "content",
    [
        "name;file_number\nHé & Co;1\n".encode(),
        "name,file_number\nHé & Co,1\n".encode(),
        "name\tfile_number\r\nHé & Co\t1\r\n".encode(),
        "name;file_number\nHé & Co;1\n".encode("utf-8-sig"),
        "name;file_number\nHé & Co;1\n".encode("cp1252"),
        "name;file_number\nHé & Co;1\n".encode("utf-16"),
        "sep=;\r\nname;file_number\r\nHé & Co;1\r\n".encode(),
        '"Name","File number"\n"Hé & Co","1"\n'.encode(),
        '\n\nNAME;File-Number;\n"Hé & Co";="1";\n;;\n'.encode(),
    ],
    ids=["semicolon", "comma", "tab", "bom", "cp1252", "utf-16", "sep", "quoted", "spreadsheet"],
)
def test_every_usual_csv_is_read_alike(
    services: Services, clients: Clients, content: bytes
) -> None:
    imported(services, content)

    (client,) = clients.listed()
    assert (client.name, client.file_number) == ("Hé & Co", "1")


@pytest.mark.parametrize(
    "cell",
    [
        "BE68 5390 0754 7034 NL91 ABNA 0417 1643 00",
        f"{IBAN} {OTHER_IBAN}",
        f"{IBAN}|{OTHER_IBAN}",
        f"{IBAN} | {OTHER_IBAN} |",
    ],
)
def test_several_accounts_stand_in_one_cell(
    services: Services, clients: Clients, cell: str
) -> None:
    imported(services, f"name;iban\nA;{cell}\n")

    assert clients.listed()[0].ibans == (IBAN, OTHER_IBAN)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\n \n",
        b"naam;vat\nA;\n",
        b"vat;iban\n;\n",
        b"name;name\nA;B\n",
        b"name;password\nA;secret\n",
        b'name;vat\n"A;\n',
        b"name;vat\nA\0;\n",
        b"%PDF-1.7\n",
    ],
)
def test_what_is_no_client_list_is_refused_whole(
    services: Services, books: Books, content: bytes
) -> None:
    before = contents(books)

    with pytest.raises(BadTable):
        imported(services, content)

    assert contents(books) == before


def test_a_missing_file_is_told(services: Services, tmp_path: Path) -> None:
    with pytest.raises(BadTable):
        ClientImport(services).run(tmp_path / "none.csv")


# --- verdicts -----------------------------------------------------------------------------------


def test_a_row_at_fault_is_told_with_its_line_and_the_others_are_kept(
    services: Services, clients: Clients
) -> None:
    rows = imported(
        services,
        "name;vat;iban\n"
        "Good;BE0123456749;\n"
        "Broken VAT;BE0123456789;\n"
        "Broken IBAN;;BE68 5390 0754 7035\n"
        ";;\n"
        ";BE0403170701;\n"
        "Also good;;\n",
    )

    assert [(one.line, one.verdict.value) for one in rows] == [
        (2, "added"),
        (3, "error"),
        (4, "error"),
        (6, "error"),
        (7, "added"),
    ]
    errors = [one.error for one in rows if one.error]
    assert [type(one) for one in errors] == [InvalidValue, InvalidValue, MissingValue]
    assert [one.field for one in errors] == ["vat", "iban", "name"]
    assert "BE68 5390 0754 7035" in errors[1].text()
    assert [one.name for one in clients.listed()] == ["Also good", "Good"]


def test_a_dry_run_says_the_same_and_imports_nothing(services: Services, books: Books) -> None:
    text = "name;vat\nGood;BE0123456749\nBroken;BE0123456789\n"
    before = contents(books)

    dry = imported(services, text, dry_run=True)

    assert contents(books) == before
    assert verdicts(dry) == verdicts(imported(services, text)) == ["added", "error"]


def test_more_cells_than_columns_is_an_error(services: Services) -> None:
    rows = imported(services, "name;vat\nPeeters; Zonen;BE0123456749\n")

    assert verdicts(rows) == ["error"]


def test_a_formula_is_no_name(services: Services, clients: Clients) -> None:
    rows = imported(
        services, 'name\n"=HYPERLINK(""http://x.example"")"\n@SUM(A1)\n+Plus BV\n-Min NV\n'
    )

    assert verdicts(rows) == ["error", "error", "added", "added"]


def test_numbers_of_one_client_cannot_stand_on_two_lines(services: Services) -> None:
    rows = imported(services, "name;vat\nA;BE0123456749\nB;BE0123456749\n")

    assert verdicts(rows) == ["added", "error"]
    assert rows[1].error is not None
    assert "2" in rows[1].error.text()


def test_documents_look_again_once_for_the_whole_file(services: Services, noted: Noted) -> None:
    imported(services, "name\nA\nB\nC\n")
    imported(services, "name\nA\nB\nC\n")

    assert noted.reroutes == 1


# --- importing again ------------------------------------------------------------------------------


def test_importing_the_same_file_again_changes_nothing(services: Services, books: Books) -> None:
    text = f"name;vat;iban;file_number\nA;BE0123456749;{IBAN};1\nB;;;2\nC;;;\n"
    imported(services, text)
    before = contents(books)

    again = imported(services, text)

    assert verdicts(again) == ["unchanged"] * 3
    assert contents(books) == before


@pytest.mark.parametrize(
    "row", ["New name;BE0123456749;77", "New name;;a1", "New name;BE0123456749;"]
)
def test_a_client_is_found_by_number_then_by_file_number(
    services: Services, clients: Clients, row: str
) -> None:
    kept = clients.add(ClientForm(name="Old", vat=["0123456749"], file_number="A1", language="fr"))

    rows = imported(services, f"name;vat;file_number\n{row}\n")

    assert verdicts(rows) == ["updated"]
    (client,) = clients.listed()
    assert (client.id, client.name, client.language) == (kept.id, "New name", "fr")


def test_a_row_with_numbers_is_not_taken_for_a_namesake(
    services: Services, clients: Clients
) -> None:
    clients.add(ClientForm(name="Peeters", vat=["0123456749"]))

    rows = imported(services, "name;vat\nPeeters;BE0403170701\n")

    assert verdicts(rows) == ["added"]
    assert len(clients.listed()) == 2


def test_a_number_of_an_archived_client_is_told(services: Services, clients: Clients) -> None:
    kept = clients.add(ClientForm(name="Gone", vat=["0123456749"]))
    clients.archive(kept.id)

    (row,) = imported(services, "name;vat\nNew;BE0123456749\n")

    assert isinstance(row.error, IdentifierTaken)


# --- links ----------------------------------------------------------------------------------------


def test_links_are_made_with_the_client_s_own_address(services: Services, clients: Clients) -> None:
    email(services, "Octopus")

    rows = imported(
        services,
        "name;configuration;start;purchase_address\nA;octopus;2026-01-01;a@box.example\n",
    )

    assert verdicts(rows) == ["added"]
    (client,) = clients.listed()
    (link,) = Links(services).of(client.id)
    assert link.values == {"purchase_address": "a@box.example"}
    assert str(link.since) == "2026-01-01"
    assert client.share


def test_a_link_that_is_there_stays(services: Services, clients: Clients) -> None:
    email(services, "Octopus")
    text = "name;configuration\nA;Octopus\n"
    imported(services, text)

    again = imported(services, text)

    assert verdicts(again) == ["unchanged"]
    assert len(Links(services).of(clients.listed()[0].id)) == 1


@pytest.mark.parametrize(
    ("header", "row", "error"),
    [
        ("configuration", "Nowhere", UnknownId),
        ("configuration;start", "Octopus;soon", InvalidValue),
        ("configuration;kind", "Octopus;letters", InvalidValue),
        ("configuration;administration", "Octopus;7", InvalidValue),
        ("start", "now", InvalidValue),
        ("configuration;purchase_address", "Octopus;no address", Exception),
    ],
)
def test_a_link_at_fault_leaves_the_client_as_it_was(
    services: Services, clients: Clients, header: str, row: str, error: type[Exception]
) -> None:
    email(services, "Octopus")

    (verdict,) = imported(services, f"name;{header}\nA;{row}\n")

    assert isinstance(verdict.error, error)
    assert clients.listed() == []


def test_another_package_of_the_same_kind_is_told(services: Services, clients: Clients) -> None:
    first = email(services, "One")
    email(services, "Two")
    client = clients.add(ClientForm(name="A"))
    Links(services).link(client.id, LinkForm(first))

    (row,) = imported(services, "name;configuration\nA;Two\n")

    assert row.error is not None and row.error.code == "already_linked"
    assert row.verdict is Verdict.ERROR
