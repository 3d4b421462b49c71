"""Opening the database, and the two ways to begin: reading and writing."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from storage.errors import Busy

# Together they stay within what a click may take: Slack waits three seconds for an answer.
POOL_TIMEOUT = 0.5
LOCK_TIMEOUT = 1.2
CONNECT_TIMEOUT = 5
# Larger page caches let memory grow with the database and are no faster (negative: KiB).
SQLITE_CACHE = -8_000
# What was committed is on the disk, also when the power goes.
SQLITE_SYNCHRONOUS = "FULL"


class Database:
    """One engine, with `read()` and `transaction()`.

    On SQLite every writer begins with BEGIN IMMEDIATE: it waits for its turn at the start,
    where nothing has been read yet, instead of failing in the middle.
    """

    def __init__(self, url: str, *, pool_size: int = 20) -> None:
        self.url = url
        self.sqlite = make_url(url).get_backend_name() == "sqlite"
        self.engine = _sqlite(url, pool_size) if self.sqlite else _postgresql(url, pool_size)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A consistent view of what is committed; it never waits for a writer."""
        with told_when_busy(), self.engine.connect() as connection:
            if not self.sqlite:
                connection.execution_options(isolation_level="REPEATABLE READ")
            with connection.begin():
                yield connection

    @contextmanager
    def transaction(self, patience: float = LOCK_TIMEOUT) -> Iterator[Connection]:
        """Commits at the end, rolls back on any exception; waits `patience` seconds for locks.

        Raises Busy when somebody else holds them for longer.
        """
        with told_when_busy(), self.engine.connect() as connection:
            milliseconds = int(patience * 1000)
            if self.sqlite:
                _wait_on_sqlite(connection, milliseconds)
                connection.execution_options(recess_writes=True)
            with connection.begin():
                if not self.sqlite:
                    connection.exec_driver_sql(f"SET LOCAL lock_timeout = {milliseconds}")
                yield connection

    def dispose(self) -> None:
        self.engine.dispose()


def _sqlite(url: str, pool_size: int) -> Engine:
    engine = _engine(url, pool_size, {"timeout": LOCK_TIMEOUT})

    @event.listens_for(engine, "connect")
    def configure(connection: sqlite3.Connection, _: object) -> None:
        # Otherwise the driver opens transactions of its own, and only at the first write.
        connection.isolation_level = None
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute(f"PRAGMA synchronous = {SQLITE_SYNCHRONOUS}")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute(f"PRAGMA cache_size = {SQLITE_CACHE}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get("recess_writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _wait_on_sqlite(connection: Connection, milliseconds: int) -> None:
    driver: Any = connection.connection.driver_connection
    driver.execute(f"PRAGMA busy_timeout = {milliseconds}")


def _postgresql(url: str, pool_size: int) -> Engine:
    return _engine(url, pool_size, {"connect_timeout": CONNECT_TIMEOUT})


def _engine(url: str, pool_size: int, connect_args: dict[str, Any]) -> Engine:
    return create_engine(
        url,
        pool_size=pool_size,
        pool_timeout=POOL_TIMEOUT,
        connect_args=connect_args,
        # What is stored are people's names and addresses, and errors end up in logs.
        hide_parameters=True,
    )


@contextmanager
def told_when_busy() -> Iterator[None]:
    """Turns "somebody else holds the lock" into Busy; every other error passes unchanged."""
    try:
        yield
    except PoolTimeout as error:
        raise Busy from error
    except OperationalError as error:
        if _is_lock(error):
            raise Busy from error
        raise


def _is_lock(error: OperationalError) -> bool:
    if isinstance(error.orig, sqlite3.OperationalError):
        return "locked" in str(error.orig) or "busy" in str(error.orig)
    # PostgreSQL: lock_not_available, deadlock_detected, serialization_failure.
    return getattr(error.orig, "sqlstate", None) in ("55P03", "40P01", "40001")


def sqlite_path(url: str) -> Path | None:
    """The file of a SQLite URL; None for PostgreSQL and for databases in memory."""
    parsed = make_url(url)
    if (
        parsed.get_backend_name() != "sqlite"
        or not parsed.database
        or parsed.database == ":memory:"
    ):
        return None
    return Path(parsed.database)
