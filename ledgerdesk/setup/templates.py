"""Templates with variables: ``Invoice_import/[enterprise_name]_[vat]/[invoice_type]``.

Parsed, never formatted with ``str.format``: only known variables, nothing else has a meaning.
Names and aliases: design.md §10; the first three are the article's.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from ledgerdesk.errors import BadTemplate
from ledgerdesk.i18n import N_, translate

ALIASES = {"external_id": "accounting_file_id"}
CLIENT_VARIABLES = frozenset(
    {"enterprise_name", "enterprise_identifier", "vat", "uen_number", "accounting_file_id"}
)
DOCUMENT_VARIABLES = frozenset(
    {
        "invoice_type",
        "document_number",
        "issue_date",
        "sync_date",
        "year",
        "file_type",
        "iban",
        "uid",
    }
)
_VARIABLE = re.compile(r"\[([^\[\]]*)\]")


@dataclass(frozen=True, slots=True)
class Literal:
    text: str


@dataclass(frozen=True, slots=True)
class Variable:
    name: str


def parse(template: str) -> tuple[Literal | Variable, ...]:
    """The parts of ``template``. Raises BadTemplate for an unknown variable or a loose bracket."""
    parts: list[Literal | Variable] = []
    at = 0
    for match in _VARIABLE.finditer(template):
        if match.start() > at:
            parts.append(Literal(template[at : match.start()]))
        name = match.group(1).strip().lower()
        name = ALIASES.get(name, name)
        if name not in CLIENT_VARIABLES | DOCUMENT_VARIABLES:
            raise BadTemplate(
                template=template,
                reason=translate(N_("The variable [{name}] is not known.")).format(
                    name=match.group(1)
                ),
            )
        parts.append(Variable(name))
        at = match.end()
    if at < len(template):
        parts.append(Literal(template[at:]))
    if any(isinstance(part, Literal) and re.search(r"[\[\]]", part.text) for part in parts):
        raise BadTemplate(template=template, reason=translate(N_("A bracket [ or ] stands alone.")))
    return tuple(parts)


def check_path(template: str) -> None:
    """Raises BadTemplate unless ``template`` is a path that cannot leave its own folder."""
    parse(template)
    if any(segment.strip() in ("..", ".") for segment in re.split(r"[\\/]", template)):
        raise BadTemplate(
            template=template, reason=translate(N_("A path may not contain “..” or “.”."))
        )
    if re.search(r"[\x00-\x1f\x7f]", template):
        raise BadTemplate(
            template=template, reason=translate(N_("It contains control characters."))
        )
