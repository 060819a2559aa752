"""What can be wrong with a vendor's web service that a firm described itself."""

from __future__ import annotations

from ledgerdesk.errors.base import Disposition, LedgerDeskError, Owner, Scope
from ledgerdesk.errors.destination import DestinationError
from ledgerdesk.errors.usage import UsageError
from ledgerdesk.i18n import N_


class ProfileInvalid(UsageError):
    """``key`` is where in the file, as in ``upload.invoice.path``."""

    code = "profile_invalid"
    problem = N_("The profile cannot be used. {key}: {reason}")
    remedy = N_("Correct it as docs/profiles.md describes. Nothing was changed.")


class ProfileNotEncrypted(UsageError):
    code = "profile_not_encrypted"
    problem = N_("The profile reaches {host} without encryption (http).")
    cause = N_("Whoever is on the same network can read passwords and documents on the way.")
    remedy = N_("Ask for an https address, or say that you accept it (--accept-http).")


class ProfileIncomplete(DestinationError):
    """The vendor publishes nothing: the firm has to ask, and nothing is invented meanwhile."""

    code = "profile_incomplete"
    problem = N_("How {package} takes documents over the web is not filled in yet: {missing}.")
    cause = N_("The vendor does not publish it; you get it on request.")
    remedy = N_(
        "Ask the vendor, fill in the profile (profiles export, then import), or choose the "
        "mailbox, SFTP or a folder instead."
    )
    scope = Scope.CONFIGURATION


class ServiceMissing(DestinationError):
    """Not for one document or client only: nothing goes there until it is put right."""

    code = "service_missing"
    problem = N_("{host} does not know the address of the profile ({status}): {answer}")
    cause = N_("The path in the profile is wrong, or the service has moved.")
    remedy = N_("Compare the profile with the vendor's paper, then test it again.")
    scope = Scope.CONFIGURATION


class RouteChanged(LedgerDeskError):
    """The target was made for another way than the one chosen now."""

    code = "route_changed"
    problem = N_("The document was meant to go another way than {package} takes now.")
    remedy = N_("Send it again: it then takes the way that is set up.")
    owner = Owner.YOU
    disposition = Disposition.BLOCK
    scope = Scope.DELIVERY
