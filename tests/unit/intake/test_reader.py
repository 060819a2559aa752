"""Documents to read: pages on disk, attachments saved, two documents side by side."""

from __future__ import annotations

from pathlib import Path

import pytest

from ledgerdesk.errors import (
    AttachmentRefused,
    ContentGone,
    FileNotWritten,
    NothingToCompare,
    NotReadable,
    UnknownId,
)
from ledgerdesk.intake.reader import Reader
from tests.helpers.intake import Office, Papers, more_expensive, pdf, xml
from tests.unit.documents import made


@pytest.fixture
def reader(office: Office) -> Reader:
    return Reader(office.books, office.blobs)


def test_a_page_is_written_in_the_language_asked_for(
    office: Office, reader: Reader, tmp_path: Path
) -> None:
    [found] = office.take(tmp_path, made.invoice())
    reader.save_page(found.id, tmp_path / "page.html", "nl")
    assert "Te betalen" in (tmp_path / "page.html").read_text(encoding="utf-8")


def test_without_a_language_the_page_speaks_that_of_the_person(
    office: Office, reader: Reader, tmp_path: Path
) -> None:
    [found] = office.take(tmp_path, made.invoice())
    assert "To pay" in reader.page(found.id)


def test_a_bare_pdf_has_no_page(office: Office, reader: Reader, tmp_path: Path) -> None:
    [found] = office.take(tmp_path, pdf(), name="x.pdf")
    with pytest.raises(NotReadable):
        reader.page(found.id)


def test_a_copy_that_is_gone_is_told(office: Office, reader: Reader, tmp_path: Path) -> None:
    [found] = office.take(tmp_path, made.invoice())
    office.blobs.remove(found.sha256)
    with pytest.raises(ContentGone):
        reader.page(found.id)


def test_a_place_that_cannot_be_written_is_told(
    office: Office, reader: Reader, tmp_path: Path
) -> None:
    [found] = office.take(tmp_path, made.invoice())
    with pytest.raises(FileNotWritten):
        reader.save_page(found.id, tmp_path / "missing" / "page.html")


def test_a_true_attachment_is_saved_byte_for_byte(
    office: Office, reader: Reader, tmp_path: Path
) -> None:
    content = b"%PDF-1.7 the picture"
    [found] = office.take(tmp_path, made.invoice_with_attachment(content, name="a.pdf"))
    assert [one.name for one in reader.attachments(found.id)] == ["a.pdf"]
    reader.save_attachment(found.id, 1, tmp_path / "a.pdf")
    assert (tmp_path / "a.pdf").read_bytes() == content


def test_a_false_attachment_is_not_saved(office: Office, reader: Reader, tmp_path: Path) -> None:
    invoice = made.invoice_with_attachment(b"GIF89a", "image/png", name="a.png")
    [found] = office.take(tmp_path, invoice)
    with pytest.raises(AttachmentRefused):
        reader.save_attachment(found.id, 1, tmp_path / "a.png")
    assert not (tmp_path / "a.png").exists()


def test_an_attachment_that_is_not_there_is_unknown(
    office: Office, reader: Reader, tmp_path: Path
) -> None:
    [found] = office.take(tmp_path, made.invoice())
    with pytest.raises(UnknownId):
        reader.save_attachment(found.id, 99, tmp_path / "x")


def test_a_conflict_is_shown_beside_what_it_contradicts(
    office: Office, reader: Reader, papers: Papers, tmp_path: Path
) -> None:
    office.client(papers.who[0])
    story = papers.story(papers.others[0], papers.who[0])
    [first] = office.take(tmp_path, xml(story))
    [second] = office.take(tmp_path, xml(more_expensive(story)))
    for asked in (reader.compare(second.id), reader.compare(first.id, second.id)):
        assert (asked.first.id, asked.second.id) == (first.id, second.id)
        rows = {one.name: one for one in asked.rows}
        assert rows["number"].same
        assert not rows["total"].same
        assert (rows["total"].first, rows["total"].second) == (
            f"{first.facts.total:f}",
            f"{second.facts.total:f}",
        )


def test_what_contradicts_nothing_has_nothing_beside_it(
    office: Office, reader: Reader, tmp_path: Path
) -> None:
    [found] = office.take(tmp_path, made.invoice())
    with pytest.raises(NothingToCompare):
        reader.compare(found.id)
