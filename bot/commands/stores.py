"""Opening what is stored, from the command line."""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from sqlalchemy import Connection, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError

from bot.settings import Settings
from storage import migrations
from storage.database import Database, sqlite_path
from storage.errors import RecessError
from storage.store import Store, Stores
from storage.work import Job


class DatabaseUnusable(RecessError):
    """It cannot be reached, or DATABASE_URL cannot be meant; the password is never shown."""


class DatabaseOutdated(RecessError):
    def __init__(self) -> None:
        super().__init__(
            "The database is not set up for this version. Nothing was changed; "
            "run `recess db upgrade` first."
        )


class NothingIsCarried:
    """For readings, which ask for no work."""

    def carry(self, tx: Connection, job: Job) -> None:
        raise AssertionError(f"a reading asked for {job}")


def now() -> datetime:
    return datetime.now(UTC)


def owner(command: str) -> str:
    """Names this process to people who wonder who runs a sync."""
    return f"recess {command} on {socket.gethostname()}, process {os.getpid()}"


@contextmanager
def reading(settings: Settings) -> Iterator[Store]:
    """One consistent view. Raises DatabaseUnusable and DatabaseOutdated."""
    with _migrated(settings.database_url) as database:
        stores = Stores(database, NothingIsCarried(), now)
        with stores.read() as store:
            yield store


@contextmanager
def opened(settings: Settings) -> Iterator[Stores]:
    """For changes; what they owe to Slack is left to a running `recess serve`.

    Raises DatabaseUnusable and DatabaseOutdated.
    """
    from bot.engine import ClientCarrier

    with _migrated(settings.database_url) as database:
        carrier = ClientCarrier(settings.database_url)
        try:
            yield Stores(database, carrier, now, tells=bool(settings.webhook_url))
        finally:
            carrier.close()


@contextmanager
def _migrated(url: str) -> Iterator[Database]:
    # SQLite would make the file that is only being looked at.
    with reached(url):
        path = sqlite_path(url)
        if path is not None and not path.exists():
            raise DatabaseOutdated
        database = Database(url)
    try:
        with reached(url):
            outdated = migrations.pending(database)
        if outdated:
            raise DatabaseOutdated
        yield database
    finally:
        database.dispose()


@contextmanager
def reached(url: str) -> Iterator[None]:
    """Turns a database that cannot be used into its sentence."""
    try:
        yield
    except (ArgumentError, NoSuchModuleError, ModuleNotFoundError):
        raise DatabaseUnusable(
            "DATABASE_URL is not the address of a database. Nothing was changed; write one like "
            "sqlite:///recess.db or postgresql+psycopg://user:password@host/name."
        ) from None
    except DBAPIError as error:
        raise _unusable(url, str(error.orig)) from None
    except OSError as error:
        raise _unusable(url, str(error.strerror)) from None


def _unusable(url: str, why: str) -> DatabaseUnusable:
    shown = make_url(url).render_as_string(hide_password=True)
    reason = next(iter(why.strip().splitlines()), "no reason")
    return DatabaseUnusable(
        f"The database {shown} cannot be used ({reason}). Nothing was changed; "
        "check DATABASE_URL, and that the server runs."
    )
