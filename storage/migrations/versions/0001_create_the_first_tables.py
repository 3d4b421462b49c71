"""Create the first tables"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from storage.migrations.append_only import protect_history

revision: str = "0001"
down_revision: str | None = None
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "envelopes",
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_envelopes")),
    )
    op.create_table(
        "partners",
        sa.Column("id", ROW_ID, autoincrement=True, nullable=False),
        sa.Column("slug", sa.String(length=80), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("timezone", sa.String(length=80), nullable=False),
        sa.Column("channel", sa.String(length=40), nullable=False),
        sa.Column("admins", sa.JSON(), nullable=False),
        sa.Column("viewers", sa.JSON(), nullable=False),
        sa.Column("contact", sa.Text(), server_default="", nullable=False),
        sa.Column("sync_cron", sa.String(length=120), nullable=True),
        sa.Column("pause_windows", sa.JSON(), nullable=False),
        sa.Column("breaker", sa.JSON(), nullable=False),
        sa.Column("source", sa.JSON(), nullable=False),
        sa.Column("roster_version", sa.Integer(), server_default="0", nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("retired_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_partners")),
        sa.UniqueConstraint("channel", name=op.f("uq_partners_channel")),
        sa.UniqueConstraint("slug", name=op.f("uq_partners_slug")),
    )
    op.create_table(
        "replicas",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("beat_at", MOMENT, nullable=False),
        sa.Column("url", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_replicas")),
    )
    op.create_table(
        "accounts",
        sa.Column("id", ROW_ID, autoincrement=True, nullable=False),
        sa.Column("partner_id", ROW_ID, nullable=False),
        sa.Column("source_id", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("email_folded", sa.Text(), nullable=False),
        sa.Column("given_name", sa.Text(), nullable=False),
        sa.Column("family_name", sa.Text(), nullable=False),
        sa.Column("manual", sa.Boolean(), nullable=False),
        sa.Column("claimed", sa.Boolean(), nullable=False),
        sa.Column("fingerprint", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["partner_id"], ["partners.id"], name=op.f("fk_accounts_partner_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accounts")),
        sa.UniqueConstraint(
            "partner_id", "source_id", name=op.f("uq_accounts_partner_id_source_id")
        ),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_accounts_left",
        "accounts",
        ["partner_id"],
        unique=False,
        sqlite_where=sa.text("claimed = 0 AND manual = 0"),
        postgresql_where=sa.text("NOT claimed AND NOT manual"),
    )
    op.create_index(
        op.f("ix_accounts_partner_id_email_folded"),
        "accounts",
        ["partner_id", "email_folded"],
        unique=False,
    )

    op.create_table(
        "messages",
        sa.Column("id", ROW_ID, autoincrement=True, nullable=False),
        sa.Column("partner_id", ROW_ID, nullable=True),
        sa.Column("channel", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("subject", sa.Text(), nullable=True),
        sa.Column("key", sa.Text(), nullable=True),
        sa.Column("thread_id", ROW_ID, nullable=True),
        sa.Column("body", sa.JSON(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("sent_version", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("carried", sa.Integer(), nullable=False),
        sa.Column("due_at", MOMENT, nullable=False),
        sa.Column("sending_at", MOMENT, nullable=True),
        sa.Column("slack_channel", sa.String(length=40), nullable=True),
        sa.Column("ts", sa.String(length=40), nullable=True),
        sa.Column("permalink", sa.Text(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("superseded_by", ROW_ID, nullable=True),
        sa.ForeignKeyConstraint(
            ["partner_id"], ["partners.id"], name=op.f("fk_messages_partner_id")
        ),
        sa.ForeignKeyConstraint(
            ["superseded_by"], ["messages.id"], name=op.f("fk_messages_superseded_by")
        ),
        sa.ForeignKeyConstraint(["thread_id"], ["messages.id"], name=op.f("fk_messages_thread_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_messages")),
        sa.UniqueConstraint("key", name=op.f("uq_messages_key")),
    )
    op.create_index(
        "ix_messages_owed",
        "messages",
        ["due_at"],
        unique=False,
        sqlite_where=sa.text("state IN ('owed', 'sending')"),
        postgresql_where=sa.text("state IN ('owed', 'sending')"),
    )
    op.create_index(
        op.f("ix_messages_partner_id_kind"), "messages", ["partner_id", "kind"], unique=False
    )

    op.create_table(
        "runs",
        sa.Column("id", ROW_ID, autoincrement=True, nullable=False),
        sa.Column("partner_id", ROW_ID, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("asked_at", MOMENT, nullable=False),
        sa.Column("night", sa.String(length=40), nullable=True),
        sa.Column("attempt", sa.Integer(), server_default="1", nullable=False),
        sa.Column("started_at", MOMENT, nullable=True),
        sa.Column("owner", sa.Text(), nullable=True),
        sa.Column("heartbeat_at", MOMENT, nullable=True),
        sa.Column("finished_at", MOMENT, nullable=True),
        sa.Column("outcome", sa.String(length=20), nullable=True),
        sa.Column("cause", sa.String(length=60), nullable=True),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("base_version", sa.Integer(), nullable=True),
        sa.Column("digest", sa.String(length=40), nullable=True),
        sa.Column("schools_new", sa.Integer(), server_default="0", nullable=False),
        sa.Column("schools_missing", sa.Integer(), server_default="0", nullable=False),
        sa.Column("schools_returned", sa.Integer(), server_default="0", nullable=False),
        sa.Column("schools_total", sa.Integer(), server_default="0", nullable=False),
        sa.Column("staff_added", sa.Integer(), server_default="0", nullable=False),
        sa.Column("staff_changed", sa.Integer(), server_default="0", nullable=False),
        sa.Column("staff_removed", sa.Integer(), server_default="0", nullable=False),
        sa.Column("staff_total", sa.Integer(), server_default="0", nullable=False),
        sa.Column("plan", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["partner_id"], ["partners.id"], name=op.f("fk_runs_partner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_runs")),
        sa.UniqueConstraint("key", name=op.f("uq_runs_key")),
    )
    op.create_index(
        "ix_runs_owed",
        "runs",
        ["asked_at"],
        unique=False,
        sqlite_where=sa.text("outcome IS NULL"),
        postgresql_where=sa.text("outcome IS NULL"),
    )
    op.create_index(
        op.f("ix_runs_partner_id_asked_at"), "runs", ["partner_id", "asked_at"], unique=False
    )
    op.create_index(
        "uq_runs_under_way",
        "runs",
        ["partner_id"],
        unique=True,
        sqlite_where=sa.text("owner IS NOT NULL AND outcome IS NULL"),
        postgresql_where=sa.text("owner IS NOT NULL AND outcome IS NULL"),
    )

    op.create_table(
        "schools",
        sa.Column("id", ROW_ID, autoincrement=True, nullable=False),
        sa.Column("partner_id", ROW_ID, nullable=False),
        sa.Column("source_id", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("present", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("since", MOMENT, nullable=False),
        sa.Column("last_seen_at", MOMENT, nullable=True),
        sa.Column("linked_to", ROW_ID, nullable=True),
        sa.ForeignKeyConstraint(["linked_to"], ["schools.id"], name=op.f("fk_schools_linked_to")),
        sa.ForeignKeyConstraint(
            ["partner_id"], ["partners.id"], name=op.f("fk_schools_partner_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_schools")),
    )
    op.create_index(
        op.f("ix_schools_partner_id_status"), "schools", ["partner_id", "status"], unique=False
    )
    op.create_index(
        "uq_schools_partner_id_source_id",
        "schools",
        ["partner_id", "source_id"],
        unique=True,
        sqlite_where=sa.text("linked_to IS NULL"),
        postgresql_where=sa.text("linked_to IS NULL"),
    )

    op.create_table(
        "card_schools",
        sa.Column("message_id", ROW_ID, nullable=False),
        sa.Column("school_id", ROW_ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["message_id"], ["messages.id"], name=op.f("fk_card_schools_message_id")
        ),
        sa.ForeignKeyConstraint(
            ["school_id"], ["schools.id"], name=op.f("fk_card_schools_school_id")
        ),
        sa.PrimaryKeyConstraint("message_id", "school_id", name=op.f("pk_card_schools")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "history",
        sa.Column("id", ROW_ID, autoincrement=True, nullable=False),
        sa.Column("partner_id", ROW_ID, nullable=False),
        sa.Column("school_id", ROW_ID, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("from_status", sa.String(length=20), nullable=True),
        sa.Column("to_status", sa.String(length=20), nullable=False),
        sa.Column("event", sa.String(length=40), nullable=False),
        sa.Column("actor", sa.String(length=40), nullable=False),
        sa.Column("actor_name", sa.Text(), nullable=False),
        sa.Column("via", sa.String(length=20), nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("run_id", ROW_ID, nullable=True),
        sa.Column("slack_channel", sa.String(length=40), nullable=True),
        sa.Column("slack_ts", sa.String(length=40), nullable=True),
        sa.ForeignKeyConstraint(
            ["partner_id"], ["partners.id"], name=op.f("fk_history_partner_id")
        ),
        sa.ForeignKeyConstraint(["school_id"], ["schools.id"], name=op.f("fk_history_school_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_history")),
        sa.UniqueConstraint("school_id", "version", name=op.f("uq_history_school_id_version")),
    )
    op.create_table(
        "memberships",
        sa.Column("account_id", ROW_ID, nullable=False),
        sa.Column("school_id", ROW_ID, nullable=False),
        sa.Column("claimed", sa.Boolean(), nullable=False),
        sa.Column("manual", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_memberships_account_id")
        ),
        sa.ForeignKeyConstraint(
            ["school_id"], ["schools.id"], name=op.f("fk_memberships_school_id")
        ),
        sa.PrimaryKeyConstraint("account_id", "school_id", name=op.f("pk_memberships")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        op.f("ix_memberships_school_id_account_id"),
        "memberships",
        ["school_id", "account_id"],
        unique=False,
    )
    op.create_index(
        "ix_memberships_unclaimed",
        "memberships",
        ["school_id"],
        unique=False,
        sqlite_where=sa.text("claimed = 0 AND manual = 0"),
        postgresql_where=sa.text("NOT claimed AND NOT manual"),
    )

    op.create_table(
        "releases",
        sa.Column("school_id", ROW_ID, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("account_id", ROW_ID, nullable=False),
        sa.Column("by", sa.String(length=40), nullable=False),
        sa.Column("by_name", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["school_id"], ["schools.id"], name=op.f("fk_releases_school_id")),
        sa.PrimaryKeyConstraint("school_id", "version", "account_id", name=op.f("pk_releases")),
    )
    op.create_table(
        "unfreeze_requests",
        sa.Column("id", ROW_ID, autoincrement=True, nullable=False),
        sa.Column("partner_id", ROW_ID, nullable=False),
        sa.Column("school_id", ROW_ID, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("asked_at", MOMENT, nullable=False),
        sa.Column("decided_at", MOMENT, nullable=True),
        sa.Column("decided_by", sa.String(length=40), nullable=True),
        sa.Column("decided_name", sa.Text(), nullable=True),
        sa.Column("decision_reason", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["partner_id"], ["partners.id"], name=op.f("fk_unfreeze_requests_partner_id")
        ),
        sa.ForeignKeyConstraint(
            ["school_id"], ["schools.id"], name=op.f("fk_unfreeze_requests_school_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unfreeze_requests")),
    )
    op.create_index(
        "uq_unfreeze_requests_open",
        "unfreeze_requests",
        ["school_id"],
        unique=True,
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    )

    op.create_table(
        "unfreeze_askers",
        sa.Column("request_id", ROW_ID, nullable=False),
        sa.Column("person", sa.String(length=40), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["request_id"], ["unfreeze_requests.id"], name=op.f("fk_unfreeze_askers_request_id")
        ),
        sa.PrimaryKeyConstraint("request_id", "person", name=op.f("pk_unfreeze_askers")),
    )
    protect_history()
