"""The vault: secrets are sealed with a key only this computer's key store has, or not kept."""

from __future__ import annotations

import base64
import os
import random
import string
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

import keyring
import pytest
import sqlalchemy as sa
from keyring.backend import KeyringBackend
from keyring.backends.chainer import ChainerBackend

from ledgerdesk import log
from ledgerdesk.errors import EngineBusy, KeyMissing, KeyringUnusable, SecretMissing
from ledgerdesk.paths import DataFolder
from ledgerdesk.store import Books, backup, engine_lock, journal, open_books
from ledgerdesk.store import tables as t
from ledgerdesk.store.restore import restore
from ledgerdesk.vault import FileKeyStore, KeyStore, Owner, SystemKeyStore, Vault
from tests.helpers.keyring import WINDOWS_LIMIT, MemoryKeyring, RealLookingKeyring

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
OWNER = Owner("connection", "k1")
OPEN = AbstractContextManager[Books]


@pytest.fixture
def folder(data_dir: Path) -> DataFolder:
    return DataFolder(data_dir)


@pytest.fixture
def books(folder: DataFolder) -> Iterator[Books]:
    with open_books(folder) as opened:
        yield opened


@pytest.fixture
def make(books: Books, folder: DataFolder) -> Callable[[], Vault]:
    """Each vault is a start of its own: nothing is remembered."""
    return lambda: Vault(books, folder, SystemKeyStore(), holding_lock=False)


def seal(books: Books, vault: Vault, owner: Owner = OWNER, **values: str) -> None:
    vault.prepare()
    books.write(lambda c: vault.seal(c, owner, values))


def rows(books: Books) -> Sequence[sa.Row[Any]]:
    with books.read() as c:
        return c.execute(sa.select(t.secret)).all()


def meta(books: Books) -> dict[str, str]:
    with books.read() as c:
        return {row.key: row.value for row in c.execute(sa.select(t.meta))}


def add_connection(books: Books, id: str = "k1") -> None:
    row = {"id": id, "connector_id": "x", "account_key": id, "state": "ok", "created_at": AT}
    books.write(lambda c: c.execute(t.connection.insert().values(**row)))


# --- sealing and opening ------------------------------------------------------------------------

ODD = ["é🙂" * 7, "a\0b", "line\nline\r\n", " spaces ", "\udce9", "\x1f", '{"a": "b"}']


@pytest.mark.parametrize("value", ["", "x", *ODD], ids=ascii)
def test_any_text_comes_back(
    memory_keyring: MemoryKeyring, books: Books, make: Callable[[], Vault], value: str
) -> None:
    seal(books, make(), secret=value)
    assert make().open(OWNER) == {"secret": value}


def test_any_length_comes_back(
    memory_keyring: MemoryKeyring, books: Books, make: Callable[[], Vault], seed: int
) -> None:
    pick = random.Random(seed)
    signs = string.printable + "é€🙂\0"
    lengths = [1, 1279, 1280, 1281, 4096, 65_536, *(pick.randrange(1, 65_536) for _ in range(10))]
    values = {f"field-{n}": "".join(pick.choices(signs, k=n)) for n in lengths}
    vault = make()
    vault.prepare()
    books.write(lambda c: vault.seal(c, OWNER, values))
    assert make().open(OWNER) == values


def test_an_owner_without_secrets_has_none(
    memory_keyring: MemoryKeyring, make: Callable[[], Vault]
) -> None:
    assert make().open(OWNER) == {}
    assert memory_keyring.calls == 0


def test_owners_do_not_see_each_other(
    memory_keyring: MemoryKeyring, books: Books, make: Callable[[], Vault]
) -> None:
    vault = make()
    seal(books, vault, Owner("connection", "k1"), password="one")
    seal(books, vault, Owner("link", "k1"), password="two")
    assert vault.open(Owner("connection", "k1")) == {"password": "one"}
    assert vault.open(Owner("link", "k1")) == {"password": "two"}


