"""One look into an access point's inbox."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from ledgerdesk.connectors._pointer import at, text_at
from ledgerdesk.errors import (
    Forbidden,
    ItemChanging,
    ItemUnreadable,
    RefusedByPackage,
    ServerTrouble,
    TimedOut,
    UnreadableAnswer,
)
from ledgerdesk.i18n import N_, translate
from ledgerdesk.model import Check
from ledgerdesk.sources import patterns
from ledgerdesk.sources._inbox_content import Unusable, company_of, content_in
from ledgerdesk.sources._inbox_line import InboxLine
from ledgerdesk.sources._inbox_profile import InboxProfile
from ledgerdesk.sources.base import Context, Fetched, Item, Session

_EVER = datetime(2000, 1, 1, tzinfo=UTC)
_SLACK = timedelta(minutes=5)
"""The service's clock and ours differ: what came just before a start "from now on" is taken."""
_ENOUGH = 5
"""So many documents in a row that cannot be had: then it is the service, not the documents."""
_MOST = 200_000
_ID = re.compile(r"[A-Za-z0-9_.:=@+~-]{1,200}")


@dataclass(frozen=True, slots=True)
class _Found:
    """What the list told of one document. ``arrived`` is None where it does not say."""

    id: str
    part: str
    arrived: datetime | None
    receiver: str
    done: bool


