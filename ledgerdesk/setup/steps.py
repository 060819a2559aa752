"""The steps of a set-up as plain declarations: whoever shows them needs no other knowledge.

Labels and texts are in the current language already; fields carry texts for the catalogues.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from ledgerdesk.errors import LedgerDeskError
from ledgerdesk.model import Check, Configuration, Connection
from ledgerdesk.setup.fields import Field


@dataclass(frozen=True, slots=True)
class Option:
    """``badge`` is one word beside the label, ``icon`` a hint at what kind of thing it is."""

    id: str
    label: str
    help: str = ""
    badge: str = ""
    icon: str = ""


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several: submit ``{"choice": option id}``, compared without case."""

    id: str
    title: str
    options: tuple[Option, ...]
    selected: str = ""
    help: str = ""


@dataclass(frozen=True, slots=True)
class Form:
    """Fields to fill in: submit ``{field name: text}``.

    ``values`` are what stands there now, never a secret; ``kept`` names secrets that are stored
    already and stay when they are left empty.
    """

    id: str
    title: str
    fields: tuple[Field, ...]
    values: Mapping[str, str] = field(default_factory=dict)
    kept: frozenset[str] = frozenset()
    help: str = ""


@dataclass(frozen=True, slots=True)
class RegisterLine:
    """One numbered step at the vendor; ``copy`` is a value to type there, empty for none.

    ``field`` is the field of the sign-in whose value that is; with ``asks`` it is typed here.
    """

    text: str
    copy: str = ""
    field: Field | None = None
    asks: bool = False


@dataclass(frozen=True, slots=True)
class Register:
    """*Register once*: what the firm does at the vendor (``url``) before it signs in.

    Submit ``{field name: text}`` of the fields it asks for; the form that follows begins with them.
    """

    id: str
    title: str
    lines: tuple[RegisterLine, ...]
    url: str = ""
    help: str = ""


@dataclass(frozen=True, slots=True)
class Browser:
    """A sign-in in the browser at ``url``: submit ``{"redirect_url": the address it ended at}``.

    With ``listens`` the flow's ``browser.wait(cancel)`` gives that address by itself, for a
    background thread; a person may paste it in any case. ``answers_here``: the browser brings it
    without a person's help. It is over at ``expires_at``: any submit then begins another one.
    ``account`` is who signed in already, after going back: submitting nothing keeps that.
    ``warning`` must be read before.
    """

    id: str
    title: str
    url: str
    help: str = ""
    expires_at: datetime | None = None
    listens: bool = False
    answers_here: bool = False
    account: str = ""
    warning: str = ""


@dataclass(frozen=True, slots=True)
class Select:
    """An administration for all clients, or (empty ``selected``) one per client.

    Submit ``{"administration": id}``; empty means "choose per client".
    """

    id: str
    title: str
    options: tuple[Option, ...]
    selected: str = ""
    help: str = ""


@dataclass(frozen=True, slots=True)
class Terms:
    """What the firm allows, with *Connect* on the same page.

    Submit ``{"accept": "yes", "name": …}``; ``untested`` saves without trying it, and
    ``accept_host_key`` approves a fingerprint that was shown in an error, ``ca_pem`` an authority.
    """

    id: str
    title: str
    text: tuple[str, ...]
    link: str = ""
    name: str = ""
    accepted: bool = False


@dataclass(frozen=True, slots=True)
class Done:
    """Kept. ``configuration`` is None after signing in again."""

    id: str
    title: str
    checks: tuple[Check, ...] = ()
    configuration: Configuration | None = None
    connection: Connection | None = None


@dataclass(frozen=True, slots=True)
class Abort:
    """Stopped by a person; nothing was saved."""

    id: str
    title: str


StepView = Choice | Register | Form | Browser | Select | Terms | Done | Abort


@dataclass(frozen=True, slots=True)
class Refused:
    """Why a step was not left: one error per field at fault (``error.field``), or one for the
    whole step. ``checks`` is the list so far, its last line being the one that failed."""

    errors: tuple[LedgerDeskError, ...]
    checks: tuple[Check, ...] = ()

    @property
    def by_field(self) -> Mapping[str, LedgerDeskError]:
        return {error.field or "": error for error in reversed(self.errors)}
