"""The engine: durable work on DBOS, and the only file that knows its name.

What is owed stands in our own tables; DBOS carries it to a process that does it, once at a time
per lane, and hands it to another one when a process dies.
"""

import fcntl
import logging
import os
import sqlite3
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import IO
from uuid import uuid4

import sqlalchemy
from dbos import DBOS, DBOSClient, DBOSPortableJSONSerializer, EnqueueOptions, WorkflowStatus
from sqlalchemy import Connection, delete, event, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import SQLAlchemyError

from storage.database import Database, sqlite_path
from storage.errors import RecessError
from storage.tables import replicas
from storage.work import Carrier, Job, Kind

Work = Callable[[str], float | None]

# How many jobs of a kind one process does at a time. A kind without a queue would wait for ever,
# so a new kind is a new line here; a name that was once released never changes.
WORKERS: Mapping[Kind, int] = {"sync": 4, "preview": 2, "deliver": 32, "tell": 4}

# Owned by DBOS's rows for ever: work that waits under another name is never picked up.
APPLICATION, VERSION = "recess", "recess-1"
LONGEST_HOLD = 1.1
TURNS = 2**31 - 1
TAKE_OVER = 7_235_377

log = logging.getLogger(__name__)
# With a handler of ours DBOS adds none, and its lines go where all others go.
logging.getLogger("dbos").addHandler(logging.NullHandler())
logging.getLogger("dbos").setLevel(logging.WARNING)


@event.listens_for(sqlalchemy.Engine, "connect")
def _teach_milliseconds(connection: object, _: object) -> None:
    """DBOS dates its rows by unixepoch('subsec'), which SQLite has only since 3.42."""
    if isinstance(connection, sqlite3.Connection) and sqlite3.sqlite_version_info < (3, 42):
        connection.create_function("unixepoch", 1, lambda _: time.time())


class EngineBusy(RecessError):
    def __init__(self, database: str, process: str) -> None:
        super().__init__(
            f"Another “recess serve” (process {process}) already works on {database}. "
            "Nothing was started; stop that one first, or use PostgreSQL to run several."
        )


class HandedBack(BaseException):
    """Leaves a job unfinished for another process; DBOS records an outcome for anything milder."""


def prepare(url: str, *, poll: float = 1.0) -> None:
    """Bring the engine's own tables at `url` up to date and register its queues."""
    DBOS.migrate(url)
    client = _client(url)
    try:
        for kind, workers in WORKERS.items():
            client.register_queue(
                kind,
                worker_concurrency=workers,
                partition_concurrency=1,
                polling_interval_sec=poll,
            )
    finally:
        client.destroy()


def _client(url: str) -> DBOSClient:
    return DBOSClient(
        system_database_url=url,
        application_name=APPLICATION,
        serializer=DBOSPortableJSONSerializer(),
        lazy=True,
        retry_connection_errors=False,
    )


class ClientCarrier(Carrier):
    """Carries jobs in the caller's own transaction; it opens no connection and no thread."""

    def __init__(self, url: str) -> None:
        self._client = _client(url)
        self._lock = threading.Lock()
        self._turn = 0

    def carry(self, tx: Connection, job: Job) -> None:
        """Add `job` to `tx`. A key that was ever carried is dropped: a retry needs a new key.

        Raises ValueError for a kind that nobody would do.
        """
        if job.kind not in WORKERS:
            raise ValueError(f"There is no queue for jobs of the kind “{job.kind}” ({job.key}).")
        options: EnqueueOptions = {
            "workflow_name": job.kind,
            "queue_name": job.kind,
            "workflow_id": f"{job.kind}:{job.key}",
            # A job without a lane is never picked up.
            "queue_partition_key": job.lane or job.key,
            "priority": self._next_turn(),
        }
        if job.delay > 0:
            options["delay_seconds"] = job.delay
        self._client.enqueue_in_transaction(tx, options, job.key)

    def _next_turn(self) -> int:
        """A number that rises, so that a lane keeps its order.

        DBOS orders by time, which is the same for a whole transaction (on SQLite, before
        Python 3.12, for a whole second). Hundredths of a second, beginning anew after 248 days.
        """
        now = int(time.time() * 100) % TURNS
        with self._lock:
            ahead = 0 <= self._turn - now < 1_000_000
            self._turn = (self._turn + 1 if ahead else now) % TURNS
            return self._turn + 1

    def close(self) -> None:
        self._client.destroy()


