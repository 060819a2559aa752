"""What Yuki keeps for one accountant: domains with administrations, keys, sessions, documents."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from ledgerdesk.practice.vendors._yuki_soap import SoapFault

ZONE = ZoneInfo("Europe/Brussels")
SESSION_LIFE = timedelta(hours=24)
LIMIT = 1000
FOLDERS = {
    1: "Purchase",
    2: "Sales",
    3: "Bank",
    4: "Personnel",
    5: "Tax",
    7: "To be handled by Yuki",
    8: "Other financial",
}
# The vendor's own sentences are not published: these only have the words that must be understood.
_TEXTS = {
    "key": ("The access key is invalid.", "De toegangssleutel is ongeldig."),
    "session": ("The session has expired.", "De sessie is verlopen."),
    "limit": (
        "The maximum number of calls of today is reached.",
        "Het maximum aantal aanroepen van vandaag is bereikt.",
    ),
    "rights": (
        "This key has no rights for this web service.",
        "Deze sleutel heeft geen rechten voor deze webservice.",
    ),
    "inactive": ("The domain is not active.", "Het domein is niet actief."),
    "administration": (
        "There is no such administration in the current domain.",
        "Deze administratie bestaat niet in het huidige domein.",
    ),
    "folder": ("The folder does not exist.", "De map bestaat niet."),
    "name": ("The file has no name.", "Het bestand heeft geen naam."),
}


class KeyLevel(StrEnum):
    PORTAL = "portal"
    DOMAIN = "domain"
    ADMINISTRATION = "administration"


@dataclass
class Administration:
    id: str
    name: str
    vat_number: str = ""
    active: bool = True
    country: str = "BE"


@dataclass
class Domain:
    id: str
    name: str
    administrations: list[Administration] = field(default_factory=list)
    active: bool = True
    limit: int = LIMIT

    def add(self, name: str, vat_number: str = "", *, active: bool = True) -> Administration:
        made = Administration(_guid(f"{self.name}/{name}"), name, vat_number, active)
        self.administrations.append(made)
        return made


@dataclass(frozen=True)
class Key:
    level: KeyLevel
    domains: tuple[Domain, ...]
    administration: str = ""
    rights: frozenset[str] = frozenset({"Archive"})

    def administrations(self, domain: Domain) -> list[Administration]:
        every = domain.administrations
        return [one for one in every if self.administration in ("", one.id)]


@dataclass
class OpenSession:
    key: Key
    opened_at: datetime
    domain: Domain


@dataclass(frozen=True)
class StoredDocument:
    id: str
    domain_id: str
    administration_id: str
    folder: int
    file_name: str
    content: bytes = field(repr=False)
    created_at: datetime


class YukiOffice:
    """``language`` is that of its fault texts. Switches for what nobody documents:
    ``lists_everything`` (a portal's list holds every domain), ``first_record`` (0 or 1)."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self.domains: list[Domain] = []
        self.keys: dict[str, Key] = {}
        self.sessions: dict[str, OpenSession] = {}
        self.documents: list[StoredDocument] = []
        self.authentications = 0
        self.language = "en"
        self.lists_everything = False
        self.first_record = 0
        self._calls: dict[tuple[str, date], int] = {}

    # --- what the accountant does -------------------------------------------------------------

    def add_domain(self, name: str) -> Domain:
        made = Domain(_guid(name), name)
        self.domains.append(made)
        return made

    def add_key(
        self,
        value: str,
        level: KeyLevel,
        domains: Iterable[Domain],
        administration: str = "",
        *,
        rights: Iterable[str] = ("Archive",),
    ) -> str:
        self.keys[value] = Key(level, tuple(domains), administration, frozenset(rights))
        return value

    def end_sessions(self) -> None:
        self.sessions.clear()

    def calls_today(self, domain: Domain) -> int:
        return self._calls.get((domain.id, self._today()), 0)

    # --- what a call meets ----------------------------------------------------------------------

    def fault(self, what: str) -> SoapFault:
        english, dutch = _TEXTS[what]
        return SoapFault(dutch if self.language == "nl" else english)

    def authenticate(self, access_key: str) -> str:
        self.authentications += 1
        key = self.keys.get(access_key)
        if key is None:
            raise self.fault("key")
        self._count(key.domains[0])
        session_id = str(uuid.uuid4())
        self.sessions[session_id] = OpenSession(key, self._now(), key.domains[0])
        return session_id

    def session(self, session_id: str, *, right: str = "") -> OpenSession:
        """The open session, with this call counted. Raises SoapFault."""
        found = self.sessions.get(session_id)
        if found is None or self._now() - found.opened_at >= SESSION_LIFE:
            raise self.fault("session")
        self._count(found.domain)
        if right and right not in found.key.rights:
            raise self.fault("rights")
        return found

    def store(
        self, session: OpenSession, name: str, content: bytes, folder: int, administration_id: str
    ) -> StoredDocument:
        """Twice the same is two documents: nothing here looks for doubles."""
        visible = session.key.administrations(session.domain)
        if administration_id not in [one.id for one in visible if one.active]:
            raise self.fault("administration")
        if folder not in FOLDERS:
            raise self.fault("folder")
        if not name.strip():
            raise self.fault("name")
        stored = StoredDocument(
            str(uuid.uuid4()),
            session.domain.id,
            administration_id,
            folder,
            name,
            content,
            self._now(),
        )
        self.documents.append(stored)
        return stored

    def _count(self, domain: Domain) -> None:
        if not domain.active:
            raise self.fault("inactive")
        if self.calls_today(domain) >= domain.limit:
            raise self.fault("limit")
        self._calls[domain.id, self._today()] = self.calls_today(domain) + 1

    def _today(self) -> date:
        return self._now().astimezone(ZONE).date()


def _guid(name: str) -> str:
    """The same one the next time."""
    return str(uuid.uuid5(uuid.NAMESPACE_DNS, f"{name}.practice.example"))
