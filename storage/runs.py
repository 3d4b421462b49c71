"""Sync runs: what is owed, what is under way, and what became of each.

A run is owed when its row exists without an owner, under way while it has one, and ends with an
outcome. One run per partner at a time: a unique partial index holds that, not our good will.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import takewhile
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    Row,
    Select,
    func,
    or_,
    select,
    update,
)

from storage.errors import RunTaken, SyncUnderWay
from storage.partners import Partner
from storage.roster.plan import Counts, Plan
from storage.rules.breaker import Trip
from storage.schools import Actor
from storage.tables import partners, run_askers, runs, written
from storage.work import Carrier, Job

# A run whose owner has not been heard of for so long is nobody's any more.
SILENT = timedelta(seconds=60)
# An owed run that nobody began within this time has lost its job.
ABANDONED = timedelta(seconds=60)
# Runs back to which failures are counted; by then the partner has been told three times.
COUNTED = 30

APPLIED, NO_CHANGE, HELD, FAILED = "applied", "no_change", "held", "failed"
SKIPPED, SUPERSEDED, DISCARDED = "skipped", "superseded", "discarded"


# A hold is open until a later run has one of these.
SETTLING = (APPLIED, NO_CHANGE, HELD, DISCARDED)


class Decision(StrEnum):
    """The three ways out of a hold."""

    APPLY = "apply"
    APPLY_AND_PAUSE = "apply_and_pause"
    DISCARD = "discard"


@dataclass(frozen=True)
class Run:
    """One comparison of a snapshot with what is stored. `outcome` is None until it ends.

    `reason` says why it failed, was skipped or is held; of a superseded one, what came between.
    `decision` is what a person chose for a held run, whatever became of it afterwards.
    `asked_by` is the person who wanted it now; None for what the clock fired.
    """

    id: int
    partner: str
    partner_id: int
    key: str
    night: str | None
    attempt: int
    asked_at: datetime
    started_at: datetime | None
    owner: str | None
    heartbeat_at: datetime | None
    finished_at: datetime | None
    outcome: str | None
    cause: str | None
    reason: str
    counts: Counts
    digest: str | None
    decision: Decision | None
    decided_by: str | None
    decided_name: str | None
    decided_via: str | None
    decided_at: datetime | None
    asked_by: str | None
    asked_name: str | None
    retries: int

    @property
    def was_held(self) -> bool:
        """Whether the breaker stopped it, whatever became of it afterwards."""
        return self.cause in set(Trip)

    @property
    def decider(self) -> Actor:
        """Who decided about it. Of older decisions the road is not known: most were in Slack."""
        who, name = self.decided_by or "", self.decided_name or ""
        return Actor(who, name, self.decided_via or "slack", run=self.id)


class Runs:
    def __init__(self, connection: Connection, carrier: Carrier, now: datetime) -> None:
        self.connection = connection
        self.carrier = carrier
        self.now = now

    def owe(
        self, partner: Partner, key: str, *, night: str | None = None, by: Actor | None = None
    ) -> Run | None:
        """Owe the run of this key and carry it; None when that run exists already.

        `by` is the person who wants it now.
        """
        if self.connection.execute(select(runs.c.id).where(runs.c.key == key)).first():
            return None
        run = self._insert(partner, key, night, by)
        self.carry(run)
        return run

    def wanted(self, partner: Partner) -> Run | None:
        """The run that a person has asked for and nobody has begun yet."""
        statement = _runs.where(
            runs.c.partner_id == partner.id,
            runs.c.asked_by.is_not(None),
            runs.c.owner.is_(None),
            runs.c.outcome.is_(None),
        )
        row = self.connection.execute(statement.order_by(runs.c.id).limit(1)).first()
        return _run(row) if row else None

    def join(self, run: Run, person: str) -> bool:
        """Somebody else wants it too; False when they are known to."""
        if person in self.askers(run):
            return False
        self.connection.execute(run_askers.insert().values(run_id=run.id, person=person))
        return True

    def askers(self, run: Run) -> list[str]:
        """Everybody who wants to hear how it ends, first whoever asked first."""
        statement = select(run_askers.c.person).where(run_askers.c.run_id == run.id)
        others = self.connection.execute(statement.order_by(run_askers.c.person)).scalars()
        return [*([run.asked_by] if run.asked_by else []), *others]

    def here(self, partner: Partner, key: str, owner: str) -> Run:
        """A run that the calling process does itself, begun at once. Raises SyncUnderWay."""
        return self.begin(self._insert(partner, key), owner)

    @staticmethod
    def job_key(run: Run) -> str:
        """The key of the job that carries a run's present attempt, or what was decided of it."""
        return f"{'apply' if run.decision else 'run'}:{run.id}:{run.attempt}"

    def carry(self, run: Run, delay: float = 0) -> None:
        """Every attempt has a key of its own: a key that failed once is used up for ever."""
        job = Job("sync", self.job_key(run), lane=run.partner, delay=delay)
        self.carrier.carry(self.connection, job)

    def begin(self, run: Run, owner: str) -> Run:
        """Take a run. Raises SyncUnderWay while another run of the partner has a living owner.

        Call it under the partner's lock. A run whose owner is silent is owed again.
        """
        other = self._under_way(run.partner_id)
        if other is not None and other.id != run.id:
            if not self._silent(other):
                raise SyncUnderWay(run.partner, other.owner or "", other.started_at or self.now)
            self._set(other, owner=None)
        self._set(run, owner=owner, started_at=self.now, heartbeat_at=self.now)
        return self.by_id(run.id)

    def beat(self, run: Run) -> None:
        """Its owner lives; when another one has it by now, that is no sign of life of theirs."""
        mine = (runs.c.id == run.id, runs.c.owner == run.owner)
        self.connection.execute(update(runs).where(*mine).values(heartbeat_at=self.now))

    def finish(
        self,
        run: Run,
        outcome: str,
        *,
        cause: str | None = None,
        reason: str = "",
        counts: Counts | None = None,
        **more: Any,
    ) -> Run:
        """Record what became of a run. `more`: base_version, digest and plan of a comparison.

        Raises RunTaken when another process has it by now: the caller must not commit.
        """
        values = vars(counts or Counts()) | more
        return self._leave(
            run, outcome=outcome, cause=cause, reason=reason, finished_at=self.now, **values
        )

    def put_off(self, run: Run, by: timedelta, *, cause: str | None, reason: str) -> Run:
        """Owe a run once more, in a while: its fault may pass by itself. Raises RunTaken.

        Until then it is nobody's, and `asked_at` is when it is due.
        """
        later = self._leave(
            run,
            owner=None,
            asked_at=self.now + by,
            attempt=run.attempt + 1,
            retries=run.retries + 1,
            cause=cause,
            reason=reason,
        )
        self.carry(later, delay=by.total_seconds())
        return later

    def _leave(self, run: Run, **values: Any) -> Run:
        """Write down what became of a run, if its owner still is the one that began it."""
        mine = (runs.c.id == run.id, runs.c.owner == run.owner, runs.c.outcome.is_(None))
        if self.connection.execute(update(runs).where(*mine).values(**values)).rowcount != 1:
            raise RunTaken(run.partner)
        return self.by_id(run.id)

    def overtaken(self, run: Run) -> bool:
        """Whether a later run of the partner has read the roster meanwhile."""
        statement = select(runs.c.id).where(
            runs.c.partner_id == run.partner_id,
            runs.c.id > run.id,
            runs.c.outcome.in_((*SETTLING, SUPERSEDED)),
        )
        return self.connection.execute(statement.limit(1)).first() is not None

    def abandoned(self) -> list[Run]:
        """What is owed and nobody does: to be carried again.

        Runs that nobody began, runs whose owner is silent, decisions not carried out.
        """
        owed = runs.c.owner.is_(None) & (runs.c.asked_at < self.now - ABANDONED)
        silent = runs.c.owner.is_not(None) & (runs.c.heartbeat_at < self.now - SILENT)
        undone = runs.c.outcome.is_(None) & (owed | silent)
        decided = runs.c.decided_at < self.now - ABANDONED
        # Two statements, each with an index of its own.
        found = [
            _run(row)
            for which in (undone, (runs.c.outcome == written(HELD)) & decided)
            for row in self.connection.execute(_runs.where(which))
        ]
        return sorted(found, key=lambda run: run.id)

    def again(self, run: Run) -> None:
        """Carry an abandoned run as its next attempt, if it still is as it was read.

        Several replicas look for them at the same time, and one may have begun it since.
        """
        same = (
            runs.c.id == run.id,
            runs.c.attempt == run.attempt,
            runs.c.owner.is_not_distinct_from(run.owner),
            runs.c.heartbeat_at.is_not_distinct_from(run.heartbeat_at),
        )
        values = {"owner": None, "asked_at": self.now, "attempt": run.attempt + 1}
        if self.connection.execute(update(runs).where(*same).values(values)).rowcount == 1:
            self.carry(replace(run, attempt=run.attempt + 1))

    def by_id(self, id: int) -> Run:
        return _run(self.connection.execute(_runs.where(runs.c.id == id)).one())

    def of(self, partner: Partner, limit: int = 50) -> list[Run]:
        """The newest runs of a partner, newest first."""
        statement = _runs.where(runs.c.partner_id == partner.id)
        rows = self.connection.execute(statement.order_by(runs.c.id.desc()).limit(limit))
        return [_run(row) for row in rows]

    def before(self, run: Run) -> list[Run]:
        """The ended runs before this one, newest first: all nights, and what else succeeded."""
        statement = _runs.where(
            runs.c.partner_id == run.partner_id,
            runs.c.id < run.id,
            runs.c.outcome.is_not(None),
            runs.c.night.is_not(None) | runs.c.outcome.in_((APPLIED, NO_CHANGE)),
        )
        rows = self.connection.execute(statement.order_by(runs.c.id.desc()).limit(COUNTED))
        return [_run(row) for row in rows]

    def failed_with(self, cause: str, night: str) -> list[Run]:
        """The runs of one night that one cause stopped, by partner."""
        statement = _runs.where(
            runs.c.cause == cause,
            runs.c.outcome == written(FAILED),
            func.substr(runs.c.night, 1, 10) == night,
        )
        return [_run(row) for row in self.connection.execute(statement.order_by(partners.c.name))]

    def held(self, partner: Partner) -> Run | None:
        """The open hold of a partner: its newest held run, unless something settled it since."""
        statement = _runs.where(runs.c.partner_id == partner.id, runs.c.outcome.in_(SETTLING))
        row = self.connection.execute(statement.order_by(runs.c.id.desc()).limit(1)).first()
        return _run(row) if row is not None and row.outcome == HELD else None

    def supersede_holds(self, partner: Partner, by: Run) -> Sequence[Run]:
        """End the holds that a later run made pointless; answers them as they were."""
        statement = _runs.where(
            runs.c.partner_id == partner.id, runs.c.outcome == HELD, runs.c.id < by.id
        )
        ended = [_run(row) for row in self.connection.execute(statement)]
        for run in ended:
            self._set(run, outcome=SUPERSEDED, plan=None, reason="A later run took its place.")
        return ended

    def last_hold(self, partner: Partner) -> Run | None:
        """The newest run that the breaker stopped, whatever became of it."""
        statement = _runs.where(
            runs.c.partner_id == partner.id, runs.c.cause.in_([trip.value for trip in Trip])
        )
        row = self.connection.execute(statement.order_by(runs.c.id.desc()).limit(1)).first()
        return _run(row) if row else None

    def held_in_a_row(self, partner: Partner, digest: str | None) -> int:
        """On how many of the last runs the breaker stopped exactly this roster."""
        statement = _runs.where(
            runs.c.partner_id == partner.id,
            runs.c.outcome.in_((*SETTLING, SUPERSEDED)),
            has_read(runs),
        )
        rows = self.connection.execute(statement.order_by(runs.c.id.desc()).limit(COUNTED))
        same = takewhile(lambda run: run.was_held and run.digest == digest, map(_run, rows))
        return len(list(same))

    def decide(self, run: Run, decision: Decision, by: Actor) -> Run:
        """Write down what a person chose for a held run; discarding it ends it."""
        chosen: dict[str, Any] = {
            "decision": decision,
            "decided_by": by.id,
            "decided_name": by.name,
            "decided_via": by.via,
            "decided_at": self.now,
        }
        if decision is Decision.DISCARD:
            chosen |= {"outcome": DISCARDED, "plan": None}
        self._set(run, **chosen)
        decided = self.by_id(run.id)
        if decision is not Decision.DISCARD:
            self.carry(decided)
        return decided

    def settle(self, run: Run, outcome: str, reason: str = "") -> Run:
        """End a held run whose decision was carried out, or could not be."""
        self._set(run, outcome=outcome, plan=None, reason=reason or run.reason)
        return self.by_id(run.id)

    def plan(self, run: Run) -> Plan | None:
        """The stored plan of a held run; None when it has been settled."""
        packed = self.connection.execute(select(runs.c.plan).where(runs.c.id == run.id)).scalar()
        return None if packed is None else Plan.unpacked(packed)

    def under_way(self, partner: Partner) -> Run | None:
        """The run that somebody does now and is still heard of."""
        run = self._under_way(partner.id)
        return None if run is None or self._silent(run) else run

    def night_known(self, partner: Partner, key: str) -> bool:
        statement = select(runs.c.id).where(runs.c.partner_id == partner.id, runs.c.key == key)
        return self.connection.execute(statement).first() is not None

    def _silent(self, run: Run) -> bool:
        return run.heartbeat_at is None or run.heartbeat_at < self.now - SILENT

    def _under_way(self, partner_id: int) -> Run | None:
        statement = _runs.where(
            runs.c.partner_id == partner_id, runs.c.owner.is_not(None), runs.c.outcome.is_(None)
        )
        row = self.connection.execute(statement).first()
        return _run(row) if row else None

    def _insert(
        self, partner: Partner, key: str, night: str | None = None, by: Actor | None = None
    ) -> Run:
        statement = runs.insert().values(
            partner_id=partner.id,
            key=key,
            night=night,
            asked_at=self.now,
            asked_by=by.id if by else None,
            asked_name=by.name if by else None,
        )
        inserted = self.connection.execute(statement).inserted_primary_key
        assert inserted is not None
        return self.by_id(int(inserted[0]))

    def _set(self, run: Run, **values: Any) -> None:
        self.connection.execute(update(runs).where(runs.c.id == run.id).values(**values))


