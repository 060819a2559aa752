"""Exact Online from the first sign-in to the proof; the verdict is the stand-in's.

The redirect address is the firm's own page, so every sign-in goes over the pasted address.
"""

from __future__ import annotations

import signal
from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest

from ledgerdesk.practice.vendors.exact_online import REDIRECT, ExactOnlineServer
from ledgerdesk.practice.vendors.server import Answer, FaultKind
from tests.helpers.command_line import Cli, Json
from tests.helpers.exact_online import CLIENT_ID, CLIENT_SECRET, allow, deny
from tests.helpers.intake import Papers
from tests.helpers.office import Office

SECRET = {"EXACT_SECRET": CLIENT_SECRET}


@pytest.fixture
def server(
    exact_online_server: ExactOnlineServer, monkeypatch: pytest.MonkeyPatch
) -> ExactOnlineServer:
    monkeypatch.setenv("LEDGERDESK_ENDPOINT_EXACT_ONLINE", exact_online_server.url)
    return exact_online_server


def command(*more: str, name: str = "Exact", kind: str = "invoices") -> tuple[str, ...]:
    values = {"country": "be", "client_id": CLIENT_ID, "redirect_uri": REDIRECT}
    given = [part for one in values.items() for part in ("--set", "=".join(one))]
    return (
        *("configurations", "add", "exact_online", "--name", name, "--kind", kind),
        *(*given, "--secret", "client_secret=env:EXACT_SECRET", "--accept-terms", *more),
    )


def begin(cli: Cli, *more: str, **how: str) -> str:
    """The address of the sign-in page."""
    waiting = cli(*command(*more, **how), code=1, env=SECRET)
    assert list(waiting) == ["sign_in"]
    assert waiting["sign_in"]["expires_at"].endswith("Z")
    return str(waiting["sign_in"]["url"])


def connect(cli: Cli, *more: str, decide: Callable[[str], str] = allow, **how: str) -> Json:
    url = begin(cli, *more, **how)
    done = cli(*command("--redirect-url", decide(url), *more, **how), env=SECRET)
    return dict(done["configuration"])


def nothing_is_saved(cli: Cli) -> bool:
    kept = (
        cli("configurations", "list")["configurations"] + cli("connections", "list")["connections"]
    )
    return not kept


@pytest.fixture
def package(office: Office, server: ExactOnlineServer) -> str:
    """A connected account; the id of the package."""
    return str(connect(office.cli)["id"])


def linked(office: Office, package: str, who: int = 0, division: str = "100001") -> None:
    client = office.client(office.papers.who[who], f"K{who}")
    office.link(client, package, "--administration", division)


# --- signing in -----------------------------------------------------------------------------------


def test_the_first_day_at_exact_online(
    script: Cli, server: ExactOnlineServer, papers: Papers, tmp_path: Path
):
    """As processes of their own beside a real key store: begun by one, finished by another."""
    office = Office(script, papers, tmp_path)
    script.canaries.append(CLIENT_SECRET)

    url = begin(script)
    asked = dict(parse_qsl(urlsplit(url).query))
    assert url.startswith(f"{server.url}/api/oauth2/auth?")
    assert (asked["client_id"], asked["redirect_uri"]) == (CLIENT_ID, REDIRECT)
    assert nothing_is_saved(script)

    done = script(*command("--redirect-url", allow(url)), env=SECRET)
    assert [one["ok"] for one in done["checks"]] == [True] * len(done["checks"])
    (connection,) = script("connections", "list")["connections"]
    assert connection["account"] == "Jan Claes (jan@kantoor.example)"
    assert connection["state"] == "ok"
    assert connection["expires_at"] is not None

    business = papers.who[0]
    package = done["configuration"]["id"]
    office.link(office.client(business, "K1"), package, "--administration", "100002")
    content = office.purchase(business)
    office.write("a.xml", content)
    script("sources", "add", office.arriving)
    assert office.counts() == {"taken_in": 1, "delivered": 1}
    (kept,) = server.books.documents
    assert (kept.division, kept.type) == (100002, 20)
    assert [file.content for file in kept.files] == [content]
    delivery = office.delivery()
    assert delivery["assurance"] == "acknowledged"
    assert delivery["remote"] == f"100002/documents/{kept.id}"
    assert office.counts(code=0) == {}


