"""Remember who decided a held run, and how"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0002"
down_revision: str | None = "0001"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    # Plain ADD COLUMN on both databases: the table is not rebuilt.
    op.add_column("runs", sa.Column("decision", sa.String(20)))
    op.add_column("runs", sa.Column("decided_by", sa.String(40)))
    op.add_column("runs", sa.Column("decided_name", sa.Text()))
    op.add_column("runs", sa.Column("decided_at", MOMENT))
