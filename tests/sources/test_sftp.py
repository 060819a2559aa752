"""The sftp source as a session, beside a real OpenSSH server."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ledgerdesk import sources
from ledgerdesk.errors import (
    CredentialsRejected,
    HostKeyChanged,
    HostKeyUnknown,
    ItemChanging,
    ItemGone,
    ItemUnreadable,
    MissingValue,
    PlaceMissing,
)
from ledgerdesk.model import Source
from ledgerdesk.net.sockets import Sockets
from ledgerdesk.sources import sftp as sftp_module
from ledgerdesk.sources._sftp_tree import SftpTree
from ledgerdesk.sources.base import Context, Item
from ledgerdesk.sources.sftp import SftpSession
from tests.helpers.intake import Office, pdf
from tests.helpers.source_firm import SourceFirm
from tests.helpers.sshd import Sshd

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def values(sshd: Sshd, **more: str) -> dict[str, str]:
    return {
        "host": sshd.host,
        "port": str(sshd.port),
        "username": sshd.username,
        "path": "in",
        "host_key": sshd.fingerprint,
        **more,
    }


def opened(sshd: Sshd, *, password: str = "", after: str = "leave", **more: str) -> SftpSession:
    source = Source("s", "sftp", "sftp://x", NOW, values(sshd, **more), after=after)
    secrets = {"password": password or sshd.password}
    session = sources.get("sftp").open(Context(source, secrets, network=Sockets()))
    assert isinstance(session, SftpSession)
    return session


def lay(sshd: Sshd, name: str, content: bytes = b"x", age: float = 3600) -> Path:
    path = sshd.home / "in" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    then = time.time() - age
    os.utime(path, (then, then))
    for one in (path, *path.parents):
        if one != sshd.home and sshd.home in one.parents:
            one.chmod(0o777)
    return path


def told(session: SftpSession) -> dict[str, Item]:
    return {one.key: one for one in session.look({})}


def one(session: SftpSession) -> Item:
    (item,) = session.look({})
    return item


# --- looking --------------------------------------------------------------------------------------


def test_every_file_below_the_folder_is_told_in_order(sshd: Sshd):
    for name in ("b.xml", "a.xml", "sub/c.pdf"):
        lay(sshd, name, b"12345")
    with opened(sshd) as session:
        found = told(session)
    assert list(found) == ["a.xml", "b.xml", "sub/c.pdf"]
    assert found["sub/c.pdf"].size == 5
    assert found["sub/c.pdf"].shown == f"{sshd.home}/in/sub/c.pdf"


@pytest.mark.parametrize(
    "name", ["x.part", "~$x.docx", ".hidden", ".git/x.xml", "Thumbs.db", "LedgerDesk/done/x.xml"]
)
def test_what_is_no_document_is_not_told(sshd: Sshd, name: str):
    lay(sshd, name)
    lay(sshd, "a.xml")
    with opened(sshd) as session:
        assert list(told(session)) == ["a.xml"]


def test_links_are_not_followed(sshd: Sshd):
    lay(sshd, "a.xml")
    (sshd.home / "in/link.xml").symlink_to("a.xml")
    (sshd.home / "in/round").symlink_to(".")
    with opened(sshd) as session:
        assert list(told(session)) == ["a.xml"]


def test_a_name_that_is_no_text_is_told_and_fetched(sshd: Sshd):
    lay(sshd, "a.xml")
    os.rename(os.fsencode(sshd.home / "in/a.xml"), os.fsencode(sshd.home / "in") + b"/caf\xe9.xml")
    with opened(sshd) as session:
        item = one(session)
        assert (item.key, session.fetch(item).content) == ("caf\\xe9.xml", b"x")


def test_a_folder_that_is_closed_stops_no_other(sshd: Sshd):
    lay(sshd, "a/x.xml")
    lay(sshd, "b/y.xml")
    (sshd.home / "in/a").chmod(0)
    with opened(sshd) as session:
        assert list(told(session)) == ["b/y.xml"]
        assert [type(each) for each in session.troubles] == [ItemUnreadable]


def test_the_home_of_the_account_is_a_single_dot(sshd: Sshd):
    lay(sshd, "a.xml")
    with opened(sshd, path=".") as session:
        assert list(told(session)) == ["in/a.xml"]


def test_a_tree_without_an_end_is_left(sshd: Sshd, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("ledgerdesk.sources._sftp_tree.DEEPEST", 2)
    for name in ("a.xml", "1/b.xml", "1/2/c.xml", "1/2/3/d.xml"):
        lay(sshd, name)
    with opened(sshd) as session:
        assert list(told(session)) == ["a.xml", "1/b.xml", "1/2/c.xml"]


# --- fetching -------------------------------------------------------------------------------------


def test_a_large_file_comes_whole(sshd: Sshd):
    content = os.urandom(3_000_001)
    lay(sshd, "a.bin", content)
    with opened(sshd) as session:
        assert session.fetch(one(session)).content == content


def test_a_file_that_grew_since_it_was_told_is_still_changing(sshd: Sshd):
    path = lay(sshd, "a.xml", b"1")
    with opened(sshd) as session:
        item = one(session)
        path.write_bytes(b"12")
        with pytest.raises(ItemChanging):
            session.fetch(item)


def test_a_file_that_was_taken_away(sshd: Sshd):
    path = lay(sshd, "a.xml")
    with opened(sshd) as session:
        item = one(session)
        path.unlink()
        with pytest.raises(ItemGone):
            session.fetch(item)


def test_a_file_that_may_not_be_read_stops_no_other(sshd: Sshd):
    lay(sshd, "a.xml").chmod(0)
    lay(sshd, "b.xml")
    with opened(sshd) as session:
        a, b = told(session).values()
        with pytest.raises(ItemUnreadable):
            session.fetch(a)
        assert session.fetch(b).content == b"x"


def test_a_file_beyond_the_limit_is_told_of_and_not_fetched(
    sshd: Sshd, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(sftp_module, "MAX_BYTES", 3)
    lay(sshd, "film.mp4", b"1234")
    with opened(sshd) as session:
        fetched = session.fetch(one(session))
    assert (fetched.content, fetched.size, len(fetched.sha256)) == (None, 4, 64)


# --- afterwards -----------------------------------------------------------------------------------


def test_nothing_is_touched_unless_that_is_asked_for(sshd: Sshd):
    path = lay(sshd, "a.xml")
    before = path.stat()
    with opened(sshd) as session:
        item = one(session)
        session.fetch(item)
        session.acknowledge(item)
    after = path.stat()
    assert (before.st_mtime_ns, before.st_ino) == (after.st_mtime_ns, after.st_ino)


def test_a_taken_file_is_moved_under_its_own_path_and_never_over_another(sshd: Sshd):
    lay(sshd, "LedgerDesk/done/sub/a.xml", b"old")
    lay(sshd, "sub/a.xml", b"new")
    with opened(sshd, after="move") as session:
        item = one(session)
        session.acknowledge(item)
        session.acknowledge(item)  # may be repeated
    done = sshd.home / "in/LedgerDesk/done/sub"
    found = {path.name: path.read_bytes() for path in done.iterdir()}
    assert found == {"a.xml": b"old", "a (2).xml": b"new"}


def test_a_file_written_anew_meanwhile_stays(sshd: Sshd):
    path = lay(sshd, "a.xml", b"1")
    with opened(sshd, after="move") as session:
        item = one(session)
        path.write_bytes(b"22")
        session.acknowledge(item)
    assert path.read_bytes() == b"22"


def test_a_folder_that_may_not_be_written_is_told_of(sshd: Sshd):
    lay(sshd, "a.xml")
    (sshd.home / "in").chmod(0o555)
    with opened(sshd, after="move") as session:
        item = one(session)
        with pytest.raises(ItemUnreadable):
            session.acknowledge(item)


# --- the line -------------------------------------------------------------------------------------


def test_the_check_list(sshd: Sshd):
    lay(sshd, "a.xml")
    with opened(sshd) as session:
        checks = list(session.verify())
    assert [each.ok for each in checks] == [True] * 4
    assert checks[-1].detail == f"{sshd.home}/in"


def test_an_unknown_server_hears_nothing(sshd: Sshd):
    with opened(sshd, host_key="") as session, pytest.raises(HostKeyUnknown) as caught:
        list(session.verify())
    assert caught.value.params["fingerprint"] == sshd.fingerprint
    assert sshd.username not in sshd.log()


def test_another_server_than_the_approved_one_hears_nothing(sshd: Sshd):
    other = "SHA256:" + "A" * 43
    with opened(sshd, host_key=other) as session, pytest.raises(HostKeyChanged):
        list(session.verify())
    assert sshd.username not in sshd.log()


@pytest.mark.parametrize(
    ("password", "more", "error"),
    [("wrong", {}, CredentialsRejected), ("", {"path": "nowhere"}, PlaceMissing)],
)
def test_what_cannot_be_looked_into(sshd: Sshd, password: str, more: dict[str, str], error: Any):
    lay(sshd, "a.xml")
    with opened(sshd, password=password, **more) as session, pytest.raises(error):
        list(session.verify())


def test_neither_password_nor_key(sshd: Sshd):
    with pytest.raises(MissingValue):
        sources.get("sftp").open(
            Context(Source("s", "sftp", "x", NOW, values(sshd)), {}, network=Sockets())
        )


# --- with the books -------------------------------------------------------------------------------


class Firm(SourceFirm):
    def __init__(self, office: Office, sshd: Sshd) -> None:
        super().__init__(office)
        self.sshd = sshd

    def watch(self, **form: Any) -> Source:
        return self.add("sftp", values(self.sshd), {"password": self.sshd.password}, **form)


@pytest.fixture
def firm(office: Office, sshd: Sshd) -> Firm:
    (sshd.home / "in").mkdir()
    (sshd.home / "in").chmod(0o777)
    return Firm(office, sshd)


def test_a_file_is_taken_in_once(firm: Firm):
    firm.watch()
    lay(firm.sshd, "a.pdf", pdf("a"))
    assert firm.look().taken_in == 1
    assert firm.look().taken_in == 0
    lay(firm.sshd, "a.pdf", pdf("another"))
    assert firm.look().taken_in == 1


def test_a_file_that_is_still_being_written_waits(firm: Firm):
    firm.watch()
    lay(firm.sshd, "a.pdf", pdf("a"), age=0)
    firm.office.clock.at = datetime.now(UTC)
    assert [each.waiting for each in firm.look().sources] == [1]
    firm.office.clock.forward(seconds=11)
    assert firm.look().taken_in == 1


def test_a_server_whose_clock_is_ahead_is_watched_until_nothing_changes(firm: Firm):
    firm.watch()
    path = lay(firm.sshd, "a.pdf", pdf("a"), age=-7200)
    assert firm.look().taken_in == 0
    later = path.stat().st_mtime + 60
    path.write_bytes(pdf("ab"))
    os.utime(path, (later, later))
    firm.office.clock.forward(seconds=11)
    assert firm.look().taken_in == 0
    firm.office.clock.forward(seconds=11)
    assert firm.look().taken_in == 1


def test_old_files_cost_one_listing_and_are_not_fetched(
    firm: Firm, monkeypatch: pytest.MonkeyPatch
):
    for number in range(300):
        lay(firm.sshd, f"{number % 3}/{number}.pdf")
    firm.watch(starting_point="now")
    lay(firm.sshd, "new.pdf", pdf("new"))
    asked: list[str] = []
    entries = SftpTree._entries

    def counted(self: SftpTree, folder: str) -> Any:
        asked.append(folder)
        return entries(self, folder)

    monkeypatch.setattr(SftpTree, "_entries", counted)
    assert firm.look().taken_in == 1
    assert len(asked) == 4  # the folder and its three


def test_folders_say_whose_a_document_is(firm: Firm):
    client = firm.office.client(name="Bakkerij De Smet", file_number="1001")
    firm.watch(pattern="{file_number}/Aankoop/*")
    lay(firm.sshd, "1001/Aankoop/scan.pdf", pdf("scan"))
    firm.look()
    (document,) = firm.office.documents()
    assert (document.client_id, document.direction) == (client.id, "purchase")


def test_a_refused_password_is_offered_once_until_a_person_gives_another(firm: Firm):
    source = firm.watch()
    firm.secrets.kept[source.id] = {"password": "changed at the server"}
    before = firm.sshd.sign_in_attempts()
    for _ in range(3):
        (looked,) = firm.look().sources
        assert looked.source.state == "reauthenticate"
        assert isinstance(looked.error, CredentialsRejected)
    assert firm.sshd.sign_in_attempts() == before + 1
    firm.sources.signed_in(source.id, {"password": firm.sshd.password})
    assert [each.error for each in firm.look().sources] == [None]


def test_a_server_that_is_down_is_unreachable_and_asked_again(firm: Firm):
    source = firm.watch()
    lay(firm.sshd, "a.pdf", pdf("a"))
    firm.sshd.stop()
    firm.look()
    assert firm.office.source(source).state == "unreachable"
    firm.sshd.start()
    assert firm.look().taken_in == 1
    assert firm.office.source(source).state == "ok"


def test_a_replaced_server_waits_for_a_persons_yes(firm: Firm):
    source = firm.watch()
    fingerprint = firm.sshd.swap_host_key()
    (looked,) = firm.look().sources
    assert isinstance(looked.error, HostKeyChanged)
    firm.sources.signed_in(source.id, {}, accept_host_key=fingerprint)
    assert [each.error for each in firm.look().sources] == [None]
    assert firm.office.source(source).values["host_key"] == fingerprint


def test_moved_files_are_moved_after_they_are_kept(firm: Firm):
    firm.watch(after="move")
    lay(firm.sshd, "a.pdf", pdf("a"))
    assert firm.look().taken_in == 1
    assert (firm.sshd.home / "in/LedgerDesk/done/a.pdf").read_bytes() == pdf("a")
    firm.office.clock.at += timedelta(minutes=5)
    assert firm.look().taken_in == 0
