"""Setting up an accounting package on real destinations: kept whole, or not at all."""

from __future__ import annotations

import dataclasses
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack

import pytest

from ledgerdesk.errors import (
    AlreadyExists,
    ConnectionRefused,
    CredentialsRejected,
    HostKeyChanged,
    HostKeyUnknown,
    HostNotFound,
    InvalidValue,
    KeyringUnusable,
    LedgerDeskError,
    MissingValue,
    PlaceMissing,
    TermsNotAccepted,
    UnknownId,
)
from ledgerdesk.model import Check, ConnectionState, ExportKind
from ledgerdesk.setup.answers import Wish, Wished
from ledgerdesk.setup.contexts import connection_owner
from ledgerdesk.setup.installer import Installer
from ledgerdesk.setup.services import Services
from ledgerdesk.store import Books
from ledgerdesk.store import configurations as books_of
from tests.unit.setup.conftest import Hands, Noted, contents, journal_of

if TYPE_CHECKING:
    from tests.helpers.keyring import MemoryKeyring
    from tests.helpers.sshd import Sshd

INVOICES, STATEMENTS = ExportKind.INVOICES, ExportKind.STATEMENTS
# The arrangement of folders, where none is chosen.
OWN = {"layout": "own"}


@pytest.fixture
def installer(services: Services) -> Installer:
    return Installer(services)


def folder_wish(path: Path, **more: Unpack[Wished]) -> Wished:
    wish: Wished = {"kind": INVOICES, "values": {"path": str(path)}, "accept_terms": True}
    return {**wish, **more}


def sftp_wish(sshd: Sshd, **more: Unpack[Wished]) -> Wished:
    wish: Wished = {
        "kind": INVOICES,
        "values": {"host": sshd.host, "port": str(sshd.port), "username": sshd.username},
        "secrets": {"password": sshd.password},
        "accept_host_key": sshd.fingerprint,
        "accept_terms": True,
    }
    return {**wish, **more}


def connections(books: Books):
    with books.read() as c:
        return books_of.connections(c)


# --- a folder -----------------------------------------------------------------------------------


def test_a_folder_is_verified_and_kept(
    installer: Installer, books: Books, tmp_path: Path, noted: Noted
) -> None:
    added = installer.add("folder", "Import", **folder_wish(tmp_path / "in"))

    setup = added.configuration.kinds[INVOICES]
    assert (setup.format, setup.tested, setup.values) == (
        "as-received",
        True,
        {"path": str(tmp_path / "in"), **OWN},
    )
    assert added.checks and all(one.ok for one in added.checks)
    assert [one.state for one in connections(books)] == [ConnectionState.OK]
    assert journal_of(books) == ["configuration.added"]
    assert noted.reroutes == 1


def test_a_folder_needs_no_key_store(
    installer: Installer, tmp_path: Path, memory_keyring: MemoryKeyring
) -> None:
    installer.add("folder", "Import", **folder_wish(tmp_path))

    assert memory_keyring.calls == 0


def test_ids_are_compared_without_case(installer: Installer, tmp_path: Path) -> None:
    added = installer.add("Folder", "Import", **folder_wish(tmp_path, format="UBL-Peppol-BIS-3"))

    assert added.configuration.connector_id == "folder"
    assert added.configuration.kinds[INVOICES].format == "ubl-peppol-bis-3"


def test_only_this_format_is_an_answer_like_the_others(
    installer: Installer, tmp_path: Path
) -> None:
    values = {"path": str(tmp_path), "only_this_format": "yes"}

    setup = installer.add(
        "folder", "A", **folder_wish(tmp_path, values=values)
    ).configuration.kinds[INVOICES]

    assert setup.only_this_format
    assert "only_this_format" not in setup.values


