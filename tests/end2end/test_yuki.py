"""Yuki from a stranger's first key to a year of documents; the verdict is the server's."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine

from ledgerdesk.connectors.yuki import YukiConnector
from ledgerdesk.practice.firm import Business
from ledgerdesk.practice.vendors import _yuki_soap as soap
from ledgerdesk.practice.vendors.server import Answer, FaultKind
from ledgerdesk.practice.vendors.yuki import Administration, KeyLevel, YukiServer
from tests.end2end.test_secrets import spelled
from tests.helpers.command_line import Cli, Json
from tests.helpers.intake import Papers
from tests.helpers.office import Office

ADD = ("configurations", "add", "yuki", "--accept-terms", "--secret", "access_key=env:YUKI_KEY")


@pytest.fixture(autouse=True)
def endpoint(yuki_server: YukiServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEDGERDESK_ENDPOINT_YUKI", yuki_server.url)


def add(cli: Cli, key: str, *more: str, name: str = "Yuki", kind: str = "invoices") -> Json:
    env = {"YUKI_KEY": key}
    return cli(*ADD, "--name", name, "--kind", kind, *more, env=env)


def refused(cli: Cli, key: str, *more: str) -> Json:
    env = {"YUKI_KEY": key}
    return cli.fails(*ADD, "--name", "Yuki", "--kind", "invoices", *more, env=env)


def nothing_is_saved(cli: Cli) -> bool:
    kept = (cli("configurations", "list"), cli("connections", "list"))
    return kept == ({"configurations": []}, {"connections": []})


def operations(server: YukiServer) -> list[str]:
    asked = (one.headers.get("soapaction", "") for one in server.requests())
    return [one.strip('"').rpartition("/")[2] for one in asked]


def landed(server: YukiServer) -> list[tuple[str, int, bytes]]:
    return [(one.administration_id, one.folder, one.content) for one in server.documents]


@pytest.fixture
def configuration(office: Office, yuki_server: YukiServer) -> str:
    """Connected with a key of one domain."""
    return str(add(office.cli, yuki_server.domain_key)["configuration"]["id"])


def link(office: Office, configuration: str, business: Business, administration: str) -> str:
    client = office.client(business)
    office.link(client, configuration, "--administration", administration)
    return client


# --- meeting --------------------------------------------------------------------------------------


def test_the_first_day_at_yuki(
    script: Cli, yuki_server: YukiServer, papers: Papers, tmp_path: Path
) -> None:
    office = Office(script, papers, tmp_path)
    script.canaries += [yuki_server.domain_key, "Nonsense-Key-7731"]
    assert refused(script, "Nonsense-Key-7731")["code"] == "credentials_rejected"
    assert yuki_server.office.authentications == 1
    assert nothing_is_saved(script)

    added = add(script, yuki_server.domain_key)
    assert all(one["ok"] for one in added["checks"])
    (connection,) = script("connections", "list")["connections"]
    assert (connection["state"], connection["expires_at"]) == ("ok", None)

    listed = script("administrations", "list", "--connection", connection["id"])["administrations"]
    assert [one["name"] for one in listed] == [
        one.name for one in yuki_server.first.administrations
    ]
    business = papers.who[0]
    link(office, added["configuration"]["id"], business, listed[0]["id"])
    content = office.purchase(business)
    office.add("a.xml", content)
    assert office.counts(code=0) == {"delivered": 1}
    assert landed(yuki_server) == [(listed[0]["id"], 1, content)]
    receipt = office.delivery(office.delivery()["id"])["receipt"]
    assert office.delivery()["remote"] == yuki_server.documents[0].id
    assert receipt["assurance"] in ("acknowledged", "picked_up")
    assert office.counts(code=0) == {}


def test_key_and_session_are_found_nowhere(
    script: Cli, yuki_server: YukiServer, papers: Papers, tmp_path: Path
) -> None:
    office = Office(script, papers, tmp_path)
    script.canaries.append(yuki_server.domain_key)
    env = {"YUKI_KEY": yuki_server.domain_key}
    configuration = script("--verbose", *ADD, "--name", "Yuki", "--kind", "invoices", env=env)
    administration = yuki_server.first.administrations[0]
    link(office, configuration["configuration"]["id"], papers.who[0], administration.id)
    office.add("a.xml", office.purchase(papers.who[0]))
    script.tells("--verbose", "sync")
    script("backup", tmp_path / "backup.tar")
    sessions = list(yuki_server.office.sessions)
    assert sessions
    kept = [one for one in script.data_dir.rglob("*") if one.is_file()]
    for path in [*kept, tmp_path / "backup.tar"]:
        content = path.read_bytes()
        for secret in (yuki_server.domain_key, *sessions):
            assert not [one for one in spelled(secret) if one in content], path


@pytest.mark.parametrize(
    ("code", "more"),
    [("forbidden", ()), ("invalid_value", ("--administration", "unheard-of"))],
)
def test_a_set_up_that_cannot_work_is_refused(
    code: str, more: tuple[str, ...], cli: Cli, yuki_server: YukiServer
) -> None:
    key = yuki_server.domain_key
    if code == "forbidden":
        key = yuki_server.add_key(KeyLevel.DOMAIN, yuki_server.first, rights=("Sales",))
    assert refused(cli, key, *more)["code"] == code
    assert nothing_is_saved(cli)


def test_the_wrong_country_is_told(
    cli: Cli, yuki_server: YukiServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LEDGERDESK_ENDPOINT_YUKI", f"{yuki_server.url}/elsewhere")
    assert refused(cli, yuki_server.domain_key)["code"] == "no_such_service"


def test_no_vendor_address_leads_elsewhere(
    cli: Cli, yuki_server: YukiServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LEDGERDESK_ENDPOINT_YUKI", "http://yuki.example")
    error = refused(cli, yuki_server.domain_key)
    assert (error["code"], error["field"]) == ("invalid_value", "LEDGERDESK_ENDPOINT_YUKI")


# --- every kind in its folder ---------------------------------------------------------------------


def test_purchases_sales_and_statements_have_their_folders(
    office: Office, configuration: str, yuki_server: YukiServer
) -> None:
    statements = ("--kind", "statements", "--set", "bank_folder=7", "--accept-terms")
    office.cli("configurations", "edit", configuration, *statements)
    administration = yuki_server.first.administrations[1].id
    business, other = office.papers.who[0], office.papers.others[0]
    link(office, configuration, business, administration)
    purchase, sale = office.purchase(business), office.papers.invoice(business, other)
    bank_file = office.papers.bank_file(business)
    for name, content in (("a.xml", purchase), ("b.xml", sale), ("c.cod", bank_file)):
        office.add(name, content)
    assert office.counts(code=0) == {"delivered": 3}
    assert sorted(landed(yuki_server)) == sorted(
        [(administration, 1, purchase), (administration, 2, sale), (administration, 7, bank_file)]
    )


def test_without_an_administration_a_document_waits_for_a_person(
    office: Office, configuration: str, yuki_server: YukiServer
) -> None:
    client = office.client(office.papers.who[0])
    office.link(client, configuration)
    office.add("a.xml", office.purchase(office.papers.who[0]))
    assert office.counts(code=1) == {"blocked": 1}
    assert office.delivery()["error"]["code"] == "administration_missing"
    assert yuki_server.documents == []


# --- one sign-in a day ----------------------------------------------------------------------------


def test_a_day_needs_one_sign_in_and_one_request_per_document(
    office: Office, configuration: str, yuki_server: YukiServer
) -> None:
    link(office, configuration, office.papers.who[0], yuki_server.first.administrations[0].id)
    before = yuki_server.office.authentications
    yuki_server.log.clear()
    for n in range(4):
        office.add(f"{n}.xml", office.purchase(office.papers.who[0]))
        assert office.counts(code=0) == {"delivered": 1}
    assert yuki_server.office.authentications - before <= 1
    assert operations(yuki_server).count("UploadDocument") == 4


def test_a_session_ended_at_yuki_costs_nothing_but_a_sign_in(
    office: Office, configuration: str, yuki_server: YukiServer
) -> None:
    link(office, configuration, office.papers.who[0], yuki_server.first.administrations[0].id)
    office.add("a.xml", office.purchase(office.papers.who[0]))
    office.sync(code=0)
    yuki_server.office.end_sessions()
    office.add("b.xml", office.purchase(office.papers.who[0]))
    assert office.counts(code=0) == {"delivered": 1}
    assert len(yuki_server.documents) == 2


def test_a_key_that_was_withdrawn_waits_for_a_new_one(
    office: Office, configuration: str, yuki_server: YukiServer
) -> None:
    link(office, configuration, office.papers.who[0], yuki_server.first.administrations[0].id)
    del yuki_server.office.keys[yuki_server.domain_key]
    yuki_server.office.end_sessions()
    office.add("a.xml", office.purchase(office.papers.who[0]))
    assert office.counts(code=1) == {"blocked": 1}
    (connection,) = office.cli("connections", "list")["connections"]
    assert connection["state"] == "reauthenticate"

    new = yuki_server.add_key(KeyLevel.DOMAIN, yuki_server.first)
    again = ("connections", "reconnect", connection["id"], "--secret", "access_key=env:YUKI_KEY")
    office.cli(*again, env={"YUKI_KEY": new})

    assert office.counts(code=0) == {"delivered": 1}
    (connection,) = office.cli("connections", "list")["connections"]
    assert connection["state"] == "ok"


# --- several domains ------------------------------------------------------------------------------


def two_clients(office: Office, configuration: str, ids: tuple[str, str]) -> None:
    for business, id in zip(office.papers.who, ids, strict=False):
        link(office, configuration, business, id)


def administrations(cli: Cli, key_of: Json) -> list[str]:
    connection = key_of["configuration"]["connection_id"]
    listed = cli("administrations", "list", "--connection", connection)["administrations"]
    return [one["id"] for one in listed if one["active"]]


def test_a_portal_brings_documents_to_every_domain(office: Office, yuki_server: YukiServer) -> None:
    added = add(office.cli, yuki_server.portal_key)
    ids = administrations(office.cli, added)
    two_clients(office, added["configuration"]["id"], (ids[0], ids[-1]))
    for at in (0, 1, 0, 1):
        office.add("a.xml", office.purchase(office.papers.who[at]))
    assert office.counts(code=0) == {"delivered": 4}
    by_domain = [one.domain_id for one in yuki_server.documents]
    assert by_domain.count(yuki_server.first.id) == by_domain.count(yuki_server.second.id) == 2


def test_two_keys_are_two_accounts(office: Office, yuki_server: YukiServer) -> None:
    first = add(office.cli, yuki_server.domain_key, name="North")
    second = add(office.cli, yuki_server.second_key, name="South")
    assert len(office.cli("connections", "list")["connections"]) == 2
    wanted = []
    for at, added in enumerate((first, second)):
        (id, *_) = administrations(office.cli, added)
        link(office, added["configuration"]["id"], office.papers.who[at], id)
        office.add("a.xml", office.purchase(office.papers.who[at]))
        wanted.append(id)
    assert office.counts(code=0) == {"delivered": 2}
    assert sorted(one.administration_id for one in yuki_server.documents) == sorted(wanted)


def test_a_new_key_of_the_same_domain_is_the_same_account(
    office: Office, yuki_server: YukiServer
) -> None:
    add(office.cli, yuki_server.domain_key, name="North")
    new = yuki_server.add_key(KeyLevel.DOMAIN, yuki_server.first)
    add(office.cli, new, name="North again", kind="statements")
    (connection,) = office.cli("connections", "list")["connections"]
    assert connection["account"] == "kantoor-noord.yukiworks.be"


def test_the_key_of_another_domain_is_refused_unless_it_is_meant(
    office: Office, yuki_server: YukiServer
) -> None:
    added = add(office.cli, yuki_server.domain_key)
    connection = added["configuration"]["connection_id"]
    again = ("connections", "reconnect", connection, "--secret", "access_key=env:YUKI_KEY")
    error = office.cli.fails(*again, env={"YUKI_KEY": yuki_server.second_key})
    assert error["code"] == "other_account"
    assert "kantoor-zuid" in error["text"] and "kantoor-noord" in error["text"]


def test_accounts_saved_untested_are_told_apart_and_named_by_the_first_test(
    office: Office, yuki_server: YukiServer
) -> None:
    add(office.cli, yuki_server.domain_key, "--untested", name="North")
    add(office.cli, yuki_server.second_key, "--untested", name="South")
    assert yuki_server.requests() == []
    found = office.cli("connections", "list")["connections"]
    assert [one["state"] for one in found] == ["untested", "untested"]
    for one in found:
        office.cli("connections", "verify", one["id"])
    assert sorted(one["account"] for one in office.cli("connections", "list")["connections"]) == [
        "Brouwerij Zuid NV (kantoor-zuid.yukiworks.be)",
        "kantoor-noord.yukiworks.be",
    ]


def test_an_accounting_package_takes_a_new_key_when_it_is_edited(
    office: Office, configuration: str, yuki_server: YukiServer
) -> None:
    new = yuki_server.add_key(KeyLevel.DOMAIN, yuki_server.first)
    del yuki_server.office.keys[yuki_server.domain_key]
    edit = ("configurations", "edit", configuration, "--secret", "access_key=env:YUKI_KEY")
    edited = office.cli(*edit, env={"YUKI_KEY": new})
    (connection,) = office.cli("connections", "list")["connections"]
    assert edited["configuration"]["connection_id"] == connection["id"]
    assert connection["state"] == "ok"


@pytest.fixture
def moment() -> datetime:
    """Noon in Brussels."""
    return datetime(2026, 11, 24, 11, 0, tzinfo=UTC)


def test_a_domain_without_calls_waits_for_tomorrow_and_stops_no_other(
    office: Office, yuki_server: YukiServer, moment: datetime
) -> None:
    with time_machine.travel(moment, tick=True):
        added = add(office.cli, yuki_server.portal_key)
        ids = administrations(office.cli, added)
        two_clients(office, added["configuration"]["id"], (ids[0], ids[-1]))
        yuki_server.second.limit = 0
        for at in (1, 0, 1, 0):
            office.add(f"{at}.xml", office.purchase(office.papers.who[at]))
        yuki_server.log.clear()
        assert office.counts(code=1) == {"delivered": 2, "retrying": 2}
        waiting = office.deliveries("--state", "retrying")
        assert {one["next_attempt_at"] for one in waiting} == {"2026-11-24T23:05:00Z"}
        asked = len(operations(yuki_server))
        assert office.counts(code=1) == {"retrying": 2}
        assert len(operations(yuki_server)) <= asked + 2, "nothing was asked of the full domain"
    yuki_server.second.limit = 1000
    with time_machine.travel(moment + timedelta(hours=12, minutes=5, seconds=5), tick=True):
        assert office.counts(code=0) == {"delivered": 2}
    assert len(yuki_server.documents) == 4


def test_our_own_count_stays_below_the_limit(
    office: Office, yuki_server: YukiServer, moment: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    (limit,) = YukiConnector.limits
    monkeypatch.setattr(YukiConnector, "limits", (replace(limit, count=20),))
    yuki_server.first.limit = 20 + 10
    with time_machine.travel(moment, tick=True):
        configuration = str(add(office.cli, yuki_server.domain_key)["configuration"]["id"])
        link(office, configuration, office.papers.who[0], yuki_server.first.administrations[0].id)
        for n in range(20):
            office.add(f"{n}.xml", office.purchase(office.papers.who[0]))
        while office.counts(code=1).get("delivered"):
            pass
        waiting = office.deliveries("--state", "retrying")
        assert waiting[0]["error"]["code"] == "limit_reached"
        assert waiting[0]["next_attempt_at"] == "2026-11-24T23:05:00Z"
        assert yuki_server.office.calls_today(yuki_server.first) < 30
    faults = [answered for _, answered in yuki_server.log if answered != 200]
    assert faults == [], "the vendor never had to say it"
    with time_machine.travel(moment + timedelta(hours=12, minutes=6), tick=True):
        assert office.counts()["delivered"] > 0


def test_a_dossier_that_is_refused_stops_no_other(
    office: Office, configuration: str, yuki_server: YukiServer
) -> None:
    gone: Administration = yuki_server.first.administrations[0]
    two_clients(office, configuration, (gone.id, yuki_server.first.administrations[1].id))
    gone.active = False
    for at in (0, 1, 0, 1):
        office.add("a.xml", office.purchase(office.papers.who[at]))
    assert office.counts(code=1) == {"delivered": 2, "blocked": 2}
    errors = {one["error"]["code"] for one in office.deliveries("--state", "blocked")}
    assert errors == {"administration_refused"}


# --- answers that do not come ---------------------------------------------------------------------


@pytest.fixture
def one_document(office: Office, configuration: str, yuki_server: YukiServer) -> bytes:
    """Ready to be sent within a session that is open."""
    link(office, configuration, office.papers.who[0], yuki_server.first.administrations[0].id)
    office.add("before.xml", office.purchase(office.papers.who[0]))
    assert office.counts(code=0) == {"delivered": 1}
    yuki_server.documents.clear()
    yuki_server.log.clear()
    content = office.purchase(office.papers.who[0])
    office.add("a.xml", content)
    return content


def last(office: Office) -> Json:
    return office.deliveries()[-1]


@pytest.mark.parametrize(
    "answer", [None, Answer.of_text("<p>?</p>", 200), soap.answer("UploadDocument", "")]
)
def test_a_document_whose_answer_was_lost_is_found_and_not_sent_twice(
    office: Office,
    one_document: bytes,
    yuki_server: YukiServer,
    answer: Answer | None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lose_the_upload(yuki_server, answer, monkeypatch)
    assert office.counts(code=0) == {"delivered": 1}
    assert [one.content for one in yuki_server.documents] == [one_document]
    assert last(office)["remote"] == yuki_server.documents[0].id


def lose_the_upload(
    server: YukiServer, answer: Answer | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next upload is kept, but its answer is ``answer``, or none at all."""
    genuine: Callable[..., Answer] = server.answer

    def once(request: object) -> Answer:
        given = genuine(request)
        if "UploadDocument" not in getattr(request, "headers", {}).get("soapaction", ""):
            return given
        monkeypatch.setattr(server, "answer", genuine)
        return answer or given

    if answer is None:
        server.break_next(FaultKind.DROP_AFTER)
    else:
        monkeypatch.setattr(server, "answer", once)


