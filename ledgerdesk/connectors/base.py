"""The connector contract: one file declares everything about one kind of destination.

The class keeps no state and imports its SDK inside the methods that use it, so that listing all
connectors stays cheap. ``open(context)`` gives a session, one per lane and run; the session holds
what is costly to make (an SSH channel, an SMTP connection, a vendor's session id).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import TracebackType
from typing import TYPE_CHECKING, ClassVar, Self

from ledgerdesk.errors import LedgerDeskError
from ledgerdesk.i18n import N_
from ledgerdesk.model import (
    Administration,
    Budget,
    Cancel,
    Check,
    Clock,
    DeliveryClass,
    Direction,
    DocumentFormat,
    DocumentKind,
    Evidence,
    ExportKind,
    Found,
    Limit,
    Naming,
    Network,
    NeverCancelled,
    Outcome,
    Parcel,
    Probe,
    Profile,
    Stages,
    Standing,
    Target,
    TokenKeeper,
    Unlimited,
    Whose,
)
from ledgerdesk.setup.fields import Field

if TYPE_CHECKING:
    from ledgerdesk.net.oauth import AuthorizationServer


@dataclass(frozen=True, slots=True)
class Format:
    """What a destination prefers. ``profiles``/``formats`` say which documents fit; both empty:
    every document fits. Nothing is ever converted."""

    id: str
    label: str
    help: str = ""
    formats: frozenset[DocumentFormat] = frozenset()
    profiles: frozenset[Profile] = frozenset()

    def fits(self, format: DocumentFormat, profile: Profile) -> bool:
        if self.profiles:
            return profile in self.profiles
        return not self.formats or format in self.formats


AS_RECEIVED = Format(
    "as-received",
    N_("As received"),
    N_("Every document travels exactly as it came in. Recommended."),
)
UBL_PEPPOL_BIS_3 = Format(
    "ubl-peppol-bis-3",
    N_("UBL: Peppol BIS 3.0"),
    N_("The package prefers Peppol invoices. Others are sent with a warning."),
    profiles=frozenset({Profile.PEPPOL_BIS_3, Profile.PEPPOL_SELFBILLING_3}),
)
UBL_EFFF_3_0 = Format(
    "ubl-efff-3.0",
    N_("UBL: e-FFF 3.0"),
    N_("The package prefers e-FFF invoices. Others are sent with a warning."),
    profiles=frozenset({Profile.E_FFF_3}),
)
CODA = Format(
    "coda",
    N_("CODA"),
    N_("The package prefers CODA statements. Others are sent with a warning."),
    formats=frozenset({DocumentFormat.CODA}),
)
CAMT_053 = Format(
    "camt.053",
    N_("camt.053"),
    N_("The package prefers camt.053 statements. Others are sent with a warning."),
    formats=frozenset({DocumentFormat.CAMT_053}),
)
MT940 = Format(
    "mt940",
    N_("MT940"),
    N_("The package prefers MT940 statements. Others are sent with a warning."),
    formats=frozenset({DocumentFormat.MT940}),
)

ASKED_FOR = timedelta(days=5)
WATCHED_FOR = timedelta(days=30)
"""A folder that never empties has to be noticed after the weekend and the holidays too."""

MAIL_LANE = "mail"
"""The lane of everything that goes through the firm's mail account: there is one."""

INVOICE_FORMATS = (AS_RECEIVED, UBL_PEPPOL_BIS_3, UBL_EFFF_3_0)
STATEMENT_FORMATS = (AS_RECEIVED, CODA, CAMT_053, MT940)


