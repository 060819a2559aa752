"""Exact Online's sign-in as the stand-in plays it: consent page, codes, tokens that rotate.

Every authorization of a user for an app begins a chain of tokens and ends the one before: "only the
last connection stays valid". Each refresh token works once.
"""

from __future__ import annotations

import html
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import parse_qsl, urlencode, urlsplit

from ledgerdesk.practice.vendors._exact_accounts import (
    ACCESS_TOKEN_LIFE,
    CODE_LIFE,
    EARLIEST_REFRESH,
    NO_CHAIN,
    NO_CODE,
    OLD_TOKEN,
    REFRESH_TOKEN_LIFE,
    TOKEN_CALLS_A_DAY,
    TOO_EARLY,
    Chain,
    ExactApp,
    ExactUser,
    expired,
)
from ledgerdesk.practice.vendors.server import Answer, Request

_AUTHORIZE_ASKS = {"client_id", "redirect_uri", "response_type"}
_AUTHORIZE_KNOWS = _AUTHORIZE_ASKS | {
    *("state", "force_login", "decision", "administrations", "division"),
}
_CODE_ASKS = {"grant_type", "code", "redirect_uri", "client_id", "client_secret"}
_REFRESH_ASKS = {"grant_type", "refresh_token", "client_id", "client_secret"}


@dataclass(frozen=True)
class _Code:
    chain: Chain
    redirect_uri: str
    until: datetime


