"""The practice SFTP server seen by LedgerDesk's own connector."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ledgerdesk.connectors.base import Session
from ledgerdesk.connectors.sftp import SftpConnector
from ledgerdesk.errors import (
    ConnectionRefused,
    CredentialsRejected,
    HostKeyChanged,
    HostKeyUnknown,
    NameTaken,
)
from ledgerdesk.model import Assurance, Found
from ledgerdesk.practice.sftp_server import SftpServer
from tests.helpers.parcels import INVOICE, PlainNaming, files, make_context, make_parcel

SFTP = SftpConnector()
NAME = PlainNaming().name


@pytest.fixture
def server(tmp_path: Path) -> Iterator[SftpServer]:
    with SftpServer(tmp_path / "sftp") as running:
        yield running


def values(server: SftpServer) -> dict[str, str]:
    return {
        "host": server.host,
        "port": str(server.port),
        "username": server.username,
        "upload_path": "in/K0001",
    }


def session(server: SftpServer, password: str = "", fingerprint: str = "") -> Session:
    secrets = {"password": password or server.password}
    approved = fingerprint or server.fingerprint
    return SFTP.open(make_context(values(server), secrets, approved_host_key=approved))


@pytest.fixture
def opened(server: SftpServer) -> Iterator[Session]:
    one = session(server)
    yield one
    one.close()


def test_the_check_list_is_all_green(server: SftpServer, opened: Session) -> None:
    assert all(check.ok for check in opened.verify())
    assert files(server.files) == {}


def test_a_document_arrives_under_its_name_only(server: SftpServer, opened: Session) -> None:
    evidence = opened.send_one(make_parcel(SFTP, values(server)))
    assert evidence.assurance is Assurance.VERIFIED
    assert files(server.files) == {f"in/K0001/{NAME}": INVOICE}


def test_a_large_document_arrives_whole(server: SftpServer, opened: Session) -> None:
    body = bytes(range(256)) * 12_000
    opened.send_one(make_parcel(SFTP, values(server), body))
    assert files(server.files) == {f"in/K0001/{NAME}": body}


def test_a_second_send_finds_the_first(server: SftpServer, opened: Session) -> None:
    parcel = make_parcel(SFTP, values(server))
    opened.send_one(parcel)
    opened.send_one(parcel)
    assert opened.probe(parcel).found is Found.THERE
    assert files(server.files) == {f"in/K0001/{NAME}": INVOICE}


def test_nothing_is_overwritten(server: SftpServer, opened: Session) -> None:
    opened.send_one(make_parcel(SFTP, values(server)))
    with pytest.raises(NameTaken):
        opened.send_one(make_parcel(SFTP, values(server), b"another document"))
    assert files(server.files) == {f"in/K0001/{NAME}": INVOICE}


def test_an_unknown_host_key_stops_before_the_sign_in(server: SftpServer) -> None:
    context = make_context(values(server), {"password": server.password})
    with pytest.raises(HostKeyUnknown) as stopped:
        list(SFTP.open(context).verify())
    assert stopped.value.params["fingerprint"] == server.fingerprint
    assert (server.sign_ins.accepted, server.sign_ins.refused) == (0, 0)


def test_another_server_is_noticed(server: SftpServer, tmp_path: Path) -> None:
    with SftpServer(tmp_path / "other") as other, pytest.raises(HostKeyChanged):
        list(session(server, fingerprint=other.fingerprint).verify())


def test_a_wrong_password_is_offered_once(server: SftpServer) -> None:
    with pytest.raises(CredentialsRejected):
        list(session(server, password="wrong").verify())
    assert (server.sign_ins.accepted, server.sign_ins.refused) == (0, 1)


def test_a_closed_server_refuses(server: SftpServer) -> None:
    server.close()
    with pytest.raises(ConnectionRefused):
        session(server).send_one(make_parcel(SFTP, values(server)))
