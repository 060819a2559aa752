"""The quiet page the browser shows at the end of a sign-in: in the user's language, no scripts,
nothing from elsewhere, and nothing of the address it was asked by."""

from __future__ import annotations

import html
from enum import StrEnum

from ledgerdesk.i18n import N_, language, translate


class Verdict(StrEnum):
    DONE = "done"
    DENIED = "denied"
    STRANGE = "strange"
    NOTHING_HERE = "nothing_here"


_TEXTS = {
    Verdict.DONE: (
        N_("You are signed in"),
        N_("Go back to LedgerDesk. You can close this page."),
    ),
    Verdict.DENIED: (
        N_("Access was not allowed"),
        N_("Nothing was saved. Go back to LedgerDesk. You can close this page."),
    ),
    Verdict.STRANGE: (
        N_("This answer belongs to another sign-in"),
        N_("Go back to LedgerDesk and start the sign-in again. You can close this page."),
    ),
    Verdict.NOTHING_HERE: (N_("There is nothing here"), ""),
}
_STATUS = {
    Verdict.DONE: "200 OK",
    Verdict.DENIED: "200 OK",
    Verdict.STRANGE: "400 Bad Request",
    Verdict.NOTHING_HERE: "404 Not Found",
}
_PAGE = """<!doctype html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>LedgerDesk</title>
<style>
:root {{ color-scheme: light dark; }}
body {{ margin: 20vh auto; max-width: 30rem; padding: 0 1.5rem;
  font: 1.05rem/1.5 system-ui, sans-serif; }}
h1 {{ font-size: 1.4rem; font-weight: 600; }}
</style>
</head>
<body>
<h1>{title}</h1>
<p>{text}</p>
</body>
</html>
"""
_HEAD = (
    "Content-Type: text/html; charset=utf-8",
    "Cache-Control: no-store",
    "Referrer-Policy: no-referrer",
    "Content-Security-Policy: default-src 'none'; style-src 'unsafe-inline'; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    "X-Content-Type-Options: nosniff",
    "Connection: close",
)


def answer_of(verdict: Verdict) -> bytes:
    """The whole HTTP answer, in the current language."""
    title, text = (html.escape(translate(one)) for one in _TEXTS[verdict])
    body = _PAGE.format(language=language(), title=title, text=text).encode()
    lines = (f"HTTP/1.1 {_STATUS[verdict]}", *_HEAD, f"Content-Length: {len(body)}", "", "")
    return "\r\n".join(lines).encode() + body
