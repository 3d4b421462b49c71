"""Carried work, done by the test's own hands instead of by the engine, in a time that jumps.

It proves the seam: a job exists exactly when the transaction that asked for it was committed.
"""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from weakref import WeakSet

from sqlalchemy import Connection, Engine, event

from bot.engine import Work
from storage.work import Job, Kind

# Past noon in every time zone of the stories, on a Monday without a change of clocks near it.
BEGINNING = datetime(2026, 10, 5, 20, 0, tzinfo=UTC)
# More work than any story has; a job that carries itself for ever ends here.
TOO_MUCH = 2_000


@dataclass
class StoryClock:
    """Stands still until it is moved."""

    now: datetime = BEGINNING

    def __call__(self) -> datetime:
        return self.now

    def ticks(self) -> float:
        return self.now.timestamp()

    def move_to(self, moment: datetime) -> None:
        self.now = max(self.now, moment)

    def pass_by(self, **time: float) -> None:
        self.now += timedelta(**time)


@dataclass(order=True)
class Waiting:
    due: datetime
    number: int
    job: Job = field(compare=False)


class Hands:
    """A worker (and its carrier) that does what is due when it is told to."""

    def __init__(self, clock: StoryClock, work: Mapping[Kind, Work]) -> None:
        self.clock = clock
        self.work = work
        self.keys: set[str] = set()
        self.done: list[Job] = []
        self._uncommitted: dict[Any, list[Job]] = {}
        self._committed: dict[Any, list[Job]] = {}
        self._waiting: list[Waiting] = []
        self._lock = threading.Lock()
        # Commands have engines of their own, and end before the bot does.
        self._heard: WeakSet[Engine] = WeakSet()

    # What the service asks of a worker

    @property
    def carrier(self) -> "Hands":
        return self

    def carry(self, tx: Connection, job: Job) -> None:
        if job.kind not in self.work:
            raise ValueError(f"nobody does jobs of the kind {job.kind}")
        self._hear(tx)
        with self._lock:
            self._uncommitted.setdefault(tx.connection.dbapi_connection, []).append(job)

    def launch(self) -> None:
        """Nothing begins by itself."""

    def alive(self) -> bool:
        return True

    def stop(self, timeout: float) -> bool:
        return True

    def forget(self, before: datetime) -> int:
        return 0

    def waiting(self) -> set[str]:
        with self._lock:
            return {waiting.job.key for waiting in self._waiting}

    # The seam: commits and rolls back with the transaction

    def _hear(self, tx: Connection) -> None:
        with self._lock:
            if tx.engine in self._heard:
                return
            self._heard.add(tx.engine)
        event.listen(tx.engine, "commit", self._commits)
        event.listen(tx.engine, "rollback", self._rolled_back)
        # A commit is announced before it is made; a connection that is back has made it.
        event.listen(tx.engine.pool, "checkin", self._over)

    def _commits(self, tx: Connection) -> None:
        with self._lock:
            connection = tx.connection.dbapi_connection
            self._committed[connection] = self._uncommitted.pop(connection, [])

    def _rolled_back(self, tx: Connection) -> None:
        with self._lock:
            self._uncommitted.pop(tx.connection.dbapi_connection, None)
            self._committed.pop(tx.connection.dbapi_connection, None)

    def _over(self, connection: Any, _: object) -> None:
        with self._lock:
            self._uncommitted.pop(connection, None)
            for job in self._committed.pop(connection, []):
                self._accept(job)

    def _accept(self, job: Job) -> None:
        name = f"{job.kind}:{job.key}"
        if name in self.keys:
            return
        self.keys.add(name)
        due = self.clock() + timedelta(seconds=job.delay)
        self._waiting.append(Waiting(due, len(self.keys), job))

    # What a test asks of it

    def settle(self, quiet: Callable[[], None], within: timedelta) -> None:
        """Do all that is due within so much time from now, moving the clock from job to job."""
        until = self.clock() + within
        for _ in range(TOO_MUCH):
            quiet()
            waiting = self._next(until)
            if waiting is None:
                return
            self.clock.move_to(waiting.due)
            self.done.append(waiting.job)
            self.work[waiting.job.kind](waiting.job.key)
        raise AssertionError(f"work without end: {self.done[-5:]}")

    def drop(self) -> list[Job]:
        """Lose everything that was carried, as no engine should."""
        with self._lock:
            lost, self._waiting = self._waiting, []
            return [waiting.job for waiting in lost]

    def _next(self, until: datetime) -> Waiting | None:
        with self._lock:
            due = [waiting for waiting in self._waiting if waiting.due <= until]
            first = min(due, default=None)
            if first is not None:
                self._waiting.remove(first)
            return first
