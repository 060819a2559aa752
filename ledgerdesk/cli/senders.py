"""``ledgerdesk senders``: whose the documents are that somebody mails."""

from __future__ import annotations

from argparse import Namespace
from typing import TYPE_CHECKING

from ledgerdesk.cli import shapes
from ledgerdesk.cli.arguments import add_paging
from ledgerdesk.i18n import N_, translate
from ledgerdesk.model import Direction, DocumentKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ledgerdesk.cli.output import Output
    from ledgerdesk.cli.parser import Commands
    from ledgerdesk.cli.shapes import Json
    from ledgerdesk.store.senders import SenderRule

_COLUMNS = {
    "address": N_("Sender"),
    "client_id": N_("Client"),
    "kind": N_("Kind"),
    "direction": N_("Direction"),
    "ignored": N_("Not for the books"),
    "said": N_("Decides"),
}


def register(commands: Commands) -> None:
    group = commands.group("senders", N_("whose the documents are that somebody mails"))
    set_ = group.command("set", N_("a rule for an address, or for @domain"), set_rule)
    set_.add_argument("address")
    set_.add_argument("--client", metavar="ID")
    set_.add_argument("--kind", type=str.lower, choices=[kind.value for kind in DocumentKind])
    set_.add_argument("--direction", type=str.lower, choices=[one.value for one in Direction])
    set_.add_argument(
        "--ignore", action="store_true", help=translate(N_("nothing from there is for the books"))
    )
    group.command("forget", N_("no rule for it any more"), forget).add_argument("address")
    add_paging(group.command("list", N_("the rules, and what was learnt"), list_all))


def set_rule(options: Namespace, output: Output) -> int:
    from ledgerdesk.app import open_desk

    with open_desk(options.data_dir) as desk:
        rule = desk.senders.set(
            options.address,
            client_id=options.client or "",
            kind=DocumentKind(options.kind) if options.kind else None,
            direction=Direction(options.direction) if options.direction else None,
            ignored=options.ignore,
        )
    return _print([rule], output)


def forget(options: Namespace, output: Output) -> int:
    from ledgerdesk.app import open_desk

    with open_desk(options.data_dir) as desk:
        desk.senders.forget(options.address)
    return _print([], output)


def list_all(options: Namespace, output: Output) -> int:
    from ledgerdesk.app import open_desk

    with open_desk(options.data_dir) as desk:
        found = desk.senders.listed(limit=options.limit + 1, offset=options.offset)
    rows, more = shapes.paged(found, options.limit)
    return _print(rows, output, more=more)


def _print(rules: Sequence[SenderRule], output: Output, *, more: bool = False) -> int:
    empty = translate(N_("No rule about senders."))
    output.listed("senders", [_shape(one) for one in rules], _COLUMNS, more=more, empty=empty)
    return 0


def _shape(one: SenderRule) -> Json:
    return {
        "address": one.address,
        "client_id": one.client_id or None,
        "kind": one.kind or None,
        "direction": one.direction or None,
        "ignored": one.ignored,
        "said": one.said,
    }
