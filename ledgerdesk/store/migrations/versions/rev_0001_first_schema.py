"""The first schema"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

# As they were then: a revision does not change when the tables of today do.
_TRIGGERS = (
    """CREATE TRIGGER journal_no_update BEFORE UPDATE ON journal
    BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END""",
    """CREATE TRIGGER journal_no_delete BEFORE DELETE ON journal
    BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END""",
    """CREATE TRIGGER journal_personal_no_update BEFORE UPDATE ON journal_personal
    BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END""",
)


def _refers(table: str, to: str, column: str = "") -> sa.ForeignKeyConstraint:
    """``column`` of ``table``, by default ``<to>_id``, holds ids of ``to``."""
    column = column or f"{to}_id"
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}_{to}"))


def upgrade() -> None:
    op.create_table(
        "budget_call",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account", sa.Text(), server_default="", nullable=False),
        sa.Column("scope", sa.Text(), server_default="", nullable=False),
        sa.Column("refused", sa.Boolean(), server_default="0", nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_budget_call")),
    )
    with op.batch_alter_table("budget_call", schema=None) as batch_op:
        batch_op.create_index("ix_budget_call_account", ["account", "at", "refused"], unique=False)
        batch_op.create_index(
            "ix_budget_call_scope", ["account", "scope", "refused", "at"], unique=False
        )
    op.create_table(
        "budget_pause",
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("since", sa.DateTime(), nullable=False),
        sa.Column("until", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("account", "scope", name=op.f("pk_budget_pause")),
    )
    op.create_table(
        "client",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("file_number", sa.Text(), server_default="", nullable=False),
        sa.Column("language", sa.Text(), server_default="", nullable=False),
        sa.Column("share", sa.Boolean(), server_default="0", nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("archived_at", sa.DateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_client")),
    )
    op.create_table(
        "configuration",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("connector_id", sa.Text(), server_default="", nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("removed_at", sa.DateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_configuration")),
    )
    op.create_table(
        "connection",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("connector_id", sa.Text(), server_default="", nullable=False),
        sa.Column("account", sa.Text(), server_default="", nullable=False),
        sa.Column("account_key", sa.Text(), server_default="", nullable=False),
        sa.Column("values", sa.JSON(), server_default="{}", nullable=False),
        sa.Column("host_key", sa.Text(), server_default="", nullable=False),
        sa.Column("ca_pem", sa.Text(), server_default="", nullable=False),
        sa.Column("state", sa.Text(), server_default="untested", nullable=False),
        sa.Column("error", sa.JSON(), server_default="{}", nullable=False),
        sa.Column("verified_at", sa.DateTime(), nullable=True),
        sa.Column("expires_at", sa.DateTime(), nullable=True),
        sa.Column("delivered_at", sa.DateTime(), nullable=True),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("removed_at", sa.DateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_connection")),
    )
    with op.batch_alter_table("connection", schema=None) as batch_op:
        batch_op.create_index(
            "uq_connection_account",
            ["connector_id", "account_key"],
            unique=True,
            sqlite_where=sa.text("removed_at IS NULL"),
            postgresql_where=sa.text("removed_at IS NULL"),
        )

    op.create_table(
        "journal",
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.String(length=32), nullable=False),
        sa.Column("what", sa.Text(), server_default="", nullable=False),
        sa.Column("facts", sa.Text(), server_default="", nullable=False),
        sa.Column("personal_digest", sa.Text(), server_default="", nullable=False),
        sa.Column("prev_hash", sa.Text(), server_default="", nullable=False),
        sa.Column("hash", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_journal")),
    )
    op.create_table(
        "lane_state",
        sa.Column("lane", sa.Text(), nullable=False),
        sa.Column("failures", sa.Integer(), server_default="0", nullable=False),
        sa.Column("open_until", sa.DateTime(), nullable=True),
        sa.PrimaryKeyConstraint("lane", name=op.f("pk_lane_state")),
    )
    op.create_table(
        "mail_account",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("values", sa.JSON(), server_default="{}", nullable=False),
        sa.Column("ca_pem", sa.Text(), server_default="", nullable=False),
        sa.Column("state", sa.Text(), server_default="untested", nullable=False),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mail_account")),
    )
    op.create_table(
        "meta",
        sa.Column("key", sa.String(length=32), nullable=False),
        sa.Column("value", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_meta")),
    )
    op.create_table(
        "run",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("trigger", sa.Text(), server_default="", nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("missed", sa.Integer(), server_default="0", nullable=False),
        sa.Column("configurations", sa.JSON(), nullable=True),
        sa.Column("started_at", sa.DateTime(), nullable=False),
        sa.Column("ended_at", sa.DateTime(), nullable=True),
        sa.Column("result", sa.JSON(), server_default="{}", nullable=False),
        sa.Column("error", sa.JSON(), server_default="{}", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_run")),
    )
    op.create_table(
        "run_request",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("requested_at", sa.DateTime(), nullable=False),
        sa.Column("claimed_at", sa.DateTime(), nullable=True),
        sa.Column("finished_at", sa.DateTime(), nullable=True),
        sa.Column("result", sa.JSON(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_run_request")),
    )
    op.create_table(
        "schedule",
        sa.Column("configuration_id", sa.String(length=32), nullable=False),
        sa.Column("rule", sa.JSON(), server_default="{}", nullable=False),
        sa.Column("since", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("configuration_id", name=op.f("pk_schedule")),
    )
    op.create_table(
        "schedule_slot",
        sa.Column("configuration_id", sa.String(length=32), nullable=False),
        sa.Column("key", sa.String(length=32), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("configuration_id", "key", name=op.f("pk_schedule_slot")),
    )
    op.create_table(
        "secret",
        sa.Column("owner_kind", sa.String(length=32), nullable=False),
        sa.Column("owner_id", sa.String(length=32), nullable=False),
        sa.Column("field", sa.String(length=64), nullable=False),
        sa.Column("key_id", sa.Text(), server_default="", nullable=False),
        sa.Column("nonce", sa.LargeBinary(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("owner_kind", "owner_id", "field", name=op.f("pk_secret")),
    )
    op.create_table(
        "setting",
        sa.Column("key", sa.String(length=32), nullable=False),
        sa.Column("value", sa.JSON(), server_default="{}", nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_setting")),
    )
    op.create_table(
        "client_identifier",
        sa.Column("scheme", sa.String(length=16), nullable=False),
        sa.Column("value", sa.String(length=64), nullable=False),
        sa.Column("client_id", sa.String(length=32), nullable=False),
        sa.Column("position", sa.Integer(), server_default="0", nullable=False),
        _refers("client_identifier", "client"),
        sa.PrimaryKeyConstraint("scheme", "value", name=op.f("pk_client_identifier")),
    )
    with op.batch_alter_table("client_identifier", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_client_identifier_client_id"), ["client_id"], unique=False
        )

    op.create_table(
        "configuration_kind",
        sa.Column("configuration_id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("connection_id", sa.String(length=32), nullable=False),
        sa.Column("format", sa.Text(), server_default="", nullable=False),
        sa.Column("only_this_format", sa.Boolean(), server_default="0", nullable=False),
        sa.Column("administration_id", sa.Text(), server_default="", nullable=False),
        sa.Column("administration_name", sa.Text(), server_default="", nullable=False),
        sa.Column("values", sa.JSON(), server_default="{}", nullable=False),
        sa.Column("tested", sa.Boolean(), server_default="0", nullable=False),
        sa.Column("terms_version", sa.Text(), server_default="", nullable=False),
        sa.Column("terms_accepted_at", sa.DateTime(), nullable=True),
        _refers("configuration_kind", "configuration"),
        _refers("configuration_kind", "connection"),
        sa.PrimaryKeyConstraint("configuration_id", "kind", name=op.f("pk_configuration_kind")),
    )
    op.create_table(
        "journal_personal",
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("salt", sa.Text(), server_default="", nullable=False),
        sa.Column("personal", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(
            ["seq"], ["journal.seq"], name=op.f("fk_journal_personal_seq_journal")
        ),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_journal_personal")),
    )
    op.create_table(
        "link",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("client_id", sa.String(length=32), nullable=False),
        sa.Column("configuration_id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("role", sa.Text(), server_default="main", nullable=False),
        sa.Column("since", sa.Date(), nullable=True),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("administration_id", sa.Text(), server_default="", nullable=False),
        sa.Column("values", sa.JSON(), server_default="{}", nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        _refers("link", "client"),
        _refers("link", "configuration"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_link")),
    )
    with op.batch_alter_table("link", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_link_client_id"), ["client_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_link_configuration_id"), ["configuration_id"], unique=False
        )

    op.create_table(
        "source",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("type", sa.Text(), server_default="", nullable=False),
        sa.Column("path", sa.Text(), server_default="", nullable=False),
        sa.Column("values", sa.JSON(), server_default="{}", nullable=False),
        sa.Column("client_id", sa.String(length=32), nullable=True),
        sa.Column("kind", sa.Text(), server_default="", nullable=False),
        sa.Column("direction", sa.Text(), server_default="", nullable=False),
        sa.Column("pattern", sa.Text(), server_default="", nullable=False),
        sa.Column("preset", sa.Text(), server_default="", nullable=False),
        sa.Column("starting_point", sa.Text(), server_default="all", nullable=False),
        sa.Column("after", sa.Text(), server_default="leave", nullable=False),
        sa.Column("cursor", sa.JSON(), server_default="{}", nullable=False),
        sa.Column("state", sa.Text(), server_default="untested", nullable=False),
        sa.Column("error", sa.JSON(), server_default="{}", nullable=False),
        sa.Column("last_look_at", sa.DateTime(), nullable=True),
        sa.Column("last_document_at", sa.DateTime(), nullable=True),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("removed_at", sa.DateTime(), nullable=True),
        _refers("source", "client"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_source")),
    )
    op.create_table(
        "document",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("path", sa.Text(), server_default="", nullable=False),
        sa.Column("member", sa.Text(), server_default="", nullable=False),
        sa.Column("file_name", sa.Text(), server_default="", nullable=False),
        sa.Column("kind", sa.Text(), server_default="", nullable=False),
        sa.Column("format", sa.Text(), server_default="", nullable=False),
        sa.Column("profile", sa.Text(), server_default="", nullable=False),
        sa.Column("direction", sa.Text(), server_default="", nullable=False),
        sa.Column("number", sa.Text(), server_default="", nullable=False),
        sa.Column("issue_date", sa.Date(), nullable=True),
        sa.Column("supplier", sa.JSON(), server_default="{}", nullable=False),
        sa.Column("customer", sa.JSON(), server_default="{}", nullable=False),
        sa.Column("holder", sa.JSON(), server_default="{}", nullable=False),
        sa.Column("account", sa.Text(), server_default="", nullable=False),
        sa.Column("total", sa.Text(), server_default="", nullable=False),
        sa.Column("currency", sa.Text(), server_default="", nullable=False),
        sa.Column("statements", sa.JSON(), server_default="{}", nullable=False),
        sa.Column("client_id", sa.String(length=32), nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("assigned", sa.Boolean(), server_default="0", nullable=False),
        sa.Column("released", sa.Boolean(), server_default="0", nullable=False),
        sa.Column("hints", sa.JSON(), server_default="{}", nullable=False),
        sa.Column("findings", sa.JSON(), server_default="{}", nullable=False),
        sa.Column("logical_key", sa.Text(), nullable=False),
        sa.Column("content_key", sa.Text(), server_default="", nullable=False),
        sa.Column("duplicate_of", sa.String(length=32), nullable=True),
        sa.Column("source_id", sa.String(length=32), nullable=True),
        sa.Column("taken_in_at", sa.DateTime(), nullable=False),
        sa.Column("searched", sa.Text(), server_default="", nullable=False),
        sa.Column("made_for", sa.Text(), server_default="", nullable=False),
        _refers("document", "client"),
        _refers("document", "document", "duplicate_of"),
        _refers("document", "source"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_document")),
    )
    with op.batch_alter_table("document", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_document_client_id"), ["client_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_document_logical_key"), ["logical_key"], unique=False)
        batch_op.create_index(
            "ix_document_sale",
            ["client_id", "issue_date", "number", "state", "id"],
            unique=False,
            sqlite_where=sa.text("direction = 'sale'"),
            postgresql_where=sa.text("direction = 'sale'"),
        )
        batch_op.create_index("ix_document_searched", ["id", "searched"], unique=False)
        batch_op.create_index(batch_op.f("ix_document_sha256"), ["sha256"], unique=False)
        batch_op.create_index(batch_op.f("ix_document_source_id"), ["source_id"], unique=False)
        batch_op.create_index("ix_document_state", ["state", "id"], unique=False)
        batch_op.create_index(
            "ix_document_statement",
            ["client_id"],
            unique=False,
            sqlite_where=sa.text("kind = 'statement'"),
            postgresql_where=sa.text("kind = 'statement'"),
        )
        batch_op.create_index(
            "ix_document_unmade",
            ["id"],
            unique=False,
            sqlite_where=sa.text("state = 'ready' AND made_for IS NOT client_id"),
            postgresql_where=sa.text("state = 'ready' AND made_for IS NOT client_id"),
        )

    op.create_table(
        "bank_account",
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("currency", sa.String(length=8), nullable=False),
        sa.Column("client_id", sa.String(length=32), nullable=False),
        sa.Column("supplier", sa.Text(), server_default="ledgerdesk", nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("baseline_day", sa.Date(), nullable=True),
        sa.Column("baseline_balance", sa.Text(), server_default="", nullable=False),
        _refers("bank_account", "client"),
        sa.PrimaryKeyConstraint("account", "currency", name=op.f("pk_bank_account")),
    )
    with op.batch_alter_table("bank_account", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_bank_account_client_id"), ["client_id"], unique=False)

    op.create_table(
        "supplier_account",
        sa.Column("number", sa.String(length=64), nullable=False),
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("times", sa.Integer(), server_default="0", nullable=False),
        sa.Column("first_seen_at", sa.DateTime(), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(), nullable=True),
        sa.PrimaryKeyConstraint("number", "account", name=op.f("pk_supplier_account")),
    )
    op.create_table(
        "document_mark",
        sa.Column("mark", sa.String(length=80), nullable=False),
        sa.Column("document_id", sa.String(length=32), nullable=False),
        _refers("document_mark", "document"),
        sa.PrimaryKeyConstraint("mark", "document_id", name=op.f("pk_document_mark")),
    )
    with op.batch_alter_table("document_mark", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_document_mark_document_id"), ["document_id"], unique=False
        )

    op.create_table(
        "source_item",
        sa.Column("source_id", sa.String(length=32), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), server_default="", nullable=False),
        sa.Column("outcome", sa.Text(), server_default="", nullable=False),
        _refers("source_item", "source"),
        sa.PrimaryKeyConstraint("source_id", "key", name=op.f("pk_source_item")),
    )
    op.create_table(
        "sender_rule",
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("client_id", sa.String(length=32), nullable=True),
        sa.Column("kind", sa.Text(), server_default="", nullable=False),
        sa.Column("direction", sa.Text(), server_default="", nullable=False),
        sa.Column("ignored", sa.Boolean(), server_default="0", nullable=False),
        sa.Column("said", sa.Boolean(), server_default="0", nullable=False),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
        _refers("sender_rule", "client"),
        sa.PrimaryKeyConstraint("address", name=op.f("pk_sender_rule")),
    )
    op.create_table(
        "delivery",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("document_id", sa.String(length=32), nullable=False),
        sa.Column("link_id", sa.String(length=32), nullable=False),
        sa.Column("client_id", sa.String(length=32), nullable=False),
        sa.Column("configuration_id", sa.String(length=32), nullable=False),
        sa.Column("connection_id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.Text(), server_default="", nullable=False),
        sa.Column("lane", sa.Text(), server_default="", nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("stage", sa.Text(), server_default="none", nullable=False),
        sa.Column("so_far", sa.Text(), server_default="", nullable=False),
        sa.Column("assurance", sa.Text(), server_default="", nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("next_attempt_at", sa.DateTime(), nullable=True),
        sa.Column("target", sa.JSON(), nullable=True),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("error", sa.JSON(), server_default="{}", nullable=False),
        sa.Column("block_scope", sa.Text(), server_default="", nullable=False),
        sa.Column("warning", sa.Text(), server_default="", nullable=False),
        sa.Column("remote", sa.Text(), server_default="", nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("delivered_at", sa.DateTime(), nullable=True),
        sa.Column("let_through", sa.Boolean(), server_default="0", nullable=False),
        _refers("delivery", "client"),
        _refers("delivery", "configuration"),
        _refers("delivery", "connection"),
        _refers("delivery", "document"),
        _refers("delivery", "link"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery")),
    )
    with op.batch_alter_table("delivery", schema=None) as batch_op:
        batch_op.create_index(
            "ix_delivery_again",
            ["document_id"],
            unique=False,
            sqlite_where=sa.text("reason <> ''"),
            postgresql_where=sa.text("reason <> ''"),
        )
        batch_op.create_index(batch_op.f("ix_delivery_client_id"), ["client_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_delivery_configuration_id"),
            ["configuration_id"],
            unique=False,
        )
        batch_op.create_index(batch_op.f("ix_delivery_link_id"), ["link_id"], unique=False)
        batch_op.create_index(
            "ix_delivery_open",
            ["lane", "id"],
            unique=False,
            sqlite_where=sa.text("state IN ('queued', 'retrying', 'sending')"),
            postgresql_where=sa.text("state IN ('queued', 'retrying', 'sending')"),
        )
        batch_op.create_index("ix_delivery_state", ["state", "id", "document_id"], unique=False)
        batch_op.create_index(
            "uq_delivery_document_link",
            ["document_id", "link_id"],
            unique=True,
            sqlite_where=sa.text("reason = ''"),
            postgresql_where=sa.text("reason = ''"),
        )

    op.create_table(
        "attempt",
        sa.Column("delivery_id", sa.String(length=32), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("started_at", sa.DateTime(), nullable=False),
        sa.Column("ended_at", sa.DateTime(), nullable=True),
        sa.Column("outcome", sa.Text(), server_default="", nullable=False),
        sa.Column("detail", sa.JSON(), server_default="{}", nullable=False),
        _refers("attempt", "delivery"),
        sa.PrimaryKeyConstraint("delivery_id", "number", name=op.f("pk_attempt")),
    )
    op.create_table(
        "confirmation",
        sa.Column("delivery_id", sa.String(length=32), nullable=False),
        sa.Column("lane", sa.Text(), server_default="", nullable=False),
        sa.Column("until", sa.DateTime(), nullable=False),
        sa.Column("asked_at", sa.DateTime(), nullable=True),
        _refers("confirmation", "delivery"),
        sa.PrimaryKeyConstraint("delivery_id", name=op.f("pk_confirmation")),
    )
    with op.batch_alter_table("confirmation", schema=None) as batch_op:
        batch_op.create_index(
            "ix_confirmation_lane", ["lane", "asked_at", "delivery_id"], unique=False
        )

    op.create_table(
        "receipt",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("delivery_id", sa.String(length=32), nullable=False),
        sa.Column("assurance", sa.Text(), server_default="", nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("evidence", sa.JSON(), server_default="{}", nullable=False),
        _refers("receipt", "delivery"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_receipt")),
    )
    with op.batch_alter_table("receipt", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_receipt_delivery_id"), ["delivery_id"], unique=False)
    for trigger in _TRIGGERS:
        op.execute(trigger)
