"""Key stores for tests: one in memory that can misbehave, and the real Secret Service.

No test ever meets the key store of the person who runs it: outside the private session that
``make test`` opens (with_keyring.sh), keyring's own "there is none" backend stands in its place.
"""

from __future__ import annotations

import time

import keyring.backend
import keyring.backends.fail
import keyring.errors

WINDOWS_LIMIT = 2560


class StubReceivedBadData(Exception):
    """Windows' answer to a secret above its limit: like pywintypes.error, not a keyring error."""

    def __init__(self) -> None:
        super().__init__(1783, "CredWrite", "The stub received bad data")


class MemoryKeyring(keyring.backend.KeyringBackend):
    """Keeps secrets in a dictionary; the switches make it fail as real key stores do.

    ``locked``: nobody unlocks it, neither reading nor writing works. ``refusing``: writing does
    not work. ``forgetful``: writing seems to work, nothing is kept. ``slow``: seconds per call.
    ``limit``: bytes of UTF-16 a secret may have (WINDOWS_LIMIT). ``calls`` counts every access.
    """

    # Below the backend that always fails: keyring never picks this one by itself.
    priority = -1

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[tuple[str, str], str] = {}
        self.locked = False
        self.refusing = False
        self.forgetful = False
        self.slow = 0.0
        self.limit: int | None = None
        self.calls = 0

    def get_password(self, service: str, username: str) -> str | None:
        self._enter()
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self._enter()
        if self.refusing:
            raise keyring.errors.PasswordSetError("the key store refuses to keep this")
        if self.limit is not None and len(password.encode("utf-16-le")) > self.limit:
            raise StubReceivedBadData
        if not self.forgetful:
            self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        self._enter()
        if (service, username) not in self.kept:
            raise keyring.errors.PasswordDeleteError("no such password")
        del self.kept[service, username]

    def _enter(self) -> None:
        self.calls += 1
        time.sleep(self.slow)
        if self.locked:
            raise keyring.errors.KeyringLocked("the key store is locked")


class RealLookingKeyring(MemoryKeyring):
    """Goes by the name of a real backend, for code that rightly refuses every other."""


RealLookingKeyring.__module__ = "keyring.backends.SecretService"


def secret_service() -> keyring.backend.KeyringBackend | None:
    """The Secret Service of this session, or None when nobody answers."""
    try:
        from keyring.backends.SecretService import Keyring

        if Keyring.priority < 1:
            return None
        return Keyring()
    except Exception:
        # No bus, no service, no library: all of them mean the same here.
        return None
