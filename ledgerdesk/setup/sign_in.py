"""A sign-in on its way into the books: drafted, verified, then kept with its secrets sealed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING

import sqlalchemy as sa

from ledgerdesk.connectors.base import Connector, Context
from ledgerdesk.errors import (
    AlreadyExists,
    InvalidValue,
    KeyMissing,
    SecretMissing,
    SignInNeeded,
    UnknownId,
)
from ledgerdesk.i18n import N_, translate
from ledgerdesk.model import (
    Administration,
    Check,
    Configuration,
    Connection,
    ConnectionState,
    ExportKind,
    MailAccount,
    TokenKeeper,
    Whose,
)
from ledgerdesk.net.ssh import as_fingerprint
from ledgerdesk.setup.answers import Answers
from ledgerdesk.setup.contexts import (
    MAIL_OWNER,
    connection_owner,
    context_for,
    mail_values,
    needed,
)
from ledgerdesk.setup.fields import FieldKind
from ledgerdesk.setup.services import Services
from ledgerdesk.setup.tokens import HeldTokens, KeptTokens, keep_tokens
from ledgerdesk.setup.whose import asked, unasked
from ledgerdesk.store import configurations as books_of
from ledgerdesk.store.ids import new_id

if TYPE_CHECKING:
    from ledgerdesk.setup.browser import Fresh


@dataclass(frozen=True, slots=True)
class SignIn:
    """``connection`` as it shall be; ``before`` as it is kept now, None when it is new.

    ``tokens`` of a sign-in in the browser: HeldTokens are kept together with the connection.
    """

    connector: Connector
    connection: Connection
    secrets: Mapping[str, str] = field(repr=False)
    before: Connection | None = None
    mail: MailAccount | None = None
    changed: bool = True
    tokens: TokenKeeper | None = field(default=None, repr=False)


def account_of(connector: Connector, values: Mapping[str, str], mail: MailAccount | None) -> str:
    """What makes two sign-ins the same; for routes by mail, the firm's own address.

    Raises MissingValue when the mail account is needed and missing.
    """
    if connector.by_mail(values) and not connector.signs_in(values):
        return needed(mail).values.get("from_address", "").lower()
    return connector.account_key({**values, **(mail_values(mail) if mail else {})})


def draft(
    services: Services,
    connector: Connector,
    answers: Answers,
    *,
    accept_host_key: str = "",
    ca_pem: str = "",
    base: Connection | None = None,
    in_place: bool = False,
    fresh: Fresh | None = None,
    asks: bool = False,
) -> SignIn:
    """The connection these answers mean: the one already signed in as this account, else a new one.

    ``base`` is the connection being edited: what was approved there stays approved, and with
    ``in_place`` it becomes another account itself (nothing else uses it). ``fresh`` is what a
    sign-in in the browser gave. With ``asks`` it signs in where the answers alone do not say whose
    account it is. Raises SignInNeeded where ``fresh`` is missing, and what signing in raises.
    """
    with services.books.read() as c:
        mail = books_of.mail_account(c) if connector.by_mail(answers.values) else None
    held = fresh.tokens if fresh and not fresh.known else None
    if asks and connector.asks_whose and _is_other(services, answers, base):
        whose, held = asked(services, connector, answers, ca_pem)
    else:
        whose = _whose(services, connector, answers, mail, base, fresh)
    with services.books.read() as c:
        before = books_of.find_account(c, connector.id, whose.account_key)
    same = before is not None and base is not None and before.id == base.id
    if before is None and in_place:
        before = base
    new = Connection(new_id(), connector.id, "", "", {}, services.clock.now())
    earlier = [one for one in (before, base) if one is not None]
    approved = [one for one in earlier if _one_server(connector, one, answers)]
    connection = replace(
        before or new,
        account=whose.account,
        account_key=whose.account_key,
        values=dict(answers.sign_in),
        host_key=as_fingerprint(accept_host_key) or next((one.host_key for one in approved), ""),
        ca_pem=ca_pem or next((one.ca_pem for one in approved), ""),
    )
    changed = not same or _differs(services, before, connection, answers.sign_in_secrets)
    tokens = held or _kept_tokens(services, connector, before)
    return SignIn(connector, connection, answers.sign_in_secrets, before, mail, changed, tokens)


def needs_browser(
    services: Services, connector: Connector, answers: Answers, base: Connection | None
) -> bool:
    """Whether a person must sign in in the browser: always, but for an edit of another thing."""
    return connector.authorization == "oauth" and _is_other(services, answers, base)


def _is_other(services: Services, answers: Answers, base: Connection | None) -> bool:
    """Whether these answers sign in with anything else than ``base`` does."""
    return (
        base is None
        or dict(base.values) != dict(answers.sign_in)
        or stored_secrets(services, base.id) != dict(answers.sign_in_secrets)
    )


def _whose(
    services: Services,
    connector: Connector,
    answers: Answers,
    mail: MailAccount | None,
    base: Connection | None,
    fresh: Fresh | None,
) -> Whose:
    if fresh is not None:
        return fresh.whose
    if needs_browser(services, connector, answers, base):
        raise SignInNeeded(package=translate(connector.label))
    if connector.authorization == "oauth" and base is not None:
        return Whose(base.account, base.account_key)
    if connector.asks_whose:
        if base is not None and not _is_other(services, answers, base):
            return Whose(base.account, base.account_key)
        return unasked(connector, answers)
    key = account_of(connector, answers.values, mail)
    return Whose(key, key)


def _kept_tokens(
    services: Services, connector: Connector, kept: Connection | None
) -> TokenKeeper | None:
    return services.doors.tokens(connector, kept, services.vault) if kept else None


def _one_server(connector: Connector, kept: Connection, answers: Answers) -> bool:
    """What was approved of a server says nothing about another one."""
    servers = [one.name for one in connector.fields if one.kind in (FieldKind.HOST, FieldKind.PORT)]
    return all(kept.values.get(name) == answers.sign_in.get(name) for name in servers)


def reuse(
    services: Services, connector: Connector, connection_id: str, accept_host_key: str, ca_pem: str
) -> SignIn:
    """The kept connection as it is; a newly approved identity of its server comes on top.

    Raises UnknownId, InvalidValue for another connector's, and the vault's errors.
    """
    with services.books.read() as c:
        kept = in_use(c, connection_id)
        mail = books_of.mail_account(c) if connector.by_mail(kept.values) else None
    if kept.connector_id != connector.id:
        hint = translate(N_("It is a sign-in to something else: {other}.")).format(
            other=kept.connector_id
        )
        name = translate(N_("Connected account"))
        raise InvalidValue(field="connection", value=connection_id, name=name, hint=hint)
    connection = replace(
        kept,
        host_key=as_fingerprint(accept_host_key) or kept.host_key,
        ca_pem=ca_pem or kept.ca_pem,
    )
    secrets = services.vault.open(connection_owner(kept.id))
    tokens = _kept_tokens(services, connector, kept)
    return SignIn(connector, connection, secrets, kept, mail, connection != kept, tokens)


def verify(
    services: Services,
    sign_in: SignIn,
    answers: Answers,
    administration_id: str,
    seen: list[Check],
) -> Administration | None:
    """Connects and fills ``seen`` line by line. Raises the error of the first line that fails, or
    Cancelled when a person stopped it meanwhile: then nothing may be kept."""
    connector = sign_in.connector
    with connector.open(_context(services, sign_in, answers)) as session:
        for check in session.verify():
            seen.append(replace(check, name=translate(check.name)))
            services.cancel.raise_if_cancelled()
        if not administration_id:
            return None
        found = _visible(connector, session.administrations(), administration_id)
    seen.append(Check(translate(connector.administration_noun), True, found.name))
    return found


def administrations(
    services: Services, sign_in: SignIn, answers: Answers
) -> Sequence[Administration]:
    """What this sign-in shows to choose from. Raises what signing in raises."""
    with sign_in.connector.open(_context(services, sign_in, answers)) as session:
        return session.administrations()


def _context(services: Services, sign_in: SignIn, answers: Answers) -> Context:
    connector = sign_in.connector
    return context_for(
        connector,
        sign_in.connection,
        {**sign_in.connection.values, **answers.setup},
        {**sign_in.secrets, **answers.setup_secrets},
        services.doors,
        mail=sign_in.mail,
        mail_secrets=services.vault.open(MAIL_OWNER) if sign_in.mail is not None else None,
        tokens=sign_in.tokens,
        mail_tokens=services.doors.mail_tokens(sign_in.mail, services.vault),
    )


def require_key_store(services: Services) -> None:
    """Raises KeyringUnusable before anybody is asked, when secrets could not be kept here.

    A lost key is no reason yet: it is replaced only when there is something to seal.
    """
    with suppress(KeyMissing):
        services.vault.prepare()


def prepare_vault(services: Services) -> None:
    """Makes the key ready for what a person just typed and what was just verified.

    A key that is lost is replaced now, and only now. Raises KeyringUnusable.
    """
    try:
        services.vault.prepare()
    except KeyMissing:
        services.vault.renew()


def stored_secrets(services: Services, connection_id: str) -> dict[str, str]:
    """What is sealed for the connection; nothing where its key is lost. Raises KeyringUnusable."""
    try:
        return services.vault.open(connection_owner(connection_id))
    except (KeyMissing, SecretMissing):
        return {}


def keep(
    c: sa.Connection, services: Services, sign_in: SignIn, at: datetime, *, tested: bool
) -> Connection:
    """Writes the connection and seals its secrets, in the caller's transaction.

    Raises AlreadyExists when somebody else made the same connection meanwhile.
    """
    kept = sign_in.connection
    if tested:
        kept = replace(kept, state=ConnectionState.OK, error={}, verified_at=at)
    elif sign_in.changed or sign_in.before is None:
        kept = replace(kept, state=ConnectionState.UNTESTED, error={}, verified_at=None)
    if sign_in.before is None:
        if books_of.find_account(c, kept.connector_id, kept.account_key) is not None:
            raise AlreadyExists(what=translate(N_("Connected account")), name=kept.account)
        books_of.insert_connection(c, kept)
    else:
        # A token may have been renewed while this one was tried.
        kept = replace(kept, expires_at=books_of.connection(c, kept.id).expires_at)
        books_of.update_connection(c, kept)
    if sign_in.changed:
        services.vault.forget(c, connection_owner(kept.id))
        services.vault.seal(c, connection_owner(kept.id), sign_in.secrets)
    if isinstance(sign_in.tokens, HeldTokens):
        tokens = sign_in.tokens.read()
        keep_tokens(c, services.vault, kept.id, tokens)
        kept = replace(kept, expires_at=tokens.refresh_until)
    if sign_in.mail is not None and tested:
        books_of.set_mail_account(c, replace(sign_in.mail, state=ConnectionState.OK))
    if tested:
        services.consequences.unblock(c, at, kept.id)
        if sign_in.mail is not None:
            services.consequences.unblock_mail(c, at)
    return kept


@contextmanager
def undisturbed(services: Services, sign_in: SignIn) -> Iterator[None]:
    """While new tokens take the place of others: a renewal of those, under way elsewhere, must not
    be written over them."""
    if sign_in.before is None or not isinstance(sign_in.tokens, HeldTokens):
        yield
        return
    keeper = KeptTokens(services.books, services.vault, sign_in.before.id)
    with keeper.locked():
        keeper.replace()
        yield


def in_use(c: sa.Connection, connection_id: str) -> Connection:
    """The connection, unless it was removed and only old receipts need it. Raises UnknownId."""
    found = next(
        (one for one in books_of.connections(c, limit=None) if one.id == connection_id), None
    )
    if found is None:
        raise UnknownId(what="connection", id=connection_id)
    return found


def users_of(c: sa.Connection, connection_id: str) -> list[tuple[Configuration, ExportKind]]:
    """Which accounting packages send which kind through this connection."""
    return [
        (configuration, kind)
        for configuration in books_of.listed(c, limit=None)
        for kind, setup in configuration.kinds.items()
        if setup.connection_id == connection_id
    ]


def retire(c: sa.Connection, services: Services, connection_id: str, at: datetime) -> None:
    """A place without a sign-in goes with its last use; a sign-in can be used again."""
    kept = books_of.connection(c, connection_id)
    connector = services.connector(kept.connector_id)
    is_sign_in = connector.signs_in(kept.values)
    if not is_sign_in and not users_of(c, connection_id):
        books_of.remove_connection(c, connection_id, at)


def _differs(
    services: Services, before: Connection | None, after: Connection, secrets: Mapping[str, str]
) -> bool:
    if before is None:
        return True
    if (before.values, before.host_key, before.ca_pem, before.account_key) != (
        after.values,
        after.host_key,
        after.ca_pem,
        after.account_key,
    ):
        return True
    return stored_secrets(services, before.id) != dict(secrets)


def _visible(connector: Connector, listed: Sequence[Administration], id: str) -> Administration:
    for one in listed:
        if one.id.lower() == id.lower():
            return one
    hint = ", ".join(f"{one.id} ({one.name})" for one in listed[:10])
    name = translate(connector.administration_noun)
    raise InvalidValue(field="administration", value=id, name=name, hint=hint)
