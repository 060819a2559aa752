"""What comes back to a mail, told apart: whom it is about, what it says, and how sure that is."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from ledgerdesk.documents.mail_answers import Answer, AnswerKind, Sure, answer_in
from ledgerdesk.documents.mail_phrases import Fault, fault_of
from tests.helpers import bounces
from tests.helpers.bounces import Sent, plain, report
from tests.helpers.mails import mail, nested

ID = "019a1b2c3d4e5f607182"
SENT = Sent(f"<{ID}@firm.example>", ID, "in@package.example")


def answer(content: bytes) -> Answer:
    found = answer_in(content)
    assert found is not None
    return found


FAILURES: dict[str, bytes] = {
    "postfix": report(SENT),
    "exim": report(
        SENT,
        sender="Mail Delivery System <Mailer-Daemon@host.provider.example>",
        subject="Mail delivery failed: returning message to sender",
        returned="message/rfc822",
    ),
    "exchange, french": report(
        SENT,
        sender="postmaster@firm.onmicrosoft.example",
        subject=f"Non remis : {SENT.subject}",
        diagnostic="smtp;550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient in@package.example "
        "not found by SMTP address lookup",
        status="5.1.10",
        text="Impossible de remettre votre message à in@package.example.",
    ),
    "exchange, dutch": report(
        SENT,
        sender="MicrosoftExchange329e71ec88ae4615bbc36ab6ce41109e@firm.example",
        subject=f"Niet te bestellen: {SENT.subject}",
        text="Uw bericht aan in@package.example kan niet worden bezorgd.",
    ),
    "wrong container": report(SENT, outer='multipart/mixed; boundary="dsn"'),
    "no rfc822; before the address": report(SENT, final="<in@package.example>"),
    "no status": report(SENT, status=""),
    "opensmtpd": report(
        SENT, action="error", subject="Delivery status notification: error", diagnostic=""
    ),
    "internationalised": report(SENT, returned="message/global-headers"),
    "4.x that is final": report(SENT, status="4.4.7", diagnostic="smtp; 450 4.4.7 message expired"),
    "gmail": bounces.gmail(SENT),
    "qmail": bounces.qmail(SENT),
    "gateway": bounces.gateway(SENT),
}


@pytest.mark.parametrize("name", FAILURES)
def test_a_failure_in_every_servers_words(name: str):
    found = answer(FAILURES[name])
    assert found.kind is AnswerKind.FAILURE
    assert found.about[0].delivery_id == ID
    assert "in@package.example" in found.addresses


@pytest.mark.parametrize(
    ("content", "sure"),
    [
        (report(SENT), Sure.ORIGINAL),
        (report(SENT, header="Subject: x\r\n", envelope_id=ID), Sure.ENVELOPE),
        (bounces.gmail(SENT), Sure.REPLY),
        (report(SENT, header=SENT.header(with_id=False)), Sure.HEADER),
        (bounces.qmail(SENT), Sure.TEXT),
    ],
    ids=["original", "envelope", "reply", "header", "text"],
)
def test_how_sure_it_is_whom_it_is_about(content: bytes, sure: Sure):
    assert answer(content).about[0].sure is sure


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (report(SENT, action="delayed", status="4.4.1"), AnswerKind.DELAY),
        (bounces.gmail(SENT, delay=True), AnswerKind.DELAY),
        (report(SENT, action="relayed", status="2.0.0", diagnostic=""), AnswerKind.RELAYED),
        (report(SENT, action="delivered", status="2.0.0", diagnostic=""), AnswerKind.RELAYED),
        (
            plain(
                SENT,
                "Ik ben afwezig tot maandag.",
                sender="an@package.example",
                subject="Automatisch antwoord: Factuur",
                reply=True,
            ),
            AnswerKind.AUTOMATIC,
        ),
        (
            plain(
                SENT,
                "I am away.",
                sender="an@package.example",
                subject="away",
                headers=("Auto-Submitted: auto-replied (vacation)",),
                reply=True,
            ),
            AnswerKind.AUTOMATIC,
        ),
        (
            plain(
                SENT,
                "Please confirm you are human to release this message.",
                sender="filter@package.example",
                subject="Message held",
                reply=True,
            ),
            AnswerKind.CHALLENGE,
        ),
        (
            plain(
                SENT,
                "Dag, van wie is deze factuur?",
                sender="an@package.example",
                subject="RE: Factuur",
                reply=True,
            ),
            AnswerKind.HUMAN,
        ),
    ],
)
def test_what_is_no_failure(content: bytes, kind: AnswerKind):
    assert answer(content).kind is kind


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Your document has been received.", AnswerKind.ACCEPTED),
        ("Votre facture a bien été reçue.".replace("reçue", "reçu"), AnswerKind.ACCEPTED),
        ("Uw document werd goed ontvangen.", AnswerKind.ACCEPTED),
        ("Your document could not be processed: no attachment.", AnswerKind.REFUSED),
        ("Het bestand kon niet worden verwerkt.", AnswerKind.REFUSED),
        ("Le document n'a pas pu être traité.", AnswerKind.REFUSED),
        ("We received your mail, but it was rejected: unknown sender.", AnswerKind.REFUSED),
        ("> Your document has been received.\n\nIs this right?", AnswerKind.HUMAN),
    ],
)
def test_what_a_package_says(text: str, kind: AnswerKind):
    content = plain(SENT, text, sender="noreply@package.example", subject="RE: x", reply=True)
    assert answer(content).kind is kind


def test_the_sentence_is_the_other_sides_own():
    assert answer(report(SENT)).sentence.startswith("550 5.1.1 <in@package.example>: Recipient")
    assert answer(bounces.qmail(SENT)).sentence == "550 5.1.1 No such user here"


def test_a_sentence_is_bounded_and_on_one_line():
    told = "smtp; 550 5.1.1 " + "x" * 5000 + "\r\n\t\x1b[31m"
    sentence = answer(report(SENT, diagnostic=told)).sentence
    assert len(sentence) <= 200
    assert sentence.isprintable()


@pytest.mark.parametrize(
    "content",
    [
        mail(("a.pdf", b"%PDF-1.4")),
        report(Sent("<1@other.example>", "none", "x@y.example")),
        b"",
        b"\x00" * 1000,
    ],
    ids=["ordinary mail", "another firm's bounce", "nothing", "zeros"],
)
def test_what_answers_none_of_our_mails(content: bytes):
    assert answer_in(content) is None


@pytest.mark.parametrize(
    ("status", "text", "fault"),
    [
        ("5.1.1", "", Fault.ADDRESS),
        ("5.7.133", "", Fault.SENDER_UNWELCOME),
        ("5.7.26", "", Fault.OUR_DOMAIN),
        ("5.7.708", "", Fault.REPUTATION),
        ("5.2.2", "", Fault.FULL),
        ("5.3.4", "", Fault.TOO_LARGE),
        ("4.4.7", "", Fault.GAVE_UP),
        ("5.4.1", "", Fault.ROUTE),
        ("5.6.1", "", Fault.CONTENT),
        ("", "550 user unknown", Fault.ADDRESS),
        ("", "Host or domain name not found", Fault.DOMAIN),
        ("", "blocked using Spamhaus", Fault.REPUTATION),
        ("5.9.9", "nobody ever wrote this", Fault.OTHER),
    ],
)
def test_why_it_came_back(status: str, text: str, fault: Fault):
    assert fault_of(status, text) is fault


HOSTILE: dict[str, Callable[[], bytes]] = {
    "deep": lambda: nested(500),
    "addresses without end": lambda: plain(
        SENT, "a" * 2_000_000, sender="mailer-daemon@x.example", subject="failed", reply=True
    ),
    "blanks": lambda: plain(
        SENT, "is " * 500_000, sender="mailer-daemon@x.example", subject="x", reply=True
    ),
    "colons": lambda: report(SENT, diagnostic="smtp; " + "a: " * 300_000),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_answers_cost_little(name: str):
    content = HOSTILE[name]()
    began = time.process_time()
    answer_in(content)
    assert time.process_time() - began < 3
