"""What the product is told: one event for each change of a lock, and of a school's status.

    owed ──► sent
      │
      └────► parked (refused for days; support sees it, and a replay owes it again)

A transition writes its row of the history and nothing else. Afterwards, in a job of the partner's
own, the locks as they are now are compared with what the product was told last, and the
difference becomes events. A lock that was undone before it was told may go untold.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, TypeVar
from uuid import uuid4

from sqlalchemy import (
    CompoundSelect,
    Connection,
    Row,
    bindparam,
    delete,
    exists,
    func,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from xxhash import xxh3_64_hexdigest

from storage.locks import Locks
from storage.partners import Partner
from storage.tables import (
    history,
    partners,
    schools,
    tellings,
    told_locks,
    webhook_events,
    written,
)
from storage.work import Carrier, Job

LOCKED, UNLOCKED = "account.locked", "account.unlocked"
STATUS_CHANGED = "school.status_changed"

OWED, SENT, PARKED = "owed", "sent", "parked"

# An event that is due for so long has lost its job.
ABANDONED = timedelta(seconds=90)
# So many accounts at a time: short enough for a click to wait.
PART = 500
# A statement of PostgreSQL takes 65,535 values, one of SQLite by default 32,766.
VALUES = 10_000

T = TypeVar("T")


@dataclass(frozen=True)
class Event:
    """One thing that the product is told. `id` rises: of an account's events the last one wins.

    `delivery` is the same however often it is sent. Events of one `subject` keep their order.
    """

    id: int
    partner: str
    delivery: str
    type: str
    subject: str
    data: Mapping[str, Any]
    state: str
    attempts: int
    created_at: datetime
    due_at: datetime
    tried_since: datetime
    error: str | None


class Events:
    def __init__(self, connection: Connection, carrier: Carrier, now: datetime) -> None:
        self.connection = connection
        self.carrier = carrier
        self.now = now

    # Who has to be told, and by which job

    def untold(self, partner_id: int) -> bool:
        """Whether something changed that is no event yet."""
        cursor = self._cursor(partner_id)
        newer = exists().where(history.c.partner_id == partner_id, history.c.id > cursor)
        unlike = (exists(difference) for difference in self._unlike(partner_id))
        return bool(self.connection.scalar(select(or_(newer, *unlike))))

    def untold_locks(self, partner_id: int) -> list[list[str]]:
        """The ids whose locks the product may know otherwise, in parts for `expand`."""
        rows = (self.connection.execute(one).all() for one in self._unlike(partner_id))
        return list(_parts(sorted({row.source_id for found in rows for row in found}), PART))

    def _unlike(self, partner_id: int) -> tuple[CompoundSelect[Any], CompoundSelect[Any]]:
        locked = Locks(self.connection).locked_now(partner_id)
        told = _told.where(told_locks.c.partner_id == partner_id)
        return locked.except_(told), told.except_(locked)

    def ask(self, partner_id: int, delay: float = 0) -> None:
        """Carry the telling of a partner; the newest job alone goes on when it has ended."""
        first = {"partner_id": partner_id, "history_id": 0, "carried": 1}
        number = self._keep(first, carried=tellings.c.carried + 1)
        job = Job("tell", job_key(partner_id, number), lane=f"tell:{partner_id}", delay=delay)
        self.carrier.carry(self.connection, job)

    def _keep(self, first: Mapping[str, int], **later: Any) -> int:
        """Write a partner's row, or what changes of it; answers the number of the newest job."""
        dialect = sqlite if self.connection.dialect.name == "sqlite" else postgresql
        written = dialect.insert(tellings).values(first)
        kept = written.on_conflict_do_update(index_elements=["partner_id"], set_=later)
        return int(self.connection.execute(kept.returning(tellings.c.carried)).scalar_one())

    def is_newest(self, partner_id: int, number: int) -> bool:
        """Whether no job of the partner was carried after the one of this number."""
        carried = select(tellings.c.carried).where(tellings.c.partner_id == partner_id)
        return bool(self.connection.scalar(carried) == number)

    def abandoned(self, waiting: Collection[str]) -> list[int]:
        """The partners that are owed events, or something untold, and have no job `waiting`."""
        late = webhook_events.c.due_at < self.now - ABANDONED
        owed = select(webhook_events.c.partner_id).where(
            webhook_events.c.state == written(OWED), late
        )
        late_ones = set(self.connection.scalars(owed.distinct()))
        carried = dict(
            self.connection.execute(select(tellings.c.partner_id, tellings.c.carried)).all()
        )
        return [
            id
            for id in self.connection.scalars(select(partners.c.id).order_by(partners.c.id))
            if job_key(id, carried.get(id, 0)) not in waiting
            and (id in late_ones or self.untold(id))
        ]

    # From what changed to events

    def expand(self, partner: Partner, part: Sequence[str] | None = None) -> None:
        """Write what is untold as events. The partner is locked, so nothing moves meanwhile.

        `part` is one of the `untold_locks` of a moment before: what is told of them is compared
        anew. So the locks of thousands become events in many short transactions.
        """
        self._statuses(partner)
        for ids in self.untold_locks(partner.id) if part is None else [part]:
            self._locks(partner, ids)

    def _cursor(self, partner_id: int) -> int:
        told = select(tellings.c.history_id).where(tellings.c.partner_id == partner_id)
        return self.connection.scalar(told) or 0

    def _statuses(self, partner: Partner) -> None:
        statement = (
            select(history, schools.c.source_id, schools.c.number, schools.c.name)
            .join(schools, schools.c.id == history.c.school_id)
            .where(history.c.partner_id == partner.id, history.c.id > self._cursor(partner.id))
            .order_by(history.c.id)
        )
        rows = self.connection.execute(statement).all()
        if not rows:
            return
        self._owe(
            partner,
            ((STATUS_CHANGED, f"school:{row.school_id}", _status(partner, row)) for row in rows),
        )
        first = {"partner_id": partner.id, "history_id": rows[-1].id, "carried": 0}
        self._keep(first, history_id=rows[-1].id)

    def _locks(self, partner: Partner, ids: Sequence[str]) -> None:
        """What the product knows are ids, and in a new source an account can get another one.

        So what is kept follows accounts, and what is told follows ids.
        """
        locked = Locks(self.connection).causes(partner, ids)
        of_these = _told.where(
            told_locks.c.partner_id == partner.id, told_locks.c.source_id.in_(ids)
        )
        told = {(row.account_id, row.source_id) for row in self.connection.execute(of_these)}
        now, before = {id for _, id in locked}, {id for _, id in told}
        gone, fresh = sorted(told - locked.keys()), sorted(locked.keys() - told)
        if gone:
            self._unlocked(partner, gone, still=now)
        if fresh:
            self._locked(partner, {whom: locked[whom] for whom in fresh}, already=before)

    def _unlocked(
        self, partner: Partner, gone: Sequence[tuple[int, str]], still: Collection[str]
    ) -> None:
        rows = [{"key": key, "partner": partner.id, "id": id} for key, id in gone]
        self.connection.execute(_forget, rows)
        self._owe(partner, (_lock(UNLOCKED, partner, id, ()) for _, id in gone if id not in still))

    def _locked(
        self,
        partner: Partner,
        fresh: Mapping[tuple[int, str], Sequence[Mapping[str, str]]],
        already: Collection[str],
    ) -> None:
        rows = [{"account_id": key, "partner_id": partner.id, "source_id": id} for key, id in fresh]
        self.connection.execute(insert(told_locks), rows)
        told = ((id, causes) for (_, id), causes in fresh.items() if id not in already)
        self._owe(partner, (_lock(LOCKED, partner, id, causes) for id, causes in told))

    def _owe(self, partner: Partner, events: Iterable[tuple[str, str, Mapping[str, Any]]]) -> None:
        rows = [
            {
                "partner_id": partner.id,
                "delivery": f"msg_{uuid4().hex}",
                "type": type,
                "subject": subject,
                "data": data,
                "state": OWED,
                "attempts": 0,
                "created_at": self.now,
                "due_at": self.now,
                "tried_since": self.now,
            }
            for type, subject, data in events
        ]
        if rows:
            self.connection.execute(insert(webhook_events), rows)

    # From events to what became of them

    def due(self, partner: Partner, limit: int) -> list[Event]:
        """What may be sent now: the oldest owed event of each subject, unless it has to wait."""
        statement = (
            _heads(partner.id)
            .where(webhook_events.c.due_at <= self.now)
            .order_by(webhook_events.c.id)
            .limit(limit)
        )
        return [_event(row) for row in self.connection.execute(statement)]

    def next_due(self, partner: Partner) -> datetime | None:
        """When the next attempt may be made; None when nothing is owed."""
        heads = _heads(partner.id).subquery()
        at: datetime | None = self.connection.scalar(select(func.min(heads.c.due_at)))
        return at

    def sent(self, event: Event) -> None:
        self._set(event, state=SENT, sent_at=self.now, error=None, attempts=event.attempts + 1)

    def not_sent(self, event: Event, error: str, delay: timedelta) -> None:
        at = self.now + delay
        self._set(event, error=error, due_at=at, attempts=event.attempts + 1)

    def park(self, event: Event, error: str) -> None:
        self._set(event, state=PARKED, error=error, attempts=event.attempts + 1)

    def parked(self) -> list[Event]:
        return self._in_state(PARKED)

    def owed(self) -> list[Event]:
        return self._in_state(OWED)

    def replay(self, ids: Collection[int]) -> list[Event]:
        """Owe sent or parked events again, and let owed ones wait no more; answers those found.

        What waits before them in their subject is due as well, and is sent first. An account's
        newer event has a higher sequence, so an older one that is sent again is told apart by its
        receiver.
        """
        rows = [row for part in _parts(sorted(ids), VALUES) for row in self._replayed(part)]
        for partner_id in sorted({row.partner_id for row in rows}):
            self.ask(partner_id)
        return [_event(row) for row in rows]

    def _replayed(self, ids: Sequence[int]) -> Sequence[Row[Any]]:
        chosen = webhook_events.c.id.in_(ids)
        rows = self.connection.execute(_events.where(chosen).order_by(webhook_events.c.id)).all()
        done = webhook_events.c.state.in_((SENT, PARKED))
        values = {"state": OWED, "due_at": self.now, "tried_since": self.now, "attempts": 0}
        self.connection.execute(update(webhook_events).where(chosen, done).values(values))
        last = {(row.partner_id, row.subject): row.id for row in rows}
        if last:
            self.connection.execute(
                _hurry,
                [
                    {"partner": partner, "of": subject, "last": id, "now": self.now}
                    for (partner, subject), id in last.items()
                ],
            )
        return rows

    def prune(self, before: datetime) -> None:
        """Drop what was sent before a moment; it cannot be replayed any more."""
        old = webhook_events.c.sent_at < before
        self.connection.execute(
            delete(webhook_events).where(webhook_events.c.state == written(SENT), old)
        )

    def _in_state(self, state: str) -> list[Event]:
        statement = _events.where(webhook_events.c.state == written(state)).order_by(
            webhook_events.c.id
        )
        return [_event(row) for row in self.connection.execute(statement)]

    def _set(self, event: Event, **values: Any) -> None:
        self.connection.execute(
            update(webhook_events).where(webhook_events.c.id == event.id).values(**values)
        )


