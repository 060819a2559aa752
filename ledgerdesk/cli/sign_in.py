"""The browser's part of a command: opened and waited for, or finished from a pasted address."""

from __future__ import annotations

import os
import sys
import threading
import webbrowser
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ledgerdesk.cli import shapes
from ledgerdesk.errors import InvalidValue
from ledgerdesk.i18n import N_, translate

if TYPE_CHECKING:
    from ledgerdesk.cli.output import Output
    from ledgerdesk.connectors.base import Connector
    from ledgerdesk.setup.answers import Answers
    from ledgerdesk.setup.browser import BrowserSignIn, Fresh
    from ledgerdesk.setup.services import Services

WAITS = 1
"""The exit code of a command that waits for a person in the browser."""


def add_redirect_url(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--redirect-url",
        metavar="URL",
        help=translate(N_("finish a sign-in: the address the browser ended at")),
    )


def in_browser(
    services: Services,
    needed: tuple[Connector, Answers] | None,
    options: Namespace,
    output: Output,
    ca_pem: str,
) -> tuple[Fresh | None, bool]:
    """What the sign-in gave, and whether the command must end here: somebody will finish it with
    ``--redirect-url``. Neither where none is ``needed``.

    Raises what BrowserSignIn raises, InvalidValue for an address nobody asked for.
    """
    from ledgerdesk.setup import pending
    from ledgerdesk.setup.browser import BrowserSignIn

    if needed is None:
        _require_none(options.redirect_url)
        return None, False
    connector, answers = needed
    if options.redirect_url:
        fresh = pending.finish(services, connector, answers, options.redirect_url, ca_pem=ca_pem)
        return fresh, False
    sign_in = BrowserSignIn(services, connector, answers, hands_over=False, ca_pem=ca_pem)
    try:
        pending.keep(services, connector, sign_in)
        if not sign_in.answers_here:
            _tell(sign_in, output)
            return None, True
        output.say(f"{translate(_OPEN)}\n{sign_in.url}")
        with opened(sign_in.url):
            redirect_url = sign_in.wait(services.cancel)
        fresh = sign_in.finish(redirect_url)
    finally:
        sign_in.close()
    pending.forget(services, sign_in.begun)
    return fresh, False


def _tell(sign_in: BrowserSignIn, output: Output) -> None:
    content = {"url": sign_in.url, "expires_at": shapes.moment(sign_in.expires_at)}
    text = f"{translate(_OPEN)}\n{sign_in.url}\n{translate(_FINISH)}"
    output.document({"sign_in": content}, text)


@contextmanager
def opened(url: str) -> Iterator[None]:
    """The system's browser at ``url``. What it prints stays away from the answer, and one that
    only comes back when it is closed holds nothing up."""
    with _stdout_aside():
        threading.Thread(target=webbrowser.open, args=(url,), daemon=True).start()
        yield


@contextmanager
def _stdout_aside() -> Iterator[None]:
    """Programs started meanwhile write to standard error instead."""
    sys.stdout.flush()
    try:
        kept = os.dup(1)
    except OSError:
        yield
        return
    try:
        os.dup2(2, 1)
        yield
    finally:
        os.dup2(kept, 1)
        os.close(kept)


def _require_none(redirect_url: str | None) -> None:
    if redirect_url:
        hint = translate(N_("Nothing has to be signed in here."))
        name = "--redirect-url"
        raise InvalidValue(field="redirect_url", value="…", name=name, hint=hint)


_OPEN = N_("Sign in in your browser. If it does not open by itself, open this address:")
_FINISH = N_(
    "When the page says so, copy its address and run the same command again with --redirect-url."
)