def has_read(run: FromClause) -> ColumnElement[bool]:
    """Whether an ended run says anything of the roster: one that was overtaken read none."""
    return or_(run.c.outcome != SUPERSEDED, run.c.digest.is_not(None))


_runs: Select[Any] = select(
    *(column for column in runs.c if column.name != "plan"), partners.c.slug.label("partner")
).join(partners, partners.c.id == runs.c.partner_id)


def _run(row: Row[Any]) -> Run:
    return Run(
        id=row.id,
        partner=row.partner,
        partner_id=row.partner_id,
        key=row.key,
        night=row.night,
        attempt=row.attempt,
        asked_at=row.asked_at,
        started_at=row.started_at,
        owner=row.owner,
        heartbeat_at=row.heartbeat_at,
        finished_at=row.finished_at,
        outcome=row.outcome,
        cause=row.cause,
        reason=row.reason,
        counts=Counts(**{name: row._mapping[name] for name in vars(Counts())}),
        digest=row.digest,
        decision=Decision(row.decision) if row.decision else None,
        decided_by=row.decided_by,
        decided_name=row.decided_name,
        decided_via=row.decided_via,
        decided_at=row.decided_at,
        asked_by=row.asked_by,
        asked_name=row.asked_name,
        retries=row.retries,
    )
