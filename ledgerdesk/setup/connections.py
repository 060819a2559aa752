"""Connected accounts: their health, signing in again, and forgetting them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

import sqlalchemy as sa

from ledgerdesk.connectors.base import Connector
from ledgerdesk.errors import (
    AlreadyExists,
    Disposition,
    LedgerDeskError,
    NotPossibleNow,
    OtherAccount,
    Scope,
    SignInNeeded,
    StillInUse,
    to_record,
)
from ledgerdesk.i18n import N_, translate
from ledgerdesk.model import (
    Administration,
    Check,
    Configuration,
    Connection,
    ConnectionState,
    ExportKind,
    KindSetup,
)
from ledgerdesk.setup.answers import Answers, cleaned
from ledgerdesk.setup.contexts import connection_owner, setup_owner, stored_context
from ledgerdesk.setup.services import Services
from ledgerdesk.setup.sign_in import (
    SignIn,
    draft,
    in_use,
    keep,
    prepare_vault,
    require_key_store,
    reuse,
    stored_secrets,
    undisturbed,
    users_of,
    verify,
)
from ledgerdesk.setup.tokens import tokens_owner
from ledgerdesk.setup.whose import asked, is_unasked
from ledgerdesk.store import configurations as books_of
from ledgerdesk.store import journal

if TYPE_CHECKING:
    from ledgerdesk.setup.browser import Fresh

_STATES = {
    Disposition.REAUTHENTICATE: ConnectionState.REAUTHENTICATE,
    Disposition.BLOCK: ConnectionState.BLOCKED,
}


class Connections:
    def __init__(self, services: Services) -> None:
        self._services = services

    def get(self, connection_id: str) -> Connection:
        """Raises UnknownId."""
        with self._services.books.read() as c:
            return in_use(c, connection_id)

    def listed(self, *, limit: int | None = 1000, offset: int = 0) -> list[Connection]:
        with self._services.books.read() as c:
            return books_of.connections(c, limit=limit, offset=offset)

    def users(self, connection_id: str) -> list[str]:
        """The names of the accounting packages that send through it."""
        with self._services.books.read() as c:
            return _names(users_of(c, connection_id))

    def verify(
        self, connection_id: str, *, seen: list[Check] | None = None
    ) -> tuple[Connection, tuple[Check, ...]]:
        """Tries the sign-in and every place it is used for, and keeps what came out.

        What waited for it is queued again. Raises what the connector's verify raises; when that
        says the sign-in needs a person, the connection shows it from then on.
        """
        kept = self.get(connection_id)
        connector = self._services.connector(kept.connector_id)
        checks = [] if seen is None else seen
        try:
            sign_in = reuse(self._services, connector, connection_id, "", "")
            self._try_out(sign_in, checks)
            sign_in = self._named(sign_in)
        except LedgerDeskError as error:
            self.note(connector, kept, error)
            raise
        connection = self._services.books.write(
            lambda c: self._keep(c, sign_in, "connection.verified", tested=True)
        )
        return connection, tuple(checks)

    def reconnect(
        self,
        connection_id: str,
        *,
        values: Mapping[str, str] | None = None,
        secrets: Mapping[str, str] | None = None,
        accept_host_key: str = "",
        ca_pem: str = "",
        other_account: bool = False,
        untested: bool = False,
        fresh: Fresh | None = None,
        seen: list[Check] | None = None,
    ) -> tuple[Connection, tuple[Check, ...]]:
        """Signs in again with what is given; the rest stays as it was. Verified before it is kept.

        ``fresh`` is what signing in in the browser gave, with the answers of ``to_sign_in``.

        Raises OtherAccount when the answers mean another account and ``other_account`` is not set,
        AlreadyExists when that one is connected too, NotPossibleNow where there is no sign-in,
        SignInNeeded, InvalidValue, MissingValue, KeyringUnusable, or what verify raises.
        """
        services, kept = self._services, self.get(connection_id)
        connector = services.connector(kept.connector_id)
        if connector.authorization == "oauth" and fresh is None:
            raise SignInNeeded(package=translate(connector.label))
        sign_in = draft(
            services,
            connector,
            self._answers_again(kept, values or {}, secrets or {}),
            accept_host_key=accept_host_key,
            ca_pem=ca_pem,
            base=kept,
            in_place=True,
            fresh=fresh,
            asks=not untested,
        )
        _require_same(kept, sign_in.connection, other_account)
        has_secrets = bool(sign_in.secrets or sign_in.tokens)
        if has_secrets:
            require_key_store(services)
        checks = [] if seen is None else seen
        if not untested:
            self._try_out(sign_in, checks)
        if has_secrets:
            prepare_vault(services)
        services.cancel.raise_if_cancelled()
        with undisturbed(services, sign_in):
            connection = services.books.write(
                lambda c: self._keep(c, sign_in, "connection.signed_in_again", tested=not untested)
            )
        return connection, tuple(checks)

    def to_sign_in(
        self,
        connection_id: str,
        values: Mapping[str, str] | None = None,
        secrets: Mapping[str, str] | None = None,
    ) -> tuple[Connector, Answers] | None:
        """With what one signs in again in the browser; None where that is not the way.

        Raises UnknownId, InvalidValue, MissingValue, NotPossibleNow.
        """
        kept = self.get(connection_id)
        connector = self._services.connector(kept.connector_id)
        if connector.authorization != "oauth":
            return None
        return connector, self._answers_again(kept, values or {}, secrets or {})

    def remove(self, connection_id: str) -> Connection:
        """Forgets the account and its secrets. Raises UnknownId, or StillInUse naming the
        accounting packages that need it."""
        services, at = self._services, self._services.clock.now()

        def work(c: sa.Connection) -> Connection:
            kept = in_use(c, connection_id)
            users = _names(users_of(c, connection_id))
            if users:
                raise StillInUse(what=kept.account, users=", ".join(users))
            books_of.remove_connection(c, connection_id, at)
            services.vault.forget(c, connection_owner(connection_id))
            services.vault.forget(c, tokens_owner(connection_id))
            facts = {"connection": connection_id, "connector": kept.connector_id}
            entry = journal.Entry("connection.removed", facts, {"account": kept.account})
            journal.append(c, entry, at=at)
            return kept

        return services.books.write(work)

    def administrations(self, connection_id: str) -> list[Administration]:
        """What the account shows to choose from. Raises UnknownId or what signing in raises."""
        services, kept = self._services, self.get(connection_id)
        connector = services.connector(kept.connector_id)
        if not connector.lists(kept.values):
            return []
        with services.books.read() as c:
            mail = books_of.mail_account(c)
        # A key may stand on the accounting package, as a default for its clients.
        used = next(iter(self._setups(kept)), None)
        context = stored_context(
            connector,
            kept,
            services.doors,
            services.vault,
            configuration_id=used[0].id if used else "",
            setup=used[0].kinds[used[1]] if used else None,
            mail=mail,
        )
        with connector.open(context) as session:
            return list(session.administrations())

    # --- how ------------------------------------------------------------------------------------

    def _answers_again(
        self, kept: Connection, values: Mapping[str, str], secrets: Mapping[str, str]
    ) -> Answers:
        """What is given on top of what is kept. Raises NotPossibleNow where there is no sign-in."""
        connector = self._services.connector(kept.connector_id)
        if not connector.signs_in(kept.values):
            raise NotPossibleNow(state=translate(N_("without a sign-in of its own")))
        return cleaned(
            connector,
            {**_defaults(self._setups(kept)), **kept.values, **values},
            {**stored_secrets(self._services, kept.id), **secrets},
        )

    def _setups(self, kept: Connection) -> list[tuple[Configuration, ExportKind]]:
        with self._services.books.read() as c:
            return users_of(c, kept.id)

    def _try_out(self, sign_in: SignIn, checks: list[Check]) -> None:
        """Every place once; a connection nobody uses yet is tried with the defaults."""
        services, vault = self._services, self._services.vault
        tried: list[tuple[Mapping[str, str], str]] = []
        for configuration, kind in self._setups(sign_in.connection):
            setup = configuration.kinds[kind]
            if (setup.values, setup.administration_id) in tried:
                continue
            tried.append((setup.values, setup.administration_id))
            secrets = vault.open(setup_owner(configuration.id, kind))
            answers = Answers({}, setup.values, {}, secrets)
            verify(services, sign_in, answers, setup.administration_id, checks)
        if not tried:
            answers = cleaned(sign_in.connector, sign_in.connection.values, sign_in.secrets)
            verify(services, sign_in, answers, "", checks)

    def _named(self, sign_in: SignIn) -> SignIn:
        """An account that was saved untested says now whose it is; where that one is connected
        already, it stays without a name of its own."""
        connector, kept = sign_in.connector, sign_in.connection
        if not connector.asks_whose or not is_unasked(kept):
            return sign_in
        answers = cleaned(connector, kept.values, sign_in.secrets)
        whose, _ = asked(self._services, connector, answers, kept.ca_pem)
        with self._services.books.read() as c:
            taken = books_of.find_account(c, connector.id, whose.account_key)
        if taken is not None:
            return sign_in
        named = replace(kept, account=whose.account, account_key=whose.account_key)
        return replace(sign_in, connection=named)

    def _keep(self, c: sa.Connection, sign_in: SignIn, what: str, *, tested: bool) -> Connection:
        at = self._services.clock.now()
        kept = keep(c, self._services, sign_in, at, tested=tested)
        for configuration, _ in users_of(c, kept.id):
            current = books_of.get(c, configuration.id)
            books_of.update(c, replace(current, kinds=_marked(current, kept.id, tested)))
            self._services.consequences.reaim(c, at, configuration.id)
            if tested:
                self._services.consequences.unblock_place(c, at, configuration.id)
        facts = {
            "connection": kept.id,
            "connector": kept.connector_id,
            "state": kept.state,
            "host_key": kept.host_key,
        }
        journal.append(c, journal.Entry(what, facts, {"account": kept.account}), at=at)
        if sign_in.changed:
            self._services.consequences.reroute(c, at)
        return kept

    def note(self, connector: Connector, kept: Connection, error: LedgerDeskError) -> None:
        """Shows from now on that the sign-in needs a person, where that is what came out."""
        state = _STATES.get(error.disposition)
        if state is None or error.scope not in (Scope.CONNECTION, Scope.ACCOUNT):
            return
        at = self._services.clock.now()
        self._services.books.write(lambda c: _write_state(c, connector, kept, state, error, at))


def _require_same(kept: Connection, meant: Connection, other_account: bool) -> None:
    if meant.id != kept.id:
        what = translate(N_("Connected account"))
        raise AlreadyExists(what=what, name=meant.account)
    if meant.account_key != kept.account_key and not other_account:
        raise OtherAccount(account=meant.account, before=kept.account)


def _write_state(
    c: sa.Connection,
    connector: Connector,
    kept: Connection,
    state: ConnectionState,
    error: LedgerDeskError,
    at: datetime,
) -> None:
    now = books_of.connection(c, kept.id)
    books_of.update_connection(c, replace(now, state=state, error=to_record(error)))
    mails_only = connector.by_mail(kept.values) and not connector.signs_in(kept.values)
    mail = books_of.mail_account(c) if mails_only else None
    if mail is not None:
        books_of.set_mail_account(c, replace(mail, state=state))
    facts = {"connection": kept.id, "state": state, "error": error.code}
    journal.append(c, journal.Entry("connection.refused", facts), at=at)


def _marked(
    configuration: Configuration, connection_id: str, tested: bool
) -> dict[ExportKind, KindSetup]:
    return {
        kind: replace(setup, tested=tested) if setup.connection_id == connection_id else setup
        for kind, setup in configuration.kinds.items()
    }


def _defaults(users: list[tuple[Configuration, ExportKind]]) -> dict[str, str]:
    """What a place of use says, so that required fields of the place are not asked again."""
    return {} if not users else dict(users[0][0].kinds[users[0][1]].values)


def _names(users: list[tuple[Configuration, ExportKind]]) -> list[str]:
    return sorted({configuration.name for configuration, _ in users})
