"""Sources: one item that cannot be taken in now, and a run that brings too much at once."""

from __future__ import annotations

from ledgerdesk.errors.base import Disposition, LedgerDeskError, Owner, Scope
from ledgerdesk.i18n import N_


class SourceError(LedgerDeskError):
    code = "source"
    disposition = Disposition.RETRY
    scope = Scope.DELIVERY


class ItemUnreadable(SourceError):
    code = "item_unreadable"
    problem = N_("“{path}” cannot be read.")
    cause = N_("{reason}")
    remedy = N_("Close it elsewhere or correct its permissions; LedgerDesk tries again.")
    owner = Owner.IT


class ItemChanging(SourceError):
    code = "item_changing"
    problem = N_("The file {path} is still being written.")
    remedy = N_("LedgerDesk takes it in once it has come to rest.")


class ItemGone(SourceError):
    code = "item_gone"
    problem = N_("The file {path} is no longer there.")
    cause = N_("It was moved or removed before LedgerDesk could read it.")


class BrakeReached(SourceError):
    """Blocks what a scheduled run would send beyond the brake, until a person says yes."""

    code = "brake_reached"
    problem = N_("More than {limit} new documents for one accounting package in one run.")
    cause = N_("LedgerDesk asks before it sends that many by itself.")
    remedy = N_("Look at them; “Send now” (ledgerdesk sync) sends them.")
    disposition = Disposition.BLOCK
