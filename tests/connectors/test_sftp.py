"""The SFTP connector against a real sshd: the verdict is read from its disk and its log."""

from __future__ import annotations

import io
import os
import socket
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import paramiko
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519, rsa
from paramiko.common import AUTH_FAILED, AUTH_PARTIALLY_SUCCESSFUL, AUTH_SUCCESSFUL

from ledgerdesk.connectors.sftp import SftpConnector, SftpSession
from ledgerdesk.errors import (
    Cancelled,
    ConnectionRefused,
    ConnectionTrouble,
    CredentialsRejected,
    HostKeyChanged,
    HostKeyUnknown,
    LedgerDeskError,
    MissingValue,
    NameTaken,
    OutcomeUnknown,
    PlaceFull,
    PlaceNotWritable,
    PrivateKeyUnusable,
    ServerTooOld,
    SignInMethodRefused,
    TimedOut,
)
from ledgerdesk.model import Assurance, Found, Parcel, Stage
from ledgerdesk.net import private_key
from tests.connectors.test_folder import PROBES
from tests.helpers.parcels import (
    DELIVERY,
    INVOICE,
    CancelAfter,
    PlainNaming,
    RecordingStages,
    files,
    make_context,
    make_parcel,
)
from tests.helpers.sshd import Sshd

NAME = PlainNaming().name
PART = ".0badcafe.part"
SFTP = SftpConnector()
Open = Callable[..., SftpSession]


@pytest.fixture
def connect(sshd: Sshd) -> Iterator[Open]:
    """Sessions with the right sign-in, but for what the test says."""
    opened: list[SftpSession] = []

    def make(path: str = "", secrets: dict[str, str] | None = None, **more: Any) -> SftpSession:
        more.setdefault("approved_host_key", sshd.fingerprint)
        values = {
            "host": sshd.host,
            "port": str(sshd.port),
            "username": more.pop("username", sshd.username),
            "upload_path": path,
        }
        given = {"password": sshd.password} if secrets is None else secrets
        opened.append(SFTP.open(make_context(values, given, **more)))
        return opened[-1]

    yield make
    for session in opened:
        session.close()


def parcel(path: str = "", **more: Any) -> Parcel:
    return make_parcel(SFTP, {"upload_path": path}, **more)


def imported(sshd: Sshd) -> dict[str, bytes]:
    return files(sshd.home / "Invoice_import") if (sshd.home / "Invoice_import").exists() else {}


# --- arriving -----------------------------------------------------------------------------------


def test_delivery_to_the_default_path(sshd: Sshd, connect: Open) -> None:
    stages = RecordingStages()
    evidence = connect(stages=stages).send_one(parcel())
    assert files(sshd.home) == {f"Invoice_import/{NAME}": INVOICE}
    assert evidence.assurance is Assurance.VERIFIED
    assert evidence.remote == f"{sshd.home}/Invoice_import/{NAME}"
    assert evidence.facts["checked"] == "size"
    assert evidence.facts["host_key"] == sshd.fingerprint
    assert stages.seen == [(DELIVERY, Stage.PUBLISHING)]
    assert sshd.sign_in_attempts() == 1


def test_encryption_is_the_fast_one(connect: Open) -> None:
    transport = connect()._disk.reach()
    assert transport.local_cipher == "aes128-gcm@openssh.com"
    transport.close()


def test_one_connection_serves_all_parcels(sshd: Sshd, connect: Open) -> None:
    parcels = [
        parcel(naming=PlainNaming(name=f"{n}.xml"), delivery_id=f"{n:032x}") for n in range(20)
    ]
    outcomes = list(connect().send(parcels))
    assert all(outcome.evidence for outcome in outcomes)
    assert sorted(imported(sshd)) == sorted(f"{n}.xml" for n in range(20))
    assert sshd.sign_in_attempts() == 1


