"""``ledgerdesk run``: the engine without a window, and the files that have it started for you."""

from __future__ import annotations

import signal
import sys
from argparse import Namespace
from types import FrameType
from typing import TYPE_CHECKING

from ledgerdesk.i18n import N_, translate

if TYPE_CHECKING:
    from ledgerdesk.cli.output import Output
    from ledgerdesk.cli.parser import Commands
    from ledgerdesk.delivery.counts import Counts
    from ledgerdesk.delivery.engine import Engine
    from ledgerdesk.delivery.plan import Plan
    from ledgerdesk.errors import LedgerDeskError


def register(commands: Commands) -> None:
    commands.command(
        "run", N_("look and send by itself, without a window, until it is stopped"), run
    )
    group = commands.group("service", N_("have LedgerDesk started by this computer"))
    install_ = group.command("install", N_("the file that starts it, to put in its place"), install)
    install_.add_argument(
        "--print",
        action="store_true",
        required=True,
        help=translate(N_("only print it: nothing is installed")),
    )
    install_.add_argument("--for", dest="system", choices=("linux", "macos", "windows"))


def run(options: Namespace, output: Output) -> int:
    from ledgerdesk.app import own_desk

    teller = _Teller(output)
    with own_desk(options.data_dir) as desk:
        engine = desk.engine(told=teller.ended)
        _stop_at_signals(engine)
        output.say(translate(N_("LedgerDesk runs. Ctrl+C stops it.")))
        engine.serve()
    output.document({"runs": teller.runs, "taken_in": teller.taken_in, "delivered": teller.sent})
    return 0


def install(options: Namespace, output: Output) -> int:
    from ledgerdesk.cli.service_files import file_for

    made = file_for(options.system or _this_system(), options.data_dir)
    output.document({"service": {"path": made.path, "content": made.content}}, made.content)
    output.say(translate(N_("Put it here: {path}")).format(path=made.path))
    output.say(translate(N_("Then: {then}")).format(then=made.then))
    return 0


def _this_system() -> str:
    return {"win32": "windows", "darwin": "macos"}.get(sys.platform, "linux")


def _stop_at_signals(engine: Engine) -> None:
    """What is on its way comes to a safe end first; asked a second time, it ends at once."""

    def stop(number: int, frame: FrameType | None) -> None:
        engine.stop()
        signal.signal(number, signal.SIG_DFL)

    for one in (signal.SIGTERM, signal.SIGINT):
        signal.signal(one, stop)


class _Teller:
    """One line per run that did something, on standard error; a service's log keeps it."""

    def __init__(self, output: Output) -> None:
        self._output = output
        self.runs = self.taken_in = self.sent = 0

    def ended(self, plan: Plan, ended: Counts | LedgerDeskError) -> None:
        from ledgerdesk.delivery.counts import Counts
        from ledgerdesk.delivery.plan import told
        from ledgerdesk.errors import Cancelled

        self.runs += 1
        if missed := told(plan.reason, plan.missed):
            self._output.say(missed)
        if not isinstance(ended, Counts):
            if not isinstance(ended, Cancelled):
                self._output.say(ended.text())
            return
        self.taken_in += ended.taken_in
        self.sent += ended.delivered
        if ended.taken_in or ended.delivered:
            text = translate(N_("Taken in: {taken_in}. Delivered: {delivered}."))
            self._output.say(text.format(taken_in=ended.taken_in, delivered=ended.delivered))
