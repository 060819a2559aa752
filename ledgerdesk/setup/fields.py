"""Declarations of forms: one field says everything the wizard, the command line, the documentation,
the log redaction and the validation need. Standard library only."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from ledgerdesk.errors import BadTemplate, InvalidValue, LedgerDeskError, MissingValue
from ledgerdesk.i18n import N_, translate
from ledgerdesk.setup.templates import check_path, parse


class FieldKind(StrEnum):
    TEXT = "text"
    URL = "url"
    HOST = "host"
    PORT = "port"
    EMAIL = "email"
    FOLDER = "folder"
    CHOICE = "choice"
    PASSWORD = "password"
    MULTILINE = "multiline"


class FieldScope(StrEnum):
    """Where the value lives: with the sign-in, with the accounting package, or with the client.

    A client-scope field may be given on the configuration as a default; the client's own wins.
    """

    CONNECTION = "connection"
    CONFIGURATION = "configuration"
    CLIENT = "client"


@dataclass(frozen=True, slots=True)
class Choice:
    id: str
    label: str


@dataclass(frozen=True, slots=True)
class Field:
    """``help`` says where a person finds the value. ``visible_when`` maps another field's name to
    the values that make this one asked; a field that is not visible is neither asked nor kept.
    ``template`` is ``path`` or ``text`` where variables may stand in the value. ``kinds``: only
    asked for these kinds of document (invoices, statements); empty: for all."""

    name: str
    label: str
    kind: FieldKind = FieldKind.TEXT
    default: str = ""
    required: bool = True
    secret: bool = False
    help: str = ""
    scope: FieldScope = FieldScope.CONNECTION
    choices: tuple[Choice, ...] = ()
    pattern: str = ""
    advanced: bool = False
    template: str = ""
    visible_when: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    kinds: tuple[str, ...] = ()

    def serves(self, kind: str) -> bool:
        return not kind or not self.kinds or kind in self.kinds

    def visible(self, values: Mapping[str, str]) -> bool:
        return all(values.get(name, "") in wanted for name, wanted in self.visible_when.items())

    def clean(self, value: str) -> str:
        """The value as it is kept. Raises InvalidValue or MissingValue, naming the field."""
        value = value if self.secret or self.kind is FieldKind.MULTILINE else value.strip()
        if not value:
            value = self.default
        if not value:
            if self.required:
                raise MissingValue(field=self.name, name=translate(self.label))
            return ""
        return self._checked(value)

    def _checked(self, value: str) -> str:
        if self.kind is FieldKind.PORT and not (value.isdecimal() and 0 < int(value) < 65536):
            raise self._invalid(value, N_("A port is a number from 1 to 65535."))
        if self.kind is FieldKind.CHOICE:
            for choice in self.choices:
                if choice.id.lower() == value.lower():
                    return choice.id
            known = ", ".join(choice.id for choice in self.choices)
            raise self._invalid(value, known)
        if self.kind is FieldKind.HOST and re.search(r"[\s/@]", value):
            raise self._invalid(value, N_("Give the name of the server alone, without path."))
        if self.template:
            self._check_template(value)
        elif self.kind is FieldKind.EMAIL and not re.fullmatch(r"[^\s@<>,;]+@[^\s@<>,;]+", value):
            raise self._invalid(value, N_("Give one e-mail address."))
        if self.kind is not FieldKind.MULTILINE and re.search(r"[\x00-\x1f\x7f]", value):
            raise self._invalid(
                "…" if self.secret else value, N_("It contains control characters.")
            )
        if self.pattern and not re.fullmatch(self.pattern, value):
            raise self._invalid("…" if self.secret else value, self.help)
        return value

    def _check_template(self, value: str) -> None:
        try:
            (check_path if self.template == "path" else parse)(value)
        except BadTemplate as error:
            error.field = self.name
            raise

    def _invalid(self, value: str, hint: str) -> InvalidValue:
        return InvalidValue(
            field=self.name, value=value, name=translate(self.label), hint=translate(hint)
        )


def clean_all(
    fields: tuple[Field, ...], given: Mapping[str, str], kind: str = ""
) -> tuple[dict[str, str], list[LedgerDeskError]]:
    """The kept values of all visible fields of ``kind``, and one error per field at fault.

    Unknown names are errors too: a typo must not silently mean the default.
    """
    values: dict[str, str] = {}
    errors: list[LedgerDeskError] = []
    names = {one.name for one in fields}
    for name in given:
        if name not in names:
            errors.append(
                InvalidValue(field=name, value=name, name="--set", hint=", ".join(sorted(names)))
            )
    for one in fields:
        if not (one.serves(kind) and one.visible(values)):
            continue
        try:
            values[one.name] = one.clean(given.get(one.name, ""))
        except LedgerDeskError as error:
            errors.append(error)
    return values, errors
