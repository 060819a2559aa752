"""Billit's stand-in: orders and files as its pages describe them, and the inbox it also has."""

from __future__ import annotations

import base64
import re
import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from ledgerdesk.practice.vendors.server import Answer, Request, VendorServer

_FILTER = re.compile(
    r"OrderType eq '(Invoice|CreditNote)' and OrderDirection eq '(Cost|Income)' and "
    r"LastModified ge DateTime'(\d{4}-\d{2}-\d{2})'"
)
_QUERY = {"$filter", "$skip", "$orderby", "$top"}
_INBOX = re.compile(r"/v1/peppol/inbox/(\d+)/(confirm|refuse)")
_INBOX_SHOWS = 10


@dataclass
class Order:
    """``files``: id → (name, content). One of Peppol has its XML among them, sooner or later."""

    id: int
    party: str
    type: str
    modified_at: datetime
    files: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    direction: str = "Cost"

    def attach(self, name: str, content: bytes) -> str:
        id = secrets.token_hex(16)
        self.files[id] = (name, content)
        return id


class BillitServer(VendorServer):
    """``keys``: API key → the parties it may ask for. ``refusals`` must stay empty: what a refusal
    tells the supplier is not documented."""

    page_size = 120

    def __init__(self, folder: Path | None = None) -> None:
        self.key, self.party = secrets.token_hex(16), "588708"
        self.keys = {self.key: {self.party}}
        self.orders: list[Order] = []
        self.inbox: list[int] = []
        self.refusals: list[int] = []
        self._numbers = count(1_194_146)
        super().__init__(folder)

    def receive(
        self,
        xml: bytes | None,
        *,
        party: str = "",
        type: str = "Invoice",
        at: datetime | None = None,
    ) -> Order:
        """``xml`` None: it is not there yet."""
        number = next(self._numbers)
        made = Order(number, party or self.party, type, at or self.clock.now())
        made.attach(f"{number}.xml_1.pdf", b"%PDF-1.4")
        if xml is not None:
            made.attach(f"{number}.xml", xml)
        self.orders.append(made)
        self.inbox.append(number)
        return made

    def answer(self, request: Request) -> Answer:
        allowed = self.keys.get(request.headers.get("apikey", ""))
        if allowed is None:
            return _error(401, "Unauthorized")
        party = request.headers.get("partyid", "")
        if party not in allowed:
            return _error(403, "No access to this company")
        if request.path == "/v1/orders" and request.method == "GET":
            return self._orders(party, request.query)
        if request.path.startswith("/v1/files/") and request.method == "GET":
            return self._file(party, request.path.removeprefix("/v1/files/"))
        if request.path == "/v1/peppol/inbox" and request.method == "GET":
            oldest = [{"InboxItemID": one} for one in self.inbox[:_INBOX_SHOWS]]
            return Answer.of_json({"InboxItems": oldest})
        action = _INBOX.fullmatch(request.path)
        if action and request.method == "POST" and int(action[1]) in self.inbox:
            if action[2] == "refuse":
                self.refusals.append(int(action[1]))
            self.inbox.remove(int(action[1]))
            return Answer(200)
        return _error(404, "NotFound")

    def _orders(self, party: str, query: dict[str, str]) -> Answer:
        if query.keys() - _QUERY:
            return _error(400, "The query parameter is not supported")
        asked = _FILTER.fullmatch(query.get("$filter", ""))
        if asked is None:
            return _error(400, "The query specified in the URI is not valid")
        kind, direction, day = asked.groups()
        since = datetime.fromisoformat(day).replace(tzinfo=UTC)
        found = [
            one
            for one in self.orders
            if (one.party, one.type, one.direction) == (party, kind, direction)
            and one.modified_at >= since
        ]
        skip = int(query.get("$skip", "0"))
        answer: dict[str, Any] = {
            "Items": [_row(one) for one in found[skip : skip + self.page_size]]
        }
        if len(found) > skip + self.page_size:
            further = {**query, "$skip": str(skip + self.page_size)}
            answer["NextPageLink"] = f"https://api.billit.be/v1/orders?{urlencode(further)}"
        return Answer.of_json(answer)

    def _file(self, party: str, id: str) -> Answer:
        for order in self.orders:
            if order.party == party and id in order.files:
                name, content = order.files[id]
                body = base64.b64encode(content).decode()
                return Answer.of_json({"FileID": id, "FileName": name, "FileContent": body})
        return _error(404, "NotFound")


def _row(one: Order) -> dict[str, Any]:
    files = [{"FileID": id, "FileName": name} for id, (name, _) in one.files.items()]
    pdf = [each for each in files if each["FileName"].endswith("_1.pdf")]
    return {
        "OrderID": one.id,
        "CompanyID": int(one.party),
        "OrderType": one.type,
        "OrderDirection": one.direction,
        "LastModified": one.modified_at.replace(tzinfo=None).isoformat(),
        "OrderPDF": pdf[0] if pdf else None,
        "Attachments": [each for each in files if each not in pdf],
    }


def _error(status: int, text: str) -> Answer:
    return Answer.of_json({"errors": [{"Code": text, "Description": text}]}, status)
