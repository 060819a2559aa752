"""The browser as a step of the set-up, and where the tokens of a sign-in are kept."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
import requests

from ledgerdesk import connectors
from ledgerdesk.errors import (
    Cancelled,
    ConsentDenied,
    DiskFull,
    InvalidValue,
    OtherAccount,
    SignInNeeded,
    SignInTimedOut,
    StateMismatch,
)
from ledgerdesk.model import ConnectionState, ExportKind, NeverCancelled, Tokens
from ledgerdesk.net.loopback import Listener
from ledgerdesk.net.oauth import PATIENCE
from ledgerdesk.setup.connections import Connections
from ledgerdesk.setup.contexts import stored_context
from ledgerdesk.setup.flow import SetupFlow
from ledgerdesk.setup.installer import Installer
from ledgerdesk.setup.services import Services
from ledgerdesk.setup.sign_in_flow import SignInFlow
from ledgerdesk.setup.steps import Abort, Browser, Done, Form, Refused, Register, Terms
from ledgerdesk.setup.tokens import KeptTokens
from ledgerdesk.store import Books, configurations
from tests.helpers.sign_in_server import CLIENT_ID, CLIENT_SECRET, PracticeSignIn, SignInServer
from tests.unit.setup.conftest import Hands, Noted, contents, journal_of

FORM = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
PAGE = "https://firm.example/"


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[SignInServer]:
    with SignInServer() as running:
        monkeypatch.setenv("LEDGERDESK_ENDPOINT_PRACTICE_SIGN_IN", running.url)
        yield running


_walks: list[SetupFlow] = []


@pytest.fixture
def office(services: Services, server: SignInServer) -> Iterator[Services]:
    """The services, with one more integration; walks end with the test."""
    every = (*connectors.all_connectors(), PracticeSignIn())
    by_id = {one.id: one for one in every}
    yield replace(services, connector=by_id.__getitem__, all_connectors=lambda: every)
    while _walks:
        _walks.pop().cancel()


def at_browser(office: Services, form: dict[str, str] = FORM) -> tuple[SetupFlow, Browser]:
    flow = SetupFlow(office, kind=ExportKind.INVOICES, connector_id="practice_sign_in")
    _walks.append(flow)
    shown = flow.submit({"choice": "as-received"})
    if not isinstance(shown, Register):
        shown = flow.submit({"choice": "new"})
    assert isinstance(shown, Register), shown
    assert isinstance(flow.submit({}), Form)
    shown = flow.submit(form)
    assert isinstance(shown, Browser), shown
    return flow, shown


def signed_in(office: Services, server: SignInServer) -> str:
    """The id of a connection that was set up through the flow."""
    flow, shown = at_browser(office)
    after = flow.submit({"redirect_url": server.authorize(shown.url)})
    assert isinstance(after, Terms), after
    done = flow.submit({"accept": "yes"})
    assert isinstance(done, Done) and done.configuration is not None, done
    return done.configuration.kinds[ExportKind.INVOICES].connection_id


def error_of(refused: object) -> Exception:
    assert isinstance(refused, Refused), refused
    return refused.errors[0]


def is_open(url: str) -> bool:
    port = int(url.split("127.0.0.1%3A")[1].split("%2F")[0])
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True


# --- the step -----------------------------------------------------------------------------------


def test_register_once_tells_what_to_copy(office: Services):
    flow = SetupFlow(office, kind=ExportKind.INVOICES, connector_id="practice_sign_in")
    shown = flow.submit({"choice": "as-received"})
    assert isinstance(shown, Register)
    assert [line.text for line in shown.lines] == ["Make an app.", "Copy the redirect address."]
    assert shown.url == "https://apps.example/"


def test_the_answer_comes_by_itself_and_is_kept_with_the_account(
    office: Services, server: SignInServer, books: Books, clock: Hands
):
    flow, shown = at_browser(office)
    assert shown.listens and shown.answers_here and shown.account == ""
    assert flow.browser is not None
    with ThreadPoolExecutor(1) as person:
        person.submit(lambda: requests.get(server.authorize(shown.url), timeout=10))
        redirect_url = flow.browser.wait(NeverCancelled())
    terms = flow.submit({"redirect_url": redirect_url})
    assert isinstance(terms, Terms)
    assert server.user in terms.text[1]
    assert isinstance(flow.submit({"accept": "yes"}), Done)

    with books.read() as c:
        (kept,) = configurations.connections(c)
    assert (kept.account, kept.state) == (server.user, ConnectionState.OK)
    assert kept.expires_at == clock.now() + timedelta(days=30)
    tokens = KeptTokens(books, office.vault, kept.id).read()
    assert tokens is not None and tokens.access in server.given


def test_nothing_is_kept_before_connect_and_the_tokens_stand_in_no_answer(
    office: Services, server: SignInServer, books: Books
):
    before = contents(books)
    flow, shown = at_browser(office)
    flow.submit({"redirect_url": server.authorize(shown.url)})
    assert contents(books) == before
    assert not [one for one in server.given if one in repr(vars(flow))]
    assert isinstance(flow.cancel(), Abort)
    assert contents(books) == before


def test_going_back_and_cancelling_stop_listening(office: Services):
    flow, shown = at_browser(office)
    assert is_open(shown.url)
    assert isinstance(flow.back(), Form)
    assert not is_open(shown.url)
    assert flow.browser is None
    again = flow.submit(FORM)
    assert isinstance(again, Browser) and again.url != shown.url
    flow.cancel()
    assert not is_open(again.url)


def test_who_waits_in_the_background_is_told_when_the_person_goes_back(office: Services):
    flow, _ = at_browser(office)
    assert flow.browser is not None
    with ThreadPoolExecutor(1) as background:
        waiting = background.submit(flow.browser.wait, NeverCancelled())
        flow.back()
        with pytest.raises(Cancelled):
            waiting.result(10)


def test_after_going_back_the_same_sign_in_goes_on_or_another_begins(
    office: Services, server: SignInServer
):
    flow, shown = at_browser(office)
    flow.submit({"redirect_url": server.authorize(shown.url)})
    again = flow.back()
    assert isinstance(again, Browser)
    assert again.account == server.user
    assert isinstance(flow.submit({}), Terms)

    flow.back()
    server.user = "an@office.example"
    other = flow.current
    assert isinstance(other, Browser)
    terms = flow.submit({"redirect_url": server.authorize(other.url)})
    assert isinstance(terms, Terms) and server.user in terms.text[1]


def test_another_registration_forgets_who_signed_in(office: Services, server: SignInServer):
    flow, shown = at_browser(office)
    flow.submit({"redirect_url": server.authorize(shown.url)})
    flow.back()
    flow.back()
    again = flow.submit({**FORM, "client_id": "another"})
    assert isinstance(again, Browser)
    assert again.account == ""


def test_a_no_begins_another_sign_in(office: Services, server: SignInServer):
    flow, shown = at_browser(office)
    refused = flow.submit({"redirect_url": server.authorize(shown.url, "deny")})
    assert isinstance(error_of(refused), ConsentDenied)
    again = flow.current
    assert isinstance(again, Browser) and again.url != shown.url and again.listens
    assert isinstance(flow.submit({"redirect_url": server.authorize(again.url)}), Terms)


@pytest.mark.parametrize(
    ("pasted", "error"),
    [("hello", InvalidValue), (f"{PAGE}?code=1&state=other", StateMismatch), ("", InvalidValue)],
)
def test_a_wrong_paste_leaves_the_sign_in_as_it_was(
    pasted: str, error: type[Exception], office: Services, server: SignInServer
):
    flow, shown = at_browser(office)
    assert isinstance(error_of(flow.submit({"redirect_url": pasted})), error)
    assert flow.current == shown
    assert isinstance(flow.submit({"redirect_url": server.authorize(shown.url)}), Terms)


def test_one_that_took_too_long_begins_anew(office: Services, server: SignInServer, clock: Hands):
    flow, shown = at_browser(office)
    address = server.authorize(shown.url)
    clock.time += PATIENCE
    assert isinstance(error_of(flow.submit({"redirect_url": address})), SignInTimedOut)
    again = flow.current
    assert isinstance(again, Browser)
    assert again.url != shown.url
    assert again.expires_at == clock.now() + PATIENCE


def test_where_every_registered_port_is_taken_the_answer_is_pasted(
    office: Services, server: SignInServer
):
    with Listener() as taken:
        server.redirects = (taken.redirect_uri,)
        flow, shown = at_browser(office, {**FORM, "redirect_uri": taken.redirect_uri})
        assert not shown.listens
        assert isinstance(flow.submit({"redirect_url": server.authorize(shown.url)}), Terms)


def test_where_the_firms_page_answers_this_computer_listens_for_the_handed_over_answer(
    office: Services, server: SignInServer
):
    server.redirects = (PAGE,)
    flow, shown = at_browser(office, {**FORM, "redirect_uri": PAGE})
    assert shown.listens and not shown.answers_here
    address = server.authorize(shown.url)
    port = address.split("state=")[1].split("&")[0].rpartition(".")[2]
    assert flow.browser is not None
    with ThreadPoolExecutor(1) as person:
        handed = f"http://127.0.0.1:{port}/?{address.partition('?')[2]}"
        person.submit(requests.get, handed, timeout=10)
        redirect_url = flow.browser.wait(NeverCancelled())
    assert isinstance(flow.submit({"redirect_url": redirect_url}), Terms)


# --- again --------------------------------------------------------------------------------------


def test_the_same_account_renews_its_connection_at_once(
    office: Services, server: SignInServer, books: Books, noted: Noted
):
    """The vendor has ended the tokens of before, whatever becomes of this walk."""
    connection_id = signed_in(office, server)
    before = KeptTokens(books, office.vault, connection_id).read()
    flow, shown = at_browser(office)
    flow.submit({"redirect_url": server.authorize(shown.url)})
    flow.cancel()
    now = KeptTokens(books, office.vault, connection_id).read()
    assert now is not None and before is not None and now.access != before.access
    assert journal_of(books)[-1] == "connection.signed_in_again"
    assert noted.unblocked[-1] == connection_id
    Connections(office).verify(connection_id)


def test_signing_in_again_begins_in_the_browser(office: Services, server: SignInServer):
    connection_id = signed_in(office, server)
    flow = SignInFlow(office, connection_id)
    shown = flow.current
    assert isinstance(shown, Browser) and flow.browser is not None
    done = flow.submit({"redirect_url": server.authorize(shown.url)})
    assert isinstance(done, Done) and done.connection is not None
    assert done.connection.state is ConnectionState.OK
    assert flow.browser is None


def test_signing_in_again_as_another_account_needs_a_yes_but_no_second_sign_in(
    office: Services, server: SignInServer, books: Books
):
    connection_id = signed_in(office, server)
    flow = SignInFlow(office, connection_id)
    server.user = "an@office.example"
    before = contents(books)
    shown = flow.current
    assert isinstance(shown, Browser)
    refused = flow.submit({"redirect_url": server.authorize(shown.url)})
    assert isinstance(error_of(refused), OtherAccount)
    assert contents(books) == before
    done = flow.submit({"other_account": "yes"})
    assert isinstance(done, Done) and done.connection is not None
    assert (done.connection.id, done.connection.account) == (connection_id, server.user)
    Connections(office).verify(connection_id)


def test_the_form_is_one_step_back(office: Services, server: SignInServer):
    flow = SignInFlow(office, signed_in(office, server))
    shown = flow.current
    assert isinstance(shown, Browser)
    assert flow.can_go_back
    form = flow.back()
    assert isinstance(form, Form) and form.kept == {"client_secret"}
    assert not is_open(shown.url)
    assert isinstance(flow.submit({"client_id": CLIENT_ID}), Browser)
    assert isinstance(flow.cancel(), Abort)


def test_without_the_browser_nobody_is_signed_in(office: Services, server: SignInServer):
    with pytest.raises(SignInNeeded):
        Installer(office).add(
            "practice_sign_in",
            "Online",
            kind=ExportKind.INVOICES,
            values={},
            secrets={"client_secret": CLIENT_SECRET},
            accept_terms=True,
        )
    with pytest.raises(SignInNeeded):
        Connections(office).reconnect(signed_in(office, server))


# --- where the tokens are -----------------------------------------------------------------------


def test_a_connector_never_sees_tokens_among_its_secrets(
    office: Services, server: SignInServer, books: Books
):
    connection_id = signed_in(office, server)
    with books.read() as c:
        kept = configurations.connection(c, connection_id)
    context = stored_context(PracticeSignIn(), kept, office.doors, office.vault)
    assert dict(context.secrets) == {"client_secret": CLIENT_SECRET}
    assert context.tokens is not None


def test_removing_the_account_forgets_its_tokens(
    office: Services, server: SignInServer, books: Books
):
    flow, shown = at_browser(office)
    flow.submit({"redirect_url": server.authorize(shown.url)})
    done = flow.submit({"accept": "yes"})
    assert isinstance(done, Done) and done.configuration is not None
    connection_id = done.configuration.kinds[ExportKind.INVOICES].connection_id
    books.write(lambda c: configurations.remove(c, done.configuration.id, office.clock.now()))  # type: ignore[union-attr]
    Connections(office).remove(connection_id)
    assert contents(books)["secret"] == []


def renewed(tokens: Tokens | None, access: str) -> Tokens:
    assert tokens is not None
    return replace(tokens, access=access)


def test_tokens_that_cannot_be_written_are_kept_in_memory_until_they_can(
    office: Services, server: SignInServer, books: Books, monkeypatch: pytest.MonkeyPatch
):
    """The vendor has spent the ones in the books: nothing else would work any more."""
    connection_id = signed_in(office, server)
    keeper = KeptTokens(books, office.vault, connection_id)
    fresh = renewed(keeper.read(), "canary-fresh")

    def full(work: object) -> None:
        raise DiskFull()

    with monkeypatch.context() as broken:
        broken.setattr(books, "write", full)
        with pytest.raises(DiskFull):
            keeper.save(fresh)
        other = KeptTokens(books, office.vault, connection_id)
        with pytest.raises(DiskFull):
            other.read()
    assert other.read() == fresh
    assert KeptTokens(books, office.vault, connection_id).read() == fresh


def test_a_new_sign_in_is_not_overwritten_by_what_was_still_to_be_written(
    office: Services, server: SignInServer, books: Books, monkeypatch: pytest.MonkeyPatch
):
    connection_id = signed_in(office, server)
    keeper = KeptTokens(books, office.vault, connection_id)
    with monkeypatch.context() as broken:
        broken.setattr(books, "write", lambda work: (_ for _ in ()).throw(DiskFull()))
        with pytest.raises(DiskFull):
            keeper.save(renewed(KeptTokens(books, office.vault, connection_id).read(), "old"))
    flow, shown = at_browser(office)
    flow.submit({"redirect_url": server.authorize(shown.url)})
    now = keeper.read()
    assert now is not None and now.access == server.given[-1]


def test_an_older_state_of_the_connection_is_not_written_over_a_renewal(
    office: Services, server: SignInServer, books: Books, clock: Hands
):
    """A renewal while the connection is tried moves the day it ends: that stays."""
    connection_id = signed_in(office, server)
    clock.on(1)
    server.clock.forward(days=1)
    kept, _ = Connections(office).verify(connection_id)
    assert server.refreshes == 1
    with books.read() as c:
        assert configurations.connection(c, kept.id).expires_at == clock.now() + timedelta(days=30)
