"""The queue: claim and finish through the books, beside raw sqlite3, in one run.

The peer is what one would write by hand: eight threads, each with a connection of its own
(``synchronous=FULL``), one ``BEGIN IMMEDIATE`` per claim and per finish, and nothing else: no
attempt, no receipt, no journal. The books are measured twice: with the same two changes of state
through their one writer (goal: at least twice the peer), and with all that a delivery really
writes. Rounds are interleaved; the figures are the medians of the paired ratios.
"""

from __future__ import annotations

import os
import random
import sqlite3
import statistics
import tempfile
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import sqlalchemy as sa

from ledgerdesk.delivery import outcomes
from ledgerdesk.model import Assurance, Evidence
from ledgerdesk.paths import DataFolder
from ledgerdesk.store import Books, lanes, open_books
from ledgerdesk.store import tables as t

THREADS, DOCUMENTS, ROUNDS = 8, 100, 5
AT = datetime(2026, 4, 2, 9, 0, tzinfo=UTC)
Waits = list[float]


def main() -> None:
    rounds: list[dict[str, tuple[float, Waits]]] = []
    cases: dict[str, Callable[[Path], tuple[float, Waits]]] = {
        "raw sqlite3, 8 threads": raw,
        "books, states only": states_only,
        "books, receipt and journal": whole,
    }
    dice = random.Random(os.environ.get("LEDGERDESK_SEED"))
    for number in range(ROUNDS + 1):
        found = {}
        for name in dice.sample(list(cases), len(cases)):
            with tempfile.TemporaryDirectory(dir=os.environ.get("BENCH_DIR")) as folder:
                found[name] = cases[name](Path(folder))
        # The first round warms up.
        rounds += [found] if number else []
    report(list(cases), rounds)


def report(names: list[str], rounds: list[dict[str, tuple[float, Waits]]]) -> None:
    print(
        f"{THREADS} threads x {DOCUMENTS} documents, {ROUNDS} rounds, load {os.getloadavg()[0]:.1f}"
    )
    print(f"{'case':28} {'documents/s':>12} {'to peer':>8} {'min–max':>11} {'longest wait ms':>16}")
    for name in names:
        speeds = [one[name][0] for one in rounds]
        ratios = [one[name][0] / one[names[0]][0] for one in rounds]
        longest = max(max(one[name][1]) for one in rounds) * 1000
        span = f"{min(ratios):.2f}–{max(ratios):.2f}"
        print(
            f"{name:28} {statistics.median(speeds):12.0f} {statistics.median(ratios):8.2f} "
            f"{span:>11} {longest:16.0f}"
        )


# --- the cases ------------------------------------------------------------------------------------


def raw(folder: Path) -> tuple[float, Waits]:
    path = folder / "raw.db"
    prepare(path)

    def work(lane: str) -> Waits:
        own = sqlite3.connect(path, isolation_level=None, timeout=120)
        own.execute("PRAGMA synchronous=FULL")
        waits = []
        try:
            while True:
                began = time.perf_counter()
                own.execute("BEGIN IMMEDIATE")
                waits.append(time.perf_counter() - began)
                row = own.execute(
                    "UPDATE delivery SET state='sending', attempts=attempts+1 WHERE id=(SELECT id "
                    "FROM delivery WHERE lane=? AND state='queued' ORDER BY id LIMIT 1) "
                    "RETURNING id",
                    (lane,),
                ).fetchone()
                own.execute("COMMIT")
                if row is None:
                    return waits
                own.execute("BEGIN IMMEDIATE")
                own.execute("UPDATE delivery SET state='delivered' WHERE id=?", row)
                own.execute("COMMIT")
        finally:
            own.close()

    return timed(work)


