"""What comes back to a mail reaches its delivery: through the mail account's own inbox, read beside
a real Dovecot, or through a mailbox that is a source."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.helpers import bounces
from tests.helpers.bounces import Sent, plain, report
from tests.helpers.command_line import Cli, Json
from tests.helpers.dovecot import HOST, USER, Dovecot
from tests.helpers.office import Office
from tests.helpers.smtp import SmtpServer

TO = "in@package.example"


class Post:
    """A firm that mails one client's purchases and reads what comes back."""

    def __init__(self, office: Office, smtp: SmtpServer, dovecot: Dovecot, place: Path) -> None:
        self.office, self.smtp, self.dovecot = office, smtp, dovecot
        self.ca_file = place / "both.pem"
        self.ca_file.write_text(Path(smtp.ca_file).read_text() + dovecot.ca_pem)
        self.cli: Cli = office.cli

    def account(self, **reading: str) -> Json:
        given = {
            "host": self.smtp.host,
            "port": str(self.smtp.port),
            "security": self.smtp.mode,
            "username": self.smtp.username,
            **reading,
        }
        pairs = [part for name, value in given.items() for part in ("--set", f"{name}={value}")]
        answer = self.cli(
            *("mail-account", "set", *pairs, "--secret", "password=env:MAIL_PASSWORD"),
            *("--ca-file", str(self.ca_file)),
        )
        return dict(answer["mail_account"])

    def reads(self) -> None:
        self.account(imap_host=HOST, imap_port=str(self.dovecot.tls_port))

    def sends(self, number: int = 1, address: str = TO) -> list[Sent]:
        added = self.cli(
            *("configurations", "add", "email", "--name", "Package", "--kind", "invoices"),
            *("--set", f"purchase_address={address}", "--accept-terms"),
        )
        who = self.office.papers.who[0]
        client = self.office.client(who, "1001")
        self.office.link(client, added["configuration"]["id"])
        for each in range(number):
            self.office.add(f"{each}.xml", self.office.purchase(who))
        assert self.office.counts()["delivered"] == number
        return [
            Sent(
                str(one.message["Message-ID"]),
                str(one.message["X-LedgerDesk-Delivery"]),
                one.recipients[0],
                self.smtp.username,
            )
            for one in self.smtp.messages()
        ]

    def comes_back(self, content: bytes, folder: str = "INBOX") -> None:
        self.dovecot.deliver(content, user=self.smtp.username, folder=folder)

    def delivery(self, id: str = "") -> Json:
        return self.office.delivery(id)


