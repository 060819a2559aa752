"""Encryption with a server whose certificate is trusted by this computer, or by one authority more.

Trust is the operating system's (truststore), so that an office that inspects TLS works as its IT
set it up. There is no switch to trust less.
"""

from __future__ import annotations

import socket
import ssl

from ledgerdesk.errors import (
    CertificateUntrusted,
    ConnectionTrouble,
    InvalidValue,
    ServerTooOld,
    TimedOut,
)
from ledgerdesk.i18n import N_, translate

_TOO_OLD = ("UNSUPPORTED_PROTOCOL", "WRONG_SSL_VERSION", "VERSION_TOO_LOW", "TLSV1_ALERT_PROTOCOL")


def client_context(ca_pem: str = "") -> ssl.SSLContext:
    """TLS 1.2 or newer, host name checked; ``ca_pem`` adds authorities. Raises InvalidValue."""
    import truststore

    context = truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if ca_pem:
        try:
            context.load_verify_locations(cadata=ca_pem)
        except (ssl.SSLError, ValueError) as error:
            hint = translate(N_("Give the certificate of an authority as PEM text."))
            name = translate(N_("Certificate authority"))
            raise InvalidValue(field="ca_file", value="…", name=name, hint=hint) from error
    return context


def wrap(sock: socket.socket, host: str, ca_pem: str = "") -> ssl.SSLSocket:
    """``sock`` encrypted; it is closed when that fails.

    Raises CertificateUntrusted, ServerTooOld, TimedOut, ConnectionTrouble or InvalidValue.
    """
    try:
        return client_context(ca_pem).wrap_socket(sock, server_hostname=host)
    except BaseException as error:
        sock.close()
        if isinstance(error, (OSError, UnicodeError)):
            raise _told(host, error) from error
        raise


def _told(host: str, error: Exception) -> Exception:
    if isinstance(error, ssl.SSLCertVerificationError):
        return CertificateUntrusted(host=host, reason=error.verify_message or str(error))
    if isinstance(error, TimeoutError):
        return TimedOut(host=host, reason=str(error))
    if isinstance(error, ssl.SSLError):
        reason = error.reason or str(error)
        kind = ServerTooOld if reason.startswith(_TOO_OLD) else ConnectionTrouble
        return kind(host=host, reason=reason.replace("_", " ").lower())
    reason = getattr(error, "strerror", None) or str(error)
    return ConnectionTrouble(host=host, reason=reason)
