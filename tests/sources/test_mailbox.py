"""A mailbox read through its session: what servers do that Dovecot never does, sizes, and kills."""

from __future__ import annotations

import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ledgerdesk import failpoint
from ledgerdesk.errors import (
    ConnectionTrouble,
    CredentialsRejected,
    LedgerDeskError,
    MailboxClosed,
    RateLimited,
    SignInMethodRefused,
    StarttlsMissing,
)
from ledgerdesk.intake.desk import SourceForm, Sources
from ledgerdesk.intake.look import Doors, look
from ledgerdesk.model import Source
from ledgerdesk.net.imap import LARGEST_LITERAL, ImapLogin, connect
from ledgerdesk.net.sockets import Sockets
from ledgerdesk.sources import get
from ledgerdesk.sources.base import Context, Item, Session
from tests.helpers.dovecot import HOST, PASSWORD, USER, Dovecot
from tests.helpers.intake import START, Office, pdf
from tests.helpers.mails import mail
from tests.helpers.raw_server import garbage, hangs_up, raw_server

AT = datetime(2026, 10, 5, 8, tzinfo=UTC)


def source(port: int, **values: object) -> Source:
    given = {"host": HOST, "port": str(port), "security": "none", "username": USER}
    given |= {"folder": "INBOX", "provider": "imap"}
    more = {"starting_point": "all", "after": "leave", **values}
    return Source("s1", "mailbox", "imap://x", START, given, **more)  # type: ignore[arg-type]


def session(port: int, **values: object) -> Session:
    context = Context(source(port, **values), {"password": PASSWORD}, network=Sockets())
    return get("mailbox").open(context)


def looked(port: int, cursor: dict[str, object], **values: object) -> tuple[list[Item], object]:
    with session(port, **values) as opened:
        return list(opened.look(cursor)), opened.cursor


# --- the cursor -----------------------------------------------------------------------------------


def test_only_what_is_new_is_told_and_the_last_mail_is_not_told_again(dovecot: Dovecot):
    for number in range(3):
        dovecot.deliver(mail(subject=str(number)), at=AT + timedelta(minutes=number))
    first, cursor = looked(dovecot.port, {})
    assert len(first) == 3
    # n:* always answers with the last mail.
    again, cursor = looked(dovecot.port, cursor)  # type: ignore[arg-type]
    assert again == []
    dovecot.deliver(mail(subject="new"), at=AT + timedelta(hours=1))
    new, _ = looked(dovecot.port, cursor)  # type: ignore[arg-type]
    assert [one.path for one in new] == ["jan@supplier.example/new.eml"]


def test_a_mail_keeps_its_key_in_a_rebuilt_mailbox(dovecot: Dovecot):
    for number in range(5):
        dovecot.deliver(mail(subject=str(number)), at=AT + timedelta(minutes=number))
    before, cursor = looked(dovecot.port, {})
    dovecot.rebuild()
    after, moved = looked(dovecot.port, cursor)  # type: ignore[arg-type]
    assert {one.key: one.version for one in after} == {one.key: one.version for one in before}
    assert moved["validity"] != cursor["validity"]  # type: ignore[index]


def test_two_mails_of_a_careless_sender_are_two(dovecot: Dovecot):
    """The same Message-ID, subject and date: the way they came by tells them apart."""
    for number in range(2):
        way = {"Message-ID": "<same@scanner>", "Received": f"from scanner; id {number}"}
        dovecot.deliver(mail(headers=way), at=AT)
    found, _ = looked(dovecot.port, {})
    assert len({one.key for one in found}) == 2


def test_a_mail_that_is_gone_meanwhile_stops_nothing(dovecot: Dovecot):
    from ledgerdesk.errors import ItemGone

    path = dovecot.deliver(mail(("a.pdf", pdf())))
    with session(dovecot.port) as opened:
        (item,) = opened.look({})
        path.unlink()
        with pytest.raises((ItemGone, ConnectionTrouble)):
            opened.fetch(item)


def test_fifty_thousand_mails_are_opened_from_the_starting_point_only(dovecot: Dovecot):
    place = dovecot.maildir() / "cur"
    content = mail(text="x" * 2000)
    old = datetime(2025, 1, 1, tzinfo=UTC).timestamp()
    original = place / "1.0.here:2,"
    original.write_bytes(content)
    os.utime(original, (old, old))
    dovecot.own(original)
    for number in range(1, 50_000):
        os.link(original, place / f"1.{number}.here:2,")
    dovecot.deliver(mail(("a.pdf", pdf())), at=AT)
    with session(dovecot.port, starting_point="2026-10-01") as opened:
        list(opened.verify())  # the server's own first indexing
    fetched_before = dovecot.log().count("hdr_count")
    began = time.perf_counter()
    with session(dovecot.port, starting_point="2026-10-01") as opened:
        found = list(opened.look({}))
    assert len(found) == 1
    assert time.perf_counter() - began < 20
    dovecot.until_logged("hdr_count", fetched_before + 1)
    told = dovecot.log().split("hdr_count=")[-1]
    assert int(told.split(" ")[0]) <= 2, "headers of other mails were fetched"
    with session(dovecot.port, starting_point="now") as opened:
        assert opened.start() is not None
        assert opened.start()["uid"] == 50_001  # type: ignore[index]