@pytest.fixture
def post(
    office: Office,
    smtp_server: SmtpServer,
    dovecot: Dovecot,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Post:
    monkeypatch.setenv("MAIL_PASSWORD", smtp_server.password)
    office.cli.canaries.append(smtp_server.password)
    dovecot.maildir(smtp_server.username)
    return Post(office, smtp_server, dovecot, tmp_path)


@pytest.mark.parametrize("write", [report, bounces.gmail, bounces.gateway])
def test_a_bounce_rejects_the_delivery_in_the_other_sides_words(post: Post, write):
    post.reads()
    (sent,) = post.sends()
    post.comes_back(write(sent))
    assert post.office.counts()["rejected"] == 1

    found = post.cli("deliveries", "show", sent.delivery_id)["deliveries"][0]
    assert found["state"] == "rejected"
    assert found["error"]["code"] == "mail_bounced"
    assert "550 5." in found["error"]["text"] and TO in found["error"]["text"]
    sent_proof, bounce_proof = found["receipts"]
    assert sent_proof["assurance"] == "blind"
    assert bounce_proof["evidence"]["refused"] == "mail_bounced"
    assert post.cli("journal", "verify")["ok"]


def test_a_bounce_is_told_once(post: Post):
    post.reads()
    (sent,) = post.sends()
    post.comes_back(report(sent))
    post.office.sync()
    post.comes_back(report(sent))
    post.office.sync()
    assert len(post.cli("deliveries", "show", sent.delivery_id)["deliveries"][0]["receipts"]) == 2


def test_no_mail_of_the_inbox_is_changed(post: Post):
    post.reads()
    (sent,) = post.sends()
    post.comes_back(report(sent))
    before = post.dovecot.files(user=post.smtp.username)
    post.office.sync()
    assert post.dovecot.files(user=post.smtp.username) == before


def test_a_bounce_in_the_junk_folder_is_seen(post: Post):
    post.reads()
    (sent,) = post.sends()
    post.comes_back(report(sent), "Junk")
    assert post.office.counts()["rejected"] == 1


FORGED = {
    "another Message-ID": lambda sent: report(
        Sent(sent.message_id.replace("@", "x@"), "none", sent.recipient)
    ),
    "another domain": lambda sent: report(
        Sent(f"<{sent.delivery_id}@elsewhere.example>", "none", sent.recipient)
    ),
    "another address": lambda sent: report(sent, final="rfc822; other@package.example"),
    "only in the text": bounces.qmail,
    "a guessed number": lambda sent: report(sent, header="Subject: x\r\n", envelope_id="0" * 20),
}


@pytest.mark.parametrize("name", FORGED)
def test_a_bounce_anybody_could_have_written_changes_nothing(post: Post, name: str):
    post.reads()
    (sent,) = post.sends()
    post.comes_back(FORGED[name](sent))
    post.office.sync()
    assert post.delivery()["state"] == "delivered"


@pytest.mark.parametrize(
    "content",
    [
        lambda sent: report(sent, action="delayed", status="4.4.1"),
        lambda sent: report(sent, action="relayed", status="2.0.0", diagnostic=""),
        lambda sent: plain(
            sent,
            "Ik ben afwezig.",
            sender=TO,
            subject="Automatisch antwoord: x",
            headers=("Auto-Submitted: auto-replied",),
            reply=True,
        ),
        lambda sent: plain(
            sent, "goed ontvangen", sender="an@stranger.example", subject="RE", reply=True
        ),
    ],
    ids=["delay", "relayed", "out of office", "a stranger's yes"],
)
def test_what_is_no_verdict_leaves_the_delivery_alone(post: Post, content):
    post.reads()
    (sent,) = post.sends()
    post.comes_back(content(sent))
    post.office.sync()
    found = post.delivery()
    assert (found["state"], found["assurance"]) == ("delivered", "blind")


def test_a_packages_yes_raises_the_proof(post: Post):
    post.reads()
    (sent,) = post.sends()
    post.comes_back(
        plain(
            sent,
            "Uw document werd goed ontvangen.",
            sender="noreply@package.example",
            subject="Ontvangen",
            reply=True,
        )
    )
    post.office.sync()
    found = post.delivery()
    assert (found["state"], found["assurance"]) == ("delivered", "acknowledged")
    # What is acknowledged does not go back because of an older notice.
    post.comes_back(report(sent))
    post.office.sync()
    assert post.delivery()["state"] == "delivered"


def test_a_packages_no_rejects_the_delivery(post: Post):
    post.reads()
    (sent,) = post.sends()
    text = "Your document could not be processed: unknown sender."
    post.comes_back(
        plain(sent, text, sender="noreply@package.example", subject="Error", reply=True)
    )
    post.office.sync()
    found = post.delivery()
    assert found["error"]["code"] == "mail_refused_by_package"
    assert "unknown sender" in found["error"]["text"]


def test_a_domain_nobody_trusts_stops_the_mail_account(post: Post):
    post.reads()
    (sent,) = post.sends()
    told = "smtp; 550 5.7.26 Unauthenticated email is not accepted due to DMARC policy"
    post.comes_back(report(sent, status="5.7.26", diagnostic=told))
    post.office.sync()
    assert post.cli("mail-account", "show")["mail_account"]["state"] == "blocked"
    assert post.delivery()["state"] == "rejected"


def test_a_mailbox_that_is_a_source_sees_them_too(post: Post):
    post.account()
    (sent,) = post.sends()
    given = {"host": HOST, "port": str(post.dovecot.tls_port), "username": USER}
    pairs = [part for name, value in given.items() for part in ("--set", f"{name}={value}")]
    post.cli(
        *("sources", "add", "--type", "mailbox", *pairs, "--ca-file", str(post.ca_file)),
        *("--secret", "password=env:MAIL_PASSWORD"),
    )
    document = post.smtp.messages()[0].content.decode()
    post.dovecot.deliver(report(sent, returned="message/rfc822", header=document))
    post.office.sync()
    assert post.delivery()["state"] == "rejected"
    # The bounce is a line; our own document on it is not taken in again.
    lines = [(one["state"], one["reason"]) for one in post.cli("documents", "list")["documents"]]
    assert sorted(lines) == [("ready", None), ("set_aside", "mail_answer")]


def test_the_proof_says_whether_refusals_can_be_seen(post: Post):
    post.account()
    post.sends()
    assert post.delivery()["receipt"]["evidence"]["answers_read"] is False


def test_an_inbox_out_of_reach_is_told_and_stops_nothing(post: Post, allow_log):
    allow_log("ledgerdesk.delivery")
    post.account(imap_host=HOST, imap_port="1")
    post.sends()
    shown = post.cli("mail-account", "show")["mail_account"]
    assert shown["answers_error"]["code"] == "connection_refused"
    post.reads()
    post.office.sync()
    shown = post.cli("mail-account", "show")["mail_account"]
    assert shown["answers_error"] is None and shown["answers_read_at"]
