"""One run's work at Yuki with one access key: tries it out, brings documents, finds them again."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping, Sequence

from ledgerdesk.connectors._content import checked_content
from ledgerdesk.connectors._yuki_archive import Archive, Domain
from ledgerdesk.connectors._yuki_calls import Dossier
from ledgerdesk.connectors._yuki_folders import FOLDER_FIELDS, chosen
from ledgerdesk.connectors.base import Context, Session
from ledgerdesk.errors import (
    AdministrationMissing,
    DocumentTooLarge,
    InvalidValue,
    NothingKnown,
)
from ledgerdesk.failpoint import failpoint
from ledgerdesk.i18n import N_, translate
from ledgerdesk.model import (
    Administration,
    Assurance,
    Check,
    Evidence,
    Found,
    Parcel,
    Probe,
    Stage,
    Whose,
)
from ledgerdesk.setup.fields import Field

_LARGEST = 10 * 1024 * 1024
"""The vendor names no size; its web server takes no endless requests, and base64 adds a third."""
_PIECE = 30_000
"""Encoded at once: a multiple of three, and short enough to stop in between."""
_FIRST_ATTEMPT = 1


class YukiSession(Session):
    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._archive = Archive(context)

    def verify(self) -> Iterator[Check]:
        """Raises MissingValue, CredentialsRejected, Forbidden, InvalidValue, NoSuchService,
        LimitReached or the trouble on the way. Nothing is sent."""
        self._archive.sign_in()
        yield Check(N_("The server answers"), True, self._archive.host)
        domains = self._archive.domains()
        yield Check(N_("Signed in"), True, ", ".join(one.url or one.name for one in domains))
        folders = self._archive.folders()
        yield Check(N_("The key may bring documents (Archive)"), True)
        for field in FOLDER_FIELDS:
            yield Check(field.label, True, self._require(field, folders))
        count = len(self._archive.administrations(domains))
        hint = translate(N_("1: if you expect more, use a key of the type Domain"))
        yield Check(N_("Administrations"), True, hint if count == 1 else str(count))

    def administrations(self) -> Sequence[Administration]:
        """Those of every domain the key opens."""
        return self._archive.administrations(self._archive.domains())

    def whose(self) -> Whose:
        """A domain; of a key for one administration, that one; of a portal's key, its first."""
        country, domains = self.context.values["country"], self._archive.domains()
        first = min(domains, key=lambda one: one.id, default=Domain("", "", ""))
        shown = first.url or first.name or self._archive.host
        if len(domains) > 1:
            return Whose(f"{shown} (+{len(domains) - 1})", f"{country}:{first.id}+")
        listed = self._archive.administrations(domains)
        if len(listed) == 1:
            return Whose(f"{listed[0].name} ({shown})", f"{country}:{first.id}/{listed[0].id}")
        return Whose(shown, f"{country}:{first.id}")

    def send_one(self, parcel: Parcel) -> Evidence:
        """Raises AdministrationMissing, DocumentTooLarge, ContentGone, OutcomeUnknown, Cancelled,
        RefusedByPackage, AdministrationRefused, and what signing in raises."""
        dossier = self._dossier(parcel)
        data = self._encoded(parcel)
        self._archive.sign_in()
        failpoint("yuki.connected")
        if parcel.attempt > _FIRST_ATTEMPT and (there := self._find(parcel)):
            return self._evidence(parcel, there)
        self.context.stages.reached(parcel.delivery_id, Stage.PUBLISHING)
        failpoint("yuki.publishing_committed")
        target = parcel.target
        made = self._archive.upload(dossier, target.extra["folder"], target.name, data)
        failpoint("yuki.published")
        return self._evidence(parcel, made)

    def probe(self, parcel: Parcel) -> Probe:
        """Read from its folder. Somebody may have moved it on: not there proves nothing."""
        if parcel.stage is not Stage.PUBLISHING:
            return Probe(Found.ABSENT)
        there = self._find(parcel)
        if not there:
            return Probe(Found.CANNOT_TELL)
        return Probe(Found.THERE, self._evidence(parcel, there))

    def confirm(self, parcel: Parcel, remote: str) -> Evidence | None:
        """Found in the archive by its number: the package has it. Raises NothingKnown."""
        if not self._archive.is_kept(self._dossier(parcel), remote):
            raise NothingKnown(host=self._archive.host)
        return self._evidence(parcel, remote, Assurance.PICKED_UP)

    def close(self) -> None:
        self._archive.close()

    # --- how ------------------------------------------------------------------------------------

    def _require(self, field: Field, folders: Mapping[str, str]) -> str:
        """The chosen folder as Yuki calls it. Raises InvalidValue where it has none such."""
        folder = chosen(self.context.values, field)
        if folder.id not in folders:
            hint = ", ".join(f"{id} ({name})" for id, name in folders.items())
            raise InvalidValue(
                field=field.name, value=folder.id, name=translate(field.label), hint=hint
            )
        return f"{folder.id} {folders[folder.id]}".strip()

    def _dossier(self, parcel: Parcel) -> Dossier:
        dossier = Dossier.of(parcel.administration_id)
        if not dossier.administration:
            raise AdministrationMissing(host=self._archive.host)
        return dossier

    def _encoded(self, parcel: Parcel) -> str:
        if parcel.size > _LARGEST:
            raise DocumentTooLarge(size=parcel.size, limit=_LARGEST)
        body = checked_content(parcel, self.context.cancel)
        pieces = []
        for at in range(0, len(body), _PIECE):
            self.context.cancel.raise_if_cancelled()
            pieces.append(base64.b64encode(body[at : at + _PIECE]).decode())
        return "".join(pieces)

    def _find(self, parcel: Parcel) -> str:
        target = parcel.target
        return self._archive.find(self._dossier(parcel), target.extra["folder"], target.name)

    def _evidence(
        self, parcel: Parcel, document_id: str, assurance: Assurance = Assurance.ACKNOWLEDGED
    ) -> Evidence:
        facts = {
            "host": self._archive.host,
            "administration": self._dossier(parcel).administration,
            "folder": parcel.target.extra["folder"],
            "name": parcel.target.name,
            "size": parcel.size,
            "sha256": parcel.sha256,
        }
        return Evidence(assurance, document_id, facts)
