"""How servers and packages put it when a mail did not arrive, or did: codes and phrases.

RFC 3463 codes; Exchange Online's page on non-delivery reports; the texts of Postfix, Exim, qmail,
Gmail and Exchange. Compared without case; unknown words mean nothing.
"""

from __future__ import annotations

import re
from enum import StrEnum

from ledgerdesk.i18n import N_


class Fault(StrEnum):
    """Why a mail came back."""

    ADDRESS = "address"
    DOMAIN = "domain"
    FULL = "full"
    CLOSED = "closed"
    TOO_LARGE = "too_large"
    SENDER_UNWELCOME = "sender_unwelcome"
    OUR_DOMAIN = "our_domain"
    REPUTATION = "reputation"
    ROUTE = "route"
    CONTENT = "content"
    GAVE_UP = "gave_up"
    OTHER = "other"

    @property
    def stops_the_account(self) -> bool:
        """The next mail would come back as well, whoever it goes to."""
        return self in (Fault.OUR_DOMAIN, Fault.REPUTATION)


TOLD = {
    Fault.ADDRESS: N_("The address does not exist there."),
    Fault.DOMAIN: N_("The part of the address after the @ does not exist."),
    Fault.FULL: N_("The mailbox there is full."),
    Fault.CLOSED: N_("The mailbox there is closed."),
    Fault.TOO_LARGE: N_("The mail is too large for that mailbox."),
    Fault.SENDER_UNWELCOME: N_("The mailbox does not take mail from your address."),
    Fault.OUR_DOMAIN: N_(
        "Your own domain is not set up as that server wants it (SPF, DKIM, DMARC)."
    ),
    Fault.REPUTATION: N_("Mails from your server are blocked there."),
    Fault.ROUTE: N_("The server there does not take mail for this address."),
    Fault.CONTENT: N_("The mail's content or its attachment is not taken there."),
    Fault.GAVE_UP: N_("Your mail server tried for days and gave up."),
    Fault.OTHER: N_("The other side gave no reason LedgerDesk knows."),
}

