"""The practice SFTP server, seen by a real client."""

from __future__ import annotations

import contextlib
import socket
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import paramiko
import pytest

from ledgerdesk.practice.sftp_server import SftpServer


@pytest.fixture
def server(tmp_path: Path) -> Iterator[SftpServer]:
    with SftpServer(tmp_path / "sftp") as running:
        yield running


@contextlib.contextmanager
def signed_in(server: SftpServer, password: str | None = None) -> Iterator[paramiko.SFTPClient]:
    transport = paramiko.Transport((server.host, server.port))
    try:
        transport.connect(username=server.username, password=password or server.password)
        client = paramiko.SFTPClient.from_transport(transport)
        assert client is not None
        yield client
    finally:
        transport.close()


@pytest.fixture
def client(server: SftpServer) -> Iterator[paramiko.SFTPClient]:
    with signed_in(server) as session:
        yield session


def put(client: paramiko.SFTPClient, path: str, content: bytes) -> None:
    with client.open(path, "wb") as stream:
        stream.set_pipelined(True)
        stream.write(content)


def test_what_is_put_lies_on_the_disk(server: SftpServer, client: paramiko.SFTPClient) -> None:
    content = bytes(range(256)) * 1000
    client.mkdir("in")
    put(client, "in/a.xml", content)
    assert (server.files / "in" / "a.xml").read_bytes() == content
    assert client.stat("in/a.xml").st_size == len(content)


def test_what_is_put_can_be_read_back(client: paramiko.SFTPClient) -> None:
    content = b"0123456789" * 20_000
    put(client, "a.xml", content)
    with client.open("a.xml", "rb") as stream:
        stream.prefetch()
        assert stream.read() == content


def test_the_size_is_true_while_the_file_is_being_written(client: paramiko.SFTPClient) -> None:
    with client.open("a.xml", "wb") as stream:
        stream.write(b"half")
        stream.flush()
        assert client.stat("a.xml").st_size == 4


def test_writing_again_replaces_the_content(
    server: SftpServer, client: paramiko.SFTPClient
) -> None:
    put(client, "a.xml", b"the first, longer one")
    put(client, "a.xml", b"second")
    assert (server.files / "a.xml").read_bytes() == b"second"


def test_plain_rename_refuses_to_overwrite(server: SftpServer, client: paramiko.SFTPClient) -> None:
    put(client, "new", b"new")
    put(client, "old", b"old")
    with pytest.raises(OSError):
        client.rename("new", "old")
    assert (server.files / "old").read_bytes() == b"old"
    assert (server.files / "new").read_bytes() == b"new"


def test_plain_rename_takes_a_free_name(server: SftpServer, client: paramiko.SFTPClient) -> None:
    put(client, "new", b"new")
    client.rename("new", "free")
    assert (server.files / "free").read_bytes() == b"new"
    assert not (server.files / "new").exists()


def test_posix_rename_overwrites(server: SftpServer, client: paramiko.SFTPClient) -> None:
    put(client, "new", b"new")
    put(client, "old", b"old")
    client.posix_rename("new", "old")
    assert (server.files / "old").read_bytes() == b"new"


def test_missing_files_are_told_as_missing(client: paramiko.SFTPClient) -> None:
    with pytest.raises(FileNotFoundError):
        client.stat("nothing")
    with pytest.raises(FileNotFoundError):
        client.remove("nothing")
    with pytest.raises(FileNotFoundError):
        client.open("no/folder", "wb")


def test_folders_are_listed_and_removed(client: paramiko.SFTPClient) -> None:
    client.mkdir("one")
    put(client, "two", b"")
    assert sorted(client.listdir(".")) == ["one", "two"]
    client.rmdir("one")
    client.remove("two")
    assert client.listdir(".") == []


def test_dots_do_not_lead_out_of_the_folder(
    server: SftpServer, client: paramiko.SFTPClient
) -> None:
    put(client, "../../a.xml", b"x")
    assert (server.files / "a.xml").read_bytes() == b"x"
    assert client.normalize("/../..") == "/"


def test_a_link_does_not_lead_out_of_the_folder(
    server: SftpServer, client: paramiko.SFTPClient
) -> None:
    (server.files / "link").symlink_to(server.files.parent)
    with pytest.raises(PermissionError):
        client.open("link/host_key", "rb")


def test_sign_ins_are_counted(server: SftpServer) -> None:
    with signed_in(server), signed_in(server):
        pass
    with pytest.raises(paramiko.AuthenticationException), signed_in(server, "wrong"):
        pass
    assert (server.sign_ins.accepted, server.sign_ins.refused) == (2, 1)


def test_connections_are_served_side_by_side(server: SftpServer) -> None:
    with (
        signed_in(server) as first,
        signed_in(server) as second,
        first.open("one", "wb") as one,
        second.open("two", "wb") as two,
    ):
        one.write(b"1")
        two.write(b"2")
        one.write(b"1")
    assert (server.files / "one").read_bytes() == b"11"
    assert (server.files / "two").read_bytes() == b"2"


def test_there_is_no_shell(server: SftpServer) -> None:
    transport = paramiko.Transport((server.host, server.port))
    try:
        transport.connect(username=server.username, password=server.password)
        channel = transport.open_session()
        with pytest.raises(paramiko.SSHException):
            channel.exec_command("id")
    finally:
        transport.close()


def test_the_fingerprint_is_what_openssh_prints(server: SftpServer, tmp_path: Path) -> None:
    try:
        shown = subprocess.run(
            ["ssh-keygen", "-l", "-f", tmp_path / "sftp" / "host_key"],
            capture_output=True,
            text=True,
            check=True,
        )
    except FileNotFoundError:
        pytest.skip("ssh-keygen is not installed")
    assert shown.stdout.split()[1] == server.fingerprint


def test_it_is_the_same_server_the_next_time(tmp_path: Path) -> None:
    def identity(server: SftpServer) -> tuple[object, ...]:
        return server.fingerprint, server.password, server.port

    with SftpServer(tmp_path / "sftp") as first, signed_in(first) as client:
        put(client, "a.xml", b"x")
    with SftpServer(tmp_path / "sftp") as second, signed_in(second) as client:
        assert client.listdir(".") == ["a.xml"]
    assert identity(first) == identity(second)


def test_another_folder_is_another_server(tmp_path: Path, server: SftpServer) -> None:
    with SftpServer(tmp_path / "other") as other:
        assert other.fingerprint != server.fingerprint
        assert other.password != server.password
        assert other.port != server.port


def test_a_port_somebody_took_is_replaced(tmp_path: Path, server: SftpServer) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "port").write_text(str(server.port))
    with SftpServer(tmp_path / "other") as other, signed_in(other):
        assert other.port != server.port


def test_closing_ends_every_thread_and_refuses_connections(tmp_path: Path) -> None:
    before = set(threading.enumerate())
    server = SftpServer(tmp_path / "sftp")
    with signed_in(server) as client:
        assert all(thread.daemon for thread in set(threading.enumerate()) - before)
        server.close()
        with pytest.raises(paramiko.SSHException):
            client.listdir(".")
    for thread in set(threading.enumerate()) - before:
        thread.join(10)
        assert not thread.is_alive()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((server.host, server.port))
