"""Exact Online: invoices and statements into the administrations of one signed-in user.

What is known of the service: its public reference (HlpRestAPIResources) and what its users met.
Invoices go into the document archive unless the digital postbox is chosen: making and finding
again a document is attested by several clients and needs no further feature of the licence; of the
postbox neither who may send nor whether one can search it is published. For bank files the postbox
is the only attested way to have them read, so statements go there.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar

from ledgerdesk.connectors._exact_routes import DOCUMENTS, POSTBOX
from ledgerdesk.connectors._exact_session import ExactSession
from ledgerdesk.connectors._exact_sign_in import HOSTS, authorization_server, host_of
from ledgerdesk.connectors.base import (
    INVOICE_FORMATS,
    STATEMENT_FORMATS,
    Connector,
    Context,
    Format,
    RegisterStep,
    TargetRequest,
)
from ledgerdesk.errors import DirectionUnknown
from ledgerdesk.i18n import N_
from ledgerdesk.model import (
    DeliveryClass,
    Direction,
    DocumentKind,
    ExportKind,
    Limit,
    Standing,
    Target,
)
from ledgerdesk.setup.fields import Choice, Field, FieldKind, FieldScope

if TYPE_CHECKING:
    from ledgerdesk.net.oauth import AuthorizationServer

_COUNTRIES = {
    "be": N_("Belgium"),
    "nl": N_("Netherlands"),
    "de": N_("Germany"),
    "fr": N_("France"),
    "uk": N_("United Kingdom"),
}
_TYPES = {
    (DOCUMENTS, Direction.SALE): "10",
    (DOCUMENTS, Direction.PURCHASE): "20",
    (DOCUMENTS, None): "55",
    (POSTBOX, Direction.PURCHASE): "1000",
    (POSTBOX, Direction.SALE): "1100",
    (POSTBOX, None): "2000",
}
"""The vendor's numbers; None stands for a bank statement (55: miscellaneous)."""
_LONGEST_SUBJECT = 80


def _route(name: str, label: str, kind: ExportKind, default: str, help: str) -> Field:
    choices = (
        Choice(DOCUMENTS, N_("As a document with an attachment")),
        Choice(POSTBOX, N_("Through the digital postbox")),
    )
    return Field(
        name,
        label,
        FieldKind.CHOICE,
        default=default,
        scope=FieldScope.CONFIGURATION,
        choices=choices,
        kinds=(kind.value,),
        help=help,
    )


