"""What a plan would change, in words: school by school, and the first of its people."""

from collections.abc import Iterator, Mapping
from itertools import islice

from sqlalchemy import select

from handlers.sentences import STATUS_WORDS, school_title
from storage.partners import Partner
from storage.roster.plan import Plan
from storage.rules.lifecycle import Event, Status, decide
from storage.schools import School, titled
from storage.snapshot import RosterPerson
from storage.store import Store
from storage.tables import accounts
from storage.uploads import Line

BATCH = 500


def school_lines(store: Store, partner: Partner, plan: Plan) -> Iterator[Line]:
    known = {school.id: school for school in store.schools.of(partner)}
    people = store.schools.people([known[id].key for id in plan.missing])
    for id in plan.new:
        seen = plan.schools[id]
        yield "+", f"{titled(seen.name, seen.number or id)}: new, {STATUS_WORDS[Status.ACTIVE]}"
    for id in plan.missing:
        staff = people.get(known[id].key, 0)
        yield "-", f"{_becoming(known[id], Event.WENT_MISSING)}; its staff ({staff:,}) stay"
    for id in plan.returned:
        yield "↩", _becoming(known[id], Event.SHARED)
    yield from _renamed(known, plan)
    yield " ", f"{plan.counts.schools_total:,} in the roster"


def _becoming(school: School, event: Event) -> str:
    now, then = school.status, decide(school.status, event)
    what = "missing" if event is Event.WENT_MISSING else "back"
    title = school_title(school)
    if then is now:
        return f"{title}: {what}, stays {STATUS_WORDS[now]}"
    assert isinstance(then, Status)
    return f"{title}: {what}, {STATUS_WORDS[now]} → {STATUS_WORDS[then]}"


def _renamed(known: Mapping[str, School], plan: Plan) -> Iterator[Line]:
    for id, seen in plan.schools.items():
        school = known.get(id)
        if school is not None and (school.name, school.number) != (seen.name, seen.number):
            yield "~", f"{school_title(school)}: now called {titled(seen.name, seen.number)}"


def staff_counts(plan: Plan) -> dict[str, int]:
    """How many people there are of each sign."""
    counts = plan.counts
    return {"+": counts.staff_added, "~": counts.staff_changed, "-": counts.staff_removed}


# Who is at a school that is missing too stays, so nobody is called removed.
STAFF_WORDS = {"+": "added", "~": "changed", "-": "not in it any more"}


def first_staff(
    store: Store, partner: Partner, plan: Plan, named: int
) -> dict[str, list[RosterPerson]]:
    """The first few people of each sign; no more of the plan is read than that needs."""
    counts = staff_counts(plan)
    found: dict[str, list[RosterPerson]] = {sign: [] for sign in counts}
    changes = iter(plan.changes)
    while any(len(found[sign]) < min(named, count) for sign, count in counts.items()):
        batch = list(islice(changes, BATCH))
        if not batch:
            break
        known = _rostered(store, partner, [change.person.id for change in batch])
        for change in batch:
            stored = known.get(change.person.id)
            sign = "-" if change.verb == "gone" else "+" if stored is None else "~"
            # Of somebody who goes, the plan has the id alone.
            person = stored if sign == "-" and stored is not None else change.person
            if len(found[sign]) < named:
                found[sign].append(person)
    return found


def _rostered(store: Store, partner: Partner, ids: list[str]) -> dict[str, RosterPerson]:
    """Those of the source's ids that the last applied snapshot had, as they are stored."""
    statement = select(accounts).where(
        accounts.c.partner_id == partner.id, accounts.c.claimed, accounts.c.source_id.in_(ids)
    )
    return {
        row.source_id: RosterPerson(
            row.source_id, row.email, row.given_name, row.family_name, schools=()
        )
        for row in store.connection.execute(statement)
    }
