"""The firm's mail account: kept without signing in, tried with the first package that mails."""

from __future__ import annotations

from typing import TYPE_CHECKING, Unpack

import pytest

from ledgerdesk.errors import (
    CredentialsRejected,
    InvalidValue,
    KeyringUnusable,
    LedgerDeskError,
    MissingValue,
    SignInNeeded,
)
from ledgerdesk.model import ConnectionState, ExportKind
from ledgerdesk.setup.answers import Wished
from ledgerdesk.setup.connections import Connections
from ledgerdesk.setup.contexts import MAIL_OWNER
from ledgerdesk.setup.flow import SetupFlow
from ledgerdesk.setup.installer import Installer
from ledgerdesk.setup.mail_accounts import MailAccounts
from ledgerdesk.setup.services import Services
from ledgerdesk.setup.steps import Done, Refused
from ledgerdesk.store import Books
from tests.unit.setup.conftest import Noted, contents, journal_of

if TYPE_CHECKING:
    from tests.helpers.keyring import MemoryKeyring
    from tests.helpers.smtp import SmtpServer

OFFICE = {"host": "smtp.office.example", "username": "firm@office.example"}
PASSWORD = {"password": "canary-51c2"}


@pytest.fixture
def accounts(services: Services) -> MailAccounts:
    return MailAccounts(services)


def on(server: SmtpServer) -> dict[str, str]:
    return {
        "host": "localhost",
        "port": str(server.port),
        "username": server.username,
        "from_address": "firm@office.example",
    }


def mails(**more: Unpack[Wished]) -> Wished:
    wish: Wished = {
        "kind": ExportKind.INVOICES,
        "values": {"purchase_address": "[vat]@box.example"},
        "accept_terms": True,
    }
    return {**wish, **more}


def test_it_is_kept_untested_and_its_password_sealed(
    accounts: MailAccounts, services: Services, books: Books, folder
) -> None:
    accounts.set(OFFICE, PASSWORD, "PEM")

    kept = accounts.show()
    assert kept is not None
    assert (kept.state, kept.ca_pem) == (ConnectionState.UNTESTED, "PEM")
    assert kept.values["from_address"] == "firm@office.example"
    assert kept.values["port"] == "587"
    assert services.vault.open(MAIL_OWNER) == PASSWORD
    assert "canary" not in repr(kept)
    stored = b"".join(path.read_bytes() for path in folder.root.iterdir() if path.is_file())
    assert b"canary-51c2" not in stored
    assert journal_of(books) == ["mail_account.set"]


def test_nothing_is_shown_before_it_is_set(accounts: MailAccounts) -> None:
    assert accounts.show() is None
    assert not accounts.has_password()


def test_whether_a_password_is_stored_is_told_without_the_key_store(
    accounts: MailAccounts, memory_keyring: MemoryKeyring
) -> None:
    accounts.set(OFFICE, PASSWORD)
    calls = memory_keyring.calls

    assert accounts.has_password()
    assert memory_keyring.calls == calls


@pytest.mark.parametrize(
    ("values", "secrets", "error", "field"),
    [
        ({"username": "a@b.example"}, PASSWORD, MissingValue, "host"),
        (OFFICE, {}, MissingValue, "password"),
        ({**OFFICE, "port": "0"}, PASSWORD, InvalidValue, "port"),
        ({**OFFICE, "security": "none"}, PASSWORD, InvalidValue, "security"),
        ({**OFFICE, "colour": "red"}, PASSWORD, InvalidValue, "colour"),
        ({**OFFICE, "password": "x"}, {}, InvalidValue, "password"),
        ({**OFFICE, "provider": "microsoft365"}, PASSWORD, SignInNeeded, None),
        (
            {**OFFICE, "imap_host": "imap.example", "imap_security": "none"},
            PASSWORD,
            InvalidValue,
            "imap_security",
        ),
    ],
)
def test_what_cannot_be_right_is_refused_and_nothing_is_kept(
    accounts: MailAccounts,
    books: Books,
    values: dict[str, str],
    secrets: dict[str, str],
    error: type[LedgerDeskError],
    field: str | None,
) -> None:
    before = contents(books)

    with pytest.raises(error) as raised:
        accounts.set(values, secrets)

    assert raised.value.field == field
    assert contents(books) == before


def test_without_a_key_store_no_password_is_kept(
    accounts: MailAccounts, books: Books, memory_keyring: MemoryKeyring
) -> None:
    memory_keyring.locked = True
    before = contents(books)

    with pytest.raises(KeyringUnusable):
        accounts.set(OFFICE, PASSWORD)

    assert contents(books) == before