def test_a_new_value_replaces_the_old_and_others_stay(
    memory_keyring: MemoryKeyring, books: Books, make: Callable[[], Vault]
) -> None:
    vault = make()
    seal(books, vault, password="old", key="stays")
    seal(books, vault, password="new")
    assert make().open(OWNER) == {"password": "new", "key": "stays"}


def test_forgotten_secrets_are_gone(
    memory_keyring: MemoryKeyring, books: Books, make: Callable[[], Vault]
) -> None:
    vault = make()
    seal(books, vault, password="x")
    books.write(lambda c: vault.forget(c, OWNER))
    assert vault.open(OWNER) == {}
    assert rows(books) == []


def test_the_same_value_is_sealed_differently_each_time(
    memory_keyring: MemoryKeyring, books: Books, make: Callable[[], Vault]
) -> None:
    seal(books, make(), a="same", b="same")
    one, other = rows(books)
    assert one.nonce != other.nonce
    assert one.sealed != other.sealed


@pytest.mark.parametrize(
    "move",
    [{"owner_kind": "link"}, {"owner_id": "k2"}, {"field": "token"}, {"key_id": "0" * 16}],
    ids=str,
)
def test_a_sealed_value_does_not_open_in_another_place(
    memory_keyring: MemoryKeyring, books: Books, make: Callable[[], Vault], move: dict[str, str]
) -> None:
    seal(books, make(), password="x")
    books.write(lambda c: c.execute(t.secret.update().values(**move)))
    owner = Owner(move.get("owner_kind", OWNER.kind), move.get("owner_id", OWNER.id))
    with pytest.raises(SecretMissing):
        make().open(owner)


@pytest.mark.parametrize("part", ["nonce", "sealed"])
def test_a_changed_byte_is_noticed(
    memory_keyring: MemoryKeyring, books: Books, make: Callable[[], Vault], part: str
) -> None:
    seal(books, make(), password="x")
    changed = bytearray(getattr(rows(books)[0], part))
    changed[0] ^= 1
    books.write(lambda c: c.execute(t.secret.update().values({part: bytes(changed)})))
    with pytest.raises(SecretMissing):
        make().open(OWNER)


def test_a_rotated_token_and_its_state_change_together_or_not_at_all(
    memory_keyring: MemoryKeyring, books: Books, make: Callable[[], Vault]
) -> None:
    vault = make()
    add_connection(books)
    seal(books, vault, token="old")

    def rotate(c: sa.Connection) -> None:
        vault.seal(c, OWNER, {"token": "new"})
        c.execute(t.connection.update().values(expires_at=AT))

    def fail(c: sa.Connection) -> None:
        rotate(c)
        raise OSError("no answer")

    with pytest.raises(OSError, match="no answer"):
        books.write(fail)
    assert make().open(OWNER) == {"token": "old"}
    books.write(rotate)
    assert make().open(OWNER) == {"token": "new"}


def test_sealing_without_the_key_is_refused(
    memory_keyring: MemoryKeyring, books: Books, make: Callable[[], Vault]
) -> None:
    vault = make()
    with pytest.raises(KeyMissing):
        books.write(lambda c: vault.seal(c, OWNER, {"password": "x"}))
    assert rows(books) == []


# --- the key ------------------------------------------------------------------------------------


def test_the_key_store_holds_one_key_and_nothing_else(
    memory_keyring: MemoryKeyring, books: Books, make: Callable[[], Vault]
) -> None:
    seal(books, make(), password="x" * 5000, token="y" * 5000)
    ((place, key),) = memory_keyring.kept.items()
    assert place == (f"LedgerDesk/{meta(books)['folder_id']}", "key")
    assert len(base64.b64decode(key)) == 32


def test_windows_limit_does_not_matter(
    memory_keyring: MemoryKeyring, books: Books, make: Callable[[], Vault]
) -> None:
    memory_keyring.limit = WINDOWS_LIMIT
    seal(books, make(), private_key="k" * 20_000)
    assert make().open(OWNER) == {"private_key": "k" * 20_000}


