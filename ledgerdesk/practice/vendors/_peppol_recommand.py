"""Recommand's stand-in: what its pages and its published source say of reading documents."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ledgerdesk.practice.vendors.server import Answer, Request, VendorServer

_ROOT = "/api/v1"
_QUERY = {
    *("page", "limit", "companyId", "labelId", "direction", "search", "type", "from", "to"),
    *("isUnread", "envelopeId", "excludeAttachments"),
}
_MOST = 100


@dataclass
class Received:
    """``ready_after``: so many times its XML is still null when it is asked for."""

    id: str
    xml: str
    company: str
    sender: str
    receiver: str
    type: str
    created_at: datetime
    ready_after: int = 0
    read_at: datetime | None = None
    history: list[bool] = field(default_factory=list)


class RecommandServer(VendorServer):
    """One team. ``documents`` is what it received; ``between_pages`` is called after every page of
    a list, for what arrives meanwhile. ``refused`` counts requests without a known key."""

    def __init__(self, folder: Path | None = None) -> None:
        self.key, self.secret = f"key_{secrets.token_hex(8)}", f"secret_{secrets.token_hex(16)}"
        self.documents: list[Received] = []
        self.between_pages: Callable[[], object] = lambda: None
        self.refused = 0
        super().__init__(folder)

    def receive(
        self,
        xml: str,
        receiver: str = "0208:0123456749",
        *,
        sender: str = "0208:0876543210",
        type: str = "invoice",
        company: str = "c_1",
        at: datetime | None = None,
        ready_after: int = 0,
    ) -> Received:
        id = f"doc_{secrets.token_hex(8)}"
        made = Received(
            id, xml, company, sender, receiver, type, at or self.clock.now(), ready_after
        )
        self.documents.append(made)
        return made

    def answer(self, request: Request) -> Answer:
        if not self._is_known(request):
            self.refused += 1
            return _failure(401, "Unauthorized")
        path = request.path.removeprefix(_ROOT)
        if path == request.path:
            return Answer.of_text("404 Not Found", 404)
        if path == "/documents" and request.method == "GET":
            answer = self._listed(request.query)
            self.between_pages()
            return answer
        if path == "/inbox" and request.method == "GET":
            return self._inbox(request.query)
        _, _, rest = path.partition("/documents/")
        id, _, action = rest.partition("/")
        document = next((one for one in self.documents if one.id == id), None)
        if document is None:
            return _failure(404, "Document not found")
        if not action and request.method == "GET":
            return self._one(document)
        if action == "mark-as-read" and request.method == "POST":
            return self._mark(document, request)
        return Answer.of_text("404 Not Found", 404)

    def _is_known(self, request: Request) -> bool:
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        both = base64.b64encode(f"{self.key}:{self.secret}".encode()).decode()
        return scheme == "Basic" and given == both

    def _listed(self, query: dict[str, str]) -> Answer:
        if query.keys() - _QUERY:
            return _failure(400, f"Unrecognized key(s): {sorted(query.keys() - _QUERY)}")
        try:
            page, limit = int(query.get("page", "1")), int(query.get("limit", "10"))
            first = _moment(query.get("from", "1970-01-01T00:00:00Z"))
            end = _moment(query.get("to", "9999-01-01T00:00:00Z"))
        except ValueError as error:
            return _failure(400, str(error))
        if page < 1 or not 1 <= limit <= _MOST:
            return _failure(400, "Number must be in range")
        if query.get("direction", "incoming") not in ("incoming", "outgoing"):
            return _failure(400, "Invalid enum value")
        company = query.get("companyId", "")
        found = [
            one
            for one in self._newest_first()
            if first <= one.created_at < end and company in ("", one.company)
        ]
        if query.get("direction") == "outgoing":
            found = []
        if query.get("isUnread") == "true":
            found = [one for one in found if one.read_at is None]
        total = len(found)
        return Answer.of_json(
            {
                "success": True,
                "documents": [_row(one) for one in found[(page - 1) * limit : page * limit]],
                "pagination": {
                    "total": total,
                    "page": page,
                    "limit": limit,
                    "totalPages": -(-total // limit),
                },
            }
        )

    def _inbox(self, query: dict[str, str]) -> Answer:
        if query.keys() - {"companyId"}:
            return _failure(400, "Unrecognized key(s)")
        found = [one for one in self._newest_first() if one.read_at is None]
        return Answer.of_json({"success": True, "documents": [_row(one) for one in found]})

    def _one(self, document: Received) -> Answer:
        xml: str | None = document.xml
        if document.ready_after > 0:
            document.ready_after -= 1
            xml = None
        return Answer.of_json({"success": True, "document": {**_row(document), "xml": xml}})

    def _mark(self, document: Received, request: Request) -> Answer:
        if request.content_type.partition(";")[0] != "application/json":
            return _failure(400, "Malformed JSON in request body")
        try:
            given = request.json()
        except ValueError:
            return _failure(400, "Malformed JSON in request body")
        if not isinstance(given, dict) or given.keys() - {"read"}:
            return _failure(400, "Unrecognized key(s)")
        read = given.get("read", True)
        if not isinstance(read, bool):
            return _failure(400, "Expected boolean")
        document.history.append(read)
        document.read_at = self.clock.now() if read else None
        return Answer.of_json({"success": True})

    def _newest_first(self) -> list[Received]:
        return sorted(reversed(self.documents), key=lambda one: one.created_at, reverse=True)


def _row(one: Received) -> dict[str, Any]:
    return {
        "id": one.id,
        "teamId": "team_1",
        "companyId": one.company,
        "direction": "incoming",
        "senderId": one.sender,
        "receiverId": one.receiver,
        "type": one.type,
        "readAt": one.read_at.isoformat() if one.read_at else None,
        "createdAt": one.created_at.isoformat(),
        "labels": [],
    }


def _moment(text: str) -> datetime:
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _failure(status: int, text: str) -> Answer:
    return Answer.of_json({"success": False, "errors": {"root": [text]}}, status)
