"""Documents for these tests: the files of ``tests/data/documents``, and changed copies of them."""

from __future__ import annotations

import base64
import io
import zipfile
from pathlib import Path

from ledgerdesk.model import Finding, Reading

FOLDER = Path(__file__).parents[2] / "data" / "documents"
CODA = "coda-made/ok-lf.cod"
INVOICE = "belgian-made/peppol-inv-0208-pdf.xml"


def load(name: str) -> bytes:
    return (FOLDER / name).read_bytes()


def every(pattern: str) -> list[str]:
    """The names below the folder that match, in order."""
    return sorted(path.relative_to(FOLDER).as_posix() for path in FOLDER.glob(pattern))


def changed(content: bytes, *pairs: tuple[str, str]) -> bytes:
    """``content`` with each text replaced; a text that is not there is a mistake of the test."""
    for old, new in pairs:
        assert old.encode() in content, old
        content = content.replace(old.encode(), new.encode())
    return content


def invoice(*pairs: tuple[str, str]) -> bytes:
    """A valid Belgian Peppol invoice with ``pairs`` replaced."""
    return changed(load(INVOICE), *pairs)


def invoice_with_attachment(content: bytes, mime: str = "application/pdf", name: str = "") -> bytes:
    text = load(INVOICE).decode()
    start = text.index("<cbc:EmbeddedDocumentBinaryObject")
    end = text.index("</cbc:EmbeddedDocumentBinaryObject>")
    tag = f'<cbc:EmbeddedDocumentBinaryObject mimeCode="{mime}" filename="{name}">'
    return (text[:start] + tag + base64.b64encode(content).decode() + text[end:]).encode()


def coda(*patches: tuple[int, int, str], name: str = CODA) -> bytes:
    """A correct CODA file with texts written over it: (line from 1, position from 1, text)."""
    lines = load(name).decode("cp1252").splitlines()
    for line, position, text in patches:
        old = lines[line - 1]
        lines[line - 1] = old[: position - 1] + text + old[position - 1 + len(text) :]
    return "".join(line + "\r\n" for line in lines).encode("cp1252")


def coda_without(*numbers: int, name: str = CODA) -> bytes:
    """A CODA file that lacks the lines with these numbers."""
    lines = load(name).splitlines(keepends=True)
    return b"".join(line for i, line in enumerate(lines, 1) if i not in numbers)


def zipped(files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def rules(reading: Reading | tuple[Finding, ...]) -> list[str]:
    found = reading.findings if isinstance(reading, Reading) else reading
    return [finding.rule for finding in found]
