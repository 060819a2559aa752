"""For vendors without a public API: the web service a profile describes, or a way that works at
once – mailbox, SFTP or folder. Each way is that of the connector of the same name."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import ClassVar

from ledgerdesk.connectors import _profile_files as profiles
from ledgerdesk.connectors._mail import MailSession, mail_target
from ledgerdesk.connectors._mail_profile import ANY, MailProfile
from ledgerdesk.connectors._rest import VALUE, RestSession
from ledgerdesk.connectors._route_fields import API, FOLDER, MAILBOX, ROUTE, SFTP, SFTP_PREFIX
from ledgerdesk.connectors.base import (
    INVOICE_FORMATS,
    MAIL_LANE,
    Connector,
    Context,
    Format,
    Session,
    TargetRequest,
)
from ledgerdesk.connectors.folder import FolderConnector
from ledgerdesk.connectors.sftp import SftpConnector
from ledgerdesk.errors import (
    AddressMissing,
    DirectionUnknown,
    EmptyVariable,
    LedgerDeskError,
    RouteChanged,
)
from ledgerdesk.i18n import N_, translate
from ledgerdesk.model import (
    Administration,
    Check,
    DeliveryClass,
    Direction,
    Evidence,
    ExportKind,
    Found,
    Limit,
    Parcel,
    Probe,
    Stage,
    Standing,
    Target,
)
from ledgerdesk.setup.fields import Field, FieldScope

_DIRECTIONS = {Direction.PURCHASE: N_("purchases"), Direction.SALE: N_("sales")}
_PER_CLIENT = "one folder per client"


class RoutedConnector(Connector):
    """``account`` names the values that make two sign-ins at the web service the same;
    ``mail_rules`` are what the package asks of the mails it takes."""

    formats: ClassVar[Mapping[ExportKind, tuple[Format, ...]]] = {
        ExportKind.INVOICES: INVOICE_FORMATS
    }
    has_administrations = True
    delivery_class = DeliveryClass.C
    standing = Standing.YOU_COMPLETE_IT
    uses_mail_account = True
    confirms = True
    account: ClassVar[tuple[str, ...]]
    mail_rules: ClassVar[MailProfile] = ANY

    # --- which way ------------------------------------------------------------------------------

    def route(self, values: Mapping[str, str]) -> str:
        field = next(one for one in self.fields if one.name == ROUTE)
        return values.get(ROUTE) or field.default

    def by_mail(self, values: Mapping[str, str]) -> bool:
        return self.route(values) == MAILBOX

    def signs_in(self, values: Mapping[str, str]) -> bool:
        return self.route(values) in (API, SFTP)

    def lists(self, values: Mapping[str, str]) -> bool:
        if self.route(values) != API:
            return False
        try:
            listed = profiles.load(self.id).administrations
        except LedgerDeskError:
            return False
        return listed is not None and bool(listed.path)

    def proves(self, values: Mapping[str, str]) -> DeliveryClass:
        return DeliveryClass.A if self.route(values) in (SFTP, FOLDER) else DeliveryClass.C

    def watched_days(self, values: Mapping[str, str]) -> int:
        route = self.route(values)
        if route == SFTP:
            return _SFTP.watched_days(_without_prefix(values))
        return _FOLDER.watched_days(values) if route == FOLDER else 0

    def answers_later(self, values: Mapping[str, str]) -> bool:
        if self.route(values) != API:
            return self.watched_days(values) > 0
        try:
            return profiles.load(self.id).status_poll is not None
        except LedgerDeskError:
            return False

    def is_complete(self) -> bool:
        try:
            return profiles.load(self.id).complete
        except LedgerDeskError:
            return False

    def limited(self, values: Mapping[str, str]) -> tuple[Limit, ...]:
        if self.route(values) != API:
            return ()
        try:
            per_minute = profiles.load(self.id).limits.per_minute
        except LedgerDeskError:
            return ()
        return (Limit(per_minute, 60.0),) if per_minute else ()

    def account_key(self, values: Mapping[str, str]) -> str:
        route = self.route(values)
        if route == SFTP:
            return _SFTP.account_key(_without_prefix(values))
        if route == FOLDER:
            return _FOLDER.account_key(values) if values.get("path") else _PER_CLIENT
        if route == MAILBOX:
            return values.get("mail_from_address", "").lower()
        return "@".join(values.get(name, "").rstrip("/") for name in self.account)

    def lane_key(self, values: Mapping[str, str]) -> str:
        return MAIL_LANE if self.by_mail(values) else super().lane_key(values)

    # --- where it goes --------------------------------------------------------------------------

    def target(self, request: TargetRequest) -> Target:
        """Raises AddressMissing, AddressUnusable, DirectionUnknown, EmptyVariable, BadTemplate."""
        route = self.route(request.values)
        ways: Mapping[str, Callable[[TargetRequest], Target]] = {
            API: self._service_target,
            MAILBOX: self._mail_target,
            SFTP: _sftp_target,
            FOLDER: _folder_target,
        }
        found = ways[route](request)
        return replace(found, extra={**found.extra, ROUTE: route})

    def _mail_target(self, request: TargetRequest) -> Target:
        if request.direction is None:
            raise DirectionUnknown()
        kind = _DIRECTIONS[request.direction]
        return mail_target(request, MAILBOX, kind, self.mail_rules)

    def _service_target(self, request: TargetRequest) -> Target:
        """What is the client's own is expanded and frozen; the profile's addresses are not: they
        are the vendor's, and may be corrected meanwhile."""
        if request.direction is None:
            raise DirectionUnknown()
        own: dict[str, str] = {}
        for one in self._own_fields():
            if one.secret:
                continue
            given = request.values.get(one.name, "") or one.default
            value = request.naming.text(given).strip() if one.template else given
            if one.required and not value:
                label = translate(one.label)
                raise EmptyVariable(field=one.name, variable=label, client=request.client_name)
            own[VALUE + one.name] = value
        templates = [VALUE + one.name for one in self._own_fields() if one.template]
        shown = next((own[name] for name in templates if own.get(name)), request.client_name)
        return Target(shown, request.naming.file_name(), own)

    def _own_fields(self) -> list[Field]:
        return [
            one
            for one in self.fields
            if one.scope is FieldScope.CLIENT and one.visible({ROUTE: API})
        ]

    # --- the line -------------------------------------------------------------------------------

    def open(self, context: Context) -> Session:
        """Connects at the first request. Raises MissingValue, InvalidValue, ProfileInvalid."""
        route = self.route(context.values)
        return RouteSession(context, self, route)

    def session(self, context: Context, route: str) -> Session:
        """The session of the way itself."""
        if route == MAILBOX:
            return MailSession(context)
        if route == SFTP:
            plain = _without_prefix(context.values)
            secrets = _without_prefix(context.secrets)
            return _SFTP.open(replace(context, values=plain, secrets=secrets))
        if route == FOLDER:
            return _FOLDER.open(context)
        profile = profiles.load(self.id)
        return RestSession(context, self.id, translate(self.label), profile, self._own_fields())


