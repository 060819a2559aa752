"""The line to an access point: who asks is shown, lists are followed to their end, and every answer
is either what the profile says or an error that tells what it was."""

from __future__ import annotations

import base64
from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

from ledgerdesk.connectors._answers import error_of
from ledgerdesk.connectors._pointer import at, text_at
from ledgerdesk.connectors._profile_rules import PLACEHOLDER
from ledgerdesk.connectors._rest_answers import content_of
from ledgerdesk.connectors._rest_request import filled
from ledgerdesk.errors import (
    InvalidValue,
    ItemGone,
    LedgerDeskError,
    MissingValue,
    RefusedByPackage,
    ServerTrouble,
    UnreadableAnswer,
)
from ledgerdesk.i18n import N_, translate
from ledgerdesk.net import endpoints
from ledgerdesk.net.http import Http, host_of, text_of
from ledgerdesk.sources._inbox_profile import InboxAcknowledge, InboxList, InboxProfile
from ledgerdesk.sources.base import Context

if TYPE_CHECKING:
    from requests import Response

MOST_PAGES = 2000
_OK, _GONE = (200,), (404, 410)


class InboxLine:
    """``values`` are those of the source, secrets included. Not shared between threads."""

    def __init__(self, context: Context, profile: InboxProfile, values: Mapping[str, str]) -> None:
        if context.network is None:
            raise MissingValue(field="network", name=translate(N_("Network")))
        self._profile = profile
        self._values = values
        self._secrets = [one for one in context.secrets.values() if one]
        self._clock = context.clock
        self._now: datetime | None = None
        ca_pem = context.source.values.get("ca_pem", "")
        self._http = Http(context.network, context.cancel, ca_pem=ca_pem)

    def close(self) -> None:
        self._http.close()

    @property
    def host(self) -> str:
        return host_of(self._address(self._profile.list.path, {}))

    def now(self) -> datetime:
        """The service's own time, as its last answer told; ours where it tells none."""
        return self._now or self._clock.now()

    def listed(self, since: datetime) -> Iterator[list[Any]]:
        """The list page by page. Raises what a page that cannot be read raises."""
        told = self._profile.list
        for each in told.each:
            yield from self._pages(told, {"each": each, "since": self._moment(since)})

    def content(self, id: str, part: str) -> Response:
        """The answer that holds one document's content. Raises ItemGone, and what a request that
        is not answered raises."""
        fetch = self._profile.fetch
        url = self._address(fetch.path, {"id": id, "part": part})
        headers = filled(fetch.headers, self._values)
        answer = self._ask("GET", url, (*_OK, *_GONE), fetch.ok, headers=headers)
        if answer.status_code in _GONE:
            raise ItemGone(path=part or id)
        return answer

    def acknowledge(self, how: InboxAcknowledge, id: str, part: str) -> None:
        values = {"id": id, "part": part}
        url = self._address(how.path, values)
        body = filled(how.json, {**self._values, **values}) if how.json else None
        self._ask(how.method, url, how.ok, "", json=body)

    # --- pages ----------------------------------------------------------------------------------

    def _pages(self, told: InboxList, values: Mapping[str, str]) -> Iterator[list[Any]]:
        url, seen = self._address(told.path, {}), set[str]()
        for page in range(1, MOST_PAGES + 1):
            known = {**self._values, **values, "page": str(page)}
            # The link to a further page says everything itself.
            params = None if seen else _params(told.params, known)
            answer = content_of(self._question(url, told.ok, params))
            found = at(answer, told.items)
            if not isinstance(found, list):
                raise UnreadableAnswer(host=host_of(url), answer=f"{told.items}: –")
            yield found
            if told.next == "none":
                return
            if told.next == "page":
                total = text_at(answer, told.total)
                if not found or not total.isdecimal() or page >= int(total):
                    return
                continue
            link = text_at(answer, told.link)
            if not link:
                return
            url = self._further(url, link)
            if url in seen:
                break
            seen.add(url)
        raise UnreadableAnswer(host=host_of(url), answer=translate(N_("The list does not end.")))

    def _further(self, before: str, link: str) -> str:
        """The next page stays where the keys may be shown. Raises UnreadableAnswer."""
        vendor, given = urlsplit(before), urlsplit(link)
        original = urlsplit(self._whole(self._profile.list.path, {}))
        if (given.scheme, given.netloc) not in (
            (vendor.scheme, vendor.netloc),
            (original.scheme, original.netloc),
        ):
            raise UnreadableAnswer(host=vendor.hostname or "", answer=link[:200])
        return given._replace(scheme=vendor.scheme, netloc=vendor.netloc, fragment="").geturl()

    def _question(self, url: str, success: str, params: Mapping[str, str] | None) -> Response:
        try:
            return self._ask("GET", url, _OK, success, params=params)
        except RefusedByPackage as error:
            # It is the question that is refused, not a document.
            said = str(error.params.get("answer", ""))
            raise UnreadableAnswer(host=host_of(url), answer=said) from error

    # --- one request ----------------------------------------------------------------------------

    def _ask(
        self,
        method: str,
        url: str,
        ok: Collection[int],
        success: str,
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        json: Any = None,
    ) -> Response:
        sent: Any = {"Accept": "application/json", **self._signed(), **(headers or {})}
        answer = self._http.request(method, url, params=params, headers=sent, json=json)
        self._now = _date_of(answer) or self._now
        if answer.status_code not in ok:
            raise self._error(answer)
        if success and answer.status_code < 300 and at(content_of(answer), success) is not True:
            raise ServerTrouble(host=host_of(url), answer=self._said(answer))
        return answer

    def _error(self, answer: Response) -> LedgerDeskError:
        who = self._values.get("username") or self._values.get("company") or self._profile.title
        return error_of(answer, self._clock, said=self._said(answer), username=who)

    def _said(self, answer: Response) -> str:
        text = text_of(answer)
        for secret in self._secrets:
            text = text.replace(secret, "…")
        return text

    def _signed(self) -> dict[str, str | bytes]:
        auth, values = self._profile.auth, self._values
        if auth.scheme == "basic":
            both = f"{filled(auth.username, values)}:{filled(auth.secret, values)}"
            return {"Authorization": b"Basic " + base64.b64encode(both.encode())}
        if auth.scheme == "bearer":
            return {"Authorization": f"Bearer {filled(auth.secret, values)}".encode()}
        return {name: filled(text, values).encode() for name, text in auth.headers.items()}

    def _address(self, path: str, values: Mapping[str, str]) -> str:
        whole = self._whole(path, {**self._values, **values})
        parts = urlsplit(whole)
        if any(one in (".", "..") for one in parts.path.split("/")):
            hint = translate(N_("It would lead to another address of the vendor."))
            raise InvalidValue(value=parts.path, name=translate(N_("The address")), hint=hint)
        origin = f"{parts.scheme}://{parts.netloc}"
        return endpoints.base(self._profile.id, origin) + whole[len(origin) :]

    def _whole(self, path: str, values: Mapping[str, str]) -> str:
        known = {**self._values, **values}
        whole = PLACEHOLDER.sub(lambda one: quote(known.get(one.group(1), ""), safe=""), path)
        return whole if "://" in path else self._values["base_url"].rstrip("/") + whole

    def _moment(self, moment: datetime) -> str:
        if self._profile.since_format == "date":
            return moment.date().isoformat()
        return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _date_of(answer: Response) -> datetime | None:
    try:
        found = parsedate_to_datetime(answer.headers.get("Date", ""))
    except (TypeError, ValueError):
        return None
    return found if found.tzinfo else None


def _params(given: Mapping[str, str], values: Mapping[str, str]) -> dict[str, str]:
    """Without those that only hold a value the firm did not give."""
    found = {}
    for name, text in given.items():
        names = PLACEHOLDER.findall(text)
        if not names or any(values.get(one) for one in names):
            found[name] = filled(text, values)
    return found
