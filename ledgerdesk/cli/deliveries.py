"""``ledgerdesk deliveries``: what went out, and what a person decides about it."""

from __future__ import annotations

from argparse import Namespace
from typing import TYPE_CHECKING

from ledgerdesk.cli import shapes
from ledgerdesk.cli.arguments import add_paging
from ledgerdesk.i18n import N_, translate
from ledgerdesk.model import DeliveryState

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ledgerdesk.app import Desk
    from ledgerdesk.cli.output import Output
    from ledgerdesk.cli.parser import Commands
    from ledgerdesk.delivery.desk import Shown

_COLUMNS = {
    "id": N_("Id"),
    "state": N_("State"),
    "assurance": N_("Assurance"),
    "attempts": N_("Attempts"),
    "remote": N_("Where"),
    "error.text": N_("What is wrong"),
}


def register(commands: Commands) -> None:
    group = commands.group("deliveries", N_("what goes out"))
    list_ = group.command("list", N_("all deliveries, or those in one state"), list_all)
    states = [state.value for state in DeliveryState]
    list_.add_argument("--state", type=str.lower, choices=states)
    list_.add_argument("--client", metavar="ID")
    add_paging(list_)
    group.command("show", N_("one delivery with its proof"), show).add_argument("id")
    group.command("retry", N_("try again now"), retry).add_argument("ids", nargs="+", metavar="ID")
    resend_ = group.command("resend", N_("send a delivered document once more"), resend)
    resend_.add_argument("ids", nargs="+", metavar="ID")
    resend_.add_argument("--reason", required=True)
    resolve_ = group.command("resolve", N_("say what became of a possibly sent one"), resolve)
    resolve_.add_argument("id")
    answers = ["delivered", "resend"]
    resolve_.add_argument("--as", dest="answer", required=True, type=str.lower, choices=answers)
    cancel_ = group.command("cancel", N_("do not send"), cancel)
    cancel_.add_argument("ids", nargs="+", metavar="ID")
    booked_ = group.command("mark-booked", N_("say that it is in the books there"), mark_booked)
    booked_.add_argument("ids", nargs="+", metavar="ID")


def list_all(options: Namespace, output: Output) -> int:
    from ledgerdesk.app import open_desk

    with open_desk(options.data_dir) as desk:
        if options.client:
            desk.clients.get(options.client)
        found = desk.deliveries.listed(
            state=DeliveryState(options.state) if options.state else None,
            client_id=options.client or "",
            limit=options.limit + 1,
            offset=options.offset,
        )
    rows, more = shapes.paged(found, options.limit)
    shown = [shapes.delivery(one.delivery, one.receipt) for one in rows]
    output.listed("deliveries", shown, _COLUMNS, more=more, empty=translate(N_("No deliveries.")))
    return 0


def show(options: Namespace, output: Output) -> int:
    from ledgerdesk.app import open_desk

    with open_desk(options.data_dir) as desk:
        found = desk.deliveries.get(options.id)
    output.listed("deliveries", [shapes.whole_delivery(found)], _COLUMNS)
    kept = found.confirmation
    if kept is not None:
        text = translate(N_("The destination is asked what became of it until {until}."))
        output.say(text.format(until=shapes.moment(kept.until)))
    return 0


def retry(options: Namespace, output: Output) -> int:
    return _answer(options, output, lambda desk: desk.deliveries.retry(options.ids))


def resend(options: Namespace, output: Output) -> int:
    return _answer(
        options, output, lambda desk: desk.deliveries.resend(options.ids, options.reason)
    )


def resolve(options: Namespace, output: Output) -> int:
    return _answer(
        options, output, lambda desk: [desk.deliveries.resolve(options.id, options.answer)]
    )


def cancel(options: Namespace, output: Output) -> int:
    return _answer(options, output, lambda desk: desk.deliveries.cancel(options.ids))


def mark_booked(options: Namespace, output: Output) -> int:
    return _answer(options, output, lambda desk: desk.deliveries.mark_booked(options.ids))


def _answer(options: Namespace, output: Output, act: Callable[[Desk], Sequence[Shown]]) -> int:
    from ledgerdesk.app import open_desk

    with open_desk(options.data_dir) as desk:
        found = act(desk)
    rows = [shapes.delivery(one.delivery, one.receipt) for one in found]
    output.listed("deliveries", rows, _COLUMNS)
    return 0
