"""``ledgerdesk gaps`` and ``ledgerdesk accounts``: what is missing, and who supplies what."""

from __future__ import annotations

from argparse import Namespace
from typing import TYPE_CHECKING, Any

from ledgerdesk.cli import shapes
from ledgerdesk.cli.arguments import add_paging, amount, day
from ledgerdesk.i18n import LANGUAGES, N_, translate

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ledgerdesk.cli.output import Output
    from ledgerdesk.cli.parser import Commands
    from ledgerdesk.intake.radar import AccountReport, Report
    from ledgerdesk.model.radar import BankAccount, Gap

_COLUMNS = {
    "subject": N_("What"),
    "kind": N_("Gap"),
    "client": N_("Client"),
    "account": N_("Account"),
    "after": N_("After"),
    "before": N_("Before"),
    "text": N_("What is missing"),
}
_ACCOUNT_COLUMNS = {
    "account": N_("Account"),
    "currency": N_("Currency"),
    "client": N_("Client"),
    "supplier": N_("Supplied by"),
    "statements": N_("Statements"),
    "first": N_("First"),
    "last": N_("Last"),
    "gaps": N_("Gaps"),
}
_SUPPLIERS = ("ledgerdesk", "package", "ended")
_RECIPIENTS = ("codabox", "bank", "client")


def register(commands: Commands) -> None:
    group = commands.group("gaps", N_("what is missing: statements and sales numbers"))
    list_ = group.command("list", N_("holes, silent accounts, days that came twice"), list_all)
    list_.add_argument("--client", metavar="ID")
    add_paging(list_)
    calendar_ = group.command("calendar", N_("each day of an account"), calendar)
    calendar_.add_argument("account", metavar="IBAN")
    calendar_.add_argument("--currency", default="EUR")
    calendar_.add_argument("--from", dest="first", required=True, metavar="DATE")
    calendar_.add_argument("--to", dest="last", required=True, metavar="DATE")
    message_ = group.command("message", N_("a letter that asks for what is missing"), message)
    message_.add_argument("--client", required=True, metavar="ID")
    message_.add_argument("--to", type=str.lower, choices=_RECIPIENTS, default="client")
    message_.add_argument("--account", metavar="IBAN")
    message_.add_argument("--language", type=str.lower, choices=LANGUAGES)
    accounts = commands.group("accounts", N_("the bank accounts of clients"))
    accounts_ = accounts.command("list", N_("all accounts, and what came of them"), list_accounts)
    accounts_.add_argument("--client", metavar="ID")
    add_paging(accounts_)
    set_ = accounts.command("set", N_("who brings an account's statements"), set_account)
    set_.add_argument("account", metavar="IBAN")
    set_.add_argument("--currency", default="EUR")
    set_.add_argument("--client", metavar="ID")
    set_.add_argument("--supplier", type=str.lower, choices=_SUPPLIERS)
    set_.add_argument(
        "--ended", metavar="DATE", help=translate(N_("the account was closed that day"))
    )
    baseline = set_.add_mutually_exclusive_group()
    baseline.add_argument(
        "--balance",
        metavar="AMOUNT",
        help=translate(N_("an earlier closing balance to go on from")),
    )
    baseline.add_argument(
        "--no-balance", action="store_true", help=translate(N_("forget it again"))
    )
    set_.add_argument("--balance-date", metavar="DATE")


# --- gaps -----------------------------------------------------------------------------------------


def list_all(options: Namespace, output: Output) -> int:
    from ledgerdesk.app import open_desk

    with open_desk(options.data_dir) as desk:
        report = desk.radar.report(options.client or "")
    every = shown(report)
    rows, more = shapes.paged(every[options.offset :], options.limit)
    empty = translate(N_("Nothing is missing."))
    output.listed("gaps", rows, _COLUMNS, more=more, empty=empty)
    return 1 if any(not row["settled"] for row in every) else 0


def shown(report: Report) -> list[dict[str, Any]]:
    """Every finding as a row: statements first, then sales numbers."""
    return [*_statement_gaps(report), *_sales_gaps(report)]


