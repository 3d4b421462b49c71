"""Support every surface of Slack: cases, releases that were asked for, uploads, silent channels"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0004"
down_revision: str | None = "0003"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    # Plain ADD COLUMN on both databases: the table is not rebuilt.
    op.add_column("runs", sa.Column("asked_by", sa.String(40)))
    op.add_column("runs", sa.Column("asked_name", sa.Text()))
    op.add_column("runs", sa.Column("retries", sa.Integer(), server_default="0", nullable=False))
    op.create_index(
        "ix_messages_failed",
        "messages",
        ["channel"],
        sqlite_where=sa.text("state = 'failed'"),
        postgresql_where=sa.text("state = 'failed'"),
    )
    _run_askers()
    _cases()
    _release_requests()
    _uploads()
    op.create_table(
        "channel_troubles",
        sa.Column("channel", sa.String(40), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("since", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("channel", name=op.f("pk_channel_troubles")),
    )
    op.create_table(
        "expected_memberships",
        sa.Column("account_id", ROW_ID, nullable=False),
        sa.Column("school_source_id", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_expected_memberships_account_id")
        ),
        sa.PrimaryKeyConstraint(
            "account_id", "school_source_id", name=op.f("pk_expected_memberships")
        ),
        sqlite_with_rowid=False,
    )


def _run_askers() -> None:
    op.create_table(
        "run_askers",
        sa.Column("run_id", ROW_ID, nullable=False),
        sa.Column("person", sa.String(40), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_run_askers_run_id")),
        sa.PrimaryKeyConstraint("run_id", "person", name=op.f("pk_run_askers")),
        sqlite_with_rowid=False,
    )


def _cases() -> None:
    op.create_table(
        "cases",
        sa.Column("id", ROW_ID, autoincrement=True, nullable=False),
        sa.Column("partner_id", ROW_ID, nullable=False),
        sa.Column("school_id", ROW_ID, nullable=False),
        sa.Column("run_id", ROW_ID),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("opened_at", MOMENT, nullable=False),
        sa.Column("answer", sa.Text(), server_default="", nullable=False),
        sa.Column("answered_name", sa.Text()),
        sa.Column("answered_at", MOMENT),
        sa.Column("closed_at", MOMENT),
        sa.Column("closed_how", sa.String(20)),
        sa.Column("closed_by", sa.String(40)),
        sa.Column("closed_name", sa.Text()),
        sa.ForeignKeyConstraint(["partner_id"], ["partners.id"], name=op.f("fk_cases_partner_id")),
        sa.ForeignKeyConstraint(["school_id"], ["schools.id"], name=op.f("fk_cases_school_id")),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_cases_run_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cases")),
    )
    _one_open("cases")
    op.create_table(
        "case_reports",
        sa.Column("case_id", ROW_ID, nullable=False),
        sa.Column("person", sa.String(40), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_case_reports_case_id")),
        sa.PrimaryKeyConstraint("case_id", "person", name=op.f("pk_case_reports")),
    )


def _release_requests() -> None:
    op.create_table(
        "release_requests",
        sa.Column("id", ROW_ID, autoincrement=True, nullable=False),
        sa.Column("partner_id", ROW_ID, nullable=False),
        sa.Column("school_id", ROW_ID, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("asked_by", sa.String(40), nullable=False),
        sa.Column("asked_name", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("asked_at", MOMENT, nullable=False),
        sa.Column("decided_by", sa.String(40)),
        sa.Column("decided_name", sa.Text()),
        sa.Column("decision_reason", sa.Text()),
        sa.Column("decided_at", MOMENT),
        sa.ForeignKeyConstraint(
            ["partner_id"], ["partners.id"], name=op.f("fk_release_requests_partner_id")
        ),
        sa.ForeignKeyConstraint(
            ["school_id"], ["schools.id"], name=op.f("fk_release_requests_school_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_release_requests")),
    )
    _one_open("release_requests")


def _one_open(table: str) -> None:
    """At most one open row per school."""
    op.create_index(
        f"uq_{table}_open",
        table,
        ["school_id"],
        unique=True,
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    )


def _uploads() -> None:
    op.create_table(
        "uploads",
        sa.Column("id", ROW_ID, autoincrement=True, nullable=False),
        sa.Column("partner_id", ROW_ID, nullable=False),
        sa.Column("files", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("asked_by", sa.String(40), nullable=False),
        sa.Column("asked_name", sa.Text(), nullable=False),
        sa.Column("asked_at", MOMENT, nullable=False),
        sa.Column("attempt", sa.Integer(), server_default="1", nullable=False),
        sa.Column("due_at", MOMENT, nullable=False),
        sa.Column("run_id", ROW_ID),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("preview", sa.JSON()),
        sa.Column("content", sa.LargeBinary()),
        sa.Column("decided_at", MOMENT),
        sa.ForeignKeyConstraint(
            ["partner_id"], ["partners.id"], name=op.f("fk_uploads_partner_id")
        ),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_uploads_run_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_uploads")),
    )
    op.create_index(
        "ix_uploads_owed",
        "uploads",
        ["due_at"],
        sqlite_where=sa.text("state IN ('checking', 'adding')"),
        postgresql_where=sa.text("state IN ('checking', 'adding')"),
    )