class RouteSession(Session):
    """The session of the chosen way, for documents that were aimed that way."""

    def __init__(self, context: Context, connector: RoutedConnector, route: str) -> None:
        super().__init__(context)
        self._connector = connector
        self._route = route
        with _named(route):
            self._inner = connector.session(context, route)

    def verify(self) -> Iterator[Check]:
        if self._route == FOLDER and not self.context.values.get("path"):
            yield Check(N_("Each client has a folder of its own"), True)
            return
        with _named(self._route):
            yield from self._inner.verify()

    def administrations(self) -> Sequence[Administration]:
        return self._inner.administrations()

    def send_one(self, parcel: Parcel) -> Evidence:
        """Raises RouteChanged, and what the way raises."""
        if not self._is_for_this(parcel):
            raise RouteChanged(package=translate(self._connector.label))
        with _named(self._route):
            return self._inner.send_one(parcel)

    def probe(self, parcel: Parcel) -> Probe:
        if self._is_for_this(parcel):
            return self._inner.probe(parcel)
        begun = parcel.stage is Stage.PUBLISHING
        return Probe(Found.CANNOT_TELL if begun else Found.ABSENT)

    def confirm(self, parcel: Parcel, remote: str) -> Evidence | None:
        return self._inner.confirm(parcel, remote) if self._is_for_this(parcel) else None

    def close(self) -> None:
        self._inner.close()

    def _is_for_this(self, parcel: Parcel) -> bool:
        return parcel.target.extra.get(ROUTE) == self._route


# --- the ways that work at once -------------------------------------------------------------------


_SFTP = SftpConnector()
_FOLDER = FolderConnector()


def _sftp_target(request: TargetRequest) -> Target:
    return _SFTP.target(replace(request, values=_without_prefix(request.values)))


def _folder_target(request: TargetRequest) -> Target:
    if not request.values.get("path"):
        kind = translate(N_("the folder"))
        raise AddressMissing(field="path", kind=kind, client=request.client_name)
    return _FOLDER.target(request)


def _without_prefix(values: Mapping[str, str]) -> dict[str, str]:
    """As the SFTP connector names them."""
    ours = {name: one for name, one in values.items() if name.startswith(SFTP_PREFIX)}
    return {name.removeprefix(SFTP_PREFIX): one for name, one in ours.items()}


@contextmanager
def _named(route: str) -> Iterator[None]:
    """Errors name the fields as this form does."""
    try:
        yield
    except LedgerDeskError as error:
        own = {one.name for one in _SFTP.fields}
        if route == SFTP and error.field in own:
            error.field = SFTP_PREFIX + error.field
        raise
