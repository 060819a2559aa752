"""One look into a mailbox: which mails are new, fetched one by one without touching a flag."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from ledgerdesk.documents.mail import is_forged
from ledgerdesk.documents.mail_head import Head, read_head
from ledgerdesk.documents.mail_walk import LARGEST
from ledgerdesk.errors import ItemGone, ItemUnreadable, ServerTrouble
from ledgerdesk.i18n import N_, translate
from ledgerdesk.model import Check
from ledgerdesk.net.imap import Mailbox, Opened
from ledgerdesk.net.imap_answers import internal_date, search_day
from ledgerdesk.sources import patterns
from ledgerdesk.sources._mailbox_line import signed_in
from ledgerdesk.sources.base import Context, Fetched, Item, Session

DONE = "LedgerDesk"
"""Where mails are moved to if that is asked for."""

_SLICE = 250
_SEEN = "RFC822.SIZE INTERNALDATE BODY.PEEK[HEADER.FIELDS (MESSAGE-ID DATE FROM SUBJECT RECEIVED)]"


@dataclass(frozen=True, slots=True)
class _Found:
    """A mail, when it arrived, and when it says it was sent."""

    item: Item
    arrived: datetime | None
    sent: datetime | None


class MailboxSession(Session):
    """Items are mails. The cursor tells the highest number that is finished and, below it, those
    that are not; it means nothing once the server counts anew (UIDVALIDITY)."""

    def __init__(self, context: Context, rules: tuple[patterns.Pattern, ...]) -> None:
        super().__init__(context)
        self._rules = rules
        self._folder = context.source.values.get("folder") or "INBOX"
        self._mailbox: Mailbox | None = None
        self._opened: Opened | None = None
        self._done_folder = ""

    def verify(self) -> Iterator[Check]:
        """Raises what signing in raises, FolderMissing or MailboxClosed."""
        mailbox = self._line()
        values = self.context.source.values
        yield Check(N_("The server answers"), True, f"{values['host']}:{values['port']}")
        shown = mailbox.encryption or translate(N_("not needed on this computer"))
        yield Check(N_("The line is encrypted"), True, shown)
        yield Check(N_("Signed in"), True, values["username"])
        opened = self._open()
        mails = translate(N_("mails: {count}")).format(count=opened.mails)
        yield Check(N_("The folder can be read"), True, f"{self._folder}, {mails}")

    def start(self) -> Mapping[str, Any]:
        opened = self._open()
        if self.context.source.starting_point != "now":
            return {}
        return {"validity": opened.uid_validity, "uid": opened.uid_next - 1, "open": []}

    def survey(self) -> Iterator[Item]:
        self._open()
        for found in self._told(self._line().search("ALL"), "INTERNALDATE"):
            yield replace(found.item, changed_at=found.arrived)

    def look(self, cursor: Mapping[str, Any]) -> Iterator[Item]:
        opened = self._open()
        self.troubles = []
        same = cursor.get("validity") == opened.uid_validity
        last = int(cursor.get("uid", 0)) if same else 0
        uids = self._unfinished(cursor, last, opened) if same else self._from_start()
        for found in self._told(uids, _SEEN):
            if same or self._is_wanted(found, rebuilt=bool(cursor)):
                yield found.item
        highest = max([last, opened.uid_next - 1, *uids])
        self.cursor = {"validity": opened.uid_validity, "uid": highest, "open": []}

    def fetch(self, item: Item) -> Fetched:
        """Raises ItemGone, and what makes the whole mailbox unreachable."""
        if item.size > LARGEST:
            # Never fetched: it is told of by what it says of itself.
            return Fetched(None, hashlib.sha256(item.key.encode()).hexdigest(), item.size)
        content = self._line().content(int(item.place))
        if content is None:
            raise ItemGone(path=item.shown)
        head = _head(content)
        hints, copy = patterns.hints_of(self.context.source, self._rules, item.path)
        hints = replace(hints, sender=head.sender)
        return Fetched(
            content, "", len(content), hints, copy, is_mail=True, sender_doubted=is_forged(head)
        )

    def acknowledge(self, item: Item) -> None:
        if self.context.source.after != "move":
            return
        mailbox = self._line()
        try:
            if not self._done_folder:
                self._done_folder = f"{mailbox.prefix()}{DONE}"
                mailbox.ensure_folder(self._done_folder)
            mailbox.move(int(item.place), self._done_folder)
        except ServerTrouble as error:
            self._come_back(item)
            raise ItemUnreadable(path=item.shown, reason=error.text()) from error

    def wait(self, seconds: float) -> bool:
        """IDLE, in stretches in which a person can stop it. Raises Cancelled."""
        self._open()
        left = seconds
        while left > 0:
            self.context.cancel.raise_if_cancelled()
            stretch = min(left, 5.0)
            if not self._line().has("IDLE"):
                return False
            if self._line().wait(stretch):
                return True
            left -= stretch
        return False

    def close(self) -> None:
        if self._mailbox is not None:
            self._mailbox.close()
        self._mailbox = self._opened = None

    # --- which mails ----------------------------------------------------------------------------

    def _unfinished(self, cursor: Mapping[str, Any], last: int, opened: Opened) -> list[int]:
        pending = [int(one) for one in cursor.get("open", ())]
        if opened.uid_next <= last + 1:
            return pending
        # n:* always answers with the last mail, however low its number is.
        new = [uid for uid in self._line().search("UID", f"{last + 1}:*") if uid > last]
        return [*pending, *new]

    def _from_start(self) -> list[int]:
        since = self._since()
        if since is None:
            return self._line().search("ALL")
        # Days are the server's own: one more, and the rest is decided by the moment.
        return self._line().search("SINCE", search_day(since - timedelta(days=1)))

    def _since(self) -> date | None:
        """The first day of this source; None: all of it."""
        source = self.context.source
        if source.starting_point == "all":
            return None
        if source.starting_point == "now":
            return source.created_at.astimezone().date()
        return date.fromisoformat(source.starting_point)

    def _is_wanted(self, found: _Found, *, rebuilt: bool) -> bool:
        """A rebuilt mailbox may have dated all its mails anew: then their own date counts too."""
        since = self._since()
        if since is None:
            return True
        arrived, sent = found.arrived, found.sent
        if self.context.source.starting_point == "now" and arrived is not None:
            if arrived < self.context.source.created_at:
                return False
        elif arrived is not None and arrived.astimezone().date() < since:
            return False
        old = sent is not None and sent.astimezone().date() < since - timedelta(days=7)
        return not (rebuilt and old)

    def _told(self, uids: list[int], what: str) -> Iterator[_Found]:
        for at in range(0, len(uids), _SLICE):
            self.context.cancel.raise_if_cancelled()
            for uid, items in self._line().fetch(uids[at : at + _SLICE], what):
                yield _found(uid, items, self._folder)

    def _come_back(self, item: Item) -> None:
        pending = [*self.cursor.get("open", ()), int(item.place)]
        self.cursor = {**self.cursor, "open": sorted(set(pending))}

    # --- the line -------------------------------------------------------------------------------

    def _line(self) -> Mailbox:
        if self._mailbox is None:
            self._mailbox = signed_in(self.context)
        return self._mailbox

    def _open(self) -> Opened:
        if self._opened is None:
            moves = self.context.source.after == "move"
            self._opened = self._line().open(self._folder, to_move=moves)
        return self._opened


def _found(uid: int, items: Mapping[str, bytes], folder: str) -> _Found:
    head = _head(items.get("HEADER", b""))
    size = int(items.get("RFC822.SIZE", b"0") or 0)
    arrived = items.get("INTERNALDATE", b"").decode("ascii", "replace")
    says = [
        *(head.get(name) for name in ("message-id", "date", "from", "subject")),
        *head.values.get("received", ()),
    ]
    if not head.get("message-id"):
        says.append(arrived)
    identity = hashlib.sha256("\n".join(says).encode("utf-8", "surrogateescape")).hexdigest()
    subject = head.text("subject").replace("/", "-").strip(" .") or "–"
    sent = head.sent_at
    day = f", {sent.date().isoformat()}" if sent else ""
    item = Item(
        key=identity,
        version=str(size),
        path=f"{head.sender or '–'}/{subject}.eml",
        size=size,
        place=str(uid),
        shown=f"{folder}: {subject} ({head.sender or '–'}{day})",
    )
    return _Found(item, internal_date(items.get("INTERNALDATE", b"")), sent)


def _head(content: bytes) -> Head:
    from ledgerdesk.documents.findings import Refused

    try:
        return read_head(content, 0, len(content))
    except Refused:
        return Head()
