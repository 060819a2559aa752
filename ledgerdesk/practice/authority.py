"""A certificate authority of our own: what the practice mail server's TLS rests on."""

from __future__ import annotations

import ipaddress
import ssl
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from ledgerdesk.practice.kept import kept

_YEARS = timedelta(days=3650)
_KEY_USAGES = (
    *("digital_signature", "content_commitment", "key_encipherment", "data_encipherment"),
    *("key_agreement", "key_cert_sign", "crl_sign", "encipher_only", "decipher_only"),
)


class Authority:
    """``ca_pem`` is what a client has to trust. With a folder it is the same one every time."""

    def __init__(
        self, name: str = "LedgerDesk practice authority", folder: Path | None = None
    ) -> None:
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        both = kept(folder / "authority.pem", self._make) if folder else self._make()
        key = serialization.load_pem_private_key(both, None)
        assert isinstance(key, ec.EllipticCurvePrivateKey)
        self._key = key
        certificate = x509.load_pem_x509_certificate(both)
        self.ca_pem = certificate.public_bytes(serialization.Encoding.PEM).decode()

    def server_context(self, directory: Path, *names: str, expired: bool = False) -> ssl.SSLContext:
        """TLS for a server that goes by ``names``: host names or addresses."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0])])
        issuer_key = x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key())
        certificate = (
            _builder(subject, self._name, key.public_key(), expired=expired)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(x509.SubjectAlternativeName([_alternative(n) for n in names]), False)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), False)
            .add_extension(issuer_key, False)
            .sign(self._key, hashes.SHA256())
        )
        # ssl loads from files only.
        path = directory / "server.pem"
        path.unlink(missing_ok=True)
        kept(path, lambda: _pem(key, certificate))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(path)
        return context

    def _make(self) -> bytes:
        key = ec.generate_private_key(ec.SECP256R1())
        usage = x509.KeyUsage(
            **{name: name in ("key_cert_sign", "crl_sign") for name in _KEY_USAGES}
        )
        certificate = (
            _builder(self._name, self._name, key.public_key())
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(usage, critical=True)
            .sign(key, hashes.SHA256())
        )
        return _pem(key, certificate)


def _pem(key: ec.EllipticCurvePrivateKey, certificate: x509.Certificate) -> bytes:
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return private + certificate.public_bytes(serialization.Encoding.PEM)


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePublicKey,
    *,
    expired: bool = False,
) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    left = timedelta(days=-1) if expired else _YEARS
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        # Years on both sides: clocks jump, and tests travel in time.
        .not_valid_before(now - _YEARS)
        .not_valid_after(now + left)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _alternative(name: str) -> x509.GeneralName:
    with suppress(ValueError):
        return x509.IPAddress(ipaddress.ip_address(name))
    return x509.DNSName(name)
