"""A document that is at fault."""

from __future__ import annotations

from ledgerdesk.errors.base import Disposition, LedgerDeskError, Owner, Scope
from ledgerdesk.i18n import N_


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


class NotReadable(DocumentError):
    code = "not_readable"
    problem = N_("“{name}” cannot be shown as a page.")
    cause = N_("It is a PDF without data, or LedgerDesk cannot read it.")
    remedy = N_("Save it and open it with another program.")


class AttachmentRefused(DocumentError):
    code = "attachment_refused"
    problem = N_("The attachment “{name}” is not opened or saved.")
    cause = N_("It is not what it claims to be ({mime}).")
    remedy = N_("Ask the sender for it in another way.")


class NothingToCompare(DocumentError):
    code = "nothing_to_compare"
    problem = N_("The document {id} repeats and contradicts no other one.")
    remedy = N_("Name the document to compare it with.")


class StatementsMissing(DocumentError):
    code = "statements_missing"
    problem = N_("Bank statements of {account} are missing between {after} and {before}.")
    cause = N_("{reason}")
    remedy = N_("Ask for them; LedgerDesk has the message ready.")
    owner = Owner.BANK


class StatementsSilent(DocumentError):
    code = "statements_silent"
    problem = N_("No statement of {account} came since {after}; probably one is missing.")
    cause = N_("Bank working days between two statements: usually {usual}, now {waited}.")
    remedy = N_("Ask whether the account is still supplied, or say that it ended.")
    owner = Owner.BANK


class StatementsTwice(DocumentError):
    code = "statements_twice"
    problem = N_("Statements of {account} come twice, from {after} to {before} ({days} days).")
    cause = N_("They come by two roads, and LedgerDesk cannot tell that they are the same.")
    remedy = N_("Stop one of the two roads, or set aside what came by it.")


class SalesNumbersMissing(DocumentError):
    code = "sales_numbers_missing"
    problem = N_("Sales invoices of {client} are missing: {numbers}.")
    cause = N_("The numbers before and after them are here.")
    remedy = N_("Ask the client for them, or whether these numbers were never used.")
    owner = Owner.CLIENT


class Withdrawn(DocumentError):
    """Why a delivery is cancelled; routing may bring it back, unlike one a person cancelled."""

    code = "withdrawn"
    problem = N_("The document was taken back before it was sent.")
    cause = N_("It was set aside, or turned out to belong to somebody else.")
    disposition = Disposition.BLOCK
