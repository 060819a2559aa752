"""Sealed secrets: one random key per data folder in the OS key store, AES-256-GCM in the database.

Associated data binds each value to its owner, field and key, so a sealed value cannot be moved to
another place. A rotated token and its state change in one transaction. The sizes the key stores
limit (1,280 characters on Windows) do not matter: they only hold the key.
"""

from __future__ import annotations

import base64
import os
import secrets as random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import sqlalchemy as sa

from ledgerdesk.errors import KeyMissing, KeyringUnusable, SecretMissing
from ledgerdesk.paths import DataFolder
from ledgerdesk.store import Books, engine_lock
from ledgerdesk.store import tables as t

_REAL_BACKENDS = (
    "keyring.backends.Windows",
    "keyring.backends.macOS",
    "keyring.backends.SecretService",
    "keyring.backends.libsecret",
    "keyring.backends.kwallet",
)
_USER = "key"
_CHECK = b"LedgerDesk"


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose secrets: a connection, configuration, link, mail account, source or pending sign-in."""

    kind: str
    id: str


class KeyStore(Protocol):
    """Where the folder's key lives."""

    def get(self, service: str) -> str | None: ...
    def set(self, service: str, value: str) -> None: ...


class SystemKeyStore:
    """The operating system's key store; anything that is not a real one is refused."""

    def get(self, service: str) -> str | None:
        backend = self._backend()
        return self._converted(lambda: backend.get_password(service, _USER))

    def set(self, service: str, value: str) -> None:
        backend = self._backend()
        self._converted(lambda: backend.set_password(service, _USER, value))

    def _backend(self):  # type: ignore[no-untyped-def]
        import keyring

        backend = self._converted(keyring.get_keyring)
        chained = getattr(backend, "backends", None)
        for one in chained if chained is not None else [backend]:
            if type(one).__module__ in _REAL_BACKENDS:
                if hasattr(one, "persist"):
                    one.persist = "local machine"
                return one
        raise KeyringUnusable(reason=f"{type(backend).__module__}.{type(backend).__name__}")

    @staticmethod
    def _converted(call):  # type: ignore[no-untyped-def]
        try:
            return call()
        except KeyringUnusable:
            raise
        except Exception as error:
            # Backends raise whatever their platform raises; the text is for IT, never a secret.
            raise KeyringUnusable(reason=f"{type(error).__name__}: {error}"[:200]) from error


class FileKeyStore:
    """A practice folder's key in a file beside it: nothing behind it is secret."""

    def __init__(self, folder: DataFolder) -> None:
        self._path = folder.practice_key

    def get(self, service: str) -> str | None:
        return self._path.read_text().strip() if self._path.exists() else None

    def set(self, service: str, value: str) -> None:
        self._path.write_text(value)
        self._path.chmod(0o600)


