"""The inbox of the firm's own mail account, read for one thing: what came back to our mails.

Read-only. Of every new mail only a few header fields are fetched; those that may answer one of
ours are read, the others are nobody's business.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from ledgerdesk.delivery import mail_answers
from ledgerdesk.delivery.mail_answers import Effect
from ledgerdesk.documents.mail_answers import Answer, answer_in
from ledgerdesk.errors import LedgerDeskError, SignInError, to_record
from ledgerdesk.model import Cancel, Clock, MailAccount, Network, NeverCancelled
from ledgerdesk.net.imap import Mailbox
from ledgerdesk.net.imap_answers import search_day
from ledgerdesk.setup.mail_account import reads_answers
from ledgerdesk.setup.mail_reading import signed_in
from ledgerdesk.store import Books, answers_read, configurations
from ledgerdesk.store.answers_read import AnswersRead
from ledgerdesk.vault import Vault

log = logging.getLogger(__name__)

_FIELDS = (
    "FROM SUBJECT IN-REPLY-TO REFERENCES RETURN-PATH CONTENT-TYPE AUTO-SUBMITTED "
    "X-FAILED-RECIPIENTS"
)
_SIGNS = (
    *(b"mailer-daemon", b"postmaster", b"mail delivery", b"microsoftexchange"),
    *(b"multipart/report", b"x-failed-recipients", b"return-path: <>"),
)
_SLICE = 250
_BACK = timedelta(days=6)
"""How far back the first look goes: servers give up after five days."""
_ENOUGH = 1024 * 1024
"""Bytes of a mail that are fetched: report and returned header stand at its beginning."""


class AnswerInbox:
    """The caller holds the engine lock."""

    def __init__(self, books: Books, vault: Vault, network: Network, clock: Clock) -> None:
        self._books = books
        self._vault = vault
        self._network = network
        self._clock = clock

    def read(self, cancel: Cancel | None = None) -> int:
        """How many deliveries changed. Trouble with the inbox is kept, and stops nothing else.

        Raises what the books raise, and Cancelled.
        """
        with self._books.read() as c:
            account, before = configurations.mail_account(c), answers_read.get(c)
        if account is None or not reads_answers(account.values):
            return 0
        cancel = cancel or NeverCancelled()
        try:
            return self._all(account, before, cancel)
        except LedgerDeskError as error:
            if isinstance(error, SignInError):
                log.warning("the inbox for answers: %s", error.code)
            else:
                log.info("the inbox for answers: %s", error.code)
            record = to_record(error)
            self._books.write(
                lambda c: answers_read.put(c, AnswersRead(before.cursors, before.read_at, record))
            )
            return 0

    def _all(self, account: MailAccount, before: AnswersRead, cancel: Cancel) -> int:
        mailbox = signed_in(account, self._books, self._vault, self._network, self._clock, cancel)
        changed, cursors = 0, dict(before.cursors)
        try:
            for folder in ("INBOX", *mailbox.junk()):
                cancel.raise_if_cancelled()
                answers, cursor = self._new(mailbox, folder, cursors.get(folder, {}))
                cursors[folder] = cursor
                now = AnswersRead(dict(cursors), self._clock.now().isoformat())
                changed += self._keep_all(answers, now)
        finally:
            mailbox.close()
        return changed

    def _keep_all(self, answers: list[Answer], now: AnswersRead) -> int:
        """Answers and how far the reading got, in one transaction."""
        at = self._clock.now()

        def work(c: sa.Connection) -> int:
            effects = [mail_answers.apply(c, one, at) for one in answers]
            answers_read.put(c, now)
            return sum(one in (Effect.REJECTED, Effect.ACKNOWLEDGED) for one in effects)

        return self._books.write(work)

    def _new(
        self, mailbox: Mailbox, folder: str, cursor: Mapping[str, Any]
    ) -> tuple[list[Answer], dict[str, Any]]:
        opened = mailbox.open(folder)
        if cursor.get("validity") == opened.uid_validity:
            last = int(cursor["uid"])
            uids = [] if opened.uid_next <= last + 1 else mailbox.search("UID", f"{last + 1}:*")
            uids = [uid for uid in uids if uid > last]
        else:
            since = (self._clock.now() - _BACK).date()
            uids = mailbox.search("SINCE", search_day(since))
        answers = list(_answers(mailbox, uids))
        return answers, {
            "validity": opened.uid_validity,
            "uid": max([opened.uid_next - 1, *uids]),
        }


def _answers(mailbox: Mailbox, uids: list[int]) -> Iterator[Answer]:
    for at in range(0, len(uids), _SLICE):
        wanted = [
            uid
            for uid, items in mailbox.fetch(
                uids[at : at + _SLICE], f"BODY.PEEK[HEADER.FIELDS ({_FIELDS})]"
            )
            if _may_be_one(items.get("HEADER", b""))
        ]
        for uid in wanted:
            content = mailbox.beginning(uid, _ENOUGH)
            answer = answer_in(content) if content else None
            if answer is not None:
                yield answer


def _may_be_one(header: bytes) -> bool:
    lower = header.lower()
    if any(sign in lower for sign in _SIGNS):
        return True
    return b"in-reply-to:" in lower or b"references:" in lower
