"""The line to one vendor: who asks is shown, tokens are fetched and renewed, refusals are final."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from ledgerdesk.connectors._pointer import text_at
from ledgerdesk.connectors._profile import Login, RestProfile
from ledgerdesk.connectors._profile_rules import PLACEHOLDER
from ledgerdesk.connectors._rest_answers import Reader, content_of
from ledgerdesk.connectors._rest_request import Body, Values, address, filled, sign
from ledgerdesk.connectors.base import Context
from ledgerdesk.errors import SignInError
from ledgerdesk.net.http import Http

if TYPE_CHECKING:
    from requests import Response

_EARLY = timedelta(seconds=30)
"""A token is not used for its last seconds: it must live until the request has arrived."""
_REFUSES_SIGN_IN = (400, 401, 403, 422)
_OK = range(200, 300)


class _Account:
    """One sign-in of this session; no secret shows when it is printed."""

    def __init__(self) -> None:
        self.token = ""
        self.until: datetime | None = None
        self.is_tried = False
        self.refusal: SignInError | None = None


class Line:
    """Not shared between threads. Several clients may sign in for themselves over one line."""

    def __init__(self, context: Context, connector_id: str, profile: RestProfile) -> None:
        self._context = context
        self._id = connector_id
        self._profile = profile
        self._http: Http | None = None
        self._accounts: dict[tuple[str, ...], _Account] = {}

    def reader(self, values: Values) -> Reader:
        profile = self._profile
        who = values.get(profile.username_field, "") or profile.title
        secrets = [values.get(one.key, "") for one in profile.fields if one.secret]
        return Reader(profile, self._context.clock, who, [one for one in secrets if one])

    def ready(self, values: Values) -> None:
        """Signs in, or asks the harmless question, once per sign-in: so that a wrong key or a dead
        server shows before a document is on its way. Raises what that raises."""
        account = self._account(values)
        if account.refusal is not None:
            raise account.refusal
        if self._profile.auth.scheme == "login":
            self._token(account, values)
        elif self._profile.test is not None and self._profile.test.path and not account.is_tried:
            self.test(values)
        account.is_tried = True

    def test(self, values: Values) -> None:
        """The profile's harmless question. Raises why it was not answered."""
        test = self._profile.test
        if test is None or not test.path:
            return
        answer = self.ask(test.method, test.path, values, Body())
        refusal = self.reader(values).refusal(answer, test.ok)
        if refusal is not None:
            raise refusal

    def ask(
        self, method: str, path: str, values: Values, body: Body, *, delivers: bool = False
    ) -> Response:
        """The answer, whatever it says, but for 401: then there was a new sign-in, once, and it is
        of no use. Raises what Http raises, CredentialsRejected, MissingValue, LimitReached."""
        account = self._account(values)
        if account.refusal is not None:
            raise account.refusal
        url = address(self._id, self._profile, path, values)
        answer = self._signed(method, url, values, body, account, delivers=delivers)
        if answer.status_code == 401 and self._profile.auth.scheme == "login":
            account.token = ""
            answer = self._signed(method, url, values, body, account, delivers=delivers)
        if answer.status_code == 401:
            account.refusal = self.reader(values).rejected(answer)
            raise account.refusal
        return answer

    def close(self) -> None:
        http, self._http = self._http, None
        self._accounts.clear()
        if http is not None:
            http.close()

    # --- how ------------------------------------------------------------------------------------

    def _signed(
        self,
        method: str,
        url: str,
        values: Values,
        body: Body,
        account: _Account,
        *,
        delivers: bool,
    ) -> Response:
        token = self._token(account, values) if self._profile.auth.scheme == "login" else ""
        sign(body, self._profile, values, token)
        return self._asked(method, url, body, delivers=delivers)

    def _token(self, account: _Account, values: Values) -> str:
        now = self._context.clock.now()
        if account.token and (account.until is None or now < account.until):
            return account.token
        login = self._profile.auth.login or Login()
        url = address(self._id, self._profile, login.path, values)
        answer = self._asked(login.method, url, Body(json=filled(login.json, values)))
        reader = self.reader(values)
        if answer.status_code in _REFUSES_SIGN_IN:
            account.refusal = reader.rejected(answer)
            raise account.refusal
        refusal = reader.refusal(answer, _OK)
        if refusal is not None:
            raise refusal
        content = content_of(answer)
        account.token = text_at(content, login.token)
        if not account.token:
            # It answered, and it gave nothing: asking again and again gets an account locked.
            account.refusal = reader.rejected(answer)
            raise account.refusal
        seconds = _seconds(text_at(content, login.expires_in))
        account.until = None if seconds is None else now + max(timedelta(), seconds - _EARLY)
        return account.token

    def _asked(self, method: str, url: str, body: Body, *, delivers: bool = False) -> Response:
        self._context.budget.spend()
        if self._http is None:
            self._http = Http.of(self._context)
        headers: Mapping[str, str] = body.headers  # type: ignore[assignment]
        return self._http.request(
            method,
            url,
            params=body.params or None,
            headers=headers,
            json=body.json,
            data=body.data,
            files=body.files,
            delivers=delivers,
        )

    def _account(self, values: Values) -> _Account:
        """By what signing in uses, not by what else differs between clients."""
        auth = self._profile.auth
        names = {one.key for one in self._profile.fields if one.secret}
        if auth.scheme == "basic":
            names.add(self._profile.username_field)
        if auth.login is not None:
            names |= set(PLACEHOLDER.findall(f"{auth.login.path} {auth.login.json!r}"))
        key = tuple(values.get(name, "") for name in sorted(names))
        return self._accounts.setdefault(key, _Account())


def _seconds(text: str) -> timedelta | None:
    try:
        return timedelta(seconds=float(text))
    except (ValueError, OverflowError):
        return None
