"""Mail with a sign-in in the browser: Microsoft 365 and Google, for sending and for reading."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from ledgerdesk.practice.vendors import identity
from ledgerdesk.practice.vendors.identity import CLIENT_ID, CLIENT_SECRET, IdentityServer
from tests.helpers import oauth_smtp
from tests.helpers.command_line import Json
from tests.helpers.dovecot import HOST, Dovecot, Unavailable
from tests.helpers.intake import pdf
from tests.helpers.mails import mail
from tests.helpers.oauth_smtp import OauthSmtp
from tests.helpers.office import Office

USER = "docs@office.example"


@pytest.fixture(params=["microsoft365", "google"])
def provider(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def sign_in(
    provider: str, monkeypatch: pytest.MonkeyPatch, office: Office
) -> Iterator[IdentityServer]:
    """The provider's pages, and a person at the browser who does what the server's state says."""
    server = IdentityServer(provider)
    monkeypatch.setenv(f"LEDGERDESK_ENDPOINT_{provider.upper()}", server.url)
    monkeypatch.setenv("CLIENT_SECRET", CLIENT_SECRET)
    office.cli.canaries.append(CLIENT_SECRET)

    def browse(url: str, *_: object) -> bool:
        import requests

        back = server.authorize(url)
        threading.Thread(target=lambda: requests.get(back, timeout=10), daemon=True).start()
        return True

    monkeypatch.setattr("webbrowser.open", browse)
    yield server
    server.close()


@pytest.fixture
def smtp(sign_in: IdentityServer, tmp_path: Path) -> Iterator[OauthSmtp]:
    def is_good(username: str, token: str) -> bool:
        return sign_in.is_good(username, token, identity.SEND)

    server = OauthSmtp(tmp_path / "smtp", is_good, google=sign_in.provider == "google")
    yield server
    server.close()


class Firm:
    """A firm that mails through its provider."""

    def __init__(self, office: Office, provider: str, smtp: OauthSmtp, place: Path) -> None:
        self.office, self.cli, self.provider, self.smtp = office, office.cli, provider, smtp
        self.ca_file = place / "mail-ca.pem"
        self.ca_file.write_text(smtp.ca_pem)

    def options(self, **values: str) -> list[str]:
        given = {
            "provider": self.provider,
            "host": HOST,
            "port": str(self.smtp.port),
            "username": USER,
            "client_id": CLIENT_ID,
            **values,
        }
        pairs = [
            str(part) for name, value in given.items() for part in ("--set", f"{name}={value}")
        ]
        secret = ["--secret", "client_secret=env:CLIENT_SECRET"]
        return [*pairs, *(secret if self.provider == "google" else [])]

    def set(self, **values: str) -> Json:
        answer = self.cli(
            *("mail-account", "set", *self.options(**values), "--ca-file", str(self.ca_file))
        )
        return dict(answer["mail_account"])

    def mails_to(self, address: str) -> str:
        added = self.cli(
            *("configurations", "add", "email", "--name", "Package", "--kind", "invoices"),
            *("--set", f"purchase_address={address}", "--accept-terms"),
        )
        return str(added["configuration"]["id"])

    def client(self, configuration: str) -> None:
        self.office.link(self.office.client(self.office.papers.who[0], "1001"), configuration)


@pytest.fixture
def firm(office: Office, provider: str, smtp: OauthSmtp, tmp_path: Path) -> Firm:
    return Firm(office, provider, smtp, tmp_path)


def test_documents_are_mailed_with_a_token(firm: Firm, sign_in: IdentityServer):
    kept = firm.set()
    assert (kept["provider"], kept["sign_in"]) == (firm.provider, "browser")
    firm.client(firm.mails_to("in@package.example"))
    firm.office.add("a.xml", firm.office.purchase(firm.office.papers.who[0]))

    assert firm.office.counts()["delivered"] == 1
    assert len(firm.smtp.mails) == 1
    told = firm.cli.tells("mail-account", "show").out
    for secret in (*sign_in.given, CLIENT_SECRET):
        assert secret not in told


def test_only_what_is_needed_is_asked_for(firm: Firm, sign_in: IdentityServer):
    firm.set()
    (asked,) = sign_in.requests("auth", "GET")
    if firm.provider == "microsoft365":
        assert set(asked.query["scope"].split()) == {identity.SEND, "offline_access"}
    assert asked.query["login_hint"] == USER
    assert asked.query["code_challenge_method"] == "S256"


def test_a_token_that_ended_is_renewed_and_nobody_is_asked(firm: Firm, sign_in: IdentityServer):
    firm.set()
    firm.client(firm.mails_to("in@package.example"))
    sign_in.end_access()
    firm.office.add("a.xml", firm.office.purchase(firm.office.papers.who[0]))
    assert firm.office.counts()["delivered"] == 1
    assert sign_in.renewals == 1


@pytest.mark.parametrize("renumbered", [False, True])
def test_a_sign_in_that_was_revoked_waits_for_a_person(
    firm: Firm, sign_in: IdentityServer, renumbered: bool
):
    firm.set()
    firm.client(firm.mails_to("in@package.example"))
    sign_in.renumbered = renumbered
    sign_in.revoke("password")
    firm.office.add("a.xml", firm.office.purchase(firm.office.papers.who[0]))
    assert firm.office.counts()["blocked"] == 1
    assert firm.office.delivery()["error"]["code"] == "sign_in_expired"
    firm.cli("mail-account", "set", "--sign-in-again")
    assert firm.office.counts()["delivered"] == 1


def test_the_account_is_signed_in_once(firm: Firm, sign_in: IdentityServer):
    firm.set()
    firm.set(from_address="facturen@office.example")
    assert len(sign_in.requests("auth", "GET")) == 1
    firm.set(username="other@office.example")
    assert len(sign_in.requests("auth", "GET")) == 2


# --- Microsoft alone ------------------------------------------------------------------------------

microsoft = pytest.mark.parametrize("provider", ["microsoft365"], indirect=True)
google = pytest.mark.parametrize("provider", ["google"], indirect=True)


@microsoft
@pytest.mark.parametrize(
    ("outcome", "code"),
    [("declined", "consent_denied"), ("mfa", "sign_in_over"), ("policy", "forbidden")],
)
def test_a_sign_in_that_came_to_nothing_keeps_nothing(
    firm: Firm, sign_in: IdentityServer, outcome: str, code: str
):
    sign_in.outcome = outcome
    given = firm.options()
    error = firm.cli.fails("mail-account", "set", *given, "--ca-file", firm.ca_file)
    assert error["code"] == code
    assert firm.cli("mail-account", "show") == {"mail_account": None}


@microsoft
def test_without_a_registration_the_field_is_named(firm: Firm):
    given = firm.options(client_id="")
    assert firm.cli.fails("mail-account", "set", *given)["field"] == "client_id"


@microsoft
def test_a_server_that_is_switched_off_for_sending_says_so(firm: Firm):
    firm.smtp.switched_off = True
    firm.set()
    error = firm.cli.fails(
        *("configurations", "add", "email", "--name", "P", "--kind", "invoices"),
        *("--set", "purchase_address=a@b.example", "--accept-terms"),
    )
    assert error["code"] == "credentials_rejected"
    assert "Authenticated SMTP" in error["text"]


@microsoft
def test_a_sender_the_account_may_not_use_is_refused(firm: Firm):
    firm.smtp.owned = {USER}
    firm.set(from_address="shared@office.example")
    error = firm.cli.fails(
        *("configurations", "add", "email", "--name", "P", "--kind", "invoices"),
        *("--set", "purchase_address=a@b.example", "--accept-terms"),
    )
    assert error["code"] == "sender_refused"


@microsoft
def test_a_shared_mailbox_sends_as_itself_signed_in_as_the_person(firm: Firm):
    firm.set(from_address="shared@office.example")
    firm.client(firm.mails_to("in@package.example"))
    firm.office.add("a.xml", firm.office.purchase(firm.office.papers.who[0]))
    firm.office.sync()
    assert firm.smtp.senders == ["shared@office.example"]


@microsoft
def test_a_server_that_asks_for_a_pause_gets_it(firm: Firm):
    firm.smtp.limit = 1
    firm.set()
    firm.client(firm.mails_to("in@package.example"))
    for number in range(2):
        firm.office.add(f"{number}.xml", firm.office.purchase(firm.office.papers.who[0]))
    counts = firm.office.counts()
    assert (counts["delivered"], counts.get("rejected", 0)) == (1, 0)
    assert counts.get("retrying", 0) + counts.get("queued", 0) == 1


@microsoft
def test_thirty_mails_a_minute_are_kept_to(firm: Firm):
    firm.set()
    firm.client(firm.mails_to("in@package.example"))
    who = firm.office.papers.who[0]
    for number in range(32):
        firm.office.add(f"{number}.xml", firm.office.purchase(who))
    firm.office.sync()
    assert len(firm.smtp.mails) == 30
    waiting = [one for one in firm.office.deliveries() if one["state"] == "retrying"]
    assert waiting[0]["error"]["code"] == "limit_reached"
    assert waiting[0]["next_attempt_at"] is not None
    # Another process, and still the same minute.
    firm.office.sync()
    assert len(firm.smtp.mails) == 30


@microsoft
@pytest.mark.parametrize("language", ["fr", "nl", "en"])
def test_the_mail_for_the_it_partner(firm: Firm, language: str):
    firm.set()
    made = firm.cli("mail-account", "it-mail", "--language", language)["it_mail"]
    assert made["url"] in made["text"]
    assert f"client_id={CLIENT_ID}" in made["url"]
    assert "/organizations/v2.0/adminconsent?" in made["url"]
    assert USER in made["text"]


@microsoft
def test_the_admins_page_approves_the_whole_firm(firm: Firm, sign_in: IdentityServer):
    sign_in.consented = False
    given = {"--client-id": CLIENT_ID}
    made = firm.cli("mail-account", "it-mail", *(p for pair in given.items() for p in pair))
    assert "admin_consent=True" in sign_in.authorize(made["it_mail"]["url"])
    assert sign_in.consented


# --- passwords ------------------------------------------------------------------------------------


@microsoft
@pytest.mark.parametrize(
    ("refusal", "words"),
    [
        (oauth_smtp.SECURITY_DEFAULTS, "security defaults"),
        (oauth_smtp.CRITERIA, "rule of your organisation"),
        (oauth_smtp.BASIC_OFF, "sign-in in the browser"),
        (oauth_smtp.REMOVED, "sign-in in the browser"),
        (oauth_smtp.TENANT_OFF, "Authenticated SMTP"),
    ],
)
def test_a_password_microsoft_does_not_take(
    firm: Firm, monkeypatch: pytest.MonkeyPatch, refusal: str, words: str
):
    firm.smtp.refusal = refusal
    monkeypatch.setenv("PASSWORD", "canary-password-9")
    firm.cli(
        *("mail-account", "set", "--set", "provider=smtp", "--set", f"host={HOST}"),
        *("--set", f"port={firm.smtp.port}", "--set", f"username={USER}"),
        *("--secret", "password=env:PASSWORD", "--ca-file", firm.ca_file),
    )
    error = firm.cli.fails(
        *("configurations", "add", "email", "--name", "P", "--kind", "invoices"),
        *("--set", "purchase_address=a@b.example", "--accept-terms"),
    )
    assert error["code"] == "credentials_rejected"
    assert words in error["text"]


# --- reading --------------------------------------------------------------------------------------


@pytest.fixture
def imap(sign_in: IdentityServer) -> Iterator[Dovecot]:
    try:
        server = Dovecot(introspection=f"{sign_in.url}/introspect")
    except Unavailable as reason:
        pytest.skip(f"no IMAP server: {reason}")
    yield server
    server.close()


def add_mailbox(
    office: Office, provider: str, imap: Dovecot, place: Path, **more: str
) -> list[str]:
    (place / "imap-ca.pem").write_text(imap.ca_pem)
    given = {"provider": provider, "host": HOST, "port": str(imap.tls_port), "username": USER}
    given |= {"client_id": CLIENT_ID, **more}
    pairs = [part for name, value in given.items() for part in ("--set", f"{name}={value}")]
    secret = ["--secret", "client_secret=env:CLIENT_SECRET"] if provider == "google" else []
    return ["--type", "mailbox", *pairs, *secret, "--ca-file", str(place / "imap-ca.pem")]


def test_a_mailbox_is_read_with_a_token(
    office: Office, provider: str, sign_in: IdentityServer, imap: Dovecot, tmp_path: Path
):
    imap.deliver(mail(("a.pdf", pdf())))
    options = add_mailbox(office, provider, imap, tmp_path)
    (made,) = office.cli("sources", "add", *options)["sources"]
    assert made["state"] == "ok"
    assert office.counts()["taken_in"] == 1
    if provider == "microsoft365":
        (asked,) = sign_in.requests("auth", "GET")
        assert set(asked.query["scope"].split()) == {identity.READ, "offline_access"}
    # The next process signs in with what was kept, and renews it when it ended.
    sign_in.end_access()
    imap.deliver(mail(("b.pdf", pdf("b"))))
    assert office.counts()["taken_in"] == 1


def test_a_mailbox_whose_sign_in_was_revoked(
    office: Office, provider: str, sign_in: IdentityServer, imap: Dovecot, tmp_path: Path
):
    options = add_mailbox(office, provider, imap, tmp_path)
    (made,) = office.cli("sources", "add", *options)["sources"]
    sign_in.revoke()
    office.sync()
    (listed,) = office.cli("sources", "list")["sources"]
    assert (listed["state"], listed["error"]["code"]) == ("reauthenticate", "sign_in_expired")
    (again,) = office.cli("sources", "sign-in", made["id"])["sources"]
    assert (again["state"], again["error"]) == ("ok", None)


@microsoft
def test_a_shared_mailbox_is_read_with_a_persons_token(
    office: Office, provider: str, sign_in: IdentityServer, imap: Dovecot, tmp_path: Path
):
    sign_in.shared["facturen@office.example"] = {USER}
    imap.deliver(mail(("a.pdf", pdf())), user="facturen@office.example")
    options = add_mailbox(
        office, provider, imap, tmp_path, shared_mailbox="facturen@office.example"
    )
    office.cli("sources", "add", *options)
    assert office.counts()["taken_in"] == 1
