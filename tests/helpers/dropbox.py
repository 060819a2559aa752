"""Signed in at the stand-in for Dropbox, as a person does it in the browser.

As a program (``$BROWSER``): presses a button of the page it is given, and goes where that leads.
"""

from __future__ import annotations

import sys
from pathlib import Path

import requests

from ledgerdesk.connectors.dropbox import DropboxConnector
from ledgerdesk.model import NeverCancelled, SystemClock
from ledgerdesk.net import oauth
from ledgerdesk.net.http import Http
from ledgerdesk.net.sockets import Sockets
from ledgerdesk.practice.vendors.dropbox import APP_KEY
from ledgerdesk.setup.tokens import HeldTokens


def decided(url: str, decision: str = "allow") -> str:
    """Presses a button of the consent page at ``url``: the address the browser then goes to."""
    with requests.Session() as browser:
        browser.trust_env = False
        answer = browser.post(url, data={"decision": decision}, allow_redirects=False)
    return answer.headers["Location"]


def browse(url: str, decision: str = "allow") -> bool:
    """What a browser does with the page at ``url`` once a person pressed its button."""
    with requests.Session() as browser:
        browser.trust_env = False
        return browser.get(decided(url, decision), timeout=30).ok


def browser(decision: str = "allow") -> str:
    """A value for ``$BROWSER``."""
    return f"{sys.executable} {Path(__file__)} {decision} %s"


def signed_in(app_key: str = APP_KEY) -> HeldTokens:
    """The tokens of whoever sits at the browser of the stand-in the endpoint leads to."""
    clock = SystemClock()
    server = DropboxConnector().authorization_server({"app_key": app_key}, {})
    begun = oauth.begin(server, server.redirect_uri, clock.now())
    http = Http(Sockets(loopback_only=True), NeverCancelled())
    try:
        return HeldTokens(oauth.redeem(http, server, begun, decided(begun.url), clock))
    finally:
        http.close()


if __name__ == "__main__":
    browse(sys.argv[2], sys.argv[1])
