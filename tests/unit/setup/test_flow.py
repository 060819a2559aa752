"""The wizard walked without any window: steps, answers that go and stay, nothing kept too early."""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import pytest

from ledgerdesk.connectors.base import INVOICE_FORMATS, Connector, Context, Session
from ledgerdesk.errors import (
    BadTemplate,
    CredentialsRejected,
    HostKeyUnknown,
    InvalidValue,
    MissingValue,
    OtherAccount,
    TermsNotAccepted,
)
from ledgerdesk.model import Administration, Check, DeliveryClass, ExportKind
from ledgerdesk.setup.clients import ClientForm, Clients
from ledgerdesk.setup.contexts import connection_owner
from ledgerdesk.setup.fields import Field, FieldKind
from ledgerdesk.setup.flow import SetupFlow
from ledgerdesk.setup.services import Services
from ledgerdesk.setup.sign_in_flow import SignInFlow
from ledgerdesk.setup.steps import Abort, Choice, Done, Form, Refused, Select, Terms
from ledgerdesk.store import Books
from ledgerdesk.store import configurations as books_of
from tests.unit.setup.conftest import contents

if TYPE_CHECKING:
    from tests.helpers.sshd import Sshd

INVOICES, STATEMENTS = ExportKind.INVOICES, ExportKind.STATEMENTS


class Vendor(Connector):
    """A package with dossiers, as later connectors are; it knows one password."""

    id = "vendor"
    label = "Vendor"
    formats: ClassVar = {INVOICES: INVOICE_FORMATS[:1]}
    fields = (
        Field("username", "User name"),
        Field("password", "Password", FieldKind.PASSWORD, secret=True),
    )
    has_administrations = True
    delivery_class = DeliveryClass.B

    def account_key(self, values):
        return values["username"]

    def target(self, request):
        raise AssertionError("nothing is sent while setting up")

    def open(self, context: Context) -> Session:
        return VendorSession(context)


class VendorSession(Session):
    def verify(self) -> Iterator[Check]:
        if self.context.secrets["password"] != "right":
            raise CredentialsRejected(host="vendor", username=self.context.values["username"])
        yield Check("Signed in", True)

    def administrations(self) -> Sequence[Administration]:
        list(self.verify())
        return (
            Administration("A1", "Bakkerij De Smet", "BE0123456749"),
            Administration("A2", "Garage Peeters"),
            Administration("A3", "Gone", active=False),
        )

    def send_one(self, parcel):
        raise AssertionError("nothing is sent while setting up")


@pytest.fixture
def with_vendor(services: Services) -> Services:
    vendor = Vendor()
    return dataclasses.replace(
        services,
        connector=lambda id: vendor if id == "vendor" else services.connector(id),
        all_connectors=lambda: (vendor, *services.all_connectors()),
    )


def walk(flow: SetupFlow, *answers: dict[str, str]):
    shown = flow.current
    for answer in answers:
        answered = flow.submit(answer)
        assert not isinstance(answered, Refused), answered.errors
        shown = answered
    return shown


def pick(id: str) -> dict[str, str]:
    return {"choice": id}


def sign_in(sshd: Sshd, **more: str) -> dict[str, str]:
    return {
        "host": sshd.host,
        "port": str(sshd.port),
        "username": sshd.username,
        "password": sshd.password,
        **more,
    }


SFTP = (pick("invoices"), pick("sftp"), pick("as-received"))


# --- the way through ------------------------------------------------------------------------------


def test_the_article_s_way_ends_connected(services: Services, sshd: Sshd) -> None:
    flow = SetupFlow(services)
    ids = [flow.current.id]
    for answer in (*SFTP, sign_in(sshd), {"upload_path": "in/"}):
        ids.append(walk(flow, answer).id)

    done = walk(flow, {"accept": "yes", "accept_host_key": sshd.fingerprint})

    assert ids == ["kind", "connector", "format", "sign_in", "place", "terms"]
    assert isinstance(done, Done)
    assert done.configuration is not None
    assert done.configuration.name == "SFTP"
    assert done.configuration.kinds[INVOICES].values == {"upload_path": "in/", "layout": "own"}
    assert [one.ok for one in done.checks] == [True] * 5


def test_nothing_is_kept_before_connect(services: Services, books: Books, sshd: Sshd) -> None:
    before = contents(books)
    flow = SetupFlow(services)

    walk(flow, *SFTP, sign_in(sshd), {})

    assert isinstance(flow.current, Terms)
    assert contents(books) == before


def test_choices_are_compared_without_case(services: Services) -> None:
    flow = SetupFlow(services)

    shown = walk(flow, pick("INVOICES"), pick("Folder"))

    assert shown.id == "format"


