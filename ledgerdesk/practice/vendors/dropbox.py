"""A strict stand-in for Dropbox: sign-in, files and upload sessions, on one address.

All hosts of the vendor (``www``, ``api``, ``content``) are this one. ``files`` is the verdict on
what was delivered. Which rules it keeps: shared/facts, Dropbox, and the vendor's documented types.
"""

from __future__ import annotations

import json
import secrets
import ssl
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from ledgerdesk.practice.vendors import _dropbox_arguments as arguments
from ledgerdesk.practice.vendors import _dropbox_consent as consent
from ledgerdesk.practice.vendors import _dropbox_tokens as tokens
from ledgerdesk.practice.vendors._dropbox_accounts import (
    SCOPES,
    AccessToken,
    DropboxAccount,
    DropboxApp,
    SignIns,
)
from ledgerdesk.practice.vendors._dropbox_arguments import BadInput
from ledgerdesk.practice.vendors._dropbox_files import Drive
from ledgerdesk.practice.vendors._dropbox_looks import Looks
from ledgerdesk.practice.vendors._dropbox_uploads import CallRefused, Uploads
from ledgerdesk.practice.vendors.server import Answer, Request, VendorClock, VendorServer

__all__ = ["APP_KEY", "REDIRECT_URIS", "SCOPES", "DropboxAccount", "DropboxApp", "DropboxServer"]

APP_KEY = "practicekey0001"
REDIRECT_URIS = tuple(f"http://localhost:{port}/" for port in (53682, 53683, 53684))
_WRITE, _LOOK, _WHO = "files.content.write", "files.metadata.read", "account_info.read"
_Call = Callable[[AccessToken, Request], Any]


class DropboxServer(VendorServer):
    """One app and one account to begin with; ``sign_in_as`` changes who sits at the browser."""

    def __init__(
        self,
        folder: Path | None = None,
        *,
        tls: ssl.SSLContext | None = None,
        clock: VendorClock | None = None,
    ) -> None:
        self.clock = clock or VendorClock()
        self.account = DropboxAccount(1, "An Peeters", "an.peeters@kantoor.example")
        self.sign_ins = SignIns(self.account, self.clock.now)
        self.uploads = Uploads()
        now, uploads, looks = self.clock.now, self.uploads, Looks()
        self._calls: dict[str, tuple[str, _Call]] = {
            "users/get_current_account": (_WHO, self._who),
            "auth/token/revoke": ("", self._revoke),
            "files/upload": (_WRITE, _sent(uploads.upload, now)),
            "files/upload_session/start": (_WRITE, _sent(uploads.start, now)),
            "files/upload_session/append_v2": (_WRITE, _sent(uploads.append, now)),
            "files/upload_session/finish": (_WRITE, _sent(uploads.finish, now)),
            "files/get_metadata": (_LOOK, _looked(looks.metadata)),
            "files/list_revisions": (_LOOK, _looked(looks.revisions)),
            "files/list_folder": (_LOOK, _looked(looks.list)),
            "files/list_folder/continue": (_LOOK, _looked(looks.list_more)),
        }
        self.register(DropboxApp(APP_KEY, REDIRECT_URIS))
        super().__init__(folder, tls=tls, clock=self.clock)

    @property
    def files(self) -> Mapping[str, bytes]:
        """What the account holds: path → content."""
        return self.account.drive.contents

    def register(self, app: DropboxApp) -> None:
        self.sign_ins.apps[app.key] = app

    def sign_in_as(self, account: DropboxAccount) -> None:
        """From now on this account sits at the browser, and ``files`` are its files."""
        self.account = self.sign_ins.account = account

    def revoke_all(self) -> None:
        """As when somebody disconnects the app in the account's settings."""
        for grant in self.sign_ins.grants:
            grant.revoked = True

    def answer(self, request: Request) -> Answer:
        given = self._answer(request, urlsplit(request.target).path)
        headers = {**given.headers, "X-Dropbox-Request-Id": secrets.token_hex(16)}
        return replace(given, headers=headers)

    # --- who asks -------------------------------------------------------------------------------

    def _answer(self, request: Request, path: str) -> Answer:
        if path == "/oauth2/authorize" and request.method in ("GET", "POST"):
            return consent.authorize(self.sign_ins, request)
        if path == "/oauth2/token":
            return tokens.token(self.sign_ins, request)
        route = path.removeprefix("/2/")
        if route not in self._calls or path == route:
            return Answer.of_text("Unknown API function", 404)
        if request.method != "POST":
            return Answer.of_text("Unexpected HTTP method", 405)
        return self._called(route, request)

    def _called(self, route: str, request: Request) -> Answer:
        scope, call = self._calls[route]
        kind, _, bearer = request.headers.get("authorization", "").partition(" ")
        if kind != "Bearer" or not bearer:
            return arguments.bad_input(route, BadInput('Must provide HTTP header "Authorization"'))
        token = self.sign_ins.tokens.get(bearer)
        if refused := self._refusal(token, scope):
            return _error(refused[".tag"], refused, 401)
        assert token is not None
        try:
            return Answer.of_json(call(token, request))
        except BadInput as problem:
            return arguments.bad_input(route, problem)
        except CallRefused as refusal:
            return _error(refusal.summary, refusal.error, 409)

    def _refusal(self, token: AccessToken | None, scope: str) -> dict[str, Any] | None:
        if token is None or token.grant.revoked:
            return {".tag": "invalid_access_token"}
        if token.until <= self.clock.now():
            return {".tag": "expired_access_token"}
        if token.grant.account.suspended:
            return {".tag": "user_suspended"}
        if scope and scope not in token.scopes:
            return {".tag": "missing_scope", "required_scope": scope}
        return None

    # --- what is asked ----------------------------------------------------------------------------

    def _who(self, token: AccessToken, request: Request) -> dict[str, Any]:
        _nothing(request)
        account = token.grant.account
        first, _, last = account.name.partition(" ")
        name = {"given_name": first, "surname": last, "familiar_name": first}
        namespace = str(1000 + account.number)
        root = {"root_namespace_id": namespace, "home_namespace_id": namespace}
        return {
            "account_id": account.account_id,
            "name": {
                **name,
                "display_name": account.name,
                "abbreviated_name": first[:1] + last[:1],
            },
            "email": account.email,
            "email_verified": True,
            "disabled": False,
            "locale": "nl",
            "referral_link": "https://db.example/practice",
            "is_paired": False,
            "account_type": {".tag": "business"},
            "root_info": {".tag": "user", **root},
        }

    def _revoke(self, token: AccessToken, request: Request) -> None:
        _nothing(request)
        token.grant.revoked = True


def _sent(act: Callable[[Drive, Any, bytes, datetime], Any], now: Callable[[], datetime]) -> _Call:
    """A call whose body is a file."""

    def call(token: AccessToken, request: Request) -> Any:
        argument = arguments.header_argument(request)
        return act(token.grant.account.drive, argument, request.body, now())

    return call


def _looked(act: Callable[[Drive, Any], Any]) -> _Call:
    """A call whose body is its argument."""

    def call(token: AccessToken, request: Request) -> Any:
        return act(token.grant.account.drive, arguments.json_argument(request))

    return call


def _nothing(request: Request) -> None:
    if arguments.json_argument(request) is not None:
        raise BadInput("request body: expected null")


def _error(summary: str, error: dict[str, Any], status: int) -> Answer:
    body = json.dumps({"error_summary": summary, "error": error}).encode()
    return Answer(status, body, {"Content-Type": "application/json"})