class SignIns:
    """``user`` sits at the browser. ``refreshed`` and ``revoked`` count, for whoever looks on.

    With ``revokes`` a refresh token that is used a second time ends the whole chain.
    """

    def __init__(
        self,
        user: ExactUser,
        now: Callable[[], datetime],
        divisions: Callable[[], Iterable[tuple[int, str]]],
    ) -> None:
        self.user = user
        self.apps: dict[str, ExactApp] = {}
        self.chains: list[Chain] = []
        self.refreshed = 0
        self.revoked = 0
        self.revokes = True
        self._access: dict[str, tuple[Chain, datetime]] = {}
        self._codes: dict[str, _Code] = {}
        self._token_calls: dict[str, list[datetime]] = {}
        self._now = now
        self._divisions = divisions

    def owner(self, token: str) -> Chain | None:
        """Whose access token this is or was."""
        return self._access[token][0] if token in self._access else None

    def lives(self, token: str) -> bool:
        if token not in self._access:
            return False
        chain, until = self._access[token]
        return not chain.ended and self._now() < until

    # --- in the browser ---------------------------------------------------------------------------

    def authorize(self, request: Request) -> Answer:
        """The consent page, and what its buttons do."""
        if request.method != "GET":
            return _page("<h1>Method not allowed</h1>", 405)
        trouble = self._trouble(request.query)
        if trouble:
            return _page(f"<h1>Error</h1><p>{html.escape(trouble)}</p>", 400)
        asked = request.query
        decision = asked.get("decision", "")
        if decision == "allow":
            return self._back(asked, code=self._allowed(request))
        if decision == "deny":
            return self._back(asked, error="access_denied")
        return _page(self._consent(request))

    def _trouble(self, asked: dict[str, str]) -> str:
        if missing := sorted(_AUTHORIZE_ASKS - set(asked)):
            return f"Missing parameter: {missing[0]}"
        if unknown := sorted(set(asked) - _AUTHORIZE_KNOWS):
            return f"Unknown parameter: {unknown[0]}"
        app = self.apps.get(asked["client_id"])
        if app is None:
            return "Unknown client_id"
        if asked["redirect_uri"] != app.redirect_uri:
            return "The redirect_uri differs from the registered one"
        if asked["response_type"] != "code":
            return "Unsupported response_type"
        if asked.get("force_login", "0") not in ("0", "1"):
            return "Invalid force_login"
        return ""

    def _allowed(self, request: Request) -> str:
        asked = request.query
        chosen = None
        if asked.get("administrations") == "chosen":
            pairs = parse_qsl(urlsplit(request.target).query)
            chosen = frozenset(int(value) for name, value in pairs if name == "division")
        app = self.apps[asked["client_id"]]
        for chain in self.chains:
            if chain.app == app and chain.user.user_id == self.user.user_id:
                chain.ended = True
        chain = Chain(app, self.user, chosen)
        self.chains.append(chain)
        code = f"practice.{secrets.token_urlsafe(24)}!{secrets.token_hex(4)}"
        self._codes[code] = _Code(chain, asked["redirect_uri"], self._now() + CODE_LIFE)
        return code

    @staticmethod
    def _back(asked: dict[str, str], **answer: str) -> Answer:
        if "state" in asked:
            answer["state"] = asked["state"]
        joint = "&" if "?" in asked["redirect_uri"] else "?"
        return Answer(
            302, headers={"Location": f"{asked['redirect_uri']}{joint}{urlencode(answer)}"}
        )

    def _consent(self, request: Request) -> str:
        kept = "".join(
            f'<input type="hidden" name="{name}" value="{html.escape(value, quote=True)}">'
            for name, value in request.query.items()
        )
        rows = "".join(
            f'<li><label><input type="checkbox" name="division" value="{code}" checked>'
            f" {html.escape(name)}</label></li>"
            for code, name in self._divisions()
        )
        app = self.apps[request.query["client_id"]]
        return (
            f"<h1>{html.escape(app.name)} asks for access</h1>"
            f"<p>Signed in as {html.escape(self.user.full_name)}.</p>"
            f'<form method="get" action="/api/oauth2/auth">{kept}'
            '<p><label><input type="radio" name="administrations" value="all" checked> '
            "Current and future administrations</label></p>"
            '<p><label><input type="radio" name="administrations" value="chosen"> '
            f"Only these:</label></p><ul>{rows}</ul>"
            '<button id="deny" name="decision" value="deny">Deny</button> '
            '<button id="allow" name="decision" value="allow">Allow</button></form>'
        )

    # --- tokens -----------------------------------------------------------------------------------

    def token(self, request: Request) -> Answer:
        if request.method != "POST":
            return _refused("invalid_request", "The token address takes POST only.", 405)
        if request.content_type.split(";")[0].strip() != "application/x-www-form-urlencoded":
            return _refused("invalid_request", "The body must be a form.")
        form = {name: values[0] for name, values in request.form().items()}
        kinds = {"authorization_code": _CODE_ASKS, "refresh_token": _REFRESH_ASKS}
        wanted = kinds.get(form.get("grant_type", ""))
        if wanted is None:
            return _refused("unsupported_grant_type", "The grant_type is not supported.")
        if set(form) != wanted:
            odd = sorted(set(form) ^ wanted)
            return _refused("invalid_request", f"Missing or unknown: {', '.join(odd)}.")
        app = self.apps.get(form["client_id"])
        if app is None or app.client_secret != form["client_secret"]:
            return _refused("invalid_client", "The client is unknown or its secret is wrong.")
        if self._too_many(app):
            return Answer(429)
        if "code" in form:
            return self._first(app, form)
        return self._next(app, form["refresh_token"])

    def _first(self, app: ExactApp, form: dict[str, str]) -> Answer:
        code = self._codes.pop(form["code"], None)
        if code is None or code.until < self._now() or code.chain.app != app:
            return NO_CODE
        if code.redirect_uri != form["redirect_uri"]:
            return NO_CODE
        return NO_CHAIN if code.chain.ended else self._issued(code.chain)

    def _next(self, app: ExactApp, token: str) -> Answer:
        chain = next((one for one in self.chains if one.refresh == token), None)
        old = next((one for one in self.chains if token in one.spent), None)
        known = chain or old
        if known is None or known.app != app:
            return NO_CHAIN
        if old is not None:
            if self.revokes and not old.ended:
                old.ended = True
                self.revoked += 1
            return OLD_TOKEN
        return NO_CHAIN if known.ended else self._rotated(known)

    def _rotated(self, chain: Chain) -> Answer:
        now, issued = self._now(), chain.issued_at
        if issued is None:
            return NO_CHAIN
        if now > issued + REFRESH_TOKEN_LIFE:
            return expired(issued + REFRESH_TOKEN_LIFE, now)
        if now < issued + EARLIEST_REFRESH:
            return TOO_EARLY
        chain.spent.add(chain.refresh)
        self.refreshed += 1
        return self._issued(chain)

    def _issued(self, chain: Chain) -> Answer:
        access = f"practice-access-{secrets.token_urlsafe(300)}"
        chain.refresh = f"practice-refresh-{secrets.token_urlsafe(300)}"
        chain.issued_at = self._now()
        self._access[access] = (chain, self._now() + ACCESS_TOKEN_LIFE)
        return Answer.of_json(
            {
                "access_token": access,
                "token_type": "Bearer",
                "expires_in": str(int(ACCESS_TOKEN_LIFE.total_seconds())),
                "refresh_token": chain.refresh,
            }
        )

    def _too_many(self, app: ExactApp) -> bool:
        """The vendor counts per app and user; here it does so per app, which is stricter."""
        since = self._now() - timedelta(days=1)
        calls = [at for at in self._token_calls.get(app.client_id, []) if at > since]
        self._token_calls[app.client_id] = [*calls, self._now()]
        return len(calls) >= TOKEN_CALLS_A_DAY


def _refused(error: str, text: str, status: int = 400) -> Answer:
    return Answer.of_json({"error": error, "error_description": text}, status)


def _page(body: str, status: int = 200) -> Answer:
    page = (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>Sign in</title>{body}</html>'
    )
    return Answer.of_text(page, status, "text/html")
