"""The token endpoint of the stand-in for Dropbox: PKCE instead of a secret, and no rotation."""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
from typing import Any

from ledgerdesk.practice.vendors._dropbox_accounts import (
    ACCESS_TOKEN_LIFE,
    AccessToken,
    Grant,
    SignIns,
)
from ledgerdesk.practice.vendors.server import Answer, Request

_CODE_ASKS = {"grant_type", "code", "client_id", "code_verifier"}
_REFRESH_ASKS = {"grant_type", "refresh_token", "client_id"}


def token(sign_ins: SignIns, request: Request) -> Answer:
    """The token endpoint: a code for tokens, or a refresh token for an access token."""
    kind = request.content_type.split(";")[0].strip()
    if request.method != "POST" or kind != "application/x-www-form-urlencoded":
        return _refused("invalid_request", "expected a form")
    form = request.form()
    given = {name: values[0] for name, values in form.items()}
    if any(len(values) > 1 for values in form.values()):
        return _refused("invalid_request", "a parameter is given twice")
    grant_type = given.get("grant_type")
    if grant_type == "authorization_code":
        return _with_code(sign_ins, given)
    if grant_type == "refresh_token":
        return _with_refresh_token(sign_ins, given)
    return _refused("unsupported_grant_type", "grant type not supported")


def _with_code(sign_ins: SignIns, given: dict[str, str]) -> Answer:
    if trouble := _fields(given, _CODE_ASKS, {"redirect_uri", "locale"}):
        return trouble
    if given["client_id"] not in sign_ins.apps:
        return _refused("invalid_client", "Invalid client_id")
    # Whoever names a code has used it up, rightly or wrongly.
    code = sign_ins.codes.pop(given["code"], None)
    if code is None or code.until < sign_ins.now() or code.grant.app.key != given["client_id"]:
        return _refused("invalid_grant", "code doesn't exist or has expired")
    if given.get("redirect_uri", "") != code.redirect_uri:
        return _refused("invalid_grant", "redirect_uri mismatch")
    verifier = given["code_verifier"]
    if not re.fullmatch(r"[A-Za-z0-9._~-]{43,128}", verifier) or _challenge(verifier) != (
        code.challenge
    ):
        return _refused("invalid_grant", "invalid code verifier")
    sign_ins.grants.append(code.grant)
    more = {"refresh_token": code.grant.refresh_token} if code.grant.refresh_token else {}
    account = code.grant.account
    who = {"uid": str(account.number), "account_id": account.account_id}
    return _tokens(sign_ins, code.grant, code.grant.scopes, more | who)


def _with_refresh_token(sign_ins: SignIns, given: dict[str, str]) -> Answer:
    if trouble := _fields(given, _REFRESH_ASKS, {"scope", "locale"}):
        return trouble
    if given["client_id"] not in sign_ins.apps:
        return _refused("invalid_client", "Invalid client_id")
    if not given["refresh_token"]:
        return _refused("invalid_request", "missing parameter refresh_token")
    grant = next((one for one in sign_ins.grants if _fits(one, given)), None)
    if grant is None or grant.revoked:
        return _refused("invalid_grant", "refresh token is invalid or revoked")
    scopes = tuple(given.get("scope", "").split()) or grant.scopes
    if not set(scopes) <= set(grant.scopes):
        return _refused("invalid_scope", "the scope was not granted")
    return _tokens(sign_ins, grant, scopes, {})


def _tokens(
    sign_ins: SignIns, grant: Grant, scopes: tuple[str, ...], more: dict[str, Any]
) -> Answer:
    token = f"sl.{secrets.token_urlsafe(64)}"
    sign_ins.tokens[token] = AccessToken(grant, scopes, sign_ins.now() + ACCESS_TOKEN_LIFE)
    life = int(ACCESS_TOKEN_LIFE.total_seconds())
    answer = {"access_token": token, "token_type": "bearer", "expires_in": life}
    return Answer.of_json({**answer, "scope": " ".join(scopes), **more})


def _fits(grant: Grant, given: dict[str, str]) -> bool:
    return grant.refresh_token == given["refresh_token"] and grant.app.key == given["client_id"]


def _fields(given: dict[str, str], asked: set[str], more: set[str]) -> Answer | None:
    if missing := sorted(asked - set(given)):
        return _refused("invalid_request", f"missing parameter {missing[0]}")
    if unknown := sorted(set(given) - asked - more):
        return _refused("invalid_request", f"unknown parameter {unknown[0]}")
    return None


def _challenge(verifier: str) -> str:
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def _refused(error: str, description: str) -> Answer:
    return Answer.of_json({"error": error, "error_description": description}, 400)
