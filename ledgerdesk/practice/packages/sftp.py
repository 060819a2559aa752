"""A package that imports from its own SFTP server."""

from __future__ import annotations

from ledgerdesk.practice.packages._files import SftpPackage


class Sftp(SftpPackage):
    id = "sftp"
    connector_id = "sftp"
    name = "Practice package (SFTP)"
