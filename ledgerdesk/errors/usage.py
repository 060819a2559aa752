"""Wrong input, and set-ups that were refused: nothing was changed or saved."""

from __future__ import annotations

from ledgerdesk.errors.base import LedgerDeskError, Scope
from ledgerdesk.i18n import N_


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


class NothingMissing(UsageError):
    code = "nothing_missing"
    problem = N_("Nothing is missing of “{client}”: there is nothing to ask for.")


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


class OtherAccount(SetupError):
    code = "other_account"
    problem = N_("You signed in as {account}, but this connection belongs to {before}.")
    remedy = N_("Say that the other account is meant, or sign in as before. Nothing was saved.")


class LoopbackOnly(SetupError):
    code = "loopback_only"
    problem = N_("The practice folder may not talk to {host}.")
    cause = N_("A practice folder only reaches servers on this computer.")
    remedy = N_("Use your own data folder for real destinations.")
