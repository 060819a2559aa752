"""Where the tokens of a sign-in are: sealed in the books, or in memory until the set-up is kept."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import filelock
import sqlalchemy as sa

from ledgerdesk.errors import DataFolderUnusable, SecretMissing, SignInBusy
from ledgerdesk.log import register_secret
from ledgerdesk.model import Tokens
from ledgerdesk.store import Books
from ledgerdesk.store import configurations as books_of
from ledgerdesk.vault import Owner, Vault

_FIELD = "tokens"
_PATIENCE = 180.0
"""Two attempts of a renewal, each with all its timeouts."""

_POLL = 0.01


class HeldTokens:
    """Implements model.TokenKeeper in memory: a sign-in that is not kept yet."""

    def __init__(self, tokens: Tokens) -> None:
        self._tokens = tokens
        self._lock = threading.RLock()
        _register(tokens)

    def read(self) -> Tokens:
        return self._tokens

    def locked(self) -> AbstractContextManager[None]:
        return _held(self._lock)

    def save(self, tokens: Tokens) -> None:
        _register(tokens)
        self._tokens = tokens


class KeptTokens:
    """Implements model.TokenKeeper on books and vault, for one connection.

    Tokens that could not be written stay in memory: nothing is renewed again before they are kept,
    as the vendor has spent the ones in the books.
    """

    def __init__(self, books: Books, vault: Vault, connection_id: str) -> None:
        self._books = books
        self._vault = vault
        self._connection_id = connection_id
        self._shared = _shared(books, connection_id)

    def read(self) -> Tokens | None:
        """Raises KeyMissing, SecretMissing or KeyringUnusable, and what keeping raises while
        something still waits for that."""
        if self._shared.unsaved is not None:
            self.save(self._shared.unsaved)
        sealed = self._vault.open(tokens_owner(self._connection_id)).get(_FIELD)
        return None if sealed is None else _opened(sealed)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Raises SignInBusy when another one holds it for very long, DataFolderUnusable."""
        path = self._books.path.parent / "locks" / f"{self._connection_id}.lock"
        with _held(self._shared.threads):
            lock = filelock.FileLock(path, timeout=_PATIENCE, poll_interval=_POLL)
            try:
                path.parent.mkdir(mode=0o700, exist_ok=True)
                lock.acquire()
            except filelock.Timeout as error:
                raise SignInBusy() from error
            except OSError as error:
                reason = error.strerror or ""
                raise DataFolderUnusable(path=str(path.parent), reason=reason) from error
            try:
                yield
            finally:
                lock.release()

    def save(self, tokens: Tokens) -> None:
        """Tokens and the connection's ``expires_at`` in one transaction."""
        self._shared.unsaved = tokens
        _register(tokens)
        self._vault.prepare()
        self._books.write(lambda c: self._keep(c, tokens))
        self._shared.unsaved = None

    def _keep(self, c: sa.Connection, tokens: Tokens) -> None:
        keep_tokens(c, self._vault, self._connection_id, tokens)

    def replace(self) -> None:
        """A person signed in again: what was still to be kept of before is over."""
        self._shared.unsaved = None


class MailTokens(KeptTokens):
    """As KeptTokens, for a source or the mail account: no connection shows when they end."""

    def _keep(self, c: sa.Connection, tokens: Tokens) -> None:
        seal_tokens(c, self._vault, self._connection_id, tokens)


def keep_tokens(c: sa.Connection, vault: Vault, connection_id: str, tokens: Tokens) -> None:
    """Seals them in the caller's transaction. Call the vault's prepare() before it."""
    seal_tokens(c, vault, connection_id, tokens)
    books_of.set_expiry(c, connection_id, tokens.refresh_until)


def seal_tokens(c: sa.Connection, vault: Vault, owner_id: str, tokens: Tokens) -> None:
    """Those of what is no connection: a source, or the mail account."""
    vault.seal(c, tokens_owner(owner_id), {_FIELD: _sealed(tokens)})


def tokens_owner(connection_id: str) -> Owner:
    """Apart from the connection's other secrets: these change by themselves, and no connector
    gets to see them among its values."""
    return Owner("tokens", connection_id)


# --- what one process shares --------------------------------------------------------------------


@dataclass
class _Shared:
    """Of one connection: the lock between this process's threads, and what still is to be kept."""

    threads: threading.RLock = field(default_factory=threading.RLock)
    unsaved: Tokens | None = None


_known: dict[tuple[str, str], _Shared] = {}
_known_lock = threading.Lock()


def _shared(books: Books, connection_id: str) -> _Shared:
    with _known_lock:
        return _known.setdefault((str(books.path), connection_id), _Shared())


@contextmanager
def _held(lock: threading.RLock) -> Iterator[None]:
    with lock:
        yield


# --- as they are sealed -------------------------------------------------------------------------


def _register(tokens: Tokens) -> None:
    for one in (tokens.access, tokens.refresh):
        register_secret(one)


def _sealed(tokens: Tokens) -> str:
    return json.dumps(
        {
            "access": tokens.access,
            "refresh": tokens.refresh,
            "received_at": tokens.received_at.isoformat(),
            "expires_in": tokens.expires_in,
            "refresh_until": tokens.refresh_until.isoformat() if tokens.refresh_until else None,
            "extra": dict(tokens.extra),
        }
    )


def _opened(sealed: str) -> Tokens:
    try:
        kept: dict[str, Any] = json.loads(sealed)
        until = kept["refresh_until"]
        tokens = Tokens(
            kept["access"],
            kept["refresh"],
            datetime.fromisoformat(kept["received_at"]),
            kept["expires_in"],
            datetime.fromisoformat(until) if until else None,
            kept["extra"],
        )
    except (ValueError, KeyError, TypeError) as error:
        raise SecretMissing(what="connection") from error
    _register(tokens)
    return tokens
