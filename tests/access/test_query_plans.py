"""Whatever the size of what is stored, the answer comes from indexes: never by a scan."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import Connection, event

from storage.access import Access, Accesses
from storage.database import Database
from tests.access.town import built, locked_numbers

MANY = 1_000
# Reading all of the thousand schools that are here is less work than a thousand searches.
LARGE = {"accounts", "memberships", "releases"}
ASKED: dict[str, Callable[[Accesses], Any]] = {
    "one id": lambda access: access.by_id("partner-7", ["u50"]),
    "a thousand ids": lambda access: access.by_id("partner-7", [f"u{n}" for n in range(MANY)]),
    "one email": lambda access: access.by_email("partner-7", ["u50@example.org"]),
    "a thousand emails": lambda access: access.by_email(
        "partner-7", [f"u{n}@example.org" for n in range(MANY)]
    ),
    "the screen": lambda access: access.by_key([12_051]),
}
Statements = list[tuple[str, Any]]


@pytest.fixture
def town(database_url: str) -> Iterator[Database]:
    database = Database(database_url)
    try:
        built(database)
        yield database
    finally:
        database.dispose()


def test_every_question_is_one_query_that_scans_nothing(town: Database) -> None:
    with town.read() as connection:
        for name, ask in ASKED.items():
            [(statement, parameters)] = statements(connection, ask)
            explain = sqlite_plan if town.sqlite else postgres_plan
            assert explain(connection, statement, parameters) == [], name
        found = Accesses(connection).by_id("partner-7", [f"u{n}" for n in range(MANY)])
    assert len(found) == MANY
    assert {id for id, a in found.items() if a.locked} == {f"u{n}" for n in locked_numbers(MANY)}


def statements(connection: Connection, ask: Callable[[Accesses], Any]) -> Statements:
    """What one question asks the database."""
    heard: Statements = []

    def hear(_: Any, __: Any, statement: str, parameters: Any, *___: Any) -> None:
        heard.append((statement, parameters))

    event.listen(connection, "before_cursor_execute", hear)
    found = ask(Accesses(connection))
    event.remove(connection, "before_cursor_execute", hear)
    assert isinstance(found, Access) or found
    return heard


def sqlite_plan(connection: Connection, statement: str, parameters: Any) -> list[str]:
    """Every step that goes through a whole table or index."""
    rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
    return [row.detail for row in rows if row.detail.startswith("SCAN")]


def postgres_plan(connection: Connection, statement: str, parameters: Any) -> list[str]:
    """Every step over one of the large tables that is not a search in an index."""
    explained = connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {statement}", parameters)
    [row] = explained
    [plan] = row[0] if isinstance(row[0], list) else json.loads(row[0])
    return [f"{n['Node Type']} of {n['Relation Name']}" for n in nodes(plan["Plan"]) if scans(n)]


def nodes(plan: Any) -> Iterator[Any]:
    yield plan
    for part in plan.get("Plans", ()):
        yield from nodes(part)


def scans(node: Any) -> bool:
    return node.get("Relation Name") in LARGE and node["Node Type"] == "Seq Scan"
