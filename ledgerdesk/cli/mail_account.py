"""``ledgerdesk mail-account``: the firm's own mail account, through which everything is mailed."""

from __future__ import annotations

from argparse import Namespace
from typing import TYPE_CHECKING

from ledgerdesk.cli import shapes
from ledgerdesk.cli.arguments import add_values, ca_file, pairs, secrets
from ledgerdesk.i18n import N_, translate

if TYPE_CHECKING:
    from ledgerdesk.cli.output import Output
    from ledgerdesk.cli.parser import Commands


def register(commands: Commands) -> None:
    group = commands.group("mail-account", N_("the firm's mail account"))
    set_ = group.command("set", N_("say which account sends the mails"), set_account)
    add_values(set_)
    set_.add_argument("--ca-file", metavar="PEM", help=translate(N_("an own authority")))
    group.command("show", N_("the account, without its password"), show)


def set_account(options: Namespace, output: Output) -> int:
    from ledgerdesk.app import open_desk

    with open_desk(options.data_dir) as desk:
        account = desk.mail_accounts.set(
            pairs(options.set), secrets(options.secret), ca_file(options.ca_file)
        )
    output.document(
        {"mail_account": shapes.mail_account(account)},
        translate(N_("Kept. It is tried when a package that mails is connected.")),
    )
    return 0


def show(options: Namespace, output: Output) -> int:
    from ledgerdesk.app import open_desk

    with open_desk(options.data_dir) as desk:
        account = desk.mail_accounts.show()
    shown = shapes.mail_account(account)
    text = translate(N_("No mail account is set up yet: mail-account set."))
    if shown:
        text = "\n".join(f"{name}: {value}" for name, value in shown.items() if value)
    output.document({"mail_account": shown}, text)
    return 0
