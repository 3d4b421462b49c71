"""Schools, and the append-only history of their status."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, func, select, update

from storage.errors import UnknownSchool
from storage.partners import Partner
from storage.rules.lifecycle import Event, Refusal, Status, decide, unfreezing
from storage.snapshot import RosterSchool
from storage.tables import history, memberships, partners, runs, schools

SYNCED = ("applied", "no_change")


# Sources give names of any length; people are shown so much of one, on one line.
LONGEST_NAME, LONGEST_NUMBER = 120, 40


def titled(name: str, number: str) -> str:
    """How a school is named to people: names repeat within a district, numbers do not."""
    shown = _cut(name, LONGEST_NAME)
    return f"{shown} ({_cut(number, LONGEST_NUMBER)})" if number else shown


def _cut(text: str, longest: int) -> str:
    line = " ".join(text.split())
    return line if len(line) <= longest else f"{line[: longest - 1]}…"


@dataclass(frozen=True)
class School:
    """A stored school. `id` is the source's own, `key` ours; `people` counts memberships."""

    key: int
    partner_id: int
    id: str
    number: str
    name: str
    status: Status
    present: bool
    version: int
    since: datetime
    last_seen_at: datetime | None

    @property
    def title(self) -> str:
        return titled(self.name, self.number)


@dataclass(frozen=True)
class Actor:
    """Who caused a change, and over which road. A sync is an actor too."""

    id: str
    name: str
    via: str
    channel: str | None = None
    ts: str | None = None
    run: int | None = None


@dataclass(frozen=True)
class Transition:
    """One row of the history."""

    id: int
    school: str
    version: int
    from_status: Status | None
    to_status: Status
    event: Event
    actor: str
    actor_name: str
    via: str
    reason: str
    at: datetime


@dataclass(frozen=True)
class Change:
    """What became of one asked change: done, or refused because of `last`, what came before it.

    `stale` says that the asker had seen an older version: somebody else came first. `source` is
    the kind of the partner's roster source, where the refusal is about it; `held` says that a newer
    roster of it waits for somebody's decision.
    """

    school: School
    refusal: Refusal | None
    last: Transition | None
    stale: bool
    source: str = ""
    held: bool = False

    @property
    def done(self) -> bool:
        return self.refusal is None and not self.stale


