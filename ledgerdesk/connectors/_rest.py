"""A vendor's web service that a profile describes: signs in, uploads, asks afterwards.

Nothing can be looked up there: once the answer to an upload is lost, the outcome is unknown.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from ledgerdesk.connectors._content import checked_content
from ledgerdesk.connectors._pointer import at, text_at
from ledgerdesk.connectors._profile import RestProfile, Upload
from ledgerdesk.connectors._profile_rules import PLACEHOLDER
from ledgerdesk.connectors._rest_answers import content_of
from ledgerdesk.connectors._rest_line import Line
from ledgerdesk.connectors._rest_request import Body, Values, upload_body, upload_values
from ledgerdesk.connectors.base import Context, Session
from ledgerdesk.errors import (
    AdministrationMissing,
    DocumentTooLarge,
    EmptyVariable,
    MissingValue,
    ProfileIncomplete,
    RefusedByPackage,
    UnreadableAnswer,
)
from ledgerdesk.failpoint import failpoint
from ledgerdesk.i18n import N_, translate
from ledgerdesk.model import (
    Administration,
    Assurance,
    Check,
    Evidence,
    Found,
    Parcel,
    Probe,
    Stage,
)
from ledgerdesk.net.endpoints import is_loopback
from ledgerdesk.net.http import host_of
from ledgerdesk.setup.fields import Field

VALUE = "value:"
"""Before the name of a client's value, as it was expanded and frozen in a target."""

_PAGE = 100
_MOST_PAGES = 1000


