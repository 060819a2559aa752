"""Signing in in the system browser (RFC 8252): authorization code, PKCE, state, and what follows.

``begin`` makes the address of the sign-in page; the browser's answer comes back through
``net.loopback`` or is pasted by a person, and ``redeem`` changes it into tokens. From then on
``SignedIn`` hands out access tokens. Nothing here is kept or logged; whoever calls seals it.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import string
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import parse_qs, urlencode, urlsplit

from ledgerdesk.errors import ConsentDenied, InvalidValue, SignInExpired, SignInOver, StateMismatch
from ledgerdesk.i18n import N_, translate
from ledgerdesk.model import Clock, Tokens
from ledgerdesk.net.http import Http
from ledgerdesk.net.oauth_answers import TokensRefused, ask, tokens_of
from ledgerdesk.net.oauth_server import AuthorizationServer, TokenRules
from ledgerdesk.net.oauth_session import KEEP_ALIVE_AFTER, SignedIn, due_for_keep_alive

__all__ = [
    "KEEP_ALIVE_AFTER",
    "PATIENCE",
    "AuthorizationServer",
    "Begun",
    "SignedIn",
    "TokenRules",
    "begin",
    "code_in",
    "denied_in",
    "due_for_keep_alive",
    "redeem",
    "state_in",
]

PATIENCE = timedelta(minutes=15)
"""How long a person may take in the browser. The code itself lives shorter (Exact: 3 minutes)."""

_VERIFIER_CHARACTERS = string.ascii_letters + string.digits
_VERIFIER_LENGTH = 64
_MOST = 8192

_TECHNICAL = frozenset(
    {
        *("invalid_request", "unauthorized_client", "unsupported_response_type"),
        *("invalid_scope", "server_error", "temporarily_unavailable"),
    }
)
"""RFC 6749 §4.1.2.1; every other error is a person's no (vendors name that in their own way)."""


@dataclass(frozen=True, slots=True)
class Begun:
    """A sign-in on its way. ``url`` is for the browser; ``verifier`` is a secret (empty without
    PKCE), ``state`` says which answer belongs to it."""

    url: str
    state: str
    verifier: str = field(repr=False)
    redirect_uri: str
    expires_at: datetime


def begin(
    server: AuthorizationServer, redirect_uri: str, now: datetime, *, hand_over_port: int = 0
) -> Begun:
    """The sign-in page's address, for an answer to ``redirect_uri``.

    Where that is a page the firm hosts, the page may hand the answer over to ``hand_over_port`` on
    this computer: it reads the port at the end of the state (docs/redirect/index.html).
    """
    state = secrets.token_urlsafe(32)
    if hand_over_port:
        state = f"{state}.{hand_over_port}"
    asked = {
        **server.extra,
        "response_type": "code",
        "client_id": server.client_id,
        "redirect_uri": redirect_uri,
        "state": state,
    }
    if server.scope:
        asked["scope"] = " ".join(server.scope)
    verifier = ""
    if server.pkce:
        verifier = "".join(secrets.choice(_VERIFIER_CHARACTERS) for _ in range(_VERIFIER_LENGTH))
        asked |= {"code_challenge": _challenge(verifier), "code_challenge_method": "S256"}
    joint = "&" if urlsplit(server.authorize_url).query else "?"
    url = f"{server.authorize_url}{joint}{urlencode(asked)}"
    return Begun(url, state, verifier, redirect_uri, now + PATIENCE)


def state_in(redirect_url: str) -> str:
    """Which sign-in a pasted address belongs to; empty for an address that is none."""
    return _answer(redirect_url).get("state", "")


def denied_in(redirect_url: str) -> bool:
    """Whether the answer is a no; what kind of no, ``code_in`` tells."""
    return "error" in _answer(redirect_url)


def code_in(redirect_url: str, begun: Begun) -> str:
    """The code in the address the browser ended at.

    Raises StateMismatch for another sign-in's, ConsentDenied when the person said no, SignInOver
    when the vendor could not ask, InvalidValue for what is no such address. The order matters:
    only the right state may end a sign-in.
    """
    answer = _answer(redirect_url)
    if not answer:
        hint = translate(N_("Paste the whole address of the page the browser ended at."))
        name = translate(N_("The address"))
        raise InvalidValue(field="redirect_url", value="…", name=name, hint=hint)
    given = answer.get("state", "").encode()
    if not hmac.compare_digest(given, begun.state.encode()):
        raise StateMismatch()
    error = answer.get("error", "")
    if error in _TECHNICAL:
        raise SignInOver(host=urlsplit(begun.url).hostname, reason=error)
    if error:
        raise ConsentDenied()
    if not answer.get("code"):
        raise StateMismatch()
    return answer["code"]


def redeem(
    http: Http, server: AuthorizationServer, begun: Begun, redirect_url: str, clock: Clock
) -> Tokens:
    """Changes the browser's answer into tokens: at once, and once only.

    Raises what code_in raises, SignInOver when the vendor does not take the code,
    CredentialsRejected when it does not know our registration, ServerTrouble, RateLimited,
    UnreadableAnswer, and what Http.request raises.
    """
    grant = {
        "grant_type": "authorization_code",
        "code": code_in(redirect_url, begun),
        "redirect_uri": begun.redirect_uri,
    }
    if begun.verifier:
        grant["code_verifier"] = begun.verifier
    try:
        given = ask(http, server, grant, clock)
    except TokensRefused as refusal:
        raise _refused(server, refusal) from None
    return tokens_of(given, server, clock.now(), None)


def _refused(server: AuthorizationServer, refusal: TokensRefused) -> Exception:
    if refusal.error is None or isinstance(refusal.error, SignInExpired):
        return SignInOver(host=server.host, reason=refusal.told)
    return refusal.error


def _challenge(verifier: str) -> str:
    digest = hashlib.sha256(verifier.encode("ascii")).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode("ascii")


def _answer(redirect_url: str) -> Mapping[str, str]:
    """The members of the answer; nothing when one is there twice or it is no address."""
    address = "".join(redirect_url.split())
    if len(address) > _MOST:
        return {}
    try:
        found = parse_qs(urlsplit(address).query, keep_blank_values=True, max_num_fields=32)
    except ValueError:
        return {}
    wanted = {name: found[name] for name in ("state", "code", "error") if name in found}
    if any(len(values) > 1 for values in wanted.values()):
        return {}
    return {name: values[0] for name, values in wanted.items()}
