"""What becomes of a mail's attachments when a mail is taken in, also as a file somebody saved."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

from ledgerdesk.model import Profile
from ledgerdesk.practice.markup import document
from ledgerdesk.practice.ubl import ubl
from tests.helpers.intake import Office, Papers, pdf
from tests.helpers.mails import forwarded, mail


def saved(office: Office, tmp_path: Path, content: bytes) -> dict[str, tuple[str, str]]:
    """State and reason of each attachment, by its name; "" is the mail itself."""
    (tmp_path / "mail.eml").write_bytes(content)
    found = office.add(tmp_path / "mail.eml")
    return {one.member: (one.state.value, one.reason) for one in found}


def test_a_pdf_that_is_inside_the_invoice_is_set_aside(
    office: Office, papers: Papers, tmp_path: Path
) -> None:
    story = papers.story(papers.others[0], papers.who[0])
    picture = pdf("the invoice")
    invoice = document(ubl(story, Profile.PEPPOL_BIS_3, picture))
    content = mail(("f.xml", invoice), ("f.pdf", picture), ("terms.pdf", pdf("terms")))
    found = saved(office, tmp_path, content)
    assert found["f.pdf"] == ("set_aside", "inside_invoice")
    assert found["f.xml"] == ("unassigned", "")
    assert found["terms.pdf"][1] != "inside_invoice"


def test_a_pdf_beside_a_damaged_invoice_stays(
    office: Office, papers: Papers, tmp_path: Path
) -> None:
    story = papers.story(papers.others[0], papers.who[0])
    picture = pdf("the invoice")
    invoice = document(ubl(story, Profile.PEPPOL_BIS_3, picture))[:-20]
    found = saved(office, tmp_path, mail(("f.xml", invoice), ("f.pdf", picture)))
    assert found["f.xml"][0] == "held"
    assert found["f.pdf"][1] != "inside_invoice"


def test_a_zip_in_a_mail_is_unpacked(office: Office, papers: Papers, tmp_path: Path) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("a/b.xml", papers.invoice(papers.others[0], papers.who[0]))
    assert list(saved(office, tmp_path, mail(("all.zip", packed.getvalue())))) == [
        "all.zip/a/b.xml"
    ]


def test_a_forwarded_mail_brings_its_documents(
    office: Office, papers: Papers, tmp_path: Path
) -> None:
    invoice = papers.invoice(papers.others[0], papers.who[0])
    content = forwarded(mail(("f.xml", invoice)))
    assert saved(office, tmp_path, content) == {"f.xml": ("unassigned", "")}


def test_a_mail_forwarded_twice_waits_for_a_person(office: Office, tmp_path: Path) -> None:
    content = forwarded(mail(("f.xml", b"<a/>")), depth=2)
    ((name, state),) = saved(office, tmp_path, content).items()
    assert (name, state) == ("forwarded.eml", ("held", "unknown_kind"))


def test_a_mail_without_a_document_is_a_line(office: Office, tmp_path: Path) -> None:
    assert saved(office, tmp_path, mail()) == {"": ("set_aside", "mail_without_document")}


def test_a_mail_that_means_harm_is_held(office: Office, tmp_path: Path) -> None:
    from tests.helpers.mails import nested

    assert saved(office, tmp_path, nested(200)) == {"": ("held", "unsafe")}


def test_the_same_logo_in_two_mails_is_no_duplicate(office: Office, tmp_path: Path) -> None:
    logo = b"\x89PNG\r\n\x1a\n" + bytes(300)
    for number in range(2):
        found = saved(office, tmp_path, mail(("logo.png", logo), text=str(number)))
        assert found["logo.png"] == ("set_aside", "inline_image")


def test_the_same_document_by_two_mails_is_one(
    office: Office, papers: Papers, tmp_path: Path
) -> None:
    invoice = papers.invoice(papers.others[0], papers.who[0])
    assert saved(office, tmp_path, mail(("f.xml", invoice))) == {"f.xml": ("unassigned", "")}
    assert saved(office, tmp_path, mail(("g.xml", invoice)))["g.xml"][0] == "duplicate"
