"""Entry points: ``ledgerdesk`` (console) and ``ledgerdesk-window`` (no console on Windows)."""

from __future__ import annotations

import sys
from pathlib import Path

from ledgerdesk.errors import LedgerDeskError


def main() -> int:
    """The command line; without a command it opens the window."""
    if sys.argv[1:] in ([], ["--selftest"]) or sys.argv[-1] == "--in-background":
        return window()
    from ledgerdesk.cli import run

    return run(sys.argv[1:])


def window() -> int:
    """The window; files on its command line are taken in. Loads nothing of the command line.

    ``--selftest`` says instead whether this program is whole: 0, or 1 with a line for what is not.
    """
    given, files, unseen = None, list[Path](), False
    if sys.argv[1:2] in (["--rules-worker"], ["--pdf-text-worker"]):
        # A bundle starts itself as the child that reads what may be hostile.
        from ledgerdesk.cli import run

        return run(sys.argv[1:])
    if len(sys.argv) > 1:
        import argparse

        parser = argparse.ArgumentParser(prog="ledgerdesk-window")
        parser.add_argument("--data-dir", metavar="FOLDER")
        parser.add_argument("--selftest", action="store_true")
        parser.add_argument("--in-background", action="store_true")
        parser.add_argument("files", nargs="*", type=Path)
        options = parser.parse_args()
        if options.selftest:
            from ledgerdesk.selftest import selftest

            return selftest()
        given, files, unseen = options.data_dir, options.files, options.in_background
    from ledgerdesk.start import open_window

    try:
        return open_window(given, files, unseen=unseen)
    except LedgerDeskError as error:
        # Without a console there is nobody to read it, and no standard error either.
        if sys.stderr is not None:
            print(error.text(), file=sys.stderr)
        return error.exit_code


if __name__ == "__main__":
    sys.exit(main())