def _statement_gaps(report: Report) -> Iterator[dict[str, Any]]:
    from ledgerdesk.intake import gap_texts

    for gap in report.gaps:
        yield {
            "subject": "statements",
            "kind": gap.kind,
            "client_id": gap.client_id,
            "client": report.clients[gap.client_id],
            "account": gap.account,
            "currency": gap.currency,
            "after": gap.after,
            "before": gap.before,
            "numbers": [list(pair) for pair in gap.numbers],
            "difference": gap_texts.money(gap.difference) or None,
            "proofs": list(gap.proofs),
            **_counted(gap),
            "settled": gap.settled,
            "documents": list(gap.documents),
            "text": gap_texts.of_gaps([gap]).text(),
        }


def _counted(gap: Gap) -> dict[str, int | None]:
    return {"usual": gap.usual or None, "waited": gap.waited or None, "days": gap.days or None}


def _sales_gaps(report: Report) -> Iterator[dict[str, Any]]:
    from ledgerdesk.intake import gap_texts

    for gap in report.sales:
        name = report.clients[gap.client_id]
        yield {
            "subject": "sales",
            "kind": "hole",
            "client_id": gap.client_id,
            "client": name,
            "series": gap.series,
            "first": gap.first,
            "last": gap.last,
            "count": gap.count,
            "after": gap.after,
            "before": gap.before,
            "settled": False,
            "documents": list(gap.documents),
            "text": gap_texts.of_sales(name, [gap]).text(),
        }


def calendar(options: Namespace, output: Output) -> int:
    from ledgerdesk.app import open_desk

    first, last = day(options.first, "--from"), day(options.last, "--to")
    with open_desk(options.data_dir) as desk:
        days = desk.radar.calendar(options.account, first, last, options.currency.upper())
    rows = [{"day": one.day, "state": one.state, "documents": list(one.documents)} for one in days]
    output.listed("days", rows, {"day": N_("Day"), "state": N_("State")})
    return 0


def message(options: Namespace, output: Output) -> int:
    from ledgerdesk.app import open_desk
    from ledgerdesk.intake.gap_message import Recipient

    with open_desk(options.data_dir) as desk:
        made = desk.radar.message(
            options.client, Recipient(options.to), options.account or "", options.language or ""
        )
    content = {
        "message": {
            "to": made.recipient,
            "language": made.language,
            "subject": made.subject,
            "body": made.body,
        }
    }
    output.document(content, f"{made.subject}\n\n{made.body}")
    return 0


# --- accounts -------------------------------------------------------------------------------------


def list_accounts(options: Namespace, output: Output) -> int:
    from ledgerdesk.app import open_desk

    with open_desk(options.data_dir) as desk:
        report = desk.radar.report(options.client or "")
    found, more = shapes.paged(report.accounts[options.offset :], options.limit)
    rows = [_report(one) for one in found]
    empty = translate(N_("No accounts yet."))
    output.listed("accounts", rows, _ACCOUNT_COLUMNS, more=more, empty=empty)
    return 0


def set_account(options: Namespace, output: Output) -> int:
    from ledgerdesk.app import open_desk
    from ledgerdesk.intake.radar import AccountForm
    from ledgerdesk.model.radar import AccountSupplier

    form = AccountForm(
        options.account,
        options.currency,
        options.client or "",
        AccountSupplier(options.supplier) if options.supplier else None,
        day(options.ended, "--ended") if options.ended else None,
        day(options.balance_date, "--balance-date") if options.balance_date else None,
        amount(options.balance, "--balance") if options.balance else None,
        options.no_balance,
    )
    with open_desk(options.data_dir) as desk:
        kept = desk.radar.set_account(form)
    output.document({"account": _account(kept)}, f"{kept.account} {kept.currency}: {kept.supplier}")
    return 0


def _account(one: BankAccount) -> dict[str, Any]:
    balance = one.baseline_balance
    return {
        "account": one.account,
        "currency": one.currency,
        "client_id": one.client_id,
        "supplier": one.supplier,
        "ended_on": one.ended_on,
        "baseline_day": one.baseline_day,
        "baseline_balance": None if balance is None else f"{balance:f}",
    }


def _report(one: AccountReport) -> dict[str, Any]:
    return {
        **_account(one.account),
        "client": one.client,
        "statements": one.statements,
        "first": one.first,
        "last": one.last,
        "usual": one.usual or None,
        "gaps": len(one.gaps),
    }
