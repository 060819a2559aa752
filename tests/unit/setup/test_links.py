"""Links: one main road per kind, in time; what is the client's own; taking packages out of use."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import ClassVar

import pytest

from ledgerdesk.connectors.base import INVOICE_FORMATS, STATEMENT_FORMATS, Connector
from ledgerdesk.errors import (
    AlreadyLinked,
    EmptyVariable,
    InvalidValue,
    MissingValue,
    NotPossibleNow,
    StillInUse,
    UnknownId,
)
from ledgerdesk.model import Client, DeliveryClass, ExportKind, LinkRole
from ledgerdesk.setup.answers import Wished
from ledgerdesk.setup.clients import ClientForm, Clients
from ledgerdesk.setup.configurations import Configurations
from ledgerdesk.setup.connections import Connections
from ledgerdesk.setup.contexts import link_owner
from ledgerdesk.setup.fields import Field, FieldKind, FieldScope
from ledgerdesk.setup.installer import Installer
from ledgerdesk.setup.links import LinkForm, Links
from ledgerdesk.setup.services import Services
from ledgerdesk.store import Books
from tests.unit.setup.conftest import Hands, Noted, contents, journal_of

INVOICES, STATEMENTS = ExportKind.INVOICES, ExportKind.STATEMENTS
TODAY = date(2026, 3, 31)


class Boxes(Connector):
    """A package with a box and a key per client; defaults may stand on the configuration."""

    id = "boxes"
    label = "Boxes"
    formats: ClassVar = {INVOICES: INVOICE_FORMATS, STATEMENTS: STATEMENT_FORMATS}
    fields = (
        Field("mailbox", "Mailbox", scope=FieldScope.CLIENT, template="text"),
        Field(
            "api_key",
            "Key",
            FieldKind.PASSWORD,
            required=False,
            secret=True,
            scope=FieldScope.CLIENT,
        ),
        Field("folder", "Folder", required=False, scope=FieldScope.CONFIGURATION),
    )
    authorization = "none"
    delivery_class = DeliveryClass.C

    def account_key(self, values):
        return "boxes"

    def target(self, request):
        raise AssertionError("nothing is sent while setting up")

    def open(self, context):
        raise AssertionError("nothing is connected in these tests")


@pytest.fixture
def services(services: Services) -> Services:
    import dataclasses

    boxes = Boxes()
    return dataclasses.replace(
        services, connector=lambda id: boxes if id == "boxes" else services.connector(id)
    )


@pytest.fixture
def links(services: Services) -> Links:
    return Links(services)


@pytest.fixture
def client(services: Services) -> Client:
    return Clients(services).add(ClientForm(name="Bakkerij", vat=["0123456749"]))


def package(services: Services, name: str, *kinds: ExportKind, connector="boxes", **values) -> str:
    installer, id = Installer(services), ""
    for kind in kinds or (INVOICES,):
        wished: Wished = {
            "kind": kind,
            "values": values,
            "accept_terms": True,
            "untested": True,
        }
        if id:
            installer.edit(id, **wished)
        else:
            id = installer.add(connector, name, **wished).configuration.id
    return id


# --- linking ------------------------------------------------------------------------------------


def test_every_kind_of_the_package_is_linked_and_shared(
    links: Links, services: Services, client: Client, books: Books, noted: Noted
) -> None:
    id = package(services, "P", INVOICES, STATEMENTS)
    before = noted.reroutes

    made = links.link(client.id, LinkForm(id, values={"mailbox": "b@box.example"}))

    assert [one.kind for one in made] == [INVOICES, STATEMENTS]
    assert all(one.role is LinkRole.MAIN and one.since is None for one in made)
    assert Clients(services).get(client.id).share
    assert journal_of(books)[-3:] == ["link.added", "link.added", "client.changed"]
    assert noted.reroutes == before + 1


def test_one_kind_may_be_linked_alone(links: Links, services: Services, client: Client) -> None:
    id = package(services, "P", INVOICES, STATEMENTS, mailbox="x@box.example")

    made = links.link(client.id, LinkForm(id, kind=STATEMENTS))

    assert [one.kind for one in made] == [STATEMENTS]


def test_a_kind_the_package_lacks_is_refused(
    links: Links, services: Services, client: Client
) -> None:
    id = package(services, "P", mailbox="x@box.example")

    with pytest.raises(InvalidValue) as raised:
        links.link(client.id, LinkForm(id, kind=STATEMENTS))

    assert raised.value.field == "kind"


@pytest.mark.parametrize(
    ("start", "since"),
    [("all", None), ("now", TODAY), ("2026-01-01", date(2026, 1, 1)), ("NOW", TODAY)],
)
def test_a_link_starts_where_it_is_told(
    links: Links, services: Services, client: Client, start: str, since: date | None
) -> None:
    id = package(services, "P", mailbox="x@box.example")

    (made,) = links.link(client.id, LinkForm(id, start=start))

    assert made.since == since


def test_without_sharing_nothing_goes_out(links: Links, services: Services, client: Client) -> None:
    id = package(services, "P", mailbox="x@box.example")

    links.link(client.id, LinkForm(id, share=False))

    assert not Clients(services).get(client.id).share


def test_a_second_main_link_is_refused_and_changes_nothing(
    links: Links, services: Services, client: Client, books: Books
) -> None:
    first = package(services, "P", mailbox="x@box.example")
    second = package(services, "Q", INVOICES, STATEMENTS, mailbox="x@box.example")
    links.link(client.id, LinkForm(first))
    before = contents(books)

    with pytest.raises(AlreadyLinked):
        links.link(client.id, LinkForm(second))

    assert contents(books) == before


def test_replacing_ends_the_old_link_the_day_before(
    links: Links, services: Services, client: Client
) -> None:
    first = package(services, "P", mailbox="x@box.example")
    second = package(services, "Q", mailbox="x@box.example")
    links.link(client.id, LinkForm(first))

    links.link(client.id, LinkForm(second, start="2026-04-15", replace=True))

    old, new = links.of(client.id)
    assert (old.until, new.since) == (date(2026, 4, 14), date(2026, 4, 15))


def test_a_copy_stands_beside_the_main_link(
    links: Links, services: Services, client: Client
) -> None:
    first = package(services, "P", mailbox="x@box.example")
    second = package(services, "Q", mailbox="x@box.example")
    links.link(client.id, LinkForm(first))

    links.link(client.id, LinkForm(second, copy=True))

    assert [(one.role, one.until) for one in links.of(client.id)] == [
        (LinkRole.MAIN, None),
        (LinkRole.COPY, None),
    ]


def test_a_copy_to_the_same_package_is_refused(
    links: Links, services: Services, client: Client
) -> None:
    id = package(services, "P", mailbox="x@box.example")
    links.link(client.id, LinkForm(id))

    with pytest.raises(AlreadyLinked):
        links.link(client.id, LinkForm(id, copy=True))


def test_a_link_after_an_ended_one_needs_no_replace(
    links: Links, services: Services, client: Client, clock: Hands
) -> None:
    first = package(services, "P", mailbox="x@box.example")
    second = package(services, "Q", mailbox="x@box.example")
    links.link(client.id, LinkForm(first))
    links.unlink(client.id, first, until=TODAY)

    (made,) = links.link(client.id, LinkForm(second, start="2026-04-01"))

    assert made.since == date(2026, 4, 1)


# --- the client's own -----------------------------------------------------------------------------


def test_own_values_are_kept_and_own_secrets_sealed(
    links: Links, services: Services, client: Client
) -> None:
    id = package(services, "P", mailbox="default@box.example")
    form = LinkForm(id, values={"mailbox": "own@box.example"}, secrets={"api_key": "s3cret"})

    (made,) = links.link(client.id, form)

    assert made.values == {"mailbox": "own@box.example"}
    assert services.vault.open(link_owner(made.id)) == {"api_key": "s3cret"}
    assert "s3cret" not in repr(form)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"folder": "x"}, "folder"),
        ({"nonsense": "x"}, "nonsense"),
        ({"api_key": "x"}, "api_key"),
        ({"mailbox": "a@b\nBcc: c@d"}, "mailbox"),
    ],
)
def test_only_the_client_s_own_fields_are_taken(
    links: Links, services: Services, client: Client, values: dict[str, str], field: str
) -> None:
    id = package(services, "P", mailbox="default@box.example")

    with pytest.raises(InvalidValue) as raised:
        links.link(client.id, LinkForm(id, values=values))

    assert raised.value.field == field


def test_a_required_field_without_default_must_be_filled_in(
    links: Links, services: Services, client: Client
) -> None:
    id = package(services, "P")

    with pytest.raises(MissingValue) as raised:
        links.link(client.id, LinkForm(id))

    assert raised.value.field == "mailbox"


def test_an_administration_is_refused_where_there_are_none(
    links: Links, services: Services, client: Client
) -> None:
    id = package(services, "P", mailbox="x@box.example")

    with pytest.raises(InvalidValue) as raised:
        links.link(client.id, LinkForm(id, administration_id="7"))

    assert raised.value.field == "administration"


def test_the_preview_shows_the_client_s_own_path(
    links: Links, services: Services, client: Client, tmp_path: Path
) -> None:
    path = f"{tmp_path}/[vat]/in"
    id = package(services, "F", connector="folder", path=path)

    shown = links.preview(client.id, id)

    assert shown == {"path": f"{tmp_path}/BE0123456749/in"}


def test_the_preview_names_what_the_client_lacks(
    links: Links, services: Services, client: Client, tmp_path: Path
) -> None:
    id = package(services, "F", connector="folder", path=f"{tmp_path}/[accounting_file_id]")

    with pytest.raises(EmptyVariable):
        links.preview(client.id, id)


# --- ending -------------------------------------------------------------------------------------


def test_unlinking_ends_today_or_on_the_day_given(
    links: Links, services: Services, client: Client
) -> None:
    id = package(services, "P", INVOICES, STATEMENTS, mailbox="x@box.example")
    links.link(client.id, LinkForm(id))

    links.unlink(client.id, id, kind=INVOICES)
    links.unlink(client.id, id, until=date(2026, 6, 30))

    assert [one.until for one in links.of(client.id)] == [TODAY, date(2026, 6, 30)]


def test_nothing_to_unlink_is_told(links: Links, services: Services, client: Client) -> None:
    id = package(services, "P", mailbox="x@box.example")

    with pytest.raises(NotPossibleNow):
        links.unlink(client.id, id)


def test_archiving_ends_the_links(links: Links, services: Services, client: Client) -> None:
    id = package(services, "P", mailbox="x@box.example")
    links.link(client.id, LinkForm(id))

    Clients(services).archive(client.id)

    assert [one.until for one in links.of(client.id)] == [TODAY]
    with pytest.raises(NotPossibleNow):
        links.link(client.id, LinkForm(id, replace=True))


# --- taking packages out of use ------------------------------------------------------------------


def test_a_package_with_active_links_stays_and_names_its_clients(
    links: Links, services: Services, client: Client, books: Books
) -> None:
    id = package(services, "P", mailbox="x@box.example")
    links.link(client.id, LinkForm(id))
    before = contents(books)

    with pytest.raises(StillInUse) as raised:
        Configurations(services).remove(id)

    assert raised.value.params["users"] == "Bakkerij"
    assert contents(books) == before


def test_a_package_whose_links_ended_can_go(
    links: Links, services: Services, client: Client, clock: Hands
) -> None:
    id = package(services, "P", mailbox="x@box.example")
    links.link(client.id, LinkForm(id))
    links.unlink(client.id, id)
    clock.on(days=1)

    Configurations(services).remove(id)

    assert Configurations(services).listed() == []
    assert Connections(services).listed() == []
    with pytest.raises(UnknownId):
        Configurations(services).get(id)


def test_the_name_of_a_removed_package_is_free_again(services: Services) -> None:
    Configurations(services).remove(package(services, "P"))

    assert package(services, "P")
