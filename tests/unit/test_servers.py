"""The servers the other tests trust, each proved with a plain client, fault by fault."""

from __future__ import annotations

import contextlib
import io
import logging
import signal
import smtplib
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import keyring
import keyring.errors
import paramiko
import pytest

from tests.helpers.keyring import WINDOWS_LIMIT, MemoryKeyring, StubReceivedBadData
from tests.helpers.smtp import SmtpProcess, SmtpServer
from tests.helpers.sshd import Sshd, Unavailable

if TYPE_CHECKING:
    from tests.conftest import MakeSmtp, MakeSmtpProcess

# --- SFTP ---------------------------------------------------------------------------------------


@contextlib.contextmanager
def connected(server: Sshd) -> Iterator[paramiko.Transport]:
    """Up to the host key: nothing is offered yet."""
    transport = paramiko.Transport(socket.create_connection((server.host, server.port), 10))
    try:
        transport.start_client(timeout=10)
        yield transport
    finally:
        transport.close()


@contextlib.contextmanager
def sftp(server: Sshd) -> Iterator[paramiko.SFTPClient]:
    with connected(server) as transport:
        transport.auth_password(server.username, server.password)
        client = paramiko.SFTPClient.from_transport(transport)
        assert client is not None
        yield client


def fingerprint(server: Sshd) -> str:
    with connected(server) as transport:
        return transport.get_remote_server_key().fingerprint


def test_password_login_arrives_in_the_home(sshd: Sshd) -> None:
    with sftp(sshd) as client:
        client.mkdir("Invoice_import")
        client.putfo(io.BytesIO(b"<Invoice/>"), "Invoice_import/1.xml")
    assert (sshd.home / "Invoice_import" / "1.xml").read_bytes() == b"<Invoice/>"
    assert sshd.sign_in_attempts() == 1
    assert f"Accepted password for {sshd.username}" in sshd.log()


def test_key_login(sshd: Sshd) -> None:
    key = paramiko.Ed25519Key.from_private_key(io.StringIO(sshd.private_key))
    with connected(sshd) as transport:
        transport.auth_publickey(sshd.username, key)
        assert transport.is_authenticated()


def test_wrong_password_and_foreign_key_are_refused(sshd: Sshd) -> None:
    for _ in range(2):
        with connected(sshd) as transport, pytest.raises(paramiko.AuthenticationException):
            transport.auth_password(sshd.username, "wrong")
    assert sshd.sign_in_attempts() >= 2


def test_looking_at_the_host_key_is_no_sign_in(sshd: Sshd) -> None:
    assert fingerprint(sshd) == sshd.fingerprint
    assert sshd.sign_in_attempts() == 0


def test_swapped_host_key_differs_on_the_same_port(sshd: Sshd) -> None:
    port, before = sshd.port, fingerprint(sshd)
    announced = sshd.swap_host_key()
    assert sshd.port == port
    assert fingerprint(sshd) == announced == sshd.fingerprint != before


def test_stopped_server_refuses_and_comes_back(sshd: Sshd) -> None:
    with sftp(sshd) as client:
        sshd.stop()
        with pytest.raises((OSError, EOFError, paramiko.SSHException)):
            client.listdir()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((sshd.host, sshd.port), 10)
    sshd.start()
    with sftp(sshd) as client:
        assert client.listdir() == []


def test_dropped_connection_leaves_the_server_listening(sshd: Sshd) -> None:
    with sftp(sshd) as client:
        sshd.drop_connections()
        with pytest.raises((OSError, EOFError, paramiko.SSHException)):
            client.listdir()
    with sftp(sshd) as client:
        client.listdir()


def test_full_disk_takes_not_one_byte_until_there_is_room(sshd: Sshd, full_disk: Path) -> None:
    with sftp(sshd) as client:
        with client.open("full-disk/1.xml", "w") as stream, pytest.raises(OSError, match="Failure"):
            stream.write(b"x")
        assert client.stat("full-disk/1.xml").st_size == 0
        sshd.free_disk()
        client.putfo(io.BytesIO(b"x" * 60_000), "full-disk/1.xml")
    assert (full_disk / "1.xml").stat().st_size == 60_000


