"""Talking HTTP to a vendor: no redirect is followed, no answer is endless, every error is ours."""

from __future__ import annotations

import html
import logging
import re
import ssl
import time
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlsplit

from ledgerdesk.errors import (
    CertificateUntrusted,
    ConnectionTrouble,
    InsecureAddress,
    LedgerDeskError,
    OutcomeUnknown,
    RedirectRefused,
    TimedOut,
    UnreadableAnswer,
)
from ledgerdesk.model import Cancel, Clock, Network
from ledgerdesk.net.endpoints import is_loopback, is_private

if TYPE_CHECKING:
    from requests import Response, Session

LARGEST_ANSWER = 32 * 1024 * 1024
_CHUNK = 64 * 1024
_PATIENCE = 4
"""A whole answer may take so many read timeouts: a server that drips must not hold a lane."""


class Surroundings(Protocol):
    """What of a connector's context this needs."""

    @property
    def network(self) -> Network: ...
    @property
    def cancel(self) -> Cancel: ...
    @property
    def ca_pem(self) -> str: ...
    @property
    def connect_timeout(self) -> float: ...
    @property
    def read_timeout(self) -> float: ...


class Http:
    """One session with keep-alive; not shared between threads. Close it at the end."""

    def __init__(
        self,
        network: Network,
        cancel: Cancel,
        *,
        ca_pem: str = "",
        connect_timeout: float = 10.0,
        read_timeout: float = 60.0,
    ) -> None:
        import requests

        from ledgerdesk.net.http_adapter import Door, adapter

        # At DEBUG it tells whole addresses, and some vendors want a key in them.
        logging.getLogger("urllib3").setLevel(logging.WARNING)
        self._cancel = cancel
        self._read_timeout = read_timeout
        self._door = Door(network, connect_timeout)
        self.session: Session = requests.Session()
        self.session.trust_env = False
        self.session.headers["User-Agent"] = "LedgerDesk"
        one = adapter(self._door, ca_pem)
        self.session.mount("https://", one)
        self.session.mount("http://", one)

    @classmethod
    def of(cls, context: Surroundings) -> Http:
        return cls(
            context.network,
            context.cancel,
            ca_pem=context.ca_pem,
            connect_timeout=context.connect_timeout,
            read_timeout=context.read_timeout,
        )

    def request(
        self,
        method: str,
        url: str,
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        json: Any = None,
        data: Any = None,
        files: Any = None,
        delivers: bool = False,
    ) -> Response:
        """The answer, whatever its status, with its whole body.

        ``delivers``: the request may make something at the vendor, so that a line which breaks
        once it has begun leaves the outcome unknown.
        Raises HostNotFound, ConnectionRefused, TimedOut, CertificateUntrusted, ConnectionTrouble,
        LoopbackOnly, OutcomeUnknown, RedirectRefused, InsecureAddress, UnreadableAnswer, Cancelled.
        """
        import requests

        host = _checked(url)
        self._cancel.raise_if_cancelled()
        self._door.begun = False
        try:
            answer = self.session.request(
                method,
                url,
                params=params,
                headers=headers,
                json=json,
                data=data,
                files=files,
                timeout=(self._door.connect_timeout, self._read_timeout),
                allow_redirects=False,
                stream=True,
                proxies=_proxies(url, host),
            )
            self._read(answer, host)
        except LedgerDeskError:
            raise
        except (requests.RequestException, OSError) as error:
            raise self._told(host, error, delivers=delivers) from error
        if 300 <= answer.status_code < 400:
            raise RedirectRefused(host=host, location=_shown(answer.headers.get("Location", "")))
        return answer

    def close(self) -> None:
        self.session.close()

    def _read(self, answer: Response, host: str) -> None:
        """Reads the whole body, within bounds."""
        until = time.monotonic() + _PATIENCE * self._read_timeout
        parts: list[bytes] = []
        size = 0
        for part in answer.iter_content(_CHUNK):
            parts.append(part)
            size += len(part)
            if size > LARGEST_ANSWER:
                answer.close()
                raise UnreadableAnswer(host=host, answer=f"> {LARGEST_ANSWER} bytes")
            if time.monotonic() > until:
                answer.close()
                raise TimeoutError("the answer does not end")
        answer._content = b"".join(parts)

    def _told(self, host: str, error: Exception, *, delivers: bool) -> LedgerDeskError:
        import requests

        cause = _root(error)
        if isinstance(cause, ssl.SSLCertVerificationError):
            return CertificateUntrusted(host=host, reason=cause.verify_message or str(cause))
        late = isinstance(error, (requests.Timeout, TimeoutError)) or isinstance(
            cause, TimeoutError
        )
        # The library's own text names objects and addresses in memory: for the log, not for people.
        reason = getattr(cause, "strerror", None) or type(cause).__name__
        if delivers and self._door.begun:
            return OutcomeUnknown(reason=f"{host}: {reason}")
        if late:
            return TimedOut(host=host, reason=reason)
        return ConnectionTrouble(host=host, reason=reason)


def host_of(url: str) -> str:
    return urlsplit(url).hostname or url


def text_of(answer: Response, limit: int = 300) -> str:
    """The answer's text in one line without markup, for a sentence to a person."""
    text = answer.content[:20_000].decode("utf-8", "replace")
    if "<" in text:
        text = re.sub(r"(?is)<(script|style)\b.*?</\1>", " ", text)
        text = html.unescape(re.sub(r"<[^<>]*>", " ", text))
    return _shown(text, limit) or f"HTTP {answer.status_code}"


def retry_after(answer: Response, clock: Clock) -> float | None:
    """Seconds the server asks to wait (RFC 9110 §10.2.3); None where it says nothing."""
    given = answer.headers.get("Retry-After", "").strip()
    if given.isdigit():
        return float(given)
    try:
        at = parsedate_to_datetime(given)
        return max(0.0, (at - clock.now()).total_seconds())
    except (TypeError, ValueError):
        return None


def _checked(url: str) -> str:
    parts = urlsplit(url)
    host = parts.hostname or ""
    if parts.scheme != "https" and not (parts.scheme == "http" and is_private(host)):
        raise InsecureAddress(host=host or url)
    return host


def _proxies(url: str, host: str) -> dict[str, str]:
    """What this computer says (environment, Windows, macOS); never for the computer itself."""
    if is_loopback(host):
        return {}
    from requests.utils import get_environ_proxies

    return dict(get_environ_proxies(url))


def _root(error: BaseException) -> BaseException:
    """What really happened, below the libraries' own wrappings."""
    seen = set()
    while id(error) not in seen:
        seen.add(id(error))
        inner = error.__cause__ or error.__context__ or getattr(error, "reason", None)
        if isinstance(inner, BaseException):
            error = inner
        elif error.args and isinstance(error.args[0], BaseException):
            error = error.args[0]
    return error


def _shown(text: str, limit: int = 300) -> str:
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return line if len(line) <= limit else f"{line[:limit]}…"
