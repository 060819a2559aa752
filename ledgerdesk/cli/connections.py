"""``ledgerdesk connections`` and ``administrations``: signed-in accounts and what they show."""

from __future__ import annotations

from argparse import Namespace
from typing import TYPE_CHECKING, Any

from ledgerdesk.cli import shapes
from ledgerdesk.cli.arguments import add_paging, add_values, ca_file, pairs, secrets
from ledgerdesk.cli.sign_in import WAITS, add_redirect_url, in_browser
from ledgerdesk.i18n import N_, translate

if TYPE_CHECKING:
    from ledgerdesk.cli.output import Output
    from ledgerdesk.cli.parser import Commands
    from ledgerdesk.delivery.health import Health

_COLUMNS = {
    "id": N_("Id"),
    "connector_id": N_("Integration"),
    "account": N_("Account"),
    "state": N_("State"),
    "verified_at": N_("Verified"),
    "expires_at": N_("Ends"),
    "last_delivered_at": N_("Last delivery"),
    "waiting": N_("Waiting"),
    "error.text": N_("What is wrong"),
}


def register(commands: Commands) -> None:
    group = commands.group("connections", N_("the signed-in accounts"))
    add_paging(group.command("list", N_("all connected accounts and their health"), list_all))
    group.command("verify", N_("try it now"), verify).add_argument("id")
    reconnect_ = group.command("reconnect", N_("sign in again"), reconnect)
    reconnect_.add_argument("id")
    add_values(reconnect_)
    reconnect_.add_argument("--accept-host-key", metavar="SHA256:…")
    reconnect_.add_argument("--ca-file", metavar="PEM")
    reconnect_.add_argument(
        "--other-account",
        action="store_true",
        help=translate(N_("another account is meant from now on")),
    )
    add_redirect_url(reconnect_)
    group.command("remove", N_("forget the account and its password"), remove).add_argument("id")
    administrations = commands.group("administrations", N_("the dossiers an account shows"))
    list_ = administrations.command("list", N_("all of them"), list_administrations)
    list_.add_argument("--connection", required=True, metavar="ID")
    add_paging(list_)


def list_all(options: Namespace, output: Output) -> int:
    from ledgerdesk.app import open_desk

    with open_desk(options.data_dir) as desk:
        found = desk.connections.listed(limit=options.limit + 1, offset=options.offset)
        health = desk.account_health.of_all()
    rows, more = shapes.paged(found, options.limit)
    shown = [{**shapes.connection(one), **_health(health.get(one.id))} for one in rows]
    empty = translate(N_("No account is connected yet."))
    output.listed("connections", shown, _COLUMNS, more=more, empty=empty)
    return 0


def _health(one: Health | None) -> dict[str, Any]:
    """How it has been doing; empty for an account that was connected this very moment."""
    if one is None:
        return {}
    rate = one.error_rate
    return {
        "last_delivered_at": shapes.moment(one.last_delivered_at),
        "waiting": one.waiting,
        "oldest_waiting_at": shapes.moment(one.oldest_waiting_at),
        "error_rate": None if rate is None else round(rate, 3),
        "clients": one.clients,
        "clients_waiting": one.clients_waiting,
        "owner": one.owner,
    }


def verify(options: Namespace, output: Output) -> int:
    from ledgerdesk.app import open_desk

    with open_desk(options.data_dir) as desk:
        connection, checks = desk.connections.verify(options.id)
    shown = [shapes.check(one) for one in checks]
    output.document(
        {"connections": [shapes.connection(connection)], "checks": shown},
        "\n".join(f"✓ {one['name']} {one['detail']}".rstrip() for one in shown),
    )
    return 0


def reconnect(options: Namespace, output: Output) -> int:
    from ledgerdesk.app import open_desk

    values, opened, ca_pem = pairs(options.set), secrets(options.secret), ca_file(options.ca_file)
    with open_desk(options.data_dir) as desk:
        needed = desk.connections.to_sign_in(options.id, values, opened)
        fresh, waits = in_browser(desk.services, needed, options, output, ca_pem)
        if waits:
            return WAITS
        connection, checks = desk.connections.reconnect(
            options.id,
            values=values,
            secrets=opened,
            accept_host_key=options.accept_host_key or "",
            ca_pem=ca_pem,
            other_account=options.other_account,
            fresh=fresh,
        )
    output.document(
        {
            "connections": [shapes.connection(connection)],
            "checks": [shapes.check(one) for one in checks],
        },
        translate(N_("Signed in again: {account}")).format(account=connection.account),
    )
    return 0


def remove(options: Namespace, output: Output) -> int:
    from ledgerdesk.app import open_desk

    with open_desk(options.data_dir) as desk:
        removed = desk.connections.remove(options.id)
    output.document(
        {"connections": [shapes.connection(removed)]},
        translate(N_("Removed: {name}")).format(name=removed.account),
    )
    return 0


def list_administrations(options: Namespace, output: Output) -> int:
    from ledgerdesk.app import open_desk

    with open_desk(options.data_dir) as desk:
        found = desk.connections.administrations(options.connection)
    rows, more = shapes.paged(found[options.offset :], options.limit)
    columns = {"id": N_("Id"), "name": N_("Name"), "vat_number": N_("VAT number")}
    shown = [shapes.administration(one) for one in rows]
    empty = translate(N_("This account has no dossiers to choose from."))
    output.listed("administrations", shown, columns, more=more, empty=empty)
    return 0
