"""A strict stand-in for the web service of a vendor that publishes no documentation.

What such services have in common is known from those that do publish: this one is a vendor of that
kind, in the variant that ``Ways`` asks for. ``documents`` is the verdict on what was delivered.
``paper`` is what the vendor would send on request, written down as a profile (docs/profiles.md).
"""

from __future__ import annotations

import secrets
import ssl
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from ledgerdesk.practice.vendors._rest_profile_bodies import body_of
from ledgerdesk.practice.vendors._rest_profile_paper import BASE, paper
from ledgerdesk.practice.vendors._rest_profile_ways import (
    Account,
    Refused,
    StoredDocument,
    Token,
    Ways,
    known_caller,
)
from ledgerdesk.practice.vendors.server import Answer, Request, VendorClock, VendorServer

__all__ = ["BASE", "Account", "RestProfileServer", "StoredDocument", "Ways", "paper"]

LARGEST = 10 * 1024 * 1024
REFUSED = b"<!-- this service refuses me -->"
"""A document that holds this is refused: the service reads what it is given."""
_DIRECTIONS = ("incoming", "outgoing")
_LARGEST_PAGE = 250


class RestProfileServer(VendorServer):
    """One account to begin with; ``accounts`` takes more.

    ``settle`` says what became of the documents: a service processes them some time later.
    """

    def __init__(
        self,
        ways: Ways | None = None,
        folder: Path | None = None,
        *,
        tls: ssl.SSLContext | None = None,
        clock: VendorClock | None = None,
    ) -> None:
        self.ways = ways or Ways()
        self.account = Account()
        self.accounts = [self.account]
        self.documents: list[StoredDocument] = []
        self.sign_ins = 0
        self._tokens: dict[str, Token] = {}
        super().__init__(folder, tls=tls, clock=clock)

    @property
    def address(self) -> str:
        """What a firm is told to type as the address of the service."""
        return self.url + BASE

    @property
    def contents(self) -> list[bytes]:
        return [one.content for one in self.documents]

    def settle(self, state: str = "DONE", reason: str = "") -> None:
        """Every document that still waits there is now in ``state``."""
        for one in self.documents:
            if one.state == "PENDING":
                one.state, one.reason = state, reason

    def forget_tokens(self) -> None:
        """As after a restart of the service: everybody has to sign in again."""
        self._tokens.clear()

    def answer(self, request: Request) -> Answer:
        """Paths are compared as they travel: a slash inside a value is no separator."""
        path = urlsplit(request.target).path
        if not path.startswith(f"{BASE}/"):
            return _page(404, "Not Found", "The requested URL was not found on this server.")
        parts = [unquote(part) for part in path.removeprefix(f"{BASE}/").split("/")]
        try:
            return self._routed(request, parts)
        except Refused as refusal:
            return self._refusal(refusal)

    # --- what there is --------------------------------------------------------------------------

    def _routed(self, request: Request, parts: list[str]) -> Answer:
        if parts == ["session"] and self.ways.auth == "login":
            return _only("POST", request, lambda: self._sign_in(request))
        account = self._account(request)
        if parts == ["ping"]:
            return _only("GET", request, lambda: Answer.of_json({"pong": True}))
        if parts == ["dossiers"] and self.ways.page == "none":
            return _only("GET", request, lambda: self._dossiers(account))
        if parts == ["dossiers", "list"] and self.ways.page == "skip_count":
            return _only("POST", request, lambda: self._page_of_dossiers(account, request))
        match parts:
            case ["companies", company, "documents", direction] if direction in _DIRECTIONS:
                return _only(
                    "POST", request, lambda: self._take(account, company, direction, request)
                )
            case ["documents", uuid, "status"] if self.ways.polls:
                return _only("GET", request, lambda: self._status(account, uuid))
        raise Refused(404, "There is no such service.", page=True)

    def _refusal(self, refusal: Refused) -> Answer:
        if refusal.page or self.ways.pages:
            answer = _page(refusal.status, "Error", refusal.sentence)
        elif self.ways.errors_in_200 and refusal.status not in (401, 403, 404):
            return Answer.of_json({"uuid": None, "description": refusal.sentence})
        else:
            content = {"description": refusal.sentence, **refusal.more}
            answer = Answer.of_json(content, refusal.status)
        if refusal.status == 401:
            headers = {**answer.headers, "WWW-Authenticate": 'Basic realm="documents"'}
            return Answer(answer.status, answer.body, headers)
        return answer

    # --- who asks -------------------------------------------------------------------------------

    def _sign_in(self, request: Request) -> Answer:
        self.sign_ins += 1
        given = _json(request)
        _exactly(given, {"user", "password"})
        account = next(
            (
                one
                for one in self.accounts
                if (one.username, one.password) == (given["user"], given["password"])
            ),
            None,
        )
        if account is None:
            raise Refused(401, "Wrong user name or password.")
        token = secrets.token_urlsafe(24)
        until = self.clock.now().timestamp() + self.ways.token_seconds
        self._tokens[token] = Token(account, until)
        result = {"accessToken": token, "expireInSeconds": self.ways.token_seconds}
        return Answer.of_json({"result": result})

    def _account(self, request: Request) -> Account:
        if self.ways.auth != "login":
            self.sign_ins += 1
        live = {
            key: one.account
            for key, one in self._tokens.items()
            if one.until > self.clock.now().timestamp()
        }
        return known_caller(self.ways.auth, request, self.accounts, live)

    # --- what is asked --------------------------------------------------------------------------

    def _dossiers(self, account: Account) -> Answer:
        return Answer.of_json({"items": _listed(account)})

    def _page_of_dossiers(self, account: Account, request: Request) -> Answer:
        given = _json(request)
        _exactly(given, {"skipCount", "maxResultCount"})
        skip, most = given["skipCount"], given["maxResultCount"]
        if not (isinstance(skip, int) and isinstance(most, int) and 0 < most <= _LARGEST_PAGE):
            raise Refused(400, f"maxResultCount is a number from 1 to {_LARGEST_PAGE}.")
        return Answer.of_json({"items": _listed(account)[skip : skip + most]})

    def _take(self, account: Account, company: str, direction: str, request: Request) -> Answer:
        if not any(company in one.companies for one in self.accounts):
            raise Refused(404, f"The company {company} is not known.")
        if company not in account.companies:
            raise Refused(403, f"You may not use the company {company}.")
        name, content = body_of(self.ways.body, request)
        if len(content) > LARGEST:
            raise Refused(413, "The document is too large.")
        if not content or REFUSED in content:
            raise Refused(422, "The document cannot be read as an invoice.")
        for one in self.documents:
            if self.ways.knows_doubles and (one.company, one.content) == (company, content):
                raise Refused(409, "The document is there already.", more={"uuid": one.uuid})
        made = StoredDocument(secrets.token_hex(16), company, direction, name, content)
        self.documents.append(made)
        return Answer.of_json({"uuid": made.uuid, "description": None}, 201)

    def _status(self, account: Account, uuid: str) -> Answer:
        for one in self.documents:
            if one.uuid == uuid and one.company in account.companies:
                return Answer.of_json({"status": one.state, "description": one.reason or None})
        raise Refused(404, "There is no such document.")


def _only(method: str, request: Request, then: Callable[[], Answer]) -> Answer:
    if request.method != method:
        raise Refused(405, f"Use {method}.", page=True)
    return then()


def _json(request: Request) -> dict[str, Any]:
    if request.content_type.partition(";")[0].strip() != "application/json":
        raise Refused(415, "Send application/json.")
    try:
        given = request.json()
    except ValueError as error:
        raise Refused(400, "The body is not JSON.") from error
    if not isinstance(given, dict):
        raise Refused(400, "The body is not an object.")
    return given


def _exactly(given: dict[str, Any], wanted: set[str]) -> None:
    for name in wanted ^ set(given):
        what = "missing" if name in wanted else "not known"
        raise Refused(400, f"The field {name} is {what}.")


def _listed(account: Account) -> list[dict[str, str]]:
    return [{"id": one, "name": name} for one, name in sorted(account.companies.items())]


def _page(status: int, title: str, text: str) -> Answer:
    page = f"<!DOCTYPE html><html><head><title>{title}</title><style>b{{}}</style></head>"
    return Answer.of_text(f"{page}<body><h1>{title}</h1><p>{text}</p></body>", status, "text/html")
