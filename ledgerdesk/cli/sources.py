"""``ledgerdesk sources``: the places LedgerDesk looks in."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from ledgerdesk.cli import shapes
from ledgerdesk.cli.arguments import (
    add_paging,
    add_values,
    ca_file,
    pairs,
    secrets,
    starting_point,
    text_file,
)
from ledgerdesk.cli.mail_sign_in import signed_in
from ledgerdesk.errors import MissingValue
from ledgerdesk.i18n import N_, translate
from ledgerdesk.model import Direction, DocumentKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ledgerdesk.cli.output import Output
    from ledgerdesk.cli.parser import Commands

_COLUMNS = {
    "id": N_("Id"),
    "type": N_("Type"),
    "path": N_("Place"),
    "state": N_("State"),
    "last_look_at": N_("Last look"),
    "waiting": N_("Waiting"),
    "error.text": N_("What is wrong"),
}


def register(commands: Commands) -> None:
    group = commands.group("sources", N_("the places documents arrive in"))
    add_ = group.command("add", N_("add a place to look in"), add)
    add_.add_argument("path", nargs="?", metavar="PATH")
    add_.add_argument("--type", default="folder", type=str.lower)
    add_values(add_)
    add_.add_argument("--ca-file", metavar="PEM")
    add_.add_argument("--accept-host-key", metavar="SHA256:…")
    add_.add_argument(
        "--profile-file", metavar="TOML", help=translate(N_("how a Peppol service works"))
    )
    add_.add_argument("--client", metavar="ID", help=translate(N_("everything there is theirs")))
    add_.add_argument("--kind", type=str.lower, choices=[kind.value for kind in DocumentKind])
    add_.add_argument("--direction", type=str.lower, choices=[one.value for one in Direction])
    add_.add_argument(
        "--pattern", metavar="P", help=translate(N_("what folders say: {file_number}/{year}/*"))
    )
    add_.add_argument("--preset", type=str.lower, choices=["codabox", "per-client", "scanner"])
    add_.add_argument(
        "--from",
        dest="start",
        default="all",
        metavar="all|now|DATE",
        help=translate(N_("which files: all, only new ones, or those since a date")),
    )
    add_.add_argument("--after", type=str.lower, choices=["leave", "move"], default="leave")
    add_paging(group.command("list", N_("all of them and their health"), list_all))
    group.command("test", N_("look whether it can be read"), test).add_argument("id")
    sign_in = group.command("sign-in", N_("a new password, or sign in again"), sign_in_again)
    sign_in.add_argument("id")
    sign_in.add_argument("--secret", action="append", metavar="FIELD=env:NAME|file:PATH|-")
    sign_in.add_argument("--accept-host-key", metavar="SHA256:…")
    group.command("remove", N_("look there no more"), remove).add_argument("id")


def add(options: Namespace, output: Output) -> int:
    from ledgerdesk.app import open_desk
    from ledgerdesk.intake.desk import SourceForm

    values = pairs(options.set)
    if options.type == "folder":
        path = options.path or values.pop("path", "")
        if not path:
            raise MissingValue(field="path", name=translate(N_("Folder")))
        values["path"] = str(Path(path).expanduser().absolute())
    if options.profile_file:
        values["own_profile"] = text_file(options.profile_file, "--profile-file")
    form = SourceForm(
        type=options.type,
        values=values,
        secrets=secrets(options.secret),
        ca_pem=ca_file(options.ca_file),
        accept_host_key=options.accept_host_key or "",
        client_id=options.client or "",
        kind=options.kind or "",
        direction=options.direction or "",
        pattern=options.pattern or "",
        preset=options.preset or "",
        starting_point=starting_point(options.start),
        after=options.after,
    )
    with open_desk(options.data_dir) as desk:
        tokens = signed_in(desk.sources.sign_in(form), output)
        made = desk.sources.add(form, tokens)
    return _print([made], output)


def list_all(options: Namespace, output: Output) -> int:
    from ledgerdesk.app import open_desk

    with open_desk(options.data_dir) as desk:
        found = desk.sources.listed(limit=options.limit + 1, offset=options.offset)
    rows, more = shapes.paged(found, options.limit)
    return _print(rows, output, more=more)


def test(options: Namespace, output: Output) -> int:
    from ledgerdesk.app import open_desk

    with open_desk(options.data_dir) as desk:
        tested = desk.sources.test(options.id)
    return _print([tested], output)


def sign_in_again(options: Namespace, output: Output) -> int:
    from ledgerdesk.app import open_desk

    given, host_key = secrets(options.secret), options.accept_host_key or ""
    typed = bool(given or host_key)
    with open_desk(options.data_dir) as desk:
        tokens = None if typed else signed_in(desk.sources.sign_in_again(options.id), output)
        if not typed and tokens is None:
            raise MissingValue(field="secret", name="--secret password=…")
        found = desk.sources.signed_in(options.id, given, tokens, host_key)
    return _print([found], output)


def remove(options: Namespace, output: Output) -> int:
    from ledgerdesk.app import open_desk

    with open_desk(options.data_dir) as desk:
        removed = desk.sources.remove(options.id)
    return _print([removed], output)


def _print(found: Sequence[object], output: Output, *, more: bool = False) -> int:
    rows = [shapes.source(one.source, one.waiting) for one in found]  # type: ignore[attr-defined]
    empty = translate(N_("No source yet: sources add FOLDER."))
    output.listed("sources", rows, _COLUMNS, more=more, empty=empty)
    return 0
