"""Octopus' REST service's stand-in: the three tokens, dossiers, and CODA (shared/facts/
belgian-packages.md §2.1). Invoices go to a dossier's mailbox and never come here."""

from __future__ import annotations

import re
import secrets
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from ledgerdesk.practice.vendors.server import Answer, Request, VendorClock, VendorServer

ROOT = "/octopus-rest-api/v1"
_LIFE = timedelta(minutes=10)
_CODA = re.compile(ROOT + r"/dossiers/(\d+)/coda")


@dataclass
class OctopusStatement:
    dossier: str
    content: str
    in_dms: bool


class OctopusServer(VendorServer):
    """``user`` and ``password`` sign in for the software house; ``statements`` is the verdict."""

    user = "practice"

    def __init__(self, folder: Path | None = None, *, clock: VendorClock | None = None) -> None:
        self.software_house = str(uuid.uuid4())
        self.password = secrets.token_urlsafe(12)
        self.dossiers: dict[str, str] = {}
        self.closed_to_web_services: set[str] = set()
        self.statements: list[OctopusStatement] = []
        self._tokens: dict[str, datetime] = {}
        self._dossier_tokens: dict[str, tuple[str, datetime]] = {}
        super().__init__(folder, clock=clock)

    def answer(self, request: Request) -> Answer:
        coda = _CODA.fullmatch(request.path)
        if request.path == f"{ROOT}/authentication" and request.method == "POST":
            return self._authenticate(request)
        if request.path == f"{ROOT}/dossiers" and request.method == "GET":
            return self._list(request)
        if request.path == f"{ROOT}/dossiers" and request.method == "POST":
            return self._enter(request)
        if coda and request.method == "POST":
            return self._coda(request, coda[1])
        return _error("No such operation", 404)

    def _authenticate(self, request: Request) -> Answer:
        if request.headers.get("softwarehouseuuid") != self.software_house:
            return _error("Unknown software house", 401)
        try:
            given = request.json()
        except ValueError:
            return _error("Malformed JSON", 400)
        if not isinstance(given, dict) or given.keys() != {"user", "password"}:
            return _error("user and password are expected", 400)
        if (given["user"], given["password"]) != (self.user, self.password):
            return _error("Wrong user or password", 401)
        token = secrets.token_hex(16)
        self._tokens[token] = self.clock.now() + _LIFE
        return Answer.of_json({"token": token})

    def _list(self, request: Request) -> Answer:
        if not self._is_valid(request):
            return _error("Token missing or expired", 401)
        rows = [
            {"dossierKey": {"id": int(number)}, "dossierDescription": name}
            for number, name in self.dossiers.items()
        ]
        return Answer.of_json(rows)

    def _enter(self, request: Request) -> Answer:
        if not self._is_valid(request):
            return _error("Token missing or expired", 401)
        number = request.query.get("dossierId", "")
        if number not in self.dossiers:
            return _error("Unknown dossier", 404)
        if number in self.closed_to_web_services:
            return _error("The web service module is not active for this dossier", 403)
        token = secrets.token_hex(16)
        self._dossier_tokens[token] = (number, self.clock.now() + _LIFE)
        return Answer.of_json({"Dossiertoken": token})

    def _coda(self, request: Request, number: str) -> Answer:
        dossier, until = self._dossier_tokens.get(
            request.headers.get("dossiertoken", ""), ("", self.clock.now())
        )
        if dossier != number or until <= self.clock.now():
            return _error("Dossier token missing or expired", 401)
        if request.query.keys() - {"publishPdfInDms"}:
            return _error("Unknown parameter", 400)
        if request.content_type.partition(";")[0] != "application/json":
            return _error("application/json is expected", 415)
        try:
            content = request.json()
        except ValueError:
            content = None
        if not isinstance(content, str) or not content.startswith("0"):
            return _error("The body is not a CODA text", 400)
        in_dms = request.query.get("publishPdfInDms") == "true"
        self.statements.append(OctopusStatement(number, content, in_dms))
        return Answer(200)

    def _is_valid(self, request: Request) -> bool:
        until = self._tokens.get(request.headers.get("token", ""))
        return until is not None and until > self.clock.now()


def _error(text: str, status: int) -> Answer:
    return Answer.of_json({"description": text}, status)
