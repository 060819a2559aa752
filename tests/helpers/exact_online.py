"""Signing in at the stand-in for Exact Online without a browser, and tokens kept in memory."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import requests

from ledgerdesk.model import Tokens
from ledgerdesk.practice.vendors.exact_online import REDIRECT, ExactOnlineServer

CLIENT_ID = "practice-client"
CLIENT_SECRET = "Practice-Secret-é42"
VALUES = {"country": "be", "client_id": CLIENT_ID, "redirect_uri": REDIRECT}
SECRETS = {"client_secret": CLIENT_SECRET}
DIVISION = "100001"


class MemoryKeeper:
    """Implements model.TokenKeeper for one process."""

    def __init__(self, tokens: Tokens | None = None) -> None:
        self.tokens = tokens
        self.saved = 0
        self._lock = threading.RLock()

    def read(self) -> Tokens | None:
        return self.tokens

    @contextmanager
    def locked(self) -> Iterator[None]:
        with self._lock:
            yield

    def save(self, tokens: Tokens) -> None:
        self.tokens = tokens
        self.saved += 1


@dataclass
class AheadClock:
    """Our own clock, moved together with the vendor's."""

    ahead: timedelta = field(default_factory=timedelta)

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead


def allow(url: str) -> str:
    """The address the browser ends at when somebody clicks *Allow* on the page at ``url``."""
    return _decided(url, "allow")


def deny(url: str) -> str:
    return _decided(url, "deny")


def _decided(url: str, decision: str) -> str:
    with requests.Session() as session:
        session.trust_env = False
        answer = session.get(f"{url}&decision={decision}", allow_redirects=False)
    assert answer.status_code == 302, answer.text
    return answer.headers["Location"]


def sign_in(server: ExactOnlineServer) -> Tokens:
    """Tokens as a first sign-in gives them."""
    query = f"client_id={CLIENT_ID}&redirect_uri={REDIRECT}&response_type=code&state=s"
    back = allow(f"{server.url}/api/oauth2/auth?{query}")
    form = {
        "grant_type": "authorization_code",
        "code": parse_qs(urlsplit(back).query)["code"][0],
        "redirect_uri": REDIRECT,
        "client_id": CLIENT_ID,
        "client_secret": CLIENT_SECRET,
    }
    with requests.Session() as session:
        session.trust_env = False
        given = session.post(f"{server.url}/api/oauth2/token", data=form).json()
    now = datetime.now(UTC)
    return Tokens(given["access_token"], given["refresh_token"], now, float(given["expires_in"]))
