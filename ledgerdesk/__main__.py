"""Entry points: ``ledgerdesk`` (console) and ``ledgerdesk-window`` (no console on Windows)."""

from __future__ import annotations

import sys


def main() -> int:
    """The command line; without a command it opens the window."""
    from ledgerdesk.cli import run

    return run(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
