"""The browser's part of a command about mail: opened, and waited for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ledgerdesk.cli.sign_in import opened
from ledgerdesk.i18n import N_, translate

if TYPE_CHECKING:
    from ledgerdesk.cli.output import Output
    from ledgerdesk.setup.mail_sign_in import MailSignIn
    from ledgerdesk.setup.tokens import HeldTokens

_OPEN = N_("Sign in in your browser. If it does not open by itself, open this address:")
_APPROVAL = N_(
    "If the page says that an administrator must approve it, stop here (Ctrl+C): "
    "“ledgerdesk mail-account it-mail” writes the mail your IT partner needs."
)


def signed_in(sign_in: MailSignIn | None, output: Output) -> HeldTokens | None:
    """What the sign-in gave; None where none is needed. Raises what MailSignIn raises."""
    if sign_in is None:
        return None
    try:
        output.say(f"{translate(_OPEN)}\n{sign_in.url}\n{translate(_APPROVAL)}")
        with opened(sign_in.url):
            redirect_url = sign_in.wait()
        return sign_in.finish(redirect_url)
    finally:
        sign_in.close()