def test_the_key_store_is_asked_once_per_start(
    memory_keyring: MemoryKeyring, books: Books, make: Callable[[], Vault]
) -> None:
    seal(books, make(), password="x")
    vault, before = make(), memory_keyring.calls
    for _ in range(5):
        vault.open(OWNER)
    assert memory_keyring.calls == before + 1


def test_two_folders_have_two_keys(memory_keyring: MemoryKeyring, tmp_path: Path) -> None:
    for name in ("one", "two"):
        folder = DataFolder(tmp_path / name)
        with open_books(folder) as books:
            seal(books, Vault(books, folder, SystemKeyStore(), holding_lock=False), password="x")
    assert len(set(memory_keyring.kept.values())) == 2


def test_the_key_is_made_under_the_engine_lock(
    memory_keyring: MemoryKeyring,
    books: Books,
    folder: DataFolder,
    make: Callable[[], Vault],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("ledgerdesk.vault._LOCK_PATIENCE", 0.0)
    with engine_lock(folder):
        with pytest.raises(EngineBusy):
            make().prepare()
        assert memory_keyring.kept == {}
        Vault(books, folder, SystemKeyStore(), holding_lock=True).prepare()
    make().prepare()
    assert len(memory_keyring.kept) == 1


def test_a_start_killed_before_the_key_was_noted_uses_it_later(
    memory_keyring: MemoryKeyring,
    books: Books,
    make: Callable[[], Vault],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(Books, "write", lambda self, work: (_ for _ in ()).throw(OSError("killed")))
        with pytest.raises(OSError, match="killed"):
            make().prepare()
    kept = dict(memory_keyring.kept)
    seal(books, make(), password="x")
    assert memory_keyring.kept == kept
    assert make().open(OWNER) == {"password": "x"}


# --- key stores that do not work ----------------------------------------------------------------


def refuse(store: MemoryKeyring) -> None:
    store.refusing = True


def lock(store: MemoryKeyring) -> None:
    store.locked = True


def forget(store: MemoryKeyring) -> None:
    store.forgetful = True


def limit(store: MemoryKeyring) -> None:
    store.limit = 10


@pytest.mark.parametrize("harm", [refuse, lock, forget, limit])
def test_a_key_store_that_fails_keeps_nothing(
    memory_keyring: MemoryKeyring,
    books: Books,
    make: Callable[[], Vault],
    harm: Callable[[MemoryKeyring], None],
) -> None:
    harm(memory_keyring)
    before = meta(books)
    with pytest.raises(KeyringUnusable):
        make().prepare()
    assert meta(books) == before
    assert memory_keyring.kept == {}


def test_a_locked_key_store_opens_later(
    memory_keyring: MemoryKeyring, books: Books, make: Callable[[], Vault]
) -> None:
    seal(books, make(), password="x")
    vault = make()
    memory_keyring.locked = True
    with pytest.raises(KeyringUnusable):
        vault.open(OWNER)
    memory_keyring.locked = False
    assert vault.open(OWNER) == {"password": "x"}


class Plaintext(MemoryKeyring):
    """What keyrings.alt would silently offer."""


@pytest.fixture
def use() -> Iterator[Callable[[KeyringBackend], None]]:
    with ExitStack() as stack:

        def use(backend: KeyringBackend) -> None:
            import keyring.core

            before = keyring.core._keyring_backend
            stack.callback(setattr, keyring.core, "_keyring_backend", before)
            keyring.set_keyring(backend)

        yield use


@pytest.mark.parametrize("backend", ["fail", "null", "plaintext"])
def test_what_is_no_real_key_store_is_refused(
    use: Callable[[KeyringBackend], None], books: Books, make: Callable[[], Vault], backend: str
) -> None:
    from keyring.backends import fail, null

    other = Plaintext()
    use({"fail": fail.Keyring(), "null": null.Keyring(), "plaintext": other}[backend])
    before = meta(books)
    with pytest.raises(KeyringUnusable):
        make().prepare()
    assert meta(books) == before
    assert other.calls == 0


def test_a_real_one_among_several_is_found(use: Callable[[KeyringBackend], None]) -> None:
    real, other = RealLookingKeyring(), Plaintext()

    class Chain(ChainerBackend):
        backends = [other, real]  # noqa: RUF012

    use(Chain())
    SystemKeyStore().set("LedgerDesk/test", "value")
    assert SystemKeyStore().get("LedgerDesk/test") == "value"
    assert other.calls == 0
    assert len(real.kept) == 1


def test_the_key_does_not_roam_on_windows(memory_keyring: MemoryKeyring) -> None:
    memory_keyring.persist = "enterprise"  # type: ignore[attr-defined]
    SystemKeyStore().get("LedgerDesk/test")
    assert memory_keyring.persist == "local machine"  # type: ignore[attr-defined]


# --- a key that is lost -------------------------------------------------------------------------


def gone(store: MemoryKeyring) -> None:
    store.kept.clear()


def another(store: MemoryKeyring) -> None:
    for place in store.kept:
        store.kept[place] = base64.b64encode(os.urandom(32)).decode()


def garbage(store: MemoryKeyring) -> None:
    for place in store.kept:
        store.kept[place] = "?"


LOSSES = [gone, another, garbage]


@pytest.fixture(params=LOSSES)
def lost(
    request: pytest.FixtureRequest,
    memory_keyring: MemoryKeyring,
    books: Books,
    make: Callable[[], Vault],
) -> dict[tuple[str, str], str]:
    """Secrets of several owners are sealed; the key is lost. What the key store holds then."""
    add_connection(books, "k1")
    add_connection(books, "k2")
    add_connection(books, "without")
    books.write(
        lambda c: c.execute(
            t.source.insert().values(id="s1", type="mailbox", state="ok", created_at=AT)
        )
    )
    books.write(
        lambda c: c.execute(t.mail_account.insert().values(id="mail", state="ok", changed_at=AT))
    )
    vault = make()
    for kind, id in (("connection", "k1"), ("connection", "k2"), ("source", "s1")):
        seal(books, vault, Owner(kind, id), password=f"of {id}")
    seal(books, vault, Owner("mail_account", "mail"), password="of mail")
    request.param(memory_keyring)
    return dict(memory_keyring.kept)


def states(books: Books) -> dict[str, str]:
    with books.read() as c:
        return {
            row.id: row.state
            for table in (t.connection, t.source, t.mail_account)
            for row in c.execute(sa.select(table.c.id, table.c.state))
        }


AGAIN = {
    "k1": "reauthenticate",
    "k2": "reauthenticate",
    "without": "ok",
    "s1": "reauthenticate",
    "mail": "reauthenticate",
}


def test_a_lost_key_is_told_and_nothing_is_overwritten(
    lost: dict[tuple[str, str], str],
    memory_keyring: MemoryKeyring,
    books: Books,
    make: Callable[[], Vault],
) -> None:
    before = rows(books), meta(books)
    with pytest.raises(KeyMissing):
        make().open(OWNER)
    with pytest.raises(KeyMissing):
        make().prepare()
    assert (rows(books), meta(books)) == before
    assert memory_keyring.kept == lost


def test_every_owner_must_sign_in_again(
    lost: dict[tuple[str, str], str],
    memory_keyring: MemoryKeyring,
    books: Books,
    make: Callable[[], Vault],
) -> None:
    before = rows(books), set(meta(books))
    assert make().check() is False
    assert states(books) == AGAIN
    assert (rows(books), set(meta(books)) - {"journal_head"}) == before
    assert memory_keyring.kept == lost
    with books.read() as c:
        error = c.execute(sa.select(t.connection.c.error).where(t.connection.c.id == "k1")).scalar()
        assert error is not None
        assert error["code"] == "key_missing"
        told = [entry.what for entry in journal.recent(c, {}, 10)]
    assert told == ["key.lost"]


def test_it_is_told_once(
    lost: dict[tuple[str, str], str], books: Books, make: Callable[[], Vault]
) -> None:
    make().check()
    make().check()
    with books.read() as c:
        assert len(journal.recent(c, {}, 10)) == 1


def test_a_new_key_takes_its_place_without_overwriting_any(
    lost: dict[tuple[str, str], str],
    memory_keyring: MemoryKeyring,
    books: Books,
    make: Callable[[], Vault],
) -> None:
    vault = make()
    vault.renew()
    assert states(books) == AGAIN
    seal(books, vault, password="typed again")
    assert make().open(OWNER) == {"password": "typed again"}
    with pytest.raises(SecretMissing):
        make().open(Owner("connection", "k2"))
    assert lost.items() <= memory_keyring.kept.items()
    assert make().check() is True


def test_typing_one_secret_again_gives_up_the_owners_unreadable_ones(
    lost: dict[tuple[str, str], str], books: Books, make: Callable[[], Vault]
) -> None:
    vault = make()
    vault.renew()
    seal(books, vault, private_key="new way in")
    assert make().open(OWNER) == {"private_key": "new way in"}


def test_another_process_with_the_former_key_reads_the_new_one(
    memory_keyring: MemoryKeyring, books: Books, make: Callable[[], Vault]
) -> None:
    old = make()
    seal(books, old, password="x")
    new = make()
    new.renew()
    seal(books, new, password="y")
    with pytest.raises(KeyMissing):
        books.write(lambda c: old.seal(c, OWNER, {"password": "z"}))
    assert old.open(OWNER) == {"password": "y"}


def test_a_fitting_key_changes_nothing(
    memory_keyring: MemoryKeyring, books: Books, make: Callable[[], Vault]
) -> None:
    add_connection(books)
    seal(books, make(), password="x")
    assert make().check() is True
    assert states(books) == {"k1": "ok"}


def test_books_without_secrets_never_ask_the_key_store(
    memory_keyring: MemoryKeyring, make: Callable[[], Vault]
) -> None:
    assert make().check() is True
    assert memory_keyring.calls == 0


def test_a_key_store_that_does_not_answer_is_no_lost_key(
    memory_keyring: MemoryKeyring, books: Books, make: Callable[[], Vault]
) -> None:
    add_connection(books)
    seal(books, make(), password="x")
    memory_keyring.locked = True
    with pytest.raises(KeyringUnusable):
        make().check()
    assert states(books) == {"k1": "ok"}


@pytest.mark.parametrize("same_computer", [True, False])
def test_a_restored_backup_asks_for_passwords_only_where_the_key_is_not(
    memory_keyring: MemoryKeyring, folder: DataFolder, tmp_path: Path, same_computer: bool
) -> None:
    with open_books(folder) as books:
        add_connection(books)
        seal(books, Vault(books, folder, SystemKeyStore(), holding_lock=False), password="x")
    backup.write(folder, tmp_path / "b")
    if not same_computer:
        memory_keyring.kept.clear()
    new = DataFolder(tmp_path / "new")
    restore(new, tmp_path / "b", AT)
    with open_books(new) as books:
        vault = Vault(books, new, SystemKeyStore(), holding_lock=False)
        assert vault.check() is same_computer
        assert states(books) == {"k1": "ok" if same_computer else "reauthenticate"}
        if same_computer:
            assert vault.open(OWNER) == {"password": "x"}


def test_a_backup_from_before_the_key_does_not_replace_it(
    memory_keyring: MemoryKeyring, folder: DataFolder, tmp_path: Path
) -> None:
    """The books that were replaced stay readable, should a person put them back."""
    with open_books(folder) as books:
        pass
    backup.write(folder, tmp_path / "early")
    with open_books(folder) as books:
        seal(books, Vault(books, folder, SystemKeyStore(), holding_lock=False), password="x")
    kept = restore(folder, tmp_path / "early", AT)
    with open_books(folder) as books:
        vault = Vault(books, folder, SystemKeyStore(), holding_lock=False)
        seal(books, vault, password="new")
    assert kept is not None
    kept.replace(folder.database)
    with open_books(folder) as books:
        vault = Vault(books, folder, SystemKeyStore(), holding_lock=False)
        assert vault.open(OWNER) == {"password": "x"}


# --- where secrets never are --------------------------------------------------------------------


def spellings(secret: str) -> dict[str, bytes]:
    raw = secret.encode()
    return {
        "raw": raw,
        "utf-16": secret.encode("utf-16-le"),
        "base64": base64.b64encode(raw)[:-4],
        "url": quote(secret, safe="").encode(),
        "form": quote_plus(secret).encode(),
        "hex": raw.hex().encode(),
    }


def hits(folder: DataFolder, secrets: Sequence[str]) -> list[tuple[str, str]]:
    files = [path for path in folder.root.rglob("*") if path.is_file()]
    return [
        (path.name, name)
        for path in files
        for secret in secrets
        for name, spelled in spellings(secret).items()
        if spelled in path.read_bytes()
    ]


@pytest.mark.allow_log("ledgerdesk")
def test_no_secret_is_in_any_file_of_the_data_folder(
    memory_keyring: MemoryKeyring, folder: DataFolder, seed: int
) -> None:
    pick = random.Random(seed)
    canaries = ["".join(pick.choices(string.ascii_letters + "é /+", k=24)) for _ in range(20)]
    log.start(folder, level="debug")
    try:
        with open_books(folder, owner=True, now=AT) as books:
            vault = Vault(books, folder, SystemKeyStore(), holding_lock=True)
            for number, canary in enumerate(canaries):
                seal(books, vault, Owner("connection", f"k{number}"), password=canary)
                try:
                    raise RuntimeError(f"refused: {canary}")
                except RuntimeError as error:
                    log.bug(error)
            for number in range(10):
                books.write(lambda c, n=number: vault.forget(c, Owner("connection", f"k{n}")))  # type: ignore[misc]
            backup.write(folder, folder.backups / "by-hand")
            while_open = hits(folder, canaries)
        assert folder.log.stat().st_size > 0
    finally:
        log.stop()
    assert while_open == []
    assert hits(folder, canaries) == []


def test_the_search_for_secrets_finds_them(folder: DataFolder) -> None:
    """The negative control of the test above."""
    with open_books(folder) as books:
        row = t.meta.insert().values(key="careless", value="kanarie in plain sight")
        books.write(lambda c: c.execute(row))
        assert ("ledgerdesk.db-wal", "raw") in hits(folder, ["kanarie in plain sight"])
    assert ("ledgerdesk.db", "raw") in hits(folder, ["kanarie in plain sight"])


# --- other stores -------------------------------------------------------------------------------


def test_a_practice_folder_keeps_its_key_beside_the_books(folder: DataFolder) -> None:
    store: KeyStore = FileKeyStore(folder)
    with open_books(folder, practice=True) as books:
        seal(books, Vault(books, folder, store, holding_lock=False), password="practice")
    with open_books(folder) as books:
        vault = Vault(books, folder, FileKeyStore(folder), holding_lock=False)
        assert vault.open(OWNER) == {"password": "practice"}
    if os.name != "nt":
        assert folder.practice_key.stat().st_mode & 0o077 == 0


def test_the_real_secret_service_keeps_the_key(
    secret_service: KeyringBackend, books: Books, make: Callable[[], Vault]
) -> None:
    value = "é🙂\0" + "x" * 20_000
    seal(books, make(), private_key=value)
    service = f"LedgerDesk/{meta(books)['folder_id']}"
    try:
        assert make().open(OWNER) == {"private_key": value}
        kept = keyring.get_password(service, "key")
        assert kept is not None
        assert len(base64.b64decode(kept)) == 32
    finally:
        keyring.delete_password(service, "key")
    with pytest.raises(KeyMissing):
        make().open(OWNER)
