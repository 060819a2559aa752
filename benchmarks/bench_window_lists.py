"""The list of deliveries with a million rows: opening, filtering, sorting, paging, and its memory.

The peer is the least that SQLite can do for the same list: reading every id out of its index with
raw sqlite3, in the same run. Goals: the list opens in 0.5 s, a filter answers in 250 ms, all of it
within 50 MiB on top of the program. ``BENCH_ROWS`` makes it smaller, ``BENCH_DIR`` keeps the books
(a million rows take a while to make).
"""

from __future__ import annotations

import json
import os
import random
import resource
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ledgerdesk import upkeep
from ledgerdesk.delivery.browse import DeliveryList
from ledgerdesk.model import DeliveryState, SystemClock
from ledgerdesk.model.listing import WantedDeliveries
from ledgerdesk.paths import DataFolder
from ledgerdesk.store import Books, open_books
from ledgerdesk.ui.table import listing

ROWS = int(os.environ.get("BENCH_ROWS", "1000000"))
ROUNDS, CLIENTS, PACKAGES = 5, 200, 8
OPEN_S, FILTER_S, MEMORY_MIB = 0.5, 0.25, 50
AT = datetime(2026, 4, 2, 9, 0, tzinfo=UTC)
Case = tuple[str, Callable[[], object], float]


def main() -> int:
    with tempfile.TemporaryDirectory() as made:
        folder = DataFolder(Path(os.environ.get("BENCH_DIR", made)))
        folder.root.mkdir(parents=True, exist_ok=True)
        if not folder.database.exists():
            fill(folder)
        return measure(folder)


