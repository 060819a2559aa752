"""What Yuki's operations do: signing in, looking around, and the archive of documents."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from lxml import etree

from ledgerdesk.practice.vendors import _yuki_soap as soap
from ledgerdesk.practice.vendors._yuki_office import (
    FOLDERS,
    Administration,
    Domain,
    StoredDocument,
    YukiOffice,
)
from ledgerdesk.practice.vendors._yuki_soap import Call, Given, SoapFault
from ledgerdesk.practice.vendors.server import Answer

_Result = str | etree._Element | None


class Services:
    def __init__(self, office: YukiOffice) -> None:
        self._office = office
        self._operations: Mapping[str, Callable[[Given], _Result]] = {
            "Authenticate": lambda given: office.authenticate(given["accessKey"]),
            "Domains": self._domains,
            "Administrations": self._administrations,
            "SetCurrentDomain": self._set_current_domain,
            "GetCurrentDomain": self._current_domain,
            "DocumentFolders": self._folders,
            "DocumentsInFolder": self._in_folder,
            "FindDocument": self._find,
            "UploadDocument": self._upload,
        }

    def answer(self, call: Call) -> Answer:
        """Raises SoapFault."""
        return soap.answer(call.operation, self._operations[call.operation](call.given))

    # --- looking around -------------------------------------------------------------------------

    def _domains(self, given: Given) -> _Result:
        session = self._office.session(given["sessionID"])
        return soap.rows("Domains", [_domain_row(one) for one in session.key.domains])

    def _administrations(self, given: Given) -> _Result:
        session = self._office.session(given["sessionID"])
        domains = session.key.domains if self._office.lists_everything else (session.domain,)
        found = [(one, domain) for domain in domains for one in session.key.administrations(domain)]
        return soap.rows(
            "Administrations",
            [_administration_row(one, domain, at) for at, (one, domain) in enumerate(found)],
        )

    def _set_current_domain(self, given: Given) -> _Result:
        session = self._office.session(given["sessionID"])
        for one in session.key.domains:
            if one.id == given["domainID"]:
                session.domain = one
                return None
        raise self._office.fault("rights")

    def _current_domain(self, given: Given) -> _Result:
        return _domain_row(self._office.session(given["sessionID"]).domain)

    # --- the archive ----------------------------------------------------------------------------

    def _folders(self, given: Given) -> _Result:
        self._office.session(given["sessionID"], right="Archive")
        return soap.rows(
            "DocumentFolders",
            [
                soap.row(
                    "DocumentFolder",
                    {"Description": name, "Icon": "", "ProcessedByYuki": str(number == 7)},
                    ID=str(number),
                )
                for number, name in FOLDERS.items()
            ],
        )

    def _in_folder(self, given: Given) -> _Result:
        session = self._office.session(given["sessionID"], right="Archive")
        if given["folderID"] not in FOLDERS:
            raise self._office.fault("folder")
        found = [
            one
            for one in self._office.documents
            if (one.domain_id, one.folder) == (session.domain.id, given["folderID"])
            and _day(given["startDate"]) <= one.created_at.date().isoformat()
            and one.created_at.date().isoformat() <= _day(given["endDate"])
        ]
        if given["sortOrder"].endswith("Desc"):
            found.reverse()
        first = max(0, given["startRecord"] - self._office.first_record)
        page = found[first : first + min(100, given["numberOfRecords"])]
        return soap.rows("Documents", [_document_row(one) for one in page])

    def _find(self, given: Given) -> _Result:
        session = self._office.session(given["sessionID"], right="Archive")
        found = [
            one
            for one in self._office.documents
            if (one.domain_id, one.id) == (session.domain.id, given["documentID"])
        ]
        return soap.rows("Documents", [_document_row(one) for one in found])

    def _upload(self, given: Given) -> _Result:
        session = self._office.session(given["sessionID"], right="Archive")
        stored = self._office.store(
            session,
            given["fileName"],
            given["data"],
            given["folder"],
            given["administrationID"],
        )
        return stored.id


def known(service: str) -> Mapping[str, Mapping[str, Callable[[str], object]]]:
    """The operations of a service; those of other services than the archive stay unplayed."""
    return {**soap.GENERAL, **soap.ARCHIVE} if service == "Archive" else soap.GENERAL


def _domain_row(domain: Domain) -> etree._Element:
    address = {"Name": domain.name, "URL": f"{domain.name}.yukiworks.be"}
    return soap.row("Domain", address, ID=domain.id)


def _administration_row(one: Administration, domain: Domain, at: int) -> etree._Element:
    """The vendor writes its truth values now this way, now that."""
    spelling = str if at % 2 else lambda value: str(value).lower()
    return soap.row(
        "Administration",
        {
            "Name": one.name,
            "AddressLine": "",
            "Postcode": "",
            "City": "",
            "Country": one.country,
            "CoCNumber": "",
            "VATNumber": one.vat_number,
            "StartDate": "2016-02-05",
            "DomainID": domain.id,
            "Active": spelling(one.active),
        },
        ID=one.id,
    )


def _document_row(one: StoredDocument) -> etree._Element:
    return soap.row(
        "Document",
        {
            "Subject": one.file_name,
            "DocumentDate": one.created_at.date().isoformat(),
            "Amount": "0.00",
            "Folder": FOLDERS[one.folder],
            "ContactName": "",
            "FileName": one.file_name,
            "Reference": "",
        },
        ID=one.id,
    )


def _day(moment: str) -> str:
    return datetime.fromisoformat(moment).date().isoformat()


__all__ = ["Services", "SoapFault", "known"]
