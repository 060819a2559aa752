"""A firm set up through the command line: packages, clients, links and documents in few words."""

from __future__ import annotations

import hashlib
import os
import time
from pathlib import Path
from typing import Any

from ledgerdesk.practice.firm import Business
from tests.helpers.command_line import Cli, Json
from tests.helpers.intake import Papers

INVOICE_PATH = "[accounting_file_id]/[invoice_type]"


class Office:
    def __init__(self, cli: Cli, papers: Papers, place: Path) -> None:
        self.cli = cli
        self.papers = papers
        self._place = place
        self.package = place / "package"
        self.arriving = place / "arriving"

    # --- set up ---------------------------------------------------------------------------------

    def folder(self, path: Path | None = None, *more: str, kind: str = "invoices") -> str:
        """A package that watches a folder; for each file number a folder per journal."""
        root = path or self.package
        values = ("--set", f"path={root}/{INVOICE_PATH}", "--accept-terms", *more)
        added = self.cli(
            *("configurations", "add", "folder", "--name", f"{root.name} ({kind})"),
            *("--kind", kind, *values),
        )
        return str(added["configuration"]["id"])

    def both_kinds(self, configuration: str, path: Path | None = None) -> None:
        values = ("--set", f"path={path or self.package}/{INVOICE_PATH}")
        self.cli(
            *("configurations", "edit", configuration, "--kind", "statements"),
            *(*values, "--accept-terms"),
        )

    def client(self, business: Business, file_number: str = "", *more: str) -> str:
        numbers = ["--vat", business.number, "--iban", business.iban]
        if file_number:
            numbers += ["--file-number", file_number]
        added = self.cli("clients", "add", "--name", business.name, *numbers, *more)
        return str(added["client"]["id"])

    def link(self, client: str, configuration: str, *more: str) -> Json:
        linked = self.cli("clients", "link", client, "--configuration", configuration, *more)
        return dict(linked["link"])

    # --- documents ------------------------------------------------------------------------------

    def write(self, name: str, content: bytes, folder: Path | None = None) -> Path:
        """A file that has been there for an hour: nobody is still writing it."""
        path = (folder or self.arriving) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        then = time.time() - 3600
        os.utime(path, (then, then))
        return path

    def purchase(self, client: Business, supplier: Business | None = None) -> bytes:
        return self.papers.invoice(supplier or self.papers.others[0], client)

    def add(self, name: str, content: bytes, *more: str, code: int | None = None) -> Json:
        """``documents add`` of one file that gives one document."""
        found = self.add_all(name, content, *more, code=code)
        assert len(found) == 1, found
        return found[0]

    def add_all(self, name: str, content: bytes, *more: str, code: int | None = None) -> list[Json]:
        path = self.write(name, content, self._place / "given")
        return list(self.cli("documents", "add", path, *more, code=code)["documents"])

    # --- what came out --------------------------------------------------------------------------

    def sync(self, code: int | None = None) -> Json:
        return self.cli("sync", code=code)

    def counts(self, code: int | None = None) -> dict[str, int]:
        """What sync answers, without the zeros."""
        return {name: number for name, number in self.sync(code).items() if number}

    def document(self, id: str) -> Json:
        return dict(self.cli("documents", "show", id)["documents"][0])

    def delivery(self, id: str = "") -> Json:
        """The one delivery there is, or the one with ``id``."""
        found = self.deliveries() if not id else self.cli("deliveries", "show", id)["deliveries"]
        assert len(found) == 1, found
        return dict(found[0])

    def deliveries(self, *more: str) -> list[Json]:
        return list(self.cli("deliveries", "list", *more)["deliveries"])


def files(folder: Path) -> dict[str, str]:
    """What is really there: the folder of each file below ``folder`` and its SHA-256, by name."""
    return {
        path.relative_to(folder).as_posix(): sha256(path.read_bytes())
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def places(folder: Path) -> list[tuple[str, str]]:
    """(folder below, SHA-256) of every file: what counts when names are made by LedgerDesk."""
    return sorted((os.path.dirname(name), digest) for name, digest in files(folder).items())


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def states(found: list[Json]) -> list[tuple[Any, Any]]:
    return [(one["state"], one["reason"]) for one in found]
