"""The firm's mail account: what is asked, and what each provider lets us fill in ourselves.

Servers and ports are the providers' own. At Microsoft 365 one signs in in the browser, and at
Google too, unless an app password is given.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping

from ledgerdesk.errors import InvalidValue, LedgerDeskError
from ledgerdesk.i18n import N_, translate
from ledgerdesk.setup.fields import Choice, Field, FieldKind, clean_all

SMTP, GOOGLE, MICROSOFT_365 = "smtp", "google", "microsoft365"
STARTTLS, TLS, NONE = "starttls", "tls", "none"
BROWSER = "browser"
"""The kept value ``sign_in`` of an account without a password."""
NOT_READ, READ = "not-read", "read"

REGISTRATION_FIELDS = (
    Field(
        "client_id",
        N_("Application (client) id"),
        required=False,
        advanced=True,
        visible_when={"provider": (MICROSOFT_365, GOOGLE)},
        help=N_("Of your own registration at Microsoft or Google, where your firm made one."),
    ),
    Field(
        "client_secret",
        N_("Client secret"),
        FieldKind.PASSWORD,
        required=False,
        secret=True,
        advanced=True,
        visible_when={"provider": (GOOGLE,)},
        help=N_("Google shows it beside the client id of a desktop app."),
    ),
    Field(
        "tenant",
        N_("Tenant"),
        required=False,
        advanced=True,
        pattern=r"[A-Za-z0-9.-]+",
        visible_when={"provider": (MICROSOFT_365,)},
        help=N_("Your organisation's domain or id at Microsoft; only if your IT asks for it."),
    ),
)
READING_FIELDS = (
    Field(
        "answers",
        N_("What comes back"),
        FieldKind.CHOICE,
        default=NOT_READ,
        advanced=True,
        choices=(
            Choice(NOT_READ, N_("Not read: refusals cannot be seen")),
            Choice(READ, N_("Read the inbox, to see which mails came back")),
        ),
        help=N_(
            "A mail that a package refuses comes back to this account. LedgerDesk only looks for "
            "answers to its own mails, and changes nothing there."
        ),
    ),
    Field(
        "imap_host",
        N_("Incoming mail server"),
        FieldKind.HOST,
        advanced=True,
        visible_when={"answers": (READ,)},
        help=N_("The IMAP server in your provider's instructions, as in imap.provider.example."),
    ),
    Field(
        "imap_security",
        N_("Encryption of incoming mail"),
        FieldKind.CHOICE,
        default=TLS,
        advanced=True,
        visible_when={"answers": (READ,)},
        choices=(
            Choice(TLS, N_("TLS from the start (usual on port 993)")),
            Choice(STARTTLS, N_("STARTTLS (usual on port 143)")),
            Choice(NONE, N_("None (only to a server on this computer)")),
        ),
        help=N_("As in your provider's instructions. “SSL” there means TLS from the start."),
    ),
    Field(
        "imap_port",
        N_("Port of incoming mail"),
        FieldKind.PORT,
        advanced=True,
        visible_when={"answers": (READ,)},
        help=N_("The port in your provider's instructions: 993 with TLS, 143 with STARTTLS."),
    ),
)

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
        visible_when={"provider": (SMTP, GOOGLE)},
        help=N_(
            "The password of this mail account. At Google leave it empty to sign in in the "
            "browser, or give an app password, made under Google Account → Security → 2-Step "
            "Verification."
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
    *REGISTRATION_FIELDS,
    *READING_FIELDS,
)

_SERVERS = {
    GOOGLE: {"host": "smtp.gmail.com", "security": STARTTLS, "port": "587"},
    MICROSOFT_365: {"host": "smtp.office365.com", "security": STARTTLS, "port": "587"},
}
_READING_HOSTS = {GOOGLE: "imap.gmail.com", MICROSOFT_365: "outlook.office365.com"}
_READING_PORTS = {TLS: "993", STARTTLS: "143", NONE: "143"}
_PORTS = {STARTTLS: "587", TLS: "465", NONE: "25"}


def clean_mail_account(
    given: Mapping[str, str],
) -> tuple[dict[str, str], list[LedgerDeskError]]:
    """The values to keep, the password among them, and one error per field at fault.

    What the provider decides is filled in: server, port and, for an address as user name, the
    sender. Encryption ``none`` is refused for any host but this computer's.
    """
    values, errors = clean_all(MAIL_ACCOUNT_FIELDS, {**_implied(given), **_filled(given)})
    if values.get("provider") == GOOGLE:
        errors = [one for one in errors if one.field != "password"]
    for host_field, security in (("host", "security"), ("imap_host", "imap_security")):
        host = values.get(host_field, "")
        if host and values.get(security) == NONE and not is_this_computer(host):
            errors.append(_unencrypted(host, security))
    if values.get("answers") == NOT_READ:
        del values["answers"]
    if values.get("provider") in (GOOGLE, MICROSOFT_365) and not values.get("password"):
        values["sign_in"] = BROWSER
    return values, errors


def signs_in_in_browser(values: Mapping[str, str]) -> bool:
    """Whether the account has tokens in place of a password."""
    return values.get("sign_in") == BROWSER


def reads_answers(values: Mapping[str, str]) -> bool:
    """Whether what comes back to the account can be seen."""
    return values.get("answers") == READ


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
    return {**implied, **_implied_for_reading(filled)}


def _implied_for_reading(filled: Mapping[str, str]) -> dict[str, str]:
    provider = filled.get("provider", SMTP).strip().lower()
    security = filled.get("imap_security", TLS).strip().lower()
    implied = {"imap_port": _READING_PORTS.get(security, _READING_PORTS[TLS])}
    if provider in _READING_HOSTS:
        implied["imap_host"] = _READING_HOSTS[provider]
    if filled.get("imap_host"):
        implied["answers"] = READ
    return implied


def _unencrypted(host: str, name: str) -> InvalidValue:
    security = next(one for one in MAIL_ACCOUNT_FIELDS if one.name == name)
    hint = N_("Without encryption only this computer itself can be reached, not {host}.")
    return InvalidValue(
        field=security.name,
        value=NONE,
        name=translate(security.label),
        hint=translate(hint).format(host=host),
    )
