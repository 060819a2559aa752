"""A mail server that only takes tokens (XOAUTH2), with the refusals of Microsoft or of Google.

``OauthSmtp(directory, is_good)``: ``is_good(username, token)`` decides. ``refusal`` is what a
password gets; ``limit`` so many mails a minute, then 432; ``google`` says why in a challenge first.
"""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import MISSING, SMTP, AuthResult, Envelope, Session

from ledgerdesk.practice.authority import Authority
from tests.helpers.raw_server import free_port

HOST = "127.0.0.1"
SECURITY_DEFAULTS = (
    "535 5.7.139 Authentication unsuccessful, user is locked by your organization's security "
    "defaults policy. Contact your administrator."
)
CRITERIA = (
    "535 5.7.139 Authentication unsuccessful, the request did not meet the criteria to be "
    "authenticated successfully. Contact your administrator."
)
BASIC_OFF = "535 5.7.139 Authentication unsuccessful, basic authentication is disabled."
TENANT_OFF = (
    "535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Tenant. "
    "Visit https://aka.ms/smtp_auth_disabled for more information."
)
REMOVED = "550 5.7.30 Basic authentication is not supported for Client Submission."
TOO_MANY = "432 4.3.2 STOREDRV.ClientSubmit; sender thread limit exceeded"


class _Smtp(SMTP):
    """aiosmtpd refuses real tokens: its lines and its AUTH command end after 512 bytes."""

    line_length_limit = 16384

    def __init__(self, *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, **more)
        self.command_size_limits["AUTH"] = 16384


class OauthSmtp:
    def __init__(
        self, directory: Path, is_good: Callable[[str, str], bool], *, google: bool = False
    ) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        authority = Authority()
        self.ca_pem = authority.ca_pem
        self.is_good = is_good
        self.google = google
        self.refusal = BASIC_OFF
        self.switched_off = False
        self.limit = 0
        self.owned: set[str] = set()
        self.mails: list[bytes] = []
        self.senders: list[str] = []
        self.tokens: list[str] = []
        self._moments: list[float] = []
        context = authority.server_context(directory, HOST)
        hooks = _Hooks(self)

        class Ours(Controller):
            def factory(self) -> SMTP:
                return _Smtp(
                    hooks,
                    tls_context=context,
                    require_starttls=True,
                    auth_require_tls=True,
                    auth_required=True,
                    auth_exclude_mechanism=["PLAIN"],
                    authenticator=hooks.by_password,
                )

        # aiosmtpd looks whether it listens, at the very port it was given.
        self.port = free_port()
        self._controller = Ours(hooks, hostname=HOST, port=self.port)
        self._controller.start()

    def too_many(self) -> bool:
        """Counts a mail; whether it is one more than a minute takes."""
        now = time.monotonic()
        self._moments = [one for one in self._moments if one > now - 60]
        if self.limit and len(self._moments) >= self.limit:
            return True
        self._moments.append(now)
        return False

    def close(self) -> None:
        self._controller.stop()


class _Hooks:
    """aiosmtpd's hooks, by aiosmtpd's names."""

    def __init__(self, server: OauthSmtp) -> None:
        self._server = server

    def by_password(self, server: SMTP, *_: Any) -> AuthResult:
        return AuthResult(success=False, handled=False, message=self._server.refusal)

    async def auth_XOAUTH2(self, server: SMTP, args: list[str]) -> Any:  # noqa: N802
        if len(args) == 1:
            given = await server.challenge_auth("")
            if given is MISSING:
                return AuthResult(success=False)
            said = bytes(given).decode()
        else:
            said = base64.b64decode(args[1]).decode()
        fields = said.split("\x01")
        username = fields[0].removeprefix("user=")
        token = fields[1].removeprefix("auth=Bearer ")
        self._server.tokens.append(token)
        if self._server.switched_off:
            await server.push(TENANT_OFF)
            return AuthResult(success=False, handled=True)
        if self._server.is_good(username, token):
            return AuthResult(success=True, auth_data=username)
        if self._server.google:
            why = {"status": "401", "schemes": "bearer mac", "scope": "https://mail.google.com/"}
            answer = await server.challenge_auth(json.dumps(why))
            assert answer in (b"", MISSING), "the second line must be empty"
            await server.push("535 5.7.8 Username and Password not accepted.")
        else:
            await server.push("535 5.7.3 Authentication unsuccessful [XX.PROD.OUTLOOK.COM]")
        return AuthResult(success=False, handled=True)

    async def handle_MAIL(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        owned = self._server.owned
        if owned and address not in owned:
            return "550 5.7.60 SMTP; Client does not have permissions to send as this sender"
        envelope.mail_from = address
        return "250 2.1.0 Sender OK"

    async def handle_DATA(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        if self._server.too_many():
            return TOO_MANY
        self._server.mails.append(bytes(envelope.original_content or b""))
        self._server.senders.append(str(envelope.mail_from))
        return f"250 2.0.0 OK <{len(self._server.mails)}@PROD.OUTLOOK.COM> [Hostname=XX.PROD]"
