"""The lists of a million deliveries and their documents: opening, filters, orders, paging, memory.

The peer is the least that SQLite can do for the same list: reading every id out of its index with
raw sqlite3, in the same run. Goals: a list opens in 0.5 s, a filter answers in 250 ms, all of it
within 50 MiB on top of the program. An order that needs every row of a million has no goal.
``BENCH_ROWS`` makes it smaller, ``BENCH_DIR`` keeps the books (a million rows take a while to
make).
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
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from itertools import chain
from pathlib import Path

from ledgerdesk import upkeep
from ledgerdesk.delivery.browse import DeliveryList
from ledgerdesk.intake.browse import Documents
from ledgerdesk.model import DeliveryState, DocumentState, SystemClock
from ledgerdesk.model.listing import WAITING_FOR_YOU, Wanted, WantedDeliveries, Whereabouts
from ledgerdesk.paths import DataFolder
from ledgerdesk.store import Books, open_books
from ledgerdesk.store.blobs import Blobs
from ledgerdesk.ui.table import listing

ROWS = int(os.environ.get("BENCH_ROWS", "1000000"))
WAITING = ROWS // 50
"""Documents that have no delivery yet, or never will."""
ROUNDS, CLIENTS, PACKAGES, SUPPLIERS, SOURCES = 5, 200, 8, 2000, 20
OPEN_S, FILTER_S, MEMORY_MIB, NO_GOAL = 0.5, 0.25, 50, 60.0
NUMBER = f"F2026-{ROWS // 3:07}"
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
        out = DeliveryList(books, SystemClock())
        came = Documents(books, Blobs(folder.blobs))
        listing(out.lines(WantedDeliveries(client_id="none")))
        listing(came.rows(Wanted(client_id="none")))
        before = peak_mib()
        print(f"{ROWS} deliveries, {ROUNDS} rounds, load {os.getloadavg()[0]:.1f}")
        print(f"{'case':34} {'min s':>7} {'median s':>9} {'goal s':>7} {'to peer':>8}")
        peer = statistics.median(timed(lambda: raw(folder.database)) for _ in range(ROUNDS))
        print(f"{'raw sqlite3, every id':34} {'':7} {peer:9.3f} {'':7} {1:8.2f}")
        for name, work, goal in chain(of_deliveries(books, out), of_documents(came)):
            times = [timed(work) for _ in range(ROUNDS)]
            took = statistics.median(times)
            missed += took > goal
            told = f"{goal:7.2f}" if goal < NO_GOAL else f"{'':7}"
            print(f"{name:34} {min(times):7.3f} {took:9.3f} {told} {took / peer:8.2f}")
        grown = peak_mib() - before
    missed += grown > MEMORY_MIB
    print(f"{'memory of all that, MiB':34} {'':7} {grown:9.1f} {MEMORY_MIB:7}")
    print("all goals met" if not missed else f"{missed} goals missed")
    return missed


def of_deliveries(books: Books, browse: DeliveryList) -> Iterator[Case]:
    def shown(
        wanted: WantedDeliveries, sort: str = "", descending: bool = False
    ) -> Callable[[], object]:
        return lambda: listing(browse.lines(wanted), sort, descending)

    yield "deliveries: open the list", shown(WantedDeliveries()), OPEN_S
    yield "numbers of the state filter", browse.counts, FILTER_S
    yield "one client", shown(WantedDeliveries(client_id="client 7")), FILTER_S
    yield "one package", shown(WantedDeliveries(configuration_id="package 3")), FILTER_S
    for state in DeliveryState:
        yield state.value, shown(WantedDeliveries(states=(state,))), FILTER_S
    both = WantedDeliveries(client_id="client 7", states=(DeliveryState.DELIVERED,))
    yield "one client, delivered", shown(both), FILTER_S
    document = f"{ROWS // 2:020x}"
    yield "one document", shown(WantedDeliveries(document_id=document)), FILTER_S
    yield "name of a client", shown(WantedDeliveries(text="Bakkerij 117")), FILTER_S
    yield "number of a document", shown(WantedDeliveries(text=NUMBER)), FILTER_S
    yield "part of many numbers", shown(WantedDeliveries(text="31415")), FILTER_S
    yield "what nearly all say", shown(WantedDeliveries(text="2026")), OPEN_S
    yield "what nothing says", shown(WantedDeliveries(text="nowhere")), FILTER_S
    for order in ("client", "package", "state"):
        yield f"sorted by {order}", shown(WantedDeliveries(), order), OPEN_S
    yield "the causes", lambda: upkeep.problems(books, AT), OPEN_S
    keys = browse.lines(WantedDeliveries()).keys("", False)
    middle = keys[len(keys) // 2 :][:200]
    yield "200 rows in the middle", lambda: browse.lines(WantedDeliveries()).page(middle), 0.05


def of_documents(browse: Documents) -> Iterator[Case]:
    def shown(wanted: Wanted, sort: str = "", descending: bool = False) -> Callable[[], object]:
        return lambda: listing(browse.rows(wanted), sort, descending)

    yield "documents: open the list", shown(Wanted()), OPEN_S
    yield "the sum", browse.sum, FILTER_S
    yield "one client", shown(Wanted(client_id="client 7")), FILTER_S
    yield "one source", shown(Wanted(source_id="source 3")), FILTER_S
    yield "waiting for you", shown(Wanted(places=WAITING_FOR_YOU)), FILTER_S
    for place in Whereabouts:
        yield place.value, shown(Wanted(places=(place,))), FILTER_S
    both = Wanted(client_id="client 7", places=(Whereabouts.DELIVERED,))
    yield "one client, delivered", shown(both), FILTER_S
    yield "a number", shown(Wanted(text=NUMBER)), FILTER_S
    yield "a supplier", shown(Wanted(text="groothandel 117")), FILTER_S
    yield "what nearly all say", shown(Wanted(text="2026")), OPEN_S
    yield "what nothing says", shown(Wanted(text="nowhere")), FILTER_S
    yield "sorted by state", shown(Wanted(), "state"), OPEN_S
    for order in ("date", "number", "sender", "client"):
        yield f"sorted by {order}", shown(Wanted(), order), NO_GOAL
    yield "one client, sorted by number", shown(Wanted(client_id="client 7"), "number"), FILTER_S


def raw(path: Path) -> int:
    with closing(sqlite3.connect(path)) as own:
        return sum(1 for _ in own.execute("SELECT rowid FROM delivery ORDER BY id DESC"))


def timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def peak_mib() -> float:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1 << 20 if sys.platform == "darwin" else 1 << 10)


# --- the books ------------------------------------------------------------------------------------


def fill(folder: DataFolder) -> None:
    """Rows as wide as real ones; one in a hundred stands still for one of a few causes, a few are
    on their way, ended otherwise, or were sent once more."""
    print(f"making {ROWS} deliveries…", file=sys.stderr)
    with open_books(folder):
        pass
    with closing(sqlite3.connect(folder.database, isolation_level=None)) as own:
        own.execute("PRAGMA synchronous=OFF")
        own.execute("BEGIN")
        firm(own)
        dice = random.Random(7)
        own.executemany(
            "INSERT INTO document (id, sha256, size, path, file_name, kind, format, profile, "
            "number, issue_date, supplier, total, currency, client_id, source_id, state, "
            "logical_key, taken_in_at, searched, made_for) "
            "VALUES (?, ?, 61234, ?, ?, 'invoice', 'ubl', 'peppol-bis-3', "
            "?, ?, ?, ?, 'EUR', ?, ?, ?, ?, ?, ?, ?)",
            documents(),
        )
        own.executemany(
            "INSERT INTO delivery (id, document_id, link_id, client_id, configuration_id, "
            "connection_id, kind, lane, state, assurance, attempts, target, error, block_scope, "
            "remote, created_at, delivered_at, reason) VALUES "
            "(?, ?, ?, ?, ?, 'connection', 'invoices', ?, ?, ?, 1, ?, ?, ?, ?, ?, ?, ?)",
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
    for number in range(SOURCES):
        own.execute(
            "INSERT INTO source (id, type, path, created_at) VALUES (?, 'folder', ?, ?)",
            (f"source {number}", f"/srv/inbox/{number}", text(AT)),
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
    waiting = [state.value for state in DocumentState if state is not DocumentState.READY]
    for number in range(ROWS + WAITING):
        name = f"BE0123456749-F2026-{number:07}.xml"
        path = f"/srv/inbox/2026/{name}"
        supplier = f"Groothandel {number % SUPPLIERS}"
        party = json.dumps({"name": supplier, "identifiers": ["BE0123456749"]})
        day = (AT - timedelta(days=number * 31 % 365)).date().isoformat()
        state = "ready" if number < ROWS else waiting[number % len(waiting)]
        searched = "\n".join((f"F2026-{number:07}", supplier, path)).casefold()
        yield (
            f"{number:020x}", f"{number:064x}", path, name, f"F2026-{number:07}", day, party,
            f"{number % 9973}.50", f"client {number % CLIENTS}", f"source {number % SOURCES}",
            state, f"{number:064x}", text(AT + timedelta(seconds=number)), searched,
            f"client {number % CLIENTS}" if state == "ready" else "",
        )  # fmt: skip


def deliveries(dice: random.Random) -> Iterator[tuple[object, ...]]:
    """The first delivery of every document that is ready; the re-sends after them."""
    again = 0
    for number in range(ROWS):
        yield delivery(number, number, dice, "")
        if dice.random() < 0.001:
            again += 1
            yield delivery(ROWS + again, number, dice, "lost")


def delivery(number: int, document: int, dice: random.Random, reason: str) -> tuple[object, ...]:
    client = document % CLIENTS
    package = client % PACKAGES
    state = dice.choices(list(STATES), list(STATES.values()))[0]
    arrived = state is DeliveryState.DELIVERED
    scope, error = dice.choice(CAUSES) if state in STOPPED else ("", {})
    place = f"/Invoice_import/K{client:04}/AP/2026-03-31_F2026-{document:07}_00000000.xml"
    made = AT + timedelta(seconds=number)
    return (
        f"{number:020x}", f"{document:020x}", f"link {client}", f"client {client}",
        f"package {package}", f"lane {package}", state.value, "verified" if arrived else "",
        json.dumps({"place": place[:24], "name": place[25:], "extra": {}}), json.dumps(error),
        scope, place if arrived else "", text(made),
        text(made + timedelta(seconds=40)) if arrived else None, reason,
    )  # fmt: skip


STATES = {
    DeliveryState.DELIVERED: 0.984,
    DeliveryState.BLOCKED: 0.01,
    DeliveryState.QUEUED: 0.003,
    DeliveryState.REJECTED: 0.001,
    DeliveryState.CANCELLED: 0.001,
    DeliveryState.UNKNOWN: 0.001,
}
STOPPED = (DeliveryState.BLOCKED, DeliveryState.UNKNOWN, DeliveryState.REJECTED)
REFUSED = {"host": "sftp.boekhouding.example", "username": "kantoor"}
CAUSES: list[tuple[str, dict[str, object]]] = [
    ("connection", {"code": "credentials_rejected", "params": REFUSED, "field": None}),
    ("link", {"code": "empty_variable", "params": {"client": "x", "variable": "y"}}),
]


def text(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M:%S.%f")


if __name__ == "__main__":
    sys.exit(main())
