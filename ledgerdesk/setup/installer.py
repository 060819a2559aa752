"""Setting up an accounting package: checked, verified, then kept in one transaction or not at all.

The wizard and the command line both end here. Whatever fails raises its own error, and the books
are as they were: connection, secrets, configuration and journal are written together.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Unpack

import sqlalchemy as sa

from ledgerdesk.connectors.base import Connector
from ledgerdesk.errors import AlreadyExists, InvalidValue, MissingValue, TermsNotAccepted
from ledgerdesk.i18n import N_, translate
from ledgerdesk.model import Check, Configuration, Connection, ExportKind, KindSetup
from ledgerdesk.setup import terms
from ledgerdesk.setup.answers import Answers, Wish, Wished, cleaned
from ledgerdesk.setup.contexts import setup_owner
from ledgerdesk.setup.services import Services
from ledgerdesk.setup.sign_in import (
    SignIn,
    draft,
    keep,
    needs_browser,
    prepare_vault,
    require_key_store,
    retire,
    reuse,
    stored_secrets,
    undisturbed,
    users_of,
    verify,
)
from ledgerdesk.store import configurations as books_of
from ledgerdesk.store import journal
from ledgerdesk.store.ids import new_id

PER_CLIENT = "per-client"
"""As administration of an edit: none for all, each client has its own."""


@dataclass(frozen=True, slots=True)
class Added:
    """``checks`` is empty where nothing was verified: untested, or nothing there changed."""

    configuration: Configuration
    checks: tuple[Check, ...]


@dataclass(frozen=True, slots=True)
class _Plan:
    """Everything decided before the network is asked; ``setup`` is written when that went well."""

    configuration: Configuration
    setup: KindSetup
    sign_in: SignIn
    answers: Answers
    secrets_before: dict[str, str]


@dataclass(frozen=True, slots=True)
class _Given:
    """``base`` is the connection an edit starts from, ``reused`` the one that was asked for."""

    answers: Answers
    secrets_before: dict[str, str]
    base: Connection | None = None
    in_place: bool = False
    reused: SignIn | None = None


class Installer:
    def __init__(self, services: Services) -> None:
        self._services = services

    def add(
        self,
        connector_id: str,
        name: str,
        *,
        seen: list[Check] | None = None,
        **wished: Unpack[Wished],
    ) -> Added:
        """A new configuration for one kind of document; verified unless ``untested``.

        The keywords are those of Wish. ``seen`` is filled with the check list while it runs, also
        when it ends in an error.
        Raises UsageError, TermsNotAccepted, KeyringUnusable, or what the connector's verify raises.
        """
        configuration = self._new(connector_id, name)
        return self._install(configuration, Wish(**wished), [] if seen is None else seen)

    def edit(
        self,
        configuration_id: str,
        name: str = "",
        *,
        seen: list[Check] | None = None,
        **wished: Unpack[Wished],
    ) -> Added:
        """Changes what is filled in, or adds the kind of document on the same connection.

        A changed sign-in or place is verified again. A sign-in that only this configuration uses
        may become another account; a shared one stays, and a new connection is made. Raises as add.
        """
        wish = Wish(**wished)
        configuration = self._edited(configuration_id, name)
        if wish == Wish():
            return Added(self._renamed(configuration), ())
        return self._install(configuration, wish, [] if seen is None else seen)

    def sign_in_to_add(
        self, connector_id: str, name: str, **wished: Unpack[Wished]
    ) -> tuple[Connector, Answers] | None:
        """With what one must sign in in the browser before ``add``; None: there is no need.

        Whatever can be refused without, is refused before anybody is sent to the browser: raises
        as add does before it verifies.
        """
        return self._to_sign_in(self._new(connector_id, name), Wish(**wished))

    def sign_in_to_edit(
        self, configuration_id: str, name: str = "", **wished: Unpack[Wished]
    ) -> tuple[Connector, Answers] | None:
        """As sign_in_to_add, before ``edit``."""
        wish = Wish(**wished)
        configuration = self._edited(configuration_id, name)
        return None if wish == Wish() else self._to_sign_in(configuration, wish)

    def _to_sign_in(
        self, configuration: Configuration, wish: Wish
    ) -> tuple[Connector, Answers] | None:
        connector, kind = self._meant(configuration, wish)
        given = self._given(connector, configuration, kind, wish)
        self._decided(connector, configuration, kind, wish, given.answers)
        if given.reused is not None:
            return None
        if not needs_browser(self._services, connector, given.answers, given.base):
            return None
        require_key_store(self._services)
        return connector, given.answers

    # --- decide, verify, keep ---------------------------------------------------------------------

    def _install(self, configuration: Configuration, wish: Wish, seen: list[Check]) -> Added:
        connector, kind = self._meant(configuration, wish)
        plan = self._plan(connector, configuration, kind, wish)
        sign_in = plan.sign_in
        has_secrets = bool(sign_in.secrets or sign_in.tokens or plan.answers.setup_secrets)
        if has_secrets:
            require_key_store(self._services)
        before = configuration.kinds.get(kind)
        setup = plan.setup
        changed = plan.sign_in.changed or plan.answers.setup_secrets != plan.secrets_before
        moved = before is None or (before.values, before.administration_id) != (
            setup.values,
            setup.administration_id,
        )
        tested = not wish.untested and (changed or moved or not setup.tested)
        if tested:
            found = verify(
                self._services, plan.sign_in, plan.answers, setup.administration_id, seen
            )
            setup = replace(
                setup,
                tested=True,
                administration_id=found.id if found else "",
                administration_name=found.name if found else "",
            )
        elif changed or moved:
            setup = replace(setup, tested=False)
        plan = replace(plan, setup=setup)
        if has_secrets:
            prepare_vault(self._services)
        self._services.cancel.raise_if_cancelled()
        with undisturbed(self._services, sign_in):
            kept = self._services.books.write(lambda c: self._keep(c, plan, tested=tested))
        return Added(kept, tuple(seen))

    def _plan(
        self, connector: Connector, configuration: Configuration, kind: ExportKind, wish: Wish
    ) -> _Plan:
        given = self._given(connector, configuration, kind, wish)
        setup = self._decided(connector, configuration, kind, wish, given.answers)
        sign_in = given.reused or draft(
            self._services,
            connector,
            given.answers,
            accept_host_key=wish.accept_host_key,
            ca_pem=wish.ca_pem,
            base=given.base,
            in_place=given.in_place,
            fresh=wish.fresh,
            asks=not wish.untested,
        )
        setup = replace(setup, connection_id=sign_in.connection.id)
        return _Plan(configuration, setup, sign_in, given.answers, given.secrets_before)

    def _decided(
        self,
        connector: Connector,
        configuration: Configuration,
        kind: ExportKind,
        wish: Wish,
        answers: Answers,
    ) -> KindSetup:
        """Everything but whose sign-in it is: format, administration, terms."""
        before = configuration.kinds.get(kind)
        administration_id = wish.administration_id or (before.administration_id if before else "")
        if administration_id == PER_CLIENT:
            administration_id = ""
        if administration_id and not connector.lists(answers.sign_in):
            hint = translate(N_("{package} has none to choose from.")).format(
                package=translate(connector.label)
            )
            name = translate(connector.administration_noun)
            raise InvalidValue(
                field="administration", value=administration_id, name=name, hint=hint
            )
        accepted_at = before.terms_accepted_at if before else None
        if before is None or before.terms_version != terms.VERSION:
            if not wish.accept_terms:
                raise TermsNotAccepted(field="accept_terms")
            accepted_at = self._services.clock.now()
        return KindSetup(
            kind=kind,
            connection_id="",
            format=_format(connector, kind, wish.format or (before.format if before else "")),
            only_this_format=answers.only_this_format,
            administration_id=administration_id,
            administration_name=before.administration_name if before else "",
            values=dict(answers.setup),
            tested=before.tested if before else False,
            terms_version=terms.VERSION,
            terms_accepted_at=accepted_at,
        )

    def _meant(self, configuration: Configuration, wish: Wish) -> tuple[Connector, ExportKind]:
        connector = self._services.connector(configuration.connector_id)
        kinds = tuple(configuration.kinds)
        return connector, _kind(connector, wish.kind or (kinds[0] if len(kinds) == 1 else None))

    def _given(
        self, connector: Connector, configuration: Configuration, kind: ExportKind, wish: Wish
    ) -> _Given:
        """All answers, with what was kept before underneath."""
        services = self._services
        before = configuration.kinds.get(kind)
        values, secrets = dict(wish.values), dict(wish.secrets)
        secrets_before: dict[str, str] = {}
        if before is not None:
            secrets_before = services.vault.open(setup_owner(configuration.id, kind))
            only = {"only_this_format": "yes" if before.only_this_format else "no"}
            values = {**before.values, **only, **values}
            secrets = {**secrets_before, **secrets}
        if wish.connection_id:
            sign_in = reuse(
                services, connector, wish.connection_id, wish.accept_host_key, wish.ca_pem
            )
            _require_serves(sign_in, kind)
            _require_equal(sign_in, wish)
            values = {**values, **sign_in.connection.values}
            secrets = {**secrets, **sign_in.secrets}
            answers = cleaned(connector, values, secrets, kind)
            return _Given(answers, secrets_before, reused=sign_in)
        base_id = _base(configuration, kind)
        base = None
        in_place = False
        if base_id:
            with services.books.read() as c:
                base = books_of.connection(c, base_id)
                users = users_of(c, base_id)
            in_place = {(one.id, each) for one, each in users} <= {(configuration.id, kind)}
            values = {**base.values, **values}
            secrets = {**stored_secrets(services, base.id), **secrets}
        answers = cleaned(connector, values, secrets, kind)
        return _Given(answers, secrets_before, base, in_place)

    def _keep(self, c: sa.Connection, plan: _Plan, *, tested: bool) -> Configuration:
        services, at = self._services, self._services.clock.now()
        configuration, setup = plan.configuration, plan.setup
        is_new = not configuration.kinds
        require_free_name(c, configuration.name, configuration.id)
        if not is_new:
            current = books_of.get(c, configuration.id)
            configuration = replace(configuration, kinds=current.kinds)
        old = configuration.kinds.get(setup.kind)
        keep(c, services, plan.sign_in, at, tested=tested)
        configuration = replace(configuration, kinds={**configuration.kinds, setup.kind: setup})
        (books_of.insert if is_new else books_of.update)(c, configuration)
        if plan.answers.setup_secrets != plan.secrets_before:
            owner = setup_owner(configuration.id, setup.kind)
            services.vault.forget(c, owner)
            services.vault.seal(c, owner, plan.answers.setup_secrets)
        if old is not None and old.connection_id != setup.connection_id:
            retire(c, services, old.connection_id, at)
        _tell(c, configuration, setup, plan.sign_in, is_new=is_new, tested=tested, at=at)
        services.consequences.reroute(c, at)
        services.consequences.reaim(c, at, configuration.id)
        if tested:
            services.consequences.unblock_place(c, at, configuration.id)
        return configuration

    # --- names ------------------------------------------------------------------------------------

    def _new(self, connector_id: str, name: str) -> Configuration:
        connector = self._services.connector(connector_id)
        return Configuration(
            new_id(), self._free_name(name), connector.id, self._services.clock.now()
        )

    def _edited(self, configuration_id: str, name: str) -> Configuration:
        with self._services.books.read() as c:
            configuration = books_of.get(c, configuration_id)
        if name and name != configuration.name:
            configuration = replace(configuration, name=self._free_name(name, configuration.id))
        return configuration

    def _free_name(self, name: str, own_id: str = "") -> str:
        name = name.strip()
        if not name:
            raise MissingValue(field="name", name=translate(N_("Name")))
        with self._services.books.read() as c:
            require_free_name(c, name, own_id)
        return name

    def _renamed(self, configuration: Configuration) -> Configuration:
        at = self._services.clock.now()

        def work(c: sa.Connection) -> Configuration:
            require_free_name(c, configuration.name, configuration.id)
            current = replace(books_of.get(c, configuration.id), name=configuration.name)
            books_of.update(c, current)
            entry = journal.Entry(
                "configuration.renamed",
                {"configuration": configuration.id},
                {"name": configuration.name},
            )
            journal.append(c, entry, at=at)
            return current

        return self._services.books.write(work)


def _kind(connector: Connector, kind: ExportKind | None) -> ExportKind:
    if kind is None and len(connector.document_kinds) == 1:
        return connector.document_kinds[0]
    if kind is None:
        raise MissingValue(field="kind", name=translate(N_("The kind of document")))
    if kind not in connector.document_kinds:
        hint = ", ".join(connector.document_kinds)
        name = translate(connector.label)
        raise InvalidValue(field="kind", value=kind, name=name, hint=hint)
    return kind


def _format(connector: Connector, kind: ExportKind, wanted: str) -> str:
    formats = connector.formats[kind]
    found = connector.format(kind, wanted) if wanted else formats[0]
    if found is None:
        hint = ", ".join(one.id for one in formats)
        raise InvalidValue(
            field="format", value=wanted, name=translate(N_("The format")), hint=hint
        )
    return found.id


def _base(configuration: Configuration, kind: ExportKind) -> str:
    """The connection an edit starts from; a second kind of document starts from the first's."""
    setups = [configuration.kinds.get(kind), *configuration.kinds.values()]
    return next((one.connection_id for one in setups if one is not None), "")


