"""What the window needs when it does nothing, beside the bare imports of what it has loaded.

The window opens a fresh folder and rests until its start is over; then its resident memory is read,
and the names of its modules. A second process imports the same modules, in the same order, and
nothing else: no window, no books. Interleaved; the median of the paired ratios counts.
Goal: at most 1.15 times the bare imports. ``BENCH_ROUNDS`` sets how often.

PySide keeps the source of whatever is imported after it, which the window spares itself
(``ui/imports.py``); the bare imports do not. Beside them stand the same imports, spared too: no
goal, but what a window by itself costs.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median

ROUNDS = int(os.environ.get("BENCH_ROUNDS", "5"))
GOAL = 1.15

# Linux tells what is resident now; elsewhere the most it ever was, which is more: still a bound.
_RESIDENT = """
def resident():
    import resource, sys
    try:
        with open("/proc/self/status") as status:
            line = next(one for one in status if one.startswith("VmRSS"))
        return int(line.split()[1]) / 1024
    except FileNotFoundError:
        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return most / (1 << 20 if sys.platform == "darwin" else 1 << 10)
"""

# What ``ledgerdesk-window`` does; it rests once the start is over and its page has its data.
_WINDOW = """
import json, os, sys
_BEFORE = set(sys.modules)
from ledgerdesk.__main__ import window
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

application = QApplication(sys.argv[:1])

def tell():
    from ledgerdesk.ui.window import Window
    (one,) = [one for one in application.topLevelWidgets() if isinstance(one, Window)]
    assert one.desk.is_open and one.current_page.was_loaded
    names = [name for name in sys.modules if name not in _BEFORE]
    print(json.dumps([resident(), names]), flush=True)
    os._exit(0)

QTimer.singleShot({rest}, tell)
window()
"""

_SPARED = """
from ledgerdesk.ui.imports import spare_sources
assert spare_sources()
"""
_BARE = """
import importlib, json, os, sys
for name in json.loads(sys.stdin.read()):
    if name not in sys.modules and name != "__main__":
        try:
            importlib.import_module(name)
        except ImportError:
            pass  # an alias a package made for itself
print(json.dumps([resident(), sorted(sys.modules)]), flush=True)
os._exit(0)
"""
REST_MS = 6000


def main() -> int:
    ratios, ours, bare, spared = [], [], [], []
    for _ in range(ROUNDS):
        with tempfile.TemporaryDirectory() as folder:
            environment = {
                **os.environ,
                "LEDGERDESK_DATA_DIR": str(Path(folder, "fresh")),
                "QT_QPA_PLATFORM": os.environ.get("QT_QPA_PLATFORM", "offscreen"),
            }
            window, names = measure(_WINDOW.format(rest=REST_MS), environment)
            imports, seen = measure(_BARE, environment, json.dumps(names))
            without, _ = measure(_SPARED + _BARE, environment, json.dumps(names))
        left_out = set(names) - set(seen)
        ours.append(window)
        bare.append(imports)
        spared.append(without)
        ratios.append(window / imports)
    print(f"{len(names)} modules, {len(left_out)} of them not imported by their name")
    print(f"{'window at rest':16} {median(ours):6.1f} MiB")
    print(f"{'bare imports':16} {median(bare):6.1f} MiB")
    print(f"{'sources unread':16} {median(spared):6.1f} MiB, {median(ours) / median(spared):.3f}")
    ratio = median(ratios)
    told = "met" if ratio <= GOAL else "MISSED"
    print(f"ratio {ratio:.3f} ({min(ratios):.3f} to {max(ratios):.3f}), goal {GOAL}: {told}")
    print(f"{ROUNDS} rounds, load {os.getloadavg()[0]:.1f}")
    return 0 if ratio <= GOAL else 1


def measure(code: str, environment: dict[str, str], given: str = "") -> tuple[float, list[str]]:
    """MiB, and the modules that were loaded then."""
    done = subprocess.run(
        [sys.executable, "-c", _RESIDENT + code],
        env=environment,
        input=given,
        check=True,
        capture_output=True,
        text=True,
    )
    mib, names = json.loads(done.stdout.splitlines()[-1])
    return mib, names


if __name__ == "__main__":
    sys.exit(main())
