"""How packages arrange the folders they import from, below the folder a person gives.

Sources: shared/facts/belgian-packages.md §1.3 and §4 (Synqup's examples, CodaBox' server layout,
the packages' own pages). Where a package leaves it to the office, clients and directions lie apart.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ledgerdesk.connectors.base import TargetRequest
from ledgerdesk.errors import DirectionUnknown
from ledgerdesk.i18n import N_
from ledgerdesk.model import Direction, DocumentKind
from ledgerdesk.setup.fields import Choice, Field, FieldKind, FieldScope


@dataclass(frozen=True, slots=True)
class Layout:
    """Templates of the folders for purchases, sales and statements; all empty: what was typed."""

    id: str
    label: str
    purchase: str = ""
    sale: str = ""
    statement: str = ""

    def below(self, request: TargetRequest) -> str:
        """Raises DirectionUnknown where purchases and sales lie apart."""
        if request.kind is DocumentKind.STATEMENT:
            return self.statement
        if request.direction is None and self.purchase != self.sale:
            raise DirectionUnknown()
        return self.sale if request.direction is Direction.SALE else self.purchase


_CLIENT = "[accounting_file_id]"
OWN = Layout("own", N_("Exactly the folder given"))
LAYOUTS = (
    OWN,
    Layout(
        "winbooks",
        N_("WinBooks Classic: Data / file number / inbound, outbound"),
        f"Data/{_CLIENT}/inbound",
        f"Data/{_CLIENT}/outbound",
        f"Data/{_CLIENT}/statements",
    ),
    Layout(
        "adsolut",
        N_("Adsolut: file number / inbound, outbound"),
        f"{_CLIENT}/inbound",
        f"{_CLIENT}/outbound",
        f"{_CLIENT}/CODA",
    ),
    Layout(
        "codabox",
        N_("As CodaBox does: file number / year / Invoices-IN-01, Invoices-OUT-01, account"),
        f"{_CLIENT}/[year]/Invoices-IN-01",
        f"{_CLIENT}/[year]/Invoices-OUT-01",
        f"{_CLIENT}/[year]/[iban]",
    ),
    Layout(
        "bob",
        N_("Sage BOB 50: file number / year / account"),
        f"{_CLIENT}/[year]/AP",
        f"{_CLIENT}/[year]/AR",
        f"{_CLIENT}/[year]/[iban]",
    ),
    Layout(
        "expertm",
        N_("Expert/M Plus: file number / AP, AR, BANK"),
        f"{_CLIENT}/AP",
        f"{_CLIENT}/AR",
        f"{_CLIENT}/BANK",
    ),
    Layout(
        "venice",
        N_("Venice: file number / AP, AR, BANK"),
        f"{_CLIENT}/AP",
        f"{_CLIENT}/AR",
        f"{_CLIENT}/BANK",
    ),
)
LAYOUT = Field(
    "layout",
    N_("Arrangement of folders"),
    FieldKind.CHOICE,
    default=OWN.id,
    scope=FieldScope.CONFIGURATION,
    choices=tuple(Choice(one.id, one.label) for one in LAYOUTS),
    advanced=True,
    help=N_(
        "How the package wants its folders, below the folder given above (for WinBooks, the folder "
        "of the program, as in C:\\Winbooks). The client's file number must be filled in."
    ),
)


def below(path: str, request: TargetRequest) -> str:
    """``path`` with the chosen arrangement below it. Raises DirectionUnknown."""
    chosen = chosen_layout(request.values)
    part = chosen.below(request)
    if not part:
        return path
    separator = "\\" if "\\" in path and "/" not in path else "/"
    return path.rstrip("/\\") + separator + part.replace("/", separator)


def chosen_layout(values: Mapping[str, str]) -> Layout:
    wanted = values.get(LAYOUT.name) or OWN.id
    return next((one for one in LAYOUTS if one.id == wanted), OWN)
