"""Sealed secrets: one random key per data folder in the OS key store, AES-256-GCM in the database.

Associated data binds each value to its owner, field and key, so a sealed value cannot be moved to
another place. A rotated token and its state change in one transaction.
"""

from __future__ import annotations

import base64
import binascii
import os
import secrets as random
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from ledgerdesk.errors import KeyMissing, KeyringUnusable, SecretMissing, to_record
from ledgerdesk.key_store import FileKeyStore, KeyStore, SystemKeyStore
from ledgerdesk.log import register_secret
from ledgerdesk.model import Clock, ConnectionState, SourceState, SystemClock
from ledgerdesk.paths import DataFolder
from ledgerdesk.store import Books, engine_lock, journal
from ledgerdesk.store import tables as t

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

__all__ = ["FileKeyStore", "KeyStore", "Owner", "SystemKeyStore", "Vault"]

_CHECK = b"LedgerDesk"
_KEY_BYTES = 32
_LOCK_PATIENCE = 30.0


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose secrets: a connection (its tokens apart), configuration, link, mail account, source or
    pending sign-in."""

    kind: str
    id: str


@dataclass(frozen=True, slots=True)
class _Key:
    id: str
    cipher: AESGCM


class Vault:
    """Seals and opens. The key store is touched at the first use, never before.

    What is sealed or opened here is made known to the log, which then never shows it.
    """

    def __init__(
        self,
        books: Books,
        folder: DataFolder,
        store: KeyStore,
        *,
        holding_lock: bool,
        clock: Clock | None = None,
    ) -> None:
        self._books = books
        self._folder = folder
        self._store = store
        self._holding_lock = holding_lock
        self._clock = clock or SystemClock()
        self._key: _Key | None = None
        # Not every key store bears two threads at once.
        self._one_at_a_time = threading.RLock()

    def prepare(self) -> None:
        """Makes sure the key is there, before anything is sealed inside a transaction.

        Raises KeyringUnusable, or KeyMissing when the books were sealed with a key that this
        computer does not have; EngineBusy when the key must be made and the engine runs elsewhere.
        """
        with self._one_at_a_time:
            if self._key is None:
                self._key = self._load() or self._make()

    def seal(self, connection: sa.Connection, owner: Owner, values: Mapping[str, str]) -> None:
        """Keeps ``values`` sealed, in the caller's transaction. Call prepare() before it.

        What the owner had sealed with a lost key goes. Raises KeyMissing.
        """
        if not values:
            return
        key = self._current(connection)
        for field, value in values.items():
            register_secret(value)
            nonce = os.urandom(12)
            plain = value.encode("utf-8", "surrogatepass")
            sealed = key.cipher.encrypt(nonce, plain, _bound(owner, field, key.id))
            connection.execute(t.secret.delete().where(_of(owner), t.secret.c.field == field))
            connection.execute(
                t.secret.insert().values(
                    owner_kind=owner.kind,
                    owner_id=owner.id,
                    field=field,
                    key_id=key.id,
                    nonce=nonce,
                    sealed=sealed,
                )
            )
        connection.execute(t.secret.delete().where(_of(owner), t.secret.c.key_id != key.id))

    def open(self, owner: Owner) -> dict[str, str]:
        """All secrets of ``owner``. Raises KeyMissing or SecretMissing, KeyringUnusable."""
        with self._books.read() as connection:
            rows = connection.execute(sa.select(t.secret).where(_of(owner))).all()
        if not rows:
            return {}
        self.prepare()
        if self._key is not None and any(row.key_id != self._key.id for row in rows):
            # Another process may have made a new key meanwhile.
            self._key = None
            self.prepare()
        opened = {row.field: self._opened(row, owner) for row in rows}
        for value in opened.values():
            register_secret(value)
        return opened

    def forget(self, connection: sa.Connection, owner: Owner) -> None:
        """Removes all secrets of ``owner``, in the caller's transaction."""
        connection.execute(t.secret.delete().where(_of(owner)))

    def check(self) -> bool:
        """Whether this computer has the key of all that is sealed; the key store is only asked
        when something is.

        If not, every owner of sealed values must sign in again, from now on and visibly; what is
        sealed stays as it is. Raises KeyringUnusable.
        """
        with self._books.read() as connection:
            if connection.execute(sa.select(t.secret.c.field).limit(1)).first() is None:
                return True
        try:
            self._key = self._load()
            if self._key is not None:
                return True
        except KeyMissing:
            pass
        self._books.write(self._mark_lost)
        return False

    def renew(self) -> None:
        """A new key in place of one that is lost: only while a person is typing secrets again.

        Every owner of sealed values must sign in again. Nothing is overwritten: the new key goes
        under a new name, as the old name may hold the key of another copy of these books.
        """
        self._key = self._make(lost=True)

    def _opened(self, row: sa.Row[Any], owner: Owner) -> str:
        if self._key is None or row.key_id != self._key.id:
            raise SecretMissing(what=owner.kind)
        from cryptography.exceptions import InvalidTag

        bound = _bound(owner, row.field, self._key.id)
        try:
            plain = self._key.cipher.decrypt(row.nonce, row.sealed, bound)
        except (InvalidTag, ValueError) as error:
            raise SecretMissing(what=owner.kind) from error
        return plain.decode("utf-8", "surrogatepass")

    def _current(self, connection: sa.Connection) -> _Key:
        """The key, when it still is the one of the books."""
        key = self._key
        if key is None or _meta(connection).get("key_id") != key.id:
            self._key = None
            raise KeyMissing()
        return key

    def _read_meta(self) -> dict[str, str]:
        with self._books.read() as connection:
            return _meta(connection)

    def _load(self) -> _Key | None:
        """None when these books have no key yet."""
        meta = self._read_meta()
        if "key_id" not in meta:
            return None
        key = _usable(self._store.get(_service(meta["folder_id"])))
        if key is None or not _fits(key, meta):
            raise KeyMissing()
        return _Key(meta["key_id"], _cipher(key))

    def _make(self, *, lost: bool = False) -> _Key:
        """A key, read back before its id and check value are kept (under the engine lock)."""
        if self._holding_lock:
            return self._make_locked(lost)
        with engine_lock(self._folder, timeout=_LOCK_PATIENCE):
            return self._make_locked(lost)

    def _make_locked(self, lost: bool) -> _Key:
        if not lost:
            made_meanwhile = self._load()
            if made_meanwhile is not None:
                return made_meanwhile
        folder_id = self._read_meta()["folder_id"]
        kept = self._store.get(_service(folder_id))
        # A key that is there belongs to another copy of these books, or to a start that was
        # killed right here: it is used, never replaced.
        key = None if lost else _usable(kept)
        if key is None:
            if kept:
                folder_id = random.token_hex(8)
            key = os.urandom(_KEY_BYTES)
            self._keep_key(_service(folder_id), base64.b64encode(key).decode())
        made = _Key(random.token_hex(8), _cipher(key))

        def keep(connection: sa.Connection) -> None:
            _keep_meta(connection, made, folder_id)
            if lost:
                self._mark_lost(connection)

        self._books.write(keep)
        return made

    def _keep_key(self, service: str, value: str) -> None:
        self._store.set(service, value)
        if self._store.get(service) != value:
            raise KeyringUnusable(reason="the key could not be read back")

    def _mark_lost(self, connection: sa.Connection) -> None:
        """Whoever has something sealed must sign in again."""
        error = to_record(KeyMissing())
        marks = (
            ("connection", t.connection, {"state": ConnectionState.REAUTHENTICATE, "error": error}),
            ("tokens", t.connection, {"state": ConnectionState.REAUTHENTICATE, "error": error}),
            ("tokens", t.source, {"state": SourceState.REAUTHENTICATE, "error": error}),
            ("tokens", t.mail_account, {"state": ConnectionState.REAUTHENTICATE}),
            ("source", t.source, {"state": SourceState.REAUTHENTICATE, "error": error}),
            ("mail_account", t.mail_account, {"state": ConnectionState.REAUTHENTICATE}),
        )
        changed = 0
        for kind, table, values in marks:
            owners = sa.select(t.secret.c.owner_id).where(t.secret.c.owner_kind == kind)
            again = table.c.state != values["state"]
            marked = table.update().where(table.c.id.in_(owners), again).values(**values)
            changed += connection.execute(marked).rowcount
        if changed:
            entry = journal.Entry("key.lost", {"sign_in_again": changed})
            journal.append(connection, entry, at=self._clock.now())