def test_large_file(sshd: Sshd, connect: Open) -> None:
    body = os.urandom(30_000_001)
    connect().send_one(parcel(body=body))
    assert imported(sshd) == {NAME: body}


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("Café Zoë/[enterprise_name]/[vat]", "Café Zoë/Bakkerij De Smet & Cº/BE0123456789"),
        ("in\\sub\\[vat]\\", "in/sub/BE0123456789"),
        ("~/in", "in"),
    ],
)
def test_paths(sshd: Sshd, connect: Open, path: str, expected: str) -> None:
    naming = PlainNaming({"enterprise_name": "Bakkerij De Smet & Cº", "vat": "BE0123456789"})
    connect(path).send_one(parcel(path, naming=naming))
    assert files(sshd.home) == {f"{expected}/{NAME}": INVOICE}


def test_path_from_the_root_on(sshd: Sshd, connect: Open) -> None:
    path = f"{sshd.home}/absolute"
    assert connect(path).send_one(parcel(path)).remote == f"{path}/{NAME}"
    assert files(sshd.home) == {f"absolute/{NAME}": INVOICE}


def test_second_send_finds_the_first(sshd: Sshd, connect: Open) -> None:
    connect().send_one(parcel())
    inode = (sshd.home / "Invoice_import" / NAME).stat().st_ino
    stages = RecordingStages()
    assert connect(stages=stages).send_one(parcel()).facts["checked"] == "sha256"
    assert imported(sshd) == {NAME: INVOICE}
    assert (sshd.home / "Invoice_import" / NAME).stat().st_ino == inode
    assert stages.seen == []


@pytest.mark.parametrize("other", [b"another", bytes(len(INVOICE))])
def test_name_taken_is_never_overwritten(sshd: Sshd, connect: Open, other: bytes) -> None:
    (sshd.home / "Invoice_import").mkdir()
    (sshd.home / "Invoice_import" / NAME).write_bytes(other)
    with pytest.raises(NameTaken):
        connect().send_one(parcel())
    assert imported(sshd) == {NAME: other}


def test_name_taken_in_the_last_moment(sshd: Sshd, connect: Open) -> None:
    final = sshd.home / "Invoice_import" / NAME
    stages = RecordingStages(then=lambda: final.write_bytes(b"another"))
    with pytest.raises(NameTaken):
        connect(stages=stages).send_one(parcel())
    assert imported(sshd) == {NAME: b"another"}


def test_older_leftover_is_replaced(sshd: Sshd, connect: Open) -> None:
    folder = sshd.home / "Invoice_import"
    folder.mkdir()
    os.chown(folder, sshd.home.stat().st_uid, -1)
    (folder / PART).write_bytes(b"half" * 10_000)
    os.chown(folder / PART, sshd.home.stat().st_uid, -1)
    connect().send_one(parcel())
    assert imported(sshd) == {NAME: INVOICE}


# --- not arriving -------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [3_000, 3_000_000])
def test_full_disk_leaves_nothing(sshd: Sshd, connect: Open, full_disk: Path, size: int) -> None:
    with pytest.raises(PlaceFull):
        connect("full-disk").send_one(parcel("full-disk", body=bytes(size)))
    assert list(files(full_disk)) == [".filler"]
    sshd.free_disk()
    connect("full-disk").send_one(parcel("full-disk"))
    assert files(full_disk) == {NAME: INVOICE}


def test_disk_full_for_a_moment_makes_no_hole(sshd: Sshd, connect: Open, full_disk: Path) -> None:
    """Blocks refused in the middle, later ones taken: the size is right, the content is not."""

    class RoomAfterTheFirstRefusal:
        blocks = 0

        def raise_if_cancelled(self) -> None:
            self.blocks += 1
            if self.blocks == 3:
                client = session._disk._client
                assert client is not None
                wait_for(client.get_channel().recv_ready)  # type: ignore[union-attr]
                sshd.free_disk()

    session = connect("full-disk", cancel=RoomAfterTheFirstRefusal())
    with pytest.raises(PlaceFull):
        session.send_one(parcel("full-disk", body=b"x" * 120_000))
    assert files(full_disk) == {}


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline


def test_a_naive_upload_to_a_full_disk_seems_to_succeed(sshd: Sshd, full_disk: Path) -> None:
    with socket.create_connection((sshd.host, sshd.port)) as sock:
        transport = paramiko.Transport(sock)
        transport.connect(username=sshd.username, password=sshd.password)
        client = paramiko.SFTPClient.from_transport(transport)
        assert client is not None
        client.putfo(io.BytesIO(INVOICE), f"full-disk/{NAME}", confirm=False)
        transport.close()
    assert (full_disk / NAME).stat().st_size == 0


