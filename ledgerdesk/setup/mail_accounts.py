"""The firm's mail account: kept without signing in, tried when a package that mails is set up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import sqlalchemy as sa

from ledgerdesk.errors import InvalidValue, KeyMissing, SecretMissing
from ledgerdesk.i18n import N_, translate
from ledgerdesk.model import ConnectionState, MailAccount
from ledgerdesk.setup.contexts import MAIL_OWNER
from ledgerdesk.setup.mail_account import MAIL_ACCOUNT_FIELDS, clean_mail_account
from ledgerdesk.setup.services import Services
from ledgerdesk.setup.sign_in import account_of, prepare_vault
from ledgerdesk.store import configurations as books_of
from ledgerdesk.store import journal
from ledgerdesk.store import tables as t

_SECRETS = frozenset(one.name for one in MAIL_ACCOUNT_FIELDS if one.secret)
# Another server takes its own port and encryption, another user name its own sender.
_FOLLOWS = {"provider": ("host", "port", "security"), "security": ("port",)}


class MailAccounts:
    def __init__(self, services: Services) -> None:
        self._services = services

    def set(
        self, values: Mapping[str, str], secrets: Mapping[str, str], ca_pem: str = ""
    ) -> MailAccount:
        """Keeps the account; nobody is asked yet. What is not given stays as it was.

        Packages that mail use it from now on, and what waited for it is queued again.
        Raises InvalidValue, MissingValue, UsageError (a provider for later) or KeyringUnusable.
        """
        services, at = self._services, self._services.clock.now()
        kept, own = self._cleaned(values, secrets)
        with services.books.read() as c:
            before = books_of.mail_account(c)
        account = MailAccount(kept, at, ca_pem or (before.ca_pem if before else ""))
        prepare_vault(services)

        def work(c: sa.Connection) -> MailAccount:
            books_of.set_mail_account(c, account)
            services.vault.forget(c, MAIL_OWNER)
            services.vault.seal(c, MAIL_OWNER, own)
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

    def has_password(self) -> bool:
        """Whether one is stored; neither it nor the key store is touched."""
        stored = sa.select(t.secret.c.field).where(t.secret.c.owner_kind == MAIL_OWNER.kind)
        with self._services.books.read() as c:
            return c.execute(stored.limit(1)).first() is not None

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
        kept = {name: value for name, value in before.values.items() if name not in stale}
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
