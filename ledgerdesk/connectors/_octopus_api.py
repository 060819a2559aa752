"""Octopus' REST service: a sign-in of ten minutes, a dossier's own of ten more, then a statement.

Documented: the three tokens (login.octopus.be/manual, authentication). Known from other programs
only: the exact names, and where a CODA goes (shared/facts/belgian-packages.md §2.1).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from ledgerdesk.connectors._answers import error_of
from ledgerdesk.connectors._content import checked_content
from ledgerdesk.connectors.base import Context, Session
from ledgerdesk.errors import (
    AddressMissing,
    AdministrationRefused,
    CredentialsRejected,
    FormatDiffers,
    OutcomeUnknown,
    UnreadableAnswer,
)
from ledgerdesk.failpoint import failpoint
from ledgerdesk.i18n import N_, translate
from ledgerdesk.model import (
    Administration,
    Assurance,
    Check,
    DocumentFormat,
    Evidence,
    Found,
    Parcel,
    Probe,
    Stage,
)
from ledgerdesk.net.endpoints import base
from ledgerdesk.net.http import Http, host_of, text_of

if TYPE_CHECKING:
    from requests import Response

VENDOR = "https://service.inaras.be"
_ROOT = "/octopus-rest-api/v1"
# A token lasts ten minutes; a statement on its way must not meet the end of them.
_LIFE = timedelta(minutes=8)
# Trouble inside or behind the service: the statement may be kept. A 503 is said at the door.
_AFTER_THE_FACT = (500, 502, 504)


class OctopusSession(Session):
    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._http = Http.of(context)
        self._token = ""
        self._token_until: datetime | None = None
        self._dossiers: dict[str, tuple[str, datetime]] = {}

    def verify(self) -> Iterator[Check]:
        """Signs in and reads the dossiers. Raises CredentialsRejected and what the line raises."""
        yield Check(N_("Signed in"), True, self.context.values.get("username", ""))
        found = self.administrations()
        yield Check(N_("Dossiers are visible"), True, str(len(found)))

    def administrations(self) -> Sequence[Administration]:
        answer = self._signed_in("GET", "/dossiers")
        rows = _json(answer)
        if not isinstance(rows, list):
            raise UnreadableAnswer(host=host_of(answer.url), answer=text_of(answer))
        return [
            Administration(str(row["dossierKey"]["id"]), str(row.get("dossierDescription", "")))
            for row in rows
            if isinstance(row, dict) and isinstance(row.get("dossierKey"), dict)
        ]

    def send_one(self, parcel: Parcel) -> Evidence:
        """Raises FormatDiffers, ContentGone, AdministrationRefused, RefusedByPackage,
        OutcomeUnknown and what the line raises."""
        if parcel.format is not DocumentFormat.CODA:
            raise FormatDiffers(found=parcel.format, wanted=DocumentFormat.CODA)
        dossier = parcel.administration_id
        if not dossier:
            kind = translate(N_("the dossier"))
            raise AddressMissing(field="administration", kind=kind, client="")
        body = checked_content(parcel, self.context.cancel)
        token = self._dossier(dossier)
        failpoint("octopus.connected")
        self.context.stages.reached(parcel.delivery_id, Stage.PUBLISHING)
        failpoint("octopus.publishing_committed")
        answer = self._http.request(
            "POST",
            f"{self._base()}/dossiers/{dossier}/coda",
            params={"publishPdfInDms": "false"},
            headers={"dossierToken": token, "Accept": "application/json"},
            # The text travels as JSON: every byte of a CODA is one character of Latin-1.
            json=body.decode("latin-1"),
            delivers=True,
        )
        failpoint("octopus.published")
        return self._arrived(parcel, answer)

    def probe(self, parcel: Parcel) -> Probe:
        """Octopus cannot be asked for a statement: only what was surely not sent is known."""
        sent = parcel.stage is Stage.PUBLISHING
        return Probe(Found.CANNOT_TELL if sent else Found.ABSENT)

    def close(self) -> None:
        self._http.close()

    # --- tokens ---------------------------------------------------------------------------------

    def _sign_in(self) -> str:
        now = self.context.clock.now()
        if self._token_until is not None and now < self._token_until:
            return self._token
        values, secrets = self.context.values, self.context.secrets
        answer = self._http.request(
            "POST",
            f"{self._base()}/authentication",
            headers={"softwareHouseUuid": values.get("software_house_id", "")},
            json={"user": values.get("username", ""), "password": secrets.get("password", "")},
        )
        self._raise_for(answer)
        self._token, self._token_until = _text(answer, "token"), now + _LIFE
        return self._token

    def _signed_in(self, method: str, path: str, **params: str) -> Response:
        answer = self._http.request(
            method, f"{self._base()}{path}", params=params, headers={"Token": self._sign_in()}
        )
        if answer.status_code == 401:
            # It may have ended early: one fresh sign-in, never more, or the account is locked.
            self._token_until = None
            headers = {"Token": self._sign_in()}
            answer = self._http.request(
                method, f"{self._base()}{path}", params=params, headers=headers
            )
        if answer.status_code in (403, 404) and params:
            raise AdministrationRefused(
                host=host_of(answer.url), administration=params["dossierId"], answer=_said(answer)
            )
        self._raise_for(answer)
        return answer

    def _dossier(self, dossier: str) -> str:
        """The dossier's own token, kept for the next statement."""
        token, until = self._dossiers.get(dossier, ("", None))
        now = self.context.clock.now()
        if until is None or now >= until:
            token = _text(self._signed_in("POST", "/dossiers", dossierId=dossier), "Dossiertoken")
            self._dossiers[dossier] = (token, now + _LIFE)
        return token

    # --- answers --------------------------------------------------------------------------------

    def _arrived(self, parcel: Parcel, answer: Response) -> Evidence:
        if answer.status_code == 401:
            # Refused at the door: nothing was kept there. The next attempt gets a new token.
            self._dossiers.clear()
        if answer.status_code in _AFTER_THE_FACT:
            raise OutcomeUnknown(reason=f"{host_of(answer.url)}: {_said(answer)}")
        self._raise_for(answer)
        remote = f"dossiers/{parcel.administration_id}/coda"
        facts = {
            "server": host_of(answer.url),
            "dossier": parcel.administration_id,
            "status": answer.status_code,
            "size": parcel.size,
            "sha256": parcel.sha256,
        }
        return Evidence(Assurance.ACKNOWLEDGED, remote, facts)

    def _raise_for(self, answer: Response) -> None:
        if 200 <= answer.status_code < 300:
            return
        username = self.context.values.get("username", "")
        error = error_of(answer, self.context.clock, said=_said(answer), username=username)
        if isinstance(error, CredentialsRejected):
            error.field = "password"
        raise error

    def _base(self) -> str:
        return f"{base('octopus', VENDOR)}{_ROOT}"


def _json(answer: Response) -> Any:
    try:
        return answer.json()
    except ValueError:
        return None


def _said(answer: Response) -> str:
    """Octopus' own sentence, under one of two names."""
    given = _json(answer)
    if isinstance(given, dict):
        return str(given.get("description") or given.get("errorMessage") or "")
    return text_of(answer)


def _text(answer: Response, name: str) -> str:
    given = _json(answer)
    found = given.get(name) if isinstance(given, dict) else None
    if not isinstance(found, str) or not found:
        raise UnreadableAnswer(host=host_of(answer.url), answer=text_of(answer))
    return found
