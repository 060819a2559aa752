"""Signing in to the firm's own mail account to read what came back."""

from __future__ import annotations

from ledgerdesk.errors import CredentialsRejected
from ledgerdesk.model import Cancel, Clock, MailAccount, Network
from ledgerdesk.net import mail_identity
from ledgerdesk.net.imap import ImapLogin, Mailbox, connect
from ledgerdesk.setup.contexts import MAIL_OWNER
from ledgerdesk.setup.mail_account import signs_in_in_browser
from ledgerdesk.setup.tokens import MailTokens
from ledgerdesk.store import Books
from ledgerdesk.vault import Vault

_CONNECT_TIMEOUT, _READ_TIMEOUT = 5.0, 30.0
"""Seconds; less patience than elsewhere: what is to be sent waits meanwhile."""


def signed_in(
    account: MailAccount,
    books: Books,
    vault: Vault,
    network: Network,
    clock: Clock,
    cancel: Cancel,
) -> Mailbox:
    """Raises what net.imap.connect raises, the vault's errors, and what renewing a sign-in
    raises."""
    secrets = vault.open(MAIL_OWNER)
    if not signs_in_in_browser(account.values):
        return connect(_login(account, secrets.get("password", "")), network)
    from ledgerdesk.net.http import Http
    from ledgerdesk.net.oauth import SignedIn

    values = account.values
    server = mail_identity.authorization_server(
        values["provider"], values, secrets, sends=True, reads=True
    )
    http = Http(network, cancel, ca_pem=account.ca_pem)
    try:
        session = SignedIn(http, server, MailTokens(books, vault, MAIL_OWNER.id), clock)
        token = session.bearer()
        try:
            return connect(_login(account, token=token), network)
        except CredentialsRejected:
            return connect(_login(account, token=session.refused(token)), network)
    finally:
        http.close()


def _login(account: MailAccount, password: str = "", token: str = "") -> ImapLogin:
    values = account.values
    return ImapLogin(
        host=values["imap_host"],
        port=int(values["imap_port"]),
        security=values["imap_security"],
        username=values["username"],
        password=password,
        token=token,
        ca_pem=account.ca_pem,
        connect_timeout=_CONNECT_TIMEOUT,
        read_timeout=_READ_TIMEOUT,
    )
