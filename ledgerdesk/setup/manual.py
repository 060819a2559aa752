"""One page per integration, out of its declaration: what you need, where you find it, what is sent,
how you see that it arrived, and how sure all this is. Markdown, in the current language.

The same declaration feeds the wizard and the command line, so that a page cannot tell otherwise.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ledgerdesk.connectors.base import Connector
from ledgerdesk.i18n import N_, translate
from ledgerdesk.model import DeliveryClass, ExportKind, Limit, Standing
from ledgerdesk.setup.fields import Field, FieldKind, FieldScope

_KINDS = {
    ExportKind.INVOICES: N_("Invoices and credit notes"),
    ExportKind.STATEMENTS: N_("Bank statements"),
}
_SCOPES = (
    (FieldScope.CONNECTION, N_("To sign in")),
    (FieldScope.CONFIGURATION, N_("For the accounting package")),
    (FieldScope.CLIENT, N_("For each client (a default may stand on the accounting package)")),
)
_ARRIVAL = {
    DeliveryClass.A: N_(
        "LedgerDesk looks at the destination itself: a document counts as delivered only when it "
        "was found there, complete. After an interruption it looks first and never sends twice."
    ),
    DeliveryClass.B: N_(
        "The destination answers with a number for each document, and can be asked whether it has "
        "one. After an interruption LedgerDesk asks first and never sends twice."
    ),
    DeliveryClass.C: N_(
        "Once an answer is lost on the way, nobody can tell whether the document arrived. "
        "LedgerDesk then says “possibly sent” and asks you, instead of guessing."
    ),
}
_CONFIRMS = N_(
    "Later LedgerDesk asks what became of it, for five days: the proof of delivery rises, or the "
    "refusal is shown with the package's own words."
)
_STANDINGS = {
    Standing.DOCUMENTED: N_("Documented: built after what the vendor publishes."),
    Standing.DOCUMENTED_OLD: N_(
        "Documented, old: built after an older page of the vendor. The first document proves it."
    ),
    Standing.COMMUNITY: N_(
        "Community: the vendor publishes nothing of this; it is known from other programs. The "
        "first document proves it."
    ),
    Standing.YOU_COMPLETE_IT: N_(
        "You complete it: the vendor publishes nothing. Fill in what the vendor's own paper says, "
        "or choose a mailbox, SFTP or a folder, which work at once."
    ),
}
_NOT_TRIED = N_(
    "Nothing here was tried against the vendor's live service: it was tested against strict "
    "stand-ins that follow the sources below."
)


def page(connector: Connector) -> str:
    """The integration's whole page."""
    return "\n".join(_lines(connector)).rstrip() + "\n"


def index(connectors: tuple[Connector, ...]) -> str:
    """A table of all integrations that leads to their pages."""
    head = [
        translate(one)
        for one in (N_("Integration"), N_("Documents"), N_("How sure"), N_("Proof of arrival"))
    ]
    lines = [
        *_heading(1, N_("Integrations")),
        f"| {' | '.join(head)} |",
        "|" + "---|" * len(head),
    ]
    for one in connectors:
        kinds = ", ".join(translate(_KINDS[kind]) for kind in one.formats)
        standing = translate(_STANDINGS[one.standing]).partition(":")[0]
        link = f"[{translate(one.label)}]({one.id}.md)"
        lines.append(f"| {link} | {kinds} | {standing} | {one.delivery_class} |")
    return "\n".join(lines) + "\n"


def _lines(connector: Connector) -> Iterator[str]:
    yield from (f"# {translate(connector.label)}", "")
    if connector.help:
        yield from (translate(connector.help), "")
    yield from _what_you_need(connector)
    yield from _heading(2, N_("What is sent"))
    for kind, formats in connector.formats.items():
        shown = ", ".join(translate(one.label) for one in formats)
        yield f"- **{translate(_KINDS[kind])}**: {shown}"
    as_received = N_("Every document travels exactly as it came in; nothing is converted.")
    yield from ("", translate(as_received), "")
    yield from _heading(2, N_("How you see that it arrived"))
    yield translate(_ARRIVAL[connector.delivery_class])
    if connector.confirms:
        yield from ("", translate(_CONFIRMS))
    yield ""
    if connector.limits:
        yield from _heading(2, N_("Limits LedgerDesk keeps to"))
        yield from (f"- {_limit(one)}" for one in connector.limits)
        yield ""
    yield from _heading(2, N_("How sure this is"))
    yield from (translate(_STANDINGS[connector.standing]), "")
    if connector.sources:
        yield from (translate(_NOT_TRIED), "")
        yield from _heading(2, N_("Sources"))
        yield from (f"- {one}" for one in connector.sources)


def _heading(level: int, text: str) -> tuple[str, str]:
    return f"{'#' * level} {translate(text)}", ""


def _what_you_need(connector: Connector) -> Iterator[str]:
    yield from _heading(2, N_("What you need, and where you find it"))
    if connector.register:
        yield from _heading(3, N_("Register once (10 minutes)"))
        if connector.register_url:
            yield from (f"<{connector.register_url}>", "")
        for number, step in enumerate(connector.register, 1):
            value = f" `{step.copy}`" if step.copy else ""
            yield f"{number}. {translate(step.text)}{value}"
        yield ""
    if connector.uses_mail_account:
        needed = N_("The firm's own mail account, set up once under Settings.")
        yield from (f"- {translate(needed)}", "")
    labels = {one.name: one for one in connector.fields}
    for scope, title in _SCOPES:
        fields = [one for one in connector.fields if one.scope is scope]
        if fields:
            yield from (f"### {translate(title)}", "")
            yield from (_field(one, labels) for one in fields)
            yield ""
    if connector.has_administrations:
        noun = translate(connector.administration_noun)
        chosen = N_("{noun}: chosen from the list after signing in, for all clients or per client.")
        yield from (f"- {translate(chosen).format(noun=noun)}", "")


def _field(one: Field, labels: Mapping[str, Field]) -> str:
    marks = [] if one.required else [translate(N_("optional"))]
    if one.default and one.kind is not FieldKind.CHOICE:
        marks.append(translate(N_("default: {value}")).format(value=f"`{one.default}`"))
    if one.choices:
        marks.append(", ".join(translate(choice.label) for choice in one.choices))
    for name, wanted in one.visible_when.items():
        asked = labels[name]
        shown = [translate(choice.label) for choice in asked.choices if choice.id in wanted]
        only = translate(N_("only for {field}: {values}"))
        marks.append(
            only.format(field=translate(asked.label), values=", ".join(shown or list(wanted)))
        )
    beside = f" ({'; '.join(marks)})" if marks else ""
    help = " ".join(translate(one.help).split())
    return f"- **{translate(one.label)}**{beside}" + (f": {help}" if help else "")


def _limit(one: Limit) -> str:
    text = N_("at most {count} requests in {span}")
    if one.errors:
        text = N_("at most {count} refused requests in {span}")
    if one.per_scope:
        text = N_("at most {count} requests in {span}, for each administration or domain")
        if one.errors:
            text = N_("at most {count} refused requests in {span}, for each administration")
    return translate(text).format(count=one.count, span=_span(one.seconds))


def _span(seconds: float) -> str:
    for size, text in ((86_400, N_("a day")), (3_600, N_("an hour")), (60, N_("a minute"))):
        if seconds == size:
            return translate(text)
    return translate(N_("{count} seconds")).format(count=round(seconds))
