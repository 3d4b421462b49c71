"""Tell of thousands of locks in short steps, each found by an index"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0010"
down_revision: str | None = "0009"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.drop_index(op.f("ix_webhook_events_state_sent_at"), "webhook_events")
    _of_state("ix_webhook_events_in_order", ["partner_id", "id"], "owed")
    _of_state("ix_webhook_events_sent", ["sent_at"], "sent")
    _of_state("ix_webhook_events_parked", ["id"], "parked")
    _told_locks()


def _of_state(name: str, columns: Sequence[str], state: str) -> None:
    where = sa.text(f"state = '{state}'")
    op.create_index(name, "webhook_events", columns, sqlite_where=where, postgresql_where=where)


def _told_locks() -> None:
    """Made anew by partner and id: SQLite changes no primary key."""
    op.drop_index(op.f("ix_told_locks_partner_id"), "told_locks")
    op.execute("CREATE TABLE told_before AS SELECT * FROM told_locks")
    op.drop_table("told_locks")
    op.create_table(
        "told_locks",
        sa.Column("partner_id", ROW_ID, nullable=False),
        sa.Column("source_id", sa.Text(), nullable=False),
        sa.Column("account_id", ROW_ID, autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(
            ["partner_id"], ["partners.id"], name=op.f("fk_told_locks_partner_id")
        ),
        sa.PrimaryKeyConstraint(
            "partner_id", "source_id", "account_id", name=op.f("pk_told_locks")
        ),
    )
    op.execute(
        "INSERT INTO told_locks (partner_id, source_id, account_id) "
        "SELECT partner_id, source_id, account_id FROM told_before"
    )
    op.drop_table("told_before")