class Engine:
    """Does the work, inside `serve`; one engine to a process.

    `work` says what a job of each kind does, given its key. It records its outcome itself: an
    exception that escapes is only logged. A number it returns holds the lane for so many seconds
    more. On PostgreSQL a replica whose heartbeat is older than `stale` seconds loses its work.
    """

    def __init__(
        self,
        url: str,
        work: Mapping[Kind, Work],
        *,
        poll: float = 1.0,
        beat: float = 5.0,
        stale: float = 30.0,
        address: str | None = None,
    ) -> None:
        if set(work) != set(WORKERS):
            raise ValueError(f"The engine needs work for exactly {', '.join(WORKERS)}.")
        # New at every start: two processes of one name would both do the same job.
        self.id = uuid4().hex
        self.carrier = ClientCarrier(url)
        self._url, self._work, self._poll = url, dict(work), poll
        self._heart = None if sqlite_path(url) else Heart(url, self.id, beat, stale, address)
        self._client = _client(url)
        self._guard: IO[str] | None = None
        self._launched = self._ending = self._over = False
        self._refused: set[str] = set()

    def launch(self) -> None:
        """Begin to work, and take over what dead processes left.

        Raises EngineBusy when another process already works on this SQLite database.
        """
        path = sqlite_path(self._url)
        if path:
            self._guard = _only_one(str(path))
        try:
            prepare(self._url, poll=self._poll)
            self._wire()
            if self._heart:
                self._heart.start()
            else:
                take_over(self._client, lambda executor: True)
            DBOS.launch()
        except BaseException:
            self._leave()
            raise
        self._launched = True

    def _wire(self) -> None:
        DBOS(
            config={
                "name": APPLICATION,
                "system_database_url": self._url,
                "application_version": VERSION,
                "executor_id": self.id,
                "serializer": DBOSPortableJSONSerializer(),
                "log_level": "WARNING",
                "run_migrations": False,
                "notification_listener_polling_interval_sec": min(self._poll, 1.0),
            }
        )
        for kind, work in self._work.items():
            self._register(kind, work)

    def _register(self, kind: Kind, work: Work) -> None:
        @DBOS.workflow(name=kind)
        def do(key: str) -> None:
            if self._ending:
                self._refused.add(f"{kind}:{key}")
                raise HandedBack
            hold: float | None = None
            try:
                hold = work(key)
            except Exception:
                log.exception("The %s job %s failed without recording it", kind, key)
            if hold and not self._over:
                time.sleep(min(hold, LONGEST_HOLD))
            if self._over:
                raise HandedBack

    def alive(self) -> bool:
        """Whether this process takes on work: its queues are watched, its heartbeat is fresh."""
        threads = {thread.name for thread in threading.enumerate()}
        watched = all(f"queue-worker-{kind}" in threads for kind in WORKERS)
        beats = self._heart is None or self._heart.fresh()
        return self._launched and not self._ending and watched and beats

    def stop(self, timeout: float) -> bool:
        """Begin nothing more, let running jobs end, hand back the rest; all within `timeout`.

        Running jobs get four fifths of the time, the rest at least two seconds. False when
        something is still running: its thread cannot be ended, so leave by os._exit.
        """
        self._ending = True
        begun = time.monotonic()
        while not (settled := self._settled()) and time.monotonic() < begun + timeout * 0.8:
            time.sleep(0.02)
        self._over = True
        leaving = threading.Thread(target=self._leave, name="engine-leaving", daemon=True)
        leaving.start()
        leaving.join(max(2.0, begun + timeout - time.monotonic()))
        return settled and not leaving.is_alive()

    def _settled(self) -> bool:
        """Whether every job begun here has ended and been recorded."""
        if not self._launched:
            return True
        try:
            begun = {job.workflow_id for job in pending(self._client, executor=self.id)}
        except SQLAlchemyError:
            return False
        return begun <= self._refused

    def _leave(self) -> None:
        DBOS.destroy(destroy_registry=True)
        try:
            if self._launched:
                take_over(self._client, lambda executor: executor == self.id)
            if self._heart:
                self._heart.stop()
        except (SQLAlchemyError, RecessError) as error:
            log.warning("The work was not handed back, it is taken over later: %s", error)
        finally:
            self._launched = False
            self._client.destroy()
            self.carrier.close()
            if self._guard:
                self._guard.close()

    def waiting(self) -> set[str]:
        """The keys of all jobs that wait or are being done, in any process."""
        jobs = self._client.list_workflows(
            status=["ENQUEUED", "DELAYED", "PENDING"], load_input=False, load_output=False
        )
        return {job.workflow_id.partition(":")[2] for job in jobs}

    def forget(self, before: datetime) -> int:
        """Drop what ended before `before` (aware); returns how many. Their keys can come again."""
        dropped = 0
        while ended := self._client.list_workflows(
            status=["SUCCESS", "ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED"],
            completed_before=before.isoformat(),
            limit=500,
            load_input=False,
            load_output=False,
        ):
            self._client.delete_workflows([job.workflow_id for job in ended])
            dropped += len(ended)
        return dropped