@dataclass(frozen=True, slots=True)
class TargetRequest:
    """What a connector needs to say where one delivery goes.

    ``values`` are the connection's and configuration's values with the client's own on top;
    ``at`` is when the delivery was made.
    """

    values: Mapping[str, str]
    naming: Naming
    kind: DocumentKind
    direction: Direction | None
    client_name: str
    delivery_id: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Context:
    """All a connector sees of us: opened values, and small services.

    ``values`` and ``secrets`` are those of the connection and configuration; ``approved_host_key``
    is an OpenSSH fingerprint (``SHA256:…``) or empty; ``ca_pem`` an extra certificate authority.
    ``tokens`` are those of a sign-in in the browser; None where there is none. ``mail_tokens`` and
    ``mail_budget`` are the firm's mail account's.
    """

    values: Mapping[str, str]
    secrets: Mapping[str, str] = field(repr=False)
    network: Network
    clock: Clock
    stages: Stages
    cancel: Cancel = field(default_factory=NeverCancelled)
    budget: Budget = field(default_factory=Unlimited)
    tokens: TokenKeeper | None = None
    mail_tokens: TokenKeeper | None = None
    mail_budget: Budget = field(default_factory=Unlimited)
    approved_host_key: str = ""
    ca_pem: str = ""
    connect_timeout: float = 10.0
    read_timeout: float = 60.0


class Session(ABC):
    """An open line to one destination account. Not shared between threads."""

    def __init__(self, context: Context) -> None:
        self.context = context

    @abstractmethod
    def verify(self) -> Iterator[Check]:
        """Yields the check list line by line; raises the error of the first line that fails."""

    def administrations(self) -> Sequence[Administration]:
        return ()

    def send(self, parcels: Sequence[Parcel]) -> Iterator[Outcome]:
        """One outcome per parcel, in order."""
        for parcel in parcels:
            self.context.cancel.raise_if_cancelled()
            try:
                yield Outcome(parcel.delivery_id, evidence=self.send_one(parcel))
            except LedgerDeskError as error:
                yield Outcome(parcel.delivery_id, error=error)

    @abstractmethod
    def send_one(self, parcel: Parcel) -> Evidence:
        """Brings one parcel there and returns the proof. Raises from the error tree only."""

    def probe(self, parcel: Parcel) -> Probe:
        """Is it already there? Asked after a crash or a lost connection, never a guess."""
        return Probe(Found.CANNOT_TELL)

    def confirm(self, parcel: Parcel, remote: str) -> Evidence | None:
        """What the destination says later of what it knows as ``remote``; None: nothing new.

        Raises RefusedByPackage or NothingKnown when it turned out badly after all.
        """
        return None

    def whose(self) -> Whose:
        """Whose sign-in in the browser this is; asked once after each."""
        raise NotImplementedError(f"{type(self).__name__} knows no sign-in in the browser")

    def close(self) -> None:
        """Lets go of the line. Never raises."""
        return None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


@dataclass(frozen=True, slots=True)
class RegisterStep:
    """One numbered step of *Register once*: what to do at the vendor, and the value to copy there.

    ``field`` names the form field whose current value is the one to copy, where it is not fixed.
    """

    text: str
    copy: str = ""
    field: str = ""


