"""Signing in and staying signed in, against a strict authorization server."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from ledgerdesk.errors import (
    ConsentDenied,
    CredentialsRejected,
    InvalidValue,
    LedgerDeskError,
    RateLimited,
    ServerTrouble,
    SignInExpired,
    SignInOver,
    StateMismatch,
    TimedOut,
    UnreadableAnswer,
)
from ledgerdesk.model import NeverCancelled, Tokens
from ledgerdesk.net.http import Http
from ledgerdesk.net.oauth import (
    AuthorizationServer,
    Begun,
    SignedIn,
    TokenRules,
    begin,
    code_in,
    due_for_keep_alive,
    redeem,
    state_in,
)
from ledgerdesk.net.sockets import Sockets
from ledgerdesk.practice.vendors.server import Answer, FaultKind
from tests.helpers.sign_in_server import (
    CLIENT_ID,
    CLIENT_SECRET,
    EARLIEST,
    LIFE,
    RULES,
    SignInServer,
)

REDIRECT = "http://127.0.0.1:53682/"


@dataclass
class Hands:
    """A clock that a test moves; it moves the server's along."""

    server: SignInServer | None = None
    time: datetime = field(default_factory=lambda: datetime.now(UTC))

    def now(self) -> datetime:
        return self.time

    def on(self, seconds: float) -> None:
        self.time += timedelta(seconds=seconds)
        if self.server is not None:
            self.server.clock.forward(seconds=seconds)


class Memory:
    """A keeper in memory that notes what happened, in order; ``broken`` saves nothing."""

    def __init__(self, tokens: Tokens | None = None) -> None:
        self.tokens = tokens
        self.log: list[str] = []
        self.broken: Exception | None = None
        self.at_lock: Callable[[], None] = lambda: None
        self._lock = threading.RLock()

    def read(self) -> Tokens | None:
        self.log.append("read")
        return self.tokens

    def locked(self) -> AbstractContextManager[None]:
        @contextmanager
        def held() -> Iterator[None]:
            with self._lock:
                self.at_lock()
                yield

        return held()

    def save(self, tokens: Tokens) -> None:
        if self.broken is not None:
            raise self.broken
        self.log.append("save")
        self.tokens = tokens


@pytest.fixture
def server() -> Iterator[SignInServer]:
    with SignInServer() as running:
        yield running


@pytest.fixture
def clock(server: SignInServer) -> Hands:
    return Hands(server)


@pytest.fixture
def http() -> Iterator[Http]:
    session = Http(Sockets(loopback_only=True), NeverCancelled(), read_timeout=2)
    yield session
    session.close()


def known(server: SignInServer, **more: object) -> AuthorizationServer:
    made = AuthorizationServer(
        f"{server.url}/authorize", f"{server.url}/token", CLIENT_ID, CLIENT_SECRET, rules=RULES
    )
    return replace(made, **more)  # type: ignore[arg-type]


def signed_in(server: SignInServer, http: Http, clock: Hands) -> Tokens:
    begun = begin(known(server), REDIRECT, clock.now())
    return redeem(http, known(server), begun, server.authorize(begun.url), clock)


@pytest.fixture
def keeper(server: SignInServer, http: Http, clock: Hands) -> Memory:
    """The tokens of a sign-in of this moment."""
    return Memory(signed_in(server, http, clock))


def session(server: SignInServer, http: Http, keeper: Memory, clock: Hands) -> SignedIn:
    return SignedIn(http, known(server), keeper, clock)


# --- beginning ----------------------------------------------------------------------------------


def query(url: str) -> dict[str, list[str]]:
    return parse_qs(urlsplit(url).query, strict_parsing=True)


def test_the_address_carries_state_and_challenge_but_no_secret(server: SignInServer, clock: Hands):
    begun = begin(known(server, scope=("a", "b")), REDIRECT, clock.now())
    asked = query(begun.url)
    assert asked["state"] == [begun.state]
    assert asked["redirect_uri"] == [REDIRECT]
    assert asked["scope"] == ["a b"]
    assert asked["code_challenge_method"] == ["S256"]
    assert begun.verifier not in begun.url
    assert CLIENT_SECRET not in begun.url
    assert begun.verifier not in repr(begun)


def test_without_pkce_there_is_no_challenge(server: SignInServer, clock: Hands):
    begun = begin(known(server, pkce=False, extra={"force_login": "0"}), REDIRECT, clock.now())
    assert "code_challenge" not in query(begun.url)
    assert query(begun.url)["force_login"] == ["0"]
    assert begun.verifier == ""


