"""How requests reaches a server: through the Network door, and with this computer's own trust."""

from __future__ import annotations

from typing import Any

from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection

from ledgerdesk.model import Network
from ledgerdesk.net.tls import client_context


class Door:
    """What the connections of one session share. ``begun``: the request now under way has begun to
    travel, so that the server may have it whatever happens next."""

    def __init__(self, network: Network, connect_timeout: float) -> None:
        self.network = network
        self.connect_timeout = connect_timeout
        self.begun = False


def adapter(door: Door, ca_pem: str = "") -> HTTPAdapter:
    """For ``session.mount``. Errors of connecting leave it as our own, never as the library's."""

    class Plain(HTTPConnection):
        def _new_conn(self) -> Any:
            return door.network.connect(self._dns_host, self.port or 80, door.connect_timeout)

        def request(self, *given: Any, **named: Any) -> None:
            door.begun = True
            super().request(*given, **named)

    class Encrypted(HTTPSConnection):
        def _new_conn(self) -> Any:
            return door.network.connect(self._dns_host, self.port or 443, door.connect_timeout)

        def request(self, *given: Any, **named: Any) -> None:
            door.begun = True
            super().request(*given, **named)

    class PlainPool(HTTPConnectionPool):
        ConnectionCls = Plain

    class EncryptedPool(HTTPSConnectionPool):
        ConnectionCls = Encrypted

    pools = {"http": PlainPool, "https": EncryptedPool}

    class Adapter(HTTPAdapter):
        def init_poolmanager(self, *given: Any, **named: Any) -> None:
            super().init_poolmanager(*given, **named, ssl_context=client_context(ca_pem))
            self.poolmanager.pool_classes_by_scheme = pools

        def proxy_manager_for(self, *given: Any, **named: Any) -> Any:
            manager = super().proxy_manager_for(*given, **named, ssl_context=client_context(ca_pem))
            manager.pool_classes_by_scheme = pools
            return manager

        def cert_verify(self, *given: Any, **named: Any) -> None:
            """The context trusts what the operating system trusts; a list of its own is not
            added."""

    return Adapter(max_retries=0)
