"""``ledgerdesk documents``: take in, check, and decide what a person has to decide."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from ledgerdesk.cli import shapes
from ledgerdesk.cli.arguments import add_paging
from ledgerdesk.i18n import LANGUAGES, N_, translate
from ledgerdesk.model import Direction, Document, DocumentKind, DocumentState

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from ledgerdesk.app import Desk
    from ledgerdesk.cli.output import Output
    from ledgerdesk.cli.parser import Commands
    from ledgerdesk.intake.pdf_triage import Proposal

_COLUMNS = {
    "id": N_("Id"),
    "state": N_("State"),
    "reason": N_("Why"),
    "kind": N_("Kind"),
    "number": N_("Number"),
    "issue_date": N_("Date"),
    "supplier.name": N_("From"),
    "customer.name": N_("To"),
    "total": N_("Amount"),
    "path": N_("File"),
}
_CHECK_COLUMNS = {
    "path": N_("File"),
    "member": N_("Inside"),
    "state": N_("State"),
    "reason": N_("Why"),
    "kind": N_("Kind"),
    "format": N_("Format"),
    "profile": N_("Profile"),
    "number": N_("Number"),
    "total": N_("Amount"),
}
# What makes `documents add` end with 1: somebody has to look.
_WAITS = (DocumentState.HELD, DocumentState.UNASSIGNED, DocumentState.NO_DESTINATION)


def register(commands: Commands) -> None:
    group = commands.group("documents", N_("what came in"))
    add_ = group.command("add", N_("take in files, folders and zips"), add)
    add_.add_argument("paths", nargs="+", metavar="PATH")
    add_.add_argument("--client", metavar="ID")
    _add_kind_and_direction(add_)
    check_ = group.command("check", N_("read and check files; nothing is kept"), check)
    check_.add_argument("paths", nargs="+", metavar="PATH")
    check_.add_argument(
        "--rules",
        action="store_true",
        help=translate(N_("check the official rules of EN 16931 too, and show every finding")),
    )
    list_ = group.command("list", N_("all documents, or those in one state"), list_all)
    states = [state.value for state in DocumentState]
    list_.add_argument("--state", type=str.lower, choices=states)
    list_.add_argument("--client", metavar="ID")
    add_paging(list_)
    show_ = group.command("show", N_("one document with its findings"), show)
    show_.add_argument("id")
    show_.add_argument("--html", metavar="FILE", help=translate(N_("write it as a page to read")))
    show_.add_argument("--language", type=str.lower, choices=LANGUAGES)
    attachments_ = group.command("attachments", N_("what a document carries"), attachments)
    attachments_.add_argument("id")
    attachments_.add_argument("--save", type=int, metavar="NUMBER")
    attachments_.add_argument("--to", metavar="FILE")
    compare_ = group.command("compare", N_("two documents side by side"), compare)
    compare_.add_argument("id")
    compare_.add_argument("other", nargs="?", default="", metavar="OTHER")
    confirm_ = group.command(
        "confirm-account", N_("the account on this invoice is its supplier's"), confirm_account
    )
    confirm_.add_argument("id")
    assign_ = group.command("assign", N_("say whose it is"), assign)
    assign_.add_argument("ids", nargs="+", metavar="ID")
    assign_.add_argument("--client", required=True, metavar="ID")
    _add_kind_and_direction(assign_)
    yes_ = group.command("confirm", N_("say yes to what is proposed"), confirm)
    yes_.add_argument("ids", nargs="+", metavar="ID")
    release_ = group.command("release", N_("send it although it is held"), release)
    _add_reason(release_)
    set_aside_ = group.command("set-aside", N_("not for the books"), set_aside)
    _add_reason(set_aside_)
    restore_ = group.command("restore", N_("take back a setting aside"), restore)
    restore_.add_argument("ids", nargs="+", metavar="ID")


def _add_kind_and_direction(parser: ArgumentParser) -> None:
    parser.add_argument("--kind", type=str.lower, choices=[kind.value for kind in DocumentKind])
    parser.add_argument("--direction", type=str.lower, choices=[one.value for one in Direction])


def _add_reason(parser: ArgumentParser) -> None:
    parser.add_argument("ids", nargs="+", metavar="ID")
    parser.add_argument("--reason", required=True)


def add(options: Namespace, output: Output) -> int:
    from ledgerdesk.app import open_desk
    from ledgerdesk.model import Hints

    hints = Hints(options.client or "", options.kind or "", options.direction or "")
    with open_desk(options.data_dir) as desk, output.progress() as progress:
        documents = desk.intake.add_files(options.paths, hints, progress=progress)
    _print(documents, output, _COLUMNS)
    return 1 if any(one.state in _WAITS for one in documents) else 0


def check(options: Namespace, output: Output) -> int:
    from contextlib import closing

    from ledgerdesk.app import data_folder
    from ledgerdesk.documents import changes_booking
    from ledgerdesk.documents.en16931 import RuleEngine
    from ledgerdesk.documents.rule_sets import RuleSets
    from ledgerdesk.intake.checking import check_files

    engine = RuleEngine(RuleSets(data_folder(options.data_dir).rules))
    with closing(engine), output.progress() as progress:
        documents = check_files(
            options.paths, progress=progress, engine=engine if options.rules else None
        )
    _print(documents, output, _CHECK_COLUMNS)
    if not output.json:
        for one in documents:
            for finding in one.findings:
                if not options.rules and not changes_booking(finding):
                    continue
                shown = shapes.finding(finding)
                output.document({}, f"  {one.path}: {shown['rule']} {shown['text']}")
    return 1 if any(one.state is DocumentState.HELD for one in documents) else 0


def list_all(options: Namespace, output: Output) -> int:
    from ledgerdesk.app import open_desk

    with open_desk(options.data_dir) as desk:
        if options.client:
            desk.clients.get(options.client)
        found = desk.triage.listed(
            state=DocumentState(options.state) if options.state else None,
            client_id=options.client or "",
            limit=options.limit + 1,
            offset=options.offset,
        )
        proposed = desk.triage.proposals(found)
    rows, more = shapes.paged(found, options.limit)
    output.listed(
        "documents",
        [_row(one, proposed) for one in rows],
        _COLUMNS,
        more=more,
        empty=translate(N_("No documents.")),
    )
    return 0


def show(options: Namespace, output: Output) -> int:
    def act(desk: Desk) -> Sequence[Document]:
        if options.html:
            place, language = Path(options.html), options.language or ""
            desk.documents.reader.save_page(options.id, place, language)
        return [desk.triage.get(options.id)]

    return _decide(options, output, act)


def confirm_account(options: Namespace, output: Output) -> int:
    return _decide(options, output, lambda desk: [desk.triage.confirm_account(options.id)])


def attachments(options: Namespace, output: Output) -> int:
    from ledgerdesk.app import open_desk

    with open_desk(options.data_dir) as desk:
        reader = desk.documents.reader
        if options.save is None:
            found = reader.attachments(options.id)
        else:
            place = Path(options.to or f"attachment-{options.save}")
            found = [reader.save_attachment(options.id, options.save, place)]
    rows = [{**asdict(one), "can_open": one.can_open} for one in found]
    columns = {
        "number": N_("Number"),
        "name": N_("Name"),
        "mime": N_("Type"),
        "size": N_("Size"),
        "true": N_("Is what it says"),
    }
    output.listed("attachments", rows, columns, empty=translate(N_("Nothing is attached.")))
    return 0


def compare(options: Namespace, output: Output) -> int:
    from ledgerdesk.app import open_desk

    with open_desk(options.data_dir) as desk:
        found = desk.documents.reader.compare(options.id, options.other)
    rows = [
        {
            "name": one.name,
            "label": translate(one.label),
            "first": one.first,
            "second": one.second,
            "same": one.same,
        }
        for one in found.rows
    ]
    columns = {"label": "", "first": N_("First"), "second": N_("Second"), "same": N_("Same")}
    first, second = shapes.document(found.first), shapes.document(found.second)
    output.listed("rows", rows, columns, first=first, second=second)
    return 0


def assign(options: Namespace, output: Output) -> int:
    kind = DocumentKind(options.kind) if options.kind else None
    direction = Direction(options.direction) if options.direction else None
    return _decide(
        options,
        output,
        lambda desk: desk.triage.assign(options.ids, options.client, kind, direction),
    )


def confirm(options: Namespace, output: Output) -> int:
    return _decide(options, output, lambda desk: desk.triage.confirm(options.ids))


def release(options: Namespace, output: Output) -> int:
    return _decide(options, output, lambda desk: desk.triage.release(options.ids, options.reason))


def set_aside(options: Namespace, output: Output) -> int:
    return _decide(options, output, lambda desk: desk.triage.set_aside(options.ids, options.reason))


def restore(options: Namespace, output: Output) -> int:
    return _decide(options, output, lambda desk: desk.triage.restore(options.ids))


def _decide(options: Namespace, output: Output, act: Callable[[Desk], Sequence[Document]]) -> int:
    from ledgerdesk.app import open_desk

    with open_desk(options.data_dir) as desk:
        documents = act(desk)
        proposed = desk.triage.proposals(documents)
    _print(documents, output, _COLUMNS, proposed)
    return 0


def _print(
    documents: Sequence[Document],
    output: Output,
    columns: dict[str, str],
    proposed: Mapping[str, Proposal] | None = None,
) -> None:
    rows = [_row(one, proposed or {}) for one in documents]
    output.listed("documents", rows, columns)


def _row(one: Document, proposed: Mapping[str, Proposal]) -> shapes.Json:
    """With whose it seems to be, which way it seems to go, and what that rests on."""
    found = proposed.get(one.id)
    return {
        **shapes.document(one),
        "proposed_client_id": found.client_id if found else None,
        "proposed_direction": found.direction.value if found and found.direction else None,
        "proposed_by": (found.basis.value or None) if found else None,
    }
