"""The grammar of the command line. Each module of this room registers its own commands."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

from ledgerdesk import __version__
from ledgerdesk.cli import (
    clients,
    configurations,
    connections,
    connectors,
    deliveries,
    demo,
    documents,
    gaps,
    journal,
    mail_account,
    profiles,
    schedule,
    senders,
    service,
    sources,
    sync,
    upkeep,
)
from ledgerdesk.errors import UsageError
from ledgerdesk.i18n import N_, translate

GROUPS = (
    connectors,
    mail_account,
    configurations,
    profiles,
    connections,
    clients,
    sources,
    senders,
    documents,
    gaps,
    sync,
    schedule,
    service,
    deliveries,
    journal,
    upkeep,
    demo,
)


class Parser(argparse.ArgumentParser):
    """argparse whose errors are ours: exit code 2, and JSON where it was asked for.

    Options are written in full: a shortened one would mean another one in a later version.
    """

    def __init__(self, **settings: Any) -> None:
        super().__init__(**{"allow_abbrev": False, **settings})

    def error(self, message: str) -> NoReturn:
        raise UsageError(reason=f"{self.prog}: {message}")


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """The options, with ``handler`` set to the command's function. Raises UsageError."""
    options = build().parse_args(arguments)
    for name, value in (("data_dir", None), ("json", False), ("verbose", False)):
        if not hasattr(options, name):
            setattr(options, name, value)
    return options


def build() -> Parser:
    # Global options stand before or after the command: every parser knows them, and one that was
    # not given must not overrule one that was.
    common = Parser(add_help=False, argument_default=argparse.SUPPRESS)
    common.add_argument(
        "--data-dir", metavar="FOLDER", help=translate(N_("the data folder to work on"))
    )
    common.add_argument(
        "--json", action="store_true", help=translate(N_("one JSON document, nothing else"))
    )
    common.add_argument(
        "--verbose", action="store_true", help=translate(N_("say more on standard error"))
    )
    parser = Parser(
        prog="ledgerdesk",
        description=translate(
            N_("Brings each client's documents to the right accounting package, once, with proof.")
        ),
        parents=[common],
    )
    parser.add_argument("--version", action="version", version=f"ledgerdesk {__version__}")
    parser.set_defaults(handler=_no_command)
    groups = parser.add_subparsers(metavar="COMMAND", parser_class=Parser)
    for module in GROUPS:
        module.register(Commands(groups, common))
    return parser


def _no_command(options: argparse.Namespace, output: object) -> int:
    from ledgerdesk.start import open_window

    return open_window(options.data_dir)


class Commands:
    """What a module registers its commands on."""

    def __init__(
        self,
        actions: argparse._SubParsersAction[Parser],
        common: Parser,
    ) -> None:
        self._actions = actions
        self._common = common

    def group(self, name: str, help: str) -> Commands:
        """``ledgerdesk NAME …`` with commands of its own."""
        parser = self._actions.add_parser(name, help=translate(help), parents=[self._common])
        return Commands(
            parser.add_subparsers(metavar="COMMAND", required=True, parser_class=Parser),
            self._common,
        )

    def command(self, name: str, help: str, handler: Callable[..., int]) -> Parser:
        parser = self._actions.add_parser(
            name,
            help=translate(help),
            description=translate(help),
            parents=[self._common],
        )
        parser.set_defaults(handler=handler)
        return parser
