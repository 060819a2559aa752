"""What a window asks about links: packages, counts, many at once, changed in place; the roster."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

from ledgerdesk.errors import (
    AlreadyLinked,
    EmptyVariable,
    InvalidValue,
    MissingValue,
)
from ledgerdesk.model import (
    Administration,
    Client,
    Document,
    DocumentKind,
    DocumentState,
    ExportKind,
    Facts,
)
from ledgerdesk.setup.clients import ClientForm, Clients
from ledgerdesk.setup.contexts import link_owner
from ledgerdesk.setup.linking import Linkable, LinkChange, Linking
from ledgerdesk.setup.links import LinkForm, Links
from ledgerdesk.setup.roster import Roster
from ledgerdesk.setup.services import Services
from ledgerdesk.store import Books, documents
from ledgerdesk.store.ids import new_id
from tests.helpers.dossiers import Packages
from tests.unit.setup.conftest import NOON, Hands, Noted, contents, journal_of

INVOICES, STATEMENTS = ExportKind.INVOICES, ExportKind.STATEMENTS
TODAY = date(2026, 3, 31)
Keep = Callable[..., Document]


@pytest.fixture
def packages() -> Packages:
    return Packages()


@pytest.fixture
def services(services: Services, packages: Packages) -> Services:
    return packages.known_to(services)


@pytest.fixture
def linking(services: Services) -> Linking:
    return Linking(services)


@pytest.fixture
def client(services: Services) -> Client:
    return Clients(services).add(ClientForm(name="Bakkerij", vat=["BE0123456749"]))


@pytest.fixture
def keep(books: Books, client: Client) -> Keep:
    """Keeps a document of the client as if it had been taken in."""

    def keep(
        day: date | None,
        state: DocumentState = DocumentState.NO_DESTINATION,
        kind: DocumentKind = DocumentKind.INVOICE,
    ) -> Document:
        facts = Facts(kind=kind, issue_date=day)
        id = new_id()
        made = Document(
            id, id.ljust(64, "0"), 1, "p", "", "f.xml", facts, state, NOON, client_id=client.id
        )
        books.write(lambda c: documents.insert(c, [made]))
        return made

    return keep


def only(linking: Linking) -> Linkable:
    (found,) = linking.packages()
    return found


# --- packages ------------------------------------------------------------------------------------


def test_only_the_fields_of_the_packages_route_are_asked(
    linking: Linking, services: Services, packages: Packages
) -> None:
    packages.add(services, "By folder", route="folder")
    packages.add(services, "By mail", route="mailbox")

    by_folder, by_mail = linking.packages()

    assert [one.name for one in by_folder.fields] == ["path", "api_key"]
    assert [one.name for one in by_mail.fields] == ["mailbox", "api_key"]


def test_what_the_package_gives_is_not_required_of_the_client(
    linking: Linking, services: Services, packages: Packages
) -> None:
    packages.add(services, "P", mailbox="[vat]@box.example")
    packages.add(services, "Q")

    given, missing = linking.packages()

    assert [one.fields[0].required for one in (given, missing)] == [False, True]


def test_own_values_come_before_the_packages_in_the_preview(
    linking: Linking, services: Services, packages: Packages, client: Client
) -> None:
    packages.add(services, "P", mailbox="[vat]@box.example")
    package = only(linking)

    default = package.resolved(client, {})
    own = package.resolved(client, {"mailbox": "[enterprise_name]@own.example"})

    assert [one.text for one in (*default, *own)] == [
        "BE0123456749@box.example",
        "Bakkerij@own.example",
    ]


def test_an_empty_variable_is_told_in_the_preview(
    linking: Linking, services: Services, packages: Packages, client: Client
) -> None:
    packages.add(services, "P", mailbox="[accounting_file_id]@box.example")

    (found,) = only(linking).resolved(client, {})

    assert isinstance(found.error, EmptyVariable)


def test_only_active_dossiers_are_offered_by_name(
    linking: Linking, services: Services, packages: Packages
) -> None:
    packages.dossiers.found = [
        Administration("2", "zeta"),
        Administration("3", "Old", active=False),
        Administration("1", "Alfa"),
    ]
    id = packages.add(services, "P", INVOICES, STATEMENTS, connector="dossiers", mailbox="x@x.be")

    assert [one.name for one in linking.administrations(id)] == ["Alfa", "zeta"]


# --- how many a start concerns -------------------------------------------------------------------


def test_a_start_says_how_many_waiting_and_older_ones_it_takes(
    linking: Linking, services: Services, packages: Packages, client: Client, keep: Keep
) -> None:
    id = packages.add(services, "P", mailbox="x@box.example")
    keep(date(2026, 1, 10))
    keep(date(2026, 2, 10))
    keep(date(2026, 2, 10))
    keep(date(2026, 2, 20), DocumentState.READY)

    found = linking.concerned([client.id], id)

    assert found.since(None) == (3, 1)
    assert found.since(date(2026, 2, 1)) == (2, 1)
    assert found.since(TODAY) == (0, 0)


def test_a_document_without_a_day_counts_on_the_day_it_came(
    linking: Linking, services: Services, packages: Packages, client: Client, keep: Keep
) -> None:
    id = packages.add(services, "P", mailbox="x@box.example")
    keep(None)

    assert linking.concerned([client.id], id).since(NOON.date()) == (1, 0)


def test_what_the_package_does_not_take_is_not_counted(
    linking: Linking, services: Services, packages: Packages, client: Client, keep: Keep
) -> None:
    id = packages.add(services, "P", mailbox="x@box.example")
    keep(TODAY, kind=DocumentKind.STATEMENT)
    keep(TODAY, DocumentState.SET_ASIDE)
    keep(TODAY, DocumentState.HELD)

    assert linking.concerned([client.id], id).since(None) == (0, 0)


def test_another_clients_documents_are_not_counted(
    linking: Linking, services: Services, packages: Packages, keep: Keep
) -> None:
    id = packages.add(services, "P", mailbox="x@box.example")
    other = Clients(services).add(ClientForm(name="Other"))
    keep(TODAY)

    assert linking.concerned([other.id], id).since(None) == (0, 0)


# --- many at once --------------------------------------------------------------------------------


def test_one_at_fault_does_not_keep_the_others_from_being_linked(
    linking: Linking, services: Services, packages: Packages, client: Client, noted: Noted
) -> None:
    id = packages.add(services, "P")
    other = Clients(services).add(ClientForm(name="Other"))
    before = noted.reroutes

    done = linking.link_many(
        {client.id: LinkForm(id), other.id: LinkForm(id, values={"mailbox": "o@box.example"})}
    )

    assert isinstance(done[0].error, MissingValue)
    assert done[1].error is None
    assert (Links(services).of(client.id), len(Links(services).of(other.id))) == ([], 1)
    assert noted.reroutes == before + 1


def test_when_nobody_could_be_linked_nothing_is_changed(
    linking: Linking, services: Services, packages: Packages, client: Client, books: Books
) -> None:
    id = packages.add(services, "P")
    before = contents(books)

    linking.link_many({client.id: LinkForm(id)})

    assert contents(books) == before


# --- changed in place ----------------------------------------------------------------------------


def test_a_change_keeps_the_secret_that_is_not_given(
    linking: Linking, services: Services, packages: Packages, client: Client, books: Books
) -> None:
    id = packages.add(services, "P")
    form = LinkForm(id, values={"mailbox": "a@box.example"}, secrets={"api_key": "geheim-1"})
    (link,) = Links(services).link(client.id, form)

    changed = linking.change(link.id, LinkChange("", {"mailbox": "b@box.example"}))

    assert changed.values == {"mailbox": "b@box.example"}
    assert services.vault.open(link_owner(link.id)) == {"api_key": "geheim-1"}
    assert journal_of(books)[-1] == "link.changed"


def test_a_change_replaces_the_secret_that_is_given(
    linking: Linking, services: Services, packages: Packages, client: Client
) -> None:
    id = packages.add(services, "P", mailbox="x@box.example")
    (link,) = Links(services).link(client.id, LinkForm(id, secrets={"api_key": "geheim-1"}))

    linking.change(link.id, LinkChange("", {}, {"api_key": "geheim-2"}))

    assert services.vault.open(link_owner(link.id)) == {"api_key": "geheim-2"}


def test_a_last_day_before_the_first_is_refused(
    linking: Linking, services: Services, packages: Packages, client: Client
) -> None:
    id = packages.add(services, "P", mailbox="x@box.example")
    (link,) = Links(services).link(client.id, LinkForm(id))

    with pytest.raises(InvalidValue) as raised:
        linking.change(link.id, LinkChange("", {}, since=date(2026, 5, 1), until=date(2026, 4, 1)))

    assert raised.value.field == "until"


def test_an_ended_link_cannot_be_reopened_over_its_successor(
    linking: Linking, services: Services, packages: Packages, client: Client
) -> None:
    first = packages.add(services, "P", mailbox="x@box.example")
    second = packages.add(services, "Q", mailbox="x@box.example")
    (old,) = Links(services).link(client.id, LinkForm(first))
    Links(services).link(client.id, LinkForm(second, replace=True))

    with pytest.raises(AlreadyLinked):
        linking.change(old.id, LinkChange("", {}))


def test_the_values_of_an_ended_link_can_still_be_corrected(
    linking: Linking, services: Services, packages: Packages, client: Client
) -> None:
    first = packages.add(services, "P", mailbox="x@box.example")
    second = packages.add(services, "Q", mailbox="x@box.example")
    Links(services).link(client.id, LinkForm(first))
    Links(services).link(client.id, LinkForm(second, replace=True))
    old = Links(services).of(client.id)[0]

    changed = linking.change(old.id, LinkChange("", {"mailbox": "c@box.example"}, until=old.until))

    assert changed.values == {"mailbox": "c@box.example"}


# --- the roster ----------------------------------------------------------------------------------


def test_a_row_names_the_software_of_today_and_what_waits(
    services: Services, packages: Packages, client: Client, keep: Keep, clock: Hands
) -> None:
    first = packages.add(services, "First", INVOICES, STATEMENTS, mailbox="x@box.example")
    second = packages.add(services, "Second", mailbox="x@box.example")
    Links(services).link(client.id, LinkForm(first))
    Links(services).link(client.id, LinkForm(second, replace=True))
    clock.on(1)
    keep(TODAY)
    keep(TODAY, DocumentState.HELD)
    keep(TODAY, DocumentState.READY)

    (row,) = Roster(services.books, services.clock).listed()

    assert row.software == {INVOICES: ("Second",), STATEMENTS: ("First",)}
    assert row.waiting == 2


def test_archived_clients_are_a_list_of_their_own(services: Services, client: Client) -> None:
    Clients(services).archive(client.id)

    assert Roster(services.books, services.clock).listed() == []
    (archived,) = Roster(services.books, services.clock).listed(archived=True)
    assert archived.client.id == client.id


@pytest.mark.parametrize("text", ["bakk", "BAKK 0123", "0123.456.749", "k12", "", "first"])
def test_a_client_is_found_by_every_name_and_number(
    services: Services, packages: Packages, client: Client, text: str
) -> None:
    Clients(services).edit(client.id, ClientForm(file_number="K12"))
    id = packages.add(services, "First", mailbox="x@box.example")
    Links(services).link(client.id, LinkForm(id))

    (row,) = Roster(services.books, services.clock).listed()

    assert row.fits(text)
    assert not row.fits(f"{text} nowhere")


def test_links_tell_what_is_in_force_first_and_which_secrets_are_kept(
    services: Services, packages: Packages, client: Client
) -> None:
    first = packages.add(services, "First", mailbox="x@box.example")
    second = packages.add(services, "Second", mailbox="x@box.example")
    Links(services).link(client.id, LinkForm(first, secrets={"api_key": "geheim-1"}))
    Links(services).link(client.id, LinkForm(second, replace=True))

    found = Roster(services.books, services.clock).links(client.id)

    told = [(one.package, one.is_active, sorted(one.secrets)) for one in found]
    assert told == [("Second", True, []), ("First", False, ["api_key"])]


def test_undoing_an_archive_opens_the_links_again(
    services: Services, packages: Packages, client: Client
) -> None:
    id = packages.add(services, "P", mailbox="x@box.example")
    Links(services).link(client.id, LinkForm(id))
    before = Links(services).of(client.id)
    Clients(services).archive(client.id)

    Clients(services).restore(client.id, before)

    assert Links(services).of(client.id) == before


def test_taking_back_without_undo_leaves_the_links_ended(
    services: Services, packages: Packages, client: Client
) -> None:
    id = packages.add(services, "P", mailbox="x@box.example")
    Links(services).link(client.id, LinkForm(id))
    Clients(services).archive(client.id)

    Clients(services).restore(client.id)

    assert [one.until for one in Links(services).of(client.id)] == [TODAY]
