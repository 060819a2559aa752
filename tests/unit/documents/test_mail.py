"""A mail taken apart: its attachments, what of it is no document, and mails that mean harm."""

from __future__ import annotations

import resource
import time
from collections.abc import Callable

import pytest

from ledgerdesk.documents import tnef as tnef_reader
from ledgerdesk.documents.mail import INLINE_IMAGE, SIGNATURE, is_mail, read_mail
from ledgerdesk.documents.mail_head import read_head
from ledgerdesk.model import HeldReason
from tests.helpers.mails import encoded, forwarded, mail, nested, raw, tnef

PDF = b"%PDF-1.4 invoice"
PNG = b"\x89PNG\r\n\x1a\n"
MIXED = 'Content-Type: multipart/mixed; boundary="b"'


def names(content: bytes) -> list[str]:
    return [part.name for part in read_mail(content).parts]


def one_part(*lines: str, body: bytes = PDF) -> bytes:
    part = "\r\n".join(["--b", *lines, "", ""]).encode("latin-1") + body
    return raw(["From: a@b.example", MIXED], part + b"\r\n--b--\r\n")


def test_attachments_come_out_unchanged():
    content = bytes(range(256)) * 50
    (part, second) = read_mail(mail(("a.xml", b"<Invoice/>"), ("b.bin", content))).parts
    assert (part.name, part.content, second.content) == ("a.xml", b"<Invoice/>", content)


def test_texts_are_no_attachments_unless_they_are_attached():
    assert names(mail(html="<p>hello</p>")) == []
    attached = 'Content-Disposition: attachment; filename="a.txt"'
    assert names(one_part("Content-Type: text/plain", attached)) == ["a.txt"]


@pytest.mark.parametrize(
    ("lines", "name"),
    [
        (('Content-Disposition: inline; filename="f.pdf"',), "f.pdf"),
        (('Content-Type: application/pdf; name="f.pdf"',), "f.pdf"),
        (("Content-Disposition: attachment; filename*=utf-8''a%20%C3%A9.pdf",), "a é.pdf"),
        (('Content-Disposition: attachment; filename="=?utf-8?q?f=C3=A9.pdf?="',), "fé.pdf"),
        (('Content-Disposition: attachment; filename="../../etc/x.pdf"',), "x.pdf"),
        (('Content-Disposition: attachment; filename="C:\\temp\\x.pdf"',), "x.pdf"),
        (("Content-Type: application/pdf",), "attachment.pdf"),
        (('Content-Disposition: attachment; filename*=nonsense\'\'%FF.pdf',), "ÿ.pdf"),
    ],
)  # fmt: skip
def test_file_names_in_every_spelling(lines: tuple[str, ...], name: str):
    assert names(one_part(*lines)) == [name]


def test_a_name_never_holds_a_line_break():
    content = one_part('Content-Disposition: attachment; filename="=?utf-8?q?a=0D=0ABcc:_x.pdf?="')
    (part,) = read_mail(content).parts
    assert part.name == "a Bcc: x.pdf"


def test_a_subject_never_holds_a_line_break():
    found = read_mail(raw(["From: a@b.example", "Subject: =?utf-8?q?a=0D=0ABcc:_x=00?="]))
    assert found.subject == "a Bcc: x"


@pytest.mark.parametrize("charset", ["x-unknown", "utf-16", '"', "\x00"])
def test_a_charset_nobody_knows_breaks_nothing(charset: str):
    content = one_part(f"Content-Type: text/html; charset={charset}", body=b"\xff\xfe<p>")
    assert read_mail(content).held is None


@pytest.mark.parametrize("encoding", ["base64", "BASE64 ", "quoted-printable", "8bit", "x-new"])
def test_every_encoding_is_read(encoding: str):
    body = {"b": encoded(PDF), "B": encoded(PDF)}.get(encoding[0], PDF)
    lines = (f"Content-Transfer-Encoding: {encoding}", "Content-Type: application/pdf")
    (part,) = read_mail(one_part(*lines, body=body)).parts
    assert part.content.rstrip() == PDF


def test_base64_that_was_cut_gives_what_is_whole():
    lines = ("Content-Transfer-Encoding: base64", "Content-Type: application/pdf")
    (part,) = read_mail(one_part(*lines, body=encoded(PDF)[:-6])).parts
    assert PDF.startswith(part.content) and part.content


def test_a_missing_last_border_loses_nothing():
    whole = mail(("a.pdf", PDF))
    assert names(whole[: whole.rindex(b"--")].rsplit(b"--", 1)[0]) == ["a.pdf"]


# --- no documents ---------------------------------------------------------------------------------


def test_what_goes_with_a_mail_is_set_aside():
    big = PNG + bytes(50_000)
    content = mail(("logo.png", PNG), ("x.ics", b"BEGIN:VCALENDAR"), ("scan.png", big))
    found = {part.name: part.set_aside for part in read_mail(content).parts}
    assert found == {"logo.png": INLINE_IMAGE, "x.ics": SIGNATURE, "scan.png": ""}


