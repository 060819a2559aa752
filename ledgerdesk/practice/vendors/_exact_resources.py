"""What of Exact Online's REST service can be asked for, with the properties each thing has."""

from __future__ import annotations

from ledgerdesk.practice.vendors._exact_odata import Property, Resource

_GET_POST = frozenset({"GET", "POST"})


def _properties(*, writable: str = "", mandatory: str = "", **kinds: str) -> dict[str, Property]:
    """Names by kind; ``writable`` and ``mandatory`` name some of them again."""
    needed = mandatory.split()
    given = [*writable.split(), *needed]
    return {
        name: Property(kind, name in given, name in needed)
        for kind, names in kinds.items()
        for name in names.split()
    }


ME = Resource(
    "current/Me",
    "System.Me",
    "UserID",
    _properties(
        guid="UserID",
        string="UserName FullName Email DivisionCustomerName",
        int32="CurrentDivision AccountingDivision",
    ),
)
DIVISIONS = Resource(
    "system/Divisions",
    "System.Division",
    "Code",
    _properties(
        int32="Code Status BlockingStatus",
        int64="Hid",
        string="Description CustomerCode CustomerName Country VATNumber ChamberOfCommerceNumber",
        date="ArchiveDate",
        bool="IsMainDivision IsPracticeDivision IsDossierDivision Current",
    ),
)
ONE_LICENCE = Resource(
    "hrm/Divisions",
    "HRM.Division",
    "Code",
    _properties(
        int32="Code BlockingStatus",
        int64="HID",
        string="Description Country VATNumber",
        bool="Main",
    ),
)
RESOURCES = {
    one.path: one
    for one in (
        Resource(
            "documents/DocumentTypes",
            "Documents.DocumentType",
            "ID",
            _properties(int32="ID", string="Description", bool="DocumentIsCreatable"),
        ),
        Resource(
            "documents/Documents",
            "Documents.Document",
            "ID",
            _properties(
                guid="ID Category Account",
                int64="HID",
                string="Subject Currency Body",
                int32="Type",
                double="AmountFC",
                date="DocumentDate Created",
                writable="Category Account Currency Body AmountFC DocumentDate",
                mandatory="Subject Type",
            ),
            _GET_POST,
        ),
        Resource(
            "documents/DocumentAttachments",
            "Documents.DocumentAttachment",
            "ID",
            _properties(
                guid="ID Document",
                string="FileName",
                double="FileSize",
                binary="Attachment",
                mandatory="Document FileName Attachment",
            ),
            _GET_POST,
        ),
        Resource(
            "mailbox/Mailboxes",
            "Mailbox.Mailbox",
            "ID",
            _properties(
                guid="ID",
                string="Mailbox Description",
                int32="ForDivision Type",
                date="ValidFrom ValidTo",
            ),
        ),
        Resource(
            "mailbox/MailMessagesSent",
            "Mailbox.MailMessagesSent",
            "ID",
            _properties(
                guid="ID SenderMailboxID RecipientMailboxID",
                string="Subject",
                int32="Type Operation RecipientStatus",
                date="Created",
                writable="Type Operation",
                mandatory="SenderMailboxID RecipientMailboxID Subject",
            ),
            _GET_POST,
        ),
        Resource(
            "mailbox/MailMessageAttachments",
            "Mailbox.MailMessageAttachment",
            "ID",
            _properties(
                guid="ID MailMessageID",
                string="AttachmentFileName",
                int32="Type",
                binary="Attachment",
                writable="Type",
                mandatory="MailMessageID AttachmentFileName Attachment",
            ),
            _GET_POST,
        ),
    )
}