def test_read_only_folder(sshd: Sshd, connect: Open) -> None:
    assert sshd.read_only.is_dir()
    for path in ("read-only", "read-only/below"):
        with pytest.raises(PlaceNotWritable):
            connect(path).send_one(parcel(path))
        with pytest.raises(PlaceNotWritable):
            list(connect(path).verify())
    assert files(sshd.home) == {}


def test_a_file_where_a_folder_should_be(sshd: Sshd, connect: Open) -> None:
    (sshd.home / "in").write_bytes(b"")
    for path in ("in", "in/below"):
        with pytest.raises(LedgerDeskError):
            connect(path).send_one(parcel(path))
    assert files(sshd.home) == {"in": b""}


def test_cancel_takes_the_unfinished_file_away(sshd: Sshd, connect: Open) -> None:
    stages = RecordingStages()
    with pytest.raises(Cancelled):
        connect(stages=stages, cancel=CancelAfter(5)).send_one(parcel(body=bytes(500_000)))
    assert imported(sshd) == {}
    assert stages.seen == []


def test_folder_removed_under_way_is_made_again(sshd: Sshd, connect: Open) -> None:
    session = connect()
    session.send_one(parcel())
    (sshd.home / "Invoice_import" / NAME).unlink()
    (sshd.home / "Invoice_import").rmdir()
    with pytest.raises(LedgerDeskError) as raised:
        session.send_one(parcel())
    assert raised.value.code == "place_missing"
    session.send_one(parcel())
    assert imported(sshd) == {NAME: INVOICE}


# --- a lost connection --------------------------------------------------------------------------


class DropWhile:
    """Cuts the connection at the n-th block."""

    def __init__(self, sshd: Sshd, block: int) -> None:
        self._sshd, self._block = sshd, block

    def raise_if_cancelled(self) -> None:
        self._block -= 1
        if self._block == 0:
            self._sshd.drop_connections()


def test_lost_in_the_middle_is_tried_again(sshd: Sshd, connect: Open) -> None:
    stages = RecordingStages()
    session = connect(stages=stages, cancel=DropWhile(sshd, 5))
    with pytest.raises(ConnectionTrouble):
        session.send_one(parcel(body=bytes(5_000_000)))
    assert stages.seen == []
    assert list(imported(sshd)) == [PART]
    session.send_one(parcel())
    assert imported(sshd) == {NAME: INVOICE}


def test_lost_between_parcels_is_not_even_noticed(sshd: Sshd, connect: Open) -> None:
    session = connect()
    session.send_one(parcel())
    sshd.drop_connections()
    wait_until_closed(session)
    other = parcel(naming=PlainNaming(name="2.xml"), delivery_id="0" * 32)
    assert session.send_one(other).remote.endswith("2.xml")


def wait_until_closed(session: SftpSession) -> None:
    transport = session._disk._transport
    assert transport is not None
    transport.join(10)


def lose_the_answer(
    monkeypatch: pytest.MonkeyPatch, sshd: Sshd, renames: bool, then: Callable[[], Any]
) -> None:
    def rename(client: paramiko.SFTPClient, old: str, new: str) -> None:
        if renames:
            original(client, old, new)
        then()
        sshd.drop_connections()
        client.stat(new)

    original = paramiko.SFTPClient.rename
    monkeypatch.setattr(paramiko.SFTPClient, "rename", rename)


