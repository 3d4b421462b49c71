"""What becomes an event, also when accounts get other ids, as in a new source."""

from collections.abc import Iterable

import pytest
from sqlalchemy import Update, event, update

from storage import events
from storage.events import LOCKED, STATUS_CHANGED, UNLOCKED
from storage.rules.lifecycle import Event
from storage.tables import accounts
from tests.storage.office import Office, person


@pytest.fixture(autouse=True)
def of_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every id is a part of its own."""
    monkeypatch.setattr(events, "PART", 1)


def told(office: Office) -> list[tuple[str, str]]:
    """What is new for the product about locks: the type and the account, in order."""
    expand(office)
    with office.stores.transaction() as store:
        events = [event for event in store.events.owed() if event.type != STATUS_CHANGED]
        for event in store.events.owed():
            store.events.sent(event)
        assert not store.events.untold(office.partner.id)
    return [(event.type, event.data["account"]) for event in events]


def rename(office: Office, **ids: str) -> None:
    """First out of the way: two may have changed theirs with each other."""
    with office.stores.transaction() as store:
        for old in ids:
            store.connection.execute(_renamed(old, f"{old}~"))
        for old, new in ids.items():
            store.connection.execute(_renamed(f"{old}~", new))


def _renamed(old: str, new: str) -> Update:
    return update(accounts).where(accounts.c.source_id == old).values(source_id=new)


def untold(office: Office) -> bool:
    with office.stores.read() as store:
        return store.events.untold(office.partner.id)


def frozen(office: Office) -> None:
    """Kim and Lee are locked by A; Max works at B."""
    office.night("AB", [person("kim", "A"), person("lee", "A"), person("max", "B")])
    office.change("A", Event.FROZEN)


def test_a_locked_account_with_another_id_is_told_by_it(office: Office) -> None:
    frozen(office)
    assert told(office) == [(LOCKED, "kim"), (LOCKED, "lee")]
    rename(office, kim="t-9")
    assert untold(office)
    assert told(office) == [(UNLOCKED, "kim"), (LOCKED, "t-9")]
    office.change("A", Event.UNFROZEN)
    assert told(office) == [(UNLOCKED, "lee"), (UNLOCKED, "t-9")]


def test_an_id_that_passes_to_somebody_else_is_told_by_whose_it_is(office: Office) -> None:
    frozen(office)
    assert told(office) == [(LOCKED, "kim"), (LOCKED, "lee")]
    rename(office, kim="max", max="kim")
    assert told(office) == [(UNLOCKED, "kim"), (LOCKED, "max")]


def test_two_locked_accounts_that_change_ids_are_nothing_new(office: Office) -> None:
    frozen(office)
    assert told(office) == [(LOCKED, "kim"), (LOCKED, "lee")]
    rename(office, kim="lee", lee="kim")
    assert told(office) == []
    office.change("A", Event.UNFROZEN)
    assert sorted(told(office)) == [(UNLOCKED, "kim"), (UNLOCKED, "lee")]
    office.change("A", Event.FROZEN)
    assert sorted(told(office)) == [(LOCKED, "kim"), (LOCKED, "lee")]


def test_of_one_id_the_events_keep_their_order_whoever_has_it(office: Office) -> None:
    frozen(office)
    expand(office)
    rename(office, kim="t-9", max="kim")
    expand(office)
    office.change("B", Event.FROZEN)
    expand(office)
    with office.stores.read() as store:
        owed, due = store.events.owed(), store.events.due(office.partner, 100)
    assert [e.type for e in owed if e.data.get("account") == "kim"] == [LOCKED, UNLOCKED, LOCKED]
    assert [e.type for e in due if e.data.get("account") == "kim"] == [LOCKED]


def test_more_events_than_a_statement_has_room_for_are_replayed(
    sqlite_office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert events.VALUES < 32_766
    monkeypatch.setattr(events, "VALUES", 2)
    frozen(sqlite_office)
    expand(sqlite_office)
    with sqlite_office.stores.transaction() as store:
        owed = store.events.owed()
        for one in owed:
            store.events.park(one, "it answered 500")
        replayed = store.events.replay([one.id for one in owed])
        assert [one.id for one in replayed] == [one.id for one in store.events.owed()]
    assert len(replayed) == len(owed) > 2


def test_what_is_owed_is_found_by_an_index_of_it_alone(sqlite_office: Office) -> None:
    heard: list[tuple[str, tuple[object, ...]]] = []

    def hear(
        _: object, __: object, statement: str, given: tuple[object, ...], *___: object
    ) -> None:
        heard.append((statement, given))

    with sqlite_office.stores.read() as store:
        event.listen(store.connection, "before_cursor_execute", hear)
        store.events.due(sqlite_office.partner, 10)
        store.events.next_due(sqlite_office.partner)
        event.remove(store.connection, "before_cursor_execute", hear)
        plans = [
            [step.detail for step in store.connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {q}", g)]
            for q, g in heard
        ]
    for steps, (_, given) in zip(plans, heard, strict=True):
        outer, inner = (step for step in steps if "webhook_events" in step)
        assert "ix_webhook_events_in_order (partner_id=?)" in outer
        assert "ix_webhook_events_owed (partner_id=? AND subject=? AND id<?)" in inner
        assert "USE TEMP B-TREE FOR ORDER BY" not in steps
        # A server that prepares a statement once plans it for any value.
        assert "owed" not in given


def expand(office: Office) -> None:
    """As a job does it: in one transaction for each part."""
    with office.stores.read() as store:
        parts: Iterable[list[str]] = store.events.untold_locks(office.partner.id) or [[]]
    for part in parts:
        with office.stores.transaction() as store:
            store.events.expand(store.partners.locked("lincoln"), part)
