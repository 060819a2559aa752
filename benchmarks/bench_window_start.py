"""How soon the window is there, against a bare PySide6 window in the same run.

Measured from the start of the process: the first paint of the window, and the first list with its
rows (the clients of a practice folder). Interleaved, and the minimum of each counts: it is the run
the neighbours disturbed least. CPU time stands beside it: it tells the same with less noise.
Goals: first window at most 1.5, first list at most 3.5 times the bare one.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROUNDS = 15
FIRST_WINDOW, FIRST_LIST = 1.5, 3.5

_BARE = """
import os, sys, time
from PySide6.QtWidgets import QApplication, QMainWindow

class Bare(QMainWindow):
    def paintEvent(self, event):
        super().paintEvent(event)
        print(time.monotonic(), time.process_time(), flush=True)
        os._exit(0)

application = QApplication(sys.argv[:1])
window = Bare()
window.resize(1120, 720)
window.show()
application.exec()
"""

# What ``ledgerdesk-window`` does; the window reports itself where the bare one does.
_OURS = """
import os, sys, time
import ledgerdesk.ui
from ledgerdesk.__main__ import window

def tell():
    print(time.monotonic(), time.process_time(), flush=True)
    os._exit(0)

begin = ledgerdesk.ui.start
def watched(*given):
    import gc
    gc.disable()
    from ledgerdesk.ui.window import Window
    {watch}
    return begin(*given)

ledgerdesk.ui.start = watched
window()
"""

_FIRST_PAINT = """
    paint = Window.paintEvent
    def painted(self, event):
        paint(self, event)
        tell()
    Window.paintEvent = painted
"""

_FIRST_ROWS = """
    from PySide6.QtCore import QTimer
    def look(self):
        page = self.current_page
        if page is not None and page.was_loaded:
            tell()
        QTimer.singleShot(1, lambda: look(self))
    finish = Window._finish
    def finished(self):
        finish(self)
        look(self)
    Window._finish = finished
"""

CASES = {
    "bare window": _BARE,
    "first window": _OURS.format(watch=_FIRST_PAINT.strip()),
    "first list": _OURS.format(watch=_FIRST_ROWS.strip()),
}


def measure(code: str, environment: dict[str, str]) -> tuple[float, float]:
    """Seconds from the start of the process, and its CPU seconds until then."""
    begun = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, check=True, capture_output=True, text=True
    )
    at, cpu = (float(part) for part in done.stdout.split())
    return at - begun, cpu


def make_folder(folder: Path) -> None:
    """A practice folder with clients, opened on the page that lists them."""
    from ledgerdesk.app import own_desk
    from ledgerdesk.paths import DataFolder
    from ledgerdesk.setup.clients import ClientForm
    from ledgerdesk.store import open_books

    with open_books(DataFolder(folder), practice=True):
        pass
    with own_desk(folder) as desk:
        for number in range(200):
            desk.clients.add(ClientForm(name=f"Client {number:03}"))
    (folder / "window.ini").write_text("[General]\npage=clients\n", encoding="utf-8")


def main() -> int:
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place, "practice")
        make_folder(folder)
        environment = {
            **os.environ,
            "LEDGERDESK_DATA_DIR": str(folder),
            "QT_QPA_PLATFORM": os.environ.get("QT_QPA_PLATFORM", "offscreen"),
        }
        times: dict[str, list[tuple[float, float]]] = {name: [] for name in CASES}
        for round_ in range(ROUNDS + 1):
            for name, code in CASES.items():
                measured = measure(code, environment)
                if round_:  # the first one fills the caches
                    times[name].append(measured)
    return report(times)


def report(times: dict[str, list[tuple[float, float]]]) -> int:
    best = {
        name: [min(column) for column in zip(*each, strict=True)] for name, each in times.items()
    }
    floor = best["bare window"]
    missed = False
    for name, goal in (
        ("bare window", 0.0),
        ("first window", FIRST_WINDOW),
        ("first list", FIRST_LIST),
    ):
        wall, cpu = best[name]
        ratios = wall / floor[0], cpu / floor[1]
        text = f"{name:14} {wall:.3f} s ({ratios[0]:.2f} ×)   {cpu:.3f} s CPU ({ratios[1]:.2f} ×)"
        if goal:
            met = ratios[0] <= goal
            missed = missed or not met
            text += f"   goal {goal} ×: {'met' if met else 'MISSED'}"
        print(text)
    print(f"load {os.getloadavg()[0]:.1f}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
