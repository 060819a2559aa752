"""Exact Online's REST service: signed calls within its limits, and pages of rows."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from ledgerdesk.connectors._exact_answers import COUNTED, checked, pause
from ledgerdesk.connectors._exact_sign_in import authorization_server, base, host_of
from ledgerdesk.connectors.base import Context
from ledgerdesk.errors import (
    ConnectionRefused,
    ConnectionTrouble,
    HostNotFound,
    OutcomeUnknown,
    SignInExpired,
    UnreadableAnswer,
)
from ledgerdesk.i18n import N_, translate
from ledgerdesk.model import Budget
from ledgerdesk.net.http import Http, text_of
from ledgerdesk.net.oauth_session import SignedIn

if TYPE_CHECKING:
    from requests import Response

_MOST_PAGES = 200

Row = Mapping[str, Any]


class ExactApi:
    """One per session. ``division`` is the administration in the address, "" for none.

    All methods raise SignInExpired, RateLimited, AdministrationLimitReached, ServerTrouble,
    UnreadableAnswer, what Http.request raises, and for an administration AdministrationRefused.
    """

    def __init__(self, context: Context) -> None:
        self.host = host_of(context.values)
        self._context = context
        self._http: Http | None = None
        self._signed_in: SignedIn | None = None

    def rows(self, path: str, division: str = "", **query: str) -> Iterator[Row]:
        """All pages of a collection. ``query``: OData options without their dollar sign."""
        url: str | None = self._url(path, division)
        params: dict[str, str] | None = {f"${name}": value for name, value in query.items()}
        seen: set[str] = set()
        while url is not None and url not in seen and len(seen) < _MOST_PAGES:
            seen.add(url)
            answer = self._call("GET", url, division, params=params)
            page, url = self._page(answer)
            params = None
            yield from page

    def add(self, path: str, division: str, given: Mapping[str, Any]) -> str:
        """The id of what was made. Raises RefusedByPackage for what it refuses, and OutcomeUnknown
        when it may have been made and nobody said so."""
        answer = self._call("POST", self._url(path, division), division, given=given)
        made = _parsed(answer).get("d")
        id = made.get("ID") if isinstance(made, Mapping) else None
        if not isinstance(id, str) or not id:
            raise OutcomeUnknown(reason=f"{self.host}: {text_of(answer)}")
        return id

    def close(self) -> None:
        http, self._http, self._signed_in = self._http, None, None
        if http is not None:
            http.close()

    # --- calling ----------------------------------------------------------------------------------

    def _call(
        self,
        method: str,
        url: str,
        division: str,
        *,
        params: Mapping[str, str] | None = None,
        given: Mapping[str, Any] | None = None,
    ) -> Response:
        http, signed_in, budget = self._line()
        token = signed_in.bearer()
        while True:
            budget.spend(division)
            try:
                answer = http.request(
                    method,
                    url,
                    params=params,
                    headers={"Accept": "application/json", "Authorization": f"Bearer {token}"},
                    json=given,
                    delivers=given is not None,
                )
            except (OutcomeUnknown, ConnectionTrouble) as lost:
                # It may have been a refusal: the vendor counts it, whether it was heard or not.
                if not isinstance(lost, HostNotFound | ConnectionRefused):
                    budget.refused(division)
                raise
            if answer.status_code in COUNTED:
                budget.refused(division)
            if wait := pause(answer, self._context.clock):
                budget.closed(division, wait)
            if answer.status_code != 401:
                return checked(answer, self.host, division, self._context.clock)
            token = signed_in.refused(token)

    def _line(self) -> tuple[Http, SignedIn, Budget]:
        context = self._context
        if context.tokens is None:
            reason = translate(N_("Nobody has signed in here yet."))
            raise SignInExpired(host=self.host, reason=reason)
        if self._http is None or self._signed_in is None:
            self._http = Http.of(context)
            server = authorization_server(context.values, context.secrets)
            self._signed_in = SignedIn(self._http, server, context.tokens, context.clock)
        return self._http, self._signed_in, context.budget

    def _url(self, path: str, division: str) -> str:
        there = f"{division}/{path}" if division else path
        return f"{base(self._context.values)}/api/v1/{there}"

    # --- reading ----------------------------------------------------------------------------------

    def _page(self, answer: Response) -> tuple[list[Row], str | None]:
        """``{"d": {"results": […], "__next": …}}``, or the rows alone, or one row alone."""
        held = _parsed(answer).get("d")
        following = None
        if isinstance(held, Mapping):
            following = held.get("__next")
            held = held.get("results", [held])
        rows = held if isinstance(held, list) else None
        if rows is None or not all(isinstance(row, Mapping) for row in rows):
            raise UnreadableAnswer(host=self.host, answer=text_of(answer))
        return rows, self._followed(following)

    def _followed(self, url: object) -> str | None:
        """The next page, as the vendor gives it: never at an address that is not the vendor's."""
        if not url:
            return None
        if not isinstance(url, str) or not url.startswith(f"{base(self._context.values)}/"):
            raise UnreadableAnswer(host=self.host, answer=f"__next: {str(url)[:200]}")
        return url


def literal(text: str) -> str:
    """``text`` inside an OData filter."""
    return "'" + text.replace("'", "''") + "'"


def guid(id: str) -> str:
    return f"guid'{id}'"


def _parsed(answer: Response) -> Mapping[str, Any]:
    """Nothing for what is no JSON object."""
    try:
        given = json.loads(answer.content)
    except (ValueError, RecursionError):
        return {}
    return given if isinstance(given, dict) else {}