def test_full_disk_is_full_again_in_the_next_test(full_disk: Path) -> None:
    assert [path.name for path in full_disk.iterdir()] == [".filler"]


def test_read_only_folder(sshd: Sshd) -> None:
    assert sshd.read_only.is_dir()
    with sftp(sshd) as client, pytest.raises(PermissionError):
        client.putfo(io.BytesIO(b"x"), "read-only/1.xml")


def test_many_channels_on_one_connection(sshd: Sshd) -> None:
    with connected(sshd) as transport:
        transport.auth_password(sshd.username, sshd.password)
        channels = [paramiko.SFTPClient.from_transport(transport) for _ in range(16)]
        assert all(c is not None and c.listdir() == [] for c in channels)


def test_closed_server_leaves_nothing_behind() -> None:
    try:
        server = Sshd()
    except Unavailable as reason:
        pytest.skip(f"no SFTP server: {reason}")
    assert server.username in Path("/etc/passwd").read_text()
    server.close()
    assert server.username not in Path("/etc/passwd").read_text()
    assert not server.folder.exists()


# --- mail ---------------------------------------------------------------------------------------

TO = "aankoop@box.example"
MAIL = b"From: kantoor@ledgerdesk.example\r\nSubject: Factuur\r\n\r\n.Een regel\r\n"


def trusting(server: SmtpServer | SmtpProcess) -> ssl.SSLContext:
    return ssl.create_default_context(cadata=server.ca_pem)


@contextlib.contextmanager
def mail_client(server: SmtpServer | SmtpProcess, timeout: float = 10) -> Iterator[smtplib.SMTP]:
    if server.mode == "tls":
        context = trusting(server)
        client: smtplib.SMTP = smtplib.SMTP_SSL(
            server.host, server.port, "client", timeout=timeout, context=context
        )
    else:
        client = smtplib.SMTP(server.host, server.port, "client", timeout=timeout)
    try:
        if server.mode == "starttls":
            client.starttls(context=trusting(server))
        yield client
    finally:
        client.close()


@contextlib.contextmanager
def signed_in(server: SmtpServer | SmtpProcess, timeout: float = 10) -> Iterator[smtplib.SMTP]:
    with mail_client(server, timeout) as client:
        client.login(server.username, server.password)
        yield client


def send(client: smtplib.SMTP, server: SmtpServer | SmtpProcess) -> None:
    client.sendmail(server.username, [TO], MAIL)


@pytest.mark.parametrize("mode", ["starttls", "tls", "plain-only"])
def test_mail_arrives_as_it_was_sent(make_smtp: MakeSmtp, mode: str) -> None:
    server = make_smtp(mode)
    with signed_in(server) as client:
        send(client, server)
    [received] = server.messages()
    assert received.content == MAIL
    assert (received.mail_from, received.recipients) == (server.username, (TO,))
    assert received.username == server.username
    assert received.message["Subject"] == "Factuur"
    assert (server.counters.connections, server.counters.messages) == (1, 1)


def test_nothing_goes_before_starttls(smtp_server: SmtpServer) -> None:
    with smtplib.SMTP(smtp_server.host, smtp_server.port, "client", timeout=10) as client:
        client.ehlo()
        assert not client.has_extn("auth")
        assert client.docmd("AUTH", "PLAIN AGEAYg==")[0] == 530
        assert client.mail(smtp_server.username)[0] == 530
    assert smtp_server.counters.sign_ins == 0


def test_plain_server_offers_no_starttls(make_smtp: MakeSmtp) -> None:
    with mail_client(make_smtp("plain-only")) as client:
        client.ehlo()
        assert not client.has_extn("starttls")


def test_no_mail_without_sign_in(smtp_server: SmtpServer) -> None:
    with mail_client(smtp_server) as client, pytest.raises(smtplib.SMTPSenderRefused) as refused:
        send(client, smtp_server)
    assert refused.value.smtp_code == 530


