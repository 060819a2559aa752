"""What the firm allows before anything is sent: what, where, how often, what stays unseen."""

from __future__ import annotations

from ledgerdesk.connectors.base import Connector
from ledgerdesk.i18n import N_, translate
from ledgerdesk.model import ExportKind

VERSION = "1"
"""Rises when the text says something new: then it is accepted again."""

_WHAT = {
    ExportKind.INVOICES: N_(
        "What is sent: the invoices and credit notes of the clients you link and share, each "
        "exactly as it came in. Nothing is converted."
    ),
    ExportKind.STATEMENTS: N_(
        "What is sent: the bank statements of the clients you link and share, each exactly as it "
        "came in. Nothing is converted."
    ),
}
_WHERE = N_(
    "Where: {package}, as {account}, straight from this computer. No other computer lies between."
)
_HOW_OFTEN = N_(
    "How often: each document once, when you press “send now” or at the times you plan. What "
    "cannot be sent waits and is shown; it is never lost silently."
)
_UNSEEN = N_(
    "What LedgerDesk cannot see: what the package does with a document after it arrived, and who "
    "reads it there."
)
_UNSEEN_AFTER_SENDING = N_(
    "What LedgerDesk cannot see: whether a document was really taken in. Where the answer is lost "
    "on the way, it says “possibly sent” and asks you."
)
_KEPT = N_(
    "What is kept here: your sign-in, sealed with a key in the key store of this computer. You can "
    "remove it at any time."
)


def paragraphs(connector: Connector, kind: ExportKind, account: str) -> tuple[str, ...]:
    """The terms in the current language, one paragraph per subject."""
    unseen = _UNSEEN_AFTER_SENDING if connector.delivery_class == "C" else _UNSEEN
    where = translate(_WHERE).format(package=translate(connector.label), account=account)
    kept = () if connector.authorization == "none" else (translate(_KEPT),)
    return (
        translate(_WHAT[kind]),
        where,
        translate(_HOW_OFTEN),
        translate(unseen),
        *kept,
    )
