"""What must be known of an authorization server: its addresses, our registration, its rules."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TypeAlias
from urllib.parse import urlsplit

from ledgerdesk.errors import LedgerDeskError
from ledgerdesk.net.endpoints import is_loopback

Explain: TypeAlias = Callable[[int, str, Mapping[str, str]], LedgerDeskError | None]
"""From status, body and headers of a refusing token answer to the error it means; None: unknown."""


def _unexplained(status: int, body: str, headers: Mapping[str, str]) -> LedgerDeskError | None:
    return None


@dataclass(frozen=True, slots=True)
class TokenRules:
    """When tokens may and must be renewed.

    ``not_before``: seconds after receipt before which the vendor refuses a renewal; ``early``:
    renewed so many seconds before the access token ends. ``rotates``: every renewal brings a new
    refresh token and spends the old one. ``lifetime`` is that of an unused refresh token, None
    where it does not end. ``explain`` is the vendor's table of errors; of those it may give,
    RenewedTooEarly means that the access token at hand is still good.
    """

    not_before: float = 0.0
    early: float = 300.0
    rotates: bool = True
    lifetime: timedelta | None = None
    explain: Explain = _unexplained


@dataclass(frozen=True, slots=True)
class AuthorizationServer:
    """Where one signs in, and who LedgerDesk is there.

    ``redirect_uri`` as it was registered, byte for byte; empty: loopback on any free port.
    ``spare_redirects`` are registered as well, for when the first one's port is taken.
    ``client_secret`` goes into every token call, where the vendor gave one; ``extra`` into the
    address of the sign-in page. ``pkce``: S256 (RFC 7636).
    """

    authorize_url: str
    token_url: str
    client_id: str
    client_secret: str = field(default="", repr=False)
    redirect_uri: str = ""
    scope: tuple[str, ...] = ()
    pkce: bool = True
    extra: Mapping[str, str] = field(default_factory=dict)
    rules: TokenRules = field(default_factory=TokenRules)
    spare_redirects: tuple[str, ...] = ()

    @property
    def host(self) -> str:
        return urlsplit(self.token_url).hostname or self.token_url

    @property
    def answers_here(self) -> bool:
        """Whether the browser brings the answer to this computer by itself."""
        return not self.redirect_uri or is_loopback(urlsplit(self.redirect_uri).hostname or "")