def test_states_and_verifiers_are_never_the_same_and_long_enough(
    server: SignInServer, clock: Hands
):
    many = [begin(known(server), REDIRECT, clock.now()) for _ in range(50)]
    assert len({one.state for one in many}) == len({one.verifier for one in many}) == 50
    assert all(len(one.state) >= 43 and 43 <= len(one.verifier) <= 128 for one in many)


def test_a_port_to_hand_over_to_stands_at_the_end_of_the_state(server: SignInServer, clock: Hands):
    begun = begin(known(server), "https://firm.example/", clock.now(), hand_over_port=4711)
    assert begun.state.endswith(".4711")


# --- the answer ---------------------------------------------------------------------------------


@pytest.fixture
def begun(server: SignInServer, clock: Hands) -> Begun:
    return begin(known(server), REDIRECT, clock.now())


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ("?code=x&state=wrong", StateMismatch),
        ("?code=x", StateMismatch),
        ("?error=access_denied&state=wrong", StateMismatch),
        ("?state={state}", StateMismatch),
        ("?error=access_denied&state={state}", ConsentDenied),
        ("?error=The+user+said+no&state={state}", ConsentDenied),
        ("?error=invalid_scope&state={state}", SignInOver),
        ("?code=x&code=y&state={state}", InvalidValue),
        ("?code=x&state={state}&state={state}", InvalidValue),
        ("", InvalidValue),
        ("?hello=1", InvalidValue),
        ("?code=" + "x" * 9000 + "&state={state}", InvalidValue),
    ],
)
def test_an_answer_that_is_none(answer: str, error: type[LedgerDeskError], begun: Begun):
    with pytest.raises(error):
        code_in(REDIRECT + answer.replace("{state}", begun.state), begun)


def test_an_answer_pasted_over_several_lines_is_read_and_its_code_decoded_once(begun: Begun):
    pasted = f"  {REDIRECT}?code=a%21b\n%2525&state={begun.state} \r\n"
    assert code_in(pasted, begun) == "a!b%25"
    assert state_in(pasted) == begun.state


def test_a_code_becomes_tokens(server: SignInServer, http: Http, clock: Hands, begun: Begun):
    tokens = redeem(http, known(server), begun, server.authorize(begun.url), clock)
    assert tokens.expires_in == LIFE
    assert tokens.received_at == clock.now()
    assert tokens.refresh_until == clock.now() + timedelta(days=30)
    assert {tokens.access, tokens.refresh} <= set(server.given)
    assert tokens.access not in repr(tokens)


def test_a_code_works_once(server: SignInServer, http: Http, clock: Hands, begun: Begun):
    address = server.authorize(begun.url)
    redeem(http, known(server), begun, address, clock)
    with pytest.raises(SignInOver):
        redeem(http, known(server), begun, address, clock)


def test_a_code_is_good_for_three_minutes(
    server: SignInServer, http: Http, clock: Hands, begun: Begun
):
    address = server.authorize(begun.url)
    clock.on(181)
    with pytest.raises(SignInOver):
        redeem(http, known(server), begun, address, clock)


def test_a_code_needs_its_own_verifier(
    server: SignInServer, http: Http, clock: Hands, begun: Begun
):
    stolen = replace(begun, verifier="x" * 64)
    with pytest.raises(SignInOver):
        redeem(http, known(server), stolen, server.authorize(begun.url), clock)


def test_a_registration_the_vendor_does_not_know_is_said_so(
    server: SignInServer, http: Http, clock: Hands, begun: Begun
):
    wrong = known(server, client_secret="canary-wrong")
    with pytest.raises(CredentialsRejected) as refused:
        redeem(http, wrong, begun, server.authorize(begun.url), clock)
    assert "canary" not in str(refused.value)


def test_what_was_sent_in_confidence_does_not_come_back_in_the_vendors_words(
    server: SignInServer, http: Http, clock: Hands, begun: Begun
):
    address = server.authorize(begun.url)
    code = code_in(address, begun)
    echo = Answer.of_text(f"<p>no such code: {code} {begun.verifier} {CLIENT_SECRET}</p>", 400)
    server.break_next(FaultKind.ANSWER, "/token", answer=echo)
    with pytest.raises(SignInOver) as refused:
        redeem(http, known(server), begun, address, clock)
    assert "no such code" in refused.value.text()
    for secret in (code, begun.verifier, CLIENT_SECRET):
        assert secret not in refused.value.text()


# --- staying signed in --------------------------------------------------------------------------


def test_a_young_token_is_used_as_it_is(
    server: SignInServer, http: Http, keeper: Memory, clock: Hands
):
    clock.on(EARLIEST - 1)
    assert session(server, http, keeper, clock).bearer() == keeper.tokens.access  # type: ignore[union-attr]
    assert server.refreshes == 0


