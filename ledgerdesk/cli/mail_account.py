"""``ledgerdesk mail-account``: the firm's own mail account, through which everything is mailed."""

from __future__ import annotations

from argparse import Namespace
from typing import TYPE_CHECKING

from ledgerdesk.cli import shapes
from ledgerdesk.cli.arguments import add_values, ca_file, pairs, secrets
from ledgerdesk.cli.mail_sign_in import signed_in
from ledgerdesk.i18n import N_, translate

if TYPE_CHECKING:
    from ledgerdesk.cli.output import Output
    from ledgerdesk.cli.parser import Commands


def register(commands: Commands) -> None:
    group = commands.group("mail-account", N_("the firm's mail account"))
    set_ = group.command("set", N_("say which account sends the mails"), set_account)
    add_values(set_)
    set_.add_argument("--ca-file", metavar="PEM", help=translate(N_("an own authority")))
    set_.add_argument(
        "--sign-in-again", action="store_true", help=translate(N_("in the browser, once more"))
    )
    mail = group.command("it-mail", N_("the mail your IT partner needs"), it_mail)
    mail.add_argument("--language", type=str.lower, choices=["fr", "nl", "en"])
    mail.add_argument("--client-id", metavar="ID", default="")
    mail.add_argument("--tenant", metavar="DOMAIN", default="")
    group.command("show", N_("the account, without its password"), show)


def set_account(options: Namespace, output: Output) -> int:
    from ledgerdesk.app import open_desk

    values, own, ca_pem = pairs(options.set), secrets(options.secret), ca_file(options.ca_file)
    with open_desk(options.data_dir) as desk:
        accounts = desk.mail_accounts
        sign_in = accounts.sign_in(values, own, ca_pem, again=options.sign_in_again)
        account = accounts.set(values, own, ca_pem, signed_in(sign_in, output))
    output.document(
        {"mail_account": shapes.mail_account(account)},
        translate(N_("Kept. It is tried when a package that mails is connected.")),
    )
    return 0


def it_mail(options: Namespace, output: Output) -> int:
    from ledgerdesk import i18n
    from ledgerdesk.app import open_desk
    from ledgerdesk.setup.it_mail import it_mail as written

    with open_desk(options.data_dir) as desk:
        account = desk.mail_accounts.show()
    kept = dict(account.values) if account else {}
    given = {"client_id": options.client_id, "tenant": options.tenant}
    values = kept | {name: value for name, value in given.items() if value}
    mail = written(values, options.language or i18n.language())
    content = {"subject": mail.subject, "text": mail.text, "url": mail.url}
    output.document({"it_mail": content}, f"{mail.subject}\n\n{mail.text}")
    return 0


def show(options: Namespace, output: Output) -> int:
    from ledgerdesk.app import open_desk

    with open_desk(options.data_dir) as desk:
        account = desk.mail_accounts.show()
        reading = desk.mail_accounts.answers()
    shown = shapes.mail_account(account)
    if shown is not None and reading is not None:
        # Without reading what comes back, refusals cannot be seen.
        shown["answers_read_at"] = reading.read_at or None
        shown["answers_error"] = shapes.error(reading.error)
    text = translate(N_("No mail account is set up yet: mail-account set."))
    if shown:
        text = "\n".join(f"{name}: {value}" for name, value in shown.items() if value)
    output.document({"mail_account": shown}, text)
    return 0