class RestSession(Session):
    """``label`` is the integration's; ``own`` are the fields that may be the client's own."""

    def __init__(
        self,
        context: Context,
        connector_id: str,
        label: str,
        profile: RestProfile,
        own: Sequence[Field] = (),
    ) -> None:
        super().__init__(context)
        self._label = label
        self._profile = profile
        self._own = {one.name for one in own}
        self._templates = {one.name for one in own if one.template}
        self._line = Line(context, connector_id, profile)

    def verify(self) -> Iterator[Check]:
        """Raises ProfileIncomplete, and what the first request that fails raises."""
        self._require_complete()
        profile, values = self._profile, self._values(self.context.values, {})
        if self._is_plain(values):
            yield Check(N_("The line is not encrypted"), True, translate(_NOT_ENCRYPTED))
        missing = self._missing(values)
        if missing:
            # Known only with a client: its first document proves it.
            yield Check(N_("Each client has values of its own"), True, ", ".join(missing))
            return
        self._line.ready(values)
        user = self._line.reader(values).username
        if profile.auth.scheme == "login":
            yield Check(N_("Signed in"), True, user)
            self._line.test(values)
        if profile.test is not None and profile.test.path:
            yield Check(N_("The service answers as the profile says"), True, user)
        elif profile.auth.scheme != "login":
            detail = translate(N_("the first document will prove it"))
            yield Check(N_("Kept; nothing can be tried without sending"), True, detail)
        if profile.administrations is not None and profile.administrations.path:
            found = self.administrations()
            yield Check(N_("Dossiers are visible"), True, str(len(found)))

    def administrations(self) -> Sequence[Administration]:
        """All pages of them. Raises what asking raises."""
        listed = self._profile.administrations
        if listed is None or not listed.path:
            return ()
        values = self._values(self.context.values, {})
        found: dict[str, Administration] = {}
        for page in range(_MOST_PAGES):
            items = self._page(values, page * _PAGE)
            known = len(found)
            for item in items:
                id = text_at(item, listed.id) if listed.id else str(item)
                if id:
                    found.setdefault(id, Administration(id, text_at(item, listed.label) or id))
            if listed.page == "none" or len(found) == known:
                break
        return tuple(found.values())

    def send_one(self, parcel: Parcel) -> Evidence:
        """Raises ProfileIncomplete, DocumentTooLarge, ContentGone, OutcomeUnknown, Cancelled, what
        the line raises, and what the vendor refuses."""
        self._require_complete()
        upload = self._profile.upload(parcel.kind)
        if not upload.path:
            missing = f"upload.{parcel.kind}.path"
            raise ProfileIncomplete(package=self._label, missing=missing)
        content = self._content(parcel)
        values = upload_values(parcel, upload, self._values(parcel.values, parcel.target.extra))
        self._require_own(upload, parcel, values)
        body = upload_body(upload, parcel, content, values)
        self._line.ready(values)
        self.context.stages.reached(parcel.delivery_id, Stage.PUBLISHING)
        failpoint("rest.publishing_committed")
        answer = self._line.ask(upload.method, upload.path, values, body, delivers=True)
        failpoint("rest.published")
        return self._line.reader(values).verdict(
            upload, parcel, answer, one_client=self._is_one_clients(upload)
        )

    def probe(self, parcel: Parcel) -> Probe:
        """Nobody can be asked: only what was certainly not sent can be told."""
        if parcel.stage is Stage.PUBLISHING:
            return Probe(Found.CANNOT_TELL)
        return Probe(Found.ABSENT)

    def confirm(self, parcel: Parcel, remote: str) -> Evidence | None:
        """None while it is under way, or where the vendor cannot be asked. Raises
        RefusedByPackage, and what asking raises."""
        poll, upload = self._profile.status_poll, self._profile.upload(parcel.kind)
        if poll is None or not poll.path or not remote or remote == parcel.target.name:
            return None
        own = self._values(parcel.values, parcel.target.extra)
        values = {**upload_values(parcel, upload, own), "remote_id": remote}
        answer = self._line.ask(poll.method, poll.path, values, Body())
        if answer.status_code == 404:
            # Many services only know a document once they have processed it.
            return None
        reader = self._line.reader(values)
        refusal = reader.refusal(answer, range(200, 300))
        if refusal is not None:
            raise refusal
        state = text_at(content_of(answer), poll.state)
        if state in poll.failed:
            said = reader.sentence(answer, upload)
            raise RefusedByPackage(host=host_of(answer.url), answer=f"{state}: {said}")
        if state not in poll.done:
            return None
        facts = {"server": host_of(answer.url), "remote_id": remote, "state": state}
        return Evidence(Assurance.PICKED_UP, remote, facts)

    def close(self) -> None:
        self._line.close()

    # --- values ---------------------------------------------------------------------------------

    def _values(self, plain: Values, frozen: Mapping[str, str]) -> dict[str, str]:
        """What the profile's fields stand for. A document's own values were expanded when it was
        aimed; where there is none, a variable in a value leaves it open."""
        own = {name.removeprefix(VALUE): one for name, one in frozen.items() if VALUE in name}
        given = {**self.context.values, **plain, **self.context.secrets, **own}
        found = {one.key: given.get(one.key, "") or one.default for one in self._profile.fields}
        still_open = {name for name in self._templates if "[" in found.get(name, "")}
        return {**found, **dict.fromkeys(still_open, ""), **own}

    def _missing(self, values: Values) -> list[str]:
        """The client's own values that signing in or the harmless question needs and that are not
        given for all. Raises MissingValue for one that no client has of its own."""
        profile = self._profile
        used = [profile.test.path if profile.test else ""]
        if profile.auth.login is not None:
            used += [profile.auth.login.path, repr(dict(profile.auth.login.json))]
        names = {name for text in used for name in PLACEHOLDER.findall(text)}
        if profile.auth.scheme in ("basic", "bearer", "header", "query"):
            names.add(profile.secret_field)
        if profile.auth.scheme == "basic":
            names.add(profile.username_field)
        required = {one.key for one in profile.fields if one.required}
        missing = sorted(name for name in names & required if not values.get(name))
        for name in missing:
            if name not in self._own:
                raise MissingValue(field=name, name=name)
        return missing

    def _is_one_clients(self, upload: Upload) -> bool:
        """Whether the address, or who asks, is one client's own."""
        names = set(PLACEHOLDER.findall(f"{upload.path} {dict(upload.values)!r}"))
        return bool(names & (self._own | {"administration"}))

    def _is_plain(self, values: Values) -> bool:
        given = [values.get(self._profile.base_field, ""), *self._profile.addresses]
        plain = [host_of(one) for one in given if one.startswith("http://")]
        return any(not is_loopback(host) for host in plain)

    # --- one document -----------------------------------------------------------------------------

    def _require_complete(self) -> None:
        missing = ", ".join(self._profile.missing)
        if missing:
            raise ProfileIncomplete(package=self._label, missing=missing)

    def _require_own(self, upload: Upload, parcel: Parcel, values: Values) -> None:
        """What one client lacks stops nobody else's documents."""
        used = set(PLACEHOLDER.findall(f"{upload.path} {dict(upload.values)!r}"))
        if "administration" in used and not parcel.administration_id:
            raise AdministrationMissing(host=self._label)
        for one in self._profile.fields:
            if one.key in self._own and one.required and not values.get(one.key):
                whose = parcel.target.place
                raise EmptyVariable(field=one.key, variable=one.key, client=whose)

    def _content(self, parcel: Parcel) -> bytes:
        limit = self._profile.limits.max_bytes
        if limit and parcel.size > limit:
            raise DocumentTooLarge(size=parcel.size, limit=limit)
        return checked_content(parcel, self.context.cancel)

    def _page(self, values: Values, skip: int) -> list[object]:
        listed = self._profile.administrations
        assert listed is not None
        body = Body()
        if listed.page == "skip_count":
            window = {"skipCount": skip, "maxResultCount": _PAGE}
            if listed.method == "POST":
                body = Body(json=window)
            else:
                body = Body({name: str(number) for name, number in window.items()})
        elif listed.method == "POST":
            body = Body(json={})
        answer = self._line.ask(listed.method, listed.path, values, body)
        refusal = self._line.reader(values).refusal(answer, range(200, 300))
        if refusal is not None:
            raise refusal
        items = at(content_of(answer), listed.items)
        if not isinstance(items, list):
            raise UnreadableAnswer(host=host_of(answer.url), answer=listed.items or "/")
        return items


_NOT_ENCRYPTED = N_("only possible within your own network; ask the vendor for https")
