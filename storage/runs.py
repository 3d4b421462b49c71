"""Sync runs: what is owed, what is under way, and what became of each.

A run is owed when its row exists without an owner, under way while it has one, and ends with an
outcome. One run per partner at a time: a unique partial index holds that, not our good will.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, Select, func, select, update

from storage.errors import RunTaken, SyncUnderWay
from storage.partners import Partner
from storage.roster.plan import Counts, Plan
from storage.tables import partners, runs, schools
from storage.work import Carrier, Job

# A run whose owner has not been heard of for so long is nobody's any more.
SILENT = timedelta(seconds=60)
# An owed run that nobody began within this time has lost its job.
ABANDONED = timedelta(seconds=60)
# Runs back to which failures are counted; by then the partner has been told three times.
COUNTED = 30

APPLIED, NO_CHANGE, HELD, FAILED = "applied", "no_change", "held", "failed"
SKIPPED, SUPERSEDED, DISCARDED = "skipped", "superseded", "discarded"


@dataclass(frozen=True)
class Run:
    """One comparison of a snapshot with what is stored. `outcome` is None until it ends."""

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


class Runs:
    def __init__(self, connection: Connection, carrier: Carrier, now: datetime) -> None:
        self.connection = connection
        self.carrier = carrier
        self.now = now

    def owe(self, partner: Partner, key: str, *, night: str | None = None) -> Run | None:
        """Owe the run of this key and carry it; None when that run exists already."""
        if self.connection.execute(select(runs.c.id).where(runs.c.key == key)).first():
            return None
        run = self._insert(partner, key, night)
        self.carry(run)
        return run

    def here(self, partner: Partner, key: str, owner: str) -> Run:
        """A run that the calling process does itself, begun at once. Raises SyncUnderWay."""
        return self.begin(self._insert(partner, key, None), owner)

    @staticmethod
    def job_key(run: Run) -> str:
        """The key of the job that carries a run's present attempt."""
        return f"run:{run.id}:{run.attempt}"

    def carry(self, run: Run) -> None:
        """Every attempt has a key of its own: a key that failed once is used up for ever."""
        self.carrier.carry(self.connection, Job("sync", self.job_key(run), lane=run.partner))

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
        self._set(run, heartbeat_at=self.now)

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
        ended = (
            update(runs)
            .where(runs.c.id == run.id, runs.c.owner == run.owner, runs.c.outcome.is_(None))
            .values(outcome=outcome, cause=cause, reason=reason, finished_at=self.now, **values)
        )
        if self.connection.execute(ended).rowcount != 1:
            raise RunTaken(run.partner)
        return self.by_id(run.id)

    def abandoned(self) -> list[Run]:
        """Owed runs that nobody began, and runs whose owner is silent: to be carried again."""
        owed = runs.c.owner.is_(None) & (runs.c.asked_at < self.now - ABANDONED)
        silent = runs.c.heartbeat_at < self.now - SILENT
        statement = _runs.where(runs.c.outcome.is_(None), owed | silent).order_by(runs.c.id)
        return [_run(row) for row in self.connection.execute(statement)]

    def again(self, run: Run) -> None:
        """Carry an abandoned run as its next attempt."""
        self._set(run, owner=None, asked_at=self.now, attempt=run.attempt + 1)
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
            runs.c.outcome == FAILED,
            func.substr(runs.c.night, 1, 10) == night,
        )
        return [_run(row) for row in self.connection.execute(statement.order_by(partners.c.name))]

    def held(self, partner: Partner) -> Run | None:
        """The open hold of a partner: its newest held run, unless something settled it since."""
        settling = (APPLIED, NO_CHANGE, HELD, DISCARDED)
        statement = _runs.where(runs.c.partner_id == partner.id, runs.c.outcome.in_(settling))
        row = self.connection.execute(statement.order_by(runs.c.id.desc()).limit(1)).first()
        return _run(row) if row is not None and row.outcome == HELD else None

    def supersede_holds(self, partner: Partner, by: Run) -> Sequence[Run]:
        """End the holds that a later run made pointless; answers them."""
        statement = _runs.where(
            runs.c.partner_id == partner.id, runs.c.outcome == HELD, runs.c.id < by.id
        )
        ended = [_run(row) for row in self.connection.execute(statement)]
        for run in ended:
            self._set(run, outcome=SUPERSEDED, plan=None)
        return ended

    def missing_names(self, held: Run) -> list[str]:
        """The names of the schools that a held run would make missing."""
        statement = select(runs.c.plan).where(runs.c.id == held.id)
        packed = self.connection.execute(statement).scalar()
        if packed is None:
            return []
        missing = Plan.unpacked(packed).missing
        found = select(schools.c.name).where(
            schools.c.partner_id == held.partner_id, schools.c.source_id.in_(missing)
        )
        return [row.name for row in self.connection.execute(found.order_by(schools.c.name))]

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

    def _insert(self, partner: Partner, key: str, night: str | None) -> Run:
        statement = runs.insert().values(
            partner_id=partner.id, key=key, night=night, asked_at=self.now
        )
        inserted = self.connection.execute(statement).inserted_primary_key
        assert inserted is not None
        return self.by_id(int(inserted[0]))

    def _set(self, run: Run, **values: Any) -> None:
        self.connection.execute(update(runs).where(runs.c.id == run.id).values(**values))


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
    )
