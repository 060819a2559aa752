"""What a person gave, cleaned and sorted by where it lives: sign-in, accounting package, client."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypedDict

from ledgerdesk.connectors.base import Connector
from ledgerdesk.errors import InvalidValue, LedgerDeskError, MissingValue
from ledgerdesk.i18n import N_, translate
from ledgerdesk.model import ExportKind
from ledgerdesk.setup.fields import Choice, Field, FieldKind, FieldScope, clean_all

if TYPE_CHECKING:
    from ledgerdesk.setup.browser import Fresh

ONLY_THIS_FORMAT = Field(
    "only_this_format",
    N_("Only this format"),
    FieldKind.CHOICE,
    default="no",
    scope=FieldScope.CONFIGURATION,
    choices=(Choice("no", N_("No")), Choice("yes", N_("Yes"))),
    advanced=True,
    help=N_("Yes: a document of another format waits for you instead of being sent as it is."),
)


@dataclass(frozen=True, slots=True)
class Wish:
    """What an accounting package shall be like for one kind of document.

    ``accept_host_key`` is a fingerprint a person approved, ``ca_pem`` the content of a file with
    a certificate authority, ``untested`` means "save, not tested yet"; ``fresh`` is what a sign-in
    in the browser just gave. Empty in an edit: unchanged.
    """

    kind: ExportKind | None = None
    format: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    connection_id: str = ""
    administration_id: str = ""
    accept_host_key: str = ""
    ca_pem: str = ""
    accept_terms: bool = False
    untested: bool = False
    fresh: Fresh | None = None


class Wished(TypedDict, total=False):
    """The fields of a Wish as keyword arguments: what is not given stays empty."""

    kind: ExportKind | None
    format: str
    values: Mapping[str, str]
    secrets: Mapping[str, str]
    connection_id: str
    administration_id: str
    accept_host_key: str
    ca_pem: str
    accept_terms: bool
    untested: bool
    fresh: Fresh | None


@dataclass(frozen=True, slots=True)
class Answers:
    """Cleaned values and secrets: ``sign_in`` stays with the connection, ``setup`` with the kind
    of document (configuration-scope fields, and client-scope ones as defaults)."""

    sign_in: Mapping[str, str]
    setup: Mapping[str, str]
    sign_in_secrets: Mapping[str, str] = field(repr=False)
    setup_secrets: Mapping[str, str] = field(repr=False)
    only_this_format: bool = False

    @property
    def values(self) -> dict[str, str]:
        return {**self.sign_in, **self.setup}

    @property
    def secrets(self) -> dict[str, str]:
        return {**self.sign_in_secrets, **self.setup_secrets}


def asked(connector: Connector, *scopes: FieldScope, kind: str = "") -> tuple[Field, ...]:
    """The connector's fields of ``scopes`` and ``kind`` (all without one) as a configuration asks
    for them: a client's own may stay empty there."""
    return tuple(
        replace(one, required=False) if one.scope is FieldScope.CLIENT else one
        for one in (*connector.fields, ONLY_THIS_FORMAT)
        if (not scopes or one.scope in scopes) and one.serves(kind)
    )


def still_asked(fields: Iterable[Field], known: Mapping[str, str]) -> tuple[Field, ...]:
    """What earlier answers (``known``) leave to be asked, free of the conditions they decided."""
    return tuple(
        replace(one, visible_when={n: v for n, v in one.visible_when.items() if n not in known})
        for one in fields
        if all(known[n] in v for n, v in one.visible_when.items() if n in known)
    )


def clean(
    connector: Connector, values: Mapping[str, str], secrets: Mapping[str, str], kind: str = ""
) -> tuple[Answers, list[LedgerDeskError]]:
    """The answers of all forms together, and one error per field at fault."""
    fields = asked(connector)
    misplaced = [_misplaced(one) for one in fields if one.secret and one.name in values]
    cleaned, errors = clean_all(fields, {**values, **secrets}, kind)
    filled = {name: value for name, value in cleaned.items() if value}
    only = filled.pop(ONLY_THIS_FORMAT.name, "no") == "yes"
    answers = Answers(
        _part(fields, filled, sign_in=True, secret=False),
        _part(fields, filled, sign_in=False, secret=False),
        _part(fields, filled, sign_in=True, secret=True),
        _part(fields, filled, sign_in=False, secret=True),
        only,
    )
    return answers, misplaced + errors


def cleaned(
    connector: Connector, values: Mapping[str, str], secrets: Mapping[str, str], kind: str = ""
) -> Answers:
    """As clean; raises the first error."""
    answers, errors = clean(connector, values, secrets, kind)
    if errors:
        raise errors[0]
    return answers


def own_values(
    connector: Connector,
    given: Mapping[str, str],
    given_secrets: Mapping[str, str],
    defaults: Mapping[str, str],
    kind: str = "",
) -> tuple[dict[str, str], dict[str, str]]:
    """A client's own values and secrets for its link; empty ones leave it to ``defaults``.

    What the route or the kind of document does not ask for is not kept.

    Raises InvalidValue, BadTemplate, or MissingValue for a required field that neither gives.
    """
    fields = {one.name: one for one in connector.fields if one.scope is FieldScope.CLIENT}
    own: dict[str, str] = {}
    for name, value in {**given, **given_secrets}.items():
        if name not in fields:
            hint = ", ".join(sorted(fields)) or translate(N_("There is nothing to fill in here."))
            raise InvalidValue(field=name, value=name, name="--set", hint=hint)
        if fields[name].secret and name in given:
            raise _misplaced(fields[name])
        cleaned = replace(fields[name], required=False, default="").clean(value)
        if cleaned and fields[name].serves(kind):
            own[name] = cleaned
    chosen = {one.name: one.default for one in connector.fields if one.default}
    together = {**chosen, **defaults, **own}
    own = {name: value for name, value in own.items() if fields[name].visible(together)}
    for one in fields.values():
        is_asked = one.serves(kind) and one.visible(together)
        if one.required and is_asked and not together.get(one.name):
            raise MissingValue(field=one.name, name=translate(one.label))
    return (
        {name: value for name, value in own.items() if not fields[name].secret},
        {name: value for name, value in own.items() if fields[name].secret},
    )


def _part(
    fields: Iterable[Field], values: Mapping[str, str], *, sign_in: bool, secret: bool
) -> dict[str, str]:
    return {
        one.name: values[one.name]
        for one in fields
        if one.name in values
        and one.secret is secret
        and (one.scope is FieldScope.CONNECTION) is sign_in
    }


def _misplaced(one: Field) -> InvalidValue:
    hint = translate(N_("It is a secret: give it with --secret {name}=…")).format(name=one.name)
    return InvalidValue(field=one.name, value="…", name=translate(one.label), hint=hint)
