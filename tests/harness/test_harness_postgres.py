"""The server, the databases in it, and that nothing of them stays."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import psycopg
import pytest
from sqlalchemy import create_engine, text

from tests.harness import postgres
from tests.harness.postgres import NoPostgres, PostgresServer


def run(url: str, statement: str) -> None:
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text(statement))
    engine.dispose()


def count(url: str, statement: str) -> int:
    engine = create_engine(url)
    with engine.connect() as connection:
        found: int = connection.execute(text(statement)).scalar_one()
    engine.dispose()
    return found


def test_two_databases_of_one_template_are_isolated(postgres_server: PostgresServer) -> None:
    with postgres_server.database() as template:
        run(postgres_server.url(template), "CREATE TABLE schools (name text)")
        with (
            postgres_server.database(template) as one,
            postgres_server.database(template) as other,
        ):
            run(postgres_server.url(one), "INSERT INTO schools VALUES ('Lincoln High')")
            assert count(postgres_server.url(one), "SELECT count(*) FROM schools") == 1
            assert count(postgres_server.url(other), "SELECT count(*) FROM schools") == 0


def test_a_database_goes_after_its_test_even_while_somebody_is_connected(
    postgres_server: PostgresServer,
) -> None:
    with postgres_server.database() as name:
        assert name in postgres_server.names()
        held = psycopg.connect(host=postgres_server.socket, user="postgres", dbname=name)
    assert name not in postgres_server.names()
    held.close()


def test_text_sorts_and_folds_as_unicode_wherever_the_tests_run(
    postgres_server: PostgresServer,
) -> None:
    url = postgres_server.url("postgres")
    assert count(url, "SELECT count(*) WHERE lower('ÑANDÚ') = 'ñandú'") == 1


@pytest.mark.skipif(os.geteuid() != 0, reason="only root drops to another user")
def test_under_root_the_server_runs_as_somebody_else(postgres_server: PostgresServer) -> None:
    assert server_process(postgres_server.socket).uids().real != 0


def test_an_empty_database_has_no_table_of_ours(empty_database_url: str) -> None:
    catalog = (
        "sqlite_master"
        if empty_database_url.startswith("sqlite")
        else "information_schema.tables WHERE table_schema = 'public'"
    )
    assert count(empty_database_url, f"SELECT count(*) FROM {catalog}") == 0


def test_the_server_and_its_folder_go_when_the_tests_are_killed() -> None:
    holding = (
        "import sys; from tests.harness.postgres import PostgresServer\n"
        "with PostgresServer.started() as server: print(server.socket, flush=True); input()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", holding], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as tests:
        assert tests.stdout is not None
        folder = tests.stdout.readline().strip()
        server, data = server_process(folder), Path(folder, "data").resolve()
        tests.send_signal(signal.SIGKILL)
    assert comes_true(lambda: not Path(folder).exists() and not data.exists())
    assert not server.is_running()


def test_a_server_that_cannot_start_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(postgres.BINARIES_FROM, str(tmp_path))
    with pytest.raises(NoPostgres, match="does not start here"), PostgresServer.started():
        pass


def comes_true(what: Callable[[], bool], within: float = 60.0) -> bool:
    deadline = time.monotonic() + within
    while not what() and time.monotonic() < deadline:
        time.sleep(0.01)
    return what()


def server_process(folder: str) -> psutil.Process:
    return psutil.Process(int(Path(folder, "data", "postmaster.pid").read_text().split()[0]))
