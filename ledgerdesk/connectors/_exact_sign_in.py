"""Where one signs in at Exact Online, and what its token address answers.

The rules are the vendor's (OAuth steps 2 and 3, support.exactonline.com) and those its users met:
an access token lives 600 seconds and may be renewed from the 570th on, every renewal spends the
refresh token, an unused one ends after 30 days, and a new authorization ends the one before.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from ledgerdesk.errors import LedgerDeskError, RenewedTooEarly, SignInExpired
from ledgerdesk.net import endpoints
from ledgerdesk.net.oauth_server import AuthorizationServer, Explain, TokenRules

HOSTS = {
    "be": "start.exactonline.be",
    "nl": "start.exactonline.nl",
    "de": "start.exactonline.de",
    "fr": "start.exactonline.fr",
    "uk": "start.exactonline.co.uk",
}
_NOT_BEFORE = 570.0
_EARLY = 30.0
_UNUSED = timedelta(days=30)

_TOO_EARLY = ("tooearlytorefresh", "access_token not expired", "access token not expired")
_OVER = ("old refresh token used", "refresh token expired", "chainid")


def host_of(values: Mapping[str, str]) -> str:
    """The vendor's host in the account's country."""
    return HOSTS.get(values.get("country", ""), HOSTS["be"])


def base(values: Mapping[str, str]) -> str:
    """Raises InvalidValue for a stand-in that is not on this computer."""
    return endpoints.base("exact_online", f"https://{host_of(values)}")


def authorization_server(
    values: Mapping[str, str], secrets: Mapping[str, str]
) -> AuthorizationServer:
    """Exact Online wants the secret in both token calls and knows no PKCE."""
    here = base(values)
    rules = TokenRules(
        not_before=_NOT_BEFORE,
        early=_EARLY,
        rotates=True,
        lifetime=_UNUSED,
        explain=explained_for(host_of(values)),
    )
    return AuthorizationServer(
        authorize_url=f"{here}/api/oauth2/auth",
        token_url=f"{here}/api/oauth2/token",
        client_id=values.get("client_id", ""),
        client_secret=secrets.get("client_secret", ""),
        redirect_uri=values.get("redirect_uri", ""),
        pkce=False,
        extra={"force_login": "0"},
        rules=rules,
    )


def explained_for(host: str) -> Explain:
    """Tells the token address's answers apart by their words: the status differs by source."""

    def explain(status: int, body: str, headers: Mapping[str, str]) -> LedgerDeskError | None:
        reason = headers.get("Reason", "")
        told = f"{reason} {body}".lower()
        if any(words in told for words in _TOO_EARLY):
            return RenewedTooEarly(host=host)
        if status < 500 and any(words in told for words in _OVER):
            return SignInExpired(host=host, reason=_sentence(body) or reason)
        return None

    return explain


def _sentence(body: str) -> str:
    import json

    try:
        given = json.loads(body)
    except ValueError:
        return ""
    told = given.get("error_description", "") if isinstance(given, dict) else ""
    return " ".join(str(told).split())[:300]
