"""What a destination, the way to it or the sign-in there can answer."""

from __future__ import annotations

from ledgerdesk.errors.base import Disposition, LedgerDeskError, Owner, Scope
from ledgerdesk.i18n import N_


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


class AddressUnusable(DestinationError):
    code = "address_unusable"
    problem = N_("“{address}” of the client “{client}” is not an e-mail address.")
    cause = N_("A document must never reach somebody else, so nothing is guessed or left out.")
    remedy = N_("Correct the address, or the client's value that is used in it.")
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


class OutcomeUnknown(LedgerDeskError):
    code = "outcome_unknown"
    problem = N_("The document was possibly sent.")
    cause = N_("The connection ended after sending and before the answer came: {reason}")
    remedy = N_("Ask at the destination, then say “arrived” or “send again”.")
    disposition = Disposition.UNKNOWN
    scope = Scope.DELIVERY
