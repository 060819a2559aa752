"""One open line to Exact Online: who signed in, which administrations, documents in two steps."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Sequence

from ledgerdesk.connectors._content import checked_content
from ledgerdesk.connectors._exact_api import ExactApi, Row
from ledgerdesk.connectors._exact_routes import DOCUMENTS, POSTBOX, Documents, Postbox, Route
from ledgerdesk.connectors._exact_sign_in import host_of
from ledgerdesk.connectors.base import Context, Session
from ledgerdesk.errors import (
    AdministrationMissing,
    AdministrationRefused,
    DocumentTooLarge,
    OutcomeUnknown,
    RequestRefused,
    UnreadableAnswer,
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

LARGEST = 10_000_000
"""Our own bound, in bytes: the vendor names none."""

_PIECE = 3 * 32_768
"""A multiple of three, so that the pieces join without padding in between."""

_WHO = "UserID,UserName,FullName,Email,CurrentDivision,AccountingDivision,DivisionCustomerName"
_DIVISION = (
    "Code,Hid,Description,CustomerCode,CustomerName,Country,VATNumber,ChamberOfCommerceNumber,"
    "Status,BlockingStatus,ArchiveDate,IsMainDivision,IsPracticeDivision,IsDossierDivision,Current"
)
_ONE_LICENCE = "Code,HID,Description,Country,VATNumber,BlockingStatus,Main"
_ROUTES: dict[str, type[Route]] = {DOCUMENTS: Documents, POSTBOX: Postbox}
_ACTIVE, _USABLE = 1, 0


class ExactSession(Session):
    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._api = ExactApi(context)
        self._routes: dict[tuple[str, str], Route] = {}
        self._known: Row | None = None
        self._visible: tuple[Administration, ...] = ()

    # --- setting up -------------------------------------------------------------------------------

    def whose(self) -> Whose:
        """One sign-in per country, registration and user of Exact Online."""
        who = self._who()
        account = who.get("FullName") or who.get("UserName") or ""
        name = f"{account} ({who['Email']})" if who.get("Email") else str(account)
        parts = (host_of(self.context.values), self.context.values.get("client_id", ""))
        return Whose(name, ":".join((*parts, str(who["UserID"]))))

    def verify(self) -> Iterator[Check]:
        """Asks who signed in, what they may see, and what may be made there; makes nothing."""
        yield Check(N_("Signed in"), True, self.whose().account)
        visible = self.administrations()
        usable = [one for one in visible if one.active]
        if not usable:
            told = translate(N_("None was chosen while signing in, or none is active."))
            raise AdministrationRefused(host=self._api.host, administration="–", answer=told)
        shown = ", ".join(one.name for one in usable[:3])
        more = f" … ({len(usable)})" if len(usable) > 3 else ""
        yield Check(N_("Administrations visible"), True, shown + more)
        yield self._place(usable[0].id)

    def administrations(self) -> Sequence[Administration]:
        """All the user can reach; of one licence where that is not allowed; at least the current
        one. The number in the address of the first list is not looked at by the vendor."""
        self._visible = self._visible or tuple(self._asked())
        return self._visible

    def _asked(self) -> list[Administration]:
        who = self._who()
        current = str(who.get("CurrentDivision") or who.get("AccountingDivision") or "")
        if not current:
            raise UnreadableAnswer(host=self._api.host, answer="CurrentDivision")
        found = self._listed("system/Divisions", current, _DIVISION)
        if len(found) <= 1:
            known = {one.id for one in found}
            others = self._listed("hrm/Divisions", current, _ONE_LICENCE)
            found += [one for one in others if one.id not in known]
        if not found:
            name = str(who.get("DivisionCustomerName") or current)
            found = [Administration(current, name)]
        return found

    def _who(self) -> Row:
        if self._known is None:
            who = next(self._api.rows("current/Me", select=_WHO), None)
            if who is None or not who.get("UserID"):
                raise UnreadableAnswer(host=self._api.host, answer="current/Me")
            self._known = who
        return self._known

    def _listed(self, path: str, current: str, columns: str) -> list[Administration]:
        try:
            return [_administration(row) for row in self._api.rows(path, current, select=columns)]
        except (AdministrationRefused, RequestRefused):
            return []

    def _place(self, division: str) -> Check:
        """What the chosen way finds there. One administration's refusal is no reason to refuse the
        whole account."""
        values = self.context.values
        by_post = POSTBOX in (values.get("route"), values.get("statement_route"))
        name = N_("Digital postbox") if by_post else N_("Documents may be made")
        try:
            shown = self._mailboxes(division) if by_post else self._creatable(division)
        except AdministrationRefused as refused:
            return Check(name, False, refused.text())
        return Check(name, bool(shown), ", ".join(shown[:5]))

    def _creatable(self, division: str) -> list[str]:
        columns = "ID,Description,DocumentIsCreatable"
        rows = self._api.rows("documents/DocumentTypes", division, select=columns)
        return [str(row.get("Description")) for row in rows if row.get("DocumentIsCreatable")]

    def _mailboxes(self, division: str) -> list[str]:
        rows = self._api.rows("mailbox/Mailboxes", division, select="ID,Mailbox", top="1")
        return [str(row.get("Mailbox")) for row in rows]

    # --- sending ----------------------------------------------------------------------------------

    def send_one(self, parcel: Parcel) -> Evidence:
        """Looks first for what an earlier attempt made, then makes what is missing.

        Raises AdministrationMissing, ContentGone, DocumentTooLarge, RefusedByPackage,
        PostboxUnclear, OutcomeUnknown, and what ExactApi raises.
        """
        content = self._content(parcel)
        route, id = self._begun(parcel)
        id = id or self._found(route, parcel)
        if id and route.has_file(id, parcel.target.name):
            return _evidence(parcel, route, id)
        if not id:
            self.context.stages.reached(parcel.delivery_id, Stage.PUBLISHING)
            failpoint("exact_online.publishing_committed")
            id = route.make(parcel)
            failpoint("exact_online.made")
        so_far = _remote(route, id)
        self.context.stages.reached(parcel.delivery_id, Stage.PUBLISHING, so_far=so_far)
        failpoint("exact_online.attaching_committed")
        route.attach(id, parcel, content)
        failpoint("exact_online.published")
        return _evidence(parcel, route, id)

    def probe(self, parcel: Parcel) -> Probe:
        """There only with its file; what is only half there is made whole by the next attempt."""
        route, id = self._begun(parcel)
        if not id:
            found = route.find(parcel)
            if found is None:
                return Probe(Found.CANNOT_TELL)
            id = found
        if not id or not route.has_file(id, parcel.target.name):
            return Probe(Found.ABSENT)
        return Probe(Found.THERE, _evidence(parcel, route, id))

    def confirm(self, parcel: Parcel, remote: str) -> Evidence | None:
        route, id = self._begun(parcel, remote)
        return route.confirm(id, remote) if id else None

    def close(self) -> None:
        self._api.close()

    def _content(self, parcel: Parcel) -> str:
        """The file as it travels. It leaves whole in one request, so this is where one can stop."""
        body = checked_content(parcel, self.context.cancel)
        if len(body) > LARGEST:
            raise DocumentTooLarge(size=len(body), limit=LARGEST)
        parts = []
        for at in range(0, len(body), _PIECE):
            self.context.cancel.raise_if_cancelled()
            parts.append(base64.b64encode(body[at : at + _PIECE]).decode("ascii"))
        return "".join(parts)

    def _begun(self, parcel: Parcel, remote: str = "") -> tuple[Route, str]:
        """Where it was begun it goes on, whatever was chosen since; else the chosen place."""
        if kept := re.fullmatch(r"(\d+)/(\w+)/([0-9a-fA-F-]+)", remote or parcel.so_far):
            return self._route(kept[1], kept[2]), kept[3]
        if not parcel.administration_id:
            raise AdministrationMissing(host=self._api.host)
        return self._route(parcel.administration_id, parcel.target.place), ""

    def _route(self, division: str, way: str) -> Route:
        key = (division, way)
        if key not in self._routes:
            kind = _ROUTES.get(way, Documents)
            self._routes[key] = kind(self._api, division, self.context.clock)
        return self._routes[key]

    def _found(self, route: Route, parcel: Parcel) -> str:
        """The id of an earlier attempt's, or of what another copy of these books sent."""
        found = route.find(parcel)
        if found is None and parcel.attempt > 1:
            reason = translate(N_("It is not possible to look whether it is there already."))
            raise OutcomeUnknown(reason=reason)
        return found or ""