class Connector(ABC):
    """Declaration of one kind of destination. Subclasses fill the class variables.

    ``confirms``: its sessions can be asked later what became of a document. ``register`` guides
    through the vendor's own registration where the firm has to make one, at ``register_url``.
    ``uses_mail_account``: at least one of its routes does; ``by_mail`` says which.
    ``keeps_session``: what its sign-in gives outlives a run, so ``Context.tokens`` keeps it.
    ``asks_whose``: no field says whose a sign-in is; ``Session.whose`` does, once it worked.
    ``warning`` is what a person must know before signing in in the browser.
    ``standing`` says how much is known of the way there, ``standings`` where it differs by kind of
    document. ``sources``: the pages all this was learnt from, for the integration's own page.
    """

    id: ClassVar[str]
    label: ClassVar[str]
    formats: ClassVar[Mapping[ExportKind, tuple[Format, ...]]]
    fields: ClassVar[tuple[Field, ...]]
    authorization: ClassVar[str] = "form"
    has_administrations: ClassVar[bool] = False
    administration_noun: ClassVar[str] = N_("Dossier")
    delivery_class: ClassVar[DeliveryClass]
    standing: ClassVar[Standing] = Standing.DOCUMENTED
    standings: ClassVar[Mapping[ExportKind, Standing]] = {}
    help: ClassVar[str] = ""
    warning: ClassVar[str] = ""
    terms_url: ClassVar[str] = ""
    uses_mail_account: ClassVar[bool] = False
    limits: ClassVar[tuple[Limit, ...]] = ()
    register: ClassVar[tuple[RegisterStep, ...]] = ()
    register_url: ClassVar[str] = ""
    confirms: ClassVar[bool] = False
    keeps_session: ClassVar[bool] = False
    asks_whose: ClassVar[bool] = False
    sources: ClassVar[tuple[str, ...]] = ()

    def by_mail(self, values: Mapping[str, str]) -> bool:
        """Whether a connection with these values sends through the firm's mail account: a connector
        with several routes decides by the chosen one."""
        return self.uses_mail_account

    def signs_in(self, values: Mapping[str, str]) -> bool:
        """Whether a connection with these values has a sign-in of its own: one that only mails uses
        the mail account's."""
        return self.authorization != "none" and not self.by_mail(values)

    def lists(self, values: Mapping[str, str]) -> bool:
        """Whether a connection with these values shows administrations to choose from."""
        return self.has_administrations and (self.signs_in(values) or not self.by_mail(values))

    def serves(self, kind: ExportKind, values: Mapping[str, str]) -> bool:
        """Whether a connection with these values takes this kind of document."""
        return kind in self.formats

    def proves(self, values: Mapping[str, str]) -> DeliveryClass:
        """How a delivery through a connection with these values can be proven."""
        return self.delivery_class

    def answers_later(self, values: Mapping[str, str]) -> bool:
        """Whether a connection with these values can be asked later what became of a document."""
        return self.confirms or self.watched_days(values) > 0

    def asked_for(self, values: Mapping[str, str]) -> timedelta:
        """How long after a document's arrival it is asked at most."""
        return WATCHED_FOR if self.watched_days(values) else ASKED_FOR

    def watched_days(self, values: Mapping[str, str]) -> int:
        """After how many days a person is told that the package did not take a file; 0: never."""
        return 0

    def limited(self, values: Mapping[str, str]) -> tuple[Limit, ...]:
        """How often a connection with these values may be asked."""
        return self.limits

    def stands(self, kind: ExportKind) -> Standing:
        """How much is known of the way this kind of document takes."""
        return self.standings.get(kind, self.standing)

    def is_complete(self) -> bool:
        """Whether all that the vendor does not publish was filled in by the firm."""
        return True

    @property
    def document_kinds(self) -> tuple[ExportKind, ...]:
        return tuple(self.formats)

    def format(self, kind: ExportKind, format_id: str) -> Format | None:
        """The format by id, compared without case; None when this connector lacks it."""
        wanted = format_id.lower()
        return next((one for one in self.formats.get(kind, ()) if one.id == wanted), None)

    @abstractmethod
    def account_key(self, values: Mapping[str, str]) -> str:
        """What makes two sign-ins the same account (``user@host:port``)."""

    def lane_key(self, values: Mapping[str, str]) -> str:
        """The transport account whose deliveries are claimed in order."""
        return f"{self.id}:{self.account_key(values)}"

    @abstractmethod
    def target(self, request: TargetRequest) -> Target:
        """Where one delivery goes: pure, frozen when the delivery is made.

        Raises EmptyVariable, AddressMissing or BadTemplate.
        """

    def authorization_server(
        self, values: Mapping[str, str], secrets: Mapping[str, str]
    ) -> AuthorizationServer:
        """Where one signs in in the browser. Raises MissingValue or InvalidValue."""
        raise NotImplementedError(f"{self.id} has no sign-in in the browser")

    @abstractmethod
    def open(self, context: Context) -> Session: ...
