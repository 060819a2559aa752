"""How cheap it is to start: CPU seconds of ``ledgerdesk --help`` and ``connectors list``.

The floor in the same run is Python importing argparse. Interleaved, the minimum of each counts: it
is the run the neighbours disturbed least. Goal: below 0.35 s of CPU each, since nothing is imported
that a command does not use.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile

ROUNDS = 7
GOAL = 0.35

CASES = {
    "floor: python -c 'import argparse'": ["-c", "import argparse"],
    "ledgerdesk --help": ["-m", "ledgerdesk", "--help"],
    "ledgerdesk connectors list": ["-m", "ledgerdesk", "connectors", "list", "--json"],
}


def cpu_seconds(arguments: list[str], environment: dict[str, str]) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(
        [sys.executable, *arguments], env=environment, check=True, stdout=subprocess.DEVNULL
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "LEDGERDESK_DATA_DIR": folder}
        times: dict[str, list[float]] = {name: [] for name in CASES}
        for round_ in range(ROUNDS + 1):
            for name, arguments in CASES.items():
                seconds = cpu_seconds(arguments, environment)
                if round_:  # the first one fills the caches
                    times[name].append(seconds)
    floor = min(next(iter(times.values())))
    worst = 0.0
    for name, each in times.items():
        best = min(each)
        worst = max(worst, best)
        spread = f"{best:.3f} … {max(each):.3f}"
        print(f"{name:40} {spread} s CPU   {best / floor:4.1f} × floor")
    print(f"load {os.getloadavg()[0]:.1f}, goal {GOAL} s: {'met' if worst < GOAL else 'MISSED'}")
    return 0 if worst < GOAL else 1


if __name__ == "__main__":
    sys.exit(main())
