"""Zenvoices' stand-in: sign-in, administrations and the inbox to read back (shared/facts/
belgian-packages.md §2.3). Documents arrive by mail: ``receive`` is what its mail server does."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from ledgerdesk.practice.vendors.server import Answer, Request, VendorClock, VendorServer

ROOT = "/public-api/v1"
_LIFE = timedelta(seconds=86_400)


class ZenvoicesServer(VendorServer):
    """``collect`` is asked whenever the inbox is listed: whoever runs the mail server beside this
    hands in what arrived there, by ``receive``."""

    tenant = "praktijk"
    user = "api@praktijk.example"

    def __init__(self, folder: Path | None = None, *, clock: VendorClock | None = None) -> None:
        self.password = secrets.token_urlsafe(12)
        self.administrations: dict[str, str] = {}
        self.inbox: list[dict[str, Any]] = []
        self.collect: Callable[[], None] = lambda: None
        self.wants_two_factors = False
        self.has_api_right = True
        self._tokens: dict[str, datetime] = {}
        super().__init__(folder, clock=clock)

    def receive(self, subject: str, sender: str, destination: str, status: str = "New") -> None:
        """A mail came in and is imported as ``status`` says."""
        self.inbox.append(
            {
                "id": len(self.inbox) + 1,
                "administrationId": next(iter(self.administrations), ""),
                "destination": destination,
                "importStatus": status,
                "receivedTime": self.clock.now().isoformat(),
                "senderName": sender,
                "subject": subject,
                "externalId": secrets.token_hex(8),
            }
        )

    def answer(self, request: Request) -> Answer:
        if request.path == "/api/TokenAuth/TokenLogin" and request.method == "POST":
            return self._sign_in(request)
        if not request.path.startswith(f"{ROOT}/"):
            return Answer.of_text("<html>Not found</html>", 404, "text/html")
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        until = self._tokens.get(token)
        if scheme != "Bearer" or until is None or until <= self.clock.now():
            return _failed("Current user did not login to the application!", 401)
        if not self.has_api_right:
            return _failed("You are not authorized!", 403)
        operation = request.path.removeprefix(f"{ROOT}/")
        if (request.method, operation) == ("POST", "administration/list"):
            rows = [{"id": id, "name": name} for id, name in self.administrations.items()]
            return _page(request, rows)
        if (request.method, operation) == ("POST", "inbox/list"):
            self.collect()
            return _page(request, list(reversed(self.inbox)))
        if (request.method, operation) == ("GET", "inbox/details"):
            return self._details(request)
        return _failed("No such operation", 404)

    def _sign_in(self, request: Request) -> Answer:
        given = _object(request)
        wanted = {"userNameOrEmailAddress", "password", "tenancyName"}
        if given is None or given.keys() != wanted:
            return _failed("Your request is not valid!", 400)
        right = (self.user, self.password, self.tenant)
        if (
            given["userNameOrEmailAddress"],
            given["password"],
            given["tenancyName"],
        ) != right:
            return _failed("Invalid user name or password", 401)
        if self.wants_two_factors:
            return Answer.of_json(
                {"result": {"accessToken": None, "requiresTwoFactorVerification": True}}
            )
        token = secrets.token_hex(20)
        self._tokens[token] = self.clock.now() + _LIFE
        signed_in = {
            "accessToken": token,
            "expireInSeconds": 86_400,
            "refreshToken": secrets.token_hex(20),
            "refreshTokenExpireInSeconds": 31_536_000,
            "requiresTwoFactorVerification": False,
        }
        return Answer.of_json({"result": signed_in, "success": True})

    def _details(self, request: Request) -> Answer:
        for one in self.inbox:
            if str(one["id"]) == request.query.get("id"):
                return Answer.of_json({"result": one, "success": True})
        return _failed("There is no such item", 404)


def _object(request: Request) -> dict[str, Any] | None:
    if request.content_type.partition(";")[0] != "application/json":
        return None
    try:
        given = request.json()
    except ValueError:
        return None
    return given if isinstance(given, dict) else None


def _page(request: Request, rows: list[dict[str, Any]]) -> Answer:
    given = _object(request)
    if given is None or given.keys() - {"maxResultCount", "skipCount", "sorting"}:
        return _failed("Your request is not valid!", 400)
    count, skip = given.get("maxResultCount", 50), given.get("skipCount", 0)
    if not isinstance(count, int) or not 1 <= count <= 250 or not isinstance(skip, int):
        return _failed("maxResultCount must be between 1 and 250", 400)
    found = {"totalCount": len(rows), "items": rows[skip : skip + count]}
    return Answer.of_json({"result": found, "success": True})


def _failed(text: str, status: int) -> Answer:
    return Answer.of_json({"success": False, "error": {"code": 0, "message": text}}, status)
