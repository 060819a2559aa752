"""What every connector owes, whatever it talks to: the same tests over all that are registered."""

from __future__ import annotations

import json
import logging
import re
import subprocess
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from ledgerdesk.connectors import all_connectors, get
from ledgerdesk.connectors.base import Connector, Session, TargetRequest
from ledgerdesk.errors import (
    Cancelled,
    ConnectionRefused,
    ConnectionTrouble,
    ContentGone,
    CredentialsRejected,
    HostNotFound,
    LedgerDeskError,
    OutcomeUnknown,
    TimedOut,
    UnknownId,
    to_record,
)
from ledgerdesk.model import (
    Assurance,
    DeliveryClass,
    Direction,
    DocumentFormat,
    DocumentKind,
    ExportKind,
    Found,
    Outcome,
    Parcel,
    Profile,
    Stage,
    Target,
)
from ledgerdesk.setup.fields import Field, FieldKind, FieldScope, clean_all
from ledgerdesk.setup.templates import parse
from tests.connectors.fakes import FAKES, WRONG, Fake
from tests.helpers.parcels import (
    DELIVERY,
    INVOICE,
    CancelAfter,
    PlainNaming,
    RecordingStages,
    make_context,
    make_parcel,
)
from tests.helpers.raw_server import free_port, garbage, hangs_up, raw_server, silent

ROOT = Path(__file__).parents[2]
NAMING = PlainNaming(
    {
        "enterprise_name": "De Smet",
        "invoice_type": "AP",
        "document_number": "F-1",
        "issue_date": "2026-03-31",
    }
)
SLUG = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
SECRET_NAMES = re.compile(r"password|secret|private_key|access_key|api_key|token")
HEAVY = (
    "paramiko",
    "dropbox",
    "requests",
    "lxml",
    "sqlalchemy",
    "keyring",
    "PySide6",
    "truststore",
)
Open = Callable[..., Session]


# A connector with several routes has a fake for each that is worth it: ``id:route``.
WAYS = sorted({*FAKES, *(one.id for one in all_connectors())})


