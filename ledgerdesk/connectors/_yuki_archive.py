"""What LedgerDesk asks of Yuki's archive, within a session: look around, bring, find again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ledgerdesk.connectors._yuki_calls import Calls, Dossier
from ledgerdesk.connectors._yuki_line import UPLOAD
from ledgerdesk.connectors._yuki_soap import rows, text
from ledgerdesk.errors import OutcomeUnknown
from ledgerdesk.i18n import N_, translate
from ledgerdesk.model import Administration

if TYPE_CHECKING:
    from lxml import etree

_PAGE = 100
_PAGES = 5
_EVER = ("2000-01-01T00:00:00", "2100-01-01T00:00:00")


@dataclass(frozen=True, slots=True)
class Domain:
    id: str
    name: str
    url: str


class Archive(Calls):
    """One access key; used by one thread. Every error is from the tree."""

    # --- looking around -------------------------------------------------------------------------

    def domains(self) -> list[Domain]:
        """Every domain the key opens: one, but for a portal's key."""
        return [
            Domain(one.get("ID", ""), text(one, "Name"), text(one, "URL"))
            for one in rows(self.call("Domains", {}), "Domain")
        ]

    def administrations(self, domains: list[Domain]) -> list[Administration]:
        """Those of every domain. Of several, the id says which: ``domain/administration``."""
        if len(domains) < 2:
            return [_administration(one, "") for one in self._administration_rows("")]
        return [
            _administration(one, f"{domain.id}/")
            for domain in domains
            for one in self._administration_rows(domain.id)
        ]

    def folders(self) -> dict[str, str]:
        """Number and name of the folders; asking for them needs the right to bring documents."""
        listed = self.call("DocumentFolders", {})
        return {
            one.get("ID", ""): text(one, "Description") for one in rows(listed, "DocumentFolder")
        }

    def _administration_rows(self, domain: str) -> list[etree._Element]:
        """Without those of other domains, should the list hold them all."""
        found = rows(self.call("Administrations", {}, Dossier(domain, "")), "Administration")
        return [one for one in found if not domain or text(one, "DomainID") in ("", domain)]

    # --- documents ------------------------------------------------------------------------------

    def upload(self, dossier: Dossier, folder: str, name: str, data: str) -> str:
        """The id of the new document. Raises OutcomeUnknown where the answer holds none."""
        given = {
            "fileName": name,
            "data": data,
            "folder": folder,
            "administrationID": dossier.administration,
        }
        made = text(self.call(UPLOAD, given, dossier))
        if not made:
            reason = translate(N_("the answer does not say under which number it is kept"))
            raise OutcomeUnknown(reason=f"{self.host}: {reason}")
        return made

    def find(self, dossier: Dossier, folder: str, name: str) -> str:
        """The id of the document called so among the newest of the folder; empty: not there."""
        seen: set[str] = set()
        for page in range(_PAGES):
            asked = {
                "folderID": folder,
                "sortOrder": "CreatedDesc",
                "startDate": _EVER[0],
                "endDate": _EVER[1],
                "numberOfRecords": str(_PAGE),
                "startRecord": str(page * _PAGE),
            }
            listed = self.call("DocumentsInFolder", asked, dossier)
            found = {one.get("ID", ""): text(one, "FileName") for one in rows(listed, "Document")}
            for id, file_name in found.items():
                if file_name.casefold() == name.casefold():
                    return id
            # Whether records are counted from 0 or 1 is not said: pages may overlap, never end so.
            if not found.keys() - seen:
                break
            seen |= found.keys()
        return ""

    def is_kept(self, dossier: Dossier, document_id: str) -> bool:
        listed = self.call("FindDocument", {"documentID": document_id}, dossier)
        return any(
            one.get("ID", "").casefold() == document_id.casefold()
            for one in rows(listed, "Document")
        )


def _administration(one: etree._Element, before: str) -> Administration:
    from ledgerdesk.documents.identifiers import WrongNumber, find_company_number

    try:
        number = find_company_number(text(one, "VATNumber"), country=text(one, "Country"))
    except WrongNumber:
        number = ""
    active = text(one, "Active").lower() != "false"
    return Administration(f"{before}{one.get('ID', '')}", text(one, "Name"), number, active)
