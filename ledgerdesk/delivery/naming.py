"""Path and name variables of one delivery (design.md §10): the implementation of model.Naming."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import PurePath

from ledgerdesk.delivery.segments import LIMIT, plain_text, safe_segment
from ledgerdesk.errors import EmptyVariable
from ledgerdesk.model import (
    Client,
    Direction,
    Document,
    DocumentFormat,
    DocumentKind,
    Facts,
    Statement,
    Variables,
)
from ledgerdesk.setup.templates import CLIENT_VARIABLES, Literal, Variable, check_path, parse

# The first one is given to a file whose own ending does not fit its format.
_ENDINGS: dict[DocumentFormat, tuple[str, ...]] = {
    DocumentFormat.UBL: ("xml",),
    DocumentFormat.CII: ("xml", "pdf"),
    DocumentFormat.CODA: ("cod", "coda"),
    DocumentFormat.CAMT_053: ("xml",),
    DocumentFormat.MT940: ("sta", "940", "mt940", "swi"),
    DocumentFormat.PDF: ("pdf",),
}
_INVOICE_TYPES = {Direction.PURCHASE: "AP", Direction.SALE: "AR"}
_BANK = "BANK"


@dataclass(frozen=True, slots=True)
class DeliveryNaming:
    """Expands templates with ``variables``. ``client`` is who a missing value is asked from,
    ``ending`` the file's own, without the dot."""

    variables: Variables
    client: str
    ending: str

    def path(self, template: str) -> str:
        """Raises EmptyVariable or BadTemplate. A segment of only variables that a document need
        not have (``[iban]``) is left out when they are empty."""
        check_path(template)
        return "".join(self._segments(template))

    def text(self, template: str) -> str:
        """Raises EmptyVariable or BadTemplate."""
        parts = parse(template)
        return "".join(
            part.text if isinstance(part, Literal) else plain_text(self._value(part))
            for part in parts
        )

    def file_name(self) -> str:
        """Date, number, uid and ending; the number gives way where it is too long."""
        head, tail = self.variables.issue_date, f"{self.variables.uid}.{self.ending}"
        room = LIMIT - len(head.encode()) - len(tail.encode()) - 2
        return f"{head}_{safe_segment(self.variables.document_number, room)}_{tail}"

    def _segments(self, template: str) -> list[str]:
        """Segments and the separators between them, as they were written."""
        whole: list[str] = []
        current, expanded = "", False
        for part in parse(template):
            if isinstance(part, Variable):
                current, expanded = current + self._value(part), True
                continue
            first, *others = re.split(r"([\\/])", part.text)
            current += first
            for separator, text in zip(others[::2], others[1::2], strict=True):
                whole += self._finished(current, expanded, separator)
                current, expanded = text, False
        return whole + self._finished(current, expanded, "")

    @staticmethod
    def _finished(segment: str, expanded: bool, separator: str) -> list[str]:
        if not expanded:
            return [segment, separator]
        return [safe_segment(segment), separator] if segment.strip() else []

    def _value(self, variable: Variable) -> str:
        value = str(getattr(self.variables, variable.name))
        if variable.name in CLIENT_VARIABLES and not value.strip():
            raise EmptyVariable(variable=f"[{variable.name}]", client=self.client)
        return value


def naming_for(
    client: Client, document: Document, delivery_id: str, at: datetime
) -> DeliveryNaming:
    """The naming of one delivery made ``at``."""
    facts = document.facts
    day = facts.issue_date or document.taken_in_at.astimezone(UTC).date()
    ending = ending_of(facts.format, document.file_name)
    number = client.company_numbers[0] if client.company_numbers else ""
    variables = Variables(
        enterprise_name=client.name,
        enterprise_identifier=number,
        vat=number,
        uen_number="".join(one for one in number if one.isdecimal()),
        accounting_file_id=client.file_number,
        invoice_type=_invoice_type(facts.kind, document.direction),
        document_number=_number(facts, day) or _stem(document.file_name) or "document",
        issue_date=day.isoformat(),
        sync_date=at.astimezone(UTC).date().isoformat(),
        year=f"{day.year:04}",
        file_type=ending,
        iban=facts.account or (facts.statements[0].account if facts.statements else ""),
        uid=delivery_id[-8:],
    )
    return DeliveryNaming(variables, client.name, ending)


def preview(template: str, client: Client | None = None, *, is_path: bool = True) -> str:
    """``template`` as it would come out for an invoice of ``client``, or of a sample client.

    Raises EmptyVariable or BadTemplate.
    """
    number = "BE0123456749" if client is None else next(iter(client.company_numbers), "")
    sample = Variables(
        enterprise_name="Bakkerij De Smet" if client is None else client.name,
        enterprise_identifier=number,
        vat=number,
        uen_number="".join(one for one in number if one.isdecimal()),
        accounting_file_id="100234" if client is None else client.file_number,
        invoice_type=_INVOICE_TYPES[Direction.PURCHASE],
        document_number="F2026-0042",
        issue_date="2026-03-31",
        sync_date="2026-04-02",
        year="2026",
        file_type="xml",
        iban="BE71096123456769",
        uid="4f1c2a9b",
    )
    naming = DeliveryNaming(sample, sample.enterprise_name, "xml")
    return naming.path(template) if is_path else naming.text(template)


def ending_of(format: DocumentFormat, file_name: str) -> str:
    """The file's ending without its dot, in lower case: its own where it fits the format."""
    own = PurePath(file_name.replace("\\", "/")).suffix.lower().removeprefix(".")
    if format is DocumentFormat.UNKNOWN:
        return own if re.fullmatch(r"[a-z0-9]{1,8}", own) else "bin"
    fitting = _ENDINGS[format]
    return own if own in fitting else fitting[0]


def _invoice_type(kind: DocumentKind, direction: Direction | None) -> str:
    if kind is DocumentKind.STATEMENT or direction is None:
        return _BANK if kind is DocumentKind.STATEMENT else ""
    return _INVOICE_TYPES[direction]


def _number(facts: Facts, day: date) -> str:
    """Statements are numbered anew every year, so the year belongs to the number; of several in
    one file the first and the last are named."""
    if facts.kind is not DocumentKind.STATEMENT:
        return facts.number
    if not facts.statements:
        return _with_year(facts.number, day)
    first, last = facts.statements[0], facts.statements[-1]
    names = [_with_year(one.sequence, _day(one, day)) for one in (first, last)]
    return "-".join(dict.fromkeys(name for name in names if name))


def _day(statement: Statement, fallback: date) -> date:
    return statement.closing_date or fallback


def _with_year(sequence: str, day: date) -> str:
    year = f"{day.year:04}"
    return sequence if not sequence or sequence.startswith(year) else f"{year}-{sequence}"


def _stem(file_name: str) -> str:
    return PurePath(file_name.replace("\\", "/")).stem.strip()
