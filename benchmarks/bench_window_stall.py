"""How long the window ever keeps a person waiting while the engine works at full speed.

The real window shows a list of 100,000 deliveries. 20,000 invoices are dropped on it and *Send now*
runs: what comes in is read, checked, kept, and goes out through four lanes, each to its own folder.
A timer of 10 ms ticks in the window's thread; a gap between two ticks is a stall. The peer is
the same window doing nothing, just before, in the same process: what a busy machine costs is seen
there too.

Goals: longest gap at most 60 ms, 99 of 100 gaps at most 25 ms. ``BENCH_INCOMING`` makes the flood
smaller, ``BENCH_ROWS`` the list, ``BENCH_ROUNDS`` sets how often all of it is done.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from array import array
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from random import Random
from statistics import median
from typing import TYPE_CHECKING

from PySide6.QtCore import QEventLoop, QObject, Qt, QTimer
from PySide6.QtWidgets import QApplication, QMessageBox

if TYPE_CHECKING:
    import sqlalchemy as sa

    from ledgerdesk.app import Desk
    from ledgerdesk.practice.firm import Business
    from ledgerdesk.ui.window import Window

ROWS = int(os.environ.get("BENCH_ROWS", "100000"))
INCOMING = int(os.environ.get("BENCH_INCOMING", "20000"))
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "1"))
LANES, HEAD_START = 4, 400
TICK_MS, IDLE_S, POLL_MS = 10, 10, 25
LONGEST_MS, P99_MS = 60, 25
PREPARE = "--prepare"


@dataclass(frozen=True, slots=True)
class Gaps:
    longest: float
    p99: float
    seconds: float
    ticks: int


@dataclass(frozen=True, slots=True)
class Round:
    idle: Gaps
    busy: Gaps
    taken_in: int
    delivered: int
    share_sending: float


def main() -> int:
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    if PREPARE in sys.argv:
        prepare(Path(sys.argv[-1]))
        return 0
    rounds = []
    for _ in range(ROUNDS):
        with tempfile.TemporaryDirectory() as place:
            # In a process of its own: the window has to load everything itself.
            command = [sys.executable, "-m", "benchmarks.bench_window_stall", PREPARE, place]
            subprocess.run(command, check=True)
            rounds.append(measure(Path(place)))
    return report(rounds)


# --- measuring ------------------------------------------------------------------------------------


def measure(place: Path) -> Round:
    """One window from start to end, driven from inside its own event loop."""
    import ledgerdesk.ui

    # Kept by its name: Qt ends with it.
    application = QApplication.instance() or QApplication(sys.argv[:1])
    assert application is not None
    found: list[Round] = []
    QTimer.singleShot(0, lambda: found.append(drive(place)))
    ledgerdesk.ui.start(place / "data")
    return found[0]


def drive(place: Path) -> Round:
    window = shown_window()
    wait_until(lambda: window.current_page is not None and window.current_page.was_loaded)
    # The collector is set to rest three seconds after the start.
    idle_until(time.monotonic() + 5)
    ticker = Ticker()
    idle_until(time.monotonic() + IDLE_S)
    idle = ticker.stop()
    before = how_many(place)
    busy, share_sending = flood(window, place)
    wait_until(lambda: not window.desk.is_sending)
    after = how_many(place)
    window.close()
    return Round(idle, busy, after[0] - before[0], sum(after[1:]) - sum(before[1:]), share_sending)


def flood(window: Window, place: Path) -> tuple[Gaps, float]:
    """Drops the invoices, sends until all are in the books; the share of it that was sending."""
    from ledgerdesk.ui.documents.taking_in import TakingIn

    window.go_to("documents")
    (taking_in,) = window.page("documents").findChildren(TakingIn)
    window.go_to("deliveries")
    idle_until(time.monotonic() + 2)
    looks: list[bool] = []

    def is_done() -> bool:
        looks.append(window.desk.is_sending)
        if taking_in.is_busy:
            window.desk.send_now()
        return not taking_in.is_busy

    ticker = Ticker()
    window.desk.send_now()
    window.take_in([place / "incoming"])
    window.go_to("deliveries")
    wait_until(is_done)
    gaps = ticker.stop()
    window.desk.cancel_sending()
    return gaps, sum(looks) / len(looks)


def how_many(place: Path) -> tuple[int, ...]:
    """Rows of the books and files at the destinations, counted outside the window's process."""
    code = (
        "import os, sqlite3, sys; from pathlib import Path; place = Path(sys.argv[1]);"
        "own = sqlite3.connect(f'file:{place}/data/ledgerdesk.db?mode=ro', uri=True);"
        "print(own.execute('SELECT count(*) FROM document').fetchone()[0],"
        "*[sum(len(each[2]) for each in os.walk(one)) for one in sorted(place.glob('lane *'))])"
    )
    command = [sys.executable, "-S", "-c", code, str(place)]
    said = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return tuple(int(one) for one in said.stdout.split())