@pytest.mark.parametrize(
    ("connector", "name", "changes", "error", "field"),
    [
        ("nowhere", "A", {}, UnknownId, None),
        ("folder", " ", {}, MissingValue, "name"),
        ("folder", "A", {"kind": None}, MissingValue, "kind"),
        ("folder", "A", {"format": "docx"}, InvalidValue, "format"),
        ("folder", "A", {"values": {}}, MissingValue, "path"),
        ("folder", "A", {"values": {"path": "/x", "pth": "/y"}}, InvalidValue, "pth"),
        ("folder", "A", {"values": {"path": "relative"}}, InvalidValue, "path"),
        ("folder", "A", {"values": {"path": "/srv/../etc"}}, LedgerDeskError, "path"),
        ("folder", "A", {"administration_id": "7"}, InvalidValue, "administration"),
        ("folder", "A", {"accept_terms": False}, TermsNotAccepted, "accept_terms"),
        ("sftp", "A", {"values": {"password": "x"}}, InvalidValue, "password"),
    ],
)
def test_wrong_input_is_named_and_nothing_is_kept(
    installer: Installer,
    books: Books,
    tmp_path: Path,
    connector: str,
    name: str,
    changes: Any,
    error: type[LedgerDeskError],
    field: str | None,
) -> None:
    before = contents(books)

    with pytest.raises(error) as raised:
        installer.add(connector, name, **folder_wish(tmp_path, **changes))

    assert raised.value.field == field
    assert contents(books) == before


def test_a_missing_folder_is_refused_and_nothing_is_kept(
    installer: Installer, books: Books, tmp_path: Path
) -> None:
    before = contents(books)

    with pytest.raises(PlaceMissing):
        installer.add("folder", "Import", **folder_wish(tmp_path / "no" / "such" / "drive"))

    assert contents(books) == before


def test_untested_keeps_a_folder_that_is_not_there_yet(
    installer: Installer, books: Books, tmp_path: Path
) -> None:
    wish = folder_wish(tmp_path / "no" / "such" / "drive", untested=True)

    added = installer.add("folder", "Import", **wish)

    assert not added.configuration.kinds[INVOICES].tested
    assert added.checks == ()
    assert [one.state for one in connections(books)] == [ConnectionState.UNTESTED]


def test_a_name_is_used_once(installer: Installer, books: Books, tmp_path: Path) -> None:
    installer.add("folder", "Import", **folder_wish(tmp_path))
    before = contents(books)

    with pytest.raises(AlreadyExists):
        installer.add("folder", "IMPORT", **folder_wish(tmp_path))

    assert contents(books) == before


def test_a_failing_write_leaves_nothing_half_saved(
    services: Services, books: Books, tmp_path: Path, sshd: Sshd
) -> None:
    class Failing(Noted):
        def reroute(self, c: object, at: object) -> None:
            raise sqlite3.IntegrityError("as if the last step of the transaction failed")

    broken = dataclasses.replace(services, consequences=Failing())
    before = contents(books)

    with pytest.raises(sqlite3.IntegrityError):
        Installer(broken).add("sftp", "Server", **sftp_wish(sshd))

    assert contents(books) == before


# --- SFTP ---------------------------------------------------------------------------------------


def test_sftp_is_verified_and_its_secret_sealed(
    installer: Installer, services: Services, books: Books, sshd: Sshd, folder
) -> None:
    added = installer.add("sftp", "Server", **sftp_wish(sshd))

    (connection,) = connections(books)
    assert connection.host_key == sshd.fingerprint
    assert connection.account == f"{sshd.username}@127.0.0.1:{sshd.port}"
    assert services.vault.open(connection_owner(connection.id)) == {"password": sshd.password}
    assert added.configuration.kinds[INVOICES].values == {"upload_path": "Invoice_import/", **OWN}
    assert (sshd.home / "Invoice_import").is_dir()
    stored = b"".join(path.read_bytes() for path in folder.root.iterdir() if path.is_file())
    assert sshd.password.encode() not in stored


def test_an_unknown_host_key_shows_its_fingerprint_before_any_sign_in(
    installer: Installer, books: Books, sshd: Sshd
) -> None:
    before = contents(books)

    with pytest.raises(HostKeyUnknown) as raised:
        installer.add("sftp", "Server", **sftp_wish(sshd, accept_host_key=""))

    assert raised.value.params["fingerprint"] == sshd.fingerprint
    assert sshd.sign_in_attempts() == 0
    assert contents(books) == before