def prepare(path: Path) -> None:
    own = sqlite3.connect(path, isolation_level=None)
    own.execute("PRAGMA journal_mode=WAL")
    own.execute("CREATE TABLE delivery (id TEXT PRIMARY KEY, lane TEXT, state TEXT, attempts INT)")
    own.execute(
        "CREATE INDEX open ON delivery (lane, id) WHERE state IN ('queued','retrying','sending')"
    )
    own.execute("BEGIN")
    own.executemany("INSERT INTO delivery VALUES (?,?,'queued',0)", rows())
    own.execute("COMMIT")
    own.close()


def states_only(folder: Path) -> tuple[float, Waits]:
    chosen = t.delivery.c.id == sa.bindparam("one_id")
    change = t.delivery.update().where(chosen).values(state="delivered")

    def finish(c: sa.Connection, delivery_id: str) -> None:
        c.execute(change, {"one_id": delivery_id})

    return through_the_books(folder, finish)


def whole(folder: Path) -> tuple[float, Waits]:
    evidence = Evidence(Assurance.VERIFIED, "/in/invoice.xml", {"size": 60_000})

    def finish(c: sa.Connection, delivery_id: str) -> None:
        outcomes.delivered(c, delivery_id, evidence, AT)

    return through_the_books(folder, finish)


def through_the_books(folder: Path, finish: Callable[..., None]) -> tuple[float, Waits]:
    with open_books(DataFolder(folder), owner=True, holding_lock=True) as books:
        fill(books)

        def work(lane: str) -> Waits:
            waits = []
            while True:
                began = time.perf_counter()
                claimed = books.write(lambda c: lanes.claim_due(c, lane, AT))
                waits.append(time.perf_counter() - began)
                if not claimed:
                    return waits
                books.write(partial(finish, delivery_id=claimed[0].id))

        return timed(work)


def fill(books: Books) -> None:
    """A firm with one client, one connection per lane, and documents of no content."""

    def work(c: sa.Connection) -> None:
        now = {"created_at": AT}
        c.execute(t.client.insert().values(id="client", name="Client", **now))
        c.execute(t.connection.insert().values(id="connection", state="ok", **now))
        c.execute(t.configuration.insert().values(id="configuration", **now))
        c.execute(
            t.link.insert().values(
                id="link",
                client_id="client",
                configuration_id="configuration",
                kind="invoices",
                **now,
            )
        )
        ids = rows()
        c.execute(
            t.document.insert(),
            [{"id": id, "sha256": "0" * 64, "size": 1, "state": "ready", "taken_in_at": AT}
             for id, _ in ids],
        )  # fmt: skip
        shared = {
            "link_id": "link",
            "client_id": "client",
            "configuration_id": "configuration",
            "connection_id": "connection",
            "kind": "invoices",
            "state": "queued",
            "target": {"place": "/in", "name": "invoice.xml", "extra": {}},
        }
        c.execute(
            t.delivery.insert(),
            [{"id": id, "document_id": id, "lane": lane, **shared, **now} for id, lane in ids],
        )

    books.write(work)


def rows() -> list[tuple[str, str]]:
    return [(f"{number:020x}", f"lane {number % THREADS}") for number in range(THREADS * DOCUMENTS)]


def timed(work: Callable[[str], Waits]) -> tuple[float, Waits]:
    """Documents per second with one thread per lane, and every wait for a claim in seconds."""
    start = threading.Barrier(THREADS + 1)

    def run(number: int) -> Waits:
        start.wait()
        return work(f"lane {number}")

    with ThreadPoolExecutor(THREADS) as executor:
        tasks = [executor.submit(run, number) for number in range(THREADS)]
        start.wait()
        began = time.perf_counter()
        waits = [wait for task in tasks for wait in task.result()]
        took = time.perf_counter() - began
    claims = len(waits) - THREADS
    if claims != THREADS * DOCUMENTS:
        raise AssertionError(f"{claims} claims for {THREADS * DOCUMENTS} documents")
    return THREADS * DOCUMENTS / took, waits


if __name__ == "__main__":
    main()
