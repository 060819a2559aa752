"""Talking to a vendor: what is refused, what an interrupted request means, what nobody may see."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ledgerdesk.errors import (
    CertificateUntrusted,
    ConnectionRefused,
    ConnectionTrouble,
    InsecureAddress,
    InvalidValue,
    LoopbackOnly,
    OutcomeUnknown,
    RedirectRefused,
    TimedOut,
)
from ledgerdesk.model import NeverCancelled
from ledgerdesk.net import endpoints
from ledgerdesk.net.http import Http, text_of
from ledgerdesk.net.sockets import Sockets
from ledgerdesk.practice.authority import Authority
from ledgerdesk.practice.vendors.server import Answer, FaultKind, Request, VendorServer


class Echo(VendorServer):
    def answer(self, request: Request) -> Answer:
        return Answer.of_json({"method": request.method, "body": request.body.decode()})


@pytest.fixture
def server() -> Iterator[Echo]:
    with Echo() as one:
        yield one


@pytest.fixture
def http() -> Iterator[Http]:
    one = Http(Sockets(loopback_only=True), NeverCancelled(), read_timeout=0.5)
    yield one
    one.close()


def test_an_answer_is_read_whole(http: Http, server: Echo) -> None:
    answer = http.request("POST", f"{server.url}/x", data=b"hello")
    assert answer.json() == {"method": "POST", "body": "hello"}


def test_a_second_request_uses_the_same_line(http: Http, server: Echo) -> None:
    connected = []
    plain = http._door.network.connect

    def counted(host: str, port: int, timeout: float) -> object:
        connected.append(port)
        return plain(host, port, timeout)

    http._door.network.connect = counted  # type: ignore[method-assign,assignment]
    for _ in range(3):
        http.request("GET", server.url)
    assert len(connected) == 1


def test_a_redirect_is_never_followed(http: Http, server: Echo) -> None:
    with Echo() as other:
        server.break_next(
            FaultKind.ANSWER, answer=Answer(302, b"", {"Location": f"{other.url}/steal"})
        )
        with pytest.raises(RedirectRefused):
            http.request("POST", server.url, headers={"Authorization": "Bearer x"}, data=b"d")
        assert other.log == []


@pytest.mark.parametrize("kind", [FaultKind.DROP_BEFORE, FaultKind.DROP_AFTER])
def test_a_line_cut_while_delivering_leaves_the_outcome_unknown(
    http: Http, server: Echo, kind: FaultKind
) -> None:
    server.break_next(kind)
    with pytest.raises(OutcomeUnknown):
        http.request("POST", server.url, data=b"d", delivers=True)


def test_a_line_cut_while_only_asking_is_ordinary_trouble(http: Http, server: Echo) -> None:
    server.break_next(FaultKind.DROP_BEFORE)
    with pytest.raises(ConnectionTrouble):
        http.request("GET", server.url)


def test_silence_after_delivering_leaves_the_outcome_unknown(http: Http, server: Echo) -> None:
    server.break_next(FaultKind.STALL_AFTER, seconds=5)
    with pytest.raises(OutcomeUnknown):
        http.request("POST", server.url, data=b"d", delivers=True)


def test_silence_is_late_when_nothing_was_to_be_made(http: Http, server: Echo) -> None:
    server.break_next(FaultKind.STALL, seconds=5)
    with pytest.raises(TimedOut):
        http.request("GET", server.url)


def test_nobody_there_is_no_unknown_outcome(http: Http, server: Echo) -> None:
    url = server.url
    server.close()
    with pytest.raises(ConnectionRefused):
        http.request("POST", url, data=b"d", delivers=True)


def test_an_unknown_certificate_is_refused_before_anything_is_sent(
    http: Http, tmp_path: Path
) -> None:
    tls = Authority().server_context(tmp_path, "127.0.0.1")
    with Echo(tls=tls) as server:
        with pytest.raises(CertificateUntrusted):
            http.request("POST", server.url, data=b"secret", delivers=True)
        assert server.log == []


def test_an_authority_of_the_firm_is_trusted(tmp_path: Path) -> None:
    authority = Authority()
    tls = authority.server_context(tmp_path, "127.0.0.1")
    http = Http(Sockets(loopback_only=True), NeverCancelled(), ca_pem=authority.ca_pem)
    with Echo(tls=tls) as server:
        assert http.request("GET", server.url).status_code == 200
    http.close()


def test_plain_http_to_the_world_is_refused(http: Http) -> None:
    with pytest.raises(InsecureAddress):
        http.request("GET", "http://api.vendor.example/x")


def test_a_practice_folder_reaches_this_computer_only(http: Http) -> None:
    with pytest.raises(LoopbackOnly):
        http.request("GET", "https://192.0.2.1/x")


def test_what_the_vendor_says_is_shown_without_markup(http: Http, server: Echo) -> None:
    page = "<html><style>b{}</style><h1>Too&nbsp;busy</h1><script>steal()</script></html>"
    server.break_next(FaultKind.ANSWER, answer=Answer.of_text(page, 503, "text/html"))
    assert text_of(http.request("GET", server.url)) == "Too busy"


def test_an_endpoint_is_read_at_every_call(monkeypatch: pytest.MonkeyPatch) -> None:
    assert endpoints.base("yuki", "https://api.vendor.example/") == "https://api.vendor.example"
    monkeypatch.setenv("LEDGERDESK_ENDPOINT_YUKI", "http://127.0.0.1:8080/")
    assert endpoints.base("yuki", "https://api.vendor.example") == "http://127.0.0.1:8080"


@pytest.mark.parametrize("given", ["https://evil.example", "ftp://127.0.0.1", "127.0.0.1:80"])
def test_an_endpoint_elsewhere_is_refused(monkeypatch: pytest.MonkeyPatch, given: str) -> None:
    monkeypatch.setenv("LEDGERDESK_ENDPOINT_YUKI", given)
    with pytest.raises(InvalidValue):
        endpoints.base("yuki", "https://api.vendor.example")
