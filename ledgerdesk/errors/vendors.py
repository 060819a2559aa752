"""What a vendor's own service answers: limits, sign-ins that ended, documents it does not want."""

from __future__ import annotations

from ledgerdesk.errors.base import Disposition, LedgerDeskError, Owner, Scope
from ledgerdesk.errors.destination import (
    ConnectionTrouble,
    CredentialsRejected,
    DestinationError,
    Forbidden,
    RateLimited,
    SignInError,
)
from ledgerdesk.errors.documents import DocumentRefused
from ledgerdesk.errors.usage import SetupError
from ledgerdesk.i18n import N_


class LimitReached(RateLimited):
    """Our own count says so, before the vendor has to."""

    code = "limit_reached"
    problem = N_("The limit of {host} is used up: {limit}.")
    cause = N_("Every service allows so many requests; LedgerDesk stays below that.")
    remedy = N_("LedgerDesk waits and goes on by itself.")


class AdministrationLimitReached(LimitReached):
    """One administration's own limit: other clients' documents of the same account go on."""

    code = "administration_limit_reached"
    problem = N_("The limit of {host} for {administration} is used up: {limit}.")
    scope = Scope.LINK


class SignInEndsSoon(CredentialsRejected):
    """Announced ahead; nothing is stopped yet."""

    code = "sign_in_ends_soon"
    problem = N_("The sign-in at {host} ends on {date}.")
    cause = N_("Days left: {days}.")
    remedy = N_("Sign in again before that day. Until then documents go on arriving.")


class SignInExpired(CredentialsRejected):
    code = "sign_in_expired"
    problem = N_("The sign-in at {host} has ended.")
    cause = N_("{reason}")
    remedy = N_("Sign in again in the browser. Documents wait; nothing is lost.")


class RenewedTooEarly(RateLimited):
    """The vendor renews a token only near its end: the one at hand is still good."""

    code = "renewed_too_early"


class SignInOver(SetupError):
    """The browser's answer cannot be redeemed (any more)."""

    code = "sign_in_over"
    problem = N_("{host} does not accept the answer of this sign-in.")
    cause = N_("{reason}")
    remedy = N_("Start the sign-in again and finish it within a few minutes.")


class SignInNeeded(SetupError):
    code = "sign_in_needed"
    problem = N_("{package} wants you to sign in in the browser first.")
    remedy = N_("Open the sign-in page, sign in there and allow access.")


class SignInTimedOut(SetupError):
    code = "sign_in_timed_out"
    problem = N_("The sign-in was not finished in time.")
    remedy = N_("Start it again, and finish it in the browser within a few minutes.")


class SignInBusy(ConnectionTrouble):
    """Another process is at this sign-in: its renewal takes long."""

    code = "sign_in_busy"
    problem = N_("Another LedgerDesk is renewing this sign-in.")
    cause = ""
    remedy = N_("LedgerDesk tries again by itself.")


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


class AdministrationMissing(DestinationError):
    code = "administration_missing"
    problem = N_("No administration is chosen for this client.")
    cause = N_("The account at {host} has several; a document must land in the right one.")
    remedy = N_("Choose it on the client, or on the accounting package for every client.")
    scope = Scope.LINK


class NoSuchService(DestinationError):
    code = "no_such_service"
    problem = N_("{host} has no such service.")
    cause = N_("The country is not the one of the account, or the service has moved.")
    remedy = N_("Check the country of the account; ask the package if it is right.")
    scope = Scope.CONNECTION


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


class NotPickedUp(LedgerDeskError):
    """Told of a package, never of a delivery: the files are there."""

    code = "not_picked_up"
    problem = N_("Files in {path} have not been taken for {days} days; {count} lie there.")
    cause = N_("The package does not import them: it is closed, or looks in another folder.")
    remedy = N_("Start the import in the package, or correct the folder.")
    scope = Scope.CONFIGURATION


class NothingKnown(LedgerDeskError):
    """Asked afterwards, the vendor does not know the document (any more)."""

    code = "nothing_known"
    problem = N_("{host} does not know this document.")
    cause = N_("It was removed there, or it never arrived.")
    remedy = N_("Look there, then send it again if it is missing.")
    disposition = Disposition.REJECT
    scope = Scope.DELIVERY


class PermissionMissing(SignInExpired):
    """The sign-in is sound, but was given without a permission that sending needs."""

    code = "permission_missing"
    problem = N_("The sign-in at {host} lacks the permission {permission}.")
    cause = N_("It is not ticked in the registration at the vendor, or was taken away there.")
    remedy = N_("Tick it in the registration at the vendor, then sign in again.")


class RegistrationRefused(SignInError):
    code = "registration_refused"
    problem = N_("{host} does not accept this registration: {answer}")
    cause = N_("The key of the registration is misspelt, or the registration was removed there.")
    remedy = N_("Compare the key with the one at the vendor and set the account up again.")
    disposition = Disposition.BLOCK


class RequestRefused(DestinationError):
    """The vendor finds fault with how it was asked, which no person can change."""

    code = "request_refused"
    problem = N_("{host} does not accept how LedgerDesk asks: {answer}")
    cause = N_("The vendor changed its service, or LedgerDesk has a fault.")
    remedy = N_("Install the newest LedgerDesk and retry; if it stays, report this sentence.")
    owner = Owner.IT
    scope = Scope.DELIVERY


class NameRefused(DestinationError):
    code = "name_refused"
    problem = N_("{host} does not take the name {path}.")
    cause = N_("It allows no such folder or file name.")
    remedy = N_("Choose another folder, or other values for what is used in it.")
    scope = Scope.LINK


class DamagedOnTheWay(DestinationError):
    """Several attempts arrived altered: that is no accident any more."""

    code = "damaged_on_the_way"
    problem = N_("{path} arrives damaged at {host}, time after time. Nothing was kept there.")
    cause = N_("Something between this computer and the destination alters what is sent.")
    remedy = N_("Ask IT to look at the proxy, the firewall and the virus scanner, then retry.")
    owner = Owner.IT
    scope = Scope.DELIVERY


class PostboxUnclear(DestinationError):
    code = "postbox_unclear"
    problem = N_("It is not clear which digital postbox at {host} belongs to {administration}.")
    cause = N_("Found: {found}.")
    remedy = N_("Give the address of the right postbox on the client, or send as a document.")
    scope = Scope.LINK


class AdministrationClosed(AdministrationRefused):
    """The vendor gives one and the same answer for all of these."""

    code = "administration_closed"
    cause = N_(
        "It was not chosen while signing in, the user lacks the right there, or the licence lacks "
        "this part (documents, digital postbox)."
    )
    remedy = N_("Look there which one it is; sign in again if administrations were added since.")