def test_a_token_near_its_end_is_renewed_and_kept_before_it_is_used(
    server: SignInServer, http: Http, keeper: Memory, clock: Hands
):
    clock.on(EARLIEST)
    before = keeper.tokens
    keeper.log.clear()
    token = session(server, http, keeper, clock).bearer()
    assert keeper.tokens is not None and keeper.tokens.access == token != before.access  # type: ignore[union-attr]
    assert keeper.log == ["read", "read", "save"]
    assert server.refreshes == 1


def test_what_another_one_renewed_meanwhile_is_taken_over(
    server: SignInServer, http: Http, keeper: Memory, clock: Hands
):
    """The read under the lock is what counts, not the one before."""
    clock.on(EARLIEST)
    other = Memory(keeper.tokens)

    def renewed_elsewhere() -> None:
        keeper.at_lock = lambda: None
        session(server, http, other, clock).bearer()
        keeper.tokens = other.tokens

    keeper.at_lock = renewed_elsewhere
    assert session(server, http, keeper, clock).bearer() == other.tokens.access  # type: ignore[union-attr]
    assert (server.refreshes, server.revoked) == (1, 0)


def test_a_401_to_a_young_token_is_tried_once_more_then_it_is_over(
    server: SignInServer, http: Http, keeper: Memory, clock: Hands
):
    signed = session(server, http, keeper, clock)
    token = signed.bearer()
    assert signed.refused(token) == token
    with pytest.raises(SignInExpired):
        signed.refused(token)
    assert server.requests("/token") == server.requests("/token")[:1]


def test_a_401_to_what_another_one_renewed_brings_the_new_token(
    server: SignInServer, http: Http, keeper: Memory, clock: Hands
):
    signed = session(server, http, keeper, clock)
    old = signed.bearer()
    keeper.tokens = replace(signed_in(server, http, clock), access="new")
    assert signed.refused(old) == "new"


def test_a_401_to_an_old_token_renews_it(
    server: SignInServer, http: Http, keeper: Memory, clock: Hands
):
    easy = known(server, rules=TokenRules(not_before=0, early=0))
    server.earliest = 0
    signed = SignedIn(http, easy, keeper, clock)
    old = signed.bearer()
    new = signed.refused(old)
    assert new != old
    assert server.refreshes == 1
    with pytest.raises(SignInExpired):
        signed.refused(new)
    assert server.refreshes == 1


def test_after_the_clock_was_set_back_a_401_renews(
    server: SignInServer, http: Http, keeper: Memory, clock: Hands
):
    signed = session(server, http, keeper, clock)
    old = signed.bearer()
    server.clock.forward(seconds=LIFE)
    clock.time -= timedelta(hours=1)
    assert signed.bearer() == old
    assert signed.refused(old) != old


def test_refused_as_too_early_goes_on_with_the_token_at_hand_and_does_not_ask_again_at_once(
    server: SignInServer, http: Http, keeper: Memory, clock: Hands
):
    clock.time += timedelta(seconds=EARLIEST)
    signed = session(server, http, keeper, clock)
    asked = len(server.requests("/token"))
    assert signed.bearer() == keeper.tokens.access == signed.bearer()  # type: ignore[union-attr]
    assert len(server.requests("/token")) == asked + 1


def test_a_spent_refresh_token_is_over_unless_somebody_signed_in_again_meanwhile(
    server: SignInServer, http: Http, keeper: Memory, clock: Hands
):
    clock.on(EARLIEST)
    session(server, http, Memory(keeper.tokens), clock).bearer()
    with pytest.raises(SignInExpired) as over:
        session(server, http, keeper, clock).bearer()
    assert "Old refresh token used" in over.value.text()

    anew = signed_in(server, http, clock)
    reads = iter([keeper.tokens, keeper.tokens, anew])
    keeper.read = lambda: next(reads)  # type: ignore[method-assign]
    assert session(server, http, keeper, clock).bearer() == anew.access


@pytest.mark.parametrize("fault", [FaultKind.DROP_BEFORE, FaultKind.ANSWER, FaultKind.STALL])
def test_an_open_outcome_is_tried_once_more_with_the_same_token(
    fault: FaultKind, server: SignInServer, http: Http, keeper: Memory, clock: Hands
):
    clock.on(EARLIEST)
    server.break_next(fault, "/token", answer=Answer(502), seconds=3)
    assert session(server, http, keeper, clock).bearer()
    assert server.refreshes == 1
    first, second = [one.form()["refresh_token"] for one in server.requests("/token")[-2:]]
    assert first == second


def test_a_lost_answer_of_a_strict_server_means_signing_in_again(
    server: SignInServer, http: Http, keeper: Memory, clock: Hands
):
    clock.on(EARLIEST)
    server.break_next(FaultKind.DROP_AFTER, "/token")
    with pytest.raises(SignInExpired):
        session(server, http, keeper, clock).bearer()


