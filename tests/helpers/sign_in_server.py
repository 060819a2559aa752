"""A strict authorization server with a small service behind it, and the connector that uses it.

The strictest rules of all vendors at once: a code works once and for three minutes, bound to its
redirect address and its PKCE challenge; every refresh token works once, and one that comes twice
ends the whole chain; a renewal before ``earliest`` seconds is refused; a new authorization ends the
one before. ``grace`` is the mild kind: an old refresh token works until a new one was used.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar
from urllib.parse import urlencode

from ledgerdesk.connectors.base import (
    INVOICE_FORMATS,
    Connector,
    Context,
    Format,
    RegisterStep,
    Session,
    TargetRequest,
)
from ledgerdesk.errors import LedgerDeskError, RenewedTooEarly, SignInExpired
from ledgerdesk.model import (
    Assurance,
    Check,
    DeliveryClass,
    Evidence,
    ExportKind,
    Parcel,
    Target,
    Whose,
)
from ledgerdesk.net.endpoints import base
from ledgerdesk.net.http import Http
from ledgerdesk.net.oauth import AuthorizationServer, SignedIn, TokenRules
from ledgerdesk.practice.vendors.server import Answer, Request, VendorServer
from ledgerdesk.setup.fields import Field, FieldKind

CLIENT_ID = "ledgerdesk-practice"
CLIENT_SECRET = "canary-client-secret-5f2b"
LIFE = 600
EARLIEST = 570
CODE_LIFE = timedelta(minutes=3)

_CONSENT = """<!doctype html><title>Consent</title>
<form method="post" action="/decide"><input type="hidden" name="asked" value="{asked}">
<button id="allow" name="decision" value="allow">Allow</button>
<button id="deny" name="decision" value="deny">Deny</button></form>"""


@dataclass
class _Chain:
    """The tokens of one authorization; ``old`` are those that were used."""

    user: str
    access: str = ""
    refresh: str = ""
    issued: datetime | None = None
    before: str = ""
    ended: bool = False


@dataclass(frozen=True)
class _Code:
    redirect_uri: str
    challenge: str
    user: str
    until: datetime


class SignInServer(VendorServer):
    """``user`` sits at the browser. ``refreshes`` and ``revoked`` count; ``given`` holds every
    secret that was ever handed out; ``documents`` is what arrived."""

    def __init__(
        self, *, redirects: tuple[str, ...] = (), grace: bool = False, earliest: float = EARLIEST
    ) -> None:
        self.user = "jan@office.example"
        self.redirects = redirects
        self.grace = grace
        self.earliest = earliest
        self.refreshes = 0
        self.revoked = 0
        self.given: list[str] = []
        self.documents: dict[str, bytes] = {}
        self._codes: dict[str, _Code] = {}
        self._chains: list[_Chain] = []
        super().__init__()

    def authorize(self, url: str, decision: str = "allow") -> str:
        """The address a browser ends at when its person decides at once."""
        import requests

        answer = requests.get(f"{url}&decision={decision}", allow_redirects=False, timeout=10)
        assert answer.status_code == 302, answer.text
        return answer.headers["Location"]

    def authorize_elsewhere(self) -> None:
        """The person signs in on another computer: only the newest sign-in stays valid."""
        with self._guard:
            for chain in self._chains:
                chain.ended = True

    def answer(self, request: Request) -> Answer:
        method, path = request.method, request.path
        if (method, path) == ("GET", "/authorize"):
            return self._authorize(request.query)
        if (method, path) == ("POST", "/decide"):
            form = {name: values[0] for name, values in request.form().items()}
            return self._decided(json.loads(form["asked"]), form["decision"])
        if (method, path) == ("POST", "/token"):
            return self._token(request)
        chain = self._chain_of(request)
        if chain is None:
            return Answer.of_json({"error": "unauthorized"}, 401)
        chain.before = ""
        if (method, path) == ("GET", "/me"):
            return Answer.of_json(
                {"id": hashlib.md5(chain.user.encode()).hexdigest()[:8], "name": chain.user}
            )
        if method == "PUT" and path.startswith("/files/"):
            self.documents[path.removeprefix("/files/")] = request.body
            return Answer.of_json({"id": path.removeprefix("/files/")}, 201)
        return Answer(404)

    # --- the browser ----------------------------------------------------------------------------

    def _authorize(self, query: Mapping[str, str]) -> Answer:
        wanted = {
            *("response_type", "client_id", "redirect_uri", "state"),
            *("code_challenge", "code_challenge_method"),
        }
        asked = {name: value for name, value in query.items() if name != "decision"}
        loopback = asked.get("redirect_uri", "").startswith("http://127.0.0.1:")
        if (
            set(asked) != wanted
            or (asked["response_type"], asked["client_id"]) != ("code", CLIENT_ID)
            or asked["code_challenge_method"] != "S256"
            or not (asked["redirect_uri"] in self.redirects or (loopback and not self.redirects))
        ):
            return Answer.of_text("bad authorize request", 400)
        if "decision" in query:
            return self._decided(asked, query["decision"])
        page = _CONSENT.format(asked=html.escape(json.dumps(asked)))
        return Answer.of_text(page, content_type="text/html")

    def _decided(self, asked: Mapping[str, str], decision: str) -> Answer:
        answer = {"state": asked["state"]}
        if decision == "allow":
            answer["code"] = self._new("code")
            self._codes[answer["code"]] = _Code(
                asked["redirect_uri"],
                asked["code_challenge"],
                self.user,
                self.clock.now() + CODE_LIFE,
            )
        else:
            answer |= {"error": "access_denied", "error_description": "the person said no"}
        return Answer(302, headers={"Location": f"{asked['redirect_uri']}?{urlencode(answer)}"})

    # --- tokens ---------------------------------------------------------------------------------

    def _token(self, request: Request) -> Answer:
        if not request.content_type.startswith("application/x-www-form-urlencoded"):
            return _no("invalid_request", "content type")
        form = {name: values[0] for name, values in request.form().items()}
        if (form.get("client_id"), form.get("client_secret")) != (CLIENT_ID, CLIENT_SECRET):
            return _no("invalid_client", "unknown client", 401)
        if form.get("grant_type") == "authorization_code":
            return self._redeem(form)
        if form.get("grant_type") == "refresh_token":
            return self._refresh(form.get("refresh_token", ""))
        return _no("unsupported_grant_type", "")

    def _redeem(self, form: Mapping[str, str]) -> Answer:
        code = self._codes.pop(form.get("code", ""), None)
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if (
            code is None
            or code.until < self.clock.now()
            or code.redirect_uri != form.get("redirect_uri")
            or code.challenge != challenge
        ):
            return Answer(400)
        for chain in self._chains:
            chain.ended = chain.ended or chain.user == code.user
        chain = _Chain(code.user)
        self._chains.append(chain)
        return self._issue(chain)

    def _refresh(self, token: str) -> Answer:
        for chain in self._chains:
            if chain.ended or not token or token not in (chain.refresh, chain.before):
                continue
            assert chain.issued is not None
            if token == chain.before and not self.grace:
                chain.ended = True
                self.revoked += 1
                return _no("invalid_grant", "Old refresh token used.")
            age = (self.clock.now() - chain.issued).total_seconds()
            if token == chain.refresh and age < self.earliest:
                return _no("access_denied", "Rate limit exceeded: access_token not expired")
            self.refreshes += 1
            return self._issue(chain)
        return _no("invalid_grant", "Old refresh token used.")

    def _issue(self, chain: _Chain) -> Answer:
        chain.before, chain.refresh = chain.refresh, self._new("refresh")
        chain.access, chain.issued = self._new("access"), self.clock.now()
        return Answer.of_json(
            {
                "access_token": chain.access,
                "token_type": "Bearer",
                "expires_in": str(LIFE),
                "refresh_token": chain.refresh,
            }
        )

    def _chain_of(self, request: Request) -> _Chain | None:
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        for chain in self._chains:
            if token and chain.access == token and chain.issued is not None and not chain.ended:
                fresh = self.clock.now() - chain.issued < timedelta(seconds=LIFE)
                return chain if fresh else None
        return None

    def _new(self, kind: str) -> str:
        made = f"canary-{kind}-{secrets.token_urlsafe(24)}"
        self.given.append(made)
        return made


def _no(error: str, description: str, status: int = 400) -> Answer:
    return Answer.of_json({"error": error, "error_description": description}, status)


def explain(status: int, body: str, headers: Mapping[str, str]) -> LedgerDeskError | None:
    if "access_token not expired" in body:
        return RenewedTooEarly(host="practice")
    if "Old refresh token used" in body:
        return SignInExpired(host="practice", reason="Old refresh token used.")
    return None


RULES = TokenRules(
    not_before=EARLIEST,
    early=LIFE - EARLIEST,
    lifetime=timedelta(days=30),
    explain=explain,
)


class PracticeSignIn(Connector):
    """Sends by PUT to the small service; its address comes from LEDGERDESK_ENDPOINT_…"""

    id = "practice_sign_in"
    label = "Practice sign-in"
    formats: ClassVar[Mapping[ExportKind, tuple[Format, ...]]] = {
        ExportKind.INVOICES: INVOICE_FORMATS
    }
    fields = (
        Field("client_id", "Client id", default=CLIENT_ID),
        Field("client_secret", "Client secret", FieldKind.PASSWORD, secret=True),
        Field("redirect_uri", "Redirect address", required=False),
    )
    authorization = "oauth"
    delivery_class = DeliveryClass.B
    register = (
        RegisterStep("Make an app."),
        RegisterStep("Copy the redirect address.", field="redirect_uri"),
    )
    register_url = "https://apps.example/"

    def account_key(self, values: Mapping[str, str]) -> str:
        raise AssertionError("only a sign-in tells")

    def lane_key(self, values: Mapping[str, str]) -> str:
        return f"{self.id}:{values.get('client_id', '')}"

    def target(self, request: TargetRequest) -> Target:
        return Target("", request.naming.file_name())

    def authorization_server(
        self, values: Mapping[str, str], secrets: Mapping[str, str]
    ) -> AuthorizationServer:
        root = base(self.id, "https://practice.example")
        return AuthorizationServer(
            f"{root}/authorize",
            f"{root}/token",
            values["client_id"],
            secrets.get("client_secret", ""),
            values.get("redirect_uri", ""),
            rules=RULES,
        )

    def open(self, context: Context) -> Session:
        return PracticeSession(self, context)


class PracticeSession(Session):
    def __init__(self, connector: PracticeSignIn, context: Context) -> None:
        super().__init__(context)
        assert context.tokens is not None
        self._http = Http.of(context)
        self._root = base(connector.id, "https://practice.example")
        server = connector.authorization_server(context.values, context.secrets)
        self._signed_in = SignedIn(self._http, server, context.tokens, context.clock)

    def verify(self) -> Iterator[Check]:
        yield Check("Sign-in", True, self.whose().account)

    def whose(self) -> Whose:
        me = self._call("GET", "/me")
        return Whose(me["name"], me["id"])

    def send_one(self, parcel: Parcel) -> Evidence:
        made = self._call("PUT", f"/files/{parcel.target.name}", parcel.open())
        return Evidence(Assurance.ACKNOWLEDGED, made["id"])

    def close(self) -> None:
        self._http.close()

    def _call(self, method: str, path: str, data: bytes | None = None) -> Any:
        token = self._signed_in.bearer()
        while True:
            headers = {"Authorization": f"Bearer {token}"}
            answer = self._http.request(method, self._root + path, headers=headers, data=data)
            if answer.status_code != 401:
                return answer.json()
            token = self._signed_in.refused(token)