def test_a_no_in_the_browser_saves_nothing(cli: Cli, server: ExactOnlineServer):
    back = deny(begin(cli))
    error = cli.fails(*command("--redirect-url", back), env=SECRET)
    assert error["code"] == "consent_denied"
    assert nothing_is_saved(cli)


def test_another_state_changes_nothing_and_the_right_one_still_works(
    cli: Cli, server: ExactOnlineServer
):
    back = allow(begin(cli))
    wrong = back.replace("state=", "state=x")
    assert cli.fails(*command("--redirect-url", wrong), env=SECRET)["code"] == "state_mismatch"
    assert nothing_is_saved(cli)
    cli(*command("--redirect-url", back), env=SECRET)


def test_a_code_that_is_too_old_saves_nothing(cli: Cli, server: ExactOnlineServer):
    back = allow(begin(cli))
    server.clock.forward(minutes=4)
    error = cli.fails(*command("--redirect-url", back), env=SECRET)
    assert error["code"] == "sign_in_over"
    assert nothing_is_saved(cli)


def test_a_wrong_secret_saves_nothing(cli: Cli, server: ExactOnlineServer):
    back = allow(begin(cli))
    error = cli.fails(*command("--redirect-url", back), env={"EXACT_SECRET": "wrong"})
    assert error["code"] == "credentials_rejected"
    assert nothing_is_saved(cli)


def test_one_connection_serves_both_kinds_and_more_packages(
    office: Office, server: ExactOnlineServer, package: str
):
    (kept,) = office.cli("connections", "list")["connections"]
    office.cli("configurations", "edit", package, "--kind", "statements", "--accept-terms")
    office.cli(
        *("configurations", "add", "exact_online", "--name", "Second", "--kind", "invoices"),
        *("--connection", kept["id"], "--accept-terms"),
    )
    assert len(server.requests("/api/oauth2/auth")) == 1
    assert len(office.cli("connections", "list")["connections"]) == 1


def test_signing_in_again_as_the_same_user_renews_the_one_connection(
    office: Office, server: ExactOnlineServer, package: str
):
    """The vendor ended the first chain: every package goes on with the second."""
    connect(office.cli, name="Second")
    assert len(office.cli("connections", "list")["connections"]) == 1
    linked(office, package)
    office.add("a.xml", office.purchase(office.papers.who[0]))
    assert office.counts(code=0) == {"delivered": 1}


def test_a_sign_in_that_ended_is_told_and_signing_in_again_sends_what_waited(
    office: Office, server: ExactOnlineServer, package: str
):
    linked(office, package)
    server.sign_ins.chains[-1].ended = True
    office.add("a.xml", office.purchase(office.papers.who[0]))
    assert office.counts(code=1) == {"blocked": 1}
    (connection,) = office.cli("connections", "list")["connections"]
    assert connection["state"] == "reauthenticate"
    assert office.delivery()["error"]["code"] == "sign_in_expired"

    again = ("connections", "reconnect", connection["id"])
    url = office.cli(*again, code=1)["sign_in"]["url"]
    office.cli(*again, "--redirect-url", allow(url))
    assert office.counts(code=0) == {"delivered": 1}


# --- administrations ------------------------------------------------------------------------------


def test_every_administration_is_listed(cli: Cli, server: ExactOnlineServer):
    server.add_divisions(97)
    connection = connect(cli)["connection_id"]
    listed = cli("administrations", "list", "--connection", connection)["administrations"]
    assert len(listed) == 100
    assert listed[0] == {
        "id": "100001",
        "name": "Client 1",
        "vat_number": "BE0400000001",
        "active": True,
    }


