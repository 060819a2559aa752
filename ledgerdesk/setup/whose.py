"""Whose a sign-in by form is where its fields do not say: signed in once, and asked.

A key of a vendor is one of many for an account, and is replaced by another one some day: it is the
account that stays the same.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from ledgerdesk.connectors.base import Connector
from ledgerdesk.model import Connection, Tokens, Whose
from ledgerdesk.setup.answers import Answers
from ledgerdesk.setup.contexts import context_for
from ledgerdesk.setup.services import Services
from ledgerdesk.setup.tokens import HeldTokens
from ledgerdesk.store.ids import new_id

_UNASKED = "?"


def asked(
    services: Services, connector: Connector, answers: Answers, ca_pem: str = ""
) -> tuple[Whose, HeldTokens | None]:
    """The account, and the session it was asked through, where the connector keeps one.

    Raises what signing in raises.
    """
    nobody = Connection(
        new_id(), connector.id, "", "", dict(answers.sign_in), services.clock.now(), ca_pem=ca_pem
    )
    caught = _Caught()
    context = context_for(
        connector, nobody, answers.values, answers.secrets, services.doors, tokens=caught
    )
    with connector.open(context) as session:
        whose = session.whose()
    tokens = caught.read()
    return whose, None if tokens is None else HeldTokens(tokens)


def unasked(connector: Connector, answers: Answers) -> Whose:
    """Until it can be asked: the same secrets are the same account, others are another one."""
    name = connector.account_key(answers.values)
    secrets = "\n".join(value for _, value in sorted(answers.sign_in_secrets.items()))
    mark = hashlib.sha256(secrets.encode()).hexdigest()[:12]
    return Whose(name, f"{name}{_UNASKED}{mark}")


def is_unasked(connection: Connection) -> bool:
    return _UNASKED in connection.account_key


class _Caught:
    """Implements model.TokenKeeper for the first session of an account: there is none before."""

    def __init__(self) -> None:
        self._tokens: Tokens | None = None
        self._lock = threading.Lock()

    def read(self) -> Tokens | None:
        return self._tokens

    @contextmanager
    def locked(self) -> Iterator[None]:
        with self._lock:
            yield

    def save(self, tokens: Tokens) -> None:
        self._tokens = tokens
