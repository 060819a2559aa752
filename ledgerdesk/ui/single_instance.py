"""One window per data folder and user: a second start raises the first and hands over its files.

The lock says who is first, a local socket carries what the second one wants.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QLockFile, QObject, Signal

from ledgerdesk.paths import DataFolder

if TYPE_CHECKING:
    from PySide6.QtNetwork import QLocalServer, QLocalSocket

_ANSWER = b"ok\n"
_STEP_MS = 500
_PATIENCE_MS = 8000
_LONGEST = 1_000_000


class SingleInstance(QObject):
    """``asked`` brings the paths (a list of Path) that a second start was given."""

    asked = Signal(object)

    def __init__(self, folder: DataFolder, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._folder = folder
        self._lock = QLockFile(str(folder.root / "window.lock"))
        # Held as long as the window is open: only a dead owner makes it stale.
        self._lock.setStaleLockTime(0)
        self._server: QLocalServer | None = None

    def acquire(self) -> bool:
        """Whether this is the first window. Further starts wait until it listens."""
        return self._lock.tryLock(0)

    @property
    def server_name(self) -> str:
        return _server_name(self._folder)

    def listen(self) -> None:
        """Hears further starts from now on; only for the one that acquired. After the first paint:
        Qt's network module takes a while to load."""
        from PySide6.QtNetwork import QLocalServer

        # Left over by one that was killed: whoever holds the lock may take it away.
        QLocalServer.removeServer(self.server_name)
        self._server = QLocalServer(self)
        self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        self._server.newConnection.connect(self._welcome)
        self._server.listen(self.server_name)

    def hand_over(self, paths: Sequence[Path]) -> bool:
        """Asks the first window to come forward. False: it does not answer."""
        from PySide6.QtCore import QElapsedTimer, QThread
        from PySide6.QtNetwork import QLocalSocket

        waited = QElapsedTimer()
        waited.start()
        while waited.elapsed() < _PATIENCE_MS:
            socket = QLocalSocket()
            socket.connectToServer(self.server_name)
            if socket.waitForConnected(_STEP_MS):
                return _ask(socket, paths)
            # It has the lock, but does not listen yet.
            QThread.msleep(50)
        return False

    def release(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
        self._lock.unlock()

    def _welcome(self) -> None:
        while self._server is not None and self._server.hasPendingConnections():
            socket = self._server.nextPendingConnection()
            socket.readyRead.connect(lambda socket=socket: self._listen(socket))
            socket.disconnected.connect(socket.deleteLater)
            self._listen(socket)

    def _listen(self, socket: QLocalSocket) -> None:
        if socket.bytesAvailable() > _LONGEST:
            socket.abort()
            return
        if not socket.canReadLine():
            return
        given = bytes(socket.readLine().data())
        socket.write(_ANSWER)
        socket.flush()
        socket.disconnectFromServer()
        self.asked.emit(_paths_in(given))


def _ask(socket: QLocalSocket, paths: Sequence[Path]) -> bool:
    import json

    content = {"paths": [str(path.absolute()) for path in paths]}
    socket.write(json.dumps(content).encode() + b"\n")
    socket.flush()
    socket.waitForReadyRead(_PATIENCE_MS)
    return bytes(socket.readAll().data()) == _ANSWER


def _paths_in(line: bytes) -> list[Path]:
    import json

    try:
        content = json.loads(line)
        return [Path(path) for path in content["paths"] if isinstance(path, str)]
    except (ValueError, KeyError, TypeError):
        return []


def _server_name(folder: DataFolder) -> str:
    from PySide6.QtCore import QByteArray, QCryptographicHash

    place = QByteArray(str(folder.root.resolve()).encode())
    digest = QCryptographicHash.hash(place, QCryptographicHash.Algorithm.Sha256)
    return f"ledgerdesk-{bytes(digest.toHex().data())[:16].decode()}"