def test_an_unknown_choice_is_refused_and_the_step_stays(services: Services) -> None:
    flow = SetupFlow(services)

    refused = flow.submit(pick("letters"))

    assert isinstance(refused, Refused)
    assert isinstance(refused.by_field["kind"], InvalidValue)
    assert flow.current.id == "kind"


def test_a_choice_with_one_item_is_skipped(with_vendor: Services) -> None:
    flow = SetupFlow(with_vendor)

    shown = walk(flow, pick("invoices"), pick("vendor"))

    assert shown.id == "sign_in"


def test_a_kind_only_offers_connectors_that_take_it(with_vendor: Services) -> None:
    flow = SetupFlow(with_vendor)

    shown = walk(flow, pick("statements"))

    assert isinstance(shown, Choice)
    assert "vendor" not in [one.id for one in shown.options]


def test_errors_name_the_fields_of_this_form_only(services: Services) -> None:
    flow = SetupFlow(services)
    walk(flow, *SFTP)

    refused = flow.submit({"host": "a b", "port": "0"})

    assert isinstance(refused, Refused)
    assert set(refused.by_field) == {"host", "port", "username"}


def test_a_bad_path_is_refused_at_its_own_step(services: Services, sshd: Sshd) -> None:
    flow = SetupFlow(services)
    walk(flow, *SFTP, sign_in(sshd))

    refused = flow.submit({"upload_path": "../[nothing]"})

    assert isinstance(refused, Refused)
    assert isinstance(refused.by_field["upload_path"], BadTemplate)


def test_a_field_of_another_form_is_refused(services: Services, sshd: Sshd) -> None:
    flow = SetupFlow(services)
    walk(flow, *SFTP, sign_in(sshd))

    refused = flow.submit({"upload_path": "in/", "host": "elsewhere.example"})

    assert isinstance(refused, Refused)
    assert set(refused.by_field) == {"host"}


def test_only_this_format_is_asked_where_a_format_was_chosen(services: Services) -> None:
    flow = SetupFlow(services, connector_id="folder", kind=INVOICES)

    shown = walk(flow, pick("ubl-efff-3.0"))

    assert isinstance(shown, Form)
    fields = [one.name for one in shown.fields]
    assert fields == ["path", "layout", "watch_days", "only_this_format"]


# --- back and again -------------------------------------------------------------------------------


def test_back_shows_the_answer_and_the_same_answer_keeps_later_ones(
    services: Services, sshd: Sshd
) -> None:
    flow = SetupFlow(services)
    walk(flow, *SFTP, sign_in(sshd), {"upload_path": "kept/"})

    flow.back()
    flow.back()
    shown = flow.back()
    assert isinstance(shown, Choice) and shown.selected == "as-received"
    shown = walk(flow, pick("as-received"), sign_in(sshd))

    assert isinstance(shown, Form) and shown.values["upload_path"] == "kept/"


def test_another_answer_drops_later_ones(services: Services, sshd: Sshd) -> None:
    flow = SetupFlow(services)
    walk(flow, *SFTP, sign_in(sshd), {"upload_path": "dropped/"})

    for _ in range(4):
        flow.back()
    shown = walk(flow, pick("folder"), pick("as-received"))
    assert shown.id == "place"
    flow.back()
    flow.back()
    shown = walk(flow, pick("sftp"), pick("as-received"))

    assert isinstance(shown, Form)
    assert shown.values["host"] == ""


def test_a_typed_password_is_not_shown_again_and_stays(services: Services, sshd: Sshd) -> None:
    flow = SetupFlow(services)
    walk(flow, *SFTP, sign_in(sshd), {})
    flow.back()

    shown = flow.back()
    assert isinstance(shown, Form)
    assert "password" not in shown.values and "password" in shown.kept
    done = walk(
        flow,
        sign_in(sshd, password=""),
        {},
        {"accept": "yes", "accept_host_key": sshd.fingerprint},
    )

    assert isinstance(done, Done)


def test_the_first_step_has_nothing_before_it(services: Services) -> None:
    flow = SetupFlow(services)

    assert not flow.can_go_back
    assert flow.back().id == "kind"


def test_cancel_forgets_everything(services: Services, books: Books, sshd: Sshd) -> None:
    before = contents(books)
    flow = SetupFlow(services)
    walk(flow, *SFTP, sign_in(sshd))

    assert isinstance(flow.cancel(), Abort)

    assert isinstance(flow.submit({"upload_path": "in/"}), Abort)
    assert contents(books) == before
    assert sshd.password not in repr(vars(flow))


