"""The firm's mail account: what is asked, and what each provider lets us fill in ourselves.

Servers and ports are the providers' own. Google still takes app passwords; Microsoft 365 has the
password sign-in off in most tenants, so there only the sign-in in the browser makes sense.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping

from ledgerdesk.errors import InvalidValue, LedgerDeskError, UsageError
from ledgerdesk.i18n import N_, translate
from ledgerdesk.setup.fields import Choice, Field, FieldKind, clean_all

SMTP, GOOGLE, MICROSOFT_365 = "smtp", "google", "microsoft365"
STARTTLS, TLS, NONE = "starttls", "tls", "none"

MAIL_ACCOUNT_FIELDS = (
    Field(
        "provider",
        N_("Provider"),
        FieldKind.CHOICE,
        default=SMTP,
        choices=(
            Choice(SMTP, N_("Another provider (SMTP)")),
            Choice(MICROSOFT_365, N_("Microsoft 365")),
            Choice(GOOGLE, N_("Google Workspace or Gmail")),
        ),
        help=N_("Whose mail servers your office uses. If in doubt: another provider."),
    ),
    Field(
        "host",
        N_("Outgoing mail server"),
        FieldKind.HOST,
        help=N_("The SMTP server in your provider's instructions, as in smtp.provider.example."),
    ),
    Field(
        "security",
        N_("Encryption"),
        FieldKind.CHOICE,
        default=STARTTLS,
        choices=(
            Choice(STARTTLS, N_("STARTTLS (usual on port 587)")),
            Choice(TLS, N_("TLS from the start (usual on port 465)")),
            Choice(NONE, N_("None (only to a server on this computer)")),
        ),
        help=N_("As in your provider's instructions. “SSL” there means TLS from the start."),
    ),
    Field(
        "port",
        N_("Port"),
        FieldKind.PORT,
        help=N_("The port in your provider's instructions: 587 with STARTTLS, 465 with TLS."),
    ),
    Field(
        "username",
        N_("User name"),
        help=N_("The name your mail program signs in with; most often the whole address."),
    ),
    Field(
        "password",
        N_("Password"),
        FieldKind.PASSWORD,
        secret=True,
        help=N_(
            "The password of this mail account. At Google: an app password, made under "
            "Google Account → Security → 2-Step Verification."
        ),
    ),
    Field(
        "from_address",
        N_("Sender"),
        FieldKind.EMAIL,
        help=N_(
            "The address the documents come from. Packages often accept mail from known senders "
            "only: make this one known there. If it is not given, the user name is used."
        ),
    ),
)

_SERVERS = {GOOGLE: {"host": "smtp.gmail.com", "security": STARTTLS, "port": "587"}}
_PORTS = {STARTTLS: "587", TLS: "465", NONE: "25"}


def clean_mail_account(
    given: Mapping[str, str],
) -> tuple[dict[str, str], list[LedgerDeskError]]:
    """The values to keep, the password among them, and one error per field at fault.

    What the provider decides is filled in: server, port and, for an address as user name, the
    sender. Encryption ``none`` is refused for any host but this computer's.
    """
    values, errors = clean_all(MAIL_ACCOUNT_FIELDS, {**_implied(given), **_filled(given)})
    if values.get("provider") == MICROSOFT_365:
        return values, [_not_yet()]
    host = values.get("host", "")
    if host and values.get("security") == NONE and not is_this_computer(host):
        errors.append(_unencrypted(host))
    return values, errors


def is_this_computer(host: str) -> bool:
    """Whether ``host`` is a loopback name or address; nothing is looked up."""
    if host.lower().rstrip(".") == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _filled(given: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in given.items() if value.strip()}


def _implied(given: Mapping[str, str]) -> dict[str, str]:
    filled = _filled(given)
    implied = dict(_SERVERS.get(filled.get("provider", SMTP).strip().lower(), {}))
    security = filled.get("security", STARTTLS).strip().lower()
    if "security" in filled or "port" not in implied:
        implied["port"] = _PORTS.get(security, _PORTS[STARTTLS])
    username = filled.get("username", "").strip()
    if re.fullmatch(r"[^\s@]+@[^\s@]+", username):
        implied["from_address"] = username
    return implied


def _not_yet() -> UsageError:
    reason = N_(
        "The sign-in in the browser at Microsoft 365 does not exist yet. If your administrator "
        "allows SMTP with a password, choose “another provider” and smtp.office365.com, port 587."
    )
    return UsageError(field="provider", reason=translate(reason))


def _unencrypted(host: str) -> InvalidValue:
    security = next(one for one in MAIL_ACCOUNT_FIELDS if one.name == "security")
    hint = N_("Without encryption only this computer itself can be reached, not {host}.")
    return InvalidValue(
        field=security.name,
        value=NONE,
        name=translate(security.label),
        hint=translate(hint).format(host=host),
    )
