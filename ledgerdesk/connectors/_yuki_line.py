"""One request to Yuki's archive service, and what each answer of its web server means."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from ledgerdesk.connectors._yuki_soap import NotUnderstood, envelope, headers, result
from ledgerdesk.connectors.base import Context
from ledgerdesk.errors import (
    CredentialsRejected,
    NoSuchService,
    OutcomeUnknown,
    RateLimited,
    RefusedByPackage,
    ServerTrouble,
    UnreadableAnswer,
)
from ledgerdesk.i18n import N_, translate
from ledgerdesk.net import endpoints

if TYPE_CHECKING:
    from lxml import etree
    from requests import Response

    from ledgerdesk.net.http import Http

UPLOAD = "UploadDocument"
SLOW_GATEWAY = 120.0
"""Seconds before the next attempt when a gateway gave up waiting: by then the look-up before it
shows what became of the document."""


class Line:
    """Used by one thread. ``Fault`` is for the caller; every other error is from the tree."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._http: Http | None = None

    @property
    def url(self) -> str:
        vendor = f"https://api.yukiworks.{self._context.values['country']}"
        return f"{endpoints.base('yuki', vendor)}/ws/Archive.asmx"

    @property
    def host(self) -> str:
        from ledgerdesk.net.http import host_of

        return host_of(self.url)

    def ask(
        self, operation: str, values: Mapping[str, str], scope: str = ""
    ) -> etree._Element | None:
        """The operation's result; counted for the domain ``scope`` before it is asked.

        Raises Fault; LimitReached, CredentialsRejected, NoSuchService, RateLimited, ServerTrouble,
        UnreadableAnswer, RefusedByPackage; OutcomeUnknown for an upload; what Http raises.
        """
        self._context.budget.spend(scope)
        answer = self._post(operation, envelope(operation, values))
        self._require_heard(operation, answer)
        try:
            return result(answer.content, operation)
        except NotUnderstood:
            raise self._no_answer(operation, answer) from None

    def close(self) -> None:
        if self._http is not None:
            self._http.close()
            self._http = None

    def _post(self, operation: str, body: bytes) -> Response:
        from ledgerdesk.net.http import Http

        if self._http is None:
            self._http = Http.of(self._context)
        return self._http.request(
            "POST", self.url, data=body, headers=headers(operation), delivers=operation == UPLOAD
        )

    def _require_heard(self, operation: str, answer: Response) -> None:
        """Raises what the web server says before the service heard of it."""
        from ledgerdesk.net.http import retry_after, text_of

        host, status = self.host, answer.status_code
        if status in (401, 403):
            raise refused_key(host, text_of(answer))
        if status == 404:
            raise NoSuchService(host=host)
        wait = retry_after(answer, self._context.clock)
        if status == 429:
            raise RateLimited(host=host, retry_after=wait)
        if status in (502, 503, 504):
            slow = SLOW_GATEWAY if operation == UPLOAD and status != 503 else None
            raise ServerTrouble(host=host, answer=text_of(answer), retry_after=wait or slow)
        if status == 413:
            raise RefusedByPackage(host=host, answer=text_of(answer))

    def _no_answer(
        self, operation: str, answer: Response
    ) -> OutcomeUnknown | ServerTrouble | UnreadableAnswer:
        from ledgerdesk.net.http import text_of

        told = text_of(answer)
        if operation == UPLOAD and not 400 <= answer.status_code < 500:
            return OutcomeUnknown(reason=f"{self.host}: {told}")
        if answer.status_code >= 500:
            return ServerTrouble(host=self.host, answer=told)
        return UnreadableAnswer(host=self.host, answer=told)


def refused_key(host: str, answer: str) -> CredentialsRejected:
    """The key itself is never told, what the vendor says of it is."""
    whose = translate(N_("this access key ({answer})")).format(answer=answer)
    return CredentialsRejected(host=host, username=whose)
