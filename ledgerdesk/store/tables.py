"""The tables of the books. Portable types only; times are UTC; JSON holds what is never searched.

A change here needs a migration: the test that migrates an old database compares it with this.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

HEAD = "0001"
"""The newest migration; Alembic is imported only when a database is not at it."""

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class UtcDateTime(sa.types.TypeDecorator[datetime]):
    """Aware UTC in Python, naive UTC in the database (SQLite drops the zone)."""

    impl = sa.DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        return None if value is None else value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: Any, dialect: sa.Dialect) -> datetime | None:
        return None if value is None else value.replace(tzinfo=UTC)


def _id(name: str = "id") -> sa.Column[str]:
    return sa.Column(name, sa.String(32), primary_key=True)


def _text(name: str, default: str = "") -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=False, default=default, server_default=default)


def _json(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.JSON, nullable=False, default=dict, server_default="{}")


def _ref(target: str, **options: Any) -> sa.Column[Any]:
    table = target.split(".")[0]
    return sa.Column(f"{table}_id", sa.String(32), sa.ForeignKey(target), **options)


meta = sa.Table("meta", metadata, _id("key"), _text("value"))

setting = sa.Table("setting", metadata, _id("key"), _json("value"))

mail_account = sa.Table(
    "mail_account",
    metadata,
    _id(),
    _json("values"),
    _text("ca_pem"),
    _text("state", "untested"),
    sa.Column("changed_at", UtcDateTime, nullable=False),
)

connection = sa.Table(
    "connection",
    metadata,
    _id(),
    _text("connector_id"),
    _text("account"),
    _text("account_key"),
    _json("values"),
    _text("host_key"),
    _text("ca_pem"),
    _text("state", "untested"),
    _json("error"),
    sa.Column("verified_at", UtcDateTime),
    sa.Column("expires_at", UtcDateTime),
    # When a document last arrived through it.
    sa.Column("delivered_at", UtcDateTime),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("removed_at", UtcDateTime),
    sa.Index(
        "uq_connection_account",
        "connector_id",
        "account_key",
        unique=True,
        sqlite_where=sa.text("removed_at IS NULL"),
    ),
)

configuration = sa.Table(
    "configuration",
    metadata,
    _id(),
    _text("name"),
    _text("connector_id"),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("removed_at", UtcDateTime),
)

configuration_kind = sa.Table(
    "configuration_kind",
    metadata,
    sa.Column("configuration_id", sa.ForeignKey("configuration.id"), primary_key=True),
    sa.Column("kind", sa.String(16), primary_key=True),
    _ref("connection.id", nullable=False),
    _text("format"),
    sa.Column("only_this_format", sa.Boolean, nullable=False, default=False, server_default="0"),
    _text("administration_id"),
    _text("administration_name"),
    _json("values"),
    sa.Column("tested", sa.Boolean, nullable=False, default=False, server_default="0"),
    _text("terms_version"),
    sa.Column("terms_accepted_at", UtcDateTime),
)

client = sa.Table(
    "client",
    metadata,
    _id(),
    _text("name"),
    _text("file_number"),
    _text("language"),
    sa.Column("share", sa.Boolean, nullable=False, default=False, server_default="0"),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("archived_at", UtcDateTime),
)

client_identifier = sa.Table(
    "client_identifier",
    metadata,
    sa.Column("scheme", sa.String(16), primary_key=True),
    sa.Column("value", sa.String(64), primary_key=True),
    _ref("client.id", nullable=False, index=True),
    sa.Column("position", sa.Integer, nullable=False, default=0, server_default="0"),
)

link = sa.Table(
    "link",
    metadata,
    _id(),
    _ref("client.id", nullable=False, index=True),
    _ref("configuration.id", nullable=False, index=True),
    sa.Column("kind", sa.String(16), nullable=False),
    _text("role", "main"),
    sa.Column("since", sa.Date),
    sa.Column("until", sa.Date),
    _text("administration_id"),
    _json("values"),
    sa.Column("created_at", UtcDateTime, nullable=False),
)

source = sa.Table(
    "source",
    metadata,
    _id(),
    _text("type"),
    _text("path"),
    _json("values"),
    _ref("client.id"),
    _text("kind"),
    _text("direction"),
    _text("pattern"),
    _text("preset"),
    _text("starting_point", "all"),
    _text("after", "leave"),
    _json("cursor"),
    _text("state", "untested"),
    _json("error"),
    sa.Column("last_look_at", UtcDateTime),
    sa.Column("last_document_at", UtcDateTime),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("removed_at", UtcDateTime),
)

source_item = sa.Table(
    "source_item",
    metadata,
    sa.Column("source_id", sa.ForeignKey("source.id"), primary_key=True),
    sa.Column("key", sa.Text, primary_key=True),
    _text("version"),
    _text("outcome"),
)

# Whose the documents are that somebody mails: a person's rule, or what was learnt.
sender_rule = sa.Table(
    "sender_rule",
    metadata,
    sa.Column("address", sa.Text, primary_key=True),
    _ref("client.id"),
    _text("kind"),
    _text("direction"),
    sa.Column("ignored", sa.Boolean, nullable=False, default=False, server_default="0"),
    sa.Column("said", sa.Boolean, nullable=False, default=False, server_default="0"),
    sa.Column("changed_at", UtcDateTime, nullable=False),
)

document = sa.Table(
    "document",
    metadata,
    _id(),
    sa.Column("sha256", sa.String(64), nullable=False, index=True),
    sa.Column("size", sa.Integer, nullable=False),
    _text("path"),
    _text("member"),
    _text("file_name"),
    _text("kind"),
    _text("format"),
    _text("profile"),
    _text("direction"),
    _text("number"),
    sa.Column("issue_date", sa.Date),
    _json("supplier"),
    _json("customer"),
    _json("holder"),
    _text("account"),
    _text("total"),
    _text("currency"),
    _json("statements"),
    sa.Column("client_id", sa.ForeignKey("client.id"), index=True),
    sa.Column("state", sa.String(16), nullable=False),
    _text("reason"),
    sa.Column("assigned", sa.Boolean, nullable=False, default=False, server_default="0"),
    sa.Column("released", sa.Boolean, nullable=False, default=False, server_default="0"),
    _json("hints"),
    _json("findings"),
    sa.Column("logical_key", sa.Text, nullable=False, default="", index=True),
    _text("content_key"),
    sa.Column("duplicate_of", sa.ForeignKey("document.id")),
    sa.Column("source_id", sa.ForeignKey("source.id"), index=True),
    sa.Column("taken_in_at", UtcDateTime, nullable=False),
    # What a search looks in, without case; read out of its index, which grows at its end.
    _text("searched"),
    sa.Index("ix_document_searched", "id", "searched"),
    sa.Index("ix_document_state", "state", "id"),
    # What the gap radar asks for, out of very many.
    sa.Index("ix_document_statement", "client_id", sqlite_where=sa.text("kind = 'statement'")),
    sa.Index(
        "ix_document_sale",
        *("client_id", "issue_date", "number", "state", "id"),
        sqlite_where=sa.text("direction = 'sale'"),
    ),
    # The client it had when deliveries were last made of it: few are ready, and not made yet.
    _text("made_for"),
    sa.Index(
        "ix_document_unmade",
        "id",
        sqlite_where=sa.text("state = 'ready' AND made_for IS NOT client_id"),
    ),
)

# Who brings an account's statements, and from which balance on they must be whole.
bank_account = sa.Table(
    "bank_account",
    metadata,
    sa.Column("account", sa.String(64), primary_key=True),
    sa.Column("currency", sa.String(8), primary_key=True),
    _ref("client.id", nullable=False, index=True),
    _text("supplier", "ledgerdesk"),
    sa.Column("ended_on", sa.Date),
    sa.Column("baseline_day", sa.Date),
    _text("baseline_balance"),
)

# The accounts that suppliers asked to be paid on, at any client.
supplier_account = sa.Table(
    "supplier_account",
    metadata,
    sa.Column("number", sa.String(64), primary_key=True),
    sa.Column("account", sa.String(64), primary_key=True),
    sa.Column("times", sa.Integer, nullable=False, default=0, server_default="0"),
    sa.Column("first_seen_at", UtcDateTime, nullable=False),
    sa.Column("last_seen_at", UtcDateTime, nullable=False),
    sa.Column("confirmed_at", UtcDateTime),
)

# The PDFs that invoices carry inside them, and where invoices and PDFs lie side by side.
document_mark = sa.Table(
    "document_mark",
    metadata,
    sa.Column("mark", sa.String(80), primary_key=True),
    _ref("document.id", primary_key=True, index=True),
)

delivery = sa.Table(
    "delivery",
    metadata,
    _id(),
    _ref("document.id", nullable=False),
    _ref("link.id", nullable=False, index=True),
    _ref("client.id", nullable=False, index=True),
    _ref("configuration.id", nullable=False, index=True),
    _ref("connection.id", nullable=False),
    _text("kind"),
    _text("lane"),
    sa.Column("state", sa.String(16), nullable=False),
    _text("stage", "none"),
    _text("so_far"),
    _text("assurance"),
    sa.Column("attempts", sa.Integer, nullable=False, default=0, server_default="0"),
    sa.Column("next_attempt_at", UtcDateTime),
    sa.Column("target", sa.JSON),
    _text("reason"),
    _json("error"),
    _text("block_scope"),
    _text("warning"),
    _text("remote"),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("delivered_at", UtcDateTime),
    # A person said yes: the brake of scheduled runs counts it no more.
    sa.Column("let_through", sa.Boolean, nullable=False, default=False, server_default="0"),
    sa.Index(
        "ix_delivery_open",
        "lane",
        "id",
        sqlite_where=sa.text("state IN ('queued', 'retrying', 'sending')"),
    ),
    sa.Index("ix_delivery_state", "state", "id", "document_id"),
    sa.Index("ix_delivery_again", "document_id", sqlite_where=sa.text("reason <> ''")),
    sa.Index(
        "uq_delivery_document_link",
        "document_id",
        "link_id",
        unique=True,
        sqlite_where=sa.text("reason = ''"),
    ),
)

attempt = sa.Table(
    "attempt",
    metadata,
    _ref("delivery.id", primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("started_at", UtcDateTime, nullable=False),
    sa.Column("ended_at", UtcDateTime),
    _text("outcome"),
    _json("detail"),
)

receipt = sa.Table(
    "receipt",
    metadata,
    _id(),
    _ref("delivery.id", nullable=False, index=True),
    _text("assurance"),
    sa.Column("at", UtcDateTime, nullable=False),
    _json("evidence"),
)

lane_state = sa.Table(
    "lane_state",
    metadata,
    sa.Column("lane", sa.Text, primary_key=True),
    sa.Column("failures", sa.Integer, nullable=False, default=0, server_default="0"),
    sa.Column("open_until", UtcDateTime),
)

# Each call at a vendor that counts them, and each answer it holds against the account.
budget_call = sa.Table(
    "budget_call",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    _text("account"),
    _text("scope"),
    sa.Column("refused", sa.Boolean, nullable=False, default=False, server_default="0"),
    sa.Column("at", UtcDateTime, nullable=False),
    sa.Index("ix_budget_call_account", "account", "at", "refused"),
    sa.Index("ix_budget_call_scope", "account", "scope", "refused", "at"),
)

budget_pause = sa.Table(
    "budget_pause",
    metadata,
    sa.Column("account", sa.Text, primary_key=True),
    sa.Column("scope", sa.Text, primary_key=True),
    sa.Column("since", UtcDateTime, nullable=False),
    sa.Column("until", UtcDateTime, nullable=False),
)

# Delivered, and the destination can still be asked what became of it: few of very many.
confirmation = sa.Table(
    "confirmation",
    metadata,
    _ref("delivery.id", primary_key=True),
    _text("lane"),
    sa.Column("until", UtcDateTime, nullable=False),
    sa.Column("asked_at", UtcDateTime),
    sa.Index("ix_confirmation_lane", "lane", "asked_at", "delivery_id"),
)

# "" is the overall rule; an accounting package without a row follows it.
schedule = sa.Table(
    "schedule",
    metadata,
    sa.Column("configuration_id", sa.String(32), primary_key=True),
    _json("rule"),
    sa.Column("since", UtcDateTime, nullable=False),
)

# Which planned moments ran: a slot is known by its key for ever, so none runs twice.
schedule_slot = sa.Table(
    "schedule_slot",
    metadata,
    sa.Column("configuration_id", sa.String(32), primary_key=True),
    sa.Column("key", sa.String(32), primary_key=True),
    sa.Column("at", UtcDateTime, nullable=False),
)

# Runs that were made, by whom or what, and what they brought.
run = sa.Table(
    "run",
    metadata,
    _id(),
    _text("trigger"),
    _text("reason"),
    sa.Column("missed", sa.Integer, nullable=False, default=0, server_default="0"),
    sa.Column("configurations", sa.JSON),
    sa.Column("started_at", UtcDateTime, nullable=False),
    sa.Column("ended_at", UtcDateTime),
    _json("result"),
    _json("error"),
)

run_request = sa.Table(
    "run_request",
    metadata,
    _id(),
    sa.Column("requested_at", UtcDateTime, nullable=False),
    sa.Column("claimed_at", UtcDateTime),
    sa.Column("finished_at", UtcDateTime),
    sa.Column("result", sa.JSON),
)

secret = sa.Table(
    "secret",
    metadata,
    sa.Column("owner_kind", sa.String(32), primary_key=True),
    sa.Column("owner_id", sa.String(32), primary_key=True),
    sa.Column("field", sa.String(64), primary_key=True),
    _text("key_id"),
    sa.Column("nonce", sa.LargeBinary, nullable=False),
    sa.Column("sealed", sa.LargeBinary, nullable=False),
)

journal = sa.Table(
    "journal",
    metadata,
    sa.Column("seq", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("at", sa.String(32), nullable=False),
    _text("what"),
    _text("facts"),
    _text("personal_digest"),
    _text("prev_hash"),
    _text("hash"),
)

journal_personal = sa.Table(
    "journal_personal",
    metadata,
    sa.Column("seq", sa.ForeignKey("journal.seq"), primary_key=True, autoincrement=False),
    _text("salt"),
    _text("personal"),
)

TRIGGERS = (
    """CREATE TRIGGER journal_no_update BEFORE UPDATE ON journal
    BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END""",
    """CREATE TRIGGER journal_no_delete BEFORE DELETE ON journal
    BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END""",
    """CREATE TRIGGER journal_personal_no_update BEFORE UPDATE ON journal_personal
    BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END""",
)
"""The journal is append-only; its personal part may be erased, never changed."""