def test_a_large_picture_of_the_text_is_set_aside():
    picture = PNG + bytes(50_000)
    html = b'--b\r\nContent-Type: text/html\r\n\r\n<img src="cid:pic1@x">\r\n'
    part = b"--b\r\nContent-Type: image/png\r\nContent-ID: <pic1@x>\r\n\r\n" + picture
    content = raw(["From: a@b.example", MIXED], html + part + b"\r\n--b--\r\n")
    assert [part.set_aside for part in read_mail(content).parts] == [INLINE_IMAGE]


def test_a_mail_whose_text_leads_elsewhere():
    assert read_mail(mail(text="Uw factuur: https://x.example/1")).links
    assert not read_mail(mail(text="Tot morgen! https://x.example")).links
    assert not read_mail(mail(("a.pdf", PDF), text="factuur https://x.example")).links


@pytest.mark.parametrize(
    ("part", "rule"),
    [
        (one_part("Content-Type: application/pkcs7-mime; name=smime.p7m"), "LD-MAIL-ENCRYPTED"),
        (
            one_part(
                'Content-Disposition: attachment; filename="x.msg"',
                body=b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
            ),
            "LD-MAIL-MSG",
        ),
    ],
)
def test_what_cannot_be_opened_says_why(part: bytes, rule: str):
    (found,) = read_mail(part).parts
    assert found.finding is not None and found.finding.rule == rule


# --- mails in mails -------------------------------------------------------------------------------


def test_a_forwarded_mail_is_opened_once():
    inner = mail(("a.pdf", PDF))
    assert names(forwarded(inner)) == ["a.pdf"]
    (part,) = read_mail(forwarded(inner, depth=2)).parts
    assert part.finding is not None and part.finding.rule == "LD-MAIL-FORWARDED"


def test_a_saved_mail_is_known_by_its_name_and_its_beginning():
    content = mail(("a.pdf", PDF))
    assert is_mail(content, "Fwd.EML")
    assert not is_mail(content, "a.pdf")
    assert not is_mail(b"<Invoice/>", "a.eml")
    assert names(mail(("saved.eml", content))) == ["a.pdf"]


@pytest.mark.parametrize("long_names", [True, False])
def test_winmail_dat_is_opened(long_names: bool):
    inside = tnef(("factuur 2026.pdf", PDF), ("b.xml", b"<a/>"), long_names=long_names)
    found = read_mail(mail(("winmail.dat", inside))).parts
    assert [part.content for part in found] == [PDF, b"<a/>"]
    assert found[0].name == ("factuur 2026.pdf" if long_names else "factuur ~1.DAT")


def test_a_damaged_winmail_dat_gives_what_is_whole():
    inside = tnef(("a.pdf", PDF), ("b.pdf", PDF * 100))
    assert len(read_mail(mail(("winmail.dat", inside[:-200]))).parts) == 1


def test_tiny_objects_without_end_in_winmail_dat_cost_little():
    content = tnef_reader.SIGNATURE + b"\x01\x00" + (b"\x02" + bytes(10)) * 1_000_000
    began = time.process_time()
    tnef_reader.attachments(content)
    assert time.process_time() - began < 1


# --- mails that mean harm -------------------------------------------------------------------------

HOSTILE: dict[str, Callable[[], bytes]] = {
    "nested 200 deep": lambda: nested(200),
    "nested 100,000 deep": lambda: nested(100_000),
    "forwarded 300 times": lambda: forwarded(mail(("a.pdf", PDF)), depth=300),
    "50,000 parts": lambda: raw(["From: a@b.example", MIXED], b"--b\r\n\r\n" * 50_000),
    "almost borders": lambda: raw(["From: a@b.example", MIXED], b"--bx\r\n" * 2_000_000),
    "header without end": lambda: b"Subject: " + b"a" * 20_000_000,
    "a million header lines": lambda: b"X-A: b\r\n" * 30_000 + b"\r\n",
    "encoded words": lambda: raw(["Subject: " + "=?utf-8?q?a?= " * 15_000]),
    "parameters": lambda: raw(["Content-Type: multipart/mixed; " + "a=b; " * 3_000 + "boundary=b"]),
    "parameter pieces": lambda: raw(
        ["Content-Type: multipart/mixed; " + "".join(f"boundary*{n}=b; " for n in range(900))]
    ),
    "51 MiB": lambda: raw(["From: a@b.example"], bytes(51 * 1024 * 1024)),
    "a border of a megabyte": lambda: raw(
        [f'Content-Type: multipart/mixed; boundary="{"b" * 1_000_000}"']
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_mails_cost_little(name: str):
    content = HOSTILE[name]()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began = time.process_time()
    found = read_mail(content)
    assert time.process_time() - began < 5
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown < 300_000, "more than 300 MB"
    if found.finding is not None:
        assert found.held in (HeldReason.UNSAFE, HeldReason.TOO_LARGE)


@pytest.mark.parametrize("name", ["nested 200 deep", "50,000 parts", "51 MiB", "almost borders"])
def test_a_mail_beyond_the_bounds_says_so(name: str):
    found = read_mail(HOSTILE[name]())
    assert found.held is HeldReason.UNSAFE
    assert found.finding is not None and found.finding.rule == "LD-MAIL-LIMIT"


def test_nineteen_levels_are_ordinary():
    assert read_mail(nested(19)).held is None


def test_two_senders_are_none():
    head = read_head(b"From: a@b.example\r\nFrom: c@d.example\r\n\r\n", 0, 42)
    assert head.sender == ""
