"""The status board: a page and a table in a shared folder, so that colleagues see how things stand.

It tells of each client and kind of document what was delivered last, what waits, what is missing
and who must act. Nothing of the documents themselves is in it; names come from outside and are
escaped for the page, and made harmless for spreadsheets in the table.
"""

from __future__ import annotations

import csv
import io
import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape
from pathlib import Path

import sqlalchemy as sa

from ledgerdesk import i18n, settings
from ledgerdesk.errors import FileNotWritten, Owner, from_record
from ledgerdesk.i18n import N_, translate
from ledgerdesk.intake.radar import Radar, Report
from ledgerdesk.model import Clock, DeliveryState, ExportKind
from ledgerdesk.store import Books, board, clients
from ledgerdesk.store import settings as kept_settings
from ledgerdesk.store.files import write_whole

log = logging.getLogger(__name__)

PAGE, TABLE = "LedgerDesk.html", "LedgerDesk.csv"
_KINDS = {ExportKind.INVOICES: N_("Invoices"), ExportKind.STATEMENTS: N_("Bank statements")}
_OWNERS = {
    Owner.YOU: N_("You"),
    Owner.CLIENT: N_("The client"),
    Owner.BANK: N_("The bank"),
    Owner.PACKAGE: N_("The package"),
    Owner.IT: N_("Your IT"),
}
_HEADINGS = (
    N_("Client"),
    N_("Documents"),
    N_("Accounting software"),
    N_("Last delivered"),
    N_("On its way"),
    N_("Stands still"),
    N_("Missing"),
    N_("Who must act"),
)
_STYLE = (
    "body{font:15px/1.4 system-ui,sans-serif;margin:2rem;color-scheme:light dark}"
    "table{border-collapse:collapse}th,td{text-align:left;padding:.35rem .8rem;"
    "border-bottom:1px solid #8886}td.n{text-align:right}tr.act td{font-weight:600}"
)


@dataclass(frozen=True, slots=True)
class Line:
    """One client and kind. ``stuck`` deliveries wait for somebody; ``missing`` counts holes."""

    client: str
    kind: ExportKind
    software: tuple[str, ...] = ()
    last_delivered_at: datetime | None = None
    on_the_way: int = 0
    stuck: int = 0
    missing: int = 0
    owners: tuple[Owner, ...] = ()


@dataclass(frozen=True, slots=True)
class Board:
    """``documents`` wait for a person before they can be sent."""

    made_at: datetime
    lines: tuple[Line, ...] = ()
    documents: int = 0


def after_run(books: Books, clock: Clock, radar: Radar) -> None:
    """Writes the board where a person chose a folder. A folder that is not there now is told in the
    log: the run itself has nothing to do with it."""
    with books.read() as c:
        folder = kept_settings.get(c, settings.STATUS_BOARD)
        if not folder:
            return
        made = read(c, clock.now(), radar.whole(c))
    try:
        write(made, Path(folder))
    except FileNotWritten as error:
        log.warning("the status board was not written: %s", error.params.get("reason", ""))


def read(c: sa.Connection, at: datetime, missing: Report) -> Board:
    """By client, those with something to do first."""
    links = board.links(c, at.astimezone().date())
    last, on_the_way = board.last_delivered(c), board.on_their_way(c)
    stuck: dict[board.Key, list[board.Stuck]] = {}
    for one in board.stuck(c):
        stuck.setdefault((one.client_id, one.kind), []).append(one)
    holes = _holes(missing)
    names = {client.id: client.name for client in clients.listed(c, limit=None)}
    keys = {key for key in (*links, *last, *on_the_way, *holes, *stuck) if key[0] in names}
    lines = [
        Line(
            names[key[0]],
            key[1],
            tuple(links.get(key, ())),
            last.get(key),
            on_the_way.get(key, 0),
            sum(group.how_many for group in stuck.get(key, ())),
            holes.get(key, 0),
            _owners(stuck.get(key, ())),
        )
        for key in keys
    ]
    lines.sort(key=lambda line: (not line.owners, line.client.casefold(), line.kind))
    return Board(at, tuple(lines), sum(board.documents(c).values()))


def write(made: Board, folder: Path) -> None:
    """Page and table, each whole or not at all. Raises FileNotWritten."""
    write_whole(folder / PAGE, page(made).encode())
    # Spreadsheets take a file for UTF-8 only when it says so.
    write_whole(folder / TABLE, table(made).encode("utf-8-sig"))


# --- what is missing, who must act ----------------------------------------------------------------


def _holes(missing: Report) -> dict[board.Key, int]:
    found: dict[board.Key, int] = {}
    for gap in missing.gaps:
        if not gap.settled:
            key = (gap.client_id, ExportKind.STATEMENTS)
            found[key] = found.get(key, 0) + 1
    for series in missing.sales:
        key = (series.client_id, ExportKind.INVOICES)
        found[key] = found.get(key, 0) + series.count
    return found


def _owners(stuck: Iterable[board.Stuck]) -> tuple[Owner, ...]:
    found = {_owner(one) for one in stuck}
    return tuple(one for one in Owner if one in found)


def _owner(one: board.Stuck) -> Owner:
    if one.state is DeliveryState.UNKNOWN:
        return Owner.YOU
    error = from_record(one.error)
    return error.owner if error is not None else Owner.YOU


# --- how it is written ----------------------------------------------------------------------------


def page(made: Board) -> str:
    """HTML without scripts or anything to load; it says so to the browser."""
    rows = "\n".join(_row(one) for one in made.lines)
    head = "".join(f"<th scope=col>{escape(translate(one))}</th>" for one in _HEADINGS)
    name = translate(N_("Status board"))
    title = f"LedgerDesk – {name}"
    return f"""<!DOCTYPE html>
<html lang="{i18n.language()}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width">
<title>{escape(title)}</title>
<style>{_STYLE}</style>
</head>
<body>
<h1>{escape(title)}</h1>
<p>{escape(_said(made))}</p>
<table>
<thead><tr>{head}</tr></thead>
<tbody>
{rows}
</tbody>
</table>
</body>
</html>
"""


def _said(made: Board) -> str:
    at = translate(N_("As of {at}.")).format(at=_moment(made.made_at))
    waiting = translate(N_("Documents that wait for a person before they are sent: {count}."))
    return f"{at} {waiting.format(count=made.documents)}"


def _row(one: Line) -> str:
    cells = [
        f'<td class="n">{escape(text)}</td>' if text.isdecimal() else f"<td>{escape(text)}</td>"
        for text in _cells(one)
    ]
    return f"<tr{' class=act' if one.owners else ''}>{''.join(cells)}</tr>"


def table(made: Board) -> str:
    """CSV as spreadsheets in Belgium and its neighbours open it: separated by semicolons."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=";")
    writer.writerow([translate(one) for one in _HEADINGS])
    for one in made.lines:
        writer.writerow([_harmless(text) for text in _cells(one)])
    return out.getvalue()


def _cells(one: Line) -> Sequence[str]:
    return (
        one.client,
        translate(_KINDS[one.kind]),
        ", ".join(one.software),
        _moment(one.last_delivered_at) if one.last_delivered_at else "",
        str(one.on_the_way),
        str(one.stuck),
        str(one.missing),
        ", ".join(translate(_OWNERS[owner]) for owner in one.owners if owner in _OWNERS),
    )


def _harmless(text: str) -> str:
    """A spreadsheet would calculate what begins like this."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text


def _moment(at: datetime) -> str:
    return f"{at.astimezone():%Y-%m-%d %H:%M}"
