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


class Withdrawn(DocumentError):
    """Why a delivery is cancelled; routing may bring it back, unlike one a person cancelled."""

    code = "withdrawn"
    problem = N_("The document was taken back before it was sent.")
    cause = N_("It was set aside, or turned out to belong to somebody else.")
    disposition = Disposition.BLOCK
