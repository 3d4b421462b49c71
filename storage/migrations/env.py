"""Alembic runs this; only tables of ours are looked at, the engine keeps its own."""

from alembic import context
from sqlalchemy.schema import SchemaItem

from storage.tables import metadata


def is_ours(item: SchemaItem, name: str | None, kind: str, reflected: bool, _: object) -> bool:
    return kind != "table" or name in metadata.tables


connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=metadata,
    include_object=is_ours,
    render_as_batch=True,
    transaction_per_migration=True,
)
with context.begin_transaction():
    context.run_migrations()
connection.commit()
