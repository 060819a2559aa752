"""Arguments that several commands share: ``--set k=v``, ``--secret k=…``, dates, paging."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path

from ledgerdesk.errors import InvalidValue, MissingValue
from ledgerdesk.i18n import N_, translate


def pairs(given: Sequence[str] | None, option: str = "--set") -> dict[str, str]:
    """``["host=x", "port=22"]`` as a mapping. Raises InvalidValue."""
    values = {}
    for one in given or ():
        name, found, value = one.partition("=")
        if not found or not name:
            hint = translate(N_("Write it as FIELD=VALUE."))
            raise InvalidValue(field=name or None, value=one, name=option, hint=hint)
        values[name.strip()] = value
    return values


def secrets(given: Sequence[str] | None) -> dict[str, str]:
    """Secrets never stand in arguments: ``FIELD=env:NAME``, ``FIELD=file:PATH``, ``FIELD=-``.

    One final line end of a file or of standard input is not part of the secret.
    Raises InvalidValue or MissingValue; neither repeats what may have been a secret.
    """
    return {name: _secret(name, where) for name, where in pairs(given, "--secret").items()}


def _secret(name: str, where: str) -> str:
    kind, _, rest = where.partition(":")
    if where == "-":
        return _without_line_end(sys.stdin.read())
    if kind == "env" and rest:
        if rest not in os.environ:
            raise MissingValue(field=name, name=f"${rest}")
        return os.environ[rest]
    if kind == "file" and rest:
        try:
            return _without_line_end(Path(rest).read_text(encoding="utf-8-sig"))
        except (OSError, UnicodeError) as error:
            hint = translate(N_("The file cannot be read."))
            raise InvalidValue(field=name, value=rest, name="--secret", hint=hint) from error
    hint = translate(N_("Write FIELD=env:NAME, FIELD=file:PATH or FIELD=- (standard input)."))
    raise InvalidValue(field=name, value="…", name="--secret", hint=hint)


def _without_line_end(text: str) -> str:
    return text.removesuffix("\n").removesuffix("\r")


def ca_file(path: str | None) -> str:
    """The authorities in the file of ``--ca-file``, as PEM; "" when none was given.

    Raises InvalidValue for what holds no certificate, before it could stand in anybody's way.
    """
    if not path:
        return ""
    import ssl

    try:
        text = Path(path).read_text(encoding="utf-8")
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cadata=text)
    except (ssl.SSLError, ValueError, OSError) as error:
        missing = isinstance(error, OSError) and not isinstance(error, ssl.SSLError)
        unread, no_pem = N_("The file cannot be read."), N_("Give an authority as PEM text.")
        hint = translate(unread if missing else no_pem)
        raise InvalidValue(field="ca_file", value=path, name="--ca-file", hint=hint) from error
    return text


def text_file(path: str, option: str) -> str:
    """What stands in it. Raises InvalidValue."""
    try:
        return Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeError) as error:
        hint = translate(N_("The file cannot be read."))
        raise InvalidValue(field=None, value=path, name=option, hint=hint) from error


def day(text: str, option: str) -> date:
    """An ISO date. Raises InvalidValue."""
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        hint = translate(N_("Write the date as YYYY-MM-DD."))
        raise InvalidValue(field=None, value=text, name=option, hint=hint) from error


def amount(text: str, option: str) -> Decimal:
    """``1234.56``, or with a comma. Raises InvalidValue."""
    try:
        value = Decimal(text.strip().replace(",", "."))
        if value.is_finite():
            return value
    except InvalidOperation:
        pass
    hint = translate(N_("Write an amount, as 1234.56."))
    raise InvalidValue(field=None, value=text, name=option, hint=hint)


def starting_point(text: str) -> str:
    """``all``, ``now`` or an ISO date, for ``--from``. Raises InvalidValue."""
    lower = text.lower()
    return lower if lower in ("all", "now") else day(text, "--from").isoformat()


def add_values(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--set",
        action="append",
        metavar="FIELD=VALUE",
        help=translate(N_("a field of the form; may be repeated")),
    )
    parser.add_argument(
        "--secret",
        action="append",
        metavar="FIELD=…",
        help=translate(N_("a secret: FIELD=env:NAME, FIELD=file:PATH or FIELD=-")),
    )


def add_paging(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--limit", type=_how_many, default=1000, metavar="N")
    parser.add_argument("--offset", type=_how_many, default=0, metavar="N")


def _how_many(text: str) -> int:
    # Nine digits: far more than there are, and still a number the database can count with.
    if not text.isdecimal() or len(text) > 9:
        raise argparse.ArgumentTypeError(translate(N_("give a number from 0 on")))
    return int(text)