class Vault:
    """Seals and opens. The key store is touched at the first use, never before."""

    def __init__(
        self, books: Books, folder: DataFolder, store: KeyStore, *, holding_lock: bool
    ) -> None:
        self._books = books
        self._folder = folder
        self._store = store
        self._holding_lock = holding_lock
        self._key: tuple[str, bytes] | None = None

    def prepare(self) -> None:
        """Makes sure the key is there, before anything is sealed inside a transaction.

        Raises KeyringUnusable, or KeyMissing when sealed values exist that this computer's key
        does not fit.
        """
        if self._key is None:
            self._key = self._load() or self._make()

    def seal(self, connection: sa.Connection, owner: Owner, values: Mapping[str, str]) -> None:
        """Keeps ``values`` sealed, in the caller's transaction. Call prepare() before it."""
        if not values:
            return
        key_id, key = self._ready()
        for field, value in values.items():
            nonce = os.urandom(12)
            sealed = _cipher(key).encrypt(nonce, value.encode(), _bound(owner, field, key_id))
            where = _where(owner, field)
            connection.execute(t.secret.delete().where(*where))
            connection.execute(
                t.secret.insert().values(
                    owner_kind=owner.kind,
                    owner_id=owner.id,
                    field=field,
                    key_id=key_id,
                    nonce=nonce,
                    sealed=sealed,
                )
            )

    def open(self, owner: Owner) -> dict[str, str]:
        """All secrets of ``owner``. Raises KeyMissing or SecretMissing, KeyringUnusable."""
        with self._books.read() as connection:
            rows = connection.execute(
                sa.select(t.secret).where(
                    t.secret.c.owner_kind == owner.kind, t.secret.c.owner_id == owner.id
                )
            ).all()
        if not rows:
            return {}
        self.prepare()
        key_id, key = self._ready()
        return {row.field: _opened(row, owner, key_id, key) for row in rows}

    def forget(self, connection: sa.Connection, owner: Owner) -> None:
        connection.execute(
            t.secret.delete().where(
                t.secret.c.owner_kind == owner.kind, t.secret.c.owner_id == owner.id
            )
        )

    def renew(self) -> None:
        """A new key for a folder whose key is lost: everything sealed before is given up.

        Only after a person is typing secrets again; the caller says which owners must sign in.
        """
        self._key = self._make(replace=True)

    def _ready(self) -> tuple[str, bytes]:
        if self._key is None:
            raise KeyMissing()
        return self._key

    def _meta(self) -> dict[str, str]:
        with self._books.read() as connection:
            return dict(connection.execute(sa.select(t.meta.c.key, t.meta.c.value)).tuples().all())

    def _load(self) -> tuple[str, bytes] | None:
        meta = self._meta()
        if "key_id" not in meta:
            return None
        kept = self._store.get(_service(meta))
        if not kept:
            raise KeyMissing()
        key = base64.b64decode(kept)
        nonce, check = (bytes.fromhex(part) for part in meta["key_check"].split(":"))
        try:
            fits = _cipher(key).decrypt(nonce, check, meta["key_id"].encode()) == _CHECK
        except Exception as error:
            raise KeyMissing() from error
        if not fits:
            raise KeyMissing()
        return meta["key_id"], key

    def _make(self, *, replace: bool = False) -> tuple[str, bytes]:
        """A new key, read back before its id and check value are kept (under the engine lock)."""
        if not self._holding_lock:
            with engine_lock(self._folder, timeout=30):
                return self._make_locked(replace)
        return self._make_locked(replace)

    def _make_locked(self, replace: bool) -> tuple[str, bytes]:
        if not replace:
            made_meanwhile = self._load()
            if made_meanwhile is not None:
                return made_meanwhile
        meta = self._meta()
        key, key_id = os.urandom(32), random.token_hex(8)
        self._store.set(_service(meta), base64.b64encode(key).decode())
        if self._store.get(_service(meta)) != base64.b64encode(key).decode():
            raise KeyringUnusable(reason="the key could not be read back")
        nonce = os.urandom(12)
        check = _cipher(key).encrypt(nonce, _CHECK, key_id.encode())

        def keep(connection: sa.Connection) -> None:
            connection.execute(t.meta.delete().where(t.meta.c.key.in_(["key_id", "key_check"])))
            connection.execute(
                t.meta.insert(),
                [
                    {"key": "key_id", "value": key_id},
                    {"key": "key_check", "value": f"{nonce.hex()}:{check.hex()}"},
                ],
            )

        self._books.write(keep)
        return key_id, key


def _cipher(key: bytes):  # type: ignore[no-untyped-def]
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    return AESGCM(key)


def _service(meta: Mapping[str, str]) -> str:
    return f"LedgerDesk/{meta['folder_id']}"


def _bound(owner: Owner, field: str, key_id: str) -> bytes:
    return "\x1f".join((owner.kind, owner.id, field, key_id)).encode()


def _where(owner: Owner, field: str) -> tuple[sa.ColumnElement[bool], ...]:
    return (
        t.secret.c.owner_kind == owner.kind,
        t.secret.c.owner_id == owner.id,
        t.secret.c.field == field,
    )


def _opened(row: sa.Row[tuple[object, ...]], owner: Owner, key_id: str, key: bytes) -> str:
    if row.key_id != key_id:
        raise SecretMissing(what=owner.kind)
    try:
        bound = _bound(owner, row.field, key_id)
        plain: bytes = _cipher(key).decrypt(row.nonce, row.sealed, bound)
    except Exception as error:
        raise SecretMissing(what=owner.kind) from error
    return plain.decode()
