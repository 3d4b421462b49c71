"""What is asked all the time is found by an index, however much is stored."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import event, text

from storage.store import Store
from tests.access.test_query_plans import nodes
from tests.storage.office import Office

NUMBERS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 4000)"
AT = "'2026-08-01 02:00:00.000000'"
MESSAGES = f"""
INSERT INTO messages (id, partner_id, channel, kind, subject, version, sent_version, state,
                      attempts, carried, due_at, created_at)
{NUMBERS} SELECT i, i % 40 + 1, 'C' || (i % 40), 'case', i, 1, 1, 'sent', 0, 1, {AT}, {AT} FROM n
"""
RUNS = f"""
INSERT INTO runs (id, partner_id, key, asked_at, finished_at, outcome, night)
{NUMBERS} SELECT i, i % 40 + 1, 'night:' || i, {AT}, {AT}, 'applied', '2026-08-01T02:00' FROM n
"""
ASKED: dict[str, Callable[[Store], Any]] = {
    "what is older in the channel": lambda store: store.messages.held_up(store.messages.by_id(7)),
    "what lost its job": lambda store: store.messages.abandoned(),
    "what was refused": lambda store: store.messages.failures(),
    "what is on its way": lambda store: store.messages.backlog(),
    "what is about something": lambda store: store.messages.about("case", "none"),
    "which cards point here": lambda store: store.cards.superseded_by(store.messages.by_id(7)),
    "which runs lost their job": lambda store: store.runs.abandoned(),
    "which runs one cause stopped": lambda store: store.runs.failed_with("x", "2026-08-01"),
    "what is held": lambda store: store.overview.holds(),
    "what fails": lambda store: store.overview.failing(),
}
# Reading all of the few partners is less work than searching them.
LARGE = {"messages", "runs"}


@pytest.fixture
def full(office: Office) -> Office:
    for number in range(39):
        office.declare(f"district-{number}")
    with office.database.transaction() as connection:
        for rows in (MESSAGES, RUNS):
            connection.execute(text(rows))
        connection.execute(text("ANALYZE"))
    return office


def test_no_question_goes_through_all_messages_or_runs(full: Office) -> None:
    with full.stores.read() as store:
        found = {name: scans(store, ask) for name, ask in ASKED.items()}
    assert {name: steps for name, steps in found.items() if steps} == {}


def scans(store: Store, ask: Callable[[Store], Any]) -> list[str]:
    """Every step of a question that reads a whole large table."""
    heard: list[tuple[str, Any]] = []

    def hear(_: Any, __: Any, statement: str, parameters: Any, *___: Any) -> None:
        heard.append((statement, parameters))

    event.listen(store.connection, "before_cursor_execute", hear)
    ask(store)
    event.remove(store.connection, "before_cursor_execute", hear)
    assert heard
    steps = on_sqlite if store.connection.dialect.name == "sqlite" else on_postgresql
    return [step for one in heard for step in steps(store, *one)]


def on_sqlite(store: Store, statement: str, parameters: Any) -> list[str]:
    rows = store.connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
    # An index of what is owed is short, and may well be read from end to end.
    return [r.detail for r in rows if r.detail.startswith("SCAN") and scanned(r.detail)]


def scanned(step: str) -> bool:
    table = step.split()[1]
    return table in LARGE and not any(name in step for name in ("_owed", "_failed", "_in_order"))


def on_postgresql(store: Store, statement: str, parameters: Any) -> list[str]:
    [row] = store.connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {statement}", parameters)
    [plan] = row[0]
    return [
        f"{node['Node Type']} of {node['Relation Name']}"
        for node in nodes(plan["Plan"])
        if node.get("Relation Name") in LARGE and node["Node Type"] == "Seq Scan"
    ]
