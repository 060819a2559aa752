"""A connector of the tests: a package with dossiers, a box and a key per client. It connects to
nothing and never sends."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any, ClassVar

from ledgerdesk.connectors.base import INVOICE_FORMATS, STATEMENT_FORMATS, Connector
from ledgerdesk.model import Administration, DeliveryClass, ExportKind
from ledgerdesk.setup.answers import Wished
from ledgerdesk.setup.fields import Choice, Field, FieldKind, FieldScope
from ledgerdesk.setup.installer import Installer
from ledgerdesk.setup.services import Services


class Boxes(Connector):
    """Without dossiers. ``route`` decides which of the client's own fields is asked."""

    id = "boxes"
    label = "Boxes"
    formats: ClassVar = {
        ExportKind.INVOICES: INVOICE_FORMATS,
        ExportKind.STATEMENTS: STATEMENT_FORMATS,
    }
    fields = (
        Field(
            "route",
            "Route",
            FieldKind.CHOICE,
            default="mailbox",
            scope=FieldScope.CONFIGURATION,
            choices=(Choice("mailbox", "Mailbox"), Choice("folder", "Folder")),
        ),
        Field(
            "mailbox",
            "Mailbox",
            scope=FieldScope.CLIENT,
            template="text",
            help="Settings, then Mailboxes.",
            visible_when={"route": ("mailbox",)},
        ),
        Field(
            "path",
            "Folder",
            scope=FieldScope.CLIENT,
            template="path",
            visible_when={"route": ("folder",)},
        ),
        Field(
            "api_key",
            "Key",
            FieldKind.PASSWORD,
            required=False,
            secret=True,
            scope=FieldScope.CLIENT,
        ),
    )
    authorization = "none"
    delivery_class = DeliveryClass.C

    def account_key(self, values: Any) -> str:
        return self.id

    def target(self, request: Any) -> Any:
        raise AssertionError("nothing is sent in these tests")

    def open(self, context: Any) -> Any:
        raise AssertionError("nothing is connected in these tests")


class Dossiers(Boxes):
    """As Boxes, with dossiers to choose from."""

    id = "dossiers"
    label = "Dossiers"
    has_administrations = True
    administration_noun = "Division"

    def __init__(self, found: Sequence[Administration] = ()) -> None:
        self.found = list(found)

    def open(self, context: Any) -> Any:
        return nullcontext(SimpleNamespace(administrations=lambda: self.found))


@dataclass
class Packages:
    """The two connectors as services know them, and packages set up with them."""

    dossiers: Dossiers = field(default_factory=Dossiers)
    boxes: Boxes = field(default_factory=Boxes)

    def known_to(self, services: Services) -> Services:
        ours = {one.id: one for one in (self.boxes, self.dossiers)}
        before = services.connector
        return replace(
            services,
            connector=lambda id: ours.get(id) or before(id),
            all_connectors=lambda: (*ours.values(),),
        )

    @staticmethod
    def add(
        services: Services, name: str, *kinds: ExportKind, connector: str = "boxes", **values: str
    ) -> str:
        """The id of a new package, saved without being tried."""
        installer, id = Installer(services), ""
        for kind in kinds or (ExportKind.INVOICES,):
            wished: Wished = {
                "kind": kind,
                "values": values,
                "accept_terms": True,
                "untested": True,
            }
            if id:
                installer.edit(id, **wished)
            else:
                id = installer.add(connector, name, **wished).configuration.id
        return id
