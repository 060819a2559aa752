"""Who the stand-in for Dropbox knows: apps, accounts, and what a consent gave."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from ledgerdesk.practice.vendors._dropbox_files import Drive

SCOPES = ("account_info.read", "files.content.write", "files.metadata.read")
ACCESS_TOKEN_LIFE = timedelta(seconds=14_400)
CODE_LIFE = timedelta(minutes=10)


@dataclass(frozen=True)
class DropboxApp:
    """An app as it was registered: where it may be sent back to, and what it may ask for."""

    key: str
    redirect_uris: tuple[str, ...]
    scopes: tuple[str, ...] = SCOPES
    name: str = "LedgerDesk practice"


@dataclass
class DropboxAccount:
    """Invented. ``account_id`` is 40 characters long, as the vendor's are."""

    number: int
    name: str
    email: str
    suspended: bool = False
    drive: Drive = field(default_factory=Drive)

    @property
    def account_id(self) -> str:
        return f"dbid:practice{self.number:027}"


@dataclass
class Grant:
    """What one consent gave; it lives until it is revoked."""

    app: DropboxApp
    account: DropboxAccount
    scopes: tuple[str, ...]
    refresh_token: str
    revoked: bool = False


@dataclass(frozen=True)
class AccessToken:
    grant: Grant
    scopes: tuple[str, ...]
    until: datetime


@dataclass(frozen=True)
class Code:
    grant: Grant
    redirect_uri: str
    challenge: str
    until: datetime


class SignIns:
    """``account`` is who sits at the browser. ``now`` is the vendor's clock."""

    def __init__(self, account: DropboxAccount, now: Callable[[], datetime]) -> None:
        self.account = account
        self.apps: dict[str, DropboxApp] = {}
        self.codes: dict[str, Code] = {}
        self.grants: list[Grant] = []
        self.tokens: dict[str, AccessToken] = {}
        self.now = now