class InboxSession(Session):
    """Items are documents of the inbox. The cursor tells since when the list must be asked again;
    what is known already is told apart by its id."""

    def __init__(self, context: Context, profile: InboxProfile) -> None:
        super().__init__(context)
        self._rules = patterns.read_rules(context.source)
        self._profile = profile
        self._line = InboxLine(context, profile, {**context.source.values, **context.secrets})
        self._found: dict[str, _Found] = {}
        self._missed = 0

    def verify(self) -> Iterator[Check]:
        """Raises what the first page of the list raises."""
        since = self.context.clock.now() - timedelta(days=1)
        first = next(iter(self._line.listed(since)), [])
        yield Check(N_("The service answers"), True, f"{self._profile.title}, {self._line.host}")
        told = translate(N_("documents since yesterday: {count}")).format(count=len(first))
        yield Check(N_("The inbox can be read"), True, told)
        if self.acknowledges and self._profile.acknowledge is not None:
            effect = translate(self._profile.acknowledge.effect)
            yield Check(N_("What acknowledging does"), True, effect)

    def start(self) -> Mapping[str, Any] | None:
        if not self._profile.list.at:
            return None  # what is there already can only be remembered one by one
        # By the service's clock: by ours, what it receives in the next minutes might be too old.
        floor = self._line.now() - _SLACK if self._starts_now else self._floor({})
        return {"since": floor.isoformat(), "floor": floor.isoformat()}

    def survey(self) -> Iterator[Item]:
        for item in self._told(_EVER, _EVER):
            yield replace(item, changed_at=self._found[item.key].arrived)

    def look(self, cursor: Mapping[str, Any]) -> Iterator[Item]:
        """Raises what a page that cannot be read raises."""
        floor = self._floor(cursor)
        yield from self._told(_moment(cursor.get("since")) or floor, floor)

    def _told(self, since: datetime, floor: datetime) -> Iterator[Item]:
        self.troubles, self._found = [], {}
        now = self.context.clock.now()
        overlap = timedelta(days=self._profile.overlap_days)
        newest, waiting = since, [now]
        for page in self._line.listed(max(_EVER, min(since, now) - overlap)):
            for told in page:
                arrived = _moment(text_at(told, self._profile.list.at))
                if arrived is not None and arrived < floor:
                    continue
                items = list(self._items(told, arrived))
                if arrived is not None:
                    newest = max(newest, arrived)
                    if not items and self._may_come(arrived, now):
                        waiting.append(arrived)
                yield from items
                if len(self._found) > _MOST:
                    raise UnreadableAnswer(host=self._line.host, answer=f"> {_MOST}")
        # A date in the future must not hide what comes until then.
        self._come_back_to(min(newest, *waiting))

    def fetch(self, item: Item) -> Fetched:
        """Raises ItemGone, ItemChanging, ItemUnreadable, and what concerns the whole service."""
        found = self._found[item.key]
        try:
            content = self._content(found, item)
        except (ItemChanging, ItemUnreadable):
            self._miss(found)
            raise
        self._missed = 0
        hints, copy = patterns.hints_of(self.context.source, self._rules, item.path)
        if not (hints.client_id or hints.client or hints.file_number):
            hints = replace(hints, client=company_of(found.receiver))
        return Fetched(content, "", len(content), hints, copy)

    @property
    def acknowledges(self) -> bool:
        return self.context.source.values.get("acknowledge") == "yes"

    def acknowledge(self, item: Item) -> None:
        how, found = self._profile.acknowledge, self._found[item.key]
        if not self.acknowledges or how is None or found.done:
            return
        try:
            self._line.acknowledge(how, found.id, found.part)
        except (Forbidden, ServerTrouble, UnreadableAnswer, RefusedByPackage) as error:
            self._miss(found)
            raise ItemUnreadable(path=item.shown, reason=error.text()) from error
        self._found[item.key] = replace(found, done=True)

    def close(self) -> None:
        self._line.close()

    # --- what the list tells --------------------------------------------------------------------

    def _items(self, told: Any, arrived: datetime | None) -> Iterator[Item]:
        how = self._profile.list
        id = text_at(told, how.id)
        for part, name in self._parts(told):
            if not _ID.fullmatch(id) or (how.parts and not _ID.fullmatch(part)):
                error = ItemUnreadable(path=self._profile.title, reason=f"id: {id[:40]!r}")
                self.troubles.append(error)
                continue
            receiver, sender = text_at(told, how.receiver), text_at(told, how.sender)
            done = bool(at(told, how.done)) if how.done else False
            key = f"{id}/{part}" if part else id
            if key in self._found:
                continue  # the pages shifted while they were read
            self._found[key] = _Found(id, part, arrived, receiver, done)
            whose = _safe(receiver) or "-"
            shown = f"{self._profile.title}: {_safe(sender) or key} ({_safe(name) or key})"
            path = f"{whose}/{_safe(name) or f'{_safe(key)}.xml'}"
            yield Item(key, "1", path, 0, shown=shown)

    def _parts(self, told: Any) -> list[tuple[str, str]]:
        """(id, name) of each file of one item; an item without files of its own is one."""
        how = self._profile.list
        if not how.parts:
            return [("", "")]
        given = at(told, how.parts)
        given = [given] if isinstance(given, dict) else given
        if not isinstance(given, list):
            return []
        found = ((text_at(one, how.part_id), text_at(one, how.part_name)) for one in given)
        wanted = how.part_pattern.lower()
        return [each for each in found if each[0] and fnmatch.fnmatchcase(each[1].lower(), wanted)]

    def _may_come(self, arrived: datetime, now: datetime) -> bool:
        return now - arrived < timedelta(days=self._profile.list.wait_days)

    @property
    def _starts_now(self) -> bool:
        return self.context.source.starting_point == "now"

    def _floor(self, cursor: Mapping[str, Any]) -> datetime:
        """What is older stays where it is."""
        source = self.context.source
        if source.starting_point == "all":
            return _EVER
        if self._starts_now:
            return _moment(cursor.get("floor")) or source.created_at - _SLACK
        day = date.fromisoformat(source.starting_point)
        return datetime(day.year, day.month, day.day).astimezone().astimezone(UTC)

    # --- one document ---------------------------------------------------------------------------

    def _content(self, found: _Found, item: Item) -> bytes:
        try:
            content = content_in(self._line.content(found.id, found.part), self._profile.fetch)
        except Unusable as error:
            raise ItemUnreadable(path=item.shown, reason=str(error)) from error
        except (RefusedByPackage, UnreadableAnswer) as error:
            raise ItemUnreadable(path=item.shown, reason=error.text()) from error
        except (Forbidden, ServerTrouble, TimedOut) as error:
            self._missed += 1
            if self._missed >= _ENOUGH:
                raise
            raise ItemUnreadable(path=item.shown, reason=error.text()) from error
        if content is None:
            raise ItemChanging(path=item.shown)
        return content

    def _miss(self, found: _Found) -> None:
        """It must be told again at the next look."""
        if found.arrived is not None:
            since = _moment(self.cursor.get("since")) or found.arrived
            self._come_back_to(min(since, found.arrived))

    def _come_back_to(self, since: datetime) -> None:
        self.cursor = {**self.cursor, "since": since.isoformat()}


def _moment(text: Any) -> datetime | None:
    """A moment as services write it; without a zone it is taken as UTC."""
    try:
        found = datetime.fromisoformat(str(text or ""))
    except ValueError:
        return None
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)


def _safe(text: str) -> str:
    """One segment of a path that can be shown."""
    line = "".join(c if c.isprintable() and c not in "/\\" else "-" for c in text)
    return line.strip(" .")[:200]