def _remote(route: Route, id: str) -> str:
    way = next(name for name, kind in _ROUTES.items() if isinstance(route, kind))
    return f"{route.division}/{way}/{id}"


def _evidence(parcel: Parcel, route: Route, id: str) -> Evidence:
    facts = {
        "size": parcel.size,
        "sha256": parcel.sha256,
        "administration": route.division,
        "subject": parcel.target.extra["subject"],
    }
    return Evidence(Assurance.ACKNOWLEDGED, _remote(route, id), facts)


def _administration(row: Row) -> Administration:
    """``Status`` is only told by the wider list; in the narrower one it means something else."""
    active = row.get("Status", _ACTIVE) == _ACTIVE and row.get("BlockingStatus", 0) == _USABLE
    name = str(row.get("Description") or row.get("CustomerName") or row.get("Code"))
    return Administration(str(row.get("Code")), name, _number(row), active)


def _number(row: Row) -> str:
    """``BE0123456789``; in Belgium the enterprise number is the same number."""
    country = str(row.get("Country") or "").strip().upper()
    vat = re.sub(r"[^0-9A-Z]", "", str(row.get("VATNumber") or "").upper())
    if not vat and country == "BE":
        vat = re.sub(r"\D", "", str(row.get("ChamberOfCommerceNumber") or ""))
    if vat[:1].isdigit() and re.fullmatch(r"[A-Z]{2}", country):
        vat = f"{country}{vat.zfill(10) if country == 'BE' else vat}"
    return vat
