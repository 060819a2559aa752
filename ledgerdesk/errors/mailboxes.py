"""Mailboxes: what their servers answer when they are read, and what comes back after sending."""

from __future__ import annotations

from ledgerdesk.errors.base import Disposition, LedgerDeskError, Owner, Scope
from ledgerdesk.errors.destination import CredentialsRejected, SignInError
from ledgerdesk.errors.documents import DocumentError
from ledgerdesk.errors.sources import SourceError
from ledgerdesk.i18n import N_


class PasswordsNotTaken(CredentialsRejected):
    """535 5.7.139 and 550 5.7.30: Microsoft's words for it. ``reason`` is which of them."""

    problem = N_("{host} no longer takes the password of {username}.")
    cause = N_("{reason}")
    remedy = N_(
        "Choose the provider Microsoft 365 and sign in in the browser. Your administrator may have "
        "to allow “Authenticated SMTP” for this mailbox first."
    )


class SubmissionSwitchedOff(CredentialsRejected):
    """535 5.7.139 “SmtpClientAuthentication is disabled”: it stops a sign-in in the browser too."""

    problem = N_("Microsoft 365 does not let {username} send through {host}.")
    cause = N_("“Authenticated SMTP” is switched off there: {reason}.")
    remedy = N_(
        "Your administrator switches it on for this mailbox, under “Email apps”: "
        "“ledgerdesk mail-account it-mail” writes the mail that says so."
    )
    owner = Owner.IT


class MailboxClosed(SignInError):
    """Signed in, and still nothing can be read: no right on that mailbox, or IMAP is off."""

    code = "mailbox_closed"
    problem = N_("{username} is signed in at {host}, but the mailbox cannot be opened.")
    cause = N_("The account has no right to it, or reading with IMAP is switched off there.")
    remedy = N_("Ask your administrator for “Full Access” to it and to allow IMAP.")
    disposition = Disposition.BLOCK
    owner = Owner.IT


class AdminConsentNeeded(SignInError):
    code = "admin_consent_needed"
    problem = N_("Your Microsoft administrator must approve LedgerDesk once.")
    cause = N_("{reason}")
    remedy = N_(
        "Send your IT partner the mail that “ledgerdesk mail-account it-mail” writes: one click "
        "there is enough. Then sign in again."
    )
    disposition = Disposition.BLOCK
    owner = Owner.IT


class FolderMissing(SourceError):
    code = "mail_folder_missing"
    problem = N_("There is no folder “{folder}” in this mailbox.")
    cause = N_("It was renamed or removed, or belongs to another mailbox.")
    remedy = N_("Correct the folder: {known}.")
    owner = Owner.YOU


class MailBounced(DocumentError):
    """A notice that could not be delivered came back: the other side's own sentence."""

    code = "mail_bounced"
    problem = N_("The mail to {address} came back: {answer}")
    cause = N_("{reason}")
    remedy = N_("Correct the address of the mailbox, or ask the package, then resend.")
    disposition = Disposition.REJECT
    owner = Owner.YOU


class MailsBlocked(SignInError):
    """Not this mail: whatever leaves this account comes back."""

    code = "mails_blocked"
    problem = N_("Your mails are not taken any more: {answer}")
    cause = N_("{reason}")
    remedy = N_("Show this to whoever looks after your mail; documents wait until you retry.")
    disposition = Disposition.BLOCK
    scope = Scope.ACCOUNT
    owner = Owner.IT


class MailRefusedByPackage(DocumentError):
    code = "mail_refused_by_package"
    problem = N_("The package answered {address}: {answer}")
    cause = N_("It received the mail and did not take the document.")
    remedy = N_("Do what it says, then resend the document.")
    disposition = Disposition.REJECT
    owner = Owner.PACKAGE


class FirstMailWaits(LedgerDeskError):
    """Only one document goes to a mailbox nobody ever confirmed while nobody is watching."""

    code = "first_mail_waits"
    problem = N_("Nothing was ever seen to arrive at {address}; one document went there first.")
    cause = N_("A mail that a package throws away tells nobody.")
    remedy = N_(
        "Look whether it arrived and mark it as booked: the others follow at once. “Send now” "
        "sends them without."
    )
    disposition = Disposition.BLOCK
    scope = Scope.DELIVERY
    owner = Owner.YOU