def test_a_new_mail_ends_the_wait(dovecot: Dovecot):
    with session(dovecot.port) as opened:
        list(opened.look({}))
        threading.Timer(0.3, lambda: dovecot.deliver(mail(subject="new"))).start()
        assert opened.wait(60)


def test_without_a_new_mail_the_wait_ends_by_itself(dovecot: Dovecot):
    with session(dovecot.port) as opened:
        assert not opened.wait(0.2)


# --- what other servers do ------------------------------------------------------------------------


OPENED = "* 1 EXISTS\r\n* OK [UIDVALIDITY 7]\r\n* OK [UIDNEXT 2]\r\n%t OK done"
THROTTLED = "%t BAD Request is throttled. Suggested Backoff Time: 299961 milliseconds"


class Script:
    """An IMAP server of canned answers: the command's first word → lines; %t is its tag."""

    def __init__(self, **answers: str | Callable[[socket.socket, bytes], None]) -> None:
        self.capability = answers.pop("capability", "IMAP4rev1")
        self.greeting = answers.pop("greeting", "* OK ready")
        self.answers = {
            "CAPABILITY": f"* CAPABILITY {self.capability}\r\n%t OK done",
            "LOGIN": "%t OK in",
            "EXAMINE": OPENED,
            "SELECT": OPENED,
            "SEARCH": "* SEARCH 1\r\n%t OK done",
            "LOGOUT": "* BYE\r\n%t OK",
            **answers,
        }
        self.asked: list[str] = []

    def __call__(self, connection: socket.socket) -> None:
        connection.sendall(f"{self.greeting}\r\n".encode())
        for line in connection.makefile("rb"):
            tag, _, rest = line.partition(b" ")
            words = rest.decode().split()
            name = words[1] if words[0] == "UID" else words[0]
            self.asked.append(rest.decode().strip())
            said = self.answers.get(name, "%t BAD what?")
            if callable(said):
                said(connection, tag)
            else:
                connection.sendall(said.replace("%t", tag.decode()).encode() + b"\r\n")


TELLS = (
    '* 1 FETCH (UID 1 RFC822.SIZE {size} INTERNALDATE "05-Oct-2026 08:00:00 +0000" '
    "BODY[HEADER.FIELDS (MESSAGE-ID)] {{21}}\r\nMessage-ID: <1@x>\r\n\r\n)\r\n%t OK done"
)


def server(**answers: object) -> Script:
    return Script(FETCH=TELLS.format(size=100), **answers)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("script", "error"),
    [
        (server(LOGIN="%t NO [AUTHENTICATIONFAILED] no"), CredentialsRejected),
        (server(LOGIN="%t NO LOGIN failed."), CredentialsRejected),
        (server(LOGIN="* BYE Too many simultaneous connections"), RateLimited),
        (server(LOGIN="%t NO [UNAVAILABLE] later"), LedgerDeskError),
        (server(capability="IMAP4rev1 LOGINDISABLED"), SignInMethodRefused),
        (server(EXAMINE="%t BAD User is authenticated but not connected."), MailboxClosed),
        (
            server(SEARCH=THROTTLED),
            RateLimited,
        ),
        (server(SEARCH="* BYE Connection closed. 14"), ConnectionTrouble),
        (server(SEARCH="%t NO Server Unavailable. 15"), RateLimited),
        (server(greeting="* BYE no more"), ConnectionTrouble),
    ],
)  # fmt: skip
def test_a_servers_refusal_is_told_apart(script: Script, error: type[LedgerDeskError]):
    with raw_server(script) as port, pytest.raises(error) as raised, session(port) as opened:
        list(opened.look({}))
    assert PASSWORD not in str(raised.value)
    if "Backoff" in str(script.answers["SEARCH"]):
        assert raised.value.retry_after == pytest.approx(299.961)


@pytest.mark.parametrize("talk", [garbage, hangs_up])
def test_what_is_no_imap_server(talk: Callable[[socket.socket], None]):
    with raw_server(talk) as port, pytest.raises(ConnectionTrouble), session(port) as opened:
        list(opened.look({}))


def test_a_line_in_the_clear_is_never_used_where_starttls_was_asked_for():
    script = server()
    login = ImapLogin(HOST, 0, "starttls", USER, PASSWORD)
    with raw_server(script) as port, pytest.raises(StarttlsMissing):
        connect(ImapLogin(login.host, port, login.security, USER, PASSWORD), Sockets())
    assert not [one for one in script.asked if "LOGIN" in one]


