"""Small PDF files: one page of text, and a file inside it where one is given.

For reading programs, not for archives: the font is not embedded, so none of these is PDF/A.
"""

from __future__ import annotations

from ledgerdesk.practice.invoices import Invoice

_WORDS = {
    "nl": ("Factuur", "Creditnota", "Van", "Aan", "Datum", "Te betalen"),
    "fr": ("Facture", "Note de crédit", "De", "À", "Date", "À payer"),
}


def invoice_pdf(invoice: Invoice, attachment: tuple[str, bytes] | None = None) -> bytes:
    """What a person would print, in the supplier's language."""
    title, credit, sender, receiver, day, total = _WORDS[invoice.supplier.language]
    rows = [
        f"{credit if invoice.corrects else title} {invoice.number}",
        f"{day}: {invoice.issued:%d/%m/%Y}",
        f"{sender}: {invoice.supplier.name}, {invoice.supplier.number}",
        f"{receiver}: {invoice.customer.name}, {invoice.customer.number}",
        *(f"{line.quantity} x {line.name}: {line.net:.2f} EUR" for line in invoice.lines),
        f"{total}: {invoice.total:.2f} EUR",
    ]
    return text_pdf(rows, attachment)


def text_pdf(rows: list[str], attachment: tuple[str, bytes] | None = None) -> bytes:
    """One page with ``rows``; ``attachment`` is a name and the content of an XML file."""
    shown = b"\n".join(b"(%s) Tj T*" % _escaped(row) for row in rows)
    page = b"BT /F1 11 Tf 16 TL 56 780 Td\n%s\nET" % shown
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R%s >>" % (_NAMES if attachment else b""),
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R"
        b" /Resources << /Font << /F1 5 0 R >> >> >>",
        _stream(b"", page),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    ]
    if attachment:
        name, content = attachment
        objects += _attached(_escaped(name), content)
    return _file(objects)


# The sixth object is the attachment's description, the seventh its content.
_NAMES = b" /Names << /EmbeddedFiles 8 0 R >> /AF [6 0 R]"


def _attached(name: bytes, content: bytes) -> list[bytes]:
    described = b"<< /Type /Filespec /F (%s) /UF (%s) /AFRelationship /Alternative" % (name, name)
    return [
        described + b" /EF << /F 7 0 R /UF 7 0 R >> >>",
        _stream(b" /Type /EmbeddedFile /Subtype /text#2Fxml", content),
        b"<< /Names [(%s) 6 0 R] >>" % name,
    ]


def _stream(entries: bytes, content: bytes) -> bytes:
    head = b"<<%s /Length %d >>" % (entries, len(content))
    return b"%s\nstream\n%s\nendstream" % (head, content)


def _escaped(text: str) -> bytes:
    for mark in "\\()":
        text = text.replace(mark, f"\\{mark}")
    return text.encode("cp1252", "replace")


def _file(objects: list[bytes]) -> bytes:
    """The objects, numbered from 1, and the table that says where each begins."""
    # Four high bytes tell programs that the file is not text.
    content = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"
    table = [b"0000000000 65535 f \n"]
    for number, one in enumerate(objects, 1):
        table.append(b"%010d 00000 n \n" % len(content))
        content += b"%d 0 obj\n%s\nendobj\n" % (number, one)
    count = len(table)
    trailer = b"trailer\n<< /Size %d /Root 1 0 R >>\n" % count
    end = b"startxref\n%d\n%%%%EOF\n" % len(content)
    return content + b"xref\n0 %d\n%s" % (count, b"".join(table)) + trailer + end
