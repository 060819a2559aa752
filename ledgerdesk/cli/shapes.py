"""How the words of the model look in JSON. What is absent is null, an amount is a string."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from ledgerdesk.connectors.base import Connector
from ledgerdesk.errors import from_record
from ledgerdesk.i18n import translate
from ledgerdesk.model import (
    Administration,
    Check,
    Client,
    Configuration,
    Connection,
    Delivery,
    Document,
    Facts,
    Finding,
    KindSetup,
    Link,
    MailAccount,
    Party,
    Profile,
    Receipt,
    Source,
)
from ledgerdesk.setup.fields import Field

if TYPE_CHECKING:
    from ledgerdesk.delivery.desk import Shown
    from ledgerdesk.setup.profiles import KeptProfile

Json = dict[str, Any]


def moment(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat(timespec="seconds").replace("+00:00", "Z")


def error(record: Mapping[str, Any]) -> Json | None:
    told = from_record(record)
    return None if told is None else {"code": told.code, "text": told.text, "owner": told.owner}


# --- what can be set up -----------------------------------------------------------------------


def connector(one: Connector) -> Json:
    return {
        "id": one.id,
        "label": translate(one.label),
        "document_kinds": list(one.document_kinds),
        "formats": {kind: [form.id for form in forms] for kind, forms in one.formats.items()},
        "fields": [field(each) for each in one.fields],
        "authorization": one.authorization,
        "administrations": one.has_administrations,
        "delivery_class": one.delivery_class,
        "standing": one.standing,
        "help": translate(one.help),
    }


def field(one: Field) -> Json:
    return {
        "name": one.name,
        "label": translate(one.label),
        "kind": one.kind,
        "required": one.required,
        "secret": one.secret,
        "default": one.default or None,
        "scope": one.scope,
        "choices": [{"id": each.id, "label": translate(each.label)} for each in one.choices],
        "visible_when": {name: list(values) for name, values in one.visible_when.items()},
        "help": translate(one.help),
    }


def profile(one: KeptProfile) -> Json:
    return {
        "id": one.id,
        "title": one.title,
        "standing": one.standing,
        "complete": one.complete,
        "missing": list(one.missing),
        "own": one.is_own,
        "error": None if one.error is None else one.error.text(),
    }


# --- what the firm set up -----------------------------------------------------------------------


def configuration(one: Configuration) -> Json:
    kinds = {kind: kind_setup(setup) for kind, setup in one.kinds.items()}
    ids = list(dict.fromkeys(setup.connection_id for setup in one.kinds.values()))
    return {
        "id": one.id,
        "name": one.name,
        "connector_id": one.connector_id,
        "connection_id": ids[0] if ids else None,
        "kinds": kinds,
    }


def kind_setup(one: KindSetup) -> Json:
    return {
        "connection_id": one.connection_id,
        "format": one.format,
        "only_this_format": one.only_this_format,
        "administration_id": one.administration_id or None,
        "administration_name": one.administration_name or None,
        "values": dict(one.values),
        "tested": one.tested,
        "terms_accepted_at": moment(one.terms_accepted_at),
    }


def check(one: Check) -> Json:
    return {"name": translate(one.name), "ok": one.ok, "detail": translate(one.detail)}


def connection(one: Connection) -> Json:
    return {
        "id": one.id,
        "connector_id": one.connector_id,
        "account": one.account,
        "state": one.state,
        "verified_at": moment(one.verified_at),
        "expires_at": moment(one.expires_at),
        "host_key": one.host_key or None,
        "values": dict(one.values),
        "error": error(one.error),
    }


def mail_account(one: MailAccount | None) -> Json | None:
    if one is None:
        return None
    return {
        **one.values,
        "state": one.state,
        "ca_file": bool(one.ca_pem),
        "changed_at": moment(one.changed_at),
    }


def administration(one: Administration) -> Json:
    return {
        "id": one.id,
        "name": one.name,
        "vat_number": one.vat_number or None,
        "active": one.active,
    }


def client(one: Client) -> Json:
    return {
        "id": one.id,
        "name": one.name,
        "vat": list(one.company_numbers),
        "iban": list(one.ibans),
        "file_number": one.file_number or None,
        "language": one.language or None,
        "share": one.share,
        "archived_at": moment(one.archived_at),
    }


def link(one: Link) -> Json:
    return {
        "id": one.id,
        "client_id": one.client_id,
        "configuration_id": one.configuration_id,
        "kind": one.kind,
        "role": one.role,
        "since": one.since,
        "until": one.until,
        "administration_id": one.administration_id or None,
        "values": dict(one.values),
    }


def source(one: Source, waiting: int) -> Json:
    return {
        "id": one.id,
        "type": one.type,
        "path": one.path,
        "state": one.state,
        "last_look_at": moment(one.last_look_at),
        "last_document_at": moment(one.last_document_at),
        "waiting": waiting,
        "client_id": one.client_id or None,
        "kind": one.kind or None,
        "direction": one.direction or None,
        "pattern": one.pattern or None,
        "preset": one.preset or None,
        "from": one.starting_point,
        "after": one.after,
        "error": error(one.error),
    }


# --- documents and deliveries -------------------------------------------------------------------


def party(one: Party) -> Json:
    return {"name": one.name or None, "identifier": one.identifier or None}


def finding(one: Finding) -> Json:
    text = translate(one.text).format_map(_Shown(one.params))
    return {"rule": one.rule, "severity": one.severity, "text": text}


class _Shown(dict[str, str]):
    """A parameter that is missing must not hide the finding."""

    def __missing__(self, key: str) -> str:
        return "?"


def document(one: Document) -> Json:
    return {
        "id": one.id or None,
        "path": one.path,
        "member": one.member or None,
        "sha256": one.sha256,
        **facts(one.facts),
        "direction": one.direction,
        "client_id": one.client_id or None,
        "state": one.state,
        "reason": one.reason or None,
        "findings": [finding(each) for each in one.findings],
        "duplicate_of": one.duplicate_of or None,
        "taken_in_at": moment(one.taken_in_at),
    }


def facts(one: Facts) -> Json:
    return {
        "kind": one.kind,
        "format": one.format,
        "profile": one.profile,
        "verified": None if one.verified is Profile.NONE else one.verified,
        "number": one.number or None,
        "issue_date": one.issue_date,
        "supplier": party(one.supplier),
        "customer": party(one.customer),
        "account": one.account or None,
        "total": None if one.total is None else f"{one.total:f}",
        "currency": one.currency or None,
    }


def delivery(one: Delivery, receipt: Receipt | None) -> Json:
    return {
        "id": one.id,
        "document_id": one.document_id,
        "client_id": one.client_id,
        "configuration_id": one.configuration_id,
        "state": one.state,
        "assurance": one.assurance or None,
        "attempts": one.attempts,
        "next_attempt_at": moment(one.next_attempt_at),
        "remote": one.remote or None,
        "error": error(one.error),
        "receipt": None if receipt is None else receipt_shape(receipt),
        "kind": one.kind,
        "warning": one.warning or None,
        "reason": one.reason or None,
        "created_at": moment(one.created_at),
        "delivered_at": moment(one.delivered_at),
    }


def whole_delivery(one: Shown) -> Json:
    """With every proof, and until when the destination is asked what became of it."""
    kept = one.confirmation
    asked = None
    if kept is not None:
        asked = {"until": moment(kept.until), "asked_at": moment(kept.asked_at)}
    return {
        **delivery(one.delivery, one.receipt),
        "receipts": [receipt_shape(each) for each in one.receipts],
        "confirmation": asked,
    }


def receipt_shape(one: Receipt) -> Json:
    return {
        "id": one.id,
        "assurance": one.assurance,
        "at": moment(one.at),
        "evidence": dict(one.evidence),
    }


def paged(rows: Sequence[Any], limit: int) -> tuple[Sequence[Any], bool]:
    """The rows to show, and whether there are further ones, of a query for one row more."""
    return rows[:limit], len(rows) > limit
