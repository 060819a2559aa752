"""REST profiles of vendors without a public API: looked over, taken in, handed on, tried out."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

import sqlalchemy as sa

from ledgerdesk.connectors import _profile_files as files
from ledgerdesk.connectors._profile import RestProfile
from ledgerdesk.connectors._route_fields import API, ROUTE
from ledgerdesk.connectors._routes import RoutedConnector
from ledgerdesk.connectors.base import Connector
from ledgerdesk.errors import (
    FileNotWritten,
    InvalidValue,
    LedgerDeskError,
    ProfileIncomplete,
    ProfileInvalid,
    ProfileNotEncrypted,
    UnknownId,
)
from ledgerdesk.i18n import N_, translate
from ledgerdesk.model import Check, Connection, ConnectionState, Standing
from ledgerdesk.net.endpoints import is_loopback
from ledgerdesk.setup import profile_words
from ledgerdesk.setup.answers import cleaned
from ledgerdesk.setup.connections import Connections
from ledgerdesk.setup.profile_words import ProfilePreview
from ledgerdesk.setup.services import Services
from ledgerdesk.setup.sign_in import draft, users_of, verify
from ledgerdesk.store import configurations as books_of
from ledgerdesk.store import journal
from ledgerdesk.store.blobs import sync_folder
from ledgerdesk.store.files import written

LARGEST = 256 * 1024


@dataclass(frozen=True, slots=True)
class KeptProfile:
    """``missing`` is what still has to be asked from the vendor; ``is_own``: the firm imported it;
    ``error``: the file was changed by hand and cannot be read."""

    id: str
    title: str
    standing: Standing
    missing: tuple[str, ...] = ()
    is_own: bool = False
    error: LedgerDeskError | None = None

    @property
    def complete(self) -> bool:
        return not self.missing and self.error is None


class Profiles:
    """``folder`` is where the firm's own are kept; it wins over what ships with LedgerDesk."""

    def __init__(self, services: Services, folder: Path) -> None:
        self._services = services
        self._folder = folder

    def listed(self) -> list[KeptProfile]:
        return [self._kept(id) for id in files.ids()]

    def get(self, id: str) -> KeptProfile:
        """Raises UnknownId."""
        return self._kept(_known(id))

    def take_in(self, file: Path, *, accept_http: bool = False) -> KeptProfile:
        """Keeps the firm's own profile; what waited for it is queued again, and whatever used it
        counts as not tested. ``accept_http``: a person said yes to a line without encryption.

        Raises InvalidValue, ProfileInvalid, ProfileNotEncrypted, FileNotWritten.
        """
        text = _read(file)
        profile = self.looked_over(text, accept_http=accept_http)
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with written(self._folder / f"{profile.id}.toml") as stream:
            stream.write(text)
        sync_folder(self._folder)
        digest = hashlib.sha256(text.encode()).hexdigest()
        self._services.books.write(lambda c: self._changed(c, profile, digest))
        return self._kept(profile.id)

    def preview(self, file: Path) -> ProfilePreview:
        """What the file would bring; nothing is kept. Raises InvalidValue, ProfileInvalid."""
        profile = self.looked_over(_read(file), accept_http=True)
        connector = self._services.connector(profile.id)
        return ProfilePreview(
            profile.id,
            profile.title,
            profile.standing,
            profile_words.lines_of(profile, connector),
            profile_words.missing_of(profile),
            replaces=self._kept(profile.id).is_own,
            users=len(self._users(connector)),
            unencrypted=profile_words.unencrypted_hosts(profile),
        )

    def looked_over(self, text: str, *, accept_http: bool = False) -> RestProfile:
        """``text`` as the profile it would be; nothing is kept. Raises as ``take_in``."""
        try:
            profile = files.completed(text)
        except UnknownId as error:
            reason = translate(N_("No integration has a profile of this id. Known: {known}."))
            known = ", ".join(files.ids())
            raise ProfileInvalid(key="profile.id", reason=reason.format(known=known)) from error
        _require_own_fields(profile, self._services.connector(profile.id))
        for address in profile.addresses:
            parts = urlsplit(address)
            host = parts.hostname or ""
            if parts.scheme == "http" and not (is_loopback(host) or accept_http):
                raise ProfileNotEncrypted(host=host)
        return profile

    def hand_on(self, id: str, file: Path) -> KeptProfile:
        """Writes exactly ``file``, as it was written; no secret is ever in it.

        Raises UnknownId, FileNotWritten.
        """
        found = self._kept(_known(id))
        if file.resolve().is_relative_to(self._folder.parent.resolve()):
            reason = translate(N_("It would overwrite the data folder itself."))
            raise FileNotWritten(path=str(file), reason=reason)
        with written(file) as stream:
            stream.write(files.text(found.id))
        return found

    def try_out(
        self,
        id: str,
        values: Mapping[str, str] | None = None,
        secrets: Mapping[str, str] | None = None,
        seen: list[Check] | None = None,
    ) -> tuple[Check, ...]:
        """Signs in and asks the harmless questions: with what is given, which is not kept, or for
        every connected account that uses the profile.

        Raises UnknownId, ProfileIncomplete, MissingValue, InvalidValue, or what verify raises.
        """
        services, checks = self._services, [] if seen is None else seen
        connector = services.connector(_known(id))
        profile = files.load(connector.id)
        if profile.missing:
            label = translate(connector.label)
            raise ProfileIncomplete(package=label, missing=", ".join(profile.missing))
        users = [] if values or secrets else self._users(connector)
        for one in users:
            Connections(services).verify(one.id, seen=checks)
        if not users:
            has_routes = any(one.name == ROUTE for one in connector.fields)
            way = {ROUTE: API} if has_routes else {}
            answers = cleaned(connector, {**(values or {}), **way}, secrets or {})
            verify(services, draft(services, connector, answers), answers, "", checks)
        return tuple(checks)

    # --- how ------------------------------------------------------------------------------------

    def _kept(self, id: str) -> KeptProfile:
        own = self._folder / f"{id}.toml"
        try:
            profile = files.load(id)
        except LedgerDeskError as error:
            return KeptProfile(id, id, Standing.YOU_COMPLETE_IT, is_own=True, error=error)
        return KeptProfile(id, profile.title, profile.standing, profile.missing, own.exists())

    def _users(self, connector: Connector) -> list[Connection]:
        with self._services.books.read() as c:
            return _users(c, connector)

    def _changed(self, c: sa.Connection, profile: RestProfile, digest: str) -> None:
        """What used the profile was tried with another one."""
        services, at = self._services, self._services.clock.now()
        for one in _users(c, services.connector(profile.id)):
            untested = replace(one, state=ConnectionState.UNTESTED, error={}, verified_at=None)
            books_of.update_connection(c, untested)
            for configuration, kind in users_of(c, one.id):
                current = books_of.get(c, configuration.id)
                setup = replace(current.kinds[kind], tested=False)
                books_of.update(c, replace(current, kinds={**current.kinds, kind: setup}))
                services.consequences.unblock_place(c, at, configuration.id)
            services.consequences.unblock(c, at, one.id)
        facts = {"profile": profile.id, "sha256": digest, "complete": profile.complete}
        journal.append(c, journal.Entry("profile.imported", facts), at=at)


