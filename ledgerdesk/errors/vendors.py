"""What a vendor's own service answers: limits, sign-ins that ended, documents it does not want."""

from __future__ import annotations

from ledgerdesk.errors.base import Disposition, LedgerDeskError, Owner, Scope
from ledgerdesk.errors.destination import (
    CredentialsRejected,
    DestinationError,
    Forbidden,
    RateLimited,
    SignInError,
)
from ledgerdesk.errors.documents import DocumentRefused
from ledgerdesk.i18n import N_


class LimitReached(RateLimited):
    """Our own count says so, before the vendor has to."""

    code = "limit_reached"
    problem = N_("The limit of {host} is used up: {limit}.")
    cause = N_("Every service allows so many requests; LedgerDesk stays below that.")
    remedy = N_("LedgerDesk waits and goes on by itself.")


class SignInExpired(CredentialsRejected):
    code = "sign_in_expired"
    problem = N_("The sign-in at {host} has ended.")
    cause = N_("{reason}")
    remedy = N_("Sign in again in the browser. Documents wait; nothing is lost.")


class RedirectRefused(SignInError):
    code = "redirect_refused"
    problem = N_("{host} sends LedgerDesk on to another address: {location}")
    cause = N_("A password or a document must never follow to an address you did not choose.")
    remedy = N_("Check the address. If it moved, set the account up again with the new one.")
    disposition = Disposition.BLOCK


class InsecureAddress(SignInError):
    code = "insecure_address"
    problem = N_("{host} would be reached without encryption (http).")
    cause = N_("LedgerDesk sends passwords and documents encrypted, or within your own network.")
    remedy = N_("Give an address that begins with https://.")
    disposition = Disposition.BLOCK


class AdministrationRefused(Forbidden):
    """One dossier only: other clients' documents of the same account go on."""

    code = "administration_refused"
    problem = N_("{host} does not give access to the administration {administration}: {answer}")
    cause = N_("The account is signed in but may not use this administration.")
    remedy = N_("Give the account the right there, or choose another administration.")
    scope = Scope.LINK


class UnreadableAnswer(DestinationError):
    """No answer that the vendor is known to give: nothing was learnt from it."""

    code = "unreadable_answer"
    problem = N_("{host} gave an answer LedgerDesk does not understand: {answer}")
    cause = N_("The address is wrong, or something stands in between.")
    remedy = N_("Check the address; LedgerDesk tries again by itself.")
    owner = Owner.IT
    disposition = Disposition.RETRY
    scope = Scope.CONNECTION


class RefusedByPackage(DocumentRefused):
    """The package says why, in its own words."""

    code = "refused_by_package"
    problem = N_("{host} refuses this document: {answer}")
    cause = ""
    remedy = N_("Look at what the package says, correct the document and send it again.")
    owner = Owner.YOU


class NothingKnown(LedgerDeskError):
    """Asked afterwards, the vendor does not know the document (any more)."""

    code = "nothing_known"
    problem = N_("{host} does not know this document.")
    cause = N_("It was removed there, or it never arrived.")
    remedy = N_("Look there, then send it again if it is missing.")
    disposition = Disposition.REJECT
    scope = Scope.DELIVERY
