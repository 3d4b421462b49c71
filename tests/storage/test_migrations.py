"""Migrations, on both databases: from empty, twice, and from the oldest version with data."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import MetaData, Table, inspect, select
from sqlalchemy.exc import DatabaseError

from storage.database import Database
from storage.migrations import pending, upgrade
from storage.tables import metadata, told_locks

NOW = datetime(2026, 9, 1, 2, tzinfo=UTC)
# What the engine calls its own tables, wherever it shares our database.
ENGINES = ("notifications", "queues", "streams", "workflow", "operation_", "application_", "event")

# One partner with a frozen school, as the first version stored it.
OLDEST: dict[str, dict[str, Any]] = {
    "partners": {
        "id": 1,
        "slug": "lincoln",
        "name": "Lincoln",
        "timezone": "UTC",
        "channel": "C1",
        "admins": ["U0ANA"],
        "viewers": [],
        "pause_windows": [],
        "breaker": {},
        "source": {"kind": "oneroster-csv", "path": "x"},
        "roster_version": 3,
        "created_at": NOW,
    },
    "schools": {
        "id": 1,
        "partner_id": 1,
        "source_id": "A",
        "number": "01",
        "name": "Oak",
        "status": "frozen",
        "present": True,
        "version": 2,
        "since": NOW,
    },
    "history": {
        "id": 1,
        "partner_id": 1,
        "school_id": 1,
        "version": 2,
        "from_status": "active",
        "to_status": "frozen",
        "event": "frozen",
        "actor": "U0ANA",
        "actor_name": "Ana",
        "via": "slack",
        "at": NOW,
    },
    "accounts": {
        "id": 1,
        "partner_id": 1,
        "source_id": "p",
        "email": "P@x.org",
        "email_folded": "p@x.org",
        "given_name": "Kim",
        "family_name": "Doe",
        "manual": False,
        "claimed": True,
        "fingerprint": -5,
    },
    "memberships": {"account_id": 1, "school_id": 1, "claimed": True, "manual": False},
    "releases": {
        "school_id": 1,
        "version": 2,
        "account_id": 1,
        "by": "U0SUE",
        "by_name": "Sue",
        "reason": "so it is",
        "at": NOW,
    },
    "runs": {"id": 1, "partner_id": 1, "key": "night:1", "asked_at": NOW, "outcome": "applied"},
    "messages": {
        "id": 1,
        "partner_id": 1,
        "channel": "C1",
        "kind": "card",
        "version": 2,
        "sent_version": 2,
        "state": "sent",
        "attempts": 0,
        "carried": 1,
        "due_at": NOW,
        "created_at": NOW,
    },
    "card_schools": {"message_id": 1, "school_id": 1},
    "unfreeze_requests": {
        "id": 1,
        "partner_id": 1,
        "school_id": 1,
        "version": 2,
        "state": "open",
        "asked_at": NOW,
    },
    "unfreeze_askers": {
        "request_id": 1,
        "person": "U0ANA",
        "name": "Ana",
        "reason": "please",
        "at": NOW,
    },
    "envelopes": {"key": "e", "at": NOW},
    "replicas": {"id": "r", "beat_at": NOW},
}


@pytest.fixture
def empty(empty_database_url: str) -> Iterator[Database]:
    database = Database(empty_database_url)
    yield database
    database.dispose()


@pytest.fixture
def oldest(empty: Database) -> Database:
    """A database at the first revision with a row in every table."""
    upgrade(empty.url, "0001")
    stored = MetaData()
    stored.reflect(empty.engine)
    with empty.transaction() as connection:
        for table in stored.sorted_tables:
            if table.name in OLDEST:
                connection.execute(_typed(table).insert().values(OLDEST[table.name]))
    return empty


def _typed(table: Table) -> Table:
    """The table as it was then, with our own types: SQLite forgets what JSON and times are."""
    for column in table.columns:
        now = metadata.tables[table.name].columns.get(column.name)
        if now is not None:
            column.type = now.type
    return table


def test_from_empty_the_database_is_exactly_what_the_tables_say(empty: Database) -> None:
    upgrade(empty.url)
    with empty.read() as connection:
        # How SQLite writes down a default of "" cannot be compared.
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "compare_server_default": not empty.sqlite}
        )
        assert compare_metadata(context, metadata) == []


def test_upgrading_twice_is_harmless(empty: Database) -> None:
    upgrade(empty.url)
    assert not pending(empty)
    upgrade(empty.url)
    assert not pending(empty)


def test_an_empty_database_is_known_to_need_an_upgrade(empty: Database) -> None:
    assert pending(empty)


def test_an_upgrade_leaves_tables_that_are_not_ours_alone(empty: Database) -> None:
    with empty.transaction() as connection:
        connection.exec_driver_sql("CREATE TABLE workflow_status (id INTEGER)")
    upgrade(empty.url)
    assert "workflow_status" in inspect(empty.engine).get_table_names()


def test_no_table_of_ours_has_a_name_of_the_engines() -> None:
    assert [name for name in metadata.tables if name.startswith(ENGINES)] == []


def test_the_oldest_data_has_a_row_for_every_table_of_then(oldest: Database) -> None:
    names = set(inspect(oldest.engine).get_table_names()) - {"alembic_version"}
    assert names - {"sqlite_sequence"} == OLDEST.keys()


def test_the_oldest_data_is_what_it_was_after_the_upgrade(oldest: Database) -> None:
    upgrade(oldest.url)
    with oldest.read() as connection:
        for name, values in OLDEST.items():
            table = metadata.tables[name]
            [row] = connection.execute(select(table)).mappings()
            assert {key: row[key] for key in values} == values


def test_what_the_product_was_told_is_known_after_the_table_was_made_anew(oldest: Database) -> None:
    told = {"partner_id": 1, "source_id": "p", "account_id": 1}
    upgrade(oldest.url, "0009")
    with oldest.transaction() as connection:
        connection.execute(told_locks.insert().values(told))
    upgrade(oldest.url)
    with oldest.read() as connection:
        assert [dict(row) for row in connection.execute(select(told_locks)).mappings()] == [told]


def test_history_stays_append_only_through_the_upgrades(oldest: Database) -> None:
    upgrade(oldest.url)
    refused(oldest, "UPDATE history SET reason = 'another'")
    refused(oldest, "DELETE FROM history")


def test_history_cannot_be_emptied_on_postgresql(postgres_url: str) -> None:
    database = Database(postgres_url)
    refused(database, "TRUNCATE history CASCADE")
    database.dispose()


def refused(database: Database, statement: str) -> None:
    with (
        pytest.raises(DatabaseError, match="history is append-only"),
        database.transaction() as connection,
    ):
        connection.exec_driver_sql(statement)