def test_no_walk_keeps_anything_before_connect(
    services: Services, books: Books, tmp_path: Path, seed: int
) -> None:
    chance = random.Random(seed)
    forms = [
        {"path": str(tmp_path)},
        {"path": "../x"},
        {"host": "nobody.invalid", "username": "ann", "password": "pw"},
        {"upload_path": "in/[vat]"},
        {},
    ]
    before = contents(books)
    reached = set()

    for _ in range(30):
        flow = SetupFlow(services)
        for _ in range(40):
            shown = flow.current
            reached.add(shown.id)
            if chance.random() < 0.2:
                flow.back()
            elif isinstance(shown, Choice):
                flow.submit(pick(chance.choice([*(one.id for one in shown.options), "nothing"])))
            else:
                flow.submit(chance.choice(forms))

    assert reached == {"kind", "connector", "format", "register", "sign_in", "place", "terms"}
    assert contents(books) == before


# --- connect --------------------------------------------------------------------------------------


def test_without_accepting_the_terms_nothing_happens(
    services: Services, books: Books, tmp_path: Path
) -> None:
    before = contents(books)
    flow = SetupFlow(services, connector_id="folder", kind=INVOICES)
    walk(flow, pick("as-received"), {"path": str(tmp_path)})

    refused = flow.submit({"name": "Import"})

    assert isinstance(refused, Refused)
    assert isinstance(refused.errors[0], TermsNotAccepted)
    assert contents(books) == before


def test_the_terms_say_what_where_how_often_and_what_stays_unseen(
    services: Services, tmp_path: Path
) -> None:
    flow = SetupFlow(services, connector_id="folder", kind=STATEMENTS)

    shown = walk(flow, pick("coda"), {"path": str(tmp_path)})

    assert isinstance(shown, Terms)
    assert len(shown.text) == 4
    assert "bank statements" in shown.text[0]
    assert str(tmp_path) in shown.text[1]


def test_an_unknown_host_key_is_approved_on_the_same_page(
    services: Services, books: Books, sshd: Sshd
) -> None:
    before = contents(books)
    flow = SetupFlow(services)
    walk(flow, *SFTP, sign_in(sshd), {})

    refused = flow.submit({"accept": "yes"})

    assert isinstance(refused, Refused)
    (error,) = refused.errors
    assert isinstance(error, HostKeyUnknown)
    assert sshd.sign_in_attempts() == 0
    assert contents(books) == before
    again = {"accept": "yes", "accept_host_key": str(error.params["fingerprint"])}
    assert isinstance(flow.submit(again), Done)


def test_a_refused_sign_in_shows_which_line_failed(
    services: Services, books: Books, sshd: Sshd
) -> None:
    flow = SetupFlow(services)
    walk(flow, *SFTP, sign_in(sshd, password="wrong"), {})
    before = contents(books)

    refused = flow.submit({"accept": "yes", "accept_host_key": sshd.fingerprint})

    assert isinstance(refused, Refused)
    assert [one.ok for one in refused.checks] == [True, True, False]
    assert contents(books) == before


def test_saved_untested_says_so(services: Services, tmp_path: Path) -> None:
    flow = SetupFlow(services, connector_id="folder", kind=INVOICES)
    place = {"path": str(tmp_path / "not" / "there")}

    done = walk(flow, pick("as-received"), place, {"accept": "yes", "untested": "yes"})

    assert isinstance(done, Done)
    assert done.configuration is not None
    assert not done.configuration.kinds[INVOICES].tested


# --- connected accounts and administrations -------------------------------------------------------


def test_a_connected_account_is_offered_first(services: Services, books: Books, sshd: Sshd) -> None:
    connect = {"accept": "yes", "accept_host_key": sshd.fingerprint}
    walk(SetupFlow(services), *SFTP, sign_in(sshd), {}, connect)
    flow = SetupFlow(services)

    shown = walk(flow, *SFTP)

    assert isinstance(shown, Choice)
    with books.read() as c:
        (kept,) = books_of.connections(c)
    assert [one.id for one in shown.options] == [kept.id, "new"]
    assert shown.selected == kept.id
    done = walk(flow, pick(kept.id), {"upload_path": "second/"}, {"accept": "yes"})
    assert isinstance(done, Done) and done.configuration is not None
    assert done.configuration.name == "SFTP (2)"
    assert done.configuration.kinds[INVOICES].connection_id == kept.id


def add_clients(services: Services, number: int) -> None:
    for index in range(number):
        Clients(services).add(ClientForm(name=f"Client {index}"))


VENDOR = (pick("invoices"), pick("vendor"), {"username": "ann", "password": "right"})


def test_administrations_that_are_active_are_offered(with_vendor: Services) -> None:
    shown = walk(SetupFlow(with_vendor), *VENDOR)

    assert isinstance(shown, Select)
    assert [one.id for one in shown.options] == ["A1", "A2"]


def test_with_several_clients_choose_per_client_stands(with_vendor: Services) -> None:
    add_clients(with_vendor, 2)
    flow = SetupFlow(with_vendor)

    shown = walk(flow, *VENDOR)
    done = walk(flow, {"administration": shown.selected}, {"accept": "yes"})

    assert isinstance(done, Done) and done.configuration is not None
    assert done.configuration.kinds[INVOICES].administration_id == ""


