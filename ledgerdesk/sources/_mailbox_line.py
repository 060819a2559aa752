"""How a mailbox is signed in to: with its password, or with what a sign-in in the browser gave."""

from __future__ import annotations

from ledgerdesk.errors import CredentialsRejected, MissingValue, SignInNeeded
from ledgerdesk.i18n import N_, translate
from ledgerdesk.net import mail_identity
from ledgerdesk.net.imap import ImapLogin, Mailbox, connect
from ledgerdesk.sources.base import Context


def signed_in(context: Context) -> Mailbox:
    """Raises what net.imap.connect raises; SignInNeeded where nobody signed in in the browser."""
    if context.network is None:
        raise MissingValue(field="network", name=translate(N_("Network")))
    values = context.source.values
    if values.get("provider") not in mail_identity.PROVIDERS:
        return connect(_login(context, values.get("username", "")), context.network)
    return _by_token(context)


def _by_token(context: Context) -> Mailbox:
    from ledgerdesk.net.http import Http
    from ledgerdesk.net.oauth import SignedIn

    values, network = context.source.values, context.network
    assert network is not None
    if context.tokens is None:
        raise SignInNeeded(package=values["provider"])
    server = mail_identity.authorization_server(
        values["provider"], values, context.secrets, reads=True
    )
    http = Http(network, context.cancel, ca_pem=values.get("ca_pem", ""))
    whose = values.get("shared_mailbox") or values["username"]
    try:
        account = SignedIn(http, server, context.tokens, context.clock)
        token = account.bearer()
        try:
            return connect(_login(context, whose, token), network)
        except CredentialsRejected:
            return connect(_login(context, whose, account.refused(token)), network)
    finally:
        http.close()


def _login(context: Context, username: str, token: str = "") -> ImapLogin:
    values = context.source.values
    return ImapLogin(
        host=values["host"],
        port=int(values["port"]),
        security=values["security"],
        username=username,
        password="" if token else context.secrets.get("password", ""),
        token=token,
        ca_pem=values.get("ca_pem", ""),
    )
