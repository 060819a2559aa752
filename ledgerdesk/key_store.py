"""Where a data folder's key lives: in the operating system's key store, else nowhere.

The key is all that is ever kept there, so the sizes the stores limit (1,280 characters on Windows)
do not matter. Each folder has a service name of its own: on Windows a second user name under one
service would move the first entry (facts/qt-and-packaging.md §3).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Protocol, TypeVar

from ledgerdesk.errors import KeyringUnusable
from ledgerdesk.paths import DataFolder

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

T = TypeVar("T")

_REAL_BACKENDS = (
    "keyring.backends.Windows",
    "keyring.backends.macOS",
    "keyring.backends.SecretService",
    "keyring.backends.libsecret",
    "keyring.backends.kwallet",
)
_USER = "key"


class KeyStore(Protocol):
    """Where the folder's key lives."""

    def get(self, service: str) -> str | None: ...
    def set(self, service: str, value: str) -> None: ...


class SystemKeyStore:
    """The operating system's key store; anything that is not a real one is refused."""

    def get(self, service: str) -> str | None:
        backend = self._backend()
        return self._converted(lambda: backend.get_password(service, _USER))

    def set(self, service: str, value: str) -> None:
        backend = self._backend()
        self._converted(lambda: backend.set_password(service, _USER, value))

    def describe(self) -> str:
        """The name of the backend in use. Raises KeyringUnusable."""
        return str(self._backend().name)

    def _backend(self) -> KeyringBackend:
        import keyring

        backend = self._converted(keyring.get_keyring)
        chained: Iterable[KeyringBackend] = getattr(backend, "backends", None) or [backend]
        for one in chained:
            if type(one).__module__ in _REAL_BACKENDS:
                if hasattr(one, "persist"):
                    # Windows: the key belongs to this computer and does not roam.
                    one.persist = "local machine"
                return one
        raise KeyringUnusable(reason=f"{type(backend).__module__}.{type(backend).__name__}")

    @staticmethod
    def _converted(call: Callable[[], T]) -> T:
        try:
            return call()
        except Exception as error:
            # Backends raise whatever their platform raises; the text is for IT, never a secret.
            raise KeyringUnusable(reason=f"{type(error).__name__}: {error}"[:200]) from error


class FileKeyStore:
    """A practice folder's key in a file beside it: nothing behind it is secret."""

    def __init__(self, folder: DataFolder) -> None:
        self._path = folder.practice_key

    def get(self, service: str) -> str | None:
        return self._path.read_text().strip() if self._path.exists() else None

    def set(self, service: str, value: str) -> None:
        descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with open(descriptor, "w") as stream:
            stream.write(value)