def test_a_document_that_was_lost_on_its_way_is_possibly_sent(
    office: Office, one_document: bytes, yuki_server: YukiServer
) -> None:
    yuki_server.break_next(FaultKind.DROP_BEFORE)
    assert office.counts(code=1) == {"unknown": 1}
    assert yuki_server.documents == []
    office.cli("deliveries", "resolve", last(office)["id"], "--as", "resend")
    assert office.counts(code=0) == {"delivered": 1}
    assert [one.content for one in yuki_server.documents] == [one_document]


def test_a_busy_service_is_asked_again_later(
    office: Office, one_document: bytes, yuki_server: YukiServer
) -> None:
    yuki_server.break_next(FaultKind.ANSWER, answer=Answer(503, b"busy"))
    assert office.counts(code=1) == {"retrying": 1}
    office.cli("deliveries", "retry", last(office)["id"])
    assert office.counts(code=0) == {"delivered": 1}
    assert [one.content for one in yuki_server.documents] == [one_document]


def test_what_yuki_says_of_a_document_is_shown(
    office: Office, one_document: bytes, yuki_server: YukiServer
) -> None:
    said = "Feil 4711: <b>leeg</b> document"
    fault = soap.refusal(soap.SoapFault(said))
    for answer in (fault, soap.answer("GetCurrentDomain", None), fault):
        yuki_server.break_next(FaultKind.ANSWER, answer=answer)
    assert office.counts(code=0) == {"rejected": 1}
    assert last(office)["error"]["code"] == "refused_by_package"
    assert said in last(office)["error"]["text"]
