"""The header of a mail, or of one of its parts: only the fields that are asked for, within bounds.

RFC 5322, 2045, 2047, 2231. The standard library's structured parser is not used: 200 kB of encoded
words in a subject cost it 1.4 GB of memory.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.header import decode_header
from email.message import Message
from email.utils import collapse_rfc2231_value, parseaddr, parsedate_to_datetime

from ledgerdesk.documents.findings import Refused, fatal
from ledgerdesk.i18n import N_
from ledgerdesk.model import HeldReason

MOST_BYTES = 256 * 1024
MOST_FIELDS = 500
LONGEST = 16 * 1024
_LONGEST_SHOWN = 200

_WANTED = frozenset(
    {
        *("from", "to", "subject", "date", "message-id", "in-reply-to", "references"),
        *("content-type", "content-transfer-encoding", "content-disposition", "content-id"),
        *("auto-submitted", "x-auto-response-suppress", "precedence", "x-autoreply"),
        *("x-autorespond", "x-ms-exchange-message-is-ndr", "x-failed-recipients"),
        *("x-ledgerdesk-delivery", "authentication-results", "return-path", "received"),
    }
)
_NAME = re.compile(rb"([!-9;-~]+)[ \t]*:")
_BLANK = re.compile(rb"\r?\n\r?\n")


@dataclass(frozen=True, slots=True)
class Head:
    """``values`` by lower-case name, in order; ``body`` is where the content begins in the mail."""

    values: dict[str, list[str]] = field(default_factory=dict)
    body: int = 0

    def get(self, name: str) -> str:
        """The first field of this name, unfolded, as it stands there; empty without one."""
        return next(iter(self.values.get(name, ())), "")

    def text(self, name: str) -> str:
        """The first field of this name for people: decoded, on one line, not too long."""
        return one_line(_decoded(self.get(name)))

    @property
    def sender(self) -> str:
        """The address in From, lower case; empty where there is not exactly one."""
        raw = self.get("from")
        address = parseaddr(raw)[1].strip().lower()
        plain = re.fullmatch(r"[^\s@<>,;\"]+@[^\s@<>,;\"]+", address)
        return address if plain and len(self.values.get("from", ())) == 1 else ""

    @property
    def sent_at(self) -> datetime | None:
        try:
            sent = parsedate_to_datetime(self.get("date"))
        except (ValueError, TypeError, OverflowError, IndexError):
            return None
        return sent if sent.tzinfo else sent.replace(tzinfo=UTC)

    @property
    def content_type(self) -> str:
        return self._message("content-type").get_content_type().lower()

    @property
    def parameters(self) -> dict[str, str]:
        """Those of Content-Type, by lower-case name."""
        found = self._message("content-type").get_params(failobj=[]) or []
        return {str(name).lower(): _parameter(value) for name, value in found[1:20]}

    @property
    def boundary(self) -> bytes:
        """Of a multipart; empty where it is missing or longer than any real one."""
        given = self.parameters.get("boundary", "").rstrip()
        encoded = given.encode("ascii", "surrogateescape") if _is_octets(given) else b""
        return encoded if len(encoded) <= _LONGEST_SHOWN else b""

    @property
    def encoding(self) -> str:
        return self.get("content-transfer-encoding").strip().lower()

    @property
    def is_attachment(self) -> bool:
        return self.get("content-disposition").strip().lower().startswith("attachment")

    @property
    def file_name(self) -> str:
        """What the sender calls the part: data, never a path. Empty where it has no name."""
        message = self._message("content-type", "content-disposition")
        try:
            given = message.get_filename("")
        except (ValueError, LookupError, TypeError, IndexError):
            given = ""
        name = one_line(_decoded(given)).replace("\\", "/").rpartition("/")[2].strip(" .")
        return name[-_LONGEST_SHOWN:]

    def _message(self, *names: str) -> Message:
        """The standard library's careful reading of parameters, for these few fields alone."""
        message = Message()
        for name in names:
            if self.get(name):
                message[name] = self.get(name)
        return message


def read_head(raw: bytes, start: int, end: int) -> Head:
    """The header that begins at ``start``. Raises Refused when it is larger than any real one."""
    for nothing in (b"\r\n", b"\n"):
        if raw.startswith(nothing, start, end):
            return Head({}, start + len(nothing))
    limit = min(end, start + MOST_BYTES)
    blank = _BLANK.search(raw, start, limit)
    if blank is None and end > limit:
        raise refused(N_("The header of this mail has more than {limit} bytes."), MOST_BYTES)
    stop = blank.start() if blank else end
    body = blank.end() if blank else end
    values: dict[str, list[str]] = {}
    for number, (name, value) in enumerate(_fields(raw[start:stop])):
        if number >= MOST_FIELDS:
            raise refused(N_("The header of this mail has more than {limit} lines."), MOST_FIELDS)
        if name in _WANTED and len(value) <= LONGEST:
            values.setdefault(name, []).append(_unfolded(value))
    return Head(values, body)


def one_line(text: str) -> str:
    """Without control characters and line breaks: nothing in a mail becomes a line of its own."""
    spaced = re.sub(r"[\x00-\x20\x7f-\x9f\u2028\u2029\s]+", " ", text)
    shown = "".join(c for c in spaced if c.isprintable())
    return shown.encode("utf-8", "replace").decode().strip()[:_LONGEST_SHOWN]


def refused(told: str, limit: int) -> Refused:
    return Refused(HeldReason.UNSAFE, fatal("LD-MAIL-LIMIT", told, limit=limit))


def _fields(header: bytes) -> list[tuple[str, bytes]]:
    found: list[tuple[str, list[bytes]]] = []
    for line in header.split(b"\n"):
        if line[:1] in (b" ", b"\t") and found:
            found[-1][1].append(line)
            continue
        name = _NAME.match(line)
        if name is not None:
            found.append((name[1].decode("ascii").lower(), [line[name.end() :]]))
            if len(found) > MOST_FIELDS:
                break
    return [(name, b"\n".join(lines)) for name, lines in found]


def _unfolded(value: bytes) -> str:
    text = value.decode("utf-8", "surrogateescape")
    return re.sub(r"[\r\n\x00]+", "", text).strip()


def _decoded(value: str) -> str:
    """Encoded words (RFC 2047), also inside quotes, where they do not belong and often stand."""
    if "=?" not in value:
        return value.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    try:
        pieces = decode_header(value)
    except Exception:  # the decoder fails in many ways on broken words
        return value
    return "".join(_word(piece, charset) for piece, charset in pieces)


def _word(piece: bytes | str, charset: str | None) -> str:
    if isinstance(piece, str):
        return piece
    return decoded_text(piece, charset or "ascii")


def decoded_text(content: bytes, charset: str) -> str:
    """For display and comparison only. A charset nobody knows is read as Latin-1."""
    try:
        return content.decode(charset.strip().strip('"') or "utf-8", "replace")
    except (LookupError, ValueError, UnicodeError):
        return content.decode("latin-1", "replace")


def _parameter(value: object) -> str:
    try:
        return str(collapse_rfc2231_value(value)) if isinstance(value, tuple) else str(value)
    except (LookupError, ValueError):
        return ""


def _is_octets(text: str) -> bool:
    try:
        text.encode("ascii", "surrogateescape")
    except UnicodeError:
        return False
    return bool(text)
