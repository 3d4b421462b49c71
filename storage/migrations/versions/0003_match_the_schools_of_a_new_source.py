"""Match the schools of a new source"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0003"
down_revision: str | None = "0002"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    # Plain ADD COLUMN on both databases: the table is not rebuilt.
    op.add_column(
        "partners",
        sa.Column("new_source", sa.Boolean(), server_default=sa.false(), nullable=False),
    )
    op.create_table(
        "matches",
        sa.Column("run_id", ROW_ID, nullable=False),
        sa.Column("school_id", ROW_ID, nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("source_id", sa.Text(), nullable=True),
        sa.Column("likeness", sa.String(20), nullable=True),
        sa.Column("decided_by", sa.String(40), nullable=True),
        sa.Column("decided_name", sa.Text(), nullable=True),
        sa.Column("decided_at", MOMENT, nullable=True),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_matches_run_id")),
        sa.ForeignKeyConstraint(["school_id"], ["schools.id"], name=op.f("fk_matches_school_id")),
        sa.PrimaryKeyConstraint("run_id", "school_id", name=op.f("pk_matches")),
        sa.UniqueConstraint("run_id", "source_id", name=op.f("uq_matches_run_id_source_id")),
    )
