"""The line to Dropbox: the vendor's own SDK, on our own way out and with our own tokens.

The SDK writes and reads the vendor's types. It gets an access token only, so that tokens are kept
by us alone; it never waits or asks again by itself; all its requests are ``Http``'s.
"""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from typing import Any
from urllib.parse import urlsplit

import requests
from dropbox import Dropbox
from dropbox.exceptions import DropboxException
from dropbox.stone_validators import ValidationError

from ledgerdesk import __version__
from ledgerdesk.connectors._dropbox_answers import API, HOST, RENEWABLE, tags_of
from ledgerdesk.connectors.base import Context
from ledgerdesk.errors import SignInExpired
from ledgerdesk.failpoint import failpoint
from ledgerdesk.i18n import N_, translate
from ledgerdesk.net.endpoints import base
from ledgerdesk.net.http import Http
from ledgerdesk.net.oauth import AuthorizationServer, SignedIn

_CONTENT = "https://content.dropboxapi.com"
_UPLOADS = "/2/files/upload"
# What the SDK raises at an answer it did not expect, beside its own errors.
_ODD_ANSWER = (AssertionError, AttributeError, KeyError, TypeError, ValueError, ValidationError)


class Refused(Exception):
    """An answer that is no success, or none the vendor is known to give."""

    def __init__(self, answer: requests.Response) -> None:
        self.answer = answer
        self.tags = () if answer.ok else tags_of(answer)
        super().__init__(f"HTTP {answer.status_code}")


class DropboxLine:
    """Asks as one account. Not shared between threads; close it at the end."""

    def __init__(self, context: Context, server: AuthorizationServer) -> None:
        if context.tokens is None:
            raise SignInExpired(host=HOST, reason=translate(N_("Nobody has signed in here yet.")))
        self._http = Http.of(context)
        self._signed_in = SignedIn(self._http, server, context.tokens, context.clock)
        self._requests = _Requests(self._http)

    def close(self) -> None:
        self._http.close()

    def ask(self, call: Callable[[Dropbox], Any], *, delivers: bool = False) -> Any:
        """What the SDK makes of one call. A token that came to its end meanwhile is renewed.

        ``delivers``: something can be seen at the vendor once the call succeeded.
        Raises Refused, what SignedIn raises and what Http.request raises.
        """
        token = self._signed_in.bearer()
        while True:
            self._requests.begin(delivers=delivers)
            try:
                return call(self._client(token))
            except (DropboxException, *_ODD_ANSWER) as error:
                if self._requests.answer is None:
                    raise
                refused = Refused(self._requests.answer)
                if refused.answer.status_code != 401 or refused.tags[:1] not in RENEWABLE:
                    raise refused from error
            token = self._signed_in.refused(token)

    def _client(self, token: str) -> Dropbox:
        return _NoSecondTry(
            oauth2_access_token=token,
            user_agent=f"LedgerDesk/{__version__}",
            session=self._requests,
            max_retries_on_error=0,
            max_retries_on_rate_limit=0,
        )


class _NoSecondTry(Dropbox):  # type: ignore[misc]
    """The SDK without its own ideas about asking again: those are the queue's."""

    def request_json_string_with_retry(self, *given: Any, **named: Any) -> Any:
        return self.request_json_string(*given, **named)


class _Requests(requests.Session):
    """What the SDK takes for the network: each of its requests is one of ``Http``'s."""

    def __init__(self, http: Http) -> None:
        super().__init__()
        self._http = http
        self._delivers = False
        self.answer: requests.Response | None = None

    def begin(self, *, delivers: bool) -> None:
        self._delivers = delivers
        self.answer = None

    def post(  # type: ignore[override]
        self, url: str, data: Any = None, *, headers: Any = None, **more: Any
    ) -> requests.Response:
        # The SDK takes its hosts from the environment: they are ours to choose.
        path = urlsplit(url).path
        address = base("dropbox", _CONTENT if path.startswith(_UPLOADS) else API) + path
        body = _Watched(data) if self._delivers and data else data
        self.answer = self._http.request(
            "POST", address, headers=headers, data=body, delivers=self._delivers
        )
        return self.answer


class _Watched(BytesIO):
    """A body on its way, with the places where a test may kill the process."""

    def __init__(self, body: bytes) -> None:
        super().__init__(body)
        self._half: int | None = len(body) // 2

    def read(self, size: int | None = -1) -> bytes:
        part = super().read(size)
        if self._half is not None and self.tell() > self._half:
            self._half = None
            failpoint("dropbox.half_body")
        if not part:
            failpoint("dropbox.body_sent")
        return part
