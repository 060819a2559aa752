"""The folders of Yuki's archive that documents are brought to, as the vendor numbers them."""

from __future__ import annotations

from collections.abc import Mapping

from ledgerdesk.errors import DirectionUnknown
from ledgerdesk.i18n import N_
from ledgerdesk.model import Direction, DocumentKind
from ledgerdesk.setup.fields import Choice, Field, FieldKind, FieldScope

_FOLDERS = (
    Choice("1", N_("1 – Purchase")),
    Choice("2", N_("2 – Sales")),
    Choice("3", N_("3 – Bank")),
    Choice("4", N_("4 – Personnel")),
    Choice("5", N_("5 – Tax")),
    Choice("7", N_("7 – To be handled by Yuki")),
    Choice("8", N_("8 – Other financial")),
)


def _folder(name: str, label: str, default: str, help: str) -> Field:
    return Field(
        name,
        label,
        FieldKind.CHOICE,
        default=default,
        scope=FieldScope.CONFIGURATION,
        choices=_FOLDERS,
        help=help,
    )


PURCHASES = _folder(
    "purchase_folder",
    N_("Folder for purchases"),
    "1",
    N_("The folder of Yuki's archive in which purchase invoices and credit notes land."),
)
SALES = _folder(
    "sales_folder",
    N_("Folder for sales"),
    "2",
    N_("The folder of Yuki's archive in which sales invoices and credit notes land."),
)
STATEMENTS = _folder(
    "bank_folder",
    N_("Folder for bank statements"),
    "3",
    N_("The folder of Yuki's archive in which bank statements land; Yuki reads them there."),
)
FOLDER_FIELDS = (PURCHASES, SALES, STATEMENTS)


def field_for(kind: DocumentKind, direction: Direction | None) -> Field:
    """Which folder takes the document. Raises DirectionUnknown."""
    if kind is DocumentKind.STATEMENT:
        return STATEMENTS
    if direction is None:
        raise DirectionUnknown()
    return PURCHASES if direction is Direction.PURCHASE else SALES


def chosen(values: Mapping[str, str], field: Field) -> Choice:
    wanted = values.get(field.name) or field.default
    return next(one for one in _FOLDERS if one.id == wanted)