class ExactOnlineConnector(Connector):
    id = "exact_online"
    label = N_("Exact Online")
    formats: ClassVar[Mapping[ExportKind, tuple[Format, ...]]] = {
        ExportKind.INVOICES: INVOICE_FORMATS,
        ExportKind.STATEMENTS: STATEMENT_FORMATS,
    }
    fields = (
        Field(
            "country",
            N_("Country"),
            FieldKind.CHOICE,
            default="be",
            choices=tuple(Choice(id, _COUNTRIES[id]) for id in HOSTS),
            help=N_("Where you sign in: a Belgian user signs in at start.exactonline.be."),
        ),
        Field(
            "client_id",
            N_("Client ID"),
            help=N_(
                "Exact Online shows it once the app is registered: App Centre, Manage my apps."
            ),
        ),
        Field(
            "client_secret",
            N_("Client secret"),
            FieldKind.PASSWORD,
            secret=True,
            help=N_("It stands beside the client ID. Copy it at once: it may be shown only once."),
        ),
        Field(
            "redirect_uri",
            N_("Redirect URI"),
            FieldKind.URL,
            pattern=r"https://[^\s/?#]+\S*|http://(?:localhost|127\.0\.0\.1)(?::\d+)?(?:/\S*)?",
            help=N_(
                "Exactly as registered, character by character. Exact Online asks for a public "
                "https address, such as a page of your office's own website."
            ),
        ),
        _route(
            "route",
            N_("How invoices arrive"),
            ExportKind.INVOICES,
            DOCUMENTS,
            N_(
                "As a document: archived in the administration, where you book it from. Through "
                "the digital postbox: offered for booking; the licence needs the postbox. Nobody "
                "has published whether a program may send there, so try one invoice first."
            ),
        ),
        _route(
            "statement_route",
            N_("How bank statements arrive"),
            ExportKind.STATEMENTS,
            POSTBOX,
            N_(
                "Experimental: CODA reaches Exact Online through the digital postbox, but whether "
                "it takes bank files from a program is not published. Try one first. As a "
                "document: archived only, under Miscellaneous."
            ),
        ),
        Field(
            "postbox",
            N_("Digital postbox"),
            required=False,
            scope=FieldScope.CLIENT,
            template="text",
            advanced=True,
            help=N_(
                "Only when an administration has no postbox of its own or several: the postbox's "
                "address as Exact Online shows it. Empty: the administration's own one."
            ),
        ),
    )
    authorization = "oauth"
    has_administrations = True
    administration_noun = N_("Administration")
    delivery_class = DeliveryClass.B
    standings: ClassVar[Mapping[ExportKind, Standing]] = {ExportKind.STATEMENTS: Standing.COMMUNITY}
    confirms = True
    help = N_(
        "While signing in, choose the current and the future administrations. With Exact Online "
        "only the last sign-in of a user stays valid: use this connected account again for every "
        "other accounting package and on one computer only."
    )
    warning = help
    # A call may take its time on the way: the vendor's minute begins when it arrives there. The
    # tenth refused call in an hour would shut an administration's endpoint.
    limits = (
        Limit(60, 65, per_scope=True),
        Limit(5_000, 86_460, per_scope=True),
        Limit(9, 3_600, per_scope=True, errors=True),
    )
    register_url = "https://apps.exactonline.com"
    register = (
        RegisterStep(
            N_(
                "Put the page from docs/redirect on your office's website; it shows the answer of "
                "the sign-in to copy. Type its whole address here as the redirect URI."
            ),
            field="redirect_uri",
        ),
        RegisterStep(
            N_("Open the App Centre of your country, sign in and choose Manage my apps."),
            copy="https://apps.exactonline.com",
        ),
        RegisterStep(
            N_("Register a testing app: it is for your own office and is not published. Its name:"),
            copy="LedgerDesk",
        ),
        RegisterStep(
            N_("Give the redirect URI. It must be the very same address as here:"),
            field="redirect_uri",
        ),
        RegisterStep(
            N_(
                "Save, then copy the client ID and the client secret: LedgerDesk asks for both "
                "next."
            )
        ),
        RegisterStep(
            N_(
                "Sign in and choose current AND future administrations. A second computer that "
                "signs in as the same user ends the sign-in of this one."
            )
        ),
    )
    sources = (
        "https://start.exactonline.be/docs/HlpRestAPIResources.aspx",
        "https://support.exactonline.com",
    )

    def account_key(self, values: Mapping[str, str]) -> str:
        """Before anybody signed in; afterwards the user's own key (Session.whose) stands."""
        return f"{host_of(values)}:{values.get('client_id', '')}"

    def answers_later(self, values: Mapping[str, str]) -> bool:
        """Only what went to the postbox has a status afterwards."""
        # Each kind of document has its own of the two fields, and only that.
        return POSTBOX in (values.get("route"), values.get("statement_route"))

    def target(self, request: TargetRequest) -> Target:
        """Raises DirectionUnknown, EmptyVariable, BadTemplate."""
        values, naming = request.values, request.naming
        if request.kind is DocumentKind.STATEMENT:
            way, direction = values.get("statement_route") or POSTBOX, None
        else:
            way, direction = values.get("route") or DOCUMENTS, request.direction
            if direction is None:
                raise DirectionUnknown()
        words = " ".join(naming.text("[document_number] [enterprise_name]").split())
        token = request.delivery_id.replace("-", "")
        extra = {
            # The only thing a look-up can be made by: it belongs to this delivery alone.
            "subject": f"{words[:_LONGEST_SUBJECT]} [ledgerdesk:{token}]",
            "type": _TYPES[way, direction],
            "date": _date(naming.text("[issue_date]")),
        }
        if postbox := values.get("postbox", ""):
            extra["postbox"] = naming.text(postbox)
        return Target(way, naming.file_name(), extra)

    def authorization_server(
        self, values: Mapping[str, str], secrets: Mapping[str, str]
    ) -> AuthorizationServer:
        return authorization_server(values, secrets)

    def open(self, context: Context) -> ExactSession:
        return ExactSession(context)


def _date(text: str) -> str:
    return text if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text) else ""
