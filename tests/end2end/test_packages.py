"""Octopus, Onea, Zenvoices and ClearFacts through the command line; the servers have the say."""

from __future__ import annotations

import pytest

from ledgerdesk.practice.vendors.clearfacts import ClearFactsServer
from ledgerdesk.practice.vendors.octopus import OctopusServer
from ledgerdesk.practice.vendors.onea import OneaServer
from ledgerdesk.practice.vendors.server import Answer, FaultKind
from ledgerdesk.practice.vendors.zenvoices import ZenvoicesServer
from tests.end2end.test_email import account, attachment
from tests.helpers.command_line import Cli, Json
from tests.helpers.office import Office
from tests.helpers.smtp import SmtpServer


def adding(connector: str, kind: str, *more: str) -> tuple[str, ...]:
    named = ("configurations", "add", connector, "--name", connector, "--kind", kind)
    return (*named, *more, "--accept-terms")


def id_of(added: Json) -> str:
    return str(added["configuration"]["id"])


# --- Onea -----------------------------------------------------------------------------------------


@pytest.fixture
def onea(onea_server: OneaServer, monkeypatch: pytest.MonkeyPatch) -> OneaServer:
    monkeypatch.setenv("LEDGERDESK_ENDPOINT_ONEA", onea_server.url)
    return onea_server


def test_onea_takes_each_dossier_by_its_own_key(office: Office, onea: OneaServer) -> None:
    added = office.cli(*adding("onea", "invoices"))
    assert onea.log == []
    key, business = onea.add_key(), office.papers.who[0]
    client = office.client(business)
    env = {"ONEA_KEY": key}
    office.cli(
        *("clients", "link", client, "--configuration", id_of(added)),
        *("--secret", "api_key=env:ONEA_KEY"),
        env=env,
    )
    content = office.purchase(business)
    office.add("a.xml", content)
    assert office.counts()["delivered"] == 1
    (arrived,) = onea.documents
    assert (arrived.key, arrived.direction, arrived.content) == (key, "incoming", content)
    office.sync()
    assert onea.documents[0].status == "DONE"
    assert office.delivery()["remote"] == arrived.uuid
    assert len(onea.documents) == 1


def test_a_wrong_key_stops_that_client_only(office: Office, onea: OneaServer) -> None:
    configuration = id_of(office.cli(*adding("onea", "invoices")))
    right, wrong = onea.add_key(), "00000000-0000-4000-8000-000000000000"
    for business, key in zip(office.papers.who, (wrong, right), strict=False):
        client = office.client(business)
        office.cli(
            *("clients", "link", client, "--configuration", configuration),
            *("--secret", "api_key=env:ONEA_KEY"),
            env={"ONEA_KEY": key},
        )
        office.add(f"{business.number}.xml", office.purchase(business))
    counts = office.counts(code=1)
    assert (counts["delivered"], counts["blocked"]) == (1, 1)
    (stopped,) = office.deliveries("--state", "blocked")
    assert stopped["error"]["code"] == "credentials_rejected"
    assert onea.refused == 1


# --- ClearFacts -----------------------------------------------------------------------------------


def clearfacts(cli: Cli, server: ClearFactsServer, token: str, patch: pytest.MonkeyPatch) -> Json:
    patch.setenv("LEDGERDESK_ENDPOINT_CLEARFACTS", server.url)
    given = adding("clearfacts", "invoices", "--secret", "token=env:CF_TOKEN")
    return cli(*given, env={"CF_TOKEN": token})