def test_an_administration_is_kept_with_its_name(with_vendor: Services) -> None:
    flow = SetupFlow(with_vendor)

    done = walk(flow, *VENDOR, {"administration": "a1"}, {"accept": "yes"})

    assert isinstance(done, Done) and done.configuration is not None
    setup = done.configuration.kinds[INVOICES]
    assert (setup.administration_id, setup.administration_name) == ("A1", "Bakkerij De Smet")


def test_an_administration_that_is_not_there_is_refused(with_vendor: Services) -> None:
    flow = SetupFlow(with_vendor)
    walk(flow, *VENDOR)

    refused = flow.submit({"administration": "A9"})

    assert isinstance(refused, Refused)
    assert "administration" in refused.by_field


def test_a_sign_in_that_shows_no_administrations_stays_at_its_form(
    with_vendor: Services, books: Books
) -> None:
    before = contents(books)
    flow = SetupFlow(with_vendor)
    walk(flow, *VENDOR[:2])

    refused = flow.submit({"username": "ann", "password": "wrong"})

    assert isinstance(refused, Refused)
    assert isinstance(refused.errors[0], CredentialsRejected)
    assert flow.current.id == "sign_in"
    assert contents(books) == before


# --- edit and sign in again -----------------------------------------------------------------------


def test_edit_starts_from_what_is_kept(services: Services, sshd: Sshd) -> None:
    connect = {"accept": "yes", "accept_host_key": sshd.fingerprint}
    first = walk(SetupFlow(services), *SFTP, sign_in(sshd), {"upload_path": "a/"}, connect)
    assert isinstance(first, Done) and first.configuration is not None
    flow = SetupFlow(services, configuration_id=first.configuration.id, kind=INVOICES)

    shown = walk(flow, pick("ubl-efff-3.0"), pick(flow_connection(first)))
    assert isinstance(shown, Form) and shown.values["upload_path"] == "a/"
    done = walk(flow, {"upload_path": "b/"}, {"accept": "yes", "name": "Renamed"})

    assert isinstance(done, Done) and done.configuration is not None
    assert done.configuration.id == first.configuration.id
    assert done.configuration.name == "Renamed"
    setup = done.configuration.kinds[INVOICES]
    assert (setup.format, setup.values) == ("ubl-efff-3.0", {"upload_path": "b/", "layout": "own"})


def flow_connection(done: Done) -> str:
    assert done.configuration is not None
    return done.configuration.kinds[INVOICES].connection_id


def signed_in(services: Services, sshd: Sshd) -> str:
    connect = {"accept": "yes", "accept_host_key": sshd.fingerprint}
    done = walk(SetupFlow(services), *SFTP, sign_in(sshd), {}, connect)
    assert isinstance(done, Done)
    return flow_connection(done)


def test_signing_in_again_replaces_the_secrets(services: Services, sshd: Sshd) -> None:
    id = signed_in(services, sshd)
    flow = SignInFlow(services, id)
    shown = flow.current
    assert isinstance(shown, Form)
    assert shown.values["username"] == sshd.username
    assert shown.kept == {"password"}

    done = flow.submit({"private_key": sshd.private_key})

    assert isinstance(done, Done) and done.connection is not None
    assert services.vault.open(connection_owner(id))["private_key"] == sshd.private_key


def test_another_account_needs_a_yes(services: Services, books: Books, sshd: Sshd) -> None:
    id = signed_in(services, sshd)
    before = contents(books)
    flow = SignInFlow(services, id)
    other = {"username": "someone", "untested": "yes"}

    refused = flow.submit(other)

    assert isinstance(refused, Refused)
    assert isinstance(refused.errors[0], OtherAccount)
    assert contents(books) == before
    done = flow.submit({**other, "other_account": "yes"})
    assert isinstance(done, Done) and done.connection is not None
    assert (done.connection.id, done.connection.values["username"]) == (id, "someone")


def test_a_changed_host_key_is_shown_before_it_is_approved(services: Services, sshd: Sshd) -> None:
    id = signed_in(services, sshd)
    sshd.swap_host_key()
    flow = SignInFlow(services, id)

    refused = flow.submit({})
    assert isinstance(refused, Refused)
    assert refused.errors[0].code == "host_key_changed"
    done = flow.submit({"accept_host_key": str(refused.errors[0].params["fingerprint"])})

    assert isinstance(done, Done) and done.connection is not None
    assert done.connection.host_key == sshd.fingerprint


def test_a_missing_value_of_the_sign_in_is_named(services: Services, sshd: Sshd) -> None:
    flow = SignInFlow(services, signed_in(services, sshd))

    refused = flow.submit({"username": " "})

    assert isinstance(refused, Refused)
    assert isinstance(refused.errors[0], MissingValue)
