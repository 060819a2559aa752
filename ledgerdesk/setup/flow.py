"""The set-up flow: owns the answers, says which step comes, and hands the whole to the Installer.

No Qt and nothing on screen: whoever shows the steps calls ``submit``, ``back`` and ``cancel``.
Nothing is kept before the last step, and there everything at once. The order is the article's:
kind of document, integration, format, the integration's forms, administration, and the terms with
*Connect* on the same page.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ledgerdesk.connectors.base import Connector
from ledgerdesk.errors import InvalidValue, LedgerDeskError, NotPossibleNow, TermsNotAccepted
from ledgerdesk.i18n import N_, translate
from ledgerdesk.model import Administration, Check, Configuration, Connection, ExportKind
from ledgerdesk.setup import pages
from ledgerdesk.setup.answers import (
    ONLY_THIS_FORMAT,
    Answers,
    Wished,
    asked,
    clean,
    still_asked,
)
from ledgerdesk.setup.browser import BrowserSignIn
from ledgerdesk.setup.browser_step import BrowserStep
from ledgerdesk.setup.fields import Field, FieldScope, clean_all
from ledgerdesk.setup.installer import PER_CLIENT, Installer
from ledgerdesk.setup.pages import NEW_ACCOUNT
from ledgerdesk.setup.services import Services
from ledgerdesk.setup.sign_in import SignIn, administrations, draft, reuse
from ledgerdesk.setup.steps import Abort, Choice, Done, Refused, StepView
from ledgerdesk.store import clients, configurations

_STEPS = (
    *("kind", "connector", "format", "connection", "register", "sign_in", "browser", "place"),
    *("administration", "terms"),
)
_CHOICES = ("kind", "connector", "format", "connection")
_FORMS = {
    "sign_in": (FieldScope.CONNECTION,),
    "place": (FieldScope.CONFIGURATION, FieldScope.CLIENT),
}
_YES = "yes"


class SetupFlow:
    """One walk through the set-up; give ``configuration_id`` to edit an accounting package."""

    signs_in_again = False

    def __init__(
        self,
        services: Services,
        *,
        configuration_id: str = "",
        kind: ExportKind | None = None,
        connector_id: str = "",
    ) -> None:
        self._services = services
        self._installer = Installer(services)
        self._answers: dict[str, dict[str, str]] = {}
        self._found: Sequence[Administration] = ()
        self._browser = BrowserStep(services)
        self._end: Done | Abort | None = None
        self._edited: Configuration | None = None
        self._fixed: dict[str, str] = {}
        if configuration_id:
            with services.books.read() as c:
                self._edited = configurations.get(c, configuration_id)
            connector_id = self._edited.connector_id
        if connector_id:
            self._fixed["connector"] = services.connector(connector_id).id
        if kind is not None:
            self._fixed["kind"] = kind
        self._at = self._next_after("")

    @property
    def current(self) -> StepView:
        return self._end or self._view(self._at)

    @property
    def browser(self) -> BrowserSignIn | None:
        """The sign-in that is shown now; its ``wait`` gives the answer to submit."""
        return self._browser.sign_in if self._end is None and self._at == "browser" else None

    @property
    def connects(self) -> bool:
        """Whether the answer to this step is the last one: it signs in or connects."""
        return self._end is None and self._at == "terms"

    @property
    def signed_in_as(self) -> str:
        """Who signed in in the browser on this walk; empty: nobody yet."""
        return self._browser.account

    def sign_in_anew(self) -> StepView:
        """Another sign-in in the browser in place of the one that is shown."""
        self._browser.anew()
        return self.current

    @property
    def can_go_back(self) -> bool:
        return self._end is None and self._before(self._at) != ""

    def submit(
        self, values: Mapping[str, str], seen: list[Check] | None = None
    ) -> StepView | Refused:
        """Answers the current step: the next one, or why this one cannot be left.

        Another answer than before drops the answers of all later steps. Only errors of the tree
        are refusals; anything else is a bug and is raised. ``seen`` is filled with the check list
        line by line while *Connect* runs.
        """
        if self._end is not None:
            return self._end
        step = self._at
        seen = [] if seen is None else seen
        try:
            if step == "terms":
                self._end = self._connect(values, seen)
                self._answers.clear()
                self._browser.forget()
                return self._end
            answer = self._checked(step, values)
            if isinstance(answer, Refused):
                return answer
            before = self._answers.get(step)
            self._keep(step, answer)
            try:
                following = self._next_after(step)
                self._prepare(following)
                view = self._view(following)
            except LedgerDeskError:
                self._restore(step, before)
                raise
        except LedgerDeskError as error:
            if step == "browser":
                self._browser.again()
            failed = Check(translate(N_("This did not work")), False, error.text())
            return Refused((error,), (*seen, failed) if seen else ())
        self._at = following
        return view

    def back(self) -> StepView:
        """The step before, with its answer; the first one stays where it is."""
        if self._end is None and self.can_go_back:
            self._browser.close()
            self._at = self._before(self._at)
            if self._at == "browser":
                self._prepare(self._at)
        return self.current

    def cancel(self) -> StepView:
        """Ends the walk; nothing was saved, and what was typed is forgotten."""
        if self._end is None:
            self._end = Abort("abort", translate(N_("Stopped. Nothing was saved.")))
        self._browser.forget()
        self._answers.clear()
        return self._end

    # --- which step -------------------------------------------------------------------------------

    def _next_after(self, step: str) -> str:
        later = _STEPS[_STEPS.index(step) + 1 :] if step else _STEPS
        return next(one for one in later if self._applies(one))

    def _before(self, step: str) -> str:
        earlier = _STEPS[: _STEPS.index(step)]
        return next((one for one in reversed(earlier) if self._applies(one)), "")

    def _applies(self, step: str) -> bool:
        """A choice with one item is no question; nor is a form without fields."""
        if step in self._fixed:
            return False
        if step in _CHOICES:
            view = self._view(step) if step != "connection" or self._existing() else None
            return isinstance(view, Choice) and len(view.options) > 1
        if step in ("register", "sign_in", "browser") and self._connection_id():
            return False
        if step == "register":
            return bool(self._connector().register)
        if step == "browser":
            return self._connector().authorization == "oauth"
        if step in _FORMS:
            return bool(self._fields(step))
        return step == "terms" or self._connector().lists(self._sign_in_values())

    def _chosen(self, step: str) -> str:
        """The answer to a choice: given, fixed, or the only one there is."""
        if step in self._fixed:
            return self._fixed[step]
        if step in self._answers:
            return self._answers[step]["choice"]
        view = self._view(step)
        return view.options[0].id if isinstance(view, Choice) else ""

    def _kind(self) -> ExportKind:
        return ExportKind(self._chosen("kind"))

    def _connector(self) -> Connector:
        return self._services.connector(self._chosen("connector"))

    def _connection_id(self) -> str:
        """The connected account to use; empty: a new sign-in."""
        if not self._existing():
            return ""
        chosen = self._chosen("connection")
        return "" if chosen == NEW_ACCOUNT else chosen

    def _sign_in_values(self) -> Mapping[str, str]:
        """Those of the connected account that is used, or those given for a new one."""
        return self._chosen_values() or self._clean_answers().sign_in

    def _chosen_values(self) -> Mapping[str, str]:
        """Those of the connected account that is used; none for a new sign-in."""
        chosen = self._connection_id()
        return next((one.values for one in self._existing() if one.id == chosen), {})

    def _existing(self) -> list[Connection]:
        connector = self._connector()
        if connector.authorization == "none":
            return []
        with self._services.books.read() as c:
            found = configurations.connections(c, limit=None)
        return [
            one
            for one in found
            if one.connector_id == connector.id
            and connector.signs_in(one.values)
            and connector.serves(self._kind(), one.values)
        ]

    # --- what is shown ----------------------------------------------------------------------------

    def _view(self, step: str) -> StepView:
        answer = self._answers.get(step, {})
        selected = answer.get("choice", "")
        if step == "kind":
            already = tuple(self._edited.kinds) if self._edited else ()
            return pages.kind(self._kinds(), selected or next(iter(already), ""), already)
        if step == "connector":
            offered = [
                one for one in self._services.all_connectors() if self._kind() in one.document_kinds
            ]
            return pages.connector(offered, self._kind(), selected)
        connector, kind = self._connector(), self._kind()
        before = self._edited.kinds.get(kind) if self._edited else None
        if step == "format":
            return pages.format(connector, kind, selected or (before.format if before else ""))
        if step == "connection":
            return pages.connection(self._existing(), selected or self._used_before())
        if step == "register":
            return pages.register(connector, self._answers.get("sign_in", {}))
        if step == "browser":
            return self._browser.view()
        if step in _FORMS:
            kept_values = before.values if before and step == "place" else {}
            if step == "sign_in":
                kept_values = self._values_before()
            values = {**kept_values, **answer}
            kept = {name for name, value in answer.items() if value}
            return pages.form(step, connector, self._fields(step), values, kept)
        if step == "administration":
            selected = answer.get("administration", before.administration_id if before else "")
            return pages.administration(
                connector, self._found, selected, several_clients=self._several_clients()
            )
        if step == "terms":
            accepted = before is not None
            return pages.terms_of(connector, kind, self._account(), self._name(), accepted=accepted)
        raise NotPossibleNow(state=step)

    def _kinds(self) -> list[ExportKind]:
        if "connector" in self._fixed:
            return list(self._services.connector(self._fixed["connector"]).document_kinds)
        every = {kind for one in self._services.all_connectors() for kind in one.document_kinds}
        return [kind for kind in ExportKind if kind in every]

    def _fields(self, step: str) -> tuple[Field, ...]:
        first = self._connector().formats[self._kind()][0].id
        any_format = self._chosen("format") == first
        found = tuple(
            one
            for one in asked(self._connector(), *_FORMS[step], kind=self._kind())
            if not (any_format and one is ONLY_THIS_FORMAT)
        )
        return still_asked(found, self._sign_in_values()) if step == "place" else found

    def _used_before(self) -> str:
        setups = self._edited.kinds if self._edited else {}
        own = setups.get(self._kind())
        first = own or next(iter(setups.values()), None)
        return first.connection_id if first else ""

    def _values_before(self) -> Mapping[str, str]:
        """What an accounting package being edited goes through, where that is no sign-in one could
        choose instead: its way is not to change by accident."""
        used = self._used_before()
        if not used or self._existing():
            return {}
        with self._services.books.read() as c:
            return configurations.connection(c, used).values

    def _several_clients(self) -> bool:
        with self._services.books.read() as c:
            return len(clients.listed(c, limit=2)) > 1

    def _account(self) -> str:
        """Whose sign-in the terms speak of."""
        chosen = self._connection_id()
        if chosen:
            return next(one.account for one in self._existing() if one.id == chosen)
        return self._draft().connection.account

    def _name(self) -> str:
        if self._edited:
            return self._edited.name
        with self._services.books.read() as c:
            taken = {one.name.casefold() for one in configurations.listed(c, limit=None)}
        label = translate(self._connector().label)
        numbered = [label, *(f"{label} ({n})" for n in range(2, len(taken) + 2))]
        return next(one for one in numbered if one.casefold() not in taken)

    # --- answers ----------------------------------------------------------------------------------

    def _checked(self, step: str, values: Mapping[str, str]) -> dict[str, str] | Refused:
        view = self._view(step)
        if isinstance(view, Choice):
            return {"choice": _offered(view.id, values.get("choice", ""), view.title, view)}
        if step == "register":
            return self._checked_register(values)
        if step == "browser":
            return {"account_key": self._browser.answer(values).whose.account_key}
        if step in _FORMS:
            return self._checked_form(step, values)
        wanted = values.get("administration", "")
        ids = {one.id.lower(): one.id for one in self._found}
        if wanted and wanted.lower() not in ids:
            hint = translate(N_("Choose one of the list, or choose per client."))
            noun = translate(self._connector().administration_noun)
            raise InvalidValue(field="administration", value=wanted, name=noun, hint=hint)
        return {"administration": ids.get(wanted.lower(), "")}

    def _checked_form(self, step: str, values: Mapping[str, str]) -> dict[str, str] | Refused:
        """Errors of this form's fields only: other forms are not filled in yet."""
        fields = {one.name: one for one in self._fields(step)}
        before = self._answers.get(step, {})
        kept = {
            name: before[name]
            for name, one in fields.items()
            if one.secret and name in before and not values.get(name)
        }
        answer = {**values, **kept}
        others = {
            name: value
            for other in _FORMS
            if other != step
            for name, value in self._answers.get(other, {}).items()
        }
        given = {**self._chosen_values(), **others, **answer}
        plain, secret = _sorted(self._connector(), given)
        _, errors = clean(self._connector(), plain, secret, self._kind())
        strange = tuple(
            InvalidValue(field=name, value=name, name=step, hint=", ".join(fields))
            for name in values
            if name not in fields
        )
        own = strange + tuple(one for one in errors if one.field in fields)
        return Refused(own) if own else answer

    def _checked_register(self, values: Mapping[str, str]) -> dict[str, str] | Refused:
        """What is left empty is asked for by the form that follows."""
        asked_here = {one.field for one in self._connector().register if one.field}
        given = {name: values[name] for name in asked_here if values.get(name, "").strip()}
        fields = tuple(one for one in self._fields("sign_in") if one.name in given)
        cleaned, errors = clean_all(fields, given)
        return Refused(tuple(errors)) if errors else cleaned

    def _keep(self, step: str, answer: dict[str, str]) -> None:
        if step == "register":
            step, answer = "sign_in", {**self._answers.get("sign_in", {}), **answer}
        if self._answers.get(step) != answer:
            for later in _STEPS[_STEPS.index(step) :]:
                self._answers.pop(later, None)
            if step != "browser" and "browser" in _STEPS[_STEPS.index(step) :]:
                self._browser.forget()
        self._answers[step] = answer

    def _restore(self, step: str, before: dict[str, str] | None) -> None:
        """The step is not left: its answer stays shown, and is asked for again."""
        if before is not None and step in _CHOICES:
            self._answers[step] = before

    def _given(self) -> tuple[dict[str, str], dict[str, str]]:
        answers = [self._answers.get(step, {}) for step in _FORMS]
        given = {**self._chosen_values(), **answers[0], **answers[1]}
        return _sorted(self._connector(), given)

    def _prepare(self, step: str) -> None:
        """What a step shows and only another computer can tell, or the browser must be sent to."""
        if step == "browser":
            self._browser.show(self._connector(), self._clean_answers())
        if step == "administration":
            self._found = self._administrations()

    def _draft(self) -> SignIn:
        answers = self._clean_answers()
        return draft(self._services, self._connector(), answers, fresh=self._browser.fresh)

    def _clean_answers(self) -> Answers:
        return clean(self._connector(), *self._given(), self._kind())[0]

    def _administrations(self) -> Sequence[Administration]:
        chosen = self._connection_id()
        if chosen:
            sign_in = reuse(self._services, self._connector(), chosen, "", "")
        else:
            sign_in = self._draft()
        return administrations(self._services, sign_in, self._clean_answers())

    def _connect(self, values: Mapping[str, str], seen: list[Check]) -> Done:
        if values.get("accept") != _YES:
            raise TermsNotAccepted(field="accept")
        plain, secrets = self._given()
        name = values.get("name", "").strip() or self._name()
        administration = self._answers.get("administration", {}).get("administration")
        wished: Wished = {
            "kind": self._kind(),
            "format": self._chosen("format"),
            "values": plain,
            "secrets": secrets,
            "connection_id": self._connection_id(),
            "administration_id": administration or (PER_CLIENT if self._edited else ""),
            "accept_host_key": values.get("accept_host_key", ""),
            "ca_pem": values.get("ca_pem", ""),
            "accept_terms": True,
            "untested": values.get("untested") == _YES,
            "fresh": self._browser.fresh,
        }
        if self._edited:
            added = self._installer.edit(self._edited.id, name, seen=seen, **wished)
        else:
            added = self._installer.add(self._chosen("connector"), name, seen=seen, **wished)
        title = translate(N_("Connected")) if added.checks else translate(N_("Saved, not tested"))
        return Done("done", title, added.checks, added.configuration)


def _offered(step: str, wanted: str, title: str, view: Choice) -> str:
    found = next((one.id for one in view.options if one.id.lower() == wanted.strip().lower()), "")
    if not found:
        hint = ", ".join(one.id for one in view.options)
        raise InvalidValue(field=step, value=wanted, name=title, hint=hint)
    return found


def _sorted(
    connector: Connector, given: Mapping[str, str]
) -> tuple[dict[str, str], dict[str, str]]:
    """Plain values and secrets apart, as a form holds both."""
    secret = {one.name for one in connector.fields if one.secret}
    return (
        {name: value for name, value in given.items() if name not in secret},
        {name: value for name, value in given.items() if name in secret},
    )