def pending(client: DBOSClient, executor: str | None = None) -> list[WorkflowStatus]:
    """The jobs that somebody has begun, or the process `executor`."""
    return client.list_workflows(
        status="PENDING", executor_id=executor, load_input=False, load_output=False
    )


def take_over(client: DBOSClient, lost: Callable[[str | None], bool]) -> None:
    """Put the begun jobs of every `lost` process back into their queues."""
    queues: dict[str | None, list[str]] = defaultdict(list)
    for job in pending(client):
        if lost(job.executor_id):
            queues[job.queue_name].append(job.workflow_id)
    for queue, jobs in queues.items():
        client.resume_workflows(jobs, queue_name=queue)


def _only_one(database: str) -> IO[str]:
    """The lock of the one process that works on a SQLite file; it ends with the process."""
    guard = open(f"{database}.serve", "a+")  # noqa: SIM115, PTH123
    try:
        fcntl.flock(guard, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        guard.seek(0)
        process = guard.read().strip()
        guard.close()
        raise EngineBusy(database, process) from None
    guard.truncate(0)
    guard.write(f"{os.getpid()}\n")
    guard.flush()
    return guard


class Heart:
    """On PostgreSQL: says that this replica lives, and takes over from those that no longer do."""

    def __init__(
        self, url: str, replica: str, beat: float, stale: float, address: str | None
    ) -> None:
        self._replica, self._beat, self._stale, self._address = replica, beat, stale, address
        self._database = Database(url, pool_size=1)
        self._client = _client(url)
        self._stopped = threading.Event()
        self._last: float | None = None
        self._thread = threading.Thread(target=self._run, name="engine-heart", daemon=True)

    def start(self) -> None:
        """The first beat comes before any work: who works without one is taken for dead."""
        self._say_alive()
        self._thread.start()

    def fresh(self) -> bool:
        return self._last is not None and time.monotonic() - self._last < self._stale

    def stop(self) -> None:
        self._stopped.set()
        if self._thread.is_alive():
            self._thread.join(self._beat)
        try:
            with self._database.transaction() as tx:
                tx.execute(delete(replicas).where(replicas.c.id == self._replica))
        finally:
            self._client.destroy()
            self._database.dispose()

    def _run(self) -> None:
        while not self._stopped.wait(self._beat):
            # After an outage of the database everybody looks dead for a moment.
            steady = self.fresh()
            try:
                self._say_alive()
                if steady:
                    self._inherit()
            except (SQLAlchemyError, RecessError) as error:
                log.warning("The heartbeat failed and is tried again: %s", error)

    def _say_alive(self) -> None:
        beat = insert(replicas).values(
            id=self._replica, beat_at=func.clock_timestamp(), url=self._address
        )
        with self._database.transaction() as tx:
            tx.execute(
                beat.on_conflict_do_update(
                    index_elements=["id"], set_={"beat_at": beat.excluded.beat_at}
                )
            )
        self._last = time.monotonic()

    def _inherit(self) -> None:
        """Only one replica at a time: a second one would take jobs over that run again already."""
        with self._database.transaction() as tx:
            if not tx.scalar(select(func.pg_try_advisory_xact_lock(TAKE_OVER))):
                return
            # In this order: whoever begins a job after the list was read is alive by then.
            begun = {job.executor_id for job in pending(self._client)}
            fresh = replicas.c.beat_at > func.clock_timestamp() - timedelta(seconds=self._stale)
            # However long this one has stood still since its own heartbeat, it lives.
            living = {self._replica, *tx.scalars(select(replicas.c.id).where(fresh))}
            lost = begun - living
            if lost:
                log.warning("Taking over the work of %d replicas that went silent", len(lost))
                take_over(self._client, lambda executor: executor in lost)
            tx.execute(delete(replicas).where(replicas.c.id.not_in(living)))
