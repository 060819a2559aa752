"""A strict stand-in for Yuki: its SOAP services and the old upload page, on one address.

``documents`` is the verdict on what was delivered. A portal with two domains to begin with, and a
key of each level; the fault texts are invented, their kinds and forms are the vendor's.
"""

from __future__ import annotations

import re
import ssl
import uuid
from email.parser import BytesParser
from email.policy import HTTP
from pathlib import Path

from lxml import etree

from ledgerdesk.practice.kept import kept
from ledgerdesk.practice.vendors import _yuki_soap as soap
from ledgerdesk.practice.vendors._yuki_office import (
    FOLDERS,
    LIMIT,
    Administration,
    Domain,
    KeyLevel,
    OpenSession,
    StoredDocument,
    YukiOffice,
)
from ledgerdesk.practice.vendors._yuki_services import Services, known
from ledgerdesk.practice.vendors._yuki_soap import SoapFault
from ledgerdesk.practice.vendors.server import Answer, Request, VendorClock, VendorServer

__all__ = ["FOLDERS", "LIMIT", "Administration", "Domain", "KeyLevel", "YukiServer"]

_SERVICE = re.compile(r"/ws/(\w+)\.asmx")
_SERVICES = {
    *("AccountingInfo", "Accounting", "Archive", "Sales", "Purchase", "Pettycash", "Contact"),
    *("Projects", "Domains", "Integration", "Vat", "Backoffice", "FiscalTable", "ChangeDigest"),
}
_UPLOAD_PAGE = "/docs/Upload.aspx"


class YukiServer(VendorServer):
    def __init__(
        self,
        folder: Path | None = None,
        *,
        tls: ssl.SSLContext | None = None,
        clock: VendorClock | None = None,
    ) -> None:
        self.clock = clock or VendorClock()
        self.office = YukiOffice(lambda: self.clock.now())
        self._services = Services(self.office)
        self._folder = folder
        self.first, self.second = self._domains()
        own = self.first.administrations[0].id
        self.portal_key = self.add_key(KeyLevel.PORTAL, self.first, self.second)
        self.domain_key = self.add_key(KeyLevel.DOMAIN, self.first)
        self.second_key = self.add_key(KeyLevel.DOMAIN, self.second)
        self.administration_key = self.add_key(
            KeyLevel.ADMINISTRATION, self.first, administration=own
        )
        super().__init__(folder, tls=tls, clock=self.clock)

    @property
    def documents(self) -> list[StoredDocument]:
        return self.office.documents

    def add_key(
        self,
        level: KeyLevel,
        *domains: Domain,
        administration: str = "",
        rights: tuple[str, ...] = ("Archive",),
    ) -> str:
        """A new key, as the accountant makes one; the same the next time in the same folder."""
        value = str(uuid.uuid4())
        if self._folder is not None:
            path = self._folder / f"access_key_{len(self.office.keys)}"
            value = kept(path, value.encode).decode()
        return self.office.add_key(value, level, domains, administration, rights=rights)

    def answer(self, request: Request) -> Answer:
        if request.path == _UPLOAD_PAGE:
            return _page(request, self.office)
        service = _SERVICE.fullmatch(request.path)
        if service is None or service[1] not in _SERVICES:
            return Answer.of_text("The resource cannot be found.", 404, "text/html")
        if request.method != "POST":
            return Answer.of_text("Method Not Allowed", 405, "text/html")
        kind = request.content_type.replace(" ", "").lower()
        if kind != "text/xml;charset=utf-8":
            return Answer.of_text("Unsupported Media Type", 415, "text/html")
        try:
            return self._services.answer(soap.read_call(request, known(service[1])))
        except SoapFault as fault:
            return soap.refusal(fault)

    def _domains(self) -> tuple[Domain, Domain]:
        first = self.office.add_domain("kantoor-noord")
        first.add("Bakkerij Noord BV", "BE0123456749")
        first.add("Garage & Zonen BV", "BE0412345614")
        first.add("Gestopt BV", active=False)
        second = self.office.add_domain("kantoor-zuid")
        second.add("Brouwerij Zuid NV", "BE0898765475")
        return first, second


# --- the old page: one file per request, parameters as form fields --------------------------------


def _page(request: Request, office: YukiOffice) -> Answer:
    if request.method != "POST":
        return Answer.of_text("Method Not Allowed", 405, "text/html")
    given = _parts(request)
    try:
        session = _signed_in(office, given)
        stored = office.store(
            session,
            given.get("FileName", b"").decode(),
            given.get("File", b""),
            int(given.get("Folder", b"7")),
            given.get("Administration", b"").decode(),
        )
    except (SoapFault, ValueError) as trouble:
        return _reply("False", str(trouble), "")
    return _reply("True", "", stored.id)


def _signed_in(office: YukiOffice, given: dict[str, bytes]) -> OpenSession:
    key = given.get("WebServiceAccessKey", b"").decode()
    session = office.session(office.authenticate(key), right="Archive")
    name = given.get("Domain", b"").decode()
    found = [one for one in session.key.domains if one.name == name]
    if not found:
        raise office.fault("rights")
    session.domain = found[0]
    return session


def _parts(request: Request) -> dict[str, bytes]:
    """The fields of a multipart form; the file's own name stands for ``FileName``."""
    head = f"Content-Type: {request.content_type}\r\n\r\n".encode()
    message = BytesParser(policy=HTTP).parsebytes(head + request.body)
    found: dict[str, bytes] = {}
    for part in message.iter_parts() if message.is_multipart() else ():
        name = part.get_param("name", header="content-disposition")
        content = part.get_payload(decode=True)
        if isinstance(name, str) and isinstance(content, bytes):
            found[name] = content
            if file_name := part.get_filename():
                found.setdefault("FileName", file_name.encode())
    return found


def _reply(success: str, message: str, document_id: str) -> Answer:
    """The root's name is misspelt by the vendor."""
    values = {"UploadSuccess": success, "Message": message, "DocumentID": document_id}
    root = soap.row("UploadReponse", values)
    body = etree.tostring(root, xml_declaration=True, encoding="utf-8")
    return Answer(200, body, {"Content-Type": "text/xml; charset=utf-8"})
