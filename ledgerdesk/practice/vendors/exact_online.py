"""A stand-in for Exact Online: sign-in, administrations, documents, the digital postbox.

What is known of the vendor is in its own files (``_exact_*.py``); here the parts meet. Everything
in it is invented: names, numbers, mailboxes.
"""

from __future__ import annotations

import json
import re
import ssl
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode
from uuid import UUID

from ledgerdesk.practice.vendors import _exact_odata as odata
from ledgerdesk.practice.vendors._exact_accounts import Chain, ExactApp, ExactUser
from ledgerdesk.practice.vendors._exact_books import Books, ExactDivision, ExactMailbox
from ledgerdesk.practice.vendors._exact_limits import COUNTED, Meter
from ledgerdesk.practice.vendors._exact_odata import PAGE, Refused, Resource, Row
from ledgerdesk.practice.vendors._exact_resources import DIVISIONS, ME, ONE_LICENCE, RESOURCES
from ledgerdesk.practice.vendors._exact_sign_in import SignIns
from ledgerdesk.practice.vendors.server import Answer, Request, VendorClock, VendorServer

JAN = ExactUser(
    "8a1e0000-0000-4000-8000-000000000001", "jan", "Jan Claes", "jan@kantoor.example", 100001
)
REDIRECT = "https://kantoor.example/redirect/"
_PATH = re.compile(r"/api/v1/(\d+)/(\w+/\w+)(?:\((?:guid'([0-9a-f-]+)'|(\d+))\))?")