# The first that fits counts: what is precise stands before what is general.
_STATUSES: tuple[tuple[str, Fault], ...] = (
    (r"5\.7\.(23|26|27|515)", Fault.OUR_DOMAIN),
    (r"5\.7\.(5\d\d|7\d\d|232|233)", Fault.REPUTATION),
    (r"5\.7\.(1|133|134|136|12|13)", Fault.SENDER_UNWELCOME),
    (r"5\.1\.(0|1|10|6)", Fault.ADDRESS),
    (r"5\.1\.2|5\.4\.4", Fault.DOMAIN),
    (r"[45]\.2\.2", Fault.FULL),
    (r"5\.2\.1", Fault.CLOSED),
    (r"5\.3\.4|5\.2\.3", Fault.TOO_LARGE),
    (r"5\.4\.1", Fault.ROUTE),
    (r"5\.6\.\d+", Fault.CONTENT),
    (r"4\.4\.[17]", Fault.GAVE_UP),
)
_PHRASES: tuple[tuple[str, Fault], ...] = (
    (r"\bspf\b|\bdkim\b|\bdmarc\b|unauthenticated email", Fault.OUR_DOMAIN),
    (r"spamhaus|blacklist|block ?list|listed at|reputation|detected as spam", Fault.REPUTATION),
    (
        r"user unknown|unknown user|no such user|recipientnotfound|address not found|"
        r"unknown or illegal user|user (doesn't|does not) exist|adresse inconnue|"
        r"onbekende gebruiker|mailbox unavailable|recipient (address )?rejected: user",
        Fault.ADDRESS,
    ),
    (r"host unknown|domain does not exist|nxdomain|host or domain name not found", Fault.DOMAIN),
    (
        r"mailbox (is )?full|over ?quota|quota exceeded|bo[iî]te pleine|postvak (is )?vol",
        Fault.FULL,
    ),
    (r"(account|mailbox) (is )?(disabled|inactive|suspended)", Fault.CLOSED),
    (r"message (is )?too (large|big)|size limit|exceeds .{0,20}size", Fault.TOO_LARGE),
    (
        r"not authori[sz]ed|sender not authenticated|only accepts .{0,40}internal|"
        r"not allowed to send|expéditeur .{0,20}(inconnu|refusé)|onbekende afzender",
        Fault.SENDER_UNWELCOME,
    ),
    (r"relay(ing)? (access )?denied|access denied", Fault.ROUTE),
    (r"virus|attachment type|file type .{0,30}not (allowed|accepted)", Fault.CONTENT),
    (r"retry time ?out exceeded|message expired|delivery time expired", Fault.GAVE_UP),
)
_FAILURE = re.compile(
    r"undeliver|could(n't| not) be delivered|delivery (has )?failed|failure notice|"
    r"returned (mail|to sender)|permanent(ly)? (error|fail)|not delivered|address not found|"
    r"returning message to sender|non remis|n'a pas pu être (remis|distribué)|"
    r"niet te bestellen|kan niet worden bezorgd|kon niet (worden )?(bezorgd|afgeleverd)|"
    r"unzustellbar",
    re.IGNORECASE,
)
_DELAY = re.compile(
    r"delayed|will be retried|still being retried|not yet been delivered|"
    r"delivery attempts will continue|this is a warning only|\(delay\)|vertraagd|retardé",
    re.IGNORECASE,
)
_CHALLENGE = re.compile(
    r"quarantin|confirm (that )?you are (a )?human|release this message|en quarantaine",
    re.IGNORECASE,
)
_ACCEPTED = re.compile(
    r"(has|have|was|were) (been )?(successfully |well )?(received|processed|imported|accepted)|"
    r"successfully (received|processed|imported)|we (have )?received|"
    r"(a|ont|avons) (bien )?(été )?(reçu|traité|importé)|bien reçu|traité avec succès|"
    r"(werd|werden|is|zijn|hebben) .{0,40}(goed )?(ontvangen|verwerkt)|goed ontvangen|"
    r"succesvol (ontvangen|verwerkt)|erfolgreich (empfangen|verarbeitet)",
    re.IGNORECASE,
)
_REFUSED = re.compile(
    r"(could|can) ?(not|n't) (be )?(processed|imported|accepted|read)|not (been )?(processed|"
    r"imported|accepted)|(was|were|been|is) (rejected|refused|ignored)|unknown sender|"
    r"no (valid )?attachment|unsupported|n'a pas (pu être|été) (traité|importé|accepté|lu)|"
    r"(a été|est) (rejeté|refusé|ignoré)|expéditeur inconnu|aucune pièce jointe|"
    r"(kon|kan) niet (worden )?(verwerkt|ingelezen|gelezen)|niet (verwerkt|aanvaard)|"
    r"(werd|is) (geweigerd|genegeerd)|onbekende afzender|geen bijlage|konnte nicht",
    re.IGNORECASE,
)


def fault_of(status: str, text: str) -> Fault:
    """Why it came back: by its code, else by the other side's words."""
    for pattern, fault in _STATUSES:
        if re.fullmatch(pattern, status):
            return fault
    for pattern, fault in _PHRASES:
        if re.search(pattern, text, re.IGNORECASE):
            return fault
    return Fault.OTHER


def tells_failure(text: str) -> bool:
    return _FAILURE.search(text) is not None


def tells_delay(text: str) -> bool:
    return _DELAY.search(text) is not None


def tells_challenge(text: str) -> bool:
    """A filter keeps it until a person does something."""
    return _CHALLENGE.search(text) is not None


def verdict_in(text: str) -> bool | None:
    """What a package says: True it took the document, False it did not, None neither."""
    if _REFUSED.search(text):
        return False
    return True if _ACCEPTED.search(text) else None
