"""Calls to Yuki's archive within a session, and what a fault of theirs means for a delivery."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ledgerdesk.connectors import _yuki_faults as faults
from ledgerdesk.connectors._yuki_faults import Meaning
from ledgerdesk.connectors._yuki_line import UPLOAD, Line
from ledgerdesk.connectors._yuki_sign_in import GO_TO, KeptSession, limit_reached
from ledgerdesk.connectors._yuki_soap import Fault
from ledgerdesk.connectors.base import Context
from ledgerdesk.errors import (
    AdministrationRefused,
    Forbidden,
    LedgerDeskError,
    RefusedByPackage,
    ServerTrouble,
    UnreadableAnswer,
)
from ledgerdesk.i18n import N_, translate

if TYPE_CHECKING:
    from lxml import etree


@dataclass(frozen=True, slots=True)
class Dossier:
    """An administration's id, with the domain it is in where the key sees several."""

    domain: str
    administration: str

    @classmethod
    def of(cls, id: str) -> Dossier:
        domain, _, administration = id.rpartition("/")
        return cls(domain, administration)


NOWHERE = Dossier("", "")


class Calls:
    """One access key; used by one thread. Every error is from the tree."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self._line = Line(context)
        self._session = KeptSession(self._line, context)

    @property
    def host(self) -> str:
        return self._line.host

    def sign_in(self) -> None:
        """Raises what opening a session raises; asks nothing while one is kept."""
        with self._session.standing_in():
            pass

    def close(self) -> None:
        self._line.close()

    def call(
        self, operation: str, values: Mapping[str, str], dossier: Dossier = NOWHERE
    ) -> etree._Element | None:
        """The result. A session that was over is opened again, once; an upload that is refused for
        no known reason is tried twice."""
        try:
            return self._once(operation, values, dossier.domain)
        except Fault as fault:
            if not self._deserves_another(fault):
                raise self._told(fault, dossier) from None
        try:
            return self._once(operation, values, dossier.domain)
        except Fault as fault:
            raise self._told(fault, dossier) from None

    def _once(
        self, operation: str, values: Mapping[str, str], domain: str
    ) -> etree._Element | None:
        with self._session.standing_in(domain) as session_id:
            return self._line.ask(operation, {"sessionID": session_id, **values}, domain)

    def _deserves_another(self, fault: Fault) -> bool:
        meaning = faults.meaning(fault.text)
        # A domain whose calls are used up may not even be left: a new session does not stand there.
        stuck = meaning is Meaning.LIMIT and fault.operation == GO_TO and not self._session.is_new
        if meaning is Meaning.SESSION or stuck:
            self._session.is_over()
            return True
        if meaning is not Meaning.OTHER or fault.operation != UPLOAD:
            return False
        try:
            # Cheap, and says whether the session or the document is at fault.
            self._line.ask("GetCurrentDomain", {"sessionID": self._session.used})
        except Fault:
            self._session.is_over()
        return True

    def _told(self, fault: Fault, dossier: Dossier) -> LedgerDeskError:
        host, said = self.host, faults.sentence(fault.text)
        meaning = faults.meaning(fault.text)
        if meaning is Meaning.LIMIT:
            return limit_reached(self.context, host, said, dossier.domain)
        if meaning is Meaning.RIGHTS and not dossier.domain:
            what = translate(N_("to bring documents; tick “Archive” for the access key ({answer})"))
            return Forbidden(host=host, what=what.format(answer=said))
        about = dossier.administration or dossier.domain
        if meaning in (Meaning.RIGHTS, Meaning.INACTIVE, Meaning.ADMINISTRATION):
            if not about:
                return Forbidden(host=host, what=said)
            return AdministrationRefused(host=host, administration=about, answer=said)
        if meaning is Meaning.SESSION:
            return ServerTrouble(host=host, answer=said)
        if fault.operation == UPLOAD:
            return RefusedByPackage(host=host, answer=said)
        return UnreadableAnswer(host=host, answer=said)
