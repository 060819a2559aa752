"""``ledgerdesk schedule``: when LedgerDesk looks and sends by itself."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from ledgerdesk.i18n import N_, translate

if TYPE_CHECKING:
    from ledgerdesk.cli.output import Output
    from ledgerdesk.cli.parser import Commands
    from ledgerdesk.delivery.forecast import Forecast
    from ledgerdesk.delivery.schedules import MadeRun, RuleShown, Shown

Json = dict[str, Any]
_PACKAGE = "--configuration"


def register(commands: Commands) -> None:
    group = commands.group("schedule", N_("when LedgerDesk looks and sends by itself"))
    group.command("show", N_("the rules, the next and the last runs"), show)
    set_ = group.command("set", N_("change when it runs, overall or for one package"), set_rule)
    set_.add_argument(_PACKAGE, metavar="ID", default="")
    set_.add_argument("--every", type=int, metavar="MINUTES")
    set_.add_argument("--at", action="append", metavar="HH:MM")
    set_.add_argument("--days", metavar="DAYS", help=translate(N_("working, every, or mon,tue,…")))
    set_.add_argument("--from", dest="opens", metavar="HH:MM")
    set_.add_argument("--to", dest="closes", metavar="HH:MM")
    set_.add_argument(
        "--holidays", metavar="COUNTRY", help=translate(N_("not on its public holidays; or none"))
    )
    set_.add_argument("--zone", metavar="ZONE", help=translate(N_("for example Europe/Brussels")))
    how = set_.add_mutually_exclusive_group()
    how.add_argument("--by-hand", action="store_true", help=translate(N_("only when you send")))
    how.add_argument(
        "--as-overall", action="store_true", help=translate(N_("no rule of its own any more"))
    )
    pause_ = group.command("pause", N_("nothing runs by itself for a while"), pause)
    pause_.add_argument(
        "until",
        nargs="?",
        default="hour",
        help=translate(N_("hour, today, on, or a moment as 2026-11-24T14:00")),
    )
    group.command("resume", N_("end the pause"), resume)
    allow_ = group.command("allow", N_("let everything go that waits, however much it is"), allow)
    allow_.add_argument(_PACKAGE, metavar="ID", default="")


def show(options: Namespace, output: Output) -> int:
    from ledgerdesk.app import open_desk

    with open_desk(options.data_dir) as desk:
        found, forecasts = desk.schedules.shown(), desk.schedules.forecasts()
        running = desk.engine_is_running()
    return _print(output, found, forecasts=[_forecast(one) for one in forecasts], running=running)


def set_rule(options: Namespace, output: Output) -> int:
    from ledgerdesk.app import open_desk
    from ledgerdesk.delivery.schedules import Wanted
    from ledgerdesk.errors import MissingValue

    package = options.configuration
    with open_desk(options.data_dir) as desk:
        if options.by_hand:
            return _print(output, desk.schedules.by_hand(package))
        if options.as_overall:
            if not package:
                raise MissingValue(field="configuration", name=_PACKAGE)
            return _print(output, desk.schedules.as_overall(package))
        wanted = Wanted(
            options.every,
            options.at,
            options.days,
            options.opens,
            options.closes,
            options.holidays,
        )
        return _print(output, desk.schedules.set(wanted, package, options.zone))


def pause(options: Namespace, output: Output) -> int:
    from ledgerdesk.app import open_desk

    with open_desk(options.data_dir) as desk:
        return _print(output, desk.schedules.pause(options.until))


def resume(options: Namespace, output: Output) -> int:
    from ledgerdesk.app import open_desk

    with open_desk(options.data_dir) as desk:
        return _print(output, desk.schedules.resume())


def allow(options: Namespace, output: Output) -> int:
    from ledgerdesk.app import open_desk

    with open_desk(options.data_dir) as desk:
        released = desk.schedules.allow(options.configuration)
    text = translate(N_("Documents that were held and go out with the next run: {count}"))
    output.document({"allowed": released}, text.format(count=released))
    return 0


# --- how it looks ---------------------------------------------------------------------------------


def _print(output: Output, found: Shown, **more: Any) -> int:
    from ledgerdesk.cli.shapes import moment

    held = found.pause
    paused = None
    if held is not None:
        paused = {"since": moment(held.since), "until": moment(held.until)}
    content = {
        "overall": _rule(found.overall),
        "configurations": [_rule(one) for one in found.own],
        "zone": found.zone,
        "zone_chosen": found.zone_chosen or None,
        "paused": paused,
        "runs": [_run(one) for one in found.runs],
        **more,
    }
    output.document({"schedule": content}, "\n".join(_lines(found, more.get("forecasts", ()))))
    return 0


def _rule(one: RuleShown) -> Json:
    from ledgerdesk.cli.shapes import moment
    from ledgerdesk.delivery.rules import to_values

    return {
        "configuration_id": one.configuration_id or None,
        "name": one.name or None,
        **to_values(one.schedule),
        "since": moment(one.since),
        "next_at": moment(one.next_at),
    }


def _run(one: MadeRun) -> Json:
    from ledgerdesk.cli import shapes

    return {
        "id": one.id,
        "trigger": one.trigger,
        "reason": one.reason or None,
        "missed": one.missed,
        "configurations": None if one.configurations is None else list(one.configurations),
        "started_at": shapes.moment(one.started_at),
        "ended_at": shapes.moment(one.ended_at),
        "taken_in": one.result.get("taken_in", 0),
        "delivered": one.result.get("delivered", 0),
        "error": shapes.error(one.error),
    }


def _forecast(one: Forecast) -> Json:
    return {
        "connection_id": one.connection_id,
        "account": one.account,
        "documents": one.documents,
        "seconds": round(one.seconds),
        "limit": one.limit or None,
    }


def _lines(found: Shown, forecasts: Iterable[Json]) -> Iterable[str]:
    from ledgerdesk.delivery import plan, rules
    from ledgerdesk.delivery.zones import zone_named

    zone = zone_named(found.zone)
    for one in (found.overall, *found.own):
        name = one.name or translate(N_("Overall"))
        next_at = ""
        if one.next_at is not None:
            text = translate(N_("next run {moment}"))
            next_at = f" ({text.format(moment=f'{one.next_at.astimezone(zone):%Y-%m-%d %H:%M}')})"
        yield f"{name}: {rules.told(one.schedule)}{next_at}"
    if found.pause is not None:
        until = found.pause.until
        if until is None:
            yield translate(N_("Paused until you resume."))
        else:
            text = translate(N_("Paused until {moment}."))
            yield text.format(moment=f"{until.astimezone(zone):%Y-%m-%d %H:%M}")
    last = found.runs[0] if found.runs else None
    if last is not None and last.missed:
        yield plan.told(plan.Reason(last.reason), last.missed)
    for each in forecasts:
        yield _forecast_told(each)


def _forecast_told(one: Json) -> str:
    minutes = max(1, round(one["seconds"] / 60))
    text = translate(N_("{account}: {documents} documents, about {minutes} minutes"))
    told = text.format(account=one["account"], documents=one["documents"], minutes=minutes)
    return f"{told} ({one['limit']})" if one["limit"] else told
