"""From what is kept to what a connector is handed: values, opened secrets, the mail account.

The one place where a Context is made, for connecting (secrets just typed) and for sending (secrets
out of the vault).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ledgerdesk.connectors.base import Connector, Context
from ledgerdesk.delivery.budgets import AccountBudget, budget_of
from ledgerdesk.errors import MissingValue
from ledgerdesk.i18n import N_, translate
from ledgerdesk.log import register_secret
from ledgerdesk.model import (
    Budget,
    Cancel,
    Clock,
    Connection,
    ExportKind,
    KindSetup,
    Limit,
    Link,
    MailAccount,
    Network,
    NeverCancelled,
    Stage,
    Stages,
    TokenKeeper,
    Unlimited,
)
from ledgerdesk.setup.mail_account import GOOGLE, MICROSOFT_365, signs_in_in_browser
from ledgerdesk.setup.tokens import KeptTokens, MailTokens
from ledgerdesk.store import Books
from ledgerdesk.vault import Owner, Vault

MAIL_OWNER = Owner("mail_account", "mail")
_MAIL_PREFIX = "mail_"


class NoStages:
    """For sessions that only look: nothing is sent, so no stage is ever reached."""

    def reached(self, delivery_id: str, stage: Stage, so_far: str = "") -> None:
        raise RuntimeError("this session does not send")


@dataclass(frozen=True, slots=True)
class Doors:
    """The services a connector is handed. ``books`` hold what was asked of the account before."""

    network: Network
    clock: Clock
    stages: Stages = field(default_factory=NoStages)
    cancel: Cancel = field(default_factory=NeverCancelled)
    books: Books | None = None

    def budget(self, connector: Connector, connection: Connection) -> Budget:
        if self.books is None:
            return Unlimited()
        return budget_of(self.books, self.clock, connector, connection)

    def tokens(
        self, connector: Connector, connection: Connection, vault: Vault
    ) -> KeptTokens | None:
        """Those of a stored connection; None where a sign-in gives nothing to keep."""
        keeps = connector.authorization == "oauth" or connector.keeps_session
        if self.books is None or not keeps:
            return None
        return KeptTokens(self.books, vault, connection.id)

    def mail_budget(self, mail: MailAccount) -> Budget:
        """What its provider lets one mailbox send."""
        provider = mail.values.get("provider", "")
        limits = SENDING_LIMITS.get(provider, ())
        if self.books is None or not limits:
            return Unlimited()
        username = mail.values.get("username", "").lower()
        name = _PROVIDERS[provider]
        return AccountBudget(self.books, self.clock, f"mail:{username}", name, limits)

    def mail_tokens(self, mail: MailAccount | None, vault: Vault) -> TokenKeeper | None:
        """None where the account has a password, or there is none."""
        if self.books is None or mail is None or not signs_in_in_browser(mail.values):
            return None
        return MailTokens(self.books, vault, MAIL_OWNER.id)


SENDING_LIMITS: Mapping[str, tuple[Limit, ...]] = {
    # Exchange Online limits: 30 messages a minute, 10,000 recipients in 24 hours.
    MICROSOFT_365: (Limit(30, 60.0), Limit(10_000, 86_400.0)),
    # Google Workspace: 2,000 mails a day.
    GOOGLE: (Limit(2_000, 86_400.0),),
}
_PROVIDERS = {MICROSOFT_365: "Microsoft 365", GOOGLE: "Google"}


def connection_owner(connection_id: str) -> Owner:
    return Owner("connection", connection_id)


def setup_owner(configuration_id: str, kind: ExportKind) -> Owner:
    """Secrets given as defaults for the clients, per kind of document."""
    return Owner("configuration", f"{configuration_id}:{kind}")


def link_owner(link_id: str) -> Owner:
    return Owner("link", link_id)


def merged_values(
    connection: Connection, setup: KindSetup | None = None, link: Link | None = None
) -> dict[str, str]:
    """The connection's and configuration's values with the client's own, where filled, on top."""
    values = {**connection.values, **(setup.values if setup else {})}
    own = link.values if link else {}
    return values | {name: value for name, value in own.items() if value}


def context_for(
    connector: Connector,
    connection: Connection,
    values: Mapping[str, str],
    secrets: Mapping[str, str],
    doors: Doors,
    *,
    mail: MailAccount | None = None,
    mail_secrets: Mapping[str, str] | None = None,
    tokens: TokenKeeper | None = None,
    mail_tokens: TokenKeeper | None = None,
) -> Context:
    """The context of one session. Raises MissingValue when a mail account is needed and missing."""
    ca_pem = connection.ca_pem
    if connector.by_mail(connection.values):
        account = needed(mail)
        values = {**values, **mail_values(account)}
        opened = {f"{_MAIL_PREFIX}{name}": one for name, one in (mail_secrets or {}).items()}
        secrets = {**secrets, **opened}
        ca_pem = ca_pem or account.ca_pem
    for value in secrets.values():
        # Also those that were only just typed: no error on the way may repeat them in the log.
        register_secret(value)
    return Context(
        values=values,
        secrets=secrets,
        network=doors.network,
        clock=doors.clock,
        stages=doors.stages,
        cancel=doors.cancel,
        budget=doors.budget(connector, connection),
        tokens=tokens,
        mail_tokens=mail_tokens,
        mail_budget=doors.mail_budget(mail) if mail is not None else Unlimited(),
        approved_host_key=connection.host_key,
        ca_pem=ca_pem,
    )


def stored_context(
    connector: Connector,
    connection: Connection,
    doors: Doors,
    vault: Vault,
    *,
    configuration_id: str = "",
    setup: KindSetup | None = None,
    link: Link | None = None,
    mail: MailAccount | None = None,
) -> Context:
    """As context_for, with everything out of the books and the vault.

    Raises MissingValue, and KeyMissing, SecretMissing or KeyringUnusable from the vault.
    """
    secrets = vault.open(connection_owner(connection.id))
    if setup is not None and configuration_id:
        secrets |= vault.open(setup_owner(configuration_id, setup.kind))
    if link is not None:
        secrets |= vault.open(link_owner(link.id))
    return context_for(
        connector,
        connection,
        merged_values(connection, setup, link),
        secrets,
        doors,
        mail=mail,
        mail_secrets=vault.open(MAIL_OWNER) if connector.by_mail(connection.values) else None,
        tokens=doors.tokens(connector, connection, vault),
        mail_tokens=doors.mail_tokens(mail, vault),
    )


def mail_values(account: MailAccount) -> dict[str, str]:
    """The mail account's values as connectors read them: ``mail_host``, ``mail_port`` …"""
    return {f"{_MAIL_PREFIX}{name}": value for name, value in account.values.items()}


def needed(mail: MailAccount | None) -> MailAccount:
    """Raises MissingValue that names the command to fill it in."""
    if mail is None:
        name = translate(N_("The firm's mail account (ledgerdesk mail-account set)"))
        raise MissingValue(field="mail_account", name=name)
    return mail
