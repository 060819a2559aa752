"""What stands still, and the one thing that puts it right: where it leads is another page's."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ledgerdesk.errors import Owner, Scope, SignInEndsSoon
from ledgerdesk.i18n import N_, translate
from ledgerdesk.model import DeliveryState
from ledgerdesk.ui.deliveries import words
from ledgerdesk.ui.page import Page

if TYPE_CHECKING:
    from ledgerdesk.app import Desk
    from ledgerdesk.delivery.counts import Counts
    from ledgerdesk.upkeep import Attention

_HOST_KEYS = ("host_key_unknown", "host_key_changed")
_FALLBACK = N_("It did not arrive.")


@dataclass(frozen=True, slots=True)
class Problem:
    """One card. ``action`` is what its button says, ``id`` what the action is about; ``listed``
    are the filters of the page Deliveries that show what it stops."""

    key: str
    icon: str
    title: str
    why: str
    facts: tuple[str, ...]
    action: str
    kind: str
    id: str
    listed: tuple[tuple[str, str], ...] = ()


def of_attention(found: Iterable[Attention]) -> list[Problem]:
    """In the order given: what stops most comes first."""
    return [_problem(one) for one in found]


def needing_you(found: Iterable[Attention]) -> list[Attention]:
    """Without what is tried again by itself."""
    return [one for one in found if one.state != DeliveryState.RETRYING]


def ending(found: Iterable[Attention]) -> frozenset[str]:
    """The connected accounts whose sign-in ends soon."""
    return frozenset(one.id for one in found if one.error.get("code") == SignInEndsSoon.code)


def tried_again(found: Iterable[Attention]) -> list[Attention]:
    """What nobody need do anything about."""
    return [one for one in found if one.state == DeliveryState.RETRYING]


def of_documents(counts: Counts) -> list[Problem]:
    """Documents that wait for a person before anything can be sent."""
    waiting = (
        ("unassigned", counts.unassigned, N_("Whose is it?"), N_("Assign to a client")),
        ("held", counts.held, N_("To check"), N_("Check")),
        (
            "no_destination",
            counts.no_destination,
            N_("No accounting software chosen"),
            N_("Choose"),
        ),
    )
    return [
        Problem(
            key=f"documents {state}",
            icon="documents:warning",
            title=f"{translate(title)} – {words.documents(number)}",
            why=translate(_WAITING[state]),
            facts=(translate(N_("Who must act: {who}")).format(who=translate(N_("You"))),),
            action=translate(action),
            kind="documents",
            id=state,
        )
        for state, number, title, action in waiting
        if number
    ]


_WAITING = {
    "unassigned": N_("No client of yours has the numbers these documents name."),
    "held": N_("Something in them does not add up. They are sent once you release them."),
    "no_destination": N_("Their client does not share, or has no accounting software for them."),
}


def perform(page: Page, problem: Problem) -> None:
    """The primary action of ``problem``."""
    _ACTIONS[problem.kind](page, problem)


# --- how a problem is told ------------------------------------------------------------------------


def _problem(one: Attention) -> Problem:
    told = words.told(one.error)
    kind, action, id = _remedy(one)
    is_deliveries = one.what != "source" and one.how_many > 0
    return Problem(
        key=f"{one.what} {one.id}",
        icon=_icon(one),
        title=told.problem if told else translate(_FALLBACK),
        why=told.why if told else "",
        facts=tuple(_facts(one, told)),
        action=translate(action).format(count=words.number(one.how_many)),
        kind=kind,
        id=id,
        listed=_listed(one) if is_deliveries else (),
    )


def _icon(one: Attention) -> str:
    if one.error.get("code") == SignInEndsSoon.code:
        # Nothing stands still yet.
        return "info:warning"
    return {
        DeliveryState.RETRYING: "refresh:warning",
        DeliveryState.UNKNOWN: "info:warning",
        DeliveryState.REJECTED: "problem:error",
    }.get(DeliveryState(one.state) if one.state else DeliveryState.BLOCKED, "pause:error")


def _facts(one: Attention, told: words.Told | None) -> Iterable[str]:
    if one.what == "source":
        yield translate(N_("Source: {name}")).format(name=one.name)
    else:
        if one.how_many:
            yield translate(N_("Stops: {documents}")).format(
                documents=words.documents(one.how_many)
            )
        yield one.name
    if one.state == DeliveryState.RETRYING:
        yield translate(N_("Next attempt: {at}")).format(at=words.next_at(one.next_attempt_at))
    elif told is not None:
        owner = Owner.YOU if one.state == DeliveryState.UNKNOWN else told.owner
        who = translate(words.OWNERS[owner])
        yield translate(N_("Who must act: {who}")).format(who=who)


def _listed(one: Attention) -> tuple[tuple[str, str], ...]:
    filters = {"state": one.state or DeliveryState.BLOCKED.value}
    if one.scope == Scope.LINK and one.client_id:
        filters["client"] = one.client_id
    elif one.what == "delivery" and one.scope != Scope.ACCOUNT:
        filters["configuration"] = one.configuration_id
    return tuple(filters.items())


# --- what puts it right ---------------------------------------------------------------------------


def _remedy(one: Attention) -> tuple[str, str, str]:
    """(kind of action, its words, the id it is about)."""
    code = str(one.error.get("code", ""))
    if one.what == "source":
        return "source", N_("Look at the source"), one.id
    if one.what == "gap":
        return "client", N_("Look at the client"), one.client_id
    if one.state == DeliveryState.RETRYING:
        return "retry", N_("Try now"), one.id
    if one.state == DeliveryState.UNKNOWN:
        return "show", N_("Say what became of them"), one.id
    if one.state == DeliveryState.REJECTED:
        return "show", N_("Look at them"), one.id
    if one.scope == Scope.ACCOUNT:
        return "settings", N_("Correct the mail account"), one.id
    if one.scope == Scope.CONNECTION:
        text = N_("Look at the host key") if code in _HOST_KEYS else N_("Sign in again")
        return ("sign_in", text, one.configuration_id) if one.configuration_id else _again(one)
    if one.scope == Scope.LINK and one.client_id:
        return "client", _CLIENT.get(code, N_("Correct the client")), one.client_id
    return _again(one)


def _again(one: Attention) -> tuple[str, str, str]:
    return "retry", N_("Retry all ({count})"), one.id


_CLIENT = {
    "empty_variable": N_("Fill it in on the client"),
    "address_missing": N_("Fill in the address"),
    "address_unusable": N_("Correct the address"),
    "recipient_refused": N_("Correct the address"),
}


def retry_all(page: Page, delivery_id: str) -> None:
    """Everything that stands still for the same cause is due now."""

    def work(desk: Desk) -> int:
        tried = desk.deliveries.retry(desk.delivery_list.ids_like(delivery_id))
        return sum(one.delivery.state is DeliveryState.QUEUED for one in tried)

    page.change(work, lambda count: page.shell.say(queued_again(count)))


def queued_again(count: int) -> str:
    """What a retry brought, as a sentence."""
    if not count:
        return translate(N_("Nothing goes out yet: the cause is still there."))
    text = translate(N_("Goes out at the next run: {documents}."))
    return text.format(documents=words.documents(count))


def show_deliveries(page: Page, problem: Problem) -> None:
    page.shell.go_to("deliveries", **dict(problem.listed))


_ACTIONS: dict[str, Callable[[Page, Problem], None]] = {
    "source": lambda page, one: page.shell.go_to("documents", tab="sources"),
    "documents": lambda page, one: page.shell.go_to("documents", place=one.id),
    "settings": lambda page, one: page.shell.go_to("settings"),
    "sign_in": lambda page, one: page.shell.go_to("packages", sign_in=one.id),
    "client": lambda page, one: page.shell.go_to("clients", client=one.id),
    "show": show_deliveries,
    "retry": lambda page, one: retry_all(page, one.id),
}
