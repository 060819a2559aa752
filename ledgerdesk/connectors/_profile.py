"""What a REST profile says: how one vendor's web service takes documents (docs/profiles.md).

Read from TOML by ``_profile_format``; nothing here knows a network.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ledgerdesk.model import DocumentKind, Standing

STANDINGS = {
    "documented": Standing.DOCUMENTED,
    "documented_old": Standing.DOCUMENTED_OLD,
    "community": Standing.COMMUNITY,
    "login_only": Standing.YOU_COMPLETE_IT,
    "user_completed": Standing.YOU_COMPLETE_IT,
}
KINDS = ("invoice", "credit_note", "statement")
SCHEMES = ("none", "basic", "bearer", "header", "query", "login")
ONE_SECRET = ("bearer", "header", "query")
BODIES = ("multipart", "json_base64", "json_string", "raw")
OK = (200, 201, 202)
RETRY = (408, 429, 500, 503)
"""Not 502 and 504: there the service behind may have taken the document."""


@dataclass(frozen=True, slots=True)
class ProfileField:
    """A value the firm gives. ``scope``: config or client."""

    key: str
    scope: str = "config"
    type: str = "text"
    required: bool = True
    secret: bool = False
    default: str = ""


@dataclass(frozen=True, slots=True)
class Login:
    """``json`` is the body; ``token`` and ``expires_in`` (seconds) point into the answer."""

    method: str = "POST"
    path: str = ""
    json: Mapping[str, Any] = field(default_factory=dict)
    token: str = ""
    expires_in: str = ""


@dataclass(frozen=True, slots=True)
class Auth:
    """``scheme`` is empty as long as nobody knows it."""

    scheme: str = ""
    header: str = ""
    prefix: str = ""
    login: Login | None = None


@dataclass(frozen=True, slots=True)
class SignInTest:
    """A harmless request that only answers ``ok`` when the sign-in is right."""

    method: str = "GET"
    path: str = ""
    ok: tuple[int, ...] = (200,)


@dataclass(frozen=True, slots=True)
class AdministrationList:
    """``items`` points to the list, ``id`` and ``label`` into each of its items."""

    method: str = "GET"
    path: str = ""
    items: str = ""
    id: str = "/id"
    label: str = "/name"
    page: str = "none"


@dataclass(frozen=True, slots=True)
class Upload:
    method: str = "POST"
    path: str = ""
    ok: tuple[int, ...] = OK
    body: str = "multipart"
    file_field: str = ""
    filename_field: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)
    direction_map: Mapping[str, str] = field(default_factory=dict)
    remote_id: str = ""
    error: str = ""
    duplicate_codes: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class StatusPoll:
    method: str = "GET"
    path: str = ""
    state: str = ""
    done: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RestLimits:
    """0: no limit of the vendor's is known."""

    max_bytes: int = 0
    per_minute: int = 0
    retry: tuple[int, ...] = RETRY


@dataclass(frozen=True, slots=True)
class RestProfile:
    """``test``, ``administrations`` and ``status_poll`` are None where the vendor has none."""

    id: str
    title: str
    status: str = "user_completed"
    kinds: tuple[str, ...] = ("invoice",)
    fields: tuple[ProfileField, ...] = ()
    auth: Auth = field(default_factory=Auth)
    test: SignInTest | None = None
    administrations: AdministrationList | None = None
    uploads: Mapping[str, Upload] = field(default_factory=dict)
    status_poll: StatusPoll | None = None
    limits: RestLimits = field(default_factory=RestLimits)

    @property
    def standing(self) -> Standing:
        return STANDINGS[self.status]

    @property
    def missing(self) -> tuple[str, ...]:
        """What still has to be asked from the vendor, by its place in the file."""
        paths = {f"upload.{kind}.path": self.upload(kind).path for kind in self.kinds}
        given = {"auth.scheme": self.auth.scheme, **paths}
        if self.auth.scheme == "login":
            login = self.auth.login or Login()
            given |= {"auth.login.path": login.path, "auth.login.token": login.token}
        return tuple(key for key, value in given.items() if not value)

    @property
    def complete(self) -> bool:
        return not self.missing

    @property
    def addresses(self) -> tuple[str, ...]:
        """Every path there is."""
        login = self.auth.login
        parts = (login, self.test, self.administrations, self.status_poll, *self.uploads.values())
        return tuple(part.path for part in parts if part and part.path)

    @property
    def base_field(self) -> str:
        """The field that holds the address relative paths are appended to."""
        return next((one.key for one in self.fields if one.type == "url"), "")

    @property
    def secret_field(self) -> str:
        """What bearer, header and query send, and the password of basic."""
        return next((one.key for one in self.fields if one.secret), "")

    @property
    def username_field(self) -> str:
        """The user name of basic: the first field that is neither a secret nor an address."""
        plain = (one.key for one in self.fields if not one.secret and one.type != "url")
        return next(plain, "")

    def upload(self, kind: str | DocumentKind) -> Upload:
        """A credit note travels as an invoice where the vendor has no way of its own for it."""
        fallback = self.uploads.get("invoice") if kind == "credit_note" else None
        return self.uploads.get(str(kind)) or fallback or Upload()