def test_two_lost_tries_are_trouble_and_tried_later(
    server: SignInServer, http: Http, keeper: Memory, clock: Hands
):
    clock.on(EARLIEST)
    signed = session(server, http, keeper, clock)
    server.break_next(FaultKind.ANSWER, "/token", times=2, answer=Answer(503))
    with pytest.raises(ServerTrouble):
        signed.bearer()
    assert signed.bearer()
    assert server.revoked == 0


def test_a_busy_vendor_is_not_asked_twice(
    server: SignInServer, http: Http, keeper: Memory, clock: Hands
):
    clock.on(EARLIEST)
    asked = len(server.requests("/token"))
    busy = Answer(429, headers={"Retry-After": "17"})
    server.break_next(FaultKind.ANSWER, "/token", answer=busy)
    with pytest.raises(RateLimited) as limited:
        session(server, http, keeper, clock).bearer()
    assert limited.value.retry_after == 17
    assert len(server.requests("/token")) == asked + 1


def test_an_error_that_carries_a_refresh_token_is_kept(
    server: SignInServer, http: Http, keeper: Memory, clock: Hands
):
    clock.on(EARLIEST)
    spare = Answer.of_json({"error": "slow_down", "refresh_token": "spare"}, 429)
    server.break_next(FaultKind.ANSWER, "/token", answer=spare)
    with pytest.raises(RateLimited):
        session(server, http, keeper, clock).bearer()
    assert keeper.tokens is not None and keeper.tokens.refresh == "spare"


@pytest.mark.parametrize(
    "answer",
    [
        Answer.of_json({"token_type": "bearer"}),
        Answer.of_json({"access_token": "x", "token_type": "mac"}),
        Answer.of_text("<html>maintenance</html>"),
        Answer.of_json([1]),
        Answer(418),
    ],
    ids=["no-token", "other-type", "html", "list", "teapot"],
)
def test_an_answer_nobody_expects_changes_nothing(
    answer: Answer, server: SignInServer, http: Http, keeper: Memory, clock: Hands
):
    clock.on(EARLIEST)
    before = keeper.tokens
    server.break_next(FaultKind.ANSWER, "/token", answer=answer)
    with pytest.raises(UnreadableAnswer):
        session(server, http, keeper, clock).bearer()
    assert keeper.tokens == before


def test_nobody_signed_in_is_said_so(server: SignInServer, http: Http, clock: Hands):
    with pytest.raises(SignInExpired):
        session(server, http, Memory(), clock).bearer()


def test_where_tokens_cannot_be_kept_they_are_not_used(
    server: SignInServer, http: Http, keeper: Memory, clock: Hands
):
    clock.on(EARLIEST)
    keeper.broken = TimedOut(host="disk")
    with pytest.raises(TimedOut):
        session(server, http, keeper, clock).bearer()


def test_a_server_that_does_not_rotate_keeps_the_refresh_token_going(
    server: SignInServer, http: Http, keeper: Memory, clock: Hands
):
    clock.on(EARLIEST)
    before = keeper.tokens
    plain = Answer.of_json({"access_token": "new", "token_type": "bearer", "expires_in": 14400})
    server.break_next(FaultKind.ANSWER, "/token", answer=plain)
    assert session(server, http, keeper, clock).bearer() == "new"
    assert keeper.tokens is not None and before is not None
    assert keeper.tokens.refresh == before.refresh
    assert keeper.tokens.expires_in == 14400


# --- not forgotten while idle -------------------------------------------------------------------


@pytest.mark.parametrize(("days", "due"), [(0, False), (20, False), (20.1, True), (31, False)])
def test_an_idle_refresh_token_is_due_after_twenty_days_and_before_it_ended(
    days: float, due: bool, keeper: Memory, clock: Hands
):
    assert keeper.tokens is not None
    assert due_for_keep_alive(keeper.tokens, clock.now() + timedelta(days=days)) is due


def test_one_that_does_not_end_is_never_due(keeper: Memory, clock: Hands):
    assert keeper.tokens is not None
    endless = replace(keeper.tokens, refresh_until=None)
    assert not due_for_keep_alive(endless, clock.now() + timedelta(days=300))


def test_keep_alive_renews_what_is_due_and_nothing_else(
    server: SignInServer, http: Http, keeper: Memory, clock: Hands
):
    assert not session(server, http, keeper, clock).keep_alive()
    clock.on(21 * 86400)
    assert session(server, http, keeper, clock).keep_alive()
    assert keeper.tokens is not None
    assert keeper.tokens.refresh_until == clock.now() + timedelta(days=30)
    assert server.refreshes == 1
