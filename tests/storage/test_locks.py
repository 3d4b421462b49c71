"""Who is locked: the query says what the rule says."""

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from storage.accounts import Newcomer
from storage.locks import Preview, Standing, digest_of
from storage.rules.lifecycle import Event
from storage.rules.locks import Place, locked_because
from storage.tables import accounts, releases, schools
from tests.storage.office import Office, person

SCHOOLS, STAFF = "ABC", "pqrs"
people = st.fixed_dictionaries({id: st.sets(st.sampled_from(SCHOOLS)) for id in STAFF})
# A freeze, an unfreeze, or a release of one person from one school.
acts = st.lists(
    st.tuples(
        st.sampled_from(("freeze", "freeze", "unfreeze", "release")),
        st.sampled_from(SCHOOLS),
        st.sampled_from(STAFF),
    ),
    max_size=12,
)
several = settings(
    deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def act(office: Office, what: str, school: str, who: str) -> tuple[str, int, str] | None:
    if what != "release":
        office.change(school, Event.FROZEN if what == "freeze" else Event.UNFROZEN)
        return None
    version = office.school(school).version
    released(office, school, version, who)
    return school, version, who


def released(office: Office, school: str, version: int, who: str) -> None:
    ours = {
        table: {
            row.source_id: row.id
            for row in office.rows(select(table).where(table.c.partner_id == office.partner.id))
        }
        for table in (schools, accounts)
    }
    values: dict[str, Any] = {
        "school_id": ours[schools][school],
        "version": version,
        "account_id": ours[accounts][who],
    }
    already = select(releases).where(*(releases.c[name] == v for name, v in values.items()))
    if office.rows(already):
        return
    with office.database.transaction() as connection:
        more = {"by": "U0SUE", "by_name": "Sue", "reason": "so it is", "at": office.moment}
        connection.execute(releases.insert().values(values | more))


def locked(office: Office) -> dict[str, list[str]]:
    with office.stores.read() as store:
        names = {a.key: a.id for a in store.accounts.of(office.partner)}
        return {names[key]: ids for key, ids in store.locks.because(office.partner).items()}


@given(where=people, done=acts)
@several
def test_the_query_agrees_with_the_rule(
    office: Office, where: dict[str, set[str]], done: list[tuple[str, str, str]]
) -> None:
    office.partner = office.declare(f"after-{office.partner.id}")
    office.night(SCHOOLS, [person(id, *at) for id, at in where.items()])
    exceptions = {act(office, *one) for one in done}
    expected = {}
    for id, at in where.items():
        stored = [office.school(school) for school in sorted(at)]
        places = [Place(s.id, s.version if s.status == "frozen" else None) for s in stored]
        excepted = [Place(e[0], e[1]) for e in exceptions if e is not None and e[2] == id]
        if because := locked_because(places, excepted):
            expected[id] = because
    assert locked(office) == expected


def test_an_account_added_to_a_frozen_school_is_locked_at_once(office: Office) -> None:
    office.night("A", [person("p", "A")])
    office.change("A", Event.FROZEN)
    office.night("A", [person("p", "A"), person("q", "A")])
    assert locked(office) == {"p": ["A"], "q": ["A"]}


def test_moving_to_another_school_unlocks_nobody(office: Office) -> None:
    office.night("AB", [person("p", "A"), person("q", "A")])
    office.change("A", Event.FROZEN)
    office.night("AB", [person("p", "B"), person("q", "A")])
    assert locked(office) == {"p": ["A"], "q": ["A"]}


def test_a_new_freeze_locks_whom_support_had_released(office: Office) -> None:
    office.night("A", [person("p", "A")])
    office.change("A", Event.FROZEN)
    act(office, "release", "A", "p")
    assert locked(office) == {}
    office.change("A", Event.UNFROZEN)
    office.change("A", Event.FROZEN)
    assert locked(office) == {"p": ["A"]}


# Before a freeze


def previewed(office: Office, school: str) -> Preview:
    with office.stores.read() as store:
        return store.locks.preview(store.schools.named(office.partner, school))


def test_a_preview_says_where_else_people_work_and_what_locks_them_already(office: Office) -> None:
    office.night("ABC", [person("p", "A", "B", "C"), person("q", "A")])
    office.change("B", Event.FROZEN)
    both, only = previewed(office, "A").accounts
    assert (both.id, both.elsewhere, both.also_by) == ("p", ("School B", "School C"), ("School B",))
    assert (only.id, only.elsewhere, only.also_by) == ("q", (), ())


def test_the_digest_names_the_people_whatever_locks_them(office: Office) -> None:
    office.night("AB", [person("p", "A", "B"), person("q", "B")])
    before = previewed(office, "A").digest
    with office.stores.read() as store:
        attached = store.locks.attached(store.schools.named(office.partner, "A"))
    assert digest_of(attached) == before
    office.change("B", Event.FROZEN)
    assert previewed(office, "A").digest == before
    act(office, "release", "B", "p")
    assert previewed(office, "A").digest == before
    with office.stores.transaction() as store:
        partner = store.partners.locked(office.partner.slug)
        at = store.schools.picked(partner, ["A"])
        store.accounts.add(partner, Newcomer("new@example.org", "Nia", "Wu", at))
    assert previewed(office, "A").digest != before


def test_who_is_released_from_another_freeze_is_not_locked_by_it(office: Office) -> None:
    office.night("AB", [person("p", "A", "B")])
    office.change("B", Event.FROZEN)
    act(office, "release", "B", "p")
    assert previewed(office, "A").accounts[0].also_by == ()


def test_the_reach_of_a_freeze_counts_everybody_once(office: Office) -> None:
    office.night("AB", [person("p", "A", "B"), person("q", "A"), person("r", "B")])
    office.change("B", Event.FROZEN)
    with office.stores.read() as store:
        reach = store.locks.reach(store.schools.named(office.partner, "A"))
    assert (reach.staff, reach.now, reach.then, reach.most) == (3, 2, 3, True)


def test_an_email_stands_for_every_account_that_has_it(office: Office) -> None:
    office.night(
        "ABC",
        [
            person("p", "A", email="Kim@example.org"),
            person("q", "C", email="kim@EXAMPLE.org"),
            person("r", "B", email="lee@example.org"),
            person("s", "C", email="max@example.org"),
        ],
    )
    office.change("B", Event.FROZEN)
    asked = ["KIM@example.org", "Lee@example.org", "max@example.org", "nobody@example.org", ""]
    with office.stores.read() as store:
        standing = store.locks.standing(store.schools.named(office.partner, "A"), asked)
    assert standing == {
        "kim@example.org": Standing.LOCKS,
        "lee@example.org": Standing.LOCKED,
        "max@example.org": Standing.FREE,
    }
