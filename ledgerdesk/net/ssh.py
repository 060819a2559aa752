"""SSH: who the server is comes first; then one attempt to sign in (ssh_sign_in), then SFTP.

paramiko is imported where it is used; all that it and the operating system raise is converted here.
Facts: paramiko 5 offers AES-GCM last although it is the fastest, and still offers MD5 and SHA-1.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ledgerdesk.errors import (
    ConnectionTrouble,
    HostKeyChanged,
    HostKeyUnknown,
    LedgerDeskError,
    ServerTooOld,
    TimedOut,
)
from ledgerdesk.i18n import N_, translate
from ledgerdesk.model import Network

if TYPE_CHECKING:
    from paramiko import SFTPClient, Transport

_FAST_CIPHERS = ("aes128-gcm@openssh.com", "aes256-gcm@openssh.com")
_WEAK_MACS = ("hmac-sha1", "hmac-md5", "hmac-sha1-96", "hmac-md5-96")


@dataclass(frozen=True, slots=True)
class Login:
    """One account on one server. ``approved`` is a fingerprint as OpenSSH shows it, or empty."""

    host: str
    port: int
    username: str
    password: str = field(default="", repr=False)
    private_key: str = field(default="", repr=False)
    approved: str = ""
    connect_timeout: float = 10.0
    read_timeout: float = 60.0


def as_fingerprint(text: str) -> str:
    """As OpenSSH prints it, also when only the second half was copied."""
    bare = text.strip().rstrip("=")
    return f"SHA256:{bare}" if re.fullmatch(r"[A-Za-z0-9+/]{43}", bare) else bare


def reach(login: Login, network: Network) -> Transport:
    """An encrypted line to the approved server; not even the user name was sent yet.

    Raises HostKeyUnknown, HostKeyChanged, ServerTooOld, LoopbackOnly or ConnectionTrouble.
    """
    transport = _negotiated(login, network, ())
    key = transport.get_remote_server_key()
    approved = login.approved.strip().rstrip("=")
    if key.fingerprint == approved:
        return transport
    shown, shown_type = key.fingerprint, key.get_name()
    others = _other_types(transport, key.get_name())
    transport.close()
    if not approved:
        raise HostKeyUnknown(
            host=login.host, port=login.port, fingerprint=shown, key_type=shown_type
        )
    while others:
        # A server has a key of each type; the approved one may be of another type than shown.
        try:
            transport = _negotiated(login, network, others)
        except ServerTooOld:
            break
        key = transport.get_remote_server_key()
        if key.fingerprint == approved:
            return transport
        others = tuple(set(others) & set(_other_types(transport, key.get_name())))
        transport.close()
    raise HostKeyChanged(
        host=login.host,
        port=login.port,
        approved=approved,
        fingerprint=shown,
        key_type=shown_type,
    )


def open_sftp(transport: Transport, login: Login) -> SFTPClient:
    """The file channel of a signed-in line. Raises ConnectionTrouble."""
    from paramiko import SFTPClient, SSHException

    with converted(login.host):
        transport.channel_timeout = login.read_timeout
        client = SFTPClient.from_transport(transport)
        if client is None:
            raise SSHException("no channel")
        client.get_channel().settimeout(login.read_timeout)  # type: ignore[union-attr]
        return client


@contextmanager
def converted(host: str) -> Iterator[None]:
    """Everything paramiko and sockets raise, told in our own words, once."""
    try:
        yield
    except LedgerDeskError:
        raise
    except line_errors() as error:
        raise trouble(host, error) from error


def line_errors() -> tuple[type[Exception], ...]:
    """What comes out of paramiko; a garbled answer surfaces as the last two."""
    from paramiko import SFTPError, SSHException

    return (SSHException, SFTPError, OSError, EOFError, struct.error, UnicodeError)


def trouble(host: str, error: Exception) -> LedgerDeskError:
    """The error tree's word for a line that did not do what it should."""
    from paramiko.ssh_exception import IncompatiblePeer

    reason = str(error) or translate(N_("The connection was closed."))
    if isinstance(error, IncompatiblePeer):
        return ServerTooOld(host=host, reason=reason)
    if isinstance(error, TimeoutError):
        return TimedOut(host=host, reason=reason)
    return ConnectionTrouble(host=host, reason=reason)


# --- how -----------------------------------------------------------------------------------------


def _negotiated(login: Login, network: Network, key_types: tuple[str, ...]) -> Transport:
    """Encryption agreed and the host key proven; ``key_types`` limits which one is asked for."""
    from paramiko import Transport

    sock = network.connect(login.host, login.port, login.connect_timeout)
    with converted(login.host):
        try:
            transport = Transport(sock, disabled_algorithms={"macs": _WEAK_MACS})
        except BaseException:
            sock.close()
            raise
        try:
            options = transport.get_security_options()
            fast = tuple(name for name in _FAST_CIPHERS if name in options.ciphers)
            options.ciphers = fast + tuple(name for name in options.ciphers if name not in fast)
            if key_types:
                options.key_types = key_types
            # Its own clocks raise nothing that says "timeout": ours must be the first to ring.
            transport.banner_timeout = transport.handshake_timeout = 2 * login.connect_timeout
            transport.start_client(timeout=login.connect_timeout)
            if not transport.initial_kex_done:
                raise TimedOut(host=login.host, reason="")
        except BaseException:
            transport.close()
            raise
    return transport


def _other_types(transport: Transport, name: str) -> tuple[str, ...]:
    """The host key types still to ask for; one RSA key answers to several names."""
    return tuple(
        other
        for other in transport.get_security_options().key_types
        if other != name and not ("rsa" in other and "rsa" in name)
    )