@pytest.fixture(params=WAYS)
def way(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def connector(way: str) -> Connector:
    return get(way.partition(":")[0])


@pytest.fixture
def fake(way: str, request: pytest.FixtureRequest) -> Fake:
    assert way in FAKES, f"{way} has no fake: add one to tests/connectors/fakes.py"
    return FAKES[way](request)


@pytest.fixture
def connect(connector: Connector, fake: Fake) -> Iterator[Open]:
    """Sessions with the right sign-in, but for what the test says."""
    with ExitStack() as opened:

        def make(
            values: dict[str, str] | None = None,
            secrets: dict[str, str] | None = None,
            **more: Any,
        ) -> Session:
            context = make_context(
                fake.values if values is None else values,
                fake.secrets if secrets is None else secrets,
                **{**fake.more, **more},
            )
            return opened.enter_context(connector.open(context))

        yield make


@pytest.fixture
def parcel(connector: Connector, fake: Fake) -> Parcel:
    return addressed(fake, make_parcel(connector, dict(fake.values), naming=NAMING))


def addressed(fake: Fake, parcel: Parcel) -> Parcel:
    return replace(parcel, administration_id=fake.administration)


def parcels(connector: Connector, fake: Fake, count: int) -> list[Parcel]:
    made = [
        make_parcel(
            connector,
            dict(fake.values),
            body=b"%d" % n,
            naming=PlainNaming(NAMING.values, f"{n}.xml"),
            delivery_id=f"{n:032x}",
        )
        for n in range(count)
    ]
    return [addressed(fake, one) for one in made]


# --- who it is ----------------------------------------------------------------------------------


def test_every_connector_has_a_fake_and_every_fake_a_connector() -> None:
    assert {way.partition(":")[0] for way in FAKES} == {one.id for one in all_connectors()}


def test_one_file_each() -> None:
    folder = ROOT / "ledgerdesk" / "connectors"
    stems = {path.stem for path in folder.glob("[!_]*.py")} - {"base"}
    ids = [one.id for one in all_connectors()]
    assert sorted(ids) == sorted(stems)


def test_identity(connector: Connector) -> None:
    assert SLUG.fullmatch(connector.id)
    assert type(connector).__module__ == f"ledgerdesk.connectors.{connector.id}"
    assert get(connector.id.upper()) is connector
    assert connector.label.strip() == connector.label != ""
    assert connector.help.strip()
    assert connector.administration_noun
    assert connector.authorization in ("none", "form", "oauth")
    assert vars(connector) == {}, "a connector keeps no state"


def test_an_unknown_id_is_told() -> None:
    with pytest.raises(UnknownId):
        get("no_such_connector")


def test_labels_are_told_apart() -> None:
    labels = [one.label.casefold() for one in all_connectors()]
    assert len(set(labels)) == len(labels)
    assert labels == sorted(labels)


# --- what it asks -------------------------------------------------------------------------------


def test_fields_are_declared_in_full(connector: Connector) -> None:
    names = [field.name for field in connector.fields]
    assert len(set(names)) == len(names)
    for at, field in enumerate(connector.fields):
        assert SLUG.fullmatch(field.name)
        assert field.label.strip(), field.name
        assert len(field.help.split()) >= 4, f"{field.name}: say where a person finds it"
        _check_choices(field)
        _check_visibility(field, {one.name: one for one in connector.fields[:at]})
        assert field.template in ("", "text", "path")
        assert not field.template or field.scope is not FieldScope.CONNECTION, field.name


def _check_choices(field: Field) -> None:
    assert bool(field.choices) is (field.kind is FieldKind.CHOICE), field.name
    ids = [choice.id for choice in field.choices]
    assert ids == [one.lower() for one in ids]
    assert len(set(ids)) == len(ids)
    assert all(choice.label.strip() for choice in field.choices)


def _check_visibility(field: Field, earlier: dict[str, Field]) -> None:
    for name, wanted in field.visible_when.items():
        assert name in earlier, f"{field.name} waits for {name}, which is asked later or never"
        assert set(wanted) <= {choice.id for choice in earlier[name].choices}


def test_secrets_are_declared_secret(connector: Connector) -> None:
    for field in connector.fields:
        if field.kind is FieldKind.PASSWORD or SECRET_NAMES.search(field.name):
            assert field.secret, field.name
        if field.secret:
            assert field.kind in (FieldKind.PASSWORD, FieldKind.MULTILINE), field.name
            assert field.default == "", field.name


def test_defaults_are_valid(connector: Connector) -> None:
    for field in connector.fields:
        if field.default:
            assert field.clean("") == field.clean(field.default)


def test_values_that_work_pass_the_form(connector: Connector, fake: Fake) -> None:
    names = {field.name for field in connector.fields}
    given = {k: v for k, v in {**fake.values, **fake.secrets}.items() if k in names}
    kept, errors = clean_all(connector.fields, given, connector.document_kinds[0])
    assert errors == []
    assert set(kept) <= names


def test_a_misspelt_field_is_refused(connector: Connector) -> None:
    _, errors = clean_all(connector.fields, {"no_such_field": "x"})
    assert "no_such_field" in [error.field for error in errors]


# --- what it takes ------------------------------------------------------------------------------


def test_formats(connector: Connector) -> None:
    known = {
        ExportKind.INVOICES: {"as-received", "ubl-peppol-bis-3", "ubl-efff-3.0"},
        ExportKind.STATEMENTS: {"as-received", "coda", "camt.053", "mt940"},
    }
    assert connector.document_kinds
    for kind, formats in connector.formats.items():
        ids = [one.id for one in formats]
        assert ids[0] == "as-received"
        assert len(set(ids)) == len(ids)
        assert set(ids) <= known[kind]
        assert all(one.label for one in formats)
        assert formats[0].fits(DocumentFormat.UNKNOWN, Profile.NONE)
        assert all(connector.format(kind, one.upper()) is not None for one in ids)
        assert connector.format(kind, "no-such-format") is None


# --- where it goes ------------------------------------------------------------------------------


def aim(connector: Connector, fake: Fake) -> Target:
    at = datetime(2026, 3, 31, 12, tzinfo=UTC)
    request = TargetRequest(
        fake.values, NAMING, DocumentKind.INVOICE, Direction.PURCHASE, "De Smet", DELIVERY, at
    )
    return connector.target(request)


def test_a_target_is_pure_and_can_be_kept(
    connector: Connector, fake: Fake, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = dict(fake.values)
    first = aim(connector, fake)
    # Later, elsewhere: nothing around it may play a part.
    monkeypatch.chdir("/")
    monkeypatch.setenv("TZ", "Pacific/Auckland")
    assert aim(connector, fake) == first
    assert dict(fake.values) == before
    assert first.place
    assert first.name
    assert all(isinstance(value, str) for value in first.extra.values())
    assert json.loads(json.dumps(dict(first.extra))) == dict(first.extra)


def test_targets_hold_no_secret(connector: Connector, fake: Fake) -> None:
    shown = repr(aim(connector, fake))
    assert not [secret for secret in fake.secrets.values() if secret in shown]


def test_an_account_is_known_again(connector: Connector, fake: Fake) -> None:
    values = dict(fake.values)
    key = connector.account_key(values)
    assert key
    assert connector.account_key(dict(reversed(values.items()))) == key
    assert connector.lane_key(values)
    assert connector.lane_key(values) == connector.lane_key(dict(values))
    for secret in fake.secrets.values():
        assert secret not in key and secret not in connector.lane_key(values)


# --- setting up ---------------------------------------------------------------------------------


def test_verify_tells_line_by_line_and_leaves_nothing(connect: Open, fake: Fake) -> None:
    checks = list(connect().verify())
    assert checks
    assert all(check.ok for check in checks)
    assert len({check.name for check in checks}) == len(checks)
    assert all(check.name.strip() for check in checks)
    assert fake.arrived() == []


# --- arriving -----------------------------------------------------------------------------------


def test_the_very_bytes_arrive_with_proof(
    connector: Connector, connect: Open, fake: Fake, parcel: Parcel
) -> None:
    evidence = connect().send_one(parcel)
    assert fake.arrived() == [INVOICE]
    assert evidence.remote
    kept = json.loads(json.dumps(dict(evidence.facts)))
    assert kept["size"] == len(INVOICE)
    assert kept["sha256"] == parcel.sha256
    # A mail is blind when it leaves, wherever it can be looked for later.
    is_c = connector.proves(fake.values) is DeliveryClass.C
    is_blind = (is_c or connector.by_mail(fake.values)) and not fake.acknowledges
    assert (evidence.assurance is Assurance.BLIND) is is_blind


def test_the_stage_is_kept_before_anything_can_be_seen(
    connect: Open, fake: Fake, parcel: Parcel
) -> None:
    seen: list[list[bytes]] = []
    stages = RecordingStages(then=lambda: seen.append(fake.published()))
    connect(stages=stages).send_one(parcel)
    # Once per step there: what is made in two is not there before the second.
    assert set(stages.seen) == {(DELIVERY, Stage.PUBLISHING)}
    assert seen == [[]] * len(stages.seen)
    assert fake.published() == [INVOICE]


def test_every_parcel_has_one_outcome(connector: Connector, connect: Open, fake: Fake) -> None:
    sent = parcels(connector, fake, 3)
    outcomes = list(connect().send(sent))
    assert [outcome.delivery_id for outcome in outcomes] == [one.delivery_id for one in sent]
    assert all(outcome.evidence and outcome.error is None for outcome in outcomes)
    assert sorted(fake.arrived()) == [b"0", b"1", b"2"]


def test_one_bad_parcel_stops_no_other(connector: Connector, connect: Open, fake: Fake) -> None:
    first, bad, last = parcels(connector, fake, 3)
    bad = replace(bad, open=lambda: b"rotten")
    outcomes = list(connect().send([first, bad, last]))
    assert isinstance(outcomes[1].error, ContentGone)
    assert outcomes[0].evidence and outcomes[2].evidence
    assert sorted(fake.arrived()) == [b"0", b"2"]


def test_a_second_send_makes_no_second_document(
    connector: Connector, connect: Open, fake: Fake, parcel: Parcel
) -> None:
    attempts = [replace(parcel, attempt=number) for number in (1, 2)]
    remotes = {connect().send_one(one).remote for one in attempts}
    if fake.knows_doubles:
        assert len(remotes) == 1
        assert fake.arrived() == [INVOICE]
    elif fake.acknowledges and connector.proves(fake.values) is DeliveryClass.C:
        # It names what it got and cannot be asked for it: nobody may send twice by himself.
        assert len(fake.arrived()) == len(remotes) == 2
    elif connector.proves(fake.values) is DeliveryClass.C:
        # It cannot look; both must bear the one name by which they are known for doubles.
        assert len(remotes) == 1
        assert len(fake.arrived()) == 2
    else:
        assert fake.arrived() == [INVOICE]


# --- asking afterwards --------------------------------------------------------------------------


@pytest.mark.parametrize("stage", [Stage.NONE, Stage.SENDING])
def test_probe_of_what_was_never_sent(connect: Open, parcel: Parcel, stage: Stage) -> None:
    probe = connect().probe(replace(parcel, stage=stage))
    assert probe.found is Found.ABSENT
    assert probe.evidence is None


def test_probe_after_publishing_began_and_nothing_is_there(
    connect: Open, fake: Fake, parcel: Parcel
) -> None:
    """Packages empty their folders: not there does not mean not sent, unless the destination also
    tells what it once had."""
    found = connect().probe(replace(parcel, stage=Stage.PUBLISHING)).found
    assert found is (Found.ABSENT if fake.remembers else Found.CANNOT_TELL)


def test_probe_of_what_arrived(
    connector: Connector, connect: Open, fake: Fake, parcel: Parcel
) -> None:
    connect().send_one(parcel)
    probe = connect().probe(replace(parcel, stage=Stage.PUBLISHING))
    if connector.proves(fake.values) is DeliveryClass.C:
        assert probe.found is Found.CANNOT_TELL
    else:
        assert probe.found is Found.THERE
        assert probe.evidence is not None and probe.evidence.remote
    assert fake.arrived() == [INVOICE]


# --- being stopped ------------------------------------------------------------------------------


def test_cancelled_before_the_first(connector: Connector, connect: Open, fake: Fake) -> None:
    session = connect(cancel=CancelAfter(0))
    with pytest.raises(Cancelled):
        list(session.send(parcels(connector, fake, 2)))
    assert fake.arrived() == []


def test_cancelled_in_the_middle_of_a_document(
    connector: Connector, connect: Open, fake: Fake
) -> None:
    large = addressed(
        fake, make_parcel(connector, dict(fake.values), body=bytes(500_000), naming=NAMING)
    )
    stages = RecordingStages()
    with pytest.raises(Cancelled):
        connect(stages=stages, cancel=CancelAfter(3)).send_one(large)
    assert stages.seen == []
    assert fake.arrived() == []
    assert connect().send_one(large).remote
    assert fake.arrived() == [bytes(500_000)]


def test_damaged_content_is_never_sent(connect: Open, fake: Fake, parcel: Parcel) -> None:
    stages = RecordingStages()
    with pytest.raises(ContentGone):
        connect(stages=stages).send_one(replace(parcel, open=lambda: b"rotten"))
    assert stages.seen == []
    assert fake.arrived() == []


def test_a_session_can_be_closed_at_any_time(connect: Open, parcel: Parcel) -> None:
    session = connect()
    session.close()
    session.close()
    assert session.send_one(parcel).remote
    session.close()


# --- what goes wrong ----------------------------------------------------------------------------


def needs_a_line(fake: Fake) -> None:
    if fake.address is None and fake.endpoint is None:
        pytest.skip("there is no line to lose")


def failed(session: Session, parcel: Parcel, fake: Fake) -> LedgerDeskError:
    """The error of one failed attempt, which must come out of sending and verifying alike."""
    (outcome,) = session.send([parcel])
    assert isinstance(outcome.error, LedgerDeskError)
    if fake.asks_first:
        with pytest.raises(type(outcome.error)) as verified:
            list(session.verify())
        assert type(outcome.error) is type(verified.value)
    assert outcome.error.text() and "{" not in outcome.error.text()
    assert json.dumps(to_record(outcome.error))
    return outcome.error


def test_unknown_host(connect: Open, fake: Fake, parcel: Parcel) -> None:
    if fake.address is None:
        pytest.skip("nobody types the name of this server")
    error = failed(connect(fake.elsewhere("no-such-host.invalid", 22)), parcel, fake)
    assert isinstance(error, HostNotFound)


def test_refused_port(connect: Open, fake: Fake, parcel: Parcel) -> None:
    needs_a_line(fake)
    error = failed(connect(fake.elsewhere("127.0.0.1", free_port())), parcel, fake)
    assert isinstance(error, ConnectionRefused)


def test_server_that_says_nothing(connect: Open, fake: Fake, parcel: Parcel) -> None:
    needs_a_line(fake)
    with raw_server(silent) as port:
        quick = {"connect_timeout": 0.3, "read_timeout": 0.3}
        error = failed(connect(fake.elsewhere("127.0.0.1", port), **quick), parcel, fake)
    assert isinstance(error, TimedOut if fake.asks_first else OutcomeUnknown)


@pytest.mark.parametrize("talk", [garbage, hangs_up])
def test_server_that_is_something_else(
    connect: Open, fake: Fake, parcel: Parcel, talk: Callable[..., None]
) -> None:
    needs_a_line(fake)
    with raw_server(talk) as port:
        quick = {"connect_timeout": 2.0, "read_timeout": 2.0}
        error = failed(connect(fake.elsewhere("127.0.0.1", port), **quick), parcel, fake)
    assert isinstance(error, ConnectionTrouble if fake.asks_first else OutcomeUnknown)


def test_wrong_secret_is_offered_once(connector: Connector, connect: Open, fake: Fake) -> None:
    if not fake.secret:
        pytest.skip("there is nothing to sign in with")
    session = connect(secrets={**fake.secrets, fake.secret: WRONG})
    outcomes = list(session.send(parcels(connector, fake, 3)))
    assert all(isinstance(outcome.error, CredentialsRejected) for outcome in outcomes)
    assert fake.sign_ins() == 1
    assert fake.arrived() == []


# --- nothing leaks ------------------------------------------------------------------------------


def test_no_secret_is_told_anywhere(
    connector: Connector,
    connect: Open,
    fake: Fake,
    parcel: Parcel,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    secrets = set(fake.secrets.values())
    session = connect()
    checks = list(session.verify())
    outcomes: list[Outcome] = list(session.send([parcel]))
    told = [repr(checks), repr(outcomes), repr(session.context), repr(vars(session))]
    if fake.secret:
        secrets.add(WRONG)
        refused = connect(secrets={**fake.secrets, fake.secret: WRONG})
        (outcome,) = refused.send([parcel])
        assert isinstance(outcome.error, LedgerDeskError)
        told += traceback.format_exception(outcome.error)
        told += [str(outcome.error), repr(vars(outcome.error)), repr(to_record(outcome.error))]
        told += [repr(refused.context), repr(vars(refused))]
    told += [record.getMessage() for record in caplog.records]
    everything = "\n".join(told)
    assert [secret for secret in secrets if secret in everything] == []


LIGHT = f"""
import sys
import ledgerdesk.connectors
heavy = {HEAVY!r}
assert ledgerdesk.connectors.all_connectors()
print(*sorted({{name.split(".")[0] for name in sys.modules}} & set(heavy)))
"""


def test_listing_them_loads_no_sdk() -> None:
    done = subprocess.run(
        [sys.executable, "-c", LIGHT], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == []


def test_templates_in_defaults_use_known_variables(connector: Connector) -> None:
    for field in connector.fields:
        if field.template and field.default:
            assert parse(field.default)
