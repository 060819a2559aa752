"""``ledgerdesk clients``: the firm's clients and the accounting software each is linked to."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING, Any

from ledgerdesk.cli import shapes
from ledgerdesk.cli.arguments import add_paging, add_values, day, pairs, secrets, starting_point
from ledgerdesk.i18n import LANGUAGES, N_, translate
from ledgerdesk.model import Client, ExportKind, Link

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ledgerdesk.cli.output import Output
    from ledgerdesk.cli.parser import Commands
    from ledgerdesk.setup.clients import ClientForm

_COLUMNS = {
    "id": N_("Id"),
    "name": N_("Name"),
    "vat": N_("VAT number"),
    "iban": N_("Accounts"),
    "file_number": N_("File number"),
    "share": N_("Shared"),
}


def register(commands: Commands) -> None:
    group = commands.group("clients", N_("the clients of the firm"))
    add_ = group.command("add", N_("add a client"), add)
    _add_form(add_, name_required=True)
    edit_ = group.command("edit", N_("change a client; what is not given stays"), edit)
    edit_.add_argument("id")
    _add_form(edit_, name_required=False)
    group.command("archive", N_("no longer a client: the links end"), archive).add_argument("id")
    list_ = group.command("list", N_("all clients"), list_all)
    list_.add_argument(
        "--archived", action="store_true", help=translate(N_("also the archived ones"))
    )
    add_paging(list_)
    _register_links(group)
    import_ = group.command("import", N_("add or change clients from a table"), import_table)
    import_.add_argument("file", metavar="FILE.csv")
    import_.add_argument(
        "--dry-run", action="store_true", help=translate(N_("only say what would happen"))
    )
    suggest = group.command("suggest-links", N_("which clients may belong to a package"), suggest_)
    suggest.add_argument("--configuration", required=True, metavar="ID")


def _add_form(parser: ArgumentParser, *, name_required: bool) -> None:
    parser.add_argument("--name", required=name_required)
    parser.add_argument(
        "--vat", action="append", help=translate(N_("VAT or enterprise number; may be repeated"))
    )
    parser.add_argument("--iban", action="append", help=translate(N_("may be repeated")))
    parser.add_argument(
        "--file-number", metavar="X", help=translate(N_("for [accounting_file_id]"))
    )
    parser.add_argument("--language", type=str.lower, choices=LANGUAGES)


def _register_links(group: Commands) -> None:
    kinds = [kind.value for kind in ExportKind]
    link_ = group.command("link", N_("choose a client's accounting software"), link)
    link_.add_argument("client", metavar="CLIENT")
    link_.add_argument("--configuration", required=True, metavar="ID")
    link_.add_argument("--kind", type=str.lower, choices=kinds)
    link_.add_argument("--administration", metavar="ID")
    add_values(link_)
    link_.add_argument(
        "--from", dest="start", default="all", metavar="all|now|DATE", help=translate(_FROM)
    )
    link_.add_argument(
        "--no-share", action="store_true", help=translate(N_("keep the documents back for now"))
    )
    how = link_.add_mutually_exclusive_group()
    how.add_argument(
        "--replace", action="store_true", help=translate(N_("instead of the present software"))
    )
    how.add_argument(
        "--copy", action="store_true", help=translate(N_("beside the present software"))
    )
    unlink_ = group.command("unlink", N_("end a client's link"), unlink)
    unlink_.add_argument("client", metavar="CLIENT")
    unlink_.add_argument("--configuration", required=True, metavar="ID")
    unlink_.add_argument("--kind", type=str.lower, choices=kinds)
    unlink_.add_argument("--until", metavar="DATE", help=translate(N_("its last day; else today")))


_FROM = N_("documents of which days: all, from today on, or from a date on")


def _form(options: Namespace) -> ClientForm:
    from ledgerdesk.setup.clients import ClientForm

    return ClientForm(
        name=options.name,
        vat=options.vat,
        iban=options.iban,
        file_number=options.file_number,
        language=options.language,
    )


def add(options: Namespace, output: Output) -> int:
    from ledgerdesk.app import open_desk

    with open_desk(options.data_dir) as desk:
        client = desk.clients.add(_form(options))
    return _client(client, output)


def edit(options: Namespace, output: Output) -> int:
    from ledgerdesk.app import open_desk

    with open_desk(options.data_dir) as desk:
        client = desk.clients.edit(options.id, _form(options))
    return _client(client, output)


def archive(options: Namespace, output: Output) -> int:
    from ledgerdesk.app import open_desk

    with open_desk(options.data_dir) as desk:
        client = desk.clients.archive(options.id)
    return _client(client, output)


def _client(client: Client, output: Output) -> int:
    output.document({"client": shapes.client(client)}, f"{client.name}: {client.id}")
    return 0


def list_all(options: Namespace, output: Output) -> int:
    from ledgerdesk.app import open_desk

    with open_desk(options.data_dir) as desk:
        found = desk.clients.listed(
            archived=options.archived, limit=options.limit + 1, offset=options.offset
        )
        rows, more = shapes.paged(found, options.limit)
        shown = [
            {**shapes.client(one), "links": [shapes.link(each) for each in desk.links.of(one.id)]}
            for one in rows
        ]
    empty = translate(N_("No clients yet: clients add."))
    output.listed("clients", shown, _COLUMNS, more=more, empty=empty)
    return 0


# --- links --------------------------------------------------------------------------------------


def link(options: Namespace, output: Output) -> int:
    from ledgerdesk.app import open_desk
    from ledgerdesk.setup.links import LinkForm

    form = LinkForm(
        configuration_id=options.configuration,
        kind=ExportKind(options.kind) if options.kind else None,
        administration_id=options.administration or "",
        values=pairs(options.set),
        secrets=secrets(options.secret),
        start=starting_point(options.start),
        share=not options.no_share,
        replace=options.replace,
        copy=options.copy,
    )
    with open_desk(options.data_dir) as desk:
        made = desk.links.link(options.client, form)
    return _links(made, output)


def unlink(options: Namespace, output: Output) -> int:
    from ledgerdesk.app import open_desk

    until = day(options.until, "--until") if options.until else None
    kind = ExportKind(options.kind) if options.kind else None
    with open_desk(options.data_dir) as desk:
        ended = desk.links.unlink(options.client, options.configuration, kind=kind, until=until)
    return _links(ended, output)


def _links(links: Sequence[Link], output: Output) -> int:
    """One link stands for all kinds it was made for; ``links`` has a row for each kind."""
    rows = [shapes.link(one) for one in links]
    content = {"link": {**rows[0], "kinds": [row["kind"] for row in rows]}, "links": rows}
    kinds = ", ".join(str(row["kind"]) for row in rows)
    output.document(content, f"{rows[0]['id']}: {kinds}")
    return 0


# --- many at once -------------------------------------------------------------------------------


def import_table(options: Namespace, output: Output) -> int:
    from ledgerdesk.app import open_desk

    with open_desk(options.data_dir) as desk:
        rows = desk.client_import.run(options.file, dry_run=options.dry_run)
    shown: list[dict[str, Any]] = [one.as_dict() for one in rows]
    columns = {
        "line": N_("Line"),
        "name": N_("Name"),
        "verdict": N_("Verdict"),
        "error.text": N_("What is wrong"),
    }
    output.listed("rows", shown, columns, dry_run=options.dry_run)
    return 1 if any(row["error"] for row in shown) else 0


def suggest_(options: Namespace, output: Output) -> int:
    from ledgerdesk.app import open_desk

    with open_desk(options.data_dir) as desk:
        found = desk.suggestions.for_configuration(options.configuration)
    columns = {
        "client_name": N_("Client"),
        "administration_name": N_("Dossier"),
        "why": N_("Why"),
    }
    empty = translate(N_("Nothing to suggest."))
    output.listed("suggestions", [one.as_dict() for one in found], columns, empty=empty)
    return 0
