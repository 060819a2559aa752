"""A package whose server goes down when the day begins: its documents wait."""

from __future__ import annotations

from ledgerdesk.practice.packages._files import SftpPackage


class Down(SftpPackage):
    id = "down"
    connector_id = "sftp"
    name = "Practice package (server down)"

    def settled(self) -> None:
        self.server.close()