class Schools:
    def __init__(self, connection: Connection, now: datetime) -> None:
        self.connection = connection
        self.now = now

    def of(self, partner: Partner) -> list[School]:
        """All schools of a partner, by name and number."""
        statement = _of_partner.where(schools.c.partner_id == partner.id)
        ordered = statement.order_by(func.lower(schools.c.name), schools.c.number, schools.c.id)
        return [_school(row) for row in self.connection.execute(ordered)]

    def undecided(self, partner: Partner) -> list[School]:
        """The schools that need a decision, those that have waited longest first."""
        statement = _of_partner.where(
            schools.c.partner_id == partner.id, schools.c.status == Status.ACTION_NEEDED
        )
        ordered = statement.order_by(schools.c.since, func.lower(schools.c.name), schools.c.id)
        return [_school(row) for row in self.connection.execute(ordered)]

    def named(self, partner: Partner, id: str) -> School:
        """By the source's id, as it is stored now. Raises UnknownSchool."""
        statement = _of_partner.where(schools.c.partner_id == partner.id, schools.c.source_id == id)
        row = self.connection.execute(statement).first()
        if row is None:
            raise UnknownSchool(partner.slug, id)
        return _school(row)

    def picked(self, partner: Partner, ids: Iterable[str]) -> list[School]:
        """The schools with these source ids, locked for a change, in the order of their keys.

        Raises UnknownSchool for an id that this partner does not have.
        """
        wanted = set(ids)
        statement = (
            _of_partner.where(schools.c.partner_id == partner.id)
            .where(schools.c.source_id.in_(wanted))
            .order_by(schools.c.id)
            .with_for_update()
        )
        found = [_school(row) for row in self.connection.execute(statement)]
        for missing in sorted(wanted - {school.id for school in found}):
            raise UnknownSchool(partner.slug, missing)
        return found

    def by_key(self, key: int) -> School:
        statement = select(schools).where(schools.c.id == key)
        return _school(self.connection.execute(statement).one())

    def change(
        self,
        school: School,
        event: Event,
        by: Actor,
        *,
        reason: str = "",
        expected: int | None = None,
    ) -> Change:
        """Apply a person's event to one school, as the lifecycle decides.

        `expected` is the version that the person saw; the update is conditional on status and
        version, so that of two people who click at once one wins and the other is told.
        """
        if event is Event.UNFROZEN:
            event = unfreezing(school.present)
        decided = decide(school.status, event)
        if isinstance(decided, Refusal):
            source = self._source(school) if decided is Refusal.STILL_SHARED else ""
            return Change(school, decided, self.settled_by(school), stale=False, source=source)
        if expected is not None and expected != school.version:
            return Change(school, None, self.last(school), stale=True)
        if not self.move(school, event, decided, by, reason):
            raced = self.by_key(school.key)
            return Change(raced, None, self.last(raced), stale=True)
        moved = self.by_key(school.key)
        return Change(moved, None, self.last(moved), stale=False)

    def change_all(
        self,
        picked: Sequence[School],
        event: Event,
        by: Actor,
        *,
        reason: str = "",
        expected: Mapping[str, int] | None = None,
    ) -> list[Change]:
        """`change` for many schools, in a few statements however many there are.

        They were read under the partner's lock (see `picked`), so nobody comes in between.
        `expected` maps the source's ids to the versions that the person saw.
        """
        seen = expected or {}
        judged = {school.key: decide(school.status, event) for school in picked}
        stale = {s.key for s in picked if seen.get(s.id, s.version) != s.version}
        moving = [
            school
            for school in picked
            if school.key not in stale and not isinstance(judged[school.key], Refusal)
        ]
        self._move_all(moving, event, by, reason)
        moved = {school.key for school in moving}
        return self._became(picked, judged, moved)

    def _move_all(self, moving: Sequence[School], event: Event, by: Actor, reason: str) -> None:
        for status in {school.status for school in moving}:
            alike = [school for school in moving if school.status is status]
            to = decide(status, event)
            assert isinstance(to, Status), "only what is legal moves"
            statement = (
                update(schools)
                .where(schools.c.id.in_([school.key for school in alike]))
                .where(schools.c.status == status)
                .values(status=to, version=schools.c.version + 1, since=self.now)
            )
            done = self.connection.execute(statement).rowcount
            assert done == len(alike), "the partner's lock is held, so no status can move"
            rows = [self._row(school, status, event, to, by, reason) for school in alike]
            self.connection.execute(history.insert(), rows)

    def _became(
        self,
        picked: Sequence[School],
        judged: Mapping[int, Status | Refusal],
        moved: Collection[int],
    ) -> list[Change]:
        keys = [school.key for school in picked]
        now, lasts = self._by_keys(keys), self._lasts(keys)
        refusals = {key: said for key, said in judged.items() if isinstance(said, Refusal)}
        settled = self._settled({key: lasts[key] for key in refusals})
        shared = Refusal.STILL_SHARED in refusals.values()
        source = self._source(picked[0]) if shared else ""
        return [
            Change(
                now[key],
                refusals.get(key),
                settled.get(key, lasts[key]),
                stale=key not in refusals and key not in moved,
                source=source if refusals.get(key) is Refusal.STILL_SHARED else "",
            )
            for key in keys
        ]

    def _by_keys(self, keys: Collection[int]) -> dict[int, School]:
        rows = self.connection.execute(select(schools).where(schools.c.id.in_(keys)))
        return {row.id: _school(row) for row in rows}

    def _lasts(self, keys: Collection[int]) -> dict[int, Transition]:
        statement = _newest.where(schools.c.id.in_(keys))
        return {row.key: _transition(row) for row in self.connection.execute(statement)}

    def _source(self, school: School) -> str:
        statement = select(partners.c.source).where(partners.c.id == school.partner_id)
        return str(self.connection.execute(statement).scalar_one().get("kind", ""))

    def move(self, school: School, event: Event, to: Status, by: Actor, reason: str = "") -> bool:
        """Write one transition with its history row, if the school still is as it was read."""
        since = self.now if to is not school.status else school.since
        statement = (
            update(schools)
            .where(
                schools.c.id == school.key,
                schools.c.status == school.status,
                schools.c.version == school.version,
            )
            .values(status=to, version=school.version + 1, since=since)
        )
        if self.connection.execute(statement).rowcount != 1:
            return False
        self._record(school, school.status, event, to, by, reason)
        return True

    def add(self, partner: Partner, seen: RosterSchool, by: Actor) -> None:
        """A school that a snapshot has and we had not: Active, with its first history row."""
        to = decide(None, Event.SHARED)
        values = {
            "partner_id": partner.id,
            "source_id": seen.id,
            "number": seen.number,
            "name": seen.name,
            "status": to,
            "present": True,
            "version": 1,
            "since": self.now,
        }
        self.connection.execute(schools.insert().values(values))
        added = replace(self.named(partner, seen.id), version=0)
        self._record(added, None, Event.SHARED, Status.ACTIVE, by, "")

    def describe(self, school: School, seen: RosterSchool) -> None:
        """Take over the name and number that the source gives now, and that it is present."""
        statement = update(schools).where(schools.c.id == school.key)
        values = {"number": seen.number, "name": seen.name, "present": True, "last_seen_at": None}
        self.connection.execute(statement.values(values))

    def lose(self, school: School, last_seen_at: datetime | None) -> None:
        """The school is absent now; `last_seen_at` is the last run that had it."""
        statement = update(schools).where(schools.c.id == school.key)
        self.connection.execute(statement.values(present=False, last_seen_at=last_seen_at))

    def _record(
        self,
        school: School,
        from_status: Status | None,
        event: Event,
        to: Status,
        by: Actor,
        reason: str,
    ) -> None:
        values = self._row(school, from_status, event, to, by, reason)
        self.connection.execute(history.insert().values(values))

    def _row(
        self,
        school: School,
        from_status: Status | None,
        event: Event,
        to: Status,
        by: Actor,
        reason: str,
    ) -> dict[str, Any]:
        return {
            "partner_id": school.partner_id,
            "school_id": school.key,
            "version": school.version + 1,
            "from_status": from_status,
            "to_status": to,
            "event": event,
            "actor": by.id,
            "actor_name": by.name,
            "via": by.via,
            "reason": reason,
            "at": self.now,
            "run_id": by.run,
            "slack_channel": by.channel,
            "slack_ts": by.ts,
        }

    def last(self, school: School) -> Transition | None:
        rows = self.history(school, limit=1)
        return rows[0] if rows else None

    def settled_by(self, school: School) -> Transition:
        """What brought a school to its status; see `settled`."""
        return self._settled(self._lasts([school.key]))[school.key]

    def settled(self, partner: Partner) -> dict[int, Transition]:
        """What brought every school of a partner to its status, by the school's key.

        Not always the newest transition: the report of a mistake leaves the status alone.
        """
        return self._settled(self.latest(partner))

    def _settled(self, newest: Mapping[int, Transition]) -> dict[int, Transition]:
        still = [key for key, last in newest.items() if last.from_status is last.to_status]
        if not still:
            return dict(newest)
        moved = history.c.from_status.is_(None) | (history.c.from_status != history.c.to_status)
        statement = _transitions.where(history.c.school_id.in_(still), moved)
        rows = self.connection.execute(statement.order_by(history.c.version))
        return {**newest, **{row.key: _transition(row) for row in rows}}

    def history(self, school: School, limit: int | None = None) -> list[Transition]:
        """The transitions of one school, newest first."""
        statement = (
            _transitions.where(history.c.school_id == school.key)
            .order_by(history.c.version.desc())
            .limit(limit)
        )
        return [_transition(row) for row in self.connection.execute(statement)]

    def latest(self, partner: Partner) -> dict[int, Transition]:
        """The newest transition of every school of a partner, by the school's key."""
        statement = _newest.where(schools.c.partner_id == partner.id)
        return {row.key: _transition(row) for row in self.connection.execute(statement)}

    def people(self, keys: Collection[int]) -> Mapping[int, int]:
        """How many accounts each of these schools has, by the school's key."""
        statement = (
            select(memberships.c.school_id, func.count().label("people"))
            .where(memberships.c.school_id.in_(keys))
            .group_by(memberships.c.school_id)
        )
        return {row.school_id: row.people for row in self.connection.execute(statement)}

    def last_run_at(self, partner: Partner) -> datetime | None:
        """When the roster was last read and taken over, changed or not."""
        statement = select(func.max(runs.c.finished_at)).where(
            runs.c.partner_id == partner.id, runs.c.outcome.in_(SYNCED)
        )
        at: datetime | None = self.connection.execute(statement).scalar()
        return at

    def last_synced(self, partner: Partner, school: School) -> datetime | None:
        """Derived, so that an unchanged night writes no school."""
        return self.last_run_at(partner) if school.present else school.last_seen_at


_of_partner: Select[Any] = select(schools).where(schools.c.linked_to.is_(None))
_transitions = select(history, schools.c.source_id, schools.c.id.label("key")).join(
    schools, schools.c.id == history.c.school_id
)
_newest = _transitions.where(history.c.version == schools.c.version)


def _school(row: Row[Any]) -> School:
    return School(
        key=row.id,
        partner_id=row.partner_id,
        id=row.source_id,
        number=row.number,
        name=row.name,
        status=Status(row.status),
        present=row.present,
        version=row.version,
        since=row.since,
        last_seen_at=row.last_seen_at,
    )


def _transition(row: Row[Any]) -> Transition:
    return Transition(
        id=row.id,
        school=row.source_id,
        version=row.version,
        from_status=Status(row.from_status) if row.from_status else None,
        to_status=Status(row.to_status),
        event=Event(row.event),
        actor=row.actor,
        actor_name=row.actor_name,
        via=row.via,
        reason=row.reason,
        at=row.at,
    )
