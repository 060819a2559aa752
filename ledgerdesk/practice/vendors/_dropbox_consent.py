"""The page on which a person allows or denies, as the stand-in for Dropbox shows it."""

from __future__ import annotations

import html
import re
import secrets
from urllib.parse import urlencode

from ledgerdesk.practice.vendors._dropbox_accounts import (
    CODE_LIFE,
    Code,
    DropboxApp,
    Grant,
    SignIns,
)
from ledgerdesk.practice.vendors.server import Answer, Request

_ASKS = {"response_type", "client_id", "code_challenge", "code_challenge_method"}
_KNOWS = _ASKS | {
    *("redirect_uri", "state", "scope", "token_access_type", "locale", "decision"),
    *("include_granted_scopes", "force_reapprove", "force_reauthentication", "disable_signup"),
}
_DENIED = "The user chose not to give your app access to their Dropbox account."


def authorize(sign_ins: SignIns, request: Request) -> Answer:
    """The consent page, and what its buttons do."""
    asked = dict(request.query)
    if request.method == "POST":
        asked["decision"] = request.form().get("decision", [""])[0]
    trouble = _trouble(sign_ins, asked)
    if trouble:
        return _page(f"<h1>Error (400)</h1><p>{html.escape(trouble)}</p>", 400)
    if asked.get("decision") == "allow":
        return _allowed(sign_ins, asked)
    if asked.get("decision") == "deny":
        return _denied(asked)
    return _page(_consent(sign_ins, sign_ins.apps[asked["client_id"]], request.target))


def _trouble(sign_ins: SignIns, asked: dict[str, str]) -> str:
    if missing := sorted(_ASKS - set(asked)):
        return f"Missing {missing[0]}."
    if unknown := sorted(set(asked) - _KNOWS):
        return f"Unknown parameter {unknown[0]}."
    app = sign_ins.apps.get(asked["client_id"])
    if app is None:
        return "Invalid client_id: it does not exist."
    if asked["response_type"] != "code":
        return "Invalid response_type: must be code."
    if "redirect_uri" in asked and asked["redirect_uri"] not in app.redirect_uris:
        return "Invalid redirect_uri: it must exactly match one of those registered."
    if asked["code_challenge_method"] != "S256":
        return "Invalid code_challenge_method."
    if not re.fullmatch(r"[A-Za-z0-9_-]{43}", asked["code_challenge"]):
        return "Invalid code_challenge."
    if asked.get("token_access_type", "online") not in ("offline", "online", "legacy"):
        return "Invalid token_access_type."
    if not set(asked.get("scope", "").split()) <= set(app.scopes):
        return "Invalid scope: it is not enabled for this app."
    if len(asked.get("state", "")) > 2000:
        return "Invalid state: too long."
    return ""


def _consent(sign_ins: SignIns, app: DropboxApp, target: str) -> str:
    name, who = html.escape(app.name), html.escape(sign_ins.account.email)
    return (
        f"<h1>{name} would like access</h1><p>Signed in as {who}.</p>"
        f'<form method="post" action="{html.escape(target, quote=True)}">'
        '<button id="deny" name="decision" value="deny">Deny</button> '
        '<button id="allow" name="decision" value="allow">Allow</button></form>'
    )


def _allowed(sign_ins: SignIns, asked: dict[str, str]) -> Answer:
    app = sign_ins.apps[asked["client_id"]]
    scopes = tuple(asked.get("scope", "").split()) or app.scopes
    offline = asked.get("token_access_type") == "offline"
    grant = Grant(app, sign_ins.account, scopes, secrets.token_urlsafe(48) if offline else "")
    code = secrets.token_urlsafe(32)
    redirect_uri = asked.get("redirect_uri", "")
    until = sign_ins.now() + CODE_LIFE
    sign_ins.codes[code] = Code(grant, redirect_uri, asked["code_challenge"], until)
    if not redirect_uri:
        box = f'<input id="code" readonly size="60" value="{code}">'
        return _page(f"<h1>Access code generated</h1><p>Enter this code: {box}</p>")
    return _back(redirect_uri, asked, code=code)


def _denied(asked: dict[str, str]) -> Answer:
    if not asked.get("redirect_uri"):
        return _page("<h1>Not connected</h1><p>You chose not to give access.</p>")
    return _back(asked["redirect_uri"], asked, error="access_denied", error_description=_DENIED)


def _back(redirect_uri: str, asked: dict[str, str], **answer: str) -> Answer:
    if "state" in asked:
        answer["state"] = asked["state"]
    sign = "&" if "?" in redirect_uri else "?"
    return Answer(302, b"", {"Location": f"{redirect_uri}{sign}{urlencode(answer)}"})


def _page(body: str, status: int = 200) -> Answer:
    page = f"<!doctype html><meta charset=utf-8><title>Dropbox (practice)</title>{body}"
    return Answer.of_text(page, status, "text/html")
