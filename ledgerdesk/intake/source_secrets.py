"""The sources' own secrets: passwords and sign-ins, sealed; the key store is only touched when a
source has some."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import sqlalchemy as sa

from ledgerdesk.errors import KeyMissing
from ledgerdesk.model import TokenKeeper, Tokens
from ledgerdesk.setup.tokens import MailTokens, seal_tokens, tokens_owner
from ledgerdesk.store import Books
from ledgerdesk.vault import Owner, Vault


class SourceSecrets:
    """``vault`` makes it when it is first needed."""

    def __init__(self, books: Books, vault: Callable[[], Vault]) -> None:
        self._books = books
        self._vault = vault

    def open(self, source_id: str) -> dict[str, str]:
        """Raises KeyMissing, SecretMissing or KeyringUnusable."""
        return self._vault().open(_owner(source_id))

    def tokens(self, source_id: str) -> TokenKeeper:
        return MailTokens(self._books, self._vault(), source_id)

    def prepare(self) -> None:
        """Before ``seal``, outside a transaction. A lost key is replaced: a person just signed in.

        Raises KeyringUnusable.
        """
        try:
            self._vault().prepare()
        except KeyMissing:
            self._vault().renew()

    def seal(
        self, c: sa.Connection, source_id: str, secrets: Mapping[str, str], tokens: Tokens | None
    ) -> None:
        vault = self._vault()
        vault.seal(c, _owner(source_id), secrets)
        if tokens is not None:
            seal_tokens(c, vault, source_id, tokens)

    def forget(self, c: sa.Connection, source_id: str) -> None:
        vault = self._vault()
        vault.forget(c, _owner(source_id))
        vault.forget(c, tokens_owner(source_id))


def _owner(source_id: str) -> Owner:
    return Owner("source", source_id)