def test_an_administration_for_every_client_can_be_chosen_at_once(
    office: Office, server: ExactOnlineServer
):
    package = connect(office.cli, "--administration", "100003")["id"]
    client = office.client(office.papers.who[0], "K0")
    office.link(client, str(package))
    office.add("a.xml", office.purchase(office.papers.who[0]))
    assert office.counts(code=0) == {"delivered": 1}
    assert server.books.documents[0].division == 100003


def test_without_an_administration_nothing_is_sent(office: Office, server: ExactOnlineServer):
    package = str(connect(office.cli)["id"])
    office.link(office.client(office.papers.who[0], "K0"), package)
    office.add("a.xml", office.purchase(office.papers.who[0]))
    assert office.counts(code=1) == {"blocked": 1}
    assert office.delivery()["error"]["code"] == "administration_missing"
    assert server.books.documents == []


def test_one_closed_dossier_stops_only_its_client(
    office: Office, server: ExactOnlineServer, package: str
):
    server.books.divisions[100001].documents = False
    linked(office, package, 0, "100001")
    linked(office, package, 1, "100002")
    for who in (0, 1):
        office.add(f"{who}.xml", office.purchase(office.papers.who[who]))
    assert office.counts(code=1) == {"delivered": 1, "blocked": 1}
    assert [one.division for one in server.books.documents] == [100002]
    (connection,) = office.cli("connections", "list")["connections"]
    assert connection["state"] == "ok"


# --- documents ------------------------------------------------------------------------------------


def test_a_statement_goes_through_the_digital_postbox(office: Office, server: ExactOnlineServer):
    package = str(connect(office.cli, kind="statements")["id"])
    linked(office, package)
    content = office.papers.bank_file(office.papers.who[0])
    office.add("a.cod", content)
    assert office.counts(code=0) == {"delivered": 1}
    (message,) = server.books.messages
    assert message.type == 2000
    assert [(file.content, file.type) for file in message.files] == [(content, 70)]


def test_an_invoice_through_the_postbox_and_what_became_of_it(
    office: Office, server: ExactOnlineServer
):
    package = str(connect(office.cli, "--set", "route=postbox")["id"])
    linked(office, package)
    office.add("a.xml", office.purchase(office.papers.who[0]))
    assert office.counts(code=0) == {"delivered": 1}
    (message,) = server.books.messages
    assert (message.type, message.files[0].type) == (1000, 23)
    message.status = 50
    office.sync(code=0)
    assert office.delivery()["assurance"] == "picked_up"


def test_a_message_refused_afterwards_is_shown(office: Office, server: ExactOnlineServer):
    package = str(connect(office.cli, "--set", "route=postbox")["id"])
    linked(office, package)
    office.add("a.xml", office.purchase(office.papers.who[0]))
    office.sync(code=0)
    server.books.messages[0].status = 5
    office.sync()
    delivery = office.delivery()
    assert delivery["state"] == "rejected"
    assert "rejected" in delivery["error"]["text"]


def test_a_lost_answer_is_looked_up_and_nothing_is_sent_twice(
    office: Office, server: ExactOnlineServer, package: str
):
    linked(office, package)
    server.break_next(FaultKind.DROP_AFTER, "DocumentAttachments")
    office.add("a.xml", office.purchase(office.papers.who[0]))
    assert office.counts(code=0) == {"delivered": 1}
    assert len(server.books.documents) == 1
    assert len(server.files()) == 1


