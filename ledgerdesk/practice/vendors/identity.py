"""A stand-in for the sign-in pages of Microsoft 365 and Google, as strict as the real ones.

``IdentityServer("microsoft365")`` or ``("google")``: authorize, token, admin consent, and the
introspection that a mail server asks whether a token is good. Rules: facts of entra-docs and
Google's OAuth pages; every refusal carries the vendor's own numbers.
"""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import urlencode, urlsplit, urlunsplit

from ledgerdesk.practice.vendors.server import Answer, Request, VendorServer

CLIENT_ID = "5d1f3a52-0000-4000-8000-practice00001"
CLIENT_SECRET = "GOCSPX-practice-canary"
READ = "https://outlook.office.com/IMAP.AccessAsUser.All"
SEND = "https://outlook.office.com/SMTP.Send"
GOOGLE_MAIL = "https://mail.google.com/"
_CODE_LIFE = timedelta(minutes=10)
_ACCESS_LIFE = 3600


@dataclass
class _Grant:
    """What one person allowed: their refresh tokens, oldest first."""

    user: str
    scope: frozenset[str]
    refresh: list[str] = field(default_factory=list)
    revoked: str = ""


@dataclass(frozen=True)
class _Code:
    user: str
    redirect_uri: str
    challenge: str
    scope: frozenset[str]
    until: datetime


@dataclass(frozen=True)
class _Access:
    user: str
    scope: frozenset[str]
    until: datetime


