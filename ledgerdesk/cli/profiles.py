"""``ledgerdesk profiles``: how vendors without a public API take documents over the web."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from ledgerdesk.cli import shapes
from ledgerdesk.cli.arguments import add_paging, add_values, pairs, secrets
from ledgerdesk.i18n import N_, translate

if TYPE_CHECKING:
    from ledgerdesk.cli.output import Output
    from ledgerdesk.cli.parser import Commands

_COLUMNS = {
    "id": N_("Id"),
    "title": N_("Package"),
    "standing": N_("Standing"),
    "complete": N_("Complete"),
    "missing": N_("Ask the vendor for"),
}


def register(commands: Commands) -> None:
    group = commands.group("profiles", N_("web services of vendors without a public API"))
    add_paging(group.command("list", N_("all profiles, and what they still lack"), list_all))
    import_ = group.command("import", N_("complete or replace one by your own file"), take_in)
    import_.add_argument("file", metavar="FILE.toml")
    import_.add_argument(
        "--accept-http",
        action="store_true",
        help=translate(N_("a line without encryption within your own network is fine")),
    )
    export = group.command("export", N_("write one to a file, to complete or share it"), hand_on)
    export.add_argument("id")
    export.add_argument("file", metavar="FILE")
    test = group.command("test", N_("sign in and ask, without sending a document"), try_out)
    test.add_argument("id")
    add_values(test)


def list_all(options: Namespace, output: Output) -> int:
    from ledgerdesk.app import open_desk

    with open_desk(options.data_dir) as desk:
        found = desk.profiles.listed()
    rows, more = shapes.paged(found[options.offset :], options.limit)
    output.listed("profiles", [shapes.profile(one) for one in rows], _COLUMNS, more=more)
    return 0


def take_in(options: Namespace, output: Output) -> int:
    from ledgerdesk.app import open_desk

    with open_desk(options.data_dir) as desk:
        kept = desk.profiles.take_in(Path(options.file), accept_http=options.accept_http)
    text = translate(N_("Kept: {title}. Try it out: ledgerdesk profiles test {id}"))
    if not kept.complete:
        text = translate(N_("Kept: {title}. Still missing: {missing}"))
    told = text.format(title=kept.title, id=kept.id, missing=", ".join(kept.missing))
    output.document({"profiles": [shapes.profile(kept)]}, told)
    return 0


def hand_on(options: Namespace, output: Output) -> int:
    from ledgerdesk.app import open_desk

    with open_desk(options.data_dir) as desk:
        found = desk.profiles.hand_on(options.id, Path(options.file))
    told = translate(N_("{title} written to {file}.")).format(title=found.title, file=options.file)
    output.document({"profiles": [shapes.profile(found)], "file": options.file}, told)
    return 0


def try_out(options: Namespace, output: Output) -> int:
    from ledgerdesk.app import open_desk

    values, given = pairs(options.set), secrets(options.secret)
    with open_desk(options.data_dir) as desk:
        checks = desk.profiles.try_out(options.id, values, given)
        tested = desk.profiles.get(options.id)
    shown = [shapes.check(one) for one in checks]
    output.document(
        {"profiles": [shapes.profile(tested)], "checks": shown},
        "\n".join(f"✓ {one['name']} {one['detail']}".rstrip() for one in shown),
    )
    return 0
