"""The line to the firm's mail server, signed in with its password or with what the browser gave."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from ledgerdesk.connectors.base import Context
from ledgerdesk.errors import CredentialsRejected, MissingValue, SignInNeeded, SubmissionSwitchedOff
from ledgerdesk.i18n import N_, translate
from ledgerdesk.net import mail_identity, smtp
from ledgerdesk.net.smtp import Login, Mailer
from ledgerdesk.net.smtp_line import Line

_PREFIX = "mail_"


class MailLine:
    """One per session. ``login`` holds no token: each line gets the newest."""

    def __init__(self, context: Context) -> None:
        """Raises MissingValue without a mail account."""
        self._context = context
        self.login = _login(context)

    def reach(self) -> tuple[Line, dict[str, str]]:
        """Raises what net.smtp.reach raises."""
        return smtp.reach(self.login, self._context.network)

    def sign_in(self, line: Line, features: dict[str, str]) -> Mailer:
        """Raises what net.smtp.sign_in raises, and what renewing a sign-in raises; the line is
        closed then."""
        if self._context.values.get("mail_sign_in") != "browser":
            return smtp.sign_in(line, features, self.login)
        try:
            return self._by_token(line, features)
        except BaseException:
            line.close()
            raise

    def _by_token(self, line: Line, features: dict[str, str]) -> Mailer:
        from ledgerdesk.net.http import Http
        from ledgerdesk.net.oauth import SignedIn

        context = self._context
        values = _own(context.values)
        if context.mail_tokens is None:
            raise SignInNeeded(package=values["provider"])
        server = mail_identity.authorization_server(
            values["provider"], values, _own(context.secrets), sends=True
        )
        http = Http.of(context)
        try:
            account = SignedIn(http, server, context.mail_tokens, context.clock)
            token = account.bearer()
            try:
                return smtp.sign_in(line, features, replace(self.login, token=token))
            except SubmissionSwitchedOff:
                raise
            except CredentialsRejected:
                # Once more with a fresh one; servers close the line after a refusal.
                fresh = replace(self.login, token=account.refused(token))
                return smtp.sign_in(*self.reach(), fresh)
        finally:
            http.close()


def _own(values: Mapping[str, str]) -> dict[str, str]:
    """The mail account's own values, by their own names."""
    return {
        name.removeprefix(_PREFIX): value
        for name, value in values.items()
        if name.startswith(_PREFIX)
    }


def _login(context: Context) -> Login:
    values = context.values
    if not values.get("mail_host"):
        raise MissingValue(field="mail_account", name=translate(N_("The firm's mail account")))
    return Login(
        host=values["mail_host"],
        port=int(values.get("mail_port") or 587),
        security=values.get("mail_security") or "starttls",
        username=values.get("mail_username", ""),
        password=context.secrets.get("mail_password", ""),
        ca_pem=context.ca_pem,
        connect_timeout=context.connect_timeout,
        read_timeout=context.read_timeout,
    )