def test_a_new_sender_keeps_the_password(accounts: MailAccounts, services: Services) -> None:
    accounts.set(OFFICE, PASSWORD)

    changed = accounts.set({"from_address": "books@office.example"}, {})

    assert changed.values == {**changed.values, **OFFICE, "from_address": "books@office.example"}
    assert services.vault.open(MAIL_OWNER) == PASSWORD


@pytest.mark.parametrize("other", [{"host": "smtp.else.example"}, {"username": "x@else.example"}])
def test_a_password_never_follows_to_another_account(
    accounts: MailAccounts, other: dict[str, str]
) -> None:
    accounts.set(OFFICE, PASSWORD)

    with pytest.raises(MissingValue) as raised:
        accounts.set(other, {})

    assert raised.value.field == "password"


# --- packages that mail -------------------------------------------------------------------------


def test_a_package_that_mails_needs_the_account_first(services: Services, books: Books) -> None:
    before = contents(books)

    with pytest.raises(MissingValue) as raised:
        Installer(services).add("email", "Octopus", **mails())

    assert raised.value.field == "mail_account"
    assert "mail-account set" in raised.value.text()
    assert contents(books) == before


def test_connecting_a_package_tries_the_account(
    accounts: MailAccounts, services: Services, smtp_server: SmtpServer, noted: Noted
) -> None:
    accounts.set(on(smtp_server), {"password": smtp_server.password}, smtp_server.ca_pem)

    added = Installer(services).add("email", "Octopus", **mails())

    assert all(one.ok for one in added.checks) and len(added.checks) == 4
    kept = accounts.show()
    assert kept is not None and kept.state is ConnectionState.OK
    (connection,) = Connections(services).listed()
    assert connection.account == "firm@office.example"
    assert smtp_server.messages() == []
    assert noted.mail_unblocked == 2


def test_a_wrong_password_is_offered_once_and_nothing_is_kept(
    accounts: MailAccounts, services: Services, books: Books, smtp_server: SmtpServer
) -> None:
    accounts.set(on(smtp_server), {"password": "wrong"}, smtp_server.ca_pem)
    before = contents(books)

    with pytest.raises(CredentialsRejected):
        Installer(services).add("email", "Octopus", **mails())

    assert contents(books) == before


def test_packages_that_mail_share_one_connection(
    accounts: MailAccounts, services: Services
) -> None:
    accounts.set(OFFICE, PASSWORD)
    for name in ("Octopus", "Yuki"):
        Installer(services).add("email", name, **mails(untested=True))

    assert len(Connections(services).listed()) == 1


def test_another_account_is_that_of_every_package_and_untested_again(
    accounts: MailAccounts, services: Services, smtp_server: SmtpServer
) -> None:
    accounts.set(on(smtp_server), {"password": smtp_server.password}, smtp_server.ca_pem)
    Installer(services).add("email", "Octopus", **mails())
    (before,) = Connections(services).listed()

    accounts.set({"from_address": "books@office.example"}, {})

    (after,) = Connections(services).listed()
    assert (after.id, after.account) == (before.id, "books@office.example")
    assert after.state is ConnectionState.UNTESTED


def test_verifying_shows_a_refused_account_everywhere(
    accounts: MailAccounts, services: Services, smtp_server: SmtpServer
) -> None:
    accounts.set(on(smtp_server), {"password": "wrong"}, smtp_server.ca_pem)
    Installer(services).add("email", "Octopus", **mails(untested=True))
    (connection,) = Connections(services).listed()

    with pytest.raises(CredentialsRejected):
        Connections(services).verify(connection.id)

    kept = accounts.show()
    assert kept is not None and kept.state is ConnectionState.REAUTHENTICATE
    assert Connections(services).get(connection.id).state is ConnectionState.REAUTHENTICATE


def test_the_wizard_asks_for_the_account_and_then_connects(
    accounts: MailAccounts, services: Services, smtp_server: SmtpServer
) -> None:
    flow = SetupFlow(services, connector_id="email", kind=ExportKind.INVOICES)
    flow.submit({"choice": "as-received"})
    place = {"purchase_address": "in@box.example"}

    refused = flow.submit(place)
    assert isinstance(refused, Refused) and refused.errors[0].field == "mail_account"
    accounts.set(on(smtp_server), {"password": smtp_server.password}, smtp_server.ca_pem)
    flow.submit(place)
    done = flow.submit({"accept": "yes"})

    assert isinstance(done, Done)
