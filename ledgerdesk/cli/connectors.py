"""``ledgerdesk connectors``: what can be connected."""

from __future__ import annotations

from argparse import Namespace
from typing import TYPE_CHECKING

from ledgerdesk import connectors
from ledgerdesk.cli import shapes
from ledgerdesk.cli.arguments import add_paging
from ledgerdesk.i18n import N_

if TYPE_CHECKING:
    from ledgerdesk.cli.output import Output
    from ledgerdesk.cli.parser import Commands


def register(commands: Commands) -> None:
    group = commands.group("connectors", N_("what can be connected"))
    add_paging(group.command("list", N_("all integrations"), list_all))
    group.command("show", N_("one integration and its fields"), show).add_argument("id")


def list_all(options: Namespace, output: Output) -> int:
    found = [shapes.connector(one) for one in connectors.all_connectors()]
    rows, more = shapes.paged(found[options.offset :], options.limit)
    columns = {
        "id": N_("Id"),
        "label": N_("Integration"),
        "document_kinds": N_("Documents"),
        "authorization": N_("Sign-in"),
        "delivery_class": N_("Provable"),
        "standing": N_("Standing"),
    }
    output.listed("connectors", rows, columns, more=more)
    return 0


def show(options: Namespace, output: Output) -> int:
    one = shapes.connector(connectors.get(options.id))
    columns = {
        "name": N_("Field"),
        "label": N_("Label"),
        "kind": N_("Kind"),
        "required": N_("Required"),
        "secret": N_("Secret"),
        "default": N_("Default"),
        "scope": N_("Belongs to"),
    }
    if output.json:
        output.document({"connectors": [one]})
    else:
        output.document({}, f"{one['label']} ({one['id']})\n{one['help']}\n")
        output.listed("fields", one["fields"], columns)
    return 0
