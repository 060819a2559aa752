"""The command line: one module per command group. Prints tables or JSON; never imports Qt.

Its names, JSON keys, error codes and exit codes are relied on by scripts (design.md §9):
0 done · 1 done, but something waits or needs a person · 2 wrong input, or a set-up that was refused
· 3 could not run.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

from ledgerdesk import i18n
from ledgerdesk.cli.output import Output
from ledgerdesk.errors import Cancelled, LedgerDeskError, UnexpectedTrouble


def run(arguments: Sequence[str]) -> int:
    """Runs one command and returns its exit code. Nothing but texts for people reaches them."""
    if list(arguments) == ["--rules-worker"]:  # the child of documents/rules_process.py
        from ledgerdesk.documents import rules_worker

        return rules_worker.serve()
    if list(arguments) == ["--pdf-text-worker"]:  # the child of documents/pdf_text.py
        from ledgerdesk.documents import pdf_text_worker

        return pdf_text_worker.serve()
    i18n.use(i18n.from_environment())
    from ledgerdesk.cli.parser import parse

    output = Output(json="--json" in arguments)
    try:
        options = parse(arguments)
        output.verbose = options.verbose
        return int(options.handler(options, output))
    except LedgerDeskError as error:
        output.failed(error)
        return error.exit_code
    except KeyboardInterrupt:
        output.failed(Cancelled())
        return Cancelled.exit_code
    except BrokenPipeError:
        sys.stderr.close()
        return 0
    except Exception as error:
        _keep_for_us(error, arguments)
        output.failed(UnexpectedTrouble(kind=type(error).__name__))
        return UnexpectedTrouble.exit_code


def _keep_for_us(error: Exception, arguments: Sequence[str]) -> None:
    """A bug goes to the log file, where there is one to write to; never to the person."""
    from ledgerdesk import log, paths

    words = [word for one in arguments for word in one.split("=", 1)]
    given = [two for one, two in pairwise(words) if one == "--data-dir"]
    root = Path(given[-1]) if given else paths.default_data_folder()
    log.start(paths.DataFolder(root) if root.is_dir() else None)
    log.bug(error)
    log.stop()