class IdentityServer(VendorServer):
    """``user`` sits at the browser; ``consented``: the administrator approved; ``outcome`` is what
    becomes of a sign-in: allowed, declined, admin, mfa, guest, policy. ``rotates_strictly``: a
    refresh token that was used is dead. ``renumbered``: other numbers and words, same ``error``."""

    def __init__(self, provider: str = "microsoft365") -> None:
        self.provider = provider
        self.user = "docs@office.example"
        self.shared: dict[str, set[str]] = {}
        self.consented = True
        self.outcome = "allowed"
        self.rotates_strictly = False
        self.renumbered = False
        self.redirects = ("http://localhost",)
        self.given: list[str] = []
        self.renewals = 0
        self._codes: dict[str, _Code] = {}
        self._spent: set[str] = set()
        self._grants: list[_Grant] = []
        self._access: dict[str, _Access] = {}
        super().__init__()

    # --- what a test does -----------------------------------------------------------------------

    def authorize(self, url: str) -> str:
        """The address a browser ends at. Raises ValueError when it ends on a page of ours."""
        import requests

        answer = requests.get(url, allow_redirects=False, timeout=10)
        if answer.status_code != 302:
            raise ValueError(answer.text)
        return answer.headers["Location"]

    def revoke(self, why: str = "revoked") -> None:
        """``revoked``, ``password`` (changed) or ``frequency`` (of sign-ins)."""
        for grant in self._grants:
            grant.revoked = why
        self._access.clear()

    def end_access(self) -> None:
        """Every access token is refused from now on; they can be renewed."""
        self._access.clear()

    def token_of(self, username: str, scope: str) -> str:
        """A newest token a person of this name may use, for tests of mail servers."""
        found = [t for t, one in self._access.items() if one.user == username]
        return found[-1] if found else ""

    def is_good(self, username: str, token: str, scope: str) -> bool:
        """What a mail server asks: does ``token`` open ``username``'s mailbox for this?"""
        kept = self._access.get(token)
        if kept is None or kept.until <= self.clock.now():
            return False
        if self.provider == "google":
            scope = GOOGLE_MAIL
        allowed = username == kept.user or kept.user in self.shared.get(username, set())
        return allowed and scope in kept.scope

    # --- the pages ------------------------------------------------------------------------------

    def answer(self, request: Request) -> Answer:
        path = request.path
        if path == "/introspect":
            return self._introspected(request)
        if self.provider == "google":
            if (request.method, path) == ("GET", "/o/oauth2/v2/auth"):
                return self._authorize(request.query)
            if path == "/token":
                return self._token(request)
            return Answer(404)
        found = re.fullmatch(r"/([^/]+)/(?:oauth2/)?v2\.0/(authorize|token|adminconsent)", path)
        if found is None:
            return Answer(404)
        if found[2] == "adminconsent":
            return self._admin(found[1], request.query)
        if found[2] == "authorize":
            return self._authorize(request.query)
        return self._token(request)

    def _authorize(self, query: Mapping[str, str]) -> Answer:
        if query.get("client_id") != CLIENT_ID:
            return _page("AADSTS700016", "Application was not found in the directory")
        redirect = query.get("redirect_uri", "")
        if not self._is_registered(redirect):
            return _page("AADSTS50011", "The redirect URI does not match")
        if query.get("response_type") != "code" or query.get("code_challenge_method") != "S256":
            return _page("AADSTS9002325", "Proof Key for Code Exchange is required")
        if not query.get("code_challenge") or not query.get("state"):
            return _page("AADSTS900144", "The request body must contain a parameter")
        if not self.consented or self.outcome == "admin":
            return _page("AADSTS90094", "Need admin approval")
        if self.outcome == "guest":
            return _page("AADSTS50020", "User account does not exist in tenant")
        if self.outcome == "declined":
            said = {"error": "access_denied", "error_subcode": "cancel", "state": query["state"]}
            return _redirected(redirect, said)
        code = self._new("code")
        scope = frozenset(query.get("scope", "").split())
        until = self.clock.now() + _CODE_LIFE
        self._codes[code] = _Code(self.user, redirect, query["code_challenge"], scope, until)
        return _redirected(redirect, {"code": code, "state": query["state"]})

    def _is_registered(self, redirect: str) -> bool:
        """Without the port, with the path, case-sensitive; Google: any loopback port."""
        parts = urlsplit(redirect)
        if self.provider == "google":
            return parts.scheme == "http" and parts.hostname == "127.0.0.1"
        bare = urlunsplit((parts.scheme, parts.hostname or "", parts.path, "", ""))
        return bare in self.redirects

    def _admin(self, tenant: str, query: Mapping[str, str]) -> Answer:
        if tenant == "common":
            return _page("AADSTS900144", "common is not supported for admin consent")
        if query.get("client_id") != CLIENT_ID or not self._is_registered(
            query.get("redirect_uri", "")
        ):
            return _page("AADSTS50011", "The redirect URI does not match")
        self.consented = True
        said = {"admin_consent": "True", "tenant": str(uuid.uuid4()), "state": query["state"]}
        return _redirected(query["redirect_uri"], said)

    # --- tokens ---------------------------------------------------------------------------------

    def _token(self, request: Request) -> Answer:
        if request.method != "POST":
            return self._no("invalid_request", 900561, "The endpoint only accepts POST requests.")
        if not request.content_type.startswith("application/x-www-form-urlencoded"):
            return self._no("invalid_request", 9002313, "Invalid request. Request is malformed.")
        form = {name: values[0] for name, values in request.form().items()}
        if form.get("client_id") != CLIENT_ID:
            return self._no("unauthorized_client", 700016, "Application was not found.")
        if self.provider == "google" and form.get("client_secret") != CLIENT_SECRET:
            return self._no("invalid_request", 0, "client_secret is missing.")
        if self.provider != "google" and "client_secret" in form:
            return self._no("invalid_client", 700025, "Client is public so client_secret ...")
        if form.get("grant_type") == "authorization_code":
            return self._redeem(form)
        if form.get("grant_type") == "refresh_token":
            return self._renew(form.get("refresh_token", ""))
        return self._no("unsupported_grant_type", 70003, "The app requested an unsupported grant.")

    def _redeem(self, form: Mapping[str, str]) -> Answer:
        given = form.get("code", "")
        if given in self._spent:
            return self._no("invalid_grant", 54005, "OAuth2 Authorization code was redeemed.")
        code = self._codes.pop(given, None)
        self._spent.add(given)
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if code is None or code.until < self.clock.now():
            return self._no("invalid_grant", 70008, "The provided authorization code expired.")
        if code.redirect_uri != form.get("redirect_uri") or code.challenge != challenge:
            return self._no("invalid_grant", 501481, "The Code_Verifier does not match.")
        hosts = {urlsplit(one).netloc for one in code.scope if "://" in one}
        if len(hosts) > 1:
            return self._no("invalid_scope", 70011, "AADSTS700022: scopes of several resources")
        if self.outcome == "mfa":
            return self._no("interaction_required", 50076, "You must use multi-factor.")
        if self.outcome == "policy":
            return self._no("interaction_required", 53003, "Blocked by Conditional Access.")
        grant = _Grant(code.user, code.scope)
        self._grants.append(grant)
        lasting = self.provider == "google" or "offline_access" in code.scope
        return self._issue(grant, refresh=lasting)

    def _renew(self, token: str) -> Answer:
        for grant in self._grants:
            if token not in grant.refresh:
                continue
            if grant.revoked:
                number = {"password": 50173, "frequency": 70043}.get(grant.revoked, 700082)
                return self._no("invalid_grant", number, "The refresh token has been revoked.")
            if self.rotates_strictly and token != grant.refresh[-1]:
                grant.revoked = "reuse"
                return self._no("invalid_grant", 70000, "The refresh token was used before.")
            self.renewals += 1
            # Google gives none on a renewal; Microsoft a new one every time.
            return self._issue(grant, refresh=self.provider != "google")
        return self._no("invalid_grant", 70000, "The provided grant is invalid.")

    def _issue(self, grant: _Grant, *, refresh: bool) -> Answer:
        # As long as real ones, which do not fit into a mail server's usual line.
        access = self._new("access") + secrets.token_urlsafe(1900)
        until = self.clock.now() + timedelta(seconds=_ACCESS_LIFE)
        self._access[access] = _Access(grant.user, grant.scope, until)
        self.given.append(access)
        given = {
            "token_type": "Bearer",
            "scope": " ".join(sorted(grant.scope)),
            "expires_in": _ACCESS_LIFE,
            "access_token": access,
        }
        if refresh:
            grant.refresh.append(self._new("refresh"))
            given["refresh_token"] = grant.refresh[-1]
        return Answer.of_json(given)

    def _introspected(self, request: Request) -> Answer:
        """For Dovecot: whose token it is, or that it is none."""
        bearer = request.headers.get("authorization", "").removeprefix("Bearer ")
        token = bearer or request.query.get("access_token", "")
        kept = self._access.get(token)
        scope = GOOGLE_MAIL if self.provider == "google" else READ
        if kept is None or kept.until <= self.clock.now() or scope not in kept.scope:
            return Answer.of_json({"active": "false"})
        mailboxes = [name for name, users in self.shared.items() if kept.user in users]
        return Answer.of_json({"active": "true", "email": (mailboxes or [kept.user])[0]})

    def _new(self, kind: str) -> str:
        made = f"canary-{kind}-{secrets.token_urlsafe(32)}"
        self.given.append(made)
        return made

    def _no(self, error: str, number: int, told: str) -> Answer:
        if self.provider == "google":
            return Answer.of_json({"error": error, "error_description": told}, 400)
        number = 9990000 + number % 1000 if self.renumbered else number
        told = "Something is different now." if self.renumbered else told
        body = {
            "error": error,
            "error_description": f"AADSTS{number}: {told}\r\nTrace ID: 0",
            "error_codes": [number],
            "timestamp": self.clock.now().isoformat(),
            "trace_id": str(uuid.uuid4()),
            "correlation_id": str(uuid.uuid4()),
        }
        return Answer.of_json(body, 400)


def _page(number: str, told: str) -> Answer:
    """Pages a person reads: nothing comes back to the program."""
    return Answer.of_text(f"<h1>{number}</h1><p>{told}</p>", 200, "text/html")


def _redirected(redirect: str, said: Mapping[str, str]) -> Answer:
    joint = "" if urlsplit(redirect).path else "/"
    return Answer(302, headers={"Location": f"{redirect}{joint}?{urlencode(said)}"})
