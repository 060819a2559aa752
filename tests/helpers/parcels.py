"""What a connector is handed, without the rest of the product: parcels, contexts, naming."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ledgerdesk.connectors.base import Connector, Context, TargetRequest
from ledgerdesk.errors import Cancelled
from ledgerdesk.model import (
    Direction,
    DocumentFormat,
    DocumentKind,
    Parcel,
    Stage,
    SystemClock,
)
from ledgerdesk.net.sockets import Sockets

INVOICE = b"<Invoice>" + bytes(range(256)) * 8 + b"</Invoice>"
DELIVERY = "0190c0de-0000-7000-8000-00000badcafe"


@dataclass
class RecordingStages:
    """``then`` runs once the stage is kept: the moment in which tests break things."""

    seen: list[tuple[str, Stage]] = field(default_factory=list)
    then: Callable[[], Any] = lambda: None
    so_far: str = ""

    def reached(self, delivery_id: str, stage: Stage, so_far: str = "") -> None:
        self.seen.append((delivery_id, stage))
        self.so_far = so_far or self.so_far
        self.then()


@dataclass
class CancelAfter:
    """A person stops the work at the n-th question whether to go on."""

    questions: int

    def raise_if_cancelled(self) -> None:
        self.questions -= 1
        if self.questions < 0:
            raise Cancelled()


@dataclass
class PlainNaming:
    values: Mapping[str, str] = field(default_factory=dict)
    name: str = "2026-03-31_F-1_0badcafe.xml"

    def path(self, template: str) -> str:
        return re.sub(r"\[(\w+)\]", lambda match: self.values[match.group(1)], template)

    def text(self, template: str) -> str:
        return self.path(template)

    def file_name(self) -> str:
        return self.name


def make_context(
    values: Mapping[str, str], secrets: Mapping[str, str] | None = None, **more: Any
) -> Context:
    more.setdefault("stages", RecordingStages())
    more.setdefault("network", Sockets(loopback_only=True))
    return Context(values=values, secrets=secrets or {}, clock=SystemClock(), **more)


def make_parcel(
    connector: Connector,
    values: Mapping[str, str],
    body: bytes = INVOICE,
    naming: PlainNaming | None = None,
    stage: Stage = Stage.SENDING,
    delivery_id: str = DELIVERY,
) -> Parcel:
    target = connector.target(
        TargetRequest(
            values,
            naming or PlainNaming(),
            DocumentKind.INVOICE,
            Direction.PURCHASE,
            "Bakkerij De Smet",
            delivery_id,
            SystemClock().now(),
        )
    )
    return Parcel(
        delivery_id=delivery_id,
        attempt=1,
        kind=DocumentKind.INVOICE,
        direction=Direction.PURCHASE,
        format=DocumentFormat.UBL,
        file_name="invoice.xml",
        size=len(body),
        sha256=hashlib.sha256(body).hexdigest(),
        target=target,
        administration_id="",
        values=values,
        stage=stage,
        open=lambda: body,
    )


def files(folder: Path) -> dict[str, bytes]:
    """Everything below ``folder``, also hidden: path → content."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