def test_another_approved_host_key_is_refused(
    installer: Installer, books: Books, sshd: Sshd
) -> None:
    before = contents(books)
    other = "SHA256:" + "A" * 43

    with pytest.raises(HostKeyChanged):
        installer.add("sftp", "Server", **sftp_wish(sshd, accept_host_key=other))

    assert sshd.sign_in_attempts() == 0
    assert contents(books) == before


def test_a_wrong_password_is_refused_and_leaves_no_trace(
    installer: Installer, books: Books, sshd: Sshd, caplog: pytest.LogCaptureFixture
) -> None:
    before = contents(books)
    wish = sftp_wish(sshd, secrets={"password": "canary-7f3a"})

    with pytest.raises(CredentialsRejected) as raised:
        installer.add("sftp", "Server", **wish)

    assert contents(books) == before
    said = f"{raised.value} {raised.value.params} {Wish(**wish)!r} {caplog.text}"
    assert "canary-7f3a" not in said


@pytest.mark.parametrize(
    ("changes", "error"),
    [({"host": "nobody.invalid"}, HostNotFound), ({"port": "1"}, ConnectionRefused)],
)
def test_a_server_that_is_not_there_is_refused(
    installer: Installer,
    books: Books,
    sshd: Sshd,
    changes: dict[str, str],
    error: type[LedgerDeskError],
) -> None:
    before = contents(books)
    wish = sftp_wish(sshd)

    with pytest.raises(error):
        wish["values"] = {**wish["values"], **changes}
        installer.add("sftp", "S", **wish)

    assert contents(books) == before


def test_without_a_key_store_no_password_is_kept(
    installer: Installer, books: Books, sshd: Sshd, memory_keyring: MemoryKeyring
) -> None:
    memory_keyring.locked = True
    before = contents(books)

    with pytest.raises(KeyringUnusable):
        installer.add("sftp", "Server", **sftp_wish(sshd))

    assert contents(books) == before
    assert sshd.sign_in_attempts() == 0


def test_the_real_secret_service_keeps_the_key(
    books: Books, folder, sshd: Sshd, secret_service: object, clock: Hands, noted: Noted
) -> None:
    from ledgerdesk.net.sockets import Sockets
    from ledgerdesk.vault import SystemKeyStore, Vault

    def vault() -> Vault:
        return Vault(books, folder, SystemKeyStore(), holding_lock=False)

    services = Services(books, vault(), Sockets(), clock, consequences=noted)
    Installer(services).add("sftp", "Server", **sftp_wish(sshd))

    (connection,) = connections(books)
    assert vault().open(connection_owner(connection.id)) == {"password": sshd.password}


def test_checks_seen_before_a_failure_are_told(installer: Installer, sshd: Sshd) -> None:
    seen: list[Check] = []

    with pytest.raises(CredentialsRejected):
        installer.add("sftp", "S", **sftp_wish(sshd, secrets={"password": "no"}), seen=seen)

    assert len(seen) == 2


def test_half_a_fingerprint_is_understood(installer: Installer, books: Books, sshd: Sshd) -> None:
    half = sshd.fingerprint.removeprefix("SHA256:") + "="

    installer.add("sftp", "Server", **sftp_wish(sshd, accept_host_key=half))

    assert [one.host_key for one in connections(books)] == [sshd.fingerprint]


def test_what_was_typed_never_reaches_the_log(installer: Installer, sshd: Sshd) -> None:
    from ledgerdesk import log

    with pytest.raises(CredentialsRejected):
        installer.add("sftp", "S", **sftp_wish(sshd, secrets={"password": "canary-9d41"}))

    assert "canary-9d41" not in log.redacted("it failed with canary-9d41")


# --- the same account again, and re-use -----------------------------------------------------------


def test_signing_in_again_as_the_same_account_replaces_its_secrets(
    installer: Installer, services: Services, books: Books, sshd: Sshd, noted: Noted
) -> None:
    installer.add("sftp", "One", **sftp_wish(sshd))
    (first,) = connections(books)

    installer.add("sftp", "Two", **sftp_wish(sshd, secrets={"private_key": sshd.private_key}))

    assert [one.id for one in connections(books)] == [first.id]
    assert set(services.vault.open(connection_owner(first.id))) == {"private_key"}
    assert noted.unblocked == [first.id, first.id]