class Ticker(QObject):
    """Notes when the window's thread came round."""

    def __init__(self) -> None:
        super().__init__()
        self._at = array("d", [time.perf_counter()])
        self._timer = QTimer(self, interval=TICK_MS, timerType=Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._tick)
        self._timer.start()

    def _tick(self) -> None:
        self._at.append(time.perf_counter())

    def stop(self) -> Gaps:
        self._tick()
        self._timer.stop()
        at = self._at
        gaps = sorted(1000 * (after - one) for one, after in pairwise(at))
        return Gaps(gaps[-1], gaps[int(0.99 * len(gaps))], at[-1] - at[0], len(gaps))


def shown_window() -> Window:
    from ledgerdesk.ui.window import Window

    def windows() -> list[Window]:
        found = (one for one in QApplication.topLevelWidgets() if isinstance(one, Window))
        return [one for one in found if one.isVisible()]

    wait_until(lambda: bool(windows()))
    return windows()[0]


def wait_until(is_so: Callable[[], bool]) -> None:
    """Lets the window live until then."""
    loop = QEventLoop()
    timer = QTimer(interval=POLL_MS)

    def look() -> None:
        dialog = QApplication.activeModalWidget()
        if isinstance(dialog, QMessageBox):
            # Nobody would ever close it.
            print(f"the window asks: {dialog.text()}\n{dialog.detailedText()}", flush=True)
            os._exit(1)
        if is_so():
            loop.quit()

    timer.timeout.connect(look)
    timer.start()
    loop.exec()
    timer.stop()


def idle_until(moment: float) -> None:
    wait_until(lambda: time.monotonic() >= moment)


# --- the practice folder --------------------------------------------------------------------------


def prepare(place: Path) -> None:
    """100,000 deliveries of before; four packages with a folder each, a client each, invoices."""
    os.environ["BENCH_ROWS"] = str(ROWS)
    from benchmarks.bench_window_lists import fill
    from ledgerdesk.app import own_desk
    from ledgerdesk.paths import DataFolder
    from ledgerdesk.practice.firm import make_firm
    from ledgerdesk.store import open_books

    data = place / "data"
    data.mkdir()
    with open_books(DataFolder(data), practice=True):
        pass
    (data / "window.ini").write_text("[General]\npage=deliveries\n", encoding="utf-8")
    firm = make_firm(7)
    with own_desk(data) as desk:
        for number in range(LANES):
            make_lane(desk, place / f"lane {number}", firm.clients[number].business)
        fill(DataFolder(data))
        desk.books.write(nothing_due)
        write_invoices(place / "before", LANES * HEAD_START, 0)
        desk.intake.add_files([place / "before"])
    write_invoices(place / "incoming", INCOMING, 1)


def nothing_due(c: sa.Connection) -> None:
    """What is shown goes nowhere: its eight lanes would be served before the four."""
    c.exec_driver_sql("UPDATE delivery SET state = 'cancelled' WHERE state = 'queued'")


def make_lane(desk: Desk, folder: Path, business: Business) -> None:
    from ledgerdesk.model import ExportKind
    from ledgerdesk.setup.clients import ClientForm
    from ledgerdesk.setup.links import LinkForm

    folder.mkdir()
    made = desk.installer.add(
        "folder",
        folder.name,
        kind=ExportKind.INVOICES,
        format="as-received",
        values={"path": str(folder)},
        accept_terms=True,
    )
    client = desk.clients.add(ClientForm(name=business.name, vat=[business.number]))
    desk.links.link(client.id, LinkForm(made.configuration.id))


def write_invoices(folder: Path, number: int, seed: int) -> None:
    """Each client gets every fourth one."""
    from ledgerdesk.model import Profile
    from ledgerdesk.practice.firm import make_firm
    from ledgerdesk.practice.invoices import Ledger
    from ledgerdesk.practice.markup import document
    from ledgerdesk.practice.ubl import ubl

    firm, ledger = make_firm(7), Ledger(Random(seed))
    for each in range(number):
        supplier = firm.suppliers[each % len(firm.suppliers)]
        story = ledger.invoice(supplier, firm.clients[each % LANES].business)
        below = folder / f"{each % 20:02}"
        below.mkdir(parents=True, exist_ok=True)
        (below / f"{each:05}.xml").write_bytes(document(ubl(story, Profile.PEPPOL_BIS_3)))


# --- telling --------------------------------------------------------------------------------------


def report(rounds: list[Round]) -> int:
    print(f"{ROWS} deliveries shown, {INCOMING} invoices come in, {LANES} lanes, {ROUNDS} rounds")
    for one in rounds:
        print(
            f"{one.taken_in} taken in and {one.delivered} delivered in {one.busy.seconds:.0f} s, "
            f"sending {one.share_sending:.0%} of it; {one.busy.ticks} ticks"
        )
    print(f"{'ms between ticks':18} {'idle':>7} {'busy':>7} {'ratio':>6} {'goal':>5}")
    missed = any(one.taken_in < INCOMING or not one.delivered for one in rounds)
    for name, goal in (("longest", LONGEST_MS), ("p99", P99_MS)):
        idle = median(getattr(one.idle, name) for one in rounds)
        busy = median(getattr(one.busy, name) for one in rounds)
        missed = missed or busy > goal
        told = "met" if busy <= goal else "MISSED"
        print(f"{name:18} {idle:7.1f} {busy:7.1f} {busy / idle:6.2f} {goal:5} {told}")
    print(f"load {os.getloadavg()[0]:.1f}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
