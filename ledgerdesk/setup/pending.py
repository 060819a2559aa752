"""Sign-ins in the browser that are not finished: sealed, so that another process can finish them.

Each is found by the state that its answer carries, and by nothing else.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from datetime import datetime

import sqlalchemy as sa

from ledgerdesk.connectors.base import Connector
from ledgerdesk.errors import KeyMissing, SecretMissing, SignInTimedOut, StateMismatch
from ledgerdesk.log import register_secret
from ledgerdesk.net.oauth import Begun, state_in
from ledgerdesk.setup.answers import Answers
from ledgerdesk.setup.browser import BrowserSignIn, Fresh
from ledgerdesk.setup.services import Services
from ledgerdesk.setup.sign_in import prepare_vault
from ledgerdesk.store import tables as t
from ledgerdesk.vault import Owner

_KIND = "pending sign-in"
_FIELD = "begun"


@dataclass(frozen=True, slots=True)
class _Pending:
    connector: str
    client_id: str
    begun: Begun


def keep(services: Services, connector: Connector, sign_in: BrowserSignIn) -> None:
    """Until it expires. Those that did are forgotten. Raises KeyringUnusable."""
    prepare_vault(services)
    over = [owner for owner in _owners(services) if _is_over(services, owner)]
    begun = sign_in.begun
    pending = _Pending(connector.id, sign_in.client_id, begun)

    def work(c: sa.Connection) -> None:
        for owner in over:
            services.vault.forget(c, owner)
        services.vault.seal(c, _owner(begun.state), {_FIELD: _sealed(pending)})

    services.books.write(work)


def finish(
    services: Services,
    connector: Connector,
    answers: Answers,
    redirect_url: str,
    *,
    ca_pem: str = "",
) -> Fresh:
    """Finishes the sign-in that ``redirect_url`` answers, whoever began it.

    Raises StateMismatch when there is none, or when it was begun for another integration or
    registration; SignInTimedOut when it is too old; what BrowserSignIn.finish raises.
    """
    state = state_in(redirect_url)
    pending = _read(services, _owner(state)) if state else None
    if pending is None:
        raise StateMismatch()
    sign_in = BrowserSignIn(services, connector, answers, begun=pending.begun, ca_pem=ca_pem)
    if (pending.connector, pending.client_id) != (connector.id, sign_in.client_id):
        raise StateMismatch()
    if sign_in.is_over:
        raise SignInTimedOut()
    try:
        return sign_in.finish(redirect_url)
    finally:
        if sign_in.is_over:
            forget(services, pending.begun)


def forget(services: Services, begun: Begun) -> None:
    """It is finished, one way or the other: its answer is worth nothing any more."""
    services.books.write(lambda c: services.vault.forget(c, _owner(begun.state)))


def _owner(state: str) -> Owner:
    return Owner(_KIND, hashlib.sha256(state.encode()).hexdigest()[:32])


def _owners(services: Services) -> list[Owner]:
    query = sa.select(t.secret.c.owner_id).where(t.secret.c.owner_kind == _KIND)
    with services.books.read() as c:
        return [Owner(_KIND, id) for id in c.execute(query).scalars()]


def _is_over(services: Services, owner: Owner) -> bool:
    try:
        pending = _read(services, owner)
    except (KeyMissing, SecretMissing):
        return True
    return pending is None or pending.begun.expires_at <= services.clock.now()


def _read(services: Services, owner: Owner) -> _Pending | None:
    sealed = services.vault.open(owner).get(_FIELD)
    if sealed is None:
        return None
    kept = json.loads(sealed)
    begun = kept["begun"]
    register_secret(begun["verifier"])
    expires_at = datetime.fromisoformat(begun.pop("expires_at"))
    return _Pending(kept["connector"], kept["client_id"], Begun(**begun, expires_at=expires_at))


def _sealed(pending: _Pending) -> str:
    register_secret(pending.begun.verifier)
    return json.dumps(asdict(pending), default=datetime.isoformat)
