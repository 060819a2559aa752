"""Several processes that use one sign-in, each with many threads; for the tests of its tokens."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from multiprocessing.connection import Connection as Pipe
from pathlib import Path
from threading import Barrier
from typing import Any

from ledgerdesk import failpoint
from ledgerdesk.errors import LedgerDeskError
from ledgerdesk.key_store import FileKeyStore
from ledgerdesk.model import Connection, NeverCancelled, Tokens
from ledgerdesk.net.http import Http
from ledgerdesk.net.oauth import AuthorizationServer, SignedIn, begin, redeem
from ledgerdesk.net.sockets import Sockets
from ledgerdesk.paths import DataFolder
from ledgerdesk.setup.tokens import KeptTokens, keep_tokens
from ledgerdesk.store import Books, configurations, open_books
from ledgerdesk.vault import Vault
from tests.helpers.sign_in_server import CLIENT_ID, CLIENT_SECRET, RULES, SignInServer

CONNECTION = "account"


@dataclass
class Hands:
    """Every process is told what time it is."""

    time: datetime

    def now(self) -> datetime:
        return self.time


def known(url: str) -> AuthorizationServer:
    return AuthorizationServer(
        f"{url}/authorize", f"{url}/token", CLIENT_ID, CLIENT_SECRET, rules=RULES
    )


class Careless(KeptTokens):
    """The negative control: whoever finds a token near its end renews it, without a lock."""

    @contextmanager
    def locked(self) -> Iterator[None]:
        yield


class Hasty(KeptTokens):
    """The negative control: uses what it got, and keeps it afterwards."""

    use: Callable[[str], object]

    def save(self, tokens: Tokens) -> None:
        self.use(tokens.access)
        failpoint.failpoint("oauth.used_before_keeping")
        super().save(tokens)


@contextmanager
def opened(folder: Path) -> Iterator[tuple[Books, Vault]]:
    data = DataFolder(folder)
    with open_books(data, practice=True) as books:
        yield books, Vault(books, data, FileKeyStore(data), holding_lock=False)


def http() -> Http:
    return Http(Sockets(loopback_only=True), NeverCancelled())


def sign_in(folder: Path, server: SignInServer, clock: Hands) -> None:
    """A person signs in; a second time the account is there already."""
    line = http()
    begun = begin(known(server.url), "http://127.0.0.1:1/", clock.now())
    answer = server.authorize(begun.url)
    tokens = redeem(line, known(server.url), begun, answer, clock)
    line.close()
    made = Connection(CONNECTION, "practice_sign_in", "jan", "jan", {}, clock.now())
    with opened(folder) as (books, vault):
        vault.prepare()
        kept = KeptTokens(books, vault, CONNECTION).read()
        if kept is None:
            books.write(lambda c: configurations.insert_connection(c, made))
        books.write(lambda c: keep_tokens(c, vault, CONNECTION, tokens))


def ask(folder: Path, url: str, clock: Hands) -> str:
    """A token for one call, by a process of its own would-be."""
    line = http()
    try:
        with opened(folder) as (books, vault):
            keeper = KeptTokens(books, vault, CONNECTION)
            return SignedIn(line, known(url), keeper, clock).bearer()
    finally:
        line.close()


# --- processes ----------------------------------------------------------------------------------


def _work(pipe: Pipe, folder: Path, url: str, threads: int, careless: bool) -> None:
    clock = Hands(datetime.now(UTC))
    kind = Careless if careless else KeptTokens
    with opened(folder) as (books, vault), ThreadPoolExecutor(threads) as pool:
        lines = [http() for _ in range(threads)]
        sessions = [
            SignedIn(line, known(url), kind(books, vault, CONNECTION), clock) for line in lines
        ]
        together = Barrier(threads)

        def bearer(session: SignedIn) -> str:
            together.wait(60)
            try:
                return session.bearer()
            except LedgerDeskError as error:
                return f"error {error.code}"

        pipe.send("ready")
        while (now := pipe.recv()) is not None:
            clock.time = now
            pipe.send(list(pool.map(bearer, sessions)))
        for line in lines:
            line.close()


class Processes:
    """``count`` processes with ``threads`` each; a context manager."""

    def __init__(
        self, folder: Path, url: str, count: int, threads: int, *, careless: bool = False
    ) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipes: list[Pipe] = []
        self._processes: list[Any] = []
        for _ in range(count):
            ours, theirs = context.Pipe()
            process = context.Process(
                target=_work, args=(theirs, folder, url, threads, careless), daemon=True
            )
            process.start()
            self._pipes.append(ours)
            self._processes.append(process)
        for pipe in self._pipes:
            assert pipe.recv() == "ready"

    def at(self, now: datetime) -> list[str]:
        """What every thread of every process was given at that moment."""
        for pipe in self._pipes:
            pipe.send(now)
        return [token for pipe in self._pipes for token in pipe.recv()]

    def __enter__(self) -> Processes:
        return self

    def __exit__(self, *ended: object) -> None:
        for pipe in self._pipes:
            pipe.send(None)
        for process in self._processes:
            process.join(30)
            if process.is_alive():
                process.kill()


def _renew(folder: Path, url: str, now: datetime, place: str, hasty: bool) -> None:
    failpoint.arm(place)
    line = http()
    with opened(folder) as (books, vault):
        keeper = (Hasty if hasty else KeptTokens)(books, vault, CONNECTION)
        if isinstance(keeper, Hasty):
            keeper.use = lambda token: line.request(
                "GET", f"{url}/me", headers={"Authorization": f"Bearer {token}"}
            )
        SignedIn(line, known(url), keeper, Hands(now)).bearer()


def killed_while_renewing(
    folder: Path, url: str, now: datetime, place: str, *, hasty: bool = False
) -> int:
    """The exit code of a process that renews a token and is killed at ``place``."""
    context = multiprocessing.get_context("spawn")
    process = context.Process(target=_renew, args=(folder, url, now, place, hasty))
    process.start()
    process.join(60)
    assert process.exitcode is not None
    return process.exitcode


def later(now: datetime, seconds: float) -> datetime:
    return now + timedelta(seconds=seconds)