def measure(folder: DataFolder) -> int:
    """Prints the figures; how many of them miss their goal."""
    missed = 0
    with open_books(folder) as books:
        browse = DeliveryList(books, SystemClock())
        listing(browse.lines(WantedDeliveries(client_id="none")))
        before = peak_mib()
        kept = listing(browse.lines(WantedDeliveries()))
        grown = peak_mib() - before
        print(f"{len(kept.keys)} deliveries, {ROUNDS} rounds, load {os.getloadavg()[0]:.1f}")
        print(f"{'case':34} {'median s':>9} {'goal s':>7} {'to peer':>8}")
        peer = statistics.median(timed(lambda: raw(folder.database)) for _ in range(ROUNDS))
        print(f"{'raw sqlite3, every id':34} {peer:9.3f} {'':7} {1:8.2f}")
        for name, work, goal in cases(books, browse, kept.keys[len(kept.keys) // 2 :][:200]):
            took = statistics.median(timed(work) for _ in range(ROUNDS))
            missed += took > goal
            print(f"{name:34} {took:9.3f} {goal:7.2f} {took / peer:8.2f}")
    missed += grown > MEMORY_MIB
    print(f"{'memory while opening, MiB':34} {grown:9.1f} {MEMORY_MIB:7}")
    print("all goals met" if not missed else f"{missed} goals missed")
    return missed


def cases(books: Books, browse: DeliveryList, middle: Sequence[int]) -> Iterator[Case]:
    def shown(
        wanted: WantedDeliveries, sort: str = "", descending: bool = False
    ) -> Callable[[], object]:
        return lambda: listing(browse.lines(wanted), sort, descending)

    yield "open the list", shown(WantedDeliveries()), OPEN_S
    yield "numbers of the state filter", browse.counts, FILTER_S
    yield "one client", shown(WantedDeliveries(client_id="client 7")), FILTER_S
    yield "one package", shown(WantedDeliveries(configuration_id="package 3")), FILTER_S
    yield "blocked", shown(WantedDeliveries(states=(DeliveryState.BLOCKED,))), FILTER_S
    yield "delivered", shown(WantedDeliveries(states=(DeliveryState.DELIVERED,))), FILTER_S
    both = WantedDeliveries(client_id="client 7", states=(DeliveryState.DELIVERED,))
    yield "one client, delivered", shown(both), FILTER_S
    yield "name of a client", shown(WantedDeliveries(text="Bakkerij 117")), FILTER_S
    yield "number of a document", shown(WantedDeliveries(text="F2026-0314159")), OPEN_S
    yield "sorted by client", shown(WantedDeliveries(), "client"), OPEN_S
    yield "the causes", lambda: upkeep.problems(books), OPEN_S
    yield "200 rows in the middle", lambda: browse.lines(WantedDeliveries()).page(middle), 0.05


def raw(path: Path) -> int:
    with closing(sqlite3.connect(path)) as own:
        return len(own.execute("SELECT rowid FROM delivery ORDER BY id DESC").fetchall())


def timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def peak_mib() -> float:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1 << 20 if sys.platform == "darwin" else 1 << 10)


# --- the books ------------------------------------------------------------------------------------


def fill(folder: DataFolder) -> None:
    """Rows as wide as real ones; one in a hundred stands still for one of a few causes."""
    print(f"making {ROWS} deliveries…", file=sys.stderr)
    with open_books(folder):
        pass
    with closing(sqlite3.connect(folder.database, isolation_level=None)) as own:
        own.execute("PRAGMA synchronous=OFF")
        own.execute("BEGIN")
        firm(own)
        dice = random.Random(7)
        own.executemany(
            "INSERT INTO document (id, sha256, size, path, file_name, kind, format, number, "
            "issue_date, supplier, total, currency, client_id, state, logical_key, taken_in_at) "
            "VALUES (?, ?, 61234, ?, ?, 'invoice', 'ubl', ?, '2026-03-31', ?, ?, 'EUR', ?, "
            "'ready', ?, ?)",
            documents(),
        )
        own.executemany(
            "INSERT INTO delivery (id, document_id, link_id, client_id, configuration_id, "
            "connection_id, kind, lane, state, assurance, attempts, target, error, block_scope, "
            "remote, created_at, delivered_at) VALUES "
            "(?, ?, ?, ?, ?, 'connection', 'invoices', ?, ?, ?, 1, ?, ?, ?, ?, ?, ?)",
            deliveries(dice),
        )
        own.execute("COMMIT")


def firm(own: sqlite3.Connection) -> None:
    own.execute(
        "INSERT INTO connection (id, connector_id, account, created_at) "
        "VALUES ('connection', 'sftp', 'kantoor@boekhouding.example', ?)",
        (text(AT),),
    )
    for number in range(PACKAGES):
        own.execute(
            "INSERT INTO configuration (id, name, connector_id, created_at) VALUES (?, ?, ?, ?)",
            (f"package {number}", f"Dossier {number}", "sftp", text(AT)),
        )
    for number in range(CLIENTS):
        own.execute(
            "INSERT INTO client (id, name, created_at) VALUES (?, ?, ?)",
            (f"client {number}", f"Bakkerij {number}", text(AT)),
        )
        own.execute(
            "INSERT INTO link (id, client_id, configuration_id, kind, created_at) "
            "VALUES (?, ?, ?, 'invoices', ?)",
            (f"link {number}", f"client {number}", f"package {number % PACKAGES}", text(AT)),
        )


def documents() -> Iterator[tuple[object, ...]]:
    for number in range(ROWS):
        name = f"BE0123456749-F2026-{number:07}.xml"
        supplier = json.dumps({"name": "Groothandel", "identifiers": ["BE0123456749"]})
        yield (
            f"{number:020x}", f"{number:064x}", f"/srv/inbox/2026/{name}", name,
            f"F2026-{number:07}", supplier, f"{number % 9973}.50", f"client {number % CLIENTS}",
            f"{number:064x}", text(AT + timedelta(seconds=number)),
        )  # fmt: skip


def deliveries(dice: random.Random) -> Iterator[tuple[object, ...]]:
    refused = {"host": "sftp.boekhouding.example", "username": "kantoor"}
    causes = [
        ("connection", {"code": "credentials_rejected", "params": refused, "field": None}),
        ("link", {"code": "empty_variable", "params": {"client": "x", "variable": "y"}}),
    ]
    for number in range(ROWS):
        client = number % CLIENTS
        package = client % PACKAGES
        stands = dice.random() < 0.01
        scope, error = dice.choice(causes) if stands else ("", {})
        place = f"/Invoice_import/K{client:04}/AP/2026-03-31_F2026-{number:07}_00000000.xml"
        made = AT + timedelta(seconds=number)
        yield (
            f"{number:020x}", f"{number:020x}", f"link {client}", f"client {client}",
            f"package {package}", f"lane {package}", "blocked" if stands else "delivered",
            "" if stands else "verified",
            json.dumps({"place": place[:24], "name": place[25:], "extra": {}}),
            json.dumps(error), scope, "" if stands else place, text(made),
            None if stands else text(made + timedelta(seconds=40)),
        )  # fmt: skip


def text(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M:%S.%f")


if __name__ == "__main__":
    sys.exit(main())