def test_a_gigabyte_that_is_announced_is_not_read():
    def huge(connection: socket.socket, tag: bytes) -> None:
        connection.sendall(b"* 1 FETCH (UID 1 BODY[] {1073741824}\r\n" + b"x" * 10_000)

    script = Script(FETCH=huge)
    assert LARGEST_LITERAL < 1_073_741_824
    with raw_server(script) as port, session(port) as opened:
        item = Item("k", "1", "a/b.eml", 100, place="1")
        with pytest.raises(ConnectionTrouble):
            opened.fetch(item)


def test_a_literal_that_is_shorter_than_announced_is_no_mail():
    def cut(connection: socket.socket, tag: bytes) -> None:
        connection.sendall(b"* 1 FETCH (UID 1 BODY[] {5000}\r\nhello")
        connection.shutdown(socket.SHUT_RDWR)

    item = Item("k", "1", "a/b.eml", 100, place="1")
    with (
        raw_server(Script(FETCH=cut)) as port,
        session(port) as opened,
        pytest.raises(ConnectionTrouble),
    ):
        opened.fetch(item)


def test_a_mail_of_a_gigabyte_is_told_of_and_never_fetched():
    script = Script(FETCH=TELLS.format(size=1_073_741_824))
    with raw_server(script) as port, session(port) as opened:
        (item,) = opened.look({})
        fetched = opened.fetch(item)
    assert (fetched.content, fetched.size) == (None, 1_073_741_824)
    assert not [one for one in script.asked if "BODY.PEEK[])" in one]


def test_only_reading_commands_are_used():
    script = server()
    with raw_server(script) as port, session(port) as opened:
        (item,) = opened.look({})
        opened.acknowledge(item)
    assert {one.split()[0] for one in script.asked} <= {
        *("CAPABILITY", "LOGIN", "EXAMINE", "UID", "LOGOUT")
    }
    assert all("BODY[" not in one for one in script.asked)


def test_a_server_that_cannot_move_a_single_mail_removes_none():
    made = "%t OK done"
    script = server(LIST=made, CREATE=made, SUBSCRIBE=made)
    from ledgerdesk.errors import ItemUnreadable

    with raw_server(script) as port, session(port, after="move") as opened:
        (item,) = opened.look({})
        with pytest.raises(ItemUnreadable):
            opened.acknowledge(item)
        # It comes back at the next look.
        assert opened.cursor["open"] == [1]
    assert not [one for one in script.asked if one.startswith(("EXPUNGE", "STORE", "UID STORE"))]


# --- kills ----------------------------------------------------------------------------------------


@pytest.fixture
def boxes(dovecot: Dovecot) -> Iterator[Dovecot]:
    for number in range(6):
        content = mail((f"{number}.pdf", pdf(str(number))), subject=str(number))
        dovecot.deliver(content, at=AT + timedelta(minutes=number))
    yield dovecot


class Keys:
    """The sources' secrets without a key store."""

    def open(self, source_id: str) -> dict[str, str]:
        return {"password": PASSWORD}

    def tokens(self, source_id: str) -> None:
        return None

    def prepare(self) -> None:
        return None

    def seal(self, *_: object) -> None:
        return None

    forget = seal


def in_a_child(work: Callable[[], None]) -> int:
    """The signal that ended a process that did ``work``; 0: it came to its end."""
    child = os.fork()
    if not child:
        try:
            work()
        finally:
            os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0


@pytest.mark.parametrize("after", ["leave", "move"])
@pytest.mark.parametrize("point", ["intake.blob_kept", "intake.row_committed"])
def test_killed_between_fetch_and_acknowledge(
    data_dir: Path, boxes: Dovecot, point: str, after: str
):
    doors = Doors(Sockets(), Keys())  # type: ignore[arg-type]
    office = Office(data_dir)
    values = {"host": HOST, "port": str(boxes.port), "security": "none", "username": USER}
    form = SourceForm("mailbox", values, {"password": PASSWORD}, after=after)
    Sources(office.books, office.clock, doors).add(form)
    office.close()

    def work() -> None:
        failpoint.arm(point, 1)
        opened = Office(data_dir)
        look(opened.intake, doors=doors)
        opened.close()

    assert in_a_child(work) == signal.SIGKILL
    office = Office(data_dir)
    look(office.intake, doors=doors)
    found = office.documents()
    assert sorted(one.member for one in found) == [f"{n}.pdf" for n in range(6)]
    assert {one.state.value for one in found} == {"unassigned"}
    assert len(boxes.files()) == (6 if after == "leave" else 0)
    if after == "move":
        assert len(boxes.files("LedgerDesk")) == 6
    office.close()