@pytest.mark.parametrize("mechanism", ["auth_plain", "auth_login"])
def test_both_mechanisms_and_a_wrong_password(smtp_server: SmtpServer, mechanism: str) -> None:
    name = mechanism.removeprefix("auth_").upper()
    with mail_client(smtp_server) as client:
        client.ehlo()
        client.user, client.password = smtp_server.username, "wrong"
        with pytest.raises(smtplib.SMTPAuthenticationError) as refused:
            client.auth(name, getattr(client, mechanism))
        assert refused.value.smtp_code == 535
        client.password = smtp_server.password
        assert client.auth(name, getattr(client, mechanism))[0] == 235
    assert (smtp_server.counters.sign_ins, smtp_server.counters.wrong_passwords) == (2, 1)


@pytest.mark.parametrize("mode", ["starttls", "tls"])
@pytest.mark.parametrize("certificate", ["other-name", "other-authority"])
def test_certificates_to_refuse(make_smtp: MakeSmtp, mode: str, certificate: str) -> None:
    server = make_smtp(mode, certificate)
    with pytest.raises(ssl.SSLCertVerificationError), mail_client(server):
        pass
    assert server.counters.sign_ins == 0


def test_good_certificate_is_unknown_to_the_system(make_smtp: MakeSmtp) -> None:
    server = make_smtp("tls")
    with pytest.raises(ssl.SSLCertVerificationError):
        smtplib.SMTP_SSL(server.host, server.port, timeout=10, context=ssl.create_default_context())


def test_refused_addresses(smtp_server: SmtpServer) -> None:
    smtp_server.set_faults(refuse_recipient={TO})
    with signed_in(smtp_server) as client:
        with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
            send(client, smtp_server)
        assert refused.value.recipients[TO][0] == 550
        smtp_server.set_faults(refuse_recipient=(), refuse_sender=[smtp_server.username])
        with pytest.raises(smtplib.SMTPSenderRefused):
            send(client, smtp_server)
    assert smtp_server.messages() == []


def test_temporary_failure_passes(smtp_server: SmtpServer) -> None:
    smtp_server.set_faults(temp_fail=2)
    with signed_in(smtp_server) as client:
        for _ in range(2):
            with pytest.raises(smtplib.SMTPDataError) as refused:
                send(client, smtp_server)
            assert refused.value.smtp_code == 451
        send(client, smtp_server)
    assert len(smtp_server.messages()) == 1


def test_size_limit_is_announced_and_kept(smtp_server: SmtpServer) -> None:
    smtp_server.set_faults(size_limit=20)
    with signed_in(smtp_server) as client:
        assert client.esmtp_features["size"] == "20"
        with pytest.raises(smtplib.SMTPSenderRefused) as refused:
            send(client, smtp_server)
        assert refused.value.smtp_code == 552
    assert smtp_server.messages() == []


def test_drop_after_data_keeps_the_mail_without_a_word(smtp_server: SmtpServer) -> None:
    smtp_server.set_faults(drop_after_data=True)
    with signed_in(smtp_server) as client, pytest.raises((smtplib.SMTPException, OSError)):
        send(client, smtp_server)
    assert [m.content for m in smtp_server.messages()] == [MAIL]


def test_drop_before_data_end_keeps_nothing(smtp_server: SmtpServer) -> None:
    smtp_server.set_faults(drop_before_data_end=True)
    with signed_in(smtp_server) as client, pytest.raises((smtplib.SMTPException, OSError)):
        send(client, smtp_server)
    assert smtp_server.messages() == []


def test_delayed_reply_comes_after_the_mail_is_kept(smtp_server: SmtpServer) -> None:
    smtp_server.set_faults(delay_reply=30)
    with signed_in(smtp_server, timeout=0.3) as client, pytest.raises(OSError):
        send(client, smtp_server)
    assert len(smtp_server.messages()) == 1


def test_unknown_fault_is_an_error(smtp_server: SmtpServer) -> None:
    with pytest.raises(TypeError):
        smtp_server.set_faults(no_such_fault=True)


def test_mail_server_as_a_process(make_smtp_process: MakeSmtpProcess) -> None:
    server = make_smtp_process()
    server.set_faults(refuse_recipient={TO})
    with signed_in(server) as client:
        with pytest.raises(smtplib.SMTPRecipientsRefused):
            send(client, server)
        server.reset()
        send(client, server)
    assert [m.content for m in server.messages()] == [MAIL]
    assert server.counters.messages == 1
    server.kill()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((server.host, server.port), 10)


