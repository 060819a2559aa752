"""Onea Transfer's stand-in, after superseded revisions of the vendor's wiki (shared/facts/
belgian-packages.md §2.2). Error texts are ours: the vendor's are not known."""

from __future__ import annotations

import base64
import binascii
import re
import uuid
from dataclasses import dataclass
from pathlib import Path

from lxml import etree

from ledgerdesk.practice.vendors.server import Answer, Request, VendorServer

_UPLOAD = re.compile(r"/restv1/einvoice/(incoming|outgoing)")
_STATUS = re.compile(r"/restv1/einvoice/status/([0-9a-f-]{36})")


@dataclass
class OneaDocument:
    uuid: str
    key: str
    direction: str
    content: bytes
    status: str = "RECEIVED"
    document_id: str = ""


class OneaServer(VendorServer):
    """``keys`` are the dossiers' API keys; a document is DONE once it was asked for
    ``polls`` times. ``looks_inside``: only XML is taken; ``refused`` counts unknown keys."""

    def __init__(self, folder: Path | None = None, *, polls: int = 2) -> None:
        self.keys: dict[str, str] = {}
        self.documents: list[OneaDocument] = []
        self.looks_inside = True
        self.refused = 0
        self._polls = polls
        self._asked: dict[str, int] = {}
        super().__init__(folder)

    def add_key(self, dossier: str = "Dossier") -> str:
        key = str(uuid.uuid4())
        self.keys[key] = dossier
        return key

    def refuse(self, document_uuid: str) -> None:
        """The package behind could not take it: its status says so from now on."""
        self._document(document_uuid).status = "ERROR"

    def answer(self, request: Request) -> Answer:
        upload, status = _UPLOAD.fullmatch(request.path), _STATUS.fullmatch(request.path)
        if upload:
            return self._upload(request, upload[1]) if request.method == "POST" else Answer(405)
        if status:
            return self._status(status[1]) if request.method == "GET" else Answer(405)
        return Answer.of_text("Not found", 404)

    def _upload(self, request: Request, direction: str) -> Answer:
        if request.content_type.partition(";")[0] != "application/json":
            return Answer.of_text("Unsupported Media Type", 415)
        try:
            given = request.json()
        except ValueError:
            return _refused("The body is not JSON")
        if not isinstance(given, dict) or given.keys() - {"apiKey", "eInvoiceData", "callbackURL"}:
            return _refused("Unknown property")
        if given.get("apiKey") not in self.keys:
            self.refused += 1
            return _refused("Invalid apiKey", 401)
        try:
            content = base64.b64decode(given.get("eInvoiceData", ""), validate=True)
            if self.looks_inside:
                parser = etree.XMLParser(resolve_entities=False, no_network=True)
                etree.fromstring(content, parser)
        except (binascii.Error, ValueError, TypeError, etree.XMLSyntaxError):
            return _refused("eInvoiceData is not a base64 encoded XML document")
        one = OneaDocument(str(uuid.uuid4()), given["apiKey"], direction, content)
        self.documents.append(one)
        return Answer.of_json({"uuid": one.uuid})

    def _status(self, document_uuid: str) -> Answer:
        try:
            one = self._document(document_uuid)
        except LookupError:
            return _refused("Unknown uuid", 404)
        self._asked[one.uuid] = self._asked.get(one.uuid, 0) + 1
        if one.status == "RECEIVED" and self._asked[one.uuid] >= self._polls:
            one.status, one.document_id = "DONE", str(1000 + self.documents.index(one))
        known = {"id": one.document_id} if one.document_id else {}
        return Answer.of_json({"status": one.status, **known})

    def _document(self, document_uuid: str) -> OneaDocument:
        for one in self.documents:
            if one.uuid == document_uuid:
                return one
        raise LookupError(document_uuid)


def _refused(text: str, status: int = 400) -> Answer:
    return Answer.of_json({"message": text}, status)
