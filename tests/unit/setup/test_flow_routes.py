"""The wizard for integrations with several ways: each asks for its own fields and no others."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from ledgerdesk import paths
from ledgerdesk.errors import MissingValue, ProfileIncomplete
from ledgerdesk.model import ConnectionState, ExportKind
from ledgerdesk.practice.vendors.rest_profile import RestProfileServer, Ways, paper
from ledgerdesk.setup.fields import Field
from ledgerdesk.setup.flow import SetupFlow
from ledgerdesk.setup.services import Services
from ledgerdesk.setup.steps import Choice, Done, Form, Refused, Select, Terms
from ledgerdesk.store import configurations as books_of

BOCOUNT = ({"choice": "invoices"}, {"choice": "bocount"}, {"choice": "as-received"})
ACCEPT = {"accept": "yes", "name": "BoCount"}
OWN = {"username", "password", "company_number"}


def walk(flow: SetupFlow, *answers: dict[str, str]):
    shown = flow.current
    for answer in answers:
        answered = flow.submit(answer)
        assert not isinstance(answered, Refused), answered.errors
        shown = answered
    return shown


def names(view: object, values: dict[str, str] | None = None) -> set[str]:
    """What a form shows at first, or once ``values`` are filled in."""
    assert isinstance(view, Form)
    given = values or dict(view.values)
    return {one.name for one in view.fields if one.visible(given)}


@pytest.fixture
def service(
    make_rest_profile: Callable[..., RestProfileServer],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> RestProfileServer:
    """The vendor's service, and the profile of it that the firm imported."""
    server = make_rest_profile(Ways("login"))
    (tmp_path / "bocount.toml").write_text(paper("bocount", server.ways))
    monkeypatch.setattr(paths, "_own_profiles", [tmp_path])
    return server


def signed_in(server: RestProfileServer) -> tuple[dict[str, str], dict[str, str]]:
    account = server.account
    return (
        {"route": "api", "base_url": server.address},
        {"username": account.username, "password": account.password, "company_number": "[vat]"},
    )


def test_the_first_form_asks_for_the_way_and_what_it_needs(services: Services) -> None:
    form = walk(SetupFlow(services), *BOCOUNT)
    assert names(form) == {"route", "base_url"}
    assert names(form, {"route": "mailbox"}) == {"route"}
    assert {"sftp_host", "sftp_username"} <= names(form, {"route": "sftp"})


@pytest.mark.parametrize(
    ("route", "more", "asked"),
    [
        ("api", {"base_url": "https://bocount.example"}, OWN),
        ("mailbox", {}, {"mailbox"}),
        ("folder", {}, {"path", "layout", "watch_days"}),
    ],
)
def test_the_second_form_belongs_to_the_chosen_way(
    services: Services, route: str, more: dict[str, str], asked: set[str]
) -> None:
    form = walk(SetupFlow(services), *BOCOUNT, {"route": route, **more})
    assert names(form) == asked
    assert isinstance(form, Form)
    assert all(not one.visible_when or _hangs_on(one, form) for one in form.fields)


def _hangs_on(one: Field, form: Form) -> bool:
    return set(one.visible_when) <= {each.name for each in form.fields}


def test_another_way_forgets_what_the_first_one_was_told(services: Services) -> None:
    flow = SetupFlow(services)
    walk(flow, *BOCOUNT, {"route": "api", "base_url": "https://bocount.example"})
    flow.back()
    form = walk(flow, {"route": "mailbox"})
    assert names(form) == {"mailbox"}


def test_a_folder_is_connected(services: Services, tmp_path: Path) -> None:
    place = tmp_path / "import"
    done = walk(SetupFlow(services), *BOCOUNT, {"route": "folder"}, {"path": str(place)}, ACCEPT)
    assert isinstance(done, Done) and done.configuration is not None
    assert done.configuration.kinds[ExportKind.INVOICES].tested
    assert place.is_dir()


def test_the_web_service_is_connected_and_shows_its_dossiers(
    services: Services, service: RestProfileServer
) -> None:
    flow = SetupFlow(services)
    view = walk(flow, *BOCOUNT, *signed_in(service))
    assert isinstance(view, Select)
    assert {one.id for one in view.options} == set(service.account.companies)
    done = walk(flow, {"administration": ""}, ACCEPT)
    assert isinstance(done, Done) and done.checks
    assert service.documents == []


def test_connect_says_what_to_ask_the_vendor_or_saves_untested(services: Services) -> None:
    flow = SetupFlow(services)
    first = {"route": "api", "base_url": "https://bocount.example"}
    terms = walk(flow, *BOCOUNT, first, {"username": "u", "password": "p"})
    assert isinstance(terms, Terms)
    refused = flow.submit(ACCEPT)
    assert isinstance(refused, Refused)
    assert isinstance(refused.errors[0], ProfileIncomplete)
    done = walk(flow, {**ACCEPT, "untested": "yes"})
    assert isinstance(done, Done) and done.connection is None
    assert done.configuration is not None
    assert not done.configuration.kinds[ExportKind.INVOICES].tested
    with services.books.read() as c:
        (kept,) = books_of.connections(c)
    assert kept.state is ConnectionState.UNTESTED


def test_a_connected_account_is_used_again_with_fields_of_its_way(
    services: Services, service: RestProfileServer
) -> None:
    walk(SetupFlow(services), *BOCOUNT, *signed_in(service), {"administration": ""}, ACCEPT)
    flow = SetupFlow(services)
    choice = walk(flow, *BOCOUNT)
    assert isinstance(choice, Choice) and choice.id == "connection"
    form = walk(flow, {"choice": choice.options[0].id})
    assert names(form) == OWN
    own = signed_in(service)[1]
    done = walk(flow, own, {"administration": ""}, {**ACCEPT, "name": "Second"})
    assert isinstance(done, Done)
    with services.books.read() as c:
        assert len(books_of.connections(c)) == 1
        assert len(books_of.listed(c)) == 2


def test_a_folder_is_no_account_one_could_use_again(services: Services, tmp_path: Path) -> None:
    walk(SetupFlow(services), *BOCOUNT, {"route": "folder"}, {"path": str(tmp_path)}, ACCEPT)
    assert names(walk(SetupFlow(services), *BOCOUNT)) == {"route", "base_url"}


def test_an_edit_keeps_its_way_unless_another_is_chosen(services: Services, tmp_path: Path) -> None:
    made = walk(SetupFlow(services), *BOCOUNT, {"route": "folder"}, {"path": str(tmp_path)}, ACCEPT)
    assert isinstance(made, Done) and made.configuration is not None
    flow = SetupFlow(services, configuration_id=made.configuration.id)
    form = walk(flow, {"choice": "as-received"})
    assert isinstance(form, Form) and form.values["route"] == "folder"
    assert names(form) == {"route"}
    place = walk(flow, {"route": form.values["route"]})
    assert isinstance(place, Form) and place.values["path"] == str(tmp_path)


def test_a_missing_field_of_the_chosen_way_is_named(services: Services) -> None:
    flow = SetupFlow(services)
    walk(flow, *BOCOUNT)
    refused = flow.submit({"route": "sftp", "sftp_username": "me"})
    assert isinstance(refused, Refused)
    assert [(type(one), one.field) for one in refused.errors] == [(MissingValue, "sftp_host")]
