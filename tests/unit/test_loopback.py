"""The listener that waits for the browser's answer, and what else may knock at it."""

from __future__ import annotations

import http.client
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from urllib.parse import urlsplit

import pytest

from ledgerdesk import i18n
from ledgerdesk.errors import Cancelled, SignInTimedOut
from ledgerdesk.model import NeverCancelled
from ledgerdesk.net import loopback
from ledgerdesk.net.loopback import Listener

STATE = "the-right-state"
GOOD = f"?code=canary-code&state={STATE}"


class Switch:
    def __init__(self) -> None:
        self.on = threading.Event()

    def raise_if_cancelled(self) -> None:
        if self.on.is_set():
            raise Cancelled()


class Waiting:
    """A listener at work in the background."""

    def __init__(self, listener: Listener, seconds: float = 20) -> None:
        self.listener = listener
        self.cancel = Switch()
        self._pool = ThreadPoolExecutor(1)
        self.answer: Future[str] = self._pool.submit(listener.wait, STATE, self.cancel, seconds)

    def ask(
        self, target: str, method: str = "GET", host: str = ""
    ) -> tuple[int, dict[str, str], str]:
        line = http.client.HTTPConnection("127.0.0.1", self.listener.port, timeout=10)
        headers = {"Host": host} if host else {}
        line.request(method, target, headers=headers)
        answer = line.getresponse()
        body = answer.read().decode()
        line.close()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, body

    def close(self) -> None:
        self.cancel.on.set()
        self._pool.shutdown()


@pytest.fixture
def waiting() -> Iterator[Waiting]:
    one = Waiting(Listener())
    yield one
    one.close()


@pytest.fixture(autouse=True)
def _no_long_grace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loopback, "_AFTER_A_STRANGER", 1.0)


def test_the_answer_arrives_whole_and_the_listener_is_gone(waiting: Waiting):
    status, _, page = waiting.ask("/" + GOOD)
    assert status == 200
    assert waiting.answer.result(10) == f"http://127.0.0.1:{waiting.listener.port}/{GOOD}"
    with pytest.raises(OSError):
        socket.create_connection(("127.0.0.1", waiting.listener.port), 1)
    assert "close this page" in page


def test_the_page_is_quiet(waiting: Waiting):
    _, headers, page = waiting.ask("/" + GOOD)
    assert headers["cache-control"] == "no-store"
    assert headers["referrer-policy"] == "no-referrer"
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "<script" not in page and "http" not in page
    assert "canary" not in page and STATE not in page


@pytest.mark.parametrize("language", ["fr", "nl"])
def test_the_page_says_its_language(language: str):
    i18n.use(language)
    try:
        waiting = Waiting(Listener())
        _, _, page = waiting.ask("/" + GOOD)
        waiting.close()
    finally:
        i18n.use("en")
    assert f'<html lang="{language}">' in page


def test_a_no_is_an_answer_too_and_told_on_the_page(waiting: Waiting):
    status, _, page = waiting.ask(f"/?error=access_denied&state={STATE}")
    assert status == 200
    assert "not allowed" in page
    assert "error=access_denied" in waiting.answer.result(10)


@pytest.mark.parametrize(
    ("target", "method", "host"),
    [
        ("/favicon.ico", "GET", ""),
        ("/favicon.ico" + GOOD, "GET", ""),
        ("/", "GET", ""),
        ("/" + GOOD, "POST", ""),
        ("/" + GOOD, "HEAD", ""),
        ("/" + GOOD, "OPTIONS", ""),
        ("/" + GOOD, "GET", "evil.example"),
        ("/" + GOOD, "GET", "127.0.0.1:1"),
        ("http://evil.example/" + GOOD, "GET", ""),
        ("//evil.example/" + GOOD, "GET", ""),
    ],
)
def test_everything_else_is_not_found_and_the_wait_goes_on(
    target: str, method: str, host: str, waiting: Waiting
):
    status, _, page = waiting.ask(target, method, host)
    assert status == 404
    assert "canary" not in page
    assert not waiting.answer.done()
    waiting.ask("/" + GOOD)
    assert GOOD in waiting.answer.result(10)


def test_the_right_answer_after_a_strangers_still_counts(waiting: Waiting):
    status, _, page = waiting.ask("/?code=x&state=<script>alert(1)</script>")
    assert status == 400
    assert "<script" not in page
    waiting.ask("/" + GOOD)
    assert GOOD in waiting.answer.result(10)


def test_only_a_strangers_answer_comes_back_as_it_is(waiting: Waiting):
    waiting.ask("/?code=x&state=wrong")
    assert waiting.answer.result(10).endswith("/?code=x&state=wrong")


def test_slow_silent_and_broken_lines_hold_nobody_up(waiting: Waiting):
    port = waiting.listener.port
    lines = [socket.create_connection(("127.0.0.1", port), 5) for _ in range(60)]
    for number, line in enumerate(lines):
        try:
            if number % 3 == 1:
                line.sendall(b"GET /?code=half")
            elif number % 3 == 2:
                line.sendall(b"\x16\x03\x01\x02\x00\x01")
                line.close()
        except OSError:
            pass  # thrown out already: there are too many of them
    status, _, _ = waiting.ask("/" + GOOD)
    assert status == 200
    assert GOOD in waiting.answer.result(10)
    for line in lines:
        line.close()


def test_an_endless_request_is_cut(waiting: Waiting):
    address = ("127.0.0.1", waiting.listener.port)
    with socket.create_connection(address, 5) as line, pytest.raises(OSError):
        for _ in range(1000):
            line.sendall(b"GET /?" + b"x" * 8192)
    assert not waiting.answer.done()


def test_a_head_in_pieces_is_put_together(waiting: Waiting):
    port = waiting.listener.port
    with socket.create_connection(("127.0.0.1", port), 5) as line:
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for part in (f"GET /{GOOD} HT", "TP/1.1\r\nHost: ", f"127.0.0.1:{port}\r\n", "\r\n"):
            line.sendall(part.encode())
        assert line.recv(100).startswith(b"HTTP/1.1 200")
    assert GOOD in waiting.answer.result(10)


def test_it_ends_in_time():
    with pytest.raises(SignInTimedOut):
        Listener().wait(STATE, NeverCancelled(), 0.2)


def test_it_ends_when_it_is_cancelled(waiting: Waiting):
    waiting.cancel.on.set()
    with pytest.raises(Cancelled):
        waiting.answer.result(5)


def test_it_ends_when_another_thread_closes_it(waiting: Waiting):
    waiting.listener.close()
    with pytest.raises(Cancelled):
        waiting.answer.result(5)


def test_the_next_registered_port_is_taken_when_the_first_is_in_use():
    with Listener() as first:
        spare = socket.create_server(("127.0.0.1", 0))
        port = spare.getsockname()[1]
        spare.close()
        redirects = (first.redirect_uri, f"http://localhost:{port}/answer")
        with Listener(redirects) as second:
            assert second.redirect_uri == redirects[1]
            waiting = Waiting(second)
            assert waiting.ask("/" + GOOD)[0] == 404
            assert waiting.ask("/answer" + GOOD, host=f"localhost:{port}")[0] == 200
            assert urlsplit(waiting.answer.result(10)).path == "/answer"
            waiting.close()


def test_without_a_free_port_it_says_so():
    with Listener() as first, pytest.raises(OSError):
        Listener((first.redirect_uri,))


def test_nobody_but_this_computer_reaches_it():
    with Listener() as listener:
        assert {one.getsockname()[0] for one in listener._sockets} == {"127.0.0.1"}
