"""Many schools are changed in a few statements, and each as if it had been asked about alone."""

from sqlalchemy import event

from storage.rules.lifecycle import Event
from storage.schools import Change
from tests.storage.office import ANA, Office


def mixed(office: Office) -> None:
    """A and B wait, C is paused, D frozen, E still shared; their twins a to e are the same."""
    office.night("ABCDEFabcdef", [])
    office.night("Ee", [])
    for id, what in (("C", Event.PAUSED), ("D", Event.FROZEN)):
        office.change(id, what)
        office.change(id.lower(), what)


def told(change: Change) -> tuple[object, ...]:
    school, last = change.school, change.last
    assert last is not None
    moved = (school.id.upper(), school.status, school.version, school.since)
    wrote = (last.event, last.from_status, last.to_status, last.version, last.reason, last.actor)
    return (*moved, change.refusal, change.stale, change.source, *wrote)


def test_each_school_is_judged_as_if_it_were_alone(office: Office) -> None:
    mixed(office)
    expected = {"F": 7, "f": 7}
    with office.stores.transaction() as store:
        partner = store.partners.locked("lincoln")
        many = store.schools.picked(partner, "ABCDEF")
        together = store.schools.change_all(
            many, Event.PAUSED, ANA, reason="Closed", expected=expected
        )
        alone = [
            store.schools.change(
                school, Event.PAUSED, ANA, reason="Closed", expected=expected.get(school.id)
            )
            for school in store.schools.picked(partner, "abcdef")
        ]
    assert [told(change) for change in together] == [told(change) for change in alone]
    assert [change.school.id for change in together if change.done] == ["A", "B"]
    assert office.school("F").status == "action_needed"


def test_nothing_is_asked_of_no_school(office: Office) -> None:
    with office.stores.transaction() as store:
        assert store.schools.change_all([], Event.PAUSED, ANA) == []


def test_three_hundred_schools_take_as_many_statements_as_three(office: Office) -> None:
    ids = [f"S{number}" for number in range(300)]
    office.night([*ids, "E"], [])
    office.night(["E"], [])
    assert statements(office, ids[3:]) == statements(office, ids[:3])


def statements(office: Office, ids: list[str]) -> int:
    seen: list[str] = []

    def listens(connection: object, cursor: object, statement: str, *more: object) -> None:
        seen.append(statement)

    with office.stores.transaction() as store:
        picked = store.schools.picked(store.partners.locked("lincoln"), ids)
        event.listen(store.connection, "before_cursor_execute", listens)
        done = store.schools.change_all(picked, Event.PAUSED, ANA)
        event.remove(store.connection, "before_cursor_execute", listens)
    assert all(change.done for change in done)
    return len(seen)
