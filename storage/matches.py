"""A new source: which of its schools each known one is, as proposed and as support decided.

Nothing is taken over before a person applies the held run. Then each linked school gets the id
that it has in the new source, and so keeps its record, its status and who was added by hand. So
does everybody of the staff.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, and_, delete, func, insert, or_, select, update
from xxhash import xxh3_64_hexdigest

from storage.errors import NotPossible, PlanStale, UnknownSchool
from storage.partners import Partner, Partners
from storage.roster.compare import Reading
from storage.roster.keeping import keep_accounts, known_as
from storage.roster.plan import Plan
from storage.rules.breaker import Trip
from storage.rules.lifecycle import Status
from storage.rules.matching import (
    Known,
    Labelled,
    Likeness,
    Offered,
    matched_by_label,
    matched_by_staff,
)
from storage.runs import APPLIED, Run, Runs
from storage.schools import Actor, School, Schools
from storage.snapshot import RosterSchool
from storage.tables import accounts, matches, memberships, runs, schools


class State(StrEnum):
    PROPOSED = "proposed"
    LINKED = "linked"
    # Support says that the new source does not have it.
    NONE = "none"


@dataclass(frozen=True)
class Proposal:
    """That a known school (by key) is the school `new` (by id) of the new source."""

    school: int
    new: str
    likeness: Likeness


@dataclass(frozen=True)
class Matched:
    """A known school and its place in the new source. Without a `state` nothing was proposed."""

    school: School
    new: RosterSchool | None = None
    likeness: Likeness | None = None
    state: State | None = None
    decided_by: str | None = None
    decided_name: str | None = None
    decided_at: datetime | None = None
    reason: str = ""

    @property
    def decided(self) -> bool:
        return self.state in (State.LINKED, State.NONE)

    @property
    def place(self) -> str | None:
        """Its id in the new source when that is applied now; None when it is not there.

        A proposal is not acted on by itself, but for a school that keeps its id anyway.
        """
        if self.new is None or (not self.decided and self.new.id != self.school.id):
            return None
        return self.new.id


@dataclass(frozen=True)
class Matching:
    """All known schools beside a new source. `offered` are its schools, by id."""

    run: Run
    schools: Sequence[Matched]
    offered: Mapping[str, RosterSchool]

    @property
    def waiting(self) -> list[School]:
        """The Frozen schools that support has to decide about before anything is applied."""
        frozen = [m for m in self.schools if m.school.status is Status.FROZEN]
        return [m.school for m in frozen if not m.decided]

    @property
    def leaving(self) -> list[School]:
        """The schools that become Action Needed when the run is applied now."""
        active = [m for m in self.schools if m.school.status is Status.ACTIVE]
        return [m.school for m in active if m.place is None]

    @property
    def digest(self) -> str:
        """Names exactly what is proposed and decided here."""
        seen = [(m.school.key, m.state, m.new.id if m.new else None) for m in self.schools]
        return xxh3_64_hexdigest(repr((self.run.id, seen)).encode())

    @property
    def unmatched(self) -> list[RosterSchool]:
        """The schools of the new source that are nobody's, not even by a proposal."""
        taken = {m.new.id for m in self.schools if m.new is not None}
        return [new for id, new in sorted(self.offered.items()) if id not in taken]


class Undecided(NotPossible):
    """A Frozen school has no decision yet, so the new source cannot be applied."""

    def __init__(self, partner: Partner, waiting: Sequence[School]) -> None:
        named = ", ".join(school.title for school in waiting[:10])
        more = f" and {len(waiting) - 10} more" if len(waiting) > 10 else ""
        one = len(waiting) == 1
        super().__init__(
            f"{named}{more} {'is' if one else 'are'} Frozen, and support has not decided yet "
            f"which school of the new source {'it is' if one else 'they are'}. Nothing was "
            "changed. The support team decides with “Match schools…” on the card of the held "
            f"roster, or with `recess schools match {partner.slug}`."
        )


def propose(read: Reading, partner: Partner, plan: Plan) -> list[Proposal]:
    """Who is probably who. Holds no transaction; `read` opens one short reading each time."""
    with read() as connection:
        known = _known(connection, partner)
    offered = [Offered(s.id, s.number, s.name) for s in plan.schools.values()]
    left = matched_by_label(known, offered)
    found = {**left.found, **matched_by_staff(left, _shared(read, left, plan))}
    return [Proposal(key, id, likeness) for key, (id, likeness) in found.items()]


