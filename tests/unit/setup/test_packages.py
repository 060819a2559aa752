"""Packages as the window lists them, and a removal that is taken back."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import ClassVar

import pytest

from ledgerdesk.connectors.base import INVOICE_FORMATS, Connector, Context, Session
from ledgerdesk.errors import AlreadyExists
from ledgerdesk.model import ConnectionState, DeliveryClass, ExportKind
from ledgerdesk.setup.configurations import Configurations
from ledgerdesk.setup.contexts import setup_owner
from ledgerdesk.setup.fields import Field, FieldKind, FieldScope
from ledgerdesk.setup.installer import Installer
from ledgerdesk.setup.packages import Packages
from ledgerdesk.setup.services import Services
from ledgerdesk.store import Books
from ledgerdesk.store import configurations as books_of
from tests.unit.setup.conftest import journal_of

INVOICES, STATEMENTS = ExportKind.INVOICES, ExportKind.STATEMENTS


class Keyed(Connector):
    """A package whose key is each client's own, with one as default."""

    id = "keyed"
    label = "Keyed"
    formats: ClassVar = {INVOICES: INVOICE_FORMATS[:1]}
    fields = (
        Field("key", "Key", FieldKind.PASSWORD, secret=True, scope=FieldScope.CLIENT),
        Field("url", "URL", FieldKind.URL),
    )
    delivery_class = DeliveryClass.C

    def account_key(self, values):
        return values["url"]

    def target(self, request):
        raise AssertionError("nothing is sent while setting up")

    def open(self, context: Context) -> Session:
        raise AssertionError("nothing is tried out here")


def add_folder(services: Services, path: Path, name: str = "Import", **more: object):
    path.mkdir(exist_ok=True)
    wish = {"kind": INVOICES, "values": {"path": str(path)}, "accept_terms": True, **more}
    return Installer(services).add("folder", name, **wish).configuration  # type: ignore[arg-type]


def test_taken_back_it_is_as_it_was(services: Services, books: Books, tmp_path: Path) -> None:
    kept = add_folder(services, tmp_path / "in")
    configurations = Configurations(services)
    before = Packages(services).listed()
    configurations.remove(kept.id)
    assert Packages(services).listed() == []

    assert configurations.restore(kept.id) == kept

    assert Packages(services).listed() == before
    assert journal_of(books)[-1] == "configuration.restored"


def test_a_name_that_was_taken_meanwhile_stops_the_undo(services: Services, tmp_path: Path) -> None:
    kept = add_folder(services, tmp_path / "in")
    configurations = Configurations(services)
    configurations.remove(kept.id)
    other = add_folder(services, tmp_path / "other")

    with pytest.raises(AlreadyExists):
        configurations.restore(kept.id)

    assert configurations.listed() == [other]


def test_a_sign_in_that_was_made_anew_stops_the_undo(services: Services, tmp_path: Path) -> None:
    kept = add_folder(services, tmp_path / "in")
    configurations = Configurations(services)
    configurations.remove(kept.id)
    other = add_folder(services, tmp_path / "in", "Other")

    with pytest.raises(AlreadyExists):
        configurations.restore(kept.id)

    assert configurations.listed() == [other]


def test_secrets_that_are_gone_make_it_untested_again(services: Services, books: Books) -> None:
    keyed = Keyed()
    services = dataclasses.replace(
        services,
        connector=lambda id: keyed if id == "keyed" else services.connector(id),
        all_connectors=lambda: (keyed,),
    )
    kept = (
        Installer(services)
        .add(
            "keyed",
            "Keyed",
            kind=INVOICES,
            values={"url": "https://x.example"},
            secrets={"key": "k"},
            accept_terms=True,
            untested=True,
        )
        .configuration
    )
    tested = dataclasses.replace(kept.kinds[INVOICES], tested=True)
    worked = dataclasses.replace(kept, kinds={INVOICES: tested})
    books.write(lambda c: books_of.update(c, worked))
    configurations = Configurations(services)
    configurations.remove(kept.id)

    restored = configurations.restore(kept.id)

    assert not restored.kinds[INVOICES].tested
    assert services.vault.open(setup_owner(kept.id, INVOICES)) == {}


def test_the_worst_state_is_shown(services: Services, books: Books, tmp_path: Path) -> None:
    kept = add_folder(services, tmp_path / "in")
    assert Packages(services).listed()[0].state is ConnectionState.OK
    with books.read() as c:
        connection = books_of.connection(c, kept.kinds[INVOICES].connection_id)
    blocked = dataclasses.replace(connection, state=ConnectionState.BLOCKED)
    books.write(lambda c: books_of.update_connection(c, blocked))
    assert Packages(services).listed()[0].state is ConnectionState.BLOCKED


def test_kinds_that_could_be_added_are_named(services: Services, tmp_path: Path) -> None:
    kept = add_folder(services, tmp_path / "in")
    assert Packages(services).listed()[0].more_kinds == (STATEMENTS,)
    Installer(services).edit(
        kept.id, kind=STATEMENTS, values={"path": str(tmp_path / "in")}, accept_terms=True
    )
    assert Packages(services).listed()[0].more_kinds == ()