def test_answer_lost_and_the_file_is_there(
    sshd: Sshd, connect: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    lose_the_answer(monkeypatch, sshd, True, lambda: None)
    assert connect().send_one(parcel()).facts["checked"] == "sha256"
    assert imported(sshd) == {NAME: INVOICE}


def test_answer_lost_and_the_file_is_not_there(
    sshd: Sshd, connect: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    lose_the_answer(monkeypatch, sshd, False, lambda: None)
    with pytest.raises(ConnectionTrouble):
        connect().send_one(parcel())
    assert imported(sshd) == {}


def test_answer_lost_and_the_package_took_the_file(
    sshd: Sshd, connect: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    final = sshd.home / "Invoice_import" / NAME
    lose_the_answer(monkeypatch, sshd, True, lambda: final.unlink())
    with pytest.raises(OutcomeUnknown):
        connect().send_one(parcel())


def test_answer_lost_and_the_server_too(
    sshd: Sshd, connect: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    lose_the_answer(monkeypatch, sshd, True, sshd.stop)
    with pytest.raises(OutcomeUnknown):
        connect().send_one(parcel())


@pytest.mark.parametrize("renames", [True, False])
def test_answer_too_late(
    sshd: Sshd, connect: Open, monkeypatch: pytest.MonkeyPatch, renames: bool
) -> None:
    def rename(client: paramiko.SFTPClient, old: str, new: str) -> None:
        if renames:
            original(client, old, new)
        raise TimeoutError

    original = paramiko.SFTPClient.rename
    monkeypatch.setattr(paramiko.SFTPClient, "rename", rename)
    if renames:
        assert connect().send_one(parcel()).remote.endswith(NAME)
        assert imported(sshd) == {NAME: INVOICE}
    else:
        with pytest.raises(TimedOut):
            connect().send_one(parcel())
        assert imported(sshd) == {}
    assert sshd.sign_in_attempts() == 2, "a line that timed out is not used again"


def test_stopped_server(sshd: Sshd, connect: Open) -> None:
    sshd.stop()
    with pytest.raises(ConnectionRefused):
        connect().send_one(parcel())
    with pytest.raises(ConnectionRefused):
        connect().probe(parcel())


# --- after a crash ------------------------------------------------------------------------------


@pytest.mark.parametrize(("final", "temporary", "stage", "found", "left"), PROBES)
def test_probe(
    sshd: Sshd,
    connect: Open,
    final: bytes | None,
    temporary: bytes | None,
    stage: Stage,
    found: Found,
    left: dict[str, bytes],
) -> None:
    folder = sshd.home / "Invoice_import"
    folder.mkdir()
    os.chown(folder, sshd.home.stat().st_uid, -1)
    for name, content in ((NAME, final), (PART, temporary)):
        if content is not None:
            (folder / name).write_bytes(content)
    probe = connect().probe(parcel(stage=stage))
    assert probe.found is found
    assert (probe.evidence is not None) == (found is Found.THERE)
    assert imported(sshd) == left


def test_probe_makes_nothing(sshd: Sshd, connect: Open) -> None:
    assert connect().probe(parcel()).found is Found.ABSENT
    assert list(sshd.home.iterdir()) == []


KILLED = """
import os, sys
from ledgerdesk import failpoint
from ledgerdesk.connectors.sftp import SftpConnector
from tests.helpers.parcels import make_context, make_parcel
port, username, fingerprint, place = sys.argv[1:]
failpoint.arm(place)
values = {"host": "127.0.0.1", "port": port, "username": username}
secrets = {"password": os.environ["PASSWORD"]}
context = make_context(values, secrets, approved_host_key=fingerprint)
SftpConnector().open(context).send_one(make_parcel(SftpConnector(), values))
"""


@pytest.mark.parametrize(
    ("place", "stage", "found"),
    [
        ("connected", Stage.SENDING, Found.ABSENT),
        ("half_body", Stage.SENDING, Found.ABSENT),
        ("body_sent", Stage.SENDING, Found.ABSENT),
        ("size_checked", Stage.SENDING, Found.ABSENT),
        ("publishing_committed", Stage.PUBLISHING, Found.ABSENT),
        ("published", Stage.PUBLISHING, Found.THERE),
    ],
)
def test_killed_at(sshd: Sshd, connect: Open, place: str, stage: Stage, found: Found) -> None:
    account = (str(sshd.port), sshd.username, sshd.fingerprint)
    done = subprocess.run(
        [sys.executable, "-c", KILLED, *account, f"sftp.{place}"],
        cwd=Path(__file__).parents[2],
        env={**os.environ, "PASSWORD": sshd.password},
        check=False,
    )
    assert done.returncode == -9
    assert connect().probe(parcel(stage=stage)).found is found
    connect().send_one(parcel())
    assert imported(sshd) == {NAME: INVOICE}


# --- who the server is --------------------------------------------------------------------------


def test_unknown_host_key_stops_before_any_sign_in(sshd: Sshd, connect: Open) -> None:
    with pytest.raises(HostKeyUnknown) as raised:
        connect(approved_host_key="").send_one(parcel())
    assert raised.value.params["fingerprint"] == sshd.fingerprint
    assert raised.value.params["key_type"] == "ssh-ed25519"
    assert sshd.sign_in_attempts() == 0
    assert sshd.username not in sshd.log()


def test_changed_host_key_stops_before_any_sign_in(sshd: Sshd, connect: Open) -> None:
    before = sshd.fingerprint
    shown = sshd.swap_host_key()
    with pytest.raises(HostKeyChanged) as raised:
        connect(approved_host_key=before).send_one(parcel())
    assert raised.value.params["approved"] == before
    assert raised.value.params["fingerprint"] == shown
    assert sshd.sign_in_attempts() == 0
    assert sshd.username not in sshd.log()


class Scripted(paramiko.ServerInterface):
    """Signs in as the test says; there is nothing behind it."""

    def __init__(self) -> None:
        self.methods = "password"
        self.questions = ["Password: "]
        self.offered: list[str] = []

    def get_allowed_auths(self, username: str) -> str:
        return self.methods

    def check_auth_password(self, username: str, password: str) -> int:
        self.offered.append("password")
        if "password" not in self.methods:
            return AUTH_FAILED
        return AUTH_SUCCESSFUL if password == "right" else AUTH_FAILED

    def check_auth_publickey(self, username: str, key: paramiko.PKey) -> int:
        self.offered.append("publickey")
        self.methods = "password"
        return AUTH_PARTIALLY_SUCCESSFUL

    def check_auth_interactive(self, username: str, submethods: str) -> Any:
        self.offered.append("keyboard-interactive")
        query = paramiko.server.InteractiveQuery()
        for question in self.questions:
            query.add_prompt(question, False)
        return query

    def check_auth_interactive_response(self, responses: list[str]) -> int:
        self.offered.append("answer")
        return AUTH_SUCCESSFUL if responses == ["right"] else AUTH_FAILED


class FakeSsh:
    """An SSH server of several host key types, for what OpenSSH cannot be set to here."""

    def __init__(self) -> None:
        self.rules = Scripted()
        self.keys: list[paramiko.PKey] = [paramiko.ECDSAKey.generate()]
        self.weak = False
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self._transports: list[paramiko.Transport] = []
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            transport = paramiko.Transport(sock)
            self._transports.append(transport)
            if self.weak:
                transport.get_security_options().digests = ("hmac-sha1",)
                transport.get_security_options().ciphers = ("aes128-cbc",)
            for key in self.keys:
                transport.add_server_key(key)
            transport.start_server(threading.Event(), self.rules)

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()
        for transport in self._transports:
            transport.close()

    def session(self, approved: str = "", **secrets: str) -> SftpSession:
        values = {"host": "127.0.0.1", "port": str(self.port), "username": "desk"}
        return SFTP.open(
            make_context(
                values,
                secrets or {"password": "right"},
                approved_host_key=approved or self.keys[0].fingerprint,
                read_timeout=5.0,
            )
        )


@pytest.fixture
def fake_ssh() -> Iterator[FakeSsh]:
    server = FakeSsh()
    yield server
    server.close()


def signed_in(session: SftpSession) -> None:
    """The fake has no files: what comes after the sign-in fails, and is not looked at."""
    with pytest.raises(ConnectionTrouble):
        session._disk.sign_in()


def test_approved_key_of_another_type_is_the_same_server(fake_ssh: FakeSsh) -> None:
    fake_ssh.keys = [
        paramiko.ECDSAKey.generate(),
        paramiko.RSAKey.generate(2048),
    ]
    for key in fake_ssh.keys:
        session = fake_ssh.session(key.fingerprint)
        assert session._disk.reach().get_remote_server_key() == key
        session.close()


def test_no_key_of_any_type_is_the_approved_one(fake_ssh: FakeSsh) -> None:
    fake_ssh.keys.append(paramiko.RSAKey.generate(2048))
    with pytest.raises(HostKeyChanged) as raised:
        fake_ssh.session("SHA256:somebodyelse").send_one(parcel())
    assert raised.value.params["fingerprint"] == fake_ssh.keys[0].fingerprint
    assert raised.value.params["key_type"] == "ecdsa-sha2-nistp256"
    assert fake_ssh.rules.offered == []


def test_outdated_encryption_is_told_clearly(fake_ssh: FakeSsh) -> None:
    fake_ssh.weak = True
    with pytest.raises(ServerTooOld) as raised:
        fake_ssh.session().send_one(parcel())
    assert "no longer safe" in raised.value.text()
    assert fake_ssh.rules.offered == []


def test_server_that_is_not_ssh(fake_ssh: FakeSsh) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            sock, _ = listener.accept()
            with sock:
                sock.sendall(b"HTTP/1.1 400 Bad Request\r\n" * 200)

        thread = threading.Thread(target=serve)
        thread.start()
        fake_ssh.port = listener.getsockname()[1]
        with pytest.raises(ConnectionTrouble):
            fake_ssh.session().send_one(parcel())
        thread.join()


def test_silent_server(sshd: Sshd) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        values = {"host": "127.0.0.1", "port": str(listener.getsockname()[1]), "username": "x"}
        context = make_context(
            values, {"password": "x"}, approved_host_key="SHA256:x", connect_timeout=0.3
        )
        with pytest.raises(TimedOut):
            SFTP.open(context).send_one(parcel())


# --- signing in ---------------------------------------------------------------------------------

SECRET = "Sup3r-geheim-wachtwoord"


def test_wrong_password_is_offered_once(sshd: Sshd, connect: Open) -> None:
    session = connect(secrets={"password": SECRET})
    parcels = [parcel(delivery_id=f"{n:032x}") for n in range(3)]
    errors = [outcome.error for outcome in session.send(parcels)]
    assert all(isinstance(error, CredentialsRejected) for error in errors)
    assert sshd.sign_in_attempts() == 1
    told = "".join(traceback.format_exception(errors[0])) + repr(vars(errors[0]))
    assert SECRET not in told
    assert SECRET not in repr(session._disk._login)


def test_private_key(sshd: Sshd, connect: Open) -> None:
    connect(secrets={"private_key": sshd.private_key}).send_one(parcel())
    assert imported(sshd) == {NAME: INVOICE}
    assert "Accepted publickey" in sshd.log()


def test_wrong_private_key_is_offered_once_and_no_password(sshd: Sshd, connect: Open) -> None:
    wrong = text_of(ed25519.Ed25519PrivateKey.generate())
    with pytest.raises(CredentialsRejected):
        connect(secrets={"private_key": wrong, "password": sshd.password}).send_one(parcel())
    assert sshd.sign_in_attempts() == 1
    assert "password" not in sshd.log()


def test_unknown_user(sshd: Sshd, connect: Open) -> None:
    with pytest.raises(CredentialsRejected):
        connect(username="nobody-here").send_one(parcel())


def test_neither_password_nor_key(connect: Open) -> None:
    with pytest.raises(MissingValue) as raised:
        connect(secrets={})
    assert raised.value.field == "password"


def test_password_as_the_only_question(fake_ssh: FakeSsh) -> None:
    fake_ssh.rules.methods = "publickey,keyboard-interactive"
    signed_in(fake_ssh.session())
    assert fake_ssh.rules.offered == ["password", "keyboard-interactive", "answer"]
    with pytest.raises(CredentialsRejected):
        fake_ssh.session(password="wrong").send_one(parcel())


def test_two_questions_are_not_answered(fake_ssh: FakeSsh) -> None:
    fake_ssh.rules.methods = "keyboard-interactive"
    fake_ssh.rules.questions = ["Password: ", "Code: "]
    with pytest.raises(SignInMethodRefused):
        fake_ssh.session().send_one(parcel())
    assert "answer" not in fake_ssh.rules.offered


def test_server_that_only_takes_keys(fake_ssh: FakeSsh) -> None:
    fake_ssh.rules.methods = "publickey"
    with pytest.raises(SignInMethodRefused) as raised:
        fake_ssh.session().send_one(parcel())
    assert "publickey" in raised.value.text()


def test_key_and_then_password(fake_ssh: FakeSsh) -> None:
    fake_ssh.rules.methods = "publickey"
    key = text_of(ed25519.Ed25519PrivateKey.generate())
    signed_in(fake_ssh.session(private_key=key, password="right"))
    assert fake_ssh.rules.offered == ["publickey", "password"]
    fake_ssh.rules.methods = "publickey"
    with pytest.raises(SignInMethodRefused):
        fake_ssh.session(private_key=key).send_one(parcel())


def text_of(
    key: Any,
    form: serialization.PrivateFormat = serialization.PrivateFormat.OpenSSH,
    passphrase: str = "",
) -> str:
    lock: Any = serialization.NoEncryption()
    if passphrase:
        lock = serialization.BestAvailableEncryption(passphrase.encode())
    text: bytes = key.private_bytes(serialization.Encoding.PEM, form, lock)
    return text.decode()


@pytest.mark.parametrize("passphrase", ["", SECRET])
@pytest.mark.parametrize("form", ["OpenSSH", "PKCS8", "TraditionalOpenSSL"])
@pytest.mark.parametrize(
    "make",
    [
        ed25519.Ed25519PrivateKey.generate,
        lambda: ec.generate_private_key(ec.SECP384R1()),
        lambda: rsa.generate_private_key(65537, 2048),
    ],
    ids=["ed25519", "ecdsa", "rsa"],
)
def test_every_form_of_key_is_read(make: Callable[[], Any], form: str, passphrase: str) -> None:
    key = make()
    if form == "TraditionalOpenSSL" and isinstance(key, ed25519.Ed25519PrivateKey):
        pytest.skip("this form does not exist")
    text = text_of(key, getattr(serialization.PrivateFormat, form), passphrase)
    public = key.public_key().public_bytes(
        serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH
    )
    loaded = private_key.load("\r\n" + text.replace("\n", "\r\n"), passphrase or "not needed")
    assert f"{loaded.get_name()} {loaded.get_base64()}" == public.decode()
    assert loaded.can_sign()


@pytest.mark.parametrize(
    ("text", "passphrase"),
    [
        ("PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: none", ""),
        ("-----BEGIN OPENSSH PRIVATE KEY-----\nZm9v\n-----END OPENSSH PRIVATE KEY-----", ""),
        ("my password", ""),
        (text_of(ed25519.Ed25519PrivateKey.generate(), passphrase=SECRET), ""),
        (text_of(ed25519.Ed25519PrivateKey.generate(), passphrase=SECRET), "wrong"),
        (text_of(dsa.generate_private_key(1024), serialization.PrivateFormat.PKCS8), ""),
    ],
    ids=["putty", "torn", "no-key", "no-passphrase", "wrong-passphrase", "dsa"],
)
def test_unusable_key_is_told_before_anything_is_sent(
    sshd: Sshd, connect: Open, text: str, passphrase: str
) -> None:
    with pytest.raises(PrivateKeyUnusable) as raised:
        connect(secrets={"private_key": text, "password": passphrase}).send_one(parcel())
    told = "".join(traceback.format_exception(raised.value))
    assert "my password" not in told
    assert sshd.sign_in_attempts() == 0


# --- setting up ---------------------------------------------------------------------------------


def test_verify_makes_the_folder_and_leaves_nothing_in_it(sshd: Sshd, connect: Open) -> None:
    checks = list(connect("in/sub/[enterprise_name]").verify())
    assert len(checks) == 5
    assert all(check.ok for check in checks)
    assert (sshd.home / "in" / "sub").is_dir()
    assert files(sshd.home) == {}


def test_verify_finds_a_full_disk(connect: Open, full_disk: Path) -> None:
    with pytest.raises(PlaceFull):
        list(connect("full-disk").verify())
    assert list(files(full_disk)) == [".filler"]


def test_same_account_whatever_the_case_of_the_host() -> None:
    one = {"username": "u", "host": "Server.example", "port": ""}
    assert SFTP.account_key(one) == "u@server.example:22"