class Matches:
    def __init__(self, connection: Connection, runs: Runs, now: datetime) -> None:
        self.connection = connection
        self.runs = runs
        self.now = now
        self.schools = Schools(connection, now)
        self.partners = Partners(connection, now)

    def held(self, partner: Partner) -> Matching | None:
        """The open hold of a new source with its matches, if there is one."""
        run = self.runs.held(partner)
        if run is None or run.cause != Trip.NEW_SOURCE:
            return None
        return self.of(partner, run)

    def of(self, partner: Partner, run: Run) -> Matching:
        """The matches of one held run. After it was settled no school of its roster is known."""
        plan = self.runs.plan(run)
        offered = dict(plan.schools) if plan is not None else {}
        statement = select(matches).where(matches.c.run_id == run.id)
        rows = {row.school_id: dict(row._mapping) for row in self.connection.execute(statement)}
        known = self.schools.of(partner)
        return Matching(run, [_matched(s, rows.get(s.key), offered) for s in known], offered)

    def more_locked(self, partner: Partner, matching: Matching) -> dict[int, int]:
        """How many more accounts each Frozen school locks, by its key, once the run is applied.

        Of those that have a place in the new source, or may get the one that is proposed.
        """
        frozen = [m for m in matching.schools if m.school.status is Status.FROZEN]
        places = {m.new.id: m.school.key for m in frozen if m.new is not None}
        plan = self.runs.plan(matching.run) if places else None
        if plan is None:
            return {}
        accounts = known_as(self.connection, partner, plan)
        here = self._people_at(places.values())
        found = dict.fromkeys(places.values(), 0)
        for change in plan.changes:
            for id in places.keys() & set(change.person.schools):
                found[places[id]] += (accounts.get(change.person.id), places[id]) not in here
        return found

    def _people_at(self, keys: Collection[int]) -> set[tuple[int | None, int]]:
        statement = select(memberships.c.account_id, memberships.c.school_id)
        rows = self.connection.execute(statement.where(memberships.c.school_id.in_(keys)))
        return {(row.account_id, row.school_id) for row in rows}

    def record(self, partner: Partner, run: Run, plan: Plan, proposals: Iterable[Proposal]) -> None:
        """Store what was proposed for a held run, below what support decided about earlier ones.

        A decision is kept while the new source still has the school that it names.
        """
        kept = [row for row in self._decisions(partner) if _holds(row, plan)]
        self.forget(partner)
        old = {row["school_id"] for row in kept}
        new = {row["source_id"] for row in kept}
        fresh = [p for p in proposals if p.school not in old and p.new not in new]
        rows = [{**row, "run_id": run.id} for row in kept] + [_row(run, p) for p in fresh]
        if rows:
            self.connection.execute(insert(matches), rows)

    def forget(self, partner: Partner) -> None:
        """Drop the matches of runs that were not applied: they belong to another roster."""
        theirs = select(runs.c.id).where(
            runs.c.partner_id == partner.id,
            or_(runs.c.outcome.is_(None), runs.c.outcome != APPLIED),
        )
        self.connection.execute(delete(matches).where(matches.c.run_id.in_(theirs)))

    def decide(
        self,
        partner: Partner,
        matching: Matching,
        wanted: Mapping[str, str | None],
        by: Actor,
        reason: str,
        *,
        accept: bool = False,
    ) -> Matching:
        """Write down what support decided, and answer all matches as they are then.

        `wanted` pairs known ids with ids of the new source, None for "it is not there"; `accept`
        takes every proposal that is left as well. Raises UnknownSchool and NotPossible.
        """
        chosen = _chosen(partner, matching, wanted)
        who = {"decided_by": by.id, "decided_name": by.name, "decided_at": self.now}
        who |= {"reason": reason}
        here = matches.c.run_id == matching.run.id
        self._make_room(matching.run, chosen)
        if chosen:
            values = [_decision(matching.run, m, new) | who for m, new in chosen]
            self.connection.execute(insert(matches), values)
        if accept:
            proposed = update(matches).where(here, matches.c.state == State.PROPOSED)
            self.connection.execute(proposed.values(state=State.LINKED, **who))
        return self.of(partner, matching.run)

    def require_decided(self, partner: Partner, run: Run) -> Matching:
        """The matches of a run. Raises Undecided while one of a Frozen school is missing."""
        matching = self.of(partner, run)
        if matching.waiting:
            raise Undecided(partner, matching.waiting)
        return matching

    def take_over(self, partner: Partner, run: Run, plan: Plan) -> None:
        """Give known schools and people the ids of the new source, right before `apply`.

        `partner` is locked. Raises PlanStale and Undecided, before anything is written.
        """
        if partner.roster_version != plan.base:
            raise PlanStale(partner.slug)
        matching = self.require_decided(partner, run)
        moving = [m for m in matching.schools if m.place != m.school.id and _in_the_way(m, plan)]
        # First all of them out of the way: two may have changed their ids with each other.
        for matched in moving:
            self._rename(matched.school, f"{matched.school.id}~{run.id}")
        for matched in moving:
            if matched.place is not None:
                self._rename(matched.school, matched.place)
        keep_accounts(self.connection, partner, plan, f"~{run.id}")
        self.partners.moves(partner, new_source=False)

    def _rename(self, school: School, id: str) -> None:
        statement = update(schools).where(schools.c.id == school.key)
        self.connection.execute(statement.values(source_id=id))

    def _make_room(self, run: Run, chosen: Sequence[tuple[Matched, RosterSchool | None]]) -> None:
        """What was known of these schools goes, and what was proposed of their new ones."""
        keys = [matched.school.key for matched, _ in chosen]
        ids = [new.id for _, new in chosen if new is not None]
        proposed = and_(matches.c.state == State.PROPOSED, matches.c.source_id.in_(ids))
        self.connection.execute(
            delete(matches).where(
                matches.c.run_id == run.id, or_(matches.c.school_id.in_(keys), proposed)
            )
        )

    def _decisions(self, partner: Partner) -> list[dict[str, Any]]:
        """What support decided about the runs of this source that were not applied."""
        statement = (
            select(matches)
            .join(runs, runs.c.id == matches.c.run_id)
            .join(schools, schools.c.id == matches.c.school_id)
            .where(runs.c.partner_id == partner.id, runs.c.outcome != APPLIED)
            .where(matches.c.state != State.PROPOSED, schools.c.linked_to.is_(None))
        )
        return [dict(row._mapping) for row in self.connection.execute(statement)]