def test_the_first_day_at_clearfacts(
    office: Office, clearfacts_server: ClearFactsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = clearfacts_server.add_token()
    office.cli.canaries.append(token)
    added = clearfacts(office.cli, clearfacts_server, token, monkeypatch)
    (connection,) = office.cli("connections", "list")["connections"]
    assert connection["account"] == "Kantoor Peeters"
    business = office.papers.who[0]
    office.link(office.client(business), id_of(added), "--administration", "0123456749")
    content = office.purchase(business)
    office.add("a.xml", content)
    assert office.counts(code=0) == {"delivered": 1}
    (file,) = clearfacts_server.files
    assert (file.type, file.content) == ("PURCHASE", content)
    assert office.delivery()["remote"] == file.uuid


def test_a_lost_answer_at_clearfacts_is_never_repeated(
    office: Office, clearfacts_server: ClearFactsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = clearfacts_server.add_token()
    added = clearfacts(office.cli, clearfacts_server, token, monkeypatch)
    business = office.papers.who[0]
    office.link(office.client(business), id_of(added), "--administration", "0123456749")
    office.add("a.xml", office.purchase(business))
    # The companies are asked for once; the second request is the document.
    clearfacts_server.break_next(
        FaultKind.ANSWER,
        answer=Answer.of_json(
            {"data": {"administrations": [{"name": "x", "companyNumber": "0123456749"}]}}
        ),
    )
    clearfacts_server.break_next(FaultKind.DROP_AFTER)
    assert office.counts(code=1) == {"unknown": 1}
    assert office.counts(code=1) == {"unknown": 1}
    assert len(clearfacts_server.files) == 1


# --- Octopus --------------------------------------------------------------------------------------


def test_octopus_takes_invoices_by_mail_and_statements_by_its_service(
    office: Office,
    octopus_server: OctopusServer,
    smtp_server: SmtpServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("LEDGERDESK_ENDPOINT_OCTOPUS", octopus_server.url)
    account(office.cli, smtp_server, "--ca-file", str(smtp_server.ca_file))
    configuration = id_of(office.cli(*adding("octopus", "invoices")))
    office.cli(
        *("configurations", "edit", configuration, "--kind", "statements", "--accept-terms"),
        *("--set", f"software_house_id={octopus_server.software_house}"),
        *("--set", f"username={octopus_server.user}", "--secret", "password=env:OCTOPUS"),
        env={"OCTOPUS": octopus_server.password},
    )
    business = office.papers.who[0]
    office.link(
        office.client(business),
        configuration,
        *("--administration", "42", "--set", "mailbox=d42@docin.example"),
    )
    invoice, statement = office.purchase(business), office.papers.bank_file(business)
    office.add("a.xml", invoice)
    office.add_all("b.cod", statement)
    assert office.counts()["delivered"] == 2
    (mail,) = smtp_server.messages()
    assert (mail.recipients, attachment(mail)) == (("d42@docin.example",), invoice)
    (kept,) = octopus_server.statements
    assert (kept.dossier, kept.content.encode("latin-1")) == ("42", statement)


def test_a_wrong_octopus_password_saves_nothing(
    office: Office, octopus_server: OctopusServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LEDGERDESK_ENDPOINT_OCTOPUS", octopus_server.url)
    error = office.cli.fails(
        *adding("octopus", "statements", "--secret", "password=env:OCTOPUS"),
        *("--set", f"software_house_id={octopus_server.software_house}"),
        *("--set", f"username={octopus_server.user}"),
        env={"OCTOPUS": "Nonsense-7731"},
    )
    assert error["code"] == "credentials_rejected"
    assert len(octopus_server.requests("/authentication")) == 1
    assert office.cli("configurations", "list") == {"configurations": []}


# --- Zenvoices ------------------------------------------------------------------------------------


def test_zenvoices_shows_that_a_mail_arrived(
    office: Office,
    zenvoices_server: ZenvoicesServer,
    smtp_server: SmtpServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("LEDGERDESK_ENDPOINT_ZENVOICES", zenvoices_server.url)
    account(office.cli, smtp_server, "--ca-file", str(smtp_server.ca_file))
    added = office.cli(
        *adding("zenvoices", "invoices", "--secret", "password=env:ZEN"),
        *("--set", f"tenant={zenvoices_server.tenant}"),
        *("--set", f"username={zenvoices_server.user}"),
        env={"ZEN": zenvoices_server.password},
    )
    business = office.papers.who[0]
    office.link(office.client(business), id_of(added), "--set", "mailbox=in@zenvoices.example")
    office.add("a.xml", office.purchase(business))
    assert office.counts()["delivered"] == 1
    assert office.delivery()["assurance"] == "blind"
    (mail,) = smtp_server.messages()
    zenvoices_server.receive(str(mail.message["Subject"]), "firm", "in@zenvoices.example")
    office.sync()
    assert office.delivery()["assurance"] == "picked_up"
    assert len(smtp_server.messages()) == 1