def job_key(partner_id: int, number: int) -> str:
    return f"tell:{partner_id}:{number}"


_told = select(told_locks.c.account_id, told_locks.c.source_id)
_forget = delete(told_locks).where(
    told_locks.c.account_id == bindparam("key"),
    told_locks.c.partner_id == bindparam("partner"),
    told_locks.c.source_id == bindparam("id"),
)
_hurry = (
    update(webhook_events)
    .where(
        webhook_events.c.partner_id == bindparam("partner"),
        webhook_events.c.subject == bindparam("of"),
        webhook_events.c.id <= bindparam("last"),
        webhook_events.c.state == written(OWED),
    )
    .values(due_at=bindparam("now"))
)
_events = select(webhook_events, partners.c.slug).join(
    partners, partners.c.id == webhook_events.c.partner_id
)


def _heads(partner_id: int) -> Any:
    before = webhook_events.alias("before")
    blocked = exists().where(
        before.c.partner_id == partner_id,
        before.c.subject == webhook_events.c.subject,
        before.c.id < webhook_events.c.id,
        before.c.state == written(OWED),
    )
    owed = webhook_events.c.state == written(OWED)
    return _events.where(webhook_events.c.partner_id == partner_id, owed, ~blocked)


def _status(partner: Partner, row: Row[Any]) -> dict[str, Any]:
    return {
        "partner": partner.slug,
        "school": {"id": row.source_id, "number": row.number, "name": row.name},
        "from": row.from_status,
        "to": row.to_status,
        "event": row.event,
        "at": row.at.isoformat(),
    }


def _lock(
    type: str, partner: Partner, id: str, causes: Sequence[Mapping[str, str]]
) -> tuple[str, str, dict[str, Any]]:
    data = {
        "partner": partner.slug,
        "account": id,
        "locked": type == LOCKED,
        "because": list(causes),
    }
    # An id can be of any length.
    return type, f"account:{xxh3_64_hexdigest(id.encode())}", data


def _parts(items: Iterable[T], most: int) -> Iterator[list[T]]:
    rest = iter(items)
    while part := list(islice(rest, most)):
        yield part


def _event(row: Row[Any]) -> Event:
    return Event(
        id=row.id,
        partner=row.slug,
        delivery=row.delivery,
        type=row.type,
        subject=row.subject,
        data=row.data,
        state=row.state,
        attempts=row.attempts,
        created_at=row.created_at,
        due_at=row.due_at,
        tried_since=row.tried_since,
        error=row.error,
    )
