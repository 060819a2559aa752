"""ClearFacts' GraphQL service (developer.clearfacts.be): one address, errors inside a 200 too."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ledgerdesk.connectors._answers import error_of
from ledgerdesk.connectors._content import checked_content
from ledgerdesk.connectors.base import Context, Session
from ledgerdesk.errors import (
    AddressMissing,
    AdministrationRefused,
    DirectionUnknown,
    Forbidden,
    OutcomeUnknown,
    RefusedByPackage,
    SignInError,
    UnreadableAnswer,
)
from ledgerdesk.failpoint import failpoint
from ledgerdesk.i18n import N_, translate
from ledgerdesk.model import (
    Administration,
    Assurance,
    Check,
    Direction,
    Evidence,
    Found,
    Parcel,
    Probe,
    Stage,
    Whose,
)
from ledgerdesk.net.endpoints import base
from ledgerdesk.net.http import Http, host_of, text_of

if TYPE_CHECKING:
    from requests import Response

VENDOR = "https://api.clearfacts.be"
_ADMINISTRATIONS = "query administrations { administrations { name, companyNumber } }"
_ACCOUNTANT = "query accountant { accountant { name, companyNumber } }"
_UPLOAD = (
    "mutation upload($vatnumber: String!, $filename: String!, $invoicetype: InvoiceTypeArgument!) "
    "{ uploadFile(vatnumber: $vatnumber, filename: $filename, invoicetype: $invoicetype) "
    "{ uuid, amountOfPages } }"
)
_TYPES = {Direction.PURCHASE: "PURCHASE", Direction.SALE: "SALE"}
# Trouble inside or behind the service: the file may be kept. A 503 is said at the door.
_AFTER_THE_FACT = (500, 502, 504)


class ClearFactsSession(Session):
    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._http = Http.of(context)
        self._visible: set[str] | None = None
        self._refused: SignInError | None = None

    def verify(self) -> Iterator[Check]:
        """Reads the administrations: what the token may upload is proven by the first document.
        Raises CredentialsRejected, Forbidden and what the line raises."""
        found = self.administrations()
        yield Check(N_("The token is accepted"), True)
        yield Check(N_("Administrations are visible"), True, str(len(found)))

    def administrations(self) -> Sequence[Administration]:
        answer = self._ask({"json": {"query": _ADMINISTRATIONS}})
        data = self._data(answer)
        rows = data.get("administrations")
        if not isinstance(rows, list):
            raise UnreadableAnswer(host=host_of(answer.url), answer=text_of(answer))
        return [
            Administration(
                str(row["companyNumber"]), str(row.get("name", "")), str(row["companyNumber"])
            )
            for row in rows
            if isinstance(row, dict) and row.get("companyNumber")
        ]

    def whose(self) -> Whose:
        """The office the token belongs to, or its only name: ClearFacts. Raises what asking
        raises."""
        office = self._data(self._ask({"json": {"query": _ACCOUNTANT}})).get("accountant")
        if not isinstance(office, dict) or not office.get("companyNumber"):
            return Whose("ClearFacts", host_of(VENDOR))
        number = str(office["companyNumber"])
        return Whose(str(office.get("name") or number), number)

    def send_one(self, parcel: Parcel) -> Evidence:
        """Raises DirectionUnknown, AddressMissing, ContentGone, RefusedByPackage, OutcomeUnknown
        and what the line raises."""
        if parcel.direction is None:
            raise DirectionUnknown()
        if not parcel.administration_id:
            kind = translate(N_("the administration"))
            raise AddressMissing(field="administration", kind=kind, client="")
        self._ready(parcel)
        body = checked_content(parcel, self.context.cancel)
        variables = {
            "vatnumber": parcel.administration_id,
            "filename": parcel.target.name,
            "invoicetype": _TYPES[parcel.direction],
        }
        failpoint("clearfacts.connected")
        self.context.stages.reached(parcel.delivery_id, Stage.PUBLISHING)
        failpoint("clearfacts.publishing_committed")
        answer = self._ask(
            {
                "data": {"query": _UPLOAD, "variables": json.dumps(variables)},
                "files": {"file": (parcel.target.name, body, "application/octet-stream")},
            },
            delivers=True,
        )
        failpoint("clearfacts.published")
        return self._arrived(parcel, answer)

    def probe(self, parcel: Parcel) -> Probe:
        """Documents can only be asked for by the number they got: without the answer, nobody
        knows it."""
        sent = parcel.stage is Stage.PUBLISHING
        return Probe(Found.CANNOT_TELL if sent else Found.ABSENT)

    def close(self) -> None:
        self._http.close()

    # --- how ------------------------------------------------------------------------------------

    def _ready(self, parcel: Parcel) -> None:
        """Asks once before the first document is on its way: a wrong token, a dead server or a
        company that is not visible leave no doubt. A refusal is final for this session."""
        if self._refused is not None:
            raise self._refused
        try:
            if self._visible is None:
                self._visible = {one.id for one in self.administrations()}
        except SignInError as error:
            self._refused = error
            raise
        if parcel.administration_id not in self._visible:
            answer = translate(N_("It is not among the companies this token shows."))
            host, wanted = host_of(base("clearfacts", VENDOR)), parcel.administration_id
            raise AdministrationRefused(host=host, administration=wanted, answer=answer)

    def _ask(self, body: Mapping[str, Any], *, delivers: bool = False) -> Response:
        headers = {
            "Authorization": f"Bearer {self.context.secrets.get('token', '')}",
            "Accept": "application/json",
        }
        url = f"{base('clearfacts', VENDOR)}/graphql"
        return self._http.request("POST", url, headers=headers, delivers=delivers, **body)

    def _arrived(self, parcel: Parcel, answer: Response) -> Evidence:
        host = host_of(answer.url)
        if answer.status_code in _AFTER_THE_FACT:
            raise OutcomeUnknown(reason=f"{host}: {text_of(answer)}")
        data = self._data(answer, delivered=True)
        uploaded = data.get("uploadFile")
        uuid = uploaded.get("uuid") if isinstance(uploaded, dict) else None
        if not isinstance(uuid, str) or not uuid:
            raise OutcomeUnknown(reason=f"{host}: {text_of(answer)}")
        facts = {
            "server": host,
            "administration": parcel.administration_id,
            "pages": str(uploaded.get("amountOfPages", "")) if uploaded else "",
            "size": parcel.size,
            "sha256": parcel.sha256,
        }
        return Evidence(Assurance.ACKNOWLEDGED, uuid, facts)

    def _data(self, answer: Response, *, delivered: bool = False) -> Mapping[str, Any]:
        """The answer's ``data``. A GraphQL error means that nothing was done."""
        try:
            given = answer.json()
        except ValueError:
            given = None
        said = _said(given)
        if not 200 <= answer.status_code < 300:
            account = translate(N_("this token"))
            raise error_of(answer, self.context.clock, said=said, username=account)
        if said:
            host = host_of(answer.url)
            if "denied" in said.lower():
                raise Forbidden(host=host, what=said)
            raise RefusedByPackage(host=host, answer=said)
        data = given.get("data") if isinstance(given, dict) else None
        if not isinstance(data, dict):
            host, text = host_of(answer.url), text_of(answer)
            if delivered:
                raise OutcomeUnknown(reason=f"{host}: {text}")
            raise UnreadableAnswer(host=host, answer=text)
        return data


def _said(given: Any) -> str:
    """The sentences of GraphQL's own errors, or of the service in front of it."""
    if not isinstance(given, dict):
        return ""
    errors = given.get("errors")
    if isinstance(errors, list) and errors:
        texts = [
            str(one.get("message", "")) if isinstance(one, dict) else str(one) for one in errors
        ]
        return " ".join(" ".join(texts).split())[:300] or "error"
    return str(given.get("error_description") or given.get("error") or given.get("message") or "")
