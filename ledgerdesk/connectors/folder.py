"""A local folder, a network share or a mapped drive: the way into packages that watch a folder."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping
from typing import ClassVar

from ledgerdesk.connectors._layouts import LAYOUT, below
from ledgerdesk.connectors._local_disk import LocalDisk, converted
from ledgerdesk.connectors._pick_up import WATCH, watched_days
from ledgerdesk.connectors._publish import Publisher, literal_root, try_out
from ledgerdesk.connectors.base import (
    INVOICE_FORMATS,
    STATEMENT_FORMATS,
    Connector,
    Context,
    Format,
    Session,
    TargetRequest,
)
from ledgerdesk.errors import InvalidValue
from ledgerdesk.i18n import N_, translate
from ledgerdesk.model import Check, DeliveryClass, Evidence, ExportKind, Parcel, Probe, Target
from ledgerdesk.setup.fields import Field, FieldKind, FieldScope

_ABSOLUTE = r"(?:/|[A-Za-z]:[\\/]|\\\\[^\\/]+[\\/][^\\/]+).*"


class FolderConnector(Connector):
    id = "folder"
    label = N_("Local or network folder")
    formats: ClassVar[Mapping[ExportKind, tuple[Format, ...]]] = {
        ExportKind.INVOICES: INVOICE_FORMATS,
        ExportKind.STATEMENTS: STATEMENT_FORMATS,
    }
    fields = (
        Field(
            "path",
            N_("Folder"),
            FieldKind.FOLDER,
            scope=FieldScope.CONFIGURATION,
            template="path",
            pattern=_ABSOLUTE,
            help=N_(
                "Give the whole path, as in C:\\Import\\[enterprise_name], "
                "\\\\server\\share\\import or /srv/import. "
                "Folders from the first variable on are made when needed."
            ),
        ),
        LAYOUT,
        WATCH,
    )
    authorization = "none"
    delivery_class = DeliveryClass.A
    help = N_("For packages that import whatever appears in a folder. Nothing is overwritten.")

    def account_key(self, values: Mapping[str, str]) -> str:
        return os.path.normcase(os.path.normpath(literal_root(values["path"])))

    def target(self, request: TargetRequest) -> Target:
        """Raises EmptyVariable, BadTemplate or DirectionUnknown."""
        path = request.values["path"]
        place = os.path.normpath(request.naming.path(below(path, request)))
        root = os.path.normpath(literal_root(path))
        return Target(place, request.naming.file_name(), {"root": root})

    def watched_days(self, values: Mapping[str, str]) -> int:
        return watched_days(values)

    def open(self, context: Context) -> FolderSession:
        return FolderSession(context)


class FolderSession(Session):
    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._disk = LocalDisk()
        self._publisher = Publisher(self._disk, context)

    def verify(self) -> Iterator[Check]:
        """Raises InvalidValue, PlaceMissing, PlaceNotWritable or PlaceFull.

        The folder itself is made here, under a person's eyes, when its parent is there; sending
        never makes it: an unplugged drive would silently become an empty folder.
        """
        root = self._root()
        self._disk.make_root(root)
        yield Check(N_("The folder is there"), True, root)
        try_out(self._disk, root)
        yield Check(N_("LedgerDesk may write in it"), True)
        with converted(root):
            free = shutil.disk_usage(root).free
        yield Check(N_("Free space"), True, f"{free / 1e9:.1f} GB")

    def send_one(self, parcel: Parcel) -> Evidence:
        return self._publisher.send(parcel)

    def probe(self, parcel: Parcel) -> Probe:
        return self._publisher.probe(parcel)

    def confirm(self, parcel: Parcel, remote: str) -> Evidence | None:
        return self._publisher.picked_up(parcel, remote)

    def _root(self) -> str:
        root = os.path.normpath(literal_root(self.context.values["path"]))
        if not os.path.isabs(root):
            hint = translate(N_("Give the whole path, as this computer writes it."))
            name = translate(N_("Folder"))
            raise InvalidValue(field="path", value=root, name=name, hint=hint)
        return root
