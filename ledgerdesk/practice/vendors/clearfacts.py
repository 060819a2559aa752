"""ClearFacts' stand-in: its GraphQL address with a personal token (shared/facts/
belgian-packages.md §4). Errors come as GraphQL errors inside a 200, as GraphQL says."""

from __future__ import annotations

import json
import re
import secrets
import uuid
from dataclasses import dataclass
from email import message_from_bytes
from email.policy import HTTP
from pathlib import Path
from typing import Any

from ledgerdesk.practice.vendors.server import Answer, Request, VendorServer

_OPERATION = re.compile(r"\b(uploadFile|administrations|accountant)\b")
_TYPES = {"PURCHASE", "SALE"}
_MAGIC = (b"%PDF", b"<?xml", b"<", b"\xff\xd8\xff", b"\xef\xbb\xbf<")


@dataclass
class ClearFactsFile:
    uuid: str
    vat_number: str
    name: str
    type: str
    content: bytes


class ClearFactsServer(VendorServer):
    """``dossiers`` by VAT number; ``files`` is the verdict. ``looks_inside``: only files of the
    types it knows are taken; ``refused`` counts requests without a known token."""

    def __init__(self, folder: Path | None = None) -> None:
        self.tokens: dict[str, set[str]] = {}
        self.dossiers: dict[str, str] = {}
        self.files: list[ClearFactsFile] = []
        self.looks_inside = True
        self.office = ("Kantoor Peeters", "0876543210")
        self.refused = 0
        super().__init__(folder)

    def add_token(self, *rights: str) -> str:
        """A personal token of 80 characters with ``read_administrations`` and
        ``upload_document``, or only the rights named."""
        token = secrets.token_hex(40)
        self.tokens[token] = set(rights) or {"read_administrations", "upload_document"}
        return token

    def answer(self, request: Request) -> Answer:
        if request.path != "/graphql":
            return Answer.of_text("<h1>Not Found</h1>", 404, "text/html")
        if request.method != "POST":
            return Answer(405)
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme != "Bearer" or token not in self.tokens:
            self.refused += 1
            return Answer.of_json({"error": "Unauthorized"}, 401)
        try:
            query, variables, files = _read(request)
        except ValueError as error:
            return _errors(str(error), 400)
        operation = _OPERATION.search(query)
        if operation is None:
            return _errors("Cannot query field on type")
        if operation[1] == "accountant":
            name, number = self.office
            return Answer.of_json({"data": {"accountant": {"name": name, "companyNumber": number}}})
        if operation[1] == "administrations":
            return self._administrations(token)
        return self._upload(token, variables, files)

    def _administrations(self, token: str) -> Answer:
        if "read_administrations" not in self.tokens[token]:
            return _errors("Access denied to field administrations")
        rows = [
            {"name": name, "companyNumber": number, "companyType": "VAT", "emails": []}
            for number, name in self.dossiers.items()
        ]
        return Answer.of_json({"data": {"administrations": rows}})

    def _upload(self, token: str, given: dict[str, Any], files: dict[str, bytes]) -> Answer:
        if "upload_document" not in self.tokens[token]:
            return _errors("Access denied to field uploadFile")
        missing = [one for one in ("vatnumber", "filename", "invoicetype") if not given.get(one)]
        if missing:
            return _errors(f'Variable "${missing[0]}" of required type was not provided.')
        if given.keys() - {"vatnumber", "filename", "invoicetype"}:
            return _errors("Unknown variable")
        if given["invoicetype"] not in _TYPES:
            return _errors(f'Value "{given["invoicetype"]}" does not exist in enum.')
        if given["vatnumber"] not in self.dossiers:
            return _errors("Administration not found")
        content = files.get("file", b"")
        if not content:
            return _errors("No file was uploaded")
        if self.looks_inside and not content.startswith(_MAGIC):
            return _errors("File type not allowed")
        one = ClearFactsFile(
            str(uuid.uuid4()), given["vatnumber"], given["filename"], given["invoicetype"], content
        )
        self.files.append(one)
        return Answer.of_json({"data": {"uploadFile": {"uuid": one.uuid, "amountOfPages": 1}}})


def _errors(text: str, status: int = 200) -> Answer:
    return Answer.of_json({"errors": [{"message": text}], "data": None}, status)


def _read(request: Request) -> tuple[str, dict[str, Any], dict[str, bytes]]:
    """Query, variables and files of a JSON or multipart request. Raises ValueError."""
    kind = request.content_type.partition(";")[0]
    if kind == "application/json":
        given = request.json()
        if not isinstance(given, dict):
            raise ValueError("The body is no object")
        return given.get("query", ""), given.get("variables") or {}, {}
    if kind != "multipart/form-data":
        raise ValueError("Unsupported content type")
    head = f"Content-Type: {request.content_type}\r\n\r\n".encode()
    message = message_from_bytes(head + request.body, policy=HTTP)
    fields: dict[str, bytes] = {}
    for part in message.iter_parts():
        name = part.get_param("name", header="content-disposition")
        content = part.get_payload(decode=True)
        fields[str(name)] = content if isinstance(content, bytes) else b""
    if fields.keys() - {"query", "variables", "file"}:
        raise ValueError("Unknown form field")
    variables = json.loads(fields.get("variables", b"{}"))
    return fields.get("query", b"").decode(), variables, fields
