"""The two ways into an administration of Exact Online; each makes a thing and attaches the file."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from datetime import UTC, datetime
from typing import ClassVar

from ledgerdesk.connectors._exact_api import ExactApi, Row, guid, literal
from ledgerdesk.errors import (
    AdministrationRefused,
    OutcomeUnknown,
    PostboxUnclear,
    RefusedByPackage,
    RequestRefused,
    UnreadableAnswer,
)
from ledgerdesk.i18n import N_, translate
from ledgerdesk.model import Assurance, Clock, DocumentFormat, Evidence, Parcel, Profile

DOCUMENTS, POSTBOX = "documents", "postbox"

_ATTACHMENT_TYPES = {
    DocumentFormat.PDF: 10,
    DocumentFormat.UBL: 130,
    DocumentFormat.CII: 50,
    DocumentFormat.CODA: 70,
    DocumentFormat.CAMT_053: 70,
    DocumentFormat.MT940: 70,
}
_E_FFF, _PEPPOL, _SI_UBL = 24, 23, 26
_BY_PROFILE = {
    Profile.E_FFF_1: _E_FFF,
    Profile.E_FFF_3: _E_FFF,
    Profile.PEPPOL_BIS_2: _PEPPOL,
    Profile.PEPPOL_BIS_3: _PEPPOL,
    Profile.PEPPOL_SELFBILLING_3: _PEPPOL,
    Profile.UBL_BE: _PEPPOL,
    Profile.SI_UBL_1: _SI_UBL,
}
_REFUSED = {5: N_("rejected"), 45: N_("error during processing")}
_TAKEN = {40: N_("realised"), 50: N_("processed")}
_OWN = 1
"""The type of a mailbox of Exact Online itself; others are the government's, or kept by hand."""


class Route(ABC):
    """One administration's way in, for one session. ``kept`` is what is looked for again."""

    kept: ClassVar[str]
    files: ClassVar[str]
    parent: ClassVar[str]
    file_name: ClassVar[str]

    def __init__(self, api: ExactApi, division: str, clock: Clock) -> None:
        self._api = api
        self._clock = clock
        self._blind = False
        self.division = division

    @abstractmethod
    def make(self, parcel: Parcel) -> str:
        """The id of a new thing without its file. Raises as ExactApi.add."""

    @abstractmethod
    def attach(self, id: str, parcel: Parcel, content: str) -> None:
        """``content`` is the file in base64. Raises as ExactApi.add."""

    def find(self, parcel: Parcel) -> str | None:
        """The id of what has the delivery's own subject, "" for nothing; None: nobody can tell."""
        if self._blind:
            return None
        subject = literal(parcel.target.extra["subject"])
        try:
            found = self._api.rows(
                self.kept, self.division, select="ID", filter=f"Subject eq {subject}"
            )
            return next((str(row.get("ID", "")) for row in found), "")
        except RequestRefused:
            # It counts such questions as errors: asked once in a session.
            self._blind = True
            return None

    def has_file(self, id: str, name: str) -> bool:
        """Raises OutcomeUnknown where nobody can tell."""
        try:
            rows = self._api.rows(
                self.files,
                self.division,
                select=f"ID,{self.file_name}",
                filter=f"{self.parent} eq {guid(id)}",
            )
            return any(row.get(self.file_name) == name for row in rows)
        except (AdministrationRefused, RequestRefused, UnreadableAnswer) as error:
            raise OutcomeUnknown(reason=error.sentences()[0]) from error

    def confirm(self, id: str, remote: str) -> Evidence | None:
        """What became of it there; None: nothing new. Raises RefusedByPackage."""
        return None


