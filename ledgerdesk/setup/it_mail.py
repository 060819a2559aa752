"""The ready mail to the IT partner: what a Microsoft administrator has to approve once, and where.

The texts are resources, one per language; the first line is the subject.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ledgerdesk import paths
from ledgerdesk.connectors._registrations import registration
from ledgerdesk.errors import MissingValue
from ledgerdesk.i18n import N_, translate
from ledgerdesk.net.mail_identity import MICROSOFT_365, admin_consent_url

LANGUAGES = ("en", "fr", "nl")


@dataclass(frozen=True, slots=True)
class ItMail:
    """``url`` is the page where the administrator approves; it stands in ``text`` as well."""

    subject: str
    text: str
    url: str


def it_mail(values: Mapping[str, str], language: str) -> ItMail:
    """For the mail account or mailbox with these ``values``; English for a language without a text.

    Raises MissingValue where neither the firm nor the project registered LedgerDesk.
    """
    client_id = values.get("client_id", "") or registration(MICROSOFT_365).get("client_id", "")
    if not client_id:
        raise MissingValue(field="client_id", name=translate(N_("Application (client) id")))
    url = admin_consent_url(client_id, values)
    chosen = language if language in LANGUAGES else LANGUAGES[0]
    file = paths.resources() / "it_mail" / f"{chosen}.txt"
    subject, _, text = file.read_text(encoding="utf-8").partition("\n\n")
    mailbox = values.get("shared_mailbox") or values.get("from_address") or values.get("username")
    filled = text.format(url=url, client_id=client_id, mailbox=mailbox or "…")
    return ItMail(subject.strip(), filled, url)
