"""BoCount, reading from an SFTP server."""

from __future__ import annotations

from ledgerdesk.model import ExportKind
from ledgerdesk.practice.packages._files import SftpPackage
from ledgerdesk.setup.answers import Wished


class Bocount(SftpPackage):
    id = "bocount"
    connector_id = "bocount"
    name = "Practice BoCount"
    prefix = "sftp_"

    def form(self, kind: ExportKind) -> Wished:
        given = super().form(kind)
        return {**given, "values": {**given["values"], "route": "sftp"}}