class Documents(Route):
    """The archive: certain to be there, and for the bookkeeper to book from."""

    kept = "documents/Documents"
    files = "documents/DocumentAttachments"
    parent = "Document"
    file_name = "FileName"

    def make(self, parcel: Parcel) -> str:
        extra = parcel.target.extra
        given = {
            "Subject": extra["subject"],
            "Type": int(extra["type"]),
            "Body": f"ledgerdesk:sha256:{parcel.sha256}",
        }
        if extra.get("date"):
            given["DocumentDate"] = f"{extra['date']}T00:00:00"
        return self._api.add(self.kept, self.division, given)

    def attach(self, id: str, parcel: Parcel, content: str) -> None:
        given = {"Document": id, "FileName": parcel.target.name, "Attachment": content}
        self._api.add(self.files, self.division, given)


class Postbox(Route):
    """The digital postbox: what arrives there is offered for booking."""

    kept = "mailbox/MailMessagesSent"
    files = "mailbox/MailMessageAttachments"
    parent = "MailMessageID"
    file_name = "AttachmentFileName"

    def __init__(self, api: ExactApi, division: str, clock: Clock) -> None:
        super().__init__(api, division, clock)
        self._mailboxes: list[Row] | None = None

    def make(self, parcel: Parcel) -> str:
        extra = parcel.target.extra
        mailbox = self._mailbox(extra.get("postbox", ""))
        given = {
            "SenderMailboxID": mailbox,
            "RecipientMailboxID": mailbox,
            "Subject": extra["subject"],
            "Type": int(extra["type"]),
        }
        return self._api.add(self.kept, self.division, given)

    def attach(self, id: str, parcel: Parcel, content: str) -> None:
        given: dict[str, str | int] = {
            "MailMessageID": id,
            "AttachmentFileName": parcel.target.name,
            "Attachment": content,
        }
        kind = _BY_PROFILE.get(parcel.profile) or _ATTACHMENT_TYPES.get(parcel.format)
        if kind is not None:
            given["Type"] = kind
        self._api.add(self.files, self.division, given)

    def confirm(self, id: str, remote: str) -> Evidence | None:
        """A message that is not found says nothing: whoever booked it may tidy up."""
        try:
            rows = self._api.rows(
                self.kept, self.division, select="ID,RecipientStatus", filter=f"ID eq {guid(id)}"
            )
            status = next((row.get("RecipientStatus") for row in rows), None)
        except RequestRefused:
            return None
        if status in _REFUSED:
            answer = f"{translate(_REFUSED[status])} ({status})"
            raise RefusedByPackage(host=self._api.host, answer=answer)
        if status in _TAKEN:
            facts = {"recipient_status": status, "meaning": _TAKEN[status]}
            return Evidence(Assurance.PICKED_UP, remote, facts)
        return None

    def _mailbox(self, wanted: str) -> str:
        """The administration's own postbox, or the one a person named. Raises PostboxUnclear."""
        if self._mailboxes is None:
            columns = "ID,Mailbox,ForDivision,Type,ValidFrom,ValidTo"
            self._mailboxes = list(
                self._api.rows("mailbox/Mailboxes", self.division, select=columns)
            )
        found = [row for row in self._mailboxes if self._fits(row, wanted.strip().lower())]
        if len(found) != 1:
            shown = ", ".join(str(row.get("Mailbox", "")) for row in found or self._mailboxes)
            raise PostboxUnclear(
                host=self._api.host, administration=self.division, found=shown[:300] or "–"
            )
        return str(found[0]["ID"])

    def _fits(self, row: Row, wanted: str) -> bool:
        if wanted:
            return wanted in (str(row.get("Mailbox", "")).lower(), str(row.get("ID", "")).lower())
        now = self._clock.now()
        since, until = _moment(row.get("ValidFrom")), _moment(row.get("ValidTo"))
        return (
            str(row.get("ForDivision")) == self.division
            and row.get("Type") == _OWN
            and (since is None or since <= now)
            and (until is None or now <= until)
        )


def _moment(text: object) -> datetime | None:
    """``/Date(1774915200000)/``, or ISO without a zone: the vendor writes both."""
    if not isinstance(text, str) or not text:
        return None
    if old := re.fullmatch(r"/Date\((-?\d+)(?:[+-]\d+)?\)/", text):
        return datetime.fromtimestamp(int(old[1]) / 1000, UTC)
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)
