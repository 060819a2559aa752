"""The sign-in in the browser for mail, inside a background job: opened, waited for, finished."""

from __future__ import annotations

import webbrowser
from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ledgerdesk.app import Desk
    from ledgerdesk.intake.desk import Listed, SourceForm
    from ledgerdesk.model import Cancel, MailAccount
    from ledgerdesk.setup.mail_sign_in import MailSignIn
    from ledgerdesk.setup.tokens import HeldTokens


def set_mail_account(
    desk: Desk, values: Mapping[str, str], secrets: Mapping[str, str], job: Cancel
) -> MailAccount:
    """Keeps the account, after a person signed in where that is needed. Raises what set does."""
    accounts = desk.mail_accounts
    tokens = _signed_in(accounts.sign_in(values, secrets), job)
    return accounts.set(values, secrets, tokens=tokens)


def add_source(desk: Desk, form: SourceForm, job: Cancel) -> Listed:
    """As set_mail_account, for a source. Raises what add does."""
    return desk.sources.add(form, _signed_in(desk.sources.sign_in(form), job))


def _signed_in(sign_in: MailSignIn | None, job: Cancel) -> HeldTokens | None:
    """None where none is needed. Raises what the sign-in raises, Cancelled too."""
    if sign_in is None:
        return None
    try:
        # Not through Qt: this is no thread of its own.
        webbrowser.open(sign_in.url)
        return sign_in.finish(sign_in.wait(job), job)
    finally:
        sign_in.close()
