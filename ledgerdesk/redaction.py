"""Takes secrets out of texts: those that are known, and what looks like one."""

from __future__ import annotations

import base64
import json
import re
import threading
from urllib.parse import quote, quote_plus

MASK = "•••"

_SHORTEST = 4
_REMEMBERED = 1_000
_NAMES = (
    r"pass(?:word|wd|phrase)?|pwd|secret|client_?secret|(?:access|refresh|id)?_?token|api_?key|"
    r"(?:webservice)?access_?key|private_?key|code_verifier|assertion|cookie|set-cookie"
)
_PATTERNS = (
    re.compile(
        r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL
    ),
    # Authorization: Bearer …, "Authorization": "Basic …"
    re.compile(
        r"""(authorization["']?\s*[:=]\s*["']?)(?:(?:basic|bearer|digest|plain)\s+)?[^\s"',;]+""",
        re.I,
    ),
    # password=…, "refresh_token": "…", WebserviceAccessKey: …
    re.compile(
        rf"""((?<![A-Za-z])(?:{_NAMES})["']?\s*[:=]\s*)("[^"]*"|'[^']*'|[^\s"'&,;<>)}}\]]+)""", re.I
    ),
    # <accessKey>…</accessKey>
    re.compile(rf"(<(?:\w+:)?(?:{_NAMES})>)[^<]+", re.I),
    # ?code=… of a sign-in's answer
    re.compile(r"""((?<![A-Za-z_])code=)[^\s"'&,;<>)\]}]+"""),
    # user:password@host
    re.compile(r"(\b[a-z][a-z0-9+.-]{0,20}://[^\s/:@]*:)[^\s/@]+(?=@)", re.I),
    # AUTH PLAIN …
    re.compile(r"(\bAUTH (?:PLAIN|LOGIN) )\S+", re.I),
    # A signed token (JWT) wherever it stands.
    re.compile(r"\beyJ[\w-]{8,}\.[\w-]+\.[\w-]*"),
)


class Redactor:
    """Safe from several threads. Remembers the newest secrets; tokens come and go."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._spellings: dict[str, tuple[str, ...]] = {}
        self._longest_first: tuple[str, ...] = ()

    def add(self, secret: str) -> None:
        """Secrets of one to three characters are left to the patterns: they are everywhere."""
        with self._lock:
            before = len(self._spellings)
            for part in _parts(secret):
                if part not in self._spellings:
                    self._spellings[part] = spellings(part)
            if len(self._spellings) == before:
                return
            while len(self._spellings) > _REMEMBERED:
                del self._spellings[next(iter(self._spellings))]
            every = {one for many in self._spellings.values() for one in many}
            self._longest_first = tuple(sorted(every, key=len, reverse=True))

    def clean(self, text: str) -> str:
        for spelling in self._longest_first:
            # Faster than one pattern of them all, which a key of many lines makes very long.
            if spelling in text:
                text = text.replace(spelling, MASK)
        for pattern in _PATTERNS:
            text = pattern.sub(_masked, text)
        return text


def spellings(secret: str) -> tuple[str, ...]:
    """How ``secret`` may look in an address, a header, a JSON text, a Python repr."""
    raw = secret.encode("utf-8", "surrogatepass")
    found = [
        secret,
        quote(raw, safe=""),
        quote_plus(raw, safe=""),
        json.dumps(secret)[1:-1],
        json.dumps(secret, ensure_ascii=False)[1:-1],
        repr(secret)[1:-1],
        raw.hex(),
    ]
    # A JSON text shown in a traceback or a dictionary is escaped twice.
    found += [repr(one)[1:-1] for one in found]
    for before in range(3):
        # Inside a longer text (user:secret) base64 depends on where the secret begins.
        whole = base64.b64encode(b"\0" * before + raw).decode().rstrip("=")
        cut = (before * 8 + 5) // 6
        end = len(whole) - (1 if (before + len(raw)) % 3 else 0)
        found += [whole[cut:end], whole[cut:end].replace("+", "-").replace("/", "_")]
    return tuple({one for one in found if len(one) >= _SHORTEST})


def _parts(secret: str) -> list[str]:
    """A key of several lines is logged line by line."""
    whole = secret.strip()
    lines = [line.strip() for line in whole.splitlines()]
    if len(lines) > 1:
        lines = [line for line in lines if len(line) >= 12 and not line.startswith("-----")]
        return [whole, *lines]
    return [whole] if len(whole) >= _SHORTEST else []


def _masked(found: re.Match[str]) -> str:
    return (found.group(1) if found.re.groups else "") + MASK