def _require_serves(sign_in: SignIn, kind: ExportKind) -> None:
    if not sign_in.connector.serves(kind, sign_in.connection.values):
        hint = translate(N_("It takes another kind of document."))
        name = translate(N_("Connected account"))
        account = sign_in.connection.account
        raise InvalidValue(field="connection", value=account, name=name, hint=hint)


def _require_equal(sign_in: SignIn, wish: Wish) -> None:
    """With a kept connection its fields are not needed; equal ones are accepted."""
    kept = {**sign_in.connection.values, **sign_in.secrets}
    fields = {one.name: one for one in sign_in.connector.fields}
    for name, value in {**wish.values, **wish.secrets}.items():
        one = fields.get(name)
        if one is None or one.scope != "connection" or not value:
            continue
        if one.clean(value) != kept.get(name, ""):
            hint = translate(N_("The connected account has another one; change it there first."))
            shown = "…" if one.secret else value
            raise InvalidValue(field=name, value=shown, name=translate(one.label), hint=hint)


def require_free_name(c: sa.Connection, name: str, own_id: str) -> None:
    """Raises AlreadyExists when another accounting package in use has the name."""
    for one in books_of.listed(c, limit=None):
        if one.id != own_id and one.name.casefold() == name.casefold():
            what = translate(N_("The accounting package"))
            raise AlreadyExists(field="name", what=what, name=name)


def _tell(
    c: sa.Connection,
    configuration: Configuration,
    setup: KindSetup,
    sign_in: SignIn,
    *,
    is_new: bool,
    tested: bool,
    at: datetime,
) -> None:
    facts = {
        "configuration": configuration.id,
        "connector": configuration.connector_id,
        "connection": setup.connection_id,
        "kind": setup.kind,
        "format": setup.format,
        "tested": setup.tested,
        "verified_now": tested,
        "terms": setup.terms_version,
    }
    if sign_in.connection.host_key:
        facts["host_key"] = sign_in.connection.host_key
    personal = {
        "name": configuration.name,
        "account": sign_in.connection.account,
        "values": {**sign_in.connection.values, **setup.values},
    }
    what = "configuration.added" if is_new else "configuration.changed"
    journal.append(c, journal.Entry(what, facts, personal), at=at)