class ExactOnlineServer(VendorServer):
    """``books`` is the verdict on deliveries, ``meter`` the one on limits, ``sign_ins`` the one on
    tokens. ``add_divisions`` fills it; ``register`` makes an app."""

    def __init__(
        self,
        folder: Path | None = None,
        *,
        tls: ssl.SSLContext | None = None,
        clock: VendorClock | None = None,
        divisions: int = 3,
    ) -> None:
        clock = clock or VendorClock()
        self.books = Books(clock.now)
        self.meter = Meter(clock.now)
        self.sign_ins = SignIns(JAN, clock.now, self._consent_rows)
        self.register(ExactApp("practice-client", "Practice-Secret-é42", REDIRECT))
        self.add_divisions(divisions)
        super().__init__(folder, tls=tls, clock=clock)

    def register(self, app: ExactApp) -> ExactApp:
        self.sign_ins.apps[app.client_id] = app
        return app

    def add_divisions(self, count: int) -> None:
        """So many more clients' administrations, each with a postbox of its own."""
        first = 100001 + len(self.books.divisions)
        for code in range(first, first + count):
            number = code - 100000
            vat = f"BE0{400_000_000 + number:09d}"
            self.books.divisions[code] = ExactDivision(code, f"Client {number}", vat, number)
            self.books.mailboxes.append(ExactMailbox(f"client{number}@exactonline.example", code))

    def files(self) -> list[bytes]:
        """The content of everything that arrived, by either way."""
        kept = [*self.books.documents, *self.books.messages]
        return [file.content for one in kept for file in one.files]

    # --- what it answers --------------------------------------------------------------------------

    def answer(self, request: Request) -> Answer:
        if request.path == "/api/oauth2/auth":
            return self.sign_ins.authorize(request)
        if request.path == "/api/oauth2/token":
            return self.sign_ins.token(request)
        if not request.path.startswith("/api/v1/"):
            return Answer.of_text("<h1>Not found</h1>", 404, "text/html")
        return self._rest(request)

    def _rest(self, request: Request) -> Answer:
        division, endpoint = self._where(request.path)
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        chain = self.sign_ins.owner(token)
        app, user = (chain.app.client_id, chain.user.user_id) if chain else ("", "")
        key = (app, division)
        if self.meter.is_shut((*key, user, endpoint)):
            return Answer(429)
        if over := self.meter.spend(key):
            return over
        try:
            given = self._allowed(request, chain if self.sign_ins.lives(token) else None)
        except Refused as refused:
            given = _error(refused)
        if given.status in COUNTED:
            self.meter.refused((*key, user, endpoint))
        headers = {**given.headers, **self.meter.headers(key)}
        return Answer(given.status, given.body, headers)

    def _where(self, path: str) -> tuple[str, str]:
        found = _PATH.fullmatch(path)
        return (found[1], found[2]) if found else ("", path)

    def _allowed(self, request: Request, chain: Chain | None) -> Answer:
        if chain is None:
            return Answer(401, headers={"Reason": "The access token is unknown or has expired"})
        accepts = request.headers.get("accept", "*/*")
        if "application/xml" in accepts:
            raise Refused(406, "Not acceptable")
        if "application/json" not in accepts:
            return Answer.of_text(_ATOM, 200, "application/atom+xml")
        if request.path == "/api/v1/current/Me":
            return self._listed(request, ME, [self._me(chain)])
        found = _PATH.fullmatch(request.path)
        if found is None:
            raise Refused(404, "Not found")
        return self._of_division(request, chain, int(found[1]), found[2], found[3] or found[4])

    def _of_division(
        self, request: Request, chain: Chain, code: int, path: str, key: str | None
    ) -> Answer:
        # The number in this address is not looked at.
        if path == DIVISIONS.path:
            return self._listed(request, DIVISIONS, self._division_rows(chain))
        division = self.books.divisions.get(code)
        if division is None:
            raise Refused(404, "Not found")
        if not chain.covers(code):
            raise Refused(403, "Forbidden")
        if path == ONE_LICENCE.path:
            return self._listed(request, ONE_LICENCE, self._division_rows(chain))
        resource = RESOURCES.get(path)
        if resource is None or (path.startswith("documents/") and not division.documents):
            raise Refused(404, "Not found")
        if path.startswith("mailbox/") and not division.mailbox:
            raise Refused(403, "Forbidden")
        if request.method == "POST" and "POST" in resource.methods and key is None:
            return self._made(request, resource, code)
        return self._listed(request, resource, self.books.rows(resource, code), key)

    # --- reading ----------------------------------------------------------------------------------

    def _listed(
        self, request: Request, resource: Resource, rows: list[Row], key: str | None = None
    ) -> Answer:
        if request.method != "GET":
            raise Refused(405, f"The method {request.method} is not allowed on {resource.type}.")
        query = request.query
        names = odata.selected(resource, query.get("$select", ""))
        if key is not None:
            one = next((row for row in rows if str(row[resource.key]) == key), None)
            if one is None:
                raise Refused(404, "Not found")
            return Answer.of_json({"d": odata.shown(resource, one, names, self._base(request))})
        found = odata.found(resource, rows, query, self.books.unfilterable)
        if after := query.get("$skiptoken"):
            keys = [str(row[resource.key]) for row in found]
            if after not in keys:
                raise Refused(400, "The $skiptoken is not valid.")
            found = found[keys.index(after) + 1 :]
        top = query.get("$top", "")
        if top and not top.isdigit():
            raise Refused(400, "The $top is not valid.")
        found = found[: int(top)] if top else found
        page = found[:PAGE]
        body: Row = {"results": [self._shown(request, resource, row, names) for row in page]}
        if len(found) > PAGE:
            body["__next"] = self._next(request, str(page[-1][resource.key]))
        return Answer.of_json({"d": body})

    def _shown(self, request: Request, resource: Resource, row: Row, names: list[str]) -> Row:
        return odata.shown(resource, row, names, self._base(request))

    def _next(self, request: Request, key: str) -> str:
        query = {**request.query, "$skiptoken": key}
        return f"{self.url}{quote(request.path)}?{urlencode(query)}"

    def _base(self, request: Request) -> str:
        found = _PATH.fullmatch(request.path)
        return f"{self.url}/api/v1/{found[1]}" if found else f"{self.url}/api/v1"

    # --- writing ----------------------------------------------------------------------------------

    def _made(self, request: Request, resource: Resource, code: int) -> Answer:
        if request.content_type.split(";")[0].strip() != "application/json":
            raise Refused(415, "Unsupported media type requested.")
        if request.query:
            raise Refused(400, "A POST takes no query.")
        try:
            given = request.json()
        except ValueError:
            raise Refused(400, "The body is not JSON.") from None
        row = self.books.add(resource, code, odata.accepted(resource, given))
        whole = "return=representation" in request.headers.get("prefer", "")
        names = odata.selected(resource, "" if whole else resource.key)
        return Answer.of_json({"d": self._shown(request, resource, row, names)}, 201)

    # --- rows -------------------------------------------------------------------------------------

    def _consent_rows(self) -> list[tuple[int, str]]:
        return [(one.code, one.name) for one in self.books.divisions.values()]

    def _me(self, chain: Chain) -> Row:
        user = chain.user
        return {
            "UserID": str(UUID(user.user_id)),
            "UserName": user.user_name,
            "FullName": user.full_name,
            "Email": user.email,
            "CurrentDivision": user.current_division,
            "AccountingDivision": user.current_division,
            "DivisionCustomerName": "Kantoor Claes",
        }

    def _division_rows(self, chain: Chain) -> list[Row]:
        return [self._division_row(one, chain) for one in self._reachable(chain)]

    def _reachable(self, chain: Chain) -> list[ExactDivision]:
        return [one for one in self.books.divisions.values() if chain.covers(one.code)]

    def _division_row(self, one: ExactDivision, chain: Chain) -> Row:
        row: dict[str, Any] = {
            "Code": one.code,
            "Hid": one.hid,
            "HID": one.hid,
            "Description": one.name,
            "CustomerCode": f"{one.hid:>18}",
            "CustomerName": one.name,
            "Country": one.country,
            "VATNumber": one.vat_number,
            "ChamberOfCommerceNumber": None,
            "Status": one.status,
            "BlockingStatus": one.blocking_status,
            "ArchiveDate": None,
            "IsMainDivision": one.code == chain.user.current_division,
            "Main": one.code == chain.user.current_division,
            "IsPracticeDivision": False,
            "IsDossierDivision": one.code != chain.user.current_division,
            "Current": one.code == chain.user.current_division,
        }
        return row


_ATOM = (
    '<?xml version="1.0" encoding="utf-8"?>'
    '<feed xmlns="http://www.w3.org/2005/Atom"><title type="text">Practice</title></feed>'
)


def _error(refused: Refused) -> Answer:
    body = {"error": {"code": "", "message": {"lang": "", "value": refused.text}}}
    return Answer(refused.status, json.dumps(body).encode(), {"Content-Type": "application/json"})
