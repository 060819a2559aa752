"""Zenvoices: documents go by mail, its web service shows the administrations and the inbox.

The vendor's public reference has no upload; what arrived by mail can be read back from the inbox
(shared/facts/belgian-packages.md §2.3, zenvoices.com/blog/public-api-docs).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ledgerdesk.connectors._answers import error_of
from ledgerdesk.connectors._mail import MailSession
from ledgerdesk.connectors.base import Context, Session
from ledgerdesk.errors import CredentialsRejected, SignInMethodRefused, UnreadableAnswer
from ledgerdesk.i18n import N_, translate
from ledgerdesk.model import (
    Administration,
    Assurance,
    Check,
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

VENDOR = "https://app.zenvoices.com"
_ROOT = "/public-api/v1"
_PAGE = 250
_MOST_PAGES = 40
"""Ten thousand mails back: older ones are past the days in which they are looked for."""


class ZenvoicesSession(Session):
    """The mail account for what goes out, the web service for what is asked."""

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._mail = MailSession(context)
        self._http = Http.of(context)
        self._token = ""
        self._inbox: list[Mapping[str, Any]] | None = None

    def verify(self) -> Iterator[Check]:
        """Raises CredentialsRejected, SignInMethodRefused, Forbidden and what the mail account's
        own check raises."""
        self._sign_in()
        name = self.context.values.get("username", "")
        yield Check(N_("Signed in to the web service"), True, name)
        found = self.administrations()
        yield Check(N_("Administrations are visible"), True, str(len(found)))
        yield from self._mail.verify()

    def administrations(self) -> Sequence[Administration]:
        rows = self._rows("administration/list")
        return [Administration(str(one["id"]), str(one.get("name", ""))) for one in rows]

    def send_one(self, parcel: Parcel) -> Evidence:
        """Looks first when it was tried before. Raises what the mail account's session raises."""
        there = None
        if parcel.attempt > 1:
            there = self.confirm(parcel, parcel.target.extra["message_id"])
        return there or self._mail.send_one(parcel)

    def probe(self, parcel: Parcel) -> Probe:
        """What lies in the inbox arrived. What does not may still be on its way, as mails are."""
        if parcel.stage is not Stage.PUBLISHING:
            return Probe(Found.ABSENT)
        evidence = self.confirm(parcel, parcel.target.extra["message_id"])
        return Probe(Found.THERE, evidence) if evidence else Probe(Found.CANNOT_TELL)

    def confirm(self, parcel: Parcel, remote: str) -> Evidence | None:
        """The mail's line in the inbox, found by the delivery's own mark in its subject."""
        if self._inbox is None:
            self._inbox = self._rows("inbox/list", sorting="receivedTime desc")
        for one in self._inbox:
            if parcel.uid in str(one.get("subject", "")):
                seen = ("id", "importStatus", "receivedTime", "destination", "externalId")
                shown = {name: str(one[name]) for name in seen if one.get(name) is not None}
                facts = {"size": parcel.size, "sha256": parcel.sha256, **shown}
                return Evidence(Assurance.PICKED_UP, remote, {"subject": one["subject"], **facts})
        return None

    def close(self) -> None:
        self._mail.close()
        self._http.close()

    # --- the web service ------------------------------------------------------------------------

    def _sign_in(self) -> None:
        values, secrets = self.context.values, self.context.secrets
        answer = self._http.request(
            "POST",
            f"{base('zenvoices', VENDOR)}/api/TokenAuth/TokenLogin",
            json={
                "userNameOrEmailAddress": values.get("username", ""),
                "password": secrets.get("password", ""),
                "tenancyName": values.get("tenant", ""),
            },
        )
        if answer.status_code in (400, 401):
            host, name = host_of(answer.url), values.get("username", "")
            raise CredentialsRejected(field="password", host=host, username=name)
        result = self._result(answer)
        if result.get("requiresTwoFactorVerification"):
            raise SignInMethodRefused(
                host=host_of(answer.url), offered=translate(N_("a second proof (two factors)"))
            )
        token = result.get("accessToken")
        if not isinstance(token, str) or not token:
            raise UnreadableAnswer(host=host_of(answer.url), answer=text_of(answer))
        self._token = token

    def _rows(self, operation: str, **more: str) -> list[Mapping[str, Any]]:
        """Every row of a list, page by page."""
        rows: list[Mapping[str, Any]] = []
        for page in range(_MOST_PAGES):
            self.context.cancel.raise_if_cancelled()
            given = {"maxResultCount": _PAGE, "skipCount": page * _PAGE, **more}
            items = self._result(self._ask(operation, given)).get("items")
            if not isinstance(items, list):
                break
            rows += [one for one in items if isinstance(one, dict)]
            if len(items) < _PAGE:
                break
        return rows

    def _ask(self, operation: str, given: Mapping[str, Any]) -> Response:
        """A fresh sign-in once when the token ended meanwhile."""
        fresh = not self._token
        if fresh:
            self._sign_in()
        url = f"{base('zenvoices', VENDOR)}{_ROOT}/{operation}"
        answer = self._post(url, given)
        if answer.status_code == 401 and not fresh:
            self._sign_in()
            answer = self._post(url, given)
        return answer

    def _post(self, url: str, given: Mapping[str, Any]) -> Response:
        headers = {"Authorization": f"Bearer {self._token}", "Accept": "application/json"}
        return self._http.request("POST", url, json=given, headers=headers)

    def _result(self, answer: Response) -> Mapping[str, Any]:
        """The answer's ``result``. Raises what its status or its own ``error`` says."""
        try:
            given = answer.json()
        except ValueError:
            given = None
        error = given.get("error") if isinstance(given, dict) else None
        said = str(error.get("message") or "") if isinstance(error, dict) else ""
        if not 200 <= answer.status_code < 300:
            username = self.context.values.get("username", "")
            raise error_of(answer, self.context.clock, said=said, username=username)
        result = given.get("result", given) if isinstance(given, dict) else None
        if not isinstance(result, dict) or said:
            raise UnreadableAnswer(host=host_of(answer.url), answer=said or text_of(answer))
        return result
