"""``ledgerdesk configurations``: the accounting packages; ``add`` is the whole wizard."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

from ledgerdesk.cli import shapes
from ledgerdesk.cli.arguments import add_paging, add_values, ca_file, pairs, secrets
from ledgerdesk.cli.sign_in import WAITS, add_redirect_url, in_browser
from ledgerdesk.i18n import N_, translate
from ledgerdesk.model import ExportKind

if TYPE_CHECKING:
    from ledgerdesk.cli.output import Output
    from ledgerdesk.cli.parser import Commands
    from ledgerdesk.setup.answers import Wished
    from ledgerdesk.setup.installer import Added

_COLUMNS = {
    "id": N_("Id"),
    "name": N_("Name"),
    "connector_id": N_("Integration"),
    "kinds": N_("Documents"),
    "connection_id": N_("Connected account"),
}


def register(commands: Commands) -> None:
    group = commands.group("configurations", N_("the accounting packages set up for use"))
    add_ = group.command("add", N_("connect an accounting package"), add)
    add_.add_argument("connector", metavar="CONNECTOR")
    _add_setup(add_, required=True)
    add_paging(group.command("list", N_("all accounting packages"), list_all))
    edit_ = group.command("edit", N_("change one, or add its second kind of document"), edit)
    edit_.add_argument("id")
    _add_setup(edit_, required=False)
    group.command("remove", N_("take one out of use"), remove).add_argument("id")


def _add_setup(parser: ArgumentParser, *, required: bool) -> None:
    kinds = [kind.value for kind in ExportKind]
    parser.add_argument("--name", required=required)
    parser.add_argument("--kind", required=required, type=str.lower, choices=kinds)
    parser.add_argument("--format", help=translate(N_("what the package prefers")))
    add_values(parser)
    parser.add_argument(
        "--connection", metavar="ID", help=translate(N_("use this connected account"))
    )
    parser.add_argument(
        "--administration", metavar="ID", help=translate(N_("for clients without their own"))
    )
    parser.add_argument(
        "--accept-host-key",
        metavar="SHA256:…",
        help=translate(N_("the fingerprint you compared with your provider's")),
    )
    parser.add_argument(
        "--ca-file", metavar="PEM", help=translate(N_("your own certificate authority"))
    )
    parser.add_argument(
        "--accept-terms", action="store_true", help=translate(N_("allow what the terms say"))
    )
    add_redirect_url(parser)
    parser.add_argument(
        "--untested", action="store_true", help=translate(N_("save without trying it"))
    )


def _wished(options: Namespace) -> Wished:
    from ledgerdesk.setup.answers import Wished

    return Wished(
        kind=ExportKind(options.kind) if options.kind else None,
        format=options.format or "",
        values=pairs(options.set),
        secrets=secrets(options.secret),
        connection_id=options.connection or "",
        administration_id=options.administration or "",
        accept_host_key=options.accept_host_key or "",
        ca_pem=ca_file(options.ca_file),
        accept_terms=options.accept_terms,
        untested=options.untested,
    )


def add(options: Namespace, output: Output) -> int:
    from ledgerdesk.app import open_desk

    wished = _wished(options)
    with open_desk(options.data_dir) as desk:
        needed = desk.installer.sign_in_to_add(options.connector, options.name, **wished)
        fresh, waits = in_browser(desk.services, needed, options, output, wished["ca_pem"])
        if waits:
            return WAITS
        wished["fresh"] = fresh
        added = desk.installer.add(options.connector, options.name, **wished)
    return _added(added, output)


def edit(options: Namespace, output: Output) -> int:
    from ledgerdesk.app import open_desk

    wished = _wished(options)
    with open_desk(options.data_dir) as desk:
        name = options.name or ""
        needed = desk.installer.sign_in_to_edit(options.id, name, **wished)
        fresh, waits = in_browser(desk.services, needed, options, output, wished["ca_pem"])
        if waits:
            return WAITS
        wished["fresh"] = fresh
        added = desk.installer.edit(options.id, name, **wished)
    return _added(added, output)


def _added(added: Added, output: Output) -> int:
    checks = [shapes.check(one) for one in added.checks]
    content = {"configuration": shapes.configuration(added.configuration), "checks": checks}
    lines = [f"✓ {one['name']} {one['detail']}".rstrip() for one in checks]
    if not lines:
        tested = all(one.tested for one in added.configuration.kinds.values())
        lines = [translate(N_("Saved.") if tested else N_("Saved, not tested yet."))]
    lines.append(f"{added.configuration.name}: {added.configuration.id}")
    output.document(content, "\n".join(lines))
    return 0


def list_all(options: Namespace, output: Output) -> int:
    from ledgerdesk.app import open_desk

    with open_desk(options.data_dir) as desk:
        found = desk.configurations.listed(limit=options.limit + 1, offset=options.offset)
    rows, more = shapes.paged(found, options.limit)
    output.listed(
        "configurations",
        [shapes.configuration(one) for one in rows],
        _COLUMNS,
        more=more,
        empty=translate(N_("No accounting package is set up yet: configurations add.")),
    )
    return 0


def remove(options: Namespace, output: Output) -> int:
    from ledgerdesk.app import open_desk

    with open_desk(options.data_dir) as desk:
        removed = desk.configurations.remove(options.id)
    output.document(
        {"configuration": shapes.configuration(removed)},
        translate(N_("Removed: {name}")).format(name=removed.name),
    )
    return 0
