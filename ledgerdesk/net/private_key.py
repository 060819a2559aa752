"""Private keys as people paste them: OpenSSH or PEM text, any type, with or without passphrase."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from ledgerdesk.errors import PrivateKeyUnusable
from ledgerdesk.i18n import N_, translate

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.serialization import SSHPrivateKeyTypes
    from paramiko import PKey


def load(text: str, passphrase: str) -> PKey:
    """The key in ``text``; ``passphrase`` opens it when it is encrypted, else it is not looked at.

    Raises PrivateKeyUnusable. Nothing of the key is in the message.
    """
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
    from paramiko import ECDSAKey, Ed25519Key, RSAKey

    key = _opened(text, passphrase)
    kinds = (
        (rsa.RSAPrivateKey, RSAKey),
        (ec.EllipticCurvePrivateKey, ECDSAKey),
        (ed25519.Ed25519PrivateKey, Ed25519Key),
    )
    wrapper = next((wrapper for kind, wrapper in kinds if isinstance(key, kind)), None)
    if wrapper is None:
        raise _unusable(N_("Keys of this type are not used any more; make one of type ed25519."))
    # paramiko reads OpenSSH's form of every type, and no other form of all of them.
    plain = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.OpenSSH,
        serialization.NoEncryption(),
    ).decode()
    return wrapper.from_private_key(io.StringIO(plain))


def is_encrypted(text: str) -> bool:
    """Whether the key needs its passphrase, which then is not a password for the server."""
    try:
        _parsed(text, None)
    except TypeError:
        return True
    except ValueError:
        return False
    return False


def _opened(text: str, passphrase: str) -> SSHPrivateKeyTypes:
    from cryptography.exceptions import UnsupportedAlgorithm

    if text.lstrip().startswith("PuTTY-User-Key-File"):
        raise _unusable(N_("It has PuTTY's own form: export it as an OpenSSH key in PuTTYgen."))
    try:
        if not is_encrypted(text):
            return _parsed(text, None)
        if not passphrase:
            raise _unusable(N_("It is protected by a passphrase."))
        return _parsed(text, passphrase.encode())
    except UnsupportedAlgorithm as error:
        raise _unusable(N_("Its encryption is not known here.")) from error
    except (ValueError, TypeError):
        # Without the original: its message may quote what was pasted.
        raise _unusable(N_("It cannot be read, or the passphrase is wrong.")) from None


def _parsed(text: str, passphrase: bytes | None) -> SSHPrivateKeyTypes:
    """Raises TypeError when the passphrase is missing, ValueError for anything unreadable."""
    from cryptography.hazmat.primitives import serialization

    data = text.strip().encode() + b"\n"
    if b"OPENSSH PRIVATE KEY" in data:
        return serialization.load_ssh_private_key(data, passphrase)
    return serialization.load_pem_private_key(data, passphrase)  # type: ignore[return-value]


def _unusable(reason: str) -> PrivateKeyUnusable:
    return PrivateKeyUnusable(field="private_key", reason=translate(reason))
