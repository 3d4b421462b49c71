"""Find messages and runs by an index, however many there are"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0008"
down_revision: str | None = "0007"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    op.create_index(op.f("ix_messages_kind_subject"), "messages", ["kind", "subject"])
    _of_some(
        "ix_messages_superseded_by", "messages", ["superseded_by"], "superseded_by IS NOT NULL"
    )
    _of_some("ix_messages_in_order", "messages", ["channel", "id"], "state IN ('owed', 'sending')")
    _of_some("ix_runs_decided", "runs", ["decided_at"], "outcome = 'held'")
    _of_some("ix_runs_failed", "runs", ["cause"], "outcome = 'failed'")


def _of_some(name: str, table: str, columns: Sequence[str], where: str) -> None:
    op.create_index(
        name, table, columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where)
    )
