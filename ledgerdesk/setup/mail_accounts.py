"""The firm's mail account: kept without signing in, tried when a package that mails is set up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import sqlalchemy as sa

from ledgerdesk.errors import InvalidValue, KeyMissing, SecretMissing, SignInNeeded
from ledgerdesk.i18n import N_, translate
from ledgerdesk.model import ConnectionState, MailAccount
from ledgerdesk.net import mail_identity
from ledgerdesk.setup.contexts import MAIL_OWNER
from ledgerdesk.setup.mail_account import (
    MAIL_ACCOUNT_FIELDS,
    clean_mail_account,
    reads_answers,
    signs_in_in_browser,
)
from ledgerdesk.setup.mail_sign_in import MailSignIn
from ledgerdesk.setup.services import Services
from ledgerdesk.setup.sign_in import account_of, prepare_vault
from ledgerdesk.setup.tokens import HeldTokens, seal_tokens, tokens_owner
from ledgerdesk.store import answers_read, journal
from ledgerdesk.store import configurations as books_of
from ledgerdesk.store import tables as t
from ledgerdesk.store.answers_read import AnswersRead

_SECRETS = frozenset(one.name for one in MAIL_ACCOUNT_FIELDS if one.secret)
# Another server takes its own port and encryption, another user name its own sender.
_FOLLOWS = {
    "provider": ("host", "port", "security", "imap_host", "imap_port", "imap_security"),
    "security": ("port",),
    "imap_security": ("imap_port",),
}
# Another one of these needs another sign-in; reading what comes back needs one more right.
_IDENTITY = ("provider", "username", "client_id", "tenant", "answers")


class MailAccounts:
    def __init__(self, services: Services) -> None:
        self._services = services

    def sign_in(
        self,
        values: Mapping[str, str],
        secrets: Mapping[str, str],
        ca_pem: str = "",
        *,
        again: bool = False,
    ) -> MailSignIn | None:
        """The sign-in in the browser that ``set`` needs first; None where a password is enough, or
        where the same account is signed in already (unless ``again``).

        Raises InvalidValue or MissingValue. Close it when it is given up.
        """
        services = self._services
        kept, own = self._cleaned(values, secrets)
        if not signs_in_in_browser(kept) or (self._is_signed_in(kept) and not again):
            return None
        server = mail_identity.authorization_server(
            kept["provider"], kept, own, sends=True, reads=reads_answers(kept)
        )
        return MailSignIn(services.network, services.clock, server, ca_pem=ca_pem)

    def set(
        self,
        values: Mapping[str, str],
        secrets: Mapping[str, str],
        ca_pem: str = "",
        tokens: HeldTokens | None = None,
    ) -> MailAccount:
        """Keeps the account; a password is not tried yet. What is not given stays as it was.
        ``tokens`` are what ``sign_in`` gave.

        Packages that mail use it from now on, and what waited for it is queued again.
        Raises InvalidValue, MissingValue, SignInNeeded without tokens, or KeyringUnusable.
        """
        services, at = self._services, self._services.clock.now()
        kept, own = self._cleaned(values, secrets)
        in_browser = signs_in_in_browser(kept)
        if in_browser and tokens is None and not self._is_signed_in(kept):
            raise SignInNeeded(package=kept["provider"])
        with services.books.read() as c:
            before = books_of.mail_account(c)
        account = MailAccount(kept, at, ca_pem or (before.ca_pem if before else ""))
        prepare_vault(services)

        def work(c: sa.Connection) -> MailAccount:
            books_of.set_mail_account(c, account)
            services.vault.forget(c, MAIL_OWNER)
            services.vault.seal(c, MAIL_OWNER, own)
            if not in_browser or tokens is not None:
                services.vault.forget(c, tokens_owner(MAIL_OWNER.id))
            if tokens is not None:
                seal_tokens(c, services.vault, MAIL_OWNER.id, tokens.read())
            _rename_connections(c, services, account)
            facts = {"provider": kept.get("provider", "")}
            personal = {name: value for name, value in kept.items() if name != "provider"}
            journal.append(c, journal.Entry("mail_account.set", facts, personal), at=at)
            services.consequences.reroute(c, at)
            services.consequences.unblock_mail(c, at)
            return account

        return services.books.write(work)

    def show(self) -> MailAccount | None:
        """The account; the password is never part of it."""
        with self._services.books.read() as c:
            return books_of.mail_account(c)

    def answers(self) -> AnswersRead | None:
        """How the reading of what comes back stands; None where it is not read, and refusals
        cannot be seen."""
        account = self.show()
        if account is None or not reads_answers(account.values):
            return None
        with self._services.books.read() as c:
            return answers_read.get(c)

    def has_password(self) -> bool:
        """Whether one is stored; neither it nor the key store is touched."""
        stored = sa.select(t.secret.c.field).where(t.secret.c.owner_kind == MAIL_OWNER.kind)
        with self._services.books.read() as c:
            return c.execute(stored.limit(1)).first() is not None

    def _is_signed_in(self, kept: Mapping[str, str]) -> bool:
        """Whether there are tokens of this very account, with the rights it needs now."""
        before = self.show()
        if before is None or not signs_in_in_browser(before.values):
            return False
        if any(before.values.get(name) != kept.get(name) for name in _IDENTITY):
            return False
        stored = sa.select(t.secret.c.field).where(
            t.secret.c.owner_kind == "tokens", t.secret.c.owner_id == MAIL_OWNER.id
        )
        with self._services.books.read() as c:
            return c.execute(stored).first() is not None

    def _cleaned(
        self, values: Mapping[str, str], secrets: Mapping[str, str]
    ) -> tuple[dict[str, str], dict[str, str]]:
        for name in _SECRETS & set(values):
            hint = translate(N_("It is a secret: give it with --secret {name}=…"))
            raise InvalidValue(field=name, value="…", name=name, hint=hint.format(name=name))
        given = {**self._before(values), **values, **secrets}
        cleaned, errors = clean_mail_account(given)
        if errors:
            raise errors[0]
        own = {name: cleaned.pop(name) for name in _SECRETS if cleaned.get(name)}
        return {name: value for name, value in cleaned.items() if value}, own

    def _before(self, values: Mapping[str, str]) -> dict[str, str]:
        """What is kept now, without what follows from a field that is given anew."""
        before = self.show()
        if before is None:
            return {}
        try:
            sealed = self._services.vault.open(MAIL_OWNER)
        except (KeyMissing, SecretMissing):
            sealed = {}
        stale = {name for given in values for name in _FOLLOWS.get(given, ())}
        same_account = all(
            values.get(name, before.values.get(name)) == before.values.get(name)
            for name in ("host", "username")
        )
        known = {one.name for one in MAIL_ACCOUNT_FIELDS}
        kept = {
            name: value
            for name, value in before.values.items()
            if name in known and name not in stale
        }
        # A password belongs to one account at one server: it is never tried anywhere else.
        return {**kept, **(sealed if same_account and "provider" not in values else {})}


def _rename_connections(c: sa.Connection, services: Services, account: MailAccount) -> None:
    """Every package that mails does so as this account: untested again, whatever it was before."""
    for one in books_of.connections(c, limit=None):
        connector = services.connector(one.connector_id)
        if connector.by_mail(one.values) and not connector.signs_in(one.values):
            key = account_of(connector, one.values, account)
            books_of.update_connection(
                c,
                replace(
                    one,
                    account=key,
                    account_key=key,
                    state=ConnectionState.UNTESTED,
                    error={},
                    verified_at=None,
                ),
            )
