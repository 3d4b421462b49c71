"""Tell how many of those a wish was about were released"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0011"
down_revision: str | None = "0010"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("release_requests", sa.Column("released", sa.Integer()))
    op.add_column("release_requests", sa.Column("left_locked", sa.Integer()))
