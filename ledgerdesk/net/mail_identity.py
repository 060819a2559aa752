"""Where one signs in for mail at Microsoft 365 and Google, and what their token addresses answer.

Microsoft: entra-docs (v2 protocols, reply URLs, error codes, admin consent), "Authenticate an IMAP,
POP or SMTP connection using OAuth". Google: OAuth 2.0 for desktop apps, XOAUTH2 protocol. What is
done follows from ``error``; the vendor's numbers only choose the sentence, for they change.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import timedelta
from urllib.parse import urlencode

from ledgerdesk.connectors._registrations import registration
from ledgerdesk.errors import (
    AdminConsentNeeded,
    Forbidden,
    LedgerDeskError,
    MissingValue,
    RegistrationRefused,
    ServerTrouble,
    SignInExpired,
)
from ledgerdesk.i18n import N_, translate
from ledgerdesk.net.endpoints import base
from ledgerdesk.net.oauth_server import AuthorizationServer, TokenRules

MICROSOFT_365, GOOGLE = "microsoft365", "google"
PROVIDERS = (MICROSOFT_365, GOOGLE)

SMTP_HOSTS = {MICROSOFT_365: "smtp.office365.com", GOOGLE: "smtp.gmail.com"}
IMAP_HOSTS = {MICROSOFT_365: "outlook.office365.com", GOOGLE: "imap.gmail.com"}

MICROSOFT_REDIRECTS = tuple(f"http://localhost:{port}" for port in (53685, 53686, 53687))
"""Registered once as http://localhost: Microsoft compares everything but the port."""

_MICROSOFT = "https://login.microsoftonline.com"
_GOOGLE = "https://accounts.google.com"
_GOOGLE_TOKEN = "https://oauth2.googleapis.com"
_SCOPE_HOST = "https://outlook.office.com"
_SEND, _READ = f"{_SCOPE_HOST}/SMTP.Send", f"{_SCOPE_HOST}/IMAP.AccessAsUser.All"
_UNUSED = {MICROSOFT_365: timedelta(days=90), GOOGLE: timedelta(days=180)}

_CONSENT = (65001, 90094, 90095)
_POLICY = (53000, 53001, 53002, 53003, 530032, 530035, 50105, 50057, 50053, 500021, 500212)
_REGISTRATION = (65005, 650056, 650057, 700016, 7000218, 700025, 50011, 50194, 700005)
_PASSING = (90033, 90006, 50033, 90024)


def authorization_server(
    provider: str,
    values: Mapping[str, str],
    secrets: Mapping[str, str],
    *,
    sends: bool = False,
    reads: bool = False,
) -> AuthorizationServer:
    """For one purpose or both: nothing is asked for that is not needed.

    Raises MissingValue without a registration, InvalidValue for a stand-in that is not here.
    """
    registered = registration(provider)
    client_id = values.get("client_id", "") or registered.get("client_id", "")
    if not client_id:
        raise MissingValue(field="client_id", name=translate(N_("Application (client) id")))
    rules = TokenRules(rotates=provider == MICROSOFT_365, lifetime=_UNUSED[provider])
    if provider == GOOGLE:
        return _google(client_id, values, secrets, registered, rules)
    here = f"{base(provider, _MICROSOFT)}/{tenant(values)}/oauth2/v2.0"
    scope = (*((_READ,) if reads else ()), *((_SEND,) if sends else ()), "offline_access")
    return AuthorizationServer(
        authorize_url=f"{here}/authorize",
        token_url=f"{here}/token",
        client_id=client_id,
        redirect_uri=MICROSOFT_REDIRECTS[0],
        spare_redirects=MICROSOFT_REDIRECTS[1:],
        scope=scope,
        extra={"response_mode": "query", "prompt": "select_account", **_hint(values)},
        rules=TokenRules(
            early=720.0, rotates=True, lifetime=_UNUSED[provider], explain=microsoft_trouble
        ),
    )


def tenant(values: Mapping[str, str]) -> str:
    """Work accounts of any organisation, unless the firm names its own."""
    return values.get("tenant", "") or "organizations"


def admin_consent_url(client_id: str, values: Mapping[str, str]) -> str:
    """The page where an administrator approves LedgerDesk for the whole firm, once."""
    asked = {
        "client_id": client_id,
        "scope": f"{_READ} {_SEND} offline_access",
        "redirect_uri": "http://localhost",
        "state": "ledgerdesk",
    }
    here = f"{base(MICROSOFT_365, _MICROSOFT)}/{tenant(values)}/v2.0/adminconsent"
    return f"{here}?{urlencode(asked)}"


def microsoft_trouble(status: int, body: str, headers: Mapping[str, str]) -> LedgerDeskError | None:
    """The token address's refusals; None leaves them to what every server means."""
    given = _members(body)
    error = str(given.get("error", ""))
    listed = given.get("error_codes")
    numbers = {one for one in listed if isinstance(one, int)} if isinstance(listed, list) else set()
    host, told = "login.microsoftonline.com", _sentence(given)
    if status >= 500 or error == "temporarily_unavailable" or numbers & set(_PASSING):
        return ServerTrouble(host=host, answer=told)
    if error in ("consent_required",) or numbers & set(_CONSENT):
        return AdminConsentNeeded(reason=told)
    if error == "interaction_required" and numbers & set(_POLICY):
        return Forbidden(host=host, what=told)
    if error in ("invalid_grant", "interaction_required"):
        return SignInExpired(host=host, reason=told)
    if error in ("invalid_client", "unauthorized_client") or numbers & set(_REGISTRATION):
        return RegistrationRefused(host=host, answer=told)
    return None


def _google(
    client_id: str,
    values: Mapping[str, str],
    secrets: Mapping[str, str],
    registered: Mapping[str, str],
    rules: TokenRules,
) -> AuthorizationServer:
    """A desktop client by definition public, whose secret is wanted all the same."""
    return AuthorizationServer(
        authorize_url=f"{base(GOOGLE, _GOOGLE)}/o/oauth2/v2/auth",
        token_url=f"{base(GOOGLE, _GOOGLE_TOKEN)}/token",
        client_id=client_id,
        client_secret=secrets.get("client_secret", "") or registered.get("client_secret", ""),
        scope=("https://mail.google.com/",),
        extra={"access_type": "offline", "prompt": "consent", **_hint(values)},
        rules=rules,
    )


def _hint(values: Mapping[str, str]) -> dict[str, str]:
    username = values.get("username", "")
    return {"login_hint": username} if username else {}


def _members(body: str) -> dict[str, object]:
    try:
        given = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return given if isinstance(given, dict) else {}


def _sentence(given: Mapping[str, object]) -> str:
    """The first line of what it says, and the number its helpdesk asks for."""
    said = str(given.get("error_description") or given.get("error") or "").splitlines() or [""]
    trace = str(given.get("trace_id") or "")
    line = re.sub(r"[^\x20-\x7e\xa0-\uffff]+", " ", said[0]).strip()[:250]
    return f"{line} (trace {trace})" if trace else line
