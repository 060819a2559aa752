"""The whole error tree: what a person reads, who must act, and what the queue does with it.

Every class carries a stable ``code`` (scripts and translations rely on it), three sentences
(problem, cause, remedy), an owner and a disposition. SDK and operating-system errors are converted
into this tree once, at the edge; anything outside it is a bug.

    LedgerDeskError
    ├ UsageError               wrong input or an unknown id; nothing was changed
    ├ SetupError               a set-up was refused; nothing was saved
    ├ ConnectionTrouble        not reached, or too busy: tried again by itself
    ├ SignInError              the destination or its identity needs a person
    ├ DestinationError         reached, but this place cannot take the document now
    ├ DocumentError            this document is at fault
    ├ OutcomeUnknown           possibly sent: never repeated without a person or a rule
    ├ LocalError               this computer: key store, database, disk
    └ Cancelled                a person stopped it
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import ClassVar

from ledgerdesk.i18n import N_, translate


class Disposition(StrEnum):
    """What the queue does with a delivery that met the error (design.md §8)."""

    RETRY = "retry"
    REAUTHENTICATE = "reauthenticate"
    BLOCK = "block"
    REJECT = "reject"
    UNKNOWN = "unknown"
    DONE = "done"


class Owner(StrEnum):
    """Who must act before it goes on."""

    YOU = "you"
    CLIENT = "client"
    BANK = "bank"
    PACKAGE = "package"
    IT = "it"


class Scope(StrEnum):
    """What a blocking error stops: nothing wider than this."""

    ACCOUNT = "account"
    CONNECTION = "connection"
    CONFIGURATION = "configuration"
    LINK = "link"
    DELIVERY = "delivery"


class LedgerDeskError(Exception):
    """Base of all errors a person may read.

    ``params`` fill the sentences and travel as ``detail`` in JSON; never put a secret in them.
    ``field`` names the form field at fault, where there is one. ``retry_after`` is in seconds.
    """

    code: ClassVar[str] = "error"
    problem: ClassVar[str] = N_("Something did not work.")
    cause: ClassVar[str] = ""
    remedy: ClassVar[str] = ""
    owner: ClassVar[Owner] = Owner.YOU
    disposition: ClassVar[Disposition] = Disposition.BLOCK
    scope: ClassVar[Scope] = Scope.CONNECTION
    exit_code: ClassVar[int] = 2

    def __init__(
        self, *, field: str | None = None, retry_after: float | None = None, **params: object
    ) -> None:
        self.field = field
        self.retry_after = retry_after
        self.params: Mapping[str, object] = params
        super().__init__(self.code)

    def text(self) -> str:
        """The sentences in the current language: problem, cause, remedy."""
        return render(type(self), self.params)

    def __str__(self) -> str:
        return f"{self.code}: {self.text()}"


class _Blank(dict[str, object]):
    """Keeps a sentence readable when a parameter is missing."""

    def __missing__(self, key: str) -> str:
        return "?"


def render(kind: type[LedgerDeskError], params: Mapping[str, object]) -> str:
    """Problem, cause and remedy of ``kind`` as one text in the current language."""
    values = _Blank(params)
    parts = (kind.problem, kind.cause, kind.remedy)
    return " ".join(translate(part).format_map(values) for part in parts if part)


def by_code(code: str) -> type[LedgerDeskError]:
    """The class with ``code``; the base class for a code this version does not know."""
    pending: list[type[LedgerDeskError]] = [LedgerDeskError]
    while pending:
        kind = pending.pop()
        if kind.code == code:
            return kind
        pending.extend(kind.__subclasses__())
    return LedgerDeskError


# --- wrong input -----------------------------------------------------------------------------


class UsageError(LedgerDeskError):
    code = "usage"
    problem = N_("{reason}")
    scope = Scope.DELIVERY


class UnknownId(UsageError):
    code = "unknown_id"
    problem = N_("There is no {what} with the id “{id}”.")
    remedy = N_("Look it up with the list command and give the id as printed.")


class InvalidValue(UsageError):
    code = "invalid_value"
    problem = N_("“{value}” cannot be used for {name}.")
    remedy = N_("{hint}")


class MissingValue(UsageError):
    code = "missing_value"
    problem = N_("{name} is missing.")
    remedy = N_("Fill it in and try again.")


class AlreadyExists(UsageError):
    code = "already_exists"
    problem = N_("{what} “{name}” exists already.")
    remedy = N_("Change the existing one, or choose another name.")


class IdentifierTaken(UsageError):
    code = "identifier_taken"
    problem = N_("{value} already belongs to the client “{client}”.")
    remedy = N_("A number can belong to one client only: correct one of the two.")


class AlreadyLinked(UsageError):
    code = "already_linked"
    problem = N_("“{client}” already has accounting software for {kind}.")
    remedy = N_("Replace it (--replace), or send a copy as well (--copy).")


class BadTemplate(UsageError):
    code = "bad_template"
    problem = N_("“{template}” cannot be used as a path or subject.")
    cause = N_("{reason}")
    remedy = N_("Use only the variables in the list, and no “..” in a path.")


class BadTable(UsageError):
    code = "bad_table"
    problem = N_("The file {path} cannot be read as a client list.")
    cause = N_("{reason}")
    remedy = N_("Save it as CSV with the header line from the manual. Nothing was imported.")


class TermsNotAccepted(UsageError):
    code = "terms_not_accepted"
    problem = N_("The terms were not accepted.")
    cause = N_("LedgerDesk sends documents out only after you allow it.")
    remedy = N_("Read what you allow and accept it (--accept-terms).")


class NotPossibleNow(UsageError):
    code = "not_possible_now"
    problem = N_("This cannot be done with something in state “{state}”.")


class StillInUse(UsageError):
    code = "still_in_use"
    problem = N_("{what} is still used by {users}.")
    remedy = N_("Remove those first.")


# --- a set-up that was refused ------------------------------------------------------------------


class SetupError(LedgerDeskError):
    code = "setup_refused"


class ConsentDenied(SetupError):
    code = "consent_denied"
    problem = N_("The sign-in was refused in the browser.")
    remedy = N_("Sign in again and allow access, or stop here: nothing was saved.")


class StateMismatch(SetupError):
    code = "state_mismatch"
    problem = N_("The pasted address does not belong to this sign-in.")
    remedy = N_("Start the sign-in again and paste the address of that page.")


class LoopbackOnly(SetupError):
    code = "loopback_only"
    problem = N_("The practice folder may not talk to {host}.")
    cause = N_("A practice folder only reaches servers on this computer.")
    remedy = N_("Use your own data folder for real destinations.")


# --- not reached: tried again by itself -----------------------------------------------------------


class ConnectionTrouble(LedgerDeskError):
    code = "cannot_connect"
    problem = N_("{host} did not answer.")
    cause = N_("{reason}")
    remedy = N_("LedgerDesk tries again by itself. If it lasts, check the address and the network.")
    owner = Owner.IT
    disposition = Disposition.RETRY


class HostNotFound(ConnectionTrouble):
    code = "host_not_found"
    problem = N_("The name {host} is not known.")
    cause = N_("The name is misspelt, or this computer has no network.")
    remedy = N_("Check the host name; LedgerDesk tries again by itself.")


class ConnectionRefused(ConnectionTrouble):
    code = "connection_refused"
    problem = N_("{host} refuses connections on port {port}.")
    cause = N_("The server is down, or the port is wrong.")


class TimedOut(ConnectionTrouble):
    code = "timed_out"
    problem = N_("{host} took too long to answer.")
    cause = ""


class ServerTrouble(ConnectionTrouble):
    code = "server_trouble"
    problem = N_("{host} reports a problem on its side: {answer}")
    cause = ""
    owner = Owner.PACKAGE


class RateLimited(ConnectionTrouble):
    code = "rate_limited"
    problem = N_("{host} asks to send more slowly.")
    cause = ""
    remedy = N_("LedgerDesk waits and goes on by itself.")
    owner = Owner.PACKAGE


# --- sign-in and identity: a person must look ---------------------------------------------------


class SignInError(LedgerDeskError):
    code = "sign_in"
    disposition = Disposition.REAUTHENTICATE


class CredentialsRejected(SignInError):
    code = "credentials_rejected"
    problem = N_("{host} refuses the sign-in of {username}.")
    cause = N_("The user name, the password or the key is wrong, or was changed.")
    remedy = N_("Sign in again with the right ones. Documents wait; nothing is lost.")


class SignInMethodRefused(CredentialsRejected):
    """Not a wrong password: the server wants another kind of proof, or one more."""

    code = "sign_in_method_refused"
    problem = N_("{host} wants another kind of sign-in.")
    cause = N_("It asks for: {offered}.")
    remedy = N_("Give a private key instead of a password, or ask for an account for programs.")


class PrivateKeyUnusable(SignInError):
    code = "private_key_unusable"
    problem = N_("The private key cannot be used.")
    cause = N_("{reason}")
    remedy = N_("Paste the whole key, and give its passphrase as the password if it has one.")


class HostKeyUnknown(SignInError):
    code = "host_key_unknown"
    problem = N_("{host} is not known yet. It shows the fingerprint {fingerprint}.")
    cause = N_("Nothing was sent, not even your user name.")
    remedy = N_("Compare the fingerprint with the one from your provider and approve it.")
    disposition = Disposition.BLOCK


class HostKeyChanged(SignInError):
    code = "host_key_changed"
    problem = N_("{host} shows another identity than the one you approved.")
    cause = N_("Approved: {approved}. Shown now: {fingerprint}. Nothing was sent.")
    remedy = N_("Ask your provider whether the server was replaced before you approve the new one.")
    disposition = Disposition.BLOCK
    owner = Owner.IT


class ServerTooOld(SignInError):
    code = "server_too_old"
    problem = N_("{host} only offers encryption that is no longer safe.")
    cause = N_("{reason}")
    remedy = N_("Ask your provider to update the server. Nothing was sent.")
    disposition = Disposition.BLOCK
    owner = Owner.IT


class CertificateUntrusted(SignInError):
    code = "certificate_untrusted"
    problem = N_("The certificate of {host} cannot be trusted.")
    cause = N_("{reason}")
    remedy = N_("Ask IT for the right address, or add your own certificate authority (--ca-file).")
    disposition = Disposition.BLOCK
    owner = Owner.IT


class StarttlsMissing(SignInError):
    code = "starttls_missing"
    problem = N_("{host} does not offer encryption (STARTTLS).")
    cause = N_("LedgerDesk never sends a password or a document unencrypted.")
    remedy = N_("Use the port your provider gives for TLS or STARTTLS.")
    disposition = Disposition.BLOCK
    owner = Owner.IT


class Forbidden(SignInError):
    code = "forbidden"
    problem = N_("{host} does not allow this: {what}.")
    cause = N_("The account is signed in but lacks the right.")
    remedy = N_("Ask for the right at the destination, then try again.")
    disposition = Disposition.BLOCK


# --- the destination cannot take it now -----------------------------------------------------------


class DestinationError(LedgerDeskError):
    code = "destination"
    scope = Scope.CONFIGURATION


class PlaceMissing(DestinationError):
    code = "place_missing"
    problem = N_("The folder {path} is not there.")
    cause = N_("The drive is not connected, or the folder was moved.")
    remedy = N_("Connect the drive or correct the folder; LedgerDesk tries again by itself.")
    disposition = Disposition.RETRY


class PlaceNotWritable(DestinationError):
    code = "place_not_writable"
    problem = N_("LedgerDesk may not write in {path}.")
    cause = N_("The folder is read-only for this account.")
    remedy = N_("Ask for write permission on that folder, then retry.")
    owner = Owner.IT


class PlaceFull(DestinationError):
    code = "place_full"
    problem = N_("There is no room left at {path}.")
    cause = N_("The disk or the quota is full. The unfinished file was taken away again.")
    remedy = N_("Make room there; LedgerDesk tries again by itself.")
    owner = Owner.IT
    disposition = Disposition.RETRY


class NameTaken(DestinationError):
    code = "name_taken"
    problem = N_("{path} is already there with other content.")
    cause = N_("LedgerDesk never overwrites a file.")
    remedy = N_("Look at that file, then move it away or resend the document.")
    scope = Scope.DELIVERY


class SizeDiffers(DestinationError):
    code = "size_differs"
    problem = N_("The copy at {path} has {found} of {expected} bytes.")
    cause = N_("The transfer was cut, or the disk there is full. The copy was taken away again.")
    remedy = N_("LedgerDesk tries again by itself.")
    disposition = Disposition.RETRY
    owner = Owner.IT


class ContentDiffers(SizeDiffers):
    code = "content_differs"
    problem = N_("The copy at {path} reads back differently from what was written.")
    cause = N_("The disk or the network there is faulty. The copy was taken away again.")


class PathTooLong(DestinationError):
    code = "path_too_long"
    problem = N_("The path {path} is too long for that disk.")
    remedy = N_("Choose a shorter folder, or use fewer variables in it.")
    scope = Scope.LINK


class EmptyVariable(DestinationError):
    code = "empty_variable"
    problem = N_("{variable} is empty for the client “{client}”, but the path or address uses it.")
    cause = N_("Without it the document would land in the wrong place.")
    remedy = N_("Fill it in on the client, or take it out of the path.")
    scope = Scope.LINK


class AddressMissing(DestinationError):
    code = "address_missing"
    problem = N_("No address is given for {kind} of the client “{client}”.")
    remedy = N_("Fill in the address on the accounting package or on the client.")
    scope = Scope.LINK


class RecipientRefused(DestinationError):
    code = "recipient_refused"
    problem = N_("The mail server refuses the address {address}: {answer}")
    cause = N_("The address is misspelt or does not exist any more.")
    remedy = N_("Correct the address on the client or the accounting package.")
    scope = Scope.LINK


class SenderRefused(DestinationError):
    code = "sender_refused"
    problem = N_("The mail server does not let you send as {address}: {answer}")
    remedy = N_("Correct the sender in the mail account.")
    scope = Scope.ACCOUNT


# --- the document is at fault -----------------------------------------------------------------------


class DocumentError(LedgerDeskError):
    code = "document"
    disposition = Disposition.REJECT
    scope = Scope.DELIVERY


class DocumentRefused(DocumentError):
    code = "document_refused"
    problem = N_("The destination refuses the document: {answer}")
    remedy = N_("Look at the document; correct it at its source, or send it another way.")
    owner = Owner.PACKAGE


class DocumentTooLarge(DocumentError):
    code = "document_too_large"
    problem = N_("The document has {size} bytes; the destination takes {limit}.")
    remedy = N_("Send it another way.")


class FormatDiffers(DocumentError):
    code = "format_differs"
    problem = N_("The document is {found}; this accounting package only takes {wanted}.")
    cause = N_("You chose “only this format”. LedgerDesk never converts a document.")
    remedy = N_("Allow other formats, or ask the supplier for the right one.")


class DirectionUnknown(DocumentError):
    code = "direction_unknown"
    problem = N_("It is not clear whether this is a purchase or a sale.")
    remedy = N_("Say which it is (--direction purchase or sale).")
    disposition = Disposition.BLOCK


class ContentGone(DocumentError):
    code = "content_gone"
    problem = N_("The stored copy of the document is missing or damaged.")
    cause = N_("The file in the data folder was changed or removed from outside.")
    remedy = N_("Take the document in again from where it came.")


# --- possibly sent ----------------------------------------------------------------------------------


class OutcomeUnknown(LedgerDeskError):
    code = "outcome_unknown"
    problem = N_("The document was possibly sent.")
    cause = N_("The connection ended after sending and before the answer came: {reason}")
    remedy = N_("Ask at the destination, then say “arrived” or “send again”.")
    disposition = Disposition.UNKNOWN
    scope = Scope.DELIVERY


# --- this computer ----------------------------------------------------------------------------------


class LocalError(LedgerDeskError):
    code = "local"
    exit_code = 3
    disposition = Disposition.RETRY
    scope = Scope.ACCOUNT


class KeyringUnusable(LocalError):
    code = "keyring_unusable"
    problem = N_("The key store of this computer cannot be used.")
    cause = N_("{reason}")
    remedy = N_("Unlock or install it; without it LedgerDesk stores no password at all.")
    disposition = Disposition.BLOCK


class KeyMissing(LocalError):
    code = "key_missing"
    problem = N_("The key of this data folder is not on this computer.")
    cause = N_("The folder comes from another computer or was restored from a backup.")
    remedy = N_("Type the passwords again and sign in again; everything else is kept.")
    disposition = Disposition.REAUTHENTICATE


class SecretMissing(LocalError):
    code = "secret_missing"
    problem = N_("The stored sign-in cannot be read.")
    cause = N_("It was sealed with another key, or was removed.")
    remedy = N_("Sign in again; documents wait and nothing is lost.")
    exit_code = 2
    disposition = Disposition.REAUTHENTICATE
    scope = Scope.CONNECTION


class EngineBusy(LocalError):
    code = "engine_busy"
    problem = N_("LedgerDesk is already working on this data folder.")
    cause = N_("Another LedgerDesk holds it and did not answer.")
    remedy = N_("Wait until it is done, or close it, and try again.")


class DatabaseDamaged(LocalError):
    code = "database_damaged"
    problem = N_("The database {path} is damaged.")
    cause = N_("{reason}")
    remedy = N_("Restore the newest backup (ledgerdesk restore FILE). The damaged file is kept.")


class DatabaseNewer(LocalError):
    code = "database_newer"
    problem = N_("The data folder was last used by a newer LedgerDesk.")
    remedy = N_("Install that version. Nothing was changed.")


class DataFolderUnusable(LocalError):
    code = "data_folder_unusable"
    problem = N_("The data folder {path} cannot be used.")
    cause = N_("{reason}")
    remedy = N_("Choose another folder with --data-dir.")


class DiskFull(LocalError):
    code = "disk_full"
    problem = N_("The disk of this computer is full.")
    remedy = N_("Make room; LedgerDesk goes on by itself.")
    owner = Owner.IT


class Cancelled(LedgerDeskError):
    code = "cancelled"
    problem = N_("Stopped.")
    cause = N_("You stopped it; what was not sent waits for the next time.")
    disposition = Disposition.RETRY
    scope = Scope.DELIVERY
    exit_code = 1


class UnexpectedTrouble(LedgerDeskError):
    """A bug, told calmly: the original goes to the log, redacted."""

    code = "unexpected"
    problem = N_("Something unexpected happened: {kind}.")
    cause = N_("This is a fault in LedgerDesk. The details are in the log file.")
    remedy = N_("Try again; if it comes back, send us the log file.")
    owner = Owner.IT
    disposition = Disposition.RETRY
    scope = Scope.DELIVERY
    exit_code = 3
