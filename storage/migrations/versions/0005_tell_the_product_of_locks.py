"""Tell the product of locks and of statuses by webhooks"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0005"
down_revision: str | None = "0004"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)
OWED = sa.text("state = 'owed'")


def upgrade() -> None:
    op.create_index(op.f("ix_history_partner_id_id"), "history", ["partner_id", "id"])
    _events()
    op.create_table(
        "told_locks",
        sa.Column("account_id", ROW_ID, nullable=False),
        sa.Column("partner_id", ROW_ID, nullable=False),
        sa.Column("source_id", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["partner_id"], ["partners.id"], name=op.f("fk_told_locks_partner_id")
        ),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_told_locks")),
    )
    op.create_index(op.f("ix_told_locks_partner_id"), "told_locks", ["partner_id"])
    op.create_table(
        "tellings",
        sa.Column("partner_id", ROW_ID, nullable=False),
        sa.Column("history_id", ROW_ID, nullable=False),
        sa.Column("carried", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["partner_id"], ["partners.id"], name=op.f("fk_tellings_partner_id")
        ),
        sa.PrimaryKeyConstraint("partner_id", name=op.f("pk_tellings")),
    )


def _events() -> None:
    op.create_table(
        "webhook_events",
        sa.Column("id", ROW_ID, autoincrement=True, nullable=False),
        sa.Column("partner_id", ROW_ID, nullable=False),
        sa.Column("delivery", sa.String(40), nullable=False),
        sa.Column("type", sa.String(40), nullable=False),
        sa.Column("subject", sa.String(40), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("due_at", MOMENT, nullable=False),
        sa.Column("tried_since", MOMENT, nullable=False),
        sa.Column("sent_at", MOMENT),
        sa.Column("error", sa.Text()),
        sa.ForeignKeyConstraint(
            ["partner_id"], ["partners.id"], name=op.f("fk_webhook_events_partner_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_events")),
        sa.UniqueConstraint("delivery", name=op.f("uq_webhook_events_delivery")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_webhook_events_state_sent_at"), "webhook_events", ["state", "sent_at"])
    op.create_index(
        "ix_webhook_events_owed",
        "webhook_events",
        ["partner_id", "subject", "id"],
        sqlite_where=OWED,
        postgresql_where=OWED,
    )
