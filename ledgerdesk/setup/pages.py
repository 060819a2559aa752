"""How each step of the set-up flow is filled: from declarations and answers to what is shown."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from ledgerdesk.connectors.base import Connector
from ledgerdesk.i18n import N_, translate
from ledgerdesk.model import Administration, Connection, ExportKind, Standing
from ledgerdesk.setup import terms
from ledgerdesk.setup.fields import Field, FieldKind
from ledgerdesk.setup.steps import Choice, Form, Option, Register, RegisterLine, Select, Terms

NEW_ACCOUNT = "new"
"""The choice "another account" beside the connected ones."""

_KINDS = {
    ExportKind.INVOICES: (
        N_("Invoices"),
        N_("Purchase and sales invoices and credit notes."),
    ),
    ExportKind.STATEMENTS: (N_("Bank statements"), N_("CODA, camt.053 and MT940.")),
}


_STANDINGS = {
    Standing.DOCUMENTED: N_("Documented"),
    Standing.DOCUMENTED_OLD: N_("Documented, old"),
    Standing.COMMUNITY: N_("Community"),
    Standing.YOU_COMPLETE_IT: N_("You complete it"),
}


def kind(
    kinds: Iterable[ExportKind], selected: str, already: Collection[ExportKind] = ()
) -> Choice:
    """``already`` are the kinds that an accounting package being edited sends now."""
    badge = translate(N_("Set up already"))
    options = tuple(
        Option(one, translate(label), translate(help), badge if one in already else "", "documents")
        for one, (label, help) in ((one, _KINDS[one]) for one in kinds)
    )
    return Choice("kind", translate(N_("Which documents are sent?")), options, selected)


def standing_of(chosen: Connector, kind: ExportKind) -> str:
    """How much is known of the way this kind of document takes, in a word or two."""
    standing = chosen.stands(kind)
    if standing is Standing.YOU_COMPLETE_IT and chosen.is_complete():
        return translate(N_("Completed by you"))
    return translate(_STANDINGS[standing])


def connector(connectors: Iterable[Connector], kind: ExportKind, selected: str) -> Choice:
    options = tuple(
        Option(
            one.id,
            translate(one.label),
            translate(one.help),
            standing_of(one, kind),
            icon_of(one),
        )
        for one in connectors
    )
    return Choice("connector", translate(N_("Integration")), options, selected)


def icon_of(connector: Connector) -> str:
    """What kind of destination it is, as its declaration tells: no vendor's own sign."""
    kinds = {one.kind for one in connector.fields}
    if connector.by_mail({}):
        return "mail"
    if connector.authorization == "none" and FieldKind.FOLDER in kinds:
        return "folder"
    return "server" if FieldKind.HOST in kinds else "online"


def format(chosen: Connector, kind: ExportKind, selected: str) -> Choice:
    options = tuple(
        Option(one.id, translate(one.label), translate(one.help)) for one in chosen.formats[kind]
    )
    return Choice("format", translate(N_("Format")), options, selected or options[0].id)


def connection(existing: Sequence[Connection], selected: str) -> Choice:
    """The accounts connected already come first: one sign-in can serve several packages."""
    options = tuple(Option(one.id, one.account, icon="person") for one in existing)
    another = Option(NEW_ACCOUNT, translate(N_("Sign in with another account")), icon="add")
    title = translate(N_("Connected account"))
    return Choice("connection", title, (*options, another), selected or options[0].id)


def register(chosen: Connector, values: Mapping[str, str]) -> Register:
    """``values`` are what stands in the form of the sign-in. A value only the firm knows is typed
    where it is spoken of first, to be copied from there on."""
    fields = {one.name: one for one in chosen.fields}
    lines: list[RegisterLine] = []
    for one in chosen.register:
        named = fields.get(one.field)
        default = named.default if named else ""
        asks = named is not None and not default and not any(each.field is named for each in lines)
        copy = one.copy or values.get(one.field) or default
        lines.append(RegisterLine(translate(one.text), copy, named, asks))
    title = translate(N_("Register once (10 minutes)"))
    return Register("register", title, tuple(lines), chosen.register_url, translate(chosen.help))


def form(
    id: str,
    chosen: Connector,
    fields: tuple[Field, ...],
    values: Mapping[str, str],
    kept: Iterable[str] = (),
) -> Form:
    shown = {one.name: values.get(one.name, "") or one.default for one in fields if not one.secret}
    names = {one.name for one in fields if one.secret}
    title = translate(chosen.label)
    return Form(id, title, fields, shown, frozenset(kept) & names, translate(chosen.help))


def administration(
    chosen: Connector, found: Sequence[Administration], selected: str, *, several_clients: bool
) -> Select:
    """ "Choose per client" stands when the firm has several clients, or several are offered."""
    options = tuple(Option(one.id, one.name, one.vat_number) for one in found if one.active)
    if not selected and not several_clients and len(options) == 1:
        selected = options[0].id
    return Select("administration", translate(chosen.administration_noun), options, selected)


def terms_of(
    chosen: Connector, kind: ExportKind, account: str, name: str, *, accepted: bool
) -> Terms:
    return Terms(
        "terms",
        translate(N_("What you allow")),
        terms.paragraphs(chosen, kind, account),
        chosen.terms_url,
        name,
        accepted,
    )
