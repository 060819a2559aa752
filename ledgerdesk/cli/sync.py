"""``ledgerdesk sync``: look in every source, take in what is new, send everything due."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

from ledgerdesk.i18n import N_, translate

if TYPE_CHECKING:
    from ledgerdesk.cli.output import Output
    from ledgerdesk.cli.parser import Commands


def register(commands: Commands) -> None:
    sync_ = commands.command("sync", N_("take in what is new and send everything due"), sync)
    sync_.add_argument(
        "--dry-run", action="store_true", help=translate(N_("only say what would happen"))
    )


def sync(options: Namespace, output: Output) -> int:
    from ledgerdesk import app

    with output.progress() as progress:
        if options.dry_run:
            counts = app.preview(options.data_dir, progress)
        else:
            counts = app.sync(options.data_dir, progress)
    content = counts.as_dict()
    output.document(content, told(content, always=("taken_in", "delivered")))
    return 1 if counts.waits else 0


_LABELS = {
    "taken_in": N_("Taken in"),
    "delivered": N_("Delivered"),
    "queued": N_("Waiting to be sent"),
    "retrying": N_("Tried again later"),
    "blocked": N_("Needs a person"),
    "rejected": N_("Refused"),
    "unknown": N_("Possibly sent"),
    "held": N_("To check"),
    "unassigned": N_("Whose is it?"),
    "no_destination": N_("No package chosen"),
    "duplicate": N_("Received twice"),
}


def told(counts: Mapping[str, int], always: Collection[str] = ()) -> str:
    """The counts a person reads: those of ``always``, and the others where there is something."""
    shown = {key: label for key, label in _LABELS.items() if counts[key] or key in always}
    width = max((len(translate(label)) for label in shown.values()), default=0)
    return "\n".join(
        f"{translate(label).ljust(width)}  {counts[key]}" for key, label in shown.items()
    )