def test_mail_server_by_hand(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.helpers.smtp", "--directory", str(tmp_path)]
    process = subprocess.Popen(command, cwd=Path(__file__).parents[2], stdin=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 20
        while not (tmp_path / "port").exists() and time.monotonic() < deadline:
            time.sleep(0.02)
        port = int((tmp_path / "port").read_text())
        socket.create_connection(("127.0.0.1", port), 10).close()
    finally:
        process.send_signal(signal.SIGINT)
        assert process.wait(10) == 0


# --- key stores ---------------------------------------------------------------------------------


def test_memory_keyring_keeps_and_misbehaves(memory_keyring: MemoryKeyring) -> None:
    keyring.set_password("LedgerDesk/1", "key", "k")
    assert keyring.get_password("LedgerDesk/1", "key") == "k"
    memory_keyring.refusing = True
    with pytest.raises(keyring.errors.PasswordSetError):
        keyring.set_password("LedgerDesk/1", "key", "other")
    memory_keyring.refusing, memory_keyring.forgetful = False, True
    keyring.set_password("LedgerDesk/1", "key", "other")
    assert keyring.get_password("LedgerDesk/1", "key") == "k"
    memory_keyring.locked = True
    with pytest.raises(keyring.errors.KeyringLocked):
        keyring.get_password("LedgerDesk/1", "key")
    assert memory_keyring.calls == 6


def test_memory_keyring_has_windows_limit(memory_keyring: MemoryKeyring) -> None:
    memory_keyring.limit = WINDOWS_LIMIT
    keyring.set_password("LedgerDesk/1", "key", "é" * 1280)
    with pytest.raises(StubReceivedBadData):
        keyring.set_password("LedgerDesk/1", "key", "é" * 1281)


def test_memory_keyring_passes_for_a_real_one(memory_keyring: MemoryKeyring) -> None:
    assert type(keyring.get_keyring()).__module__ == "keyring.backends.SecretService"


def test_real_secret_service(secret_service: keyring.backend.KeyringBackend) -> None:
    keyring.set_password("LedgerDesk/test", "key", "s" * 5000)
    try:
        assert keyring.get_password("LedgerDesk/test", "key") == "s" * 5000
    finally:
        keyring.delete_password("LedgerDesk/test", "key")


# --- the surroundings ---------------------------------------------------------------------------


def test_no_socket_leaves_this_machine() -> None:
    with pytest.raises(socket.gaierror):
        socket.create_connection(("mail.other.example", 25), 1)


@pytest.mark.allow_network_names
def test_other_machines_are_out_of_reach() -> None:
    with pytest.raises(OSError, match="unreachable"):
        socket.create_connection(("192.0.2.1", 25), 1)
    with pytest.raises(socket.gaierror):
        socket.getaddrinfo("ledgerdesk.eu", 443)


@pytest.mark.allow_log("ledgerdesk.expected")
def test_marked_log_is_allowed() -> None:
    logging.getLogger("ledgerdesk.expected.child").warning("as expected")


def test_log_can_be_allowed_on_the_way(allow_log: Callable[..., None]) -> None:
    allow_log()
    logging.getLogger("ledgerdesk").error("as expected")


STRAY = """
import logging, socket, pytest
def test_log():
    logging.getLogger("ledgerdesk.x").warning("stray")
def test_swallowed_lookup():
    try:
        socket.getaddrinfo("vendor.eu", 443)
    except OSError:
        pass
def test_seed(seed):
    assert seed == 7 and not seed
"""


def test_strays_fail_and_seeds_are_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = Path(__file__).parents[2]
    (tmp_path / "test_stray.py").write_text(STRAY)
    monkeypatch.setenv("LEDGERDESK_SEED", "7")
    command = [sys.executable, "-m", "pytest", "-p", "tests.conftest"]
    command += ["-c", str(root / "pyproject.toml"), "-p", "no:cacheprovider", str(tmp_path)]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True)
    assert "WARNING ledgerdesk.x: stray" in done.stdout
    assert "tried to leave this machine: vendor.eu" in done.stdout
    assert done.stdout.count("LEDGERDESK_SEED=7") >= 2
    assert "3 failed" in done.stdout