def _meta(connection: sa.Connection) -> dict[str, str]:
    rows = connection.execute(sa.select(t.meta.c.key, t.meta.c.value))
    return {row.key: row.value for row in rows}


def _keep_meta(connection: sa.Connection, key: _Key, folder_id: str) -> None:
    nonce = os.urandom(12)
    check = key.cipher.encrypt(nonce, _CHECK, key.id.encode())
    values = {
        "key_id": key.id,
        "key_check": f"{nonce.hex()}:{check.hex()}",
        "folder_id": folder_id,
    }
    connection.execute(t.meta.delete().where(t.meta.c.key.in_(values)))
    connection.execute(t.meta.insert(), [{"key": k, "value": v} for k, v in values.items()])


def _fits(key: bytes, meta: Mapping[str, str]) -> bool:
    from cryptography.exceptions import InvalidTag

    try:
        nonce, check = (bytes.fromhex(part) for part in meta["key_check"].split(":"))
        return _cipher(key).decrypt(nonce, check, meta["key_id"].encode()) == _CHECK
    except (InvalidTag, ValueError, KeyError):
        return False


def _usable(kept: str | None) -> bytes | None:
    """The key as bytes; None for what is no key."""
    try:
        key = base64.b64decode(kept or "", validate=True)
    except (binascii.Error, ValueError):
        return None
    return key if len(key) == _KEY_BYTES else None


def _cipher(key: bytes) -> AESGCM:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    return AESGCM(key)


def _service(folder_id: str) -> str:
    return f"LedgerDesk/{folder_id}"


def _bound(owner: Owner, field: str, key_id: str) -> bytes:
    """What a sealed value belongs to: moved to another place, it does not open."""
    return "\x1f".join((owner.kind, owner.id, field, key_id)).encode()


def _of(owner: Owner) -> sa.ColumnElement[bool]:
    return sa.and_(t.secret.c.owner_kind == owner.kind, t.secret.c.owner_id == owner.id)