def test_a_kept_connection_needs_no_fields_and_accepts_equal_ones(
    installer: Installer, books: Books, sshd: Sshd
) -> None:
    installer.add("sftp", "One", **sftp_wish(sshd))
    (first,) = connections(books)
    again = Wished(kind=INVOICES, connection_id=first.id, accept_terms=True)

    without = installer.add("sftp", "Two", **again)
    equal = installer.add("sftp", "Three", **sftp_wish(sshd, connection_id=first.id))

    for added in (without, equal):
        assert added.configuration.kinds[INVOICES].connection_id == first.id


@pytest.mark.parametrize("part", [{"values": {"username": "bob"}}, {"secrets": {"password": "x"}}])
def test_a_kept_connection_refuses_other_fields(
    installer: Installer, books: Books, sshd: Sshd, part: dict[str, dict[str, str]]
) -> None:
    installer.add("sftp", "One", **sftp_wish(sshd))
    (first,) = connections(books)
    before = contents(books)
    wish: Any = {"connection_id": first.id, "kind": INVOICES, "accept_terms": True, **part}

    with pytest.raises(InvalidValue):
        installer.add("sftp", "Two", **wish)

    assert contents(books) == before


def test_a_connection_of_another_connector_is_refused(
    installer: Installer, books: Books, sshd: Sshd, tmp_path: Path
) -> None:
    installer.add("folder", "Import", **folder_wish(tmp_path))
    (first,) = connections(books)

    with pytest.raises(InvalidValue) as raised:
        installer.add("sftp", "Server", **sftp_wish(sshd, connection_id=first.id))

    assert raised.value.field == "connection"


# --- edit ---------------------------------------------------------------------------------------


def test_an_edit_adds_the_second_kind_on_the_same_connection(
    installer: Installer, books: Books, sshd: Sshd
) -> None:
    added = installer.add("sftp", "Server", **sftp_wish(sshd))
    wish = Wished(
        kind=STATEMENTS, format="coda", values={"upload_path": "coda/"}, accept_terms=True
    )

    edited = installer.edit(added.configuration.id, **wish)

    invoices, statements = (edited.configuration.kinds[kind] for kind in (INVOICES, STATEMENTS))
    assert invoices.connection_id == statements.connection_id
    assert (statements.format, statements.values) == ("coda", {"upload_path": "coda/", **OWN})
    assert invoices.values == {"upload_path": "Invoice_import/", **OWN}
    assert len(connections(books)) == 1
    assert (sshd.home / "coda").is_dir()


def test_the_second_kind_needs_the_terms_again(
    installer: Installer, books: Books, tmp_path: Path
) -> None:
    added = installer.add("folder", "Import", **folder_wish(tmp_path))
    before = contents(books)

    with pytest.raises(TermsNotAccepted):
        installer.edit(
            added.configuration.id, **folder_wish(tmp_path, kind=STATEMENTS, accept_terms=False)
        )

    assert contents(books) == before


def test_an_edit_keeps_what_it_does_not_name(installer: Installer, sshd: Sshd) -> None:
    wish = sftp_wish(sshd, format="ubl-efff-3.0")
    added = installer.add("sftp", "Server", **wish)

    edited = installer.edit(added.configuration.id, values={"upload_path": "other/"})

    setup = edited.configuration.kinds[INVOICES]
    assert (setup.format, setup.values, setup.tested) == (
        "ubl-efff-3.0",
        {"upload_path": "other/", **OWN},
        True,
    )
    assert edited.checks


def test_a_new_name_alone_verifies_nothing(installer: Installer, sshd: Sshd, books: Books) -> None:
    added = installer.add("sftp", "Server", **sftp_wish(sshd))
    attempts = sshd.sign_in_attempts()

    edited = installer.edit(added.configuration.id, name="Renamed")

    assert edited.configuration.name == "Renamed"
    assert sshd.sign_in_attempts() == attempts
    assert journal_of(books)[-1] == "configuration.renamed"


def test_an_edit_with_a_wrong_password_changes_nothing(
    installer: Installer, services: Services, books: Books, sshd: Sshd
) -> None:
    added = installer.add("sftp", "Server", **sftp_wish(sshd))
    before = contents(books)

    with pytest.raises(CredentialsRejected):
        installer.edit(added.configuration.id, secrets={"password": "wrong"})

    assert contents(books) == before