def _known(id: str) -> str:
    """Ids are compared without case. Raises UnknownId."""
    if id.lower() not in files.ids():
        raise UnknownId(what="profile", id=id)
    return id.lower()


def _users(c: sa.Connection, connector: Connector) -> list[Connection]:
    """The connected accounts that go through the profile."""
    return [
        one
        for one in books_of.connections(c, limit=None)
        if one.connector_id == connector.id
        and isinstance(connector, RoutedConnector)
        and connector.route(one.values) == API
    ]


def _read(file: Path) -> str:
    try:
        if file.stat().st_size > LARGEST:
            hint = translate(N_("The file is too large to be a profile."))
            raise InvalidValue(value=str(file), name="FILE", hint=hint)
        return file.read_text("utf-8-sig")
    except (OSError, UnicodeError) as error:
        hint = translate(N_("The file cannot be read."))
        raise InvalidValue(value=str(file), name="FILE", hint=hint) from error


def _require_own_fields(profile: RestProfile, connector: Connector) -> None:
    """A profile works with what the integration asks for: other fields would stay empty."""
    asked = {one.name: one for one in connector.fields if one.visible({ROUTE: API})}
    asked.pop(ROUTE, None)
    for one in profile.fields:
        place = f"field.{one.key}"
        if one.key not in asked:
            reason = translate(N_("The integration does not ask for it. It asks for: {known}."))
            raise ProfileInvalid(key=place, reason=reason.format(known=", ".join(asked)))
        if asked[one.key].secret and not one.secret:
            reason = translate(N_("It is a secret: write secret = true."))
            raise ProfileInvalid(key=f"{place}.secret", reason=reason)