def _known(connection: Connection, partner: Partner) -> list[Known]:
    """The schools of a partner, each with how many people have a membership of it."""
    statement = (
        select(schools, func.count(memberships.c.account_id).label("people"))
        .outerjoin(memberships, memberships.c.school_id == schools.c.id)
        .where(schools.c.partner_id == partner.id, schools.c.linked_to.is_(None))
        .group_by(schools.c.id)
    )
    rows = connection.execute(statement)
    return [Known(row.id, row.source_id, row.number, row.name, row.people) for row in rows]


def _shared(read: Reading, left: Labelled, plan: Plan) -> dict[tuple[int, str], int]:
    """How many people of each known school are at each offered one, by their email."""
    known = _emails(read, [k.key for k in left.known])
    ids = {o.id for o in left.offered}
    if not known or not ids:
        return {}
    found: dict[tuple[int, str], set[str]] = defaultdict(set)
    for change in plan.changes:
        email = change.person.email.casefold()
        for key in known.get(email, ()):
            for id in ids.intersection(change.person.schools):
                found[key, id].add(email)
    return {pair: len(emails) for pair, emails in found.items()}


def _emails(read: Reading, keys: Sequence[int]) -> Mapping[str, list[int]]:
    """At which of these schools each email is known."""
    statement = (
        select(accounts.c.email_folded, memberships.c.school_id)
        .join(memberships, memberships.c.account_id == accounts.c.id)
        .where(memberships.c.school_id.in_(keys), accounts.c.email_folded != "")
    )
    found: dict[str, list[int]] = defaultdict(list)
    if keys:
        with read() as connection:
            for email, key in connection.execute(statement):
                found[email].append(key)
    return found


def _matched(
    school: School, row: Mapping[str, Any] | None, offered: Mapping[str, RosterSchool]
) -> Matched:
    if row is None:
        return Matched(school)
    return Matched(
        school=school,
        new=offered.get(row["source_id"]),
        likeness=Likeness[row["likeness"]] if row["likeness"] else None,
        state=State(row["state"]),
        decided_by=row["decided_by"],
        decided_name=row["decided_name"],
        decided_at=row["decided_at"],
        reason=row["reason"],
    )


def _holds(row: Mapping[str, Any], plan: Plan) -> bool:
    return row["source_id"] is None or row["source_id"] in plan.schools


def _row(run: Run, proposal: Proposal) -> dict[str, Any]:
    return {
        "run_id": run.id,
        "school_id": proposal.school,
        "state": State.PROPOSED,
        "source_id": proposal.new,
        "likeness": proposal.likeness.name,
        "decided_by": None,
        "decided_name": None,
        "decided_at": None,
        "reason": "",
    }


def _decision(run: Run, matched: Matched, new: RosterSchool | None) -> dict[str, Any]:
    as_proposed = matched.likeness is not None and new == matched.new
    return {
        "run_id": run.id,
        "school_id": matched.school.key,
        "state": State.NONE if new is None else State.LINKED,
        "source_id": new.id if new is not None else None,
        "likeness": matched.likeness.name if as_proposed and matched.likeness else None,
    }


def _chosen(
    partner: Partner, matching: Matching, wanted: Mapping[str, str | None]
) -> list[tuple[Matched, RosterSchool | None]]:
    """The schools that are meant. Raises for one that is not there, or that is taken."""
    known = {matched.school.id: matched for matched in matching.schools}
    taken = {m.new.id: m for id, m in known.items() if id not in wanted and m.decided and m.new}
    chosen: list[tuple[Matched, RosterSchool | None]] = []
    for old, new in wanted.items():
        if old not in known:
            raise UnknownSchool(partner.slug, old)
        chosen.append((known[old], _free(matching, taken, new)))
        if new is not None:
            taken[new] = known[old]
    return chosen


def _free(matching: Matching, taken: Mapping[str, Matched], new: str | None) -> RosterSchool | None:
    if new is None:
        return None
    if new not in matching.offered:
        raise NotPossible(f"The new source has no school with the id “{new}”. Nothing was changed.")
    if new in taken:
        raise NotPossible(
            f"“{new}” of the new source is already {taken[new].school.title}: a school can be "
            "only one. Nothing was changed."
        )
    return matching.offered[new]


def _in_the_way(matched: Matched, plan: Plan) -> bool:
    """Whether it gets another id, or has one that means another school from now on."""
    return matched.place is not None or matched.school.id in plan.schools