def test_another_account_of_a_shared_sign_in_becomes_a_connection_of_its_own(
    installer: Installer, books: Books, sshd: Sshd
) -> None:
    one = installer.add("sftp", "One", **sftp_wish(sshd))
    two = installer.add("sftp", "Two", **sftp_wish(sshd))

    wish = Wished(values={"username": "someone"}, untested=True)
    edited = installer.edit(one.configuration.id, **wish)

    first = two.configuration.kinds[INVOICES].connection_id
    assert edited.configuration.kinds[INVOICES].connection_id != first
    with books.read() as c:
        assert books_of.connection(c, first).values["username"] == sshd.username


def test_another_account_of_a_sign_in_used_once_stays_the_same_connection(
    installer: Installer, books: Books, sshd: Sshd
) -> None:
    one = installer.add("sftp", "One", **sftp_wish(sshd))
    (first,) = connections(books)

    wish = Wished(values={"username": "someone"}, untested=True)
    installer.edit(one.configuration.id, **wish)

    (now,) = connections(books)
    assert (now.id, now.values["username"]) == (first.id, "someone")
    assert now.state is ConnectionState.UNTESTED
    assert now.host_key == first.host_key


def test_another_server_must_be_approved_anew(
    installer: Installer, books: Books, sshd: Sshd
) -> None:
    one = installer.add("sftp", "One", **sftp_wish(sshd))

    with pytest.raises(HostKeyUnknown):
        installer.edit(one.configuration.id, values={"host": "localhost"})

    (now,) = connections(books)
    assert now.values["host"] == sshd.host


def test_a_moved_folder_is_verified_at_its_new_place(
    installer: Installer, books: Books, tmp_path: Path
) -> None:
    added = installer.add("folder", "Import", **folder_wish(tmp_path / "a"))

    edited = installer.edit(added.configuration.id, values={"path": str(tmp_path / "b")})

    assert (tmp_path / "b").is_dir()
    assert edited.configuration.kinds[INVOICES].values == {"path": str(tmp_path / "b"), **OWN}
    assert [one.account for one in connections(books)] == [str(tmp_path / "b")]


def test_with_two_kinds_an_edit_must_say_which(installer: Installer, tmp_path: Path) -> None:
    added = installer.add("folder", "Import", **folder_wish(tmp_path))
    installer.edit(added.configuration.id, **folder_wish(tmp_path, kind=STATEMENTS))

    with pytest.raises(MissingValue) as raised:
        installer.edit(added.configuration.id, format="coda")

    assert raised.value.field == "kind"


def test_a_lost_key_is_replaced_only_when_secrets_are_typed_again(
    services: Services,
    books: Books,
    folder,
    sshd: Sshd,
    memory_keyring: MemoryKeyring,
) -> None:
    from ledgerdesk.vault import SystemKeyStore, Vault

    added = Installer(services).add("sftp", "Server", **sftp_wish(sshd))
    memory_keyring.kept.clear()
    fresh = dataclasses.replace(
        services, vault=Vault(books, folder, SystemKeyStore(), holding_lock=False)
    )

    Installer(fresh).edit(added.configuration.id, secrets={"password": sshd.password})

    (connection,) = connections(books)
    assert connection.state is ConnectionState.OK
    assert fresh.vault.open(connection_owner(connection.id)) == {"password": sshd.password}


def test_a_lost_key_stays_as_it_is_when_the_sign_in_is_refused(
    services: Services, books: Books, folder, sshd: Sshd, memory_keyring: MemoryKeyring
) -> None:
    from ledgerdesk.vault import SystemKeyStore, Vault

    added = Installer(services).add("sftp", "Server", **sftp_wish(sshd))
    memory_keyring.kept.clear()
    fresh = dataclasses.replace(
        services, vault=Vault(books, folder, SystemKeyStore(), holding_lock=False)
    )
    before = contents(books)

    with pytest.raises(CredentialsRejected):
        Installer(fresh).edit(added.configuration.id, secrets={"password": "wrong"})

    assert contents(books) == before
    assert memory_keyring.kept == {}