def test_a_document_that_was_only_begun_is_made_whole(
    office: Office, server: ExactOnlineServer, package: str
):
    """The answer to the first of two steps is lost: its id is looked up, nothing is made twice."""
    linked(office, package)
    nothing = Answer.of_json({"d": {"results": []}})
    server.break_next(FaultKind.ANSWER, "documents/Documents", answer=nothing)
    server.break_next(FaultKind.DROP_AFTER, "documents/Documents")
    office.add("a.xml", office.purchase(office.papers.who[0]))
    assert office.counts(code=1) == {"queued": 1}
    assert [one.files for one in server.books.documents] == [[]]
    assert office.counts(code=0) == {"delivered": 1}
    assert len(server.books.documents) == 1
    assert len(server.files()) == 1


def test_a_document_the_package_refuses_is_rejected_with_its_words(
    office: Office, server: ExactOnlineServer, package: str
):
    linked(office, package)
    body = {"error": {"code": "", "message": {"lang": "", "value": "Period is closed"}}}
    server.break_next(FaultKind.ANSWER, "DocumentAttachments", answer=Answer.of_json(body, 500))
    office.add("a.xml", office.purchase(office.papers.who[0]))
    assert office.counts() == {"rejected": 1}
    error = office.delivery()["error"]
    assert error["code"] == "refused_by_package"
    assert "Period is closed" in error["text"]


def test_a_full_minute_makes_one_administration_wait_and_no_other(
    office: Office, server: ExactOnlineServer, package: str
):
    linked(office, package, 0, "100001")
    linked(office, package, 1, "100002")
    for who in (0, 1):
        office.add(f"{who}.xml", office.purchase(office.papers.who[who]))
    used_up = Answer(429, headers={"X-RateLimit-Minutely-Limit": "60"})
    server.break_next(FaultKind.ANSWER, "/100001/", answer=used_up)
    assert office.counts(code=1) == {"delivered": 1, "retrying": 1}
    (waiting,) = office.deliveries("--state", "retrying")
    assert waiting["error"]["code"] == "administration_limit_reached"
    assert [one.division for one in server.books.documents] == [100002]
    assert server.meter.broken == 0


# --- killed in the middle -------------------------------------------------------------------------

POINTS = ("publishing_committed", "made", "attaching_committed", "published")


def test_killed_at_every_step_each_document_arrives_once(
    script: Cli, server: ExactOnlineServer, papers: Papers, tmp_path: Path
):
    office = Office(script, papers, tmp_path)
    linked(office, str(connect(script)["id"]))
    sent = []
    for point in POINTS:
        sent.append(office.purchase(papers.who[0]))
        office.add(f"{point}.xml", sent[-1])
        killed = script.run("sync", env={"LEDGERDESK_FAILPOINT": f"exact_online.{point}"})
        assert killed.code == -signal.SIGKILL
        assert script("deliveries", "list", "--state", "sending")["deliveries"]
        for _ in range(3):
            if not office.counts().get("queued"):
                break
    assert {one["state"] for one in office.deliveries()} == {"delivered"}
    assert sorted(server.files()) == sorted(sent)
    assert len(server.books.documents) == len(POINTS)


# --- secrets --------------------------------------------------------------------------------------


def test_tokens_codes_and_secrets_lie_nowhere_in_the_open(
    office: Office, server: ExactOnlineServer
):
    back = allow(begin(office.cli))
    office.cli.canaries.append(dict(parse_qsl(urlsplit(back).query))["code"])
    package = office.cli(*command("--redirect-url", back), env=SECRET)["configuration"]["id"]
    linked(office, package)
    office.add("a.xml", office.purchase(office.papers.who[0]))
    office.sync(code=0)
    chain = server.sign_ins.chains[-1]
    bearers = {one.headers["authorization"].split()[-1] for one in server.requests("/api/v1/")}
    found = [
        path
        for path in office.cli.data_dir.rglob("*")
        if path.is_file()
        for canary in (CLIENT_SECRET, chain.refresh, *office.cli.canaries, *bearers)
        if canary.encode() in path.read_bytes()
    ]
    assert len(bearers) == 1
    assert found == []
