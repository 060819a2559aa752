"""Views as HTML: one file, no script, nothing remote, everything escaped.

Kept to what Qt's own text document understands (tables, widths, few styles), so that the same page
is shown in the window, printed, and written as PDF by it; browsers show it as well.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from html import escape

from ledgerdesk.documents.fields import day as read_day
from ledgerdesk.documents.render_attachments import Attachment
from ledgerdesk.documents.render_views import (
    InvoiceView,
    LineView,
    MovementView,
    PartyView,
    StatementView,
)
from ledgerdesk.documents.render_words import amount, day, unit, vat_category, word

_STYLE = (
    "body{font-family:Helvetica,Arial,sans-serif;font-size:10pt;color:#1a1a1a;margin:24px}"
    "h1{font-size:18pt;margin:0 0 8px 0}h2{font-size:11pt;margin:16px 0 4px 0}"
    "table{border-collapse:collapse}td,th{padding:3px 8px 3px 0;vertical-align:top;text-align:left}"
    "th{border-bottom:1px solid #999;font-weight:bold}"
    "td.number,th.number{text-align:right;white-space:nowrap}"
    "tr.total td{font-weight:bold;border-top:1px solid #999}"
    ".quiet{color:#666}.warning{color:#a40000}"
)
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"
_TYPES = {"384": "corrective", "386": "prepayment", "389": "self_billed"}
_DAYS = ("due", "tax_point", "period_start", "period_end", "delivered")


def invoice_page(view: InvoiceView, language: str, attached: Sequence[Attachment] = ()) -> str:
    kind = "credit_note" if view.is_credit else _TYPES.get(view.type_code, "invoice")
    title = word(kind, language)
    body = [
        f"<h1>{escape(title)} {escape(view.number)}</h1>",
        _table(_head(view, language)),
        '<table width="100%"><tr>',
        f'<td width="50%">{_party("from", view.supplier, language)}</td>',
        f'<td width="50%">{_party("to", view.customer, language)}</td>',
        "</tr></table>",
        *_lines(view, language),
        *_sums(view, language),
        *_section("payment", ((word(k, language), v) for k, v in view.payment), language),
        *_notes(view, language),
        *_attached(attached, language),
    ]
    return _page(f"{title} {view.number}", body, language)


def statement_page(views: Sequence[StatementView], language: str) -> str:
    title = word("statement", language)
    body: list[str] = []
    for view in views:
        body.append(f"<h1>{escape(title)} {escape(view.sequence)}</h1>")
        body.append(_table(_statement_head(view, language)))
        body += _movements(view, language)
    return _page(title, body, language)


def _page(title: str, body: Iterable[str], language: str) -> str:
    told = f'<p class="quiet">{escape(word("from_data", language))}</p>'
    return (
        f'<!DOCTYPE html>\n<html lang="{language}"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head>\n<body>\n"
        + "\n".join(body)
        + f"\n{told}\n</body></html>\n"
    )


# --- pieces ---------------------------------------------------------------------------------------


def _table(rows: Iterable[tuple[str, str]]) -> str:
    """Two columns: what it is, and what it says."""
    told = [
        f'<tr><td class="quiet">{escape(name)}</td><td>{escape(value)}</td></tr>'
        for name, value in rows
        if value
    ]
    return f"<table>{''.join(told)}</table>" if told else ""


def _section(key: str, rows: Iterable[tuple[str, str]], language: str) -> Iterator[str]:
    table = _table(rows)
    if table:
        yield f"<h2>{escape(word(key, language))}</h2>"
        yield table


def _grid(headings: Sequence[tuple[str, bool]], rows: Iterable[str], language: str) -> str:
    """``headings`` are words, and whether their column holds numbers."""
    cells = "".join(
        f'<th class="number">{escape(word(key, language))}</th>'
        if number
        else f"<th>{escape(word(key, language))}</th>"
        for key, number in headings
    )
    return f'<table width="100%"><tr>{cells}</tr>{"".join(rows)}</table>'


def _number(text: str) -> str:
    return f'<td class="number">{escape(text)}</td>'


def _cell(*lines: str) -> str:
    """The first line, and the others quieter below it."""
    shown = [escape(one) for one in lines if one]
    rest = "".join(f'<br><span class="quiet">{one}</span>' for one in shown[1:])
    return f"<td>{shown[0] if shown else ''}{rest}</td>"


# --- invoices -------------------------------------------------------------------------------------


def _head(view: InvoiceView, language: str) -> Iterator[tuple[str, str]]:
    yield word("number", language), view.number
    yield word("issued", language), day(view.issued, language)
    for key, value in view.details:
        found = read_day(value) if key in _DAYS else None
        yield word(key, language), day(found, language) if found else value


def _party(key: str, party: PartyView, language: str) -> str:
    address = [*party.address, party.country]
    numbers = [f"{word(kind, language)}: {number}" for kind, number in party.numbers]
    lines = [party.trading_name, *address, *numbers, *party.contact]
    shown = "<br>".join(escape(one) for one in lines if one)
    return (
        f"<h2>{escape(word(key, language))}</h2><b>{escape(party.name)}</b>"
        f"{'<br>' if shown else ''}{shown}"
    )


def _lines(view: InvoiceView, language: str) -> Iterator[str]:
    if not view.lines:
        return
    headings = (
        ("description", False),
        ("quantity", True),
        ("price", True),
        ("vat_rate", True),
        ("net", True),
    )
    yield _grid(headings, (_line(one, language) for one in view.lines), language)
    if view.more_lines:
        yield f"<p>{escape(word('more_lines', language).format(count=view.more_lines))}</p>"


def _line(line: LineView, language: str) -> str:
    quantity = f"{amount(line.quantity, language, digits=0)} {unit(line.unit, language)}".strip()
    rate = _rate(line.category, line.rate, language)
    return (
        f"<tr>{_cell(line.name, line.description)}{_number(quantity)}"
        f"{_number(amount(line.price, language))}{_number(rate)}"
        f"{_number(amount(line.net, language))}</tr>"
    )


def _rate(category: str, rate: Decimal | None, language: str) -> str:
    if rate is not None and (rate or category in ("Z", "S", "")):
        return f"{amount(rate, language, digits=0)} %"
    return category


def _sums(view: InvoiceView, language: str) -> Iterator[str]:
    if view.charges:
        rows = (
            "<tr>"
            + _cell(word("charge" if one.is_charge else "allowance", language), one.reason)
            + _number(amount(one.amount, language))
            + "</tr>"
            for one in view.charges
        )
        yield f'<table width="100%">{"".join(rows)}</table>'
    if view.taxes:
        yield f"<h2>{escape(word('vat_summary', language))}</h2>"
        headings = (("category", False), ("vat_rate", True), ("base", True), ("vat_amount", True))
        taxes = (
            f"<tr>{_cell(vat_category(one.category, language), one.reason)}"
            f"{_number(_rate(one.category, one.rate, language))}"
            f"{_number(amount(one.base, language))}{_number(amount(one.tax, language))}</tr>"
            for one in view.taxes
        )
        yield _grid(headings, taxes, language)
    yield from _totals(view, language)


def _totals(view: InvoiceView, language: str) -> Iterator[str]:
    if not view.totals:
        return
    yield f"<h2>{escape(word('totals', language))}</h2>"
    rows = []
    for key, value in view.totals:
        name = {"tax": "total_tax"}.get(key, key)
        if key == "payable" and view.is_credit:
            name = "to_receive"
        mark = ' class="total"' if key == "payable" else ""
        shown = f"{amount(value, language)} {view.currency}"
        rows.append(f"<tr{mark}>{_cell(word(name, language))}{_number(shown)}</tr>")
    yield f"<table>{''.join(rows)}</table>"


def _notes(view: InvoiceView, language: str) -> Iterator[str]:
    if view.notes:
        yield f"<h2>{escape(word('notes', language))}</h2>"
        yield from (f"<p>{escape(note)}</p>" for note in view.notes)


def _attached(attached: Sequence[Attachment], language: str) -> Iterator[str]:
    if not attached:
        return
    yield f"<h2>{escape(word('attachments', language))}</h2><ul>"
    for one in attached:
        size = f"{amount(Decimal(one.size), language, digits=0)} {word('bytes', language)}"
        told = f"{one.name or '–'} · {one.mime} · {size}"
        false = "" if one.true else f' <b class="warning">{escape(word("not_true", language))}</b>'
        yield f"<li>{escape(told)}{false}</li>"
    yield "</ul>"


# --- statements -----------------------------------------------------------------------------------


def _statement_head(view: StatementView, language: str) -> Iterator[tuple[str, str]]:
    grouped = " ".join(view.account[at : at + 4] for at in range(0, len(view.account), 4))
    yield word("account", language), f"{grouped} {view.currency}".strip()
    yield word("holder", language), view.holder
    yield word("sequence", language), view.sequence
    yield word("closed", language), day(view.closed, language)
    for key, value in (("opening", view.opening), ("closing", view.closing)):
        shown = amount(value, language)
        yield word(key, language), f"{shown} {view.currency}".strip() if shown else ""


def _movements(view: StatementView, language: str) -> Iterator[str]:
    if not view.movements:
        yield f"<p>{escape(word('no_movements', language))}</p>"
        return
    headings = (
        ("booked", False),
        ("value", False),
        ("counterparty", False),
        ("communication", False),
        ("amount", True),
    )
    yield _grid(headings, (_movement(one, language) for one in view.movements), language)
    if view.more_movements:
        yield f"<p>{escape(word('more_lines', language).format(count=view.more_movements))}</p>"


def _movement(one: MovementView, language: str) -> str:
    shown = amount(one.amount, language)
    detail = f"({shown})" if one.is_detail else shown
    return (
        f"<tr>{_cell(day(one.day, language))}{_cell(day(one.value_day, language))}"
        f"{_cell(one.name, one.account)}{_cell(*one.texts)}{_number(detail)}</tr>"
    )
