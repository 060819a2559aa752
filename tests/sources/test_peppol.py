"""The Peppol inbox as a source, beside strict stand-ins of the services."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ledgerdesk.errors import (
    ConnectionRefused,
    CredentialsRejected,
    Forbidden,
    InvalidValue,
    MissingValue,
    ProfileInvalid,
    RateLimited,
    ServerTrouble,
    UnreadableAnswer,
)
from ledgerdesk.model import Source, Standing
from ledgerdesk.practice.vendors.peppol_inbox import BillitServer, Received, RecommandServer
from ledgerdesk.practice.vendors.server import Answer, FaultKind
from ledgerdesk.sources import _inbox_line, peppol
from ledgerdesk.sources._inbox_content import Unusable, as_declared, company_of
from ledgerdesk.sources._inbox_format import BUILT_IN, built_in, read
from tests.helpers.intake import Office, Papers, pdf
from tests.helpers.source_firm import SourceFirm

ENVELOPE = (
    '<sh:StandardBusinessDocument xmlns:sh="http://www.unece.org/cefact/namespaces/'
    'StandardBusinessDocumentHeader"><sh:StandardBusinessDocumentHeader/>{0}'
    "</sh:StandardBusinessDocument>"
)


class Recommand(SourceFirm):
    """A firm, and the service it receives at."""

    def __init__(self, office: Office, papers: Papers, server: RecommandServer) -> None:
        super().__init__(office)
        self.papers, self.server = papers, server

    def watch(
        self, *, secret: str = "", values: dict[str, str] | None = None, **form: Any
    ) -> Source:
        given = {"profile": "recommand", "username": self.server.key, **(values or {})}
        secrets = {"api_key": secret or self.server.secret}
        return self.add("peppol", given, secrets, **form)

    def arrives(self, content: bytes | None = None, **more: Any) -> Received:
        who = self.papers.who[0]
        content = content or self.papers.invoice(self.papers.others[0], who)
        return self.server.receive(content.decode(), f"0208:{who.number[2:]}", **more)

    def states(self) -> list[tuple[str, str]]:
        return [(one.state.value, one.reason) for one in self.office.documents()]


@pytest.fixture
def recommand(
    office: Office, papers: Papers, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Recommand]:
    with RecommandServer() as server:
        monkeypatch.setenv("LEDGERDESK_ENDPOINT_RECOMMAND", server.url)
        yield Recommand(office, papers, server)


# --- taking in ------------------------------------------------------------------------------------


def test_an_invoice_is_taken_in_byte_for_byte_and_once(recommand: Recommand):
    client = recommand.office.client(recommand.papers.who[0])
    recommand.watch()
    one = recommand.arrives()
    assert [recommand.look().taken_in for _ in range(2)] == [1, 0]
    (document,) = recommand.office.documents()
    assert recommand.office.blobs.read(document.sha256) == one.xml.encode()
    assert (document.client_id, document.direction) == (client.id, "purchase")


def test_nothing_is_marked_there_unless_the_firm_asks_for_it(recommand: Recommand):
    recommand.watch()
    one = recommand.arrives()
    recommand.look()
    assert one.history == []
    assert recommand.server.requests(method="POST") == []


def test_what_was_taken_in_is_acknowledged_once_where_the_firm_asked_for_it(recommand: Recommand):
    recommand.watch(values={"acknowledge": "yes"})
    one = recommand.arrives()
    for _ in range(3):
        recommand.look()
    assert one.history == [True]


def test_a_look_that_only_counts_acknowledges_nothing(recommand: Recommand):
    recommand.watch(values={"acknowledge": "yes"})
    one = recommand.arrives()
    assert recommand.look(dry_run=True).taken_in == 1
    assert one.history == []
    assert recommand.look().taken_in == 1


@pytest.mark.parametrize("status", [403, 404, 500])
def test_an_acknowledgement_that_failed_is_given_at_the_next_look(
    recommand: Recommand, status: int
):
    recommand.watch(values={"acknowledge": "yes"})
    one = recommand.arrives(at=datetime.now(UTC) - timedelta(days=20))
    newer = recommand.arrives()
    refusal = Answer(status)
    recommand.server.break_next(FaultKind.ANSWER, f"{one.id}/mark-as-read", answer=refusal)
    (looked,) = recommand.look().sources
    assert (looked.taken_in, len(looked.troubles)) == (2, 1)
    assert (one.history, newer.history) == ([], [True])
    recommand.look()
    assert one.history == [True]


def test_a_document_another_program_read_first_is_taken_in_all_the_same(recommand: Recommand):
    recommand.watch()
    one = recommand.arrives()
    one.read_at = datetime.now(UTC)
    assert recommand.look().taken_in == 1


def test_a_document_that_is_not_there_yet_comes_later(recommand: Recommand):
    recommand.watch()
    recommand.arrives(ready_after=1, at=datetime.now(UTC) - timedelta(days=30))
    recommand.arrives()
    (looked,) = recommand.look().sources
    assert (looked.taken_in, looked.waiting) == (1, 1)
    assert recommand.look().taken_in == 1


def test_pages_that_shift_while_they_are_read_lose_nothing(recommand: Recommand):
    recommand.watch()
    start = datetime.now(UTC) - timedelta(hours=1)
    for number in range(205):
        recommand.arrives(f"<x>{number}</x>".encode(), at=start + timedelta(seconds=number))
    late: list[Received] = []

    def arrives() -> None:
        if len(late) < 3:
            late.append(recommand.arrives(f"<y>{len(late)}</y>".encode()))

    recommand.server.between_pages = arrives
    assert sum(recommand.look().taken_in for _ in range(2)) == 208
    assert len({one.sha256 for one in recommand.office.documents()}) == 208


def test_one_company_of_the_key(recommand: Recommand):
    recommand.watch(values={"company": "c_2"})
    recommand.arrives(company="c_1")
    mine = recommand.arrives(company="c_2")
    assert recommand.look().taken_in == 1
    assert mine.id in recommand.office.documents()[0].path


def test_the_same_invoice_by_two_roads_is_a_duplicate(recommand: Recommand, tmp_path: Any):
    one = recommand.arrives()
    recommand.office.take(tmp_path, one.xml.encode())
    recommand.watch()
    recommand.look()
    assert [state for state, _ in recommand.states()] == ["unassigned", "duplicate"]


def test_an_envelope_is_opened_and_its_content_is_the_same_document(recommand: Recommand):
    content = recommand.papers.invoice(recommand.papers.others[0], recommand.papers.who[0])
    bare = content.partition(b"?>")[2].strip()
    recommand.watch()
    recommand.arrives(bare)
    recommand.arrives(ENVELOPE.format(bare.decode()).encode())
    recommand.look()
    first, second = recommand.office.documents()
    assert first.sha256 == second.sha256
    assert {first.state, second.state} == {"unassigned", "duplicate"}
    assert "LD-ENVELOPE" in {each.rule for one in (first, second) for each in one.findings}


@pytest.mark.parametrize(
    ("customization", "reason"),
    [
        ("urn:fdc:peppol.eu:poacc:trns:invoice_response:3", "invoice response"),
        ("urn:fdc:peppol.eu:poacc:trns:mlr:3", "message level response"),
    ],
)
def test_a_response_is_set_aside(recommand: Recommand, customization: str, reason: str):
    family = "urn:oasis:names:specification:ubl:schema:xsd"
    response = (
        f'<ApplicationResponse xmlns="{family}:ApplicationResponse-2" '
        f'xmlns:b="{family}:CommonBasicComponents-2"><b:CustomizationID>{customization}'
        "</b:CustomizationID></ApplicationResponse>"
    )
    recommand.watch()
    recommand.arrives(response.encode(), type="messageLevelResponse")
    recommand.look()
    assert recommand.states() == [("set_aside", reason)]


def test_the_receiver_says_whose_it_is_where_the_document_does_not(recommand: Recommand):
    client = recommand.office.client(recommand.papers.who[0])
    recommand.watch()
    recommand.arrives(pdf("scan").decode("latin-1").encode())
    recommand.look()
    (document,) = recommand.office.documents()
    assert (document.client_id, document.reason) == (client.id, "direction_unknown")


def test_a_document_for_somebody_else_than_its_receiver_is_held(recommand: Recommand):
    first, second = (recommand.office.client(one) for one in recommand.papers.who[:2])
    recommand.watch()
    recommand.arrives(recommand.papers.invoice(recommand.papers.others[0], recommand.papers.who[1]))
    recommand.look()
    assert first.id != second.id
    assert recommand.states() == [("held", "other_client")]


# --- where it starts ------------------------------------------------------------------------------


@pytest.mark.parametrize(("start", "expected"), [("all", 2), ("now", 0), ("2026-10-01", 1)])
def test_a_starting_point(recommand: Recommand, start: str, expected: int):
    recommand.arrives(b"<a/>", at=datetime(2026, 9, 20, tzinfo=UTC))
    recommand.arrives(b"<b/>", at=datetime(2026, 10, 2, tzinfo=UTC))
    recommand.watch(starting_point=start)
    assert recommand.look().taken_in == expected
    recommand.arrives(b"<c/>")
    assert recommand.look().taken_in == 1


def test_what_was_seen_is_not_asked_for_again(recommand: Recommand):
    recommand.watch()
    for number in range(3):
        recommand.arrives(f"<x>{number}</x>".encode())
    recommand.look()
    before = len(recommand.server.log)
    recommand.look()
    (request,) = recommand.server.requests()[before:]
    asked = datetime.fromisoformat(request.query["from"])
    assert abs(asked - (datetime.now(UTC) - timedelta(days=1))) < timedelta(minutes=1)


def test_a_clock_of_ours_that_is_ahead_hides_nothing(recommand: Recommand):
    recommand.office.clock.forward(hours=5)
    recommand.watch(starting_point="now")
    recommand.arrives(b"<a/>")
    assert recommand.look().taken_in == 1
    recommand.arrives(b"<b/>")
    assert recommand.look().taken_in == 1


def test_a_date_in_the_future_hides_nothing_that_comes_before_it(recommand: Recommand):
    recommand.watch()
    recommand.arrives(b"<a/>", at=datetime.now(UTC) + timedelta(days=900))
    recommand.look()
    recommand.arrives(b"<b/>")
    assert recommand.look().taken_in == 1


# --- what can be wrong ----------------------------------------------------------------------------


def test_a_refused_key_is_shown_once_until_a_person_gives_another(recommand: Recommand):
    source = recommand.watch()
    recommand.secrets.kept[source.id] = {"api_key": "secret_old"}
    for _ in range(3):
        (looked,) = recommand.look().sources
        assert isinstance(looked.error, CredentialsRejected)
    assert recommand.server.refused == 1
    assert recommand.office.source(source).state == "reauthenticate"


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (Answer(403), Forbidden),
        (Answer(429, headers={"Retry-After": "9"}), RateLimited),
        (Answer(500), ServerTrouble),
        (Answer(400), UnreadableAnswer),
        (Answer(200, b"<html>sign in</html>"), UnreadableAnswer),
        (Answer(200, b"[" * 100_000), UnreadableAnswer),
        (Answer.of_json({"success": False, "errors": {"root": ["no"]}}), ServerTrouble),
        (Answer.of_json({"success": True, "documents": None}), UnreadableAnswer),
    ],
)
def test_a_list_that_cannot_be_read_leaves_everything_as_it_was(
    recommand: Recommand, answer: Answer, error: type[Exception]
):
    source = recommand.watch()
    recommand.arrives()
    recommand.server.break_next(FaultKind.ANSWER, "/documents", answer=answer)
    (looked,) = recommand.look().sources
    assert type(looked.error) is error
    assert recommand.office.source(source).state == "unreachable"
    assert recommand.look().taken_in == 1


def test_a_service_that_is_down(recommand: Recommand):
    recommand.watch()
    recommand.server.close()
    (looked,) = recommand.look().sources
    assert isinstance(looked.error, ConnectionRefused)


@pytest.mark.parametrize(
    "answer",
    [
        Answer(403),
        Answer(500),
        Answer(418),
        Answer(200, b"no json"),
        Answer.of_json({"success": True, "document": {"xml": 7}}),
        Answer.of_json({"success": False}),
    ],
)
def test_one_document_that_cannot_be_had_stops_no_other(recommand: Recommand, answer: Answer):
    source = recommand.watch()
    bad = recommand.arrives(b"<a/>")
    recommand.arrives(b"<b/>")
    recommand.server.break_next(FaultKind.ANSWER, f"/documents/{bad.id}", answer=answer)
    (looked,) = recommand.look().sources
    assert (looked.taken_in, looked.waiting, len(looked.troubles)) == (1, 1, 1)
    assert recommand.office.source(source).error
    assert recommand.look().taken_in == 1


def test_a_service_that_hands_nothing_over_is_left_after_a_few(recommand: Recommand):
    recommand.watch()
    for number in range(20):
        recommand.arrives(f"<x>{number}</x>".encode())
    recommand.server.break_next(FaultKind.ANSWER, "/documents/", times=100)
    (looked,) = recommand.look().sources
    assert isinstance(looked.error, ServerTrouble)
    assert len(recommand.server.requests("/documents/")) == 5
    recommand.server.heal()
    assert recommand.look().taken_in == 20


def test_an_id_that_would_lead_elsewhere_is_told_and_not_followed(recommand: Recommand):
    recommand.watch()
    rows = [
        {"id": one, "createdAt": "2026-11-01T00:00:00Z"} for one in ("../x", "a b", "", "y" * 300)
    ]
    answer = Answer.of_json({"success": True, "documents": rows, "pagination": {"totalPages": 1}})
    recommand.server.break_next(FaultKind.ANSWER, "/documents", answer=answer)
    (looked,) = recommand.look().sources
    assert (looked.taken_in, len(looked.troubles)) == (0, 4)
    assert recommand.server.requests("/documents/") == []


def test_a_list_without_an_end_is_left(recommand: Recommand, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(_inbox_line, "MOST_PAGES", 5)
    recommand.watch()
    endless = Answer.of_json(
        {"success": True, "documents": [{"id": "a"}], "pagination": {"totalPages": 10**9}}
    )
    recommand.server.break_next(FaultKind.ANSWER, "/documents", answer=endless, times=100)
    (looked,) = recommand.look().sources
    assert isinstance(looked.error, UnreadableAnswer)
    assert len(recommand.server.log) == 1 + 5  # one when the source was added


def test_the_key_is_never_told_again(recommand: Recommand):
    recommand.watch()
    said = f"<p>your key {recommand.server.secret} is wrong</p>".encode()
    recommand.server.break_next(FaultKind.ANSWER, "/documents", answer=Answer(500, said))
    (looked,) = recommand.look().sources
    assert looked.error is not None
    assert "your key … is wrong" in looked.error.text()


# --- setting it up --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "form", "error"),
    [
        ({"username": ""}, {}, MissingValue),
        ({}, {"after": "move"}, InvalidValue),
        ({"profile": "nowhere"}, {}, InvalidValue),
        ({"profile": "billit", "username": "", "acknowledge": "yes"}, {}, InvalidValue),
        ({"profile": "billit", "username": ""}, {}, MissingValue),
        ({"profile": "own", "own_profile": "[profile"}, {}, ProfileInvalid),
        ({"profile": "own"}, {}, MissingValue),
    ],
)
def test_what_cannot_work_is_refused_and_nothing_is_kept(
    recommand: Recommand, values: dict[str, str], form: dict[str, Any], error: type[Exception]
):
    with pytest.raises(error):
        recommand.watch(values=values, **form)
    assert recommand.sources.listed() == []
    assert recommand.server.log == []


def test_a_wrong_key_is_refused_when_the_source_is_added(recommand: Recommand):
    with pytest.raises(CredentialsRejected):
        recommand.watch(secret="secret_wrong")
    assert recommand.sources.listed() == []


def test_what_acknowledging_does_is_told_before_it_is_done(recommand: Recommand):
    source = recommand.watch(values={"acknowledge": "yes"})
    told = [one.detail for one in recommand.sources.test(source.id).checks]
    effect = built_in()["recommand"].acknowledge
    assert effect is not None and told[-1] == effect.effect


def test_the_survey_counts_and_keeps_nothing(recommand: Recommand):
    from ledgerdesk.intake.desk import SourceForm

    for day in (1, 5):
        recommand.arrives(f"<x>{day}</x>".encode(), at=datetime(2026, 10, day, 12, tzinfo=UTC))
    form = SourceForm(
        type="peppol",
        values={"profile": "recommand", "username": recommand.server.key},
        secrets={"api_key": recommand.server.secret},
        starting_point="now",
    )
    found = recommand.sources.survey(form)
    assert [one.isoformat() for one in found.days] == ["2026-10-01", "2026-10-05"]
    assert recommand.office.documents() == []


# --- Billit ---------------------------------------------------------------------------------------


@pytest.fixture
def billit(office: Office, monkeypatch: pytest.MonkeyPatch) -> Iterator[Billit]:
    with BillitServer() as server:
        monkeypatch.setenv("LEDGERDESK_ENDPOINT_BILLIT", server.url)
        yield Billit(office, server)
        assert server.refusals == []


class Billit(SourceFirm):
    def __init__(self, office: Office, server: BillitServer) -> None:
        super().__init__(office)
        self.server = server

    def watch(self, **form: Any) -> Source:
        values = {"profile": "billit", "company": self.server.party}
        return self.add("peppol", values, {"api_key": self.server.key}, **form)


def test_billits_invoices_and_credit_notes_come_page_by_page(billit: Billit):
    billit.server.page_size = 2
    billit.watch()
    for number in range(5):
        billit.server.receive(f"<x>{number}</x>".encode())
    billit.server.receive(b"<credit/>", type="CreditNote")
    assert [billit.look().taken_in for _ in range(2)] == [6, 0]


def test_billits_xml_that_comes_later_is_waited_for(billit: Billit):
    billit.watch()
    month_ago = datetime.now(UTC) - timedelta(days=25)
    order = billit.server.receive(None, at=month_ago)
    billit.server.receive(b"<new/>")
    assert billit.look().taken_in == 1
    order.attach("late.XML", b"<late/>")
    assert billit.look().taken_in == 1


def test_billits_pdfs_and_other_files_are_left(billit: Billit):
    billit.watch()
    order = billit.server.receive(b"<a/>")
    order.attach("terms.pdf", b"%PDF-1.4")
    order.attach("lines.xlsx", b"PK")
    assert billit.look().taken_in == 1
    assert billit.server.inbox == [order.id]


def test_billits_other_company_stays_out(billit: Billit):
    billit.watch()
    billit.server.receive(b"<a/>", party="1")
    assert billit.look().taken_in == 0


def test_a_link_to_another_host_is_not_followed(billit: Billit):
    billit.watch()
    given = {"Items": [], "NextPageLink": "http://127.0.0.1:9/v1/orders"}
    billit.server.break_next(FaultKind.ANSWER, "/v1/orders", answer=Answer.of_json(given))
    (looked,) = billit.look().sources
    assert isinstance(looked.error, UnreadableAnswer)


# --- profiles -------------------------------------------------------------------------------------

OWN = """
[profile]
id = "mine"
title = "My access point"
[auth]
scheme = "bearer"
secret = "{api_key}"
[list]
path = "/inbox"
items = "/documents"
id = "/id"
[fetch]
path = "/documents/{id}"
kind = "text"
value = "/document/xml"
"""


def test_the_profiles_in_the_wheel():
    assert sorted(built_in()) == ["billit", "recommand"]
    assert {one.standing for one in built_in().values()} == {Standing.DOCUMENTED}
    assert {path.stem for path in BUILT_IN.glob("*.toml")} == set(built_in())
    effects = {one.acknowledge.effect for one in built_in().values() if one.acknowledge}
    assert effects == set(peppol.EFFECTS)
    assert {one.title for one in built_in().values()} == set(peppol.NAMES)


def test_a_profile_of_ones_own_takes_part_of_the_service_it_describes(
    recommand: Recommand, monkeypatch: pytest.MonkeyPatch
):
    text = OWN.replace(
        'scheme = "bearer"\nsecret', 'scheme = "basic"\nusername = "{username}"\nsecret'
    )
    values = {
        "own_profile": text,
        "base_url": f"{recommand.server.url}/api/v1",
        "username": recommand.server.key,
    }
    source = recommand.add("peppol", values, {"api_key": recommand.server.secret})
    recommand.arrives()
    assert [recommand.look().taken_in for _ in range(2)] == [1, 0]
    assert source.path.startswith("peppol://mine/http://127.0.0.1")


def test_a_list_without_dates_remembers_one_by_one_what_was_there(recommand: Recommand):
    text = OWN.replace(
        'scheme = "bearer"\nsecret', 'scheme = "basic"\nusername = "{username}"\nsecret'
    )
    recommand.arrives(b"<old/>")
    values = {
        "own_profile": text,
        "base_url": f"{recommand.server.url}/api/v1",
        "username": recommand.server.key,
    }
    recommand.add("peppol", values, {"api_key": recommand.server.secret}, starting_point="now")
    assert recommand.look().taken_in == 0
    recommand.arrives(b"<new/>")
    assert recommand.look().taken_in == 1


@pytest.mark.parametrize(
    ("change", "place"),
    [
        (('title = "My access point"', ""), "profile.title"),
        (('id = "mine"', 'id = "../mine"'), "profile.id"),
        (('id = "mine"', 'id = "mine"\ncolour = "blue"'), "profile.colour"),
        (('"bearer"', '"digest"'), "auth.scheme"),
        (('"{api_key}"', '"abc"'), "auth.secret"),
        (('"{api_key}"', '"{token}"'), "auth"),
        (('"/documents/{id}"', '"/documents/{page}"'), "fetch.path"),
        (('"/inbox"', '"ftp://x/inbox"'), "list.path"),
        (('"/inbox"', '"https://{company}.example/x"'), "list.path"),
        (('"/document/xml"', '"document"'), "document"),
        (('kind = "text"\nvalue = "/document/xml"', 'kind = "base64"'), "fetch.value"),
        (("[fetch]", '[list.next]\nkind = "link"\n[fetch]'), "list.next.link"),
        (("[fetch]", '[acknowledge]\npath = "/x"\n[fetch]'), "acknowledge.effect"),
        (("[fetch]", "[[fetch]]"), "fetch"),
    ],
)
def test_a_mistake_in_a_profile_is_told_with_its_place(change: tuple[str, str], place: str):
    assert read(OWN).id == "mine"
    with pytest.raises(ProfileInvalid) as caught:
        read(OWN.replace(*change))
    assert caught.value.params["key"] == place


def test_the_example_of_the_documentation_is_a_profile():
    text = (Path(__file__).parents[2] / "docs" / "peppol-profiles.md").read_text("utf-8")
    example = text.partition("```toml\n")[2].partition("```")[0]
    assert read(example).standing is Standing.YOU_COMPLETE_IT


def test_a_profile_asks_only_for_what_it_uses():
    assert read(OWN).asked == {"api_key", "base_url"}
    assert "company" in built_in()["recommand"].asked - built_in()["recommand"].needed
    assert "company" in built_in()["billit"].needed


# --- content --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<a>é</a>", "<a>é</a>".encode()),
        ('<?xml version="1.0"?><a>é</a>', '<?xml version="1.0"?><a>é</a>'.encode()),
        (
            "<?xml version='1.0' encoding='ISO-8859-1'?><a>é</a>",
            "<?xml version='1.0' encoding='ISO-8859-1'?><a>é</a>".encode("latin-1"),
        ),
    ],
)
def test_text_is_written_in_the_encoding_it_names(text: str, expected: bytes):
    assert as_declared(text) == expected


@pytest.mark.parametrize("encoding", ["ISO-8859-1", "klingon-1"])
def test_text_that_cannot_be_written_so_is_refused(encoding: str):
    with pytest.raises(Unusable):
        as_declared(f'<?xml version="1.0" encoding="{encoding}"?><a>€</a>')


@pytest.mark.parametrize(
    ("participant", "expected"),
    [
        ("0208:0403170701", "BE0403170701"),
        ("iso6523-actorid-upis::0208:0403170701", "BE0403170701"),
        ("9925:be0403170701", "BE0403170701"),
        ("0208:0403170702", ""),
        ("0088:5412345000013", ""),
        ("0403170701", ""),
        ("", ""),
    ],
)
def test_a_participant_names_a_company(participant: str, expected: str):
    assert company_of(participant) == expected


def test_broken_base64_is_told_and_the_document_waits(billit: Billit):
    billit.watch()
    billit.server.receive(b"<a/>")
    bad = Answer.of_json({"FileContent": base64.b64encode(b"<a/>").decode() + "!"})
    billit.server.break_next(FaultKind.ANSWER, "/v1/files/", answer=bad)
    (looked,) = billit.look().sources
    assert (looked.taken_in, len(looked.troubles)) == (0, 1)
    assert billit.look().taken_in == 1
